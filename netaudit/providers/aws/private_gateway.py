"""A virtual private gateway joins a VPC to networks of its owner, over VPN connections or Direct Connect.

https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html (read 2026-11-23)
https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html (read 2026-11-23)

AWS-38 It announces the whole VPC, so that subnets without a route to it can be reached inbound. Where all its
       connections have static routes, only those addresses lie behind it; otherwise what lies there is unknown,
       unless the assumptions file says it (`on_premises`). Tables learn these very routes by propagation.

Not modelled:
- What the far side's routers and tunnels do: everything behind a gateway is possible, never certain.
- Direct Connect: where the sources have any, by a gateway or by a virtual interface, gateways lead beyond the model,
  or to `on_premises`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netaudit.flows import AddressSet
from netaudit.model import OUTSIDE, Diagnostic, End, Filter, Origin, Peers, Stage, Unknown
from netaudit.providers.aws import gates
from netaudit.providers.aws.fabric import Fabric, Way
from netaudit.providers.aws.lookup import Lookup
from netaudit.providers.aws.route_table import PROPAGATED, Route
from netaudit.providers.aws.values import Fields, Leaf, cidr

KIND, CONNECTION = "aws_vpn_gateway", "aws_vpn_connection"
_DIRECT = (
    "aws_dx_gateway_association",
    "aws_dx_gateway_association_proposal",
    "aws_dx_private_virtual_interface",
    "aws_dx_hosted_private_virtual_interface",
    "aws_dx_hosted_private_virtual_interface_accepter",
)


@dataclass(frozen=True, slots=True)
class PrivateGateway:
    """A gateway behind which only some addresses lie, and the VPC that it is attached to.

    `routes` are the static ones of its connections; none where what lies behind is assumed.
    """

    key: str
    vpc: Leaf
    behind: AddressSet
    origin: Origin
    routes: tuple[AddressSet, ...] = ()


def collect(lookup: Lookup, notes: list[Diagnostic], on_premises: AddressSet | None = None) -> list[PrivateGateway]:
    """The gateways about whose far side everything is written, or assumed (AWS-38)."""
    direct = next(lookup.of_kind(*_DIRECT), None) is not None
    if direct and on_premises is None:
        return []
    found: list[PrivateGateway] = []
    for resource in lookup.of_kind(KIND):
        home = Fields.of(resource, notes).leaf("vpc_id")
        home = home if home is not None else _attached(resource.address, lookup, notes)
        static = None if direct else _behind(resource.address, lookup, notes)
        behind = on_premises if static is None else AddressSet.union(static)
        if home is not None and behind is not None and resource.exists:
            found.append(PrivateGateway(resource.address, home, behind, resource.origin, static or ()))
    return found


def announced(gateways: Iterable[PrivateGateway], lookup: Lookup, route: Route) -> Route:
    """A route that a table learns from a gateway, as far as it is known what lies behind that one (AWS-38).

    Static routes are learnt one by one, while a tunnel is up; of others some part of what is assumed.
    """
    owner = lookup.find(route.target.leaf, KIND) if route.target.kind == "gateway" else None
    known = next((each for each in gateways if owner is not None and each.key == owner.address), None)
    if known is None or route.rank != PROPAGATED or route.unknown is None:
        return route
    if known.routes:
        return replace(route, blocks=known.routes, unknown=None)
    return replace(route, within=known.behind)


def _attached(gateway: str, lookup: Lookup, notes: list[Diagnostic]) -> Leaf | None:
    for link in lookup.of_kind(f"{KIND}_attachment"):
        fields = Fields.of(link, notes)
        owner = lookup.find(fields.leaf("vpn_gateway_id"), KIND)
        if owner is not None and owner.address == gateway:
            return fields.leaf("vpc_id")
    return None


def _behind(gateway: str, lookup: Lookup, notes: list[Diagnostic]) -> tuple[AddressSet, ...] | None:
    """The destinations of its connections; None where one of them is not known."""
    blocks: list[AddressSet] = []
    connections = 0
    for connection in lookup.of_kind(CONNECTION):
        fields = Fields.of(connection, notes)
        leaf = fields.leaf("vpn_gateway_id")
        owner = lookup.find(leaf, KIND)
        if owner is None and leaf is not None:
            return None  # of an unknown gateway, perhaps of this one
        if owner is None or owner.address != gateway:
            continue
        connections += 1
        if fields.flag("static_routes_only") is not True:
            return None
        for block in _routes(connection.address, lookup, notes):
            if block is None:
                return None
            blocks.append(block)
    return tuple(blocks) if connections else None


def _routes(connection: str, lookup: Lookup, notes: list[Diagnostic]) -> Iterator[AddressSet | None]:
    for route in lookup.of_kind(f"{CONNECTION}_route"):
        fields = Fields.of(route, notes)
        owner = lookup.find(fields.leaf("vpn_connection_id"), CONNECTION)
        if owner is None:
            yield None
        elif owner.address == connection:
            text = fields.text("destination_cidr_block")
            yield cidr(text) if isinstance(text, str) else None


def way(fabric: Fabric, gateway: PrivateGateway) -> Way:
    """Where a route to the gateway leads."""
    return Way(fabric.node("vgw", gateway.key))


def wire(fabric: Fabric, gateway: PrivateGateway, vpc: str, entering: str) -> None:
    """Out to what lies behind the gateway, and in from there to the whole VPC at the place `entering`."""
    name = gateway.key
    maybe = gates.perhaps(name, (Unknown(f"what lies behind {name}", gateway.origin),), gateway.origin)
    routed, origin = Peers(addresses=gateway.behind), gateway.origin
    there = gates.only(f"{name} routes", routed, stage=Stage.ROUTE, origin=origin)
    node, inward = fabric.node("vgw", name), fabric.node("vgw", name, "in")
    fabric.hop(node, OUTSIDE, [Filter(there, End.DESTINATION), maybe])
    fabric.hop(OUTSIDE, inward, [Filter(there, End.SOURCE), maybe])
    fabric.hop(inward, entering, [fabric.to_locals(vpc)])
