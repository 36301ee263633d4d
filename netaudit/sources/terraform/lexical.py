"""What both front ends share: the error, the bounds, escapes, numbers, heredocs."""

from __future__ import annotations

import re
from decimal import Decimal

MAX_BYTES = 1 << 20
MAX_DEPTH = 150
MAX_RUN = 1000

_STRUCTURE = re.compile(r'#[^\n]*|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|[\[({]|[\])}]', re.DOTALL)
_LONG_BLANK = re.compile(rf"\s{{{MAX_RUN}}}")  # on its own: as one of two choices it takes four times as long
_LONG_QUOTE = '"' * MAX_RUN
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_HEREDOC = re.compile(r"<<-?[A-Za-z][\w.-]*\r?\n(.*?)[ \t]*[A-Za-z][\w.-]*\r?\n?\Z", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


class HclSyntaxError(Exception):
    """Text that is not HCL, or that is refused before parsing; `line` is 0 where it concerns all of it."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def refuse_excess(text: str) -> None:
    """Bounds that keep a parser from overflowing, or from taking minutes. Raises `HclSyntaxError`."""
    if len(text) > MAX_BYTES:
        raise HclSyntaxError(f"larger than {MAX_BYTES >> 20} MiB, which is refused")
    if "\0" in text:
        raise HclSyntaxError("holds a NUL character: not a text file")
    blank = _LONG_BLANK.search(text)
    start = blank.start() if blank is not None else text.find(_LONG_QUOTE)
    if start >= 0:
        what = "blank characters" if blank is not None else "quotes"
        raise HclSyntaxError(f"more than {MAX_RUN} {what} in a row", text.count("\n", 0, start) + 1)
    if text.count("[") + text.count("(") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for found in _STRUCTURE.finditer(text):
        mark = found.group()
        if mark in "[({":
            depth += 1
            if depth > MAX_DEPTH:
                line = text.count("\n", 0, found.start()) + 1
                raise HclSyntaxError(f"nested deeper than {MAX_DEPTH} levels", line)
        elif mark in "])}":
            depth = max(0, depth - 1)


def unescape(raw: str) -> str:
    """The text of a quoted string part: `\\n`, `\\"`, `\\uXXXX` … (TF-16)."""
    if "\\" not in raw:
        return raw
    return _ESCAPE.sub(_unescape_one, raw)


def _unescape_one(found: re.Match[str]) -> str:
    code = found.group(1)
    if code[0] in "uU" and len(code) > 1:
        point = int(code[1:], 16)
        return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else "\ufffd"
    return _PLAIN_ESCAPES.get(code, found.group())


def number(text: str, *, whole: bool) -> int | Decimal:
    """The number that a literal spells: an int wherever it is whole."""
    value: int | Decimal = int(text) if whole and len(text) < 4000 else Decimal(text)
    if isinstance(value, Decimal) and abs(value.adjusted()) < 1000 and value == value.to_integral_value():
        return int(value)
    return value


def heredoc_body(text: str) -> str:
    """The lines between the markers of a heredoc."""
    found = _HEREDOC.match(text)
    return found.group(1) if found else ""
