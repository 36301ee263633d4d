"""`Picked`: what a selector picks in one estate, as a set that can be combined and shown.

    payments = estate["ns/payments"]
    estate.reach(estate.internet, payments | estate["label:tier=data"])

A picked set is its selector and knows who that is: `&`, `|`, `-` and `~` make selectors of selectors, and every
question takes it where it takes text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from netaudit.model import Endpoint
from netaudit.queries.tabular import Row, Tabular, placed


@dataclass(frozen=True, repr=False)
class Picked(Tabular):
    """The endpoints that the selector `text` picks, sorted by id; of those not in `certain` it is not sure."""

    text: str
    endpoints: tuple[Endpoint, ...]
    certain: frozenset[str]
    pick: Callable[[str], Picked] = field(compare=False)

    columns = ("id", "kind", "addresses", "certain", "file", "line")

    def __str__(self) -> str:
        return self.text

    def __len__(self) -> int:
        return len(self.endpoints)

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self.endpoints)

    def __contains__(self, endpoint: object) -> bool:
        return endpoint in {each.id for each in self.endpoints} or endpoint in self.endpoints

    def __and__(self, other: Picked | str) -> Picked:
        return self.pick(f"({self}) & ({other})")

    def __or__(self, other: Picked | str) -> Picked:
        return self.pick(f"({self}) | ({other})")

    def __sub__(self, other: Picked | str) -> Picked:
        return self.pick(f"({self}) & !({other})")

    def __invert__(self) -> Picked:
        return self.pick(f"!({self})")

    def rows(self) -> list[Row]:
        """One row an endpoint; addresses as text."""
        return [
            {
                "id": each.id,
                "kind": each.kind,
                "addresses": ", ".join(each.shown),
                "certain": each.id in self.certain,
                **placed(each.origin),
            }
            for each in self.endpoints
        ]

    def headline(self) -> str:
        """The selector, and how many it picks."""
        return f"{self.text}: {len(self)} endpoints"


@dataclass(frozen=True, repr=False)
class Problems(Tabular):
    """What could not be read or is not modelled, as rows: what it is, where, and how far it touches answers."""

    found: tuple[Row, ...]

    columns = ("code", "severity", "effect", "message", "file", "line")

    def rows(self) -> list[Row]:
        """One row a diagnostic."""
        return list(self.found)

    def headline(self) -> str:
        """How many there are."""
        return f"{len(self.found)} diagnostics"
