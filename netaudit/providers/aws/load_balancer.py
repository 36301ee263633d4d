"""A load balancer accepts connections at its listeners and hands them to targets.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html (read 2026-11-23)
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/introduction.html (read 2026-11-23)

AWS-42 An application or classic load balancer ends the connection: client to listener, then load balancer to
       target. It has an interface in each of its subnets, with a public address when it is internet-facing. An internal
       one denies over IPv6, too, what internet gateways bring, unless that is switched off (`denyAllIgwTraffic`).
AWS-16 What a classic one sends meets the network ACL of its subnet, also on the way to a target in that very subnet.
       https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (read 2026-11-27)
AWS-43 A network load balancer has groups only if they are attached at creation; without, every client reaches
       its listeners.

Not modelled:
- Listener rules by host, path or header: any client may send any of them, so every target counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from netaudit.flows import TCP, Traffic
from netaudit.model import Diagnostic, Origin, Resource, Unknown
from netaudit.providers.aws import elastic_ip, tags
from netaudit.providers.aws.interface import Attachment, Owner, PublicFace, known
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf

KIND, CLASSIC = "aws_lb", "aws_elb"
_LISTENER = "aws_lb_listener"
_V6_PUBLIC = "dualstack-without-public-ipv4"
_PROTOCOLS = {"udp": "udp", "tcp_udp": "both", "quic": "udp", "tcp_quic": "both", "geneve": "udp"}


@dataclass(frozen=True, slots=True)
class Dial:
    """What a load balancer sends, and why that may be less or other traffic."""

    traffic: Traffic
    because: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class Listener:
    """What a load balancer accepts, and the target groups that it hands it to.

    A classic one has no groups: `instances` says what it dials at each of its instances.
    """

    accepts: Traffic
    groups: tuple[Leaf, ...]
    origin: Origin
    because: tuple[Unknown, ...] = ()
    instances: Dial | None = None


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer with its listeners; `unseen` says why there may be others.

    `kind` is `application`, `network`, `gateway` or `classic`. `across_zones` is what it says about targets in
    other zones than the interface that was dialled.
    """

    owner: Owner
    kind: str | Unknown
    listeners: tuple[Listener, ...] = field(default=(), repr=False)
    unseen: tuple[Unknown, ...] = ()
    across_zones: bool | Unknown = False


def collect(lookup: Lookup, notes: list[Diagnostic]) -> list[LoadBalancer]:
    """Every load balancer of a reading (AWS-42…44)."""
    balancers = [_modern(r, lookup, notes) for r in lookup.of_kind(KIND)]
    return [*balancers, *(_classic(r, lookup, notes) for r in lookup.of_kind(CLASSIC))]


# ---- its interfaces -----------------------------------------------------------------------------------


def read(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Owner:
    """The load balancer as an endpoint: an interface in each subnet (AWS-42)."""
    fields = Fields.of(resource, notes)
    places = [_Place(leaf) for leaf in fields.leaves("subnets") or ()]
    places += [place for block in fields.blocks("subnet_mapping") if (place := _mapped(block, lookup)) is not None]
    if not places and fields.raw("availability_zones") is not None:
        places = [_Place(None)]  # one that names zones is in the default subnets of the default VPC
    kind = None if resource.kind == CLASSIC else fields.text("load_balancer_type")
    network = kind in ("network", "gateway")
    groups = fields.leaves("security_groups") or ((kind,) if isinstance(kind, Unknown) else None)  # perhaps none at all
    internal, family = fields.flag("internal"), fields.text("ip_address_type")
    doubts = tuple(value for value in (internal, family) if isinstance(value, Unknown))
    public = None if internal is True or family == _V6_PUBLIC else PublicFace(because=doubts)
    veil = Unknown(f"whether {resource.address} denies what internet gateways bring", resource.origin)
    attachments = tuple(
        Attachment(
            resource.address if index == 0 else f"{resource.address}#eni-{index}",
            resource.origin,
            () if place.subnet is None else (place.subnet,),
            groups,
            place.private,
            public=place.public if public and place.public else public,
            v6=_dual(fields),
            ungrouped=network and not groups,  # AWS-43
            veil=None if internal in (None, False) else veil,
        )
        for index, place in enumerate(places)
    )
    name, because = tags.name_of(resource), existence(resource)
    return Owner(resource.address, resource.kind, resource.origin, attachments, name, tags.read(resource), because)


class _Place(NamedTuple):
    """Where one interface is, as far as it is written; None is one of the default subnets."""

    subnet: Leaf | None
    private: tuple[str, ...] = ()
    public: PublicFace | None = None


def _mapped(block: Fields | Unknown, lookup: Lookup) -> _Place | None:
    """A `subnet_mapping` with the addresses that it fixes."""
    if isinstance(block, Unknown):
        return _Place(block)
    subnet, private = block.leaf("subnet_id"), block.leaf("private_ipv4_address")
    address = lookup.find(block.leaf("allocation_id"), elastic_ip.KIND)
    public = elastic_ip.face(address) if address is not None else None
    return None if subnet is None else _Place(subnet, known((private,)) if private is not None else (), public)


def _dual(fields: Fields) -> bool | Unknown:
    kind = fields.text("ip_address_type")
    return kind if isinstance(kind, Unknown) else bool(kind and "dualstack" in kind)


# ---- listeners ----------------------------------------------------------------------------------------


def _modern(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> LoadBalancer:
    fields = Fields.of(resource, notes)
    listeners = tuple(_listeners(resource, lookup, notes))
    unseen = () if listeners else (Unknown(f"listeners of {resource.address}", resource.origin),)
    kind = fields.text("load_balancer_type") or "application"
    across = fields.flag("enable_cross_zone_load_balancing")
    across = kind != "network" if across is None else across
    return LoadBalancer(read(resource, lookup, notes), kind, listeners, unseen, across)


def _listeners(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Iterator[Listener]:
    for listener in lookup.of_kind(_LISTENER):
        fields = Fields.of(listener, notes)
        leaf = fields.leaf("load_balancer_arn")
        found = lookup.find(leaf, KIND)
        if found is resource or isinstance(leaf, Unknown):
            doubts = (*((leaf,) if isinstance(leaf, Unknown) else ()), *existence(listener))
            yield _listener(fields, [*_rules(listener, lookup, notes)], doubts)


def elsewhere(lookup: Lookup, notes: list[Diagnostic]) -> Iterator[tuple[Leaf, Origin]]:
    """The target groups that load balancers outside the sources, or unknown ones, hand connections to."""
    for kind, owner, above, actions in (
        (_LISTENER, "load_balancer_arn", KIND, "default_action"),
        (f"{_LISTENER}_rule", "listener_arn", _LISTENER, "action"),
    ):
        for resource in lookup.of_kind(kind):
            fields = Fields.of(resource, notes)
            if lookup.find(fields.leaf(owner), above) is None:
                yield from ((leaf, resource.origin) for leaf in _groups(fields, actions))


def named(lookup: Lookup, notes: list[Diagnostic]) -> Iterator[Leaf]:
    """The target groups that any listener or rule of the sources hands connections to."""
    for kind, actions in ((_LISTENER, "default_action"), (f"{_LISTENER}_rule", "action")):
        for resource in lookup.of_kind(kind):
            yield from _groups(Fields.of(resource, notes), actions)


def _rules(listener: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Iterator[Fields]:
    for rule in lookup.of_kind(f"{_LISTENER}_rule"):
        fields = Fields.of(rule, notes)
        leaf = fields.leaf("listener_arn")
        if isinstance(leaf, Unknown) or lookup.find(leaf, _LISTENER) is listener:
            yield fields


def _listener(fields: Fields, rules: list[Fields], because: tuple[Unknown, ...]) -> Listener:
    accepts, doubts = dialled(fields.text("protocol"), fields.number("port"))
    groups = [*_groups(fields, "default_action"), *(leaf for rule in rules for leaf in _groups(rule, "action"))]
    return Listener(accepts, tuple(dict.fromkeys(groups)), fields.origin, (*because, *doubts))


def _groups(fields: Fields, name: str) -> Iterator[Leaf]:
    """The target groups of actions, written plainly or with weights."""
    for action in fields.blocks(name):
        if isinstance(action, Unknown):
            yield action
            continue
        if (leaf := action.leaf("target_group_arn")) is not None:
            yield leaf
        for forward in action.blocks("forward"):
            for group in (forward,) if isinstance(forward, Unknown) else forward.blocks("target_group"):
                leaf = group if isinstance(group, Unknown) else group.leaf("arn")
                if leaf is not None:
                    yield leaf


def dialled(name: str | Unknown | None, port: int | Unknown | None) -> tuple[Traffic, tuple[Unknown, ...]]:
    """The traffic of a listener's or target group's protocol and port: all but UDP is TCP."""
    if isinstance(name, Unknown):
        return (Traffic.named("tcp") | Traffic.named("udp")), (name,)
    kinds = {"udp": ("udp",), "both": ("tcp", "udp")}.get(_PROTOCOLS.get((name or "").lower(), ""), ("tcp",))
    whole = Traffic.union(Traffic.named(kind) for kind in kinds)
    if isinstance(port, Unknown):
        return whole, (port,)
    if port is None or not 0 < port <= 65535:
        return whole, (Unknown(f"the port of a listener or target group, not {port}"),)
    return Traffic.union(Traffic.ports(kind, port, port) for kind in kinds), ()


def _classic(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> LoadBalancer:
    """A classic load balancer with its inline listeners."""
    fields = Fields.of(resource, notes)
    listeners: list[Listener] = []
    for block in fields.blocks("listener"):
        if isinstance(block, Unknown):
            listeners.append(Listener(TCP, (), fields.origin, (block,), Dial(TCP, (block,))))
            continue
        accepts, doubts = dialled("tcp", block.number("lb_port"))
        dial = Dial(*dialled("tcp", block.number("instance_port")))
        listeners.append(Listener(accepts, (), block.origin, doubts, dial))
    return LoadBalancer(read(resource, lookup, notes), "classic", tuple(listeners), across_zones=True)
