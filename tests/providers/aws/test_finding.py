"""What data sources find in a VPC of the sources is what they declare, or AWS's own: not outside of them (TF-107)."""

from dataclasses import replace
from typing import Any

import pytest

from netaudit.model import Ref, Resource

from .building import ALL, BASE, UNKNOWN, A, Answers, B, gateway, group, instance, ref, resource, subnet, table, vpc

HOME = ref("aws_vpc.main")
OUT: dict[str, Any] = {"type": "egress", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}
SSH: dict[str, Any] = {**OUT, "type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22}
WAY: dict[str, Any] = {"destination_cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.main")}


def asked(filters: dict[str, Any]) -> dict[str, Any]:
    """Filters of a data source, with one value each."""
    return {"filter": [{"name": name, "values": [value]} for name, value in filters.items()]}


def rule_of(found: Resource, rule: dict[str, Any] = SSH) -> list[Resource]:
    """One rule more, in the group that a data source finds."""
    return [found, resource("aws_security_group_rule.r", security_group_id=ref(found.address), **rule)]


def route_in(found: Resource, *path: str) -> list[Resource]:
    """A way to the internet, in the table that a data source finds."""
    machine = instance("a", "a", "open", associate_public_ip_address=True)
    return [*BASE, machine, gateway(), found, resource("aws_route.r", route_table_id=ref(found.address, *path), **WAY)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"vpc_id": HOME, "name": "default"},
        asked({"vpc-id": HOME, "group-name": "default"}),
        {"vpc_id": ref("data.aws_vpc.main"), "name": "default"},
    ],
)
def test_tf_107_the_default_group_is_found_by_its_name(arguments: dict[str, Any]) -> None:
    """An instance without groups is in it, and has the rule that is written for what the data source finds."""
    inside = resource("aws_instance.b", subnet_id=ref("aws_subnet.b"))
    known = resource("data.aws_vpc.main", id=HOME)
    found = resource("data.aws_security_group.default", **arguments)
    answers = Answers(*BASE, instance("a", "a", "open"), inside, known, *rule_of(found))
    assert answers.exactly(A, B) == "tcp/22"


def test_tf_107_any_other_group_may_be_one_that_is_declared() -> None:
    """By its tags, or by the name that a declared one has: possible, for every group."""
    shut = replace(group("shut"), attributes={**group("shut").attributes, "name": "shut"})
    machines = [*BASE, shut, instance("a", "a", "open"), instance("b", "b", "shut")]
    for arguments in ({"vpc_id": HOME, "tags": {"Name": "s"}}, {"name": "shut"}):
        answers = Answers(*machines, *rule_of(resource("data.aws_security_group.s", **arguments)))
        assert answers.possibly(A, B) == "tcp/22"
    elsewhere = resource("data.aws_security_group.s", vpc_id="vpc-9", tags={"Name": "s"})
    assert Answers(*machines, *rule_of(elsewhere)).exactly(A, B) == "nothing"
    by_id = resource("data.aws_security_group.s", id=ref("aws_security_group.shut"))
    assert Answers(*machines, *rule_of(by_id)).exactly(A, B) == "tcp/22"


@pytest.mark.parametrize("path", [("id",), ("route_table_id",)])
def test_tf_107_the_main_table_is_found_by_its_association(path: tuple[str]) -> None:
    """It takes the routes that are written for it, and the subnets without another table have them."""
    found = resource("data.aws_route_table.main", vpc_id=HOME, **asked({"association.main": "true"}))
    assert Answers(*route_in(found, *path)).exactly(A, "internet") == "tcp udp sctp"


def test_tf_107_a_table_is_found_by_its_subnet() -> None:
    """That to which the subnet is bound; where it is not told which, any may be meant."""
    of_subnet = resource("data.aws_route_table.of", subnet_id=ref("aws_subnet.a"))
    bound = [*route_in(of_subnet), *table("t", subnets=["a"])]
    assert Answers(*bound).exactly(A, "internet") == "tcp udp sctp"
    assert Answers(*route_in(of_subnet), *table("t")).possibly(A, "internet") == "tcp udp sctp"
    tagged = resource("data.aws_route_table.t", vpc_id=HOME, tags={"Name": "t"})
    assert Answers(*route_in(tagged)).possibly(A, "internet") == "tcp udp sctp"
    named = resource("data.aws_route_table.t", route_table_id=ref("aws_route_table.t"))
    assert Answers(*route_in(named), *table("t", subnets=["a"])).exactly(A, "internet") == "tcp udp sctp"


def test_tf_107_a_subnet_may_be_one_that_is_declared() -> None:
    """Its table may be bound through a data source, and who is in what that finds may be in it."""
    machine = instance("a", "a", "open", associate_public_ip_address=True)
    found = resource("data.aws_subnet.some", vpc_id=HOME, tags={"Name": "a"})
    outward = table("t", {"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.main")})
    link = resource(
        "aws_route_table_association.l", subnet_id=ref(found.address), route_table_id=ref(outward[0].address)
    )
    estate = [*BASE, machine, gateway(), found, *outward]
    assert Answers(*estate, link).possibly(A, "internet") == "tcp udp sctp"
    assert Answers(*estate).exactly(A, "internet") == "nothing"
    for block, exact in (("10.0.1.0/24", "tcp udp sctp"), ("10.0.99.0/24", "nothing")):
        found = replace(found, attributes={"vpc_id": HOME, "cidr_block": block})
        assert Answers(*BASE, machine, gateway(), found, *outward, link).exactly(A, "internet") == exact
    unsure = subnet("u", UNKNOWN)
    assert Answers(*BASE, machine, gateway(), unsure, found, *outward, link).possibly(A, "internet") == "tcp udp sctp"


def test_tf_107_a_cluster_is_found_by_its_name() -> None:
    """A rule in its own group, which is named through a data source."""
    cluster = resource("aws_eks_cluster.b", name="b", vpc_config=[{"subnet_ids": [ref("aws_subnet.b")]}])
    path = ("vpc_config", 0, "cluster_security_group_id")
    for name in ("b", ref("aws_eks_cluster.b", "name"), ref("aws_eks_cluster.b")):
        found = resource("data.aws_eks_cluster.b", name=name)
        rule = resource("aws_security_group_rule.r", security_group_id=Ref(found.address, path), **SSH)
        assert Answers(*BASE, instance("a", "a", "open"), cluster, found, rule).exactly(A, cluster.address) == "tcp/22"


def test_tf_107_what_lies_elsewhere_is_outside() -> None:
    """A table of another VPC takes nothing from the subnets that are declared."""
    far = resource("data.aws_route_table.main", vpc_id="vpc-9", **asked({"association.main": "true"}))
    assert Answers(*route_in(far)).exactly(A, "internet") == "nothing"
    other = [vpc("other", "10.1.0.0/16"), subnet("o", "10.1.0.0/24", "other"), group("o", [ALL], home="other")]
    theirs = resource("data.aws_route_table.main", vpc_id=ref("aws_vpc.other"), **asked({"association.main": "true"}))
    assert Answers(*other, *route_in(theirs)).exactly(A, "internet") == "nothing"
