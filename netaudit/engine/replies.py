"""Whose replies come back to a site: a node, and the party that waits there.

Replies pass stateful filters unasked and must pass stateless ones and routes; they must not be translated on their
way (see `netaudit.engine.reference`). The hops are walked backwards from the site, for the replies of all parties at
once: filters only take away, so the order in which a way is walked makes no difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import NamedTuple

from netaudit.engine.classes import Sight
from netaudit.engine.decisions import Decisions
from netaudit.engine.faces import Faces
from netaudit.engine.relation import NOBODY, Relation, anyone, join, meet, within
from netaudit.engine.roads import Departure, Road, Roads, asked_of_replies
from netaudit.model import End, Filter, Party, Step


class Answering(NamedTuple):
    """Who can answer: from some client ports at least, and from all of them."""

    some: int
    every: int


class Site:
    """A place or an interface's node, with the party there, as the goal of replies."""

    def __init__(self, replies: Replies, node: str, into: Iterable[Road], party: int) -> None:
        self._replies = replies
        self._node = node
        self._into = tuple(into)
        self._party = party

    def at(self, place: str) -> Answering:
        """The parties whose replies come back from a place."""
        if place == self._node:
            return self._replies.answering(self._replies.all_ports)
        return self._replies.answering(self._found[0].get(place, NOBODY))

    @cached_property
    def home(self) -> Answering:
        """The interfaces, by the bits of their own parties, whose replies come back."""
        return self._replies.answering(self._found[1])

    @cached_property
    def _found(self) -> tuple[dict[str, Relation], Relation]:
        """The relation of every place, and that of the interfaces."""
        places: defaultdict[str, Relation] = defaultdict(tuple)
        at_home = NOBODY
        waiting = [(self._node, frozenset({self._node}), self._replies.all_ports, self._into)]
        while waiting:
            node, visited, cells, into = waiting.pop()
            for departure in self._replies.departures(node):
                at_home = join(at_home, within(self._passing(departure.steps, cells), departure.faces))
            for tail, steps in into:
                asked = None if tail in visited else asked_of_replies(steps)
                passing = NOBODY if asked is None else self._passing(asked, cells)
                if passing:
                    places[tail] = join(places[tail], passing)
                    waiting.append((tail, visited | {tail}, passing, self._replies.roads_back(tail)))
        return dict(places), at_home

    def _passing(self, steps: Iterable[Step], cells: Relation) -> Relation:
        """What of these replies passes some filters; they come from all parties and go to the site's."""
        for step in steps:
            if isinstance(step, Filter):
                cells = meet(cells, self._replies.asked(step, self._party))
        return cells


class Replies:
    """The sites of one network. Equal sites are one object."""

    def __init__(self, faces: Faces, roads: Roads, decisions: Decisions, sight: Sight, ports: int) -> None:
        """`sight` is that of all stateless filters, `ports` the atoms that replies may go to."""
        self._faces = faces
        self._roads = roads
        self._decisions = decisions
        self._sight = sight
        self._ports = ports
        self.everybody = faces.everybody
        self.all_ports: Relation = ((ports, self.everybody, self.everybody),) if ports else NOBODY
        self._sites: dict[Hashable, Site] = {}

    def to_interface(self, node: str, party: Party) -> Site:
        """The site of an interface: only the ways from places into it matter, not which one it is."""
        into = ((r.node, asked_of_replies(r.steps)) for r in self._roads.into[node] if r.node not in self._roads.ends)
        roads = tuple(Road(tail, steps) for tail, steps in into if steps is not None)
        alone = node if node in self._roads.departures else ""  # something is attached to this very node
        return self._site(node, roads, party, (roads, alone))

    def to_place(self, node: str, party: Party) -> Site:
        """The site at a place."""
        return self._site(node, self._roads.back[node], party, node)

    def _site(self, node: str, into: Iterable[Road], party: Party, key: Hashable) -> Site:
        whole = (key, self._sight.of(party))
        found = self._sites.get(whole)
        if found is None:
            found = self._sites[whole] = Site(self, node, into, self._faces.bit_of(party))
        return found

    def departures(self, node: str) -> Iterable[Departure]:
        """The first hops of interfaces' replies into a node."""
        return self._roads.departures.get(node, ())

    def roads_back(self, place: str) -> tuple[Road, ...]:
        """The hops into a place."""
        return tuple(self._roads.back[place])

    def asked(self, step: Filter, party: int) -> Relation:
        """What a filter says of replies from everybody to one party."""
        if step.peer is End.SOURCE:
            return self._decisions.relation(step.policy)
        return self._decisions.about(step.policy, party)

    def answering(self, relation: Relation) -> Answering:
        """Who has some of the reply ports, and who has all."""
        covered = 0
        every = self.everybody
        for atoms, _, must in relation:
            covered |= atoms
            every &= must
        if self._ports & ~covered:
            every = 0
        return Answering(anyone(relation), every if relation else 0)
