"""`decide` against counting out: every resolution of every unknown, on universes small enough to do so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from netaudit.engine.reference import check_filter
from netaudit.flows import AddressSet, Traffic
from netaudit.model import (
    Action,
    End,
    Filter,
    Hop,
    Origin,
    Party,
    Peers,
    Policy,
    Rule,
    Stage,
    Tier,
    Truth,
    Unknown,
    decide,
    doubts,
)
from tests.laws.strategies import more

POINTS = [Traffic.parse(text).least for text in ("tcp/443", "udp/53", "icmp/8:0")]
UNIVERSE = Traffic.of(*((point, point) for point in POINTS))
HOME = AddressSet.parse("10.0.0.0/30")
HERE = Origin("policy.tf", 1)
WHICH_ADDRESS = Unknown("which address")

traffics = st.sets(st.sampled_from(POINTS)).map(lambda points: Traffic.of(*((p, p) for p in points)))
parts_of_home = st.sampled_from(["10.0.0.0/30", "10.0.0.0/31", "10.0.0.1", "10.0.0.2/31", "10.9.0.0/16"]).map(
    AddressSet.parse
)
peers = st.one_of(
    st.just(Peers(everyone=True)),
    st.builds(
        Peers,
        members=st.sampled_from([frozenset(), frozenset({"me"}), frozenset({"you"})]),
        addresses=parts_of_home,
        exempt=st.sampled_from([frozenset(), frozenset({"me"})]),
    ),
)
actions = st.sampled_from(Action)
parties = st.one_of(
    st.just(Party("me", AddressSet.parse("10.0.0.1"))),
    st.just(Party("me", HOME, WHICH_ADDRESS)),
    st.just(Party("stranger", HOME, WHICH_ADDRESS)),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """A rule that names its own unknown when it is inexact."""
    because = (Unknown(f"rule {draw(st.integers(0, 10**6))}"),) if draw(st.booleans()) else ()
    return Rule(draw(peers), draw(traffics), draw(actions), HERE, because=because)


tiers = st.builds(Tier, st.lists(rules(), max_size=3).map(tuple), actions)
policies = st.builds(
    lambda given, default: Policy("policy", tuple(given), default, Stage.INGRESS, stateful=True),
    st.lists(tiers, max_size=2),
    st.sampled_from([Action.ALLOW, Action.DENY]),
)


def _rules(policy: Policy) -> list[Rule]:
    return [rule for tier in policy.tiers for rule in tier.rules]


def _allows(policy: Policy, matches: dict[int, bool]) -> bool:
    """The first match decides, when it is known of each rule whether it matches."""
    for tier in policy.tiers:
        action = next((rule.action for rule in tier.rules if matches[id(rule)]), tier.otherwise)
        if action is not Action.PASS:
            return action is Action.ALLOW
    return policy.default is Action.ALLOW


def _outcomes(policy: Policy, party: Party, point: int) -> set[bool]:
    """What becomes of one point when every doubtful rule may match or not, each on its own."""
    choices: list[list[tuple[int, bool]]] = []
    for rule in _rules(policy):
        seen = rule.peers.sees(party) if point in rule.traffic else Truth.NO
        sure = seen is Truth.NO or (seen is Truth.YES and rule.exact)
        options = [seen is Truth.YES] if sure else [True, False]
        choices.append([(id(rule), option) for option in options])
    return {_allows(policy, dict(choice)) for choice in product(*choices)}


def _addresses(party: Party) -> Iterator[Party]:
    for first, last in party.addresses.runs:
        for number in range(first, last + 1):
            yield Party(party.id, AddressSet.of((number, number)))


@given(policies, parties)
@more
def test_bounds_are_the_union_over_all_resolutions(policy: Policy, party: Party) -> None:
    """`may_allow` is what some resolution lets pass, `may_deny` what some resolution stops: no more, no less."""
    decision = decide(policy, party, UNIVERSE)
    outcomes = {point: _outcomes(policy, party, point) for point in POINTS}
    assert Traffic.of(*((p, p) for p in POINTS if True in outcomes[p])) == decision.may_allow
    assert Traffic.of(*((p, p) for p in POINTS if False in outcomes[p])) == decision.may_deny


@given(policies, parties)
@more
def test_bounds_hold_for_every_single_address(policy: Policy, party: Party) -> None:
    """A party with one unknown address out of several does nothing that the bounds exclude."""
    bounds = decide(policy, party, UNIVERSE)
    for known in _addresses(party):
        decision = decide(policy, known, UNIVERSE)
        assert decision.may_allow <= bounds.may_allow
        assert decision.may_deny <= bounds.may_deny


@given(policies, parties)
def test_bounds_cover_the_traffic(policy: Policy, party: Party) -> None:
    """Whatever is asked about is allowed or denied."""
    decision = decide(policy, party, UNIVERSE)
    assert decision.may_allow | decision.may_deny == UNIVERSE


@given(policies, st.just(Party("me", AddressSet.parse("10.0.0.1"))))
def test_exact_where_nothing_is_unknown(policy: Policy, party: Party) -> None:
    """Exact rules about a known address leave nothing open, and hang on nothing."""
    known = Policy(
        policy.name,
        tuple(Tier(tuple(r for r in tier.rules if r.exact), tier.otherwise) for tier in policy.tiers),
        policy.default,
        policy.stage,
        policy.stateful,
    )
    decision = decide(known, party, UNIVERSE)
    assert not decision.may_allow.overlaps(decision.may_deny)
    assert decision.must_allow == decision.may_allow
    assert doubts(known, party, UNIVERSE) == ()


@given(policies, parties, traffics)
@more
def test_doubts_exactly_where_the_bounds_differ(policy: Policy, party: Party, traffic: Traffic) -> None:
    """Unknowns are named if, and only if, the decision depends on one."""
    decision = decide(policy, party, traffic)
    assert bool(doubts(policy, party, traffic)) == decision.may_allow.overlaps(decision.may_deny)


@given(policies, parties, traffics)
def test_traffic_is_decided_point_by_point(policy: Policy, party: Party, traffic: Traffic) -> None:
    """Deciding part of the traffic is the part of the decision."""
    whole, part = decide(policy, party, UNIVERSE), decide(policy, party, traffic)
    assert (whole.may_allow & traffic, whole.may_deny & traffic) == part


@given(policies, parties)
@more
def test_the_reference_reads_each_point_alike(policy: Policy, party: Party) -> None:
    """Rule by rule, one point at a time, the judge finds YES, NO or MAYBE just where the counted outcomes say."""
    for point in POINTS:
        check = check_filter(Hop("a", "b"), Filter(policy, End.SOURCE), party, point)
        verdicts = {(True,): Truth.YES, (False,): Truth.NO, (False, True): Truth.MAYBE}
        assert verdicts[tuple(sorted(_outcomes(policy, party, point)))] is check.verdict
        assert bool(check.because) == (check.verdict is Truth.MAYBE)


@given(policies, parties)
def test_allow_rules_in_any_order_decide_alike(policy: Policy, party: Party) -> None:
    """A tier of allow rules gives the same answer in any order, so a union of groups needs nothing else."""
    allowing = [r for r in _rules(policy) if r.action is Action.ALLOW]
    backwards = list(reversed(allowing))
    one, other = (
        Policy("group", (Tier(tuple(some), Action.DENY),), Action.DENY, Stage.INGRESS, stateful=True)
        for some in (allowing, backwards)
    )
    assert decide(one, party) == decide(other, party)
