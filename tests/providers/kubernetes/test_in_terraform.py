"""Objects that Terraform declares: the same as their manifests, and never less sure than the code is."""

from __future__ import annotations

from pathlib import Path

import netaudit
from netaudit.queries.flow import Flow

_NAMESPACE = """
resource "kubernetes_namespace" "shop" {
  metadata {
    name   = "shop"
    labels = { team = "shop" }
  }
}
"""
_DEPLOYMENT = """
resource "kubernetes_deployment_v1" "%(name)s" {
  metadata {
    name      = "%(name)s"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  spec {
    selector {
      match_labels = { app = "%(name)s" }
    }
    template {
      metadata {
        labels = { app = "%(name)s" }
      }
      spec {
        container {
          name  = "main"
          image = "example"
          port {
            name           = "pg"
            container_port = 5432
          }
        }
      }
    }
  }
}
"""
_POLICY = """
resource "kubernetes_network_policy_v1" "db" {
  %(count)s
  metadata {
    name      = "db"
    namespace = "shop"
  }
  spec {
    pod_selector {
      match_labels = { app = "db" }
    }
    ingress {
      from {
        pod_selector {
          match_expressions {
            key      = "app"
            operator = "In"
            values   = [%(peer)s]
          }
        }
      }
      from {
        ip_block {
          cidr   = "203.0.113.0/24"
          except = ["203.0.113.128/25"]
        }
      }
      ports {
        port     = "pg"
        protocol = "TCP"
      }
      ports {
        port     = "8000"
        end_port = 8010
      }
    }
    policy_types = ["Ingress"]
  }
}
"""
_MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: example, ports: [{name: pg, containerPort: 5432}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: main, image: example, ports: [{name: pg, containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}
        - ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.128/25]}
      ports: [{port: pg, protocol: TCP}, {port: 8000, endPort: 8010}]
"""


def _estate(folder: Path, text: str, name: str = "main.tf", **given: str) -> netaudit.Estate:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return netaudit.load(folder, variables=given)


def _code(peer: str = '"web"', count: str = "") -> str:
    pods = [_DEPLOYMENT % {"name": name} for name in ("web", "db")]
    return "\n".join([_NAMESPACE, *pods, _POLICY % {"peer": peer, "count": count}])


def _flows(estate: netaudit.Estate) -> set[tuple[str, str, str, str]]:
    return {(f.source, f.destination, str(f.certain), str(f.possible)) for f in estate.flows().flows}


def _codes(estate: netaudit.Estate) -> set[str]:
    return {d.code for d in estate.network.diagnostics if d.effect.value == "unreadable"}


def test_blocks_mean_what_the_manifests_mean(tmp_path: Path) -> None:
    """Namespace, workloads and policy, with named ports, ranges, expressions and blocks: equal flows."""
    declared = _estate(tmp_path / "tf", _code())
    assert _flows(_estate(tmp_path / "k8s", _MANIFESTS, "all.yaml")) == _flows(declared)
    assert set() == _codes(declared)


def test_a_decision_names_the_line_of_the_block(tmp_path: Path) -> None:
    """The place of the rule is that of its block in the Terraform file."""
    code = _code()
    found = _estate(tmp_path / "tf", code).explain("shop/web", "shop/db", "tcp/5432")
    assert found.trace.best is not None
    deciding = [check.origin.line for check in found.trace.best.checks if check.origin and check.policy is not None]
    assert code.splitlines().index("      from {") + 1 == deciding[-1]


def test_a_manifest_written_out_is_that_object(tmp_path: Path) -> None:
    """`kubernetes_manifest` holds the object itself, `kubectl_manifest` its YAML."""
    written = """
resource "kubernetes_manifest" "pod" {
  manifest = {
    apiVersion = "v1"
    kind       = "Pod"
    metadata   = { name = "a", namespace = "shop", labels = { app = "a" } }
    spec       = { containers = [{ name = "c", image = "i" }] }
  }
}
resource "kubectl_manifest" "policy" {
  yaml_body = <<-EOT
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: none, namespace: shop}
    spec: {podSelector: {}, policyTypes: [Ingress]}
  EOT
}
"""
    estate = _estate(tmp_path / "tf", written)
    assert ["shop/a[Pod]"] == [endpoint.id for endpoint in estate.network.endpoints]
    assert [] == [flow for flow in estate.flows().flows if flow.destination == "shop/a[Pod]"]


def _to_db(estate: netaudit.Estate) -> Flow:
    (flow,) = estate.flows("shop/web", "shop/db").flows
    return flow


def test_an_unknown_part_of_a_policy_leaves_its_pods_open_possibly(tmp_path: Path) -> None:
    """The peer hangs on a variable without a value: nothing is certain, everything possible; given, it is decided."""
    code = _code(peer="var.peer") + 'variable "peer" {}\n'
    open_ = _to_db(_estate(tmp_path / "tf", code))
    assert ("", "tcp udp sctp") == (str(open_.certain or ""), str(open_.possible))
    known = _to_db(_estate(tmp_path / "known", code, peer="web"))
    assert "tcp/5432,8000-8010" == str(known.certain) == str(known.possible)


def test_a_policy_that_may_not_exist_is_in_doubt(tmp_path: Path) -> None:
    """Its pods may be open or closed."""
    code = _code(count="count = var.n") + 'variable "n" {}\n'
    flow = _to_db(_estate(tmp_path / "tf", code))
    assert ("", "tcp udp sctp") == (str(flow.certain or ""), str(flow.possible))


def test_a_chart_is_named_as_unread(tmp_path: Path) -> None:
    """No safety rule is proved while it is."""
    code = (
        _NAMESPACE + _DEPLOYMENT % {"name": "web"} + 'resource "helm_release" "x" {\n  name = "x"\n  chart = "y"\n}\n'
    )
    assert {"HELM_RELEASE_UNREAD"} == _codes(_estate(tmp_path / "tf", code))


def test_an_object_without_a_known_name_is_named(tmp_path: Path) -> None:
    """What it is cannot be told, so that no proof stands."""
    code = (
        _NAMESPACE
        + (_DEPLOYMENT % {"name": "web"}).replace('name      = "web"', "name      = var.who")
        + 'variable "who" {}\n'
    )
    estate = _estate(tmp_path / "tf", code + _DEPLOYMENT % {"name": "db"})
    assert {"K8S_OBJECT_UNKNOWN"} == _codes(estate)


def test_two_configurations_of_the_provider_are_two_clusters(tmp_path: Path) -> None:
    """Nothing is known between them: a policy of one never holds for the pods of the other."""
    other = (_DEPLOYMENT % {"name": "db"}).replace("metadata {", "provider = kubernetes.other\n  metadata {", 1)
    code = 'provider "kubernetes" {\n  alias = "other"\n}\n' + _NAMESPACE + _DEPLOYMENT % {"name": "web"} + other
    estate = _estate(tmp_path / "tf", code)
    assert 2 == len({endpoint.realm for endpoint in estate.network.endpoints})
    assert [] == list(estate.flows("*shop/web*", "*shop/db*").flows)
