"""Pods that live alike share the ways of their hosts.

https://docs.aws.amazon.com/eks/latest/userguide/external-snat.html (read 2026-11-27)

AWS-48 What filters the traffic of a pod's host filters the pod's. What leaves the VPC gets the address of a node, as
       far as that is so (`homes.py`); it is then the node for every rule.
AWS-56 Where network policies are not enforced for certain they stop nothing for certain.

Where there are several hosts, what each has is possible, what all agree about is certain.

Not modelled: which host a pod is on; two filters on one way may speak of different ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from netaudit.bridges.homes import Home
from netaudit.bridges.identity import Guests
from netaudit.flows import ANY, AddressSet
from netaudit.model import (
    EVERYONE,
    Action,
    Diagnostic,
    Effect,
    End,
    Endpoint,
    Filter,
    Hop,
    Interface,
    Loss,
    Party,
    Peers,
    Policy,
    Rule,
    Severity,
    Stage,
    Step,
    Tier,
    Translate,
    Truth,
    Unknown,
)
from netaudit.providers.aws import gates

Sides = Mapping[str, tuple[Step, ...]]  # what a policy puts on one side of each pod
Way = tuple[str, tuple[Step, ...]]  # a place, and what lies between


class Kin:
    """Pods that live alike, behind their own policies.

    pod ──policy egress──▶ out ──groups, …──▶ subnet ──…, groups──▶ in ──policy ingress──▶ pod
    """

    def __init__(self, name: str, home: Home, pods: Sequence[Endpoint], eks: Endpoint) -> None:
        self._name, self._eks = name, eks
        self.home, self.pods = home, pods
        self.ids = frozenset(pod.interfaces[0].node for pod in pods)
        self._faces = [face for host in home.hosts for face in host.interfaces]
        self._which = Unknown(f"which of {' or '.join(host.id for host in home.hosts)} a pod runs on", eks.origin)
        self._nodes = [face for node in home.nodes for face in node.interfaces] if home.translates else []
        self.some_node = self._joint() if len(self._nodes) > 1 else None
        self.guests = Guests(frozenset(face.party.id for face in self._faces), self.ids, self._which)
        self.out, self.into = self._at("out"), self._at("in")

    def _joint(self) -> Party:
        """One of its nodes, whichever it is: what holds for all of them holds for it."""
        addresses = AddressSet.union(face.party.addresses for face in self._nodes)
        return Party(self._at("some node"), addresses, self._which)

    def seen_by(self, hops: Iterable[Hop]) -> list[Hop]:
        """The hops with rules that know its pods, and its node, as guests of their hosts."""
        found = [self.guests.seen_by(hop) for hop in hops]
        if self.some_node is None:
            return found
        nodes = frozenset(face.party.id for face in self._nodes)
        joint = Guests(nodes, frozenset({self.some_node.id}), self._which)
        return [joint.seen_by(hop) for hop in found]

    @cached_property
    def addresses(self) -> AddressSet:
        """Those of which its pods have one each."""
        return AddressSet.union(face.party.addresses for face in self._faces)

    def lost_with(self, loss: Loss) -> Loss:
        """A loss with its pods, which may be lost where one of its hosts or nodes may."""
        homes = (*self.home.hosts, *self.home.nodes)
        if (loss.nodes | loss.perhaps).isdisjoint(face.node for home in homes for face in home.interfaces):
            return loss
        pods = frozenset(face.node for pod in self.pods for face in pod.interfaces)
        return replace(loss, perhaps=loss.perhaps | pods, because=(*loss.because, self._which))

    @cached_property
    def groups(self) -> frozenset[str]:
        """The VPCs, security groups and Regions that its pods belong to with their hosts."""
        kinds = ("vpc/", "sg/", "region/")
        return frozenset(key for host in self.home.hosts for key in host.groups if key.startswith(kinds))

    def attached(self, egress: Sides, ingress: Sides) -> Iterator[Hop]:
        """Every pod behind its policies, which only perhaps stop something where they are not enforced (AWS-56)."""
        free = gates.perhaps("no policy", (Unknown("whether network policies are enforced", self._eks.origin),))
        for pod in (each.interfaces[0].node for each in self.pods):
            yield Hop(pod, self.out, egress.get(pod, ()))
            yield Hop(self.into, pod, ingress.get(pod, ()))
            if not self.home.enforced:
                yield Hop(pod, self.out, (free,))
                yield Hop(self.into, pod, (free,))

    def guarded(self, egress: Sides, ingress: Sides) -> tuple[str, ...]:
        """Its pods that policies select."""
        return tuple(sorted(pod for pod in self.ids if _guards(egress.get(pod, ())) or _guards(ingress.get(pod, ()))))

    def unguarded(self, egress: Sides, ingress: Sides) -> Diagnostic | None:
        """What to say where policies select pods and are perhaps not enforced."""
        mine = self.guarded(egress, ingress)
        if self.home.enforced or not mine:
            return None
        hosts = " or ".join(host.id for host in self.home.hosts)
        text = f"network policies are perhaps not enforced for pods on {hosts}: they stop nothing for certain"
        origin = self.home.hosts[0].origin
        return Diagnostic("EKS_POLICY_NOT_ENFORCED", text, Severity.WARNING, origin, Effect.OVER_APPROXIMATED, mine)

    def ways(self, kept: Sequence[Hop], inside: Peers, neighbours: str) -> Iterator[Hop]:
        """Out by the ways of its hosts, and in by them; along one node to its neighbours and itself; out of the VPC.

        `kept` are the hops of the cloud, which know the pods.
        """
        out, into, translates = self.out, self.into, self.home.translates
        stays = () if translates is Truth.NO else (self._border("to the VPC by the pod's address", inside, stays=True),)
        for place, steps in self._next(kept, outward=True):
            yield Hop(out, place, (*stays, *steps))
        for place, steps in self._next(kept, outward=False):
            yield Hop(place, into, steps)
        if self.home.shares:
            shared = Unknown("whether two pods share a node", self._eks.origin)
            yield Hop(out, neighbours, (gates.perhaps("one node", (shared,)),))
            yield Hop(neighbours, into)
            for node in (face.node for host in self.home.nodes for face in host.interfaces):
                mine = gates.perhaps("its own node", (Unknown("whether a pod is on that node", self._eks.origin),))
                yield Hop(out, node, (mine,))
                yield Hop(node, into, (mine,))
        if translates:
            leaves = self._border("out of the VPC by the node's address", inside, stays=False)
            yield Hop(out, self._at("snat"), (leaves,))
            yield Hop(self._at("replies"), into)
            yield from self._translations(kept)

    def _at(self, place: str) -> str:
        return f"eks:{self._name}:{place}"

    def _next(self, kept: Sequence[Hop], *, outward: bool) -> list[Way]:
        """The places next to the hosts and what lies between: what each has, perhaps, and what all agree about."""
        each = _beside(self._faces, kept, outward=outward)
        if len(each) == 1:
            return each[0]
        maybe = gates.perhaps(str(self._which), (self._which,))
        return [*((place, (maybe, *steps)) for ways in each for place, steps in ways), *_agreed(each)]

    def _border(self, name: str, inside: Peers, *, stays: bool) -> Filter:
        """What a pod sends by its own address, or by its node's: for the VPC, or for elsewhere (AWS-48).

        Stateful, so that replies go back the way their packets came.
        """
        origin = self._eks.origin or gates.NOWHERE_WRITTEN
        unsure = self.home.translates is Truth.MAYBE
        doubt = (Unknown("AWS_VPC_K8S_CNI_EXTERNALSNAT", origin),) if unsure else ()
        own = Rule(inside, ANY, Action.ALLOW if stays else Action.DENY, origin, text="the VPC's own addresses")
        beyond = Rule(EVERYONE, ANY, Action.ALLOW, origin, text="everywhere else", because=doubt)
        rules = (own, beyond) if not stays or doubt else (own,)
        tier = Tier(rules, Action.DENY, (origin,))
        return Filter(Policy(name, (tier,), Action.DENY, Stage.ROUTE, True, origin), End.DESTINATION)

    def _translations(self, kept: Sequence[Hop]) -> Iterator[Hop]:
        """Out with the address of one of its nodes; replies come to the node and go on to the pod."""
        if self.some_node is not None:
            ways = [_agreed(_beside(self._nodes, kept, outward=outward)) for outward in (True, False)]
            yield from self._by_node(self.some_node, "some", *ways)
        maybe = [gates.perhaps(str(self._which), (self._which,))] if len(self._nodes) > 1 else []
        for number, node in enumerate(self._nodes):
            out, into = (_beside([node], kept, outward=outward)[0] for outward in (True, False))
            yield from self._by_node(node.party, str(number), [(place, (*maybe, *steps)) for place, steps in out], into)

    def _by_node(self, node: Party, number: str, out: Sequence[Way], into: Sequence[Way]) -> Iterator[Hop]:
        """By the ways of a node, as that node."""
        home, name = self._at(f"home-{number}"), f"source translation to {node.id}"
        mine = Filter(gates.only(f"{node.id} address", Peers(frozenset({node.id})), stage=Stage.ROUTE), End.DESTINATION)
        step = Translate(End.SOURCE, {}, home, self._at("replies"), name, self._eks.origin, node)
        for place, steps in out:
            yield Hop(self._at("snat"), place, (step, *steps))
        for place, steps in into:
            yield Hop(place, home, (mine, *steps))


def _beside(faces: Sequence[Interface], kept: Sequence[Hop], *, outward: bool) -> list[list[Way]]:
    """For each interface the places next to it and what lies between."""
    each: dict[str, list[Way]] = {face.node: [] for face in faces}
    for hop in kept:
        near, far = (hop.tail, hop.head) if outward else (hop.head, hop.tail)
        if near in each and not any(isinstance(step, Translate) for step in hop.steps):
            each[near].append((far, hop.steps))
    return list(each.values())


def _agreed(each: Sequence[Sequence[Way]]) -> list[Way]:
    """The ways that all have, behind what is on each of them."""
    first, *others = each
    found: list[Way] = []
    for place, steps in first:
        there = [[more for at, more in ways if at == place] for ways in others]
        if all(len(options) == 1 for options in there):
            found.append((place, tuple(dict.fromkeys((*steps, *(s for o in there for s in o[0]))))))
    return found


def _guards(steps: Sequence[Step]) -> bool:
    """Whether a policy selects the side."""
    return any(isinstance(step, Filter) and step.policy.tiers for step in steps)
