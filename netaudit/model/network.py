"""`Network`: who can open connections, and the hops that carry packets between them. Built once, then frozen.

A network is a directed graph. Its nodes are names: interfaces of endpoints, and *places* (a subnet, a VPC's
router, a gateway, a cluster's pod network). An edge is a `Hop`; its steps are filters and translations of
packets, never devices:

    web ──egress──▶ subnet:a ──acl, route──▶ vpc:prod ──acl──▶ subnet:b ──ingress──▶ db

A packet goes along a hop when every step lets it. A hop into an interface delivers only what is addressed to
that interface. A packet visits no place twice. Routing is therefore nothing but hops out of a place whose
filters look at the destination; a provider makes them disjoint (longest prefix first).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from netaudit.flows import IPV4, IPV6, NOT_PUBLIC, NOWHERE, AddressSet, Traffic
from netaudit.model.origin import Diagnostic, Origin, Unknown
from netaudit.model.policy import Party, Policy, Rule, distinct_rules
from netaudit.model.secrets import NO_SECRETS, SENSITIVE, Secrets

OUTSIDE = "outside"  # the node at which every address outside the model sits
DROPPED = "dropped"  # where what a route or a gateway takes and drops ends
NO_LABELS: Mapping[str, str | Unknown] = MappingProxyType({})
MORE = "*"  # as a label's key: there may be further labels, for this unknown reason


class End(StrEnum):
    """One end of a packet in flight; for a reply, the ends of the reply."""

    SOURCE = "source"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True)
class Filter:
    """Let pass what the policy allows to or from the party at one end of the packet."""

    policy: Policy
    peer: End


@dataclass(frozen=True, slots=True, eq=False)
class Translate:
    """Give one end of the packet another identity and address; drop it where there is none to give.

    `to` maps party ids to what they become, `otherwise` is for all parties not named there. `because` makes it
    inexact: the packet may be dropped instead. Replies come back to the node `arrival`, get their first
    addresses back there, and go on from the node `resume`.
    """

    end: End
    to: Mapping[str, Party]
    arrival: str
    resume: str
    name: str
    origin: Origin | None = None
    otherwise: Party | None = None
    because: tuple[Unknown, ...] = ()
    code: str = ""  # the reason code when it drops the packet


Step = Filter | Translate


def replaced(steps: tuple[Step, ...], changed: Mapping[Policy, Policy]) -> tuple[Step, ...]:
    """The steps with some policies replaced by others."""
    return tuple(
        replace(step, policy=changed.get(step.policy, step.policy)) if isinstance(step, Filter) else step
        for step in steps
    )


@dataclass(frozen=True, slots=True)
class Hop:
    """A way from one node to the next, and what a packet must pass to take it."""

    tail: str
    head: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """Where an endpoint is attached: a party with a node of the graph.

    `aliases` are further parties by which a client may dial it (a public address), each with the reasons for
    which it may not exist.
    """

    party: Party
    node: str
    aliases: tuple[tuple[Party, tuple[Unknown, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Something that opens or accepts connections.

    `id` is public (contract, "Endpoint identifiers"); `names` are the other names that a selector may use.
    `labels` are Kubernetes labels, `tags` cloud tags. `groups` are the keys of the groups it belongs to, outer
    ones included. `because` is not empty when it may not exist at all (`…[?]`): it is then never certain.
    """

    id: str
    kind: str
    interfaces: tuple[Interface, ...]
    origin: Origin | None = None
    realm: str = ""
    names: tuple[str, ...] = ()
    labels: Mapping[str, str | Unknown] = field(default_factory=lambda: NO_LABELS, repr=False)
    tags: Mapping[str, str | Unknown] = field(default_factory=lambda: NO_LABELS, repr=False)
    groups: frozenset[str] = frozenset()
    because: tuple[Unknown, ...] = ()
    accepts: bool = True  # whether it is a destination at all; a mere client is not
    hidden: bool = False  # its addresses must not be printed

    @property
    def addresses(self) -> AddressSet:
        """The candidate addresses of all its interfaces."""
        return AddressSet.union(interface.party.addresses for interface in self.interfaces)

    @property
    def shown(self) -> list[str]:
        """Its addresses as they may be printed: blocks of what is inside, ranges of what is outside."""
        if self.hidden:
            return [SENSITIVE]
        return self.addresses.spans() if self.external else self.addresses.texts()

    @property
    def external(self) -> bool:
        """Whether it is a block of addresses outside the model."""
        return self.kind == EXTERNAL


EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of endpoints: a VPC, a subnet, a security group, a namespace.

    `key` is its selector (`vpc/aws_vpc.prod`), `names` are the others (`vpc/prod`, by Name tag). Groups that
    lie inside one another form the boxes of the map: `parent` is the key of the next outer one.
    `detail` is what an auditor matches it to (a CIDR block), `column` orders boxes: 0 public, 1 private, 2 data.
    """

    key: str
    kind: str
    title: str
    names: tuple[str, ...] = ()
    parent: str | None = None
    detail: str = ""
    column: int = 1
    box: bool = True
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Forward:
    """A proxy hands traffic on: what `proxy` accepts on `accepts` it dials to `target` on `dials`.

    The two are connections of their own: this is composition, not one flow (contract, relation `forwarded`).

    Where of the target no more is known than that it has one of some addresses, `among` are these: it may also be what
    a bridge adds. `passes` says that the proxy may pass connections on: then the two are one connection after all.
    """

    proxy: str
    accepts: Traffic
    target: str
    dials: Traffic
    origin: Origin | None = None
    because: tuple[Unknown, ...] = ()
    among: AddressSet = NOWHERE
    passes: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How clients outside come to an endpoint: by which objects in turn, and what they dial at the first of them.

    `traffic` is what arrives, in the target's own ports; nothing in `dialled` means that it is not known. `proxy` is
    the endpoint that dials the target, where that is not the client itself. `because` says why it may lead elsewhere.
    """

    target: str
    traffic: Traffic
    by: tuple[str, ...]
    dialled: Traffic
    clients: AddressSet
    origin: Origin | None = None
    proxy: str | None = None
    because: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """What may fail at once: a zone, a subnet, a peering, a gateway (`kind`), by its public `key`.

    Nothing passes the `nodes` any more, nor goes along the `edges` (tail and head of hops). `perhaps` are nodes that
    may be lost with it; `because` says why only that.

    Keys of one `naming` tell apart what they name. What has a key of another naming may be the same thing, unless the
    two lie in different Regions (`region`, empty where it is unknown). `unknown` is why a thing may be any other of
    its kind.
    """

    kind: str
    key: str
    nodes: frozenset[str] = field(repr=False)
    perhaps: frozenset[str] = field(default=frozenset(), repr=False)
    because: tuple[Unknown, ...] = ()
    edges: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    origin: Origin | None = None
    naming: str = ""
    region: str = ""
    unknown: Unknown | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many resources became part of the model, do not matter to it, are not modelled, or are unknown."""

    modelled: int = 0
    irrelevant: int = 0
    unsupported: int = 0
    unknown: int = 0

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(
            self.modelled + other.modelled,
            self.irrelevant + other.irrelevant,
            self.unsupported + other.unsupported,
            self.unknown + other.unknown,
        )


NO_COVERAGE = Coverage()
NO_SETTINGS: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Everything that one run knows, in one place.

    `owned` is the address space in which every address belongs to the model, so that no external block lies
    there. `aside` is space outside that is in no block until something names a part of it; `aside_hops` lead there,
    and count from then on. `dead_ends` are hops that lose whatever takes them: they change no answer, and say why
    something is lost. `secrets` are the addresses that were written as sensitive. `reply_ports` are the client
    ports that the reply of a TCP connection may go to. `not_joined` are pairs of realms about which nothing is known.
    `settings` are those that could matter to an answer.
    """

    endpoints: tuple[Endpoint, ...]
    hops: tuple[Hop, ...]
    groups: tuple[Group, ...] = ()
    forwards: tuple[Forward, ...] = ()
    ways: tuple[Way, ...] = ()
    losses: tuple[Loss, ...] = ()
    owned: AddressSet = NOWHERE
    aside: AddressSet = NOWHERE
    aside_hops: tuple[Hop, ...] = ()
    dead_ends: tuple[Hop, ...] = ()
    secrets: Secrets = NO_SECRETS
    reply_ports: Traffic = Traffic.ports("tcp", 1024, 65535)  # noqa: RUF009 - an immutable value
    not_joined: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, object] = field(default_factory=lambda: NO_SETTINGS)
    assumptions: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    coverage: Coverage = NO_COVERAGE

    @cached_property
    def by_id(self) -> Mapping[str, Endpoint]:
        """Endpoints by their public id."""
        return {endpoint.id: endpoint for endpoint in self.endpoints}

    @cached_property
    def groups_by_key(self) -> Mapping[str, Group]:
        """Groups by key."""
        return {group.key: group for group in self.groups}

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """Every distinct policy, in the order of the hops."""
        return tuple(dict.fromkeys(step.policy for step in self.steps() if isinstance(step, Filter)))

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every distinct rule of all policies."""
        return tuple(distinct_rules(self.policies))

    def steps(self) -> Iterator[Step]:
        """Every step of every hop."""
        for hop in self.hops:
            yield from hop.steps

    def opened(self) -> Network:
        """The network with the hops to what is aside."""
        return replace(self, hops=(*self.hops, *self.aside_hops), aside_hops=()) if self.aside_hops else self

    def asked(self, named: Iterable[AddressSet]) -> Network:
        """The network opened where some of these sets set a part of what is aside apart from the rest."""
        return self.opened() if self.aside_hops and any(map(self._divides_aside, named)) else self

    def _divides_aside(self, named: AddressSet) -> bool:
        """Whether a set holds a part of what is aside, and neither all of it nor much else that is not public."""
        for family in (IPV4, IPV6):
            aside, base, part = self.aside & family, NOT_PUBLIC & family, named & family
            if part.overlaps(aside) and (not aside <= part or (part & base).size * 2 <= base.size):
                return True
        return False

    @classmethod
    def merge(cls, parts: Sequence[Network], **changes: Any) -> Network:
        """One network out of several that share no node but `OUTSIDE` and `DROPPED`; `changes` override fields."""
        merged: dict[str, Any] = {
            "endpoints": tuple(sorted((e for part in parts for e in part.endpoints), key=lambda e: e.id)),
            "hops": tuple(hop for part in parts for hop in part.hops),
            "groups": tuple(sorted((g for part in parts for g in part.groups), key=lambda g: g.key)),
            "forwards": tuple(forward for part in parts for forward in part.forwards),
            "ways": tuple(way for part in parts for way in part.ways),
            "losses": tuple(loss for part in parts for loss in part.losses),
            "owned": AddressSet.union(part.owned for part in parts),
            "aside": AddressSet.union(part.aside for part in parts),
            "aside_hops": tuple(hop for part in parts for hop in part.aside_hops),
            "dead_ends": tuple(hop for part in parts for hop in part.dead_ends),
            "secrets": Secrets(frozenset(each for part in parts for each in part.secrets.sets)),
            "not_joined": tuple(pair for part in parts for pair in part.not_joined),
            "settings": {key: part.settings[key] for part in parts for key in sorted(part.settings)},
            "assumptions": tuple(dict.fromkeys(text for part in parts for text in part.assumptions)),
            "diagnostics": tuple(d for part in parts for d in part.diagnostics),
            "coverage": sum((part.coverage for part in parts), NO_COVERAGE),
        }
        return cls(**(merged | changes))
