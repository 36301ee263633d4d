"""What a change opens, closes and alters: the flows of two networks, compared pair by pair.

Both sides are solved with the outside cut alike: at every block that either side sets apart, and at the addresses
that only one side has inside. So a block of one answer means the same addresses in the other, and a flow that only
changed its name is no change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from netaudit.engine.atoms import bits_of
from netaudit.engine.external import BASES, external_endpoints
from netaudit.engine.reference import Check, Trace
from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, AddressSet, Traffic
from netaudit.model import Endpoint, Network, Origin, Truth
from netaudit.queries.answer import Context
from netaudit.queries.blocks import Blocks, over_common_sets, solved_blocks
from netaudit.queries.explain import way_of
from netaudit.queries.flow import Flow, Relation
from netaudit.queries.relations import Relations, reach
from netaudit.queries.rewritten import Rewritten

_Key = tuple[str, str, tuple[str, ...]]
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One pair of endpoints on both sides. `before` is None where a flow was opened, `after` where one was closed.

    `place` is what decides after the change: the last rule that lets it pass, or the first that stops it. It is None
    where an end of the flow is gone, and for flows that other relations than `direct` compose. `causes` are what was
    written otherwise of all that the flow goes by, or is stopped by, before or after.
    """

    source: str
    destination: str
    before: Flow | None
    after: Flow | None
    place: Origin | None = None
    causes: tuple[Rewritten, ...] = ()

    @property
    def widened(self) -> Traffic:
        """What is possible after the change and was not before."""
        now = self.after.possible if self.after else Traffic()
        return now - self.before.possible if self.before else now


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule whose verdict differs, by the verdicts' names."""

    rule: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DiffAnswer:
    """Everything that differs, sorted by ids. `external` gives the ranges of the outside blocks of both sides."""

    relation: Relation
    changes: tuple[Change, ...]
    unchanged: int
    external: Mapping[str, list[str]]
    base: str
    context: Context
    rules: tuple[RuleChange, ...] = ()
    rewritten: tuple[Rewritten, ...] = ()

    @property
    def idle(self) -> tuple[Rewritten, ...]:
        """What was written otherwise and is in the way of no difference: where nothing differs, it has no effect."""
        used = {cause for change in self.changes for cause in change.causes}
        return tuple(each for each in self.rewritten if each not in used)

    @property
    def opened(self) -> tuple[Change, ...]:
        """Pairs that had no flow."""
        return tuple(change for change in self.changes if change.before is None)

    @property
    def closed(self) -> tuple[Change, ...]:
        """Pairs that have no flow any more."""
        return tuple(change for change in self.changes if change.after is None)

    @property
    def altered(self) -> tuple[Change, ...]:
        """Pairs whose traffic, or its certainty, differs."""
        return tuple(change for change in self.changes if change.before is not None and change.after is not None)

    @property
    def exit_code(self) -> int:
        """1 when traffic is possible that was not, on a pair old or new, or a rule is newly broken; else 0."""
        broken = any(rule.after == "VIOLATED" for rule in self.rules)
        return int(broken or any(change.widened for change in self.changes))


def common_cuts(networks: Iterable[Network]) -> frozenset[AddressSet]:
    """The address sets at which the outside of every network has to be cut for all to have the same blocks."""
    sides = [external_endpoints(network) for network in networks]
    apart = [block.addresses for side in sides for block in side if block.id not in BASES]
    outside = [AddressSet.union(block.addresses for block in side) for side in sides]
    inside = [AddressSet.union(outside) - each for each in outside]
    return frozenset(addresses for addresses in (*apart, *inside) if addresses)


def changes(
    before: Reachability,
    after: Reachability,
    relation: Relation,
    traffic: Traffic = CLAIMED,
    written: Iterable[Rewritten] = (),
) -> tuple[tuple[Change, ...], int]:
    """Every pair whose flows differ, and how many flows do not. Both sides have to be cut at `common_cuts`.

    `written` is what was written otherwise, from which the causes are taken.
    """
    if relation is Relation.DIRECT:
        pairs, unchanged = _differing(solved_blocks(before, traffic), solved_blocks(after, traffic))
        old, new = (_flows_between(solved, pairs, traffic) for solved in (before, after))
        decided = _Deciding(before, after, written)
        return tuple(_change((*pair, ()), old.get(pair), new.get(pair), decided) for pair in pairs), unchanged
    known = _by_key(reach(Relations(before), relation, traffic=traffic))
    now = _by_key(reach(Relations(after), relation, traffic=traffic))
    differing = sorted(key for key in known.keys() | now.keys() if _differs(known.get(key), now.get(key)))
    found = tuple(_change(key, known.get(key), now.get(key), None) for key in differing)
    return found, len(known.keys() | now.keys()) - len(differing)


def _differing(before: Blocks, after: Blocks) -> tuple[list[_Pair], int]:
    """The pairs of ids between which direct flows differ, sorted, and how many flows do not; sets are compared."""
    before, after = over_common_sets(before, after)
    everyone = (1 << len(before.sets)) - 1
    old, new = before.partners(everyone), after.partners(everyone)
    found: list[_Pair] = []
    flows = 0
    for place, members in enumerate(before.sets):
        was, now = old.get(place, {}), new.get(place, {})
        alone = 0 if len(members) > 1 else 1 << place  # who is alone in a set has no flow within it
        either = reduce(or_, (*was.values(), *now.values()), 0) & ~alone
        flows += len(members) * before.count(either) - (len(members) if either >> place & 1 else 0)
        if was != now:
            differ = reduce(or_, (was.get(each, 0) ^ now.get(each, 0) for each in was.keys() | now.keys())) & ~alone
            goals = [each for other in bits_of(differ) for each in before.sets[other]]
            found += [(source, goal) for source in members for goal in goals if goal != source]
    return sorted(found), flows - len(found)


def _flows_between(solved: Reachability, pairs: Iterable[_Pair], traffic: Traffic) -> dict[_Pair, Flow]:
    """The flows of some pairs, with what they depend on."""
    found: dict[_Pair, Flow] = {}
    for pair in pairs:
        source, goal = (solved.by_id.get(each) for each in pair)
        if source and goal and solved.joined(source, goal) and (bounds := solved.bounds(source, goal) & traffic):
            found[pair] = Flow(*pair, bounds, solved.doubts(source, goal, bounds.open))
    return found


def _by_key(flows: Iterable[Flow]) -> dict[_Key, Flow]:
    return {(flow.source, flow.destination, flow.through): flow for flow in flows}


def _differs(before: Flow | None, after: Flow | None) -> bool:
    """Whether they carry different traffic; what they hang on, and where it is written, is not a change."""
    return before is None or after is None or before.bounds != after.bounds or before.dialled != after.dialled


def _change(key: _Key, before: Flow | None, after: Flow | None, decided: _Deciding | None) -> Change:
    change = Change(key[0], key[1], before, after)
    if decided is None:
        return change
    return replace(change, place=decided.place(change), causes=decided.causes(change))


class _Deciding:
    """Finds what decides flows before and after the change, and what of it was written otherwise."""

    def __init__(self, before: Reachability, after: Reachability, written: Iterable[Rewritten]) -> None:
        self._before, self._after = _Side(before), _Side(after)
        self._written: dict[str, list[Rewritten]] = {}
        for each in written:
            self._written.setdefault(each.address, []).append(each)

    def place(self, change: Change) -> Origin | None:
        """The place that decides after the change; what lets the reply pass decides nothing but a stop."""
        trace = self._after.trace(change)
        if trace is None:
            return None
        written = [check for check in _checks(trace) if check.origin and check.origin.file]
        stops = [check for check in written if check.verdict is Truth.NO]
        passes = [check for check in way_of(trace) if check in written and check.policy is not None]
        chosen = stops[:1] if trace.verdict is Truth.NO else passes[-1:]
        return next((check.origin for check in chosen or written[-1:]), None)

    def causes(self, change: Change) -> tuple[Rewritten, ...]:
        """What was written otherwise of the things that the flow goes by; of a rule, the rule rather than its owner."""
        origins = [*self._before.origins(change), *self._after.origins(change)] if self._written else []
        found: dict[Rewritten, None] = {}
        for origin in origins:
            parts = self._written.get(origin.address, [])
            here = [each for each in parts if _within(each.origin, origin) or not each.part]
            found |= dict.fromkeys(here or parts)
        return tuple(sorted(found, key=lambda each: (each.origin, each.part)))


class _Side:
    """One of the two networks."""

    def __init__(self, solved: Reachability) -> None:
        self._solved = solved

    def _ends(self, change: Change) -> tuple[Endpoint | None, Endpoint | None]:
        return self._solved.by_id.get(change.source), self._solved.by_id.get(change.destination)

    def trace(self, change: Change) -> Trace | None:
        """How the flow goes here; None where an end of it is not there."""
        source, destination = self._ends(change)
        if source is None or destination is None:
            return None
        return self._solved.judge.judge(source, destination, _point(change))

    def origins(self, change: Change) -> Iterator[Origin]:
        """The places of all that the flow is judged by, of its ends, and of the groups that they are in."""
        trace = self.trace(change)
        yield from (check.origin for check in (_checks(trace) if trace else ()) if check.origin)
        for end in (each for each in self._ends(change) if each is not None):
            groups = (self._solved.network.groups_by_key.get(key) for key in sorted(end.groups))
            yield from (each.origin for each in (end, *groups) if each is not None and each.origin is not None)


def _checks(trace: Trace) -> tuple[Check, ...]:
    """All that judges a flow, its reply included."""
    reply = trace.best.reply if trace.best and trace.delivered is not Truth.NO else ()
    return (*way_of(trace), *reply)


def _within(part: Origin, whole: Origin) -> bool:
    return part.file == whole.file and whole.line <= part.line <= max(whole.line, whole.end_line)


def _point(change: Change) -> int:
    """A point of traffic that differs: one that was opened if there is such, otherwise one that was closed."""
    if change.widened:
        return change.widened.least
    kept = change.after.possible if change.after else Traffic()
    lost = change.before.possible - kept if change.before else Traffic()
    flow = change.after or change.before
    everything = flow.possible | flow.bounds.one_way if flow else Traffic()
    return (lost or everything).least
