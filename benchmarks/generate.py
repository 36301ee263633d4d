"""Seeded inputs of any size: clusters as manifests, and AWS estates as Terraform.

    python benchmarks/generate.py cluster 1000 OUT.yaml [--seed 7] [--nasty]

**A cluster of N workloads** has N // 25 namespaces (at least one). Each namespace has a default-deny policy; a
workload has a policy of its own with probability 0.24. Such a policy admits one to three peers (own namespace by
`app`, another namespace by name and `app`, or everything of a namespace label `team`) on one or two ports out of
eight, by name with probability 0.2; one in ten has egress rules too, one in twenty an `ipBlock`. Every workload is
distinct: no two documents are equal, so that recognising equal texts wins nothing. In *nasty* mode every workload has
a policy of its own with one of 200 further ports, so that no two are alike.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

PORTS = (80, 443, 5432, 6379, 8080, 8443, 9090, 9102)
KINDS = ("Deployment", "StatefulSet", "DaemonSet")


def cluster(size: int, *, seed: int = 7, nasty: bool = False) -> Iterator[str]:
    """The YAML documents of a cluster with `size` workloads."""
    draw = random.Random(seed)
    spaces = max(1, size // 25)
    for space in range(spaces):
        yield _namespace(space)
        yield _default_deny(space)
    for index in range(size):
        yield _workload(index, index % spaces, KINDS[index % len(KINDS)])
        if nasty or draw.random() < 0.24:
            yield _policy(index, index % spaces, size, spaces, draw, port=10_000 + index % 200 if nasty else None)


def _namespace(space: int) -> str:
    return f"""apiVersion: v1
kind: Namespace
metadata:
  name: ns-{space}
  labels:
    team: team-{space % 7}
    stage: {("prod", "test", "dev")[space % 3]}
"""


def _default_deny(space: int) -> str:
    return f"""apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: ns-{space}
spec:
  podSelector: {{}}
  policyTypes: [Ingress]
"""


def _workload(index: int, space: int, kind: str) -> str:
    return f"""apiVersion: apps/v1
kind: {kind}
metadata:
  name: app-{index}
  namespace: ns-{space}
spec:
  selector:
    matchLabels:
      app: app-{index}
  template:
    metadata:
      labels:
        app: app-{index}
        tier: {("front", "back", "data")[index % 3]}
        revision: "{index % 2}"
    spec:
      containers:
        - name: main
          image: registry.example/app-{index}:1.{index % 9}
          ports:
            - name: http
              containerPort: {PORTS[index % len(PORTS)]}
            - name: metrics
              containerPort: 9102
"""


def _policy(index: int, space: int, size: int, spaces: int, draw: random.Random, *, port: int | None) -> str:
    peers = "\n".join(_peer(draw.randrange(3), draw.randrange(size), spaces) for _ in range(draw.randint(1, 3)))
    ports = [str(port)] if port else [_port(draw) for _ in range(draw.randint(1, 2))]
    listed = "\n".join(f"        - port: {each}" for each in ports)
    egress = draw.random() < 0.1
    block = "\n        - ipBlock:\n            cidr: 198.51.100.0/24" if draw.random() < 0.05 else ""
    text = f"""apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-app-{index}
  namespace: ns-{space}
spec:
  podSelector:
    matchLabels:
      app: app-{index}
  policyTypes: [Ingress{", Egress" if egress else ""}]
  ingress:
    - from:
{peers}{block}
      ports:
{listed}
"""
    if egress:
        text += f"  egress:\n    - to:\n{peers}\n      ports:\n{listed}\n"
    return text


def _peer(shape: int, other: int, spaces: int) -> str:
    if shape == 0:
        return f"        - podSelector:\n            matchLabels:\n              app: app-{other}"
    if shape == 1:
        return (
            f"        - namespaceSelector:\n            matchLabels:\n"
            f"              kubernetes.io/metadata.name: ns-{other % spaces}\n"
            f"          podSelector:\n            matchLabels:\n              app: app-{other}"
        )
    return f"        - namespaceSelector:\n            matchLabels:\n              team: team-{other % 7}"


def _port(draw: random.Random) -> str:
    return draw.choice(("http", "metrics")) if draw.random() < 0.2 else str(draw.choice(PORTS))


def main() -> None:
    """Write one generated input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cluster"])
    parser.add_argument("size", type=int)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--nasty", action="store_true")
    given = parser.parse_args()
    given.output.write_text("---\n".join(cluster(given.size, seed=given.seed, nasty=given.nasty)), encoding="utf-8")


if __name__ == "__main__":
    main()
