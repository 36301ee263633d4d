"""A root of ours on the public modules for VPCs and EKS, with the bank's pods on it; the answers were checked by hand.

By the module's `node_groups.tf` its nodes take from each other tcp/1025-65535 and tcp and udp/53, from the control
plane tcp/443, 4443, 6443, 8443, 9443 and 10250, and send everything; the cluster's group takes tcp/443 from the nodes.
Both node groups have that one group. By the module for VPCs the private subnets have a NAT gateway, the public ones the
tag `kubernetes.io/role/elb`.
"""

from __future__ import annotations

import os

import pytest

from netaudit import load
from netaudit.api import Estate
from tests.oracles import REPOSITORY, corpus

pytestmark = pytest.mark.oracle

_ROOT = """
provider "aws" {
  region = "us-west-2"
}

module "vpc" {
  source = "MODULES/terraform-aws-vpc-5.21.0"

  name                = "shop"
  cidr                = "10.0.0.0/16"
  azs                 = ["us-west-2a", "us-west-2b"]
  private_subnets     = ["10.0.0.0/20", "10.0.16.0/20"]
  public_subnets      = ["10.0.48.0/24", "10.0.49.0/24"]
  enable_nat_gateway  = true
  single_nat_gateway  = true
  public_subnet_tags  = { "kubernetes.io/role/elb" = 1 }
  private_subnet_tags = { "kubernetes.io/role/internal-elb" = 1 }
}

module "eks" {
  source = "MODULES/terraform-aws-eks"

  cluster_name            = "shop"
  cluster_version         = "1.33"
  vpc_id                  = module.vpc.vpc_id
  subnet_ids              = module.vpc.private_subnets
  eks_managed_node_groups = { one = {}, two = {} }
}
"""
_NAMES = {
    "bank/payments[Deployment]": "payments",
    "bank/ledger[Deployment]": "ledger",
    "bank/reports[Deployment]": "reports",
    "ingress/nginx[Deployment]": "nginx",
    "ingress/nginx[Service]": "balancer",
    "module.eks.aws_eks_cluster.this[0]": "control plane",
    'module.eks.module.eks_managed_node_group["one"].aws_eks_node_group.this[0]': "nodes",
    "internet": "internet",
}
_AMONG_NODES = "tcp/53,1025-65535 udp/53"
_FROM_CONTROL_PLANE = "tcp/443,4443,6443,8443,9443,10250"
# What certainly flows, by hand; the policies of the bank are those of the scenario.
_CERTAIN = {
    ("internet", "balancer"): "tcp/443",
    ("balancer", "nginx"): "tcp/443",
    ("balancer", "reports"): "tcp/443",
    ("balancer", "nodes"): "tcp/443",
    ("balancer", "internet"): "tcp udp sctp",
    ("nginx", "payments"): "tcp/8443",
    ("nginx", "reports"): _AMONG_NODES,
    ("payments", "ledger"): "tcp/8080",
    ("reports", "balancer"): "tcp/443",
    ("reports", "nodes"): _AMONG_NODES,
    ("reports", "control plane"): "tcp/443",
    ("reports", "internet"): "tcp udp",
    ("nodes", "balancer"): "tcp/443",
    ("nodes", "nginx"): _AMONG_NODES,
    ("nodes", "reports"): _AMONG_NODES,
    ("nodes", "control plane"): "tcp/443",
    ("nodes", "internet"): "tcp udp",
    ("control plane", "balancer"): "tcp/443",
    ("control plane", "nodes"): _FROM_CONTROL_PLANE,
    ("control plane", "nginx"): _FROM_CONTROL_PLANE,
    ("control plane", "reports"): _FROM_CONTROL_PLANE,
    ("control plane", "internet"): "tcp udp",
}


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """The root with the pods of the bank."""
    at = tmp_path_factory.mktemp("root")
    modules = corpus("terraform") / "eks-auto-mode" / "modules"
    (at / "main.tf").write_text(_ROOT.replace("MODULES", os.path.relpath(modules, at)), encoding="utf-8")
    return load(at, REPOSITORY / "fixtures" / "scenarios" / "one-graph" / "k8s")


def test_the_public_modules_are_joined_with_their_pods(estate: Estate) -> None:
    """Two managed node groups, the nodes' group of the module, and a load balancer in its tagged subnets."""
    assert (estate.network.not_joined, [d.code for d in estate.network.diagnostics if d.code.startswith("EKS_")]) == (
        (),
        [],
    )


def test_the_certain_flows_are_those_of_the_hand(estate: Estate) -> None:
    """Every pair of pods, nodes, control plane, load balancer and internet."""
    found = {
        (_NAMES[f.source], _NAMES[f.destination]): str(f.certain)
        for f in estate.flows().flows
        if f.certain and f.source in _NAMES and f.destination in _NAMES
    }
    assert found == _CERTAIN


def test_the_internet_reaches_pods_through_the_load_balancer_alone(estate: Estate) -> None:
    """Nginx, and by its paths payments and reports."""
    flows = (f for f in estate.flows(relation="forwarded").flows if f.source == "internet" and f.through and f.certain)
    assert {(_NAMES[f.destination], str(f.certain)) for f in flows} == {
        ("nginx", "tcp/443"),
        ("payments", "tcp/8443"),
        ("reports", "tcp/9000"),
    }


def test_the_root_of_the_modules_with_auto_mode_stays_apart() -> None:
    """Its nodes are made at run time: the cluster is not joined, and says why."""
    root = corpus("terraform") / "eks-auto-mode"
    pods = REPOSITORY / "fixtures" / "scenarios" / "one-graph" / "k8s" / "bank.yaml"
    apart = load(root / "root", pods, assume=root / "assumptions.yaml")
    assert [d.code for d in apart.network.diagnostics if d.code.startswith("EKS_")] == ["EKS_NOT_JOINED"]
