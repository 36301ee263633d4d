"""Resources of the `awscc` provider: the same estate in its words and in those of `aws` is the same network."""

from __future__ import annotations

from typing import Any

import pytest

from netaudit.model import Resource
from netaudit.providers.aws import cloud_control
from tests.providers.aws.building import (
    BASE,
    UNKNOWN,
    Answers,
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


# ---- pairs: the same thing in the words of both providers -----------------------------------------------------

P = "awscc_"
NET = [
    *BASE,
    gateway(),
    *table("front", to_internet(), subnets=["a"]),
    group("web", [allow("tcp", 443, cidr_blocks=["0.0.0.0/0"])]),
    group("data", [allow("tcp", 5432, security_groups=[ref("aws_security_group.web")])]),
]
WEB_GROUP, DATA_GROUP = [ref("aws_security_group.web")], [ref("aws_security_group.data")]
IN_A, IN_B = ref("aws_subnet.a"), ref("aws_subnet.b")
BOTH = [IN_A, IN_B]
OTHER = instance("other", "b", "web", private_ip="10.0.2.50")
FIRST_GROUP = "elasticloadbalancingv2_target_group.t"
BALANCER = "elasticloadbalancingv2_load_balancer.l"


def flows(*resources: Resource) -> dict[tuple[str, str], tuple[str, str]]:
    """What may flow between all endpoints, under names without the provider's and the kind's."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    asked = Answers(*NET, OTHER, *resources)
    assert "AWS_NOT_MODELLED" not in asked.codes()
    names = [each.id for each in asked.network.endpoints]
    for source in (*names, *asked.externals()):
        for goal in (*names, *asked.externals()):
            bounds = asked.bounds(source, goal)
            if bounds.possible and source != goal:
                found[_short(source), _short(goal)] = (str(bounds.certain), str(bounds.possible))
    return found


def _short(name: str) -> str:
    return name.rpartition(".")[2] if name.startswith("aws") else name


def forwards(*resources: Resource) -> set[tuple[str, str, bool]]:
    """Which load balancer hands connections to what, and whether for certain."""
    found = Answers(*NET, OTHER, *resources).network.forwards
    return {(_short(each.proxy), _short(each.target), not each.because) for each in found}


PAIRS: dict[str, tuple[list[Resource], list[Resource]]] = {
    "an instance": (
        [resource("aws_instance.x", subnet_id=IN_A, vpc_security_group_ids=WEB_GROUP, private_ip="10.0.1.9")],
        [resource(f"{P}ec2_instance.x", subnet_id=IN_A, security_group_ids=WEB_GROUP, private_ip_address="10.0.1.9")],
    ),
    "an instance with an interface of its own words": (
        [
            resource(
                "aws_instance.x", subnet_id=IN_A, vpc_security_group_ids=WEB_GROUP, associate_public_ip_address=True
            )
        ],
        [
            resource(
                f"{P}ec2_instance.x",
                network_interfaces=[
                    {
                        "device_index": "0",
                        "subnet_id": IN_A,
                        "group_set": WEB_GROUP,
                        "associate_public_ip_address": True,
                        "delete_on_termination": True,
                    }
                ],
            )
        ],
    ),
    "an instance with an interface that is written apart": (
        [
            resource("aws_network_interface.n", subnet_id=IN_A, security_groups=DATA_GROUP, private_ips=["10.0.1.7"]),
            resource(
                "aws_instance.x",
                network_interface=[{"network_interface_id": ref("aws_network_interface.n"), "device_index": 0}],
            ),
        ],
        [
            resource(
                f"{P}ec2_network_interface.n", subnet_id=IN_A, group_set=DATA_GROUP, private_ip_address="10.0.1.7"
            ),
            resource(
                f"{P}ec2_instance.x",
                network_interfaces=[{"network_interface_id": ref(f"{P}ec2_network_interface.n"), "device_index": "0"}],
            ),
        ],
    ),
    "an interface that is attached, with an elastic address": (
        [
            resource("aws_instance.x", subnet_id=IN_A, vpc_security_group_ids=WEB_GROUP),
            resource("aws_network_interface.n", subnet_id=IN_A, security_groups=DATA_GROUP, private_ips_count=2),
            resource(
                "aws_network_interface_attachment.n",
                instance_id=ref("aws_instance.x"),
                network_interface_id=ref("aws_network_interface.n"),
                device_index=1,
            ),
            resource("aws_eip.e", domain="vpc"),
            resource("aws_eip_association.e", allocation_id=ref("aws_eip.e"), instance_id=ref("aws_instance.x")),
        ],
        [
            resource(f"{P}ec2_instance.x", subnet_id=IN_A, security_group_ids=WEB_GROUP),
            resource(
                f"{P}ec2_network_interface.n",
                subnet_id=IN_A,
                group_set=DATA_GROUP,
                secondary_private_ip_address_count=2,
            ),
            resource(
                f"{P}ec2_network_interface_attachment.n",
                instance_id=ref(f"{P}ec2_instance.x", "instance_id"),
                network_interface_id=ref(f"{P}ec2_network_interface.n"),
                device_index="1",
            ),
            resource(f"{P}ec2_eip.e", domain="vpc"),
            resource(
                f"{P}ec2_eip_association.e",
                allocation_id=ref(f"{P}ec2_eip.e", "allocation_id"),
                instance_id=ref(f"{P}ec2_instance.x"),
            ),
        ],
    ),
    "an interface endpoint": (
        [
            resource(
                "aws_vpc_endpoint.x",
                vpc_id=ref("aws_vpc.main"),
                service_name="com.amazonaws.eu-west-1.sqs",
                vpc_endpoint_type="Interface",
                subnet_ids=BOTH,
                security_group_ids=WEB_GROUP,
            )
        ],
        [
            resource(
                f"{P}ec2_vpc_endpoint.x",
                vpc_id=ref("aws_vpc.main"),
                service_name="com.amazonaws.eu-west-1.sqs",
                vpc_endpoint_type="Interface",
                subnet_ids=BOTH,
                security_group_ids=WEB_GROUP,
                private_dns_enabled=True,
            )
        ],
    ),
    "a function": (
        [resource("aws_lambda_function.x", vpc_config=[{"subnet_ids": BOTH, "security_group_ids": WEB_GROUP}])],
        [
            resource(
                f"{P}lambda_function.x",
                code={"zip_file": "x"},
                role="r",
                vpc_config={"subnet_ids": BOTH, "security_group_ids": WEB_GROUP},
            )
        ],
    ),
    "a database": (
        [
            resource("aws_db_subnet_group.g", name="g", subnet_ids=BOTH),
            resource(
                "aws_db_instance.x",
                db_subnet_group_name=ref("aws_db_subnet_group.g", "name"),
                vpc_security_group_ids=DATA_GROUP,
                publicly_accessible=False,
            ),
        ],
        [
            resource(f"{P}rds_db_subnet_group.g", db_subnet_group_name="g", subnet_ids=BOTH),
            resource(
                f"{P}rds_db_instance.x",
                engine="postgres",
                db_subnet_group_name=ref(f"{P}rds_db_subnet_group.g", "db_subnet_group_name"),
                vpc_security_groups=DATA_GROUP,
                publicly_accessible=False,
            ),
        ],
    ),
    "a cluster of databases": (
        [
            resource("aws_db_subnet_group.g", name="g", subnet_ids=BOTH),
            resource("aws_rds_cluster.c", db_subnet_group_name="g", vpc_security_group_ids=DATA_GROUP),
            resource(
                "aws_rds_cluster_instance.x", cluster_identifier=ref("aws_rds_cluster.c"), publicly_accessible=True
            ),
        ],
        [
            resource(f"{P}rds_db_subnet_group.g", db_subnet_group_name="g", subnet_ids=BOTH),
            resource(f"{P}rds_db_cluster.c", db_subnet_group_name="g", vpc_security_group_ids=DATA_GROUP),
            resource(
                f"{P}rds_db_instance.x", db_cluster_identifier=ref(f"{P}rds_db_cluster.c"), publicly_accessible=True
            ),
        ],
    ),
    "a mount target": (
        [resource("aws_efs_mount_target.x", subnet_id=IN_B, security_groups=DATA_GROUP)],
        [resource(f"{P}efs_mount_target.x", file_system_id="fs-1", subnet_id=IN_B, security_groups=DATA_GROUP)],
    ),
    "a cache": (
        [
            resource("aws_elasticache_subnet_group.g", name="g", subnet_ids=BOTH),
            resource(
                "aws_elasticache_replication_group.x",
                subnet_group_name=ref("aws_elasticache_subnet_group.g", "name"),
                security_group_ids=DATA_GROUP,
            ),
        ],
        [
            resource(f"{P}elasticache_subnet_group.g", cache_subnet_group_name="g", subnet_ids=BOTH),
            resource(
                f"{P}elasticache_replication_group.x",
                replication_group_description="x",
                cache_subnet_group_name=ref(f"{P}elasticache_subnet_group.g", "cache_subnet_group_name"),
                security_group_ids=DATA_GROUP,
            ),
        ],
    ),
    "a service behind a load balancer": (
        [
            resource("aws_lb.l", subnets=BOTH, security_groups=WEB_GROUP, internal=True),
            resource(
                "aws_lb_listener.l",
                load_balancer_arn=ref("aws_lb.l", "arn"),
                port=443,
                protocol="HTTPS",
                default_action=[{"type": "forward", "target_group_arn": ref("aws_lb_target_group.t", "arn")}],
            ),
            resource("aws_lb_target_group.t", port=443, target_type="ip", vpc_id=ref("aws_vpc.main")),
            resource(
                "aws_ecs_service.x",
                network_configuration=[{"subnets": [IN_A], "security_groups": WEB_GROUP, "assign_public_ip": True}],
                load_balancer=[
                    {
                        "target_group_arn": ref("aws_lb_target_group.t", "arn"),
                        "container_name": "c",
                        "container_port": 443,
                    }
                ],
            ),
        ],
        [
            resource(f"{P}{BALANCER}", subnets=BOTH, security_groups=WEB_GROUP, scheme="internal"),
            resource(
                f"{P}elasticloadbalancingv2_listener.l",
                load_balancer_arn=ref(f"{P}{BALANCER}"),
                port=443,
                protocol="HTTPS",
                default_actions=[{"type": "forward", "target_group_arn": ref(f"{P}{FIRST_GROUP}")}],
            ),
            resource(f"{P}{FIRST_GROUP}", port=443, target_type="ip", vpc_id=ref("aws_vpc.main")),
            resource(f"{P}ecs_cluster.c"),
            resource(
                f"{P}ecs_service.x",
                network_configuration={
                    "awsvpc_configuration": {
                        "subnets": [IN_A],
                        "security_groups": WEB_GROUP,
                        "assign_public_ip": "ENABLED",
                    }
                },
                load_balancers=[
                    {
                        "target_group_arn": ref(f"{P}{FIRST_GROUP}"),
                        "container_name": "c",
                        "container_port": 443,
                    }
                ],
            ),
        ],
    ),
    "a control plane and its nodes": (
        [
            resource(
                "aws_eks_cluster.c",
                name="c",
                vpc_config=[{"subnet_ids": BOTH, "security_group_ids": WEB_GROUP, "endpoint_public_access": False}],
            ),
            resource("aws_eks_node_group.x", cluster_name=ref("aws_eks_cluster.c", "name"), subnet_ids=BOTH),
        ],
        [
            resource(
                f"{P}eks_cluster.c",
                name="c",
                resources_vpc_config={
                    "subnet_ids": BOTH,
                    "security_group_ids": WEB_GROUP,
                    "endpoint_public_access": False,
                },
            ),
            resource(f"{P}eks_nodegroup.x", cluster_name=ref(f"{P}eks_cluster.c"), subnets=BOTH, node_role="r"),
        ],
    ),
    "a load balancer before addresses": (
        [
            resource("aws_lb.l", subnets=BOTH, security_groups=WEB_GROUP, internal=False),
            resource(
                "aws_lb_listener.l",
                load_balancer_arn=ref("aws_lb.l", "arn"),
                port=443,
                protocol="HTTPS",
                default_action=[{"type": "forward", "target_group_arn": ref("aws_lb_target_group.t", "arn")}],
            ),
            resource("aws_lb_target_group.t", port=443, protocol="HTTPS", target_type="ip", vpc_id=ref("aws_vpc.main")),
            resource(
                "aws_lb_target_group_attachment.t",
                target_group_arn=ref("aws_lb_target_group.t", "arn"),
                target_id="10.0.2.50",
                port=443,
            ),
        ],
        [
            resource(f"{P}{BALANCER}", subnets=BOTH, security_groups=WEB_GROUP, scheme="internet-facing"),
            resource(
                f"{P}elasticloadbalancingv2_listener.l",
                load_balancer_arn=ref(f"{P}{BALANCER}", "load_balancer_arn"),
                port=443,
                protocol="HTTPS",
                default_actions=[{"type": "forward", "target_group_arn": ref(f"{P}{FIRST_GROUP}", "target_group_arn")}],
            ),
            resource(
                f"{P}{FIRST_GROUP}",
                port=443,
                protocol="HTTPS",
                target_type="ip",
                vpc_id=ref("aws_vpc.main"),
                targets=[{"id": "10.0.2.50", "port": 443}],
            ),
        ],
    ),
    "a network load balancer that stays in its zone": (
        [
            resource(
                "aws_lb.l",
                load_balancer_type="network",
                internal=True,
                subnet_mapping=[{"subnet_id": IN_B, "private_ipv4_address": "10.0.2.60"}],
                enable_cross_zone_load_balancing=False,
            ),
            resource(
                "aws_lb_listener.l",
                load_balancer_arn=ref("aws_lb.l", "arn"),
                port=443,
                protocol="TCP",
                default_action=[
                    {"type": "forward", "forward": [{"target_group": [{"arn": ref("aws_lb_target_group.t", "arn")}]}]}
                ],
            ),
            resource(
                "aws_lb_target_group.t",
                port=443,
                protocol="TCP",
                target_type="instance",
                vpc_id=ref("aws_vpc.main"),
                preserve_client_ip="false",
            ),
            resource(
                "aws_lb_target_group_attachment.t",
                target_group_arn=ref("aws_lb_target_group.t", "arn"),
                target_id=ref("aws_instance.other"),
            ),
        ],
        [
            resource(
                f"{P}{BALANCER}",
                type="network",
                scheme="internal",
                subnet_mappings=[{"subnet_id": IN_B, "private_i_pv_4_address": "10.0.2.60"}],
                load_balancer_attributes=[
                    {"key": "load_balancing.cross_zone.enabled", "value": "false"},
                    {"key": "deletion_protection.enabled", "value": "true"},
                ],
            ),
            resource(
                f"{P}elasticloadbalancingv2_listener.l",
                load_balancer_arn=ref(f"{P}{BALANCER}"),
                port=443,
                protocol="TCP",
                default_actions=[
                    {
                        "type": "forward",
                        "forward_config": {
                            "target_groups": [{"target_group_arn": ref(f"{P}{FIRST_GROUP}"), "weight": 1}]
                        },
                    }
                ],
            ),
            resource(
                f"{P}{FIRST_GROUP}",
                port=443,
                protocol="TCP",
                target_type="instance",
                vpc_id=ref("aws_vpc.main"),
                target_group_attributes=[{"key": "preserve_client_ip.enabled", "value": "false"}],
                targets=[{"id": ref("aws_instance.other")}],
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_tf_102_both_providers_words_mean_one_network(name: str) -> None:
    """The same flows and the same targets, everywhere."""
    plain, other = PAIRS[name]
    assert flows(*other) == flows(*plain)
    assert forwards(*other) == forwards(*plain)
    assert any("x" in pair or "l" in pair for pair in flows(*plain)), "the thing is part of the network"


def over_transit(words: dict[str, str], **options: Any) -> list[Resource]:
    """Two VPCs with a machine each, over a transit gateway, in the words of one provider."""
    hub, attached = words["hub"], words["attached"]
    found = [resource(f"{hub}.h", default_route_table_propagation="enable")]
    for name, number, other in (("one", 1, 2), ("two", 2, 1)):
        route = {"cidr_block": f"10.{other}.0.0/16", "transit_gateway_id": ref(f"{hub}.h")}
        found += [
            vpc(name, f"10.{number}.0.0/16"),
            subnet(name, f"10.{number}.1.0/24", home=name),
            group(name, [allow("tcp", 22, cidr_blocks=["10.0.0.0/8"])], home=name),
            instance(name, name, name),
            *table(name, route, subnets=[name], home=name),
            resource(
                f"{attached}.{name}",
                transit_gateway_id=ref(f"{hub}.h"),
                vpc_id=ref(f"aws_vpc.{name}"),
                subnet_ids=[ref(f"aws_subnet.{name}")],
                **options,
            ),
        ]
    return found


@pytest.mark.parametrize("attached", ["ec2_transit_gateway_attachment", "ec2_transit_gateway_vpc_attachment"])
def test_tf_102_a_transit_gateway_and_its_attachments(attached: str) -> None:
    """Both kinds of attachment; the options stand in an object of their own."""
    ours = {"hub": "aws_ec2_transit_gateway", "attached": "aws_ec2_transit_gateway_vpc_attachment"}
    theirs = {"hub": f"{P}ec2_transit_gateway", "attached": f"{P}{attached}"}
    options = {"options": {"dns_support": "enable", "ipv_6_support": "disable"}}
    found = [
        str(Answers(*estate).exactly("aws_instance.one", "aws_instance.two"))
        for estate in (over_transit(ours), over_transit(theirs, **options))
    ]
    assert found == ["tcp/22", "tcp/22"]


def test_tf_102_whether_a_database_is_public_is_not_sure_unless_it_says_so() -> None:
    """CloudFormation leaves that to the VPC; with `aws` it is not public."""
    places = [resource(f"{P}rds_db_subnet_group.g", db_subnet_group_name="g", subnet_ids=[IN_A])]
    database = resource(f"{P}rds_db_instance.x", db_subnet_group_name="g", vpc_security_groups=WEB_GROUP)
    asked = Answers(*NET, *places, database)
    assert asked.possibly("internet", f"{P}rds_db_instance.x") == "tcp/443"


@pytest.mark.parametrize(
    "unread",
    [
        resource(f"{P}ec2_launch_template.t", launch_template_data={"security_group_ids": WEB_GROUP}),
        resource(f"{P}ec2_instance.t", network_interfaces=[{"subnet_id": IN_A}, {"subnet_id": IN_B}]),
        resource(f"{P}ec2_instance.t", network_interfaces=[{"subnet_id": IN_A, "something_new": 1}]),
        resource(f"{P}ec2_transit_gateway.t", association_default_route_table_id="tgw-rtb-1"),
        resource(
            f"{P}{BALANCER}",
            subnets=BOTH,
            load_balancer_attributes=[{"key": "ipv6.deny_all_igw_traffic", "value": "true"}],
        ),
        resource(f"{P}networkfirewall_firewall.t", firewall_name="f"),
        resource(f"{P}autoscaling_auto_scaling_group.t", vpc_zone_identifier=BOTH),
        resource(f"{P}cloudformation_stack.t", stack_name="s"),
        resource(
            f"{P}events_rule.t",
            targets=[{"ecs_parameters": {"network_configuration": {"aws_vpc_configuration": {"subnets": BOTH}}}}],
        ),
    ],
    ids=lambda each: each.kind,
)
def test_tf_102_what_touches_a_network_and_is_not_read_is_named(unread: Resource) -> None:
    """Nothing of it is guessed, and nothing passed over in silence."""
    told = [d.message for d in Answers(*NET, unread).network.diagnostics if d.code == "AWS_NOT_MODELLED"]
    assert told == [f"{unread.address}: not modelled: network parts of the awscc provider"]


@pytest.mark.parametrize("kind", ["iam_role", "kms_key", "ec2_key_pair", "ec2_flow_log", "route53_record_set"])
def test_tf_102_what_touches_no_network_is_passed_over(kind: str) -> None:
    """Identities, keys, records of names."""
    assert "AWS_NOT_MODELLED" not in Answers(*NET, resource(f"{P}{kind}.x", name="x")).codes()
