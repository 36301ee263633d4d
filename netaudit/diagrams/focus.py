"""The neighbourhood of some endpoints: the flows that begin or end there, and those of the neighbours in turn.

Blocks of addresses outside the model are neighbours of nearly everybody: they are shown, but never passed through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from netaudit.model import Endpoint
from netaudit.queries.flow import Flow


class Direction(StrEnum):
    """Whose flows count: those into a place, those out of it, or both."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Focus:
    """What to look at: `text` says it in words, `ids` are the endpoints at the centre, `depth` counts flows."""

    text: str
    ids: frozenset[str]
    depth: int = 1
    direction: Direction = Direction.BOTH

    def __str__(self) -> str:
        way = "" if self.direction is Direction.BOTH else f", {self.direction}wards only"
        return f"around {self.text}, depth {self.depth}{way}"


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What a focus leaves: the flows that it follows, and the endpoints that these touch."""

    flows: tuple[Flow, ...]
    ids: frozenset[str]


def neighbourhood(by_id: Mapping[str, Endpoint], flows: Iterable[Flow], focus: Focus) -> Neighbourhood:
    """Follow flows from the centre, `depth` of them in a row; never there and back in one chain."""
    listed = tuple(flows)
    kept: set[int] = set()
    ids = set(focus.ids)
    for inward in (True, False):
        if focus.direction is not (Direction.OUT if inward else Direction.IN):
            found, touched = _followed(by_id, listed, focus, inward=inward)
            kept |= found
            ids |= touched
    return Neighbourhood(tuple(listed[index] for index in sorted(kept)), frozenset(ids))


def _followed(
    by_id: Mapping[str, Endpoint], flows: tuple[Flow, ...], focus: Focus, *, inward: bool
) -> tuple[set[int], set[str]]:
    """The flows, by their place in the list, that lead to the centre (or from it), and whom they touch."""
    at: dict[str, list[int]] = defaultdict(list)
    for index, flow in enumerate(flows):
        at[flow.destination if inward else flow.source].append(index)
    kept: set[int] = set()
    touched = set(focus.ids)
    here = set(focus.ids)
    for _ in range(focus.depth):
        found = {index for each in here for index in at[each]}
        kept |= found
        ends = {flows[index].source if inward else flows[index].destination for index in found} - touched
        touched |= ends
        here = {each for each in ends if not by_id[each].external}
    return kept, touched
