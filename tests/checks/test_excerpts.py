"""The line that decides a witness, with the part that lets it in underlined."""

from __future__ import annotations

from pathlib import Path

import netaudit
from netaudit.checks.rulefile import rulebook_of
from netaudit.reports.report_text import check_text
from tests.oracles import REPOSITORY

_SHOP = REPOSITORY / "fixtures" / "scenarios" / "shop-on-eks"


def _said(estate: netaudit.Estate, source: str, destination: str) -> list[str]:
    rule = {"id": "x", "kind": "forbid", "from": source, "to": destination}
    report = estate.check(rulebook_of({"version": 1, "rules": [rule]}))
    lines = check_text(report, estate.context, estate.network.coverage).splitlines()
    at = next(number for number, line in enumerate(lines) if "^" in line)
    return lines[at - 1 : at + 1]


def test_a_block_of_addresses_is_underlined_where_it_is_written(tmp_path: Path) -> None:
    """Inside the rule, not at its first line."""
    text = """
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: db, namespace: shop}
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock:
            cidr: 203.0.113.0/24
---
{kind: Pod, apiVersion: v1, metadata: {name: db, namespace: shop}, spec: {containers: []}}
"""
    (tmp_path / "all.yaml").write_text(text, encoding="utf-8")
    assert [
        "      10 |             cidr: 203.0.113.0/24",
        "         |                   ^^^^^^^^^^^^^^",
    ] == _said(netaudit.load(tmp_path), "203.0.113.0/24", "shop/db")


def test_a_group_is_underlined_where_it_is_named() -> None:
    """The reference of the database's rule to the nodes' group."""
    line, mark = _said(netaudit.load(_SHOP / "infra", _SHOP / "k8s"), "shop/reports", "aws_db_instance.ledger")
    assert "aws_security_group.nodes" == line[mark.index("^") : mark.rindex("^") + 1]


def test_a_rule_by_variable_shows_its_first_line() -> None:
    """The bank's block of administrators is a variable's."""
    bank = netaudit.load(REPOSITORY / "fixtures" / "scenarios" / "bank" / "infra")
    line, mark = _said(bank, "aws_instance.ci_runner*", "aws_db_instance.ledger")
    assert '28 | resource "aws_vpc_security_group_ingress_rule" "ledger_database_administrators" {' == line.strip()
    assert mark.count("^") == len(line.partition("| ")[2])
