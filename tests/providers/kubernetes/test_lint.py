"""What is legal and mostly a mistake."""

from __future__ import annotations

import pytest

from tests.providers.kubernetes.clusters import codes, namespace, network, only, pod, policy
from tests.providers.kubernetes.test_ordered_policies import ALL, ON_B, PODS, anp, cnp, to_b

TWO = namespace("default") + pod("a", "app: a") + pod("b", "app: b")


@pytest.mark.parametrize(
    ("rules", "shadowed"),
    [
        (f"[{to_b('Deny')}, {to_b('Allow', '[{portNumber: {port: 80}}]')}]", "ingress[1]"),
        (f"[{to_b('Deny', '[{portNumber: {port: 80}}]')}, {to_b('Allow')}]", ""),
        (f"[{to_b('Deny', '[{portNumber: {port: 80}}]')}, {to_b('Allow', '[{portNumber: {port: 81}}]')}]", ""),
        (f"[{to_b('Deny', '', '{namespaces: {matchLabels: {team: a}}}')}, {to_b('Allow')}]", ""),
        (f"[{to_b('Deny')}, {to_b('Allow', '', '{namespaces: {matchLabels: {team: a}}}')}]", "ingress[1]"),
    ],
)
def test_k8s_21_a_rule_behind_one_that_matches_all_of_its_traffic_is_named(rules: str, shadowed: str) -> None:
    """Only where every packet is caught before it, whatever the two do with it."""
    found = network(PODS + anp(f"{ON_B}, ingress: {rules}"))
    if shadowed:
        assert f"{shadowed}.from[0] has no effect" in only(found, "POLICY_RULE_SHADOWED").message
    else:
        assert "POLICY_RULE_SHADOWED" not in codes(found)


def test_a_rule_that_says_what_another_one_has_said_is_named() -> None:
    """In a NetworkPolicy, where order does not matter, the second is superfluous."""
    rules = "[{from: [{podSelector: {}}]}, {from: [{podSelector: {matchLabels: {app: a}}}], ports: [{port: 80}]}]"
    found = only(network(TWO + policy(f"podSelector: {{}}, ingress: {rules}")), "POLICY_RULE_SHADOWED")
    assert "ingress[1].from[0] has no effect, since ingress[0].from[0]" in found.message


@pytest.mark.parametrize("name", ["http", "nobody"])
def test_k8s_08_a_port_that_no_pod_declares_is_named(name: str) -> None:
    """On either side, of either API; a port that somebody declares is not."""
    ingress = policy(f"podSelector: {{matchLabels: {{app: b}}}}, ingress: [{{ports: [{{port: {name}}}]}}]")
    egress = policy(f"podSelector: {{}}, egress: [{{ports: [{{port: {name}}}]}}]")
    cluster = cnp(f"{ON_B}, ingress: [{{action: Deny, from: [{ALL}], protocols: [{{destinationNamedPort: {name}}}]}}]")
    for each in (ingress, egress, cluster):
        assert ("POLICY_PORT_UNDECLARED" in codes(network(PODS + each))) == (name == "nobody")
