"""`monotone` once more, written independently: its meaning spelt out over pairs under every relation, and its cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.checks.invariants import RuleResult, Verdict, check
from netaudit.checks.waivers import read_waivers, waived
from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, NO_TRAFFIC, AddressSet, Traffic
from netaudit.model import Diagnostic, Effect, Network, Origin, Rule, Severity, Unknown
from netaudit.queries.diff import common_cuts
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from tests.checks.building import rulebook
from tests.engine import building as b
from tests.laws.networks import networks
from tests.queries.building import host, wired

V = Verdict
RELATIONS = st.sampled_from(["direct", "forwarded", "pivot"])
Declared = list[dict[str, str]]


def sides(before: Network, after: Network, **rule: object) -> tuple[Relations, Relations, RuleResult]:
    """Both networks with the outside cut alike, and the result on one rule about the change."""
    book = rulebook({"kind": "monotone"} | {key.rstrip("_"): value for key, value in rule.items()})
    cuts = book.cuts | common_cuts([before, after])
    old, new = (Relations(Reachability(each, cuts)) for each in (before, after))
    (found,) = check(new, book, base=old).results
    return old, new, found


def result(before: Network, after: Network, **rule: object) -> RuleResult:
    """The result on one rule about the change."""
    return sides(before, after, **rule)[2]


def definition(old: Relations, new: Relations, relation: str, declared: Declared) -> Verdict:
    """The table of docs/rules.md, read aloud."""
    verdicts = {V.PROVED}
    ends = [each.id for each in new.solved.endpoints]
    outside = {each.id for each in new.solved.external}
    for u, v in [(u, v) for u in ends for v in ends if u != v and not {u, v} <= outside]:
        allowed = Traffic.union(Traffic.parse(d["traffic"]) for d in declared if (u, v) == (d["from"], d["to"]))
        now = new.bounds(Relation(relation), new.solved.by_id[u], new.solved.by_id[v]) & CLAIMED
        certain, possible = NO_TRAFFIC, NO_TRAFFIC
        if {u, v} <= old.solved.by_id.keys():
            then = old.bounds(Relation(relation), old.solved.by_id[u], old.solved.by_id[v])
            certain, possible = then.certain, then.possible
        if now.certain - possible - allowed:
            verdicts.add(V.VIOLATED)
        if now.possible - certain - allowed:
            verdicts.add(V.UNKNOWN)
    return next(v for v in (V.VIOLATED, V.UNKNOWN, V.PROVED) if v in verdicts)


declared = st.lists(
    st.fixed_dictionaries(
        {"from": st.sampled_from("ab"), "to": st.sampled_from("ab"), "traffic": st.sampled_from(["tcp", "tcp/443"])}
    ),
    max_size=2,
)


@settings(max_examples=40)
@given(networks(), networks(), RELATIONS, declared)
def test_it_is_about_every_pair_now_and_before(before: Network, after: Network, relation: str, d: Declared) -> None:
    """Pair by pair: what is certain now and was not possible, what is possible now and was not certain."""
    old, new, found = sides(before, after, relation=relation, flows=d)
    assert definition(old, new, relation, d) == found.verdict


NAMED = st.sets(
    st.sampled_from(["203.0.113.0/31", "10.0.1.4", "10.0.0.0/15", "198.51.100.0/24", "0.0.0.0/1"]), max_size=3
)


@settings(max_examples=25)
@given(networks(), networks(), NAMED)
def test_a_block_means_the_same_before_and_after(before: Network, after: Network, named: set[str]) -> None:
    """Also where rules and waivers cut the outside further."""
    cuts = common_cuts([before, after]) | {AddressSet.parse(text) for text in named}
    sides = [{e.id: e.addresses for e in Reachability(each, cuts).external} for each in (before, after)]
    assert [sides[0][name] for name in sides[0].keys() & sides[1].keys()] == [
        sides[1][name] for name in sides[0].keys() & sides[1].keys()
    ]


@settings(max_examples=25)
@given(networks(known=True), RELATIONS)
def test_no_change_opens_nothing(network: Network, relation: str) -> None:
    """Where nothing is unknown."""
    assert V.PROVED == result(network, network, relation=relation).verdict


@settings(max_examples=25)
@given(networks(), networks(), RELATIONS)
def test_the_pairs_found_wrong_are_those_of_the_definition(before: Network, after: Network, relation: str) -> None:
    """Also where endpoints were judged together."""
    old, new, found = sides(before, after, relation=relation)
    expected = set()
    for u in new.solved.endpoints:
        for v in new.solved.endpoints:
            if u.id != v.id and not (u.external and v.external):
                now = (new.bounds(Relation(relation), u, v) & CLAIMED).possible
                if {u.id, v.id} <= old.solved.by_id.keys():
                    ends = (old.solved.by_id[u.id], old.solved.by_id[v.id])
                    now -= old.bounds(Relation(relation), *ends).certain
                expected |= {(u.id, v.id)} if now else set()
    assert expected == {pair for breach in found.breaches for pair in breach.pairs}


@settings(max_examples=25)
@given(networks(known=True), RELATIONS)
def test_what_only_closes_is_proved(network: Network, relation: str) -> None:
    """Hops taken away carry nothing."""
    fewer = replace(network, hops=network.hops[: len(network.hops) // 2])
    assert V.PROVED == result(network, fewer, relation=relation).verdict


@settings(max_examples=20)
@given(networks(), networks(), declared, declared)
def test_more_exceptions_never_break_it(before: Network, after: Network, some: Declared, more: Declared) -> None:
    """Antitone in what is declared."""
    order = [V.VIOLATED, V.UNKNOWN, V.PROVED]
    few, many = (result(before, after, flows=each).verdict for each in (some, [*some, *more]))
    assert order.index(few) <= order.index(many)


# ---- by hand ------------------------------------------------------------------------------------------

A, B = host("a", "10.0.0.1"), host("b", "10.0.0.2")


def into_b(*rules: Rule) -> Network:
    """Two machines; the rules let into b."""
    return wired([A, B], {"b": rules})


HTTPS = b.allow("a", "tcp/443")
SSH = b.allow("a", "tcp/22")
DOUBTFUL = b.allow("a", "tcp/22", because="var.admins")
OTHER = b.allow("a", "tcp/22", because="var.guests")
UNREAD = Diagnostic("K8S_UNREADABLE", "no document", Severity.ERROR, Origin("x.yaml", 1), Effect.UNREADABLE)


def test_the_witness_is_the_opened_flow_with_the_rule_that_opened_it() -> None:
    """Only what is new of it counts."""
    found = result(into_b(HTTPS), into_b(HTTPS, SSH))
    assert (V.VIOLATED, [("a", "b", "tcp/22")]) == (
        found.verdict,
        [(w.source, w.destination, str(w.traffic)) for w in found.witnesses],
    )


def test_a_declared_flow_may_be_opened_and_no_more() -> None:
    """Some of its ports are not all."""
    both = into_b(HTTPS, SSH)
    ssh, https = ({"from": "a", "to": "b", "traffic": text} for text in ("tcp/22", "tcp/443"))
    assert V.PROVED == result(into_b(HTTPS), both, flows=[ssh]).verdict
    assert V.VIOLATED == result(into_b(HTTPS), both, flows=[https]).verdict
    assert V.PROVED == result(into_b(), both, flows=[ssh, https]).verdict


def test_what_was_perhaps_open_is_perhaps_opened() -> None:
    """The unknown of the base is named."""
    found = result(into_b(DOUBTFUL), into_b(SSH))
    assert (V.UNKNOWN, ["var.admins (at the base)"]) == (found.verdict, [u.reason for u in found.depends_on])


def test_what_is_perhaps_open_now_is_perhaps_opened() -> None:
    """The unknown is named."""
    found = result(into_b(), into_b(DOUBTFUL))
    assert (V.UNKNOWN, ["var.admins"]) == (found.verdict, [u.reason for u in found.depends_on])


def test_an_unknown_of_both_sides_is_an_unknown() -> None:
    """What it lets pass may be another than before, unless the rule takes it to be the same; then that is said."""
    network = into_b(DOUBTFUL)
    assert V.UNKNOWN == result(network, network).verdict
    found = result(network, network, unknowns="same")
    assert (V.PROVED, "taken to be the same before and after: var.admins") == (found.verdict, found.note)


def test_another_unknown_is_not_the_same() -> None:
    """Nor is one beside which another one stands."""
    before = into_b(DOUBTFUL)
    assert V.UNKNOWN == result(before, into_b(OTHER), unknowns="same").verdict
    assert V.UNKNOWN == result(before, into_b(DOUBTFUL, OTHER), unknowns="same").verdict


def test_the_same_reason_of_another_resource_is_not_the_same() -> None:
    """Two addresses that are known after apply are two addresses."""

    def network(address: str) -> Network:
        unknown = Unknown("known after apply", Origin("net.tf", 1, address=address))
        return into_b(replace(SSH, because=(unknown,)))

    said = [
        result(network("aws_eip.one"), network(now), unknowns="same").verdict for now in ("aws_eip.one", "aws_eip.two")
    ]
    assert [V.PROVED, V.UNKNOWN] == said


def test_everything_is_judged_the_outside_included() -> None:
    """Unless the rule says otherwise."""
    before, after = (wired([A], {"a": rules}, outside=True) for rules in ([], [b.allow("0.0.0.0/0", "tcp/22")]))
    assert (V.VIOLATED, V.PROVED) == (result(before, after).verdict, result(before, after, from_="*").verdict)


def test_unread_input_of_the_base_calls_a_violation_off() -> None:
    """What seems opened may have passed before; accepted by name, it counts again."""
    before, after = replace(into_b(), diagnostics=(UNREAD,)), into_b(SSH)
    found = result(before, after)
    assert (V.UNKNOWN, ["K8S_UNREADABLE: no document"]) == (found.verdict, [u.reason for u in found.depends_on])
    book = rulebook({"kind": "monotone"})
    old, new = (Relations(Reachability(each, common_cuts([before, after]))) for each in (before, after))
    assert V.VIOLATED == check(new, book, ["K8S_UNREADABLE"], base=old).results[0].verdict


def test_unread_input_of_the_base_calls_a_proof_off() -> None:
    """It may have stopped what seemed to pass."""
    network = into_b(SSH)
    assert V.UNKNOWN == result(replace(network, diagnostics=(UNREAD,)), network).verdict


@pytest.mark.parametrize(("touched", "expected"), [("b", V.UNKNOWN), ("c", V.PROVED)])
def test_unread_input_of_the_base_concerns_what_it_touches(touched: str, expected: Verdict) -> None:
    """What is about neither side concerns nothing."""
    network = wired([A, B, host("c", "10.0.0.3")], {"b": [SSH]})
    before = replace(network, diagnostics=(replace(UNREAD, touches=(touched,)),))
    assert expected == result(before, network, from_="a", to="b").verdict


def test_unread_input_of_now_leaves_a_violation() -> None:
    """What was read opens it already."""
    assert V.VIOLATED == result(into_b(), replace(into_b(SSH), diagnostics=(UNREAD,))).verdict


def test_a_new_machine_opens_everything_that_reaches_it() -> None:
    """It was reached by nothing before."""
    before = wired([A], {})
    assert V.VIOLATED == result(before, into_b(SSH)).verdict
    assert V.PROVED == result(into_b(SSH), before, from_="a", to="* | external").verdict


def test_what_would_close_it_is_told() -> None:
    """As for any forbidden flow."""
    found = result(into_b(HTTPS), into_b(HTTPS, SSH))
    assert found.closing is not None
    assert 1 == len(found.closing.edits)


def test_a_waiver_lets_an_opened_flow_pass(tmp_path: Path) -> None:
    """It covers the new flow, which is all that is wrong."""
    (tmp_path / "waivers.yaml").write_text(
        "version: 1\nwaivers:\n- {id: W, rule: R-1, match: {source: a, destination: b, traffic: tcp/22}, owner: me, "
        "approver: someone, reason: a migration, created: 2026-01-01, expires: 2026-02-01}\n"
    )
    before, after = into_b(), into_b(SSH)
    book = rulebook({"kind": "monotone"})
    old, new = (Relations(Reachability(each, common_cuts([before, after]))) for each in (before, after))
    report = waived(
        check(new, book, base=old), new.solved, book, read_waivers([tmp_path / "waivers.yaml"]), date(2026, 1, 9)
    )
    assert V.WAIVED == report.results[0].verdict
