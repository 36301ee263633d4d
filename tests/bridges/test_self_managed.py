"""A cluster on machines of one's own: the cloud sees its nodes, and nothing is claimed of its pods and the cloud."""

from __future__ import annotations

from pathlib import Path

from netaudit import load
from netaudit.api import Estate
from netaudit.engine.solve import UNJOINED
from tests.bridges.test_eks import INFRA, REPORTS, RUNNER, WITHOUT_POLICIES

_EKS = INFRA.index('resource "aws_eks_cluster"'), INFRA.index('resource "aws_security_group" "nodes"')
_NODES = """
resource "aws_instance" "node" {
  count                  = 5
  ami                    = "ami-1"
  instance_type          = "t3.large"
  subnet_id              = aws_subnet.nodes.id
  vpc_security_group_ids = [aws_security_group.nodes.id]
  tags                   = { "kubernetes.io/cluster/own" = "owned" }
}
"""


def _estate(at: Path) -> Estate:
    infra = INFRA[: _EKS[0]] + _NODES + INFRA[_EKS[1] :]
    for name, text in (("infra/main.tf", infra), ("k8s/bank.yaml", WITHOUT_POLICIES)):
        (at / name).parent.mkdir()
        (at / name).write_text(text, encoding="utf-8")
    return load(at / "infra", at / "k8s")


def test_pods_on_machines_of_ones_own_are_not_joined(tmp_path: Path) -> None:
    """Nothing is said of a pod and the cloud, and so nothing is denied."""
    solved = _estate(tmp_path).reachability
    assert solved.bounds(solved.by_id[RUNNER], solved.by_id[REPORTS]) == UNJOINED


def test_it_is_said_which_machines_the_pods_may_be(tmp_path: Path) -> None:
    """Those with the tag of a cluster, not the runner."""
    (said,) = [d for d in _estate(tmp_path).network.diagnostics if d.code == "SELF_MANAGED_NOT_JOINED"]
    assert ("aws_instance.node[0]" in said.message, RUNNER in said.message) == (True, False)


def test_what_the_cloud_sees_of_an_overlay_is_a_printed_assumption(tmp_path: Path) -> None:
    """Its nodes are the endpoints."""
    network = _estate(tmp_path).network
    assert "OVERLAY_NODE_TO_NODE" in network.assumptions
    assert "aws_instance.node[0]" in network.by_id


def test_nothing_is_said_where_there_are_no_machines(tmp_path: Path) -> None:
    """Manifests alone, or beside a cloud without any."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text('resource "aws_vpc" "a" {\n  cidr_block = "10.0.0.0/16"\n}\n')
    (tmp_path / "pods.yaml").write_text(WITHOUT_POLICIES)
    network = load(tmp_path / "infra", tmp_path / "pods.yaml").network
    assert "SELF_MANAGED_NOT_JOINED" not in {each.code for each in network.diagnostics}
