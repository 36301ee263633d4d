"""Literal ids, as a state has them: what comes with a declared resource is meant as by a reference to it (TF-2)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from netaudit.engine.solve import Bounds
from netaudit.model import Path, Resource

from .building import ALL, BASE, A, Answers, B, gateway, group, instance, ref, resource, subnet, table, vpc

MACHINES = [instance("a", "a", "open", associate_public_ip_address=True), instance("b", "b", "open")]
SHUT = group("shut", egress=[])


def main_table(identity: Any) -> list[Resource]:
    """A route in a VPC's main table."""
    way: dict[str, Any] = {"destination_cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.main")}
    return [*BASE, *MACHINES, gateway(), resource("aws_route.r", route_table_id=identity, **way)]


def associated_table(identity: Any) -> list[Resource]:
    """A subnet that is associated with the main table by name."""
    link = resource("aws_route_table_association.l", subnet_id=ref("aws_subnet.a"), route_table_id=identity)
    return [*main_table(identity), link]


def default_acl(identity: Any) -> list[Resource]:
    """A rule that denies all that enters, in a VPC's default ACL."""
    deny: dict[str, Any] = {
        "rule_number": 1,
        "egress": False,
        "protocol": "-1",
        "rule_action": "deny",
        "cidr_block": "0.0.0.0/0",
    }
    return [*BASE, *MACHINES, resource("aws_network_acl_rule.r", network_acl_id=identity, **deny)]


def default_group(identity: Any) -> list[Resource]:
    """An instance in a VPC's default group, with one more rule."""
    rule: dict[str, Any] = {
        "type": "ingress",
        "protocol": "tcp",
        "from_port": 22,
        "to_port": 22,
        "cidr_blocks": ["10.0.0.0/8"],
    }
    inside = resource("aws_instance.b", subnet_id=ref("aws_subnet.b"), vpc_security_group_ids=[identity])
    return [*BASE, MACHINES[0], inside, resource("aws_security_group_rule.r", security_group_id=identity, **rule)]


def hub_table(identity: Any) -> list[Resource]:
    """A static route in the default table of a transit gateway."""
    hub = resource("aws_ec2_transit_gateway.hub", default_route_table_propagation="disable")
    estate, kind = [hub], "aws_ec2_transit_gateway"
    for name, block in (("a", "10.1.0.0/16"), ("b", "10.2.0.0/16")):
        way: dict[str, Any] = {"cidr_block": "10.0.0.0/8", "transit_gateway_id": ref(hub.address)}
        estate += [vpc(name, block), subnet(name, block, name), group(name, [ALL], home=name)]
        estate += [instance(name, name, name), *table(name, way, subnets=[name], home=name)]
        ends: dict[str, Any] = {"vpc_id": ref(f"aws_vpc.{name}"), "subnet_ids": [ref(f"aws_subnet.{name}")]}
        estate.append(resource(f"{kind}_vpc_attachment.{name}", transit_gateway_id=ref(hub.address), **ends))
        to: dict[str, Any] = {
            "destination_cidr_block": block,
            "transit_gateway_attachment_id": ref(f"{kind}_vpc_attachment.{name}"),
        }
        estate.append(resource(f"{kind}_route.{name}", transit_gateway_route_table_id=identity, **to))
    return estate


def cluster_group(identity: Any) -> list[Resource]:
    """A rule in the group that EKS makes for its cluster."""
    cluster = resource("aws_eks_cluster.b", name="b", vpc_config=[{"subnet_ids": [ref("aws_subnet.b")]}])
    rule: dict[str, Any] = {
        "type": "ingress",
        "protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        "cidr_blocks": ["10.0.0.0/8"],
    }
    return [*BASE, MACHINES[0], cluster, resource("aws_security_group_rule.r", security_group_id=identity, **rule)]


def first_interface(identity: Any) -> list[Resource]:
    """A group that is attached to the first interface of an instance."""
    link: dict[str, Any] = {"security_group_id": ref("aws_security_group.open"), "network_interface_id": identity}
    attached = resource("aws_network_interface_sg_attachment.l", **link)
    return [*BASE, SHUT, MACHINES[0], instance("b", "b", "shut"), attached]


CASES: list[tuple[Callable[[Any], list[Resource]], str, Path, str]] = [
    (main_table, "aws_vpc.main", ("main_route_table_id",), B),
    (main_table, "aws_vpc.main", ("default_route_table_id",), B),
    (associated_table, "aws_vpc.main", ("main_route_table_id",), B),
    (default_acl, "aws_vpc.main", ("default_network_acl_id",), B),
    (default_group, "aws_vpc.main", ("default_security_group_id",), B),
    (hub_table, "aws_ec2_transit_gateway.hub", ("association_default_route_table_id",), B),
    (cluster_group, "aws_eks_cluster.b", ("vpc_config", 0, "cluster_security_group_id"), "aws_eks_cluster.b"),
    (first_interface, B, ("primary_network_interface_id",), B),
]


def with_identity(estate: list[Resource], owner: str, path: Path, value: str) -> list[Resource]:
    """The estate, where a resource shows the id of what comes with it."""

    def shown(attributes: Any) -> Any:
        if len(path) == 1:
            return {**attributes, str(path[0]): value}
        block = {**attributes[str(path[0])][0], str(path[-1]): value}
        return {**attributes, str(path[0]): [block]}

    return [replace(r, attributes=shown(r.attributes)) if r.address == owner else r for r in estate]


def all_pairs(estate: list[Resource], target: str) -> list[Bounds]:
    """What flows between the two ends, and between the first and the internet."""
    answers = Answers(*estate)
    pairs = [(A, target), (target, A), *((A, outside) for outside in ("internet",) if outside in answers.externals())]
    return [answers.bounds(*pair) for pair in pairs]


@pytest.mark.parametrize(("estate", "owner", "path", "target"), CASES)
def test_tf_2_a_literal_id_means_what_a_reference_means(
    estate: Callable[[Any], list[Resource]], owner: str, path: Path, target: str
) -> None:
    """Where a state shows the id, all answers are those of the code, with a reference or with the id itself."""
    written = all_pairs(estate(ref(owner, *path)), target)
    for identity in ("id-1", ref(owner, *path)):
        assert all_pairs(with_identity(estate(identity), owner, path, "id-1"), target) == written


@pytest.mark.parametrize(("estate", "owner", "path", "target"), CASES)
def test_tf_2_a_literal_id_matters(
    estate: Callable[[Any], list[Resource]], owner: str, path: Path, target: str
) -> None:
    """The same estate with the id of something else has other answers: the cases above show something."""
    written = all_pairs(estate(ref(owner, *path)), target)
    assert all_pairs(with_identity(estate("id-2"), owner, path, "id-1"), target) != written


def test_tf_2_a_table_that_is_declared_is_itself() -> None:
    """A VPC shows the id of the table that was made its main one, which is a resource of its own."""
    mine = table("mine", {"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.main")})
    mine = [replace(mine[0], attributes={**mine[0].attributes, "id": "rtb-1"})]
    main = resource("aws_main_route_table_association.m", vpc_id=ref("aws_vpc.main"), route_table_id="rtb-1")
    estate = with_identity(
        [*BASE, *MACHINES, gateway(), *mine, main], "aws_vpc.main", ("main_route_table_id",), "rtb-1"
    )
    assert Answers(*estate).exactly(A, "internet") == "tcp udp sctp"
