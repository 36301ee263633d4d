"""What is legal in a policy and mostly a mistake: it selects nobody, a rule of it has no effect.

https://kubernetes.io/docs/concepts/services-networking/network-policies/ (read 2026-11-23)

K8S-8   A port's name that no pod declares makes its rule allow nothing.
K8S-14  Policy sees the pod's port and not the Service's: a number that none of the pods declares, where each declares
        some, is mostly the Service's.
K8S-20  A policy that selects no pod is legal and changes nothing.
K8S-21  In an ordered policy a rule behind another one that matches all of its traffic is never asked.

Not modelled: rules that only several others together make superfluous, and those of other policies.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Action, Diagnostic, Peers, Rule, Severity
from netaudit.providers.kubernetes.policies.contribution import Contribution, Level, Side
from netaudit.providers.kubernetes.policies.ports import PORT_UNRESOLVED, PROTOCOLS
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.workload import Pod

_COMPARED = 300  # rules of one policy and side that are compared with each other


def lint(contributions: Iterable[Contribution], population: Population) -> Iterator[Diagnostic]:
    """What is worth a look; no answer depends on it."""
    contributions = tuple(each for each in contributions if each.level is not Level.UNKNOWN)
    yield from _selecting_nobody(contributions)
    for each in contributions:
        rules = [each.rules(pod) for pod in _told_apart(each, population)]
        yield from _undeclared(each, rules)
        yield from _of_nobody(each, rules, population)
        if len(rules) == 1 and len(rules[0]) <= _COMPARED:
            yield from _shadowed(each, rules[0])


def _told_apart(policy: Contribution, population: Population) -> list[Pod]:
    """One selected pod for each way in which the policy's port names resolve."""
    found: dict[Hashable, Pod] = {}
    for pod in (population.by_id[id_] for id_ in sorted(policy.subject.possible)):
        found.setdefault(frozenset((*name, pod.resolve(*name)) for name in policy.named), pod)
    return list(found.values())


def _selecting_nobody(contributions: Iterable[Contribution]) -> Iterator[Diagnostic]:
    """Policies without effect (K8S-20)."""
    for title, origin in {each.title: each.origin for each in contributions if not each.subject.possible}.items():
        yield Diagnostic("POLICY_SELECTS_NOTHING", f"{title} selects no pod", Severity.WARNING, origin)


def _undeclared(policy: Contribution, per_pod: Iterable[tuple[Rule, ...]]) -> Iterator[Diagnostic]:
    """Rules whose named ports no pod declares (K8S-8)."""
    by_name: dict[str, list[Rule]] = {}
    for rule in (rule for rules in per_pod for rule in rules):
        by_name.setdefault(rule.name, []).append(rule)
    for name, rules in by_name.items():
        if all(rule.code == PORT_UNRESOLVED for rule in rules):
            text = f"{policy.title}: {name} names a port that no pod there declares, so it matches nothing"
            yield Diagnostic("POLICY_PORT_UNDECLARED", text, Severity.WARNING, rules[0].origin)


def _of_nobody(
    policy: Contribution, per_pod: Iterable[tuple[Rule, ...]], population: Population
) -> Iterator[Diagnostic]:
    """Rules that let in traffic to single ports, none of which a pod there declares (K8S-14)."""
    if policy.side is not Side.INGRESS:
        return
    let_in: dict[str, list[Rule]] = {}
    for rule in (rule for rules in per_pod for rule in rules if rule.traffic and rule.action is Action.ALLOW):
        let_in.setdefault(rule.name.partition(".from[")[0], []).append(rule)
    pods = list({pod.ports: pod for pod in (population.by_id[id_] for id_ in policy.subject.possible)}.values())
    for name, rules in let_in.items() if pods else ():
        traffic = Traffic.union(rule.traffic for rule in rules)
        numbers = _single_ports(traffic)
        if numbers and all(pod.leaves_out(number, protocol) for pod in pods for protocol, number in numbers):
            text = f"{policy.title}: {name} lets in {traffic}, which no pod there declares"
            yield Diagnostic("POLICY_PORT_UNDECLARED", text, Severity.WARNING, rules[0].origin)


def _single_ports(traffic: Traffic) -> list[tuple[str, int]]:
    """Protocol and number of each port; nothing where it holds anything but single ports."""
    if not traffic <= CLAIMED:
        return []
    runs = [(each.lower(), run) for each in PROTOCOLS for run in traffic.of_protocol(each.lower())]
    return [(protocol, first) for protocol, (first, last) in runs] if all(a == b for _, (a, b) in runs) else []


def _shadowed(policy: Contribution, rules: tuple[Rule, ...]) -> Iterator[Diagnostic]:
    """Rules all of whose parts lie behind one earlier part each (K8S-21); in an unordered policy they are double."""
    hidden: dict[str, list[Rule | None]] = {}
    for number, rule in enumerate(rules):
        if rule.traffic and _anybody(rule.peers):
            before = next((other for other in rules[:number] if _covers(other, rule)), None)
            hidden.setdefault(rule.name, []).append(before)
    for name, found in hidden.items():
        first = found[0]
        if first is not None and all(found):
            origin = next(rule.origin for rule in rules if rule.name == name)
            text = f"{policy.title}: {name} has no effect, since {first.name} matches all of its traffic"
            yield Diagnostic("POLICY_RULE_SHADOWED", text, Severity.WARNING, origin)


def _anybody(peers: Peers) -> bool:
    return bool(peers.everyone or peers.members or peers.addresses)


def _covers(outer: Rule, inner: Rule) -> bool:
    """Whether every packet that `inner` matches is matched by `outer`, certainly."""
    if not outer.exact or outer.name == inner.name or not inner.traffic <= outer.traffic:
        return False
    if outer.peers.everyone or inner.peers.everyone:
        return outer.peers.everyone
    same = outer.peers.exempt <= inner.peers.exempt or not inner.peers.addresses
    return same and inner.peers.members <= outer.peers.members and inner.peers.addresses <= outer.peers.addresses
