"""A seeded AWS estate as a `Network`, to measure solving alone.

An estate of N interfaces has 40 VPCs (fewer below 1,000) of three subnets, one /16 each; VPC 0 is a hub that every
other one is peered with. There are N * 0.056 security groups, each in one VPC, with N * 0.385 rules in all: 45 %
refer to another group of the VPC, 40 % to a block (a subnet, a VPC, all of 10.0.0.0/8, all of IPv4 and IPv6) and 15 %
to office addresses; half are about one of twelve ports, the rest about one of 180 others or a range. One rule in fifty
is inexact. An interface has one to three groups of its VPC and an address of its own; one in five has an IPv6 address
as well. Each VPC has one network ACL out of five, and one in two an internet gateway. In *nasty* mode every interface
has a group of its own.
"""

from __future__ import annotations

import random

from netaudit.flows import ANY, AddressSet, Traffic
from netaudit.model import (
    OUTSIDE,
    Action,
    End,
    Endpoint,
    Filter,
    Hop,
    Interface,
    Network,
    Origin,
    Party,
    Peers,
    Policy,
    Rule,
    Stage,
    Tier,
    Unknown,
)

SUBNETS = 3
COMMON = (22, 53, 80, 443, 3306, 5432, 6379, 8080, 8443, 9090, 9200, 27017)
HERE = Origin("estate.tf", 1)
EVERYWHERE = ("0.0.0.0/0", "::/0")


class Estate:
    """Draws one estate."""

    def __init__(self, size: int, *, seed: int = 7, nasty: bool = False) -> None:
        self._draw = random.Random(seed)
        self._size = size
        self._nasty = nasty
        self._vpcs = min(40, max(1, size // 25))
        self._groups = [g % self._vpcs for g in range(size if nasty else max(self._vpcs, round(size * 0.056)))]
        self._members: list[set[str]] = [set() for _ in self._groups]
        self._policies: dict[tuple[object, ...], Policy] = {}

    def network(self) -> Network:
        """The estate."""
        placed = [self._interface(index) for index in range(self._size)]
        rules = {side: self._rules() for side in (Stage.INGRESS, Stage.EGRESS)}
        hops = [hop for vpc in range(self._vpcs) for hop in self._places(vpc, placed)]
        endpoints = []
        for index, (vpc, subnet, groups, parties) in enumerate(placed):
            endpoints.append(Endpoint(f"i-{index}", "aws_instance", tuple(Interface(p, p.id) for p in parties)))
            into, out = (self._policy(rules[side], groups, side) for side in (Stage.INGRESS, Stage.EGRESS))
            for party in parties:
                hops.append(Hop(party.id, f"subnet:{vpc}-{subnet}:out", (Filter(out, End.DESTINATION),)))
                hops.append(Hop(f"subnet:{vpc}-{subnet}", party.id, (Filter(into, End.SOURCE),)))
        hops.append(Hop(OUTSIDE, "internet"))
        hops.append(Hop("internet", OUTSIDE))
        return Network(endpoints=tuple(endpoints), hops=tuple(hops), owned=_private())

    def _interface(self, index: int) -> tuple[int, int, tuple[int, ...], tuple[Party, ...]]:
        vpc, subnet = index % self._vpcs, index // self._vpcs % SUBNETS
        own = range(vpc, len(self._groups), self._vpcs) if not self._nasty else [index]
        groups = tuple(sorted(self._draw.sample(own, min(len(own), self._draw.choice((1, 1, 2, 3))))))
        number = index // self._vpcs
        parties = [
            Party(f"eni-{index}", AddressSet.parse(f"10.{vpc}.{subnet * 64 + number // 250}.{number % 250 + 4}"))
        ]
        if index % 5 == 0:
            parties.append(Party(f"eni-{index}#6", AddressSet.parse(f"2001:db8:{vpc:x}::{index:x}")))
        for group in groups:
            self._members[group].update(party.id for party in parties)
        return vpc, subnet, groups, tuple(parties)

    # ---- filters --------------------------------------------------------------------------------------

    def _rules(self) -> list[list[Rule]]:
        found: list[list[Rule]] = [[] for _ in self._groups]
        total = max(len(self._groups), round(self._size * 0.385 / 2))
        for index in range(total):
            found[index % len(found)].append(self._rule(self._groups[index % len(found)]))
        return found

    def _rule(self, vpc: int) -> Rule:
        draw = self._draw
        because = (Unknown(f"var.x{draw.randrange(9)}", HERE),) if draw.random() < 0.02 else ()
        return Rule(self._peers(vpc), self._traffic(), Action.ALLOW, HERE, because=because)

    def _peers(self, vpc: int) -> Peers:
        kind = self._draw.random()
        if kind < 0.45:
            local = range(vpc, len(self._groups), self._vpcs)
            return Peers(frozenset(self._members[self._draw.choice(local)]))
        if kind < 0.85:
            blocks = (f"10.{vpc}.{self._draw.randrange(3) * 64}.0/18", f"10.{vpc}.0.0/16", "10.0.0.0/8", *EVERYWHERE)
            return Peers(addresses=AddressSet.parse(self._draw.choice(blocks)))
        return Peers(addresses=AddressSet.parse(f"198.51.100.{self._draw.randrange(32) * 8}/29"))

    def _traffic(self) -> Traffic:
        draw = self._draw
        if draw.random() < 0.5:
            port = draw.choice(COMMON)
        elif draw.random() < 0.8:
            port = 10_000 + draw.randrange(180)
        else:
            return draw.choice((Traffic.ports("tcp", 1024, 65535), Traffic.ports("tcp"), ANY))
        return Traffic.ports("tcp", port, port)

    def _policy(self, rules: list[list[Rule]], groups: tuple[int, ...], side: Stage) -> Policy:
        key = (side, groups)
        if key not in self._policies:
            tier = Tier(tuple(rule for group in groups for rule in rules[group]), Action.DENY)
            self._policies[key] = Policy(str(groups), (tier,), Action.DENY, side, stateful=True)
        return self._policies[key]

    def _only(self, name: object, peers: Peers, traffic: Traffic = ANY) -> Policy:
        """One policy for each name: a stateless one, as routes and network ACLs are."""
        if (name,) not in self._policies:
            tier = Tier((Rule(peers, traffic, Action.ALLOW, HERE),), Action.DENY)
            self._policies[(name,)] = Policy(str(name), (tier,), Action.DENY, Stage.ROUTE, stateful=False)
        return self._policies[(name,)]

    # ---- places ---------------------------------------------------------------------------------------

    def _places(self, vpc: int, placed: list[tuple[int, int, tuple[int, ...], tuple[Party, ...]]]) -> list[Hop]:
        mine = [[p.id for v, s, _, parties in placed if (v, s) == (vpc, n) for p in parties] for n in range(SUBNETS)]
        acl = self._acl(vpc % 5)
        local = Filter(self._only(f"local {vpc}", Peers(addresses=_space(vpc))), End.DESTINATION)
        hops = []
        for number, parties in enumerate(mine):
            place = f"subnet:{vpc}-{number}"
            here = Filter(self._only(place, Peers(frozenset(parties))), End.DESTINATION)
            hops.append(Hop(f"{place}:out", place, (here,)))
            hops.append(Hop(f"{place}:out", f"vpc:{vpc}", (Filter(acl, End.DESTINATION), local)))
            hops.append(Hop(f"vpc:{vpc}", place, (here, Filter(acl, End.SOURCE))))
            for other in range(1, self._vpcs) if vpc == 0 else (0,):
                far = Filter(self._only(f"local {other}", Peers(addresses=_space(other))), End.DESTINATION)
                hops.append(Hop(f"{place}:out", f"vpc:{other}", (Filter(acl, End.DESTINATION), far)))
            if vpc % 2:
                away = Filter(self._only("away", Peers(addresses=~_private())), End.DESTINATION)
                hops.append(Hop(f"{place}:out", "internet", (Filter(acl, End.DESTINATION), away)))
        if vpc % 2:
            hops.append(Hop("internet", f"vpc:{vpc}", (local,)))
        return hops

    def _acl(self, number: int) -> Policy:
        """Everything, or everything but some ports from some office."""
        key = ("acl", number)
        if key not in self._policies:
            office = AddressSet.parse(f"198.51.100.{number * 32}/27")
            deny = Rule(Peers(addresses=office), Traffic.ports("tcp", 20 + number, 30 + number), Action.DENY, HERE)
            allow = Rule(Peers(everyone=True), ANY, Action.ALLOW, HERE)
            rules = (deny, allow) if number else (allow,)
            self._policies[key] = Policy(f"acl {number}", (Tier(rules, Action.DENY),), Action.DENY, Stage.ACL, False)
        return self._policies[key]


def _space(vpc: int) -> AddressSet:
    return AddressSet.parse(f"10.{vpc}.0.0/16") | AddressSet.parse(f"2001:db8:{vpc:x}::/48")


def _private() -> AddressSet:
    return AddressSet.parse("10.0.0.0/8") | AddressSet.parse("2001:db8::/32")


def estate(size: int, *, seed: int = 7, nasty: bool = False) -> Network:
    """The network of an estate of `size` interfaces."""
    return Estate(size, seed=seed, nasty=nasty).network()
