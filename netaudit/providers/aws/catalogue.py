"""What kinds of AWS resources there are, for this provider: modelled, without meaning to a network, or missing.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/connect-with-ec2-instance-connect-endpoint.html (read 2026-11-23)

AWS-55 Everything not modelled is listed in every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netaudit.model import Diagnostic, Effect, Resource, Severity, Value
from netaudit.providers.aws import cloud_control
from netaudit.providers.aws.fleet import KINDS as FLEETS
from netaudit.providers.aws.lookup import kind_of
from netaudit.providers.aws.shapes import GROUP_KINDS, SHAPES
from netaudit.providers.aws.silent import SILENT
from netaudit.providers.aws.values import plain

MODELLED = frozenset(
    {
        "aws_vpc",
        "aws_default_vpc",
        "aws_networkfirewall_firewall",
        "aws_networkfirewall_firewall_policy",
        "aws_networkfirewall_rule_group",
        "aws_vpc_ipv4_cidr_block_association",
        "aws_vpc_ipv6_cidr_block_association",
        "aws_subnet",
        "aws_default_subnet",
        "aws_security_group",
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_vpc_security_group_egress_rule",
        "aws_ec2_managed_prefix_list",
        "aws_ec2_managed_prefix_list_entry",
        "aws_network_acl",
        "aws_default_network_acl",
        "aws_network_acl_rule",
        "aws_network_acl_association",
        "aws_route_table",
        "aws_default_route_table",
        "aws_route",
        "aws_route_table_association",
        "aws_main_route_table_association",
        "aws_internet_gateway",
        "aws_internet_gateway_attachment",
        "aws_egress_only_internet_gateway",
        "aws_nat_gateway",
        "aws_eip",
        "aws_eip_association",
        "aws_vpc_block_public_access_options",
        "aws_vpc_block_public_access_exclusion",
        "aws_vpc_peering_connection",
        "aws_vpc_peering_connection_accepter",
        "aws_vpc_peering_connection_options",
        "aws_network_interface",
        "aws_network_interface_attachment",
        "aws_network_interface_sg_attachment",
        "aws_instance",
        "aws_launch_template",
        "aws_launch_configuration",
        "aws_autoscaling_attachment",
        "aws_autoscaling_traffic_source_attachment",
        "aws_elb_attachment",
        "aws_vpc_endpoint_service",
        "aws_vpc_endpoint_service_allowed_principal",
        "aws_lb",
        "aws_elb",
        "aws_lb_listener",
        "aws_lb_listener_rule",
        "aws_lb_target_group",
        "aws_lb_target_group_attachment",
        "aws_vpc_endpoint",
        "aws_vpc_endpoint_subnet_association",
        "aws_vpc_endpoint_security_group_association",
        "aws_vpc_endpoint_route_table_association",
        "aws_vpc_security_group_vpc_association",
        "aws_ec2_transit_gateway",
        "aws_ec2_transit_gateway_vpc_attachment",
        "aws_ec2_transit_gateway_vpc_attachment_accepter",
        "aws_ec2_transit_gateway_default_route_table_association",
        "aws_ec2_transit_gateway_default_route_table_propagation",
        "aws_ec2_transit_gateway_route_table",
        "aws_ec2_transit_gateway_route_table_association",
        "aws_ec2_transit_gateway_route_table_propagation",
        "aws_ec2_transit_gateway_route",
        "aws_ec2_transit_gateway_prefix_list_reference",
        "aws_ec2_client_vpn_authorization_rule",
        "aws_ec2_client_vpn_network_association",
        "aws_globalaccelerator_accelerator",
        "aws_globalaccelerator_endpoint_group",
        "aws_globalaccelerator_listener",
        "aws_vpn_connection_route",
        "aws_ram_resource_association",
        "aws_rds_shard_group",
        "aws_db_option_group",
        *SHAPES,
        *FLEETS,
        *GROUP_KINDS,
    }
)

_CLOUD_WAN = "Cloud WAN: routes to it lead beyond the model"
_PUBLIC_LINE = "Direct Connect to public addresses: what comes in by it counts as the internet"
_GATEWAY_PEERING = "transit gateway peering: routes to it lead beyond the model"
_DIRECT_CONNECT = "Direct Connect: what lies behind it is private addresses outside"

# Kinds whose traffic is possible in the model, never certain, and what that concerns.
WIDENED = {
    "aws_ec2_transit_gateway_peering_attachment": _GATEWAY_PEERING,
    "aws_ec2_transit_gateway_peering_attachment_accepter": _GATEWAY_PEERING,
    "aws_ec2_transit_gateway_policy_table": "transit gateway policy tables: what they choose is beyond the model",
    "aws_ec2_transit_gateway_connect": "transit gateway Connect: routes to it lead beyond the model",
    "aws_vpn_gateway": "virtual private gateways: its VPC is open to private addresses outside, or to static routes",
    "aws_vpn_gateway_attachment": "virtual private gateways: its VPC is open to private addresses outside",
    "aws_vpn_gateway_route_propagation": "propagated routes: possible, and unknown but for those of static connections",
    "aws_vpn_connection": "VPN connections: what lies behind them is private addresses outside",
    "aws_dx_gateway_association": _DIRECT_CONNECT,
    "aws_dx_gateway_association_proposal": _DIRECT_CONNECT,
    "aws_dx_hosted_private_virtual_interface": _DIRECT_CONNECT,
    "aws_dx_hosted_private_virtual_interface_accepter": _DIRECT_CONNECT,
    "aws_dx_private_virtual_interface": _DIRECT_CONNECT,
    "aws_vpc_security_group_rules_exclusive": "removal of rules that are not listed: they count as present",
    "aws_networkmanager_vpc_attachment": _CLOUD_WAN,
    "aws_networkmanager_transit_gateway_peering": _CLOUD_WAN,
    "aws_networkmanager_transit_gateway_route_table_attachment": _CLOUD_WAN,
    "aws_dx_public_virtual_interface": _PUBLIC_LINE,
    "aws_dx_hosted_public_virtual_interface": _PUBLIC_LINE,
    "aws_dx_hosted_public_virtual_interface_accepter": _PUBLIC_LINE,
    "aws_ec2_carrier_gateway": "carrier gateways: its VPC is open to private addresses outside",
    "aws_ec2_local_gateway_route_table_vpc_association": "local gateways: its VPC is open to private addresses outside",
    "aws_vpc_route_server_propagation": "route servers: their routes are unknown",
}

# Kinds that the model lacks: what they would let through, or who they are, is missing from every answer.
MISSING = {
    "aws_globalaccelerator_custom_routing_endpoint_group": "Global Accelerator with custom routing",
    "aws_vpclattice_service_network_vpc_association": "VPC Lattice",
    "aws_vpclattice_target_group": "VPC Lattice: who reaches its targets",
    "aws_api_gateway_vpc_link": "API Gateway VPC links",
    "aws_ec2_traffic_mirror_session": "Traffic Mirroring",
    "aws_lightsail_instance": "Lightsail",
    "aws_lightsail_container_service": "Lightsail",
    "aws_lightsail_database": "Lightsail",
    "aws_lightsail_lb": "Lightsail",
    "aws_cloudformation_stack": "what a CloudFormation stack creates",
    "aws_cloudformation_stack_instances": "what a CloudFormation stack creates",
    "aws_cloudformation_stack_set_instance": "what a CloudFormation stack creates",
    "aws_serverlessapplicationrepository_cloudformation_stack": "what a CloudFormation stack creates",
    "aws_cloudcontrolapi_resource": "what it creates",
    "aws_cloudfront_vpc_origin": "CloudFront VPC origins, by which the internet reaches private endpoints",
    "aws_ec2_transit_gateway_multicast_domain": "transit gateway multicast",
    "aws_elastic_beanstalk_environment": "Elastic Beanstalk: its instances and load balancers",
    "aws_fms_policy": "Firewall Manager: the groups, ACL entries and firewalls that it adds",
    "aws_networkmonitor_probe": "probes of a network monitor",
    "aws_opsworks_instance": "instances of OpsWorks",
    "aws_sagemaker_user_profile": "groups of the apps of a SageMaker user",
    "aws_servicecatalog_provisioned_product": "what a provisioned product creates",
}

# Arguments that put a thing into a network: a kind that has one and is in no list is missing as well.
_TELLTALES = (
    "subnet_id",
    "subnet_ids",
    "subnets",
    "subnet_arn",
    "subnet_arns",
    "vpc_config",
    "vpc_configuration",
    "vpc_options",
    "vpc_settings",
    "vpc_subnets",
    "vpc_subnet_ids",
    "security_group_id",
    "security_group_ids",
    "security_group_arns",
    "vpc_security_group_ids",
    "security_groups",
)


# Services of `awscc`, and single kinds there, that are in no network, unless an argument tells.
_SERVICES = (
    "accessanalyzer acmpca applicationautoscaling athena backup budgets ce certificatemanager chatbot cloudtrail "
    "cloudwatch cognito config controltower cur detective dynamodb ecr events guardduty iam identitystore inspector "
    "inspectorv2 kms lakeformation logs macie notifications organizations resourceexplorer2 resourcegroups "
    "rolesanywhere route53 s3 s3tables scheduler secretsmanager securityhub servicecatalogappregistry signer sns sqs "
    "ssm sso stepfunctions xray"
)
_PARTS = (
    "ec2_capacity_reservation ec2_capacity_reservation_fleet ec2_dhcp_options ec2_host ec2_key_pair "
    "ec2_placement_group ec2_volume ec2_volume_attachment ec2_vpcdhcp_options_association ecs_cluster "
    "ecs_task_definition efs_access_point efs_file_system eks_access_entry eks_addon eks_pod_identity_association "
    "elasticache_parameter_group elasticache_user elasticache_user_group lambda_alias lambda_layer_version "
    "lambda_permission lambda_version rds_db_cluster_parameter_group rds_db_parameter_group"
)


def diagnostic(resource: Resource) -> Diagnostic | None:
    """What to say about a resource whose kind is not modelled; None where there is nothing to say (AWS-55)."""
    kind = kind_of(resource)
    if kind in MODELLED or kind in SILENT or kind.startswith("data."):
        return None
    if kind in WIDENED:
        return _said(resource, WIDENED[kind], Effect.OVER_APPROXIMATED)
    if kind in MISSING:
        return _said(resource, MISSING[kind], Effect.UNREADABLE)
    if kind.startswith(cloud_control.PREFIX) and not _is_beside(resource):
        return _said(resource, "network parts of the awscc provider", Effect.UNREADABLE)
    told = next(_telltales(resource.attributes), None)
    return _said(resource, f"{kind}, which is in a network by its '{told}'", Effect.UNREADABLE) if told else None


def _is_beside(resource: Resource) -> bool:
    """Whether a resource of the `awscc` provider touches no network: by its service, or by what it is in `aws`."""
    name = resource.kind.removeprefix(cloud_control.PREFIX)
    if f"aws_{name}" in SILENT or f"aws_{name.removeprefix('ec2_')}" in SILENT:
        return True
    beside = name in _PARTS.split() or name.partition("_")[0] in _SERVICES.split()
    return beside and next(_telltales(resource.attributes), None) is None


def _telltales(value: Value) -> Iterator[str]:
    """The arguments that tell, also those of blocks inside."""
    value = plain(value)
    if isinstance(value, list | tuple):
        for item in value:
            yield from _telltales(item)
    elif isinstance(value, Mapping):
        yield from (name for name in _TELLTALES if plain(value.get(name)) not in (None, [], {}))
        for item in value.values():
            yield from _telltales(item)


def _said(resource: Resource, what: str, effect: Effect) -> Diagnostic:
    message = f"{resource.address}: not modelled: {what}"
    return Diagnostic("AWS_NOT_MODELLED", message, Severity.WARNING, resource.origin, effect)
