"""Everything that one reading declares, as records that know one another by key.

A thing that the sources only refer to becomes a record with `declared = False` or with an `open` reason: it is
unknown, and widens the answer, but two equal references are the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from netaudit.model import Diagnostic, Effect, Origin, Reading, Ref, Resource, Severity, Unknown
from netaudit.providers.aws import (
    internet_gateway,
    managed,
    nat_gateway,
    network_acl,
    peering,
    prefix_list,
    route_table,
    security_group,
    subnet,
    transit_gateway,
    vpc,
    vpc_endpoint,
)
from netaudit.providers.aws.lookup import Lookup, existence, identity, missing
from netaudit.providers.aws.network_acl import NetworkAcl
from netaudit.providers.aws.route_table import RouteTable
from netaudit.providers.aws.security_group import SecurityGroup, SecurityRule
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.values import Fields, Leaf
from netaudit.providers.aws.vpc import Vpc

_VPCS = ("aws_vpc", "data.aws_vpc")
_SUBNETS = ("aws_subnet", "data.aws_subnet")
_GROUPS = ("aws_security_group", "aws_default_security_group")
_ACLS = ("aws_network_acl", "aws_default_network_acl")
_TABLES = ("aws_route_table", "aws_default_route_table")


@dataclass
class Inventory:
    """The records of one reading. Built by `collect`; the lookups add what is only referred to."""

    reading: Reading
    lookup: Lookup
    notes: list[Diagnostic]
    vpcs: dict[str, Vpc] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    groups: dict[str, SecurityGroup] = field(default_factory=dict)
    acls: dict[str, NetworkAcl] = field(default_factory=dict)
    tables: dict[str, RouteTable] = field(default_factory=dict)
    lists: dict[str, prefix_list.PrefixList] = field(default_factory=dict)
    nats: list[nat_gateway.NatGateway] = field(default_factory=list)
    peerings: list[peering.Peering] = field(default_factory=list)
    gateways: list[internet_gateway.Gateway] = field(default_factory=list)
    endpoints: list[vpc_endpoint.GatewayEndpoint] = field(default_factory=list)
    transits: list[transit_gateway.TransitGateway] = field(default_factory=list)
    attached: dict[str, str] = field(default_factory=dict)  # the VPC of each transit gateway attachment
    acl_of: dict[str, list[str]] = field(default_factory=dict)
    table_of: dict[str, list[str]] = field(default_factory=dict)
    acl_doubts: list[Unknown] = field(default_factory=list)
    table_doubts: list[Unknown] = field(default_factory=list)
    main_of: dict[str, str] = field(default_factory=dict)
    steered: list[Unknown] = field(default_factory=list)  # why gateways may not deliver what comes in

    # ---- VPCs and subnets -----------------------------------------------------------------------------

    def vpc(self, leaf: Leaf | None, of: str) -> str:
        """The key of the VPC that a leaf names; `of` names one that is unknown. None is the default VPC."""
        found = self.lookup.find(leaf, *_VPCS) if leaf is not None else self._default_vpc()
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
        found = self.lookup.find(leaf, *_SUBNETS)
        if found is not None:
            return found.address
        key = (identity(leaf) if leaf is not None else "default subnet") or f"subnet of {of}"
        if key not in self.subnets:
            reason = missing(leaf, None) if leaf is not None else Unknown("the default subnet")
            home = self.vpc(None if leaf is None else Unknown(f"the VPC of {key}"), key)
            self.subnets[key] = subnet.outside(key, home, reason)
        return key

    # ---- security groups ------------------------------------------------------------------------------

    def group(self, leaf: Leaf) -> SecurityGroup | None:
        """The group that a leaf names; None where not even its identity is known."""
        found = self.lookup.find(leaf, *_GROUPS)
        if found is not None:
            return self.groups[found.address]
        followed = self.lookup.follow(leaf)
        if isinstance(followed, Ref) and followed.path == ("default_security_group_id",):
            owner = self.lookup.find(Ref(followed.address), *_VPCS)
            if owner is not None:
                return self.default_group(owner.address)
        key = None if followed is None else identity(followed)
        if key is None or followed is None:
            return None
        if key not in self.groups:
            self.groups[key] = SecurityGroup(key, "", None, open=(missing(followed, None),))
        return self.groups[key]

    def default_group(self, vpc_key: str) -> SecurityGroup:
        """The VPC's default group: the adopted one, AWS's own, or an unknown one (AWS-4, TF-92)."""
        key = f"{vpc_key}:default-security-group"
        if key not in self.groups:
            home = self.vpcs[vpc_key]
            group = security_group.default(vpc_key, key, home.origin)
            if not home.declared:
                reason = Unknown(f"the default security group of {vpc_key}", home.origin)
                group = SecurityGroup(key, "default", None, open=(reason,), vpc=vpc_key)
            self.groups[key] = group
        return self.groups[key]

    # ---- ACLs and route tables ------------------------------------------------------------------------

    def acls_for(self, place: Subnet) -> tuple[list[str], tuple[Unknown, ...]]:
        """The ACLs that a subnet may have, and why it may have others; none at all is the VPC's default."""
        written = self.acl_of.get(place.key)
        return (written, ()) if written else ([], tuple(self.acl_doubts))

    def table_for(self, place: Subnet) -> RouteTable:
        """The table of a subnet: its association, or the VPC's main table (AWS-19).

        Several candidates give one table in which every written route is uncertain.
        """
        written = self.table_of.get(place.key)
        if written and len(written) == 1:
            return self.tables[written[0]]
        main = self.main_table(place.vpc)
        if not written and not self.table_doubts:
            return main
        doubts = tuple(self.table_doubts) or (Unknown(f"which route table {place.key} uses", place.origin),)
        candidates = [self.tables[key] for key in written] if written else [main, *self.tables.values()]
        routes = [replace(r, because=(*r.because, *doubts)) for table in candidates for r in table.routes]
        openings = tuple(dict.fromkeys(reason for table in candidates for reason in table.open))
        return RouteTable(f"route table of {place.key}", place.origin, None, tuple(routes), openings)

    def main_table(self, vpc_key: str) -> RouteTable:
        """The VPC's main table: the one made so, the adopted one, or AWS's own with local routes only."""
        key = self.main_of.get(vpc_key)
        if key is not None:
            return self.tables[key]
        home = self.vpcs[vpc_key]
        reason = Unknown(f"the main route table of {vpc_key}", home.origin)
        return RouteTable(f"{vpc_key}:main-route-table", home.origin, vpc_key, open=() if home.declared else (reason,))

    def note(self, code: str, message: str, origin: Origin | None, effect: Effect, *touches: str) -> None:
        """Record a diagnostic."""
        self.notes.append(Diagnostic(code, message, Severity.WARNING, origin, effect, tuple(touches)))


def collect(reading: Reading, resources: Sequence[Resource]) -> Inventory:
    """Read every resource of the foundation: VPCs, subnets, groups, ACLs, tables, gateways."""
    notes: list[Diagnostic] = []
    inventory = Inventory(reading, Lookup(resources), notes)
    _read_vpcs(inventory)
    _read_groups(inventory)
    inventory.lists = prefix_list.collect(inventory.lookup, notes)
    _read_acls(inventory)
    _read_tables(inventory)
    _read_gateways(inventory)
    return inventory


def _read_vpcs(inventory: Inventory) -> None:
    lookup, notes = inventory.lookup, inventory.notes
    further: dict[str, list[Resource]] = {}
    links = ("aws_vpc_ipv4_cidr_block_association", "aws_vpc_ipv6_cidr_block_association")
    for link in lookup.of_kind(*links):
        owner = lookup.find(Fields.of(link, notes).leaf("vpc_id"), *_VPCS)
        if owner is not None:
            further.setdefault(owner.address, []).append(link)
    for resource in lookup.of_kind(*_VPCS):
        found = vpc.read(resource, further.get(resource.address, ()), notes)
        inventory.vpcs[found.key] = found
    for resource in lookup.of_kind(*_SUBNETS):
        leaf = Fields.of(resource, notes).leaf("vpc_id")
        unread = resource.kind.startswith("data.") and leaf is None
        home = inventory.vpc(Unknown(f"{resource.address}.vpc_id") if unread else leaf, resource.address)
        bound = inventory.vpcs[home].addresses
        inventory.subnets[resource.address] = subnet.read(resource, home, bound, notes)


# ---- security groups ----------------------------------------------------------------------------------


def _read_groups(inventory: Inventory) -> None:
    lookup, notes = inventory.lookup, inventory.notes
    for resource in lookup.of_kind(*_GROUPS):
        group = security_group.read(resource, notes)
        home = inventory.vpc(group.vpc, group.key)
        inventory.groups[group.key] = replace(group, vpc=home)
        if resource.kind == "aws_default_security_group":
            inventory.groups[f"{home}:default-security-group"] = inventory.groups[group.key]
    for cluster in lookup.of_kind("aws_eks_cluster"):
        key = str(managed.cluster_group(cluster))
        own = security_group.default("", key, cluster.origin)
        inventory.groups[key] = replace(own, name=f"{cluster.address} cluster", vpc=None)
    for owner, rule in _separate_rules(lookup, notes):
        _add_rule(inventory, owner, rule)


def _separate_rules(lookup: Lookup, notes: list[Diagnostic]) -> Iterable[tuple[Leaf | None, SecurityRule]]:
    for resource in lookup.of_kind("aws_security_group_rule"):
        fields = Fields.of(resource, notes)
        kind, owner = fields.text("type"), fields.leaf("security_group_id")
        rule = security_group.read_classic(fields, kind == "egress", "")
        if kind in ("ingress", "egress"):
            yield owner, rule
            continue
        reason = kind if isinstance(kind, Unknown) else Unknown(f"{resource.address}.type", resource.origin)
        shaky = replace(rule, because=(*rule.because, reason))
        yield owner, shaky
        yield owner, replace(shaky, egress=True)
    for direction in ("ingress", "egress"):
        for resource in lookup.of_kind(f"aws_vpc_security_group_{direction}_rule"):
            rule = security_group.read_single(resource, direction == "egress", notes)
            yield Fields.of(resource, notes).leaf("security_group_id"), rule


def _add_rule(inventory: Inventory, owner: Leaf | None, rule: SecurityRule) -> None:
    group = None if owner is None else inventory.group(owner)
    if group is not None:
        _conflict(inventory, group, rule)
        _replace_group(inventory, replace(group, rules=(*group.rules, rule)))
        return
    reason = owner if isinstance(owner, Unknown) else Unknown("the group of a rule", rule.origin)
    for key, each in list(inventory.groups.items()):
        if key == each.key:
            shaky = replace(rule, because=(*rule.because, reason))
            _replace_group(inventory, replace(each, rules=(*each.rules, shaky)))


def _replace_group(inventory: Inventory, group: SecurityGroup) -> None:
    """Put a changed group under every key that it has (a default group has two)."""
    for key, known in list(inventory.groups.items()):
        if known.key == group.key:
            inventory.groups[key] = group


def _conflict(inventory: Inventory, group: SecurityGroup, rule: SecurityRule) -> None:
    """Inline and separate rules overwrite each other (AWS-57). A state shows every rule inline as well."""
    mixed = any(each.name.endswith("]") and each.egress is rule.egress for each in group.rules)
    if mixed and inventory.reading.format == "terraform" and group.origin is not None:
        message = f"{group.key} has inline rules and separate ones, which overwrite each other: taken as the union"
        known = any(d.code == "AWS_MIXED_RULES" and group.key in d.touches for d in inventory.notes)
        if not known:
            inventory.note("AWS_MIXED_RULES", message, rule.origin, Effect.OVER_APPROXIMATED, group.key)


# ---- network ACLs -------------------------------------------------------------------------------------


def _read_acls(inventory: Inventory) -> None:
    lookup, notes = inventory.lookup, inventory.notes
    for resource in lookup.of_kind(*_ACLS):
        inventory.acls[resource.address] = network_acl.read(resource, notes)
    for resource in lookup.of_kind("aws_network_acl_rule"):
        leaf = Fields.of(resource, notes).leaf("network_acl_id")
        _add_entries(inventory, leaf, resource, network_acl.read_rule(resource, notes))
    for key, acl in list(inventory.acls.items()):
        for leaf in acl.subnets:
            _associate(inventory, leaf, key, inventory.acl_of, inventory.acl_doubts, origin=acl.origin)
    for link in lookup.of_kind("aws_network_acl_association"):
        fields = Fields.of(link, notes)
        key = _acl(inventory, fields.leaf("network_acl_id")) or _unknown_acl(inventory, link)
        subnet_leaf, because = fields.leaf("subnet_id"), existence(link)
        bound = inventory.acl_of
        _associate(inventory, subnet_leaf, key, bound, inventory.acl_doubts, origin=link.origin, because=because)


def _unknown_acl(inventory: Inventory, link: Resource) -> str:
    key = f"ACL of {link.address}"
    inventory.acls[key] = NetworkAcl(key, link.origin, open=(Unknown(key, link.origin),))
    return key


def _add_entries(
    inventory: Inventory, leaf: Leaf | None, resource: Resource, entries: tuple[network_acl.Entry, ...]
) -> None:
    """Add entries to the ACL that they name; those of an unknown one may belong to any, at any place."""
    found = _acl(inventory, leaf)
    if found is not None:
        acl = inventory.acls[found]
        inventory.acls[found] = replace(acl, entries=(*acl.entries, *entries))
        return
    reason = Unknown(f"the ACL of {resource.address}", resource.origin)
    shaky = tuple(replace(e, number=None, because=(*e.because, reason)) for e in entries)
    for key, acl in list(inventory.acls.items()):
        inventory.acls[key] = replace(acl, entries=(*acl.entries, *shaky))


def _acl(inventory: Inventory, leaf: Leaf | None) -> str | None:
    """The key of the ACL that a leaf names, a VPC's adopted default one included."""
    found = inventory.lookup.find(leaf, *_ACLS)
    if found is not None:
        return found.address
    followed = inventory.lookup.follow(leaf)
    if isinstance(followed, Ref) and followed.path == ("default_network_acl_id",):
        return default_acl(inventory, followed.address) or _own_acl(inventory, followed.address)
    if followed is None or isinstance(followed, Unknown):
        return None
    key = str(followed)
    if key not in inventory.acls:  # one outside the sources: whatever its entries are
        inventory.acls[key] = NetworkAcl(key, None, open=(missing(followed, None),))
    return key


def _own_acl(inventory: Inventory, vpc_key: str) -> str:
    """AWS's own default ACL of a VPC, as one to which the sources add entries."""
    home = inventory.vpcs.get(vpc_key)
    key = f"{vpc_key}:default-network-acl"
    if key not in inventory.acls:
        acl = network_acl.allowing(key, home.origin if home else None)
        reason = Unknown(f"the default network ACL of {vpc_key}")
        declared = home is not None and home.declared
        inventory.acls[key] = acl if declared else replace(acl, entries=(), open=(reason,))
    return key


def default_acl(inventory: Inventory, vpc_key: str) -> str | None:
    """The key of the resource that adopted a VPC's default ACL (AWS-18)."""
    for resource in inventory.lookup.of_kind("aws_default_network_acl"):
        fields = Fields.of(resource, inventory.notes)
        leaf = inventory.lookup.follow(fields.leaf("default_network_acl_id"))
        if isinstance(leaf, Ref) and leaf.address == vpc_key:
            return resource.address
        home = inventory.vpcs.get(vpc_key)
        written = home.resource.attributes.get("default_network_acl_id") if home and home.resource else None
        if isinstance(leaf, str) and leaf == written:
            return resource.address
    own = f"{vpc_key}:default-network-acl"
    return own if own in inventory.acls else None


def _associate(
    inventory: Inventory,
    leaf: Leaf | None,
    key: str,
    found: dict[str, list[str]],
    doubts: list[Unknown],
    *,
    origin: Origin | None,
    because: tuple[Unknown, ...] = (),
) -> None:
    """Bind a subnet to an ACL or table; a subnet that is unknown may be any that nothing else binds."""
    if because:
        doubts.extend(because)
        return
    place = inventory.lookup.find(leaf, *_SUBNETS)
    if place is not None:
        bound = found.setdefault(place.address, [])
        bound += [] if key in bound else [key]
    elif isinstance(leaf, Unknown):
        doubts.append(leaf)
    elif leaf is not None:
        bound = found.setdefault(inventory.subnet(leaf, str(origin)), [])
        bound += [] if key in bound else [key]


# ---- route tables -------------------------------------------------------------------------------------


def _read_tables(inventory: Inventory) -> None:
    lookup, notes = inventory.lookup, inventory.notes
    for resource in lookup.of_kind(*_TABLES):
        table = route_table.read(resource, notes)
        inventory.tables[table.key] = table
        _adopt(inventory, resource, table)
    for resource in lookup.of_kind("aws_route"):
        leaf = Fields.of(resource, notes).leaf("route_table_id")
        _add_route(inventory, leaf, route_table.read_route(resource, notes))
    for link in lookup.of_kind("aws_vpn_gateway_route_propagation"):
        fields = Fields.of(link, notes)
        route = route_table.propagated(fields.leaf("vpn_gateway_id"), link.origin)
        _add_route(inventory, fields.leaf("route_table_id"), route)
    for link in lookup.of_kind("aws_main_route_table_association"):
        fields = Fields.of(link, notes)
        home = inventory.vpc(fields.leaf("vpc_id"), link.address)
        inventory.main_of[home] = _table(inventory, fields.leaf("route_table_id"), link)
    for link in lookup.of_kind("aws_route_table_association"):
        fields = Fields.of(link, notes)
        if fields.raw("gateway_id") is not None:
            _steer(inventory, link, fields)
            continue
        key = _table(inventory, fields.leaf("route_table_id"), link)
        leaf = fields.leaf("subnet_id")
        _associate(
            inventory,
            leaf,
            key,
            inventory.table_of,
            inventory.table_doubts,
            origin=link.origin,
            because=existence(link),
        )
    for link in lookup.of_kind("awscc_ec2_subnet_route_table_association"):
        inventory.table_doubts.append(Unknown(f"{link.address} (of a provider that is not read)", link.origin))


def _steer(inventory: Inventory, link: Resource, fields: Fields) -> None:
    """A gateway's own table (AWS-23): where it has routes besides local, what comes in may go elsewhere."""
    table = inventory.tables.get(_table(inventory, fields.leaf("route_table_id"), link))
    if table is not None and not table.open and all(route.target == route_table.LOCAL for route in table.routes):
        return
    message = f"{link.address}: what comes in by the gateway may be led elsewhere: possible, never certain"
    inventory.note("AWS_NOT_MODELLED", message, link.origin, Effect.OVER_APPROXIMATED)
    inventory.steered.append(Unknown(f"where {link.address} leads what comes in", link.origin))


def _adopt(inventory: Inventory, resource: Resource, table: RouteTable) -> None:
    """`aws_default_route_table` is the VPC's main table; without `route` its routes are not managed (AWS-57)."""
    if resource.kind != "aws_default_route_table":
        return
    leaf = inventory.lookup.follow(Fields.of(resource, inventory.notes).leaf("default_route_table_id"))
    if isinstance(leaf, Ref):
        inventory.main_of[leaf.address] = table.key
        return
    for home in inventory.vpcs.values():
        written = home.resource.attributes.get("default_route_table_id") if home.resource else None
        if leaf is not None and leaf == written:
            inventory.main_of[home.key] = table.key


def _table(inventory: Inventory, leaf: Leaf | None, link: Resource) -> str:
    """The key of the table that a leaf names; one outside the sources has unknown routes."""
    found = inventory.lookup.find(leaf, *_TABLES)
    if found is not None:
        return found.address
    followed = inventory.lookup.follow(leaf)
    if isinstance(followed, Ref) and followed.path in (("main_route_table_id",), ("default_route_table_id",)):
        return main_key(inventory, followed.address)
    key = (identity(followed) if followed is not None else None) or f"route table of {link.address}"
    if key not in inventory.tables:
        reason = Unknown(f"{followed or 'a route table'} (not in the sources)", link.origin)
        inventory.tables[key] = RouteTable(key, link.origin, open=(reason,))
    return key


def main_key(inventory: Inventory, vpc_key: str) -> str:
    """The key of a VPC's main table, which becomes a table of its own where something refers to it."""
    if vpc_key not in inventory.main_of and vpc_key in inventory.vpcs:
        table = inventory.main_table(vpc_key)
        inventory.tables[table.key] = table
        inventory.main_of[vpc_key] = table.key
    return inventory.main_of.get(vpc_key, vpc_key)


def _add_route(inventory: Inventory, leaf: Leaf | None, route: route_table.Route) -> None:
    followed = inventory.lookup.follow(leaf)
    found = inventory.lookup.find(leaf, *_TABLES)
    key = found.address if found else None
    if isinstance(followed, Ref) and followed.path in (("main_route_table_id",), ("default_route_table_id",)):
        key = main_key(inventory, followed.address)
    if key is None and followed is not None and not isinstance(followed, Unknown):
        key = identity(followed)
        reason = Unknown(f"{followed} (not in the sources)", route.origin)
        inventory.tables.setdefault(str(key), RouteTable(str(key), None, open=(reason,)))
    if key is not None and key in inventory.tables:
        table = inventory.tables[key]
        inventory.tables[key] = replace(table, routes=(*table.routes, route))
        return
    reason = leaf if isinstance(leaf, Unknown) else Unknown("the table of a route", route.origin)
    shaky = replace(route, because=(*route.because, reason))
    for key in list(inventory.tables):
        table = inventory.tables[key]
        inventory.tables[key] = replace(table, routes=(*table.routes, shaky))


def _read_gateways(inventory: Inventory) -> None:
    lookup, notes = inventory.lookup, inventory.notes
    inventory.nats = [nat_gateway.read(r, lookup, notes) for r in lookup.of_kind(nat_gateway.KIND)]
    inventory.peerings = [peering.read(r, lookup, notes) for r in lookup.of_kind(peering.KIND)]
    inventory.gateways = internet_gateway.collect(lookup, notes)
    for resource in lookup.of_kind(vpc_endpoint.KIND):
        if vpc_endpoint.kind_of_endpoint(resource, notes) == "Gateway":
            endpoint = vpc_endpoint.read_gateway(resource, lookup, notes)
            inventory.endpoints.append(endpoint)
            for leaf in endpoint.tables if endpoint.blocks else ():
                _add_route(inventory, leaf, route_table.to_service(endpoint.key, endpoint.blocks, endpoint.origin))
    for resource in lookup.of_kind(transit_gateway.ATTACHMENT):
        home = inventory.vpc(Fields.of(resource, notes).leaf("vpc_id"), resource.address)
        inventory.attached[resource.address] = home
    inventory.transits = transit_gateway.collect(lookup, inventory.vpcs, inventory.attached, notes)
