"""The hops of transit gateways: in by the zone's subnet, across by the associated table, out by a subnet.

What an attachment is and which table it uses is read in `transit_gateway`; here it becomes part of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netaudit.model import DROPPED, Codes, Diagnostic, End, Filter, Origin, Severity, Step, Truth, Unknown
from netaudit.providers.aws import gates, route_table, transit_gateway
from netaudit.providers.aws.fabric import Fabric, Way, lost
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.route_table import Share, Target
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.transit_gateway import Attachment, TransitGateway
from netaudit.providers.aws.values import Fields, Leaf

_NO_ROUTE = "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"
_CODES = Codes(*[_NO_ROUTE] * 4)


class Transit:
    """Builds the transit gateways of a fabric; `beyond` leads out of the model from a VPC."""

    def __init__(self, fabric: Fabric, beyond: Callable[[str, Unknown], Way]) -> None:
        self._fabric = fabric
        self._inventory = fabric.inventory
        self._beyond = beyond
        self.entries = {
            each.key: self._entries(each) for gateway in self._inventory.transits for each in gateway.attachments
        }

    def _entries(self, each: Attachment) -> tuple[str, ...]:
        """The subnets by which an attachment enters its VPC: those that it may be, where one is unknown."""
        inventory, home = self._inventory, frozenset({each.home})
        keys = dict.fromkeys(key for leaf in each.subnets for key in inventory.places(leaf, each.written, home))
        homes = {key: inventory.subnets[key].vpc for key in keys}
        return tuple(key for key, vpc in homes.items() if vpc == each.home or not inventory.vpcs[vpc].declared)

    @property
    def choices(self) -> set[tuple[str, ...]]:
        """The sets of subnets by one of which an attachment enters its VPC."""
        return {keys for keys in self.entries.values() if len(keys) > 1}

    @property
    def entered(self) -> frozenset[str]:
        """The subnets by which gateways may enter their VPCs."""
        return frozenset(key for keys in self.entries.values() for key in keys)

    def sticks(self, choice: tuple[str, ...]) -> bool:
        """Whether a flow that enters by one of some subnets keeps to it, its replies included (AWS-37)."""
        entering = [each for each in self._attachments() if self.entries[each.key] == choice]
        if len(entering) != 1 or not entering[0].appliance:
            return False
        home = entering[0].home
        return sum(home in homes for homes in self._inventory.attached.values()) == 1  # another one knows no flow of it

    def _attachments(self) -> Iterator[Attachment]:
        return (each for gateway in self._inventory.transits for each in gateway.attachments)

    def ways(self, place: Subnet, leaf: Leaf, _: Origin | None) -> list[Way] | None:
        """From a subnet to a gateway: by the attachment's subnet in the same zone (AWS-34), past its ACL."""
        found = self._inventory.lookup.find(leaf, transit_gateway.KIND)
        gateway = next((g for g in self._inventory.transits if found is not None and g.key == found.address), None)
        if gateway is None:
            return None
        return [way for each in gateway.at(place.vpc) for way in self._entrances(place, each)]

    def _entrances(self, place: Subnet, each: Attachment) -> Iterator[Way]:
        subnets = [self._inventory.subnets[key] for key in self.entries[each.key]]
        zones = [(transit_gateway.same_zone(place, subnet), subnet) for subnet in subnets]
        certain = [subnet for truth, subnet in zones if truth is Truth.YES and self._is_written(each, subnet)]
        head = self._fabric.node("tgw", each.key, "in")
        if zones and all(truth is Truth.NO for truth, _ in zones):
            why = f"it has no subnet in the zone of {place.key}"
            yield lost(each.key, "TGW_ROUTE_AZ_RESTRICTION", why, each.origin)
        for subnet in certain[:1] or [s for truth, s in zones if truth is not Truth.NO]:
            steps: list[Step] = [self._fabric.acl(subnet, False)]
            if not certain:
                reason = Unknown(f"whether {place.key} and {subnet.key} share a zone", each.origin)
                steps.append(gates.perhaps(each.key, (reason,), each.origin))
            yield Way(head, tuple(steps))

    def _is_written(self, each: Attachment, subnet: Subnet) -> bool:
        """Whether an attachment certainly has a subnet, which it has not where any of several may be meant."""
        places = (self._inventory.places(leaf, each.written) for leaf in each.subnets)
        return (subnet.key,) in places

    def build(self) -> None:
        """Across each gateway, and into each attached VPC by one of the attachment's subnets (AWS-35)."""
        for gateway in self._inventory.transits:
            for each in gateway.attachments:
                self._across(gateway, each)
                self._enter(each)

    def _across(self, gateway: TransitGateway, each: Attachment) -> None:
        fabric = self._fabric
        tail = fabric.node("tgw", each.key, "in")
        tables = [gateway.tables[each.table]] if each.table else []
        if each.because:
            tables = list(gateway.tables.values())  # its association may be another one: any of them
        maybe = (gates.perhaps(each.key, each.because, each.origin),) if each.because else ()
        if not tables:
            why = "no table of the gateway is associated with it"
            fabric.hop(tail, *lost(each.key, "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", why, each.origin))
        for table in map(self._fabric.resolved_table, tables):
            parts: dict[Target, list[Share]] = {}
            for share in route_table.shares((), (), table):
                parts.setdefault(share.target, []).append(share)
            if not parts:
                fabric.hop(tail, *lost(table.key, _NO_ROUTE, "the table has no route", table.origin))
            for target, shares in parts.items():
                name = f"{table.key} → {target.leaf or target.kind}"
                policy = route_table.policy(name, shares, frozenset(), frozenset(), table.origin, codes=_CODES)
                for head, steps in self._targets(gateway, each, target, shares[0].route.origin):
                    fabric.hop(tail, head, (*maybe, Filter(policy, End.DESTINATION), *steps))
            for overruled in route_table.overruled((), table, "TGW_RTB_"):
                fabric.hop(tail, DROPPED, (*maybe, *overruled))

    def _targets(
        self, gateway: TransitGateway, each: Attachment, target: Target, origin: Origin | None
    ) -> Iterator[Way]:
        if target.kind == "attachment" and target.leaf != each.written:
            named = (other for other in gateway.attachments if other.written == target.leaf)
            yield from (Way(self._fabric.node("tgw", other.key, "out")) for other in named)
        elif target.kind == "attachment":
            why = "a gateway sends nothing back by the attachment that it came from"
            yield lost(each.key, _NO_ROUTE, why, each.origin)
        elif target == route_table.BLACKHOLE:
            yield lost(gateway.key, "TGW_RTB_BAD_STATE_ROUTE", "the route is a blackhole", origin)
        elif target.kind == "unknown":
            for other in gateway.attachments:
                if other.written != each.written:
                    yield Way(self._fabric.node("tgw", other.key, "out"))
        if target.kind in {"unknown", "foreign"}:
            reason = Unknown(f"what lies behind {target.leaf or gateway.key}", gateway.origin)
            yield self._beyond(each.home, reason)

    def _enter(self, each: Attachment) -> None:
        keys = self.entries[each.key]
        tail = self._fabric.node("tgw", each.key, "out")
        maybe = [gates.perhaps(each.key, each.because, each.origin)] if each.because else []
        if len(keys) == 1:
            self._fabric.hop(tail, self._fabric.node("subnet", keys[0], "through"), maybe)
        elif keys:
            self._fabric.hop(tail, self._fabric.node("one-of", "|".join(keys), "through"), maybe)

    def open_to_others(self) -> Iterator[str]:
        """VPCs attached to a gateway that has other attachments, or that is not in the sources."""
        for gateway in self._inventory.transits:
            strange = any(r.target.kind == "foreign" for t in gateway.tables.values() for r in t.routes)
            if gateway.foreign or strange:
                yield from (each.home for each in gateway.attachments)
        for key, homes in self._inventory.attached.items():
            leaf = Fields.of(self._inventory.lookup.by_address[key], self._inventory.notes).leaf("transit_gateway_id")
            if self._inventory.lookup.find(leaf, transit_gateway.KIND) is None:
                yield from homes


def advice(inventory: Inventory) -> Iterator[Diagnostic]:
    """Attachments without appliance mode whose VPC has an appliance in the way of what comes in (AWS-37)."""
    guarded = {
        inventory.vpc(table.vpc, table.key)
        for table in inventory.tables.values()
        if any(route.target.kind in ("interface", "endpoint") for route in table.routes) and table.vpc is not None
    }
    for gateway in inventory.transits:
        for each in gateway.attachments:
            resource = inventory.lookup.by_address[each.written]
            mode = Fields.of(resource, inventory.notes).text("appliance_mode_support")
            if len(each.subnets) > 1 and each.home in guarded and mode in (None, "disable"):
                message = f"{each.key}: an appliance of its VPC may see only one direction of a flow"
                yield Diagnostic("TRANSIT_GATEWAY_APPLIANCE_MODE_RECOMMENDED", message, Severity.INFO, each.origin)
