"""A peering connection joins two VPCs by private addresses, when it is active and both have routes.

https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html (read 2026-11-23)

AWS-7  A reference to a group across a peering needs an active one within one Region.
AWS-30 It must be active; both sides need routes; it is not transitive; source and destination must be in the
       VPCs' own blocks. AWS refuses one between VPCs with overlapping blocks: it is never certain.
AWS-31 No edge-to-edge routing: the peer's gateways cannot be used.
AWS-32 Across accounts or Regions the accepter must accept. Without `auto_accept` or an accepter in the sources
       the state is unknown, not active.

Not modelled:
- The DNS options: they change names only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netaudit.model import Diagnostic, Origin, Resource, Unknown
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf, widened
from netaudit.providers.aws.vpc import Vpc

KIND = "aws_vpc_peering_connection"


@dataclass(frozen=True, slots=True)
class Peering:
    """A peering with its two VPCs; `because` says why it may not be active."""

    key: str
    requester: Leaf | None
    accepter: Leaf | None
    origin: Origin
    because: tuple[Unknown, ...] = ()
    same_region: bool | None = True  # None: unknown


def read(resource: Resource, lookup: Lookup, vpcs: Mapping[str, Vpc], notes: list[Diagnostic]) -> Peering:
    """An `aws_vpc_peering_connection` with what accepts it (AWS-32, TF-96)."""
    fields = Fields.of(resource, notes)
    return Peering(
        resource.address,
        fields.leaf("vpc_id"),
        fields.leaf("peer_vpc_id"),
        resource.origin,
        (*existence(resource), *_pending(fields, lookup), *_refused(fields, lookup, vpcs)),
        _same_region(fields),
    )


def named(lookup: Lookup, peerings: Iterable[Peering], leaf: Leaf | None, notes: list[Diagnostic]) -> Peering | None:
    """The peering that a leaf names, itself or by what accepts it; None where the sources do not show it."""
    found = lookup.find(leaf, KIND, f"{KIND}_accepter")
    if found is not None and found.kind.endswith("_accepter"):
        found = lookup.find(Fields.of(found, notes).leaf("vpc_peering_connection_id"), KIND)
    return next((each for each in peerings if found is not None and each.key == found.address), None)


def _pending(fields: Fields, lookup: Lookup) -> tuple[Unknown, ...]:
    """Why the peering may not be active; empty where it certainly is."""
    status = fields.text("accept_status")
    accepted = fields.flag("auto_accept")
    if status == "active" or (accepted is True and _same_region(fields) is not False):
        return ()
    resource = fields.resource
    for accepter in lookup.of_kind(f"{KIND}_accepter"):
        if lookup.find(Fields.of(accepter, fields.notes).leaf(f"{KIND[4:]}_id"), KIND) is resource:
            willing = Fields.of(accepter, fields.notes).flag("auto_accept")
            if willing is True:
                return existence(accepter)
            break
    return (Unknown(f"whether {resource.address} is accepted", resource.origin),)


def _refused(fields: Fields, lookup: Lookup, vpcs: Mapping[str, Vpc]) -> tuple[Unknown, ...]:
    """Why AWS will not make the peering: an address cannot lie on both sides (AWS-30)."""
    found = [lookup.find(fields.leaf(name), "aws_vpc") for name in ("vpc_id", "peer_vpc_id")]
    one, other = (vpcs.get(each.address) if each is not None else None for each in found)
    if one is None or other is None or not one.addresses.overlaps(other.addresses):
        return ()
    message = f"{fields.resource.address}: AWS refuses to peer VPCs whose blocks overlap, {one.key} and {other.key}"
    fields.notes.append(widened("AWS_PEERING_OVERLAP", message, fields.origin, fields.resource.address))
    return (Unknown(message, fields.origin),)


def _same_region(fields: Fields) -> bool | None:
    """Whether both VPCs are in one Region, as far as the text says."""
    peer = fields.text("peer_region")
    own = fields.raw("region") or fields.resource.settings.get("region")
    if peer is None:
        return True
    return peer == own if isinstance(peer, str) and isinstance(own, str) else None
