"""What the API says of an account, as plain facts: written from its reference, with no part of netaudit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.packets.facts import (
    Acl,
    Attachment,
    Balancer,
    Database,
    Door,
    Entry,
    Estate,
    Group,
    Listener,
    Machine,
    Nat,
    Peering,
    Pool,
    Route,
    Rule,
    Subnet,
    Table,
    TransitRoute,
    Vpc,
)

Answer = dict[str, Any]
_PROTOCOLS = {"-1": "any", "6": "tcp", "17": "udp", "1": "icmp"}
_WAYS = (
    *(("NatGatewayId", "nat"), ("VpcPeeringConnectionId", "peering"), ("TransitGatewayId", "transit")),
    *(("EgressOnlyInternetGatewayId", "egress-only"), ("NetworkInterfaceId", "machine")),
)


class Account:
    """The answers of a directory, one file for each key."""

    def __init__(self, directory: Path) -> None:
        self._answers: dict[str, list[Answer]] = {}
        for file in sorted(directory.glob("*.json")):
            for key, value in json.loads(file.read_text(encoding="utf-8")).items():
                self._answers.setdefault(key, []).extend(value)

    def of(self, key: str) -> list[Answer]:
        """The things under a key."""
        return self._answers.get(key, [])

    def estate(self) -> Estate:
        """Everything that the walker walks through."""
        return Estate(
            {each["VpcId"]: self._vpc(each) for each in self.of("Vpcs")},
            {each["SubnetId"]: self._subnet(each) for each in self.of("Subnets")},
            dict(self._machines()),
            {each["RouteTableId"]: Table(each["VpcId"], tuple(self._routes(each))) for each in self.of("RouteTables")},
            {each["NetworkAclId"]: _acl(each) for each in self.of("NetworkAcls")},
            {each["GroupId"]: _group(each) for each in self.of("SecurityGroups")},
            self._lists(),
            {each["DBInstanceIdentifier"]: _database(each) for each in self.of("DBInstances")},
            {each["TargetGroupArn"]: self._pool(each) for each in self.of("TargetGroups")},
            {each["LoadBalancerArn"]: self._balancer(each) for each in self.of("LoadBalancers")},
            {each["VpcEndpointId"]: self._door(each) for each in self.of("VpcEndpoints") if each["SubnetIds"]},
            {each["NatGatewayId"]: _nat(each) for each in self.of("NatGateways") if each["State"] == "available"},
            {each["VpcPeeringConnectionId"]: _peering(each) for each in self.of("VpcPeeringConnections")},
            {t["TransitGatewayRouteTableId"]: t["TransitGatewayId"] for t in self.of("TransitGatewayRouteTables")},
            {each["TransitGatewayAttachmentId"]: self._attachment(each) for each in self._attachments()},
            tuple(self._transit_routes()),
        )

    # ── networks ─────────────────────────────────────────────────────────────────────────────────────────

    def _vpc(self, item: Answer) -> Vpc:
        key = item["VpcId"]
        sixes = [each["Ipv6CidrBlock"] for each in item.get("Ipv6CidrBlockAssociationSet", [])]
        mains = [t["RouteTableId"] for t in self.of("RouteTables") if t["VpcId"] == key and _is_main(t)]
        return Vpc(
            tuple(each["CidrBlock"] for each in item["CidrBlockAssociationSet"]),
            sixes[0] if sixes else None,
            mains[0],
            self._has("InternetGateways", key),
            self._has("EgressOnlyInternetGateways", key),
            next(a["NetworkAclId"] for a in self.of("NetworkAcls") if a["IsDefault"] and a["VpcId"] == key),
        )

    def _has(self, key: str, vpc: str) -> bool:
        return any(link["VpcId"] == vpc for each in self.of(key) for link in each["Attachments"])

    def _subnet(self, item: Answer) -> Subnet:
        key = item["SubnetId"]
        sixes = [each["Ipv6CidrBlock"] for each in item.get("Ipv6CidrBlockAssociationSet", [])]
        tables, acls = (
            [t[name] for t in self.of(kind) if any(link.get("SubnetId") == key for link in t["Associations"])]
            for kind, name in (("RouteTables", "RouteTableId"), ("NetworkAcls", "NetworkAclId"))
        )
        six, table = (found[0] if found else None for found in (sixes, tables))
        return Subnet(item["VpcId"], item["CidrBlock"], item["AvailabilityZone"], six, table, acls[0] if acls else None)

    def _routes(self, table: Answer) -> Iterator[Route]:
        for each in table["Routes"]:
            names = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
            to = next(each[name] for name in names if each.get(name))
            if each.get("GatewayId") != "local":
                yield Route(to, "blackhole" if each.get("State") == "blackhole" else self._by(each))

    def _by(self, route: Answer) -> str:
        gateway = route.get("GatewayId") or ""
        if gateway.startswith("igw-"):
            return "internet"
        if gateway.startswith("vpce-"):
            return "endpoint"
        name, kind = next((name, kind) for name, kind in _WAYS if route.get(name))
        if kind == "machine":
            return f"machine:{next(_machine(e) for e in self.of('NetworkInterfaces') if e[name] == route[name])}"
        return kind if kind == "egress-only" else f"{kind}:{route[name]}"

    def _lists(self) -> dict[str, tuple[str, ...]]:
        found = {each["PrefixListId"]: tuple(each.get("Cidrs", ())) for each in self.of("PrefixLists")}
        for each in self.of("ManagedPrefixListEntries"):
            found[each["PrefixListId"]] = tuple(entry["Cidr"] for entry in each["Entries"])
        return found

    # ── machines ─────────────────────────────────────────────────────────────────────────────────────────

    def _machines(self) -> Iterator[tuple[str, Machine]]:
        """An instance by its first interface; others are machines of their own, further ones of it belong to it."""
        for item in self.of("NetworkInterfaces"):
            key, owner = _machine(item), _owner(item)
            public = item.get("Association", {}).get("PublicIp")
            sixes = [each["Ipv6Address"] for each in item["Ipv6Addresses"]]
            yield (
                key,
                Machine(
                    item["SubnetId"],
                    item["PrivateIpAddress"],
                    tuple(each["GroupId"] for each in item["Groups"]),
                    public is not None,
                    sixes[0] if sixes else None,
                    None if key == owner else owner,
                    public,
                    forwards=not item["SourceDestCheck"],
                ),
            )

    # ── load balancers and endpoints ─────────────────────────────────────────────────────────────────────

    def _balancer(self, item: Answer) -> Balancer:
        """What the API leaves out of a description is as when it is left out of the call: it faces the internet."""
        key, kind = item["LoadBalancerArn"], item["Type"]
        said = {each["LoadBalancerArn"]: each for each in self.of("LoadBalancerAttributes")}[key]["Attributes"]
        crossing = {each["Key"]: each["Value"] for each in said}["load_balancing.cross_zone.enabled"] == "true"
        return Balancer(
            kind,
            tuple(each["SubnetId"] for each in item["AvailabilityZones"]),
            tuple(item["SecurityGroups"]),
            tuple(self._listeners(key)),
            item.get("Scheme") != "internal",
            kind != "network" or crossing,
        )

    def _listeners(self, balancer: str) -> Iterator[Listener]:
        for each in self.of("LoadBalancerListeners"):
            for one in each["Listeners"] if each["LoadBalancerArn"] == balancer else ():
                pools = tuple(action["TargetGroupArn"] for action in one["DefaultActions"])
                yield Listener(one["Protocol"].lower(), one["Port"], pools)

    def _pool(self, item: Answer) -> Pool:
        """A target group whose attributes are as AWS sets them: the account has none others."""
        health = {each["TargetGroupArn"]: each for each in self.of("LoadBalancerTargetHealth")}
        held = [each["Target"]["Id"] for each in health[item["TargetGroupArn"]]["TargetHealthDescriptions"]]
        by_address = item["TargetType"] == "ip"
        if by_address:
            homes = {each["SubnetId"] for each in self.of("Subnets") if each["VpcId"] == item["VpcId"]}
            held = [key for key, each in self._machines() if each.address in held and each.subnet in homes]
        return Pool(item["Protocol"].lower(), item["Port"], tuple(held), by_address)

    def _door(self, item: Answer) -> Door:
        offered = {each["ServiceName"]: each["NetworkLoadBalancerArns"] for each in self.of("ServiceConfigurations")}
        behind = offered.get(item["ServiceName"], [])
        groups = tuple(each["GroupId"] for each in item["Groups"])
        return Door(tuple(item["SubnetIds"]), groups, behind[0] if behind else None)

    # ── transit gateways ─────────────────────────────────────────────────────────────────────────────────

    def _attachments(self) -> list[Answer]:
        return [each for each in self.of("TransitGatewayVpcAttachments") if each["State"] == "available"]

    def _attachment(self, item: Answer) -> Attachment:
        key = item["TransitGatewayAttachmentId"]
        whole = next(a for a in self.of("TransitGatewayAttachments") if a["TransitGatewayAttachmentId"] == key)
        into = tuple(
            each["TransitGatewayRouteTableId"]
            for each in self.of("TransitGatewayPropagations")
            for one in each["TransitGatewayRouteTablePropagations"]
            if one["TransitGatewayAttachmentId"] == key and one["State"] == "enabled"
        )
        table = whole.get("Association", {}).get("TransitGatewayRouteTableId")
        return Attachment(item["TransitGatewayId"], item["VpcId"], tuple(item["SubnetIds"]), table, into)

    def _transit_routes(self) -> Iterator[TransitRoute]:
        for each in self.of("TransitGatewayStaticRoutes"):
            for route in each["Routes"]:
                if route["Type"] == "static":
                    there = [one["TransitGatewayAttachmentId"] for one in route.get("TransitGatewayAttachments", [])]
                    by = there[0] if there and route["State"] != "blackhole" else None
                    yield TransitRoute(each["TransitGatewayRouteTableId"], route["DestinationCidrBlock"], by)


def _owner(interface: Answer) -> str:
    """The instance that an interface is attached to, or itself."""
    held: Answer = interface.get("Attachment") or {}
    owner: str = held.get("InstanceId") or interface["NetworkInterfaceId"]
    return owner


def _machine(interface: Answer) -> str:
    """As whom the walker knows an interface."""
    first = (interface.get("Attachment") or {"DeviceIndex": 0})["DeviceIndex"] == 0
    return _owner(interface) if first else str(interface["NetworkInterfaceId"])


def _database(item: Answer) -> Database:
    """A database in the zone that it says it is in."""
    places = item["DBSubnetGroup"]["Subnets"]
    here = [each for each in places if each["SubnetAvailabilityZone"]["Name"] == item["AvailabilityZone"]]
    groups = tuple(each["VpcSecurityGroupId"] for each in item["VpcSecurityGroups"])
    return Database(tuple(each["SubnetIdentifier"] for each in here), groups)


def _is_main(table: Answer) -> bool:
    return any(link["Main"] for link in table["Associations"])


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────


def _acl(item: Answer) -> Acl:
    inward, outward = (
        tuple(_entry(each) for each in item["Entries"] if each["Egress"] is egress) for egress in (False, True)
    )
    return Acl(item["VpcId"], inward, outward)


def _entry(item: Answer) -> Entry:
    protocol = _protocol(item["Protocol"])
    ports = item.get("PortRange") or {"From": 0, "To": 65535}
    low, high = ports["From"], ports["To"]
    if protocol == "icmp":
        kind = item["IcmpTypeCode"]["Type"]
        low, high = (0, 255) if kind == -1 else (kind, kind)
    cidr: str = item.get("CidrBlock") or item["Ipv6CidrBlock"]
    return Entry(item["RuleNumber"], item["RuleAction"] == "allow", protocol, low, high, cidr)


def _protocol(number: str) -> str:
    return _PROTOCOLS.get(number, number)


def _group(item: Answer) -> Group:
    ingress, egress = (
        tuple(rule for each in item[key] for rule in _rules(each)) for key in ("IpPermissions", "IpPermissionsEgress")
    )
    return Group(item["VpcId"], ingress, egress)


def _rules(item: Answer) -> Iterator[Rule]:
    protocol = _protocol(item["IpProtocol"])
    low, high = item.get("FromPort", 0), item.get("ToPort", 65535)
    if protocol == "icmp":
        low, high = (0, 255) if low == -1 else (low, low)
    peers = [each["CidrIp"] for each in item.get("IpRanges", [])]
    peers += [each["CidrIpv6"] for each in item.get("Ipv6Ranges", [])]
    peers += [f"list:{each['PrefixListId']}" for each in item.get("PrefixListIds", [])]
    peers += [f"group:{each['GroupId']}" for each in item.get("UserIdGroupPairs", [])]
    yield from (Rule(protocol, low, high, peer) for peer in peers)


def _nat(item: Answer) -> Nat:
    first = item["NatGatewayAddresses"][0]
    return Nat(item["SubnetId"], first["PrivateIp"], first.get("PublicIp") is not None)


def _peering(item: Answer) -> Peering:
    one, other = (item[f"{side}VpcInfo"]["VpcId"] for side in ("Requester", "Accepter"))
    return Peering(one, other, item["Status"]["Code"] == "active")
