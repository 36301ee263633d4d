"""Claims about peering (netaudit/providers/aws/peering.py), and groups across it."""

from typing import Any

from netaudit.model import Resource

from .building import ANYTHING, UNKNOWN, Answers, allow, group, instance, ref, resource, subnet, table, vpc

PCX = "aws_vpc_peering_connection.x"
ONE, TWO = "aws_instance.one", "aws_instance.two"


def side(name: str, block: str, *routes: dict[str, Any]) -> list[Resource]:
    """A VPC with one subnet, a table with these routes, and an open instance."""
    own = subnet(name, block.replace(".0.0/16", ".1.0/24"), home=name)
    everything = allow(cidr_blocks=["0.0.0.0/0"])
    return [
        vpc(name, block),
        own,
        *table(name, *routes, subnets=[name], home=name),
        group(name, [everything], home=name),
        instance(name, name, name),
    ]


def over(block: Any, peering: str = PCX) -> dict[str, Any]:
    """A route over a peering."""
    return {"cidr_block": block, "vpc_peering_connection_id": ref(peering)}


def joined(**more: Any) -> Resource:
    """The peering of the two VPCs, accepted unless `more` says otherwise."""
    settings = {"auto_accept": True} | more
    return resource(PCX, vpc_id=ref("aws_vpc.one"), peer_vpc_id=ref("aws_vpc.two"), **settings)


FIRST = side("one", "10.1.0.0/16", over("10.2.0.0/16"))
SECOND = side("two", "10.2.0.0/16", over("10.1.0.0/16"))


def test_aws_30_active_with_routes_on_both_sides() -> None:
    """An active peering with routes on both sides carries both directions."""
    answers = Answers(*FIRST, *SECOND, joined())
    assert [answers.exactly(ONE, TWO), answers.exactly(TWO, ONE)] == [ANYTHING] * 2


def test_aws_30_both_sides_need_routes() -> None:
    """Without a route back TCP is delivered one-way; without a route there nothing is."""
    answers = Answers(*FIRST, *side("two", "10.2.0.0/16"), joined())
    assert answers.exactly(ONE, TWO) == "udp sctp"
    assert str(answers.bounds(ONE, TWO).one_way) == "tcp"
    assert answers.exactly(TWO, ONE) == "nothing"


def test_aws_30_overlapping_blocks_are_never_certain() -> None:
    """AWS refuses to peer 10.1.0.0/16 with 10.1.128.0/17, whatever more specific routes say."""
    first = side("one", "10.1.0.0/16", over("10.1.129.0/24"))
    second = [
        vpc("two", "10.1.128.0/17"),
        subnet("two", "10.1.129.0/24", home="two"),
        *table("two", over("10.1.1.0/24"), subnets=["two"], home="two"),
        group("two", [allow(cidr_blocks=["0.0.0.0/0"])], home="two"),
        instance("two", "two", "two"),
    ]
    answers = Answers(*first, *second, joined())
    assert [answers.possibly(ONE, TWO), answers.possibly(TWO, ONE)] == [ANYTHING] * 2
    assert "AWS_PEERING_OVERLAP" in answers.codes()


def test_aws_30_not_transitive() -> None:
    """Two VPCs that both peer with a third do not reach each other, whatever their routes say."""
    second = "aws_vpc_peering_connection.y"
    other = resource(second, vpc_id=ref("aws_vpc.two"), peer_vpc_id=ref("aws_vpc.three"), auto_accept=True)
    first = side("one", "10.1.0.0/16", over("10.2.0.0/16"), over("10.3.0.0/16"))
    middle = side("two", "10.2.0.0/16", over("10.1.0.0/16"), over("10.3.0.0/16", second))
    third = side("three", "10.3.0.0/16", over("10.2.0.0/16", second), over("10.1.0.0/16", second))
    answers = Answers(*first, *middle, *third, joined(), other)
    assert answers.exactly(ONE, "aws_instance.three") == "nothing"
    assert answers.exactly(TWO, "aws_instance.three") == ANYTHING


def test_aws_31_no_edge_to_edge_routing() -> None:
    """The peer's internet gateway cannot be used through a peering."""
    first = side("one", "10.1.0.0/16", over("0.0.0.0/0"))
    way = {"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.two")}
    second = side("two", "10.2.0.0/16", over("10.1.0.0/16"), way)
    gate = resource("aws_internet_gateway.two", vpc_id=ref("aws_vpc.two"))
    assert Answers(*first, *second, gate, joined()).exactly(ONE, "internet") == "nothing"


def test_aws_32_without_acceptance_it_is_unknown() -> None:
    """Without `auto_accept` or an accepter in the sources the state is unknown, not active."""
    waiting = Answers(*FIRST, *SECOND, joined(auto_accept=None))
    assert waiting.possibly(ONE, TWO) == ANYTHING


def test_aws_32_accepter_makes_it_active() -> None:
    """An accepter with `auto_accept` makes it active."""
    accepter = resource("aws_vpc_peering_connection_accepter.x", vpc_peering_connection_id=ref(PCX), auto_accept=True)
    answers = Answers(*FIRST, *SECOND, joined(auto_accept=None, peer_region="eu-west-2"), accepter)
    assert answers.exactly(ONE, TWO) == ANYTHING


def test_aws_32_auto_accept_does_not_work_across_regions() -> None:
    """`auto_accept` across Regions accepts nothing by itself."""
    near = [
        resource(r.address, **dict(r.attributes), region="eu-west-1") if r.address == PCX else r
        for r in (joined(peer_region="us-east-1"),)
    ]
    assert Answers(*FIRST, *SECOND, *near).possibly(ONE, TWO) == ANYTHING


def test_aws_07_reference_over_an_active_peering_in_one_region() -> None:
    """A group of the peer VPC is matched over an active peering of one Region."""
    by_group = [allow("tcp", 443, security_groups=[ref("aws_security_group.one")])]
    second = [group("two", by_group, home="two") if r.address == "aws_security_group.two" else r for r in SECOND]
    assert Answers(*FIRST, *second, joined()).exactly(ONE, TWO) == "tcp/443"


def test_aws_07_reference_across_regions_matches_nothing() -> None:
    """Across Regions only blocks match."""
    by_group = [allow("tcp", 443, security_groups=[ref("aws_security_group.one")])]
    second = [group("two", by_group, home="two") if r.address == "aws_security_group.two" else r for r in SECOND]
    far = resource(PCX, **dict(joined(peer_region="us-east-1", accept_status="active").attributes), region="eu-west-1")
    assert Answers(*FIRST, *second, far).exactly(ONE, TWO) == "nothing"


def test_peer_outside_the_sources_is_possible() -> None:
    """A peering with a VPC by literal id: private addresses outside may be behind it, in both directions."""
    foreign = resource(PCX, vpc_id=ref("aws_vpc.one"), peer_vpc_id="vpc-0123", auto_accept=True)
    answers = Answers(*FIRST, foreign)
    assert answers.possibly(ONE, "10.2.0.0/16") == ANYTHING
    assert answers.possibly("10.2.0.0/16", ONE) == ANYTHING


def test_peering_outside_the_sources_leads_beyond() -> None:
    """A route over a peering by literal id is possible and named."""
    answers = Answers(*side("one", "10.1.0.0/16", {"cidr_block": "10.2.0.0/16", "vpc_peering_connection_id": "pcx-1"}))
    assert answers.possibly(ONE, "10.2.0.0/16") == ANYTHING
    assert "AWS_ROUTE_BEYOND_MODEL" in answers.codes()


def test_route_over_a_peering_to_an_unknown_block_is_possible() -> None:
    """A route whose block is unknown may lead to the peer."""
    answers = Answers(*side("one", "10.1.0.0/16", over(UNKNOWN)), *SECOND, joined())
    assert answers.possibly(ONE, TWO) == ANYTHING


def referring(name: str, block: str, *routes: dict[str, Any]) -> list[Resource]:
    """A side whose group lets in the members of the group of `one`."""
    found = side(name, block, *routes)
    by_group = allow(security_groups=[ref("aws_security_group.one")])
    return [
        group(name, [by_group], home=name) if each.address == f"aws_security_group.{name}" else each for each in found
    ]


AWAY = {"cidr_block": "192.168.0.0/16", "network_interface_id": "eni-0123"}
OVER_HUB = {"cidr_block": "10.0.0.0/8", "transit_gateway_id": ref("aws_ec2_transit_gateway.hub")}


def hub_of(*names: str) -> list[Resource]:
    """A transit gateway with some VPCs attached."""
    return [
        resource("aws_ec2_transit_gateway.hub"),
        *(
            resource(
                f"aws_ec2_transit_gateway_vpc_attachment.{name}",
                transit_gateway_id=ref("aws_ec2_transit_gateway.hub"),
                vpc_id=ref(f"aws_vpc.{name}"),
                subnet_ids=[ref(f"aws_subnet.{name}")],
            )
            for name in names
        ),
    ]


def test_aws_7_a_way_that_leads_beyond_from_a_third_vpc_leaves_references_certain() -> None:
    """What goes over a peering goes no further, so that no packet of the two VPCs takes the third one's way."""
    third = side("three", "10.3.0.0/16", AWAY)
    answers = Answers(*FIRST, *referring("two", "10.2.0.0/16", over("10.1.0.0/16")), *third, joined())
    assert answers.exactly(ONE, TWO) == ANYTHING


def test_aws_7_a_way_that_leads_beyond_from_one_of_the_two_makes_references_possible() -> None:
    """Over it the reference may hold or not."""
    first = side("one", "10.1.0.0/16", over("10.2.0.0/16"), AWAY)
    answers = Answers(*first, *referring("two", "10.2.0.0/16", over("10.1.0.0/16")), joined())
    assert answers.possibly(ONE, TWO) == ANYTHING


def test_aws_8_a_way_that_leads_beyond_behind_a_transit_gateway_makes_references_possible() -> None:
    """By the gateway packets of one VPC may come to a third one, and from there beyond."""
    third = side("three", "10.3.0.0/16", {"cidr_block": "10.2.0.0/16", "network_interface_id": "eni-0123"})
    first = side("one", "10.1.0.0/16", over("10.2.0.0/16"), OVER_HUB)
    second = referring("two", "10.2.0.0/16", over("10.1.0.0/16"))
    answers = Answers(*first, *second, *third, joined(), *hub_of("one", "three"))
    assert answers.possibly(ONE, TWO) == ANYTHING


_THERE: dict[str, Any] = {"subnet_ids": [ref("aws_subnet.two")], "security_group_ids": [ref("aws_security_group.two")]}


def test_aws_31_interface_endpoints_and_load_balancers_of_the_peer_are_ordinary_interfaces() -> None:
    """They may be reached over a peering as any other interface may."""
    endpoint = resource(
        "aws_vpc_endpoint.e", vpc_id=ref("aws_vpc.two"), vpc_endpoint_type="Interface", service_name="s", **_THERE
    )
    balancer = resource(
        "aws_lb.b", internal=True, subnets=_THERE["subnet_ids"], security_groups=_THERE["security_group_ids"]
    )
    listener = resource("aws_lb_listener.l", load_balancer_arn=ref("aws_lb.b"), port=443, protocol="HTTPS")
    answers = Answers(*FIRST, *SECOND, joined(), endpoint, balancer, listener)
    assert [answers.exactly(ONE, each) for each in ("aws_vpc_endpoint.e", "aws_lb.b")] == [ANYTHING, "tcp/443"]


def test_aws_40_a_gateway_endpoint_is_not_used_over_a_peering() -> None:
    """A client reaches S3 by the endpoint of its own VPC, not by that of the peer."""
    second = side("two", "10.2.0.0/16", over("10.1.0.0/16"))
    endpoint = resource(
        "aws_vpc_endpoint.s3",
        vpc_id=ref("aws_vpc.two"),
        service_name="s3",
        route_table_ids=[ref("aws_route_table.two")],
    )
    everywhere = side("one", "10.1.0.0/16", over("0.0.0.0/0"))
    answers = Answers(*everywhere, *second, joined(), endpoint)
    assert (answers.exactly(ONE, "internet"), answers.possibly(TWO, "internet")) == ("nothing", "tcp")
