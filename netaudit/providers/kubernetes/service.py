"""A Service gives the pods that its labels select an address, and its ports lead to ports of theirs.

https://kubernetes.io/docs/concepts/services-networking/service/ (read 2026-11-23)

K8S-8   A target port that is a name is resolved on each pod, by name and protocol.
K8S-32  It selects pods by labels in its namespace. A target port is a number or a name, and the port's own number
        where it is absent. ExternalName and Services without a selector have no pods of their own.

Not modelled: endpoints that are written by hand (EndpointSlice).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netaudit.model import Origin, Resource
from netaudit.providers.kubernetes.fields import Field
from netaudit.providers.kubernetes.policies.ports import Port, Resolved, port_name, read_protocol, resolved
from netaudit.providers.kubernetes.population import NOBODY, Members, Population
from netaudit.providers.kubernetes.selectors import Selector, read_selector
from netaudit.providers.kubernetes.workload import Pod, namespace_of


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port: its own number and name, and the number or the name on the pods."""

    name: str
    number: int
    protocol: str
    target: int | str


@dataclass(frozen=True, slots=True)
class Service:
    """A Service as read; without a selector it has no pods of its own."""

    namespace: str
    name: str
    origin: Origin
    selector: Selector | None
    ports: tuple[ServicePort, ...]

    def pods(self, population: Population) -> Members:
        """The pods behind it."""
        return population.picked(None, self.selector, self.namespace) if self.selector else NOBODY


def read_service(resource: Resource) -> Service:
    """Read a Service. Raises MalformedError."""
    spec = Field.root(resource).get("spec")
    selector = spec.get("selector")
    own = bool(selector.mapping()) and spec.get("type").value != "ExternalName"
    wrapped = Field(resource, selector.path[:-1], {"matchLabels": selector.value})
    return Service(
        namespace=namespace_of(resource),
        name=resource.attributes["metadata"]["name"],
        origin=resource.origin,
        selector=read_selector(wrapped) if own else None,
        ports=tuple(_port(item) for item in spec.get("ports").items()),
    )


def _port(field: Field) -> ServicePort:
    number = field.get("port").whole(1, 65535)
    target = field.get("targetPort")
    there: int | str = number
    if isinstance(target.value, str):
        there = port_name(target)
    elif target:
        there = target.whole(1, 65535)
    return ServicePort(field.get("name").optional_text(""), number, read_protocol(field.get("protocol")), there)


def on_pod(ports: Iterable[ServicePort], pod: Pod) -> Resolved:
    """Where ports of a Service lead to on a pod."""
    found = Resolved()
    for port in ports:
        if isinstance(port.target, int):
            there = Resolved(Port(port.protocol, port.target, port.target).traffic)
        else:
            there = resolved(pod, (Port(port.protocol, name=port.target),))
        found = Resolved(found.traffic | there.traffic, found.maybe | there.maybe, found.because + there.because)
    return found
