"""`Secrets`: address sets that were written as sensitive, and what would give them away.

A set is hidden when it lies in a secret one, or begins or ends where a secret one does: the neighbours of a secret
block, and all that is left beside it, say as much as the block. Bounds that everybody knows do not count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from netaudit.flows import NOT_PUBLIC, AddressSet

SENSITIVE = "(sensitive)"


def _bounds(sets: Iterable[AddressSet]) -> frozenset[int]:
    return frozenset(bound for each in sets for first, last in each.runs for bound in (first, last + 1))


_KNOWN = _bounds([NOT_PUBLIC])


@dataclass(frozen=True)
class Secrets:
    """The sets that must not be printed."""

    sets: frozenset[AddressSet] = frozenset()

    def __or__(self, other: Secrets) -> Secrets:
        return Secrets(self.sets | other.sets)

    @cached_property
    def _own(self) -> frozenset[int]:
        return _bounds(self.sets) - _KNOWN

    @cached_property
    def _ordered(self) -> list[int]:
        return sorted(_bounds(self.sets))

    def touch(self, addresses: AddressSet) -> bool:
        """Whether a secret set begins or ends where these do."""
        return bool(self.sets) and bool(_bounds([addresses]) & self._own)

    def hides(self, addresses: AddressSet) -> bool:
        """Whether to print these addresses outside would give a secret away."""
        return self.touch(addresses) or any(addresses <= each for each in self.sets)

    def hides_rest(self, base: AddressSet, rest: AddressSet) -> bool:
        """Whether what is left of a base would, since something secret was taken out of it."""
        taken = (each & base for each in self.sets)
        return self.touch(rest) or any(each and not each.overlaps(rest) for each in taken)

    def number(self, addresses: AddressSet) -> int:
        """A number that a hidden set may be called by: how many bounds of secret sets lie before it."""
        return bisect_right(self._ordered, addresses.runs[0][0])


NO_SECRETS = Secrets()
