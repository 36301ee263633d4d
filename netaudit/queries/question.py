"""One line for each pair of a question: does it flow, and which single check decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from netaudit.engine.reference import Check, Journey, Judge
from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Endpoint, Filter, Network, Policy, Stage, Truth
from netaudit.queries.answer import PairAnswer
from netaudit.queries.flow import Flow

_TRIED = 12  # points of traffic that are judged to find the one that gets furthest


def decide_pairs(
    solved: Reachability,
    sources: Sequence[Endpoint],
    destinations: Sequence[Endpoint],
    flows: Iterable[Flow],
    traffic: Traffic,
) -> tuple[PairAnswer, ...]:
    """The pairs of a question in order, with the flow that was found for each and the check that decides."""
    found = {(flow.source, flow.destination): flow for flow in flows}
    decider = _Decider(solved)
    return tuple(
        decider.pair(source, destination, found.get((source.id, destination.id)), traffic)
        for source in sources
        for destination in destinations
        if solved.claimed(source, destination)
    )


class _Decider:
    def __init__(self, solved: Reachability) -> None:
        self._solved = solved
        self._judge = Judge(solved.network)
        self._filters = _filters_by_node(solved.network)

    def pair(self, source: Endpoint, destination: Endpoint, flow: Flow | None, traffic: Traffic) -> PairAnswer:
        if not self._solved.joined(source, destination):
            return PairAnswer(source.id, destination.id, Truth.MAYBE, None, None)
        verdict = Truth.NO
        if flow is not None and flow.possible:
            verdict = Truth.YES if flow.certain else Truth.MAYBE
        shown = (flow.certain or flow.possible or flow.bounds.one_way) if flow else traffic
        journeys = [self._judge.judge(source, destination, p).best for p in self._points(source, destination, shown)]
        best = max((each for each in journeys if each is not None), key=lambda each: each.rank, default=None)
        return PairAnswer(source.id, destination.id, verdict, flow, _decisive(best) if best else None)

    def _points(self, source: Endpoint, destination: Endpoint, traffic: Traffic) -> Iterator[int]:
        """Points at which the two ends' own filters have something to say: one of them gets furthest."""
        points = {
            wanted.least
            for end in (source, destination)
            for interface in end.interfaces
            for policy in self._filters.get(interface.node, ())
            for tier in policy.tiers
            for rule in tier.rules
            if (wanted := rule.traffic & traffic)
        }
        yield from sorted({traffic.least, *sorted(points)[:_TRIED]})


def _filters_by_node(network: Network) -> dict[str, list[Policy]]:
    """The filters of the hops that begin or end at each node."""
    found: defaultdict[str, list[Policy]] = defaultdict(list)
    for hop in network.hops:
        policies = [step.policy for step in hop.steps if isinstance(step, Filter)]
        found[hop.tail] += policies
        found[hop.head] += policies
    return found


def _decisive(journey: Journey) -> Check | None:
    """The first check that stops the flow; otherwise the interface's filter that lets it in, or out."""
    checks = (*journey.checks, *journey.reply)
    stopped = [check for check in checks if check.verdict is Truth.NO]
    opened = [c for stage in (Stage.INGRESS, Stage.EGRESS) for c in journey.checks if c.stage is stage and c.rule]
    return next(iter((*stopped, *opened, *reversed(checks))), None)
