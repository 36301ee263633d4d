"""JUnit XML against the schema that Jenkins publishes, which nobody here wrote."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import netaudit
from netaudit.api import Estate
from netaudit.checks.baseline import baseline_of, baselined
from netaudit.checks.invariants import Report
from netaudit.reports.as_junit import check_junit
from tests import small
from tests.oracles import REPOSITORY, junit_schema

pytestmark = pytest.mark.oracle

_SCENARIOS = REPOSITORY / "fixtures" / "scenarios"
_DAY = date(2026, 12, 1)


def valid(estate: Estate, report: Report) -> bool:
    """Whether the report keeps to the schema; raises with the reason where it does not."""
    junit_schema().validate(check_junit(report, estate.context, estate.network.coverage))
    return True


@pytest.mark.parametrize("added", ['<testsuites skipped="0"/>', '<testsuites><testcase name="x"/></testsuites>'])
def test_the_schema_refuses_what_is_no_report(added: str) -> None:
    """Otherwise nothing below would show anything."""
    assert not junit_schema().is_valid(added)


@pytest.mark.parametrize("scenario", ["bank", "shop-on-eks"])
def test_junit_of_a_scenario_is_valid(scenario: str) -> None:
    """Proved and violated rules."""
    home = _SCENARIOS / scenario
    estate = netaudit.load(home / "infra", home / "k8s")
    assert valid(estate, estate.check(home / "rules.yaml"))


def test_junit_of_waived_and_baselined_rules_is_valid() -> None:
    """The examples' own: what is skipped."""
    home, examples = _SCENARIOS / "shop-on-eks", REPOSITORY / "examples"
    estate = netaudit.load(home / "infra", home / "k8s")
    rules = examples / "netaudit-rules.yaml"
    known = baseline_of(estate.check(rules), _DAY)
    report = baselined(estate.check(rules, waivers=[examples / "waivers.yaml"], today=_DAY), known)
    assert valid(estate, report)
    assert "<skipped" in check_junit(report, estate.context, estate.network.coverage)


def test_junit_of_vacuous_and_unreadable_is_valid(tmp_path: Path) -> None:
    """What is an error."""
    source = small.manifests(tmp_path / "k8s", small.MANIFESTS + "---\nkind: [\n")
    estate = netaudit.load(source)
    assert valid(estate, estate.check(small.rules(tmp_path, small.BROKEN, small.VACUOUS)))
