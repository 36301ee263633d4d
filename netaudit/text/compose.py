"""Events to a value and its marks: the one builder for YAML and JSON, with every bound that hostile text needs.

Only mappings, lists and plain scalars come out; a tag never makes an object. Nesting, the number of nodes and
what aliases expand to are bounded, so that neither depth nor a few anchors can exhaust the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from netaudit.model import Value
from netaudit.text.document import Branch, Mark, TooLargeError, UnparsableError, first_line, last_line, part

DEPTH_LIMIT = 100
NODE_LIMIT = 750_000  # of one file
EXPANSION_LIMIT = 100_000  # nodes that the aliases of one document stand for


class Event(NamedTuple):
    """A step of the text: `kind` is one of `scalar alias map list end`; lines count from 1.

    A `plain` scalar is resolved (`true`, `8080`), any other one is as given. `anchor` names a node, or says
    which node an alias repeats. An `end` on line 0 is where the last part ended.
    """

    kind: str
    line: int
    value: Value = None
    plain: bool = False
    anchor: str | None = None


def too_deep(line: int) -> TooLargeError:
    """What is said of a text whose nesting passes the bound, whoever notices it."""
    return TooLargeError(f"nested more than {DEPTH_LIMIT} levels deep", line)


class Budget:
    """How many nodes a file may still have."""

    __slots__ = ("left",)

    def __init__(self, limit: int = NODE_LIMIT) -> None:
        self.left = limit

    def spend(self, line: int) -> None:
        """Count one node. Raises UnparsableError when the file has had its share."""
        self.left -= 1
        if self.left < 0:
            raise TooLargeError(f"more than {NODE_LIMIT:,} values in one file; split it", line)


class _Node(NamedTuple):
    value: Value
    mark: Mark
    size: int


class Composer:
    """Builds one document from its events. Raises UnparsableError."""

    def __init__(self, events: Iterator[Event], budget: Budget) -> None:
        self._events = events
        self._budget = budget
        self._anchors: dict[str, _Node] = {}
        self._expanded = 0

    def document(self, event: Event) -> tuple[Value, Mark]:
        """The value that begins with `event`, and its marks."""
        node = self._node(event, 0)
        return node.value, node.mark

    def _node(self, event: Event, depth: int) -> _Node:
        if event.kind == "alias":
            return self._alias(event)
        self._budget.spend(event.line)
        if depth > DEPTH_LIMIT:
            raise too_deep(event.line)
        if event.kind == "map":
            node = self._map(event, depth)
        elif event.kind == "list":
            node = self._list(event, depth)
        else:
            node = _Node(resolve(event.value) if event.plain else event.value, event.line, 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Event) -> _Node:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise UnparsableError(f"the alias *{event.anchor} names no anchor above it", event.line)
        self._expanded += node.size
        if self._expanded > EXPANSION_LIMIT:
            raise TooLargeError(f"its aliases expand to more than {EXPANSION_LIMIT:,} values", event.line)
        return node

    def _list(self, start: Event, depth: int) -> _Node:
        values: list[Value] = []
        marks: list[Mark] = []
        size = 1
        for event in self._events:
            if event.kind == "end":
                return _Node(values, Branch(start.line, event.line or _end(start, marks), marks), size)
            if event.kind == "scalar" and event.anchor is None:  # most of any text: no node needed
                self._budget.spend(event.line)
                values.append(resolve(event.value) if event.plain else event.value)
                marks.append(event.line)
                size += 1
                continue
            node = self._node(event, depth + 1)
            values.append(node.value)
            marks.append(node.mark)
            size += node.size
        raise UnparsableError("the text ends inside a list", start.line)

    def _map(self, start: Event, depth: int) -> _Node:
        values: dict[str, Value] = {}
        marks: dict[str, Mark] = {}
        merged: list[_Node] = []
        size = 1
        for event in self._events:
            if event.kind == "end":
                end = event.line or _end(start, list(marks.values()))
                size += _merge(values, marks, merged)
                return _Node(values, Branch(start.line, end, marks), size)
            key = _key(event)
            self._budget.spend(event.line)
            inner = next(self._events)
            merging = event.plain and key == "<<"
            if key in values and not merging:
                before = first_line(marks[key])
                raise UnparsableError(f"the key '{_short(key)}' occurs twice, first on line {before}", event.line)
            if inner.kind == "scalar" and inner.anchor is None and not merging:  # as in lists
                self._budget.spend(inner.line)
                values[key] = resolve(inner.value) if inner.plain else inner.value
                marks[key] = event.line
                size += 1
                continue
            node = self._node(inner, depth + 1)
            size += node.size
            if merging:
                merged += self._merge_sources(node, event.line)
            else:
                values[key] = node.value
                marks[key] = node.mark if isinstance(node.mark, Branch) else event.line
        raise UnparsableError("the text ends inside a mapping", start.line)

    def _merge_sources(self, node: _Node, line: int) -> list[_Node]:
        """The mappings that a merge key brings in, the one that wins first."""
        marks = node.mark.parts if isinstance(node.mark, Branch) else None
        if isinstance(node.value, dict):
            return [node]
        if isinstance(node.value, list) and isinstance(marks, list) and all(isinstance(v, dict) for v in node.value):
            return [_Node(value, mark, 1) for value, mark in zip(node.value, marks, strict=True)]
        raise UnparsableError("a merge key (<<) needs a mapping, or a list of them", line)


def _merge(values: dict[str, Value], marks: dict[str, Mark], sources: list[_Node]) -> int:
    added = 0
    for source in sources:
        for key, value in source.value.items():
            if key not in values:
                values[key] = value
                marks[key] = part(source.mark, key)
                added += 1
    return added


def _end(start: Event, marks: list[Mark]) -> int:
    return last_line(marks[-1]) if marks else start.line


def _key(event: Event) -> str:
    """A mapping's key as JSON would have it. Raises UnparsableError on a key that is not a scalar."""
    value = resolve(event.value) if event.plain else event.value
    if event.kind != "scalar" or value is None:
        raise UnparsableError("a key must be a plain name", event.line)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


# Plain scalars as the Kubernetes tools resolve them: YAML 1.1 without sexagesimal numbers and without dates.
WORDS: dict[str, Value] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
WORDS |= dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"), True)
WORDS |= dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"), False)
_INTEGER = re.compile(r"[-+]?(?:0b[01]{1,64}|0x[0-9a-fA-F]{1,16}|0o?[0-7]{1,21}|[1-9][0-9_]{0,30}|0)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,30}\.[0-9]{0,30}|\.?[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?")


def resolve(text: str) -> Value:
    """What a plain scalar means: None, a boolean, a number or the text itself."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def _integer(text: str) -> int:
    digits = text.lstrip("+-").replace("_", "")
    base = 10
    if digits[:2] in {"0x", "0b", "0o"}:
        base = {"0x": 16, "0b": 2, "0o": 8}[digits[:2]]
        digits = digits[2:]
    elif len(digits) > 1 and digits[0] == "0":
        base = 8
    return -int(digits, base) if text[0] == "-" else int(digits, base)
