"""A second packet walker, written from AWS's documentation over plain facts, with nothing of netaudit in it.

One packet at a time is followed from an interface: groups, the ACL of the subnet it leaves, the longest matching
route, the gateway, the ACL of the subnet it enters, groups; then its reply, which groups do not see. What only AWS
will know (the public address of a machine, the zone by which a transit gateway enters) is taken in the packet's favour
where `generous`, and against it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import chain, product

from tests.packets.facts import Entry, Estate, Machine, Nat, Rule

EPHEMERAL = (1024, 65535)
_SPECIAL = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
)
_THROUGH_NAT = ("tcp", "udp", "icmp")
_ECHO = (0, 8)  # the types of ICMP that a gateway endpoint carries besides TCP


@cache
def block(cidr: str):  # type: ignore[no-untyped-def]
    """The block that a CIDR writes."""
    return ip_network(cidr)


@cache
def within(text: str, cidr: str) -> bool:
    """Whether an address lies in a block; never across families."""
    address, where = ip_address(text), block(cidr)
    return address.version == where.version and address in where


def is_public(text: str) -> bool:
    """Whether it may be met on the internet."""
    return within(text, "2000::/3") if ":" in text else not any(within(text, each) for each in _SPECIAL)


@dataclass(frozen=True)
class End:
    """One end of a packet. `owner` is who is seen by identity (its private address), `text` its address.

    An address that only AWS knows has no text: a public one, or any of a subnet's `block` but the first four and the
    last, which AWS keeps.
    """

    text: str | None
    owner: str | None = None
    face: str | None = None  # whose public address it is
    block: str | None = None

    @property
    def six(self) -> bool:
        """Whether it is an IPv6 address."""
        return self.text is not None and ":" in self.text

    def lies_in(self, cidr: str, generous: bool) -> bool:
        """Whether the address is in a block; of an unknown one only all of IPv4 is sure."""
        if self.text is not None:
            return within(self.text, cidr)
        where = block(cidr)
        if self.block is not None:
            return self._may_lie_in(where.network_address, where.broadcast_address, generous)
        if where.version == 6 or any(where.subnet_of(block(each)) for each in _SPECIAL):
            return False
        return where.prefixlen == 0 or generous

    def _may_lie_in(self, first, last, generous: bool) -> bool:  # type: ignore[no-untyped-def]
        """Whether some of the candidates, or all of them, are between two addresses."""
        own = block(self.block or "")
        if own.version != first.version:
            return False
        low, high = own.network_address + 4, own.broadcast_address - 1
        return bool((first <= high and low <= last) if generous else (first <= low and high <= last))


@dataclass(frozen=True)
class Check:
    """A filter on the way, and the end of the packet that it looks at."""

    filter: tuple[Entry, ...] | tuple[Rule, ...]
    peer: End


@dataclass(frozen=True)
class Path:
    """A packet on its way: its two ends as they are seen there, what it must pass, and in the end who gets it."""

    source: End
    destination: End
    reply: bool = False
    checks: tuple[Check, ...] = ()
    arrives: str = ""  # a machine, a NAT gateway, or `outside`
    natted: tuple[tuple[str, End, str], ...] = ()  # gateway, the client as it saw it, the gateway's subnet
    entries: tuple[tuple[str, str], ...] = ()  # attachments and the subnets by which they entered
    seen: tuple[str, ...] = ()  # subnets that it left
    doubtful: bool = False  # no page says that a gateway takes it
    guarded: bool = False  # it left by an egress-only gateway
    by_internet: bool = False  # it came in by the internet
    by_endpoint: bool = False  # it left by a gateway endpoint

    def checked(self, filter: tuple[Entry, ...] | tuple[Rule, ...], peer: End) -> Path:  # noqa: A002
        """The packet behind a further filter."""
        return replace(self, checks=(*self.checks, Check(filter, peer)))


Journey = tuple[Path, list[list[Path]]]  # a first packet's way, and the ways of its reply, piece by piece


class Walker:
    """Answers about one estate."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate

    # ── what passes a filter ─────────────────────────────────────────────────────────────────────────────

    def passes(self, check: Check, protocol: str, port: int, generous: bool) -> bool:
        """Whether a packet passes one filter."""
        if check.filter and isinstance(check.filter[0], Entry):
            return self._acl_passes(check, protocol, port, generous)
        return any(
            isinstance(rule, Rule) and _names(rule, protocol, port) and self._is_peer(rule, check, generous)
            for rule in check.filter
        )

    def _acl_passes(self, check: Check, protocol: str, port: int, generous: bool) -> bool:
        """By number, the first match decides; in the end nothing passes."""
        entries = [entry for entry in check.filter if isinstance(entry, Entry)]
        for entry in sorted(entries, key=lambda each: each.number):
            favour = generous if entry.allow else not generous
            if _names(entry, protocol, port) and check.peer.lies_in(entry.cidr, favour):
                return entry.allow
        return False

    def _is_peer(self, rule: Rule, check: Check, generous: bool) -> bool:
        kind, _, name = rule.peer.partition(":")
        if kind == "list":
            return any(check.peer.lies_in(each, generous) for each in self.estate.lists[name])
        if kind in ("group", "self", "default") and "/" not in rule.peer:
            owner = check.peer.owner
            return owner is not None and name in self._groups(owner)
        return check.peer.lies_in(rule.peer, generous)

    def _groups(self, machine: str) -> tuple[str, ...]:
        each = self.estate.machines.get(machine)
        if each is None:
            return ()
        home = self._vpc(each.subnet)
        return each.groups or (self.estate.vpcs[home].group or f"default of {home}",)

    def _rules(self, machine: str, egress: bool) -> tuple[Rule, ...]:
        """What the groups of a machine allow; references are written out by name."""
        each, found = self.estate.machines[machine], list[Rule]()
        for name in self._groups(machine):
            if name not in self.estate.groups:
                home = self._vpc(each.subnet)
                everyone = (Rule("any", 0, 65535, "0.0.0.0/0"), Rule("any", 0, 65535, "::/0"))
                return everyone if egress else (Rule("any", 0, 65535, f"group:default of {home}"),)
            group = self.estate.groups[name]
            for rule in group.egress if egress else group.ingress:
                found.append(replace(rule, peer=f"group:{name}") if rule.peer == "self" else rule)
        return tuple(found)

    def _vpc(self, subnet: str) -> str:
        return self.estate.subnets[subnet].vpc

    def _acl(self, subnet: str, outward: bool) -> tuple[Entry, ...]:
        name = self.estate.subnets[subnet].acl or self.estate.vpcs[self._vpc(subnet)].acl
        if name is None:
            return (Entry(100, True, "any", 0, 65535, "0.0.0.0/0"), Entry(101, True, "any", 0, 65535, "::/0"))
        acl = self.estate.acls[name]
        entries = acl.outward if outward else acl.inward
        return entries or (Entry(32767, False, "any", 0, 65535, "0.0.0.0/0"),)

    # ── routes ───────────────────────────────────────────────────────────────────────────────────────────

    def _targets(self, subnet: str, destination: End) -> list[str]:
        """Where the subnet's table sends it: the longest prefix wins. Several for an address that is not known."""
        home = self.estate.subnets[subnet]
        vpc = self.estate.vpcs[home.vpc]
        name = home.table or vpc.main
        written = self.estate.tables[name].routes if name else ()
        routes = [(cidr, "local") for cidr in (*vpc.cidrs, *((vpc.six,) if vpc.six else ()))]
        for route in written:
            routes += [(cidr, route.by) for cidr in self.estate.lists.get(route.to, (route.to,))]
        if destination.text is not None:
            matching = [(block(cidr).prefixlen, by) for cidr, by in routes if destination.lies_in(cidr, True)]
            return [max(matching)[1]] if matching else []
        possible = [(block(cidr).prefixlen, by, cidr) for cidr, by in routes if destination.lies_in(cidr, True)]
        found: list[str] = []
        for _, by, cidr in sorted(possible, reverse=True):
            found.append(by)
            if destination.lies_in(cidr, False):
                break  # no shorter prefix gets any of it
        return list(dict.fromkeys(found))

    def _on(self, subnet: str, path: Path) -> Iterator[Path]:
        """Every way on from a subnet's inside to somebody."""
        if subnet in path.seen:
            return
        path = replace(path, seen=(*path.seen, subnet))
        there = self._holder(path.destination)
        if there is not None and there.subnet == subnet:
            yield self._got(path)
            return
        left = path.checked(self._acl(subnet, True), path.destination)
        targets = self._targets(subnet, path.destination)
        left = replace(left, doubtful=left.doubtful or len(targets) > 1)
        for target in targets:
            yield from self._by(target, subnet, left)

    def _by(self, target: str, subnet: str, path: Path) -> Iterator[Path]:
        """Every way on by one target of the subnet's table."""
        kind, _, name = target.partition(":")
        vpc, there = self._vpc(subnet), self._holder(path.destination)
        passing = bool(path.entries) and path.entries[-1][1] == subnet  # it only came through the VPC
        if kind == "local" and there is not None and self._vpc(there.subnet) == vpc:
            yield self._delivered(path, there.subnet)
        elif kind == "internet" and self.estate.vpcs[vpc].internet:
            yield from self._out(vpc, path)
        elif kind == "endpoint" and not path.reply:
            yield replace(path, by_endpoint=True, arrives="outside")
        elif kind == "egress-only" and not path.reply:
            yield from self._out_only(vpc, replace(path, guarded=True))
        elif kind == "nat" and not path.reply:
            yield from self._translated(name, subnet, path)
        elif kind == "peering" and there is not None:
            each = self.estate.peerings[name]
            if {vpc, self._vpc(there.subnet)} == {each.one, each.other}:
                doubtful = path.doubtful or passing or not each.accepted
                yield self._delivered(replace(path, doubtful=doubtful), there.subnet)
        elif kind == "transit":
            yield from self._transit(name, subnet, replace(path, doubtful=path.doubtful or passing))

    def _delivered(self, path: Path, subnet: str) -> Path:
        return self._got(path.checked(self._acl(subnet, False), path.source))

    def _got(self, path: Path) -> Path:
        return replace(path, arrives=path.destination.owner or "")

    def _holder(self, end: End) -> Machine | Nat | None:
        """Who has a private address."""
        if end.owner is None:
            return None
        return self.estate.machines.get(end.owner) or self.estate.nats.get(end.owner)

    # ── the internet ─────────────────────────────────────────────────────────────────────────────────────

    def _out(self, vpc: str, path: Path) -> Iterator[Path]:
        """By the internet gateway: one-to-one translation for who has a public address; IPv6 has its own."""
        holder, there = self._holder(path.source), path.destination
        if holder is None or self._vpc(holder.subnet) != vpc or path.source.six != there.six:
            return
        if there.block is not None or (there.text is not None and not is_public(there.text)):
            return
        if path.source.six:
            yield from self._internet(path)
        elif holder.public:
            yield from self._internet(replace(path, source=self._face(path.source.owner or "")))

    def _out_only(self, vpc: str, path: Path) -> Iterator[Path]:
        """By the egress-only gateway: IPv6 to public addresses, outward."""
        holder, there = self._holder(path.source), path.destination
        if holder is not None and self._vpc(holder.subnet) == vpc and there.six and is_public(there.text or ""):
            yield from self._internet(path)

    def _internet(self, path: Path) -> Iterator[Path]:
        """From the internet to whoever has the address. Only replies come to NAT and egress-only gateways."""
        there = path.destination
        name = there.face or there.owner
        if name is None:
            yield replace(path, arrives="outside")
            return
        holder = self.estate.machines.get(name) or self.estate.nats[name]
        vpc = self.estate.vpcs[self._vpc(holder.subnet)]
        through = vpc.internet or (path.reply and there.six and vpc.egress_only)
        if not through or (isinstance(holder, Nat) and not path.reply):
            return
        own = there if there.six else self._private(name)
        yield self._delivered(replace(path, destination=own, by_internet=True), holder.subnet)

    def _translated(self, name: str, subnet: str, path: Path) -> Iterator[Path]:
        """Through a NAT gateway of the VPC, in its own name (IPv4 only), past the ACL of its subnet."""
        nat = self.estate.nats[name]
        if self._vpc(nat.subnet) != self._vpc(subnet) or nat.subnet == subnet or path.destination.six:
            return
        entered = path.checked(self._acl(nat.subnet, False), path.source)
        natted = (*path.natted, (name, path.source, nat.subnet))
        yield from self._on(nat.subnet, replace(entered, source=End(nat.address, owner=name), natted=natted))

    # ── transit gateways ─────────────────────────────────────────────────────────────────────────────────

    def _transit(self, gateway: str, subnet: str, path: Path) -> Iterator[Path]:
        """In by the attachment's subnet of the same zone, past its ACL; out by one of the other attachment's."""
        vpc, zone = self._vpc(subnet), self.estate.subnets[subnet].zone
        for key, each in self.estate.attachments.items():
            near = [s for s in each.subnets if self.estate.subnets[s].zone == zone]
            if (each.gateway, each.vpc) != (gateway, vpc) or not near or each.table is None:
                continue
            target = self._looked_up(each.table, path.destination)
            if target is None or target == key:
                continue
            crossed = path.checked(self._acl(near[0], False), path.source)
            for entry in self.estate.attachments[target].subnets:
                yield from self._on(entry, replace(crossed, entries=(*path.entries, (target, entry))))

    def _looked_up(self, table: str, destination: End) -> str | None:
        """The longest prefix; a static route before a propagated one."""
        routes = [(r.to, 1, r.by) for r in self.estate.transit_routes if r.table == table]
        for key, each in self.estate.attachments.items():
            vpc = self.estate.vpcs[each.vpc]
            blocks = (*vpc.cidrs, *((vpc.six,) if vpc.six else ()))
            routes += [(cidr, 0, key) for cidr in blocks if table in each.propagates]
        matching = [(block(to).prefixlen, rank, by) for to, rank, by in routes if destination.lies_in(to, True)]
        return max(matching, key=lambda each: each[:2])[2] if matching else None

    # ── one connection ───────────────────────────────────────────────────────────────────────────────────

    def journeys(self, client: str | End, server: str | End) -> list[Journey]:
        """Every way of a first packet between any of their interfaces, each with the ways of its reply."""
        return [
            (path, self._replies(mine if isinstance(mine, str) else "outside", path))
            for mine, theirs in product(self._interfaces(client), self._interfaces(server))
            for source, destination in self._dialled(mine, theirs)
            for path in self._forward(source, destination)
        ]

    def _interfaces(self, end: str | End) -> list[str | End]:
        further = (name for name, each in self.estate.machines.items() if each.of is not None and each.of == end)
        return [end, *further]

    def _dialled(self, client: str | End, server: str | End) -> Iterator[tuple[End, End]]:
        mine = self._ends(client) if isinstance(client, str) else [client]
        theirs = self._ends(server) if isinstance(server, str) else [server]
        if isinstance(server, str) and self.estate.machines[server].public:
            theirs.append(self._face(server))
        for source, destination in product(mine, theirs):
            if source.six == destination.six:
                yield source, destination

    def _ends(self, machine: str) -> list[End]:
        each = self.estate.machines[machine]
        return [self._private(machine), *([End(each.six, owner=machine)] if each.six else [])]

    def _face(self, name: str) -> End:
        """The public address of a machine or NAT gateway, which only AWS may know."""
        machine = self.estate.machines.get(name)
        return End(machine.public_address if machine is not None else None, face=name)

    def _private(self, name: str) -> End:
        """Somebody's private IPv4 address."""
        holder = self.estate.machines.get(name) or self.estate.nats[name]
        unknown = self.estate.subnets[holder.subnet].cidr if holder.address is None else None
        return End(holder.address, owner=name, block=unknown)

    def _forward(self, source: End, destination: End) -> Iterator[Path]:
        start = Path(source, destination)
        if source.owner is None:
            to_public = destination.face is not None or destination.six
            paths = self._internet(start) if is_public(source.text or "") and to_public else iter(())
        else:
            out = start.checked(self._rules(source.owner, True), destination)
            paths = self._on(self.estate.machines[source.owner].subnet, out)
        for path in paths:
            if path.arrives == "outside":
                yield path
            elif path.arrives in self.estate.machines:
                yield path.checked(self._rules(path.arrives, False), path.source)

    def _replies(self, client: str, path: Path) -> list[list[Path]]:
        """The ways back: to the last NAT gateway, from there to the one before it, and to the client."""
        goals = [*(name for name, _, _ in reversed(path.natted)), client]
        answer = Path(path.destination, path.source, reply=True)
        if path.by_endpoint:
            holder = self._holder(path.source)
            ways = iter([self._delivered(answer, holder.subnet)] if holder is not None else [])
        elif path.arrives == "outside":
            ways = self._internet(answer)
        else:
            ways = self._on(self.estate.machines[path.arrives].subnet, answer)
        pieces = [[way for way in ways if way.arrives == goals[0]]]
        if path.guarded:  # what it opened, it lets in again; of other ways back no page speaks
            pieces = [[replace(way, doubtful=way.doubtful or not way.by_internet) for way in pieces[0]]]
        seen_as = pieces[0][0].source if pieces[0] else answer.source
        for (_, before, home), goal in zip(reversed(path.natted), goals[1:], strict=True):
            ways = self._on(home, Path(seen_as, before, reply=True))
            pieces.append([way for way in ways if way.arrives == goal])
        return pieces

    def outcome(
        self, journeys: list[Journey], protocol: str, port: int, client_ports: list[int]
    ) -> tuple[bool, bool, bool]:
        """Whether the connection certainly exists, possibly does, and whether its first packet possibly arrives."""
        arriving = [replies for path, replies in journeys if self._clear(path, protocol, port, True)]
        possible = any(self._answered(replies, protocol, client_ports, True, {}) for replies in arriving)
        sure = possible and all(
            any(
                self._clear(path, protocol, port, False)
                and _in_world(path, world)
                and self._answered(replies, protocol, client_ports, False, world)
                for path, replies in journeys
            )
            for world in self._worlds(journeys)
        )
        return sure, possible, bool(arriving)

    def _clear(self, path: Path, protocol: str, port: int, generous: bool) -> bool:
        if (path.natted and protocol not in _THROUGH_NAT) or (path.doubtful and not generous):
            return False
        if path.by_endpoint and protocol != "tcp" and not (protocol == "icmp" and port in _ECHO):
            return False
        return all(self.passes(check, protocol, port, generous) for check in path.checks)

    def _answered(
        self, replies: list[list[Path]], protocol: str, ports: list[int], generous: bool, world: Mapping[str, str]
    ) -> bool:
        """Datagrams need no answer; TCP one for some client port where generous, for each of them otherwise."""
        if protocol != "tcp":
            return True
        quantifier = any if generous else all
        return all(
            quantifier(
                any((generous or _in_world(way, world)) and self._clear(way, protocol, port, generous) for way in piece)
                for port in ports
            )
            for piece in replies
        )

    def _worlds(self, journeys: list[Journey]) -> list[Mapping[str, str]]:
        """Every choice of the subnets by which transit gateways enter."""
        ways = [way for path, replies in journeys for way in (path, *chain.from_iterable(replies))]
        ordered = sorted({key for way in ways for key, _ in way.entries})
        choices = product(*(self.estate.attachments[key].subnets for key in ordered))
        return [dict(zip(ordered, choice, strict=True)) for choice in choices]


def _in_world(path: Path, world: Mapping[str, str]) -> bool:
    return all(world[key] == subnet for key, subnet in path.entries)


def _names(line: Rule | Entry, protocol: str, port: int) -> bool:
    """Whether a rule is about a protocol and port. Only some protocols have ports; ICMP has types instead."""
    if line.protocol == "any":
        return True
    return line.protocol == protocol and (line.low <= port <= line.high or protocol not in ("tcp", "udp", "icmp"))
