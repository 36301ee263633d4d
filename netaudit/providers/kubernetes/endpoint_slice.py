"""An EndpointSlice, or Endpoints, written by hand gives a Service without a selector its pods.

https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ (read 2026-11-27)
https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors (read 2026-11-27)

K8S-32  A slice belongs to the Service that its label `kubernetes.io/service-name` names; Endpoints to the one of the
        same name. Its ports are the pods' own, found by the name of the Service's port.

Those of a Service with a selector repeat what the selector picks, as a controller found it, and are not looked at.

Not modelled: addresses that are no pod's, and readiness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from netaudit.flows import NOWHERE, AddressSet
from netaudit.model import Resource
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.population import Members, Population
from netaudit.providers.kubernetes.workload import namespace_of

KINDS = ("EndpointSlice", "Endpoints")
_SERVICE_NAME = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class Written:
    """What slices say about one Service: addresses, names of pods, and ports by name."""

    addresses: AddressSet = NOWHERE
    pods: frozenset[str] = frozenset()
    ports: tuple[tuple[str, int], ...] = ()

    def __or__(self, other: Written) -> Written:
        ports = tuple(dict.fromkeys((*self.ports, *other.ports)))
        return Written(self.addresses | other.addresses, self.pods | other.pods, ports)

    def members(self, population: Population, namespace: str) -> Members:
        """The pods that they name, and those whose address is among theirs, or may be."""
        by_address = population.in_block(self.addresses, population.pods)
        named = frozenset(p.id for p in population.by_namespace.get(namespace, ()) if self._names(p.id))
        return Members(by_address.certain | named, by_address.possible | named, by_address.doubts)

    def _names(self, pod: str) -> bool:
        return pod.rpartition("/")[2].removesuffix("[Pod]") in self.pods


def written(entries: Iterable[Resource]) -> Mapping[tuple[str, str], Written]:
    """What is written about each Service, by namespace and name; what cannot be read is left out."""
    found: dict[tuple[str, str], Written] = {}
    for resource in entries:
        if resource.kind in KINDS:
            try:
                name, read = _read(Field.root(resource), resource)
            except (MalformedError, ValueError):
                continue
            key = (namespace_of(resource), name)
            found[key] = found.get(key, Written()) | read
    return found


def _read(root: Field, resource: Resource) -> tuple[str, Written]:
    if resource.kind == "EndpointSlice":
        name = root.get("metadata", "labels", _SERVICE_NAME).optional_text("")
        return name, _part(
            root, [each.text() for e in root.get("endpoints").items() for each in e.get("addresses").items()]
        )
    parts = [
        _part(subset, [each.get("ip").text() for each in subset.get("addresses").items()], "addresses")
        for subset in root.get("subsets").items()
    ]
    found = Written()
    for part in parts:
        found |= part
    return resource.attributes["metadata"]["name"], found


def _part(at: Field, addresses: Iterable[str], key: str = "endpoints") -> Written:
    known = AddressSet.union(AddressSet.parse(each) for each in addresses if each[:1].isdigit() or ":" in each)
    return Written(known, frozenset(_referred(at.get(key))), tuple(_ports(at)))


def _referred(endpoints: Field) -> Iterator[str]:
    for each in endpoints.items():
        if each.get("targetRef", "kind").value == "Pod":
            yield each.get("targetRef", "name").text()


def _ports(at: Field) -> Iterator[tuple[str, int]]:
    for port in at.get("ports").items():
        if port.get("port"):
            yield port.get("name").optional_text(""), port.get("port").whole(1, 65535)
