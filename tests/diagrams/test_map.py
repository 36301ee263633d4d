"""The map, held to what a picture of a network must never get wrong: judged from the drawn SVG alone."""

from __future__ import annotations

import random
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings

from netaudit.diagrams.compose import picture
from netaudit.diagrams.map import TooManyArrows, draw_map
from netaudit.errors import QueryError
from netaudit.model import Group
from tests.diagrams.building import bank, endpoint, flow, solved
from tests.diagrams.reading import Drawn, DrawnArrow, Rect, read_map
from tests.diagrams.strategies import Case, cases, crowded


def _draw(case: Case) -> str:
    return draw_map(picture(case.solved, case.flows, case.violations), max_arrows=1000)


def _bank() -> Drawn:
    return read_map(draw_map(picture(*bank())))


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_every_flow_is_in_exactly_one_arrow_badge_or_counter(case: Case) -> None:
    """The numbers on the drawing add up to the flows that came in, but for those that never touch the estate."""
    drawn = read_map(_draw(case))
    outside = {each.id for each in case.solved.external}
    expected = sum(not {each.source, each.destination} <= outside for each in case.flows)
    shown = [a.flows for a in drawn.arrows] + [n for _, n, _ in drawn.badges] + [n for *_, n in drawn.counters]
    assert expected == sum(shown)


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_every_pair_of_boxes_with_a_flow_has_one_arrow_with_all_of_them(case: Case) -> None:
    """An arrow's number is that of the flows from the endpoints drawn in one box to those in the other."""
    drawn = read_map(_draw(case))
    home = {name: box for ids, box, _ in drawn.chips for name in ids}
    expected: dict[tuple[str, str], int] = {}
    for each in case.flows:
        if {each.source, each.destination} <= set(home) and home[each.source] != home[each.destination]:
            pair = (home[each.source], home[each.destination])
            expected[pair] = expected.get(pair, 0) + 1
    assert expected == {(arrow.source, arrow.destination): arrow.flows for arrow in drawn.arrows}


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_every_box_and_chip_lies_inside_its_parent(case: Case) -> None:
    """Containment is what the picture claims about membership."""
    drawn = read_map(_draw(case))
    for box, parent in drawn.parents.items():
        around = drawn.canvas if parent is None else drawn.boxes[parent]
        assert around.holds(drawn.boxes[box])
    for _, box, frame in drawn.chips:
        assert drawn.boxes[box].holds(frame)


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_siblings_are_disjoint(case: Case) -> None:
    """Two boxes in one box, and two chips in one box, have no point in common."""
    drawn = read_map(_draw(case))
    for a, b in combinations(drawn.boxes, 2):
        if drawn.parents[a] == drawn.parents[b]:
            assert not drawn.boxes[a].meets(drawn.boxes[b])
    for (_, box, frame), (_, other_box, other) in combinations(drawn.chips, 2):
        assert box != other_box or not frame.meets(other)


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_no_text_leaves_its_box(case: Case) -> None:
    """Every line of text, as wide as it may become in any usual font, ends before the edge of what it stands in."""
    for words, extent, frame in read_map(_draw(case)).texts:
        assert frame.holds(extent), words


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_no_arrow_crosses_a_foreign_box(case: Case) -> None:
    """A line enters no box but those around its ends, and not even its ends' insides."""
    drawn = read_map(_draw(case))
    for arrow in drawn.arrows:
        own = drawn.ancestors(arrow.source) | drawn.ancestors(arrow.destination)
        for box, frame in drawn.boxes.items():
            if box not in own:
                assert not any(_crosses(piece, frame) for piece in arrow.pieces), (arrow, box)


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_arrows_begin_and_end_at_the_edges_of_their_boxes(case: Case) -> None:
    """A line that begins anywhere else would say something about another box."""
    drawn = read_map(_draw(case))
    for arrow in drawn.arrows:
        for box, (x, y) in ((arrow.source, arrow.points[0]), (arrow.destination, arrow.points[-1])):
            frame = drawn.boxes[box]
            assert min(abs(x - frame.left), abs(x - frame.right)) < 0.2
            assert frame.top < y < frame.bottom


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_lines_of_different_sources_never_lie_over_one_another(case: Case) -> None:
    """They may cross; where one lay along another, nobody could tell which leads where."""
    drawn = read_map(_draw(case))
    for a, b in combinations(drawn.arrows, 2):
        if a.source != b.source:
            assert not any(_along(p, q) for p in a.pieces for q in b.pieces), (a, b)


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_a_dot_is_where_arrows_of_one_source_part(case: Case) -> None:
    """At every dot two arrows of one box lie over one another on one side of it, and no longer do on another."""
    drawn = read_map(_draw(case))
    for dot in drawn.dots:
        ways = [(arrow.source, _ways(arrow, dot)) for arrow in drawn.arrows]
        assert any(a == b and p & q and p != q for (a, p), (b, q) in combinations(ways, 2)), dot


def test_a_line_that_divides_has_a_dot_there() -> None:
    """One host that reaches the boxes over and under its own has one line, which divides once beside it."""
    groups = [
        Group(f"subnet/{name}", "subnet", name, column=column)
        for name, column in zip("sabc", (0, 1, 1, 1), strict=True)
    ]
    hosts = [endpoint(name, "host", f"subnet/{name}") for name in "sabc"]
    flows = [flow("s", name, "tcp/443") for name in "bc"]
    drawn = read_map(draw_map(picture(solved(groups, hosts), flows, {})))
    assert 1 == len(drawn.dots)


def test_the_workloads_at_the_ends_of_a_violation_are_marked() -> None:
    """An arrow ends at boxes; who in them is concerned is seen on the cards, and nobody else is marked."""
    expected = {name for pair in bank()[2] for name in pair if name != "internet"}
    assert expected == {name for ids, marks in _bank().marked for name in ids if marks}


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_labels_hide_nothing(case: Case) -> None:
    """The label of a violated arrow covers no other label, no box without boxes, and no other arrow."""
    drawn = read_map(_draw(case))
    leaves = [frame for key, frame in drawn.boxes.items() if key not in drawn.parents.values()]
    assert len(drawn.labels) == sum(arrow.violated > 0 for arrow in drawn.arrows)
    for arrow, frame in drawn.labels:
        assert not any(frame.meets(leaf) for leaf in leaves)
        assert not any(_crosses(piece, frame) for other in drawn.arrows if other is not arrow for piece in other.pieces)
    for (_, frame), (_, other) in combinations(drawn.labels, 2):
        assert not frame.meets(other)


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_no_arrow_crosses_a_text(case: Case) -> None:
    """Titles of boxes stay readable however many arrows there are."""
    drawn = read_map(_draw(case))
    labelled = {id(frame) for _, frame in drawn.labels}
    for words, extent, frame in drawn.texts:
        if id(frame) not in labelled:
            assert not any(_crosses(piece, extent) for arrow in drawn.arrows for piece in arrow.pieces), words


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_the_order_of_the_input_does_not_matter(case: Case) -> None:
    """The same facts give the same bytes."""
    shaken = random.Random(7)
    mixed = Case(
        tuple(shaken.sample(case.groups, len(case.groups))),
        tuple(shaken.sample(case.endpoints, len(case.endpoints))),
        tuple(shaken.sample(case.flows, len(case.flows))),
        dict(reversed(list(case.violations.items()))),
    )
    assert _draw(case) == _draw(mixed)


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_nothing_in_the_drawing_can_act(case: Case) -> None:
    """Hostile names are text: no script, no handler, no link, no foreign markup, no control or direction mark."""
    svg = _draw(case)
    allowed = {"svg", "g", "rect", "path", "circle", "text", "title", "desc", "style"}
    for element in ET.fromstring(svg).iter():
        assert element.tag.partition("}")[2] in allowed
        assert not any(name.startswith("on") or name.endswith("href") for name in element.attrib)
    assert not any(char < " " and char != "\n" for char in svg)
    assert not {"\u202e", "\u200f", "\u2066", "\x7f", "\x9b"} & set(svg)
    assert "url(" not in svg
    assert "@import" not in svg


# ---- the bank -----------------------------------------------------------------------------------------


def test_only_violations_are_labelled_and_every_one_is() -> None:
    """The bank has two violated arrows, each with a label, and one violated exposure, on a badge."""
    drawn = _bank()
    labelled = {(arrow.source, arrow.destination) for arrow, _ in drawn.labels}
    assert {("subnet/mgmt-public-a", "subnet/prod-data-a"), ("ns/monitoring", "ns/ledger")} == labelled
    assert [(["aws_instance.bastion"], 1, 1)] == [badge for badge in drawn.badges if badge[2]]


def test_tiers_stand_in_columns() -> None:
    """In a VPC every public subnet lies left of every private one, and those left of every data subnet."""
    boxes = _bank().boxes
    public, private, data = (
        [boxes[f"subnet/prod-{name}"] for name in names]
        for names in (("public-a",), ("app-a", "app-b", "nodes-a", "nodes-b"), ("data-a", "data-b"))
    )
    assert max(box.right for box in public) < min(box.left for box in private)
    assert max(box.right for box in private) < min(box.left for box in data)


def test_auditors_find_every_block_of_addresses() -> None:
    """CIDR blocks stand next to the title of each box, whole."""
    words = [text for text, _, _ in _bank().texts]
    solved_bank, _, _ = bank()
    for group in solved_bank.network.groups:
        assert any(group.detail in line for line in words), group.detail
        assert any(group.title in line for line in words), group.title


def test_the_footer_accounts_for_every_flow() -> None:
    """The numbers are counted by hand from the list of flows."""
    words = [text for text, _, _ in _bank().texts]
    expected = "79 flows: 56 bundled in 33 arrows, 16 inside boxes, 4 in 4 badges, 3 to outside, 0 dropped"
    assert expected in words


def test_an_empty_network_is_an_empty_sheet() -> None:
    """Nothing at all is drawn as nothing, with its account."""
    svg = draw_map(picture(solved([], []), [], {}))
    assert "0 flows: 0 bundled in 0 arrows" in svg
    assert {} == read_map(svg).boxes


def test_more_arrows_than_anybody_reads_are_refused_with_numbers() -> None:
    """The refusal says how many there are, the limit, and what to ask instead."""
    groups = [Group(f"ns/{i}", "namespace", str(i)) for i in range(14)]
    pods = [endpoint(f"{i}/a[Deployment]", "Deployment", f"ns/{i}") for i in range(14)]
    flows = [flow(a.id, b.id, "tcp/80") for a in pods for b in pods if a != b]
    with pytest.raises(TooManyArrows, match=r"182 arrows are not readable \(limit 80\).*matrix") as caught:
        draw_map(picture(solved(groups, pods), flows, {}))
    assert (182, 80) == (caught.value.arrows, caught.value.limit)
    assert isinstance(caught.value, QueryError)


def _crosses(piece: Rect, frame: Rect) -> bool:
    """Whether a line goes through the inside of a frame; running along its edge counts, touching the edge does not."""
    slack = 0.15
    if piece.left == piece.right:
        inside = frame.left - slack < piece.left < frame.right + slack
        return inside and piece.top < frame.bottom - slack and frame.top + slack < piece.bottom
    inside = frame.top - slack < piece.top < frame.bottom + slack
    return inside and piece.left < frame.right - slack and frame.left + slack < piece.right


def _ways(arrow: DrawnArrow, at: tuple[float, float]) -> set[tuple[int, int]]:
    """The directions in which the arrow's line runs from the point: a pixel further it is still there."""
    x, y = at
    steps = [(1, 0), (-1, 0), (0, 1), (0, -1)]
    return {
        (dx, dy)
        for dx, dy in steps
        for piece in arrow.pieces
        if piece.holds(Rect(x + dx, y + dy, x + dx, y + dy)) and piece.holds(Rect(x, y, x, y))
    }


def _along(p: Rect, q: Rect) -> bool:
    """Whether two lines share more than a point."""
    if p.left == p.right and q.left == q.right:
        return abs(p.left - q.left) < 1 and min(p.bottom, q.bottom) - max(p.top, q.top) > 0.2
    if p.top == p.bottom and q.top == q.bottom:
        return abs(p.top - q.top) < 1 and min(p.right, q.right) - max(p.left, q.left) > 0.2
    return False
