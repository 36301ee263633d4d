"""Wrong types in every attribute give diagnostics or wider answers, never a traceback."""

from decimal import Decimal
from typing import Any

import pytest

from netaudit.model import Resource, Sensitive

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
    network,
    pair,
    ref,
    resource,
    table,
    to_internet,
)
from .test_endpoints import GROUP, balancer, database
from .test_gateways import NAT, TO_NAT
from .test_peering import FIRST, SECOND, joined

ESTATE = [
    *BASE,
    gateway(),
    *NAT,
    *table("public", to_internet(), subnets=["a"]),
    *table("private", TO_NAT, subnets=["b"]),
    *balancer(),
    GROUP,
    database(publicly_accessible=True),
    *FIRST,
    *SECOND,
    joined(),
    resource(
        "aws_network_acl.x",
        vpc_id=ref("aws_vpc.main"),
        subnet_ids=[ref("aws_subnet.b")],
        ingress=[
            {"rule_no": 1, "action": "allow", "cidr_block": "0.0.0.0/0", "protocol": "-1", "from_port": 0, "to_port": 0}
        ],
    ),
    resource(
        "aws_network_acl_rule.x",
        network_acl_id=ref("aws_network_acl.x"),
        rule_number=2,
        rule_action="deny",
        protocol="tcp",
        from_port=1,
        to_port=2,
        cidr_block="10.0.0.0/8",
        egress=True,
    ),
    resource("aws_ec2_managed_prefix_list.x", entry=[{"cidr": "10.0.0.0/8"}]),
    resource(
        "aws_security_group_rule.x",
        type="ingress",
        security_group_id=ref("aws_security_group.open"),
        **allow("tcp", 1, prefix_list_ids=[ref("aws_ec2_managed_prefix_list.x")]),
    ),
    resource(
        "aws_vpc_security_group_egress_rule.x",
        security_group_id=ref("aws_security_group.open"),
        ip_protocol="-1",
        cidr_ipv4="0.0.0.0/0",
    ),
    resource(
        "aws_lambda_function.f",
        vpc_config=[{"subnet_ids": [ref("aws_subnet.a")], "security_group_ids": [ref("aws_security_group.open")]}],
    ),
    resource("aws_launch_template.t", network_interfaces=[{"security_groups": [ref("aws_security_group.open")]}]),
    resource(
        "aws_autoscaling_group.g",
        vpc_zone_identifier=[ref("aws_subnet.a"), ref("aws_subnet.b")],
        launch_template=[{"id": ref("aws_launch_template.t")}],
    ),
    resource("aws_vpc_endpoint.s3", vpc_id=ref("aws_vpc.main"), route_table_ids=[ref("aws_route_table.private")]),
    resource("aws_eip.x", instance=ref(A)),
    resource("aws_eks_cluster.x", vpc_config=[{"subnet_ids": [ref("aws_subnet.a")]}]),
    resource("aws_vpc_block_public_access_options.x", internet_gateway_block_mode="off"),
    instance("a", "a", "open", tags={"Name": "a"}, private_ip="10.0.1.7", associate_public_ip_address=True),
    instance("b", "b", "open"),
]

NASTY: list[Any] = [
    None, "", "\x1b[31m<b>", 0, -1, 10**30, True, Decimal("NaN"), Decimal("1.5"), Decimal("Infinity"),
    [], {}, [[]], [None], [{}], [{"x": [{}]}], {"a": {"b": []}}, [1, "x", None, {}], UNKNOWN, MANY, [MANY],
    Sensitive("10.0.0.0/8"), Sensitive([Sensitive({})]), ref("aws_nothing.x"), [ref("aws_vpc.main")],
    ref("aws_vpc.main", "x", 0),
]  # fmt: skip


@pytest.mark.parametrize("victim", ESTATE, ids=lambda r: r.address)
def test_wrong_types_never_raise(victim: Resource) -> None:
    """Each attribute of each kind takes each nasty value; a network comes out every time."""
    others = [r for r in ESTATE if r is not victim]
    for name in victim.attributes:
        for value in NASTY:
            changed = Resource(victim.kind, victim.address, {**victim.attributes, name: value}, victim.origin)
            assert network(*others, changed).hops


@pytest.mark.parametrize(
    "name", ["ingress", "egress", "route", "listener", "vpc_config", "network_interfaces", "entry"]
)
def test_wrong_types_within_blocks_never_raise(name: str) -> None:
    """Each key of each block takes nasty values too."""
    for victim in [r for r in ESTATE if isinstance(r.attributes.get(name), list)]:
        others = [r for r in ESTATE if r is not victim]
        for block in victim.attributes[name]:
            for key in block:
                for value in NASTY[::3]:
                    changed = {**victim.attributes, name: [{**block, key: value}]}
                    assert network(*others, Resource(victim.kind, victim.address, changed, victim.origin)).hops


def test_a_wrong_type_is_named_with_its_place() -> None:
    """A value of a wrong type is a diagnostic with file and line, and widens the answer."""
    answers = pair(group("b", [allow("tcp", 443, cidr_blocks=["10.0.0.0/99"])]), b="b")
    assert answers.possibly(A, B) == "tcp/443"
    (bad,) = [d for d in answers.network.diagnostics if d.code == "AWS_BAD_VALUE"]
    assert "10.0.0.0/99" in bad.message
    assert bad.origin is not None
    assert bad.origin.file == "main.tf"


def test_references_in_a_circle_end() -> None:
    """Attributes that refer to one another are followed a few times only."""
    one = resource("aws_subnet.x", vpc_id=ref("aws_subnet.y", "vpc_id"), cidr_block="10.0.0.0/24")
    other = resource("aws_subnet.y", vpc_id=ref("aws_subnet.x", "vpc_id"), cidr_block="10.0.1.0/24")
    assert len(network(one, other).groups) == 4


def test_estate_without_changes_is_exact() -> None:
    """The estate that the other tests spoil is in order: its answers are exact."""
    assert Answers(*ESTATE).exactly("aws_instance.one", "aws_instance.two") == ANYTHING
