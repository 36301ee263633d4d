"""Claims about internet, egress-only and NAT gateways, and public addresses."""

from typing import Any

import pytest

from netaudit.flows import Traffic
from netaudit.model import Resource, Unknown

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
ROUTED = [*BASE, gateway(), *table("public", to_internet(), subnets=["a"])]
TO_NAT = {"cidr_block": "0.0.0.0/0", "nat_gateway_id": ref("aws_nat_gateway.n")}
NAT = [
    resource("aws_eip.n"),
    resource("aws_nat_gateway.n", subnet_id=ref("aws_subnet.a"), allocation_id=ref("aws_eip.n")),
]
PRIVATE = [*ROUTED, *NAT, *table("private", TO_NAT, subnets=["b"]), instance("b", "b", "open")]


def test_aws_25_public_address_and_route_reach_out_and_in() -> None:
    """With a gateway, a route and a public address an instance reaches the internet and is reached."""
    answers = Answers(*ROUTED, instance("a", "a", "open", **PUBLIC))
    assert [answers.exactly(A, "internet"), answers.exactly("internet", A)] == [ANYTHING] * 2


def test_aws_25_no_public_address_no_internet() -> None:
    """Without a public address the gateway drops both ways."""
    answers = Answers(*ROUTED, instance("a", "a", "open"))
    assert [answers.exactly(A, "internet"), answers.exactly("internet", A)] == ["nothing"] * 2


def test_aws_25_no_route_no_connection() -> None:
    """Without a route to the gateway a TCP connection from the internet gets no reply."""
    answers = Answers(*BASE, gateway(), instance("a", "a", "open", **PUBLIC))
    assert answers.exactly(A, "internet") == "nothing"
    assert str(answers.bounds("internet", A).one_way) == "tcp"


def test_aws_25_gateway_without_attachment_is_uncertain() -> None:
    """A gateway that nothing in the sources attaches may be attached elsewhere: possible."""
    loose = resource("aws_internet_gateway.main")
    answers = Answers(
        *BASE, loose, *table("public", to_internet(), subnets=["a"]), instance("a", "a", "open", **PUBLIC)
    )
    assert answers.possibly(A, "internet") == ANYTHING


def test_aws_25_private_destinations_are_refused() -> None:
    """The gateway carries public destinations only, though the route says all."""
    answers = Answers(*ROUTED, instance("a", "a", "open", **PUBLIC))
    assert answers.exactly(A, "private") == "nothing"
    assert answers.exactly("private", A) == "nothing"


def test_aws_26_subnet_default_counts_where_the_instance_is_silent() -> None:
    """`map_public_ip_on_launch` gives an address unless the instance says no."""
    estate = [
        vpc(),
        subnet("a", "10.0.1.0/24", map_public_ip_on_launch=True),
        group("open", BASE[3].attributes["ingress"]),
    ]
    estate += [gateway(), *table("public", to_internet(), subnets=["a"])]
    silent = Answers(*estate, instance("a", "a", "open"))
    refused = Answers(*estate, instance("a", "a", "open", associate_public_ip_address=False))
    assert [silent.exactly("internet", A), refused.exactly("internet", A)] == [ANYTHING, "nothing"]


def test_aws_26_elastic_address_is_an_association() -> None:
    """An `aws_eip` gives a public address, on itself or by an association apart."""
    own = resource("aws_eip.x", instance=ref(A))
    link = resource("aws_eip_association.x", instance_id=ref(A), allocation_id=ref("aws_eip.x"))
    for more in ([own], [resource("aws_eip.x"), link]):
        answers = Answers(*ROUTED, *more, instance("a", "a", "open"))
        assert answers.exactly("internet", A) == ANYTHING


def test_aws_26_unknown_wish_is_possible() -> None:
    """An unknown `associate_public_ip_address` is possible, not certain."""
    answers = Answers(*ROUTED, instance("a", "a", "open", associate_public_ip_address=UNKNOWN))
    assert [answers.possibly("internet", A), answers.possibly(A, "internet")] == [ANYTHING] * 2


def test_aws_27_nat_gateway_lets_out_and_replies_in() -> None:
    """A private instance opens TCP and UDP connections through a NAT gateway; nothing comes in by it."""
    answers = Answers(*PRIVATE)
    assert [answers.exactly(B, "internet"), answers.exactly("internet", B)] == ["tcp udp", "nothing"]


def test_aws_27_nat_gateway_carries_icmp_and_nothing_else() -> None:
    """TCP, UDP and ICMP only."""
    assert Traffic.parse("tcp udp icmp") == Answers(*PRIVATE).all_bounds(B, "internet").certain


def acl(subnet_name: str, *blocks: str) -> Resource:
    """An ACL for one subnet that lets everything out, and in from some blocks."""

    def entry(number: int, block: str) -> dict[str, Any]:
        return {
            "rule_no": number,
            "action": "allow",
            "cidr_block": block,
            "protocol": "-1",
            "from_port": 0,
            "to_port": 0,
        }

    return resource(
        "aws_network_acl.x",
        vpc_id=ref("aws_vpc.main"),
        subnet_ids=[ref(f"aws_subnet.{subnet_name}")],
        ingress=[entry(i + 1, block) for i, block in enumerate(blocks)],
        egress=[entry(1, "0.0.0.0/0")],
    )


def test_aws_27_the_acl_of_its_own_subnet_applies_on_the_way_out() -> None:
    """The NAT gateway's subnet must admit the client."""
    assert Answers(*PRIVATE, acl("a", "8.0.0.0/8")).exactly(B, "internet") == "nothing"


def test_aws_27_the_acl_of_its_own_subnet_applies_to_replies() -> None:
    """The NAT gateway's subnet must admit the reply from the internet, else TCP fails."""
    answers = Answers(*PRIVATE, acl("a", "10.0.0.0/16"))
    assert answers.exactly(B, "internet") == "udp"


def test_aws_27_private_gateway_to_the_internet_drops() -> None:
    """A private NAT gateway has no public address for the internet gateway to use."""
    private = resource("aws_nat_gateway.n", subnet_id=ref("aws_subnet.a"), connectivity_type="private")
    estate = [*ROUTED, private, *table("private", TO_NAT, subnets=["b"]), instance("b", "b", "open")]
    assert Answers(*estate).exactly(B, "internet") == "nothing"


def test_aws_27_route_to_a_gateway_in_its_own_subnet_loops() -> None:
    """A subnet that routes to a NAT gateway in itself reaches nothing by it; a diagnostic says so."""
    estate = [*BASE, gateway(), *NAT, *table("t", TO_NAT, subnets=["a"]), instance("a", "a", "open")]
    answers = Answers(*estate)
    assert answers.exactly(A, "internet") == "nothing"
    assert "AWS_NAT_LOOP" in answers.codes()


DUAL = [
    vpc(ipv6_cidr_block="2600:1::/56"),
    subnet("a", "10.0.1.0/24", ipv6_cidr_block="2600:1:0:1::/64", assign_ipv6_address_on_creation=True),
    subnet("b", "10.0.2.0/24", ipv6_cidr_block="2600:1:0:2::/64", assign_ipv6_address_on_creation=True),
    BASE[3],
]
V6 = {"ipv6_cidr_block": "::/0"}


def test_aws_28_egress_only_gateway_lets_out_and_replies_in() -> None:
    """IPv6 outward only: replies come back, nothing unsolicited comes in."""
    eigw = resource("aws_egress_only_internet_gateway.x", vpc_id=ref("aws_vpc.main"))
    way = V6 | {"egress_only_gateway_id": ref("aws_egress_only_internet_gateway.x")}
    answers = Answers(*DUAL, eigw, *table("t", way, subnets=["a"]), instance("a", "a", "open"))
    assert [answers.exactly(A, "internet6"), answers.exactly("internet6", A)] == [ANYTHING, "nothing"]


def test_aws_28_a_private_subnet_beside_an_internet_gateway_stays_private() -> None:
    """The VPC has an internet gateway, but replies of the subnet go to the egress-only one, which takes none."""
    eigw = resource("aws_egress_only_internet_gateway.x", vpc_id=ref("aws_vpc.main"))
    way = V6 | {"egress_only_gateway_id": ref("aws_egress_only_internet_gateway.x")}
    answers = Answers(*DUAL, gateway(), eigw, *table("t", way, subnets=["a"]), instance("a", "a", "open"))
    assert [answers.exactly(A, "internet6"), str(answers.bounds("internet6", A).possible)] == [ANYTHING, "udp sctp"]


def test_aws_28_a_reply_that_comes_home_by_another_way_is_possible() -> None:
    """Out by the egress-only gateway, back over a peering: no address was changed, and no page says that it is lost."""
    far = [
        vpc("far", "10.9.0.0/16", ipv6_cidr_block="2600:9::/56"),
        subnet("far", "10.9.1.0/24", home="far", ipv6_cidr_block="2600:9::/64", assign_ipv6_address_on_creation=True),
        group("far", [allow("tcp", 443, ipv6_cidr_blocks=["::/0"])], home="far"),
        gateway("far"),
        *table(
            "far",
            {"ipv6_cidr_block": "2600:1::/56", "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p")},
            subnets=["far"],
            home="far",
        ),
        resource(
            "aws_vpc_peering_connection.p",
            vpc_id=ref("aws_vpc.main"),
            peer_vpc_id=ref("aws_vpc.far"),
            auto_accept=True,
        ),
        instance("far", "far", "far"),
    ]
    eigw = resource("aws_egress_only_internet_gateway.x", vpc_id=ref("aws_vpc.main"))
    way = V6 | {"egress_only_gateway_id": ref("aws_egress_only_internet_gateway.x")}
    answers = Answers(*DUAL, *far, eigw, *table("t", way, subnets=["a"]), instance("a", "a", "open"))
    assert "tcp/443" == answers.possibly(A, "aws_instance.far")


@pytest.mark.parametrize("entered", [["a"], ["a", "b"]], ids=["its own subnet", "either of two"])
def test_aws_28_a_reply_that_comes_home_over_a_transit_gateway_is_possible(entered: list[str]) -> None:
    """Out by the egress-only gateway, back into the client's subnet by an attachment there, whatever its ACL says
    of packets between neighbours (AWS-22)."""
    far = [
        vpc("far", "10.9.0.0/16", ipv6_cidr_block="2600:9::/56"),
        subnet("far", "10.9.1.0/24", home="far", ipv6_cidr_block="2600:9::/64", assign_ipv6_address_on_creation=True),
        group("far", [allow("tcp", 443, ipv6_cidr_blocks=["::/0"])], home="far"),
        gateway("far"),
        resource("aws_ec2_transit_gateway.t"),
        attachment("main", entered),
        attachment("far", ["far"]),
        *table(
            "far",
            {"ipv6_cidr_block": "2600:1::/56", "transit_gateway_id": ref("aws_ec2_transit_gateway.t")},
            subnets=["far"],
            home="far",
        ),
        instance("far", "far", "far"),
    ]
    eigw = resource("aws_egress_only_internet_gateway.x", vpc_id=ref("aws_vpc.main"))
    way = V6 | {"egress_only_gateway_id": ref("aws_egress_only_internet_gateway.x")}
    any_port = {"protocol": "-1", "from_port": 0, "to_port": 0}
    all_of = any_port | {"rule_no": 2, "action": "allow", "ipv6_cidr_block": "::/0"}
    neighbours = any_port | {"rule_no": 1, "action": "deny", "ipv6_cidr_block": "2600:1:0:1::/64"}
    acl = resource(
        "aws_network_acl.x",
        vpc_id=ref("aws_vpc.main"),
        subnet_ids=[ref("aws_subnet.a")],
        ingress=[all_of],
        egress=[neighbours, all_of],
    )
    answers = Answers(*DUAL, *far, acl, eigw, *table("t", way, subnets=["a"]), instance("a", "a", "open"))
    assert "tcp/443" == answers.possibly(A, "aws_instance.far")


def attachment(home: str, subnets: list[str]) -> Resource:
    """The attachment of a VPC to the transit gateway `t`, which enters by some of its subnets."""
    return resource(
        f"aws_ec2_transit_gateway_vpc_attachment.{home}",
        vpc_id=ref(f"aws_vpc.{home}"),
        transit_gateway_id=ref("aws_ec2_transit_gateway.t"),
        subnet_ids=[ref(f"aws_subnet.{each}") for each in subnets],
        ipv6_support="enable",
    )


def test_aws_53_ipv6_addresses_are_public() -> None:
    """IPv6 needs no translation: with a route to the internet gateway the groups alone decide."""
    way = V6 | {"gateway_id": ref("aws_internet_gateway.main")}
    answers = Answers(*DUAL, gateway(), *table("t", way, subnets=["a"]), instance("a", "a", "open"))
    assert [answers.exactly(A, "internet6"), answers.exactly("internet6", A)] == [ANYTHING, ANYTHING]
    assert [answers.exactly(A, "internet"), answers.exactly("internet", A)] == ["nothing", "nothing"]


def test_aws_53_families_have_their_own_rules() -> None:
    """A rule about IPv6 addresses admits nothing over IPv4, and the reverse."""
    v6 = allow("tcp", 443, ipv6_cidr_blocks=["2600:1::/56"])
    v4 = allow("tcp", 80, cidr_blocks=["10.0.0.0/16"])
    a = instance("a", "a", "open")
    plain = instance("c", "a", "open", ipv6_address_count=0)
    answers = Answers(*DUAL, group("b", [v4, v6]), a, plain, instance("b", "b", "b"))
    assert answers.exactly(A, B) == "tcp/80,443"
    assert answers.exactly("aws_instance.c", B) == "tcp/80"


def test_aws_53_block_that_amazon_chooses_leaves_ipv4_certain() -> None:
    """An IPv6 block known after apply says nothing about IPv4 destinations, nor does one that is not wanted."""
    for wanted in (True, False):
        generated = vpc(assign_generated_ipv6_cidr_block=wanted)
        answers = Answers(generated, *ROUTED[1:], instance("a", "a", "open", **PUBLIC))
        assert [answers.exactly(A, "internet"), answers.exactly("internet", A)] == [ANYTHING, ANYTHING]


def test_aws_53_neighbours_with_unknown_ipv6_addresses_are_local() -> None:
    """Whatever the IPv6 block of a VPC turns out to be, its own interfaces lie in it."""
    v6 = group("b", [allow("tcp", 443, ipv6_cidr_blocks=["::/0"])])
    for how in ({"assign_generated_ipv6_cidr_block": True}, {"ipv6_ipam_pool_id": "ipam-pool-1"}):
        block: dict[str, Any] = {
            "ipv6_cidr_block": Unknown("known after apply"),
            "assign_ipv6_address_on_creation": True,
        }
        places = [subnet("a", "10.0.1.0/24", **block), subnet("b", "10.0.2.0/24", **block)]
        machines = [instance("a", "a", "open"), instance("b", "b", "b")]
        assert Answers(vpc(**how), *places, BASE[3], v6, *machines).exactly(A, B) == "tcp/443"


def test_aws_53_unknown_ipv6_destination_takes_nothing_of_ipv4() -> None:
    """A route to an IPv6 block that is unknown leaves the IPv4 routes beside it certain."""
    strange = {"ipv6_cidr_block": Unknown("known after apply"), "nat_gateway_id": ref("aws_nat_gateway.n")}
    routes = table("t", to_internet(), strange, subnets=["a"])
    answers = Answers(*BASE, gateway(), *NAT, *routes, instance("a", "a", "open", **PUBLIC))
    assert [answers.exactly(A, "internet"), answers.exactly("internet", A)] == [ANYTHING, ANYTHING]


def test_aws_29_block_public_access_overrides_everything() -> None:
    """Declared Block Public Access closes internet gateways; an excluded VPC is spared."""
    options = resource("aws_vpc_block_public_access_options.x", internet_gateway_block_mode="block-bidirectional")
    spared = resource(
        "aws_vpc_block_public_access_exclusion.x",
        vpc_id=ref("aws_vpc.main"),
        internet_gateway_exclusion_mode="allow-bidirectional",
    )
    server = instance("a", "a", "open", **PUBLIC)
    closed = Answers(*ROUTED, options, server)
    assert [closed.exactly("internet", A), closed.exactly(A, "internet")] == ["nothing"] * 2
    assert Answers(*ROUTED, options, spared, server).exactly("internet", A) == ANYTHING


def test_aws_29_silent_sources_print_the_assumption() -> None:
    """Where the sources are silent, Block Public Access is assumed off, and that is printed."""
    assert Answers(*ROUTED).network.assumptions == ("BLOCK_PUBLIC_ACCESS_OFF",)


def test_aws_29_unknown_mode_is_possible() -> None:
    """An unknown mode may block or not."""
    options = resource("aws_vpc_block_public_access_options.x", internet_gateway_block_mode=UNKNOWN)
    assert Answers(*ROUTED, options, instance("a", "a", "open", **PUBLIC)).possibly("internet", A) == ANYTHING


def test_aws_29_block_public_access_closes_egress_only_gateways() -> None:
    """Both ways closed, nothing leaves by an egress-only gateway; `block-ingress` spares it."""
    eigw = resource("aws_egress_only_internet_gateway.x", vpc_id=ref("aws_vpc.main"))
    way = V6 | {"egress_only_gateway_id": ref("aws_egress_only_internet_gateway.x")}
    estate = [*DUAL, eigw, *table("t", way, subnets=["a"]), instance("a", "a", "open")]
    for mode, expected in (("block-bidirectional", "nothing"), ("block-ingress", ANYTHING)):
        options = resource("aws_vpc_block_public_access_options.x", internet_gateway_block_mode=mode)
        assert Answers(*estate, options).exactly(A, "internet6") == expected


ONLY_V6 = [
    DUAL[0],
    subnet("a", None, ipv6_cidr_block="2600:1:0:1::/64", ipv6_native=True, assign_ipv6_address_on_creation=True),
    subnet("b", "10.0.2.0/24"),
    BASE[3],
]


def test_aws_53_interfaces_of_ipv6_only_subnets_have_no_ipv4_address() -> None:
    """They reach IPv6 addresses, and nobody over IPv4; where that is unknown, they possibly do."""
    ways = table("t", V6 | {"gateway_id": ref("aws_internet_gateway.main")}, subnets=["a"])
    machines = [instance("a", "a", "open"), instance("b", "b", "open")]
    answers = Answers(*ONLY_V6, gateway(), *ways, *machines)
    assert [answers.exactly(A, B), answers.exactly(B, A), answers.exactly(A, "internet6")] == ["nothing"] * 2 + [
        ANYTHING
    ]
    native = subnet("a", None, ipv6_cidr_block="2600:1:0:1::/64", ipv6_native=UNKNOWN)
    assert Answers(ONLY_V6[0], native, *ONLY_V6[2:], gateway(), *ways, *machines).possibly(A, B) == ANYTHING


def test_aws_61_ipv6_clients_may_reach_ipv4_addresses_by_a_nat_gateway() -> None:
    """Where the table leads NAT64's prefix to a NAT gateway, or beyond the model, and nowhere else."""
    nat = [
        resource("aws_eip.n"),
        resource("aws_nat_gateway.n", subnet_id=ref("aws_subnet.b"), allocation_id=ref("aws_eip.n")),
    ]
    estate = [*ONLY_V6, gateway(), *nat, *table("public", to_internet(), subnets=["b"]), instance("a", "a", "open")]
    near, far = {"nat_gateway_id": ref("aws_nat_gateway.n")}, {"transit_gateway_id": "tgw-1"}
    for target, expected in ((near, "tcp udp"), (far, ANYTHING)):
        way = {"ipv6_cidr_block": "64:ff9b::/96", **target}
        assert Answers(*estate, *table("t", way, subnets=["a"])).possibly(A, "internet") == expected
    way = V6 | {"gateway_id": ref("aws_internet_gateway.main")}
    assert Answers(*estate, *table("t", way, subnets=["a"])).exactly(A, "internet") == "nothing"


def test_aws_61_groups_of_the_client_let_out_to_the_prefix() -> None:
    """A group that lets out to some IPv6 addresses only does not let out to those of NAT64."""
    nat = [
        resource("aws_eip.n"),
        resource("aws_nat_gateway.n", subnet_id=ref("aws_subnet.b"), allocation_id=ref("aws_eip.n")),
    ]
    near = group("near", egress=[allow(ipv6_cidr_blocks=["2600:1::/56"], cidr_blocks=["0.0.0.0/0"])])
    way = {"ipv6_cidr_block": "64:ff9b::/96", "nat_gateway_id": ref("aws_nat_gateway.n")}
    ways = [*table("public", to_internet(), subnets=["b"]), *table("t", way, subnets=["a"])]
    assert (
        Answers(*ONLY_V6, gateway(), *nat, *ways, near, instance("a", "a", "near")).exactly(A, "internet") == "nothing"
    )


def test_aws_40_gateway_endpoint_leads_to_no_machine() -> None:
    """Its addresses are the service's, whichever they are: no public address of a machine is among them."""
    s3 = resource(
        "aws_vpc_endpoint.s3", vpc_id=ref("aws_vpc.main"), service_name="s3", route_table_ids=[ref("aws_route_table.t")]
    )
    far = [
        *(
            vpc("far"),
            subnet("far", "10.0.9.0/24", "far"),
            group("far", [allow(cidr_blocks=["0.0.0.0/0"])], home="far"),
        ),
        *(gateway("far"), *table("far", to_internet("far"), subnets=["far"], home="far")),
        instance("far", "far", "far", **PUBLIC),
    ]
    answers = Answers(*BASE, *table("t", subnets=["a"]), s3, instance("a", "a", "open"), *far)
    assert not answers.all_bounds("aws_instance.a", "aws_instance.far").possible
    assert str(answers.all_bounds("aws_instance.a", "internet").possible) == "tcp icmp/0,8"


def test_aws_40_that_services_open_no_connections_is_printed() -> None:
    """Which of the internet's addresses a gateway endpoint takes is unknown, and so whether replies to them return."""
    s3 = resource(
        "aws_vpc_endpoint.s3",
        vpc_id=ref("aws_vpc.main"),
        service_name="com.amazonaws.us-east-1.s3",
        route_table_ids=[ref("aws_route_table.public")],
    )
    expected = ("BLOCK_PUBLIC_ACCESS_OFF", "ENDPOINT_SERVICES_ONLY_ANSWER")
    assert Answers(*ROUTED, s3, instance("a", "a", "open", **PUBLIC)).network.assumptions == expected
