"""Every box that holds boxes is a grid: tiers in columns, and so many rows that the whole is pleasant to look at.

    gutter 0 │ public-a │ gutter 1 │ private-a │ gutter 2 │ data-a │ gutter 3        row 0
             │ public-b │          │ private-b │          │ data-b │                 row 1

Between and around the columns run *gutters*, over and under the rows run *channels*, both as long as the grid: they
are where arrows go, and no box ever lies in them. Row `r` has channel `r` over it and `r + 1` under it; column
`c` has gutter `c` on its left. The sheet itself is a grid, too, with the key `SHEET`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt

from netaudit.diagrams.picture import Box

SHEET = ""
_ASPECT = 1.5  # width by height that a grid strives for
_AIR = 48  # what a gutter or channel is expected to take, before anything is routed


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box is: its grid, the row and the column."""

    grid: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one box, by row and column; cells may be empty. `width` and `height` are expectations."""

    rows: int
    columns: int
    cells: Mapping[tuple[int, int], Box]
    widths: tuple[float, ...]
    heights: tuple[float, ...]


@dataclass(frozen=True)
class Plan:
    """All grids by key, the place of every box, and expected positions to compare routes by."""

    grids: Mapping[str, Grid]
    places: Mapping[str, Place]
    boxes: Mapping[str, Box]
    origins: Mapping[str, tuple[float, float]] = field(repr=False)

    @cached_property
    def ancestors(self) -> Mapping[str, tuple[str, ...]]:
        """For every box the grids around it, innermost first; the last is the sheet."""
        found: dict[str, tuple[str, ...]] = {}
        for key, place in self.places.items():
            around = [place.grid]
            while around[-1] != SHEET:
                around.append(self.places[around[-1]].grid)
            found[key] = tuple(around)
        return found

    def gutter_x(self, grid: str, index: int) -> float:
        """Where a gutter is expected to be."""
        return self.origins[grid][0] + sum(self.grids[grid].widths[:index]) + _AIR * (index + 0.5)

    def channel_y(self, grid: str, index: int) -> float:
        """Where a channel is expected to be."""
        return self.origins[grid][1] + sum(self.grids[grid].heights[:index]) + _AIR * (index + 0.5)

    def middle(self, key: str) -> float:
        """The height at which the middle of a box is expected."""
        place = self.places[key]
        return self.channel_y(place.grid, place.row) + _AIR / 2 + self.grids[place.grid].heights[place.row] / 2

    def alone(self, key: str, side: int) -> bool:
        """Whether there is nothing between the box and its grid's edge on that side (-1 left, 1 right)."""
        place = self.places[key]
        grid = self.grids[place.grid]
        beyond = range(place.column) if side < 0 else range(place.column + 1, grid.columns)
        return not any((place.row, column) in grid.cells for column in beyond)


def plan(boxes: Sequence[Box], sizes: Mapping[str, tuple[float, float]]) -> Plan:
    """Arrange the boxes; `sizes` are the expected width and height of every leaf."""
    grids: dict[str, Grid] = {}
    measured = dict(sizes)
    _arrange(SHEET, boxes, measured, grids)
    places = {
        box.key: Place(key, row, column) for key, grid in grids.items() for (row, column), box in grid.cells.items()
    }
    known = {box.key: box for grid in grids.values() for box in grid.cells.values()}
    origins: dict[str, tuple[float, float]] = {SHEET: (0.0, 0.0)}
    _place(SHEET, grids, origins)
    return Plan(grids, places, known, origins)


def _arrange(key: str, boxes: Sequence[Box], measured: dict[str, tuple[float, float]], grids: dict[str, Grid]) -> None:
    for box in boxes:
        if box.boxes:
            _arrange(box.key, box.boxes, measured, grids)
    grids[key] = grid = _best_grid(boxes, measured)
    measured[key] = _extent(grid)


def _best_grid(boxes: Sequence[Box], measured: Mapping[str, tuple[float, float]]) -> Grid:
    """The number of rows for which the grid needs the smallest sheet of about the wished aspect."""
    tallest = max((len(tier) for tier in _tiers(boxes)), default=1)
    grids = (_grid_of(boxes, rows, measured) for rows in range(1, min(tallest, 40) + 1))
    return min(grids, key=_sheet_needed)


def _sheet_needed(grid: Grid) -> float:
    """Its area; one that is four times too wide or too high may be half as large."""
    across, down = _extent(grid)
    off = across / down / _ASPECT
    return across * down * sqrt(max(off, 1 / off))


def _extent(grid: Grid) -> tuple[float, float]:
    return sum(grid.widths) + _AIR * (grid.columns + 1), sum(grid.heights) + _AIR * (grid.rows + 1)


def _tiers(boxes: Iterable[Box]) -> list[list[Box]]:
    tiers: dict[int, list[Box]] = {}
    for box in boxes:
        tiers.setdefault(box.column, []).append(box)
    return [tiers[column] for column in sorted(tiers)]


def _grid_of(boxes: Sequence[Box], rows: int, measured: Mapping[str, tuple[float, float]]) -> Grid:
    cells: dict[tuple[int, int], Box] = {}
    columns = 0
    for tier in _tiers(boxes):
        for index, box in enumerate(tier):
            cells[index % rows, columns + index // rows] = box
        columns += -(-len(tier) // rows)
    widths = [
        max((measured[b.key][0] for (_, c), b in cells.items() if c == column), default=0) for column in range(columns)
    ]
    heights = [max((measured[b.key][1] for (r, _), b in cells.items() if r == row), default=0) for row in range(rows)]
    return Grid(rows, columns, cells, tuple(widths), tuple(heights))


def _place(key: str, grids: Mapping[str, Grid], origins: dict[str, tuple[float, float]]) -> None:
    left, top = origins[key]
    grid = grids[key]
    for (row, column), box in grid.cells.items():
        if box.key in grids:
            x = left + sum(grid.widths[:column]) + _AIR * (column + 1)
            origins[box.key] = (x, top + sum(grid.heights[:row]) + _AIR * (row + 1))
            _place(box.key, grids, origins)
