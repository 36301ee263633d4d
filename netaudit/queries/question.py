"""One line for each pair of a question: does it flow, and which single check decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netaudit.engine.reference import Check, Journey, Judge
from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Endpoint, Filter, Stage, Truth
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
    judge = Judge(solved.network)
    return tuple(
        _pair(judge, solved, source, destination, found.get((source.id, destination.id)), traffic)
        for source in sources
        for destination in destinations
        if solved.claimed(source, destination)
    )


def _pair(
    judge: Judge, solved: Reachability, source: Endpoint, destination: Endpoint, flow: Flow | None, traffic: Traffic
) -> PairAnswer:
    if not solved.joined(source, destination):
        return PairAnswer(source.id, destination.id, Truth.MAYBE, None, None)
    verdict = Truth.NO
    if flow is not None and flow.possible:
        verdict = Truth.YES if flow.certain else Truth.MAYBE
    shown = (flow.certain or flow.possible or flow.bounds.one_way) if flow else traffic
    journeys = [judge.judge(source, destination, point).best for point in _points(solved, source, destination, shown)]
    best = max((each for each in journeys if each is not None), key=lambda each: each.rank, default=None)
    return PairAnswer(source.id, destination.id, verdict, flow, _decisive(best) if best else None)


def _points(solved: Reachability, source: Endpoint, destination: Endpoint, traffic: Traffic) -> Iterator[int]:
    """Points at which the two ends' own filters have something to say: one of them gets furthest."""
    nodes = {interface.node for end in (source, destination) for interface in end.interfaces}
    points = {
        wanted.least
        for hop in solved.network.hops
        if hop.tail in nodes or hop.head in nodes
        for step in hop.steps
        if isinstance(step, Filter)
        for tier in step.policy.tiers
        for rule in tier.rules
        if (wanted := rule.traffic & traffic)
    }
    yield from sorted({traffic.least, *sorted(points)[:_TRIED]})


def _decisive(journey: Journey) -> Check | None:
    """The first check that stops the flow; otherwise the interface's filter that lets it in, or out."""
    checks = (*journey.checks, *journey.reply)
    stopped = [check for check in checks if check.verdict is Truth.NO]
    opened = [c for stage in (Stage.INGRESS, Stage.EGRESS) for c in journey.checks if c.stage is stage and c.rule]
    return next(iter((*stopped, *opened, *reversed(checks))), None)
