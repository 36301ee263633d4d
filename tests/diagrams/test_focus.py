"""A neighbourhood: which flows a focus follows, and that nothing is lost without being counted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.diagrams.compose import picture
from netaudit.diagrams.focus import Direction, Focus, neighbourhood
from netaudit.diagrams.wording import account
from netaudit.model import Group
from tests.diagrams.building import bank, endpoint, flow, solved
from tests.diagrams.strategies import Case, cases

_CHAIN = solved([Group("ns/x", "namespace", "x")], [endpoint(name, "Deployment", "ns/x") for name in "abcd"])
_FLOWS = [flow("a", "b", "tcp/1"), flow("b", "c", "tcp/2"), flow("c", "d", "tcp/3"), flow("internet", "b", "tcp/4")]


def _near(depth: int, direction: Direction) -> list[tuple[str, str]]:
    found = neighbourhood(_CHAIN.by_id, _FLOWS, Focus("b", frozenset("b"), depth, direction))
    return [(each.source, each.destination) for each in found.flows]


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
    found = neighbourhood(_CHAIN.by_id, flows, Focus("a", frozenset("a"), 5))
    assert [flows[0]] == list(found.flows)


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
