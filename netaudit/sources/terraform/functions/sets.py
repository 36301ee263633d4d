"""Functions on sets."""

from __future__ import annotations

from netaudit.sources.terraform.convert import convert
from netaudit.sources.terraform.functions.registry import required, sequence, structural
from netaudit.sources.terraform.types import ANY, Type, conflict, unify_all
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Seq,
    Value,
    first_deferred,
    identity,
    make_set,
    type_of,
)

_SET = Type("set", ANY)


@structural("setunion", 1, rest=True)
def _setunion(*sets: Value) -> Value:
    items: list[Value] = []
    for one in sets:
        value = _as_set(one, "setunion")
        items += [value.as_many()] if isinstance(value, Deferred) else value.items
    return make_set(_alike(items))


@structural("setintersection", 1, rest=True)
def _setintersection(*sets: Value) -> Value:
    plain = _known(sets, "setintersection")
    if isinstance(plain, Deferred):
        return plain
    common = set.intersection(*({identity(i) for i in one} for one in plain))
    return make_set(i for i in plain[0] if identity(i) in common)


@structural("setsubtract", 2)
def _setsubtract(left: Value, right: Value) -> Value:
    plain = _known((left, right), "setsubtract")
    if isinstance(plain, Deferred):
        return plain
    removed = {identity(i) for i in plain[1]}
    return make_set(i for i in plain[0] if identity(i) not in removed)


@structural("setproduct", 2, rest=True)
def _setproduct(*collections: Value) -> Value:
    rows: list[tuple[Value, ...]] = [()]
    for one in collections:
        value = sequence(required(one, "setproduct"), "setproduct")
        value = (
            convert(value, Type(value.kind if value.kind == "set" else "list", ANY))
            if isinstance(value, Seq)
            else value
        )
        if isinstance(value, Deferred) or not value.is_settled:
            unknown = value if isinstance(value, Deferred) else value.hole
            return unknown.as_type(Type("list", ANY))
        if len(rows) * len(value.items) > 100_000:
            raise EvaluationError("setproduct of more than 100000 elements")
        rows = [(*row, item) for row in rows for item in value.items]
    pairs = tuple(Seq("tuple", row) for row in rows)
    if any(isinstance(c, Seq) and c.kind == "set" for c in collections):
        return make_set(pairs)
    return Seq("list", pairs)


def _known(sets: tuple[Value, ...], name: str) -> list[list[Value]] | Deferred:
    """The elements of each set, converted to one type; the unknown if there is one."""
    values = [_as_set(s, name) for s in sets]
    for value in values:
        if (unknown := first_deferred(value)) is not None:
            return unknown.as_type(_SET)
    every = _alike([i for v in values if isinstance(v, Seq) for i in v.items])
    split: list[list[Value]] = []
    for value in values:
        size = len(value.items) if isinstance(value, Seq) else 0
        split.append(every[:size])
        every = every[size:]
    return split


def _as_set(value: Value, name: str) -> Seq | Deferred:
    found: Seq | Deferred = convert(sequence(required(value, name), name), _SET)
    return found


def _alike(items: list[Value]) -> list[Value]:
    types = [t for t in map(type_of, items) if t.kind not in ("any", "null")]
    if conflict(*types):
        raise EvaluationError("the sets have no type of element in common")
    common = unify_all(types)
    return [convert(i, common) for i in items] if common is not None else items
