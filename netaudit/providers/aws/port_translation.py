"""Ways to a load balancer, with every filter on them read in the ports that its target is dialled on.

Ports of an answer are the destination's own, and a packet keeps its port in the graph. Where a network load balancer
changes it, the hops that lead there are copied, and in the copy each filter speaks of the new port: what allows
`tcp/443` allows `tcp/8080` there, if that is what 443 becomes. Replies go to client ports, which nothing changes;
they take the hops themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import OUTSIDE, Action, End, Filter, Hop, Peers, Policy, Rule, Step
from netaudit.providers.aws import gates
from netaudit.providers.aws.fabric import Fabric


@dataclass(frozen=True, slots=True)
class PortMap:
    """What arrives, and what becomes of it: one port for one, or (where either is unknown) some for some."""

    accepts: Traffic
    dials: Traffic

    def __str__(self) -> str:
        return f"{self.accepts} as {self.dials}"

    def through(self, traffic: Traffic, action: Action) -> Traffic:
        """The dialled traffic that a rule about arriving `traffic` is about.

        Where several ports may arrive, a rule that allows some may allow all, and one that denies must deny all.
        """
        found = NO_TRAFFIC
        for name in ("tcp", "udp"):
            arriving, leaving = (part & Traffic.named(name) for part in (self.accepts, self.dials))
            met = arriving <= traffic if action is Action.DENY else arriving.overlaps(traffic)
            found |= leaving if arriving and met else NO_TRAFFIC
        return found


class Copies:
    """Copies of the hops that lead to places, one for each way in which ports change."""

    def __init__(self, fabric: Fabric) -> None:
        self._fabric = fabric
        self._hops = tuple(fabric.hops)
        self._ends = {each.party.id for each in fabric.placed} | {OUTSIDE}
        self._policies: dict[tuple[PortMap, Policy], Policy] = {}
        self._into: defaultdict[str, list[str]] = defaultdict(list)
        for hop in self._hops:
            self._into[hop.head].append(hop.tail)

    def copy(self, ports: PortMap, goals: Iterable[str], parties: frozenset[str]) -> None:
        """Copy every way to the places `goals`, for what is addressed to `parties`."""
        near = self._near(goals)
        entrance = Filter(gates.only(f"addressed to {ports}", Peers(parties), "CANNOT_ROUTE"), End.DESTINATION)
        for hop in self._hops:
            if hop.head in near and (hop.tail in near or hop.tail in self._ends):
                self._fabric.hops.append(self._copied(hop, ports, entrance))

    def place(self, ports: PortMap, node: str) -> str:
        """The name of a place in a copy."""
        return f"{node} ({ports})"

    def step(self, ports: PortMap, step: Step) -> Step:
        """A step in the new ports."""
        return Filter(self._policy(ports, step.policy), step.peer) if isinstance(step, Filter) else step

    def _near(self, goals: Iterable[str]) -> set[str]:
        found = set(goals)
        waiting = list(found)
        while waiting:
            for tail in self._into[waiting.pop()]:
                if tail not in found and tail not in self._ends:
                    found.add(tail)
                    waiting.append(tail)
        return found

    def _copied(self, hop: Hop, ports: PortMap, entrance: Filter) -> Hop:
        steps = [self.step(ports, step) for step in hop.steps]
        head = self.place(ports, hop.head)
        if hop.tail in self._ends:
            return Hop(hop.tail, head, (entrance, *steps))
        return Hop(self.place(ports, hop.tail), head, tuple(steps))

    def _policy(self, ports: PortMap, policy: Policy) -> Policy:
        key = (ports, policy)
        if key not in self._policies:
            tiers = tuple(
                replace(tier, rules=tuple(_renamed(ports, rule) for rule in tier.rules)) for tier in policy.tiers
            )
            self._policies[key] = replace(policy, tiers=tiers)
        return self._policies[key]


def _renamed(ports: PortMap, rule: Rule) -> Rule:
    return replace(rule, traffic=ports.through(rule.traffic, rule.action))
