"""Which kinds of the `awscc` provider are which kinds of `aws`, and what their arguments are called there.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ElasticLoadBalancingV2.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_RDS.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EKS.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ECS.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ElastiCache.html (read 2026-11-27)
https://registry.terraform.io/providers/hashicorp/awscc/latest/docs (read 2026-11-27)

An argument that is in no row of its kind may mean anything: such a resource is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kind is in `aws`: arguments (theirs to ours), those that change no traffic, what else names its values.

    `identities` are read-only attributes, and the paths to what they are in `aws`.
    """

    kind: str
    arguments: Mapping[str, str]
    silent: frozenset[str]
    identities: Mapping[str, Steps] = field(default_factory=dict)


def shape(kind: str, same: str = "", silent: str = "", identity: str = "", **renamed: str) -> Shape:
    """A row of the table. What `identity` names is an id, unless it says by `=` what else."""
    arguments = {name: name for name in same.split()} | renamed
    identities = dict(_identity(*each.partition("=")) for each in identity.split())
    return Shape(kind, arguments, frozenset({"id", *silent.split(), *identities}), identities)


def _identity(name: str, _: str, ours: str) -> tuple[str, Steps]:
    return name, tuple(int(step) if step.isdecimal() else step for step in (ours or "id").split("."))


_RULE = "ip_protocol from_port to_port"
_TARGETS = (
    "carrier_gateway_id core_network_arn gateway_id instance_id local_gateway_id nat_gateway_id network_interface_id "
    "transit_gateway_id vpc_endpoint_id vpc_peering_connection_id"
)
_TGW = "transit_gateway_route_table_id transit_gateway_attachment_id"
_ATTACHMENT = "aws_ec2_transit_gateway_vpc_attachment"
_OF_DATABASES = (
    "additional_storage_volumes allocated_storage allow_major_version_upgrade apply_immediately associated_roles "
    "auto_minor_version_upgrade automatic_backup_replication_kms_key_id automatic_backup_replication_region "
    "automatic_backup_replication_retention_period automatic_restart_time availability_zone backup_retention_period "
    "backup_target ca_certificate_identifier certificate_details certificate_rotation_restart character_set_name "
    "cluster_scalability_type copy_tags_to_snapshot custom_iam_instance_profile database_insights_mode database_name "
    "db_cluster_parameter_group_name db_cluster_resource_id db_cluster_snapshot_identifier db_instance_class "
    "db_instance_parameter_group_name db_instance_status db_name db_parameter_group_name db_snapshot_identifier "
    "db_system_id dbi_resource_id dedicated_log_volume delete_automated_backups deletion_protection domain "
    "domain_auth_secret_arn domain_dns_ips domain_fqdn domain_iam_role_name domain_ou enable_cloudwatch_logs_exports "
    "enable_global_write_forwarding enable_http_endpoint enable_iam_database_authentication "
    "enable_local_write_forwarding enable_performance_insights endpoint engine engine_lifecycle_support engine_mode "
    "engine_version global_cluster_identifier instance_create_time iops is_storage_config_upgrade_available kms_key_id "
    "latest_restorable_time license_model listener_endpoint manage_master_user_password "
    "master_user_authentication_type master_user_password master_user_secret master_username max_allocated_storage "
    "monitoring_interval monitoring_role_arn multi_az nchar_character_set_name percent_progress "
    "performance_insights_enabled performance_insights_kms_key_id performance_insights_retention_period port "
    "preferred_backup_window preferred_maintenance_window processor_features promotion_tier read_endpoint "
    "read_replica_db_cluster_identifiers read_replica_db_instance_identifiers replica_mode "
    "replication_source_identifier restore_to_time restore_time restore_type resume_full_automation_mode_time "
    "scaling_configuration secondary_availability_zone serverless_v2_scaling_configuration "
    "snapshot_identifier source_db_cluster_resource_id source_region status_infos "
    "storage_encrypted storage_throughput storage_type tde_credential_arn tde_credential_password timezone "
    "use_default_processor_features use_latest_restorable_time"
)

SHAPES: Mapping[str, Shape] = {
    "ec2_vpc": shape(
        "aws_vpc",
        "cidr_block",
        "enable_dns_hostnames enable_dns_support instance_tenancy cidr_block_associations",
        "vpc_id default_security_group=default_security_group_id default_network_acl=default_network_acl_id",
        ipv_4_ipam_pool_id="ipv4_ipam_pool_id",
        ipv_4_netmask_length="ipv4_netmask_length",
    ),
    "ec2_subnet": shape(
        "aws_subnet",
        "vpc_id cidr_block availability_zone availability_zone_id map_public_ip_on_launch",
        "enable_dns_64 network_acl_association_id private_dns_name_options_on_launch",
        "subnet_id",
        ipv_6_cidr_block="ipv6_cidr_block",
        ipv_6_native="ipv6_native",
        assign_ipv_6_address_on_creation="assign_ipv6_address_on_creation",
        ipv_4_ipam_pool_id="ipv4_ipam_pool_id",
        ipv_4_netmask_length="ipv4_netmask_length",
        ipv_6_netmask_length="ipv6_netmask_length",
    ),
    "ec2_security_group": shape(
        "aws_security_group",
        "vpc_id",
        "group_description",
        "group_id security_group_id",
        group_name="name",
        security_group_ingress="ingress",
        security_group_egress="egress",
    ),
    "ec2_security_group_ingress": shape(
        "aws_vpc_security_group_ingress_rule",
        _RULE,
        "description security_group_ingress_id source_security_group_owner_id",
        group_id="security_group_id",
        cidr_ip="cidr_ipv4",
        cidr_ipv_6="cidr_ipv6",
        source_prefix_list_id="prefix_list_id",
        source_security_group_id="referenced_security_group_id",
    ),
    "ec2_security_group_egress": shape(
        "aws_vpc_security_group_egress_rule",
        _RULE,
        "description security_group_egress_id",
        group_id="security_group_id",
        cidr_ip="cidr_ipv4",
        cidr_ipv_6="cidr_ipv6",
        destination_prefix_list_id="prefix_list_id",
        destination_security_group_id="referenced_security_group_id",
    ),
    "ec2_route_table": shape("aws_route_table", "vpc_id", "", "route_table_id"),
    "ec2_route": shape(
        "aws_route",
        f"route_table_id destination_cidr_block destination_prefix_list_id {_TARGETS}",
        "cidr_block",
        destination_ipv_6_cidr_block="destination_ipv6_cidr_block",
        egress_only_internet_gateway_id="egress_only_gateway_id",
    ),
    "ec2_subnet_route_table_association": shape("aws_route_table_association", "route_table_id subnet_id"),
    "ec2_internet_gateway": shape("aws_internet_gateway", "", "", "internet_gateway_id"),
    "ec2_egress_only_internet_gateway": shape("aws_egress_only_internet_gateway", "vpc_id"),
    "ec2_nat_gateway": shape(
        "aws_nat_gateway",
        "subnet_id allocation_id connectivity_type",
        "max_drain_duration_seconds eni_id",
        "nat_gateway_id",
        private_ip_address="private_ip",
    ),
    "ec2_eip": shape(
        "aws_eip", "domain public_ip", "network_border_group public_ipv_4_pool", "allocation_id", instance_id="instance"
    ),
    "ec2_vpc_peering_connection": shape(
        "aws_vpc_peering_connection",
        "vpc_id peer_vpc_id peer_owner_id peer_region",
        "peer_role_arn",
        "vpc_peering_connection_id",
    ),
    "ec2_network_acl": shape("aws_network_acl", "vpc_id", "", "network_acl_id"),
    "ec2_network_acl_entry": shape(
        "aws_network_acl_rule",
        "network_acl_id egress protocol rule_action rule_number cidr_block",
        ipv_6_cidr_block="ipv6_cidr_block",
        port_range="port_range",
        icmp="icmp",
    ),
    "ec2_subnet_network_acl_association": shape(
        "aws_network_acl_association", "network_acl_id subnet_id", "association_id"
    ),
    "ec2_prefix_list": shape(
        "aws_ec2_managed_prefix_list",
        "address_family max_entries",
        "arn owner_id version",
        "prefix_list_id",
        prefix_list_name="name",
        entries="entry",
    ),
    "ec2_transit_gateway_route_table": shape(
        "aws_ec2_transit_gateway_route_table", "transit_gateway_id", "", "transit_gateway_route_table_id"
    ),
    "ec2_transit_gateway_route_table_association": shape("aws_ec2_transit_gateway_route_table_association", _TGW),
    "ec2_transit_gateway_route_table_propagation": shape("aws_ec2_transit_gateway_route_table_propagation", _TGW),
    "ec2_transit_gateway_route": shape("aws_ec2_transit_gateway_route", f"destination_cidr_block blackhole {_TGW}"),
    "ec2_instance": shape(
        "aws_instance",
        "subnet_id security_groups source_dest_check launch_template network_interfaces private_ip",
        "additional_info affinity availability_zone block_device_mappings cpu_options credit_specification "
        "disable_api_termination ebs_optimized elastic_gpu_specifications elastic_inference_accelerators "
        "enclave_options hibernation_options host_id host_resource_group_arn iam_instance_profile image_id "
        "instance_initiated_shutdown_behavior instance_type kernel_id key_name license_specifications "
        "metadata_options monitoring placement_group_name private_dns_name private_dns_name_options "
        "propagate_tags_to_volume_on_creation public_dns_name public_ip ramdisk_id ssm_associations state tenancy "
        "user_data volumes vpc_id",
        "instance_id",
        security_group_ids="vpc_security_group_ids",
        private_ip_address="private_ip",
        ipv_6_address_count="ipv6_address_count",
        ipv_6_addresses="ipv6_addresses",
    ),
    "ec2_network_interface": shape(
        "aws_network_interface",
        "subnet_id source_dest_check",
        "description interface_type enable_primary_ipv_6 connection_tracking_specification primary_ipv_6_address "
        "secondary_private_ip_addresses vpc_id",
        "network_interface_id primary_private_ip_address=private_ip",
        group_set="security_groups",
        private_ip_address="private_ip",
        private_ip_addresses="private_ips",
        secondary_private_ip_address_count="private_ips_count",
        ipv_4_prefix_count="ipv4_prefix_count",
        ipv_4_prefixes="ipv4_prefixes",
        ipv_6_address_count="ipv6_address_count",
        ipv_6_addresses="ipv6_addresses",
        ipv_6_prefix_count="ipv6_prefix_count",
        ipv_6_prefixes="ipv6_prefixes",
    ),
    "ec2_network_interface_attachment": shape(
        "aws_network_interface_attachment",
        "instance_id network_interface_id device_index",
        "delete_on_termination ena_srd_specification attachment_id",
    ),
    "ec2_eip_association": shape(
        "aws_eip_association",
        "allocation_id instance_id network_interface_id private_ip_address",
        "eip_association_id",
        eip="public_ip",
    ),
    "ec2_security_group_vpc_association": shape(
        "aws_vpc_security_group_vpc_association",
        "vpc_id",
        "state state_reason vpc_owner_id",
        group_id="security_group_id",
    ),
    "ec2_vpc_endpoint": shape(
        "aws_vpc_endpoint",
        "vpc_id service_name vpc_endpoint_type route_table_ids security_group_ids subnet_ids ip_address_type",
        "policy_document private_dns_enabled dns_options creation_timestamp dns_entries network_interface_ids",
        "vpc_endpoint_id",
    ),
    "ec2_transit_gateway": shape(
        "aws_ec2_transit_gateway",
        "auto_accept_shared_attachments default_route_table_association default_route_table_propagation "
        "security_group_referencing_support",
        "amazon_side_asn description dns_support multicast_support transit_gateway_cidr_blocks vpn_ecmp_support",
        "transit_gateway_id transit_gateway_arn=arn",
    ),
    "ec2_transit_gateway_vpc_attachment": shape(
        _ATTACHMENT, "subnet_ids transit_gateway_id vpc_id options", "", "transit_gateway_vpc_attachment_id"
    ),
    "ec2_transit_gateway_attachment": shape(
        _ATTACHMENT, "subnet_ids transit_gateway_id vpc_id options", "", "transit_gateway_attachment_id"
    ),
    "elasticloadbalancingv2_load_balancer": shape(
        "aws_lb",
        "name subnets security_groups ip_address_type load_balancer_attributes "
        "enforce_security_group_inbound_rules_on_private_link_traffic",
        "canonical_hosted_zone_id dns_name load_balancer_full_name load_balancer_name ipv_4_ipam_pool_id "
        "minimum_load_balancer_capacity enable_capacity_reservation_provision_stabilize",
        "load_balancer_arn=arn",
        type="load_balancer_type",
        scheme="internal",
        subnet_mappings="subnet_mapping",
    ),
    "elasticloadbalancingv2_listener": shape(
        "aws_lb_listener",
        "load_balancer_arn port protocol",
        "alpn_policy certificates listener_attributes mutual_authentication ssl_policy",
        "listener_arn=arn",
        default_actions="default_action",
    ),
    "elasticloadbalancingv2_listener_rule": shape(
        "aws_lb_listener_rule",
        "listener_arn priority",
        "conditions is_default transforms",
        "rule_arn=arn",
        actions="action",
    ),
    "elasticloadbalancingv2_target_group": shape(
        "aws_lb_target_group",
        "name port protocol vpc_id target_type ip_address_type target_group_attributes targets",
        "health_check_enabled health_check_interval_seconds health_check_path health_check_port health_check_protocol "
        "health_check_timeout_seconds healthy_threshold_count matcher protocol_version target_control_port "
        "unhealthy_threshold_count load_balancer_arns target_group_full_name target_group_name",
        "target_group_arn=arn",
    ),
    "rds_db_subnet_group": shape(
        "aws_db_subnet_group", "subnet_ids", "db_subnet_group_description", db_subnet_group_name="name"
    ),
    "rds_db_instance": shape(
        "aws_db_instance",
        "db_subnet_group_name network_type option_group_name publicly_accessible",
        _OF_DATABASES,
        "db_instance_arn=arn",
        db_instance_identifier="identifier",
        db_cluster_identifier="cluster_identifier",
        source_db_instance_identifier="replicate_source_db",
        vpc_security_groups="vpc_security_group_ids",
    ),
    "rds_db_cluster": shape(
        "aws_rds_cluster",
        "db_subnet_group_name network_type db_cluster_instance_class vpc_security_group_ids",
        f"{_OF_DATABASES} availability_zones backtrack_window publicly_accessible source_db_cluster_identifier",
        "db_cluster_arn=arn",
        db_cluster_identifier="cluster_identifier",
    ),
    "ecs_service": shape(
        "aws_ecs_service",
        "network_configuration",
        "availability_zone_rebalancing capacity_provider_strategy cluster deployment_configuration "
        "deployment_controller desired_count enable_ecs_managed_tags enable_execute_command force_new_deployment "
        "health_check_grace_period_seconds launch_type placement_constraints placement_strategies platform_version "
        "propagate_tags role scheduling_strategy service_arn service_connect_configuration service_name "
        "service_registries task_definition volume_configurations",
        load_balancers="load_balancer",
        name="name",
    ),
    "efs_mount_target": shape(
        "aws_efs_mount_target",
        "subnet_id security_groups ip_address ip_address_type",
        "file_system_id ipv_6_address",
        "mount_target_id",
    ),
    "elasticache_subnet_group": shape(
        "aws_elasticache_subnet_group", "subnet_ids", "description", cache_subnet_group_name="name"
    ),
    "elasticache_replication_group": shape(
        "aws_elasticache_replication_group",
        "replication_group_id security_group_ids network_type",
        "at_rest_encryption_enabled auth_token auto_minor_version_upgrade automatic_failover_enabled cache_node_type "
        "cache_parameter_group_name cluster_mode configuration_end_point data_tiering_enabled engine engine_version "
        "global_replication_group_id ip_discovery kms_key_id log_delivery_configurations multi_az_enabled "
        "node_group_configuration notification_topic_arn num_cache_clusters num_node_groups port "
        "preferred_cache_cluster_a_zs preferred_maintenance_window primary_cluster_id primary_end_point "
        "read_end_point reader_end_point replicas_per_node_group replication_group_description snapshot_arns "
        "snapshot_name snapshot_retention_limit snapshot_window snapshotting_cluster_id transit_encryption_enabled "
        "transit_encryption_mode user_group_ids",
        cache_subnet_group_name="subnet_group_name",
    ),
    "lambda_function": shape(
        "aws_lambda_function",
        "function_name vpc_config",
        "architectures code code_sha_256 code_signing_config_arn dead_letter_config description environment "
        "ephemeral_storage file_system_configs handler image_config kms_key_arn layers logging_config memory_size "
        "package_type policy recursive_loop reserved_concurrent_executions role runtime runtime_management_config "
        "snap_start snap_start_response timeout tracing_config",
        "arn=arn",
    ),
    "eks_cluster": shape(
        "aws_eks_cluster",
        "name version compute_config remote_network_config outpost_config kubernetes_network_config",
        "access_config bootstrap_self_managed_addons certificate_authority_data cluster_id deletion_protection "
        "encryption_config encryption_config_key_arn endpoint force logging open_id_connect_issuer_url role_arn "
        "storage_config upgrade_policy zonal_shift_config",
        "arn=arn cluster_security_group_id=vpc_config.0.cluster_security_group_id",
        resources_vpc_config="vpc_config",
    ),
    "eks_nodegroup": shape(
        "aws_eks_node_group",
        "cluster_name launch_template remote_access",
        "ami_type arn capacity_type disk_size force_update_enabled instance_types labels node_repair_config node_role "
        "release_version scaling_config taints update_config version",
        nodegroup_name="node_group_name",
        subnets="subnet_ids",
    ),
}
