"""What other people's CI runs: each script is run as it is written, on the small cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import small
from tests.oracles import REPOSITORY


def read(name: str) -> Any:
    """One of the repository's own YAML files."""
    return yaml.safe_load((REPOSITORY / name).read_text(encoding="utf-8"))


def shell(script: str, directory: Path, **environment: str) -> int:
    """The script's exit code in a shell that finds `netaudit`."""
    program = directory / "bin" / "netaudit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m netaudit "$@"\n')
    program.chmod(0o755)
    known = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(["bash", "-e", "-c", script], cwd=directory, env=known | environment, check=False).returncode


@pytest.mark.parametrize(("more", "code"), [((), 0), ((small.BROKEN,), 1)])
def test_the_action_checks_and_writes_its_files(tmp_path: Path, more: tuple[str, ...], code: int) -> None:
    """The exit code is that of the check; the log and the summary are there either way."""
    small.manifests(tmp_path / "k8s")
    small.rules(tmp_path, *more)
    script = read("action.yml")["runs"]["steps"][1]["run"]
    inputs = {"SOURCES": "k8s", "RULES": "rules.yaml", "OPTIONS": "--quiet", "SARIF": "x.sarif"}
    assert code == shell(script, tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"), **inputs)
    assert "2.1.0" == json.loads((tmp_path / "x.sarif").read_text())["version"]
    assert "### netaudit" in (tmp_path / "summary.md").read_text()


def test_the_action_puts_no_input_into_its_script() -> None:
    """What a workflow passes in comes by way of the environment."""
    assert not any("${{" in step["run"] for step in read("action.yml")["runs"]["steps"])


def test_the_gitlab_job_checks_and_writes_its_reports(tmp_path: Path) -> None:
    """The reports that it names are the files that it writes."""
    small.manifests(tmp_path / "k8s")
    small.rules(tmp_path)
    job = read("examples/gitlab-ci.yml")["netaudit"]
    assert 0 == shell(job["script"][1], tmp_path, **job["variables"] | {"SOURCES": "k8s"})
    assert all((tmp_path / file).is_file() for file in job["artifacts"]["reports"].values())


def test_the_hook_checks_the_whole_estate(tmp_path: Path) -> None:
    """Not the changed files alone, which would be another estate."""
    small.manifests(tmp_path / "k8s")
    small.rules(tmp_path)
    (hook,) = read(".pre-commit-hooks.yaml")
    assert hook["pass_filenames"] is False
    assert 0 == shell(f"{hook['entry']} k8s --rules rules.yaml", tmp_path)
