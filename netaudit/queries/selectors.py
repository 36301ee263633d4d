"""What selectors mean: a tree of words to a set of endpoints (contract, "Selectors").

Where a label is unknown, a selection has members that it only possibly picks, and says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError
from netaudit.flows import PUBLIC, AddressSet
from netaudit.model import MORE, Endpoint, Unknown
from netaudit.queries.selector_syntax import And, Not, Selector, Word, as_addresses, short

_KINDS = {
    "ns": "namespace",
    "vpc": "VPC",
    "subnet": "subnet",
    "sg": "security group",
    "account": "account",
    "region": "region",
    "kind": "kind",
    "zone": "zone",
    "source": "source",
    "label": "label",
    "tag": "tag",
}
GROUP_WORDS = tuple(word for word in _KINDS if word not in {"label", "tag"})
_NO_DOUBTS: Mapping[str, tuple[Unknown, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids of the endpoints that are certainly picked, and of those that possibly are.

    `because` gives, for each id that is only possibly picked, the unknowns that it hangs on.
    """

    certain: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    because: Mapping[str, tuple[Unknown, ...]] = field(default_factory=lambda: _NO_DOUBTS, compare=False)

    def __bool__(self) -> bool:
        return bool(self.possible)

    def complement(self, everything: frozenset[str]) -> Selection:
        """Everything that is not picked."""
        return Selection(everything - self.possible, everything - self.certain, self.because)


Matcher = Callable[[Endpoint], Unknown | bool]


class Selectors:
    """Evaluates selectors over one solved network; `zones` are names that a rule file declares.

    With `strict`, a word that matches nothing is a QueryError with "did you mean" (the command line); without,
    it selects nothing (a rule file, where it makes the rule VACUOUS). A name that could mean several things is a
    QueryError either way.
    """

    def __init__(self, solved: Reachability, zones: Mapping[str, Selector] | None = None, *, strict: bool) -> None:
        self._solved = solved
        self.zones = zones or {}
        self._strict = strict
        self._words: dict[Word, Selection] = {}
        self._zone_members: dict[str, Selection] = {}
        self.everything = frozenset(endpoint.id for endpoint in solved.endpoints)

    def select(self, selector: Selector, _open_zones: tuple[str, ...] = ()) -> Selection:
        """The endpoints that the selector picks. Raises QueryError."""
        if isinstance(selector, Word):
            return self._word(selector, _open_zones)
        if isinstance(selector, Not):
            return self.select(selector.of, _open_zones).complement(self.everything)
        parts = [self.select(part, _open_zones) for part in selector.parts]
        combine = frozenset.intersection if isinstance(selector, And) else frozenset.union
        return _selection(combine(*(p.certain for p in parts)), combine(*(p.possible for p in parts)), parts)

    def _word(self, word: Word, open_zones: tuple[str, ...]) -> Selection:
        head, slash, name = word.text.partition("/")
        if not word.quoted and slash and head == "zone":
            return self._zone(name, open_zones)
        found = self._words.get(word)
        if found is None:
            found = self._picked(_matcher(word, self._solved))
            self._refuse_ambiguity(word, found)
            if not found and self._strict:
                raise QueryError(f"{self._nothing(word)}{self.meant(word)}")
            self._words[word] = found
        return found

    def _zone(self, name: str, open_zones: tuple[str, ...]) -> Selection:
        if name in open_zones:
            raise QueryError(f"zone '{name}' is defined by itself: {' → '.join((*open_zones, name))}")
        if name not in self.zones:
            raise QueryError(no_such_zone(name, self.zones))
        if name not in self._zone_members:
            self._zone_members[name] = self.select(self.zones[name], (*open_zones, name))
        return self._zone_members[name]

    def _picked(self, matches: Matcher) -> Selection:
        certain: set[str] = set()
        because: dict[str, tuple[Unknown, ...]] = {}
        for endpoint in self._solved.endpoints:
            answer = matches(endpoint)
            if isinstance(answer, Unknown):
                because[endpoint.id] = (answer,)
            elif answer:
                certain.add(endpoint.id)
        return Selection(frozenset(certain), frozenset((*certain, *because)), because)

    def _refuse_ambiguity(self, word: Word, found: Selection) -> None:
        """A name without its `[Kind]` must not mean two kinds of workloads."""
        if word.text in found.possible or "*" in word.text or len(found.possible) < 2:
            return
        named = [e for e in map(self._solved.by_id.__getitem__, sorted(found.possible)) if word.text in e.names]
        if len({endpoint.kind for endpoint in named}) > 1:
            candidates = ", ".join(f"'{endpoint.id}'" for endpoint in named[:5]) + (", …" if len(named) > 5 else "")
            raise QueryError(f"'{word.text}' is ambiguous: it could be {candidates}")

    def _nothing(self, word: Word) -> str:
        text = short(word.text)
        if not word.quoted and as_addresses(word.text) is not None:
            return f"'{text}' holds no address outside the model"
        kind = "endpoint" if word.quoted else _KINDS.get(re.split("[/:]", word.text, maxsplit=1)[0], "endpoint")
        return f"no such {kind} '{text}'"

    def meant(self, word: Word) -> str:
        """What a word that matches nothing may be meant to be: `; did you mean …?`, or nothing."""
        addresses = None if word.quoted else as_addresses(word.text)
        if addresses is not None:
            return self._holders(addresses)
        return _hint(get_close_matches(word.text[:200], sorted(set(self._known_words())), n=1, cutoff=0.5))

    def _holders(self, addresses: AddressSet) -> str:
        """Whose addresses they are, for somebody who meant an endpoint."""
        inside = [e.id for e in self._solved.network.endpoints if e.addresses and e.addresses <= addresses]
        return (
            f"; did you mean '{inside[0]}', which is at {', '.join(self._solved.by_id[inside[0]].shown)}?"
            if inside
            else ""
        )

    def _known_words(self) -> Iterator[str]:
        for endpoint in self._solved.endpoints:
            yield endpoint.id
            yield from endpoint.names
            yield from (f"label:{key}={value}" for key, value in endpoint.labels.items() if isinstance(value, str))
            yield from (f"tag:{key}={value}" for key, value in endpoint.tags.items() if isinstance(value, str))
        for group in self._solved.network.groups:
            yield group.key
            yield from group.names


def _selection(certain: frozenset[str], possible: frozenset[str], parts: Iterable[Selection]) -> Selection:
    """A combination of selections, with the doubts of those members that stay uncertain."""
    because: dict[str, dict[Unknown, None]] = {}
    for part in parts:
        for member, doubts in part.because.items():
            if member in possible and member not in certain:
                because.setdefault(member, {}).update(dict.fromkeys(doubts))
    return Selection(certain, possible, {member: tuple(doubts) for member, doubts in because.items()})


def no_such_zone(name: str, zones: Iterable[str]) -> str:
    """What to say about a zone that nobody declares."""
    return f"no such zone '{short(name)}'" + _hint(get_close_matches(name, list(zones), n=1))


def _hint(close: Sequence[str]) -> str:
    return f"; did you mean '{close[0]}'?" if close else ""


def _matcher(word: Word, solved: Reachability) -> Matcher:
    text = word.text
    if word.quoted:
        return _by_name(text, solved)
    if text == "internet":
        return lambda endpoint: endpoint.external and endpoint.addresses <= PUBLIC
    if text == "external":
        return lambda endpoint: endpoint.external
    addresses = as_addresses(text)
    if addresses is not None:
        return lambda endpoint: endpoint.external and endpoint.addresses <= addresses
    if text.startswith(("label:", "tag:")):
        return _by_label(*text.split(":", 1))
    if text.partition("/")[0] in GROUP_WORDS and "/" in text:
        return _by_group(text, solved)
    return _by_name(text, solved)


def _by_group(text: str, solved: Reachability) -> Matcher:
    matches = glob(text)
    keys = frozenset(
        group.key for group in solved.network.groups if any(matches(name) for name in (group.key, *group.names))
    )
    return lambda endpoint: not keys.isdisjoint(endpoint.groups)


def _by_label(kind: str, text: str) -> Matcher:
    key, equals, wanted = text.partition("=")
    matches = glob(wanted)

    def answer(endpoint: Endpoint) -> Unknown | bool:
        labels = endpoint.labels if kind == "label" else endpoint.tags
        value = labels.get(key, labels.get(MORE, False))
        if isinstance(value, Unknown):
            # a key that is there with an unknown value is there all the same
            return True if key in labels and not equals else value
        return isinstance(value, str) and (not equals or matches(value))

    return answer


def _by_name(text: str, solved: Reachability) -> Matcher:
    if text in solved.by_id:
        return lambda endpoint: endpoint.id == text
    matches = glob(text)
    # A group of another kind (`cluster/main`) has no word of its own: a workload's name may look the same.
    group = {text} & solved.network.groups_by_key.keys() if text.partition("/")[0] not in GROUP_WORDS else set()
    return lambda endpoint: (
        not group.isdisjoint(endpoint.groups)
        or (any(matches(name) for name in (endpoint.id, *endpoint.names)) and not (endpoint.external and "*" in text))
    )


def glob(text: str) -> Callable[[str], bool]:
    """Match names: only `*` is special."""
    if "*" not in text:
        return lambda name: name == text
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return lambda name: pattern.fullmatch(name) is not None
