"""Roots that read each other's states: outputs count where one root alone certainly keeps that state (TF-108)."""

from pathlib import Path
from typing import Any

import pytest

import netaudit
from netaudit.model import Ref, Unknown

NET = """
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "a" {
  count      = 2
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.${count.index}.0/24"
}
resource "aws_security_group" "clients" {
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "db" {
  vpc_id = aws_vpc.main.id
  ingress {
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [aws_security_group.clients.id]
  }
}
resource "aws_instance" "db" {
  subnet_id              = aws_subnet.a[0].id
  vpc_security_group_ids = [aws_security_group.db.id]
}
output "vpc" { value = aws_vpc.main.id }
output "subnets" { value = aws_subnet.a[*].id }
output "groups" { value = { clients = aws_security_group.clients.id } }
output "cidr" { value = aws_vpc.main.cidr_block }
"""
APP = """
locals {
  net = data.terraform_remote_state.net.outputs
}
resource "aws_security_group" "app" {
  vpc_id = local.net.vpc
  egress {
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = [local.net.cidr]
  }
}
resource "aws_instance" "app" {
  subnet_id              = local.net.subnets[1]
  vpc_security_group_ids = [aws_security_group.app.id, local.net.groups.clients]
}
"""
S3 = 'backend "s3" {\n  bucket = "states"\n  key = "net/terraform.tfstate"\n}'
READS_S3 = 'backend = "s3"\n  config = {\n    bucket = "states"\n    key = "net/terraform.tfstate"\n  }'


def terraform(*lines: str) -> str:
    """A `terraform` block."""
    return "terraform {\n" + "\n".join(lines) + "\n}\n"


def reads(name: str, *lines: str) -> str:
    """A data source for a state."""
    return f'data "terraform_remote_state" "{name}" {{\n  ' + "\n  ".join(lines) + "\n}\n"


@pytest.fixture
def estate(tmp_path: Path) -> Any:
    """Loads roots that are given by name."""

    def loaded(**roots: str) -> netaudit.Estate:
        for name, text in roots.items():
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "main.tf").write_text(text)
        return netaudit.load(*(f"{name}={tmp_path / name}" for name in roots))

    return loaded


def subnet_of_app(found: netaudit.Estate) -> object:
    """The subnet of the application, as it was read."""
    return next(each for each in found.resources if each.address == "aws_instance.app").attributes["subnet_id"]


def flows(found: netaudit.Estate) -> dict[tuple[str, str], tuple[str, str]]:
    """Both bounds between endpoints."""
    told = found.flows().flows
    return {(f.source, f.destination): (str(f.certain), str(f.possible)) for f in told}


REACHED = {("app::aws_instance.app", "net::aws_instance.db"): ("tcp/5432", "tcp/5432")}


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        (terraform(S3), (READS_S3,)),
        (terraform(S3), (READS_S3, 'workspace = "default"')),
        ("", ('backend = "local"', 'config = {\n    path = "../net/terraform.tfstate"\n  }')),
        (
            terraform('backend "local" {\n  path = "state/it.tfstate"\n}'),
            ('backend = "local"', 'config = {\n    path = "${path.module}/../net/state/it.tfstate"\n  }'),
        ),
        (
            terraform('cloud {\n  organization = "o"\n  workspaces {\n    name = "net"\n  }\n}'),
            (
                'backend = "remote"',
                'config = {\n    organization = "o"\n    workspaces = {\n      name = "net"\n    }\n  }',
            ),
        ),
        (
            terraform('backend "azurerm" {\n  storage_account_name = "s"\n  container_name = "c"\n  key = "k"\n}'),
            (
                'backend = "azurerm"',
                'config = {\n    storage_account_name = "s"\n    container_name = "c"\n    key = "k"\n  }',
            ),
        ),
    ],
)
def test_tf_108_the_outputs_of_the_root_that_keeps_a_state_are_its_answer(
    estate: Any, kept: str, read: tuple[str, ...]
) -> None:
    """The two roots are one network, in which references hold, and nothing is left open."""
    found = estate(net=kept + NET, app=reads("net", *read) + APP)
    assert Ref("net::aws_subnet.a[1]", ("id",)) == subnet_of_app(found)
    assert REACHED == flows(found)


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        (terraform(S3.replace("net/", "other/")), (READS_S3,)),
        (terraform(S3.replace('bucket = "states"', "")), (READS_S3,)),
        (terraform(S3), (READS_S3.replace('"states"', "var.bucket"),)),
        (terraform(S3), (READS_S3, 'workspace = "prod"')),
        ("", (READS_S3,)),
        (terraform('backend "pg" {\n}'), ('backend = "pg"', "config = {}")),
    ],
)
def test_tf_108_a_state_that_no_root_certainly_keeps_stays_open(estate: Any, kept: str, read: tuple[str, ...]) -> None:
    """Another key, a bucket that the text does not fix, another workspace, a backend of which nothing is known."""
    found = estate(net=kept + NET, app='variable "bucket" {\n}\n' + reads("net", *read) + APP)
    assert isinstance(subnet_of_app(found), Unknown)
    assert [("app", "net")] == list(found.network.not_joined)


def test_tf_108_a_state_that_two_roots_keep_stays_open(estate: Any) -> None:
    """One of them, and nobody knows which."""
    found = estate(net=terraform(S3) + NET, copy=terraform(S3) + NET, app=reads("net", READS_S3) + APP)
    assert isinstance(subnet_of_app(found), Unknown)


def test_tf_108_outputs_of_outputs(estate: Any) -> None:
    """A root that hands on what it reads from a third one."""
    between = reads("net", READS_S3) + "".join(
        f'output "{name}" {{ value = data.terraform_remote_state.net.outputs.{name} }}\n'
        for name in ("vpc", "subnets", "groups", "cidr")
    )
    between += 'resource "aws_eip" "x" {\n}\n'
    kept = terraform(S3.replace("net/", "between/"))
    read = reads("net", READS_S3.replace("net/", "between/"))
    found = estate(net=terraform(S3) + NET, between=kept + between, app=read + APP)
    assert REACHED == {pair: each for pair, each in flows(found).items() if "aws_eip" not in str(pair)}


def test_tf_108_two_roots_that_read_each_other_end(estate: Any) -> None:
    """What goes round in a circle is open; everything else is answered."""
    other = S3.replace("net/", "app/")
    back = reads("app", READS_S3.replace("net/", "app/")) + (
        'output "round" { value = data.terraform_remote_state.app.outputs.round }\n'
    )
    app = terraform(other) + reads("net", READS_S3) + APP + 'output "round" { value = local.net.round }\n'
    assert REACHED == flows(estate(net=terraform(S3) + NET + back, app=app))


def test_tf_108_defaults_stand_for_outputs_that_are_not_there(estate: Any) -> None:
    """An output that the root lacks has the default that its reader gives."""
    app = reads("net", READS_S3, 'defaults = {\n    more = "10.9.0.0/16"\n  }') + APP
    app += 'resource "aws_vpc" "more" {\n  cidr_block = local.net.more\n}\n'
    found = estate(net=terraform(S3) + NET, app=app)
    assert ["10.9.0.0/16"] == [e.attributes["cidr_block"] for e in found.resources if e.address == "aws_vpc.more"]


def test_aws_32_a_peering_between_two_accounts_is_joined_by_their_states(estate: Any) -> None:
    """Each side names the other one by its state: the peering is accepted, and both VPCs are known."""
    side = """
    resource "aws_vpc" "main" {
      cidr_block = "10.N.0.0/16"
    }
    resource "aws_subnet" "a" {
      vpc_id     = aws_vpc.main.id
      cidr_block = "10.N.1.0/24"
    }
    resource "aws_security_group" "g" {
      vpc_id = aws_vpc.main.id
      ingress {
        from_port   = 0
        to_port     = 0
        protocol    = "-1"
        cidr_blocks = ["10.0.0.0/8"]
      }
      egress {
        from_port   = 0
        to_port     = 0
        protocol    = "-1"
        cidr_blocks = ["10.0.0.0/8"]
      }
    }
    resource "aws_instance" "i" {
      subnet_id              = aws_subnet.a.id
      vpc_security_group_ids = [aws_security_group.g.id]
    }
    resource "aws_route" "over" {
      route_table_id            = aws_vpc.main.main_route_table_id
      destination_cidr_block    = "10.0.0.0/8"
      vpc_peering_connection_id = PEERING
    }
    output "vpc" { value = aws_vpc.main.id }
    """
    asking = 'resource "aws_vpc_peering_connection" "x" {\n  vpc_id = aws_vpc.main.id\n'
    asking += "  peer_vpc_id = data.terraform_remote_state.hub.outputs.vpc\n}\n"
    asking += 'output "peering" { value = aws_vpc_peering_connection.x.id }\n'
    taking = 'resource "aws_vpc_peering_connection_accepter" "x" {\n  auto_accept = true\n'
    taking += "  vpc_peering_connection_id = data.terraform_remote_state.prod.outputs.peering\n}\n"
    hub = S3.replace("net/", "hub/")
    found = estate(
        prod=terraform(S3)
        + reads("hub", READS_S3.replace("net/", "hub/"))
        + side.replace(".N.", ".1.").replace("PEERING", "aws_vpc_peering_connection.x.id")
        + asking,
        hub=terraform(hub)
        + reads("prod", READS_S3)
        + side.replace(".N.", ".2.").replace("PEERING", "aws_vpc_peering_connection_accepter.x.id")
        + taking,
    )
    pair = ("hub::aws_instance.i", "prod::aws_instance.i")
    everything = ("tcp udp sctp", "tcp udp sctp")
    told = {key: each for key, each in flows(found).items() if not {"private", "internet"} & set(key)}
    assert {pair: everything, pair[::-1]: everything} == told
