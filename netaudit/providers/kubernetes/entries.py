"""Ways into a cluster: Services give pods an address, Ingresses and routes lead outside clients to Services.

https://kubernetes.io/docs/concepts/services-networking/service/ (read 2026-11-23)
https://kubernetes.io/docs/concepts/services-networking/ingress/ (read 2026-11-23)
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/targetgroupbinding/ (read 2026-11-27)

K8S-14  Policy is applied to the pod and its port, after a Service's translation. So a Service changes nothing
        where clients keep their address. Where a node's may take its place, what some node may send is possible.
        That a pod's own node passes every policy (K8S-13) is not in the answers, so a diagnostic names the pods
        behind it.
K8S-32  A Service selects pods by labels in its namespace; one that leads nowhere is mostly a mistake.

Not modelled: who uses the proxy of an Ingress, a Route or the Gateway API, unless it is one of the pods. A diagnostic
names the pods for which the answers may miss such a client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from netaudit.model import Diagnostic, Effect, Resource, Severity, Value
from netaudit.providers.kubernetes import endpoint_slice
from netaudit.providers.kubernetes.controller import Controllers, leads_beyond
from netaudit.providers.kubernetes.fields import MalformedError
from netaudit.providers.kubernetes.ingress import backends
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.service import SOURCE_TRANSLATED, ByHand, ServicePort, read_service, with_written
from netaudit.providers.kubernetes.workload import Pod, namespace_of

KINDS = (
    "Service",
    "Ingress",
    "Route",
    "HTTPRoute",
    "GRPCRoute",
    "TCPRoute",
    "TLSRoute",
    "UDPRoute",
    "TargetGroupBinding",
    *endpoint_slice.KINDS,
)
_BACKENDS = ("to", "backendRefs", "alternateBackends", "service")  # where a name is that of a Service

Isolated = Callable[[str], bool]


def notes(
    entries: Iterable[Resource], population: Population, isolated: Isolated, prefix: str, controllers: Controllers
) -> Iterator[Diagnostic]:
    """What the ways in mean for the answers; `isolated` tells whether a policy limits what a pod is sent."""
    every = tuple(entries)
    written = endpoint_slice.written(every)
    entries = tuple(entry for entry in every if entry.kind not in endpoint_slice.KINDS)
    services = {(namespace_of(e), e.attributes["metadata"]["name"]): e for e in entries if e.kind == "Service"}
    for resource in entries:
        if resource.kind == "Service":
            yield _service(resource, written, population, isolated)
            yield from _idle(resource, population)
        elif leads_beyond(resource):
            text = f"{resource.address}: its annotations may lead clients to other pods of its namespace"
            where = (f"ns/{prefix}{namespace_of(resource)}",)
            effect = Effect.UNREADABLE
            yield Diagnostic("K8S_PROXY_NOT_MODELLED", text, Severity.WARNING, resource.origin, effect, where)
        elif not (controllers.of(resource).certain and readable(resource) and _leads_to(resource) <= services.keys()):
            yield _proxy(resource, services, written, population, prefix)


def readable(resource: Resource) -> bool:
    """Whether it is no way in, or one of which it can be told where it leads."""
    try:
        if resource.kind == "Service":
            read_service(resource)
        elif resource.kind in KINDS:
            backends(resource)
    except MalformedError:
        return False
    return True


def _leads_to(resource: Resource) -> set[tuple[str, str]]:
    return {(backend.namespace, backend.service) for backend in backends(resource)}


def _service(resource: Resource, by_hand: ByHand, population: Population, isolated: Isolated) -> Diagnostic:
    try:
        service = with_written(read_service(resource), by_hand)
    except MalformedError as error:
        return error.diagnostic("K8S_SERVICE_MALFORMED")
    touched = tuple(sorted(pod for pod in service.pods(population).possible if isolated(pod)))
    if service.rewrites and touched:
        text = f"{resource.address}: clients may come with the address of a pod's own node, which no policy stops"
        effect = Effect.UNREADABLE
        return Diagnostic(SOURCE_TRANSLATED, text, Severity.WARNING, resource.origin, effect, touched)
    text = f"{resource.address}: policies see the pod behind a Service, so it changes no answer"
    return Diagnostic("K8S_IRRELEVANT", text, Severity.INFO, resource.origin)


def _idle(resource: Resource, population: Population) -> Iterator[Diagnostic]:
    """A Service that leads nowhere: to no pod, or to a port that no pod behind it declares (K8S-32)."""
    try:
        service = read_service(resource)
    except MalformedError:
        return  # which has been said
    pods = [population.by_id[pod] for pod in sorted(service.pods(population).possible)]
    if service.selector and not pods:
        text = f"{resource.address} selects no pod"
        yield Diagnostic("K8S_SERVICE_SELECTS_NOTHING", text, Severity.WARNING, resource.origin)
    for port in service.ports:
        if pods and not any(_may_listen(pod, port) for pod in pods):
            text = f"{resource.address} leads to port {port.target}, which no pod behind it declares"
            yield Diagnostic("K8S_SERVICE_PORT_UNDECLARED", text, Severity.WARNING, resource.origin)


def _may_listen(pod: Pod, port: ServicePort) -> bool:
    """Whether a pod declares the port that a Service's port leads to, or does not declare any port at all."""
    if isinstance(port.target, str):
        return bool(pod.resolve(port.target, port.protocol))
    return not pod.leaves_out(port.target, port.protocol)


def _proxy(
    resource: Resource,
    services: dict[tuple[str, str], Resource],
    by_hand: ByHand,
    population: Population,
    prefix: str,
) -> Diagnostic:
    """An Ingress or a route: the proxy that serves it is a client that the answers do not have."""
    namespace = namespace_of(resource)
    touched: set[str] = set()
    for name in set(_service_names(resource.attributes.get("spec"), 0)):
        service = services.get((namespace, name))
        try:
            touched |= _selected(service, by_hand, population) if service else {f"ns/{prefix}{namespace}"}
        except MalformedError:
            touched.add(f"ns/{prefix}{namespace}")
    wrong: MalformedError | None = None
    try:
        for backend in backends(resource):
            elsewhere = services.get((backend.namespace, backend.service))
            touched |= _selected(elsewhere, by_hand, population) if elsewhere else frozenset()
    except MalformedError as error:
        wrong = error
    where = tuple(sorted(touched)) or (f"ns/{prefix}{namespace}",)
    text = f"{resource.address}: who reaches these pods through the proxy that serves it is not modelled"
    if wrong is not None:
        return wrong.diagnostic("K8S_PROXY_NOT_MODELLED", *where)
    return Diagnostic("K8S_PROXY_NOT_MODELLED", text, Severity.WARNING, resource.origin, Effect.UNREADABLE, where)


def _selected(service: Resource, by_hand: ByHand, population: Population) -> frozenset[str]:
    """The pods behind a Service. Raises MalformedError."""
    return with_written(read_service(service), by_hand).pods(population).possible


def _service_names(value: Value, depth: int) -> Iterator[str]:
    """The names of Services anywhere in a route's specification."""
    if depth > 50:
        return
    if isinstance(value, list):
        for item in value:
            yield from _service_names(item, depth + 1)
    elif isinstance(value, dict):
        if isinstance(value.get("serviceName"), str):
            yield value["serviceName"]
        for key, inner in value.items():
            refs = inner if isinstance(inner, list) else [inner]
            if key in _BACKENDS:
                yield from (ref["name"] for ref in refs if isinstance(ref, dict) and isinstance(ref.get("name"), str))
            yield from _service_names(inner, depth + 1)
