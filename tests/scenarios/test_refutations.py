"""Ways in which a network leaks that a reviewer or an attribute linter misses, each with a look-alike that is safe.

`fixtures/refutations/NAME/rules.yaml` says what must hold and tells the story of both; `leaks` breaks it on the lines
that its comments mark, `safe` keeps it. Where the rules are about a change, `base` is what was there before it. Marks
were set by reading the fixture and what differs in its twin.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from netaudit.checks.verdicts import Report, Verdict
from tests.scenarios.marked import ROOT, estate_of, marks, named, wrong

REFUTATIONS = ROOT / "refutations"
NAMES = sorted(path.parent.name for path in REFUTATIONS.glob("*/rules.yaml"))


def _case(name: str, which: str) -> tuple[Path, Path]:
    return REFUTATIONS / name / which, REFUTATIONS / name / "rules.yaml"


def _report(directory: Path, rules: Path) -> Report:
    base = directory.parent / "base"
    return estate_of(directory).check(rules, base=estate_of(base) if base.is_dir() else None)


@pytest.mark.parametrize("name", NAMES)
def test_the_leak_is_refuted_where_it_is_marked_and_nothing_else_is(name: str) -> None:
    """Exactly the marked rules are violated, and their witnesses go by every marked line."""
    directory, rules = _case(name, "leaks")
    report = _report(directory, rules)
    marked = marks(directory)
    assert wrong(report) == dict.fromkeys(marked, Verdict.VIOLATED)
    missed = {r.invariant.id: marked.get(r.invariant.id, set()) - named(r, directory) for r in report.results}
    assert missed == {result.invariant.id: set() for result in report.results}


@pytest.mark.parametrize("name", [name for name in NAMES if marks(REFUTATIONS / name / "leaks", "cause")])
def test_a_cause_apart_is_one_that_no_witness_names(name: str) -> None:
    """What a reviewer would mend and a witness does name is marked as the leak itself; every other rule has a mark."""
    directory, rules = _case(name, "leaks")
    causes, leaks = marks(directory, "cause"), marks(directory)
    assert causes.keys() <= leaks.keys()
    report = _report(directory, rules)
    assert [] == [r.invariant.id for r in report.results if causes.get(r.invariant.id, set()) & named(r, directory)]


@pytest.mark.parametrize("name", NAMES)
def test_the_look_alike_is_proved(name: str) -> None:
    """Every rule is proved, not merely unbroken."""
    directory, rules = _case(name, "safe")
    assert wrong(_report(directory, rules)) == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_tells_both_stories_and_marks_its_leak(name: str) -> None:
    """The rule file begins with the two stories; the leak has a mark, the look-alike has none."""
    first, second = (REFUTATIONS / name / "rules.yaml").read_text().splitlines()[:2]
    assert (first.startswith("# Leaks: "), second.startswith("# Safe: ")) == (True, True)
    assert (bool(marks(REFUTATIONS / name / "leaks")), marks(REFUTATIONS / name / "safe")) == (True, {})


def test_there_are_at_least_forty_ways() -> None:
    """The suite is as long as it was promised."""
    assert len(NAMES) >= 40
