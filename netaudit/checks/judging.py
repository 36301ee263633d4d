"""Judging one clause: every pair of its two sides, and what is wrong between them.

Pairs of the same classes that are wrong alike are kept together: the first one stands for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from netaudit.checks.clauses import Clause, Since
from netaudit.engine.solve import NOTHING, Bounds
from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Endpoint, Unknown
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations, candidates
from netaudit.queries.selectors import Selection, Selectors

_Key = tuple[int, int, Traffic, Traffic]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Pairs that are wrong alike; `certain` and `possible` are what is wrong surely, and what perhaps."""

    pairs: tuple[tuple[str, str], ...]
    certain: Traffic
    possible: Traffic


@dataclass(slots=True)
class _Found:
    """Pairs by their classes and what is wrong between them."""

    relations: Relations
    groups: dict[_Key, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, source: Endpoint, destination: Endpoint, certain: Traffic, possible: Traffic) -> None:
        classes = self.relations.solved.class_of
        key = (classes[source.id].index, classes[destination.id].index, certain, possible)
        self.groups.setdefault(key, []).append((source.id, destination.id))

    def wrong(self) -> list[Wrong]:
        return [Wrong(tuple(pairs), certain, possible) for (_, _, certain, possible), pairs in self.groups.items()]


class Ground:
    """One clause over one network: its two sides, and what judging it found out besides what is wrong.

    `base` is the network before a change, cut alike, for a clause that excepts what passed there.
    """

    def __init__(
        self,
        relations: Relations,
        relation: Relation,
        clause: Clause,
        selectors: Selectors,
        base: Relations | None = None,
    ) -> None:
        self._base = base.about(clause.traffic) if base else None
        self.clause = clause
        self.sense = clause.sense
        self.relations = relations.about(clause.traffic)
        self.relation = relation
        self.sources = selectors.select(clause.sources)
        self.destinations = selectors.select(clause.destinations)
        self.examined = 0
        self.unknowns: dict[Unknown, None] = {}
        self.taken_same: dict[Unknown, None] = {}  # before and after a change
        self._allowed = [
            (selectors.select(each.sources), selectors.select(each.destinations), each.traffic)
            for each in clause.allowed
        ]
        self._doubted: set[tuple[int, int]] = set()

    def bounds(self, source: Endpoint, destination: Endpoint) -> Bounds:
        """What passes of the clause's traffic."""
        return self.relations.bounds(self.relation, source, destination) & self.clause.traffic

    def endpoints(self, names: frozenset[str]) -> list[Endpoint]:
        """Endpoints of the network that is judged, sorted by id."""
        return [self.relations.solved.by_id[name] for name in sorted(names)]

    def pairs(self, sources: frozenset[str], destinations: frozenset[str]) -> Iterator[tuple[Endpoint, Endpoint]]:
        """Every pair but that of an endpoint and itself, and that of two blocks outside the model."""
        goals = self.endpoints(destinations)
        for source in self.endpoints(sources):
            yield from ((source, goal) for goal in goals if _is_pair(source, goal))

    def count(self) -> int:
        """How many pairs there are of possible members."""
        outside = frozenset(endpoint.id for endpoint in self.relations.solved.external)
        left, right = self.sources.possible, self.destinations.possible
        both_outside = len(left & outside) * len(right & outside) - len(left & right & outside)
        return len(left) * len(right) - len(left & right) - both_outside

    def suspects(self, sources: list[Endpoint], destinations: list[Endpoint]) -> Iterable[tuple[Endpoint, Endpoint]]:
        """The pairs between which some of the traffic may pass, and perhaps others too, sorted by ids.

        Of those that are alike now and were alike at the base, one tells whether any has more than it had. (A proxy is
        no proxy of itself, so that forwarded flows differ from one endpoint to the next.)
        """
        if self._base is None or self.relation is Relation.FORWARDED:
            return candidates(self.relations, self.relation, sources, destinations, self.clause.traffic)
        found: list[tuple[Endpoint, Endpoint]] = []
        goals = self._alike(self._base, destinations)
        for starts in self._alike(self._base, sources):
            reached = self.relations.reached(self.relation, starts[0], self.clause.traffic)
            for ends in goals:
                if reached & self.relations.solved.bit_of(self.relations.solved.class_of[ends[0].id]):
                    pairs = ((source, goal) for source in starts for goal in ends if _is_pair(source, goal))
                    first = next(pairs, None)
                    if first and self.bounds(*first).possible - self._was(self._base, *first).certain:
                        found += (first, *pairs)
        return sorted(found, key=lambda pair: (pair[0].id, pair[1].id))

    def _alike(self, base: Relations, endpoints: list[Endpoint]) -> list[list[Endpoint]]:
        """The endpoints by their classes, now and at the base."""
        found: dict[tuple[int, int | None], list[Endpoint]] = {}
        for each in endpoints:
            old = base.solved.class_of.get(each.id)
            key = (self.relations.solved.class_of[each.id].index, old.index if old else None)
            found.setdefault(key, []).append(each)
        return list(found.values())

    def _was(self, base: Relations, source: Endpoint, destination: Endpoint) -> Bounds:
        """What passed between the two at the base, if both were there."""
        start, goal = (base.solved.by_id.get(each.id) for each in (source, destination))
        return base.bounds(self.relation, start, goal) if start and goal else NOTHING

    @property
    def has_exceptions(self) -> bool:
        """Whether something may be excepted."""
        return bool(self._allowed) or self._base is not None

    def allowed(self, source: Endpoint, destination: Endpoint, bounds: Bounds) -> tuple[Traffic, Traffic]:
        """What is excepted for this pair, between which this passes: for certain, and possibly."""
        certain, possible = self._before(source, destination, bounds)
        for left, right, traffic in self._allowed:
            if source.id in left.possible and destination.id in right.possible:
                possible |= traffic
                sure = source.id in left.certain and destination.id in right.certain
                certain |= traffic if sure else NO_TRAFFIC
                if not sure:
                    self.doubt_members((left, source), (right, destination))
        return certain, possible

    def _before(self, source: Endpoint, destination: Endpoint, bounds: Bounds) -> tuple[Traffic, Traffic]:
        """What passed at the base: for certain, and possibly."""
        ends = [self._base.solved.by_id.get(each.id) for each in (source, destination)] if self._base else []
        if self._base is None or None in ends:
            return NO_TRAFFIC, NO_TRAFFIC
        start, goal = (each for each in ends if each is not None)
        before = self._base.bounds(self.relation, start, goal)
        if before.possible == before.certain or bounds.possible <= before.certain:
            return before.certain, before.possible
        hangs_on = self._base.depends_on(self.relation, start, goal, before.open)
        alike = self.clause.since is Since.SAME and before & self.clause.traffic == bounds
        now = self.relations.depends_on(self.relation, source, destination, before.open) if alike else ()
        if now and _things(now) == _things(hangs_on):
            self.taken_same |= dict.fromkeys(now)
            return before.possible, before.possible
        self.unknowns |= {Unknown(f"{each.reason} (at the base)", each.origin): None for each in hangs_on}
        return before.certain, before.possible

    def doubt_members(self, *members: tuple[Selection, Endpoint]) -> None:
        """Note what it hangs on whether the endpoints are picked."""
        for selection, endpoint in members:
            self.unknowns |= dict.fromkeys(selection.because.get(endpoint.id, ()))

    def doubt(self, source: Endpoint, destination: Endpoint, bounds: Bounds) -> None:
        """Note what the pair's undecided traffic hangs on; pairs of the same classes hang on the same."""
        classes = self.relations.solved.class_of
        key = (classes[source.id].index, classes[destination.id].index)
        own = source.because or destination.because  # these are each one's own
        if own or key not in self._doubted:
            self._doubted.add(key)
            found = self.relations.depends_on(self.relation, source, destination, bounds.open)
            self.unknowns |= dict.fromkeys(found)


def never(ground: Ground) -> list[Wrong]:
    """Nothing of the traffic, from any possible source to any possible destination, but for the exceptions."""
    found = _Found(ground.relations)
    ground.examined = ground.count()
    ends = (ground.endpoints(ground.sources.possible), ground.endpoints(ground.destinations.possible))
    for source, destination in ground.suspects(*ends):
        if not _is_pair(source, destination):
            continue
        bounds = ground.bounds(source, destination)
        if not bounds.possible:
            continue
        excepted = ground.allowed(source, destination, bounds) if ground.has_exceptions else _NOTHING
        surely_allowed, perhaps_allowed = excepted
        possible = bounds.possible - surely_allowed
        if not possible:
            continue
        sure = source.id in ground.sources.certain and destination.id in ground.destinations.certain
        certain = bounds.certain - perhaps_allowed if sure else NO_TRAFFIC
        found.add(source, destination, certain, possible)
        if not certain:
            ground.doubt_members((ground.sources, source), (ground.destinations, destination))
            if not bounds.certain - perhaps_allowed:
                ground.doubt(source, destination, bounds)
    return found.wrong()


def always(ground: Ground) -> list[Wrong]:
    """All of the traffic, from every certain source to every certain destination; of one that is not there, nothing."""
    found = _Found(ground.relations)
    wanted = ground.clause.traffic
    for source, destination in ground.pairs(ground.sources.certain, ground.destinations.certain):
        ground.examined += 1
        bounds = ground.bounds(source, destination)
        if not wanted - bounds.certain:
            continue
        may_be_absent = dict.fromkeys((*source.because, *destination.because))
        ground.unknowns |= may_be_absent
        lacking = NO_TRAFFIC if may_be_absent else wanted - bounds.possible
        found.add(source, destination, lacking, wanted - bounds.certain)
        if not lacking:
            ground.doubt(source, destination, bounds)
    return found.wrong()


def somewhere(ground: Ground) -> list[Wrong]:
    """Each point of the traffic between some pair: certainly by certain members, possibly by possible ones."""
    certain, possible = NO_TRAFFIC, NO_TRAFFIC
    first: tuple[str, str] | None = None
    ends = (ground.sources, ground.destinations)
    for source, destination in ground.pairs(ends[0].possible, ends[1].possible):
        ground.examined += 1
        first = first or (source.id, destination.id)
        bounds = ground.bounds(source, destination)
        possible |= bounds.possible
        if source.id in ends[0].certain and destination.id in ends[1].certain:
            certain |= bounds.certain
        if bounds.open:
            ground.doubt(source, destination, bounds)
        ground.doubt_members((ends[0], source), (ends[1], destination))
    missing = ground.clause.traffic - certain
    if first is None or not missing:
        return []
    return [Wrong((first,), ground.clause.traffic - possible, missing)]


_NOTHING = (NO_TRAFFIC, NO_TRAFFIC)


def _things(unknowns: Iterable[Unknown]) -> set[tuple[str, str]]:
    """What is unknown, wherever it is written: the reason and the resource."""
    return {(each.reason, each.origin.address if each.origin else "") for each in unknowns}


def _is_pair(source: Endpoint, destination: Endpoint) -> bool:
    return source.id != destination.id and not (source.external and destination.external)
