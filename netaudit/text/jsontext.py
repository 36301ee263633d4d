"""JSON text to documents, with lines: tokens by one regular expression, values by the common builder.

What programs write goes a shorter way (`plainjson`); this one reads everything, and knows what is wrong with it.
The standard library's parser keeps no positions, accepts a key twice and nests as deep as the stack allows.
Several objects one after another are several documents, as kubectl reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from netaudit.model import Value
from netaudit.text import plainjson
from netaudit.text.compose import Budget, Composer, Event
from netaudit.text.document import Document, Mark, UnparsableError
from netaudit.text.plainjson import NUMBER, STRING, WORDS, number

_TOKEN = re.compile(
    rf"""(?P<blank>[ \t\r]+) | (?P<newline>\n) | (?P<mark>[{{}}\[\],:])
      | (?P<string>{STRING})
      | (?P<number>{NUMBER})
      | (?P<word>true|false|null)\b""",
    re.VERBOSE,
)

Token = tuple[str, str, int]  # kind, text, line


def documents(text: str, budget: Budget) -> Iterator[Document]:
    """The values of a text in order. Raises UnparsableError at the first thing that is not JSON."""
    short = plainjson.read(text, budget)
    for count, (value, mark) in enumerate(_composed(text, budget) if short is None else short, start=1):
        yield Document(value, mark, count)


def _composed(text: str, budget: Budget) -> Iterator[tuple[Value, Mark]]:
    events = _values(_tokens(text))
    for event in events:
        yield Composer(events, budget).document(event)


def values(text: str) -> list[Value]:
    """The same without lines, by the standard library's parser, which is much faster. Raises ValueError."""
    decoder, found = json.JSONDecoder(), list[Value]()
    position = _past_blanks(text, 0)
    while position < len(text) or not found:
        value, position = decoder.raw_decode(text, position)
        found.append(value)
        position = _past_blanks(text, position)
    return found


def _past_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _tokens(text: str) -> Iterator[Token]:
    line, position = 1, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnparsableError(f"'{text[position : position + 20].splitlines()[0]}' is not JSON", line)
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "newline":
            line += 1
        elif kind != "blank":
            yield kind, match.group(), line


def _values(tokens: Iterator[Token]) -> Iterator[Event]:
    """The tokens as events; commas and colons are checked and dropped."""
    open_: list[str] = []
    expected = "value"  # or: first (of a list), key, first-key, colon, next (a comma or the end)
    for kind, text, line in tokens:
        _check(kind, text, line, expected)
        if text in {"}", "]"} and kind == "mark":
            open_.pop()
            yield Event("end", line)
            expected = "next" if open_ else "value"
        elif kind == "mark" and text in {"{", "["}:
            open_.append(text)
            yield Event("map" if text == "{" else "list", line)
            expected = "first-key" if text == "{" else "first"
        elif kind == "mark":
            expected = "value" if text == ":" or open_[-1] == "[" else "key"
        else:
            yield Event("scalar", line, _scalar(kind, text, line))
            if expected in {"key", "first-key"}:
                expected = "colon"
            else:
                expected = ("next-key" if open_[-1] == "{" else "next-item") if open_ else "value"
            continue
        if expected == "next":
            expected = "next-key" if open_[-1] == "{" else "next-item"
    if open_:
        raise UnparsableError("the text ends inside a value", line)


_ALLOWED = {
    "value": ("{", "["),
    "first": ("{", "[", "]"),
    "first-key": ("}",),
    "key": (),
    "colon": (":",),
    "next-key": (",", "}"),
    "next-item": (",", "]"),
}


def _check(kind: str, text: str, line: int, expected: str) -> None:
    if kind == "mark":
        fine = text in _ALLOWED[expected]
    elif expected in {"key", "first-key"}:
        fine = kind == "string"
    else:
        fine = expected in {"value", "first"}
    if not fine:
        raise UnparsableError(f"'{text[:20]}' is not expected here", line)


def _scalar(kind: str, text: str, line: int) -> Value:
    if kind == "word":
        return WORDS[text]
    if kind == "number":
        return number(text)
    try:
        value: str = json.loads(text)
        value.encode()  # half of a surrogate pair is no text and could never be printed
    except ValueError:
        raise UnparsableError("a string holds an escape that means no character", line) from None
    return value
