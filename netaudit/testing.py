"""Assertions for your own pytest: what must, and what must never, be reachable.

    import netaudit
    from netaudit.testing import assert_isolated, assert_reaches, assert_rules

    estate = netaudit.load("infra/", "k8s/")

    def test_the_internet_stays_away_from_the_data():
        assert_isolated(estate, "internet", "kind/aws_db_instance", relation="pivot")

    def test_payments_can_book():
        assert_reaches(estate, "zone/payments", "ledger/postings", "tcp/9090", zones={"payments": "ns/payments"})

They are rules of the kinds `forbid` and `require` (docs/rules.md) judged as `netaudit check` judges them, so an answer
that hangs on an unknown value fails as well: isolation is proved or it is not. The message of a failure is the
report with its witness, down to file and line. Selectors that match nothing fail: a test of nothing proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from netaudit.api import Estate
from netaudit.checks.invariants import Report
from netaudit.checks.rulefile import Rulebook, rulebook_of_one
from netaudit.queries.flow import Relation
from netaudit.reports.report_text import check_text

__all__ = ["assert_isolated", "assert_reaches", "assert_rules"]

_USUAL = "tcp udp sctp"


def assert_isolated(
    estate: Estate,
    source: str,
    destination: str,
    traffic: str = _USUAL,
    *,
    relation: Relation | str = Relation.DIRECT,
    zones: Mapping[str, str] | None = None,
    accept: Iterable[str] = (),
) -> None:
    """Nothing of `traffic` may pass from what one selector picks to what another picks, not even possibly.

    Raises AssertionError with the witness, QueryError or RuleFileError where a selector is no selector.
    """
    _assert("forbid", estate, (source, destination, traffic, relation), zones, accept)


def assert_reaches(
    estate: Estate,
    source: str,
    destination: str,
    traffic: str,
    *,
    relation: Relation | str = Relation.DIRECT,
    zones: Mapping[str, str] | None = None,
    accept: Iterable[str] = (),
) -> None:
    """All of `traffic` passes for certain, from each endpoint that one selector picks to each of another.

    Raises AssertionError with what stops it, QueryError or RuleFileError where a selector is no selector.
    """
    _assert("require", estate, (source, destination, traffic, relation), zones, accept)


def assert_rules(
    estate: Estate, rules: str | Path | Sequence[str | Path] | Rulebook, *, accept: Iterable[str] = ()
) -> None:
    """Every rule of some rule files is proved. Raises AssertionError with the report otherwise."""
    report = estate.check(rules, accept)
    if report.exit_code != 0:
        raise AssertionError(_told(estate, report))


def _assert(
    kind: str,
    estate: Estate,
    asked: tuple[str, str, str, Relation | str],
    zones: Mapping[str, str] | None,
    accept: Iterable[str],
) -> None:
    __tracebackhide__ = True  # pytest shows the caller's line
    source, destination, traffic, relation = asked
    book = rulebook_of_one(kind, source, destination, traffic, relation, zones=zones)
    report = estate.check(book, accept)
    if report.exit_code != 0:
        verb = "never reaches" if kind == "forbid" else "reaches"
        raise AssertionError(f"{source} {verb} {destination} on {traffic}\n{_told(estate, report)}")


def _told(estate: Estate, report: Report) -> str:
    return check_text(report, estate.context, estate.network.coverage)
