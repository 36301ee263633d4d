"""Sets of pairs: unions of boxes `left × right`, in one canonical form.

A `Product` maps disjoint left parts to pairwise different right parts: the left part of a row is *all* points
that see exactly that right part, and the rows are sorted. This form is unique for a given set of pairs, so equal
sets are `==`, hash alike and print alike.
Nesting gives more dimensions: `Product[AddressSet, Product[AddressSet, Traffic]]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar


class SetLike(Protocol):
    """What a dimension must offer: a boolean algebra, hashable, falsy when empty, in some total order."""

    def __or__(self, other: Any, /) -> Self: ...
    def __and__(self, other: Any, /) -> Self: ...
    def __sub__(self, other: Any, /) -> Self: ...
    def __lt__(self, other: Any, /) -> bool: ...
    def __bool__(self) -> bool: ...
    def __hash__(self) -> int: ...


A = TypeVar("A", bound=SetLike)
B = TypeVar("B", bound=SetLike)


@dataclass(frozen=True, slots=True)
class Product(Generic[A, B]):
    """A finite union of boxes. Build with `of((left, right), …)`; an empty side makes an empty box."""

    rows: tuple[tuple[A, B], ...] = ()

    @classmethod
    def of(cls, *boxes: tuple[A, B]) -> Product[A, B]:
        """The union of boxes, which may overlap."""
        cells: list[tuple[A, B]] = []
        for left, right in boxes:
            if left and right:
                cells = list(_overlay(cells, left, right))
        return cls(_merged(cells))

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __lt__(self, other: Product[A, B]) -> bool:
        """An arbitrary but fixed total order, for sorted output."""
        return self.rows < other.rows

    def __or__(self, other: Product[A, B]) -> Product[A, B]:
        return Product.of(*self.rows, *other.rows)

    def __and__(self, other: Product[A, B]) -> Product[A, B]:
        return Product(_merged((a & c, b & d) for a, b in self.rows for c, d in other.rows if a & c and b & d))

    def __sub__(self, other: Product[A, B]) -> Product[A, B]:
        cells = list(self.rows)
        for left, right in other.rows:
            cells = list(_carve(cells, left, right))
        return Product(_merged(cells))

    def __le__(self, other: Product[A, B]) -> bool:
        """Subset."""
        return not self - other

    def at(self, left: A) -> B | None:
        """What every point of `left` sees, or None when its points differ or see nothing."""
        for part, right in self.rows:
            if not left - part:
                return right
        return None


def _overlay(cells: Iterable[tuple[A, B]], left: A, right: B) -> Iterator[tuple[A, B]]:
    """Add one box to disjoint cells, keeping them disjoint."""
    rest = left
    for part, seen in cells:
        inside = part & left
        if inside:
            yield (inside, seen | right)
            rest = rest - part
        if outside := part - left:
            yield (outside, seen)
    if rest:
        yield (rest, right)


def _carve(cells: Iterable[tuple[A, B]], left: A, right: B) -> Iterator[tuple[A, B]]:
    """Take one box out of disjoint cells."""
    for part, seen in cells:
        inside = part & left
        if inside and (kept := seen - right):
            yield (inside, kept)
        if outside := part - left:
            yield (outside, seen)


def _merged(cells: Iterable[tuple[A, B]]) -> tuple[tuple[A, B], ...]:
    """One row for each different right part, sorted by the left parts: disjoint, so never equal."""
    rows: dict[B, A] = {}
    for left, right in cells:
        rows[right] = rows[right] | left if right in rows else left
    return tuple(sorted((left, right) for right, left in rows.items()))
