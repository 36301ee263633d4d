"""A second evaluator, for one world at a time: every unknown is tossed for, then a packet is walked in plain booleans.

It shares nothing with the product but the vocabulary of the network, and no short cut of the engine's: no graph, no
classes, no tri-state. What is true of every world is what `certain` promises; what is true of some, `possible`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from netaudit.flows import TCP, AddressSet
from netaudit.model import (
    OUTSIDE,
    Action,
    End,
    Endpoint,
    Filter,
    Hop,
    Interface,
    Network,
    Party,
    Policy,
    Rule,
    Translate,
)


class Packet(NamedTuple):
    """A packet in flight."""

    source: Party
    destination: Party
    point: int

    def at(self, end: End) -> Party:
        """The party at one end."""
        return self.source if end is End.SOURCE else self.destination


class Leg(NamedTuple):
    """A stretch without translation, and the nodes between which its reply must travel."""

    source: Party
    destination: Party
    back_from: str
    back_to: str


@dataclass(frozen=True)
class World:
    """One way in which all the unknowns of a network may turn out; `seed` says which."""

    network: Network
    seed: int

    def reaches(self, source: Endpoint, destination: Endpoint, point: int) -> tuple[bool, bool]:
        """Whether the flow exists for some client port, and whether it does for every client port."""
        there = not self._absent(source) and not self._absent(destination) and destination.accepts
        found = [
            self._answered(legs, point)
            for start in source.interfaces
            for goal in destination.interfaces
            for dialled in self._dialled(goal)
            for legs in self._deliveries(start, goal, dialled, point)
            if there
        ]
        return any(some for some, _ in found), any(every for _, every in found)

    # ---- tossing --------------------------------------------------------------------------------------

    def _toss(self, *about: object) -> bool:
        return self._dice(3, *about) == 0

    def _dice(self, sides: int, *about: object) -> int:
        return crc32(repr((self.seed, *about)).encode()) % sides

    def _absent(self, endpoint: Endpoint) -> bool:
        return bool(endpoint.because) and self._toss("endpoint", endpoint.id)

    def _dialled(self, goal: Interface) -> list[Party]:
        aliases = [alias for alias, because in goal.aliases if not because or self._toss("alias", alias.id)]
        return [goal.party, *aliases]

    def _address(self, party: Party) -> AddressSet:
        """One address of the party: the one that it has, or any of a block whose addresses are all alike."""
        first, last = party.addresses.runs[self._dice(len(party.addresses.runs), party.id)]
        number = (first, last, (first + last) // 2)[self._dice(3, party.id, "which")]
        return AddressSet.of((number, number))

    # ---- filters and translations ---------------------------------------------------------------------

    def _matches(self, rule: Rule, party: Party, point: int) -> bool:
        peers = rule.peers
        by_address = party.id not in peers.exempt and self._address(party) <= peers.addresses
        about = peers.everyone or party.id in peers.members or by_address
        sure = rule.exact or self._toss(str(rule.because[0]), party.id, point)
        return about and point in rule.traffic and sure

    def _lets_pass(self, policy: Policy, party: Party, point: int) -> bool:
        for tier in policy.tiers:
            matching = (rule.action for rule in tier.rules if self._matches(rule, party, point))
            action = next(matching, tier.otherwise)
            if action is not Action.PASS:
                return action is Action.ALLOW
        return policy.default is Action.ALLOW

    def _translated(self, step: Translate, packet: Packet) -> Packet | None:
        before = packet.at(step.end)
        after = step.to.get(before.id, step.otherwise)
        if after is None or (step.because and self._toss(str(step.because[0]), before.id)):
            return None
        return packet._replace(source=after) if step.end is End.SOURCE else packet._replace(destination=after)

    # ---- the way there --------------------------------------------------------------------------------

    def _deliveries(self, start: Interface, goal: Interface, dialled: Party, point: int) -> Iterator[list[Leg]]:
        packet = Packet(start.party, dialled, point)
        legs = [Leg(start.party, dialled, goal.node, start.node)]
        yield from self._forward(start.node, {start.node}, packet, legs, goal)

    def _forward(
        self, node: str, visited: set[str], packet: Packet, legs: list[Leg], goal: Interface
    ) -> Iterator[list[Leg]]:
        if node == goal.node:
            if packet.destination.id == goal.party.id:
                yield legs
            return
        for hop in self.network.hops:
            delivering = hop.head in self._interfaces
            mine = hop.head == goal.node and packet.destination.id == goal.party.id
            if hop.tail == node and hop.head not in visited and (mine or not delivering):
                passed = self._cross(hop, packet, legs, goal)
                if passed is not None:
                    yield from self._forward(hop.head, visited | {hop.head}, *passed, goal)

    def _cross(self, hop: Hop, packet: Packet, legs: list[Leg], goal: Interface) -> tuple[Packet, list[Leg]] | None:
        for step in hop.steps:
            if isinstance(step, Filter):
                if not self._lets_pass(step.policy, packet.at(step.peer), packet.point):
                    return None
                continue
            after = self._translated(step, packet)
            if after is None:
                return None
            ended = legs[-1]._replace(back_from=step.resume)
            packet, legs = after, [*legs[:-1], ended, Leg(after.source, after.destination, goal.node, step.arrival)]
        return packet, legs

    @property
    def _interfaces(self) -> set[str]:
        return {i.node for endpoint in self.network.endpoints for i in endpoint.interfaces} | {OUTSIDE}

    # ---- and back -------------------------------------------------------------------------------------

    def _answered(self, legs: list[Leg], point: int) -> tuple[bool, bool]:
        """Whether the replies of all legs come back for some client port, and for every one."""
        if point not in TCP:
            return True, True
        answers = [[self._returns(leg, port) for port in self._client_ports()] for leg in legs]
        return all(any(ports) for ports in answers), all(all(ports) for ports in answers)

    def _client_ports(self) -> list[int]:
        """Client ports at both ends of every range that anything in the network names."""
        allowed = self.network.reply_ports
        ranges = [run for p in self.network.policies for t in p.tiers for r in t.rules for run in r.traffic.runs]
        borders = {n for first, last in (*ranges, *allowed.runs) for n in (first - 1, first, last, last + 1)}
        return sorted(n for n in borders if n in allowed)

    def _returns(self, leg: Leg, port: int) -> bool:
        return self._back(leg.back_from, leg.back_to, {leg.back_from}, Packet(leg.destination, leg.source, port))

    def _back(self, node: str, goal: str, visited: set[str], packet: Packet) -> bool:
        if node == goal:
            return True
        return any(
            self._back(hop.head, goal, visited | {hop.head}, packet)
            for hop in self.network.hops
            if hop.tail == node
            and hop.head not in visited
            and (hop.head == goal or hop.head not in self._interfaces)
            and all(self._passes_back(step, packet) for step in hop.steps)
        )

    def _passes_back(self, step: Filter | Translate, packet: Packet) -> bool:
        if isinstance(step, Translate):
            return False
        stateless = not step.policy.stateful
        return not stateless or self._lets_pass(step.policy, packet.at(step.peer), packet.point)
