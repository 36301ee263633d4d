"""Roots of our own against the real `terraform plan`: every instance, and no value that is not Terraform's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

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


def _plan(root: Path, work: Path) -> Any:
    """What the real terraform would make of a copy of the root."""
    terraform, mirror = program("terraform"), terraform_plugins()
    shutil.copytree(root, work, dirs_exist_ok=True)
    (work / "offline_override.tf").write_text(_OFFLINE, encoding="utf-8")
    (work / "mirror.rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(work / "mirror.rc"), "CHECKPOINT_DISABLE": "1"}
    steps = (
        ("init", "-input=false"),
        ("plan", "-refresh=false", "-input=false", "-out=plan"),
        ("show", "-json", "plan"),
    )
    for step in steps:
        command = [terraform, *step] if step[0] == "show" else [terraform, *step, "-no-color"]
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _compared(root: Path, work: Path) -> Comparison:
    return compare(read_root(root, name="t"), _plan(root, work))


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["idioms", "meshes"])
def test_our_roots_are_read_as_terraform_plans_them(name: str, tmp_path: Path) -> None:
    """Every address, every value known, none wrong."""
    found = _compared(_ROOTS / name, tmp_path)
    assert found.planned == found.read
    assert ([], []) == (found.wrong, found.unknown)
    assert found.equal > 30


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(_SEEDS))
def test_generated_roots_are_read_as_terraform_plans_them(seed: int, tmp_path: Path) -> None:
    """Values in disguise, `for_each`, `count` and `dynamic`; NETAUDIT_PLANNED_ROOTS says how many roots."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "main.tf").write_text(generated(seed), encoding="utf-8")
    found = _compared(tmp_path / "root", tmp_path / "work")
    assert found.planned == found.read
    assert ([], []) == (found.wrong, found.unknown)
