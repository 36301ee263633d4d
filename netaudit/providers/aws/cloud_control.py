"""Network resources of the `awscc` provider are the same things under other names: read in the shapes of `aws`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html (read 2026-11-27)
https://registry.terraform.io/providers/hashicorp/awscc/latest/docs (read 2026-11-27)

Two things mean something else than with `aws`. A security group without outbound rules keeps AWS's own, which allows
everything; where such rules are resources of their own, AWS's own is possible and never certain, for CloudFormation
takes it away in some orders of work only. A peering without an owner and a Region is within one account and Region,
and then accepted at once.

Not modelled: kinds that are not in the table; a resource that has an argument beyond those of its row, whose meaning
could differ. Both keep the diagnostic of what is unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from netaudit.model import Ref, Resource, Unknown
from netaudit.providers.aws.values import plain

Value = object

PREFIX = "awscc_ec2_"
_TAGS = "tags"
_TEMPLATE_EGRESS = {"protocol": "-1", "from_port": 0, "to_port": 0}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a kind is in `aws`: arguments (theirs to ours), those that change no traffic, what else names its id."""

    kind: str
    arguments: Mapping[str, str]
    silent: frozenset[str]
    identities: Mapping[str, str] = field(default_factory=dict)


def _shape(kind: str, same: str = "", silent: str = "", identity: str = "", **renamed: str) -> _Shape:
    arguments = {name: name for name in same.split()} | renamed
    identities = dict.fromkeys(identity.split(), "id")
    return _Shape(kind, arguments, frozenset({"id", *silent.split(), *identities}), identities)


_RULE = "ip_protocol from_port to_port"
_TARGETS = (
    "carrier_gateway_id core_network_arn gateway_id instance_id local_gateway_id nat_gateway_id network_interface_id "
    "transit_gateway_id vpc_endpoint_id vpc_peering_connection_id"
)
_TGW = "transit_gateway_route_table_id transit_gateway_attachment_id"

SHAPES: Mapping[str, _Shape] = {
    "vpc": replace(
        _shape(
            "aws_vpc",
            "cidr_block",
            "enable_dns_hostnames enable_dns_support instance_tenancy cidr_block_associations "
            "default_security_group default_network_acl",
            "vpc_id",
            ipv_4_ipam_pool_id="ipv4_ipam_pool_id",
            ipv_4_netmask_length="ipv4_netmask_length",
        ),
        identities={
            "vpc_id": "id",
            "default_security_group": "default_security_group_id",
            "default_network_acl": "default_network_acl_id",
        },
    ),
    "subnet": _shape(
        "aws_subnet",
        "vpc_id cidr_block availability_zone availability_zone_id map_public_ip_on_launch",
        "enable_dns_64 network_acl_association_id private_dns_name_options_on_launch",
        "subnet_id",
        ipv_6_cidr_block="ipv6_cidr_block",
        ipv_6_native="ipv6_native",
        assign_ipv_6_address_on_creation="assign_ipv6_address_on_creation",
        ipv_4_ipam_pool_id="ipv4_ipam_pool_id",
        ipv_4_netmask_length="ipv4_netmask_length",
        ipv_6_netmask_length="ipv6_netmask_length",
    ),
    "security_group": _shape(
        "aws_security_group",
        "vpc_id",
        "group_description",
        "group_id security_group_id",
        group_name="name",
        security_group_ingress="ingress",
        security_group_egress="egress",
    ),
    "security_group_ingress": _shape(
        "aws_vpc_security_group_ingress_rule",
        _RULE,
        "description security_group_ingress_id source_security_group_owner_id",
        group_id="security_group_id",
        cidr_ip="cidr_ipv4",
        cidr_ipv_6="cidr_ipv6",
        source_prefix_list_id="prefix_list_id",
        source_security_group_id="referenced_security_group_id",
    ),
    "security_group_egress": _shape(
        "aws_vpc_security_group_egress_rule",
        _RULE,
        "description security_group_egress_id",
        group_id="security_group_id",
        cidr_ip="cidr_ipv4",
        cidr_ipv_6="cidr_ipv6",
        destination_prefix_list_id="prefix_list_id",
        destination_security_group_id="referenced_security_group_id",
    ),
    "route_table": _shape("aws_route_table", "vpc_id", "", "route_table_id"),
    "route": _shape(
        "aws_route",
        f"route_table_id destination_cidr_block destination_prefix_list_id {_TARGETS}",
        "cidr_block",
        destination_ipv_6_cidr_block="destination_ipv6_cidr_block",
        egress_only_internet_gateway_id="egress_only_gateway_id",
    ),
    "subnet_route_table_association": _shape("aws_route_table_association", "route_table_id subnet_id"),
    "internet_gateway": _shape("aws_internet_gateway", "", "", "internet_gateway_id"),
    "egress_only_internet_gateway": _shape("aws_egress_only_internet_gateway", "vpc_id"),
    "nat_gateway": _shape(
        "aws_nat_gateway",
        "subnet_id allocation_id connectivity_type",
        "max_drain_duration_seconds eni_id",
        "nat_gateway_id",
        private_ip_address="private_ip",
    ),
    "eip": _shape(
        "aws_eip", "domain public_ip", "network_border_group public_ipv_4_pool", "allocation_id", instance_id="instance"
    ),
    "vpc_peering_connection": _shape(
        "aws_vpc_peering_connection",
        "vpc_id peer_vpc_id peer_owner_id peer_region",
        "peer_role_arn",
        "vpc_peering_connection_id",
    ),
    "network_acl": _shape("aws_network_acl", "vpc_id", "", "network_acl_id"),
    "network_acl_entry": _shape(
        "aws_network_acl_rule",
        "network_acl_id egress protocol rule_action rule_number cidr_block",
        ipv_6_cidr_block="ipv6_cidr_block",
        port_range="port_range",
        icmp="icmp",
    ),
    "subnet_network_acl_association": _shape(
        "aws_network_acl_association", "network_acl_id subnet_id", "association_id"
    ),
    "prefix_list": _shape(
        "aws_ec2_managed_prefix_list",
        "address_family max_entries",
        "arn owner_id version",
        "prefix_list_id",
        prefix_list_name="name",
        entries="entry",
    ),
    "transit_gateway_route_table": _shape(
        "aws_ec2_transit_gateway_route_table", "transit_gateway_id", "", "transit_gateway_route_table_id"
    ),
    "transit_gateway_route_table_association": _shape("aws_ec2_transit_gateway_route_table_association", _TGW),
    "transit_gateway_route_table_propagation": _shape("aws_ec2_transit_gateway_route_table_propagation", _TGW),
    "transit_gateway_route": _shape("aws_ec2_transit_gateway_route", f"destination_cidr_block blackhole {_TGW}"),
}
_GATEWAYS = {"internet_gateway_id": "aws_internet_gateway_attachment", "vpn_gateway_id": "aws_vpn_gateway_attachment"}
_BLOCKS = {
    "cidr_block": ("aws_vpc_ipv4_cidr_block_association", "cidr_block"),
    "ipv_6_cidr_block": ("aws_vpc_ipv6_cidr_block_association", "ipv6_cidr_block"),
}


def translated(resources: Iterable[Resource]) -> list[Resource]:
    """The resources of a reading, those of `awscc` that mean the same under their names in `aws`."""
    found = list(resources)
    if not any(resource.kind.startswith(PREFIX) for resource in found):
        return found
    shapes = {r.address: shape for r in found if (shape := _shape_of(r)) is not None}
    renamed = [_renamed(r, shapes[r.address]) if r.address in shapes else r for r in found]
    joined = [replace(r, attributes=_referring(r.attributes, shapes)) for r in renamed]
    return [_with_own_egress(r, joined) if r.address in shapes else r for r in joined]


def _shape_of(resource: Resource) -> _Shape | None:
    """The shape of a resource; None where something about it is not in the table."""
    name = resource.kind.removeprefix(PREFIX)
    given = {key for key, value in resource.attributes.items() if plain(value) not in (None, [], {}, "")}
    shape = SHAPES.get(name)
    if name == "vpc_gateway_attachment":
        shape = _one_of(given & _GATEWAYS.keys(), {key: (kind, key) for key, kind in _GATEWAYS.items()})
    elif name == "vpc_cidr_block":
        shape = _one_of(given & _BLOCKS.keys(), _BLOCKS)
    elif name in ("vpc", "subnet"):
        given.discard("ipv_6_cidr_blocks")  # what the arguments and the blocks of their own gave
    if shape is None or not resource.kind.startswith(PREFIX):
        return None
    beyond = given - shape.arguments.keys() - shape.silent - {_TAGS}
    inner = _rules_beyond(resource) if shape.kind == "aws_security_group" else False
    return None if beyond or inner else shape


def _one_of(given: set[str], kinds: Mapping[str, tuple[str, str]]) -> _Shape | None:
    if len(given) != 1:
        return None
    (key,) = given
    kind, name = kinds[key]
    computed = (
        "attachment_type vpc_cidr_block_id ip_source ipv_6_address_attribute ipv_6_cidr_block_network_border_group"
    )
    return _shape(kind, "vpc_id", computed, **{key: name})


def _renamed(resource: Resource, shape: _Shape) -> Resource:
    attributes: dict[str, Value] = {
        shape.arguments[name]: value for name, value in resource.attributes.items() if name in shape.arguments
    }
    if "id" in resource.attributes:
        attributes["id"] = resource.attributes["id"]
    attributes |= {
        ours: v for name, ours in shape.identities.items() if (v := resource.attributes.get(name)) is not None
    }
    if _TAGS in resource.attributes:
        attributes[_TAGS] = _tags(resource.attributes[_TAGS])
    finish = _FINISHES.get(shape.kind)
    if finish is not None:
        attributes = finish(attributes)
    places = {(shape.arguments.get(str(path[0]), path[0]), *path[1:]): o for path, o in resource.places.items() if path}
    return replace(resource, kind=shape.kind, attributes=attributes, places=places)


def _tags(written: Value) -> Value:
    """A list of keys and values as one map; what is not known of it makes all of it unknown."""
    entries = plain(written)
    if not isinstance(entries, list | tuple):
        return written
    found: dict[str, Value] = {}
    for entry in map(plain, entries):
        key = plain(entry.get("key")) if isinstance(entry, Mapping) else entry
        if not isinstance(key, str) or not isinstance(entry, Mapping):
            return key if isinstance(key, Unknown) else Unknown("tags")
        found[key] = entry.get("value")
    return found


# ---- kinds whose values differ in shape ------------------------------------------------------------------

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


def _inner_rules(resource: Resource) -> Iterator[Value]:
    for name in ("security_group_ingress", "security_group_egress"):
        listed = plain(resource.attributes.get(name))
        if isinstance(listed, list | tuple):
            yield from map(plain, listed)


def _rules_beyond(resource: Resource) -> bool:
    """Whether a group has a rule with an argument that no list here knows."""
    known = _INNER_RULE.keys() | _INNER_LISTS.keys()
    rules = (rule for rule in _inner_rules(resource) if isinstance(rule, Mapping))
    return any(plain(value) not in (None, "") for rule in rules for key, value in rule.items() if key not in known)


def _group(attributes: dict[str, Value]) -> dict[str, Value]:
    return {k: _rules(v) if k in ("ingress", "egress") else v for k, v in attributes.items()}


def _rules(written: Value) -> Value:
    listed = plain(written)
    return [_rule(each) for each in listed] if isinstance(listed, list | tuple) else written


def _rule(written: Value) -> Value:
    rule = plain(written)
    if not isinstance(rule, Mapping):
        return written
    single = {ours: rule.get(name) for name, ours in _INNER_RULE.items() if ours and rule.get(name) is not None}
    many = {ours: [rule[name]] for name, ours in _INNER_LISTS.items() if rule.get(name) is not None}
    return {**single, **many}


def _entry(attributes: dict[str, Value]) -> dict[str, Value]:
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


def _peering(attributes: dict[str, Value]) -> dict[str, Value]:
    within = all(plain(attributes.get(name)) in (None, "") for name in ("peer_owner_id", "peer_region"))
    return {**attributes, "auto_accept": True} if within else attributes


_FINISHES = {
    "aws_security_group": _group,
    "aws_network_acl_rule": _entry,
    "aws_vpc_peering_connection": _peering,
}


# ---- AWS's own outbound rule, and references --------------------------------------------------------------


def is_of_cloud_control(address: str) -> bool:
    """Whether an address names a resource of the provider: there, inline rules and separate ones are one set."""
    return f".{PREFIX}" in f".{address}"


def _with_own_egress(resource: Resource, resources: list[Resource]) -> Resource:
    """A group for which no outbound rule is written keeps AWS's own."""
    if resource.kind != "aws_security_group" or plain(resource.attributes.get("egress")) not in (None, [], ()):
        return resource
    apart = [r for r in resources if r.kind == "aws_vpc_security_group_egress_rule" and _may_belong(r, resource)]
    if apart:
        doubt = Unknown(f"whether {resource.address} keeps AWS's own outbound rule", apart[0].origin)
        rules = [{**_TEMPLATE_EGRESS, "cidr_blocks": [doubt], "ipv6_cidr_blocks": [doubt]}]
    else:
        rules = [{**_TEMPLATE_EGRESS, "cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": ["::/0"]}]
    return replace(resource, attributes={**resource.attributes, "egress": rules})


def _may_belong(rule: Resource, group: Resource) -> bool:
    owner = plain(rule.attributes.get("security_group_id"))
    if isinstance(owner, Ref):
        return owner.address == group.address
    return not isinstance(owner, str) or owner == plain(group.attributes.get("id"))


def _referring(attributes: Mapping[str, Value], shapes: Mapping[str, _Shape]) -> dict[str, Value]:
    return {name: _reference(value, shapes) for name, value in attributes.items()}


def _reference(value: Value, shapes: Mapping[str, _Shape]) -> Value:
    """`awscc_ec2_vpc.main.vpc_id` is what `aws_vpc.main.id` would be."""
    if isinstance(value, Ref) and value.address in shapes and len(value.path) == 1:
        shape, name = shapes[value.address], str(value.path[0])
        return Ref(value.address, (shape.identities.get(name) or shape.arguments.get(name) or name,))
    if isinstance(value, Mapping):
        return {key: _reference(item, shapes) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_reference(item, shapes) for item in value]
    return value
