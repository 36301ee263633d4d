"""`lifecycle.ignore_changes`: what Terraform does not look at again is not known from the text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import netaudit
from netaudit.model import Reading, Unknown
from netaudit.sources.terraform import read_root

_GROUP = """
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_security_group" "g" {
  vpc_id = aws_vpc.v.id
  name   = "g"
  tags   = { a = "b" }
  egress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
  lifecycle {
    ignore_changes = %s
  }
}
"""


def _read(tmp_path: Path, ignored: str) -> Reading:
    (tmp_path / "main.tf").write_text(_GROUP % ignored, encoding="utf-8")
    return read_root(tmp_path, name="t")


def _unknown(reading: Reading) -> set[str]:
    (group,) = [each for each in reading.resources if each.kind == "aws_security_group"]
    return {name for name, value in group.attributes.items() if isinstance(value, Unknown)}


@pytest.mark.parametrize(
    ("ignored", "unknown"),
    [
        ("[egress]", {"egress"}),
        ("[ingress]", {"ingress"}),
        ('["egress"]', {"egress"}),
        ("[egress[0].cidr_blocks]", {"egress"}),
        ('[tags, tags["x"], tags_all]', set()),
        ("[ami, user_data, scaling_config[0].desired_size, description]", set()),
        ("[]", set()),
        ("all", {"egress", "ingress", "name", "vpc_id"}),
    ],
    ids=["a block", "one that is not written", "quoted", "a part", "tags", "sizes and images", "nothing", "all"],
)
def test_ignored_arguments_are_unknown(tmp_path: Path, ignored: str, unknown: set[str]) -> None:
    """The whole argument, written or not; what carries no traffic stays."""
    assert unknown == _unknown(_read(tmp_path, ignored))


def test_all_means_what_is_not_written_as_well(tmp_path: Path) -> None:
    """Somebody may have given the machine a group, and the text would not know."""
    text = """
resource "aws_instance" "x" {
  ami           = "ami-1"
  instance_type = "t3.nano"
  lifecycle {
    ignore_changes = all
  }
}
"""
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    (machine,) = read_root(tmp_path, name="t").resources
    assert isinstance(machine.attributes["vpc_security_group_ids"], Unknown)


def test_it_is_said_where_it_is_written(tmp_path: Path) -> None:
    """At the line of `ignore_changes`."""
    (said,) = [d for d in _read(tmp_path, "[egress]").diagnostics if d.code == "TF_IGNORE_CHANGES"]
    assert said.origin is not None
    assert (16, "aws_security_group.g: ignore_changes leaves egress to others") == (
        said.origin.line,
        said.message.partition(",")[0],
    )


_MACHINES = """
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
resource "aws_instance" "a" {
  ami                    = "ami-1"
  instance_type          = "t3.nano"
  subnet_id              = aws_subnet.s.id
  private_ip             = "10.0.0.10"
  vpc_security_group_ids = [aws_security_group.g.id]
}
resource "aws_security_group" "open" {
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_instance" "b" {
  ami                    = "ami-1"
  instance_type          = "t3.nano"
  subnet_id              = aws_subnet.s.id
  private_ip             = "10.0.0.11"
  vpc_security_group_ids = [aws_security_group.open.id]
}
"""


def test_no_proof_rests_on_rules_that_others_change(tmp_path: Path) -> None:
    """What the text lets pass is not certain, and what it does not is possible."""
    (tmp_path / "main.tf").write_text(_GROUP % "[egress]" + _MACHINES, encoding="utf-8")
    (flow,) = netaudit.load(tmp_path).flows("aws_instance.a", "aws_instance.b").flows
    assert ("", "tcp udp sctp") == (str(flow.certain or ""), str(flow.possible))


def test_a_state_says_what_is_there(tmp_path: Path) -> None:
    """Beside the code, its value is the known one."""
    (tmp_path / "main.tf").write_text(_GROUP % "[egress]", encoding="utf-8")
    group = {"address": "aws_security_group.g", "mode": "managed", "type": "aws_security_group", "name": "g"}
    group["values"] = {"id": "sg-1", "name": "g", "vpc_id": "vpc-1", "egress": []}  # type: ignore[assignment]
    vpc = {"address": "aws_vpc.v", "mode": "managed", "type": "aws_vpc", "name": "v"}
    vpc["values"] = {"id": "vpc-1", "cidr_block": "10.0.0.0/16"}  # type: ignore[assignment]
    document = {"format_version": "1.0", "values": {"root_module": {"resources": [group, vpc]}}}
    (tmp_path / "state.json").write_text(json.dumps(document), encoding="utf-8")
    (found,) = [each for each in netaudit.load(tmp_path).resources if each.kind == "aws_security_group"]
    assert [] == found.attributes["egress"]


def test_a_validation_is_not_checked_and_it_is_said(tmp_path: Path) -> None:
    """A value that Terraform would refuse is used as it is."""
    text = """
variable "v" {
  default = "bad"
  validation {
    condition     = var.v == "good"
    error_message = "no"
  }
}
resource "x_y" "z" {
  v = var.v
}
"""
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    reading = read_root(tmp_path, name="t")
    assert ["bad"] == [each.attributes["v"] for each in reading.resources]
    assert [("TF_VALIDATION", 4)] == [(d.code, d.origin.line) for d in reading.diagnostics if d.origin]


def test_a_validation_is_told_once_for_all_instances_of_its_module(tmp_path: Path) -> None:
    """A module for labels alone is called ten times in some roots."""
    module = (
        'variable "v" {\n  validation {\n    condition     = true\n    error_message = "no"\n  }\n}\n'
        'output "o" {\n  value = var.v\n}\n'
    )
    calls = "".join(f'module "{name}" {{\n  source = "./m"\n  v = 1\n}}\n' for name in "ab")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text(module, encoding="utf-8")
    uses = 'resource "x_y" "z" {\n  v = [module.a.o, module.b.o]\n}\n'
    (tmp_path / "main.tf").write_text(calls + uses, encoding="utf-8")
    assert ["TF_VALIDATION"] == [d.code for d in read_root(tmp_path, name="t").diagnostics]
