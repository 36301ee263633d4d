"""The tour runs from top to bottom in a real kernel, and its cells show what they promise."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.oracles import REPOSITORY

_TOUR = REPOSITORY / "notebooks" / "tour.ipynb"

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (the dev extra has it)")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (the dev extra has it)")
pytest.importorskip("pandas", reason="pandas is not installed (the notebook extra has it)")


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The first output of every cell, by how its source begins."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patched.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patched.setenv("PYTHONWARNINGS", "default")
        book = nbformat.read(_TOUR, as_version=4)
        nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(_TOUR.parent)}}).execute()
    return {cell.source: cell.outputs for cell in book.cells if cell.cell_type == "code"}


def _data(tour: dict[str, Any], words: str) -> dict[str, str]:
    """What the cell that contains the words shows, by type."""
    outputs = next(outputs for source, outputs in tour.items() if words in source)
    return dict(outputs[-1].data)


def test_it_is_kept_without_outputs() -> None:
    """So that a change of the code never changes it."""
    book = nbformat.read(_TOUR, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [([], None)] * len(code) == [(cell.outputs, cell.execution_count) for cell in code]


def test_the_report_is_a_table_of_verdicts(tour: dict[str, Any]) -> None:
    """Fourteen rules, one of them violated, one unknown."""
    shown = _data(tour, "report = ")
    assert "<Report: 14 rules: 12 proved, 1 violated, 1 unknown>" == shown["text/plain"]
    assert 14 == shown["text/html"].count("<tr>") - 1
    assert "[('BANK-002'," in _data(tour, "broken = ")["text/plain"]


def test_the_picture_is_an_isolated_frame(tour: dict[str, Any]) -> None:
    """HTML in a sandbox that may run scripts and nothing else, and the SVG where HTML is not shown."""
    shown = _data(tour, "estate.view(report")
    assert shown["text/html"].startswith('<iframe sandbox="allow-scripts" ')
    (page,) = re.findall(r'srcdoc="([^"]*)"', shown["text/html"])
    assert unescape(page).startswith("<!doctype html>")
    assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(shown["image/svg+xml"]).tag


def test_an_explanation_names_the_rule_and_the_change(tour: dict[str, Any]) -> None:
    """The block that is one bit too wide, with its line."""
    shown = _data(tour, "why = ")
    assert "YES: aws_instance.ci_runner[0] → aws_db_instance.ledger on tcp/5432" in shown["text/plain"]
    assert "tcp/5432 from 10.20.0.0/15" in shown["text/html"]
    assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(_data(tour, "estate.path")["image/svg+xml"]).tag


def test_the_change_leaves_no_witness(tour: dict[str, Any]) -> None:
    """What the explanation suggests, applied; the cluster is joined to nothing, so the rule is not proved either."""
    assert "[('UNKNOWN', (), ['infra and k8s are not joined'])]" == _data(tour, "then = ")["text/plain"]


def test_the_databases_are_out_of_reach(tour: dict[str, Any]) -> None:
    """A question is one line and a row for each pair."""
    assert "<QuestionAnswer: NO: internet → kind/aws_db_instance" in _data(tour, "answer = ")["text/plain"]


def test_networkx_and_pandas_answer(tour: dict[str, Any]) -> None:
    """The incident's reach on the graph: the gateway leads to payments, and from there to the ledger."""
    assert "ledger/postings[Deployment]" in _data(tour, "nx.descendants")["text/plain"]
    assert "tcp/5432" in _data(tour, "frame = ")["text/plain"]
