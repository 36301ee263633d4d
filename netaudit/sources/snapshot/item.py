"""One object of an answer of the API: its parts by key, each with its line, and never a traceback.

What is a list or an object is checked here, and told where it is not; leaves are handed on as they are, for whoever
gives them a meaning checks their types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from netaudit.model import Diagnostic, Effect, Origin, Path, Resource, Severity, Unknown, Value
from netaudit.text.document import Branch, Mark, first_line, last_line, part

Block = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Item:
    """An object with its place: `mark` is None where lines are not known."""

    value: Mapping[str, Value]
    mark: Mark | None
    file: str
    settings: Mapping[str, Value]
    notes: list[Diagnostic] = field(repr=False)

    @property
    def origin(self) -> Origin:
        """Where the object stands."""
        return self._at(self.mark)

    def get(self, *keys: str) -> Value:
        """The value behind some keys; None where there is none. An empty text counts as none."""
        found: Value = self.value
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return None if found == "" else found

    def text(self, *keys: str) -> str:
        """Text behind some keys; empty where there is none, or something else."""
        found = self.get(*keys)
        return found if isinstance(found, str) else ""

    def items(self, *keys: str) -> list[Item]:
        """The objects of a list behind some keys; what is no object is told."""
        found, mark = self.value.get(keys[0]), self._part(keys[0])
        for key in keys[1:]:
            found = found.get(key) if isinstance(found, Mapping) else None
            mark = part(mark, key) if mark is not None else None
        if found is None:
            return []
        if not isinstance(found, list):
            self.bad(f"'{keys[-1]}' must be a list", mark)
            return []
        return list(self._objects(keys[-1], found, mark))

    def blocks(self, key: str, block: Callable[[Item], Block]) -> list[tuple[Value, Item]]:
        """The objects of a list as blocks; a list that is not there at all was never printed, and may hold any."""
        if key in self.value:
            return [(block(each), each) for each in self.items(key)]
        return [(Unknown(f"'{key}', which the snapshot lacks here", self.origin, many=True), self)]

    def texts_told(self, key: str) -> list[Value]:
        """A list of leaves that the API always prints: unknown where it is not there."""
        return (
            self.texts(key)
            if key in self.value
            else [Unknown(f"'{key}', which the snapshot lacks", self.origin, many=True)]
        )

    def texts(self, key: str) -> list[Value]:
        """A list of leaves."""
        found = self.value.get(key)
        if found is None or isinstance(found, list):
            return list(found or ())
        self.bad(f"'{key}' must be a list", self._part(key))
        return [Unknown(f"'{key}' is not a list", self.origin, many=True)]

    def told(self, *keys: str) -> Value:
        """The value behind some keys; unknown where there is none, though the API always prints one."""
        found = self.get(*keys)
        return (
            found if found is not None else Unknown(f"'{'.'.join(keys)}', which the snapshot lacks here", self.origin)
        )

    def leaves_told(self, key: str, inner: str) -> list[Value]:
        """One leaf of each object in a list that the API always prints: unknown where either is not there."""
        if key not in self.value:
            return self.texts_told(key)
        return [each.told(inner) for each in self.items(key)]

    def leaves(self, key: str, inner: str) -> list[Value]:
        """One leaf of each object in a list."""
        return [each.get(inner) for each in self.items(key) if each.get(inner) is not None]

    def tags(self, key: str = "Tags") -> Block:
        """Tags, which are a list of pairs."""
        return {each.text("Key"): each.value.get("Value") for each in self.items(key) if each.text("Key")}

    def bad(self, message: str, mark: Mark | None = None) -> None:
        """Tell of a part with a wrong shape: what it would say is missing."""
        origin = self._at(mark if mark is not None else self.mark)
        self.notes.append(Diagnostic("SNAPSHOT_BAD_SHAPE", message, Severity.ERROR, origin, effect=Effect.UNREADABLE))

    def _objects(self, key: str, found: list[Value], mark: Mark | None) -> Iterator[Item]:
        for index, each in enumerate(found):
            inner = part(mark, index) if mark is not None else None
            if isinstance(each, Mapping):
                yield Item(each, inner, self.file, self.settings, self.notes)
            else:
                self.bad(f"'{key}' must hold objects, not {type(each).__name__}", inner)

    def _part(self, key: str) -> Mark | None:
        return part(self.mark, key) if isinstance(self.mark, Branch) else None

    def _at(self, mark: Mark | None) -> Origin:
        if mark is None:
            return Origin(self.file)
        return Origin(self.file, first_line(mark), last_line(mark))


def resource(
    kind: str,
    item: Item,
    address: str,
    attributes: Block,
    blocks: Mapping[str, Sequence[tuple[Value, Item]]] | None = None,
) -> Resource:
    """A resource out of an item; `blocks` are repeated blocks, each with the item that says where it stands."""
    places: dict[Path, Origin] = {}
    whole = {"id": address, **attributes}
    for name, parts in (blocks or {}).items():
        whole[name] = [block for block, _ in parts]
        for index, (_, where) in enumerate(parts):
            places[name, index] = _named(where.origin, address)
    known = {key: value for key, value in whole.items() if value is not None}
    return Resource(kind, address, known, _named(item.origin, address), places, settings=item.settings)


def _named(origin: Origin, address: str) -> Origin:
    return Origin(origin.file, origin.line, origin.end_line, address)
