"""Values that Terraform marks sensitive count like any other, and no message, rule or name prints them."""

from dataclasses import replace
from typing import Any

import pytest

from netaudit.engine.external import external_endpoints
from netaudit.engine.solve import Reachability
from netaudit.model import Resource, Sensitive
from netaudit.queries.diff import changes, common_cuts
from netaudit.queries.flow import Relation

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
    subnet,
    table,
    to_internet,
    vpc,
)

HOME = Sensitive("203.0.113.64/26")
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


# ---- what is outside ----------------------------------------------------------------------------------


def _everywhere() -> list[Resource]:
    """A block that only a sensitive value names, in each place that has an address outside."""
    entry = {"rule_no": 1, "action": "deny", "protocol": "-1", "from_port": 0, "to_port": 0}
    acl = resource("aws_network_acl.n", vpc_id=ref("aws_vpc.main"), ingress=[entry | {"cidr_block": HOME}])
    listed = resource("aws_ec2_managed_prefix_list.l", entry=[{"cidr": HOME}])
    way = {"destination_prefix_list_id": ref(listed.address), "gateway_id": ref("aws_internet_gateway.main")}
    return [
        group("g", [allow("tcp", 22, cidr_blocks=[HOME, "10.0.0.0/8"])]),
        acl,
        listed,
        gateway(),
        *table("t", way, {"cidr_block": HOME, "nat_gateway_id": "nat-1"}, subnets=["a"]),
    ]


def test_no_block_outside_gives_a_sensitive_one_away() -> None:
    """Named in a rule, an ACL, a prefix list and a route: neither a block's name nor its ranges have its bounds."""
    by_list = group("l", [allow("tcp", 1, prefix_list_ids=[ref("aws_ec2_managed_prefix_list.l")])])
    answers = Answers(*BASE, *_everywhere(), by_list, instance("a", "a", "g", "l"))
    printed = [f"{block.id} {block.shown}" for block in external_endpoints(answers.network)]
    assert not [text for text in (*printed, _texts(answers)) if "203.0.113" in text or "203.0.112" in text]
    assert "sensitive-1 ['(sensitive)']" in printed


def test_open_rules_beside_a_sensitive_block_do_not_give_it_away() -> None:
    """A /24 around it falls into its parts, of which none is named by its range; others are."""
    rules = [allow("tcp", 22, cidr_blocks=[HOME]), allow("tcp", 80, cidr_blocks=["203.0.113.0/24", "198.51.100.0/24"])]
    answers = Answers(*BASE, group("g", rules), instance("a", "a", "g"))
    assert {"internet", "internet6", "private", "private6", "198.51.100.0/24"} == {
        each for each in answers.externals() if not each.startswith("sensitive-")
    }
    assert 3 == len([each for each in answers.externals() if each.startswith("sensitive-")])


def test_the_hidden_block_has_the_flows_of_its_rule() -> None:
    """Hidden is the name, not the flow."""
    way = [gateway(), *table("t", to_internet(), subnets=["a"])]
    one = instance("a", "a", "g", associate_public_ip_address=True)
    answers = Answers(*BASE, *way, group("g", [allow("tcp", 22, cidr_blocks=[HOME])]), one)
    assert "tcp/22" == answers.exactly("sensitive-1", A)
    assert "nothing" == answers.exactly("internet", A)


def test_a_sensitive_block_of_a_vpc_is_no_hole_in_what_is_printed() -> None:
    """The space beside a VPC would show where it is, and so would its interfaces' addresses."""
    base = [vpc(block=Sensitive("10.77.0.0/16")), subnet("a", Sensitive("10.77.1.0/24")), group("g")]
    answers = Answers(*base, instance("a", "a", "g"))
    solved = Reachability(answers.network)
    printed = " ".join(f"{each.id} {each.shown}" for each in solved.endpoints)
    assert "10.7" not in printed + _texts(answers)


def test_a_difference_keeps_the_hidden_block_hidden_and_the_same() -> None:
    """Taking the rule with the sensitive block away closes one flow of one hidden block, on both sides the same."""
    way = [*BASE, gateway(), *table("t", to_internet(), subnets=["a"])]
    one = instance("a", "a", "g", associate_public_ip_address=True)
    before, after = (
        Answers(*way, group("g", rules), one).network for rules in ([allow("tcp", 22, cidr_blocks=[HOME])], [])
    )
    cuts, secrets = common_cuts([before, after]), before.secrets | after.secrets
    solved = [Reachability(replace(each, secrets=secrets), cuts) for each in (before, after)]
    found, _ = changes(solved[0], solved[1], Relation.DIRECT)
    assert [("sensitive-1", A)] == [(each.source, each.destination) for each in found]
