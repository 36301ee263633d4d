"""Small networks by hand: a few words each for parties, rules, filters and hops.

Everything that is not told gets a plain default, so that a test shows only what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping

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

FILE = "net.tf"


def addresses(*texts: str) -> AddressSet:
    """The union of addresses, blocks and ranges."""
    return AddressSet.union(AddressSet.parse(text) for text in texts)


def unknown(name: str, line: int = 1) -> Unknown:
    """A value that nobody gave, such as `var.extra`."""
    return Unknown(name, Origin(FILE, line))


def party(name: str, *where: str, one_of: Unknown | None = None) -> Party:
    """A party by name; with `one_of` it has a single one of the addresses."""
    return Party(name, addresses(*where), one_of)


def peers(who: str) -> Peers:
    """`*` is everyone, words with a `/` or a digit first are addresses, other words are party ids."""
    if who == "*":
        return EVERYONE
    words = who.split()
    blocks = [word for word in words if word[0].isdigit()]
    return Peers(frozenset(word for word in words if word not in blocks), addresses(*blocks))


def rule(action: Action, who: str = "*", traffic: str = "any", *, line: int = 1, because: str = "") -> Rule:
    """A rule about `who`; with `because` it is inexact and depends on that unknown."""
    reasons = (unknown(because, line),) if because else ()
    return Rule(peers(who), Traffic.parse(traffic), action, Origin(FILE, line), f"rule {line}", "", "", reasons)


def allow(who: str = "*", traffic: str = "any", *, line: int = 1, because: str = "") -> Rule:
    """A rule that allows."""
    return rule(Action.ALLOW, who, traffic, line=line, because=because)


def deny(who: str = "*", traffic: str = "any", *, line: int = 1, because: str = "") -> Rule:
    """A rule that denies."""
    return rule(Action.DENY, who, traffic, line=line, because=because)


def passes(who: str = "*", traffic: str = "any", *, line: int = 1, because: str = "") -> Rule:
    """A rule that passes on to the next tier."""
    return rule(Action.PASS, who, traffic, line=line, because=because)


def tier(*rules: Rule, otherwise: Action = Action.DENY) -> Tier:
    """Ordered rules, then `otherwise`."""
    return Tier(rules, otherwise)


def tiers(*given: Tier, default: Action = Action.ALLOW, stateful: bool = True, name: str = "policy") -> Policy:
    """A policy of several tiers."""
    return Policy(name, given, default, Stage.INGRESS, stateful)


def group(name: str, *rules: Rule, stage: Stage = Stage.INGRESS) -> Policy:
    """A security group: allow rules in any order, stateful."""
    return Policy(name, (tier(*rules),), Action.DENY, stage, stateful=True)


def acl(name: str, *rules: Rule) -> Policy:
    """A network ACL: ordered rules, stateless."""
    return Policy(name, (tier(*rules),), Action.DENY, Stage.ACL, stateful=False)


def route(name: str, *destinations: str, because: str = "") -> Policy:
    """The destinations that go one way."""
    rules = [allow(where, because=because) for where in destinations]
    return Policy(name, (tier(*rules),), Action.DENY, Stage.ROUTE, stateful=False)


def to(policy: Policy) -> Filter:
    """The filter looks at the packet's destination."""
    return Filter(policy, End.DESTINATION)


def by(policy: Policy) -> Filter:
    """The filter looks at the packet's source."""
    return Filter(policy, End.SOURCE)


def translate(
    end: End,
    mapping: Mapping[str, Party],
    arrival: str,
    resume: str,
    *,
    otherwise: Party | None = None,
    because: str = "",
) -> Translate:
    """Another address for one end of the packet."""
    reasons = (unknown(because),) if because else ()
    return Translate(end, mapping, arrival, resume, "gateway", None, otherwise, reasons)


def interface(of: Party, *aliases: Party, maybe: Unknown | None = None) -> Interface:
    """An interface at the node `eni:<party>`; with `maybe` its aliases may not exist."""
    return Interface(of, f"eni:{of.id}", tuple((alias, (maybe,) if maybe else ()) for alias in aliases))


def endpoint(name: str, *interfaces: Interface, because: str = "", realm: str = "aws") -> Endpoint:
    """A machine; with `because` it may not exist."""
    reasons = (unknown(because),) if because else ()
    return Endpoint(name, "machine", interfaces, realm=realm, because=reasons)


def machine(name: str, address: str) -> Endpoint:
    """A machine with one interface and one address."""
    return endpoint(name, interface(party(name, address)))


def hop(tail: str, head: str, *steps: Step) -> Hop:
    """A one-way hop."""
    return Hop(tail, head, steps)


def attach(at: Endpoint, place: str, *, out: Policy | None = None, into: Policy | None = None) -> tuple[Hop, ...]:
    """All interfaces of a machine on one place: `out` filters by destination, `into` by source."""
    leaving = (to(out),) if out else ()
    entering = (by(into),) if into else ()
    nodes = [each.node for each in at.interfaces]
    return tuple(h for node in nodes for h in (Hop(node, place, leaving), Hop(place, node, entering)))


def network(*parts: Endpoint | Hop | tuple[Hop, ...], owned: str = "", reply_ports: str = "tcp/1024-65535") -> Network:
    """A network of endpoints and hops in any order."""
    hops = [h for part in parts for h in (part if isinstance(part, tuple) else (part,)) if isinstance(h, Hop)]
    return Network(
        endpoints=tuple(part for part in parts if isinstance(part, Endpoint)),
        hops=tuple(hops),
        owned=addresses(*owned.split()),
        reply_ports=Traffic.parse(reply_ports),
    )


__all__ = [
    "OUTSIDE",
    "acl",
    "addresses",
    "allow",
    "attach",
    "by",
    "deny",
    "endpoint",
    "group",
    "hop",
    "interface",
    "machine",
    "network",
    "party",
    "passes",
    "peers",
    "route",
    "rule",
    "tier",
    "tiers",
    "to",
    "translate",
    "unknown",
]
