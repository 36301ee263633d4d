"""Rules of the kind `monotone`: what a change opens, against docs/rules.md spelt out over pairs; and its laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netaudit.checks.invariants import RuleResult, Verdict, check
from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, NO_TRAFFIC, Traffic
from netaudit.model import Diagnostic, Effect, Network
from netaudit.queries.diff import common_cuts
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from tests.checks.building import rulebook
from tests.laws.networks import networks

V = Verdict
RELATIONS = st.sampled_from(["direct", "pivot"])
EVERYTHING: dict[str, object] = {"kind": "monotone"}


def judged(before: Network | None, after: Network, rule: dict[str, object] = EVERYTHING) -> RuleResult:
    """The verdict on a change."""
    book = rulebook(rule)
    cuts = book.cuts | (common_cuts([before, after]) if before else frozenset())
    base = Relations(Reachability(before, cuts)) if before else None
    return check(Relations(Reachability(after, cuts)), book, base=base).results[0]


def meaning(before: Network, after: Network, relation: str, allowed: Traffic = NO_TRAFFIC) -> Verdict:
    """What docs/rules.md says of every pair; `allowed` may be opened to `b`."""
    cuts = common_cuts([before, after])
    old, new = (Relations(Reachability(network, cuts)) for network in (before, after))
    verdicts = {V.PROVED}
    for source in new.solved.by_id.values():
        for goal in new.solved.by_id.values():
            if source.id == goal.id or goal.external:
                continue
            now = new.bounds(Relation(relation), source, goal) & CLAIMED
            ends = [old.solved.by_id.get(each.id) for each in (source, goal)]
            was = old.bounds(Relation(relation), *ends) if None not in ends else None  # type: ignore[arg-type]
            excepted = allowed if goal.id == "b" else NO_TRAFFIC
            if now.certain - excepted - (was.possible if was else NO_TRAFFIC):
                verdicts.add(V.VIOLATED)
            elif now.possible - excepted - (was.certain if was else NO_TRAFFIC):
                verdicts.add(V.UNKNOWN)
    return next(each for each in (V.VIOLATED, V.UNKNOWN, V.PROVED) if each in verdicts)


@settings(max_examples=40, deadline=None)
@given(networks(), networks(), RELATIONS, st.sampled_from(["", "tcp/443"]))
def test_nothing_flows_that_did_not_flow_before_or_is_listed(
    before: Network, after: Network, relation: str, allowed: str
) -> None:
    """Over every pair of two networks that have nothing to do with one another."""
    rule = EVERYTHING | {"from": "*", "to": "!external", "relation": relation}
    rule |= {"flows": [{"from": "*", "to": "b", "traffic": allowed}]} if allowed else {}
    rule["from"] = "* | external"
    expected = meaning(before, after, relation, Traffic.parse(allowed) if allowed else NO_TRAFFIC)
    assert expected == judged(before, after, rule).verdict


@settings(max_examples=25, deadline=None)
@given(networks(), RELATIONS)
def test_taking_away_is_never_a_violation(network: Network, relation: str) -> None:
    """A change that only removes hops opens nothing for certain."""
    fewer = replace(network, hops=network.hops[: len(network.hops) // 2])
    assert V.VIOLATED is not judged(network, fewer, EVERYTHING | {"relation": relation}).verdict


@settings(max_examples=25, deadline=None)
@given(networks())
def test_no_change_opens_nothing_if_unknown_values_stay_what_they_are(network: Network) -> None:
    """With `unknowns: same`; otherwise what hangs on them may have been closed before and be open now."""
    assert V.PROVED is judged(network, network, EVERYTHING | {"unknowns": "same"}).verdict


@settings(max_examples=40, deadline=None)
@given(networks(), networks())
def test_trusting_unknown_values_never_hides_a_violation(before: Network, after: Network) -> None:
    """`unknowns: same` turns UNKNOWN into PROVED at most."""
    strict, trusting = (judged(before, after, EVERYTHING | {"unknowns": u}).verdict for u in ("any", "same"))
    assert trusting is strict or (strict, trusting) == (V.UNKNOWN, V.PROVED)


@settings(max_examples=20, deadline=None)
@given(networks(known=True))
def test_what_the_base_lacked_for_being_unreadable_is_not_called_opened(network: Network) -> None:
    """It may have been open then."""
    nothing = replace(network, hops=())
    assume(judged(nothing, network).verdict is V.VIOLATED)
    unread = Diagnostic("X_UNREAD", "half of it", effect=Effect.UNREADABLE)
    assert V.UNKNOWN is judged(replace(nothing, diagnostics=(unread,)), network).verdict


def test_without_a_base_it_is_vacuous() -> None:
    """There is no change to speak of, loudly."""
    found = judged(None, Network(endpoints=(), hops=()), EVERYTHING | {"from": "external", "to": "external"})
    assert (V.VACUOUS, "there is no base to compare with: give --base") == (found.verdict, found.note)


@pytest.mark.parametrize("side", ["from", "to"])
def test_a_side_that_picks_nothing_is_vacuous(side: str) -> None:
    """As for every rule."""
    assert V.VACUOUS is judged(None, Network(endpoints=(), hops=()), EVERYTHING | {side: "nobody"}).verdict
