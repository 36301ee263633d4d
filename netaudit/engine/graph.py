"""The hops of a network, indexed for walking: where can a packet at this node go, and is it worth going there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from netaudit.model import OUTSIDE, Hop, Network


class Graph:
    """Hops by tail, split into those into places and those that deliver to an interface.

    Delivering hops are found by tail *and* head, because a packet is only ever delivered to the interface that
    it is addressed to: a place with ten thousand interfaces costs no more than one with two.
    """

    def __init__(self, network: Network) -> None:
        self._ends = {i.node for endpoint in network.endpoints for i in endpoint.interfaces} | {OUTSIDE}
        onward: defaultdict[str, list[Hop]] = defaultdict(list)
        delivering: defaultdict[tuple[str, str], list[Hop]] = defaultdict(list)
        for hop in network.hops:
            if hop.head in self._ends:
                delivering[hop.tail, hop.head].append(hop)
            else:
                onward[hop.tail].append(hop)
        self._onward: Mapping[str, list[Hop]] = onward
        self._delivering: Mapping[tuple[str, str], list[Hop]] = delivering
        self._approaches: dict[str, frozenset[str]] = {}
        self._dead_ends: defaultdict[str, list[Hop]] = defaultdict(list)
        for hop in network.dead_ends:
            self._dead_ends[hop.tail].append(hop)

    def out_of(self, node: str, target: str) -> list[Hop]:
        """The hops that a packet at `node` may take on its way to the node `target`."""
        near = self.approaches(target)
        onward = [hop for hop in self._onward.get(node, ()) if hop.head in near or hop.head == target]
        return onward + self._delivering.get((node, target), [])

    def onward(self, node: str) -> list[Hop]:
        """The hops from `node` to other places, wherever these lead, and then its dead ends."""
        return [*self._onward.get(node, ()), *self._dead_ends.get(node, ())]

    def approaches(self, target: str) -> frozenset[str]:
        """Every place from which hops lead to `target` at all, whatever their steps."""
        found = self._approaches.get(target)
        if found is None:
            found = self._approaches[target] = self._search_back(target)
        return found

    def _search_back(self, target: str) -> frozenset[str]:
        seen: set[str] = set()
        waiting = [target]
        while waiting:
            for tail in self._into.get(waiting.pop(), ()):
                if tail not in seen:
                    seen.add(tail)
                    waiting.append(tail)
        return frozenset(seen)

    @cached_property
    def _into(self) -> Mapping[str, list[str]]:
        """The places with a hop to each node; no way leads through an interface."""
        into: defaultdict[str, list[str]] = defaultdict(list)
        for tail, hops in self._onward.items():
            if tail not in self._ends:
                for hop in hops:
                    into[hop.head].append(tail)
        for tail, head in self._delivering:
            if tail not in self._ends:
                into[head].append(tail)
        return into
