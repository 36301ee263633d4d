"""Edits in place where every policy stands at an end of the way, as security groups and NetworkPolicies do."""

from __future__ import annotations

import random

import pytest

from netaudit.engine.solve import Reachability
from netaudit.flows import NO_TRAFFIC, AddressSet, Traffic
from netaudit.model import (
    Action,
    End,
    Endpoint,
    Filter,
    Hop,
    Interface,
    Network,
    Origin,
    Party,
    Peers,
    Policy,
    Rule,
    Stage,
    Tier,
    Unknown,
)
from netaudit.queries.what_if import AddRule, ChangeRule, Edit, RemoveRule, apply

HERE = Origin("small.tf", 1)
NAMES = [f"host-{number}" for number in range(6)]


def _network(draw: random.Random) -> Network:
    """Six hosts around one place, three policies on each side, which hosts share."""
    policies = {side: [_policy(draw, side) for _ in range(3)] for side in (Stage.INGRESS, Stage.EGRESS)}
    hops: list[Hop] = []
    for name in NAMES:
        into, out = (draw.choice(policies[side]) for side in (Stage.INGRESS, Stage.EGRESS))
        hops.append(Hop(name, "hub", (Filter(out, End.DESTINATION),)))
        hops.append(Hop("hub", name, (Filter(into, End.SOURCE),)))
    parties = [Party(name, AddressSet.parse(f"10.0.0.{number}")) for number, name in enumerate(NAMES)]
    endpoints = tuple(Endpoint(party.id, "host", (Interface(party, party.id),)) for party in parties)
    return Network(endpoints=endpoints, hops=tuple(hops), owned=AddressSet.parse("10.0.0.0/8"))


def _policy(draw: random.Random, side: Stage) -> Policy:
    rules = tuple(_rule(draw) for _ in range(draw.randint(1, 3)))
    return Policy(str(side), (Tier(rules, Action.DENY),), Action.DENY, side, stateful=True)


def _rule(draw: random.Random) -> Rule:
    members = Peers(members=frozenset(draw.sample(NAMES, 2)))
    peers = draw.choice([members, members, Peers(addresses=AddressSet.parse("10.0.0.0/30")), Peers(everyone=True)])
    because = (Unknown("var.x", HERE),) if draw.random() < 0.2 else ()
    return Rule(peers, Traffic.ports("tcp", 80, 80 + draw.randrange(3)), Action.ALLOW, HERE, because=because)


def _edits(draw: random.Random, network: Network) -> list[Edit]:
    known = [(policy, rule) for policy in network.policies for tier in policy.tiers for rule in tier.rules]
    (policy, rule), (_, other) = draw.choice(known), draw.choice(known)
    return [draw.choice((RemoveRule(policy, rule), AddRule(policy, other), ChangeRule(policy, rule, other)))]


@pytest.mark.parametrize("seed", range(60))
def test_an_edit_in_place_equals_a_solution_that_begins_anew(seed: int) -> None:
    """Three edits, one on top of the other; each gives the flows of its network, and leaves the one before alone."""
    draw = random.Random(seed)
    solved = Reachability(_network(draw))
    before = list(solved.pairs())
    for _ in range(3):
        network = apply(solved.network, _edits(draw, solved.network))
        after = solved.edited(network)
        assert list(Reachability(network).pairs()) == list(after.pairs())
        assert before == list(Reachability(solved.network).pairs()) == list(solved.pairs())
        solved, before = after, list(after.pairs())


def _by_cells(solved: Reachability) -> dict[tuple[int, int], tuple[Traffic, Traffic]]:
    """Certain and possible traffic between classes, as `cells` have it."""
    found: dict[tuple[int, int], tuple[Traffic, Traffic]] = {}
    for source in solved.classes:
        for atoms, may, must in solved.cells(source):
            for goal in solved.classes_of(may):
                certain, possible = found.get((source.index, goal.index), (NO_TRAFFIC, NO_TRAFFIC))
                here = solved.atoms.traffic(atoms)
                sure = here if must & solved.bit_of(goal) else NO_TRAFFIC
                found[source.index, goal.index] = (certain | sure, possible | here)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_cells_after_an_edit_are_those_of_a_solution_that_begins_anew(seed: int) -> None:
    """Chains are made of cells: those that an edit may touch are put together again."""
    draw = random.Random(seed)
    solved = Reachability(_network(draw))
    _by_cells(solved)
    network = apply(solved.network, _edits(draw, solved.network))
    assert _by_cells(Reachability(network)) == _by_cells(solved.edited(network))


def test_rows_that_an_edit_cannot_touch_are_shared() -> None:
    """A rule about two hosts, in a filter of what comes in: the rows of all others are the very same objects."""
    network = _network(random.Random(1))
    solved = Reachability(network)
    rows = {each.members[0].id: solved.parts(each) for each in solved.classes}
    two = next(rule.peers for rule in network.rules if len(rule.peers.members) == 2)
    policy = next(each for each in network.policies if each.stage is Stage.INGRESS)
    rule = Rule(two, network.rules[0].traffic, Action.ALLOW, HERE)
    after = solved.edited(apply(network, [AddRule(policy, rule)]))
    same = {each.members[0].id for each in after.classes if after.parts(each) is rows[each.members[0].id]}
    assert rows.keys() - two.members == same


def test_an_edit_that_cuts_nothing_new_shares_the_classes() -> None:
    """What need not be worked out again is the very same object."""
    draw = random.Random(1)
    network = _network(draw)
    solved = Reachability(network)
    list(solved.pairs())
    policy = network.policies[0]
    edit = AddRule(policy, network.policies[1].tiers[0].rules[0])
    assert solved.classes is solved.edited(apply(network, [edit])).classes
