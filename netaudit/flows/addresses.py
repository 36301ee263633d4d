"""Sets of IP addresses of both families.

IPv4 and IPv6 lie one after another on one line: an IPv4 address is its own number, an IPv6 address is its
number plus 2**32.

    0 ……… 2**32 - 1 | 2**32 ……………………………… 2**32 + 2**128 - 1
         IPv4                      IPv6
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import ClassVar

from netaudit.flows.intervals import IntervalSet, Run

_V6 = 1 << 32
_TOP = _V6 + (1 << 128) - 1


class AddressSet(IntervalSet):
    """An immutable set of IPv4 and IPv6 addresses; prints as CIDR blocks where they are, else as ranges."""

    __slots__ = ()
    TOP: ClassVar[int] = _TOP

    @classmethod
    def parse(cls, text: str) -> AddressSet:
        """Read `203.0.113.0/24`, `10.0.0.1`, `10.0.0.0-10.0.0.9` or `2001:db8::/32`.

        Host bits below the prefix are dropped, as AWS and Kubernetes do. A netmask (`/255.0.0.0`) or an
        interface's zone (`%eth0`) is no CIDR block. Raises ValueError.
        """
        first, dash, last = text.partition("-")
        if dash:
            low, high = _number(first.strip()), _number(last.strip())
            if (low < _V6) != (high < _V6) or high < low:
                raise ValueError(f"not an address range: '{text}'")
            return cls(((low, high),))
        return cls((_network(text.strip()),))

    @property
    def v4(self) -> AddressSet:
        """Its IPv4 part."""
        return self & IPV4

    @property
    def v6(self) -> AddressSet:
        """Its IPv6 part."""
        return self & IPV6

    def ranges(self) -> Iterator[Run]:
        """Its runs, cut where the families meet."""
        for first, last in self.runs:
            if first < _V6 <= last:
                yield (first, _V6 - 1)
                yield (_V6, last)
            else:
                yield (first, last)

    def texts(self) -> list[str]:
        """One text a run: a CIDR block where the run is one, otherwise `first-last`."""
        return [_text(run) for run in self.ranges()]

    def spans(self) -> list[str]:
        """One text a run, always as `first-last`."""
        return [f"{_address(first)}-{_address(last)}" for first, last in self.ranges()]

    def __str__(self) -> str:
        if self == ANYWHERE:
            return "any address"
        return ", ".join(self.texts()) or "no address"


def _number(text: str) -> int:
    if "/" in text:
        raise ValueError(f"not an IP address: '{text}'")
    try:
        return _network(text)[0]
    except ValueError:
        raise ValueError(f"not an IP address: '{text}'") from None


def _network(text: str) -> Run:
    address, slash, prefix = text.partition("/")
    # Python's reader would also take netmasks, host masks and zones.
    if "%" in address or (slash and not prefix.isdigit()):
        raise ValueError(f"not an address or CIDR block: '{text}'")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"not an address or CIDR block: '{text}'") from None
    base = _V6 if network.version == 6 else 0
    return (base + int(network.network_address), base + int(network.broadcast_address))


def _address(number: int) -> str:
    if number < _V6:
        return str(ipaddress.IPv4Address(number))
    return str(ipaddress.IPv6Address(number - _V6))


def _text(run: Run) -> str:
    first, last = run
    size = last - first + 1
    base, width = (0, 32) if first < _V6 else (_V6, 128)
    if size & (size - 1) or (first - base) % size:
        return f"{_address(first)}-{_address(last)}"
    prefix = width - size.bit_length() + 1
    return _address(first) if prefix == width else f"{_address(first)}/{prefix}"


ANYWHERE = AddressSet.everything()
NOWHERE = AddressSet.nothing()
IPV4 = AddressSet.of((0, _V6 - 1))
IPV6 = AddressSet.of((_V6, _TOP))

# Contract, "Endpoint identifiers": everything else is public, documentation ranges included.
NOT_PUBLIC = AddressSet.union(
    AddressSet.parse(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
) | (IPV6 - AddressSet.parse("2000::/3"))
PUBLIC = ANYWHERE - NOT_PUBLIC
