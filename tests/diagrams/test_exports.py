"""Exports to other programs: complete, well formed, the same bytes each time, and names are only names."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from hypothesis import example, given, settings

from netaudit.diagrams import FORMATS, View
from netaudit.diagrams.drawio import to_drawio
from netaudit.diagrams.graph import to_graphml, to_json, to_networkx
from netaudit.diagrams.mermaid import MOST, to_mermaid
from netaudit.errors import QueryError
from netaudit.model import Group
from tests.diagrams.building import bank, endpoint, flow, solved
from tests.diagrams.strategies import NASTY, Case, cases, crowded


def _bank() -> View:
    network, flows, _ = bank()
    return View(network, tuple(flows))


def _view(case: Case) -> View:
    return View(case.solved, case.flows)


def _hostile() -> View:
    names = [*NASTY, '"]; click n0 href "javascript:alert(1)"', "`x`", "<img src=x onerror=alert(1)>", "%%{init:{}}%%"]
    groups = [Group(f"ns/{number}", "namespace", name) for number, name in enumerate(names)]
    hosts = [endpoint(f"{number}{name}", "Deployment", f"ns/{number}") for number, name in enumerate(names)]
    flows = [flow(a.id, b.id, "tcp/443") for a, b in pairwise(hosts)]
    return View(solved(groups, hosts), tuple(flows))


@pytest.mark.parametrize("ending", [".svg", ".dot", ".drawio", ".graphml", ".json"])
def test_the_order_of_flows_does_not_matter(ending: str) -> None:
    """The same facts give the same bytes."""
    network, flows, _ = bank()
    assert FORMATS[ending](View(network, tuple(flows))) == FORMATS[ending](View(network, tuple(reversed(flows))))


# ---- networkx -----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_the_graph_has_an_edge_for_every_flow(case: Case) -> None:
    """By its ends, with its traffic."""
    graph = to_networkx(_view(case))
    expected = Counter((each.source, each.destination, str(each.possible)) for each in case.flows)
    assert expected == Counter((a, b, data["possible"]) for a, b, data in graph.edges(data=True))
    inside = {name for name, data in graph.nodes(data=True) if data["kind"] != "external"}
    assert {each.id for each in case.endpoints} == inside


def test_the_attributes_of_the_bank() -> None:
    """Read off `tests.diagrams.building` by hand."""
    graph = to_networkx(_bank())
    assert {
        "relation": "direct",
        "certain": "tcp/443",
        "possible": "tcp/80,443",
        "one_way": "",
        "unknown": True,
        "through": [],
        "rules": [],
    } == graph.edges["internet", "edge/gateway[Deployment]", 0]
    bastion = graph.nodes["aws_instance.bastion"]
    assert ("aws_instance", ["subnet/mgmt-public-a", "vpc/aws_vpc.mgmt"]) == (bastion["kind"], bastion["groups"])
    assert "subnet/mgmt-public-a" == bastion["box"]


def test_networkx_answers_on_it() -> None:
    """An algorithm of networkx: the shortest way from the internet to the ledger's database."""
    path = nx.shortest_path(to_networkx(_bank()), "internet", "aws_db_instance.ledger")
    assert ["internet", "aws_instance.bastion", "aws_db_instance.ledger"] == path


@settings(deadline=None, max_examples=40)
@given(cases())
def test_node_link_json_reads_back(case: Case) -> None:
    """By networkx itself, into an equal graph; a half of a surrogate pair stays one."""
    read = nx.node_link_graph(json.loads(to_json(_view(case)))["graph"], edges="edges")
    assert nx.utils.graphs_equal(to_networkx(_view(case)), read)


@settings(deadline=None, max_examples=40)
@given(cases())
def test_graphml_reads_back(case: Case) -> None:
    """By networkx itself: as many nodes and edges, whatever the names are."""
    graph, read = to_networkx(_view(case)), nx.read_graphml(io.BytesIO(to_graphml(_view(case)).encode()))
    assert (len(graph.nodes), len(graph.edges)) == (len(read.nodes), len(read.edges))
    traffic = Counter(data["possible"] for *_, data in graph.edges(data=True))
    assert traffic == Counter(data.get("possible") or "" for *_, data in read.edges(data=True))


# ---- draw.io ------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(cases())
@example(crowded())
def test_drawio_has_a_cell_for_every_box_card_and_bundle(case: Case) -> None:
    """Well formed, ids unique, parents and ends exist."""
    view = _view(case)
    cells = list(ET.fromstring(to_drawio(view.picture)).iter("mxCell"))
    ids = [cell.attrib["id"] for cell in cells]
    assert len(ids) == len(set(ids))
    assert {cell.attrib["parent"] for cell in cells[1:]} <= set(ids)
    edges = [cell for cell in cells if "edge" in cell.attrib]
    assert len(view.picture.bundles) == len(edges)
    assert {cell.attrib[end] for cell in edges for end in ("source", "target")} <= set(ids)
    chips = sum(len(leaf.chips) for leaf in view.picture.leaves)
    assert chips == sum("c" in cell.attrib["id"] for cell in cells)


def test_drawio_never_reads_a_name_as_markup() -> None:
    """Every cell says that its value is text."""
    cells = list(ET.fromstring(to_drawio(_hostile().picture)).iter("mxCell"))[2:]
    assert all(cell.attrib["style"].startswith("html=0;") for cell in cells)
    assert any("<img src=x onerror=alert(1)>" in cell.attrib.get("value", "") for cell in cells)


# ---- Mermaid ------------------------------------------------------------------------------------------

_NODE = re.compile(r'  n\d+\["[^"<>`]*(?:<br/>[^"<>`]*)*"\]')
_EDGE = re.compile(r'  (n\d+|outside) (-->|-\.->)\|"[^"<>`]*"\| (n\d+|outside)')


def _small() -> View:
    groups = [Group("ns/a", "namespace", "a"), Group("ns/b", "namespace", "b")]
    hosts = [endpoint("a/x[Pod]", "Pod", "ns/a"), endpoint("b/y[Pod]", "Pod", "ns/b")]
    flows = (flow("a/x[Pod]", "b/y[Pod]", "tcp/443", ""), flow("internet", "a/x[Pod]", "tcp/80"))
    return View(solved(groups, hosts), flows)


def test_mermaid_of_a_small_delta() -> None:
    """Two namespaces, one arrow that is possible only, one exposed; written by hand."""
    assert [
        "%% 2 flows: 1 bundled in 1 arrow, 0 inside boxes, 1 in 1 badge, 0 to outside, 0 dropped",
        "flowchart LR",
        '  n0["namespace a<br/>x"]',
        '  n1["namespace b<br/>y"]',
        '  outside(["outside"])',
        '  outside -->|"tcp/80"| n0',
        '  n0 -.->|"tcp/443"| n1',
    ] == to_mermaid(_small().picture).splitlines()


def test_mermaid_refuses_what_it_cannot_show() -> None:
    """With the number, the limit and the way out."""
    with pytest.raises(QueryError, match=rf"limit {MOST}\): narrow with --focus SEL"):
        to_mermaid(_view(crowded()).picture)


def test_mermaid_quotes_hostile_names() -> None:
    """Each line is a node or an edge of ours; nothing that a name says is syntax."""
    names = [
        '"]; click n0 href "javascript:alert(1)"',
        "<img src=x onerror=alert(1)>",
        "`x`",
        "#quot;",
        "a\nb",
        "\x1b[31m",
    ]
    groups = [Group(f"ns/{number}", "namespace", name) for number, name in enumerate(names)]
    hosts = [endpoint(f"{number}{name}", "Deployment", f"ns/{number}") for number, name in enumerate(names)]
    flows = tuple(flow(a.id, b.id, "tcp/443") for a, b in pairwise(hosts))
    _, _, *lines = to_mermaid(View(solved(groups, hosts), flows).picture).splitlines()
    assert [True] * len(names) == [bool(_NODE.fullmatch(line)) for line in lines[: len(names)]]
    assert [True] * (len(names) - 1) == [bool(_EDGE.fullmatch(line)) for line in lines[len(names) :]]
