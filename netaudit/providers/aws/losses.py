"""What a VPC can lose at once: a zone, a subnet, a peering, a gateway, each with the places that go with it.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html (read 2026-11-27)
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-27)

AWS-59 A subnet lies in one zone, and is lost with it, and so are its interfaces and NAT gateways. Where the zone is
       unknown, the subnet may be lost with any. An interface in one of several subnets may be lost with each of them.
       A zone's ID is the same in every account, its name is each account's own: a zone that one name or ID gives may
       be what a name of another account, or a name beside an ID, gives, too.
       https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html (read 2026-11-27)
AWS-60 Internet, egress-only, transit and virtual private gateways, gateway endpoints and peerings lie in no zone.

Not modelled:
- Placement of managed services beside their interfaces: a standby that takes over is the same endpoint.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from netaudit.model import Loss, Origin, Unknown
from netaudit.providers.aws import internet_gateway
from netaudit.providers.aws.exits import Exits
from netaudit.providers.aws.fabric import INTERNET, Fabric
from netaudit.providers.aws.grouping import resource_account, resource_region
from netaudit.providers.aws.subnet import Subnet


def losses(fabric: Fabric, exits: Exits, nats: Mapping[str, str]) -> list[Loss]:
    """Everything that the hops of a fabric can lose; `nats` are the subnets of its NAT gateways, by their keys."""
    return list(_Losses(fabric, exits, nats).all())


class _Losses:
    def __init__(self, fabric: Fabric, exits: Exits, nats: Mapping[str, str]) -> None:
        self._fabric = fabric
        self._nats = nats
        self._subnets = list(fabric.inventory.subnets.values())
        self._nodes = sorted({node for hop in fabric.hops for node in (hop.tail, hop.head)})
        self._known = frozenset(self._nodes)
        self._choices = {each.subnets for each in fabric.placed if len(each.subnets) > 1} | exits.choices
        self._private = exits.private

    def all(self) -> Iterator[Loss]:
        inventory, fabric = self._fabric.inventory, self._fabric
        yield from (self._subnet(each) for each in self._subnets if each.declared)
        yield from self._zones()
        for each in inventory.peerings:
            yield self._loss("peering", each.key, [fabric.node("pcx", each.key)], each.origin)
        for gateway in inventory.gateways:
            router = fabric.node("vpc", inventory.vpc(gateway.vpc, gateway.key))
            if gateway.key in self._egress_only:
                yield self._loss("gateway", gateway.key, [fabric.node("eigw", gateway.key)], gateway.origin)
            else:
                home = fabric.node("igw", inventory.vpc(gateway.vpc, gateway.key))
                yield self._loss("gateway", gateway.key, [home], gateway.origin, [(INTERNET, router)])
        for nat in self._nats:
            resource = inventory.lookup.by_address.get(nat)
            yield self._loss("gateway", nat, [fabric.node("nat", nat)], resource.origin if resource else None)
        for transit in inventory.transits:
            places = [fabric.node("tgw", attachment.key) for attachment in transit.attachments]
            yield self._loss("gateway", transit.key, places, transit.origin)
        for endpoint in inventory.endpoints:
            yield self._loss("gateway", endpoint.key, [fabric.node("endpoint", endpoint.key)], endpoint.origin)
        for private in self._private:
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

    @property
    def _egress_only(self) -> frozenset[str]:
        found = self._fabric.inventory.lookup.of_kind(internet_gateway.EGRESS_ONLY)
        return frozenset(resource.address for resource in found)

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
        nodes, perhaps, because = self._with([subnet.key])
        return Loss("subnet", self._fabric.prefix + subnet.key, nodes, perhaps, because, origin=subnet.origin)

    def _with(self, keys: Iterable[str]) -> tuple[frozenset[str], frozenset[str], tuple[Unknown, ...]]:
        """What is lost with some subnets, what may be, and why only that."""
        fabric, gone = self._fabric, frozenset(keys)
        places = [fabric.node("subnet", key) for key in gone]
        places += [fabric.node("nat", nat) for nat, home in self._nats.items() if home in gone]
        sure = {each.party.id for each in fabric.placed if gone.issuperset(each.subnets)}
        torn = [each for each in fabric.placed if not gone.isdisjoint(each.subnets) and each.party.id not in sure]
        places += [fabric.node("one-of", "|".join(choice)) for choice in self._choices if gone.issuperset(choice)]
        unsure = [fabric.node("one-of", "|".join(choice)) for choice in self._choices if not gone.isdisjoint(choice)]
        because = {Unknown(f"which of the subnets {', '.join(e.subnets)} it is in", e.origin): None for e in torn}
        perhaps = self._at(unsure) | {each.party.id for each in torn}
        return self._at(places) | sure, perhaps, tuple(because)

    def _zones(self) -> Iterator[Loss]:
        """One for each zone by its name or ID, and one for each subnet whose zone is unknown."""
        named: dict[tuple[str, str, str], list[Subnet]] = {}
        for each in self._subnets:
            if isinstance(each.zone, str):
                named.setdefault((each.zone, self._naming(each), _region(each)), []).append(each)
            else:
                yield self._unknown_zone(each)
        for (zone, naming, region), members in sorted(named.items()):
            nodes, perhaps, because = self._with([each.key for each in members])
            yield Loss("zone", zone, nodes, perhaps, because, origin=members[0].origin, naming=naming, region=region)

    def _unknown_zone(self, subnet: Subnet) -> Loss:
        nodes, perhaps, because = self._with([subnet.key])
        name, unknown = (
            f"zone of {self._fabric.prefix}{subnet.key}",
            Unknown(f"the zone of {subnet.key}", subnet.origin),
        )
        return Loss(
            "zone",
            name,
            nodes,
            perhaps,
            because,
            origin=subnet.origin,
            naming=name,
            region=_region(subnet),
            unknown=unknown,
            single=subnet.declared,
        )

    def _naming(self, subnet: Subnet) -> str:
        """Within which a zone's name says which it is: everywhere for an ID, else an account, or a provider of ours."""
        if subnet.zone_by_id or subnet.resource is None:
            return "ids"
        account = resource_account(subnet.resource)
        return account or f"{self._fabric.prefix}{subnet.resource.settings.get('provider', '')}"


def _region(subnet: Subnet) -> str:
    return "" if subnet.resource is None else resource_region(subnet.resource) or ""
