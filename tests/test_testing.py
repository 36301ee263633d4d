"""The assertions that people use in their own pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

import netaudit
from netaudit.errors import QueryError, RuleFileError
from netaudit.testing import assert_isolated, assert_reaches, assert_rules
from tests import small


@pytest.fixture
def estate(tmp_path: Path) -> netaudit.Estate:
    """The small cluster."""
    return netaudit.load(small.manifests(tmp_path / "k8s"))


def test_what_is_isolated_passes_and_what_is_not_shows_the_witness(estate: netaudit.Estate) -> None:
    """The message names the flow, the rule that lets it in, and its file and line."""
    assert_isolated(estate, "data/job", "data/db")
    with pytest.raises(AssertionError) as caught:
        assert_isolated(estate, "zone/clients", "data/db", "tcp/5432", zones={"clients": "ns/shop"})
    message = str(caught.value)
    assert message.startswith("zone/clients never reaches data/db on tcp/5432\nVIOLATED ")
    assert "shop/web[Pod] → data/db[Pod]   tcp/5432" in message
    line = 1 + [text.startswith("    - from:") for text in small.MANIFESTS.splitlines()].index(True)
    assert f"all.yaml:{line}" in message


def test_what_reaches_passes_and_what_does_not_shows_what_stops_it(estate: netaudit.Estate) -> None:
    """The message names the policy."""
    assert_reaches(estate, "ns/shop", "data/db", "tcp/5432")
    with pytest.raises(AssertionError, match=r"BLOCKED .*NetworkPolicy data/db") as caught:
        assert_reaches(estate, "data/job", "data/db", "tcp/5432")
    assert "VIOLATED" in str(caught.value)


def test_every_relation_can_be_asserted(estate: netaudit.Estate) -> None:
    """data/job gets to data/db by way of shop/web."""
    assert_isolated(estate, "data/job", "data/db", relation="direct")
    with pytest.raises(AssertionError, match="VIOLATED"):
        assert_isolated(estate, "data/job", "data/db", relation="pivot")


def test_a_test_of_nothing_fails(estate: netaudit.Estate) -> None:
    """A selector that matches nothing proves nothing."""
    with pytest.raises(AssertionError, match="VACUOUS"):
        assert_isolated(estate, "ns/nobody", "data/db")


def test_rule_files_can_be_asserted(estate: netaudit.Estate, tmp_path: Path) -> None:
    """All of them proved, or the report."""
    assert_rules(estate, small.rules(tmp_path))
    with pytest.raises(AssertionError, match="VIOLATED  BROKEN"):
        assert_rules(estate, small.rules(tmp_path, small.BROKEN))


def test_a_malformed_question_is_an_error_and_no_failure(estate: netaudit.Estate) -> None:
    """A selector, a relation, traffic that is none."""
    with pytest.raises(RuleFileError, match="a '\\(' is never closed"):
        assert_isolated(estate, "(ns/shop", "data/db")
    with pytest.raises(RuleFileError, match="no such zone 'x'"):
        assert_isolated(estate, "zone/x", "data/db")
    with pytest.raises(RuleFileError, match="above 65535"):
        assert_reaches(estate, "ns/shop", "data/db", "tcp/70000")
    with pytest.raises(ValueError, match="magic"):
        assert_isolated(estate, "ns/shop", "data/db", relation="magic")
    with pytest.raises(QueryError, match="picks nothing"):
        estate.reach("ns/shop & ns/data", "data/db")
