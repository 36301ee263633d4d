"""The smallest change: applying it flips the answer, no part of it does, and one is offered wherever there is one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, permutations

from hypothesis import given, settings

from netaudit.engine.reference import Judge, Trace
from netaudit.flows import ANY, Traffic
from netaudit.model import Action, Network, Origin, Peers, Rule, Stage, Truth
from netaudit.queries.changes import smallest_change
from netaudit.queries.what_if import AddRule, Edit, apply
from tests.laws.networks import networks

FLIPPED = {Truth.YES: Truth.NO, Truth.NO: Truth.YES}
TCP_443 = Traffic.parse("tcp/443").least


def judge(network: Network, source: str, destination: str, point: int = TCP_443) -> Trace:
    """The literal judge's answer."""
    return Judge(network).judge(network.by_id[source], network.by_id[destination], point)


def after(network: Network, trace: Trace, edits: tuple[Edit, ...]) -> Truth:
    """The literal judge's answer after some edits."""
    return judge(apply(network, edits), trace.source.id, trace.destination.id, trace.point).verdict


POINTS = [Traffic.parse(text).least for text in ("tcp/443", "tcp/1024", "udp/53", "icmp/8:0")]


def traces(network: Network, verdict: Truth) -> Iterator[Trace]:
    """Every concrete flow between two machines with this answer."""
    for source, destination in permutations(network.by_id, 2):
        for point in POINTS:
            trace = judge(network, source, destination, point)
            if trace.verdict is verdict:
                yield trace


def every_filter(network: Network, action: Action) -> tuple[Edit, ...]:
    """An edit of every filter that can be edited at all, about everybody."""
    rule = Rule(Peers(everyone=True), ANY, action, Origin("net.tf", 1))
    editable = {Stage.EGRESS, Stage.ACL, Stage.INGRESS}
    return tuple(AddRule(policy, rule) for policy in network.policies if policy.stage in editable)


def assert_smallest(network: Network, trace: Trace) -> None:
    """What is offered flips the answer, and no proper part of it does."""
    changes = smallest_change(network, trace)
    if changes:
        assert FLIPPED[trace.verdict] is after(network, trace, changes)
        parts = chain.from_iterable(combinations(changes, count) for count in range(len(changes)))
        assert [] == [part for part in parts if after(network, trace, part) is FLIPPED[trace.verdict]]


@settings(max_examples=40)
@given(networks())
def test_applying_a_change_opens_a_closed_flow_and_no_part_of_it_does(network: Network) -> None:
    """NO becomes YES with all of the edits, and with no proper subset of them."""
    for trace in traces(network, Truth.NO):
        assert_smallest(network, trace)


@settings(max_examples=40)
@given(networks(known=True))
def test_applying_a_change_stops_an_open_flow_and_no_part_of_it_does(network: Network) -> None:
    """YES becomes NO with all of the edits, and with no proper subset of them."""
    for trace in traces(network, Truth.YES):
        assert_smallest(network, trace)


@settings(max_examples=40)
@given(networks())
def test_a_change_is_offered_exactly_where_editing_all_filters_would_open_the_flow(network: Network) -> None:
    """Nothing that an owner of filters could open is called hopeless."""
    for trace in traces(network, Truth.NO):
        opens = after(network, trace, every_filter(network, Action.ALLOW)) is Truth.YES
        assert opens == bool(smallest_change(network, trace))


@settings(max_examples=40)
@given(networks(known=True))
def test_a_change_is_offered_wherever_editing_all_filters_would_stop_the_flow(network: Network) -> None:
    """Nothing that an owner of filters could stop is called unstoppable."""
    for trace in traces(network, Truth.YES):
        if after(network, trace, every_filter(network, Action.DENY)) is Truth.NO:
            assert smallest_change(network, trace)
