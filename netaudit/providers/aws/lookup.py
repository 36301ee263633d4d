"""What a reference or a literal identity means: the resource that it names, or nothing that is declared.

A `Ref` names a resource of the same reading by address; literal text may be the `id`, `arn` or `name` that a
state file or a literal in the code gives, also of what comes with a resource that is declared (the main table of
a VPC). What neither finds is a thing outside the sources: it keeps its text
as identity, so that two equal ones are the same thing, and nothing else is known about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from netaudit.model import Origin, Path, Ref, Resource, Unknown
from netaudit.providers.aws import finding
from netaudit.providers.aws.values import Leaf, plain

ALIASES = {"aws_default_vpc": "aws_vpc", "aws_default_subnet": "aws_subnet", "aws_alb": "aws_lb"}
ALIASES |= {f"aws_alb_{part}": f"aws_lb_{part}" for part in ("listener", "listener_rule", "target_group")}
ALIASES |= {"aws_alb_target_group_attachment": "aws_lb_target_group_attachment"}
ALIASES |= {"aws_spot_instance_request": "aws_instance"}  # it has every argument of an instance, and becomes one
_IDENTITIES = ("id", "arn", "name", "identifier", "cluster_identifier", "cluster_name", "replication_group_id")
# Where a resource has the identity of something else that AWS makes with it.
_COMES_WITH: Mapping[str, tuple[Path, ...]] = {
    "aws_vpc": (
        ("main_route_table_id",),
        ("default_route_table_id",),
        ("default_network_acl_id",),
        ("default_security_group_id",),
    ),
    "aws_ec2_transit_gateway": (("association_default_route_table_id",), ("propagation_default_route_table_id",)),
    "aws_eks_cluster": (("vpc_config", 0, "cluster_security_group_id"),),
    "aws_instance": (("primary_network_interface_id",),),
}


def kind_of(resource: Resource) -> str:
    """The kind that it counts as: `aws_alb` is an old name of `aws_lb` (TF-103), a spot request an instance."""
    return ALIASES.get(resource.kind, resource.kind)


class Lookup:
    """The resources of one reading by address, kind and literal identity."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.by_address: Mapping[str, Resource] = {r.address: r for r in resources}
        self._by_kind: dict[str, list[Resource]] = {}
        self._by_identity: dict[tuple[str, str], Resource | None] = {}
        for resource in self.by_address.values():
            kind = kind_of(resource)
            self._by_kind.setdefault(kind, []).append(resource)
            for name in _IDENTITIES:
                value = plain(resource.attributes.get(name))
                if isinstance(value, str):
                    known = self._by_identity.setdefault((kind, value), resource)
                    if known is not resource:  # a name that two things share names neither
                        self._by_identity[(kind, value)] = None
        self._undeclared = dict(self._coming_with())
        self._found: dict[tuple[str, Path], Leaf | None] = {}  # what data sources find: each looks at all of a kind

    def _coming_with(self) -> Iterator[tuple[str, Ref]]:
        """The literal identities of what comes with a resource, unless it is a resource of the sources itself."""
        declared = {plain(r.attributes.get("id")) for r in self.by_address.values()}
        for kind, paths in _COMES_WITH.items():
            for owner in self.of_kind(kind):
                for path in paths:
                    value = _at(owner.attributes, path)
                    if isinstance(value, str) and value and value not in declared:
                        yield value, Ref(owner.address, path)

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """The resources of some kinds, old names included, in the order of the reading."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    def follow(self, leaf: Leaf | None) -> Leaf | None:
        """Through attributes that only repeat another identity (`aws_subnet.a.vpc_id`), to the first one."""
        for _ in range(8):
            if isinstance(leaf, str):
                return self._undeclared.get(leaf, leaf)
            if not isinstance(leaf, Ref) or not leaf.path:
                return leaf
            target = self.by_address.get(leaf.address)
            if target is not None and target.kind.startswith("data."):
                sought = self._sought(target, leaf.path)
                if sought is not None:
                    leaf = sought
                    continue
            if leaf.path in (("id",), ("arn",)):
                return leaf
            value = plain(target.attributes.get(str(leaf.path[0]))) if target and len(leaf.path) == 1 else None
            if not isinstance(value, str | Ref):
                return leaf
            leaf = value
        return leaf

    def _sought(self, target: Resource, path: Path) -> Leaf | None:
        key = (target.address, path)
        if key not in self._found:
            self._found[key] = finding.found(target, path, self)
        return self._found[key]

    def find(self, leaf: Leaf | None, *kinds: str) -> Resource | None:
        """The declared resource of one of these kinds that the leaf names."""
        leaf = self.follow(leaf)
        if isinstance(leaf, Ref):
            found = self.by_address.get(leaf.address)
            return found if found is not None and kind_of(found) in kinds else None
        if isinstance(leaf, str):
            matches = (self._by_identity.get((kind, leaf)) for kind in kinds)
            return next((found for found in matches if found is not None), None)
        return None


def _at(value: Any, path: Path) -> Any:
    """What stands at a path; None where there is nothing."""
    for step in path:
        value = plain(value)
        if isinstance(value, Mapping):
            value = value.get(step)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None
    return plain(value)


def identity(leaf: Leaf) -> str | None:
    """The name of a thing outside the sources: the text that refers to it; None where even that is unknown."""
    if isinstance(leaf, Unknown):
        return None
    return leaf.address if isinstance(leaf, Ref) and leaf.path in (("id",), ("arn",)) else str(leaf)


def missing(leaf: Leaf, origin: Origin | None) -> Unknown:
    """Why nothing is known about a thing outside the sources."""
    if isinstance(leaf, Unknown):
        return leaf
    return Unknown(f"{leaf} (not in the sources)", origin)


def existence(resource: Resource) -> tuple[Unknown, ...]:
    """Why a resource may not exist at all; empty where it certainly does."""
    return () if resource.exists else (Unknown(f"whether {resource.address} exists", resource.origin),)
