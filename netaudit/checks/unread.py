"""Which rules could be wrong because something could not be read (contract, "check").

A diagnostic that names what it touches concerns a rule when one side of the rule holds something of that, or could
hold the thing itself that is missing from the model: nothing is known of it but where it belongs, so a selector by
label may well pick it. One that names nothing concerns every rule, and so does any under a relation that goes by way
of third parties.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netaudit.engine.solve import Reachability
from netaudit.model import Diagnostic, Effect, Truth, Unknown
from netaudit.queries.flow import Relation
from netaudit.queries.selector_syntax import Not, Or, Selector, Word, as_addresses, zones_in
from netaudit.queries.selectors import GROUP_WORDS, glob


def accepts(accepted: Iterable[str], diagnostic: Diagnostic) -> bool:
    """Whether `CODE` or `CODE:FILE` names the diagnostic."""
    file = diagnostic.origin.file if diagnostic.origin else ""
    return not {diagnostic.code, f"{diagnostic.code}:{file}"}.isdisjoint(accepted)


def as_unknown(diagnostic: Diagnostic) -> Unknown:
    """What an answer then depends on."""
    return Unknown(f"{diagnostic.code}: {diagnostic.message}", diagnostic.origin)


class Unread:
    """The unreadable input of one network, less what is accepted."""

    def __init__(self, solved: Reachability, zones: Mapping[str, Selector], accepted: Iterable[str]) -> None:
        named = frozenset(accepted)
        unreadable = [d for d in solved.network.diagnostics if d.effect is Effect.UNREADABLE]
        self._solved = solved
        self._zones = zones
        self._zone_answers: dict[tuple[str, frozenset[str]], Truth] = {}
        self._left = sorted((d for d in unreadable if not accepts(named, d)), key=lambda d: d.sort_key)

    def concerning(self, relation: Relation, selectors: Iterable[Selector], scope: frozenset[str]) -> list[Diagnostic]:
        """The diagnostics that could touch a rule over these selectors, which pick the endpoints in `scope`."""
        sides = tuple(selectors)
        return [
            each
            for each in self._left
            if not each.touches
            or relation is not Relation.DIRECT
            or self._holds(each, scope)
            or self._could_be_missing(each, sides)
        ]

    def _could_be_missing(self, diagnostic: Diagnostic, sides: Iterable[Selector]) -> bool:
        """Whether it speaks of something that is not in the model, and that a side of the rule may pick."""
        missing = frozenset(diagnostic.touches) - self._solved.by_id.keys()
        return bool(missing) and any(self._could_pick(side, missing) for side in sides)

    def _holds(self, diagnostic: Diagnostic, scope: frozenset[str]) -> bool:
        touched = frozenset(diagnostic.touches)
        endpoints = (self._solved.by_id[name] for name in scope)
        return any(e.id in touched or not touched.isdisjoint((*e.groups, *e.names)) for e in endpoints)

    def _could_pick(self, selector: Selector, touched: frozenset[str]) -> Truth:
        """Whether a selector picks something of which only the groups or the id in `touched` are known."""
        if isinstance(selector, Word):
            return self._word(selector, touched)
        if isinstance(selector, Not):
            return Truth(Truth.YES - self._could_pick(selector.of, touched))
        parts = [self._could_pick(part, touched) for part in selector.parts]
        return max(parts) if isinstance(selector, Or) else min(parts)

    def _word(self, word: Word, touched: frozenset[str]) -> Truth:
        text = word.text
        head, slash, _ = text.partition("/")
        if text in touched:
            return Truth.YES
        if not word.quoted:
            if zone := next(zones_in(word), None):
                return self._zone(zone, touched)
            if text in {"internet", "external"} or as_addresses(text) is not None:
                return Truth.NO
            if text.startswith(("label:", "tag:")):
                return Truth.MAYBE
            if slash and head in GROUP_WORDS:
                return _group(text, touched)
        # An exact id is in the scope if it was read; if not, this may be it.
        return Truth.MAYBE if "*" in text or text not in self._solved.by_id else Truth.NO

    def _zone(self, name: str, touched: frozenset[str]) -> Truth:
        key = (name, touched)
        if key not in self._zone_answers:
            self._zone_answers[key] = self._could_pick(self._zones[name], touched)
        return self._zone_answers[key]


def _group(text: str, touched: frozenset[str]) -> Truth:
    """A group of the same sort is known for certain, one of another sort is not."""
    sort = text.partition("/")[0]
    known = [key for key in touched if key.partition("/")[0] == sort]
    matches = glob(text)
    if any(matches(key) for key in known):
        return Truth.YES
    return Truth.NO if known else Truth.MAYBE
