"""What a `lifecycle` block leaves to others: arguments whose live values may differ from the text.

https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle (read 2026-11-27)

Terraform writes an ignored argument when it creates the thing and never looks at it again, so the text says nothing
about what is there now. Tags, sizes, images, versions and passwords are ignored so often, and by so many, that they
keep their values: they carry no traffic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from netaudit.sources.terraform import syntax
from netaudit.sources.terraform.syntax import Attribute, Block, Body, Expression

# What carries traffic and may be there though the text has none of it: rules inside of a thing, groups, places.
_UNWRITTEN = {
    "aws_security_group": ("ingress", "egress"),
    "aws_default_security_group": ("ingress", "egress"),
    "aws_network_acl": ("ingress", "egress", "subnet_ids"),
    "aws_default_network_acl": ("ingress", "egress", "subnet_ids"),
    "aws_route_table": ("route", "propagating_vgws"),
    "aws_default_route_table": ("route", "propagating_vgws"),
    "aws_ec2_managed_prefix_list": ("entry",),
    "aws_instance": ("vpc_security_group_ids", "associate_public_ip_address", "source_dest_check"),
    "aws_network_interface": ("security_groups", "source_dest_check"),
    "aws_launch_template": ("vpc_security_group_ids",),
    "aws_db_instance": ("vpc_security_group_ids", "publicly_accessible"),
    "aws_rds_cluster": ("vpc_security_group_ids",),
    "aws_lb": ("security_groups", "internal"),
    "aws_alb": ("security_groups", "internal"),
    "aws_elb": ("security_groups", "internal"),
    "aws_vpc_endpoint": ("security_group_ids", "route_table_ids"),
    "aws_subnet": ("map_public_ip_on_launch",),
}
# What carries no traffic, whatever its value.
_CARRIES_NONE = """
    tags tags_all volume_tags description timeouts
    ami image_id user_data user_data_base64 user_data_replace_on_change instance_type instance_types key_name
    iam_instance_profile ebs_optimized root_block_device ebs_block_device block_device_mappings metadata_options
    credit_specification cpu_options monitoring hibernation disable_api_termination
    scaling_config update_config desired_capacity desired_size desired_count min_size max_size min_capacity max_capacity
    engine_version version release_version ami_type capacity_type disk_size
    username password master_username master_password manage_master_user_password snapshot_identifier
    final_snapshot_identifier allocated_storage max_allocated_storage storage_type iops storage_throughput
    replica_count number_cache_clusters num_cache_clusters num_cache_nodes instance_class node_type
    backup_retention_period backup_window maintenance_window
    """
_KEPT = frozenset(_CARRIES_NONE.split())


class Ignored(NamedTuple):
    """The names of ignored arguments, and where that is written."""

    names: frozenset[str]
    written: Attribute


def ignored(kind: str, body: Body, present: Mapping[str, object]) -> Ignored | None:
    """What `ignore_changes` of a resource leaves to others; None where it leaves nothing that matters.

    `present` are the arguments that the text gives: `all` means these, and what of the kind
    may be there unwritten.
    """
    for block in reversed(body.blocks):  # that of an override file comes last; an empty list there changes nothing
        written = block.body.attributes.get("ignore_changes") if block.type == "lifecycle" else None
        if written is None or _is_empty(written.expression):
            continue
        if _is_all(written.expression):
            names = frozenset(present) | frozenset(_UNWRITTEN.get(kind, ()))
        else:
            items = written.expression.items if isinstance(written.expression, syntax.TupleOf) else ()
            names = frozenset(name for item in items if (name := _root(item)))
        return Ignored(names - _KEPT, written) if names - _KEPT else None
    return None


def validations(declaration: Block) -> list[Block]:
    """The conditions that a variable puts on its values; they are not checked."""
    return [block for block in declaration.body.blocks if block.type == "validation"]


def _is_empty(node: Expression) -> bool:
    return isinstance(node, syntax.TupleOf) and not node.items


def _is_all(node: Expression) -> bool:
    match node:
        case syntax.Name(name="all") | syntax.Literal(value="all"):
            return True
        case syntax.TupleOf(items=(syntax.Literal(value="*"),)):  # as it was written before 0.12
            return True
        case _:
            return False


def _root(node: Expression) -> str:
    """The argument that `ingress`, `"ingress"`, `root_block_device[0].size` is a part of; empty for anything else."""
    match node:
        case syntax.Name(name=name):
            return name
        case syntax.Literal(value=str(text)):
            return text.partition(".")[0].partition("[")[0]
        case syntax.Attr(target=target) | syntax.Index(target=target) | syntax.Splat(target=target):
            return _root(target)
        case _:
            return ""
