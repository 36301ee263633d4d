"""The all-pairs answer about AWS estates is that of the literal judge, and reasons carry AWS's own codes."""

import pytest

from netaudit.engine.reference import Judge
from netaudit.engine.solve import Reachability
from netaudit.flows import TCP, Traffic
from netaudit.model import Resource, Truth

from .building import BASE, UNKNOWN, A, Answers, B, allow, gateway, group, instance, network, ref, resource, table
from .test_gateways import PRIVATE
from .test_hostile import ESTATE
from .test_network_acl import ANY_IN_OUT, acl, entry
from .test_transit_gateway import hub, over, spoke

WITH_UNKNOWNS = [
    *PRIVATE[:-1],
    group("odd", [allow("tcp", 443, cidr_blocks=[UNKNOWN]), allow("tcp", 22, cidr_blocks=["10.0.0.0/16"])]),
    acl([entry(UNKNOWN, "deny", first=22, last=22), *ANY_IN_OUT], ANY_IN_OUT, "b"),
    instance("a", "a", "open", associate_public_ip_address=UNKNOWN),
    instance("b", "b", "odd"),
]
TRANSIT = [hub(), *spoke("one", 1), *spoke("two", 2, over(UNKNOWN)), *spoke("three", 3, over("192.168.0.0/16"))]
POINTS = [Traffic.parse(text).least for text in ("tcp/22", "tcp/443", "tcp/8080", "udp/53")]


@pytest.mark.parametrize("estate", [ESTATE, WITH_UNKNOWNS, TRANSIT], ids=["whole", "unknowns", "transit"])
def test_solver_agrees_with_the_judge(estate: list[Resource]) -> None:
    """For every pair and several points of traffic the bounds say what the walked packet says."""
    found = network(*estate)
    reachability, judge = Reachability(found), Judge(found)
    for source in reachability.by_id.values():
        for destination in reachability.by_id.values():
            if not reachability.claimed(source, destination):
                continue
            bounds = reachability.bounds(source, destination)
            for point in POINTS:
                verdict = judge.judge(source, destination, point).verdict
                solved = Truth.YES if point in bounds.certain else Truth(int(point in bounds.possible))
                assert verdict == solved, f"{source.id} → {destination.id} {point}"


def codes(answers: Answers, source: str, destination: str, text: str = "tcp/443") -> set[str]:
    """The codes of everything that stops a flow on some way that it may try."""
    by_id = Reachability(answers.network).by_id
    trace = Judge(answers.network).judge(by_id[source], by_id[destination], Traffic.parse(text).least)
    assert trace.verdict is Truth.NO
    return {c.code for j in trace.journeys for c in (*j.checks, *j.reply) if c.verdict is Truth.NO}


OPEN = [*BASE, instance("a", "a", "open")]


@pytest.mark.parametrize(
    ("expected", "estate", "destination"),
    [
        (
            "ENI_SG_RULES_MISMATCH",
            [group("b", [allow("tcp", 22, cidr_blocks=["0.0.0.0/0"])]), instance("b", "b", "b")],
            B,
        ),
        ("SG_HAS_NO_RULES", [group("b", [], []), instance("b", "b", "b")], B),
        ("SUBNET_ACL_RESTRICTION", [acl([], ANY_IN_OUT, "b"), instance("b", "b", "open")], B),
        ("SUBNET_ACL_RESTRICTION", [acl(ANY_IN_OUT, [], "b"), instance("b", "b", "open")], B),
        (
            "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
            [
                gateway(),
                *table("t", {"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.main")}, subnets=["a"]),
            ],
            "internet",
        ),
    ],
)
def test_reason_codes(expected: str, estate: list[Resource], destination: str) -> None:
    """What stops a flow carries the code that AWS users know."""
    assert expected in codes(Answers(*OPEN, *estate), A, destination)


def test_aws_27_protocol_restriction_is_named() -> None:
    """What a NAT gateway does not carry has a code of its own."""
    assert "PROTOCOL_RESTRICTION" in codes(Answers(*PRIVATE), B, "internet", "sctp/1")


def test_aws_38_virtual_private_gateway_opens_its_vpc() -> None:
    """A virtual private gateway announces the whole VPC: subnets without a route to it are reached, one-way."""
    vpn = resource("aws_vpn_gateway.x", vpc_id=ref("aws_vpc.main"))
    bounds = Answers(*OPEN, vpn).all_bounds("private", A)
    assert (Traffic.nothing(), TCP) == (bounds.certain, bounds.one_way & TCP)


def test_aws_20_propagated_routes_are_unknown_destinations() -> None:
    """A table with propagation may route any destination to the gateway."""
    vpn = resource("aws_vpn_gateway.x", vpc_id=ref("aws_vpc.main"))
    link = resource(
        "aws_vpn_gateway_route_propagation.x",
        vpn_gateway_id=ref("aws_vpn_gateway.x"),
        route_table_id=ref("aws_route_table.t"),
    )
    answers = Answers(*OPEN, vpn, link, *table("t", subnets=["a"]))
    assert [answers.possibly(A, "private"), answers.possibly("private", A)] == ["tcp udp sctp"] * 2
