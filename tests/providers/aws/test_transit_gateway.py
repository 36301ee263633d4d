"""Claims about transit gateways (netaudit/providers/aws/transit_gateway.py)."""

from dataclasses import replace
from typing import Any

import pytest

from netaudit.flows import NO_TRAFFIC
from netaudit.model import Ref, Resource

from .building import (
    ANYTHING,
    NONE,
    UNKNOWN,
    Answers,
    allow,
    gateway,
    group,
    instance,
    ref,
    resource,
    subnet,
    table,
    vpc,
)

HUB = "aws_ec2_transit_gateway.hub"
ONE, TWO, THREE = "aws_instance.one", "aws_instance.two", "aws_instance.three"
EVERYTHING = allow(cidr_blocks=["0.0.0.0/0"])


def over(block: Any = "10.0.0.0/8", hub: Any = None) -> dict[str, Any]:
    """A route over the transit gateway."""
    return {"cidr_block": block, "transit_gateway_id": ref(HUB) if hub is None else hub}


def spoke(name: str, number: int, *routes: dict[str, Any], zone: str = "z-a", **attached: Any) -> list[Resource]:
    """A VPC 10.N.0.0/16 with an open instance in one subnet, by which it is attached."""
    settings: dict[str, Any] = {"subnet_ids": [ref(f"aws_subnet.{name}")], "transit_gateway_id": ref(HUB)} | attached
    return [
        vpc(name, f"10.{number}.0.0/16"),
        subnet(name, f"10.{number}.1.0/24", home=name, availability_zone=zone),
        *table(name, *(routes or (over(),)), subnets=[name], home=name),
        group(name, [EVERYTHING], home=name),
        instance(name, name, name),
        resource(f"aws_ec2_transit_gateway_vpc_attachment.{name}", vpc_id=ref(f"aws_vpc.{name}"), **settings),
    ]


def hub(**more: Any) -> Resource:
    """The transit gateway."""
    return resource(HUB, **more)


def attachment(name: str) -> Any:
    """A reference to a spoke's attachment."""
    return ref(f"aws_ec2_transit_gateway_vpc_attachment.{name}")


def link(what: str, spoke_name: str, table_name: str) -> Resource:
    """An association or a propagation."""
    return resource(
        f"aws_ec2_transit_gateway_route_table_{what}.{spoke_name}_{table_name}",
        transit_gateway_attachment_id=attachment(spoke_name),
        transit_gateway_route_table_id=ref(f"aws_ec2_transit_gateway_route_table.{table_name}"),
    )


def own_table(name: str) -> Resource:
    """A table of the gateway."""
    return resource(f"aws_ec2_transit_gateway_route_table.{name}", transit_gateway_id=ref(HUB))


def test_aws_33_defaults_join_everything() -> None:
    """By default every attachment uses and fills one table: all attached VPCs reach one another."""
    answers = Answers(hub(), *spoke("one", 1), *spoke("two", 2), *spoke("three", 3))
    assert [answers.exactly(a, b) for a, b in ((ONE, TWO), (TWO, ONE), (ONE, THREE))] == [ANYTHING] * 3


def test_aws_33_without_association_nothing_is_looked_up() -> None:
    """With the default association disabled and none written, nothing goes through."""
    disabled = hub(default_route_table_association="disable")
    assert Answers(disabled, *spoke("one", 1), *spoke("two", 2)).exactly(ONE, TWO) == "nothing"


def test_aws_33_without_propagation_there_is_no_route() -> None:
    """With the default propagation disabled on the attachment, nobody has a route to it."""
    quiet = spoke("two", 2, transit_gateway_default_route_table_propagation=False)
    assert Answers(hub(), *spoke("one", 1), *quiet).exactly(ONE, TWO) == "nothing"


def test_aws_33_associated_table_decides() -> None:
    """An attachment is looked up in its own table: two spokes see the shared one, not each other."""
    off = {"default_route_table_association": "disable", "default_route_table_propagation": "disable"}
    tables = [own_table("spokes"), own_table("shared")]
    links = [link("association", "one", "spokes"), link("association", "two", "spokes")]
    links += [link("association", "three", "shared"), link("propagation", "three", "spokes")]
    links += [link("propagation", "one", "shared"), link("propagation", "two", "shared")]
    answers = Answers(hub(**off), *tables, *links, *spoke("one", 1), *spoke("two", 2), *spoke("three", 3))
    assert [answers.exactly(ONE, THREE), answers.exactly(THREE, TWO)] == [ANYTHING] * 2
    assert answers.exactly(ONE, TWO) == "nothing"


def static(block: Any, **more: Any) -> Resource:
    """A static route in the gateway's default table."""
    return resource(
        "aws_ec2_transit_gateway_route.x",
        transit_gateway_route_table_id=ref(HUB, "association_default_route_table_id"),
        destination_cidr_block=block,
        **more,
    )


def test_aws_33_static_blackhole_beats_propagation() -> None:
    """A static blackhole for the same prefix drops what propagation would deliver."""
    drop = static("10.2.0.0/16", blackhole=True)
    assert Answers(hub(), drop, *spoke("one", 1), *spoke("two", 2)).exactly(ONE, TWO) == "nothing"


def test_aws_33_static_route_adds_a_destination() -> None:
    """A static route leads to its attachment."""
    quiet = spoke("two", 2, transit_gateway_default_route_table_propagation=False)
    to_two = static("10.2.0.0/16", transit_gateway_attachment_id=attachment("two"))
    assert Answers(hub(), to_two, *spoke("one", 1), *quiet).exactly(ONE, TWO) == ANYTHING


def test_aws_34_attachment_needs_a_subnet_in_the_zone() -> None:
    """A subnet in another zone than the attachment's subnets cannot use it."""
    far = subnet("far", "10.1.2.0/24", home="one", availability_zone="z-b")
    routes = table("far", over(), subnets=["far"], home="one")
    answers = Answers(hub(), *spoke("one", 1), *spoke("two", 2), far, *routes, instance("far", "far", "one"))
    assert answers.exactly("aws_instance.far", TWO) == "nothing"
    unknown = subnet("far", "10.1.2.0/24", home="one", availability_zone=UNKNOWN)
    answers = Answers(hub(), *spoke("one", 1), *spoke("two", 2), unknown, *routes, instance("far", "far", "one"))
    assert answers.possibly("aws_instance.far", TWO) == ANYTHING


def test_aws_34_zones_may_be_told_by_their_places_in_a_list() -> None:
    """Of one list: the same place is the same zone, another place another one; of another list it is unknown."""
    first = Ref("data.aws_availability_zones.a", ("names", 0), apart=True)
    zones = {
        "same": first,
        "other": replace(first, path=("names", 1)),
        "elsewhere": replace(first, address="data.aws_availability_zones.b"),
    }
    found = {}
    for name, zone in zones.items():
        far = subnet("far", "10.1.2.0/24", home="one", availability_zone=zone)
        near = subnet("one", "10.1.1.0/24", home="one", availability_zone=first)
        spokes = [near if each.address == near.address else each for each in (*spoke("one", 1), *spoke("two", 2))]
        machine = [*table("far", over(), subnets=["far"], home="one"), instance("far", "far", "one")]
        bounds = Answers(hub(), *spokes, far, *machine).bounds("aws_instance.far", TWO)
        found[name] = (str(bounds.certain), str(bounds.possible))
    nothing = str(NO_TRAFFIC)
    assert found == {"same": (ANYTHING,) * 2, "other": (nothing,) * 2, "elsewhere": (nothing, ANYTHING)}


def test_aws_35_acl_of_the_attachments_subnet_applies() -> None:
    """A packet enters by the attachment's subnet, whose ACL it must pass."""
    entry = subnet("entry", "10.2.9.0/24", home="two", availability_zone="z-a")
    routes = table("entry", over(), subnets=["entry"], home="two")
    closed = resource("aws_network_acl.x", vpc_id=ref("aws_vpc.two"), subnet_ids=[ref("aws_subnet.entry")])
    second = spoke("two", 2, subnet_ids=[ref("aws_subnet.entry")])
    estate = [hub(), *spoke("one", 1), *second, entry, *routes]
    assert Answers(*estate).exactly(ONE, TWO) == ANYTHING
    assert Answers(*estate, closed).exactly(ONE, TWO) == "nothing"


def test_aws_36_without_a_route_back_it_is_one_way() -> None:
    """A VPC without a route to the gateway can still receive; TCP gets no reply."""
    answers = Answers(hub(), *spoke("one", 1), *spoke("two", 2, over("192.168.0.0/16")))
    assert (answers.exactly(ONE, TWO), str(answers.bounds(ONE, TWO).one_way)) == ("udp sctp", "tcp")


def test_aws_08_references_do_not_hold_by_default() -> None:
    """A reference to a group of another VPC matches nothing over a gateway without support for it."""
    rule = allow("tcp", 443, security_groups=[ref("aws_security_group.one")])
    second = [group("two", [rule], home="two") if r.address == "aws_security_group.two" else r for r in spoke("two", 2)]
    assert Answers(hub(), *spoke("one", 1), *second).exactly(ONE, TWO) == "nothing"
    supported = hub(security_group_referencing_support="enable")
    assert Answers(supported, *spoke("one", 1), *second).possibly(ONE, TWO) == "tcp/443"


def test_aws_08_an_attachment_may_refuse_references() -> None:
    """Both attachments must take them, too: they do unless it is switched off."""
    rule = allow("tcp", 443, security_groups=[ref("aws_security_group.one")])
    second = [group("two", [rule], home="two") if r.address == "aws_security_group.two" else r for r in spoke("two", 2)]
    refusing = [
        replace(r, attributes={**r.attributes, "security_group_referencing_support": "disable"})
        if r.kind == "aws_ec2_transit_gateway_vpc_attachment"
        else r
        for r in spoke("one", 1)
    ]
    supported = hub(security_group_referencing_support="enable")
    assert Answers(supported, *refusing, *second).exactly(ONE, TWO) == "nothing"


def test_aws_08_references_in_outbound_rules_do_not_hold_over_a_gateway() -> None:
    """Support or not: only inbound rules may refer to groups on the other side."""
    rule = allow("tcp", 443, security_groups=[ref("aws_security_group.two")])
    first = [
        group("one", egress=[rule], home="one") if r.address == "aws_security_group.one" else r for r in spoke("one", 1)
    ]
    supported = hub(security_group_referencing_support="enable")
    assert Answers(supported, *first, *spoke("two", 2)).exactly(ONE, TWO) == "nothing"


def test_aws_08_a_second_gateway_between_the_same_vpcs_takes_no_reference_away() -> None:
    """One that supports references, beside one that does not."""
    rule = allow("tcp", 443, security_groups=[ref("aws_security_group.one")])
    second = [group("two", [rule], home="two") if r.address == "aws_security_group.two" else r for r in spoke("two", 2)]
    plain = "aws_ec2_transit_gateway.plain"
    beside = [
        resource(
            f"aws_ec2_transit_gateway_vpc_attachment.{name}_plain",
            vpc_id=ref(f"aws_vpc.{name}"),
            subnet_ids=[ref(f"aws_subnet.{name}")],
            transit_gateway_id=ref(plain),
        )
        for name in ("one", "two")
    ]
    supported = hub(security_group_referencing_support="enable")
    answers = Answers(supported, resource(plain), *beside, *spoke("one", 1), *second)
    assert "tcp/443" == answers.possibly(ONE, TWO)


def test_central_egress_through_a_nat_gateway() -> None:
    """A spoke reaches the internet through another VPC's NAT gateway, and is not reached from there."""
    way_out = {"cidr_block": "0.0.0.0/0", "nat_gateway_id": ref("aws_nat_gateway.n")}
    egress = spoke("two", 2, over(), way_out)
    public = [
        subnet("public", "10.2.8.0/24", home="two"),
        gateway("two"),
        *table(
            "public",
            over(),
            {"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.two")},
            subnets=["public"],
            home="two",
        ),
        resource("aws_nat_gateway.n", subnet_id=ref("aws_subnet.public")),
    ]
    everything = static("0.0.0.0/0", transit_gateway_attachment_id=attachment("two"))
    zoned = [
        resource(r.address, **{**r.attributes, "availability_zone": "z-a"}) if r.address == "aws_subnet.public" else r
        for r in public
    ]
    answers = Answers(hub(), everything, *spoke("one", 1, over("0.0.0.0/0")), *egress, *zoned)
    assert (answers.exactly(ONE, "internet"), answers.exactly("internet", ONE)) == ("tcp udp", "nothing")


def test_gateway_outside_the_sources_is_possible() -> None:
    """A gateway by literal id may join any two VPCs, and private addresses outside."""
    literal = {"transit_gateway_id": "tgw-1"}
    answers = Answers(*spoke("one", 1, over(hub="tgw-1"), **literal), *spoke("two", 2, over(hub="tgw-1"), **literal))
    assert answers.possibly(ONE, TWO) == ANYTHING
    assert answers.possibly("10.0.0.0/16", ONE) == ANYTHING
    assert answers.exactly("internet", ONE) == "nothing"


def test_foreign_attachments_open_the_attached_vpcs() -> None:
    """A VPN on the gateway: private addresses outside may come in, and be reached."""
    vpn = resource("aws_vpn_connection.x", transit_gateway_id=ref(HUB))
    answers = Answers(hub(), vpn, *spoke("one", 1, over("0.0.0.0/0")), *spoke("two", 2))
    assert [answers.possibly("private", ONE), answers.possibly(ONE, "private")] == [ANYTHING] * 2
    assert str(answers.bounds(ONE, TWO).possible) == ANYTHING


@pytest.mark.parametrize(("only", "between", "inward"), [(True, ANYTHING, "udp sctp"), (False, "nothing", ANYTHING)])
def test_aws_38_a_static_connection_announces_nothing_to_a_gateway(only: bool, between: str, inward: str) -> None:
    """Between the VPCs of the gateway all stays certain; what no route answers may come in all the same."""
    vpn = resource("aws_vpn_connection.x", transit_gateway_id=ref(HUB), static_routes_only=only)
    way = static("192.168.0.0/16", transit_gateway_attachment_id=ref(vpn.address, "transit_gateway_attachment_id"))
    answers = Answers(hub(), vpn, way, *spoke("one", 1, over("0.0.0.0/0")), *spoke("two", 2))
    assert str(answers.bounds(ONE, TWO).certain) == between
    assert answers.possibly("private", ONE) == inward


def test_unknown_association_may_be_any_table() -> None:
    """An association whose table is unknown: what any table lets through is possible."""
    odd = resource(
        "aws_ec2_transit_gateway_route_table_association.x",
        transit_gateway_attachment_id=attachment("one"),
        transit_gateway_route_table_id=UNKNOWN,
    )
    assert Answers(hub(), odd, *spoke("one", 1), *spoke("two", 2)).possibly(ONE, TWO) == ANYTHING


def test_aws_31_a_hairpin_through_a_vpc_is_only_possible() -> None:
    """What a gateway brings into a VPC and the VPC's table sends back to it may arrive: no page says that it does."""
    off = {"default_route_table_association": "disable", "default_route_table_propagation": "disable"}
    tables = [own_table("spokes"), own_table("middle")]
    links = [link("association", "one", "spokes"), link("association", "three", "spokes")]
    links += [link("association", "two", "middle"), link("propagation", "one", "middle")]
    links += [link("propagation", "three", "middle"), link("propagation", "two", "spokes")]
    everything = resource(
        "aws_ec2_transit_gateway_route.x",
        transit_gateway_route_table_id=ref("aws_ec2_transit_gateway_route_table.spokes"),
        destination_cidr_block="0.0.0.0/0",
        transit_gateway_attachment_id=attachment("two"),
    )
    estate = [hub(**off), *tables, *links, everything, *spoke("one", 1), *spoke("two", 2), *spoke("three", 3)]
    answers = Answers(*estate)
    assert answers.possibly(ONE, THREE) == ANYTHING
    assert [answers.exactly(ONE, TWO), answers.exactly(TWO, THREE)] == [ANYTHING] * 2


def test_aws_31_from_a_gateway_into_a_peering_is_only_possible() -> None:
    """What a gateway brings into a VPC may go on over a peering of that VPC, or be dropped there."""
    peered: dict[str, Any] = {"vpc_id": ref("aws_vpc.two"), "peer_vpc_id": ref("aws_vpc.three"), "auto_accept": True}
    connection = resource("aws_vpc_peering_connection.p", **peered)
    further = {"cidr_block": "10.3.0.0/16", "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p")}
    back = {"cidr_block": "10.0.0.0/8", "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p")}
    third = [r for r in spoke("three", 3, back) if "attachment" not in r.address]
    to_two = static("10.3.0.0/16", transit_gateway_attachment_id=attachment("two"))
    answers = Answers(hub(), to_two, connection, *spoke("one", 1), *spoke("two", 2, over(), further), *third)
    assert answers.bounds(ONE, THREE).certain == NONE
    assert str(answers.bounds(ONE, THREE).possible) == "udp sctp"
    assert answers.exactly(TWO, THREE) == ANYTHING


def test_aws_27_replies_of_a_nat_gateway_over_a_peering_are_only_possible() -> None:
    """A client that came by a transit gateway, and whose reply a peering would have to carry, may get none."""
    egress = {"cidr_block": "0.0.0.0/0", "nat_gateway_id": ref("aws_nat_gateway.n")}
    peered: dict[str, Any] = {"vpc_id": ref("aws_vpc.two"), "peer_vpc_id": ref("aws_vpc.one"), "auto_accept": True}
    connection = resource("aws_vpc_peering_connection.p", **peered)
    back = {"cidr_block": "10.1.0.0/16", "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p")}
    to_world = {"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.two")}
    public = [
        subnet("public", "10.2.8.0/24", home="two", availability_zone="z-a"),
        gateway("two"),
        *table("public", back, to_world, subnets=["public"], home="two"),
        resource("aws_nat_gateway.n", subnet_id=ref("aws_subnet.public")),
        connection,
    ]
    everything = static("0.0.0.0/0", transit_gateway_attachment_id=attachment("two"))
    answers = Answers(hub(), everything, *spoke("one", 1, over("0.0.0.0/0")), *spoke("two", 2, over(), egress), *public)
    bounds = answers.bounds(ONE, "internet")
    assert (str(bounds.certain), str(bounds.possible)) == ("udp", "tcp udp")


ACCEPTER = "aws_ec2_transit_gateway_vpc_attachment_accepter.a"


def accepting(**flags: bool) -> Resource:
    """What accepts the attachment of spoke two for another account."""
    return resource(ACCEPTER, **{"transit_gateway_attachment_id": attachment("two"), **flags})


def test_aws_33_an_accepter_decides_about_the_defaults_as_well() -> None:
    """An attachment of another account uses no default table when what accepts it says so."""
    closed = accepting(transit_gateway_default_route_table_association=False)
    assert Answers(hub(), closed, *spoke("one", 1), *spoke("two", 2)).exactly(TWO, ONE) == "nothing"
    assert Answers(hub(), accepting(), *spoke("one", 1), *spoke("two", 2)).exactly(TWO, ONE) == ANYTHING


def test_aws_33_an_association_may_name_the_accepter() -> None:
    """The accepter stands for the attachment that it accepts: its table is the one associated, here an empty one."""
    odd = resource(
        "aws_ec2_transit_gateway_route_table_association.x",
        transit_gateway_attachment_id=ref(ACCEPTER),
        transit_gateway_route_table_id=ref("aws_ec2_transit_gateway_route_table.empty"),
    )
    estate = [hub(), accepting(), odd, own_table("empty"), *spoke("one", 1), *spoke("two", 2)]
    assert Answers(*estate).exactly(TWO, ONE) == "nothing"


def test_aws_33_another_default_table_makes_the_default_uncertain() -> None:
    """Where the sources change the default table, older attachments keep theirs: any table is possible."""
    other = resource(
        "aws_ec2_transit_gateway_default_route_table_association.d",
        transit_gateway_id=ref(HUB),
        transit_gateway_route_table_id=ref("aws_ec2_transit_gateway_route_table.empty"),
    )
    estate = [hub(), other, own_table("empty"), *spoke("one", 1), *spoke("two", 2)]
    assert Answers(*estate).possibly(ONE, TWO) == ANYTHING


def test_aws_35_entering_by_the_own_subnet_or_by_another_is_certain_where_both_are() -> None:
    """The ACL of the destination's subnet lets nothing out, which what enters by that very subnet never meets."""
    everything = {"rule_no": 1, "action": "allow", "protocol": "-1", "from_port": 0, "to_port": 0}
    receiving = resource(
        "aws_network_acl.n",
        vpc_id=ref("aws_vpc.two"),
        subnet_ids=[ref("aws_subnet.two")],
        ingress=[everything | {"cidr_block": "0.0.0.0/0"}],
        egress=[],
    )
    both: dict[str, Any] = {"subnet_ids": [ref("aws_subnet.two"), ref("aws_subnet.other")]}
    other = subnet("other", "10.2.2.0/24", home="two", availability_zone="z-b")
    answers = Answers(hub(), *spoke("one", 1), *spoke("two", 2, **both), other, receiving)
    assert "udp sctp" == str(answers.bounds(ONE, TWO).certain)


@pytest.mark.parametrize(("mode", "told"), [(None, True), ("disable", True), ("enable", False)])
def test_aws_37_a_stateful_appliance_wants_appliance_mode(mode: str | None, told: bool) -> None:
    """With attachments in two zones, replies may come to another appliance than their requests did."""
    inspection: dict[str, Any] = {
        "subnet_ids": [ref("aws_subnet.two"), ref("aws_subnet.other")],
        "appliance_mode_support": mode,
    }
    other = subnet("other", "10.2.2.0/24", home="two", availability_zone="z-b")
    firewall = {"cidr_block": "0.0.0.0/0", "vpc_endpoint_id": "vpce-1"}
    answers = Answers(hub(), *spoke("one", 1), *spoke("two", 2, firewall, **inspection), other)
    assert told == ("TRANSIT_GATEWAY_APPLIANCE_MODE_RECOMMENDED" in answers.codes())


def test_aws_37_a_peering_of_gateways_is_beyond_the_model() -> None:
    """Static routes to it carry what they carry possibly; groups are not referred to over it."""
    peering = resource(
        "aws_ec2_transit_gateway_peering_attachment.p", transit_gateway_id=ref(HUB), peer_transit_gateway_id="tgw-far"
    )
    answers = Answers(hub(), *spoke("one", 1, over("0.0.0.0/0")), peering)
    assert "AWS_NOT_MODELLED" in answers.codes()
    assert "tcp udp sctp" == answers.possibly(ONE, "private")
