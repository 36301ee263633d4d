"""Load balancers and ports that exist only at run time: who may come by them to which pods.

https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html (read 2026-11-27)
https://docs.aws.amazon.com/eks/latest/userguide/alb-ingress.html (read 2026-11-27)

AWS-51 A load balancer that a manifest asks for takes in whom its scheme and its source ranges let: an internal one
       nobody with a public address. A node port takes in whom a group of the nodes admits at it. Whoever is let in
       may reach the pods behind, as far as their policies let a client or a load balancer in.
AWS-52 What a host port or a pod on its node's network takes in is as open as the node, whose groups are not asked.

Not modelled: the groups and ports of such a load balancer itself; clients inside the cloud are not told apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netaudit.bridges.controllers import Asked
from netaudit.flows import ANY, ANYWHERE, NOT_PUBLIC, NOWHERE, AddressSet, Traffic
from netaudit.model import EVERYONE, Action, Endpoint, Hop, Peers, Rule, Stage, Truth, Way
from netaudit.model.network import Filter
from netaudit.providers.kubernetes.ingress import CONTROLLER
from netaudit.providers.kubernetes.service import Service


@dataclass(frozen=True, slots=True)
class Clients:
    """Who may come by a door: addresses outside, and of the endpoints of the cloud those that `inside` means."""

    outside: AddressSet
    inside: Peers

    def __or__(self, other: Clients) -> Clients:
        if EVERYONE in (self.inside, other.inside):
            return Clients(self.outside | other.outside, EVERYONE)
        return Clients(self.outside | other.outside, Peers(self.inside.members | other.inside.members))


ANYBODY = Clients(ANYWHERE, EVERYONE)
NOBODY = Clients(NOWHERE, Peers())


@dataclass(frozen=True, slots=True)
class Nodes:
    """What stands before the nodes of a cluster: the rules that let in, and whether one has a public address."""

    rules: tuple[Rule, ...] | None  # None where nothing stands there
    public: bool

    @classmethod
    def read(cls, hosts: Iterable[Endpoint], hops: Iterable[Hop]) -> Nodes:
        """From their groups on the hops that lead to them."""
        faces = [face for host in hosts for face in host.interfaces]
        into = [hop for hop in hops if hop.head in {face.node for face in faces}]
        groups = [
            [s.policy for s in h.steps if isinstance(s, Filter) and s.policy.stage is Stage.INGRESS] for h in into
        ]
        rules = [rule for mine in groups for policy in mine for tier in policy.tiers for rule in tier.rules]
        known = all(groups) and all(p.default is Action.DENY for mine in groups for p in mine)
        return cls(tuple(dict.fromkeys(rules)) if known else None, any(face.aliases for face in faces))

    def admit(self, ports: Traffic) -> Clients:
        """Who may come to some ports of theirs; what a rule says of addresses a translated client may have, too."""
        if self.rules is None:
            return ANYBODY
        found = NOBODY
        for rule in self.rules:
            if rule.action is not Action.DENY and rule.traffic.overlaps(ports):
                outside = ANYWHERE if rule.peers.everyone else rule.peers.addresses
                found |= Clients(outside, EVERYONE if outside else Peers(rule.peers.members))
        return found if self.public else Clients(found.outside & NOT_PUBLIC, found.inside)


class Doors:
    """The clients and the pods of every door of a cluster."""

    def __init__(self, nodes: Nodes, asked: Mapping[str, Asked], services: Iterable[Service]) -> None:
        self._nodes = nodes
        self._asked = asked
        self._services = {f"{each.opened} Service {each.namespace}/{each.name}": each for each in services}

    def behind(self, ways: Iterable[Way]) -> Mapping[str, Mapping[Clients, Traffic]]:
        """For each pod who may come to it by some door, and on which of its ports."""
        found: defaultdict[str, defaultdict[Clients, Traffic]] = defaultdict(lambda: defaultdict(Traffic.nothing))
        for way in ways:
            clients = self._clients(way)
            if clients != NOBODY:
                found[way.target][clients] |= way.traffic
        return found

    def _clients(self, way: Way) -> Clients:
        if way.proxy and not way.proxy.endswith(CONTROLLER):
            return NOBODY  # a pod dials it, which is a connection of its own
        balancer, service = self._asked.get(way.by[0]), self._services.get(way.by[0])
        if balancer is None and (service is None or service.opened != "NodePort"):
            return ANYBODY
        clients = NOBODY if balancer is None else self._of(balancer)
        return clients if service is None else clients | self._nodes.admit(_node_ports(service))

    def _of(self, balancer: Asked) -> Clients:
        """By a load balancer; its controller may open the nodes to its clients, and so to all where one is public."""
        hidden = balancer.internal is Truth.YES and not self._nodes.public
        return Clients(balancer.clients & NOT_PUBLIC if hidden else balancer.clients, EVERYONE)


def _node_ports(service: Service) -> Traffic:
    """Those of a Service; the whole range where they are chosen at run time."""
    found = Traffic.nothing()
    for port in service.ports:
        low, high = (port.node_port, port.node_port) if port.node_port else (30000, 32767)
        found |= Traffic.ports(port.protocol, low, high)
    return found or ANY
