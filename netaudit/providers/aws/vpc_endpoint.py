"""A VPC endpoint leads to a service without the internet: by interfaces in subnets, or by routes.

https://docs.aws.amazon.com/vpc/latest/privatelink/what-is-privatelink.html (read 2026-11-23)
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html (read 2026-11-23)
https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html (read 2026-11-27)

AWS-39 An interface endpoint is an interface in each chosen subnet with its own groups: those written, the VPC's
       default one where none is, and those associated apart. Of these one may replace the default group. It opens no
       connections: a service cannot reach the VPC by it, and only answers what was opened there.
AWS-53 One with the address type `ipv6` has no IPv4 addresses; only IPv6-only subnets are allowed for it.
AWS-40 A gateway endpoint is a prefix-list route in chosen tables, for TCP and ICMP echo only; for the families that
       its type of addresses says.

Not modelled:
- Endpoint policies: they decide about requests, not packets.
- What lies behind an endpoint to a service that is not in the sources: its own interfaces are where the model ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netaudit.flows import AddressSet
from netaudit.model import Diagnostic, Origin, Resource, Unknown
from netaudit.providers.aws import tags
from netaudit.providers.aws.interface import Attachment, Owner, known
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf, cidr

KIND = "aws_vpc_endpoint"


@dataclass(frozen=True, slots=True)
class GatewayEndpoint:
    """A gateway endpoint, its VPC, and the tables whose routes lead to it."""

    key: str
    vpc: Leaf | None
    tables: tuple[Leaf, ...]
    blocks: tuple[AddressSet, ...]  # what it takes, where that is known
    origin: Origin
    because: tuple[Unknown, ...] = ()
    families: tuple[bool, ...] = (False,)  # whether of IPv6, once for each


def kind_of_endpoint(resource: Resource, notes: list[Diagnostic]) -> str:
    """`Gateway` where nothing is written (TF-100); `unknown` where the text does not fix it."""
    value = Fields.of(resource, notes).text("vpc_endpoint_type")
    return "unknown" if isinstance(value, Unknown) else value or "Gateway"


def read(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Owner:
    """An interface endpoint with an interface in every subnet (AWS-39)."""
    fields = Fields.of(resource, notes)
    subnets = [*(fields.leaves("subnet_ids") or ()), *_linked(resource, "subnet", "subnet_id", lookup, notes)]
    linked = _linked(resource, "security_group", "security_group_id", lookup, notes)
    groups = fields.leaves("security_group_ids") or (tuple(linked) if _replaced(resource, lookup, notes) else None)
    attachments = tuple(
        Attachment(
            resource.address if index == 0 else f"{resource.address}#eni-{index}",
            resource.origin,
            (subnet,),
            groups,
            private,
            v6=_dual(fields),
            lacks_v4=_lacks_v4(fields),
            further=tuple(linked),
        )
        for index, (subnet, private) in enumerate(_placed(fields, subnets))
    )
    name, kind = tags.name_of(resource), fields.text("vpc_endpoint_type")
    doubts = (kind,) if isinstance(kind, Unknown) else ()  # one of another type has no interfaces
    return Owner(
        resource.address,
        resource.kind,
        resource.origin,
        attachments,
        name,
        tags.read(resource),
        (*existence(resource), *doubts),
        opens=False,
    )


def _dual(fields: Fields) -> bool | Unknown:
    kind = fields.text("ip_address_type")
    return kind if isinstance(kind, Unknown) else kind in ("dualstack", "ipv6")


def _lacks_v4(fields: Fields) -> bool | Unknown:
    kind = fields.text("ip_address_type")
    return kind if isinstance(kind, Unknown) else kind == "ipv6"


def _placed(fields: Fields, subnets: list[Leaf]) -> Iterator[tuple[Leaf, tuple[str, ...]]]:
    """Its subnets, each with the address that `subnet_configuration` fixes there."""
    blocks = [block for block in fields.blocks("subnet_configuration") if isinstance(block, Fields)]
    fixed = {str(block.leaf("subnet_id")): known((leaf,)) for block in blocks if (leaf := block.leaf("ipv4"))}
    return ((subnet, fixed.get(str(subnet), ())) for subnet in subnets)


def read_gateway(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> GatewayEndpoint:
    """A gateway endpoint with its tables, inline and associated (AWS-40)."""
    fields = Fields.of(resource, notes)
    linked = _linked(resource, "route_table", "route_table_id", lookup, notes)
    tables = (*(fields.leaves("route_table_ids") or ()), *linked)
    found = [cidr(leaf) if isinstance(leaf, str) else None for leaf in fields.leaves("cidr_blocks") or ()]
    blocks = tuple(block for block in found if block is not None)
    whole = blocks if len(blocks) == len(found) else ()
    home, family = fields.leaf("vpc_id"), fields.text("ip_address_type")
    families = (False,) if family in (None, "ipv4") else (True,) if family == "ipv6" else (False, True)
    told = (family, fields.text("vpc_endpoint_type"))
    doubts = (*existence(resource), *(leaf for leaf in told if isinstance(leaf, Unknown)))
    return GatewayEndpoint(resource.address, home, tables, whole, resource.origin, doubts, families)


def _replaced(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> bool:
    """Whether an associated group certainly takes the default group's place."""
    for link in lookup.of_kind(f"{KIND}_security_group_association"):
        fields = Fields.of(link, notes)
        mine = lookup.find(fields.leaf("vpc_endpoint_id"), KIND) is resource and not existence(link)
        if mine and fields.flag("replace_default_association") is True:
            return True
    return False


def _linked(resource: Resource, what: str, name: str, lookup: Lookup, notes: list[Diagnostic]) -> list[Leaf]:
    found: list[Leaf] = []
    for link in lookup.of_kind(f"{KIND}_{what}_association"):
        fields = Fields.of(link, notes)
        owner, leaf = fields.leaf("vpc_endpoint_id"), fields.leaf(name)
        if isinstance(owner, Unknown):
            found.append(owner)  # perhaps this one: one more of unknown identity
        elif leaf is not None and lookup.find(owner, KIND) is resource:
            found.append(leaf)
    return found
