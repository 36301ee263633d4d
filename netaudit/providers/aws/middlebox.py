"""A middlebox is what a route sends packets through: an endpoint of firewalls, or an interface that forwards.

https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-load-balancer-endpoints.html (read 2026-11-27)
https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html (read 2026-11-27)

AWS-24 An interface without the source/destination check may forward what a route sends to it, as it is or in its own
       name; replies to its own name come back to it.
AWS-41 A Gateway Load Balancer or Network Firewall may drop, it may not create: what a route sends to its endpoint
       comes out again in the endpoint's subnet and goes on by that subnet's table; possibly, unless the rules of a
       Network Firewall decide.

Not modelled:
- Ways of their own: what a middlebox carries may leave beyond the model as well.
- Groups of a forwarding interface: it is taken to forward all.
- Connections that a middlebox translates to another destination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from netaudit.flows import ANY, ANYWHERE, IPV4, TCP, AddressSet
from netaudit.model import (
    EVERYONE,
    Action,
    Effect,
    End,
    Filter,
    Origin,
    Party,
    Peers,
    Policy,
    Resource,
    Rule,
    Stage,
    Step,
    Tier,
    Translate,
    Unknown,
)
from netaudit.providers.aws import gates, network_firewall, vpc_endpoint
from netaudit.providers.aws.fabric import Fabric, Way
from netaudit.providers.aws.network_firewall import Firewall
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.route_table import Target
from netaudit.providers.aws.values import Leaf

MACHINES = ("aws_network_interface", "aws_instance")
OUT_OF_BOX = "passed"  # the side of a subnet at which what a middlebox let pass goes on


@dataclass(frozen=True, slots=True)
class Box:
    """Something declared that packets are routed through: where they come out, and as whom it may send them on."""

    key: str
    vpc: str
    subnets: tuple[str, ...]  # several where it may be in any of them
    origin: Origin
    faces: tuple[Placed, ...] = ()
    firewall: Firewall | None = None


@dataclass(frozen=True, slots=True)
class Joint:
    """Endpoints of one firewall in several zones, by one of which a flow goes both ways.

    `node` is where they are entered, `heads` are their own places.
    """

    node: str
    box: Box
    heads: frozenset[str]

    @property
    def subnets(self) -> tuple[str, ...]:
        """In one of which packets come out."""
        return self.box.subnets


class Middleboxes:
    """The middleboxes of a fabric; `beyond` leads out of the model from a VPC, `onward` to all that a VPC has."""

    def __init__(
        self, fabric: Fabric, beyond: Callable[[str, Unknown], Way], onward: Callable[[str], Iterator[str]]
    ) -> None:
        self._fabric = fabric
        self._beyond = beyond
        self._onward = onward
        self._used: dict[str, Box] = {}
        self._found: dict[Leaf | None, Box | None] = {}
        self.joints: list[Joint] = []
        self._unseen: set[str] = set()  # VPCs with routes to middleboxes that the sources do not show
        routes = [route for table in fabric.inventory.tables.values() for route in table.routes]
        targets = dict.fromkeys(route.target for route in routes)
        self._firewalls = [
            network_firewall.read(resource, fabric.inventory.lookup, fabric.inventory.notes)
            for resource in fabric.inventory.lookup.of_kind(network_firewall.KIND)
        ]
        found = (self._find(target.leaf) for target in targets if target.kind in {"endpoint", "interface"})
        self._boxes = {box.key: box for box in found if box is not None}

    @property
    def exits(self) -> frozenset[str]:
        """The subnets in which what a middlebox let pass comes out."""
        return frozenset(key for box in self._boxes.values() for key in box.subnets)

    def knows(self, target: Target) -> bool:
        """Whether the rules of a target are read: those of a Network Firewall."""
        box = self._find(target.leaf)
        return box is not None and box.firewall is not None

    def ways(self, vpc: str, target: Target, origin: Origin | None) -> list[Way]:
        """Into the middlebox that a route of a VPC leads to, or may lead to."""
        box = self._find(target.leaf)
        if box is not None and box.vpc == vpc and box.key in self._boxes:
            self._used[box.key] = box
            return [Way(self._node(box))]
        self._unseen.add(vpc)
        reason = Unknown(f"what lies behind {target.leaf or target.kind}", origin)
        maybe = gates.perhaps(str(reason), (reason,), origin)
        return [Way(self._fabric.node("middlebox", vpc), (maybe,)), self._beyond(vpc, reason)]

    def join(self, choice: tuple[str, ...], heads: Iterable[Iterable[str]]) -> Iterator[Joint]:
        """What takes packets from one of some subnets, if the ways out of each lead to an endpoint of one firewall."""
        known = {self._node(box): box for box in self._used.values() if box.firewall is not None}
        led = [[known[head] for head in each if head in known] for each in heads]
        firewalls = {box.firewall.key: box.firewall for boxes in led for box in boxes if box.firewall is not None}
        for key, firewall in firewalls.items():
            mine = [[box for box in boxes if box.firewall is firewall] for boxes in led]
            if any(len(boxes) != 1 for boxes in mine):
                continue
            boxes = {box.key: box for (box,) in mine}
            subnets = tuple(sorted({subnet for box in boxes.values() for subnet in box.subnets}))
            if len(subnets) > 1:
                node = self._fabric.node("one-of", "|".join(choice), f"box {key}")
                whole = Box(key, mine[0][0].vpc, subnets, firewall.origin, (), firewall)
                joint = Joint(node, whole, frozenset(map(self._node, boxes.values())))
                self.joints.append(joint)
                yield joint

    def _find(self, leaf: Leaf | None) -> Box | None:
        """What a route's target names."""
        if leaf not in self._found:
            self._found[leaf] = self._read(leaf)
        return self._found[leaf]

    def _read(self, leaf: Leaf | None) -> Box | None:
        """The endpoint, or the interfaces of the machine."""
        inventory = self._fabric.inventory
        for firewall in self._firewalls:
            if (box := self._of_firewall(leaf, firewall)) is not None:
                return box
        resource = inventory.lookup.find(leaf, vpc_endpoint.KIND, *MACHINES)
        if resource is None:
            return None
        if resource.kind == vpc_endpoint.KIND:
            attachments = vpc_endpoint.read(resource, inventory.lookup, []).attachments
            subnets = [inventory.subnet(leaf, resource.address) for each in attachments for leaf in each.subnets]
            return self._box(resource, tuple(dict.fromkeys(subnets)), ())
        faces = tuple(each for each in self._fabric.placed if self._belongs(each, resource))
        subnets = [key for each in faces for key in each.subnets]
        return self._box(resource, tuple(dict.fromkeys(subnets)), faces)

    def _of_firewall(self, leaf: Leaf | None, firewall: Firewall) -> Box | None:
        """The endpoint of a firewall: the one with this id, or one of those in its subnets."""
        inventory = self._fabric.inventory
        found = inventory.lookup.find(leaf, network_firewall.KIND)
        known = firewall.endpoint(leaf) if leaf is not None else None
        if known is None and (found is None or found.address != firewall.key):
            return None
        leaves = firewall.subnets if known is None else (known,)
        subnets = tuple(dict.fromkeys(inventory.subnet(each, firewall.key) for each in leaves))
        homes = {inventory.subnets[key].vpc for key in subnets}
        if len(homes) != 1:
            return None
        key = firewall.key if known is None and len(subnets) > 1 else f"{firewall.key} in {subnets[0]}"
        return Box(key, homes.pop(), subnets, firewall.origin, (), firewall)

    def _box(self, resource: Resource, subnets: tuple[str, ...], faces: tuple[Placed, ...]) -> Box | None:
        homes = {self._fabric.inventory.subnets[key].vpc for key in subnets}
        return Box(resource.address, homes.pop(), subnets, resource.origin, faces) if len(homes) == 1 else None

    def _belongs(self, each: Placed, resource: Resource) -> bool:
        """Whether an interface is the one that was written, or one of the instance that holds it."""
        held = (attachment.resource for attachment in each.owner.attachments)
        return each.owner.id == resource.address or resource.address in held

    def _node(self, box: Box) -> str:
        if len(box.subnets) > 1:
            return self._fabric.node("middlebox", box.key)
        return self._fabric.node("subnet", box.subnets[0], f"box {box.key}")  # lost with its subnet

    # ---- hops -----------------------------------------------------------------------------------------

    def build(self) -> None:
        """The hops out of every middlebox that a route leads to."""
        for box in self._used.values():
            if box.firewall is not None:
                outs = [self._fabric.node("subnet", key, OUT_OF_BOX) for key in box.subnets]
                which = Unknown(f"which endpoint of {box.key} a route leads to", box.origin)
                self._inspect(box, box.firewall, self._node(box), outs, (which,) if len(outs) > 1 else ())
            else:
                self._pass(box)
        for joint in self.joints:
            out = self._fabric.node("one-of", "|".join(joint.subnets), OUT_OF_BOX)
            if joint.box.firewall is not None:
                self._inspect(joint.box, joint.box.firewall, joint.node, [out], ())
        for vpc in sorted(self._unseen):
            for head in self._onward(vpc):
                self._fabric.hop(self._fabric.node("middlebox", vpc), head)

    def _pass(self, box: Box) -> None:
        """On by the tables of its subnets, or beyond the model."""
        fabric, node = self._fabric, self._node(box)
        reason = Unknown(f"what {box.key} lets pass", box.origin)
        maybe = gates.perhaps(box.key, (reason,), box.origin)
        for key in box.subnets:
            fabric.hop(node, fabric.node("subnet", key, OUT_OF_BOX), [maybe])
        way = self._beyond(box.vpc, reason)
        fabric.hop(node, way.head, way.steps)
        for face in box.faces:
            if len(face.subnets) == 1 and not face.v6:
                self._as_itself(box, face.subnets[0], face.party, maybe)

    # ---- Network Firewall -----------------------------------------------------------------------------

    def _inspect(
        self, box: Box, firewall: Firewall, node: str, outs: Sequence[str], which: tuple[Unknown, ...]
    ) -> None:
        """What its rules pass goes on; replies come back to the same endpoint, or perhaps by another way (AWS-64)."""
        fabric = self._fabric
        self._tell(box, firewall)
        inspected, back = f"{node} inspected", f"{node} back"
        places = [fabric.inventory.subnets[key] for key in box.subnets]
        doubts = (*firewall.because, *which)
        steps: list[Step] = [gates.perhaps(box.key, doubts, box.origin)] if doubts else []
        reason = Unknown(f"whether {box.key} passes connections that it sees one direction of", box.origin)
        one_way = gates.perhaps(box.key, (reason,), box.origin)
        entering = list(dict.fromkeys(fabric.acl_perhaps(place, False) for place in places))
        for cell in firewall.cells():
            sources = Filter(gates.only(f"sources of {box.key}", _among(cell), origin=box.origin), End.SOURCE)
            passed = Filter(firewall.forward(cell), End.DESTINATION)
            answered = Filter(firewall.reply(cell), End.DESTINATION)
            fabric.hop(node, inspected, [*steps, sources, *entering, passed, *self._doubtful(box, firewall)])
            for out in outs:
                fabric.hop(back, out, [*steps, sources, *entering, answered])
                fabric.hop(node, out, [*steps, sources, *entering, passed, answered, one_way])
        for out in outs:
            for both_ways in self._both_ways(box, node, back):
                fabric.hop(inspected, out, both_ways)

    def _doubtful(self, box: Box, firewall: Firewall) -> Iterator[Filter]:
        """What is passed perhaps, whatever the rules say: IPv6 without the address type, TCP that half of is seen."""
        if not firewall.dual and any(each.v6 for each in self._fabric.placed):
            reason = Unknown(f"whether {box.key} carries IPv6", box.origin)
            rules = (_allowing(box, Peers(addresses=IPV4)), _allowing(box, EVERYONE, reason))
            yield Filter(_policy(f"{box.key} families", rules, Action.DENY), End.DESTINATION)
        if firewall.mixed:
            reason = Unknown(f"whether both directions come to the stateful rules of {box.key}", box.origin)
            rest = Rule(EVERYONE, ANY - TCP, Action.ALLOW, box.origin)
            rules = (rest, _allowing(box, EVERYONE, reason))
            yield Filter(_policy(f"{box.key} directions", rules, Action.DENY), End.DESTINATION)

    def _tell(self, box: Box, firewall: Firewall) -> None:
        """Say which rules are not read."""
        for reason in firewall.unread:
            message = f"{box.key}: not read: {reason.reason}: it may pass, and it may drop"
            origin = reason.origin or box.origin
            self._fabric.inventory.note("AWS_NOT_MODELLED", message, origin, Effect.OVER_APPROXIMATED, f"vpc/{box.vpc}")

    def _both_ways(self, box: Box, node: str, back: str) -> Iterator[list[Step]]:
        """Steps that change no packet, and make its reply come to the endpoint; one of the ends is of a VPC."""
        parties = {each.party.id: each.party for each in self._fabric.placed}
        parties |= {party.id: party for _, party in self._fabric.translators}
        yield [Translate(End.SOURCE, parties, node, back, box.key, box.origin)]
        yield [_strangers(parties), Translate(End.DESTINATION, parties, node, back, box.key, box.origin)]

    def _as_itself(self, box: Box, subnet: str, party: Party, maybe: Filter) -> None:
        """On in the name of one of its interfaces, as a NAT instance does."""
        fabric, node = self._fabric, self._node(box)
        home, back = f"{node} as {party.id}", f"{node} as {party.id} back"
        translate = Translate(End.SOURCE, {}, home, back, box.key, box.origin, party)
        fabric.hop(node, fabric.node("subnet", subnet, "out"), [maybe, translate])
        mine = gates.only(f"{party.id} address", Peers(frozenset({party.id})), stage=Stage.ROUTE)
        fabric.hop(fabric.node("subnet", subnet), home, [Filter(mine, End.DESTINATION)])
        fabric.hop(back, fabric.node("subnet", subnet, OUT_OF_BOX), [maybe])


def _among(cell: AddressSet) -> Peers:
    return EVERYONE if cell == ANYWHERE else Peers(addresses=cell)


def _allowing(box: Box, peers: Peers, *because: Unknown) -> Rule:
    return Rule(peers, ANY, Action.ALLOW, box.origin, because=because)


def _strangers(parties: dict[str, Party]) -> Filter:
    """Packets from elsewhere than these parties."""
    own = Rule(Peers(frozenset(parties)), ANY, Action.DENY, gates.NOWHERE_WRITTEN)
    return Filter(_policy("addresses outside", (own,), Action.ALLOW), End.SOURCE)


def _policy(name: str, rules: tuple[Rule, ...], otherwise: Action) -> Policy:
    return Policy(name, (Tier(rules, otherwise),), Action.DENY, Stage.GATEWAY, True)
