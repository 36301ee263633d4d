"""`bank_facts.py` says by hand what the bank's manifests say: a literal reading of the YAML agrees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from tests.scenarios import bank_facts as facts
from tests.scenarios.bank_expected import BANK

Document = dict[str, Any]


def _objects() -> Iterator[Document]:
    for file in sorted((BANK / "k8s").glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text()):
            yield from document["items"] if document["kind"] == "List" else [document]


def _of(*kinds: str) -> list[Document]:
    return [each for each in _objects() if each["kind"] in kinds]


def test_workloads_are_those_of_the_facts() -> None:
    """Labels are the pod template's; ports are those with a name."""
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
    assert dict(_workload(each) for each in _of(*kinds)) == facts.WORKLOADS


def _workload(owner: Document) -> tuple[str, facts.Workload]:
    meta, spec = owner["metadata"], owner["spec"]
    template = spec["jobTemplate"]["spec"]["template"] if owner["kind"] == "CronJob" else spec["template"]
    ports = {
        port["name"]: (port.get("protocol", "TCP").lower(), port["containerPort"])
        for container in template["spec"]["containers"]
        for port in container.get("ports", ())
    }
    name = f"{meta['namespace']}/{meta['name']}[{owner['kind']}]"
    return name, facts.Workload(meta["namespace"], template["metadata"]["labels"], ports)


def test_namespaces_are_those_of_the_facts() -> None:
    """Each carries its own name as a label, written or not; the one of the name server has no manifest."""
    key = "kubernetes.io/metadata.name"
    written = {each["metadata"]["name"]: each["metadata"]["labels"] for each in _of("Namespace")}
    assert {name: labels | {key: name} for name, labels in (written | {"kube-system": {}}).items()} == facts.NAMESPACES


def test_policies_are_those_of_the_facts() -> None:
    """Subjects, directions, peers and ports of every NetworkPolicy."""
    assert sorted(map(repr, map(_policy, _of("NetworkPolicy")))) == sorted(map(repr, facts.POLICIES))


def _policy(policy: Document) -> facts.NetworkPolicy:
    spec = policy["spec"]
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    ingress, egress = (
        tuple(_allow(rule, side) for rule in spec.get(key, ())) if key.title() in types else None
        for key, side in (("ingress", "from"), ("egress", "to"))
    )
    return facts.NetworkPolicy(policy["metadata"]["namespace"], _select(spec["podSelector"]), ingress, egress)


def _allow(rule: Document, side: str) -> facts.Allow:
    ports = (facts.Ports(p.get("protocol", "TCP").lower(), p["port"], p.get("endPort")) for p in rule["ports"])
    return facts.Allow(tuple(_peer(peer) for peer in rule[side]), tuple(ports))


def _peer(peer: Document) -> facts.Pods | facts.Block:
    if "ipBlock" in peer:
        return facts.Block(peer["ipBlock"]["cidr"], tuple(peer["ipBlock"].get("except", ())))
    namespace = _select(peer["namespaceSelector"]) if "namespaceSelector" in peer else None
    return facts.Pods(_select(peer.get("podSelector", {})), namespace)


def _select(selector: Document) -> facts.Select:
    expressions = selector.get("matchExpressions", ())
    assert {"In", "NotIn"} >= {each["operator"] for each in expressions}
    among, beyond = (
        {each["key"]: tuple(each["values"]) for each in expressions if each["operator"] == operator}
        for operator in ("In", "NotIn")
    )
    return facts.Select(selector.get("matchLabels", {}), among, beyond)
