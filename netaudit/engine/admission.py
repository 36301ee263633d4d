"""Who is let in where: the guards of all faces, turned round from *destination: who may* to *source: where to*.

A guard is a policy that decides about sources. Most are unions of allow rules, and most of those name few and the
same peers; so all guards together are a table of (who, traffic, where), and the row of a source is the union of the
entries that name it. Rows are looked up in blocks of sources, so that memory is bounded by one block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy

from netaudit.engine.atoms import Atoms, bits_of
from netaudit.engine.decisions import Decisions, Grant
from netaudit.engine.faces import Faces, bits
from netaudit.engine.relation import Relation, meet
from netaudit.engine.roads import Guards, Roads
from netaudit.model import Policy

_FEW = 4  # atoms of an entry that is laid on top atom by atom
_BLOCK = 256  # sources whose entries are looked up together
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
        self._may = _Table(may)
        self._must = _Table(must)

    def edited(self, changed: Mapping[Policy, Policy]) -> Admission:
        """The same with some guards replaced. A face has one tuple of guards, so what they grant is its own."""
        all_guarded = dict(self._guarded)
        may, must = dict(self._may.entries), dict(self._must.entries)
        for guards, guarded in self._guarded.items():
            if changed.keys().isdisjoint(guards):
                continue
            fresh = tuple(changed.get(guard, guard) for guard in guards)
            all_guarded[fresh] = all_guarded.pop(guards)
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
        vars(found).update(_guarded=all_guarded, _may=_Table(may), _must=_Table(must))
        return found

    def _grants(self, guards: Guards) -> Iterable[Grant]:
        if len(guards) == 1:
            return self._decisions.grants(guards[0])
        first, *others = (self._decisions.relation(guard) for guard in guards)
        for other in others:
            first = meet(first, other)
        return (Grant(*cell) for cell in first)

    def row(self, party: int, asked: int, among: int) -> Relation:
        """The faces among some that admit the party, for the asked atoms."""
        sure = self._overlaid(_by_atoms(self._must.naming(party), asked, among), asked, self._free & among)
        unsure = self._overlaid(_by_atoms(self._may.naming(party), asked, among), asked, 0)
        return tuple(
            (mask, known | maybe if maybe else known, known)
            for atoms, known in sure
            for others, maybe in unsure
            if (mask := atoms & others) and (known or maybe)
        )

    def _overlaid(self, entries: _Where, asked: int, everywhere: int) -> list[Entry]:
        """The union of entries that overlap, on top of what holds for all atoms, as disjoint entries.

        Entries of many atoms divide everything into a few parts; those of few atoms are laid on top, one by one.
        """
        parts = [(asked, everywhere)]
        few: dict[int, int] = {}
        for atoms, faces in entries.items():
            if atoms.bit_count() > _FEW:
                parts = list(_divided(parts, atoms, faces))
                continue
            for atom in self._atoms.members(atoms):
                few[atom] = few.get(atom, 0) | faces
        found: list[Entry] = []
        taken = 0
        for atom, faces in few.items():
            bit = 1 << atom
            taken |= bit
            found.append((bit, faces | next(below for atoms, below in parts if atoms & bit)))
        return found + [(rest, faces) for atoms, faces in parts if (rest := atoms & ~taken)]


class _Table:
    """Who is admitted where, to be looked up by party."""

    def __init__(self, entries: Mapping[int, _Where]) -> None:
        self.entries = entries
        self._blocks: dict[int, list[list[_Where]]] = {}
        self._kept = 0

    def naming(self, party: int) -> list[_Where]:
        """The entries that name a party."""
        block, place = divmod(party, _BLOCK)
        naming = self._blocks.get(block)
        if naming is None:
            naming = self._blocks[block] = self._look_up(block * _BLOCK)
            self._kept += sum(map(len, naming))
            while self._kept > _KEPT and len(self._blocks) > 1:
                self._kept -= sum(map(len, self._blocks.pop(next(iter(self._blocks)))))
        return naming[place]

    def _look_up(self, first: int) -> list[list[_Where]]:
        found: list[list[_Where]] = [[] for _ in range(_BLOCK)]
        window = (1 << _BLOCK) - 1
        for who, where in self.entries.items():
            for number in bits_of(who >> first & window):
                found[number].append(where)
        return found


def _by_atoms(entries: Iterable[_Where], asked: int, among: int) -> _Where:
    found: _Where = {}
    for where in entries:
        for atoms, faces in where.items():
            if (mask := atoms & asked) and (near := faces & among):
                found[mask] = found.get(mask, 0) | near
    return found


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
