"""Which plan or state is laid over which root: the one in its directory, or the one given under its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netaudit.errors import InputError
from netaudit.model import Resource
from netaudit.sources.request import Request

CODE = 'resource "aws_vpc" "v" {\n  cidr_block = data.x_y.z.cidr\n}\ndata "x_y" "z" {\n}\n'


def _plan(cidr: str) -> str:
    names = {"address": "aws_vpc.v", "mode": "managed", "type": "aws_vpc", "name": "v"}
    change = {"actions": ["create"], "after": {"cidr_block": cidr}, "after_unknown": {"id": True}}
    changes = [{**names, "change": change}]
    return json.dumps({"format_version": "1.2", "planned_values": {}, "resource_changes": changes})


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a root, `infra`, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(CODE)
    return tmp_path


def _vpcs(*sources: str) -> list[Resource]:
    return [r for r in Request(sources=sources).read().resources if r.kind == "aws_vpc"]


def _found(*sources: str) -> list[tuple[object, str]]:
    """The CIDR of each VPC, which only a plan knows, and its place, which only the code knows."""
    return [(r.attributes["cidr_block"], r.origin.place) for r in _vpcs(*sources)]


BOTH = [("10.7.0.0/16", "infra/main.tf:1")]


def test_a_plan_in_the_directory_of_a_root_is_laid_over_it(directory: Path) -> None:
    """Nothing more has to be said."""
    (directory / "infra" / "plan.json").write_text(_plan("10.7.0.0/16"))
    assert _found("infra") == BOTH


def test_such_a_plan_may_be_given_too(directory: Path) -> None:
    """It is the same file, read once."""
    (directory / "infra" / "plan.json").write_text(_plan("10.7.0.0/16"))
    assert _found("infra", "infra/plan.json") == BOTH


@pytest.mark.parametrize("sources", [("prod=infra", "prod=plan.json"), ("prod=plan.json", "prod=infra")])
def test_a_plan_of_the_same_name_is_laid_over_the_root(directory: Path, sources: tuple[str, str]) -> None:
    """In whatever order they are given."""
    (directory / "plan.json").write_text(_plan("10.7.0.0/16"))
    assert _found(*sources) == BOTH


def test_a_plan_of_another_name_is_an_estate_of_its_own(directory: Path) -> None:
    """Names, not guesses, make pairs."""
    (directory / "plan.json").write_text(_plan("10.7.0.0/16"))
    assert [r.origin.file for r in _vpcs("prod=infra", "old=plan.json")] == ["infra/main.tf", "plan.json"]


def test_two_plans_for_one_root_are_refused(directory: Path) -> None:
    """Nothing says which is the newer one."""
    for name in ("a.json", "b.json"):
        (directory / "infra" / name).write_text(_plan("10.7.0.0/16"))
    with pytest.raises(InputError, match="several AWS estates"):
        _vpcs("infra")
    with pytest.raises(InputError, match="two plans or states are given for 'prod'"):
        _vpcs("prod=infra", "prod=infra/a.json", "prod=infra/b.json")
