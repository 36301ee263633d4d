"""Judging invariants: a rule, a network, a verdict with everything that supports it.

Safety rules (nothing may …) are PROVED on what is possible and VIOLATED by what is certain; liveness rules
(… must) the other way round. What lies between is UNKNOWN and names what it hangs on; a rule that quantifies over
nothing is VACUOUS. Where a label is unknown, safety rules take the possible members, liveness rules the certain
ones (contract, "check").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from netaudit.checks.rulefile import Invariant, Rulebook
from netaudit.engine.reference import Check, Judge
from netaudit.engine.solve import Bounds
from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Diagnostic, Effect, Endpoint, Truth, Unknown
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from netaudit.queries.selectors import Selection, Selectors


class Verdict(StrEnum):
    """The contract's five verdicts."""

    PROVED = "PROVED"
    VIOLATED = "VIOLATED"
    UNKNOWN = "UNKNOWN"
    VACUOUS = "VACUOUS"
    WAIVED = "WAIVED"


@dataclass(frozen=True, slots=True)
class Witness:
    """One concrete flow that breaks a rule, and how many further pairs of the same classes do.

    `legs` are its connections in order (one, unless the relation composes several), each with the checks that
    let it pass; for a rule that requires a flow, the checks show what stops it.
    """

    source: str
    destination: str
    traffic: Traffic
    alike: int
    legs: tuple[tuple[str, str, tuple[Check, ...]], ...]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The verdict on one rule. `examined` counts pairs, `failing` those that are not proved."""

    invariant: Invariant
    verdict: Verdict
    witnesses: tuple[Witness, ...] = ()
    depends_on: tuple[Unknown, ...] = ()
    examined: int = 0
    failing: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts on all rules of a rulebook, in its order."""

    results: tuple[RuleResult, ...]

    def count(self, verdict: Verdict) -> int:
        """How many rules have this verdict."""
        return sum(result.verdict is verdict for result in self.results)

    @property
    def exit_code(self) -> int:
        """0 all proved or waived, 1 something is violated, 3 something is unknown or vacuous."""
        return self.exit_code_with(unknown_fails=True)

    def exit_code_with(self, *, unknown_fails: bool) -> int:
        """The same, where an unknown verdict may be let pass; a vacuous one never is."""
        if self.count(Verdict.VIOLATED):
            return 1
        unknown = unknown_fails and self.count(Verdict.UNKNOWN)
        return 3 if unknown or self.count(Verdict.VACUOUS) else 0


@dataclass(slots=True)
class _Failing:
    """The failing pairs of one pair of classes: the first one stands for all."""

    source: Endpoint
    destination: Endpoint
    traffic: Traffic
    pairs: int = 1


@dataclass(slots=True)
class _Tally:
    examined: int = 0
    failing: int = 0
    violating: dict[tuple[int, int, Traffic], _Failing] = field(default_factory=dict)
    unknowns: dict[Unknown, None] = field(default_factory=dict)


def check(relations: Relations, rulebook: Rulebook, accepted: Iterable[str] = ()) -> Report:
    """Judge every invariant. `accepted` names unreadable input that is tolerated: `CODE` or `CODE:FILE`."""
    checker = _Checker(relations, rulebook, frozenset(accepted))
    return Report(tuple(checker.result(invariant) for invariant in rulebook.invariants))


class _Checker:
    def __init__(self, relations: Relations, rulebook: Rulebook, accepted: frozenset[str]) -> None:
        self._relations = relations
        self._solved = relations.solved
        self._judge = Judge(self._solved.network)
        self._selectors = Selectors(self._solved, rulebook.zones, strict=False)
        self._unread = [d for d in self._solved.network.diagnostics if _counts(d, accepted)]

    def result(self, invariant: Invariant) -> RuleResult:
        sources = self._selectors.select(invariant.sources)
        destinations = self._selectors.select(invariant.destinations)
        if invariant.kind == "only-from":
            everything = frozenset(endpoint.id for endpoint in self._solved.endpoints)
            sources = Selection(everything - sources.possible, everything - sources.certain)
            vacuous = not destinations
        else:
            vacuous = not sources or not destinations
        if vacuous:
            empty = invariant.rule.destinations if not destinations else invariant.rule.sources
            return RuleResult(invariant, Verdict.VACUOUS, note=f"{empty} matched nothing")
        judge = self._liveness if invariant.kind == "require" else self._safety
        tally = judge(invariant, sources, destinations)
        return self._verdict(invariant, tally, sources.possible | destinations.possible)

    def _verdict(self, invariant: Invariant, tally: _Tally, scope: frozenset[str]) -> RuleResult:
        unread = tuple(_as_unknown(d) for d in self._unread if self._touches(d, scope))
        witnesses = tuple(self._witness(invariant, failing) for failing in tally.violating.values())
        depends_on = tuple(sorted(tally.unknowns, key=lambda u: (str(u.origin or ""), u.reason)))
        note = ""
        if tally.violating:
            verdict = Verdict.VIOLATED
        elif tally.failing or unread:
            verdict, depends_on = Verdict.UNKNOWN, depends_on + unread
        elif not tally.examined:
            verdict, note = Verdict.VACUOUS, "there is no pair of different endpoints to look at"
        else:
            verdict = Verdict.PROVED
        return RuleResult(invariant, verdict, witnesses, depends_on, tally.examined, tally.failing, note)

    def _touches(self, diagnostic: Diagnostic, scope: frozenset[str]) -> bool:
        if not diagnostic.touches:
            return True
        endpoints = (self._solved.by_id[name] for name in scope)
        touched = frozenset(diagnostic.touches)
        return any(e.id in touched or not touched.isdisjoint((*e.groups, *e.names)) for e in endpoints)

    # ---- pairs ----------------------------------------------------------------------------------------

    def _pairs(self, sources: frozenset[str], destinations: frozenset[str]) -> Iterator[tuple[Endpoint, Endpoint]]:
        for source in sorted(sources):
            for destination in sorted(destinations):
                pair = (self._solved.by_id[source], self._solved.by_id[destination])
                if self._solved.claimed(*pair):
                    yield pair

    def _safety(self, invariant: Invariant, sources: Selection, destinations: Selection) -> _Tally:
        """Nothing of the forbidden traffic, from any possible source to any possible destination."""
        forbidden = CLAIMED - invariant.traffic if invariant.kind == "only-services" else invariant.traffic
        tally = _Tally()
        for source, destination in self._pairs(sources.possible, destinations.possible):
            tally.examined += 1
            bounds = self._relations.bounds(invariant.relation, source, destination) & forbidden
            if not bounds.possible:
                continue
            tally.failing += 1
            sure = source.id in sources.certain and destination.id in destinations.certain
            if sure and bounds.certain:
                self._add(tally, source, destination, bounds.certain)
            else:
                self._doubt(tally, source, destination, bounds)
        return tally

    def _liveness(self, invariant: Invariant, sources: Selection, destinations: Selection) -> _Tally:
        """All of the traffic, from every certain source to every certain destination."""
        tally = _Tally()
        for source, destination in self._pairs(sources.certain, destinations.certain):
            tally.examined += 1
            bounds = self._relations.bounds(invariant.relation, source, destination) & invariant.traffic
            missing = invariant.traffic - bounds.certain
            if not missing:
                continue
            tally.failing += 1
            if never := invariant.traffic - bounds.possible:
                self._add(tally, source, destination, never)
            else:
                self._doubt(tally, source, destination, bounds)
        return tally

    def _add(self, tally: _Tally, source: Endpoint, destination: Endpoint, traffic: Traffic) -> None:
        classes = self._solved.class_of
        key = (classes[source.id].index, classes[destination.id].index, traffic)
        known = tally.violating.get(key)
        if known is None:
            tally.violating[key] = _Failing(source, destination, traffic)
        else:
            known.pairs += 1

    def _doubt(self, tally: _Tally, source: Endpoint, destination: Endpoint, bounds: Bounds) -> None:
        if not self._solved.joined(source, destination):
            tally.unknowns[Unknown(f"{source.realm} and {destination.realm} are not joined")] = None
        for unknown in self._solved.depends_on(source, destination, bounds.open):
            tally.unknowns[unknown] = None
        if not tally.unknowns and bounds.open:
            tally.unknowns[Unknown(f"a chain from {source.id} to {destination.id}")] = None

    # ---- witnesses ------------------------------------------------------------------------------------

    def _witness(self, invariant: Invariant, failing: _Failing) -> Witness:
        point = failing.traffic.least
        ends = self._route(invariant, failing, point)
        legs = tuple(self._leg(a, b, self._point(a, b, point, last=b is ends[-1])) for a, b in pairwise(ends))
        return Witness(failing.source.id, failing.destination.id, failing.traffic, failing.pairs - 1, legs)

    def _route(self, invariant: Invariant, failing: _Failing, point: int) -> tuple[Endpoint, ...]:
        source, destination = failing.source, failing.destination
        if invariant.kind == "require":
            return (source, destination)
        if invariant.relation is Relation.PIVOT:
            return self._relations.chain(source, destination, point, certain=True) or (source, destination)
        if invariant.relation is Relation.FORWARDED:
            for flow in self._relations.forwarded(source, destination):
                if point in flow.certain:
                    return (source, *(self._solved.by_id[name] for name in flow.through), destination)
        return (source, destination)

    def _point(self, source: Endpoint, destination: Endpoint, point: int, *, last: bool) -> int:
        """The last leg carries the rule's traffic; an inner one whatever certainly passes."""
        if last:
            return point
        passing = self._solved.bounds(source, destination).certain & CLAIMED
        return passing.least if passing else point

    def _leg(self, source: Endpoint, destination: Endpoint, point: int) -> tuple[str, str, tuple[Check, ...]]:
        best = self._judge.judge(source, destination, point).best
        checks: tuple[Check, ...] = ()
        if best is not None:
            checks = (
                best.checks if best.delivered is Truth.NO or not best.reply else (*best.checks, *_failed(best.reply))
            )
        return (source.id, destination.id, checks)


def _failed(reply: tuple[Check, ...]) -> tuple[Check, ...]:
    return tuple(check for check in reply if check.verdict is not Truth.YES)


def _counts(diagnostic: Diagnostic, accepted: frozenset[str]) -> bool:
    if diagnostic.effect is not Effect.UNREADABLE:
        return False
    file = diagnostic.origin.file if diagnostic.origin else ""
    return diagnostic.code not in accepted and f"{diagnostic.code}:{file}" not in accepted


def _as_unknown(diagnostic: Diagnostic) -> Unknown:
    return Unknown(f"{diagnostic.code}: {diagnostic.message}", diagnostic.origin)
