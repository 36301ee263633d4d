"""The examples: each is run as it is written, on the shop that they are about."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles import REPOSITORY
from tests.test_ci_files import read, shell
from tests.test_cli import run

_EXAMPLES = REPOSITORY / "examples"
_DAY = "2026-12-01"  # a day on which the waiver holds
_EPOCH = "1796083200"  # the same


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the shop with the examples beside its sources."""
    shutil.copytree(REPOSITORY / "fixtures" / "scenarios" / "shop-on-eks", tmp_path, dirs_exist_ok=True)
    shutil.copytree(_EXAMPLES, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_every_example_is_listed() -> None:
    """In the directory's own table."""
    listed = (_EXAMPLES / "README.md").read_text()
    assert [] == [file.name for file in _EXAMPLES.iterdir() if file.name != "README.md" and file.name not in listed]


def test_the_rule_file_begins_with_what_init_writes(shop: Path) -> None:
    """The team's own rules come after it."""
    assert 0 == run("init", "infra", "k8s", "-o", "first-rules.yaml", cwd=shop)[0]
    assert (shop / "netaudit-rules.yaml").read_text().startswith((shop / "first-rules.yaml").read_text())


def test_with_its_waiver_and_baseline_the_rule_file_passes(shop: Path) -> None:
    """Each of the two is needed."""
    waiver, known = ("--waivers", "waivers.yaml"), ("--baseline", "baseline.json")
    given = ("check", "infra", "k8s", "--rules", "netaudit-rules.yaml", "--today", _DAY, "--strict-waivers")
    codes = [run(*given, *more, cwd=shop)[0] for more in ((*waiver, *known), waiver, known, ())]
    assert [0, 1, 1, 1] == codes


_PAYMENTS, _REPORTS = ("{podSelector: {matchLabels: {app: " + app + "}}}" for app in ("payments", "reports"))
_BOOKS = "    - from: [{peers}]\n      ports: [{ports}]\n  egress:\n    # The ledger"


@pytest.mark.parametrize(
    ("peers", "ports", "code"),
    [
        (_PAYMENTS, "{port: 8080}", 0),
        (f"{_PAYMENTS}, {_REPORTS}", "{port: 8080}", 0),
        (f"{_PAYMENTS}, {_REPORTS}", "{port: 8080}, {port: 22}", 1),
    ],
    ids=["nothing", "what is listed", "a port more"],
)
def test_a_change_may_open_what_the_rule_about_changes_lists(shop: Path, peers: str, ports: str, code: int) -> None:
    """Whom the policy of the books admits, before and after."""
    file = shop / "k8s" / "all.yaml"
    shutil.copytree(file.parent, shop / "before" / "k8s")
    before, after = (_BOOKS.format(peers=p, ports=q) for p, q in ((_PAYMENTS, "{port: 8080}"), (peers, ports)))
    assert 1 == file.read_text().count(before)
    file.write_text(file.read_text().replace(before, after))
    given = ("check", "infra", "k8s", "--rules", "change-rules.yaml", "--base", "infra", "--base", "before/k8s")
    assert code == run(*given, cwd=shop)[0]


def test_the_baseline_is_what_is_wrong_and_not_waived(shop: Path) -> None:
    """As `baseline write` lists it on the same day."""
    write = ("baseline", "write", "infra", "k8s", "--rules", "netaudit-rules.yaml", "--today", _DAY, "-o", "new.json")
    assert 0 == run(*write, cwd=shop)[0]
    wrong = [each for each in json.loads((shop / "new.json").read_text())["entries"] if each["rule"] != "SHOP-003"]
    assert wrong == json.loads((shop / "baseline.json").read_text())["entries"]


def test_the_waivers_are_well_formed(shop: Path) -> None:
    """By the program's own check."""
    assert 0 == run("waivers", "check", "waivers.yaml", "--today", _DAY, cwd=shop)[0]


def test_the_pytest_file_passes(shop: Path) -> None:
    """In a process of its own, as people run it."""
    assert 0 == run("init", "infra", "k8s", "-o", "first-rules.yaml", cwd=shop)[0]
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_segmentation.py")
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_the_pre_commit_configuration_passes(shop: Path) -> None:
    """The hook's entry with the example's arguments, as pre-commit joins them."""
    (hook,) = read(".pre-commit-hooks.yaml")
    (used,) = read("examples/pre-commit-config.yaml")["repos"][0]["hooks"]
    assert hook["id"] == used["id"]
    assert 0 == shell(f"{hook['entry']} {shlex.join(used['args'])}", shop, SOURCE_DATE_EPOCH=_EPOCH)


def test_the_github_workflow_passes(shop: Path) -> None:
    """The action's script with the workflow's inputs, which are all inputs that it knows."""
    action = read("action.yml")
    steps = read("examples/github-workflow.yml")["jobs"]["netaudit"]["steps"]
    (given,) = [step["with"] for step in steps if "netaudit@" in step["uses"]]
    assert set() == given.keys() - action["inputs"].keys()
    inputs = {name.upper(): value for name, value in given.items()}
    files = {"GITHUB_STEP_SUMMARY": "summary.md", "SOURCE_DATE_EPOCH": _EPOCH}
    assert 0 == shell(action["runs"]["steps"][1]["run"], shop, **inputs, **files)
    (upload,) = [step["with"] for step in steps if "upload-sarif" in step["uses"]]
    assert (shop / upload["sarif_file"]).is_file()


def test_the_gitlab_job_passes(shop: Path) -> None:
    """With the rules that init wrote."""
    assert 0 == run("init", "infra", "k8s", "-o", "first-rules.yaml", cwd=shop)[0]
    job = read("examples/gitlab-ci.yml")["netaudit"]
    assert 0 == shell(job["script"][1], shop, **job["variables"] | {"RULES": "first-rules.yaml"})
    assert all((shop / file).is_file() for file in job["artifacts"]["reports"].values())
