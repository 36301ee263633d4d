"""Services at link-local addresses: past every filter, from every interface, and only where somebody asks."""

from netaudit.engine.solve import Reachability
from netaudit.flows import AddressSet

from .building import BASE, NONE, A, Answers, B, allow, group, instance, ref, resource

METADATA = "169.254.169.254"
SHUT = group("shut", egress=[])
HIS = ref("aws_vpc.main", "default_network_acl_id")
DENY = {"rule_no": 1, "action": "deny", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_block": "0.0.0.0/0"}
CLOSED = resource("aws_default_network_acl.d", default_network_acl_id=HIS, ingress=[DENY], egress=[DENY])


def _asked(answers: Answers, *named: str) -> Reachability:
    return Reachability(answers.network, frozenset(AddressSet.parse(text) for text in named))


def test_aws_13_metadata_is_reached_past_groups_and_acls() -> None:
    """A machine that no group lets out, behind an ACL that denies all, may still ask for its metadata."""
    solved = _asked(Answers(*BASE, SHUT, CLOSED, instance("a", "a", "shut")), METADATA)
    bounds = solved.bounds(solved.by_id[A], solved.by_id[METADATA])
    assert "any" == str(bounds.possible)
    assert NONE == bounds.certain


def test_aws_13_ipv6_metadata_is_reached_too() -> None:
    """The same service answers at fd00:ec2::254."""
    solved = _asked(Answers(*BASE, SHUT, instance("a", "a", "shut")), "fd00:ec2::254")
    assert "any" == str(solved.bounds(solved.by_id[A], solved.by_id["fd00:ec2::254"]).possible)


def test_aws_13_nothing_comes_from_link_local_addresses() -> None:
    """The services answer; they open no connections, and replies to others do not go by them."""
    solved = _asked(Answers(*BASE, instance("a", "a", "open"), instance("b", "b", "open")), METADATA)
    bounds = solved.bounds(solved.by_id[METADATA], solved.by_id[A])
    assert NONE == bounds.possible | bounds.one_way


def test_aws_13_a_reply_does_not_go_by_the_services() -> None:
    """An ACL that stops the reply of B stops it, though both are next to the services."""
    acl = resource(
        "aws_default_network_acl.d",
        default_network_acl_id=HIS,
        ingress=[DENY | {"action": "allow"}],
        egress=[DENY | {"action": "allow", "protocol": "tcp", "from_port": 0, "to_port": 1023}],
    )
    answers = Answers(*BASE, acl, instance("a", "a", "open"), instance("b", "b", "open"))
    bounds = answers.bounds(A, B)
    assert ("nothing", "tcp/0-1023") == (str(bounds.possible), str(bounds.one_way))


def test_aws_13_unasked_no_answer_is_about_link_local_addresses() -> None:
    """A list of all flows has no block for them, and `private` does not include them."""
    answers = Answers(*BASE, instance("a", "a", "open"))
    private = _asked(answers).by_id["private"]
    assert not private.addresses.overlaps(AddressSet.parse("169.254.0.0/16"))
    assert {"internet", "internet6", "private", "private6"} == answers.externals()


def test_aws_13_a_rule_that_names_a_part_brings_the_rest() -> None:
    """Whoever allows the metadata address in a group sees it, and what else is link-local, as blocks."""
    named = group("g", [allow("tcp", 80, cidr_blocks=[METADATA])])
    answers = Answers(*BASE, named, instance("a", "a", "g"))
    assert METADATA in answers.externals()
    assert "169.254.0.0-169.254.169.253" in answers.externals()
