"""An Ingress or a route makes a controller inside the cluster a client of the pods behind some Services.

https://kubernetes.io/docs/concepts/services-networking/ingress/ (read 2026-11-23)
https://docs.openshift.com/container-platform/4.17/networking/routes/route-configuration.html (read 2026-11-23)
https://gateway-api.sigs.k8s.io/api-types/httproute/ (read 2026-11-23)

K8S-33  The controller is a pod of the cluster (`controller.py`) that hands on what it is sent; or a client that the
        manifests do not show, `{ingress-controller}`. That one is taken for an arbitrary pod: it reaches what every
        pod may reach, on the ports that the backends lead to.

A route of the Gateway API also leads to the Services that it mirrors requests to, and to those of other namespaces
that grant it. Routes of a mesh, whose parent is a Service, have no controller.

Not modelled: an unseen controller's own labels, namespace and egress; who reaches it from outside (a diagnostic names
the pods); backends that are no Services.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from netaudit.flows import TCP, Traffic
from netaudit.model import Action, Forward, Origin, Peers, Policy, Resource, Rule, Stage, Tier, Unknown
from netaudit.providers.kubernetes.controller import Controllers
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.gateway import granted, read_grants
from netaudit.providers.kubernetes.policies.ports import PROTOCOLS, Resolved
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.service import Service, ServicePort, on_pod, services_of
from netaudit.providers.kubernetes.workload import Pod, namespace_of

CONTROLLER = "{ingress-controller}"
BINDING = "TargetGroupBinding"  # which makes a load balancer of the cloud the client, not a controller in the cluster
_ROUTES = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service that a proxy leads to, and which of its ports: by number, by name, or all of them."""

    service: str
    port: int | str | None
    origin: Origin
    namespace: str = "default"
    by_target: bool = False  # whether a number is the pods' port rather than the Service's

    def on(self, service: Service, pod: Pod) -> Resolved:
        """Where it leads to on a pod behind the Service."""
        found = on_pod((port for port in service.ports if self.means(port)), pod)
        if not self.by_target or not isinstance(self.port, int):
            return found
        there = Traffic.union(Traffic.ports(each.lower(), self.port, self.port) for each in PROTOCOLS)
        return Resolved(found.traffic & there, found.maybe & there, found.because)

    def means(self, port: ServicePort) -> bool:
        """Whether it means a port of the Service; a name there may stand for the number that it asks for."""
        if self.port is None:
            return True
        if isinstance(self.port, int):
            by_name = self.by_target and isinstance(port.target, str)
            return by_name or self.port == (port.target if self.by_target else port.number)
        return self.port == port.name or (self.by_target and self.port == port.target)


def backends(resource: Resource) -> list[Backend]:
    """The Services that an Ingress or a route leads to, if it may. Raises MalformedError."""
    spec, own = Field.root(resource).get("spec"), namespace_of(resource)
    if resource.kind == "Ingress":
        return [replace(each, namespace=own) for each in _of_ingress(spec)]
    if resource.kind == "Route":
        return [replace(each, namespace=own) for each in _of_route(spec)]
    if resource.kind == BINDING:
        return [replace(each, namespace=own) for each in _of_binding(spec)]
    return list(_of_gateway_route(spec, own)) if resource.kind in _ROUTES else []


def _of_ingress(spec: Field) -> Iterator[Backend]:
    found = [spec.get("defaultBackend"), spec.get("backend")]
    for rule in spec.get("rules").items():
        found += [path.get("backend") for path in rule.get("http", "paths").items()]
    for backend in found:
        if backend.get("service"):
            port = backend.get("service", "port")
            number = port.get("number") or port.get("name")
            yield Backend(backend.get("service", "name").text(), _number_or_name(number), backend.origin)
        elif backend.get("serviceName"):
            yield Backend(
                backend.get("serviceName").text(), _number_or_name(backend.get("servicePort")), backend.origin
            )


def _of_binding(spec: Field) -> Iterator[Backend]:
    """What the AWS Load Balancer Controller registers in a target group that exists already."""
    ref = spec.get("serviceRef")
    yield Backend(ref.get("name").text(), _number_or_name(ref.get("port")), ref.origin)


def _of_route(spec: Field) -> Iterator[Backend]:
    port = spec.get("port", "targetPort")
    for to in (spec.get("to"), *spec.get("alternateBackends").items()):
        if to and to.get("kind").optional_text("Service") == "Service":
            yield Backend(to.get("name").text(), _number_or_name(port), to.origin, by_target=True)


def _of_gateway_route(spec: Field, namespace: str) -> Iterator[Backend]:
    parents = [parent.get("kind").optional_text("Gateway") for parent in spec.get("parentRefs").items()]
    if parents and set(parents) == {"Service"}:
        return
    for rule in spec.get("rules").items():
        refs = rule.get("backendRefs").items()
        filters = [*rule.get("filters").items(), *(each for ref in refs for each in ref.get("filters").items())]
        mirrors = [each.get("requestMirror", "backendRef") for each in filters if each.get("requestMirror")]
        for ref in (*refs, *mirrors):
            if ref.get("kind").optional_text("Service") == "Service":
                there = ref.get("namespace").optional_text(namespace)
                yield Backend(ref.get("name").text(), _number_or_name(ref.get("port")), ref.origin, there)


def _number_or_name(field: Field) -> int | str | None:
    if not field:
        return None
    return field.text() if isinstance(field.value, str) else field.whole(1, 65535)


def served(
    entries: Iterable[Resource], population: Population, gateways: Iterable[Resource], controllers: Controllers
) -> Mapping[str, Policy]:
    """For each pod that a proxy which is no pod here leads to, what it is sent, before the pod's own policies."""
    rules: defaultdict[str, list[Rule]] = defaultdict(list)
    for resource, backend, service in led(entries, gateways):
        serving = controllers.of(resource)
        if not serving.certain and not serving.in_cloud:
            for pod, rule in _rules(resource, backend, service, population):
                rules[pod].append(rule)
    return {pod: _policy(pod, tuple(found)) for pod, found in rules.items()}


def forwarded(
    entries: Iterable[Resource], population: Population, gateways: Iterable[Resource], controllers: Controllers
) -> Iterator[Forward]:
    """What the controllers among the pods hand on to the pods behind Services."""
    for resource, backend, service in led(entries, gateways):
        serving = controllers.of(resource)
        for pod, rule in _rules(resource, backend, service, population) if serving.pods else ():
            because = (*serving.because, *rule.because)
            for proxy in serving.pods:
                if proxy != pod:
                    yield Forward(proxy, TCP, pod, rule.traffic, backend.origin, because)


def led(entries: Iterable[Resource], gateways: Iterable[Resource]) -> Iterator[tuple[Resource, Backend, Service]]:
    """Every Service that a proxy in the cluster may lead to."""
    entries, grants = tuple(entries), read_grants(gateways)
    services = {(s.namespace, s.name): s for s in services_of(entries)}
    for resource in entries:
        for backend in backends_of(resource) if resource.kind != BINDING else ():
            service = services.get((backend.namespace, backend.service))
            if service is not None and granted(grants, resource, backend.namespace, backend.service):
                yield resource, backend, service


def backends_of(resource: Resource) -> list[Backend]:
    """The same; none where it cannot be read."""
    try:
        return backends(resource)
    except MalformedError:
        return []  # which is said where the ways in are noted


def _rules(
    resource: Resource, backend: Backend, service: Service, population: Population
) -> Iterator[tuple[str, Rule]]:
    members = service.pods(population)
    for pod_id in sorted(members.possible):
        there = backend.on(service, population.by_id[pod_id])
        unsure: tuple[Unknown, ...] = () if pod_id in members.certain else members.doubts
        for traffic, because in ((there.traffic, unsure), (there.maybe, (*unsure, *there.because))):
            if traffic:
                text = f"{traffic} by way of Service {service.namespace}/{service.name}"
                peers = Peers(members=population.same(frozenset({pod_id})))  # and nobody beyond it
                place = resource.address
                yield pod_id, Rule(peers, traffic, Action.ALLOW, backend.origin, place, text, because=because)


def _policy(pod: str, rules: tuple[Rule, ...]) -> Policy:
    return Policy(
        name=f"what proxies send to {pod}",
        tiers=(Tier(rules, Action.DENY, tuple(dict.fromkeys(rule.origin for rule in rules))),),
        default=Action.DENY,
        stage=Stage.GATEWAY,
        stateful=True,
        origin=rules[0].origin,
    )
