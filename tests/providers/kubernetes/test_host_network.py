"""Pods on the node's network (K8S-13): like other pods, or just their node, or open."""

from __future__ import annotations

import pytest

from netaudit.flows import ANY, Traffic
from netaudit.model import Settings
from tests.providers.kubernetes.clusters import between, claimed, exactly, namespace, network, pod, policy

ALL = "tcp udp sctp"
POD = Settings(kubernetes_host_network="pod")
NODE = Settings(kubernetes_host_network="node", kubernetes_icmp_follows_policy="deny")
ON_HOST = "hostNetwork: true, containers: [{name: c}]"
DENY = policy("podSelector: {}, policyTypes: [Ingress, Egress]")


def cluster(*, host_node: str = "", pod_node: str = "", host_status: str = "") -> str:
    """A pod `h` on the node's network and two others, each on a node that is known or not."""
    host = ON_HOST + (f", nodeName: {host_node}" if host_node else "")
    plain = "containers: [{name: c}]" + (f", nodeName: {pod_node}" if pod_node else "")
    return namespace("default") + pod("h", "app: h", spec=host, status=host_status) + pod("a", "app: a", spec=plain)


def test_k8s_13_as_a_pod_it_is_selected_and_isolated_like_others() -> None:
    """`pod`: what another analyser takes for granted."""
    assert exactly("") == claimed(between(cluster() + DENY, "h", "a", POD))
    assert exactly("") == claimed(between(cluster() + DENY, "a", "h", POD))


def test_k8s_13_as_a_node_no_policy_applies_to_it() -> None:
    """`node`: its own sides are free, the other pod's sides are not."""
    far = cluster(host_node="n1", pod_node="n2")
    egress = policy("podSelector: {matchLabels: {app: h}}, policyTypes: [Ingress, Egress]")
    assert exactly("any") == between(far + egress, "h", "a", NODE)
    assert exactly("any") == between(far + egress, "a", "h", NODE)
    assert exactly("") == between(far + DENY, "h", "a", NODE)


def test_k8s_13_as_a_node_no_selector_picks_it() -> None:
    """A peer that would pick its labels does not."""
    allow = policy("podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {matchLabels: {app: h}}}]}]")
    far = cluster(host_node="n1", pod_node="n2")
    assert exactly("") == between(far + allow, "h", "a", NODE)
    assert exactly(ALL) == claimed(between(far + allow, "h", "a", POD))


@pytest.mark.parametrize(
    ("host_node", "pod_node", "certain", "possible"),
    [("n1", "n1", ANY, ANY), ("n1", "n2", Traffic.nothing(), Traffic.nothing()), ("", "n1", Traffic.nothing(), ANY)],
)
def test_k8s_13_a_node_always_reaches_its_own_pods(
    host_node: str, pod_node: str, certain: Traffic, possible: Traffic
) -> None:
    """Whatever the policies say; where it is open which nodes they run on, so is the answer."""
    text = cluster(host_node=host_node, pod_node=pod_node) + DENY
    for source, destination in (("h", "a"), ("a", "h")):
        found = between(text, source, destination, NODE)
        assert (certain, possible) == (found.certain, found.possible)


@pytest.mark.parametrize(("address", "allowed"), [("192.168.0.7", ALL), ("192.169.0.7", "")])
def test_k8s_13_as_a_node_an_ip_block_matches_its_address(address: str, allowed: str) -> None:
    """The address of the status; selectors have nothing to do with it."""
    text = cluster(host_node="n1", pod_node="n2", host_status=f"hostIP: {address}")
    text += policy("podSelector: {matchLabels: {app: a}}, ingress: [{from: [{ipBlock: {cidr: 192.168.0.0/16}}]}]")
    assert exactly(allowed) == claimed(between(text, "h", "a", NODE))


def test_k8s_13_by_default_what_would_differ_is_open() -> None:
    """Isolated in one reading and free in the other: possible, not certain; the setting is named."""
    for source, destination in (("h", "a"), ("a", "h")):
        found = between(cluster(host_node="n1", pod_node="n1") + DENY, source, destination)
        assert (Traffic.nothing(), ANY) == (found.certain, found.possible)
    selected = policy("podSelector: {matchLabels: {app: h}}, ingress: [{ports: [{port: 80}]}]")
    found = between(cluster() + selected, "a", "h")
    assert (Traffic.parse("tcp/80"), ANY) == (found.certain, found.possible)


def test_k8s_13_by_default_what_does_not_differ_is_certain() -> None:
    """Without policies there is nothing to differ, and on different nodes nothing lets it in."""
    assert exactly("any") == between(cluster(), "h", "a")
    only_a = policy("podSelector: {matchLabels: {app: a}}")
    far = cluster(host_node="n1", pod_node="n2", host_status="hostIP: 192.168.0.7")
    assert exactly("") == claimed(between(far + only_a, "h", "a"))


def test_k8s_13_by_default_a_selector_that_would_pick_it_leaves_the_answer_open() -> None:
    """Picked as a pod, not picked as a node."""
    allow = policy("podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {matchLabels: {app: h}}}]}]")
    found = claimed(between(cluster(host_node="n1", pod_node="n2") + allow, "h", "a"))
    assert (Traffic.nothing(), Traffic.parse(ALL)) == (found.certain, found.possible)


def test_the_setting_is_shown_only_where_it_could_matter() -> None:
    """An answer prints the settings that it could depend on."""
    assert "kubernetes.host_network" in network(cluster()).settings
    assert {} == network(pod("a")).settings
    assert {"kubernetes.icmp_follows_policy"} == set(network(pod("a") + DENY).settings)
