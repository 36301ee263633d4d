"""How wide a text is, without a font: what lets every text of a picture be fitted into its box beforehand.

A picture names a family of fonts, and the reader's machine picks one. The widths are therefore upper bounds, in
thousandths of the font size: for every printable ASCII character the widest of the usual sans-serif faces. What
is outside the table counts as a full square, or as much as its category may need.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

FAMILY = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"

_REGULAR = {
    280: "'ijl",
    300: "I",
    320: " ,.",
    340: r"/:;\|",
    360: "f",
    380: "-",
    400: "()[]t·",
    420: "!r",
    460: '"',
    500: "*J`",
    540: "sz",
    560: "?L_c",
    580: "k",
    600: "vxy–",
    620: "FTaeo",
    640: "$0123456789bdghnpqu{}",
    680: "EKPSY",
    700: "ABVXZ",
    740: "CRU",
    760: "HN",
    780: "&DG",
    800: "OQ",
    820: "w",
    840: "#+<=>^~×",
    880: "M",
    960: "%",
    980: "m",
    1000: "W…→",
    1020: "@",
}
_BOLD = {
    320: "'",
    360: " ijl",
    380: r",./I\|",
    400: ":;·",
    420: "-",
    440: "f",
    460: "!()[]",
    480: "t",
    500: "`r",
    540: '"*',
    560: "J_",
    600: "csz–",
    620: "?",
    640: "L",
    660: "vxy",
    680: "aek",
    700: "$0123456789EFTo",
    720: "bdghnpqu{}",
    740: "CPSYZ",
    780: "ABKRVX",
    820: "U",
    840: "#+<=>DGHN^~×",
    860: "OQ",
    880: "&",
    940: "w",
    1000: "@M…→",
    1020: "%",
    1060: "m",
    1120: "W",
}
_WIDTHS = {
    False: {char: width for width, chars in _REGULAR.items() for char in chars},
    True: {char: width for width, chars in _BOLD.items() for char in chars},
}
_LATIN_END = 0x250
_ELLIPSIS = "…"
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str) -> str:
    """The text with every control, format, direction and unassigned character made visible as U+FFFD.

    What is left is legal in XML once it is escaped, and cannot reorder its surroundings.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(char) in _INVISIBLE else char for char in text)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """An upper bound of the text's width, in the unit of `size`."""
    table = _WIDTHS[bold]
    return sum(table.get(char) or _outside_the_table(char) for char in text) * size / 1000


def fit(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, cleaned, and cut with an ellipsis where it is wider than `room`; "" when not even that fits."""
    text = clean(text)
    # a longer name than any room is cut first, so that the loop below stays short
    text = text if len(text) <= 400 else text[:400] + _ELLIPSIS
    if width(text, size, bold=bold) <= room:
        return text
    left = room - width(_ELLIPSIS, size, bold=bold)
    kept = 0
    for char in text:
        left -= width(char, size, bold=bold)
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + _ELLIPSIS if kept else ""


def fit_end(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Like `fit`, but it is the end that is kept: of a path or an address, that is what tells it from others."""
    return fit(text[:-401:-1], size, room, bold=bold)[::-1] if len(text) > 1 else fit(text, size, room, bold=bold)


def wrap(text: str, size: float, room: float, lines: int) -> list[str]:
    """The text in at most so many lines, broken between words; what does not fit is cut with an ellipsis."""
    found: list[str] = []
    words = clean(text).split()
    while words and len(found) < lines - 1:
        line = [words.pop(0)]
        while words and width(" ".join([*line, words[0]]), size) <= room:
            line.append(words.pop(0))
        found.append(fit(" ".join(line), size, room))
    if words:
        found.append(fit(" ".join(words), size, room))
    return found


def fold(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """A name in one line, or broken behind one of its separators into two, of which the second keeps its end."""
    text = clean(text)[:400]
    first = fit(text, size, room, bold=bold)
    if first in {text, ""}:
        return [first] if first else []
    cut = max((first.rfind(mark) for mark in "./:_- "), default=-1) + 1 or len(first) - 1
    return [text[:cut].rstrip(), fit_end(text[cut:], size, room, bold=bold)]


@lru_cache(maxsize=4096)
def _outside_the_table(char: str) -> int:
    """Accented Latin is at most as wide as its widest ligature but one; all else may be a square, or more."""
    if ord(char) < _LATIN_END and unicodedata.category(char) != "Lu":
        return 1150
    return 1600 if ord(char) < _LATIN_END else 1250
