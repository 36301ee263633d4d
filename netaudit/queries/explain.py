"""Why, or why not: one concrete flow with every stage, and the smallest change that would flip the answer."""

from __future__ import annotations

from dataclasses import dataclass

from netaudit.engine.reference import Check, Journey, Trace
from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Endpoint, Stage, Truth, Unknown
from netaudit.queries.changes import smallest_change
from netaudit.queries.tabular import Row, Tabular, placed
from netaudit.queries.what_if import Edit

_VERDICTS = {Truth.YES: "ALLOWED", Truth.NO: "BLOCKED", Truth.MAYBE: "UNKNOWN"}


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Tabular):
    """The answer about one concrete flow.

    `changes` is a smallest set of edits of filters that would turn a YES into a NO or the reverse: applying all
    of it flips the answer, no part of it does. Where it is empty, `note` says why there is none.
    `depends_on` names the unknowns of a MAYBE.
    """

    trace: Trace
    traffic: Traffic
    changes: tuple[Edit, ...] = ()
    depends_on: tuple[Unknown, ...] = ()
    note: str = ""

    columns = ("stage", "component", "verdict", "reason", "code", "file", "line")

    def rows(self) -> list[Row]:
        """One row a check on the way, then those of the reply."""
        checks = (*way_of(self.trace), *(self.journey.reply if self.journey else ()))
        return [
            {
                "stage": str(check.stage),
                "component": check.component,
                "verdict": _VERDICTS[check.verdict],
                "reason": check.reason,
                "code": check.code,
                **placed(check.origin),
            }
            for check in checks
        ]

    def headline(self) -> str:
        """The verdict, about what, and the smallest change."""
        edits = f"; it would flip by: {'; '.join(map(str, self.changes))}" if self.changes else ""
        ends = f"{self.trace.source.id} → {self.trace.destination.id} on {self.traffic}"
        return f"{self.verdict.name}: {ends}{' (one-way)' if self.one_way else ''}{edits}"

    @property
    def verdict(self) -> Truth:
        """YES, NO, or MAYBE where it hangs on an unknown."""
        return self.trace.verdict

    @property
    def one_way(self) -> bool:
        """Whether what is sent arrives, or may, and no reply can come back."""
        return self.trace.verdict is Truth.NO and self.trace.delivered is not Truth.NO

    @property
    def journey(self) -> Journey | None:
        """The way that decides."""
        return self.trace.best


def explain(solved: Reachability, source: Endpoint, destination: Endpoint, point: int) -> Explanation:
    """Explain the direct flow at one point of traffic."""
    trace = solved.judge.judge(source, destination, point)
    traffic = Traffic(((point, point),))
    if trace.verdict is Truth.MAYBE:
        return Explanation(trace, traffic, depends_on=solved.depends_on(source, destination, traffic))
    changes = smallest_change(solved.network, trace)
    return Explanation(trace, traffic, changes, note="" if changes else _no_change(trace))


def _no_change(trace: Trace) -> str:
    if trace.verdict is Truth.YES:
        return "no filter stands in the way, so no edit of one would stop it"
    if not trace.destination.accepts:
        return f"{trace.destination.id} accepts no connections"
    if trace.source.because or trace.destination.because:
        return "no edit of filters would make it certain: one of the two may not exist"
    return "no edit of security groups, network ACLs or policies alone would open it"


def way_of(trace: Trace) -> tuple[Check, ...]:
    """The checks on the way that decides, in order; where no way leads on, the last one says so.

    Never empty for a flow that does not arrive.
    """
    best = trace.best
    if best is None:
        return (_no_path(trace),)
    if best.arrived or any(check.verdict is Truth.NO for check in best.checks):
        return best.checks
    return (*best.checks, _no_route(trace, best))


def _no_path(trace: Trace) -> Check:
    there = trace.destination
    if there.accepts:
        reason, code = "there is no way at all between the two", "NO_PATH"
    else:
        reason, code = f"{there.id} accepts no connections", "NO_LISTENER"
    place = f"{trace.source.id} → {there.id}"
    return Check(place, Stage.ROUTE, "routing", Truth.NO, reason, code, there.origin)


def _no_route(trace: Trace, journey: Journey) -> Check:
    here = journey.checks[-1].place.rpartition(" → ")[2] if journey.checks else trace.source.id
    reason = f"nothing leads on from {here}"
    place = f"{here} → {trace.destination.id}"
    return Check(place, Stage.ROUTE, "routing", Truth.NO, reason, "NO_ROUTE_TO_DESTINATION", trace.source.origin)
