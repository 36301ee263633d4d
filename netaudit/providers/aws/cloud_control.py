"""Network resources of the `awscc` provider are the same things under other names: read in the shapes of `aws`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html (read 2026-11-27)
https://registry.terraform.io/providers/hashicorp/awscc/latest/docs (read 2026-11-27)

Two things mean something else than with `aws`. A security group without outbound rules keeps AWS's own, which allows
everything; where such rules are resources of their own, AWS's own is possible and never certain, for CloudFormation
takes it away in some orders of work only. A peering without an owner and a Region is within one account and Region,
and then accepted at once.

Not modelled: kinds that are not in the table (`cloud_control_shapes`); a resource that has an argument beyond those of
its row, whose meaning could differ. Both keep the diagnostic of what is unread, but for services that touch no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from netaudit.model import Ref, Resource, Unknown
from netaudit.providers.aws.cloud_control_shapes import SHAPES, Shape, shape
from netaudit.providers.aws.cloud_control_values import finished, registered, tags
from netaudit.providers.aws.values import plain

Value = object

PREFIX = "awscc_"
_TAGS = "tags"
_TEMPLATE_EGRESS = {"protocol": "-1", "from_port": 0, "to_port": 0}
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
    shapes: dict[str, Shape] = {}
    renamed: list[Resource] = []
    for resource in found:
        known = _shape_of(resource)
        read = _renamed(resource, known) if known is not None else None
        if known is not None and read is not None:
            shapes[resource.address] = known
        renamed.append(read or resource)
    joined = [replace(r, attributes=_referring(r.attributes, shapes)) for r in renamed]
    own = (_with_own_egress(r, joined) if r.address in shapes else r for r in joined)
    return [each for resource in own for each in (resource, *_targets(resource, shapes))]


def _shape_of(resource: Resource) -> Shape | None:
    """The shape of a resource; None where something about it is not in the table."""
    if not resource.kind.startswith(PREFIX):
        return None
    name = resource.kind.removeprefix(PREFIX)
    given = {key for key, value in resource.attributes.items() if plain(value) not in (None, [], {}, "")}
    found = SHAPES.get(name)
    if name == "ec2_vpc_gateway_attachment":
        found = _one_of(given & _GATEWAYS.keys(), {key: (kind, key) for key, kind in _GATEWAYS.items()})
    elif name == "ec2_vpc_cidr_block":
        found = _one_of(given & _BLOCKS.keys(), _BLOCKS)
    elif name in ("ec2_vpc", "ec2_subnet"):
        given.discard("ipv_6_cidr_blocks")  # what the arguments and the blocks of their own gave
    elif name == "rds_db_instance" and "db_cluster_identifier" in given:
        found = replace(SHAPES[name], kind="aws_rds_cluster_instance")
    if found is None:
        return None
    return None if given - found.arguments.keys() - found.silent - {_TAGS} else found


def _one_of(given: set[str], kinds: Mapping[str, tuple[str, str]]) -> Shape | None:
    if len(given) != 1:
        return None
    (key,) = given
    kind, name = kinds[key]
    computed = (
        "attachment_type vpc_cidr_block_id ip_source ipv_6_address_attribute ipv_6_cidr_block_network_border_group"
    )
    return shape(kind, "vpc_id", computed, **{key: name})


def _renamed(resource: Resource, known: Shape) -> Resource | None:
    """The resource in the words of `aws`; None where a part of it has no word there."""
    written = {name: value for name, value in resource.attributes.items() if value is not None}
    attributes = {ours: written[name] for name, ours in known.arguments.items() if name in written}
    attributes |= {path[0]: written[name] for name, path in _known_names(known) if name in written}
    finish = finished(known.kind, attributes, resource)
    if finish is None:
        return None
    if _TAGS in resource.attributes:
        finish = {**finish, _TAGS: tags(resource.attributes[_TAGS])}
    places = {(known.arguments.get(str(path[0]), path[0]), *path[1:]): o for path, o in resource.places.items() if path}
    return replace(resource, kind=known.kind, attributes=finish, places=places)


def _known_names(known: Shape) -> Iterator[tuple[str, tuple[str]]]:
    """Read-only attributes that are one of ours."""
    yield "id", ("id",)
    yield from ((name, (str(path[0]),)) for name, path in known.identities.items() if len(path) == 1)


def _targets(resource: Resource, shapes: Mapping[str, Shape]) -> Iterable[Resource]:
    read = resource.address in shapes and resource.kind == "aws_lb_target_group"
    return registered(resource) if read else ()


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


def _referring(attributes: Mapping[str, Value], shapes: Mapping[str, Shape]) -> dict[str, Value]:
    return {name: _reference(value, shapes) for name, value in attributes.items()}


def _reference(value: Value, shapes: Mapping[str, Shape]) -> Value:
    """`awscc_ec2_vpc.main.vpc_id` is what `aws_vpc.main.id` would be."""
    if isinstance(value, Ref) and value.address in shapes and len(value.path) == 1:
        known, name = shapes[value.address], str(value.path[0])
        return replace(value, path=known.identities.get(name) or (known.arguments.get(name, name),))
    if isinstance(value, Mapping):
        return {key: _reference(item, shapes) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_reference(item, shapes) for item in value]
    return value
