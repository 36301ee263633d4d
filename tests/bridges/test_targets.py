"""Load balancers of the cloud, written in Terraform, before the pods of a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from netaudit import load
from netaudit.api import Estate
from netaudit.flows import Traffic

from .test_load_balancers import INFRA, REPORTS, SECOND, WORKLOAD, certain, estate, possible, service

BALANCER = """
resource "aws_security_group" "front" {
  vpc_id = aws_vpc.prod.id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group_rule" "front" {
  security_group_id        = aws_security_group.nodes.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = PORT
  to_port                  = PORT
  source_security_group_id = aws_security_group.front.id
}

resource "aws_lb" "front" {
  subnets         = [aws_subnet.public.id]
  security_groups = [aws_security_group.front.id]
}

resource "aws_lb_listener" "front" {
  load_balancer_arn = aws_lb.front.arn
  port              = 443
  protocol          = "HTTPS"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.reports.arn
  }
}

resource "aws_lb_target_group" "reports" {
  name        = "reports"
  port        = PORT
  protocol    = "HTTP"
  target_type = "TYPE"
  vpc_id      = aws_vpc.prod.id
}
"""
NODES = """
resource "aws_autoscaling_attachment" "nodes" {
  autoscaling_group_name = aws_eks_node_group.main.resources[0].autoscaling_groups[0].name
  lb_target_group_arn    = aws_lb_target_group.reports.arn
}
"""


def balanced(port: int, kind: str) -> str:
    """The cloud with a load balancer whose target group is of this kind and port."""
    return INFRA + BALANCER.replace("PORT", str(port)).replace("TYPE", kind)


def by_balancer(at: Path, pods: str, infra: str) -> str:
    """What may come from the internet to the reports over a proxy, and from nobody directly."""
    found = estate(at, pods, infra)
    assert not [flow for flow in found.flows().flows if (flow.source, flow.destination) == ("internet", REPORTS)]
    flows = found.flows(relation="forwarded").flows
    mine = [flow for flow in flows if (flow.source, flow.destination) == ("internet", REPORTS)]
    assert not any(flow.certain for flow in mine)
    return ", ".join(str(flow.possible) for flow in mine) or "nothing"


def test_aws_51_a_target_group_of_addresses_may_hold_pods(tmp_path: Path) -> None:
    """Nothing in the sources registers its targets: a controller may register any pod."""
    assert "tcp/9000" == by_balancer(tmp_path, service(kind="ClusterIP"), balanced(9000, "ip"))


@pytest.mark.parametrize(
    ("node_port", "expected"), [(30080, "tcp/9000"), (30081, "nothing")], ids=["the port dialled", "another port"]
)
def test_aws_51_a_target_group_of_nodes_leads_to_the_pods_behind_its_port(
    tmp_path: Path, node_port: int, expected: str
) -> None:
    """The load balancer dials a node port, and which Service has that port is written in the manifests."""
    pods = service(kind="NodePort").replace("targetPort: 9000", f"targetPort: 9000, nodePort: {node_port}")
    assert expected == by_balancer(tmp_path, pods, balanced(30080, "instance") + NODES)


FOREIGN = """
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: bank}
spec: {type: NodePort, selector: {app: other}, ports: [{port: 80, nodePort: 8080}]}
"""


@pytest.mark.parametrize(("beside", "expected"), [("", "nothing"), (FOREIGN, "tcp/9000")], ids=["usual", "another"])
def test_k8s_14_node_ports_may_be_any_where_one_is_not_of_the_usual_range(
    tmp_path: Path, beside: str, expected: str
) -> None:
    """The load balancer dials 20080 at the nodes: no port of the usual range, which is an assumption."""
    assert expected == by_balancer(tmp_path, service(kind="NodePort") + beside, balanced(20080, "instance") + NODES)
    assumed = load(tmp_path / "infra", tmp_path / "k8s").network.assumptions
    assert ("NODE_PORTS_BY_DEFAULT" in assumed) == (not beside)


def test_aws_51_a_target_group_of_machines_holds_no_pods(tmp_path: Path) -> None:
    """A pod is registered by its address; without a node port nothing leads to it."""
    assert "nothing" == by_balancer(tmp_path, service(kind="ClusterIP"), balanced(9000, "instance"))


def test_aws_44_a_controller_registers_pods_at_their_own_ports(tmp_path: Path) -> None:
    """A registration overrides the port of its target group: a pod that listens elsewhere is a target, too."""
    infra = balanced(9000, "ip").replace("  port        = 9000", "  port        = 80")
    assert "tcp/9000" == by_balancer(tmp_path, service(kind="ClusterIP"), infra)


def passing(port: int, kind: str, more: str = "") -> str:
    """The same with a network load balancer, which passes its clients on."""
    found = balanced(port, kind).replace('"HTTPS"', '"TCP"').replace('"HTTP"', '"TCP"')
    found = found.replace('"aws_lb" "front" {', '"aws_lb" "front" {\n  load_balancer_type = "network"')
    return found.replace('name        = "reports"', f'name        = "reports"\n  {more}')


def _admitting(block: str) -> str:
    """How the group of the load balancer says whom it admits."""
    return f'protocol    = "tcp"\n    cidr_blocks = ["{block}"]'


AT_9000 = Traffic.parse("tcp/9000")
AT_30080 = service(kind="NodePort").replace("targetPort: 9000", "targetPort: 9000, nodePort: 30080")


@pytest.mark.parametrize("more", ["", "preserve_client_ip = false"], ids=["by its client", "by itself"])
def test_aws_43_a_network_load_balancer_passes_its_clients_on_to_pods_behind_node_ports(
    tmp_path: Path, more: str
) -> None:
    """The group of the nodes admits the load balancer alone, by its group; its clients come by it all the same."""
    assert "tcp/9000" == possible(
        estate(tmp_path, AT_30080, passing(30080, "instance", more) + NODES), "internet", REPORTS
    )


def test_aws_43_a_network_load_balancer_passes_on_only_whom_its_groups_admit(tmp_path: Path) -> None:
    """It has a public address, but its group admits one block."""
    found = estate(
        tmp_path,
        AT_30080,
        passing(30080, "instance").replace(_admitting("0.0.0.0/0"), _admitting("198.51.100.0/24")) + NODES,
    )
    assert ("nothing", "tcp/9000") == tuple(possible(found, each, REPORTS) for each in ("internet", "198.51.100.0/24"))


_SERVICE = """
resource "aws_vpc_endpoint_service" "reports" {
  acceptance_required        = false
  network_load_balancer_arns = [aws_lb.front.arn]
}

resource "aws_vpc_endpoint" "reports" {
  vpc_id             = aws_vpc.ci.id
  service_name       = aws_vpc_endpoint_service.reports.service_name
  vpc_endpoint_type  = "Interface"
  subnet_ids         = [aws_subnet.ci.id]
  security_group_ids = [aws_security_group.endpoint.id]
}

resource "aws_security_group" "endpoint" {
  vpc_id = aws_vpc.ci.id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.9.0.0/16"]
  }
}
"""


def test_aws_39_clients_of_an_endpoint_come_to_pods_behind_node_ports(tmp_path: Path) -> None:
    """Past the load balancer's own groups, which admit none of them; the nodes' group admits the load balancer."""
    unseen = 'enforce_security_group_inbound_rules_on_private_link_traffic = "off"'
    head = '"aws_lb" "front" {'
    infra = passing(30080, "instance").replace(head, f"{head}\n  internal = true\n  {unseen}")
    infra = infra.replace(_admitting("0.0.0.0/0"), 'protocol = "tcp"\n    self = true') + NODES
    alone = infra.replace("from_port   = 8443\n    to_port     = 9000", "from_port   = 1\n    to_port     = 1")
    for at, text, expected in (("with", alone + _SERVICE, "tcp/1,9000"), ("without", alone, "tcp/1")):
        assert expected == possible(estate(tmp_path / at, AT_30080, text), "aws_instance.runner", REPORTS)


def test_aws_39_clients_of_an_endpoint_come_to_pods_as_targets(tmp_path: Path) -> None:
    """The same without a node between: the load balancer's groups admit none of them, and need not."""
    infra = passing(9000, "ip").replace('"aws_lb" "front" {', '"aws_lb" "front" {\n  internal = true')
    infra = infra.replace(_admitting("0.0.0.0/0"), 'protocol = "tcp"\n    self = true')
    alone = infra.replace("from_port   = 8443\n    to_port     = 9000", "from_port   = 1\n    to_port     = 1")
    for at, text, expected in (("with", alone + _SERVICE, "tcp"), ("without", alone, "tcp/1")):
        assert expected == possible(
            estate(tmp_path / at, service(kind="ClusterIP"), text), "aws_instance.runner", REPORTS
        )


def test_aws_51_an_internal_network_load_balancer_passes_nobody_on_from_the_internet(tmp_path: Path) -> None:
    """It has no public address."""
    infra = passing(30080, "instance").replace('"aws_lb" "front" {', '"aws_lb" "front" {\n  internal = true')
    assert "nothing" == possible(estate(tmp_path, AT_30080, infra + NODES), "internet", REPORTS)


@pytest.mark.parametrize("more", ["preserve_client_ip = true", ""])
def test_aws_43_a_network_load_balancer_passes_its_clients_on_to_pods_as_unknown_targets(
    tmp_path: Path, more: str
) -> None:
    """One connection, whomever the pods see."""
    assert "tcp" == possible(
        estate(tmp_path, service(kind="ClusterIP"), passing(9000, "ip", more)), "internet", REPORTS
    )


BINDING = """
---
apiVersion: elbv2.k8s.aws/v1beta1
kind: TargetGroupBinding
metadata: {name: reports, namespace: bank}
spec:
  serviceRef: {name: front, port: 443}
  NAMED
"""
_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup"
BY_NAME = "targetGroupName: reports"


def bound(named: str = BY_NAME, kind: str = "ClusterIP") -> str:
    """A Service whose pods, or node ports, a binding registers."""
    return service(kind=kind) + BINDING.replace("NAMED", named)


def comes(found: Estate, source: str = "internet", destination: str = REPORTS) -> tuple[str, str]:
    """What certainly comes over load balancers, and what may come without one."""
    return certain(found, source, destination, relation="forwarded"), possible(found, source, destination)


@pytest.mark.parametrize(
    "named", [BY_NAME, f"targetGroupARN: {_ARN}/reports/1", f"targetGroupARN: {_ARN}/reports/1\n  targetType: ip"]
)
def test_aws_51_a_binding_says_which_pods_a_target_group_holds(tmp_path: Path, named: str) -> None:
    """By the name that the code gives it: these pods at their own port, and nobody past the load balancer."""
    infra = balanced(9000, "ip").replace("  port        = 9000", "  port        = 80")
    found = estate(tmp_path, bound(named), infra)
    assert ("tcp/9000", "nothing") == comes(found)
    assert {"AWS_UNKNOWN_TARGETS", "K8S_PROXY_NOT_MODELLED"}.isdisjoint(each.code for each in found.network.diagnostics)


IN_TERRAFORM = """
resource "kubernetes_manifest" "reports" {
  manifest = {
    apiVersion = "elbv2.k8s.aws/v1beta1"
    kind       = "TargetGroupBinding"
    metadata   = { name = "reports", namespace = "bank" }
    spec = {
      serviceRef     = { name = "front", port = 443 }
      targetGroupARN = aws_lb_target_group.reports.arn
      networking = {
        ingress = [{
          from  = [{ securityGroup = { groupID = aws_security_group.front.id } }]
          ports = [{ port = 9000 }]
        }]
      }
    }
  }
}
"""


def test_aws_51_a_binding_that_terraform_declares_names_its_group_by_reference(tmp_path: Path) -> None:
    """And the group of the load balancer, which its controller lets in."""
    infra = balanced(9000, "ip").replace("source_security_group_id = aws_security_group.front.id", "self = true")
    found = estate(tmp_path, service(kind="ClusterIP"), infra + IN_TERRAFORM)
    assert ("tcp/9000", "nothing") == comes(found)


OF_ANOTHER_ROOT = """
resource "aws_lb_target_group" "reports" {
  name        = "other"
  port        = 9000
  protocol    = "HTTP"
  target_type = "ip"
}

resource "aws_security_group" "front" {
  name = "other"
}
"""


def test_aws_51_a_binding_of_another_root_names_nothing_of_the_clusters_root(tmp_path: Path) -> None:
    """The two have things of the same addresses, and the binding's are its own root's."""
    infra = balanced(9000, "ip").replace("source_security_group_id = aws_security_group.front.id", "self = true")
    files = {
        "infra/main.tf": infra,
        "apps/main.tf": OF_ANOTHER_ROOT + IN_TERRAFORM,
        "apps/k8s.yaml": WORKLOAD + service(kind="ClusterIP"),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = load(f"prod={tmp_path / 'infra'}", f"apps={tmp_path / 'apps'}")
    assert "nothing" == certain(found, "internet", f"apps::{REPORTS}", relation="forwarded")


@pytest.mark.parametrize(
    "part",
    [
        '"elbv2.k8s.aws/v1beta1"',
        '{ name = "reports", namespace = "bank" }',
        '{ name = "front", port = 443 }',
        "aws_lb_target_group.reports.arn",
        "[{ port = 9000 }]",
        "aws_security_group.front.id",
    ],
)
def test_aws_51_a_binding_with_an_open_part_denies_nothing(tmp_path: Path, part: str) -> None:
    """Terraform's own rule lets the load balancer in, and some pod may be registered."""
    opened = IN_TERRAFORM.replace(part, "var.open") + 'variable "open" {}\n'
    flows = estate(tmp_path, service(kind="ClusterIP"), balanced(9000, "ip") + opened).flows(relation="forwarded").flows
    mine = [flow.possible for flow in flows if (flow.source, flow.destination) == ("internet", REPORTS)]
    assert "tcp/9000" in {str(each & AT_9000) for each in mine}


OTHER = """
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other, namespace: bank}
spec:
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec:
      containers: [{name: app, image: bank/other, ports: [{containerPort: 9000}]}]
"""


def test_aws_51_a_bound_target_group_holds_nothing_else(tmp_path: Path) -> None:
    """Its controller removes whatever else is registered."""
    found = estate(tmp_path, bound() + OTHER, balanced(9000, "ip"))
    assert {REPORTS} == {each.target for each in found.network.forwards}


@pytest.mark.parametrize(
    "named",
    [
        "targetGroupName: elsewhere",
        f"targetGroupARN: {_ARN}/elsewhere/1",
        "targetGroupARN: [1]",
        f"{BY_NAME}\n  multiClusterTargetGroup: true",
        f"{BY_NAME}\n  ipAddressType: ipv6",
        f"{BY_NAME}\n  targetType: instance",
    ],
)
def test_aws_51_a_binding_of_a_group_that_is_not_known_leaves_all_open(tmp_path: Path, named: str) -> None:
    """Anybody may come to its pods, and the declared group may hold any."""
    found = estate(tmp_path, bound(named) + OTHER, balanced(9000, "ip"))
    assert ("nothing", "tcp/9000") == comes(found)
    assert {REPORTS, "bank/other[Deployment]"} <= {each.target for each in found.network.forwards}


def test_aws_51_bindings_of_two_clusters_leave_their_group_open(tmp_path: Path) -> None:
    """Each controller removes what the other registers."""
    for name, text in (
        ("infra", balanced(9000, "ip") + SECOND),
        ("one", WORKLOAD + bound()),
        ("two", WORKLOAD + bound()),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / ("main.tf" if name == "infra" else "all.yaml")).write_text(text, encoding="utf-8")
    assumed = tmp_path / "assume.yaml"
    assumed.write_text("clusters: {one: aws_eks_cluster.prod, two: aws_eks_cluster.second}", encoding="utf-8")
    found = load(tmp_path / "infra", f"one={tmp_path / 'one'}", f"two={tmp_path / 'two'}", assume=assumed)
    assert {f"one::{REPORTS}", f"two::{REPORTS}"} <= {each.target for each in found.network.forwards}
    assert not [each for each in found.network.forwards if not each.because]


def test_aws_51_a_bound_internal_load_balancer_brings_nobody_from_the_internet(tmp_path: Path) -> None:
    """It has no public address, and its pods are behind nothing else; it gets to them all the same."""
    infra = balanced(9000, "ip").replace('"aws_lb" "front" {', '"aws_lb" "front" {\n  internal = true')
    found = estate(tmp_path, bound(), infra)
    assert (("nothing", "nothing"), "tcp/9000") == (comes(found), certain(found, "aws_lb.front", REPORTS))


def test_aws_51_a_binding_of_machines_leads_by_its_node_port(tmp_path: Path) -> None:
    """The load balancer dials the nodes; which pod is behind is not certain, and no other port counts."""
    pods = bound(kind="NodePort").replace("targetPort: 9000", "targetPort: 9000, nodePort: 30080")
    for port, expected in ((30080, "tcp/9000"), (30081, "nothing")):
        found = estate(tmp_path / str(port), pods, balanced(port, "instance"))
        flows = found.flows(relation="forwarded").flows
        mine = [flow for flow in flows if (flow.source, flow.destination) == ("internet", REPORTS)]
        assert expected == (", ".join(str(flow.possible) for flow in mine) or "nothing")


NETWORKING = f"""{BY_NAME}
  networking:
    ingress:
    - from: [PEER]
      ports: [PORT]"""


@pytest.mark.parametrize(
    ("peer", "port", "sure"),
    [
        ("{ipBlock: {cidr: 10.0.0.0/24}}", "{port: 9000}", "tcp/9000"),
        ("{ipBlock: {cidr: 10.0.0.0/24}}", "", "tcp/9000"),
        ("{ipBlock: {cidr: 10.0.32.0/24}}", "{port: 9000}", "nothing"),
        ("{ipBlock: {cidr: 10.0.0.0/24}}", "{port: 9001}", "nothing"),
        ("{ipBlock: {cidr: 10.0.0.0/24}}", "{port: 9000, protocol: UDP}", "nothing"),
        ("{securityGroup: {groupID: sg-1}}", "{port: 9000}", "nothing"),
    ],
)
def test_aws_51_the_networking_of_a_binding_opens_the_nodes(tmp_path: Path, peer: str, port: str, sure: str) -> None:
    """Terraform's own rule for the load balancer is gone: its controller adds one."""
    infra = balanced(9000, "ip").replace("source_security_group_id = aws_security_group.front.id", "self = true")
    found = estate(tmp_path, bound(NETWORKING.replace("PEER", peer).replace("PORT", port)), infra)
    assert (sure, "nothing") == comes(found)


@pytest.mark.parametrize("peer", ["{securityGroup: {groupID: sg-1}}", "{securityGroup: [1]}", "{ipBlock: {cidr: x}}"])
def test_aws_51_networking_that_is_not_known_may_let_anybody_in(tmp_path: Path, peer: str) -> None:
    """A group that the code does not declare, or what cannot be read."""
    infra = balanced(9000, "ip").replace("source_security_group_id = aws_security_group.front.id", "self = true")
    found = estate(tmp_path, bound(NETWORKING.replace("PEER", peer).replace("PORT", "{port: 9000}")), infra)
    flows = found.flows(relation="forwarded").flows
    assert ["tcp/9000"] == [str(f.possible) for f in flows if (f.source, f.destination) == ("internet", REPORTS)]
