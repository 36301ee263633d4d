"""A solution that was edited in place against one that begins anew, on generated networks and edits."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from netaudit.engine.classes import EndpointClass
from netaudit.engine.reference import Judge
from netaudit.engine.solve import Bounds, Reachability
from netaudit.model import Hop, Network, Policy, Rule, Truth, replaced
from netaudit.queries.what_if import AddRule, ChangeRule, Edit, RemoveRule, apply
from tests.laws.networks import networks, points_of
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


@st.composite
def altered(draw: st.DrawFn, network: Network) -> Network:
    """The network with another label, route, endpoint or translation, as reading an edited estate gives it."""
    hops = list(network.hops)
    kind = draw(st.sampled_from(["filters", "way", "no way", "gone", "same again"])) if hops else "gone"
    if kind == "gone":
        return replace(network, endpoints=network.endpoints[1:])
    place = draw(st.integers(0, len(hops) - 1))
    hop, other = hops[place], draw(st.sampled_from(hops))
    if kind == "filters":  # another policy selects it: a label's change, as the solver sees it
        hops[place] = replace(hop, steps=other.steps)
    elif kind == "way":
        hops.insert(place, Hop(hop.tail, other.head, other.steps))
    elif kind == "no way":
        del hops[place]
    else:  # the same text, read once more
        again = {policy: replace(policy) for policy in network.policies}
        hops = [replace(each, steps=replaced(each.steps, again)) for each in hops]
    return replace(network, hops=tuple(hops))


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
    after = apply(network, data.draw(edits(network)))
    anew, in_place = Reachability(after), solved.edited(after)
    assert (_answer(anew), _members(anew.classes)) == (_answer(in_place), _members(in_place.classes))
    assert before == _answer(solved)


@fewer
@given(st.data(), networks())
def test_edits_of_edited_solutions_add_up(data: st.DataObject, network: Network) -> None:
    """Edit after edit gives what all of them together give."""
    solved = Reachability(network)
    for _ in range(2):
        _answer(solved)
        solved = solved.edited(apply(solved.network, data.draw(edits(solved.network))))
    assert _answer(Reachability(solved.network)) == _answer(solved)


@fewer
@given(st.data(), networks())
def test_another_label_route_or_endpoint_is_solved_as_if_anew(data: st.DataObject, network: Network) -> None:
    """Whatever differs, and whatever is shared for it, the edited solution has the flows and classes of a new one."""
    solved = Reachability(network)
    before = _answer(solved)
    after = data.draw(altered(network))
    anew, in_place = Reachability(after), solved.edited(after)
    assert (_answer(anew), _members(anew.classes)) == (_answer(in_place), _members(in_place.classes))
    assert before == _answer(solved)


@fewer
@given(st.data(), networks())
def test_an_edited_solution_equals_the_judge(data: st.DataObject, network: Network) -> None:
    """After an edit of any kind a point is possible exactly when the judge of the edited network does not refuse it."""
    solved = Reachability(network)
    _answer(solved)
    after = data.draw(st.one_of(altered(network), edits(network).map(lambda found: apply(network, found))))
    in_place, judge = solved.edited(after), Judge(after)
    for source, goal in product(in_place.endpoints, repeat=2):
        if in_place.claimed(source, goal):
            bounds = in_place.bounds(source, goal)
            for point in points_of(after):
                said = (point in bounds.certain, point in bounds.possible)
                verdict = judge.judge(source, goal, point).verdict
                assert (verdict is Truth.YES, verdict is not Truth.NO) == said
