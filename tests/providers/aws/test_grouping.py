"""Accounts and Regions: boxes around VPCs where there are several, and groups to select by everywhere."""

from __future__ import annotations

from pathlib import Path

import netaudit

_PROVIDERS = """
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
  assume_role {
    role_arn = "arn:aws:iam::210987654321:role/x"
  }
}
"""
_PLACE = """
resource "aws_vpc" "%(name)s" {
  provider   = %(provider)s
  cidr_block = "10.%(net)d.0.0/16"
}
resource "aws_subnet" "%(name)s" {
  provider   = %(provider)s
  vpc_id     = aws_vpc.%(name)s.id
  cidr_block = "10.%(net)d.0.0/24"
}
resource "aws_instance" "%(name)s" {
  provider      = %(provider)s
  ami           = "ami-1"
  instance_type = "t3.nano"
  subnet_id     = aws_subnet.%(name)s.id
}
"""


def _estate(folder: Path, *providers: str) -> netaudit.Estate:
    places = [_PLACE % {"name": "abc"[i], "net": i, "provider": each} for i, each in enumerate(providers)]
    (folder / "main.tf").write_text(_PROVIDERS + "".join(places), encoding="utf-8")
    (folder / "assume.yaml").write_text('account_id: "123456789012"\n', encoding="utf-8")
    return netaudit.load(folder, assume=folder / "assume.yaml")


def _outer(estate: netaudit.Estate) -> list[tuple[str, str, str]]:
    """The outermost boxes with what is in them: titles of account, Region and VPC."""
    found = []
    for account in estate.picture().boxes:
        for region in account.boxes:
            found += [(account.title, region.title, vpc.title) for vpc in region.boxes]
    return found


def test_accounts_and_regions_are_boxes_where_there_are_several(tmp_path: Path) -> None:
    """The account outside, the Region in it, the VPC in that."""
    estate = _estate(tmp_path, "aws", "aws.us")
    assert [("123456789012", "eu-west-1", "a"), ("210987654321", "us-east-1", "b")] == _outer(estate)


def test_one_account_and_one_region_are_no_boxes(tmp_path: Path) -> None:
    """They would say nothing."""
    estate = _estate(tmp_path, "aws", "aws")
    assert ["vpc", "vpc"] == [box.kind for box in estate.picture().boxes]


def test_accounts_select_what_is_in_them(tmp_path: Path) -> None:
    """By number, as the contract's selectors say."""
    estate = _estate(tmp_path, "aws", "aws.us")
    assert ["aws_instance.b"] == [endpoint.id for endpoint in estate["account/210987654321"]]
