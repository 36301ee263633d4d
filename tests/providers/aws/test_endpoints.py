"""Claims about everything that has an interface: managed services, functions, load balancers, endpoints."""

from typing import Any

import pytest

from netaudit.flows import AddressSet, Traffic
from netaudit.model import MORE, Resource, Unknown

from .building import (
    ANYTHING,
    BASE,
    UNKNOWN,
    A,
    Answers,
    allow,
    gateway,
    group,
    instance,
    network,
    reading,
    ref,
    resource,
    subnet,
    table,
    to_internet,
)

SUBNETS = [ref("aws_subnet.a"), ref("aws_subnet.b")]
OPEN_GROUP = [ref("aws_security_group.open")]
CLIENT = instance("a", "a", "open")
DB = "aws_db_instance.db"
GROUP = resource("aws_db_subnet_group.db", subnet_ids=SUBNETS)


def database(**more: Any) -> Resource:
    """A database in the subnet group."""
    return resource(
        DB, db_subnet_group_name=ref("aws_db_subnet_group.db", "name"), vpc_security_group_ids=OPEN_GROUP, **more
    )


def test_aws_45_address_is_one_of_the_subnets_without_the_reserved_ones() -> None:
    """An unknown address is the subnet's range minus the first four and the last address."""
    party = network(*BASE, CLIENT).endpoints[0].interfaces[0].party
    assert party.addresses == AddressSet.parse("10.0.1.4-10.0.1.254")
    assert party.unknown is not None


def test_aws_45_known_address_is_kept() -> None:
    """A fixed `private_ip` is the address."""
    party = network(*BASE, instance("a", "a", "open", private_ip="10.0.1.9")).endpoints[0].interfaces[0].party
    assert (AddressSet.parse("10.0.1.9"), None) == (party.addresses, party.unknown)


def test_aws_45_database_in_any_subnet_of_its_group_is_certain_where_all_agree() -> None:
    """A database may land in any subnet of its group; what all of them let pass is certain."""
    answers = Answers(*BASE, GROUP, database(), CLIENT)
    assert [answers.exactly(A, DB), answers.exactly(DB, A)] == [ANYTHING] * 2


def test_aws_45_database_is_possible_where_its_subnets_differ() -> None:
    """Where one subnet's ACL refuses, reaching the database is possible, not certain."""
    closed = resource("aws_network_acl.x", vpc_id=ref("aws_vpc.main"), subnet_ids=[ref("aws_subnet.b")])
    assert Answers(*BASE, GROUP, database(), closed, CLIENT).possibly(A, DB) == ANYTHING


def test_aws_45_publicly_accessible_adds_a_public_address() -> None:
    """`publicly_accessible` opens a database to the internet where its subnets have a route."""
    estate = [*BASE, GROUP, gateway(), *table("t", to_internet(), subnets=["a", "b"])]
    assert Answers(*estate, database()).exactly("internet", DB) == "nothing"
    assert Answers(*estate, database(publicly_accessible=True)).exactly("internet", DB) == ANYTHING


def test_aws_45_function_only_sends() -> None:
    """A function in a VPC opens connections and accepts none."""
    function = resource("aws_lambda_function.f", vpc_config=[{"subnet_ids": SUBNETS, "security_group_ids": OPEN_GROUP}])
    answers = Answers(*BASE, function, CLIENT)
    assert answers.exactly("aws_lambda_function.f", A) == ANYTHING
    assert answers.exactly(A, "aws_lambda_function.f") == "nothing"


def test_aws_45_function_without_vpc_is_no_endpoint() -> None:
    """A function without `vpc_config` is in no network of the model."""
    found = network(*BASE, resource("aws_lambda_function.f", function_name="f"))
    assert "aws_lambda_function.f" not in found.by_id


@pytest.mark.parametrize(
    ("address", "attributes"),
    [
        (
            "aws_elasticache_replication_group.x",
            {"security_group_ids": OPEN_GROUP, "subnet_group_name": ref("aws_elasticache_subnet_group.g", "name")},
        ),
        (
            "aws_redshift_cluster.x",
            {
                "vpc_security_group_ids": OPEN_GROUP,
                "cluster_subnet_group_name": ref("aws_redshift_subnet_group.g", "name"),
            },
        ),
        ("aws_opensearch_domain.x", {"vpc_options": [{"security_group_ids": OPEN_GROUP, "subnet_ids": SUBNETS}]}),
        ("aws_msk_cluster.x", {"broker_node_group_info": [{"security_groups": OPEN_GROUP, "client_subnets": SUBNETS}]}),
        ("aws_mq_broker.x", {"security_groups": OPEN_GROUP, "subnet_ids": SUBNETS}),
        ("aws_efs_mount_target.x", {"security_groups": OPEN_GROUP, "subnet_id": ref("aws_subnet.b")}),
        ("aws_db_proxy.x", {"vpc_security_group_ids": OPEN_GROUP, "vpc_subnet_ids": SUBNETS}),
        ("aws_eks_cluster.x", {"vpc_config": [{"security_group_ids": OPEN_GROUP, "subnet_ids": SUBNETS}]}),
        (
            "aws_vpc_endpoint.x",
            {"vpc_endpoint_type": "Interface", "security_group_ids": OPEN_GROUP, "subnet_ids": SUBNETS},
        ),
        ("aws_network_interface.x", {"security_groups": OPEN_GROUP, "subnet_id": ref("aws_subnet.b")}),
    ],
)
def test_aws_45_services_are_interfaces_with_groups(address: str, attributes: dict[str, Any]) -> None:
    """Managed services are interfaces in given subnets with given groups."""
    kinds = ("aws_elasticache_subnet_group", "aws_redshift_subnet_group")
    places = [resource(f"{kind}.g", subnet_ids=SUBNETS) for kind in kinds]
    answers = Answers(*BASE, *places, resource(address, **attributes), CLIENT)
    assert answers.exactly(A, address) == ANYTHING


def test_aws_46_ecs_service_with_awsvpc_has_its_own_groups() -> None:
    """An ECS service with `network_configuration` is an endpoint; one without is at its instance."""
    own = [{"subnets": SUBNETS, "security_groups": OPEN_GROUP}]
    answers = Answers(
        *BASE, resource("aws_ecs_service.x", network_configuration=own), resource("aws_ecs_service.y"), CLIENT
    )
    assert answers.exactly(A, "aws_ecs_service.x") == ANYTHING
    assert "aws_ecs_service.y" not in answers.network.by_id


PUBLIC_SUBNETS = [*BASE, gateway(), *table("public", to_internet(), subnets=["a", "b"])]


def test_aws_45_redshift_without_a_word_about_publicity_is_uncertain() -> None:
    """Whether a warehouse is public by default depends on the provider's version; what is written decides."""
    for wished, expected in ((None, ANYTHING), (False, "nothing")):
        warehouse = resource(
            "aws_redshift_cluster.x",
            cluster_subnet_group_name=ref("aws_redshift_subnet_group.g", "name"),
            vpc_security_group_ids=OPEN_GROUP,
            publicly_accessible=wished,
        )
        home = resource("aws_redshift_subnet_group.g", subnet_ids=SUBNETS)
        answers = Answers(*PUBLIC_SUBNETS, home, warehouse)
        assert answers.possibly("internet", "aws_redshift_cluster.x") == expected


def test_aws_45_replication_instance_may_be_public() -> None:
    """A DMS replication instance with `publicly_accessible` has a public address."""
    home = resource("aws_dms_replication_subnet_group.g", subnet_ids=SUBNETS)
    copier = resource(
        "aws_dms_replication_instance.x",
        replication_subnet_group_id=ref("aws_dms_replication_subnet_group.g"),
        vpc_security_group_ids=OPEN_GROUP,
        publicly_accessible=True,
    )
    assert Answers(*PUBLIC_SUBNETS, home, copier).exactly("internet", "aws_dms_replication_instance.x") == ANYTHING


def test_aws_45_kafka_brokers_are_public_when_their_connectivity_says_so() -> None:
    """`public_access` of a Kafka cluster gives its brokers public addresses."""
    for kind, expected in (("SERVICE_PROVIDED_EIPS", ANYTHING), ("DISABLED", "nothing")):
        info = {
            "client_subnets": SUBNETS,
            "security_groups": OPEN_GROUP,
            "connectivity_info": [{"public_access": [{"type": kind}]}],
        }
        answers = Answers(*PUBLIC_SUBNETS, resource("aws_msk_cluster.x", broker_node_group_info=[info]))
        assert answers.exactly("internet", "aws_msk_cluster.x") == expected


def test_aws_45_transfer_server_is_public_by_its_elastic_addresses() -> None:
    """A file transfer server with elastic addresses is reached from the internet, one without is not."""
    for given, expected in (([ref("aws_eip.a", "id")], ANYTHING), ([], "nothing")):
        details = {"subnet_ids": SUBNETS[:1], "security_group_ids": OPEN_GROUP, "address_allocation_ids": given}
        server = resource("aws_transfer_server.x", endpoint_type="VPC", endpoint_details=[details])
        answers = Answers(*PUBLIC_SUBNETS, resource("aws_eip.a"), server)
        assert answers.exactly("internet", "aws_transfer_server.x") == expected


def test_aws_47_remote_access_opens_nodes_by_a_group_that_eks_makes() -> None:
    """Without source groups EKS lets SSH in from everywhere: a public node is possibly reached, never surely not."""
    cluster = resource("aws_eks_cluster.x", name="x", vpc_config=[{"subnet_ids": SUBNETS}])
    public = [
        subnet(name, block, map_public_ip_on_launch=True)
        for name, block in (("a", "10.0.1.0/24"), ("b", "10.0.2.0/24"))
    ]
    for remote, expected in ([{"ec2_ssh_key": "k"}], ANYTHING), ([], "nothing"):
        nodes = resource(
            "aws_eks_node_group.x",
            cluster_name=ref("aws_eks_cluster.x", "name"),
            subnet_ids=SUBNETS,
            remote_access=remote,
        )
        places = [each for each in PUBLIC_SUBNETS if each.kind != "aws_subnet"]
        answers = Answers(*places, *public, cluster, nodes)
        assert answers.possibly("internet", "aws_eks_node_group.x") == expected


def test_aws_47_cluster_group_joins_nodes_and_control_plane() -> None:
    """Managed nodes and the control plane share the cluster's own group, which admits itself only."""
    cluster = resource("aws_eks_cluster.x", name="x", vpc_config=[{"subnet_ids": SUBNETS}])
    nodes = resource("aws_eks_node_group.n", cluster_name="x", subnet_ids=SUBNETS)
    answers = Answers(*BASE, cluster, nodes, CLIENT)
    assert answers.exactly("aws_eks_cluster.x", "aws_eks_node_group.n") == ANYTHING
    assert answers.exactly(A, "aws_eks_node_group.n") == "nothing"


def test_autoscaling_group_is_what_its_template_says() -> None:
    """An autoscaling group has its launch template's groups, in one of its subnets."""
    template = resource("aws_launch_template.t", vpc_security_group_ids=OPEN_GROUP)
    scaling = resource(
        "aws_autoscaling_group.g", vpc_zone_identifier=SUBNETS, launch_template=[{"id": ref("aws_launch_template.t")}]
    )
    assert Answers(*BASE, template, scaling, CLIENT).exactly(A, "aws_autoscaling_group.g") == ANYTHING


def test_cluster_instances_stand_for_their_cluster() -> None:
    """Where a cluster's instances are declared, they are the endpoints and the cluster is none."""
    cluster = resource(
        "aws_rds_cluster.c",
        db_subnet_group_name=ref("aws_db_subnet_group.db", "name"),
        vpc_security_group_ids=OPEN_GROUP,
    )
    member = resource("aws_rds_cluster_instance.m", cluster_identifier=ref("aws_rds_cluster.c"))
    answers = Answers(*BASE, GROUP, cluster, member, CLIENT)
    assert answers.exactly(A, "aws_rds_cluster_instance.m") == ANYTHING
    assert "aws_rds_cluster.c" not in answers.network.by_id


# ---- load balancers -----------------------------------------------------------------------------------

LB = "aws_lb.front"


def balancer(**more: Any) -> list[Resource]:
    """A load balancer on 443 in front of the instance, which is dialled on 8080."""
    return [
        resource(LB, subnets=SUBNETS, security_groups=OPEN_GROUP, **more),
        resource(
            "aws_lb_listener.l",
            load_balancer_arn=ref(LB, "arn"),
            port=443,
            protocol="HTTPS",
            default_action=[{"type": "forward", "target_group_arn": ref("aws_lb_target_group.t", "arn")}],
        ),
        resource("aws_lb_target_group.t", port=8080, protocol="HTTP", vpc_id=ref("aws_vpc.main")),
        resource(
            "aws_lb_target_group_attachment.t", target_group_arn=ref("aws_lb_target_group.t", "arn"), target_id=ref(A)
        ),
    ]


def test_aws_42_load_balancer_is_composition() -> None:
    """Listener and target are two connections, joined by a forward with both ports (AWS-44)."""
    found = network(*BASE, *balancer(), CLIENT)
    ((proxy, accepts, target, dials),) = [(f.proxy, f.accepts, f.target, f.dials) for f in found.forwards]
    assert (LB, A) == (proxy, target)
    assert (Traffic.parse("tcp/443"), Traffic.parse("tcp/8080")) == (accepts, dials)


def test_aws_42_internet_facing_is_public() -> None:
    """An internet-facing load balancer is reached from the internet at its listeners, an internal one is not."""
    estate = [*BASE, gateway(), *table("t", to_internet(), subnets=["a", "b"]), CLIENT]
    assert Answers(*estate, *balancer()).exactly("internet", LB) == "tcp/443"
    assert Answers(*estate, *balancer(internal=True)).exactly("internet", LB) == "nothing"


def test_aws_42_has_an_interface_in_every_subnet() -> None:
    """It has an interface in each of its subnets."""
    assert len(network(*BASE, *balancer(), CLIENT).by_id[LB].interfaces) == 2


def test_aws_43_network_load_balancer_without_groups_admits_everyone() -> None:
    """Without groups every client reaches its listeners."""
    parts = balancer(load_balancer_type="network", internal=True)
    bare = resource(LB, subnets=SUBNETS, load_balancer_type="network", internal=True)
    answers = Answers(*BASE, bare, *parts[1:], CLIENT, instance("b", "b", "open"))
    assert answers.exactly("aws_instance.b", LB) == "tcp/443"


def test_aws_44_unseen_listeners_may_accept_anything() -> None:
    """A load balancer whose listeners are not in the sources may accept anything."""
    assert Answers(*BASE, balancer()[0], CLIENT).possibly(A, LB) == ANYTHING


def test_aws_42_classic_load_balancer_forwards_to_its_instances() -> None:
    """A classic load balancer's listeners are inline, and so are its instances."""
    classic = resource(
        "aws_elb.c",
        subnets=SUBNETS,
        security_groups=OPEN_GROUP,
        internal=True,
        instances=[ref(A)],
        listener=[{"lb_port": 80, "instance_port": 8080, "lb_protocol": "http", "instance_protocol": "http"}],
    )
    found = Answers(*BASE, classic, instance("a", "a", "open"), instance("b", "b", "open"))
    assert found.exactly("aws_instance.b", "aws_elb.c") == "tcp/80"
    assert [A] == [forward.target for forward in found.network.forwards]


@pytest.mark.parametrize("name", ["source_security_group_id", "source_security_group"])
@pytest.mark.parametrize(("groups", "certain"), [(["open"], "tcp/8080"), (["open", "more"], "nothing")])
def test_aws_42_targets_may_refer_to_the_source_group_of_a_classic_load_balancer(
    name: str, groups: list[str], certain: str
) -> None:
    """It is the load balancer's own group, where it has one; of several it may be any."""
    target = group("target", [allow("tcp", 8080, security_groups=[ref("aws_elb.c", name)])])
    named = [ref(f"aws_security_group.{each}") for each in groups]
    classic = resource("aws_elb.c", internal=True, subnets=SUBNETS, security_groups=named)
    bounds = Answers(*BASE, target, group("more"), classic, instance("a", "a", "target")).bounds("aws_elb.c", A)
    assert [certain, "tcp/8080"] == [str(bounds.certain), str(bounds.possible)]


@pytest.mark.parametrize(
    ("balancer", "expected"), [("aws_elb.c", "nothing"), ("aws_lb.c", ANYTHING)], ids=["classic", "application"]
)
def test_aws_16_a_classic_load_balancer_meets_the_acl_of_its_own_subnet(balancer: str, expected: str) -> None:
    """What it sends to a target in its own subnet is filtered as well; what others send to a neighbour is not."""
    closed = resource("aws_network_acl.x", vpc_id=ref("aws_vpc.main"), subnet_ids=SUBNETS[:1])
    inside = resource(balancer, internal=True, subnets=SUBNETS[:1], security_groups=OPEN_GROUP)
    assert Answers(*BASE, closed, inside, CLIENT).exactly(balancer, A) == expected


# ---- gateway endpoints and interfaces -----------------------------------------------------------------


def test_aws_40_gateway_endpoint_is_possible_for_tcp_only() -> None:
    """A gateway endpoint may carry TCP to some public addresses, from the tables it names, nothing in."""
    endpoint = resource(
        "aws_vpc_endpoint.s3", vpc_id=ref("aws_vpc.main"), service_name="s3", route_table_ids=[ref("aws_route_table.t")]
    )
    answers = Answers(*BASE, *table("t", subnets=["a"]), endpoint, CLIENT, instance("b", "b", "open"))
    assert answers.possibly(A, "internet") == "tcp"
    assert [answers.exactly("internet", A), answers.exactly("aws_instance.b", "internet")] == ["nothing"] * 2


def test_further_interfaces_are_parties_of_their_own() -> None:
    """An attached interface is a further interface of the instance, with its own subnet and groups."""
    further = resource(
        "aws_network_interface.x",
        subnet_id=ref("aws_subnet.b"),
        security_groups=[ref("aws_security_group.closed")],
        attachment=[{"instance": ref(A), "device_index": 1}],
    )
    found = network(*BASE, group("closed", [], []), CLIENT, further)
    assert [A, f"{A}#eni-1"] == [i.party.id for i in found.by_id[A].interfaces]
    assert "aws_network_interface.x" not in found.by_id


def test_aws_39_interface_endpoint_needs_its_own_groups_ingress() -> None:
    """The client needs its egress, the endpoint its ingress."""
    https = group("https", [allow("tcp", 443, cidr_blocks=["10.0.0.0/16"])])
    endpoint = resource(
        "aws_vpc_endpoint.x",
        vpc_endpoint_type="Interface",
        security_group_ids=[ref("aws_security_group.https")],
        subnet_ids=SUBNETS,
    )
    assert Answers(*BASE, https, endpoint, CLIENT).exactly(A, "aws_vpc_endpoint.x") == "tcp/443"


def test_aws_39_interface_endpoint_opens_no_connections() -> None:
    """Whatever its groups let out: a service cannot initiate requests to the VPC through it."""
    groups = [ref("aws_security_group.open")]
    endpoint = resource(
        "aws_vpc_endpoint.x", vpc_endpoint_type="Interface", subnet_ids=SUBNETS, security_group_ids=groups
    )
    answers = Answers(*BASE, endpoint, instance("a", "a", "open"))
    assert answers.exactly("aws_vpc_endpoint.x", A) == "nothing"
    assert answers.exactly(A, "aws_vpc_endpoint.x") != "nothing"


# ---- identity, groups, tags ---------------------------------------------------------------------------


def test_groups_name_vpc_subnet_groups_and_kind() -> None:
    """An endpoint belongs to its VPC, its subnet, its security groups and its kind."""
    tagged = subnet("b", "10.0.2.0/24", tags={"Name": "data-a"})
    found = network(*BASE[:2], tagged, BASE[3], instance("b", "b", "open"))
    keys = found.by_id["aws_instance.b"].groups
    assert keys == {"vpc/aws_vpc.main", "subnet/aws_subnet.b", "sg/aws_security_group.open", "kind/aws_instance"}
    box = found.groups_by_key["subnet/aws_subnet.b"]
    assert ("vpc/aws_vpc.main", "10.0.2.0/24", 2) == (box.parent, box.detail, box.column)
    assert {"subnet/data-a", "subnet/b"} == set(box.names)


def test_unknown_tags_are_kept() -> None:
    """An unknown tag value stays unknown, and an unknown map of tags may hold further ones."""
    some = network(*BASE, instance("a", "a", "open", tags={"Env": UNKNOWN, "Name": "web"})).by_id[A]
    assert ({"Env": UNKNOWN, "Name": "web"}, ("web",)) == (dict(some.tags), some.names)
    assert isinstance(network(*BASE, instance("a", "a", "open", tags=UNKNOWN)).by_id[A].tags[MORE], Unknown)


def test_named_source_prefixes_every_id() -> None:
    """Ids, parties and groups of a named source begin with its name; an unnamed one adds nothing."""
    from netaudit.model import Settings  # noqa: PLC0415
    from netaudit.providers.aws import build  # noqa: PLC0415

    found = build([reading(*BASE, CLIENT, name="prod", named=True)], Settings())
    assert ["prod::aws_instance.a"] == list(found.by_id)
    assert "vpc/prod::aws_vpc.main" in found.by_id["prod::aws_instance.a"].groups


def test_instance_that_may_not_exist_is_never_certain() -> None:
    """An endpoint with unknown `count` is possible only."""
    odd = resource("aws_instance.b[?]", exists=False, subnet_id=ref("aws_subnet.b"), vpc_security_group_ids=OPEN_GROUP)
    assert Answers(*BASE, CLIENT, odd).possibly(A, "aws_instance.b[?]") == ANYTHING


def test_subnet_outside_the_sources_may_be_anywhere() -> None:
    """An instance in a subnet by literal id may reach, and be reached by, everything that the groups allow."""
    odd = resource("aws_instance.b", subnet_id="subnet-0123", vpc_security_group_ids=OPEN_GROUP)
    answers = Answers(*BASE, CLIENT, odd)
    assert [answers.possibly(A, "aws_instance.b"), answers.possibly("aws_instance.b", A)] == [ANYTHING] * 2


def test_aws_55_what_is_not_modelled_is_named() -> None:
    """A kind that is not modelled gives a diagnostic with its name, also one that only looks like it."""
    found = network(
        *BASE, resource("aws_ec2_traffic_mirror_session.x"), resource("aws_new_thing.x", subnet_ids=SUBNETS)
    )
    named = [d.message for d in found.diagnostics if d.code == "AWS_NOT_MODELLED"]
    assert (2, 1, 1) == (len(named), sum("mirror" in m for m in named), sum("aws_new_thing" in m for m in named))
    assert (4, 0, 2, 0) == (
        found.coverage.modelled,
        found.coverage.irrelevant,
        found.coverage.unsupported,
        found.coverage.unknown,
    )


def test_nothing_of_aws_is_an_empty_network() -> None:
    """Sources without anything of AWS give an empty network."""
    assert () == network(resource("google_compute_network.x")).endpoints


@pytest.mark.parametrize(
    ("public", "codes"), [({}, {"AWS_PUBLIC_API_ENDPOINT"}), ({"endpoint_public_access": False}, set())]
)
def test_aws_47_the_public_endpoint_of_a_cluster_is_said_to_be_missing(
    public: dict[str, bool], codes: set[str]
) -> None:
    """It is open by default and no group filters it: proofs about the cluster are called off unless it is closed."""
    cluster = resource("aws_eks_cluster.x", name="x", vpc_config=[{"subnet_ids": SUBNETS} | public])
    said = {note.code: note.touches for note in Answers(*BASE, cluster).network.diagnostics}
    assert dict.fromkeys(codes, ("aws_eks_cluster.x",)) == {code: said[code] for code in said if "PUBLIC" in code}


@pytest.mark.parametrize(("written", "named"), [({}, True), ({"direct_internet_access": "Disabled"}, False)])
def test_aws_45_direct_internet_access_of_a_notebook_is_named(written: dict[str, Any], named: bool) -> None:
    """SageMaker gives a notebook a way to the internet past its VPC, unless that is disabled."""
    notebook = resource(
        "aws_sagemaker_notebook_instance.n", subnet_id=SUBNETS[0], security_groups=OPEN_GROUP, **written
    )
    said = [each.touches for each in network(*BASE, notebook).diagnostics if each.code == "AWS_DIRECT_INTERNET"]
    assert said == ([("aws_sagemaker_notebook_instance.n",)] if named else [])


B_ONLY = instance("b", "b", "open")
CONNECT, LINK, VPN = (
    "aws_ec2_instance_connect_endpoint.e",
    "aws_apigatewayv2_vpc_link.l",
    "aws_ec2_client_vpn_endpoint.v",
)


def test_aws_55_instance_connect_endpoint_reaches_what_its_groups_let() -> None:
    """Its users come in regardless of its groups; from there its own egress and the target's ingress decide."""
    narrow = group("narrow", egress=[allow("tcp", 22, cidr_blocks=["10.0.0.0/16"])])
    groups = [ref("aws_security_group.narrow")]
    endpoint = resource(CONNECT, subnet_id=SUBNETS[0], security_group_ids=groups, preserve_client_ip=False)
    answers = Answers(*BASE, narrow, endpoint, B_ONLY)
    assert answers.possibly(CONNECT, "aws_instance.b") == "tcp/22"
    assert "AWS_NOT_MODELLED" not in answers.codes()


def test_aws_55_instance_connect_endpoint_with_client_addresses_is_named() -> None:
    """Where targets see the users' own addresses, what they may reach is missing and said so."""
    endpoint = resource(CONNECT, subnet_id=SUBNETS[0], security_group_ids=OPEN_GROUP)
    assert "AWS_NOT_MODELLED" in Answers(*BASE, endpoint).codes()


def test_aws_55_vpc_link_of_an_api_dials_from_its_subnets() -> None:
    """A link has interfaces with groups; the API's own clients are missing and said so."""
    answers = Answers(*BASE, resource(LINK, subnet_ids=SUBNETS, security_group_ids=OPEN_GROUP), B_ONLY)
    assert answers.possibly(LINK, "aws_instance.b") == ANYTHING
    assert answers.exactly("aws_instance.b", LINK) == "nothing"
    assert "AWS_NOT_MODELLED" in answers.codes()


def test_aws_55_client_vpn_comes_out_in_its_associated_subnets() -> None:
    """Clients have the address and the groups of an interface in each associated subnet."""
    endpoint = resource(VPN, security_group_ids=OPEN_GROUP, client_cidr_block="172.16.0.0/22")
    link = resource("aws_ec2_client_vpn_network_association.a", client_vpn_endpoint_id=ref(VPN), subnet_id=SUBNETS[0])
    answers = Answers(*BASE, endpoint, link, B_ONLY)
    assert answers.possibly(VPN, "aws_instance.b") == ANYTHING
    assert "AWS_NOT_MODELLED" not in answers.codes()
    assert "AWS_NOT_MODELLED" in Answers(*BASE, endpoint).codes()


@pytest.mark.parametrize(
    ("targets", "expected"), [(["10.0.2.0/24"], ANYTHING), (["10.0.1.0/24"], "nothing"), ([UNKNOWN], ANYTHING)]
)
def test_aws_55_a_client_vpn_reaches_what_its_authorization_rules_name(targets: list[Any], expected: str) -> None:
    """Where all rules are known, nothing else is possible; without any in the sources, everything is."""
    endpoint = resource(VPN, security_group_ids=OPEN_GROUP, client_cidr_block="172.16.0.0/22")
    link = resource("aws_ec2_client_vpn_network_association.a", client_vpn_endpoint_id=ref(VPN), subnet_id=SUBNETS[0])
    rules = [
        resource(
            f"aws_ec2_client_vpn_authorization_rule.r{number}",
            client_vpn_endpoint_id=ref(VPN),
            target_network_cidr=target,
        )
        for number, target in enumerate(targets)
    ]
    assert Answers(*BASE, endpoint, link, *rules, B_ONLY).possibly(VPN, "aws_instance.b") == expected


def test_aws_45_batch_instances_are_in_their_subnets() -> None:
    """A compute environment of instances has the groups and subnets that it names."""
    inside = [{"type": "EC2", "subnets": SUBNETS[:1], "security_group_ids": OPEN_GROUP}]
    name = "aws_batch_compute_environment.b"
    answers = Answers(*BASE, resource(name, type="MANAGED", compute_resources=inside), B_ONLY)
    assert answers.exactly(name, "aws_instance.b") == ANYTHING
    assert answers.exactly("aws_instance.b", name) == ANYTHING


def test_aws_45_emr_nodes_may_be_open() -> None:
    """EMR writes rules of its own into its groups: whatever those say is possible, nothing certain."""
    name, closed = "aws_emr_cluster.e", group("closed", egress=[])
    written = {"emr_managed_master_security_group": ref("aws_security_group.closed")}
    nodes = [{"subnet_id": SUBNETS[0], **written}]
    assert (
        Answers(*BASE, closed, resource(name, ec2_attributes=nodes), B_ONLY).possibly("aws_instance.b", name)
        == ANYTHING
    )


def test_aws_55_a_block_inside_tells_that_a_kind_is_in_a_network() -> None:
    """A kind that is in no list and names subnets in a block is named as missing."""
    target = [{"network_configuration": [{"subnets": SUBNETS, "security_groups": OPEN_GROUP}]}]
    assert "AWS_NOT_MODELLED" in Answers(*BASE, resource("aws_new_thing.t", new_target=target)).codes()


@pytest.mark.parametrize(
    "kind", ["aws_cloudfront_vpc_origin", "aws_elastic_beanstalk_environment", "aws_cloudformation_stack"]
)
def test_aws_55_what_makes_things_of_its_own_is_named(kind: str) -> None:
    """A kind that opens ways, or creates machines, without naming subnets is missing and said so."""
    assert "AWS_NOT_MODELLED" in Answers(*BASE, resource(f"{kind}.x")).codes()


def _endpoint(**association: Any) -> Answers:
    """An interface endpoint without groups of its own, one associated apart, and a client in the default group."""
    endpoint = resource(
        "aws_vpc_endpoint.e", vpc_id=ref("aws_vpc.main"), vpc_endpoint_type="Interface", subnet_ids=[SUBNETS[0]]
    )
    https = group("https", [allow("tcp", 443, cidr_blocks=["10.0.0.0/16"])])
    link = resource(
        "aws_vpc_endpoint_security_group_association.e",
        vpc_endpoint_id=ref(endpoint.address),
        security_group_id=ref(https.address),
        **association,
    )
    return Answers(*BASE, https, endpoint, link, resource("aws_instance.d", subnet_id=ref("aws_subnet.b")))


def test_aws_39_a_group_associated_apart_leaves_the_default_one() -> None:
    """The endpoint stays in the VPC's default group, whose members reach each other."""
    assert ANYTHING == _endpoint().exactly("aws_instance.d", "aws_vpc_endpoint.e")


def test_aws_39_a_group_associated_apart_may_take_the_place_of_the_default_one() -> None:
    """`replace_default_association` says so."""
    answers = _endpoint(replace_default_association=True)
    assert "tcp/443" == answers.exactly("aws_instance.d", "aws_vpc_endpoint.e")


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("aws_elasticache_serverless_cache", {"subnet_ids": SUBNETS, "security_group_ids": OPEN_GROUP}),
        ("aws_msk_serverless_cluster", {"vpc_config": [{"subnet_ids": SUBNETS, "security_group_ids": OPEN_GROUP}]}),
        ("aws_redshiftserverless_workgroup", {"subnet_ids": SUBNETS, "security_group_ids": OPEN_GROUP}),
        ("aws_opensearchserverless_vpc_endpoint", {"subnet_ids": SUBNETS, "security_group_ids": OPEN_GROUP}),
        ("aws_docdbelastic_cluster", {"subnet_ids": SUBNETS, "vpc_security_group_ids": OPEN_GROUP}),
        ("aws_timestreaminfluxdb_db_instance", {"vpc_subnet_ids": SUBNETS, "vpc_security_group_ids": OPEN_GROUP}),
    ],
)
def test_aws_45_serverless_data_stores_have_interfaces(kind: str, written: dict[str, Any]) -> None:
    """They have interfaces in the subnets that they name, with the groups that they name."""
    store = resource(f"{kind}.s", **written)
    assert ANYTHING == Answers(*BASE, store, instance("a", "a", "open")).exactly(A, store.address)


DUAL = [
    resource("aws_vpc.main", cidr_block="10.0.0.0/16", ipv6_cidr_block="2600:1f00::/56"),
    resource(
        "aws_subnet.a",
        vpc_id=ref("aws_vpc.main"),
        cidr_block="10.0.1.0/24",
        ipv6_cidr_block="2600:1f00::/64",
        assign_ipv6_address_on_creation=True,
    ),
    group("open", [allow(cidr_blocks=["0.0.0.0/0"], ipv6_cidr_blocks=["::/0"])]),
]
IN_A = [ref("aws_subnet.a")]
OF_DB = resource("aws_db_subnet_group.db", subnet_ids=IN_A)
TEMPLATE = resource("aws_launch_template.t", vpc_security_group_ids=OPEN_GROUP)
CLUSTER = resource("aws_rds_cluster.c", db_subnet_group_name=ref("aws_db_subnet_group.db", "name"), network_type="DUAL")


@pytest.mark.parametrize(
    ("address", "written", "count"),
    [
        (DB, {"db_subnet_group_name": ref("aws_db_subnet_group.db", "name"), "network_type": "DUAL"}, 2),
        (DB, {"db_subnet_group_name": ref("aws_db_subnet_group.db", "name"), "network_type": "IPV4"}, 1),
        ("aws_rds_cluster_instance.i", {"cluster_identifier": ref("aws_rds_cluster.c")}, 2),
        (
            "aws_lambda_function.f",
            {"vpc_config": [{"subnet_ids": IN_A, "ipv6_allowed_for_dual_stack": True}]},
            2,
        ),
        (
            "aws_vpc_endpoint.e",
            {"vpc_endpoint_type": "Interface", "subnet_ids": IN_A, "ip_address_type": "dualstack"},
            2,
        ),
        (
            "aws_autoscaling_group.g",
            {"vpc_zone_identifier": IN_A, "launch_template": [{"id": ref("aws_launch_template.t")}]},
            2,
        ),
        ("aws_eks_node_group.n", {"subnet_ids": IN_A}, 2),
    ],
)
def test_aws_53_services_and_machines_have_ipv6_addresses_where_they_or_their_subnets_say_so(
    address: str, written: dict[str, Any], count: int
) -> None:
    """A service says it itself; machines of a group get what the subnet gives new interfaces."""
    found = network(*DUAL, OF_DB, TEMPLATE, CLUSTER, resource(address, **written)).by_id[address]
    assert count == len(found.interfaces)


def test_aws_53_whether_a_service_is_dual_stack_may_be_unknown() -> None:
    """Then it may be reached over IPv6, never certainly."""
    service = resource(DB, db_subnet_group_name=ref("aws_db_subnet_group.db", "name"), network_type=UNKNOWN)
    assert 2 == len(network(*DUAL, OF_DB, service).by_id[DB].interfaces)


OF_CACHE = resource("aws_elasticache_subnet_group.c", subnet_ids=IN_A)
IN_CACHE = {"subnet_group_name": ref("aws_elasticache_subnet_group.c", "name"), "security_group_ids": OPEN_GROUP}
AS_ENDPOINT = {"vpc_endpoint_type": "Interface", "subnet_ids": IN_A, "security_group_ids": OPEN_GROUP}


@pytest.mark.parametrize(
    ("address", "written", "certain", "possible"),
    [
        ("aws_elasticache_replication_group.c", {**IN_CACHE, "network_type": "ipv4"}, ANYTHING, ANYTHING),
        ("aws_elasticache_replication_group.c", {**IN_CACHE, "network_type": "ipv6"}, "nothing", "nothing"),
        ("aws_elasticache_replication_group.c", {**IN_CACHE, "network_type": UNKNOWN}, "nothing", ANYTHING),
        ("aws_vpc_endpoint.e", {**AS_ENDPOINT, "ip_address_type": "ipv6"}, "nothing", "nothing"),
        ("aws_vpc_endpoint.e", {**AS_ENDPOINT, "ip_address_type": UNKNOWN}, "nothing", ANYTHING),
    ],
)
def test_aws_53_services_of_ipv6_alone_have_no_ipv4_address(
    address: str, written: dict[str, Any], certain: str, possible: str
) -> None:
    """A client with IPv4 addresses only does not reach what says that it takes IPv6 only."""
    client = instance("a", "a", "open", ipv6_address_count=0)
    found = Answers(*DUAL, OF_CACHE, client, resource(address, **written)).bounds(A, address)
    assert (certain, possible) == (str(found.certain), str(found.possible))


def test_aws_53_a_database_of_unknown_network_type_has_ipv4_addresses() -> None:
    """Databases are dual-stack or not, and have IPv4 addresses either way."""
    place: dict[str, Any] = {
        "db_subnet_group_name": ref("aws_db_subnet_group.db", "name"),
        "vpc_security_group_ids": OPEN_GROUP,
    }
    client = instance("a", "a", "open", ipv6_address_count=0)
    answers = Answers(*DUAL, OF_DB, client, resource(DB, **place, network_type=UNKNOWN))
    assert ANYTHING == str(answers.bounds(A, DB).certain)


def test_aws_27_a_nat_gateway_has_all_its_elastic_addresses() -> None:
    """The second one may be the source of what it carries."""
    allowed = group("strict", [allow("tcp", 443, cidr_blocks=["198.51.100.2/32"])])
    first, second = (resource(f"aws_eip.e{n}", public_ip=f"198.51.100.{n}") for n in (1, 2))
    nat = resource(
        "aws_nat_gateway.n",
        subnet_id=ref("aws_subnet.a"),
        allocation_id=ref("aws_eip.e1"),
        secondary_allocation_ids=[ref("aws_eip.e2")],
    )
    private = {"cidr_block": "0.0.0.0/0", "nat_gateway_id": ref("aws_nat_gateway.n")}
    estate = [
        *(*BASE, gateway(), allowed, first, second, nat),
        *table("public", to_internet(), subnets=["a"]),
        *table("private", private, subnets=["b"]),
        instance("b", "b", "open"),
        instance("server", "a", "strict", associate_public_ip_address=True),
    ]
    assert "tcp/443" == Answers(*estate).possibly("aws_instance.b", "aws_instance.server")
