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


LISTENING = namespace("default") + pod("a", "app: a", spec="containers: [{name: c, ports: [{containerPort: 8080}]}]")


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("ports: [{port: 80}]", "ingress[0] lets in tcp/80,"),
        ("ports: [{port: 80}, {port: 443}]", "ingress[0] lets in tcp/80,443,"),
        ("ports: [{port: 8080, protocol: UDP}]", "ingress[0] lets in udp/8080,"),
        ("from: [{podSelector: {}}, {namespaceSelector: {}}], ports: [{port: 80}]", "ingress[0] lets in tcp/80,"),
        ("ports: [{port: 8080}]", ""),
        ("ports: [{port: 80}, {port: 8080}]", ""),
        ("ports: [{port: 80, endPort: 90}]", ""),
        ("from: [{podSelector: {}}]", ""),
    ],
)
def test_k8s_14_a_number_that_no_pod_declares_is_named(rule: str, named: str) -> None:
    """Mostly the Service's port in place of the pod's; ranges and rules without ports are no mistake."""
    found = network(LISTENING + policy(f"podSelector: {{}}, ingress: [{{{rule}}}]"))
    messages = [each.message for each in found.diagnostics if each.code == "POLICY_PORT_UNDECLARED"]
    assert [named] * bool(named) == [named for message in messages if named in message]
    assert bool(named) == len(messages)


@pytest.mark.parametrize(
    "text",
    [
        TWO + policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]"),
        LISTENING + pod("b") + policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]"),
        LISTENING + policy("podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]"),
    ],
)
def test_k8s_14_pods_that_declare_no_port_and_what_pods_send_are_no_mistake(text: str) -> None:
    """To declare ports is optional."""
    assert "POLICY_PORT_UNDECLARED" not in codes(network(text))
