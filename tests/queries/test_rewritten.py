"""What was written otherwise, and which differences go by it."""

from __future__ import annotations

from pathlib import Path as File
from typing import Any

import pytest

import netaudit
from netaudit.model import Origin, Path, Reading, Ref, Resource, Unknown
from netaudit.queries.rewritten import Rewritten, rewritten
from netaudit.reports.as_json import diff_json
from netaudit.reports.as_text import diff_text
from tests import small

HERE, THERE = Origin("a.tf", 1, 9, "x_y.z"), Origin("b.tf", 11, 19, "x_y.z")


def thing(origin: Origin, **attributes: Any) -> Reading:
    """A source of one declared thing, whose rules stand two lines apart."""
    places: dict[Path, Origin] = {("rule", index): Origin(origin.file, origin.line + 2 * index) for index in range(4)}
    return Reading("s", "terraform", [Resource("x_y", "x_y.z", attributes, origin, places)])


def parts(before: Reading, after: Reading) -> list[tuple[str, str, str]]:
    """What differs: part, verb and place."""
    return [(each.part, each.verb, each.origin.place) for each in rewritten([before], [after])]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, [("a", "changed", "b.tf:11")]),
        ({}, {"a": 1}, [("a", "added", "b.tf:11")]),
        ({"a": 1}, {}, [("a", "removed", "a.tf:1")]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a.c", "changed", "b.tf:11")]),
        ({"rule": [{"p": 1}, {"p": 2}]}, {"rule": [{"p": 1}, {"p": 3}]}, [("rule[1].p", "changed", "b.tf:13")]),
        ({"rule": [1]}, {"rule": [9, 1, 8]}, [("rule[0]", "added", "b.tf:11"), ("rule[2]", "added", "b.tf:15")]),
        ({"rule": [{"p": 1}, {"p": 2}]}, {"rule": [{"p": 2}]}, [("rule[0]", "removed", "a.tf:1")]),
        ({"a": True}, {"a": 1}, [("a", "changed", "b.tf:11")]),
        ({"a": Ref("v")}, {"a": Ref("w")}, [("a", "changed", "b.tf:11")]),
        ({"a": Unknown("var.x", HERE)}, {"a": Unknown("var.x", THERE)}, []),
        ({"a": Unknown("var.x")}, {"a": Unknown("var.y")}, [("a", "changed", "b.tf:11")]),
        ({"rule": [1, 2]}, {"rule": [2, 1]}, [("rule", "changed", "b.tf:11")]),
    ],
)  # fmt: skip
def test_parts_that_differ_are_told_with_their_places(
    old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    """The deepest ones, by value: where something stands, and where an unknown comes from, is no difference."""
    assert expected == parts(thing(HERE, **old), thing(THERE, **new))


def test_a_thing_that_one_side_lacks_is_told_whole() -> None:
    """With its only place."""
    nothing = Reading("s", "terraform", [])
    there, gone = rewritten([nothing], [thing(THERE)]), rewritten([thing(HERE)], [nothing])
    assert (Rewritten("x_y.z", "", "added", THERE),) == there
    assert (Rewritten("x_y.z", "", "removed", HERE),) == gone


def test_things_of_one_address_in_several_sources_are_kept_apart() -> None:
    """Two roots may declare the same."""
    first, second = (Reading(name, "terraform", thing(HERE, a=name).resources) for name in ("one", "two"))
    assert () == rewritten([first, second], [second, first])


def test_code_and_an_account_are_not_compared_as_texts() -> None:
    """They have other names for everything."""
    account = Reading("s", "snapshot", thing(THERE, a=1).resources)
    assert () == rewritten([thing(HERE, a=2)], [account])


# ---- as causes ----------------------------------------------------------------------------------------


CLIENT = """
resource "aws_instance" "client" {
  subnet_id              = aws_subnet.a.id
  vpc_security_group_ids = [aws_security_group.client.id]
}

resource "aws_security_group" "client" {
  vpc_id = aws_vpc.main.id
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
TEXT = small.TERRAFORM.replace("203.0.113.0/24", "10.0.1.0/24") + CLIENT


def estates(tmp_path: File, changed: str) -> tuple[netaudit.Estate, netaudit.Estate]:
    """The small estate before and after its text has changed."""
    old = netaudit.load(small.terraform(tmp_path / "old" / "infra", TEXT))
    return old, netaudit.load(small.terraform(tmp_path / "new" / "infra", changed))


def test_a_flow_names_the_lines_that_opened_it(tmp_path: File) -> None:
    """A wider port range in a rule: its lines, at their places after the change."""
    old, new = estates(tmp_path, TEXT.replace("to_port     = 443", "to_port     = 444"))
    (change,) = new.diff(old).changes
    assert [("aws_security_group.web", "ingress[0].to_port", "changed")] == [
        (each.address, each.part, each.verb) for each in change.causes
    ]
    (told,) = diff_json(new.diff(old))["changed"]
    assert ("ingress[0].to_port", 19) == (told["causes"][0]["part"], told["causes"][0]["line"])


def test_what_changes_no_flow_is_named_as_such(tmp_path: File) -> None:
    """A description is text without effect."""
    text = TEXT.replace("  vpc_id = aws_vpc.main.id\n\n", '  vpc_id = aws_vpc.main.id\n  description = "x"\n\n')
    old, new = estates(tmp_path, text)
    answer = new.diff(old)
    assert ["description"] == [each.part for each in answer.idle]
    assert "written otherwise without effect:\n    + aws_security_group.web  description added" in diff_text(answer)
    assert ["description"] == [each["part"] for each in diff_json(answer)["idle"]]


def test_what_lies_in_no_way_of_the_differences_is_told_apart(tmp_path: File) -> None:
    """Beside a rule that opens something, an unused subnet."""
    unused = '\nresource "aws_subnet" "b" {\n  vpc_id     = aws_vpc.main.id\n  cidr_block = "10.0.2.0/24"\n}\n'
    old, new = estates(tmp_path, TEXT.replace("to_port     = 443", "to_port     = 444") + unused)
    assert [("aws_subnet.b", "added")] == [(each.address, each.verb) for each in new.diff(old).idle]
