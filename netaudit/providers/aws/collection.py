"""Reading the foundation: VPCs, subnets, groups, ACLs, tables, gateways, in the order in which they refer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netaudit.model import Diagnostic, Reading, Resource, Unknown
from netaudit.providers.aws import (
    internet_gateway,
    nat_gateway,
    peering,
    prefix_list,
    route_table,
    subnet,
    transit_gateway,
    vpc,
    vpc_endpoint,
)
from netaudit.providers.aws.acl_collection import read_acls
from netaudit.providers.aws.group_collection import read_groups
from netaudit.providers.aws.inventory import SUBNETS, VPCS, Inventory
from netaudit.providers.aws.lookup import Lookup
from netaudit.providers.aws.table_collection import add_route, read_tables
from netaudit.providers.aws.values import Fields


def collect(reading: Reading, resources: Sequence[Resource]) -> Inventory:
    """Read every resource of the foundation: VPCs, subnets, groups, ACLs, tables, gateways."""
    notes: list[Diagnostic] = []
    inventory = Inventory(reading, Lookup(resources), notes)
    _read_vpcs(inventory)
    read_groups(inventory)
    inventory.lists = prefix_list.collect(inventory.lookup, notes)
    read_acls(inventory)
    read_tables(inventory)
    _read_gateways(inventory)
    return inventory


def _read_vpcs(inventory: Inventory) -> None:
    lookup, notes = inventory.lookup, inventory.notes
    further: dict[str, list[Resource]] = {}
    strays: list[Resource] = []  # blocks of unknown VPCs: perhaps of each
    for link in lookup.of_kind(vpc.FURTHER_V4, vpc.FURTHER_V6):
        leaf = Fields.of(link, notes).leaf("vpc_id")
        owner = lookup.find(leaf, *VPCS)
        if owner is not None:
            further.setdefault(owner.address, []).append(link)
        elif isinstance(leaf, Unknown):
            strays.append(link)
    for resource in lookup.of_kind(*VPCS):
        found = vpc.read(resource, further.get(resource.address, ()), notes, strays)
        inventory.vpcs[found.key] = found
    for resource in lookup.of_kind(*SUBNETS):
        leaf = Fields.of(resource, notes).leaf("vpc_id")
        unread = resource.kind.startswith("data.") and leaf is None
        home = inventory.vpc(Unknown(f"{resource.address}.vpc_id") if unread else leaf, resource.address)
        bound = inventory.vpcs[home].addresses
        inventory.subnets[resource.address] = subnet.read(resource, home, bound, notes)
        if isinstance(leaf, Unknown):
            declared = [each for each in inventory.vpcs.values() if each.declared]
            known = ((each.key, each.addresses, bool(each.unknown)) for each in declared)
            versions = {each.key: each for each in subnet.versions(resource, known, notes)}
            inventory.versions[resource.address] = tuple(versions)
            inventory.subnets |= versions


def _read_gateways(inventory: Inventory) -> None:
    lookup, notes = inventory.lookup, inventory.notes
    inventory.nats = [nat_gateway.read(r, lookup, notes) for r in lookup.of_kind(nat_gateway.KIND)]
    inventory.peerings = [peering.read(r, lookup, inventory.vpcs, notes) for r in lookup.of_kind(peering.KIND)]
    inventory.gateways = internet_gateway.collect(lookup, notes)
    for resource in lookup.of_kind(vpc_endpoint.KIND):
        if vpc_endpoint.kind_of_endpoint(resource, notes) in ("Gateway", "unknown"):
            endpoint = vpc_endpoint.read_gateway(resource, lookup, notes)
            inventory.endpoints.append(endpoint)
            route = route_table.to_service(endpoint.key, endpoint.blocks, endpoint.origin)
            for leaf in endpoint.tables if endpoint.blocks else ():
                add_route(inventory, leaf, replace(route, because=endpoint.because))
    for resource in lookup.of_kind(transit_gateway.ATTACHMENT):
        inventory.attached[resource.address] = _attached(inventory, resource)
    inventory.transits = transit_gateway.collect(lookup, inventory.vpcs, inventory.attached, notes)


def _attached(inventory: Inventory, attachment: Resource) -> tuple[str, ...]:
    """The VPC of an attachment: where it is unknown, those of its subnets."""
    fields = Fields.of(attachment, inventory.notes)
    leaf, key = fields.leaf("vpc_id"), attachment.address
    if not isinstance(leaf, Unknown):
        return (inventory.vpc(leaf, key),)
    entries = [place for each in fields.leaves("subnet_ids") or () for place in inventory.places(each, key)]
    return tuple(dict.fromkeys(inventory.subnets[entry].vpc for entry in entries)) or (inventory.vpc(leaf, key),)
