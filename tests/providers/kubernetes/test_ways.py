"""The ways from outside to pods, and the Gateway API's grants; expectations read off the API documentation."""

from __future__ import annotations

import pytest

from netaudit.engine.solve import Reachability
from netaudit.model import Settings
from netaudit.queries.lists import exposed
from tests.providers.kubernetes.clusters import between, claimed, codes, namespace, network, only, pod, policy
from tests.providers.kubernetes.test_ingress import BASE, INGRESS, SERVICE, custom, ingress, sent, service

API = "gateway.networking.k8s.io/v1"
INFRA = namespace("infra")
GATEWAY = (
    f"---\napiVersion: {API}\nkind: Gateway\nmetadata: {{name: gw, namespace: infra}}\n"
    "spec: {listeners: [{name: web, port: 80, protocol: HTTP}, {name: tls, port: 8443, protocol: HTTPS}]}\n"
)
REF = "{name: s, namespace: default, port: 80}"


def route(rules: str, kind: str = "HTTPRoute", parent: str = "{name: gw}") -> str:
    """A route in the namespace `infra`."""
    spec = f"parentRefs: [{parent}], rules: [{rules}]"
    return f"---\napiVersion: {API}\nkind: {kind}\nmetadata: {{name: r, namespace: infra}}\nspec: {{{spec}}}\n"


def grant(source: str, to: str, where: str = "default") -> str:
    """A ReferenceGrant."""
    spec = f"from: [{{group: gateway.networking.k8s.io, {source}}}], to: [{{group: '', {to}}}]"
    metadata = f"{{name: g, namespace: {where}}}"
    return f"---\napiVersion: {API}beta1\nkind: ReferenceGrant\nmetadata: {metadata}\nspec: {{{spec}}}\n"


def ways(text: str) -> list[tuple[str, str, str]]:
    """What is open to public IPv4 clients, by which objects: certain traffic, possible traffic, the chain."""
    rows = [row for row in exposed(Reachability(network(text)), ()) if row["by"] and row["from"] == "internet"]
    return [(str(row["certain"]), str(row["possible"]), str(row["by"])) for row in rows]


@pytest.mark.parametrize(
    ("kind", "protocol"),
    [("HTTPRoute", "HTTP"), ("GRPCRoute", "HTTP"), ("TCPRoute", "TCP"), ("TLSRoute", "TLS"), ("UDPRoute", "UDP")],
)
def test_k8s_33_a_backend_of_another_namespace_needs_a_grant(kind: str, protocol: str) -> None:
    """Without it there is no edge."""
    gateway = GATEWAY.replace("protocol: HTTP}", f"protocol: {protocol}}}")
    text = BASE + INFRA + service() + gateway + route(f"{{backendRefs: [{REF}]}}", kind)
    assert "{ingress-controller}" not in Reachability(network(text)).by_id
    assert ("tcp/8080", "tcp/8080") == sent(text + grant(f"kind: {kind}, namespace: infra", "kind: Service"))


@pytest.mark.parametrize(
    ("source", "to", "where", "leads"),
    [
        ("kind: HTTPRoute, namespace: infra", "kind: Service, name: s", "default", True),
        ("kind: HTTPRoute, namespace: infra", "kind: Service, name: t", "default", False),
        ("kind: HTTPRoute, namespace: default", "kind: Service", "default", False),
        ("kind: TCPRoute, namespace: infra", "kind: Service", "default", False),
        ("kind: HTTPRoute, namespace: infra", "kind: Secret", "default", False),
        ("kind: HTTPRoute, namespace: infra", "kind: Service", "infra", False),
        ("kind: HTTPRoute", "kind: Service", "default", False),
    ],
)
def test_k8s_33_a_grant_names_the_kind_the_namespace_and_the_service(
    source: str, to: str, where: str, leads: bool
) -> None:
    """It lies in the namespace of the Service; one that cannot be read grants nothing."""
    text = BASE + INFRA + service() + GATEWAY + route(f"{{backendRefs: [{REF}]}}") + grant(source, to, where)
    assert leads == ("{ingress-controller}" in Reachability(network(text)).by_id)


def test_k8s_33_a_mirror_is_a_backend_and_a_route_of_a_mesh_has_no_controller() -> None:
    """Requests are copied to it."""
    mirror = "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: s, port: 81}}}]}"
    spec = f"parentRefs: [{{name: gw}}], rules: [{mirror}]"
    assert ("tcp/9000", "tcp/9000") == sent(BASE + service() + custom(API, "HTTPRoute", spec))
    mesh = "parentRefs: [{kind: Service, name: s}], rules: [{backendRefs: [{name: s, port: 80}]}]"
    assert "{ingress-controller}" not in Reachability(network(BASE + service() + custom(API, "HTTPRoute", mesh))).by_id


@pytest.mark.parametrize(
    ("spec", "by"),
    [
        ("type: LoadBalancer", "LoadBalancer Service default/s (dialled: tcp/80)"),
        ("type: NodePort", "NodePort Service default/s"),
        ("externalIPs: [192.0.2.1]", "external address Service default/s (dialled: tcp/80)"),
    ],
)
def test_k8s_14_a_service_that_nodes_serve_is_a_way_in_on_the_ports_of_the_pods(spec: str, by: str) -> None:
    """What is dialled is the Service's port, or a node's, which is not known here."""
    text = BASE + service(f"selector: {{app: w}}, ports: [{{port: 80, targetPort: http}}], {spec}")
    assert [("tcp/8080", "tcp/8080", by)] == ways(text)


def test_k8s_14_the_nodes_port_is_what_is_dialled_where_it_is_given() -> None:
    """`nodePort`."""
    ports = "ports: [{port: 80, targetPort: http, nodePort: 30080}]"
    text = BASE + service(f"selector: {{app: w}}, type: NodePort, {ports}")
    assert [("tcp/8080", "tcp/8080", "NodePort Service default/s (dialled: tcp/30080)")] == ways(text)


@pytest.mark.parametrize("spec", ["clusterIP: None", "type: ClusterIP", "type: ExternalName, externalName: a.example"])
def test_k8s_32_other_services_are_no_way_in(spec: str) -> None:
    """Headless, of the cluster, or a mere name."""
    assert [] == ways(BASE + service(f"{SERVICE}, {spec}"))


def test_k8s_33_a_proxy_leads_clients_of_its_own_to_pods_which_is_never_certain() -> None:
    """Whether a controller serves it is not known; a policy that stops the controller ends the way."""
    text = BASE + service() + ingress()
    by = "Ingress default/i → Service default/s (dialled: tcp/80,443)"
    assert [("nothing", "tcp/8080", by)] == ways(text)
    assert [] == ways(text + policy("podSelector: {}"))


@pytest.mark.parametrize(("parent", "dialled"), [("{name: gw}", "80,8443"), ("{name: gw, sectionName: tls}", "8443")])
def test_k8s_33_a_gateway_is_dialled_on_the_ports_of_its_listeners(parent: str, dialled: str) -> None:
    """All of them, or the one that the route names; the chain begins with the Gateway."""
    granted = grant("kind: HTTPRoute, namespace: infra", "kind: Service")
    text = BASE + INFRA + service() + GATEWAY + route(f"{{backendRefs: [{REF}]}}", parent=parent) + granted
    by = f"Gateway infra/gw → HTTPRoute infra/r → Service default/s (dialled: tcp/{dialled})"
    assert [("nothing", "tcp/8080", by)] == ways(text)


def test_k8s_33_the_pods_of_another_namespace_are_those_that_a_proxy_may_be_missing_for() -> None:
    """The diagnostic names them, so that no proof about them stands."""
    granted = grant("kind: HTTPRoute, namespace: infra", "kind: Service")
    text = BASE + INFRA + service() + GATEWAY + route(f"{{backendRefs: [{REF}]}}") + granted
    assert "default/w[Pod]" in only(network(text), "K8S_PROXY_NOT_MODELLED").touches
    assert "K8S_IRRELEVANT" not in codes(network(INFRA + GATEWAY + pod("x")))


def test_k8s_33_an_ingress_may_name_the_port() -> None:
    """By name, as by number."""
    named = INGRESS.replace("number: 80", "name: web")
    assert ("tcp/8080", "tcp/8080") == sent(BASE + service() + ingress(named))


SLICE = (
    "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
    "metadata: {name: s-1, labels: {kubernetes.io/service-name: s}}\naddressType: IPv4\n"
    "ports: [{name: web, port: 8080}]\n"
)
ENDPOINTS = "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: s}\n"
PLACED = "".join(pod(name, f"app: {name}", status=f"podIP: 10.0.0.{number}") for number, name in enumerate("wxy", 1))


@pytest.mark.parametrize(
    "text",
    [
        SLICE + "endpoints: [{addresses: [10.0.0.1]}]\n",
        SLICE + "endpoints: [{addresses: [192.0.2.1], targetRef: {kind: Pod, name: w}}]\n",
        ENDPOINTS + "subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{name: web, port: 8080}]}]\n",
    ],
)
def test_k8s_32_a_service_without_a_selector_has_the_pods_that_are_written_for_it(text: str) -> None:
    """By address or by reference, on the port of the slice."""
    base = namespace("default") + PLACED + service("ports: [{name: web, port: 80}]") + ingress()
    assert ("tcp/8080", "tcp/8080") == sent(base + text)
    assert ("nothing", "nothing") == sent(base + text, "x")


def test_k8s_32_a_selector_wins_over_what_is_written() -> None:
    """What a controller writes repeats the selector."""
    text = namespace("default") + PLACED + service("selector: {app: w}, ports: [{name: web, port: 80}]") + ingress()
    text += SLICE + "endpoints: [{addresses: [10.0.0.2]}]\n"
    assert ("tcp/80", "tcp/80") == sent(text)
    assert ("nothing", "nothing") == sent(text, "x")


def test_k8s_14_the_pods_that_are_written_for_a_node_port_are_named() -> None:
    """Its own node passes their policies."""
    text = namespace("default") + PLACED + service("type: NodePort, ports: [{name: web, port: 80}]")
    text += SLICE + "endpoints: [{addresses: [10.0.0.1]}]\n" + policy("podSelector: {}")
    assert ("default/w[Pod]",) == only(network(text), "K8S_SOURCE_TRANSLATED").touches


FENCED = BASE + policy("podSelector: {matchLabels: {app: w}}, ingress: [{from: [{ipBlock: {cidr: 192.168.0.0/16}}]}]")
NODE = (
    "---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\n"
    "status: {addresses: [{type: InternalIP, address: 192.168.1.1}]}\n"
)
NEVER = Settings(kubernetes_ipblock_matches_pods="never")


@pytest.mark.parametrize(
    ("spec", "possible"),
    [
        ("type: NodePort", "tcp/8080"),
        ("type: LoadBalancer", "tcp/8080"),
        ("externalIPs: [192.0.2.1]", "tcp/8080"),
        ("type: NodePort, externalTrafficPolicy: Local", "nothing"),
        ("type: ClusterIP", "nothing"),
    ],
)
def test_k8s_14_a_pod_may_come_with_the_address_of_a_node(spec: str, possible: str) -> None:
    """The policy lets the nodes in and no pod; a node hands a pod on as itself, unless clients keep their address."""
    text = FENCED + service(f"selector: {{app: w}}, ports: [{{port: 80, targetPort: http}}], {spec}")
    found = claimed(between(text, "x", "w", NEVER))
    assert ("nothing", possible) == (str(found.certain), str(found.possible))


@pytest.mark.parametrize(
    ("spec", "allowed", "possible"),
    [
        ("type: NodePort", "port: 30000, endPort: 32767", "tcp/8080"),
        ("type: NodePort", "port: 443", "nothing"),
        ("type: NodePort, externalTrafficPolicy: Local", "port: 30080", "tcp/8080"),
        ("type: LoadBalancer", "port: 31000", "tcp/8080"),
        ("type: LoadBalancer, allocateLoadBalancerNodePorts: false", "port: 31000", "nothing"),
        ("externalIPs: [192.168.9.9]", "port: 80", "tcp/8080"),
        ("externalIPs: [192.0.2.1]", "port: 80", "nothing"),
        ("type: ClusterIP", "port: 30080", "nothing"),
    ],
)
def test_k8s_14_a_pod_may_dial_a_node_in_place_of_the_pod_behind_it(spec: str, allowed: str, possible: str) -> None:
    """Its own policy sees the node and the node's port; what it lets there comes to the pod that it stops."""
    to = f"to: [{{ipBlock: {{cidr: 192.168.0.0/16}}}}], ports: [{{{allowed}}}]"
    out = policy(f"podSelector: {{matchLabels: {{app: x}}}}, policyTypes: [Egress], egress: [{{{to}}}]")
    text = BASE + NODE + out + service(f"selector: {{app: w}}, ports: [{{port: 80, targetPort: http}}], {spec}")
    found = claimed(between(text, "x", "w", NEVER))
    assert ("nothing", possible) == (str(found.certain), str(found.possible))


def test_k8s_14_the_port_of_the_node_counts_where_it_is_given() -> None:
    """Another port of the range leads elsewhere."""
    out = "podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], %s}]"
    ports = "ports: [{port: 80, targetPort: http, nodePort: 30080}]"
    base = BASE + service(f"selector: {{app: w}}, type: NodePort, {ports}")
    for number, possible in ((30080, "tcp/8080"), (30081, "nothing")):
        text = base + policy(out % f"ports: [{{port: {number}}}]")
        assert possible == str(claimed(between(text, "x", "w", NEVER)).possible)


def test_an_external_address_that_is_none_is_said_to_be() -> None:
    """The Service cannot be read."""
    found = network(BASE + service(f"{SERVICE}, externalIPs: [here]"))
    assert "externalIPs[0] is not an IP address" in only(found, "K8S_SERVICE_MALFORMED").message


def taken(listener: str, spec: str = "", kind: str = "HTTPRoute", parent: str = "{name: gw, namespace: infra}") -> bool:
    """Whether a route of the namespace `default`, which is labelled `team: a`, leads from a Gateway of `infra`."""
    gateway = (
        f"---\napiVersion: {API}\nkind: Gateway\nmetadata: {{name: gw, namespace: infra}}\n"
        f"spec: {{listeners: [{{name: one, port: 80, {listener}}}]}}\n"
    )
    rules = f"parentRefs: [{parent}], rules: [{{backendRefs: [{{name: s, port: 80}}]}}]"
    text = BASE.replace("labels: {}", "labels: {team: a}", 1) + INFRA + service() + gateway
    found = network(text + custom(API, kind, f"{rules}, {spec}" if spec else rules))
    leads = "{ingress-controller}" in {each.id for each in found.endpoints}
    assert leads == ("K8S_ROUTE_NOT_TAKEN" not in codes(found))
    return leads


ALL_SPACES = "allowedRoutes: {namespaces: {from: All}}"
WEB = f"protocol: HTTP, {ALL_SPACES}"


@pytest.mark.parametrize(
    ("namespaces", "takes"),
    [
        ("{}", False),
        ("{from: Same}", False),
        ("{from: None}", False),
        ("{from: All}", True),
        ("{from: Selector, selector: {matchLabels: {team: a}}}", True),
        ("{from: Selector, selector: {matchLabels: {team: b}}}", False),
        ("{from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: default}}}", True),
        ("{from: 7}", True),
    ],
)
def test_k8s_33_a_listener_takes_routes_of_the_namespaces_that_it_allows(namespaces: str, takes: bool) -> None:
    """Its own where it does not say; what cannot be read may be anything."""
    assert takes == taken(f"protocol: HTTP, allowedRoutes: {{namespaces: {namespaces}}}")


def test_k8s_33_a_namespace_whose_labels_are_not_known_may_be_allowed() -> None:
    """It has no manifest, so it may carry the label."""
    text = pod("w", "app: w", spec="containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]") + service()
    selector = "{namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}"
    gateway = GATEWAY.replace("protocol: HTTP}", f"protocol: HTTP, allowedRoutes: {selector}}}")
    spec = "parentRefs: [{name: gw, namespace: infra}], rules: [{backendRefs: [{name: s, port: 80}]}]"
    assert ("tcp/8080", "tcp/8080") == sent(text + gateway + custom(API, "HTTPRoute", spec))


@pytest.mark.parametrize(
    ("listener", "kind", "takes"),
    [
        (WEB, "HTTPRoute", True),
        (WEB, "GRPCRoute", True),
        (WEB, "TCPRoute", False),
        (f"protocol: TCP, {ALL_SPACES}", "TCPRoute", True),
        (f"protocol: TCP, {ALL_SPACES}", "HTTPRoute", False),
        (f"protocol: UDP, {ALL_SPACES}", "UDPRoute", True),
        (f"protocol: TLS, {ALL_SPACES}", "TLSRoute", True),
        (f"protocol: example.com/other, {ALL_SPACES}", "TCPRoute", True),
        ("protocol: HTTP, allowedRoutes: {namespaces: {from: All}, kinds: [{kind: GRPCRoute}]}", "HTTPRoute", False),
        ("protocol: HTTP, allowedRoutes: {namespaces: {from: All}, kinds: [{kind: GRPCRoute}]}", "GRPCRoute", True),
    ],
)
def test_k8s_33_a_listener_takes_routes_of_the_kinds_that_it_allows(listener: str, kind: str, takes: bool) -> None:
    """Those of its protocol where it lists none; of a protocol that is not the API's own, any."""
    assert takes == taken(listener, kind=kind)


@pytest.mark.parametrize(
    ("ours", "theirs", "takes"),
    [
        ("shop.example.com", "[]", True),
        ("shop.example.com", "[shop.example.com]", True),
        ("shop.example.com", "[bank.example.com, shop.example.com]", True),
        ("shop.example.com", "[bank.example.com]", False),
        ("'*.example.com'", "[shop.example.com]", True),
        ("'*.example.com'", "[a.shop.example.com]", True),
        ("'*.example.com'", "[example.com]", False),
        ("'*.example.com'", "['*.shop.example.com']", True),
        ("'*.example.com'", "['*.com']", True),
        ("'*.example.com'", "['*.example.org']", False),
        ("shop.example.com", "['*.EXAMPLE.com']", True),
    ],
)
def test_k8s_33_hosts_of_listener_and_route_must_meet(ours: str, theirs: str, takes: bool) -> None:
    """`*` stands for one label or more; a side without hosts meets all."""
    assert takes == taken(f"{WEB}, hostname: {ours}", f"hostnames: {theirs}")


@pytest.mark.parametrize(
    ("parent", "takes"),
    [
        ("{name: gw, namespace: infra, sectionName: one}", True),
        ("{name: gw, namespace: infra, sectionName: two}", False),
        ("{name: gw, namespace: infra, port: 80}", True),
        ("{name: gw, namespace: infra, port: 81}", False),
        ("{name: elsewhere, namespace: infra}", True),
        ("{name: gw, kind: ListenerSet}", True),
        ("{name: gw, namespace: infra, port: 81}, {name: gw, namespace: infra}", True),
    ],
)
def test_k8s_33_a_parent_may_name_a_listener_and_a_port(parent: str, takes: bool) -> None:
    """A Gateway without a manifest, and a parent of another kind, may take it."""
    assert takes == taken(WEB, parent=parent)
