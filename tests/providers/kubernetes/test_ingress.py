"""Services, and the proxies that an Ingress or a route makes clients of the pods behind them."""

from __future__ import annotations

import pytest

from netaudit.engine.solve import Reachability
from netaudit.model import Effect, Settings
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests
from tests.providers.kubernetes.clusters import codes, exactly, namespace, network, only, pod, policy

CONTROLLER = "{ingress-controller}"
PORTS = "containers: [{name: c, ports: [{name: http, containerPort: 8080}, {name: admin, containerPort: 9000}]}]"
BASE = namespace("default") + pod("w", "app: w", spec=PORTS) + pod("x", "app: x")
SERVICE = (
    "selector: {app: w}, ports: [{name: web, port: 80, targetPort: http}, {name: adm, port: 81, targetPort: 9000}]"
)
INGRESS = "rules: [{http: {paths: [{backend: {service: {name: s, port: {number: 80}}}}]}}]"


def custom(version: str, kind: str, spec: str, name: str = "i") -> str:
    """An object with a specification."""
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"


def service(spec: str = SERVICE) -> str:
    """The Service `s`."""
    return custom("v1", "Service", spec, "s")


def ingress(spec: str = INGRESS) -> str:
    """An Ingress."""
    return custom("networking.k8s.io/v1", "Ingress", spec)


def sent(text: str, to: str = "w", settings: Settings | None = None) -> tuple[str, str]:
    """What the controller certainly and possibly sends to a pod."""
    reach = Reachability(network(text, settings))
    found = reach.bounds(reach.by_id[CONTROLLER], reach.by_id[f"default/{to}[Pod]"])
    return str(found.certain), str(found.possible)


@pytest.mark.parametrize(
    ("version", "kind", "spec", "traffic"),
    [
        ("networking.k8s.io/v1", "Ingress", INGRESS, "tcp/8080"),
        ("networking.k8s.io/v1", "Ingress", "defaultBackend: {service: {name: s, port: {name: adm}}}", "tcp/9000"),
        ("networking.k8s.io/v1beta1", "Ingress", "backend: {serviceName: s, servicePort: 81}", "tcp/9000"),
        ("route.openshift.io/v1", "Route", "to: {kind: Service, name: s}", "tcp/8080,9000"),
        ("route.openshift.io/v1", "Route", "to: {kind: Service, name: s}, port: {targetPort: web}", "tcp/8080"),
        ("route.openshift.io/v1", "Route", "to: {name: t}, alternateBackends: [{name: s}]", "tcp/8080,9000"),
        ("route.openshift.io/v1", "Route", "to: {kind: Service, name: s}, port: {targetPort: 9000}", "tcp/9000"),
        ("route.openshift.io/v1", "Route", "to: {kind: Service, name: s}, port: {targetPort: 8080}", "tcp/8080"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute", "rules: [{backendRefs: [{name: s, port: 80}]}]", "tcp/8080"),
    ],
)
def test_k8s_33_the_controller_is_a_client_on_the_ports_of_the_backend(
    version: str, kind: str, spec: str, traffic: str
) -> None:
    """Service ports by number or name, resolved to the pods' ports; no other pod, and no way beyond."""
    text = BASE + service() + custom(version, kind, spec)
    assert (traffic, traffic) == sent(text)
    assert ("nothing", "nothing") == sent(text, "x")


@pytest.mark.parametrize(
    ("rule", "traffic"),
    [
        ("{}", "tcp/8080"),
        ("{from: [{namespaceSelector: {}}]}", "tcp/8080"),
        ("{from: [{namespaceSelector: {}, podSelector: {}}], ports: [{port: 8080}]}", "tcp/8080"),
        ("{from: [{podSelector: {}}]}", "nothing"),
        ("{from: [{namespaceSelector: {matchLabels: {a: b}}}]}", "nothing"),
        ("{ports: [{port: 80}]}", "nothing"),
    ],
)
def test_k8s_33_it_reaches_what_an_arbitrary_pod_reaches(rule: str, traffic: str) -> None:
    """Policies see the pod's port, and only those that let every pod in let it in."""
    text = BASE + service() + ingress() + policy(f"podSelector: {{matchLabels: {{app: w}}}}, ingress: [{rule}]")
    assert (traffic, traffic) == sent(text)


def test_k8s_33_whether_an_ip_block_holds_the_controller_is_unknown() -> None:
    """By default and by address; never where blocks match no pods."""
    text = BASE + service() + ingress()
    text += policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
    assert ("nothing", "tcp/8080") == sent(text)
    assert ("nothing", "tcp/8080") == sent(text, settings=Settings(kubernetes_ipblock_matches_pods="by-address"))
    assert ("nothing", "nothing") == sent(text, settings=Settings(kubernetes_ipblock_matches_pods="never"))


def test_k8s_33_it_is_a_client_only_and_changes_nothing_between_pods() -> None:
    """It is no destination, nor a way around a policy."""
    text = BASE + service() + ingress() + policy("podSelector: {}, policyTypes: [Egress, Ingress]")
    reach = Reachability(network(text, Settings(kubernetes_icmp_follows_policy="deny")))
    assert [] == [(a.id, b.id) for a, b, bounds in reach.pairs() if bounds.possible]


@pytest.mark.parametrize(
    "text", [ingress(), ingress() + service("type: ExternalName, externalName: a.example"), service()]
)
def test_k8s_32_without_pods_behind_a_proxy_there_is_no_controller(text: str) -> None:
    """A Service that is missing, one without pods of its own, and one that no proxy leads to."""
    assert CONTROLLER not in {endpoint.id for endpoint in network(BASE + text).endpoints}


def test_k8s_32_a_port_without_a_target_is_the_pods_port_of_that_number() -> None:
    """`targetPort` may be left out."""
    text = BASE + service("selector: {app: w}, ports: [{port: 80}]") + ingress()
    assert ("tcp/80", "tcp/80") == sent(text)


def test_a_proxy_or_a_service_that_cannot_be_read_is_said_to_be() -> None:
    """A port that is no port."""
    found = network(BASE + service() + ingress("defaultBackend: {service: {name: s, port: {number: 70000}}}"))
    assert "70000" in only(found, "K8S_PROXY_NOT_MODELLED").message
    bad = network(BASE + service("selector: {app: w}, ports: [{port: x}]") + ingress())
    assert Effect.UNREADABLE == only(bad, "K8S_SERVICE_MALFORMED").effect


def test_a_named_cluster_has_a_controller_of_its_own() -> None:
    """Its id carries the name."""
    found = build([read_manifests(BASE + service() + ingress(), name="prod", named=True)], Settings())
    reach = Reachability(found)
    bounds = reach.bounds(reach.by_id["prod::{ingress-controller}"], reach.by_id["prod::default/w[Pod]"])
    assert exactly("tcp/8080") == bounds


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("selector: {app: nobody}, ports: [{port: 80}]", "K8S_SERVICE_SELECTS_NOTHING"),
        ("selector: {app: w}, ports: [{port: 80, targetPort: nobody}]", "K8S_SERVICE_PORT_UNDECLARED"),
        ("selector: {app: w}, ports: [{port: 80, targetPort: 8081}]", "K8S_SERVICE_PORT_UNDECLARED"),
        ("selector: {app: w}, ports: [{port: 8080, protocol: UDP}]", "K8S_SERVICE_PORT_UNDECLARED"),
    ],
)
def test_k8s_32_a_service_that_leads_nowhere_is_named(spec: str, code: str) -> None:
    """Legal, and mostly a mistake; no answer depends on it."""
    assert Effect.IGNORED == only(network(BASE + service(spec)), code).effect
    assert code not in {each.code for each in network(BASE + service()).diagnostics}


def test_k8s_32_a_pod_that_declares_no_ports_at_all_may_listen_on_any() -> None:
    """Declaring ports is optional, so their absence alone is no mistake."""
    found = network(BASE + service("selector: {app: x}, ports: [{port: 80, targetPort: 8081}]"))
    assert "K8S_SERVICE_PORT_UNDECLARED" not in codes(found)
