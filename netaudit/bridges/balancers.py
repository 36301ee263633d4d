"""Load balancers that controllers make before the pods of a cluster: whom they dial, and what lets them in.

https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/security_groups/ (read 2026-11-27)

AWS-51 A load balancer dials pods, or the node ports that lead to them. Its controller lets it into the group of the
       nodes at the ports that it dials: a rule of which Terraform knows nothing, and which stands where the manifest
       stands. Where nodes have several groups it is the one with the tag of the cluster.

Not modelled: which of several groups that is: then the rule may be in any of them, or missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from netaudit.bridges.controllers import Asked
from netaudit.bridges.matching import derived_name
from netaudit.flows import ANY, UDP, Traffic
from netaudit.model import (
    Action,
    Diagnostic,
    Endpoint,
    Filter,
    Forward,
    Hop,
    Network,
    Peers,
    Policy,
    Rule,
    Stage,
    Truth,
    Unknown,
    Way,
    replaced,
)
from netaudit.providers.kubernetes.service import SOURCE_TRANSLATED, Service

KIND = "aws_lb"


class Balancers:
    """The load balancers of one cluster that are known as a whole, by what ways call them."""

    def __init__(
        self,
        network: Network,
        prefix: str,
        asked: Mapping[str, Asked],
        ways: Iterable[Way],
        ports: Mapping[str, Traffic],
    ) -> None:
        """`prefix` begins derived ids, `ways` lead to pods, `ports` are node ports by the name of a way."""
        self._found: dict[str, tuple[Asked, Endpoint]] = {}
        for name, each in asked.items():
            endpoint = network.by_id.get(derived_name(prefix, each.named_by))
            if endpoint is not None and endpoint.kind == KIND:
                self._found[name] = each, endpoint
        self._ways: defaultdict[str, list[Way]] = defaultdict(list)
        for way in ways:
            self._ways[way.by[0]].append(way)
        self._ports = ports

    def parties(self, name: str) -> frozenset[str]:
        """The interfaces of one that ends connections and opens others; none of those that pass them on."""
        each, endpoint = self._found.get(name, (None, None))
        if each is None or endpoint is None or not each.application:
            return frozenset()
        return frozenset(face.party.id for face in endpoint.interfaces)

    def dials_pods(self, name: str) -> bool:
        """Whether it certainly dials pods by their addresses."""
        return name in self._found and self._found[name][0].by_address is Truth.YES

    def explains(self, said: Diagnostic) -> bool:
        """Whether it tells of clients of pods that are in the answers now: those of a load balancer that dials them."""
        for name, (each, _) in self._found.items():
            if self.dials_pods(name) and said.origin == each.resource.origin:
                translated = said.code == SOURCE_TRANSLATED and name not in self._ports
                return translated or said.code == "K8S_PROXY_NOT_MODELLED"
        return False

    def forwards(self) -> Iterator[Forward]:
        """From each of its listeners to the pods behind."""
        for name, (each, endpoint) in self._found.items():
            for way in self._ways[name]:
                accepts = each.accepts if each.application else way.dialled
                behind = () if each.by_address is Truth.YES else (Unknown("the node that a pod is behind", way.origin),)
                if each.seen or (not each.application and way.traffic.overlaps(UDP)):  # AWS-43
                    behind = (*behind, Unknown(f"whom the targets of {name} see", way.origin))
                because = (*way.because, *behind)
                yield Forward(endpoint.id, accepts, way.target, way.traffic, way.origin, because)

    def rules(self) -> Iterator[Rule]:
        """Those by which controllers let them into the groups of nodes."""
        for name, (each, endpoint) in self._found.items():
            origin = each.resource.origin
            members = frozenset(face.party.id for face in endpoint.interfaces)
            because: tuple[Unknown, ...] = ()
            ways = self._ways[name]
            traffic = Traffic.union(way.traffic for way in ways if each.by_address is not Truth.NO)
            if each.by_address is not Truth.YES:
                because = (Unknown(f"which ports of nodes {name} dials", origin),)
                served = tuple(way.by[-1] for way in ways)
                traffic |= Traffic.union(ports for key, ports in self._ports.items() if key.endswith(served))
            if each.rules and traffic:
                text = f"{traffic} from {endpoint.id}"
                yield Rule(
                    Peers(members), traffic, Action.ALLOW, origin, "added by a controller:", text, because=because
                )


def admitted(hops: Sequence[Hop], nodes: Sequence[Endpoint], rules: Sequence[Rule]) -> list[Hop]:
    """The hops to nodes with the rules that controllers write into their groups; into which of several may be open."""
    faces = frozenset(face.node for node in nodes for face in node.interfaces)
    into = {
        step.policy
        for hop in hops
        for step in hop.steps
        if hop.head in faces and isinstance(step, Filter) and step.policy.stage is Stage.INGRESS
    }
    if any(sum(key.startswith("sg/") for key in node.groups) != 1 for node in nodes):
        rules = [replace(rule, because=(*rule.because, _which(rule))) for rule in rules]
    changed = {policy: _with(policy, tuple(rules)) for policy in into} if rules else {}
    return [replace(h, steps=replaced(h.steps, changed)) if h.head in faces and changed else h for h in hops]


def _which(rule: Rule) -> Unknown:
    return Unknown("into which group of the nodes a controller writes", rule.origin)


def _with(policy: Policy, rules: tuple[Rule, ...]) -> Policy:
    """A policy of groups, which only allow, with further rules."""
    first, *others = policy.tiers
    return replace(policy, tiers=(replace(first, rules=(*first.rules, *rules)), *others))


def node_ports(service: Service) -> Traffic:
    """What nodes listen on for a Service: its own ports, too, where it has external addresses; any if not written."""
    own = (Traffic.ports(port.protocol, port.number, port.number) for port in service.ports if service.external)
    return Traffic.union((*own, *(port.node_ports for port in service.ports))) or ANY
