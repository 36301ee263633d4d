"""Why a flow is stopped, in the words of AWS's own analyser: one test for each reason code that is given (AWS, 13)."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Resource
from netaudit.queries.explain import Explanation, explain

from .building import BASE, A, B, allow, gateway, group, instance, network, ref, resource, subnet, table, to_internet
from .test_gateways import PRIVATE, PUBLIC, ROUTED, TO_NAT
from .test_network_acl import ANY_IN_OUT, acl, entry
from .test_network_firewall import ESTATE as INSPECTED
from .test_network_firewall import policy as firewall_policy
from .test_network_load_balancer import EVERYWHERE, LB, front
from .test_peering import PCX, joined, side
from .test_peering import over as by_peering
from .test_transit_gateway import hub, spoke
from .test_transit_gateway import over as by_transit

PAGE = Path(__file__).parents[3] / "docs" / "reason-codes.md"
SOURCES = Path(__file__).parents[3] / "netaudit"
OPEN = [*BASE, instance("a", "a", "open")]
PAIR = [*OPEN, instance("b", "b", "open")]
ONE, TWO, THREE = "aws_instance.one", "aws_instance.two", "aws_instance.three"
HUB_TABLE = ref("aws_ec2_transit_gateway.hub", "association_default_route_table_id")
S3 = resource(
    "aws_vpc_endpoint.s",
    vpc_id=ref("aws_vpc.main"),
    service_name="com.amazonaws.eu-west-1.s3",
    route_table_ids=[ref("aws_route_table.t")],
)
CLASSIC = resource(
    "aws_elb.c",
    subnets=[ref("aws_subnet.b")],
    security_groups=[ref("aws_security_group.open")],
    internal=True,
    listener=[{"lb_port": 80, "lb_protocol": "tcp", "instance_port": 80, "instance_protocol": "tcp"}],
)


def blackhole(block: str, **target: str) -> dict[str, Any]:
    """A route whose target is gone."""
    return {"cidr_block": block, "state": "blackhole", **(target or {"gateway_id": "igw-1"})}


def tgw_blackhole(block: str) -> Resource:
    """A static blackhole of the gateway's table."""
    return resource(
        "aws_ec2_transit_gateway_route.b",
        destination_cidr_block=block,
        blackhole=True,
        transit_gateway_route_table_id=HUB_TABLE,
    )


def explained(source: str, destination: str, traffic: str, *estate: Resource) -> Explanation:
    """The explanation of one flow."""
    solved = Reachability(network(*estate))
    return explain(solved, solved.by_id[source], solved.by_id[destination], Traffic.parse(traffic).least)


def blocked(found: Explanation) -> list[str]:
    """The codes of everything that stops it on the way that decides, and of its reply."""
    return [str(row["code"]) for row in found.rows() if row["verdict"] == "BLOCKED"]


TO_NAT6 = {"ipv6_cidr_block": "::/0", "nat_gateway_id": ref("aws_nat_gateway.n")}
# Another VPC with the blocks of the main one: what is addressed to it never leaves the sender's own.
SAME_BLOCKS = [
    resource("aws_vpc.z", cidr_block="10.0.0.0/16"),
    resource("aws_subnet.z", vpc_id=ref("aws_vpc.z"), cidr_block="10.0.9.0/24"),
    resource("aws_instance.z", subnet_id=ref("aws_subnet.z")),
]
FORWARD: dict[str, tuple[str, str, str, list[Resource]]] = {
    "BAD_STATE_ROUTE": (
        ONE,
        TWO,
        "tcp/80",
        [*side("one", "10.1.0.0/16", blackhole("10.2.0.0/16")), *side("two", "10.2.0.0/16"), joined()],
    ),
    "NO_ROUTE_TO_DESTINATION": (
        ONE,
        TWO,
        "tcp/80",
        [*side("one", "10.1.0.0/16"), *side("two", "10.2.0.0/16"), joined()],
    ),
    "NO_LISTENER": (
        A,
        "aws_lambda_function.f",
        "tcp/80",
        [*OPEN, resource("aws_lambda_function.f", vpc_config=[{"subnet_ids": [ref("aws_subnet.b")]}])],
    ),
    "NO_CLIENT": (
        "aws_vpc_endpoint.e",
        A,
        "tcp/80",
        [*OPEN, resource("aws_vpc_endpoint.e", vpc_endpoint_type="Interface", subnet_ids=[ref("aws_subnet.b")])],
    ),
    "ENI_SG_RULES_MISMATCH": (
        A,
        B,
        "tcp/443",
        [*OPEN, group("b", [allow("tcp", 22, **EVERYWHERE)]), instance("b", "b", "b")],
    ),
    "SG_HAS_NO_RULES": (A, B, "tcp/443", [*OPEN, group("b", [], []), instance("b", "b", "b")]),
    "SUBNET_ACL_RESTRICTION": (A, B, "tcp/443", [*PAIR, acl([], ANY_IN_OUT, "b")]),
    "ENI_SOURCE_DEST_CHECK_RESTRICTION": (
        A,
        "internet",
        "tcp/443",
        [*PAIR, *table("t", {"cidr_block": "0.0.0.0/0", "network_interface_id": ref(B)}, subnets=["a"])],
    ),
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS": (A, "internet", "tcp/443", [*ROUTED, instance("a", "a", "open")]),
    "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS": ("internet", A, "tcp/443", [*ROUTED, instance("a", "a", "open")]),
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS": (
        A,
        "private",
        "tcp/443",
        [*ROUTED, instance("a", "a", "open", **PUBLIC)],
    ),
    "IGW_EXPECTS_PUBLIC_ADDRESS": ("private", A, "tcp/443", [*ROUTED, instance("a", "a", "open", **PUBLIC)]),
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED": (
        A,
        "internet",
        "tcp/443",
        [
            *ROUTED,
            instance("a", "a", "open", **PUBLIC),
            resource("aws_vpc_block_public_access_options.x", internet_gateway_block_mode="block-bidirectional"),
        ],
    ),
    "PROTOCOL_RESTRICTION": (B, "internet", "sctp/1", PRIVATE),
    "CANNOT_ROUTE": (B, "internet6", "tcp/443", [*PRIVATE, *table("private", TO_NAT, TO_NAT6, subnets=["b"])]),
    "NO_POSSIBLE_DESTINATION": (A, "aws_instance.z", "tcp/443", [*PAIR, *SAME_BLOCKS]),
    "AWS_NAT_LOOP": (A, "internet", "tcp/443", [*PRIVATE, *table("public", TO_NAT, subnets=["a"]), *OPEN[-1:]]),
    "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR": (
        ONE,
        THREE,
        "tcp/443",
        [
            *side("one", "10.1.0.0/16", by_peering("10.0.0.0/8")),
            *side("two", "10.2.0.0/16"),
            *side("three", "10.3.0.0/16"),
            joined(),
        ],
    ),
    "TGW_ROUTE_AZ_RESTRICTION": (
        "aws_instance.far",
        TWO,
        "tcp/80",
        [
            *(hub(), *spoke("one", 1), *spoke("two", 2)),
            subnet("far", "10.1.2.0/24", home="one", availability_zone="z-b"),
            *table("far", by_transit(), subnets=["far"], home="one"),
            instance("far", "far", "one"),
        ],
    ),
    "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION": (
        ONE,
        TWO,
        "tcp/80",
        [hub(default_route_table_association="disable"), *spoke("one", 1), *spoke("two", 2)],
    ),
    "TGW_RTB_BAD_STATE_ROUTE": (
        ONE,
        TWO,
        "tcp/80",
        [hub(), *spoke("one", 1), *spoke("two", 2), tgw_blackhole("10.2.0.0/16")],
    ),
    "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT": (
        ONE,
        TWO,
        "tcp/80",
        [hub(default_route_table_propagation="disable"), *spoke("one", 1), *spoke("two", 2)],
    ),
    "VPCE_GATEWAY_PROTOCOL_RESTRICTION": (A, "internet", "udp/443", [*OPEN, *table("t", subnets=["a"]), S3]),
    "FIREWALL_RULES_RESTRICTION": (A, B, "tcp/443", [*INSPECTED, firewall_policy("aws:drop")]),
    "ELB_LISTENER_PORT_RESTRICTION": (A, "aws_elb.c", "tcp/81", [*OPEN, CLASSIC]),
    "ELBV2_LISTENER_PORT_RESTRICTION": (A, LB, "tcp/81", [*PAIR, *front(ref(B))]),
}


@pytest.mark.parametrize("code", FORWARD)
def test_explain_names_what_stops_a_flow(code: str) -> None:
    """What stops a flow on its way there carries the code that AWS users know, at the hop where it is lost."""
    source, destination, traffic, estate = FORWARD[code]
    found = explained(source, destination, traffic, *estate)
    assert ([code], False) == (blocked(found), found.one_way)


BACK: dict[str, tuple[str, str, list[Resource]]] = {
    "BAD_STATE_ROUTE": (
        ONE,
        TWO,
        [
            *side("one", "10.1.0.0/16", by_peering("10.2.0.0/16")),
            *side("two", "10.2.0.0/16", blackhole("10.1.0.0/16")),
            joined(),
        ],
    ),
    "NO_ROUTE_TO_DESTINATION": (
        ONE,
        TWO,
        [*side("one", "10.1.0.0/16", by_peering("10.2.0.0/16")), *side("two", "10.2.0.0/16"), joined()],
    ),
    "TGW_RTB_BAD_STATE_ROUTE": (
        ONE,
        TWO,
        [hub(), *spoke("one", 1), *spoke("two", 2), tgw_blackhole("10.1.0.0/16")],
    ),
    "REMAP_EPHEMERAL_PORT": (A, B, [*PAIR, acl([entry(1, "allow", first=0, last=1023)], ANY_IN_OUT, "a")]),
    "SUBNET_ACL_RESTRICTION": (A, B, [*PAIR, acl(ANY_IN_OUT, [], "b")]),
}


@pytest.mark.parametrize("code", BACK)
def test_explain_names_what_stops_a_reply(code: str) -> None:
    """What is delivered and not replied to is one-way, and the code stands where the reply is lost."""
    source, destination, estate = BACK[code]
    found = explained(source, destination, "tcp/80", *estate)
    assert ([code], True) == (blocked(found), found.one_way)


THIRD = [*side("three", "10.3.0.0/16"), resource(PCX, vpc_id=ref("aws_vpc.one"), peer_vpc_id=ref("aws_vpc.three"))]
VGW = {"gateway_id": "vgw-1", "propagated": True}
OVERRULED: dict[str, list[dict[str, Any]]] = {
    "MORE_SPECIFIC_ROUTE": [by_transit("10.2.0.0/16"), by_peering("10.2.1.0/24")],
    "HIGHER_PRIORITY_ROUTE": [{"cidr_block": "10.2.1.0/24", **VGW}, by_peering("10.2.1.0/24")],
}


@pytest.mark.parametrize("code", OVERRULED)
def test_aws_20_explain_names_the_routes_that_another_one_overrules(code: str) -> None:
    """The route that takes the packet is the way; beside it stands the one that would have led to the destination."""
    estate = [hub(), *spoke("one", 1, *OVERRULED[code]), *spoke("two", 2), *THIRD]
    found = explained(ONE, TWO, "tcp/80", *estate)
    assert found.journey is not None
    assert [code] == [check.code for check in found.journey.overruled]


def test_aws_19_explain_names_a_propagated_route_that_the_local_one_overrules() -> None:
    """The other VPC's block is announced, and local all the same."""
    announced = table("t", {"cidr_block": "10.0.9.0/24", **VGW}, subnets=["a"])
    found = explained(A, "aws_instance.z", "tcp/80", *PAIR, *SAME_BLOCKS, *announced)
    assert found.journey is not None
    assert ["VPC_LOCAL_ROUTE_CIDR_RESTRICTION"] == [check.code for check in found.journey.overruled]


@pytest.mark.parametrize(
    ("block", "code"),
    [("10.2.1.0/24", "TGW_RTB_MORE_SPECIFIC_ROUTE"), ("10.2.0.0/16", "TGW_RTB_HIGHER_PRIORITY_ROUTE")],
)
def test_aws_33_explain_names_the_routes_of_a_gateway_that_another_one_overrules(block: str, code: str) -> None:
    """The same in a gateway's table: a static route to the wrong attachment before a propagated one."""
    static = resource(
        "aws_ec2_transit_gateway_route.s",
        destination_cidr_block=block,
        transit_gateway_attachment_id=ref("aws_ec2_transit_gateway_vpc_attachment.three"),
        transit_gateway_route_table_id=HUB_TABLE,
    )
    found = explained(ONE, TWO, "tcp/80", hub(), *spoke("one", 1), *spoke("two", 2), *spoke("three", 3), static)
    assert found.journey is not None
    assert [code] == [check.code for check in found.journey.overruled]


def test_explain_names_ends_that_nothing_joins() -> None:
    """Who has no interface at all is on no way."""
    estate = network(*PAIR)
    ends = [replace(each, interfaces=()) if each.id == B else each for each in estate.endpoints]
    solved = Reachability(replace(estate, endpoints=tuple(ends)))
    found = explain(solved, solved.by_id[A], solved.by_id[B], Traffic.parse("tcp/80").least)
    assert ["NO_PATH"] == blocked(found)


def test_aws_22_a_flow_that_nothing_stops_has_no_code() -> None:
    """Codes are for what is lost."""
    assert [] == blocked(explained(A, B, "tcp/80", *PAIR, gateway(), *table("t", to_internet(), subnets=["a"])))


# ---- the page -----------------------------------------------------------------------------------------


def listed() -> dict[str, str]:
    """The codes of the page, each with what it says of it."""
    rows = re.findall(r"^\| `([A-Z0-9_{},]+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    return dict(rows)


BESIDE = {"VPC_LOCAL_ROUTE_CIDR_RESTRICTION", "TGW_RTB_MORE_SPECIFIC_ROUTE", "TGW_RTB_HIGHER_PRIORITY_ROUTE"}
ELSEWHERE = {"NO_PATH", "TRANSIT_GATEWAY_APPLIANCE_MODE_RECOMMENDED"}  # own tests


# https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html, and its additional detail codes
# (read 2026-11-27); the ten `FILTER_AT_…` codes stand on the page in one row.
OF_AWS = """
ASSUMPTION_PRESERVE_CLIENT_IP_IS_DISABLED ASSUMPTION_PRESERVE_CLIENT_IP_IS_ENABLED AVAILABILITY_ZONE_CROSSED
BAD_STATE BAD_STATE_ATTACHMENT BAD_STATE_ROUTE BAD_STATE_VPN CANNOT_ROUTE COMPONENT_FILTER_RESTRICTION
COMPONENT_FILTER_RESTRICTION_REMOVED_COMPONENT DISCONNECTED_VPCS ELBV2_LISTENERS_MISMATCH
ELBV2_LISTENER_HAS_NO_TG ELBV2_LISTENER_PORT_RESTRICTION ELBV2_LISTENER_REQUIRES_TG_ACCEPT
ELBV2_NO_TARGETS_IN_AZ ELBV2_SOURCE_ADDRESS_PRESERVATION ELB_ACL_RESTRICTION ELB_INSTALLED_AZ_RESTRICTION
ELB_LISTENERS_MISMATCH ELB_LISTENER_PORT_RESTRICTION ELB_NOT_CROSSZONE ENI_ADDRESS_RESTRICTION
ENI_SG_RULES_MISMATCH ENI_SOURCE_DEST_CHECK_RESTRICTION FIREWALL_RULES_RESTRICTION
FIREWALL_UNSUPPORTED_HIGHER_PRIORITY_RULES FIREWALL_UNSUPPORTED_HIGHER_PRIORITY_RULE_GROUP_TYPE
FIREWALL_UNSUPPORTED_RULE_OPTIONS GATEWAY_REJECTS_SPOOFED_TRAFFIC GWLB_DESTINATION_PORT_RESTRICTION
GWLB_PROTOCOL_RESTRICTION HIGHER_PRIORITY_ROUTE IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS
IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS
IGW_EXPECTS_PUBLIC_ADDRESS IGW_NAT_REFLECTION IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS
IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS
IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS INGRESS_RTB_NO_PUBLIC_IP INGRESS_RTB_TRAFFIC_REDIRECTION
MISSING_TARGET_GROUP_ATTRIBUTES MORE_SPECIFIC_ROUTE NGW_DEST_ADDRESS_PRESERVATION NGW_REQUIRES_SOURCE_IN_VPC
NGW_SOURCE_ADDRESS_REASSIGN NO_PATH NO_POSSIBLE_DESTINATION NO_ROUTE_TO_DESTINATION NO_SOURCE_OR_DESTINATION
PATH_THROUGH_GWLB_NOT_CHECKED PCX_REQUIRES_ADDRESS_IN_VPC_CIDR PROTOCOL_RESTRICTION
REGIONAL_NGW_ROUTE_AZ_RESTRICTION REMAP_EPHEMERAL_PORT RESPONSE_RTB_HAS_NO_ROUTE_TO_TRANSIT_GATEWAY
SG_HAS_NO_RULES SG_REFERENCES_NOT_PRESERVED SG_REFERENCING_SUPPORT SUBNET_ACL_RESTRICTION
TARGET_ADDRESS_RESTRICTION TARGET_PORT_RESTRICTION TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION
TGW_ATTACH_VPC_AZ_RESTRICTION TGW_BAD_STATE_VPN TGW_ROUTE_AZ_RESTRICTION TGW_RTB_BAD_STATE_ROUTE
TGW_RTB_CANNOT_ROUTE TGW_RTB_HIGHER_PRIORITY_ROUTE TGW_RTB_MORE_SPECIFIC_ROUTE
TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT TGW_RTB_ROUTES_ARE_UNKNOWN TRANSIT_GATEWAY_APPLIANCE_MODE_RECOMMENDED
UNASSOCIATED_COMPONENT UNIDIRECTIONAL_PATH_ANALYSIS_ONLY UNKNOWN_DESTINATION UNKNOWN_PEERED_SGS UNKNOWN_RESOURCE
UNSUPPORTED_COMPONENT VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS
VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION VPCE_GATEWAY_PROTOCOL_RESTRICTION VPCE_INTRA_VPC_TRAFFIC
VPCE_SERVICE_NOT_INSTALLED_IN_AZ VPC_BLOCK_PUBLIC_ACCESS_ENABLED VPC_LOCAL_ROUTE_CIDR_RESTRICTION
"""


def test_the_page_names_every_code_of_aws() -> None:
    """A code of AWS's analyser is given, or the page says why it is not."""
    assert set() == set(OF_AWS.split()) - listed().keys()


def test_the_page_gives_exactly_the_codes_that_have_a_test() -> None:
    """Each code that the page says is given is shown by `explain` in some test, and each of those is on the page."""
    given = {code for code, said in listed().items() if not said.startswith("not given")}
    assert given == {*FORWARD, *BACK, *OVERRULED, *BESIDE, *ELSEWHERE}


def test_the_page_has_every_code_of_the_sources() -> None:
    """What the product writes as a code of routing or filters is on the page as given."""
    text = "\n".join(path.read_text() for path in (SOURCES / "providers" / "aws").rglob("*.py"))
    written = set(re.findall(r"\"((?:[A-Z0-9]+_)+(?:RESTRICTION|MISMATCH|ROUTE|ASSOCIATION|EGRESS|INGRESS))\"", text))
    given = {code for code, said in listed().items() if not said.startswith("not given")}
    assert set() == written - given


def test_no_code_that_is_said_not_to_be_given_is_in_the_sources() -> None:
    """What the page calls not given is written nowhere in the product."""
    text = "\n".join(path.read_text() for path in SOURCES.rglob("*.py"))
    said = [code for code, what in listed().items() if what.startswith("not given")]
    assert [] == [code for code in said if f'"{code}"' in text]
