"""The short way to read JSON: one regular expression takes a key, its value and the comma behind it at once.

What is not written as programs write it (a comma on a line of its own, a key with an escape, a mistake) is not for
this reader, and `jsontext` reads the whole text instead, which knows what to say of it. So it needs to be right about
what it takes, not to take everything; the tests hold both to the same values and the same lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from sys import intern
from typing import Any

from netaudit.model import Value
from netaudit.text.compose import DEPTH_LIMIT, Budget
from netaudit.text.document import Branch, Mark

NUMBER = r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?(?![0-9.eE])"
STRING = r'"(?:[^"\\\x00-\x1f]|\\.)*"'
# Blanks and new lines, a key, a value or a bracket, a comma; or whatever else.
_PART = re.compile(
    rf'([ \t\r\n]*)(?:"([^"\\\x00-\x1f]+)"[ ]*:[ ]*)?({STRING}|{NUMBER}|true\b|false\b|null\b|[{{}}\[\]])(,?)|(.)',
    re.DOTALL,
)
_PIECE = 1 << 20  # characters that are looked at together
WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}

_FIRST, _NEXT, _END = range(3)  # what may come now: a part or the end; a part only; the end only

_Part = tuple[str, str, str, str, str]
_Read = list[tuple[Value, Mark]]


class _OtherJsonError(Exception):
    """The text is not of this kind."""


def read(text: str, budget: Budget) -> _Read | None:
    """The values of a text and their marks, in order; None where it is not of this kind."""
    try:
        found, nodes = _composed(_parts(text))
    except (_OtherJsonError, ValueError):
        return None
    if nodes > budget.left:  # the other reader says on which line it is too much
        return None
    budget.left -= nodes
    return found


def number(text: str) -> int | Decimal:
    """The value of a number."""
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


def _parts(text: str) -> Iterator[_Part]:
    """The parts of a text, piece by piece: none goes over the end of a line, but for the blanks before it."""
    start, end = 0, len(text.rstrip(" \t\r\n"))
    while start < end:
        stop = text.find("\n", min(start + _PIECE, end), end)
        stop = end if stop < 0 else stop
        yield from _PART.findall(text, start, stop)
        start = stop


def _composed(parts: Iterator[_Part]) -> tuple[_Read, int]:
    """The documents, and how many values and keys they hold. Raises _OtherJsonError, ValueError."""
    line, nodes, began = 1, 0, 0
    documents: list[Value] = []
    places: list[Mark] = []
    values: Any = documents
    marks: Any = places
    key: Any = 0
    in_map, may_come = False, _FIRST
    around: list[tuple[Any, Any, Any, int, bool]] = []  # what is open around: values, marks, key, first line, kind
    for blank, name, text, comma, other in parts:
        if other:
            raise _OtherJsonError
        line += blank.count("\n")
        first = text[0]
        if first in "}]":
            if may_come == _NEXT or name or not around or in_map is not (first == "}"):
                raise _OtherJsonError
            branch = Branch(began, line, marks)
            values, marks, key, began, in_map = around.pop()
            marks[key] = branch
        else:
            if may_come == _END or in_map is not bool(name) or (in_map and name in values):
                raise _OtherJsonError
            if in_map:
                key = intern(name)
                nodes += 2
            else:
                key = len(values)
                values.append(None)
                marks.append(line)
                nodes += 1
            marks[key] = line
            if first in "{[":
                if comma or len(around) >= DEPTH_LIMIT:
                    raise _OtherJsonError
                inner: Any = {} if first == "{" else []
                values[key] = inner
                around.append((values, marks, key, began, in_map))
                values, marks, began, in_map = inner, {} if first == "{" else [], line, first == "{"
                may_come = _FIRST
                continue
            values[key] = _scalar(text)
        if comma and not around:
            raise _OtherJsonError
        may_come = _FIRST if not around else _NEXT if comma else _END
    if around:
        raise _OtherJsonError
    return list(zip(documents, places, strict=True)), nodes


def _scalar(text: str) -> Value:
    """A string, a number or a word. Raises ValueError on a string that holds no text."""
    if text[0] != '"':
        return WORDS[text] if text in WORDS else number(text)
    if "\\" not in text:
        return text[1:-1]
    value: str = json.loads(text)
    value.encode()  # half of a surrogate pair is no text and could never be printed
    return value
