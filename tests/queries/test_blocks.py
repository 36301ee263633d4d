"""Flows as blocks: the same flows, the same pictures, whether they are counted or listed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

import netaudit
from netaudit.diagrams.compose import picture
from netaudit.diagrams.picture import Violations
from netaudit.engine.solve import Reachability
from netaudit.model import Group, Network
from netaudit.queries.blocks import Blocks, DirectFlows, listed_blocks, solved_blocks
from netaudit.queries.flow import Flow, Relation
from netaudit.queries.relations import Relations, reach
from tests.laws.networks import networks
from tests.laws.strategies import fewer
from tests.oracles import REPOSITORY

BANK = REPOSITORY / "fixtures" / "scenarios" / "bank"
BOXES = (Group("g/0", "segment", "0"), Group("g/1", "segment", "1"))


def _listed(solved: Reachability) -> list[Flow]:
    return list(reach(Relations(solved), Relation.DIRECT, explained=False))


def _sorted(blocks: Blocks) -> list[Flow]:
    return sorted(blocks.flows(), key=lambda flow: (flow.source, flow.destination))


def _boxed(network: Network, seats: list[int]) -> Network:
    seated = zip(network.endpoints, seats, strict=False)
    people = tuple(replace(each, groups=frozenset({f"g/{seat}"})) for each, seat in seated)
    return replace(network, endpoints=people, groups=BOXES)


@fewer
@given(networks())
def test_blocks_hold_exactly_the_flows(network: Network) -> None:
    """Counted or listed, of the solution or of a list, and as a sequence that lists itself when asked."""
    solved = Reachability(network)
    flows = _listed(solved)
    blocks, direct = solved_blocks(solved), DirectFlows(solved)
    assert [flows] * 3 == [_sorted(blocks), _sorted(listed_blocks(flows)), list(direct)]
    assert [len(flows)] * 3 == [len(blocks), len(listed_blocks(flows)), len(direct)]
    assert {each for flow in flows for each in (flow.source, flow.destination)} == blocks.touched


@fewer
@given(networks(), st.sets(st.sampled_from("abc")))
def test_sets_may_be_divided(network: Network, alone: set[str]) -> None:
    """The flows stay what they are, and whoever is named is alone in a set."""
    solved = Reachability(network)
    blocks = solved_blocks(solved).apart(alone)
    assert _listed(solved) == _sorted(blocks)
    assert all((name,) in blocks.sets for name in alone if name in solved.by_id)


@fewer
@given(networks())
def test_the_flow_between_two_ends_is_the_listed_one(network: Network) -> None:
    """For every pair of endpoints, and none for a name that nobody has."""
    solved = Reachability(network)
    direct = DirectFlows(solved)
    found = [flow for a in sorted(solved.by_id) for b in sorted(solved.by_id) for flow in direct.between(a, b)]
    assert (_listed(solved), ()) == (found, direct.between("a", "nobody"))


@fewer
@given(st.data(), networks(), st.lists(st.integers(0, 1), min_size=3, max_size=3))
def test_a_picture_of_blocks_is_that_of_the_listed_flows(
    data: st.DataObject, network: Network, seats: list[int]
) -> None:
    """Boxes, bundles, counters, badges, marks and totals are equal, wherever the endpoints sit."""
    solved = Reachability(_boxed(network, seats))
    flows = _listed(solved)
    broken = data.draw(st.lists(st.sampled_from(flows), max_size=3)) if flows else []
    marks: Violations = {(flow.source, flow.destination): ("R-1",) for flow in broken}
    assert picture(solved, flows, marks) == picture(solved, solved_blocks(solved), marks)


def test_the_picture_of_the_bank_is_the_same_either_way() -> None:
    """With the violations of its rules marked, as a whole, in fewer boxes and by another grouping."""
    estate = netaudit.load(BANK / "infra", BANK / "k8s")
    view = estate.view(estate.check(BANK / "rules.yaml"))
    listed = tuple(view.every)
    for options in ({}, {"depth": 1}, {"by": "kind"}):
        counted = picture(view.solved, solved_blocks(view.solved), view.violations, **options)
        assert picture(view.solved, listed, view.violations, **options) == counted
    assert view.picture.totals.violated > 0
