"""Two clusters in one estate, over a peering and over a transit gateway: their pods meet by the cloud alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from netaudit import load
from netaudit.api import Estate
from netaudit.flows import CLAIMED

# Two VPCs with a cluster each. West's nodes take 8080 from the other VPC, east's nodes take nothing from it.
_VPC = """
resource "aws_vpc" "NAME" {
  cidr_block = "10.N.0.0/16"
}

resource "aws_subnet" "NAME" {
  vpc_id     = aws_vpc.NAME.id
  cidr_block = "10.N.0.0/20"
}

resource "aws_route_table" "NAME" {
  vpc_id = aws_vpc.NAME.id
  route {
    cidr_block = "10.M.0.0/16"
    WAY
  }
}

resource "aws_route_table_association" "NAME" {
  subnet_id      = aws_subnet.NAME.id
  route_table_id = aws_route_table.NAME.id
}

resource "aws_eks_cluster" "NAME" {
  name = "NAME"
  vpc_config {
    subnet_ids = [aws_subnet.NAME.id]
  }
}

resource "aws_launch_template" "NAME" {
  vpc_security_group_ids = [aws_security_group.NAME.id]
}

resource "aws_eks_node_group" "NAME" {
  cluster_name = aws_eks_cluster.NAME.name
  subnet_ids   = [aws_subnet.NAME.id]
  launch_template {
    id      = aws_launch_template.NAME.id
    version = "1"
  }
}

resource "aws_security_group" "NAME" {
  vpc_id = aws_vpc.NAME.id
  ingress {
    from_port = 0
    to_port   = 0
    protocol  = "-1"
    self      = true
  }
  FURTHER
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
_ADMITTED = 'ingress {\n from_port = 8080\n to_port = 8080\n protocol = "tcp"\n cidr_blocks = ["10.1.0.0/16"]\n }'
_PEERING = """
resource "aws_vpc_peering_connection" "both" {
  vpc_id      = aws_vpc.east.id
  peer_vpc_id = aws_vpc.west.id
  auto_accept = true
}
"""
_GATEWAY = """
resource "aws_ec2_transit_gateway" "both" {
}

resource "aws_ec2_transit_gateway_vpc_attachment" "east" {
  transit_gateway_id = aws_ec2_transit_gateway.both.id
  vpc_id             = aws_vpc.east.id
  subnet_ids         = [aws_subnet.east.id]
}

resource "aws_ec2_transit_gateway_vpc_attachment" "west" {
  transit_gateway_id = aws_ec2_transit_gateway.both.id
  vpc_id             = aws_vpc.west.id
  subnet_ids         = [aws_subnet.west.id]
}
"""
_WAYS = {
    "peering": (_PEERING, "vpc_peering_connection_id = aws_vpc_peering_connection.both.id"),
    "transit gateway": (_GATEWAY, "transit_gateway_id = aws_ec2_transit_gateway.both.id"),
}
_WEB = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c}]}
"""
_CLIENT = """
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop, labels: {app: client}}
spec: {containers: [{name: c}]}
"""
# The same with nodes in a secondary block, as is usual with many pods; both groups admit 8080 from anywhere.
_OPEN = 'ingress {\n from_port = 8080\n to_port = 8080\n protocol = "tcp"\n cidr_blocks = ["0.0.0.0/0"]\n }'
_SECONDARY = (
    _VPC.replace("10.N.0.0/20", "BLOCK")
    .replace("aws_vpc.NAME.id\n  cidr", "aws_vpc_ipv4_cidr_block_association.NAME.vpc_id\n  cidr")
    .replace("10.M.0.0/16", "100.64.0.0/10")
    .replace("FURTHER", _OPEN)
    + """
resource "aws_vpc_ipv4_cidr_block_association" "NAME" {
  vpc_id     = aws_vpc.NAME.id
  cidr_block = "BLOCK"
}
"""
)
_FROM = """
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress: [{from: [PEER], ports: [{port: 8080}]}]
"""
EAST, WEST = "east::shop/web[Pod]", "west::shop/web[Pod]"


def _estate(
    at: Path,
    way: str,
    peer: str = "",
    assume: str = "clusters: {east: aws_eks_cluster.east, west: aws_eks_cluster.west}",
    vpc: str = _VPC,
) -> Estate:
    between, route = _WAYS[way]
    halves = [
        vpc.replace("NAME", name)
        .replace("N", one)
        .replace("M", other)
        .replace("WAY", route)
        .replace("FURTHER", further)
        for name, one, other, further in (("east", "1", "2", ""), ("west", "2", "1", _ADMITTED))
    ]
    policy = _FROM.replace("PEER", peer) if peer else ""
    texts = {
        "infra/main.tf": between + "".join(halves),
        "east/all.yaml": _WEB + _CLIENT,
        "west/all.yaml": _WEB + policy,
        "assume.yaml": assume,
    }
    for name, text in texts.items():
        (at / name).parent.mkdir(exist_ok=True)
        (at / name).write_text(text, encoding="utf-8")
    sources = [str(at / "infra"), *(f"{name}={at / name}" for name in ("east", "west"))]
    return load(*sources, assume=at / "assume.yaml")


def _passes(estate: Estate, source: str, destination: str) -> str:
    solved = estate.reachability
    bounds = solved.bounds(solved.by_id[source], solved.by_id[destination]) & CLAIMED
    return str(bounds.certain) if bounds.certain == bounds.possible else f"perhaps {bounds.possible}"


@pytest.mark.parametrize("way", list(_WAYS))
def test_aws_48_pods_of_two_clusters_meet_as_their_nodes_do(tmp_path: Path, way: str) -> None:
    """West's group admits the addresses of east's nodes, which east's pods have out of their VPC; not the other way."""
    estate = _estate(tmp_path, way)
    assert (_passes(estate, EAST, WEST), _passes(estate, WEST, EAST)) == ("tcp/8080", "nothing")


@pytest.mark.parametrize("way", list(_WAYS))
@pytest.mark.parametrize(
    ("peer", "passes"),
    [
        ("{ipBlock: {cidr: 10.1.0.0/16}}", "tcp/8080"),  # east's nodes
        ("{ipBlock: {cidr: 10.1.128.0/17}}", "nothing"),  # another part of east's VPC
        ("{podSelector: {matchLabels: {app: web}}}", "nothing"),  # of the same cluster only
        ("{namespaceSelector: {}}", "nothing"),
    ],
)
def test_aws_48_a_policy_sees_pods_of_another_cluster_as_addresses(
    tmp_path: Path, way: str, peer: str, passes: str
) -> None:
    """Labels end where the cluster ends."""
    assert _passes(_estate(tmp_path, way, peer), EAST, WEST) == passes


@pytest.mark.parametrize(("block", "passes"), [("100.64.0.0/16", "nothing"), ("100.7N.0.0/16", "tcp/8080")])
def test_pods_of_overlapping_ranges_never_meet(tmp_path: Path, block: str, passes: str) -> None:
    """What a VPC has itself it never sends to the gateway; other ranges meet; within a cluster nothing differs."""
    estate = _estate(tmp_path, "transit gateway", vpc=_SECONDARY.replace("BLOCK", block))
    assert (_passes(estate, EAST, WEST), _passes(estate, WEST, EAST)) == (passes, passes)
    assert _passes(estate, "east::shop/client[Pod]", EAST) == "tcp udp sctp"


def test_nothing_is_flat_when_all_clusters_are_joined(tmp_path: Path) -> None:
    """No pair is left apart, and no pod is routable from everywhere."""
    network = _estate(tmp_path, "peering").network
    assert (network.not_joined, "PODS_ROUTABLE" in network.assumptions) == ((), False)


def test_a_cluster_of_which_it_is_not_said_where_it_runs_stays_apart(tmp_path: Path) -> None:
    """The other one is joined all the same."""
    network = _estate(tmp_path, "peering", assume="clusters: {east: aws_eks_cluster.east}").network
    assert network.not_joined == (("east", "west"), ("infra", "west"))
    assert "PODS_ROUTABLE" in network.assumptions


_ELSEWHERE = """
resource "aws_eks_node_group" "more" {
  cluster_name = CLUSTER
  subnet_ids   = ["subnet-1"]
}

variable "cluster" {
}

resource "aws_eks_cluster" "own" {
  name = "own"
  vpc_config {
    subnet_ids = ["subnet-1"]
  }
}
"""


@pytest.mark.parametrize(
    ("named", "joined"),
    [('"east"', False), ("var.cluster", False), ('"other"', True), ("aws_eks_cluster.own.name", True)],
)
def test_a_cluster_with_nodes_in_another_source_is_not_joined(tmp_path: Path, named: str, joined: bool) -> None:
    """Its pods may live on them, and nobody looks there."""
    root = _VPC.replace("NAME", "east").replace("N", "1").replace("M", "2").replace("WAY", "").replace("FURTHER", "")
    root = root.replace('    cidr_block = "10.2.0.0/16"\n', "").replace("  route {\n    \n  }\n", "")
    texts = {
        "infra/main.tf": root,
        "more/main.tf": _ELSEWHERE.replace("CLUSTER", named),
        "k8s/all.yaml": _WEB,
        "assume.yaml": "clusters: {k8s: 'infra::aws_eks_cluster.east'}",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    sources = [f"{name}={tmp_path / name}" for name in ("infra", "more", "k8s")]
    found = load(*sources, assume=tmp_path / "assume.yaml")
    assert joined == ("EKS_NOT_JOINED" not in {each.code for each in found.network.diagnostics})
