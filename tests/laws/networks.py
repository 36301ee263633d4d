"""Small networks full of trouble: several interfaces, aliases, translations, unknowns, one-way hops, stateless filters.

Every name and number comes from a short list, so that rules, addresses and parties meet often.
"""

from __future__ import annotations

from hypothesis import strategies as st

from netaudit.flows import AddressSet, Traffic
from netaudit.model import (
    EVERYONE,
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
    Step,
    Tier,
    Translate,
    Unknown,
)

HERE = Origin("net.tf", 1)
PLACES = ("p0", "p1", "p2")
PRIVATE = {name: f"10.0.{index}.4" for index, name in enumerate("abc")}
PUBLIC = {name: f"203.0.113.{index}" for index, name in enumerate("abc")}
GATEWAY = Party("nat", AddressSet.parse("203.0.113.200"))
OWNED = AddressSet.parse("10.0.0.0/16")

_TRAFFIC = [
    "any",
    "any",
    "tcp",
    "tcp/443",
    "tcp/1024-65535",
    "tcp/1024-30000",
    "tcp/30001-65535",
    "udp/53 tcp/443",
    "icmp/8",
]
_BLOCKS = ["10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/16", "10.0.1.4", "203.0.113.0/24", "203.0.113.0/31", "0.0.0.0/0"]


def private(name: str) -> Party:
    """The party at the machine's own address."""
    return Party(name, AddressSet.parse(PRIVATE[name]))


def public(name: str) -> Party:
    """The party at the machine's public address."""
    return Party(f"{name}-public", AddressSet.parse(PUBLIC[name]))


traffics = st.sampled_from(_TRAFFIC).map(Traffic.parse)
_members = st.sets(st.sampled_from(["a", "b", "c", "a-public", "nat"]), max_size=2).map(frozenset)
peers = st.one_of(
    st.just(EVERYONE),
    st.builds(Peers, members=_members),
    st.builds(Peers, addresses=st.sampled_from(_BLOCKS).map(AddressSet.parse)),
    st.builds(Peers, addresses=st.just(OWNED), exempt=_members),
    st.builds(Peers, members=_members, addresses=st.sampled_from(_BLOCKS).map(AddressSet.parse), exempt=_members),
)


class Sketch:
    """Draws the parts of one network; with `known`, nothing in it is unknown."""

    def __init__(self, draw: st.DrawFn, *, known: bool, allow_only: bool) -> None:
        """`draw` is hypothesis's."""
        self._draw = draw
        self._known = known
        self._actions = [Action.ALLOW] if allow_only else list(Action)
        self._ends = [Action.DENY] if allow_only else [Action.DENY, Action.PASS]
        self._count = 0

    def because(self) -> tuple[Unknown, ...]:
        """Mostly nothing; else an unknown of its own."""
        if self._known or self._draw(st.integers(0, 3)):
            return ()
        self._count += 1
        return (Unknown(f"var.u{self._count}", HERE),)

    def rule(self) -> Rule:
        """A rule, inexact now and then."""
        action = self._draw(st.sampled_from(self._actions))
        return Rule(self._draw(peers), self._draw(traffics), action, HERE, because=self.because())

    def tier(self) -> Tier:
        """A tier of a rule or two."""
        rules = tuple(self.rule() for _ in range(self._draw(st.integers(0, 2))))
        return Tier(rules, self._draw(st.sampled_from(self._ends)))

    def policy(self) -> Policy:
        """Stateful or not, of one tier or two."""
        stage = self._draw(st.sampled_from(Stage))
        if not self._draw(st.integers(0, 3)):
            return self.half_open()
        tiers = tuple(self.tier() for _ in range(1 if self._draw(st.booleans()) else 2))
        default = self._draw(st.sampled_from([Action.ALLOW, Action.DENY]))
        return Policy("policy", tiers, default, stage, stateful=self._draw(st.booleans()))

    def half_open(self) -> Policy:
        """Stateless and for everyone, but not for every client port: replies come back in part."""
        exact = Rule(EVERYONE, self._draw(traffics), Action.ALLOW, HERE)
        rule = Rule(EVERYONE, self._draw(traffics), Action.ALLOW, HERE, because=self.because())
        return Policy("half open", (Tier((exact, rule), Action.DENY),), Action.DENY, Stage.ACL, stateful=False)

    def party(self, name: str) -> Party:
        """The machine's own party, of an unknown address now and then."""
        because = self.because()
        return Party(name, AddressSet.parse("10.0.0.0/23"), because[0]) if because else private(name)

    def interface(self, party: Party, name: str) -> Interface:
        """An interface, with a public alias now and then, which may not exist."""
        aliases = ((public(name), self.because()),) if self._draw(st.booleans()) else ()
        node = f"eni:{party.id}" if self._draw(st.integers(0, 7)) else "eni:shared"  # a pod on its node's network
        return Interface(party, node, aliases)

    def endpoint(self, name: str) -> Endpoint:
        """A machine with one interface or two."""
        interfaces = [self.interface(self.party(name), name)]
        if not self._draw(st.integers(0, 4)):
            second = Party(f"{name}-second", AddressSet.parse("10.0.2.9"))
            interfaces.append(Interface(second, f"eni:{second.id}"))
        accepts = bool(self._draw(st.integers(0, 5)))
        return Endpoint(name, "machine", tuple(interfaces), because=self.because(), accepts=accepts)

    def translation(self, parties: dict[str, Party], tail: str, head: str) -> Translate:
        """As an internet gateway does it in either direction, or a NAT gateway; replies mostly come back its way."""
        kind = self._draw(st.sampled_from(["out", "in", "nat", "swap"]))
        names = self._draw(st.sets(st.sampled_from(sorted(parties)), min_size=1))
        to: dict[str, Party] = {}
        if kind == "out":
            to = {name: public(name) for name in names}
        elif kind == "in":
            to = {f"{name}-public": parties[name] for name in names}
        elif kind == "swap":  # into another machine's party: nothing real, so that nothing is taken for granted
            to = {name: parties[other] for name, other in zip(sorted(names), sorted(names, reverse=True), strict=True)}
        end = End.DESTINATION if kind in {"in", "swap"} else End.SOURCE
        near = [place for place in (head, tail) if place in PLACES]
        arrival, resume = (self._draw(st.sampled_from([*near, *PLACES])) for _ in range(2))
        otherwise = GATEWAY if kind == "nat" or self._draw(st.integers(0, 3)) == 0 else None
        return Translate(end, to, arrival, resume, "gateway", None, otherwise, self.because())

    def steps(self, policies: list[Policy], parties: dict[str, Party], way: tuple[str, str]) -> tuple[Step, ...]:
        """No step, a filter or two, and a translation now and then."""
        filters = st.builds(Filter, st.sampled_from(policies), st.sampled_from(End))
        steps: list[Step] = self._draw(st.lists(filters, max_size=2)) if self._draw(st.booleans()) else []
        if not self._draw(st.integers(0, 5)):
            steps.insert(self._draw(st.integers(0, len(steps))), self.translation(parties, *way))
        return tuple(steps)

    def network(self) -> Network:
        """Machines of all sorts, or machines that hardly differ, so that a wrong class shows."""
        return self.motley() if self._draw(st.integers(0, 2)) else self.lookalikes()

    def lookalikes(self) -> Network:
        """Three machines behind equal hops, told apart by nothing but names in rules, aliases and translations."""
        aliases = self._draw(st.sampled_from(["", "a", "abc"]))
        interfaces = {
            name: Interface(
                private(name),
                "eni:shared" if name in self._draw(st.sampled_from(["", "", "ab"])) else f"eni:{name}",
                ((public(name), ()),) if name in aliases else (),
            )
            for name in "abc"
        }
        policies = [self.policy() for _ in range(2)]
        parties = {name: each.party for name, each in interfaces.items()}
        nodes = tuple(dict.fromkeys(each.node for each in interfaces.values()))
        out, into = (self.steps(policies, parties, ("p0", "p0")) for _ in range(2))
        hops = [hop for node in nodes for hop in (Hop(node, "p0", out), Hop("p0", node, into))]
        for way in (("p0", "p1"), ("p1", "p0"), ("p1", OUTSIDE), (OUTSIDE, "p1"), ("p0", "p2"), ("p2", "p0")):
            hops.append(Hop(*way, self.steps(policies, parties, way)))
        endpoints = tuple(Endpoint(name, "machine", (each,)) for name, each in interfaces.items())
        return Network(endpoints=endpoints, hops=tuple(hops), owned=OWNED)

    def motley(self) -> Network:
        """Machines on places, places joined to each other and to the outside, not always both ways."""
        names = "abc"[: self._draw(st.integers(2, 3))]
        endpoints = tuple(self.endpoint(name) for name in names)
        policies = [self.policy() for _ in range(self._draw(st.integers(1, 4)))]
        parties = {endpoint.id: endpoint.interfaces[0].party for endpoint in endpoints}
        nodes = [*dict.fromkeys(i.node for endpoint in endpoints for i in endpoint.interfaces), OUTSIDE]
        ways = [way for node in nodes for way in self._ways(node)]
        ways += self._draw(st.lists(st.sampled_from([(p, q) for p in PLACES for q in PLACES if p != q]), max_size=4))
        hops = tuple(Hop(*way, self.steps(policies, parties, way)) for way in ways)
        reply_ports = self._draw(st.sampled_from(["tcp/1024-65535", "tcp/443", "tcp/32768-60999"]))
        return Network(endpoints=endpoints, hops=hops, owned=OWNED, reply_ports=Traffic.parse(reply_ports))

    def _ways(self, node: str) -> list[tuple[str, str]]:
        place = self._draw(st.sampled_from([PLACES[0], *PLACES]))  # often together
        ways = [(node, place), (place, node)]
        return ways if self._draw(st.integers(0, 5)) else ways[:1]


@st.composite
def networks(draw: st.DrawFn, *, known: bool = False, allow_only: bool = False) -> Network:
    """A small network; with `known` nothing is unknown, with `allow_only` every policy only allows."""
    return Sketch(draw, known=known, allow_only=allow_only).network()


def points_of(network: Network) -> list[int]:
    """One point of traffic for each set that no rule tells apart, and both sides of each border."""
    borders = {
        border
        for policy in network.policies
        for tier in policy.tiers
        for rule in tier.rules
        for first, last in rule.traffic.runs
        for border in (first, last + 1)
    }
    universe = Traffic.everything()
    return sorted({point for border in borders | {0} for point in (border - 1, border) if point in universe})
