"""What the manifests of a cluster ask of load balancer controllers, as far as it is written.

https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/ (read 2026-11-27)
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/ (read 2026-11-27)
https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer (read 2026-11-27)

AWS-51 A Service of type LoadBalancer, or an Ingress of the class `alb`, gets a load balancer: internal or facing the
       internet, before pods (`ip`) or node ports (`instance`), open to source ranges. The controller that a Service
       names by class or type makes internal ones unless told otherwise, the one in the tree those that face the
       internet; where none is named it may be either.

Not modelled: parameters that an IngressClass refers to, so that with one the annotations may not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from netaudit.flows import ANYWHERE, AddressSet
from netaudit.model import Resource, Truth
from netaudit.providers.kubernetes.workload import namespace_of

_SERVICE = "service.beta.kubernetes.io/"
_INGRESS = "alb.ingress.kubernetes.io/"
_CLASSES = frozenset({"service.k8s.aws/nlb", "eks.amazonaws.com/nlb"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A load balancer that a manifest asks for. `clients` are those whom its groups let in, as far as that is known."""

    resource: Resource
    internal: Truth
    by_address: Truth  # whether pods are the targets, not the ports of nodes
    clients: AddressSet
    named: bool  # whether it is certain which controller makes it
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def asked(manifests: Iterable[Resource]) -> Mapping[str, Asked]:
    """Every load balancer that is asked for, by what a way calls it."""
    manifests = tuple(manifests)
    return dict(_asked(manifests))


def _asked(manifests: tuple[Resource, ...]) -> Iterator[tuple[str, Asked]]:
    for resource in manifests:
        name = f"{namespace_of(resource)}/{resource.attributes['metadata'].get('name')}" if _usable(resource) else ""
        if resource.kind == "Service" and _spec(resource).get("type") == "LoadBalancer":
            yield f"LoadBalancer Service {name}", _of_service(resource)
        elif resource.kind == "Ingress" and _is_alb(resource, manifests):
            yield f"Ingress {name}", _of_ingress(resource)


def _usable(resource: Resource) -> bool:
    return isinstance(resource.attributes.get("metadata"), dict)


def _spec(resource: Resource) -> Mapping[str, object]:
    spec = resource.attributes.get("spec")
    return spec if isinstance(spec, dict) else {}


class _Notes:
    """The annotations of an object under a prefix; `unknown` where they cannot be read as such."""

    def __init__(self, resource: Resource, prefix: str) -> None:
        found = resource.attributes["metadata"].get("annotations") or {}
        self._readable = isinstance(found, dict)
        self._found = found if isinstance(found, dict) else {}
        self._prefix = prefix

    def text(self, name: str, default: str = "") -> str | None:
        """The text of an annotation, the default where it is not written, None where it is not known."""
        if not self._readable:
            return None
        value = self._found.get(self._prefix + name, default)
        return value.strip() if isinstance(value, str) else None

    def parts(self, name: str) -> tuple[str, ...]:
        """The parts of a list."""
        text = self.text(name) or ""
        return tuple(part.strip() for part in text.split(",") if part.strip())

    def ranges(self, name: str) -> AddressSet:
        """The addresses that a list names, none where it is not written, all where it is not known."""
        if self.text(name) is None:
            return ANYWHERE
        return _ranges(self.parts(name))


def _ranges(texts: Iterable[object]) -> AddressSet:
    found = AddressSet.union(())
    for text in texts:
        try:
            found |= AddressSet.parse(str(text))
        except ValueError:
            return ANYWHERE
    return found


def _truth(text: str | None, yes: str, no: str) -> Truth:
    return {yes: Truth.YES, no: Truth.NO}.get(text.lower(), Truth.MAYBE) if text is not None else Truth.MAYBE


def _of_service(resource: Resource) -> Asked:
    notes, spec = _Notes(resource, _SERVICE), _spec(resource)
    kind = notes.text("aws-load-balancer-type")
    named = spec.get("loadBalancerClass") in _CLASSES or kind in ("external", "nlb-ip")
    scheme = notes.text("aws-load-balancer-scheme", "internal" if named else "")
    internal = _truth(scheme, "internal", "internet-facing")
    if notes.text("aws-load-balancer-internal") not in ("", None):
        internal = _truth(notes.text("aws-load-balancer-internal"), "true", "false")
    targets = "ip" if kind == "nlb-ip" else "instance"
    by_address = _truth(notes.text("aws-load-balancer-nlb-target-type", targets), "ip", "instance")
    written = spec.get("loadBalancerSourceRanges")
    ranges = _ranges(written) if isinstance(written, list) else (ANYWHERE if written else AddressSet.union(()))
    ranges |= notes.ranges("load-balancer-source-ranges")
    own = notes.parts("aws-load-balancer-security-groups")
    further = notes.parts("aws-load-balancer-extra-security-groups")
    if own or further or notes.parts("aws-load-balancer-security-group-prefix-lists"):
        ranges = ANYWHERE
    return Asked(
        resource,
        internal,
        by_address if named else Truth.MAYBE,
        ranges or ANYWHERE,
        named,
        notes.parts("aws-load-balancer-subnets"),
        own,
    )


def _of_ingress(resource: Resource) -> Asked:
    notes = _Notes(resource, _INGRESS)
    ranges = notes.ranges("inbound-cidrs")
    own = notes.parts("security-groups")
    shared = notes.text("group.name")  # other Ingresses of the group may say more
    if own or shared != "" or notes.parts("security-group-prefix-lists"):
        ranges = ANYWHERE
    return Asked(
        resource,
        Truth.MAYBE if shared != "" else _truth(notes.text("scheme", "internal"), "internal", "internet-facing"),
        _truth(notes.text("target-type", "instance"), "ip", "instance"),
        ranges or ANYWHERE,
        shared == "",
        notes.parts("subnets"),
        own,
    )


def _is_alb(resource: Resource, manifests: tuple[Resource, ...]) -> bool:
    """Whether the controller of AWS serves an Ingress, by the name of its class or by what its class says."""
    annotation = _Notes(resource, "kubernetes.io/").text("ingress.class")
    name = _spec(resource).get("ingressClassName") or annotation
    known = {each.address: each for each in manifests if each.kind == "IngressClass"}
    found = next((each for each in known.values() if each.attributes["metadata"].get("name") == name), None)
    if found is not None:
        return _spec(found).get("controller") in ("ingress.k8s.aws/alb", "eks.amazonaws.com/alb")
    return name == "alb"
