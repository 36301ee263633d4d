"""SARIF logs against the schema that its committee publishes, which nobody here wrote."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

import netaudit
from netaudit.checks.baseline import baseline_of, baselined
from netaudit.reports.as_sarif import check_sarif
from tests import small
from tests.oracles import REPOSITORY, sarif_schema

pytestmark = pytest.mark.oracle

_SCENARIOS = REPOSITORY / "fixtures" / "scenarios"
_DAY = date(2026, 12, 1)


def valid(log: str) -> bool:
    """Whether the log keeps to the schema; raises with the reason where it does not."""
    jsonschema.Draft4Validator(sarif_schema()).validate(json.loads(log))
    return True


def test_the_schema_refuses_what_is_no_log() -> None:
    """Otherwise nothing below would show anything."""
    with pytest.raises(jsonschema.ValidationError):
        valid('{"version": "2.1.0", "runs": [{"results": []}]}')


@pytest.mark.parametrize("scenario", ["bank", "shop-on-eks"])
def test_sarif_of_a_scenario_is_valid(scenario: str) -> None:
    """Proved and violated rules, with the code flows of their witnesses."""
    home = _SCENARIOS / scenario
    estate = netaudit.load(home / "infra", home / "k8s")
    report = estate.check(home / "rules.yaml")
    assert valid(check_sarif(report, estate.context, estate.network.coverage, version="1.2.3"))


def test_sarif_of_waived_and_baselined_findings_is_valid() -> None:
    """The examples' own: suppressions of both sorts."""
    home, examples = _SCENARIOS / "shop-on-eks", REPOSITORY / "examples"
    estate = netaudit.load(home / "infra", home / "k8s")
    rules = examples / "netaudit-rules.yaml"
    known = baseline_of(estate.check(rules), _DAY)
    report = baselined(estate.check(rules, waivers=[examples / "waivers.yaml"], today=_DAY), known)
    log = check_sarif(report, estate.context, estate.network.coverage, version="1.2.3")
    assert valid(log)
    assert 0 < log.count('"suppressions"')


def test_sarif_of_vacuous_and_unreadable_is_valid(tmp_path: Path) -> None:
    """What is not applicable, what is open, and the notifications."""
    source = small.manifests(tmp_path / "k8s", small.MANIFESTS + "---\nkind: [\n")
    estate = netaudit.load(source)
    report = estate.check(small.rules(tmp_path, small.BROKEN, small.VACUOUS))
    assert valid(check_sarif(report, estate.context, estate.network.coverage, version="1.2.3"))
