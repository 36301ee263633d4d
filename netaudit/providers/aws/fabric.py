"""The graph under construction: names of places, shared policies, and the hops so far.

Places are `subnet:S:out` (packets that leave an interface in S), `subnet:S` (packets that arrive in S),
`vpc:V` (the VPC's router), and those of gateways. A subnet has two places so that a packet which leaves by a
gateway and comes back by another visits neither twice.

    web ──▶ subnet:a:out ──acl, route──▶ vpc:prod ──acl──▶ subnet:b ──▶ db
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from netaudit.flows import ANY
from netaudit.model import (
    DROPPED,
    EVERYONE,
    Action,
    End,
    Filter,
    Hop,
    Origin,
    Party,
    Peers,
    Policy,
    Rule,
    Stage,
    Step,
    Unknown,
)
from netaudit.providers.aws import gates, network_acl, prefix_list, route_table, security_group
from netaudit.providers.aws.acl_collection import default_acl, stray_defaults
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.membership import Across, Members
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.route_table import Route, RouteTable, Share, Target
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.vpc import Vpc

INTERNET = "internet"


class Way(NamedTuple):
    """Where a route's target leads, and what a packet must pass to go there."""

    head: str
    steps: tuple[Step, ...] = ()


def lost(name: str, code: str, why: str, origin: Origin | None = None) -> Way:
    """The way of what is taken and dropped."""
    return Way(DROPPED, (gates.drop(name, code, why, origin),))


class Fabric:
    """Hops, and everything that several of them share.

    `prefix` begins every public identity, `realm` every place, so that those of several realms stay apart.
    `ghosts` are members of groups that are nowhere.
    """

    def __init__(
        self,
        inventory: Inventory,
        placed: list[Placed],
        translators: list[tuple[str, Party]],
        across: Across,
        *,
        prefix: str,
        realm: str,
        ghosts: Iterable[Placed] = (),
    ) -> None:
        self.inventory = inventory
        self.placed = placed
        self.translators = translators  # parties of NAT gateways by subnet: delivered to, but no endpoints
        self.prefix = prefix
        self.realm = realm
        self.hops: list[Hop] = []
        self.dead_ends: list[Hop] = []
        self.led_into: set[str] = set()  # VPCs into which ways lead that are not known
        self.aliases: dict[str, dict[str, tuple[Party, tuple[Unknown, ...]]]] = {}  # of targets, by their party
        self.members = Members(inventory, [*placed, *ghosts], across)
        self._groups: dict[object, Policy] = {}
        self._acls: dict[object, Policy] = {}
        self._routes: dict[object, Mapping[Target, Policy]] = {}
        self._overruled: dict[object, tuple[Way, ...]] = {}
        self._deliveries: dict[str, Filter] = {}

    def node(self, kind: str, key: str, side: str = "") -> str:
        """The name of a place."""
        return f"{kind}:{self.realm}{key}{':' + side if side else ''}"

    def brought(self, vpc: str) -> str:
        """Where ways that are not known enter a VPC: what they bring is delivered there and goes no further.

        They lead from every VPC to every other one, so that going on by another one of them would reach nothing more.
        """
        self.led_into.add(vpc)
        return self.node("vpc", vpc, "brought")

    def hop(self, tail: str, head: str, steps: Iterable[Step] = ()) -> None:
        """Add a hop."""
        some = self.dead_ends if head == DROPPED else self.hops
        some.append(Hop(tail, head, tuple(steps)))

    # ---- who is where ---------------------------------------------------------------------------------

    @cached_property
    def _by_vpc(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for each in self.placed:
            for key in each.vpcs:
                found.setdefault(key, set()).add(each.party.id)
        for subnet, party in self.translators:
            found.setdefault(self.inventory.subnets[subnet].vpc, set()).add(party.id)
        return {key: frozenset(ids) for key, ids in found.items()}

    @cached_property
    def _by_subnet(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for each in self.placed:
            for key in each.subnets:
                found.setdefault(key, set()).add(each.party.id)
        for subnet, party in self.translators:
            found.setdefault(subnet, set()).add(party.id)
        return {key: frozenset(ids) for key, ids in found.items()}

    def locals(self, vpc: str) -> frozenset[str]:
        """The private parties of a VPC."""
        return self._by_vpc.get(vpc, frozenset())

    def to_locals(self, vpc: str, code: str = "NO_POSSIBLE_DESTINATION") -> Filter:
        """A filter that lets pass what is addressed to private parties of a VPC."""
        key = f"vpc {vpc} {code}"
        if key not in self._deliveries:
            policy = gates.only(f"{vpc} addresses", Peers(self.locals(vpc)), code, stage=Stage.ROUTE)
            self._deliveries[key] = Filter(policy, End.DESTINATION)
        return self._deliveries[key]

    def deliver(self, subnet: str) -> Filter:
        """A filter that lets pass what is addressed to interfaces that are, or may be, in a subnet."""
        if subnet not in self._deliveries:
            peers = Peers(self._by_subnet.get(subnet, frozenset()))
            policy = gates.only(f"{subnet} addresses", peers, "NO_POSSIBLE_DESTINATION", stage=Stage.ROUTE)
            self._deliveries[subnet] = Filter(policy, End.DESTINATION)
        return self._deliveries[subnet]

    # ---- policies -------------------------------------------------------------------------------------

    def groups(self, each: Placed, egress: bool) -> Filter | None:
        """The security groups of an interface in one direction (AWS-1); None where no group can filter it."""
        if each.ungrouped:
            return None
        key = (each.groups, each.unknown_groups, each.vpcs, egress)
        if key not in self._groups:
            groups = [self.inventory.groups[key] for key in each.groups]
            self._groups[key] = security_group.lower(
                groups, each.unknown_groups, egress, lambda g, r: self.members.meaning(g, r, each.vpcs)
            )
        return Filter(self._groups[key], End.DESTINATION if egress else End.SOURCE)

    def acl(self, place: Subnet, egress: bool) -> Filter:
        """The network ACL at the border of a subnet in one direction (AWS-15…18)."""
        keys, doubts = self.inventory.acls_for(place)
        key = (tuple(keys) or place.vpc, place.some, doubts, egress)
        if key not in self._acls:
            self._acls[key] = self._acl(place, keys, doubts, egress)
        return Filter(self._acls[key], End.DESTINATION if egress else End.SOURCE)

    def acl_perhaps(self, place: Subnet, egress: bool) -> Filter:
        """The network ACL for what comes to a middlebox, or from it: no page says that it applies."""
        key = (place.key, egress, "perhaps")
        if key not in self._acls:
            asked = self.acl(place, egress).policy
            reason = Unknown(f"whether the network ACL of {place.key} filters what a middlebox carries", place.origin)
            skipped = Rule(EVERYONE, ANY, Action.ALLOW, place.origin or gates.NOWHERE_WRITTEN, because=(reason,))
            first, *others = asked.tiers
            tiers = (replace(first, rules=(skipped, *first.rules)), *others)
            self._acls[key] = replace(asked, tiers=tiers)
        return Filter(self._acls[key], End.DESTINATION if egress else End.SOURCE)

    def _acl(self, place: Subnet, keys: list[str], doubts: tuple[Unknown, ...], egress: bool) -> Policy:
        home = self.inventory.vpcs[place.vpc]
        if place.some and place.unknown is not None:
            doubts = (place.unknown,)
        elif len(keys) > 1:
            doubts = (Unknown(f"which of {', '.join(keys)} {place.key} uses", place.origin),)
        if doubts:
            return network_acl.unknown(f"ACL of {place.key}", doubts, egress, place.origin)
        adopted = keys[0] if keys else default_acl(self.inventory, place.vpc)
        if adopted is not None:
            return network_acl.lower(self.inventory.acls[adopted], egress)
        name = f"{place.vpc}:default-network-acl"
        if stray := stray_defaults(self.inventory):
            return network_acl.unknown(name, stray, egress, home.origin)
        if home.declared:
            return network_acl.lower(network_acl.allowing(name, home.origin), egress)
        reason = Unknown(f"the default network ACL of {place.vpc}", home.origin)
        return network_acl.unknown(name, (reason,), egress, home.origin)

    # ---- routes ---------------------------------------------------------------------------------------

    def routes(self, place: Subnet) -> Mapping[Target, Policy]:
        """What leaves a subnet by each target of its table (AWS-19…21)."""
        table = self.inventory.table_for(place)
        key = (table.key, place.vpc)
        if key not in self._routes:
            candidates, _ = self.inventory.tables_for(place)
            self._routes[key] = self.split(table, place.vpc, {each.key for each in candidates})
        return self._routes[key]

    def overruled(self, place: Subnet) -> tuple[Way, ...]:
        """What the routes of a subnet's table lose to others of it (AWS-20)."""
        table = self.inventory.table_for(place)
        key = (table.key, place.vpc)
        if key not in self._overruled:
            home = self.inventory.vpcs[place.vpc]
            found = route_table.overruled(home.blocks, self.resolved_table(table))
            self._overruled[key] = tuple(Way(DROPPED, steps) for steps in found)
        return self._overruled[key]

    def resolved_table(self, table: RouteTable) -> RouteTable:
        """A table with the entries of its prefix lists (AWS-11)."""
        return replace(table, routes=tuple(map(self._resolved, table.routes)))

    def split(self, table: RouteTable, vpc: str, stands_for: Collection[str] = ()) -> Mapping[Target, Policy]:
        """What a table of a VPC sends to each of its targets; it may stand for one of several, by their keys."""
        home = self.inventory.vpcs[vpc]
        resolved = self.resolved_table(table)
        parts: dict[Target, list[Share]] = {}
        for share in route_table.shares(home.blocks, home.unknown, resolved, home.secret):
            parts.setdefault(share.target, []).append(share)
        # Parties with addresses outside the known blocks are local whatever their address turns out to be.
        shy = self._shy(home)
        doubts = self._perhaps_routed(shy, [share for shares in parts.values() for share in shares])
        besides = self._endpoint_doubts(stands_for or {table.key})
        found: dict[Target, Policy] = {}
        for target in dict.fromkeys([route_table.LOCAL, *parts]):
            members = frozenset(shy) if target == route_table.LOCAL else frozenset()
            name = f"{table.key} → {target.leaf or target.kind}"
            found[target] = route_table.policy(
                name, parts.get(target, []), members, frozenset(shy), table.origin, besides, doubts=doubts
            )
        return found

    def _shy(self, home: Vpc) -> dict[str, Party]:
        """The parties of a VPC that may lie outside the blocks that are known of it."""
        if not home.unknown and not home.unknown_v6:
            return {}
        ids = self.locals(home.key)
        parties = (*(each.party for each in self.placed), *(party for _, party in self.translators))
        return {party.id: party for party in parties if party.id in ids and not party.addresses <= home.addresses}

    def _perhaps_routed(self, shy: Mapping[str, Party], parts: list[Share]) -> dict[str, tuple[Unknown, ...]]:
        """Why routes within local may take such parties (AWS-19)."""
        found: dict[str, tuple[Unknown, ...]] = {}
        for share in parts:
            if share.route.target != route_table.LOCAL and route_table.may_be_within_local(share.route):
                reason = Unknown(f"whether {share.target.leaf or share.target.kind} takes it", share.route.origin)
                for key, party in shy.items():
                    if party.addresses.overlaps(share.certain | share.possible):
                        found[key] = (*found.get(key, ()), reason)
        return found

    def _resolved(self, route: Route) -> Route:
        """A route with its prefix list looked up (AWS-11)."""
        if route.prefix_list is None:
            return route
        listed = prefix_list.resolve(route.prefix_list, self.inventory.lists, self.inventory.lookup)
        reason = listed.because[0] if listed.because else None
        return replace(route, blocks=listed.blocks, prefix_list=None, unknown=reason, secret=listed.secret)

    def _endpoint_doubts(self, tables: Collection[str]) -> tuple[Unknown, ...]:
        """Why what is not TCP may not reach every public address: a gateway endpoint takes some (AWS-40)."""
        find = self.inventory.lookup.find
        return tuple(
            Unknown(f"which addresses {each.key} takes", each.origin)
            for each in self.inventory.endpoints
            for leaf in ([] if each.blocks else each.tables)
            if (found := find(leaf, "aws_route_table", "aws_default_route_table")) and found.address in tables
        )
