"""What is known of values that exist only after apply (promised.py)."""

from pathlib import Path

import pytest

from netaudit.model import Ref
from netaudit.sources.terraform import read_root

_FIREWALL = """
resource "aws_subnet" "a" { cidr_block = "10.0.1.0/24" }
resource "aws_subnet" "b" { cidr_block = "10.0.2.0/24" }
resource "aws_networkfirewall_firewall" "fw" {
  dynamic "subnet_mapping" {
    for_each = [%s]
    content { subnet_id = subnet_mapping.value }
  }
}
locals { states = aws_networkfirewall_firewall.fw.firewall_status[0].sync_states }
resource "aws_route" "r" { vpc_endpoint_id = %s }
"""
_ONE, _BOTH = "aws_subnet.a.id", "aws_subnet.a.id, aws_subnet.b.id"
_STATES = "for s in tolist(local.states) : s.attachment[0].endpoint_id"
_FILTERED = f"[{_STATES} if s.attachment[0].subnet_id == aws_subnet.b.id]"


def _target(directory: Path, subnets: str, expression: str) -> str:
    (directory / "main.tf").write_text(_FIREWALL % (subnets, expression), encoding="utf-8")
    found = {resource.address: resource for resource in read_root(directory, name="infra").resources}
    return str(found["aws_route.r"].attributes["vpc_endpoint_id"])


@pytest.mark.parametrize(
    "expression",
    [
        "tolist(local.states)[0].attachment[0].endpoint_id",
        "(local.states[*].attachment[0].endpoint_id)[0]",
        "one(local.states[*].attachment[0].endpoint_id)",
        "element([for s in local.states : s.attachment[0].endpoint_id], 0)",
    ],
)
def test_the_only_endpoint_of_a_firewall_is_known(tmp_path: Path, expression: str) -> None:
    """However it is picked: there is one state for each mapping."""
    assert _target(tmp_path, _ONE, expression) == "aws_networkfirewall_firewall.fw.subnet_mapping[0].endpoint_id"


@pytest.mark.parametrize("expression", [f"element({_FILTERED}, 0)", f"{_FILTERED}[0]", f"one({_FILTERED})"])
def test_an_endpoint_is_known_by_its_subnet(tmp_path: Path, expression: str) -> None:
    """The ids of two subnets differ, so that only one state is left."""
    assert _target(tmp_path, _BOTH, expression) == "aws_networkfirewall_firewall.fw.subnet_mapping[1].endpoint_id"


def test_the_first_of_several_endpoints_is_unknown(tmp_path: Path) -> None:
    """The states are a set: which of them comes first is not told."""
    found = _target(tmp_path, _BOTH, "tolist(local.states)[0].attachment[0].endpoint_id")
    assert found == "aws_networkfirewall_firewall.fw.subnet_mapping[0].endpoint_id (known after apply)"


def test_no_endpoint_is_known_of_an_unknown_mapping(tmp_path: Path) -> None:
    """A mapping to a subnet that the text does not fix leaves the status as it is: known after apply."""
    found = _target(tmp_path, "uuid()", "tolist(local.states)[0].attachment[0].endpoint_id")
    path = "firewall_status[0].sync_states[0].attachment[0].endpoint_id"
    assert found == f"aws_networkfirewall_firewall.fw.{path}"


def test_a_launch_template_always_has_its_versions(tmp_path: Path) -> None:
    """Neither is null, so that a default for it is never taken."""
    text = (
        'variable "v" {\n  type    = string\n  default = null\n}\nresource "aws_launch_template" "t" {}\n'
        'resource "x_y" "z" {\n  v = coalesce(var.v, try(aws_launch_template.t.default_version, "$Default"))\n}\n'
    )
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    found = {resource.address: resource for resource in read_root(tmp_path, name="infra").resources}
    assert Ref("aws_launch_template.t", ("default_version",)) == found["x_y.z"].attributes["v"]
