"""The smallest estate with an answer of every sort: two namespaces, a policy, a little Terraform."""

from __future__ import annotations

from pathlib import Path

MANIFESTS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: data, labels: {app: job}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Namespace
metadata: {name: data, labels: {team: data}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: data}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {team: shop}}}]
      ports: [{port: 5432}]
"""

TERRAFORM = """\
variable "office" {
  default = "203.0.113.0/24"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_security_group" "web" {
  vpc_id = aws_vpc.main.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [var.office]
  }
}

resource "aws_instance" "web" {
  subnet_id              = aws_subnet.a.id
  vpc_security_group_ids = [aws_security_group.web.id]
}
"""

RULES = """\
version: 1
rules:
  - {id: KEPT, kind: only-from, from: ns/shop, to: "data/db", traffic: tcp}
"""
BROKEN = "  - {id: BROKEN, kind: forbid, from: ns/shop, to: data/db, severity: high}\n"
VACUOUS = "  - {id: EMPTY, kind: forbid, from: ns/nobody, to: data/db}\n"


def manifests(directory: Path, text: str = MANIFESTS) -> Path:
    """A directory of manifests."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "all.yaml").write_text(text)
    return directory


def terraform(directory: Path, text: str = TERRAFORM) -> Path:
    """A Terraform root module."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "main.tf").write_text(text)
    return directory


def rules(directory: Path, *more: str) -> Path:
    """A rule file of one rule that is kept, and some more."""
    path = directory / "rules.yaml"
    path.write_text(RULES + "".join(more))
    return path
