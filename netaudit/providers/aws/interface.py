"""A network interface is the unit of everything: a subnet, private addresses, perhaps a public one, groups.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html (read 2026-11-23)

AWS-1  Security groups belong to interfaces, not to machines.
AWS-5  Its public address is another party: references to groups never match it.
AWS-24 With its source/destination check on, the default, an interface drops what is addressed to others.
AWS-26 Whether it has a public address is its own association, an Elastic IP, or the subnet's default.
AWS-45 An address that is known only after apply is one of its subnet's.

Not modelled:
- What an interface with its check off forwards (AWS-24): a route to it leads beyond the model.
- Secondary private addresses' own public addresses: every address of the interface shares one public face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netaudit.flows import IPV4, PUBLIC, AddressSet
from netaudit.model import NO_LABELS, Diagnostic, Origin, Resource, Unknown
from netaudit.providers.aws.lookup import Lookup, existence, kind_of
from netaudit.providers.aws.values import Fields, Leaf, cidr

PUBLIC_V4 = PUBLIC & IPV4


@dataclass(frozen=True, slots=True)
class PublicFace:
    """Whether an interface has a public address: YES without `because`, perhaps with it; and which."""

    addresses: AddressSet = PUBLIC_V4
    because: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """One interface as it was written, before it is placed.

    `subnets` with several entries means one of them. Without `groups` it has the VPC's default one (TF-98); `further`
    ones were attached later. `public` None means none, `launch` that the subnet's default decides. `v6` likewise for
    IPv6 addresses; `lacks_v4` says that it has no others, whatever its subnet gives. `id` is the identity of its
    private party, `resource` its address where it is written apart.
    """

    id: str
    origin: Origin
    subnets: tuple[Leaf, ...] = ()
    groups: tuple[Leaf, ...] | None = None
    private: tuple[str, ...] = ()
    public: PublicFace | None = None
    by_default: bool = False  # the subnet's default decides about a public address
    v6: bool | Unknown | None = False  # None: the subnet's default decides
    lacks_v4: bool | Unknown = False
    because: tuple[Unknown, ...] = ()
    ungrouped: bool = False  # an interface that no group can filter
    private_v6: tuple[str, ...] = ()
    resource: str = ""
    further: tuple[Leaf, ...] = ()
    veil: Unknown | None = None  # why the internet may not reach its IPv6 addresses


@dataclass(frozen=True, slots=True)
class Owner:
    """An endpoint before its interfaces are placed: whether it `accepts` connections, and `opens` some itself.

    `reach` are the only addresses that it may send to, if not all.
    """

    id: str
    kind: str
    origin: Origin
    attachments: tuple[Attachment, ...]
    name: str = ""
    tags: Mapping[str, str | Unknown] = field(default_factory=lambda: NO_LABELS, repr=False)
    because: tuple[Unknown, ...] = ()
    accepts: bool = True
    opens: bool = True
    reach: AddressSet | None = None


def read(resource: Resource, notes: list[Diagnostic], identity: str) -> Attachment:
    """An `aws_network_interface` as the party `identity` (TF-100)."""
    fields = Fields.of(resource, notes)
    subnet = fields.leaf("subnet_id")
    private = (*_listed(fields), *_single(fields, "private_ip"))
    delegated, delegated_v6 = _delegated(fields, "ipv4"), _delegated(fields, "ipv6")
    count = fields.number("ipv6_address_count")
    ordered = fields.flag("ipv6_address_list_enabled") is True
    listed = fields.leaves("ipv6_address_list" if ordered else "ipv6_addresses")
    return Attachment(
        identity,
        resource.origin,
        () if subnet is None else (subnet,),
        fields.leaves("security_groups"),
        known((*private, *delegated)) if private else (),
        v6=True if delegated_v6 else wants_v6(count, listed),
        private_v6=known((*(listed or ()), *delegated_v6)) if listed else (),
        because=existence(resource),
    )


def _listed(fields: Fields) -> tuple[Leaf, ...]:
    """The private addresses that are written; those that are only counted besides are unknown."""
    ordered = fields.flag("private_ip_list_enabled") is True
    written = fields.leaves("private_ip_list" if ordered else "private_ips") or ()
    counted = fields.number("private_ips_count")
    if not written or counted is None or (isinstance(counted, int) and counted < len(written)):
        return written
    further = Unknown(f"further addresses of {fields.resource.address}, known after apply", fields.origin)
    return (*written, counted if isinstance(counted, Unknown) else further)


def _delegated(fields: Fields, family: str) -> tuple[Leaf, ...]:
    """The prefixes that an interface has besides its addresses; one that is only counted is unknown."""
    count = fields.number(f"{family}_prefix_count")
    written = fields.leaves(f"{family}_prefixes") or ()
    if written or not count:
        return written
    return (count if isinstance(count, Unknown) else Unknown(f"{family} prefixes, known after apply", fields.origin),)


def checks_destination(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> bool:
    """Whether an interface, or an instance with only its own, certainly drops what is not for itself (AWS-24)."""
    fields = Fields.of(resource, notes)
    if kind_of(resource) == "aws_instance" and _has_others(fields, lookup):
        return False  # the route leads to one of several interfaces
    return fields.flag("source_dest_check") in (True, None) and resource.exists


def _has_others(fields: Fields, lookup: Lookup) -> bool:
    written = ("network_interface", "primary_network_interface", "launch_template")
    if any(fields.raw(name) not in (None, []) for name in written):
        return True
    linked = ("aws_network_interface", "aws_network_interface_attachment")
    return any(lookup.of_kind(*linked))


def _single(fields: Fields, name: str) -> tuple[Leaf, ...]:
    leaf = fields.leaf(name)
    return () if leaf is None else (leaf,)


def known(private: tuple[Leaf, ...]) -> tuple[str, ...]:
    """The fixed addresses, if every one of them is known."""
    texts = tuple(dict.fromkeys(leaf for leaf in private if isinstance(leaf, str) and cidr(leaf) is not None))
    return texts if len(texts) == len(dict.fromkeys(private)) else ()


def wants_v6(count: int | Unknown | None, listed: tuple[Leaf, ...] | None) -> bool | Unknown | None:
    """Whether an interface asks for IPv6 addresses; None where the subnet's default decides."""
    if isinstance(count, Unknown):
        return count
    if count is not None:
        return count > 0
    return None if not listed else True
