"""Names come from strangers' files: nothing in them may act on a terminal."""

from __future__ import annotations

import re

# Control characters, and the marks that reorder text on a screen.
_MARKS = r"\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
_UNSAFE = re.compile(rf"[\x00-\x1f{_MARKS}]")
_UNSAFE_IN_LINES = re.compile(rf"[\x00-\x09\x0b-\x1f{_MARKS}]")
_COMMAND = re.compile(r"(?:^(\s*)(?=::[A-Za-z][\w-]*(?: [^:]*)?::)|(?=##\[))([:#])")


def printable(text: str) -> str:
    """The text with everything that could move a cursor or change a colour written out."""
    return _UNSAFE.sub(_written_out, text)


def printable_line(text: str) -> str:
    """The same of a line of a log: nothing in it is a command to the runner of a workflow either.

    GitHub takes `::name …::` at the beginning of a line, and `##[name]` anywhere in it, for one.
    """
    return _COMMAND.sub(lambda found: f"{found.group(1) or ''}\\u{ord(found.group(2)):04x}", printable(text))


def harmless_json(text: str) -> str:
    """A JSON text with the same characters escaped; its own line ends stay."""
    return _UNSAFE_IN_LINES.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
