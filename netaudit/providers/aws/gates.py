"""Small policies that gateways are made of: they let pass some parties, some traffic, or perhaps everything."""

from __future__ import annotations

from netaudit.flows import ANY, IPV4, NOT_PUBLIC, PUBLIC, AddressSet, Traffic
from netaudit.model import (
    EVERYONE,
    Action,
    Codes,
    End,
    Filter,
    Origin,
    Peers,
    Policy,
    Rule,
    Stage,
    Tier,
    Unknown,
)

NOWHERE_WRITTEN = Origin("")


def only(
    name: str,
    peers: Peers,
    code: str = "NO_ROUTE_TO_DESTINATION",
    *,
    stage: Stage = Stage.GATEWAY,
    traffic: Traffic = ANY,
    origin: Origin | None = None,
    because: tuple[Unknown, ...] = (),
    stateful: bool = False,
) -> Policy:
    """A policy that lets pass these peers with this traffic, and nothing else."""
    rule = Rule(peers, traffic, Action.ALLOW, origin or NOWHERE_WRITTEN, "", "", because=because)
    codes = Codes(code, code, code, code)
    owners = (origin,) if origin else ()
    return Policy(name, (Tier((rule,), Action.DENY, owners),), Action.DENY, stage, stateful, origin, codes)


def all_but(name: str, peers: Peers) -> Policy:
    """A policy that lets pass everybody but these peers."""
    rule = Rule(peers, ANY, Action.DENY, NOWHERE_WRITTEN, "", "")
    return Policy(name, (Tier((rule,), Action.ALLOW),), Action.ALLOW, Stage.GATEWAY, stateful=True)


def perhaps(name: str, because: tuple[Unknown, ...], origin: Origin | None = None) -> Filter:
    """A filter that may let pass everything, or nothing, for these reasons."""
    return Filter(only(name, EVERYONE, because=because, origin=origin), End.SOURCE)


def shut(name: str, code: str, origin: Origin | None = None) -> Filter:
    """A filter that lets nothing pass."""
    codes = Codes(code, code, code, code)
    policy = Policy(name, (Tier((), Action.DENY),), Action.DENY, Stage.GATEWAY, False, origin, codes)
    return Filter(policy, End.SOURCE)


def drop(name: str, code: str, why: str, origin: Origin | None = None) -> Filter:
    """What takes a packet and loses it: why it goes no further is all that it tells."""
    rule = Rule(EVERYONE, ANY, Action.DENY, origin or NOWHERE_WRITTEN, "", why, code)
    policy = Policy(name, (Tier((rule,), Action.DENY),), Action.DENY, Stage.ROUTE, False, origin)
    return Filter(policy, End.SOURCE)


def _by_address(name: str, addresses: AddressSet, code: str, *, stateful: bool = False) -> Policy:
    return only(name, Peers(addresses=addresses), code, stateful=stateful)


PUBLIC_V4 = _by_address("public IPv4 addresses", PUBLIC & IPV4, "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS")
PUBLIC_V6 = _by_address("public IPv6 addresses", PUBLIC - IPV4, "IGW_EXPECTS_PUBLIC_ADDRESS")
PUBLIC_ANY = _by_address("public addresses", PUBLIC, "IGW_EXPECTS_PUBLIC_ADDRESS")
PRIVATE = _by_address("addresses that are not public", NOT_PUBLIC, "CANNOT_ROUTE")
V4 = _by_address("IPv4", IPV4, "CANNOT_ROUTE")
# What an interface of one family dials. A reply is of the family of what it answers, whoever that was from.
DIALS_V4 = _by_address("IPv4", IPV4, "CANNOT_ROUTE", stateful=True)
DIALS_V6 = _by_address("IPv6", ~IPV4, "CANNOT_ROUTE", stateful=True)

_ANSWERING = "it only answers connections that others open"
_REFUSAL = Rule(EVERYONE, ANY, Action.DENY, NOWHERE_WRITTEN, "", _ANSWERING, "NO_CLIENT")
ANSWERS_ONLY = Policy("endpoint", (Tier((_REFUSAL,), Action.DENY),), Action.DENY, Stage.EGRESS, stateful=True)
