"""What runs in the environment of the simulator: `serve PORT`, and `describe URL DIRECTORY`.

The simulator is moto. It is mended where it stops terraform, or forgets what an option of its own says; none of that
is about what a packet may do. It is run as a script, so that nothing of netaudit is known here.
"""

from __future__ import annotations

import importlib
import ipaddress
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

REGION = "us-east-1"

# Answers of one call each: the client, the method, the key.
CALLS = (
    ("ec2", "describe_vpcs", "Vpcs"),
    ("ec2", "describe_subnets", "Subnets"),
    ("ec2", "describe_instances", "Reservations"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces"),
    ("ec2", "describe_security_groups", "SecurityGroups"),
    ("ec2", "describe_network_acls", "NetworkAcls"),
    ("ec2", "describe_route_tables", "RouteTables"),
    ("ec2", "describe_internet_gateways", "InternetGateways"),
    ("ec2", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways"),
    ("ec2", "describe_nat_gateways", "NatGateways"),
    ("ec2", "describe_addresses", "Addresses"),
    ("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints"),
    ("ec2", "describe_vpc_endpoint_service_configurations", "ServiceConfigurations"),
    ("ec2", "describe_transit_gateways", "TransitGateways"),
    ("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments"),
    ("ec2", "describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments"),
    ("ec2", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables"),
    ("ec2", "describe_vpn_gateways", "VpnGateways"),
    ("ec2", "describe_vpn_connections", "VpnConnections"),
    ("ec2", "describe_managed_prefix_lists", "PrefixLists"),
    ("elbv2", "describe_load_balancers", "LoadBalancers"),
    ("elbv2", "describe_target_groups", "TargetGroups"),
    ("elb", "describe_load_balancers", "LoadBalancerDescriptions"),
    ("rds", "describe_db_instances", "DBInstances"),
)


def _module(name: str) -> Any:
    """A module that only the environment of the simulator has."""
    return importlib.import_module(name)


def serve(port: str) -> None:
    """Serve until killed."""
    _mend_transit_gateways()
    _mend_addresses()
    _mend_ipv6()
    _mend_balancers()
    _module("moto.server").main(["-H", "127.0.0.1", "-p", port])


def _mend_transit_gateways() -> None:
    """Attachments use a gateway's default table if its options say so, and may leave it again."""
    attachments = _module("moto.ec2.models.transit_gateway_attachments")
    tables = _module("moto.ec2.models.transit_gateway_route_tables")
    backend = attachments.TransitGatewayAttachmentBackend
    create = backend.create_transit_gateway_vpc_attachment

    def created(self: Any, transit_gateway_id: str, *arguments: Any, **more: Any) -> Any:
        found = create(self, transit_gateway_id, *arguments, **more)
        gateway = self.transit_gateways[transit_gateway_id]
        table = gateway.default_route_table.id
        self.transit_gateways_route_tables[table].route_table_associations.pop(found.id, None)
        if gateway.options["DefaultRouteTableAssociation"] == "enable":
            self.associate_transit_gateway_route_table(found.id, table)
        if gateway.options["DefaultRouteTablePropagation"] == "enable":
            self.enable_transit_gateway_route_table_propagation(found.id, table)
        return found

    def association(self: Any) -> Any:
        if not self._association_data:
            return None
        return {
            "State": "associated",
            "TransitGatewayRouteTableId": self._association_data["transitGatewayRouteTableId"],
        }

    route = tables.TransitGatewayRouteTableBackend.create_transit_gateway_route

    def routed(self: Any, *arguments: Any, **more: Any) -> Any:
        found = route(self, *arguments, **more)
        if isinstance(found.get("transitGatewayAttachments"), dict):
            found["transitGatewayAttachments"] = [found["transitGatewayAttachments"]]
        return found

    backend.create_transit_gateway_vpc_attachment = created
    tables.TransitGatewayRouteTableBackend.create_transit_gateway_route = routed
    attachments.TransitGatewayAttachment.association = property(association)


def _mend_addresses() -> None:
    """Public addresses are public, and private ones lie in their subnets."""
    numbers = iter(range(1, 1 << 16))

    def public() -> str:
        number = next(numbers)
        return f"54.0.{number >> 8}.{number & 255}"

    _module("moto.ec2.models.elastic_ip_addresses").random_ip = public
    interfaces = _module("moto.ec2.models.elastic_network_interfaces")
    interfaces.random_public_ip = public
    create = interfaces.NetworkInterfaceBackend.create_network_interface

    def created(self: Any, subnet: Any, private_ip_address: Any = None, *arguments: Any, **more: Any) -> Any:
        home = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
        strange = isinstance(private_ip_address, str) and ipaddress.ip_address(private_ip_address) not in home.cidr
        return create(self, subnet, None if strange else private_ip_address, *arguments, **more)

    interfaces.NetworkInterfaceBackend.create_network_interface = created


def _mend_ipv6() -> None:
    """Default ACLs let IPv6 pass, as AWS adds it with the block; Terraform asks for subnets by their associations.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html (read 2026-11-27)
    """
    acls = _module("moto.ec2.models.network_acls").NetworkAclBackend
    add = acls.add_default_entries

    def added(self: Any, network_acl_id: str) -> None:
        add(self, network_acl_id)
        for egress in (True, False):
            self.create_network_acl_entry(
                network_acl_id, 101, "-1", "allow", egress, None, None, None, None, None, "::/0"
            )

    acls.add_default_entries = added
    subnet = _module("moto.ec2.models.subnets").Subnet
    known = subnet.get_filter_value

    def value(self: Any, name: str, method: str | None = None) -> Any:
        if name == "ipv6-cidr-block-association.association-id":
            return list(self.ipv6_cidr_block_associations)
        return known(self, name, method)

    def associations(self: Any) -> Any:
        return list(self.ipv6_cidr_block_associations.values())

    subnet.get_filter_value = value
    subnet.ipv6_cidr_block_association_set = property(associations)


def _mend_balancers() -> None:
    """A load balancer is there at once, so that nobody waits for it."""
    balancer = _module("moto.elbv2.models").FakeLoadBalancer
    create = balancer.__init__

    def created(self: Any, *arguments: Any, **more: Any) -> None:
        create(self, *arguments, **more)
        self.state = "active"

    balancer.__init__ = created


def describe(url: str, directory: str) -> None:
    """One file for each question, as the command line writes them."""
    boto3 = _module("boto3")
    names = sorted({name for name, _, _ in CALLS})
    clients = {
        name: boto3.client(name, REGION, endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="y")
        for name in names
    }
    found: dict[str, Any] = {key: _called(getattr(clients[name], method), key) for name, method, key in CALLS}
    found |= dict(_collected(clients, found))
    Path(directory).mkdir(parents=True, exist_ok=True)
    for key, value in found.items():
        text = json.dumps({key: value}, indent=1, default=str)
        (Path(directory) / f"{key}.json").write_text(text, encoding="utf-8")


def _called(method: Callable[..., Any], key: str, **arguments: Any) -> list[Any]:
    """All pages of an answer."""
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        page = method(**arguments, **more)
        found += page[key]
        token = page.get("NextToken")
        if not token:
            return found
        more = {"NextToken": token}


def _collected(clients: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Answers about one thing each, with the name of the thing."""
    ec2, elbv2 = clients["ec2"], clients["elbv2"]
    tables = [each["TransitGatewayRouteTableId"] for each in found["TransitGatewayRouteTables"]]
    for key, method, inner, arguments in (
        (
            "TransitGatewayPropagations",
            ec2.get_transit_gateway_route_table_propagations,
            "TransitGatewayRouteTablePropagations",
            {},
        ),
        (
            "TransitGatewayStaticRoutes",
            ec2.search_transit_gateway_routes,
            "Routes",
            {"Filters": [{"Name": "type", "Values": ["static"]}]},
        ),
    ):
        asked = ((table, method(TransitGatewayRouteTableId=table, **arguments)[inner]) for table in tables)
        yield key, [{"TransitGatewayRouteTableId": table, inner: answer} for table, answer in asked]
    balancers = [each["LoadBalancerArn"] for each in found["LoadBalancers"]]
    listeners = {arn: elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"] for arn in balancers}
    yield "LoadBalancerListeners", [{"LoadBalancerArn": arn, "Listeners": answer} for arn, answer in listeners.items()]
    attributes = elbv2.describe_load_balancer_attributes
    yield (
        "LoadBalancerAttributes",
        [{"LoadBalancerArn": arn, "Attributes": attributes(LoadBalancerArn=arn)["Attributes"]} for arn in balancers],
    )
    each_listener = [one["ListenerArn"] for answer in listeners.values() for one in answer]
    yield "Rules", [rule for arn in each_listener for rule in elbv2.describe_rules(ListenerArn=arn)["Rules"]]
    groups = [each["TargetGroupArn"] for each in found["TargetGroups"]]
    health = {arn: elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"] for arn in groups}
    yield (
        "LoadBalancerTargetHealth",
        [{"TargetGroupArn": arn, "TargetHealthDescriptions": answer} for arn, answer in health.items()],
    )
    lists = [each["PrefixListId"] for each in found["PrefixLists"]]
    entries = {key: _called(ec2.get_managed_prefix_list_entries, "Entries", PrefixListId=key) for key in lists}
    yield "ManagedPrefixListEntries", [{"PrefixListId": key, "Entries": answer} for key, answer in entries.items()]


if __name__ == "__main__":
    commands: dict[str, Callable[..., None]] = {"serve": serve, "describe": describe}
    commands[sys.argv[1]](*sys.argv[2:])
