"""Who is let in where: the guards of all faces, turned round from *destination: who may* to *source: where to*.

A guard is a policy that decides about sources. Most are unions of allow rules, and most of those name few and the
same peers; so all guards together are a table of (who, traffic, where), and the row of a source is the union of the
entries that name it. Rows are looked up in blocks of sources, so that memory is bounded by one block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from netaudit.engine.atoms import bits_of
from netaudit.engine.decisions import Decisions, Grant
from netaudit.engine.faces import Faces, bits
from netaudit.engine.relation import Cell, Relation, gathered, meet
from netaudit.engine.roads import Guards, Roads

_FEW = 4  # atoms of a cell that is laid on top atom by atom
_BLOCK = 256  # sources whose entries are looked up together

_Where = dict[int, int]  # atoms → faces


class Admission:
    """What guards admit from each party, by its bit."""

    def __init__(self, faces: Faces, decisions: Decisions, roads: Roads) -> None:
        self._decisions = decisions
        may: defaultdict[int, _Where] = defaultdict(dict)
        must: defaultdict[int, _Where] = defaultdict(dict)
        self._free = faces.doors
        for guards, guarded in _by_guards(faces, roads).items():
            self._free &= ~guarded
            for granted, some, every in self._grants(guards):
                if some != every:  # what must pass may pass, and need not be said twice
                    _add(may[some], granted, guarded)
                if every:
                    _add(must[every], granted, guarded)
        self._may = _Table(may)
        self._must = _Table(must)

    def _grants(self, guards: Guards) -> Iterable[Grant]:
        if len(guards) == 1:
            return self._decisions.grants(guards[0])
        first, *others = (self._decisions.relation(guard) for guard in guards)
        for other in others:
            first = meet(first, other)
        return (Grant(*cell) for cell in first)

    def row(self, party: int, asked: int) -> Relation:
        """The faces that admit the party, for the asked atoms."""
        entries = [(atoms, faces, 0) for atoms, faces in _by_atoms(self._may.naming(party), asked).items()]
        entries += [(atoms, faces, faces) for atoms, faces in _by_atoms(self._must.naming(party), asked).items()]
        return gathered(_overlaid(entries, (asked, self._free, self._free)))


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


def _by_atoms(entries: Iterable[_Where], asked: int) -> _Where:
    found: _Where = {}
    for where in entries:
        for atoms, faces in where.items():
            if mask := atoms & asked:
                found[mask] = found.get(mask, 0) | faces
    return found


def _overlaid(entries: Iterable[Cell], everywhere: Cell) -> Iterable[Cell]:
    """The union of cells that overlap, on top of one that covers all, as disjoint cells.

    Cells of many atoms divide everything into a few parts; those of few atoms are laid on top, atom by atom.
    """
    parts = [everywhere]
    few: dict[int, tuple[int, int]] = {}
    for atoms, may, must in entries:
        if atoms.bit_count() <= _FEW:
            for atom in bits_of(atoms):
                known = few.get(atom, (0, 0))
                few[atom] = (known[0] | may, known[1] | must)
        else:
            parts = list(_divided(parts, (atoms, may, must)))
    taken = 0
    for atom, (may, must) in few.items():
        taken |= 1 << atom
        below = next(part for part in parts if part[0] >> atom & 1)
        yield 1 << atom, below[1] | may, below[2] | must
    yield from ((atoms & ~taken, may, must) for atoms, may, must in parts)


def _divided(parts: Iterable[Cell], cell: Cell) -> Iterable[Cell]:
    atoms, may, must = cell
    for mask, some, every in parts:
        if inside := mask & atoms:
            yield inside, some | may, every | must
        if outside := mask & ~atoms:
            yield outside, some, every


def _add(where: _Where, atoms: int, faces: int) -> None:
    where[atoms] = where.get(atoms, 0) | faces


def _by_guards(faces: Faces, roads: Roads) -> dict[Guards, int]:
    """The guarded faces by their guards."""
    found: defaultdict[Guards, list[int]] = defaultdict(list)
    for face in faces.faces:
        if guards := roads.guards[face.interface.node]:
            found[guards].append(face.bit)
    return {guards: bits(numbers, faces.size) for guards, numbers in found.items()}
