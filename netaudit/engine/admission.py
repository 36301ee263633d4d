"""Who is let in where: the guards of all faces, turned round from *destination: who may* to *source: where to*.

A guard is a policy that decides about sources. Most are unions of allow rules, and most of those name few and the
same peers; so all guards together are a table of (who, traffic, where), and the row of a source is the union of the
entries that name it. Rows are looked up in blocks of sources, so that memory is bounded by one block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from netaudit.engine.atoms import Atoms, bits_of
from netaudit.engine.decisions import Decisions, Grant
from netaudit.engine.faces import Faces, bits
from netaudit.engine.relation import Relation, gathered, meet
from netaudit.engine.roads import Guards, Roads

_BLOCK = 256  # sources whose entries are looked up together

_Where = dict[int, int]  # atoms → faces


class Admission:
    """What guards admit from each party, by its bit."""

    def __init__(self, atoms: Atoms, faces: Faces, decisions: Decisions, roads: Roads) -> None:
        self._atoms = atoms
        self._decisions = decisions
        may: defaultdict[int, _Where] = defaultdict(dict)
        must: defaultdict[int, _Where] = defaultdict(dict)
        self._free = faces.doors
        for guards, guarded in _by_guards(faces, roads).items():
            self._free &= ~guarded
            for atoms_of_grant, some, every in self._grants(guards):
                _add(may[some], atoms_of_grant, guarded)
                if every:
                    _add(must[every], atoms_of_grant, guarded)
        self._may = _Table(may)
        self._must = self._may if may == must else _Table(must)

    def _grants(self, guards: Guards) -> Iterable[Grant]:
        if len(guards) == 1:
            return self._decisions.grants(guards[0])
        first, *others = (self._decisions.relation(guard) for guard in guards)
        for other in others:
            first = meet(first, other)
        return (Grant(*cell) for cell in first)

    def row(self, party: int, asked: int) -> Relation:
        """The faces that admit the party, for the asked atoms."""
        may = self._admitted(self._may, party, asked)
        must = may if self._must is self._may else self._admitted(self._must, party, asked)
        numbers = self._atoms.members(asked)
        return gathered((1 << n, some, every) for n, some, every in zip(numbers, may, must, strict=True))

    def _admitted(self, table: _Table, party: int, asked: int) -> list[int]:
        """For each asked atom the faces that admit the party."""
        found = dict.fromkeys(self._atoms.members(asked), self._free)
        for where in table.naming(party):
            for atoms, faces in where.items():
                for number in self._atoms.members(atoms & asked):
                    found[number] |= faces
        return list(found.values())


class _Table:
    """Who is admitted where, to be looked up by party."""

    def __init__(self, entries: Mapping[int, _Where]) -> None:
        self._entries = list(entries.items())
        self._block = -1
        self._naming: list[list[_Where]] = []

    def naming(self, party: int) -> list[_Where]:
        """The entries that name a party."""
        block, place = divmod(party, _BLOCK)
        if block != self._block:
            self._block, self._naming = block, self._look_up(block * _BLOCK)
        return self._naming[place]

    def _look_up(self, first: int) -> list[list[_Where]]:
        found: list[list[_Where]] = [[] for _ in range(_BLOCK)]
        window = (1 << _BLOCK) - 1
        for who, where in self._entries:
            for number in bits_of(who >> first & window):
                found[number].append(where)
        return found


def _add(where: _Where, atoms: int, faces: int) -> None:
    where[atoms] = where.get(atoms, 0) | faces


def _by_guards(faces: Faces, roads: Roads) -> dict[Guards, int]:
    """The guarded faces by their guards."""
    found: defaultdict[Guards, list[int]] = defaultdict(list)
    for face in faces.faces:
        if guards := roads.guards[face.interface.node]:
            found[guards].append(face.bit)
    return {guards: bits(numbers, faces.size) for guards, numbers in found.items()}
