"""The hops of a network, class by class: which faces are delivered where, and what each of them must pass.

The last hop to an interface mostly holds a filter of its own (its security groups, its policies). Such filters are
its *guards*: stateful ones that look at the source, the same on every hop into it. They are left out here and asked
once for all sources together; everything else on the way is shared by many interfaces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from netaudit.engine.classes import shared_nodes
from netaudit.engine.faces import Face, Faces, bits
from netaudit.model import OUTSIDE, End, Filter, Hop, Network, Policy, Step, Translate, replaced

Guards = tuple[Policy, ...]


class Road(NamedTuple):
    """A hop seen from one of its ends: the node at the other end, and its steps."""

    node: str
    steps: tuple[Step, ...]


class Delivery(NamedTuple):
    """The last hops to some faces, without their guards."""

    steps: tuple[Step, ...]
    faces: int


class Departure(NamedTuple):
    """The first hops of replies from some interfaces (by the bits of their own parties)."""

    steps: tuple[Step, ...]
    faces: int


@dataclass(slots=True)
class _Places:
    """Where a policy is asked: on the last hops to some nodes, on the first ones out of some, or between."""

    into: set[str] = field(default_factory=set)
    out_of: set[str] = field(default_factory=set)
    between: bool = False


_NOWHERE = _Places()


class Roads:
    """Hops by place, for the first members of all classes.

    `onward` are hops from place to place by their tail, `back` the same by their head; `deliveries` and
    `departures` are those from and to a node; `out_of` and `into` those of a single interface's node. `ends` are
    the nodes of interfaces, and `shared` those of more than one.
    """

    def __init__(self, network: Network, faces: Faces) -> None:
        self.shared = shared_nodes(network)
        self.ends = {i.node for endpoint in network.endpoints for i in endpoint.interfaces} | {OUTSIDE}
        self._faces_at = _by_node(faces.faces)
        self._size = faces.size
        self.onward: defaultdict[str, list[Road]] = defaultdict(list)
        self.back: defaultdict[str, list[Road]] = defaultdict(list)
        self.out_of: defaultdict[str, list[Road]] = defaultdict(list)
        self.into: defaultdict[str, list[Road]] = defaultdict(list)
        for hop in network.hops:
            self._sort(hop, self.ends)
        self.guards = {node: _guards(self.into[node]) for node in self._faces_at}
        self.deliveries = {tail: self._deliveries(heads) for tail, heads in self._by_tail().items()}
        self.departures = {head: self._departures(tails) for head, tails in self._by_head().items()}
        self.reach = self._reach()

    def edited(self, changed: Mapping[Policy, Policy]) -> Roads | None:
        """The same with some policies replaced; None where one of them is asked on the way, and not only at its ends.

        Guards and what a packet meets on its first hop are asked for each source; all else is shared by many.
        """
        places = {new: self._places.get(old, _NOWHERE) for old, new in changed.items()}
        if not all(policy.stateful for policy in changed) or any(each.between for each in places.values()):
            return None
        found = copy(self)
        found.into = _renewed(self.into, (node for each in places.values() for node in each.into), changed)
        found.out_of = _renewed(self.out_of, (node for each in places.values() for node in each.out_of), changed)
        guarded = {node for each in places.values() for node in each.into if node in self.guards}
        own = {node: tuple(changed.get(guard, guard) for guard in self.guards[node]) for node in guarded}
        found.guards = self.guards | own
        vars(found)["_places"] = {**self._places, **places}
        return found

    def leaving_by(self, policies: Iterable[Policy]) -> int:
        """The faces of the interfaces whose packets meet one of some policies on their first hop."""
        named = {node for policy in policies for node in self._places.get(policy, _NOWHERE).out_of}
        return bits((face.bit for node in named for face in self._faces_at.get(node, ())), self._size)

    @cached_property
    def _places(self) -> Mapping[Policy, _Places]:
        """Where each policy is asked, guards as on the hops that they were left out of."""
        found: defaultdict[Policy, _Places] = defaultdict(_Places)
        for node, policy in _asked(self.into):
            found[policy].into.add(node)
        for node, policy in _asked(self.out_of):
            found[policy].out_of.add(node)
        shared = [road.steps for roads in self.onward.values() for road in roads]
        shared += [delivery.steps for some in self.deliveries.values() for delivery in some]
        for policy in {step.policy for steps in shared for step in steps if isinstance(step, Filter)}:
            found[policy].between = True
        return dict(found)

    def _sort(self, hop: Hop, ends: set[str]) -> None:
        if hop.head in ends and hop.head not in self._faces_at:
            return
        if hop.tail in ends and hop.tail not in self._faces_at:
            return
        if hop.head in ends:
            self.into[hop.head].append(Road(hop.tail, hop.steps))
        elif hop.tail not in ends:
            self.onward[hop.tail].append(Road(hop.head, hop.steps))
            self.back[hop.head].append(Road(hop.tail, hop.steps))
        if hop.tail in ends:
            self.out_of[hop.tail].append(Road(hop.head, hop.steps))

    def faces_at(self, node: str) -> int:
        """The faces of the interfaces at a node."""
        return bits((face.bit for face in self._faces_at.get(node, ())), self._size)

    # ---- grouping -------------------------------------------------------------------------------------

    def _by_tail(self) -> Mapping[str, list[Road]]:
        found: defaultdict[str, list[Road]] = defaultdict(list)
        for node, roads in self.into.items():
            for road in roads:
                found[road.node].append(Road(node, _beside(road.steps, self.guards[node])))
        return found

    def _deliveries(self, heads: Iterable[Road]) -> list[Delivery]:
        grouped: defaultdict[tuple[Step, ...], list[int]] = defaultdict(list)
        for node, steps in heads:
            grouped[steps] += [face.bit for face in self._faces_at[node]]
        return [Delivery(steps, bits(numbers, self._size)) for steps, numbers in grouped.items()]

    def _by_head(self) -> Mapping[str, list[Road]]:
        found: defaultdict[str, list[Road]] = defaultdict(list)
        for node, roads in self.out_of.items():
            for road in roads:
                found[road.node].append(Road(node, road.steps))
        return found

    def _departures(self, tails: Iterable[Road]) -> list[Departure]:
        grouped: defaultdict[tuple[Step, ...], set[int]] = defaultdict(set)
        for node, steps in tails:
            if (asked := asked_of_replies(steps)) is not None:
                grouped[asked].update(face.own for face in self._faces_at[node])
        return [Departure(steps, bits(numbers, self._size)) for steps, numbers in grouped.items()]

    def _reach(self) -> Mapping[str, int]:
        """For each place the faces that are delivered from it or from places that hops lead to."""
        found = defaultdict(int, {tail: _all(each) for tail, each in self.deliveries.items()})
        waiting = list(found)
        while waiting:
            head = waiting.pop()
            for road in self.back[head]:
                if found[head] & ~found[road.node]:
                    found[road.node] |= found[head]
                    waiting.append(road.node)
        return found


def asked_of_replies(steps: tuple[Step, ...]) -> tuple[Step, ...] | None:
    """The steps that a reply must pass; None where it would be translated, and so be none."""
    if any(isinstance(step, Translate) for step in steps):
        return None
    return tuple(step for step in steps if isinstance(step, Filter) and not step.policy.stateful)


def _all(deliveries: Iterable[Delivery]) -> int:
    found = 0
    for each in deliveries:
        found |= each.faces
    return found


def _by_node(faces: Iterable[Face]) -> Mapping[str, list[Face]]:
    found: defaultdict[str, list[Face]] = defaultdict(list)
    for face in faces:
        found[face.interface.node].append(face)
    return dict(found)


def _guards(roads: Iterable[Road]) -> Guards:
    """The guards that all hops into an interface agree on, if they only filter."""
    found: set[Guards] = set()
    for _, steps in roads:
        if any(isinstance(step, Translate) for step in steps):
            return ()
        found.add(tuple(dict.fromkeys(s.policy for s in steps if isinstance(s, Filter) and _guarding(s))))
    return found.pop() if len(found) == 1 else ()


def _guarding(step: Filter) -> bool:
    return step.policy.stateful and step.peer is End.SOURCE


def _asked(roads: Mapping[str, list[Road]]) -> Iterator[tuple[str, Policy]]:
    """Every policy that is asked on these, by their nodes."""
    for node, some in roads.items():
        yield from ((node, step.policy) for road in some for step in road.steps if isinstance(step, Filter))


def _renewed(
    roads: Mapping[str, list[Road]], nodes: Iterable[str], changed: Mapping[Policy, Policy]
) -> defaultdict[str, list[Road]]:
    """The roads, with some policies replaced at these nodes."""
    found = defaultdict(list, roads)
    for node in set(nodes):
        found[node] = [Road(road.node, replaced(road.steps, changed)) for road in roads[node]]
    return found


def _beside(steps: tuple[Step, ...], guards: Guards) -> tuple[Step, ...]:
    if not guards:
        return steps
    return tuple(s for s in steps if isinstance(s, Translate) or not (_guarding(s) and s.policy in guards))
