"""Claims about what a VPC can lose at once (netaudit/providers/aws/losses.py), by rules of the kind `survives`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netaudit.checks.invariants import Verdict
from netaudit.model import Join, Ref, Resource, Settings
from netaudit.providers.aws import build, joined
from tests.checks.building import result

from .building import (
    MANY,
    OPEN,
    UNKNOWN,
    gateway,
    group,
    instance,
    network,
    reading,
    ref,
    resource,
    subnet,
    table,
    to_internet,
    vpc,
)
from .test_joining import ELSEWHERE, SAME, accepter, requester, sources
from .test_network_firewall import ESTATE, FIREWALL, firewall, policy
from .test_transit_gateway import hub, over, spoke

BOTH = [subnet("a", "10.0.1.0/24", availability_zone="z1"), subnet("b", "10.0.2.0/24", availability_zone="z2")]
PAIR = [instance("a", "a", "open"), instance("b", "b", "open")]


def survives(*resources: Resource, source: str = "aws_instance.a | aws_instance.b", **more: Any) -> tuple[Verdict, str]:
    """The verdict on some machine's way to some machine or the internet, and what was lost or unknown."""
    rule = {"kind": "survives", "from": source, "to": "internet", "traffic": "tcp/443"} | more
    found = result(network(*resources), rule)
    lost = [witness.source.partition(":")[0] for witness in found.witnesses]
    return found.verdict, ", ".join(lost or [unknown.reason for unknown in found.depends_on])


def nat(where: str) -> list[Resource]:
    """A NAT gateway with an address in a subnet."""
    return [
        resource(f"aws_eip.{where}", domain="vpc"),
        resource(
            f"aws_nat_gateway.{where}",
            subnet_id=ref(f"aws_subnet.{where}"),
            allocation_id=ref(f"aws_eip.{where}", "id"),
        ),
    ]


def by_nat(where: str) -> dict[str, Any]:
    """A default route to a NAT gateway."""
    return {"cidr_block": "0.0.0.0/0", "nat_gateway_id": ref(f"aws_nat_gateway.{where}")}


FRONT = [
    vpc(),
    OPEN,
    gateway(),
    subnet("p1", "10.0.11.0/24", availability_zone="z1"),
    subnet("p2", "10.0.12.0/24", availability_zone="z2"),
    *table("front", to_internet(), subnets=["p1", "p2"]),
]
ONE_NAT = [*FRONT, *BOTH, *PAIR, *nat("p1"), *table("one", by_nat("p1"), subnets=["a", "b"])]
TWO_NATS = [
    *FRONT,
    *BOTH,
    *PAIR,
    *nat("p1"),
    *nat("p2"),
    *table("first", by_nat("p1"), subnets=["a"]),
    *table("second", by_nat("p2"), subnets=["b"]),
]


def test_aws_59_a_gateway_is_lost_with_the_zone_of_its_subnet() -> None:
    """Machines of both zones leave by it; with one gateway a zone either may go, with both gone nothing is left."""
    assert (Verdict.VIOLATED, "without zone z1") == survives(*ONE_NAT, losing=["zone"])
    assert (Verdict.VIOLATED, "without subnet aws_subnet.p1") == survives(*ONE_NAT, losing=["subnet"])
    assert (Verdict.PROVED, "") == survives(*TWO_NATS, losing=["zone"])
    assert (Verdict.VIOLATED, "without zone z1, zone z2") == survives(*TWO_NATS, losing=["zone"], count=2)


def test_aws_59_a_machine_is_lost_with_its_zone() -> None:
    """The other one is not what the rule is about."""
    found = survives(*TWO_NATS, source="aws_instance.a", losing=["zone"])
    assert (Verdict.VIOLATED, "without zone z1") == found


def test_aws_59_a_subnet_in_an_unknown_zone_may_be_lost_with_any() -> None:
    """Nothing is proved of it, and the subnet's zone is named."""
    shaky = [each for each in TWO_NATS if each.address != "aws_subnet.p2"]
    shaky.append(subnet("p2", "10.0.12.0/24", availability_zone=UNKNOWN))
    verdict, named = survives(*shaky, losing=["zone"])
    assert (Verdict.UNKNOWN, True) == (verdict, "the zone of aws_subnet.p2" in named)


def in_zones(first: dict[str, Any], second: dict[str, Any], **settings: Any) -> list[Resource]:
    """Two gateways, machines beside them, and what is written of the zones of each half, and around them."""
    halves = {
        **dict.fromkeys(("aws_subnet.p1", "aws_subnet.a"), (first, settings.get("one", {}))),
        **dict.fromkeys(("aws_subnet.p2", "aws_subnet.b"), (second, settings.get("two", {}))),
    }
    return [
        replace(
            each,
            attributes={k: v for k, v in each.attributes.items() if k != "availability_zone"} | halves[each.address][0],
            settings=halves[each.address][1],
        )
        if each.address in halves
        else each
        for each in TWO_NATS
    ]


def test_aws_59_a_zone_by_name_may_be_one_by_id() -> None:
    """`us-east-1a` is another zone in each account, and `use1-az1` may be it; two IDs are two zones."""
    mixed = in_zones({"availability_zone": "us-east-1a"}, {"availability_zone_id": "use1-az1"})
    verdict, named = survives(*mixed, losing=["zone"])
    assert (Verdict.UNKNOWN, True) == (verdict, "whether zone us-east-1a is zone use1-az1" in named)
    by_id = in_zones({"availability_zone_id": "use1-az2"}, {"availability_zone_id": "use1-az1"})
    assert (Verdict.PROVED, "") == survives(*by_id, losing=["zone"])


def test_aws_59_zones_of_two_accounts_may_be_one_under_two_names() -> None:
    """Each account has its own names; in two Regions they are apart all the same."""
    names = ({"availability_zone": "us-east-1a"}, {"availability_zone": "us-east-1b"})
    two = in_zones(*names, one={"account_id": "1" * 12}, two={"account_id": "2" * 12})
    assert survives(*two, losing=["zone"])[0] is Verdict.UNKNOWN
    one = in_zones(*names, one={"account_id": "1" * 12}, two={"account_id": "1" * 12})
    assert (Verdict.PROVED, "") == survives(*one, losing=["zone"])
    far = in_zones(
        *names,
        one={"account_id": "1" * 12, "region": "us-east-1"},
        two={"account_id": "2" * 12, "region": "us-west-2"},
    )
    assert (Verdict.PROVED, "") == survives(*far, losing=["zone"])


def test_aws_59_zones_of_two_sources_without_a_known_account_may_be_one() -> None:
    """Two roots that are read together, each with a machine in its own zone: which account each is for is not said."""
    roots = [
        reading(
            vpc(),
            OPEN,
            gateway(),
            subnet("s", "10.0.1.0/24", availability_zone=zone, map_public_ip_on_launch=True),
            instance("s", "s", "open"),
            *table("front", to_internet(), subnets=["s"]),
            name=name,
            named=True,
        )
        for name, zone in (("one", "z1"), ("two", "z2"))
    ]
    rule = {"kind": "survives", "from": "internet", "to": "kind/aws_instance", "traffic": "tcp/443"}
    assert result(build(roots, Settings()), rule | {"losing": ["zone"]}).verdict is Verdict.UNKNOWN


def listed(place: str | int, of: str = "names") -> dict[str, Any]:
    """A zone by its place in what a data source lists."""
    name = "availability_zone" if of == "names" else "availability_zone_id"
    return {name: Ref("data.aws_availability_zones.all", (of, place), apart=isinstance(place, int))}


def test_aws_59_zones_by_their_places_in_a_list_are_apart() -> None:
    """Two places are two zones, one place is one; which zones they are does not matter."""
    assert (Verdict.PROVED, "") == survives(*in_zones(listed(0), listed(1)), losing=["zone"])
    lost = (Verdict.VIOLATED, "without zone data.aws_availability_zones.all.names[0]")
    assert lost == survives(*in_zones(listed(0), listed(0)), losing=["zone"])
    by_id = in_zones(listed(0, "zone_ids"), listed(1, "zone_ids"))
    assert (Verdict.PROVED, "") == survives(*by_id, losing=["zone"])


@pytest.mark.parametrize(
    "other",
    [{"availability_zone": "us-east-1a"}, listed(1, "zone_ids"), listed("element(names, 1)")],
    ids=["written", "of another list", "counted on"],
)
def test_aws_59_a_place_in_a_list_may_be_any_zone_that_is_given_otherwise(other: dict[str, Any]) -> None:
    """A zone that is written, one of another list, and one that `element` counts on to beyond the end."""
    assert survives(*in_zones(listed(0), other), losing=["zone"])[0] is Verdict.UNKNOWN


def test_aws_59_places_in_one_list_are_compared_within_one_account() -> None:
    """The names that one account lists mean other zones in another account."""
    two = in_zones(listed(0), listed(1), one={"account_id": "1" * 12}, two={"account_id": "2" * 12})
    assert survives(*two, losing=["zone"])[0] is Verdict.UNKNOWN


def test_aws_59_an_interface_in_one_of_several_subnets_may_be_lost_with_each() -> None:
    """An autoscaling group in two zones: whether it was in the zone that is lost is not known."""
    template = resource(
        "aws_launch_template.t", image_id="ami-1", vpc_security_group_ids=[ref("aws_security_group.open")]
    )
    group = resource(
        "aws_autoscaling_group.g",
        max_size=2,
        min_size=2,
        vpc_zone_identifier=[ref("aws_subnet.a"), ref("aws_subnet.b")],
        launch_template=[{"id": ref("aws_launch_template.t")}],
    )
    verdict, named = survives(*TWO_NATS, template, group, source="aws_autoscaling_group.g", losing=["zone"])
    told = "in which of the subnets aws_subnet.a, aws_subnet.b aws_autoscaling_group.g is"
    assert (Verdict.UNKNOWN, True) == (verdict, told in named)


def test_aws_60_a_gateway_of_the_vpc_is_lost_with_no_zone() -> None:
    """It is a loss of its own, and takes everything with it."""
    found = survives(*TWO_NATS, losing=["gateway"], among=["aws_internet_gateway.*"])
    assert (Verdict.VIOLATED, "without gateway aws_internet_gateway.main") == found
    assert (Verdict.PROVED, "") == survives(*TWO_NATS, losing=["gateway"], among=["aws_nat_gateway.*"])


def test_aws_60_ipv6_is_lost_with_the_internet_gateway_too() -> None:
    """Packets from the internet come without translation, and all the same by the gateway."""
    dual = [
        vpc(assign_generated_ipv6_cidr_block=True),
        OPEN,
        gateway(),
        subnet("a", "10.0.1.0/24", ipv6_cidr_block="2001:db8:0:1::/64", assign_ipv6_address_on_creation=True),
        instance("a", "a", "open", ipv6_address_count=1),
        *table("all", to_internet() | {"cidr_block": None, "ipv6_cidr_block": "::/0"}, subnets=["a"]),
    ]
    found = survives(*dual, source="internet6", to="aws_instance.a", losing=["gateway"])
    assert (Verdict.VIOLATED, "without gateway aws_internet_gateway.main") == found


def test_aws_60_a_peering_is_a_loss_of_its_own() -> None:
    """Two VPCs with one peering between them."""
    over = [
        {"cidr_block": f"10.{number}.0.0/16", "vpc_peering_connection_id": ref("aws_vpc_peering_connection.x")}
        for number in (1, 2)
    ]
    sides = [
        part
        for name, number, route in (("one", 1, over[1]), ("two", 2, over[0]))
        for part in (
            vpc(name, f"10.{number}.0.0/16"),
            subnet(name, f"10.{number}.1.0/24", home=name),
            resource(
                f"aws_security_group.{name}",
                vpc_id=ref(f"aws_vpc.{name}"),
                ingress=OPEN.attributes["ingress"],
                egress=OPEN.attributes["egress"],
            ),
            instance(name, name, name),
            *table(name, route, subnets=[name], home=name),
        )
    ]
    peering = resource(
        "aws_vpc_peering_connection.x", vpc_id=ref("aws_vpc.one"), peer_vpc_id=ref("aws_vpc.two"), auto_accept=True
    )
    found = survives(*sides, peering, source="aws_instance.one", to="aws_instance.two", losing=["peering"])
    assert (Verdict.VIOLATED, "without peering aws_vpc_peering_connection.x") == found


@pytest.mark.parametrize(
    ("second", "verdict"),
    [([], Verdict.VIOLATED), (["entry2"], Verdict.UNKNOWN)],
)
def test_aws_59_the_way_into_a_transit_gateway_is_lost_with_its_interface(second: list[str], verdict: Verdict) -> None:
    """What is in the zone enters by the attachment's subnet there, though it lies in another one itself.

    What may lie in another zone as well, where the attachment has a subnet of its own, is lost perhaps.
    """
    entries = ["entry", *second]
    here = [
        *spoke("one", 1, subnet_ids=[ref(f"aws_subnet.{name}") for name in entries]),
        *(
            subnet(name, f"10.1.{9 - number}.0/24", home="one", availability_zone=zone)
            for number, (name, zone) in enumerate(zip(entries, ("z-a", "z-b"), strict=False))
        ),
    ]
    estate, source = [hub(), *here, *spoke("two", 2)], "aws_instance.one"
    if second:
        fleet = resource(
            "aws_network_interface.far",
            subnet_id=ref("aws_subnet.far"),
            security_groups=[ref("aws_security_group.one")],
        )
        far = subnet("far", "10.1.3.0/24", home="one", availability_zone=UNKNOWN)
        estate += [far, fleet, *table("far", over(), subnets=["far"], home="one")]
        source = "aws_network_interface.far"
    found = survives(*estate, source=source, to="aws_instance.two", losing=["subnet"], among=["aws_subnet.entry"])
    assert verdict is found[0]


def test_aws_60_a_gateway_that_only_a_route_names_is_lost_as_well() -> None:
    """A literal id, beside a gateway that the sources declare."""
    named = {"cidr_block": "0.0.0.0/0", "gateway_id": "igw-0123456789abcdef0"}
    public = instance("a", "a", "open", associate_public_ip_address=True)
    estate = [vpc(), OPEN, BOTH[0], public, *table("out", named, subnets=["a"]), *nat("a")]
    found = survives(*estate, source="aws_instance.a", losing=["gateway"])
    assert (Verdict.VIOLATED, "without gateway igw-0123456789abcdef0") == found


@pytest.mark.parametrize("written", ["data.aws_subnet.a", "subnet-0123456789abcdef0"])
def test_aws_59_a_subnet_that_is_only_referred_to_is_lost_as_well(written: str) -> None:
    """One that is looked up, and one that is written by its id: what is in it does not survive."""
    looked_up = Resource("data.aws_subnet", "data.aws_subnet.a", BOTH[0].attributes, BOTH[0].origin)
    where = ref(written) if written.startswith("data") else written
    caller = resource("aws_instance.a", subnet_id=where, vpc_security_group_ids=[ref("aws_security_group.open")])
    estate = [vpc(), OPEN, looked_up, caller, BOTH[1], PAIR[1]]
    found = survives(*estate, source="aws_instance.a", to="aws_instance.b", losing=["subnet"], among=[written])
    assert Verdict.VIOLATED is found[0]


def test_aws_59_a_subnet_that_is_only_looked_up_may_be_one_that_is_declared() -> None:
    """So it is no second way that would surely be left."""
    looked_up = Resource("data.aws_subnet", "data.aws_subnet.a", BOTH[0].attributes, BOTH[0].origin)
    callers = [
        resource(f"aws_instance.{n}", subnet_id=ref(where), vpc_security_group_ids=[ref("aws_security_group.open")])
        for n, where in (("a", "data.aws_subnet.a"), ("b", "aws_subnet.b"))
    ]
    estate = [vpc(), OPEN, looked_up, BOTH[1], subnet("c", "10.0.3.0/24"), *callers, instance("c", "c", "open")]
    found = survives(*estate, to="aws_instance.c", losing=["subnet"], among=["aws_subnet.b"])
    assert (Verdict.UNKNOWN, "which subnet data.aws_subnet.a is") == found


@pytest.mark.parametrize("named", [True, False])
def test_aws_59_zones_of_two_sources_may_be_of_two_accounts(named: bool) -> None:
    """Whether the sources were given names or not."""
    roots = [
        reading(
            vpc(name),
            gateway(name),
            group(name, home=name),
            subnet(name, f"10.0.{number}.0/24", home=name, availability_zone=f"us-east-1{zone}"),
            instance(name, name, name, associate_public_ip_address=True),
            *table(name, to_internet(name), subnets=[name], home=name),
            name=name,
            named=named,
        )
        for number, (name, zone) in enumerate((("one", "a"), ("two", "b")))
    ]
    rule: dict[str, object] = {"kind": "survives", "from": "kind/aws_instance", "to": "internet", "losing": ["zone"]}
    assert Verdict.UNKNOWN is result(build(roots, Settings()), rule | {"traffic": "tcp/443"}).verdict


def test_aws_59_zones_of_sources_that_are_one_network_may_be_of_two_accounts() -> None:
    """A peering joins the sources, and mostly two accounts, of which each has names of its own."""
    roots = {
        name: [replace(each, attributes={**each.attributes, "availability_zone": "us-east-1a"}) for each in found]
        for name, found in (("hub", accepter()), ("prod", requester(ELSEWHERE)))
    }
    found = build(joined(sources(**roots), [Join(SAME, "assume.yaml:7")]), Settings())
    zones = [loss.naming for loss in found.losses if (loss.kind, loss.key) == ("zone", "us-east-1a")]
    assert (2, 2) == (len(zones), len(set(zones)))


@pytest.mark.parametrize(("second", "verdict"), [((), Verdict.VIOLATED), (("fw2",), Verdict.UNKNOWN)])
@pytest.mark.parametrize("lost", [0, 1])
def test_aws_59_a_firewall_with_an_endpoint_in_each_of_two_subnets_may_be_left(
    second: tuple[str, ...], verdict: Verdict, lost: int
) -> None:
    """Which of them the routes lead to is not known, so that the loss of either takes the way perhaps."""
    estate = [each for each in ESTATE if each.address != FIREWALL]
    places = ("fw", *second)
    estate += [subnet(name, f"10.0.{8 - index}.0/24") for index, name in enumerate(second)]
    found = survives(
        *estate,
        firewall(*places),
        policy("aws:pass"),
        source="aws_instance.a",
        to="aws_instance.b",
        losing=["subnet"],
        among=[f"aws_subnet.{places[lost % len(places)]}"],
    )
    assert verdict is found[0]


@pytest.mark.parametrize("kind", ["subnet", "zone"])
def test_aws_59_subnets_that_nothing_names_may_be_several(kind: str) -> None:
    """A load balancer in subnets of an unknown list: it does not surely go with one of them."""
    balancer = resource("aws_lb.l", subnets=MANY, security_groups=[ref("aws_security_group.open")])
    listener = resource("aws_lb_listener.l", load_balancer_arn=ref("aws_lb.l", "arn"), port=443, protocol="HTTPS")
    found = survives(vpc(), OPEN, *BOTH, *PAIR, balancer, listener, to="aws_lb.l", losing=[kind])
    assert Verdict.UNKNOWN is found[0]
