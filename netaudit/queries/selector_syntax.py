"""The selector grammar of the contract: text to a tree of words, the same on every surface.

    selector := both ("|" both)*          both := one ("&" one)*          one := "!" one | "(" selector ")" | word

A word is an address set (`203.0.113.0/24`), a named group (`vpc/prod`), a label or tag (`label:tier=data`), one of
`internet` and `external`, or an id with `*` as wildcard. Quotes protect blanks and operators, around a whole word or
a part of one: `tag:Name="web server"`. A word that begins with a quote is an id, whatever it looks like.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from netaudit.errors import QueryError
from netaudit.flows import AddressSet

_MAX_DEPTH = 50
_LONGEST = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Word:
    """One name; `quoted` words are ids and nothing else."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but."""

    of: Selector


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple[Selector, ...]


Selector = Word | Not | And | Or

# Brackets belong to Terraform addresses: module.a["k"].aws_instance.b[0]
_PIECE = r"""\["(?:[^"\\]|\\.)*"\]|[^\s!&|()"]"""
_TOKEN = re.compile(rf"""\s*(?:(?P<op>[!&|()])|(?P<quoted>"[^"]*")|(?P<word>(?:{_PIECE})(?:{_PIECE}|"[^"]*")*))""")
_BRACKET_OR_QUOTE = re.compile(r"""(\["(?:[^"\\]|\\.)*"\])|\"""")
_LIKE_AN_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(?:[/-].*)?")


def selector_text(selector: Selector) -> str:
    """A selector as it may be written."""
    if isinstance(selector, Word):
        return f'"{selector.text}"' if selector.quoted else selector.text
    if isinstance(selector, Not):
        inner = selector_text(selector.of)
        return f"!{inner}" if isinstance(selector.of, Word | Not) else f"!({inner})"
    between = " & " if isinstance(selector, And) else " | "
    parts = ((part, selector_text(part)) for part in selector.parts)
    return between.join(text if isinstance(part, Word | Not) else f"({text})" for part, text in parts)


def parse_selector(text: str) -> Selector:
    """Read a selector. Raises QueryError that shows where it stopped making sense."""
    if len(text) > _LONGEST:
        raise QueryError(f"selector '{short(text)}' is longer than {_LONGEST} characters")
    parser = _Parser(text, deque(_tokens(text)))
    found = parser.alternatives(0)
    if parser.left:
        raise QueryError(f"selector '{short(text)}': unexpected '{short(parser.left[0].text)}'")
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError(f"selector '{short(text)}': cannot read '{short(text[position:])}'")
        kind = match.lastgroup or ""
        yield _Token(kind, match.group(kind))
        position = match.end()


def _word_of(token: _Token) -> Word:
    """The name that a token stands for. Raises QueryError on what looks like an address and is none."""
    if token.kind == "quoted":
        return Word(token.text[1:-1], quoted=True)
    text = _BRACKET_OR_QUOTE.sub(lambda match: match.group(1) or "", token.text)
    if _LIKE_AN_ADDRESS.fullmatch(text):
        try:
            AddressSet.parse(text)
        except ValueError as error:
            raise QueryError(f"selector: {error}") from None
    return Word(text)


def short(text: str) -> str:
    """The beginning of a text that may be very long."""
    return text if len(text) <= 60 else text[:57] + "…"


@dataclass(slots=True)
class _Parser:
    text: str
    left: deque[_Token]

    def alternatives(self, depth: int) -> Selector:
        parts = [self._conjunction(depth)]
        while self._take("|"):
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _conjunction(self, depth: int) -> Selector:
        parts = [self._one(depth)]
        while self._take("&"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self, depth: int) -> Selector:
        if depth > _MAX_DEPTH:
            raise QueryError(f"selector '{short(self.text)}' is nested deeper than {_MAX_DEPTH}")
        if self._take("!"):
            return Not(self._one(depth + 1))
        if self._take("("):
            inside = self.alternatives(depth + 1)
            if not self._take(")"):
                raise QueryError(f"selector '{short(self.text)}': a '(' is never closed")
            return inside
        if not self.left or self.left[0].kind == "op":
            what = f"'{self.left[0].text}'" if self.left else "the end"
            raise QueryError(f"selector '{short(self.text)}': expected a name before {what}")
        return _word_of(self.left.popleft())

    def _take(self, operator: str) -> bool:
        if self.left and self.left[0] == _Token("op", operator):
            self.left.popleft()
            return True
        return False


def words(selector: Selector) -> Iterator[Word]:
    """Every name in a selector, from left to right."""
    if isinstance(selector, Word):
        yield selector
    elif isinstance(selector, Not):
        yield from words(selector.of)
    else:
        for part in selector.parts:
            yield from words(part)


def zones_in(selector: Selector) -> Iterator[str]:
    """The zones that a selector names."""
    for word in words(selector):
        head, slash, name = word.text.partition("/")
        if slash and head == "zone" and not word.quoted:
            yield name


def address_sets(selector: Selector) -> Iterator[AddressSet]:
    """The address sets that a selector names: external blocks are cut at them."""
    for word in words(selector):
        found = None if word.quoted else as_addresses(word.text)
        if found is not None:
            yield found


def as_addresses(text: str) -> AddressSet | None:
    """The address set that a word stands for, or None when it is a name."""
    if not re.match(r"[0-9a-fA-F:.]+([/-][0-9a-fA-F:.]+)?$", text) or not re.search(r"[.:]", text):
        return None
    try:
        return AddressSet.parse(text)
    except ValueError:
        return None
