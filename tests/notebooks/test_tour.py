"""The tour runs from top to bottom in a real kernel, and its cells show what they promise."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from tests.notebooks.running import Run


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What its cells show."""
    return Run("tour", tmp_path_factory.mktemp("ipython"))


def test_the_report_is_a_table_of_verdicts(tour: Run) -> None:
    """Fourteen rules, one of them violated, one unknown."""
    shown = tour.shown("report = ")
    assert "<Report: 14 rules: 12 proved, 1 violated, 1 unknown>" == shown["text/plain"]
    assert 14 == shown["text/html"].count("<tr>") - 1
    assert "[('BANK-002'," in tour.text("broken = ")


def test_the_picture_is_an_isolated_frame(tour: Run) -> None:
    """HTML in a sandbox that may run scripts and nothing else, and the SVG where HTML is not shown."""
    shown = tour.shown("estate.view(report")
    assert shown["text/html"].startswith('<iframe sandbox="allow-scripts" ')
    (page,) = re.findall(r'srcdoc="([^"]*)"', shown["text/html"])
    assert unescape(page).startswith("<!doctype html>")
    assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(shown["image/svg+xml"]).tag


def test_an_explanation_names_the_rule_and_the_change(tour: Run) -> None:
    """The block that is one bit too wide, with its line."""
    shown = tour.shown("why = ")
    assert "YES: aws_instance.ci_runner[0] → aws_db_instance.ledger on tcp/5432" in shown["text/plain"]
    assert "tcp/5432 from 10.20.0.0/15" in shown["text/html"]
    assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(tour.shown("estate.path")["image/svg+xml"]).tag


def test_the_change_leaves_no_witness(tour: Run) -> None:
    """What the explanation suggests, applied; the cluster is joined to nothing, so the rule is not proved either."""
    assert "[('UNKNOWN', (), ['infra and k8s are not joined'])]" == tour.text("then = ")


def test_the_databases_are_out_of_reach(tour: Run) -> None:
    """A question is one line and a row for each pair."""
    assert "<QuestionAnswer: NO: internet → kind/aws_db_instance" in tour.text("answer = ")


def test_networkx_and_pandas_answer(tour: Run) -> None:
    """The incident's reach on the graph: the gateway leads to payments, and from there to the ledger."""
    assert "ledger/postings[Deployment]" in tour.text("nx.descendants")
    assert "tcp/5432" in tour.text("frame = ")
