"""Faces: one bit for each party that can stand at an end of a packet, class by class.

A *face* is a way to dial a class of endpoints: an interface of its first member, by its own party or by one of the
aliases. Parties that only translations make (a NAT gateway's) follow as bits without a face. What a rule says of
parties is then an integer, and so is a set of destinations.

Faces lie in lanes: the first face of every class, then the second ones of those that have two, and so on, where
classes with more faces come first. So the classes behind some faces are a few shifts away (`classes_behind`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from netaudit.engine.classes import EndpointClass, Sight, peers_of
from netaudit.flows import AddressSet
from netaudit.model import Endpoint, Interface, Network, Party, Peers, Translate


@dataclass(frozen=True, slots=True)
class Face:
    """One way to dial the first member of a class; `own` is the bit of the interface's own party."""

    bit: int
    interface: Interface
    party: Party
    own: int
    doubtful: bool


def bits(numbers: Iterable[int], size: int) -> int:
    """The integer with these bits set; faster than shifting for many of them."""
    buffer = bytearray(size // 8 + 1)
    for number in numbers:
        buffer[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(buffer, "little")


class Faces:
    """The bits of one network's classes, and what rules say of them."""

    def __init__(self, network: Network, classes: Sequence[EndpointClass]) -> None:
        self.order = sorted(classes, key=lambda each: (-_width(each.members[0]), each.index))
        self.place_of = {each.index: place for place, each in enumerate(self.order)}
        self._lanes = list(_lanes([_width(each.members[0]) for each in self.order]))
        self._first_lane = (1 << len(self.order)) - 1
        self._others = [(offset, (1 << width) - 1) for offset, width in self._lanes[1:]]
        self._bits_of: defaultdict[str, set[int]] = defaultdict(set)
        self.faces = self._faces()
        self.parties = [face.party for face in self.faces]
        self.doors = (1 << len(self.faces)) - 1
        self._peers = peers_of(network.policies)
        self._sight = Sight(self._peers)
        self._add_translated(network)
        self.size = len(self.parties)
        self.everybody = (1 << self.size) - 1
        self._seen: dict[Peers, tuple[int, int]] = {}
        self._named: dict[frozenset[str], int] = {}

    def _faces(self) -> list[Face]:
        found: dict[int, Face] = {}
        for place, each in enumerate(self.order):
            for member in each.members:
                numbers = (offset + place for offset, width in self._lanes if place < width)
                for face in _dialled(member, numbers):
                    self._bits_of[face.party.id].add(face.bit)
                    found.setdefault(face.bit, face)
        return [found[number] for number in sorted(found)]

    def _add_translated(self, network: Network) -> None:
        """Bits for parties that are nobody's face; those that all rules see alike share one."""
        alike: dict[object, int] = {}
        self._translations = [s for s in network.steps() if isinstance(s, Translate)]
        for party in (party for step in self._translations for party in (*step.to.values(), step.otherwise)):
            if party is None or party.id in self._bits_of:
                continue
            number = alike.setdefault(self._sight.of(party), len(self.parties))
            if number == len(self.parties):
                self.parties.append(party)
            self._bits_of[party.id].add(number)

    @cached_property
    def translated(self) -> int:
        """The bits of the parties that translations make, faces among them."""
        made = (p for step in self._translations for p in (*step.to.values(), step.otherwise) if p is not None)
        return bits((number for party in made for number in self._bits_of[party.id]), self.size)

    def starts(self, source: EndpointClass) -> list[Face]:
        """The interfaces of a class from which packets start, each as its own face."""
        place = self.place_of[source.index]
        found = (self.faces[offset + place] for offset, width in self._lanes if place < width)
        return [face for face in found if face.bit == face.own]

    def bit_of(self, party: Party) -> int:
        """A bit that stands for the party, as rules see it."""
        return min(self._bits_of[party.id])

    @cached_property
    def doubtful(self) -> int:
        """The faces that may not exist."""
        return bits((face.bit for face in self.faces if face.doubtful), self.size)

    @cached_property
    def own(self) -> int:
        """The faces that are their interface's own party."""
        return bits((face.bit for face in self.faces if face.bit == face.own), self.size)

    def classes_behind(self, faces: int) -> int:
        """The classes of some faces, by their place in `order`."""
        found = faces & self._first_lane
        for offset, lane in self._others:
            if further := faces >> offset & lane:
                found |= further
        return found

    # ---- what rules say -------------------------------------------------------------------------------

    def seen(self, peers: Peers) -> tuple[int, int]:
        """Which parties are, or may be, among these peers; and which certainly are (`Peers.sees`)."""
        found = self._seen.get(peers)
        if found is None:
            found = self._seen[peers] = self._see(peers)
        return found

    def _see(self, peers: Peers) -> tuple[int, int]:
        if peers.everyone:
            return self.everybody, self.everybody
        named = self._members(peers.members)
        if not peers.addresses:
            return named, named
        some, every = self._at(peers.addresses)
        rest = ~self._members(peers.exempt)
        return named | some & rest, named | every & rest

    def _members(self, ids: frozenset[str]) -> int:
        found = self._named.get(ids)
        if found is None:
            numbers = {number for name in ids if name in self._bits_of for number in self._bits_of[name]}
            found = self._named[ids] = bits(numbers, self.size)
        return found

    def _at(self, addresses: AddressSet) -> tuple[int, int]:
        """Who has one of the addresses, and who has no other: rules' addresses are made of whole cells."""
        wanted = _span(self._sight.cells(addresses))
        some = every = 0
        for touched, parties in self._touching:
            if touched & wanted:
                some |= parties
                if not touched & ~wanted:
                    every |= parties
        return some, every

    @cached_property
    def _touching(self) -> list[tuple[int, int]]:
        """The distinct sets of cells that parties' addresses touch, each with its parties."""
        alike: defaultdict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
        for number, party in enumerate(self.parties):
            alike[self._sight.cells(party.addresses)].append(number)
        return [(_span(cells), bits(numbers, self.size)) for cells, numbers in alike.items()]


def _span(cells: Iterable[tuple[int, int]]) -> int:
    """Ranges of cells as bits."""
    found = 0
    for first, last in cells:
        found |= (1 << last + 1) - (1 << first)
    return found


def _width(endpoint: Endpoint) -> int:
    return sum(1 + len(interface.aliases) for interface in endpoint.interfaces)


def _lanes(widths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Offset and width of every lane, for classes of these widths in descending order."""
    offset = 0
    for lane in range(widths[0] if widths else 0):
        width = bisect_right(widths, -lane - 1, key=lambda each: -each)
        yield offset, width
        offset += width


def _dialled(endpoint: Endpoint, numbers: Iterator[int]) -> Iterator[Face]:
    for interface in endpoint.interfaces:
        own = next(numbers)
        yield Face(own, interface, interface.party, own, False)
        for alias, because in interface.aliases:
            yield Face(next(numbers), interface, alias, own, bool(because))
