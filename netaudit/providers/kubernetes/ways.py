"""The ways by which clients outside come to pods: Services that nodes or load balancers serve, and proxies.

https://kubernetes.io/docs/concepts/services-networking/service/ (read 2026-11-27)
https://kubernetes.io/docs/concepts/services-networking/ingress/ (read 2026-11-27)
https://gateway-api.sigs.k8s.io/concepts/api-overview/ (read 2026-11-27)

K8S-14  What a client dials, a node's port or a load balancer's, is not the pod's port, which policies see.
K8S-33  Ingress, OpenShift Route and the routes of the Gateway API lead clients of a proxy to the pods of Services.

Ways name what an auditor has to look at; what policies let pass on them is for the answers to say.

Not modelled: paths, and whether a controller serves the object at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from netaudit.flows import ANYWHERE, NO_TRAFFIC, Traffic
from netaudit.model import Resource, Way
from netaudit.providers.kubernetes.controller import Controllers
from netaudit.providers.kubernetes.gateway import gateways_of, granted, read_grants
from netaudit.providers.kubernetes.ingress import BINDING, CONTROLLER, backends_of
from netaudit.providers.kubernetes.policies.ports import Resolved
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.service import Service, on_pod, services_of
from netaudit.providers.kubernetes.workload import Pod, namespace_of

_WEB = Traffic.ports("tcp", 80, 80) | Traffic.ports("tcp", 443, 443)


def ways(
    entries: Iterable[Resource],
    gateways: Iterable[Resource],
    population: Population,
    prefix: str,
    controllers: Controllers,
) -> list[Way]:
    """All ways from outside to pods."""
    entries, gateways = tuple(entries), tuple(gateways)
    services = {(each.namespace, each.name): each for each in services_of(entries)}
    found = [way for service in services.values() if service.opened for way in _by_service(service, population)]
    grants = read_grants(gateways)
    for resource in entries:
        for backend in backends_of(resource):
            service = services.get((backend.namespace, backend.service))
            if service is not None and granted(grants, resource, backend.namespace, backend.service):
                serving = controllers.of(resource)
                proxy = serving.pods[0] if serving.certain else prefix + CONTROLLER
                for proxies, dialled in _proxies(resource, gateways, population):
                    chain = (*proxies, _name("Service", service.namespace, service.name))
                    by = None if resource.kind == BINDING or serving.in_cloud else proxy
                    there = partial(backend.on, service)
                    found += _to_pods(service, there, population, chain, dialled, by)
    return list(dict.fromkeys(found))


def _proxies(
    resource: Resource, gateways: Iterable[Resource], population: Population
) -> Iterator[tuple[tuple[str, ...], Traffic]]:
    """The objects that a client comes by, and what it dials."""
    own = _name(resource.kind, namespace_of(resource), resource.attributes["metadata"]["name"])
    if resource.kind in ("Ingress", "Route"):
        yield (own,), _WEB
    elif resource.kind == BINDING:
        yield (own,), NO_TRAFFIC
    else:
        for gateway in gateways_of(resource, gateways, population):
            yield (_name("Gateway", gateway.namespace, gateway.name), own), gateway.listens


def _by_service(service: Service, population: Population) -> Iterator[Way]:
    chain = (_name(f"{service.opened} Service", service.namespace, service.name),)
    for port in service.ports:
        number = port.node_port if service.opened == "NodePort" else port.number
        dialled = Traffic.ports(port.protocol, number, number) if number else NO_TRAFFIC
        for way in _to_pods(service, partial(on_pod, (port,)), population, chain, dialled, None):
            yield replace(way, clients=service.clients)


def _to_pods(
    service: Service,
    there: Callable[[Pod], Resolved],
    population: Population,
    chain: tuple[str, ...],
    dialled: Traffic,
    proxy: str | None,
) -> Iterator[Way]:
    """The ways to the pods of a Service, on the ports `there`; `proxy` dials them, where one is on the way."""
    members = service.pods(population)
    for pod in sorted(members.possible):
        found = there(population.by_id[pod])
        because = (*(() if pod in members.certain else members.doubts), *found.because)
        if traffic := found.traffic | found.maybe:
            yield Way(pod, traffic, chain, dialled, ANYWHERE, service.origin, proxy, because)


def _name(kind: str, namespace: str, name: str) -> str:
    return f"{kind} {namespace}/{name}"
