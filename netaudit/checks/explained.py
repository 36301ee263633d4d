"""A rule, or a kind of rule, explained: the models' own words are the only source."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getdoc
from typing import get_args

from netaudit.checks.kinds import KINDS, AnyRule
from netaudit.checks.rulefile import Invariant

_COMMON = {"id", "title", "severity", "owner", "rationale", "instructions", "controls", "relation", "kind"}


def kind_text(kind: str) -> str:
    """What a kind means, its usual relation, and its fields. Raises ValueError for a kind that does not exist."""
    model = get_args(AnyRule)[KINDS.index(kind)]
    lines = [f"{kind}: {getdoc(model)}", "", f"judged on {model.usual_relation} flows unless the rule says otherwise"]
    for name, field in model.model_fields.items():
        if name not in _COMMON:
            needed = "" if field.is_required() else " (may be left out)"
            lines.append(f"  {field.alias or name:12} {field.description}{needed}")
    return "\n".join(lines) + "\n"


def rule_text(invariant: Invariant) -> str:
    """What one rule says, why it matters, what to do about it, and where it stands."""
    return "\n".join(_rule_lines(invariant)) + "\n\n" + kind_text(invariant.kind)


def _rule_lines(invariant: Invariant) -> Iterator[str]:
    rule = invariant.rule
    yield f"{rule.id}: {rule.title}" if rule.title else rule.id
    yield f"severity {rule.severity}, judged on {invariant.relation} flows, declared at {invariant.origin.place}"
    parts = {"owner": rule.owner, "why it matters": rule.rationale, "what to do": rule.instructions}
    for name, text in parts.items():
        if text.strip():
            yield f"{name}: {text.strip()}"
    if rule.controls:
        yield f"supports: {', '.join(rule.controls)}"
    given = rule.model_dump(by_alias=True, exclude_none=True, exclude=_COMMON)
    yield "says:"
    for name, value in given.items():
        yield f"  {name}: {value}"
