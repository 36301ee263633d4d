"""Many flows as few blocks: from each of some endpoints to every other one of some, with equal bounds.

What only counts flows reads blocks: three million flows among ten thousand endpoints are some thousand blocks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, overload

from netaudit.engine.atoms import bits_of
from netaudit.engine.bounds import Bounds
from netaudit.engine.faces import bits
from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, Traffic
from netaudit.queries.flow import Flow


class Block(NamedTuple):
    """Flows with these bounds from every endpoint of some sets to every other endpoint of some: sets are bits."""

    bounds: Bounds
    sources: int
    goals: int


Partners = dict[Bounds, int]


class Blocks:
    """Flows, each in one block; `sets` are the ids of endpoints that no block tells apart, by their bit."""

    def __init__(self, sets: Sequence[tuple[str, ...]], blocks: Iterable[Block]) -> None:
        self.sets = tuple(sets)
        self.blocks = tuple(blocks)

    def __len__(self) -> int:
        """How many flows there are."""
        return sum(
            self.count(block.sources) * self.count(block.goals) - self.count(block.sources & block.goals)
            for block in self.blocks
        )

    def count(self, sets: int) -> int:
        """How many endpoints some sets hold."""
        found = self._counts.get(sets)
        if found is None:
            found = self._counts[sets] = sum(len(self.sets[place]) for place in bits_of(sets))
        return found

    @cached_property
    def _counts(self) -> dict[int, int]:
        return {}

    @cached_property
    def place_of(self) -> dict[str, int]:
        """The set of every endpoint, by its bit's place."""
        return {each: place for place, ids in enumerate(self.sets) for each in ids}

    @cached_property
    def touched(self) -> frozenset[str]:
        """The ids of all ends of flows."""
        found = 0
        for block in self.blocks:
            if self.count(block.sources | block.goals) > 1:
                found |= block.sources | block.goals
        return frozenset(each for place in bits_of(found) for each in self.sets[place])

    def apart(self, ids: Collection[str]) -> Blocks:
        """The same flows, where each of these endpoints is a set of its own."""
        sets, parts = list(self.sets), dict[int, list[int]]()
        for place in sorted({self.place_of[each] for each in ids if each in self.place_of}):
            alone = [each for each in self.sets[place] if each in ids]
            rest = tuple(each for each in self.sets[place] if each not in ids)
            if len(self.sets[place]) > 1:
                sets[place] = rest or (alone.pop(0),)
                parts[place] = list(range(len(sets), len(sets) + len(alone)))
                sets += [(each,) for each in alone]
        split = bits(parts, len(self.sets))

        def divided(members: int) -> int:
            new = [part for place in bits_of(members & split) for part in parts[place]]
            return members | bits(new, len(sets)) if new else members

        return Blocks(sets, (Block(b.bounds, divided(b.sources), divided(b.goals)) for b in self.blocks))

    def flows(self) -> Iterator[Flow]:
        """The flows one by one, in no order."""
        for bounds, sources, goals in self.blocks:
            ends = [each for place in bits_of(goals) for each in self.sets[place]]
            for place in bits_of(sources):
                for source in self.sets[place]:
                    yield from (Flow(source, goal, bounds) for goal in ends if goal != source)

    def partners(self, watched: int, *, inward: bool = False) -> dict[int, Partners]:
        """For each of some sets those that its flows lead to, or come from, by the flows' bounds."""
        found: defaultdict[int, Partners] = defaultdict(dict)
        for bounds, sources, goals in self.blocks:
            ends, others = (goals, sources) if inward else (sources, goals)
            for place in bits_of(ends & watched):
                known = found[place]
                known[bounds] = known.get(bounds, 0) | others
        return dict(found)

    def begun_by(self, ids: Collection[str]) -> Blocks:
        """The flows that begin at some endpoints, which share no set with others."""
        sources = bits((place for place, members in enumerate(self.sets) if members[0] in ids), len(self.sets))
        begun = (block._replace(sources=block.sources & sources) for block in self.blocks)
        return Blocks(self.sets, (block for block in begun if block.sources))


def over_common_sets(one: Blocks, other: Blocks) -> tuple[Blocks, Blocks]:
    """The same flows, both over the sets that neither tells apart."""
    common: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for each in sorted(one.place_of.keys() | other.place_of.keys()):
        common[one.place_of.get(each, -1), other.place_of.get(each, -1)].append(each)
    sets = [tuple(ids) for ids in common.values()]
    first, second = zip(*common, strict=True) if common else ((), ())
    return _over(sets, first, one), _over(sets, second, other)


def _over(sets: Sequence[tuple[str, ...]], origins: Iterable[int], blocks: Blocks) -> Blocks:
    """Blocks over finer sets, each of which came from one of theirs."""
    parts: defaultdict[int, list[int]] = defaultdict(list)
    for place, origin in enumerate(origins):
        parts[origin].append(place)
    known: dict[int, int] = {}

    def divided(members: int) -> int:
        if members not in known:
            known[members] = bits((part for place in bits_of(members) for part in parts[place]), len(sets))
        return known[members]

    return Blocks(sets, (Block(b.bounds, divided(b.sources), divided(b.goals)) for b in blocks.blocks))


def solved_blocks(solved: Reachability, traffic: Traffic = CLAIMED) -> Blocks:
    """All direct flows of a network, clipped to some traffic; unjoined pairs are left out."""
    sets: list[tuple[str, ...]] = [()] * len(solved.classes)
    found: dict[tuple[int, int], list[Bounds]] = {}
    sources: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for each in solved.classes:
        place = solved.bit_of(each).bit_length() - 1
        sets[place] = tuple(member.id for member in each.members)
        for bounds, goals in solved.parts(each, traffic):
            key = (id(bounds), goals)  # equal bounds are mostly one object, and hashing them takes longer
            found.setdefault(key, [bounds])
            sources[key].append(place)
    blocks = (Block(found[key][0], bits(places, len(sets)), key[1]) for key, places in sources.items())
    return Blocks(sets, blocks)


class DirectFlows(Sequence[Flow]):
    """All direct flows of a network, sorted by ids: counted as blocks, and listed once somebody looks at them."""

    def __init__(self, solved: Reachability) -> None:
        self._solved = solved

    @cached_property
    def blocks(self) -> Blocks:
        """The same as blocks."""
        return solved_blocks(self._solved)

    @cached_property
    def _listed(self) -> tuple[Flow, ...]:
        return tuple(Flow(source.id, goal.id, bounds) for source, goal, bounds in self._solved.pairs(CLAIMED))

    def between(self, source: str, destination: str) -> Sequence[Flow]:
        """The flow from one endpoint to another, by their ids; none where there is no such endpoint."""
        ends = [self._solved.by_id[each] for each in (source, destination) if each in self._solved.by_id]
        if len(ends) < 2 or not self._solved.joined(*ends):
            return ()
        bounds = self._solved.bounds(*ends) & CLAIMED
        return (Flow(source, destination, bounds),) if bounds else ()

    def __len__(self) -> int:
        return len(self.blocks)

    @overload
    def __getitem__(self, index: int) -> Flow: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Flow]: ...

    def __getitem__(self, index: int | slice) -> Flow | Sequence[Flow]:
        return self._listed[index]

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._listed)


def blocks_of(flows: Sequence[Flow]) -> Blocks:
    """Some flows as blocks."""
    return flows.blocks if isinstance(flows, DirectFlows) else listed_blocks(flows)


def listed_blocks(flows: Iterable[Flow]) -> Blocks:
    """The same flows as blocks; flows of one endpoint to itself are none."""
    listed = list(flows)
    ids = sorted({each for flow in listed for each in (flow.source, flow.destination)})
    place_of = {each: place for place, each in enumerate(ids)}
    again: Counter[tuple[str, str, Bounds]] = Counter()  # several flows between two endpoints, by several proxies
    goals: defaultdict[tuple[str, Bounds, int], list[int]] = defaultdict(list)
    for flow in listed:
        key = (flow.source, flow.destination, flow.bounds)
        goals[flow.source, flow.bounds, again[key]].append(place_of[flow.destination])
        again[key] += 1
    sources: defaultdict[tuple[Bounds, int, int], list[int]] = defaultdict(list)
    for (source, bounds, number), places in goals.items():
        sources[bounds, bits(places, len(ids)), number].append(place_of[source])
    blocks = (Block(bounds, bits(places, len(ids)), ends) for (bounds, ends, _), places in sources.items())
    return Blocks([(each,) for each in ids], blocks)
