"""From a picture to coordinates: where each box, card, line and label of the map lies. Nothing is drawn here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netaudit.diagrams import cards
from netaudit.diagrams.fonts import clean, width
from netaudit.diagrams.grid import SHEET, Plan, plan
from netaudit.diagrams.levels import PITCH, Levels, levels
from netaudit.diagrams.picture import Box, Bundle, Picture
from netaudit.diagrams.routes import LEFT, Net, Route, route
from netaudit.diagrams.svg import Point
from netaudit.diagrams.uprights import EMPTY, LABEL_GAP, Uprights, label_place, uprights
from netaudit.diagrams.wording import violation_text

MARGIN = 24
TOP = 5 * PITCH  # under the title of the sheet
LABEL_SIZE = 10.0
_LABEL_WIDE = 260
_LABEL_HIGH = 16


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a violated arrow: its text before it is fitted, and where it lies."""

    text: str
    rect: Rect


@dataclass(frozen=True, slots=True)
class Arrow:
    """A bundle as a line from box to box, of level and upright pieces in turn."""

    bundle: Bundle
    points: tuple[Point, ...]
    label: Label | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that is placed; `sheet` is what all boxes lie in; `forks` are where lines divide."""

    sheet: Rect
    rects: Mapping[str, Rect]
    boxes: Mapping[str, Box]
    arrows: tuple[Arrow, ...]
    forks: tuple[Point, ...]


def lay_out(picture: Picture) -> Layout:
    """Place everything. Sizes follow from what has to be shown, never the other way round."""
    sizes = {leaf.key: _expected(leaf) for leaf in picture.leaves}
    planned = plan(picture.boxes, sizes)
    routes = route(picture.bundles, planned)
    heights = levels(planned, routes, {leaf.key: cards.leaf_height(leaf) for leaf in picture.leaves}, TOP)
    labels = {each: _label_width(each) for each in routes if each.bundle.sum.violated}
    breadths = uprights(planned, routes, heights, _content, labels, MARGIN - EMPTY)
    rects = {key: _rect(key, heights, breadths) for key in (SHEET, *planned.boxes)}
    arrows = tuple(_arrow(each, planned, heights, breadths, labels) for each in routes)
    nets: dict[Net, list[Arrow]] = defaultdict(list)
    for each, arrow in zip(routes, arrows, strict=True):
        nets[each.net].append(arrow)
    forks = tuple(fork for net in nets.values() for fork in _forks([arrow.points for arrow in net]))
    return Layout(rects[SHEET], {key: rects[key] for key in planned.boxes}, planned.boxes, arrows, forks)


def _forks(ways: Sequence[Sequence[Point]]) -> list[Point]:
    """Where the lines of one net divide: the points of them all from which they go on in three directions or more."""
    corners = sorted({point for way in ways for point in way})
    towards: dict[Point, set[Point]] = defaultdict(set)
    for way in ways:
        for a, b in pairwise(way):
            on = [p for p in corners if min(a, b) <= p <= max(a, b) and (a[0] == b[0] == p[0] or a[1] == b[1] == p[1])]
            for c, d in pairwise(on):
                towards[c].add(_direction(c, d))
                towards[d].add(_direction(d, c))
    return [point for point in corners if len(towards[point]) > 2]


def _direction(a: Point, b: Point) -> Point:
    return (float(b[0] > a[0]) - float(b[0] < a[0]), float(b[1] > a[1]) - float(b[1] < a[1]))


def _expected(leaf: Box) -> tuple[float, float]:
    height = cards.leaf_height(leaf)
    return cards.leaf_width(leaf, height), height


def _content(box: Box, height: int) -> float:
    return cards.header_width(box) if box.boxes else cards.leaf_width(box, height)


def _rect(key: str, heights: Levels, breadths: Uprights) -> Rect:
    return Rect(breadths.lefts[key], heights.tops[key], breadths.widths[key], heights.heights[key])


def _label_width(each: Route) -> float:
    words = clean(violation_text(each.bundle.sum))
    return min(width(words, LABEL_SIZE, bold=True) + 28, _LABEL_WIDE)


def _arrow(each: Route, planned: Plan, heights: Levels, breadths: Uprights, labels: Mapping[Route, float]) -> Arrow:
    start, end = (_border(breadths, port.leaf, port.side) for port in (each.start, each.end))
    points: list[Point] = [(start, heights.of(each.start, each))]
    for before, gutter, after in each.gutters():
        x = breadths.of(gutter, each.net)
        points += [(x, heights.of(before, each)), (x, heights.of(after, each))]
    points.append((end, heights.of(each.end, each)))
    label = _label(each, planned, points[-1], labels[each]) if each in labels else None
    return Arrow(each.bundle, tuple(points), label)


def _border(breadths: Uprights, leaf: str, side: int) -> float:
    return breadths.lefts[leaf] + (0 if side == LEFT else breadths.widths[leaf])


def _label(each: Route, planned: Plan, end: Point, wide: float) -> Label:
    _, _, zone = label_place(planned, each)
    x = end[0] - LABEL_GAP + 2 - wide if zone > 0 else end[0] + LABEL_GAP - 2
    return Label(violation_text(each.bundle.sum), Rect(x, end[1] - _LABEL_HIGH / 2, wide, _LABEL_HIGH))
