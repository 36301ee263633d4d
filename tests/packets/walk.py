"""A second packet walker, written from AWS's documentation over plain facts, with nothing of netaudit in it.

One packet at a time is followed from an interface: groups, the ACL of the subnet it leaves, the longest matching
route, the gateway, the ACL of the subnet it enters, groups; then its reply, which groups do not see. What only AWS
will know (the public address of a machine, the zone by which a transit gateway enters) is taken in the packet's favour
where `generous`, and against it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, product

from tests.packets.balancers import EVERYWHERE, Passage, listening, with_interfaces
from tests.packets.facts import Entry, Estate, Machine, Nat, Rule
from tests.packets.packet import Check, End, Journey, Path, block, is_public

EPHEMERAL = (1024, 65535)
_THROUGH_NAT = ("tcp", "udp", "icmp")
_ECHO = (0, 8)  # the types of ICMP that a gateway endpoint carries besides TCP


class Walker:
    """Answers about one estate."""

    def __init__(self, estate: Estate) -> None:
        self.estate = with_interfaces(estate)
        self._passage = Passage(self)

    # ── what passes a filter ─────────────────────────────────────────────────────────────────────────────

    def passes(self, check: Check, protocol: str, port: int, generous: bool) -> bool:
        """Whether a packet passes one filter."""
        port = port if check.dialled is None else check.dialled
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
            known = (check.peer.owner, check.peer.behind if generous else None)
            return any(owner is not None and name in self._groups(owner) for owner in known)
        return check.peer.lies_in(rule.peer, generous)

    def _groups(self, machine: str) -> tuple[str, ...]:
        each = self.estate.machines.get(machine)
        if each is None or each.unfiltered:
            return ()
        home = self._vpc(each.subnet)
        return each.groups or (self.estate.vpcs[home].group or f"default of {home}",)

    def rules(self, machine: str, egress: bool) -> tuple[Rule, ...]:
        """What the groups of a machine allow; references are written out by name."""
        each, found = self.estate.machines[machine], list[Rule]()
        everyone = tuple(Rule("any", 0, 65535, block) for block in EVERYWHERE)
        if each.unfiltered:
            return everyone
        for name in self._groups(machine):
            if name not in self.estate.groups:
                home = self._vpc(each.subnet)
                return everyone if egress else (Rule("any", 0, 65535, f"group:default of {home}"),)
            group = self.estate.groups[name]
            for rule in group.egress if egress else group.ingress:
                found.append(replace(rule, peer=f"group:{name}") if rule.peer == "self" else rule)
        return tuple(found)

    def _vpc(self, subnet: str) -> str:
        return self.estate.subnets[subnet].vpc

    def acl(self, subnet: str, outward: bool) -> tuple[Entry, ...]:
        """The ACL of a subnet, one way."""
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
        somebody = destination.owner is not None or destination.face is not None  # not of AWS's services
        for route in (each for each in written if not (somebody and each.by == "endpoint")):
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

    def on(self, subnet: str, path: Path) -> Iterator[Path]:
        """Every way on from a subnet's inside to somebody."""
        if subnet in path.seen:
            return
        path = replace(path, seen=(*path.seen, subnet))
        there = self._holder(path.destination)
        if there is not None and there.subnet == subnet:
            outward = self._is_classic(path, subnet)
            yield self._got(path.checked(self.acl(subnet, True), path.destination) if outward else path)
            return
        left = path.checked(self.acl(subnet, True), path.destination)
        targets = self._targets(subnet, path.destination)
        left = replace(left, doubtful=left.doubtful or len(targets) > 1)
        for target in targets:
            yield from self._by(target, subnet, left)

    def _is_classic(self, path: Path, subnet: str) -> bool:
        """Whether a classic load balancer of the subnet sent it, whose outbound traffic meets its ACL anyway."""
        sender = self.estate.machines.get(path.source.owner or "")
        balancer = self.estate.balancers.get(sender.of or "") if sender is not None else None
        return balancer is not None and balancer.kind == "classic" and sender is not None and sender.subnet == subnet

    def _by(self, target: str, subnet: str, path: Path) -> Iterator[Path]:
        """Every way on by one target of the subnet's table."""
        kind, _, name = target.partition(":")
        vpc, there = self._vpc(subnet), self._holder(path.destination)
        passing = bool(path.entries) and path.entries[-1][1] == subnet  # it only came through the VPC
        if kind == "local" and there is not None and self._vpc(there.subnet) == vpc:
            yield self._delivered(path, there.subnet)
        elif kind == "internet" and self.estate.vpcs[vpc].internet:
            yield from self._out(vpc, path)
        elif kind == "machine":
            yield from self._to_machine(name, subnet, path)
        elif kind == "endpoint" and not path.reply:
            yield from self._to_service(vpc, path)
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
        return self._got(path.checked(self.acl(subnet, False), path.source))

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
        own = there if there.six else self.private(name)
        yield self._delivered(replace(path, destination=own, by_internet=True), holder.subnet)

    def _translated(self, name: str, subnet: str, path: Path) -> Iterator[Path]:
        """Through a NAT gateway of the VPC, in its own name (IPv4 only), past the ACL of its subnet."""
        nat = self.estate.nats[name]
        if self._vpc(nat.subnet) != self._vpc(subnet) or nat.subnet == subnet or path.destination.six:
            return
        entered = path.checked(self.acl(nat.subnet, False), path.source)
        natted = (*path.natted, (name, path.source, nat.subnet))
        yield from self.on(nat.subnet, replace(entered, source=End(nat.address, owner=name), natted=natted))

    def _to_service(self, vpc: str, path: Path) -> Iterator[Path]:
        """By a gateway endpoint, which serves machines of its VPC: nobody beyond it, and no NAT gateway."""
        holder = self._holder(path.source)
        if isinstance(holder, Machine) and self._vpc(holder.subnet) == vpc:
            yield replace(path, by_endpoint=True, arrives="outside")

    def _to_machine(self, name: str, subnet: str, path: Path) -> Iterator[Path]:
        """To an interface: for itself, or perhaps on by its subnet's table, as it was or in the machine's name."""
        machine = self.estate.machines[name]
        if machine.subnet != subnet:
            path = path.checked(self.acl(machine.subnet, False), path.source)
        if path.destination.owner == name:
            yield self._got(path)
        elif machine.forwards:
            through = path if path.reply else path.checked(self.rules(name, False), path.source)
            through = through if path.reply else through.checked(self.rules(name, True), path.destination)
            through = replace(through, doubtful=True)
            yield from self.on(machine.subnet, through)
            if not path.reply:
                natted = (*path.natted, (name, path.source, machine.subnet))
                yield from self.on(machine.subnet, replace(through, source=self.private(name), natted=natted))

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
            crossed = path.checked(self.acl(near[0], False), path.source)
            for entry in self.estate.attachments[target].subnets:
                yield from self.on(entry, replace(crossed, entries=(*path.entries, (target, entry))))

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
        if client in self.estate.doors:
            return []  # an endpoint opens no connections
        pairs = list(product(self._interfaces(client), self._interfaces(server)))
        found = [journey for mine, theirs in pairs for journey in self.connections(mine, theirs)]
        for mine, theirs in pairs:
            found += self._passage.journeys(mine, theirs) if isinstance(theirs, str) else ()
        return found

    def connections(self, mine: str | End, theirs: str | End) -> Iterator[Journey]:
        """The same between two interfaces, with nothing that passes a connection on."""
        for source, destination in self._dialled(mine, theirs):
            for path in self._forward(source, destination):
                yield path, self.replies(mine if isinstance(mine, str) else "outside", path)

    def _interfaces(self, end: str | End) -> list[str | End]:
        machines = self.estate.machines.items()
        further: list[str | End] = [name for name, each in machines if each.of is not None and each.of == end]
        return further if end in self.estate.balancers or end in self.estate.doors else [end, *further]

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
        return [self.private(machine), *([End(each.six, owner=machine)] if each.six else [])]

    def _face(self, name: str) -> End:
        """The public address of a machine or NAT gateway, which only AWS may know."""
        machine = self.estate.machines.get(name)
        return End(machine.public_address if machine is not None else None, face=name)

    def private(self, name: str) -> End:
        """Somebody's private IPv4 address."""
        holder = self.estate.machines.get(name) or self.estate.nats[name]
        unknown = self.estate.subnets[holder.subnet].cidr if holder.address is None else None
        return End(holder.address, owner=name, block=unknown)

    def _forward(self, source: End, destination: End) -> Iterator[Path]:
        start = Path(source, destination, opened=(source, destination))
        if source.owner is None:
            to_public = destination.face is not None or destination.six
            paths = self._internet(start) if is_public(source.text or "") and to_public else iter(())
        else:
            out = start.checked(self.rules(source.owner, True), destination)
            paths = self.on(self.estate.machines[source.owner].subnet, out)
        for path in paths:
            if path.arrives == "outside":
                yield path
            elif path.arrives in self.estate.machines:
                there = path.checked(self.rules(path.arrives, False), path.source)
                takes = listening(self.estate, self.estate.machines[path.arrives].of)
                yield there if takes is None else there.checked(takes, path.source)

    def replies(self, client: str, path: Path) -> list[list[Path]]:
        """The ways back: to the last NAT gateway, from there to the one before it, and to the client."""
        goals = [*(name for name, _, _ in reversed(path.natted)), client]
        answer = Path(path.destination, path.source, reply=True)
        if path.by_endpoint:
            holder = self._holder(path.source)
            ways = iter([self._delivered(answer, holder.subnet)] if holder is not None else [])
        elif path.arrives == "outside":
            ways = self._internet(answer)
        else:
            ways = self.on(self.estate.machines[path.arrives].subnet, answer)
        pieces = [[way for way in ways if way.arrives == goals[0]]]
        if path.guarded:  # what it opened, it lets in again; of other ways back no page speaks
            pieces = [[replace(way, doubtful=way.doubtful or not way.by_internet) for way in pieces[0]]]
        seen_as = pieces[0][0].source if pieces[0] else answer.source
        for (_, before, home), goal in zip(reversed(path.natted), goals[1:], strict=True):
            ways = self.on(home, Path(seen_as, before, reply=True))
            pieces.append([way for way in ways if way.arrives == goal])
        return pieces

    def outcome(
        self, journeys: list[Journey], protocol: str, port: int, client_ports: list[int]
    ) -> tuple[bool, bool, bool]:
        """Whether a connection certainly exists, possibly does, and whether its first packet possibly arrives.

        It is certain where one interface and address can be named that is reached in every world.
        """
        arriving = [replies for path, replies in journeys if self._clear(path, protocol, port, True)]
        possible = any(self._answered(replies, protocol, client_ports, True, {}) for replies in arriving)
        alike: dict[object, list[Journey]] = {}
        for path, replies in journeys if possible else ():
            alike.setdefault(path.opened, []).append((path, replies))
        sure = any(self._sure(each, protocol, port, client_ports) for each in alike.values())
        return sure, possible, bool(arriving)

    def _sure(self, journeys: list[Journey], protocol: str, port: int, client_ports: list[int]) -> bool:
        return all(
            any(
                self._clear(path, protocol, port, False)
                and _in_world(path, world)
                and self._answered(replies, protocol, client_ports, False, world)
                for path, replies in journeys
            )
            for world in self._worlds(journeys)
        )

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
