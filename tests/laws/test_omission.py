"""What a rule changes, against worlds in which every unknown has turned out somehow, with the rule and without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from netaudit.engine.solve import Reachability
from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Endpoint, Network, Origin, Peers, Policy, Rule
from netaudit.queries.omission import Difference, Influence, Omissions, WrittenRule, written_rules
from netaudit.queries.what_if import ChangeRule, apply, rewired
from tests.laws.networks import networks, points_of
from tests.laws.strategies import fewer
from tests.laws.worlds import World

seeds = st.integers(0, 2**32)
Flow = tuple[str, str, int]


def numbered(network: Network) -> Network:
    """The network with every rule of every policy written in a line of its own, and looked at."""
    lines = count(1)

    def written(rule: Rule) -> Rule:
        return replace(rule, origin=Origin("net.tf", next(lines)), written=True)

    def renewed(policy: Policy) -> Policy:
        tiers = tuple(replace(tier, rules=tuple(map(written, tier.rules))) for tier in policy.tiers)
        return replace(policy, tiers=tiers)

    return rewired(network, {policy: renewed(policy) for policy in network.policies})


def _influences(network: Network) -> Iterator[tuple[Reachability, WrittenRule, Influence]]:
    solved = Reachability(network)
    omissions = Omissions(solved)
    for rule in written_rules(network):
        yield solved, rule, omissions.influence(rule)


def _outcomes(solved: Reachability, network: Network, seed: int) -> dict[Flow, tuple[bool, bool]]:
    """What flows in one world of a network, by the endpoints and points of another one that it came from."""
    world = World(network, seed)
    return {
        (source.id, goal.id, point): world.reaches(source, goal, point)
        for source in solved.endpoints
        for goal in solved.endpoints
        if solved.claimed(source, goal)
        for point in points_of(solved.network)
    }


def _flows(found: tuple[Difference, ...]) -> Iterator[tuple[Endpoint, Endpoint, Difference]]:
    for each in found:
        for goal in (member for other in each.destinations for member in other.members):
            yield from ((source, goal, each) for source in each.source.members if source is not goal)


@fewer
@given(networks(), seeds)
def test_what_surely_differs_differs_in_every_world(network: Network, seed: int) -> None:
    """For every flow of a sure difference: with the rule or without it, and not both ways."""
    for solved, rule, influence in _influences(numbered(network)):
        there = _outcomes(solved, solved.network, seed)
        gone = _outcomes(solved, _without(solved.network, rule), seed)
        for source, goal, each in _flows(influence.sure):
            for point in points_of(solved.network):
                flow = (source.id, goal.id, point)
                assert point not in each.traffic or there[flow] != gone[flow], (rule, flow)


@fewer
@given(networks(), seeds)
def test_what_differs_in_some_world_perhaps_differs(network: Network, seed: int) -> None:
    """A flow that depends on the rule, in whatever world and for whatever client port, is within `perhaps`."""
    for solved, rule, influence in _influences(numbered(network)):
        there = _outcomes(solved, solved.network, seed)
        gone = _outcomes(solved, _without(solved.network, rule), seed)
        said: dict[tuple[str, str], Traffic] = {}
        for source, goal, each in _flows(influence.perhaps):
            said[source.id, goal.id] = said.get((source.id, goal.id), NO_TRAFFIC) | each.traffic
        for flow, outcome in there.items():
            differs = outcome != gone[flow]
            assert not differs or flow[2] in said.get(flow[:2], NO_TRAFFIC), (rule, flow, influence)


def _without(network: Network, rule: WrittenRule) -> Network:
    """Matching nobody, it is as good as gone, and the worlds try the same ports as before."""
    return apply(network, [ChangeRule(policy, each, replace(each, peers=Peers())) for policy, each in rule.parts])
