"""Names come from strangers' files: nothing in them may act on a terminal."""

from __future__ import annotations

import re

# Control characters, and the marks that reorder text on a screen.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with everything that could move a cursor or change a colour written out."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def harmless_json(text: str) -> str:
    """A JSON text with the same characters escaped; its own line ends stay."""
    return _UNSAFE.sub(lambda match: match.group() if match.group() == "\n" else f"\\u{ord(match.group()):04x}", text)
