"""Whether every rule serves something: none is shadowed, redundant or unjustified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netaudit.checks.clauses import Allowed, NoDeadRule
from netaudit.checks.verdicts import UNDECIDED, Breach, Witness
from netaudit.engine.reference import Check
from netaudit.engine.solve import Reachability
from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Action, Endpoint, Truth, Unknown
from netaudit.queries.omission import Difference, Influence, Omissions, WrittenRule, written_rules
from netaudit.queries.selectors import Selection, Selectors, glob


@dataclass(frozen=True, slots=True)
class Dead:
    """Rules that serve nothing, and those of which it is not known; `examined` counts all that were looked at."""

    examined: int
    witnesses: tuple[Witness, ...]
    breaches: tuple[Breach, ...]
    unknowns: tuple[Unknown, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    sources: Selection
    destinations: Selection
    traffic: Traffic


def dead_rules(solved: Reachability, selectors: Selectors, clause: NoDeadRule) -> Dead:
    """Judge each written rule: what changes without it, and whether that is declared."""
    register = _Register(selectors, clause.declared)
    omissions = Omissions(solved)
    chosen = [rule for rule in written_rules(solved.network) if _is_meant(rule, clause)]
    witnesses: list[Witness] = []
    breaches: list[Breach] = []
    unknowns: dict[Unknown, None] = {}
    for rule in chosen:
        enough, telling = (register.surely, register.perhaps) if register.lines and rule.only_allows else _ANYTHING
        influence = omissions.influence(rule, enough, telling)
        if influence.sure and enough(influence.sure[-1]):
            continue
        perhaps = [each for each in influence.perhaps if telling(each)]
        if not perhaps and not influence.unclaimed:
            witnesses.append(_witness(rule, _reason(solved, rule, influence)))
            breaches.append(Breach(((rule.name, ""),), NO_TRAFFIC, NO_TRAFFIC))
        else:
            breaches.append(Breach(((rule.name, UNDECIDED),), NO_TRAFFIC, NO_TRAFFIC))
            unknowns |= dict.fromkeys((*influence.because, *influence.unclaimed))
            unknowns |= dict.fromkeys(register.doubts(perhaps))
    return Dead(len(chosen), tuple(witnesses), tuple(breaches), tuple(unknowns))


class _Register:
    """The declared flows, and which differences they justify."""

    def __init__(self, selectors: Selectors, declared: Iterable[Allowed]) -> None:
        self.lines = [
            _Line(selectors.select(each.sources), selectors.select(each.destinations), each.traffic)
            for each in declared
        ]

    def surely(self, found: Difference) -> bool:
        """Whether a part of the difference is declared, between certain members."""
        return any(_meets(found, line, line.sources.certain, line.destinations.certain) for line in self.lines)

    def perhaps(self, found: Difference) -> bool:
        """Whether a part of it may be declared."""
        return any(_meets(found, line, line.sources.possible, line.destinations.possible) for line in self.lines)

    def doubts(self, found: Sequence[Difference]) -> Iterator[Unknown]:
        """Why it is not known which endpoints the lines mean."""
        for line in self.lines:
            for each in found:
                for selection, side in ((line.sources, (each.source,)), (line.destinations, each.destinations)):
                    members = (member.id for some in side for member in some.members)
                    yield from (unknown for name in members for unknown in selection.because.get(name, ()))


def _anything(_: Difference) -> bool:
    return True


_ANYTHING = (_anything, _anything)


def _meets(found: Difference, line: _Line, sources: frozenset[str], destinations: frozenset[str]) -> bool:
    """Whether some two different endpoints of a line have a part of its traffic in the difference."""
    if not found.traffic.overlaps(line.traffic):
        return False
    starts = [each.id for each in found.source.members if each.id in sources]
    goals = {each.id for some in found.destinations for each in some.members if each.id in destinations}
    return any(goals - {start} for start in starts[:2])


def _is_meant(rule: WrittenRule, clause: NoDeadRule) -> bool:
    names = {rule.origin.address, rule.origin.address.rpartition("::")[2]}
    return _matches(names, clause.holders) and not _matches(names, clause.exempt)


def _matches(names: Iterable[str], patterns: Sequence[str]) -> bool:
    return any(glob(pattern)(name) for pattern in patterns for name in names)


def _reason(solved: Reachability, rule: WrittenRule, influence: Influence) -> str:
    if influence.shadow is not None:
        shadow = " ".join(part for part in (influence.shadow.name, influence.shadow.text) if part)
        return f"'{rule.text}' has no effect: {shadow} ({influence.shadow.origin.place}) matches as much"
    if influence.sure:
        found = influence.sure[0]
        source, goal = found.source.members[0], _other(found)
        return f"'{rule.text}' serves no declared flow; it lets pass, say, {source.id} → {goal.id} {found.traffic}"
    if not any(solved.seeing(each.peers) for _, each in rule.parts):
        return f"'{rule.text}' has no effect: it matches nobody"
    return f"'{rule.text}' has no effect: without it the same flows pass"


def _other(found: Difference) -> Endpoint:
    """Some destination that is not the source."""
    first = found.source.members[0]
    return next(each for some in found.destinations for each in some.members if each is not first)


def _witness(rule: WrittenRule, reason: str) -> Witness:
    policy, part = rule.parts[0]
    check = Check(
        rule.origin.address or rule.origin.place,
        policy.stage,
        policy.name,
        Truth.NO if part.action is Action.DENY else Truth.YES,
        reason,
        "RULE_DEAD",
        rule.origin,
        policy=policy,
        rule=part,
    )
    return Witness(rule.name, "", NO_TRAFFIC, 0, ((rule.name, rule.name, (check,)),))
