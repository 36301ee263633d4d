"""Verdicts, and everything that supports them: what judging invariants gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from netaudit.checks.closing import Closing
from netaudit.checks.rulefile import Invariant
from netaudit.engine.reference import Check
from netaudit.flows import AddressSet, Traffic
from netaudit.model import Origin, Unknown
from netaudit.queries.tabular import Row, Tabular


class Verdict(StrEnum):
    """The contract's five verdicts."""

    PROVED = "PROVED"
    VIOLATED = "VIOLATED"
    UNKNOWN = "UNKNOWN"
    VACUOUS = "VACUOUS"
    WAIVED = "WAIVED"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a file, and which part of it decides: from a column, counted from 0, so many characters wide."""

    line: int
    text: str
    start: int
    width: int


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


UNDECIDED = "?"


@dataclass(frozen=True, slots=True)
class Breach:
    """Pairs that are not proved, all alike: what is `certain`ly wrong between them, and what `possible` besides.

    What is wrong is that it passes or, where it is `missing`, that it does not. Where a rule is not about traffic, a
    pair's second end is empty, or UNDECIDED where that hangs on an unknown: a breach of its own, so that one that
    becomes certain is new.
    """

    pairs: tuple[tuple[str, str], ...]
    certain: Traffic
    possible: Traffic
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Waived:
    """Why a result is let pass: the ids of the waivers that cover it, the first one's end and people.

    `verdict` is what it would be without them.
    """

    ids: tuple[str, ...]
    verdict: Verdict
    expires: str
    owner: str
    approver: str
    reason: str
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The verdict on one rule. `examined` counts pairs, `failing` those that are not proved: those of `breaches`.

    `unread` counts what could not be read and might touch the rule; no waiver and no baseline covers that.
    `closing` would stop the certain flows of a violated one.
    """

    invariant: Invariant
    verdict: Verdict
    witnesses: tuple[Witness, ...] = ()
    depends_on: tuple[Unknown, ...] = ()
    examined: int = 0
    failing: int = 0
    note: str = ""
    breaches: tuple[Breach, ...] = ()
    unread: int = 0
    waived: Waived | None = None
    baselined: bool = False
    closing: Closing | None = None

    @property
    def at_stake(self) -> Breach | None:
        """What would violate an unknown rule if its unknowns came out so: the first of its breaches.

        None where the verdict is no unknown one, or hangs on input that could not be read, which may hold anything.
        """
        verdict = self.waived.verdict if self.waived else self.verdict
        if verdict is not Verdict.UNKNOWN or self.unread:
            return None
        return next((breach for breach in self.breaches if breach.possible), None)


@dataclass(frozen=True, slots=True, repr=False)
class Report(Tabular):
    """The verdicts on all rules of a rulebook, in its order.

    `accepted` lists what was to be tolerated, each with the number of diagnostics that it named. `cuts` are the
    address sets that the rules name, at which external blocks were cut. `faults` say what is wrong with waivers,
    `judged_on` is the day for which they were judged. `zones` are the possible members of the zones that are declared,
    `external` the addresses of the blocks outside that may be printed, `excerpts` the text of the rules that decide
    witnesses. `base` names what was compared with, where a rule is about a change.
    """

    results: tuple[RuleResult, ...]
    accepted: tuple[tuple[str, int], ...] = ()
    cuts: frozenset[AddressSet] = frozenset()
    faults: tuple[str, ...] = ()
    judged_on: str = ""
    zones: Mapping[str, frozenset[str]] = field(default_factory=dict)
    external: Mapping[str, AddressSet] = field(default_factory=dict)
    excerpts: Mapping[Origin, Excerpt] = field(default_factory=dict)
    base: str = ""

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
        """0 all proved, waived or baselined, 1 something is violated, 3 something is unknown or vacuous."""
        return self.exit_code_with(unknown_fails=True)

    def exit_code_with(self, *, unknown_fails: bool) -> int:
        """The same, where an unknown verdict may be let pass; a vacuous one never is."""
        left = {result.verdict for result in self.results if not result.baselined}
        if Verdict.VIOLATED in left:
            return 1
        unknown = unknown_fails and Verdict.UNKNOWN in left
        return 3 if unknown or Verdict.VACUOUS in left else 0
