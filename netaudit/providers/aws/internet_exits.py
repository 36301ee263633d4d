"""Ways to the internet and back: internet gateways, egress-only ones, gateway endpoints.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html (read 2026-11-23)

What gateways mean is said in `internet_gateway` and `vpc_endpoint`; here they become hops (AWS-25, AWS-28, AWS-40).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netaudit.model import DROPPED, OUTSIDE, End, Filter, Origin, Party, Peers, Ref, Step, Translate, Truth, Unknown
from netaudit.providers.aws import (
    gates,
    gateway_table,
    internet_gateway,
    nat_gateway,
    route_table,
    vpc_endpoint,
)
from netaudit.providers.aws.fabric import INTERNET, Fabric, Way
from netaudit.providers.aws.gateway_table import Inward
from netaudit.providers.aws.internet_gateway import Gateway, PublicAccess
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.values import Leaf

Nats = dict[str, tuple[nat_gateway.NatGateway, str, Party, Party | None]]


class InternetExits:
    """The gateways of a fabric that lead to the internet."""

    def __init__(self, fabric: Fabric, nats: Nats, inward: Inward) -> None:
        """`inward` says where a route of a gateway's own table leads."""
        self._fabric = fabric
        self._inward = inward
        self._inventory = fabric.inventory
        self._nats = nats
        self._internet: dict[str, list[Gateway]] = {}
        self.egress_only: dict[str, Gateway] = {}
        for gateway in self._inventory.gateways:
            resource = self._inventory.lookup.by_address.get(gateway.key)
            if resource is not None and resource.kind == internet_gateway.EGRESS_ONLY:
                self.egress_only[gateway.key] = gateway
                continue
            unsure = (gateway.vpc,) if isinstance(gateway.vpc, Unknown) else ()
            for home in self._homes(gateway.vpc, gateway.key):
                each = replace(gateway, because=(*gateway.because, *unsure))
                self._internet.setdefault(home, []).append(each)

    def gateways(self) -> Iterator[tuple[str, Gateway]]:
        """The internet gateways, each with its VPC."""
        return ((vpc, gateway) for vpc, found in self._internet.items() for gateway in found)

    # ---- where a target leads -------------------------------------------------------------------------

    def has(self, vpc: str) -> bool:
        """Whether a VPC has an internet gateway, or may have one."""
        return vpc in self._internet or not self._inventory.vpcs[vpc].declared

    def way(self, vpc: str) -> Way:
        """Out by a VPC's internet gateway."""
        return Way(self._fabric.node("igw", vpc, "out"))

    def of(self, vpc: str) -> Iterator[str]:
        """Where the gateways and gateway endpoints of a VPC take packets."""
        inventory = self._inventory
        if self.has(vpc):
            yield self.way(vpc).head
        for gateway in self.egress_only.values():
            if inventory.vpc(gateway.vpc, gateway.key) == vpc:
                yield self._fabric.node("eigw", gateway.key)
        for endpoint in inventory.endpoints:
            if inventory.vpc(endpoint.vpc, endpoint.key) == vpc:
                yield self._fabric.node("endpoint", endpoint.key)

    def gateway(self, place: Subnet, leaf: Leaf) -> list[Way] | None:
        """Where a route to an internet gateway leads; None where the leaf is none."""
        find = self._inventory.lookup.find
        declared = find(leaf, internet_gateway.KIND)
        if declared is not None:
            attached = any(each.key == declared.address for each in self._internet.get(place.vpc, ()))
            if not attached and self._inventory.vpcs[place.vpc].declared:
                self._internet.setdefault(place.vpc, []).append(self._unattached(declared.address, place))
            return [self.way(place.vpc)]
        named = str(leaf)
        if named.startswith("igw-") or "internet_gateway" in named:
            if place.vpc not in self._internet:
                # The API takes only a gateway that is attached to this very VPC.
                self._internet[place.vpc] = [Gateway(named, place.vpc, place.origin or gates.NOWHERE_WRITTEN)]
            return [self.way(place.vpc)]
        return None

    def _unattached(self, key: str, place: Subnet) -> Gateway:
        origin = place.origin or gates.NOWHERE_WRITTEN
        return Gateway(key, place.vpc, origin, (Unknown(f"whether {key} is attached to {place.vpc}", origin),))

    def egress(self, place: Subnet, leaf: Leaf, _: Origin | None) -> list[Way] | None:
        """Where a route to an egress-only gateway leads (AWS-28)."""
        found = self._inventory.lookup.find(leaf, internet_gateway.EGRESS_ONLY)
        gateway = self.egress_only.get(found.address) if found is not None else None
        if found is None or gateway is None or self._inventory.vpc(gateway.vpc, gateway.key) != place.vpc:
            return None
        return [Way(self._fabric.node("eigw", found.address))]

    def service(self, _: Subnet, leaf: Leaf, __: Origin | None) -> list[Way] | None:
        """Where a route to a gateway endpoint leads (AWS-40)."""
        return [Way(self._fabric.node("endpoint", leaf.address))] if isinstance(leaf, Ref) else None

    # ---- hops -----------------------------------------------------------------------------------------

    def build(self) -> None:
        """The hops of every internet gateway (AWS-25), and between the internet and the outside."""
        fabric = self._fabric
        for vpc in sorted(self._inventory.vpcs):
            if self.has(vpc):
                self._internet_gateway(vpc)
        for gateway in self.egress_only.values():
            self._egress_only_gateway(gateway)
        for each in self._inventory.endpoints:
            self._gateway_endpoint(each)
        fabric.hop(OUTSIDE, INTERNET, [Filter(gates.PUBLIC_ANY, End.SOURCE)])
        fabric.hop(INTERNET, OUTSIDE, [Filter(gates.PUBLIC_ANY, End.DESTINATION)])

    def _internet_gateway(self, vpc: str) -> None:
        fabric = self._fabric
        gateways = self._internet.get(vpc, [])
        doubts = _shared_doubts(gateways, vpc)
        outward, inward = fabric.node("igw", vpc, "out"), fabric.node("igw", vpc, "in")
        keys = [each.key for each in gateways]
        entering = gateway_table.enter(fabric, fabric.node("igw", vpc, "edge"), vpc, keys, self._inward)
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
        for faces, reasons, natted in ((sure, (), False), (unsure, because, False), (translators, (), True)):
            if not faces:
                continue
            maybe = (*doubts, *reasons)
            known = {key: face for key, face in faces.items() if face is not None}
            translate = Translate(
                End.SOURCE, known, inward, entering, name, origin, None, maybe, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
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
                arrive = Translate(End.DESTINATION, back, outward, INTERNET, name, origin)
                fabric.hop(inward, entering, [arrive])
        if not sure and not unsure and not translators:
            # Nobody has a public address: say so where a packet tries.
            empty = Translate(
                End.SOURCE, {}, inward, entering, name, origin, code="IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
            )
            fabric.hop(outward, INTERNET, [Filter(gates.PUBLIC_V4, End.DESTINATION), empty])
        inside = f"{name} delivers to public addresses only"
        dropped = gates.drop(name, "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", inside, origin)
        fabric.hop(INTERNET, DROPPED, [fabric.to_locals(vpc), dropped])
        self._internet_v6(vpc, mine, doubts, origin, entering)

    def _internet_v6(
        self, vpc: str, mine: list[Placed], doubts: tuple[Unknown, ...], origin: Origin | None, entering: str
    ) -> None:
        """IPv6 addresses are public: no translation, the groups, ACLs and routes alone decide (AWS-53)."""
        veiled: dict[Unknown | None, set[str]] = {}
        for each in mine:
            if each.v6:
                veiled.setdefault(each.veil, set()).add(each.party.id)
        blocked_in, blocked_out = self._blocked(vpc, origin)
        fabric = self._fabric
        for veil, parties in veiled.items():
            because = (*doubts, veil) if veil else doubts
            peers = gates.only(f"{vpc} IPv6 addresses", Peers(frozenset(parties)), because=because, origin=origin)
            outward = (Filter(gates.PUBLIC_V6, End.DESTINATION), Filter(peers, End.SOURCE), *blocked_out(False))
            inward = (Filter(gates.PUBLIC_V6, End.SOURCE), Filter(peers, End.DESTINATION), *blocked_in(False))
            fabric.hop(fabric.node("igw", vpc, "out"), INTERNET, outward)
            fabric.hop(INTERNET, entering, inward)

    def _party(self, key: str, mine: list[Placed]) -> Party:
        return next(each.party for each in mine if each.party.id == key)

    def _home(self, subnet: str) -> str:
        return self._inventory.subnets[subnet].vpc

    def closed_inward(self, vpc: str) -> Iterator[Step]:
        """What Block Public Access does to connections from the internet (AWS-29)."""
        inward, _ = self._blocked(vpc, None)
        return inward(False)

    def _blocked(self, vpc: str, origin: Origin | None) -> tuple[_Gate, _Gate]:
        """What Block Public Access does inward and outward (AWS-29)."""
        home = self._inventory.vpcs[vpc].resource
        held = [(each.covers(home), each) for each in internet_gateway.read_blocks(self._inventory.lookup, [])]
        gates_of = [self._closed(vpc, each, truth, origin) for truth, each in held if truth is not Truth.NO]
        return _Gate.together(inward for inward, _ in gates_of), _Gate.together(outward for _, outward in gates_of)

    def _closed(self, vpc: str, access: PublicAccess, holds: Truth, origin: Origin | None) -> tuple[_Gate, _Gate]:
        """What options that hold for a VPC, or may, let pass: `block-ingress` spares NAT and egress-only gateways."""
        if access.mode == "off":
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
        if isinstance(access.mode, Unknown) or unresolved or homes & subnets or holds is Truth.MAYBE:
            return _Gate((maybe,)), _Gate((maybe,))
        closed = gates.shut(name, code, access.origin)
        if access.mode == "block-ingress":
            return _Gate((closed,), ()), _Gate((maybe,), ())
        return _Gate((closed,)), _Gate((closed,))

    def _egress_only_gateway(self, gateway: Gateway) -> None:
        """IPv6 outward only: replies come back to a place that leads nowhere else (AWS-28), for certain."""
        fabric = self._fabric
        home = self._inventory.vpc(gateway.vpc, gateway.key)
        parties = {each.party.id: each.party for each in fabric.placed if each.v6 and home in each.vpcs}
        _, blocked_out = self._blocked(home, gateway.origin)
        steps: list[Step] = [Filter(gates.PUBLIC_V6, End.DESTINATION), *blocked_out(True)]
        node = fabric.node("eigw", gateway.key)
        one_way_out(fabric, node, home, parties, steps, gateway.key, origin=gateway.origin, because=gateway.because)
        # It changes no address, so that a reply may find another way home; no page says that it is taken.
        reason = Unknown(f"whether replies pass {gateway.key} by", gateway.origin)
        because = (*gateway.because, reason)
        for entry in self._entries(home):
            besides = Translate(
                End.SOURCE, parties, entry, entry, gateway.key, gateway.origin, None, because, "CANNOT_ROUTE"
            )
            fabric.hop(node, INTERNET, [*steps, besides])

    def _entries(self, vpc: str) -> Iterator[str]:
        """Where packets enter a VPC: at its router, or from a transit gateway, which may go by no router (AWS-35)."""
        yield self._fabric.node("vpc", vpc)
        for transit in self._inventory.transits:
            for attachment in transit.at(vpc):
                yield self._fabric.node("tgw", attachment.key, "out")

    def _gateway_endpoint(self, endpoint: vpc_endpoint.GatewayEndpoint) -> None:
        """An S3 or DynamoDB endpoint: some public addresses, TCP and echo, from the tables it names (AWS-40).

        They are the service's: no interface of the sources has one.
        """
        fabric = self._fabric
        node = fabric.node("endpoint", endpoint.key)
        carried = gates.only(
            endpoint.key,
            Peers(everyone=True),
            "VPCE_GATEWAY_PROTOCOL_RESTRICTION",
            traffic=route_table.ENDPOINT_CARRIES,
            origin=endpoint.origin,
            stateful=True,
            because=() if endpoint.blocks else (Unknown(f"which addresses {endpoint.key} takes", endpoint.origin),),
        )
        ours = Peers(frozenset(each.public.id for each in fabric.placed if each.public))
        theirs = Filter(gates.all_but("addresses of services of AWS", ours), End.DESTINATION)
        ways = [(home, v6) for home in self._homes(endpoint.vpc, endpoint.key) for v6 in endpoint.families]
        for home, v6 in ways:
            parties = {each.party.id: each.party for each in fabric.placed if home in each.vpcs and each.v6 is v6}
            public = gates.PUBLIC_V6 if v6 else gates.PUBLIC_V4
            steps = [Filter(public, End.DESTINATION), theirs, Filter(carried, End.DESTINATION)]
            origin, because = endpoint.origin, endpoint.because
            one_way_out(fabric, node, home, parties, steps, endpoint.key, origin=origin, because=because)
        for subnet in self._inventory.subnets.values() if not endpoint.blocks else ():
            if self._uses(subnet, endpoint):
                fabric.hop(fabric.node("subnet", subnet.key, "out"), node, [fabric.acl(subnet, True)])

    def _homes(self, vpc: Leaf | None, of: str) -> list[str]:
        """The VPC that a leaf names: any of them where it is unknown."""
        return list(self._inventory.vpcs) if isinstance(vpc, Unknown) else [self._inventory.vpc(vpc, of)]

    def _uses(self, subnet: Subnet, endpoint: vpc_endpoint.GatewayEndpoint) -> bool:
        keys = {table.key for table in self._inventory.tables_for(subnet)[0]}
        found = (
            self._inventory.lookup.find(leaf, "aws_route_table", "aws_default_route_table") for leaf in endpoint.tables
        )
        return any(each is None or each.address in keys for each in found)


def one_way_out(
    fabric: Fabric,
    node: str,
    vpc: str,
    parties: dict[str, Party],
    steps: Sequence[Step],
    name: str,
    *,
    origin: Origin | None = None,
    because: tuple[Unknown, ...] = (),
) -> None:
    """A way to the internet that lets replies in and nothing else, without changing an address."""
    home = f"{node}:home"
    translate = Translate(
        End.SOURCE, parties, home, fabric.node("vpc", vpc), name, origin, None, because, "CANNOT_ROUTE"
    )
    fabric.hop(node, INTERNET, [*steps, translate])
    replies = gates.only(f"replies through {name}", Peers(frozenset(parties)), origin=origin)
    fabric.hop(INTERNET, home, [Filter(replies, End.DESTINATION)])


class _Gate:
    """Steps for what has an address of its own, and for what a NAT gateway sends."""

    def __init__(self, own: tuple[Step, ...], natted: tuple[Step, ...] | None = None) -> None:
        self._own, self._natted = own, own if natted is None else natted

    @classmethod
    def together(cls, several: Iterable[_Gate]) -> _Gate:
        """One behind the other."""
        found = tuple(several)
        return cls(*(tuple(step for each in found for step in each(natted)) for natted in (False, True)))

    def __call__(self, natted: bool) -> Iterator[Step]:
        return iter(self._natted if natted else self._own)


def _shared_doubts(gateways: list[Gateway], vpc: str) -> tuple[Unknown, ...]:
    """Why a VPC may have no internet gateway: empty where one certainly exists."""
    if not gateways:
        return (Unknown(f"the internet gateway of {vpc}"),)
    return () if any(not each.because for each in gateways) else gateways[0].because
