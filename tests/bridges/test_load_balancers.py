"""Load balancers that controllers make of Services and Ingresses: what is derived, and what stays open."""

from __future__ import annotations

from pathlib import Path

import pytest

from netaudit import load
from netaudit.api import Estate
from tests.oracles import REPOSITORY

_SCENARIO = REPOSITORY / "fixtures" / "scenarios" / "one-graph"
INFRA = (_SCENARIO / "infra" / "main.tf").read_text(encoding="utf-8")
REPORTS = "bank/reports[Deployment]"
WORKLOAD = """
apiVersion: v1
kind: Namespace
metadata: {name: bank}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reports, namespace: bank}
spec:
  selector: {matchLabels: {app: reports}}
  template:
    metadata: {labels: {app: reports}}
    spec:
      containers: [{name: app, image: bank/reports, ports: [{containerPort: 9000}]}]
"""
SERVICE = """
---
apiVersion: v1
kind: Service
metadata:
  name: front
  namespace: bank
  annotations: {ANNOTATIONS}
spec: {type: TYPE, selector: {app: reports}, ports: [{port: 443, targetPort: 9000}]}
"""
INGRESS = """
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: way
  namespace: bank
  annotations: {ANNOTATIONS}
spec:
  ingressClassName: alb
  defaultBackend: {service: {name: front, port: {number: 443}}}
"""
_NLB = "service.beta.kubernetes.io/aws-load-balancer"
_ALB = "alb.ingress.kubernetes.io"
OUTER = f"{_NLB}-type: external, {_NLB}-nlb-target-type: ip, {_NLB}-scheme: internet-facing"
FACING = f"{_ALB}/scheme: internet-facing, {_ALB}/target-type: ip"


def service(annotations: str = "", kind: str = "LoadBalancer") -> str:
    """The Service `front` before the reports."""
    return SERVICE.replace("ANNOTATIONS", annotations).replace("TYPE", kind)


def ingress(annotations: str) -> str:
    """An Ingress of the class of AWS, before a Service without a way in of its own."""
    return service(kind="ClusterIP") + INGRESS.replace("ANNOTATIONS", annotations)


def estate(at: Path, pods: str, infra: str = INFRA) -> Estate:
    """Both halves."""
    for name, text in (("infra/main.tf", infra), ("k8s/all.yaml", WORKLOAD + pods)):
        (at / name).parent.mkdir(parents=True)
        (at / name).write_text(text, encoding="utf-8")
    return load(at / "infra", at / "k8s")


def certain(found: Estate, source: str, destination: str, *, relation: str = "direct") -> str:
    """What certainly passes."""
    flows = (f for f in found.flows(relation=relation).flows if (f.source, f.destination) == (source, destination))
    return ", ".join(sorted(str(flow.certain) for flow in flows if flow.certain)) or "nothing"


def possible(found: Estate, source: str, destination: str) -> str:
    """What may pass directly."""
    flows = (f for f in found.flows().flows if (f.source, f.destination) == (source, destination))
    return ", ".join(str(flow.possible) for flow in flows) or "nothing"


def balancers(found: Estate) -> list[str]:
    """The load balancers in the answers."""
    return sorted(endpoint.id for endpoint in found.network.endpoints if endpoint.kind == "aws_lb")


def test_aws_51_a_load_balancer_stands_where_its_service_stands(tmp_path: Path) -> None:
    """As an endpoint of its own, which hands on what it takes at its port."""
    found = estate(tmp_path, service(OUTER))
    assert balancers(found) == ["bank/front[Service]"]
    assert found.network.by_id["bank/front[Service]"].origin == found.network.forwards[0].origin
    assert certain(found, "internet", "bank/front[Service]") == "tcp/443"
    assert certain(found, "internet", REPORTS, relation="forwarded") == "tcp/9000"


def test_aws_43_of_targets_that_may_see_clients_nothing_is_certain(tmp_path: Path) -> None:
    """What the pods' policies let the load balancer, they need not let its clients."""
    keeps = f"{OUTER}, {_NLB}-target-group-attributes: preserve_client_ip.enabled=true"
    assert "nothing" == certain(estate(tmp_path, service(keeps)), "internet", REPORTS, relation="forwarded")


def test_aws_51_source_ranges_are_rules_of_its_group(tmp_path: Path) -> None:
    """Only the partner gets in."""
    ranges = f"{OUTER}, service.beta.kubernetes.io/load-balancer-source-ranges: '198.51.100.0/24'"
    found = estate(tmp_path, service(ranges))
    assert certain(found, "198.51.100.0/24", "bank/front[Service]") == "tcp/443"
    assert (possible(found, "internet", "bank/front[Service]"), possible(found, "internet", REPORTS)) == (
        "nothing",
        "nothing",
    )


def test_aws_51_an_internal_load_balancer_has_no_public_address(tmp_path: Path) -> None:
    """It is made in the subnets with the tag for internal ones; pods and nodes reach it."""
    infra = INFRA.replace("kubernetes.io/role/elb", "kubernetes.io/role/internal-elb")
    found = estate(tmp_path, service(OUTER.replace("internet-facing", "internal")), infra)
    assert possible(found, "internet", "bank/front[Service]") == "nothing"
    assert certain(found, "aws_eks_node_group.main", "bank/front[Service]") == "tcp/443"


def test_aws_51_an_ingress_of_the_class_alb_is_an_application_load_balancer(tmp_path: Path) -> None:
    """It ends connections: nothing but itself dials the pods, and no controller in the cluster does."""
    found = estate(tmp_path, ingress(FACING))
    assert balancers(found) == ["bank/way[Ingress]"]
    assert (certain(found, "internet", "bank/way[Ingress]"), possible(found, "internet", REPORTS)) == (
        "tcp/80",
        "nothing",
    )
    assert certain(found, "internet", REPORTS, relation="forwarded") == "tcp/9000"
    assert "{ingress-controller}" not in found.network.by_id
    assert "K8S_PROXY_NOT_MODELLED" not in {said.code for said in found.network.diagnostics}


BOTH = f"{FACING}, {_ALB}/group.name: shared"
_INNER = f"{_ALB}/scheme: internal, {_ALB}/target-type: ip, {_ALB}/group.name: shared"
_PLAIN = f"{_ALB}/target-type: ip, {_ALB}/group.name: shared"
_PARTNER = f"{_ALB}/inbound-cidrs: 198.51.100.0/24"


def _beside(annotations: str, kind: str = "alb") -> str:
    """One more Ingress, whose name comes first."""
    found = INGRESS.replace("ANNOTATIONS", annotations).replace("name: way", "name: early")
    return found.replace("ingressClassName: alb", f"ingressClassName: {kind}")


@pytest.mark.parametrize(
    ("one", "other"), [(BOTH, BOTH), (BOTH, _PLAIN), (_PLAIN, f"{BOTH}, {_ALB}/listen-ports: '[{{\"HTTP\": 8080}}]'")]
)
def test_aws_51_ingresses_of_a_group_share_a_load_balancer(tmp_path: Path, one: str, other: str) -> None:
    """It is named by the first of them, and faces the internet as soon as one says so; each opens its own ports."""
    found = estate(tmp_path, ingress(one) + _beside(other))
    assert ["bank/early[Ingress]"] == balancers(found)
    ports = "tcp/80,8080" if "8080" in other else "tcp/80"
    assert (ports, "nothing") == (
        certain(found, "internet", "bank/early[Ingress]"),
        possible(found, "internet", REPORTS),
    )
    assert "tcp/9000" in certain(found, "internet", REPORTS, relation="forwarded")


def test_aws_51_a_group_takes_in_whom_all_of_its_ingresses_let(tmp_path: Path) -> None:
    """Where each of them names the same clients."""
    found = estate(tmp_path, ingress(f"{BOTH}, {_PARTNER}") + _beside(f"{BOTH}, {_PARTNER}"))
    assert ("tcp/80", "nothing") == (
        certain(found, "198.51.100.0/24", "bank/early[Ingress]"),
        possible(found, "internet", "bank/early[Ingress]"),
    )


@pytest.mark.parametrize(
    "pods",
    [
        ingress(_INNER) + _beside(BOTH),  # the controller takes neither
        ingress(_INNER) + _beside(BOTH, "other"),  # of a class that is not known
        ingress(_INNER) + _beside(f"{_PLAIN}, {_ALB}/frontend-nlb-scheme: internet-facing"),
        ingress(f"{BOTH}, {_PARTNER}") + _beside(BOTH),  # at some ports only
        ingress(f"{BOTH}, {_PARTNER}") + _beside(f"{BOTH}, {_ALB}/inbound-cidrs: 203.0.113.0/24"),
        ingress(_INNER) + _beside(f"{_ALB}/group.name: [x]"),
    ],
)
def test_aws_51_of_a_group_whose_ingresses_disagree_nothing_is_known(tmp_path: Path, pods: str) -> None:
    """Anybody may come."""
    found = estate(tmp_path, pods)
    assert ([], "nothing") == (balancers(found), certain(found, "internet", REPORTS))
    assert possible(found, "internet", REPORTS) in ("tcp/9000", "tcp udp sctp")  # the latter if one cannot be read


def test_aws_51_a_group_of_internal_ingresses_takes_nobody_from_the_internet(tmp_path: Path) -> None:
    """No member says otherwise."""
    found = estate(tmp_path, ingress(_INNER) + _beside(_PLAIN))
    assert "nothing" == possible(found, "internet", REPORTS)


SECOND = """
resource "aws_eks_cluster" "second" {
  name     = "second"
  role_arn = "arn:aws:iam::123456789012:role/eks"
  vpc_config {
    subnet_ids = [aws_subnet.nodes.id]
  }
}

resource "aws_eks_node_group" "second" {
  cluster_name    = aws_eks_cluster.second.name
  node_group_name = "second"
  node_role_arn   = "arn:aws:iam::123456789012:role/nodes"
  subnet_ids      = [aws_subnet.nodes.id]
}
"""


def test_aws_51_load_balancers_of_two_clusters_are_two(tmp_path: Path) -> None:
    """Services of one name, one facing the internet and one internal: each hands on to its own cluster alone."""
    infra = INFRA.replace(
        'tags       = { "kubernetes.io/role/elb" = "1" }',
        'tags = { "kubernetes.io/role/elb" = "1", "kubernetes.io/role/internal-elb" = "1" }',
    )
    outer, inner = service(OUTER), service(OUTER.replace("internet-facing", "internal"))
    for name, text in (("infra", infra + SECOND), ("one", WORKLOAD + outer), ("two", WORKLOAD + inner)):
        (tmp_path / name).mkdir()
        (tmp_path / name / ("main.tf" if name == "infra" else "all.yaml")).write_text(text, encoding="utf-8")
    assumed = tmp_path / "assume.yaml"
    assumed.write_text("clusters: {one: aws_eks_cluster.prod, two: aws_eks_cluster.second}", encoding="utf-8")
    found = load(tmp_path / "infra", f"one={tmp_path / 'one'}", f"two={tmp_path / 'two'}", assume=assumed)
    assert ["one::bank/front[Service]", "two::bank/front[Service]"] == balancers(found)
    handed = {each.proxy: each.target for each in found.network.forwards}
    assert {
        "one::bank/front[Service]": f"one::{REPORTS}",
        "two::bank/front[Service]": f"two::{REPORTS}",
    } == handed
    assert "nothing" == possible(found, "internet", "two::bank/front[Service]")


@pytest.mark.parametrize(
    ("annotations", "listens"),
    [
        (f"{_ALB}/certificate-arn: x", "tcp/443"),
        (f"""{_ALB}/listen-ports: '[{{"HTTP": 8080}}, {{"HTTPS": 8443}}]'""", "tcp/8080,8443"),
    ],
)
def test_aws_51_an_ingress_says_on_which_ports_it_listens(tmp_path: Path, annotations: str, listens: str) -> None:
    """By its annotations; with a certificate it is HTTPS."""
    found = estate(tmp_path, ingress(f"{FACING}, {annotations}"))
    assert certain(found, "internet", "bank/way[Ingress]") == listens


def test_aws_51_before_node_ports_nothing_is_certain_of_the_pods(tmp_path: Path) -> None:
    """The load balancer dials nodes, each of which may hand on; nobody else comes in by it."""
    found = estate(
        tmp_path, service(kind="NodePort") + ingress(FACING.replace("ip", "instance"))[len(service("", "ClusterIP")) :]
    )
    assert balancers(found) == ["bank/way[Ingress]"]
    assert (possible(found, "bank/way[Ingress]", REPORTS), possible(found, "internet", REPORTS)) == (
        "tcp/9000,30000-32767",
        "nothing",
    )
    assert certain(found, "internet", REPORTS, relation="forwarded") == "nothing"


def test_aws_51_beside_named_groups_no_rule_is_added_to_the_nodes(tmp_path: Path) -> None:
    """Unless the annotation says so: the load balancer does not get to the pods."""
    own = 'resource "aws_security_group" "own" {\n  vpc_id = aws_vpc.prod.id\n  tags = { Name = "own" }\n' + (
        '  ingress {\n    from_port = 0\n    to_port = 0\n    protocol = "-1"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n'
        '  egress {\n    from_port = 0\n    to_port = 0\n    protocol = "-1"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
    )
    found = estate(tmp_path, ingress(f"{FACING}, {_ALB}/security-groups: own"), INFRA + own)
    assert certain(found, "internet", "bank/way[Ingress]") == "tcp/80"
    assert possible(found, "bank/way[Ingress]", REPORTS) == "nothing"


def test_aws_51_beside_named_groups_rules_are_added_when_told(tmp_path: Path) -> None:
    """With `manage-backend-security-group-rules`."""
    own = 'resource "aws_security_group" "own" {\n  vpc_id = aws_vpc.prod.id\n  tags = { Name = "own" }\n' + (
        '  egress {\n    from_port = 0\n    to_port = 0\n    protocol = "-1"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
    )
    told = f"{FACING}, {_ALB}/security-groups: own, {_ALB}/manage-backend-security-group-rules: 'true'"
    found = estate(tmp_path, ingress(told), INFRA + own)
    assert certain(found, "bank/way[Ingress]", REPORTS) == "tcp/9000"


@pytest.mark.parametrize("named", ["outer", "outer, other"])
def test_aws_51_subnets_are_found_by_their_names(tmp_path: Path, named: str) -> None:
    """All of them, or it is not known where the load balancer is."""
    infra = INFRA.replace('"kubernetes.io/role/elb" = "1"', 'Name = "outer"')
    found = estate(tmp_path, service(f"{OUTER}, {_NLB}-subnets: '{named}'"), infra)
    assert balancers(found) == (["bank/front[Service]"] if named == "outer" else [])


@pytest.mark.parametrize(
    ("zones", "sure"), [(('"a"', '"b"'), "tcp/443"), (('"a"', '"a"'), "nothing"), (("null", '"b"'), "nothing")]
)
def test_aws_51_of_two_subnets_in_a_zone_it_takes_one(tmp_path: Path, zones: tuple[str, str], sure: str) -> None:
    """Which one is not known, so that it may exist."""
    tagged = '  tags = { "kubernetes.io/role/elb" = "1" }\n  availability_zone = ZONE\n}'
    second = (
        'resource "aws_subnet" "second" {\n  vpc_id = aws_vpc.prod.id\n  cidr_block = "10.0.1.0/24"\n'
        f"{tagged.replace('ZONE', zones[1])}\n"
        'resource "aws_route_table_association" "second" {\n  subnet_id = aws_subnet.second.id\n'
        "  route_table_id = aws_route_table.public.id\n}\n"
    )
    first = INFRA.replace(
        '"kubernetes.io/role/elb" = "1" }\n', f'"kubernetes.io/role/elb" = "1" }}\n  availability_zone = {zones[0]}\n'
    )
    found = estate(tmp_path, service(OUTER), first + second)
    assert certain(found, "internet", "bank/front[Service]") == sure


_PARAMETERS = "\n---\napiVersion: elbv2.k8s.aws/v1beta1\nkind: IngressClassParams\nmetadata: {name: alb}\n"


_ACCELERATOR = (
    "\n---\napiVersion: aga.k8s.aws/v1beta1\nkind: GlobalAccelerator\nmetadata: {name: all, namespace: bank}\n"
)
_CONTROLLER = """
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: aws-load-balancer-controller, namespace: kube-system}
spec:
  selector: {matchLabels: {app: controller}}
  template:
    metadata: {labels: {app: controller}}
    spec: {containers: [{name: app, image: x, args: [--default-load-balancer-scheme=internet-facing]}]}
"""


@pytest.mark.parametrize(
    "pods",
    [
        ingress(f"{_ALB}/scheme: internal, {_ALB}/target-type: ip") + _PARAMETERS,
        ingress(f"{FACING}, {_ALB}/inbound-cidrs: 198.51.100.0/24, {_ALB}/security-group-prefix-lists: pl-1"),
        ingress(f"{FACING}, {_ALB}/subnets: nowhere"),
        ingress(f"{FACING}, {_ALB}/listen-ports: x"),
        ingress(f"{FACING}, {_ALB}/security-groups: sg-1"),
        ingress(FACING).replace("  defaultBackend", "  tls: [{hosts: [x]}]\n  defaultBackend"),
        service(f"{OUTER.replace('internet-facing', 'internal')}").replace(
            "type: Load", "externalIPs: [10.0.0.9], type: Load"
        ),
        service(f"{_NLB}-type: nlb"),
        service(f"{OUTER}, {_NLB}-extra-security-groups: x"),
        ingress(f"{_ALB}/scheme: internal, {_ALB}/target-type: ip, {_ALB}/enable-frontend-nlb: 'true'"),
        ingress(f"{_ALB}/scheme: internal, {_ALB}/target-type: ip") + _ACCELERATOR,
        service(OUTER.replace("internet-facing", "internal")) + _ACCELERATOR,
        service(f"{_NLB}-type: external, {_NLB}-nlb-target-type: ip") + _CONTROLLER,
        ingress(f"{_ALB}/target-type: ip") + _CONTROLLER,
    ],
)
def test_aws_51_what_is_not_known_as_a_whole_is_possible(tmp_path: Path, pods: str) -> None:
    """No load balancer is derived, and anybody may come."""
    found = estate(tmp_path, pods)
    assert (balancers(found), certain(found, "internet", REPORTS), possible(found, "internet", REPORTS)) == (
        [],
        "nothing",
        "tcp/9000",
    )


def test_aws_51_an_ingress_whose_annotations_lead_elsewhere_may_lead_to_any_pod_of_its_namespace(
    tmp_path: Path,
) -> None:
    """Actions name Services, or target groups, that no backend does."""
    found = estate(tmp_path, ingress(f"{FACING}, {_ALB}/actions.other: '{{}}'"))
    assert (balancers(found), possible(found, "internet", REPORTS)) == ([], "tcp udp sctp")


@pytest.mark.parametrize(("told", "sure"), [("", "tcp/9000"), ("ip", "tcp/9000"), ("instance", "nothing")])
def test_aws_51_what_a_service_says_of_targets_goes_before_its_ingress(tmp_path: Path, told: str, sure: str) -> None:
    """Where the two differ it is not taken for known what the load balancer dials."""
    annotated = f"  annotations: {{{_ALB}/target-type: '{told}'}}\nspec"
    pods = ingress(FACING).replace("  annotations: {}\nspec", annotated, 1)
    assert sure == certain(estate(tmp_path, pods), "internet", REPORTS, relation="forwarded")


def test_aws_51_a_subnet_whose_tags_are_not_known_leaves_the_load_balancer_open(tmp_path: Path) -> None:
    """It may be in any of them."""
    found = estate(
        tmp_path,
        service(OUTER),
        INFRA.replace('{ "kubernetes.io/role/elb" = "1" }', "var.tags") + 'variable "tags" {}\n',
    )
    assert (balancers(found), possible(found, "internet", REPORTS)) == ([], "tcp/9000")
