"""Ingress controllers among the pods: who is one, and what it hands on."""

from __future__ import annotations

import pytest

from netaudit.model import Network
from tests.providers.kubernetes.clusters import codes, namespace, network, only, pod
from tests.providers.kubernetes.test_ingress import BASE, INGRESS, custom, ingress, service

NGINX = "registry.k8s.io/ingress-nginx/controller:v1.11.2@sha256:d5f8217f"
OF_CLASS = f"ingressClassName: nginx, {INGRESS}"


def controller(image: str = NGINX, name: str = "front") -> str:
    """A pod that runs an image."""
    return pod(name, "app: front", spec=f"containers: [{{name: c, image: '{image}'}}]")


def a_class(of: str, default: str = "false") -> str:
    """The IngressClass `public`."""
    annotations = f"annotations: {{ingressclass.kubernetes.io/is-default-class: '{default}'}}"
    head = "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\n"
    return f"{head}metadata: {{name: public, {annotations}}}\nspec: {{controller: {of}}}\n"


def handed_on(found: Network) -> list[tuple[str, str, str, int]]:
    """Proxy, target, what is dialled, and for how many reasons that may not be so."""
    return [(each.proxy, each.target, str(each.dials), len(each.because)) for each in found.forwards]


@pytest.mark.parametrize(
    "image",
    [
        NGINX,
        "docker.io/nginx/nginx-ingress:3.6",
        "bitnami/nginx-ingress-controller",
        "reg:5000/ingress-nginx/controller",
    ],
)
def test_k8s_33_a_pod_of_a_controllers_image_hands_on_what_it_is_sent(image: str) -> None:
    """To the pods behind, on their ports; nobody else is the client then."""
    found = network(BASE + service() + ingress(OF_CLASS) + controller(image))
    assert handed_on(found) == [("default/front[Pod]", "default/w[Pod]", "tcp/8080", 0)]
    assert "{ingress-controller}" not in found.by_id
    assert "K8S_PROXY_NOT_MODELLED" not in codes(found)


@pytest.mark.parametrize("image", ["nginx:1.27", "example.com/my-ingress-nginx/controller2", "traefik:v3", ""])
def test_k8s_33_another_image_is_no_controller_of_that_class(image: str) -> None:
    """Then the client is one that the manifests do not show."""
    found = network(BASE + service() + ingress(OF_CLASS) + controller(image))
    assert handed_on(found) == []
    assert "{ingress-controller}" in found.by_id
    assert "K8S_PROXY_NOT_MODELLED" in codes(found)


@pytest.mark.parametrize(
    ("spec", "classes", "served"),
    [
        (f"ingressClassName: public, {INGRESS}", a_class("k8s.io/ingress-nginx"), True),
        (f"ingressClassName: public, {INGRESS}", a_class("ingress.k8s.aws/alb"), False),
        (f"ingressClassName: public, {INGRESS}", "", False),
        (INGRESS, a_class("k8s.io/ingress-nginx", "true"), True),
        (INGRESS, a_class("k8s.io/ingress-nginx"), False),
    ],
)
def test_k8s_33_the_class_says_which_controller_serves_an_ingress(spec: str, classes: str, served: bool) -> None:
    """By the controller that the class names, or as the default class."""
    assert bool(handed_on(network(BASE + service() + ingress(spec) + classes + controller()))) is served


def test_k8s_33_of_two_controllers_each_may_serve_it() -> None:
    """Nothing is certain then, and the unseen client stays."""
    found = network(BASE + service() + ingress(OF_CLASS) + controller() + controller(name="second"))
    assert [(proxy, reasons) for proxy, _, _, reasons in handed_on(found)] == [
        ("default/front[Pod]", 1),
        ("default/second[Pod]", 1),
    ]
    assert "{ingress-controller}" in found.by_id


def test_k8s_33_a_service_without_a_manifest_leaves_its_pods_in_doubt() -> None:
    """It may select any pod of the namespace."""
    found = network(namespace("default") + pod("w", "app: w") + ingress(OF_CLASS) + controller())
    assert "K8S_PROXY_NOT_MODELLED" in codes(found)


def test_k8s_33_annotations_that_lead_elsewhere_leave_the_namespace_in_doubt() -> None:
    """A default backend of one's own, or a snippet of configuration."""
    noted = ingress(OF_CLASS).replace(
        "{name: i}", "{name: i, annotations: {nginx.ingress.kubernetes.io/server-snippet: x}}"
    )
    found = network(BASE + service() + noted + controller())
    assert only(found, "K8S_PROXY_NOT_MODELLED").touches == ("ns/default",)


def test_k8s_33_an_ingress_that_cannot_be_read_leaves_its_pods_in_doubt() -> None:
    """As without a controller."""
    broken = custom("networking.k8s.io/v1", "Ingress", "ingressClassName: nginx, rules: 7")
    assert "K8S_PROXY_NOT_MODELLED" in codes(network(BASE + service() + broken + controller()))
