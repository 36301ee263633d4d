"""VPCs, subnets, route tables, gateways and peerings of a snapshot.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netaudit.model import Resource, Unknown, Value
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.shelf import Shelf

_DESTINATIONS = {
    "DestinationCidrBlock": "cidr_block",
    "DestinationIpv6CidrBlock": "ipv6_cidr_block",
    "DestinationPrefixListId": "destination_prefix_list_id",
}
_TARGETS = {
    "GatewayId": "gateway_id",
    "NatGatewayId": "nat_gateway_id",
    "TransitGatewayId": "transit_gateway_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
    "EgressOnlyInternetGatewayId": "egress_only_gateway_id",
    "NetworkInterfaceId": "network_interface_id",
    "CarrierGatewayId": "carrier_gateway_id",
    "LocalGatewayId": "local_gateway_id",
    "CoreNetworkArn": "core_network_arn",
}
_PASSING = frozenset(
    {
        "pending",
        "pendingacceptance",
        "initiating",
        "initiatingrequest",
        "rollingback",
        "attaching",
        "detaching",
        "partial",
    }
)
_WAYS_IN = (
    ("VpnGateways",),
    ("VpcPeeringConnections",),
    ("TransitGatewayVpcAttachments", "TransitGatewayAttachments"),
)
_ASKS, _ACCEPTS = ("RequesterVpcInfo", "VpcId"), ("AccepterVpcInfo", "VpcId")
_GONE = frozenset({"deleted", "deleting", "failed", "rejected", "expired", "terminated", "shutting-down"})


def gone(item: Item, *keys: str) -> bool:
    """Whether an object is only a memory of one."""
    return item.text(*(keys or ("State",))).lower() in _GONE


def settled(found: Resource, state: str) -> Resource:
    """The same, which may not be there while its state says that it only comes or goes."""
    return replace(found, exists=False) if state.lower() in _PASSING else found


def read(shelf: Shelf) -> Iterator[Resource]:
    """Everything that packets are routed by inside and out of VPCs, but for transit gateways."""
    mains = _with_main_table(shelf)
    for item in shelf.of("Vpcs"):
        yield from _vpc(shelf, item)
        if item.text("VpcId") not in mains:
            yield from _unseen_table(item, item.text("VpcId"))
    for item in shelf.of("Subnets"):
        yield _subnet(item)
    shown = {item.text("VpcEndpointId") for item in shelf.of("VpcEndpoints")}
    for item in shelf.of("RouteTables"):
        yield from _table(item, shown)
    yield from _gateways(shelf)
    for item in shelf.of("VpcPeeringConnections"):
        if item.text("Status", "Code") == "active" and item.text(*_ASKS) and item.text(*_ACCEPTS):
            yield _peering(item)  # otherwise routes to it lead anywhere
    yield from _prefix_lists(shelf)


def _prefix_lists(shelf: Shelf) -> Iterator[Resource]:
    """The lists that are described, and those of which only the entries are."""
    lists = [*shelf.of("PrefixLists")]
    lists += [each for each in shelf.of("ManagedPrefixListEntries") if "Entries" in each.value]
    blocks = {item.text("PrefixListId") for item in lists if "Cidrs" in item.value}
    named = {item.text("PrefixListId") for item in shelf.of("PrefixLists")}
    for item in lists:
        key = item.text("PrefixListId")
        if "Cidrs" not in item.value and (key in blocks or ("Entries" in item.value and key in named)):
            continue  # another answer has it with its blocks
        yield resource("aws_ec2_managed_prefix_list", item, key, {}, {"entry": list(_entries(shelf, item))})


def _entries(shelf: Shelf, item: Item) -> Iterator[tuple[Block, Item]]:
    """The blocks of a prefix list: AWS's own lists show them, those of customers are another question of the API."""
    key, told = item.text("PrefixListId"), "Cidrs" in item.value
    yield from (({"cidr": each}, item) for each in item.texts("Cidrs"))
    for answer in shelf.of("ManagedPrefixListEntries"):
        if answer.text("PrefixListId") == key and "Entries" in answer.value:
            told = True
            yield from (({"cidr": each.get("Cidr")}, each) for each in answer.items("Entries"))
    if not told:
        yield {"cidr": Unknown(f"the entries of {key}, which the snapshot lacks", item.origin)}, item


def _vpc(shelf: Shelf, item: Item) -> Iterator[Resource]:
    key = item.text("VpcId")
    blocks = [
        each.get("CidrBlock")
        for each in item.items("CidrBlockAssociationSet")
        if each.text("CidrBlockState", "State") in ("associated", "")
    ]
    first = item.get("CidrBlock")
    further = [block for block in blocks if block != first]
    v6 = _v6_blocks(item)
    attributes: Block = {
        "cidr_block": first,
        "default_network_acl_id": _default_acl(shelf, key),
        "ways_not_listed": _ways_not_listed(shelf, item),
        "tags": item.tags(),
    }
    yield resource("aws_vpc", item, key, {**attributes, "ipv6_cidr_block": v6[0] if v6 else None})
    for number, block in enumerate(further):
        link: Block = {"vpc_id": key, "cidr_block": block}
        yield resource("aws_vpc_ipv4_cidr_block_association", item, f"{key}:block-{number}", link)
    for number, block in enumerate(v6[1:]):
        link = {"vpc_id": key, "ipv6_cidr_block": block}
        yield resource("aws_vpc_ipv6_cidr_block_association", item, f"{key}:ipv6-block-{number}", link)


def _ways_not_listed(shelf: Shelf, item: Item) -> list[Value] | None:
    """Answers that nobody asked for, and that might show a way into a VPC which no route names (`UNLISTED_WAYS_IN`)."""
    lacking = [keys[0] for keys in _WAYS_IN if not any(shelf.has(key, item.settings) for key in keys)]
    return [*lacking] or None


def _unseen_table(item: Item, vpc: str) -> Iterator[Resource]:
    """A VPC without a main table, which every VPC has: whatever it is."""
    key = f"{vpc}:main-route-table"
    reason = Unknown(f"the main route table of {vpc}, which the snapshot lacks", item.origin, many=True)
    yield resource("aws_route_table", item, key, {"vpc_id": vpc, "route": [reason]})
    yield resource("aws_main_route_table_association", item, f"{key}:main", {"vpc_id": vpc, "route_table_id": key})


def _with_main_table(shelf: Shelf) -> set[str]:
    """The VPCs whose main route tables are shown."""
    tables = shelf.of("RouteTables")
    return {t.text("VpcId") for t in tables if any(link.get("Main") is True for link in t.items("Associations"))}


def _default_acl(shelf: Shelf, vpc: str) -> str | None:
    for acl in shelf.of("NetworkAcls"):
        if acl.get("IsDefault") is True and acl.text("VpcId") == vpc:
            return acl.text("NetworkAclId")
    return None


def _v6_blocks(item: Item) -> list[Value]:
    found = item.items("Ipv6CidrBlockAssociationSet")
    return [
        each.get("Ipv6CidrBlock") for each in found if each.text("Ipv6CidrBlockState", "State") in ("associated", "")
    ]


def _subnet(item: Item) -> Resource:
    v6 = _v6_blocks(item)
    attributes: Block = {
        "vpc_id": item.told("VpcId"),
        "cidr_block": item.get("CidrBlock"),
        "ipv6_cidr_block": v6[0] if v6 else None,
        "availability_zone": item.get("AvailabilityZone"),
        "map_public_ip_on_launch": item.get("MapPublicIpOnLaunch"),
        "assign_ipv6_address_on_creation": item.get("AssignIpv6AddressOnCreation"),
        "tags": item.tags(),
    }
    return resource("aws_subnet", item, item.text("SubnetId"), attributes)


# ---- route tables -------------------------------------------------------------------------------------


def _table(item: Item, endpoints: set[str]) -> Iterator[Resource]:
    key = item.text("RouteTableId")
    routes = [each for each in item.blocks("Routes", _route) if not _by_endpoint(each[1], endpoints)]
    # What is propagated stands among the routes, with its origin, so that nothing of it is unknown.
    attributes: Block = {"vpc_id": item.get("VpcId"), "tags": item.tags()}
    yield resource("aws_route_table", item, key, attributes, {"route": routes})
    for number, link in enumerate(item.items("Associations")):
        name = link.text("RouteTableAssociationId") or f"{key}:association-{number}"
        if link.text("AssociationState", "State") not in ("associated", ""):
            continue
        between: Block = {"route_table_id": key}
        if link.get("Main") is True:
            whole = {**between, "vpc_id": item.get("VpcId")}
            yield resource("aws_main_route_table_association", link, name, whole)
        else:
            gateway = link.get("GatewayId")
            between |= {"subnet_id": link.told("SubnetId") if gateway is None else None, "gateway_id": gateway}
            yield resource("aws_route_table_association", link, name, between)


def _by_endpoint(route: Item, endpoints: set[str]) -> bool:
    """Routes of gateway endpoints are those of the endpoint itself, which names its tables; where it is shown."""
    return route.text("GatewayId") in endpoints and route.get("DestinationPrefixListId") is not None


def _route(item: Item) -> Block:
    block: Block = {ours: item.get(theirs) for theirs, ours in _DESTINATIONS.items()}
    targets = {ours: item.get(theirs) for theirs, ours in _TARGETS.items() if item.get(theirs) is not None}
    gateway = targets.get("gateway_id")
    if isinstance(gateway, str) and gateway.startswith("vpce-"):  # of a firewall or a Gateway Load Balancer
        targets = {"vpc_endpoint_id": gateway}
    block |= targets
    block["state"] = item.get("State")
    block["propagated"] = item.get("Origin") == "EnableVgwRoutePropagation"
    return {key: value for key, value in block.items() if value is not None}


# ---- gateways -----------------------------------------------------------------------------------------


def _gateways(shelf: Shelf) -> Iterator[Resource]:
    for key, kind, name in (
        ("InternetGateways", "aws_internet_gateway", "InternetGatewayId"),
        ("EgressOnlyInternetGateways", "aws_egress_only_internet_gateway", "EgressOnlyInternetGatewayId"),
    ):
        for item in shelf.of(key):
            attached = [each for each in item.items("Attachments") if each.text("State") in _ATTACHED]
            home = attached[0].get("VpcId") if attached else None
            found = resource(kind, item, item.text(name), {"vpc_id": home, "tags": item.tags()})
            yield settled(found, attached[0].text("State") if attached else "")
    shown = {item.text("VpcId") for item in shelf.of("Vpcs") if _shows_gateways(shelf, item)}
    for item in shelf.of("Vpcs"):
        if item.text("VpcId") not in shown:
            key, home = f"{item.text('VpcId')}:unseen-internet-gateway", {"vpc_id": item.get("VpcId")}
            yield replace(resource("aws_internet_gateway", item, key, home), exists=False)
    for item in shelf.of("NatGateways"):
        if not gone(item):
            yield from _nat(item)


def _shows_gateways(shelf: Shelf, vpc: Item) -> bool:
    """Whether the gateways of a VPC would be listed where it is: those of a shared VPC are its owner's to see."""
    account, owner = vpc.settings.get("account_id"), vpc.get("OwnerId")
    return shelf.has("InternetGateways", vpc.settings) and (account is None or owner is None or owner == account)


_ATTACHED = ("available", "attached", "attaching", "detaching", "")


def _nat(item: Item) -> Iterator[Resource]:
    key = item.text("NatGatewayId")
    addresses = item.items("NatGatewayAddresses")
    first = next((each for each in addresses if each.get("IsPrimary") is not False), None)
    public = first.get("PublicIp") if first else None
    others = [each for each in addresses if each is not first]
    further = {f"{key}:public-{n}": found for n, each in enumerate(others) if (found := each.get("PublicIp"))}
    for name, address in further.items():
        yield resource("aws_eip", item, name, {"public_ip": address})
    attributes: Block = {
        "subnet_id": item.told("SubnetId"),
        "private_ip": first.get("PrivateIp") if first else None,
        "public_ip": public,
        "secondary_allocation_ids": [*further],
        "secondary_private_ip_addresses": [each.get("PrivateIp") for each in others if each.get("PrivateIp")],
        "connectivity_type": item.get("ConnectivityType") or ("public" if public else "private"),
        "tags": item.tags(),
    }
    yield settled(resource("aws_nat_gateway", item, key, attributes), item.text("State"))


def _peering(item: Item) -> Resource:
    attributes: Block = {
        "vpc_id": item.get(*_ASKS),
        "peer_vpc_id": item.get(*_ACCEPTS),
        "region": item.get("RequesterVpcInfo", "Region"),
        "peer_region": item.get("AccepterVpcInfo", "Region"),
        "accept_status": "active",
        "tags": item.tags(),
    }
    if attributes["region"] is None:
        attributes["peer_region"] = None
    return resource("aws_vpc_peering_connection", item, item.text("VpcPeeringConnectionId"), attributes)
