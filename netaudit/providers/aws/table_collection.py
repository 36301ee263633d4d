"""Route tables of a reading, with routes and associations that are written apart from them (AWS-19, AWS-57).

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html (read 2026-11-23)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from netaudit.model import Ref, Resource, Unknown
from netaudit.providers.aws import (
    internet_gateway,
    private_gateway,
    route_table,
)
from netaudit.providers.aws.association import associate
from netaudit.providers.aws.inventory import TABLES, Inventory
from netaudit.providers.aws.lookup import existence, identity
from netaudit.providers.aws.route_table import RouteTable
from netaudit.providers.aws.values import Fields, Leaf

GATEWAYS = (internet_gateway.KIND, private_gateway.KIND)


def read_tables(inventory: Inventory) -> None:
    """Every table with its routes, and the subnets that each is bound to."""
    lookup, notes = inventory.lookup, inventory.notes
    for resource in lookup.of_kind(*TABLES):
        table = route_table.read(resource, notes)
        inventory.tables[table.key] = table
        _adopt(inventory, resource, table)
    for link in lookup.of_kind("aws_main_route_table_association"):
        _make_main(inventory, link)
    for resource in lookup.of_kind("aws_route"):
        leaf = Fields.of(resource, notes).leaf("route_table_id")
        add_route(inventory, leaf, route_table.read_route(resource, notes))
    for link in lookup.of_kind("aws_vpn_gateway_route_propagation"):
        fields = Fields.of(link, notes)
        route = route_table.propagated(fields.leaf("vpn_gateway_id"), link.origin)
        add_route(inventory, fields.leaf("route_table_id"), route)
    for link in lookup.of_kind("aws_vpc_route_server_propagation"):
        fields = Fields.of(link, notes)
        add_route(inventory, fields.leaf("route_table_id"), route_table.learnt(link.address, link.origin))
    for link in lookup.of_kind("aws_route_table_association"):
        fields = Fields.of(link, notes)
        if fields.raw("gateway_id") is not None:
            _steer(inventory, link, fields)
            continue
        key = _table(inventory, fields.leaf("route_table_id"), link)
        leaf = fields.leaf("subnet_id")
        associate(
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


def learn(inventory: Inventory) -> None:
    """Say of propagated routes what is known of the gateways that they come from (AWS-38)."""
    known = private_gateway.collect(inventory.lookup, inventory.notes, inventory.on_premises)
    for key, table in inventory.tables.items() if known else ():
        routes = tuple(private_gateway.announced(known, inventory.lookup, route) for route in table.routes)
        inventory.tables[key] = replace(table, routes=routes)


def _steer(inventory: Inventory, link: Resource, fields: Fields) -> None:
    """A gateway's own table (AWS-23)."""
    key = _table(inventory, fields.leaf("route_table_id"), link)
    gateway = inventory.lookup.find(fields.leaf("gateway_id"), *GATEWAYS)
    if gateway is None:
        inventory.edge_doubts.append((key, (Unknown(f"the gateway of {link.address}", link.origin),)))
    else:
        inventory.edges.setdefault(gateway.address, []).append((key, existence(link)))


def _make_main(inventory: Inventory, link: Resource) -> None:
    """A table takes the place of a VPC's main one: perhaps, where the link may not exist or its VPC is unknown."""
    fields = Fields.of(link, inventory.notes)
    key, leaf = _table(inventory, fields.leaf("route_table_id"), link), fields.leaf("vpc_id")
    doubts = (*existence(link), *([leaf] if isinstance(leaf, Unknown) else []))
    if not doubts:
        inventory.main_of[inventory.vpc(leaf, link.address)] = key
        return
    home = inventory.tables[key].vpc if isinstance(leaf, Unknown) else leaf  # both are of one VPC
    known = home is not None and not isinstance(home, Unknown)
    for vpc in [inventory.vpc(home, key)] if known else list(inventory.vpcs):
        inventory.main_doubts.setdefault(vpc, []).extend((key, reason) for reason in doubts)


def _adopt(inventory: Inventory, resource: Resource, table: RouteTable) -> None:
    """`aws_default_route_table` is the VPC's main table; without `route` its routes are not managed (AWS-57)."""
    if resource.kind != "aws_default_route_table":
        return
    leaf = inventory.lookup.follow(Fields.of(resource, inventory.notes).leaf("default_route_table_id"))
    if isinstance(leaf, Ref):
        inventory.main_of[leaf.address] = inventory.default_table_of[leaf.address] = table.key
        return
    if isinstance(leaf, Unknown):
        inventory.table_doubts.append(leaf)  # the main table of any VPC may be this one
    for home in inventory.vpcs.values():
        written = home.resource.attributes.get("default_route_table_id") if home.resource else None
        if leaf is not None and leaf == written:
            inventory.main_of[home.key] = inventory.default_table_of[home.key] = table.key


def _table(inventory: Inventory, leaf: Leaf | None, link: Resource) -> str:
    """The key of the table that a leaf names; one outside the sources has unknown routes."""
    found = inventory.lookup.find(leaf, *TABLES)
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
    """The key of the main table that a VPC had at first, which is one of its own where something refers to it."""
    if vpc_key not in inventory.default_table_of and vpc_key in inventory.vpcs:
        table = inventory.own_main_table(vpc_key)
        inventory.tables[table.key] = table
        inventory.default_table_of[vpc_key] = table.key
        inventory.main_of.setdefault(vpc_key, table.key)
    return inventory.default_table_of.get(vpc_key, vpc_key)


def _main_keys(inventory: Inventory, vpc_key: str) -> list[str]:
    """The tables that `main_route_table_id` may name: the first main one, or one that took its place since."""
    later = [inventory.main_of.get(vpc_key), *(key for key, _ in inventory.main_doubts.get(vpc_key, ()))]
    return list(dict.fromkeys([main_key(inventory, vpc_key), *(key for key in later if key)]))


def add_route(inventory: Inventory, leaf: Leaf | None, route: route_table.Route) -> None:
    """Add a route to the table that it names; that of an unknown one may be in any."""
    followed = inventory.lookup.follow(leaf)
    found = inventory.lookup.find(leaf, *TABLES)
    key = found.address if found else None
    if isinstance(followed, Ref) and followed.path in (("main_route_table_id",), ("default_route_table_id",)):
        key = main_key(inventory, followed.address)
    keys = _main_keys(inventory, followed.address) if _names_main(followed) else []
    if len(keys) > 1:  # the one of before the first apply, or that of after it
        reason = Unknown(f"which table {followed} is", route.origin)
        for each in keys:
            _add(inventory, each, replace(route, because=(*route.because, reason)))
        return
    if key is None and followed is not None and not isinstance(followed, Unknown):
        key = identity(followed)
        reason = Unknown(f"{followed} (not in the sources)", route.origin)
        inventory.tables.setdefault(str(key), RouteTable(str(key), None, open=(reason,)))
    if key is not None and key in inventory.tables:
        _add(inventory, key, route)
        return
    reason = followed if isinstance(followed, Unknown) else Unknown("the table of a route", route.origin)
    shaky = replace(route, because=(*route.because, reason))
    for vpc in inventory.vpcs:
        main_key(inventory, vpc)  # AWS's own main tables, too
    for key in list(inventory.tables):
        _add(inventory, key, shaky)


def _names_main(leaf: Leaf | None) -> TypeGuard[Ref]:
    return isinstance(leaf, Ref) and leaf.path == ("main_route_table_id",)


def _add(inventory: Inventory, key: str, route: route_table.Route) -> None:
    table = inventory.tables[key]
    inventory.tables[key] = replace(table, routes=(*table.routes, route))
