"""The path strip: one flow from left to right, a gate for every check on its way, and where each was written.

A gate is open (a tick), shut (a cross) or perhaps open (a question mark). Behind the first shut gate the line is
dashed: the packet does not get there, but what else would have stopped it is shown. The reply of a TCP connection is a
strip of its own, where anything looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netaudit.diagrams.fonts import fit, fit_end, fold, wrap
from netaudit.diagrams.paint import fitted, icon
from netaudit.diagrams.style import SIZES, STYLE
from netaudit.diagrams.svg import Point, document, element, group, polyline, text, title
from netaudit.engine.reference import Check, Trace
from netaudit.flows import Traffic
from netaudit.model import Endpoint, Truth

_MARGIN = 24
_CELL = 196.0
_PER_ROW = 7
_ROW = 172
_LINE_AT = 44  # of a row, where the line runs
_REASON_LINES = 3
_BOX_WIDE, _BOX_HIGH = 176.0, 58.0
_SIGNS = {Truth.YES: "open", Truth.MAYBE: "perhaps", Truth.NO: "violated"}
_LOOKS = {Truth.YES: "gate-open", Truth.MAYBE: "gate-perhaps", Truth.NO: "alarm"}
_WORDS = {Truth.YES: "passes", Truth.MAYBE: "may pass", Truth.NO: "is stopped"}
_VERDICTS = {Truth.YES: "ALLOWED", Truth.MAYBE: "UNKNOWN", Truth.NO: "BLOCKED"}


@dataclass(frozen=True, slots=True)
class _Strip:
    """A title, and what stands along the line: an endpoint at each end, checks between."""

    heading: str
    start: Endpoint
    checks: Sequence[Check]
    end: Endpoint

    @property
    def rows(self) -> int:
        return -(-(len(self.checks) + 2) // _PER_ROW)

    @property
    def height(self) -> int:
        return 28 + self.rows * _ROW


def draw_path(trace: Trace, *, heading: str = "") -> str:
    """The trace's best journey as an SVG document; where there is no way at all, it says so."""
    best = trace.best
    traffic = Traffic(((trace.point, trace.point),))
    said = f"{trace.source.id} → {trace.destination.id} {traffic}: {_VERDICTS[trace.verdict]}"
    strips = [_Strip(_delivery(trace), trace.source, best.checks if best else (), trace.destination)]
    if best and best.reply:
        strips.append(_Strip(f"the reply {_WORDS[best.replied]}", trace.destination, best.reply, trace.source))
    return _drawn(heading or said, said, strips)


def draw_legs(legs: Sequence[tuple[Endpoint, Sequence[Check], Endpoint]], heading: str) -> str:
    """Connections in order, such as those of a rule's witness, each as a strip of its own."""
    return _drawn(heading, heading, [_Strip(_crossed(*leg), *leg) for leg in legs])


def _crossed(source: Endpoint, checks: Sequence[Check], destination: Endpoint) -> str:
    return f"{source.id} → {destination.id}: {_gates(checks)}"


def _drawn(heading: str, said: str, strips: Sequence[_Strip]) -> str:
    cells = min(max(len(strip.checks) + 2 for strip in strips), _PER_ROW)
    wide = 2 * _MARGIN + cells * _CELL
    parts = [
        element("style", STYLE),
        element("rect", width="100%", height="100%", class_="paper"),
        fitted(_MARGIN, 36, heading, "heading", wide - 2 * _MARGIN),
    ]
    y = 52.0
    for strip in strips:
        parts += _strip(strip, y, wide)
        y += strip.height
    return document(heading, said, wide, y + 12, parts)


def _delivery(trace: Trace) -> str:
    if trace.best is None:
        return "there is no way"
    return f"the packet {_WORDS[trace.delivered]}: {_gates(trace.best.checks)}"


def _gates(checks: Sequence[Check]) -> str:
    shut = sum(check.verdict is Truth.NO for check in checks)
    return f"{len(checks)} checks" + (f", {shut} of them shut" if shut else "")


def _strip(strip: _Strip, top: float, wide: float) -> Iterator[str]:
    yield fitted(_MARGIN, top + 18, strip.heading, "legend", wide - 2 * _MARGIN)
    centres = [_centre(index, top + 28) for index in range(len(strip.checks) + 2)]
    yield from _line(strip, centres)
    yield _endpoint(strip.start, centres[0])
    for check, centre in zip(strip.checks, centres[1:-1], strict=True):
        yield _gate(check, centre)
    yield _endpoint(strip.end, centres[-1])


def _centre(index: int, top: float) -> Point:
    row, cell = divmod(index, _PER_ROW)
    return _MARGIN + (cell + 0.5) * _CELL, top + row * _ROW + _LINE_AT


def _line(strip: _Strip, centres: Sequence[Point]) -> Iterator[str]:
    shut = not strip.checks
    for (a, b), index in zip(pairwise(centres), range(len(centres)), strict=False):
        if index > 0 and strip.checks[index - 1].verdict is Truth.NO:
            shut = True
        between = (a[1] + _ROW - _LINE_AT - 4) if a[1] != b[1] else a[1]
        turn = [(a[0] + _CELL / 2 - 4, a[1]), (a[0] + _CELL / 2 - 4, between), (b[0] - _CELL / 2 + 4, between)]
        points = [a, b] if a[1] == b[1] else [a, *turn, (b[0] - _CELL / 2 + 4, b[1]), b]
        dashed = " possible" if shut else ""
        yield element("path", d=polyline(points), class_=f"arrow allowed{dashed}", stroke_width=2)


def _endpoint(endpoint: Endpoint, at: Point) -> str:
    x, y = at[0] - _BOX_WIDE / 2, at[1] - _BOX_HIGH / 2
    room = _BOX_WIDE - 20
    place = endpoint.origin.place if endpoint.origin else ""
    names = fold(endpoint.id, SIZES["name"], room, bold=True)
    return group(
        [
            title(f"{endpoint.id} ({endpoint.kind}) {place}"),
            element("rect", x=x, y=y, width=_BOX_WIDE, height=_BOX_HIGH, rx=6.0, class_="card"),
            *(text(x + 10, y + 18 + 13 * index, name, "name") for index, name in enumerate(names)),
            text(x + 10, y + 49, fit_end(place or endpoint.kind, SIZES["kind"], room), "kind"),
        ],
        data_endpoint=endpoint.id,
    )


def _gate(check: Check, at: Point) -> str:
    x, y = at
    left, room = x - _CELL / 2 + 8, _CELL - 16
    place = check.origin.place if check.origin else ""
    why = "; ".join([check.reason, *(f"depends on {unknown}" for unknown in check.because)])
    names = fold(check.component, SIZES["name"], room, bold=True)
    lines = wrap(why, SIZES["kind"], room, _REASON_LINES)
    below = y + 32 + 13 * len(names)
    tip = f"{check.stage} {check.component} {_WORDS[check.verdict]}: {why}\n{check.place}\n{check.origin or ''}"
    return group(
        [
            title(tip),
            text(left, y - 18, fit(f"{check.stage}: {_WORDS[check.verdict]}", SIZES["kind"], room), "kind"),
            element("circle", cx=x, cy=y, r=11.0, class_=_LOOKS[check.verdict]),
            icon(_SIGNS[check.verdict], x, y, "on-alarm wide"),
            *(text(left, y + 32 + 13 * index, name, "name") for index, name in enumerate(names)),
            *(text(left, below + 12 * index, line, "kind") for index, line in enumerate(lines)),
            text(left, below + 12 * len(lines) + 1, fit_end(place, SIZES["kind"], room), "place"),
        ],
        data_gate=_WORDS[check.verdict],
        data_code=check.code or None,
    )
