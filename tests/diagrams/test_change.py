"""A change as a picture: what differs is marked, what does not is counted, and nothing is drawn twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from netaudit.cli import main
from netaudit.diagrams.change import FORMATS, change_picture
from netaudit.diagrams.picture import ALTERED, CLOSED, OPENED, Picture
from netaudit.model import Group
from netaudit.queries.answer import Context
from netaudit.queries.diff import Change, DiffAnswer
from netaudit.queries.flow import Flow, Relation
from tests.diagrams.building import endpoint, flow, solved
from tests.diagrams.reading import read_map

_GROUPS = [Group(f"ns/{name}", "ns", name) for name in ("a", "b", "c")]
_OLD = solved(
    _GROUPS, [endpoint("a/x", "Pod", "ns/a"), endpoint("b/y", "Pod", "ns/b"), endpoint("b/gone", "Pod", "ns/b")]
)
_NEW = solved(
    _GROUPS, [endpoint("a/x", "Pod", "ns/a"), endpoint("b/y", "Pod", "ns/b"), endpoint("c/new", "Pod", "ns/c")]
)


def _drawn(*pairs: tuple[Flow | None, Flow | None]) -> Picture:
    changes = []
    for before, after in pairs:
        known = after or before
        assert known is not None
        changes.append(Change(known.source, known.destination, before, after))
    context = Context((), {}, (), ())
    return change_picture(DiffAnswer(Relation.DIRECT, tuple(changes), 7, {}, "main", context), _OLD, _NEW)


@pytest.mark.parametrize(
    ("before", "after", "mark"),
    [
        (None, flow("a/x", "b/y", "tcp/443"), OPENED),
        (flow("a/x", "b/y", "tcp/443"), None, CLOSED),
        (flow("a/x", "b/y", "tcp/443"), flow("a/x", "b/y", "tcp/443,444"), OPENED),
        (flow("a/x", "b/y", "tcp/443,444"), flow("a/x", "b/y", "tcp/443"), CLOSED),
        (flow("a/x", "b/y", "tcp/443", ""), flow("a/x", "b/y", "tcp/443"), ALTERED),
    ],
    ids=["new", "gone", "wider", "narrower", "surer"],
)
def test_each_difference_has_its_mark(before: Flow | None, after: Flow | None, mark: str) -> None:
    """What possibly arrives decides; where only the certainty differs the flow is altered."""
    (bundle,) = _drawn((before, after)).bundles
    assert (bundle.sum.rules, bundle.sum.look) == ((mark,), mark[2:])


def test_what_is_opened_outweighs_what_is_closed() -> None:
    """An arrow that bundles both is drawn as opened: that is what a reviewer must not miss."""
    pairs = [(flow("a/x", "b/gone", "tcp/1"), None), (None, flow("a/x", "b/y", "tcp/2"))]
    (bundle,) = _drawn(*pairs).bundles
    assert bundle.sum.look == "opened"


def test_the_ends_of_a_closed_flow_are_drawn_though_they_are_gone() -> None:
    """A flow closed by deleting its server stands between both of its ends."""
    svg = read_map(FORMATS[".svg"](_drawn((flow("a/x", "b/gone", "tcp/1"), None))))
    assert {name for ids, _, _ in svg.chips for name in ids} == {"a/x", "b/gone"}


def test_only_the_boxes_that_the_change_concerns_are_drawn() -> None:
    """Nobody in namespace b has a flow that differs, so there is no box of that name."""
    svg = read_map(FORMATS[".svg"](_drawn((None, flow("a/x", "c/new", "tcp/1")))))
    assert set(svg.boxes) == {"ns/a", "ns/c"}


def test_the_account_counts_what_did_not_change() -> None:
    """The unchanged flows are not among those drawn, and none is dropped."""
    totals = _drawn((None, flow("a/x", "c/new", "tcp/1"))).totals
    assert (totals.flows, totals.hidden, totals.dropped) == (1, 7, 0)


def test_mermaid_gives_each_kind_of_change_its_colour() -> None:
    """Links are numbered in the order in which they are written: opened red, closed green."""
    text = FORMATS[".mmd"](_drawn((flow("a/x", "b/y", "tcp/1"), None), (None, flow("a/x", "c/new", "tcp/2"))))
    assert [line for line in text.splitlines() if "linkStyle" in line] == [
        "  linkStyle 1 stroke:#c4122f,stroke-width:3px",
        "  linkStyle 0 stroke:#1c7c6c,stroke-width:3px",
    ]


_POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: shop, labels: {app: %s}}\n"
_DENY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: d, namespace: shop}\n"
_DENY += "spec: {podSelector: {matchLabels: {app: b}}}\n"


def test_diff_draws_the_change_into_files(tmp_path: Path) -> None:
    """Taking a policy away opens its pod again, and the picture says so."""
    pods = [_POD % ("a", "a"), _POD % ("b", "b")]
    for name, documents in (("old", [*pods, _DENY]), ("new", pods)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "all.yaml").write_text("---\n".join(documents), encoding="utf-8")
    out = tmp_path / "change.svg"
    given = ["diff", str(tmp_path / "new"), "--base", str(tmp_path / "old"), "-o", str(out)]
    result = CliRunner().invoke(main, given)
    assert (result.exit_code, "opened by the change" in out.read_text(encoding="utf-8")) == (0, True)


def test_a_flow_inside_one_box_is_marked_on_its_counter() -> None:
    """A violation or change between neighbours has no arrow: the counter of their box carries the colour."""
    old = solved(_GROUPS, [endpoint("b/y", "Pod", "ns/b"), endpoint("b/z", "Pod", "ns/b")])
    change = Change("b/y", "b/z", None, flow("b/y", "b/z", "tcp/1"))
    answer = DiffAnswer(Relation.DIRECT, (change,), 0, {}, "main", Context((), {}, (), ()))
    assert 'class="detail opened-head"' in FORMATS[".svg"](change_picture(answer, old, old))
