"""A packet on its way: its two ends as they are seen there, the filters before it, and what addresses mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address, ip_network

from tests.packets.facts import Entry, Rule

SPECIAL = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
)


@cache
def block(cidr: str):  # type: ignore[no-untyped-def]
    """The block that a CIDR writes."""
    return ip_network(cidr)


@cache
def within(text: str, cidr: str) -> bool:
    """Whether an address lies in a block; never across families."""
    address, where = ip_address(text), block(cidr)
    return address.version == where.version and address in where


def is_public(text: str) -> bool:
    """Whether it may be met on the internet."""
    return within(text, "2000::/3") if ":" in text else not any(within(text, each) for each in SPECIAL)


@dataclass(frozen=True)
class End:
    """One end of a packet. `owner` is who is seen by identity (its private address), `text` its address.

    An address that only AWS knows has no text: a public one, or any of a subnet's `block` but the first four and the
    last, which AWS keeps.
    """

    text: str | None
    owner: str | None = None
    face: str | None = None  # whose public address it is
    block: str | None = None
    behind: str | None = None  # who opened it, where no page says whether groups still know

    @property
    def six(self) -> bool:
        """Whether it is an IPv6 address."""
        return self.text is not None and ":" in self.text

    def lies_in(self, cidr: str, generous: bool) -> bool:
        """Whether the address is in a block; of an unknown one only all of IPv4 is sure."""
        if self.text is not None:
            return within(self.text, cidr)
        where = block(cidr)
        if self.block is not None:
            return self._may_lie_in(where.network_address, where.broadcast_address, generous)
        if where.version == 6 or any(where.subnet_of(block(each)) for each in SPECIAL):
            return False
        return where.prefixlen == 0 or generous

    def _may_lie_in(self, first, last, generous: bool) -> bool:  # type: ignore[no-untyped-def]
        """Whether some of the candidates, or all of them, are between two addresses."""
        own = block(self.block or "")
        if own.version != first.version:
            return False
        low, high = own.network_address + 4, own.broadcast_address - 1
        return bool((first <= high and low <= last) if generous else (first <= low and high <= last))


@dataclass(frozen=True)
class Check:
    """A filter on the way, and the end of the packet that it looks at; and the port there, where that is another."""

    filter: tuple[Entry, ...] | tuple[Rule, ...]
    peer: End
    dialled: int | None = None


@dataclass(frozen=True)
class Path:
    """A packet on its way: its two ends as they are seen there, what it must pass, and in the end who gets it."""

    source: End
    destination: End
    reply: bool = False
    checks: tuple[Check, ...] = ()
    arrives: str = ""  # a machine, a NAT gateway, or `outside`
    natted: tuple[tuple[str, End, str], ...] = ()  # gateway, the client as it saw it, the gateway's subnet
    entries: tuple[tuple[str, str], ...] = ()  # attachments and the subnets by which they entered
    seen: tuple[str, ...] = ()  # subnets that it left
    doubtful: bool = False  # no page says that a gateway takes it
    guarded: bool = False  # it left by an egress-only gateway
    by_internet: bool = False  # it came in by the internet
    by_endpoint: bool = False  # it left by a gateway endpoint
    opened: tuple[End, End] | None = None  # the ends of the connection, as its client knows them

    def checked(self, filter: tuple[Entry, ...] | tuple[Rule, ...], peer: End) -> Path:  # noqa: A002
        """The packet behind a further filter."""
        return replace(self, checks=(*self.checks, Check(filter, peer)))


Journey = tuple[Path, list[list[Path]]]  # a first packet's way, and the ways of its reply, piece by piece
