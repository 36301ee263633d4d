"""A document to Kubernetes objects: lists unpacked, each object with its address and its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from netaudit.model import Diagnostic, Effect, Origin, Resource, Severity, Value
from netaudit.text.document import Document, Mark, Places, first_line, last_line, part

_NESTING_LIMIT = 10  # lists within lists
_CLUSTER_SCOPED = """
    Namespace Node PersistentVolume StorageClass ClusterRole ClusterRoleBinding CustomResourceDefinition
    PriorityClass IngressClass GatewayClass RuntimeClass APIService ValidatingWebhookConfiguration
    MutatingWebhookConfiguration AdminNetworkPolicy BaselineAdminNetworkPolicy ClusterNetworkPolicy
    CiliumClusterwideNetworkPolicy GlobalNetworkPolicy ClusterUserDefinedNetwork
"""
_NAMESPACED = """
    Pod ReplicaSet ReplicationController Deployment StatefulSet DaemonSet Job CronJob Service Ingress
    NetworkPolicy ConfigMap Secret ServiceAccount Endpoints EndpointSlice PersistentVolumeClaim Role RoleBinding
    HorizontalPodAutoscaler PodDisruptionBudget LimitRange ResourceQuota Gateway HTTPRoute GRPCRoute TCPRoute
    TLSRoute UDPRoute ReferenceGrant Route CiliumNetworkPolicy AuthorizationPolicy PeerAuthentication
    MultiNetworkPolicy NetworkAttachmentDefinition UserDefinedNetwork DeploymentConfig Rollout
"""
_NETWORKS = ("Policy", "Network", "PeerAuthentication", "NetworkAttachmentDefinition")
CLUSTER_SCOPED = frozenset(_CLUSTER_SCOPED.split())
NAMESPACED = frozenset(_NAMESPACED.split())
_NEVER_DENY = frozenset(kind for kind in CLUSTER_SCOPED | NAMESPACED if not kind.endswith(_NETWORKS))
_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NAMESPACE = re.compile(_LABEL)
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_FREE_NAMES = ("rbac.authorization.k8s.io", "authorization.openshift.io")  # allow colons and more


def may_deny(kinds: frozenset[str]) -> bool:
    """Whether an unread object may be one that stops traffic, when these are all the kinds that its text names."""
    named = kinds - {"List"}
    return not named or not named <= _NEVER_DENY


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a document stands: its file, and its number there for the messages."""

    file: str
    number: int

    def place(self, mark: Mark) -> Origin:
        return Origin(self.file, first_line(mark), last_line(mark))

    def error(self, code: str, message: str, place: Origin, kind: str = "") -> Diagnostic:
        text = f"document {self.number}: {message}"
        deny = may_deny(frozenset({kind} - {""}))
        return Diagnostic(code, text, Severity.ERROR, place, Effect.UNREADABLE, may_deny=deny)

    def note(self, message: str, place: Origin) -> Diagnostic:
        return Diagnostic("K8S_NOT_A_MANIFEST", f"document {self.number} {message}", Severity.INFO, place)


def objects(document: Document, file: str) -> Iterator[Resource | Diagnostic]:
    """The objects of one document, in order, and what is wrong or left out."""
    here = _Context(file, document.number)
    if _is_manifest(document.value):
        yield from _unpacked(document.value, document.mark, here, 0)
    else:
        yield _not_a_manifest(document.value, here.place(document.mark), here)


def _is_manifest(value: Value) -> bool:
    return isinstance(value, dict) and _is_text(value.get("apiVersion")) and _is_text(value.get("kind"))


def _is_text(value: Value) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value)


def _not_a_manifest(value: Value, place: Origin, here: _Context) -> Diagnostic:
    """A note on other files; an error where the document means to be an object but does not say which."""
    if isinstance(value, dict) and any(key in value for key in ("apiVersion", "kind")):
        missing = "kind" if _is_text(value.get("apiVersion")) else "apiVersion"
        if "items" in value or "spec" in value or ("metadata" in value and missing == "kind"):
            return here.error("K8S_KIND_MISSING", f"it has no {missing}, so what it means is unknown", place)
    return here.note("holds no Kubernetes object (it has no apiVersion and kind)", place)


def _unpacked(value: Mapping[str, Value], mark: Mark, here: _Context, depth: int) -> Iterator[Resource | Diagnostic]:
    """One object, or the items of a list of them."""
    kind, items = value["kind"], value.get("items")
    if kind != "List" and not (kind.endswith("List") and "items" in value):
        yield from _object(value, mark, here)
    elif depth > _NESTING_LIMIT:
        text = f"lists within lists, more than {_NESTING_LIMIT} deep"
        yield here.error("K8S_LIST_MALFORMED", text, here.place(mark))
    elif isinstance(items, list):
        marks = part(mark, "items")
        for index, item in enumerate(items):
            yield from _item(value, item, part(marks, index), here, depth)
    elif items is not None:
        yield here.error("K8S_LIST_MALFORMED", f"the items of this {kind} are not a list", here.place(mark))


def _item(
    outer: Mapping[str, Value], item: Value, mark: Mark, here: _Context, depth: int
) -> Iterator[Resource | Diagnostic]:
    """An item of a list; those of a typed list may leave out the kind that the list's own name tells."""
    kind = outer["kind"]
    if not isinstance(item, dict):
        yield here.error("K8S_LIST_MALFORMED", f"an item of this {kind} is not an object", here.place(mark))
        return
    if kind != "List":
        item = {"apiVersion": outer["apiVersion"], "kind": kind.removesuffix("List")} | item
    if _is_manifest(item):
        yield from _unpacked(item, mark, here, depth + 1)
    else:
        text = f"an item of this {kind} has no apiVersion and kind"
        yield here.error("K8S_KIND_MISSING", text, here.place(mark))


def _object(value: Mapping[str, Value], mark: Mark, here: _Context) -> Iterator[Resource | Diagnostic]:
    kind, metadata = value["kind"], value.get("metadata")
    place = here.place(mark)
    if metadata is None and kind not in CLUSTER_SCOPED | NAMESPACED:
        yield here.note(f"({kind}) has no metadata: a configuration file, not an object of a cluster", place)
        return
    if not isinstance(metadata, dict):
        yield here.error("K8S_OBJECT_MALFORMED", f"metadata of this {kind} must be a mapping", place, kind)
        return
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not _is_text(name) and _is_text(metadata.get("generateName")):
        name = f"{metadata['generateName']}*"
    if not _is_text(name):
        yield here.error("K8S_OBJECT_MALFORMED", f"metadata.name of this {kind} must be text", place, kind)
    elif not (namespace is None or isinstance(namespace, str)):
        yield here.error("K8S_OBJECT_MALFORMED", f"metadata.namespace of this {kind} must be text", place, kind)
    else:
        origin = replace(place, address=address_of(kind, name, namespace))
        places = Places(mark, origin)
        yield from _name_problems(value, name, places, here)
        yield Resource(kind, origin.address, value, origin, places)


def address_of(kind: str, name: str, namespace: str | None) -> str:
    """`namespace/name[Kind]`, `name[Kind]` where the kind, or an unknown kind's object, has no namespace (K8S-18)."""
    if kind in CLUSTER_SCOPED or (kind not in NAMESPACED and not namespace):
        return f"{name}[{kind}]"
    return f"{namespace or 'default'}/{name}[{kind}]"


def _name_problems(value: Mapping[str, Value], name: str, places: Places, here: _Context) -> Iterator[Diagnostic]:
    """Names that no cluster would accept: a template left unrendered is an error, others only look odd."""
    if value["apiVersion"].startswith(_FREE_NAMES):
        return
    namespace = value["metadata"].get("namespace")
    for field, text, grammar in (("name", name.removesuffix("-*"), _NAME), ("namespace", namespace, _NAMESPACE)):
        if not text:
            continue
        place = places.get(("metadata", field)) or places[("metadata",)]
        if "{{" in text:
            yield here.error("K8S_TEMPLATE", f"metadata.{field} is a template; {RENDER}", place)
        elif not grammar.fullmatch(text) or len(text) > 253:
            message = f"metadata.{field} is not a valid DNS name: a cluster would refuse this object"
            yield Diagnostic("K8S_NAME_INVALID", message, Severity.WARNING, place)


RENDER = "render it first (helm template, kubectl kustomize), or give --render"
