"""Load balancers and PrivateLink in the walker's words, written from AWS's documentation over plain facts.

A load balancer has an interface in each of its subnets, which takes what its listeners say. That of an application or
classic one is the end of a connection. That of a network one passes the connection on to a target, in the client's
name or in its own; replies come back through it:

    client ──▶ interface (its groups, at the listener's port) ──▶ target (its groups, at the target's port)

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html (read 2026-11-27)
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html (read 2026-11-27)
https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html (read 2026-11-27)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from tests.packets.facts import Balancer, Estate, Listener, Machine, Pool, Rule
from tests.packets.packet import End, Journey, Path

if TYPE_CHECKING:
    from tests.packets.walk import Walker

EVERYWHERE = ("0.0.0.0/0", "::/0")
_DATAGRAMS = {"udp": ("udp",), "tcp_udp": ("tcp", "udp")}  # everything else is TCP


def with_interfaces(estate: Estate) -> Estate:
    """The estate with a machine for each interface of its load balancers and endpoints."""
    found: dict[str, Machine] = {}
    for name, each in estate.balancers.items():
        open_to_all = each.kind == "network" and not each.groups
        for index, subnet in enumerate(each.subnets):
            address = each.addresses[index] if each.addresses else None
            found[f"{name} in {subnet}"] = Machine(
                subnet, address, each.groups, each.public, of=name, unfiltered=open_to_all
            )
    for name, door in estate.doors.items():
        found |= {f"{name} in {subnet}": Machine(subnet, None, door.groups, of=name) for subnet in door.subnets}
    return replace(estate, machines=estate.machines | found)


def at(protocol: str, port: int) -> tuple[Rule, ...]:
    """A filter for what a listener or a target group names."""
    return tuple(Rule(each, port, port, block) for each in _DATAGRAMS.get(protocol, ("tcp",)) for block in EVERYWHERE)


def listening(estate: Estate, name: str | None) -> tuple[Rule, ...] | None:
    """What a load balancer listens on. Of others nobody but their groups says what they take, nor of endpoints."""
    balancer = estate.balancers.get(name or "")
    if balancer is None:
        return None
    return tuple(rule for each in balancer.listeners for rule in at(each.protocol, each.port))


def preserved(pool: Pool) -> bool:
    """Whether its targets see the client: as written, for datagrams always; else those that are instances do."""
    if "udp" in pool.protocol:
        return True
    return not pool.by_address if pool.preserves is None else pool.preserves


@dataclass(frozen=True)
class _Link:
    """A target behind a listener."""

    balancer: Balancer
    listener: Listener
    pool: Pool
    target: str


class Passage:
    """Connections through network load balancers."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker
        self._estate = walker.estate

    def journeys(self, client: str | End, target: str) -> Iterator[Journey]:
        """Every way from one interface, by every network load balancer, to an interface of one of its targets."""
        for name, each in self._estate.balancers.items():
            if each.kind != "network":
                continue  # others are the end of a connection
            for listener, pool in ((one, self._estate.pools[key]) for one in each.listeners for key in one.pools):
                if target in pool.machines:
                    yield from self._by_itself(client, name, _Link(each, listener, pool, target))
                    yield from self._by_endpoints(client, name, _Link(each, listener, pool, target))

    def _by_itself(self, client: str | End, name: str, link: _Link) -> Iterator[Journey]:
        """To an interface of the load balancer, which sends the packet on as the client or as itself."""
        for front in self._interfaces(name):
            for first, replies in self._walker.connections(client, front) if self._serves(front, link) else ():
                yield from self._sent_on(first, replies, front, link, preserved(link.pool))

    def _by_endpoints(self, client: str | End, name: str, link: _Link) -> Iterator[Journey]:
        """By PrivateLink: the load balancer's groups see the client's address, its targets never do.

        The interface of the load balancer is that of the endpoint's zone; across zones it may be another one.
        """
        doors = [
            door for key, each in self._estate.doors.items() if each.balancer == name for door in self._interfaces(key)
        ]
        for door, front in product(doors, self._interfaces(name)):
            near = self._zone(door) == self._zone(front)
            if not self._serves(front, link) or not (near or self._crosses(link)):
                continue
            for first, replies in self._walker.connections(client, door):
                seen = replace(first.source, owner=None, behind=first.source.owner)
                entered = first.checked(self._walker.rules(front, False), seen)
                entered = replace(entered, doubtful=entered.doubtful or not near)
                yield from self._sent_on(entered, replies, front, link, keeps=False)

    def _sent_on(
        self, first: Path, replies: list[list[Path]], front: str, link: _Link, keeps: bool
    ) -> Iterator[Journey]:
        """From an interface of the load balancer to the target; with the client's address only straight."""
        walker, to = self._walker, self._walker.private(link.target)
        dialled = first.checked(at(link.listener.protocol, link.listener.port), first.source).checks
        before = tuple(replace(check, dialled=link.listener.port) for check in dialled)
        sees = replace(first.source, owner=front, behind=first.source.owner) if keeps else walker.private(front)
        start = Path(sees, to, opened=first.opened).checked(walker.rules(front, True), to)
        start = start.checked(at(link.pool.protocol, link.pool.port), to)
        for way in walker.on(self._estate.machines[front].subnet, start):
            if way.arrives != link.target or (keeps and way.natted):
                continue
            back = [[self._straight_back(front, way)]] if keeps else walker.replies(front, way)
            arrived = way.checked(walker.rules(link.target, False), way.source)
            whole = replace(
                arrived,
                checks=(*before, *arrived.checks),
                natted=(*first.natted, *way.natted),
                entries=(*first.entries, *way.entries),
                doubtful=first.doubtful or way.doubtful or (keeps and bool(way.entries)),
            )
            yield whole, [*back, *replies]

    def _straight_back(self, front: str, way: Path) -> Path:
        """The reply to a client that the target saw: to the load balancer, past the ACLs on the way, by no route."""
        here, there = (self._estate.machines[each].subnet for each in (way.arrives, front))
        back = Path(way.destination, way.source, reply=True, arrives=front)
        if here == there:
            return back
        return back.checked(self._walker.acl(here, True), way.source).checked(
            self._walker.acl(there, False), way.destination
        )

    def _interfaces(self, name: str) -> list[str]:
        return [key for key, each in self._estate.machines.items() if each.of == name]

    def _zone(self, interface: str) -> str:
        return self._estate.subnets[self._estate.machines[interface].subnet].zone

    def _serves(self, front: str, link: _Link) -> bool:
        """Whether an interface of the load balancer has the target: one of its zone or of any enabled one.

        One outside of the VPC is registered for all zones.
        """
        subnets = self._estate.subnets
        enabled = {subnets[key].zone for key in link.balancer.subnets}
        here, there = (subnets[self._estate.machines[each].subnet] for each in (front, link.target))
        if here.vpc != there.vpc:
            return True
        return there.zone in (enabled if self._crosses(link) else {here.zone})

    def _crosses(self, link: _Link) -> bool:
        return link.balancer.crosses if link.pool.crosses is None else link.pool.crosses
