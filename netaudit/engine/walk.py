"""Walking the hops with sets of traffic: all that may, and all that must, get from one interface to another.

The same walk as the reference judge's, for every point of traffic at once. Replies are walked back segment by
segment, where a segment is a stretch without translation (see `netaudit.model.network.Translate`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from netaudit.engine.graph import Graph
from netaudit.flows import ANY, NO_TRAFFIC, Traffic
from netaudit.model import (
    Decision,
    End,
    Filter,
    Hop,
    Interface,
    Party,
    Policy,
    Step,
    Translate,
    Truth,
    Unknown,
    decide,
    doubts,
    sight,
)

Doubts = tuple[Unknown, ...]

_KEPT = 1 << 16  # decisions that are remembered

CLIENT_PORT = Unknown("the client's port: the reply passes for some ports only")


class Decided:
    """What policies decided, and why not surely, for all walkers of one network.

    A decision depends only on what the policy's rules see of the peer, which is the same for many peers.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[Policy, str], tuple[Truth, ...]] = {}
        self._decisions: dict[Hashable, Decision] = {}
        self._doubts: dict[Hashable, Doubts] = {}

    def decision(self, policy: Policy, peer: Party) -> Decision:
        """What the policy does with all traffic to or from the peer."""
        key = (policy, self._sight(policy, peer))
        found = self._decisions.get(key)
        if found is None:
            found = self._decisions[key] = decide(policy, peer)
        return found

    def doubts(self, policy: Policy, peer: Party, unsure: Traffic) -> Doubts:
        """The unknowns that this hangs on, for some of the traffic."""
        key = (policy, self._sight(policy, peer), unsure, peer.unknown)
        found = self._doubts.get(key)
        if found is None:
            found = self._doubts[key] = doubts(policy, peer, unsure)
        return found

    def _sight(self, policy: Policy, peer: Party) -> tuple[Truth, ...]:
        key = (policy, peer.id)
        found = self._seen.get(key)
        if found is None:
            for memory in (self._seen, self._decisions, self._doubts):
                if len(memory) > _KEPT:
                    memory.clear()
            found = self._seen[key] = sight(policy, peer)
        return found


class Arrival(NamedTuple):
    """What gets through on one way, and whether TCP replies come back for no, some or every client port.

    `because` are the unknowns on this way there: of filters about the traffic that was asked for, of translations
    and of aliases. `reply_because` is why the reply is open.
    """

    may: Traffic
    must: Traffic
    reply: Truth
    because: Doubts
    reply_because: Doubts


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
    because: Doubts = ()
    reply_because: Doubts = ()

    def end(self, end: End) -> Party:
        return self.source if end is End.SOURCE else self.destination

    def step_to(self, node: str) -> _Packets:
        return self._replace(node=node, visited=self.visited | {node})


class Walker:
    """Walks one graph, and tells on which unknowns the traffic in `asked` hangs on each way."""

    def __init__(self, graph: Graph, reply_ports: Traffic, asked: Traffic, decided: Decided | None = None) -> None:
        """`decided` remembers what policies decide about parties, for several walkers of one network."""
        self._decided = decided or Decided()
        self._graph = graph
        self._reply_ports = reply_ports
        self._asked = asked

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
            reply, why = self._reply(packets, goal.node)
            why = (*packets.reply_because, *why)
            yield Arrival(packets.may, packets.must, min(packets.reply, reply), packets.because, why)
            return
        for hop in self._graph.out_of(packets.node, goal.node):
            if hop.head not in packets.visited and (at_home or hop.head != goal.node):
                onward = self._take(hop, packets)
                if onward is not None:
                    yield from self._walk(onward, goal)

    def _take(self, hop: Hop, packets: _Packets) -> _Packets | None:
        for step in hop.steps:
            if isinstance(step, Filter):
                packets = self._filtered(packets, step, self._asked)
            else:
                after = step.to.get(packets.end(step.end).id, step.otherwise)
                if after is None:
                    return None
                reply, why = self._reply(packets, step.resume)
                packets = packets._replace(
                    reply=min(packets.reply, reply), reply_because=(*packets.reply_because, *why), began=step.arrival
                )
                packets = _translated(packets, step, after)
            if not packets.may:
                return None
        return packets.step_to(hop.head)

    def _reply(self, packets: _Packets, back_from: str) -> tuple[Truth, Doubts]:
        """Whether the reply of the segment that ends here comes back to where the segment began, and why not surely."""
        wanted = self._reply_ports
        some, every = NO_TRAFFIC, NO_TRAFFIC
        why: Doubts = ()
        back = packets._replace(
            source=packets.destination,
            destination=packets.source,
            node=back_from,
            visited=frozenset({back_from}),
            may=wanted,
            must=wanted,
            because=(),
        )
        for arrived in self._walk_back(back, packets.began):
            some, every, why = some | arrived.may, every | arrived.must, (*why, *arrived.because)
        if not some:
            return Truth.NO, ()
        if wanted <= every:
            return Truth.YES, ()
        return Truth.MAYBE, why if wanted <= some and why else (*why, CLIENT_PORT)

    def _walk_back(self, packets: _Packets, goal: str) -> Iterator[_Packets]:
        if packets.node == goal:
            yield packets
            return
        for hop in self._graph.out_of(packets.node, goal):
            if hop.head not in packets.visited:
                onward = self._passed_back(hop.steps, packets)
                if onward is not None:
                    yield from self._walk_back(onward.step_to(hop.head), goal)

    def _passed_back(self, steps: Iterable[Step], packets: _Packets) -> _Packets | None:
        for step in steps:
            if isinstance(step, Translate):
                return None  # a reply that is translated on its way is no reply
            if not step.policy.stateful:
                packets = self._filtered(packets, step, self._reply_ports)
        return packets if packets.may else None

    def _filtered(self, packets: _Packets, step: Filter, asked: Traffic) -> _Packets:
        peer = packets.end(step.peer)
        decision = self._decided.decision(step.policy, peer)
        may, must = packets.may & decision.may_allow, packets.must & decision.must_allow
        unsure = may & decision.may_deny & asked
        because = (*packets.because, *self._decided.doubts(step.policy, peer, unsure)) if unsure else packets.because
        return packets._replace(may=may, must=must, because=because)


def _translated(packets: _Packets, step: Translate, after: Party) -> _Packets:
    must = NO_TRAFFIC if step.because else packets.must
    changed = packets._replace(must=must, because=(*packets.because, *step.because))
    return changed._replace(source=after) if step.end is End.SOURCE else changed._replace(destination=after)
