"""What pods that do not exist yet would be open to."""

from __future__ import annotations

from io import StringIO

from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Settings
from netaudit.providers.kubernetes.exposure import ANY_POD, OUTSIDE, exposed
from netaudit.providers.kubernetes.policies.contribution import Side
from netaudit.sources.manifests import read_manifests
from tests.providers.kubernetes.clusters import namespace, pod, policy

Answers = dict[tuple[str, str, str], tuple[Traffic, Traffic]]
OPEN = (CLAIMED, CLAIMED)


def answers(text: str, settings: Settings | None = None) -> Answers:
    """The exposures of a cluster by namespace, side and peer."""
    found = exposed([read_manifests(StringIO(text), name="k8s")], settings or Settings())
    return {(each.namespace, str(each.side), each.peer): (each.certain, each.possible) for each in found}


def test_k8s_11_a_namespace_without_policies_is_open_both_ways() -> None:
    """To every pod and to the outside."""
    everything = {("shop", str(side), peer): OPEN for side in Side for peer in (ANY_POD, OUTSIDE)}
    assert everything == answers(namespace("shop"))


def test_a_default_deny_closes_the_sides_that_it_is_about() -> None:
    """Ingress is closed, egress not; another namespace is as before."""
    text = namespace("shop") + namespace("other") + policy("podSelector: {}", namespace="shop")
    found = answers(text)
    assert {"egress"} == {side for name, side, _ in found if name == "shop"}
    assert {"ingress", "egress"} == {side for name, side, _ in found if name == "other"}
    both = text + policy("podSelector: {}, policyTypes: [Egress]", namespace="shop", name="q")
    assert "shop" not in {name for name, _, _ in answers(both)}


def test_a_policy_for_some_labels_only_leaves_new_pods_open() -> None:
    """The existing pod is isolated, one without labels would not be."""
    text = namespace("default") + pod("a", "app: a") + policy("podSelector: {matchLabels: {app: a}}")
    assert OPEN == answers(text)["default", "ingress", ANY_POD]


def test_a_rule_that_any_pod_satisfies_is_open_to_pods_and_closed_to_the_outside() -> None:
    """On its ports; a rule about some pods is not counted."""
    rules = "{from: [{namespaceSelector: {}}], ports: [{port: 80}]}, {from: [{podSelector: {matchLabels: {a: b}}}]}"
    found = answers(namespace("default") + policy(f"podSelector: {{}}, ingress: [{rules}]"))
    assert (Traffic.parse("tcp/80"), Traffic.parse("tcp/80")) == found["default", "ingress", ANY_POD]
    assert ("default", "ingress", OUTSIDE) not in found


def test_a_rule_about_a_block_is_open_to_some_of_the_outside() -> None:
    """Possible, not certain."""
    rule = "{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}"
    found = answers(namespace("default") + policy(f"podSelector: {{}}, ingress: [{rule}]"))
    assert (Traffic.nothing(), CLAIMED) == found["default", "ingress", OUTSIDE]


def test_an_exposure_names_the_policies_that_decide() -> None:
    """Or says that there is none."""
    (one, *_) = exposed([read_manifests(StringIO(namespace("shop")), name="k8s")], Settings())
    assert "no policy selects this side (ingress)" == one.decided_by
