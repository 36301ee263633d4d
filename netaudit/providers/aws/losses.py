"""What a VPC can lose at once: a zone, a subnet, a peering, a gateway, each with the places that go with it.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html (read 2026-11-27)
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-27)

AWS-59 A subnet lies in one zone, and is lost with it, and so are its interfaces and NAT gateways. Where the zone is
       unknown, the subnet may be lost with any. An interface in one of several subnets may be lost with each of them.
       A zone's ID is the same in every account, its name is each account's own: a zone that one name or ID gives may
       be what a name of another account, or a name beside an ID, gives, too.
       https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html (read 2026-11-27)
       So may be one whose name is only referred to; but members of one list of names are several.
       With it goes the way into a transit gateway by the attachment's interface there. A subnet that the sources only
       refer to may be another one that they know by another name.
AWS-60 Internet, egress-only, transit and virtual private gateways, gateway endpoints and peerings lie in no zone.

Not modelled:
- Placement of managed services beside their interfaces: a standby that takes over is the same endpoint.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from netaudit.model import Loss, Origin, Ref, Truth, Unknown
from netaudit.providers.aws.exits import Exits
from netaudit.providers.aws.fabric import INTERNET, Fabric
from netaudit.providers.aws.grouping import resource_account, resource_region
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.transit_gateway import same_zone

_T = TypeVar("_T")
_SUBNET_ID = re.compile(r"subnet-[0-9a-f]+")


def losses(fabric: Fabric, exits: Exits, nats: Mapping[str, str]) -> list[Loss]:
    """Everything that the hops of a fabric can lose; `nats` are the subnets of its NAT gateways, by their keys."""
    return list(_Losses(fabric, exits, nats).all())


class _Losses:
    def __init__(self, fabric: Fabric, exits: Exits, nats: Mapping[str, str]) -> None:
        self._fabric = fabric
        self._nats = nats
        self._subnets = [each for each in fabric.inventory.subnets.values() if not each.some]
        self._tails: dict[str, set[str]] = defaultdict(set)
        for hop in fabric.hops:
            self._tails[hop.head].add(hop.tail)
        self._known = frozenset(self._tails).union(*self._tails.values())
        self._nodes = sorted(self._known)
        choices = {each.subnets for each in fabric.placed if len(each.subnets) > 1} | exits.choices | exits.joint_exits
        self._exits = exits
        self._placed_in = _by_subnet((each.subnets, each) for each in fabric.placed)
        self._nats_in = _by_subnet(((home,), nat) for nat, home in nats.items())
        self._choices_with = _by_subnet((choice, choice) for choice in sorted(choices))

    def all(self) -> Iterator[Loss]:
        inventory, fabric = self._fabric.inventory, self._fabric
        yield from (self._subnet(each) for each in self._subnets if not each.version_of)
        yield from self._zones()
        for each in inventory.peerings:
            yield self._loss("peering", each.key, [fabric.node("pcx", each.key)], each.origin)
        for vpc, gateway in self._exits.internet_gateways:
            entry = self._edges(INTERNET, fabric.node("vpc", vpc))
            yield self._loss("gateway", gateway.key, [fabric.node("igw", vpc)], gateway.origin, entry)
        for gateway in self._exits.egress_only:
            yield self._loss("gateway", gateway.key, [fabric.node("eigw", gateway.key)], gateway.origin)
        for nat in self._nats:
            resource = inventory.lookup.by_address.get(nat)
            yield self._loss("gateway", nat, [fabric.node("nat", nat)], resource.origin if resource else None)
        for transit in inventory.transits:
            places = [fabric.node("tgw", attachment.key) for attachment in transit.attachments]
            yield self._loss("gateway", transit.key, places, transit.origin)
        for endpoint in inventory.endpoints:
            yield self._loss("gateway", endpoint.key, [fabric.node("endpoint", endpoint.key)], endpoint.origin)
        for private in self._exits.private:
            yield self._loss("gateway", private.key, [fabric.node("vgw", private.key)], private.origin)

    def _loss(
        self,
        kind: str,
        key: str,
        places: Iterable[str],
        origin: Origin | None,
        edges: Iterable[tuple[str, str]] = (),
    ) -> Loss:
        return Loss(kind, self._fabric.prefix + key, self._at(places), edges=frozenset(edges), origin=origin)

    def _edges(self, tail: str, head: str) -> frozenset[tuple[str, str]]:
        """The hops from one place to another, and each copy in other ports."""
        tails = frozenset(self._copies(tail))
        return frozenset((t, h) for h in self._copies(head) for t in self._tails.get(h, ()) if t in tails)

    def _at(self, places: Iterable[str]) -> frozenset[str]:
        """The nodes of some places: each side, and each copy in other ports."""
        return frozenset(node for place in places for node in self._copies(place))

    def _copies(self, place: str) -> Iterator[str]:
        if place in self._known:
            yield place
        for begun in (f"{place}:", f"{place} ("):
            position = bisect_left(self._nodes, begun)
            while position < len(self._nodes) and self._nodes[position].startswith(begun):
                yield self._nodes[position]
                position += 1

    # ---- subnets and zones ----------------------------------------------------------------------------

    def _subnet(self, subnet: Subnet) -> Loss:
        """One that the sources only refer to may be any other one, but those that are written by their ids."""
        address = self._fabric.prefix + subnet.key
        if subnet.declared:
            return replace(self._with("subnet", address, self._versions(subnet)), origin=subnet.origin)
        if _SUBNET_ID.fullmatch(subnet.key):
            return replace(self._with("subnet", subnet.key, [subnet.key]), naming="ids")
        unknown = Unknown(f"which subnet {address} is", subnet.origin)
        found = _perhaps_several(subnet, self._with("subnet", address, [subnet.key]))
        return replace(found, origin=subnet.origin, naming=address, unknown=unknown)

    def _versions(self, subnet: Subnet) -> list[str]:
        """A subnet, and what it is in each VPC that may be its own."""
        return [subnet.key, *(each.key for each in self._subnets if each.version_of == subnet.key)]

    def _with(self, kind: str, key: str, subnets: Iterable[str]) -> Loss:
        """What is lost with some subnets, what may be, and why only that."""
        fabric, gone = self._fabric, frozenset(subnets)
        placed = {each.party.id: each for key in gone for each in self._placed_in[key]}
        torn = {key: each for key, each in placed.items() if not gone.issuperset(each.subnets)}
        places = [fabric.node("subnet", key) for key in gone]
        places += [fabric.node("nat", nat) for key in gone for nat in self._nats_in[key]]
        choices = {choice for key in gone for choice in self._choices_with[key]}
        places += [fabric.node("one-of", "|".join(choice)) for choice in choices if gone.issuperset(choice)]
        unsure = [fabric.node("one-of", "|".join(choice)) for choice in choices if not gone.issuperset(choice)]
        entering = [pair for key in gone for pair in self._entering[key]]
        unsure += [fabric.node("one-of", "|".join(choice)) for key, _ in entering for choice in self._choices_with[key]]
        edges = (self._edges(fabric.node("subnet", key), fabric.node("tgw", gateway)) for key, gateway in entering)
        because = {
            Unknown(f"in which of the subnets {', '.join(each.subnets)} {name} is", each.origin): None
            for name, each in torn.items()
        }
        nodes, perhaps = self._at(places) | (placed.keys() - torn), self._at(unsure) | torn.keys()
        return Loss(kind, key, nodes, perhaps, tuple(because), frozenset().union(*edges))

    @cached_property
    def _entering(self) -> Mapping[str, list[tuple[str, str]]]:
        """By subnets of attachments, the subnets of their zones and the attachments that these enter there (AWS-34)."""
        subnets = self._fabric.inventory.subnets
        near: dict[str, list[Subnet]] = defaultdict(list)
        for each in self._subnets:
            near[each.vpc].append(each)
        return _by_subnet(
            ((entry,), (place.key, attachment))
            for attachment, entries in self._exits.entries.items()
            for entry in entries
            for place in near[subnets[entry].vpc]
            if same_zone(place, subnets[entry]) is Truth.YES
        )

    def _zones(self) -> Iterator[Loss]:
        """One for each zone by its name, ID or reference, and one for each subnet whose zone is unknown."""
        named: dict[tuple[str, str, str], list[Subnet]] = {}
        for each in self._subnets:
            zone = each.zone
            if isinstance(zone, Ref):
                key = (f"{self._fabric.prefix}{zone}", self._naming_of(zone, each), _region(each))
                named.setdefault(key, []).append(each)
            elif isinstance(zone, str):
                named.setdefault((zone, self._naming(each), _region(each)), []).append(each)
            elif not each.version_of:
                yield self._unknown_zone(each)
        for (zone, naming, region), members in sorted(named.items()):
            loss = self._with("zone", zone, [each.key for each in members])
            yield replace(loss, origin=members[0].origin, naming=naming, region=region)

    def _unknown_zone(self, subnet: Subnet) -> Loss:
        name = f"zone of {self._fabric.prefix}{subnet.key}"
        unknown = Unknown(f"the zone of {subnet.key}", subnet.origin)
        found = _perhaps_several(subnet, self._with("zone", name, self._versions(subnet)))
        return replace(found, origin=subnet.origin, naming=name, region=_region(subnet), unknown=unknown)

    def _naming(self, subnet: Subnet) -> str:
        """Within which a zone's name says which it is: everywhere for an ID, else an account, or a provider of ours."""
        if subnet.zone_by_id or subnet.resource is None:
            return "ids"
        return resource_account(subnet.resource) or f"{self._fabric.realm}{subnet.naming}"

    def _naming_of(self, zone: Ref, subnet: Subnet) -> str:
        """Members of one list are apart from each other; any other reference may be every other zone of its account."""
        return f"{self._naming(subnet)} {self._fabric.realm}{zone.among or zone}"


def _perhaps_several(subnet: Subnet, loss: Loss) -> Loss:
    """A loss with one that is not even named, which may stand for several: what is in it may be left in the others."""
    if subnet.resource is not None or _SUBNET_ID.fullmatch(subnet.key):
        return loss
    reason = Unknown(f"which subnets {subnet.key} stands for", subnet.origin)
    everything = loss.nodes | loss.perhaps
    return replace(loss, nodes=frozenset(), perhaps=everything, because=(*loss.because, reason), edges=frozenset())


def _region(subnet: Subnet) -> str:
    return "" if subnet.resource is None else resource_region(subnet.resource) or ""


def _by_subnet(found: Iterable[tuple[Iterable[str], _T]]) -> Mapping[str, list[_T]]:
    """Things by each of their subnets."""
    index: dict[str, list[_T]] = defaultdict(list)
    for keys, thing in found:
        for key in keys:
            index[key].append(thing)
    return index
