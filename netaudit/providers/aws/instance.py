"""An instance is a machine with one or more network interfaces in subnets.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Instances.html (read 2026-11-23)

AWS-1  Security groups belong to interfaces; those of an instance are those of its primary interface.
AWS-26 `associate_public_ip_address` decides about its public address; where it is silent, the subnet's default.

TF-98  Groups come by `vpc_security_group_ids`, by name in `security_groups`, from inline interfaces or from a
       launch template; where there are none, it is the VPC's default group.
       A launch template may describe several interfaces, each with a subnet and groups of its own. A version of it
       that is written as a number is what it was then: unknown, unless that is the latest one, or the first one, which
       is what deploying the text makes. So is a version that is not known.

Not modelled:
- Host firewalls and what listens: reachability is of the network, not of programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from netaudit.model import Diagnostic, Ref, Resource, Unknown
from netaudit.providers.aws import elastic_ip, interface, tags
from netaudit.providers.aws.interface import Attachment, Owner, PublicFace
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf, doubt, plain

_INTERFACE = "aws_network_interface"


class Template(NamedTuple):
    """The network part of a launch template: its first interface, and those beside it."""

    first: Attachment
    beside: tuple[Attachment, ...] = ()

    @property
    def interfaces(self) -> tuple[Attachment, ...]:
        """All of them."""
        return (self.first, *self.beside)


def read(resource: Resource, lookup: Lookup, addresses: elastic_ip.ElasticAddresses, notes: list[Diagnostic]) -> Owner:
    """An `aws_instance` with its own and its attached interfaces."""
    fields = Fields.of(resource, notes)
    template = template_of(fields, lookup)
    attached = list(_attached(resource, lookup, addresses, notes))
    first = [] if any(index == 0 for index, _ in attached) else [_primary(fields, template, addresses)]
    further = [attachment for _, attachment in sorted(attached, key=lambda pair: pair[0])]
    beside = template.beside if template is not None else ()
    named = [replace(a, id=_identity(resource, n)) for n, a in enumerate((*first, *further, *beside))]
    name = tags.name_of(resource)
    return Owner(
        resource.address,
        resource.kind,
        resource.origin,
        tuple(named),
        name,
        tags.read(resource),
        existence(resource),
    )


def _identity(resource: Resource, index: int) -> str:
    return resource.address if index == 0 else f"{resource.address}#eni-{index}"


def _primary(fields: Fields, launched: Template | None, addresses: elastic_ip.ElasticAddresses) -> Attachment:
    """The interface that the instance's own arguments describe, completed by its launch template."""
    template = launched.first if launched is not None else None
    subnet = fields.leaf("subnet_id") or (template.subnets[0] if template and template.subnets else None)
    groups = fields.leaves("vpc_security_group_ids")
    if groups is None and fields.raw("security_groups") is not None:
        groups = fields.leaves("security_groups")
    if not groups and template is not None:
        groups = template.groups
    private = fields.leaf("private_ip")
    addressed = () if private is None else (private, *(fields.leaves("secondary_private_ips") or ()))
    wished = fields.flag("associate_public_ip_address")
    public, by_default = public_face(wished, template)
    held = addresses.held.get(fields.resource.address)
    return Attachment(
        fields.resource.address,
        fields.origin,
        () if subnet is None else (subnet,),
        groups,
        interface.known(addressed),
        held or public or addresses.of(fields.resource.address),
        by_default and held is None,
        interface.wants_v6(fields.number("ipv6_address_count"), fields.leaves("ipv6_addresses")),
        private_v6=interface.known(fields.leaves("ipv6_addresses") or ()),
    )


def public_face(wished: bool | Unknown | None, template: Attachment | None) -> tuple[PublicFace | None, bool]:
    """The public face that an argument asks for, and whether the subnet's default decides instead (AWS-26)."""
    if wished is None and template is not None:
        return template.public, template.by_default
    if isinstance(wished, Unknown):
        return PublicFace(because=(wished,)), False
    return (PublicFace() if wished else None), wished is None


def _attached(
    resource: Resource, lookup: Lookup, addresses: elastic_ip.ElasticAddresses, notes: list[Diagnostic]
) -> Iterator[tuple[int, Attachment]]:
    """The interfaces that are declared apart and attached here, by device index."""
    for link, index in links(resource, lookup, notes):
        found = lookup.find(link, _INTERFACE)
        if found is None:
            reason = doubt(link, resource.origin) or Unknown(f"{link} (not in the sources)", resource.origin)
            # An interface about which nothing is known: any subnet, any group.
            yield index, Attachment("", resource.origin, (reason,), (reason,), public=PublicFace(because=(reason,)))
        else:
            yield (
                index,
                replace(interface.read(found, notes, ""), public=addresses.of(found.address), resource=found.address),
            )


def links(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Iterator[tuple[Leaf, int]]:
    """The interfaces of an instance as written: inline, on the interface, or as a resource between the two."""
    fields = Fields.of(resource, notes)
    for name in ("network_interface", "primary_network_interface"):
        for block in fields.blocks(name):
            if isinstance(block, Unknown):
                yield block, 1
            elif (leaf := block.leaf("network_interface_id")) is not None:
                index = block.number("device_index")
                yield leaf, index if isinstance(index, int) else int(name == "network_interface")
    for block in _described(fields, lookup):
        if isinstance(block, Fields) and (leaf := block.leaf("network_interface_id")) is not None:
            index = block.number("device_index")
            yield leaf, index if isinstance(index, int) else 0
    for eni in lookup.of_kind(_INTERFACE):
        for block in Fields.of(eni, notes).blocks("attachment"):
            if isinstance(block, Fields) and lookup.find(block.leaf("instance"), "aws_instance") is resource:
                yield Ref(eni.address), 1
    for link in lookup.of_kind(f"{_INTERFACE}_attachment"):
        between = Fields.of(link, notes)
        if lookup.find(between.leaf("instance_id"), "aws_instance") is resource:
            leaf = between.leaf("network_interface_id")
            if leaf is not None:
                yield leaf, 1


def template_of(fields: Fields, lookup: Lookup) -> Template | None:
    """The network part of a launch template or launch configuration; one outside the sources is unknown."""
    notes = fields.notes
    for block in fields.blocks("launch_template"):
        leaf, found = _named(block, lookup)
        if found is None:
            return _outside(fields, leaf)
        pinned = _pinned(block, found) if isinstance(block, Fields) else None
        return _outside(fields, pinned) if pinned is not None else _template(Fields.of(found, notes))
    leaf = fields.leaf("launch_configuration")
    if leaf is None:
        return None
    found = lookup.find(leaf, "aws_launch_configuration")
    if found is None:
        return _outside(fields, leaf)
    configuration = Fields.of(found, notes)
    public, by_default = public_face(configuration.flag("associate_public_ip_address"), None)
    groups = configuration.leaves("security_groups")
    return Template(Attachment("", found.origin, groups=groups, public=public, by_default=by_default, v6=None))


def _named(block: Fields | Unknown, lookup: Lookup) -> tuple[Leaf | None, Resource | None]:
    """The template that a block names, in any of the spellings."""
    leaf: Leaf | None = block if isinstance(block, Unknown) else None
    if isinstance(block, Fields):
        names = ("id", "launch_template_id", "name", "launch_template_name")
        leaf = next((found for name in names if (found := block.leaf(name)) is not None), None)
    return leaf, lookup.find(leaf, "aws_launch_template")


def _pinned(block: Fields, template: Resource) -> Unknown | None:
    """A version that may say something else: a number that is neither the latest nor, where none is known, the first.

    So may one that is not known, or that is another template's.
    """
    written = block.raw("version")
    if isinstance(written, Unknown) or (isinstance(written, Ref) and written.address != template.address):
        return Unknown(f"which version of {template.address} is meant", block.origin)
    chosen = plain(template.attributes.get("default_version")) if written in (None, "$Default") else written
    latest = plain(template.attributes.get("latest_version"))
    number = isinstance(chosen, int) or (isinstance(chosen, str) and chosen.isdecimal())
    if not number or str(chosen) == str(latest if isinstance(latest, int | str) else 1):
        return None
    return Unknown(f"version {chosen} of {template.address}", block.origin)


def _described(fields: Fields, lookup: Lookup) -> Iterator[Fields | Unknown]:
    """The blocks of interfaces in an instance's launch template."""
    for block in fields.blocks("launch_template"):
        _, found = _named(block, lookup)
        if found is not None:
            yield from Fields.of(found, fields.notes).blocks("network_interfaces")


def _outside(fields: Fields, leaf: Leaf | None) -> Template:
    reason = Unknown(f"the launch template {leaf} of {fields.resource.address}", fields.origin)
    return Template(Attachment("", fields.origin, groups=(reason,), public=PublicFace(because=(reason,)), v6=reason))


def _template(fields: Fields) -> Template:
    groups = fields.leaves("vpc_security_group_ids") or fields.leaves("security_group_names")
    blocks = sorted(fields.blocks("network_interfaces"), key=_index)
    found = [_one_interface(fields, block, groups) for block in blocks if not _is_apart(block)]
    if not found or _is_apart(blocks[0]):  # one that is written apart is linked instead
        found.insert(0, Attachment("", fields.origin, groups=groups, by_default=True, v6=None))
    beside = (replace(each, by_default=False) for each in found[1:])  # only the first gets its subnet's public address
    return Template(found[0], tuple(beside))


def _index(block: Fields | Unknown) -> int:
    index = block.number("device_index") if isinstance(block, Fields) else 0
    return index if isinstance(index, int) else 0


def _is_apart(block: Fields | Unknown) -> bool:
    return isinstance(block, Fields) and block.raw("network_interface_id") is not None


def _one_interface(fields: Fields, block: Fields | Unknown, groups: tuple[Leaf, ...] | None) -> Attachment:
    if isinstance(block, Unknown):
        return Attachment("", fields.origin, (block,), (block,), public=PublicFace(because=(block,)), v6=block)
    public, by_default = public_face(block.flag("associate_public_ip_address"), None)
    subnet = block.leaf("subnet_id")
    own = block.leaves("security_groups")
    return Attachment(
        "",
        block.origin,
        () if subnet is None else (subnet,),
        own if own else groups,
        public=public,
        by_default=by_default,
        v6=interface.wants_v6(block.number("ipv6_address_count"), block.leaves("ipv6_addresses")),
    )
