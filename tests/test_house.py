"""The house rules that a machine can hold: imports point down, every claim has its source and its test."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import netaudit

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "netaudit"
TESTS = REPOSITORY / "tests"
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".tf", ".json", ".cfg", ".txt", ""}
PLACES = ("netaudit", "tests", "docs", "fixtures", "rules", "benchmarks", ".ci")

_CLAIM = re.compile(r"^ *(AWS|K8S|TF)-(\d+)\b", re.MULTILINE)
_READ = re.compile(r"https://\S+ \(read 20\d\d-\d\d-\d\d\)")
_NAMED = re.compile(r"def (test_\w+)")
_IN_NAME = re.compile(r"_(aws|k8s|tf)_0*(\d+)(?=_|$)")


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _provider_files() -> list[Path]:
    return sorted((PACKAGE / "providers").glob("*/**/*.py"))


def _short(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def _texts() -> Iterator[Path]:
    for place in PLACES:
        for path in sorted((REPOSITORY / place).rglob("*")):
            hidden = any(part.startswith((".terraform", "__pycache__")) for part in path.parts)
            if path.is_file() and not path.is_symlink() and path.suffix in TEXTS and not hidden:
                yield path
    plain = (path for path in sorted(REPOSITORY.iterdir()) if path.is_file() and path.suffix in TEXTS)
    yield from (path for path in plain if path.name != ".git")  # a worktree's own pointer


def test_imports_point_down() -> None:
    """The contracts of import-linter are kept: layers, independent providers, a neutral middle."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "0 broken" in found.stdout


@pytest.mark.parametrize("path", _modules(), ids=_short)
def test_every_module_says_what_it_is(path: Path) -> None:
    """Each module opens with a docstring whose first line is a sentence, but for empty package files."""
    if path.name != "__init__.py" or path.read_text(encoding="utf-8").strip():
        assert re.search(r"[.:?!]$", _docstring(path).split("\n\n")[0].strip()), _short(path)


@pytest.mark.parametrize("path", [p for p in _provider_files() if _CLAIM.search(_docstring(p))], ids=_short)
def test_every_meaning_has_its_source(path: Path) -> None:
    """A file that states claims links the vendor's page, with the date on which it was read."""
    assert _READ.search(_docstring(path)), _short(path)


def test_every_claim_has_a_test() -> None:
    """A claim that a provider's file states is the name of a test: AWS-5 is `test_aws_05_…`."""
    stated = {
        (kind, int(number)): _short(path)
        for path in _provider_files()
        for kind, number in _CLAIM.findall(_docstring(path))
    }
    tested = {
        (kind.upper(), int(number))
        for path in TESTS.rglob("test_*.py")
        for name in _NAMED.findall(path.read_text(encoding="utf-8"))
        for kind, number in _IN_NAME.findall(name)
    }
    missing = {f"{kind}-{number} of {path}" for (kind, number), path in stated.items() if (kind, number) not in tested}
    assert set() == missing


def test_claims_are_found_where_they_are_stated() -> None:
    """The rules above are not empty: security groups and NetworkPolicies state claims."""
    groups = _docstring(PACKAGE / "providers" / "aws" / "security_group.py")
    policies = _docstring(PACKAGE / "providers" / "kubernetes" / "policies" / "network_policy.py")
    assert ("AWS", "5") in _CLAIM.findall(groups)
    assert ("K8S", "8") in _CLAIM.findall(policies)


def test_nothing_mentions_the_machine_it_was_written_on() -> None:
    """No file names a path of somebody's workplace."""
    workplace = re.compile(r"(?<![\w.:*])/(?:work|tmp|root|home)/\w")
    found = [_short(path) for path in _texts() if workplace.search(path.read_text(encoding="utf-8", errors="replace"))]
    assert [] == found


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", "README.md", "Makefile"])
def test_the_repository_is_complete(name: str) -> None:
    """Licence, changes, introduction and commands are there."""
    assert (REPOSITORY / name).stat().st_size > 200


def test_the_changelog_knows_the_version() -> None:
    """What is being released is described."""
    assert f"## [{netaudit.__version__}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_and_short() -> None:
    """Decisions are 0001, 0002, …, each with context, decision and consequences, on one screen."""
    decisions = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{n:04}" for n in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert all(f"## {part}" in text for part in ("Context", "Decision", "Consequences")), path.name
        assert len(text.splitlines()) <= 30, path.name


def test_nobody_leaves_work_undone_in_the_code() -> None:
    """No module holds a mark for later work."""
    mark = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
    assert [] == [_short(path) for path in _modules() if mark.search(path.read_text(encoding="utf-8"))]
