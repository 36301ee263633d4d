"""One document of a manifest: a plain value, and the line on which each part of it stands.

    Document(value={"kind": "Pod", "spec": {…}}, mark=Branch(3, 20, {"kind": 3, "spec": Branch(6, 20, {…})}))

The marks have the shape of the value, so that a path such as `("spec", "ingress", 0)` leads to a line without
every path being written down: a list of ten thousand pods costs two trees and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from netaudit.model import Origin, Path, Value


class Branch(NamedTuple):
    """Where a mapping or a list stands: its first and last line, and the marks of its parts."""

    line: int
    end_line: int
    parts: dict[str, Mark] | list[Mark]


Mark = int | Branch  # a leaf has its line only


@dataclass(frozen=True, slots=True)
class Document:
    """What one document holds; `number` counts the documents of a file from 1."""

    value: Value
    mark: Mark
    number: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A document that could not be read, and why; `templated` when it looks like a template not rendered."""

    message: str
    line: int
    number: int
    manifest: bool  # whether its text could be a manifest at all
    templated: bool = False
    kinds: frozenset[str] = frozenset()  # the kinds of objects that its text names


class UnparsableError(ValueError):
    """The text is not what it should be; `line` counts from 1 within the text."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class TooLargeError(UnparsableError):
    """The text goes beyond a bound, so that reading it in another way is no use."""


class Places(Mapping[Path, Origin]):
    """The places of all parts of one object, looked up in its marks when somebody asks."""

    __slots__ = ("_mark", "_object")

    def __init__(self, mark: Mark, origin: Origin) -> None:
        self._mark = mark
        self._object = origin

    def __getitem__(self, path: Path) -> Origin:
        mark = self._mark
        for step in path:
            if not isinstance(mark, Branch):
                raise KeyError(path)
            try:
                mark = mark.parts[step]  # type: ignore[index]  # a wrong kind of step is a KeyError below
            except (IndexError, TypeError):
                raise KeyError(path) from None
        line, end_line = (mark.line, mark.end_line) if isinstance(mark, Branch) else (mark, mark)
        return Origin(self._object.file, line, end_line, self._object.address, self._object.via)

    def __iter__(self) -> Iterator[Path]:
        return _paths(self._mark, ())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _paths(mark: Mark, path: Path) -> Iterator[Path]:
    yield path
    if isinstance(mark, Branch):
        keys = range(len(mark.parts)) if isinstance(mark.parts, list) else mark.parts
        for key in keys:
            yield from _paths(mark.parts[key], (*path, key))  # type: ignore[index]


def first_line(mark: Mark) -> int:
    """The line where the part begins."""
    return mark.line if isinstance(mark, Branch) else mark


def last_line(mark: Mark) -> int:
    """The line where the part ends."""
    return mark.end_line if isinstance(mark, Branch) else mark


def part(mark: Mark, step: str | int) -> Mark:
    """The mark of one part; that of the whole where the part has none."""
    if not isinstance(mark, Branch):
        return mark
    try:
        return mark.parts[step]  # type: ignore[index]
    except (LookupError, TypeError):
        return mark
