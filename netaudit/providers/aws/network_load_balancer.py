"""A network load balancer passes connections on: client to listener to target is one connection.

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/introduction.html (read 2026-11-23)
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html (read 2026-11-23)
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html (read 2026-11-27)

AWS-43 With client-address preservation the target's groups must admit the client, or refer to a group of the load
       balancer; without it they see the load balancer. Replies come back through it either way.
AWS-44 The listener's port becomes the target's. Only targets in the zone of the interface that was dialled count,
       unless zones are crossed.

A client dials the load balancer, and that is one more name (an alias) of each of its targets:

    client ──▶ (a copy of the ways, in the target's ports) ──translate──▶ sent ──▶ subnet:out ──▶ target

Not modelled:
- IPv6 listeners, targets that the sources do not show, and load balancers of unknown type or in unknown subnets: their
  connections are forwarded, and a diagnostic names the targets whose direct answers lack them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from netaudit.flows import NOWHERE
from netaudit.model import (
    EVERYONE,
    Action,
    Codes,
    Diagnostic,
    Effect,
    End,
    Filter,
    Forward,
    Party,
    Peers,
    Policy,
    Ref,
    Rule,
    Severity,
    Stage,
    Step,
    Tier,
    Translate,
    Truth,
    Unknown,
)
from netaudit.providers.aws import gates, peering
from netaudit.providers.aws.fabric import Fabric
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.port_translation import Copies, PortMap
from netaudit.providers.aws.private_link import Door
from netaudit.providers.aws.route_table import LOCAL, Target
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.target_group import Link
from netaudit.providers.aws.transit_gateway import same_zone

_ELSEWHERE = frozenset({"blackhole", "nat", "egress-only", "service"})
_GATEWAYS = ("aws_internet_gateway", "aws_nat_gateway")
_RESTRICTION = "ELBV2_LISTENER_PORT_RESTRICTION"


class _Jump(NamedTuple):
    """From what a client dials, by an interface of a load balancer, to one of a target; and why that may not be.

    `door` is the interface of the load balancer itself, or that of an endpoint which leads to it (AWS-39).
    """

    door: Placed
    front: Placed
    target: Placed
    link: Link
    because: tuple[Unknown, ...]
    keeps: bool | Unknown  # whether the target sees the client
    enforced: bool = True  # whether the load balancer's groups see the client


def is_direct(link: Link) -> bool:
    """Whether a link is part of one connection in the model, instead of composition."""
    attachments = link.balancer.owner.attachments
    dual = any(each.v6 is not False for each in attachments)
    placed = all(isinstance(leaf, str | Ref) for each in attachments for leaf in each.subnets)
    return link.balancer.kind == "network" and not link.guessed and not dual and placed


def forward(link: Link) -> Forward:
    """A link as composition: a proxy and its target."""
    kind = link.balancer.kind
    because = (kind, *link.because) if isinstance(kind, Unknown) else link.because
    name, listener = link.balancer.owner.id, link.listener
    passes = kind not in ("application", "classic")
    if link.preserved is not False:
        because = (*because, Unknown(f"whom the targets of {name} see", link.origin))
    return Forward(name, listener.accepts, link.target, link.dials, link.origin, because, link.among, passes)


def as_proxies(links: Iterable[Link]) -> Iterator[Diagnostic]:
    """What to say of load balancers whose connections should be direct, and are forwarded instead."""
    targets: defaultdict[str, list[str]] = defaultdict(list)
    balancers = {link.balancer.owner.id: link.balancer for link in links}
    for link in links:
        if link.balancer.kind not in ("application", "classic") and not is_direct(link):
            targets[link.balancer.owner.id].append(link.target)
    for key, touched in targets.items():
        message = f"{key}: connections through a network load balancer are shown as forwarded, not as direct"
        origin, names = balancers[key].owner.origin, tuple(dict.fromkeys(touched))
        yield Diagnostic("AWS_NLB_AS_PROXY", message, Severity.WARNING, origin, Effect.UNREADABLE, names)


def ghosts(placed: Iterable[Placed], links: Iterable[Link]) -> list[Placed]:
    """What a target's groups see of the groups of a load balancer that passes on the client's address (AWS-43)."""
    fronts = {link.balancer.owner.id for link in links if is_direct(link) and link.preserved is not False}
    mine = [each for each in placed if each.owner.id in fronts and (each.groups or each.unknown_groups)]
    return [replace(each, party=_ghost(each)) for each in mine]


def _ghost(front: Placed) -> Party:
    return Party(by_its_groups(front.party.id), NOWHERE)


def by_its_groups(party: str) -> str:
    """As whom the groups of targets know the interface of a load balancer by its groups."""
    return f"{party}@groups"


def wire(fabric: Fabric, links: Sequence[Link], doors: Sequence[Door]) -> None:
    """The hops through every network load balancer, by itself and by endpoints, and the aliases of its targets."""
    jumps: defaultdict[PortMap, list[_Jump]] = defaultdict(list)
    for link in links:
        if is_direct(link):
            jumps[PortMap(link.listener.accepts, link.dials)] += _jumps(fabric, link, doors)
    copies = Copies(fabric)
    for ports, mine in jumps.items():
        dialled = {jump.door.party.id: jump.door for jump in mine}.values()
        places = {fabric.node("subnet", key) for door in dialled for key in door.subnets}
        copies.copy(ports, places, frozenset(party.id for door in dialled for party, _ in _dialled(door)))
        _Passage(fabric, copies, ports).build(mine)
    for jump in (jump for mine in jumps.values() for jump in mine):
        known = fabric.aliases.setdefault(jump.target.party.id, {})
        known.update({party.id: (party, because) for party, because in _dialled(jump.door)})


def _dialled(door: Placed) -> list[tuple[Party, tuple[Unknown, ...]]]:
    """The parties by which clients know an interface."""
    public = [(door.public, (*door.because, *door.public_because))] if door.public else []
    return [(door.party, door.because), *public]


def _jumps(fabric: Fabric, link: Link, doors: Iterable[Door]) -> Iterator[_Jump]:
    """By every interface of the load balancer to those of the target, as far as zones allow (AWS-44)."""
    name = link.balancer.owner.id
    for front in (each for each in fabric.placed if each.owner.id == name and not each.v6):
        for target in link.interfaces:
            zone = _zones(fabric, link, front, target)
            if zone is None:
                continue
            because = (*link.because, *zone)
            yield _Jump(front, front, target, link, because, link.preserved)
            for door in (each for each in doors if each.balancer == name):
                shared = _zones(fabric, link, door.interface, front)
                if shared is not None:
                    doubts = (*because, *shared, *_chosen(fabric, door, front, doors), *door.because, *front.because)
                    yield _Jump(door.interface, front, target, link, doubts, False, door.enforced)


def _chosen(fabric: Fabric, door: Door, front: Placed, doors: Iterable[Door]) -> tuple[Unknown, ...]:
    """Why an endpoint's interface may use another one of a load balancer: it uses one of its zone (AWS-39).

    Where the service has several load balancers there, AWS chooses at random.
    """
    place, name = door.interface, door.interface.party.id
    if _near(fabric, place, front) is not Truth.YES:
        return (Unknown(f"whether {name} uses {front.party.id}, in another zone", place.origin),)
    rivals = {each.balancer for each in doors if each.interface is place and each.balancer != door.balancer}
    others = [each for each in fabric.placed if each.owner.id in rivals and not each.v6]
    if any(_near(fabric, place, each) is not Truth.NO for each in others):
        return (Unknown(f"which of the load balancers of its service {name} uses", place.origin),)
    return ()


def _near(fabric: Fabric, one: Placed, other: Placed) -> Truth:
    """Whether two interfaces are in one zone."""
    subnets = fabric.inventory.subnets
    found = {same_zone(subnets[here], subnets[there]) for here in one.subnets for there in other.subnets}
    return found.pop() if len(found) == 1 else Truth.MAYBE


def _zones(fabric: Fabric, link: Link, one: Placed, other: Placed) -> tuple[Unknown, ...] | None:
    """Why a connection may not go from one interface to another because of zones; None where it cannot."""
    if one.vpcs.isdisjoint(other.vpcs) and other in link.interfaces:
        return ()  # a target outside of the VPC is of all zones
    near = _near(fabric, one, other)
    if near is Truth.YES or link.across_zones is True:
        return ()
    if isinstance(link.across_zones, Unknown):
        return (link.across_zones,)
    reason = Unknown(f"whether {one.party.id} and {other.party.id} share a zone", link.origin)
    return None if near is Truth.NO else (reason,)


class _Passage:
    """The hops from one copy of the ways through load balancers to their targets."""

    def __init__(self, fabric: Fabric, copies: Copies, ports: PortMap) -> None:
        self._fabric = fabric
        self._copies = copies
        self._ports = ports

    def build(self, jumps: Iterable[_Jump]) -> None:
        """Every jump; those that differ in nothing but the target share their filters."""
        alike: defaultdict[object, list[_Jump]] = defaultdict(list)
        for jump in jumps:
            key = (jump.door.party.id, jump.front.party.id, jump.because, jump.keeps, jump.link.listener)
            alike[key].append(jump)
        for mine in alike.values():
            self._enter(mine)
            preserved = mine[0].keeps
            for keeps in (True, False) if isinstance(preserved, Unknown) else (preserved,):
                self._leave(mine, keeps)

    # ---- into the load balancer -----------------------------------------------------------------------

    def _enter(self, jumps: list[_Jump]) -> None:
        """From its subnet, past its groups and listener, to `sent` with the target as destination."""
        fabric, door, front = self._fabric, jumps[0].door, jumps[0].front
        mine = gates.only(f"{door.party.id} address", Peers(frozenset({door.party.id})), stage=Stage.ROUTE)
        apart = front if door is not front and jumps[0].enforced else None
        steps: list[Step] = [Filter(mine, End.DESTINATION), *self._guard(door)]
        behind = [*(self._guard(apart) if apart else []), self._listener(jumps[0])]
        for key, jump in product(door.subnets, jumps):
            back = fabric.node("subnet", key, "out")
            to, home = {door.party.id: jump.target.party}, self._home(front)
            translate = Translate(End.DESTINATION, to, home, back, front.owner.id, jump.link.origin)
            tail = self._copies.place(self._ports, fabric.node("subnet", key))
            for known in self._known([apart] if apart else [], jump, back):
                fabric.hop(tail, self._sent(jump), [*steps, *known, *behind, translate, self._only(jumps)])

    def _guard(self, placed: Placed) -> list[Step]:
        """The groups of an interface, asked about the listener's ports."""
        admitting = self._fabric.groups(placed, False)
        return [self._copies.step(self._ports, admitting)] if admitting else []

    def _known(self, asked: Sequence[Placed], jump: _Jump, place: str) -> list[list[Step]]:
        """How the groups of these interfaces may see a client of the load balancer: by its groups, or by its address.

        AWS's pages want rules for the addresses of clients there (AWS-43), and say no more of references to their
        groups. So who is known by a group is, perhaps; and certainly is an address.
        """
        keys = [key for each in asked for key in each.groups]
        own = jump.front.owner.id
        named = [each for each in self._fabric.members.named(keys) if each.owner.id != own and not each.v6]
        if not named:
            return [[]]
        peers, origin = Peers(frozenset(each.party.id for each in named)), jump.link.origin
        reason = Unknown(f"whether references to groups admit clients of {own}", origin)
        by_address = {each.party.id: replace(each.party, id=f"{each.party.id}@address") for each in named}
        mine = Filter(gates.only(f"clients of {own} that groups name", peers), End.SOURCE)
        return [
            [Filter(gates.all_but(f"clients of {own} that no group names", peers), End.SOURCE)],
            [mine, gates.perhaps("references to groups of clients", (reason,), origin)],
            [mine, Translate(End.SOURCE, by_address, place, place, own, origin)],
        ]

    def _listener(self, jump: _Jump) -> Filter:
        """Only what the target is dialled on: what nothing listens for never gets here."""
        origin = jump.link.listener.origin
        because = (*jump.front.because, *jump.because)
        text = f"{self._ports}"
        rule = Rule(EVERYONE, self._ports.dials, Action.ALLOW, origin, "listener", text, because=because)
        codes = Codes(*[_RESTRICTION] * 4)
        tier = Tier((rule,), Action.DENY, (origin,))
        name = f"{jump.front.owner.id} listeners"
        return Filter(Policy(name, (tier,), Action.DENY, Stage.INGRESS, True, origin, codes), End.SOURCE)

    def _only(self, jumps: list[_Jump]) -> Filter:
        """A filter for these very targets."""
        peers = Peers(frozenset(jump.target.party.id for jump in jumps))
        name, code = f"targets of {jumps[0].front.owner.id}", "NO_POSSIBLE_DESTINATION"
        return Filter(gates.only(name, peers, code, traffic=self._ports.dials, stateful=True), End.DESTINATION)

    # ---- out of it ------------------------------------------------------------------------------------

    def _leave(self, jumps: list[_Jump], keeps: bool) -> None:
        """Past its groups to the target, as the client or as itself; and the way back of replies."""
        fabric, front = self._fabric, jumps[0].front
        egress = fabric.groups(front, True)
        steps: list[Step] = [self._only(jumps), *([egress] if egress else [])]
        preserved = jumps[0].keeps
        if isinstance(preserved, Unknown):
            steps.append(gates.perhaps("client address preservation", (preserved,), jumps[0].link.origin))
        out = fabric.node("subnet", front.subnets[0], "out")
        if not keeps:
            home, name = self._home(front), front.owner.id
            itself = Translate(End.SOURCE, {}, home, home, name, front.origin, front.party)
            fabric.hop(self._sent(jumps[0]), out, [*steps, itself])
            mine = gates.only(f"{front.party.id} address", Peers(frozenset({front.party.id})), stage=Stage.ROUTE)
            fabric.hop(fabric.node("subnet", front.subnets[0]), home, [Filter(mine, End.DESTINATION)])
            return
        for known in self._known([jump.target for jump in jumps], jumps[0], self._home(front)):
            fabric.hop(self._sent(jumps[0]), out, [*steps, *known])
        for jump in jumps:
            self._replies(jump)
            if front.groups or front.unknown_groups:
                self._by_group(jump, steps)

    def _replies(self, jump: _Jump) -> None:
        """A target's replies to clients pass the load balancer, whatever the routes say (AWS-43)."""
        for place, subnets in self._places(jump.target):
            acls = [step for key in subnets for step in self._border(key, jump.front.subnets[0])]
            self._fabric.hop(self._out(place), self._home(jump.front), dict.fromkeys(acls))

    def _by_group(self, jump: _Jump, steps: list[Step]) -> None:
        """Straight to a target whose groups may refer to those of the load balancer."""
        fabric, front, target = self._fabric, jump.front, jump.target
        inward = [
            hop for hop in fabric.hops if hop.head == target.party.id and hop.tail.startswith(("subnet:", "one-of:"))
        ]
        for place, subnets in self._places(target):
            admitted = fabric.node("nlb", f"{front.party.id} {place}", "groups")
            fabric.hop(self._out(place), admitted)
            roads = [road for key in subnets for road in self._roads(front.subnets[0], key)]
            acls = dict.fromkeys(s for key in subnets for s in self._border(front.subnets[0], key))
            ghost = Translate(End.SOURCE, {}, admitted, self._out(place), front.owner.id, front.origin, _ghost(front))
            for hop, road in product(inward, roads):
                if hop.tail == place:
                    fabric.hop(self._sent(jump), target.party.id, [*steps, *road, *acls, ghost, *hop.steps])

    def _roads(self, here: str, there: str) -> list[list[Step]]:
        """The routes that lead from one subnet straight to another (AWS-43)."""
        subnets = self._fabric.inventory.subnets
        if here == there:
            return [[]]
        found: list[list[Step]] = []
        for target, policy in self._fabric.routes(subnets[here]).items():
            doubts = self._straight(target, subnets[here], subnets[there].vpc)
            if doubts is not None:
                maybe = [gates.perhaps(f"straight to {there}", doubts, subnets[here].origin)] if doubts else []
                found.append([Filter(policy, End.DESTINATION), *maybe])
        return found

    def _straight(self, target: Target, subnet: Subnet, far: str) -> tuple[Unknown, ...] | None:
        """Why a route may not lead into a VPC, by its own or by a peering; None where it cannot."""
        inventory = self._fabric.inventory
        if target == LOCAL:
            return () if subnet.vpc == far else None
        if target.kind in _ELSEWHERE or (target.kind == "gateway" and inventory.lookup.find(target.leaf, *_GATEWAYS)):
            return None
        each = peering.named(inventory.lookup, inventory.peerings, target.leaf, inventory.notes)
        pairs = [set(pair) for pair in inventory.pairs(each)] if each else []
        if each and {subnet.vpc, far} not in pairs:
            return None
        if each and len(pairs) == 1:
            return each.because
        return (Unknown(f"whether {target.leaf or target.kind} leads straight into {far}", subnet.origin),)

    # ---- places ---------------------------------------------------------------------------------------

    def _places(self, target: Placed) -> Sequence[tuple[str, tuple[str, ...]]]:
        """Where a target is reached from: its subnet, or each of several, and what holds for all of them."""
        fabric = self._fabric
        single = [(fabric.node("subnet", key), (key,)) for key in target.subnets]
        if len(target.subnets) == 1:
            return single
        return [*single, (fabric.node("one-of", "|".join(target.subnets)), target.subnets)]

    def _border(self, here: str, there: str) -> list[Filter]:
        """The ACLs between two subnets; within one there are none (AWS-16)."""
        subnets = self._fabric.inventory.subnets
        if here == there:
            return []
        return [self._fabric.acl(subnets[here], True), self._fabric.acl(subnets[there], False)]

    def _out(self, place: str) -> str:
        return f"{place}:out"

    def _home(self, front: Placed) -> str:
        return self._fabric.node("nlb", front.party.id, "home")

    def _sent(self, jump: _Jump) -> str:
        """Behind the load balancer; what an endpoint brings is never mixed with what comes by itself."""
        by = "" if jump.door is jump.front else f" by {jump.door.party.id}"
        return self._fabric.node("nlb", f"{jump.front.party.id}{by}", "sent")
