"""What opens connections for somebody else, and what the model says is missing: read so that it is named, or counts.

https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointGroup.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Ec2InstanceConnectEndpoint.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TargetNetwork.html (read 2026-11-27)
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import Resource
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.network import gone, settled
from netaudit.sources.snapshot.shelf import Shelf

_ACCELERATOR, _VPN = "aws_globalaccelerator", "aws_ec2_client_vpn"
# By the key of the API: the kind of Terraform whose meaning, or lack of one, is told; and the id.
_NAMED = {
    "TrafficMirrorSessions": ("aws_ec2_traffic_mirror_session", "TrafficMirrorSessionId"),
    "TransitGatewayMulticastDomains": ("aws_ec2_transit_gateway_multicast_domain", "TransitGatewayMulticastDomainId"),
    "CarrierGateways": ("aws_ec2_carrier_gateway", "CarrierGatewayId"),
    "LocalGatewayRouteTableVpcAssociations": (
        "aws_ec2_local_gateway_route_table_vpc_association",
        "LocalGatewayRouteTableVpcAssociationId",
    ),
}


def read(shelf: Shelf) -> Iterator[Resource]:
    """Instance Connect Endpoints, Client VPN, Global Accelerator, and what is only named."""
    for item in shelf.of("InstanceConnectEndpoints"):
        if not gone(item):
            yield settled(_connect(item), item.text("State"))
    yield from _client_vpn(shelf)
    yield from _accelerators(shelf)
    for key, (kind, name) in _NAMED.items():
        for item in shelf.of(key):
            if not gone(item):
                yield resource(kind, item, item.text(name), {"vpc_id": item.get("VpcId"), "tags": item.tags()})


def _connect(item: Item) -> Resource:
    attributes: Block = {
        "subnet_id": item.told("SubnetId"),
        "security_group_ids": item.texts_told("SecurityGroupIds"),
        "preserve_client_ip": item.told("PreserveClientIp"),
        "tags": item.tags(),
    }
    kind = "aws_ec2_instance_connect_endpoint"
    return resource(kind, item, item.text("InstanceConnectEndpointId"), attributes)


def _client_vpn(shelf: Shelf) -> Iterator[Resource]:
    for item in shelf.of("ClientVpnEndpoints"):
        if not gone(item, "Status", "Code"):
            attributes: Block = {
                "vpc_id": item.get("VpcId"),
                "security_group_ids": item.texts("SecurityGroupIds"),
                "tags": item.tags(),
            }
            yield resource(f"{_VPN}_endpoint", item, item.text("ClientVpnEndpointId"), attributes)
    for item in shelf.of("ClientVpnTargetNetworks"):
        if not gone(item, "Status", "Code"):
            link: Block = {
                "client_vpn_endpoint_id": item.get("ClientVpnEndpointId"),
                "subnet_id": item.told("TargetNetworkId"),
            }
            yield resource(f"{_VPN}_network_association", item, item.text("AssociationId"), link)


# ---- Global Accelerator -------------------------------------------------------------------------------


def _accelerators(shelf: Shelf) -> Iterator[Resource]:
    """An endpoint group names its listener, and that its accelerator, in its own ARN."""
    for item in shelf.of("Accelerators"):
        attributes: Block = {"enabled": item.get("Enabled"), "ip_address_type": item.get("IpAddressType")}
        key = item.text("AcceleratorArn")
        yield resource(f"{_ACCELERATOR}_accelerator", item, key, {"arn": key, **attributes})
    for item in shelf.of("Listeners"):
        if ":globalaccelerator:" in (key := item.text("ListenerArn")):
            whole: Block = {"arn": key, "accelerator_arn": _above(key, "/listener/"), "protocol": item.get("Protocol")}
            ranges = {"port_range": item.blocks("PortRanges", _range)}
            yield resource(f"{_ACCELERATOR}_listener", item, key, whole, ranges)
    for item in shelf.of("EndpointGroups"):
        key = item.text("EndpointGroupArn")
        group: Block = {
            "arn": key,
            "listener_arn": _above(key, "/endpoint-group/"),
            "traffic_dial_percentage": item.get("TrafficDialPercentage"),
        }
        changes = [(_override(each), each) for each in item.items("PortOverrides")]
        behind = {"endpoint_configuration": item.blocks("EndpointDescriptions", _endpoint), "port_override": changes}
        yield resource(f"{_ACCELERATOR}_endpoint_group", item, key, group, behind)


def _above(arn: str, step: str) -> str | None:
    return arn.rpartition(step)[0] or None


def _range(item: Item) -> Block:
    return {"from_port": item.told("FromPort"), "to_port": item.told("ToPort")}


def _override(item: Item) -> Block:
    return {"listener_port": item.told("ListenerPort"), "endpoint_port": item.told("EndpointPort")}


def _endpoint(item: Item) -> Block:
    kept = item.told("ClientIPPreservationEnabled")
    return {"endpoint_id": item.told("EndpointId"), "client_ip_preservation_enabled": kept}
