"""A subnet is a block of a VPC in one zone: inside it packets are delivered directly.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html (read 2026-11-23)

AWS-22 Traffic inside one subnet is delivered directly: no route table, no network ACL.
AWS-26 `map_public_ip_on_launch` is only a default; the fact is the interface's own association.
AWS-45 An address that is unknown at plan time is one of the subnet's, without those that AWS reserves.

Not modelled:
- Reservations of addresses, IPv6-only subnets' resource naming: they do not decide who reaches whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netaudit.flows import IPV4, IPV6, NOT_PUBLIC, NOWHERE, AddressSet
from netaudit.model import Diagnostic, Origin, Resource, Unknown
from netaudit.providers.aws.lookup import existence
from netaudit.providers.aws.values import Fields, Leaf, cidr, doubt, shown, widened

UNKNOWN_V6 = AddressSet.parse("2000::/3")


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet by its key; `declared` is false for one that the sources only refer to.

    `addresses` are the candidates for an interface in it; where its block is unknown, all private space, and
    `unknown` says why. `public` is its default for public addresses, `v6` that for IPv6 ones.
    """

    key: str
    vpc: str
    addresses: AddressSet
    origin: Origin | None = None
    unknown: Unknown | None = None
    v6_addresses: AddressSet = UNKNOWN_V6
    zone: Leaf | None = None
    zone_by_id: bool = False
    public: bool | Unknown = False
    v6: bool | Unknown = False
    only_v6: bool | Unknown = False
    declared: bool = True
    because: tuple[Unknown, ...] = ()
    resource: Resource | None = None
    version_of: str = ""  # the subnet that this one would be, if that one's unknown VPC were this one
    some: bool = False  # any of its VPC's, which one is unknown

    @property
    def written(self) -> str:
        """The key under which the sources speak of it."""
        return self.version_of or self.key

    @property
    def naming(self) -> str:
        """Within which the name of a zone says which it is: an account, or else a provider of one source."""
        settings = self.resource.settings if self.resource else {}
        account = settings.get("account_id")
        if isinstance(account, str) and account:
            return account
        return f"{settings.get('source', '')}::{settings.get('provider', '')}"


def read(resource: Resource, vpc: str, bound: AddressSet, notes: list[Diagnostic]) -> Subnet:
    """An `aws_subnet`, or what a data source says of one; `bound` are the VPC's blocks, if known."""
    fields = Fields.of(resource, notes)
    block, unknown = _block(fields, "cidr_block")
    v6_block, _ = _block(fields, "ipv6_cidr_block")
    fallback = bound & IPV4 or NOT_PUBLIC & IPV4
    declared = not resource.kind.startswith("data.")
    named = fields.leaf("availability_zone")
    return Subnet(
        resource.address,
        vpc,
        usable(block) if block else fallback,
        resource.origin,
        unknown or (None if block else Unknown(f"{resource.address}.cidr_block", resource.origin)),
        v6_block or bound & IPV6 or UNKNOWN_V6,
        named or fields.leaf("availability_zone_id"),
        named is None,
        _default(fields, "map_public_ip_on_launch", resource.kind == "aws_default_subnet", declared),
        _default(fields, "assign_ipv6_address_on_creation", False, declared),
        _only_v6(fields, declared),
        declared,
        existence(resource),
        resource,
    )


def versions(
    resource: Resource, vpcs: Iterable[tuple[str, AddressSet, bool]], notes: list[Diagnostic]
) -> Iterator[Subnet]:
    """What a subnet of an unknown VPC is in each that may be its own: its key, its blocks, whether it has others."""
    block, _ = _block(Fields.of(resource, []), "cidr_block")
    for key, bound, more in vpcs:
        if more or block <= bound:
            found = read(resource, key, bound, notes)
            yield replace(found, key=f"{resource.address} in {key}", version_of=resource.address)


def outside(key: str, vpc: str, reason: Unknown) -> Subnet:
    """A subnet that the sources only refer to: nothing is known about it."""
    return Subnet(key, vpc, NOT_PUBLIC & IPV4, None, reason, public=reason, declared=False)


def some(vpc: str, bound: AddressSet, reason: Unknown) -> Subnet:
    """Whichever subnet of a VPC it is that something unknown is in; `bound` are the VPC's blocks."""
    four, six = bound & IPV4 or NOT_PUBLIC & IPV4, bound & IPV6 or UNKNOWN_V6
    key = f"some subnet of {vpc}"
    return Subnet(key, vpc, four, None, reason, six, public=reason, v6=reason, declared=False, some=True)


def usable(block: AddressSet) -> AddressSet:
    """A block without the five addresses that AWS reserves: the first four and the last (AWS-45)."""
    ((first, last),) = block.runs
    return AddressSet.of((first + 4, last - 1)) if last - first >= 8 else block


def _block(fields: Fields, name: str) -> tuple[AddressSet, Unknown | None]:
    text = fields.text(name)
    found = cidr(text) if isinstance(text, str) else None
    if found is not None:
        return found, None
    if text is None or isinstance(text, Unknown):
        return NOWHERE, doubt(text, fields.origin)
    message = f"{fields.resource.address}: {shown(text)} is not a CIDR block"
    fields.notes.append(widened("AWS_BAD_VALUE", message, fields.origin))
    return NOWHERE, Unknown(message, fields.origin)


def _only_v6(fields: Fields, declared: bool) -> bool | Unknown:
    """Whether its interfaces have no IPv4 address; one with an IPv4 block is none of those (AWS-53)."""
    return False if fields.raw("cidr_block") is not None else _default(fields, "ipv6_native", False, declared)


def _default(fields: Fields, name: str, otherwise: bool, declared: bool) -> bool | Unknown:
    value = fields.flag(name)
    if value is not None:
        return value
    return otherwise if declared else Unknown(f"{fields.resource.address}.{name}", fields.origin)
