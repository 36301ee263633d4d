"""Values that Terraform marks sensitive count like any other, and no message, rule or name prints them."""

from typing import Any

import pytest

from netaudit.model import Resource, Sensitive

from .building import (
    BASE,
    A,
    Answers,
    B,
    allow,
    gateway,
    group,
    instance,
    ref,
    resource,
    table,
)

OFFICE = Sensitive("10.0.1.77/32")
SECRET = "hunter2"


def _texts(answers: Answers) -> str:
    """Everything that an answer about this network may print."""
    net = answers.network
    rules = [rule for policy in net.policies for tier in policy.tiers for rule in tier.rules]
    because = [why.reason for rule in rules for why in rule.because]
    named = [f"{endpoint.id} {dict(endpoint.labels)}" for endpoint in net.endpoints]
    groups = [f"{each.key} {each.names}" for each in net.groups]
    return "\n".join([*(d.message for d in net.diagnostics), *(r.text for r in rules), *because, *named, *groups])


def test_a_sensitive_block_counts_and_its_rule_does_not_print_it() -> None:
    """The client at the sensitive address is let in, alone; the rule says `(sensitive)` instead of the block."""
    inside = group("b", [allow("tcp", 22, cidr_blocks=[OFFICE])])
    office = instance("a", "a", "open", private_ip="10.0.1.77")
    answers = Answers(*BASE, inside, office, instance("b", "b", "b"))
    assert answers.exactly(A, B) == "tcp/22"
    assert "tcp/22 from (sensitive)" in _texts(answers)
    assert "10.0.1.77" not in _texts(answers)


def test_a_sensitive_list_keeps_its_elements_sensitive() -> None:
    """A whole list of blocks that is sensitive hides each of them."""
    inside = group("b", [allow("tcp", 22, cidr_blocks=Sensitive(["10.0.1.77/32", SECRET]))])
    text = _texts(Answers(*BASE, inside, instance("b", "b", "b")))
    assert "10.0.1.77" not in text
    assert SECRET not in text


def test_a_sensitive_destination_of_a_route_is_not_printed() -> None:
    """A route to a sensitive block carries what it says, and does not say it."""
    way = {"cidr_block": Sensitive("198.51.100.7/32"), "gateway_id": ref("aws_internet_gateway.main")}
    answers = Answers(*BASE, gateway(), *table("t", way, subnets=["a"]), instance("a", "a", "open"))
    assert "198.51.100.7" not in _texts(answers)


def _wrong() -> list[tuple[str, Resource]]:
    wrong: dict[str, Any] = {"cidr_block": Sensitive(SECRET)}
    entry = {"rule_no": 1, "action": "allow", "protocol": "-1", "from_port": 0, "to_port": 0}
    acl = resource("aws_network_acl.n", vpc_id=ref("aws_vpc.main"), ingress=[entry | wrong])
    return [
        ("block of a rule", group("g", [allow("tcp", 22, cidr_blocks=[Sensitive(SECRET)])])),
        ("protocol of a rule", group("g", [allow(Sensitive(SECRET), 22, cidr_blocks=["10.0.0.0/8"])])),
        ("block of an ACL", acl),
        ("block of a VPC", resource("aws_vpc.other", **wrong)),
        ("block of a subnet", resource("aws_subnet.other", vpc_id=ref("aws_vpc.main"), **wrong)),
        ("block of a list", resource("aws_ec2_managed_prefix_list.l", entry=[{"cidr": Sensitive(SECRET)}])),
        ("route", table("t", wrong | {"nat_gateway_id": "nat-1"})[0]),
        ("tag", resource("aws_security_group.t", vpc_id=ref("aws_vpc.main"), tags={"Name": Sensitive(SECRET)})),
        ("name", resource("aws_security_group.t", vpc_id=ref("aws_vpc.main"), name=Sensitive(SECRET))),
    ]


@pytest.mark.parametrize("wrong", [pytest.param(found, id=name) for name, found in _wrong()])
def test_a_sensitive_value_in_the_wrong_place_is_not_cited(wrong: Resource) -> None:
    """The message about a value that cannot be right, or the name that it would be, does not give it away."""
    answers = Answers(
        *BASE, wrong, instance("b", "b", wrong.address.partition(".")[2] if "group" in wrong.kind else "open")
    )
    assert SECRET not in _texts(answers)
