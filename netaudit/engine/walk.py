"""Walking the hops with sets of traffic: all that may, and all that must, get from one interface to another.

The same walk as the reference judge's, for every point of traffic at once. Replies are walked back segment by
segment, where a segment is a stretch without translation (see `netaudit.model.network.Translate`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from netaudit.engine.graph import Graph
from netaudit.flows import ANY, NO_TRAFFIC, Traffic
from netaudit.model import Decision, End, Filter, Hop, Interface, Party, Policy, Step, Translate, Truth, Unknown

Ask = Callable[[Policy, Party], Decision]


class Arrival(NamedTuple):
    """What gets through on one way, and whether TCP replies come back for no, some or every client port.

    `because` are the unknowns of translations and aliases on the way; those of filters are the filters' own.
    """

    may: Traffic
    must: Traffic
    reply: Truth
    because: tuple[Unknown, ...]


class _Packets(NamedTuple):
    """A set of packets on its way, in one segment."""

    node: str
    source: Party
    destination: Party
    visited: frozenset[str]
    may: Traffic
    must: Traffic
    began: str  # the node to which the present segment's reply must come back
    reply: Truth = Truth.YES  # the verdict on the replies of the segments behind it
    because: tuple[Unknown, ...] = ()

    def end(self, end: End) -> Party:
        return self.source if end is End.SOURCE else self.destination

    def step_to(self, node: str) -> _Packets:
        return self._replace(node=node, visited=self.visited | {node})


class Walker:
    """Walks one graph; `ask` decides a policy about a party for all traffic, and may keep the answer."""

    def __init__(self, graph: Graph, reply_ports: Traffic, ask: Ask) -> None:
        self._graph = graph
        self._reply_ports = reply_ports
        self._ask = ask

    def arrivals(self, start: Interface, goal: Interface) -> Iterator[Arrival]:
        """Every way from one interface to another, by its own address and by each of its aliases."""
        for party, because in ((goal.party, ()), *goal.aliases):
            must = NO_TRAFFIC if because else ANY
            visited = frozenset({start.node})
            packets = _Packets(start.node, start.party, party, visited, ANY, must, start.node, because=because)
            yield from self._walk(packets, goal)

    def _walk(self, packets: _Packets, goal: Interface) -> Iterator[Arrival]:
        at_home = packets.destination.id == goal.party.id
        if packets.node == goal.node:
            if not at_home:
                return
            reply = min(packets.reply, self._reply(packets, goal.node))
            yield Arrival(packets.may, packets.must, reply, packets.because)
            return
        for hop in self._graph.out_of(packets.node, goal.node):
            if hop.head not in packets.visited and (at_home or hop.head != goal.node):
                onward = self._take(hop, packets)
                if onward is not None:
                    yield from self._walk(onward, goal)

    def _take(self, hop: Hop, packets: _Packets) -> _Packets | None:
        for step in hop.steps:
            if isinstance(step, Filter):
                decision = self._ask(step.policy, packets.end(step.peer))
                may, must = packets.may & decision.may_allow, packets.must & decision.must_allow
                packets = packets._replace(may=may, must=must)
            else:
                after = step.to.get(packets.end(step.end).id, step.otherwise)
                if after is None:
                    return None
                reply = min(packets.reply, self._reply(packets, step.resume))
                packets = _translated(packets._replace(reply=reply, began=step.arrival), step, after)
            if not packets.may:
                return None
        return packets.step_to(hop.head)

    def _reply(self, packets: _Packets, back_from: str) -> Truth:
        """Whether the reply of the segment that ends here comes back to where the segment began."""
        wanted = self._reply_ports
        some, every = NO_TRAFFIC, NO_TRAFFIC
        back = packets._replace(
            source=packets.destination,
            destination=packets.source,
            node=back_from,
            visited=frozenset({back_from}),
            may=wanted,
            must=wanted,
        )
        for may, must in self._walk_back(back, packets.began):
            some, every = some | may, every | must
        if not some:
            return Truth.NO
        return Truth.YES if wanted <= every else Truth.MAYBE

    def _walk_back(self, packets: _Packets, goal: str) -> Iterator[tuple[Traffic, Traffic]]:
        if packets.node == goal:
            yield packets.may, packets.must
            return
        for hop in self._graph.out_of(packets.node, goal):
            if hop.head not in packets.visited:
                may, must = self._passes_back(hop.steps, packets)
                if may:
                    yield from self._walk_back(packets.step_to(hop.head)._replace(may=may, must=must), goal)

    def _passes_back(self, steps: Iterable[Step], packets: _Packets) -> tuple[Traffic, Traffic]:
        may, must = packets.may, packets.must
        for step in steps:
            if isinstance(step, Translate):
                return NO_TRAFFIC, NO_TRAFFIC  # a reply that is translated on its way is no reply
            if not step.policy.stateful:
                decision = self._ask(step.policy, packets.end(step.peer))
                may, must = may & decision.may_allow, must & decision.must_allow
        return may, must


def _translated(packets: _Packets, step: Translate, after: Party) -> _Packets:
    must = NO_TRAFFIC if step.because else packets.must
    changed = packets._replace(must=must, because=(*packets.because, *step.because))
    return changed._replace(source=after) if step.end is End.SOURCE else changed._replace(destination=after)
