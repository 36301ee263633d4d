"""Load balancers of the cloud, written in Terraform, before the pods of a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_load_balancers import INFRA, REPORTS, estate, possible, service

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


def test_aws_51_an_internal_network_load_balancer_passes_nobody_on_from_the_internet(tmp_path: Path) -> None:
    """It has no public address."""
    infra = passing(30080, "instance").replace('"aws_lb" "front" {', '"aws_lb" "front" {\n  internal = true')
    assert "nothing" == possible(estate(tmp_path, AT_30080, infra + NODES), "internet", REPORTS)


@pytest.mark.parametrize(("more", "expected"), [("preserve_client_ip = true", "tcp"), ("", "nothing")])
def test_aws_43_pods_as_unknown_targets_see_clients_that_are_preserved(
    tmp_path: Path, more: str, expected: str
) -> None:
    """Whom a controller registers is not known; targets by address see clients only where that is written."""
    assert expected == possible(
        estate(tmp_path, service(kind="ClusterIP"), passing(9000, "ip", more)), "internet", REPORTS
    )
