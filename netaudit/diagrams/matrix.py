"""The matrix: a row for each segment as source, a column as destination. For estates that no map can show.

The first row is the outside as source, the last column the outside as destination; a cell on the diagonal counts the
flows inside a segment. The number in a cell is that of its flows, its shade grows with it. A violated cell is outlined
and has a mark, one that is only possible is dashed. Of more cells than anybody reads, only the violated ones have
numbers and titles: a browser has to open the picture, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from netaudit.diagrams import wording
from netaudit.diagrams.fonts import fit, width
from netaudit.diagrams.paint import fitted, icon
from netaudit.diagrams.picture import Box, Picture, Sum
from netaudit.diagrams.style import BOLD, SIZES, STYLE
from netaudit.diagrams.svg import Point, document, element, group, text, title
from netaudit.flows import Traffic

_CELL = 30
_GROUP = 24  # a heading between groups of rows or columns
_MARGIN = 24
_TOP = 64
_LABEL = 200  # at most, for names of rows and columns
_SHADES = 5
_LEAST_WIDTH = 640.0
_LEGIBLE = 10_000  # cells
OUTSIDE = ""  # the key of the row and the column that are no box


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row or column: the key, its name and detail, and the heading that it stands under."""

    key: str
    name: str
    detail: str
    heading: str


@dataclass(frozen=True, slots=True)
class _Axis:
    """Entries with their positions, and headings with theirs, counted from the first cell."""

    entries: Sequence[_Entry]
    at: Mapping[str, float]
    headings: Sequence[tuple[str, float]]
    length: float


def draw_matrix(picture: Picture, *, note: str = "row: source, column: destination, number: flows") -> str:
    """The picture as an SVG document, however many segments it has; `note` stands under its title."""
    entries = list(_entries(picture.boxes, ()))
    outside = _Entry(OUTSIDE, "outside", "", "")
    rows, columns = _axis([outside, *entries]), _axis([*entries, outside])
    cells = _cells(picture)
    few = len(cells) <= _LEGIBLE
    label = max(_wish(entry) for entry in [outside, *entries])
    above = max([label, *(width(words, SIZES["title"], bold=True) for words, _ in columns.headings)])
    left, top = _MARGIN + min(label, _LABEL) + 13, _TOP + min(above, _LABEL) + 13
    wide = max(left + columns.length + _MARGIN, _LEAST_WIDTH)
    foot = top + rows.length
    names = {entry.key: " ".join((entry.heading, entry.name)).strip() for entry in [outside, *entries]}
    heading = picture.title or "Who can reach whom"
    parts = [
        element("style", STYLE),
        element("rect", width="100%", height="100%", class_="paper"),
        text(_MARGIN, 36, fit(heading, SIZES["heading"], wide - 2 * _MARGIN, bold=True), "heading"),
        fitted(_MARGIN, 54, note, "legend", wide - 2 * _MARGIN),
        *_rows(rows, left, top, columns.length),
        *_columns(columns, left, top, rows.length),
        *(
            _cell(at, pair, total, names)
            if few or total.violated
            else _square(at, _look(pair, total), **_data(pair, total))
            for pair, total in sorted(cells.items())
            for at in [(left + columns.at[pair[1]], top + rows.at[pair[0]])]
        ),
        *_legend(picture, foot, wide),
    ]
    return document(heading, wording.account(picture.totals), wide, foot + 76, parts)


def _entries(boxes: Sequence[Box], path: tuple[str, ...]) -> Iterator[_Entry]:
    for box in boxes:
        if box.boxes:
            yield from _entries(box.boxes, (*path, " ".join(part for part in (box.title, box.detail) if part)))
        else:
            yield _Entry(box.key, box.title, box.detail, " / ".join(path))


def _axis(entries: Sequence[_Entry]) -> _Axis:
    at: dict[str, float] = {}
    headings: list[tuple[str, float]] = []
    position, last = 0.0, ""
    for entry in entries:
        if entry.heading != last:
            if entry.heading:
                headings.append((entry.heading, position))
            position += _GROUP if entry.heading else 8
            last = entry.heading
        at[entry.key] = position
        position += _CELL
    return _Axis(entries, at, headings, position)


def _cells(picture: Picture) -> dict[tuple[str, str], Sum]:
    """What is shown where; every flow of the account but those from outside to outside, and these between the two."""
    found = {(bundle.source, bundle.destination): bundle.sum for bundle in picture.bundles}
    for leaf in picture.leaves:
        if leaf.inner:
            found[leaf.key, leaf.key] = leaf.inner
        for inward in (True, False):
            sums = [badge.sum for badge in leaf.badges if badge.inward == inward]
            if sums:
                found[(OUTSIDE, leaf.key) if inward else (leaf.key, OUTSIDE)] = _joined(sums)
    if picture.transit:
        found[OUTSIDE, OUTSIDE] = picture.transit
    return found


def _joined(sums: Sequence[Sum]) -> Sum:
    return Sum(
        flows=sum(each.flows for each in sums),
        traffic=Traffic.union(each.traffic for each in sums),
        certain=any(each.certain for each in sums),
        violated=sum(each.violated for each in sums),
        violating=Traffic.union(each.violating for each in sums),
        rules=tuple(sorted({rule for each in sums for rule in each.rules})),
    )


# ---- painting -----------------------------------------------------------------------------------------


def _wish(entry: _Entry) -> float:
    return width(entry.name, SIZES["name"], bold=True) + 8 + width(entry.detail, SIZES["detail"])


def _named(entry: _Entry, room: float) -> tuple[str, str]:
    """Its name, and its detail where there is room for all of it."""
    name = fit(entry.name, SIZES["name"], room, bold=True)
    left = room - width(name, SIZES["name"], bold=True) - 8
    return name, entry.detail if width(entry.detail, SIZES["detail"]) <= left else ""


def _rows(axis: _Axis, left: float, top: float, length: float) -> Iterator[str]:
    for heading, at in axis.headings:
        yield fitted(_MARGIN, top + at + 16, heading, "title", left + length - _MARGIN)
    for entry in axis.entries:
        y = top + axis.at[entry.key]
        yield element("path", d=f"M{_MARGIN} {y + _CELL:.1f}H{left + length:.1f}", class_="rule")
        name, detail = _named(entry, left - _MARGIN - 12)
        yield text(_MARGIN, y + 19, name, "name")
        yield text(_MARGIN + width(name, SIZES["name"], bold=True) + 8, y + 19, detail, "detail")


def _columns(axis: _Axis, left: float, top: float, length: float) -> Iterator[str]:
    room = top - _TOP - 12
    for heading, at in axis.headings:
        words = fit(heading, SIZES["title"], room, bold="title" in BOLD)
        yield _upright(left + at + 17, top - 8, words, "title")
    for entry in axis.entries:
        x = left + axis.at[entry.key]
        yield element("path", d=f"M{x + _CELL:.1f} {top:.1f}V{top + length:.1f}", class_="rule")
        name, detail = _named(entry, room)
        yield _upright(x + 19, top - 8, name, "name")
        yield _upright(x + 19, top - 16 - width(name, SIZES["name"], bold=True), detail, "detail")


def _upright(x: float, y: float, words: str, class_: str) -> str:
    return text(x, y, words, class_, transform=f"rotate(-90 {x:.1f} {y:.1f})")


def _cell(at: Point, pair: tuple[str, str], total: Sum, names: Mapping[str, str]) -> str:
    (source, destination), (x, y) = pair, at
    shown = str(total.flows) if total.flows < 1000 else f"{total.flows // 1000}k"
    middle = x + (_CELL - width(shown, SIZES["kind"])) / 2
    ink = 0 if OUTSIDE in pair else _shade(total)
    return group(
        [
            title(f"{names[source]} → {names[destination]}: {wording.sum_title(total)}"),
            _square(at, _look(pair, total)),
            _square(at, f"outline {total.look}") if total.violated else "",
            icon(total.look, x + _CELL - 7, y + 7, total.look) if total.violated else "",
            text(middle, y + _CELL / 2 + 3.5, shown, f"kind ink{ink}"),
        ],
        **_data(pair, total),
    )


def _look(pair: tuple[str, str], total: Sum) -> str:
    look = "exposed" if OUTSIDE in pair else f"shade{_shade(total)}"
    return f"cell {look}{'' if total.certain else ' possible'}"


def _shade(total: Sum) -> int:
    return min(int(log2(total.flows)), _SHADES - 1)


def _data(pair: tuple[str, str], total: Sum) -> dict[str, object]:
    """The numbers of a cell, for whoever reads the drawing."""
    source, destination = pair
    flows: dict[str, object] = {"data_flows": total.flows, "data_violated": total.violated}
    return {"data_source": source, "data_destination": destination, **flows}


def _square(at: Point, class_: str, **data: object) -> str:
    side = _CELL - 5.0
    return element("rect", "", x=at[0] + 2.5, y=at[1] + 2.5, width=side, height=side, rx=4.0, class_=class_, **data)


def _legend(picture: Picture, top: float, wide: float) -> Iterator[str]:
    room = wide - 2 * _MARGIN
    words = (
        "darker: more flows · yellow: from or to outside · dashed: possible only · red with a cross: violates a rule"
    )
    yield fitted(_MARGIN, top + 28, words, "legend", room)
    yield fitted(_MARGIN, top + 50, wording.account(picture.totals), "footer", room)
