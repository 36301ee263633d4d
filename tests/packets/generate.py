"""Random estates from a seed, drawn so that most things meet: few blocks, few ports, many ways."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.packets.facts import (
    Acl,
    Attachment,
    Balancer,
    Database,
    Door,
    Entry,
    Estate,
    Group,
    Listener,
    Machine,
    Nat,
    Peering,
    Pool,
    Route,
    Rule,
    Subnet,
    Table,
    TransitRoute,
    Vpc,
)

ANYWHERE, ANYWHERE_SIX = "0.0.0.0/0", "::/0"
OFFICE, PARTNER = "203.0.113.0/24", "198.51.100.0/26"
STORE = ("52.218.0.0/17", "3.5.64.0/21")
_PORTS = (22, 80, 443, 1024, 5432, 32768, 40000, 65535)
_ZONES = ("eu-west-1a", "eu-west-1b")


def estate(seed: int) -> Estate:
    """The estate of a seed: always the same."""
    return _Draw(Random(seed)).estate()


class _Draw:
    """Draws one estate, part after part."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._wide = random.random() < 0.5  # filters that let most pass, so that routes decide
        self._found = Estate({}, {}, {})
        self._joined: set[frozenset[str]] = set()

    def _chance(self, part: float) -> bool:
        return self._random.random() < part

    def estate(self) -> Estate:
        self._vpcs()
        self._peerings()
        self._transit()
        self._lists()
        self._nats()
        self._tables()
        self._acls()
        self._groups()
        self._machines()
        self._databases()
        self._balancers()
        self._doors()
        self._admit()
        self._gateway_endpoint()
        self._appliance()
        return self._found

    # ── networks ─────────────────────────────────────────────────────────────────────────────────────────

    def _vpcs(self) -> None:
        for number in range(self._random.choice((1, 2, 2, 3))):
            name, second = f"v{number}", self._chance(0.25)
            cidrs = (f"10.{number}.0.0/16", *((f"10.{100 + number}.0.0/24",) if second else ()))
            six = f"2600:1f18:0:{number:x}00::/56" if self._chance(0.4) else None
            outward = six is not None and self._chance(0.5)
            self._found.vpcs[name] = Vpc(cidrs, six, None, self._chance(0.8), outward)
            for index in range(self._random.choice((2, 3, 3, 4))):
                cidr = f"10.{100 + number}.0.0/25" if second and index == 1 else f"10.{number}.{index}.0/24"
                own_six = f"2600:1f18:0:{number:x}0{index}::/64" if six and self._chance(0.8) else None
                self._found.subnets[f"{name}s{index}"] = Subnet(name, cidr, _ZONES[index % 2], own_six)

    def _peerings(self) -> None:
        names = sorted(self._found.vpcs)
        for one, other in ((a, b) for a in names for b in names if a < b):
            if self._chance(0.6):
                self._found.peerings[f"p{one}{other}"] = Peering(one, other, self._chance(0.9))
                self._joined.add(frozenset((one, other)))

    def _transit(self) -> None:
        """One gateway between VPCs that no peering joins, so that a reference to a group never holds by half."""
        names = [v for v in sorted(self._found.vpcs) if not any(v in pair for pair in self._joined)]
        if len(self._found.vpcs) > 1 and self._chance(0.3):
            self._found.peerings.clear()
            self._joined.clear()
            names = sorted(self._found.vpcs)
        if len(names) < 2:
            return
        tables = ["t0", "t1"] if self._chance(0.5) else ["t0"]
        self._found.transit_tables.update(dict.fromkeys(tables, "g"))
        for vpc in names:
            mine = [key for key, each in self._found.subnets.items() if each.vpc == vpc]
            zones = {self._found.subnets[key].zone: key for key in mine}
            chosen = tuple(sorted(zones.values())[: self._random.choice((1, 2, 2))])
            table = None if self._chance(0.1) else self._random.choice(tables)
            into = tuple(each for each in tables if self._chance(0.75))
            self._found.attachments[f"a{vpc}"] = Attachment("g", vpc, chosen, table, into)
        if self._chance(0.3):  # as the gateway's defaults do: everybody in one table
            tables = ["t0"]
            self._found.transit_tables.pop("t1", None)
            for key, each in list(self._found.attachments.items()):
                self._found.attachments[key] = replace(each, table="t0", propagates=("t0",))
        routes: dict[tuple[str, str], TransitRoute] = {}
        for _ in range(self._random.choice((0, 1, 2))):
            by = self._random.choice([None, *self._found.attachments])
            to = self._random.choice((ANYWHERE, *self._blocks()))
            route = TransitRoute(self._random.choice(tables), to, by)
            routes[route.table, to] = route
        self._found = replace(self._found, transit_routes=tuple(routes.values()))

    def _blocks(self) -> list[str]:
        """CIDRs that mean something here."""
        return [
            *(cidr for each in self._found.vpcs.values() for cidr in each.cidrs),
            *(each.cidr for each in self._found.subnets.values()),
            "10.0.0.0/8",
        ]

    def _lists(self) -> None:
        if self._chance(0.4):
            self._found.lists["l0"] = tuple(self._random.sample([*self._blocks(), OFFICE], 2))

    def _nats(self) -> None:
        for vpc, each in self._found.vpcs.items():
            if self._chance(0.5):
                subnet = self._random.choice([k for k, s in self._found.subnets.items() if s.vpc == vpc])
                address = self._found.subnets[subnet].cidr.rpartition(".")[0] + ".99"
                self._found.nats[f"n{vpc}"] = Nat(subnet, address, each.internet and self._chance(0.85))

    # ── routes ───────────────────────────────────────────────────────────────────────────────────────────

    def _tables(self) -> None:
        for vpc in list(self._found.vpcs):
            for index in range(self._random.choice((1, 2, 3))):
                self._found.tables[f"{vpc}t{index}"] = Table(vpc, self._routes(vpc))
            names = [name for name in self._found.tables if self._found.tables[name].vpc == vpc]
            main = self._random.choice((None, names[0]))
            self._found.vpcs[vpc] = replace(self._found.vpcs[vpc], main=main)
            for key, each in list(self._found.subnets.items()):
                if each.vpc == vpc and self._chance(0.75):
                    self._found.subnets[key] = replace(each, table=self._random.choice(names))

    def _routes(self, vpc: str) -> tuple[Route, ...]:
        found: dict[str, Route] = {}
        home = self._found.vpcs[vpc]
        ways = [f"nat:{name}" for name, nat in self._found.nats.items() if self._home(nat.subnet) == vpc]
        ways += ["internet", "internet"] if home.internet else []
        if ways and self._chance(0.85):
            found[ANYWHERE] = Route(ANYWHERE, self._random.choice(ways))
        sixes = [*(["internet"] if home.internet else []), *(["egress-only"] if home.egress_only else [])]
        if home.six and sixes and self._chance(0.85):
            found[ANYWHERE_SIX] = Route(ANYWHERE_SIX, self._random.choice(sixes))
        for name, each in self._found.peerings.items():
            if vpc in (each.one, each.other) and self._chance(0.85):
                far = self._found.vpcs[each.other if vpc == each.one else each.one]
                parts = self._random.choice((far.cidrs, far.cidrs[:1], ("10.0.0.0/8",)))
                found |= {to: Route(to, f"peering:{name}") for to in parts}
                if far.six and home.six and self._chance(0.7):
                    found[far.six] = Route(far.six, f"peering:{name}")
        if any(each.vpc == vpc for each in self._found.attachments.values()):
            for to in self._random.choice((("10.0.0.0/8",), (ANYWHERE,), tuple(self._far(vpc)), ())):
                found[to] = Route(to, "transit:g")
            if home.six and self._chance(0.6):
                sixes = [each.six for name, each in self._found.vpcs.items() if name != vpc and each.six]
                found |= {to: Route(to, "transit:g") for to in sixes}
        for name in self._found.lists:
            if ways and self._chance(0.3) and not set(self._found.lists[name]) & found.keys():
                local = {*home.cidrs, *(s.cidr for s in self._found.subnets.values())}
                if not local & set(self._found.lists[name]):
                    found[name] = Route(name, self._random.choice(ways))
        return tuple(route for to, route in found.items() if to not in home.cidrs)

    def _far(self, vpc: str) -> list[str]:
        return [cidr for name, each in self._found.vpcs.items() if name != vpc for cidr in each.cidrs]

    def _home(self, subnet: str) -> str:
        return self._found.subnets[subnet].vpc

    # ── filters ──────────────────────────────────────────────────────────────────────────────────────────

    def _acls(self) -> None:
        for vpc, home in list(self._found.vpcs.items()):
            if self._chance(0.15):
                self._found.acls[f"{vpc}default"] = Acl(vpc, self._entries(), self._entries())
                self._found.vpcs[vpc] = replace(home, acl=f"{vpc}default")
            if not self._chance(0.3 if self._wide else 0.6):
                continue
            self._found.acls[f"{vpc}a"] = Acl(vpc, self._entries(), self._entries())
            for key, each in list(self._found.subnets.items()):
                if each.vpc == vpc and self._chance(0.6):
                    self._found.subnets[key] = replace(each, acl=f"{vpc}a")

    def _entries(self) -> tuple[Entry, ...]:
        numbers = self._random.sample(range(1, 400), self._random.choice((1, 2, 3, 4)))
        entries = [
            Entry(number, self._chance(0.7), protocol, low, high, self._peer_block())
            for number in numbers
            for protocol, low, high in [self._traffic()]
        ]
        if self._chance(0.6):
            entries.append(Entry(500, True, "tcp", 1024, self._random.choice((65535, 65535, 40000)), ANYWHERE))
        if self._chance(0.5):
            entries.append(Entry(600, True, "any", 0, 65535, ANYWHERE))
        if self._chance(0.4):
            entries.append(Entry(700, True, "any", 0, 65535, ANYWHERE_SIX))
        return tuple(entries)

    def _traffic(self) -> tuple[str, int, int]:
        protocol = self._random.choice(("tcp", "tcp", "tcp", "udp", "any", "any", "icmp", "47", "58"))
        if protocol in ("any", "47", "58"):
            return protocol, 0, 65535
        if protocol == "icmp":
            kind = self._random.choice((8, 0, 3))
            return self._random.choice((("icmp", 0, 255), ("icmp", kind, kind)))
        low, high = sorted(self._random.choices(_PORTS, k=2))
        return protocol, *self._random.choice(((low, low), (low, high), (0, 65535)))

    def _peer_block(self) -> str:
        sixes = [each.six for each in self._found.vpcs.values() if each.six]
        some = [ANYWHERE, ANYWHERE, OFFICE, PARTNER, ANYWHERE_SIX, *sixes]
        return self._random.choice((self._random.choice(some), self._random.choice(self._blocks())))

    def _groups(self) -> None:
        names = {vpc: [f"{vpc}g{index}" for index in range(3)] for vpc in self._found.vpcs}
        for vpc, mine in names.items():
            if self._chance(0.2):
                mine.append(f"{vpc}default")
                self._found.vpcs[vpc] = replace(self._found.vpcs[vpc], group=f"{vpc}default")
        for vpc, mine in names.items():
            near = [other for other in names if frozenset((vpc, other)) in self._joined]
            far = [name for other in near for name in names[other]]
            for name in mine:
                ingress = tuple(self._rule([*mine, *far]) for _ in range(self._random.choice((1, 2, 3))))
                egress = tuple(self._rule([*mine, *far]) for _ in range(self._random.choice((0, 1, 2))))
                if self._chance(0.8 if self._wide else 0.4):
                    egress = (Rule("any", 0, 65535, ANYWHERE), Rule("any", 0, 65535, ANYWHERE_SIX))
                if self._wide and self._chance(0.7):
                    ingress = (*ingress, Rule("any", 0, 65535, self._random.choice((ANYWHERE, "10.0.0.0/8"))))
                self._found.groups[name] = Group(vpc, tuple(dict.fromkeys(ingress)), tuple(dict.fromkeys(egress)))

    def _rule(self, groups: list[str]) -> Rule:
        peers = [self._peer_block(), self._peer_block(), f"group:{self._random.choice(groups)}", "self"]
        peers += [f"list:{name}" for name in self._found.lists]
        protocol, low, high = self._traffic()
        return Rule(protocol, low, high, self._random.choice(peers))

    def _machines(self) -> None:
        for key, each in list(self._found.subnets.items()):
            self._found.subnets[key] = replace(each, gives_public=self._chance(0.2))
        for number in range(self._random.choice((4, 5, 6))):
            self._found.machines[f"m{number}"] = self._machine(self._random.choice(sorted(self._found.subnets)), number)
        for number in range(self._random.choice((0, 0, 1))):
            zone = self._found.subnets[self._found.machines["m0"].subnet].zone
            near = [key for key, each in self._found.subnets.items() if each.zone == zone]
            further = self._machine(self._random.choice(sorted(near)), 20 + number)
            self._found.machines[f"x{number}"] = replace(
                further, of="m0", address=further.address or self._at(further, 20)
            )

    def _databases(self) -> None:
        for vpc in self._found.vpcs if self._chance(0.5) else ():
            mine = [key for key, each in self._found.subnets.items() if each.vpc == vpc]
            groups = [name for name, each in self._found.groups.items() if each.vpc == vpc and "default" not in name]
            subnets = tuple(sorted(self._random.sample(mine, 2)))
            self._found.databases[f"d{vpc}"] = Database(subnets, tuple(self._random.sample(groups, 1)))

    def _machine(self, subnet: str, number: int) -> Machine:
        each = self._found.subnets[subnet]
        default = self._found.vpcs[each.vpc].group
        mine = [name for name, group in self._found.groups.items() if group.vpc == each.vpc and name != default]
        groups = tuple(sorted(self._random.sample(mine, self._random.choice((1, 1, 2)))))
        if self._chance(0.1):
            groups = (default,) if default else ()
        six = f"{each.six.removesuffix('/64')}{10 + number:x}" if each.six and self._chance(0.8) else None
        machine = Machine(subnet, None, groups, self._chance(0.5), six)
        return machine if self._chance(0.2) else replace(machine, address=self._at(machine, number))

    def _at(self, machine: Machine, number: int) -> str:
        return self._in(machine.subnet, 10 + number)

    def _in(self, subnet: str, number: int) -> str:
        return f"{self._found.subnets[subnet].cidr.rpartition('.')[0]}.{number}"

    # ── load balancers and endpoints ─────────────────────────────────────────────────────────────────────

    def _balancers(self) -> None:
        for number in range(self._random.choice((0, 0, 1, 1, 2))):
            kind = self._random.choice(("network", "network", "network", "application", "classic"))
            vpc = self._random.choice(sorted(self._found.vpcs))
            name, public = f"b{number}", self._found.vpcs[vpc].internet and self._chance(0.4)
            subnets = self._one_for_each_zone(vpc, 2 if kind == "application" else self._random.choice((1, 2)))
            written = kind == "network" and not public and self._chance(0.4)
            self._found.balancers[name] = Balancer(
                kind,
                subnets,
                () if kind == "network" and self._chance(0.5) else self._some_groups(vpc),
                self._listeners(name, kind, vpc),
                public,
                kind == "application" or self._chance(0.5),
                tuple(self._in(subnet, 200 + number) for subnet in subnets) if written else (),
            )

    def _one_for_each_zone(self, vpc: str, zones: int) -> tuple[str, ...]:
        mine = sorted(key for key, each in self._found.subnets.items() if each.vpc == vpc)
        self._random.shuffle(mine)
        return tuple({self._found.subnets[key].zone: key for key in mine}.values())[:zones]

    def _some_groups(self, vpc: str) -> tuple[str, ...]:
        mine = [name for name, each in self._found.groups.items() if each.vpc == vpc and "default" not in name]
        return tuple(self._random.sample(mine, self._random.choice((1, 1, 2))))

    def _listeners(self, name: str, kind: str, vpc: str) -> tuple[Listener, ...]:
        """Each with a target group of its own; those of a classic one lead to the same instances."""
        found: list[Listener] = []
        held = self._targets(vpc, by_address=False)
        for index, port in enumerate(self._random.sample(_PORTS, self._random.choice((1, 1, 2)))):
            protocol = self._random.choice(("tcp", "tcp", "udp", "tcp_udp")) if kind == "network" else "http"
            by_address = kind != "classic" and self._chance(0.5)
            machines = held if kind == "classic" else self._targets(vpc, by_address)
            written = self._random.choice((None, None, True, False))
            keeps = written if protocol == "tcp" and kind == "network" else None
            crosses = self._random.choice((None, None, True, False)) if kind == "network" else None
            pool = Pool(protocol, self._random.choice(_PORTS), machines, by_address, keeps, crosses)
            self._found.pools[f"{name}p{index}"] = pool
            found.append(Listener(protocol, port, (f"{name}p{index}",)))
        return tuple(found)

    def _targets(self, vpc: str, by_address: bool) -> tuple[str, ...]:
        """Instances of the VPC; by their addresses also further interfaces, and those of VPCs that are joined to it."""
        near = {vpc, *(v for pair in self._joined if vpc in pair for v in pair)} if by_address else {vpc}
        machines = self._found.machines.items()
        names = [key for key, each in machines if self._home(each.subnet) in near and (by_address or each.of is None)]
        return tuple(self._random.sample(names, min(len(names), self._random.choice((1, 2)))))

    def _doors(self) -> None:
        """Endpoints to services of network load balancers, in their zones, and to a service of AWS."""
        networked = [name for name, each in self._found.balancers.items() if each.kind == "network"]
        for vpc in self._found.vpcs if self._chance(0.5) else ():
            balancer = self._random.choice([*networked, *networked, None])
            subnets = self._one_for_each_zone(vpc, self._random.choice((1, 2)))
            if balancer is not None:
                zones = {self._found.subnets[key].zone for key in self._found.balancers[balancer].subnets}
                subnets = tuple(key for key in subnets if self._found.subnets[key].zone in zones)
            if subnets:
                self._found.doors[f"e{vpc}"] = Door(subnets, self._some_groups(vpc), balancer)

    def _gateway_endpoint(self) -> None:
        """A gateway endpoint in some tables of a VPC, and perhaps a group that lets out to the addresses behind it."""
        if self._chance(0.75):
            return
        vpc = self._random.choice(sorted(self._found.vpcs))
        self._found.lists["s3"] = STORE
        mine = sorted(name for name, each in self._found.tables.items() if each.vpc == vpc)
        for name in self._random.sample(mine, self._random.choice(range(1, len(mine) + 1))):
            each = self._found.tables[name]
            self._found.tables[name] = replace(each, routes=(*each.routes, Route("s3", "endpoint")))
        groups = sorted(name for name, each in self._found.groups.items() if each.vpc == vpc)
        for name in self._random.sample(groups, self._random.choice((0, 1, 2))):
            rule = Rule("tcp", 443, 443, "list:s3")
            self._found.groups[name] = replace(self._found.groups[name], egress=(rule,))

    def _appliance(self) -> None:
        """A machine that passes on what is not for it, and a neighbour's subnet whose way leads to it."""
        machines = self._found.machines
        alone = sorted(name for name, each in machines.items() if each.of is None and name != "m0")
        pairs = [(a, b) for a in alone for b in sorted(machines) if self._are_neighbours(a, b)]
        if self._chance(0.85) or not pairs:
            return
        name, client = self._random.choice(pairs)
        machines[name] = replace(machines[name], forwards=True)
        subnet = self._found.subnets[machines[client].subnet]
        to, before = self._random.choice([ANYWHERE, *self._far(subnet.vpc)]), subnet.table or ""
        others = self._found.tables[before].routes if before else ()
        way = (*(each for each in others if each.to != to), Route(to, f"machine:{name}"))
        self._found.tables[f"{subnet.vpc}way"] = Table(subnet.vpc, way)
        self._found.subnets[machines[client].subnet] = replace(subnet, table=f"{subnet.vpc}way")
        for key in machines[name].groups[:1]:
            everything = (Rule("any", 0, 65535, ANYWHERE),)
            self._found.groups[key] = Group(subnet.vpc, everything, everything)

    def _are_neighbours(self, one: str, other: str) -> bool:
        here, there = (self._found.machines[each].subnet for each in (one, other))
        return here != there and self._home(here) == self._home(there)

    def _admit(self) -> None:
        """Rules for what load balancers take and hand on, or hardly anything would pass them."""
        for each in self._found.balancers.values():
            blocks = [self._found.subnets[key].cidr for key in each.subnets]
            near = [*(f"group:{name}" for name in each.groups), *blocks]
            for listener, pool in ((one, self._found.pools[key]) for one in each.listeners for key in one.pools):
                if each.groups and self._chance(0.6):
                    self._let_in(each.groups, listener.port, blocks)
                if self._chance(0.5):
                    near += self._dialling(listener)
                for machine in pool.machines if self._chance(0.7) else ():
                    self._let_in(self._found.machines[machine].groups, pool.port, near)

    def _dialling(self, listener: Listener) -> list[str]:
        """A group whose members open connections to a listener's port and to nothing else."""
        clients = [each for each in self._found.machines.values() if len(each.groups) == 1]
        for client in self._random.sample(clients, min(len(clients), 1)):
            group = self._found.groups[client.groups[0]]
            rule = Rule("udp" if listener.protocol == "udp" else "tcp", listener.port, listener.port, ANYWHERE)
            self._found.groups[client.groups[0]] = replace(group, egress=(rule,))
            return [f"group:{client.groups[0]}"] * 2
        return []

    def _let_in(self, groups: tuple[str, ...], port: int, near: list[str]) -> None:
        """One of the groups lets in a port: from the load balancer, a client's group, or a block."""
        for name in self._random.sample(groups, min(len(groups), 1)):
            group = self._found.groups[name]
            mine = [f"group:{key}" for key, other in self._found.groups.items() if other.vpc == group.vpc]
            far = [each for each in near if not each.startswith("group:") or each in mine]
            peer = self._random.choice([*far, self._random.choice(mine), self._random.choice((ANYWHERE, "10.0.0.0/8"))])
            rule = Rule(self._random.choice(("tcp", "tcp", "any")), port, port, peer)
            rule = replace(rule, low=0, high=65535) if rule.protocol == "any" else rule
            ingress = tuple(dict.fromkeys((*group.ingress, rule)))
            self._found.groups[name] = replace(group, ingress=ingress)
