"""Policies by brute force: one packet at a time, straight from the words of the API documentation.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ (read 2026-11-23)

https://network-policy-api.sigs.k8s.io/reference/spec/ (read 2026-11-23)

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


Labels = dict[str, str]


class OrderedPolicies:
    """The policies with priorities: what those of a tier may do with a packet."""

    def __init__(self, objects: Sequence[Object]) -> None:
        kinds = ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy")
        self.policies = [each for each in objects if each["kind"] in kinds]
        self.namespaces = {each["metadata"]["name"]: each for each in objects if each["kind"] == "Namespace"}
        self.nodes = [each for each in objects if each["kind"] == "Node"]

    def actions(self, tier: str, own: Object, peer: Any, packet: Packet, direction: str) -> set[str]:
        """Those that some order allows: of each API the smallest priority with a match; `none` without any."""
        found: set[str] = set()
        for version in {each["apiVersion"] for each in self.policies}:
            matching: dict[int, set[str]] = {}
            for policy in self.policies:
                if (
                    policy["apiVersion"] == version
                    and _tier(policy) == tier
                    and self._picks(policy["spec"]["subject"], own)
                ):
                    action = self._first(policy["spec"].get(direction.lower()) or [], peer, packet, direction)
                    if action:
                        matching.setdefault(policy["spec"].get("priority", 0), set()).add(action)
            if matching:
                found |= matching[min(matching)]
        return found or {"none"}

    def _first(self, rules: list[Object], peer: Any, packet: Packet, direction: str) -> str:
        for rule in rules:
            peers = rule["to" if direction == "Egress" else "from"]
            listed = rule.get("ports") or rule.get("protocols")
            if any(self._is_peer(each, peer) for each in peers) and (
                not listed or any(_on_ordered_port(each, packet) for each in listed)
            ):
                return {"Allow": "allow", "Accept": "allow", "Deny": "deny", "Pass": "pass"}[rule["action"]]
        return ""

    def _is_peer(self, item: Object, peer: Any) -> bool:
        if item.get("networks"):
            return any(_address(peer) in ip_network(each) for each in item["networks"])
        if item.get("nodes") is not None:
            return any(
                _address(peer) == ip_address(each["address"])
                for node in self.nodes
                if _picks(item["nodes"], node["metadata"].get("labels") or {})
                for each in node["status"]["addresses"]
            )
        return not isinstance(peer, Outside) and self._picks(item, peer)

    def _picks(self, item: Object, pod: Object) -> bool:
        """`namespaces`, or `pods` with both selectors; pods on the node's network are in neither."""
        if pod["spec"].get("hostNetwork"):
            return False
        name = pod["metadata"]["namespace"]
        carried = {"kubernetes.io/metadata.name": name}
        carried.update(self.namespaces[name]["metadata"].get("labels") or {})
        if item.get("namespaces") is not None:
            return _picks(item["namespaces"], carried)
        both = item["pods"]
        return _picks(both["namespaceSelector"], carried) and _picks(
            both["podSelector"], pod["metadata"].get("labels") or {}
        )


def _tier(policy: Object) -> str:
    kinds = {"AdminNetworkPolicy": "Admin", "BaselineAdminNetworkPolicy": "Baseline"}
    return kinds.get(policy["kind"]) or str(policy["spec"]["tier"])


def _address(end: Any) -> Any:
    return ip_address(end.address if isinstance(end, Outside) else end["status"]["podIP"])


def _on_ordered_port(entry: Object, packet: Packet) -> bool:
    """An item of `ports` (v1alpha1) or of `protocols` (v1alpha2)."""
    name = entry.get("namedPort") or entry.get("destinationNamedPort")
    if name:
        return packet.port in _named(packet.destination, name, packet.protocol)
    for key in ("tcp", "udp", "sctp"):
        if key in entry:
            chosen = entry[key]["destinationPort"]
            span = chosen.get("range") or {"start": chosen["number"], "end": chosen["number"]}
            return packet.protocol == key.upper() and bool(span["start"] <= packet.port <= span["end"])
    chosen = entry.get("portNumber") or entry["portRange"]
    first, last = chosen.get("port", chosen.get("start")), chosen.get("port", chosen.get("end"))
    return (chosen.get("protocol") or "TCP") == packet.protocol and bool(first <= packet.port <= last)


class Cluster:
    """The objects of a cluster, and whether a packet passes its policies."""

    def __init__(self, objects: Sequence[Object], *, blocks_match_pods: bool) -> None:
        self.pods = [each for each in objects if each["kind"] == "Pod"]
        self.policies = [each for each in objects if each["kind"] == "NetworkPolicy"]
        self.namespaces = {each["metadata"]["name"]: each for each in objects if each["kind"] == "Namespace"}
        self.blocks_match_pods = blocks_match_pods
        self._ordered = OrderedPolicies(objects)

    def answers(self, packet: Packet) -> set[bool]:
        """Whether it passes, for every order that policies without an order could have."""
        out, in_ = self._side(packet, "Egress"), self._side(packet, "Ingress")
        return {one and other for one in out for other in in_}

    def _side(self, packet: Packet, direction: str) -> set[bool]:
        own, peer = (
            (packet.source, packet.destination) if direction == "Egress" else (packet.destination, packet.source)
        )
        if isinstance(own, Outside):
            return {True}
        found: set[bool] = set()
        for action in self._ordered.actions("Admin", own, peer, packet, direction):
            found |= {action == "allow"} if action in ("allow", "deny") else self._below(own, peer, packet, direction)
        return found

    def _below(self, own: Object, peer: Any, packet: Packet, direction: str) -> set[bool]:
        """NetworkPolicy where one selects the pod, else the baseline, else allow."""
        isolating = [policy for policy in self.policies if self._selects(policy, own, direction)]
        if not isolating:
            actions = self._ordered.actions("Baseline", own, peer, packet, direction)
            return {action != "deny" for action in actions}
        allowed = any(
            self._allows(policy, rule, peer, packet, direction)
            for policy in isolating
            for rule in _rules(policy, direction)
        )
        return {allowed}

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
