"""An internet gateway joins a VPC to the internet and translates public addresses one to one.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html (read 2026-11-23)
https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html (read 2026-11-23)

AWS-25 Inbound, the destination must be the public address of an interface of the VPC; outbound, the source must
       have one. Addresses that are not public are refused. A connection from the internet needs groups, ACLs,
       the public address and a route of the subnet to the gateway for the reply.
AWS-28 An egress-only gateway lets IPv6 out and replies in; nothing unsolicited, and no translation.
AWS-29 Block Public Access overrides everything through internet gateways; where the sources are silent, "off"
       is printed as an assumption.

Not modelled:
- Exclusions from Block Public Access by subnet or for one direction: they make its verdict unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netaudit.model import Diagnostic, Origin, Resource, Truth, Unknown, Value
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf

KIND, EGRESS_ONLY = "aws_internet_gateway", "aws_egress_only_internet_gateway"
_BLOCK = "aws_vpc_block_public_access"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway and the VPC that it is attached to, as written."""

    key: str
    vpc: Leaf
    origin: Origin
    because: tuple[Unknown, ...] = ()


def collect(lookup: Lookup, notes: list[Diagnostic]) -> list[Gateway]:
    """Every attachment of an internet gateway, written on it or apart from it (AWS-25)."""
    found: list[Gateway] = []
    for gateway in lookup.of_kind(KIND, EGRESS_ONLY):
        found += _attached(gateway, gateway, notes)
    for link in lookup.of_kind(f"{KIND}_attachment"):
        owner = lookup.find(Fields.of(link, notes).leaf("internet_gateway_id"), KIND)
        found += _attached(owner or link, link, notes)
    return found


def _attached(gateway: Resource, writer: Resource, notes: list[Diagnostic]) -> Iterator[Gateway]:
    vpc = Fields.of(writer, notes).leaf("vpc_id")
    if vpc is not None:
        yield Gateway(gateway.address, vpc, gateway.origin, (*existence(gateway), *existence(writer)))


@dataclass(frozen=True, slots=True)
class PublicAccess:
    """Block Public Access of one account and Region: the mode, and the VPCs that it spares (AWS-29)."""

    mode: str | Unknown
    spared: tuple[Leaf, ...]
    origin: Origin
    resource: Resource

    def covers(self, vpc: Resource | None) -> Truth:
        """Whether it holds for a VPC: both are of one account and Region."""
        if vpc is None:
            return Truth.MAYBE
        if _configured(self.resource) == _configured(vpc):
            return Truth.YES
        return min(_alike(place(self.resource), place(vpc)) for place in (_region, _account))


def _configured(resource: Resource) -> tuple[Value, ...]:
    """By which configuration of the provider it is made, of which source; where none is known, for which place."""
    own, key = (resource.settings.get("source"), resource.get("region")), resource.settings.get("provider")
    return (*own, key) if key is not None else (*own, _region(resource), _account(resource))


def _region(resource: Resource) -> Value:
    return resource.get("region") or resource.get("aws_region") or resource.settings.get("region")


def _account(resource: Resource) -> Value:
    return resource.get("aws_account_id") or resource.settings.get("account_id")


def _alike(one: Value, other: Value) -> Truth:
    if isinstance(one, str) and isinstance(other, str):
        return Truth.YES if one == other else Truth.NO
    return Truth.MAYBE


def read_blocks(lookup: Lookup, notes: list[Diagnostic]) -> Iterator[PublicAccess]:
    """The options that the sources declare: one of each account and Region."""
    for resource in lookup.of_kind(f"{_BLOCK}_options"):
        mode = Fields.of(resource, notes).text("internet_gateway_block_mode") or "off"
        spared: list[Leaf] = []
        for exclusion in lookup.of_kind(f"{_BLOCK}_exclusion"):
            fields = Fields.of(exclusion, notes)
            leaf = fields.leaf("vpc_id") or fields.leaf("subnet_id")
            if fields.text("internet_gateway_exclusion_mode") != "allow-bidirectional" or existence(exclusion):
                leaf = Unknown(f"what {exclusion.address} spares", exclusion.origin)
            spared += [] if leaf is None else [leaf]
        doubts = existence(resource)
        yield PublicAccess(doubts[0] if doubts else mode, tuple(spared), resource.origin, resource)
