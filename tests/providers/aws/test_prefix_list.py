"""Claims about prefix lists and subnets (netaudit/providers/aws/prefix_list.py, subnet.py, vpc.py)."""

from typing import Any

from netaudit.flows import AddressSet

from .building import (
    ANYTHING,
    BASE,
    MANY,
    UNKNOWN,
    A,
    Answers,
    B,
    allow,
    group,
    instance,
    network,
    pair,
    ref,
    resource,
    vpc,
)

LIST = "aws_ec2_managed_prefix_list.x"
RULE = group("b", [allow("tcp", 443, prefix_list_ids=[ref(LIST)])])


def listed(*blocks: Any) -> Any:
    """A prefix list with inline entries."""
    return resource(LIST, entry=[{"cidr": block} for block in blocks])


def test_aws_11_peer_is_the_union_of_the_entries() -> None:
    """A prefix list as peer is the union of its entries, inline and separate."""
    separate = resource("aws_ec2_managed_prefix_list_entry.y", prefix_list_id=ref(LIST), cidr="10.0.1.0/24")
    assert pair(RULE, listed("10.9.0.0/16"), b="b").exactly(A, B) == "nothing"
    assert pair(RULE, listed("10.9.0.0/16"), separate, b="b").exactly(A, B) == "tcp/443"


def test_aws_11_list_of_aws_is_an_unknown_set() -> None:
    """A list that the sources do not declare has unknown entries: possible, never certain."""
    rule = group("b", [allow("tcp", 443, prefix_list_ids=["pl-6da54004"])])
    assert pair(rule, b="b").possibly(A, B) == "tcp/443"


def test_aws_11_unknown_entries_are_possible() -> None:
    """An unknown entry may be any block; the known ones stay certain."""
    assert pair(RULE, listed(UNKNOWN), b="b").possibly(A, B) == "tcp/443"
    assert pair(RULE, listed(UNKNOWN, "10.0.1.0/24"), b="b").exactly(A, B) == "tcp/443"
    assert pair(RULE, resource(LIST, entry=[MANY]), b="b").possibly(A, B) == "tcp/443"


def test_aws_22_inside_a_subnet_delivery_is_direct() -> None:
    """Traffic inside one subnet needs no route and passes no ACL."""
    closed = resource("aws_default_network_acl.x", default_network_acl_id=ref("aws_vpc.main", "default_network_acl_id"))
    answers = Answers(*BASE, closed, instance("a", "a", "open"), instance("c", "a", "open"))
    assert answers.exactly(A, "aws_instance.c") == ANYTHING


def test_tf_95_blocks_of_a_vpc_are_all_local() -> None:
    """A further block of a VPC is as local as the first."""
    more = resource("aws_vpc_ipv4_cidr_block_association.x", vpc_id=ref("aws_vpc.main"), cidr_block="100.64.0.0/16")
    far = resource("aws_subnet.far", vpc_id=ref("aws_vpc.main"), cidr_block="100.64.1.0/24")
    answers = Answers(*BASE, more, far, instance("a", "a", "open"), instance("far", "far", "open"))
    assert answers.exactly(A, "aws_instance.far") == ANYTHING
    assert AddressSet.parse("100.64.0.0/16") <= answers.network.owned


def test_vpc_with_an_unknown_block_is_local_all_the_same() -> None:
    """Interfaces of one VPC reach one another whatever its block turns out to be."""
    unknown = [
        vpc(block=UNKNOWN),
        *(resource(f"aws_subnet.{n}", vpc_id=ref("aws_vpc.main"), cidr_block=UNKNOWN) for n in "ab"),
    ]
    answers = Answers(*unknown, BASE[3], instance("a", "a", "open"), instance("b", "b", "open"))
    assert answers.exactly(A, B) == ANYTHING


def test_declared_vpc_owns_its_blocks() -> None:
    """Every address of a declared VPC belongs to the model; of one that is only referred to, none does."""
    assert network(*BASE).owned == AddressSet.parse("10.0.0.0/16")
    assert not network(resource("data.aws_vpc.x", cidr_block="10.0.0.0/16"), resource("aws_security_group.x")).owned
