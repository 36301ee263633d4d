"""A middlebox is what a route sends packets through: an endpoint of firewalls, or an interface that forwards.

https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-load-balancer-endpoints.html (read 2026-11-27)
https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html (read 2026-11-27)

AWS-24 An interface without the source/destination check may forward what a route sends to it, as it is or in its own
       name; replies to its own name come back to it.
AWS-41 A Gateway Load Balancer or Network Firewall may drop, it may not create: what a route sends to its endpoint
       comes out again in the endpoint's subnet and goes on by that subnet's table, possibly.

Not modelled:
- Ways of their own: what a middlebox carries may leave beyond the model as well.
- Groups of a forwarding interface: it is taken to forward all.
- Connections that a middlebox translates to another destination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netaudit.model import End, Filter, Origin, Party, Peers, Resource, Stage, Translate, Unknown
from netaudit.providers.aws import gates, vpc_endpoint
from netaudit.providers.aws.fabric import Fabric, Way
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
    subnets: tuple[str, ...]
    origin: Origin
    faces: tuple[Placed, ...] = ()


class Middleboxes:
    """The middleboxes of a fabric; `beyond` leads out of the model from a VPC, `onward` to all that a VPC has."""

    def __init__(
        self, fabric: Fabric, beyond: Callable[[str, Unknown], Way], onward: Callable[[str], Iterator[str]]
    ) -> None:
        self._fabric = fabric
        self._beyond = beyond
        self._onward = onward
        self._used: dict[str, Box] = {}
        self._unseen: set[str] = set()  # VPCs with routes to middleboxes that the sources do not show
        routes = [route for table in fabric.inventory.tables.values() for route in table.routes]
        targets = dict.fromkeys(route.target for route in routes)
        found = (self._find(target.leaf) for target in targets if target.kind in {"endpoint", "interface"})
        self._boxes = {box.key: box for box in found if box is not None}

    @property
    def exits(self) -> frozenset[str]:
        """The subnets in which what a middlebox let pass comes out."""
        return frozenset(key for box in self._boxes.values() for key in box.subnets)

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

    def _find(self, leaf: Leaf | None) -> Box | None:
        """The endpoint, or the interfaces of the machine, that a route's target names."""
        inventory = self._fabric.inventory
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

    def _box(self, resource: Resource, subnets: tuple[str, ...], faces: tuple[Placed, ...]) -> Box | None:
        homes = {self._fabric.inventory.subnets[key].vpc for key in subnets}
        return Box(resource.address, homes.pop(), subnets, resource.origin, faces) if len(homes) == 1 else None

    def _belongs(self, each: Placed, resource: Resource) -> bool:
        """Whether an interface is the one that was written, or one of the instance that holds it."""
        held = (attachment.resource for attachment in each.owner.attachments)
        return each.owner.id == resource.address or resource.address in held

    def _node(self, box: Box) -> str:
        return self._fabric.node("subnet", box.subnets[0], f"box {box.key}")

    # ---- hops -----------------------------------------------------------------------------------------

    def build(self) -> None:
        """The hops out of every middlebox that a route leads to."""
        for box in self._used.values():
            self._pass(box)
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

    def _as_itself(self, box: Box, subnet: str, party: Party, maybe: Filter) -> None:
        """On in the name of one of its interfaces, as a NAT instance does."""
        fabric, node = self._fabric, self._node(box)
        home, back = f"{node} as {party.id}", f"{node} as {party.id} back"
        translate = Translate(End.SOURCE, {}, home, back, box.key, box.origin, party)
        fabric.hop(node, fabric.node("subnet", subnet, "out"), [maybe, translate])
        mine = gates.only(f"{party.id} address", Peers(frozenset({party.id})), stage=Stage.ROUTE)
        fabric.hop(fabric.node("subnet", subnet), home, [Filter(mine, End.DESTINATION)])
        fabric.hop(back, fabric.node("subnet", subnet, OUT_OF_BOX), [maybe])
