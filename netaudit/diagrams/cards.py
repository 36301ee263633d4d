"""The inside of a leaf: its header, counters, and a card for every chip with its badges on it.

Sizes come first and are upper bounds (see `fonts`); every text is then fitted into the room that it really got.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from netaudit.diagrams.fonts import clean, width
from netaudit.diagrams.levels import HEADER
from netaudit.diagrams.picture import Badge, Box, Chip, Sum
from netaudit.diagrams.wording import badge_text, counter_text, kind_text

TITLE, SMALL = 12.0, 9.5  # font sizes
CHIP_TITLE = 11.0
CARD = 32  # the height of a card without badges
BADGE = 17  # and of each badge on it
GAP = 8
SIGN = 14  # room for the sign of a card that takes part in a marked flow
_MARGIN = 10
_NARROW, _WIDE = 84, 250
_HEADER_WIDE = 400


@dataclass(frozen=True, slots=True)
class Card:
    """Where a chip lies within its leaf, and how large it is."""

    chip: Chip
    x: float
    y: float
    width: float
    height: float


def badges_shown(chip: Chip) -> tuple[Badge, ...]:
    """The badges that are drawn on the card."""
    return tuple(badge for badge in chip.badges if badge.drawn)


def egress(box: Box) -> tuple[Badge, ...]:
    """The badges that the leaf's counter of outgoing flows stands for."""
    return tuple(badge for badge in box.badges if not badge.drawn)


def counters(box: Box) -> list[tuple[str, int, Sequence[Sum]]]:
    """What the header counts: its name, the number of flows, and their sums."""
    out = [badge.sum for badge in egress(box)]
    found = [("inner", box.inner.flows, [box.inner]), ("outward", sum(each.flows for each in out), out)]
    return [each for each in found if each[1]]


def header_width(box: Box) -> float:
    """What the header would like to have, within reason."""
    title = width(clean(box.title), TITLE, bold=True)
    detail = width(clean(detail_text(box)), SMALL)
    counted = sum(width(counter_text(name, number), SMALL) + 26 for name, number, _ in counters(box))
    return ceil(min(max(title, detail + counted), _HEADER_WIDE)) + 2 * _MARGIN + 1


def detail_text(box: Box) -> str:
    """The second line of a header: what an auditor matches the box to."""
    empty = "" if box.boxes or box.chips else "empty"
    return " · ".join(part for part in (kind_text(box.kind), box.detail, empty) if part)


def sign_room(chip: Chip) -> int:
    """What the sign of a marked card takes of the line of its title."""
    return SIGN if chip.marks else 0


def card_height(chip: Chip) -> float:
    """Its title and kind, and a line for each badge."""
    return CARD + BADGE * len(badges_shown(chip))


def leaf_height(box: Box) -> int:
    """The height that makes the leaf pleasant: about as wide as high, or flat where it is small."""
    return int(_bottom(cards(box, _columns_for(box))))


def leaf_width(box: Box, height: int) -> float:
    """The width that the leaf needs at that height."""
    columns = columns_at(box, height)
    return max(header_width(box), columns * (_card_width(box) + GAP) - GAP + 2 * _MARGIN if box.chips else 0)


def columns_at(box: Box, height: int) -> int:
    """The fewest columns of cards that fit under one another at that height."""
    most = max(_columns_for(box), 1)
    count = len(box.chips)
    # at least so high; spares laying out what cannot fit
    worth = (n for n in range(1, most) if -(-count // n) * (CARD + GAP) <= height)
    return next((n for n in worth if _bottom(cards(box, n)) <= height), most)


def cards(box: Box, columns: int, room: float | None = None) -> list[Card]:
    """The cards, row by row, within a leaf; `room` is the leaf's width where it is known."""
    wide = _card_width(box)
    if room is not None and columns:
        wide = min(_WIDE, (room - 2 * _MARGIN - GAP * (columns - 1)) / columns)
    found: list[Card] = []
    y = float(HEADER + 4)
    chips = box.chips
    for start in range(0, len(chips), columns or 1):
        row = chips[start : start + columns]
        tall = max(card_height(chip) for chip in row)
        found += [Card(chip, _MARGIN + i * (wide + GAP), y, wide, tall) for i, chip in enumerate(row)]
        y += tall + GAP
    return found


def _bottom(found: Sequence[Card]) -> float:
    return max((card.y + card.height for card in found), default=HEADER - 6) + _MARGIN


def _columns_for(box: Box) -> int:
    """Up to two cards lie in one column; more of them strive for a sheet half again as wide as high."""
    count = len(box.chips)
    if not count:
        return 0
    wide = _card_width(box)
    return min(range(1, count + 1), key=lambda n: max(n * wide / 1.6, -(-count // n) * 44))


def _card_width(box: Box) -> float:
    wishes = [_card_wish(chip) for chip in box.chips]
    return min(max([_NARROW, *wishes]), _WIDE)


def _card_wish(chip: Chip) -> float:
    title = width(clean(chip.title), CHIP_TITLE, bold=True) + sign_room(chip)
    kind = width(clean(kind_text(chip.kind)), SMALL)
    badges = [width(badge_text(badge), SMALL, bold=True) + 22 for badge in badges_shown(chip)]
    return ceil(max(title, kind, *badges, 0)) + 19
