"""Who is let in where: the guards of all faces, turned round from *destination: who may* to *source: where to*.

A guard is a policy that decides about sources. Most are unions of allow rules, and most of those name few and the
same peers; so all guards together are a table of (who, traffic, where), and the row of a source is the union of the
entries that name it. Rows are looked up in blocks of sources, so that memory is bounded by one block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from copy import copy
from typing import NamedTuple

from netaudit.engine.atoms import Atoms, bits_of
from netaudit.engine.decisions import Decisions, Grant
from netaudit.engine.faces import Faces, bits
from netaudit.engine.relation import Relation, meet
from netaudit.engine.roads import Guards, Roads
from netaudit.model import Policy

_FEW = 4  # atoms of an entry that is laid on top atom by atom
_BLOCK = 256  # sources whose entries are looked up together
_MANY = 64  # an entry that names more parties is laid once for all that have it in common
_SHARED = 512  # and so many of these are kept
_KEPT = 1 << 20  # so many entries of looked-up blocks are kept: rows are asked for in any order

Entry = tuple[int, int]  # atoms, faces
_Where = dict[int, int]  # atoms → faces


class Admission:
    """What guards admit from each party, by its bit."""

    def __init__(self, atoms: Atoms, faces: Faces, decisions: Decisions, roads: Roads) -> None:
        self._atoms = atoms
        self._decisions = decisions
        may: defaultdict[int, _Where] = defaultdict(dict)
        must: defaultdict[int, _Where] = defaultdict(dict)
        self._free = faces.doors
        self._guarded = _by_guards(faces, roads)
        for guards, guarded in self._guarded.items():
            self._free &= ~guarded
            for granted, some, every in self._grants(guards):
                if some != every:  # what must pass may pass, and need not be said twice
                    _add(may[some], granted, guarded)
                if every:
                    _add(must[every], granted, guarded)
        self._may = _Table(atoms, may)
        self._must = _Table(atoms, must)

    def edited(self, changed: Mapping[Policy, Policy]) -> tuple[Admission, int]:
        """The same with some guards replaced, and the parties whose rows may differ for it.

        A face has one tuple of guards, so what they grant is its own.
        """
        touched = 0
        all_guarded = dict(self._guarded)
        may, must = dict(self._may.entries), dict(self._must.entries)
        for guards, guarded in self._guarded.items():
            if changed.keys().isdisjoint(guards):
                continue
            fresh = tuple(changed.get(guard, guard) for guard in guards)
            all_guarded[fresh] = all_guarded.pop(guards)
            for grant in set(self._grants(guards)) ^ set(self._grants(fresh)):
                touched |= grant.may
            for granted, some, every in self._grants(guards):
                for table, who in ((may, some), (must, every)):
                    if granted in (where := table.get(who, {})):
                        table[who] = where | {granted: where[granted] & ~guarded}
            for granted, some, every in self._grants(fresh):
                for table, who in ((may, some if some != every else 0), (must, every)):
                    if who:
                        where = table.get(who, {})
                        table[who] = where | {granted: where.get(granted, 0) | guarded}
        found = copy(self)
        vars(found).update(_guarded=all_guarded, _may=_Table(self._atoms, may), _must=_Table(self._atoms, must))
        return found, touched

    def _grants(self, guards: Guards) -> Iterable[Grant]:
        if len(guards) == 1:
            return self._decisions.grants(guards[0])
        first, *others = (self._decisions.relation(guard) for guard in guards)
        for other in others:
            first = meet(first, other)
        return (Grant(*cell) for cell in first)

    def row(self, party: int, asked: int, near: int) -> Relation:
        """The faces among the near ones that admit the party, for the asked atoms."""
        sure = self._must.laid(party, asked, near, self._free & near).disjoint()
        unsure = self._may.laid(party, asked, near, 0).disjoint()
        return tuple(
            (mask, known | maybe if maybe else known, known)
            for atoms, known in sure
            for others, maybe in unsure
            if (mask := atoms & others) and (known or maybe)
        )


class _Overlay:
    """A union of entries that overlap, on top of what holds for all asked atoms.

    Entries of many atoms divide everything into a few parts; those of few atoms are laid on top, one by one.
    """

    def __init__(self, atoms: Atoms, parts: list[Entry], few: _Where) -> None:
        self._atoms = atoms
        self._parts = parts
        self._few = few

    def under(self, entries: Iterable[_Where], asked: int, near: int) -> _Overlay:
        """This one with more entries on top."""
        parts, few = self._parts, self._few.copy()
        for where in entries:
            for granted, faces in where.items():
                mask, here = granted & asked, faces & near
                if not here or not mask:
                    continue
                if mask.bit_count() > _FEW:
                    parts = list(_divided(parts, mask, here))
                    continue
                for atom in self._atoms.members(mask):
                    few[atom] = few.get(atom, 0) | here
        return _Overlay(self._atoms, parts, few)

    def disjoint(self) -> list[Entry]:
        """The same as entries that have no atoms in common."""
        parts, found = self._parts, []
        taken = 0
        for atom, faces in self._few.items():
            bit = 1 << atom
            taken |= bit
            for atoms, below in parts:
                if atoms & bit:
                    found.append((bit, faces | below))
                    break
        return found + [(rest, faces) for atoms, faces in parts if (rest := atoms & ~taken)]


class _Naming(NamedTuple):
    """The entries that name a party: those that name many, and the others."""

    common: tuple[_Where, ...]
    own: tuple[_Where, ...]


class _Table:
    """Who is admitted where, to be looked up by party."""

    def __init__(self, atoms: Atoms, entries: Mapping[int, _Where]) -> None:
        self.entries = entries
        self._atoms = atoms
        self._blocks: dict[int, list[_Naming]] = {}
        self._kept = 0
        self._shared: dict[Hashable, _Overlay] = {}

    def laid(self, party: int, asked: int, near: int, everywhere: int) -> _Overlay:
        """What the entries that name a party say of the asked atoms and the near faces, on top of those everywhere.

        Rules about addresses name many parties alike, so what they come to is kept.
        """
        common, own = self._naming(party)
        key = (tuple(map(id, common)), asked, near, everywhere)
        below = self._shared.get(key)
        if below is None:
            if len(self._shared) >= _SHARED:
                self._shared.clear()
            nothing = _Overlay(self._atoms, [(asked, everywhere)], {})
            below = self._shared[key] = nothing.under(common, asked, near)
        return below.under(own, asked, near) if own else below

    def _naming(self, party: int) -> _Naming:
        block, place = divmod(party, _BLOCK)
        found = self._blocks.get(block)
        if found is None:
            found = self._blocks[block] = self._look_up(block * _BLOCK)
            self._kept += _size(found)
            while self._kept > _KEPT and len(self._blocks) > 1:
                self._kept -= _size(self._blocks.pop(next(iter(self._blocks))))
        return found[place]

    def _look_up(self, first: int) -> list[_Naming]:
        common: list[list[_Where]] = [[] for _ in range(_BLOCK)]
        own: list[list[_Where]] = [[] for _ in range(_BLOCK)]
        window = (1 << _BLOCK) - 1
        for who, where in self.entries.items():
            if named := bits_of(who >> first & window):
                naming = common if who.bit_count() > _MANY else own
                for number in named:
                    naming[number].append(where)
        return [_Naming(tuple(many), tuple(few)) for many, few in zip(common, own, strict=True)]


def _size(block: Iterable[_Naming]) -> int:
    return sum(len(naming.common) + len(naming.own) for naming in block)


def _divided(parts: Iterable[Entry], atoms: int, faces: int) -> Iterable[Entry]:
    for mask, below in parts:
        if inside := mask & atoms:
            yield inside, below | faces
        if outside := mask & ~atoms:
            yield outside, below


def _add(where: _Where, atoms: int, faces: int) -> None:
    where[atoms] = where.get(atoms, 0) | faces


def _by_guards(faces: Faces, roads: Roads) -> dict[Guards, int]:
    """The guarded faces by their guards."""
    found: defaultdict[Guards, list[int]] = defaultdict(list)
    for face in faces.faces:
        if guards := roads.guards[face.interface.node]:
            found[guards].append(face.bit)
    return {guards: bits(numbers, faces.size) for guards, numbers in found.items()}
