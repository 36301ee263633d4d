"""All pairs at once: what may flow between any two endpoints, as exact bounds.

Endpoints that no rule tells apart share a class, and one walk decides a pair of classes. A policy is asked once
for each party, about all traffic; everything else is intersection. Pairs are solved when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from netaudit.engine.classes import EndpointClass, classify
from netaudit.engine.external import external_endpoints
from netaudit.engine.graph import Graph
from netaudit.engine.walk import Arrival, Walker
from netaudit.flows import ANY, NO_TRAFFIC, TCP, AddressSet, Traffic
from netaudit.model import Decision, Endpoint, Network, Party, Policy, Truth, Unknown, decide, doubts


@dataclass(frozen=True, slots=True)
class Bounds:
    """What certainly flows, what possibly flows, and what TCP is delivered without a possible reply.

    `certain ⊆ possible`; `one_way` is disjoint from `possible` and an upper bound.
    """

    certain: Traffic
    possible: Traffic
    one_way: Traffic = NO_TRAFFIC

    def __or__(self, other: Bounds) -> Bounds:
        possible = self.possible | other.possible
        one_way = (self.one_way | other.one_way) - possible
        return Bounds(self.certain | other.certain, possible, one_way)

    def __and__(self, traffic: Traffic) -> Bounds:
        return Bounds(self.certain & traffic, self.possible & traffic, self.one_way & traffic)

    def __bool__(self) -> bool:
        return bool(self.possible or self.one_way)

    @property
    def open(self) -> Traffic:
        """What hangs on an unknown."""
        return self.possible - self.certain


NOTHING = Bounds(NO_TRAFFIC, NO_TRAFFIC)
UNJOINED = Bounds(NO_TRAFFIC, ANY)  # nothing is known between realms that nothing joins


class Reachability:
    """Every flow of a network, solved class by class when asked.

    `endpoints` are the network's own and the external blocks, cut by everything that the rules and `named` sets
    name. Self pairs, pairs of two external blocks and pairs of unjoined realms are not claimed.
    """

    def __init__(self, network: Network, named: Iterable[AddressSet] = ()) -> None:
        self.network = network
        self.external = external_endpoints(network, named)
        self.endpoints: tuple[Endpoint, ...] = (*network.endpoints, *self.external)
        self._graph = Graph(network)
        self._decisions: dict[tuple[Policy, str], Decision] = {}
        self._bounds: dict[tuple[int, int], Bounds] = {}

    @cached_property
    def classes(self) -> tuple[EndpointClass, ...]:
        """The classes of endpoints that no rule tells apart."""
        return classify(self.network, self.endpoints)

    @cached_property
    def by_id(self) -> Mapping[str, Endpoint]:
        """All endpoints, external blocks included, by public id."""
        return {endpoint.id: endpoint for endpoint in self.endpoints}

    @cached_property
    def class_of(self) -> Mapping[str, EndpointClass]:
        """The class of an endpoint, by public id."""
        return {member.id: each for each in self.classes for member in each.members}

    @cached_property
    def _unjoined(self) -> frozenset[frozenset[str]]:
        return frozenset(frozenset(pair) for pair in self.network.not_joined)

    def joined(self, source: Endpoint, destination: Endpoint) -> bool:
        """Whether the model knows how the two relate."""
        return frozenset({source.realm, destination.realm}) not in self._unjoined

    def claimed(self, source: Endpoint, destination: Endpoint) -> bool:
        """Whether a flow between the two is something that the model speaks of."""
        both_outside = source.external and destination.external
        return source.id != destination.id and not both_outside and destination.accepts

    def bounds(self, source: Endpoint, destination: Endpoint) -> Bounds:
        """The direct flows from one endpoint to another."""
        if not self.claimed(source, destination):
            return NOTHING
        if not self.joined(source, destination):
            return UNJOINED
        return self._between(source, destination)

    def pairs(self) -> Iterator[tuple[Endpoint, Endpoint, Bounds]]:
        """Every pair with a flow, sorted by ids of source and destination; unjoined pairs are left out."""
        ordered = sorted(self.endpoints, key=lambda endpoint: endpoint.id)
        for source in ordered:
            for destination in ordered:
                if self.claimed(source, destination) and self.joined(source, destination):
                    found = self._between(source, destination)
                    if found:
                        yield source, destination, found

    def class_bounds(self, source: EndpointClass, destination: EndpointClass) -> Bounds:
        """The flows from any member of one class to any other member of another."""
        other = destination.members[-1] if source is destination else destination.members[0]
        return self.bounds(source.members[0], other)

    def _between(self, source: Endpoint, destination: Endpoint) -> Bounds:
        key = (self.class_of[source.id].index, self.class_of[destination.id].index)
        found = self._bounds.get(key)
        if found is None:
            found = self._bounds[key] = self._solve(source, destination)
        return found

    def _solve(self, source: Endpoint, destination: Endpoint) -> Bounds:
        walker = Walker(self._graph, self.network.reply_ports, self._decide)
        found = NOTHING
        for start in source.interfaces:
            for goal in destination.interfaces:
                for arrival in walker.arrivals(start, goal):
                    found |= _bounded(arrival)
        if source.because or destination.because:
            return replace(found, certain=NO_TRAFFIC)
        return found

    def _decide(self, policy: Policy, peer: Party) -> Decision:
        key = (policy, peer.id)
        found = self._decisions.get(key)
        if found is None:
            found = self._decisions[key] = decide(policy, peer)
        return found

    # ---- why it is not certain ------------------------------------------------------------------------

    def depends_on(self, source: Endpoint, destination: Endpoint, traffic: Traffic = ANY) -> tuple[Unknown, ...]:
        """The unknowns that the open part of the pair's traffic hangs on, sorted by place and reason."""
        open_part = self.bounds(source, destination).open & traffic
        if not open_part or not self.joined(source, destination):
            return ()
        notes = dict.fromkeys((*source.because, *destination.because))
        replies = self.network.reply_ports if open_part.overlaps(TCP) else NO_TRAFFIC

        def ask(policy: Policy, peer: Party) -> Decision:
            decision = self._decide(policy, peer)
            asked = open_part if policy.stateful else open_part | replies
            if unsure := decision.may_allow & decision.may_deny & asked:
                notes.update(dict.fromkeys(doubts(policy, peer, unsure)))
            return decision

        walker = Walker(self._graph, self.network.reply_ports, ask)
        for start in source.interfaces:
            for goal in destination.interfaces:
                for arrival in walker.arrivals(start, goal):
                    notes.update(dict.fromkeys(arrival.because))
                    if arrival.reply is Truth.MAYBE and not notes:
                        notes[_CLIENT_PORT] = None
        return tuple(sorted(notes, key=lambda unknown: (str(unknown.origin or ""), unknown.reason)))


_CLIENT_PORT = Unknown("the client's port: the reply passes for some ports only")


def _bounded(arrival: Arrival) -> Bounds:
    """What arrives, less the TCP whose reply does not come back."""
    may, must = arrival.may, arrival.must
    if arrival.reply is Truth.YES:
        return Bounds(must, may)
    if arrival.reply is Truth.MAYBE:
        return Bounds(must - TCP, may)
    return Bounds(must - TCP, may - TCP, may & TCP)
