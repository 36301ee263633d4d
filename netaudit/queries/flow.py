"""`Flow`: one line of an answer, whatever was asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netaudit.engine.solve import Bounds
from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Unknown


class Relation(StrEnum):
    """The three relations called "reach" (contract): they are named everywhere and never mixed."""

    DIRECT = "direct"
    FORWARDED = "forwarded"
    PIVOT = "pivot"


@dataclass(frozen=True, slots=True)
class Flow:
    """What may pass from one endpoint to another under one relation.

    `through` lists the proxies of a forwarded flow, `dialled` is what the client dials at the first of them.
    """

    source: str
    destination: str
    bounds: Bounds
    depends_on: tuple[Unknown, ...] = ()
    through: tuple[str, ...] = ()
    dialled: Traffic = NO_TRAFFIC

    @property
    def certain(self) -> Traffic:
        """A lower bound of what passes."""
        return self.bounds.certain

    @property
    def possible(self) -> Traffic:
        """An upper bound of what passes."""
        return self.bounds.possible
