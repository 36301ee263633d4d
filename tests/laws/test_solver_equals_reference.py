"""The all-pairs solver against the literal judge, on generated networks, for every pair and point that can differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given

from netaudit.engine.reference import Judge, Trace
from netaudit.engine.solve import NOTHING, Bounds, Reachability
from netaudit.flows import NO_TRAFFIC, TCP, Traffic
from netaudit.model import Endpoint, Filter, Network, Policy, Rule, Step, Truth
from tests.laws.networks import networks, points_of
from tests.laws.strategies import fewer

Pair = tuple[Endpoint, Endpoint]


def _pairs(solved: Reachability) -> Iterator[Pair]:
    for source in solved.endpoints:
        for destination in solved.endpoints:
            if solved.claimed(source, destination):
                yield source, destination


def _judged(network: Network) -> Iterator[tuple[Pair, Bounds, int, Trace]]:
    solved, judge = Reachability(network), Judge(network)
    for pair in _pairs(solved):
        bounds = solved.bounds(*pair)
        for point in points_of(network):
            yield pair, bounds, point, judge.judge(*pair, point)


@fewer
@given(networks())
def test_possible_is_what_the_judge_does_not_refuse(network: Network) -> None:
    """A point is possible exactly when its verdict is not NO."""
    for pair, bounds, point, trace in _judged(network):
        assert (point in bounds.possible) == (trace.verdict is not Truth.NO), (pair, point)


@fewer
@given(networks())
def test_certain_is_what_the_judge_is_sure_of(network: Network) -> None:
    """A point is certain exactly when its verdict is YES."""
    for pair, bounds, point, trace in _judged(network):
        assert (point in bounds.certain) == (trace.verdict is Truth.YES), (pair, point)


@fewer
@given(networks())
def test_one_way_is_tcp_that_arrives_in_vain(network: Network) -> None:
    """A point is one way exactly when it is TCP that may be delivered, and no reply ever comes back."""
    for pair, bounds, point, trace in _judged(network):
        in_vain = point in TCP and trace.delivered is not Truth.NO and trace.verdict is Truth.NO
        assert (point in bounds.one_way) == in_vain, (pair, point)


@fewer
@given(networks())
def test_bounds_nest(network: Network) -> None:
    """Certain ⊆ possible, and one way is TCP outside of possible."""
    solved = Reachability(network)
    for pair in _pairs(solved):
        bounds = solved.bounds(*pair)
        assert bounds.certain <= bounds.possible
        assert bounds.one_way <= TCP - bounds.possible


@fewer
@given(networks(known=True))
def test_exact_where_nothing_is_unknown(network: Network) -> None:
    """Without unknowns certain is possible, but for TCP whose reply passes for some client ports only."""
    for pair, bounds, point, trace in _judged(network):
        if point in bounds.open:
            assert point in TCP, pair
            assert any(journey.replied is Truth.MAYBE for journey in trace.journeys), (pair, point)


@fewer
@given(networks(known=True))
def test_exact_where_replies_pass_for_all_ports_or_none(network: Network) -> None:
    """With a single client port there is nothing to be unsure of: certain is possible."""
    single = replace(network, reply_ports=Traffic.parse("tcp/50000"))
    solved = Reachability(single)
    for pair in _pairs(solved):
        bounds = solved.bounds(*pair)
        assert bounds.certain == bounds.possible
        assert solved.depends_on(*pair) == ()


@fewer
@given(networks())
def test_what_is_open_names_an_unknown(network: Network) -> None:
    """A pair hangs on some unknown exactly when something is possible and not certain."""
    solved = Reachability(network)
    for pair in _pairs(solved):
        assert bool(solved.depends_on(*pair)) == bool(solved.bounds(*pair).open), pair


@fewer
@given(networks())
def test_members_of_a_class_have_the_flows_of_the_class(network: Network) -> None:
    """Each member, judged on its own, has exactly the flows of its class's representative."""
    solved, judge = Reachability(network), Judge(network)
    for one in solved.classes:
        for other in solved.classes:
            pairs = [(a, b) for a in one.members for b in other.members if solved.claimed(a, b)]
            for point in points_of(network):
                verdicts = {judge.judge(a, b, point).verdict for a, b in pairs}
                assert len(verdicts) <= 1, (pairs, point)


@fewer
@given(networks())
def test_two_runs_agree(network: Network) -> None:
    """The same network gives the same pairs, in the same order, with the same bounds."""
    assert list(Reachability(network).pairs()) == list(Reachability(network).pairs())


@fewer
@given(networks())
def test_pairs_are_those_with_a_flow(network: Network) -> None:
    """Listing all pairs gives what asking for each gives, sorted, and leaves out those without a flow."""
    solved = Reachability(network)
    asked = {(a.id, b.id): solved.bounds(a, b) for a, b in _pairs(solved)}
    listed = [((a.id, b.id), bounds) for a, b, bounds in solved.pairs()]
    assert sorted((key, bounds) for key, bounds in asked.items() if bounds != NOTHING) == listed


@fewer
@given(networks(allow_only=True), networks(allow_only=True))
def test_another_allow_rule_never_closes_anything(network: Network, other: Network) -> None:
    """Where policies only allow, a further rule removes no flow, neither a certain nor a possible one."""
    further = [rule for policy in other.policies for tier in policy.tiers for rule in tier.rules]
    if not further or not network.policies:
        return
    before = Reachability(network, named=[rule.peers.addresses for rule in further])
    after = Reachability(_with_rule(network, further[0]), named=[rule.peers.addresses for rule in further])
    for pair in _pairs(before):
        less, more = before.bounds(*pair), after.bounds(after.by_id[pair[0].id], after.by_id[pair[1].id])
        assert less.possible <= more.possible, pair
        assert less.certain <= more.certain, pair


def _with_rule(network: Network, rule: Rule) -> Network:
    """The network with one more rule at the end of its first policy's first tier."""
    old = network.policies[0]
    first, *rest = old.tiers
    new = replace(old, tiers=(replace(first, rules=(*first.rules, rule)), *rest))
    hops = [replace(hop, steps=tuple(_exchanged(step, old, new) for step in hop.steps)) for hop in network.hops]
    return replace(network, hops=tuple(hops))


def _exchanged(step: Step, old: Policy, new: Policy) -> Step:
    return replace(step, policy=new) if isinstance(step, Filter) and step.policy is old else step


@fewer
@given(networks())
def test_nothing_reaches_what_does_not_accept(network: Network) -> None:
    """A mere client is nobody's destination."""
    solved, judge = Reachability(network), Judge(network)
    for source in solved.endpoints:
        for destination in solved.endpoints:
            if not destination.accepts:
                assert solved.bounds(source, destination) == NOTHING
                assert judge.judge(source, destination, TCP.least).verdict is Truth.NO


def test_no_bounds_are_no_flow() -> None:
    """A pair without anything is falsy; a pair with one-way traffic alone is not."""
    assert not NOTHING
    assert Bounds(NO_TRAFFIC, NO_TRAFFIC, TCP)
