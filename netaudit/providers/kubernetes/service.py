"""A Service gives the pods that its labels select an address, and its ports lead to ports of theirs.

https://kubernetes.io/docs/concepts/services-networking/service/ (read 2026-11-23)

K8S-8   A target port that is a name is resolved on each pod, by name and protocol.
K8S-14  Policy is applied to the pod and its port, after translation. `externalTrafficPolicy` Local keeps the
        addresses of clients. `loadBalancerSourceRanges` limits who comes by the load balancer, not by node ports.
        A node port that is not given is one of 30000-32767, as long as no Service has another (a printed assumption).
K8S-32  It selects pods by labels in its namespace. A target port is a number or a name, and the port's own number
        where it is absent. ExternalName Services have no pods of their own, those without a selector the pods of
        EndpointSlices written by hand.

Not modelled: the addresses of nodes and load balancers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from netaudit.flows import ANYWHERE, NOWHERE, AddressSet, Traffic
from netaudit.model import Origin, Resource
from netaudit.providers.kubernetes.endpoint_slice import Written, written
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.policies.peers import read_cidr
from netaudit.providers.kubernetes.policies.ports import Port, Resolved, port_name, read_protocol, resolved
from netaudit.providers.kubernetes.population import NOBODY, Members, Population
from netaudit.providers.kubernetes.selectors import Selector, read_selector
from netaudit.providers.kubernetes.workload import Pod, namespace_of

SOURCE_TRANSLATED = "K8S_SOURCE_TRANSLATED"
BY_DEFAULT = "NODE_PORTS_BY_DEFAULT"
_NODE_PORTS = 30000, 32767  # the default of `--service-node-port-range`
_ANY_PORT = 1, 65535
ByHand = Mapping[tuple[str, str], Written]  # what is written about Services, by namespace and name


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port: its own number and name, and the number or the name on the pods."""

    name: str
    number: int
    protocol: str
    target: int | str
    node_port: int | None = None
    chosen: tuple[int, int] = _NODE_PORTS  # from which Kubernetes gives one by itself

    @property
    def node_ports(self) -> Traffic:
        """What a client dials at a node: the port that is given, or one of those that Kubernetes gives by itself."""
        return Traffic.ports(self.protocol, *((self.node_port,) * 2 if self.node_port else self.chosen))


@dataclass(frozen=True, slots=True)
class Service:
    """A Service as read; without a selector it has no pods of its own.

    `opened` is what lets clients outside in: `NodePort`, `LoadBalancer`, `external address`, or nothing. `at_nodes`
    tells whether nodes listen for it, `external` are the addresses that they accept for it.
    """

    namespace: str
    name: str
    origin: Origin
    selector: Selector | None
    ports: tuple[ServicePort, ...]
    opened: str = ""
    external: AddressSet = NOWHERE
    rewrites: bool = False  # whether clients may come with a node's address in place of theirs
    clients: AddressSet = ANYWHERE  # those outside that may do so
    at_nodes: bool = False
    written: Written = Written()  # noqa: RUF009 - an immutable value

    @property
    def title(self) -> str:
        """How people call it."""
        return f"Service {self.namespace}/{self.name}"

    def pods(self, population: Population) -> Members:
        """The pods behind it: those that it selects, or without a selector those that are written."""
        if self.selector:
            return population.picked(None, self.selector, self.namespace)
        return self.written.members(population, self.namespace) if self.written != Written() else NOBODY


def read_service(resource: Resource) -> Service:
    """Read a Service. Raises MalformedError."""
    spec = Field.root(resource).get("spec")
    selector = spec.get("selector")
    own = bool(selector.mapping()) and spec.get("type").value != "ExternalName"
    opened = _opened(spec)
    wrapped = Field(resource, selector.path[:-1], {"matchLabels": selector.value})
    return Service(
        namespace=namespace_of(resource),
        name=resource.attributes["metadata"]["name"],
        origin=resource.origin,
        selector=read_selector(wrapped) if own else None,
        ports=tuple(_port(item) for item in spec.get("ports").items()),
        opened=opened,
        external=AddressSet.union(_address(each) for each in spec.get("externalIPs").items()),
        rewrites=bool(opened) and spec.get("externalTrafficPolicy").value != "Local",
        clients=_clients(spec),
        at_nodes=_by_node(spec),
    )


def _opened(spec: Field) -> str:
    """By what nodes take clients in for it."""
    kind = spec.get("type").optional_text("ClusterIP")
    if kind in {"NodePort", "LoadBalancer"}:
        return kind
    return "external address" if spec.get("externalIPs").items() else ""


def _clients(spec: Field) -> AddressSet:
    """Who may come in from outside: limited only where the load balancer is the one way."""
    ranges = [read_cidr(each) for each in spec.get("loadBalancerSourceRanges").items()]
    balanced = spec.get("type").value == "LoadBalancer" and not _by_node(spec)
    return AddressSet.union(ranges) if balanced and ranges and not spec.get("externalIPs").items() else ANYWHERE


def _by_node(spec: Field) -> bool:
    """Whether nodes have a port for it."""
    kind, allocated = spec.get("type").value, spec.get("allocateLoadBalancerNodePorts").value
    return kind in ("NodePort", "LoadBalancer") and (kind == "NodePort" or allocated is not False)


def _address(field: Field) -> AddressSet:
    try:
        return AddressSet.parse(field.text())
    except MalformedError:
        raise
    except ValueError:
        raise MalformedError(field, "is not an IP address") from None


def _port(field: Field) -> ServicePort:
    number = field.get("port").whole(1, 65535)
    target = field.get("targetPort")
    there: int | str = number
    if isinstance(target.value, str):
        there = port_name(target)
    elif target:
        there = target.whole(1, 65535)
    name, protocol, node_port = field.get("name"), field.get("protocol"), field.get("nodePort")
    at_node = node_port.whole(1, 65535) if node_port else None
    return ServicePort(name.optional_text(""), number, read_protocol(protocol), there, at_node)


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


def services_of(entries: Iterable[Resource]) -> list[Service]:
    """The Services among the ways in; those that cannot be read are named where the ways in are noted.

    A node port that is given outside of the usual range says that the cluster has another one, which nobody tells.
    """
    entries = tuple(entries)
    by_hand = written(entries)
    found: list[Service] = []
    for resource in entries:
        if resource.kind == "Service":
            try:
                found.append(with_written(read_service(resource), by_hand))
            except MalformedError:
                continue
    return found if all(map(_usual, _at_nodes(found))) else [_of_any_range(service) for service in found]


def node_ports_by_default(services: Iterable[Service]) -> bool:
    """Whether answers rely on the usual range of node ports."""
    return any(port.node_port is None and port.chosen == _NODE_PORTS for port in _at_nodes(services))


def _at_nodes(services: Iterable[Service]) -> Iterator[ServicePort]:
    return (port for service in services if service.at_nodes for port in service.ports)


def _usual(port: ServicePort) -> bool:
    low, high = _NODE_PORTS
    return port.node_port is None or low <= port.node_port <= high


def _of_any_range(service: Service) -> Service:
    return replace(service, ports=tuple(replace(port, chosen=_ANY_PORT) for port in service.ports))


def with_written(service: Service, by_hand: ByHand) -> Service:
    """A Service without a selector, with the pods and the pods' ports that are written for it."""
    found = by_hand.get((service.namespace, service.name))
    if service.selector or found is None:
        return service
    ports = tuple(
        replace(port, target=number) for name, number in found.ports for port in service.ports if port.name == name
    )
    return replace(service, written=found, ports=ports or service.ports)
