"""How the faces of a destination look while a packet is on its way to them.

A packet is sent to a face: a class of endpoints, dialled by one of its parties. A translation of the destination
makes another party of it, so that filters behind it see that one; the goal remains the face. A *view* says for every
face which party it is seen as.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from netaudit.engine.faces import Face, Faces, bits
from netaudit.engine.relation import Relation, mapped
from netaudit.model import Party, Policy, Translate

SeenAs = tuple[tuple[Face, Party], ...]


class View:
    """The faces that are still on their way, each seen as some party."""

    def __init__(self, faces: Faces, seen_as: SeenAs | None = None) -> None:
        """Without `seen_as` every face is seen as the party by which it is dialled."""
        self._faces = faces
        self._given = seen_as
        self._behind: dict[Translate, View] = {}
        self._relations: dict[Policy, Relation] = {}

    @cached_property
    def _seen_as(self) -> SeenAs:
        return self._given if self._given is not None else tuple((f, f.party) for f in self._faces.faces)

    @cached_property
    def alive(self) -> int:
        """All faces of this view."""
        return bits((face.bit for face, _ in self._seen_as), self._faces.size)

    @cached_property
    def home(self) -> int:
        """The faces that are seen as their interface's own party, so that they can be delivered."""
        at_home = (face.bit for face, party in self._seen_as if party.id == face.interface.party.id)
        return bits(at_home, self._faces.size)

    def behind(self, step: Translate) -> View:
        """The view behind a translation of the destination; faces that it has no party for are gone."""
        found = self._behind.get(step)
        if found is None:
            after = ((face, step.to.get(party.id, step.otherwise)) for face, party in self._seen_as)
            left = tuple((face, party) for face, party in after if party is not None)
            found = self._behind[step] = View(self._faces, left)
        return found

    def relation(self, policy: Policy, parties: Relation) -> Relation:
        """What a policy that decides so about parties decides about the faces."""
        found = self._relations.get(policy)
        if found is None:
            as_they_are = self._given is None and self._faces.doors == self._faces.everybody
            found = self._relations[policy] = parties if as_they_are else mapped(parties, self.seen)
        return found

    def seen(self, parties: int) -> int:
        """The faces that are seen as one of these parties."""
        if self._given is None:
            return parties & self._faces.doors
        return _pulled(parties, self._by_party)

    def at_home(self, own: int) -> int:
        """The faces at home whose interfaces have these own parties."""
        if self._given is None:
            return own & self.home
        return _pulled(own, self._by_home)

    @cached_property
    def _by_party(self) -> list[tuple[int, int]]:
        numbers: defaultdict[int, list[int]] = defaultdict(list)
        for face, party in self._seen_as:
            numbers[self._faces.bit_of(party)].append(face.bit)
        return [(number, bits(faces, self._faces.size)) for number, faces in numbers.items()]

    @cached_property
    def _by_home(self) -> list[tuple[int, int]]:
        numbers: defaultdict[int, list[int]] = defaultdict(list)
        for face, _ in self._seen_as:
            if self.home >> face.bit & 1:
                numbers[face.own].append(face.bit)
        return [(number, bits(faces, self._faces.size)) for number, faces in numbers.items()]


def _pulled(parties: int, pairs: list[tuple[int, int]]) -> int:
    found = 0
    for number, faces in pairs:
        if parties >> number & 1:
            found |= faces
    return found
