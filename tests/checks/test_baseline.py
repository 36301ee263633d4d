"""A baseline lets pass what it lists, and nothing beyond it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from netaudit.checks.baseline import Baseline, baseline_of, baseline_text, baselined, pruned, read_baseline
from netaudit.checks.invariants import Report
from netaudit.errors import RuleFileError
from netaudit.model import Rule
from tests.checks.building import judged
from tests.engine import building as b
from tests.queries.building import host, wired

FIRST, LATER = date(2026, 1, 1), date(2026, 11, 23)
RULE = {"kind": "forbid", "from": "a | c", "to": "b"}


def report(because: str = "", **open_to: str) -> Report:
    """b lets these machines in on their traffic, which the rule forbids."""
    machines = [host(name, f"10.0.0.{number}") for number, name in enumerate("abc", start=1)]
    rules = [b.allow(name, traffic, because=because) for name, traffic in open_to.items()]
    return judged(wired(machines, {"b": rules}), dict(RULE))


def written(directory: Path, baseline: Baseline) -> Baseline:
    """What is read of what is written."""
    path = directory / "baseline.json"
    path.write_text(baseline_text(baseline))
    return read_baseline(path)


@pytest.mark.parametrize(
    ("then", "now", "code"),
    [
        (report(a="tcp/22"), report(a="tcp/22"), 0),
        (report(a="tcp/22-23"), report(a="tcp/22"), 0),
        (report(a="tcp/22"), report(a="tcp/22-23"), 1),
        (report(a="tcp/22"), report(a="tcp/22", c="tcp/22"), 1),
        (report("var.x", a="tcp/22"), report("var.x", a="tcp/22"), 0),
        (report("var.x", a="tcp/22"), report(a="tcp/22"), 1),
        (report(a="tcp/22"), report("var.x", a="tcp/22"), 0),
        (report(), report(a="tcp/22"), 1),
    ],
)
def test_only_what_is_new_fails(tmp_path: Path, then: Report, now: Report, code: int) -> None:
    """New traffic, a new pair, and what was only possible and is certain now."""
    assert code == baselined(now, written(tmp_path, baseline_of(then, FIRST))).exit_code


def test_writing_again_keeps_the_day(tmp_path: Path) -> None:
    """Of what was listed; what is new gets its own."""
    first = written(tmp_path, baseline_of(report(a="tcp/22"), FIRST))
    second = baseline_of(report(a="tcp/22", c="tcp/22"), LATER, first)
    assert {"a": FIRST, "c": LATER} == {source: known.since for (_, source, _), known in second.items()}


def test_pruning_takes_out_what_is_mended_and_adds_nothing(tmp_path: Path) -> None:
    """A pair that is closed goes, a port that is closed goes, a new pair does not come in."""
    before = written(tmp_path, baseline_of(report(a="tcp/22-23", c="tcp/22"), FIRST))
    left = pruned(report(a="tcp/23-24"), before)
    assert [("R-1", "a", "b", "tcp/23")] == [(*key, str(known.possible)) for key, known in left.items()]
    assert {} == pruned(report(), before)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"schema": "netaudit/baseline/v2", "entries": []}',
        '{"schema": "netaudit/baseline/v1", "entries": [{"rule": "X"}]}',
        '{"schema": "netaudit/baseline/v1", "external": {"internet": ["1.0.0.0/33"]}, "entries": []}',
        '{"schema": "netaudit/baseline/v1", "entries": [{"rule": "X", "source": "internet", "destination": "b",'
        ' "since": "2026-01-01"}]}',
        "[",
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    """With the file's name."""
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(RuleFileError, match=r"baseline\.json"):
        read_baseline(path)


def test_a_rule_that_is_dead_since_is_new(tmp_path: Path) -> None:
    """One that was dead already is let pass."""
    machines = [host(name, f"10.0.0.{number}") for number, name in enumerate("abc", start=1)]
    live, dead, also = (
        replace(b.allow(name, "tcp/22", line=line), written=True) for line, name in enumerate(("a", "gone", "left"))
    )
    then, now = (
        judged(wired(machines, {"b": rules}), {"kind": "no-dead-rule"}) for rules in ((live, dead), (live, dead, also))
    )
    known = written(tmp_path, baseline_of(then, FIRST))
    assert [0, 1] == [baselined(each, known).exit_code for each in (then, now)]


PARTNER = "203.0.113.0/24"


def from_outside(*rules: Rule) -> Report:
    """b lets these in, and nobody outside may come in."""
    network = wired([host("b", "10.0.0.1")], {"b": rules}, outside=True)
    return judged(network, {"kind": "forbid", "from": "internet", "to": "b"})


OPEN = b.allow("0.0.0.0/0", "tcp/443")
SHUT = b.deny(PARTNER, "any")
AS_WELL = b.allow(PARTNER, "tcp/443")


def test_addresses_that_come_in_anew_are_new_whatever_they_are_called(tmp_path: Path) -> None:
    """Without the rule that kept a partner out, `internet` means the partner too."""
    known = written(tmp_path, baseline_of(from_outside(SHUT, OPEN), FIRST))
    assert ["internet"] == [source for _, source, _ in known]
    assert [0, 1] == [baselined(from_outside(*rules), known).exit_code for rules in ((SHUT, OPEN), (OPEN,))]


def test_addresses_that_are_set_apart_later_are_not_new(tmp_path: Path) -> None:
    """A part of what `internet` meant, with no more traffic than it had."""
    known = written(tmp_path, baseline_of(from_outside(OPEN), FIRST))
    more = b.allow(PARTNER, "tcp/444")
    said = [baselined(from_outside(*rules, OPEN), known).exit_code for rules in ((AS_WELL,), (AS_WELL, more))]
    assert [0, 1] == said


def test_pruning_takes_out_addresses_that_are_mended(tmp_path: Path) -> None:
    """They would be new if they came in again."""
    known = written(tmp_path, baseline_of(from_outside(OPEN), FIRST))
    left = written(tmp_path, pruned(from_outside(SHUT, OPEN), known))
    assert [0, 1] == [baselined(from_outside(*rules), left).exit_code for rules in ((SHUT, OPEN), (OPEN,))]


def test_addresses_that_must_not_be_printed_are_not_written(tmp_path: Path) -> None:
    """Such blocks are compared by their names."""
    secret = replace(from_outside(OPEN), external={})
    text = baseline_text(baseline_of(secret, FIRST))
    assert {"internet": None} == json.loads(text)["external"]
    assert 0 == baselined(secret, written(tmp_path, baseline_of(secret, FIRST))).exit_code
