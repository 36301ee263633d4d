"""Walking the hops for all destinations at once: what may, and what must, get from one interface to every face.

The same walk as `netaudit.engine.walk`, which takes one pair at a time. What lies between the first hop and the
guards of the last one is shared: sources that enter at the same place, and that no filter on the way tells apart, have
one walk in common.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from copy import copy
from typing import NamedTuple

from netaudit.engine.atoms import Atoms
from netaudit.engine.classes import Sight, peers_of
from netaudit.engine.decisions import Decisions
from netaudit.engine.faces import Face, Faces
from netaudit.engine.relation import NOBODY, Relation, anyone, clipped, crossed, doubted, gathered, join, meet, within
from netaudit.engine.replies import Replies, Site
from netaudit.engine.roads import Road, Roads
from netaudit.engine.views import View
from netaudit.flows import TCP
from netaudit.model import End, Filter, Network, Party, Policy, Step, Translate


class Arrivals(NamedTuple):
    """What arrives at near faces as coming from one party (by its bit): with a reply, and TCP without any."""

    party: int
    near: int
    answered: Relation
    in_vain: Relation


class _Packets(NamedTuple):
    """Packets to many faces on their way, all from one party, in one segment."""

    node: str
    began: Party  # the party that sent them; `source` is what translations have made of it
    source: Party
    view: View
    visited: frozenset[str]
    cells: Relation
    site: Site  # to which the replies of the present segment must come back
    some: int  # the faces whose replies come back in all segments behind it: for some client ports at least
    every: int  # and for all of them


_Found = dict[int | None, tuple[Relation, Relation]]


class Transit:
    """The ways between all interfaces of one network."""

    def __init__(self, network: Network, atoms: Atoms, faces: Faces, decisions: Decisions) -> None:
        self._faces = faces
        self._decisions = decisions
        self.roads = Roads(network, faces)
        self._everyone: Relation = ((atoms.everything, faces.everybody, faces.everybody),)
        self._every_door: Relation = ((atoms.everything, faces.doors, faces.doors & ~faces.doubtful),)
        self._tcp = atoms.mask(TCP)
        self._translations = [s for s in network.steps() if isinstance(s, Translate) and s.end is End.SOURCE]
        stateless = Sight(peers_of(p for p in network.policies if not p.stateful))
        self._watched = Sight(peers_of(self._on_the_way(network)))
        self._rules = Sight(peers_of(network.policies))
        self._replies = Replies(faces, self.roads, decisions, stateless, atoms.mask(network.reply_ports))
        self._view = View(faces)
        self._canonical: dict[Hashable, int] = {}
        self._known: dict[Hashable, _Found] = {}

    def edited(self, changed: Mapping[Policy, Policy]) -> Transit | None:
        """The same with some policies replaced, sharing every walk; None where a walk asks one of them."""
        roads = self.roads.edited(changed)
        if roads is None:
            return None
        found = copy(self)
        found.roads = roads
        return found

    def _on_the_way(self, network: Network) -> Iterator[Policy]:
        """The policies that a shared walk asks about its source or about the party that replies go to."""
        yield from (policy for policy in network.policies if not policy.stateful)
        shared = [road.steps for roads in self.roads.onward.values() for road in roads]
        shared += [delivery.steps for some in self.roads.deliveries.values() for delivery in some]
        yield from (step.policy for steps in shared for step in steps if isinstance(step, Filter))

    # ---- from one interface ---------------------------------------------------------------------------

    def arrivals(self, start: Face, asked: int) -> Iterator[Arrivals]:
        """The asked atoms that arrive at any face from the interface of `start`; guards are not asked yet."""
        packets = self._leaving(start)
        beside: _Found = {}
        self._deliver(packets, beside)
        ways = [(self._everyone, beside)]
        ways += [self._by_road(packets, r) for r in self.roads.out_of[packets.node] if r.node not in self.roads.ends]
        neighbours = self.roads.faces_at(packets.node) if packets.node in self.roads.shared else 0
        for first, found in ways:
            passing = clipped(first, asked)
            if neighbours:
                passing = within(passing, ~neighbours)
            for party, (answered, in_vain) in found.items():
                number = start.own if party is None else party
                near = anyone(answered) | anyone(in_vain)
                yield Arrivals(number, near, crossed(passing, answered), crossed(passing, in_vain))

    def at_once(self, start: Face, asked: int) -> Relation:
        """What needs no hop at all: interfaces at the very same node."""
        if start.interface.node not in self.roads.shared:
            return NOBODY
        neighbours = self.roads.faces_at(start.interface.node) & self._faces.own
        return ((asked, neighbours, neighbours),) if neighbours else NOBODY

    def _leaving(self, start: Face) -> _Packets:
        node, party = start.interface.node, start.interface.party
        doors = self._faces.doors
        site = self._replies.to_interface(node, party)
        return _Packets(node, party, party, self._view, frozenset({node}), self._every_door, site, doors, doors)

    def _by_road(self, packets: _Packets, road: Road) -> tuple[Relation, _Found]:
        """What the first hop lets pass, and what arrives behind it."""
        if any(isinstance(step, Translate) for step in road.steps):
            after = self._taken(road, packets)
            return self._everyone, self._walk(after, {}) if after else {}
        first = self._passing(road.steps, packets._replace(cells=self._everyone)).cells
        if not first:
            return NOBODY, {}
        key = (road.node, packets.site, self._as_source(packets.source, ()))
        found = self._known.get(key)
        if found is None:
            entered = self._taken(Road(road.node, ()), packets)
            found = self._known[key] = self._walk(entered, {}) if entered else {}
        return first, found

    def _as_source(self, party: Party, behind: tuple[str, ...]) -> Hashable:
        """All that a shared walk can tell of its source, translations included."""
        if party.id in behind:
            return behind.index(party.id)
        becomes = tuple(
            (index, self._rules.of(step.to[party.id]), self._as_source(step.to[party.id], (*behind, party.id)))
            for index, step in enumerate(self._translations)
            if party.id in step.to
        )
        return (self._watched.of(party), becomes)

    # ---- walking --------------------------------------------------------------------------------------

    def _walk(self, packets: _Packets, found: _Found) -> _Found:
        waiting = [packets]
        while waiting:
            here = waiting.pop()
            self._deliver(here, found)
            for road in self.roads.onward[here.node]:
                if road.node not in here.visited and (after := self._taken(road, here)):
                    waiting.append(after)
        return found

    def _taken(self, road: Road, packets: _Packets) -> _Packets | None:
        """The packets behind a hop to a place; None if there are none left that can be delivered from there."""
        cells = within(packets.cells, self.roads.reach[road.node])
        after = self._passing(road.steps, packets._replace(cells=cells))
        return after._replace(node=road.node, visited=packets.visited | {road.node}) if after.cells else None

    def _passing(self, steps: Iterable[Step], packets: _Packets) -> _Packets:
        for step in steps:
            if not packets.cells:
                break
            if isinstance(step, Translate):
                packets = self._translated(step, packets)
            else:
                asked = self._asked(step, packets)
                cells = asked if packets.cells is self._everyone else meet(packets.cells, asked)
                packets = packets._replace(cells=cells)
        return packets

    def _asked(self, step: Filter, packets: _Packets) -> Relation:
        if step.peer is End.SOURCE:
            return self._decisions.about(step.policy, self._faces.bit_of(packets.source))
        return packets.view.relation(step.policy, self._decisions.relation(step.policy))

    def _translated(self, step: Translate, packets: _Packets) -> _Packets:
        """The packets with another party at one end, in a new segment."""
        source, view = packets.source, packets.view
        if step.end is End.DESTINATION:
            view = view.behind(step)
        else:
            after = step.to.get(source.id, step.otherwise)
            if after is None:
                return packets._replace(cells=NOBODY)
            source = after
        cells = doubted(packets.cells) if step.because else packets.cells
        answering = packets.site.at(step.resume)
        return packets._replace(
            source=source,
            view=view,
            cells=within(cells, view.alive),
            site=self._replies.to_place(step.arrival, source),
            some=packets.some & packets.view.seen(answering.some),
            every=packets.every & packets.view.seen(answering.every),
        )

    # ---- arriving -------------------------------------------------------------------------------------

    def _deliver(self, packets: _Packets, found: _Found) -> None:
        for delivery in self.roads.deliveries.get(packets.node, ()):
            cells = within(packets.cells, delivery.faces & packets.view.home)
            after = self._passing(delivery.steps, packets._replace(cells=cells))
            cells = within(after.cells, after.view.home)
            if cells:
                self._note(after._replace(cells=cells), found)

    def _note(self, packets: _Packets, found: _Found) -> None:
        answering = packets.site.home
        some = packets.some & packets.view.at_home(answering.some)
        every = packets.every & packets.view.at_home(answering.every)
        datagrams, tcp = clipped(packets.cells, ~self._tcp), clipped(packets.cells, self._tcp)
        answered = gathered([*datagrams, *crossed(tcp, ((self._tcp, some, some if some == every else every),))])
        in_vain = gathered((atoms, may & ~some, 0) for atoms, may, _ in tcp)
        party = None if packets.source.id == packets.began.id else self._as_seen(packets.source)
        known = found.get(party, (NOBODY, NOBODY))
        found[party] = (join(known[0], answered), join(known[1], in_vain))

    def _as_seen(self, party: Party) -> int:
        """One bit for all parties that all rules see alike."""
        return self._canonical.setdefault(self._rules.of(party), self._faces.bit_of(party))
