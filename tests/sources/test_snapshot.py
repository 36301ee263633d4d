"""What a snapshot's files become: resources in Terraform's shapes, with lines, and nothing lost in silence."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import CLAIMED, AddressSet
from netaudit.model import Effect, Network, Reading, Resource, Settings
from netaudit.pipeline import build
from netaudit.providers import aws
from netaudit.sources.request import Request
from netaudit.sources.snapshot import read_snapshot

VPC = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}
SUBNETS = [
    {"SubnetId": "subnet-a", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "z1"},
    {"SubnetId": "subnet-b", "VpcId": "vpc-1", "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "z2"},
]
ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
GROUP = {"GroupId": "sg-1", "GroupName": "open", "VpcId": "vpc-1", "IpPermissions": [ALL], "IpPermissionsEgress": [ALL]}
ENTRIES = [
    {"RuleNumber": 100, "Egress": egress, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    for egress in (True, False)
]
ACL = {"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": True, "Entries": ENTRIES, "Associations": []}
MAIN = {
    "RouteTableId": "rtb-1",
    "VpcId": "vpc-1",
    "Associations": [{"Main": True, "RouteTableAssociationId": "rtbassoc-1"}],
    "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}],
}
A, B = "10.0.1.10", "10.0.2.10"


def interface(name: str, subnet: str, address: str, *groups: str, **more: Any) -> dict[str, Any]:
    """A network interface; without groups named it has sg-1."""
    return {
        "NetworkInterfaceId": name,
        "SubnetId": subnet,
        "PrivateIpAddresses": [{"PrivateIpAddress": address}],
        "Groups": [{"GroupId": group} for group in groups or ("sg-1",)],
        **more,
    }


def attached(instance: str, index: int = 0) -> dict[str, Any]:
    """How an interface says whose it is."""
    return {"Attachment": {"InstanceId": instance, "DeviceIndex": index}}


def instances(*ids: str, state: str = "running") -> dict[str, Any]:
    """Reservations with one instance each."""
    return {"Reservations": [{"Instances": [{"InstanceId": each, "State": {"Name": state}}]} for each in ids]}


FOUNDATION = {"Vpcs": [VPC], "Subnets": SUBNETS, "SecurityGroups": [GROUP], "NetworkAcls": [ACL], "RouteTables": [MAIN]}
PAIR = {
    **FOUNDATION,
    **instances("i-a", "i-b"),
    "NetworkInterfaces": [
        interface("eni-a", "subnet-a", A, **attached("i-a")),
        interface("eni-b", "subnet-b", B, **attached("i-b")),
    ],
}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Reads documents as the files of one snapshot."""

    def reader(*documents: Any, below: str = "") -> Reading:
        directory = tmp_path / below
        directory.mkdir(parents=True, exist_ok=True)
        for number, document in enumerate(documents):
            text = document if isinstance(document, str) else json.dumps(document, indent=1)
            (directory / f"{number}.json").write_text(text)
        return read_snapshot(sorted(tmp_path.rglob("*.json")), name="account")

    return reader


def meaning(reading: Reading) -> Network:
    """The network of a snapshot."""
    return aws.build([reading], Settings())


def bounds(reading: Reading, source: str, destination: str) -> Bounds:
    """What may and must flow, of TCP, UDP and SCTP."""
    solved = Reachability(meaning(reading))
    return solved.bounds(solved.by_id[source], solved.by_id[destination]) & CLAIMED


def exactly(reading: Reading, source: str, destination: str) -> str:
    """What flows, where nothing is open."""
    found = bounds(reading, source, destination)
    assert found.certain == found.possible
    return str(found.certain)


def resources(reading: Reading, kind: str) -> list[Resource]:
    """The resources of a kind."""
    return [each for each in reading.resources if each.kind == kind]


def ids(reading: Reading) -> set[str]:
    """The endpoints of a snapshot."""
    return {each.id for each in meaning(reading).endpoints}


# ---- who is there -------------------------------------------------------------------------------------


def test_instances_have_their_ids_and_addresses(read: Any) -> None:
    """Endpoints are named by instance id, and their addresses are known."""
    found = meaning(read(PAIR))
    addresses = {each.id: each.addresses for each in found.endpoints}
    assert addresses == {"i-a": AddressSet.parse(A), "i-b": AddressSet.parse(B)}


def test_what_is_known_is_exact(read: Any) -> None:
    """A whole snapshot leaves nothing open."""
    assert exactly(read(PAIR), "i-a", "i-b") == "tcp udp sctp"


def test_unattached_interface_is_an_endpoint(read: Any) -> None:
    """An interface without an instance is an endpoint of its own."""
    assert ids(read({**FOUNDATION, "NetworkInterfaces": [interface("eni-x", "subnet-a", A)]})) == {"eni-x"}


def test_interfaces_may_stand_with_their_instance(read: Any) -> None:
    """Where no list of interfaces is given, those of the instances count."""
    machine = {"InstanceId": "i-a", "NetworkInterfaces": [interface("eni-a", "subnet-a", A)]}
    reading = read({**FOUNDATION, "Reservations": [{"Instances": [machine]}]})
    assert meaning(reading).by_id["i-a"].addresses == AddressSet.parse(A)


def test_instance_without_any_interface_listed(read: Any) -> None:
    """An instance's own fields are enough."""
    machine = {"InstanceId": "i-a", "SubnetId": "subnet-a", "PrivateIpAddress": A}
    machine["SecurityGroups"] = [{"GroupId": "sg-1"}]  # type: ignore[assignment]
    reading = read({**FOUNDATION, "Reservations": [{"Instances": [machine]}]})
    assert meaning(reading).by_id["i-a"].addresses == AddressSet.parse(A)


def test_terminated_instance_is_gone(read: Any) -> None:
    """What is terminated is only a memory."""
    assert ids(read({**FOUNDATION, **instances("i-a", state="terminated")})) == set()


def test_interface_without_groups_is_open(read: Any) -> None:
    """What no group filters may be reached, and nothing about it is certain."""
    bare = {**interface("eni-x", "subnet-b", B), "Groups": []}
    reading = read({**PAIR, "NetworkInterfaces": [*PAIR["NetworkInterfaces"][:1], bare]})
    assert str(bounds(reading, "i-a", "eni-x").possible) == "tcp udp sctp"


def test_fixed_ipv6_addresses(read: Any) -> None:
    """IPv6 addresses of an interface are known as well."""
    eni = {**interface("eni-x", "subnet-a", A), "Ipv6Addresses": [{"Ipv6Address": "2001:db8::10"}]}
    found = meaning(read({**FOUNDATION, "NetworkInterfaces": [eni]}))
    assert found.by_id["eni-x"].addresses == AddressSet.parse(A) | AddressSet.parse("2001:db8::10")


def test_interface_of_a_nat_gateway_is_no_endpoint(read: Any) -> None:
    """A gateway's interface is part of the gateway."""
    gateway = {
        "NatGatewayId": "nat-1",
        "SubnetId": "subnet-a",
        "State": "available",
        "NatGatewayAddresses": [{"NetworkInterfaceId": "eni-n", "PrivateIp": A, "PublicIp": "54.0.0.1"}],
    }
    assert (
        ids(read({**FOUNDATION, "NatGateways": [gateway], "NetworkInterfaces": [interface("eni-n", "subnet-a", A)]}))
        == set()
    )


# ---- filters and routes -------------------------------------------------------------------------------


def closed_to(**more: Any) -> dict[str, Any]:
    """A group that lets in what one permission says, and everything out."""
    return {
        **GROUP,
        "GroupId": "sg-2",
        "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **more}],
    }


@pytest.mark.parametrize(
    ("peers", "expected"),
    [
        ({"IpRanges": [{"CidrIp": "10.0.1.0/24"}]}, "tcp/443"),
        ({"IpRanges": [{"CidrIp": "10.9.0.0/16"}]}, "nothing"),
        ({"UserIdGroupPairs": [{"GroupId": "sg-1"}]}, "tcp/443"),
        ({"UserIdGroupPairs": [{"GroupId": "sg-2"}]}, "nothing"),
        ({"PrefixListIds": [{"PrefixListId": "pl-1"}]}, "tcp/443"),
        ({"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, "nothing"),
    ],
)
def test_peers_of_a_permission(read: Any, peers: Mapping[str, Any], expected: str) -> None:
    """CIDR blocks, groups and prefix lists are peers."""
    listed = {"PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["10.0.1.10/32"]}]}
    pair = [
        interface("eni-a", "subnet-a", A, **attached("i-a")),
        interface("eni-b", "subnet-b", B, "sg-2", **attached("i-b")),
    ]
    whole = {**PAIR, **listed, "SecurityGroups": [GROUP, closed_to(**peers)], "NetworkInterfaces": pair}
    assert exactly(read(whole), "i-a", "i-b") == expected


def test_default_acl_is_that_of_subnets_without_association(read: Any) -> None:
    """A subnet that no ACL names has the VPC's default one."""
    shut = {**ACL, "Entries": []}
    assert exactly(read({**PAIR, "NetworkAcls": [shut]}), "i-a", "i-b") == "nothing"


def test_acl_entry_has_ports(read: Any) -> None:
    """An entry's ports, order and action are read."""
    deny = {
        "RuleNumber": 50,
        "Egress": False,
        "Protocol": "6",
        "RuleAction": "deny",
        "CidrBlock": "10.0.1.0/24",
        "PortRange": {"From": 0, "To": 1023},
    }
    guarded = {**ACL, "NetworkAclId": "acl-2", "IsDefault": False, "Entries": [deny, *ENTRIES]}
    guarded["Associations"] = [{"SubnetId": "subnet-b"}]
    assert exactly(read({**PAIR, "NetworkAcls": [ACL, guarded]}), "i-a", "i-b") == "tcp/1024-65535 udp sctp"


def test_blackhole_drops(read: Any) -> None:
    """A route in state blackhole leads nowhere, whatever its target."""
    peer = {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"}
    routes = [{"DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "blackhole"}]
    table = {**MAIN, "Routes": [*MAIN["Routes"], *routes]}
    reading = read({**PAIR, "Vpcs": [VPC, peer], "RouteTables": [table]})
    assert all(each.code != "AWS_ROUTE_BEYOND_MODEL" for each in meaning(reading).diagnostics)


@pytest.mark.parametrize(("status", "count"), [("active", 1), ("pending-acceptance", 0), ("deleted", 0)])
def test_only_active_peerings_count(read: Any, status: str, count: int) -> None:
    """A peering carries packets only while it is active."""
    sides = {"RequesterVpcInfo": {"VpcId": "vpc-1"}, "AccepterVpcInfo": {"VpcId": "vpc-2"}}
    peering = {"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": status}, **sides}
    assert (
        len(resources(read({**FOUNDATION, "VpcPeeringConnections": [peering]}), "aws_vpc_peering_connection")) == count
    )


@pytest.mark.parametrize("missing", ["RouteTables", "NetworkAcls"])
def test_what_the_snapshot_lacks_is_unknown(read: Any, missing: str) -> None:
    """Without route tables or ACLs nothing across subnets is certain, and everything stays possible."""
    found = bounds(read({key: value for key, value in PAIR.items() if key != missing}), "i-a", "i-b")
    assert ("nothing", "tcp udp sctp") == (str(found.certain), str(found.possible))


# ---- load balancers -----------------------------------------------------------------------------------

ARN = "arn:aws:elasticloadbalancing:r:1:loadbalancer/net/n/50"


def balancer(kind: str) -> dict[str, Any]:
    """A load balancer in both subnets on 443, in front of i-b on 8080."""
    fronts = [
        interface("eni-lb", "subnet-a", "10.0.1.99", Description="ELB net/n/50"),
        interface("eni-lb-2", "subnet-b", "10.0.2.99", Description="ELB net/n/50"),
    ]
    group = {"TargetGroupArn": "tg", "Port": 8080, "Protocol": "TCP", "TargetType": "instance", "VpcId": "vpc-1"}
    action = {"Type": "forward", "TargetGroupArn": "tg"}
    listener = {"ListenerArn": "li", "LoadBalancerArn": ARN, "Port": 443, "Protocol": "TCP", "DefaultActions": [action]}
    places = [{"SubnetId": "subnet-a", "ZoneName": "z1"}, {"SubnetId": "subnet-b", "ZoneName": "z2"}]
    return {
        **PAIR,
        "NetworkInterfaces": [*PAIR["NetworkInterfaces"], *fronts],
        "LoadBalancers": [
            {
                "LoadBalancerArn": ARN,
                "Type": kind,
                "Scheme": "internal",
                "AvailabilityZones": places,
                "SecurityGroups": ["sg-1"],
            }
        ],
        "LoadBalancerListeners": [{"LoadBalancerArn": ARN, "Listeners": [listener]}],
        "LoadBalancerAttributes": [
            {"LoadBalancerArn": ARN, "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]}
        ],
        "TargetGroups": [group],
        "TargetGroupAttributes": [{"TargetGroupArn": "tg", "Attributes": []}],
        "LoadBalancerTargetHealth": [
            {"TargetGroupArn": "tg", "TargetHealthDescriptions": [{"Target": {"Id": "i-b", "Port": 8080}}]}
        ],
    }


def test_load_balancer_takes_its_interfaces(read: Any) -> None:
    """A load balancer is one endpoint at the addresses of its interfaces."""
    found = meaning(read(balancer("application")))
    assert {each.id for each in found.endpoints} == {"i-a", "i-b", ARN}
    assert found.by_id[ARN].addresses == AddressSet.parse("10.0.1.99") | AddressSet.parse("10.0.2.99")


def test_load_balancer_forwards_to_registered_targets(read: Any) -> None:
    """What target health lists stands behind the listener."""
    found = meaning(read(balancer("application")))
    assert [(each.proxy, str(each.accepts), each.target, str(each.dials)) for each in found.forwards] == [
        (ARN, "tcp/443", "i-b", "tcp/8080")
    ]


def test_network_load_balancer_is_passed_directly(read: Any) -> None:
    """Through a network load balancer the target's port is reached although its own group refuses the client."""
    whole = balancer("network")
    shut = {
        **GROUP,
        "GroupId": "sg-2",
        "IpPermissions": [{**ALL, "IpRanges": [], "UserIdGroupPairs": [{"GroupId": "sg-9"}]}],
    }
    only = {
        **shut,
        "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "IpRanges": [{"CidrIp": f"{A}/32"}]}],
    }
    dials = {**GROUP, "GroupId": "sg-3"}
    dials["IpPermissionsEgress"] = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ]
    faces = [
        interface("eni-a", "subnet-a", A, "sg-3", **attached("i-a")),
        interface("eni-b", "subnet-b", B, "sg-2", **attached("i-b")),
        *whole["NetworkInterfaces"][2:],
    ]
    reading = read({**whole, "SecurityGroups": [GROUP, only, dials], "NetworkInterfaces": faces})
    assert exactly(reading, "i-a", "i-b") == "tcp/8080"


# ---- places and bad input -----------------------------------------------------------------------------


def test_everything_has_its_line(read: Any) -> None:
    """A resource and each of its rules say where they stand."""
    rules = '[\n   {"IpProtocol": "-1"},\n   {"IpProtocol": "tcp"}]'
    text = '{"SecurityGroups": [\n {"GroupId": "sg-1",\n  "IpPermissions": ' + rules + "}]}"
    (group,) = resources(read(text), "aws_security_group")
    assert (2, 4, 5) == (group.origin.line, group.place("ingress", 0).line, group.place("ingress", 1).line)
    assert group.origin.address == "sg-1"


def test_a_large_snapshot_has_files_without_lines(read: Any) -> None:
    """Beyond a bound only files are named, so that reading stays fast; text that cannot be printed is refused."""
    padding = json.dumps({"KeyPairs": [{"Note": "x" * 6_100_000}]})
    reading = read(PAIR, padding)
    assert {each.origin.line for each in reading.resources} == {0}
    assert exactly(reading, "i-a", "i-b") == "tcp udp sctp"
    broken = read(PAIR, padding, '{"Vpcs": [{"VpcId": "\\ud800"}]}')
    assert {each.code for each in broken.diagnostics if each.effect is Effect.UNREADABLE} == {"SNAPSHOT_UNREAD"}


def test_account_and_region_come_from_directories(read: Any) -> None:
    """Files may be kept by account and Region."""
    reading = read(FOUNDATION, below="accounts/123456789012/eu-west-1")
    assert {"account_id": "123456789012", "region": "eu-west-1"} == dict(resources(reading, "aws_vpc")[0].settings)


def test_what_two_files_say_is_taken_once(read: Any) -> None:
    """The same object in two files is one."""
    assert len(resources(read(FOUNDATION, {"Vpcs": [VPC]}), "aws_vpc")) == 1


def test_unknown_keys_are_passed_over_by_name(read: Any) -> None:
    """A key without meaning to the model is named."""
    said = [each for each in read({**FOUNDATION, "KeyPairs": []}).diagnostics if "KeyPairs" in each.message]
    assert [("SNAPSHOT_KEY_PASSED_OVER", Effect.IGNORED)] == [(each.code, each.effect) for each in said]


@pytest.mark.parametrize(
    "document",
    [
        {"Vpcs": 5},
        {"Vpcs": [5]},
        {"Vpcs": [{}]},
        {"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": {"a": 1}}]},
        {"Reservations": [{"Instances": "x"}]},
        '{"Vpcs": [',
        "[1]",
        "\x00",
    ],
)
def test_bad_shapes_are_unreadable(read: Any, document: Any) -> None:
    """What has a wrong shape is told with its place, and never a traceback."""
    reading = read(document)
    said = [each for each in reading.diagnostics if each.effect is Effect.UNREADABLE]
    assert said
    assert all(each.origin is not None and each.origin.file.endswith("0.json") for each in said)
    meaning(reading)


WRONG: tuple[Any, ...] = (5, "x", [], {}, None, [None], {"a": []}, True, 1e400)


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_wrong_leaves_give_no_traceback(read: Any, value: Any) -> None:
    """Every key of every object may hold anything."""
    whole = balancer("network")
    for key, items in whole.items():
        for name in items[0]:
            spoiled = {**whole, key: [{**items[0], name: value}, *items[1:]]}
            found = meaning(read(spoiled.copy()))
            assert isinstance(found, Network)


# ---- as a source --------------------------------------------------------------------------------------


def test_a_directory_of_answers_is_one_source(tmp_path: Path) -> None:
    """Beside an unmistakable answer every other one belongs to the snapshot."""
    for number, (key, value) in enumerate(PAIR.items()):
        (tmp_path / f"{number}.json").write_text(json.dumps({key: value}))
    model = build(Request(sources=[str(tmp_path)]).read())
    assert [each.format for each in model.taken.readings] == ["snapshot"]
    assert {"i-a", "i-b"} == set(model.network.by_id)


def test_one_file_is_a_source(tmp_path: Path) -> None:
    """A single file may hold everything."""
    file = tmp_path / "all.json"
    file.write_text(json.dumps(PAIR))
    assert {"i-a", "i-b"} == set(build(Request(sources=[str(file)]).read()).network.by_id)


# ---- several accounts and Regions, pages, and what is missing ------------------------------------------


def database(region: str, address: str) -> dict[str, Any]:
    """A database called `main` with an own subnet, as each Region may have one."""
    subnets = {"Subnets": [{"SubnetIdentifier": f"subnet-{address}"}]}
    arn = f"arn:aws:rds:{region}:123456789012:db:main"
    return {"DBInstanceIdentifier": "main", "DBInstanceArn": arn, "DBSubnetGroup": subnets}


def test_databases_of_one_name_in_two_regions_are_two(read: Any) -> None:
    """A name is unique within one account and Region; where several share it, each goes by its ARN."""
    found = resources(read({"DBInstances": [database(r, r) for r in ("eu-west-1", "eu-west-2")]}), "aws_db_instance")
    assert [f"arn:aws:rds:{r}:123456789012:db:main" for r in ("eu-west-1", "eu-west-2")] == [e.address for e in found]


def test_the_same_database_in_two_files_is_one(read: Any) -> None:
    """It keeps its short name."""
    one = {"DBInstances": [database("eu-west-1", "a")]}
    assert ["main"] == [each.address for each in resources(read(one, one), "aws_db_instance")]


def test_search_domains_of_one_name_are_told_apart(read: Any) -> None:
    """As for databases."""
    domains = [{"DomainName": "logs", "ARN": f"arn:aws:es:{r}:1:domain/logs"} for r in ("eu-west-1", "eu-west-2")]
    found = resources(read({"DomainStatusList": domains}), "aws_opensearch_domain")
    assert [each["ARN"] for each in domains] == [each.address for each in found]


def test_classic_load_balancers_of_one_name_are_told_apart(read: Any) -> None:
    """They have no ARN: their DNS names are unique."""
    both = [{"LoadBalancerName": "web", "DNSName": f"web-{n}.{n}.elb.amazonaws.com"} for n in (1, 2)]
    found = resources(read({"LoadBalancerDescriptions": both}), "aws_elb")
    assert [each["DNSName"] for each in both] == [each.address for each in found]


def test_interfaces_of_databases_that_are_not_shown_stay_endpoints(read: Any) -> None:
    """A list of databases of one Region says nothing about the interfaces of another."""
    eni = interface("eni-db", "subnet-b", B, Description="RDSNetworkInterface")
    reading = read({**FOUNDATION, "NetworkInterfaces": [eni], "DBInstances": [database("eu-west-1", "elsewhere")]})
    assert "eni-db" in {each.address for each in resources(reading, "aws_network_interface")}


def test_interfaces_of_databases_that_are_shown_are_part_of_them(read: Any) -> None:
    """What serves a database is no endpoint of its own."""
    eni = interface("eni-db", "subnet-b", B, Description="RDSNetworkInterface")
    reading = read({**FOUNDATION, "NetworkInterfaces": [eni], "DBInstances": [database("eu-west-1", "b")]})
    assert not resources(reading, "aws_network_interface")


def test_one_thing_described_twice_differently_calls_proofs_off(read: Any) -> None:
    """Two files of different days may contradict one another: neither is believed alone."""
    closed = {**GROUP, "IpPermissions": []}
    said = [d for d in read(PAIR, {"SecurityGroups": [closed]}).diagnostics if d.code == "SNAPSHOT_CONFLICT"]
    assert [Effect.UNREADABLE] == [each.effect for each in said]


def test_pages_may_be_a_list(read: Any) -> None:
    """What a paginator gives is one snapshot."""
    first, second = ({"NetworkInterfaces": [each]} for each in PAIR["NetworkInterfaces"])
    rest = {key: value for key, value in PAIR.items() if key != "NetworkInterfaces"}
    assert exactly(read([rest, {**first, "NextToken": "x"}, second]), "i-a", "i-b") == "tcp udp sctp"


def test_accounts_and_regions_may_be_keys_around_answers(read: Any) -> None:
    """One file may hold many accounts."""
    reading = read({"123456789012": {"eu-west-1": FOUNDATION}})
    assert {"account_id": "123456789012", "region": "eu-west-1"} == dict(resources(reading, "aws_vpc")[0].settings)


def test_things_without_the_key_of_their_kind_are_unreadable(read: Any) -> None:
    """`--query` may leave a bare list, which need not say of what."""
    said = [d.code for d in read(PAIR, [{"Odd": "x"}]).diagnostics if d.effect is Effect.UNREADABLE]
    assert ["SNAPSHOT_UNREAD"] == said


def test_a_bare_list_beside_answers_is_not_passed_over(tmp_path: Path) -> None:
    """It belongs to the snapshot that lies beside it, and is told to be unreadable."""
    (tmp_path / "all.json").write_text(json.dumps(PAIR))
    (tmp_path / "vpcs.json").write_text(json.dumps([{"Odd": "x"}]))
    said = build(Request(sources=[str(tmp_path)]).read()).network.diagnostics
    assert "SNAPSHOT_UNREAD" in {each.code for each in said}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_a_windows_shell_writes_is_read(tmp_path: Path, encoding: str) -> None:
    """PowerShell redirects to UTF-16, or to UTF-8 with a byte order mark."""
    (tmp_path / "all.json").write_text(json.dumps(PAIR), encoding=encoding)
    assert {"i-a", "i-b"} == set(build(Request(sources=[str(tmp_path)]).read()).network.by_id)


@pytest.mark.parametrize("missing", ["NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs"])
def test_a_snapshot_that_lacks_an_answer_calls_proofs_off(read: Any, missing: str) -> None:
    """A network of which half is missing must not look like a closed one."""
    reading = read({key: value for key, value in PAIR.items() if key != missing})
    said = [d for d in reading.diagnostics if d.code == "SNAPSHOT_INCOMPLETE" and missing in d.message]
    assert [Effect.UNREADABLE] == [each.effect for each in said]


def test_each_region_must_be_whole(read: Any) -> None:
    """What one Region's files hold does not make up for another's."""
    read(PAIR, below="accounts/123456789012/eu-west-1")
    reading = read({"Vpcs": [{**VPC, "VpcId": "vpc-2"}]}, below="accounts/123456789012/eu-west-2")
    said = [d.message for d in reading.diagnostics if d.code == "SNAPSHOT_INCOMPLETE"]
    assert 3 == sum("123456789012 eu-west-2" in each for each in said) == len(said)


def test_a_list_that_is_cut_short_calls_proofs_off(read: Any) -> None:
    """A token for more, and no last page."""
    said = [d.code for d in read({**PAIR, "NextToken": "abc"}).diagnostics if d.effect is Effect.UNREADABLE]
    assert ["SNAPSHOT_INCOMPLETE"] == said


# ---- answers that a snapshot lacks --------------------------------------------------------------------

PEER = {"VpcId": "vpc-2", "CidrBlock": "10.2.0.0/16"}
AWAY = {"SubnetId": "subnet-c", "VpcId": "vpc-2", "CidrBlock": "10.2.1.0/24", "AvailabilityZone": "z1"}
C = "10.2.1.10"


def table_of(vpc: str, *routes: dict[str, Any]) -> dict[str, Any]:
    """The main route table of a VPC, with more routes."""
    return {
        "RouteTableId": f"rtb-{vpc}",
        "VpcId": vpc,
        "Associations": [{"Main": True, "RouteTableAssociationId": f"rtbassoc-{vpc}"}],
        "Routes": [
            {"DestinationCidrBlock": {"vpc-1": "10.0.0.0/16", "vpc-2": "10.2.0.0/16"}[vpc], "GatewayId": "local"},
            *routes,
        ],
    }


def to(target: str, key: str, block: str = "10.0.0.0/8") -> dict[str, Any]:
    """An active route."""
    return {"DestinationCidrBlock": block, key: target, "State": "active"}


OVER = to("tgw-1", "TransitGatewayId")
TWO_VPCS = {
    "Vpcs": [VPC, PEER],
    "Subnets": [*SUBNETS, AWAY],
    "SecurityGroups": [GROUP],
    "NetworkAcls": [ACL, {**ACL, "NetworkAclId": "acl-2", "VpcId": "vpc-2"}],
    "RouteTables": [table_of("vpc-1", OVER), table_of("vpc-2", OVER)],
    **instances("i-a", "i-c"),
    "NetworkInterfaces": [
        interface("eni-a", "subnet-a", A, **attached("i-a")),
        interface("eni-c", "subnet-c", C, **attached("i-c")),
    ],
}


def joining(number: int, subnet: str) -> dict[str, Any]:
    """An attachment, as its VPC's owner sees it."""
    home = {"TransitGatewayId": "tgw-1", "VpcId": f"vpc-{number}", "SubnetIds": [subnet]}
    return {"TransitGatewayAttachmentId": f"tgw-attach-{number}", **home, "State": "available"}


def joined(number: int) -> dict[str, Any]:
    """The same, as the gateway's owner sees it."""
    home = {"TransitGatewayId": "tgw-1", "ResourceId": f"vpc-{number}", "ResourceType": "vpc"}
    table = {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"}
    return {"TransitGatewayAttachmentId": f"tgw-attach-{number}", **home, "State": "available", "Association": table}


LOOKUP = {"TransitGatewayRouteTableId": "tgw-rtb-1"}
TRANSIT = {
    **TWO_VPCS,
    "TransitGateways": [{"TransitGatewayId": "tgw-1", "State": "available"}],
    "TransitGatewayVpcAttachments": [joining(1, "subnet-a"), joining(2, "subnet-c")],
    "TransitGatewayAttachments": [joined(1), joined(2)],
    "TransitGatewayRouteTables": [{**LOOKUP, "TransitGatewayId": "tgw-1", "State": "available"}],
    "TransitGatewayPropagations": [
        {
            **LOOKUP,
            "TransitGatewayRouteTablePropagations": [
                {"TransitGatewayAttachmentId": f"tgw-attach-{number}", "State": "enabled"} for number in (1, 2)
            ],
        }
    ],
    "TransitGatewayStaticRoutes": [{**LOOKUP, "Routes": [], "AdditionalRoutesAvailable": False}],
}
PEERED = {
    **TWO_VPCS,
    "RouteTables": [table_of(f"vpc-{n}", to("pcx-1", "VpcPeeringConnectionId")) for n in (1, 2)],
    "VpcPeeringConnections": [
        {
            "VpcPeeringConnectionId": "pcx-1",
            "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": "vpc-1"},
            "AccepterVpcInfo": {"VpcId": "vpc-2"},
        }
    ],
}


def without(whole: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """A snapshot that lacks some answers."""
    return {key: value for key, value in whole.items() if key not in keys}


def test_whole_transit_snapshot_is_exact(read: Any) -> None:
    """Nothing is unknown about a gateway of which every answer is there."""
    assert exactly(read(TRANSIT), "i-a", "i-c") == "tcp udp sctp"


def ways_of_losing(whole: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every single answer, and every two."""
    names = sorted(whole)
    return [*((each,) for each in names), *((a, b) for a in names for b in names if a < b)]


@pytest.mark.parametrize("missing", ways_of_losing(TRANSIT), ids="-".join)
def test_a_missing_answer_closes_no_way_over_a_gateway(read: Any, missing: tuple[str, ...]) -> None:
    """What a snapshot lacks is unknown: whoever is still shown may still reach whom the whole one lets it reach."""
    reading = read(without(TRANSIT, *missing))
    if {"i-a", "i-c"} <= ids(reading):
        assert str(bounds(reading, "i-a", "i-c").possible) == "tcp udp sctp"
    else:
        assert {"NetworkInterfaces", "Reservations"} == set(missing)


@pytest.mark.parametrize("missing", ways_of_losing(PEERED), ids="-".join)
def test_a_missing_answer_closes_no_peering(read: Any, missing: tuple[str, ...]) -> None:
    """The same over a peering."""
    reading = read(without(PEERED, *missing))
    if {"i-a", "i-c"} <= ids(reading):
        assert str(bounds(reading, "i-a", "i-c").possible) == "tcp udp sctp"


def test_nothing_is_certain_over_a_peering_that_is_not_listed(read: Any) -> None:
    """An active route names it, an empty list does not: one of the two is of another moment or place."""
    found = bounds(read({**PEERED, "VpcPeeringConnections": []}), "i-a", "i-c")
    assert ("nothing", "tcp udp sctp") == (str(found.certain), str(found.possible))


@pytest.mark.parametrize(("key", "of"), [("RouteTables", "VpcId"), ("NetworkAcls", "VpcId")])
def test_each_vpc_must_have_its_own(read: Any, key: str, of: str) -> None:
    """Every VPC has a main route table and a default ACL: where none is listed, they are unknown."""
    kept = [each for each in PEERED[key] if each[of] == "vpc-1"]
    found = bounds(read({**PEERED, key: kept}), "i-c", "i-a")
    assert ("nothing", "tcp udp sctp") == (str(found.certain), str(found.possible))


def test_instances_that_only_interfaces_name_keep_their_ids(read: Any) -> None:
    """Without the list of instances an attached interface still says whose it is."""
    assert {"i-a", "i-b"} == ids(read(without(PAIR, "Reservations")))


def test_interfaces_described_twice_differently(read: Any) -> None:
    """Interfaces are compared as everything else is."""
    moved = interface("eni-a", "subnet-b", "10.0.2.11", **attached("i-a"))
    found = {each.code for each in read(PAIR, {"NetworkInterfaces": [moved]}).diagnostics}
    assert "SNAPSHOT_CONFLICT" in found


@pytest.mark.parametrize("broken", ["", "\n", '{"Subnets": [{', "[{", "An error occurred (Denied): no"])
def test_a_file_that_is_empty_or_breaks_off_calls_proofs_off(tmp_path: Path, broken: str) -> None:
    """A call that failed leaves such a file beside the others: it is not passed over."""
    (tmp_path / "all.json").write_text(json.dumps(PAIR))
    (tmp_path / "more.json").write_text(broken)
    said = build(Request(sources=[str(tmp_path)]).read()).network.diagnostics
    assert [("SNAPSHOT_UNREAD", Effect.UNREADABLE)] == [(d.code, d.effect) for d in said if "UNREAD" in d.code]


def linked(whole: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A snapshot whose main table leads to an internet gateway, and whose i-a has a public address."""
    table = {**MAIN, "Routes": [*PAIR["RouteTables"][0]["Routes"], to("igw-1", "GatewayId", "0.0.0.0/0")]}
    gateway = {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}
    public = {"Association": {"PublicIp": "54.1.1.1"}}
    eni = interface("eni-a", "subnet-a", A, **attached("i-a"), **public)
    return {**whole, "RouteTables": [table], "InternetGateways": [gateway], "NetworkInterfaces": [eni], **more}


def test_the_internet_is_certain_with_its_gateway(read: Any) -> None:
    """A gateway that is shown, a route, and a public address."""
    assert exactly(read(linked(PAIR)), "internet", "i-a") == "tcp udp sctp"


def test_a_gateway_that_only_a_route_names_is_possible(read: Any) -> None:
    """Without the list of internet gateways nothing over one is certain, and nothing is closed."""
    found = bounds(read(without(linked(PAIR), "InternetGateways")), "internet", "i-a")
    assert ("nothing", "tcp udp sctp") == (str(found.certain), str(found.possible))


def test_the_internet_may_come_in_where_gateways_are_not_listed(read: Any) -> None:
    """A VPC may have a gateway that no route names: datagrams need no way back."""
    silent = {**without(linked(PAIR), "InternetGateways"), "RouteTables": [MAIN]}
    assert str(bounds(read(silent), "internet", "i-a").possible) == "udp sctp"


S3 = {"PrefixListId": "pl-1", "PrefixListName": "com.amazonaws.eu-west-1.s3", "Cidrs": ["52.216.0.0/15"]}
STORE = {
    "VpcEndpointId": "vpce-1",
    "VpcEndpointType": "Gateway",
    "VpcId": "vpc-1",
    "ServiceName": S3["PrefixListName"],
    "RouteTableIds": ["rtb-1"],
    "State": "available",
}


def stored() -> dict[str, Any]:
    """A snapshot with a gateway endpoint, its route and its prefix list."""
    route = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"}
    return {
        **PAIR,
        "RouteTables": [{**MAIN, "Routes": [*PAIR["RouteTables"][0]["Routes"], route]}],
        "VpcEndpoints": [STORE],
        "PrefixLists": [S3],
        "InternetGateways": [],
    }


@pytest.mark.parametrize(("missing", "expected"), [((), "tcp"), (("VpcEndpoints",), "tcp udp sctp")])
def test_route_of_a_gateway_endpoint_that_is_not_listed(read: Any, missing: tuple[str, ...], expected: str) -> None:
    """A route to an endpoint that no answer shows leads somewhere: it is not left out."""
    reading = read(without(stored(), *missing))
    solved = Reachability(meaning(reading), [AddressSet.parse("52.216.0.0/15")])
    found = solved.bounds(solved.by_id["i-a"], solved.by_id["52.216.0.0/15"]) & CLAIMED
    assert str(found.possible) == expected


# ---- what stands in front of targets ------------------------------------------------------------------

_ELB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012"
LISTENER = f"{_ELB}:listener/app/n/50/li"


def ruled(**more: Any) -> dict[str, Any]:
    """An application load balancer whose listener has a rule that leads to i-a on 9090."""
    whole = balancer("application")
    (listeners,) = whole["LoadBalancerListeners"]
    listener = {**listeners["Listeners"][0], "ListenerArn": LISTENER}
    first = {**whole["TargetGroups"][0], "LoadBalancerArns": [ARN]}
    behind = {"TargetGroupArn": "tg-2", "TargetHealthDescriptions": [{"Target": {"Id": "i-a", "Port": 9090}}]}
    rule = {
        "RuleArn": f"{_ELB}:listener-rule/app/n/50/li/ru",
        "Actions": [{"Type": "forward", "TargetGroupArn": "tg-2"}],
    }
    return {
        **whole,
        "LoadBalancerListeners": [{**listeners, "Listeners": [listener]}],
        "TargetGroups": [first, {**first, "TargetGroupArn": "tg-2", "Port": 9090}],
        "LoadBalancerTargetHealth": [*whole["LoadBalancerTargetHealth"], behind],
        "Rules": [rule],
        **more,
    }


def handed(reading: Reading) -> set[tuple[str, str]]:
    """What the load balancer dials, and where."""
    return {(each.target, str(each.dials)) for each in meaning(reading).forwards}


def test_a_rule_belongs_to_the_listener_that_its_arn_names(read: Any) -> None:
    """The API lists rules without their listeners."""
    assert handed(read(ruled())) == {("i-b", "tcp/8080"), ("i-a", "tcp/9090")}


@pytest.mark.parametrize("missing", ["Rules", "LoadBalancerListeners", "LoadBalancerTargetHealth"])
def test_targets_of_what_is_not_listed_may_be_anyone(read: Any, missing: str) -> None:
    """Without rules, listeners or targets every endpoint may stand behind the load balancer."""
    assert {"i-a", "i-b"} == {target for target, _ in handed(read(without(ruled(), missing)))}


def test_rules_do_not_matter_where_every_group_is_a_default(read: Any) -> None:
    """A load balancer with one target group, that of its default action, has nothing behind its rules."""
    groups = ruled()["TargetGroups"][:1]
    assert handed(read(without(ruled(TargetGroups=groups), "Rules"))) == {("i-b", "tcp/8080")}


def test_targets_in_other_zones_are_possible_where_attributes_are_missing(read: Any) -> None:
    """Whether a network load balancer balances across zones is an attribute, which not every snapshot has."""
    whole = balancer("network")
    only = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.1.0/24"}]}
    client = {**GROUP, "GroupId": "sg-3", "IpPermissionsEgress": [only]}
    faces = [
        interface("eni-a", "subnet-a", A, "sg-3", **attached("i-a")),
        interface("eni-b", "subnet-b", B, **attached("i-b")),
        *whole["NetworkInterfaces"][2:],
    ]
    full = {**whole, "SecurityGroups": [GROUP, client], "NetworkInterfaces": faces}
    found = [bounds(read(each), "i-a", "i-b") for each in (full, without(full, "LoadBalancerAttributes"))]
    assert [("tcp/8080", "tcp/8080"), ("nothing", "tcp/8080")] == [(str(b.certain), str(b.possible)) for b in found]


def test_a_load_balancer_that_only_its_interface_shows_calls_proofs_off(read: Any) -> None:
    """Connections through it are missing."""
    kept = ("NetworkInterfaces", "Vpcs", "Subnets", "SecurityGroups", "NetworkAcls", "RouteTables")
    reading = read({key: balancer("network")[key] for key in kept})
    said = [d.message for d in reading.diagnostics if d.code == "SNAPSHOT_INCOMPLETE"]
    assert 2 == sum("eni-lb" in each for each in said) == len(said)


@pytest.mark.parametrize(
    ("entries", "certain", "possible"),
    [
        ({}, "nothing", "tcp/443"),
        (
            {"ManagedPrefixListEntries": [{"PrefixListId": "pl-1", "Entries": [{"Cidr": "10.0.1.0/24"}]}]},
            *["tcp/443"] * 2,
        ),
        ({"ManagedPrefixListEntries": [{"PrefixListId": "pl-1", "Entries": []}]}, *["nothing"] * 2),
    ],
)
def test_entries_of_a_customers_list(read: Any, entries: dict[str, Any], certain: str, possible: str) -> None:
    """Lists of customers are described without their entries, which are another question of the API."""
    pair = [
        interface("eni-a", "subnet-a", A, **attached("i-a")),
        interface("eni-b", "subnet-b", B, "sg-2", **attached("i-b")),
    ]
    peers = closed_to(PrefixListIds=[{"PrefixListId": "pl-1"}])
    listed = {"PrefixLists": [{"PrefixListId": "pl-1", "PrefixListName": "partners", "MaxEntries": 5}]}
    found = bounds(
        read({**PAIR, **listed, **entries, "SecurityGroups": [GROUP, peers], "NetworkInterfaces": pair}), "i-a", "i-b"
    )
    assert (certain, possible) == (str(found.certain), str(found.possible))


# ---- Block Public Access --------------------------------------------------------------------------------

NEAR = [{**each, "AvailabilityZone": "eu-west-1a"} for each in SUBNETS]
SHUT = {"AwsRegion": "eu-west-1", "InternetGatewayBlockMode": "block-bidirectional"}


@pytest.mark.parametrize(
    ("more", "certain", "possible"),
    [
        ({}, *["tcp udp sctp"] * 2),
        (
            {"VpcBlockPublicAccessOptions": {**SHUT, "InternetGatewayBlockMode": "off"}},
            *["tcp udp sctp"] * 2,
        ),
        ({"VpcBlockPublicAccessOptions": SHUT, "VpcBlockPublicAccessExclusions": []}, *["nothing"] * 2),
        (
            {
                "VpcBlockPublicAccessOptions": SHUT,
                "VpcBlockPublicAccessExclusions": [
                    {
                        "ExclusionId": "vpcbpa-exclude-1",
                        "ResourceArn": "arn:aws:ec2:eu-west-1:1:vpc/vpc-1",
                        "InternetGatewayExclusionMode": "allow-bidirectional",
                        "State": "create-complete",
                    }
                ],
            },
            *["tcp udp sctp"] * 2,
        ),
        ({"VpcBlockPublicAccessOptions": SHUT}, "nothing", "tcp udp sctp"),
        (
            {
                "VpcBlockPublicAccessOptions": {**SHUT, "AwsRegion": "us-east-1"},
                "VpcBlockPublicAccessExclusions": [],
            },
            "nothing",
            "tcp udp sctp",
        ),
    ],
)
def test_aws_29_what_a_snapshot_says_of_block_public_access(
    read: Any, more: dict[str, Any], certain: str, possible: str
) -> None:
    """It closes its own Region, but for what is excluded; where either is not told, nothing is certain or closed."""
    found = bounds(read({**linked(PAIR), "Subnets": NEAR, **more}), "internet", "i-a")
    assert (certain, possible) == (str(found.certain), str(found.possible))


def test_aws_29_an_answer_about_one_thing_is_an_answer(tmp_path: Path) -> None:
    """Block Public Access is no list, and is read from a file of its own all the same."""
    (tmp_path / "all.json").write_text(
        json.dumps({**linked(PAIR), "Subnets": NEAR, "VpcBlockPublicAccessExclusions": []})
    )
    (tmp_path / "options.json").write_text(json.dumps({"VpcBlockPublicAccessOptions": SHUT}))
    (reading,) = Request(sources=[str(tmp_path)]).read().readings
    assert len(resources(reading, "aws_vpc_block_public_access_options")) == 1


@pytest.mark.parametrize(("below", "expected"), [("", ["SNAPSHOT_INCOMPLETE"]), ("eu-west-1", [])])
def test_the_last_page_of_another_region_is_no_last_page(read: Any, below: str, expected: list[str]) -> None:
    """Where no Region is told, a whole list in another file may be that of another Region."""
    pages = {**PAIR, "NextToken": "x"}, PAIR
    said = [d.code for d in read(*pages, below=below).diagnostics if d.effect is Effect.UNREADABLE]
    assert said == expected
