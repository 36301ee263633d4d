"""A VPC is a router with address blocks: inside it everything is local, every way out is a gateway.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html (read 2026-11-23)

TF-92  Every VPC brings a default security group, a default network ACL and a main route table, modelled even
       where nothing declares them.
       One that `aws_default_vpc` adopts was made by AWS, with a gateway, public subnets and a route between them;
       what is left of these is not in the text, so it counts like one that the sources only refer to.
AWS-54 In a VPC that another account shares, participants have groups and interfaces of their own in the owner's
       subnets. One that the sources do not declare has unknown ACLs and routes; within a subnet neither is asked.
TF-95  Its blocks are `cidr_block`, further associations, and IPAM or Amazon-provided ones that are unknown.

Not modelled:
- DHCP options and DNS: names are not addresses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netaudit.flows import AddressSet
from netaudit.model import Diagnostic, Origin, Resource, Unknown
from netaudit.providers.aws.lookup import existence
from netaudit.providers.aws.values import Fields, Secret, cidr, shown, widened

ADOPTED = "aws_default_vpc"
FURTHER_V4, FURTHER_V6 = "aws_vpc_ipv4_cidr_block_association", "aws_vpc_ipv6_cidr_block_association"


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC by its key; `declared` is false for one that the sources only refer to.

    `blocks` are its IPv4 and IPv6 blocks, `unknown` says why it may have others, `unknown_v6` why it may have
    others that are IPv6 for certain. `because` is not empty where it may not exist.
    """

    key: str
    origin: Origin | None
    blocks: tuple[AddressSet, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    declared: bool = True
    because: tuple[Unknown, ...] = ()
    resource: Resource | None = None
    unknown_v6: tuple[Unknown, ...] = ()
    secret: bool = False  # its blocks must not be printed

    @property
    def addresses(self) -> AddressSet:
        """All its known addresses."""
        return AddressSet.union(self.blocks)


def read(
    resource: Resource, further: Iterable[Resource], notes: list[Diagnostic], strays: Iterable[Resource] = ()
) -> Vpc:
    """An `aws_vpc` with its associations of further blocks (TF-95); `strays` may be of any VPC."""
    fields = Fields.of(resource, notes)
    found: list[AddressSet] = []
    unknown: list[Unknown] = []
    unknown_v6: list[Unknown] = []
    places = (fields, *(Fields.of(each, notes) for each in further))
    secret = any(isinstance(place.raw(name), Secret) for place in places for name in ("cidr_block", "ipv6_cidr_block"))
    declared = not resource.kind.startswith("data.") and resource.kind != ADOPTED
    for place in places:
        _add(place, "cidr_block", found, unknown)
        _add(place, "ipv6_cidr_block", found, unknown_v6)
    for stray in strays:
        reason = Unknown(f"the VPC of {stray.address}", stray.origin)
        (unknown if stray.kind == FURTHER_V4 else unknown_v6).append(reason)
    if fields.raw("cidr_block") is None and resource.kind != ADOPTED:
        unknown.append(Unknown(f"{resource.address}.cidr_block", resource.origin))
    if fields.raw("ipv6_cidr_block") is None and _asks_for_v6(fields):
        unknown_v6.append(Unknown(f"{resource.address}.ipv6_cidr_block, known after apply", resource.origin))
    if resource.kind == ADOPTED and not found:
        found.append(AddressSet.parse("172.31.0.0/16"))  # AWS gives every default VPC this block
    because, doubts, doubts_v6 = existence(resource), tuple(unknown), tuple(unknown_v6)
    return Vpc(resource.address, resource.origin, tuple(found), doubts, declared, because, resource, doubts_v6, secret)


def _asks_for_v6(fields: Fields) -> bool:
    """Whether Amazon or an IPAM pool may choose an IPv6 block."""
    generated = fields.flag("assign_generated_ipv6_cidr_block") not in (None, False)
    return generated or fields.raw("ipv6_ipam_pool_id") is not None


def _add(place: Fields, name: str, found: list[AddressSet], unknown: list[Unknown]) -> None:
    text = place.text(name)
    block = cidr(text) if isinstance(text, str) else None
    if block is not None and place.resource.exists:
        found.append(block)
    elif block is not None:
        unknown.extend(existence(place.resource))
    elif isinstance(text, Unknown):
        unknown.append(text)
    elif text is not None:
        message = f"{place.resource.address}: {shown(text)} is not a CIDR block"
        place.notes.append(widened("AWS_BAD_VALUE", message, place.origin))
        unknown.append(Unknown(message, place.origin))
