"""Names come from strangers' files: nothing in them may act on a terminal."""

from __future__ import annotations

import re

# Control characters, and the marks that reorder text on a screen.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with everything that could move a cursor or change a colour written out."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
