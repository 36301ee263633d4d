"""Waivers let pass exactly what they cover, for as long as they hold, and are loud about everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from netaudit.checks.invariants import Report, Verdict, check
from netaudit.checks.waivers import read_waivers, waived
from netaudit.engine.solve import Reachability
from netaudit.errors import RuleFileError
from netaudit.model import Diagnostic, Effect, Loss, Network
from netaudit.queries.relations import Relations
from tests.checks.building import rulebook
from tests.engine import building as b
from tests.queries.building import host, wired

V = Verdict
TODAY = date(2026, 11, 23)
WAIVER: dict[str, Any] = {
    "id": "W-1",
    "rule": "R-1",
    "match": {"source": "a", "destination": "b", "traffic": "tcp/22"},
    "owner": "ana",
    "approver": "bo",
    "reason": "until the bastion is there",
    "created": "2026-11-01",
    "expires": "2026-12-31",
}
FORBID = {"kind": "forbid", "from": "a | c", "to": "b"}


def network(**open_to: str) -> Network:
    """b lets these machines in on their traffic."""
    machines = [host(name, f"10.0.0.{number}") for number, name in enumerate("abc", start=1)]
    return wired(machines, {"b": [b.allow(name, traffic) for name, traffic in open_to.items()]})


def report(
    given: Network, directory: Path, *changes: Mapping[str, object], rule: Mapping[str, object] = FORBID
) -> Report:
    """The report on one rule with some waivers, each a change of the usual one."""
    path = directory / "waivers.yaml"
    entries = [WAIVER | {"id": f"W-{number}"} | dict(change) for number, change in enumerate(changes, start=1)]
    path.write_text(yaml.safe_dump({"version": 1, "waivers": entries}))
    book, waivers = rulebook(dict(rule)), read_waivers([path])
    solved = Reachability(given, book.cuts | waivers.cuts)
    return waived(check(Relations(solved), book), solved, book, waivers, TODAY)


def match(source: str = "a", destination: str = "b", traffic: str = "tcp/22") -> dict[str, object]:
    """Other flows for the usual waiver."""
    return {"match": {"source": source, "destination": destination, "traffic": traffic}}


def test_a_waiver_that_covers_every_witness_waives(tmp_path: Path) -> None:
    """The verdict that it replaces, its people and its end stay in the result, and so does the witness."""
    found = report(network(a="tcp/22"), tmp_path, {})
    (result,) = found.results
    assert result.waived is not None
    assert (V.WAIVED, V.VIOLATED, "ana", "bo", "2026-12-31", 1) == (
        result.verdict,
        result.waived.verdict,
        result.waived.owner,
        result.waived.approver,
        result.waived.expires,
        len(result.witnesses),
    )
    assert (0, ()) == (found.exit_code, found.faults)


def test_pairs_that_are_alike_must_each_be_covered(tmp_path: Path) -> None:
    """The other machine of the same class is another flow: waiving the one that is shown is not enough."""
    given = network(a="tcp/22", c="tcp/22")
    assert V.VIOLATED is report(given, tmp_path, {}).results[0].verdict
    assert V.WAIVED is report(given, tmp_path, {}, match("c")).results[0].verdict


def test_traffic_beyond_the_waiver_stays_violated(tmp_path: Path) -> None:
    """One port of two is not all of it."""
    given = network(a="tcp/22-23")
    assert V.VIOLATED is report(given, tmp_path, {}).results[0].verdict
    assert V.WAIVED is report(given, tmp_path, {}, match(traffic="tcp/23")).results[0].verdict


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": "2026-11-22"}, "expired on 2026-11-22: it is not applied"),
        ({"created": "2026-11-24"}, "begins on 2026-11-24: it is not applied yet"),
        (match("c"), "is unused: nothing that the rule forbids matches it"),
        (match("nobody"), "is unused"),
        (match("a", "b", "udp"), "is unused"),
    ],
)
def test_a_waiver_that_does_nothing_is_named(tmp_path: Path, change: Mapping[str, object], said: str) -> None:
    """And the verdict is what it was."""
    found = report(network(a="tcp/22"), tmp_path, change)
    assert (V.VIOLATED, 1) == (found.results[0].verdict, found.exit_code)
    assert 1 == sum(said in fault for fault in found.faults) == len(found.faults)
    assert "waivers.yaml:3: waiver 'W-1' of rule 'R-1'" in found.faults[0]


def test_a_waiver_holds_on_its_last_day(tmp_path: Path) -> None:
    """And no longer."""
    assert V.WAIVED is report(network(a="tcp/22"), tmp_path, {"expires": "2026-11-23"}).results[0].verdict


@pytest.mark.parametrize("change", [match("a | c"), match(traffic="tcp/22,80")])
def test_a_waiver_broader_than_its_flows_is_named(tmp_path: Path, change: Mapping[str, object]) -> None:
    """It waives, and says what it does not need."""
    found = report(network(a="tcp/22"), tmp_path, change)
    assert V.WAIVED is found.results[0].verdict
    assert ["is broader than its flows" in fault for fault in found.faults] == [True]


def test_what_is_unknown_can_be_waived_and_what_is_unread_cannot(tmp_path: Path) -> None:
    """A possible flow is a flow; a missing document is none."""
    machines = [host("a", "10.0.0.1"), host("b", "10.0.0.2"), host("c", "10.0.0.3")]
    given = wired(machines, {"b": [b.allow("a", "tcp/22", because="var.open")]})
    result = report(given, tmp_path, {}).results[0]
    assert result.waived is not None
    assert (V.WAIVED, V.UNKNOWN, ["var.open"]) == (
        result.verdict,
        result.waived.verdict,
        [unknown.reason for unknown in result.depends_on],
    )
    unread = Network(
        endpoints=given.endpoints,
        hops=given.hops,
        owned=given.owned,
        diagnostics=(Diagnostic("LOST", "a document", effect=Effect.UNREADABLE),),
    )
    assert V.UNKNOWN is report(unread, tmp_path, {}).results[0].verdict


def test_what_must_flow_can_be_waived(tmp_path: Path) -> None:
    """For a rule that requires a flow, the waiver covers what does not pass."""
    require = {"kind": "require", "from": "a", "to": "b", "traffic": "tcp/22"}
    assert V.WAIVED is report(network(), tmp_path, {}, rule=require).results[0].verdict


def test_a_proved_or_vacuous_rule_is_never_waived(tmp_path: Path) -> None:
    """There is nothing to waive: the waiver is unused."""
    assert V.PROVED is report(network(), tmp_path, {}).results[0].verdict
    empty = FORBID | {"from": "nobody"}
    assert V.VACUOUS is report(network(a="tcp/22"), tmp_path, {}, rule=empty).results[0].verdict


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"approver": "Ana "}, "the approver must be somebody else than the owner"),
        ({"reason": ""}, "reason"),
        ({"owner": "  "}, "must say something"),
        ({"expires": "2026-10-01"}, "it expires before it is created"),
        ({"expires": "2028-01-01"}, "waiver 'W-1' lasts longer than 365 days"),
        ({"expires": "soon"}, "expires"),
        ({"rule": "R-9"}, "is for a rule 'R-9' that does not exist"),
        ({"surprise": 1}, "unknown field 'surprise'"),
        ({"tickt": "X-1"}, "unknown field 'tickt'; did you mean 'ticket'?"),
        (match("*"), "'*' is too broad"),
        (match("(a"), "a '(' is never closed"),
        (match(traffic="tcp/99999"), "is above 65535"),
    ],
)
def test_a_malformed_waiver_is_refused(tmp_path: Path, change: Mapping[str, object], message: str) -> None:
    """With file and line: nothing is judged by half."""
    with pytest.raises(RuleFileError, match=r"waivers\.yaml") as error:
        report(network(a="tcp/22"), tmp_path, change)
    assert message in str(error.value)


def test_every_mistake_of_a_waiver_is_told_at_its_line(tmp_path: Path) -> None:
    """Nobody mends one, runs again, and meets the next."""
    with pytest.raises(RuleFileError) as error:
        report(network(a="tcp/22"), tmp_path, {"expires": "soon", "tickt": "X-1"})
    told = [line.split(": ", 2)[1] for line in str(error.value).splitlines()]
    assert ["waivers.0.expires", "waivers.0.tickt"] == sorted(told)


@pytest.mark.parametrize("name", ["owner", "approver", "reason", "expires", "created", "match"])
def test_what_makes_a_waiver_accountable_is_required(tmp_path: Path, name: str) -> None:
    """None of it may be left out."""
    path = tmp_path / "waivers.yaml"
    entry = {key: value for key, value in WAIVER.items() if key != name}
    path.write_text(yaml.safe_dump({"version": 1, "waivers": [entry]}))
    with pytest.raises(RuleFileError, match=name):
        read_waivers([path])


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "no-dead-rule"},
        {"kind": "survives", "from": "a", "to": "b", "traffic": "tcp/22", "losing": ["zone"]},
    ],
    ids=lambda rule: rule["kind"],
)
def test_what_is_not_about_pairs_is_covered_by_no_waiver(tmp_path: Path, rule: Mapping[str, object]) -> None:
    """A dead rule, a loss that is not survived: of these no flow is the witness."""
    rules = [replace(b.allow("a", "tcp/22", line=line), written=True) for line in (1, 2)]
    hosts = [host(name, f"10.0.0.{number}") for number, name in enumerate("ab", start=1)]
    given = replace(wired(hosts, {"b": rules}), losses=(Loss("zone", "z", frozenset({"eni:b"})),))
    assert Verdict.VIOLATED is report(given, tmp_path, match(traffic="any"), rule=rule).results[0].verdict
