"""Why, or why not: one concrete flow with every stage, and the smallest change that would flip the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netaudit.engine.reference import Check, Journey, Judge, Trace
from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Action, Endpoint, Origin, Peers, Rule, Truth
from netaudit.queries.what_if import AddRule, Edit, RemoveRule, apply

_TRIED = 12  # ways and policies that are looked at for a smallest change


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer about one concrete flow.

    `changes` is a smallest set of edits of filters that would turn a YES into a NO or the reverse: applying all
    of it flips the answer, no part of it does. It is empty where no edit of filters alone would (no route, or an
    answer that hangs on an unknown).
    """

    trace: Trace
    traffic: Traffic
    changes: tuple[Edit, ...]

    @property
    def verdict(self) -> Truth:
        """YES, NO, or MAYBE where it hangs on an unknown."""
        return self.trace.verdict

    @property
    def journey(self) -> Journey | None:
        """The way that decides."""
        return self.trace.best


def explain(solved: Reachability, source: Endpoint, destination: Endpoint, point: int) -> Explanation:
    """Explain the direct flow at one point of traffic."""
    trace = Judge(solved.network).judge(source, destination, point)
    traffic = Traffic(((point, point),))
    return Explanation(trace, traffic, _smallest_change(solved, trace))


def _smallest_change(solved: Reachability, trace: Trace) -> tuple[Edit, ...]:
    if trace.verdict is Truth.MAYBE:
        return ()
    candidates = _openings(trace, solved.network.reply_ports) if trace.verdict is Truth.NO else _closings(trace)
    for edits in sorted(candidates, key=len)[:_TRIED]:
        needed = _without_idle_parts(solved, trace, edits)
        if needed:
            return needed
    return ()


def _without_idle_parts(solved: Reachability, trace: Trace, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits that are needed to flip the answer; () if even all of them do not."""
    if not _flips(solved, trace, edits):
        return ()
    needed = list(edits)
    for edit in edits:
        fewer = [each for each in needed if each is not edit]
        if fewer and _flips(solved, trace, fewer):
            needed = fewer
    return tuple(needed)


def _flips(solved: Reachability, trace: Trace, edits: Sequence[Edit]) -> bool:
    after = Judge(apply(solved.network, edits)).judge(trace.source, trace.destination, trace.point).verdict
    return after is (Truth.YES if trace.verdict is Truth.NO else Truth.NO)


# ---- NO becomes YES -----------------------------------------------------------------------------------


def _openings(trace: Trace, reply_ports: Traffic) -> Iterator[list[Edit]]:
    """For each way that ends at the destination: let the flow, and its reply, pass wherever it is stopped."""
    flow = Traffic(((trace.point, trace.point),))
    for journey in trace.journeys:
        stopped = [(check, flow) for check in journey.checks if check.verdict is not Truth.YES]
        stopped += [(check, reply_ports) for check in journey.reply if check.verdict is not Truth.YES]
        edits = {edit: None for check, traffic in stopped for edit in _added(check, Action.ALLOW, traffic)}
        if journey.arrived and all(check.policy for check, _ in stopped):
            yield list(edits)


def _added(check: Check, action: Action, traffic: Traffic) -> Iterator[Edit]:
    """A rule for just this peer and traffic, before all others of the check's filter."""
    if check.policy is not None and check.peer is not None:
        peers = Peers(members=frozenset({check.peer.id}))
        origin = check.origin or Origin("")
        yield AddRule(check.policy, Rule(peers, traffic, action, origin, text=f"{traffic} for {check.peer.id}"))


# ---- YES becomes NO -----------------------------------------------------------------------------------


def _closings(trace: Trace) -> Iterator[list[Edit]]:
    """For each filter that every open way passes: take out what lets the flow through, or deny it."""
    flow = Traffic(((trace.point, trace.point),))
    open_ways = [journey for journey in trace.journeys if journey.verdict is not Truth.NO]
    shared = set.intersection(*({check.policy for check in way.checks} for way in open_ways))
    for check in open_ways[0].checks:
        if check.policy in shared:
            yield list(_removals(check, trace.point)) or list(_added(check, Action.DENY, flow))


def _removals(check: Check, point: int) -> Iterator[Edit]:
    if check.policy is None or check.peer is None or check.rule is None:
        return
    for rule in (rule for tier in check.policy.tiers for rule in tier.rules):
        if rule.action is Action.ALLOW and rule.peers.sees(check.peer) and point in rule.traffic:
            yield RemoveRule(check.policy, rule)
