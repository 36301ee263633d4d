"""An instance is a machine with one or more network interfaces in subnets.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Instances.html (read 2026-11-23)

AWS-1  Security groups belong to interfaces; those of an instance are those of its primary interface.
AWS-26 `associate_public_ip_address` decides about its public address; where it is silent, the subnet's default.

TF-98  Groups come by `vpc_security_group_ids`, by name in `security_groups`, from inline interfaces or from a
       launch template; where there are none, it is the VPC's default group.

Not modelled:
- Host firewalls and what listens: reachability is of the network, not of programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netaudit.model import Diagnostic, Ref, Resource, Unknown
from netaudit.providers.aws import elastic_ip, interface, tags
from netaudit.providers.aws.interface import Attachment, Owner, PublicFace
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf, doubt

_INTERFACE = "aws_network_interface"


def read(resource: Resource, lookup: Lookup, addresses: elastic_ip.ElasticAddresses, notes: list[Diagnostic]) -> Owner:
    """An `aws_instance` with its own and its attached interfaces."""
    fields = Fields.of(resource, notes)
    attached = list(_attached(resource, lookup, addresses, notes))
    first = [] if any(index == 0 for index, _ in attached) else [_primary(fields, lookup, addresses)]
    further = [attachment for _, attachment in sorted(attached, key=lambda pair: pair[0])]
    named = [replace(a, id=_identity(resource, n)) for n, a in enumerate((*first, *further))]
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


def _primary(fields: Fields, lookup: Lookup, addresses: elastic_ip.ElasticAddresses) -> Attachment:
    """The interface that the instance's own arguments describe, completed by its launch template."""
    template = template_of(fields, lookup)
    subnet = fields.leaf("subnet_id") or (template.subnets[0] if template and template.subnets else None)
    groups = fields.leaves("vpc_security_group_ids")
    if groups is None and fields.raw("security_groups") is not None:
        groups = fields.leaves("security_groups")
    if not groups and template is not None:
        groups = template.groups
    private = fields.leaf("private_ip")
    wished = fields.flag("associate_public_ip_address")
    public, by_default = public_face(wished, template)
    held = addresses.held.get(fields.resource.address)
    return Attachment(
        fields.resource.address,
        fields.origin,
        () if subnet is None else (subnet,),
        groups or None,
        () if private is None else interface.known((private,)),
        held or public or (PublicFace(because=addresses.anyone) if addresses.anyone else None),
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
                replace(
                    interface.read(found, notes, ""), public=addresses.held.get(found.address), resource=found.address
                ),
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


def template_of(fields: Fields, lookup: Lookup) -> Attachment | None:
    """The network part of a launch template or launch configuration; one outside the sources is unknown."""
    notes = fields.notes
    for block in fields.blocks("launch_template"):
        leaf: Leaf | None = block if isinstance(block, Unknown) else block.leaf("id") or block.leaf("name")
        found = lookup.find(leaf, "aws_launch_template")
        return _outside(fields, leaf) if found is None else _template(Fields.of(found, notes))
    leaf = fields.leaf("launch_configuration")
    if leaf is None:
        return None
    found = lookup.find(leaf, "aws_launch_configuration")
    if found is None:
        return _outside(fields, leaf)
    configuration = Fields.of(found, notes)
    public, by_default = public_face(configuration.flag("associate_public_ip_address"), None)
    groups = configuration.leaves("security_groups")
    return Attachment("", found.origin, groups=groups, public=public, by_default=by_default, v6=None)


def _outside(fields: Fields, leaf: Leaf | None) -> Attachment:
    reason = Unknown(f"the launch template {leaf} of {fields.resource.address}", fields.origin)
    return Attachment("", fields.origin, groups=(reason,), public=PublicFace(because=(reason,)), v6=reason)


def _template(fields: Fields) -> Attachment:
    block = fields.block("network_interfaces")
    groups = fields.leaves("vpc_security_group_ids")
    if isinstance(block, Unknown):
        return Attachment("", fields.origin, (block,), (block,), public=PublicFace(because=(block,)), v6=block)
    if block is None:
        return Attachment("", fields.origin, groups=groups, by_default=True, v6=None)
    public, by_default = public_face(block.flag("associate_public_ip_address"), None)
    subnet = block.leaf("subnet_id")
    own = block.leaves("security_groups")
    return Attachment(
        "",
        fields.origin,
        () if subnet is None else (subnet,),
        own if own else groups,
        public=public,
        by_default=by_default,
        v6=interface.wants_v6(block.number("ipv6_address_count"), block.leaves("ipv6_addresses")),
    )
