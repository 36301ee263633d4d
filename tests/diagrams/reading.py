"""Reads a drawn map back from its SVG, so that tests judge what is seen and not what was meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree import ElementTree as ET

from netaudit.diagrams.fonts import width
from netaudit.diagrams.style import BOLD, SIZES

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Rect:
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: Rect, slack: float = 0.15) -> bool:
        """Whether the other lies in it; `slack` is for rounding to a tenth of a pixel."""
        return (
            self.left - slack <= other.left
            and self.top - slack <= other.top
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def meets(self, other: Rect, slack: float = 0.15) -> bool:
        """Whether their insides have a point in common."""
        return (
            self.left + slack < other.right
            and other.left + slack < self.right
            and self.top + slack < other.bottom
            and other.top + slack < self.bottom
        )


Point = tuple[float, float]


@dataclass
class DrawnArrow:
    """An arrow and the pieces of its line, each a flat rectangle."""

    source: str
    destination: str
    flows: int
    violated: int
    points: list[Point]

    @property
    def pieces(self) -> Iterator[Rect]:
        """Its straight pieces."""
        for (ax, ay), (bx, by) in pairwise(self.points):
            yield Rect(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


@dataclass
class Drawn:
    """Everything on the map."""

    canvas: Rect
    boxes: dict[str, Rect] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    chips: list[tuple[list[str], str, Rect]] = field(default_factory=list)  # ids, box, frame
    arrows: list[DrawnArrow] = field(default_factory=list)
    labels: list[tuple[DrawnArrow, Rect]] = field(default_factory=list)
    badges: list[tuple[list[str], int, int]] = field(default_factory=list)  # ids of the chip, flows, violated
    counters: list[tuple[str, str, int]] = field(default_factory=list)  # box, name, flows
    dots: list[Point] = field(default_factory=list)
    marked: list[tuple[list[str], list[str]]] = field(default_factory=list)  # ids of the chip, rules
    texts: list[tuple[str, Rect, Rect]] = field(default_factory=list)  # words, extent, frame

    def ancestors(self, box: str) -> set[str]:
        """The boxes around a box."""
        found: set[str] = set()
        at = self.parents[box]
        while at is not None:
            found.add(at)
            at = self.parents[at]
        return found


def read_map(svg: str) -> Drawn:
    """Parse the document. Raises ParseError where it is not well formed."""
    root = ET.fromstring(svg)  # our own output
    drawn = Drawn(Rect(0, 0, float(root.attrib["width"]), float(root.attrib["height"])))
    for child in root:
        _read(child, drawn, drawn.canvas, "", [])
    return drawn


def _frame(element: ET.Element) -> Rect | None:
    rect = element.find(f"{SVG}rect")
    if rect is None or "%" in rect.attrib["width"]:
        return None
    x, y, wide, high = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return Rect(x, y, x + wide, y + high)


def _read(element: ET.Element, drawn: Drawn, frame: Rect, box: str, chip: list[str]) -> None:
    data = element.attrib
    own = _frame(element) if element.tag == f"{SVG}g" and "data-legend" not in data else None
    frame = own or frame
    if "data-box" in data:
        box = data["data-box"]
        drawn.boxes[box] = frame
        drawn.parents[box] = data.get("data-parent")
    if "data-chip" in data:
        chip = json.loads(data["data-chip"])
        drawn.chips.append((chip, box, frame))
        drawn.marked.append((chip, json.loads(data.get("data-marks", "[]"))))
    if "data-badge" in data:
        drawn.badges.append((chip, int(data["data-flows"]), int(data["data-violated"])))
    if "data-counter" in data:
        drawn.counters.append((box, data["data-counter"], int(data["data-flows"])))
    if "data-points" in data:
        drawn.arrows.append(_arrow(data))
    if "data-label" in data:
        drawn.labels.append((drawn.arrows[-1], frame))
    if "data-forks" in data:
        drawn.dots += [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in element]
    if element.tag == f"{SVG}text":
        drawn.texts.append((element.text or "", _extent(element), frame))
    for child in element:
        _read(child, drawn, frame, box, chip)


def _arrow(data: dict[str, str]) -> DrawnArrow:
    points = [(float(x), float(y)) for x, _, y in (pair.partition(",") for pair in data["data-points"].split())]
    ends = data["data-source"], data["data-destination"]
    return DrawnArrow(*ends, int(data["data-flows"]), int(data["data-violated"]), points)


def _extent(element: ET.Element) -> Rect:
    name = element.attrib["class"].split()[0]
    x, y, size = float(element.attrib["x"]), float(element.attrib["y"]), SIZES[name]
    wide = width(element.text or "", size, bold=name in BOLD)
    return Rect(x, y - 0.75 * size, x + wide, y + 0.2 * size)
