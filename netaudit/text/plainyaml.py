"""The short way to read YAML: documents of nothing but plain blocks, line by line, as most manifests are.

A line is a key, or an item of a list, and behind it at most one scalar or one short list or mapping in brackets.
Whatever else a document holds (text over several lines, anchors, tags, escapes, tabs, letters beyond ASCII, a
mistake) is not for this reader, and libyaml reads the whole document instead (`yamltext`). So it needs to be right
about what it takes, not to take everything; the tests hold both to the same values and the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from sys import intern
from typing import Any

from netaudit.model import Value
from netaudit.text.compose import DEPTH_LIMIT, WORDS, Budget, resolve
from netaudit.text.document import Branch, Mark

_KEY = r"[A-Za-z_][A-Za-z0-9_./-]{0,250}"
# Behind its first character a plain scalar holds anything but `: ` and ` #`.
_PLAIN = r"(?:[A-Za-z0-9_./$()+;<=^~\\]|-(?=[A-Za-z0-9.-]))(?: *(?:[!-\"$-9;-~]|:(?=[!-~])|(?<=[!-~])#))*"
_QUOTED = r"\"[^\"\\\n]*\"|'[^'\n]*'"
_WORD = r"[A-Za-z0-9_./][A-Za-z0-9_./+%@=~-]*"
_INNER = rf"(?:{_WORD}|{_QUOTED})"
_PAIR = rf"{_KEY}: +{_INNER}"
_FLOW = rf"\[ *(?:{_INNER}(?: *, *{_INNER})*)? *\]|\{{ *(?:{_PAIR}(?: *, *{_PAIR})*)? *\}}"
_LINE = re.compile(
    rf"^( *)((?:-(?: +|$))*)(?:({_KEY}):(?: +|$))?(?:({_PLAIN})|({_QUOTED})|({_FLOW}))? *(?:(?<![!-~])#.*)?$|^(.+)$",
    re.MULTILINE,
)
_PARTS = re.compile(rf"(?:({_KEY}): +)?(?:({_WORD})|({_QUOTED}))")
_OTHER_CHARACTER = re.compile(r"[^\n -~]")
_START = re.compile(r"---(?: *| +#.*)(?:\n|$)")
_NUMERIC = frozenset("+-.0123456789")


class _OtherYamlError(Exception):
    """The document is not of this kind."""


def read(chunk: str, before: int, budget: Budget) -> tuple[Value, Mark] | None:
    """The value and the marks of a document that `before` lines precede; None where it is not of this kind."""
    if _OTHER_CHARACTER.search(chunk):
        return None
    start = _START.match(chunk)
    reader = _Reader(before + 1 if start else before)
    try:
        reader.read(_LINE.findall(chunk, start.end() if start else 0))
    except _OtherYamlError:
        return None
    if reader.nodes > budget.left:  # libyaml says on which line it is too much
        return None
    budget.left -= reader.nodes
    return reader.result()


class _Block:
    """A mapping or a list: where its keys or dashes stand, and what it holds so far."""

    __slots__ = ("column", "is_map", "key", "line", "marks", "values")

    def __init__(self, column: int, line: int, *, is_map: bool) -> None:
        self.column = column
        self.line = line
        self.is_map = is_map
        self.values: Any = {} if is_map else []
        self.marks: Any = {} if is_map else []
        self.key: Any = -1  # of its last part


class _Reader:
    """Puts lines together."""

    def __init__(self, before: int) -> None:
        self._line = before
        self._last = before  # the last line that held anything
        root = _Block(-1, 0, is_map=False)
        root.values.append(None)
        root.marks.append(0)
        self._open = [root]
        self._awaiting = True  # whether the last key or dash has no value yet
        self.nodes = 1

    def result(self) -> tuple[Value, Mark]:
        """The value and the marks of the whole."""
        root = self._open[0]
        while len(self._open) > 1:
            self._close()
        return root.values[0], root.marks[0]

    def read(self, lines: list[tuple[str, ...]]) -> None:
        """Take all lines in. Raises _OtherYamlError."""
        line = self._line
        for indent, dashes, key, plain, quoted, flow, other in lines:
            line += 1
            if not key and not dashes:
                if plain or quoted or flow or other:
                    raise _OtherYamlError
                continue
            if dashes:
                self._items(len(indent), dashes, line)
            if key:
                self._key(len(indent) + len(dashes), key, line)
            if plain:
                block = self._open[-1]
                block.values[block.key] = resolve(plain) if plain in WORDS or plain[0] in _NUMERIC else plain
                self._awaiting = False
            elif quoted:
                self._put(quoted[1:-1])
            elif flow:
                self._put_flow(flow, line)
            self._last = line
        if self._awaiting and len(self._open) == 1:
            raise _OtherYamlError  # there is nothing at all

    def _items(self, column: int, dashes: str, line: int) -> None:
        for place, character in enumerate(dashes, column):
            if character == "-":
                block = self._block(place, line, is_map=False)
                block.key += 1
                block.values.append(None)
                block.marks.append(line)
                self.nodes += 1
                self._awaiting = True

    def _key(self, column: int, key: str, line: int) -> None:
        block = self._open[-1]
        if self._awaiting or block.column != column or not block.is_map:
            block = self._block(column, line, is_map=True)
        if key in block.values or key in WORDS:
            raise _OtherYamlError
        block.key = key = intern(key)
        block.values[key] = None
        block.marks[key] = line
        self.nodes += 2
        self._awaiting = True

    def _put(self, value: Value) -> None:
        block = self._open[-1]
        block.values[block.key] = value
        self._awaiting = False

    def _put_flow(self, flow: str, line: int) -> None:
        """A list or a mapping of scalars in brackets."""
        block = self._open[-1]
        parts = list(_scalars(flow))
        value: Value = [scalar for _, scalar in parts] if flow[0] == "[" else dict(parts)
        marks: Any = [line] * len(parts) if flow[0] == "[" else dict.fromkeys((key for key, _ in parts), line)
        if len(marks) != len(parts) or not WORDS.keys().isdisjoint(key for key, _ in parts if flow[0] == "{"):
            raise _OtherYamlError
        self.nodes += len(parts) * (1 if flow[0] == "[" else 2)
        block.values[block.key] = value
        block.marks[block.key] = Branch(line, line, marks)
        self._awaiting = False

    def _block(self, column: int, line: int, *, is_map: bool) -> _Block:
        """The block whose key or dash stands at a column: the innermost one, a new one in it, or one around it."""
        top = self._open[-1]
        if self._awaiting:
            # A list may stand right under its key.
            if column > top.column or (column == top.column and top.is_map and not is_map):
                return self._opened(top, column, line, is_map=is_map)
            self._awaiting = False
        while top.column > column or (top.column == column and top.is_map is not is_map):
            self._close()
            top = self._open[-1]
        if top.column != column:
            raise _OtherYamlError
        return top

    def _opened(self, top: _Block, column: int, line: int, *, is_map: bool) -> _Block:
        if len(self._open) >= DEPTH_LIMIT:
            raise _OtherYamlError
        block = _Block(column, line, is_map=is_map)
        top.values[top.key] = block.values
        self._open.append(block)
        return block

    def _close(self) -> None:
        block = self._open.pop()
        around = self._open[-1]
        around.marks[around.key] = Branch(block.line, self._last, block.marks)


def _scalars(flow: str) -> Iterator[tuple[str, Value]]:
    for key, word, quoted in _PARTS.findall(flow):
        yield intern(key), resolve(word) if word else quoted[1:-1]
