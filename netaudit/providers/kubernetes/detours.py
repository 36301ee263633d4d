"""Ways to pods past what a policy sees: a client dials a node, or an external address that nodes accept, instead.

https://kubernetes.io/docs/concepts/services-networking/service/ (read 2026-11-27)
https://kubernetes.io/docs/reference/networking/virtual-ips/ (read 2026-11-27)

K8S-14  Policy is applied to the pod and its port. A NodePort, a load balancer and an external address take clients in
        at a node, which may put its own address in their place, unless `externalTrafficPolicy` is Local: then the
        pod's policies see some node. A pod that dials a node is a client like any other, and its own policies may
        see the node and the node's port, not the pod behind it.

Both are possible and never certain. A detour is asked of the policy that would see it, with the party that stands in.
A node's port that is not given is one of those that Kubernetes gives by itself (`service.py`).

Not modelled: which node it is. What pods send to a load balancer's address leaves the cluster and comes back: it is in
the answers as traffic to and from the outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from netaudit.flows import Traffic
from netaudit.model import Action, Party, Peers, Policy, Resource, Rule, Unknown, decide
from netaudit.providers.kubernetes.policies.contribution import Side
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.service import SOURCE_TRANSLATED, Service, ServicePort, on_pod, services_of


@dataclass(frozen=True, slots=True)
class Detour:
    """What passes a side by `rule`, where its policy may let `party` pass: the same traffic, or what is dialled."""

    rule: Rule
    party: Party
    dialled: Traffic | None = None

    def past(self, policy: Policy) -> Iterator[Rule]:
        """The rule, as far as the policy lets the detour happen."""
        if self.dialled is not None:
            if decide(policy, self.party, self.dialled).may_allow:
                yield self.rule
        elif traffic := decide(policy, self.party, self.rule.traffic).may_allow:
            yield replace(self.rule, traffic=traffic)


@dataclass(frozen=True, slots=True)
class Detours:
    """Those into each pod, with a node's address in place of the client's, and those that any pod may take."""

    into: Mapping[str, tuple[Detour, ...]] = field(default_factory=dict)
    out: tuple[Detour, ...] = ()

    def of(self, pod: str, side: Side) -> tuple[Detour, ...]:
        """Those that matter to one side of a pod."""
        return self.into.get(pod, ()) if side is Side.INGRESS else self.out


def detours(entries: Iterable[Resource], population: Population) -> Detours:
    """All that the Services of a cluster open."""
    into: defaultdict[str, list[Detour]] = defaultdict(list)
    out: list[Detour] = []
    for service in services_of(entries):
        if service.opened:
            out += _dialled(service, population)
        if service.rewrites:
            for pod, traffic in _traffic(service, service.ports, population):
                into[pod].append(_by_a_node(service, traffic, population))
    return Detours({pod: tuple(found) for pod, found in into.items()}, tuple(out))


def _traffic(service: Service, ports: Iterable[ServicePort], population: Population) -> Iterator[tuple[str, Traffic]]:
    """Each pod behind a Service, and where its ports lead to there."""
    ports = tuple(ports)
    for pod in sorted(service.pods(population).possible):
        there = on_pod(ports, population.by_id[pod])
        if traffic := there.traffic | there.maybe:
            yield pod, traffic


def _by_traffic(service: Service, port: ServicePort, population: Population) -> Mapping[Traffic, frozenset[str]]:
    found: defaultdict[Traffic, set[str]] = defaultdict(set)
    for pod, traffic in _traffic(service, (port,), population):
        found[traffic].add(pod)
    return {traffic: population.same(frozenset(pods)) for traffic, pods in found.items()}


def _by_a_node(service: Service, traffic: Traffic, population: Population) -> Detour:
    """Clients outside, and pods, as one of the nodes."""
    because = (Unknown(f"which node hands clients of {service.title} on", service.origin),)
    peers = Peers(members=population.everyone, addresses=service.clients, exempt=population.located)
    text = f"{traffic} by way of {service.title}, with a node's address in place of the client's"
    return Detour(_rule(service, peers, traffic, text, because), population.some_node)


def _dialled(service: Service, population: Population) -> Iterator[Detour]:
    """What a pod may dial to come to the pods behind a Service, other than those pods."""
    because = (Unknown(f"whether {service.title} is dialled at a node", service.origin),)
    outside = Party("{external}", service.external)
    for port in service.ports:
        own = Traffic.ports(port.protocol, port.number, port.number)
        for traffic, pods in _by_traffic(service, port, population).items():
            text = f"{traffic} by way of {service.title}, which is dialled at a node"
            rule = _rule(service, Peers(members=pods), traffic, text, because)
            if service.at_nodes:
                yield Detour(rule, population.some_node, port.node_ports)
            if service.external:
                yield Detour(rule, outside, own)


def _rule(service: Service, peers: Peers, traffic: Traffic, text: str, because: tuple[Unknown, ...]) -> Rule:
    return Rule(peers, traffic, Action.ALLOW, service.origin, service.title, text, SOURCE_TRANSLATED, because)
