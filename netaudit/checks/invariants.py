"""Judging invariants: a rule, a network, a verdict with everything that supports it.

Safety rules (nothing may …) are PROVED on what is possible and VIOLATED by what is certain; liveness rules
(… must) the other way round. What lies between is UNKNOWN and names what it hangs on; a rule that quantifies over
nothing is VACUOUS. Where a label is unknown, safety rules take the possible members, liveness rules the certain
ones (contract, "check").

Input that could not be read leaves a violated safety rule violated, by what was read; every other verdict that it
could touch becomes UNKNOWN, that of a liveness rule too: what is missing may stop or carry what must flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from netaudit.checks.rulefile import Invariant, Rulebook
from netaudit.checks.unread import Unread, accepts, as_unknown
from netaudit.engine.reference import Check, Judge
from netaudit.engine.solve import Bounds
from netaudit.errors import QueryError
from netaudit.flows import CLAIMED, AddressSet, Traffic
from netaudit.model import Effect, Endpoint, Truth, Unknown
from netaudit.queries.explain import way_of
from netaudit.queries.relations import Relations, candidates
from netaudit.queries.selector_syntax import Not
from netaudit.queries.selectors import Selection, Selectors
from netaudit.queries.tabular import Row, Tabular


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


@dataclass(frozen=True, slots=True, repr=False)
class Report(Tabular):
    """The verdicts on all rules of a rulebook, in its order.

    `accepted` lists what was to be tolerated, each with the number of diagnostics that it named. `cuts` are the
    address sets that the rules name, at which external blocks were cut.
    """

    results: tuple[RuleResult, ...]
    accepted: tuple[tuple[str, int], ...] = ()
    cuts: frozenset[AddressSet] = frozenset()

    columns = ("rule", "verdict", "severity", "title", "relation", "examined", "failing", "witnesses", "note")

    def rows(self) -> list[Row]:
        """One row a rule; `witnesses` as `source → destination traffic`."""
        return [
            {
                "rule": result.invariant.id,
                "verdict": result.verdict.value,
                "severity": str(result.invariant.rule.severity),
                "title": result.invariant.rule.title,
                "relation": str(result.invariant.relation),
                "examined": result.examined,
                "failing": result.failing,
                "witnesses": "; ".join(f"{w.source} → {w.destination} {w.traffic}" for w in result.witnesses),
                "note": result.note,
            }
            for result in self.results
        ]

    def headline(self) -> str:
        """How many rules have which verdict."""
        counts = ", ".join(f"{self.count(verdict)} {verdict.lower()}" for verdict in Verdict if self.count(verdict))
        return f"{len(self.results)} rules: {counts or 'none'}"

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
    """The pairs of one pair of classes that break the rule alike: the first one stands for all."""

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
    doubted: set[tuple[int, int]] = field(default_factory=set)


def check(relations: Relations, rulebook: Rulebook, accepted: Iterable[str] = ()) -> Report:
    """Judge every invariant. `accepted` names unreadable input that is tolerated: `CODE` or `CODE:FILE`.

    Raises QueryError where a selector's name is ambiguous.
    """
    tolerated = sorted(set(accepted))
    checker = _Checker(relations, rulebook, tolerated)
    unreadable = [d for d in relations.solved.network.diagnostics if d.effect is Effect.UNREADABLE]
    return Report(
        tuple(checker.result(invariant) for invariant in rulebook.invariants),
        tuple((name, sum(accepts([name], each) for each in unreadable)) for name in tolerated),
        rulebook.cuts,
    )


class _Checker:
    def __init__(self, relations: Relations, rulebook: Rulebook, accepted: Sequence[str]) -> None:
        self._relations = relations
        self._solved = relations.solved
        self._judge = Judge(self._solved.network)
        self._selectors = Selectors(self._solved, rulebook.zones, strict=False)
        self._unread = Unread(self._solved, rulebook.zones, accepted)

    def result(self, invariant: Invariant) -> RuleResult:
        """The verdict on one rule. Raises QueryError with the rule's place."""
        try:
            sources = self._selectors.select(invariant.sources)
            destinations = self._selectors.select(invariant.destinations)
        except QueryError as error:
            raise QueryError(f"rule '{invariant.id}': {error.message}", invariant.origin.place) from None
        listed = invariant.kind == "only-from"
        if not destinations or not (sources or listed):
            empty = invariant.rule.destinations if not destinations else invariant.rule.sources
            return RuleResult(invariant, Verdict.VACUOUS, note=f"{empty} matched nothing")
        if listed:
            sources = sources.complement(self._selectors.everything)
        tally = (self._liveness if invariant.kind == "require" else self._safety)(invariant, sources, destinations)
        return self._verdict(invariant, tally, sources.possible | destinations.possible)

    def _verdict(self, invariant: Invariant, tally: _Tally, scope: frozenset[str]) -> RuleResult:
        left = Not(invariant.sources) if invariant.kind == "only-from" else invariant.sources
        unread = self._unread.concerning(invariant.relation, (left, invariant.destinations), scope)
        depends_on = tuple(sorted(tally.unknowns, key=lambda u: (str(u.origin or ""), u.reason)))
        note = ""
        if tally.violating and not (unread and invariant.kind == "require"):
            verdict = Verdict.VIOLATED
        elif tally.failing or unread:
            verdict, depends_on = Verdict.UNKNOWN, depends_on + tuple(as_unknown(each) for each in unread)
        elif not tally.examined:
            verdict, note = Verdict.VACUOUS, "there is no pair of different endpoints to look at"
        else:
            verdict = Verdict.PROVED
        failing = tally.violating.values() if verdict is Verdict.VIOLATED else ()
        witnesses = tuple(self._witness(invariant, each) for each in failing)
        return RuleResult(invariant, verdict, witnesses, depends_on, tally.examined, tally.failing, note)

    # ---- pairs ----------------------------------------------------------------------------------------

    def _pairs(self, sources: frozenset[str], destinations: frozenset[str]) -> Iterator[tuple[Endpoint, Endpoint]]:
        """Every pair but that of an endpoint and itself, and that of two blocks outside the model."""
        goals = [self._solved.by_id[name] for name in sorted(destinations)]
        for source in map(self._solved.by_id.__getitem__, sorted(sources)):
            for goal in goals:
                if source.id != goal.id and not (source.external and goal.external):
                    yield source, goal

    def _endpoints(self, names: frozenset[str]) -> list[Endpoint]:
        return [self._solved.by_id[name] for name in names]

    def _count(self, sources: frozenset[str], destinations: frozenset[str]) -> int:
        """How many pairs `_pairs` gives."""
        outside = frozenset(endpoint.id for endpoint in self._solved.external)
        left, right = sources & outside, destinations & outside
        both_outside = len(left) * len(right) - len(left & right)
        return len(sources) * len(destinations) - len(sources & destinations) - both_outside

    def _safety(self, invariant: Invariant, sources: Selection, destinations: Selection) -> _Tally:
        """Nothing of the forbidden traffic, from any possible source to any possible destination."""
        forbidden = _judged(invariant.traffic) - invariant.traffic
        if invariant.kind != "only-services":
            forbidden = invariant.traffic
        relations = self._relations.about(forbidden)
        tally = _Tally()
        tally.examined = self._count(sources.possible, destinations.possible)
        ends = (self._endpoints(sources.possible), self._endpoints(destinations.possible))
        for source, destination in candidates(relations, invariant.relation, *ends, forbidden):
            if source.id == destination.id or (source.external and destination.external):
                continue
            bounds = relations.bounds(invariant.relation, source, destination) & forbidden
            if not bounds.possible:
                continue
            tally.failing += 1
            sure = source.id in sources.certain and destination.id in destinations.certain
            if sure and bounds.certain:
                self._add(tally, source, destination, bounds.certain)
                continue
            tally.unknowns |= dict.fromkeys(sources.because.get(source.id, ()))
            tally.unknowns |= dict.fromkeys(destinations.because.get(destination.id, ()))
            if not bounds.certain:
                self._doubt(tally, relations, invariant, (source, destination), bounds)
        return tally

    def _liveness(self, invariant: Invariant, sources: Selection, destinations: Selection) -> _Tally:
        """All of the traffic, from every certain source to every certain destination."""
        relations = self._relations.about(invariant.traffic)
        tally = _Tally()
        for source, destination in self._pairs(sources.certain, destinations.certain):
            tally.examined += 1
            bounds = relations.bounds(invariant.relation, source, destination) & invariant.traffic
            if not invariant.traffic - bounds.certain:
                continue
            tally.failing += 1
            if never := invariant.traffic - bounds.possible:
                self._add(tally, source, destination, never)
            else:
                self._doubt(tally, relations, invariant, (source, destination), bounds)
        return tally

    def _add(self, tally: _Tally, source: Endpoint, destination: Endpoint, traffic: Traffic) -> None:
        classes = self._solved.class_of
        key = (classes[source.id].index, classes[destination.id].index, traffic)
        known = tally.violating.get(key)
        if known is None:
            tally.violating[key] = _Failing(source, destination, traffic)
        else:
            known.pairs += 1

    def _doubt(
        self, tally: _Tally, relations: Relations, invariant: Invariant, pair: tuple[Endpoint, Endpoint], bounds: Bounds
    ) -> None:
        """Note what the pair's undecided traffic hangs on; pairs of the same classes hang on the same."""
        source, destination = pair
        doubtful = source.because or destination.because  # these are each one's own
        key = (self._solved.class_of[source.id].index, self._solved.class_of[destination.id].index)
        if key in tally.doubted and not doubtful:
            return
        tally.doubted.add(key)
        found = relations.depends_on(invariant.relation, source, destination, bounds.open)
        tally.unknowns |= dict.fromkeys(found)

    # ---- witnesses ------------------------------------------------------------------------------------

    def _witness(self, invariant: Invariant, failing: _Failing) -> Witness:
        point = failing.traffic.least
        source, destination = failing.source, failing.destination
        ends: tuple[Endpoint, ...] = (source, destination)
        if invariant.kind != "require":  # what must flow and does not goes by no way
            ends = self._relations.about(failing.traffic).route(invariant.relation, source, destination, point)
        legs = tuple(self._leg(a, b, point if b is ends[-1] else self._inner_point(a, b)) for a, b in pairwise(ends))
        return Witness(source.id, destination.id, failing.traffic, failing.pairs - 1, legs)

    def _inner_point(self, source: Endpoint, destination: Endpoint) -> int:
        """What certainly passes on a connection that only leads to the next one; the last carries the rule's own."""
        certain = self._solved.bounds(source, destination).certain
        return (certain & CLAIMED or certain).least

    def _leg(self, source: Endpoint, destination: Endpoint, point: int) -> tuple[str, str, tuple[Check, ...]]:
        trace = self._judge.judge(source, destination, point)
        reply = trace.best.reply if trace.best and trace.delivered is not Truth.NO else ()
        failed = tuple(check for check in reply if check.verdict is not Truth.YES)
        return (source.id, destination.id, (*way_of(trace), *failed))


def _judged(traffic: Traffic) -> Traffic:
    """The protocols that a rule about this traffic speaks of: TCP, UDP, SCTP, and those that it names besides."""
    besides = (Traffic.named(name) for name in ("icmp", "icmpv6", "other"))
    return Traffic.union((CLAIMED, *(each for each in besides if each.overlaps(traffic))))
