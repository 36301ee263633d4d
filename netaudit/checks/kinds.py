"""The kinds of rules: what a rule file may say, and what each kind means as clauses.

docs/rules.md states the same meanings in mathematics. A kind is one class here and one line in `AnyRule`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from netaudit.checks.clauses import (
    Allowed,
    Clause,
    DefaultDeny,
    NoDeadRule,
    Partition,
    Sense,
    Sentence,
    Since,
    Survival,
    judged,
)
from netaudit.errors import QueryError
from netaudit.flows import CLAIMED, Traffic
from netaudit.queries.flow import Relation
from netaudit.queries.selector_syntax import And, Not, Selector, Word, parse_selector

# SSH, Telnet, RDP, WinRM, VNC: where people administer machines. A port stands for a service only by custom.
ADMINISTRATION = "tcp/22-23,3389,5900,5985-5986 udp/3389"
_EVERYTHING = "*"
_ALL = "* | external"
_INSIDE = Not(Word("external", quoted=False))


class RuleSeverity(StrEnum):
    """How much a broken rule matters."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


def _selector_text(text: str) -> str:
    try:
        parse_selector(text)
    except QueryError as error:
        raise ValueError(error.message) from None
    return text


def _traffic_text(text: str) -> str:
    Traffic.parse(text)
    return text


SelectorText = Annotated[str, AfterValidator(_selector_text), Field(min_length=1, max_length=2000)]
NamespaceText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:*-]+$", max_length=200)]
AddressText = Annotated[str, Field(min_length=1, max_length=2000)]
TrafficText = Annotated[str, AfterValidator(_traffic_text), Field(min_length=1, max_length=2000)]
Clauses = tuple[Sentence, ...]


class _Rule(BaseModel):
    """What every rule has."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # built once, with the whole file
    usual_relation: ClassVar[Relation] = Relation.DIRECT

    id: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", description="Unique name")
    title: str = Field(default="", description="What must hold, as a sentence")
    severity: RuleSeverity = Field(default=RuleSeverity.MEDIUM, description="How much a violation matters")
    owner: str = Field(default="", description="Who answers for the rule")
    rationale: str = Field(default="", description="Why it must hold")
    instructions: str = Field(default="", description="What the person who broke it should do")
    example: str = Field(default="", description="A piece of configuration that breaks it")
    controls: tuple[str, ...] = Field(default=(), description="Controls that it supports: framework@version:id")
    relation: Relation | None = Field(default=None, description="direct, forwarded or pivot; each kind has its own")

    def clauses(self) -> Clauses:
        """What the rule says."""
        raise NotImplementedError

    def needs(self) -> tuple[str, ...]:
        """The selectors that must pick something, or else the rule is vacuous."""
        raise NotImplementedError


class Forbid(_Rule):
    """Nothing flows from `from` to `to`."""

    kind: Literal["forbid"]
    sources: SelectorText = Field(alias="from", description="Selector of the clients")
    destinations: SelectorText = Field(alias="to", description="Selector of the servers")
    traffic: TrafficText | None = Field(default=None, description="What must not flow; default tcp udp sctp")

    def clauses(self) -> Clauses:
        """Never, from these to those."""
        return (_never(self.sources, self.destinations, _traffic(self.traffic)),)

    def needs(self) -> tuple[str, ...]:
        """Both sides."""
        return (self.destinations, self.sources)


class OnlyFrom(_Rule):
    """Nothing flows to `to` but from `from`."""

    kind: Literal["only-from"]
    sources: SelectorText = Field(alias="from", description="Selector of the only clients allowed")
    destinations: SelectorText = Field(alias="to", description="Selector of the servers")
    traffic: TrafficText | None = Field(default=None, description="What the rule is about; default tcp udp sctp")

    def clauses(self) -> Clauses:
        """Never, from all others."""
        return (_never(_not(self.sources), self.destinations, _traffic(self.traffic)),)

    def needs(self) -> tuple[str, ...]:
        """The servers; an empty allow-list says that nobody may."""
        return (self.destinations,)


class OnlyServices(_Rule):
    """What flows from `from` to `to` is within `traffic`."""

    kind: Literal["only-services"]
    sources: SelectorText = Field(alias="from", description="Selector of the clients")
    destinations: SelectorText = Field(alias="to", description="Selector of the servers")
    traffic: TrafficText = Field(description="The only traffic allowed")

    def clauses(self) -> Clauses:
        """Never, on anything else."""
        return (_never(self.sources, self.destinations, _besides(self.traffic)),)

    def needs(self) -> tuple[str, ...]:
        """Both sides."""
        return (self.destinations, self.sources)


class Require(_Rule):
    """Each of `from` reaches each of `to` on all of `traffic`."""

    kind: Literal["require"]
    sources: SelectorText = Field(alias="from", description="Selector of the clients")
    destinations: SelectorText = Field(alias="to", description="Selector of the servers")
    traffic: TrafficText = Field(description="What must flow, all of it")

    def clauses(self) -> Clauses:
        """Always."""
        sides = (parse_selector(self.sources), parse_selector(self.destinations))
        return (Clause(Sense.ALWAYS, *sides, Traffic.parse(self.traffic)),)

    def needs(self) -> tuple[str, ...]:
        """Both sides."""
        return (self.destinations, self.sources)


class Isolated(_Rule):
    """Nothing flows between any two of `groups`, in either direction."""

    kind: Literal["isolated"]
    usual_relation: ClassVar[Relation] = Relation.PIVOT
    groups: tuple[SelectorText, ...] = Field(min_length=2, max_length=50, description="Selectors, each apart from all")
    traffic: TrafficText | None = Field(default=None, description="What must not flow; default tcp udp sctp")

    def clauses(self) -> Clauses:
        """Never, from any to any other."""
        traffic = _traffic(self.traffic)
        return tuple(_never(a, b, traffic) for a in self.groups for b in self.groups if a != b)

    def needs(self) -> tuple[str, ...]:
        """Each of them."""
        return self.groups


class InternetIngressOnly(_Rule):
    """Of everything inside, the internet reaches at most `to`, and there at most `traffic`."""

    kind: Literal["internet-ingress-only"]
    usual_relation: ClassVar[Relation] = Relation.FORWARDED
    destinations: SelectorText = Field(alias="to", description="Selector of the servers that may be reached")
    traffic: TrafficText | None = Field(default=None, description="The only traffic allowed there; default any")

    def clauses(self) -> Clauses:
        """Never to all others; on these, never anything besides."""
        others = _never("internet", And((_INSIDE, _not(self.destinations))), CLAIMED)
        if self.traffic is None:
            return (others,)
        return (others, _never("internet", self.destinations, _besides(self.traffic)))

    def needs(self) -> tuple[str, ...]:
        """The internet; an empty allow-list says that nothing may be reached."""
        return ("internet",)


class NoAdmin(_Rule):
    """Nobody of `from` reaches a port of administration of `to`, by IPv4 or IPv6."""

    kind: Literal["no-admin"]
    usual_relation: ClassVar[Relation] = Relation.FORWARDED
    sources: SelectorText = Field(default="internet", alias="from", description="Selector of the untrusted")
    destinations: SelectorText = Field(default=_EVERYTHING, alias="to", description="Selector of the servers")
    traffic: TrafficText = Field(default=ADMINISTRATION, description="What counts as administration")

    def clauses(self) -> Clauses:
        """Never on these ports."""
        return (_never(self.sources, self.destinations, Traffic.parse(self.traffic)),)

    def needs(self) -> tuple[str, ...]:
        """Both sides."""
        return (self.destinations, self.sources)


class AdminOnlyVia(_Rule):
    """Ports of administration of `to` are reached from `via` only, and `via` itself from `into` only."""

    kind: Literal["admin-only-via"]
    destinations: SelectorText = Field(default=_EVERYTHING, alias="to", description="Selector of the administered")
    via: SelectorText = Field(description="Selector of the bastions")
    into: SelectorText | None = Field(default=None, description="Selector of who may reach the bastions so")
    traffic: TrafficText = Field(default=ADMINISTRATION, description="What counts as administration")

    def clauses(self) -> Clauses:
        """Never from all others; into the bastions never from all others."""
        traffic = Traffic.parse(self.traffic)
        bastions = parse_selector(self.via)
        administered = And((parse_selector(self.destinations), Not(bastions)))
        found = [_never(_not(self.via), administered, traffic)]
        if self.into is not None:
            entitled = And((_not(self.into), Not(bastions)))
            found.append(_never(entitled, bastions, traffic))
        return tuple(found)

    def needs(self) -> tuple[str, ...]:
        """What is administered, and the bastions, without which there would be no way at all."""
        return (self.destinations, self.via)


class Waypoint(_Rule):
    """Whatever flows from `from` to `to` passes an endpoint of `via`."""

    kind: Literal["waypoint"]
    usual_relation: ClassVar[Relation] = Relation.PIVOT
    sources: SelectorText = Field(alias="from", description="Selector of the clients")
    destinations: SelectorText = Field(alias="to", description="Selector of the servers")
    via: SelectorText = Field(description="Selector of what must be passed")
    traffic: TrafficText | None = Field(default=None, description="What the rule is about; default tcp udp sctp")

    def clauses(self) -> Clauses:
        """Never, in the network without the waypoints."""
        waypoints = parse_selector(self.via)
        sides = [And((parse_selector(text), Not(waypoints))) for text in (self.sources, self.destinations)]
        return (Clause(Sense.NEVER, sides[0], sides[1], _traffic(self.traffic), without=waypoints),)

    def needs(self) -> tuple[str, ...]:
        """Both sides, and what is to be passed."""
        return (self.destinations, self.sources, self.via)


class ScopeComplete(_Rule):
    """Whatever inside reaches `scope`, or is reached by it, is within `declared`."""

    kind: Literal["scope-complete"]
    usual_relation: ClassVar[Relation] = Relation.PIVOT
    scope: SelectorText = Field(description="Selector of the core, such as where card data is")
    declared: SelectorText = Field(description="Selector of everything that is declared to be connected to it")
    traffic: TrafficText | None = Field(default=None, description="What counts as connected; default tcp udp sctp")

    def clauses(self) -> Clauses:
        """Never to or from what is neither core nor declared."""
        others = And((_INSIDE, _not(self.scope), _not(self.declared)))
        traffic = _traffic(self.traffic)
        return (_never(self.scope, others, traffic), _never(others, self.scope, traffic))

    def needs(self) -> tuple[str, ...]:
        """The core; an empty declaration says that nothing is connected."""
        return (self.scope,)


class RegisteredFlow(BaseModel):
    """One line of a flow register."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: SelectorText = Field(alias="from", description="Selector of the clients")
    destinations: SelectorText = Field(alias="to", description="Selector of the servers")
    traffic: TrafficText = Field(description="What may flow")


class FlowRegisterExact(_Rule):
    """From `from` to `to` flows what `flows` lists and nothing else, and everything that it lists is used."""

    kind: Literal["flow-register-exact"]
    sources: SelectorText = Field(default=_EVERYTHING, alias="from", description="Selector of the clients judged")
    destinations: SelectorText = Field(default=_EVERYTHING, alias="to", description="Selector of the servers judged")
    flows: tuple[RegisteredFlow, ...] = Field(min_length=1, max_length=1000, description="The register")

    def clauses(self) -> Clauses:
        """Never anything that is not listed; every point of every line between some pair of it."""
        allowed = _allowed(self.flows)
        spoken_of = judged(Traffic.union(each.traffic for each in allowed))
        sides = (parse_selector(self.sources), parse_selector(self.destinations))
        used = (Clause(Sense.SOMEWHERE, each.sources, each.destinations, each.traffic) for each in allowed)
        return (Clause(Sense.NEVER, *sides, spoken_of, allowed), *used)

    def needs(self) -> tuple[str, ...]:
        """What is judged, and both sides of every line."""
        lines = (side for flow in self.flows for side in (flow.sources, flow.destinations))
        return (self.destinations, self.sources, *dict.fromkeys(lines))


class Monotone(_Rule):
    """Whatever flows from `from` to `to` flowed before the change (`--base`), or is listed in `flows`."""

    kind: Literal["monotone"]
    sources: SelectorText = Field(default=_ALL, alias="from", description="Selector of the clients judged")
    destinations: SelectorText = Field(default=_ALL, alias="to", description="Selector of the servers judged")
    traffic: TrafficText | None = Field(default=None, description="What the rule is about; default tcp udp sctp")
    flows: tuple[RegisteredFlow, ...] = Field(default=(), max_length=1000, description="What may be opened")
    unknowns: Since = Field(default=Since.ANY, description="Values unknown on both sides: any, or the same as before")

    def clauses(self) -> Clauses:
        """Never anything that did not pass at the base and is not listed."""
        sides = (parse_selector(self.sources), parse_selector(self.destinations))
        return (Clause(Sense.NEVER, *sides, _traffic(self.traffic), _allowed(self.flows), since=self.unknowns),)

    def needs(self) -> tuple[str, ...]:
        """Both sides; nothing has to be opened."""
        return (self.destinations, self.sources)


class TotalClassification(_Rule):
    """Every endpoint of `over` is in exactly one of `zones`."""

    kind: Literal["total-classification"]
    over: SelectorText = Field(default="!external", description="Selector of what must be classified")
    zones: tuple[str, ...] = Field(min_length=1, max_length=500, description="Names of zones that this file declares")

    def clauses(self) -> Clauses:
        """A partition."""
        return (Partition(parse_selector(self.over), self.zones),)

    def needs(self) -> tuple[str, ...]:
        """Something to classify; an empty zone is no harm."""
        return (self.over,)


class NamespaceDefaultDeny(_Rule):
    """A pod that a namespace does not have yet exchanges nothing until a policy is written for it."""

    kind: Literal["namespace-default-deny"]
    namespaces: tuple[NamespaceText, ...] = Field(default=("*",), min_length=1, description="Names; `*` matches any")
    exempt: tuple[NamespaceText, ...] = Field(default=(), description="Names that are left out; `*` matches any")
    sides: tuple[Literal["ingress", "egress"], ...] = Field(
        default=("ingress", "egress"), min_length=1, description="What is judged: ingress, egress"
    )
    allowed: TrafficText | None = Field(default=None, description="What it may exchange all the same, such as udp/53")

    def clauses(self) -> Clauses:
        """One, over namespaces."""
        allowed = Traffic.parse(self.allowed) if self.allowed else Traffic()
        return (DefaultDeny(self.namespaces, self.exempt, self.sides, allowed),)

    def needs(self) -> tuple[str, ...]:
        """No endpoint: a namespace that has no pod yet is judged too."""
        return ()


class NoDeadRules(_Rule):
    """Every rule of a security group, network ACL or policy changes what flows, and serves a declared flow."""

    kind: Literal["no-dead-rule"]
    holders: tuple[AddressText, ...] = Field(
        default=("*",), min_length=1, description="Addresses of what holds the rules; `*` matches any"
    )
    exempt: tuple[AddressText, ...] = Field(default=(), description="Addresses that are left out; `*` matches any")
    flows: tuple[RegisteredFlow, ...] = Field(
        default=(),
        max_length=1000,
        description="The declared flows, direct ones; none says that any flow is reason enough",
    )

    def clauses(self) -> Clauses:
        """One, over rules."""
        return (NoDeadRule(self.holders, self.exempt, _allowed(self.flows)),)

    def needs(self) -> tuple[str, ...]:
        """Both sides of every line."""
        return tuple(dict.fromkeys(side for flow in self.flows for side in (flow.sources, flow.destinations)))


class Survives(_Rule):
    """Some of `from` still reaches some of `to` on all of `traffic`, whichever `count` of `losing` are lost at once."""

    kind: Literal["survives"]
    sources: SelectorText = Field(alias="from", description="Selector of the clients")
    destinations: SelectorText = Field(alias="to", description="Selector of the servers")
    traffic: TrafficText = Field(description="What must still flow, all of it")
    losing: tuple[Literal["zone", "subnet", "peering", "gateway"], ...] = Field(
        min_length=1, description="What may be lost: zone, subnet, peering, gateway"
    )
    count: int = Field(default=1, ge=1, le=5, description="How many of them at once")
    among: tuple[AddressText, ...] = Field(
        default=("*",), min_length=1, description="Names of what may be lost; `*` matches any"
    )

    def clauses(self) -> Clauses:
        """One, over choices of losses."""
        sides = (parse_selector(self.sources), parse_selector(self.destinations))
        return (
            Survival(*sides, Traffic.parse(self.traffic), tuple(dict.fromkeys(self.losing)), self.count, self.among),
        )

    def needs(self) -> tuple[str, ...]:
        """Both sides."""
        return (self.destinations, self.sources)


AnyRule = (
    Forbid
    | OnlyFrom
    | OnlyServices
    | Require
    | Isolated
    | InternetIngressOnly
    | NoAdmin
    | AdminOnlyVia
    | Waypoint
    | ScopeComplete
    | FlowRegisterExact
    | Monotone
    | TotalClassification
    | NamespaceDefaultDeny
    | NoDeadRules
    | Survives
)
Rule = Annotated[AnyRule, Field(discriminator="kind")]
KINDS: tuple[str, ...] = tuple(get_args(m.model_fields["kind"].annotation)[0] for m in get_args(AnyRule))


def _never(sources: str | Selector, destinations: str | Selector, traffic: Traffic) -> Clause:
    sides = [parse_selector(side) if isinstance(side, str) else side for side in (sources, destinations)]
    return Clause(Sense.NEVER, sides[0], sides[1], traffic)


def _allowed(flows: Iterable[RegisteredFlow]) -> tuple[Allowed, ...]:
    sides = ((parse_selector(each.sources), parse_selector(each.destinations), each.traffic) for each in flows)
    return tuple(Allowed(source, destination, Traffic.parse(traffic)) for source, destination, traffic in sides)


def _not(text: str) -> Not:
    return Not(parse_selector(text))


def _traffic(text: str | None) -> Traffic:
    return Traffic.parse(text) if text else CLAIMED


def _besides(text: str) -> Traffic:
    """What a rule that allows this much forbids."""
    allowed = Traffic.parse(text)
    return judged(allowed) - allowed
