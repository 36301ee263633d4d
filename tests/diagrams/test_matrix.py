"""The matrix: a cell for every pair with flows, readable at any size."""

from __future__ import annotations

import random
from unittest.mock import patch
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings

from netaudit.diagrams import matrix
from netaudit.diagrams.compose import picture
from netaudit.diagrams.matrix import OUTSIDE, draw_matrix
from netaudit.errors import QueryError
from netaudit.model import Group
from tests.diagrams.building import bank, endpoint, flow, solved
from tests.diagrams.strategies import Case, cases, crowded

_SVG = "{http://www.w3.org/2000/svg}"
_Cell = tuple[str, str, int, int]


def _cells(svg: str) -> list[_Cell]:
    """Source, destination, flows and violated flows of every drawn cell."""
    return [
        (data["data-source"], data["data-destination"], int(data["data-flows"]), int(data["data-violated"]))
        for data in (element.attrib for element in ET.fromstring(svg).iter())
        if "data-flows" in data
    ]


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_the_cells_add_up_to_all_flows(case: Case) -> None:
    """Every flow is in exactly one cell, those from outside to outside included; so is every violated one."""
    cells = _cells(draw_matrix(picture(case.solved, case.flows, case.violations)))
    assert len(case.flows) == sum(flows for *_, flows, _ in cells)
    broken = [each for each in case.flows if (each.source, each.destination) in case.violations]
    assert len(broken) == sum(violated for *_, violated in cells)
    assert len(cells) == len({cell[:2] for cell in cells})


@settings(deadline=None, max_examples=20)
@given(cases())
@example(crowded())
def test_of_more_cells_than_anybody_reads_only_violated_ones_have_numbers(case: Case) -> None:
    """All are there all the same, with their numbers for programs: a page of 90,000 of them opens in two seconds."""
    shown = picture(case.solved, case.flows, case.violations)
    with patch.object(matrix, "_LEGIBLE", 0):
        many = draw_matrix(shown)
    assert _cells(draw_matrix(shown)) == _cells(many)
    titled = {group.attrib["data-violated"] != "0" for group in ET.fromstring(many).iter(f"{_SVG}g")}
    assert titled <= {True}


@settings(deadline=None, max_examples=40)
@given(cases())
def test_no_two_cells_overlap_and_all_lie_on_the_sheet(case: Case) -> None:
    """Cells of one row are level, and no cell lies where another does."""
    root = ET.fromstring(draw_matrix(picture(case.solved, case.flows, case.violations)))
    places = [_place(group) for group in root.iter(f"{_SVG}g")]
    assert len(places) == len(set(places))
    assert all(x + 30 <= float(root.attrib["width"]) and y + 30 <= float(root.attrib["height"]) for x, y in places)


def _place(group: ET.Element) -> tuple[float, float]:
    rect = group.find(f"{_SVG}rect")
    assert rect is not None
    return float(rect.attrib["x"]), float(rect.attrib["y"])


@settings(deadline=None, max_examples=40)
@given(cases())
def test_the_order_of_the_input_does_not_matter(case: Case) -> None:
    """The same facts give the same bytes."""
    mixed = random.Random(7).sample(case.flows, len(case.flows))
    straight = draw_matrix(picture(case.solved, case.flows, case.violations))
    assert straight == draw_matrix(picture(case.solved, mixed, case.violations))


def test_the_outside_is_the_first_row_and_the_last_column() -> None:
    """The bank's exposed segments and those that reach out, by hand."""
    cells = _cells(draw_matrix(picture(*bank())))
    exposed = {destination for source, destination, *_ in cells if source == OUTSIDE}
    reaching = {source for source, destination, *_ in cells if destination == OUTSIDE}
    across = "vpc/aws_vpc.prod/*subnet/prod-public-a|subnet/prod-public-b"
    assert {across, "subnet/mgmt-public-a", "subnet/shared-public-a", "ns/edge"} == exposed
    assert {"subnet/prod-app-a", "subnet/prod-app-b", "subnet/shared-tools-b"} == reaching


def test_a_violated_cell_is_outlined_and_crossed() -> None:
    """Colour is not the only sign."""
    root = ET.fromstring(draw_matrix(picture(*bank())))
    for group in root.iter(f"{_SVG}g"):
        signs = [each.attrib["class"] for each in group if "violated" in each.attrib.get("class", "")]
        assert (["outline violated", "icon violated"] if group.attrib["data-violated"] != "0" else []) == signs


def test_any_grouping_makes_a_matrix() -> None:
    """By a label: a row for each value, and one for those that have none; no flow is lost."""
    groups = [Group("ns/a", "ns", "a"), Group("ns/b", "ns", "b")]
    people = [
        endpoint("x", "Pod", "ns/a", labels={"tier": "web"}),
        endpoint("y", "Pod", "ns/b", labels={"tier": "data"}),
        endpoint("z", "Pod", "ns/b"),
    ]
    flows = [flow("x", "y", "tcp/1"), flow("y", "z", "tcp/2")]
    found = picture(solved(groups, people), flows, {}, by="label:tier")
    assert ["data", "no label:tier", "web"] == sorted(box.title for box in found.boxes)
    assert (2, 0) == (found.totals.bundled, found.totals.dropped)


def test_a_grouping_that_there_is_not_is_an_error() -> None:
    """It names those that there are."""
    people = solved([Group("ns/a", "ns", "a")], [endpoint("x", "Pod", "ns/a")])
    with pytest.raises(QueryError, match="expected label:KEY, tag:KEY, kind or one of: ns"):
        picture(people, [], {}, by="sg")
