"""Load balancers, listeners and target groups of a snapshot.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import Resource
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.machines import balancer_interfaces, private_address, public_address
from netaudit.sources.snapshot.shelf import Shelf


def read(shelf: Shelf) -> Iterator[Resource]:
    """Every load balancer with what it listens for and what stands behind it."""
    interfaces = balancer_interfaces(shelf)
    for item in shelf.of("LoadBalancers"):
        yield from _balancer(item, interfaces, _attributes(shelf, item.text("LoadBalancerArn")))
    for item in (*shelf.of("Listeners"), *(e for w in shelf.of("LoadBalancerListeners") for e in w.items("Listeners"))):
        yield _listener("aws_lb_listener", item, item.text("ListenerArn"), "default_action", "DefaultActions")
    for item in shelf.of("Rules"):
        yield _listener("aws_lb_listener_rule", item, item.text("RuleArn"), "action", "Actions")
    for item in shelf.of("TargetGroups"):
        yield _group(item)
    for health in shelf.of("LoadBalancerTargetHealth"):
        yield from _targets(health)
    for key, item in shelf.named("LoadBalancerDescriptions", "LoadBalancerName", "DNSName"):
        yield _classic(key, item)


def _attributes(shelf: Shelf, arn: str) -> dict[str, str]:
    """The attributes of a load balancer or group, which the API gives as pairs."""
    return {
        each.text("Key"): each.text("Value")
        for item in shelf.of("LoadBalancerAttributes")
        if item.text("LoadBalancerArn") == arn
        for each in item.items("Attributes")
    }


def _balancer(item: Item, interfaces: dict[str, list[Item]], attributes: dict[str, str]) -> Iterator[Resource]:
    key = item.text("LoadBalancerArn")
    mine = interfaces.get(f"ELB {key.split(':loadbalancer/', 1)[-1]}", [])
    places: list[tuple[Block, Item]] = []
    for each in mine:
        public = public_address(each)
        name = f"{each.text('NetworkInterfaceId')}:public"
        block: Block = {"subnet_id": each.get("SubnetId"), "private_ipv4_address": private_address(each)}
        if public is not None:
            yield resource("aws_eip", each, name, {"public_ip": public})
            block["allocation_id"] = name
        places.append((block, each))
    if not mine:
        places = [({"subnet_id": each.get("SubnetId")}, each) for each in item.items("AvailabilityZones")]
    written: Block = {
        "arn": key,
        "name": item.get("LoadBalancerName"),
        "load_balancer_type": item.get("Type"),
        "internal": item.get("Scheme") == "internal",
        "ip_address_type": item.get("IpAddressType"),
        "security_groups": item.texts("SecurityGroups"),
        "enable_cross_zone_load_balancing": attributes.get("load_balancing.cross_zone.enabled"),
    }
    yield resource("aws_lb", item, key, written, {"subnet_mapping": places})


def _listener(kind: str, item: Item, key: str, name: str, theirs: str) -> Resource:
    actions: list[tuple[Block, Item]] = []
    for action in item.items(theirs):
        forward = [each.get("TargetGroupArn") for each in action.items("ForwardConfig", "TargetGroups")]
        block: Block = {"type": action.get("Type")}
        if forward:
            block["forward"] = [{"target_group": [{"arn": arn} for arn in forward]}]
        else:
            block["target_group_arn"] = action.get("TargetGroupArn")
        actions.append((block, action))
    attributes: Block = {
        "arn": key,
        "load_balancer_arn": item.get("LoadBalancerArn"),
        "listener_arn": item.get("ListenerArn") if kind.endswith("_rule") else None,
        "port": item.get("Port"),
        "protocol": item.get("Protocol"),
    }
    return resource(kind, item, key, attributes, {name: actions})


def _group(item: Item) -> Resource:
    attributes: Block = {
        "arn": item.get("TargetGroupArn"),
        "port": item.get("Port"),
        "protocol": item.get("Protocol"),
        "target_type": item.get("TargetType"),
        "vpc_id": item.get("VpcId"),
    }
    return resource("aws_lb_target_group", item, item.text("TargetGroupArn"), attributes)


def _targets(health: Item) -> Iterator[Resource]:
    group = health.get("TargetGroupArn")
    for number, item in enumerate(health.items("TargetHealthDescriptions")):
        attributes: Block = {
            "target_group_arn": group,
            "target_id": item.get("Target", "Id"),
            "port": item.get("Target", "Port"),
        }
        yield resource("aws_lb_target_group_attachment", item, f"{group}:target-{number}", attributes)


def _classic(key: str, item: Item) -> Resource:
    listeners: list[tuple[Block, Item]] = [
        (
            {
                "lb_port": each.get("Listener", "LoadBalancerPort"),
                "instance_port": each.get("Listener", "InstancePort"),
                "lb_protocol": each.get("Listener", "Protocol"),
                "instance_protocol": each.get("Listener", "InstanceProtocol"),
            },
            each,
        )
        for each in item.items("ListenerDescriptions")
    ]
    attributes: Block = {
        "name": item.get("LoadBalancerName"),
        "internal": item.get("Scheme") == "internal",
        "subnets": item.texts("Subnets"),
        "security_groups": item.texts("SecurityGroups"),
        "instances": item.leaves("Instances", "InstanceId"),
    }
    return resource("aws_elb", item, key, attributes, {"listener": listeners})
