"""What an instance is attached to, in the writings that Terraform has for it."""

from typing import Any

import pytest

from tests.providers.aws.building import (
    ALL,
    ANYTHING,
    BASE,
    A,
    Answers,
    B,
    allow,
    group,
    instance,
    ref,
    resource,
    subnet,
    vpc,
)

HTTPS_FROM_ANYWHERE = allow("tcp", 443, cidr_blocks=["0.0.0.0/0"])
WEB = resource("aws_security_group.web", name="web", vpc_id=ref("aws_vpc.main"), ingress=[HTTPS_FROM_ANYWHERE])


@pytest.mark.parametrize(
    "written",
    [
        {"vpc_security_group_ids": [ref("aws_security_group.web")]},
        {"security_groups": ["web"]},
    ],
    ids=["by id", "by name"],
)
def test_tf_98_groups_come_by_id_or_by_name(written: dict[str, Any]) -> None:
    """`vpc_security_group_ids` and the names in `security_groups` mean the same groups."""
    server = resource(B, subnet_id=ref("aws_subnet.b"), **written)
    answers = Answers(*BASE, WEB, instance("a", "a", "open"), server)
    assert "tcp/443" == answers.exactly(A, B)


def test_tf_98_without_groups_it_is_the_vpcs_default_group() -> None:
    """Members of a VPC's default group talk to each other; others do not reach them."""
    bare = resource(B, subnet_id=ref("aws_subnet.b"))
    twin = resource("aws_instance.twin", subnet_id=ref("aws_subnet.b"))
    answers = Answers(*BASE, instance("a", "a", "open"), bare, twin)
    assert ("nothing", ANYTHING) == (answers.exactly(A, B), answers.exactly("aws_instance.twin", B))


def test_tf_92_every_vpc_has_a_default_group_acl_and_main_table() -> None:
    """Two subnets that nothing associates are routed to each other by a table and an ACL that nobody wrote."""
    estate = [vpc(), subnet("a", "10.0.1.0/24"), subnet("b", "10.0.2.0/24"), group("open", [ALL])]
    answers = Answers(*estate, instance("a", "a", "open"), instance("b", "b", "open"))
    assert ANYTHING == answers.exactly(A, B)
