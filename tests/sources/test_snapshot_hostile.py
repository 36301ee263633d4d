"""Snapshots that nobody tidied up: every shape that the API prints, and nothing closed by what an answer leaves out."""

import json
from pathlib import Path
from typing import Any

import pytest

from netaudit.flows import AddressSet
from netaudit.model import Effect
from netaudit.pipeline import build
from netaudit.sources.request import Request
from netaudit.sources.snapshot import read_snapshot, reader

from .test_snapshot import (
    ALL,
    ARN,
    FOUNDATION,
    GROUP,
    PAIR,
    VPC,
    A,
    B,
    attached,
    balancer,
    bounds,
    exactly,
    interface,
    meaning,
    read,
)

__all__ = ["read"]  # the fixture

ANYTHING = "tcp udp sctp"
ELASTIC = ("198.51.100.1", "198.51.100.2")


def without(document: dict[str, Any], key: str) -> dict[str, Any]:
    """A document that lacks a key."""
    return {name: value for name, value in document.items() if name != key}


# ---- files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", ["\n", "", "\n\n"])
@pytest.mark.parametrize("large", [False, True])
def test_answers_one_after_another_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: str, large: bool
) -> None:
    """JSON Lines and concatenated pages are several answers, alone in a file as well; the size does not matter."""
    monkeypatch.setattr(reader, "_LARGEST_WITH_LINES", 0 if large else 1_000_000)
    (tmp_path / "all.json").write_text(between.join(map(json.dumps, ({"Vpcs": [VPC]}, without(PAIR, "Vpcs")))))
    model = build(Request(sources=[str(tmp_path / "all.json")]).read())
    assert [each.format for each in model.taken.readings] == ["snapshot"]
    assert {"i-a", "i-b"} <= {each.id for each in model.network.endpoints}
    assert not [each for each in model.network.diagnostics if each.effect is Effect.UNREADABLE]


# ---- keys that an object lacks ------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["IpPermissions", "IpPermissionsEgress"])
def test_aws_4_a_group_without_a_list_of_its_rules_may_have_any(read: Any, key: str) -> None:
    """The API prints both lists of every group; where one is left out, it is unknown, not empty."""
    found = bounds(read({**PAIR, "SecurityGroups": [without(GROUP, key)]}), "i-a", "i-b")
    assert ("nothing", ANYTHING) == (str(found.certain), str(found.possible))


@pytest.mark.parametrize(("of", "key"), [("NetworkAcls", "Entries"), ("RouteTables", "Routes")])
def test_aws_15_19_a_filter_without_its_list_may_hold_anything(read: Any, of: str, key: str) -> None:
    """An ACL without entries that were printed, a table without routes that were."""
    reading = read({**PAIR, of: [without(each, key) for each in PAIR[of]]})
    assert str(bounds(reading, "i-a", "i-b").possible) == ANYTHING


@pytest.mark.parametrize("odd", [{"A": 1}, [1], 7, None])
def test_an_association_with_anything_gives_no_traceback(read: Any, odd: Any) -> None:
    """What should be the id of a subnet may be an object."""
    acl = {**PAIR["NetworkAcls"][0], "Associations": [{"SubnetId": odd}]}
    assert {"i-a", "i-b"} == {each.id for each in meaning(read({**PAIR, "NetworkAcls": [acl]})).endpoints}


# ---- addresses ----------------------------------------------------------------------------------------

FROM_ELASTIC = {**ALL, "IpRanges": [{"CidrIp": f"{ELASTIC[1]}/32"}]}
PUBLIC_B = {"Association": {"PublicIp": "198.51.100.99"}}
IGW = [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}]
TO_INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}


def dialled_by_elastic_addresses(sender: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A server with a public address that only the second of two elastic addresses may reach."""
    server = interface("eni-b", "subnet-b", B, "sg-2", **PUBLIC_B, **attached("i-b"))
    strict = {**GROUP, "GroupId": "sg-2", "IpPermissions": [FROM_ELASTIC]}
    table = {**PAIR["RouteTables"][0], "Routes": [*PAIR["RouteTables"][0]["Routes"], TO_INTERNET]}
    whole = {"SecurityGroups": [GROUP, strict], "InternetGateways": IGW, "RouteTables": [table], **more}
    return {**PAIR, **whole, "NetworkInterfaces": [sender, server]}


def test_aws_26_every_public_address_of_an_interface_may_be_its_source(read: Any) -> None:
    """An interface with two elastic addresses leaves by either."""
    private = [
        {"PrivateIpAddress": f"10.0.1.1{n}", "Association": {"PublicIp": each}} for n, each in enumerate(ELASTIC)
    ]
    sender = {**interface("eni-a", "subnet-a", A, **attached("i-a")), "PrivateIpAddresses": private}
    found = bounds(read(dialled_by_elastic_addresses(sender)), "i-a", "i-b")
    assert ("nothing", ANYTHING) == (str(found.certain), str(found.possible))


def test_aws_27_every_address_of_a_nat_gateway_may_be_its_source(read: Any) -> None:
    """A NAT gateway with two elastic addresses uses either of them."""
    nat = {
        "NatGatewayId": "nat-1",
        "SubnetId": "subnet-b",
        "State": "available",
        "NatGatewayAddresses": [
            {"PublicIp": each, "PrivateIp": f"10.0.2.5{n}", "IsPrimary": n == 0} for n, each in enumerate(ELASTIC)
        ],
    }
    private = {
        "RouteTableId": "rtb-2",
        "VpcId": "vpc-1",
        "Associations": [{"SubnetId": "subnet-a", "RouteTableAssociationId": "rtbassoc-2"}],
        "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}],
    }
    sender = interface("eni-a", "subnet-a", A, **attached("i-a"))
    whole = dialled_by_elastic_addresses(sender, NatGateways=[nat])
    found = bounds(read({**whole, "RouteTables": [*whole["RouteTables"], private]}), "i-a", "i-b")
    assert ("nothing", "tcp udp") == (str(found.certain), str(found.possible))


def test_aws_48_prefixes_of_an_interface_are_addresses_of_it(read: Any) -> None:
    """What a prefix is delegated to sends from any address of it."""
    sender = interface("eni-a", "subnet-a", A, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.1.16/28"}], **attached("i-a"))
    found = meaning(read({**PAIR, "NetworkInterfaces": [sender]})).by_id["i-a"].addresses
    assert AddressSet.parse(A) | AddressSet.parse("10.0.1.16/28") == found


def test_aws_53_databases_and_endpoints_of_both_families_have_ipv6_addresses(read: Any) -> None:
    """A service that says that it is dual-stack is reached over IPv6 as well."""
    v6 = [{"Ipv6CidrBlock": "2600:1f00:0:1::/64", "Ipv6CidrBlockState": {"State": "associated"}}]
    subnets = [{**each, "Ipv6CidrBlockAssociationSet": v6} for each in PAIR["Subnets"]]
    database = {
        "DBInstanceIdentifier": "db",
        "NetworkType": "DUAL",
        "DBSubnetGroup": {"Subnets": [{"SubnetIdentifier": "subnet-b"}]},
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}],
    }
    endpoint = {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Interface",
        "VpcId": "vpc-1",
        "IpAddressType": "dualstack",
        "SubnetIds": ["subnet-b"],
        "Groups": [{"GroupId": "sg-1"}],
    }
    found = meaning(read({**PAIR, "Subnets": subnets, "DBInstances": [database], "VpcEndpoints": [endpoint]}))
    assert [2, 2] == [len(found.by_id[key].interfaces) for key in ("db", "vpce-1")]


# ---- what belongs to services -------------------------------------------------------------------------


def test_aws_45_interfaces_of_functions_accept_nothing(read: Any) -> None:
    """An interface that Lambda made only opens connections."""
    function = interface("eni-l", "subnet-b", B, InterfaceType="lambda", Description="AWS Lambda VPC ENI-f")
    reading = read({**PAIR, "NetworkInterfaces": [*PAIR["NetworkInterfaces"][:1], function]})
    assert ["nothing", ANYTHING] == [exactly(reading, *pair) for pair in (("i-a", "eni-l"), ("eni-l", "i-a"))]


def attributes(**given: str) -> dict[str, Any]:
    """The attributes of the target group, wrapped with its ARN."""
    pairs = [{"Key": key.replace("__", "."), "Value": value} for key, value in given.items()]
    return {"TargetGroupAttributes": [{"TargetGroupArn": "tg", "Attributes": pairs}]}


NOT_TOLD: dict[str, Any] = {"TargetGroupAttributes": []}
KEEPS = attributes(preserve_client_ip__enabled="true")
HIDES = attributes(preserve_client_ip__enabled="false")


def test_aws_43_attributes_of_no_group_are_taken_as_aws_sets_them(read: Any) -> None:
    """As AWS's own analyser does, and printed."""
    whole = without(balancer("network"), "TargetGroupAttributes")
    assumed = [meaning(read(each)).assumptions for each in (whole, balancer("network") | KEEPS)]
    assert [True, False] == ["TARGET_GROUP_DEFAULTS" in each for each in assumed]


@pytest.mark.parametrize(
    ("told", "certain", "possible"),
    [(KEEPS, "nothing", "nothing"), (HIDES, "tcp/8080", "tcp/8080"), (NOT_TOLD, "nothing", "tcp/8080")],
)
def test_aws_43_whom_targets_see_is_an_attribute_of_their_group(
    read: Any, told: dict[str, Any], certain: str, possible: str
) -> None:
    """The target takes the load balancer's address only: whether it sees that hangs on an attribute."""
    whole = balancer("network")
    only = {**GROUP, "GroupId": "sg-2", "IpPermissions": [{**ALL, "IpRanges": [{"CidrIp": "10.0.1.99/32"}]}]}
    server = interface("eni-b", "subnet-b", B, "sg-2", **attached("i-b"))
    fronts = [{**each, "Groups": []} for each in whole["NetworkInterfaces"][2:]]
    faces = [PAIR["NetworkInterfaces"][0], server, *fronts]
    lb = {**without(whole["LoadBalancers"][0], "SecurityGroups")}
    document = {**whole, "SecurityGroups": [GROUP, only], "NetworkInterfaces": faces, "LoadBalancers": [lb], **told}
    found = bounds(read(document), "i-a", "i-b")
    assert (certain, possible) == (str(found.certain), str(found.possible))


def test_aws_44_a_groups_own_attribute_goes_before_its_balancers(read: Any) -> None:
    """Cross-zone balancing may be switched on for one target group."""
    told = attributes(load_balancing__cross_zone__enabled="true", preserve_client_ip__enabled="true")
    off = [{"LoadBalancerArn": ARN, "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]}]
    whole = {**balancer("network"), "LoadBalancerAttributes": off, **told}
    assert exactly(read(whole), "i-a", "i-b") == ANYTHING


def test_prefix_lists_of_two_answers_are_one(read: Any) -> None:
    """`describe-managed-prefix-lists` names lists of AWS without the blocks that `describe-prefix-lists` has."""
    named = {"PrefixListId": "pl-1", "PrefixListName": "com.amazonaws.r.s3"}
    reading = read(
        {"PrefixLists": [{**named, "MaxEntries": 1}]},
        {**FOUNDATION, "NetworkInterfaces": []},
        {"PrefixLists": [{**named, "Cidrs": ["52.1.0.0/16"]}]},
    )
    entries = [each.attributes["entry"] for each in reading.resources if each.kind == "aws_ec2_managed_prefix_list"]
    assert [[{"cidr": "52.1.0.0/16"}]] == entries
    assert "SNAPSHOT_CONFLICT" not in {each.code for each in reading.diagnostics}


def test_reading_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    """A file that cannot be opened calls proofs off."""
    found = read_snapshot([tmp_path / "gone.json"], name="account").diagnostics
    assert "SNAPSHOT_UNREAD" in {each.code for each in found}


SERVICE = {"ServiceId": "vpce-svc-0a", "ServiceName": "com.amazonaws.vpce.r.vpce-svc-0a"}
CONSUMER = {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "SubnetIds": ["subnet-a"]}
WITH_A_SERVICE = {
    **PAIR,
    "ServiceConfigurations": [{**SERVICE, "ServiceState": "Available"}],
    "VpcEndpoints": [{**CONSUMER, "ServiceName": SERVICE["ServiceName"], "State": "available"}],
}


@pytest.mark.parametrize(("missing", "told"), [("", False), ("ServiceConfigurations", True), ("VpcEndpoints", True)])
def test_aws_39_half_of_a_private_link_calls_proofs_off(read: Any, missing: str, told: bool) -> None:
    """Where either the services or the endpoints of an account are not listed, connections through them are missing."""
    said = read(without(WITH_A_SERVICE, missing)).diagnostics
    assert told is any(each.code == "SNAPSHOT_INCOMPLETE" and "connections through" in each.message for each in said)


def test_aws_7_references_may_hold_over_a_peering_that_is_not_listed(read: Any) -> None:
    """A route to a peering of which no answer speaks: it may join the two VPCs, and the reference with it."""
    other = {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"}
    far = {"SubnetId": "subnet-c", "VpcId": "vpc-2", "CidrBlock": "10.1.1.0/24", "AvailabilityZone": "z1"}
    tables = [
        {
            **PAIR["RouteTables"][0],
            "RouteTableId": f"rtb-{home}",
            "Associations": [{"Main": True, "RouteTableAssociationId": f"rtbassoc-{home}"}],
            "VpcId": home,
            "Routes": [
                {"DestinationCidrBlock": own, "GatewayId": "local", "State": "active"},
                {"DestinationCidrBlock": to, "VpcPeeringConnectionId": "pcx-0a", "State": "active"},
            ],
        }
        for home, own, to in (("vpc-1", "10.0.0.0/16", "10.1.0.0/16"), ("vpc-2", "10.1.0.0/16", "10.0.0.0/16"))
    ]
    acls = [*PAIR["NetworkAcls"], {**PAIR["NetworkAcls"][0], "NetworkAclId": "acl-2", "VpcId": "vpc-2"}]
    by_group = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}
    strict = {**GROUP, "GroupId": "sg-2", "VpcId": "vpc-2", "IpPermissions": [by_group]}
    faces = [PAIR["NetworkInterfaces"][0], interface("eni-c", "subnet-c", "10.1.1.10", "sg-2", **attached("i-c"))]
    whole = {
        "Vpcs": [VPC, other],
        "Subnets": [*PAIR["Subnets"], far],
        "RouteTables": tables,
        "NetworkAcls": acls,
        "SecurityGroups": [GROUP, strict],
        "NetworkInterfaces": faces,
    }
    assert str(bounds(read(whole), "i-a", "i-c").possible) == ANYTHING
