"""What a snapshot lacks is unknown: an answer that was not asked for, or a key that was not printed, closes nothing."""

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Effect, Reading
from netaudit.sources.snapshot import reader
from netaudit.sources.snapshot.item import Item
from netaudit.sources.snapshot.shelf import Shelf

from .test_snapshot import (
    GROUP,
    LOOKUP,
    MAIN,
    NEAR,
    PAIR,
    PEERED,
    SHUT,
    TRANSIT,
    B,
    attached,
    balancer,
    bounds,
    closed_to,
    exactly,
    ids,
    interface,
    linked,
    meaning,
    read,
    ruled,
    stored,
    to,
    without,
)
from .test_snapshot_groups import IN
from .test_snapshot_hostile import WITH_A_SERVICE

__all__ = ["read"]  # the fixture

Keys = tuple[str, ...]


def keys(value: Any, above: Keys = ()) -> Iterator[Keys]:
    """Every key of every object, by the keys above it."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield (*above, key)
            yield from keys(each, (*above, key))
    elif isinstance(value, list):
        for each in value:
            yield from keys(each, above)


def drop(value: Any, path: Keys) -> None:
    """Take a key out of every object that has it there."""
    if isinstance(value, list):
        for each in value:
            drop(each, path)
    elif isinstance(value, dict) and len(path) == 1:
        value.pop(path[0], None)
    elif isinstance(value, dict) and path[0] in value:
        drop(value[path[0]], path[1:])


Flows = dict[tuple[str, str], Bounds]


def answered(reading: Reading) -> tuple[Flows, set[str]]:
    """Both bounds of all pairs, direct and handed on by load balancers; and what is told to be unreadable."""
    network = meaning(reading)
    solved = Reachability(network)
    ends = network.endpoints
    found = {(a.id, b.id): solved.bounds(a, b) & CLAIMED for a in ends for b in ends if a.id != b.id}
    for each in network.forwards:
        dialled = Bounds(each.dials - each.dials if each.because else each.dials, each.dials)
        key = f"{each.proxy} forwards", each.target
        found[key] = found[key] | dialled if key in found else dialled
    notes = (*reading.diagnostics, *network.diagnostics)
    return found, {each.message for each in notes if each.effect is Effect.UNREADABLE}


def wrong(whole: Flows, less: Flows) -> list[tuple[str, str]]:
    """Pairs that are closed, or more certain, where less is known. An endpoint may be missing or have another name."""
    ends = {each for pair in less for each in pair}
    nothing = Bounds(Traffic.nothing(), Traffic.nothing())
    kept = {
        pair: found for pair, found in whole.items() if pair[0].removesuffix(" forwards") in ends and pair[1] in ends
    }
    now = {pair: less.get(pair, nothing) for pair in kept}
    return [p for p, was in kept.items() if not (was.possible <= now[p].possible and now[p].certain <= was.certain)]


_ENDPOINT = {"VpcId": "vpc-1", "ServiceName": "com.amazonaws.r.ec2", "State": "available", "VpcEndpointId": "vpce-2"}
_DATABASE = {"DBInstanceIdentifier": "main", "DBInstanceArn": "arn:aws:rds:r:123456789012:db:main"}
SERVED = linked(
    PAIR,
    VpcEndpoints=[
        {
            **_ENDPOINT,
            "VpcEndpointType": "Interface",
            "SubnetIds": ["subnet-b"],
            "Groups": [{"GroupId": "sg-1"}],
            "RouteTableIds": [],
        }
    ],
    DBInstances=[
        {
            **_DATABASE,
            "PubliclyAccessible": True,
            "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}],
            "DBSubnetGroup": {"Subnets": [{"SubnetIdentifier": "subnet-b"}]},
        }
    ],
)
ALONE = {
    **PAIR,
    "Reservations": [
        {
            "Instances": [
                {"InstanceId": "i-c", "SubnetId": "subnet-b", "SecurityGroups": [{"GroupId": "sg-1"}]},
                {"InstanceId": "i-d", "SubnetId": "subnet-a", "SecurityGroups": [{"GroupId": "sg-1"}]},
            ]
        }
    ],
}
_OUT = {"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-a"}]}
STEERED = {**linked(PAIR), "RouteTables": [MAIN, {**linked(PAIR)["RouteTables"][0], **_OUT}]}

WHOLE: dict[str, dict[str, Any]] = {
    "served": SERVED,
    "alone": ALONE,
    "steered": STEERED,
    "pair": PAIR,
    "peered": PEERED,
    "transit": TRANSIT,
    "linked": linked(PAIR),
    "stored": stored(),
    "network balancer": balancer("network"),
    "application balancer": ruled(),
}
# What the API leaves out where there is none: an attachment without it is associated with no table.
SAYS_NONE = {("TransitGatewayAttachments", "Association")}


def test_aws_33_attachments_of_another_accounts_gateway_have_some_table(read: Any) -> None:
    """The owner of a VPC sees neither a shared gateway's tables nor which of them its own attachment has."""
    bare = [without(each, "Association") for each in TRANSIT["TransitGatewayAttachments"]]
    seen = {**TRANSIT, "TransitGatewayAttachments": bare, "TransitGatewayRouteTables": []}
    found = bounds(read(without(seen, "TransitGatewayPropagations", "TransitGatewayStaticRoutes")), "i-a", "i-c")
    assert ("nothing", "tcp udp sctp") == (str(found.certain), str(found.possible))


def test_aws_33_attachments_without_a_table_beside_tables_have_none(read: Any) -> None:
    """The gateway's owner sees every association."""
    bare = [without(each, "Association") for each in TRANSIT["TransitGatewayAttachments"]]
    assert exactly(read({**TRANSIT, "TransitGatewayAttachments": bare}), "i-a", "i-c") == "nothing"


# ---- what comes or goes -------------------------------------------------------------------------------


def in_state(whole: dict[str, Any], key: str, state: str) -> dict[str, Any]:
    """A snapshot with all things of a kind in some state."""
    return {**whole, key: [{**each, "State": state} for each in whole[key]]}


@pytest.mark.parametrize(
    ("state", "certain", "possible"),
    [
        ("available", "tcp udp sctp", "tcp udp sctp"),
        ("modifying", "tcp udp sctp", "tcp udp sctp"),
        ("pendingAcceptance", "nothing", "tcp udp sctp"),
        ("rollingBack", "nothing", "tcp udp sctp"),
    ],
)
def test_aws_33_an_attachment_that_only_comes_is_possible(read: Any, state: str, certain: str, possible: str) -> None:
    """What is being made, or waits for its other side, may work tomorrow."""
    found = bounds(read(in_state(TRANSIT, "TransitGatewayVpcAttachments", state)), "i-a", "i-c")
    assert (certain, possible) == (str(found.certain), str(found.possible))


@pytest.mark.parametrize(("state", "certain"), [("attached", "tcp udp sctp"), ("attaching", "nothing")])
def test_aws_25_an_internet_gateway_that_is_being_attached_is_possible(read: Any, state: str, certain: str) -> None:
    """Nothing over it is certain before it is attached."""
    gateway = {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": state}]}
    found = bounds(read({**linked(PAIR), "InternetGateways": [gateway]}), "internet", "i-a")
    assert (certain, "tcp udp sctp") == (str(found.certain), str(found.possible))


@pytest.mark.parametrize("state", ["Deleted", "deleting", "Failed"])
def test_states_are_written_in_either_case(read: Any, state: str) -> None:
    """The API documents states of endpoints with capitals, and prints them without."""
    endpoint = {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "SubnetIds": ["subnet-a"]}
    assert {"i-a", "i-b"} == ids(read({**PAIR, "VpcEndpoints": [{**endpoint, "State": state}]}))


# ---- what was not asked for ---------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "model.md"
PRIVATE = "10.9.0.0/16"


def routed(*routes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Two instances whose VPC has more routes."""
    table = {**PAIR["RouteTables"][0], "Routes": [*PAIR["RouteTables"][0]["Routes"], *routes]}
    return {**PAIR, "RouteTables": [table], **more}


def placed(key: str, name: str, **more: Any) -> dict[str, Any]:
    """A service in subnet b with the open group, and the interface that it has there."""
    face = interface("eni-s", "subnet-b", "10.0.2.77", **more.pop("face", {}))
    return {**PAIR, "NetworkInterfaces": [*PAIR["NetworkInterfaces"], face], key: [{name: "s", **more}]}


_NAT = {"NatGatewayId": "nat-1", "SubnetId": "subnet-b", "State": "available"}
_NAT_ADDRESS = {"PublicIp": "198.51.100.1", "PrivateIp": "10.0.2.9", "IsPrimary": True}
_VGW = {"VpnGatewayId": "vgw-1", "State": "available", "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}]}
_VPN = {
    "VpnConnectionId": "vpn-1",
    "VpnGatewayId": "vgw-1",
    "State": "available",
    "Options": {"StaticRoutesOnly": True},
    "Routes": [{"DestinationCidrBlock": PRIVATE, "State": "available"}],
}
_GROUPED = [{"VpcSecurityGroupId": "sg-1"}]
_CLASSIC = {"LoadBalancerPort": 80, "InstancePort": 80, "Protocol": "TCP", "InstanceProtocol": "TCP"}
_LISTED = closed_to(PrefixListIds=[{"PrefixListId": "pl-1"}])
_GA = "arn:aws:globalaccelerator::1:accelerator/a"
_THERE = {"TransitGatewayAttachmentId": "tgw-attach-2"}
_BY_GA = {"EndpointId": "i-a", "ClientIPPreservationEnabled": True}
_SPARED = {"ExclusionId": "x", "ResourceArn": "arn:aws:ec2:eu-west-1:1:vpc/vpc-1", "State": "create-complete"}

ESTATES: dict[str, dict[str, Any]] = {
    **WHOLE,
    "nat": linked(PAIR, NatGateways=[{**_NAT, "NatGatewayAddresses": [_NAT_ADDRESS]}]),
    "private gateway": routed(to("vgw-1", "GatewayId", PRIVATE), VpnGateways=[_VGW], VpnConnections=[_VPN]),
    "egress only": routed(
        {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"},
        EgressOnlyInternetGateways=[
            {"EgressOnlyInternetGatewayId": "eigw-1", "Attachments": [{"VpcId": "vpc-1", "State": "attached"}]}
        ],
    ),
    "rules": {**PAIR, "SecurityGroupRules": [{**IN, "GroupId": "sg-1", "IsEgress": e} for e in (True, False)]},
    "entries": {
        **PAIR,
        "SecurityGroups": [_LISTED, GROUP],
        "PrefixLists": [{"PrefixListId": "pl-1"}],
        "ManagedPrefixListEntries": [{"PrefixListId": "pl-1", "Entries": [{"Cidr": "10.0.1.0/24"}]}],
        "NetworkInterfaces": [
            PAIR["NetworkInterfaces"][0],
            interface("eni-b", "subnet-b", B, "sg-2", **attached("i-b")),
        ],
    },
    "database": placed(
        "DBInstances",
        "DBInstanceIdentifier",
        DBSubnetGroup={"Subnets": [{"SubnetIdentifier": "subnet-b"}]},
        VpcSecurityGroups=_GROUPED,
        face={"Description": "RDSNetworkInterface"},
    ),
    "domain": placed(
        "DomainStatusList",
        "DomainName",
        VPCOptions={"SubnetIds": ["subnet-b"], "SecurityGroupIds": ["sg-1"]},
        face={"Description": "ES s"},
    ),
    "classic": placed(
        "LoadBalancerDescriptions",
        "LoadBalancerName",
        Subnets=["subnet-b"],
        SecurityGroups=["sg-1"],
        Instances=[{"InstanceId": "i-a"}],
        ListenerDescriptions=[{"Listener": _CLASSIC}],
        face={"Description": "ELB s"},
    ),
    "connect": placed(
        "InstanceConnectEndpoints",
        "InstanceConnectEndpointId",
        SubnetId="subnet-b",
        SecurityGroupIds=["sg-1"],
        NetworkInterfaceIds=["eni-s"],
        State="create-complete",
        face={"InterfaceType": "ec2_instance_connect_endpoint"},
    ),
    "client vpn": {
        **PAIR,
        "ClientVpnEndpoints": [{"ClientVpnEndpointId": "cvpn-1", "SecurityGroupIds": ["sg-1"]}],
        "ClientVpnTargetNetworks": [
            {"AssociationId": "cvpn-assoc-1", "ClientVpnEndpointId": "cvpn-1", "TargetNetworkId": "subnet-b"}
        ],
    },
    "accelerator": {
        **linked(PAIR),
        "NetworkInterfaces": [
            *PAIR["NetworkInterfaces"],
            interface("eni-g", "subnet-a", "10.0.1.88", InterfaceType="global_accelerator_managed"),
        ],
        "Accelerators": [{"AcceleratorArn": _GA, "Enabled": True, "IpAddressType": "IPV4"}],
        "Listeners": [
            {"ListenerArn": f"{_GA}/listener/l", "Protocol": "TCP", "PortRanges": [{"FromPort": 443, "ToPort": 443}]}
        ],
        "EndpointGroups": [
            {"EndpointGroupArn": f"{_GA}/listener/l/endpoint-group/e", "EndpointDescriptions": [_BY_GA]}
        ],
    },
    "references": {
        **TRANSIT,
        "PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["10.2.0.0/16"]}],
        "TransitGatewayPropagations": [{**LOOKUP, "TransitGatewayRouteTablePropagations": []}],
        "TransitGatewayStaticRoutes": [
            {**LOOKUP, "Routes": [{"PrefixListId": "pl-1", "Type": "static", "TransitGatewayAttachments": [_THERE]}]}
        ],
        "TransitGatewayPrefixListReferences": [
            {**LOOKUP, "PrefixListId": "pl-1", "State": "available", "TransitGatewayAttachment": _THERE}
        ],
    },
    "private link": WITH_A_SERVICE,
    "shut": {
        **linked(PAIR),
        "Subnets": NEAR,
        "VpcBlockPublicAccessOptions": SHUT,
        "VpcBlockPublicAccessExclusions": [{**_SPARED, "InternetGatewayExclusionMode": "allow-bidirectional"}],
    },
}

FOUNDATIONS = PAIR.keys()


def keys_of(name: str) -> list[Keys]:
    """The keys of a snapshot that no smaller one has."""
    own = {*keys(ESTATES[name])} - SAYS_NONE
    return sorted(own if name in WHOLE else {path for path in own if path[0] not in FOUNDATIONS})


@pytest.mark.parametrize("name", ESTATES)
def test_a_key_that_was_not_printed_closes_nothing(read: Any, name: str) -> None:
    """Without any one key of its objects, a snapshot is wider, or told to be unreadable: never closed, never surer."""
    whole, told = answered(read(ESTATES[name]))
    for path in keys_of(name):
        document = copy.deepcopy(ESTATES[name])
        drop(document, path)
        less, notes = answered(read(document))
        assert (path, []) == (path, [] if notes - told else wrong(whole, less))


# Without them nothing is missing: interfaces tell the same, or there is nothing that a packet could meet.
ADDS_NOTHING = {"Addresses", "Instances"}
# Absent from a snapshot they are taken as none: an assumption or a diagnostic says so where they are asked for.
ONLY_NAMED = {
    "CarrierGateways",
    "LocalGatewayRouteTableVpcAssociations",
    "TrafficMirrorSessions",
    "TransitGatewayMulticastDomains",
}


def rows() -> dict[str, str]:
    """The answers of the page's table, each with what it says of their absence."""
    section = PAGE.read_text().split("### Answers that a snapshot lacks")[1].split("\n### ")[0]
    found = re.findall(r"^\| (`.+?) \| (.+) \|$", section, re.MULTILINE)
    return {key: said for keys, said in found for key in re.findall(r"`(\w+)`", keys)}


def with_a_meaning() -> set[str]:
    """The keys that the readers ask for."""
    shelf = Shelf([Item(ESTATES["accelerator"], None, "", {}, [])], [])
    for each in reader.READERS:
        list(each(shelf))
    return set(shelf.asked)


def test_the_page_says_what_the_absence_of_every_answer_means() -> None:
    """A row for each answer that has a meaning, and for no other."""
    assert with_a_meaning() == rows().keys()


@pytest.mark.parametrize("key", sorted(rows().keys() - ADDS_NOTHING - ONLY_NAMED))
def test_an_answer_that_was_not_asked_for_closes_nothing(read: Any, key: str) -> None:
    """Without it a snapshot is wider, or told to be unreadable: never closed, never surer."""
    shown = [each for each in ESTATES.values() if key in each]
    assert shown
    for document in shown:
        whole, told = answered(read(document))
        less, notes = answered(read(without(document, key)))
        assert [] == ([] if notes - told else wrong(whole, less))


@pytest.mark.parametrize("key", sorted(ONLY_NAMED))
def test_what_is_only_named_has_a_diagnostic_where_it_is_shown(read: Any, key: str) -> None:
    """Its meaning is missing from the model, or possible only."""
    things = [{f"{key.removesuffix('s')}Id": "x-1", "TransitGatewayRouteTableId": "t", "PrefixListId": "p"}]
    said = [each for each in meaning(read({**PAIR, key: things})).diagnostics if each.code == "AWS_NOT_MODELLED"]
    assert 1 == len(said)


# ---- what nobody asked for and nothing names ----------------------------------------------------------

LISTED: dict[str, Any] = {"VpnGateways": [], "VpcPeeringConnections": [], "TransitGatewayVpcAttachments": []}


@pytest.mark.parametrize("key", LISTED)
def test_ways_in_that_nothing_names_are_assumed_away_where_they_are_not_listed(read: Any, key: str) -> None:
    """A gateway that no route names could still bring datagrams in: where it would be listed, it is not there."""
    found = [meaning(read(each)).assumptions for each in ({**PAIR, **LISTED}, without({**PAIR, **LISTED}, key))]
    assert [False, True] == ["UNLISTED_WAYS_IN" in each for each in found]


def test_aws_38_a_gateway_whose_routes_a_table_takes_may_be_there(read: Any) -> None:
    """A table propagates the routes of a gateway that no answer lists and no route names yet."""
    table = {**PAIR["RouteTables"][0], "PropagatingVgws": [{"GatewayId": "vgw-1"}]}
    found = bounds(read({**PAIR, "RouteTables": [table]}), "private", "i-a")
    assert ("nothing", "udp sctp") == (str(found.certain), str(found.possible))


def test_aws_65_an_accelerator_of_a_snapshot_brings_the_internet_in(read: Any) -> None:
    """To an instance without a public address, on the ports of the listener."""
    private = {**ESTATES["accelerator"], "NetworkInterfaces": PAIR["NetworkInterfaces"]}
    found = bounds(read(private), "internet", "i-a")
    assert "tcp/443" == str(found.possible)


def test_entries_make_up_for_the_list_of_prefix_lists(read: Any) -> None:
    """A list of which only the entries were asked for is known all the same."""
    assert exactly(read(without(ESTATES["entries"], "PrefixLists")), "i-a", "i-b") == "tcp/443"


def shared(read: Any, *accounts: str) -> Bounds:
    """What the internet may send to an instance in a VPC of account 1…1, as one or both of two accounts see it."""
    owner, mine = "111111111111", {"Vpcs": [{**PAIR["Vpcs"][0], "OwnerId": "111111111111"}]}
    whole = linked(PAIR)
    silent = {**whole, **mine, "RouteTables": PAIR["RouteTables"]}
    for account in accounts:
        gateways = whole["InternetGateways"] if account == owner else []
        reading = read({**silent, "InternetGateways": gateways}, below=f"{account}/eu-west-1")
    return bounds(reading, "internet", "i-a")


@pytest.mark.parametrize("accounts", [["111111111111"], ["222222222222"], ["111111111111", "222222222222"]])
def test_aws_54_the_gateways_of_a_shared_vpc_are_its_owners_to_see(read: Any, accounts: list[str]) -> None:
    """A participant is shown none of them: without the owner's answers there may be one."""
    assert "udp sctp" == str(shared(read, *accounts).possible)


def test_aws_54_the_owners_answers_decide_for_both(read: Any) -> None:
    """What the owner lists is certain, whatever participants see."""
    both = shared(read, "111111111111", "222222222222")
    assert both.certain == both.possible


@pytest.mark.parametrize("missing", ["TransitGatewayPrefixListReferences", "none"])
def test_aws_33_static_routes_to_prefix_lists_are_references(read: Any, missing: str) -> None:
    """The entries of the list are routed, whichever of the two answers says so; replies have no route."""
    reading = read(without(ESTATES["references"], missing))
    assert "udp sctp" == exactly(reading, "i-a", "i-c")


def test_aws_15_an_entry_without_a_direction_may_hold_in_neither(read: Any) -> None:
    """It neither lets pass for certain, nor drops."""
    acl = PAIR["NetworkAcls"][0]
    undirected = [without(each, "Egress") for each in acl["Entries"]]
    found = bounds(read({**PAIR, "NetworkAcls": [{**acl, "Entries": undirected}]}), "i-a", "i-b")
    assert ("nothing", "tcp udp sctp") == (str(found.certain), str(found.possible))
