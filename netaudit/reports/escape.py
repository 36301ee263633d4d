"""Names come from strangers' files: nothing in them may act on a terminal."""

from __future__ import annotations

import re

# Control characters, and the marks that reorder text on a screen.
_MARKS = r"\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
_UNSAFE = re.compile(rf"[\x00-\x1f{_MARKS}]")
_UNSAFE_IN_LINES = re.compile(rf"[\x00-\x09\x0b-\x1f{_MARKS}]")


def printable(text: str) -> str:
    """The text with everything that could move a cursor or change a colour written out."""
    return _UNSAFE.sub(_written_out, text)


def harmless_json(text: str) -> str:
    """A JSON text with the same characters escaped; its own line ends stay."""
    return _UNSAFE_IN_LINES.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
