"""Values that the `awscc` provider shapes otherwise than `aws`: objects for blocks, lists of keys and values for maps.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_RDS.html (read 2026-11-27)

An instance with one interface that it describes itself has that one's subnet, groups and addresses. Whether a database
is public that does not say so, its VPC decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from netaudit.model import Ref, Resource, Unknown
from netaudit.providers.aws.values import plain

Value = object
Attributes = dict[str, Value]


class BeyondError(Exception):
    """Raised for a part of a value that no list here knows: it may mean anything."""


def finished(kind: str, attributes: Attributes, resource: Resource) -> Attributes | None:
    """The attributes in the shapes of that kind in `aws`; None where something in them is not known here."""
    finish = _FINISHES.get(kind)
    try:
        return attributes if finish is None else finish(attributes, resource)
    except BeyondError:
        return None


def tags(written: Value) -> Value:
    """A list of keys and values as one map; what is not known of it makes all of it unknown."""
    entries = plain(written)
    if not isinstance(entries, list | tuple):
        return written
    found: Attributes = {}
    for entry in map(plain, entries):
        key = plain(entry.get("key")) if isinstance(entry, Mapping) else entry
        if not isinstance(key, str) or not isinstance(entry, Mapping):
            return key if isinstance(key, Unknown) else Unknown("tags")
        found[key] = entry.get("value")
    return found


# ---- parts ------------------------------------------------------------------------------------------------


def _objects(written: Value, names: Mapping[str, str]) -> Value:
    """An object, or a list of objects, with these names for its members; what is unknown stays so."""
    value = plain(written)
    if isinstance(value, list | tuple):
        return [_objects(item, names) for item in value]
    if not isinstance(value, Mapping):
        return value
    given = {key: item for key, item in value.items() if plain(item) not in (None, [], {}, "")}
    if not given.keys() <= names.keys():
        raise BeyondError
    return {names[key]: item for key, item in given.items() if names[key]}


def _same(names: str, **renamed: str) -> dict[str, str]:
    return {name: name for name in names.split()} | renamed


def _singled(attributes: Attributes, **members: str) -> Attributes:
    """With lists of objects of one member as lists of what that is."""
    found = dict(attributes)
    for name, member in members.items():
        listed = plain(attributes.get(name))
        if isinstance(listed, list | tuple):
            items = map(plain, listed)
            found[name] = [item.get(member) if isinstance(item, Mapping) else item for item in items]
    return found


def _by_key(written: Value, wanted: Mapping[str, str]) -> Attributes:
    """Some entries of a list of keys and values, by our names; all of them unknown where one may be any."""
    entries = plain(written)
    if entries is None:
        return {}
    if not isinstance(entries, list | tuple):
        return dict.fromkeys(wanted.values(), entries)
    found: Attributes = {}
    for entry in map(plain, entries):
        key = plain(entry.get("key")) if isinstance(entry, Mapping) else entry
        if not isinstance(key, str) or not isinstance(entry, Mapping):
            return dict.fromkeys(wanted.values(), key if isinstance(key, Unknown) else Unknown("attributes"))
        if key in wanted:
            found[wanted[key]] = entry.get("value")
    return found


# ---- groups, ACLs, peerings ---------------------------------------------------------------------------------

_INNER_RULE = {
    "ip_protocol": "protocol",
    "from_port": "from_port",
    "to_port": "to_port",
    "description": "description",
    "source_security_group_owner_id": "",
}
_INNER_LISTS = {
    "cidr_ip": "cidr_blocks",
    "cidr_ipv_6": "ipv6_cidr_blocks",
    "source_prefix_list_id": "prefix_list_ids",
    "destination_prefix_list_id": "prefix_list_ids",
    "source_security_group_id": "security_groups",
    "destination_security_group_id": "security_groups",
}


def _group(attributes: Attributes, _: Resource) -> Attributes:
    return {k: _rules(v) if k in ("ingress", "egress") else v for k, v in attributes.items()}


def _rules(written: Value) -> Value:
    listed = plain(written)
    return [_rule(each) for each in listed] if isinstance(listed, list | tuple) else written


def _rule(written: Value) -> Value:
    rule = _objects(written, {name: name for name in (*_INNER_RULE, *_INNER_LISTS)})
    if not isinstance(rule, Mapping):
        return written
    single = {ours: rule.get(name) for name, ours in _INNER_RULE.items() if ours and rule.get(name) is not None}
    many = {ours: [rule[name]] for name, ours in _INNER_LISTS.items() if rule.get(name) is not None}
    return {**single, **many}


def _entry(attributes: Attributes, _: Resource) -> Attributes:
    """A range of ports and an ICMP type are objects here; protocols are numbers."""
    ports, icmp = plain(attributes.pop("port_range", None)), plain(attributes.pop("icmp", None))
    for whole, names in (
        (ports, {"from": "from_port", "to": "to_port"}),
        (icmp, {"type": "icmp_type", "code": "icmp_code"}),
    ):
        for name, ours in names.items():
            value = whole.get(name) if isinstance(whole, Mapping) else whole
            if value is not None:
                attributes[ours] = value
    number = plain(attributes.get("protocol"))
    return {**attributes, "protocol": str(number)} if isinstance(number, int) else attributes


def _peering(attributes: Attributes, _: Resource) -> Attributes:
    within = all(plain(attributes.get(name)) in (None, "") for name in ("peer_owner_id", "peer_region"))
    return {**attributes, "auto_accept": True} if within else attributes


# ---- machines and interfaces --------------------------------------------------------------------------------

_LAUNCHED = {
    "subnet_id": "subnet_id",
    "group_set": "vpc_security_group_ids",
    "associate_public_ip_address": "associate_public_ip_address",
    "private_ip_address": "private_ip",
    "ipv_6_address_count": "ipv6_address_count",
    "ipv_6_addresses": "ipv6_addresses",
    "delete_on_termination": "",
    "description": "",
    "device_index": "",
    "ena_srd_specification": "",
}
_LINKED = _same("network_interface_id device_index", delete_on_termination="", description="")


def _instance(attributes: Attributes, _: Resource) -> Attributes:
    """Its interfaces are written apart and named, or it has one that it describes."""
    written = plain(attributes.pop("network_interfaces", None))
    if written not in (None, [], ()):
        attributes |= _interfaces(written)
    return _singled(attributes, ipv6_addresses="ipv_6_address")


def _interfaces(written: Value) -> Attributes:
    listed = [plain(item) for item in written] if isinstance(written, list | tuple) else [written]
    blocks = [item for item in listed if isinstance(item, Mapping)]
    if len(blocks) < len(listed):
        raise BeyondError
    if all(plain(block.get("network_interface_id")) is not None for block in blocks):
        return {"network_interface": _objects(blocks, _LINKED)}
    if len(blocks) > 1 or str(plain(blocks[0].get("device_index"))) not in ("0", "None"):
        raise BeyondError
    described = _objects(blocks[0], _LAUNCHED)
    return dict(described) if isinstance(described, Mapping) else {}


def _interface(attributes: Attributes, _: Resource) -> Attributes:
    """The primary address is one of those that are listed."""
    found = _singled(
        attributes,
        private_ips="private_ip_address",
        ipv6_addresses="ipv_6_address",
        ipv4_prefixes="ipv_4_prefix",
        ipv6_prefixes="ipv_6_prefix",
    )
    first, listed = found.pop("private_ip", None), plain(found.get("private_ips"))
    if first is None or not isinstance(listed, list | tuple | None):
        return found
    return {**found, "private_ips": [first, *(item for item in listed or () if item != first)]}


def _attachment(attributes: Attributes, _: Resource) -> Attributes:
    """The options of an attachment are its arguments in `aws`."""
    names = _same("appliance_mode_support dns_support security_group_referencing_support", ipv_6_support="ipv6_support")
    options = _objects(attributes.pop("options", None), names)
    if options is None:
        return attributes
    return attributes | (dict(options) if isinstance(options, Mapping) else dict.fromkeys(names.values(), options))


# ---- load balancers -----------------------------------------------------------------------------------------

_SHUT = "ipv6.deny_all_igw_traffic"


def _balancer(attributes: Attributes, _: Resource) -> Attributes:
    scheme = plain(attributes.get("internal"))
    found = attributes | {"internal": scheme == "internal" if scheme is None or isinstance(scheme, str) else scheme}
    places = _same("subnet_id allocation_id", private_i_pv_4_address="private_ipv4_address", i_pv_6_address="")
    if "subnet_mapping" in found:
        found["subnet_mapping"] = _objects(found["subnet_mapping"], places)
    across = {"load_balancing.cross_zone.enabled": "enable_cross_zone_load_balancing", _SHUT: _SHUT}
    found |= _by_key(found.pop("load_balancer_attributes", None), across)
    if plain(found.pop(_SHUT, None)) not in (None, "false", False):
        raise BeyondError
    return found


def _target_group(attributes: Attributes, _: Resource) -> Attributes:
    wanted = {
        "preserve_client_ip.enabled": "preserve_client_ip",
        "load_balancing.cross_zone.enabled": "load_balancing_cross_zone_enabled",
    }
    return attributes | _by_key(attributes.pop("target_group_attributes", None), wanted)


def registered(group: Resource) -> Iterator[Resource]:
    """The targets of a group, which are resources of their own in `aws`."""
    written = plain(group.attributes.get("targets"))
    items = written if isinstance(written, list | tuple) else [] if written is None else [written]
    for index, item in enumerate(map(plain, items)):
        target = {"id": item} if not isinstance(item, Mapping) else item
        attributes = {
            "target_group_arn": Ref(group.address, ("arn",)),
            "target_id": target.get("id"),
            "port": target.get("port"),
        }
        yield Resource(
            "aws_lb_target_group_attachment",
            f"{group.address}.targets[{index}]",
            attributes,
            group.place("targets", index),
            exists=group.exists,
            settings=group.settings,
        )


_WEIGHED = _same("weight", target_group_arn="arn")
_ACTION = _same(
    "type target_group_arn",
    forward_config="forward",
    order="",
    redirect_config="",
    fixed_response_config="",
    authenticate_cognito_config="",
    authenticate_oidc_config="",
    jwt_validation_config="",
)


def _actions(name: str) -> Callable[[Attributes, Resource], Attributes]:
    def finish(attributes: Attributes, _: Resource) -> Attributes:
        return {**attributes, name: _forwarding(attributes.get(name))}

    return finish


def _forwarding(written: Value) -> Value:
    """Actions, whose target groups stand in objects of their own."""
    actions = _objects(written, _ACTION)
    if not isinstance(actions, list):
        return actions
    names = {"target_groups": "target_group", "target_group_stickiness_config": ""}
    found: list[Value] = []
    for action in actions:
        forward = _objects(action.get("forward"), names) if isinstance(action, Mapping) else None
        if isinstance(action, Mapping) and isinstance(forward, Mapping):
            forward = {**forward, "target_group": _objects(forward.get("target_group"), _WEIGHED)}
        found.append({**action, "forward": forward} if isinstance(action, Mapping) and forward is not None else action)
    return found


# ---- managed services ---------------------------------------------------------------------------------------


def _database(attributes: Attributes, resource: Resource) -> Attributes:
    if plain(attributes.get("publicly_accessible")) is not None:
        return attributes
    why = f"{resource.address}.publicly_accessible (where it is not written, its VPC decides)"
    return {**attributes, "publicly_accessible": Unknown(why, resource.origin)}


def _function(attributes: Attributes, _: Resource) -> Attributes:
    names = _same("security_group_ids subnet_ids", ipv_6_allowed_for_dual_stack="ipv6_allowed_for_dual_stack")
    return {**attributes, "vpc_config": _objects(attributes.get("vpc_config"), names)}


def _service(attributes: Attributes, _: Resource) -> Attributes:
    """A service's subnets and groups stand one object deeper."""
    outer = _objects(attributes.get("network_configuration"), {"awsvpc_configuration": "inner"})
    inner = outer.get("inner") if isinstance(outer, Mapping) else outer
    groups = _same("target_group_arn container_port", container_name="", load_balancer_name="")
    return {
        **attributes,
        "network_configuration": _objects(inner, _same("subnets security_groups assign_public_ip")),
        "load_balancer": _objects(attributes.get("load_balancer"), groups),
    }


def _cluster(attributes: Attributes, _: Resource) -> Attributes:
    places = _same("security_group_ids subnet_ids endpoint_public_access endpoint_private_access public_access_cidrs")
    family = _same(
        "ip_family elastic_load_balancing",
        service_ipv_4_cidr="service_ipv4_cidr",
        service_ipv_6_cidr="service_ipv6_cidr",
    )
    return {
        **attributes,
        "vpc_config": _objects(attributes.get("vpc_config"), places),
        "kubernetes_network_config": _objects(attributes.get("kubernetes_network_config"), family),
    }


_FINISHES: Mapping[str, Callable[[Attributes, Resource], Attributes]] = {
    "aws_security_group": _group,
    "aws_network_acl_rule": _entry,
    "aws_vpc_peering_connection": _peering,
    "aws_instance": _instance,
    "aws_network_interface": _interface,
    "aws_ec2_transit_gateway_vpc_attachment": _attachment,
    "aws_lb": _balancer,
    "aws_lb_target_group": _target_group,
    "aws_lb_listener": _actions("default_action"),
    "aws_lb_listener_rule": _actions("action"),
    "aws_db_instance": _database,
    "aws_rds_cluster_instance": _database,
    "aws_lambda_function": _function,
    "aws_ecs_service": _service,
    "aws_eks_cluster": _cluster,
}
