"""What may not be there, or belongs to an unknown thing: possible as if it were, certain as if it were not."""

from dataclasses import replace
from typing import Any

from netaudit.model import Resource
from tests.providers.aws.building import (
    ANYTHING,
    BASE,
    OPEN,
    UNKNOWN,
    A,
    Answers,
    B,
    allow,
    gateway,
    group,
    instance,
    pair,
    ref,
    resource,
    subnet,
    table,
    to_internet,
    vpc,
)

# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/default_network_acl


def adopted_acl(*, exists: bool) -> Answers:
    """Two open instances in two subnets with the VPC's default ACL, which a resource without entries adopts."""
    acl = ref("aws_vpc.main", "default_network_acl_id")
    return pair(resource("aws_default_network_acl.main", default_network_acl_id=acl, exists=exists))


def test_aws_18_an_adopted_acl_without_entries_denies_everything() -> None:
    """'aws_default_network_acl' removes all entries that are not written."""
    assert "nothing" == adopted_acl(exists=True).exactly(A, B)


def test_aws_18_an_acl_that_is_perhaps_adopted_perhaps_allows_everything() -> None:
    """With an unknown count AWS's own entries may still be there: they allow everything."""
    assert ANYTHING == adopted_acl(exists=False).possibly(A, B)


def test_aws_57_a_default_group_that_is_perhaps_adopted_perhaps_keeps_its_rules() -> None:
    """With an unknown count AWS's own rules may still be there: all from itself, and all egress."""
    adopted = resource("aws_default_security_group.main", vpc_id=ref("aws_vpc.main"), exists=False)
    bare = [resource(f"aws_instance.{name}", subnet_id=ref(f"aws_subnet.{name}")) for name in "ab"]
    assert ANYTHING == Answers(*BASE, adopted, *bare).possibly(A, B)


# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/main_route_table_association

PEERED = [
    vpc("one", "10.1.0.0/16"),
    vpc("two", "10.2.0.0/16"),
    subnet("a", "10.1.1.0/24", "one"),
    subnet("b", "10.2.1.0/24", "two"),
    group("one", OPEN.attributes["ingress"], home="one"),
    group("two", OPEN.attributes["ingress"], home="two"),
    instance("a", "a", "one"),
    instance("b", "b", "two"),
]


def connection() -> list[Resource]:
    """An active peering of the two, over which the first one routes."""
    one, two = ref("aws_vpc.one"), ref("aws_vpc.two")
    link = resource("aws_vpc_peering_connection.p", vpc_id=one, peer_vpc_id=two, auto_accept=True)
    return [link, *table("a", to_peer("10.2.0.0/16"), subnets=["a"], home="one")]


def to_peer(block: str) -> dict[str, object]:
    """A route over the peering."""
    return {"cidr_block": block, "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p")}


def with_main(*, exists: bool = True, of: object = None) -> Answers:
    """The second VPC's way back is in a table that is made its main one."""
    back = table("b", to_peer("10.1.0.0/16"), home="two")
    made = resource(
        "aws_main_route_table_association.b",
        vpc_id=of or ref("aws_vpc.two"),
        route_table_id=ref("aws_route_table.b"),
        exists=exists,
    )
    return Answers(*PEERED, *connection(), *back, made)


def test_aws_19_a_table_that_is_made_the_main_one_serves_subnets_without_another() -> None:
    """Its routes hold for them."""
    assert ANYTHING == with_main().exactly(A, B)


def test_aws_19_a_table_that_is_perhaps_made_the_main_one_serves_perhaps() -> None:
    """With an unknown count: the reply of TCP comes back perhaps, what needs none is certain."""
    found = with_main(exists=False).bounds(A, B)
    assert ("udp sctp", ANYTHING) == (str(found.certain), str(found.possible))


def test_aws_19_a_table_that_is_made_the_main_one_of_an_unknown_vpc_is_that_of_its_own() -> None:
    """A table can only be the main one of the VPC that it is of."""
    assert ANYTHING == str(with_main(of=UNKNOWN).bounds(A, B).possible)


def test_aws_19_a_route_in_an_unknown_table_may_be_in_a_main_one() -> None:
    """Also in one that nothing declares: AWS gives every VPC one."""
    route = resource(
        "aws_route.back",
        route_table_id=UNKNOWN,
        destination_cidr_block="10.1.0.0/16",
        vpc_peering_connection_id=ref("aws_vpc_peering_connection.p"),
    )
    assert ANYTHING == str(Answers(*PEERED, *connection(), route).bounds(A, B).possible)


def test_tf_95_a_further_block_of_an_unknown_vpc_may_be_of_any() -> None:
    """A subnet outside of the VPC's written block is local, perhaps, if that block may be the VPC's."""
    further = resource("aws_vpc_ipv4_cidr_block_association.more", vpc_id=UNKNOWN, cidr_block="100.64.0.0/16")
    beside = [*BASE, subnet("c", "100.64.1.0/24"), instance("a", "a", "open"), instance("c", "c", "open")]
    assert ANYTHING == str(Answers(*beside, further).bounds(A, "aws_instance.c").possible)


# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html


def with_endpoint(*, bound: bool = True, home: object = None) -> Answers:
    """An instance whose only way to S3 is a gateway endpoint, in the table that is associated with its subnet."""
    endpoint = resource(
        "aws_vpc_endpoint.s3",
        vpc_id=home or ref("aws_vpc.main"),
        service_name="com.amazonaws.eu-west-1.s3",
        route_table_ids=[ref("aws_route_table.t")],
    )
    found, link = table("t", subnets=["a"])
    link = link if bound else resource(f"{link.address}[?]", exists=False, **link.attributes)
    return Answers(*BASE, endpoint, found, link, instance("a", "a", "open"))


def test_aws_40_an_endpoint_in_a_table_that_a_subnet_perhaps_has_is_reached_perhaps() -> None:
    """The association may not exist: the endpoint is possible all the same."""
    assert "tcp" == with_endpoint(bound=False).possibly(A, "internet")


def test_aws_40_an_endpoint_of_an_unknown_vpc_is_reached_from_its_tables() -> None:
    """Its tables say whose it is."""
    assert "tcp" == with_endpoint(home=UNKNOWN).possibly(A, "internet")


# ---- a thing of unknown parents may be of every one that is declared ----------------------------------


def tight_acl(name: str) -> Resource:
    """A network ACL that denies everything, around one subnet."""
    return resource(f"aws_network_acl.{name}", vpc_id=ref("aws_vpc.main"), subnet_ids=[ref(f"aws_subnet.{name}")])


def test_aws_22_an_interface_in_an_unknown_subnet_may_be_in_the_same_one_as_another() -> None:
    """Within one subnet no ACL filters, however tight: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html."""
    lost = resource("aws_instance.b", subnet_id=UNKNOWN, vpc_security_group_ids=[ref("aws_security_group.open")])
    assert ANYTHING == Answers(*BASE, tight_acl("a"), instance("a", "a", "open"), lost).possibly(A, B)


def test_aws_22_an_interface_in_an_unknown_subnet_is_in_the_vpc_of_its_groups() -> None:
    """AWS takes only groups of the VPC that the interface is in."""
    lost = resource("aws_instance.c", subnet_id=UNKNOWN, vpc_security_group_ids=[ref("aws_security_group.one")])
    subnets = {
        key for each in Answers(*PEERED, lost).network.endpoints if each.id == "aws_instance.c" for key in each.groups
    }
    assert "subnet/aws_subnet.a" in subnets
    assert "subnet/aws_subnet.b" not in subnets


def unsettled(*more: Resource, where: object = UNKNOWN) -> Answers:
    """The two VPCs, of which the second one's subnet is in an unknown one."""
    placed = [each for each in PEERED if each.address != "aws_subnet.b"]
    adrift = resource("aws_subnet.b", vpc_id=where, cidr_block="10.2.1.0/24")
    return Answers(*placed, adrift, *more)


def test_aws_30_a_subnet_of_an_unknown_vpc_may_be_of_the_one_whose_blocks_hold_its_own() -> None:
    """It is reached over that one's peering, and answers over it."""
    back = table("b", to_peer("10.1.0.0/16"), subnets=["b"], home="two")
    assert ANYTHING == unsettled(*connection(), *back).possibly(A, B)
    assert ANYTHING == unsettled(*connection(), *back, where=ref("aws_vpc.two")).exactly(A, B)


def test_aws_30_a_peering_of_an_unknown_vpc_may_be_with_each() -> None:
    """Requests and replies go over it, perhaps, and references to groups may hold over it."""
    link = resource("aws_vpc_peering_connection.p", auto_accept=True, vpc_id=ref("aws_vpc.one"), peer_vpc_id=UNKNOWN)
    ways = [
        *table("a", to_peer("10.2.0.0/16"), subnets=["a"], home="one"),
        *table("b", to_peer("10.1.0.0/16"), subnets=["b"], home="two"),
    ]
    assert ANYTHING == Answers(*PEERED, link, *ways).possibly(A, B)
    by_group = group("two", [allow(security_groups=[ref("aws_security_group.one")])], home="two")
    others = [each for each in PEERED if each.address != by_group.address]
    assert ANYTHING == Answers(*others, by_group, link, *ways).possibly(A, B)


def over_gateway(*, gateway_of: object = None, vpc_of: object = None, subnets: object = None) -> Answers:
    """The two VPCs at a transit gateway, with routes both ways; the second one's attachment as it is given."""
    hub = ref("aws_ec2_transit_gateway.hub")
    attached: dict[str, tuple[str, Any, Any, Any]] = {"one": ("a", hub, ref("aws_vpc.one"), [ref("aws_subnet.a")])}
    attached["two"] = ("b", gateway_of or hub, vpc_of or ref("aws_vpc.two"), subnets or [ref("aws_subnet.b")])
    links = [
        resource(f"aws_ec2_transit_gateway_vpc_attachment.{key}", transit_gateway_id=g, vpc_id=v, subnet_ids=s)
        for key, (_, g, v, s) in attached.items()
    ]
    ways = [
        each
        for name, home, block in (("a", "one", "10.2.0.0/16"), ("b", "two", "10.1.0.0/16"))
        for each in table(name, {"cidr_block": block, "transit_gateway_id": hub}, subnets=[name], home=home)
    ]
    return Answers(*PEERED, resource("aws_ec2_transit_gateway.hub"), *links, *ways)


def test_aws_33_an_attachment_of_an_unknown_vpc_is_that_of_its_subnets() -> None:
    """Its subnets lie in that VPC."""
    assert ANYTHING == over_gateway().exactly(A, B)
    assert ANYTHING == over_gateway(vpc_of=UNKNOWN).possibly(A, B)


def test_aws_33_an_attachment_of_an_unknown_gateway_may_be_of_any() -> None:
    """The only one that is declared, for example."""
    assert ANYTHING == over_gateway(gateway_of=UNKNOWN).possibly(A, B)


def test_aws_34_an_attachment_by_unknown_subnets_enters_perhaps() -> None:
    """Nothing is certain that comes by it, since no zone is."""
    assert ANYTHING == over_gateway(subnets=[UNKNOWN]).possibly(A, B)


def test_aws_25_a_gateway_of_an_unknown_vpc_may_be_of_any() -> None:
    """With a route of an unknown target, too: the client outside is answered, perhaps."""
    link = resource("aws_internet_gateway.x", vpc_id=UNKNOWN)
    server = instance("a", "a", "open", associate_public_ip_address=True)
    route = {"cidr_block": "0.0.0.0/0", "gateway_id": UNKNOWN}
    assert ANYTHING == Answers(*BASE, link, *table("t", route, subnets=["a"]), server).possibly("internet", A)


def test_aws_33_a_route_in_a_table_that_was_looked_up_may_be_in_any_of_the_gateway() -> None:
    """A data source may find the gateway's default table: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html."""
    looked_up = ref("data.aws_ec2_transit_gateway_route_table.default", "id")
    hole = resource(
        "aws_ec2_transit_gateway_route.hole",
        transit_gateway_route_table_id=looked_up,
        destination_cidr_block="10.2.0.0/16",
        blackhole=True,
    )
    hub = ref("aws_ec2_transit_gateway.hub")
    links = [
        resource(
            f"aws_ec2_transit_gateway_vpc_attachment.{key}",
            transit_gateway_id=hub,
            vpc_id=ref(f"aws_vpc.{key}"),
            subnet_ids=[ref(f"aws_subnet.{name}")],
        )
        for key, name in (("one", "a"), ("two", "b"))
    ]
    ways = [
        *table("a", {"cidr_block": "10.2.0.0/16", "transit_gateway_id": hub}, subnets=["a"], home="one"),
        *table("b", {"cidr_block": "10.1.0.0/16", "transit_gateway_id": hub}, subnets=["b"], home="two"),
    ]
    found = Answers(*PEERED, resource("aws_ec2_transit_gateway.hub"), *links, *ways, hole)
    assert ANYTHING == found.possibly(A, B)


# https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html


def blocked(**place: str) -> Answers:
    """A public server in Ireland, and Block Public Access of some account and Region."""
    home = {"region": "eu-west-1", "account_id": "123456789012"}
    options = resource("aws_vpc_block_public_access_options.o", internet_gateway_block_mode="block-bidirectional")
    own = replace(BASE[0], settings=home)
    server = instance("a", "a", "open", associate_public_ip_address=True)
    stage = [own, *BASE[1:], gateway(), *table("t", to_internet(), subnets=["a"]), server]
    return Answers(*stage, replace(options, settings={**home, **place}))


def test_aws_29_public_access_is_blocked_in_one_region_of_one_account() -> None:
    """'VPC BPA settings are configured per account and Region': those of another one do not hold here."""
    assert "nothing" == blocked().exactly("internet", A)
    assert ANYTHING == blocked(region="us-east-1").exactly("internet", A)
    assert ANYTHING == blocked(account_id="210987654321").exactly("internet", A)


# ---- further links of unknown ends --------------------------------------------------------------------

PUBLIC = [*BASE, gateway(), *table("t", to_internet(), subnets=["a"])]


def test_aws_26_an_elastic_address_of_an_unknown_interface_may_be_that_of_each() -> None:
    """Of one that nothing holds, and of one that an instance has."""
    eni = resource(
        "aws_network_interface.n", subnet_id=ref("aws_subnet.a"), security_groups=[ref("aws_security_group.open")]
    )
    given = resource("aws_eip_association.e", network_interface_id=UNKNOWN, allocation_id=ref("aws_eip.e"))
    alone = Answers(*PUBLIC, eni, resource("aws_eip.e"), given)
    assert ANYTHING == alone.possibly("internet", "aws_network_interface.n")
    holder = resource("aws_instance.a", primary_network_interface=[{"network_interface_id": ref(eni.address)}])
    assert ANYTHING == Answers(*PUBLIC, eni, holder, resource("aws_eip.e"), given).possibly("internet", A)


def test_aws_57_a_default_group_of_an_unknown_vpc_may_be_that_of_each() -> None:
    """What it lets in may come to interfaces without a group of their own."""
    adopting = resource(
        "aws_default_security_group.d", vpc_id=UNKNOWN, ingress=[allow("tcp", 443, cidr_blocks=["::/0"])]
    )
    bare = resource("aws_instance.b", subnet_id=ref("aws_subnet.b"))
    assert ANYTHING == Answers(*BASE, adopting, instance("a", "a", "open"), bare).possibly(A, B)


def test_aws_11_an_entry_of_an_unknown_list_may_be_one_of_each() -> None:
    """A group that names a list may let in whatever the entry says."""
    listed = resource("aws_ec2_managed_prefix_list.l", address_family="IPv4", max_entries=5)
    entry = resource("aws_ec2_managed_prefix_list_entry.e", prefix_list_id=UNKNOWN, cidr="10.0.0.0/16")
    by_list = group("listed", [allow("tcp", 443, prefix_list_ids=[ref(listed.address)])])
    assert "tcp/443" == pair(listed, entry, by_list, b="listed").possibly(A, B)


def test_aws_18_an_association_that_perhaps_is_takes_the_place_of_another_one() -> None:
    """'Changes which network ACL a subnet is associated with': the API's ReplaceNetworkAclAssociation."""
    other = resource("aws_network_acl.other", vpc_id=ref("aws_vpc.main"))
    link = resource(
        "aws_network_acl_association.l[?]",
        network_acl_id=ref(other.address),
        subnet_id=ref("aws_subnet.b"),
        exists=False,
    )
    assert ANYTHING == pair(tight_acl("b"), other, link).possibly(A, B)


def test_aws_19_a_route_in_the_main_table_is_in_the_one_of_before_or_of_now() -> None:
    """`main_route_table_id` is that of the first apply, or the one that took its place."""
    back = resource(
        "aws_route.back",
        route_table_id=ref("aws_vpc.two", "main_route_table_id"),
        destination_cidr_block="10.1.0.0/16",
        vpc_peering_connection_id=ref("aws_vpc_peering_connection.p"),
    )
    made = resource(
        "aws_main_route_table_association.b", vpc_id=ref("aws_vpc.two"), route_table_id=ref("aws_route_table.b")
    )
    found = Answers(*PEERED, *connection(), *table("b", home="two"), made, back).bounds(A, B)
    assert ("udp sctp", ANYTHING) == (str(found.certain), str(found.possible))


# https://docs.aws.amazon.com/vpc/latest/tgw/tgw-prefix-lists.html


def by_list(*, blackhole: bool, propagated: str) -> Answers:
    """The two VPCs at a transit gateway whose table has a reference to a list of the second one's block."""
    hub = ref("aws_ec2_transit_gateway.hub")
    to = {"blackhole": True} if blackhole else {"transit_gateway_attachment_id": ref(f"{ATTACHED}.two")}
    listed = resource("aws_ec2_managed_prefix_list.l", entry=[{"cidr": "10.2.0.0/16"}])
    reference = resource(
        "aws_ec2_transit_gateway_prefix_list_reference.r",
        prefix_list_id=ref(listed.address),
        transit_gateway_route_table_id=ref("aws_ec2_transit_gateway.hub", "association_default_route_table_id"),
        **to,
    )
    back = resource(
        "aws_ec2_transit_gateway_route.back",
        transit_gateway_route_table_id=ref("aws_ec2_transit_gateway.hub", "association_default_route_table_id"),
        destination_cidr_block="10.1.0.0/16",
        transit_gateway_attachment_id=ref(f"{ATTACHED}.one"),
    )
    links = [
        resource(f"{ATTACHED}.{key}", transit_gateway_id=hub, vpc_id=ref(f"aws_vpc.{key}"), subnet_ids=[ref(place)])
        for key, place in (("one", "aws_subnet.a"), ("two", "aws_subnet.b"))
    ]
    ways = [
        *table("a", {"cidr_block": "10.2.0.0/16", "transit_gateway_id": hub}, subnets=["a"], home="one"),
        *table("b", {"cidr_block": "10.1.0.0/16", "transit_gateway_id": hub}, subnets=["b"], home="two"),
    ]
    gateway_ = resource("aws_ec2_transit_gateway.hub", default_route_table_propagation=propagated)
    return Answers(*PEERED, gateway_, *links, *ways, listed, reference, back)


ATTACHED = "aws_ec2_transit_gateway_vpc_attachment"


def test_aws_33_a_reference_to_a_prefix_list_is_a_static_route_to_each_entry() -> None:
    """'You can reference a prefix list in your transit gateway route table': to an attachment, or to nowhere."""
    assert ANYTHING == by_list(blackhole=False, propagated="disable").exactly(A, B)
    assert "nothing" == by_list(blackhole=True, propagated="enable").exactly(A, B)


# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-ip-address-type

SIX = [
    vpc(ipv6_cidr_block="2600:1f18:1234:5600::/56"),
    subnet("a", "10.0.1.0/24", ipv6_cidr_block="2600:1f18:1234:5601::/64", assign_ipv6_address_on_creation=True),
    OPEN,
]


def test_aws_40_a_gateway_endpoint_of_both_families_takes_ipv6_as_well() -> None:
    """Its type of addresses says for which families it adds routes."""
    endpoint: dict[str, Any] = {"vpc_id": ref("aws_vpc.main"), "route_table_ids": [ref("aws_route_table.t")]}
    ways = table("t", subnets=["a"])
    found = {
        family: Answers(
            *SIX,
            resource("aws_vpc_endpoint.s3", ip_address_type=family, **endpoint),
            *ways,
            instance("a", "a", "open"),
        )
        for family in ("ipv4", "dualstack")
    }
    assert "nothing" == found["ipv4"].exactly(A, "internet6")
    assert "tcp" == found["dualstack"].possibly(A, "internet6")


def balanced(**more: Any) -> Answers:
    """A load balancer with both families in a public subnet."""
    way = {"ipv6_cidr_block": "::/0", "gateway_id": ref("aws_internet_gateway.main")}
    balancer = resource(
        "aws_lb.l", subnets=[ref("aws_subnet.a")], security_groups=[ref("aws_security_group.open")], **more
    )
    listener = resource("aws_lb_listener.l", load_balancer_arn=ref("aws_lb.l", "arn"), port=443, protocol="HTTPS")
    return Answers(*SIX, gateway(), *table("t", to_internet(), way, subnets=["a"]), balancer, listener)


def test_aws_42_an_internal_load_balancer_is_not_certainly_reached_over_ipv6_from_the_internet() -> None:
    """DenyAllIgwTraffic: 'If the value is true, inbound traffic from the internet is dropped'."""
    assert "tcp/443" == balanced(internal=True, ip_address_type="dualstack").possibly("internet6", "aws_lb.l")
    assert "tcp/443" == balanced(ip_address_type="dualstack").exactly("internet6", "aws_lb.l")


def test_aws_42_a_load_balancer_without_public_ipv4_is_reached_over_ipv6_only() -> None:
    """The type of addresses `dualstack-without-public-ipv4`."""
    found = balanced(ip_address_type="dualstack-without-public-ipv4")
    assert ("nothing", "tcp/443") == (found.exactly("internet", "aws_lb.l"), found.exactly("internet6", "aws_lb.l"))


def test_aws_18_an_acl_that_perhaps_is_leaves_its_subnets_perhaps_to_the_default_one() -> None:
    """With an unknown count AWS's own may be theirs, which allows everything."""
    acl = resource("aws_network_acl.n[?]", subnet_ids=[ref("aws_subnet.b")], exists=False)
    assert ANYTHING == pair(acl).possibly(A, B)


def test_what_nobody_knows_the_place_of_costs_no_more_ways_than_places() -> None:
    """Ways that are not known lead from each VPC to each other one at once, never through several."""
    adrift = [resource(f"aws_subnet.s{n}", vpc_id=UNKNOWN, cidr_block=UNKNOWN) for n in range(12)]
    machines = [resource(f"aws_instance.m{n}", subnet_id=ref(f"aws_subnet.s{n}")) for n in range(12)]
    found = Answers(vpc(), *adrift, *machines)
    assert ANYTHING == found.possibly("aws_instance.m0", "aws_instance.m11")
    through = {hop.tail for hop in found.network.hops if hop.tail.endswith(":brought")}
    assert not any(hop.tail in through and hop.head.startswith("vpc:") for hop in found.network.hops)


def test_aws_43_a_load_balancer_of_unknown_type_without_groups_perhaps_has_none() -> None:
    """One of the type `network` then has no group that could filter."""
    place: dict[str, Any] = {"subnets": [ref("aws_subnet.b")], "internal": True}
    balancer = resource("aws_lb.l", load_balancer_type=UNKNOWN, **place)
    listener = resource("aws_lb_listener.l", load_balancer_arn=ref("aws_lb.l", "arn"), port=443, protocol="TCP")
    found = Answers(*BASE, balancer, listener, instance("a", "a", "open"))
    assert "tcp/443" == found.possibly(A, "aws_lb.l")


def test_aws_39_a_service_of_an_unknown_load_balancer_may_lead_to_each() -> None:
    """A client that dials the endpoint comes to the targets of any network load balancer, perhaps."""
    group_, target = "aws_lb_target_group.t", [ref("aws_subnet.b")]
    resources = [
        resource("aws_lb.l", load_balancer_type="network", internal=True, subnets=target),
        resource(
            "aws_lb_listener.l",
            load_balancer_arn=ref("aws_lb.l", "arn"),
            port=443,
            protocol="TCP",
            default_action=[{"type": "forward", "target_group_arn": ref(group_, "arn")}],
        ),
        resource(group_, port=8443, protocol="TCP", target_type="instance"),
        resource("aws_lb_target_group_attachment.t", target_group_arn=ref(group_, "arn"), target_id=ref(B)),
        resource("aws_vpc_endpoint_service.s", network_load_balancer_arns=[UNKNOWN], acceptance_required=False),
        resource(
            "aws_vpc_endpoint.e",
            vpc_id=ref("aws_vpc.far"),
            service_name=ref("aws_vpc_endpoint_service.s", "service_name"),
            vpc_endpoint_type="Interface",
            subnet_ids=[ref("aws_subnet.far")],
            security_group_ids=[ref("aws_security_group.far")],
        ),
        vpc("far", "10.9.0.0/16"),
        subnet("far", "10.9.1.0/24", "far"),
        group("far", OPEN.attributes["ingress"], home="far"),
        instance("a", "far", "far"),
    ]
    assert "tcp/8443" == Answers(*BASE, *resources, instance("b", "b", "open")).possibly(A, B)
