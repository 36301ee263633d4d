"""Claims about network ACLs (netaudit/providers/aws/network_acl.py)."""

from typing import Any

from netaudit.model import Resource, Settings

from .building import ANYTHING, BASE, MANY, UNKNOWN, A, Answers, B, instance, pair, ref, resource


def entry(number: Any, action: Any, block: Any = "0.0.0.0/0", protocol: Any = "tcp", **ports: Any) -> dict[str, Any]:
    """One inline entry; all ports unless `first` and `last` say otherwise."""
    first, last = ports.get("first", 0), ports.get("last", 65535)
    key = "ipv6_cidr_block" if ":" in str(block) else "cidr_block"
    return {"rule_no": number, "action": action, key: block, "protocol": protocol, "from_port": first, "to_port": last}


ANY_IN_OUT = [entry(100, "allow", protocol="-1")]


def acl(ingress: list[Any], egress: list[Any], *subnets: str, name: str = "x") -> Resource:
    """An ACL bound to subnets."""
    return resource(
        f"aws_network_acl.{name}",
        vpc_id=ref("aws_vpc.main"),
        ingress=ingress,
        egress=egress,
        subnet_ids=[ref(f"aws_subnet.{each}") for each in subnets],
    )


def test_aws_15_lowest_number_decides_not_the_position() -> None:
    """Entries are taken in ascending rule number; the order in the file does not matter."""
    refuse = entry(50, "deny", "10.0.1.0/24", first=22, last=22)
    for ingress in ([*ANY_IN_OUT, refuse], [refuse, *ANY_IN_OUT]):
        answers = pair(acl(ingress, ANY_IN_OUT, "b"))
        assert answers.exactly(A, B) == "tcp/0-21,23-65535 udp sctp"


def test_aws_15_higher_number_does_not_override() -> None:
    """The first match decides: a deny behind an allow for the same traffic has no effect."""
    answers = pair(acl([*ANY_IN_OUT, entry(200, "deny")], ANY_IN_OUT, "b"))
    assert answers.exactly(A, B) == ANYTHING


def test_aws_15_implicit_deny_at_the_end() -> None:
    """What no entry matches is denied."""
    answers = pair(acl([entry(100, "allow", first=443, last=443)], ANY_IN_OUT, "b"))
    assert answers.exactly(A, B) == "tcp/443"


def test_aws_15_families_are_separate_lists() -> None:
    """An IPv6 entry says nothing about IPv4 packets."""
    answers = pair(acl([entry(1, "deny", "::/0", "-1"), *ANY_IN_OUT], ANY_IN_OUT, "b"))
    assert answers.exactly(A, B) == ANYTHING


def test_aws_16_not_checked_within_a_subnet() -> None:
    """Between two interfaces of one subnet no ACL is checked."""
    answers = Answers(*BASE, acl([], [], "a"), instance("a", "a", "open"), instance("c", "a", "open"))
    assert answers.exactly(A, "aws_instance.c") == ANYTHING


def test_aws_16_checked_when_leaving_the_subnet() -> None:
    """An ACL without egress entries lets nothing out of its subnet."""
    assert pair(acl(ANY_IN_OUT, [], "a")).exactly(A, B) == "nothing"


def test_aws_17_reply_needs_the_clients_ports() -> None:
    """Stateless: TCP needs the opposite direction open for the client's ports; datagrams do not."""
    answers = pair(acl(ANY_IN_OUT, [], "b"))
    assert answers.exactly(A, B) == "udp sctp"
    assert str(answers.bounds(A, B).one_way) == "tcp"


def test_aws_17_some_client_ports_are_possible_not_certain() -> None:
    """A gap between the client ports that pass and those that a client may use is UNKNOWN, not proved."""
    narrow = acl(ANY_IN_OUT, [entry(100, "allow", first=32768, last=60999)], "b")
    bounds = pair(narrow).bounds(A, B)
    assert ("udp sctp", ANYTHING) == (str(bounds.certain), str(bounds.possible))


def test_aws_17_the_range_is_a_setting() -> None:
    """`aws.ephemeral_ports` says which client ports a reply may go to."""
    narrow = acl(ANY_IN_OUT, [entry(100, "allow", first=32768, last=60999)], "b")
    estate = [*BASE, narrow, instance("a", "a", "open"), instance("b", "b", "open")]
    answers = Answers(*estate, settings=Settings(aws_ephemeral_ports=(32768, 60999)))
    assert answers.exactly(A, B) == ANYTHING
    assert answers.network.settings == {"aws.ephemeral_ports": "32768-60999"}


def test_aws_18_default_acl_allows_everything() -> None:
    """A subnet without association uses the VPC's default ACL, which allows everything."""
    assert pair(acl([], [], name="unused")).exactly(A, B) == ANYTHING


def test_aws_18_adopted_default_acl_denies_what_is_not_written() -> None:
    """`aws_default_network_acl` without rules denies everything to subnets without association."""
    adopted = resource(
        "aws_default_network_acl.x", default_network_acl_id=ref("aws_vpc.main", "default_network_acl_id")
    )
    assert pair(adopted).exactly(A, B) == "nothing"


def test_aws_18_a_default_acl_has_the_subnets_that_no_other_has() -> None:
    """Public modules leave `subnet_ids` of the adopted ACL to AWS by `ignore_changes`: that changes no answer."""
    adopted = resource(
        "aws_default_network_acl.x",
        default_network_acl_id=ref("aws_vpc.main", "default_network_acl_id"),
        subnet_ids=UNKNOWN,
    )
    open_acl = acl(ANY_IN_OUT, ANY_IN_OUT, "a", "b")
    assert (pair(adopted).exactly(A, B), pair(adopted, open_acl).exactly(A, B)) == ("nothing", ANYTHING)


def test_tf_93_separate_entries_are_for_ingress_by_default() -> None:
    """`aws_network_acl_rule` is for ingress unless it says `egress = true`, with names of its own."""
    more: dict[str, Any] = {"network_acl_id": ref("aws_network_acl.x"), "protocol": "6", "cidr_block": "10.0.1.0/24"}
    rule = resource("aws_network_acl_rule.in", rule_number=100, rule_action="ALLOW", from_port=443, to_port=443, **more)
    back = resource(
        "aws_network_acl_rule.out",
        rule_number=100,
        rule_action="allow",
        egress=True,
        from_port=1024,
        to_port=65535,
        **more,
    )
    assert pair(acl([], [], "b"), rule, back).exactly(A, B) == "tcp/443"


def test_tf_93_association_by_a_resource_of_its_own() -> None:
    """`aws_network_acl_association` binds a subnet as `subnet_ids` does."""
    link = resource(
        "aws_network_acl_association.x", network_acl_id=ref("aws_network_acl.x"), subnet_id=ref("aws_subnet.b")
    )
    assert pair(acl([], []), link).exactly(A, B) == "nothing"


def test_tf_89_icmp_has_attributes_of_its_own() -> None:
    """In an ACL, ICMP type and code are `icmp_type` and `icmp_code`."""
    echo = {
        "rule_no": 1,
        "action": "allow",
        "cidr_block": "0.0.0.0/0",
        "protocol": "icmp",
        "icmp_type": 8,
        "icmp_code": -1,
    }
    answers = pair(acl([echo], ANY_IN_OUT, "b"))
    assert str(answers.all_bounds(A, B).certain) == "icmp/8"


def test_deny_with_an_unknown_block_may_match_or_not() -> None:
    """A deny entry with an unknown part matches nothing for `possible` and everything for `certain`."""
    answers = pair(acl([entry(50, "deny", UNKNOWN, first=22, last=22), *ANY_IN_OUT], ANY_IN_OUT, "b"))
    bounds = answers.bounds(A, B)
    assert ("tcp/0-21,23-65535 udp sctp", ANYTHING) == (str(bounds.certain), str(bounds.possible))


def test_unknown_allow_above_a_known_deny_is_possible() -> None:
    """An unknown allow above a known deny makes the difference possible."""
    answers = pair(acl([entry(10, "allow", UNKNOWN), entry(20, "deny"), *ANY_IN_OUT], ANY_IN_OUT, "b"))
    bounds = answers.bounds(A, B)
    assert ("udp sctp", ANYTHING) == (str(bounds.certain), str(bounds.possible))


def test_unknown_number_may_stand_anywhere() -> None:
    """An entry whose number is unknown may decide before every other one, or not at all."""
    ingress = [entry(UNKNOWN, "deny", first=22, last=22), *ANY_IN_OUT]
    bounds = pair(acl(ingress, ANY_IN_OUT, "b")).bounds(A, B)
    assert ("tcp/0-21,23-65535 udp sctp", ANYTHING) == (str(bounds.certain), str(bounds.possible))


def test_unknown_number_of_entries_may_allow_or_deny_anything() -> None:
    """A list that ends in unknown entries may allow and deny anything."""
    assert pair(acl([*ANY_IN_OUT, MANY], ANY_IN_OUT, "b")).possibly(A, B) == ANYTHING
    assert pair(acl([MANY], ANY_IN_OUT, "b")).possibly(A, B) == ANYTHING


def test_unknown_association_may_concern_every_unbound_subnet() -> None:
    """An ACL with an unknown list of subnets may be that of any subnet which nothing else binds."""
    odd = resource("aws_network_acl.x", vpc_id=ref("aws_vpc.main"), subnet_ids=UNKNOWN)
    assert pair(odd).possibly(A, B) == ANYTHING
    bound = acl(ANY_IN_OUT, ANY_IN_OUT, "a", "b", name="bound")
    assert pair(odd, bound).exactly(A, B) == ANYTHING


def test_entry_of_an_unknown_acl_may_belong_to_any() -> None:
    """An `aws_network_acl_rule` whose ACL is unknown makes every ACL uncertain about its traffic."""
    rule = resource(
        "aws_network_acl_rule.x",
        network_acl_id=UNKNOWN,
        rule_number=1,
        rule_action="deny",
        protocol="tcp",
        from_port=22,
        to_port=22,
        cidr_block="0.0.0.0/0",
    )
    bounds = pair(acl(ANY_IN_OUT, ANY_IN_OUT, "b"), rule).bounds(A, B)
    assert ("tcp/0-21,23-65535 udp sctp", ANYTHING) == (str(bounds.certain), str(bounds.possible))


def test_aws_18_a_default_acl_of_an_unknown_vpc_may_have_been_emptied() -> None:
    """Where nobody knows which VPC's default ACL is adopted, that of each may deny everything."""
    adopted = resource("aws_default_network_acl.x", default_network_acl_id=UNKNOWN)
    assert pair(adopted).possibly(A, B) == ANYTHING
