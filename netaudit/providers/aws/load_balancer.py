"""A load balancer accepts connections at its listeners and opens others to its targets.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html (read 2026-11-23)
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/introduction.html (read 2026-11-23)

AWS-42 An application or classic load balancer ends the connection: client to listener, then load balancer to
       target. It has an interface in each of its subnets, with a public address when it is internet-facing.
AWS-43 A network load balancer has groups only if they are attached at creation; without, every client reaches
       its listeners.
AWS-44 Listener port and protocol map to the target's port, which may differ. Health is not part of it.

Not modelled:
- Listener rules by host, path or header: any client may send any of them, so every target counts.
- Client-address preservation of network load balancers: their targets see the balancer's address here, and a
  connection through one is composition. A diagnostic says so wherever one occurs.
- A Lambda function as target: it is invoked, not connected to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from netaudit.flows import NO_TRAFFIC, TCP, Traffic
from netaudit.model import Diagnostic, Effect, Forward, Origin, Resource, Severity, Unknown
from netaudit.providers.aws import tags
from netaudit.providers.aws.interface import Attachment, Owner, PublicFace
from netaudit.providers.aws.lookup import Lookup, existence, missing
from netaudit.providers.aws.values import Fields, Leaf, widened

KIND, CLASSIC = "aws_lb", "aws_elb"
_GROUP, _LISTENER = "aws_lb_target_group", "aws_lb_listener"
_PROTOCOLS = {"udp": "udp", "tcp_udp": "both", "quic": "udp", "tcp_quic": "both", "geneve": "udp"}


@dataclass(frozen=True, slots=True)
class Listener:
    """What a load balancer accepts, and the target groups that it hands it to."""

    accepts: Traffic
    groups: tuple[Leaf, ...]
    origin: Origin
    because: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer with its listeners; `unseen` says why there may be others."""

    owner: Owner
    listeners: tuple[Listener, ...] = field(default=(), repr=False)
    forwards: tuple[Forward, ...] = field(default=(), repr=False)
    unseen: tuple[Unknown, ...] = ()

    @property
    def accepts(self) -> Traffic:
        """What its listeners certainly take."""
        return Traffic.union(each.accepts for each in self.listeners if not each.because)


def collect(lookup: Lookup, notes: list[Diagnostic]) -> list[LoadBalancer]:
    """Every load balancer of a reading (AWS-42…44)."""
    targets = _targets(lookup, notes)
    balancers = [_modern(r, lookup, targets, notes) for r in lookup.of_kind(KIND)]
    return [*balancers, *(_classic(r, lookup, notes) for r in lookup.of_kind(CLASSIC))]


# ---- its interfaces -----------------------------------------------------------------------------------


def read(resource: Resource, notes: list[Diagnostic]) -> Owner:
    """The load balancer as an endpoint: an interface in each subnet (AWS-42)."""
    fields = Fields.of(resource, notes)
    subnets = [*(fields.leaves("subnets") or ())]
    for block in fields.blocks("subnet_mapping"):
        leaf = block if isinstance(block, Unknown) else block.leaf("subnet_id")
        subnets += [] if leaf is None else [leaf]
    network = resource.kind != CLASSIC and fields.text("load_balancer_type") in ("network", "gateway")
    groups = fields.leaves("security_groups")
    internal = fields.flag("internal")
    public = None if internal is True else PublicFace(because=(internal,) if isinstance(internal, Unknown) else ())
    attachments = tuple(
        Attachment(
            resource.address if index == 0 else f"{resource.address}#eni-{index}",
            resource.origin,
            (subnet,),
            groups,
            public=public,
            v6=_dual(fields),
            ungrouped=network and not groups,  # AWS-43
        )
        for index, subnet in enumerate(subnets)
    )
    name, because = tags.name_of(resource), existence(resource)
    return Owner(resource.address, resource.kind, resource.origin, attachments, name, tags.read(resource), because)


def _dual(fields: Fields) -> bool | Unknown:
    kind = fields.text("ip_address_type")
    return kind if isinstance(kind, Unknown) else bool(kind and "dualstack" in kind)


# ---- listeners and targets ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Target:
    """One thing behind a target group: an endpoint's id, the port it is dialled on, and where it says so."""

    endpoint: str
    port: int | Unknown | None
    origin: Origin
    because: tuple[Unknown, ...] = ()


def _modern(
    resource: Resource, lookup: Lookup, targets: dict[str, list[_Target]], notes: list[Diagnostic]
) -> LoadBalancer:
    owner = read(resource, notes)
    listeners = tuple(_listeners(resource, lookup, notes))
    forwards = [f for each in listeners for f in _forwards(owner, each, lookup, targets, notes)]
    unseen = () if listeners else (Unknown(f"listeners of {resource.address}", resource.origin),)
    if forwards and Fields.of(resource, notes).text("load_balancer_type") != "application":
        _say_proxy(resource, forwards, notes)
    return LoadBalancer(owner, listeners, tuple(forwards), unseen)


def _say_proxy(resource: Resource, forwards: list[Forward], notes: list[Diagnostic]) -> None:
    """A network load balancer's connections are direct ones, which the model lacks: say what that touches."""
    kind = Fields.of(resource, notes).text("load_balancer_type")
    if kind is None:
        return
    targets = tuple(dict.fromkeys(forward.target for forward in forwards))
    message = f"{resource.address}: connections through a network load balancer are shown as forwarded, not as direct"
    notes.append(Diagnostic("AWS_NLB_AS_PROXY", message, Severity.WARNING, resource.origin, Effect.UNREADABLE, targets))


def _listeners(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Iterator[Listener]:
    for listener in lookup.of_kind(_LISTENER):
        fields = Fields.of(listener, notes)
        leaf = fields.leaf("load_balancer_arn")
        found = lookup.find(leaf, KIND)
        if found is resource or isinstance(leaf, Unknown):
            doubts = (*((leaf,) if isinstance(leaf, Unknown) else ()), *existence(listener))
            yield _listener(fields, [*_rules(listener, lookup, notes)], doubts)


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


def _targets(lookup: Lookup, notes: list[Diagnostic]) -> dict[str, list[_Target]]:
    """What stands behind each target group, by the group's address (AWS-44)."""
    found: dict[str, list[_Target]] = {}
    for leaf, target in _registrations(lookup, notes):
        group = lookup.find(leaf, _GROUP)
        if group is not None:
            found.setdefault(group.address, []).append(target)
    return found


def _registrations(lookup: Lookup, notes: list[Diagnostic]) -> Iterator[tuple[Leaf, _Target]]:
    for link in lookup.of_kind(f"{_GROUP}_attachment"):
        fields = Fields.of(link, notes)
        group, target = fields.leaf("target_group_arn"), fields.leaf("target_id")
        found = lookup.find(target, "aws_instance", KIND, "aws_lambda_function")
        if group is not None and found is not None and found.kind != "aws_lambda_function":
            yield group, _Target(found.address, fields.number("port"), link.origin, existence(link))
    for scaling in lookup.of_kind("aws_autoscaling_group"):
        for group in Fields.of(scaling, notes).leaves("target_group_arns") or ():
            yield group, _Target(scaling.address, None, scaling.origin, existence(scaling))
    for link in lookup.of_kind("aws_autoscaling_attachment"):
        fields = Fields.of(link, notes)
        found = lookup.find(fields.leaf("autoscaling_group_name"), "aws_autoscaling_group")
        group = fields.leaf("lb_target_group_arn") or fields.leaf("alb_target_group_arn")
        if group is not None and found is not None:
            yield group, _Target(found.address, None, link.origin, existence(link))
    for service in lookup.of_kind("aws_ecs_service"):
        for block in Fields.of(service, notes).blocks("load_balancer"):
            if isinstance(block, Fields) and (group := block.leaf("target_group_arn")) is not None:
                yield group, _Target(service.address, block.number("container_port"), block.origin)


def _forwards(
    owner: Owner,
    listener: Listener,
    lookup: Lookup,
    targets: dict[str, list[_Target]],
    notes: list[Diagnostic],
) -> Iterator[Forward]:
    for leaf in listener.groups:
        group = lookup.find(leaf, _GROUP)
        if group is None:
            reason = missing(leaf, listener.origin)
            message = f"{owner.id}: the targets of {leaf} are not in the sources"
            notes.append(widened("AWS_UNKNOWN_TARGETS", message, reason.origin or listener.origin, owner.id))
            continue
        fields = Fields.of(group, notes)
        for target in targets.get(group.address, ()):
            port = target.port if target.port is not None else fields.number("port")
            dials, doubts = dialled(fields.text("protocol"), port)
            because = (*listener.because, *target.because, *doubts)
            yield Forward(owner.id, listener.accepts, target.endpoint, dials, target.origin, because)


def _classic(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> LoadBalancer:
    """A classic load balancer with its inline listeners and instances."""
    owner, fields = read(resource, notes), Fields.of(resource, notes)
    found = [lookup.find(leaf, "aws_instance") for leaf in fields.leaves("instances") or ()]
    instances = [each for each in found if each is not None]
    for scaling in lookup.of_kind("aws_autoscaling_group"):
        named = Fields.of(scaling, notes).leaves("load_balancers") or ()
        instances += [scaling] if any(lookup.find(leaf, CLASSIC) is resource for leaf in named) else []
    listeners: list[Listener] = []
    forwards: list[Forward] = []
    for block in fields.blocks("listener"):
        if isinstance(block, Unknown):
            listeners.append(Listener(TCP, (), fields.origin, (block,)))
            continue
        accepts, doubts = dialled("tcp", block.number("lb_port"))
        dials, further = dialled("tcp", block.number("instance_port"))
        listeners.append(Listener(accepts, (), block.origin, doubts))
        forwards += [
            Forward(owner.id, accepts, target.address, dials, block.origin, (*doubts, *further)) for target in instances
        ]
    return LoadBalancer(owner, tuple(listeners), tuple(forwards))


def possible(listeners: Iterable[Listener]) -> Traffic:
    """What listeners may take, the uncertain ones included."""
    return Traffic.union(each.accepts for each in listeners) or NO_TRAFFIC
