"""What a data source finds in a VPC of the sources: the default group and the main table are not outside of them.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/security_group and its kin
(read 2026-11-27)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from netaudit.model import Path, Ref, Resource, Unknown, Value
from netaudit.providers.aws.values import Leaf, plain

if TYPE_CHECKING:
    from netaudit.providers.aws.lookup import Lookup

_ID: Path = ("id",)
_LINK = "aws_route_table_association"


def found(resource: Resource, path: Path, lookup: Lookup) -> Leaf | None:
    """What a reference to an attribute of a data source means; None where that is something outside the sources."""
    thing = plain(resource.attributes.get("id"))
    if isinstance(thing, Ref) and thing.path == _ID and thing.address != resource.address:
        return Ref(thing.address, path)
    look = _KINDS.get(resource.kind)
    return look(resource, path, lookup) if look is not None and not isinstance(thing, str) else None


def _group(resource: Resource, path: Path, lookup: Lookup) -> Leaf | None:
    """The default group of a VPC by its name; any other in a VPC of the sources may be one that they declare."""
    if path not in (_ID, ("arn",)):
        return None
    name, home = _asked(resource, "name", "group-name"), _home(resource, lookup)
    if home is not None and name == "default":
        return Ref(home.address, ("default_security_group_id",))
    groups = lookup.of_kind("aws_security_group")
    named = isinstance(name, str) and any(plain(group.attributes.get("name")) == name for group in groups)
    return _one_of(resource) if named or _is_declared(home) else None


def _table(resource: Resource, path: Path, lookup: Lookup) -> Leaf | None:
    """The table that is named, or the main one of a VPC; any other may be one that the sources declare."""
    if path not in (_ID, ("route_table_id",)):
        return None
    named = _asked(resource, "route_table_id", "route-table-id")
    if isinstance(named, str | Ref):
        return named
    home = _home(resource, lookup)
    if home is not None and _asked(resource, "", "association.main") == "true":
        return Ref(home.address, ("main_route_table_id",))
    subnet = lookup.find(_leaf(_asked(resource, "subnet_id", "association.subnet-id")), "aws_subnet")
    if subnet is not None:
        return _table_of(subnet, lookup) or _one_of(resource)
    return _one_of(resource) if _is_declared(home) else None


def _table_of(subnet: Resource, lookup: Lookup) -> Leaf | None:
    """The table that a subnet is bound to, where that is certain."""
    leaves = {r.address: _leaf(plain(r.attributes.get("subnet_id"))) for r in lookup.of_kind(_LINK)}
    links = [lookup.by_address[key] for key, leaf in leaves.items() if _may_name(leaf, subnet, lookup)]
    certain = len(links) == 1 and links[0].exists and not isinstance(leaves[links[0].address], Unknown)
    return _leaf(plain(links[0].attributes.get("route_table_id"))) if certain else None


def _may_name(leaf: Leaf | None, thing: Resource, lookup: Lookup) -> bool:
    return isinstance(leaf, Unknown) or lookup.find(leaf, "aws_vpc", "aws_subnet") is thing


def _subnet(resource: Resource, path: Path, lookup: Lookup) -> Leaf | None:
    """A subnet in a VPC of the sources is the declared one with that block, or may be one whose block is not known."""
    home = _home(resource, lookup)
    if path != _ID or home is None or not _is_declared(home):
        return None
    block = _asked(resource, "cidr_block", "cidr-block")
    inside = [
        s for s in lookup.of_kind("aws_subnet") if _may_name(_leaf(plain(s.attributes.get("vpc_id"))), home, lookup)
    ]
    blocks = {s.address: plain(s.attributes.get("cidr_block")) for s in inside}
    if not isinstance(block, str):
        return _one_of(resource)
    same = [s for s in inside if blocks[s.address] == block]
    if len(same) == 1 and same[0].exists and not isinstance(plain(same[0].attributes.get("vpc_id")), Unknown):
        return Ref(same[0].address, path)
    return _one_of(resource) if same or not all(isinstance(other, str) for other in blocks.values()) else None


def _cluster(resource: Resource, path: Path, lookup: Lookup) -> Leaf | None:
    """A cluster by its name: its group is that of the cluster."""
    declared = lookup.find(_leaf(plain(resource.attributes.get("name"))), "aws_eks_cluster")
    return None if declared is None else Ref(declared.address, path)


_KINDS: Mapping[str, Callable[[Resource, Path, Lookup], Leaf | None]] = {
    "data.aws_security_group": _group,
    "data.aws_route_table": _table,
    "data.aws_subnet": _subnet,
    "data.aws_eks_cluster": _cluster,
}


def _home(resource: Resource, lookup: Lookup) -> Resource | None:
    return lookup.find(_leaf(_asked(resource, "vpc_id", "vpc-id")), "aws_vpc", "data.aws_vpc")


def _is_declared(home: Resource | None) -> bool:
    return home is not None and not home.kind.startswith("data.")


def _one_of(resource: Resource) -> Unknown:
    return Unknown(f"which one {resource.address} finds", resource.origin)


def _asked(resource: Resource, argument: str, name: str) -> Value:
    """What is asked for by an argument, or by a filter with one value."""
    given = plain(resource.attributes.get(argument)) if argument else None
    filters = resource.attributes.get("filter")
    for each in filters if given is None and isinstance(filters, list) else ():
        if isinstance(each, Mapping) and plain(each.get("name")) == name:
            values = each.get("values")
            return plain(values[0]) if isinstance(values, list) and len(values) == 1 else None
    return given


def _leaf(value: Value) -> Leaf | None:
    return value if isinstance(value, str | Ref | Unknown) else None
