"""The other notebooks: kept without outputs, run from top to bottom, and showing what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.running import BOOKS, Run


@pytest.mark.parametrize("file", BOOKS, ids=[file.stem for file in BOOKS])
def test_it_is_kept_without_outputs(file: Path) -> None:
    """So that a change of the code never changes it."""
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (the dev extra has it)")
    book = nbformat.read(file, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [([], None)] * len(code) == [(cell.outputs, cell.execution_count) for cell in code]


def test_an_incident(tmp_path: Path) -> None:
    """The pod reaches the ledger's service at once, its journal in two, its archive never; and why not the journal."""
    book = Run("incident", tmp_path)
    assert "<ReachAnswer: 3 direct flows>" == book.text('estate.flows("payments/api")')
    assert "{'ledger/journal[StatefulSet]': 2, 'ledger/postings[Deployment]': 1}" == book.text("nx.single_source")
    assert "<Explanation: NO: payments/api[Deployment]" in book.text("estate.explain")
    assert "text/html" in book.shown("estate.view")


def test_a_migration(tmp_path: Path) -> None:
    """Two edits open one flow, close none, and break the rule about who asks the ledger."""
    book = Run("migration", tmp_path)
    assert 2 == book.text("[str(change)").count("allow tcp/9090 for ")
    assert "'YES'" == book.text("then.explain")
    flow = "('edge/portal[Deployment]', 'ledger/postings[Deployment]', 'tcp/9090')"
    assert f"([{flow}], [])" == " ".join(book.text("def flows").split())
    assert "[('BANK-011'," == book.text("before, after")[:13]
    assert 1 == book.text("before, after").count("'PROVED'")


def test_an_audit(tmp_path: Path) -> None:
    """Verdicts in a frame, what faces the internet, and the witness down to the block that is one bit too wide."""
    book = Run("audit", tmp_path)
    assert "VIOLATED" in book.text("frame = ")
    for name in ("aws_lb.internet_banking", "edge/gateway[Deployment]", "var.partner_cidr"):
        assert name in book.text("exposed = ")
    assert "image/svg+xml" in book.shown("[violated] = ")
    assert "tcp/5432 from 10.20.0.0/15" in book.text("checks = ")
    assert "True" == book.text("size > ")
