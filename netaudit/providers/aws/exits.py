"""The ways out of a VPC: where each target of a route leads, and the hops that its gateway is made of.

https://docs.aws.amazon.com/vpc/latest/reachability/additional-detail-codes.html (read 2026-11-27)

A target that is not modelled, or not in the sources, leads *beyond*: perhaps to every other VPC of the realm,
to private addresses outside, and to the internet. Nothing that such a route carries is ever taken as blocked,
and nothing as certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netaudit.flows import IPV4, PUBLIC
from netaudit.model import OUTSIDE, Effect, End, Filter, Origin, Party, Peers, Stage, Step, Translate, Unknown
from netaudit.providers.aws import (
    gates,
    gateway_table,
    interface,
    nat64,
    nat_gateway,
    peering,
    private_gateway,
    route_table,
)
from netaudit.providers.aws.fabric import INTERNET, Fabric, Way, lost
from netaudit.providers.aws.internet_exits import InternetExits, Nats, one_way_out
from netaudit.providers.aws.internet_gateway import Gateway
from netaudit.providers.aws.lookup import missing
from netaudit.providers.aws.middlebox import OUT_OF_BOX, Joint, Middleboxes
from netaudit.providers.aws.peering import Peering
from netaudit.providers.aws.route_table import Target
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.transit import Transit
from netaudit.providers.aws.values import Fields, Leaf

_DOORS = (
    "aws_vpn_gateway",
    "aws_vpn_gateway_attachment",
    "aws_networkmanager_vpc_attachment",
    "aws_ec2_local_gateway_route_table_vpc_association",
    "aws_ec2_carrier_gateway",
)
_MACHINES = ("aws_instance", "aws_spot_instance_request", "aws_network_interface")


class Exits:
    """Builds the gateways of a fabric, and tells where targets lead."""

    def __init__(self, fabric: Fabric, nats: Nats) -> None:
        self._fabric = fabric
        self._inventory = fabric.inventory
        self._nats = nats
        self._beyond: set[str] = set()
        self._told: set[str] = set()
        self._transit = Transit(fabric, self._to_beyond)
        found = private_gateway.collect(self._inventory.lookup, self._inventory.notes, self._inventory.on_premises)
        self._private = {each.key: (each, self._inventory.vpc(each.vpc, each.key)) for each in found}
        self._boxes = Middleboxes(fabric, self._to_beyond, self._onward)
        self._internet = InternetExits(fabric, nats, self._inward)

    @property
    def choices(self) -> set[tuple[str, ...]]:
        """Sets of subnets by one of which gateways enter a VPC."""
        return self._transit.choices

    @property
    def joint_exits(self) -> set[tuple[str, ...]]:
        """Sets of subnets in one of which what a firewall's endpoints of several zones let pass comes out."""
        return {joint.subnets for joint in self._boxes.joints}

    def joint(self, choice: tuple[str, ...], heads: Iterable[Iterable[str]]) -> Iterator[Joint]:
        """The firewalls to which the ways out of all of some subnets lead, where a flow keeps to one (AWS-64)."""
        return self._boxes.join(choice, heads) if self._transit.sticks(choice) else iter(())

    @property
    def entries(self) -> Mapping[str, tuple[str, ...]]:
        """The subnets by which each attachment of a transit gateway is entered."""
        return self._transit.entries

    @property
    def internet_gateways(self) -> Iterator[tuple[str, Gateway]]:
        """The internet gateways, each with its VPC; also those that only a route names."""
        return self._internet.gateways()

    @property
    def egress_only(self) -> Iterable[Gateway]:
        """The egress-only ones."""
        return self._internet.egress_only.values()

    @property
    def private(self) -> tuple[private_gateway.PrivateGateway, ...]:
        """The virtual private gateways."""
        return tuple(gateway for gateway, _ in self._private.values())

    def closed_inward(self, vpc: str) -> Iterator[Step]:
        """What Block Public Access does to connections from the internet into a VPC (AWS-29)."""
        return self._internet.closed_inward(vpc)

    def sides(self, subnet: str) -> dict[str, frozenset[str]]:
        """The places at which packets leave a subnet, and the kinds of targets that may refuse them there.

        `out` is for its own interfaces. What comes `through` a transit gateway, or goes `back` from a NAT gateway
        to a client, was sent by another VPC perhaps: no page says that a further gateway takes it (AWS-31).
        """
        found: dict[str, frozenset[str]] = {"out": frozenset()}
        if subnet in self._transit.entered:
            found["through"] = frozenset({"transit", "peering"})
        if any(home == subnet for _, home, _, _ in self._nats.values()):
            found["back"] = frozenset({"peering"})
        if subnet in self._boxes.exits:
            found[OUT_OF_BOX] = frozenset({"peering"})
        return found

    def sides_of_choice(self, choice: tuple[str, ...]) -> dict[str, frozenset[str]]:
        """The same for one of several subnets."""
        kept = ("out", "through") if choice in self.choices else ("out",)
        return {side: doubtful for side, doubtful in self.sides(choice[0]).items() if side in kept}

    def transit(self) -> None:
        """The hops of every transit gateway."""
        self._transit.build()

    # ---- where a target leads -------------------------------------------------------------------------

    def ways(self, place: Subnet, target: Target, origin: Origin | None) -> list[Way]:
        """Where what leaves `place` by `target` goes."""
        if target == route_table.LOCAL:
            return [Way(self._fabric.node("vpc", place.vpc))]
        if target == route_table.BLACKHOLE:
            return [lost(place.key, "BAD_STATE_ROUTE", "the route is a blackhole", origin)]
        if target.kind == "unknown":
            return self._anywhere(place, origin)
        finders = {
            "gateway": self._gateway,
            "nat": self._nat,
            "peering": self._peering,
            "egress-only": self._internet.egress,
            "transit": self._transit.ways,
            "service": self._internet.service,
            "interface": self._interface,
            "endpoint": self._box,
        }
        finder = finders.get(target.kind)
        found = finder(place, target.leaf, origin) if finder and target.leaf is not None else None
        return found if found is not None else self._outward(place, target, origin)

    def _anywhere(self, place: Subnet, origin: Origin | None) -> list[Way]:
        """Every candidate of a target that is unknown; the route's own rules are inexact already."""
        ways = [self._internet.way(place.vpc)] if self._internet.has(place.vpc) else []
        for key in self._nats:
            ways += self._nat(place, key, None) or []
        for each in self._inventory.peerings:
            ways += self._peering(place, each.key, origin) or []
        for gateway in self._inventory.transits:
            ways += self._transit.ways(place, gateway.key, origin) or []
        reason = Unknown("the target of a route", origin if origin and origin.file else None)
        return [*ways, self._to_beyond(place.vpc, reason)]

    def _outward(self, place: Subnet, target: Target, origin: Origin | None) -> list[Way]:
        self._tell(place.vpc, target, origin)
        what = f"{target.leaf or target.kind}"
        return [self._to_beyond(place.vpc, Unknown(f"what lies behind {what}", origin))]

    def _tell(self, vpc: str, target: Target, origin: Origin | None) -> None:
        """Say once that what a target carries is not known."""
        what = f"{target.leaf or target.kind}"
        if what not in self._told:
            self._told.add(what)
            message = (
                f"routes to {what} ({target.kind}) lead beyond the model: what they carry is possible, never certain"
            )
            effect = Effect.OVER_APPROXIMATED
            self._inventory.note("AWS_ROUTE_BEYOND_MODEL", message, origin, effect, f"vpc/{vpc}")

    # ---- gateways and interfaces ----------------------------------------------------------------------

    def _gateway(self, place: Subnet, leaf: Leaf, origin: Origin | None) -> list[Way] | None:
        find = self._inventory.lookup.find
        owned = find(leaf, private_gateway.KIND)
        if owned is not None and owned.address in self._private:
            gateway, home = self._private[owned.address]
            return [private_gateway.way(self._fabric, gateway)] if home == place.vpc else None
        if find(leaf, nat_gateway.KIND) is not None:
            return self._nat(place, leaf, origin)  # the API takes it under this name, too
        return self._internet.gateway(place, leaf)

    def internet(self) -> None:
        """The hops of everything that leads to the internet."""
        self._internet.build()

    def _interface(self, place: Subnet, leaf: Leaf, origin: Origin | None) -> list[Way]:
        """An interface drops what is not for itself, unless its check is off: then it may forward (AWS-24)."""
        checked = self._checked(place.vpc, leaf)
        return self._box(place, leaf, origin, "interface") if checked is None else checked

    def _box(self, place: Subnet, leaf: Leaf, origin: Origin | None, kind: str = "endpoint") -> list[Way]:
        """Through a middlebox (AWS-41)."""
        target = Target(kind, leaf)
        if not self._boxes.knows(target):
            self._tell(place.vpc, target, origin)
        return self._boxes.ways(place.vpc, target, origin)

    def _inward(self, vpc: str, target: Target, origin: Origin | None) -> list[Way]:
        """Where a route of a gateway's own table leads (AWS-23)."""
        if target == route_table.BLACKHOLE:
            return []
        checked = self._checked(vpc, target.leaf) if target.kind == "interface" and target.leaf is not None else None
        if checked is not None:
            return checked
        if not self._boxes.knows(target):
            self._tell(vpc, target, origin)
        return self._boxes.ways(vpc, target, origin)

    def _onward(self, vpc: str) -> Iterator[str]:
        """The gateways and peerings of a VPC."""
        node, inventory = self._fabric.node, self._inventory
        yield from self._internet.of(vpc)
        yield from (node("nat", key) for key, (_, home, _, _) in self._nats.items() if self._home(home) == vpc)
        yield from (node("pcx", each.key, vpc) for each in inventory.peerings if vpc in self._sides(each))
        attached = (each for gateway in inventory.transits for each in gateway.at(vpc))
        yield from (node("tgw", each.key, "in") for each in attached)
        yield from (
            private_gateway.way(self._fabric, each).head for each, home in self._private.values() if home == vpc
        )

    def _checked(self, vpc: str, leaf: Leaf) -> list[Way] | None:
        """To an interface that keeps its check: what is addressed to itself, and nothing else; None for others."""
        found = self._inventory.lookup.find(leaf, "aws_network_interface", "aws_instance")
        if found is None or not interface.checks_destination(found, self._inventory.lookup, self._inventory.notes):
            return None
        mine = [each for each in self._fabric.placed if vpc in each.vpcs]
        own = [each for each in mine if each.owner.id == found.address]  # an attached one is its instance
        itself = Peers(frozenset(each.party.id for each in own or mine if each.owner.kind in _MACHINES))
        gate = gates.only(found.address, itself, "ENI_SOURCE_DEST_CHECK_RESTRICTION", origin=found.origin)
        return [Way(self._fabric.node("vpc", vpc), (Filter(gate, End.DESTINATION),))]

    def _home(self, subnet: str) -> str:
        return self._inventory.subnets[subnet].vpc

    # ---- NAT ------------------------------------------------------------------------------------------

    def _nat(self, place: Subnet, leaf: Leaf, origin: Origin | None) -> list[Way] | None:
        found = self._inventory.lookup.find(leaf, nat_gateway.KIND)
        key = found.address if found is not None else str(leaf)
        if key not in self._nats:
            return None
        _, home, _, _ = self._nats[key]
        if home == place.key:
            return self._loop(place, key, origin)
        if self._home(home) != place.vpc:
            return None
        entering = self._fabric.acl(self._inventory.subnets[home], False)
        return [Way(self._fabric.node("nat", key), (entering,))]

    def _loop(self, place: Subnet, key: str, origin: Origin | None) -> list[Way]:
        message = f"{place.key} routes to {key}, which is in that very subnet: a loop"
        if origin is not None and message not in self._told:
            self._told.add(message)
            self._inventory.note("AWS_NAT_LOOP", message, origin, Effect.IGNORED)
        return [lost(key, "AWS_NAT_LOOP", "it is in the very subnet that routes to it: a loop", origin)]

    def nats(self) -> None:
        """The hops of every NAT gateway: in, translated, out of its subnet; replies home and back (AWS-27)."""
        fabric = self._fabric
        for key, (nat, home, party, _) in self._nats.items():
            arrival, back = fabric.node("nat", key, "home"), fabric.node("nat", key, "back")
            carried = gates.only(
                key,
                Peers(everyone=True),
                "PROTOCOL_RESTRICTION",
                traffic=nat_gateway.CARRIES,
                origin=nat.origin,
                stateful=True,
            )
            translate = Translate(End.SOURCE, {}, arrival, back, key, nat.origin, party, nat.because)
            steps: list[Step] = [Filter(gates.V4, End.DESTINATION), Filter(carried, End.SOURCE), translate]
            fabric.hop(fabric.node("nat", key), fabric.node("subnet", home, "out"), steps)
            mine = gates.only(f"{key} address", Peers(frozenset({party.id})), stage=Stage.ROUTE)
            fabric.hop(fabric.node("subnet", home), arrival, [Filter(mine, End.DESTINATION)])
            # The client may be anywhere that the gateway's subnet has a route to, behind a transit gateway too.
            fabric.hop(back, fabric.node("subnet", home, "back"))
        nat64.wire(fabric, self._nat64)

    def _nat64(self, place: Subnet, target: Target, origin: Origin | None) -> list[Way]:
        """The NAT gateways that a target leads to: the one that it names, or else any of them (AWS-61)."""
        if target.kind == "nat" and target.leaf is not None and (named := self._nat(place, target.leaf, origin)):
            return named
        reason = Unknown(f"which NAT gateway lies behind {target.leaf or target.kind}", origin)
        everywhere = [Way(self._fabric.node("nat", key)) for key in self._nats]
        return [*everywhere, self._to_beyond(place.vpc, reason)]

    # ---- peering --------------------------------------------------------------------------------------

    def _peering(self, place: Subnet, leaf: Leaf, _: Origin | None) -> list[Way] | None:
        inventory = self._inventory
        each = peering.named(inventory.lookup, inventory.peerings, leaf, inventory.notes)
        if each is None or place.vpc not in self._sides(each):
            return None
        return [Way(self._fabric.node("pcx", each.key, place.vpc))]

    def _sides(self, each: Peering) -> set[str]:
        return {side for pair in self._inventory.pairs(each) for side in pair}

    def peerings(self) -> None:
        """From each side of a peering only into the other VPC: nothing beyond it can be used (AWS-30, AWS-31)."""
        fabric = self._fabric
        for each in self._inventory.peerings:
            pairs = self._inventory.pairs(each)
            doubts = (
                each.because
                if len(pairs) == 1
                else (*each.because, Unknown(f"which VPCs {each.key} joins", each.origin))
            )
            for near, far in dict.fromkeys(way for one, other in pairs for way in ((one, other), (other, one))):
                node = fabric.node("pcx", each.key, near)
                peers = Peers(fabric.locals(far))
                code = "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"
                gate = gates.only(each.key, peers, code, origin=each.origin, because=doubts)
                fabric.hop(node, fabric.node("vpc", far), [Filter(gate, End.DESTINATION)])
                if not self._inventory.vpcs[far].declared:
                    reason = missing(far, each.origin)
                    maybe = gates.perhaps(each.key, (reason,), each.origin)
                    fabric.hop(node, OUTSIDE, [Filter(gates.PRIVATE, End.DESTINATION), maybe])
                    fabric.hop(
                        OUTSIDE, fabric.node("pcx", each.key, f"{near}:in"), [Filter(gates.PRIVATE, End.SOURCE), maybe]
                    )
                    fabric.hop(
                        fabric.node("pcx", each.key, f"{near}:in"), fabric.node("vpc", near), [fabric.to_locals(near)]
                    )

    # ---- beyond the model -----------------------------------------------------------------------------

    def _to_beyond(self, vpc: str, reason: Unknown) -> Way:
        self._beyond.add(vpc)
        return Way(self._fabric.node("beyond", vpc), (gates.perhaps(str(reason), (reason,), reason.origin),))

    @property
    def open_vpcs(self) -> list[str]:
        """The VPCs from which, and into which, ways lead that are not modelled."""
        vpcs = self._inventory.vpcs
        attached = set(self._attached())
        return sorted({*self._beyond, *attached, *(key for key, each in vpcs.items() if not each.declared)})

    def beyond(self) -> None:
        """What unmodelled ways may reach from each VPC that has one, and what may come in by them.

        Outside of the model they lead to private addresses only, which is assumed (`BEYOND_IS_PRIVATE`).
        """
        fabric = self._fabric
        vpcs = self._inventory.vpcs
        for gateway, home in self._private.values():
            entering = gateway_table.enter(
                fabric, fabric.node("vgw", gateway.key, "edge"), home, [gateway.key], self._inward
            )
            private_gateway.wire(fabric, gateway, home, entering)
        self._boxes.build()
        for vpc in self.open_vpcs:
            reason = Unknown(f"what lies beyond {vpc}", vpcs[vpc].origin)
            maybe = gates.perhaps(f"beyond {vpc}", (reason,))
            node, inward, router = fabric.node("beyond", vpc), fabric.node("beyond", vpc, "in"), fabric.node("vpc", vpc)
            for other in sorted(vpcs):
                fabric.hop(node, fabric.brought(other), (fabric.to_locals(other), maybe))
            fabric.hop(node, OUTSIDE, [Filter(gates.PRIVATE, End.DESTINATION), maybe])
            fabric.hop(OUTSIDE, inward, [Filter(gates.PRIVATE, End.SOURCE), maybe])
            fabric.hop(inward, router, [fabric.to_locals(vpc)])
            parties = {each.party.id: each.party for each in fabric.placed if vpc in each.vpcs}
            public: list[Filter] = [Filter(gates.PUBLIC_ANY, End.DESTINATION), maybe]
            one_way_out(fabric, node, vpc, parties, public, f"beyond {vpc}", because=(reason,))
            self._as_somebody(vpc, maybe, reason)
            if not vpcs[vpc].declared:
                fabric.hop(router, node, [maybe])
        self._undeclared()

    def _as_somebody(self, vpc: str, maybe: Filter, reason: Unknown) -> None:
        """To the internet in the name of a translator that the sources do not show: with any public address."""
        fabric = self._fabric
        node, home = fabric.node("beyond", vpc), fabric.node("beyond", vpc, "somebody")
        somebody = Party(f"{fabric.prefix}{vpc}@beyond", PUBLIC & IPV4, reason)
        translate = Translate(End.SOURCE, {}, home, fabric.node("vpc", vpc), f"beyond {vpc}", None, somebody)
        fabric.hop(node, INTERNET, [Filter(gates.PUBLIC_V4, End.DESTINATION), maybe, translate])
        mine = gates.only(f"replies beyond {vpc}", Peers(frozenset({somebody.id})))
        fabric.hop(INTERNET, home, [Filter(mine, End.DESTINATION)])

    def _attached(self) -> Iterator[str]:
        """VPCs with an unmodelled attachment: it may send even where no route leads back (AWS-36, AWS-38)."""
        for resource in self._inventory.lookup.of_kind(*_DOORS):
            fields = Fields.of(resource, self._inventory.notes)
            leaf = fields.leaf("vpc_id") or fields.leaf("vpc_arn")
            gateway = self._inventory.lookup.find(fields.leaf("vpn_gateway_id"), private_gateway.KIND) or resource
            if isinstance(leaf, Unknown):
                yield from self._inventory.vpcs  # of any of them
            elif leaf is not None and gateway.address not in self._private:
                yield self._inventory.vpc(leaf, resource.address)
        yield from self._transit.open_to_others()

    def _undeclared(self) -> None:
        """A VPC that the sources only refer to may be any other one under another name, or joined to it."""
        fabric = self._fabric
        vpcs = self._inventory.vpcs
        strange = [key for key, each in vpcs.items() if not each.declared and fabric.locals(key)]
        for key in strange:
            maybe = gates.perhaps(f"whether {key} is joined", (missing(key, None),))
            for other in vpcs:
                if other != key:
                    fabric.hop(fabric.node("vpc", other), fabric.brought(key), [fabric.to_locals(key), maybe])
