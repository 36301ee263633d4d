"""NetworkPolicy by brute force: one packet at a time, straight from the words of the API documentation.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ (read 2026-11-23)

It works on the plain objects, imports nothing of the product, and knows no sets: only whether one packet passes.
A packet has two ends, each a pod or an address outside, a protocol and a port.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Outside:
    """A client or server that is no pod."""

    address: str


@dataclass(frozen=True)
class Packet:
    """`source` and `destination` are pod objects or Outside."""

    source: Any
    destination: Any
    protocol: str
    port: int


class Cluster:
    """The objects of a cluster, and whether a packet passes its policies."""

    def __init__(self, objects: Sequence[Object], *, blocks_match_pods: bool) -> None:
        self.pods = [each for each in objects if each["kind"] == "Pod"]
        self.policies = [each for each in objects if each["kind"] == "NetworkPolicy"]
        self.namespaces = {each["metadata"]["name"]: each for each in objects if each["kind"] == "Namespace"}
        self.blocks_match_pods = blocks_match_pods

    def passes(self, packet: Packet) -> bool:
        """Both the source's egress and the destination's ingress must let it."""
        return self._side(packet, "Egress") and self._side(packet, "Ingress")

    def _side(self, packet: Packet, direction: str) -> bool:
        own, peer = (
            (packet.source, packet.destination) if direction == "Egress" else (packet.destination, packet.source)
        )
        if isinstance(own, Outside):
            return True
        isolating = [policy for policy in self.policies if self._selects(policy, own, direction)]
        if not isolating:
            return True
        return any(
            self._allows(policy, rule, peer, packet, direction)
            for policy in isolating
            for rule in _rules(policy, direction)
        )

    def _selects(self, policy: Object, pod: Object, direction: str) -> bool:
        """podSelector selects pods of the policy's namespace; policyTypes says which directions it is about."""
        same = policy["metadata"]["namespace"] == pod["metadata"]["namespace"]
        picked = _picks(policy["spec"].get("podSelector") or {}, pod["metadata"].get("labels") or {})
        return same and picked and direction in _types(policy["spec"])

    def _allows(self, policy: Object, rule: Object, peer: Any, packet: Packet, direction: str) -> bool:
        peers = rule.get("from" if direction == "Ingress" else "to") or []
        ports = rule.get("ports") or []
        from_peer = not peers or any(self._is_peer(policy, each, peer) for each in peers)
        on_port = not ports or any(_on_port(each, packet) for each in ports)
        return from_peer and on_port

    def _is_peer(self, policy: Object, item: Object, peer: Any) -> bool:
        if item.get("ipBlock") is not None:
            return self._in_block(item["ipBlock"], peer)
        if isinstance(peer, Outside):
            return False
        namespace = peer["metadata"]["namespace"]
        if item.get("namespaceSelector") is not None:
            carried = {"kubernetes.io/metadata.name": namespace}
            carried.update(self.namespaces[namespace]["metadata"].get("labels") or {})
            if not _picks(item["namespaceSelector"], carried):
                return False
        elif namespace != policy["metadata"]["namespace"]:
            return False
        if item.get("podSelector") is None:
            return True
        return _picks(item["podSelector"], peer["metadata"].get("labels") or {})

    def _in_block(self, block: Object, peer: Any) -> bool:
        if isinstance(peer, Outside):
            address = ip_address(peer.address)
        elif self.blocks_match_pods:
            address = ip_address(peer["status"]["podIP"])
        else:
            return False
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(hole) for hole in block.get("except") or []
        )


def _types(spec: Object) -> list[str]:
    if spec.get("policyTypes"):
        return list(spec["policyTypes"])
    return ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def _rules(policy: Object, direction: str) -> list[Object]:
    return policy["spec"].get(direction.lower()) or []


def _picks(selector: Object, labels: dict[str, str]) -> bool:
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for each in selector.get("matchExpressions") or []:
        key, values = each["key"], each.get("values") or []
        held = {
            "In": key in labels and labels[key] in values,
            "NotIn": key not in labels or labels[key] not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }
        if not held[each["operator"]]:
            return False
    return True


def _on_port(entry: Object, packet: Packet) -> bool:
    if (entry.get("protocol") or "TCP") != packet.protocol:
        return False
    port = entry.get("port")
    if port is None:
        return True
    if isinstance(port, str):
        return packet.port in _named(packet.destination, port, packet.protocol)
    return bool(port <= packet.port <= (entry.get("endPort") or port))


def _named(pod: Any, name: str, protocol: str) -> list[int]:
    """The numbers of the destination's ports of this name and protocol."""
    if isinstance(pod, Outside):
        return []
    return [
        port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
        if port.get("name") == name and (port.get("protocol") or "TCP") == protocol
    ]
