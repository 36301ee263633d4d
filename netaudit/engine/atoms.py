"""Atoms of traffic: sets of points that no rule tells apart, so that a set of traffic is a few bits.

The line of traffic is cut where any set of traffic in use begins or ends; cells that lie in the same sets are one
atom, wherever they are. A mask is an integer with bit `i` set for atom `i`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from netaudit.flows import ANY, Traffic

_SPARSE = 24  # up to so many bits, taking them off one by one is quicker than spelling the number out


def bits_of(mask: int) -> list[int]:
    """The positions of the bits that are set, in ascending order."""
    if mask.bit_count() > _SPARSE:
        return _spelled(f"{mask:b}"[::-1])
    found: list[int] = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _spelled(digits: str) -> list[int]:
    found: list[int] = []
    place = digits.find("1")
    while place >= 0:
        found.append(place)
        place = digits.find("1", place + 1)
    return found


class Atoms:
    """The atoms that the given sets of traffic cut all traffic into, in the order of their first points."""

    def __init__(self, traffics: Iterable[Traffic]) -> None:
        distinct = dict.fromkeys((ANY, *traffics))
        self._starts, self._atom_of, self._cells = _cells(distinct)
        self.everything = (1 << len(self._cells)) - 1
        self._masks: dict[Traffic, int] = {}
        self._traffics: dict[int, Traffic] = {}
        self._members: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def mask(self, traffic: Traffic) -> int:
        """The atoms that meet the traffic: exactly it, if it is one of the sets or made of some of them."""
        found = self._masks.get(traffic)
        if found is None:
            met = {atom for run in traffic.runs for atom in self._met(*run) if atom >= 0}
            found = self._masks[traffic] = sum(1 << atom for atom in met)
        return found

    def _met(self, first: int, last: int) -> list[int]:
        low = bisect_right(self._starts, first) - 1
        return self._atom_of[max(low, 0) : bisect_right(self._starts, last)]

    def traffic(self, mask: int) -> Traffic:
        """The traffic of some atoms; equal masks give the same object."""
        found = self._traffics.get(mask)
        if found is None:
            found = self._traffics[mask] = Traffic.union(self._cells[atom] for atom in bits_of(mask))
        return found

    def members(self, mask: int) -> tuple[int, ...]:
        """The numbers of the atoms of a mask."""
        found = self._members.get(mask)
        if found is None:
            found = self._members[mask] = tuple(bits_of(mask))
        return found


def _cells(traffics: Iterable[Traffic]) -> tuple[list[int], list[int], list[Traffic]]:
    """The cells' starts, the atom of each cell (-1: no traffic at all), and the traffic of each atom."""
    toggled: defaultdict[int, int] = defaultdict(int)
    for index, traffic in enumerate(traffics):
        for first, last in traffic.runs:
            toggled[first] ^= 1 << index
            toggled[last + 1] ^= 1 << index
    starts = sorted(toggled)
    numbers: dict[int, int] = {}
    runs: list[list[tuple[int, int]]] = []
    atom_of: list[int] = []
    inside = 0
    for index, start in enumerate(starts):
        inside ^= toggled[start]
        if not inside & 1:  # the first set is all traffic: what is outside of it is nothing
            atom_of.append(-1)
            continue
        atom = numbers.setdefault(inside, len(numbers))
        if atom == len(runs):
            runs.append([])
        runs[atom].append((start, starts[index + 1] - 1))
        atom_of.append(atom)
    return starts, atom_of, [Traffic.of(*each) for each in runs]
