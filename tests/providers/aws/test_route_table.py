"""Claims about routes (netaudit/providers/aws/route_table.py)."""

from typing import Any

from netaudit.flows import AddressSet
from netaudit.model import Origin
from netaudit.providers.aws.route_table import BLACKHOLE, PROPAGATED, Route, RouteTable, Target, shares

from .building import (
    ANYTHING,
    BASE,
    MANY,
    UNKNOWN,
    A,
    Answers,
    B,
    gateway,
    instance,
    pair,
    ref,
    resource,
    table,
    to_internet,
)

HERE = Origin("main.tf", 1)
VPC = (AddressSet.parse("10.0.0.0/16"),)


def route(block: str, target: Target, **more: Any) -> Route:
    """A route to one block."""
    return Route(target, HERE, block, (AddressSet.parse(block),), **more)


def won(*routes: Route) -> dict[str, tuple[str, str]]:
    """What each target certainly and possibly gets, in a VPC of 10.0.0.0/16."""
    found: dict[str, tuple[AddressSet, AddressSet]] = {}
    for share in shares(VPC, (), RouteTable("t", HERE, None, routes)):
        certain, possible = found.get(share.target.kind, (AddressSet.nothing(), AddressSet.nothing()))
        found[share.target.kind] = (certain | share.certain, possible | share.possible)
    return {kind: (str(certain), str(possible)) for kind, (certain, possible) in found.items()}


NAT, PCX, TGW = Target("nat", "nat-1"), Target("peering", "pcx-1"), Target("transit", "tgw-1")
NOTHING = "no address"


def test_aws_19_every_table_has_a_local_route() -> None:
    """A table without any written route still has the VPC's own blocks."""
    assert won() == {"local": ("10.0.0.0/16", NOTHING)}


def test_aws_19_subnet_without_association_uses_the_main_table() -> None:
    """The main table is the one that `aws_main_route_table_association` names."""
    main = resource(
        "aws_main_route_table_association.x", vpc_id=ref("aws_vpc.main"), route_table_id=ref("aws_route_table.t")
    )
    estate = [
        *BASE,
        gateway(),
        *table("t", to_internet()),
        instance("a", "a", "open", associate_public_ip_address=True),
    ]
    assert Answers(*estate).exactly(A, "internet") == "nothing"
    assert Answers(*estate, main).exactly(A, "internet") == ANYTHING


def test_aws_19_explicit_association_beats_the_main_table() -> None:
    """A subnet with an association of its own does not use the main table."""
    main = resource(
        "aws_main_route_table_association.x", vpc_id=ref("aws_vpc.main"), route_table_id=ref("aws_route_table.t")
    )
    server = instance("a", "a", "open", associate_public_ip_address=True)
    estate = [*BASE, gateway(), *table("t", to_internet()), main, server, *table("own", subnets=["a"])]
    assert Answers(*estate).exactly(A, "internet") == "nothing"


def test_aws_20_longest_prefix_wins() -> None:
    """Of two routes that match, the one with the longer prefix takes the packet."""
    assert won(route("10.9.0.0/16", PCX), route("10.0.0.0/8", TGW)) == {
        "local": ("10.0.0.0/16", NOTHING),
        "peering": ("10.9.0.0/16", NOTHING),
        "transit": ("10.1.0.0-10.8.255.255, 10.10.0.0-10.255.255.255", NOTHING),
    }


def test_aws_20_static_beats_prefix_list_beats_propagated() -> None:
    """Among equal prefixes static comes before prefix list before propagated."""
    found = won(
        route("10.9.0.0/16", TGW, rank=PROPAGATED), route("10.9.0.0/16", NAT, rank=1), route("10.9.0.0/16", PCX)
    )
    assert ("10.9.0.0/16", set()) == (found["peering"][0], {"nat", "transit"} & set(found))


def test_aws_20_propagated_route_loses_to_local_even_when_longer() -> None:
    """A propagated route that overlaps local loses to local."""
    found = won(route("10.0.1.0/24", TGW, rank=PROPAGATED))
    assert found == {"local": ("10.0.0.0/16", NOTHING)}


def test_aws_20_equal_routes_of_one_rank_are_unknown() -> None:
    """Overlapping prefix lists with different targets: which one wins is unknown."""
    found = won(route("10.9.0.0/16", PCX, rank=1), route("10.9.0.0/16", TGW, rank=1))
    assert ((NOTHING, "10.9.0.0/16"),) * 2 == (found["peering"], found["transit"])


def test_aws_21_blackhole_drops_and_shadows_shorter_routes() -> None:
    """A blackhole takes its prefix from shorter routes and delivers nothing."""
    found = won(route("10.9.0.0/16", BLACKHOLE), route("10.8.0.0/15", PCX))
    assert ("10.8.0.0/16", NOTHING) == found["peering"]


def test_route_with_an_unknown_destination_makes_shorter_ones_uncertain() -> None:
    """A route to an unknown destination may take what others would have taken, but never what is local."""
    odd = Route(TGW, HERE, "odd", unknown=UNKNOWN)
    found = won(odd, route("10.9.0.0/16", PCX))
    assert ("10.0.0.0/16", NOTHING) == found["local"]
    assert (NOTHING, "10.9.0.0/16") == found["peering"]


def test_route_with_an_unknown_destination_to_nat_may_be_more_specific_than_local() -> None:
    """Only NAT gateways, interfaces and endpoints may have routes more specific than local (AWS-19)."""
    found = won(Route(NAT, HERE, "odd", unknown=UNKNOWN))
    assert (NOTHING, "10.0.0.0/16") == found["local"]


def test_route_with_an_unknown_target_leads_to_every_candidate() -> None:
    """A default route with an unknown target may lead to the internet gateway."""
    odd = {"cidr_block": "0.0.0.0/0", "gateway_id": UNKNOWN}
    server = instance("a", "a", "open", associate_public_ip_address=True)
    answers = Answers(*BASE, gateway(), *table("t", odd, subnets=["a"]), server)
    assert answers.possibly(A, "internet") == ANYTHING


def test_unknown_number_of_routes_may_lead_anywhere() -> None:
    """A table that ends in unknown routes may have any route; local ones stay as they are."""
    odd = resource("aws_route_table.t", vpc_id=ref("aws_vpc.main"), route=[MANY])
    link = resource(
        "aws_route_table_association.a", subnet_id=ref("aws_subnet.a"), route_table_id=ref("aws_route_table.t")
    )
    answers = pair(odd, link)
    assert answers.possibly(A, "internet") == ANYTHING
    assert str(answers.bounds(A, B).possible) == ANYTHING


def test_table_outside_the_sources_has_unknown_routes() -> None:
    """An association with a table by literal id: its routes may lead anywhere."""
    link = resource("aws_route_table_association.a", subnet_id=ref("aws_subnet.a"), route_table_id="rtb-0123")
    assert pair(link).possibly(A, "internet") == ANYTHING


def test_separate_route_is_as_good_as_an_inline_one() -> None:
    """`aws_route` adds a route to the table that it names (TF-94)."""
    server = instance("a", "a", "open", associate_public_ip_address=True)
    separate = resource(
        "aws_route.x",
        route_table_id=ref("aws_route_table.t"),
        destination_cidr_block="0.0.0.0/0",
        gateway_id=ref("aws_internet_gateway.main"),
    )
    answers = Answers(*BASE, gateway(), *table("t", subnets=["a"]), separate, server)
    assert answers.exactly(A, "internet") == ANYTHING


def test_target_that_is_not_modelled_is_possible_and_named() -> None:
    """A route to an appliance leads beyond the model (AWS-24): what it carries is possible, with a diagnostic."""
    odd = {"cidr_block": "10.0.0.0/8", "network_interface_id": ref("aws_network_interface.appliance")}
    answers = pair(*table("t", odd, subnets=["a"]))
    assert any(answers.bounds(A, block).possible for block in answers.externals())
    assert answers.exactly(A, B) == ANYTHING
    assert {"AWS_ROUTE_BEYOND_MODEL"} <= answers.codes()


def test_unknown_target_is_no_loop() -> None:
    """That an unknown target might be a NAT gateway of the same subnet is not worth a diagnostic."""
    odd = {"cidr_block": "0.0.0.0/0", "nat_gateway_id": UNKNOWN}
    nat = resource("aws_nat_gateway.n", subnet_id=ref("aws_subnet.a"))
    assert "AWS_NAT_LOOP" not in pair(nat, *table("t", odd, subnets=["a"])).codes()
