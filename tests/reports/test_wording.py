"""What reports claim: what was judged of some files, and nothing of a law or of a running network."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

import netaudit
from netaudit.reports.formats import CHECK_FORMATS, check_as
from tests import small
from tests.oracles import REPOSITORY

_CLAIM = "in the model of these files, under the listed assumptions"
_TOO_MUCH = re.compile(r"\b(non-?)?complian(t|ce)\b|\b(in)?secured?\b|\bguarantee", re.IGNORECASE)
_SHOP = REPOSITORY / "fixtures" / "scenarios" / "shop-on-eks"


def report(name: str, *sources: Path, rules: Path) -> str:
    """The report in one format."""
    estate = netaudit.load(*sources)
    return check_as(name, estate.check(rules), estate.context, estate.network.coverage, version="1")


@pytest.mark.parametrize("name", ["text", "markdown", "sarif", "junit", "github"])
def test_reports_say_what_the_claim_is_about(tmp_path: Path, name: str) -> None:
    """The model of the files, under assumptions; also where everything is proved."""
    assert _CLAIM in report(name, small.manifests(tmp_path / "k8s"), rules=small.rules(tmp_path))


@pytest.mark.parametrize("name", ["text", "json", "markdown", "sarif", "junit", "github"])
def test_reports_list_assumptions_and_coverage(name: str) -> None:
    """GitLab's format alone has no place for them: it is a list of findings."""
    text = html.unescape(report(name, _SHOP / "infra", _SHOP / "k8s", rules=_SHOP / "rules.yaml"))
    assert "EKS_NODES_DECLARED" in text
    assert "coverage" in text


_ICMP = "  - {id: PING, kind: forbid, from: shop/web, to: data/db, traffic: icmp}\n"


@pytest.mark.parametrize("name", ["text", "markdown", "sarif", "junit", "github"])
def test_reports_say_that_icmp_is_not_claimed(tmp_path: Path, name: str) -> None:
    """Of every rule that does not name it, also where another one does."""
    k8s = small.manifests(tmp_path / "k8s")
    said = [html.unescape(report(name, k8s, rules=small.rules(tmp_path, *more))) for more in ((), (_ICMP,))]
    assert all("ICMP and other protocols: not claimed" in each for each in said)
    assert [False, True] == ["not claimed, but where they are named: PING" in each for each in said]


@pytest.mark.parametrize("name", CHECK_FORMATS)
@pytest.mark.parametrize("more", [(), (small.BROKEN, small.VACUOUS)], ids=["proved", "broken"])
def test_reports_never_say_more(tmp_path: Path, name: str, more: tuple[str, ...]) -> None:
    """Neither of something that it is compliant, nor that it is secure."""
    text = report(name, small.manifests(tmp_path / "k8s"), rules=small.rules(tmp_path, *more))
    assert None is _TOO_MUCH.search(text)
