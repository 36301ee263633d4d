"""Code and a plan or state of the same root, laid over each other by instance address (TF-2)."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from netaudit.model import Effect, Reading, Ref, Resource, Unknown
from netaudit.sources.terraform import Inputs, read_root, read_root_and
from tests.oracles import corpus
from tests.sources.terraform.compare import compare
from tests.sources.terraform.test_corpus import ROOTS


class Root:
    """Files of a root module, and a plan of some resources in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.changes: list[dict[str, Any]] = []
        self.more: dict[str, Any] = {}

    def code(self, text: str) -> Root:
        """The configuration."""
        (self.directory / "main.tf").write_text(text)
        return self

    def planned(self, address: str, after: Mapping[str, Any], unknown: Mapping[str, Any] | None = None) -> Root:
        """One resource of the plan."""
        kind, name = address.split("[", maxsplit=1)[0].split(".")[-2:]
        change = {"actions": ["create"], "after": after, "after_unknown": unknown or {}}
        names = {"address": address, "mode": "managed", "type": kind, "name": name}
        module = address.rpartition(f".{kind}.")[0]
        self.changes.append({**names, **({"module_address": module} if module else {}), "change": change})
        return self

    def read(self) -> Reading:
        """Both together."""
        document = {"format_version": "1.2", "planned_values": {}, "resource_changes": self.changes, **self.more}
        return read_root_and(self.directory, Path("plan.json"), document, name="root")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    """An empty root, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    return Root(tmp_path)


def _resource(reading: Reading, address: str) -> Resource:
    return next(r for r in reading.resources if r.address == address)


def _stale(reading: Reading) -> list[int]:
    return [d.origin.line for d in reading.diagnostics if d.code == "TF_STALE" and d.origin]


SUBNET = (
    'resource "aws_vpc" "v" {\n}\nresource "aws_subnet" "s" {\n  vpc_id = aws_vpc.v.id\n  cidr_block = var.cidr\n}\n'
)


def test_known_values_come_from_the_plan_links_and_lines_from_the_code(root: Root) -> None:
    """What the plan does not know yet is the reference that the code writes."""
    root.code('variable "cidr" {\n}\n' + SUBNET).planned("aws_vpc.v", {"cidr_block": "10.0.0.0/16"}, {"id": True})
    root.planned("aws_subnet.s", {"cidr_block": "10.0.1.0/24"}, {"vpc_id": True, "id": True, "arn": True})
    subnet = _resource(root.read(), "aws_subnet.s")
    assert subnet.attributes == {"vpc_id": Ref("aws_vpc.v"), "cidr_block": "10.0.1.0/24"}
    assert (subnet.origin.file, subnet.origin.line) == ("main.tf", 5)


def test_a_concrete_id_takes_the_place_of_a_reference(root: Root) -> None:
    """What exists already has an id, and the referenced resource has the same one."""
    root.code('variable "cidr" {\n}\n' + SUBNET).planned("aws_vpc.v", {"id": "vpc-1"})
    reading = root.planned("aws_subnet.s", {"vpc_id": "vpc-1", "cidr_block": "10.0.1.0/24"}).read()
    assert _resource(reading, "aws_subnet.s").attributes["vpc_id"] == "vpc-1"
    assert _stale(reading) == []


def test_a_reference_to_something_else_than_planned_is_stale(root: Root) -> None:
    """The id belongs to another resource than the one that the code names."""
    root.code('variable "cidr" {\n}\n' + SUBNET).planned("aws_vpc.v", {"id": "vpc-1"})
    reading = root.planned("aws_subnet.s", {"vpc_id": "vpc-2", "cidr_block": "10.0.1.0/24"}).read()
    assert isinstance(_resource(reading, "aws_subnet.s").attributes["vpc_id"], Unknown)
    assert _stale(reading) == [6]


GROUP = """variable "ports" {
}
resource "aws_security_group" "g" {
  name = "g"
  ingress {
    from_port = 443
    to_port = 443
    protocol = "6"
    security_groups = [aws_security_group.g.id]
  }
  ingress {
    from_port = 80
    to_port = 80
    protocol = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}
"""
RULES = [
    {"from_port": 80, "to_port": 80, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"], "self": False},
    {"from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": [], "self": False},
]


def test_blocks_that_the_provider_sorted_are_matched_by_content(root: Root) -> None:
    """TF-79: the links and the lines of a block go with it, and `6` is `tcp` (TF-87)."""
    unknown = {"ingress": [{}, {"security_groups": True}]}
    group = root.code(GROUP).planned("aws_security_group.g", {"name": "g", "ingress": RULES}, unknown).read()
    found = _resource(group, "aws_security_group.g")
    assert [(rule["from_port"], rule.get("security_groups")) for rule in found.attributes["ingress"]] == [
        (80, None),
        (443, [Ref("aws_security_group.g")]),
    ]
    assert [found.place("ingress", position).line for position in (0, 1)] == [11, 5]
    assert _stale(group) == []


@pytest.mark.parametrize("rules", [[], RULES[:1], [*RULES, {**RULES[0], "from_port": 22}]])
def test_blocks_that_differ_are_any_blocks(root: Root, rules: list[Any]) -> None:
    """A rule that only one side has: nothing says which side is out of date."""
    reading = root.code(GROUP).planned("aws_security_group.g", {"name": "g", "ingress": rules}).read()
    found = _resource(reading, "aws_security_group.g").attributes["ingress"]
    assert [isinstance(rule, Unknown) and rule.many for rule in found] == [True]
    assert len(_stale(reading)) == 1


def test_a_second_rule_of_unknown_content_is_not_taken_for_the_first(root: Root) -> None:
    """The plan has one rule, the code two, of which one has a part that is not known: it may be another rule."""
    code = GROUP.replace("[aws_security_group.g.id]", "data.x_y.z.groups") + 'data "x_y" "z" {\n}\n'
    code = code.replace("443", "80")
    reading = root.code(code).planned("aws_security_group.g", {"name": "g", "ingress": RULES[:1]}).read()
    found = _resource(reading, "aws_security_group.g").attributes["ingress"]
    assert [isinstance(rule, Unknown) and rule.many for rule in found] == [True]


def test_a_value_that_differs_is_unknown(root: Root) -> None:
    """The place of the diagnostic is that of the code."""
    code = 'resource "aws_subnet" "s" {\n  cidr_block = "10.0.1.0/24"\n}\n'
    reading = root.code(code).planned("aws_subnet.s", {"cidr_block": "10.0.2.0/24"}).read()
    assert isinstance(_resource(reading, "aws_subnet.s").attributes["cidr_block"], Unknown)
    assert _stale(reading) == [2]


@pytest.mark.parametrize(
    ("written", "planned"),
    [
        ('"443"', 443),
        ('"FD00::/64"', "fd00::/64"),
        ('"true"', True),
        ("jsonencode({ a = 1 })", '{ "a": 1 }'),
        ('""', None),
    ],
)
def test_another_spelling_is_no_difference(root: Root, written: str, planned: Any) -> None:
    """What the provider does to a value before it plans it."""
    reading = root.code(f'resource "x_y" "z" {{\n  v = {written}\n}}\n').planned("x_y.z", {"v": planned}).read()
    assert _stale(reading) == []


def test_the_plan_says_which_instances_there_are(root: Root) -> None:
    """TF-21: a `count` that the text does not fix; the values of the block serve for each."""
    code = 'variable "n" {\n}\nresource "aws_subnet" "s" {\n  count  = data.x_y.z.n\n  vpc_id = aws_vpc.v.id\n}\n'
    code += 'resource "aws_vpc" "v" {\n}\ndata "x_y" "z" {\n}\n'
    root.code(code).planned("aws_vpc.v", {"cidr_block": "10.0.0.0/16"}, {"id": True})
    for position in range(2):
        root.planned(f"aws_subnet.s[{position}]", {"cidr_block": f"10.0.{position}.0/24"}, {"vpc_id": True})
    subnets = [r for r in root.read().resources if r.kind == "aws_subnet"]
    assert [(r.address, r.exists, r.attributes["vpc_id"], r.origin.line) for r in subnets] == [
        ("aws_subnet.s[0]", True, Ref("aws_vpc.v"), 3),
        ("aws_subnet.s[1]", True, Ref("aws_vpc.v"), 3),
    ]


def test_an_instance_of_one_side_only_may_exist(root: Root) -> None:
    """Neither the resource that only the code has nor the one that only the plan has is certain."""
    reading = root.code('resource "aws_vpc" "v" {\n}\n').planned("aws_vpc.other", {"cidr_block": "10.0.0.0/16"}).read()
    assert [(r.address, r.exists) for r in reading.resources] == [("aws_vpc.other", False), ("aws_vpc.v", False)]
    assert sorted(_stale(reading)) == [0, 1]  # a plan has no lines


def test_the_plan_fills_in_a_module_that_is_not_here(root: Root) -> None:
    """TF-68: its resources are those of the plan, so nothing is missing from the model."""
    code = 'module "m" {\n  source = "registry/vpc/aws"\n}\n'
    reading = root.code(code).planned('module.m.aws_vpc.v["a.b"]', {"cidr_block": "10.0.0.0/16"}).read()
    assert [(r.address, r.exists) for r in reading.resources] == [('module.m.aws_vpc.v["a.b"]', True)]
    assert [(d.code, d.effect) for d in reading.diagnostics] == [("TF_UNREAD_MODULE", Effect.IGNORED)]


def test_what_nobody_wrote_is_absent(root: Root) -> None:
    """TF-80: the code proves what plan JSON alone cannot: there is no dynamic block."""
    root.code('resource "aws_security_group" "g" {\n}\n')
    reading = root.planned("aws_security_group.g", {}, {"ingress": True, "egress": True, "id": True}).read()
    assert _resource(reading, "aws_security_group.g").attributes == {}


def test_variables_without_a_default_have_the_value_that_was_planned_with(root: Root) -> None:
    """The plan records it; a default in the text is the text's."""
    root.more = {"variables": {"a": {"value": "x"}, "b": {"value": "x"}}}
    root.code('variable "a" {\n}\nvariable "b" {\n  default = "y"\n}\nresource "x_y" "z" {\n  v = [var.a, var.b]\n}\n')
    assert _resource(root.planned("x_y.z", {}, {"v": True}).read(), "x_y.z").attributes["v"] == ["x", "y"]


def test_data_sources_answer_what_they_answered(root: Root) -> None:
    """TF-105: the answers that the plan recorded decide counts and links of the code."""
    code = 'data "aws_vpc" "d" {\n}\nresource "x_y" "z" {\n  v = data.aws_vpc.d.cidr_block\n}\n'
    data = {"address": "data.aws_vpc.d", "mode": "data", "type": "aws_vpc", "name": "d", "values": {"cidr_block": "a"}}
    root.more = {"prior_state": {"values": {"root_module": {"resources": [data]}}}}
    assert _resource(root.code(code).planned("x_y.z", {}, {"v": True}).read(), "x_y.z").attributes["v"] == "a"


def test_a_plan_with_gaps_is_not_laid_over(root: Root) -> None:
    """What a targeted plan leaves out exists all the same."""
    root.more = {"complete": False}
    reading = root.code('resource "aws_vpc" "v" {\n}\n').read()
    assert [(r.address, r.exists) for r in reading.resources] == [("aws_vpc.v", True)]
    assert [(d.code, d.effect) for d in reading.diagnostics] == [("TF_PLAN", Effect.IGNORED)]


# --- public roots ------------------------------------------------------------------------------------


@functools.cache
def _both(name: str, document: str = "plan") -> Reading:
    directory = corpus("terraform") / name
    path = directory / f"{document}.json"
    return read_root_and(directory / "root", path, json.loads(path.read_text()), name=name, inputs=Inputs())


@pytest.mark.oracle
@pytest.mark.parametrize("name", ROOTS)
def test_code_and_plan_of_a_public_root_know_all_that_the_plan_knows(name: str) -> None:
    """Without any assumption: the plan's instances, and each of its values."""
    reading = _both(name)
    compared = compare(reading, json.loads((corpus("terraform") / name / "plan.json").read_text()))
    assert (compared.read, compared.wrong, compared.unknown) == (compared.planned, [], [])
    assert [d.message for d in reading.diagnostics if d.code == "TF_STALE"] == []


@pytest.mark.oracle
@pytest.mark.parametrize("name", ROOTS)
def test_code_and_plan_keep_the_places_of_the_code(name: str) -> None:
    """Every instance stands where the code alone has its block."""
    alone = read_root(corpus("terraform") / name / "root", name=name)
    lines = {_block(r.address): (r.origin.file, r.origin.line, r.origin.via) for r in alone.resources}
    both = [(r.address, (r.origin.file, r.origin.line, r.origin.via)) for r in _both(name).resources]
    assert [address for address, place in both if place != lines[_block(address)]] == []


def _block(address: str) -> str:
    return "".join(_outside_keys(address))


def _outside_keys(address: str) -> Iterator[str]:
    depth = 0
    for character in address:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if not depth and character != "]":
            yield character


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["security-group-http", "vpc-complete"])
def test_code_and_state_of_a_public_root_have_every_link(name: str) -> None:
    """TF-73: in a state every id is concrete, and no instance is in doubt; the lines are the code's."""
    managed = [r for r in _both(name, "state").resources if not r.kind.startswith("data.")]
    assert [r.address for r in managed if not r.exists or not r.origin.line] == []
    links = [(r.address, k, v) for r in managed for k, v in r.attributes.items() if k.endswith("_id")]
    assert links
    assert [link for link in links if isinstance(link[2], Unknown | Ref)] == []
