"""Claims about security groups (netaudit/providers/aws/security_group.py)."""

from typing import Any

from netaudit.flows import Traffic
from netaudit.model import Filter, Stage, Unknown

from .building import (
    ALL,
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
    pair,
    ref,
    resource,
    subnet,
    table,
    to_internet,
    vpc,
)


def web(**peers: object) -> dict[str, Any]:
    """A rule for HTTPS with these peers."""
    return allow("tcp", 443, **peers)


def test_aws_01_what_no_rule_allows_is_dropped() -> None:
    """Rules only allow; what no rule allows is dropped."""
    answers = pair(group("b", [web(cidr_blocks=["10.0.1.0/24"])]), b="b")
    assert answers.exactly(A, B) == "tcp/443"


def test_aws_01_groups_of_one_interface_are_a_union() -> None:
    """The rules of all groups on one interface are a union."""
    http = group("http", [allow("tcp", 80, cidr_blocks=["10.0.0.0/8"])])
    https = group("https", [web(cidr_blocks=["10.0.0.0/8"])])
    answers = Answers(*BASE, http, https, instance("a", "a", "open"), instance("b", "b", "http", "https"))
    assert answers.exactly(A, B) == "tcp/80,443"


def test_aws_02_only_the_initiating_direction_is_checked() -> None:
    """Groups are stateful: the reply passes though neither group allows the opposite direction."""
    sender = group("a", [], [web(cidr_blocks=["10.0.2.0/24"])])
    receiver = group("b", [web(cidr_blocks=["10.0.1.0/24"])], [])
    answers = pair(sender, receiver, a="a", b="b")
    assert answers.exactly(A, B) == "tcp/443"
    assert answers.exactly(B, A) == "nothing"


def test_aws_04_terraform_removes_the_default_egress() -> None:
    """A group without egress rules lets nothing out."""
    silent = resource("aws_security_group.silent", vpc_id=ref("aws_vpc.main"), ingress=[ALL])
    assert pair(silent, a="silent").exactly(A, B) == "nothing"


def test_aws_04_default_group_allows_itself_and_all_egress() -> None:
    """An instance without groups has the VPC's default group, which admits its own members only."""
    bare = [resource(f"aws_instance.{n}", subnet_id=ref(f"aws_subnet.{n}")) for n in ("a", "b")]
    answers = Answers(*BASE, *bare, instance("other", "b", "open"))
    assert answers.exactly(A, B) == ANYTHING
    assert answers.exactly("aws_instance.other", B) == "nothing"
    assert answers.exactly(A, "aws_instance.other") == ANYTHING


def test_aws_05_reference_means_private_addresses() -> None:
    """A group as peer means the private addresses of its members, and of nobody else."""
    answers = Answers(
        *BASE,
        group("clients"),
        group("b", [web(security_groups=[ref("aws_security_group.clients")])]),
        instance("a", "a", "clients"),
        instance("c", "a", "open"),
        instance("b", "b", "b"),
    )
    assert answers.exactly(A, B) == "tcp/443"
    assert answers.exactly("aws_instance.c", B) == "nothing"


def test_aws_05_reference_does_not_match_public_addresses() -> None:
    """Two VPCs that meet only through the internet: a reference to the client's group does not match."""
    estate = [*BASE, gateway(), *table("public", to_internet(), subnets=["a", "b"])]
    far = [
        resource("aws_vpc.far", cidr_block="10.9.0.0/16"),
        resource("aws_subnet.far", vpc_id=ref("aws_vpc.far"), cidr_block="10.9.0.0/24"),
        gateway("far"),
        *table("far", to_internet("far"), subnets=["far"], home="far"),
        group("far", [], home="far"),
        instance("far", "far", "far", associate_public_ip_address=True),
    ]
    by_group = group("b", [web(security_groups=[ref("aws_security_group.far")])])
    by_address = group("b", [web(cidr_blocks=["0.0.0.0/0"])])
    server = instance("b", "b", "b", associate_public_ip_address=True)
    assert Answers(*estate, *far, by_group, server).exactly("aws_instance.far", B) == "nothing"
    assert Answers(*estate, *far, by_address, server).exactly("aws_instance.far", B) == "tcp/443"


def test_aws_06_self_means_the_groups_own_members() -> None:
    """`self = true` admits the members of the same group and nobody else."""
    answers = Answers(
        *BASE,
        group("mesh", [web(self=True)]),
        instance("a", "a", "mesh"),
        instance("b", "b", "mesh"),
        instance("c", "a", "open"),
    )
    assert answers.exactly(A, B) == "tcp/443"
    assert answers.exactly("aws_instance.c", B) == "nothing"


def test_aws_06_reference_to_a_group_without_members_allows_nothing() -> None:
    """A referenced group without members allows nothing."""
    rule = web(security_groups=[ref("aws_security_group.empty")])
    assert pair(group("empty"), group("b", [rule]), b="b").exactly(A, B) == "nothing"


def test_aws_09_group_outside_the_sources_is_unknown_as_peer() -> None:
    """A group by literal id as peer may have any private member: possible, never certain, never the internet."""
    estate = [gateway(), *table("public", to_internet(), subnets=["b"])]
    rule = group("b", [web(security_groups=["sg-0123456789"])])
    server = instance("b", "b", "b", associate_public_ip_address=True)
    answers = Answers(*BASE, *estate, rule, instance("a", "a", "open"), server)
    assert answers.possibly(A, B) == "tcp/443"
    assert answers.exactly("internet", B) == "nothing"


def test_aws_09_group_outside_the_sources_has_unknown_rules() -> None:
    """An interface with a group of a data source may admit and send anything; nothing of it is certain."""
    odd = resource(
        "aws_instance.b",
        subnet_id=ref("aws_subnet.b"),
        vpc_security_group_ids=[ref("data.aws_security_group.shared")],
    )
    answers = Answers(*BASE, instance("a", "a", "open"), odd)
    assert answers.possibly(A, B) == ANYTHING
    assert answers.possibly(B, A) == ANYTHING


def test_aws_09_equal_references_outside_the_sources_are_the_same_group() -> None:
    """A rule about an unknown group certainly matches who carries the very same reference."""
    odd = resource(
        "aws_instance.a", subnet_id=ref("aws_subnet.a"), vpc_security_group_ids=["sg-1", ref("aws_security_group.open")]
    )
    answers = Answers(*BASE, group("b", [web(security_groups=["sg-1"])]), odd, instance("b", "b", "b"))
    assert str(answers.bounds(A, B).certain) == "tcp/443"


def test_aws_57_adopted_default_group_keeps_only_inline_rules() -> None:
    """`aws_default_security_group` without rules lets nothing in or out."""
    adopted = resource("aws_default_security_group.main", vpc_id=ref("aws_vpc.main"))
    bare = [resource(f"aws_instance.{n}", subnet_id=ref(f"aws_subnet.{n}")) for n in ("a", "b")]
    assert Answers(*BASE, adopted, *bare).exactly(A, B) == "nothing"


def test_aws_57_inline_and_separate_rules_are_a_diagnostic_and_the_union() -> None:
    """Inline and separate rules for one group overwrite each other: a diagnostic, and the union."""
    mixed = group("b", [web(cidr_blocks=["10.0.0.0/8"])])
    separate = resource(
        "aws_security_group_rule.ssh",
        type="ingress",
        security_group_id=ref("aws_security_group.b"),
        **allow("tcp", 22, cidr_blocks=["10.0.0.0/8"]),
    )
    answers = pair(mixed, separate, b="b")
    assert "AWS_MIXED_RULES" in answers.codes()
    assert str(answers.bounds(A, B).possible) == "tcp/22,443"


def test_tf_85_three_writings_give_the_same_answer() -> None:
    """An inline block, an `aws_security_group_rule` and the newer kind mean the same."""
    owner = ref("aws_security_group.b")
    empty = resource("aws_security_group.b", vpc_id=ref("aws_vpc.main"))
    classic = resource(
        "aws_security_group_rule.x", type="ingress", security_group_id=owner, **web(cidr_blocks=["10.0.1.0/24"])
    )
    newer = resource(
        "aws_vpc_security_group_ingress_rule.x",
        security_group_id=owner,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="10.0.1.0/24",
    )
    inline = pair(group("b", [web(cidr_blocks=["10.0.1.0/24"])]), b="b").exactly(A, B)
    assert [inline] * 2 == [pair(empty, rule, b="b").exactly(A, B) for rule in (classic, newer)]


def test_unknown_block_is_a_rule_about_everyone_perhaps() -> None:
    """An allow rule with an unknown peer matches everything possibly, nothing certainly; its port still holds."""
    answers = pair(group("b", [web(cidr_blocks=[UNKNOWN])]), b="b")
    assert answers.possibly(A, B) == "tcp/443"


def test_known_and_unknown_peers_keep_the_known_certain() -> None:
    """A rule with a known and an unknown block is certain for the known one."""
    answers = pair(group("b", [web(cidr_blocks=["10.0.1.0/24", UNKNOWN])]), b="b")
    assert answers.exactly(A, B) == "tcp/443"


def test_unknown_number_of_rules_may_allow_anything() -> None:
    """A list of rules that ends in unknown ones may hold any rule."""
    answers = pair(group("b", [web(cidr_blocks=["10.0.1.0/24"]), MANY]), b="b")
    assert str(answers.bounds(A, B).certain) == "tcp/443"
    assert str(answers.bounds(A, B).possible) == ANYTHING


def test_unknown_port_is_an_upper_bound() -> None:
    """An unknown port may be any port of its protocol."""
    answers = pair(group("b", [allow("tcp", UNKNOWN, cidr_blocks=["10.0.1.0/24"])]), b="b")
    assert answers.possibly(A, B) == "tcp"


def test_rule_of_an_unknown_group_may_belong_to_any() -> None:
    """A separate rule whose group is unknown may belong to every group."""
    rule = resource(
        "aws_security_group_rule.x", type="ingress", security_group_id=UNKNOWN, **web(cidr_blocks=["10.0.0.0/8"])
    )
    assert pair(group("b"), rule, b="b").possibly(A, B) == "tcp/443"


def test_rule_that_may_not_exist_is_only_possible() -> None:
    """A rule with unknown `count` may be there or not."""
    rule = resource(
        "aws_security_group_rule.x[?]",
        exists=False,
        type="ingress",
        security_group_id=ref("aws_security_group.b"),
        **web(cidr_blocks=["10.0.0.0/8"]),
    )
    assert pair(group("b"), rule, b="b").possibly(A, B) == "tcp/443"


def test_unknown_list_of_groups_may_be_any_group() -> None:
    """An interface whose list of groups is unknown may admit anything."""
    odd = resource("aws_instance.b", subnet_id=ref("aws_subnet.b"), vpc_security_group_ids=UNKNOWN)
    assert Answers(*BASE, instance("a", "a", "open"), odd).possibly(A, B) == ANYTHING


def test_unknown_list_of_groups_makes_a_possible_member() -> None:
    """An interface whose list of groups is unknown may be a member of a referenced group."""
    odd = resource("aws_instance.a", subnet_id=ref("aws_subnet.a"), vpc_security_group_ids=UNKNOWN)
    server = group("b", [web(security_groups=[ref("aws_security_group.open")])])
    assert Answers(*BASE, server, odd, instance("b", "b", "b")).possibly(A, B) == "tcp/443"


def test_rule_says_where_it_is_and_what_it_says() -> None:
    """A lowered rule carries its group's file and line, its name, and its text."""
    answers = pair(group("b", [web(cidr_blocks=["10.30.0.0/15"])]), b="b")
    policies = [s.policy for s in answers.network.steps() if isinstance(s, Filter) and s.policy.stage is Stage.INGRESS]
    rules = [rule for policy in policies for tier in policy.tiers for rule in tier.rules if rule.name == "ingress[0]"]
    assert ("main.tf", "tcp/443 from 10.30.0.0/15") in {(rule.origin.file, rule.text) for rule in rules}


def test_interfaces_with_equal_groups_share_a_policy() -> None:
    """Each distinct set of groups is one policy in each direction."""
    answers = Answers(*BASE, *(instance(f"n{i}", "a", "open") for i in range(5)))
    stages = [policy.stage for policy in answers.network.policies]
    assert (1, 1) == (stages.count(Stage.EGRESS), stages.count(Stage.INGRESS))


def test_reason_of_an_unknown_is_kept() -> None:
    """What an inexact rule hangs on names the variable."""
    answers = pair(group("b", [web(cidr_blocks=[UNKNOWN])]), b="b")
    reasons = {why for p in answers.network.policies for t in p.tiers for r in t.rules for why in r.because}
    assert Unknown("var.unknown", UNKNOWN.origin) in reasons


def test_aws_12_icmp_type_and_code() -> None:
    """In a group's ICMP rule the ports are type and code, and -1 is any code."""
    answers = pair(group("b", [allow("icmp", 8, -1, cidr_blocks=["10.0.0.0/8"])]), b="b")
    assert Traffic.parse("icmp/8") == answers.all_bounds(A, B).certain


def test_aws_10_group_of_several_vpcs_filters_in_each() -> None:
    """A group that is associated with another VPC filters there, and its reference holds within that VPC only."""
    shared = group("shared", [allow("tcp", 443, self=True)])
    link = resource(
        "aws_vpc_security_group_vpc_association.x",
        security_group_id=ref("aws_security_group.shared"),
        vpc_id=ref("aws_vpc.far"),
    )
    far = [vpc("far", "10.1.0.0/16"), subnet("c", "10.1.1.0/24", "far"), subnet("d", "10.1.2.0/24", "far")]
    machines = [instance(each, each, "shared") for each in "acd"]
    found = Answers(*BASE, *far, shared, link, *machines)
    assert found.exactly("aws_instance.c", "aws_instance.d") == "tcp/443"
    assert found.exactly("aws_instance.a", "aws_instance.c") == "nothing"
