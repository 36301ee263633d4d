"""A neighbourhood: which flows a focus follows, and that nothing is lost without being counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.diagrams.compose import picture
from netaudit.diagrams.focus import Direction, Focus, neighbourhood
from netaudit.diagrams.view import Only, View
from netaudit.diagrams.wording import account
from netaudit.engine.solve import Reachability
from netaudit.model import Endpoint, Group, Network
from netaudit.queries.blocks import DirectFlows, listed_blocks
from netaudit.queries.flow import Flow
from tests.diagrams.building import bank, endpoint, flow, solved
from tests.diagrams.strategies import Case, cases
from tests.laws.networks import networks

_CHAIN = solved([Group("ns/x", "namespace", "x")], [endpoint(name, "Deployment", "ns/x") for name in "abcd"])
_FLOWS = [flow("a", "b", "tcp/1"), flow("b", "c", "tcp/2"), flow("c", "d", "tcp/3"), flow("internet", "b", "tcp/4")]


def _near(depth: int, direction: Direction) -> list[tuple[str, str]]:
    found = neighbourhood(_CHAIN.by_id, listed_blocks(_FLOWS), Focus("b", frozenset("b"), depth, direction))
    return sorted((each.source, each.destination) for each in found.blocks.flows())


def test_depth_one_is_the_flows_that_touch_the_centre() -> None:
    """Of a → b → c → d and internet → b, around b."""
    assert [("a", "b"), ("b", "c"), ("internet", "b")] == _near(1, Direction.BOTH)


def test_direction_keeps_one_way() -> None:
    """What comes in, or what goes out."""
    assert [("a", "b"), ("internet", "b")] == _near(1, Direction.IN)
    assert [("b", "c")] == _near(1, Direction.OUT)


def test_depth_follows_the_neighbours() -> None:
    """Two flows out from b lead to d."""
    assert [("b", "c"), ("c", "d")] == _near(2, Direction.OUT)


def test_depth_zero_is_the_centre_alone() -> None:
    """No flow, but its box stays."""
    shown = picture(_CHAIN, _FLOWS, {}, focus=Focus("b", frozenset("b"), 0))
    assert [("b",)] == [chip.ids for leaf in shown.leaves for chip in leaf.chips]
    assert (0, 4) == (shown.totals.flows, shown.totals.hidden)


def test_the_outside_is_not_passed_through() -> None:
    """internet reaches both, and does not make neighbours of them."""
    flows = [flow("internet", "a", "tcp/1"), flow("internet", "b", "tcp/1")]
    found = neighbourhood(_CHAIN.by_id, listed_blocks(flows), Focus("a", frozenset("a"), 5))
    assert [flows[0]] == list(found.blocks.flows())


def test_what_is_left_out_is_said() -> None:
    """In the account, and in the title."""
    solved_bank, flows, violations = bank()
    shown = picture(solved_bank, flows, violations, focus=Focus("bastion", frozenset({"aws_instance.bastion"})))
    # internet → bastion, bastion → admin, bastion → ledger
    assert 3 == shown.totals.flows
    assert account(shown.totals).endswith(f"; {len(flows) - 3} more outside the focus")
    assert "Who can reach whom, around bastion, depth 1" == shown.title


@settings(deadline=None, max_examples=60)
@given(cases(), st.integers(0, 3), st.sampled_from(Direction), st.data())
def test_shown_and_hidden_are_all(case: Case, depth: int, direction: Direction, data: st.DataObject) -> None:
    """Every flow is shown or counted as hidden, and boxes in which nobody is shown are gone."""
    centre = data.draw(st.sets(st.sampled_from([each.id for each in case.endpoints]), max_size=3))
    focus = Focus("x", frozenset(centre), depth, direction)
    shown = picture(case.solved, case.flows, case.violations, focus=focus)
    assert len(case.flows) == shown.totals.flows + shown.totals.hidden
    assert 0 == shown.totals.dropped
    assert all(leaf.chips for leaf in shown.leaves)


def _literally(by_id: Mapping[str, Endpoint], flows: Sequence[Flow], focus: Focus, *, inward: bool) -> list[Flow]:
    """The flows that lead to the centre, or from it, followed one by one."""
    kept: list[Flow] = []
    touched = here = set(focus.ids)
    for _ in range(focus.depth):
        found = [each for each in flows if (each.destination if inward else each.source) in here]
        kept += found
        ends = {each.source if inward else each.destination for each in found} - touched
        touched = touched | ends
        here = {each for each in ends if not by_id[each].external}
    return kept


@settings(deadline=None, max_examples=60)
@given(networks(), st.integers(0, 3), st.sampled_from(Direction), st.data())
def test_whole_sets_are_followed_as_single_flows_are(
    network: Network, depth: int, direction: Direction, data: st.DataObject
) -> None:
    """Counted or listed, a view shows the flows that are followed one by one, and whom they touch."""
    found = Reachability(network)
    flows = list(DirectFlows(found))
    centre = data.draw(st.sets(st.sampled_from(sorted(found.by_id)), max_size=3))
    focus = Focus("x", frozenset(centre), depth, direction)
    ways = [inward for inward in (True, False) if direction is not (Direction.OUT if inward else Direction.IN)]
    kept = {
        (each.source, each.destination) for way in ways for each in _literally(found.by_id, flows, focus, inward=way)
    }
    expected = [each for each in flows if (each.source, each.destination) in kept]
    counted, listed = View(found, DirectFlows(found), focus=focus), View(found, flows, focus=focus)
    assert [expected] * 2 == [list(counted.flows), list(listed.flows)]
    assert counted.endpoints == listed.endpoints
    assert counted.picture == listed.picture


def test_those_without_a_flow_in_the_focus_fold() -> None:
    """Whatever they do outside of it: three alike share a chip."""
    people = [endpoint(f"w{number}", "Deployment", "ns/x") for number in range(4)]
    shown = picture(
        solved([Group("ns/x", "namespace", "x")], people),
        [flow("w0", "internet", "tcp/1")],
        {},
        focus=Focus("all", frozenset({"w0", "w1", "w2"}), 0),
    )
    assert [("w0", "w1", "w2")] == [chip.ids for leaf in shown.leaves for chip in leaf.chips]


def test_what_is_asked_for_keeps_the_way_of_its_flows() -> None:
    """Exposure by proxies: the flows from outside, each with those that it goes through, in a focus and without one."""
    by_proxy = replace(flow("internet", "b", "tcp/1"), through=("a",))
    for focus in (None, Focus("b", frozenset("b"))):
        view = View(_CHAIN, (*_FLOWS, by_proxy), only=Only.EXPOSURE, focus=focus)
        assert [_FLOWS[3], by_proxy] == list(view.flows)
