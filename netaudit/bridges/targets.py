"""Load balancers of the cloud that dial into a cluster: pods by their addresses, and pods behind ports of nodes.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html (read 2026-11-27)
https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport (read 2026-11-27)

AWS-51 A target group whose targets a controller registers may hold any pod, unless a binding says which ones
       (`bindings.py`). One that holds the nodes leads to the pods behind the node port that it dials, by whichever
       node that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netaudit.bridges.bindings import Binding
from netaudit.flows import ANY, NO_TRAFFIC, NOWHERE, AddressSet, Traffic
from netaudit.model import Endpoint, Forward, Unknown, Way
from netaudit.providers.aws.target_group import unseen_registrar


@dataclass(frozen=True, slots=True)
class Targets:
    """The pods of a cluster as targets.

    `pods` have their addresses in `addresses`. `at_ports` are the node ports of Services by what `ways` call these;
    `at_nodes` are the pods to which `nodes` may lead by more than that, on whatever port.
    """

    pods: Sequence[Endpoint]
    addresses: AddressSet
    nodes: frozenset[str]
    ways: Sequence[Way]
    at_ports: Mapping[str, Traffic]
    at_nodes: frozenset[str]
    bindings: Sequence[Binding]

    def heard(self, known: Sequence[Forward]) -> list[Binding]:
        """The bindings into whose groups some load balancer hands connections, and nothing else registers targets."""
        return [binding for binding in self.bindings if any(map(binding.replaces, known))]

    def forwards(self, known: Iterable[Forward]) -> Iterator[Forward]:
        """What load balancers hand on, to pods too, from what they hand on in the cloud."""
        guessed: dict[Forward, None] = {}
        bound: dict[Forward, list[Binding]] = {}
        for each in known:
            if bindings := [binding for binding in self.bindings if binding.replaces(each)]:
                bound[replace(each, target="", among=NOWHERE)] = bindings
                continue
            yield each
            if each.among.overlaps(self.addresses):
                guessed[replace(each, target="")] = None
            if each.target in self.nodes:
                yield from self._by_node(each)
        for each in guessed:
            yield from (replace(each, target=pod.id) for pod in self.pods)
        for each, bindings in bound.items():
            for binding in bindings:
                yield from self._registered(each, binding)

    def _registered(self, guess: Forward, binding: Binding) -> Iterator[Forward]:
        """What a binding makes of the guess that anybody may be registered."""
        because = tuple(each for each in guess.because if each != unseen_registrar(binding.group))
        to_pods = [way for way in self.ways if way.by[0] == binding.name]
        if binding.by_address:
            for way in to_pods:
                doubts = (*because, *way.because)
                yield replace(guess, target=way.target, dials=way.traffic & guess.dials, because=doubts)
            return
        which = Unknown(f"which nodes {binding.manifest.address} registers", binding.manifest.origin)
        to_nodes = replace(guess, dials=binding.node_ports & guess.dials, because=(*because, which))
        yield from (replace(to_nodes, target=node) for node in sorted(self.nodes))
        yield from (self._behind(to_nodes, way.target, way.traffic) for way in to_pods)

    def _by_node(self, to_node: Forward) -> Iterator[Forward]:
        for way in self.ways:
            if self.at_ports.get(way.by[0], NO_TRAFFIC).overlaps(to_node.dials):
                yield self._behind(to_node, way.target, way.traffic)
        for pod in sorted(self.at_nodes):
            yield self._behind(to_node, pod, ANY)

    def _behind(self, to_node: Forward, pod: str, traffic: Traffic) -> Forward:
        behind = Unknown(f"the node that {pod} is behind", to_node.origin)
        return replace(to_node, target=pod, dials=traffic, because=(*to_node.because, behind))
