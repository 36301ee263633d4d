"""Everything that a snapshot's files hold, by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netaudit.model import Diagnostic
from netaudit.sources.snapshot.item import Item

_BESIDE = frozenset({"NextToken", "ResponseMetadata", "AdditionalRoutesAvailable"})


class Shelf:
    """The documents of a snapshot, asked by key."""

    def __init__(self, documents: Sequence[Item], notes: list[Diagnostic]) -> None:
        self._documents = documents
        self._asked: set[str] = set()
        self.notes = notes

    def of(self, *keys: str) -> Iterator[Item]:
        """The objects below some keys, in the order of the files."""
        self._asked.update(keys)
        for document in self._documents:
            for key in keys:
                if key in document.value:
                    yield from document.items(key)

    def has(self, key: str, settings: object) -> bool:
        """Whether a file of this account and Region has a key."""
        return any(key in each.value and each.settings == settings for each in self._documents)

    def unasked(self) -> Iterable[tuple[str, Item]]:
        """Keys that nothing asked for, with a document that has each."""
        found: dict[str, Item] = {}
        for document in self._documents:
            for key in document.value:
                if key not in self._asked and key not in _BESIDE:
                    found.setdefault(key, document)
        return found.items()
