"""A prefix list is a named set of CIDR blocks; as a peer or a route's destination it is their union.

https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html (read 2026-11-23)

AWS-11 A prefix list as peer is the union of its entries. AWS-managed lists (S3, DynamoDB, CloudFront) have no
       entries in Terraform: an unknown set.

Not modelled:
- Quotas (a list counts with its maximum of entries): they limit deployment, not packets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from netaudit.flows import AddressSet
from netaudit.model import Diagnostic, Resource, Unknown
from netaudit.providers.aws.lookup import Lookup, existence, missing
from netaudit.providers.aws.values import Fields, Leaf, Secret, cidr, shown, widened

KIND = "aws_ec2_managed_prefix_list"


@dataclass(frozen=True, slots=True)
class PrefixList:
    """The entries that are known, and why there may be others."""

    key: str
    blocks: tuple[AddressSet, ...]
    because: tuple[Unknown, ...] = ()
    secret: bool = False  # the entries must not be printed

    @property
    def addresses(self) -> AddressSet:
        """The union of the known entries."""
        return AddressSet.union(self.blocks)


def read(resource: Resource, entries: Iterable[Resource], notes: list[Diagnostic]) -> PrefixList:
    """A list with its inline entries and those of `aws_ec2_managed_prefix_list_entry` (AWS-11, TF-101)."""
    inline = Fields.of(resource, notes).blocks("entry")
    separate = [(Fields.of(entry, notes), existence(entry)) for entry in entries]
    blocks: list[AddressSet] = []
    because: list[Unknown] = []
    secret = False
    for entry, doubts in [*((block, ()) for block in inline), *separate]:
        text = entry if isinstance(entry, Unknown) else entry.text("cidr")
        found = cidr(text) if isinstance(text, str) else None
        secret = secret or isinstance(text, Secret)
        if found is not None and not doubts:
            blocks.append(found)
        elif isinstance(text, Unknown):
            because.append(text)
        elif doubts:
            because.extend(doubts)
        elif not isinstance(entry, Unknown):
            message = f"{resource.address}: {shown(text)} is not a CIDR block"
            notes.append(widened("AWS_BAD_VALUE", message, entry.origin))
            because.append(Unknown(message, entry.origin))
    return PrefixList(resource.address, tuple(blocks), (*because, *existence(resource)), secret)


def collect(lookup: Lookup, notes: list[Diagnostic]) -> dict[str, PrefixList]:
    """Every declared list by address; an entry of an unknown list makes all of them open."""
    entries: dict[str, list[Resource]] = {}
    strays: list[Unknown] = []
    for entry in lookup.of_kind(f"{KIND}_entry"):
        leaf = Fields.of(entry, notes).leaf("prefix_list_id")
        owner = lookup.find(leaf, KIND)
        if owner is not None:
            entries.setdefault(owner.address, []).append(entry)
        elif isinstance(leaf, Unknown):
            strays.append(leaf)
    lists = (read(r, entries.get(r.address, ()), notes) for r in lookup.of_kind(KIND))
    return {each.key: replace(each, because=(*each.because, *strays)) for each in lists}


def resolve(leaf: Leaf, lists: dict[str, PrefixList], lookup: Lookup) -> PrefixList:
    """The list that a leaf names; one outside the sources has unknown entries (AWS-11)."""
    found = lookup.find(leaf, KIND)
    if found is not None:
        return lists[found.address]
    return PrefixList(str(leaf), (), (missing(leaf, None),))
