"""What would mend a violated rule: all of it does, no part of it does."""

from __future__ import annotations

import pytest

import netaudit
from netaudit.checks.invariants import RuleResult
from netaudit.checks.rulefile import rulebook_of
from netaudit.queries.what_if import Edit
from tests.oracles import REPOSITORY

_SCENARIOS = REPOSITORY / "fixtures" / "scenarios"
_BANK = netaudit.load(_SCENARIOS / "bank" / "infra")
_SHOP = netaudit.load(_SCENARIOS / "shop-on-eks" / "infra", _SCENARIOS / "shop-on-eks" / "k8s")


def _judged(estate: netaudit.Estate, source: str, destination: str, traffic: str) -> RuleResult:
    rule = {"id": "x", "kind": "forbid", "from": source, "to": destination, "traffic": traffic}
    (result,) = estate.check(rulebook_of({"version": 1, "rules": [rule]})).results
    return result


@pytest.mark.parametrize(
    ("estate", "source", "destination", "traffic"),
    [
        (_BANK, "aws_instance.ci_runner*", "kind/aws_db_instance", "tcp/5432"),
        (_SHOP, "aws_instance.runner", "shop/reports", "tcp"),
        (_SHOP, "ns/shop", "aws_db_instance.ledger", "tcp/5432"),
        (_SHOP, "aws_instance.runner", "kind/Deployment", "tcp/8080"),
    ],
    ids=["one rule for two clients", "across both worlds", "two pods, one database", "two servers"],
)
def test_all_edits_end_the_violation_and_no_part_does(
    estate: netaudit.Estate, source: str, destination: str, traffic: str
) -> None:
    """Each edit is needed: with it left out, the rule is still violated."""

    def verdict(edits: tuple[Edit, ...]) -> str:
        return _judged(estate.what_if(edits), source, destination, traffic).verdict.value

    closing = _judged(estate, source, destination, traffic).closing
    assert closing is not None
    assert "VIOLATED" != verdict(closing.edits)
    for edit in closing.edits:
        assert "VIOLATED" == verdict(tuple(each for each in closing.edits if each is not edit))


def test_the_rule_that_lets_in_is_preferred() -> None:
    """Not the client's egress: the group of the database has the one bit too many."""
    closing = _judged(_BANK, "aws_instance.ci_runner*", "aws_db_instance.ledger", "tcp/5432").closing
    assert closing is not None
    assert ["remove tcp/5432 from 10.20.0.0/15 from aws_security_group.ledger_database ingress"] == [
        str(edit).partition(" (")[0] for edit in closing.edits
    ]


@pytest.mark.parametrize(
    ("bound", "most", "said"),
    [
        ("_FLOWS", 1, "no edits were looked for: 2 failing flows, more than 1"),
        ("_ENDPOINTS", 2, "no edits were looked for: 17 endpoints, more than 2"),
        ("_ATTEMPTS", 1, "the search for edits ended after 1 attempts"),
    ],
)
def test_a_search_that_ends_at_a_bound_says_so(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int, said: str
) -> None:
    """A reader is not left to wonder why nothing is proposed."""
    monkeypatch.setattr(f"netaudit.checks.closing.{bound}", most)
    found = _judged(_BANK, "aws_instance.ci_runner*", "aws_db_instance.ledger", "tcp/5432").closing
    assert found is not None
    assert ((), said) == (found.edits, found.note)


def test_what_holds_has_nothing_to_close() -> None:
    """Nor has a rule that asks for a flow."""
    assert None is _judged(_BANK, "aws_instance.ci_runner*", "aws_db_instance.cards", "tcp/5432").closing
