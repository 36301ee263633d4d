"""Claims about Global Accelerator (netaudit/providers/aws/accelerator.py)."""

from typing import Any

import pytest

from netaudit.model import Resource

from .building import BASE, UNKNOWN, A, Answers, allow, gateway, group, instance, ref, resource, table, to_internet

SUBNETS = [ref("aws_subnet.a"), ref("aws_subnet.b")]
WEB = group("web", [allow("tcp", 443, 8443, cidr_blocks=["0.0.0.0/0"])])
MACHINE = instance("a", "a", "web")
ALB = "aws_lb.x"
BALANCER = [
    resource(ALB, internal=True, subnets=SUBNETS, security_groups=[ref("aws_security_group.web")]),
    resource("aws_lb_listener.x", load_balancer_arn=ref(ALB), port=443, protocol="HTTPS"),
]


def accelerated(endpoint: Any, *, accelerator: Any = None, listener: Any = None, **group_of: Any) -> list[Resource]:
    """An accelerator that listens on TCP 443 and brings it to one endpoint."""
    heard = {"protocol": "TCP", "port_range": [{"from_port": 443, "to_port": 443}], **(listener or {})}
    block = endpoint if isinstance(endpoint, dict) else {"endpoint_id": endpoint}
    return [
        resource("aws_globalaccelerator_accelerator.g", name="g", **(accelerator or {})),
        resource(
            "aws_globalaccelerator_listener.g", accelerator_arn=ref("aws_globalaccelerator_accelerator.g"), **heard
        ),
        resource(
            "aws_globalaccelerator_endpoint_group.g",
            **{
                "listener_arn": ref("aws_globalaccelerator_listener.g"),
                "endpoint_configuration": [block],
                **group_of,
            },
        ),
    ]


def test_aws_65_the_internet_reaches_an_instance_in_a_private_subnet() -> None:
    """Without a public address, and without a route to the internet gateway, on the listener's port."""
    answers = Answers(*BASE, WEB, gateway(), MACHINE, *accelerated(ref(A)))
    assert answers.exactly("internet", A) == "tcp/443"
    assert "AWS_NOT_MODELLED" not in answers.codes()


def test_aws_65_without_an_accelerator_a_private_instance_is_not_reached() -> None:
    """The control."""
    assert Answers(*BASE, WEB, gateway(), MACHINE).exactly("internet", A) == "nothing"


def test_aws_65_the_vpc_needs_an_internet_gateway() -> None:
    """Otherwise the accelerator brings nothing."""
    assert Answers(*BASE, WEB, MACHINE, *accelerated(ref(A))).exactly("internet", A) == "nothing"


def test_aws_65_a_route_to_an_unknown_gateway_may_be_to_an_internet_gateway() -> None:
    """The VPC may have the internet gateway that an accelerator needs, though the sources do not name it."""
    routes = table("out", {"cidr_block": "0.0.0.0/0", "gateway_id": UNKNOWN}, subnets=["b"])
    answers = Answers(*BASE, WEB, MACHINE, *routes, *accelerated(ref(A)))
    assert answers.possibly("internet", A) == "tcp/443"


def test_aws_65_an_accelerator_opens_no_way_out() -> None:
    """Replies go back; the endpoint itself reaches nobody by it."""
    answers = Answers(*BASE, WEB, gateway(), MACHINE, *accelerated(ref(A)))
    assert answers.exactly(A, "internet") == "nothing"


def test_aws_65_the_internet_reaches_an_internal_load_balancer() -> None:
    """An application load balancer in private subnets, and its listener decides as well."""
    answers = Answers(*BASE, WEB, gateway(), *BALANCER, *accelerated(ref(ALB, "arn")))
    assert answers.exactly("internet", ALB) == "tcp/443"
    other = {"port_range": [{"from_port": 8443, "to_port": 8443}]}
    shut = Answers(*BASE, WEB, gateway(), *BALANCER, *accelerated(ref(ALB, "arn"), listener=other))
    assert shut.exactly("internet", ALB) == "nothing"


def test_aws_65_groups_see_the_client() -> None:
    """Whom a group does not admit comes in by no accelerator."""
    closed = group("web", [allow("tcp", 443, cidr_blocks=["203.0.113.0/24"])])
    answers = Answers(*BASE, closed, gateway(), MACHINE, *accelerated(ref(A)))
    assert (answers.exactly("203.0.113.0/24", A), answers.exactly("internet", A)) == ("tcp/443", "nothing")


def test_aws_65_an_overridden_port_is_the_endpoints() -> None:
    """What comes in on 443 is dialled on 8443."""
    override = [{"listener_port": 443, "endpoint_port": 8443}]
    answers = Answers(*BASE, WEB, gateway(), MACHINE, *accelerated(ref(A), port_override=override))
    assert answers.exactly("internet", A) == "tcp/8443"


def test_aws_65_a_listener_of_datagrams_takes_no_connections() -> None:
    """The protocol is the listener's."""
    everything = group("web", [allow("-1", cidr_blocks=["0.0.0.0/0"])])
    answers = Answers(*BASE, everything, gateway(), MACHINE, *accelerated(ref(A), listener={"protocol": "UDP"}))
    assert answers.exactly("internet", A) == "udp/443"


def test_aws_65_replies_pass_the_acl_of_the_subnet() -> None:
    """An ACL that refuses what leaves the subnet stops connections."""
    entry = {"from_port": 0, "to_port": 0, "protocol": "-1", "action": "allow", "rule_no": 1, "cidr_block": "0.0.0.0/0"}
    acl = resource("aws_network_acl.x", vpc_id=ref("aws_vpc.main"), subnet_ids=SUBNETS[:1], ingress=[entry])
    assert Answers(*BASE, WEB, gateway(), acl, MACHINE, *accelerated(ref(A))).exactly("internet", A) == "nothing"


def test_aws_65_whether_the_acl_filters_what_comes_in_is_open() -> None:
    """AWS's pages differ: what the ACL would stop is possible, not certain."""
    entry = {"from_port": 0, "to_port": 0, "protocol": "-1", "action": "allow", "rule_no": 1, "cidr_block": "0.0.0.0/0"}
    acl = resource("aws_network_acl.x", vpc_id=ref("aws_vpc.main"), subnet_ids=SUBNETS[:1], egress=[entry])
    assert Answers(*BASE, WEB, gateway(), acl, MACHINE, *accelerated(ref(A))).possibly("internet", A) == "tcp/443"


def test_aws_65_block_public_access_closes_accelerators() -> None:
    """It stops what comes in from the internet by whatever way."""
    options = resource("aws_vpc_block_public_access_options.o", internet_gateway_block_mode="block-bidirectional")
    answers = Answers(*BASE, WEB, gateway(), options, MACHINE, *accelerated(ref(A)))
    assert answers.exactly("internet", A) == "nothing"


PUBLIC = [*BASE, gateway(), *table("public", to_internet(), subnets=["a", "b"])]


def test_aws_65_behind_an_elastic_address_the_client_may_be_anybody() -> None:
    """The client's address is not kept: a rule for addresses of the accelerator lets everybody in, perhaps."""
    edges = group("web", [allow("tcp", 443, cidr_blocks=["203.0.113.0/24"])])
    address = resource("aws_eip.e", instance=ref(A))
    answers = Answers(*PUBLIC, edges, MACHINE, address, *accelerated(ref("aws_eip.e")))
    assert answers.possibly("internet", A) == "tcp/443"


@pytest.mark.parametrize(
    "unsure",
    [
        {"accelerator": {"enabled": UNKNOWN}},
        {"traffic_dial_percentage": 0},
        {"listener": {"port_range": [{"from_port": UNKNOWN, "to_port": 443}]}},
        {"listener": {"port_range": [{"from_port": 443, "to_port": 5}]}},
        {"listener_arn": UNKNOWN},
    ],
    ids=lambda unsure: next(iter(unsure)),
)
def test_aws_65_what_is_not_known_is_possible(unsure: dict[str, Any]) -> None:
    """An accelerator that may be switched off, and ports that are not known."""
    found = Answers(*BASE, WEB, gateway(), MACHINE, *accelerated(ref(A), **unsure)).possibly("internet", A)
    assert found in ("tcp/443", "tcp/443-8443")


def test_aws_65_a_disabled_accelerator_brings_nothing() -> None:
    """`enabled = false`."""
    answers = Answers(*BASE, WEB, gateway(), MACHINE, *accelerated(ref(A), accelerator={"enabled": False}))
    assert answers.exactly("internet", A) == "nothing"


@pytest.mark.parametrize(
    "endpoint",
    [ref("aws_lb.n"), "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/1", UNKNOWN],
    ids=["network load balancer", "literal", "unknown"],
)
def test_aws_65_other_endpoints_are_named(endpoint: Any) -> None:
    """What is missing from the answer is said to be."""
    balancer = resource("aws_lb.n", load_balancer_type="network", internal=True, subnets=SUBNETS)
    answers = Answers(*BASE, WEB, gateway(), MACHINE, balancer, *accelerated(endpoint))
    assert "AWS_NOT_MODELLED" in answers.codes()


def test_aws_65_ipv6_clients_of_an_accelerator_are_named() -> None:
    """A dual-stack accelerator takes IPv6 as well, which is missing."""
    answers = Answers(
        *BASE, WEB, gateway(), MACHINE, *accelerated(ref(A), accelerator={"ip_address_type": "DUAL_STACK"})
    )
    assert "AWS_NOT_MODELLED" in answers.codes()
