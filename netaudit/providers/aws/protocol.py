"""Traffic as security groups and network ACLs write it: a protocol, two ports or an ICMP type and code.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html (read 2026-11-23)

AWS-3  Only destination ports can be filtered.
AWS-12 ICMP: `from_port` is the type and `to_port` the code, -1 is any; protocol -1 ignores ports.

TF-87 lists the spellings of protocols, TF-88 says that -1 means all ports whatever the ports say, TF-89 that a
network ACL has `icmp_type` and `icmp_code` of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from netaudit.flows import ANY, NO_TRAFFIC, Traffic
from netaudit.model import Unknown
from netaudit.providers.aws.values import shown

_NUMBERS = {
    "icmp": 1,
    "igmp": 2,
    "ipip": 4,
    "tcp": 6,
    "udp": 17,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "icmpv6": 58,
    "ospf": 89,
    "sctp": 132,
    "udplite": 136,
}
_PORTED = {6: "tcp", 17: "udp", 132: "sctp"}
_ICMP = {1: "icmp", 58: "icmpv6"}

Number = int | Unknown | None


class Match(NamedTuple):
    """Traffic as far as it is known: an upper bound where `because` is not empty."""

    traffic: Traffic
    because: tuple[Unknown, ...] = ()
    problem: str = ""


def match(protocol: str | Unknown | None, first: Number, last: Number) -> Match:
    """The traffic of a protocol with two ports, or with an ICMP type and code (AWS-12, TF-87…89).

    What is unknown or invalid gives an upper bound; `problem` says what is invalid.
    """
    if isinstance(protocol, Unknown):
        return Match(ANY, (protocol,))
    number = protocol_number(protocol)
    if number is None:
        return _invalid(ANY, f"{shown(protocol)} is not a protocol")
    if number == -1:
        return Match(ANY)
    if number in _ICMP:
        return _icmp(_ICMP[number], first, last)
    if number not in _PORTED:
        return Match(Traffic.protocol(number))
    return _ports(_PORTED[number], first, last)


def protocol_number(protocol: str | None) -> int | None:
    """The IP protocol number of a spelling, -1 for all, None where it is none. Absent is all."""
    name = "-1" if protocol is None else protocol.strip().lower()
    if name in {"-1", "all"}:
        return -1
    if name in _NUMBERS:
        return _NUMBERS[name]
    return int(name) if name.isascii() and name.isdigit() and len(name) < 4 and int(name) < 256 else None


def _ports(protocol: str, first: Number, last: Number) -> Match:
    everything = Traffic.named(protocol)
    unknown = tuple(n for n in (first, last) if isinstance(n, Unknown))
    low = 0 if isinstance(first, Unknown) else first
    high = 65535 if isinstance(last, Unknown) else last
    if (low, high) in {(None, None), (-1, -1)}:
        return Match(everything)
    low, high = (high if low is None else low), (low if high is None else high)
    if low is None or high is None or not 0 <= low <= high <= 65535:
        return _invalid(everything, f"{first}-{last} is not a range of ports")
    return Match(Traffic.ports(protocol, low, high), unknown)


def _icmp(protocol: str, kind: Number, code: Number) -> Match:
    everything = Traffic.icmp(protocol=protocol)
    unknown = tuple(n for n in (kind, code) if isinstance(n, Unknown))
    if isinstance(kind, Unknown):
        return Match(everything, unknown)
    if kind is None or kind == -1:
        if code in (None, -1):
            return Match(everything)
        return _invalid(everything, "an ICMP code needs a type") if not unknown else Match(everything, unknown)
    if not 0 <= kind <= 255:
        return _invalid(everything, f"{kind} is not an ICMP type")
    whole = Traffic.icmp(kind, protocol=protocol)
    if isinstance(code, Unknown):
        return Match(whole, unknown)
    if code is None or code == -1:
        return Match(whole)
    if not 0 <= code <= 255:
        return _invalid(whole, f"{code} is not an ICMP code")
    return Match(Traffic.icmp(kind, code, protocol=protocol))


def _invalid(bound: Traffic, problem: str) -> Match:
    return Match(bound, (Unknown(problem),), problem)


NOTHING = Match(NO_TRAFFIC)
