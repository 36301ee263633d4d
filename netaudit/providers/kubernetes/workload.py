"""A workload runs pods, and its pods carry the labels and ports of its pod template.

https://kubernetes.io/docs/concepts/workloads/ (read 2026-11-23)
https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/ (read 2026-11-23)

K8S-8   Init containers that restart always (sidecars) declare ports too; a name belongs to a protocol.
K8S-17  A workload's labels are those of its pod template. Pods with one controlling owner fold into it, unless
        a selector tells them apart.
K8S-18  A missing namespace is `default`.

A controller adds labels of its own to its pods (`pod-template-hash`); their values are unknown until it runs.

Not modelled: how many replicas there are (even none is an endpoint), pods that have ended, and mirror pods'
owners: a pod whose owner is a node stands for itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from netaudit.flows import NOWHERE, AddressSet
from netaudit.model import MORE, NO_LABELS, Diagnostic, Effect, Origin, Resource, Severity, Unknown
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.selectors import Labels

_TEMPLATE = ("spec", "template")
TEMPLATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(
        ("ReplicaSet", "ReplicationController", "Deployment", "StatefulSet", "DaemonSet", "Job", "DeploymentConfig"),
        _TEMPLATE,
    )
    | {"CronJob": ("spec", "jobTemplate", "spec", "template"), "Pod": ()}
)
# Labels that a controller sets on its pods, with a value that the manifest does not tell.
_SET_LATER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Deployment": ("pod-template-hash",),
        "StatefulSet": (
            "controller-revision-hash",
            "statefulset.kubernetes.io/pod-name",
            "apps.kubernetes.io/pod-index",
        ),
        "DaemonSet": ("controller-revision-hash", "pod-template-generation"),
        "Job": ("controller-uid", "batch.kubernetes.io/controller-uid"),
        "CronJob": ("controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name"),
    }
)
_NETWORKS = "k8s.v1.cni.cncf.io/networks"


class ContainerPort(NamedTuple):
    """A port that a container declares, by name or without one; `protocol` is `tcp`, `udp` or `sctp`."""

    name: str
    protocol: str
    number: int


@dataclass(frozen=True, slots=True)
class Pod:
    """The pods of one endpoint, which policies cannot tell apart.

    `id` is the endpoint's public id. `labels` are what policies see: those of any of its pods, which policies
    cannot tell apart; `shown_labels` have unknown values where its pods differ all the same. `addresses` are
    all that the status tells, none where they are not known; with `one_of` each pod has one of them. `nodes` are
    the nodes that they run on, None where that is open. `owner` is the id of the controlling owner, its own where
    it has none.
    """

    id: str
    kind: str
    namespace: str
    origin: Origin
    owner: str
    labels: Labels
    ports: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    addresses: AddressSet = NOWHERE
    one_of: bool = False
    nodes: frozenset[str] | None = None
    more_networks: bool = False
    running: bool = False  # a pod itself, not a template
    shown_labels: Labels = field(default_factory=lambda: NO_LABELS)

    @property
    def addresses_known(self) -> bool:
        """Whether every address that it can have is in `addresses`."""
        return bool(self.addresses)

    def resolve(self, name: str, protocol: str) -> frozenset[int]:
        """The numbers of the ports of this name and protocol (K8S-8): none, one, or by mistake several."""
        return frozenset(port.number for port in self.ports if (port.name, port.protocol) == (name, protocol))

    def leaves_out(self, number: int, protocol: str) -> bool:
        """Whether its containers declare ports, and not this one; to declare none at all is common, and no mistake."""
        return bool(self.ports) and all((port.number, port.protocol) != (number, protocol) for port in self.ports)


def template_path(resource: Resource) -> tuple[str, ...] | None:
    """Where the pod template is: None when the object runs no pods.

    Any object of another kind that carries a pod template with containers is taken for a workload too
    (Argo Rollouts and the like).
    """
    if resource.kind in TEMPLATES:
        return TEMPLATES[resource.kind]
    spec: object = resource.attributes
    for step in (*_TEMPLATE, "spec", "containers"):
        spec = spec.get(step) if isinstance(spec, dict) else None
    return _TEMPLATE if isinstance(spec, list) else None


def read_workload(resource: Resource) -> tuple[Pod, list[Diagnostic]]:
    """The pods that an object runs. What cannot be read of it becomes unknown, with a diagnostic."""
    root = Field.root(resource)
    problems: list[Diagnostic] = []
    known: dict[str, Any] = {"owner": resource.address}
    try:
        template = root.get(*(template_path(resource) or ()))
        known["owner"] = _owner(root, resource)
        known["running"] = resource.kind == "Pod"
        known["labels"] = _labels(template, resource)
        known |= _of_spec(template, running=known["running"])
    except MalformedError as error:
        problems.append(error.diagnostic("K8S_WORKLOAD_MALFORMED", resource.address))
        unknown = Unknown(f"the labels of {resource.address}", resource.origin)
        known = {"labels": {MORE: unknown}} | known
    return Pod(resource.address, resource.kind, namespace_of(resource), resource.origin, **known), problems


def namespace_of(resource: Resource) -> str:
    """The namespace of an object (K8S-18)."""
    return resource.attributes["metadata"].get("namespace") or "default"


def _labels(template: Field, resource: Resource) -> Labels:
    labels: dict[str, str | Unknown] = {}
    for key in _SET_LATER.get(resource.kind, ()):
        labels[key] = Unknown(f"label {key}, which the {resource.kind}'s controller sets", resource.origin)
    for key, value in template.get("metadata", "labels").entries():
        labels[key] = "" if value.value is None else value.text()
    return labels


def _owner(root: Field, resource: Resource) -> str:
    """The controlling owner's id; the object's own where it has none."""
    owners = root.get("metadata", "ownerReferences").items()
    controlling = [owner for owner in owners if owner.get("controller").value is True]
    if not controlling and len(owners) == 1:
        controlling = owners
    if not controlling or controlling[0].get("kind").value == "Node":
        return resource.address
    kind = controlling[0].get("kind").optional_text(resource.kind)
    return f"{namespace_of(resource)}/{controlling[0].get('name').text()}[{kind}]"


def _of_spec(template: Field, *, running: bool) -> dict[str, Any]:
    """What a pod template, or a pod itself, tells beside the labels, by the fields of `Pod`."""
    spec = template.get("spec")
    node = spec.get("nodeName").value
    annotations = template.get("metadata", "annotations").mapping()
    found: dict[str, Any] = {
        "ports": tuple(_ports(spec)),
        "host_network": spec.get("hostNetwork").flag(),
        "nodes": frozenset({node}) if isinstance(node, str) and node else None,
        "more_networks": bool(annotations.get(_NETWORKS)),
    }
    status = template.get("status")
    if running and status:
        found["addresses"] = _addresses(status, host_network=found["host_network"])
    return found


def _ports(spec: Field) -> Iterator[ContainerPort]:
    sidecars = [c for c in spec.get("initContainers").items() if c.get("restartPolicy").value == "Always"]
    for container in (*spec.get("containers").items(), *sidecars):
        for port in container.get("ports").items():
            number = port.get("containerPort")
            if port.get("name") or isinstance(number.value, int):  # a number alone says nothing to any policy
                protocol = port.get("protocol").optional_text("TCP").lower()
                yield ContainerPort(port.get("name").optional_text(""), protocol, number.whole(1, 65535))


def _addresses(status: Field, *, host_network: bool) -> AddressSet:
    """The addresses that the status tells; those of the node for a pod on the node's network."""
    texts = [status.get("podIP"), *(item.get("ip") for item in status.get("podIPs").items())]
    if host_network:
        texts += [status.get("hostIP"), *(item.get("ip") for item in status.get("hostIPs").items())]
    found = []
    for text in texts:
        if text and text.value:
            try:
                found.append(AddressSet.parse(text.text()))
            except ValueError as error:
                if isinstance(error, MalformedError):
                    raise
                raise MalformedError(text, "is not an IP address") from None
    return AddressSet.union(found)


# ---- folding (K8S-17) -------------------------------------------------------------------------------------


def fold(pods: Iterable[Pod], seen_as: Callable[[Pod], Hashable]) -> tuple[list[Pod], list[Diagnostic]]:
    """Pods folded into their owners, but for those that `seen_as` tells apart from the others of one owner."""
    objects = list(pods)
    owners = {pod.id: pod.owner for pod in objects}
    groups: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in objects:
        groups[_topmost(pod, owners)].append(pod)
    folded: list[Pod] = []
    notes: list[Diagnostic] = []
    for owner, members in groups.items():
        apart = _apart(owner, members, seen_as)
        if len(apart) > 1:
            text = f"the pods of {owner} differ in what policies look at, so they are {len(apart)} endpoints"
            notes.append(Diagnostic("K8S_PODS_SPLIT", text, Severity.ERROR, members[0].origin, Effect.IGNORED))
        folded += apart
    return folded, notes


def _topmost(pod: Pod, owners: Mapping[str, str]) -> str:
    """The owner that the pod folds into: its own, and further up as long as the owners are in the input."""
    found, seen = pod.owner, {pod.id}
    while found in owners and found not in seen:
        seen.add(found)
        found = owners[found]
    return found


def _apart(owner: str, members: list[Pod], seen_as: Callable[[Pod], Hashable]) -> list[Pod]:
    if len(members) == 1:  # by far the most: nobody needs to look at them
        return [_merged(owner, members)]
    alike: defaultdict[Hashable, list[Pod]] = defaultdict(list)
    for pod in members:
        alike[seen_as(pod)].append(pod)
    if len(alike) == 1:
        return [_merged(owner, members)]
    whole = next((pod for pod in members if pod.id == owner), None)
    kept = alike.pop(seen_as(whole)) if whole else []
    single: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in (pod for group in alike.values() for pod in group):
        single[pod.id].append(pod)
    rest = [replace(_merged(id_, same), owner=owner) for id_, same in single.items()]
    return ([_merged(owner, kept)] if kept else []) + rest


def _merged(id_: str, members: list[Pod]) -> Pod:
    first = next((pod for pod in members if pod.id == id_), members[0])
    running = [pod for pod in members if pod.running]
    known = bool(running) and all(pod.addresses for pod in running)
    placed = bool(running) and all(pod.nodes for pod in running)
    return replace(
        first,
        id=id_,
        owner=id_,
        kind=id_.rpartition("[")[2].rstrip("]"),
        ports=tuple(dict.fromkeys(port for pod in members for port in pod.ports)),
        shown_labels=_common(id_, members),
        addresses=AddressSet.union(pod.addresses for pod in running) if known else NOWHERE,
        nodes=frozenset(node for pod in running for node in pod.nodes or ()) if placed else None,
        more_networks=any(pod.more_networks for pod in members),
    )


def _common(id_: str, members: list[Pod]) -> Labels:
    """The labels that all have; where they differ, the value is unknown."""
    if len(members) == 1:
        return members[0].labels
    keys = {key: None for pod in members for key in pod.labels}
    found: dict[str, str | Unknown] = {}
    for key in keys:
        values = {pod.labels.get(key) for pod in members}
        value = values.pop() if len(values) == 1 else None
        origin = members[0].origin
        found[key] = value if value is not None else Unknown(f"label {key}: the pods of {id_} differ", origin)
    return found
