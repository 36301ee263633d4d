"""The neighbourhood of some endpoints: the flows that begin or end there, and those of the neighbours in turn.

Blocks of addresses outside the model are neighbours of nearly everybody: they are shown, but never passed through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from netaudit.engine.atoms import bits_of
from netaudit.engine.faces import bits
from netaudit.model import Endpoint
from netaudit.queries.blocks import Block, Blocks
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
    """What a focus leaves: the flows that it follows, and the endpoints that these touch.

    Followed are all flows that begin in some sets, and all that end in some.
    """

    whole: Blocks
    ids: frozenset[str]
    begun: int
    ended: int

    @property
    def blocks(self) -> Blocks:
        """The flows that it follows."""
        found: list[Block] = []
        for bounds, sources, goals in self.whole.blocks:
            parts = ((sources & self.begun, goals), (sources & ~self.begun, goals & self.ended))
            found += [Block(bounds, *part) for part in parts if all(part)]
        return Blocks(self.whole.sets, found)

    def keeps(self, flow: Flow) -> bool:
        """Whether it follows one of the flows."""
        source, goal = (self.whole.place_of[each] for each in (flow.source, flow.destination))
        return bool(self.begun >> source & 1 or self.ended >> goal & 1)


def neighbourhood(by_id: Mapping[str, Endpoint], blocks: Blocks, focus: Focus) -> Neighbourhood:
    """Follow flows from the centre, `depth` of them in a row; never there and back in one chain."""
    blocks = blocks.apart(focus.ids)
    outside = bits((place for place, ids in enumerate(blocks.sets) if by_id[ids[0]].external), len(blocks.sets))
    centre = bits({blocks.place_of[each] for each in focus.ids if each in blocks.place_of}, len(blocks.sets))
    followed = {Direction.IN: 0, Direction.OUT: 0}
    near = centre
    for direction in followed:
        if focus.direction in (direction, Direction.BOTH):
            followed[direction], touched = _followed(blocks, centre, outside, focus.depth, direction)
            near |= touched
    ids = focus.ids.union(*(blocks.sets[place] for place in bits_of(near)))
    return Neighbourhood(blocks, ids, followed[Direction.OUT], followed[Direction.IN])


def _followed(blocks: Blocks, centre: int, outside: int, depth: int, direction: Direction) -> tuple[int, int]:
    """The sets whose flows lead to the centre (or from it), and those that they touch."""
    followed, touched, here = 0, centre, centre
    for _ in range(depth):
        followed |= here
        ends = 0
        for _, sources, goals in blocks.blocks:
            ahead, behind = (sources, goals) if direction is Direction.IN else (goals, sources)
            if behind & here:
                ends |= ahead
        ends &= ~touched
        touched |= ends
        here = ends & ~outside
    return followed, touched
