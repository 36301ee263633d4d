"""Claims about network load balancers, whose connections are one flow from client to target (AWS-43, AWS-44)."""

from typing import Any

import pytest

from netaudit.engine.reference import Judge
from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Effect, Network, Resource, Truth
from tests.checks.building import result

from .building import (
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

LB, LISTENER, GROUP = "aws_lb.n", "aws_lb_listener.l", "aws_lb_target_group.t"
POINTS = [Traffic.parse(text).least for text in ("tcp/22", "tcp/443", "tcp/8080", "udp/53")]
EVERYWHERE = {"cidr_blocks": ["0.0.0.0/0"]}
# The client may only dial 443, the target only takes 8080.
DIALS_443 = group("dials", egress=[allow("tcp", 443, **EVERYWHERE)])


def takes(**peers: Any) -> Resource:
    """The target's group: 8080 from these peers."""
    return group("takes", [allow("tcp", 8080, **peers)], egress=[])


def front(*targets: Any, kind: str = "instance", subnets: str = "c", groups: Any = None, **more: Any) -> list[Resource]:
    """A network load balancer on 443 in subnet c, in front of targets on 8080; `more` is for the target group."""
    public = {"internal": not more.pop("public", False)}
    across = {"enable_cross_zone_load_balancing": more.pop("across", True)}
    place = [ref(f"aws_subnet.{each}") for each in subnets]
    return [
        subnet("c", "10.0.3.0/24", availability_zone="a"),
        resource(LB, load_balancer_type="network", subnets=place, security_groups=groups, **public, **across),
        resource(
            LISTENER,
            load_balancer_arn=ref(LB, "arn"),
            port=more.pop("port", 443),
            protocol="TCP",
            default_action=[{"type": "forward", "target_group_arn": ref(GROUP, "arn")}],
        ),
        resource(GROUP, port=8080, protocol="TCP", target_type=kind, vpc_id=ref("aws_vpc.main"), **more),
        *(
            resource(f"aws_lb_target_group_attachment.t{n}", target_group_arn=ref(GROUP, "arn"), target_id=target)
            for n, target in enumerate(targets)
        ),
    ]


def estate(*more: Resource, **peers: Any) -> Answers:
    """A client in subnet a that dials 443 only, and a target in subnet b that takes 8080 from `peers`."""
    machines = [instance("a", "a", "dials"), instance("b", "b", "takes")]
    return agreed(Answers(*BASE, DIALS_443, takes(**(peers or EVERYWHERE)), *machines, *more))


def agreed(answers: Answers) -> Answers:
    """The same, once the literal judge says so as well."""
    assert_judge_agrees(answers.network)
    return answers


def assert_judge_agrees(network: Network) -> None:
    """Every pair, at the ports that anything here is about."""
    solved, judge = Reachability(network), Judge(network)
    for source in solved.endpoints:
        for destination in solved.endpoints:
            if not solved.claimed(source, destination):
                continue
            bounds = solved.bounds(source, destination)
            for port in POINTS:
                verdict = judge.judge(source, destination, port).verdict
                expected = (verdict is Truth.YES, verdict is not Truth.NO)
                assert expected == (port in bounds.certain, port in bounds.possible), (source.id, destination.id, port)


def test_aws_44_client_dials_the_listener_and_reaches_the_targets_port() -> None:
    """The flow has the target's port; the client's own filter is asked about the listener's."""
    assert estate().exactly(A, B) == "nothing"
    assert estate(*front(ref(B))).exactly(A, B) == "tcp/8080"


def test_aws_44_a_load_balancer_is_passed_by_what_it_hands_on() -> None:
    """Without it nothing flows, though it is no end of the connection: a waypoint."""
    network = estate(*front(ref(B))).network
    ends: dict[str, object] = {"from": A, "to": B, "relation": "direct"}
    rules = ({"kind": "forbid"} | ends, {"kind": "waypoint", "via": LB} | ends)
    assert ["VIOLATED", "PROVED"] == [result(network, rule).verdict for rule in rules]


def test_aws_44_other_listener_ports_do_not_help() -> None:
    """A client that may not dial the listener's port does not get through."""
    assert estate(*front(ref(B), port=444)).exactly(A, B) == "nothing"


def test_aws_43_target_sees_the_client() -> None:
    """With an instance as target the client's address is preserved: its subnet decides, not the balancer's."""
    assert estate(*front(ref(B)), cidr_blocks=["10.0.1.0/24"]).exactly(A, B) == "tcp/8080"
    assert estate(*front(ref(B)), cidr_blocks=["10.0.3.0/24"]).exactly(A, B) == "nothing"


def test_aws_43_target_by_address_sees_the_load_balancer() -> None:
    """With an address as target over TCP it is the other way round."""
    parts = front(ref(B, "private_ip"), kind="ip")
    assert estate(*parts, cidr_blocks=["10.0.1.0/24"]).exactly(A, B) == "nothing"
    assert estate(*parts, cidr_blocks=["10.0.3.0/24"]).exactly(A, B) == "tcp/8080"


def test_aws_43_preservation_is_what_is_written() -> None:
    """`preserve_client_ip` decides where it is written; where it is unknown, either is possible."""
    off = front(ref(B), preserve_client_ip="false")
    assert estate(*off, cidr_blocks=["10.0.3.0/24"]).exactly(A, B) == "tcp/8080"
    unknown = front(ref(B), preserve_client_ip=UNKNOWN)
    assert estate(*unknown, cidr_blocks=["10.0.3.0/24"]).possibly(A, B) == "tcp/8080"
    assert estate(*unknown, cidr_blocks=["10.0.1.0/24"]).possibly(A, B) == "tcp/8080"


NLB_GROUP = group("nlb", [allow("tcp", 443, cidr_blocks=["10.0.1.0/24"])])
GROUPS = [ref("aws_security_group.nlb")]


def test_aws_43_target_may_refer_to_the_load_balancers_group() -> None:
    """A reference to the load balancer's group admits its clients, although the target sees their address."""
    parts = [NLB_GROUP, *front(ref(B), groups=GROUPS)]
    assert estate(*parts, security_groups=GROUPS).exactly(A, B) == "tcp/8080"
    assert estate(*parts, security_groups=[ref("aws_security_group.open")]).exactly(A, B) == "nothing"


def test_aws_43_target_may_refer_to_the_load_balancers_group_beside_ipv6() -> None:
    """The same in a network where something else has an IPv6 address: replies come back all the same."""
    six = [subnet("six", "10.0.6.0/24", ipv6_cidr_block="2600:1f18::/64"), instance("six", "six", ipv6_address_count=1)]
    parts = [NLB_GROUP, *front(ref(B), groups=GROUPS), *six]
    assert estate(*parts, security_groups=GROUPS).exactly(A, B) == "tcp/8080"


@pytest.mark.parametrize(("routed", "expected"), [(True, "tcp/8080"), (False, "nothing")])
def test_aws_43_reference_to_the_load_balancers_group_needs_a_route_to_the_target(routed: bool, expected: str) -> None:
    """A target in a peered VPC is reached where the load balancer's subnet has a route to it."""
    peered = resource(
        "aws_vpc_peering_connection.p", vpc_id=ref("aws_vpc.main"), peer_vpc_id=ref("aws_vpc.far"), auto_accept=True
    )
    over = {"cidr_block": "10.1.0.0/16", "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p")}
    far = [
        *(vpc("far", "10.1.0.0/16"), subnet("far", "10.1.1.0/24", "far"), peered),
        group("far", [allow("tcp", 8080, security_groups=GROUPS)], [], home="far"),
        instance("far", "far", "far", private_ip="10.1.1.10"),
        *table("near", *([over] if routed else []), subnets=["c"]),
    ]
    parts = [NLB_GROUP, *front("10.1.1.10", kind="ip", groups=GROUPS, preserve_client_ip=True), *far]
    assert estate(*parts).exactly(A, "aws_instance.far") == expected


DIALS = [ref("aws_security_group.dials")]


def test_aws_43_reference_to_the_clients_group_is_not_certain() -> None:
    """Targets are to admit clients by their addresses: whether a reference to their group does so no page says."""
    assert estate(*front(ref(B)), security_groups=DIALS).possibly(A, B) == "tcp/8080"
    assert estate(*front(ref(B)), security_groups=DIALS, cidr_blocks=["10.0.1.0/24"]).exactly(A, B) == "tcp/8080"
    assert estate(*front(ref(B), preserve_client_ip=False), security_groups=DIALS).exactly(A, B) == "nothing"


def test_aws_43_groups_of_the_load_balancer_filter_its_clients() -> None:
    """Its groups are asked about the listener's port, and about what it sends to the target."""
    closed = group("nlb", [allow("tcp", 443, cidr_blocks=["10.9.0.0/16"])])
    assert estate(closed, *front(ref(B), groups=GROUPS)).exactly(A, B) == "nothing"
    mute = group("nlb", [allow("tcp", 443, **EVERYWHERE)], egress=[])
    assert estate(mute, *front(ref(B), groups=GROUPS)).exactly(A, B) == "nothing"


def test_aws_43_internet_reaches_a_private_target() -> None:
    """Through an internet-facing one the internet reaches a machine without a public address."""
    ways = [gateway(), *table("t", to_internet(), subnets=["c"])]
    assert estate(*ways, *front(ref(B), public=True)).exactly("internet", B) == "tcp/8080"
    assert estate(*ways, *front(ref(B))).exactly("internet", B) == "nothing"


def test_aws_44_subnet_of_the_load_balancer_has_an_acl() -> None:
    """An ACL of its subnet that refuses the listener's port, or replies to clients, stops the flow."""

    def acl(*ingress: dict[str, Any], out: int = 65535) -> Resource:
        opened = {"rule_no": 1, "action": "allow", "protocol": "tcp", "cidr_block": "0.0.0.0/0"}
        inward = [{**opened, "from_port": 0, "to_port": 65535, "rule_no": 9}]
        outward = [{**opened, "from_port": 0, "to_port": out}]
        return resource(
            "aws_network_acl.c", subnet_ids=[ref("aws_subnet.c")], ingress=[*ingress, *inward], egress=outward
        )

    refused = {"rule_no": 1, "action": "deny", "protocol": "tcp", "from_port": 443, "to_port": 443}
    refused["cidr_block"] = "10.0.1.0/24"
    assert estate(acl(), *front(ref(B))).exactly(A, B) == "tcp/8080"
    assert estate(acl(refused), *front(ref(B))).exactly(A, B) == "nothing"
    assert estate(acl(out=9000), *front(ref(B))).possibly(A, B) == "tcp/8080"
    assert estate(acl(out=443), *front(ref(B))).exactly(A, B) == "nothing"


def zoned(**more: Any) -> Answers:
    """A client that dials the interface in zone a alone, and a target in zone b, where there is another one."""
    dials = group("dials", egress=[allow("tcp", 443, cidr_blocks=["10.0.3.0/24"])])
    far = [vpc(), subnet("a", "10.0.1.0/24"), subnet("b", "10.0.2.0/24", availability_zone="b")]
    machines = [dials, takes(**EVERYWHERE), instance("a", "a", "dials"), instance("b", "b", "takes")]
    there = subnet("d", "10.0.4.0/24", availability_zone="b")
    return agreed(Answers(*far, *machines, there, *front(ref(B), **{"subnets": "cd", **more})))


def test_aws_44_only_the_same_zone_unless_zones_are_crossed() -> None:
    """A target in another zone than the interface counts only with cross-zone load balancing."""
    assert zoned(across=True).exactly(A, B) == "tcp/8080"
    assert zoned(across=False).exactly(A, B) == "nothing"
    assert zoned(across=False, load_balancing_cross_zone_enabled="true").exactly(A, B) == "tcp/8080"


def test_aws_44_target_in_a_zone_that_is_not_enabled_gets_no_traffic() -> None:
    """Whether zones are crossed or not: the load balancer has no interface in zone b."""
    assert zoned(across=True, subnets="c").exactly(A, B) == "nothing"


def test_aws_44_target_outside_of_the_vpc_is_of_all_zones() -> None:
    """It is registered for `all` zones: every interface hands on to it, without cross-zone balancing, too."""
    peered = resource(
        "aws_vpc_peering_connection.p", vpc_id=ref("aws_vpc.main"), peer_vpc_id=ref("aws_vpc.far"), auto_accept=True
    )
    over = {"vpc_peering_connection_id": ref("aws_vpc_peering_connection.p")}
    far = [
        *(vpc("far", "10.1.0.0/16"), subnet("far", "10.1.1.0/24", "far", availability_zone="b"), peered),
        group("far", [allow("tcp", 8080, cidr_blocks=["10.0.3.0/24"])], [], home="far"),
        instance("far", "far", "far", private_ip="10.1.1.10"),
        *table("near", {"cidr_block": "10.1.0.0/16", **over}, subnets=["c"]),
        *table("away", {"cidr_block": "10.0.0.0/16", **over}, subnets=["far"], home="far"),
    ]
    assert estate(*front("10.1.1.10", kind="ip", across=False), *far).exactly(A, "aws_instance.far") == "tcp/8080"


def test_aws_44_unknown_listener_port_is_possible() -> None:
    """Where the listener's port is unknown the client may dial it, and nothing is certain."""
    assert estate(*front(ref(B), port=UNKNOWN)).possibly(A, B) == "tcp/8080"


def test_aws_44_only_targets_get_the_flow() -> None:
    """A machine beside the target, alike in everything else, is no target; both targets are."""
    beside = instance("x", "b", "takes")
    found = estate(*front(ref(B)), beside)
    assert [found.exactly(A, B), found.exactly(A, "aws_instance.x")] == ["tcp/8080", "nothing"]
    both = estate(*front(ref(B), ref("aws_instance.x")), beside)
    assert [both.exactly(A, B), both.exactly(A, "aws_instance.x")] == ["tcp/8080"] * 2


def test_aws_43_application_load_balancer_as_target() -> None:
    """An application load balancer behind it is reached by its own listener."""
    behind = [
        resource("aws_lb.app", subnets=[ref("aws_subnet.b")], security_groups=[ref("aws_security_group.takes")]),
        resource("aws_lb_listener.app", load_balancer_arn=ref("aws_lb.app", "arn"), port=8080, protocol="HTTP"),
    ]
    found = estate(*front(ref("aws_lb.app"), kind="alb"), *behind)
    assert found.exactly(A, "aws_lb.app") == "tcp/8080"


@pytest.mark.parametrize("target", [UNKNOWN, "10.0.2.99"])
def test_aws_44_unknown_target_leaves_no_direct_answer_untouched(target: Any) -> None:
    """Where a target is unknown, every endpoint that may be it is possible, or named as unreadable."""
    found = estate(*front(target))
    touched = {name for d in found.network.diagnostics if d.effect is Effect.UNREADABLE for name in d.touches}
    assert B in touched or found.possibly(A, B) == "tcp/8080"


def test_aws_43_dual_stack_is_said_to_be_composition() -> None:
    """What is not modelled as one connection names its targets."""
    parts = [
        resource(each.address, **{**each.attributes, "ip_address_type": "dualstack"}) if each.address == LB else each
        for each in front(ref(B))
    ]
    found = estate(*parts)
    assert {("AWS_NLB_AS_PROXY", (B,))} <= {(d.code, d.touches) for d in found.network.diagnostics}


# ---- PrivateLink --------------------------------------------------------------------------------------

SERVICE = "aws_vpc_endpoint_service.s"


def consumer(endpoint: Resource | None = None, **service: Any) -> list[Resource]:
    """A VPC of the same addresses with a client x and an endpoint to the provider's service."""
    groups = [ref("aws_security_group.far")]
    whole = {"acceptance_required": False, "network_load_balancer_arns": [ref(LB, "arn")], **service}
    return [
        vpc("far"),
        subnet("far", "10.0.1.0/24", "far", availability_zone="a"),
        group("far", [allow("tcp", 443, cidr_blocks=["10.0.1.0/24"])], home="far"),
        instance("x", "far", "far"),
        resource(SERVICE, **whole),
        endpoint
        or resource(
            "aws_vpc_endpoint.e",
            vpc_id=ref("aws_vpc.far"),
            vpc_endpoint_type="Interface",
            service_name=ref(SERVICE, "service_name"),
            subnet_ids=[ref("aws_subnet.far")],
            security_group_ids=groups,
        ),
    ]


X = "aws_instance.x"


def test_aws_39_endpoint_leads_to_the_targets_of_the_service() -> None:
    """A client of another VPC reaches the provider's target through the endpoint, and nothing comes back by it."""
    found = estate(*front(ref(B)), *consumer(), cidr_blocks=["10.0.3.0/24"])
    assert found.exactly(X, B) == "tcp/8080"
    assert found.exactly(B, X) == "nothing"
    assert "AWS_NOT_MODELLED" not in found.codes()


def test_aws_39_target_sees_the_load_balancer() -> None:
    """Preservation has no effect on PrivateLink: a rule for the client's addresses does not admit it."""
    assert estate(*front(ref(B)), *consumer(), cidr_blocks=["10.0.1.0/24"]).exactly(X, B) == "nothing"


def test_aws_39_groups_of_the_load_balancer_see_the_client_if_enforced() -> None:
    """Its inbound rules are enforced on PrivateLink unless that is switched off."""
    closed = group("nlb", [allow("tcp", 443, cidr_blocks=["10.9.0.0/16"])])
    assert estate(closed, *front(ref(B), groups=GROUPS), *consumer()).exactly(X, B) == "nothing"
    name = "enforce_security_group_inbound_rules_on_private_link_traffic"
    parts = [
        resource(each.address, **{**each.attributes, name: "off"}) if each.address == LB else each
        for each in front(ref(B), groups=GROUPS)
    ]
    assert estate(closed, *parts, *consumer()).exactly(X, B) == "tcp/8080"


def test_aws_39_reference_to_a_consumers_group_is_not_certain() -> None:
    """What the load balancer's groups see of PrivateLink is the client's address; of its groups no page speaks."""
    named, door = [ref("aws_security_group.dials")], [ref("aws_security_group.door")]
    groups = [
        group("dials", egress=[allow("tcp", 443, security_groups=door)]),  # the endpoint, not the load balancer
        group("door", [allow("tcp", 443, **EVERYWHERE)]),
    ]
    endpoint = resource(
        "aws_vpc_endpoint.e",
        vpc_endpoint_type="Interface",
        service_name=ref(SERVICE, "service_name"),
        subnet_ids=[ref("aws_subnet.c")],
        security_group_ids=door,
    )
    machines = [instance("a", "a", "dials"), instance("b", "b", "takes")]
    parts = [*groups, takes(**EVERYWHERE), *machines, *front(ref(B), groups=GROUPS), *consumer(endpoint)]
    by_group = group("nlb", [allow("tcp", 443, security_groups=named)])
    assert agreed(Answers(*BASE, by_group, *parts)).possibly(A, B) == "tcp/8080"
    assert agreed(Answers(*BASE, NLB_GROUP, *parts)).exactly(A, B) == "tcp/8080"


def test_aws_39_load_balancer_in_another_zone_is_not_certain() -> None:
    """An interface of an endpoint uses a load balancer of its own zone: that it uses another one is no page's word."""
    endpoint = resource(
        "aws_vpc_endpoint.e",
        vpc_endpoint_type="Interface",
        service_name=ref(SERVICE, "service_name"),
        subnet_ids=[ref("aws_subnet.away")],
        security_group_ids=[ref("aws_security_group.far")],
    )
    away = subnet("away", "10.0.2.0/24", "far", availability_zone="b")
    assert estate(*front(ref(B)), *consumer(endpoint), away).possibly(X, B) == "tcp/8080"


def test_aws_39_one_of_several_load_balancers_of_a_zone_is_not_certain() -> None:
    """Where a service has several in the endpoint's zone, AWS chooses one at random."""
    other = resource("aws_lb.other", load_balancer_type="network", subnets=[ref("aws_subnet.c")], internal=True)
    both = [ref(LB, "arn"), ref("aws_lb.other", "arn")]
    parts = [*front(ref(B)), other, *consumer(network_load_balancer_arns=both)]
    assert estate(*parts).possibly(X, B) == "tcp/8080"


def test_aws_39_connection_that_waits_is_not_certain() -> None:
    """Where the provider has to accept, the connection is possible."""
    assert estate(*front(ref(B)), *consumer(acceptance_required=True)).possibly(X, B) == "tcp/8080"


def test_aws_39_foreign_consumers_are_said_to_be_missing() -> None:
    """A service that names principals may be used from outside the sources: its targets are named."""
    found = estate(*front(ref(B)), *consumer(allowed_principals=["arn:aws:iam::1:root"]))
    named = {d.touches for d in found.network.diagnostics if d.effect is Effect.UNREADABLE}
    assert named == {(LB, B)}


def test_aws_39_unknown_service_may_be_any() -> None:
    """An endpoint to an unknown service may lead to each service of the sources."""
    endpoint = resource(
        "aws_vpc_endpoint.e",
        vpc_id=ref("aws_vpc.far"),
        vpc_endpoint_type="Interface",
        service_name=UNKNOWN,
        subnet_ids=[ref("aws_subnet.far")],
        security_group_ids=[ref("aws_security_group.far")],
    )
    assert estate(*front(ref(B)), *consumer(endpoint)).possibly(X, B) == "tcp/8080"


def test_aws_39_unknown_load_balancer_touches_everything() -> None:
    """A service in front of an unknown load balancer may have any target."""
    found = estate(*front(ref(B)), *consumer(network_load_balancer_arns=[UNKNOWN]))
    assert () in {d.touches for d in found.network.diagnostics if d.effect is Effect.UNREADABLE}
