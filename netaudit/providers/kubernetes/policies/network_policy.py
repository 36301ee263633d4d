"""A NetworkPolicy isolates the pods that it selects: only what some policy allows passes their side.

https://kubernetes.io/docs/concepts/services-networking/network-policies/ (read 2026-11-23)
https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ (read 2026-11-23)

K8S-1   Without `policyTypes`: Ingress always, Egress when there is an egress rule.
K8S-2   No rules: nothing passes. A rule without peers is about every peer, one without ports about every port.
K8S-3   An empty or absent `podSelector` selects all pods of the policy's namespace.
K8S-4   One peer's selectors must both pick; the items of a list are alternatives.
K8S-5   `ipBlock` stands alone in a peer; an empty peer is invalid; `except` lies inside `cidr`.
K8S-6   Whether an `ipBlock` matches pods is not defined: the setting `kubernetes.ipblock_matches_pods` decides.
K8S-8   A named port is resolved on the destination pod, by name and protocol.
K8S-9   `endPort` is inclusive and needs a numeric `port`, not above it.
K8S-10  The protocol is TCP where it is absent. A rule is about TCP, UDP and SCTP and nothing else.
K8S-11  Policies add up; their order does not matter.

Not modelled: what a plugin does with names of ports against an `ipBlock` (refused), and addresses of Services
inside an `ipBlock` (undefined, K8S-14).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from netaudit.flows import CLAIMED, AddressSet, Traffic
from netaudit.model import EVERYONE, Action, Origin, Peers, Resource, Rule
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.policies.contribution import Contribution, Level, Side
from netaudit.providers.kubernetes.policies.peers import (
    IpBlock,
    Lowered,
    SelectorPeer,
    block_peers,
    pod_peers,
    read_cidr,
)
from netaudit.providers.kubernetes.policies.ports import (
    PORT_UNRESOLVED,
    Port,
    Resolved,
    numbered_traffic,
    port_name,
    ports_text,
    read_protocol,
    resolved,
    resolved_among,
)
from netaudit.providers.kubernetes.population import Members, Population
from netaudit.providers.kubernetes.selectors import Selector, read_selector
from netaudit.providers.kubernetes.workload import Pod, namespace_of

KIND = "NetworkPolicy"
VERSIONS = ("networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1")
_PEERS = {Side.INGRESS: "from", Side.EGRESS: "to"}

Peer = SelectorPeer | IpBlock


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """An item of `ingress` or `egress`; no peers means every peer, no ports every port (K8S-2)."""

    name: str
    origin: Origin
    peers: tuple[tuple[str, Origin, Peer], ...]
    ports: tuple[Port, ...]

    @property
    def fixed(self) -> Traffic:
        """What its ports with numbers allow; everything where it lists no ports."""
        if not self.ports:
            return CLAIMED
        return numbered_traffic(self.ports)

    @property
    def named(self) -> tuple[Port, ...]:
        """Its ports with names."""
        return tuple(port for port in self.ports if port.name)


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """A policy as read; `sides` holds the rules of the sides that it isolates."""

    namespace: str
    title: str
    origin: Origin
    subject: Selector
    sides: Mapping[Side, tuple[PolicyRule, ...]]

    @property
    def selectors(self) -> Iterator[Selector]:
        """Every selector of pods in it."""
        yield self.subject
        for rules in self.sides.values():
            for _, _, peer in (peer for rule in rules for peer in rule.peers):
                if isinstance(peer, SelectorPeer) and peer.pods is not None:
                    yield peer.pods

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that its meaning hangs on."""
        peers = (peer for rules in self.sides.values() for rule in rules for _, _, peer in rule.peers)
        blocks = any(isinstance(peer, IpBlock) for peer in peers)
        return ("kubernetes.icmp_follows_policy", *(("kubernetes.ipblock_matches_pods",) if blocks else ()))

    @property
    def port_names(self) -> frozenset[tuple[str, str]]:
        """The named ports in it, each with its protocol."""
        ports = (port for rules in self.sides.values() for rule in rules for port in rule.named)
        return frozenset(asked for port in ports for asked in port.asked)


# ---- reading ----------------------------------------------------------------------------------------------


def read(resource: Resource) -> NetworkPolicy:
    """Read a policy. Raises MalformedError on anything that the API would refuse."""
    spec = Field.root(resource).get("spec")
    spec.only("podSelector", "policyTypes", "ingress", "egress")
    sides = {side: tuple(_rule(item, side) for item in spec.get(side.value).items()) for side in _isolated(spec)}
    return NetworkPolicy(
        namespace=namespace_of(resource),
        title=title_of(resource),
        origin=resource.origin,
        subject=read_selector(spec.get("podSelector")),
        sides=sides,
    )


def title_of(resource: Resource) -> str:
    """How people call it: `NetworkPolicy payments/allow-web`."""
    return f"{resource.kind} {resource.address.rpartition('[')[0]}"


def _isolated(spec: Field) -> tuple[Side, ...]:
    """The sides that the policy is about (K8S-1)."""
    types = spec.get("policyTypes").items()
    for item in types:
        if item.value not in ("Ingress", "Egress"):  # which may be a list: no set
            raise MalformedError(item, "must be Ingress or Egress")
    if types:
        return tuple(side for side in Side if any(item.value.lower() == side.value for item in types))
    return (Side.INGRESS, Side.EGRESS) if spec.get("egress").items() else (Side.INGRESS,)


def _rule(field: Field, side: Side) -> PolicyRule:
    to = _PEERS[side]
    field.only(to, "ports")
    name = f"{side.value}[{field.path[-1]}]"
    peers = tuple(
        (f"{name}.{to}[{index}]", item.origin, _peer(item)) for index, item in enumerate(field.get(to).items())
    )
    ports = tuple(_port(item) for item in field.get("ports").items())
    against_block = any(isinstance(peer, IpBlock) for _, _, peer in peers)
    named = next((item for item, port in zip(field.get("ports").items(), ports, strict=True) if port.name), None)
    if named is not None and against_block and side is Side.EGRESS:
        raise MalformedError(named, "names a port, which an ipBlock peer cannot have: only pods declare names")
    return PolicyRule(name, field.origin, peers, ports)


def _peer(field: Field) -> Peer:
    """One peer (K8S-4, K8S-5). Raises MalformedError."""
    field.only("podSelector", "namespaceSelector", "ipBlock")
    pods, namespaces, block = field.get("podSelector"), field.get("namespaceSelector"), field.get("ipBlock")
    if block and (pods or namespaces):
        raise MalformedError(block, "excludes selectors in the same peer")
    if block:
        return _ip_block(block)
    if not pods and not namespaces:
        raise MalformedError(field, "must have a podSelector, a namespaceSelector or an ipBlock")
    return SelectorPeer(read_selector(namespaces) if namespaces else None, read_selector(pods) if pods else None)


def _ip_block(field: Field) -> IpBlock:
    field.only("cidr", "except")
    cidr = read_cidr(field.get("cidr"))
    holes: list[AddressSet] = []
    for item in field.get("except").items():
        hole = read_cidr(item)
        if not hole <= cidr or hole == cidr:
            raise MalformedError(item, f"must lie inside {cidr}, and be smaller")
        holes.append(hole)
    text = str(cidr) + (f" except {', '.join(str(hole) for hole in holes)}" if holes else "")
    return IpBlock(cidr - AddressSet.union(holes), text)


def _port(field: Field) -> Port:
    """One port (K8S-8, K8S-9, K8S-10). Raises MalformedError."""
    field.only("protocol", "port", "endPort")
    protocol = read_protocol(field.get("protocol"))
    port, end = field.get("port"), field.get("endPort")
    if isinstance(port.value, str):
        if end:
            raise MalformedError(end, "needs a port with a number, not a name")
        return Port(protocol, name=port_name(port))
    if not port:
        if end:
            raise MalformedError(end, "needs a port")
        return Port(protocol)
    first = port.whole(1, 65535)
    last = end.whole(1, 65535) if end else first
    if last < first:
        raise MalformedError(end, f"must not be below the port, {first}")
    return Port(protocol, first, last)


# ---- lowering ---------------------------------------------------------------------------------------------


def lower(policy: NetworkPolicy, population: Population) -> Iterator[Contribution]:
    """What the policy adds to each side that it isolates."""
    subject = population.picked(None, policy.subject, policy.namespace)
    for side, rules in policy.sides.items():
        lowering = _Lowering(side, policy.namespace, population)
        named = frozenset(asked for rule in rules for port in rule.named for asked in port.asked)
        yield Contribution(
            title=policy.title,
            origin=policy.origin,
            level=Level.NETWORK_POLICY,
            side=side,
            subject=subject,
            rules=partial(lowering.of, rules) if named and side is Side.INGRESS else _AlikeForAll(lowering, rules),
            named=named if side is Side.INGRESS else frozenset(),
        )


class _AlikeForAll:
    """Rules that are the same from every selected pod, since they ask for none of its own ports by name."""

    def __init__(self, lowering: _Lowering, rules: tuple[PolicyRule, ...]) -> None:
        self._lowering = lowering
        self._rules = rules
        self._lowered: tuple[Rule, ...] | None = None

    def __call__(self, pod: Pod) -> tuple[Rule, ...]:
        if self._lowered is None:
            self._lowered = self._lowering.of(self._rules, pod)
        return self._lowered


@dataclass(frozen=True, slots=True)
class _Place:
    """Which part of the policy a rule comes from, and how it is shown."""

    name: str
    origin: Origin
    peer: str
    side: Side

    def rule(self, part: Lowered, traffic: Traffic, ports: str, code: str = "") -> Rule:
        """A rule that allows `traffic` for one part of the peer."""
        text = f"{ports} {_PEERS[self.side]} {self.peer}"
        code = part.code or code
        return Rule(part.peers, traffic, Action.ALLOW, self.origin, self.name, text, code, part.because, written=True)


def _numbered(ports: tuple[Port, ...]) -> tuple[Port, ...]:
    return tuple(port for port in ports if not port.name)


@dataclass(frozen=True, slots=True)
class _Lowering:
    """Rules of one side, seen from one selected pod."""

    side: Side
    namespace: str
    population: Population

    def of(self, rules: tuple[PolicyRule, ...], pod: Pod) -> tuple[Rule, ...]:
        """The rules in the order of the policy."""
        return tuple(self._all(rules, pod))

    def _all(self, rules: tuple[PolicyRule, ...], pod: Pod) -> Iterator[Rule]:
        for rule in rules:
            for name, origin, peer in rule.peers or ((rule.name, rule.origin, None),):
                place = _Place(name, origin, str(peer) if peer else "anyone", self.side)
                yield from self._fixed(rule, peer, place, pod)
                if rule.named and self.side is Side.EGRESS:
                    yield from self._named_there(rule, peer, place)

    def _fixed(self, rule: PolicyRule, peer: Peer | None, place: _Place, pod: Pod) -> Iterator[Rule]:
        """The part whose ports are numbers, or names of the selected pod's own ports (K8S-8)."""
        own = resolved(pod, rule.named) if self.side is Side.INGRESS else Resolved()
        traffic = rule.fixed | own.traffic
        if not traffic and rule.named and self.side is Side.EGRESS:
            return
        text = ports_text(rule.ports if self.side is Side.INGRESS else _numbered(rule.ports))
        for part in self._peers(peer, place.origin):
            yield place.rule(part, traffic, text, "" if traffic else PORT_UNRESOLVED)
            if own.maybe:
                yield place.rule(replace(part, because=(*part.because, *own.because)), own.maybe, text)

    def _named_there(self, rule: PolicyRule, peer: Peer | None, place: _Place) -> Iterator[Rule]:
        """The part whose ports are names of the destinations' ports: one rule for each distinct resolution."""
        for part in self._pods(peer, place.origin):
            known = part.peers.members - self.population.strangers
            for found, members in resolved_among(known, rule.named, self.population):
                there = replace(part, peers=Peers(members=self.population.same(members)))
                text = ports_text(rule.named)
                yield place.rule(there, found.traffic, text, "" if found.traffic else PORT_UNRESOLVED)
                if found.maybe:
                    yield place.rule(replace(there, because=(*part.because, *found.because)), found.maybe, text)

    def _peers(self, peer: Peer | None, origin: Origin) -> tuple[Lowered, ...]:
        if peer is None:
            return (Lowered(EVERYONE),)
        if isinstance(peer, IpBlock):
            matches = self.population.settings.kubernetes_ipblock_matches_pods
            return tuple(block_peers(peer.addresses, self.population, matches, origin))
        return self._pods(peer, origin)

    def _pods(self, peer: Peer | None, origin: Origin) -> tuple[Lowered, ...]:
        """The pods among the peers; a block never comes here, since names do not go with it."""
        if isinstance(peer, SelectorPeer):
            picked = self.population.picked(peer.namespaces, peer.pods, self.namespace)
        else:
            picked = Members(self.population.everyone, self.population.everyone)
        return tuple(pod_peers(picked, self.population, origin))
