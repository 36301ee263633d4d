"""Every height of the map: of ports, channel lanes and boxes, in steps of one grid so that no two lines coincide.

All boxes and channels begin at a multiple of `PITCH`. Within a step, lines that leave to the left lie at one offset,
those that leave to the right at another, and those that do neither at a third. Lines that meet in a gutter from
opposite sides therefore never lie over one another, whatever the boxes on both sides are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from netaudit.diagrams.grid import SHEET, Plan
from netaudit.diagrams.routes import LEFT, RIGHT, Channel, Gutter, Level, Net, Route, expected_y

PITCH = 12
HEADER = 36  # of a box: its title, and under it kind, detail and counters
_OFFSET = {LEFT: 2, 0: 6, RIGHT: 10}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on one side of a leaf, counted from the top: for a net going out, or for one bundle coming in."""

    leaf: str
    side: int
    who: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """Somebody needs a slot: `rooms` steps of it, up or down from there (0: straight on)."""

    slot: Slot
    way: int
    far: float
    rooms: int

    @property
    def order(self) -> tuple[object, ...]:
        return (self.way, self.far, str(self.slot.who))


def out_slot(route: Route) -> Slot:
    """Where the route leaves; shared by its net unless it is straight."""
    who = ("straight", route.bundle.source, route.bundle.destination) if route.straight else ("net", *route.net)
    return Slot(route.start.leaf, route.start.side, who)


def in_slot(route: Route) -> Slot:
    """Where the route arrives: its own."""
    who = ("straight" if route.straight else "in", route.bundle.source, route.bundle.destination)
    return Slot(route.end.leaf, route.end.side, who)


@dataclass(frozen=True)
class Levels:
    """Tops and heights of all boxes, and of everything level. Units are pixels."""

    plan: Plan
    slots: Mapping[Slot, int]
    lanes: Mapping[tuple[Net, Channel], int]
    tops: Mapping[str, int]
    heights: Mapping[str, int]
    channel_tops: Mapping[tuple[str, int], int]

    def of(self, level: Level, route: Route) -> int:
        """The height at which a route takes a level track."""
        if isinstance(level, Channel):
            top = self.channel_tops[level.grid, level.index]
            return top + PITCH * (1 + self.lanes[route.net, level]) + _OFFSET[level.leaves]
        slot = out_slot(route) if level == route.start else in_slot(route)
        side = 0 if route.straight else level.side
        return self.tops[level.leaf] + PITCH * (1 + self.slots[slot]) + _OFFSET[side]


def levels(plan: Plan, routes: Sequence[Route], content: Mapping[str, int], top: int) -> Levels:
    """Settle all heights; `content` is what a leaf needs for its chips, `top` where the sheet begins."""
    slots, needed = _slots(plan, routes)
    lanes, crowd = _channel_lanes(plan, routes)
    least = {leaf: max(_stepped(content[leaf]), needed.get(leaf, 0)) for leaf in content}
    sizes = _Sizes(plan, least, crowd)
    tops, heights, channels = sizes.settle(top)
    return Levels(plan, slots, lanes, tops, heights, channels)


# ---- slots on the sides of leaves ---------------------------------------------------------------------


def _slots(plan: Plan, routes: Sequence[Route]) -> tuple[dict[Slot, int], dict[str, int]]:
    """The slot of every start and end, and the height that each leaf needs for them."""
    sides: dict[tuple[str, int], dict[Slot, list[_Wish]]] = defaultdict(lambda: defaultdict(list))
    for route in routes:
        for wish in _wishes(plan, route):
            sides[wish.slot.leaf, wish.slot.side][wish.slot].append(wish)
    wishes = {side: sorted((_joint(each) for each in of.values()), key=lambda w: w.order) for side, of in sides.items()}
    bases = _straight_bases(routes, wishes)
    slots: dict[Slot, int] = {}
    needed: dict[str, int] = {}
    for side, listed in sorted(wishes.items()):
        used = 0
        for before, wish in zip([None, *listed], listed, strict=False):
            if wish.way == 0:
                used = max(used, bases[side])
            elif before and before.way == 0 and wish.rooms > 1:
                used += 1  # its label would touch the straight line
            slots[wish.slot] = used
            used += wish.rooms
        needed[side[0]] = max(needed.get(side[0], 0), PITCH * (used + 2))
    return slots, needed


def _wishes(plan: Plan, route: Route) -> Iterable[_Wish]:
    labelled = 1 + bool(route.bundle.sum.violated)
    if route.straight:
        yield _Wish(out_slot(route), 0, 0, labelled)
        yield _Wish(in_slot(route), 0, 0, labelled)
        return
    steps = list(route.gutters())
    (start, _, after), (before, _, end) = steps[0], steps[-1]
    yield _wish(plan, out_slot(route), start, after, 1)
    yield _wish(plan, in_slot(route), end, before, labelled)


def _wish(plan: Plan, slot: Slot, here: Level, there: Level, rooms: int) -> _Wish:
    far = expected_y(there, plan)
    return _Wish(slot, -1 if far < expected_y(here, plan) else 1, far, rooms)


def _joint(wishes: Sequence[_Wish]) -> _Wish:
    """One wish for all arrows of a net: where most of them go."""
    way = sum(wish.way for wish in wishes)
    far = sum(wish.far for wish in wishes) / len(wishes)
    way = 0 if wishes[0].way == 0 else -1 if way < 0 else 1
    return _Wish(wishes[0].slot, way, far, max(wish.rooms for wish in wishes))


def _straight_bases(
    routes: Sequence[Route], wishes: Mapping[tuple[str, int], Sequence[_Wish]]
) -> dict[tuple[str, int], int]:
    """The slot at which straight arrows begin: the same on both of the boxes that face each other."""
    bases: dict[tuple[str, int], int] = {}
    for route in routes:
        if route.straight:
            ends = ((route.start.leaf, route.start.side), (route.end.leaf, route.end.side))
            base = max(sum(w.rooms for w in wishes[end] if w.way < 0) for end in ends)
            bases |= dict.fromkeys(ends, base)
    return bases


# ---- lanes in channels --------------------------------------------------------------------------------


def _channel_lanes(
    plan: Plan, routes: Sequence[Route]
) -> tuple[dict[tuple[Net, Channel], int], dict[tuple[str, int], int]]:
    """A lane for every net in every channel that it uses, and how many lanes each channel has."""
    spans: dict[tuple[str, int], dict[tuple[Net, Channel], tuple[int, int]]] = defaultdict(dict)
    for route in routes:
        for before, channel, after in route.channels():
            low, high = _span(plan, before, channel, after)
            known = spans[channel.grid, channel.index].get((route.net, channel), (low, high))
            merged = (min(low, known[0]), max(high, known[1]))
            spans[channel.grid, channel.index][route.net, channel] = merged
    lanes: dict[tuple[Net, Channel], int] = {}
    crowd: dict[tuple[str, int], int] = {}
    for where, nets in spans.items():
        ends: list[int] = []
        for (low, high), key in sorted(((span, key) for key, span in nets.items()), key=str):
            lane = next((index for index, end in enumerate(ends) if end < low), len(ends))
            ends[lane : lane + 1] = [high]
            lanes[key] = lane
        crowd[where] = len(ends)
    return lanes, crowd


def _span(plan: Plan, before: Gutter, channel: Channel, after: Gutter) -> tuple[int, int]:
    """The gutters that it touches, by index; over the edge of the grid is one further."""
    inside = [gutter.index for gutter in (before, after) if gutter.grid == channel.grid]
    edge = {0: [], LEFT: [-1], RIGHT: [plan.grids[channel.grid].columns + 1]}[channel.leaves]
    return min(inside + edge), max(inside + edge)


# ---- heights ------------------------------------------------------------------------------------------


def _stepped(length: float) -> int:
    return -(-int(length) // PITCH) * PITCH


class _Sizes:
    """Heights from the leaves up, then tops from the sheet down; leaves are as high as their row."""

    def __init__(self, plan: Plan, least: Mapping[str, int], crowd: Mapping[tuple[str, int], int]) -> None:
        self._plan = plan
        self._crowd = crowd
        self._least = dict(least)
        self._rows: dict[str, list[int]] = {}
        self._needs: dict[str, int] = {}
        self._tops: dict[str, int] = {}
        self._heights: dict[str, int] = {}
        self._channel_tops: dict[tuple[str, int], int] = {}

    def settle(self, top: int) -> tuple[dict[str, int], dict[str, int], dict[tuple[str, int], int]]:
        height = self._measure(SHEET)
        self._spread(SHEET, top, height)
        return self._tops, self._heights, self._channel_tops

    def _channel(self, grid: str, index: int) -> int:
        lanes = self._crowd.get((grid, index), 0)
        edge = index in {0, self._plan.grids[grid].rows}
        return PITCH * (lanes + 2) if lanes else PITCH * (1 if edge else 2)

    def _frame(self, grid: str) -> int:
        channels = range(self._plan.grids[grid].rows + 1)
        return sum(self._channel(grid, index) for index in channels) + (HEADER if grid != SHEET else 0)

    def _measure(self, grid: str) -> int:
        rows = [0] * self._plan.grids[grid].rows
        for (row, _), box in self._plan.grids[grid].cells.items():
            height = self._measure(box.key) if box.boxes else self._least[box.key]
            rows[row] = max(rows[row], height)
        self._rows[grid] = rows
        self._needs[grid] = sum(rows) + self._frame(grid)
        return self._needs[grid]

    def _spread(self, grid: str, top: int, height: int) -> None:
        self._tops[grid], self._heights[grid] = top, height
        rows = self._rows[grid]
        at = top + (HEADER if grid != SHEET else 0)
        for row, least in enumerate(rows):
            self._channel_tops[grid, row] = at
            at += self._channel(grid, row)
            for (r, _), box in self._plan.grids[grid].cells.items():
                if r == row and box.boxes:
                    self._spread(box.key, at, self._needs[box.key])
                elif r == row:
                    self._tops[box.key], self._heights[box.key] = at, least
            at += least
        self._channel_tops[grid, len(rows)] = at
