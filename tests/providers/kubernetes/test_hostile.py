"""Wrong types in any field of any object: an answer and perhaps a diagnostic, never an exception."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from netaudit.engine.solve import Reachability
from netaudit.model import Effect, Settings
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests

Object = dict[str, Any]
Path = tuple[str | int, ...]

_TEMPLATE: Object = {
    "metadata": {"labels": {"app": "w"}, "annotations": {"k8s.v1.cni.cncf.io/networks": "n"}},
    "spec": {
        "hostNetwork": True,
        "nodeName": "n1",
        "containers": [{"name": "c", "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}]}],
        "initContainers": [{"name": "s", "restartPolicy": "Always", "ports": [{"name": "x", "containerPort": 81}]}],
    },
}
OBJECTS: list[Object] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "labels": {"team": "a"}}},
    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "w"}, "spec": {"template": _TEMPLATE}},
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "p",
            "namespace": "default",
            "labels": {"app": "p"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "r", "controller": True}],
        },
        "spec": {"containers": [{"name": "c", "ports": [{"name": "http", "containerPort": 80}]}]},
        "status": {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]},
    },
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "np", "namespace": "default"},
        "spec": {
            "podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["p", "w"]}]},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [{"namespaceSelector": {"matchLabels": {"team": "a"}}, "podSelector": {}}],
                    "ports": [{"protocol": "TCP", "port": 80, "endPort": 90}, {"port": "http"}],
                }
            ],
            "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}],
        },
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"type": "NodePort", "selector": {"app": "p"}, "externalIPs": ["192.0.2.1"]},
    },
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "i"},
        "spec": {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "s"}}}]}}]},
    },
    {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": "AdminNetworkPolicy",
        "metadata": {"name": "anp"},
        "spec": {
            "priority": 5,
            "subject": {"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "p"}}}},
            "ingress": [
                {
                    "name": "r",
                    "action": "Deny",
                    "from": [{"namespaces": {"matchLabels": {"team": "a"}}}],
                    "ports": [{"portNumber": {"protocol": "TCP", "port": 80}}, {"namedPort": "http"}],
                }
            ],
            "egress": [{"action": "Allow", "to": [{"networks": ["10.0.0.0/8"]}, {"nodes": {}}]}],
        },
    },
    {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": "cnp"},
        "spec": {
            "tier": "Admin",
            "priority": 5,
            "subject": {"namespaces": {}},
            "egress": [
                {
                    "action": "Accept",
                    "to": [{"domainNames": ["a.example"]}],
                    "protocols": [{"tcp": {"destinationPort": {"range": {"start": 1, "end": 2}}}}],
                }
            ],
        },
    },
    {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n1", "labels": {"a": "b"}},
        "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.1"}]},
    },
    {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "c"}, "spec": {}},
]
BASIS = tuple(n for n, each in enumerate(OBJECTS) if each["kind"] in ("Namespace", "Deployment", "Pod", "Service"))
READ = ("NetworkPolicy", "AdminNetworkPolicy", "ClusterNetworkPolicy")
WRONG: tuple[Any, ...] = (
    None,
    True,
    7,
    -1,
    1.5,
    "",
    "\x1b[31m",
    "x" * 500,
    [],
    ["x"],
    [[]],
    {},
    {"x": {}},
    [{"x": []}],
)


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all parts of a value, its own left out."""
    inner: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for key, part in inner:
        yield (*path, key)
        yield from _paths(part, (*path, key))


def _with(path: Path, value: Any) -> str:
    """The workloads, the Service and one more object with one part replaced, as a stream of JSON."""
    changed: Any = {number: deepcopy(OBJECTS[number]) for number in (*BASIS, int(path[0]))}
    part = changed
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return "\n".join(json.dumps(each) for each in changed.values() if isinstance(each, dict))


POLICIES = tuple(number for number, each in enumerate(OBJECTS) if str(each["kind"]) in READ)


def _name(path: Path) -> str:
    return f"{OBJECTS[int(path[0])]['kind']}-{'.'.join(str(step) for step in path[1:])}"


@pytest.mark.parametrize("path", [path for path in _paths(OBJECTS) if len(path) > 1], ids=_name)
def test_a_wrong_value_in_any_field_is_survived(path: Path) -> None:
    """Every field of every kind takes every wrong value: the network is built and can be asked."""
    for wrong in WRONG:
        reading = read_manifests(_with(path, wrong), name="k8s")
        reach = Reachability(build([reading], Settings()))
        assert 0 < sum(1 for _ in reach.pairs())


@pytest.mark.parametrize(
    "path", [path for path in _paths(OBJECTS) if path[0] in POLICIES and path[1:2] == ("spec",)], ids=_name
)
def test_a_number_in_any_field_of_a_policy_is_accepted_or_an_error(path: Path) -> None:
    """-1 is nowhere right, so the policy is never read as if nothing had happened."""
    found = build([read_manifests(_with(path, -1), name="k8s")], Settings())
    assert "POLICY_MALFORMED" in {each.code for each in found.diagnostics if each.effect is Effect.UNREADABLE}
