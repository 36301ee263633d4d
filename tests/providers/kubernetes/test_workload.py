"""Workloads and how their pods fold (K8S-17), and the namespaces they live in (K8S-15)."""

from __future__ import annotations

import pytest

from netaudit.flows import ANY, ANYWHERE, AddressSet, Traffic
from netaudit.model import Effect, Severity, Unknown
from tests.providers.kubernetes.clusters import between, claimed, codes, exactly, namespace, network, only, pod, policy

ALL = "tcp udp sctp"


def owned(name: str, labels: str, owner: str = "web", kind: str = "ReplicaSet", more: str = "") -> str:
    """A pod with a controlling owner."""
    return (
        "---\napiVersion: v1\nkind: Pod\n"
        f"metadata: {{name: {name}, labels: {{{labels}}}, "
        f"ownerReferences: [{{kind: {kind}, name: {owner}, controller: true}}]}}\n"
        f"spec: {{containers: [{{name: c}}]}}\n{more}\n"
    )


@pytest.mark.parametrize(
    ("kind", "version", "spec"),
    [
        ("Deployment", "apps/v1", "template: %s"),
        ("StatefulSet", "apps/v1", "template: %s"),
        ("DaemonSet", "apps/v1", "template: %s"),
        ("ReplicaSet", "apps/v1", "template: %s"),
        ("ReplicationController", "v1", "template: %s"),
        ("Job", "batch/v1", "template: %s"),
        ("CronJob", "batch/v1", "jobTemplate: {spec: {template: %s}}"),
        ("DeploymentConfig", "apps.openshift.io/v1", "template: %s"),
        ("Rollout", "argoproj.io/v1alpha1", "template: %s"),
    ],
)
def test_k8s_17_a_workloads_labels_are_those_of_its_pod_template(kind: str, version: str, spec: str) -> None:
    """Not those of the object, for every kind; another kind with a pod template is a workload, too."""
    containers = "containers: [{name: c, ports: [{name: x, containerPort: 7}]}]"
    template = f"{{metadata: {{labels: {{app: inner}}}}, spec: {{{containers}}}}}"
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: w, labels: {{app: outer}}}}\n"
    text += f"spec: {{{spec % template}}}\n" + pod("a")
    text += policy("podSelector: {matchLabels: {app: inner}}, ingress: [{ports: [{port: x}]}]")
    assert exactly("tcp/7") == claimed(between(text, "a", f"default/w[{kind}]"))
    assert "inner" == network(text).by_id[f"default/w[{kind}]"].labels["app"]


def test_k8s_17_pods_fold_into_their_controlling_owner() -> None:
    """The owner's kind is the one that the reference names."""
    found = network(owned("web-1", "app: web") + owned("web-2", "app: web"))
    assert ["default/web[ReplicaSet]"] == [each.id for each in found.endpoints]
    assert "default/web" in found.endpoints[0].names


def test_k8s_17_pods_fold_further_up_while_the_owners_are_there() -> None:
    """A Deployment, its ReplicaSet and its pods, as a live cluster lists them, are one endpoint."""
    template = "spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}"
    deployment = f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\n{template}\n"
    replicas = (
        "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web-77, ownerReferences: "
        f"[{{kind: Deployment, name: web, controller: true}}]}}\n{template}\n"
    )
    found = network(deployment + replicas + owned("web-77-x", "app: web, pod-template-hash: '77'", owner="web-77"))
    assert ["default/web[Deployment]"] == [each.id for each in found.endpoints]


GAP = owned("web-1", "app: web, tier: one") + owned("web-2", "app: web, tier: two") + pod("a")


def test_k8s_17_pods_that_a_selector_tells_apart_do_not_fold() -> None:
    """They become endpoints of their own, each found under the owner's name as well, with a note."""
    text = GAP + policy("podSelector: {matchLabels: {tier: one}}")
    found = network(text)
    assert {"default/web-1[Pod]", "default/web-2[Pod]", "default/a[Pod]"} == {each.id for each in found.endpoints}
    assert "default/web[ReplicaSet]" in found.by_id["default/web-1[Pod]"].names
    assert Effect.IGNORED == only(found, "K8S_PODS_SPLIT").effect
    assert exactly("") == claimed(between(text, "a", "web-1"))
    assert exactly(ALL) == claimed(between(text, "a", "web-2"))


def test_k8s_17_labels_that_no_selector_tells_apart_do_not_split() -> None:
    """The label itself is then shown as unknown, since the pods differ."""
    found = network(GAP + policy("podSelector: {matchExpressions: [{key: tier, operator: Exists}]}"))
    web = found.by_id["default/web[ReplicaSet]"]
    assert "web" == web.labels["app"]
    assert isinstance(web.labels["tier"], Unknown)
    assert exactly("") == claimed(between(GAP + policy("podSelector: {matchLabels: {app: web}}"), "a", web.id))


def test_k8s_17_a_pod_of_a_node_stands_for_itself() -> None:
    """Static pods of one node have nothing to do with one another."""
    found = network(owned("etcd", "app: e", "node-1", "Node") + owned("scheduler", "app: s", "node-1", "Node"))
    assert ["default/etcd[Pod]", "default/scheduler[Pod]"] == [each.id for each in found.endpoints]


def test_labels_that_a_controller_sets_later_are_unknown() -> None:
    """A policy for one replica of a StatefulSet may select the workload, or not."""
    text = (
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\n"
        "spec: {template: {spec: {containers: [{name: c}]}}}\n"
        + pod("a")
        + policy("podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}")
    )
    found = claimed(between(text, "a", "default/db[StatefulSet]"))
    assert (Traffic.nothing(), Traffic.parse(ALL)) == (found.certain, found.possible)


def test_addresses_come_from_the_status_and_are_unknown_otherwise() -> None:
    """Both families, of all pods that fold; one pod without an address leaves the whole open."""
    one = owned("web-1", "", more="status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}")
    two = owned("web-2", "", more="status: {podIP: 10.0.0.2}")
    three = owned("web-3", "")
    known = AddressSet.union(map(AddressSet.parse, ("10.0.0.1", "10.0.0.2", "fd00::1")))
    assert known == network(one + two).endpoints[0].addresses
    assert ANYWHERE == network(one + two + three).endpoints[0].addresses


@pytest.mark.parametrize(
    "broken",
    [
        "metadata: {name: b, labels: [x]}\nspec: {containers: [{name: c}]}",
        "metadata: {name: b, labels: {app: 7}}\nspec: {containers: [{name: c}]}",
        "metadata: {name: b}\nspec: 7",
        "metadata: {name: b}\nspec: {containers: 7}",
        "metadata: {name: b}\nspec: {containers: [7]}",
        "metadata: {name: b}\nspec: {containers: [{ports: [{name: x, containerPort: many}]}]}",
        "metadata: {name: b, ownerReferences: 7}\nspec: {containers: [{name: c}]}",
        "metadata: {name: b}\nspec: {containers: [{name: c}]}\nstatus: {podIP: not-an-address}",
    ],
)
def test_a_malformed_workload_stays_an_endpoint_with_an_error(broken: str) -> None:
    """It exists, so it must not vanish; the error says that the answers about it may be wrong."""
    found = network(f"apiVersion: v1\nkind: Pod\n{broken}\n")
    error = only(found, "K8S_WORKLOAD_MALFORMED")
    assert ["default/b[Pod]"] == [each.id for each in found.endpoints]
    assert (Severity.ERROR, Effect.UNREADABLE, ("default/b[Pod]",)) == (error.severity, error.effect, error.touches)


def test_a_pod_whose_labels_cannot_be_read_may_be_selected_by_anything() -> None:
    """A policy for some label leaves its answers open."""
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: b, labels: [x]}\n" + pod("a")
    found = claimed(between(text + policy("podSelector: {matchLabels: {app: b}}"), "a", "b"))
    assert (Traffic.nothing(), Traffic.parse(ALL)) == (found.certain, found.possible)


# ---- namespaces -------------------------------------------------------------------------------------------


def test_k8s_15_every_namespace_carries_its_name_also_without_a_manifest() -> None:
    """`kubernetes.io/metadata.name` is exact; what else it carries is open without its manifest."""
    selector = "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {%s}}}]}]"
    text = pod("a", namespace="x") + pod("b")
    by_name = policy(selector % "kubernetes.io/metadata.name: x")
    other = policy(selector % "kubernetes.io/metadata.name: z")
    by_team = policy(selector % "team: red")
    assert exactly(ALL) == claimed(between(text + by_name, "x/a[Pod]", "b"))
    assert exactly("") == claimed(between(text + other, "x/a[Pod]", "b"))
    assert Traffic.parse(ALL) == claimed(between(text + by_team, "x/a[Pod]", "b")).open
    assert "K8S_NAMESPACE_MISSING" in codes(network(text + by_team))
    assert "K8S_NAMESPACE_MISSING" not in codes(network(text + by_name))
    assert exactly("") == claimed(between(text + namespace("x", "team: blue") + by_team, "x/a[Pod]", "b"))


def test_k8s_15_the_label_is_the_name_whatever_the_manifest_says() -> None:
    """The control plane sets `kubernetes.io/metadata.name`; a manifest cannot change it."""
    text = namespace("x", "kubernetes.io/metadata.name: lie") + pod("a", namespace="x") + pod("b")
    selector = "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {%s}}}]}]"
    by_name = policy(selector % "kubernetes.io/metadata.name: x")
    by_lie = policy(selector % "kubernetes.io/metadata.name: lie")
    answers = [claimed(between(text + each, "x/a[Pod]", "b")) for each in (by_name, by_lie)]
    assert [exactly(ALL), exactly("")] == answers


def test_k8s_18_two_namespaces_of_one_name_are_an_error_and_have_unknown_labels() -> None:
    """Which labels hold is open."""
    text = pod("a", namespace="x") + pod("b") + namespace("x", "team: red") + namespace("x", "team: blue")
    text += policy("podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]")
    error = only(network(text), "K8S_DUPLICATE")
    assert (Severity.ERROR, ("ns/x",)) == (error.severity, error.touches)
    assert Traffic.parse(ALL) == claimed(between(text, "x/a[Pod]", "b")).open


def test_groups_are_namespaces_in_clusters_and_kinds() -> None:
    """A namespace is a box inside its cluster, with its manifest as its place; kinds are no boxes."""
    found = network(namespace("x") + pod("a", namespace="x"))
    box = found.groups_by_key["ns/x"]
    assert ("cluster/k8s", True) == (box.parent, box.box)
    assert box.origin is not None
    assert not found.groups_by_key["kind/Pod"].box
    assert frozenset({"ns/x", "cluster/k8s", "kind/Pod"}) == found.endpoints[0].groups


def test_k8s_11_without_policies_all_pods_share_one_policy_on_each_side() -> None:
    """The engine tells policies apart by identity, so each distinct one is built once."""
    assert 2 == len(network("".join(pod(name) for name in "abcdef")).policies)
    assert exactly("any") == between(pod("a") + pod("b"), "a", "b")
    assert ANY == between(pod("a") + pod("b"), "a", "b").certain


def test_k8s_08_a_name_that_two_pods_of_one_owner_give_to_different_ports_is_open() -> None:
    """No policy names it, so they fold; a Service that leads to it may lead to either."""
    text = namespace("default")
    for number in (80, 81):
        ports = f"[{{name: c, ports: [{{name: http, containerPort: {number}}}]}}]"
        text += owned(f"web-{number}", "app: w").replace("[{name: c}]", ports)
    text += "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
    text += "spec: {selector: {app: w}, ports: [{port: 80, targetPort: http}]}\n"
    text += "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
    text += "spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}\n"
    assert Traffic.parse("tcp/80-81") == between(text, "{ingress-controller}", "default/web[ReplicaSet]").possible
