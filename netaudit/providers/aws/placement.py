"""Placing interfaces: which subnet, which groups, which parties they are for private and for public peers.

An interface that may lie in one of several subnets is kept with all of them. IPv6 addresses are a second
interface of the same endpoint, `…@ipv6`: a packet has one family, and filters see one address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netaudit.flows import AddressSet
from netaudit.model import Origin, Party, Unknown
from netaudit.providers.aws.interface import Attachment, Owner, PublicFace
from netaudit.providers.aws.inventory import GROUPS, Inventory
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.values import cidr


@dataclass(frozen=True, slots=True)
class Placed:
    """An interface in the model: its party, where it is, and its groups by key.

    `subnets` has several entries where it is in one of them. `unknown_groups` says why it may have others.
    `public` is the party that the internet knows it by, `because` why that may not exist.
    """

    owner: Owner
    party: Party
    subnets: tuple[str, ...]
    vpcs: frozenset[str]
    groups: tuple[str, ...]
    unknown_groups: tuple[Unknown, ...]
    origin: Origin
    public: Party | None = None
    public_because: tuple[Unknown, ...] = ()
    because: tuple[Unknown, ...] = ()
    v6: bool = False
    ungrouped: bool = False
    veil: Unknown | None = None  # why the internet may not reach its IPv6 addresses


def place(inventory: Inventory, owners: Iterable[Owner], prefix: str) -> list[Placed]:
    """Every interface of every owner, IPv6 ones apart."""
    return [
        each
        for owner in owners
        for attachment in owner.attachments
        for each in _place(inventory, owner, attachment, prefix)
    ]


def _place(inventory: Inventory, owner: Owner, attachment: Attachment, prefix: str) -> Iterator[Placed]:
    leaves, homes = attachment.subnets or (None,), _homes(inventory, attachment)
    keys = tuple(dict.fromkeys(key for leaf in leaves for key in inventory.places(leaf, attachment.id, homes)))
    subnets = [inventory.subnets[key] for key in keys]
    groups, unknown = _groups(inventory, attachment, subnets)
    face = public_face(attachment, subnets)
    identity = prefix + attachment.id
    placed = Placed(
        owner,
        private_party(identity, attachment.private, subnets, attachment.origin),
        keys,
        frozenset(each.vpc for each in subnets),
        groups,
        unknown,
        attachment.origin,
        public_party(identity, face) if face else None,
        face.because if face else (),
        (*owner.because, *attachment.because),
        ungrouped=attachment.ungrouped,
        veil=attachment.veil,
    )
    lacks_v4 = _lacks_v4(attachment, subnets)
    if lacks_v4 is not True:
        yield replace(placed, because=(*placed.because, lacks_v4)) if lacks_v4 else placed
    wanted = lacks_v4 is True or _wants_v6(attachment, subnets)
    if wanted is not False:
        because = (*placed.because, wanted) if isinstance(wanted, Unknown) else placed.because
        party = _v6_party(identity, attachment.private_v6, subnets, attachment.origin)
        yield replace(placed, party=party, public=None, public_because=(), because=because, v6=True)


def _homes(inventory: Inventory, attachment: Attachment) -> frozenset[str]:
    """The VPC of an interface, as its groups tell it: both are of one (empty where they do not)."""
    if next(inventory.lookup.of_kind("aws_vpc_security_group_vpc_association"), None) is not None:
        return frozenset()  # a group may be of several
    found = (inventory.lookup.find(leaf, *GROUPS) for leaf in (*(attachment.groups or ()), *attachment.further))
    homes = {str(inventory.groups[each.address].vpc) for each in found if each is not None}
    return frozenset(home for home in homes if inventory.vpcs[home].declared)


def private_party(identity: str, fixed: tuple[str, ...], subnets: Iterable[Subnet], origin: Origin) -> Party:
    """A fixed address, or one of the subnets' (AWS-45)."""
    blocks = [block for text in fixed if (block := cidr(text)) is not None]
    if blocks:
        return Party(identity, AddressSet.union(blocks))
    candidates = AddressSet.union(each.addresses for each in subnets)
    return Party(identity, candidates, Unknown(f"private address of {identity}, known after apply", origin))


def public_party(identity: str, face: PublicFace) -> Party:
    """The other party that a public address makes of an interface (AWS-5)."""
    unknown = Unknown(f"public address of {identity}, known after apply")
    return Party(f"{identity}@public", face.addresses, None if face.addresses.size == 1 else unknown)


def _v6_party(identity: str, fixed: tuple[str, ...], subnets: Iterable[Subnet], origin: Origin) -> Party:
    if fixed:
        return Party(f"{identity}@ipv6", AddressSet.union(block for text in fixed if (block := cidr(text)) is not None))
    candidates = AddressSet.union(each.v6_addresses for each in subnets)
    unknown = Unknown(f"IPv6 address of {identity}, known after apply", origin)
    return Party(f"{identity}@ipv6", candidates, unknown)


def public_face(attachment: Attachment, subnets: Iterable[Subnet]) -> PublicFace | None:
    """What was written about it, or else the subnet's default (AWS-26)."""
    if attachment.public is not None or not attachment.by_default:
        return attachment.public
    defaults = {each.public for each in subnets}
    if defaults in ({True}, {False}):
        return PublicFace() if True in defaults else None
    because = tuple(value for value in defaults if isinstance(value, Unknown))
    return PublicFace(because=because or (_which(attachment),))


def _lacks_v4(attachment: Attachment, subnets: Iterable[Subnet]) -> bool | Unknown:
    """Whether an interface has no IPv4 address, for its subnet has none to give or its service takes none (AWS-53)."""
    if attachment.lacks_v4 is True:
        return True
    found = {each.only_v6 or attachment.lacks_v4 for each in subnets}
    if len(found) == 1:
        return next(iter(found))
    return next((value for value in found if isinstance(value, Unknown)), _which(attachment))


def _wants_v6(attachment: Attachment, subnets: Iterable[Subnet]) -> bool | Unknown:
    if attachment.v6 is not None:
        return attachment.v6
    defaults = {each.v6 for each in subnets}
    if len(defaults) == 1:
        return next(iter(defaults))
    return next((value for value in defaults if isinstance(value, Unknown)), _which(attachment))


def _which(attachment: Attachment) -> Unknown:
    return Unknown(f"which subnet {attachment.id} is in", attachment.origin)


def _groups(
    inventory: Inventory, attachment: Attachment, subnets: list[Subnet]
) -> tuple[tuple[str, ...], tuple[Unknown, ...]]:
    """The keys of its groups, and why it may have others; none, or an empty list, is the VPC's default (TF-98)."""
    if attachment.ungrouped:
        return (), ()
    keys: list[str] = []
    unknown: list[Unknown] = []
    homes = {each.vpc for each in subnets}
    if not attachment.groups and len(homes) > 1:
        unknown.append(Unknown(f"the default security group of {attachment.id}", attachment.origin))
    elif not attachment.groups:
        keys.append(inventory.default_group(homes.pop()).key)
    for leaf in (*(attachment.groups or ()), *attachment.further):
        group = inventory.group(leaf)
        if group is not None:
            keys.append(group.key)
        else:
            unknown.append(leaf if isinstance(leaf, Unknown) else Unknown(str(leaf), attachment.origin))
    return tuple(sorted(set(keys))), tuple(unknown)
