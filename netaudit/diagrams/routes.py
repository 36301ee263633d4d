"""The way of every arrow, as a list of tracks: out of a box, along gutters and channels, into another.

A way alternates between level and upright tracks, `Port ─ Gutter ─ Channel ─ Gutter ─ Port`. A port leaves its box to
the left or right, and may run straight on through the edges of the boxes around it, never of others. Which of the
few ways is taken depends on expected positions and on how crowded a track is already, not on final coordinates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from netaudit.diagrams.grid import Plan
from netaudit.diagrams.picture import Bundle

LEFT, RIGHT = -1, 1
_BEND = 40  # what a bend costs, in units of length
_CROWD = 7  # what every arrow costs that uses the same track already


@dataclass(frozen=True, slots=True)
class Port:
    """A level track out of a leaf, or into it, through the middle of nothing but gutters."""

    leaf: str
    side: int


@dataclass(frozen=True, slots=True)
class Gutter:
    """An upright track of a grid."""

    grid: str
    index: int


@dataclass(frozen=True, slots=True)
class Channel:
    """A level track of a grid; `leaves` says over which edge of the grid it goes on (0: none)."""

    grid: str
    index: int
    leaves: int


Level = Port | Channel
Track = Level | Gutter


Net = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A bundle and its tracks. A straight one has only the two ports, which are one line."""

    bundle: Bundle
    tracks: tuple[Track, ...]

    @property
    def straight(self) -> bool:
        """Whether it is one level line between two boxes that face each other."""
        return len(self.tracks) == 2

    @property
    def start(self) -> Port:
        """Where it leaves its source."""
        return _port(self.tracks[0])

    @property
    def end(self) -> Port:
        """Where it arrives."""
        return _port(self.tracks[-1])

    @property
    def net(self) -> Net:
        """Arrows of one net share their line until they part: allowed ones out of one side of a box."""
        if self.bundle.sum.violated:
            return (self.bundle.source, self.bundle.destination)
        return (self.bundle.source, self.start.side, self.bundle.sum.certain)

    def gutters(self) -> Iterator[tuple[Level, Gutter, Level]]:
        """Every upright track with the level ones before and after it."""
        for index in range(1, len(self.tracks) - 1, 2):
            before, upright, after = self.tracks[index - 1 : index + 2]
            if isinstance(upright, Gutter) and not isinstance(before, Gutter) and not isinstance(after, Gutter):
                yield before, upright, after

    def channels(self) -> Iterator[tuple[Gutter, Channel, Gutter]]:
        """Every channel track with the upright ones before and after it."""
        for index in range(2, len(self.tracks) - 2, 2):
            before, level, after = self.tracks[index - 1 : index + 2]
            if isinstance(level, Channel) and isinstance(before, Gutter) and isinstance(after, Gutter):
                yield before, level, after


def _port(track: Track) -> Port:
    if not isinstance(track, Port):
        raise TypeError(f"a way begins and ends with a port, not {track}")
    return track


def route(bundles: Sequence[Bundle], plan: Plan) -> list[Route]:
    """A way for every bundle; violated ones choose first, the rest in order."""
    crowd: Counter[Track] = Counter()
    found: dict[Bundle, Route] = {}
    for bundle in sorted(bundles, key=lambda b: (not b.sum.violated, b.source, b.destination)):
        tracks = _straight(bundle, plan) or min(_ways(bundle, plan), key=lambda way: _cost(way, plan, crowd))
        crowd.update(tracks)
        found[bundle] = Route(bundle, tracks)
    return [found[bundle] for bundle in bundles]


def _straight(bundle: Bundle, plan: Plan) -> tuple[Track, ...]:
    """The two ports, when the boxes are in one row of one grid with nothing between them."""
    a, b = plan.places[bundle.source], plan.places[bundle.destination]
    if (a.grid, a.row) != (b.grid, b.row):
        return ()
    low, high = sorted((a.column, b.column))
    if any((a.row, column) in plan.grids[a.grid].cells for column in range(low + 1, high)):
        return ()
    side = RIGHT if a.column < b.column else LEFT
    return Port(bundle.source, side), Port(bundle.destination, -side)


def _ways(bundle: Bundle, plan: Plan) -> Iterator[tuple[Track, ...]]:
    around = plan.ancestors[bundle.source]
    meeting = next(grid for grid in around if grid in plan.ancestors[bundle.destination])
    for side, other in product((LEFT, RIGHT), repeat=2):
        for out, into in product(
            _climbs(bundle.source, meeting, side, plan), _climbs(bundle.destination, meeting, other, plan)
        ):
            for middle in _across(bundle, meeting, side, other, plan):
                yield (*out, *middle, *reversed(into))


def _climbs(leaf: str, meeting: str, side: int, plan: Plan) -> list[tuple[Track, ...]]:
    """Ways from a leaf out of every box inside `meeting`, always to the same side."""
    ways: list[tuple[Track, ...]] = [(Port(leaf, side),)]
    box = leaf
    while plan.places[box].grid != meeting:
        place = plan.places[box]
        if not plan.alone(box, side):
            gutter = Gutter(place.grid, place.column + (side == RIGHT))
            ways = [(*way, gutter, Channel(place.grid, place.row + under, side)) for way in ways for under in (0, 1)]
        box = place.grid
    return ways


def _across(bundle: Bundle, meeting: str, side: int, other: int, plan: Plan) -> Iterator[tuple[Track, ...]]:
    """Ways within the grid in which both boxes lie, from the gutter beside one to that beside the other."""
    a, b = (plan.places[_child_of(meeting, key, plan)] for key in (bundle.source, bundle.destination))
    first = Gutter(meeting, a.column + (side == RIGHT))
    last = Gutter(meeting, b.column + (other == RIGHT))
    if first == last:
        yield (first,)
        return
    low, high = sorted((a.row, b.row))
    for index in range(low, high + 2) if low == high else range(low + 1, high + 1):
        yield first, Channel(meeting, index, 0), last


def _child_of(grid: str, key: str, plan: Plan) -> str:
    """The box in the grid that holds the leaf, or is it."""
    chain = (key, *plan.ancestors[key])
    return chain[chain.index(grid) - 1]


def _cost(tracks: Sequence[Track], plan: Plan, crowd: Counter[Track]) -> float:
    corners = [_corner(a, b, plan) for a, b in pairwise(tracks)]
    length = sum(abs(ax - bx) + abs(ay - by) for (ax, ay), (bx, by) in pairwise(corners))
    return length + _BEND * len(tracks) + _CROWD * sum(crowd[track] for track in tracks)


def _corner(a: Track, b: Track, plan: Plan) -> tuple[float, float]:
    upright, level = (a, b) if isinstance(a, Gutter) else (b, a)
    if not isinstance(upright, Gutter) or isinstance(level, Gutter):
        raise TypeError(f"level and upright tracks alternate, not {a}, {b}")
    return plan.gutter_x(upright.grid, upright.index), expected_y(level, plan)


def expected_y(level: Level, plan: Plan) -> float:
    """Where a level track is expected to be."""
    if isinstance(level, Channel):
        return plan.channel_y(level.grid, level.index)
    return plan.middle(level.leaf)
