"""Objects that Terraform's `kubernetes` and `kubectl` providers declare are read as the objects that they are.

https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs (read 2026-11-27)
https://registry.terraform.io/providers/gavinbunney/kubectl/latest/docs (read 2026-11-27)

A `kubernetes_deployment_v1` has the fields of a Deployment under other names: words joined by underscores, a block in
place of a mapping, blocks of one name in place of a list. `kubernetes_manifest` holds the object itself, and
`kubectl_manifest` its YAML. All objects of one provider configuration belong to one cluster.

What cannot be told from the code stays unknown where it stands, so that the reader of the object says what that means:
a policy with an unknown part is one that cannot be read, and its pods may do anything.

Not modelled: what a `helm_release` installs (HELM_RELEASE_UNREAD: give its rendered manifests), and objects whose name
or namespace the code does not fix, or that may not exist at all (K8S_OBJECT_UNKNOWN).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netaudit.model import Diagnostic, Effect, Origin, Path, Reading, Ref, Resource, Severity, Unknown, Value
from netaudit.sources.manifests.objects import address_of
from netaudit.text.compose import Budget
from netaudit.text.document import Broken
from netaudit.text.yamltext import documents

FAMILIES = frozenset({"kubernetes", "kubectl", "helm"})
_HOPS = 20  # references from one object's field to another's


@dataclass(frozen=True, slots=True)
class _Block:
    """What a block is in the API: a field's name, and what is below; `many` blocks are the items of a list."""

    name: str
    parts: Mapping[str, _Block]
    many: bool = False


def _one(name: str, **parts: _Block) -> _Block:
    return _Block(name, parts)


def _many(name: str, **parts: _Block) -> _Block:
    return _Block(name, parts, many=True)


# Only blocks are listed: every attribute keeps its value, under its name in the API's writing.
_SELECTOR = {"match_expressions": _many("matchExpressions")}
_METADATA = _one("metadata")
_CONTAINER = {"port": _many("ports")}
_POD = {
    "container": _many("containers", **_CONTAINER),
    "init_container": _many("initContainers", **_CONTAINER),
}
_TEMPLATE = _one("template", metadata=_METADATA, spec=_one("spec", **_POD))
_CONTROLLER = {"selector": _one("selector", **_SELECTOR), "template": _TEMPLATE}
_PEER = {
    "ip_block": _one("ipBlock"),
    "namespace_selector": _one("namespaceSelector", **_SELECTOR),
    "pod_selector": _one("podSelector", **_SELECTOR),
}
_POLICY = {
    "pod_selector": _one("podSelector", **_SELECTOR),
    "ingress": _many("ingress", **{"from": _many("from", **_PEER)}, ports=_many("ports")),
    "egress": _many("egress", to=_many("to", **_PEER), ports=_many("ports")),
}
_BACKEND = _one("backend", service=_one("service", port=_one("port")))
_HTTP = _one("http", path=_many("paths", backend=_BACKEND))
_INGRESS = {
    "default_backend": replace(_BACKEND, name="defaultBackend"),
    "backend": _one("backend"),
    "rule": _many("rules", http=_HTTP),
    "tls": _many("tls"),
}


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of object: its version in the API, and the blocks of its `spec`."""

    version: str
    name: str
    spec: Mapping[str, _Block]


_KINDS: Mapping[str, _Kind] = {
    "namespace": _Kind("v1", "Namespace", {}),
    "pod": _Kind("v1", "Pod", _POD),
    "deployment": _Kind("apps/v1", "Deployment", _CONTROLLER),
    "stateful_set": _Kind("apps/v1", "StatefulSet", _CONTROLLER),
    "daemonset": _Kind("apps/v1", "DaemonSet", _CONTROLLER),
    "daemon_set": _Kind("apps/v1", "DaemonSet", _CONTROLLER),
    "replication_controller": _Kind("v1", "ReplicationController", {"template": _TEMPLATE}),
    "job": _Kind("batch/v1", "Job", _CONTROLLER),
    "cron_job": _Kind("batch/v1", "CronJob", {"job_template": _one("jobTemplate", spec=_one("spec", **_CONTROLLER))}),
    "service": _Kind("v1", "Service", {"port": _many("ports")}),
    "ingress": _Kind("networking.k8s.io/v1", "Ingress", _INGRESS),
    "network_policy": _Kind("networking.k8s.io/v1", "NetworkPolicy", _POLICY),
}
_NAME = re.compile(r"kubernetes_(?P<name>[a-z_]+?)(?:_v\d\w*)?")
_NO_PACKETS = """
    config_map config_map_v1_data secret secret_v1_data service_account default_service_account role role_binding
    cluster_role cluster_role_binding limit_range resource_quota persistent_volume persistent_volume_claim storage_class
    horizontal_pod_autoscaler pod_disruption_budget priority_class annotations labels env certificate_signing_request
    mutating_webhook_configuration validating_webhook_configuration csi_driver token_request node_taint ingress_class
    runtime_class pod_security_policy api_service
"""
_BESIDE = frozenset(_NO_PACKETS.split())  # objects that no packet ever meets
_PORTS = frozenset({"port", "target_port", "service_port"})  # numbers that the provider takes as text


def declared_in(readings: Sequence[Reading]) -> list[Reading]:
    """The objects that Terraform declares, as readings of manifests: one for each configuration of the provider."""
    return [found for reading in readings if reading.format != "kubernetes" for found in _declared(reading)]


def _declared(reading: Reading) -> Iterator[Reading]:
    families = [r for r in reading.resources if r.kind.partition("_")[0] in FAMILIES]
    if not families:
        return
    others = {resource.address: resource for resource in reading.resources}
    clusters: defaultdict[str, list[Resource]] = defaultdict(list)
    diagnostics: list[Diagnostic] = []
    for resource in families:
        for found in _objects(resource, others):
            if isinstance(found, Resource):
                clusters[_cluster(resource)].append(found)
            else:
                diagnostics.append(found)
    if len(clusters) > 1:  # which of them is which is for the user to say: nothing joins them
        for key, resources in sorted(clusters.items()):
            yield Reading(f"{reading.name}::{key}", "kubernetes", resources, diagnostics, derived=True, named=True)
            diagnostics = []
    else:
        resources = [resource for found in clusters.values() for resource in found]
        yield Reading(reading.name, "kubernetes", resources, diagnostics, derived=True, named=reading.named)


def _cluster(resource: Resource) -> str:
    """The configuration of the provider that it goes to; its family does not matter, its alias does."""
    key = resource.settings.get("provider")
    return key.partition(".")[2] if isinstance(key, str) else ""


def _objects(resource: Resource, others: Mapping[str, Resource]) -> Iterator[Resource | Diagnostic]:
    """The objects that one resource declares, or what is said of it."""
    if resource.kind == "helm_release":
        text = f"{resource.address} installs a chart whose objects are not in the code: give its rendered manifests"
        yield Diagnostic("HELM_RELEASE_UNREAD", text, Severity.WARNING, resource.origin, Effect.UNREADABLE)
    elif resource.kind == "kubernetes_manifest":
        yield _placed(_plain(resource.get("manifest"), others), resource, _below_manifest(resource))
    elif resource.kind == "kubectl_manifest":
        yield from _of_text(_resolved(resource.get("yaml_body"), others), resource)
    else:
        yield _of_blocks(resource, others)


def _below_manifest(resource: Resource) -> dict[Path, Origin]:
    """The places of a written-out object's parts."""
    return {path[1:]: place for path, place in resource.places.items() if path[:1] == ("manifest",) and path[1:]}


def _of_blocks(resource: Resource, others: Mapping[str, Resource]) -> Resource | Diagnostic:
    named = _NAME.fullmatch(resource.kind)
    kind = _KINDS.get(named["name"]) if named else None
    if kind is None:
        beside = named is not None and named["name"] in _BESIDE
        text = f"{resource.address}: " + ("no packet meets it" if beside else f"{resource.kind} is not modelled")
        effect = Effect.IGNORED if beside else Effect.UNREADABLE
        code, severity = ("K8S_IRRELEVANT", Severity.INFO) if beside else ("K8S_NOT_MODELLED", Severity.WARNING)
        return Diagnostic(code, text, severity, resource.origin, effect)
    places: dict[Path, Origin] = {}
    convert = _Conversion(resource, others, places)
    body = {"metadata": _METADATA, "spec": _one("spec", **kind.spec)}
    value = {"apiVersion": kind.version, "kind": kind.name, **convert.fields(resource.attributes, body, (), ())}
    return _placed(value, resource, places)


@dataclass(frozen=True, slots=True)
class _Conversion:
    """Blocks to mappings and lists, with the place of each part."""

    resource: Resource
    others: Mapping[str, Resource]
    places: dict[Path, Origin]

    def fields(self, given: Mapping[str, Value], parts: Mapping[str, _Block], old: Path, new: Path) -> dict[str, Value]:
        """The fields of one block; what is null is absent."""
        found: dict[str, Value] = {}
        for key, value in given.items():
            if value is None or (not new and key not in parts):
                continue
            block = parts.get(key)
            name = block.name if block else _camel(key)
            self._place((*old, key), (*new, name))
            if block is None:
                plain = _plain(value, self.others)
                found[name] = _number(plain) if key in _PORTS else plain
            else:
                inner = self._blocks(value, block, (*old, key), (*new, name))
                if inner is not None:
                    found[name] = inner
        return found

    def _blocks(self, value: Value, block: _Block, old: Path, new: Path) -> Value:
        items = value if isinstance(value, list) else [value]
        if block.many:
            return [self._block(each, block, (*old, i), (*new, i)) for i, each in enumerate(items)]
        return self._block(items[0], block, (*old, 0), new) if items else None

    def _block(self, value: Value, block: _Block, old: Path, new: Path) -> Value:
        """One block; an unknown one stays unknown, for the reader of the object to stumble over."""
        self._place(old, new)
        known = _resolved(value, self.others)
        if known is None:
            return {}  # an empty block
        return self.fields(known, block.parts, old, new) if isinstance(known, dict) else known

    def _place(self, old: Path, new: Path) -> None:
        place = self.resource.places.get(old)
        if place is not None:
            self.places[new] = place


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _number(value: Value) -> Value:
    """A port as the API has it: the provider takes numbers as text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6 else value


def _plain(value: Value, others: Mapping[str, Resource], depth: int = 0) -> Value:
    """A value with its references followed, and without nulls."""
    known = _resolved(value, others)
    if depth > _HOPS:
        return known
    if isinstance(known, dict):
        return {key: _plain(inner, others, depth + 1) for key, inner in known.items() if inner is not None}
    if isinstance(known, list):
        return [_plain(inner, others, depth + 1) for inner in known]
    return known


def _resolved(value: Value, others: Mapping[str, Resource]) -> Value:
    """What a reference to a field of another object stands for, as far as that is written there."""
    for _ in range(_HOPS):
        if not isinstance(value, Ref) or value.address not in others:
            return value
        found: Value = others[value.address].attributes
        for step in value.path:
            found = _below(found, step)
        if found is None:
            return value
        value = found
    return value


def _below(value: Value, step: str | int) -> Value:
    if isinstance(value, Mapping) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return value[step]
    return None


def _of_text(text: Value, resource: Resource) -> Iterator[Resource | Diagnostic]:
    if not isinstance(text, str):
        yield _unknown(resource, "its yaml_body is not known")
        return
    for document in documents(text, Budget()):
        if isinstance(document, Broken):
            yield _unknown(resource, f"its yaml_body cannot be read: {document.message}")
        else:
            yield _placed(document.value, resource)


def _placed(value: Value, resource: Resource, places: Mapping[Path, Origin] | None = None) -> Resource | Diagnostic:
    """The object with its address in the cluster; a diagnostic where it has none that the code fixes."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    named = isinstance(value, dict) and all(isinstance(value.get(key), str) for key in ("apiVersion", "kind"))
    if not isinstance(value, dict) or not isinstance(metadata, dict) or not named:
        return _unknown(resource, "it is not known what it declares")
    metadata = {"name": f"{metadata['generateName']}*", **metadata} if "generateName" in metadata else metadata
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not isinstance(name, str) or not (namespace is None or isinstance(namespace, str)):
        return _unknown(resource, "its name or namespace is not known")
    kind = value["kind"]
    address = address_of(kind, name, namespace)
    if not resource.exists:
        if not kind.endswith("Policy"):
            return _unknown(resource, "it may not exist")
        doubt = Unknown(f"whether {resource.address} exists", resource.origin)
        value = {key: value[key] for key in ("apiVersion", "kind") if key in value} | {"spec": doubt}
    origin = replace(resource.origin, address=address)
    return Resource(kind, address, value | {"metadata": metadata}, origin, places or {})


def _unknown(resource: Resource, why: str) -> Diagnostic:
    text = f"{resource.address}: {why}"
    return Diagnostic("K8S_OBJECT_UNKNOWN", text, Severity.WARNING, resource.origin, Effect.UNREADABLE)
