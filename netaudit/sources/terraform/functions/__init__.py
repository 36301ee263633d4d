"""Terraform's built-in functions, by theme (TF-59). A name that is not here is an unknown (TF-60)."""

from __future__ import annotations

from collections.abc import Callable

from netaudit.sources.terraform import syntax
from netaudit.sources.terraform.functions import (
    attempts,
    collections,
    conversion,
    encoding,
    files,
    network,
    numbers,
    sets,
    strings,
)
from netaudit.sources.terraform.functions.registry import FUNCTIONS, apply, mapping
from netaudit.sources.terraform.scope import NoNames, Scope
from netaudit.sources.terraform.types import ANY, STRING
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Map,
    Seq,
    Value,
    mark,
    settled,
    size_of,
    unmark,
    unmark_deep,
)

__all__ = ["FUNCTIONS", "THEMES", "call", "is_supported"]

THEMES = (collections, conversion, encoding, files, network, numbers, sets, strings)

# They give something else each time, or need what no text holds (TF-60).
IMPURE = frozenset({"bcrypt", "plantimestamp", "rsadecrypt", "timestamp", "uuid"})


def is_supported(name: str) -> bool:
    """Whether the function is known: evaluated here, or unknown by nature. Those of providers are programs' own."""
    name = name.removeprefix("core::")
    return name in FUNCTIONS or name in IMPURE or name in _FORMS


Evaluate = Callable[[syntax.Expression, Scope], Value]


def call(node: syntax.Call, scope: Scope, evaluate: Evaluate) -> Value:
    """The value of a call. Raises `EvaluationError` for arguments that the function does not take."""
    name = node.name.removeprefix("core::")
    if name in _FORMS:
        return _FORMS[name](node, scope, evaluate)
    if name not in FUNCTIONS:
        return Deferred(f"{name}()")
    arguments = _arguments(node, scope, evaluate)
    if isinstance(arguments, Deferred):
        return arguments.as_type(FUNCTIONS[name].result or ANY)
    if name in ("nonsensitive", "sensitive"):
        return apply(FUNCTIONS[name], arguments, scope)
    unmarked = [unmark_deep(a) for a in arguments]
    result = apply(FUNCTIONS[name], [v for v, _ in unmarked], scope)
    _account(result, scope)
    return mark(result, any(m for _, m in unmarked))


def _account(result: Value, scope: Scope) -> None:
    """What a function produces counts, so that nothing grows without bound."""
    if isinstance(result, str):
        scope.budget.text(len(result))
    elif isinstance(result, Seq):
        scope.budget.spend(len(result.items))
    elif isinstance(result, Map):
        scope.budget.spend(len(result.entries))


def _arguments(node: syntax.Call, scope: Scope, evaluate: Evaluate) -> list[Value] | Deferred:
    values = [evaluate(a, scope) for a in node.arguments]
    scope.budget.value(sum(map(size_of, values)))
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


def _templatefile(node: syntax.Call, scope: Scope, evaluate: Evaluate) -> Value:
    """The template sees its own variables only."""
    arguments = _arguments(node, scope, evaluate)
    if isinstance(arguments, Deferred):
        return arguments.as_type(STRING)
    if len(arguments) != 2:
        raise EvaluationError("templatefile takes a path and variables")
    (path, _), (names, marked) = unmark(arguments[0]), unmark(arguments[1])
    template = files.read_template(path, scope)
    variables = mapping(settled(names), "templatefile")
    if isinstance(template, Deferred):
        return template.as_type(STRING)
    if isinstance(variables, Deferred) or variables.open is not None:
        return (variables if isinstance(variables, Deferred) else variables.open or Deferred("")).as_type(STRING)
    inner = Scope(NoNames(), dict(variables.entries), scope.budget, scope.files)
    return mark(evaluate(template, inner), marked)


_FORMS: dict[str, Callable[[syntax.Call, Scope, Evaluate], Value]] = {
    "can": attempts.can,
    "templatefile": _templatefile,
    "try": attempts.attempt,
}
