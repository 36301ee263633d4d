"""Every pair, protocol and port boundary of an estate: what the walker finds, in the words of `reach`'s JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from itertools import product

from tests.packets.balancers import at
from tests.packets.facts import Estate, Machine
from tests.packets.packet import End
from tests.packets.walk import EPHEMERAL, Walker

PROTOCOLS = ("tcp", "udp", "icmp", "47", "58", "132")
TOPS = {"icmp": 255, "47": 0, "58": 0, "132": 0}
Ranges = list[list[int]]
Found = dict[str, dict[str, Ranges]]  # certain, possible, one_way → protocol → ranges


def lines(estate: Estate) -> list[tuple[str, int, int]]:
    """Protocol and ports of every rule, entry, listener and target group."""
    rules = [(r.protocol, r.low, r.high) for g in estate.groups.values() for r in (*g.ingress, *g.egress)]
    ports = [(each.protocol, each.port) for b in estate.balancers.values() for each in b.listeners]
    ports += [(each.protocol, each.port) for each in estate.pools.values()]
    rules += [(rule.protocol, port, port) for protocol, port in ports for rule in at(protocol, port)]
    return rules + [(e.protocol, e.low, e.high) for acl in estate.acls.values() for e in (*acl.inward, *acl.outward)]


def starts(estate: Estate, protocol: str) -> list[int]:
    """The first port of each range that no rule divides."""
    cuts = {cut for each, low, high in lines(estate) if each in (protocol, "any") for cut in (low, high + 1)}
    if protocol == "icmp" and any(r.by == "endpoint" for t in estate.tables.values() for r in t.routes):
        cuts |= {1, 8, 9}
    top = TOPS.get(protocol, 65535)
    return sorted({0, *(cut for cut in cuts if 0 < cut <= top)})


def reply_ports(estate: Estate) -> list[int]:
    """The first client port of each range that no rule divides."""
    low, high = EPHEMERAL
    return sorted({low, *(cut for cut in starts(estate, "tcp") if low < cut <= high)})


def representatives(estate: Estate, ranges: Iterable[str]) -> list[str]:
    """One address of each part of some ranges that no fact of the estate divides."""
    peers = [rule.peer for g in estate.groups.values() for rule in (*g.ingress, *g.egress)]
    blocks = [each for each in peers if "/" in each]
    blocks += [entry.cidr for acl in estate.acls.values() for entry in (*acl.inward, *acl.outward)]
    blocks += [route.to for table in estate.tables.values() for route in table.routes if "/" in route.to]
    blocks += [cidr for cidrs in estate.lists.values() for cidr in cidrs]
    blocks += [route.to for route in estate.transit_routes]
    found: list[str] = []
    for text in ranges:
        first, last = (ip_address(end) for end in (text.split("-") if "-" in text else (text, text)))
        cuts = {int(first)}
        for each in map(ip_network, blocks):
            if each.version == first.version:
                cuts |= {int(each.network_address), int(each.broadcast_address) + 1}
        kind = type(first)
        found += [str(kind(cut)) for cut in sorted(cuts) if int(first) <= cut <= int(last)]
    return found


def nothing() -> Found:
    """No flow."""
    return {"certain": {}, "possible": {}, "one_way": {}}


def found(walker: Walker, client: str | End, server: str | End) -> Found:
    """What passes between two ends."""
    estate = walker.estate
    journeys = walker.journeys(client, server)
    replies = reply_ports(estate)
    answer = nothing()
    for protocol in PROTOCOLS if journeys else ():
        ports = starts(estate, protocol)
        for first, after in zip(ports, [*ports[1:], TOPS.get(protocol, 65535) + 1], strict=True):
            sure, possible, delivered = walker.outcome(journeys, protocol, first, replies)
            told = {"certain": sure, "possible": possible, "one_way": delivered and not possible}
            for name in [name for name, holds in told.items() if holds]:
                _add(answer[name].setdefault(protocol, []), first, after - 1)
    return answer


def worlds(estate: Estate) -> Iterator[Estate]:
    """The estate with every database in each of its subnets in turn."""
    names = sorted(estate.databases)
    for places in product(*(estate.databases[name].subnets for name in names)):
        placed = {
            name: Machine(subnet, None, estate.databases[name].groups)
            for name, subnet in zip(names, places, strict=True)
        }
        yield replace(estate, machines=estate.machines | placed, databases={})


def bounded(mine: Found, theirs: Found) -> bool:
    """Whether what netaudit takes for certain holds, and it takes for possible what may hold."""
    pairs = ((theirs["certain"], mine["certain"]), (mine["possible"], theirs["possible"]))
    return all(within(part, whole.get(key, [])) for inner, whole in pairs for key, part in inner.items())


def within(ranges: Ranges, others: Ranges) -> bool:
    """Whether every port of some ranges is in others."""
    return all(any(low <= first and last <= high for low, high in others) for first, last in ranges)


def _add(ranges: Ranges, first: int, last: int) -> None:
    if ranges and ranges[-1][1] == first - 1:
        ranges[-1][1] = last
    else:
        ranges.append([first, last])


def as_found(flow: dict[str, object]) -> Found:
    """A flow of `reach`'s JSON in the same words."""
    answer: Found = {}
    for name in ("certain", "possible", "one_way"):
        traffic = flow.get(name) or {}
        assert isinstance(traffic, dict)
        numbers = {str(low) for low, high in traffic.get("other", []) for low in range(low, high + 1)}
        answer[name] = {key: traffic[key] for key in ("tcp", "udp", "icmp") if key in traffic}
        answer[name] |= {"47": [[0, 0]]} if "47" in numbers else {}
        answer[name] |= {"58": [[0, 0]]} if "icmpv6" in traffic else {}
        answer[name] |= {"132": [[0, 0]]} if "sctp" in traffic else {}
    return answer
