"""What an instance is attached to, in the writings that Terraform has for it."""

from typing import Any

import pytest

from netaudit.model import Resource
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


def _attached(group: str, interface: Any) -> Resource:
    return resource(
        "aws_network_interface_sg_attachment.s",
        security_group_id=ref(f"aws_security_group.{group}"),
        network_interface_id=interface,
    )


SSH = group("ssh", [allow("tcp", 22, cidr_blocks=["0.0.0.0/0"])])


def test_aws_1_a_group_attached_to_the_primary_interface_counts() -> None:
    """What `aws_network_interface_sg_attachment` adds is one more group of the instance."""
    link = _attached("ssh", ref(B, "primary_network_interface_id"))
    answers = Answers(
        *BASE, SSH, group("none", egress=[]), link, instance("a", "a", "open"), instance("b", "b", "none")
    )
    assert "tcp/22" == answers.exactly(A, B)


def test_aws_1_a_group_attached_to_an_interface_that_an_instance_uses_counts() -> None:
    """The interface is written apart and belongs to the instance, which is the endpoint."""
    shut = group("none", egress=[])
    eni = resource("aws_network_interface.n", subnet_id=ref("aws_subnet.b"), security_groups=[ref(shut.address)])
    used = resource(B, network_interface=[{"device_index": 0, "network_interface_id": ref(eni.address)}])
    answers = Answers(*BASE, SSH, shut, eni, used, _attached("ssh", ref(eni.address)), instance("a", "a", "open"))
    assert "tcp/22" == answers.exactly(A, B)


def test_tf_98_a_group_attached_later_leaves_the_default_group() -> None:
    """An instance without groups is in its VPC's default group, which lets in its members, and stays there."""
    link = _attached("ssh", ref(B, "primary_network_interface_id"))
    one, other = (resource(address, subnet_id=ref("aws_subnet.a")) for address in (A, B))
    assert ANYTHING == Answers(*BASE, SSH, link, one, other).exactly(A, B)
