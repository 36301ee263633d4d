"""Two clusters whose pods live in the same secondary block of two VPCs, between which a transit gateway carries.

By hand, from the routes below and what the AWS documentation says of custom networking:

- A pod has an address of its ENIConfig's subnet, in 100.64.0.0/16, and that block is local to either VPC: no packet to
  a pod of the other cluster ever leaves the VPC.
- To the other VPC's nodes, in 10.x.0.0/16, a pod's packet goes with the address of its own node, which is routed both
  ways. With external translation it keeps 100.64.x.x, and the reply stays in the VPC of the one who replies.
- The pods' group admits its own members, the nodes' group 8080 from the other VPC's nodes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from netaudit import load
from netaudit.api import Estate
from netaudit.flows import CLAIMED

_VPC = """
resource "aws_vpc" "@here" {
  cidr_block = "@block"
}

resource "aws_vpc_ipv4_cidr_block_association" "@here" {
  vpc_id     = aws_vpc.@here.id
  cidr_block = "@own/16"
}

resource "aws_subnet" "@here" {
  vpc_id     = aws_vpc.@here.id
  cidr_block = cidrsubnet("@block", 4, 0)

  availability_zone = "eu-west-1a"
}

resource "aws_subnet" "@here_pods" {
  vpc_id     = aws_vpc_ipv4_cidr_block_association.@here.vpc_id
  cidr_block = "@own/18"

  availability_zone = "eu-west-1a"
}

resource "aws_route_table" "@here" {
  vpc_id = aws_vpc.@here.id
  route {
    cidr_block         = "10.0.0.0/8"
    transit_gateway_id = aws_ec2_transit_gateway.both.id
  }
  route {
    cidr_block         = "100.64.0.0/10"
    transit_gateway_id = aws_ec2_transit_gateway.both.id
  }
}

resource "aws_route_table_association" "@here" {
  for_each       = { nodes = aws_subnet.@here.id, pods = aws_subnet.@here_pods.id }
  subnet_id      = each.value
  route_table_id = aws_route_table.@here.id
}

resource "aws_ec2_transit_gateway_vpc_attachment" "@here" {
  transit_gateway_id = aws_ec2_transit_gateway.both.id
  vpc_id             = aws_vpc.@here.id
  subnet_ids         = [aws_subnet.@here.id]
}

resource "aws_eks_cluster" "@here" {
  name = "@here"
  vpc_config {
    subnet_ids = [aws_subnet.@here.id]
  }
}

resource "aws_eks_addon" "@here" {
  cluster_name         = aws_eks_cluster.@here.name
  addon_name           = "vpc-cni"
  configuration_values = jsonencode({ env = {
    AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG = "true"
    AWS_VPC_K8S_CNI_EXTERNALSNAT       = "@external"
  } })
}

resource "aws_launch_template" "@here" {
  vpc_security_group_ids = [aws_security_group.@here.id]
}

resource "aws_eks_node_group" "@here" {
  cluster_name = aws_eks_cluster.@here.name
  subnet_ids   = [aws_subnet.@here.id]
  launch_template {
    id      = aws_launch_template.@here.id
    version = "1"
  }
}

resource "aws_security_group" "@here" {
  vpc_id = aws_vpc.@here.id
  ingress {
    from_port   = 8080
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8", "100.64.0.0/10"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "@here_pods" {
  vpc_id = aws_vpc.@here.id
  ingress {
    from_port = 0
    to_port   = 0
    protocol  = "-1"
    self      = true
  }
  ingress {
    from_port   = 8080
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8", "100.64.0.0/10"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "kubernetes_manifest" "@here_config" {
  provider = kubernetes.@here
  manifest = {
    apiVersion = "crd.k8s.amazonaws.com/v1alpha1"
    kind       = "ENIConfig"
    metadata   = { name = "a" }
    spec       = { subnet = aws_subnet.@here_pods.id, securityGroups = [aws_security_group.@here_pods.id] }
  }
}

resource "kubernetes_manifest" "@here_pod" {
  provider = kubernetes.@here
  for_each = toset(["web", "client"])
  manifest = {
    apiVersion = "v1"
    kind       = "Pod"
    metadata   = { name = each.key, namespace = "shop", labels = { app = each.key } }
    spec       = { containers = [{ name = "c" }] }
  }
}
"""
_BETWEEN = 'resource "aws_ec2_transit_gateway" "both" {\n}\n'
EAST, WEST = "infra::east::shop/web[Pod]", "infra::west::shop/web[Pod]"
NODES_OF_WEST = "aws_eks_node_group.west"


def _estate(at: Path, external: str = "false", west: str = "100.64.0.0") -> Estate:
    halves = [
        _VPC.replace("@here", name).replace("@block", block).replace("@own", own).replace("@external", external)
        for name, block, own in (("east", "10.1.0.0/16", "100.64.0.0"), ("west", "10.2.0.0/16", west))
    ]
    texts = {
        "infra/main.tf": _BETWEEN + "".join(halves),
        "assume.yaml": "clusters: {'infra::east': aws_eks_cluster.east, 'infra::west': aws_eks_cluster.west}",
    }
    for name, text in texts.items():
        (at / name).parent.mkdir(exist_ok=True)
        (at / name).write_text(text, encoding="utf-8")
    return load(at / "infra", assume=at / "assume.yaml")


def _passes(estate: Estate, source: str, destination: str) -> str:
    solved = estate.reachability
    bounds = solved.bounds(solved.by_id[source], solved.by_id[destination]) & CLAIMED
    return str(bounds.certain) if bounds.certain == bounds.possible else f"perhaps {bounds.possible}"


@pytest.mark.parametrize(("west", "passes"), [("100.64.0.0", "nothing"), ("100.65.0.0", "tcp/8080")])
def test_aws_50_pods_of_the_same_secondary_block_never_meet(tmp_path: Path, west: str, passes: str) -> None:
    """That block is local to either VPC, however the transit gateway's routes read; pods of other blocks do meet."""
    estate = _estate(tmp_path, west=west)
    assert [passes] * 2 == [_passes(estate, EAST, WEST), _passes(estate, WEST, EAST)]
    assert "tcp udp sctp" == _passes(estate, "infra::east::shop/client[Pod]", EAST)


@pytest.mark.parametrize(("external", "passes"), [("false", "tcp/8080"), ("true", "nothing")])
def test_aws_50_such_pods_reach_the_other_nodes_by_the_address_of_their_own(
    tmp_path: Path, external: str, passes: str
) -> None:
    """Without source translation the reply would have to find a block that is local to the one who replies."""
    assert passes == _passes(_estate(tmp_path, external), EAST, NODES_OF_WEST)


def test_aws_50_such_pods_are_never_reached_from_the_other_nodes(tmp_path: Path) -> None:
    """They have no other address."""
    assert "nothing" == _passes(_estate(tmp_path), NODES_OF_WEST, EAST)
