"""Managed services are network interfaces in given subnets with given groups, at addresses known after apply.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html (read 2026-11-23)
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-23)
https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html (read 2026-11-27)
https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html (read 2026-11-27)

AWS-45 RDS, ElastiCache, OpenSearch, MSK, EFS mount targets, Lambda in a VPC, ECS `awsvpc` tasks and the EKS
       control plane are interfaces in given subnets with given groups. Their address is one of the subnet's.
       RDS may land in any subnet of its group; `publicly_accessible` adds a public address.
       Functions only send: egress only, never a public address.
AWS-46 An ECS service with `awsvpc` networking has interfaces and groups of its own.
AWS-47 The EKS cluster group allows all from itself and all egress; the control plane, managed nodes and pods on Fargate
       have it.
       With `remote_access` EKS adds a group to the nodes, whose rules are not in the sources.
AWS-55 What opens connections for somebody outside (Instance Connect Endpoints, Client VPN, API Gateway's VPC links)
       does so from interfaces in subnets with groups. Whom it lets is not a matter of the network: never certain.

Not modelled:
- Rules that EMR writes into its groups: its nodes may be open.
- Ports that a service really listens on: reachability is of the network.
- The number of nodes or tasks: they are alike, one interface in one of the subnets stands for them.
- ECS in `bridge` and `host` mode: those tasks are at their instance, which is an endpoint of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netaudit.model import Diagnostic, Effect, Ref, Resource, Severity, Unknown
from netaudit.providers.aws import instance, tags
from netaudit.providers.aws.interface import Attachment, Owner, PublicFace
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a kind of resource writes its subnets and groups (TF-100).

    `block` is the block that holds them, if any; `subnet_group` names an attribute that refers to a resource of
    kind `group_kind`, whose `subnet_ids` they are. `spread` means one interface in every subnet.
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


_RDS = Shape("vpc_security_group_ids", "", "", "db_subnet_group_name", "aws_db_subnet_group", "publicly_accessible")
_CACHE = Shape("security_group_ids", "", "", "subnet_group_name", "aws_elasticache_subnet_group")
_DOCDB = Shape("vpc_security_group_ids", "", "", "db_subnet_group_name", "aws_docdb_subnet_group")
_NEPTUNE = Shape("vpc_security_group_ids", "", "", "neptune_subnet_group_name", "aws_neptune_subnet_group")

SHAPES: Mapping[str, Shape] = {
    "aws_db_instance": _RDS,
    "aws_rds_cluster": _RDS,
    "aws_rds_cluster_instance": _RDS,
    "aws_db_proxy": Shape("vpc_security_group_ids", "vpc_subnet_ids", spread=True),
    "aws_docdb_cluster": _DOCDB,
    "aws_neptune_cluster": _NEPTUNE,
    "aws_elasticache_cluster": _CACHE,
    "aws_elasticache_replication_group": _CACHE,
    "aws_memorydb_cluster": Shape("security_group_ids", "", "", "subnet_group_name", "aws_memorydb_subnet_group"),
    "aws_redshift_cluster": Shape(
        "vpc_security_group_ids",
        "",
        "",
        "cluster_subnet_group_name",
        "aws_redshift_subnet_group",
        "publicly_accessible",
        unset="provider's default: true before 6.0, false since",
    ),
    "aws_opensearch_domain": Shape(block="vpc_options", optional=True),
    "aws_elasticsearch_domain": Shape(block="vpc_options", optional=True),
    "aws_msk_cluster": Shape("security_groups", "client_subnets", "broker_node_group_info", spread=True),
    "aws_mq_broker": Shape("security_groups", "subnet_ids", public="publicly_accessible"),
    "aws_dms_replication_instance": Shape(
        "vpc_security_group_ids",
        "",
        "",
        "replication_subnet_group_id",
        "aws_dms_replication_subnet_group",
        "publicly_accessible",
    ),
    "aws_dax_cluster": Shape("security_group_ids", "", "", "subnet_group_name", "aws_dax_subnet_group"),
    "aws_fsx_windows_file_system": Shape(),
    "aws_fsx_lustre_file_system": Shape(),
    "aws_fsx_ontap_file_system": Shape(),
    "aws_fsx_openzfs_file_system": Shape(),
    "aws_sagemaker_notebook_instance": Shape("security_groups", "subnet_id", optional=True),
    "aws_codebuild_project": Shape("security_group_ids", "subnets", "vpc_config", accepts=False, optional=True),
    "aws_mwaa_environment": Shape(block="network_configuration"),
    "aws_transfer_server": Shape(block="endpoint_details", spread=True, optional=True),
    "aws_apprunner_vpc_connector": Shape("security_groups", "subnets", accepts=False),
    "aws_efs_mount_target": Shape("security_groups", "subnet_id"),
    "aws_lambda_function": Shape(block="vpc_config", accepts=False, optional=True),
    "aws_ecs_service": Shape(
        "security_groups", "subnets", "network_configuration", public="assign_public_ip", optional=True
    ),
    "aws_eks_cluster": Shape(block="vpc_config", spread=True),
    "aws_eks_node_group": Shape(""),
    "aws_eks_fargate_profile": Shape(""),
    "aws_autoscaling_group": Shape("", "vpc_zone_identifier"),
    "aws_elasticache_serverless_cache": Shape(),
    "aws_msk_serverless_cluster": Shape(block="vpc_config", spread=True),
    "aws_redshiftserverless_workgroup": Shape(public="publicly_accessible"),
    "aws_opensearchserverless_vpc_endpoint": Shape(spread=True),
    "aws_docdbelastic_cluster": Shape("vpc_security_group_ids"),
    "aws_timestreaminfluxdb_db_instance": Shape(
        "vpc_security_group_ids", "vpc_subnet_ids", public="publicly_accessible"
    ),
    "aws_synthetics_canary": Shape(block="vpc_config", accepts=False, optional=True),
    "aws_batch_compute_environment": Shape(subnets="subnets", block="compute_resources", optional=True),
    "aws_emr_cluster": Shape("", block="ec2_attributes", optional=True),
    "aws_ec2_instance_connect_endpoint": Shape(subnets="subnet_id", accepts=False),
    "aws_apigatewayv2_vpc_link": Shape(accepts=False, spread=True),
    "aws_ec2_client_vpn_endpoint": Shape(accepts=False, spread=True, optional=True),
}


GROUP_KINDS = frozenset(shape.group_kind for shape in SHAPES.values() if shape.group_kind)


class _Placement(NamedTuple):
    subnets: tuple[Leaf, ...]
    groups: tuple[Leaf, ...] | None
    public: PublicFace | None = None
    by_default: bool = False
    because: tuple[Unknown, ...] = ()  # why nothing of it is certain
    v6: bool | Unknown | None = False  # None: the subnet's default decides


def read(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Owner | None:
    """A managed service as an endpoint; None where it is in no VPC (AWS-45)."""
    shape = SHAPES[resource.kind]
    fields = Fields.of(resource, notes)
    place = _READERS.get(resource.kind, _placed)(fields, shape, lookup)
    if place is None:
        return None
    choices: Sequence[tuple[Leaf, ...]] = [(leaf,) for leaf in place.subnets] if shape.spread else [place.subnets]
    attachments = tuple(
        Attachment(
            resource.address if index == 0 else f"{resource.address}#eni-{index}",
            resource.origin,
            choice,
            place.groups,
            public=place.public,
            by_default=place.by_default,
            v6=place.v6,
        )
        for index, choice in enumerate(choices)
    )
    return Owner(
        resource.address,
        resource.kind,
        resource.origin,
        attachments,
        tags.name_of(resource),
        tags.read(resource),
        (*existence(resource), *place.because),
        shape.accepts,
    )


def _placed(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    block: Fields | Unknown | None = fields.block(shape.block) if shape.block else fields
    if block is None and shape.optional:
        return None
    if block is None or isinstance(block, Unknown):
        reason = block or Unknown(f"{fields.resource.address}.{shape.block}", fields.origin)
        return _Placement((reason,), (reason,), PublicFace(because=(reason,)) if shape.public else None)
    subnets = _subnets(block, shape, lookup)
    if shape.optional and not subnets:
        return None
    return _Placement(subnets, block.leaves(shape.groups), _public(block, shape), v6=_dual(fields, block))


def _dual(*written: Fields) -> bool | Unknown:
    """Whether a service says that it has IPv6 addresses as well (AWS-53)."""
    kinds = [each.text(name) for each in written for name in ("network_type", "ip_address_type")]
    flags = [each.flag("ipv6_allowed_for_dual_stack") for each in written]
    if True in flags or any(isinstance(kind, str) and _BOTH.search(kind) for kind in kinds):
        return True
    return next((value for value in (*kinds, *flags) if isinstance(value, Unknown)), False)


_BOTH = re.compile("dual|ipv6", re.IGNORECASE)


def _subnets(block: Fields, shape: Shape, lookup: Lookup) -> tuple[Leaf, ...]:
    if not shape.subnet_group:
        single = block.leaf(shape.subnets) if isinstance(block.raw(shape.subnets), str) else None
        if shape.subnets == "subnet_id":
            single = block.leaf("subnet_id")
        return (single,) if single is not None else block.leaves(shape.subnets) or ()
    written = block.leaf(shape.subnet_group)
    if written is None:
        return _inherited(block, lookup)
    group = lookup.find(written, shape.group_kind)
    if group is None:
        return (Unknown(f"the subnets of {written}", block.origin),)
    return Fields.of(group, block.notes).leaves("subnet_ids") or ()


def _inherited(block: Fields, lookup: Lookup) -> tuple[Leaf, ...]:
    """A cluster's instance is where its cluster is; a replica where its source is; others in the default VPC."""
    cluster = lookup.find(block.leaf("cluster_identifier"), "aws_rds_cluster")
    if cluster is not None and cluster is not block.resource:
        return _subnets(Fields.of(cluster, block.notes), SHAPES["aws_rds_cluster"], lookup)
    if block.raw("replicate_source_db") is not None or block.raw("cluster_identifier") is not None:
        return (Unknown(f"the subnets of {block.resource.address}", block.origin),)
    return ()


def _public(block: Fields, shape: Shape) -> PublicFace | None:
    wished = block.flag(shape.public) if shape.public else None
    if wished is None and shape.unset:
        wished = Unknown(f"{block.resource.address}.{shape.public} ({shape.unset})", block.origin)
    return instance.public_face(bool(wished) if wished is None else wished, None)[0]


def _cluster_instance(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """An Aurora instance has its cluster's groups."""
    cluster = lookup.find(fields.leaf("cluster_identifier"), "aws_rds_cluster")
    if cluster is None:
        reason = Unknown(f"the cluster of {fields.resource.address}", fields.origin)
        return _Placement(_subnets(fields, shape, lookup), (reason,), _public(fields, shape))
    whole = Fields.of(cluster, fields.notes)
    groups = whole.leaves("vpc_security_group_ids")
    return _Placement(_subnets(fields, shape, lookup), groups, _public(fields, shape), v6=_dual(whole, fields))


def _brokers(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Kafka brokers have public addresses when their connectivity says so."""
    place, inner = _placed(fields, shape, lookup), fields
    for name in (shape.block, "connectivity_info", "public_access"):
        found = inner.block(name)
        if place is None or found is None:
            return place
        if isinstance(found, Unknown):
            return place._replace(public=PublicFace(because=(found,)))
        inner = found
    kind = inner.text("type")
    wished = kind if isinstance(kind, Unknown) else kind not in (None, "DISABLED")
    return place._replace(public=instance.public_face(wished, None)[0]) if place else None


def _transfer(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A file transfer server is public by the elastic addresses that it is given."""
    place, block = _placed(fields, shape, lookup), fields.block(shape.block)
    if place is None or not isinstance(block, Fields):
        return place
    given = block.leaves("address_allocation_ids") or ()
    many = tuple(leaf for leaf in given if isinstance(leaf, Unknown) and leaf.many)
    return place._replace(public=PublicFace(because=many)) if given else place


def _autoscaling(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """An autoscaling group's instances are what its launch template says, in one of its subnets."""
    template = instance.template_of(fields, lookup)
    mixed = fields.block("mixed_instances_policy")
    if template is None and isinstance(mixed, Fields):
        outer = mixed.block("launch_template")
        inner = outer.block("launch_template_specification") if isinstance(outer, Fields) else None
        template = _mixed(inner, lookup) if isinstance(inner, Fields) else None
    subnets = _subnets(fields, shape, lookup)
    if template is None:
        reason = Unknown(f"the launch template of {fields.resource.address}", fields.origin)
        return _Placement(subnets, (reason,), PublicFace(because=(reason,)), v6=reason)
    return _Placement(
        subnets or template.subnets, template.groups, template.public, template.by_default, v6=template.v6
    )


def _mixed(block: Fields, lookup: Lookup) -> Attachment | None:
    leaf = block.leaf("launch_template_id") or block.leaf("launch_template_name")
    inner = Fields(block.resource, block.notes, {"launch_template": [{"id": leaf}]})
    return instance.template_of(inner, lookup)


def _control_plane(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """The EKS control plane has the cluster's own group besides those written (AWS-47)."""
    place = _placed(fields, shape, lookup)
    if place is None:
        return None
    block = fields.block("vpc_config")
    if not isinstance(block, Fields) or block.flag("endpoint_public_access") is not False:
        fields.notes.append(_public_endpoint(fields))
    return place._replace(groups=(*(place.groups or ()), cluster_group(fields.resource)))


def _public_endpoint(fields: Fields) -> Diagnostic:
    """The endpoint that is open to the internet by default lies outside the VPC, and no group filters it."""
    address = fields.resource.address
    message = f"{address}: its public API endpoint is not modelled; set endpoint_public_access = false to close it"
    return Diagnostic(
        "AWS_PUBLIC_API_ENDPOINT", message, Severity.WARNING, fields.origin, Effect.UNREADABLE, (address,)
    )


def _notebook(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A notebook has an interface of SageMaker's own besides, unless direct internet access is disabled."""
    place = _placed(fields, shape, lookup)
    if place is not None and fields.text("direct_internet_access") != "Disabled":
        address = fields.resource.address
        message = f"{address}: its direct internet access passes no VPC and is missing from every answer"
        fields.notes.append(
            Diagnostic("AWS_DIRECT_INTERNET", message, Severity.WARNING, fields.origin, Effect.UNREADABLE, (address,))
        )
    return place


def cluster_group(cluster: Resource) -> Ref:
    """The group that EKS makes for a cluster (AWS-47); its key in the model is this reference as text."""
    return Ref(cluster.address, ("vpc_config", 0, "cluster_security_group_id"))


def _nodes(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Managed nodes have their cluster's group, or instead those that their launch template names (AWS-47)."""
    template = instance.template_of(fields, lookup)
    subnets = _subnets(fields, shape, lookup)
    if template is not None and template.groups:
        return _Placement(subnets, template.groups, template.public, template.by_default, v6=template.v6)
    cluster = lookup.find(fields.leaf("cluster_name"), "aws_eks_cluster")
    missing = Unknown(f"the cluster of {fields.resource.address}", fields.origin)
    groups = (missing if cluster is None else cluster_group(cluster), *_remote_access(fields))
    if template is not None:
        return _Placement(subnets, groups, template.public, template.by_default, v6=template.v6)
    return _Placement(subnets, groups, None, True, v6=None)


def _on_fargate(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Pods on Fargate have an interface each, with the group of their cluster and no public address (AWS-47)."""
    cluster = lookup.find(fields.leaf("cluster_name"), "aws_eks_cluster")
    missing = Unknown(f"the cluster of {fields.resource.address}", fields.origin)
    return _Placement(_subnets(fields, shape, lookup), (missing if cluster is None else cluster_group(cluster),))


def _remote_access(fields: Fields) -> tuple[Leaf, ...]:
    """The group that EKS makes for logging in: SSH, or RDP, from the groups named, or else from everywhere."""
    if not fields.blocks("remote_access"):
        return ()
    return (Unknown(f"the remote access group of {fields.resource.address}", fields.origin),)


# ---- what opens connections for somebody outside ------------------------------------------------------


def _batch(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Batch starts instances, or tasks of Fargate whose public address the job decides about."""
    place, block = _placed(fields, shape, lookup), fields.block(shape.block)
    if place is None or not isinstance(block, Fields):
        return place
    kind, template = block.text("type"), instance.template_of(block, lookup)
    if kind not in ("EC2", "SPOT"):
        reason = kind if isinstance(kind, Unknown) else Unknown(f"the jobs of {fields.resource.address}", block.origin)
        return place._replace(public=PublicFace(because=(reason,)))
    if template is None:
        return place._replace(by_default=True, v6=None)
    reason = Unknown(f"what the launch template of {fields.resource.address} adds", block.origin)
    return place._replace(groups=(*(place.groups or ()), reason), public=PublicFace(because=(reason,)), v6=None)


def _emr(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """EMR writes rules of its own into the groups of its nodes, which the sources do not show."""
    block = fields.block(shape.block)
    if block is None or isinstance(block, Unknown):
        return _placed(fields, shape, lookup)
    single = block.leaf("subnet_id")
    subnets = (single,) if single is not None else block.leaves("subnet_ids") or ()
    reason = Unknown(f"the rules that EMR adds for {fields.resource.address}", block.origin)
    return _Placement(subnets, (reason,), by_default=True, v6=None)


def _connect(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """An Instance Connect Endpoint: its users come in whatever its groups say, and go on as its interface."""
    place, address = _placed(fields, shape, lookup), fields.resource.address
    if fields.flag("preserve_client_ip") is not False:
        _missing(fields, "who connects through it with an address of their own (preserve_client_ip)")
    return place._replace(because=(Unknown(f"whom IAM lets use {address}", fields.origin),)) if place else None


def _api_link(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A VPC link dials what the integrations of its API name, for clients of that API."""
    place, address = _placed(fields, shape, lookup), fields.resource.address
    _missing(fields, "clients of the API whose connections it forwards")
    return place._replace(because=(Unknown(f"what integrations use {address}", fields.origin),)) if place else None


def _client_vpn(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Clients come out of an interface in each associated subnet, with its address."""
    address = fields.resource.address
    associations = [Fields.of(r, fields.notes) for r in lookup.of_kind("aws_ec2_client_vpn_network_association")]
    mine = [a for a in associations if _may_be(lookup, a.leaf("client_vpn_endpoint_id"), fields.resource)]
    subnets = tuple(leaf for each in mine if (leaf := each.leaf("subnet_id")) is not None)
    if not subnets:
        _missing(fields, "Client VPN without a network association in the sources")
        return None
    reason = Unknown(f"whom the authorization rules of {address} let where", fields.origin)
    return _Placement(subnets, fields.leaves(shape.groups), because=(reason,))


def _may_be(lookup: Lookup, leaf: Leaf | None, resource: Resource) -> bool:
    return isinstance(leaf, Unknown) or lookup.find(leaf, resource.kind) is resource


def _missing(fields: Fields, what: str) -> None:
    message = f"{fields.resource.address}: not modelled: {what}"
    fields.notes.append(Diagnostic("AWS_NOT_MODELLED", message, Severity.WARNING, fields.origin, Effect.UNREADABLE))


_READERS: Mapping[str, Callable[[Fields, Shape, Lookup], _Placement | None]] = {
    "aws_rds_cluster_instance": _cluster_instance,
    "aws_autoscaling_group": _autoscaling,
    "aws_msk_cluster": _brokers,
    "aws_transfer_server": _transfer,
    "aws_sagemaker_notebook_instance": _notebook,
    "aws_eks_cluster": _control_plane,
    "aws_eks_node_group": _nodes,
    "aws_eks_fargate_profile": _on_fargate,
    "aws_batch_compute_environment": _batch,
    "aws_emr_cluster": _emr,
    "aws_ec2_instance_connect_endpoint": _connect,
    "aws_apigatewayv2_vpc_link": _api_link,
    "aws_ec2_client_vpn_endpoint": _client_vpn,
}
