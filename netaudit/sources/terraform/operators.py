"""Operators on values, three-valued: an unknown operand gives an unknown, unless the result is decided."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from netaudit.model import Ref, Truth
from netaudit.sources.terraform import floats
from netaudit.sources.terraform.convert import convert, to_bool, to_number
from netaudit.sources.terraform.types import ANY, BOOL, NUMBER, Type, conflict, unify
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    LazyObject,
    Map,
    Marked,
    Seq,
    Value,
    identity,
    is_number,
    normal,
    settled,
    type_of,
    unmark_deep,
)

MAX_NUMBER_BITS = 4096
_NO_SEQ_OR_MAP = (Seq, Map)
_SUBNET = re.compile(r"(?:^|(?<!data)\.)aws_subnet\.[\w-]+(?:\[[^\]]*\])?\.id$")


def equal(left: Value, right: Value) -> Value:
    """`==`: type and value (TF-36); False, True or unknown. A reference equals itself (TF-58)."""
    left, right = settled(left), settled(right)
    if isinstance(left, Deferred) or isinstance(right, Deferred):
        return _equal_deferred(left, right)
    if left is None or right is None:
        return left is right
    if isinstance(left, Seq) and isinstance(right, Seq):
        return _equal_sequences(left, right)
    if isinstance(left, Map) and isinstance(right, Map):
        return _equal_maps(left, right)
    if isinstance(left, _NO_SEQ_OR_MAP) or isinstance(right, _NO_SEQ_OR_MAP):
        return False
    if is_number(left) and is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def _equal_deferred(left: Value, right: Value) -> Value:
    unknown, other = (left, right) if isinstance(left, Deferred) else (right, left)
    if other is None:
        return False if unknown.never_null else unknown.as_type(BOOL)
    if isinstance(other, Deferred) and (same := _same(unknown.ref, other.ref)) is not Truth.MAYBE:
        return same is Truth.YES
    kinds = {unknown.type.kind, type_of(other).kind}
    if unknown.never_null and len(kinds) == 2 and kinds <= {"string", "number", "bool"} and other is not None:
        return False if not isinstance(other, Deferred) else unknown.as_type(BOOL)
    return unknown.as_type(BOOL)


def _same(one: Ref | None, other: Ref | None) -> Truth:
    """Whether two references are one value; the ids of two subnets are not, since no two resources are one subnet."""
    if one is None or other is None:
        return Truth.MAYBE
    known = one.same(other)
    subnets = known is Truth.MAYBE and all(_SUBNET.search(str(each)) for each in (one, other))
    return Truth.NO if subnets else known


def _equal_sequences(left: Seq, right: Seq) -> Value:
    if left.kind != right.kind:
        return False
    if not left.is_settled or not right.is_settled:
        return (left if not left.is_settled else right).hole.as_type(BOOL)
    if len(left.items) != len(right.items):
        return False
    if not left.items and left.kind != "tuple":
        return _equal_empty(left, right)
    if left.kind == "set" and identity(left) == identity(right):
        return True
    return _equal_parts(list(zip(left.items, right.items, strict=True)), alike=left.kind != "tuple")


def _equal_maps(left: Map, right: Map) -> Value:
    unknown = left.open or right.open
    if unknown is not None:
        return unknown.as_type(BOOL)
    if left.kind != right.kind or left.entries.keys() != right.entries.keys():
        return False
    if not left.entries and left.kind == "map":
        return _equal_empty(left, right)
    return _equal_parts([(v, right.entries[k]) for k, v in left.entries.items()], alike=left.kind == "map")


def _equal_parts(pairs: list[tuple[Value, Value]], *, alike: bool) -> Value:
    """Whether all pairs are equal. A null has a type inside of a collection, which only its neighbours may show.

    `alike` says that all elements of each side are of one type.
    """
    shown = [equal(a, b) for a, b in pairs if not (a is None and b is None)]
    if len(shown) < len(pairs) and not (alike and shown):
        shown.append(Deferred("whether two nulls are of one type", type=BOOL))
    return all_of(shown)


def _equal_empty(left: Seq | Map, right: Seq | Map) -> Value:
    """Two empty collections are equal if their elements would be of one type, which an empty one does not show."""
    return left is right or Deferred(f"whether two empty {left.kind}s are of one type", type=BOOL)


def all_of(parts: list[Value]) -> Value:
    """Conjunction: False if one is False, unknown if one is unknown (TF-55)."""
    if any(p is False for p in parts):
        return False
    return next((p for p in parts if isinstance(p, Deferred)), True)


def any_of(parts: list[Value]) -> Value:
    """Disjunction, likewise."""
    if any(p is True for p in parts):
        return True
    return next((p for p in parts if isinstance(p, Deferred)), False)


def negate(value: Value) -> Value:
    """`!x`."""
    value = to_bool(_operand(value))
    return value.as_type(BOOL) if isinstance(value, Deferred) else not value


def minus(value: Value) -> Value:
    """`-x`."""
    value = to_number(_operand(value))
    return value.as_type(NUMBER) if isinstance(value, Deferred) else -value


def binary(operator: str, left: Value, right: Value) -> Value:
    """Any binary operator. Raises `EvaluationError` for operands that it does not take."""
    left, left_marked = unmark_deep(left)
    right, right_marked = unmark_deep(right)
    result = _binary(operator, left, right)
    return Marked(result) if left_marked or right_marked else result


def _binary(operator: str, left: Value, right: Value) -> Value:
    if operator == "==":
        return equal(left, right)
    if operator == "!=":
        return negate(equal(left, right))
    if operator == "&&":
        return all_of([to_bool(_operand(left)), to_bool(_operand(right))])
    if operator == "||":
        return any_of([to_bool(_operand(left)), to_bool(_operand(right))])
    a, b = to_number(_operand(left)), to_number(_operand(right))
    kind = NUMBER if operator in _ARITHMETIC else BOOL
    for operand in (a, b):
        if isinstance(operand, Deferred):
            return operand.as_type(kind)
    if operator in ("/", "%") and b == 0:
        return Deferred("a division by zero", None, NUMBER)  # Terraform gives an infinity or zero, no error
    return _ARITHMETIC[operator](a, b) if operator in _ARITHMETIC else _ORDER[operator](a, b)


def _operand(value: Value) -> Value:
    if value is None:
        raise EvaluationError("an operand is null")
    return settled(value) if isinstance(value, LazyObject) else value


Number = int | Decimal


def _bounded(number: Number) -> Number:
    if isinstance(number, int) and number.bit_length() > MAX_NUMBER_BITS:
        raise EvaluationError("a number is too large")
    return normal(number)


_FRACTIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
}


def _arithmetic(name: str) -> Callable[[Number, Number], Number]:
    def apply(a: Number, b: Number) -> Number:
        if isinstance(a, int) and isinstance(b, int):
            exact = {"add": a.__add__, "subtract": a.__sub__, "multiply": a.__mul__}[name](b)
            return _bounded(exact)
        return _bounded(floats.rounded(_FRACTIONS[name](floats.exact(a), floats.exact(b))))

    return apply


def _divide(a: Number, b: Number) -> Number:
    if isinstance(a, int) and isinstance(b, int) and a % b == 0:
        return a // b
    return _bounded(floats.rounded(floats.exact(a) / floats.exact(b)))


def _modulo(a: Number, b: Number) -> Number:
    """The remainder takes the sign of the dividend: `-7 % 3` is -1 (TF-39)."""
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) % abs(b) * (1 if a >= 0 else -1)
    x, y = floats.exact(a), floats.exact(b)
    times = math.trunc(floats.exact(floats.rounded(x / y)))  # every step is rounded, as there
    return _bounded(floats.rounded(x - floats.exact(floats.rounded(y * times))))


_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": _arithmetic("add"),
    "-": _arithmetic("subtract"),
    "*": _arithmetic("multiply"),
    "/": _divide,
    "%": _modulo,
}
_ORDER: dict[str, Callable[[Number, Number], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def choose(chosen: Value, other: Type) -> Value:
    """The chosen branch of a conditional, converted to the type that both have in common (TF-37)."""
    clash = conflict(type_of(chosen), other)
    if clash:
        raise EvaluationError("the branches of a conditional have no type in common")
    if clash is None:
        return Deferred("whether the branches of a conditional have a type in common")
    common = unify(type_of(chosen), other)
    if common is None or common.kind in ("any", "null"):
        return chosen
    try:
        return convert(chosen, common)
    except EvaluationError as error:
        return Deferred(f"a branch of a conditional as a {common.kind} ({error})")


def join(condition: Deferred, then: Value, otherwise: Value) -> Value:
    """What is known of a conditional whose condition is unknown: where both branches agree (TF-46, TF-49)."""
    common = unify(type_of(then), type_of(otherwise)) or ANY
    then, otherwise = _converted(then, common), _converted(otherwise, common)
    return _join(condition, then, otherwise, common)


def _converted(value: Value, common: Type) -> Value:
    try:
        return convert(value, common)
    except EvaluationError:
        return value


def _join(condition: Deferred, then: Value, otherwise: Value, common: Type) -> Value:
    then, otherwise = settled(then), settled(otherwise)
    if equal(then, otherwise) is True:
        return then
    if isinstance(then, Seq) and isinstance(otherwise, Seq) and _alike(then, otherwise):
        pairs = zip(then.items, otherwise.items, strict=True)
        items = tuple(_join(condition, a, b, unify(type_of(a), type_of(b)) or ANY) for a, b in pairs)
        return Seq(then.kind, items)
    if isinstance(then, Map) and isinstance(otherwise, Map) and _same_keys(then, otherwise):
        entries = {
            k: _join(condition, v, otherwise.entries[k], unify(type_of(v), type_of(otherwise.entries[k])) or ANY)
            for k, v in then.entries.items()
        }
        return Map(then.kind, entries)
    return condition.as_type(common, never_null=_never_null(then) and _never_null(otherwise))


def _alike(a: Seq, b: Seq) -> bool:
    same = a.kind == b.kind and a.kind != "set" and len(a.items) == len(b.items)
    return same and a.is_settled and b.is_settled


def _same_keys(a: Map, b: Map) -> bool:
    same = a.kind == b.kind and a.entries.keys() == b.entries.keys()
    return same and a.open is None and b.open is None


def _never_null(value: Value) -> bool:
    if isinstance(value, Deferred):
        return value.never_null
    return value is not None
