"""The selector grammar of the contract: text to a set of endpoints, the same on every surface.

    selector := both ("|" both)*          both := one ("&" one)*          one := "!" one | "(" selector ")" | word

A word is an address set (`203.0.113.0/24`), a named group (`vpc/prod`), a label or tag (`label:tier=data`), one of
`internet` and `external`, or an id with `*` as wildcard. Quotes protect names with blanks or operators.
Where a label is unknown, a selection has members that it only possibly picks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError
from netaudit.flows import PUBLIC, AddressSet
from netaudit.model import MORE, Endpoint, Unknown

GROUP_WORDS = ("ns", "vpc", "subnet", "sg", "account", "region", "kind", "zone", "source", "cluster")
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids of the endpoints that are certainly picked, and of those that possibly are."""

    certain: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.possible)


# ---- syntax -------------------------------------------------------------------------------------------


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
_TOKEN = re.compile(r"""\s*(?:(?P<op>[!&|()])|"(?P<quoted>[^"]*)"|(?P<word>(?:\["[^"]*"\]|[^\s!&|()"])+))""")


def parse_selector(text: str) -> Selector:
    """Read a selector. Raises QueryError that shows where it stopped making sense."""
    parser = _Parser(text, list(_tokens(text)))
    found = parser.alternatives(0)
    if parser.left:
        raise QueryError(f"selector '{text}': unexpected '{parser.left[0].text}'")
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
            raise QueryError(f"selector '{text}': cannot read '{text[position:]}'")
        kind = match.lastgroup or ""
        yield _Token(kind, match.group(kind))
        position = match.end()


@dataclass(slots=True)
class _Parser:
    text: str
    left: list[_Token] = field(default_factory=list)

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
            raise QueryError(f"selector '{self.text[:60]}…' is nested deeper than {_MAX_DEPTH}")
        if self._take("!"):
            return Not(self._one(depth + 1))
        if self._take("("):
            inside = self.alternatives(depth + 1)
            if not self._take(")"):
                raise QueryError(f"selector '{self.text}': a '(' is never closed")
            return inside
        if not self.left or self.left[0].kind == "op":
            what = f"'{self.left[0].text}'" if self.left else "the end"
            raise QueryError(f"selector '{self.text}': expected a name before {what}")
        token = self.left.pop(0)
        return Word(token.text, token.kind == "quoted")

    def _take(self, operator: str) -> bool:
        if self.left and self.left[0] == _Token("op", operator):
            self.left.pop(0)
            return True
        return False


def address_sets(selector: Selector) -> Iterator[AddressSet]:
    """The address sets that a selector names: external blocks are cut at them."""
    if isinstance(selector, Word):
        found = None if selector.quoted else _as_addresses(selector.text)
        if found is not None:
            yield found
    elif isinstance(selector, Not):
        yield from address_sets(selector.of)
    else:
        for part in selector.parts:
            yield from address_sets(part)


def _as_addresses(text: str) -> AddressSet | None:
    if not re.match(r"[0-9a-fA-F:.]+([/-][0-9a-fA-F:.]+)?$", text) or not re.search(r"[.:]", text):
        return None
    try:
        return AddressSet.parse(text)
    except ValueError:
        return None


# ---- meaning ------------------------------------------------------------------------------------------

Matcher = Callable[[Endpoint], Unknown | bool]


class Selectors:
    """Evaluates selectors over one solved network; `zones` are names that a rule file declares.

    With `strict`, a word that matches nothing is a QueryError with "did you mean" (the command line); without,
    it selects nothing (a rule file, where it makes the rule VACUOUS).
    """

    def __init__(self, solved: Reachability, zones: Mapping[str, Selector] | None = None, *, strict: bool) -> None:
        self._solved = solved
        self._zones = zones or {}
        self._strict = strict
        self._everything = frozenset(endpoint.id for endpoint in solved.endpoints)

    def select(self, selector: Selector, _open_zones: tuple[str, ...] = ()) -> Selection:
        """The endpoints that the selector picks. Raises QueryError."""
        if isinstance(selector, Word):
            return self._word(selector, _open_zones)
        if isinstance(selector, Not):
            inner = self.select(selector.of, _open_zones)
            return Selection(self._everything - inner.possible, self._everything - inner.certain)
        parts = [self.select(part, _open_zones) for part in selector.parts]
        combine = frozenset.intersection if isinstance(selector, And) else frozenset.union
        return Selection(combine(*(p.certain for p in parts)), combine(*(p.possible for p in parts)))

    def _word(self, word: Word, open_zones: tuple[str, ...]) -> Selection:
        head, slash, name = word.text.partition("/")
        if not word.quoted and slash and head == "zone":
            return self._zone(name, open_zones)
        found = self._picked(_matcher(word, self._solved))
        if not found and self._strict:
            raise QueryError(self._nothing(word))
        return found

    def _zone(self, name: str, open_zones: tuple[str, ...]) -> Selection:
        if name in open_zones:
            raise QueryError(f"zone '{name}' is defined by itself: {' → '.join((*open_zones, name))}")
        if name not in self._zones:
            close = get_close_matches(name, self._zones, n=1)
            raise QueryError(f"no such zone '{name}'" + (f"; did you mean '{close[0]}'?" if close else ""))
        return self.select(self._zones[name], (*open_zones, name))

    def _picked(self, matches: Matcher) -> Selection:
        certain, possible = set(), set()
        for endpoint in self._solved.endpoints:
            answer = matches(endpoint)
            if answer:
                possible.add(endpoint.id)
                if answer is True:
                    certain.add(endpoint.id)
        return Selection(frozenset(certain), frozenset(possible))

    def _nothing(self, word: Word) -> str:
        close = get_close_matches(word.text, sorted(self._known_words()), n=1, cutoff=0.5)
        kind = _KINDS.get(word.text.partition("/")[0], "endpoint")
        if word.text.partition(":")[0] in {"label", "tag"}:
            kind = word.text.partition(":")[0]
        hint = f"; did you mean '{close[0]}'?" if close else ""
        return f"no such {kind} '{word.text}'{hint}"

    def _known_words(self) -> Iterator[str]:
        for endpoint in self._solved.endpoints:
            yield endpoint.id
            yield from endpoint.names
            yield from (f"label:{key}={value}" for key, value in endpoint.labels.items() if isinstance(value, str))
            yield from (f"tag:{key}={value}" for key, value in endpoint.tags.items() if isinstance(value, str))
        for group in self._solved.network.groups:
            yield group.key
            yield from group.names
        yield from (f"zone/{name}" for name in self._zones)


_KINDS = {"ns": "namespace", "sg": "security group", "vpc": "VPC", "subnet": "subnet", "kind": "kind"}


def _matcher(word: Word, solved: Reachability) -> Matcher:
    text = word.text
    if word.quoted:
        return _by_name(text)
    if text == "internet":
        return lambda endpoint: endpoint.external and endpoint.addresses <= PUBLIC
    if text == "external":
        return lambda endpoint: endpoint.external
    addresses = _as_addresses(text)
    if addresses is not None:
        return lambda endpoint: endpoint.external and endpoint.addresses <= addresses
    if text.startswith(("label:", "tag:")):
        return _by_label(*text.split(":", 1))
    if text.partition("/")[0] in GROUP_WORDS and "/" in text:
        return _by_group(text, solved)
    return _by_name(text)


def _by_group(text: str, solved: Reachability) -> Matcher:
    matches = _glob(text)
    keys = frozenset(
        group.key for group in solved.network.groups if any(matches(name) for name in (group.key, *group.names))
    )
    return lambda endpoint: not keys.isdisjoint(endpoint.groups)


def _by_label(kind: str, text: str) -> Matcher:
    key, equals, wanted = text.partition("=")
    matches = _glob(wanted)

    def answer(endpoint: Endpoint) -> Unknown | bool:
        labels = endpoint.labels if kind == "label" else endpoint.tags
        value = labels.get(key, labels.get(MORE, False))
        if isinstance(value, Unknown):
            # a key that is there with an unknown value is there all the same
            return True if key in labels and not equals else value
        return isinstance(value, str) and (not equals or matches(value))

    return answer


def _by_name(text: str) -> Matcher:
    matches = _glob(text)
    return lambda endpoint: (
        any(matches(name) for name in (endpoint.id, *endpoint.names)) and (not endpoint.external or "*" not in text)
    )


def _glob(text: str) -> Callable[[str], bool]:
    """Only `*` is special."""
    if "*" not in text:
        return lambda name: name == text
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return lambda name: pattern.fullmatch(name) is not None
