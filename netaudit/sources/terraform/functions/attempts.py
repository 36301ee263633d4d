"""`try` and `can`: they catch mistakes, not unknowns (TF-44).

What may still turn out to be a mistake, once an unknown in it is known, is no answer yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass

from netaudit.sources.terraform import syntax
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.types import ANY, BOOL
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    LazyObject,
    Map,
    Marked,
    Seq,
    Value,
    first_deferred,
)

Evaluate = Callable[[syntax.Expression, Scope], Value]


def attempt(node: syntax.Call, scope: Scope, evaluate: Evaluate) -> Value:
    """`try`: the first argument without a mistake; unknown where that cannot be told yet."""
    error = EvaluationError("try needs an argument")
    for argument in node.arguments:
        try:
            value = evaluate(argument, scope)
        except EvaluationError as failed:
            error = failed
            continue
        doubt = _doubt(argument, value, scope, evaluate)
        return value if doubt is None else doubt.as_type(ANY, never_null=False)
    raise error


def can(node: syntax.Call, scope: Scope, evaluate: Evaluate) -> Value:
    """`can`: whether there is no mistake. Raises `EvaluationError` unless it has one argument."""
    if len(node.arguments) != 1:
        raise EvaluationError("can takes one argument")
    argument = node.arguments[0]
    try:
        value = evaluate(argument, scope)
    except EvaluationError:
        return False
    if isinstance(value, Deferred):
        return value.as_type(BOOL)
    doubt = _doubt(argument, value, scope, evaluate)
    return True if doubt is None else doubt.as_type(BOOL)


def _doubt(node: syntax.Expression, value: Value, scope: Scope, evaluate: Evaluate) -> Deferred | None:
    """An unknown that may yet make the expression a mistake; None where none can.

    Taking a known path cannot fail later, and an attribute that exists only after apply will be there.
    """
    if isinstance(value, Deferred) and (value.ref is None or value.open_ended):
        return value if value.ref is None else None
    lists = _open_ended(node, scope, evaluate)
    if isinstance(value, Deferred) or _is_path(node, scope, evaluate):
        return next(lists, None)
    inputs = (leaf for path in _paths(node) for leaf in _unknowns(_known_or_none(path, scope, evaluate)))
    return next((leaf for leaf in inputs if leaf.ref is None), None) or next(lists, None)


def _open_ended(node: syntax.Expression, scope: Scope, evaluate: Evaluate) -> Iterator[Deferred]:
    """The lists of unknown length on the paths of an expression: what is taken of them may be missing."""
    for step in (step for path in _paths(node) for step in _steps(path)):
        value = _known_or_none(step, scope, evaluate)
        if isinstance(value, Deferred) and value.open_ended:
            yield value


def _steps(path: syntax.Expression) -> Iterator[syntax.Expression]:
    """A path, and the paths that it goes on from."""
    yield path
    if isinstance(path, syntax.Attr | syntax.Index):
        yield from _steps(path.target)


def _is_path(node: syntax.Expression, scope: Scope, evaluate: Evaluate) -> bool:
    if isinstance(node, syntax.Attr):
        return _is_path(node.target, scope, evaluate)
    if isinstance(node, syntax.Index):
        key = _known_or_none(node.key, scope, evaluate)
        return first_deferred(key) is None and _is_path(node.target, scope, evaluate)
    return isinstance(node, syntax.Name | syntax.Literal | syntax.Element)


def _known_or_none(node: syntax.Expression, scope: Scope, evaluate: Evaluate) -> Value:
    try:
        return evaluate(node, scope)
    except EvaluationError:
        return None  # an iterator of the expression's own, or a path that is a mistake for certain


def _paths(node: object) -> Iterator[syntax.Expression]:
    """The longest paths of names in an expression."""
    if isinstance(node, syntax.Name | syntax.Attr):
        yield node
        return
    if isinstance(node, syntax.Index) and isinstance(node.key, syntax.Literal):
        yield node
        return
    if isinstance(node, tuple):
        for part in node:
            yield from _paths(part)
    elif is_dataclass(node) and not isinstance(node, syntax.Span):
        for field in fields(node):
            yield from _paths(getattr(node, field.name))


def _unknowns(value: Value) -> Iterator[Deferred]:
    """Every unknown in a value; of a resource as a whole nothing is: its attributes exist after apply."""
    if isinstance(value, Deferred):
        yield value
    elif isinstance(value, Seq):
        for item in value.items:
            yield from _unknowns(item)
    elif isinstance(value, Map):
        for entry in value.entries.values():
            yield from _unknowns(entry)
        if value.open is not None:
            yield value.open
    elif isinstance(value, Marked):
        yield from _unknowns(value.value)
    elif isinstance(value, LazyObject):
        return
