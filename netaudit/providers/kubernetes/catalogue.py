"""The objects of a cluster, sorted by what they are to the model.

https://kubernetes.io/docs/reference/kubernetes-api/ (read 2026-11-23)

K8S-15  A namespace's labels are those of its manifest.
K8S-18  Two policies of one kind and name in one namespace, or two namespaces of one name, are an error.
K8S-19  Objects of kinds that say nothing about traffic are skipped with a note.
K8S-33  A route that no Gateway takes is no way in.
K8S-34  Policies without a reader of their own make answers unknown.

Not modelled: roles, quotas, storage and the like, which no packet ever meets.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from netaudit.model import MORE, Diagnostic, Effect, Resource, Severity, Unknown
from netaudit.providers.kubernetes import controller, entries
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.gateway import is_gateway_object
from netaudit.providers.kubernetes.policies import not_evaluated, reader_of
from netaudit.providers.kubernetes.selectors import Labels
from netaudit.providers.kubernetes.workload import TEMPLATES, namespace_of, template_path

_MACHINES = ("VirtualMachine", "VirtualMachineInstance", "VirtualMachineInstanceReplicaSet", "VirtualMachinePool")


@dataclass(slots=True)
class Catalogue:
    """The objects by their part in the model, and what was found wrong while sorting them."""

    workloads: list[Resource] = field(default_factory=list)
    namespaces: dict[str, Resource] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)  # namespaces declared twice
    nodes: list[Resource] = field(default_factory=list)
    policies: list[Resource] = field(default_factory=list)
    unevaluated: list[tuple[Resource, str]] = field(default_factory=list)  # with the reason
    entries: list[Resource] = field(default_factory=list)
    gateways: list[Resource] = field(default_factory=list)
    idle: list[Resource] = field(default_factory=list)  # routes that no Gateway takes
    classes: list[Resource] = field(default_factory=list)  # of Ingresses
    irrelevant: Counter[str] = field(default_factory=Counter)
    unsupported: int = 0
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def labels_of_namespaces(self) -> dict[str, Labels]:
        """The labels of the namespaces that have a manifest (K8S-15)."""
        found: dict[str, Labels] = {}
        for name, resource in self.namespaces.items():
            try:
                labels = Field.root(resource).get("metadata", "labels")
                found[name] = {key: value.text() if value else "" for key, value in labels.entries()}
            except MalformedError as error:
                self.diagnostics.append(error.diagnostic("K8S_NAMESPACE_MALFORMED", f"ns/{name}"))
                self.doubtful.add(name)
            if name in self.doubtful:
                found[name] = {MORE: Unknown(f"the labels of namespace {name}", resource.origin)}
        return found

    def leave_out(self, idle: Iterable[Resource]) -> None:
        """Leave out ways in that lead nowhere (K8S-33), and say so."""
        self.idle = list(idle)
        self.entries = [each for each in self.entries if not any(each is route for route in self.idle)]
        for each in self.idle:
            text = f"{each.address} leads nowhere: no listener of its Gateways takes it"
            self.diagnostics.append(Diagnostic("K8S_ROUTE_NOT_TAKEN", text, Severity.WARNING, each.origin))


def sort(resources: Iterable[Resource]) -> Catalogue:
    """Sort objects by what they are."""
    found = Catalogue()
    for resource in _unique(resources, found):
        _place(resource, found)
    found.diagnostics += _notes(found)
    return found


def _place(resource: Resource, found: Catalogue) -> None:
    version, kind = resource.attributes["apiVersion"], resource.kind
    if kind == "Namespace" and version == "v1":
        found.namespaces[resource.attributes["metadata"]["name"]] = resource
    elif kind == "Node" and version == "v1":
        found.nodes.append(resource)
    elif reader_of(resource) is not None:
        found.policies.append(resource)
    elif not_evaluated.restricts(resource):
        found.unevaluated.append((resource, f"{resource.kind} ({version}) is not evaluated"))
    elif kind in _MACHINES:
        found.unsupported += 1
        found.diagnostics.append(_machine(resource))
    elif template_path(resource) is not None:
        found.workloads.append(resource)
        if kind not in TEMPLATES:
            found.diagnostics.append(_taken_for_workload(resource))
    elif kind in entries.KINDS:
        found.entries.append(resource)
    elif is_gateway_object(resource):
        found.gateways.append(resource)
    else:
        if kind == controller.CLASS:
            found.classes.append(resource)
        found.irrelevant[kind] += 1


def _unique(resources: Iterable[Resource], found: Catalogue) -> Iterator[Resource]:
    """Each object once; of several with one address all are kept in doubt (K8S-18)."""
    by_address: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
    for resource in resources:
        group = resource.attributes["apiVersion"].partition("/")[0]
        by_address[group, resource.address].append(resource)
    for alike in by_address.values():
        if len(alike) == 1:
            yield alike[0]
        else:
            yield from _decided(alike, found)


def _decided(alike: Sequence[Resource], found: Catalogue) -> Iterator[Resource]:
    """One of several equal objects; of several different ones none is certain."""
    first = alike[0]
    same = all(each.attributes == first.attributes for each in alike)
    for each in alike[1:]:
        effect = Effect.IGNORED if same else Effect.UNREADABLE
        text = f"{each.address} is declared twice, first at {first.origin.place}" + (
            ", with the same contents" if same else "; which of the two holds is unknown"
        )
        touches = _touched(first)
        found.diagnostics.append(Diagnostic("K8S_DUPLICATE", text, Severity.ERROR, each.origin, effect, touches))
    if same:
        yield first
    elif _is_policy(first):
        found.unevaluated += [(each, f"{each.address} is declared twice") for each in alike]
    else:
        if first.kind == "Namespace":
            found.doubtful.add(first.attributes["metadata"]["name"])
        yield from alike


def _is_policy(resource: Resource) -> bool:
    return reader_of(resource) is not None or not_evaluated.restricts(resource)


def _touched(resource: Resource) -> tuple[str, ...]:
    """What an object in doubt could matter to: itself, its namespace, or with () everything."""
    if resource.kind == "Namespace":
        return (f"ns/{resource.attributes['metadata']['name']}",)
    if _is_policy(resource):
        return (f"ns/{namespace_of(resource)}",) if "/" in resource.address else ()
    return (resource.address,)


def _notes(found: Catalogue) -> Iterator[Diagnostic]:
    for kind, number in sorted(found.irrelevant.items()):
        text = f"{number} object{'s' if number > 1 else ''} of kind {kind}: no packet meets them"
        yield Diagnostic("K8S_IRRELEVANT", text, Severity.INFO)
    for resource, reason in found.unevaluated:
        text = f"{resource.address}: {reason}; the answers of the pods that it may select are unknown"
        origin, touches = resource.origin, _touched(resource)
        yield Diagnostic(not_evaluated.CODE, text, Severity.WARNING, origin, Effect.OVER_APPROXIMATED, touches)


def _machine(resource: Resource) -> Diagnostic:
    text = f"{resource.address}: virtual machines are not modelled, so this one is missing from the answers"
    return Diagnostic("K8S_NOT_MODELLED", text, Severity.WARNING, resource.origin, Effect.UNREADABLE)


def _taken_for_workload(resource: Resource) -> Diagnostic:
    text = f"{resource.address} carries a pod template, so it is taken for a workload"
    return Diagnostic("K8S_TAKEN_FOR_WORKLOAD", text, Severity.INFO, resource.origin)
