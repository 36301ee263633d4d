"""Boxes, cards, badges and counters as SVG. Every text is fitted into the room that it has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from netaudit.diagrams import cards, wording
from netaudit.diagrams.fonts import fit, width
from netaudit.diagrams.layout import Layout, Rect
from netaudit.diagrams.picture import Badge, Box, Sum
from netaudit.diagrams.style import BOLD, SIZES
from netaudit.diagrams.svg import Point, element, group, text, title

_PAD = 10
_ICON = 16  # room for a counter's sign
_ICONS = {
    "inner": "M3.4 -1.2A3.6 3.6 0 1 1 1.2 -3.4M1 -5.2L1.4 -3.3L-0.6 -2.6",
    "outward": "M-3 3L3 -3M-1.4 -3H3V1.4",
    "exposed": "M-3.6 0A3.6 3.6 0 1 0 3.6 0A3.6 3.6 0 1 0 -3.6 0M-1 0A1 1 0 1 0 1 0A1 1 0 1 0 -1 0",
    "open": "M-4 0.4L-1.2 3.2L4.2 -3",
    "perhaps": "M-2.6 -2.2A2.6 2.6 0 1 1 0.8 0.2Q0 0.6 0 1.8M0 3.6V4.4",
    "violated": "M-2.8 -2.8L2.8 2.8M2.8 -2.8L-2.8 2.8",
    "opened": "M-3.4 0H3.4M0 -3.4V3.4",
    "altered": "M-3.4 1Q-1.7 -2.4 0 0T3.4 -1",
    "closed": "M-3.4 0H3.4",
}


def icon(name: str, x: float, y: float, class_: str = "") -> str:
    """A small sign around a point, drawn, so that no font needs to have it."""
    return element("path", d=_ICONS[name], transform=f"translate({x:.1f} {y:.1f})", class_=f"icon {class_}".strip())


def dot(at: Point, look: str) -> str:
    """Where a line divides."""
    return element("circle", cx=float(at[0]), cy=float(at[1]), r=2.6, class_=f"{look}-head")


def alarm(look: str) -> str:
    """The class of a label or badge that is marked: that of violations, or that of one kind of change."""
    return "alarm" if look == "violated" else f"{look}-alarm"


def fitted(x: float, y: float, words: str, class_: str, room: float) -> str:
    """A line of text that is at most as wide as its room; its first class fixes the size."""
    name = class_.split(maxsplit=1)[0]
    return text(x, y, fit(words, SIZES[name], room, bold=name in BOLD), class_)


def boxes(found: Iterable[Box], layout: Layout, depth: int = 0, parent: str | None = None) -> Iterator[str]:
    """Each box with what it holds, as nested groups."""
    for box in found:
        rect = layout.rects[box.key]
        inside = boxes(box.boxes, layout, depth + 1, box.key) if box.boxes else _cards(box, rect)
        shape = f"box{' deep' if depth % 2 else ''}" if box.boxes else "leaf"
        yield group(
            [title(wording.box_title(box)), _frame(rect, shape, 10 if box.boxes else 7), *_header(box, rect), *inside],
            data_box=box.key,
            data_parent=parent,
        )


def _frame(rect: Rect, class_: str, round_: float) -> str:
    return element(
        "rect", x=rect.x, y=float(rect.y), width=rect.width, height=float(rect.height), rx=float(round_), class_=class_
    )


def _header(box: Box, rect: Rect) -> Iterator[str]:
    room = rect.width - 2 * _PAD
    if not box.boxes:
        yield element(
            "rect", x=rect.x + _PAD, y=float(rect.y), width=room, height=3.0, class_=f"tier{min(max(box.column, 0), 2)}"
        )
    yield fitted(rect.x + _PAD, rect.y + 18, box.title, "title", room)
    left, right = rect.x + _PAD, rect.x + rect.width - _PAD
    for name, flows, sums in cards.counters(box):
        words = wording.counter_text(name, flows)
        if right - width(words, SIZES["detail"]) - _ICON < left:
            words = str(flows)
        right -= width(words, SIZES["detail"])
        yield _counter(name, words, (right, rect.y + 31), sums)
        right -= _ICON + 10
    yield fitted(left, rect.y + 31, cards.detail_text(box), "detail", right - left)


def _counter(name: str, words: str, at: Point, sums: Sequence[Sum]) -> str:
    look = next((each.look for each in sums if each.violated), "")
    parts = [
        title(f"{words}: {'; '.join(map(wording.sum_title, sums))}"),
        icon(name, at[0] - 8, at[1] - 3.5, look),
        text(*at, words, f"detail {look}-head" if look else "detail"),
    ]
    flows, violated = sum(each.flows for each in sums), sum(each.violated for each in sums)
    return group(parts, data_counter=name, data_flows=flows, data_violated=violated)


def _cards(box: Box, rect: Rect) -> Iterator[str]:
    columns = cards.columns_at(box, int(rect.height))
    for card in cards.cards(box, columns, rect.width):
        x, y = rect.x + card.x, rect.y + card.y
        room = card.width - 16
        look, marked = card.chip.look, bool(card.chip.marks)
        badges = [
            _badge(badge, Rect(x + 5, y + cards.CARD - 3 + cards.BADGE * index, card.width - 10, cards.BADGE - 3))
            for index, badge in enumerate(cards.badges_shown(card.chip))
        ]
        yield group(
            [
                title(wording.chip_title(card.chip)),
                _frame(Rect(x, y, card.width, card.height), f"card {look}-card" if marked else "card", 5),
                icon(look, x + card.width - 11, y + 10, look) if marked else "",
                fitted(x + 8, y + 14, card.chip.title, "name", room - cards.sign_room(card.chip)),
                fitted(x + 8, y + 26, wording.kind_text(card.chip.kind), "kind", room),
                *badges,
            ],
            data_chip=json.dumps(card.chip.ids),
            data_marks=json.dumps(card.chip.marks) if marked else None,
        )


def _badge(badge: Badge, rect: Rect) -> str:
    look, ink = ("exposed", "badge") if badge.public else ("outside", "outside")
    sign = "exposed" if badge.inward else "outward"
    if badge.sum.violated:
        look, ink, sign = alarm(badge.sum.look), "alarm", badge.sum.look
    return group(
        [
            title(wording.badge_title(badge)),
            _frame(rect, f"badge {look}", rect.height / 2),
            icon(sign, rect.x + 9, rect.y + rect.height / 2, f"on-{ink}"),
            fitted(rect.x + 17, rect.y + 10.5, wording.badge_text(badge), f"badge-text {ink}-text", rect.width - 23),
        ],
        data_badge="in" if badge.inward else "out",
        data_flows=badge.sum.flows,
        data_violated=badge.sum.violated,
    )
