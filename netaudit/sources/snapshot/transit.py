"""Transit gateways and virtual private gateways of a snapshot.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayAttachment.html (read 2026-11-23)
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnConnection.html (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netaudit.model import Resource, Unknown, Value
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.network import gone, settled
from netaudit.sources.snapshot.shelf import Shelf
from netaudit.sources.snapshot.transit_gaps import is_placed, unseen

_KIND = "aws_ec2_transit_gateway"
_FOREIGN = {"peering": f"{_KIND}_peering_attachment", "vpn": "aws_vpn_connection", "connect": f"{_KIND}_connect"}


def read(shelf: Shelf) -> Iterator[Resource]:
    """Transit gateways with attachments, associations, propagations and static routes; virtual private gateways."""
    for item in shelf.of("TransitGateways"):
        if not gone(item):
            yield _gateway(item)
    for item in shelf.of("TransitGatewayRouteTables"):
        if not gone(item):
            home: Block = {"transit_gateway_id": item.get("TransitGatewayId"), "tags": item.tags()}
            yield resource(f"{_KIND}_route_table", item, item.text("TransitGatewayRouteTableId"), home)
    for item in shelf.of("TransitGatewayVpcAttachments"):
        if is_placed(item):
            yield settled(_attachment(item), item.text("State"))
    for item in shelf.of("TransitGatewayAttachments"):
        if not gone(item):
            yield from _associated(item)
    for item in shelf.of("TransitGatewayPropagations"):
        yield from _propagations(item)
    for item in shelf.of("TransitGatewayStaticRoutes"):
        yield from _routes(item)
    yield from _references(shelf)
    yield from unseen(shelf)
    yield from _private_gateways(shelf)


def _gateway(item: Item) -> Resource:
    """Associations and propagations are listed one by one, so the defaults add nothing."""
    attributes: Block = {
        "default_route_table_association": "disable",
        "default_route_table_propagation": "disable",
        "security_group_referencing_support": item.get("Options", "SecurityGroupReferencingSupport"),
        "tags": item.tags(),
    }
    return resource(_KIND, item, item.text("TransitGatewayId"), attributes)


def _attachment(item: Item) -> Resource:
    attributes: Block = {
        "transit_gateway_id": item.get("TransitGatewayId"),
        "vpc_id": item.get("VpcId"),
        "subnet_ids": item.texts_told("SubnetIds"),
        "tags": item.tags(),
    }
    return resource(f"{_KIND}_vpc_attachment", item, item.text("TransitGatewayAttachmentId"), attributes)


def _associated(item: Item) -> Iterator[Resource]:
    key, kind = item.text("TransitGatewayAttachmentId"), item.text("ResourceType")
    table = item.get("Association", "TransitGatewayRouteTableId")
    if kind in ("vpc", "") and table is not None:
        link: Block = {"transit_gateway_attachment_id": key, "transit_gateway_route_table_id": table}
        yield resource(f"{_KIND}_route_table_association", item, f"{key}:association", link)
    elif kind not in ("vpc", ""):
        foreign: Block = {"transit_gateway_id": item.get("TransitGatewayId"), "tags": item.tags()}
        yield resource(_FOREIGN.get(kind, "aws_dx_gateway_association"), item, key, foreign)


def _propagations(item: Item) -> Iterator[Resource]:
    table = item.text("TransitGatewayRouteTableId")
    for each in item.items("TransitGatewayRouteTablePropagations"):
        if each.text("State") in ("enabled", "enabling", ""):
            key = each.text("TransitGatewayAttachmentId")
            link: Block = {"transit_gateway_attachment_id": key, "transit_gateway_route_table_id": table}
            yield resource(f"{_KIND}_route_table_propagation", each, f"{table}:propagation-{key}", link)


def _routes(item: Item) -> Iterator[Resource]:
    table = item.text("TransitGatewayRouteTableId")
    for number, each in enumerate(item.items("Routes")):
        if each.text("Type") not in ("static", "") or gone(each):
            continue  # propagated: it stands among the propagations
        attached = each.leaves("TransitGatewayAttachments", "TransitGatewayAttachmentId")
        leads: Block = {
            "transit_gateway_route_table_id": table,
            "transit_gateway_attachment_id": attached[0] if attached else None,
            "blackhole": each.get("State") == "blackhole",
        }
        key, listed = each.text("DestinationCidrBlock"), each.text("PrefixListId")
        if listed and not key:
            yield _reference(each, table, listed, leads)
            continue
        block = {"destination_cidr_block": key or Unknown("the destination of a route", each.origin)}
        yield resource(f"{_KIND}_route", each, f"{table}:route-{key or number}", leads | block)


def _references(shelf: Shelf) -> Iterator[Resource]:
    """Routes to prefix lists, which are listed by themselves as well."""
    for item in shelf.of("TransitGatewayPrefixListReferences"):
        if not gone(item):
            table = item.text("TransitGatewayRouteTableId")
            drops = item.get("Blackhole") is True
            attached = ("TransitGatewayAttachment", "TransitGatewayAttachmentId")
            leads: Block = {
                "transit_gateway_route_table_id": table,
                "transit_gateway_attachment_id": item.get(*attached) if drops else item.told(*attached),
                "blackhole": drops,
            }
            yield _reference(item, table, item.text("PrefixListId"), leads)


def _reference(item: Item, table: str, listed: str, leads: Block) -> Resource:
    kind = f"{_KIND}_prefix_list_reference"
    return resource(kind, item, f"{table}:{listed}", leads | {"prefix_list_id": listed})


def _private_gateways(shelf: Shelf) -> Iterator[Resource]:
    for item in shelf.of("VpnGateways"):
        attached = [each for each in item.items("VpcAttachments") if each.text("State") in ("attached", "attaching")]
        home = attached[0].get("VpcId") if attached else None
        if not gone(item):
            yield resource("aws_vpn_gateway", item, item.text("VpnGatewayId"), {"vpc_id": home, "tags": item.tags()})
    yield from _announcing(shelf)
    for item in shelf.of("VpnConnections"):
        if gone(item):
            continue
        key = item.text("VpnConnectionId")
        attributes: Block = {
            "vpn_gateway_id": item.get("VpnGatewayId"),
            "transit_gateway_id": item.get("TransitGatewayId"),
            "static_routes_only": item.get("Options", "StaticRoutesOnly"),
            "tags": item.tags(),
        }
        yield resource("aws_vpn_connection", item, key, attributes)
        yield from _static_routes(key, item)


def _announcing(shelf: Shelf) -> Iterator[Resource]:
    """Virtual private gateways that only a table which takes their routes names."""
    listed = {item.text("VpnGatewayId") for item in shelf.of("VpnGateways")}
    for table in shelf.of("RouteTables"):
        for each in table.items("PropagatingVgws"):
            if (key := each.text("GatewayId")) not in listed:
                listed.add(key)
                unseen = resource("aws_vpn_gateway", each, key, {"vpc_id": table.get("VpcId")})
                yield replace(unseen, exists=False)


def _static_routes(key: str, item: Item) -> Iterator[Resource]:
    """The routes of a connection that has no others; where they were not printed, it may have any."""
    told: list[tuple[Value, Item]] = [(each.get("DestinationCidrBlock"), each) for each in item.items("Routes")]
    if "Routes" not in item.value:
        told = [(Unknown(f"the routes of {key}, which the snapshot lacks", item.origin), item)]
    for number, (block, each) in enumerate(told):
        if not gone(each):
            route: Block = {"vpn_connection_id": key, "destination_cidr_block": block}
            yield resource("aws_vpn_connection_route", each, f"{key}:route-{number}", route)
