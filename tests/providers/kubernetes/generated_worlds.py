"""Clusters that leave something open, and worlds that they may be: what the manifests do not say is drawn."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.providers.kubernetes.brute_force import Outside
from tests.providers.kubernetes.generated import ADDRESSES, PROTOCOLS, SPACES, labels

Object = dict[str, Any]

_TEMPLATES = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "ReplicationController"),
    ("batch/v1", "Job"),
)
ANYWHERE = (*ADDRESSES, "198.51.100.1", "8.8.8.8", "2001:db8::7", "fd00::1")
SECOND = "2001:db8::9"  # the second address of a pod that has two


@dataclass(frozen=True)
class World:
    """Objects in which nothing is open; `ends` are what the pods of the cluster are, in their order."""

    objects: list[Object]
    ends: list[Any]
    blocks_match_pods: bool


def id_of(pod: Object) -> str:
    """Its id, as the contract writes it."""
    return "{namespace}/{name}[{kind}]".format(**pod["metadata"], kind=pod["kind"])


@st.composite
def in_template(draw: st.DrawFn, pod: Object) -> Object:
    """A workload that runs such pods; its own labels say nothing, and the address is not known."""
    version, kind = draw(st.sampled_from((*_TEMPLATES, ("batch/v1", "CronJob"))))
    template = {"metadata": {"labels": pod["metadata"]["labels"]}, "spec": pod["spec"]}
    spec: Object = {"template": template, "replicas": 0}
    metadata = pod["metadata"] | {"labels": draw(labels)}
    spec = {"jobTemplate": {"spec": spec}} if kind == "CronJob" else spec
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


@st.composite
def open_pods(draw: st.DrawFn, pod: Object) -> Object:
    """A pod of which something is open: its address, which of two, a port's name, or whether it is just its node."""
    found = deepcopy(pod)
    hole = draw(st.sampled_from(("address", "two addresses", "name", "host", "sidecar", "none")))
    if hole == "address":
        del found["status"]
    elif hole == "two addresses":
        found["status"]["podIPs"] = [{"ip": pod["status"]["podIP"]}, {"ip": SECOND}]
    elif hole == "name":
        again = {"name": "http", "protocol": draw(st.sampled_from(PROTOCOLS)), "containerPort": 82}
        found["spec"]["containers"].append({"name": "d", "ports": [again]})
    elif hole == "host":
        found["spec"]["hostNetwork"] = True
    elif hole == "sidecar":
        declared = found["spec"]["containers"][0].pop("ports")
        found["spec"]["initContainers"] = [{"name": "s", "restartPolicy": "Always", "ports": declared}]
    return found


@st.composite
def worlds(draw: st.DrawFn, cluster: list[Object]) -> World:
    """One of the worlds that a cluster may be."""
    objects = deepcopy(cluster)
    shown = {each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"}
    for name in set(SPACES) - shown:
        metadata = {"name": name, "labels": draw(labels)}
        objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    second = draw(st.booleans())  # which family the packets are of
    ends: list[Any] = []
    for pod in (each for each in objects if each["kind"] == "Pod"):
        spec, status = pod["spec"], pod.setdefault("status", {"podIP": draw(st.sampled_from(ANYWHERE))})
        if second and "podIPs" in status:
            status["podIP"] = SECOND
        for sidecar in spec.get("initContainers", ()):
            spec["containers"].append(sidecar)
        _one_of_each_name(spec["containers"], last=draw(st.booleans()))
        free = spec.get("hostNetwork") and draw(st.booleans())
        ends.append(Outside(status["podIP"]) if free else pod)
    free_pods = [pod for pod, end in zip(_pods(objects), ends, strict=True) if isinstance(end, Outside)]
    objects = [each for each in objects if not any(each is pod for pod in free_pods)]
    return World(objects, ends, draw(st.booleans()))


def _pods(objects: list[Object]) -> list[Object]:
    return [each for each in objects if each["kind"] == "Pod"]


def _one_of_each_name(containers: list[Object], *, last: bool) -> None:
    """Where two containers give a name and protocol to different ports, one of them holds."""
    ports = [(c, port) for c in (containers[::-1] if last else containers) for port in c.get("ports", ())]
    seen: set[tuple[str, str]] = set()
    for container, port in ports:
        key = (port["name"], port["protocol"])
        if key in seen:
            container["ports"].remove(port)
        seen.add(key)
