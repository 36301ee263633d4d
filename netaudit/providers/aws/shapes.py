"""Where each kind of managed service writes its subnets and groups.

The names are those of the provider's schema, against which a test holds them. A kind that only names subnets and
groups is one line here; what else decides about it is read in `managed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a kind of resource writes its subnets and groups (TF-100).

    `block` are the paths of the blocks that hold them, if any, apart by blanks: each that is written has interfaces of
    its own; groups may stand outside of it. `subnet_group` names an attribute that refers to a resource of kind
    `group_kind`, whose `subnet_ids` they are. `spread` means one interface in every subnet. `own` names the attribute
    of a group that AWS makes for it besides, or is `?`. `unsaid` means that without groups it has others than the
    VPC's default one, or that no page says so.
    """

    groups: str = "security_group_ids"
    subnets: str = "subnet_ids"
    block: str = ""
    subnet_group: str = ""
    group_kind: str = ""
    public: str = ""
    spread: bool = False
    accepts: bool = True
    optional: bool = False  # without the block it is not in a VPC at all
    unset: str = ""  # why a publicity that is not written is unknown; empty: then there is none
    own: str = ""
    unsaid: bool = False
    by_default: bool = False  # machines: the subnet decides about public and IPv6 addresses


_CLUSTER = Shape("vpc_security_group_ids", "", "", "db_subnet_group_name", "aws_db_subnet_group")
_RDS = replace(_CLUSTER, public="publicly_accessible")
_CACHE = Shape("security_group_ids", "", "", "subnet_group_name", "aws_elasticache_subnet_group")
_DOCDB = Shape("vpc_security_group_ids", "", "", "db_subnet_group_name", "aws_docdb_subnet_group")
_NEPTUNE = Shape("vpc_security_group_ids", "", "", "neptune_subnet_group_name", "aws_neptune_subnet_group")
_MEMBER = Shape("", "")  # of a cluster, with all that is its
_PROXY = Shape("vpc_security_group_ids", "vpc_subnet_ids", spread=True)
_TASKS = Shape("security_groups", "subnets", "network_configuration", public="assign_public_ip", optional=True)
_SEARCH_ENDPOINT = Shape(block="vpc_options", spread=True, unsaid=True)
_HOST = Shape(block="vpc_configuration", optional=True)
_JOB = Shape("security_group_ids", "subnets", "vpc_config", optional=True)
_STREAMED = Shape(block="vpc_config", public="enable_default_internet_access", optional=True, unsaid=True)
_ARNS = Shape("security_group_arns", "subnet_arns", optional=True, unsaid=True)
_INTO_FILES = Shape("security_group_arns", "")

SHAPES: Mapping[str, Shape] = {
    # ---- databases and caches
    "aws_db_instance": _RDS,
    "aws_rds_cluster": _CLUSTER,
    "aws_rds_cluster_instance": replace(_RDS, groups=""),
    "aws_db_proxy": _PROXY,
    "aws_db_proxy_endpoint": _PROXY,
    "aws_docdb_cluster": _DOCDB,
    "aws_docdb_cluster_instance": _MEMBER,
    "aws_docdbelastic_cluster": Shape("vpc_security_group_ids"),
    "aws_neptune_cluster": _NEPTUNE,
    "aws_neptune_cluster_instance": replace(_NEPTUNE, groups="", public="publicly_accessible"),
    "aws_elasticache_cluster": _CACHE,
    "aws_elasticache_replication_group": _CACHE,
    "aws_elasticache_serverless_cache": Shape(),
    "aws_memorydb_cluster": Shape("security_group_ids", "", "", "subnet_group_name", "aws_memorydb_subnet_group"),
    "aws_dax_cluster": Shape("security_group_ids", "", "", "subnet_group_name", "aws_dax_subnet_group"),
    "aws_redshift_cluster": Shape(
        "vpc_security_group_ids",
        "",
        "",
        "cluster_subnet_group_name",
        "aws_redshift_subnet_group",
        "publicly_accessible",
        unset="provider's default: true before 6.0, false since",
    ),
    "aws_redshift_endpoint_access": Shape(
        "vpc_security_group_ids", "", "", "subnet_group_name", "aws_redshift_subnet_group", spread=True, unsaid=True
    ),
    "aws_redshiftserverless_workgroup": Shape(public="publicly_accessible"),
    "aws_redshiftserverless_endpoint_access": Shape("vpc_security_group_ids", spread=True, unsaid=True),
    "aws_timestreaminfluxdb_db_instance": Shape(
        "vpc_security_group_ids", "vpc_subnet_ids", public="publicly_accessible"
    ),
    "aws_finspace_kx_cluster": Shape(block="vpc_configuration"),
    # ---- search
    "aws_opensearch_domain": Shape(block="vpc_options", optional=True),
    "aws_elasticsearch_domain": Shape(block="vpc_options", optional=True),
    "aws_opensearchserverless_vpc_endpoint": Shape(spread=True),
    "aws_opensearch_vpc_endpoint": _SEARCH_ENDPOINT,
    "aws_elasticsearch_vpc_endpoint": _SEARCH_ENDPOINT,
    "aws_osis_pipeline": Shape(block="vpc_options", optional=True, unsaid=True),
    # ---- queues and streams
    "aws_msk_cluster": Shape("security_groups", "client_subnets", "broker_node_group_info", spread=True),
    "aws_msk_serverless_cluster": Shape(block="vpc_config", spread=True),
    "aws_msk_vpc_connection": Shape("security_groups", "client_subnets", spread=True),
    "aws_msk_replicator": Shape("security_groups_ids", block="kafka_cluster.vpc_config", unsaid=True),
    "aws_mskconnect_connector": Shape("security_groups", "subnets", "kafka_cluster.apache_kafka_cluster.vpc"),
    "aws_mq_broker": Shape("security_groups", "subnet_ids", public="publicly_accessible"),
    "aws_kinesis_firehose_delivery_stream": Shape(
        block="elasticsearch_configuration.vpc_config opensearch_configuration.vpc_config "
        "opensearchserverless_configuration.vpc_config",
        accepts=False,
        optional=True,
    ),
    "aws_kinesisanalyticsv2_application": Shape(block="application_configuration.vpc_configuration", optional=True),
    "aws_pipes_pipe": Shape(
        "security_groups",
        "subnets",
        "source_parameters.self_managed_kafka_parameters.vpc "
        "target_parameters.ecs_task_parameters.network_configuration.aws_vpc_configuration",
        public="assign_public_ip",
        optional=True,
        unsaid=True,
    ),
    "aws_iot_topic_rule_destination": Shape("security_groups", "subnet_ids", "vpc_configuration", unsaid=True),
    "aws_medialive_channel": Shape(block="vpc", optional=True, unsaid=True),
    "aws_medialive_input": Shape(block="vpc", optional=True, unsaid=True),
    # ---- files
    "aws_efs_mount_target": Shape("security_groups", "subnet_id"),
    "aws_fsx_windows_file_system": Shape(),
    "aws_fsx_lustre_file_system": Shape(),
    "aws_fsx_ontap_file_system": Shape(),
    "aws_fsx_openzfs_file_system": Shape(),
    "aws_fsx_file_cache": Shape(),
    "aws_transfer_server": Shape(block="endpoint_details", spread=True, optional=True),
    "aws_datasync_agent": _ARNS,
    "aws_datasync_location_efs": Shape("security_group_arns", "subnet_arn", "ec2_config"),
    "aws_datasync_location_fsx_lustre_file_system": _INTO_FILES,
    "aws_datasync_location_fsx_ontap_file_system": _INTO_FILES,
    "aws_datasync_location_fsx_openzfs_file_system": _INTO_FILES,
    "aws_datasync_location_fsx_windows_file_system": _INTO_FILES,
    "aws_s3outposts_endpoint": Shape("security_group_id", "subnet_id"),
    # ---- machines and tasks
    "aws_autoscaling_group": Shape("", "vpc_zone_identifier"),
    "aws_gamelift_game_server_group": Shape("", "vpc_subnets"),
    "aws_batch_compute_environment": Shape(subnets="subnets", block="compute_resources", optional=True),
    "aws_emr_cluster": Shape("", block="ec2_attributes", optional=True),
    "aws_emr_studio": Shape("workspace_security_group_id"),
    "aws_emrserverless_application": Shape(block="network_configuration", optional=True, unsaid=True),
    "aws_ecs_service": _TASKS,
    "aws_ecs_task_set": _TASKS,
    "aws_cloudwatch_event_target": Shape(
        "security_groups", "subnets", "ecs_target.network_configuration", public="assign_public_ip", optional=True
    ),
    "aws_scheduler_schedule": Shape(
        "security_groups",
        "subnets",
        "target.ecs_parameters.network_configuration",
        public="assign_public_ip",
        optional=True,
    ),
    "aws_eks_cluster": Shape(block="vpc_config", spread=True),
    "aws_eks_node_group": Shape(""),
    "aws_eks_fargate_profile": Shape(""),
    "aws_lambda_function": Shape(block="vpc_config", accepts=False, optional=True),
    "aws_synthetics_canary": Shape(block="vpc_config", accepts=False, optional=True),
    "aws_apprunner_vpc_connector": Shape("security_groups", "subnets", accepts=False),
    "aws_cloud9_environment_ec2": Shape("", "subnet_id", own="?", by_default=True),
    "aws_imagebuilder_infrastructure_configuration": Shape("security_group_ids", "subnet_id", by_default=True),
    "aws_drs_replication_configuration_template": Shape(
        "replication_servers_security_groups_ids", "staging_area_subnet_id", public="create_public_ip"
    ),
    "aws_m2_environment": Shape(public="publicly_accessible", unset="what AWS takes for it", unsaid=True),
    # ---- builds, jobs, models
    "aws_codebuild_project": Shape("security_group_ids", "subnets", "vpc_config", accepts=False, optional=True),
    "aws_codebuild_fleet": Shape("security_group_ids", "subnets", "vpc_config", accepts=False, optional=True),
    "aws_codeconnections_host": _HOST,
    "aws_codestarconnections_host": _HOST,
    "aws_devicefarm_test_grid_project": Shape(block="vpc_config", optional=True),
    "aws_dms_replication_instance": Shape(
        "vpc_security_group_ids",
        "",
        "",
        "replication_subnet_group_id",
        "aws_dms_replication_subnet_group",
        "publicly_accessible",
    ),
    "aws_dms_replication_config": Shape(
        "vpc_security_group_ids",
        "",
        "compute_config",
        "replication_subnet_group_id",
        "aws_dms_replication_subnet_group",
        unsaid=True,
    ),
    "aws_glue_connection": Shape(
        "security_group_id_list", "subnet_id", "physical_connection_requirements", optional=True, unsaid=True
    ),
    "aws_glue_dev_endpoint": Shape("security_group_ids", "subnet_id", optional=True, unsaid=True),
    "aws_mwaa_environment": Shape(block="network_configuration"),
    "aws_bedrock_custom_model": Shape(block="vpc_config", optional=True),
    "aws_comprehend_document_classifier": _JOB,
    "aws_comprehend_entity_recognizer": _JOB,
    "aws_sagemaker_notebook_instance": Shape("security_groups", "subnet_id", optional=True),
    "aws_sagemaker_model": _JOB,
    "aws_sagemaker_data_quality_job_definition": Shape(
        "security_group_ids", "subnets", "network_config.vpc_config", optional=True
    ),
    "aws_sagemaker_domain": Shape("security_groups", "subnet_ids", own="security_group_id_for_domain_boundary"),
    "aws_sagemaker_workforce": Shape(subnets="subnets", block="workforce_vpc_config", optional=True, unsaid=True),
    # ---- desktops, directories, tools
    "aws_appstream_fleet": _STREAMED,
    "aws_appstream_image_builder": _STREAMED,
    "aws_workspaces_directory": Shape("", "subnet_ids", own="workspace_security_group_id"),
    "aws_workspacesweb_network_settings": Shape(),
    "aws_worklink_fleet": Shape(block="network", optional=True),
    "aws_directory_service_directory": Shape(
        "", block="vpc_settings connect_settings", spread=True, own="security_group_id"
    ),
    "aws_directory_service_region": Shape("", block="vpc_settings", spread=True, own="?"),
    "aws_cloudhsm_v2_cluster": Shape("", "subnet_ids", spread=True, own="security_group_id"),
    "aws_grafana_workspace": Shape(block="vpc_configuration", optional=True),
    "aws_prometheus_scraper": Shape(block="source.eks", unsaid=True),
    "aws_quicksight_vpc_connection": Shape(),
    # ---- ways in and out
    "aws_route53_resolver_endpoint": Shape(subnets="subnet_id", block="ip_address"),
    "aws_vpc_route_server_endpoint": Shape("", "subnet_id", own="?"),
    "aws_ec2_instance_connect_endpoint": Shape(subnets="subnet_id", accepts=False),
    "aws_apigatewayv2_vpc_link": Shape(accepts=False, spread=True, unsaid=True),
    "aws_ec2_client_vpn_endpoint": Shape(subnets="", accepts=False, spread=True, optional=True),
    "aws_verifiedaccess_endpoint": Shape(accepts=False, unsaid=True),
    "aws_vpclattice_resource_gateway": Shape(accepts=False, spread=True, unsaid=True),
}

# Members of clusters, which are endpoints in their place.
MEMBERS: Mapping[str, str] = {
    f"aws_{service}_cluster_instance": f"aws_{service}_cluster" for service in ("rds", "docdb", "neptune")
}

GROUP_KINDS = frozenset(shape.group_kind for shape in SHAPES.values() if shape.group_kind)
