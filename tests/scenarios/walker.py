"""A second opinion: one packet at a time over hand-written facts, with nothing of netaudit in it.

`estate_flows` and `cluster_flows` ask about every pair of endpoints, every representative address and every
representative port, so that their answer is exact: within one representative's range no fact tells two
packets apart. `generous` is the reading in which whatever is unknown turns out in favour of the packet
(it gives *possible*); without it everything unknown turns out against (*certain*).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from itertools import product

from tests.scenarios import bank_facts as facts

Traffic = dict[str, list[list[int]]]
Flows = dict[tuple[str, str], tuple[Traffic, Traffic]]
Address = IPv4Address | None  # None: a public address that only the cloud knows

PROTOCOLS = ("tcp", "udp", "sctp")
NOT_PUBLIC = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
SIXES = ("internet6", "private6")  # no fact mentions IPv6: each is one block


@cache
def network(cidr: str) -> IPv4Network:
    """The block that a CIDR writes."""
    return IPv4Network(cidr)


# ── representatives ─────────────────────────────────────────────────────────────────────────────────────


def starts(cuts: Iterable[int], first: int, last: int) -> list[int]:
    """The first member of every piece of first..last."""
    return sorted({first} | {cut for cut in cuts if first < cut <= last})


def address_cuts(cidrs: Iterable[str]) -> set[int]:
    """Where an address begins to be told apart from the one before it."""
    networks = [*map(network, cidrs), *NOT_PUBLIC]
    return {int(n.network_address) for n in networks} | {int(n.broadcast_address) + 1 for n in networks}


def is_public(address: IPv4Address) -> bool:
    """Whether the contract counts it as public space."""
    return not any(address in block for block in NOT_PUBLIC)


def joined(ports: list[int], allowed: Callable[[int], bool]) -> list[list[int]]:
    """The allowed ports as ranges, from the answers for the first port of every piece."""
    ranges: list[list[int]] = []
    for first, after in zip(ports, [*ports[1:], 65536], strict=True):
        if not allowed(first):
            continue
        if ranges and ranges[-1][1] == first - 1:
            ranges[-1][1] = after - 1
        else:
            ranges.append([first, after - 1])
    return ranges


def traffic(ports: list[int], allowed: Callable[[str, int], bool]) -> Traffic:
    """What gets through, protocol by protocol."""
    found = {p: joined(ports, lambda port, p=p: allowed(p, port)) for p in PROTOCOLS}  # type: ignore[misc]
    return {protocol: ranges for protocol, ranges in found.items() if ranges}


# ── the three VPCs ──────────────────────────────────────────────────────────────────────────────────────


@cache
def estate_cidrs() -> set[str]:
    """Every CIDR that any rule, line or route of the estate mentions, and every subnet."""
    rules = [r.peer for g in facts.GROUPS.values() for r in (*g.ingress, *g.egress) if "/" in r.peer]
    lines = [e.cidr for acl in (facts.ACL_IN, facts.ACL_OUT) for es in acl.values() for e in es]
    routes = [cidr for table in facts.TABLES.values() for cidr, _ in table]
    return {*rules, *lines, *routes, *(s.cidr for s in facts.SUBNETS.values()), *facts.VPCS.values()}


@cache
def estate_ports() -> list[int]:
    """The first port of every range that a fact of the estate tells apart."""
    rules = [(r.low, r.high) for g in facts.GROUPS.values() for r in (*g.ingress, *g.egress)]
    lines = [(e.low, e.high) for acl in (facts.ACL_IN, facts.ACL_OUT) for es in acl.values() for e in es]
    return starts((cut for low, high in rules + lines for cut in (low, high + 1)), 0, 65535)


@cache
def places(machine: facts.Machine) -> list[tuple[str, IPv4Address]]:
    """Every subnet and representative address where the machine may turn out to be."""
    if machine.address is not None:
        return [(name, IPv4Address(machine.address)) for name in machine.subnets]
    return [(name, address) for name in machine.subnets for address in assignable(facts.SUBNETS[name].cidr)]


def assignable(cidr: str) -> list[IPv4Address]:
    """Representatives of a subnet's addresses, but for the first four and the last, which the cloud keeps."""
    block = network(cidr)
    first, last = int(block.network_address) + 4, int(block.broadcast_address) - 1
    return [IPv4Address(start) for start in starts(address_cuts(estate_cidrs()), first, last)]


def covers(cidr: str, address: Address, *, generous: bool) -> bool:
    """Whether the CIDR holds the address; about a public address that nobody knows yet, only 0.0.0.0/0 is sure."""
    if address is not None:
        return address in network(cidr)
    return cidr == facts.ANYWHERE or (generous and not any(network(cidr).subnet_of(n) for n in NOT_PUBLIC))


def admits(
    rules: tuple[facts.Rule, ...], peer: Address, group: str | None, protocol: str, port: int, *, generous: bool
) -> bool:
    """Whether a group's rules let the packet pass. `group` is the peer's, where its private address is seen."""

    def matches(rule: facts.Rule) -> bool:
        if rule.protocol not in ("any", protocol) or not rule.low <= port <= rule.high:
            return False
        if rule.peer == facts.PARTNER:
            return generous
        return covers(rule.peer, peer, generous=generous) if "/" in rule.peer else rule.peer == group

    return any(matches(rule) for rule in rules)


def acl_passes(acl: dict[str, tuple[facts.Entry, ...]], subnet: str, peer: Address, protocol: str, port: int) -> bool:
    """Whether the subnet's network ACL lets the packet pass: the lowest number that matches decides.

    A peer of unknown address would need three values here; no machine with a public face has such an ACL.
    """
    name = facts.SUBNETS[subnet].acl
    if name is None:
        return True
    assert peer is not None, "an unknown public address at a network ACL"
    for entry in sorted(acl[name], key=lambda entry: entry.number):
        fits = entry.protocol in ("any", protocol) and entry.low <= port <= entry.high
        if fits and covers(entry.cidr, peer, generous=False):
            return entry.allow
    return False


def route(subnet: str, destination: Address) -> str | None:
    """The target of the longest prefix that holds the destination."""
    table = facts.TABLES[facts.SUBNETS[subnet].table]
    found = [(network(c).prefixlen, t) for c, t in table if covers(c, destination, generous=False)]
    return max(found)[1] if found else None


def carried(subnet: str, other: str, destination: IPv4Address) -> bool:
    """Whether a private packet that leaves `subnet` is carried to `other`: locally, or over one peering."""
    here, there = facts.SUBNETS[subnet].vpc, facts.SUBNETS[other].vpc
    target = route(subnet, destination)
    if target == "local":
        return here == there
    return target is not None and any(
        target == f"peering:{name}" and {here, there} == set(ends) for name, ends in facts.PEERINGS.items()
    )


def replies_pass(acl: dict[str, tuple[facts.Entry, ...]], subnet: str, peer: Address, *, generous: bool) -> bool:
    """Whether replies to the client's own port pass: to every such port, or generously to some."""
    ports = [p for p in estate_ports() if p > 1024] + [1024]
    passed = [acl_passes(acl, subnet, peer, "tcp", port) for port in ports]
    return any(passed) if generous else all(passed)


def way_in_private(
    source: facts.Machine,
    at: tuple[str, IPv4Address],
    destination: facts.Machine,
    to: tuple[str, IPv4Address],
    *,
    protocol: str,
    port: int,
    generous: bool,
) -> bool:
    """One packet from private address to private address."""
    (here, sender), (there, receiver) = at, to
    out, into = facts.GROUPS[source.group].egress, facts.GROUPS[destination.group].ingress
    if not admits(out, receiver, destination.group, protocol, port, generous=generous):
        return False
    if not admits(into, sender, source.group, protocol, port, generous=generous):
        return False
    if here == there:
        return True
    if not carried(here, there, receiver):
        return False
    if not acl_passes(facts.ACL_OUT, here, receiver, protocol, port):
        return False
    if not acl_passes(facts.ACL_IN, there, sender, protocol, port):
        return False
    if protocol != "tcp":
        return True
    return (
        carried(there, here, sender)
        and replies_pass(facts.ACL_OUT, there, sender, generous=generous)
        and replies_pass(facts.ACL_IN, here, receiver, generous=generous)
    )


def leaves(source: facts.Machine, here: str, target: Address, protocol: str, port: int, *, generous: bool) -> bool:
    """Whether a packet gets out to a public address, by an own one or through a NAT gateway."""
    if not admits(facts.GROUPS[source.group].egress, target, None, protocol, port, generous=generous):
        return False
    if not acl_passes(facts.ACL_OUT, here, target, protocol, port):
        return False
    hop = route(here, target)
    if hop == "internet":
        return source.public
    if hop is None or not hop.startswith("nat:"):
        return False
    gateway = hop.removeprefix("nat:")
    return protocol in ("tcp", "udp") and gateway != here and route(gateway, target) == "internet"


def enters(
    destination: facts.Machine, there: str, sender: Address, protocol: str, port: int, *, generous: bool
) -> bool:
    """Whether a packet from a public address gets in, and its reply back out."""
    return (
        destination.public
        and route(there, sender) == "internet"
        and acl_passes(facts.ACL_IN, there, sender, protocol, port)
        and admits(facts.GROUPS[destination.group].ingress, sender, None, protocol, port, generous=generous)
    )


def reaches(source: str, destination: str, protocol: str, port: int, *, generous: bool) -> bool:
    """Machine to machine: wherever both may turn out to be (generously: somewhere)."""
    a, b = facts.MACHINES[source], facts.MACHINES[destination]

    def one(at: tuple[str, IPv4Address], to: tuple[str, IPv4Address]) -> bool:
        if way_in_private(a, at, b, to, protocol=protocol, port=port, generous=generous):
            return True
        return (
            b.public
            and leaves(a, at[0], None, protocol, port, generous=generous)
            and enters(b, to[0], None, protocol, port, generous=generous)
        )

    answers = [one(at, to) for at, to in product(places(a), places(b))]
    return any(answers) if generous else all(answers)


def out_to(source: str, target: IPv4Address, protocol: str, port: int, *, generous: bool) -> bool:
    """Machine to a public address outside."""
    machine = facts.MACHINES[source]
    answers = [leaves(machine, at, target, protocol, port, generous=generous) for at in machine.subnets]
    return is_public(target) and (any(answers) if generous else all(answers))


def in_from(sender: IPv4Address, destination: str, protocol: str, port: int, *, generous: bool) -> bool:
    """A public address outside to a machine."""
    machine = facts.MACHINES[destination]
    answers = [enters(machine, at, sender, protocol, port, generous=generous) for at in machine.subnets]
    return is_public(sender) and (any(answers) if generous else all(answers))


# ── the cluster ─────────────────────────────────────────────────────────────────────────────────────────


def selects(select: facts.Select, labels: dict[str, str]) -> bool:
    """Whether the labels satisfy all that the selector asks for; `beyond` is satisfied by an absent key."""
    return (
        all(labels.get(key) == value for key, value in select.equal.items())
        and all(labels.get(key) in values for key, values in select.among.items())
        and all(labels.get(key) not in values for key, values in select.beyond.items())
    )


Peer = facts.Workload | IPv4Address | str  # a pod, an IPv4 address, or one of SIXES


def is_peer(peer: facts.Pods | facts.Block, own: str, other: Peer, *, generous: bool) -> bool:
    """Whether the other side is one of a rule's peers; of a pod's address nothing is known."""
    if isinstance(peer, facts.Block):
        if isinstance(other, facts.Workload):
            return generous
        inside = isinstance(other, IPv4Address) and other in network(peer.cidr)
        return inside and not any(other in network(cidr) for cidr in peer.excepted)
    if not isinstance(other, facts.Workload):
        return False
    home = (
        other.namespace == own if peer.namespace is None else selects(peer.namespace, facts.NAMESPACES[other.namespace])
    )
    return home and selects(peer.pods, other.labels)


def is_port(entry: facts.Ports, server: Peer, protocol: str, port: int) -> bool:
    """Whether a port entry means this port; a name is looked up at the server."""
    if entry.protocol != protocol:
        return False
    if isinstance(entry.port, int):
        return entry.port <= port <= (entry.end or entry.port)
    return isinstance(server, facts.Workload) and server.ports.get(entry.port) == (protocol, port)


def side_allows(pod: facts.Workload, other: Peer, direction: str, protocol: str, port: int, *, generous: bool) -> bool:
    """One pod's side: unrestricted when no policy selects it in that direction, else the union of the rules."""
    selected = [
        rules
        for policy in facts.POLICIES
        if policy.namespace == pod.namespace and selects(policy.subject, pod.labels)
        if (rules := policy.ingress if direction == "ingress" else policy.egress) is not None
    ]
    server = pod if direction == "ingress" else other
    return not selected or any(
        any(is_peer(peer, pod.namespace, other, generous=generous) for peer in rule.peers)
        and any(is_port(entry, server, protocol, port) for entry in rule.ports)
        for rules in selected
        for rule in rules
    )


def connects(client: Peer, server: Peer, protocol: str, port: int, *, generous: bool) -> bool:
    """Both sides let the packet pass; an outside side has no policy."""
    return (
        not isinstance(client, facts.Workload)
        or side_allows(client, server, "egress", protocol, port, generous=generous)
    ) and (
        not isinstance(server, facts.Workload)
        or side_allows(server, client, "ingress", protocol, port, generous=generous)
    )


@cache
def cluster_cidrs() -> set[str]:
    """Every CIDR that a policy mentions."""
    blocks = [
        peer
        for policy in facts.POLICIES
        for rule in (*(policy.ingress or ()), *(policy.egress or ()))
        for peer in rule.peers
        if isinstance(peer, facts.Block)
    ]
    return {cidr for block in blocks for cidr in (block.cidr, *block.excepted)}


@cache
def cluster_ports() -> list[int]:
    """The first port of every range that a policy or a named port tells apart."""
    rules = [r for p in facts.POLICIES for r in (*(p.ingress or ()), *(p.egress or ()))]
    entries = [e for rule in rules for e in rule.ports if isinstance(e.port, int)]
    numbered = [(int(e.port), e.end or int(e.port)) for e in entries]
    named = [(number, number) for w in facts.WORKLOADS.values() for _, number in w.ports.values()]
    return starts((cut for low, high in numbered + named for cut in (low, high + 1)), 0, 65535)


# ── every pair ──────────────────────────────────────────────────────────────────────────────────────────

Question = Callable[[str, int, bool], bool]  # protocol, port, generous → does it pass


def answer(ports: list[int], question: Question) -> tuple[Traffic, Traffic]:
    """What passes for certain, and what passes possibly."""
    certain = traffic(ports, lambda protocol, port: question(protocol, port, False))
    possible = traffic(ports, lambda protocol, port: question(protocol, port, True))
    return certain, possible


def block_answer(
    ports: list[int], addresses: list[IPv4Address], ask: Callable[[IPv4Address], Question]
) -> tuple[Traffic, Traffic]:
    """The answer for a block of outside addresses, which must be the same for each of its pieces."""
    answers = [answer(ports, ask(address)) for address in addresses]
    assert all(one == answers[0] for one in answers), "a block is too coarse: its addresses differ"
    return answers[0]


def pieces(ranges: list[str], cidrs: set[str]) -> list[IPv4Address]:
    """One address of every piece of `first-last` ranges."""
    ends = [tuple(map(IPv4Address, each.split("-"))) for each in ranges]
    cuts = address_cuts(cidrs)
    return [IPv4Address(s) for first, last in ends for s in starts(cuts, int(first), int(last))]


def estate_flows(external: dict[str, list[str]]) -> Flows:
    """Every flow of the three VPCs and of the given outside blocks."""
    ports, flows = estate_ports(), {}
    for a, b in product(facts.MACHINES, repeat=2):
        flows[a, b] = answer(ports, lambda p, n, g, a=a, b=b: reaches(a, b, p, n, generous=g))  # type: ignore[misc]
    for (block, ranges), machine in product(external.items(), facts.MACHINES):
        addresses = pieces(ranges, estate_cidrs())
        flows[machine, block] = block_answer(
            ports,
            addresses,
            lambda at, m=machine: lambda p, n, g: out_to(m, at, p, n, generous=g),  # type: ignore[misc]
        )
        flows[block, machine] = block_answer(
            ports,
            addresses,
            lambda at, m=machine: lambda p, n, g: in_from(at, m, p, n, generous=g),  # type: ignore[misc]
        )
    return told(flows)


def cluster_flows(external: dict[str, list[str]]) -> Flows:
    """Every flow of the cluster and of the given outside blocks, IPv6 included."""
    ports, flows, cidrs = cluster_ports(), {}, cluster_cidrs()
    outside: dict[str, list[Peer]] = {name: [*pieces(ranges, cidrs)] for name, ranges in external.items()}
    parties: dict[str, list[Peer]] = {name: [pod] for name, pod in facts.WORKLOADS.items()}
    parties |= outside | {six: [six] for six in SIXES}
    for (a, clients), (b, servers) in product(parties.items(), repeat=2):
        if not {a, b} & set(facts.WORKLOADS):
            continue
        answers = [
            answer(ports, lambda p, n, g, c=c, s=s: connects(c, s, p, n, generous=g))  # type: ignore[misc]
            for c, s in product(clients, servers)
        ]
        assert all(one == answers[0] for one in answers), f"{a} or {b} is too coarse: its addresses differ"
        flows[a, b] = answers[0]
    return told(flows)


def told(flows: Flows) -> Flows:
    """What is worth telling: nothing about an endpoint and itself, and nothing impossible."""
    return {(a, b): both for (a, b), both in flows.items() if a != b and both[1]}
