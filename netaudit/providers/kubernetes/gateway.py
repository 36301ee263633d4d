"""The Gateway API: which backends of another namespace a route may use, and on which ports a Gateway listens.

https://gateway-api.sigs.k8s.io/api-types/referencegrant/ (read 2026-11-27)
https://gateway-api.sigs.k8s.io/api-types/gateway/ (read 2026-11-27)

K8S-33  A backend in another namespace needs a ReferenceGrant there, which names the kind and the namespace of the
        route, and Services: all of them or one by name. Without it the route leads nowhere.

Not modelled: which routes a listener allows (`allowedRoutes`), and TLS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Resource
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.workload import namespace_of

GROUP = "gateway.networking.k8s.io"
KINDS = ("Gateway", "ReferenceGrant")
_PROTOCOLS = {"UDP": "udp"}


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


def gateways_of(route: Resource, resources: Iterable[Resource]) -> Iterator[Gateway]:
    """The Gateways that a route is attached to, those without a manifest listening to what nobody knows."""
    own = namespace_of(route)
    known = {(namespace_of(each), each.attributes["metadata"]["name"]): each for each in resources}
    try:
        for parent in Field.root(route).get("spec", "parentRefs").items():
            if parent.get("kind").optional_text("Gateway") == "Gateway":
                key = (parent.get("namespace").optional_text(own), parent.get("name").text())
                section = parent.get("sectionName").optional_text("")
                yield Gateway(*key, _listens(known[key], section) if key in known else NO_TRAFFIC)
    except MalformedError:
        return


def _listens(gateway: Resource, section: str) -> Traffic:
    found = NO_TRAFFIC
    for listener in Field.root(gateway).get("spec", "listeners").items():
        if section in ("", listener.get("name").value):
            port = listener.get("port").whole(1, 65535)
            protocol = _PROTOCOLS.get(listener.get("protocol").optional_text(""), "tcp")
            found |= Traffic.ports(protocol, port, port)
    return found
