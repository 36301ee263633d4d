"""Conversion of values to types, as Terraform converts arguments and variables (TF-30 … TF-37)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from netaudit.sources.terraform.syntax import Expression
from netaudit.sources.terraform.types import ANY, BOOL, NUMBER, STRING, Type, conflict, unify_all
from netaudit.sources.terraform.values import (
    MOST_POWER,
    Deferred,
    EvaluationError,
    LazyObject,
    Map,
    Marked,
    Seq,
    Value,
    is_number,
    make_set,
    normal,
    number_text,
    type_of,
)

EvaluateDefault = Callable[[Expression], Value]


def no_defaults(_: Expression) -> Value:
    """For types that come from values, which have no `optional()` defaults."""
    return None


def convert(value: Value, to: Type, default: EvaluateDefault = no_defaults) -> Value:
    """The value as a value of the type. Raises `EvaluationError` where Terraform refuses."""
    if isinstance(value, Marked):
        return Marked(convert(value.value, to, default))
    if value is None:
        return None
    if to.kind in ("any", "null"):
        return value
    if isinstance(value, Deferred):
        return _convert_deferred(value, to)
    if to.is_primitive:
        return _PRIMITIVES[to.kind](value)
    if isinstance(value, LazyObject):
        value = value.expand()
        if isinstance(value, Deferred):
            return _convert_deferred(value, to)
    return _COLLECTIONS[to.kind](value, to, default)


def _convert_deferred(value: Deferred, to: Type) -> Deferred:
    if value.many:
        return value
    # a value whose conversion may fail keeps its identity: a reference is a reference as any type; but a set of the
    # members of a list has another order
    return replace(value, type=to, ref=None if value.open_ended and to.kind == "set" else value.ref)


def to_string(value: Value) -> Value:
    """A primitive as text; an unknown stays unknown."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    if isinstance(value, Deferred):
        return _convert_deferred(value, STRING)
    raise EvaluationError(f"a string is required, not {describe(value)}")


def to_number(value: Value) -> Value:
    """A number, or text that spells one. One that nobody means and nothing holds is refused."""
    if is_number(value):
        if isinstance(value, Decimal) and abs(value.adjusted()) > MOST_POWER:
            raise EvaluationError("a number is too large")
        return value
    if isinstance(value, str):
        return _parse_number(value)
    if isinstance(value, Deferred):
        return _convert_deferred(value, NUMBER)
    raise EvaluationError(f"a number is required, not {describe(value)}")


def _parse_number(text: str) -> int | Decimal:
    try:
        if not text.isascii() or not text or text.strip() != text or "_" in text or len(text) > 1000:
            raise EvaluationError("a number is required, not text")
        number = Decimal(text)
    except InvalidOperation:
        raise EvaluationError("a number is required, not text") from None
    if not number.is_finite() or abs(number.adjusted()) > 1000:
        raise EvaluationError("a number is required, not text")
    return normal(number)


def to_bool(value: Value) -> Value:
    """A bool, or a text that spells one: `true`, `false`, also `1` and `0`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("true", "false", "1", "0"):
        return value in ("true", "1")
    if isinstance(value, Deferred):
        return _convert_deferred(value, BOOL)
    raise EvaluationError(f"a bool is required, not {describe(value)}")


def describe(value: Value) -> str:
    """What kind of value it is, for messages: never the value itself, which may be sensitive."""
    if value is None:
        return "null"
    if isinstance(value, LazyObject):
        return "an object"
    if isinstance(value, Marked):
        return "a sensitive value"
    kind = type_of(value).kind
    return f"an {kind}" if kind in ("object", "any") else f"a {kind}"


def _to_sequence(value: Value, to: Type, default: EvaluateDefault) -> Value:
    if isinstance(value, Map) and value.kind == "map":
        raise EvaluationError(f"a {to.kind} is required, not {describe(value)}")
    if not isinstance(value, Seq):
        raise EvaluationError(f"a {to.kind} is required, not {describe(value)}")
    element = _common_element(to.of, list(value.items))
    items = tuple(convert(i, element, default) for i in value.items)
    if to.kind == "set":
        made = make_set(items)
        return made if value.ordered else replace(made, ordered=False)
    return Seq("list", items, value.ordered)


def _to_tuple(value: Value, to: Type, default: EvaluateDefault) -> Value:
    if not isinstance(value, Seq):
        raise EvaluationError(f"a tuple is required, not {describe(value)}")
    if not value.is_settled:
        return value.hole.as_type(to)
    if len(value.items) != len(to.elements):
        raise EvaluationError(f"a tuple of {len(to.elements)} elements is required")
    pairs = zip(value.items, to.elements, strict=True)
    return Seq("tuple", tuple(convert(i, t, default) for i, t in pairs))


def _to_map(value: Value, to: Type, default: EvaluateDefault) -> Value:
    if not isinstance(value, Map):
        raise EvaluationError(f"a map is required, not {describe(value)}")
    element = _common_element(to.of, list(value.entries.values()))
    return Map("map", {k: convert(v, element, default) for k, v in value.entries.items()}, value.open)


def _to_object(value: Value, to: Type, default: EvaluateDefault) -> Value:
    if not isinstance(value, Map):
        raise EvaluationError(f"an object is required, not {describe(value)}")
    entries = {name: _to_attribute(value, name, to, default) for name in to.attributes}
    return Map("object", entries, types=to.attributes)


def _to_attribute(value: Map, name: str, to: Type, default: EvaluateDefault) -> Value:
    kind = to.attributes[name]
    if name not in value.entries and value.open is not None:
        return value.open.as_type(kind, never_null=False)
    given = value.entries.get(name)
    if given is not None:
        return convert(given, kind, default)
    if name in to.optional:
        written = to.optional[name]
        return convert(default(written), kind, default) if written is not None else None
    if name in value.entries:
        return None
    raise EvaluationError(f'the attribute "{name}" is required')


def _common_element(wanted: Type, items: list[Value]) -> Type:
    """`list(any)` means one type for all elements, found by unification."""
    if wanted.kind != "any":
        return wanted
    types = [t for t in map(type_of, items) if t.kind not in ("any", "null")]
    if conflict(*types):
        raise EvaluationError("the elements have no type in common")
    common = unify_all(types)
    return common if common is not None else ANY


_PRIMITIVES: dict[str, Callable[[Value], Value]] = {"string": to_string, "number": to_number, "bool": to_bool}
_COLLECTIONS: dict[str, Callable[[Value, Type, EvaluateDefault], Value]] = {
    "list": _to_sequence,
    "set": _to_sequence,
    "tuple": _to_tuple,
    "map": _to_map,
    "object": _to_object,
}
