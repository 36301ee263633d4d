"""Answers as tables: stable columns, escaped cells, and a cap that says what it leaves out."""

from __future__ import annotations

from typing import ClassVar

import pytest

import netaudit
from netaudit.queries.tabular import Row, Tabular, html_table
from tests.oracles import REPOSITORY

_K8S = REPOSITORY / "fixtures" / "scenarios" / "bank" / "k8s"


class _Two(Tabular):
    columns: ClassVar[tuple[str, ...]] = ("name", "verdict")

    def rows(self) -> list[Row]:
        return [{"name": "<b>", "verdict": "NO"}]

    def headline(self) -> str:
        return "one & all"


def test_one_line_in_a_console() -> None:
    """The kind of answer, and what it says."""
    assert "<_Two: one & all>" == repr(_Two())


def test_names_are_text_in_html() -> None:
    """Escaped, the headline too; a verdict is coloured and bold."""
    html = _Two()._repr_html_()
    assert "one &amp; all" in html
    assert ">&lt;b&gt;</td>" in html
    assert "font-weight:bold;color:#c4122f" in html


def test_a_long_table_is_cut_and_says_so() -> None:
    """Fifty rows and the number of the others."""
    html = html_table("x", ("n",), [{"n": number} for number in range(1_234)])
    assert 50 == html.count("<tr><td")
    assert html.endswith("<p>… 1,184 more</p>")


def test_a_frame_has_the_columns_even_without_rows() -> None:
    """So that code that follows does not depend on what was found."""
    pytest.importorskip("pandas", reason="pandas is not installed (the notebook extra has it)")
    estate = netaudit.load(_K8S)
    answer = estate.flows("edge/portal", "ledger/postings")
    assert (0, list(answer.columns)) == (len(answer.to_pandas()), list(answer.to_pandas().columns))


def test_a_polars_frame_has_the_same_columns() -> None:
    """Another library, the same names in the same order."""
    pytest.importorskip("polars", reason="polars is not installed (the polars extra has it)")
    answer = netaudit.load(_K8S).flows("payments/api", "ledger/postings")
    assert (1, list(answer.columns)) == (len(answer.to_polars()), answer.to_polars().columns)


def test_rows_of_a_question_say_what_decides() -> None:
    """The portal's refusal, with the file and line of the policy."""
    estate = netaudit.load(_K8S)
    (row,) = estate.reach("edge/portal", "ledger/postings").rows()
    assert ("NO", "") == (row["verdict"], row["traffic"])
    assert str(row["file"]).endswith("k8s/dns.yaml")
    assert 48 == row["line"]


def test_rows_of_an_explanation_are_its_checks() -> None:
    """Both sides refuse."""
    found = netaudit.load(_K8S).explain("edge/portal", "ledger/postings", "tcp/9090")
    assert [("egress", "BLOCKED"), ("ingress", "BLOCKED")] == [(row["stage"], row["verdict"]) for row in found.rows()]
    assert set(found.columns) == set(found.rows()[0])
