"""On which unknowns a pair hangs: the pair is walked on its own, and every filter on the way is asked why.

Pairs of the same classes hang on the same unknowns, but for those that are an endpoint's own (its address, whether it
exists). Where none of these has a part in the answer, it is given for all pairs of the two classes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from netaudit.engine.graph import Graph
from netaudit.engine.walk import Arrival, Decided, Walker
from netaudit.flows import TCP, Traffic
from netaudit.model import Endpoint, Network, Truth, Unknown

Unknowns = tuple[Unknown, ...]


class Doubts:
    """Finds the unknowns that pairs of one network hang on."""

    def __init__(self, network: Network, class_of: Callable[[Endpoint], int]) -> None:
        """`class_of` gives the same number for endpoints that no rule tells apart."""
        self._graph = Graph(network)
        self._reply_ports = network.reply_ports
        self._class_of = class_of
        self._decided = Decided()
        self._keys: dict[str, Hashable] = {}
        self._alike: dict[Hashable, Unknowns] = {}

    def between(self, source: Endpoint, destination: Endpoint, open_part: Traffic) -> Unknowns:
        """What the open part of a pair's traffic hangs on, sorted by place and reason."""
        key = (self._key(source), self._key(destination), open_part)
        found = self._alike.get(key)
        if found is None:
            found = self._search(source, destination, open_part)
            if _own(source).isdisjoint(found) and _own(destination).isdisjoint(found):
                self._alike[key] = found
        return found

    def _key(self, endpoint: Endpoint) -> Hashable:
        """Its class, and which of its addresses are unknown."""
        found = self._keys.get(endpoint.id)
        if found is None:
            parties = (p for i in endpoint.interfaces for p in (i.party, *(alias for alias, _ in i.aliases)))
            found = self._keys[endpoint.id] = (self._class_of(endpoint), *(p.unknown is None for p in parties))
        return found

    def _search(self, source: Endpoint, destination: Endpoint, open_part: Traffic) -> Unknowns:
        notes = dict.fromkeys((*source.because, *destination.because))
        walker = Walker(self._graph, self._reply_ports, open_part, self._decided)
        for start in source.interfaces:
            for goal in destination.interfaces:
                for arrival in walker.arrivals(start, goal):
                    notes.update(dict.fromkeys(_of(arrival, open_part)))
        return tuple(sorted(notes, key=lambda unknown: (str(unknown.origin or ""), unknown.reason)))


def _of(arrival: Arrival, open_part: Traffic) -> Unknowns:
    """What the open part of the traffic hangs on that arrives, and is replied to, on one way."""
    carried = arrival.may & open_part
    if arrival.reply is Truth.NO:
        carried -= TCP
    if not carried:
        return ()
    hangs_on_reply = arrival.reply is Truth.MAYBE and carried.overlaps(TCP)
    return (*arrival.because, *arrival.reply_because) if hangs_on_reply else arrival.because


def _own(endpoint: Endpoint) -> frozenset[Unknown]:
    """The unknowns that are the endpoint's own: others of its class have others."""
    found = set(endpoint.because)
    for interface in endpoint.interfaces:
        parties = (interface.party, *(alias for alias, _ in interface.aliases))
        found.update(party.unknown for party in parties if party.unknown is not None)
        found.update(unknown for _, because in interface.aliases for unknown in because)
    return frozenset(found)
