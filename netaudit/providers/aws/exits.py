"""The ways out of a VPC: where each target of a route leads, and the hops that its gateway is made of.

A target that is not modelled, or not in the sources, leads *beyond*: perhaps to every other VPC of the realm,
to private addresses outside, and to the internet. Nothing that such a route carries is ever taken as blocked,
and nothing as certain.
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import OUTSIDE, Effect, End, Filter, Origin, Party, Peers, Ref, Stage, Step, Translate, Unknown
from netaudit.providers.aws import (
    gates,
    interface,
    internet_gateway,
    nat_gateway,
    peering,
    private_gateway,
    route_table,
    vpc_endpoint,
)
from netaudit.providers.aws.fabric import INTERNET, Fabric, Way
from netaudit.providers.aws.internet_gateway import Gateway
from netaudit.providers.aws.lookup import missing
from netaudit.providers.aws.peering import Peering
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.route_table import Target
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.transit import Transit
from netaudit.providers.aws.values import Fields, Leaf

_MACHINES = ("aws_instance", "aws_network_interface")


class Exits:
    """Builds the gateways of a fabric, and tells where targets lead."""

    def __init__(
        self, fabric: Fabric, nats: dict[str, tuple[nat_gateway.NatGateway, str, Party, Party | None]]
    ) -> None:
        self._fabric = fabric
        self._inventory = fabric.inventory
        self._nats = nats
        self._beyond: set[str] = set()
        self._told: set[str] = set()
        self._transit = Transit(fabric, self._to_beyond)
        found = private_gateway.collect(self._inventory.lookup, self._inventory.notes)
        self._private = {each.key: (each, self._inventory.vpc(each.vpc, each.key)) for each in found}
        self._internet: dict[str, list[Gateway]] = {}
        self._egress_only: dict[str, Gateway] = {}
        for gateway in self._inventory.gateways:
            home = self._inventory.vpc(gateway.vpc, gateway.key)
            resource = self._inventory.lookup.by_address.get(gateway.key)
            if resource is not None and resource.kind == internet_gateway.EGRESS_ONLY:
                self._egress_only[gateway.key] = gateway
            else:
                self._internet.setdefault(home, []).append(gateway)

    @property
    def choices(self) -> set[tuple[str, ...]]:
        """Sets of subnets by one of which gateways enter a VPC."""
        return self._transit.choices

    def transit(self) -> None:
        """The hops of every transit gateway."""
        self._transit.build()

    # ---- where a target leads -------------------------------------------------------------------------

    def ways(self, place: Subnet, target: Target, origin: Origin | None) -> list[Way]:
        """Where what leaves `place` by `target` goes."""
        if target == route_table.LOCAL:
            return [Way(self._fabric.node("vpc", place.vpc))]
        if target == route_table.BLACKHOLE:
            return []
        if target.kind == "unknown":
            return self._anywhere(place, origin)
        finders = {
            "gateway": self._gateway,
            "nat": self._nat,
            "peering": self._peering,
            "egress-only": self._egress,
            "transit": self._transit.ways,
            "service": self._service,
            "interface": self._checked,
        }
        finder = finders.get(target.kind)
        found = finder(place, target.leaf, origin) if finder and target.leaf is not None else None
        return found if found is not None else self._outward(place, target, origin)

    def _anywhere(self, place: Subnet, origin: Origin | None) -> list[Way]:
        """Every candidate of a target that is unknown; the route's own rules are inexact already."""
        ways = [self._to_internet(place.vpc)] if self._has_internet(place.vpc) else []
        for key in self._nats:
            ways += self._nat(place, key, None) or []
        for each in self._inventory.peerings:
            ways += self._peering(place, each.key, origin) or []
        for gateway in self._inventory.transits:
            ways += self._transit.ways(place, gateway.key, origin) or []
        reason = Unknown("the target of a route", origin if origin and origin.file else None)
        return [*ways, self._to_beyond(place.vpc, reason)]

    def _outward(self, place: Subnet, target: Target, origin: Origin | None) -> list[Way]:
        what = f"{target.leaf or target.kind}"
        if what not in self._told:
            self._told.add(what)
            message = (
                f"routes to {what} ({target.kind}) lead beyond the model: what they carry is possible, never certain"
            )
            effect = Effect.OVER_APPROXIMATED
            self._inventory.note("AWS_ROUTE_BEYOND_MODEL", message, origin, effect, f"vpc/{place.vpc}")
        return [self._to_beyond(place.vpc, Unknown(f"what lies behind {what}", origin))]

    # ---- the internet ---------------------------------------------------------------------------------

    def _has_internet(self, vpc: str) -> bool:
        return vpc in self._internet or not self._inventory.vpcs[vpc].declared

    def _to_internet(self, vpc: str) -> Way:
        return Way(self._fabric.node("igw", vpc, "out"))

    def _gateway(self, place: Subnet, leaf: Leaf, origin: Origin | None) -> list[Way] | None:
        find = self._inventory.lookup.find
        declared = find(leaf, internet_gateway.KIND)
        if declared is not None:
            attached = any(each.key == declared.address for each in self._internet.get(place.vpc, ()))
            if not attached and self._inventory.vpcs[place.vpc].declared:
                self._internet.setdefault(place.vpc, []).append(self._unattached(declared.address, place))
            return [self._to_internet(place.vpc)]
        owned = find(leaf, private_gateway.KIND)
        if owned is not None and owned.address in self._private:
            gateway, home = self._private[owned.address]
            return [private_gateway.way(self._fabric, gateway)] if home == place.vpc else None
        if find(leaf, nat_gateway.KIND) is not None:
            return self._nat(place, leaf, origin)  # the API takes it under this name, too
        named = str(leaf)
        if named.startswith("igw-") or "internet_gateway" in named:
            if place.vpc not in self._internet:
                # The API takes only a gateway that is attached to this very VPC.
                self._internet[place.vpc] = [Gateway(named, place.vpc, place.origin or gates.NOWHERE_WRITTEN)]
            return [self._to_internet(place.vpc)]
        return None

    def _unattached(self, key: str, place: Subnet) -> Gateway:
        origin = place.origin or gates.NOWHERE_WRITTEN
        return Gateway(key, place.vpc, origin, (Unknown(f"whether {key} is attached to {place.vpc}", origin),))

    def internet(self) -> None:
        """The hops of every internet gateway (AWS-25), and between the internet and the outside."""
        fabric = self._fabric
        for vpc in sorted(self._inventory.vpcs):
            if self._has_internet(vpc):
                self._internet_gateway(vpc)
        for gateway in self._egress_only.values():
            self._egress_only_gateway(gateway)
        for each in self._inventory.endpoints:
            self._gateway_endpoint(each)
        fabric.hop(OUTSIDE, INTERNET, [Filter(gates.PUBLIC_ANY, End.SOURCE)])
        fabric.hop(INTERNET, OUTSIDE, [Filter(gates.PUBLIC_ANY, End.DESTINATION)])

    def _internet_gateway(self, vpc: str) -> None:
        fabric = self._fabric
        gateways = self._internet.get(vpc, [])
        doubts = _shared_doubts(gateways, vpc)
        outward, inward, router = fabric.node("igw", vpc, "out"), fabric.node("igw", vpc, "in"), fabric.node("vpc", vpc)
        origin = gateways[0].origin if gateways else None
        name = gateways[0].key if gateways else f"internet gateway of {vpc}"
        mine = [each for each in fabric.placed if vpc in each.vpcs]
        translators = {
            party.id: face for nat, home, party, face in self._nats.values() if face and self._home(home) == vpc
        }
        sure = {e.party.id: e.public for e in mine if e.public and not e.public_because and len(e.vpcs) == 1}
        unsure = {e.party.id: e.public for e in mine if e.public and e.party.id not in sure}
        because = tuple(dict.fromkeys(r for e in mine if e.party.id in unsure for r in e.public_because))
        blocked_in, blocked_out = self._blocked(vpc, origin)
        steered = tuple(self._inventory.steered)
        for faces, reasons, natted in ((sure, (), False), (unsure, because, False), (translators, (), True)):
            if not faces:
                continue
            maybe = (*doubts, *reasons)
            known = {key: face for key, face in faces.items() if face is not None}
            translate = Translate(
                End.SOURCE, known, inward, router, name, origin, None, maybe, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
            )
            fabric.hop(outward, INTERNET, [Filter(gates.PUBLIC_V4, End.DESTINATION), *blocked_out(natted), translate])
            peers = Peers(frozenset(face.id for face in known.values()))
            code = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
            arriving = Filter(
                gates.only(f"{name} addresses", peers, code, origin=origin, because=doubts), End.DESTINATION
            )
            fabric.hop(INTERNET, inward, [Filter(gates.V4, End.SOURCE), arriving, *blocked_in(natted)])
            back = {face.id: self._party(key, mine) for key, face in known.items() if not natted}
            if back:
                arrive = Translate(End.DESTINATION, back, outward, INTERNET, name, origin, None, steered)
                fabric.hop(inward, router, [arrive])
        if not sure and not unsure and not translators:
            # Nobody has a public address: say so where a packet tries.
            empty = Translate(End.SOURCE, {}, inward, router, name, origin, code="IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS")
            fabric.hop(outward, INTERNET, [Filter(gates.PUBLIC_V4, End.DESTINATION), empty])
        self._internet_v6(vpc, mine, doubts, origin)

    def _internet_v6(self, vpc: str, mine: list[Placed], doubts: tuple[Unknown, ...], origin: Origin | None) -> None:
        """IPv6 addresses are public: no translation, the groups, ACLs and routes alone decide (AWS-53)."""
        parties = frozenset(each.party.id for each in mine if each.v6)
        if not parties:
            return
        blocked_in, blocked_out = self._blocked(vpc, origin)
        fabric = self._fabric
        peers = gates.only(f"{vpc} IPv6 addresses", Peers(parties), because=doubts, origin=origin)
        outward: list[Step] = [Filter(gates.PUBLIC_V6, End.DESTINATION), Filter(peers, End.SOURCE), *blocked_out(False)]
        inward: list[Step] = [Filter(gates.PUBLIC_V6, End.SOURCE), Filter(peers, End.DESTINATION), *blocked_in(False)]
        if self._inventory.steered:
            inward.append(gates.perhaps("gateway route table", tuple(self._inventory.steered), origin))
        fabric.hop(fabric.node("igw", vpc, "out"), INTERNET, outward)
        fabric.hop(INTERNET, fabric.node("vpc", vpc), inward)

    def _party(self, key: str, mine: list[Placed]) -> Party:
        return next(each.party for each in mine if each.party.id == key)

    def _home(self, subnet: str) -> str:
        return self._inventory.subnets[subnet].vpc

    def _blocked(self, vpc: str, origin: Origin | None) -> tuple[_Gate, _Gate]:
        """What Block Public Access does inward and outward; NAT gateways are spared by `block-ingress` (AWS-29)."""
        access = internet_gateway.read_block(self._inventory.lookup, [])
        if access is None or access.mode == "off":
            return _Gate(()), _Gate(())
        spared = [self._inventory.lookup.find(leaf, "aws_vpc", "aws_subnet") for leaf in access.spared]
        code, name = "VPC_BLOCK_PUBLIC_ACCESS_ENABLED", "block public access"
        homes = {resource.address for resource in spared if resource is not None}
        subnets = {key for key, each in self._inventory.subnets.items() if each.vpc == vpc}
        unresolved = any(resource is None for resource in spared)
        if vpc in homes:
            return _Gate(()), _Gate(())
        reason = Unknown(f"{name}: {access.mode}", access.origin)
        maybe = gates.perhaps(name, (reason,), origin)
        if isinstance(access.mode, Unknown) or unresolved or homes & subnets:
            return _Gate((maybe,)), _Gate((maybe,))
        closed = gates.shut(name, code, access.origin)
        if access.mode == "block-ingress":
            return _Gate((closed,), ()), _Gate((maybe,), ())
        return _Gate((closed,)), _Gate((closed,))

    def _egress(self, place: Subnet, leaf: Leaf, _: Origin | None) -> list[Way] | None:
        found = self._inventory.lookup.find(leaf, internet_gateway.EGRESS_ONLY)
        gateway = self._egress_only.get(found.address) if found is not None else None
        if found is None or gateway is None or self._inventory.vpc(gateway.vpc, gateway.key) != place.vpc:
            return None
        return [Way(self._fabric.node("eigw", found.address))]

    def _egress_only_gateway(self, gateway: Gateway) -> None:
        """IPv6 outward only: replies come back to a place that leads nowhere else (AWS-28)."""
        fabric = self._fabric
        home = self._inventory.vpc(gateway.vpc, gateway.key)
        parties = {each.party.id: each.party for each in fabric.placed if each.v6 and home in each.vpcs}
        steps = [Filter(gates.PUBLIC_V6, End.DESTINATION)]
        node = fabric.node("eigw", gateway.key)
        self._one_way_out(node, home, parties, steps, gateway.key, origin=gateway.origin, because=gateway.because)

    def _service(self, _: Subnet, leaf: Leaf, __: Origin | None) -> list[Way] | None:
        return [Way(self._fabric.node("endpoint", leaf.address))] if isinstance(leaf, Ref) else None

    def _checked(self, place: Subnet, leaf: Leaf, _: Origin | None) -> list[Way] | None:
        """An interface drops what is not for itself, unless its check is off: then it may forward (AWS-24)."""
        found = self._inventory.lookup.find(leaf, "aws_network_interface", "aws_instance")
        if found is None or not interface.checks_destination(found, self._inventory.lookup, self._inventory.notes):
            return None
        mine = [each for each in self._fabric.placed if place.vpc in each.vpcs]
        own = [each for each in mine if each.owner.id == found.address]  # an attached one is its instance
        itself = Peers(frozenset(each.party.id for each in own or mine if each.owner.kind in _MACHINES))
        gate = gates.only(found.address, itself, "ENI_SOURCE_DEST_CHECK_RESTRICTION", origin=found.origin)
        return [Way(self._fabric.node("vpc", place.vpc), (Filter(gate, End.DESTINATION),))]

    def _gateway_endpoint(self, endpoint: vpc_endpoint.GatewayEndpoint) -> None:
        """An S3 or DynamoDB endpoint: some public addresses, TCP and echo, from the tables it names (AWS-40)."""
        fabric = self._fabric
        node = fabric.node("endpoint", endpoint.key)
        home = self._inventory.vpc(endpoint.vpc, endpoint.key)
        parties = {each.party.id: each.party for each in fabric.placed if home in each.vpcs and not each.v6}
        carried = gates.only(
            endpoint.key,
            Peers(everyone=True),
            "VPCE_GATEWAY_PROTOCOL_RESTRICTION",
            traffic=route_table.ENDPOINT_CARRIES,
            origin=endpoint.origin,
            stateful=True,
            because=() if endpoint.blocks else (Unknown(f"which addresses {endpoint.key} takes", endpoint.origin),),
        )
        steps = [Filter(gates.PUBLIC_V4, End.DESTINATION), Filter(carried, End.DESTINATION)]
        self._one_way_out(node, home, parties, steps, endpoint.key, origin=endpoint.origin, because=endpoint.because)
        for subnet in self._inventory.subnets.values() if not endpoint.blocks else ():
            if self._uses(subnet, endpoint):
                fabric.hop(fabric.node("subnet", subnet.key, "out"), node, [fabric.acl(subnet, True)])

    def _uses(self, subnet: Subnet, endpoint: vpc_endpoint.GatewayEndpoint) -> bool:
        table = self._inventory.table_for(subnet)
        found = (
            self._inventory.lookup.find(leaf, "aws_route_table", "aws_default_route_table") for leaf in endpoint.tables
        )
        return any(each is None or each.address == table.key for each in found)

    def _one_way_out(
        self,
        node: str,
        vpc: str,
        parties: dict[str, Party],
        steps: list[Filter],
        name: str,
        *,
        origin: Origin | None = None,
        because: tuple[Unknown, ...] = (),
    ) -> None:
        """A way to the internet that lets replies in and nothing else, without changing an address."""
        fabric = self._fabric
        home = f"{node}:home"
        translate = Translate(
            End.SOURCE, parties, home, fabric.node("vpc", vpc), name, origin, None, because, "CANNOT_ROUTE"
        )
        fabric.hop(node, INTERNET, [*steps, translate])
        replies = gates.only(f"replies through {name}", Peers(frozenset(parties)), origin=origin)
        fabric.hop(INTERNET, home, [Filter(replies, End.DESTINATION)])

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
        return []

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
            fabric.hop(back, fabric.node("subnet", home, "out"))

    # ---- peering --------------------------------------------------------------------------------------

    def _peering(self, place: Subnet, leaf: Leaf, _: Origin | None) -> list[Way] | None:
        found = self._inventory.lookup.find(leaf, peering.KIND, f"{peering.KIND}_accepter")
        if found is not None and found.kind.endswith("_accepter"):
            named = Fields.of(found, self._inventory.notes).leaf("vpc_peering_connection_id")
            found = self._inventory.lookup.find(named, peering.KIND)
        each = next((p for p in self._inventory.peerings if found is not None and p.key == found.address), None)
        if each is None or place.vpc not in self._sides(each):
            return None
        return [Way(self._fabric.node("pcx", each.key, place.vpc))]

    def _sides(self, each: Peering) -> tuple[str, str]:
        inventory = self._inventory
        sides = (each.requester, each.accepter)
        one, other = (inventory.vpc(leaf or Unknown("a peer VPC"), f"{each.key} peer") for leaf in sides)
        return one, other

    def peerings(self) -> None:
        """From each side of a peering only into the other VPC: nothing beyond it can be used (AWS-30, AWS-31)."""
        fabric = self._fabric
        for each in self._inventory.peerings:
            one, other = self._sides(each)
            for near, far in ((one, other), (other, one)):
                node = fabric.node("pcx", each.key, near)
                peers = Peers(fabric.locals(far))
                code = "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"
                gate = gates.only(each.key, peers, code, origin=each.origin, because=each.because)
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

    def beyond(self) -> None:
        """What unmodelled ways may reach from each VPC that has one, and what may come in by them."""
        fabric = self._fabric
        vpcs = self._inventory.vpcs
        for gateway, home in self._private.values():
            private_gateway.wire(fabric, gateway, home)
        self._beyond |= set(self._attached())
        for vpc in sorted({*self._beyond, *(key for key, each in vpcs.items() if not each.declared)}):
            reason = Unknown(f"what lies beyond {vpc}", vpcs[vpc].origin)
            maybe = gates.perhaps(f"beyond {vpc}", (reason,))
            node, inward, router = fabric.node("beyond", vpc), fabric.node("beyond", vpc, "in"), fabric.node("vpc", vpc)
            for other in sorted(vpcs):
                fabric.hop(node, fabric.node("vpc", other), (fabric.to_locals(other), maybe))
            fabric.hop(node, OUTSIDE, [Filter(gates.PRIVATE, End.DESTINATION), maybe])
            fabric.hop(OUTSIDE, inward, [Filter(gates.PRIVATE, End.SOURCE), maybe])
            fabric.hop(inward, router, [fabric.to_locals(vpc)])
            parties = {each.party.id: each.party for each in fabric.placed if vpc in each.vpcs}
            public: list[Filter] = [Filter(gates.PUBLIC_ANY, End.DESTINATION), maybe]
            self._one_way_out(node, vpc, parties, public, f"beyond {vpc}", because=(reason,))
            if not vpcs[vpc].declared:
                fabric.hop(router, node, [maybe])
        self._undeclared()

    def _attached(self) -> Iterator[str]:
        """VPCs with an unmodelled attachment: it may send even where no route leads back (AWS-36, AWS-38)."""
        for resource in self._inventory.lookup.of_kind("aws_vpn_gateway", "aws_vpn_gateway_attachment"):
            fields = Fields.of(resource, self._inventory.notes)
            leaf = fields.leaf("vpc_id")
            gateway = self._inventory.lookup.find(fields.leaf("vpn_gateway_id"), private_gateway.KIND) or resource
            if leaf is not None and gateway.address not in self._private:
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
                    fabric.hop(fabric.node("vpc", other), fabric.node("vpc", key), [fabric.to_locals(key), maybe])


class _Gate:
    """Steps for what has an address of its own, and for what a NAT gateway sends."""

    def __init__(self, own: tuple[Step, ...], natted: tuple[Step, ...] | None = None) -> None:
        self._own, self._natted = own, own if natted is None else natted

    def __call__(self, natted: bool) -> Iterator[Step]:
        return iter(self._natted if natted else self._own)


def _shared_doubts(gateways: list[Gateway], vpc: str) -> tuple[Unknown, ...]:
    """Why a VPC may have no internet gateway: empty where one certainly exists."""
    if not gateways:
        return (Unknown(f"the internet gateway of {vpc}"),)
    return () if any(not each.because for each in gateways) else gateways[0].because
