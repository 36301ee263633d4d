"""All pairs at once: what may flow between any two endpoints, as exact bounds.

Endpoints that no rule tells apart share a class, traffic that no rule tells apart an atom, and sets of both are
integers. A policy is decided once for all parties, a way is walked once for all destinations; a row is put
together when it is asked for, and nothing is expanded to pairs of endpoints that is not printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property

from netaudit.engine.atoms import Atoms, bits_of
from netaudit.engine.bounds import NOTHING, UNJOINED, Bounds
from netaudit.engine.classes import EndpointClass, classify
from netaudit.engine.doubts import Doubts
from netaudit.engine.external import external_endpoints
from netaudit.engine.reference import Judge
from netaudit.engine.relation import Relation
from netaudit.engine.renewal import renewed
from netaudit.engine.rows import Part, Rows
from netaudit.flows import ANY, AddressSet, Traffic
from netaudit.model import Endpoint, Network, Peers, Policy, Unknown

__all__ = ["NOTHING", "UNJOINED", "Bounds", "Part", "Reachability", "Row"]

_KEPT = 1 << 30  # bits of rows that are remembered, and as many of rows of cells
_PARTS, _CELLS = 64, 8  # sets of classes that a row of a large network has, and a row of cells


@dataclass(frozen=True, slots=True)
class Row:
    """What one class of sources reaches: groups of destination classes, each with its bounds.

    The bounds hold from every member of the source to every *other* member of the destination classes.
    """

    source: EndpointClass
    groups: tuple[tuple[Bounds, tuple[EndpointClass, ...]], ...]


class Reachability:
    """Every flow of a network, solved class by class when asked.

    `endpoints` are the network's own and the external blocks, cut by everything that the rules and `named` sets
    name. Self pairs, pairs of two external blocks and pairs of unjoined realms are not claimed.
    """

    def __init__(self, network: Network, named: Iterable[AddressSet] = ()) -> None:
        self._named = tuple(named)
        self.network = network = network.asked(self._named)
        self.external = external_endpoints(network, self._named)
        self.endpoints: tuple[Endpoint, ...] = (*network.endpoints, *self.external)
        self._kept: dict[tuple[int, Traffic], tuple[Part, ...]] = {}
        self._cells: dict[int, Relation] = {}

    def edited(self, network: Network) -> Reachability:
        """The solution of `network`, which is this one after some edits: equal to one that begins anew.

        Where only policies were replaced, by ones that cut nothing finer, and stand only where one source or one
        destination passes, all walks, decisions and tables but their own are shared, and the rows that they cannot
        touch.
        """
        found = Reachability(network, self._named)
        changed = renewed(self.network, found.network) if "_rows" in self.__dict__ else None
        if changed is None or _blocks(found) != _blocks(self):
            return found
        before, after = _cuts(self.network), _cuts(found.network)
        if not after <= before:
            return found
        found.external, found.endpoints = self.external, self.endpoints
        if after == before or _members(found.classes) == _members(self.classes):
            found.classes = self.classes
            if edited := self._rows.edited(found.network, changed):
                self._share_rows(found, *edited)
        return found

    def _share_rows(self, other: Reachability, rows: Rows, touched: int) -> None:
        """Give another solution its rows, put together already but for those of the touched classes."""
        other._rows, places = rows, self._rows.place_of
        other._kept = {key: row for key, row in self._kept.items() if not touched >> places[key[0]] & 1}
        other._cells = {index: row for index, row in self._cells.items() if not touched >> places[index] & 1}

    def lessened(self, network: Network, changed: Mapping[Policy, Policy]) -> Reachability:
        """The solution of this network with some policies replaced by ones that cut nothing finer, which `network` is.

        It has the external blocks and the classes of this one, though some may be alike now: rows can be compared.
        """
        found = copy(self)
        for name in ("judge", "_doubts"):
            vars(found).pop(name, None)
        vars(found).update(network=network, _kept={}, _cells={})
        edited = self._rows.edited(network, changed) or (Rows(network, self.classes), -1)
        self._share_rows(found, *edited)
        return found

    def seeing(self, peers: Peers) -> tuple[EndpointClass, ...]:
        """The classes that a rule about these peers may match as sources, translated ones included; perhaps more."""
        return tuple(self.classes_of(self._rows.seeing(peers)))

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

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self.network, self.classes)

    @cached_property
    def judge(self) -> Judge:
        """Decides single flows of this network, and shows the way; made once, since it looks at every hop."""
        return Judge(self.network)

    @cached_property
    def _doubts(self) -> Doubts:
        return Doubts(self.network, lambda endpoint: self.class_of[endpoint.id].index)

    def joined(self, source: Endpoint, destination: Endpoint) -> bool:
        """Whether the model knows how the two relate."""
        return frozenset({source.realm, destination.realm}) not in self._unjoined

    def claimed(self, source: Endpoint, destination: Endpoint) -> bool:
        """Whether a flow between the two is something that the model speaks of."""
        both_outside = source.external and destination.external
        return source.id != destination.id and not both_outside and destination.accepts

    # ---- asking ---------------------------------------------------------------------------------------

    def bounds(self, source: Endpoint, destination: Endpoint) -> Bounds:
        """The direct flows from one endpoint to another."""
        if not self.claimed(source, destination):
            return NOTHING
        if not self.joined(source, destination):
            return UNJOINED
        return self._between(self.class_of[source.id], self.class_of[destination.id])

    def rows(self, traffic: Traffic = ANY, sources: Iterable[EndpointClass] | None = None) -> Iterator[Row]:
        """One row for each class of sources (all by default), clipped to `traffic`; nothing is expanded.

        Unjoined pairs are left out, and so are rows without any flow.
        """
        wanted = self._rows.order if sources is None else sources
        for source in sorted(wanted, key=lambda each: self._rows.place_of[each.index]):
            if groups := self.groups(source, traffic):
                yield Row(source, groups)

    def groups(
        self, source: EndpointClass, traffic: Traffic = ANY
    ) -> tuple[tuple[Bounds, tuple[EndpointClass, ...]], ...]:
        """The row of one class: destination classes with equal bounds together."""
        order = self._rows.order
        parts = self._row(source, traffic)
        return tuple((bounds, tuple(order[place] for place in bits_of(classes))) for bounds, classes in parts)

    def parts(self, source: EndpointClass, traffic: Traffic = ANY) -> tuple[Part, ...]:
        """The same as `groups`, with the destination classes as bits (`bit_of`)."""
        return self._row(source, traffic)

    def cells(self, source: EndpointClass) -> Relation:
        """The same as `parts`, less what is delivered in vain, by traffic: atoms, and the classes that they may reach.

        For questions about many rows together, which need not know what each of them is in all.
        """
        found = self._cells.get(source.index)
        if found is None:
            if len(self._cells) >= self._room(_CELLS):
                self._cells.clear()
            found = self._cells[source.index] = self._rows.cells(source)
        return found

    @property
    def atoms(self) -> Atoms:
        """What the masks of `cells` stand for."""
        return self._rows.atoms

    def bit_of(self, each: EndpointClass) -> int:
        """The bit that stands for a class in `parts`."""
        return 1 << self._rows.place_of[each.index]

    def strangers(self, source: EndpointClass) -> int:
        """The classes, as bits, about which nothing is known because nothing joins their realms to the source's."""
        return self._rows.strangers(source)

    def classes_of(self, classes: int) -> list[EndpointClass]:
        """The classes that some bits of `parts` stand for, by their index."""
        return sorted((self._rows.order[place] for place in bits_of(classes)), key=lambda each: each.index)

    def pairs(self, traffic: Traffic = ANY) -> Iterator[tuple[Endpoint, Endpoint, Bounds]]:
        """Every pair with a flow, sorted by ids of source and destination; unjoined pairs are left out."""
        return self.pairs_from(self.endpoints, traffic)

    def pairs_from(
        self, sources: Iterable[Endpoint], traffic: Traffic = ANY
    ) -> Iterator[tuple[Endpoint, Endpoint, Bounds]]:
        """The same for some sources; one after another, so that a reader that keeps nothing needs no memory."""
        ordered = sorted(sources, key=lambda endpoint: endpoint.id)
        left = Counter(self.class_of[endpoint.id].index for endpoint in ordered)
        reached: dict[int, list[tuple[Endpoint, Bounds]]] = {}
        for source in ordered:
            index = self.class_of[source.id].index
            goals = reached.pop(index, None) or self._reached(self.class_of[source.id], traffic)
            yield from ((source, goal, bounds) for goal, bounds in goals if goal is not source)
            left[index] -= 1
            if left[index]:  # kept for the other members of the class only
                reached[index] = goals

    def _reached(self, source: EndpointClass, traffic: Traffic) -> list[tuple[Endpoint, Bounds]]:
        groups = self.groups(source, traffic)
        found = [(each, bounds) for bounds, classes in groups for goal in classes for each in goal.members]
        return sorted(found, key=lambda pair: pair[0].id)

    def _between(self, source: EndpointClass, destination: EndpointClass) -> Bounds:
        place = 1 << self._rows.place_of[destination.index]
        return next((bounds for bounds, classes in self._row(source, ANY) if classes & place), NOTHING)

    def _row(self, source: EndpointClass, traffic: Traffic) -> tuple[Part, ...]:
        key = (source.index, traffic)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= self._room(_PARTS):
                self._kept.clear()
            found = self._kept[key] = self._rows.row(source, traffic)
        return found

    def _room(self, sets: int) -> int:
        """How many rows of so many sets are remembered: fewer where there are more classes."""
        return max(_KEPT // (sets * len(self.classes)), 256)

    # ---- why it is not certain ------------------------------------------------------------------------

    def depends_on(self, source: Endpoint, destination: Endpoint, traffic: Traffic = ANY) -> tuple[Unknown, ...]:
        """The unknowns that the open part of the pair's traffic hangs on, sorted by place and reason."""
        open_part = self.bounds(source, destination).open & traffic
        if not open_part or not self.joined(source, destination):
            return ()
        return self.doubts(source, destination, open_part)

    def doubts(self, source: Endpoint, destination: Endpoint, open_part: Traffic) -> tuple[Unknown, ...]:
        """The same, for a joined pair of which the open part is known already."""
        return self._doubts.between(source, destination, open_part) if open_part else ()


def _blocks(solved: Reachability) -> list[tuple[str, AddressSet]]:
    return [(endpoint.id, endpoint.addresses) for endpoint in solved.external]


def _members(classes: Iterable[EndpointClass]) -> list[list[str]]:
    return [[member.id for member in each.members] for each in classes]


def _cuts(network: Network) -> set[Peers | Traffic]:
    """What the rules of a network cut parties and traffic by."""
    return {rule.peers for rule in network.rules} | {rule.traffic for rule in network.rules}
