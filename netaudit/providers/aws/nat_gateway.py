"""A NAT gateway opens connections in its own name for the interfaces of its VPC.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html (read 2026-11-23)

AWS-27 It carries TCP, UDP and ICMP, has no groups, and its own subnet's ACL and routes apply. The source is
       rewritten, to any of its addresses; nothing unsolicited comes in. A private one towards an internet gateway
       drops. A table that leads to a NAT gateway in its own subnet loops.

Not modelled:
- The newer regional gateways without a subnet: routes to those lead beyond the model.
"""

from __future__ import annotations

from dataclasses import dataclass

from netaudit.flows import TCP, UDP, Traffic
from netaudit.model import Diagnostic, Origin, Resource, Unknown
from netaudit.providers.aws import elastic_ip, interface
from netaudit.providers.aws.interface import PublicFace
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf

KIND = "aws_nat_gateway"
CARRIES = TCP | UDP | Traffic.named("icmp")


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway; `public` None is a private one."""

    key: str
    subnet: Leaf | None
    origin: Origin
    private: tuple[str, ...] = ()
    public: PublicFace | None = None
    because: tuple[Unknown, ...] = ()


def read(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> NatGateway:
    """An `aws_nat_gateway`, public unless it says `connectivity_type = "private"` (AWS-27)."""
    fields = Fields.of(resource, notes)
    kind = fields.text("connectivity_type")
    address = lookup.find(fields.leaf("allocation_id"), elastic_ip.KIND)
    public = elastic_ip.face(address or resource, (kind,) if isinstance(kind, Unknown) else ())
    for leaf in fields.leaves("secondary_allocation_ids") or ():
        public = elastic_ip.either(public, elastic_ip.face(lookup.find(leaf, elastic_ip.KIND), public.because))
    private = fields.leaf("private_ip")
    further = fields.leaves("secondary_private_ip_addresses") or ()
    counted = fields.number("secondary_private_ip_address_count")
    return NatGateway(
        resource.address,
        fields.leaf("subnet_id"),
        resource.origin,
        () if private is None or counted is not None else interface.known((private, *further)),
        None if kind == "private" else public,
        existence(resource),
    )
