"""Judging invariants: a rule, a network, a verdict with everything that supports it.

Safety clauses (nothing may …) are PROVED on what is possible and VIOLATED by what is certain; liveness clauses
(… must) the other way round. What lies between is UNKNOWN and names what it hangs on; a rule that quantifies over
nothing is VACUOUS. Where a label is unknown, safety clauses take the possible members, liveness clauses the certain
ones (contract, "check").

Input that could not be read leaves a violated safety clause violated, by what was read; every other verdict that it
could touch becomes UNKNOWN, that of a liveness clause too: what is missing may stop or carry what must flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from netaudit.checks.clauses import Clause, DefaultDeny, NoDeadRule, Partition, Sense, Sentence, Survival
from netaudit.checks.closing import Closing, Failing, closing
from netaudit.checks.dead_rules import dead_rules
from netaudit.checks.default_deny import left_open
from netaudit.checks.judging import Ground, Wrong, always, never, somewhere
from netaudit.checks.partition import misplaced
from netaudit.checks.rulefile import Invariant, Rulebook
from netaudit.checks.survival import survival
from netaudit.checks.unmatched import unmatched
from netaudit.checks.unread import Unread, accepts, as_unknown
from netaudit.checks.verdicts import UNDECIDED, Breach, Report, RuleResult, Verdict, Waived, Witness
from netaudit.engine.reference import Check, Judge
from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError
from netaudit.flows import CLAIMED, NO_TRAFFIC
from netaudit.model import Diagnostic, Effect, Endpoint, NewcomerSide, Truth, Unknown
from netaudit.queries.explain import way_of
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from netaudit.queries.removal import without
from netaudit.queries.selector_syntax import Selector, Word, selector_text
from netaudit.queries.selectors import Selectors

__all__ = ["Breach", "Report", "RuleResult", "Verdict", "Waived", "Witness", "check"]


@dataclass(slots=True)
class _Tally:
    """What the clauses of one rule found. `wrong` keeps, of equal pairs of classes, one to stand for all."""

    examined: int = 0
    wrong: list[tuple[Ground, Wrong]] = field(default_factory=list)
    misplaced: tuple[Witness, ...] = ()
    undecided: tuple[str, ...] = ()
    breaches: tuple[Breach, ...] = ()  # of what is not about pairs of endpoints
    newcomers: tuple[Witness, ...] = ()
    lacking: tuple[Witness, ...] = ()  # of what is not there, but may be in what could not be read
    note: str = ""  # why nothing was examined
    unmatched: tuple[str, ...] = ()  # of names that pick nothing, so that less was examined than was meant
    unknowns: dict[Unknown, None] = field(default_factory=dict)
    taken_same: dict[Unknown, None] = field(default_factory=dict)
    scope: set[str] = field(default_factory=set)


def check(
    relations: Relations,
    rulebook: Rulebook,
    accepted: Iterable[str] = (),
    newcomers: Callable[[], Sequence[NewcomerSide]] = tuple,
    base: Relations | None = None,
) -> Report:
    """Judge every invariant. `accepted` names unreadable input that is tolerated: `CODE` or `CODE:FILE`.

    `newcomers` tells what would hold for pods that do not exist yet; it is asked only where a rule is about them.
    `base` is the network before a change, cut as this one is, for rules about changes.

    Raises QueryError where a selector's name is ambiguous.
    """
    tolerated = sorted(set(accepted))
    checker = _Checker(relations, rulebook, tolerated, newcomers, base)
    networks = [each.solved.network for each in (relations, base) if each]
    unreadable = [d for network in networks for d in network.diagnostics if d.effect is Effect.UNREADABLE]
    return Report(
        tuple(checker.result(invariant) for invariant in rulebook.invariants),
        tuple((name, sum(accepts([name], each) for each in unreadable)) for name in tolerated),
        rulebook.cuts,
        zones=checker.zones(),
        external={block.id: block.addresses for block in relations.solved.external if not block.hidden},
    )


class _Checker:
    def __init__(
        self,
        relations: Relations,
        rulebook: Rulebook,
        accepted: Sequence[str],
        newcomers: Callable[[], Sequence[NewcomerSide]],
        base: Relations | None,
    ) -> None:
        self._relations = relations
        self._solved = relations.solved
        self._rulebook = rulebook
        self._selectors = Selectors(self._solved, rulebook.zones, strict=False)
        self._unread = Unread(self._solved, rulebook.zones, accepted)
        self._newcomers = newcomers
        self._base = base
        self._unread_of_base = Unread(base.solved, rulebook.zones, accepted) if base else None
        self._reduced: dict[frozenset[str], Relations] = {}

    def zones(self) -> dict[str, frozenset[str]]:
        """The ids of the possible members of every zone that can be told."""
        return {name: self._selectors.select(selector).possible for name, selector in self._rulebook.zones.items()}

    def result(self, invariant: Invariant) -> RuleResult:
        """The verdict on one rule. Raises QueryError with the rule's place."""
        try:
            for selector, text in invariant.needs:
                if not self._selectors.select(selector):
                    return RuleResult(invariant, Verdict.VACUOUS, note=self._nothing(text, selector))
            if self._base is None and invariant.compares:
                return RuleResult(invariant, Verdict.VACUOUS, note="there is no base to compare with: give --base")
            if all(map(_allows_everything, invariant.clauses)):
                return RuleResult(invariant, Verdict.VACUOUS, note="it allows everything: nothing could break it")
            tally = _Tally()
            for clause in invariant.clauses:
                self._judge(invariant, clause, tally)
        except QueryError as error:
            raise QueryError(f"rule '{invariant.id}': {error.message}", invariant.origin.place) from None
        names = unmatched(invariant, self._selectors)
        tally.unmatched += tuple(self._nothing(selector_text(name), name) for name in names)
        sides = tuple(selector for clause in invariant.clauses for selector in clause.selectors)
        unread = self._unread.concerning(invariant.relation, sides, frozenset(tally.scope))
        return self._verdict(invariant, tally, unread, self._missing_of_base(invariant, sides, tally))

    def _nothing(self, text: str, selector: Selector) -> str:
        """What to say of a selector, written so, that picks nothing."""
        meant = self._selectors.meant(selector) if isinstance(selector, Word) else ""
        return f"{text} matched nothing{meant}"

    def _missing_of_base(self, invariant: Invariant, sides: Sequence[Selector], tally: _Tally) -> Sequence[Diagnostic]:
        """What could not be read before the change: what seems opened may have been open, what seemed open closed."""
        if self._base is None or not invariant.compares:
            return ()
        scope = frozenset(tally.scope & self._base.solved.by_id.keys())
        return self._unread_of_base.concerning(invariant.relation, sides, scope) if self._unread_of_base else ()

    def _judge(self, invariant: Invariant, clause: Sentence, tally: _Tally) -> None:
        if isinstance(clause, Partition):
            over = self._selectors.select(clause.over)
            found = misplaced(self._solved, self._selectors, clause)
            tally.examined += len(over.possible)
            tally.scope |= over.possible
            tally.misplaced += found.witnesses
            tally.undecided += found.undecided
            tally.unknowns |= dict.fromkeys(found.unknowns)
            return
        if isinstance(clause, DefaultDeny):
            declared = {group.key: group.origin for group in self._solved.network.groups}
            new = left_open(self._newcomers(), clause, declared)
            tally.examined += new.examined
            keys = {f"ns/{name}" for name in new.namespaces}
            tally.scope |= {each.id for each in self._solved.endpoints if not keys.isdisjoint(each.groups)}
            tally.newcomers += new.witnesses
            tally.breaches += new.breaches
            tally.unknowns |= dict.fromkeys(new.unknowns)
            tally.unmatched += tuple(f"there is no namespace {name}" for name in new.unmatched)
            return
        if isinstance(clause, NoDeadRule):
            dead = dead_rules(self._solved, self._selectors, clause)
            tally.examined += dead.examined
            tally.scope |= self._solved.by_id.keys()
            tally.lacking += dead.witnesses
            tally.breaches += dead.breaches
            tally.unknowns |= dict.fromkeys(dead.unknowns)
            return
        if isinstance(clause, Survival):
            left = survival(self._solved, self._selectors, clause, invariant.relation)
            tally.examined += left.examined
            tally.scope |= left.scope
            tally.lacking += left.witnesses
            tally.breaches += left.breaches
            tally.unknowns |= dict.fromkeys(left.unknowns)
            tally.note = left.note
            return
        ground = self._ground(invariant, clause)
        found_wrong = {Sense.NEVER: never, Sense.ALWAYS: always, Sense.SOMEWHERE: somewhere}[clause.sense](ground)
        tally.examined += ground.examined
        tally.scope |= ground.sources.possible | ground.destinations.possible
        tally.unknowns |= ground.unknowns if found_wrong else {}
        tally.taken_same |= ground.taken_same
        tally.wrong += [(ground, each) for each in found_wrong]

    def _ground(self, invariant: Invariant, clause: Clause) -> Ground:
        relations = self._relations
        if clause.without is not None:
            # What is only possibly a waypoint may not be relied on, so it stays in the network.
            relations = self._without(self._selectors.select(clause.without).certain)
        base = self._base if clause.since else None
        return Ground(relations, invariant.relation, clause, self._selectors, base)

    def _without(self, gone: frozenset[str]) -> Relations:
        if gone not in self._reduced:
            network, cuts = without(self._solved, gone)
            self._reduced[gone] = Relations(Reachability(network, cuts))
        return self._reduced[gone]

    def _verdict(
        self,
        invariant: Invariant,
        tally: _Tally,
        unread_now: Sequence[Diagnostic],
        unread_before: Sequence[Diagnostic],
    ) -> RuleResult:
        depends_on = tuple(sorted(tally.unknowns, key=lambda u: (str(u.origin or ""), u.reason)))
        counting = [(g, w) for g, w in tally.wrong if w.certain and (g.sense is Sense.NEVER or not unread_now)]
        counting = [] if unread_before else counting
        unread = list(dict.fromkeys((*unread_now, *unread_before)))
        failing = sum(len(wrong.pairs) for _, wrong in tally.wrong) + len(tally.misplaced) + len(tally.undecided)
        failing += len(tally.breaches)
        note = _taken_same(tally.taken_same)
        besides = tally.misplaced + tally.newcomers + (() if unread else tally.lacking)
        if counting or besides:
            verdict = Verdict.VIOLATED
        elif failing or unread:
            verdict, depends_on = Verdict.UNKNOWN, depends_on + tuple(as_unknown(each) for each in unread)
        elif not tally.examined:
            verdict, note = Verdict.VACUOUS, tally.note or _nothing_examined(invariant)
        elif tally.unmatched:
            verdict, note = Verdict.VACUOUS, "; ".join(tally.unmatched)
        else:
            verdict = Verdict.PROVED
        return RuleResult(
            invariant,
            verdict,
            tuple(_witness(invariant, ground, wrong) for ground, wrong in counting) + besides,
            depends_on,
            tally.examined,
            failing,
            note,
            tuple(_breach(ground, wrong) for ground, wrong in tally.wrong)
            + tuple(Breach(((each.source, ""),), NO_TRAFFIC, NO_TRAFFIC) for each in tally.misplaced)
            + tuple(Breach(((each, UNDECIDED),), NO_TRAFFIC, NO_TRAFFIC) for each in tally.undecided)
            + tally.breaches,
            len(unread),
            closing=None if besides else self._closing(invariant, counting),
        )

    def _closing(self, invariant: Invariant, counting: Sequence[tuple[Ground, Wrong]]) -> Closing | None:
        """What would stop its certain flows, where it forbids direct ones of the whole network."""
        mendable = all(ground.sense is Sense.NEVER and ground.clause.without is None for ground, _ in counting)
        if invariant.relation is not Relation.DIRECT or not counting or not mendable:
            return None
        return closing(self._solved, [Failing(wrong.pairs, wrong.certain) for _, wrong in counting])


def _allows_everything(clause: Sentence) -> bool:
    if isinstance(clause, DefaultDeny):
        return not CLAIMED - clause.allowed
    return isinstance(clause, Clause) and not clause.traffic


def _breach(ground: Ground, wrong: Wrong) -> Breach:
    return Breach(wrong.pairs, wrong.certain, wrong.possible, missing=ground.sense is not Sense.NEVER)


def _taken_same(unknowns: Iterable[Unknown]) -> str:
    reasons = "; ".join(sorted({each.reason for each in unknowns}))
    return f"taken to be the same before and after: {reasons}" if reasons else ""


def _nothing_examined(invariant: Invariant) -> str:
    if any(isinstance(clause, DefaultDeny) for clause in invariant.clauses):
        return "there is no such namespace"
    if any(isinstance(clause, NoDeadRule) for clause in invariant.clauses):
        return "no written rule stands on anybody's way"
    return "there is no pair of different endpoints to look at"


# ---- witnesses ----------------------------------------------------------------------------------------


def _witness(invariant: Invariant, ground: Ground, wrong: Wrong) -> Witness:
    """One pair of those that are alike, at the least point of traffic that is wrong."""
    point = wrong.certain.least
    by_id = ground.relations.solved.by_id
    source, destination = (by_id[name] for name in wrong.pairs[0])
    ends: tuple[Endpoint, ...] = (source, destination)
    if ground.sense is Sense.NEVER:  # what must flow and does not goes by no way
        ends = ground.relations.about(wrong.certain).route(invariant.relation, source, destination, point)
    judge = ground.relations.solved.judge
    points = [*(_inner_point(ground, a, b) for a, b in pairwise(ends[:-1])), point]
    legs = tuple(_leg(judge, a, b, at) for (a, b), at in zip(pairwise(ends), points, strict=True))
    return Witness(*wrong.pairs[0], wrong.certain, len(wrong.pairs) - 1, legs)


def _inner_point(ground: Ground, source: Endpoint, destination: Endpoint) -> int:
    """What certainly passes on a connection that only leads to the next one; the last carries the rule's own."""
    certain = ground.relations.solved.bounds(source, destination).certain
    return (certain & CLAIMED or certain).least


def _leg(judge: Judge, source: Endpoint, destination: Endpoint, point: int) -> tuple[str, str, tuple[Check, ...]]:
    trace = judge.judge(source, destination, point)
    reply = trace.best.reply if trace.best and trace.delivered is not Truth.NO else ()
    failed = tuple(check for check in reply if check.verdict is not Truth.YES)
    return (source.id, destination.id, (*way_of(trace), *failed))
