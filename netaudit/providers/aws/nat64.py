"""NAT64: an interface with an IPv6 address reaches IPv4 addresses by a NAT gateway, under a prefix of their own.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html (read 2026-11-27)

AWS-61 What an interface sends to 64:ff9b::/96, and its table to a NAT gateway, leaves that one as IPv4, in the
       gateway's own name; every NAT gateway does so. Groups and ACLs of the client's side see the prefix.

Not modelled:
- Which IPv4 addresses a client dials, beside those of its interfaces: what goes this way is possible, never certain.
- Prefixes that other translators use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netaudit.flows import AddressSet
from netaudit.model import EVERYONE, End, Filter, Origin, Party, Step, Unknown, decide
from netaudit.providers.aws import gates
from netaudit.providers.aws.fabric import Fabric, Way
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.route_table import Target
from netaudit.providers.aws.subnet import Subnet

PREFIX = Party("64:ff9b::/96", AddressSet.parse("64:ff9b::/96"))
_CARRIERS = frozenset({"nat", "transit", "endpoint", "interface", "unknown", "core-network"})


Ways = Callable[[Subnet, Target, Origin | None], list[Way]]


def wire(fabric: Fabric, ways: Ways) -> None:
    """Out of every interface with an IPv6 address; `ways` are those to the NAT gateways that a target leads to."""
    known: dict[str, list[tuple[Origin | None, Way]]] = {}
    for each in fabric.placed:
        for key in each.subnets if each.v6 else ():
            place = fabric.inventory.subnets[key]
            if key not in known:
                known[key] = list(_led(fabric, place, ways))
            if known[key]:
                _out(fabric, each, place, known[key])


def _led(fabric: Fabric, place: Subnet, ways: Ways) -> Iterator[tuple[Origin | None, Way]]:
    """Where a subnet's table leads the prefix, with the place of the table."""
    for target, policy in fabric.routes(place).items():
        if target.kind in _CARRIERS and decide(policy, PREFIX).may_allow:
            yield from ((policy.origin, way) for way in ways(place, target, policy.origin))


def _out(fabric: Fabric, each: Placed, place: Subnet, led: list[tuple[Origin | None, Way]]) -> None:
    steps = [Filter(gates.V4, End.DESTINATION), *_sides(fabric, each, place)]
    for origin, way in led:
        reason = Unknown(f"whether {each.party.id} dials IPv4 addresses by {PREFIX.id}", origin)
        fabric.hop(each.party.id, way.head, [*steps, gates.perhaps("NAT64", (reason,)), *way.steps])


def _sides(fabric: Fabric, each: Placed, place: Subnet) -> Iterator[Step]:
    """What the client's groups and ACL let out to the prefix."""
    for asked in (fabric.groups(each, True), fabric.acl(place, True)):
        if asked is not None:
            carried = decide(asked.policy, PREFIX).may_allow
            name = f"{asked.policy.name} to {PREFIX.id}"
            yield Filter(
                gates.only(name, EVERYONE, traffic=carried, origin=asked.policy.origin, stateful=True), End.SOURCE
            )
