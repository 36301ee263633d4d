"""Network ACLs of a reading, with entries and associations that are written apart from them (AWS-18).

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html (read 2026-11-23)
"""

from __future__ import annotations

from dataclasses import replace

from netaudit.model import Origin, Ref, Resource, Unknown
from netaudit.providers.aws import (
    network_acl,
)
from netaudit.providers.aws.association import associate
from netaudit.providers.aws.inventory import ACLS, SUBNETS, Inventory
from netaudit.providers.aws.lookup import existence, missing
from netaudit.providers.aws.network_acl import NetworkAcl
from netaudit.providers.aws.values import Fields, Leaf


def read_acls(inventory: Inventory) -> None:
    """Every ACL with its entries, and the subnets that each is bound to."""
    lookup, notes = inventory.lookup, inventory.notes
    for resource in lookup.of_kind(*ACLS):
        inventory.acls[resource.address] = network_acl.read(resource, notes)
    for resource in lookup.of_kind("aws_network_acl_rule"):
        leaf = Fields.of(resource, notes).leaf("network_acl_id")
        _add_entries(inventory, leaf, resource, network_acl.read_rule(resource, notes))
    for resource in lookup.of_kind(*ACLS):
        acl, because = inventory.acls[resource.address], existence(resource)
        for leaf in acl.subnets:
            _bind(inventory, leaf, acl.key, acl.origin, because)
    for link in lookup.of_kind("aws_network_acl_association"):
        fields = Fields.of(link, notes)
        key = _acl(inventory, fields.leaf("network_acl_id")) or _unknown_acl(inventory, link)
        _bind(inventory, fields.leaf("subnet_id"), key, link.origin, existence(link))


def _bind(
    inventory: Inventory, leaf: Leaf | None, key: str, origin: Origin | None, because: tuple[Unknown, ...]
) -> None:
    """Bind a subnet to an ACL, which takes the place of another one: perhaps, where that may not be there."""
    if because and (place := inventory.lookup.find(leaf, *SUBNETS)) is not None:
        inventory.acl_perhaps.add(place.address)
    associate(inventory, leaf, key, inventory.acl_of, inventory.acl_doubts, origin=origin, because=because)


def _unknown_acl(inventory: Inventory, link: Resource) -> str:
    key = f"ACL of {link.address}"
    inventory.acls[key] = NetworkAcl(key, link.origin, open=(Unknown(key, link.origin),))
    return key


def _add_entries(
    inventory: Inventory, leaf: Leaf | None, resource: Resource, entries: tuple[network_acl.Entry, ...]
) -> None:
    """Add entries to the ACL that they name; those of an unknown one may belong to any, at any place."""
    found = _acl(inventory, leaf)
    if found is not None:
        acl = inventory.acls[found]
        inventory.acls[found] = replace(acl, entries=(*acl.entries, *entries))
        return
    reason = Unknown(f"the ACL of {resource.address}", resource.origin)
    shaky = tuple(replace(e, number=None, because=(*e.because, reason)) for e in entries)
    for key, acl in list(inventory.acls.items()):
        inventory.acls[key] = replace(acl, entries=(*acl.entries, *shaky))


def _acl(inventory: Inventory, leaf: Leaf | None) -> str | None:
    """The key of the ACL that a leaf names, a VPC's adopted default one included."""
    found = inventory.lookup.find(leaf, *ACLS)
    if found is not None:
        return found.address
    followed = inventory.lookup.follow(leaf)
    if isinstance(followed, Ref) and followed.path == ("default_network_acl_id",):
        return default_acl(inventory, followed.address) or _own_acl(inventory, followed.address)
    if followed is None or isinstance(followed, Unknown):
        return None
    key = str(followed)
    if key not in inventory.acls:  # one outside the sources: whatever its entries are
        inventory.acls[key] = NetworkAcl(key, None, open=(missing(followed, None),))
    return key


def _own_acl(inventory: Inventory, vpc_key: str) -> str:
    """AWS's own default ACL of a VPC, as one to which the sources add entries."""
    home = inventory.vpcs.get(vpc_key)
    key = f"{vpc_key}:default-network-acl"
    if key not in inventory.acls:
        acl = network_acl.allowing(key, home.origin if home else None)
        reason = Unknown(f"the default network ACL of {vpc_key}")
        declared = home is not None and home.declared
        inventory.acls[key] = acl if declared else replace(acl, entries=(), open=(reason,))
    return key


def default_acl(inventory: Inventory, vpc_key: str) -> str | None:
    """The key of the resource that adopted a VPC's default ACL (AWS-18)."""
    for resource in inventory.lookup.of_kind("aws_default_network_acl"):
        fields = Fields.of(resource, inventory.notes)
        leaf = inventory.lookup.follow(fields.leaf("default_network_acl_id"))
        if isinstance(leaf, Ref) and leaf.address == vpc_key:
            return resource.address
        home = inventory.vpcs.get(vpc_key)
        written = home.resource.attributes.get("default_network_acl_id") if home and home.resource else None
        if isinstance(leaf, str) and leaf == written:
            return resource.address
    own = f"{vpc_key}:default-network-acl"
    return own if own in inventory.acls else None


def stray_defaults(inventory: Inventory) -> tuple[Unknown, ...]:
    """Why a VPC's default ACL may be adopted and emptied: by a resource of which nobody knows what it adopts."""
    adopting = inventory.lookup.of_kind("aws_default_network_acl")
    leaves = (inventory.lookup.follow(Fields.of(each, []).leaf("default_network_acl_id")) for each in adopting)
    return tuple(leaf for leaf in leaves if isinstance(leaf, Unknown))
