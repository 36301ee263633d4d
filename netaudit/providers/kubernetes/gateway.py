"""The Gateway API: which Gateways take a route, and which backends of another namespace it may use.

https://gateway-api.sigs.k8s.io/api-types/referencegrant/ (read 2026-11-27)
https://gateway-api.sigs.k8s.io/api-types/gateway/ (read 2026-11-27)

K8S-33  A backend in another namespace needs a ReferenceGrant there, which names the kind and the namespace of the
        route, and Services: all of them or one by name. Without it the route leads nowhere.

Not modelled: ListenerSets; a route that names one counts as taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netaudit.flows import Traffic
from netaudit.model import Resource
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.listeners import heard, taking
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.workload import namespace_of

GROUP = "gateway.networking.k8s.io"
KINDS = ("Gateway", "ReferenceGrant")


def is_gateway_object(resource: Resource) -> bool:
    """Whether an object is a Gateway or a grant of the Gateway API."""
    return resource.kind in KINDS and resource.attributes["apiVersion"].partition("/")[0] == GROUP


@dataclass(frozen=True, slots=True)
class Grant:
    """Routes of a kind and a namespace may use Services of another, or with a name one of them."""

    kind: str
    origin_namespace: str
    namespace: str
    service: str | None


def read_grants(resources: Iterable[Resource]) -> frozenset[Grant]:
    """All grants to use Services; what cannot be read grants nothing."""
    return frozenset(grant for each in resources if each.kind == "ReferenceGrant" for grant in _grants(each))


def _grants(resource: Resource) -> Iterator[Grant]:
    spec = Field.root(resource).get("spec")
    try:
        sources = [(each.get("kind").text(), each.get("namespace").text()) for each in spec.get("from").items()]
        services = [each for each in spec.get("to").items() if each.get("kind").value == "Service"]
        for kind, namespace in sources:
            for each in services:
                yield Grant(kind, namespace, namespace_of(resource), each.get("name").optional_text("") or None)
    except MalformedError:
        return


def granted(grants: frozenset[Grant], route: Resource, namespace: str, service: str) -> bool:
    """Whether a route may use a Service: one of its own namespace always, others with a grant."""
    own = namespace_of(route)
    if namespace == own:
        return True
    return not grants.isdisjoint(Grant(route.kind, own, namespace, name) for name in (None, service))


@dataclass(frozen=True, slots=True)
class Gateway:
    """A Gateway and the traffic that it listens to."""

    namespace: str
    name: str
    listens: Traffic


def gateways_of(route: Resource, resources: Iterable[Resource], population: Population) -> Iterator[Gateway]:
    """The Gateways that take a route, those without a manifest listening to what nobody knows."""
    own = namespace_of(route)
    known: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
    for each in (resource for resource in resources if resource.kind == "Gateway"):
        known[namespace_of(each), each.attributes["metadata"]["name"]].append(each)
    for parent in parents(route):
        if _is_gateway(parent):
            key = (parent.get("namespace").optional_text(own), parent.get("name").text())
            taking_it = [each for gateway in known[key] for each in taking(gateway, parent, route, population)]
            if taking_it or not known[key]:
                yield Gateway(*key, Traffic.union(heard(each) for each in taking_it))


def taken(route: Resource, resources: Iterable[Resource], population: Population) -> bool:
    """Whether some parent takes a route, or may; one whose parents are all Gateways that do not leads nowhere."""
    refs = parents(route)
    return not refs or not all(map(_is_gateway, refs)) or any(gateways_of(route, resources, population))


def _is_gateway(parent: Field) -> bool:
    return parent.get("kind").optional_text("Gateway") == "Gateway"


def parents(route: Resource) -> list[Field]:
    """What a route wants to be attached to; nothing for what is no route, or where it cannot be read."""
    try:
        refs = Field.root(route).get("spec", "parentRefs").items()
        for ref in refs:
            (ref.get("kind").optional_text(""), ref.get("namespace").optional_text(""), ref.get("name").text())
    except MalformedError:
        return []
    return refs
