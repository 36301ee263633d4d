"""Texts that were parsed before: two revisions of a repository, or two clusters, have most of their files in common.

A text is known by its hash, so that it is not kept itself. What was parsed is shared, and nobody changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from netaudit.text.document import Broken, Document

_KEPT = 1 << 26  # characters whose documents are kept, the newest ones

Documents = tuple[Document | Broken, ...]


class ParsedTexts:
    """The documents of texts, each parsed once."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._known: dict[bytes, tuple[int, Documents]] = {}
        self._size = 0

    def of(self, text: str, syntax: str, parse: Callable[[str], Documents]) -> Documents:
        """The documents of a text in some syntax."""
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20, person=syntax.encode()).digest()
        if key in self._known:
            return self._known[key][1]
        found = parse(text)
        self._known[key] = (len(text), found)
        self._size += len(text)
        while self._size > self._kept:
            size, _ = self._known.pop(next(iter(self._known)))
            self._size -= size
        return found
