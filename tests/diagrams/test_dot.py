"""DOT text: nested clusters, one edge for each arrow, no labels on edges, inert names."""

from __future__ import annotations

import re
import subprocess
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings

from netaudit.diagrams.compose import picture
from netaudit.diagrams.dot import to_dot
from netaudit.diagrams.wording import account
from netaudit.model import Group
from tests.diagrams.building import bank, endpoint, solved
from tests.diagrams.strategies import NASTY, Case, cases, crowded
from tests.oracles import program

_EDGE = re.compile(r"^\t+n(\d+) -> n(\d+) \[(.*)\]$", re.MULTILINE)


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_every_bundle_is_one_edge_without_a_label(case: Case) -> None:
    """Counted in the text; a label on an edge is what makes layout programs lose it."""
    shown = picture(case.solved, case.flows, case.violations)
    edges = _EDGE.findall(to_dot(shown))
    assert len(shown.bundles) == len(edges)
    # an attribute begins the line or follows a blank outside quotes; names in tooltips are quoted
    assert not any(re.search(r"(^| )label=", re.sub(r'"(\\.|[^"\\])*"', '""', attributes)) for *_, attributes in edges)


@settings(deadline=None, max_examples=40)
@given(cases())
def test_every_box_is_a_cluster_or_a_node(case: Case) -> None:
    """Boxes of boxes are clusters, leaves are nodes, and there is nothing else."""
    shown = picture(case.solved, case.flows, case.violations)
    text = to_dot(shown)
    assert len(list(shown.leaves)) == len(re.findall(r"^\t+n\d+ \[", text, re.MULTILINE))
    assert len({leaf.key for leaf in shown.leaves}) == len(list(shown.leaves))


@pytest.mark.oracle
@pytest.mark.parametrize("case", [None, crowded()], ids=["bank", "crowded"])
def test_graphviz_draws_every_edge(case: Case | None) -> None:
    """The real `dot` reads it, and its drawing has as many edges and nodes as the text."""
    shown = picture(case.solved, case.flows, case.violations) if case else picture(*bank())
    drawing = _render(to_dot(shown))
    assert len(shown.bundles) == len(_of_class(drawing, "edge"))
    assert len(list(shown.leaves)) == len(_of_class(drawing, "node"))


@pytest.mark.oracle
def test_graphviz_shows_hostile_names_as_text() -> None:
    """No name becomes markup, an attribute, a port or an escape sequence of the language."""
    names = [name.replace("\n", "") or "-" for name in [*NASTY, "a:b", "\\N", "{a|b}", "<b>x</b>", 'x" color="red']]
    groups = [Group(f"ns/{i}", "namespace", name) for i, name in enumerate(names)]
    hosts = [endpoint(f"h{i}", "Deployment", f"ns/{i}") for i in range(len(names))]
    shown = picture(solved(groups, hosts), [], {})
    drawing = _render(to_dot(shown))
    assert len(names) == len(_of_class(drawing, "node"))
    texts = {element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {"a:b", "\\N", "{a|b}", "<b>x</b>", 'x" color="red', "<script>alert(1)</script>"} <= texts


def test_the_account_is_in_the_text() -> None:
    """As a comment on the first line."""
    shown = picture(*bank())
    assert f"// {account(shown.totals)}" == to_dot(shown).splitlines()[0]


def _render(text: str) -> ET.Element:
    done = subprocess.run([program("dot"), "-Tsvg"], input=text.encode(), capture_output=True, check=True, timeout=120)
    return ET.fromstring(done.stdout)


def _of_class(drawing: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in drawing.iter() if element.attrib.get("class") == name]
