"""Managed services of a snapshot: VPC endpoints, databases, search domains.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html (read 2026-11-23)
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import Resource, Value
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.machines import private_address
from netaudit.sources.snapshot.network import gone, settled
from netaudit.sources.snapshot.shelf import Shelf


def read(shelf: Shelf) -> Iterator[Resource]:
    """Every service that has interfaces, or routes."""
    interfaces = {item.text("NetworkInterfaceId"): item for item in shelf.of("NetworkInterfaces")}
    for item in shelf.of("VpcEndpoints"):
        if not gone(item):
            _tell_nameless(item)
            yield settled(_endpoint(shelf, item, interfaces), item.text("State"))
    for item in shelf.of("ServiceConfigurations"):
        if not gone(item, "ServiceState"):
            _tell_nameless(item)
            yield _service(item)
    for key, item in shelf.named("DBInstances", "DBInstanceIdentifier", "DBInstanceArn"):
        if not gone(item, "DBInstanceStatus"):
            yield from _database(key, item)
    for key, item in shelf.named("DomainStatusList", "DomainName", "ARN"):
        if item.get("Deleted") is not True:
            yield _domain(key, item)


def _tell_nameless(item: Item) -> None:
    """Without the name of a service nobody knows which endpoints lead to it."""
    if "ServiceName" not in item.value:
        item.bad("'ServiceName' is missing: connections through it are not known")


def _endpoint(shelf: Shelf, item: Item, interfaces: dict[str, Item]) -> Resource:
    key = item.text("VpcEndpointId")
    mine = [interfaces[str(each)] for each in item.texts("NetworkInterfaceIds") if str(each) in interfaces]
    attributes: Block = {
        "vpc_id": item.told("VpcId"),
        "vpc_endpoint_type": item.told("VpcEndpointType"),
        "service_name": item.get("ServiceName"),
        "ip_address_type": item.get("IpAddressType"),
        "route_table_ids": item.texts_told("RouteTableIds"),
        "security_group_ids": item.leaves_told("Groups", "GroupId"),
        "subnet_ids": item.texts_told("SubnetIds"),
        "cidr_blocks": _blocks(shelf, item),
        "tags": item.tags(),
    }
    places: list[tuple[Block, Item]] = [
        ({"subnet_id": each.get("SubnetId"), "ipv4": private_address(each)}, each) for each in mine
    ]
    return resource("aws_vpc_endpoint", item, key, attributes, {"subnet_configuration": places})


def _blocks(shelf: Shelf, item: Item) -> list[Value] | None:
    """The addresses that a gateway endpoint takes: the prefix list of its service."""
    for listed in shelf.of("PrefixLists"):
        if listed.text("PrefixListName") == item.text("ServiceName"):
            return listed.texts("Cidrs")
    return None


def _service(item: Item) -> Resource:
    """The provider's side of PrivateLink; who may use it is another question of the API, so anybody may."""
    attributes: Block = {
        "service_name": item.get("ServiceName"),
        "acceptance_required": item.get("AcceptanceRequired"),
        "network_load_balancer_arns": item.texts_told("NetworkLoadBalancerArns"),
        "allowed_principals": ["*"],
        "tags": item.tags(),
    }
    return resource("aws_vpc_endpoint_service", item, item.text("ServiceId"), attributes)


def _database(key: str, item: Item) -> Iterator[Resource]:
    group = f"{key}:subnets"
    subnets = [each.told("SubnetIdentifier") for each in item.items("DBSubnetGroup", "Subnets")]
    subnets = subnets or [item.told("DBSubnetGroup", "Subnets")]
    yield resource("aws_db_subnet_group", item, group, {"subnet_ids": subnets})
    attributes: Block = {
        "db_subnet_group_name": group,
        "vpc_security_group_ids": item.leaves_told("VpcSecurityGroups", "VpcSecurityGroupId"),
        "publicly_accessible": item.told("PubliclyAccessible"),
        "network_type": item.get("NetworkType"),
    }
    yield resource("aws_db_instance", item, key, attributes)


def _domain(key: str, item: Item) -> Resource:
    options = item.get("VPCOptions")
    place = Item(options, item.mark, item.file, item.settings, item.notes) if isinstance(options, dict) else None
    blocks: list[tuple[Block, Item]] = []
    if place is not None:
        block: Block = {
            "subnet_ids": place.texts_told("SubnetIds"),
            "security_group_ids": place.texts_told("SecurityGroupIds"),
        }
        blocks.append((block, item))
    return resource("aws_opensearch_domain", item, key, {}, {"vpc_options": blocks})
