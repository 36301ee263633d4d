"""Security groups of a reading, with the rules that are written apart from them (AWS-57).

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from netaudit.model import Diagnostic, Effect, Unknown
from netaudit.providers.aws import (
    cloud_control,
    managed,
    security_group,
)
from netaudit.providers.aws.inventory import GROUPS, Inventory
from netaudit.providers.aws.lookup import Lookup
from netaudit.providers.aws.security_group import SecurityGroup, SecurityRule
from netaudit.providers.aws.values import Fields, Leaf


def read_groups(inventory: Inventory) -> None:
    """Every group with its rules, those that EKS makes for clusters included."""
    lookup, notes = inventory.lookup, inventory.notes
    for resource in lookup.of_kind(*GROUPS):
        group = security_group.read(resource, notes)
        home = inventory.vpc(group.vpc, group.key)
        inventory.groups[group.key] = replace(group, vpc=home)
        if resource.kind == "aws_default_security_group" and isinstance(group.vpc, Unknown):
            inventory.default_strays.append(group.vpc)
        elif resource.kind == "aws_default_security_group":
            inventory.groups[f"{home}:default-security-group"] = inventory.groups[group.key]
    for cluster in lookup.of_kind("aws_eks_cluster"):
        key = str(managed.cluster_group(cluster))
        own = security_group.default("", key, cluster.origin)
        inventory.groups[key] = replace(own, name=f"{cluster.address} cluster", vpc=None)
    told: set[str] = set()
    for owner, rule in _separate_rules(lookup, notes):
        _add_rule(inventory, owner, rule, told)


def _separate_rules(lookup: Lookup, notes: list[Diagnostic]) -> Iterable[tuple[Leaf | None, SecurityRule]]:
    for resource in lookup.of_kind("aws_security_group_rule"):
        fields = Fields.of(resource, notes)
        kind, owner = fields.text("type"), fields.leaf("security_group_id")
        rule = security_group.read_classic(fields, kind == "egress", "")
        if kind in ("ingress", "egress"):
            yield owner, rule
            continue
        reason = kind if isinstance(kind, Unknown) else Unknown(f"{resource.address}.type", resource.origin)
        shaky = replace(rule, because=(*rule.because, reason))
        yield owner, shaky
        yield owner, replace(shaky, egress=True)
    for direction in ("ingress", "egress"):
        for resource in lookup.of_kind(f"aws_vpc_security_group_{direction}_rule"):
            rule = security_group.read_single(resource, direction == "egress", notes)
            yield Fields.of(resource, notes).leaf("security_group_id"), rule


def _add_rule(inventory: Inventory, owner: Leaf | None, rule: SecurityRule, told: set[str]) -> None:
    group = None if owner is None else inventory.group(owner)
    if group is not None:
        _conflict(inventory, group, rule, told)
        _replace_group(inventory, replace(group, rules=(*group.rules, rule)))
        return
    sought = inventory.lookup.follow(owner)
    reason = sought if isinstance(sought, Unknown) else Unknown("the group of a rule", rule.origin)
    for key, each in list(inventory.groups.items()):
        if key == each.key:
            shaky = replace(rule, because=(*rule.because, reason))
            _replace_group(inventory, replace(each, rules=(*each.rules, shaky)))


def _replace_group(inventory: Inventory, group: SecurityGroup) -> None:
    """Put a changed group under every key that it has: an adopted default group is its VPC's default one, too."""
    for key in (group.key, f"{group.vpc}:default-security-group"):
        if key in inventory.groups and inventory.groups[key].key == group.key:
            inventory.groups[key] = group


def _conflict(inventory: Inventory, group: SecurityGroup, rule: SecurityRule, told: set[str]) -> None:
    """Inline and separate rules overwrite each other (AWS-57): told once. A state shows every rule inline as well."""
    if group.key in told or cloud_control.is_of_cloud_control(group.key):
        return
    mixed = any(each.name.endswith("]") and each.egress is rule.egress for each in group.rules)
    if mixed and inventory.reading.format == "terraform" and group.origin is not None:
        message = f"{group.key} has inline rules and separate ones, which overwrite each other: taken as the union"
        told.add(group.key)
        inventory.note("AWS_MIXED_RULES", message, rule.origin, Effect.OVER_APPROXIMATED, group.key)
