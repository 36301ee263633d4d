"""The table of functions, and the two ways to write one.

`strict` functions get plain Python values and are unknown as soon as any argument is unknown anywhere
inside; `structural` ones get the values themselves and keep what is known beside what is not (TF-50).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netaudit.sources.terraform.convert import describe, to_bool, to_number, to_string
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.types import Type
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Map,
    Seq,
    Value,
    first_deferred,
    settled,
)

Body = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Function:
    """One built-in function; `rest` is the kind of the arguments beyond the named ones."""

    name: str
    body: Body
    parameters: tuple[str, ...] = ()
    rest: str = ""
    optional: int = 0
    result: Type | None = None  # of strict functions; None marks a structural one
    needs_scope: bool = False

    def check_count(self, count: int) -> None:
        """Raises `EvaluationError` for the wrong number of arguments."""
        least, most = len(self.parameters) - self.optional, len(self.parameters)
        if count < least or (count > most and not self.rest):
            wanted = str(least) if least == most else f"{least} to {most}"
            raise EvaluationError(f"{self.name} takes {wanted} arguments, not {count}")


class UnsettledError(Exception):
    """Raised by a strict function for what Terraform has an answer to, and we do not work out."""


FUNCTIONS: dict[str, Function] = {}


def strict(
    name: str, *parameters: str, result: Type, rest: str = "", optional: int = 0, scope: bool = False
) -> Callable[[Body], Body]:
    """Register a function of known values. Parameter kinds: string, number, whole, bool, list, map, any."""

    def register(body: Body) -> Body:
        FUNCTIONS[name] = Function(name, body, parameters, rest, optional, result, scope)
        return body

    return register


def structural(name: str, parameters: int = 0, *, rest: bool = False, optional: int = 0) -> Callable[[Body], Body]:
    """Register a function that takes values as they are."""

    def register(body: Body) -> Body:
        FUNCTIONS[name] = Function(name, body, ("value",) * parameters, "value" if rest else "", optional)
        return body

    return register


def apply(function: Function, arguments: list[Value], scope: Scope) -> Value:
    """Call a function. Raises `EvaluationError` as Terraform does for wrong arguments."""
    function.check_count(len(arguments))
    if function.result is None:
        return function.body(*(settled(a) for a in arguments))
    for argument in arguments:
        if (unknown := first_deferred(argument)) is not None:
            return unknown.as_type(function.result)
    kinds = [*function.parameters, *[function.rest] * len(arguments)]
    plain = [_plain(a, k, function.name) for a, k in zip(arguments, kinds, strict=False)]
    try:
        return function.body(*plain, scope=scope) if function.needs_scope else function.body(*plain)
    except UnsettledError as unsettled:
        return Deferred(f"{function.name}() of {unsettled}", None, function.result)


def _plain(argument: Value, kind: str, name: str) -> Any:
    if kind == "any":
        return settled(argument)
    if argument is None:
        raise EvaluationError(f"an argument of {name} is null")
    return _PLAIN[kind](settled(argument))


def _list(value: Value) -> list[Value]:
    if isinstance(value, Seq):
        return list(value.items)
    raise EvaluationError(f"a list is required, not {describe(value)}")


def strings(value: Value) -> list[str | None]:
    """The elements of a list as text; null stays. Raises `EvaluationError`."""
    items = _list(value)
    return [None if i is None else to_string(i) for i in items]


def _text(value: Value) -> str:
    """A text that is one already."""
    if isinstance(value, str):
        return value
    raise EvaluationError(f"a string is required, not {describe(value)}")


def _map(value: Value) -> dict[str, Value]:
    if isinstance(value, Map):
        return dict(value.entries)
    raise EvaluationError(f"a map is required, not {describe(value)}")


def integer(value: Value) -> int:
    """A number that must be whole, however large. Raises `EvaluationError`."""
    number = to_number(value)
    if not isinstance(number, int):
        raise EvaluationError("a whole number is required")
    return number


def whole(value: Value) -> int:
    """A whole number of no more than 64 bits. Raises `EvaluationError`."""
    number = integer(value)
    if not -(2**63) <= number < 2**63:
        raise EvaluationError("a whole number of no more than 64 bits is required")
    return number


_PLAIN: dict[str, Callable[[Value], Any]] = {
    "string": to_string,
    "text": _text,
    "number": to_number,
    "integer": integer,
    "whole": whole,
    "bool": to_bool,
    "list": _list,
    "strings": strings,
    "map": _map,
}


def required(value: Value, name: str) -> Value:
    """The value, which must not be null. Raises `EvaluationError`."""
    if value is None:
        raise EvaluationError(f"an argument of {name} is null")
    return value


def sequence(value: Value, name: str) -> Seq | Deferred:
    """A list, tuple, set or an unknown. Raises `EvaluationError` for anything else."""
    if isinstance(value, Deferred) and not (value.type.is_primitive or value.type.kind in ("map", "object")):
        return value
    if isinstance(value, Seq):
        return value
    raise EvaluationError(f"{name} needs a list, not {describe(value)}")


def positions(value: Value, name: str) -> Seq | Deferred:
    """As `sequence`, but not a set, whose elements have no positions. Raises `EvaluationError`."""
    found = sequence(value, name)
    if (found.kind if isinstance(found, Seq) else found.type.kind) == "set":
        raise EvaluationError(f"{name} needs a list, not a set")
    return found


def mapping(value: Value, name: str) -> Map | Deferred:
    """A map, object or an unknown. Raises `EvaluationError` for anything else."""
    if isinstance(value, Deferred) and not (value.type.is_primitive or value.type.kind in ("list", "tuple", "set")):
        return value
    if isinstance(value, Map):
        return value
    raise EvaluationError(f"{name} needs a map, not {describe(value)}")
