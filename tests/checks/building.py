"""Rulebooks by hand, and networks in which every pair's bounds are chosen freely."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from netaudit.checks.invariants import Report, RuleResult, check
from netaudit.checks.rulefile import Rulebook, read_rules
from netaudit.engine.solve import Reachability
from netaudit.model import Network
from netaudit.queries.relations import Relations


def rulebook(*rules: dict[str, object], **zones: str) -> Rulebook:
    """A rulebook of some rules; ids are given to those that have none."""
    named = [{"id": f"R-{number}"} | rule for number, rule in enumerate(rules, start=1)]
    with TemporaryDirectory() as directory:
        path = Path(directory) / "rules.yaml"
        path.write_text(yaml.safe_dump({"version": 1, "zones": zones, "rules": named}))
        return read_rules([path])


def rule(kind: str, source: str, destination: str, traffic: str = "", relation: str = "direct") -> dict[str, object]:
    """One rule as a rule file has it."""
    found: dict[str, object] = {"kind": kind, "from": source, "to": destination, "relation": relation}
    return found | ({"traffic": traffic} if traffic else {})


def judged(network: Network, *rules: dict[str, object], accept: Iterable[str] = (), **zones: str) -> Report:
    """The report on some rules."""
    book = rulebook(*rules, **zones)
    return check(Relations(Reachability(network, book.cuts)), book, accept)


def result(network: Network, *rules: dict[str, object], accept: Iterable[str] = (), **zones: str) -> RuleResult:
    """The verdict on one rule."""
    (found,) = judged(network, *rules, accept=accept, **zones).results
    return found
