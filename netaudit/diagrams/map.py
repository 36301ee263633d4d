"""The map: nested boxes in tiers, bundled arrows in the gutters between them, violations in colour.

Own SVG, without a layout program: containment holds by construction, no arrow is lost, and the same input gives the
same bytes. Every box, card and arrow carries its numbers as `data-` attributes, so that the picture can be held
to the account in its footer.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log2

from netaudit.diagrams import legend, paint, wording
from netaudit.diagrams.fonts import fit
from netaudit.diagrams.layout import MARGIN, Arrow, Label, Layout, lay_out
from netaudit.diagrams.picture import Picture
from netaudit.diagrams.style import SIZES, STYLE
from netaudit.diagrams.svg import Point, document, element, group, polyline, text, title
from netaudit.errors import QueryError

READABLE = 80  # arrows; those of more namespaces, say, that nearly all reach one another are a tangle
_LEAST_WIDTH = 760.0


class TooManyArrows(QueryError):  # noqa: N818 - what it says is not an error of the estate
    """The map would not be readable; `arrows` and `limit` say by how much, the message what to do instead."""

    def __init__(self, arrows: int, limit: int) -> None:
        super().__init__(
            f"{arrows:,} arrows are not readable (limit {limit:,}): draw the matrix, or ask for less: focus on a"
            " selector, collapse to larger boxes, or show only violations"
        )
        self.arrows = arrows
        self.limit = limit


def draw_map(picture: Picture, *, max_arrows: int = READABLE) -> str:
    """The picture as an SVG document. Raises TooManyArrows."""
    if len(picture.bundles) > max_arrows:
        raise TooManyArrows(len(picture.bundles), max_arrows)
    layout = lay_out(picture)
    wide = max(layout.sheet.x + layout.sheet.width + MARGIN, _LEAST_WIDTH)
    footer, bottom = legend.footer(picture, bool(layout.forks), wide, layout.sheet.y + layout.sheet.height)
    heading = picture.title or "Who can reach whom"
    parts = [
        element("style", STYLE),
        element("rect", width="100%", height="100%", class_="paper"),
        text(MARGIN, 36, fit(heading, SIZES["heading"], wide - 2 * MARGIN, bold=True), "heading"),
        *paint.boxes(picture.boxes, layout),
        *_arrows(layout),
        group((paint.dot(fork, "allowed") for fork in layout.forks), data_forks="") if layout.forks else "",
        *footer,
    ]
    return document(heading, wording.account(picture.totals), wide, bottom, parts)


def _arrows(layout: Layout) -> Iterator[str]:
    """Allowed ones first, so that violated ones lie over them; labels last of all."""
    for arrow in sorted(layout.arrows, key=lambda arrow: bool(arrow.bundle.sum.violated)):
        yield _arrow(arrow, layout)


def _arrow(arrow: Arrow, layout: Layout) -> str:
    total = arrow.bundle.sum
    look = total.look
    thick = min((1.8 if total.violated else 1.2) + 0.55 * log2(total.flows), 4.5)
    ends = layout.boxes[arrow.bundle.source], layout.boxes[arrow.bundle.destination]
    head = 6.0 + thick / 2
    *way, before, tip = arrow.points
    shaft = polyline([*way, before, (tip[0] + (head - 1) * (1 if before[0] > tip[0] else -1), tip[1])])
    dashed = "" if total.certain else " possible"
    return group(
        [
            title(wording.bundle_title(arrow.bundle, *ends)),
            element("path", d=shaft, class_="halo", stroke_width=thick + 3) if total.violated else "",
            element("path", d=shaft, class_=f"arrow {look}{dashed}", stroke_width=round(thick, 1)),
            element("path", d=_head(before, tip, head), class_=f"{look}-head"),
            _label(arrow.label, look) if arrow.label else "",
        ],
        data_source=arrow.bundle.source,
        data_destination=arrow.bundle.destination,
        data_flows=total.flows,
        data_violated=total.violated,
        data_points=" ".join(f"{x:.1f},{y:.1f}" for x, y in arrow.points),
    )


def _head(before: Point, tip: Point, size: float) -> str:
    back = tip[0] + (size if before[0] > tip[0] else -size)
    return f"M{tip[0]:.1f} {tip[1]:.1f}L{back:.1f} {tip[1] - size / 2:.1f}V{tip[1] + size / 2:.1f}Z"


def _label(label: Label, look: str) -> str:
    rect = label.rect
    return group(
        [
            element(
                "rect",
                x=rect.x,
                y=rect.y,
                width=rect.width,
                height=rect.height,
                rx=rect.height / 2,
                class_=f"badge {paint.alarm(look)}",
            ),
            paint.icon(look, rect.x + 10, rect.y + rect.height / 2, "on-alarm"),
            paint.fitted(rect.x + 18, rect.y + 11.5, label.text, "label-text", rect.width - 24),
        ],
        data_label="",
    )
