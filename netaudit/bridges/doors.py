"""Load balancers and ports that exist only at run time: who may come by them to which pods.

https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html (read 2026-11-27)
https://docs.aws.amazon.com/eks/latest/userguide/alb-ingress.html (read 2026-11-27)

AWS-51 A load balancer that a manifest asks for takes in whom its scheme and its source ranges let: an internal one
       nobody with a public address. A node port takes in whom a group of the nodes admits at it, and the clients of a
       network load balancer that the group admits. Whoever is let in may reach the pods behind, as far as their
       policies let a client or a load balancer in.
AWS-52 What a host port or a pod on its node's network takes in is as open as the node, whose groups are not asked.

Not modelled: the groups and ports of a load balancer that is not known as a whole (`derived.py`); clients inside the
cloud are not told apart there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from netaudit.bridges.balancers import KIND, Balancers
from netaudit.bridges.controllers import Asked
from netaudit.flows import ANYWHERE, IPV4, NOT_PUBLIC, NOWHERE, AddressSet, Traffic
from netaudit.model import EVERYONE, Action, Endpoint, Filter, Hop, Peers, Policy, Rule, Stage, Truth, Way
from netaudit.providers.aws.network_load_balancer import by_its_groups
from netaudit.providers.kubernetes.ingress import CONTROLLER


@dataclass(frozen=True, slots=True)
class Clients:
    """Who may come by a door: addresses outside, and of the endpoints of the cloud those that `inside` means."""

    outside: AddressSet
    inside: Peers

    def __or__(self, other: Clients) -> Clients:
        if EVERYONE in (self.inside, other.inside):
            return Clients(self.outside | other.outside, EVERYONE)
        return Clients(self.outside | other.outside, Peers(self.inside.members | other.inside.members))

    def __and__(self, other: Clients) -> Clients:
        outside = self.outside & other.outside
        if EVERYONE in (self.inside, other.inside):
            return Clients(outside, other.inside if self.inside == EVERYONE else self.inside)
        return Clients(outside, Peers(self.inside.members & other.inside.members))


ENDPOINT = "aws_vpc_endpoint"
ANYBODY = Clients(ANYWHERE, EVERYONE)
NOBODY = Clients(NOWHERE, Peers())


@dataclass(frozen=True, slots=True)
class Nodes:
    """What stands before the nodes of a cluster: the rules that let in, and whether one has a public address.

    `passing` are the load balancers that pass connections on to them: as whom nodes may know each, and its clients.
    """

    rules: tuple[Rule, ...] | None  # None where nothing stands there
    public: bool
    passing: tuple[tuple[Peers, Clients], ...] = ()

    @classmethod
    def read(cls, hosts: Iterable[Endpoint], hops: Sequence[Hop], others: Iterable[Endpoint] = ()) -> Nodes:
        """From their groups on the hops that lead to them; load balancers are among `others`."""
        faces = [face for host in hosts for face in host.interfaces]
        nodes = {face.node for face in faces}
        into = [hop for hop in hops if hop.head in nodes]
        groups = [_admitting(hop) for hop in into]
        rules = [rule for mine in groups for policy in mine for rule in _rules(policy)]
        known = all(groups) and all(p.default is Action.DENY for mine in groups for p in mine)
        dialled = {party.id for face in faces for party, _ in face.aliases}
        doors = [each for each in others if dialled & {face.party.id for face in each.interfaces}]
        further = clients_of_any((each for each in doors if each.kind != KIND), hops)
        passing = tuple(_passed_on(each, hops, further) for each in doors if each.kind == KIND)
        return cls(tuple(dict.fromkeys(rules)) if known else None, any(face.aliases for face in faces), passing)

    def admit(self, ports: Traffic) -> Clients:
        """Who may come to some ports of theirs; what a rule says of addresses a translated client may have, too."""
        if self.rules is None:
            return ANYBODY
        found = NOBODY
        for rule in self.rules:
            if rule.traffic.overlaps(ports):
                found |= _meant(rule)
                found |= reduce(or_, (clients for seen, clients in self.passing if _sees(rule, seen)), NOBODY)
        return found if self.public else Clients(found.outside & NOT_PUBLIC, found.inside)


def clients_of(balancer: Endpoint, hops: Sequence[Hop]) -> Clients:
    """Whom a load balancer takes in: what every filter before one of its interfaces may let pass."""
    found, nodes = NOBODY, {face.node for face in balancer.interfaces}
    for hop in hops:
        if hop.head in nodes:
            each = ANYBODY
            for policy in _admitting(hop):
                if policy.default is Action.DENY:
                    each &= reduce(or_, map(_meant, _rules(policy)), NOBODY)
            found |= each
    public = any(face.aliases for face in balancer.interfaces)
    return found if public else Clients(found.outside & NOT_PUBLIC, found.inside)


def clients_of_any(doors: Iterable[Endpoint], hops: Sequence[Hop]) -> Clients:
    """Whom some of them takes in; endpoints of services lead on to a load balancer, past its own groups (AWS-39)."""
    return reduce(or_, (clients_of(each, hops) for each in doors), NOBODY)


def _passed_on(balancer: Endpoint, hops: Sequence[Hop], further: Clients) -> tuple[Peers, Clients]:
    """As whom its targets may know a load balancer, by its groups where it has some, and its clients (AWS-43).

    `further` are those who may come to it by endpoints of services.
    """
    names = frozenset(name for face in balancer.interfaces for name in (face.party.id, by_its_groups(face.party.id)))
    return Peers(names, balancer.addresses), clients_of(balancer, hops) | further


def _admitting(hop: Hop) -> list[Policy]:
    return [s.policy for s in hop.steps if isinstance(s, Filter) and s.policy.stage is Stage.INGRESS]


def _rules(policy: Policy) -> list[Rule]:
    return [rule for tier in policy.tiers for rule in tier.rules if rule.action is not Action.DENY]


def _meant(rule: Rule) -> Clients:
    """Whom a rule lets in; where it speaks of addresses, anybody in the cloud may have one."""
    outside = ANYWHERE if rule.peers.everyone else rule.peers.addresses
    return Clients(outside, EVERYONE if outside else Peers(rule.peers.members))


def _sees(rule: Rule, seen: Peers) -> bool:
    peers = rule.peers
    return peers.everyone or bool(peers.members & seen.members) or peers.addresses.overlaps(seen.addresses)


class Doors:
    """The clients and the pods of every door of a cluster."""

    def __init__(
        self,
        nodes: Nodes,
        asked: Mapping[str, Asked],
        ports: Mapping[str, Traffic],
        balancers: Balancers,
        known: Iterable[str],
    ) -> None:
        """`ports` are the node ports of Services by what ways call these; what is `known` whole is no door."""
        self._known = frozenset(known)
        self._nodes = nodes
        self._asked = asked
        self._ports = ports
        self._balancers = balancers

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
        name = way.by[0]
        if name in self._known:
            return NOBODY
        if name not in self._asked and name not in self._ports:
            return ANYBODY
        by_balancer = self._of(name, self._asked[name]) if name in self._asked else NOBODY
        return by_balancer | self._nodes.admit(self._ports[name]) if name in self._ports else by_balancer

    def _of(self, name: str, balancer: Asked) -> Clients:
        """By a load balancer; its controller may open the nodes to its clients, and so to all where one is public.

        One that ends connections dials by itself: pods, which its rules tell, or nodes.
        """
        if parties := self._balancers.parties(name):
            return NOBODY if self._balancers.dials_pods(name) else Clients(NOWHERE, Peers(parties))
        hidden = balancer.internal is Truth.YES and not self._nodes.public
        clients = balancer.clients & IPV4 if balancer.whole else balancer.clients
        return Clients(clients & NOT_PUBLIC if hidden else clients, EVERYONE)
