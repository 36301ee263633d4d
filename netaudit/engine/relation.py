"""Relations between traffic and parties, as bits: for each of some disjoint groups of atoms, who may and who must.

A relation is a tuple of cells `(atoms, may, must)`: `atoms` is a mask of `Atoms`, `may` and `must` are sets of
parties (or endpoints, or classes) with one bit each, and `must ⊆ may`; where they are equal they are mostly one object,
which saves half of the work. Atoms that no cell names have nobody. Filters only ever take away, so going along a way is
`meet`, and having several ways is `join`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Cell = tuple[int, int, int]
Relation = tuple[Cell, ...]

NOBODY: Relation = ()
_SAME = -1  # stands for `must` where it is `may`; no set of parties is it


def gathered(cells: Iterable[Cell]) -> Relation:
    """Disjoint cells with equal sets put together; cells without anybody left out."""
    atoms: dict[tuple[int, int], list[int]] = {}
    for mask, may, must in cells:
        if may and mask:  # most of the time goes into hashing the sets: one look-up for each cell, equal ones once
            atoms.setdefault((may, _SAME if must == may else must), [0])[0] |= mask
    return tuple((mask, may, may if must == _SAME else must) for (may, must), (mask,) in atoms.items())


def meet(left: Relation, right: Relation) -> Relation:
    """Who is in both."""
    return gathered(crossed(left, right))


def crossed(left: Relation, right: Relation) -> Relation:
    """The same, without looking for equal sets: where there are none, looking costs more than it gains."""
    found: list[Cell] = []
    for atoms, may, must in left:
        for other, other_may, other_must in right:
            if (mask := atoms & other) and (both := may & other_may):
                sure = both if must is may and other_must is other_may else must & other_must
                found.append((mask, both, sure))
    return tuple(found)


def join(left: Relation, right: Relation) -> Relation:
    """Who is in either."""
    if not left or not right:
        return left or right
    return gathered(_overlaid(left, right))


def _overlaid(left: Relation, right: Relation) -> Iterable[Cell]:
    covered = 0
    for atoms, may, must in left:
        covered |= atoms
        rest = atoms
        for other, other_may, other_must in right:
            if mask := atoms & other:
                yield mask, may | other_may, must | other_must
                rest &= ~other
        yield rest, may, must
    for other, may, must in right:
        yield other & ~covered, may, must


def within(relation: Relation, members: int) -> Relation:
    """Only these parties."""
    return gathered(
        (atoms, left := may & members, left if must is may else must & members) for atoms, may, must in relation
    )


def clipped(relation: Relation, asked: int) -> Relation:
    """Only these atoms."""
    return tuple((mask, may, must) for atoms, may, must in relation if (mask := atoms & asked))


def doubted(relation: Relation) -> Relation:
    """The same, but nothing of it certain."""
    return gathered((atoms, may, 0) for atoms, may, _ in relation)


def mapped(relation: Relation, change: Callable[[int], int]) -> Relation:
    """Every set of parties replaced."""
    return gathered(
        (atoms, changed := change(may), changed if must is may else change(must)) for atoms, may, must in relation
    )


def anyone(relation: Relation) -> int:
    """Who may for some atom."""
    found = 0
    for _, may, _ in relation:
        found |= may
    return found
