"""An ingress controller that runs as a pod of the cluster is the proxy of the Ingresses of its class.

https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/ (read 2026-11-27)
https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class (read 2026-11-27)

K8S-33  A pod of a controller's published image is that controller. An Ingress whose class names it, by the class's
        `controller` or by the controller's usual class name, is served by it, where it runs only once: what its
        clients send, it dials to the pods behind. With several of them each may serve it. The class of a cloud's
        controller has no proxy in the cluster.

Not modelled: which namespaces and classes a controller's arguments restrict it to; controllers of other images.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from netaudit.model import Resource, Unknown
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.workload import template_path

CLASS = "IngressClass"
CLOUD = "alb"  # no pod hands anything on: a controller makes a load balancer of the cloud
_IMAGES = {
    "ingress-nginx/controller": "nginx",
    "nginx-ingress-controller": "nginx",
    "nginx/nginx-ingress": "nginx",
    "haproxytech/kubernetes-ingress": "haproxy",
    "jcmoraisjr/haproxy-ingress": "haproxy",
    "traefik": "traefik",
}
_CONTROLLERS = {
    "k8s.io/ingress-nginx": "nginx",
    "nginx.org/ingress-controller": "nginx",
    "haproxy.org/ingress-controller": "haproxy",
    "haproxy-ingress.github.io/controller": "haproxy",
    "traefik.io/ingress-controller": "traefik",
    "ingress.k8s.aws/alb": CLOUD,
    "eks.amazonaws.com/alb": CLOUD,
}
_NAMES = {*_IMAGES.values(), CLOUD}  # classes that bear the name of their controller
_ELSEWHERE = ("-snippet", "-snippets", "/default-backend", "/mirror-target", "/auth-url", "/upstream-vhost")
_ANNOTATION = "kubernetes.io/ingress.class"
_DEFAULT = "ingressclass.kubernetes.io/is-default-class"


class Serving(NamedTuple):
    """The pods that may be the proxy of an Ingress, and why each may not be it."""

    pods: tuple[str, ...] = ()
    because: tuple[Unknown, ...] = ()
    in_cloud: bool = False  # whether none is: a load balancer of the cloud dials the pods

    @property
    def certain(self) -> bool:
        """Whether it is known who serves it."""
        return bool(self.pods) and not self.because


class Controllers:
    """The controllers among the pods of a cluster."""

    def __init__(self, workloads: Iterable[Resource], classes: Sequence[Resource], population: Population) -> None:
        self._workloads = workloads
        self._population = population
        self._classes = classes

    @cached_property
    def _pods(self) -> list[tuple[str, str]]:
        """The pods of controllers, each with its kind; looked for when the first Ingress asks."""
        kinds = {resource.origin: kind for resource in self._workloads if (kind := _kind(resource))}
        return [(pod.id, kinds[pod.origin]) for pod in self._population.pods if pod.origin in kinds]

    def of(self, ingress: Resource) -> Serving:
        """Who serves an Ingress, as far as its class tells."""
        kind = served_by(ingress, self._classes)
        pods = tuple(pod for pod, each in self._pods if each == kind)
        if len(pods) < 2:
            return Serving(pods, in_cloud=kind == CLOUD)
        return Serving(pods, (Unknown(f"which controller serves {ingress.address}", ingress.origin),))


def served_by(ingress: Resource, classes: Iterable[Resource]) -> str | None:
    """The kind of controller that the class of an Ingress means; the default class where it names none."""
    if ingress.kind != "Ingress":
        return None
    root = Field.root(ingress)
    try:
        written = root.get("metadata", "annotations").mapping().get(_ANNOTATION)
        name = root.get("spec", "ingressClassName").value or written
        for each in map(Field.root, classes):
            default = each.get("metadata", "annotations").mapping().get(_DEFAULT) == "true"
            if each.get("metadata", "name").value == name or (name is None and default):
                return _CONTROLLERS.get(each.get("spec", "controller").text())
    except MalformedError:
        return None
    return name if isinstance(name, str) and name in _NAMES else None


def leads_beyond(ingress: Resource) -> bool:
    """Whether the annotations of an Ingress may lead its clients elsewhere than to its backends."""
    annotations = ingress.attributes["metadata"].get("annotations") or {}
    return not isinstance(annotations, dict) or any(str(key).endswith(_ELSEWHERE) for key in annotations)


def _kind(resource: Resource) -> str | None:
    """The controller that a workload runs, by the names of its images."""
    try:
        containers = Field.root(resource).get(*(template_path(resource) or ()), "spec", "containers").items()
        found = {kind for each in containers if (kind := _of_image(each.get("image").optional_text("")))}
    except MalformedError:
        return None
    return found.pop() if len(found) == 1 else None


def _of_image(image: str) -> str | None:
    """By the last parts of its name, without tag and digest."""
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    parts = [*head.split("/"), last.partition(":")[0]]
    return next((kind for known, kind in _IMAGES.items() if parts[-known.count("/") - 1 :] == known.split("/")), None)
