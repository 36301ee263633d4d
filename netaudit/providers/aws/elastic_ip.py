"""An Elastic IP is a public address that belongs to an instance, an interface or a gateway.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-eips.html (read 2026-11-23)

AWS-26 `map_public_ip_on_launch` is only a default. The fact is the interface's association, an `aws_eip`, or
       `associate_public_ip_address`.

Not modelled:
- Which private address of an interface it belongs to: every address shares the interface's public face.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netaudit.model import Diagnostic, Resource, Unknown
from netaudit.providers.aws.interface import PUBLIC_V4, PublicFace
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf, cidr

_HOLDERS = ("aws_instance", "aws_network_interface", "aws_nat_gateway", "aws_lb")
KIND = "aws_eip"


@dataclass(frozen=True, slots=True)
class ElasticAddresses:
    """Public faces by the address of their holder; `anyone` may be held by every instance or interface."""

    held: dict[str, PublicFace]
    anyone: tuple[Unknown, ...]

    def of(self, holder: str) -> PublicFace | None:
        """The face of an instance or interface: its own, or one that anyone may have."""
        return self.held.get(holder) or (PublicFace(because=self.anyone) if self.anyone else None)


def collect(lookup: Lookup, notes: list[Diagnostic]) -> ElasticAddresses:
    """All associations, written on the address or apart from it (AWS-26)."""
    held: dict[str, PublicFace] = {}
    anyone: list[Unknown] = []
    for holder, face in _associations(lookup, notes):
        found = lookup.find(holder, *_HOLDERS)
        if found is not None:
            known = held.get(found.address)
            held[found.address] = face if known is None else either(known, face)
        elif isinstance(holder, Unknown):
            anyone.append(holder)
    return ElasticAddresses(held, tuple(anyone))


def either(one: PublicFace, other: PublicFace) -> PublicFace:
    """The face of what has two public addresses: it certainly has one where one of them is certain."""
    sure = not (one.because and other.because)
    return PublicFace(one.addresses | other.addresses, () if sure else (*one.because, *other.because))


def _associations(lookup: Lookup, notes: list[Diagnostic]) -> Iterator[tuple[Leaf, PublicFace]]:
    for address in lookup.of_kind(KIND):
        fields = Fields.of(address, notes)
        for name in ("instance", "network_interface"):
            if (holder := fields.leaf(name)) is not None:
                yield holder, face(address, existence(address))
    for link in lookup.of_kind("aws_eip_association"):
        fields = Fields.of(link, notes)
        owner = lookup.find(fields.leaf("allocation_id"), KIND)
        for name in ("instance_id", "network_interface_id"):
            if (holder := fields.leaf(name)) is not None:
                yield holder, face(owner, existence(link))


def face(address: Resource | None, because: tuple[Unknown, ...] = ()) -> PublicFace:
    """The public face that an Elastic IP gives; its address is known only after apply, as a rule."""
    value = address.attributes.get("public_ip") if address else None
    known = cidr(value) if isinstance(value, str) else None
    return PublicFace(known or PUBLIC_V4, because)
