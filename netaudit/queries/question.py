"""One line for each pair of a question: does it flow, and which single check decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netaudit.engine.reference import Check, Trace
from netaudit.flows import Traffic
from netaudit.model import Endpoint, Filter, Network, Policy, Stage, Truth
from netaudit.queries.answer import PairAnswer
from netaudit.queries.explain import way_of
from netaudit.queries.flow import Flow, Relation
from netaudit.queries.relations import Relations

_TRIED = 12  # points of traffic that are judged to find the one that gets furthest


def decide_pairs(
    relations: Relations,
    relation: Relation,
    sources: Sequence[Endpoint],
    destinations: Sequence[Endpoint],
    flows: Iterable[Flow],
    traffic: Traffic,
    *,
    tried: int = _TRIED,
) -> tuple[PairAnswer, ...]:
    """The pairs of a question in order, with the flow that was found for each and the check that decides.

    Up to `tried` points of traffic are judged for each, besides the least, to find the one that gets furthest.
    """
    found: dict[tuple[str, str], Flow] = {}
    for flow in flows:
        key = (flow.source, flow.destination)
        found[key] = _merged(found[key], flow) if key in found else flow
    decider = _Decider(relations, relation, tried)
    return tuple(
        decider.pair(source, destination, found.get((source.id, destination.id)), traffic)
        for source in sources
        for destination in destinations
        if relations.solved.claimed(source, destination)
    )


def _merged(one: Flow, other: Flow) -> Flow:
    """Two flows of one pair, direct or by way of several proxies, as one line; the better one says by which way."""
    first, second = sorted((one, other), key=lambda flow: (not flow.certain, len(flow.through)))
    depends_on = tuple(dict.fromkeys((*first.depends_on, *second.depends_on)))
    return replace(first, bounds=first.bounds | second.bounds, depends_on=depends_on)


class _Decider:
    def __init__(self, relations: Relations, relation: Relation, tried: int) -> None:
        self._relations = relations
        self._tried = tried
        self._relation = relation
        self._solved = relations.solved
        self._judge = self._solved.judge
        self._filters = _filters_by_node(self._solved.network)

    def pair(self, source: Endpoint, destination: Endpoint, flow: Flow | None, traffic: Traffic) -> PairAnswer:
        if not self._solved.joined(source, destination):
            return PairAnswer(source.id, destination.id, Truth.MAYBE, None, None)
        asked = source.id
        verdict = Truth.NO
        if flow is not None and flow.possible:
            verdict = Truth.YES if flow.certain else Truth.MAYBE
        shown = (flow.certain or flow.possible or flow.bounds.one_way) if flow else traffic
        if verdict is not Truth.NO:  # the connection that arrives decides
            source = self._relations.route(self._relation, source, destination, shown.least)[-2]
        traces = [self._judge.judge(source, destination, p) for p in self._points(source, destination, shown)]
        best = max(traces, key=lambda trace: trace.best.rank if trace.best else ())
        return PairAnswer(asked, destination.id, verdict, flow, _decisive(best))

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
        yield from sorted({traffic.least, *sorted(points)[: self._tried]})


def _filters_by_node(network: Network) -> dict[str, list[Policy]]:
    """The filters of the hops that begin or end at each node."""
    found: defaultdict[str, list[Policy]] = defaultdict(list)
    for hop in network.hops:
        policies = [step.policy for step in hop.steps if isinstance(step, Filter)]
        found[hop.tail] += policies
        found[hop.head] += policies
    return found


def _decisive(trace: Trace) -> Check | None:
    """The first check that stops the flow; otherwise the interface's filter that lets it in, or out."""
    way, reply = way_of(trace), trace.best.reply if trace.best else ()
    stopped = [check for check in (*way, *reply) if check.verdict is Truth.NO]
    opened = [c for stage in (Stage.INGRESS, Stage.EGRESS) for c in way if c.stage is stage and c.rule]
    return next(iter((*stopped, *opened, *reversed(way), *reply)), None)
