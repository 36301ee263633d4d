"""Load balancers, listeners and target groups of a snapshot.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netaudit.model import Resource, Unknown, Value
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.machines import balancer_interfaces, private_address, public_address
from netaudit.sources.snapshot.shelf import Shelf


def read(shelf: Shelf) -> Iterator[Resource]:
    """Every load balancer with what it listens for and what stands behind it."""
    interfaces = balancer_interfaces(shelf)
    shelf.expect("LoadBalancerAttributes", "TargetGroupAttributes")
    for item in shelf.of("LoadBalancers"):
        yield from _balancer(item, interfaces, _attributes(shelf, "LoadBalancer", item.text("LoadBalancerArn")))
    yield from _listeners(shelf)
    for item in _rules(shelf):
        yield _listener("aws_lb_listener_rule", item, item.text("RuleArn"), "action", "Actions")
    yield from _unseen_rules(shelf)
    for item in shelf.of("TargetGroups"):
        yield _group(shelf, item)
    for health in shelf.of("LoadBalancerTargetHealth"):
        yield from _targets(health)
    for key, item in shelf.named("LoadBalancerDescriptions", "LoadBalancerName", "DNSName"):
        yield _classic(key, item)


def _listeners(shelf: Shelf) -> Iterator[Resource]:
    """Every listener; a load balancer of which nothing tells the listeners may have any."""
    told = {each.text("LoadBalancerArn") for each in shelf.of("LoadBalancerListeners") if "Listeners" in each.value}
    for item in _listed(shelf):
        told.add(str(_balancer_of(item)))
        yield _listener("aws_lb_listener", item, item.text("ListenerArn"), "default_action", "DefaultActions")
    for item in shelf.of("LoadBalancers"):
        if (arn := item.text("LoadBalancerArn")) not in told:
            reason = Unknown(f"the listeners of {arn}, which the snapshot lacks", item.origin)
            anything: Block = {"load_balancer_arn": arn, "port": reason, "protocol": reason, "default_action": [reason]}
            yield resource("aws_lb_listener", item, f"{arn}:unseen-listeners", anything)


def _listed(shelf: Shelf) -> Iterator[Item]:
    """Listeners as the API lists them for one load balancer, and collected for many."""
    yield from (item for item in shelf.of("Listeners") if ":globalaccelerator:" not in item.text("ListenerArn"))
    for whole in shelf.of("LoadBalancerListeners"):
        yield from whole.items("Listeners")


def _rules(shelf: Shelf) -> Iterator[Item]:
    """Rules of listeners; those of other services are called otherwise."""
    return (item for item in shelf.of("Rules") if "RuleArn" in item.value or "Actions" in item.value)


def _unseen_rules(shelf: Shelf) -> Iterator[Resource]:
    """Listeners of application load balancers without any rule, though each has at least that of its default action.

    Nothing is missing where all target groups of the load balancer are those of its default actions.
    """
    ruled = {str(_listener_of(rule)) for rule in _rules(shelf)}
    kinds = {each.text("LoadBalancerArn"): each.text("Type") for each in shelf.of("LoadBalancers")}
    groups = [(each.text("TargetGroupArn"), each.value.get("LoadBalancerArns")) for each in shelf.of("TargetGroups")]
    for item in _listed(shelf):
        arn, owner = item.text("ListenerArn"), item.text("LoadBalancerArn")
        if arn in ruled or kinds.get(owner) != "application":
            continue
        mine = {key for key, owners in groups if not isinstance(owners, list) or owner in owners}
        if groups and mine <= set(_default_groups(item)):
            continue
        reason = Unknown(f"the rules of {arn}, which the snapshot lacks", item.origin)
        yield resource("aws_lb_listener_rule", item, f"{arn}:unseen-rules", {"listener_arn": arn, "action": [reason]})


def _default_groups(listener: Item) -> Iterator[str]:
    for action in listener.items("DefaultActions"):
        yield action.text("TargetGroupArn")
        yield from (each.text("TargetGroupArn") for each in action.items("ForwardConfig", "TargetGroups"))


def _attributes(shelf: Shelf, what: str, arn: str) -> Mapping[str, Value] | None:
    """The attributes of a thing, which the API gives as pairs; None where no answer has them."""
    for item in shelf.of(f"{what}Attributes"):
        if item.text(f"{what}Arn") == arn:
            return {each.text("Key"): each.text("Value") for each in item.items("Attributes")}
    return None


def _across_zones(item: Item, attributes: Mapping[str, Value] | None) -> Value:
    """Whether targets in other zones count: only a network load balancer may be told not to use them."""
    if attributes is not None:
        return attributes.get("load_balancing.cross_zone.enabled")
    why = f"whether {item.text('LoadBalancerArn')} balances across zones, which the snapshot lacks"
    return Unknown(why, item.origin) if item.text("Type") == "network" else None


def _balancer(
    item: Item, interfaces: dict[str, list[Item]], attributes: Mapping[str, Value] | None
) -> Iterator[Resource]:
    key = item.text("LoadBalancerArn")
    mine = interfaces.get(f"ELB {key.split(':loadbalancer/', 1)[-1]}", [])
    places: list[tuple[Block, Item]] = []
    for each in mine:
        public = public_address(each)
        name = f"{each.text('NetworkInterfaceId')}:public"
        block: Block = {"subnet_id": each.told("SubnetId"), "private_ipv4_address": private_address(each)}
        if public is not None:
            yield resource("aws_eip", each, name, {"public_ip": public})
            block["allocation_id"] = name
        places.append((block, each))
    if not mine:
        places = [({"subnet_id": each.told("SubnetId")}, each) for each in item.items("AvailabilityZones")]
        places = places or [({"subnet_id": item.told("AvailabilityZones")}, item)]
    is_application = item.text("Type") == "application"  # the API leaves out the groups of others that have none
    written: Block = {
        "arn": key,
        "name": item.get("LoadBalancerName"),
        "load_balancer_type": item.told("Type"),
        "internal": item.get("Scheme") == "internal",
        "ip_address_type": item.get("IpAddressType"),
        "security_groups": item.texts_told("SecurityGroups") if is_application else item.texts("SecurityGroups"),
        "enable_cross_zone_load_balancing": _across_zones(item, attributes),
    }
    yield resource("aws_lb", item, key, written, {"subnet_mapping": places})


def _listener(kind: str, item: Item, key: str, name: str, theirs: str) -> Resource:
    attributes: Block = {
        "arn": key,
        "load_balancer_arn": None if kind.endswith("_rule") else _balancer_of(item),
        "listener_arn": _listener_of(item) if kind.endswith("_rule") else None,
        "port": item.get("Port"),
        "protocol": item.get("Protocol"),
    }
    return resource(kind, item, key, attributes, {name: item.blocks(theirs, _action)})


def _action(item: Item) -> Block:
    """What a listener or a rule does; one that forwards names a group, or several."""
    forward = [each.told("TargetGroupArn") for each in item.items("ForwardConfig", "TargetGroups")]
    block: Block = {"type": item.get("Type")}
    if forward:
        block["forward"] = [{"target_group": [{"arn": arn} for arn in forward]}]
    else:
        forwards = item.text("Type") in ("forward", "")
        block["target_group_arn"] = item.told("TargetGroupArn") if forwards else item.get("TargetGroupArn")
    return block


def _balancer_of(listener: Item) -> Value:
    """The load balancer of a listener, which is also the middle of the listener's ARN."""
    arn = listener.text("ListenerArn").replace(":listener/", ":loadbalancer/").rpartition("/")[0]
    return listener.get("LoadBalancerArn") or arn or listener.told("LoadBalancerArn")


def _listener_of(rule: Item) -> Value:
    """A rule is listed without its listener: its ARN is that of the listener and one part more."""
    arn = rule.text("RuleArn").replace(":listener-rule/", ":listener/").rpartition("/")[0]
    return rule.get("ListenerArn") or arn or Unknown(f"the listener of {rule.text('RuleArn')}", rule.origin)


def _group(shelf: Shelf, item: Item) -> Resource:
    """A group; its attributes matter behind network load balancers only (AWS-43, AWS-44).

    Where no answer has those of any group, they count as AWS sets them, which is assumed (`TARGET_GROUP_DEFAULTS`).
    """
    told = _attributes(shelf, "TargetGroup", item.text("TargetGroupArn"))
    attributes: Block = {
        "arn": item.get("TargetGroupArn"),
        "port": item.get("Port"),
        "protocol": item.get("Protocol"),
        "target_type": item.get("TargetType"),
        "vpc_id": item.get("VpcId"),
    }
    if item.text("Protocol") not in _OF_PROXIES and shelf.knows("TargetGroupAttributes"):
        attributes |= {ours: _told(item, told, theirs) for ours, theirs in _OF_GROUPS.items()}
    return resource("aws_lb_target_group", item, item.text("TargetGroupArn"), attributes)


_OF_PROXIES = ("HTTP", "HTTPS", "GENEVE")
_OF_GROUPS = {
    "preserve_client_ip": "preserve_client_ip.enabled",
    "load_balancing_cross_zone_enabled": "load_balancing.cross_zone.enabled",
}


def _told(item: Item, told: Mapping[str, Value] | None, name: str) -> Value:
    """An attribute, which may be none; unknown where no answer has those of its owner."""
    if told is not None:
        return told.get(name)
    return Unknown(f"{name} of {item.text('TargetGroupArn')}, which the snapshot lacks", item.origin)


def _targets(health: Item) -> Iterator[Resource]:
    group = health.get("TargetGroupArn")
    for number, item in enumerate(health.items("TargetHealthDescriptions")):
        attributes: Block = {
            "target_group_arn": group,
            "target_id": item.get("Target", "Id"),
            "port": item.get("Target", "Port"),
        }
        told = [attributes["target_id"], attributes["port"]]
        name = "-".join(str(each) for each in told if each is not None) or number
        yield resource("aws_lb_target_group_attachment", item, f"{group}:target-{name}", attributes)


def _classic_listener(item: Item) -> Block:
    return {
        "lb_port": item.told("Listener", "LoadBalancerPort"),
        "instance_port": item.told("Listener", "InstancePort"),
        "lb_protocol": item.told("Listener", "Protocol"),
        "instance_protocol": item.get("Listener", "InstanceProtocol"),
    }


def _classic(key: str, item: Item) -> Resource:
    listeners = item.blocks("ListenerDescriptions", _classic_listener)
    attributes: Block = {
        "name": item.get("LoadBalancerName"),
        "internal": item.get("Scheme") == "internal",
        "subnets": item.texts_told("Subnets"),
        "security_groups": item.texts_told("SecurityGroups"),
        "instances": item.leaves_told("Instances", "InstanceId"),
    }
    return resource("aws_elb", item, key, attributes, {"listener": listeners})
