"""Ordered policies that hypothesis makes up, in both generations of their API, and the nodes that they name."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.providers.kubernetes.generated import (
    BLOCKS,
    NUMBERS,
    PROTOCOLS,
    STRANGERS,
    labels,
    selectors,
    space_selectors,
)

Object = dict[str, Any]

OLD, NEW = "policy.networking.k8s.io/v1alpha1", "policy.networking.k8s.io/v1alpha2"
PRIORITIES = (5, 5, 7, 9)

pod_picks = st.one_of(
    st.fixed_dictionaries({"namespaces": st.one_of(st.just({}), space_selectors)}),
    st.fixed_dictionaries(
        {
            "pods": st.fixed_dictionaries(
                {"namespaceSelector": st.one_of(st.just({}), space_selectors), "podSelector": selectors}
            )
        }
    ),
)
egress_peers = st.one_of(
    pod_picks,
    pod_picks,
    st.fixed_dictionaries({"networks": st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=2)}),
    st.fixed_dictionaries({"nodes": st.one_of(st.just({}), selectors)}),
)


@st.composite
def node(draw: st.DrawFn, number: int) -> Object:
    """A node whose address is one of the addresses outside."""
    status = {"addresses": [{"type": "InternalIP", "address": STRANGERS[number]}]}
    metadata = {"name": f"node-{number}", "labels": draw(labels)}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": status}


@st.composite
def old_ports(draw: st.DrawFn, *, names: bool) -> Object:
    """An item of v1alpha1's `ports`."""
    shape = draw(st.sampled_from(("namedPort", "portNumber", "portRange") if names else ("portNumber", "portRange")))
    if shape == "namedPort":
        return {shape: draw(st.sampled_from(("http", "dns")))}
    first, last = sorted(draw(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))))
    value: Object = {"port": first} if shape == "portNumber" else {"start": first, "end": last}
    if draw(st.booleans()):
        value["protocol"] = draw(st.sampled_from(PROTOCOLS))
    return {shape: value}


@st.composite
def new_protocols(draw: st.DrawFn, *, names: bool) -> Object:
    """An item of v1alpha2's `protocols`."""
    if names and draw(st.booleans()):
        return {"destinationNamedPort": draw(st.sampled_from(("http", "dns")))}
    first, last = sorted(draw(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))))
    port = {"number": first} if first == last else {"range": {"start": first, "end": last}}
    return {draw(st.sampled_from(PROTOCOLS)).lower(): {"destinationPort": port}}


@st.composite
def ordered_rules(draw: st.DrawFn, direction: str, version: str, *, passes: bool) -> Object:
    """A rule of either generation; a port's name goes with pods only."""
    allow = "Allow" if version == OLD else "Accept"
    action = draw(st.sampled_from((allow, "Deny", "Pass") if passes else (allow, "Deny")))
    kinds = egress_peers if direction == "egress" else pod_picks
    peers = draw(st.lists(kinds, min_size=1, max_size=2))
    rule: Object = {"action": action, "to" if direction == "egress" else "from": peers}
    names = not any("networks" in peer or "nodes" in peer for peer in peers)
    if draw(st.booleans()):
        items = old_ports(names=names) if version == OLD else new_protocols(names=names)
        rule["ports" if version == OLD else "protocols"] = draw(st.lists(items, min_size=1, max_size=2))
    return rule


@st.composite
def ordered_policies(draw: st.DrawFn) -> list[Object]:
    """Policies with priorities that often collide, and perhaps a baseline of the old kind."""
    found: list[Object] = []
    for number in range(draw(st.sampled_from((3, 2, 1)))):
        new = draw(st.booleans())
        spec: Object = {"priority": draw(st.sampled_from(PRIORITIES))}
        if new:
            spec["tier"] = draw(st.sampled_from(("Admin", "Baseline")))
        kind, version = ("ClusterNetworkPolicy", NEW) if new else ("AdminNetworkPolicy", OLD)
        found.append(draw(_filled(kind, version, f"o{number}", spec)))
    if draw(st.booleans()):
        found.append(draw(_filled("BaselineAdminNetworkPolicy", OLD, "default", {})))
    return found


@st.composite
def _filled(draw: st.DrawFn, kind: str, version: str, name: str, spec: Object) -> Object:
    spec = spec | {"subject": draw(pod_picks)}
    passes = kind != "BaselineAdminNetworkPolicy"
    for direction in ("ingress", "egress"):
        if draw(st.booleans()):
            one = ordered_rules(direction, version, passes=passes)
            spec[direction] = draw(st.lists(one, min_size=1, max_size=3))
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
