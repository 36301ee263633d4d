"""Members of lists that a data source gives (promised.py): which they are is not told, but which of them are one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from netaudit.model import Ref, Truth, Unknown
from netaudit.sources.terraform import read_root
from netaudit.sources.terraform.assumptions import Assumptions
from netaudit.sources.terraform.functions.patterns import find, surely_once
from netaudit.sources.terraform.inputs import Inputs
from netaudit.sources.terraform.types import STRING, list_of
from netaudit.sources.terraform.values import Deferred, EvaluationError, Map, Seq, Value

from .test_monotone import EXPRESSIONS, FAILED, NAMES, VALUES, _grown, _value, covers

ZONES = "data.aws_availability_zones.z"
Valued = Callable[..., Any]


@pytest.fixture
def valued(tmp_path: Path) -> Valued:
    """The value of an expression, in which `Z` stands for the data source."""

    def read(expression: str, assumptions: Assumptions | None = None) -> Any:
        text = 'provider "aws" {\n  region = "eu-west-1"\n}\n'
        text += f'data "aws_availability_zones" "z" {{}}\nresource "x_y" "z" {{\n  v = {expression}\n}}\n'
        (tmp_path / "main.tf").write_text(text.replace("Z.", f"{ZONES}."), encoding="utf-8")
        reading = read_root(tmp_path, name="infra", inputs=Inputs(assumptions=assumptions or Assumptions()))
        return next(r for r in reading.resources if r.kind == "x_y").attributes["v"]

    return read


def zone(*path: str | int) -> Ref:
    """A reference to something of the data source."""
    return Ref(ZONES, path)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Z.names[2]", zone("names", 2)),
        ("Z.zone_ids[1]", zone("zone_ids", 1)),
        ("element(Z.names, 0)", zone("names", 0)),
        ("element(Z.names, 4)", zone("element(names, 4)")),
        ("slice(Z.names, 1, 3)", [zone("names", 1), zone("names", 2)]),
        ("length(slice(Z.names, 0, 3))", 3),
        ("element(slice(Z.names, 0, 2), 3)", zone("names", 1)),
        ("[for i in range(2) : Z.names[i]]", [zone("names", 0), zone("names", 1)]),
        ("index(slice(Z.names, 0, 3), Z.names[2])", 2),
        ("Z.names[0] == Z.names[0]", True),
        ("Z.names[0] == Z.names[1]", False),
        ("tolist(Z.names)[1]", zone("names", 1)),
        ('startswith(Z.names[0], "eu-")', True),
        ('startswith(element(Z.names, 3), "us-")', False),
        ('length(regexall("^[a-z]{2}-", Z.names[1]))', 1),
        ('length(regexall("^([a-z]+)-", element(Z.names, 1))) > 0 ? Z.names[1] : null', zone("names", 1)),
    ],
)
def test_members_by_position_are_references(valued: Valued, expression: str, expected: object) -> None:
    """The same position is the same zone, another one is another zone; a slice has as many as it says."""
    assert valued(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "Z.names",
        "length(Z.names)",
        "element(Z.names, 1) == Z.names[1]",
        "element(Z.names, 1) == element(Z.names, 2)",
        "Z.names[0] == Z.zone_ids[0]",
        'Z.names[0] == "eu-west-1a"',
        "sort(Z.names)[0]",
        "toset(Z.names)",
        "tolist(toset(Z.names))[0]",
        'try(Z.names[5], "none")',
        'try([Z.names[5]], "none")',
        'try(element(Z.names, 1), "none")',
        'try(Z.names[5] == Z.names[5], "none")',
        "can(Z.names[5])",
        "can(slice(Z.names, 0, 5))",
        "slice(Z.names, 0, length(Z.names))",
        'startswith(Z.names[0], "eu-west-1a")',
        'startswith(Z.zone_ids[0], "eu-")',
        'length(regexall("^[a-z]{2}-", Z.zone_ids[0]))',
        'length(regexall("[a-z]", Z.names[0]))',
        'length(regexall("^.*-1$", Z.names[0]))',
        'length(regexall("^us-|-1$", Z.names[0]))',
        'length(regexall("^us-", Z.names[0]))',
    ],
)
def test_what_hangs_on_the_zones_themselves_is_unknown(valued: Valued, expression: str) -> None:
    """Their number, their names, and whether there are so many."""
    found = valued(expression)
    assert isinstance(found[0] if isinstance(found, list) else found, Unknown), found


def test_the_region_that_is_asked_about_begins_the_names(tmp_path: Path) -> None:
    """Its own argument comes before that of the provider; without either nothing is known of the names."""
    text = (
        'provider "aws" {\n  region = "eu-west-1"\n}\nprovider "aws" {\n  alias  = "open"\n  region = var.r\n}\n'
        'variable "r" {}\ndata "aws_availability_zones" "own" {\n  region = "us-east-1"\n}\n'
        'data "aws_availability_zones" "open" {\n  provider = aws.open\n}\n'
        'resource "x_y" "z" {\n  own  = startswith(data.aws_availability_zones.own.names[0], "us-")\n'
        '  open = startswith(data.aws_availability_zones.open.names[0], "us-")\n}\n'
    )
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    found = next(r for r in read_root(tmp_path, name="infra").resources if r.kind == "x_y").attributes
    assert (found["own"], type(found["open"])) == (True, Unknown)


def test_a_region_is_answered_as_it_is_asked_about(tmp_path: Path) -> None:
    """TF-105: `aws_region` by name, and zones of another Region than those that are assumed."""
    text = (
        'provider "aws" {\n  region = "eu-west-1"\n}\ndata "aws_region" "r" {\n  name = "us-east-1"\n}\n'
        'data "aws_availability_zones" "z" {\n  region = "us-east-1"\n}\n'
        'resource "x_y" "z" {\n  r = data.aws_region.r.id\n  z = data.aws_availability_zones.z.names\n}\n'
    )
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    inputs = Inputs(assumptions=Assumptions(availability_zones=("eu-west-1a",)))
    resources = read_root(tmp_path, name="infra", inputs=inputs).resources
    found = next(r for r in resources if r.kind == "x_y").attributes
    assert (found["r"], type(found["z"])) == ("us-east-1", Unknown)


@pytest.mark.parametrize("asked", ["region = var.r", "provider = aws.open"])
def test_zones_of_a_region_that_may_be_another_are_unknown(tmp_path: Path, asked: str) -> None:
    """TF-105: assumptions are about the default provider's."""
    text = (
        'variable "r" {}\nprovider "aws" {\n  alias = "open"\n  region = var.r\n}\n'
        f'data "aws_availability_zones" "z" {{\n  {asked}\n}}\n'
        'resource "x_y" "z" {\n  z = data.aws_availability_zones.z.names\n}\n'
    )
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    inputs = Inputs(assumptions=Assumptions(availability_zones=("eu-west-1a",)))
    resources = read_root(tmp_path, name="infra", inputs=inputs).resources
    found = next(r for r in resources if r.kind == "x_y").attributes
    assert type(found["z"]) is Unknown


def test_instances_by_the_number_of_zones_are_unknown(tmp_path: Path) -> None:
    """`count` and `for_each` over all zones stay open; over some of them they are counted."""
    text = (
        f'data "aws_availability_zones" "z" {{}}\nresource "x_y" "all" {{\n  count = length({ZONES}.names)\n}}\n'
        f'resource "x_y" "each" {{\n  for_each = toset({ZONES}.names)\n}}\n'
        f'resource "x_y" "some" {{\n  count = length(slice({ZONES}.names, 0, 2))\n}}\n'
    )
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    found = [r.address for r in read_root(tmp_path, name="infra").resources if r.kind == "x_y"]
    assert found == ["x_y.all[?]", "x_y.each[?]", "x_y.some[0]", "x_y.some[1]"]


def test_an_attempt_at_what_a_local_value_took_is_sure(tmp_path: Path) -> None:
    """The list is cut outside of `try`: there it has so many members, or nothing is applied at all."""
    text = (
        f'data "aws_availability_zones" "z" {{}}\nlocals {{\n  azs = slice({ZONES}.names, 0, 3)\n}}\n'
        'resource "x_y" "z" {\n  a = try(local.azs[2], "none")\n  b = try(local.azs[3], "none")\n}\n'
    )
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    found = next(r for r in read_root(tmp_path, name="infra").resources if r.kind == "x_y")
    assert found.attributes == {"a": zone("names", 2), "b": "none"}


def test_assumed_zones_are_told(valued: Valued) -> None:
    """What is assumed of the zones answers instead."""
    assumed = Assumptions(region="eu-west-1", availability_zones=("eu-west-1a", "eu-west-1b"))
    assert valued("element(Z.names, 3)", assumed) == "eu-west-1b"


def test_references_are_compared_in_one_place() -> None:
    """Members of one list whose members differ, of two lists, and of one whose members may be equal."""
    first, second = (Ref("data.a.z", ("names", i), apart=True) for i in range(2))
    assert (Truth.YES, Truth.NO) == (first.same(first), first.same(second))
    assert first.same(Ref("data.a.other", ("names", 1), apart=True)) is Truth.MAYBE
    assert first.same(Ref("data.a.z", ("zone_ids", 1), apart=True)) is Truth.MAYBE
    assert first.same(Ref("data.a.z", ("names", 1))) is Truth.MAYBE


LISTED = Deferred(ZONES, None, list_of(STRING), True, Ref(ZONES, ("names",), apart=True), open_ended=True, prefix="z")
TAKEN = (
    *("z", "z[0]", "z[1]", "z[2]", "element(z, 0)", "element(z, 1)", "element(z, 4)", "slice(z, 0, 2)"),
    *("slice(z, 1, 3)", "[z[0], z[1]]", "[for i in range(2) : z[i]]", "toset([z[0], z[1]])", "tolist(toset(z))[0]"),
    *("index(slice(z, 0, 3), z[1])", "contains(slice(z, 0, 2), z[2])", 'try(z[2], "d")', "can(slice(z, 0, 3))"),
    *("{ k = z[1] }", "distinct([z[0], z[0], z[1]])", "(length(z) > 1 ? z[1] : z[0])", 'try([z[1]], "d")'),
    *('length(regexall("^z?", z[1]))', 'regexall("^[a-z]", element(z, 1))', 'startswith(z[0], "z")'),
    *('startswith(z[0], "a")', 'startswith(z[1], "zb")', 'regexall("z", z[0])', 'regexall("^", z[0])'),
    *('try(z[3] == z[0], "d")', "z == z", "[for v in slice(z, 0, 2) : v if v != z[0]]"),
)
OF_ZONES = st.recursive(st.sampled_from(TAKEN) | EXPRESSIONS, _grown, max_leaves=4)


def _told(value: Value, zones: list[str]) -> Value:
    """A value in which the references are the zones that they turn out to be."""
    if isinstance(value, Deferred) and value.ref is not None and value.ref.address == ZONES:
        last = value.ref.path[-1]
        if last == "names":
            return Seq("list", tuple(zones))
        position = last % 99 if isinstance(last, int) else int(last.rpartition(" ")[2][:-1]) % len(zones)
        return zones[position] if position < len(zones) else "a zone that there is not"
    if isinstance(value, Seq):
        return Seq(value.kind, tuple(_told(i, zones) for i in value.items), value.ordered)
    if isinstance(value, Map):
        return Map(value.kind, {k: _told(v, zones) for k, v in value.entries.items()}, value.open)
    return value


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    OF_ZONES,
    st.fixed_dictionaries({name: st.sampled_from(VALUES) for name in NAMES}),
    st.permutations(["za", "zb", "zc", "zd"]),
    st.integers(0, 4),
)
def test_what_zones_turn_out_to_be_contradicts_no_answer(
    text: str, given_values: dict[str, str], names: list[str], number: int
) -> None:
    """Any zones in any order: each reference is the zone at its position, and all else that was said holds."""
    others = {name: _value(value, {}) for name, value in given_values.items()}
    zones = names[:number]
    without = _value(text, others | {"z": LISTED})
    known = _value(text, others | {"z": Seq("list", tuple(zones))})
    note(f"{text} with {given_values} and {zones}\n  {without}\n  {known}")
    assert known is FAILED or (without is not FAILED and covers(_told(without, zones), known))


PIECES = ("a", "b", "-", ".", "[ab]", "[^a]", "(a)", "(ab-)", "\\b", "\\w", "$", "^", "\\z", "{2}", "*", "+", "?", "*?")


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=5), st.text("ab-", max_size=4), st.text("ab-\n", max_size=4))
def test_what_surely_matches_once_does_so_whatever_follows(pieces: list[str], prefix: str, rest: str) -> None:
    """A pattern that is sure by the beginning of a text matches once in each text that begins so."""
    pattern = "^" + "".join(pieces)
    try:
        if not surely_once(pattern, prefix):
            return
    except EvaluationError:
        return
    found = find(pattern, prefix + rest, everywhere=True)
    assert isinstance(found, Deferred) or len(found) == 1
