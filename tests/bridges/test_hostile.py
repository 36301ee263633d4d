"""Manifests that are no good: whatever they say, the bridge reads on, and lets nothing be denied because of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netaudit.api import Estate
from netaudit.flows import Traffic
from tests.bridges.test_load_balancers import INGRESS, REPORTS, estate, service

_NLB = "service.beta.kubernetes.io/aws-load-balancer"
_ALB = "alb.ingress.kubernetes.io"
_ODD = ["[]", "{}", "[[1]]", "{a: 1}", "7", "1.5", "true", "null", "''", "'x,,y'", "'\\u0000'"]
_KINDS = {
    "ENIConfig": ("crd.k8s.amazonaws.com/v1alpha1", ["spec", "spec.subnet", "spec.securityGroups"]),
    "SecurityGroupPolicy": (
        "vpcresources.k8s.aws/v1beta1",
        ["spec", "spec.podSelector", "spec.securityGroups", "spec.securityGroups.groupIds"],
    ),
    "TargetGroupBinding": (
        "elbv2.k8s.aws/v1beta1",
        [
            "spec",
            "spec.serviceRef",
            "spec.serviceRef.name",
            "spec.targetGroupARN",
            "spec.targetGroupName",
            "spec.networking",
            "spec.networking.ingress",
            "spec.targetType",
            "spec.ipAddressType",
            "spec.nodeSelector",
        ],
    ),
    "IngressClass": ("networking.k8s.io/v1", ["spec", "spec.controller", "metadata.annotations"]),
    "DaemonSet": (
        "apps/v1",
        [
            "spec",
            "spec.template.spec.nodeSelector",
            "spec.template.spec.tolerations",
            "spec.template.spec.affinity",
            "spec.template.spec.affinity.nodeAffinity",
            "spec.template.spec.containers",
        ],
    ),
}


def _nested(path: list[str], value: str) -> str:
    return value if not path else f"{{{path[0]}: {_nested(path[1:], value)}}}"


def _object(kind: str, field: str, value: str) -> str:
    version, _ = _KINDS[kind]
    first, *rest = field.split(".")
    metadata = "{name: odd}" if first != "metadata" else f"{{name: odd, annotations: {value}}}"
    spec = "" if first == "metadata" else f"spec: {_nested(rest, value)}\n"
    return f"\n---\napiVersion: {version}\nkind: {kind}\nmetadata: {metadata}\n{spec}"


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, (_, fields) in _KINDS.items() for field in fields])
def test_odd_objects_are_read_past(tmp_path: Path, kind: str, field: str) -> None:
    """Every odd value in every field that the bridge looks at."""
    for number, value in enumerate(_ODD):
        at = tmp_path / str(number)
        at.mkdir()
        assert REPORTS in estate(at, _object(kind, field, value)).network.by_id


@pytest.mark.parametrize(
    "annotation",
    [
        *(f"{_NLB}-{name}" for name in ("type", "scheme", "internal", "subnets", "security-groups")),
        "service.beta.kubernetes.io/load-balancer-source-ranges",
    ],
)
def test_odd_annotations_of_services_deny_nothing(tmp_path: Path, annotation: str) -> None:
    """Anybody may come by the load balancer."""
    for number, value in enumerate(value for value in _ODD if value != "null"):
        at = tmp_path / str(number)
        at.mkdir()
        found = estate(at, service(f"{annotation}: {value}"))
        assert Traffic.parse("tcp/9000") <= _from_internet(found), value


@pytest.mark.parametrize("name", ["scheme", "target-type", "inbound-cidrs", "listen-ports", "group.name", "subnets"])
def test_odd_annotations_of_ingresses_are_read_past(tmp_path: Path, name: str) -> None:
    """Whatever is derived of them, nothing fails."""
    for number, value in enumerate(_ODD):
        at = tmp_path / str(number)
        at.mkdir()
        text = service(kind="ClusterIP") + INGRESS.replace("ANNOTATIONS", f"{_ALB}/{name}: {value}")
        assert REPORTS in estate(at, text).network.by_id


def _from_internet(found: Estate) -> Traffic:
    solved = found.reachability
    return solved.bounds(solved.by_id["internet"], solved.by_id[REPORTS]).possible
