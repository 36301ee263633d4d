"""Everything that a snapshot's files hold, by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from netaudit.model import Diagnostic, Value
from netaudit.sources.snapshot.item import Item

_MORE = ("NextToken", "NextMarker", "Marker", "nextToken")
_BESIDE = frozenset({*_MORE, "ResponseMetadata", "AdditionalRoutesAvailable"})
_ANYWHERE = frozenset({"PrefixLists", "ManagedPrefixListEntries"})  # often kept once, for all places


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

    def expect(self, *keys: str) -> None:
        """Keys that have a meaning, though nothing asks for them where other things are missing."""
        self._asked.update(keys)

    @property
    def asked(self) -> frozenset[str]:
        """The keys that have a meaning."""
        return frozenset(self._asked)

    def single(self, key: str) -> Iterator[Item]:
        """The objects that stand under a key themselves, not in a list."""
        self._asked.add(key)
        for document in self._documents:
            found = document.value.get(key)
            if isinstance(found, Mapping):
                yield Item(found, document.mark, document.file, document.settings, self.notes)

    def knows(self, key: str) -> bool:
        """Whether any file has a key."""
        return any(key in each.value for each in self._documents)

    def named(self, key: str, name: str, identity: str) -> Iterator[tuple[str, Item]]:
        """The objects below a key, each with what it is called: by a name that is unique in one Region only.

        Where several accounts or Regions have things of one name, each is called by its whole `identity`, a key that
        is unique everywhere, or else by account, Region and name.
        """
        homes: dict[str, set[str]] = {}
        found = [(item.text(name), _whole_name(item, name, identity), item) for item in self.of(key)]
        for short, whole, _ in found:
            homes.setdefault(short, set()).add(whole)
        for short, whole, item in found:
            yield (whole if short and len(homes[short]) > 1 else short), item

    def places(self) -> dict[tuple[Value, Value], Item]:
        """Each account and Region that has things with a meaning to the network, with the first file that does."""
        found: dict[tuple[Value, Value], Item] = {}
        for document in self._documents:
            if any(document.value.get(key) for key in self._asked - _ANYWHERE):
                found.setdefault((document.settings.get("account_id"), document.settings.get("region")), document)
        return found

    def unfinished(self) -> Iterator[tuple[Item, bool]]:
        """The documents that say that more follows, each with whether one of the same keys and place is the last."""
        ended = {_page(each) for each in self._documents if not _goes_on(each)}
        for document in self._documents:
            if _goes_on(document):
                yield document, _page(document) in ended

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


def _whole_name(item: Item, name: str, identity: str) -> str:
    place = [str(item.settings[key]) for key in ("account_id", "region") if key in item.settings]
    return item.text(identity) or "/".join([*place, item.text(name)])


def _goes_on(document: Item) -> bool:
    return any(document.get(key) is not None for key in _MORE)


def _page(document: Item) -> tuple[object, ...]:
    """What the pages of one list share: their keys, and the place; where no Region is told, the file."""
    place = tuple(sorted(document.settings.items())) if document.settings.get("region") else document.file
    return (place, *sorted(key for key in document.value if key not in _BESIDE))
