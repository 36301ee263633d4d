"""Sets of integers as intervals: the one set algebra that addresses and traffic are made of.

An `IntervalSet` is a subset of a finite line of integers, `0 … TOP`. It is stored as its maximal runs: sorted,
disjoint, and never touching (a run ends at least two below the start of the next). That form is unique, so
equal sets are `==`, hash alike and print alike. Every operation is one merge over the runs of both operands;
no integer is ever enumerated.

Addresses and traffic are subclasses: each lays its families or protocols one after another on the same line,
so that union, difference and complement need no case analysis at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import ClassVar, Self

Run = tuple[int, int]


class IntervalSet:
    """An immutable subset of `0 … TOP`.

    Build one with `of((first, last), …)`; the ranges are inclusive and may come in any order and overlap.
    """

    __slots__ = ("_hash", "runs")

    TOP: ClassVar[int] = (1 << 130) - 1
    runs: tuple[Run, ...]

    def __init__(self, runs: tuple[Run, ...] = ()) -> None:
        """`runs` must be canonical already; `of` accepts anything."""
        object.__setattr__(self, "runs", runs)
        object.__setattr__(self, "_hash", hash(runs))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Run, ...]]]:
        return (type(self), (self.runs,))

    # ---- building -------------------------------------------------------------------------------------

    @classmethod
    def of(cls, *ranges: Run) -> Self:
        """The union of inclusive ranges. Raises ValueError on an empty or an out-of-line range."""
        for first, last in ranges:
            if not 0 <= first <= last <= cls.TOP:
                raise ValueError(f"not a range within 0-{cls.TOP}: {first}-{last}")
        return cls(_canonical(sorted(ranges)))

    @classmethod
    def nothing(cls) -> Self:
        """The empty set."""
        return cls(())

    @classmethod
    def everything(cls) -> Self:
        """The whole line."""
        return cls(((0, cls.TOP),))

    @classmethod
    def union(cls, sets: Iterable[Self]) -> Self:
        """The union of many sets, in one pass over all their runs."""
        return cls(_canonical(sorted(run for each in sets for run in each.runs)))

    # ---- asking ---------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        return bool(self.runs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntervalSet) and type(self) is type(other) and self.runs == other.runs

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined, no-any-return]

    def __lt__(self, other: Self) -> bool:
        """An arbitrary but fixed total order, for sorted output."""
        return self.runs < other.runs

    def __contains__(self, point: int) -> bool:
        index = bisect_right(self.runs, (point, self.TOP)) - 1
        return index >= 0 and self.runs[index][0] <= point <= self.runs[index][1]

    def __le__(self, other: Self) -> bool:
        """Subset."""
        return not self - other

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"

    def __str__(self) -> str:
        return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in self.runs) or "nothing"

    @property
    def size(self) -> int:
        """How many integers it holds."""
        return sum(last - first + 1 for first, last in self.runs)

    @property
    def least(self) -> int:
        """Its smallest member. Raises ValueError when empty."""
        if not self.runs:
            raise ValueError("the empty set has no member")
        return self.runs[0][0]

    def overlaps(self, other: Self) -> bool:
        """Whether the two have a member in common, without building the intersection."""
        mine, theirs, i, j = self.runs, other.runs, 0, 0
        while i < len(mine) and j < len(theirs):
            if mine[i][1] < theirs[j][0]:
                i += 1
            elif theirs[j][1] < mine[i][0]:
                j += 1
            else:
                return True
        return False

    # ---- combining ------------------------------------------------------------------------------------

    def __or__(self, other: Self) -> Self:
        if not other.runs or self.runs == other.runs:
            return self
        if not self.runs:
            return other
        return type(self)(_canonical(sorted(self.runs + other.runs)))

    def __and__(self, other: Self) -> Self:
        mine, theirs, i, j = self.runs, other.runs, 0, 0
        if not mine or not theirs:
            return other if mine else self
        if mine == theirs or _covers(theirs, mine):
            return self
        if _covers(mine, theirs):
            return other
        shared: list[Run] = []
        while i < len(mine) and j < len(theirs):
            (start, end), (first, last) = mine[i], theirs[j]
            if start <= last and first <= end:
                shared.append((start if start > first else first, end if end < last else last))
            if end < last:
                i += 1
            else:
                j += 1
        return type(self)(tuple(shared))

    def __invert__(self) -> Self:
        """The complement within `0 … TOP`."""
        gaps: list[Run] = []
        start = 0
        for first, last in self.runs:
            if start < first:
                gaps.append((start, first - 1))
            start = last + 1
        if start <= self.TOP:
            gaps.append((start, self.TOP))
        return type(self)(tuple(gaps))

    def __sub__(self, other: Self) -> Self:
        mine, theirs = self.runs, other.runs
        if not mine or not theirs or theirs[-1][1] < mine[0][0] or mine[-1][1] < theirs[0][0]:
            return self
        left: list[Run] = []
        j = 0
        for first, last in mine:
            start = first
            while j < len(theirs) and theirs[j][0] <= last:
                low, high = theirs[j]
                if start < low:
                    left.append((start, low - 1))
                start = max(start, high + 1)
                if high > last:
                    break  # it reaches into what comes next
                j += 1
            if start <= last:
                left.append((start, last))
        return type(self)(tuple(left))


def _covers(outer: tuple[Run, ...], inner: tuple[Run, ...]) -> bool:
    """Whether one run holds all of some others, as the whole line does; neither is empty."""
    return len(outer) == 1 and outer[0][0] <= inner[0][0] and inner[-1][1] <= outer[0][1]


def _canonical(ordered: list[Run]) -> tuple[Run, ...]:
    """Join sorted runs that overlap or touch."""
    joined: list[Run] = []
    for first, last in ordered:
        if joined and first <= joined[-1][1] + 1:
            if last > joined[-1][1]:
                joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)
