"""Instances and network interfaces of a snapshot.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html (read 2026-11-23)

An instance has the interfaces that are attached to it, also where only these name it. One that belongs to a service
which the snapshot shows is part of that service; every other one is an endpoint of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import Resource, Unknown, Value
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.network import gone
from netaudit.sources.snapshot.shelf import Shelf

_OF_GATEWAYS = frozenset({"nat_gateway", "natGateway", "transit_gateway"})


def read(shelf: Shelf) -> Iterator[Resource]:
    """Every instance, and every interface that is not part of something else."""
    listed: dict[str, Item] = {}
    for item in shelf.of("NetworkInterfaces"):
        listed.setdefault(item.text("NetworkInterfaceId"), item)
    served = interfaces_of_services(shelf)
    for item in _instances(shelf):
        if not gone(item, "State", "Name"):
            yield from _instance(item, listed)
    for item in shelf.of("NetworkInterfaces"):
        if item.text("NetworkInterfaceId") not in served:
            yield from _interface(item)
    yield from _unseen_instances(shelf, listed)
    yield from _unassociated(shelf)


def _instances(shelf: Shelf) -> Iterator[Item]:
    """Instances in their reservations, and without: other services have instances, too."""
    for reservation in shelf.of("Reservations"):
        yield from reservation.items("Instances")
    yield from (item for item in shelf.of("Instances") if item.text("InstanceId").startswith("i-"))


def _instance(item: Item, listed: dict[str, Item]) -> Iterator[Resource]:
    key = item.text("InstanceId")
    own = {each.text("NetworkInterfaceId"): each for each in item.items("NetworkInterfaces")}
    attached = {name for name, each in listed.items() if each.text("Attachment", "InstanceId") == key}
    names = dict.fromkeys((*own, *sorted(attached)))
    links: list[tuple[Block, Item]] = []
    for name in names:
        where = listed.get(name) or own[name]
        links.append(({"network_interface_id": name, "device_index": _index(where, own.get(name))}, where))
        if name not in listed:
            yield from _interface(own[name])
    attributes: Block = {"tags": item.tags()}
    if not links:
        attributes |= {
            "subnet_id": item.told("SubnetId"),
            "private_ip": item.get("PrivateIpAddress"),
            "vpc_security_group_ids": item.leaves_told("SecurityGroups", "GroupId"),
            "associate_public_ip_address": item.get("PublicIpAddress") is not None,
        }
    yield resource("aws_instance", item, key, attributes, {"network_interface": links})


def _unseen_instances(shelf: Shelf, listed: dict[str, Item]) -> Iterator[Resource]:
    """Instances that only their interfaces name."""
    shown = {each.text("InstanceId") for each in _instances(shelf)}
    owners: dict[str, list[Item]] = {}
    for item in listed.values():
        if (owner := item.text("Attachment", "InstanceId")) and owner not in shown:
            owners.setdefault(owner, []).append(item)
    for key, interfaces in owners.items():
        links: list[tuple[Block, Item]] = [
            ({"network_interface_id": each.text("NetworkInterfaceId"), "device_index": _index(each)}, each)
            for each in interfaces
        ]
        yield resource("aws_instance", interfaces[0], key, {}, {"network_interface": links})


def _index(*items: Item | None) -> Value:
    found = [each.get("Attachment", "DeviceIndex") for each in items if each is not None]
    return next((index for index in found if index is not None), 0)


def _interface(item: Item) -> Iterator[Resource]:
    key = item.text("NetworkInterfaceId")
    addresses = item.items("PrivateIpAddresses")
    private = [each.get("PrivateIpAddress") for each in addresses] or [item.get("PrivateIpAddress")]
    v6 = item.leaves("Ipv6Addresses", "Ipv6Address")
    attributes: Block = {
        "subnet_id": item.told("SubnetId"),
        "private_ips": [each for each in private if each is not None],
        "ipv4_prefixes": item.leaves("Ipv4Prefixes", "Ipv4Prefix"),
        "ipv6_prefixes": item.leaves("Ipv6Prefixes", "Ipv6Prefix"),
        "interface_type": item.get("InterfaceType"),
        "ipv6_addresses": v6,
        "ipv6_address_count": len(v6),
        "security_groups": item.leaves("Groups", "GroupId") or [_unfiltered(item)],
        "source_dest_check": item.told("SourceDestCheck"),
        "tags": item.tags("TagSet"),
    }
    yield resource("aws_network_interface", item, key, attributes)
    for number, public in enumerate(_public_addresses(item)):
        link: Block = {"network_interface": key, "public_ip": public}
        yield resource("aws_eip", item, f"{key}:public{number or ''}", link)


def private_address(item: Item) -> Value:
    """The first private address of an interface."""
    listed = item.leaves("PrivateIpAddresses", "PrivateIpAddress")
    return item.get("PrivateIpAddress") or (listed[0] if listed else None)


def _unfiltered(item: Item) -> Unknown:
    return Unknown(f"{item.text('NetworkInterfaceId')} has no security group, so that none may filter it", item.origin)


def public_address(item: Item) -> Value:
    """The first public address of an interface."""
    return next(iter(_public_addresses(item)), None)


def _public_addresses(item: Item) -> list[Value]:
    """The public addresses of an interface, at whichever of its private ones they are."""
    found = [each.get("Association", "PublicIp") for each in (item, *item.items("PrivateIpAddresses"))]
    return [address for number, address in enumerate(found) if address is not None and address not in found[:number]]


def _unassociated(shelf: Shelf) -> Iterator[Resource]:
    """Elastic IPs are facts of their interfaces; those without one carry nothing."""
    for item in shelf.of("Addresses"):
        if item.get("AssociationId") is None:
            yield resource("aws_eip", item, item.text("AllocationId"), {"public_ip": item.get("PublicIp")})


def interfaces_of_services(shelf: Shelf) -> set[str]:
    """The interfaces that are part of a service which the snapshot shows as an endpoint, or of a NAT gateway."""
    found: set[str] = set()
    for item in shelf.of("NatGateways"):
        found.update(each.text("NetworkInterfaceId") for each in item.items("NatGatewayAddresses"))
    for item in (*shelf.of("VpcEndpoints"), *shelf.of("InstanceConnectEndpoints")):
        found.update(str(each) for each in item.texts("NetworkInterfaceIds"))
    for balancer in balancer_interfaces(shelf).values():
        found.update(each.text("NetworkInterfaceId") for each in balancer)
    databases, domains = _subnets_of_databases(shelf), _subnets_of_domains(shelf)
    for item in shelf.of("NetworkInterfaces"):
        about, subnet = item.text("Description"), item.text("SubnetId")
        of_a_database = about == "RDSNetworkInterface" and subnet in databases
        of_a_domain = about.startswith("ES ") and subnet in domains
        if of_a_database or of_a_domain or item.text("InterfaceType") in _OF_GATEWAYS:
            found.add(item.text("NetworkInterfaceId"))
    return found


def _subnets_of_databases(shelf: Shelf) -> set[str]:
    """Where databases that are shown have interfaces: others may be those of an account or Region that is not."""
    shown = [each for each in shelf.of("DBInstances") if not gone(each, "DBInstanceStatus")]
    return {subnet.text("SubnetIdentifier") for each in shown for subnet in each.items("DBSubnetGroup", "Subnets")}


def _subnets_of_domains(shelf: Shelf) -> set[str]:
    found: set[str] = set()
    for each in shelf.of("DomainStatusList"):
        subnets = each.get("VPCOptions", "SubnetIds")
        found.update(str(subnet) for subnet in subnets) if isinstance(subnets, list) else None
    return found


def balancer_interfaces(shelf: Shelf) -> dict[str, list[Item]]:
    """The interfaces of each load balancer that the snapshot shows, by how their descriptions name it."""
    shown = {f"ELB {arn.split(':loadbalancer/', 1)[-1]}" for arn in _arns(shelf)}
    classic = {
        (f"ELB {each.text('LoadBalancerName')}", str(subnet))
        for each in shelf.of("LoadBalancerDescriptions")
        for subnet in each.texts("Subnets")
    }
    found: dict[str, list[Item]] = {}
    for item in shelf.of("NetworkInterfaces"):
        about = item.text("Description")
        if about in shown or (about, item.text("SubnetId")) in classic:
            found.setdefault(about, []).append(item)
    return found


def _arns(shelf: Shelf) -> Iterator[str]:
    for item in shelf.of("LoadBalancers"):
        yield item.text("LoadBalancerArn")
