"""What it costs to join a cluster with its cloud: both halves alone, and the one graph, with every row solved.

    python benchmarks/joining.py [--size 1000] [--repeat 3]

CPU seconds in one process, the least of the repeats: reading, assembling, and all rows. The cluster is that of
`generate.py`; the cloud has a VPC of a thousand machines in twenty groups, with the nodes in subnets of their own.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generate import cluster

import netaudit

_CLOUD = """\
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "nodes" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.128.0/17"
}
resource "aws_subnet" "machines" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/18"
}
resource "aws_eks_cluster" "main" {
  name = "main"
  vpc_config {
    subnet_ids             = [aws_subnet.nodes.id]
    endpoint_public_access = false
  }
}
resource "aws_launch_template" "nodes" {
  vpc_security_group_ids = [aws_security_group.nodes.id]
}
resource "aws_eks_node_group" "main" {
  cluster_name = aws_eks_cluster.main.name
  subnet_ids   = [aws_subnet.nodes.id]
  launch_template {
    id      = aws_launch_template.nodes.id
    version = "1"
  }
}
resource "aws_security_group" "nodes" {
  vpc_id = aws_vpc.main.id
  ingress {
    from_port = 0
    to_port   = 0
    protocol  = "-1"
    self      = true
  }
  ingress {
    from_port       = 8080
    to_port         = 8080
    protocol        = "tcp"
    security_groups = [aws_security_group.tier[0].id]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_security_group" "tier" {
  count  = 20
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 5000 + count.index
    to_port     = 5000 + count.index
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["10.0.0.0/16"]
  }
}
resource "aws_instance" "machine" {
  count                  = 1000
  subnet_id              = aws_subnet.machines.id
  vpc_security_group_ids = [aws_security_group.tier[count.index % 20].id]
}
"""


def seconds(*sources: Path) -> float:
    """CPU seconds from the files to the last row."""
    gc.collect()
    gc.disable()  # as the program does
    begun = time.process_time()
    solved = netaudit.load(*sources).reachability
    for each in solved.classes:
        solved.parts(each)
    spent = time.process_time() - begun
    gc.enable()
    return spent


def main() -> None:
    """Print the measures as JSON."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--size", type=int, default=1_000)
    reader.add_argument("--repeat", type=int, default=3)
    given = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cloud, pods = Path(folder, "cloud"), Path(folder, "pods")
        for place, name, text in ((cloud, "main.tf", _CLOUD), (pods, "all.yaml", "---\n".join(cluster(given.size)))):
            place.mkdir()
            (place / name).write_text(text, encoding="utf-8")
        ways = {"cloud": (cloud,), "cluster": (pods,), "joined": (cloud, pods)}
        found = {name: min(seconds(*sources) for _ in range(given.repeat)) for name, sources in ways.items()}
    found["joined / halves"] = found["joined"] / (found["cloud"] + found["cluster"])
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=2))


if __name__ == "__main__":
    main()
