"""Who is registered behind load balancers, wherever that is written: attachments, scaling groups, services.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netaudit.model import Diagnostic, Origin, Ref, Resource, Unknown
from netaudit.providers.aws import instance
from netaudit.providers.aws.load_balancer import CLASSIC, LoadBalancer
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf

GROUP = "aws_lb_target_group"
SCALING, FLEET = "aws_autoscaling_group", "aws_spot_fleet_request"


@dataclass(frozen=True, slots=True)
class Registration:
    """A target as it was written: what it is, and the port that it is dialled on, if that is its own."""

    target: Leaf
    origin: Origin
    port: int | Unknown | None = None
    because: tuple[Unknown, ...] = ()


def holders(lookup: Lookup, notes: list[Diagnostic]) -> dict[str, str]:
    """The instance that each attached interface belongs to."""
    return {
        eni.address: machine.address
        for machine in lookup.of_kind("aws_instance")
        for leaf, _ in instance.links(machine, lookup, notes)
        if (eni := lookup.find(leaf, "aws_network_interface"))
    }


def registrations(lookup: Lookup, notes: list[Diagnostic]) -> Iterator[tuple[Leaf, Registration]]:
    """Every target with the group that it is registered in, wherever that is written."""
    for link in lookup.of_kind(f"{GROUP}_attachment"):
        fields = Fields.of(link, notes)
        group, target = fields.leaf("target_group_arn"), fields.leaf("target_id")
        if group is not None and target is not None:
            yield group, Registration(target, link.origin, fields.number("port"), existence(link))
    for scaling in lookup.of_kind(SCALING, FLEET):
        fields = Fields.of(scaling, notes)
        for group in (*(fields.leaves("target_group_arns") or ()), *_sources(fields)):
            yield group, Registration(Ref(scaling.address), scaling.origin, None, existence(scaling))
    for link in lookup.of_kind("aws_autoscaling_attachment", "aws_autoscaling_traffic_source_attachment"):
        fields = Fields.of(link, notes)
        group = fields.leaf("lb_target_group_arn") or fields.leaf("alb_target_group_arn")
        named = fields.leaf("autoscaling_group_name")
        for each in (group, *_sources(fields)):
            if each is not None and named is not None:
                yield each, Registration(named, link.origin, None, existence(link))
    for service in lookup.of_kind("aws_ecs_service", "aws_ecs_task_set"):
        for block in Fields.of(service, notes).blocks("load_balancer"):
            if isinstance(block, Unknown):
                yield block, Registration(Ref(service.address), service.origin, block)
            elif (group := block.leaf("target_group_arn")) is not None:
                yield group, Registration(Ref(service.address), block.origin, block.number("container_port"))


def _sources(fields: Fields) -> Iterator[Leaf]:
    for block in fields.blocks("traffic_source"):
        leaf = block if isinstance(block, Unknown) else block.leaf("identifier")
        if leaf is not None:
            yield leaf


def instances(balancer: LoadBalancer, lookup: Lookup, notes: list[Diagnostic]) -> Iterator[Registration]:
    """What is registered at a classic load balancer."""
    own = lookup.by_address.get(balancer.owner.id)
    if own is None or own.kind != CLASSIC:
        return
    for leaf in Fields.of(own, notes).leaves("instances") or ():
        yield Registration(leaf, own.origin)
    for scaling in lookup.of_kind(SCALING, FLEET):
        for leaf in Fields.of(scaling, notes).leaves("load_balancers") or ():
            yield from _if_named(leaf, own, lookup, Registration(Ref(scaling.address), scaling.origin))
    for link in lookup.of_kind("aws_elb_attachment", "aws_autoscaling_attachment"):
        fields = Fields.of(link, notes)
        target = fields.leaf("instance") or fields.leaf("autoscaling_group_name")
        if (named := fields.leaf("elb")) is not None and target is not None:
            yield from _if_named(named, own, lookup, Registration(target, link.origin, None, existence(link)))


def _if_named(leaf: Leaf, own: Resource, lookup: Lookup, each: Registration) -> Iterator[Registration]:
    if isinstance(leaf, Unknown):
        yield Registration(each.target, each.origin, None, (*each.because, leaf))
    elif lookup.find(leaf, CLASSIC) is own:
        yield each
