"""`count` and `for_each`: which instances a resource, data source or module call has (TF-19 … TF-22)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from netaudit.sources.terraform.convert import to_number
from netaudit.sources.terraform.evaluate import evaluate
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.syntax import Body, Expression
from netaudit.sources.terraform.types import ANY, NUMBER, STRING, Type, list_of
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Map,
    Seq,
    Value,
    items_of,
    settled,
    unmark,
)

Key = None | int | str


@dataclass(frozen=True, slots=True)
class Slot:
    """One instance: its key, whether it certainly exists, and what `each` and `count` are inside it."""

    key: Key
    iterators: Mapping[str, Value] = field(default_factory=dict)
    exists: bool = True

    @property
    def suffix(self) -> str:
        """How the key stands in an address: `[0]`, `["k"]`, `[?]`, or nothing."""
        if not self.exists:
            return "[?]"
        if self.key is None:
            return ""
        return f"[{self.key}]" if isinstance(self.key, int) else f"[{json.dumps(self.key, ensure_ascii=False)}]"


@dataclass(frozen=True, slots=True)
class Expansion:
    """The instances, and why there may be others. `style` is "", "count" or "for_each"."""

    style: str
    slots: tuple[Slot, ...]
    unknown: Deferred | None = None


SINGLE = Expansion("", (Slot(None),))


def is_repeated(body: Body) -> bool:
    """Whether a block has `count` or `for_each`: without them it stands for one instance."""
    return "count" in body.attributes or "for_each" in body.attributes


def expand(body: Body, scope: Scope) -> Expansion:
    """The instances of a block. Raises `EvaluationError` for a `count` or `for_each` that is none."""
    count, for_each = body.expression("count"), body.expression("for_each")
    if count is not None:
        return _by_count(count, scope)
    if for_each is not None:
        return _by_key(for_each, scope)
    return SINGLE


def undetermined(style: str, cause: Deferred) -> Expansion:
    """One instance that may exist zero, one or many times (TF-4)."""
    return Expansion(style, (_maybe(style, cause),), cause)


def _maybe(style: str, cause: Deferred) -> Slot:
    if style == "count":
        inside = Map("object", {"index": cause.as_type(NUMBER)})
        return Slot(None, {"count": inside}, exists=False)
    each = Map("object", {"key": cause.as_type(STRING), "value": cause.as_type(ANY, never_null=False)})
    return Slot(None, {"each": each}, exists=False)


def _by_count(node: Expression, scope: Scope) -> Expansion:
    value, _ = unmark(evaluate(node, scope))
    if value is None:
        raise EvaluationError("count is null")
    number = to_number(value)
    if isinstance(number, Deferred):
        return undetermined("count", number)
    if not isinstance(number, int) or number < 0:
        raise EvaluationError("count is not a whole number that is not negative")
    scope.budget.instance(number)
    slots = (Slot(i, {"count": Map("object", {"index": i})}) for i in range(number))
    return Expansion("count", tuple(slots))


def _by_key(node: Expression, scope: Scope) -> Expansion:
    value, marked = unmark(evaluate(node, scope))
    value = settled(value)
    if value is None or marked:
        raise EvaluationError("for_each is sensitive" if marked else "for_each is null")
    if isinstance(value, Deferred):
        return undetermined("for_each", value)
    if not isinstance(value, Map) and not (isinstance(value, Seq) and value.kind == "set"):
        raise EvaluationError("for_each needs a map or a set of strings")
    pairs = list(items_of(value) or ())
    scope.budget.instance(len(pairs))
    unknown = next((k for k, _ in pairs if isinstance(k, Deferred)), None)
    slots = [_slot(k, v) for k, v in pairs if not isinstance(k, Deferred)]
    if unknown is not None:
        slots.append(_maybe("for_each", unknown))
    return Expansion("for_each", tuple(slots), unknown)


def _slot(key: Value, value: Value) -> Slot:
    if not isinstance(key, str):
        raise EvaluationError("for_each needs a map or a set of strings")
    return Slot(key, {"each": Map("object", {"key": key, "value": value})})


def combine(expansion: Expansion, instances: list[Value]) -> Value:
    """All instances as one value: itself, a tuple by index, an object by key (TF-20, TF-70)."""
    if expansion.style == "":
        return instances[0]
    certain = [(s, i) for s, i in zip(expansion.slots, instances, strict=True) if s.exists]
    if expansion.style == "count":
        if expansion.unknown is not None:
            return expansion.unknown.as_type(list_of(ANY))
        return Seq("tuple", tuple(i for _, i in certain))
    if expansion.unknown is not None and not certain:
        return expansion.unknown.as_type(Type("map", ANY))
    return Map("object", {str(s.key): i for s, i in certain}, expansion.unknown)
