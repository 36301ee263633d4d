"""One idea for every filter: a policy is a list of tiers, a tier a list of rules, the first match decides.

| filter           | tiers                                                                                     |
|------------------|-------------------------------------------------------------------------------------------|
| security group   | one tier of allow rules, otherwise DENY; stateful                                         |
| network ACL      | one tier sorted by rule number, otherwise DENY; stateless: replies are checked too        |
| route table      | for each target one tier that allows the destinations which go there; stateless           |
| NetworkPolicy    | one tier of allow rules, otherwise DENY; no tier at all where no policy selects the pod   |
| Admin … Baseline | the outer tiers sorted by priority, otherwise PASS; default ALLOW                         |

PASS goes on to the next tier; after the last one the policy's default decides. Allow-only rules give the same
answer in any order, so a union of groups needs no second mechanism.

A rule that depends on an unknown value is *inexact*: its match is an upper bound, and `because` names the
unknowns. A filter that is known in part is written as two rules: an exact one for the certain part, followed
by an inexact one for all that may match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from netaudit.flows import ANY, NO_TRAFFIC, NOWHERE, AddressSet, Traffic
from netaudit.model.origin import Origin, Unknown
from netaudit.model.truth import Truth


class Action(StrEnum):
    """What a rule, or a tier's end, does with the traffic it gets."""

    ALLOW = "allow"
    DENY = "deny"
    PASS = "pass"  # noqa: S105 - the API's own word, not a password


class Stage(StrEnum):
    """Which part of a path a policy stands for; the first stage that lets nothing through is the reason."""

    EGRESS = "egress"
    ACL = "acl"
    ROUTE = "route"
    GATEWAY = "gateway"
    INGRESS = "ingress"


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a flow, as a filter sees it.

    `id` is the identity that references match (a network interface, a pod); it changes when the address is
    translated, so that a security group reference never matches a public address (AWS-5). `addresses` are the
    candidates: with `unknown` it has one of them and nobody knows which; without, all of them behave alike.
    """

    id: str
    addresses: AddressSet
    unknown: Unknown | None = None


@dataclass(frozen=True, slots=True)
class Peers:
    """Which parties a rule is about: those named, and those whose address lies in a set.

    `exempt` parties are never matched by address: what an `ipBlock` means for pods is not defined, so the
    provider writes it as members (K8S-6).
    """

    members: frozenset[str] = frozenset()
    addresses: AddressSet = NOWHERE
    exempt: frozenset[str] = frozenset()
    everyone: bool = False

    def sees(self, party: Party) -> Truth:
        """Whether the party is among them."""
        if self.everyone or party.id in self.members:
            return Truth.YES
        if not self.addresses or party.id in self.exempt or not party.addresses.overlaps(self.addresses):
            return Truth.NO
        return Truth.YES if party.addresses <= self.addresses else Truth.MAYBE


EVERYONE = Peers(everyone=True)


@dataclass(frozen=True, slots=True)
class Rule:
    """Traffic to or from `peers`, and what happens to it.

    `name` says which part of its owner it is (`ingress[2]`), `text` shows what was written
    (`tcp/443 from 10.0.0.0/8`), `code` is the reason code of a decision by this rule, where it has one. It is
    `written` when its author could take it out; others are what a provider does by itself.
    """

    peers: Peers
    traffic: Traffic
    action: Action
    origin: Origin
    name: str = ""
    text: str = ""
    code: str = ""
    because: tuple[Unknown, ...] = ()
    written: bool = False

    @property
    def exact(self) -> bool:
        """Whether the match is exact; otherwise it is an upper bound."""
        return not self.because


@dataclass(frozen=True, slots=True)
class Tier:
    """Ordered rules and what becomes of the traffic that none matches.

    `owners` are the places that make the tier exist (the policies that select a pod, the groups of an
    interface): they are the reason when nothing matched.
    """

    rules: tuple[Rule, ...]
    otherwise: Action
    owners: tuple[Origin, ...] = ()


class Codes(NamedTuple):
    """The stable reason codes of a policy's own decisions (not of its rules')."""

    no_rules: str = ""  # a tier without rules stopped it
    peer_mismatch: str = ""  # no rule is about this peer
    traffic_mismatch: str = ""  # a rule is about this peer, but not about this traffic
    default: str = ""  # no tier decided
    reply: str = ""  # of a reply: a rule is about this peer, but not about the client's port


NO_CODES = Codes()


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A whole filter. Compared and hashed by identity: a provider builds each distinct policy once."""

    name: str
    tiers: tuple[Tier, ...]
    default: Action
    stage: Stage
    stateful: bool
    origin: Origin | None = None
    codes: Codes = NO_CODES


def distinct_rules(policies: Iterable[Policy]) -> Iterable[Rule]:
    """The rules of some policies in order, each object once: policies share most of theirs."""
    return {id(rule): rule for policy in policies for tier in policy.tiers for rule in tier.rules}.values()


class Decision(NamedTuple):
    """Bounds on what a policy does with some traffic.

    `may_allow` holds whatever some resolution of the unknowns lets pass, `may_deny` whatever some resolution
    stops. Together they cover the traffic; where they overlap, the answer depends on an unknown.
    """

    may_allow: Traffic
    may_deny: Traffic

    @property
    def must_allow(self) -> Traffic:
        """What passes whatever the unknowns turn out to be."""
        return self.may_allow - self.may_deny


def sight(policy: Policy, peer: Party) -> tuple[Truth, ...]:
    """What each of the policy's rules says of the peer: where this is equal, so are decisions."""
    return tuple(rule.peers.sees(peer) for tier in policy.tiers for rule in tier.rules)


def decide(policy: Policy, peer: Party, traffic: Traffic = ANY) -> Decision:
    """What the policy does with `traffic` to or from `peer`, for all resolutions of the unknowns at once.

    An unknown that two rules share is treated as two: sound, not tight.
    """
    may_allow = may_deny = NO_TRAFFIC
    for met in _walk(policy, peer, traffic):
        if met.action is Action.ALLOW:
            may_allow |= met.part
        elif met.action is Action.DENY:
            may_deny |= met.part
    return Decision(may_allow, may_deny)


def doubts(policy: Policy, peer: Party, traffic: Traffic = ANY) -> tuple[Unknown, ...]:
    """The unknowns that the decision about this peer and traffic may hang on, in the order of the rules.

    Empty where the decision is certain for all of the traffic. A rule that no undecided traffic comes to has no
    part in it.
    """
    decision = decide(policy, peer, traffic)
    found: dict[Unknown, None] = {}
    for met in _walk(policy, peer, decision.may_allow & decision.may_deny):
        if met.rule is None:
            continue
        found.update(dict.fromkeys(met.rule.because))
        if met.seen is Truth.MAYBE and peer.unknown is not None:
            found[peer.unknown] = None
    return tuple(found)


class _Met(NamedTuple):
    """Some of the traffic and what becomes of it: by a rule, or, where there is none, by a tier's or policy's end."""

    action: Action
    part: Traffic
    rule: Rule | None = None
    seen: Truth = Truth.YES


def _walk(policy: Policy, peer: Party, entering: Traffic) -> Iterator[_Met]:
    """The order of tiers and rules: what each catches of the traffic that comes to it, and what is left over.

    An inexact rule may or may not match, so what it may catch also goes on to the next rule.
    """
    for tier in policy.tiers:
        passed = NO_TRAFFIC
        for rule in tier.rules:
            seen = rule.peers.sees(peer)
            caught = rule.traffic & entering if seen else NO_TRAFFIC
            if not caught:
                continue
            yield _Met(rule.action, caught, rule, seen)
            if rule.action is Action.PASS:
                passed |= caught
            if seen is Truth.YES and rule.exact:
                entering -= caught
        yield _Met(tier.otherwise, entering)
        entering = passed | entering if tier.otherwise is Action.PASS else passed
    yield _Met(policy.default, entering)
