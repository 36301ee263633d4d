"""What may flow between two endpoints, as exact bounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from netaudit.flows import ANY, NO_TRAFFIC, Traffic


@dataclass(frozen=True, slots=True)
class Bounds:
    """What certainly flows, what possibly flows, and what TCP is delivered without a possible reply.

    `certain ⊆ possible`; `one_way` is disjoint from `possible` and an upper bound.
    """

    certain: Traffic
    possible: Traffic
    one_way: Traffic = NO_TRAFFIC

    def __or__(self, other: Bounds) -> Bounds:
        possible = self.possible | other.possible
        one_way = (self.one_way | other.one_way) - possible
        return Bounds(self.certain | other.certain, possible, one_way)

    def __and__(self, traffic: Traffic) -> Bounds:
        return Bounds(self.certain & traffic, self.possible & traffic, self.one_way & traffic)

    def __bool__(self) -> bool:
        return bool(self.possible or self.one_way)

    @property
    def open(self) -> Traffic:
        """What hangs on an unknown."""
        return NO_TRAFFIC if self.certain is self.possible else _difference(self.possible, self.certain)


@lru_cache(maxsize=1 << 12)  # few kinds of bounds, many pairs that have them
def _difference(possible: Traffic, certain: Traffic) -> Traffic:
    return possible - certain


NOTHING = Bounds(NO_TRAFFIC, NO_TRAFFIC)
UNJOINED = Bounds(NO_TRAFFIC, ANY)  # nothing is known between realms that nothing joins
