"""A fleet starts instances by one or more specifications, of which nobody knows the one that it will use.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ec2.CfnEC2Fleet.html (read 2026-11-27)

AWS-1  Each specification has its own groups, and its own choice of subnets.

Not modelled:
- How many instances there are: a fleet of none counts like one of many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netaudit.model import Diagnostic, Origin, Resource, Unknown
from netaudit.providers.aws import instance, tags
from netaudit.providers.aws.interface import Attachment, Owner, PublicFace
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf, Secret

KINDS = ("aws_spot_fleet_request", "aws_ec2_fleet")


def read(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Owner:
    """A fleet as an endpoint: certain where there is one specification, otherwise one of several."""
    fields = Fields.of(resource, notes)
    found = list(_specifications(fields, lookup))
    if not found:
        reason = Unknown(f"the specifications of {resource.address}", resource.origin)
        found = [Attachment("", resource.origin, (reason,), (reason,), public=PublicFace(because=(reason,)), v6=reason)]
    doubt = Unknown(f"which of its specifications {resource.address} uses", resource.origin)
    because = (doubt,) if len(found) > 1 else ()
    attachments = tuple(
        replace(each, id=resource.address if index == 0 else f"{resource.address}#eni-{index}", because=because)
        for index, each in enumerate(found)
    )
    name = tags.name_of(resource)
    return Owner(
        resource.address, resource.kind, resource.origin, attachments, name, tags.read(resource), existence(resource)
    )


def _specifications(fields: Fields, lookup: Lookup) -> Iterator[Attachment]:
    for block in fields.blocks("launch_specification"):
        yield _unknown(block) if isinstance(block, Unknown) else _launch(block)
    for block in fields.blocks("launch_template_config"):
        yield from [_unknown(block)] if isinstance(block, Unknown) else _configured(block, lookup)


def _unknown(reason: Unknown) -> Attachment:
    origin = reason.origin or Origin("")
    return Attachment("", origin, (reason,), (reason,), public=PublicFace(because=(reason,)), v6=reason)


def _launch(block: Fields) -> Attachment:
    public, by_default = instance.public_face(block.flag("associate_public_ip_address"), None)
    groups = block.leaves("vpc_security_group_ids")
    subnets = tuple(_split(block.leaf("subnet_id")))
    return Attachment("", block.origin, subnets, groups, public=public, by_default=by_default, v6=None)


def _split(leaf: Leaf | None) -> Iterator[Leaf]:
    """Several subnets may be written in one text, apart by commas."""
    if isinstance(leaf, str) and not isinstance(leaf, Secret):
        yield from (part.strip() for part in leaf.split(",") if part.strip())
    elif leaf is not None:
        yield leaf


def _configured(block: Fields, lookup: Lookup) -> Iterator[Attachment]:
    """The interfaces of a launch template, in the subnets that the overrides name, or in its own."""
    inner = block.block("launch_template_specification")
    if not isinstance(inner, Fields):
        yield _unknown(inner or Unknown(f"the launch template of {block.resource.address}", block.origin))
        return
    template = instance.template_of(replace(inner, values={"launch_template": [inner.values]}), lookup)
    if template is None:
        yield _unknown(Unknown(f"the launch template of {block.resource.address}", block.origin))
        return
    subnets: list[Leaf] = []
    for name in ("overrides", "override"):
        for each in block.blocks(name):
            subnets += [each] if isinstance(each, Unknown) else _split(each.leaf("subnet_id"))
    written = tuple(dict.fromkeys(subnets))
    yield replace(template.first, origin=block.origin, subnets=written or template.first.subnets)
    yield from (replace(further, subnets=further.subnets or written) for further in template.beside)
