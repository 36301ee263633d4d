"""Writing SVG: elements with sorted-out numbers, escaped text, and nothing that could act.

There is no way to write a script, a link, a reference to anything outside, or foreign markup: only the elements below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from netaudit.diagrams.fonts import clean

Point = tuple[float, float]


def number(value: float) -> str:
    """At most one decimal, and none where it is not needed."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def attribute(value: object) -> str:
    """An attribute's value, cleaned, escaped and quoted."""
    if isinstance(value, int | float):  # nothing to escape, and most of what a large matrix is written with
        return f'"{number(value) if isinstance(value, float) else value}"'
    text = str(value)
    return '"' + escape(clean(text), {'"': "&quot;", "\n": " "}) + '"'


def element(tag: str, content: str = "", **attributes: object) -> str:
    """An element; `class_` is `class`, and `_` in other names is `-`. `content` is markup already."""
    written = "".join(
        f" {name.rstrip('_').replace('_', '-')}={attribute(value)}"
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def text(x: float, y: float, words: str, class_: str, **attributes: object) -> str:
    """A line of text; nothing when it is empty."""
    if not words:
        return ""
    return element("text", escape(clean(words)), x=float(x), y=float(y), class_=class_, **attributes)


def title(words: str) -> str:
    """What a pointer shows and a screen reader says; its lines are kept."""
    return element("title", "\n".join(escape(clean(line)) for line in words.split("\n")))


def group(parts: Iterable[str], **attributes: object) -> str:
    """A group, one part on each line."""
    return element("g", "\n" + "\n".join(part for part in parts if part) + "\n", **attributes)


def polyline(points: Sequence[Point], radius: float = 6) -> str:
    """The `d` of a path along the points, with rounded corners where there is room for them."""
    first, *_, last = points
    words = [f"M{_pair(first)}"]
    for (before, corner), (_, after) in pairwise(pairwise(points)):
        bend = min(radius, _length(before, corner) / 2, _length(corner, after) / 2)
        words.append(f"L{_pair(_towards(corner, before, bend))}")
        words.append(f"Q{_pair(corner)} {_pair(_towards(corner, after, bend))}")
    words.append(f"L{_pair(last)}")
    return "".join(words)


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, goal: Point, far: float) -> Point:
    length = _length(start, goal)
    if not length:
        return start
    return start[0] + (goal[0] - start[0]) * far / length, start[1] + (goal[1] - start[1]) * far / length


def document(name: str, description: str, wide: float, high: float, parts: Iterable[str]) -> str:
    """A whole image that a screen reader can name."""
    head = (
        element("title", escape(clean(name)), id="netaudit-title"),
        element("desc", escape(clean(description)), id="netaudit-desc"),
    )
    return (
        element(
            "svg",
            "\n" + "\n".join(part for part in (*head, *parts) if part) + "\n",
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {number(wide)} {number(high)}",
            width=float(wide),
            height=float(high),
            role="img",
            aria_labelledby="netaudit-title netaudit-desc",
        )
        + "\n"
    )
