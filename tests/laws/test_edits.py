"""A solution that was edited in place against one that begins anew, on generated networks and edits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netaudit.engine.classes import EndpointClass
from netaudit.engine.solve import Bounds, Reachability
from netaudit.model import Network, Policy, Rule
from netaudit.queries.what_if import AddRule, ChangeRule, Edit, RemoveRule, edited, rewired
from tests.laws.networks import networks
from tests.laws.strategies import fewer

Answer = list[tuple[str, str, Bounds]]


def _rules(policy: Policy) -> list[Rule]:
    return [rule for tier in policy.tiers for rule in tier.rules]


@st.composite
def edits(draw: st.DrawFn, network: Network) -> list[Edit]:
    """Up to three edits of rules, with rules that the network has somewhere."""
    found: list[Edit] = []
    known = [(policy, rule) for policy in network.policies for rule in _rules(policy)]
    for _ in range(draw(st.integers(1, 3)) if known else 0):
        policy, rule = draw(st.sampled_from(known))
        other = draw(st.sampled_from(known))[1]
        choices: list[Edit] = [RemoveRule(policy, rule), AddRule(policy, other), ChangeRule(policy, rule, other)]
        found.append(draw(st.sampled_from(choices)))
    return found


def _answer(solved: Reachability) -> Answer:
    return [(source.id, goal.id, bounds) for source, goal, bounds in solved.pairs()]


def _members(classes: tuple[EndpointClass, ...]) -> list[list[str]]:
    return [[member.id for member in each.members] for each in classes]


@fewer
@given(st.data(), networks())
def test_an_edited_solution_equals_one_that_begins_anew(data: st.DataObject, network: Network) -> None:
    """Whatever was asked before, the flows and the classes are those of the edited network."""
    solved = Reachability(network)
    before = _answer(solved)
    changed = edited(data.draw(edits(network)))
    after = rewired(network, changed)
    anew, in_place = Reachability(after), solved.edited(after, changed)
    assert (_answer(anew), _members(anew.classes)) == (_answer(in_place), _members(in_place.classes))
    assert before == _answer(solved)


@fewer
@given(st.data(), networks())
def test_edits_of_edited_solutions_add_up(data: st.DataObject, network: Network) -> None:
    """Edit after edit gives what all of them together give."""
    solved = Reachability(network)
    for _ in range(2):
        _answer(solved)
        changed = edited(data.draw(edits(solved.network)))
        after = rewired(solved.network, changed)
        solved = solved.edited(after, changed)
    assert _answer(Reachability(solved.network)) == _answer(solved)
