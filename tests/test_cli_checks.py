"""The commands around checks: formats to files, diff, waivers, baselines, rules explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netaudit.checks.kinds import KINDS
from tests import small
from tests.sources.test_revision import commit, git
from tests.test_cli import run

OPEN = small.MANIFESTS.replace("team: shop}}}]", "team: data}}}]")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository whose working tree lets another namespace in than its only commit."""
    root = tmp_path / "estate"
    small.manifests(root / "k8s")
    small.rules(root)
    git(root, "init", "-q", ".")
    commit(root)
    small.manifests(root / "k8s", OPEN)
    return root


# ---- formats ------------------------------------------------------------------------------------------


def test_check_writes_several_formats_at_once(tmp_path: Path) -> None:
    """One to standard output, the others to their files; the exit code is that of the check."""
    k8s = small.manifests(tmp_path / "k8s")
    names = ("sarif", "junit", "github", "gitlab", "markdown", "json")
    files = [option for name in names for option in ("--format", f"{name}={tmp_path / name}")]
    code, out, _ = run("check", k8s, "--rules", small.rules(tmp_path, small.BROKEN), *files, "--format", "text")
    assert (1, True) == (code, out.startswith("PROVED"))
    assert all((tmp_path / name).stat().st_size > 100 for name in names)
    assert "0.1.0" == json.loads((tmp_path / "sarif").read_text())["runs"][0]["tool"]["driver"]["semanticVersion"]


# ---- diff ---------------------------------------------------------------------------------------------


def test_diff_with_a_revision(repository: Path) -> None:
    """The same sources as they were committed; 1 only when it is asked for."""
    command = ("diff", "k8s", "--base", "HEAD", "--rules", "rules.yaml", "-q")
    code, out, _ = run(*command, cwd=repository)
    assert (0, True) == (code, "rule KEPT newly broken: PROVED → VIOLATED" in out)
    assert 1 == run(*command, "--exit-code", cwd=repository)[0]
    assert 0 == run(*command, "--head", "HEAD", "--exit-code", cwd=repository)[0]


def test_a_change_is_checked_against_its_base(repository: Path) -> None:
    """What it opens violates a rule of the kind monotone, with the rule that opens it; nothing opens nothing."""
    (repository / "change.yaml").write_text("version: 1\nrules:\n  - {id: NOTHING-NEW, kind: monotone}\n")
    command = ("check", "k8s", "--rules", "change.yaml", "-q")
    code, out, _ = run(*command, "--base", "HEAD", cwd=repository)
    assert (1, True) == (code, "k8s/all.yaml:" in out)
    assert 0 == run(*command, "--base", "k8s", cwd=repository)[0]
    assert 3 == run(*command, cwd=repository)[0]


def test_diff_with_sources(tmp_path: Path) -> None:
    """Two directories; the same ones do not differ."""
    old, new = small.manifests(tmp_path / "old"), small.manifests(tmp_path / "new", OPEN)
    document = json.loads(run("diff", new, "--base", old, "--format", "json")[1])
    assert document["opened"]
    same = json.loads(run("diff", new, "--base", new, "--format", "json", "--exit-code")[1])
    assert ([], [], []) == (same["opened"], same["closed"], same["changed"])


@pytest.mark.parametrize("base", ["nonsense", "absent/", "x=absent", ""])
def test_a_base_that_is_nothing_is_told_in_one_line(repository: Path, base: str) -> None:
    """Exit 2, and no answer."""
    code, out, err = run("diff", "k8s", "--base", base, cwd=repository)
    assert (2, "", 1) == (code, out, err.count("\n"))
    assert f"'{base}' is neither a path nor a revision" in err


# ---- waivers ------------------------------------------------------------------------------------------

WAIVER = """\
version: 1
waivers:
  - id: W-1
    rule: BROKEN
    match: {source: shop/web, destination: data/db, traffic: tcp/5432}
    owner: ana
    approver: bo
    reason: the shop moves in spring
    ticket: SEC-88
    created: 2026-11-01
    expires: 2026-12-31
"""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--today", "2026-11-23"), 0),
        (("--today", "2026-11-23", "--strict-waivers"), 0),
        (("--today", "2027-01-01"), 1),
        (("--today", "2027-01-01", "--strict-waivers"), 2),
        (("--today", "2026-11-23", "--no-waivers"), 1),
        (("--today", "soon"), 2),
    ],
)
def test_waivers_hold_until_their_day(tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    """0 while all is waived, 1 afterwards or without them, 2 where it must be strict."""
    k8s, file = small.manifests(tmp_path / "k8s"), tmp_path / "waivers.yaml"
    file.write_text(WAIVER)
    command = ("check", k8s, "--rules", small.rules(tmp_path, small.BROKEN), "--waivers", file)
    assert code == run(*command, *options)[0]


def test_the_day_can_come_from_the_environment(tmp_path: Path) -> None:
    """SOURCE_DATE_EPOCH, and every format says who waived."""
    k8s, file = small.manifests(tmp_path / "k8s"), tmp_path / "waivers.yaml"
    file.write_text(WAIVER)
    command = ("check", k8s, "--rules", small.rules(tmp_path, small.BROKEN), "--waivers", file)
    epoch = {"SOURCE_DATE_EPOCH": "1795392000"}  # 2026-11-23
    code, out, _ = run(*command, environment=epoch)
    assert (0, True) == (code, "waived until 2026-12-31 by W-1 (ana, approved by bo, SEC-88)" in out)
    document = json.loads(run(*command, "--format", "json", environment=epoch)[1])
    assert ("2026-11-23", ["W-1"]) == (document["judged_on"], document["results"][1]["waiver"]["ids"])
    log = json.loads(run(*command, "--format", "sarif", environment=epoch)[1])
    assert "accepted" == log["runs"][0]["results"][0]["suppressions"][0]["status"]


def test_waivers_are_listed_and_checked(tmp_path: Path) -> None:
    """With the days that are left; an expired one ends the check with 1."""
    file = tmp_path / "waivers.yaml"
    file.write_text(WAIVER)
    listed = json.loads(run("waivers", "list", file, "--today", "2026-12-30", "--format", "json")[1])
    assert [("W-1", "valid", 1)] == [(row["id"], row["state"], row["days"]) for row in listed["waivers"]]
    assert 0 == run("waivers", "check", file, "--today", "2026-12-31")[0]
    assert 1 == run("waivers", "check", file, "--today", "2027-01-01")[0]
    assert "netaudit waivers" == json.loads(run("schema", "waivers")[1])["title"]


def test_a_baseline_is_written_used_shown_and_pruned(tmp_path: Path) -> None:
    """Known findings do not fail; once mended they are taken out."""
    k8s, file = small.manifests(tmp_path / "k8s"), tmp_path / "baseline.json"
    command = (k8s, "--rules", small.rules(tmp_path, small.BROKEN), "-q")
    assert 1 == run("check", *command)[0]
    assert 0 == run("baseline", "write", *command, "-o", file, "--today", "2026-01-01")[0]
    code, out, _ = run("check", *command, "--baseline", file)
    assert (0, True) == (code, "in the baseline" in out)
    shown = run("baseline", "show", file, "--today", "2026-01-11")[1]
    assert ["BROKEN", "10"] == [shown.splitlines()[1].split()[0], shown.splitlines()[1].split()[-1]]
    small.manifests(k8s, OPEN)
    assert 0 == run("baseline", "prune", *command, "-o", file)[0]
    assert [] == json.loads(file.read_text())["entries"]


def test_what_a_waiver_lets_pass_is_no_finding_of_a_baseline(tmp_path: Path) -> None:
    """It would be let pass for good: a waiver ends, a baseline does not."""
    k8s, waivers, file = small.manifests(tmp_path / "k8s"), tmp_path / "waivers.yaml", tmp_path / "baseline.json"
    waivers.write_text(WAIVER)
    command = (k8s, "--rules", small.rules(tmp_path, small.BROKEN), "-q", "-o", file, "--today", "2026-11-23")
    assert 0 == run("baseline", "write", *command, "--waivers", waivers)[0]
    assert [] == json.loads(file.read_text())["entries"]


# ---- rules explained ----------------------------------------------------------------------------------


def test_every_kind_is_explained() -> None:
    """Its meaning, its relation and its fields, from the models themselves."""
    for kind in KINDS:
        code, out, _ = run("rule", kind)
        assert (0, True, True) == (code, out.startswith(f"{kind}: "), "unless the rule says otherwise" in out)
    assert "  via          Selector of what must be passed\n" in run("rule", "waypoint")[1]


def test_packs_are_listed_with_the_rules_of_each_profile() -> None:
    """As `--rules` takes them: CIS 3.0 does not speak of file shares, 5.0 does."""
    code, out, _ = run("rule", "--packs")
    listed = {line.split()[0]: line.split()[1] for line in out.splitlines()[1:]}
    assert (code, listed["pack:cis-aws@3.0"], listed["pack:cis-aws@5.0"], listed["pack:baseline"]) == (0, "2", "3", "6")


def test_a_rule_of_a_pack_is_explained_without_naming_the_pack() -> None:
    """With what its answer is worth."""
    code, out, _ = run("rule", "PCI-6.5.3")
    assert (code, out.partition(":")[0]) == (0, "PCI-6.5.3")
    assert "  pci-dss@4.0.1:6.5.3 [proves-limb] pre-production is kept apart from production (by the network" in out


def test_a_pack_tells_which_zones_it_needs() -> None:
    """Each with what belongs to it."""
    code, out, _ = run("rule", "pack:baseline")
    assert (code, "  public: what the internet may open connections to, such as load balancers\n" in out) == (0, True)


def test_rule_wants_a_name_or_the_list() -> None:
    """Neither, or both, is a mistake."""
    assert [run("rule")[0], run("rule", "BASE-ADMIN", "--packs")[0]] == [2, 2]


def test_a_rule_is_explained_with_its_own_words(tmp_path: Path) -> None:
    """And with what its kind means; a mistyped name gets a hint."""
    rules = small.rules(tmp_path, small.BROKEN)
    out = run("rule", "BROKEN", "--rules", rules)[1]
    assert out.startswith(f"BROKEN\nseverity high, judged on direct flows, declared at {rules}:")
    assert "  from: ns/shop\n" in out
    code, _, err = run("rule", "BROKN", "--rules", rules)
    assert (2, "netaudit: no such rule or kind 'BROKN'; did you mean 'BROKEN'?\n") == (code, err)
