"""Global Accelerator takes connections from the internet at addresses of its own, and brings them to endpoints.

https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints.sipp-caveats.html (read 2026-11-27)
https://docs.aws.amazon.com/global-accelerator/latest/dg/best-practices-aga.html (read 2026-11-27)

AWS-65 The internet reaches an application load balancer or an instance through an accelerator, in a private subnet as
       well: its VPC needs an internet gateway, but no route to it, and the endpoint no public address. Its groups see
       the client where the client's address is kept, as it is unless that is switched off for a load balancer that
       faces the internet. Ports are those of the listener, but where they are overridden.
       Replies pass the network ACL of the subnet and go back through the accelerator.

Not modelled:
- Network load balancers as endpoints, endpoints that the sources do not show, IPv6 and custom routing: named.
- Whom the endpoint sees where the client's address is not kept: it may be anybody.
- Whether the network ACL filters what an accelerator brings in, on which AWS's pages differ; dials and weights of none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from netaudit.flows import IPV4, PUBLIC, AddressSet, Traffic
from netaudit.model import (
    Diagnostic,
    Effect,
    End,
    Filter,
    Origin,
    Party,
    Peers,
    Resource,
    Severity,
    Step,
    Translate,
    Unknown,
)
from netaudit.providers.aws import elastic_ip, gates
from netaudit.providers.aws.exits import Exits
from netaudit.providers.aws.fabric import INTERNET, Fabric
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.load_balancer import KIND as BALANCER
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.values import Fields, Leaf, doubt

_KIND = "aws_globalaccelerator"
GROUP = f"{_KIND}_endpoint_group"


class Front(NamedTuple):
    """An interface to which an accelerator brings connections: what of them, and why that may not be."""

    key: str
    target: Placed
    traffic: Traffic
    keeps: bool | Unknown  # whether the target sees the client
    origin: Origin
    because: tuple[Unknown, ...] = ()


class _Listened(NamedTuple):
    traffic: Traffic
    because: tuple[Unknown, ...] = ()


def collect(found: Inventory, placed: Iterable[Placed]) -> list[Front]:
    """Every interface behind every endpoint group, and a diagnostic for what is not among them (AWS-65)."""
    interfaces: dict[str, list[Placed]] = {}
    for each in placed:
        if not each.v6:
            interfaces.setdefault(each.owner.id, []).append(each)
    return [front for group in found.lookup.of_kind(GROUP) for front in _Group(found, group, interfaces).fronts()]


class _Group:
    """Reads one endpoint group with its listener and its accelerator."""

    def __init__(self, found: Inventory, group: Resource, placed: dict[str, list[Placed]]) -> None:
        self._found, self._lookup = found, found.lookup
        self._fields = Fields.of(group, found.notes)
        self._placed = placed

    def fronts(self) -> Iterator[Front]:
        listener = self._lookup.find(self._fields.leaf("listener_arn"), f"{_KIND}_listener")
        listened = _Listened(_BOTH, (self._unknown("the listener"),))
        above: Fields | None = None
        if listener is not None:
            heard = Fields.of(listener, self._found.notes)
            listened = self._listened(heard)
            accelerator = self._lookup.find(heard.leaf("accelerator_arn"), f"{_KIND}_accelerator")
            above = Fields.of(accelerator, self._found.notes) if accelerator is not None else None
        if above is not None and above.flag("enabled") is False:
            return
        if above is None or above.text("ip_address_type") not in (None, "IPV4"):
            self._missing("what comes in over IPv6")
        because = (*listened.because, *self._doubts(above))
        for block in self._fields.blocks("endpoint_configuration"):
            if isinstance(block, Unknown):
                self._missing(f"its endpoints ({block})")
            else:
                yield from self._endpoint(block, listened.traffic, because)

    def _doubts(self, above: Fields | None) -> Iterator[Unknown]:
        """Why nothing may be brought at all."""
        yield from existence(self._fields.resource)
        if above is None:
            yield self._unknown("the accelerator")
        elif isinstance(enabled := above.flag("enabled"), Unknown):
            yield enabled
        if self._fields.raw("traffic_dial_percentage") not in (None, 100, "100"):
            yield self._unknown("the dial")

    def _unknown(self, what: str) -> Unknown:
        return Unknown(f"{what} of {self._fields.resource.address}", self._fields.origin)

    def _missing(self, what: str) -> None:
        message = f"{self._fields.resource.address}: not modelled: Global Accelerator: {what}"
        origin, effect = self._fields.origin, Effect.UNREADABLE
        self._found.notes.append(Diagnostic("AWS_NOT_MODELLED", message, Severity.WARNING, origin, effect))

    # ---- ports ----------------------------------------------------------------------------------------

    def _listened(self, listener: Fields) -> _Listened:
        """What endpoints are dialled on: the listener's ports, but where they are overridden."""
        protocol = listener.text("protocol")
        kinds = [protocol.lower()] if isinstance(protocol, str) and protocol in ("TCP", "UDP") else ["tcp", "udp"]
        ranges = [_range(block) for block in listener.blocks("port_range")]
        changes = [_ports(block, "listener_port", "endpoint_port") for block in self._fields.blocks("port_override")]
        unknown = [each for each in (*ranges, *changes) if isinstance(each, Unknown)]
        unknown += [] if protocol in ("TCP", "UDP") else [_why(protocol, listener)]
        if unknown or not ranges:
            return _Listened(Traffic.union(map(Traffic.named, kinds)), (*unknown, *existence(listener.resource)))
        traffic = Traffic.union(
            (_span(kind, ranges) - _span(kind, [(one, one) for one, _ in _known(changes)]))
            | _span(kind, [(other, other) for _, other in _known(changes)])
            for kind in kinds
        )
        return _Listened(traffic, existence(listener.resource))

    # ---- endpoints ------------------------------------------------------------------------------------

    def _endpoint(self, block: Fields, traffic: Traffic, because: tuple[Unknown, ...]) -> Iterator[Front]:
        leaf = block.leaf("endpoint_id")
        found = self._named(leaf)
        keeps = block.flag("client_ip_preservation_enabled")
        if leaf is None or found is None or found.address not in self._placed:
            return self._missing(f"its endpoint {leaf}")
        written = Fields.of(found, self._found.notes)
        kind = written.text("load_balancer_type") or "application"
        if found.kind != "aws_instance" and kind != "application":
            return self._missing(f"its endpoint {found.address}, which is no application load balancer or instance")
        inside = found.kind == "aws_instance" or written.flag("internal") is True
        weight = block.raw("weight")
        if weight is not None and not (isinstance(weight, int) and weight > 0):
            because = (*because, Unknown(f"the weight of {found.address}", block.origin))
        elastic = self._lookup.find(leaf, elastic_ip.KIND) is not None
        kept = False if elastic else True if inside or keeps is None else keeps
        key = self._fields.resource.address
        places = self._placed[found.address]
        for each in places if found.kind != "aws_instance" else places[:1]:
            yield Front(key, each, traffic, kept, block.origin, because)

    def _named(self, leaf: Leaf | None) -> Resource | None:
        """The load balancer or instance that an endpoint names, or that holds the elastic address which it names."""
        found = self._lookup.find(leaf, BALANCER, "aws_instance")
        if found is not None or (address := self._lookup.find(leaf, elastic_ip.KIND)) is None:
            return found
        return holder(self._lookup, address, self._found.notes)


def holder(lookup: Lookup, address: Resource, notes: list[Diagnostic]) -> Resource | None:
    """The instance to which an elastic address certainly belongs."""
    own = Fields.of(address, notes).leaf("instance")
    links = (Fields.of(each, notes) for each in lookup.of_kind("aws_eip_association"))
    mine = (
        each.leaf("instance_id")
        for each in links
        if lookup.find(each.leaf("allocation_id"), elastic_ip.KIND) is address
    )
    return lookup.find(own if own is not None else next(mine, None), "aws_instance")


_BOTH = Traffic.named("tcp") | Traffic.named("udp")


def _why(protocol: Unknown | str | None, listener: Fields) -> Unknown:
    return (doubt(protocol, listener.origin) if protocol is not None else None) or Unknown(
        f"the protocol of {listener.resource.address}", listener.origin
    )


def _ports(block: Fields | Unknown, one: str, other: str) -> tuple[int, int] | Unknown:
    """Two ports of a block."""
    if isinstance(block, Unknown):
        return block
    first, second = block.number(one), block.number(other)
    if isinstance(first, int) and isinstance(second, int) and {first, second} <= set(range(65536)):
        return first, second
    return next(
        (each for each in (first, second) if isinstance(each, Unknown)), Unknown(f"{one}, {other}", block.origin)
    )


def _range(block: Fields | Unknown) -> tuple[int, int] | Unknown:
    """The first and the last port of a block."""
    pair = _ports(block, "from_port", "to_port")
    if isinstance(pair, Unknown) or pair[0] <= pair[1]:
        return pair
    return Unknown(f"ports {pair[0]} to {pair[1]}", block.origin)


def _known(pairs: Iterable[tuple[int, int] | Unknown]) -> Iterator[tuple[int, int]]:
    return (each for each in pairs if not isinstance(each, Unknown))


def _span(kind: str, pairs: Iterable[tuple[int, int] | Unknown]) -> Traffic:
    return Traffic.union(Traffic.ports(kind, low, high) for low, high in _known(pairs))


# ---- hops ---------------------------------------------------------------------------------------------


def wire(fabric: Fabric, exits: Exits, fronts: Iterable[Front]) -> None:
    """From the internet to each front, and its replies back, past the routes of its subnet."""
    gateways: dict[str, list[tuple[Unknown, ...]]] = {}
    unseen = frozenset(exits.open_vpcs)  # what their routes lead to may be an internet gateway
    for vpc, gateway in exits.internet_gateways:
        gateways.setdefault(vpc, []).append(gateway.because)
    for front in fronts:
        for key in front.target.subnets:
            vpc = fabric.inventory.subnets[key].vpc
            attached = gateways.get(vpc)
            if attached is None and vpc not in unseen:
                continue  # without an internet gateway nothing comes in
            doubts = min(attached, key=len) if attached else (Unknown(f"the internet gateway of {vpc}"),)
            several = (Unknown(f"which subnet {front.target.party.id} is in"),) if len(front.target.subnets) > 1 else ()
            _bring(fabric, exits, front, key, (*front.because, *front.target.because, *doubts, *several))


def _bring(fabric: Fabric, exits: Exits, front: Front, subnet: str, because: tuple[Unknown, ...]) -> None:
    party, place = front.target.party, fabric.inventory.subnets[subnet]
    dialled = Party(f"{party.id}@{front.key}", PUBLIC & IPV4, Unknown(f"the addresses of {front.key}", front.origin))
    home = fabric.node("accelerator", f"{front.key} {party.id} {subnet}", "home")
    mine = Filter(gates.only(f"{front.key} addresses", Peers(frozenset({dialled.id}))), End.DESTINATION)
    ports = gates.only(
        f"{front.key} listener",
        Peers(everyone=True),
        "PROTOCOL_RESTRICTION",
        traffic=front.traffic,
        origin=front.origin,
        because=because,
    )
    entering: list[Step] = [
        Filter(gates.V4, End.SOURCE),
        mine,
        *exits.closed_inward(place.vpc),
        Filter(ports, End.SOURCE),
        Translate(End.DESTINATION, {dialled.id: party}, home, INTERNET, front.key, front.origin),
    ]
    arriving, acl = fabric.node("subnet", subnet), fabric.acl_perhaps(place, False)
    inside = fabric.node("igw", place.vpc, f"{front.key} {party.id} {subnet}")  # lost with the internet gateway
    fabric.hop(inside, arriving, [acl])
    if front.keeps is not False:
        unsure = [gates.perhaps(front.key, (front.keeps,), front.origin)] if isinstance(front.keeps, Unknown) else []
        fabric.hop(INTERNET, inside, [*entering, *unsure])
    if front.keeps is not True:
        reason = Unknown(f"whom {party.id} sees behind {front.key}", front.origin)
        own = AddressSet.union([PUBLIC & IPV4, place.addresses])
        somebody = Party(f"{front.key}@{party.id}", own, reason)
        itself = Translate(End.SOURCE, {}, home, home, front.key, front.origin, somebody)
        fabric.hop(INTERNET, inside, [*entering, gates.perhaps(front.key, (reason,), front.origin), itself])
    fabric.hop(fabric.node("subnet", subnet, "out"), home, [fabric.acl(place, True)])
    known = fabric.aliases.setdefault(party.id, {})
    known[dialled.id] = (dialled, because)
