"""What is the same thing in two sources, as an assumptions file says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Join:
    """Ids of one thing, each as the contract writes it (`prod::aws_vpc.main`), and where that is said."""

    ids: tuple[str, ...]
    place: str = ""
