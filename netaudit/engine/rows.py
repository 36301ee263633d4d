"""Rows of the solution: what one class of sources may send to all classes of destinations.

A row is put together when it is asked for, out of what all rows share: the ways (`transit`), the guards
(`admission`), the decisions of policies. Nothing in it is expanded to endpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

from netaudit.engine.admission import Admission
from netaudit.engine.atoms import Atoms
from netaudit.engine.bounds import Bounds
from netaudit.engine.classes import EndpointClass
from netaudit.engine.decisions import Decisions
from netaudit.engine.faces import Face, Faces, bits
from netaudit.engine.relation import NOBODY, Relation, anyone, crossed, join, mapped
from netaudit.engine.transit import Transit
from netaudit.flows import CLAIMED, TCP, Traffic
from netaudit.model import Network, Peers, Policy


class Part(NamedTuple):
    """Destination classes to which a source has the same bounds: bits, by their place in `Rows.order`."""

    bounds: Bounds
    classes: int


class Rows:
    """Everything that the rows of one network share, and the rows themselves."""

    def __init__(self, network: Network, classes: Sequence[EndpointClass]) -> None:
        self._network = network
        self.atoms = Atoms(_traffics(network))
        self._faces = Faces(network, classes)
        self.order = self._faces.order
        self.place_of = self._faces.place_of
        self._decisions = Decisions(self.atoms, self._faces)
        self._transit = Transit(network, self.atoms, self._faces, self._decisions)
        self._admission = Admission(self.atoms, self._faces, self._decisions, self._transit.roads)
        self._doubtful = self._classes(lambda each: bool(each.members[0].because))
        self._lonely = self._classes(lambda each: len(each.members) == 1)
        self._accepting = self._classes(lambda each: each.members[0].accepts)
        self._external = self._classes(lambda each: each.members[0].external)
        self._realms = [each.members[0].realm for each in self.order]
        self._unjoined = frozenset(frozenset(pair) for pair in network.not_joined)
        self._joined_to: dict[str, int] = {}
        self._bounds: dict[_Masks, Bounds] = {}
        self._translated: dict[tuple[int, int], Relation] = {}

    def edited(self, network: Network, changed: Mapping[Policy, Policy]) -> tuple[Rows, int] | None:
        """The rows of a network in which some policies were replaced, and nothing that cuts classes or atoms.

        With them the classes, as bits, whose rows may differ; those of all others are as they were. None where a
        policy that many ways share was replaced: then it is quicker to begin anew.
        """
        transit = self._transit.edited(changed)
        if transit is None:
            return None
        found = copy(self)
        admission, admitted = self._admission.edited(changed)
        vars(found).update(_network=network, _transit=transit, _admission=admission, _translated={})
        if admitted & self._faces.translated:  # whoever is translated into such a party
            return found, (1 << len(self.order)) - 1
        return found, self._faces.classes_behind(admitted | self._transit.roads.leaving_by(changed))

    def seeing(self, peers: Peers) -> int:
        """The classes, as bits, that a rule about these peers may match; all where it may match a translated party."""
        some, _ = self._faces.seen(peers)
        return (1 << len(self.order)) - 1 if some & self._faces.translated else self._faces.classes_behind(some)

    def _classes(self, is_so: Callable[[EndpointClass], bool]) -> int:
        return bits((place for place, each in enumerate(self.order) if is_so(each)), len(self.order))

    def row(self, source: EndpointClass, traffic: Traffic) -> tuple[Part, ...]:
        """What the members of a class may send to the other classes, and to each other, clipped to `traffic`."""
        asked = self.atoms.mask(traffic)
        answered, in_vain = self._relations(source, asked)
        parts = self._parts(answered, in_vain)
        if self.atoms.traffic(asked) == traffic:
            return parts
        clipped_parts = (Part(bounds & traffic, classes) for bounds, classes in parts)
        return tuple(part for part in clipped_parts if part.bounds)

    def cells(self, source: EndpointClass) -> Relation:
        """What the members of a class may send to the other classes and get answers to, not put together by class."""
        return self._relations(source, self.atoms.everything)[0]

    def _relations(self, source: EndpointClass, asked: int) -> tuple[Relation, Relation]:
        """To which classes (by place) what flows with a reply, and what TCP is delivered in vain."""
        answered = in_vain = NOBODY
        for start in self._faces.starts(source):
            for party, near, replied, lost in self._transit.arrivals(start, asked):
                admitted = self._admitted(start, party, asked, near)
                answered = join(answered, crossed(replied, admitted))
                in_vain = join(in_vain, crossed(lost, admitted)) if lost else in_vain
            answered = join(answered, self._transit.at_once(start, asked))
        goals = self._goals(source)
        unsure = bool(source.members[0].because)

        def ends(relation: Relation) -> Relation:
            behind = mapped(relation, lambda faces: self._faces.classes_behind(faces) & goals)
            if not (unsure or self._doubtful):
                return behind
            sure = 0 if unsure else ~self._doubtful
            return tuple((atoms, may, must & sure) for atoms, may, must in behind)

        return ends(answered), ends(in_vain)

    def _admitted(self, start: Face, party: int, asked: int, near: int) -> Relation:
        if party == start.own:
            return self._admission.row(party, asked, near)
        key = (party, asked)  # many sources are translated into one party
        found = self._translated.get(key)
        if found is None:
            found = self._translated[key] = self._admission.row(party, asked, self._faces.doors)
        return found

    def _goals(self, source: EndpointClass) -> int:
        """The classes to which a flow from this one is claimed, and about which something is known."""
        goals = self._accepting & self._joined(source.members[0].realm)
        if source.members[0].external:
            goals &= ~self._external
        place = 1 << self.place_of[source.index]
        return goals & ~(place & self._lonely)

    def strangers(self, source: EndpointClass) -> int:
        """The classes about which nothing is known because nothing joins their realms to the source's."""
        return self._accepting & ~self._joined(source.members[0].realm)

    def _joined(self, realm: str) -> int:
        found = self._joined_to.get(realm)
        if found is None:
            strange = (frozenset({realm, each}) in self._unjoined for each in self._realms)
            found = self._joined_to[realm] = bits(
                (place for place, no in enumerate(strange) if not no), len(self.order)
            )
        return found

    # ---- putting together -----------------------------------------------------------------------------

    def _parts(self, answered: Relation, in_vain: Relation) -> tuple[Part, ...]:
        """Groups of classes with equal bounds, in the order of their first members."""
        groups = _divided(answered, anyone(answered) | anyone(in_vain))
        if in_vain:
            groups = _lost(groups, in_vain)
        found: list[tuple[int, Part]] = []
        for masks, classes in groups:
            if masks == _NOTHING:
                continue
            bounds = self._bounds.get(masks)
            if bounds is None:
                bounds = self._bounds[masks] = self._as_bounds(masks)
            found.append((_first(classes), _made(Part, (bounds, classes))))
        found.sort()
        return tuple([part for _, part in found])

    def _as_bounds(self, masks: _Masks) -> Bounds:
        certain, possible, lost = (self.atoms.traffic(mask) for mask in masks)
        return Bounds(certain, possible, lost)


_Masks = tuple[int, int, int]  # atoms that are certain, possible, lost
_NOTHING: _Masks = (0, 0, 0)
_NEAR = (1 << 2048) - 1
_made = tuple.__new__  # what `Part(…)` comes to, in a third of the time
_Groups = list[tuple[_Masks, int]]  # and the classes to which they are, each in one group


def _first(classes: int) -> int:
    """The place of the lowest bit, counted from one: mostly one of the first, so that the others need no look."""
    near = classes & _NEAR or classes
    return (near & -near).bit_length()


def _divided(cells: Relation, everyone: int) -> _Groups:
    """Everyone by the atoms that are certain and possible to them.

    Two cells have no atoms in common, so no two groups come to have equal masks. Small sets come first: every group is
    looked at once for each set that follows, and small ones make few of them.
    """
    sets = [(atoms, atoms, must) for atoms, _, must in cells]
    sets += [(0, atoms, may ^ must) for atoms, may, must in cells if must is not may]
    groups: _Groups = [(_NOTHING, everyone)]
    for sure, atoms, classes in sorted(sets, key=lambda each: each[2].bit_count()):
        left = classes
        for index in range(len(groups) if left else 0):
            masks, own = groups[index]
            hit = own & left
            if not hit:
                continue
            certain, possible, lost = masks
            fresh = (certain | sure, possible | atoms, lost)
            if hit == own:
                groups[index] = (fresh, own)
            else:
                groups[index] = (masks, own ^ hit)
                groups.append((fresh, hit))
            left ^= hit
            if not left:
                break
    return groups


def _lost(groups: _Groups, in_vain: Relation) -> _Groups:
    """With TCP that arrives in vain on one way, where no other way answers it."""
    found = dict(groups)
    for atoms, may, _ in in_vain:
        groups, found = list(found.items()), {}
        for (certain, possible, lost), classes in groups:
            for mask, part in ((lost | atoms & ~possible, classes & may), (lost, classes & ~may)):
                if part:
                    key = (certain, possible, mask)
                    found[key] = found.get(key, 0) | part
    return list(found.items())


def _traffics(network: Network) -> list[Traffic]:
    """All sets of traffic that the network names, and those that questions are about."""
    return [*dict.fromkeys(rule.traffic for rule in network.rules), network.reply_ports, TCP, CLAIMED]
