"""What is not evaluated makes answers unknown, never silently "allowed" (K8S-34); the rest is noted."""

from __future__ import annotations

import pytest

from netaudit.engine.solve import Reachability
from netaudit.flows import ANY, CLAIMED, Traffic
from netaudit.model import Effect, Settings
from tests.providers.kubernetes.clusters import between, claimed, codes, exactly, namespace, network, only, pod, policy

PODS = namespace("default") + namespace("other") + pod("a") + pod("b") + pod("c", namespace="other")


def custom(version: str, kind: str, where: str = "namespace: default", spec: str = "") -> str:
    """An object of some custom kind."""
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x, {where}}}\nspec: {{{spec}}}\n"


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("cilium.io/v2", "CiliumNetworkPolicy"),
        ("projectcalico.org/v3", "NetworkPolicy"),
        ("crd.antrea.io/v1beta1", "NetworkPolicy"),
        ("security.istio.io/v1", "AuthorizationPolicy"),
        ("security.istio.io/v1", "PeerAuthentication"),
        ("networking.k8s.io/v2", "NetworkPolicy"),
        ("networking.k8s.io/v1", "networkpolicy"),
        ("k8s.ovn.org/v1", "UserDefinedNetwork"),
    ],
)
def test_k8s_34_a_custom_policy_makes_the_pods_of_its_namespace_unknown(version: str, kind: str) -> None:
    """Anything may pass them, nothing certainly; pods elsewhere are as before. The kind is named."""
    text = PODS + custom(version, kind)
    found = between(text, "a", "b")
    assert (Traffic.nothing(), ANY) == (found.certain, found.possible)
    assert exactly("any") == between(text + pod("d", namespace="other"), "other/c[Pod]", "other/d[Pod]")
    note = only(network(text), "POLICY_KIND_NOT_MODELLED")
    assert (Effect.OVER_APPROXIMATED, ("ns/default",)) == (note.effect, note.touches)
    assert kind in note.message


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("cilium.io/v2", "CiliumClusterwideNetworkPolicy"),
        ("projectcalico.org/v3", "GlobalNetworkPolicy"),
        ("policy.networking.k8s.io/v1beta9", "ClusterNetworkPolicy"),
        ("k8s.ovn.org/v1", "ClusterUserDefinedNetwork"),
    ],
)
def test_k8s_34_a_cluster_wide_custom_policy_makes_every_pod_unknown(version: str, kind: str) -> None:
    """Deny-all in another kind must not read as allow-all."""
    found = between(PODS + custom(version, kind, ""), "a", "other/c[Pod]")
    assert (Traffic.nothing(), ANY) == (found.certain, found.possible)


def test_k8s_34_a_policy_in_the_root_namespace_of_a_mesh_is_about_every_pod() -> None:
    """Istio's policies in `istio-system` hold everywhere."""
    text = PODS + custom("security.istio.io/v1", "AuthorizationPolicy", "namespace: istio-system")
    assert ANY == between(text, "a", "b").open


def test_k8s_34_further_networks_concern_the_pods_that_are_attached_to_them() -> None:
    """They stop nothing on the pods' own network, and may let pass what that one stops."""
    attached = (
        "---\napiVersion: v1\nkind: Pod\n"
        "metadata: {name: m, annotations: {k8s.v1.cni.cncf.io/networks: second}}\nspec: {containers: [{name: c}]}\n"
    )
    text = PODS + attached + custom("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition")
    assert exactly("any") == between(text, "a", "b")
    assert exactly("any") == between(text, "a", "m")
    text += custom("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy") + policy("podSelector: {}")
    assert exactly("") == claimed(between(text, "a", "b"))
    assert CLAIMED == claimed(between(text, "a", "m")).open


def test_k8s_34_a_network_in_place_of_the_pods_own_one_makes_its_namespace_unknown() -> None:
    """Its role is primary: pods need no annotation to be on it."""
    config = """config: '{"role" : "primary"}'"""
    text = PODS + custom("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", spec=config)
    assert ANY == between(text, "a", "b").open


def test_k8s_34_objects_of_such_projects_that_are_no_policies_are_ignored() -> None:
    """An address pool of Calico stops nothing."""
    text = PODS + custom("projectcalico.org/v3", "IPPool", "")
    assert exactly("any") == between(text, "a", "b")


def test_k8s_19_kinds_that_no_packet_meets_are_noted_once_each() -> None:
    """Skipped with a note, never silently."""
    text = PODS + custom("v1", "ConfigMap") + custom("example.com/v1", "Thing")
    found = network(text)
    notes = [each for each in found.diagnostics if each.code == "K8S_IRRELEVANT"]
    assert {"1 object of kind ConfigMap: no packet meets them", "1 object of kind Thing: no packet meets them"} == {
        each.message for each in notes
    }
    assert {Effect.IGNORED} == {each.effect for each in notes}
    assert (2, 5) == (found.coverage.irrelevant, found.coverage.modelled)


def test_virtual_machines_are_missing_from_the_model_and_said_to_be() -> None:
    """A workload that is not modelled could be a client or a server of anything."""
    note = only(network(PODS + custom("kubevirt.io/v1", "VirtualMachine")), "K8S_NOT_MODELLED")
    assert Effect.UNREADABLE == note.effect


def test_kinds_that_the_plugin_does_not_enforce_are_left_out_with_a_note() -> None:
    """`kubernetes.cni_enforces` without NetworkPolicy: as if there were none."""
    text = PODS + policy("podSelector: {}")
    settings = Settings(kubernetes_cni_enforces=("AdminNetworkPolicy",))
    assert exactly("any") == between(text, "a", "b", settings)
    assert "K8S_NOT_ENFORCED" in codes(network(text, settings))
    assert "kubernetes.cni_enforces" in network(text, settings).settings


# ---- documents that cannot be read ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "certain"),
    [
        ("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: [\n", "nothing"),
        ("apiVersion: example.com/v1\nkind: Guard\nspec: [\n", "nothing"),
        ('{"apiVersion": "v1", "kind": "List", "items": [{"kind": "NetworkPolicy"', "nothing"),
        ("apiVersion: v1\nkind: {{ .Values.kind }}\nspec: [\n", "nothing"),
        ("spec: {podSelector: {}}\napiVersion: networking.k8s.io/v1\n", "nothing"),
        ("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: []\n", "nothing"),
        ("apiVersion: v1\nkind: ConfigMap\ndata: [\n", "any"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: []\n", "any"),
    ],
)
def test_k8s_19_nothing_is_certain_beside_a_document_that_may_be_a_policy(document: str, certain: str) -> None:
    """What it says is not known; one whose kind stops no traffic takes nothing away."""
    found = between(f"{PODS}---\n{document}", "a", "b")
    assert (certain, "any") == (str(found.certain), str(found.possible))


# ---- ways in ----------------------------------------------------------------------------------------------

WEB = PODS + pod("w", "app: w")
DENY = policy("podSelector: {matchLabels: {app: w}}")


def service(spec: str) -> str:
    """A Service in front of the pod `w`."""
    return f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{selector: {{app: w}}, {spec}}}\n"


@pytest.mark.parametrize("spec", ["", "clusterIP: None", "type: LoadBalancer, externalTrafficPolicy: Local"])
def test_k8s_14_a_service_changes_no_answer_where_the_clients_address_is_kept(spec: str) -> None:
    """Policy is applied behind it."""
    found = network(WEB + DENY + service(spec))
    assert Effect.IGNORED == only(found, "K8S_IRRELEVANT").effect
    assert exactly("") == claimed(between(WEB + DENY + service(spec), "a", "w"))


NODES = policy("podSelector: {matchLabels: {app: w}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
OPENED = ["type: LoadBalancer", "type: NodePort", "externalIPs: [192.0.2.1]"]


@pytest.mark.parametrize("spec", OPENED)
def test_k8s_14_who_comes_with_a_nodes_address_may_pass_where_some_node_may(spec: str) -> None:
    """On the pods' ports that the Service leads to, and nowhere else."""
    text = WEB + NODES + service(f"ports: [{{port: 80, targetPort: 8080}}], {spec}")
    assert ("nothing", "tcp/8080") == bounds_of(text, "internet")
    assert ("nothing", "nothing") == bounds_of(WEB + NODES, "internet")


def test_k8s_14_a_node_whose_address_no_rule_allows_brings_nobody_in() -> None:
    """The nodes are known, and none of them lies in the block."""
    node = "---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\n"
    node += "status: {addresses: [{type: InternalIP, address: 172.16.0.1}]}\n"
    assert ("nothing", "nothing") == bounds_of(WEB + NODES + node + service("type: NodePort"), "internet")


@pytest.mark.parametrize("spec", OPENED)
def test_k8s_14_a_service_that_may_put_the_pods_own_node_in_place_of_the_client_is_said_to_matter(spec: str) -> None:
    """No policy stops that node (K8S-13); a pod that nothing isolates does not care."""
    note = only(network(WEB + DENY + service(spec)), "K8S_SOURCE_TRANSLATED")
    assert (Effect.UNREADABLE, ("default/w[Pod]",)) == (note.effect, note.touches)
    assert "K8S_SOURCE_TRANSLATED" not in codes(network(WEB + service(spec)))


@pytest.mark.parametrize(
    ("spec", "others"),
    [("x: y", "tcp/80"), ("allocateLoadBalancerNodePorts: false", "nothing"), ("externalIPs: [192.0.2.1]", "tcp/80")],
)
def test_k8s_14_source_ranges_limit_the_load_balancer_and_no_other_way(spec: str, others: str) -> None:
    """Node ports and external addresses do not ask for them."""
    ranges = "type: LoadBalancer, ports: [{port: 80}], loadBalancerSourceRanges: [203.0.113.0/24]"
    text = WEB + NODES + service(f"{ranges}, {spec}")
    assert ("nothing", others) == bounds_of(text, "internet")
    if others == "nothing":
        assert ("nothing", "tcp/80") == bounds_of(text, "203.0.113.0/24")


def bounds_of(text: str, client: str) -> tuple[str, str]:
    """What `client` certainly and possibly sends to the pod `w`, within TCP, UDP and SCTP."""
    reach = Reachability(network(text))
    found = claimed(reach.bounds(reach.by_id[client], reach.by_id["default/w[Pod]"]))
    return str(found.certain), str(found.possible)


@pytest.mark.parametrize(
    ("version", "kind", "spec"),
    [
        ("networking.k8s.io/v1", "Ingress", "rules: [{http: {paths: [{backend: {service: {name: s}}}]}}]"),
        ("networking.k8s.io/v1beta1", "Ingress", "backend: {serviceName: s}"),
        ("route.openshift.io/v1", "Route", "to: {kind: Service, name: s}"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute", "rules: [{backendRefs: [{name: s}]}]"),
    ],
)
def test_k8s_33_a_proxy_in_front_of_pods_is_said_to_be_missing(version: str, kind: str, spec: str) -> None:
    """The pods behind it are named; a route to a Service that is not there touches the namespace."""
    note = only(network(WEB + service("") + custom(version, kind, "", spec)), "K8S_PROXY_NOT_MODELLED")
    assert (Effect.UNREADABLE, ("default/w[Pod]",)) == (note.effect, note.touches)
    lost = only(network(WEB + custom(version, kind, "", spec)), "K8S_PROXY_NOT_MODELLED")
    assert ("ns/default",) == lost.touches


def test_k8s_32_a_service_selects_pods_by_labels_in_its_namespace() -> None:
    """A pod with the same labels in another namespace stands behind no Service."""
    twin = pod("w", "app: w", namespace="elsewhere") + policy("podSelector: {}", namespace="elsewhere")
    note = only(network(WEB + DENY + twin + service("type: NodePort")), "K8S_SOURCE_TRANSLATED")
    assert ("default/w[Pod]",) == note.touches


# ---- user-defined networks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "where", "field"), [("default", "other", "metadata.name"), ("x", "default", "metadata.namespace")]
)
def test_k8s_34_a_user_network_that_the_plugin_refuses_is_an_error(name: str, where: str, field: str) -> None:
    """Its name or its namespace is `default`."""
    text = (
        f"---\napiVersion: k8s.ovn.org/v1\nkind: UserDefinedNetwork\nmetadata: {{name: {name}, namespace: {where}}}\n"
    )
    note = only(network(PODS + text), "K8S_USER_NETWORK_REFUSED")
    assert (Effect.UNREADABLE, (f"ns/{where}",)) == (note.effect, note.touches)
    assert field in note.message


@pytest.mark.parametrize(("role", "refused"), [("Primary", True), ("Secondary", False)])
def test_k8s_34_a_second_primary_network_of_a_namespace_is_an_error(role: str, refused: bool) -> None:
    """One by the namespace itself, one by a selector of namespaces."""
    own = custom("k8s.ovn.org/v1", "UserDefinedNetwork", "namespace: other", "layer2: {role: Primary}")
    picks = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}"
    wide = custom("k8s.ovn.org/v1", "ClusterUserDefinedNetwork", "", f"{picks}, network: {{layer3: {{role: {role}}}}}")
    assert refused == ("K8S_USER_NETWORK_REFUSED" in codes(network(PODS + own + wide)))
