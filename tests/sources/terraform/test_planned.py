"""Roots of our own against the real `terraform plan`: every instance, and no value that is not Terraform's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netaudit.model import Resource
from netaudit.sources.terraform import read_root
from tests.oracles import REPOSITORY, program, terraform_plugins
from tests.sources.terraform.compare import Comparison, compare
from tests.sources.terraform.generated import generated

_ROOTS = REPOSITORY / "fixtures" / "terraform"
_SEEDS = int(os.environ.get("NETAUDIT_PLANNED_ROOTS", "4"))
_OFFLINE = """
provider "aws" {
  access_key                  = "x"
  secret_key                  = "y"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}
"""


def _terraform(root: Path, work: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The real terraform in a copy of the root, initialised."""
    terraform, mirror = program("terraform"), terraform_plugins()
    shutil.copytree(root, work, dirs_exist_ok=True)
    (work / "offline_override.tf").write_text(_OFFLINE, encoding="utf-8")
    (work / "mirror.rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(work / "mirror.rc"), "CHECKPOINT_DISABLE": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [terraform, *arguments]
        return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)

    begun = run("init", "-input=false", "-no-color")
    assert begun.returncode == 0, begun.stderr
    return run


def _plan(root: Path, work: Path) -> Any:
    """What the real terraform would make of a copy of the root."""
    run = _terraform(root, work)
    planned = run("plan", "-refresh=false", "-input=false", "-out=plan", "-no-color")
    assert planned.returncode == 0, planned.stderr
    return json.loads(run("show", "-json", "plan").stdout)


def _compared(root: Path, work: Path) -> Comparison:
    return compare(read_root(root, name="t"), _plan(root, work))


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["idioms", "meshes", "overrides"])
def test_our_roots_are_read_as_terraform_plans_them(name: str, tmp_path: Path) -> None:
    """Every address, every value known, none wrong."""
    found = _compared(_ROOTS / name, tmp_path)
    assert found.planned == found.read
    assert ([], []) == (found.wrong, found.unknown)
    assert found.equal > 30


_HEREDOCS = """
resource "terraform_data" "{name}" {{
  input = {{
    plain = jsonencode(<<A
  one

  ${{1
    + 1}}
%{{ for x in [1, 2] ~}}
  x${{x}}
%{{ endfor ~}}
A
    )
    trimmed = jsonencode(<<-B

        a
          b
        B
    )
  }}
}}
"""


@pytest.mark.oracle
def test_tf_15_the_lines_of_a_heredoc_keep_their_ends(tmp_path: Path) -> None:
    """CRLF within a heredoc is part of its value; elsewhere it is white space."""
    root = tmp_path / "root"
    root.mkdir()
    for name, end in (("unix", b"\n"), ("dos", b"\r\n")):
        text = _HEREDOCS.format(name=name).encode()
        (root / f"{name}.tf").write_bytes(text.replace(b"\n", end))
    found = _compared(root, tmp_path / "work")
    assert ([], [], 4) == (found.wrong, found.unknown, found.equal)


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(_SEEDS))
def test_generated_roots_are_read_as_terraform_plans_them(seed: int, tmp_path: Path) -> None:
    """Values in disguise, `for_each`, `count` and `dynamic`; NETAUDIT_PLANNED_ROOTS says how many roots."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "main.tf").write_text(generated(seed), encoding="utf-8")
    found = _compared(tmp_path / "root", tmp_path / "work")
    assert found.planned == found.read
    assert ([], []) == (found.wrong, found.unknown)


def _marked(mark: str) -> set[tuple[str, int]]:
    """The lines of the root of unknown counts that bear a mark: its file, and the line."""
    root = _ROOTS / "unknowns"
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in root.rglob("*.tf")}
    numbered = ((name, n, line) for name, text in texts.items() for n, line in enumerate(text.splitlines(), 1))
    return {(name, n) for name, n, line in numbered if line.endswith(f"# {mark}")}


@pytest.mark.oracle
def test_tf_21_what_terraform_refuses_to_count_is_unknown_or_decided_for_a_reason(tmp_path: Path) -> None:
    """Its plan ends with the lines that are marked so; all that it plans beside them is read."""
    told = _terraform(_ROOTS / "unknowns", tmp_path)("plan", "-refresh=false", "-input=false", "-json").stdout
    messages = [json.loads(line) for line in told.splitlines()]
    ranges = [m["diagnostic"]["range"] for m in messages if m.get("type") == "diagnostic"]
    planned = {m["change"]["resource"]["addr"] for m in messages if m.get("type") == "planned_change"}
    assert _marked("refused") | _marked("decided") == {(r["filename"], r["start"]["line"]) for r in ranges}
    reading = read_root(_ROOTS / "unknowns", name="t")
    assert planned - {resource.address for resource in reading.resources} == set()


def test_tf_4_an_unknown_count_is_one_instance_that_may_be_none_or_many() -> None:
    """`[?]` stands at every line that is marked so, and nowhere else; its settings are those of the text."""
    root = _ROOTS / "unknowns"
    found = {r.address: r for r in read_root(root, name="t").resources}
    unknown = [r for address, r in found.items() if address.endswith("[?]")]
    marked = (_marked("refused") | _marked("follows")) - {("main.tf", _line_of(root, 'module "unknown"') + 2)}
    assert {_line_within(r, marked, root) for r in unknown} == marked
    assert all(not r.exists for r in found.values() if "[?]" in r.address)
    assert "module.unknown[?].aws_security_group.n[0]" in found


def _line_of(root: Path, text: str) -> int:
    lines = (root / "main.tf").read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if text in line)


def _line_within(resource: Resource, lines: set[tuple[str, int]], root: Path) -> tuple[str, int] | None:
    """The marked line that lies within a resource's block."""
    place = resource.origin
    file = Path(os.path.relpath(place.file, os.path.relpath(root))).as_posix()
    return next(((f, n) for f, n in lines if f == file and place.line <= n <= place.end_line), None)
