"""Why, or why not, where several connections make one flow: through proxies (forwarded), or from host to host (pivot).

Each connection is explained as a direct flow. The smallest change is one of the whole: the edits that stop the last
connection of every chain there is, or that let one chain through; all of them flip the answer, no part of them does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from netaudit.engine.reference import Trace
from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Endpoint, Truth, Unknown
from netaudit.queries.changes import smallest_change
from netaudit.queries.explain import Explanation, explain
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from netaudit.queries.tabular import Row, Tabular
from netaudit.queries.what_if import Edit, apply

_CHAINS = 40  # chains that are stopped one after another
_TRIED = 30  # third parties by whom a chain might be let through
_ENDPOINTS = 2_000  # in larger estates nobody waits for the search


@dataclass(frozen=True, slots=True, repr=False)
class ChainExplanation(Tabular):
    """The answer about one flow of a relation.

    `legs` are its connections in order, each explained by itself; for a flow that does not exist, those of a chain that
    would be one. `changes`, `depends_on` and `note` are as in `Explanation`, of the whole.
    """

    relation: Relation
    source: Endpoint
    destination: Endpoint
    traffic: Traffic
    verdict: Truth
    legs: tuple[Explanation, ...]
    changes: tuple[Edit, ...] = ()
    depends_on: tuple[Unknown, ...] = ()
    note: str = ""

    columns = ("connection", "stage", "component", "verdict", "reason", "code", "file", "line")

    def rows(self) -> list[Row]:
        """One row a check, connection by connection."""
        return [
            {"connection": f"{leg.trace.source.id} → {leg.trace.destination.id}", **row}
            for leg in self.legs
            for row in leg.rows()
        ]

    def headline(self) -> str:
        """The verdict, about what, by which way, and the smallest change."""
        edits = f"; it would flip by: {'; '.join(map(str, self.changes))}" if self.changes else ""
        way = " → ".join((self.source.id, *(leg.trace.destination.id for leg in self.legs)))
        return f"{self.verdict.name} ({self.relation}): {way} on {self.traffic}{edits}"


def explain_chain(
    relations: Relations, relation: Relation, source: Endpoint, destination: Endpoint, point: int
) -> ChainExplanation:
    """Explain the flow at one point of traffic under a relation."""
    traffic = Traffic(((point, point),))
    search = _Search(relations.about(traffic), relation, source, destination, point)
    verdict = search.verdict(relations.about(traffic))
    if verdict is Truth.MAYBE:
        legs, because = search.legs(search.route()), search.relations.depends_on(relation, source, destination, traffic)
        return ChainExplanation(relation, source, destination, traffic, verdict, legs, depends_on=because)
    flip = search.flip(verdict)
    legs = search.legs(flip.ends or (search.route() if verdict is Truth.YES else search.likeliest()))
    return ChainExplanation(relation, source, destination, traffic, verdict, legs, flip.edits, note=flip.note)


@dataclass(frozen=True, slots=True)
class _Flip:
    """Edits that flip the answer, and the chain that they let through; or why there are none."""

    edits: tuple[Edit, ...] = ()
    ends: tuple[Endpoint, ...] = ()
    note: str = ""


class _Search:
    def __init__(
        self, relations: Relations, relation: Relation, source: Endpoint, destination: Endpoint, point: int
    ) -> None:
        self.relations = relations
        self._solved = relations.solved
        self._relation = relation
        self._source = source
        self._destination = destination
        self._point = point

    def verdict(self, relations: Relations) -> Truth:
        """What the relation says of the flow, in this network or an edited one."""
        source, destination = (relations.solved.by_id[each.id] for each in (self._source, self._destination))
        bounds = relations.bounds(self._relation, source, destination)
        if self._point in bounds.certain:
            return Truth.YES
        return Truth.MAYBE if self._point in bounds.possible else Truth.NO

    # ---- the connections ------------------------------------------------------------------------------

    def route(self) -> tuple[Endpoint, ...]:
        """The way that a flow takes."""
        return self.relations.route(self._relation, self._source, self._destination, self._point)

    def likeliest(self) -> tuple[Endpoint, ...]:
        """Where nothing flows: the chain of which fewest connections are missing, the direct one before others."""
        chains = [(self._source, self._destination), *islice(self._candidates(), _TRIED)]
        return min(chains, key=lambda ends: sum(leg.verdict is not Truth.YES for leg in self._traces(ends)))

    def legs(self, ends: Sequence[Endpoint]) -> tuple[Explanation, ...]:
        """Each connection of a chain, explained."""
        return tuple(explain(self._solved, t.source, t.destination, t.point) for t in self._traces(ends))

    def _traces(self, ends: Sequence[Endpoint]) -> list[Trace]:
        points = [self._inner_point(*three, self.relations) for three in zip(ends, ends[1:], ends[2:], strict=False)]
        points.append(self._point)
        return [self._solved.judge.judge(a, b, at) for (a, b), at in zip(pairwise(ends), points, strict=True)]

    def _inner_point(self, here: Endpoint, there: Endpoint, onward: Endpoint, relations: Relations) -> int:
        """What a connection carries that only leads to the next one: what a proxy accepts for it, or any session."""
        accepted = Traffic.union(
            forward.accepts
            for forward in self._solved.network.forwards
            if (forward.proxy, forward.target) == (there.id, onward.id)
        )
        wanted = accepted if self._relation is Relation.FORWARDED and accepted else CLAIMED
        bounds = relations.solved.bounds(here, there)
        return next(found for found in (bounds.certain & wanted, bounds.possible & wanted, wanted) if found).least

    # ---- what would flip it ---------------------------------------------------------------------------

    def flip(self, verdict: Truth) -> _Flip:
        """The smallest change that was found; if there is none, why."""
        if len(self._solved.network.endpoints) > _ENDPOINTS:
            return _Flip(note=f"no change was looked for: there are more than {_ENDPOINTS} endpoints")
        wanted = Truth.NO if verdict is Truth.YES else Truth.YES
        tried = self._closings() if verdict is Truth.YES else self._openings()
        found = [
            _Flip(self._needed(edits, wanted), ends) for edits, ends in tried if edits and self._after(edits) is wanted
        ]
        done = "stop every chain" if verdict is Truth.YES else "let a chain through"
        none = _Flip(note=f"no edit of security groups, network ACLs or policies was found that would {done}")
        return min(found, key=lambda each: len(each.edits), default=none)

    def _closings(self) -> Iterator[tuple[tuple[Edit, ...], tuple[Endpoint, ...]]]:
        """Edits that stop the last connection of one chain after another until none is left; and the first ones."""
        yield from ((self._closing(leg), ()) for leg in (-2, 0))

    def _closing(self, leg: int) -> tuple[Edit, ...]:
        edits: tuple[Edit, ...] = ()
        relations = self.relations
        for _ in range(_CHAINS):
            source, destination = (relations.solved.by_id[each.id] for each in (self._source, self._destination))
            ends = relations.route(self._relation, source, destination, self._point)
            here, there, *onward = ends[leg:]
            point = self._inner_point(here, there, onward[0], relations) if onward else self._point
            tail, head = (self._solved.by_id[each.id] for each in (here, there))
            more = smallest_change(self._solved.network, self._solved.judge.judge(tail, head, point))
            longer = tuple(dict.fromkeys((*edits, *more)))
            if longer == edits:
                return ()
            edits, relations = longer, self._edited(longer)
            if self.verdict(relations) is Truth.NO:
                return edits
        return ()

    def _openings(self) -> Iterator[tuple[tuple[Edit, ...], tuple[Endpoint, ...]]]:
        """For one chain after another the edits that let through what is stopped of it."""
        for ends in ((self._source, self._destination), *islice(self._candidates(), _TRIED)):
            stopped = [trace for trace in self._traces(ends) if trace.verdict is not Truth.YES]
            opened = [smallest_change(self._solved.network, trace) for trace in stopped]
            if all(opened):
                yield tuple(dict.fromkeys(edit for edits in opened for edit in edits)), ends

    def _candidates(self) -> Iterator[tuple[Endpoint, ...]]:
        """Chains by one third party that lack a connection: by the proxies of the server, or by what is reached."""
        by_id = self._solved.by_id
        if self._relation is Relation.FORWARDED:
            forwards = (f for f in self._solved.network.forwards if f.target == self._destination.id)
            proxies = dict.fromkeys(f.proxy for f in forwards if self._point in f.dials)
            yield from ((self._source, by_id[name], self._destination) for name in proxies if name in by_id)
            return
        for third in self._solved.network.endpoints:
            if third.id in {self._source.id, self._destination.id}:
                continue
            reached = self._solved.bounds(self._source, third).certain.overlaps(CLAIMED)
            leads_on = self._point in self._solved.bounds(third, self._destination).certain
            if reached != leads_on:
                yield (self._source, third, self._destination)

    def _needed(self, edits: Sequence[Edit], wanted: Truth) -> tuple[Edit, ...]:
        needed = list(edits)
        for edit in edits:
            fewer = [each for each in needed if each is not edit]
            if fewer and self._after(fewer) is wanted:
                needed = fewer
        return tuple(needed)

    def _after(self, edits: Iterable[Edit]) -> Truth:
        return self.verdict(self._edited(edits))

    def _edited(self, edits: Iterable[Edit]) -> Relations:
        found = Relations(self._solved.edited(apply(self._solved.network, edits)))
        return found.about(Traffic(((self._point, self._point),)))
