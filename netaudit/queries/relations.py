"""The three relations called "reach", over one solved network (contract, "Three relations").

*Direct* is what the solver gives. *Forwarded* composes it with the proxies that the configuration points at a
destination. *Pivot* is the closure over hosts: where an intruder could hop. External addresses may only begin or
end a chain; its traffic is that of the last hop; a certain chain is made of certain hops.

The hops of a chain carry TCP, UDP or SCTP, and what the question itself names besides (`any`, `icmp`, …): what is
not claimed opens no session to hop from. Chains are searched on classes, not on endpoints.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from itertools import pairwise
from operator import or_
from typing import NamedTuple

from netaudit.engine.classes import EndpointClass
from netaudit.engine.solve import NOTHING, UNJOINED, Bounds, Reachability
from netaudit.flows import CLAIMED, NO_TRAFFIC, Traffic
from netaudit.model import Endpoint, Forward, Unknown
from netaudit.queries.flow import Flow, Relation


class _Chain(NamedTuple):
    """The classes that chains from one endpoint lead to, each with the class before it (None: the start)."""

    possible: dict[int, int | None]
    certain: dict[int, int | None]


_LastHops = list[tuple[Bounds, int]]  # the classes, as bits, that a hop with these bounds leads to


class Relations:
    """Bounds under any relation, for questions about `asked`, on which chains may hop besides TCP, UDP and SCTP."""

    def __init__(self, solved: Reachability, asked: Traffic = CLAIMED) -> None:
        self.solved = solved
        self._hop_traffic = asked | CLAIMED
        self._chains: dict[int, _Chain] = {}
        self._hops_kept: dict[int, tuple[int, int]] = {}  # those that may be opened, and those that certainly can
        self._rows: dict[tuple[frozenset[int], frozenset[int]], _LastHops] = {}
        self._by_chains: dict[tuple[int, int], Bounds] = {}
        self._about: dict[Traffic, Relations] = {self._hop_traffic: self}

    def about(self, asked: Traffic) -> Relations:
        """The same, for questions about other traffic."""
        hop_traffic = asked | CLAIMED
        if hop_traffic not in self._about:
            self._about[hop_traffic] = Relations(self.solved, hop_traffic)
        return self._about[hop_traffic]

    def bounds(self, relation: Relation, source: Endpoint, destination: Endpoint) -> Bounds:
        """What may and what must pass from `source` to `destination`."""
        if relation is Relation.DIRECT:
            return self.solved.bounds(source, destination)
        if relation is Relation.PIVOT:
            return self._pivot(source, destination)
        found = NOTHING
        for flow in self.forwarded(source, destination):
            found |= flow.bounds
        return found

    # ---- forwarded ------------------------------------------------------------------------------------

    @cached_property
    def _forwards_to(self) -> dict[str, list[Forward]]:
        found: defaultdict[str, list[Forward]] = defaultdict(list)
        for forward in self.solved.network.forwards:
            found[forward.target].append(forward)
        return dict(found)

    def forwarded(self, source: Endpoint, destination: Endpoint) -> Iterator[Flow]:
        """The direct flow, and one flow for each chain of proxies that leads to the destination."""
        yield from self._forwarded(source, destination, (destination.id,))

    def _forwarded(self, source: Endpoint, destination: Endpoint, seen: tuple[str, ...]) -> Iterator[Flow]:
        direct = self.solved.bounds(source, destination)
        if direct:
            yield Flow(source.id, destination.id, direct)
        if not self.solved.claimed(source, destination):
            return
        for forward in self._forwards_to.get(destination.id, ()):
            proxy = self.solved.by_id.get(forward.proxy)
            if proxy is None or proxy.id in seen or proxy.id == source.id:
                continue
            hop = self.solved.bounds(proxy, destination) & forward.dials
            for client in self._forwarded(source, proxy, (*seen, proxy.id)) if hop.possible else ():
                asked = client.bounds & forward.accepts
                if asked.possible:
                    sure = asked.certain and not forward.because
                    passed = Bounds(hop.certain if sure else NO_TRAFFIC, hop.possible)
                    dialled = client.dialled if client.through else asked.possible
                    yield Flow(source.id, destination.id, passed, (), (*client.through, proxy.id), dialled)

    def route(self, relation: Relation, source: Endpoint, destination: Endpoint, point: int) -> tuple[Endpoint, ...]:
        """The endpoints that a flow at `point` goes by, both ends included; of certain connections if there are such.

        For a flow that does not exist these are the two ends.
        """
        for certain in (True, False):
            found: tuple[Endpoint, ...] = ()
            if relation is Relation.PIVOT:
                found = self.chain(source, destination, point, certain=certain)
            elif relation is Relation.FORWARDED:
                found = self._proxied(source, destination, point, certain=certain)
            if found:
                return found
        return (source, destination)

    def _proxied(self, source: Endpoint, destination: Endpoint, point: int, *, certain: bool) -> tuple[Endpoint, ...]:
        flows = self.forwarded(source, destination)
        carrying = [flow for flow in flows if point in (flow.certain if certain else flow.possible)]
        if not carrying:
            return ()
        through = min((flow.through for flow in carrying), key=len)
        return (source, *(self.solved.by_id[name] for name in through), destination)

    # ---- pivot ----------------------------------------------------------------------------------------

    def _pivot(self, source: Endpoint, destination: Endpoint) -> Bounds:
        if not self.solved.claimed(source, destination):
            return NOTHING
        start, goal = self.solved.class_of[source.id], self.solved.class_of[destination.id]
        key = (start.index, goal.index)
        if key not in self._by_chains:
            bit = self.solved.bit_of(goal)
            hops = (bounds for bounds, classes in self._last_hops(start) if classes & bit)
            self._by_chains[key] = reduce(or_, hops, NOTHING)
        return self.solved.bounds(source, destination) | self._by_chains[key]

    def _last_hops(self, start: EndpointClass) -> _LastHops:
        """The last hops of all chains of two hops or more: the classes that each kind of them leads to, as bits."""
        chain = self._chain(start.members[0])
        key = (frozenset(chain.possible), frozenset(chain.certain))  # most starts lead to the same places
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = self._gathered(*key)
        return found

    def _gathered(self, possible: frozenset[int], certain: frozenset[int]) -> _LastHops:
        """What leads on from classes that chains lead to."""
        may: defaultdict[int, int] = defaultdict(int)  # atoms → classes
        must: defaultdict[int, int] = defaultdict(int)
        strangers = 0
        for index in possible:
            here, sure = self.solved.classes[index], index in certain
            strangers |= self.solved.strangers(here)
            for atoms, perhaps, surely in self.solved.cells(here):
                may[atoms] |= perhaps
                if sure:
                    must[atoms] |= surely
        found = [(UNJOINED, strangers)] if strangers else []
        for atoms, classes in may.items():
            traffic = self.solved.atoms.traffic(atoms)
            found.append((Bounds(NO_TRAFFIC, traffic), classes))
            if sure_classes := must.get(atoms):
                found.append((Bounds(traffic, traffic), sure_classes))
        return found

    def reached(self, relation: Relation, source: Endpoint, traffic: Traffic) -> int:
        """The classes, as bits, to which some of the traffic may pass: all of them, and perhaps others too."""
        start = self.solved.class_of[source.id]
        found = self.solved.strangers(start)
        for _, classes in self.solved.parts(start, traffic):
            found |= classes
        if relation is Relation.FORWARDED:
            targets = (self.solved.class_of[name] for name in self._forwards_to if name in self.solved.class_of)
            return reduce(or_, map(self.solved.bit_of, targets), found)
        if relation is Relation.PIVOT:
            hops = self._last_hops(start)
            return reduce(or_, (classes for bounds, classes in hops if bounds.possible.overlaps(traffic)), found)
        return found

    def linked(self, start: EndpointClass, *, by_chains: bool) -> int:
        """The classes, as bits, to which something may pass and be answered: directly, or by chains as well.

        That the class itself is among them says something of two members only.
        """
        parts = self.solved.parts(start, CLAIMED)
        found = reduce(or_, (classes for bounds, classes in parts if bounds.possible), 0)
        hops = self._last_hops(start) if by_chains else []
        return reduce(or_, (classes for bounds, classes in hops if bounds.possible.overlaps(CLAIMED)), found)

    def chain(self, source: Endpoint, destination: Endpoint, point: int, *, certain: bool) -> tuple[Endpoint, ...]:
        """A shortest chain of endpoints from source to destination whose last hop carries `point`; () if none."""

        def carries(bounds: Bounds) -> bool:
            return point in (bounds.certain if certain else bounds.possible)

        if carries(self.solved.bounds(source, destination)):
            return (source, destination)
        before = self._chain(source).certain if certain else self._chain(source).possible
        goal, atom = self.solved.class_of[destination.id], self.solved.atoms.mask(Traffic.of((point, point)))
        for index in before:  # in breadth-first order: the first is a nearest one
            if self._leads(self.solved.classes[index], goal, atom, certain=certain):
                return self._unwound(source, destination, before, index)
        return ()

    def _leads(self, here: EndpointClass, goal: EndpointClass, atom: int, *, certain: bool) -> bool:
        """Whether an atom may, or must, pass from one class to another."""
        bit = self.solved.bit_of(goal)
        if self.solved.strangers(here) & bit:
            return not certain
        for atoms, may, must in self.solved.cells(here):
            if atoms & atom:
                return bool((must if certain else may) & bit)
        return False

    def _unwound(
        self, source: Endpoint, destination: Endpoint, before: dict[int, int | None], last: int
    ) -> tuple[Endpoint, ...]:
        indices: list[int] = []
        at: int | None = last
        while at is not None:
            indices.append(at)
            at = before[at]
        hops: list[Endpoint] = [destination]
        for index in indices:
            members = self.solved.classes[index].members
            hops.append(next((m for m in members if m not in (source, destination, hops[-1])), members[0]))
        return (source, *reversed(hops))

    def _chain(self, source: Endpoint) -> _Chain:
        start = self.solved.class_of[source.id]
        found = self._chains.get(start.index)
        if found is None:
            found = _Chain(self._search(start, certain=False), self._search(start, certain=True))
            self._chains[start.index] = found
        return found

    def _search(self, start: EndpointClass, *, certain: bool) -> dict[int, int | None]:
        """Breadth first over classes of endpoints inside the model."""
        reached: dict[int, int | None] = {}
        left = self._inside
        waiting: deque[tuple[int | None, EndpointClass]] = deque([(None, start)])
        while waiting and left:
            before, here = waiting.popleft()
            found = self._hops(here, certain=certain) & left
            left &= ~found
            for each in self.solved.classes_of(found):
                reached[each.index] = before
                waiting.append((each.index, each))
        return reached

    def _hops(self, here: EndpointClass, *, certain: bool) -> int:
        """The classes to which a session can be opened, as bits."""
        found = self._hops_kept.get(here.index)
        if found is None:
            may, must, asked = self.solved.strangers(here), 0, self._hop_atoms
            for atoms, perhaps, surely in self.solved.cells(here):
                if atoms & asked:
                    may, must = may | perhaps, must | surely
            found = self._hops_kept[here.index] = (may, must)
        return found[certain]

    @cached_property
    def _hop_atoms(self) -> int:
        return self.solved.atoms.mask(self._hop_traffic)

    @cached_property
    def _inside(self) -> int:
        inside = (each for each in self.solved.classes if not each.members[0].external)
        return reduce(or_, map(self.solved.bit_of, inside), 0)

    # ---- why it is not certain ------------------------------------------------------------------------

    def depends_on(
        self, relation: Relation, source: Endpoint, destination: Endpoint, traffic: Traffic
    ) -> tuple[Unknown, ...]:
        """The unknowns that the open part of `traffic` hangs on, sorted by place and reason; () where none is open."""
        found: dict[Unknown, None] = {}
        if relation is Relation.FORWARDED:
            for flow in self.forwarded(source, destination):
                found.update(dict.fromkeys(self.doubts_of(flow, traffic)))
        elif open_part := self.bounds(relation, source, destination).open & traffic:
            chain: tuple[Endpoint, ...] = (source, destination)
            if relation is Relation.PIVOT:
                chain = self.chain(source, destination, open_part.least, certain=False) or chain
            found.update(dict.fromkeys(self._doubts_along(chain, open_part)))
        return _sorted(found)

    def doubts_of(self, flow: Flow, traffic: Traffic) -> tuple[Unknown, ...]:
        """What one direct or forwarded flow hangs on: every connection that it is made of, and its proxies."""
        open_part = flow.bounds.open & traffic
        if not open_part:
            return ()
        ends = tuple(self.solved.by_id[name] for name in (flow.source, *flow.through, flow.destination))
        found = dict.fromkeys(self._doubts_along(ends, open_part))
        for proxy, target in pairwise(ends[1:]):
            for forward in self._forwards_to.get(target.id, ()):
                if forward.proxy == proxy.id:
                    found.update(dict.fromkeys(forward.because))
        return _sorted(found)

    def _doubts_along(self, ends: Sequence[Endpoint], last: Traffic) -> Iterator[Unknown]:
        """Of the last connection what `last` hangs on; of the others what keeps them from carrying a session."""
        for here, there in pairwise(ends):
            at_the_end = there is ends[-1]
            bounds = self.solved.bounds(here, there)
            if not at_the_end and bounds.certain.overlaps(self._hop_traffic):
                continue
            if not self.solved.joined(here, there):
                yield Unknown(" and ".join(sorted((here.realm, there.realm))) + " are not joined")
            yield from self.solved.depends_on(here, there, last if at_the_end else self._hop_traffic)


def _sorted(unknowns: Iterable[Unknown]) -> tuple[Unknown, ...]:
    return tuple(sorted(unknowns, key=lambda unknown: (str(unknown.origin or ""), unknown.reason)))


def reach(
    relations: Relations,
    relation: Relation,
    *,
    sources: Iterable[Endpoint] | None = None,
    destinations: Iterable[Endpoint] | None = None,
    traffic: Traffic = CLAIMED,
    explained: bool = True,
) -> Iterator[Flow]:
    """Every flow from `sources` to `destinations` (all by default), clipped to `traffic`, sorted by ids.

    Pairs about which nothing is known because nothing joins their sources are left out: `Network.not_joined`
    names them. Without `explained` flows do not say what they depend on, which takes longer than to find them.
    """
    relations = relations.about(traffic)
    if relation is Relation.DIRECT:
        yield from _direct(relations, sources, destinations, traffic, explained=explained)
        return
    for source, destination in candidates(relations, relation, sources, destinations, traffic):
        if not relations.solved.claimed(source, destination) or not relations.solved.joined(source, destination):
            continue
        for flow in _flows(relations, relation, source, destination):
            clipped = flow.bounds & traffic
            if clipped:
                doubts = _doubts(relations, relation, flow, traffic) if explained else ()
                yield replace(flow, bounds=clipped, depends_on=doubts)


def _direct(
    relations: Relations,
    sources: Iterable[Endpoint] | None,
    destinations: Iterable[Endpoint] | None,
    traffic: Traffic,
    *,
    explained: bool,
) -> Iterator[Flow]:
    """Read off the rows of the solution, which are clipped and without pairs that are not claimed or not joined."""
    solved = relations.solved
    wanted = solved.by_id.keys() if destinations is None else {endpoint.id for endpoint in destinations}
    for source, goal, bounds in solved.pairs_from(solved.endpoints if sources is None else sources, traffic):
        if goal.id in wanted:
            yield Flow(source.id, goal.id, bounds, solved.doubts(source, goal, bounds.open) if explained else ())


def candidates(
    relations: Relations,
    relation: Relation,
    sources: Iterable[Endpoint] | None,
    destinations: Iterable[Endpoint] | None,
    traffic: Traffic,
) -> Iterator[tuple[Endpoint, Endpoint]]:
    """The pairs between which some of the traffic may pass, and perhaps others too, sorted by ids."""
    solved = relations.solved
    wanted = solved.by_id.keys() if destinations is None else {endpoint.id for endpoint in destinations}
    met: dict[int, list[Endpoint]] = {}
    for source in sorted(solved.endpoints if sources is None else sources, key=lambda endpoint: endpoint.id):
        start = solved.class_of[source.id]
        goals = met.get(start.index)
        if goals is None:
            classes = solved.classes_of(relations.reached(relation, source, traffic))
            goals = [member for each in classes for member in each.members if member.id in wanted]
            goals.sort(key=lambda endpoint: endpoint.id)
            if len(start.members) > 1:
                met[start.index] = goals
        yield from ((source, goal) for goal in goals)


def _flows(relations: Relations, relation: Relation, source: Endpoint, destination: Endpoint) -> Iterator[Flow]:
    if relation is Relation.FORWARDED:
        yield from relations.forwarded(source, destination)
    else:
        bounds = relations.bounds(relation, source, destination)
        if bounds:
            yield Flow(source.id, destination.id, bounds)


def _doubts(relations: Relations, relation: Relation, flow: Flow, traffic: Traffic) -> tuple[Unknown, ...]:
    if not flow.bounds.open & traffic:
        return ()
    if relation is Relation.FORWARDED:
        return relations.doubts_of(flow, traffic)
    ends = relations.solved.by_id
    return relations.depends_on(relation, ends[flow.source], ends[flow.destination], traffic)
