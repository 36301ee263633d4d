"""Everything that one reading declares, as records that know one another by key.

A thing that the sources only refer to becomes a record with `declared = False` or with an `open` reason: it is
unknown, and widens the answer, but two equal references are the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from netaudit.flows import NOWHERE, AddressSet
from netaudit.model import Diagnostic, Effect, Origin, Reading, Ref, Resource, Severity, Unknown
from netaudit.providers.aws import (
    internet_gateway,
    nat_gateway,
    peering,
    prefix_list,
    security_group,
    subnet,
    transit_gateway,
    vpc_endpoint,
)
from netaudit.providers.aws.lookup import Lookup, identity, missing
from netaudit.providers.aws.network_acl import NetworkAcl
from netaudit.providers.aws.route_table import RouteTable
from netaudit.providers.aws.security_group import SecurityGroup
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.values import Fields, Leaf
from netaudit.providers.aws.vpc import Vpc

VPCS = ("aws_vpc", "data.aws_vpc")
SUBNETS = ("aws_subnet", "data.aws_subnet")
GROUPS = ("aws_security_group", "aws_default_security_group")
_SOURCE_GROUPS = (("source_security_group_id",), ("source_security_group",))
ACLS = ("aws_network_acl", "aws_default_network_acl")
TABLES = ("aws_route_table", "aws_default_route_table")
_ELSEWHERE = "whatever is in none of the sources"


@dataclass
class Inventory:
    """The records of one reading. Built by `collection.collect`; the lookups add what is only referred to."""

    reading: Reading
    lookup: Lookup
    notes: list[Diagnostic]
    vpcs: dict[str, Vpc] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    versions: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of subnets of unknown VPCs
    groups: dict[str, SecurityGroup] = field(default_factory=dict)
    acls: dict[str, NetworkAcl] = field(default_factory=dict)
    tables: dict[str, RouteTable] = field(default_factory=dict)
    default_strays: list[Unknown] = field(default_factory=list)  # why a default group may be adopted
    lists: dict[str, prefix_list.PrefixList] = field(default_factory=dict)
    nats: list[nat_gateway.NatGateway] = field(default_factory=list)
    peerings: list[peering.Peering] = field(default_factory=list)
    gateways: list[internet_gateway.Gateway] = field(default_factory=list)
    endpoints: list[vpc_endpoint.GatewayEndpoint] = field(default_factory=list)
    transits: list[transit_gateway.TransitGateway] = field(default_factory=list)
    attached: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the VPCs of transit gateway attachments
    acl_of: dict[str, list[str]] = field(default_factory=dict)
    table_of: dict[str, list[str]] = field(default_factory=dict)
    acl_doubts: list[Unknown] = field(default_factory=list)
    acl_perhaps: set[str] = field(default_factory=set)  # subnets to which something perhaps gives another ACL
    table_doubts: list[Unknown] = field(default_factory=list)
    main_of: dict[str, str] = field(default_factory=dict)
    default_table_of: dict[str, str] = field(default_factory=dict)  # what a VPC's main table was at first
    main_doubts: dict[str, list[tuple[str, Unknown]]] = field(default_factory=dict)  # tables that may be a VPC's main
    on_premises: AddressSet | None = None  # what lies behind VPN and Direct Connect, where that is assumed
    edges: dict[str, list[tuple[str, tuple[Unknown, ...]]]] = field(default_factory=dict)  # the tables of gateways
    edge_doubts: list[tuple[str, tuple[Unknown, ...]]] = field(default_factory=list)  # tables of unknown gateways

    # ---- VPCs and subnets -----------------------------------------------------------------------------

    def vpc(self, leaf: Leaf | None, of: str) -> str:
        """The key of the VPC that a leaf names; `of` names one that is unknown. None is the default VPC."""
        found = self.lookup.find(leaf, *VPCS) if leaf is not None else self._default_vpc()
        if found is not None:
            return found.address
        text = identity(self.lookup.follow(leaf) or leaf) if leaf is not None else "default VPC"
        key = text or f"VPC of {of}"
        if key not in self.vpcs:
            reason = missing(leaf, None) if leaf is not None else Unknown("the default VPC")
            self.vpcs[key] = Vpc(key, None, unknown=(reason,), declared=False)
        return key

    def _default_vpc(self) -> Resource | None:
        return next((r for r in self.lookup.of_kind("aws_vpc") if r.kind == "aws_default_vpc"), None)

    def subnet(self, leaf: Leaf | None, of: str) -> str:
        """The key of the subnet that a leaf names; None is one of the default VPC's."""
        found = self.lookup.find(leaf, *SUBNETS)
        if found is not None:
            return found.address
        key = (identity(leaf) if leaf is not None else "default subnet") or f"subnet of {of}"
        if key not in self.subnets:
            reason = missing(leaf, None) if leaf is not None else Unknown("the default subnet")
            home = self.vpc(None if leaf is None else Unknown(f"the VPC of {key}"), key)
            self.subnets[key] = subnet.outside(key, home, reason)
        return key

    def places(self, leaf: Leaf | None, of: str, homes: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The keys of all places that a leaf may name: several where it, or its VPC, is unknown.

        None is one of the default VPC's. One that is unknown lies in one of the VPCs `homes`, if there are any: it is
        some subnet there, or one that is in none of the sources.
        """
        followed = self.lookup.follow(leaf)
        if self.lookup.find(leaf, *SUBNETS) is not None or not isinstance(followed, Unknown | Ref | None):
            key = self.subnet(leaf, of)
            return (key, *self.versions.get(key, ()))
        if isinstance(leaf, Ref) and isinstance(followed, Unknown):  # what a data source finds in a declared VPC
            key = self.subnet(leaf, of)
            return (key, self._some(self.subnets[key].vpc))
        known = dict.fromkeys(each.vpc for each in self.subnets.values() if each.resource)
        if leaf is None:
            default = self._default_vpc()
            known = dict.fromkeys([default.address] if default is not None and default.address in known else ())
        others = [self._some(vpc) for vpc in known if not homes or vpc in homes]
        anywhere = others and isinstance(followed, Unknown)  # one place outside stands for all, as none is certain
        return (self.subnet(leaf, _ELSEWHERE if anywhere else of), *others)

    def _some(self, vpc: str) -> str:
        """The key of whichever subnet of a VPC it is."""
        reason = Unknown(f"which subnet of {vpc} it is")
        found = subnet.some(vpc, NOWHERE if self.vpcs[vpc].unknown else self.vpcs[vpc].addresses, reason)
        return self.subnets.setdefault(found.key, found).key

    def pairs(self, each: peering.Peering) -> list[tuple[str, str]]:
        """The two VPCs of a peering; every pair that they may be, where one is unknown."""
        declared = [key for key, vpc in self.vpcs.items() if vpc.declared]
        sides: list[list[str]] = []
        for leaf in (each.requester, each.accepter):
            own = self.vpc(leaf or Unknown("a peer VPC"), f"{each.key} peer")
            sides.append([own, *(declared if isinstance(self.lookup.follow(leaf), Unknown) else ())])
        return [(one, other) for one in sides[0] for other in sides[1] if one != other]

    # ---- security groups ------------------------------------------------------------------------------

    def group(self, leaf: Leaf) -> SecurityGroup | None:
        """The group that a leaf names; None where not even its identity is known."""
        found = self.lookup.find(leaf, *GROUPS)
        if found is not None:
            return self.groups[found.address]
        followed = self.lookup.follow(leaf)
        if isinstance(followed, Ref) and followed.path == ("default_security_group_id",):
            owner = self.lookup.find(Ref(followed.address), *VPCS)
            if owner is not None:
                return self.default_group(owner.address)
        if isinstance(followed, Ref) and (only := self._group_of_balancer(followed)) is not None:
            return self.group(only)
        key = None if followed is None else identity(followed)
        if key is None or followed is None:
            return None
        if key not in self.groups:
            self.groups[key] = SecurityGroup(key, "", None, open=(missing(followed, None),))
        return self.groups[key]

    def _group_of_balancer(self, leaf: Ref) -> Leaf | None:
        """The group of a classic load balancer that its targets may refer to: its own, where it has one only."""
        balancer = self.lookup.find(Ref(leaf.address), "aws_elb") if leaf.path in _SOURCE_GROUPS else None
        groups = Fields.of(balancer, self.notes).leaves("security_groups") or () if balancer is not None else ()
        return groups[0] if len(groups) == 1 and not isinstance(groups[0], Unknown) else None

    def default_group(self, vpc_key: str) -> SecurityGroup:
        """The VPC's default group: the adopted one, AWS's own, or an unknown one (AWS-4, TF-92)."""
        key = f"{vpc_key}:default-security-group"
        if key not in self.groups:
            home = self.vpcs[vpc_key]
            group = security_group.default(vpc_key, key, home.origin, self.default_strays)
            if not home.declared:
                reason = Unknown(f"the default security group of {vpc_key}", home.origin)
                group = SecurityGroup(key, "default", None, open=(reason,), vpc=vpc_key)
            self.groups[key] = group
        return self.groups[key]

    # ---- ACLs and route tables ------------------------------------------------------------------------

    def acls_for(self, place: Subnet) -> tuple[list[str], tuple[Unknown, ...]]:
        """The ACLs that a subnet may have, and why it may have others; none at all is the VPC's default."""
        written = self.acl_of.get(place.written)
        if written and place.written not in self.acl_perhaps:
            return written, ()
        return [], tuple(self.acl_doubts)

    def table_for(self, place: Subnet) -> RouteTable:
        """The table of a subnet: its association, or the VPC's main table (AWS-19).

        Several candidates give one table in which every written route is uncertain.
        """
        found, doubts = self.tables_for(place)
        return found[0] if len(found) == 1 else _any_of(f"route table of {place.key}", found, doubts, place.origin)

    def tables_for(self, place: Subnet) -> tuple[list[RouteTable], tuple[Unknown, ...]]:
        """The tables that a subnet may have, and why it is not known which of them."""
        written = self.table_of.get(place.written)
        if written:
            return [self.tables[key] for key in written], (
                Unknown(f"which route table {place.key} uses", place.origin),
            )
        mains, doubts = self._main_tables(place.vpc)
        if place.some and place.unknown is not None:
            reason = replace(place.unknown, reason=f"the table of {place.key}")
            return [*self.tables.values(), RouteTable(f"table of {place.key}", None, open=(reason,))], (reason,)
        if not self.table_doubts:
            return mains, doubts
        others = (each for each in self.tables.values() if each not in mains)
        return [*mains, *others], (*self.table_doubts, *doubts)

    def main_table(self, vpc_key: str) -> RouteTable:
        """The VPC's main table: the one made so, the adopted one, or AWS's own with local routes only."""
        key = self.main_of.get(vpc_key)
        return self.own_main_table(vpc_key) if key is None else self.tables[key]

    def own_main_table(self, vpc_key: str) -> RouteTable:
        """The main table that AWS gives a VPC, with local routes only."""
        home = self.vpcs[vpc_key]
        reason = Unknown(f"the main route table of {vpc_key}", home.origin)
        return RouteTable(own_table(vpc_key), home.origin, vpc_key, open=() if home.declared else (reason,))

    def _main_tables(self, vpc_key: str) -> tuple[list[RouteTable], tuple[Unknown, ...]]:
        """The VPC's main table, and those that may have taken its place."""
        doubtful = self.main_doubts.get(vpc_key, ())
        tables = {table.key: table for table in (self.main_table(vpc_key), *(self.tables[key] for key, _ in doubtful))}
        return list(tables.values()), tuple(dict.fromkeys(reason for _, reason in doubtful))

    def note(self, code: str, message: str, origin: Origin | None, effect: Effect, *touches: str) -> None:
        """Record a diagnostic."""
        self.notes.append(Diagnostic(code, message, Severity.WARNING, origin, effect, tuple(touches)))


def own_table(vpc_key: str) -> str:
    """The key of the main table that AWS gives a VPC."""
    return f"{vpc_key}:main-route-table"


def _any_of(key: str, tables: list[RouteTable], doubts: tuple[Unknown, ...], origin: Origin | None) -> RouteTable:
    """One table that stands for several, of which only one is used."""
    routes = [replace(route, because=(*route.because, *doubts)) for table in tables for route in table.routes]
    return RouteTable(key, origin, None, tuple(routes), tuple(dict.fromkeys(r for table in tables for r in table.open)))
