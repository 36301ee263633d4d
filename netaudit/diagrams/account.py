"""Where a picture counts each flow: between two leaves, inside one, at a chip as a badge, or from outside to outside.

Flows are counted by blocks (`netaudit.queries.blocks`), never one by one; those that are marked are few, and their ends
are sets of their own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from netaudit.diagrams.boxes import natural
from netaudit.diagrams.picture import Badge, Chip, Sum, Violations
from netaudit.engine.atoms import bits_of
from netaudit.engine.faces import bits
from netaudit.flows import Traffic
from netaudit.model import Endpoint, Network
from netaudit.queries.blocks import Block, Blocks, Partners


class Peopled(Protocol):
    """What a picture needs of a solved network: its boxes, and who its flows are about."""

    @property
    def network(self) -> Network:
        """The network, without the blocks outside of it."""

    @property
    def by_id(self) -> Mapping[str, Endpoint]:
        """Every endpoint, blocks outside included."""


class Tally:
    """Flows added up: how many, their kinds of traffic as bits, and those that are marked."""

    __slots__ = ("certain", "flows", "marked", "peers", "rules", "traffic", "violating")

    def __init__(self) -> None:
        self.flows = self.traffic = self.marked = self.violating = 0
        self.certain = False
        self.rules: set[str] = set()
        self.peers: set[str] = set()  # of a badge: the blocks outside

    def add(self, flows: int, traffic: int, *, certain: bool) -> None:
        """Some flows with the same bounds."""
        self.flows += flows
        self.traffic |= traffic
        self.certain |= certain

    def mark(self, traffic: int, rules: Sequence[str]) -> None:
        """One of the flows has marks."""
        self.marked += 1
        self.violating |= traffic
        self.rules.update(rules)

    def join(self, other: Tally) -> None:
        """All that another one counts, too."""
        self.add(other.flows, other.traffic, certain=other.certain)
        self.marked += other.marked
        self.violating |= other.violating
        self.rules |= other.rules
        self.peers |= other.peers


class _Ends(NamedTuple):
    """Who some sets are: how many of them sit in each leaf, which sets these are, and who is outside."""

    seated: Mapping[str, int]
    inside: Sequence[int]
    outside: Sequence[str]


class Account:
    """Where each flow is counted. Whoever is marked is a set of its own."""

    def __init__(self, solved: Peopled, blocks: Blocks, leaf_of: Mapping[str, str], violations: Violations) -> None:
        self._blocks = blocks
        self._leaf_of = leaf_of
        self._outside = {each for each in blocks.place_of if solved.by_id[each].external}
        self._kinds: dict[Traffic, int] = {}
        self._traffics: dict[int, Traffic] = {}
        self._known: dict[int, _Ends] = {}
        self._marks: defaultdict[str, set[str]] = defaultdict(set)
        self.between: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        self._inside: defaultdict[str, Tally] = defaultdict(Tally)
        self._outward: defaultdict[int, Tally] = defaultdict(Tally)  # of each member of a set
        self._inward: defaultdict[int, Tally] = defaultdict(Tally)
        self.transit = Tally()
        for block in blocks.blocks:
            self._add(block)
        for pair, block, rules in marked(blocks, violations):
            self._mark(pair, block, rules)

    # ---- counting -------------------------------------------------------------------------------------

    def _add(self, block: Block) -> None:
        kind, certain = self._kind(block), bool(block.bounds.certain)
        sources, goals = self._ends(block.sources), self._ends(block.goals)
        themselves = self._ends(block.sources & block.goals)
        for leaf, here in sources.seated.items():
            for other, there in goals.seated.items():
                flows = here * there - (themselves.seated.get(leaf, 0) if leaf == other else 0)
                if flows:
                    self._at(leaf, other).add(flows, kind, certain=certain)
        for places, peers, tallies in (
            (sources.inside, goals.outside, self._outward),
            (goals.inside, sources.outside, self._inward),
        ):
            for place in places if peers else ():
                tallies[place].add(len(peers), kind, certain=certain)
                tallies[place].peers.update(peers)
        if passing := len(sources.outside) * len(goals.outside) - len(themselves.outside):
            self.transit.add(passing, kind, certain=certain)

    def _mark(self, pair: tuple[str, str], block: Block, rules: Sequence[str]) -> None:
        came_in, goes_out = (each in self._outside for each in pair)
        source, goal = pair
        if came_in and goes_out:
            tally = self.transit
        elif came_in:
            tally = self._inward[self._blocks.place_of[goal]]
        elif goes_out:
            tally = self._outward[self._blocks.place_of[source]]
        else:
            tally = self._at(self._leaf_of[source], self._leaf_of[goal])
        tally.mark(self._kind(block), rules)
        for each in pair:
            self._marks[each].update(rules)

    def _at(self, leaf: str, other: str) -> Tally:
        return self._inside[leaf] if leaf == other else self.between[leaf, other]

    def _kind(self, block: Block) -> int:
        """The bit of the traffic that a picture shows of the block's flows: one-way traffic included."""
        shown = block.bounds.possible | block.bounds.one_way
        return 1 << self._kinds.setdefault(shown, len(self._kinds))

    def _ends(self, sets: int) -> _Ends:
        found = self._known.get(sets)
        if found is None:
            ids = [each for place in bits_of(sets) for each in self._blocks.sets[place]]
            seated = Counter(self._leaf_of[each] for each in ids if each not in self._outside)
            inside = [place for place in bits_of(sets) if self._blocks.sets[place][0] not in self._outside]
            found = self._known[sets] = _Ends(seated, inside, [each for each in ids if each in self._outside])
        return found

    # ---- what was counted -----------------------------------------------------------------------------

    def sum(self, tally: Tally) -> Sum:
        """A tally as the picture has it."""
        rules = tuple(sorted(tally.rules, key=natural))
        traffic, violating = self._traffic(tally.traffic), self._traffic(tally.violating)
        return Sum(tally.flows, traffic, tally.certain, tally.marked, violating, rules)

    def _traffic(self, kinds: int) -> Traffic:
        found = self._traffics.get(kinds)
        if found is None:
            found = Traffic.union(traffic for traffic, number in self._kinds.items() if kinds >> number & 1)
            self._traffics[kinds] = found
        return found

    def inner(self, leaf: str) -> Sum:
        """The flows inside a leaf."""
        return self.sum(self._inside.get(leaf, Tally()))

    def chip(self, ids: tuple[str, ...], title: str, kind: str) -> Chip:
        """A chip of these endpoints."""
        marks = {mark for each in ids for mark in self._marks.get(each, ())}
        return Chip(ids, title, kind, tuple(self._badges(ids)), tuple(sorted(marks, key=natural)))

    def _badges(self, ids: Sequence[str]) -> Iterator[Badge]:
        """The badges of a chip: exposure first."""
        places = [self._blocks.place_of[each] for each in ids if each in self._blocks.place_of]
        for inward, tallies in ((True, self._inward), (False, self._outward)):
            total = Tally()
            for place in places:
                if place in tallies:
                    total.join(tallies[place])
            if total.flows:
                yield Badge(inward, tuple(sorted(total.peers, key=_outside_first)), self.sum(total))


def _outside_first(name: str) -> tuple[object, ...]:
    order = ("internet", "internet6", "private", "private6")
    return (order.index(name) if name in order else len(order), *natural(name))


def marked(blocks: Blocks, violations: Violations) -> Iterator[tuple[tuple[str, str], Block, tuple[str, ...]]]:
    """Each marked flow: its ends, the block that it is in, and its marks. Its ends are sets of their own."""
    goals_of: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for source, goal in violations:
        if source != goal and source in blocks.place_of and goal in blocks.place_of:
            goals_of[blocks.place_of[source]].append((source, goal))
    starts = bits(goals_of, len(blocks.sets))
    for block in blocks.blocks:
        for place in bits_of(block.sources & starts):
            for pair in goals_of[place]:
                if block.goals >> blocks.place_of[pair[1]] & 1 and violations[pair]:
                    yield pair, block, violations[pair]


# ---- who is alike -------------------------------------------------------------------------------------


_NOTHING_SEEN: Hashable = (frozenset(), frozenset(), frozenset())  # of whoever has no flow


def flows_seen(blocks: Blocks, violations: Violations, kin: Mapping[str, Hashable]) -> dict[str, Hashable]:
    """The flows of each endpoint that has kin, as others see them: equal for endpoints that differ in name only.

    Flows among its own kin are told apart by traffic alone, not by partner.
    """
    sets_of: defaultdict[Hashable, Counter[int]] = defaultdict(Counter)
    for each, own in kin.items():
        if each in blocks.place_of:
            sets_of[own][blocks.place_of[each]] += 1
    watched = bits((place for sets in sets_of.values() for place in sets), len(blocks.sets))
    marks = list(marked(blocks, violations))
    outward, inward = blocks.partners(watched), blocks.partners(watched, inward=True)
    special: defaultdict[int, set[Hashable]] = defaultdict(set)
    for pair, block, rules in marks:
        ends = [blocks.place_of[each] for each in pair]
        for here, there, known, way in ((0, 1, outward, "to"), (1, 0, inward, "from")):
            if ends[here] in known:
                known[ends[here]][block.bounds] &= ~(1 << ends[there])
                among_kin = kin.get(pair[0], pair[0]) == kin.get(pair[1], pair[1])
                partner = "" if among_kin else pair[there]
                special[ends[here]].add((way, partner, block.bounds, tuple(sorted(rules))))
    seen: dict[tuple[Hashable, int], Hashable] = {}
    for own, sets in sets_of.items():
        some = bits(sets, len(blocks.sets))
        whole = bits((place for place, count in sets.items() if count == len(blocks.sets[place])), len(blocks.sets))
        for place, count in sets.items():
            others = some if count > 1 else some & ~(1 << place)  # where it has kin besides itself
            ways = (_as_seen(known.get(place, {}), whole, others) for known in (outward, inward))
            seen[own, place] = (*ways, frozenset(special.get(place, ())))
    return {each: seen.get((own, blocks.place_of.get(each, -1)), _NOTHING_SEEN) for each, own in kin.items()}


def _as_seen(partners: Partners, kin: int, others: int) -> Hashable:
    """Partners that are not kin by name, and with which bounds there are flows among kin."""
    named = ((bounds, sets & ~kin, bool(sets & others)) for bounds, sets in partners.items())
    return frozenset(each for each in named if each[1] or each[2])
