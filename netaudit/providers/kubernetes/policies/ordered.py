"""Ordered rules: what AdminNetworkPolicy, its baseline and ClusterNetworkPolicy have in common.

https://network-policy-api.sigs.k8s.io/api-overview/ (read 2026-11-23)
https://network-policy-api.sigs.k8s.io/reference/spec/ (read 2026-11-23)

K8S-8   A named port is resolved on the destination pod; without a protocol, for each protocol.
K8S-22  They never stop what no rule of theirs is about. The two directions are apart.
K8S-24  A rule without ports is about all protocols and ports.
K8S-25  `networks` match pods by their addresses too.
K8S-29  `nodes` are the addresses of the nodes' status; a domain name's addresses are not known.
K8S-30  A rule that fails closed: an allowing one matches nothing, any other denies everything.
K8S-31  A pod to itself is exempt; nothing is claimed about that anyway.

Pods on the node's network are in no subject, and no selector picks them; they are their node's address.

Not modelled: a `nodes` peer where no Node object is in the input (a diagnostic names the subject's pods).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from netaudit.flows import ANY, ANYWHERE, AddressSet, Traffic
from netaudit.model import EVERYONE, Action, Diagnostic, Effect, Origin, Peers, Rule, Severity, Truth, Unknown
from netaudit.providers.kubernetes.policies.contribution import Contribution, Level, Side
from netaudit.providers.kubernetes.policies.peers import IpBlock, Lowered, SelectorPeer
from netaudit.providers.kubernetes.policies.ports import (
    PORT_UNRESOLVED,
    Port,
    Resolved,
    ports_text,
    resolved,
    resolved_among,
)
from netaudit.providers.kubernetes.population import Members, Population
from netaudit.providers.kubernetes.selectors import Selector
from netaudit.providers.kubernetes.workload import Pod

PEER_UNKNOWN_FIELD = "POLICY_PEER_UNKNOWN_FIELD"
PEERS_KEY = {Side.INGRESS: "from", Side.EGRESS: "to"}


@dataclass(frozen=True, slots=True)
class NodePeer:
    """Nodes picked by labels."""

    selector: Selector

    def __str__(self) -> str:
        return f"nodes {self.selector}" if self.selector.requirements else "any node"


@dataclass(frozen=True, slots=True)
class DomainPeer:
    """Whatever some domain names resolve to."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.names)


Peer = SelectorPeer | IpBlock | NodePeer | DomainPeer


@dataclass(frozen=True, slots=True)
class OrderedRule:
    """A rule as read; without ports it is about all traffic."""

    name: str
    origin: Origin
    action: Action
    code: str
    peers: tuple[tuple[str, Origin, Peer], ...]
    ports: tuple[Port, ...] = ()
    fails_closed: bool = False

    @property
    def named(self) -> tuple[Port, ...]:
        """Its ports with names."""
        return tuple(port for port in self.ports if port.name)

    @property
    def fixed(self) -> Traffic:
        """What its ports with numbers stand for; everything where it lists none."""
        return Traffic.union(port.traffic for port in self.ports if not port.name) if self.ports else ANY


@dataclass(frozen=True, slots=True)
class OrderedPolicy:
    """A policy as read. `family` is the API that it belongs to: priorities are compared within one only.

    `networks_setting` is the setting that says whether networks match pods, empty where they always do.
    """

    title: str
    origin: Origin
    level: Level
    family: str
    priority: int
    subject: SelectorPeer
    sides: Mapping[Side, tuple[OrderedRule, ...]]
    networks_setting: str = ""
    remarks: tuple[Diagnostic, ...] = ()

    @property
    def rules(self) -> Iterator[OrderedRule]:
        """The rules of both sides."""
        for rules in self.sides.values():
            yield from rules

    @property
    def selectors(self) -> Iterator[Selector]:
        """Every selector of pods in it."""
        peers = [self.subject, *(peer for rule in self.rules for _, _, peer in rule.peers)]
        for peer in peers:
            if isinstance(peer, SelectorPeer) and peer.pods is not None:
                yield peer.pods

    @property
    def port_names(self) -> frozenset[tuple[str, str]]:
        """The named ports in it, each with its protocol."""
        return frozenset(asked for rule in self.rules for port in rule.ports for asked in port.asked)

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that its meaning hangs on."""
        blocks = any(isinstance(peer, IpBlock) for rule in self.rules for _, _, peer in rule.peers)
        return (self.networks_setting,) if self.networks_setting and blocks else ()


def subject_members(subject: SelectorPeer, population: Population) -> Members:
    """The pods that a subject selects; pods on the node's network never are."""
    return _less(_picked(subject, population), population.strangers, population)


def _picked(peer: SelectorPeer, population: Population) -> Members:
    """Who a selector picks: no pod on the node's network, but also clients that the input does not show."""
    return _less(population.picked(peer.namespaces, peer.pods, ""), population.host_ids, population)


def _less(members: Members, others: frozenset[str], population: Population) -> Members:
    return population.intern(Members(members.certain - others, members.possible - others, members.doubts))


def lower(policy: OrderedPolicy, population: Population) -> Iterator[Contribution]:
    """What the policy adds to each side that it has rules for (K8S-22)."""
    subject = subject_members(policy.subject, population)
    matches = population.settings.kubernetes_networks_match_pods if policy.networks_setting else "by-address"
    for side, rules in policy.sides.items():
        lowering = _Lowering(side, rules, matches == "by-address", population)
        asked = frozenset(asked for rule in rules for port in rule.ports for asked in port.asked)
        yield Contribution(
            title=policy.title,
            origin=policy.origin,
            level=policy.level,
            side=side,
            subject=subject,
            rules=lowering.of,
            priority=policy.priority,
            named=asked if side is Side.INGRESS else frozenset(),
            family=policy.family,
        )


def notes(policy: OrderedPolicy, population: Population) -> Iterator[Diagnostic]:
    """What its meaning leaves open; `touches` are the ids of the pods that it selects."""
    yield from policy.remarks
    touched = tuple(sorted(subject_members(policy.subject, population).possible))
    for rule in policy.rules:
        if rule.fails_closed and touched:
            does = "matches nothing" if rule.action is Action.ALLOW else "denies everything"
            text = f"{policy.title}: {rule.name} has a peer with no known field, so the rule {does}"
            yield Diagnostic(PEER_UNKNOWN_FIELD, text, Severity.ERROR, rule.origin, Effect.UNREADABLE, touched)
        for name, origin, peer in rule.peers:
            if isinstance(peer, NodePeer) and touched and not population.nodes:
                text = f"{policy.title}: {name} selects nodes, whose addresses are unknown: the input shows no node"
                yield Diagnostic("K8S_NODES_UNKNOWN", text, Severity.WARNING, origin, Effect.UNREADABLE, touched)


@dataclass(frozen=True, slots=True)
class _Lowering:
    """Rules of one side, seen from one selected pod."""

    side: Side
    rules: tuple[OrderedRule, ...]
    networks_match_pods: bool
    population: Population

    def of(self, pod: Pod) -> tuple[Rule, ...]:
        """The rules in the order of the policy."""
        return tuple(rule for each in self.rules for rule in self._rule(each, pod))

    def _rule(self, rule: OrderedRule, pod: Pod) -> Iterator[Rule]:
        if rule.fails_closed:
            if rule.action is not Action.ALLOW:
                text = "anything, since a peer has no known field"
                yield Rule(EVERYONE, ANY, Action.DENY, rule.origin, rule.name, text, PEER_UNKNOWN_FIELD, written=True)
            return
        for name, origin, peer in rule.peers:
            yield from self._fixed(rule, name, origin, peer, pod)
            if rule.named and self.side is Side.EGRESS:
                yield from self._named_there(rule, name, origin, peer)

    def _fixed(self, rule: OrderedRule, name: str, origin: Origin, peer: Peer, pod: Pod) -> Iterator[Rule]:
        """The part whose ports are numbers, or names of the selected pod's own ports."""
        own = resolved(pod, rule.named) if self.side is Side.INGRESS else Resolved()
        traffic = rule.fixed | own.traffic
        if not traffic and rule.named and self.side is Side.EGRESS:
            return
        for part in self._parts(peer):
            yield self._lowered(rule, name, origin, peer, part, traffic)
            if own.maybe:
                unsure = replace(part, because=(*part.because, *own.because))
                yield self._lowered(rule, name, origin, peer, unsure, own.maybe)

    def _named_there(self, rule: OrderedRule, name: str, origin: Origin, peer: Peer) -> Iterator[Rule]:
        """The part whose ports are names of the destinations' ports: one rule for each distinct resolution."""
        for part in self._parts(peer):
            known = part.peers.members - self.population.strangers
            for found, members in resolved_among(known, rule.named, self.population):
                there = replace(part, peers=Peers(members=self.population.same(members)))
                yield self._lowered(rule, name, origin, peer, there, found.traffic)
                if found.maybe:
                    unsure = replace(there, because=(*part.because, *found.because))
                    yield self._lowered(rule, name, origin, peer, unsure, found.maybe)

    def _lowered(
        self, rule: OrderedRule, name: str, origin: Origin, peer: Peer, part: Lowered, traffic: Traffic
    ) -> Rule:
        text = f"{ports_text(rule.ports)} {PEERS_KEY[self.side]} {peer}"
        code = rule.code if traffic else PORT_UNRESOLVED
        return Rule(part.peers, traffic, rule.action, origin, name, text, code, part.because, written=True)

    def _parts(self, peer: Peer) -> Iterator[Lowered]:
        if isinstance(peer, SelectorPeer):
            yield from self._of(_picked(peer, self.population))
        elif isinstance(peer, IpBlock):
            yield from self._networks(peer.addresses)
        elif isinstance(peer, NodePeer):
            yield from self._nodes(peer.selector)
        else:
            yield Lowered(EVERYONE, (Unknown(f"the addresses of {peer}"),))

    def _of(self, picked: Members) -> Iterator[Lowered]:
        if picked.certain or not picked.unsure:
            yield Lowered(Peers(members=picked.certain))
        if picked.unsure:
            yield Lowered(Peers(members=self.population.same(picked.unsure)), picked.doubts)

    def _networks(self, block: AddressSet) -> Iterator[Lowered]:
        """Addresses outside, and pods and nodes with an address in the block (K8S-25)."""
        population = self.population
        yield Lowered(Peers(addresses=block, exempt=population.located))
        inside = population.pods if self.networks_match_pods else population.on_host
        if block == ANYWHERE:
            yield Lowered(Peers(members=population.same(frozenset(pod.id for pod in inside))))
        elif (members := population.in_block(block, inside)).possible:
            yield from self._of(members)

    def _nodes(self, selector: Selector) -> Iterator[Lowered]:
        """The addresses of nodes, and the pods that are such a node's address (K8S-29)."""
        population = self.population
        picked = {node: selector.picks(node.labels) for node in population.nodes}
        certain = [node for node, truth in picked.items() if truth is Truth.YES]
        unsure = [node for node, truth in picked.items() if truth is Truth.MAYBE]
        yield Lowered(Peers(addresses=AddressSet.union(node.addresses for node in certain), exempt=population.located))
        for node in unsure:
            yield Lowered(Peers(addresses=node.addresses, exempt=population.located), selector.doubts(node.labels))
        for node in (*certain, *unsure):
            if not node.addresses:
                yield Lowered(Peers(addresses=ANYWHERE, exempt=population.located), (node.unknown,))
        yield from self._hosted(frozenset(node.name for node in certain), frozenset(node.name for node in unsure))

    def _hosted(self, certain: frozenset[str], unsure: frozenset[str]) -> Iterator[Lowered]:
        """The pods on the network of such nodes."""
        on_host = self.population.on_host
        sure = frozenset(pod.id for pod in on_host if pod.nodes and pod.nodes <= certain)
        shown = frozenset(node.name for node in self.population.nodes)
        maybe = frozenset(
            pod.id for pod in on_host if pod.nodes is None or pod.nodes & (certain | unsure) or not pod.nodes <= shown
        )
        if sure:
            yield Lowered(Peers(members=self.population.same(sure)))
        if maybe - sure:
            because = (Unknown("which nodes these pods run on, and how the nodes are labelled"),)
            yield Lowered(Peers(members=self.population.same(maybe - sure)), because)
