"""Load balancers of the cloud that dial into a cluster: pods by their addresses, and pods behind ports of nodes.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html (read 2026-11-27)
https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport (read 2026-11-27)

AWS-51 A target group whose targets a controller registers may hold any pod. One that holds the nodes leads to the
       pods behind the node port that it dials, by whichever node that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netaudit.flows import ANY, AddressSet, Traffic
from netaudit.model import Endpoint, Forward, Unknown, Way


@dataclass(frozen=True, slots=True)
class Targets:
    """The pods of a cluster as targets.

    `pods` have their addresses in `addresses`. `at_ports` are the node ports of Services by what `ways` call these;
    `at_nodes` are the pods to which nodes may lead by more than that, on whatever port.
    """

    pods: Sequence[Endpoint]
    addresses: AddressSet
    nodes: frozenset[str]
    ways: Sequence[Way]
    at_ports: Mapping[str, Traffic]
    at_nodes: frozenset[str]

    def forwards(self, known: Iterable[Forward]) -> Iterator[Forward]:
        """What load balancers hand on to pods, from what they hand on in the cloud."""
        guessed = {replace(each, target=""): None for each in known if each.among.overlaps(self.addresses)}
        for each in guessed:
            yield from (replace(each, target=pod.id) for pod in self.pods)
        for each in known:
            if each.target in self.nodes:
                yield from self._by_node(each)

    def _by_node(self, to_node: Forward) -> Iterator[Forward]:
        for way in self.ways:
            if self.at_ports.get(way.by[0], _NONE).overlaps(to_node.dials):
                yield self._behind(to_node, way.target, way.traffic)
        for pod in sorted(self.at_nodes):
            yield self._behind(to_node, pod, ANY)

    def _behind(self, to_node: Forward, pod: str, traffic: Traffic) -> Forward:
        behind = Unknown(f"the node that {pod} is behind", to_node.origin)
        return replace(to_node, target=pod, dials=traffic, because=(*to_node.because, behind))


_NONE = Traffic.nothing()
