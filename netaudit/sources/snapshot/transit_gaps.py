"""What a snapshot does not tell about the transit gateways that it shows: any table, any route, any subnet.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html (read 2026-11-27)

Five answers of the API make a gateway's routing. Where one of them lacks an attachment or a table that another one
names, what it would say is unknown: never that there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netaudit.model import Resource, Unknown
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.network import gone
from netaudit.sources.snapshot.shelf import Shelf

_KIND = "aws_ec2_transit_gateway"
_PROPAGATIONS = "TransitGatewayRouteTablePropagations"
_ID, _TABLE, _GATEWAY = "TransitGatewayAttachmentId", "TransitGatewayRouteTableId", "TransitGatewayId"


def unseen(shelf: Shelf) -> Iterator[Resource]:
    """Resources with unknown values for what the answers about transit gateways leave open."""
    gateways = [item for item in shelf.of("TransitGateways") if not gone(item)]
    if gateways:
        yield from _Gaps(shelf).resources(gateways)


def is_placed(item: Item) -> bool:
    """Whether an attachment of a VPC says what it joins."""
    return not gone(item) and bool(item.text(_GATEWAY) and item.text("VpcId"))


class _Gaps:
    """The attachments and tables that each answer names."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._attachments = _living(shelf, "TransitGatewayAttachments", _ID)
        placed = _living(shelf, "TransitGatewayVpcAttachments", _ID)
        self._placed = {key: item for key, item in placed.items() if is_placed(item)}
        self._tables = _living(shelf, "TransitGatewayRouteTables", _TABLE)
        self._propagated = {
            item.text(_TABLE) for item in shelf.of("TransitGatewayPropagations") if _PROPAGATIONS in item.value
        }
        static = [item for item in shelf.of("TransitGatewayStaticRoutes") if not item.get("AdditionalRoutesAvailable")]
        self._static = {item.text(_TABLE) for item in static if "Routes" in item.value}

    def resources(self, gateways: list[Item]) -> Iterator[Resource]:
        for item in gateways:
            yield from self._gateway(item)
        for key, item in self._placed.items():
            if key not in self._attachments:
                yield _association(key, item)
        for key, item in self._attachments.items():
            if key not in self._placed and item.text("ResourceType") == "vpc":
                yield self._unplaced(key, item, item.text(_GATEWAY), item.text("ResourceId"))
            if self._is_of_another_owner(item):
                yield _association(key, item)
        yield from self._unattached({item.text(_GATEWAY) for item in gateways})
        for key, item in self._named_tables().items():
            yield from self._table(key, item)

    def _is_of_another_owner(self, item: Item) -> bool:
        """Whether the table of an attachment is another account's to see: no table of its gateway is shown at all.

        The owner of an attached VPC sees neither; an attachment without a table beside tables has none.
        """
        shown = {each.text(_GATEWAY) for each in self._tables.values()}
        vague = item.get("Association", _TABLE) is None and item.text("ResourceType") in ("vpc", "")
        return vague and (item.get("Association") is not None or item.text(_GATEWAY) not in shown)

    def _gateway(self, item: Item) -> Iterator[Resource]:
        key = item.text(_GATEWAY)
        attached = [each for each in self._attachments.values() if each.text(_GATEWAY) == key]
        if not attached or any(each.text("Association", _TABLE) not in ("", *self._tables) for each in attached):
            home: Block = {"transit_gateway_id": key}
            yield resource(f"{_KIND}_peering_attachment", item, f"{key}:unseen-attachments", home)
        if not any(each.text(_GATEWAY) == key for each in self._named_tables().values()):
            yield _static_route(item, f"{key}:unseen-routes", Unknown(f"the tables of {key}, {_LACKS}", item.origin))

    def _named_tables(self) -> dict[str, Item]:
        """The tables that are listed, and those that an attachment is associated with."""
        found = dict(self._tables)
        for item in self._attachments.values():
            if table := item.text("Association", _TABLE):
                found.setdefault(table, item)
        return found

    def _table(self, key: str, item: Item) -> Iterator[Resource]:
        if key not in self._tables:
            home: Block = {"transit_gateway_id": item.get(_GATEWAY)}
            yield resource(f"{_KIND}_route_table", item, key, home)
        if key not in self._propagated:
            reason = Unknown(f"what propagates into {key}, {_LACKS}", item.origin)
            link: Block = {"transit_gateway_attachment_id": reason, "transit_gateway_route_table_id": key}
            yield resource(f"{_KIND}_route_table_propagation", item, f"{key}:unseen-propagations", link)
        if key not in self._static:
            yield _static_route(item, f"{key}:unseen-routes", key)

    def _unattached(self, gateways: set[str]) -> Iterator[Resource]:
        """VPCs with an active route to a gateway, which takes only an attached VPC, and no attachment shown."""
        known = {(each.text(_GATEWAY), each.text("VpcId")) for each in self._placed.values()}
        known |= {(each.text(_GATEWAY), each.text("ResourceId")) for each in self._attachments.values()}
        for table in self._shelf.of("RouteTables"):
            for route in table.items("Routes"):
                pair = route.text(_GATEWAY), table.text("VpcId")
                if pair[0] in gateways and route.text("State") != "blackhole" and pair not in known:
                    known.add(pair)
                    key = f"{pair[0]}:attachment-of-{pair[1]}"
                    yield self._unplaced(key, route, *pair)
                    yield _association(key, route)

    def _unplaced(self, key: str, item: Item, gateway: str, home: str) -> Resource:
        """An attachment whose subnets are not shown: any of its VPC's, perhaps; a VPC without any is foreign."""
        subnets = [each.get("SubnetId") for each in self._shelf.of("Subnets") if each.text("VpcId") == home]
        attributes: Block = {"transit_gateway_id": gateway, "vpc_id": home, "subnet_ids": subnets}
        kind = f"{_KIND}_vpc_attachment" if subnets else f"{_KIND}_peering_attachment"
        return replace(resource(kind, item, key, attributes), exists=False)


_LACKS = "which the snapshot lacks"


def _living(shelf: Shelf, key: str, name: str) -> dict[str, Item]:
    return {item.text(name): item for item in shelf.of(key) if not gone(item)}


def _association(key: str, item: Item) -> Resource:
    reason = Unknown(f"the table of {key}, {_LACKS}", item.origin)
    link: Block = {"transit_gateway_attachment_id": key, "transit_gateway_route_table_id": reason}
    return resource(f"{_KIND}_route_table_association", item, f"{key}:unseen-association", link)


def _static_route(item: Item, key: str, table: str | Unknown) -> Resource:
    reason = Unknown(f"the static routes of {item.text(_TABLE) or item.text(_GATEWAY)}, {_LACKS}", item.origin)
    attributes: Block = {
        "transit_gateway_route_table_id": table,
        "destination_cidr_block": reason,
        "transit_gateway_attachment_id": reason,
        "blackhole": reason,
    }
    return resource(f"{_KIND}_route", item, key, attributes)
