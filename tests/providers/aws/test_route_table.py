"""Claims about routes (netaudit/providers/aws/route_table.py)."""

from typing import Any

import pytest

from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, AddressSet
from netaudit.model import Network, Origin, Settings
from netaudit.providers import aws
from netaudit.providers.aws.route_table import BLACKHOLE, PROPAGATED, Route, RouteTable, Target, shares

from .building import (
    ANYTHING,
    BASE,
    MANY,
    UNKNOWN,
    A,
    Answers,
    B,
    allow,
    gateway,
    group,
    instance,
    pair,
    reading,
    ref,
    resource,
    subnet,
    table,
    to_internet,
    vpc,
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


# ---- appliances, gateway tables, private gateways -----------------------------------------------------


def appliance(**more: Any) -> Answers:
    """Subnet a sends everything to the instance b."""
    way = {"cidr_block": "0.0.0.0/0", "network_interface_id": ref(B, "primary_network_interface_id")}
    machines = [instance("a", "a", "open"), instance("b", "b", "open", **more)]
    return Answers(*BASE, gateway(), *table("t", way, subnets=["a"]), *machines)


def test_aws_24_interface_drops_what_is_not_for_itself() -> None:
    """With the check on, which is the default, a route to an instance carries nothing onward."""
    for found in (appliance(), appliance(source_dest_check=True)):
        assert not any(found.bounds(A, block).possible for block in found.externals())
        assert found.exactly(A, B) == ANYTHING


@pytest.mark.parametrize("value", [False, UNKNOWN])
def test_aws_24_interface_without_the_check_may_forward(value: Any) -> None:
    """With the check off it is an appliance, whose forwarding is unknown."""
    found = appliance(source_dest_check=value)
    assert any(found.possibly(A, block) == ANYTHING for block in found.externals())


def test_aws_24_route_to_an_interface_still_reaches_itself() -> None:
    """A route to an interface that is more specific than local reaches that interface."""
    way = {"cidr_block": "10.0.2.10/32", "network_interface_id": ref(B, "primary_network_interface_id")}
    machines = [instance("a", "a", "open"), instance("b", "b", "open", private_ip="10.0.2.10")]
    assert Answers(*BASE, *table("t", way, subnets=["a"]), *machines).exactly(A, B) == ANYTHING


def test_aws_23_gateway_table_may_lead_elsewhere() -> None:
    """What comes in by a gateway with a route table of its own is possible, never certain, and said so."""
    server = instance("a", "a", "open", associate_public_ip_address=True)
    estate = [*BASE, gateway(), *table("t", to_internet(), subnets=["a"]), server]
    edge = resource(
        "aws_route_table_association.edge",
        gateway_id=ref("aws_internet_gateway.main"),
        route_table_id=ref("aws_route_table.edge"),
    )
    steering = table("edge", {"cidr_block": "10.0.1.0/24", "vpc_endpoint_id": ref("aws_vpc_endpoint.fw")})
    assert Answers(*estate).exactly("internet", A) == ANYTHING
    assert Answers(*estate, edge, *table("edge")).exactly("internet", A) == ANYTHING
    found = Answers(*estate, edge, *steering)
    assert found.possibly("internet", A) == ANYTHING
    assert "AWS_ROUTE_BEYOND_MODEL" in found.codes()


def private_gateway(static: Any = True, block: Any = "192.168.0.0/16") -> list[Any]:
    """A virtual private gateway with one connection."""
    return [
        resource("aws_vpn_gateway.v", vpc_id=ref("aws_vpc.main")),
        resource("aws_vpn_connection.c", vpn_gateway_id=ref("aws_vpn_gateway.v"), static_routes_only=static),
        resource(
            "aws_vpn_connection_route.r", vpn_connection_id=ref("aws_vpn_connection.c"), destination_cidr_block=block
        ),
    ]


MACHINES = [instance("a", "a", "open"), instance("b", "b", "open")]
TO_SITE = {"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_vpn_gateway.v")}
SITE = "192.168.0.0/16"


def test_aws_38_static_routes_say_what_lies_behind_a_private_gateway() -> None:
    """A route to the gateway reaches the static routes' addresses, possibly, and nothing else."""
    found = Answers(*BASE, *private_gateway(), *table("t", TO_SITE, subnets=["a"]), instance("a", "a", "open"))
    assert {block for block in found.externals() if found.bounds(A, block).possible} == {SITE}
    assert found.possibly(A, SITE) == ANYTHING


LEARNING = resource(
    "aws_vpn_gateway_route_propagation.p",
    vpn_gateway_id=ref("aws_vpn_gateway.v"),
    route_table_id=ref("aws_route_table.t"),
)
PUBLIC_MACHINE = instance("a", "a", "open", associate_public_ip_address=True)


@pytest.mark.parametrize(("static", "expected"), [(True, ANYTHING), (False, "nothing")])
def test_aws_38_a_table_learns_the_static_routes_and_no_others(static: bool, expected: str) -> None:
    """What the default route takes stays certain, unless the connection may announce anything."""
    estate = [*BASE, *private_gateway(static), gateway(), *table("t", to_internet(), subnets=["a"]), LEARNING]
    assert str(Answers(*estate, PUBLIC_MACHINE).bounds(A, "internet").certain) == expected
    site = group("site", [allow("tcp", 22, cidr_blocks=[SITE])])
    assert Answers(*estate, site, instance("a", "a", "site")).possibly(SITE, A) == "tcp/22"


def test_aws_38_a_table_learns_some_of_what_is_assumed_on_premises() -> None:
    """Where routes are announced, and the assumptions say what lies there, the internet stays certain."""
    estate = [*BASE, *private_gateway(False), gateway(), *table("t", to_internet(), subnets=["a"]), LEARNING]
    found = aws.build([reading(*estate, PUBLIC_MACHINE)], Settings(), AddressSet.parse(SITE))
    solved = Reachability(found)
    assert str((solved.bounds(solved.by_id[A], solved.by_id["internet"]) & CLAIMED).certain) == ANYTHING


def test_aws_38_subnets_without_a_route_can_be_reached() -> None:
    """The gateway announces the whole VPC: what needs no reply arrives also where no route leads back."""
    found = Answers(*BASE, *private_gateway(), *table("t", TO_SITE, subnets=["a"]), *MACHINES)
    assert found.possibly(SITE, A) == ANYTHING
    assert found.possibly(SITE, B) == "udp sctp"


@pytest.mark.parametrize(("static", "block"), [(False, "192.168.0.0/16"), (UNKNOWN, "192.168.0.0/16"), (True, UNKNOWN)])
def test_aws_38_unknown_far_side_may_be_anything_private(static: Any, block: Any) -> None:
    """Where routes are learnt, or unknown, any private address may lie behind the gateway, and the internet."""
    more = private_gateway(static, block)
    found = Answers(*BASE, *more, *table("t", TO_SITE, subnets=["a"]), instance("a", "a", "open"))
    assert found.possibly(A, "private") == ANYTHING
    assert found.possibly("private", A) == ANYTHING


def test_aws_38_an_unseen_direct_connect_is_assumed_away() -> None:
    """Where static routes bound what lies behind a gateway, that nothing else is associated with it is printed."""
    found = Answers(*BASE, *private_gateway(), *table("t", TO_SITE, subnets=["a"]))
    assert found.network.assumptions == ("NO_UNSEEN_DIRECT_CONNECT",)


def on_premises(*blocks: str, static: Any, more: Any = ()) -> tuple[Network, set[str]]:
    """An estate with a private gateway, these blocks assumed behind it, and the blocks that reach A."""
    estate = [*BASE, *private_gateway(static), *table("t", TO_SITE, subnets=["a"]), instance("a", "a", "open"), *more]
    found = aws.build([reading(*estate)], Settings(), AddressSet.union(map(AddressSet.parse, blocks)))
    solved = Reachability(found)
    return found, {each.id for each in solved.external if solved.bounds(each, solved.by_id[A]).possible}


def test_aws_38_what_is_assumed_on_premises_is_all_that_lies_behind() -> None:
    """Where routes are learnt, the assumptions file says what lies there: possibly, and nothing else; it is printed."""
    found, reaching = on_premises("172.20.0.0/16", "11.0.0.0/8", static=False)
    assert ({"172.20.0.0/16", "11.0.0.0/8"}, ("ON_PREMISES_AS_GIVEN",)) == (reaching, found.assumptions)


def test_aws_38_static_routes_come_before_what_is_assumed() -> None:
    """They are written, and say it exactly."""
    found, reaching = on_premises("172.20.0.0/16", static=True)
    assert ({SITE}, ("NO_UNSEEN_DIRECT_CONNECT",)) == (reaching, found.assumptions)


def test_aws_38_what_is_assumed_holds_over_direct_connect() -> None:
    """Its routes are learnt, too."""
    wide = resource("aws_dx_gateway_association.x", associated_gateway_id=ref("aws_vpn_gateway.v"))
    assert {"172.20.0.0/16"} == on_premises("172.20.0.0/16", static=True, more=[wide])[1]


def test_aws_24_a_check_switched_off_elsewhere_is_assumed_away() -> None:
    """Where a route leads to an interface, that its check is as the sources write it is printed."""
    assert "SOURCE_DEST_CHECK_AS_WRITTEN" in appliance().network.assumptions


def test_tf_92_adopted_default_vpc_may_have_kept_its_gateway_and_route() -> None:
    """AWS made it with a way to the internet; nothing in the text takes that away."""
    home = resource("aws_default_vpc.this")
    place = resource("aws_default_subnet.a", availability_zone="eu-west-1a")
    ssh = [allow("tcp", 22, cidr_blocks=["0.0.0.0/0"])]
    door = resource("aws_security_group.open", vpc_id=ref("aws_default_vpc.this"), ingress=ssh)
    groups = [ref("aws_security_group.open")]
    host = resource(A, subnet_id=ref("aws_default_subnet.a"), vpc_security_group_ids=groups)
    assert Answers(home, place, door, host).possibly("internet", A) == "tcp/22"


@pytest.mark.parametrize(
    "kind",
    [
        "aws_dx_gateway_association",
        "aws_dx_gateway_association_proposal",
        "aws_dx_private_virtual_interface",
        "aws_dx_hosted_private_virtual_interface_accepter",
    ],
)
def test_aws_38_direct_connect_leads_beyond_the_static_routes(kind: str) -> None:
    """Any private address may lie behind a gateway then; that no public one does is assumed, and printed."""
    wide = resource(f"{kind}.x", vpn_gateway_id=ref("aws_vpn_gateway.v"))
    found = Answers(*BASE, *private_gateway(), wide, *table("t", TO_SITE, subnets=["a"]), instance("a", "a", "open"))
    assert found.possibly("private", A) == ANYTHING
    assert found.network.assumptions == ("BEYOND_IS_PRIVATE",)


def test_aws_57_a_default_table_of_an_unknown_vpc_may_be_any_main_table() -> None:
    """Where nobody knows whose main table is adopted, its routes are possible for every subnet without another."""
    written: dict[str, Any] = {"default_route_table_id": UNKNOWN, "route": [to_internet()]}
    public = instance("a", "a", "open", associate_public_ip_address=True)
    found = Answers(*BASE, gateway(), resource("aws_default_route_table.x", **written), public)
    assert found.possibly(A, "internet") == ANYTHING


def test_aws_20_an_unknown_address_that_all_routes_send_alike_goes_there() -> None:
    """Two routes to one gateway divide the internet: wherever the public address lies, it is reached."""
    half = to_internet() | {"cidr_block": "198.51.100.0/24"}
    way = [gateway(), *table("t", to_internet(), half, subnets=["a", "b"])]
    answers = Answers(
        *BASE,
        *way,
        group("out", egress=[allow(cidr_blocks=["0.0.0.0/0"])]),
        group("in", [allow("tcp", 443, cidr_blocks=["0.0.0.0/0"])]),
        instance("a", "a", "out", associate_public_ip_address=True),
        instance("b", "b", "in", associate_public_ip_address=True),
    )
    assert "tcp/443" == answers.exactly(A, B)


def test_aws_41_a_firewall_endpoint_may_drop_and_creates_nothing() -> None:
    """What goes out by it is possible, never certain, and nobody on the internet comes in by it."""
    way = {"cidr_block": "0.0.0.0/0", "vpc_endpoint_id": ref("aws_vpc_endpoint.firewall")}
    endpoint = resource("aws_vpc_endpoint.firewall", vpc_endpoint_type="GatewayLoadBalancer")
    answers = Answers(*BASE, gateway(), endpoint, *table("t", way, subnets=["a"]), instance("a", "a", "open"))
    assert ANYTHING == answers.possibly(A, "internet")
    assert "nothing" == answers.possibly("internet", A)


def test_aws_20_entries_of_a_prefix_list_within_local_are_open() -> None:
    """A peering takes nothing of the VPC itself; no page says what an entry of a list does there."""
    listed = resource("aws_ec2_managed_prefix_list.p", address_family="IPv4", entry=[{"cidr": "10.0.2.0/24"}])
    far = vpc("far", "10.9.0.0/16")
    peering = resource(
        "aws_vpc_peering_connection.p", vpc_id=ref("aws_vpc.main"), peer_vpc_id=ref("aws_vpc.far"), auto_accept=True
    )
    route = {
        "destination_prefix_list_id": ref("aws_ec2_managed_prefix_list.p"),
        "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p"),
    }
    assert pair(far, peering, listed, *table("t", route, subnets=["a"])).possibly(A, B) == ANYTHING


def test_aws_27_an_unseen_translator_may_have_any_public_address() -> None:
    """Behind a transit gateway that is not in the sources a NAT gateway may have the address that a server admits."""
    far = [
        vpc("far", "10.9.0.0/16"),
        subnet("far", "10.9.1.0/24", home="far"),
        group("far", [allow("tcp", 443, cidr_blocks=["203.0.113.0/24"])], home="far"),
        gateway("far"),
        *table("far", to_internet("far"), subnets=["far"], home="far"),
        instance("far", "far", "far", associate_public_ip_address=True),
    ]
    out = table("a", {"cidr_block": "0.0.0.0/0", "transit_gateway_id": "tgw-0abc"}, subnets=["a"])
    answers = Answers(*BASE, *far, *out, instance("a", "a", "open"))
    assert [answers.possibly(A, "aws_instance.far"), answers.possibly("aws_instance.far", A)] == ["tcp/443", "nothing"]
