"""All policies of one side of a pod as one `Policy`: Admin, then NetworkPolicy, then Baseline, then allow.

https://kubernetes.io/docs/concepts/services-networking/network-policies/ (read 2026-11-23)

K8S-10  What NetworkPolicy says about traffic other than TCP, UDP and SCTP at a pod that it isolates is not
        defined: `kubernetes.icmp_follows_policy` decides.
K8S-11  Policies of this level add up; a side that none selects is unrestricted.
K8S-21  The levels in order; within an ordered one the first rule that matches decides, Pass leaves the level.
K8S-23  Policies of one priority have no order, nor have those of two APIs at one level: both orders count.
K8S-13  Traffic between a pod and its own node is always allowed; whether that goes for what an Admin policy
        denies to nodes or addresses is not said, so it is open. A pod on the node's network is free of
        policies, or subject to them like others: `kubernetes.host_network` decides.
K8S-14  What is on a detour passes where policies let pass what they see of it.

Each distinct stack is built once and shared, since the engine tells policies apart by identity.

Not modelled: nodes as endpoints of their own (assumption NODE_ALWAYS_ALLOWED).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, product

from netaudit.flows import ANY, CLAIMED
from netaudit.model import (
    EVERYONE,
    Action,
    Codes,
    Diagnostic,
    Effect,
    Origin,
    Peers,
    Policy,
    Rule,
    Severity,
    Stage,
    Tier,
    Unknown,
)
from netaudit.providers.kubernetes.detours import Detour, Detours
from netaudit.providers.kubernetes.policies.contribution import Contribution, Level, Side, unsure
from netaudit.providers.kubernetes.policies.either_order import AMBIGUOUS, conflict, either_order
from netaudit.providers.kubernetes.policies.peers import HOST_NETWORK_UNDEFINED, host_network_unknown
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.workload import Pod

CODES = {
    side: Codes(
        no_rules=f"NP_{side.name}_NO_RULE",
        peer_mismatch=f"NP_{side.name}_PEER_MISMATCH",
        traffic_mismatch=f"NP_{side.name}_PORT_MISMATCH",
        default="NP_DEFAULT_ALLOW",
    )
    for side in Side
}
NODE_ALWAYS_ALLOWED = "NODE_ALWAYS_ALLOWED"
NO_DETOURS = Detours()


_Part = tuple[tuple[Contribution, ...], tuple[Rule, ...]]


class Stacks:
    """Builds the policies of all pods of a cluster."""

    def __init__(
        self,
        contributions: Sequence[Contribution],
        population: Population,
        detours: Detours = NO_DETOURS,
    ) -> None:
        """`detours` are the ways past what the policies see (K8S-14)."""
        self._population = population
        self._detours = detours
        self._selecting: dict[tuple[str, Side], list[Contribution]] = {}
        for each in sorted(contributions, key=lambda c: (c.level, c.family, c.priority, c.title)):
            for member in each.subject.possible:
                self._selecting.setdefault((member, each.side), []).append(each)
        self._built: dict[Hashable, Policy] = {}
        self._rules: dict[Hashable, tuple[Rule, ...]] = {}
        self._tiers_built: dict[Hashable, Tier] = {}
        self._unordered: dict[tuple[Contribution, Contribution], bool] = {}  # and whether their order matters

    def of(self, pod: Pod, side: Side) -> Policy:
        """The one policy of a side of a pod."""
        selecting = self._applying(pod, side)
        past = self._detours.of(pod.id, side)
        seen = tuple((each, self._seen(each, pod)) for each in selecting)
        key = (side, seen, self._host_key(pod, selecting), past)
        found = self._built.get(key)
        if found is None:
            found = self._built[key] = self._build(pod, side, selecting, past)
        return found

    def isolated(self, pod_id: str) -> bool:
        """Whether some policy is about what is sent to a pod."""
        return bool(self._applying(self._population.by_id[pod_id], Side.INGRESS))

    def _applying(self, pod: Pod, side: Side) -> list[Contribution]:
        """The policies that select the pod, or may; none where it is just its node's address (K8S-13)."""
        found = self._selecting.get((pod.id, side), [])
        if pod.id in self._population.host_ids and self._population.settings.kubernetes_host_network == "node":
            return [each for each in found if each.level is Level.UNKNOWN]
        return found

    def _seen(self, each: Contribution, pod: Pod) -> Hashable:
        """All that the contribution's rules can depend on, of the pod."""
        certain = pod.id in each.subject.certain
        return (certain, frozenset((name, protocol, pod.resolve(name, protocol)) for name, protocol in each.named))

    def _host_key(self, pod: Pod, selecting: list[Contribution]) -> Hashable:
        if not selecting or not self._population.on_host:
            return None
        return (pod.id in self._population.host_ids, pod.nodes)

    def _build(self, pod: Pod, side: Side, selecting: list[Contribution], past: tuple[Detour, ...]) -> Policy:
        tiers = tuple(tier for tier in self._tiers(pod, selecting) if tier is not None)
        titles = ", ".join(dict.fromkeys(each.title.split(" ", 1)[1] for each in selecting))
        kinds = ", ".join(dict.fromkeys(each.title.split(" ", 1)[0] for each in selecting))
        policy = Policy(
            name=f"{kinds} {titles}" if selecting else f"no policy selects this side ({side})",
            tiers=tiers,
            default=Action.ALLOW,
            stage=Stage(side.value),
            stateful=True,
            origin=selecting[0].origin if selecting else None,
            codes=CODES[side],
        )
        rules = tuple(rule for detour in past for rule in detour.past(policy)) if selecting else ()
        return replace(policy, tiers=(Tier(rules, Action.PASS), *tiers)) if rules else policy

    def _tiers(self, pod: Pod, selecting: list[Contribution]) -> Iterator[Tier | None]:
        if not selecting:
            return
        yield self._host_tier(pod, selecting)
        for level in Level:
            chosen = [each for each in selecting if each.level is level]
            if level is Level.NETWORK_POLICY and chosen:
                yield self._icmp_tier(chosen)
                yield self._isolating_tier(pod, chosen)
            elif level is Level.UNKNOWN and chosen:
                rules = tuple(rule for each in chosen for rule in self._rules_of(each, pod))
                yield Tier(rules, Action.PASS, tuple(each.origin for each in chosen))
            elif chosen:
                yield self._ordered_tier(chosen, pod)

    def _ordered_tier(self, chosen: list[Contribution], pod: Pod) -> Tier:
        """The tier of an ordered level, one for all pods that the same policies select in the same way."""
        key = tuple((each, self._seen(each, pod)) for each in chosen)
        found = self._tiers_built.get(key)
        if found is None:
            owners = tuple(each.origin for each in chosen)
            found = self._tiers_built[key] = Tier(self._ordered(chosen, pod), Action.PASS, owners)
        return found

    def _ordered(self, chosen: list[Contribution], pod: Pod) -> tuple[Rule, ...]:
        """The rules of a level in order; where the order is not defined, in either (K8S-23, K8S-27)."""
        families: list[_Part] = []
        for _, same_api in groupby(chosen, key=lambda each: each.family):
            among = tuple(same_api)
            rules: tuple[Rule, ...] = ()
            for _, equals in groupby(among, key=lambda each: each.priority):
                rules += self._either([((each,), self._rules_of(each, pod)) for each in equals], pod)
            families.append((among, rules))
        return self._either(families, pod)

    def _either(self, parts: list[_Part], pod: Pod) -> tuple[Rule, ...]:
        owners, rules = parts[0]
        for others, theirs in parts[1:]:
            names = " or ".join(dict.fromkeys(each.title for each in (*owners, *others)))
            rules = either_order(rules, theirs, Unknown(f"which comes first, {names}", others[0].origin))
            for first, second in product(owners, others):
                matters = conflict(self._rules_of(first, pod), self._rules_of(second, pod))
                self._unordered[first, second] = self._unordered.get((first, second), False) or matters
            owners += others
        return rules

    def ambiguities(self) -> Iterator[Diagnostic]:
        """The policies of one level that have no order among them, and whether it matters. Ask after all pods."""
        found: dict[tuple[str, str], tuple[Contribution, set[str]]] = {}
        for (first, second), matters in self._unordered.items():
            _, pods = found.setdefault((first.title, second.title), (second, set()))
            pods |= (first.subject.possible & second.subject.possible) if matters else set()
        for (first_title, second_title), (second, pods) in sorted(found.items(), key=lambda item: item[0]):
            yield _ambiguity(first_title, second_title, second, pods)

    def _rules_of(self, each: Contribution, pod: Pod) -> tuple[Rule, ...]:
        key = (each, self._seen(each, pod))
        found = self._rules.get(key)
        if found is None:
            because = each.because + (() if pod.id in each.subject.certain else each.subject.doubts)
            found = self._rules[key] = unsure(each.rules(pod), because)
        return found

    def _isolating_tier(self, pod: Pod, chosen: list[Contribution]) -> Tier:
        """Allow rules and nothing else; where it is open whether the pod is isolated, the rest may pass."""
        rules = [rule for each in chosen for rule in self._rules_of(each, pod)]
        if all(each.because or pod.id not in each.subject.certain for each in chosen):
            because = tuple(dict.fromkeys(reason for each in chosen for reason in _reasons(each, pod)))
            rules.append(Rule(EVERYONE, ANY, Action.PASS, chosen[0].origin, because=because))
        return Tier(tuple(rules), Action.DENY, tuple(each.origin for each in chosen))

    def _icmp_tier(self, chosen: list[Contribution]) -> Tier | None:
        """What no NetworkPolicy speaks about (K8S-10)."""
        setting = self._population.settings.kubernetes_icmp_follows_policy
        if setting == "deny":
            return None
        origin = chosen[0].origin
        because = () if setting == "allow" else (Unknown("kubernetes.icmp_follows_policy", origin),)
        text = "traffic other than TCP, UDP and SCTP"
        rule = Rule(EVERYONE, ANY - CLAIMED, Action.ALLOW, origin, text=text, because=because)
        return Tier((rule,), Action.PASS)

    # ---- nodes (K8S-13) -----------------------------------------------------------------------------------

    def _host_tier(self, pod: Pod, selecting: list[Contribution]) -> Tier | None:
        """What comes before every policy: a pod that may be its node, and the traffic of a pod's own node."""
        if not self._population.on_host:
            return None
        origin = selecting[0].origin
        if pod.id in self._population.host_ids:
            rules: tuple[Rule, ...] = (self._free(EVERYONE, origin),)
        else:
            ordered = any(each.level is Level.ADMIN and each.side is Side.EGRESS for each in selecting)
            doubt = (Unknown("whether an Admin policy holds between a pod and its own node", origin),)
            rules = tuple(self._own_node(pod, origin, doubt if ordered else ()))
        return Tier(rules, Action.PASS) if rules else None

    def _free(self, peers: Peers, origin: Origin) -> Rule:
        text = "a pod on the node's network may be free of policies"
        because = (host_network_unknown(origin),)
        return Rule(peers, ANY, Action.ALLOW, origin, text=text, code=HOST_NETWORK_UNDEFINED, because=because)

    def _own_node(self, pod: Pod, origin: Origin, doubt: tuple[Unknown, ...]) -> Iterator[Rule]:
        """Pods on the node's network are the node; those on the same one are allowed, on an unknown one maybe."""
        same: set[str] = set()
        open_: set[str] = set()
        for other in self._population.on_host:
            if pod.nodes is None or other.nodes is None:
                open_.add(other.id)
            elif pod.nodes & other.nodes:
                (same if len(pod.nodes | other.nodes) == 1 else open_).add(other.id)
        if self._population.settings.kubernetes_host_network == "unknown":
            if met := frozenset(same | open_):
                yield self._free(Peers(members=self._population.same(met)), origin)
            return
        text = "a pod's own node always reaches it"
        if same:
            peers = Peers(members=self._population.same(frozenset(same)))
            yield Rule(peers, ANY, Action.ALLOW, origin, text=text, code=NODE_ALWAYS_ALLOWED, because=doubt)
        if open_:
            peers = Peers(members=self._population.same(frozenset(open_)))
            because = (Unknown(f"which node {pod.id} runs on", pod.origin), *doubt)
            yield Rule(peers, ANY, Action.ALLOW, origin, text=text, code=NODE_ALWAYS_ALLOWED, because=because)


def _reasons(each: Contribution, pod: Pod) -> tuple[Unknown, ...]:
    return each.because + (() if pod.id in each.subject.certain else each.subject.doubts)


def _ambiguity(first: str, second: str, at: Contribution, pods: set[str]) -> Diagnostic:
    """Two policies without an order: an error where it matters for some pods."""
    text = f"{first} and {second} have no order among them"
    if not pods:
        return Diagnostic(AMBIGUOUS, f"{text}; here it makes no difference", Severity.WARNING, at.origin)
    text += ", and disagree: what they disagree about is unknown"
    effect = Effect.OVER_APPROXIMATED
    return Diagnostic(AMBIGUOUS, text, Severity.ERROR, at.origin, effect, tuple(sorted(pods)))
