"""Terraform's built-in functions, by theme (TF-59). A name that is not here is an unknown (TF-60)."""

from __future__ import annotations

from netaudit.sources.terraform import syntax
from netaudit.sources.terraform.evaluate import Scope, evaluate
from netaudit.sources.terraform.functions import (
    collections,
    conversion,
    encoding,
    files,
    network,
    numbers,
    sets,
    strings,
)
from netaudit.sources.terraform.functions.registry import FUNCTIONS, apply
from netaudit.sources.terraform.types import ANY, BOOL
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Seq,
    Value,
    first_deferred,
    mark,
    settled,
    unmark,
    unmark_deep,
)

__all__ = ["FUNCTIONS", "THEMES", "call", "is_supported"]

THEMES = (collections, conversion, encoding, files, network, numbers, sets, strings)

# They give something else each time, or need what no text holds (TF-60).
IMPURE = frozenset({"bcrypt", "plantimestamp", "rsadecrypt", "timestamp", "uuid"})


def is_supported(name: str) -> bool:
    """Whether the function is known: evaluated here, or unknown by nature."""
    return name in FUNCTIONS or name in IMPURE or name in ("can", "try") or "::" in name


def call(node: syntax.Call, scope: Scope) -> Value:
    """The value of a call. `try` and `can` catch errors, not unknowns (TF-44)."""
    name = node.name.removeprefix("core::")
    if name == "try":
        return _try(node, scope)
    if name == "can":
        return _can(node, scope)
    if name not in FUNCTIONS:
        return Deferred(f"{name}()", None, ANY)
    arguments = _arguments(node, scope)
    if isinstance(arguments, Deferred):
        return arguments.as_type(FUNCTIONS[name].result or ANY)
    if name in ("nonsensitive", "sensitive"):
        return apply(FUNCTIONS[name], arguments, scope)
    unmarked = [unmark_deep(a) for a in arguments]
    result = apply(FUNCTIONS[name], [v for v, _ in unmarked], scope)
    return mark(result, any(m for _, m in unmarked))


def _arguments(node: syntax.Call, scope: Scope) -> list[Value] | Deferred:
    values = [evaluate(a, scope) for a in node.arguments]
    if not node.expand:
        return values
    last = settled(unmark(values[-1])[0])
    if isinstance(last, Deferred):
        return last
    if not isinstance(last, Seq):
        raise EvaluationError("only a list can be expanded into arguments")
    if not last.is_settled and node.name not in ("concat", "setunion", "max", "min"):
        return last.hole
    return [*values[:-1], *last.items]


def _try(node: syntax.Call, scope: Scope) -> Value:
    error = EvaluationError("try needs an argument")
    for argument in node.arguments:
        try:
            value = evaluate(argument, scope)
        except EvaluationError as failed:
            error = failed
            continue
        return value
    raise error


def _can(node: syntax.Call, scope: Scope) -> Value:
    if len(node.arguments) != 1:
        raise EvaluationError("can takes one argument")
    try:
        value = evaluate(node.arguments[0], scope)
    except EvaluationError:
        return False
    unknown = first_deferred(value)
    return unknown.as_type(BOOL) if isinstance(value, Deferred) and unknown is not None else True
