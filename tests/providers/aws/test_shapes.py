"""Claims about where each kind of service, machine and task writes its subnets, groups and publicity."""

from dataclasses import replace
from typing import Any

import pytest

from netaudit.model import Resource

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
    ref,
    resource,
    subnet,
    table,
    to_internet,
    vpc,
)

SUBNETS = [ref("aws_subnet.a"), ref("aws_subnet.b")]
OPEN = [ref("aws_security_group.open")]
CLIENT = instance("a", "a", "open")
PUBLIC = [*BASE, gateway(), *table("public", to_internet(), subnets=["a", "b"])]
HTTPS = group("https", [allow("tcp", 443, cidr_blocks=["10.0.0.0/16"])])
_HTTPS = [ref("aws_security_group.https")]
_PLACES = [
    resource(f"{kind}.g", subnet_ids=SUBNETS)
    for kind in ("aws_db_subnet_group", "aws_neptune_subnet_group", "aws_redshift_subnet_group")
]
_IN_GROUP: dict[str, Any] = {"subnet_group_name": ref("aws_redshift_subnet_group.g", "name")}
_BLOCK = {"subnet_ids": SUBNETS, "security_group_ids": _HTTPS}
_SHORT = {"subnets": SUBNETS, "security_groups": _HTTPS}
_HALF = {"subnets": SUBNETS, "security_group_ids": _HTTPS}


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("aws_db_proxy_endpoint", {"vpc_subnet_ids": SUBNETS, "vpc_security_group_ids": _HTTPS}),
        ("aws_redshift_endpoint_access", {"vpc_security_group_ids": _HTTPS, **_IN_GROUP}),
        ("aws_redshiftserverless_endpoint_access", {"subnet_ids": SUBNETS, "vpc_security_group_ids": _HTTPS}),
        ("aws_opensearch_vpc_endpoint", {"vpc_options": [_BLOCK]}),
        ("aws_elasticsearch_vpc_endpoint", {"vpc_options": [_BLOCK]}),
        ("aws_osis_pipeline", {"vpc_options": [_BLOCK]}),
        ("aws_msk_vpc_connection", {"client_subnets": SUBNETS, "security_groups": _HTTPS}),
        (
            "aws_msk_replicator",
            {"kafka_cluster": [{"vpc_config": [{"subnet_ids": SUBNETS, "security_groups_ids": _HTTPS}]}] * 2},
        ),
        ("aws_mskconnect_connector", {"kafka_cluster": [{"apache_kafka_cluster": [{"vpc": [_SHORT]}]}]}),
        ("aws_kinesisanalyticsv2_application", {"application_configuration": [{"vpc_configuration": [_BLOCK]}]}),
        ("aws_pipes_pipe", {"source_parameters": [{"self_managed_kafka_parameters": [{"vpc": [_SHORT]}]}]}),
        (
            "aws_pipes_pipe",
            {
                "target_parameters": [
                    {"ecs_task_parameters": [{"network_configuration": [{"aws_vpc_configuration": [_SHORT]}]}]}
                ]
            },
        ),
        ("aws_iot_topic_rule_destination", {"vpc_configuration": [{**_SHORT, "subnet_ids": SUBNETS}]}),
        ("aws_medialive_input", {"vpc": [_BLOCK]}),
        ("aws_fsx_file_cache", _BLOCK),
        ("aws_datasync_agent", {"subnet_arns": [ref("aws_subnet.a", "arn")], "security_group_arns": _HTTPS}),
        (
            "aws_datasync_location_efs",
            {"ec2_config": [{"subnet_arn": ref("aws_subnet.b", "arn"), "security_group_arns": _HTTPS}]},
        ),
        ("aws_emr_studio", {"subnet_ids": SUBNETS, "workspace_security_group_id": _HTTPS[0]}),
        ("aws_emrserverless_application", {"network_configuration": [_BLOCK]}),
        ("aws_ecs_task_set", {"network_configuration": [_SHORT]}),
        ("aws_cloudwatch_event_target", {"ecs_target": [{"network_configuration": [_SHORT]}]}),
        ("aws_scheduler_schedule", {"target": [{"ecs_parameters": [{"network_configuration": [_SHORT]}]}]}),
        ("aws_imagebuilder_infrastructure_configuration", {"subnet_id": SUBNETS[0], "security_group_ids": _HTTPS}),
        ("aws_m2_environment", _BLOCK),
        ("aws_codeconnections_host", {"vpc_configuration": [_BLOCK]}),
        ("aws_devicefarm_test_grid_project", {"vpc_config": [_BLOCK]}),
        (
            "aws_glue_connection",
            {"physical_connection_requirements": [{"subnet_id": SUBNETS[1], "security_group_id_list": _HTTPS}]},
        ),
        ("aws_glue_dev_endpoint", {"subnet_id": SUBNETS[0], "security_group_ids": _HTTPS}),
        ("aws_bedrock_custom_model", {"vpc_config": [_BLOCK]}),
        ("aws_comprehend_document_classifier", {"vpc_config": [_HALF]}),
        ("aws_sagemaker_model", {"vpc_config": [_HALF]}),
        ("aws_sagemaker_data_quality_job_definition", {"network_config": [{"vpc_config": [_HALF]}]}),
        ("aws_appstream_fleet", {"vpc_config": [_BLOCK]}),
        ("aws_grafana_workspace", {"vpc_configuration": [_BLOCK]}),
        ("aws_prometheus_scraper", {"source": [{"eks": [_BLOCK]}]}),
        ("aws_quicksight_vpc_connection", _BLOCK),
        ("aws_workspacesweb_network_settings", _BLOCK),
        (
            "aws_route53_resolver_endpoint",
            {"security_group_ids": _HTTPS, "ip_address": [{"subnet_id": each} for each in SUBNETS]},
        ),
    ],
)
def test_aws_45_a_service_is_in_the_subnets_and_groups_that_it_names(kind: str, written: dict[str, Any]) -> None:
    """Each kind is an endpoint that its own groups guard."""
    answers = Answers(*BASE, *_PLACES, HTTPS, CLIENT, resource(f"{kind}.x", **written))
    assert answers.exactly(A, f"{kind}.x") == "tcp/443"
    assert "AWS_NOT_MODELLED" not in answers.codes()


@pytest.mark.parametrize(
    ("kind", "block"),
    [
        ("aws_kinesis_firehose_delivery_stream", {"opensearch_configuration": [{"vpc_config": [_BLOCK]}]}),
        ("aws_codebuild_fleet", {"vpc_config": [_HALF]}),
    ],
)
def test_aws_45_what_only_delivers_accepts_nothing(kind: str, block: dict[str, Any]) -> None:
    """Streams that deliver and builds that run open connections, and take none."""
    answers = Answers(*BASE, HTTPS, CLIENT, resource(f"{kind}.x", **block))
    assert (answers.exactly(A, f"{kind}.x"), f"{kind}.x" in answers.network.by_id) == ("nothing", True)


@pytest.mark.parametrize(
    "service",
    [
        resource("aws_db_instance.x", db_subnet_group_name=ref("aws_db_subnet_group.g"), vpc_security_group_ids=[]),
        resource("aws_network_interface.x", subnet_id=SUBNETS[0], security_groups=[]),
        resource("aws_ecs_service.x", network_configuration=[{"subnets": SUBNETS, "security_groups": []}]),
        resource("aws_efs_mount_target.x", subnet_id=SUBNETS[0], security_groups=[]),
        resource("aws_instance.x", subnet_id=SUBNETS[0], vpc_security_group_ids=[]),
    ],
    ids=lambda service: str(service.kind),
)
def test_tf_98_an_empty_list_of_groups_is_the_default_group(service: Resource) -> None:
    """A module hands on a list that may be empty: AWS then takes the VPC's default group, as without the argument."""
    rules = [allow("tcp", 5432, cidr_blocks=["10.0.0.0/16"])]
    default = resource("aws_default_security_group.d", vpc_id=ref("aws_vpc.main"), ingress=rules, egress=[])
    assert Answers(*BASE, *_PLACES, default, CLIENT, service).exactly(A, service.address) == "tcp/5432"


def test_aws_42_an_application_load_balancer_with_an_empty_list_of_groups_has_the_default_one() -> None:
    """Only a network load balancer may be without groups."""
    rules = [allow("tcp", 443, cidr_blocks=["10.0.0.0/16"])]
    default = resource("aws_default_security_group.d", vpc_id=ref("aws_vpc.main"), ingress=rules, egress=[])
    balancer = resource("aws_lb.x", internal=True, subnets=SUBNETS, security_groups=[])
    listener = resource("aws_lb_listener.x", load_balancer_arn=ref("aws_lb.x"), port=443, protocol="HTTPS")
    assert Answers(*BASE, default, CLIENT, balancer, listener).exactly(A, "aws_lb.x") == "tcp/443"


def test_aws_45_each_of_several_blocks_has_its_own_interfaces() -> None:
    """A serverless cluster of Kafka may be in several sets of subnets, with groups for each."""
    blocks = [{"subnet_ids": SUBNETS[:1], "security_group_ids": _HTTPS}, {"subnet_ids": SUBNETS[1:]}]
    closed = resource("aws_default_security_group.d", vpc_id=ref("aws_vpc.main"), ingress=[], egress=[])
    cluster = resource("aws_msk_serverless_cluster.x", vpc_config=list(reversed(blocks)))
    assert Answers(*BASE, HTTPS, closed, CLIENT, cluster).exactly(A, "aws_msk_serverless_cluster.x") == "tcp/443"


# ---- launch templates ---------------------------------------------------------------------------------

CLOSED = group("closed", [])
_CLOSED = [ref("aws_security_group.closed")]
SCALING, TEMPLATE = "aws_autoscaling_group.x", "aws_launch_template.t"


def _template(name: str = "t", **written: Any) -> Resource:
    return resource(f"aws_launch_template.{name}", **written)


def _scaling(**written: Any) -> Resource:
    launched = {"launch_template": [{"id": ref(TEMPLATE)}], **written}
    return resource(SCALING, vpc_zone_identifier=SUBNETS, **launched)


_TWO = [{"device_index": 0, "security_groups": _CLOSED}, {"device_index": 1, "security_groups": _HTTPS}]


@pytest.mark.parametrize("blocks", [_TWO, list(reversed(_TWO))])
def test_aws_1_every_interface_of_a_launch_template_counts(blocks: list[dict[str, Any]]) -> None:
    """Machines of a scaling group are reached by their second interface, too, wherever it is written."""
    answers = Answers(*BASE, CLOSED, HTTPS, CLIENT, _template(network_interfaces=blocks), _scaling())
    assert answers.exactly(A, SCALING) == "tcp/443"
    assert 2 == len(answers.network.by_id[SCALING].interfaces)


def test_aws_26_only_the_first_interface_has_the_public_address_of_its_subnet() -> None:
    """The subnet's default gives a further interface none."""
    public = subnet("c", "10.0.3.0/24", map_public_ip_on_launch=True)
    blocks = [
        {"security_groups": _CLOSED, "subnet_id": SUBNETS[0]},
        {"device_index": 1, "security_groups": OPEN, "subnet_id": ref("aws_subnet.c")},
    ]
    machine = resource("aws_instance.x", launch_template=[{"id": ref(TEMPLATE)}])
    ways = [gateway(), public, *table("c", to_internet(), subnets=["a", "c"])]
    answers = Answers(*BASE, *ways, CLOSED, _template(network_interfaces=blocks), machine)
    assert answers.exactly("internet", "aws_instance.x") == "nothing"


def test_aws_1_an_interface_of_a_scaling_group_may_be_where_its_template_says() -> None:
    """Beside the subnets of the group: a neighbour that is let in from there alone may be reached."""
    only = group("only", [allow("tcp", 22, cidr_blocks=["10.0.2.0/24"])])
    blocks = [{"security_groups": OPEN}, {"device_index": 1, "subnet_id": SUBNETS[1], "security_groups": OPEN}]
    scaling = replace(_scaling(), attributes={**_scaling().attributes, "vpc_zone_identifier": SUBNETS[:1]})
    machine = instance("m", "a", "only")
    answers = Answers(*BASE, only, machine, _template(network_interfaces=blocks), scaling)
    assert answers.possibly(SCALING, "aws_instance.m") == "tcp/22"


def test_aws_1_an_instance_has_every_interface_of_its_launch_template() -> None:
    """The second one lies where the template says."""
    blocks = [{"security_groups": _CLOSED}, {"device_index": 1, "subnet_id": SUBNETS[1], "security_groups": _HTTPS}]
    machine = resource("aws_instance.x", subnet_id=SUBNETS[0], launch_template=[{"id": ref(TEMPLATE)}])
    answers = Answers(*BASE, CLOSED, HTTPS, CLIENT, _template(network_interfaces=blocks), machine)
    assert answers.exactly(A, "aws_instance.x") == "tcp/443"


def test_aws_1_a_launch_template_may_name_an_interface_that_is_written_apart() -> None:
    """That interface is then the instance's, and no endpoint of its own."""
    apart = resource("aws_network_interface.n", subnet_id=SUBNETS[1], security_groups=_HTTPS)
    template = _template(network_interfaces=[{"device_index": 0, "network_interface_id": ref(apart.address)}])
    machine = resource("aws_instance.x", launch_template=[{"name": ref(TEMPLATE, "name")}])
    answers = Answers(*BASE, HTTPS, CLIENT, apart, template, machine)
    assert answers.exactly(A, "aws_instance.x") == "tcp/443"
    assert apart.address not in answers.network.by_id


def test_aws_1_of_the_launch_templates_of_a_mixed_policy_none_is_certain() -> None:
    """An override may bring a template of its own: its groups are possible."""
    named = [[{"launch_template_id": ref(f"aws_launch_template.{name}")}] for name in "tu"]
    overrides = [{"instance_type": "a"}, {"instance_type": "b", "launch_template_specification": named[1]}]
    policy = [{"launch_template": [{"launch_template_specification": named[0], "override": overrides}]}]
    templates = [_template(vpc_security_group_ids=_CLOSED), _template("u", vpc_security_group_ids=_HTTPS)]
    scaling = _scaling(launch_template=None, mixed_instances_policy=policy)
    assert Answers(*BASE, CLOSED, HTTPS, CLIENT, *templates, scaling).possibly(A, SCALING) == "tcp/443"


def test_aws_1_a_mixed_policy_with_one_launch_template_is_certain() -> None:
    """Overrides that only choose types of instances change nothing."""
    named = [{"launch_template_id": ref(TEMPLATE), "version": "$Latest"}]
    policy = [{"launch_template": [{"launch_template_specification": named, "override": [{"instance_type": "a"}]}]}]
    scaling = _scaling(launch_template=None, mixed_instances_policy=policy)
    answers = Answers(*BASE, HTTPS, CLIENT, _template(vpc_security_group_ids=_HTTPS), scaling)
    assert answers.exactly(A, SCALING) == "tcp/443"


@pytest.mark.parametrize(
    ("version", "latest", "expected"),
    [
        ("$Latest", None, "nothing"),
        (ref(TEMPLATE, "latest_version"), None, "nothing"),
        ("3", 3, "nothing"),
        ("2", 3, ANYTHING),
        ("1", 2, ANYTHING),
        ("2", None, ANYTHING),
        ("1", None, "nothing"),
        (UNKNOWN, None, ANYTHING),
        (ref("aws_launch_template.other", "latest_version"), None, ANYTHING),
    ],
)
def test_tf_98_a_numbered_version_of_a_launch_template_may_say_something_else(
    version: Any, latest: int | None, expected: str
) -> None:
    """The code shows what the latest version says, and nothing of others; deploying it makes version 1."""
    template = _template(vpc_security_group_ids=_CLOSED, latest_version=latest)
    scaling = _scaling(launch_template=[{"id": ref(TEMPLATE), "version": version}])
    assert Answers(*BASE, CLOSED, CLIENT, template, scaling).possibly(A, SCALING) == expected


def test_tf_98_a_launch_template_may_name_groups_by_their_names() -> None:
    """In the default VPC, groups may be given by name."""
    named = replace(HTTPS, attributes={**HTTPS.attributes, "name": "web"})
    template = _template(security_group_names=["web"])
    assert Answers(*BASE, named, CLIENT, template, _scaling()).exactly(A, SCALING) == "tcp/443"


def test_aws_45_a_game_server_group_is_what_its_template_says() -> None:
    """Its instances have the groups of the launch template."""
    servers = resource("aws_gamelift_game_server_group.x", vpc_subnets=SUBNETS, launch_template=[{"id": ref(TEMPLATE)}])
    answers = Answers(*BASE, HTTPS, CLIENT, _template(vpc_security_group_ids=_HTTPS), servers)
    assert answers.exactly(A, servers.address) == "tcp/443"


# ---- addresses ----------------------------------------------------------------------------------------

_ONE = group("one", [allow("tcp", 22, cidr_blocks=["10.0.1.77/32"])])
_SENDER = "aws_instance.s"


@pytest.mark.parametrize(
    "written",
    [
        {"private_ip": "10.0.1.9", "secondary_private_ips": ["10.0.1.77"]},
        {"private_ip": "10.0.1.9", "secondary_private_ips": [UNKNOWN]},
    ],
)
def test_aws_45_secondary_addresses_of_an_instance_count(written: dict[str, Any]) -> None:
    """A rule for the secondary address admits the instance."""
    answers = Answers(*BASE, _ONE, instance("s", "a", "open", **written), instance("b", "b", "one"))
    assert answers.possibly(_SENDER, "aws_instance.b") == "tcp/22"


@pytest.mark.parametrize(
    "written",
    [
        {"private_ips": ["10.0.1.9"], "private_ips_count": 1},
        {"private_ip_list_enabled": True, "private_ip_list": ["10.0.1.9", "10.0.1.77"]},
    ],
)
def test_aws_45_all_addresses_of_an_interface_count(written: dict[str, Any]) -> None:
    """Those that are only counted, and those of an ordered list."""
    sender = resource("aws_network_interface.s", subnet_id=SUBNETS[0], security_groups=OPEN, **written)
    assert (
        Answers(*BASE, _ONE, sender, instance("b", "b", "one")).possibly(sender.address, "aws_instance.b") == "tcp/22"
    )


# ---- public addresses ---------------------------------------------------------------------------------

_GRAPH = resource(
    "aws_neptune_cluster.x",
    neptune_subnet_group_name=ref("aws_neptune_subnet_group.g"),
    vpc_security_group_ids=OPEN,
)
_AURORA: dict[str, Any] = {"db_subnet_group_name": ref("aws_db_subnet_group.g"), "vpc_security_group_ids": OPEN}


@pytest.mark.parametrize(("wished", "expected"), [(True, ANYTHING), (False, "nothing"), (None, "nothing")])
def test_aws_45_an_instance_of_a_graph_database_may_be_public(wished: bool | None, expected: str) -> None:
    """The argument stands on the cluster's instances, which are the endpoints."""
    one = resource("aws_neptune_cluster_instance.i", cluster_identifier=ref(_GRAPH.address), publicly_accessible=wished)
    answers = Answers(*PUBLIC, *_PLACES, _GRAPH, one)
    assert answers.exactly("internet", one.address) == expected
    assert _GRAPH.address not in answers.network.by_id


def test_aws_45_instances_of_a_document_database_stand_for_their_cluster() -> None:
    """They have the cluster's subnets and groups."""
    cluster = resource(
        "aws_docdb_cluster.x", db_subnet_group_name=ref("aws_docdb_subnet_group.g"), vpc_security_group_ids=_HTTPS
    )
    one = resource("aws_docdb_cluster_instance.i", cluster_identifier=ref(cluster.address))
    place = resource("aws_docdb_subnet_group.g", subnet_ids=SUBNETS)
    answers = Answers(*BASE, HTTPS, place, CLIENT, cluster, one)
    assert answers.exactly(A, one.address) == "tcp/443"
    assert cluster.address not in answers.network.by_id


def test_aws_45_a_multi_az_cluster_may_be_public() -> None:
    """AWS makes its instances public where the VPC has an internet gateway, and the provider has no word about it.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html, "PubliclyAccessible".
    """
    cluster = resource("aws_rds_cluster.x", db_cluster_instance_class="db.r6gd.large", **_AURORA)
    assert Answers(*PUBLIC, *_PLACES, cluster).possibly("internet", cluster.address) == ANYTHING
    serverless = resource("aws_rds_cluster.x", **_AURORA)
    assert Answers(*PUBLIC, *_PLACES, serverless).exactly("internet", serverless.address) == "nothing"


def test_aws_45_shards_of_a_cluster_may_be_public() -> None:
    """A shard group says so for its cluster."""
    cluster = resource("aws_rds_cluster.x", **_AURORA)
    shards = resource("aws_rds_shard_group.x", db_cluster_identifier=ref(cluster.address), publicly_accessible=True)
    assert Answers(*PUBLIC, *_PLACES, cluster, shards).possibly("internet", cluster.address) == ANYTHING


def test_aws_45_options_of_a_database_may_open_it() -> None:
    """An option with groups of its own: what they let is possible."""
    options = resource(
        "aws_db_option_group.o", option=[{"option_name": "OEM", "vpc_security_group_memberships": _HTTPS}]
    )
    for named, expected in ((ref(options.address, "name"), ANYTHING), (None, "nothing")):
        place = {**_AURORA, "vpc_security_group_ids": _CLOSED}
        database = resource("aws_db_instance.x", option_group_name=named, **place)
        answers = Answers(*BASE, *_PLACES, CLOSED, HTTPS, CLIENT, options, database)
        assert answers.possibly(A, database.address) == expected


def test_aws_45_desktops_are_public_when_their_directory_says_so() -> None:
    """Desktops get elastic addresses with `enable_internet_access`; the group that AWS makes has unknown rules."""
    desktops = "aws_workspaces_directory.x"
    for wished, expected in ((True, ANYTHING), (False, "nothing")):
        properties = [{"enable_internet_access": wished, "custom_security_group_id": OPEN[0]}]
        directory = resource(desktops, subnet_ids=SUBNETS, workspace_creation_properties=properties)
        assert str(Answers(*PUBLIC, directory).bounds("internet", desktops).possible) == expected


def test_aws_42_a_classic_load_balancer_may_name_zones_in_place_of_subnets() -> None:
    """It is then in default subnets of the default VPC, of which the sources need not show anything."""
    ports = {"lb_port": 80, "instance_port": 8080, "lb_protocol": "http", "instance_protocol": "http"}
    balancer = resource("aws_elb.x", availability_zones=["eu-west-1a"], instances=[ref(A)], listener=[ports])
    assert Answers(*BASE, CLIENT, balancer).possibly(A, "aws_elb.x") == "tcp/80"


def test_aws_44_instances_of_a_spot_fleet_are_targets() -> None:
    """A fleet registers its instances as an autoscaling group does."""
    target_group = ref("aws_lb_target_group.t", "arn")
    actions = [{"type": "forward", "target_group_arn": target_group}]
    balancer = [
        resource("aws_lb.x", internal=True, subnets=SUBNETS, security_groups=OPEN),
        resource("aws_lb_target_group.t", port=8080, protocol="HTTP", vpc_id=ref("aws_vpc.main")),
        resource(
            "aws_lb_listener.x", load_balancer_arn=ref("aws_lb.x"), port=80, protocol="HTTP", default_action=actions
        ),
        resource("aws_lb_target_group_attachment.t", target_group_arn=target_group, target_id=ref(A)),
    ]
    fleet = resource(
        "aws_spot_fleet_request.f",
        launch_specification=[{"subnet_id": SUBNETS[1], "vpc_security_group_ids": OPEN}],
        target_group_arns=[target_group],
    )
    forwards = Answers(*BASE, CLIENT, *balancer, fleet).network.forwards
    assert {A, fleet.address} == {each.target for each in forwards}


def test_aws_45_a_cache_that_joins_a_replication_group_is_where_that_one_is() -> None:
    """It has the group's subnets and security groups."""
    place = resource("aws_elasticache_subnet_group.g", subnet_ids=SUBNETS)
    whole = resource(
        "aws_elasticache_replication_group.r", subnet_group_name=ref(place.address, "name"), security_group_ids=_HTTPS
    )
    member = resource("aws_elasticache_cluster.m", replication_group_id=ref(whole.address))
    assert Answers(*BASE, HTTPS, CLIENT, place, whole, member).exactly(A, member.address) == "tcp/443"


# ---- groups that AWS makes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "made", "written"),
    [
        ("aws_directory_service_directory", "security_group_id", {"vpc_settings": [{"subnet_ids": SUBNETS}]}),
        ("aws_directory_service_directory", "security_group_id", {"connect_settings": [{"subnet_ids": SUBNETS}]}),
        ("aws_workspaces_directory", "workspace_security_group_id", {"subnet_ids": SUBNETS}),
        ("aws_cloudhsm_v2_cluster", "security_group_id", {"subnet_ids": SUBNETS}),
    ],
)
def test_aws_45_a_group_that_aws_makes_has_unknown_rules_and_known_members(
    kind: str, made: str, written: dict[str, Any]
) -> None:
    """Whatever its rules are is possible; a reference to it certainly means the service."""
    members = group("members", [allow("tcp", 443, security_groups=[ref(f"{kind}.x", made)])])
    answers = Answers(*BASE, members, CLIENT, instance("b", "b", "members"), resource(f"{kind}.x", **written))
    assert answers.possibly(A, f"{kind}.x") == ANYTHING
    egress = group("out", egress=[allow("tcp", 443, security_groups=[ref(f"{kind}.x", made)])])
    sender = Answers(*BASE, egress, instance("b", "b", "out"), resource(f"{kind}.x", **written))
    assert sender.possibly("aws_instance.b", f"{kind}.x") == "tcp/443"
    assert str(answers.bounds(f"{kind}.x", "aws_instance.b").possible) == "tcp/443"


def test_aws_45_a_development_environment_has_a_group_of_its_own_and_the_subnets_publicity() -> None:
    """Cloud9 opens its instance by a group that it makes."""
    environment = resource("aws_cloud9_environment_ec2.x", subnet_id=ref("aws_subnet.c"))
    public = subnet("c", "10.0.3.0/24", map_public_ip_on_launch=True)
    answers = Answers(*PUBLIC, public, *table("c", to_internet(), subnets=["c"]), environment)
    assert answers.possibly("internet", environment.address) == ANYTHING


def test_aws_45_replication_servers_have_the_services_group_besides() -> None:
    """Unless the default group of the service is switched off."""
    for default, expected in ((True, ANYTHING), (False, "tcp/443")):
        template = resource(
            "aws_drs_replication_configuration_template.x",
            staging_area_subnet_id=SUBNETS[0],
            replication_servers_security_groups_ids=_HTTPS,
            associate_default_security_group=default,
            create_public_ip=False,
        )
        answers = Answers(*BASE, HTTPS, CLIENT, template)
        assert str(answers.bounds(A, template.address).possible) == expected


def test_aws_45_what_copies_files_is_where_the_file_system_is() -> None:
    """DataSync puts its interfaces into the subnets of the file system."""
    files = resource("aws_fsx_lustre_file_system.f", subnet_ids=SUBNETS[:1], security_group_ids=OPEN)
    location = resource(
        "aws_datasync_location_fsx_lustre_file_system.x",
        fsx_filesystem_arn=ref(files.address, "arn"),
        security_group_arns=[ref("aws_security_group.https", "arn")],
    )
    answers = Answers(*BASE, HTTPS, CLIENT, files, location)
    assert answers.exactly(A, location.address) == "tcp/443"


@pytest.mark.parametrize(("kind", "named"), [("MULTI_AZ_1", True), ("SINGLE_AZ_1", False), (UNKNOWN, True)])
def test_aws_45_addresses_that_float_between_zones_are_named(kind: Any, named: bool) -> None:
    """A file system in two zones is dialled at addresses of neither subnet: answers about it are incomplete."""
    name = "aws_fsx_ontap_file_system.f"
    files = resource(name, deployment_type=kind, subnet_ids=SUBNETS, security_group_ids=OPEN)
    said = [each.touches for each in network(*BASE, files).diagnostics if each.code == "AWS_NOT_MODELLED"]
    assert said == ([(name,)] if named else [])


# ---- ways in and out ----------------------------------------------------------------------------------


def test_aws_55_verified_access_dials_from_its_subnets() -> None:
    """Whom its policies let in is possible, never certain; its users are missing and said so."""
    name = "aws_verifiedaccess_endpoint.x"
    endpoint = resource(name, security_group_ids=OPEN, load_balancer_options=[{"subnet_ids": SUBNETS}])
    answers = Answers(*BASE, endpoint, instance("b", "b", "open"))
    assert answers.possibly(name, "aws_instance.b") == ANYTHING
    assert answers.exactly("aws_instance.b", name) == "nothing"
    assert "AWS_NOT_MODELLED" in answers.codes()


def test_aws_55_a_resource_gateway_dials_for_clients_elsewhere() -> None:
    """Its own interfaces are possible; its clients are missing and said so."""
    name = "aws_vpclattice_resource_gateway.x"
    answers = Answers(*BASE, resource(name, subnet_ids=SUBNETS, security_group_ids=OPEN), instance("b", "b", "open"))
    assert answers.possibly(name, "aws_instance.b") == ANYTHING
    assert "AWS_NOT_MODELLED" in answers.codes()


_AUTO = [{"enabled": True}]


@pytest.mark.parametrize(("mode", "named"), [(_AUTO, True), ([{"enabled": False}], False), (None, False)])
def test_aws_47_nodes_that_eks_starts_itself_are_named(mode: Any, named: bool) -> None:
    """In Auto Mode no source shows the nodes."""
    inside = [{"subnet_ids": SUBNETS, "endpoint_public_access": False}]
    cluster = resource("aws_eks_cluster.x", vpc_config=inside, compute_config=mode)
    assert ("AWS_NOT_MODELLED" in Answers(*BASE, cluster).codes()) is named


_OTHER = [
    vpc("o", "10.9.0.0/16"),
    subnet("o", "10.9.1.0/24", "o"),
    group("oo", [allow("udp", 53, cidr_blocks=["0.0.0.0/0"])], home="o"),
]


def test_aws_20_a_route_server_may_lead_anywhere() -> None:
    """Which routes it puts into a table is not in the sources: every way out of the VPC is possible."""
    propagation = resource(
        "aws_vpc_route_server_propagation.p", route_server_id="rs-1", route_table_id=ref("aws_route_table.r")
    )
    for more, expected in (([propagation], "udp/53"), ([], "nothing")):
        estate = [*BASE, *_OTHER, *table("r", subnets=["a"]), CLIENT, instance("o", "o", "oo")]
        assert Answers(*estate, *more).possibly(A, "aws_instance.o") == expected


@pytest.mark.parametrize(
    "door",
    [
        resource("aws_networkmanager_vpc_attachment.x", vpc_arn=ref("aws_vpc.main", "arn")),
        resource("aws_ec2_local_gateway_route_table_vpc_association.x", vpc_id=ref("aws_vpc.main")),
        resource("aws_ec2_carrier_gateway.x", vpc_id=ref("aws_vpc.main")),
        resource("aws_networkmanager_vpc_attachment.x", vpc_arn=UNKNOWN),
        resource("aws_vpn_gateway.x", vpc_id=UNKNOWN),
    ],
    ids=lambda door: f"{door.kind} {next(iter(door.attributes.values()))}",
)
def test_aws_38_what_else_joins_a_vpc_to_other_networks_lets_private_addresses_in(door: Resource) -> None:
    """Without any route back, datagrams may come in."""
    assert Answers(*BASE, CLIENT, door).possibly("private", A) == "udp sctp"
