"""A listener of a Gateway takes a route that it allows: by name, port, kind, namespace and host.

https://gateway-api.sigs.k8s.io/reference/spec/ (read 2026-11-27)
https://gateway-api.sigs.k8s.io/guides/multiple-ns/ (read 2026-11-27)

K8S-33  A parent of a route may name a listener and a port. `allowedRoutes` says of which namespaces it takes routes
        (the Gateway's own where it does not say) and of which kinds (those of its protocol). A host of the route must
        meet the listener's, where both have some. A route that no listener takes leads nowhere.

What cannot be read, and labels of namespaces that are not known, count as taken.

Not modelled: paths, headers and methods, which choose between requests and not between packets; TLS.
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Resource, Truth
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.selectors import read_selector
from netaudit.providers.kubernetes.workload import namespace_of

_KINDS = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}


def taking(gateway: Resource, parent: Field, route: Resource, population: Population) -> Iterator[Field]:
    """The listeners of a Gateway that take a route, or may; `parent` is how the route names the Gateway."""
    for listener in Field.root(gateway).get("spec", "listeners").items():
        try:
            if _takes(listener, gateway, parent, route, population):
                yield listener
        except MalformedError:
            yield listener


def heard(listener: Field) -> Traffic:
    """What a listener listens to; nothing where it cannot be read."""
    try:
        port = listener.get("port").whole(1, 65535)
        protocol = "udp" if listener.get("protocol").value == "UDP" else "tcp"
        return Traffic.ports(protocol, port, port)
    except MalformedError:
        return NO_TRAFFIC


def _takes(listener: Field, gateway: Resource, parent: Field, route: Resource, population: Population) -> bool:
    """Whether a listener takes it, or may. Raises MalformedError."""
    named, port = parent.get("sectionName"), parent.get("port")
    return (
        (not named or named.text() in ("", listener.get("name").text()))
        and (not port or port.value == listener.get("port").whole(1, 65535))
        and _of_kind(listener, route)
        and _from_there(listener, gateway, route, population)
        and _hosts_meet(listener.get("hostname"), Field.root(route).get("spec", "hostnames"))
    )


def _of_kind(listener: Field, route: Resource) -> bool:
    listed = [each.get("kind").text() for each in listener.get("allowedRoutes", "kinds").items()]
    kinds = listed or _KINDS.get(listener.get("protocol").text())
    return kinds is None or route.kind in kinds


def _from_there(listener: Field, gateway: Resource, route: Resource, population: Population) -> bool:
    spaces, own = listener.get("allowedRoutes", "namespaces"), namespace_of(route)
    allowed = spaces.get("from").optional_text("Same")
    if allowed == "Selector":
        return read_selector(spaces.get("selector")).picks(population.labels_of(own)) is not Truth.NO
    return own == namespace_of(gateway) if allowed == "Same" else allowed != "None"


def _hosts_meet(listener: Field, route: Field) -> bool:
    ours, theirs = listener.optional_text(""), [each.text() for each in route.items()]
    return not ours or not theirs or any(_meet(ours.lower(), each.lower()) for each in theirs)


def _meet(one: str, other: str) -> bool:
    """Whether two hosts are the same, or one is `*` with some labels before the rest of the other."""
    wild = (one.startswith("*.") and other.endswith(one[1:])) or (other.startswith("*.") and one.endswith(other[1:]))
    return one == other or wild
