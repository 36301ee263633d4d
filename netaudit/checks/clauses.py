"""What every rule is made of: clauses, each one sentence about all pairs of two selections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from netaudit.flows import CLAIMED, Traffic
from netaudit.queries.selector_syntax import Selector, Word


class Sense(Enum):
    """What a clause says of its traffic `T` and every pair of its two sides."""

    NEVER = "never"  # nothing of T passes, between no pair
    ALWAYS = "always"  # all of T passes, between every pair
    SOMEWHERE = "somewhere"  # each point of T passes between some pair


@dataclass(frozen=True, slots=True)
class Allowed:
    """An exception to NEVER: this traffic may pass between these."""

    sources: Selector
    destinations: Selector
    traffic: Traffic


class Since(Enum):
    """What an exception for what passed before a change makes of values that are unknown on both sides."""

    ANY = "any"  # they may be others than before
    SAME = "same"  # a flow whose bounds and unknowns are those of before is the flow of before


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence. `without` are endpoints that are taken out of the network before it is judged.

    With `since`, what passed at the base of the change is excepted as well.
    """

    sense: Sense
    sources: Selector
    destinations: Selector
    traffic: Traffic
    allowed: tuple[Allowed, ...] = ()
    without: Selector | None = None
    since: Since | None = None

    @property
    def selectors(self) -> Iterator[Selector]:
        """Every selector in it."""
        yield from (self.sources, self.destinations)
        yield from (side for each in self.allowed for side in (each.sources, each.destinations))
        yield from [self.without] if self.without is not None else []


@dataclass(frozen=True, slots=True)
class Partition:
    """Every endpoint of `over` belongs to exactly one of the zones (all that are declared, where none is named)."""

    over: Selector
    zones: tuple[str, ...]

    @property
    def selectors(self) -> Iterator[Selector]:
        """Every selector in it."""
        yield self.over
        yield from (Word(f"zone/{name}", quoted=False) for name in self.zones)


@dataclass(frozen=True, slots=True)
class DefaultDeny:
    """What does not exist yet exchanges nothing but `allowed`, on these sides of the namespaces whose names match."""

    namespaces: tuple[str, ...]
    exempt: tuple[str, ...]
    sides: tuple[str, ...]
    allowed: Traffic

    @property
    def selectors(self) -> Iterator[Selector]:
        """The namespaces as groups, with or without the name of their source."""
        yield from (Word(f"ns/{prefix}{name}", quoted=False) for name in self.namespaces for prefix in ("", "*::"))


@dataclass(frozen=True, slots=True)
class NoDeadRule:
    """Every written rule of these holders changes something; one that lets flows pass a `declared` one, if any is."""

    holders: tuple[str, ...]
    exempt: tuple[str, ...]
    declared: tuple[Allowed, ...]

    @property
    def selectors(self) -> Iterator[Selector]:
        """Everything, since a rule may be there for anybody; and the sides of what is declared."""
        yield Word("*", quoted=False)
        yield from (side for each in self.declared for side in (each.sources, each.destinations))


@dataclass(frozen=True, slots=True)
class Survival:
    """Each point of the traffic passes between some pair, whichever `count` of these kinds of things are lost.

    `among` are patterns of their keys.
    """

    sources: Selector
    destinations: Selector
    traffic: Traffic
    losing: tuple[str, ...]
    count: int
    among: tuple[str, ...]

    @property
    def selectors(self) -> Iterator[Selector]:
        """Both sides."""
        yield from (self.sources, self.destinations)


Sentence = Clause | Partition | DefaultDeny | NoDeadRule | Survival  # what a rule may be made of


def judged(traffic: Traffic) -> Traffic:
    """The protocols that a rule about this traffic speaks of: TCP, UDP, SCTP, and those that it names besides."""
    besides = (Traffic.named(name) for name in ("icmp", "icmpv6", "other"))
    return Traffic.union((CLAIMED, *(each for each in besides if each.overlaps(traffic))))
