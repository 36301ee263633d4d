"""Every breadth of the map: the lanes of gutters, then the columns, once all heights are settled.

In a gutter, arrows that come from the left and go back there keep to the left, those of the right to the right, and
those that pass through lie between, in the order in which they cross one another least. Labels of violated arrows
lie on the level end of the arrow, in a zone beside the lanes that is kept free for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from netaudit.diagrams.grid import SHEET, Plan
from netaudit.diagrams.levels import Levels
from netaudit.diagrams.picture import Box
from netaudit.diagrams.routes import LEFT, RIGHT, Gutter, Level, Net, Port, Route

LANE = 8
PAD = 14  # between a box and the first lane, and room for an arrow head
EMPTY = 14  # a gutter that nothing uses
APART = 6  # how far ends of two arrows in one lane are apart at least
LABEL_GAP = 14  # around a label: the head of its arrow, and a bit of its line


@dataclass(frozen=True)
class Uprights:
    """Left edges and widths of all boxes, and the position of every lane. Units are pixels."""

    lefts: Mapping[str, float]
    widths: Mapping[str, float]
    gutter_lefts: Mapping[tuple[str, int], float]
    lanes: Mapping[tuple[Net, Gutter], int]
    zones: Mapping[tuple[str, int, int], float]

    def of(self, gutter: Gutter, net: Net) -> float:
        """Where a net runs in a gutter."""
        zone = self.zones.get((gutter.grid, gutter.index, LEFT), 0)
        left = self.gutter_lefts[gutter.grid, gutter.index]
        return left + zone + PAD + LANE * self.lanes[net, gutter]


@dataclass(slots=True)
class _Stretch:
    """What a net occupies of a gutter, and where its arrows come in: heights by side."""

    key: tuple[Net, Gutter]
    low: float
    high: float
    touches: dict[int, list[float]]

    @property
    def order(self) -> tuple[object, ...]:
        left, right = self.touches[LEFT], self.touches[RIGHT]
        if not right:
            return (0, self.high - self.low, str(self.key))
        if not left:
            return (2, self.low - self.high, str(self.key))
        middle_left, middle_right = sum(left) / len(left), sum(right) / len(right)
        falls = middle_left < middle_right
        return (1, 0 if falls else 1, -middle_left if falls else middle_left, str(self.key))


def uprights(
    plan: Plan,
    routes: Sequence[Route],
    heights: Levels,
    content: Callable[[Box, int], float],
    labels: Mapping[Route, float],
    left: float,
) -> Uprights:
    """Settle all breadths. `content` is the width that a box of some height needs, `labels` those of labels."""
    lanes, crowd = _gutter_lanes(routes, heights)
    zones = _zones(plan, labels)
    sizes = _Widths(plan, crowd, zones, {key: content(box, heights.heights[key]) for key, box in plan.boxes.items()})
    sizes.settle(left)
    return Uprights(sizes.lefts, sizes.widths, sizes.gutter_lefts, lanes, zones)


def label_place(plan: Plan, route: Route) -> tuple[str, int, int]:
    """The zone of a route's label: the grid, the gutter and which side of it, next to the arrow's head."""
    place = plan.places[route.end.leaf]
    if route.end.side == LEFT:
        return place.grid, place.column, RIGHT
    return place.grid, place.column + 1, LEFT


def _zones(plan: Plan, labels: Mapping[Route, float]) -> dict[tuple[str, int, int], float]:
    zones: dict[tuple[str, int, int], float] = {}
    for route, wide in labels.items():
        where = label_place(plan, route)
        zones[where] = max(zones.get(where, 0), wide + LABEL_GAP)
    return zones


# ---- lanes --------------------------------------------------------------------------------------------


def _gutter_lanes(
    routes: Sequence[Route], heights: Levels
) -> tuple[dict[tuple[Net, Gutter], int], dict[tuple[str, int], int]]:
    lanes: dict[tuple[Net, Gutter], int] = {}
    crowd: dict[tuple[str, int], int] = {}
    for where, stretches in _stretches(routes, heights).items():
        placed: list[tuple[_Stretch, int]] = []
        for stretch in sorted(stretches.values(), key=lambda stretch: stretch.order):
            beside = [lane for other, lane in placed if _overlap(stretch, other)]
            lane = max(beside) + 1 if beside else 0
            placed.append((stretch, lane))
            lanes[stretch.key] = lane
        crowd[where] = 1 + max(lane for _, lane in placed)
    return lanes, crowd


def _overlap(a: _Stretch, b: _Stretch) -> bool:
    return a.low - APART < b.high and b.low - APART < a.high


def _stretches(routes: Sequence[Route], heights: Levels) -> dict[tuple[str, int], dict[Net, _Stretch]]:
    found: dict[tuple[str, int], dict[Net, _Stretch]] = defaultdict(dict)
    for route in routes:
        for before, gutter, after in route.gutters():
            ys = heights.of(before, route), heights.of(after, route)
            nets = found[gutter.grid, gutter.index]
            blank = _Stretch((route.net, gutter), min(ys), max(ys), {LEFT: [], RIGHT: []})
            stretch = nets.setdefault(route.net, blank)
            stretch.low, stretch.high = min(stretch.low, *ys), max(stretch.high, *ys)
            for level, y in zip((before, after), ys, strict=True):
                stretch.touches[_comes_from(level, gutter, route)].append(y)
    return found


def _comes_from(level: Level, gutter: Gutter, route: Route) -> int:
    """The side of the gutter on which a level track lies that meets it."""
    if isinstance(level, Port):
        return -level.side
    if level.grid != gutter.grid:
        return -level.leaves
    if level.leaves:
        return level.leaves
    others = [g.index for a, c, b in route.channels() if c == level for g in (a, b) if g.index != gutter.index]
    return RIGHT if others and others[0] > gutter.index else LEFT


# ---- widths -------------------------------------------------------------------------------------------


class _Widths:
    """Widths from the leaves up, then left edges from the sheet down; leaves are as wide as their column."""

    def __init__(
        self,
        plan: Plan,
        crowd: Mapping[tuple[str, int], int],
        zones: Mapping[tuple[str, int, int], float],
        least: Mapping[str, float],
    ) -> None:
        self._plan = plan
        self._crowd = crowd
        self._zones = zones
        self._least = least
        self._columns: dict[str, list[float]] = {}
        self._needs: dict[str, float] = {}
        self.lefts: dict[str, float] = {}
        self.widths: dict[str, float] = {}
        self.gutter_lefts: dict[tuple[str, int], float] = {}

    def settle(self, left: float) -> None:
        self._spread(SHEET, left, self._measure(SHEET))

    def _gutter(self, grid: str, index: int) -> float:
        zones = sum(self._zones.get((grid, index, side), 0) for side in (LEFT, RIGHT))
        lanes = self._crowd.get((grid, index), 0)
        edge = index in {0, self._plan.grids[grid].columns}
        bare = LANE * (lanes - 1) + 2 * PAD if lanes else EMPTY if edge else 2 * EMPTY
        return zones + bare

    def _frame(self, grid: str) -> float:
        return sum(self._gutter(grid, index) for index in range(self._plan.grids[grid].columns + 1))

    def _measure(self, grid: str) -> float:
        columns = [0.0] * self._plan.grids[grid].columns
        for (_, column), box in self._plan.grids[grid].cells.items():
            wide = self._measure(box.key) if box.boxes else self._least[box.key]
            columns[column] = max(columns[column], wide)
        self._columns[grid] = columns
        self._needs[grid] = max(sum(columns) + self._frame(grid), self._least.get(grid, 0))
        return self._needs[grid]

    def _spread(self, grid: str, left: float, wide: float) -> None:
        self.lefts[grid], self.widths[grid] = left, wide
        columns = self._columns[grid]
        # a long title may need more than the columns; a stretched column is better than a gap
        each = (wide - self._frame(grid) - sum(columns)) / len(columns) if columns else 0
        at = left
        for index, least in enumerate(columns):
            self.gutter_lefts[grid, index] = at
            at += self._gutter(grid, index)
            for (_, column), box in self._plan.grids[grid].cells.items():
                if column == index and box.boxes:
                    self._spread(box.key, at, self._needs[box.key])
                elif column == index:
                    self.lefts[box.key], self.widths[box.key] = at, least + each
            at += least + each
        self.gutter_lefts[grid, len(columns)] = at
