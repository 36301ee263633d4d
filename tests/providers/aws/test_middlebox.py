"""Claims about gateway route tables and middleboxes (gateway_table.py, middlebox.py)."""

from typing import Any

from netaudit.model import Resource

from .building import (
    ANYTHING,
    BASE,
    UNKNOWN,
    A,
    Answers,
    B,
    allow,
    gateway,
    group,
    instance,
    ref,
    resource,
    subnet,
    table,
    to_internet,
    vpc,
)

PUBLIC = {"associate_public_ip_address": True}
BOX = {"vpc_endpoint_id": ref("aws_vpc_endpoint.fw")}
TO_BOX = {"cidr_block": "0.0.0.0/0", **BOX}


def endpoint(where: str = "fw") -> Resource:
    """The endpoint of a Gateway Load Balancer."""
    return resource(
        "aws_vpc_endpoint.fw",
        vpc_id=ref("aws_vpc.main"),
        vpc_endpoint_type="GatewayLoadBalancer",
        subnet_ids=[ref(f"aws_subnet.{where}")],
    )


def edge(*routes: dict[str, Any], of: str = "aws_internet_gateway.main") -> list[Resource]:
    """A route table of a gateway."""
    return [
        *table("edge", *routes),
        resource("aws_route_table_association.edge", gateway_id=ref(of), route_table_id=ref("aws_route_table.edge")),
    ]


GUARDED = [*BASE, subnet("fw", "10.0.9.0/24"), endpoint(), gateway()]
STEERED = edge({"cidr_block": "10.0.1.0/24", **BOX})


def test_aws_23_public_servers_behind_a_firewall_are_reached_from_the_internet() -> None:
    """In and out by the endpoint's subnet, which has the route to the internet gateway: possible, never certain."""
    ways = [*table("a", TO_BOX, subnets=["a"]), *table("fw", to_internet(), subnets=["fw"]), *STEERED]
    answers = Answers(*GUARDED, *ways, instance("a", "a", "open", **PUBLIC))
    assert [answers.possibly("internet", A), answers.possibly(A, "internet")] == [ANYTHING] * 2


def test_aws_23_a_subnet_that_no_route_of_the_gateway_names_is_delivered_to() -> None:
    """The local route of the gateway's table is certain for all that its other routes leave."""
    ways = [*table("b", to_internet(), subnets=["b"]), *STEERED]
    assert Answers(*GUARDED, *ways, instance("b", "b", "open", **PUBLIC)).exactly("internet", B) == ANYTHING


def test_aws_23_the_table_of_another_vpcs_gateway_steers_nothing() -> None:
    """A gateway route table is about one gateway."""
    other = [vpc("far", "10.9.0.0/16"), subnet("far", "10.9.1.0/24", home="far"), gateway("far")]
    group_far = group("far", [allow(cidr_blocks=["0.0.0.0/0"])], home="far")
    routes = table("far", to_internet("far"), subnets=["far"], home="far")
    estate = [*GUARDED, *STEERED, *other, group_far, *routes, instance("far", "far", "far", **PUBLIC)]
    assert Answers(*estate).exactly("internet", "aws_instance.far") == ANYTHING


def test_aws_23_an_unknown_table_may_lead_anywhere() -> None:
    """Which gateway a table belongs to may be unknown, and so may its routes."""
    ways = [*table("a", to_internet(), subnets=["a"]), *table("edge", {"cidr_block": "10.0.1.0/24", **BOX})]
    link = resource("aws_route_table_association.e", gateway_id=UNKNOWN, route_table_id=ref("aws_route_table.edge"))
    assert Answers(*GUARDED, *ways, link, instance("a", "a", "open", **PUBLIC)).possibly("internet", A) == ANYTHING


def test_aws_41_what_an_endpoint_lets_pass_goes_on_by_the_table_of_its_subnet() -> None:
    """The firewall's subnet has no way to the internet: what leads to it never gets there, but by ways of its own."""
    answers = Answers(*GUARDED, *table("a", TO_BOX, subnets=["a"]), instance("a", "a", "open", **PUBLIC))
    assert str(answers.bounds("internet", A).possible) == "udp sctp"


def test_aws_41_a_reply_may_leave_by_a_firewall_that_its_request_never_met() -> None:
    """In by the internet gateway itself, out by the endpoint: not supported, and no page says that it is dropped."""
    ways = [*table("a", TO_BOX, subnets=["a"]), *table("fw", to_internet(), subnets=["fw"])]
    found = Answers(*GUARDED, *ways, instance("a", "a", "open", **PUBLIC)).bounds("internet", A)
    assert ["udp sctp", ANYTHING] == [str(found.certain), str(found.possible)]


def test_aws_41_behind_an_endpoint_the_source_is_what_the_gateway_makes_of_it() -> None:
    """Out by a firewall and a NAT gateway: the server's group admits the NAT gateway's address."""
    nat = [
        resource("aws_eip.n", public_ip="198.51.100.7"),
        resource("aws_nat_gateway.n", subnet_id=ref("aws_subnet.b"), allocation_id=ref("aws_eip.n")),
    ]
    to_nat = {"cidr_block": "0.0.0.0/0", "nat_gateway_id": ref("aws_nat_gateway.n")}
    ways = [
        *table("a", TO_BOX, subnets=["a"]),
        *table("fw", to_nat, subnets=["fw"]),
        *table("b", to_internet(), subnets=["b"]),
    ]
    far = [
        vpc("far", "10.9.0.0/16"),
        subnet("far", "10.9.1.0/24", home="far"),
        gateway("far"),
        group("far", [allow("tcp", 443, cidr_blocks=["198.51.100.7/32"])], home="far"),
        *table("far", to_internet("far"), subnets=["far"], home="far"),
        instance("far", "far", "far", **PUBLIC),
    ]
    answers = Answers(*GUARDED, *nat, *ways, *far, instance("a", "a", "open"))
    assert answers.possibly(A, "aws_instance.far") == "tcp/443"


def test_aws_41_an_endpoint_outside_the_sources_may_come_out_at_every_gateway() -> None:
    """Nobody knows its subnet: the VPC's own internet gateway may be next."""
    unseen = {"cidr_block": "0.0.0.0/0", "vpc_endpoint_id": "vpce-0123456789abcdef0"}
    estate = [*BASE, gateway(), *table("a", unseen, subnets=["a"]), instance("a", "a", "open", **PUBLIC)]
    assert str(Answers(*estate).bounds("internet", A).possible) == ANYTHING


def test_aws_24_a_forwarding_instance_may_send_on_in_its_own_name() -> None:
    """The database admits the NAT instance only; clients whose route leads there may reach it by that name."""
    relay = instance("relay", "b", "relay", source_dest_check=False)
    db = [
        subnet("db", "10.0.3.0/24"),
        group("db", [allow("tcp", 5432, security_groups=[ref("aws_security_group.relay")])]),
    ]
    route = {
        "cidr_block": "10.0.3.0/24",
        "network_interface_id": ref("aws_instance.relay", "primary_network_interface_id"),
    }
    ways = table("a", route, subnets=["a"])
    answers = Answers(*BASE, group("relay"), relay, *db, *ways, instance("a", "a", "open"), instance("db", "db", "db"))
    assert answers.possibly(A, "aws_instance.db") == "tcp/5432"


GUARD = [subnet("fw", "10.0.9.0/24"), endpoint()]
PAIR = [instance("a", "a", "open"), instance("b", "b", "open")]


def test_aws_19_a_middlebox_may_take_the_place_of_the_local_route() -> None:
    """The table's route to the VPC's whole block leads to the endpoint: nothing between the subnets is certain."""
    ways = table("t", {"cidr_block": "10.0.0.0/16", **BOX}, subnets=["a", "b"])
    assert Answers(*BASE, *GUARD, *ways, *PAIR).possibly(A, B) == ANYTHING


def test_aws_19_a_route_within_local_holds_beside_an_ipv6_block_that_amazon_chooses() -> None:
    """That the VPC has addresses which nobody knows yet does not make its known ones local against a longer route."""
    dropped = {"cidr_block": "10.0.2.0/24", "state": "blackhole", **BOX}
    estate = [vpc(assign_generated_ipv6_cidr_block=True), *BASE[1:], *GUARD, *PAIR]
    assert Answers(*estate, *table("t", dropped, subnets=["a"])).exactly(A, B) == "nothing"


def test_aws_19_a_route_within_local_may_take_a_neighbour_whose_address_is_unknown() -> None:
    """In a VPC of unknown block a route to an unknown block may lead to the neighbour's subnet."""
    places = [vpc(block=UNKNOWN), subnet("a", UNKNOWN), subnet("b", UNKNOWN), BASE[3]]
    for block in (UNKNOWN, "10.0.2.0/24"):
        ways = table("t", {"cidr_block": block, **BOX}, subnets=["a"])
        assert Answers(*places, *GUARD, *ways, *PAIR).possibly(A, B) == ANYTHING


def test_aws_19_a_default_route_takes_no_neighbour_whose_address_is_unknown() -> None:
    """A route that is shorter than any VPC's block is never within local."""
    places = [vpc(block=UNKNOWN), subnet("a", UNKNOWN), subnet("b", UNKNOWN), BASE[3]]
    assert Answers(*places, *GUARD, *table("t", TO_BOX, subnets=["a"]), *PAIR).exactly(A, B) == ANYTHING
