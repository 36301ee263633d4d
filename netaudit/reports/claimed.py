"""What a proof claims, as sentences: of the model of some files, under assumptions, and of these flows only."""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.checks.clauses import Clause, Sense
from netaudit.checks.invariants import RuleResult, Verdict
from netaudit.queries.selector_syntax import selector_text

_IN_THE_MODEL = "in the model of these files, under the listed assumptions"


def claimed(result: RuleResult) -> tuple[str, ...]:
    """One sentence for each clause about flows of a rule that is proved; none where nothing is proved of flows."""
    if result.verdict is not Verdict.PROVED:
        return ()
    clauses = (clause for clause in result.invariant.clauses if isinstance(clause, Clause))
    return tuple(f"{_IN_THE_MODEL}, {_said(clause, str(result.invariant.relation))}" for clause in clauses)


def _said(clause: Clause, relation: str) -> str:
    ends = f"from {selector_text(clause.sources)} to {selector_text(clause.destinations)}"
    if clause.sense is Sense.ALWAYS:
        return f"all of {clause.traffic} flows ({relation}) {ends}, between every pair"
    if clause.sense is Sense.SOMEWHERE:
        return f"each part of {clause.traffic} flows ({relation}) {ends}, between some pair"
    return ", ".join((f"no {relation} flow of {clause.traffic} exists {ends}", *_exceptions(clause)))


def _exceptions(clause: Clause) -> Iterator[str]:
    for each in clause.allowed:
        ends = f"from {selector_text(each.sources)} to {selector_text(each.destinations)}"
        yield f"but for {each.traffic} {ends}"
    if clause.since is not None:
        yield "but for what flowed at the base"
    if clause.without is not None:
        yield f"without {selector_text(clause.without)}"
