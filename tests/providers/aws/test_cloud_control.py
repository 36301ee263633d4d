"""Resources of the `awscc` provider: the same estate in its words and in those of `aws` is the same network."""

from __future__ import annotations

from typing import Any

import pytest

from netaudit.model import Resource
from netaudit.providers.aws import cloud_control
from tests.providers.aws.building import UNKNOWN, Answers, ref, resource

WEB = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ip": "0.0.0.0/0"}


def estate(*more: Resource, **of_group: Any) -> list[Resource]:
    """Two VPCs that peer, one with a way to the internet; the group of the second is given."""
    p = "awscc_ec2_"
    return [
        resource(f"{p}vpc.a", cidr_block="10.0.0.0/16", tags=[{"key": "Name", "value": "front"}]),
        resource(f"{p}vpc.b", cidr_block="10.1.0.0/16"),
        resource(
            f"{p}subnet.a", vpc_id=ref(f"{p}vpc.a", "vpc_id"), cidr_block="10.0.1.0/24", map_public_ip_on_launch=True
        ),
        resource(f"{p}subnet.b", vpc_id=ref(f"{p}vpc.b"), cidr_block="10.1.1.0/24"),
        resource(f"{p}internet_gateway.g"),
        resource(
            f"{p}vpc_gateway_attachment.g",
            vpc_id=ref(f"{p}vpc.a"),
            internet_gateway_id=ref(f"{p}internet_gateway.g", "internet_gateway_id"),
        ),
        resource(f"{p}route_table.a", vpc_id=ref(f"{p}vpc.a")),
        resource(f"{p}route_table.b", vpc_id=ref(f"{p}vpc.b")),
        *(
            resource(
                f"{p}subnet_route_table_association.{x}",
                subnet_id=ref(f"{p}subnet.{x}", "subnet_id"),
                route_table_id=ref(f"{p}route_table.{x}", "route_table_id"),
            )
            for x in "ab"
        ),
        resource(
            f"{p}route.out",
            route_table_id=ref(f"{p}route_table.a"),
            destination_cidr_block="0.0.0.0/0",
            gateway_id=ref(f"{p}internet_gateway.g"),
        ),
        *(
            resource(
                f"{p}route.{x}{y}",
                route_table_id=ref(f"{p}route_table.{x}"),
                destination_cidr_block=block,
                vpc_peering_connection_id=ref(f"{p}vpc_peering_connection.p"),
            )
            for x, y, block in (("a", "b", "10.1.0.0/16"), ("b", "a", "10.0.0.0/16"))
        ),
        resource(f"{p}vpc_peering_connection.p", vpc_id=ref(f"{p}vpc.a"), peer_vpc_id=ref(f"{p}vpc.b")),
        resource(
            f"{p}security_group.web", group_description="w", vpc_id=ref(f"{p}vpc.a"), security_group_ingress=[WEB]
        ),
        resource(f"{p}security_group.db", group_description="d", vpc_id=ref(f"{p}vpc.b"), **of_group),
        *(
            resource(
                f"aws_instance.{name}",
                subnet_id=ref(f"{p}subnet.{x}"),
                vpc_security_group_ids=[ref(f"{p}security_group.{name}", "group_id")],
            )
            for name, x in (("web", "a"), ("db", "b"))
        ),
        *more,
    ]


def answers(*more: Resource, **of_group: Any) -> Answers:
    """What may flow in that estate."""
    return Answers(*estate(*more, **of_group))


POSTGRES: dict[str, Any] = {"ip_protocol": "tcp", "from_port": 5432, "to_port": 5432}


def test_tf_102_an_estate_of_awscc_is_read_to_the_end() -> None:
    """From the internet to the web, through the peering to the database, and nothing is left unread."""
    asked = answers(security_group_ingress=[{**POSTGRES, "cidr_ip": "10.0.1.0/24"}])
    assert asked.codes() == set()
    assert asked.exactly("internet", "aws_instance.web") == "tcp/443"
    assert asked.exactly("aws_instance.web", "aws_instance.db") == "tcp/5432"


@pytest.mark.parametrize(
    "peer",
    [
        {"cidr_ip": "10.0.1.0/24"},
        {"source_security_group_id": ref("awscc_ec2_security_group.web", "security_group_id")},
    ],
)
def test_tf_102_a_rule_apart_means_what_the_inner_one_means(peer: dict[str, Any]) -> None:
    """`awscc_ec2_security_group_ingress`, by block and by group."""
    owner = ref("awscc_ec2_security_group.db", "group_id")
    apart = answers(resource("awscc_ec2_security_group_ingress.r", group_id=owner, **POSTGRES, **peer))
    inside = answers(security_group_ingress=[{**POSTGRES, **peer}])
    assert apart.exactly("aws_instance.web", "aws_instance.db") == "tcp/5432"
    assert inside.exactly("aws_instance.web", "aws_instance.db") == "tcp/5432"


def test_tf_102_a_group_without_outbound_rules_keeps_the_one_of_aws() -> None:
    """With `aws` it would lose it (TF-90)."""
    assert answers().exactly("aws_instance.web", "internet") == "tcp udp sctp"


def test_tf_102_an_outbound_rule_inside_takes_the_one_of_aws_away() -> None:
    """The group that is given here is the database's: it can answer and begin nothing."""
    shut = answers(security_group_egress=[{**POSTGRES, "cidr_ip": "127.0.0.1/32"}])
    assert shut.exactly("aws_instance.db", "aws_instance.web") == "nothing"
    assert answers().exactly("aws_instance.db", "aws_instance.web") == "tcp/443"


def test_tf_102_beside_an_outbound_rule_apart_the_one_of_aws_is_possible() -> None:
    """Never certain: which of them stays depends on how they came to be."""
    owner = ref("awscc_ec2_security_group.db", "group_id")
    rule = resource("awscc_ec2_security_group_egress.r", group_id=owner, **POSTGRES, cidr_ip="127.0.0.1/32")
    asked = answers(rule)
    assert asked.possibly("aws_instance.db", "aws_instance.web") == "tcp/443"


def test_tf_102_an_argument_beyond_the_table_leaves_the_thing_unread() -> None:
    """A source group by name would need the default VPC's names: the group is named as unread, nothing is guessed."""
    rule = {**POSTGRES, "source_security_group_name": "web"}
    asked = answers(security_group_ingress=[rule])
    told = [d.message for d in asked.network.diagnostics if d.code == "AWS_NOT_MODELLED"]
    assert told == ["awscc_ec2_security_group.db: not modelled: network parts of the awscc provider"]
    assert asked.possibly("aws_instance.web", "aws_instance.db") == "tcp udp sctp"


def test_tf_102_a_peering_across_accounts_is_not_taken_as_accepted() -> None:
    """Within one account and Region CloudFormation accepts it (AWS-32)."""
    inner: dict[str, Any] = {"security_group_ingress": [{**POSTGRES, "cidr_ip": "10.0.1.0/24"}]}
    parts = [r for r in estate(**inner) if "peering_connection.p" not in r.address]
    ends: dict[str, Any] = {"vpc_id": ref("awscc_ec2_vpc.a"), "peer_vpc_id": ref("awscc_ec2_vpc.b")}
    far = resource("awscc_ec2_vpc_peering_connection.p", **ends, peer_owner_id=UNKNOWN)
    asked = Answers(*parts, far)
    assert asked.possibly("aws_instance.web", "aws_instance.db") == "tcp/5432"


def test_tf_102_entries_of_an_acl() -> None:
    """The range of ports is an object, the protocol a number; an ACL of one's own denies what no entry allows."""
    p = "awscc_ec2_"
    acl = resource(f"{p}network_acl.n", vpc_id=ref(f"{p}vpc.b"))
    link = resource(
        f"{p}subnet_network_acl_association.n", network_acl_id=ref(f"{p}network_acl.n"), subnet_id=ref(f"{p}subnet.b")
    )
    common: dict[str, Any] = {
        "network_acl_id": ref(f"{p}network_acl.n"),
        "rule_action": "allow",
        "cidr_block": "0.0.0.0/0",
    }
    inward = resource(
        f"{p}network_acl_entry.i", **common, rule_number=100, protocol=6, port_range={"from": 5000, "to": 5999}
    )
    outward = resource(f"{p}network_acl_entry.o", **common, rule_number=100, protocol=-1, egress=True)
    rules: dict[str, Any] = {
        "security_group_ingress": [{"ip_protocol": "tcp", "from_port": 1, "to_port": 6000, "cidr_ip": "10.0.0.0/16"}]
    }
    asked = answers(acl, link, inward, outward, **rules)
    assert asked.exactly("aws_instance.web", "aws_instance.db") == "tcp/5000-5999"


def test_tf_102_tags_become_a_map() -> None:
    """By which things are named and found."""
    [vpc, *_] = cloud_control.translated(estate())
    assert (vpc.kind, vpc.attributes["tags"]) == ("aws_vpc", {"Name": "front"})
