"""A route table says by which target a packet leaves its subnet: the longest matching prefix wins.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html (read 2026-11-23)
https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html (read 2026-11-23)

AWS-19 Each subnet uses one route table: its association or the VPC's main table. Each table has a local route
       for every CIDR block of the VPC. Only routes to NAT gateways, interfaces and Gateway Load Balancer
       endpoints may be more specific than local; they may take the place of a local route, too.
AWS-20 Longest prefix wins; among equal ones static before prefix list before propagated. A propagated route
       that overlaps local loses to local even when it is more specific. Overlapping prefix lists with
       different targets are unknown.
AWS-21 A route in state `blackhole` drops.

Not modelled:
- Limits of the number of routes: they limit deployment, not packets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from netaudit.flows import ANY, ANYWHERE, IPV4, IPV6, NOWHERE, PUBLIC, TCP, AddressSet, Traffic
from netaudit.model import (
    Action,
    Codes,
    Diagnostic,
    End,
    Filter,
    Origin,
    Peers,
    Policy,
    Ref,
    Resource,
    Rule,
    Stage,
    Tier,
    Unknown,
)
from netaudit.providers.aws.lookup import existence
from netaudit.providers.aws.values import Fields, Leaf, Secret, cidr, doubt, shown, widened

NO_ROUTE = "NO_ROUTE_TO_DESTINATION"
CODES = Codes(NO_ROUTE, NO_ROUTE, NO_ROUTE, NO_ROUTE)

TARGETS = {
    "gateway_id": "gateway",
    "nat_gateway_id": "nat",
    "vpc_peering_connection_id": "peering",
    "transit_gateway_id": "transit",
    "egress_only_gateway_id": "egress-only",
    "vpc_endpoint_id": "endpoint",
    "network_interface_id": "interface",
    "instance_id": "interface",
    "carrier_gateway_id": "carrier",
    "local_gateway_id": "local-gateway",
    "core_network_arn": "core-network",
}
_INLINE = ("cidr_block", "ipv6_cidr_block", "destination_prefix_list_id")
_SEPARATE = ("destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
ENDPOINT_CARRIES = TCP | Traffic.icmp(0) | Traffic.icmp(8)  # what a gateway endpoint carries (AWS-40)
STATIC, LISTED, PROPAGATED = 0, 1, 2  # the order among equal prefixes (AWS-20)
_SPECIFIC = frozenset({"nat", "interface", "endpoint", "unknown", "blackhole"})  # what may be within local (AWS-19)
_LARGEST = {False: 1 << 16, True: 1 << 84}  # the sizes of a VPC's largest block: /16, and /44 of IPv6
_V6_SPACE = AddressSet.parse("2000::/3") | AddressSet.parse("fc00::/7")  # what IPv6 blocks of a VPC are taken from


@dataclass(frozen=True, slots=True)
class Target:
    """Where a route leads: the kind of the thing and its identity as written. `local` and `blackhole` too."""

    kind: str
    leaf: Leaf | None = None


LOCAL = Target("local")
BLACKHOLE = Target("blackhole")
UNKNOWN = Target("unknown")


@dataclass(frozen=True, slots=True)
class Route:
    """One route as it was written; `prefix_list` is a destination yet to be looked up."""

    target: Target
    origin: Origin
    name: str
    blocks: tuple[AddressSet, ...] = ()
    prefix_list: Leaf | None = None
    unknown: Unknown | None = None  # the destination, where it is unknown
    rank: int = STATIC
    because: tuple[Unknown, ...] = ()
    within: AddressSet = ANYWHERE  # where a destination that is unknown lies for certain
    secret: bool = False  # the destination must not be printed


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A table with its routes, inline and separate; `open` says why there may be others."""

    key: str
    origin: Origin | None
    vpc: Leaf | None = None
    routes: tuple[Route, ...] = field(default=(), repr=False)
    open: tuple[Unknown, ...] = ()


def read(resource: Resource, notes: list[Diagnostic]) -> RouteTable:
    """An `aws_route_table` or `aws_default_route_table` with its inline routes (TF-94)."""
    fields = Fields.of(resource, notes)
    routes: list[Route] = []
    for index, block in enumerate(fields.blocks("route")):
        name = f"route[{index}]"
        if isinstance(block, Unknown):
            origin = block.origin or resource.origin
            routes.append(Route(UNKNOWN, origin, name, unknown=block, because=(block,)))
        else:
            routes.append(_route(block, _INLINE, name))
    routes += [propagated(leaf, resource.origin) for leaf in fields.leaves("propagating_vgws") or ()]
    return RouteTable(resource.address, resource.origin, fields.leaf("vpc_id"), tuple(routes))


def propagated(gateway: Leaf | None, origin: Origin) -> Route:
    """The routes that a virtual private gateway announces: their destinations are not in the sources."""
    reason = Unknown(f"the routes that {gateway} propagates", origin)
    return Route(Target("gateway", gateway), origin, "propagated", unknown=reason, rank=PROPAGATED, because=(reason,))


def learnt(server: str, origin: Origin) -> Route:
    """What a route server puts into a table: neither where it leads nor what it takes is in the sources."""
    reason = Unknown(f"the routes of {server}", origin)
    return Route(UNKNOWN, origin, "learnt", unknown=reason, rank=PROPAGATED, because=(reason,))


def to_service(endpoint: str, blocks: tuple[AddressSet, ...], origin: Origin) -> Route:
    """The route that a gateway endpoint puts into a table: the prefix list of its service (AWS-40)."""
    return Route(Target("service", Ref(endpoint)), origin, "gateway endpoint", blocks, rank=LISTED)


def read_route(resource: Resource, notes: list[Diagnostic]) -> Route:
    """An `aws_route` (TF-94)."""
    return _route(Fields.of(resource, notes), _SEPARATE, "")


def _route(block: Fields, names: Sequence[str], name: str) -> Route:
    target, doubts = _target(block)
    shaky = (*existence(block.resource), *doubts)
    announced = block.flag("propagated") is True  # only snapshots say so
    route = Route(target, block.origin, name, rank=PROPAGATED if announced else STATIC, because=shaky)
    prefix_list = block.leaf(names[2])
    if prefix_list is not None:
        return replace(route, prefix_list=prefix_list, rank=LISTED)
    v4, v6 = block.text(names[0]), block.text(names[1])
    within = IPV6 if v4 is None else IPV4 if v6 is None else ANYWHERE
    for written in (v4, v6):
        found = cidr(written) if isinstance(written, str) else None
        if found is not None:
            return replace(route, blocks=(found,), secret=isinstance(written, Secret))
        if isinstance(written, Unknown):
            return replace(route, unknown=written, within=within)
        if written is not None:
            return replace(route, unknown=_bad(block, written))
    return replace(route, unknown=_bad(block, "no destination"))


def _bad(block: Fields, written: str) -> Unknown:
    message = f"{block.resource.address}: the destination of a route must be a CIDR block, not {shown(written)}"
    block.notes.append(widened("AWS_BAD_VALUE", message, block.origin))
    return Unknown(message, block.origin)


def _target(block: Fields) -> tuple[Target, tuple[Unknown, ...]]:
    """The only target that is set; several candidates, as with unknown values, are an unknown one."""
    written = [(kind, leaf) for name, kind in TARGETS.items() if (leaf := block.leaf(name)) is not None]
    if block.raw("state") == "blackhole":
        return BLACKHOLE, ()  # AWS-21
    if len(written) == 1 and not isinstance(written[0][1], Unknown):
        kind, leaf = written[0]
        return (LOCAL if leaf == "local" else Target(kind, leaf)), ()
    reasons = tuple(reason for _, leaf in written if (reason := doubt(leaf, block.origin)))
    return UNKNOWN, reasons or (Unknown("the target of the route", block.origin),)


# ---- lowering -----------------------------------------------------------------------------------------


class Share(NamedTuple):
    """What goes to one target by one route: certainly, and possibly for the reasons in `because`."""

    target: Target
    route: Route
    certain: AddressSet
    possible: AddressSet
    because: tuple[Unknown, ...]


def shares(
    local: tuple[AddressSet, ...], local_unknown: tuple[Unknown, ...], table: RouteTable, secret: bool = False
) -> list[Share]:
    """Split all destinations among the routes of a table, whose prefix lists are resolved (AWS-19…21).

    From the longest prefix to the shortest, each takes what no longer one took; what an uncertain one may have
    taken is only possible for the shorter ones. `local` are the VPC's blocks, `local_unknown` why there may
    be others; `secret` ones are not printed.
    """
    origin = table.origin or Origin("")
    own = [Route(LOCAL, origin, "local", (block,), rank=-1, secret=secret) for block in local]
    own = [route for each in own for route in _unless_replaced(each, table.routes)]
    own += [Route(LOCAL, origin, "local", unknown=reason, rank=-1) for reason in local_unknown]
    whole = AddressSet.union(local)
    written = [part for route in table.routes for part in _beside(local, whole, route)]
    written += [Route(UNKNOWN, origin, "", unknown=reason, because=(reason,)) for reason in table.open]
    return list(_split(sorted(_blocks([*own, *written], whole), key=_priority)))


def _unless_replaced(local: Route, routes: Iterable[Route]) -> Iterator[Route]:
    """A local route whose target another one took is gone (AWS-19): perhaps, where that one is uncertain."""
    rivals = [route for route in routes if route.target.kind in _SPECIFIC and set(local.blocks) & set(route.blocks)]
    sure = [route for route in rivals if not route.because and route.rank == STATIC and route.target != LOCAL]
    if not sure:
        because = tuple(dict.fromkeys(reason for route in rivals for reason in route.because))
        yield replace(local, because=because)


def _beside(local: tuple[AddressSet, ...], whole: AddressSet, route: Route) -> Iterator[Route]:
    """What a route may take beside the local ones (AWS-20).

    A propagated route never takes what is local; no page says what becomes of entries of a prefix list that are
    within local and lead to none of the targets that may take it.
    """
    if route.rank == PROPAGATED:
        yield replace(route, blocks=tuple(left for block in route.blocks if (left := block - whole)))
        return
    inner = tuple(block for block in route.blocks if block <= whole and block not in local)
    if route.rank != LISTED or route.target.kind in {*_SPECIFIC, "local"} or not inner:
        yield route
        return
    reason = Unknown("whether entries of a prefix list take what is local", route.origin)
    yield replace(route, blocks=tuple(block for block in route.blocks if block not in inner))
    yield replace(route, blocks=inner, unknown=None, because=(*route.because, reason))


def may_be_within_local(route: Route) -> bool:
    """Whether a route may be more specific than a local one whose block is unknown (AWS-19)."""
    if route.target.kind not in _SPECIFIC:
        return False
    return route.unknown is not None or any(
        block.size <= _LARGEST[block <= IPV6] and (block <= IPV4 or block <= _V6_SPACE) for block in route.blocks
    )


class _Block(NamedTuple):
    addresses: AddressSet
    route: Route
    because: tuple[Unknown, ...]


def _blocks(routes: Iterable[Route], local: AddressSet) -> Iterator[_Block]:
    """Every route as single blocks; an unknown destination may be any that its target may take (AWS-19)."""
    for route in routes:
        for block in route.blocks:
            yield _Block(block, route, route.because)
        if route.unknown is not None:
            everything = IPV4 if route.target == LOCAL else route.within
            bound = everything if route.target.kind in {*_SPECIFIC, "local"} else everything - local
            yield _Block(bound, route, (*route.because, route.unknown))


def _priority(block: _Block) -> tuple[int, int, int]:
    """Unknown destinations first, as they may be the longest; then by length of the prefix, then by rank."""
    return (0 if block.route.unknown is not None else 1, block.addresses.size, block.route.rank)


def _split(blocks: Sequence[_Block]) -> Iterator[Share]:
    taken = perhaps = NOWHERE
    reasons: dict[Unknown, AddressSet] = {}
    for block, rivals in _with_rivals(blocks):
        left = block.addresses - taken
        because = dict.fromkeys(block.because)
        because |= dict.fromkeys(rivals)
        because |= dict.fromkeys(reason for reason, where in reasons.items() if where.overlaps(left))
        certain = NOWHERE if block.because or rivals else left - perhaps
        if left:
            yield Share(block.route.target, block.route, certain, left - certain, tuple(because))
        if block.because or rivals:
            perhaps |= block.addresses
            for reason in (*block.because, *rivals):
                reasons[reason] = reasons.get(reason, NOWHERE) | block.addresses
        else:
            taken |= block.addresses


def _with_rivals(blocks: Sequence[_Block]) -> Iterator[tuple[_Block, tuple[Unknown, ...]]]:
    """Each block with the reason why an equal one of the same rank and another target may win (AWS-20)."""
    seen: dict[tuple[AddressSet, int], set[Target]] = {}
    for block in blocks:
        seen.setdefault((block.addresses, block.route.rank), set()).add(block.route.target)
    for block in blocks:
        targets = seen[(block.addresses, block.route.rank)]
        where = "(sensitive)" if block.route.secret else block.addresses
        reason = Unknown(f"which of {len(targets)} routes to {where} wins", block.route.origin)
        yield block, ((reason,) if len(targets) > 1 and block.route.unknown is None else ())


def overruled(local: tuple[AddressSet, ...], table: RouteTable, prefix: str = "") -> Iterator[tuple[Filter, ...]]:
    """What a route would take if another one of its table did not, with a code for why it does not (AWS-20).

    Only what is certain is told, and of `local` routes only what they take from propagated ones: no other route
    could lead elsewhere there. `prefix` begins the codes.
    """
    own = Route(LOCAL, table.origin or Origin(""), "local", local, rank=-1)
    known = [route for route in table.routes if route.blocks and not route.because]
    taken: list[_Block] = []
    everything, whole = NOWHERE, AddressSet.union(local)
    for block in sorted(_blocks([own, *known], NOWHERE), key=_priority):
        announced = block.route.rank == PROPAGATED
        before = [*(_Block(each, own, ()) for each in local), *taken] if announced else taken
        left = block.addresses & (everything | whole if announced else everything)
        winners: list[Rule] = []
        for other in before if left else ():
            part = left & other.addresses
            left -= part
            if part and _rules_over(other, block):
                winners.append(_winner(other, block, part, prefix))
        if winners:
            yield _losing(table, block, winners)
        takes = block.addresses - whole if announced else block.addresses
        taken.append(block._replace(addresses=takes))
        everything |= takes


def _rules_over(winner: _Block, loser: _Block) -> bool:
    """Whether it is worth telling: another target, and no draw of two routes."""
    one, other = winner.route, loser.route
    if one.target == other.target or (one.target == LOCAL and other.rank != PROPAGATED):
        return False
    return winner.addresses.size < loser.addresses.size or one.rank < other.rank


def _winner(other: _Block, loser: _Block, part: AddressSet, prefix: str) -> Rule:
    if other.route.target == LOCAL:
        code, why = "VPC_LOCAL_ROUTE_CIDR_RESTRICTION", "is local, which no propagated route takes"
    elif other.addresses.size < loser.addresses.size:
        code, why = f"{prefix}MORE_SPECIFIC_ROUTE", "is more specific"
    else:
        code, why = f"{prefix}HIGHER_PRIORITY_ROUTE", "has a higher priority"
    text = f"{_shown(other)} {why}"
    return Rule(Peers(addresses=part), ANY, Action.DENY, other.route.origin, other.route.name, text, code)


def _losing(table: RouteTable, block: _Block, winners: list[Rule]) -> tuple[Filter, ...]:
    route = block.route
    lost = AddressSet.union(rule.peers.addresses for rule in winners)
    taking = Rule(Peers(addresses=lost), ANY, Action.ALLOW, route.origin, route.name, _shown(block))
    name = f"{table.key} → {route.target.leaf or route.target.kind}"
    tiers = (Tier((taking,), Action.DENY), Tier(tuple(winners), Action.DENY))
    return tuple(
        Filter(Policy(name, (tier,), Action.DENY, Stage.ROUTE, False, route.origin, CODES), End.DESTINATION)
        for tier in tiers
    )


def _shown(block: _Block) -> str:
    route = block.route
    return f"{'(sensitive)' if route.secret else block.addresses} via {route.target.leaf or route.target.kind}"


NO_DOUBTS: Mapping[str, tuple[Unknown, ...]] = MappingProxyType({})


def policy(
    name: str,
    parts: Iterable[Share],
    members: frozenset[str],
    shy: frozenset[str],
    origin: Origin | None,
    besides: tuple[Unknown, ...] = (),
    *,
    codes: Codes = CODES,
    doubts: Mapping[str, tuple[Unknown, ...]] = NO_DOUBTS,
) -> Policy:
    """What leaves by one target: its shares as allow rules.

    `members` also match by identity, `shy` never by address: parties of the VPC whose own address is unknown
    are local, whatever it turns out to be, but for routes within local; `doubts` are why such a one may take some of
    the members. `besides` is why a gateway endpoint may take some public addresses:
    TCP reaches those either way, other traffic only perhaps (AWS-40).
    """
    parts = tuple(parts)
    rules = [rule for part in parts for rule in _rules(part, shy, besides)]
    sure = [part for part in parts if part.certain]
    if len(sure) > 1 and not besides:
        rules.append(_together(sure, shy))
    if members:
        sure_ones = frozenset(members - doubts.keys())
        local = Rule(Peers(sure_ones), ANY, Action.ALLOW, origin or Origin(""), "local", "local route")
        why = tuple(dict.fromkeys(reason for reasons in doubts.values() for reason in reasons))
        unsure = [replace(local, peers=Peers(members - sure_ones), because=why)] if members - sure_ones else []
        rules = [*([local] if sure_ones else []), *unsure, *rules]
    owners = (origin,) if origin else ()
    return Policy(name, (Tier(tuple(rules), Action.DENY, owners),), Action.DENY, Stage.ROUTE, False, origin, codes)


def _together(parts: Sequence[Share], shy: frozenset[str]) -> Rule:
    """All routes to one target: an address that is not known goes there if each of its candidates does."""
    addresses = AddressSet.union(part.certain for part in parts)
    text = f"one of {len(parts)} routes via {parts[0].target.leaf or parts[0].target.kind}"
    origin = parts[-1].route.origin
    return Rule(Peers(addresses=addresses, exempt=shy), ANY, Action.ALLOW, origin, parts[-1].route.name, text)


def _rules(part: Share, shy: frozenset[str], besides: tuple[Unknown, ...]) -> Iterator[Rule]:
    blocks = ("(sensitive)",) if part.route.secret else part.route.blocks
    written = ", ".join(map(str, blocks)) or part.route.unknown
    text = f"{written} via {part.target.leaf or part.target.kind}"
    base = Rule(Peers(), ANY, Action.ALLOW, part.route.origin, part.route.name, text)
    shy = frozenset() if may_be_within_local(part.route) else shy
    shared = part.certain & PUBLIC if besides and part.target != LOCAL else NOWHERE
    if part.certain - shared:
        yield replace(base, peers=Peers(addresses=part.certain - shared, exempt=shy))
    if shared:
        peers = Peers(addresses=shared, exempt=shy)
        yield replace(base, peers=peers, traffic=ENDPOINT_CARRIES)
        yield replace(base, peers=peers, because=besides)
    if part.possible:
        yield replace(base, peers=Peers(addresses=part.possible, exempt=shy), because=part.because)
