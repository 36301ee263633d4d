"""Names in a rule that match nothing, so that less is judged than was written.

    from: aws_instance.web | aws_instance.wbe

picks something, but not what was meant. A name counts where picking nothing makes the rule easier to keep: in a
selector that must pick something, and below a `!` of what is allowed. Elsewhere its absence forbids more, not less.
Labels, tags, kinds and patterns are questions, whose answer may well be nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.checks.clauses import Clause
from netaudit.checks.rulefile import Invariant
from netaudit.queries.selector_syntax import Not, Selector, Word, zones_in
from netaudit.queries.selectors import Selectors

_QUESTIONS = ("label:", "tag:", "kind/")
_KEYWORDS = {"internet", "external"}


def unmatched(invariant: Invariant, selectors: Selectors) -> tuple[Word, ...]:
    """The names that pick nothing and thereby narrow what the rule is about, in the order of their text."""
    found = {word for word in _narrowing(invariant, selectors) if _is_name(word) and not selectors.select(word)}
    return tuple(sorted(found, key=lambda word: (word.text, word.quoted)))


def _narrowing(invariant: Invariant, selectors: Selectors) -> Iterator[Word]:
    for selector, _ in invariant.needs:
        yield from (word for word, nots in _words(selector, selectors) if nots % 2 == 0)
    for clause in invariant.clauses:
        if isinstance(clause, Clause):
            for side in (clause.sources, clause.destinations):
                yield from (word for word, nots in _words(side, selectors) if nots and nots % 2 == 0)
            for allowed in (side for each in clause.allowed for side in (each.sources, each.destinations)):
                yield from (word for word, nots in _words(allowed, selectors) if nots % 2)


def _words(selector: Selector, selectors: Selectors, nots: int = 0) -> Iterator[tuple[Word, int]]:
    """Every name, those within zones too, and how many `!` it stands below."""
    if isinstance(selector, Word):
        zone = next(zones_in(selector), None)
        if zone is None:
            yield selector, nots
        else:
            yield from _words(selectors.zones[zone], selectors, nots)
    elif isinstance(selector, Not):
        yield from _words(selector.of, selectors, nots + 1)
    else:
        for part in selector.parts:
            yield from _words(part, selectors, nots)


def _is_name(word: Word) -> bool:
    asks = word.text.startswith(_QUESTIONS) or word.text in _KEYWORDS
    return "*" not in word.text and (word.quoted or not asks)
