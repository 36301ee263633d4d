"""Whether traffic still flows after losing any so many zones, subnets, peerings or gateways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import comb

from netaudit.checks.clauses import Survival
from netaudit.checks.verdicts import UNDECIDED, Breach, Witness
from netaudit.engine.bounds import Bounds
from netaudit.engine.reference import Check, Judge
from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError
from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Endpoint, Loss, Stage, Truth, Unknown
from netaudit.queries.explain import way_of
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations, candidates
from netaudit.queries.removal import after
from netaudit.queries.selectors import Selection, Selectors, glob

MOST = 500  # each choice of losses is a network of its own


@dataclass(frozen=True, slots=True)
class Survived:
    """Choices of losses that the traffic does not survive, for certain or perhaps; `note` says why none was tried."""

    examined: int = 0
    witnesses: tuple[Witness, ...] = ()
    breaches: tuple[Breach, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    scope: frozenset[str] = frozenset()
    note: str = ""


@dataclass(slots=True)
class _Passing:
    """What passes between some certain pair, and what between some possible one."""

    relations: Relations
    certain: Traffic = NO_TRAFFIC
    possible: Traffic = NO_TRAFFIC
    open: list[tuple[Endpoint, Endpoint, Bounds]] = field(default_factory=list)


def survival(solved: Reachability, selectors: Selectors, clause: Survival, relation: Relation) -> Survived:
    """Judge every choice of losses. Raises QueryError where there are too many."""
    ends = (selectors.select(clause.sources), selectors.select(clause.destinations))
    scope = ends[0].possible | ends[1].possible
    everything = _all_losses(solved, clause)
    losses = [each for each in everything if any(glob(pattern)(each.key) for pattern in clause.among)]
    if len(losses) < clause.count:
        return Survived(scope=scope, note=_nothing_to_lose(clause, len(losses)))
    if (choices := comb(len(losses), clause.count)) > MOST:
        asked = f"{choices} ways to lose {clause.count} of {len(losses)} ({', '.join(clause.losing)})"
        raise QueryError(f"there are {asked}, more than {MOST}: narrow them by 'among', or lower 'count'")
    whole = _passing(Relations(solved), relation, ends, clause.traffic)
    if clause.traffic - whole.possible:
        return Survived(scope=scope, note="it does not flow before any loss either")
    judge = _Judge(solved, ends, clause, relation, whole)
    for chosen in combinations([_with_namesakes(each, everything) for each in losses], clause.count):
        judge.try_without(chosen)
    return judge.survived(choices, scope)


def _all_losses(solved: Reachability, clause: Survival) -> list[Loss]:
    """What can be lost of these kinds, by its key; parts of several sources that bear one name are lost together."""
    found: dict[tuple[str, str, str], Loss] = {}
    for each in solved.network.losses:
        if each.kind in clause.losing:
            key = (each.kind, each.key, each.naming)
            found[key] = _both(found[key], each) if key in found else each
    return [found[key] for key in sorted(found)]


def _with_namesakes(loss: Loss, losses: Iterable[Loss]) -> Loss:
    """A loss with all that may be lost with it, since it may be the same thing by another name."""
    same = [each for each in losses if _may_be_one(loss, each)]
    perhaps = loss.perhaps.union(*(each.nodes | each.perhaps for each in same))
    whys = (each.unknown or loss.unknown or _whether(loss, each) for each in same)
    return replace(loss, perhaps=perhaps, because=tuple(dict.fromkeys((*loss.because, *whys))))


def _may_be_one(one: Loss, other: Loss) -> bool:
    apart = one.region and other.region and one.region != other.region
    return one.kind == other.kind and one.naming != other.naming and not apart


def _whether(one: Loss, other: Loss) -> Unknown:
    return Unknown(f"whether {one.kind} {one.key} is {other.kind} {other.key}", other.origin)


def _both(one: Loss, other: Loss) -> Loss:
    return replace(
        one,
        nodes=one.nodes | other.nodes,
        perhaps=one.perhaps | other.perhaps,
        because=tuple(dict.fromkeys((*one.because, *other.because))),
        edges=one.edges | other.edges,
    )


class _Judge:
    def __init__(
        self,
        solved: Reachability,
        ends: tuple[Selection, Selection],
        clause: Survival,
        relation: Relation,
        whole: _Passing,
    ) -> None:
        self._solved = solved
        self._ends = ends
        self._clause = clause
        self._relation = relation
        self._whole = whole
        self._witnesses: list[Witness] = []
        self._breaches: list[Breach] = []
        self._unknowns: dict[Unknown, None] = {}

    def try_without(self, chosen: Sequence[Loss]) -> None:
        """Judge one choice: what is certain is taken from the network that lacks all that may be lost."""
        wanted = self._clause.traffic
        least = self._left(chosen, whatever_may=True)
        if not wanted - least.certain:
            return
        doubtful = any(each.perhaps for each in chosen)
        most = self._left(chosen, whatever_may=False) if doubtful else least
        name = ", ".join(f"{each.kind} {each.key}" for each in chosen)
        missing = wanted - most.possible
        self._breaches.append(Breach(((f"without {name}", "" if missing else UNDECIDED),), NO_TRAFFIC, NO_TRAFFIC))
        if missing:
            self._witnesses.append(self._witness(chosen, name, missing, most.relations.solved))
            return
        self._unknowns |= dict.fromkeys(unknown for each in chosen for unknown in each.because)
        self._unknowns |= dict.fromkeys(self._doubts(least))

    def survived(self, examined: int, scope: frozenset[str]) -> Survived:
        """What came of all choices."""
        found = (tuple(self._witnesses), tuple(self._breaches), tuple(self._unknowns))
        return Survived(examined, *found, scope=scope)

    def _left(self, chosen: Sequence[Loss], *, whatever_may: bool) -> _Passing:
        network, cuts = after(self._solved, chosen, whatever_may=whatever_may)
        return _passing(Relations(Reachability(network, cuts)), self._relation, self._ends, self._clause.traffic)

    def _doubts(self, left: _Passing) -> Iterator[Unknown]:
        """What the traffic that is left hangs on, and what its ends hang on."""
        for source, destination, bounds in left.open:
            yield from left.relations.depends_on(self._relation, source, destination, bounds.open)
        for selection in self._ends:
            yield from (unknown for found in selection.because.values() for unknown in found)

    def _witness(self, chosen: Sequence[Loss], name: str, missing: Traffic, left: Reachability) -> Witness:
        """The way that a pair had of which neither end is lost, and what of it is gone."""
        said = f"without it no {missing} passes"
        lost = tuple(
            Check(each.key, Stage.ROUTE, f"{each.kind} {each.key}", Truth.NO, said, "NOT_SURVIVED", each.origin)
            for each in chosen
        )
        pair = next(self._left_over(missing, left), None)
        way = () if pair is None else way_of(Judge(self._solved.network).judge(*pair, missing.least))
        title = f"without {name}" if pair is None else f"without {name}: {pair[0].id} → {pair[1].id}"
        return Witness(title, "", missing, 0, ((title, title, (*way, *lost)),))

    def _left_over(self, missing: Traffic, left: Reachability) -> Iterator[tuple[Endpoint, Endpoint]]:
        """Pairs between which the traffic passed before, and of which neither end is lost; direct ones only."""
        if self._relation is not Relation.DIRECT:
            return
        before = self._solved.by_id
        sources, goals = ([before[name] for name in sorted(side.possible)] for side in self._ends)
        for source, goal in candidates(self._whole.relations, self._relation, sources, goals, missing):
            if source is not goal and left.by_id[source.id].interfaces and left.by_id[goal.id].interfaces:
                yield source, goal


def _passing(relations: Relations, relation: Relation, ends: tuple[Selection, Selection], wanted: Traffic) -> _Passing:
    """What of the traffic passes between two selections; the search ends where all of it certainly does."""
    relations = relations.about(wanted)
    found = _Passing(relations)
    by_id = relations.solved.by_id
    for source in (by_id[name] for name in sorted(ends[0].possible)):
        for goal in (by_id[name] for name in sorted(ends[1].possible)):
            if source is goal or (source.external and goal.external):
                continue
            bounds = relations.bounds(relation, source, goal) & wanted
            if not bounds.possible:
                continue
            found.possible |= bounds.possible
            if source.id in ends[0].certain and goal.id in ends[1].certain:
                found.certain |= bounds.certain
            if bounds.open:
                found.open.append((source, goal, bounds))
            if not wanted - found.certain:
                return found
    return found


def _nothing_to_lose(clause: Survival, count: int) -> str:
    kinds = " or ".join(clause.losing)
    return f"nothing to lose: {count} {kinds} of {clause.count}" if count else f"there is no {kinds} to lose"
