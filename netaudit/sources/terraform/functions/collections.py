"""Functions on lists and maps. What is known of them stays known beside what is not (TF-50 … TF-57)."""

from __future__ import annotations

from decimal import Decimal

from netaudit.sources.terraform.convert import convert, to_bool, to_number, to_string
from netaudit.sources.terraform.functions.registry import (
    mapping,
    positions,
    required,
    sequence,
    strict,
    structural,
    whole,
)
from netaudit.sources.terraform.operators import all_of, any_of, binary, equal
from netaudit.sources.terraform.types import ANY, BOOL, NUMBER, STRING, Type, conflict, list_of, unify_all
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Map,
    Seq,
    Value,
    first_deferred,
    identity,
    settled,
    type_of,
)

MAX_RANGE = 1024
_LIST = list_of(ANY)
_MAP = Type("map", ANY)


@structural("lookup", 3, optional=1)
def _lookup(where: Value, key: Value, *default: Value) -> Value:
    table = mapping(required(where, "lookup"), "lookup")
    name = to_string(required(key, "lookup"))
    empty = isinstance(table, Map) and not table.entries and table.open is None
    if isinstance(name, Deferred) and not (empty and default):
        return name.as_type(ANY, never_null=False)
    if isinstance(table, Deferred):
        return table.member(name) if not default else table.as_type(table.type.of, never_null=False)
    element = type_of(table).of if table.kind == "map" else ANY
    otherwise = [convert(value, element) for value in default]  # which must fit even where it is not needed
    if not empty and name in table.entries:
        return table.entries[name]
    if table.open is not None:
        return table.open.as_type(ANY, never_null=False)
    if not otherwise:
        raise EvaluationError(f'there is no key "{name}"')
    return otherwise[0]


@structural("merge", rest=True)
def _merge(*maps: Value) -> Value:
    tables = [mapping(m, "merge") for m in maps if m is not None]
    entries: dict[str, Value] = {}
    unknown: Deferred | None = None
    for table in map(_as_map, tables):
        if table.open is not None:
            # what the unknown part may overwrite is no longer known
            entries = {k: table.open.as_type(ANY, never_null=False) for k in entries}
            unknown = unknown or table.open
        entries.update(table.entries)
    kind = "map" if tables and all(isinstance(t, Map) and t.kind == "map" for t in tables) else "object"
    return Map(kind, entries, unknown)


def _as_map(table: Map | Deferred) -> Map:
    if isinstance(table, Map):
        return table
    if table.type.kind == "object":
        return Map("object", {name: table.member(name) for name in table.type.attributes})
    return Map("map", {}, table.as_type(ANY))


@structural("concat", rest=True)
def _concat(*lists: Value) -> Value:
    if not lists:
        raise EvaluationError("concat needs an argument")
    items: list[Value] = []
    ordered = True
    for one in lists:
        value = positions(required(one, "concat"), "concat")
        if isinstance(value, Deferred):
            items.append(value.as_many())
        else:
            items += value.items
            ordered = ordered and value.ordered
    joined = Seq("tuple", tuple(items), ordered)
    all_lists = all(isinstance(v, Seq) and v.kind == "list" for v in lists)
    return convert(joined, _LIST) if all_lists else joined


@structural("flatten", 1)
def _flatten(value: Value) -> Value:
    outer = sequence(required(value, "flatten"), "flatten")
    if isinstance(outer, Deferred):
        return outer.as_type(_LIST)
    items, ordered = _flattened(outer)
    return Seq("tuple", tuple(items), ordered)


def _flattened(outer: Seq) -> tuple[list[Value], bool]:
    items: list[Value] = []
    ordered = outer.ordered
    for item in map(settled, outer.items):
        if isinstance(item, Seq):
            inner, inner_ordered = _flattened(item)
            items += inner
            ordered = ordered and inner_ordered
        elif isinstance(item, Deferred) and not _is_scalar(item):
            items.append(item.as_many())
        else:
            items.append(item)
    return items, ordered


def _is_scalar(value: Deferred) -> bool:
    return value.type.is_primitive or value.type.kind in ("map", "object")


@structural("keys", 1)
def _keys(value: Value) -> Value:
    table = mapping(required(value, "keys"), "keys")
    if isinstance(table, Deferred):
        if table.type.kind == "object":
            return Seq("tuple", tuple(sorted(table.type.attributes)))
        return table.as_type(list_of(STRING))
    return _column(table, tuple(sorted(table.entries)))


@structural("values", 1)
def _values(value: Value) -> Value:
    table = mapping(required(value, "values"), "values")
    if isinstance(table, Deferred):
        return table.as_type(_LIST)
    return _column(table, tuple(table.entries[k] for k in sorted(table.entries)))


def _column(table: Map, items: tuple[Value, ...]) -> Seq:
    kind = "list" if table.kind == "map" else "tuple"
    if table.open is None:
        return Seq(kind, items)
    return Seq(kind, (*items, table.open.as_many()), ordered=False)


@structural("element", 2)
def _element(where: Value, index: Value) -> Value:
    items = positions(required(where, "element"), "element")
    position = to_number(required(index, "element"))
    if isinstance(items, Deferred):
        if items.open_ended and not isinstance(position, Deferred):
            return items.wrapped(whole(position))
        return items.as_type(items.type.of, never_null=False)
    if items.sole and not isinstance(position, Deferred) and whole(position) >= 0:
        return items.sole[0]
    if isinstance(position, Deferred) or not items.is_settled:
        unknown = position if isinstance(position, Deferred) else items.hole
        return unknown.as_type(ANY, never_null=False)
    # of a list a negative index counts from the end; of a tuple its remainder does, which is negative again, or 0
    refused = items.kind == "tuple" and whole(position) < 0 and items.items and whole(position) % len(items.items)
    if not items.items or refused:
        raise EvaluationError("element needs a list that is not empty and an index that is not negative")
    return items.items[whole(position) % len(items.items)]


@structural("slice", 3)
def _slice(where: Value, start: Value, end: Value) -> Value:
    items = positions(required(where, "slice"), "slice")
    first, last = to_number(required(start, "slice")), to_number(required(end, "slice"))
    for bound in (first, last):
        if isinstance(bound, Deferred):
            return bound.as_type(_LIST)
    if isinstance(items, Deferred):
        return _members(items, whole(first), whole(last))
    if not items.is_settled:
        return items.hole.as_type(_LIST)
    if not 0 <= whole(first) <= whole(last) <= len(items.items):
        raise EvaluationError("slice takes indices within the list")
    return Seq(items.kind, items.items[whole(first) : whole(last)])


def _members(items: Deferred, first: int, last: int) -> Value:
    """Some members of a list whose length is not known: had it fewer, there would be no configuration to speak of."""
    if not 0 <= first <= last:
        raise EvaluationError("slice takes indices within the list")
    if not items.open_ended or last > MAX_RANGE:
        return items.as_type(_LIST)
    return Seq("list", tuple(items.member(i) for i in range(first, last)))


@structural("contains", 2)
def _contains(where: Value, wanted: Value) -> Value:
    items = sequence(required(where, "contains"), "contains")
    required(wanted, "contains")
    if isinstance(items, Deferred):
        return items.as_type(BOOL)
    return any_of([_certainly(i, wanted) for i in items.items])


def _certainly(item: Value, wanted: Value) -> Value:
    """Equality, where an element that stands for many is never certainly the wanted one."""
    if isinstance(item, Deferred) and item.many:
        return item.as_type(BOOL)
    return equal(item, wanted)


@structural("index", 2)
def _index(where: Value, wanted: Value) -> Value:
    items = positions(required(where, "index"), "index")
    required(wanted, "index")
    if isinstance(items, Deferred):
        return items.as_type(NUMBER)
    for position, item in enumerate(items.items):
        found = _certainly(item, wanted)
        if isinstance(found, Deferred) or not items.ordered:
            return items.hole.as_type(NUMBER)
        if found:
            return position
    raise EvaluationError("the list does not hold that element")


@structural("coalesce", rest=True)
def _coalesce(*values: Value) -> Value:
    types = [t for t in map(type_of, values) if t.kind not in ("any", "null")]
    if conflict(*types) and None not in values:
        raise EvaluationError("the arguments of coalesce have no type in common")
    common = unify_all(types)
    for value in values:
        if value is None or value == "":
            continue
        if isinstance(value, Deferred) and not (value.never_null and value.ref is not None):
            return value.as_type(ANY, never_null=False)  # it may be null or empty (TF-53)
        return convert(value, common) if common is not None else value
    raise EvaluationError("coalesce has no argument that is neither null nor empty")


@structural("coalescelist", rest=True)
def _coalescelist(*lists: Value) -> Value:
    for value in [positions(required(one, "coalescelist"), "coalescelist") for one in lists]:
        if isinstance(value, Deferred):
            return value.as_type(_LIST)
        if any(not (isinstance(i, Deferred) and i.many) for i in value.items):
            return value
        if value.items:
            return value.hole.as_type(_LIST)
    raise EvaluationError("coalescelist has no argument that is not empty")


@structural("compact", 1)
def _compact(value: Value) -> Value:
    items = sequence(required(value, "compact"), "compact")
    if isinstance(items, Deferred):
        return items.as_type(list_of(STRING))
    kept = [_compact_one(i) for i in items.items if i is not None and i != ""]
    return Seq("list", tuple(convert(i, STRING) for i in kept), items.ordered)


def _compact_one(item: Value) -> Value:
    """An unknown may be empty, and then is left out; an id is not."""
    if isinstance(item, Deferred) and not (item.never_null and item.ref is not None):
        return item.as_many()
    return item


@structural("distinct", 1)
def _distinct(value: Value) -> Value:
    items = sequence(required(value, "distinct"), "distinct")
    if isinstance(items, Deferred):
        return items.as_type(_LIST)
    alike = convert(items, _LIST)
    unique = tuple({identity(i): i for i in alike.items}.values())
    unsure = len(unique) > 1 and any(first_deferred(i) is not None for i in unique)
    return Seq("list", unique, items.ordered and not unsure)


@structural("sort", 1)
def _sort(value: Value) -> Value:
    items = sequence(required(value, "sort"), "sort")
    if isinstance(items, Deferred):
        return items.as_type(list_of(STRING))
    texts = [convert(i, STRING) for i in items.items]
    if any(t is None for t in texts):
        raise EvaluationError("an element given to sort is null")
    known = sorted(t for t in texts if isinstance(t, str))
    unknown = [t for t in texts if not isinstance(t, str)]
    return Seq("list", (*known, *unknown), not unknown or len(texts) == 1)


@structural("reverse", 1)
def _reverse(value: Value) -> Value:
    items = sequence(required(value, "reverse"), "reverse")
    if isinstance(items, Deferred):
        return items.as_type(_LIST)
    kind = "list" if items.kind == "set" else items.kind
    return Seq(kind, items.items[::-1], items.ordered)


@structural("one", 1)
def _one(value: Value) -> Value:
    items = sequence(required(value, "one"), "one")
    if isinstance(items, Seq) and items.sole:
        return items.sole[0]
    if isinstance(items, Deferred) or not items.is_settled:
        unknown = items if isinstance(items, Deferred) else items.hole
        return unknown.as_type(unknown.type.of, never_null=False)
    if len(items.items) > 1:
        raise EvaluationError("one needs a list of no more than one element")
    return items.items[0] if items.items else None


@structural("alltrue", 1)
def _alltrue(value: Value) -> Value:
    items = sequence(required(value, "alltrue"), "alltrue")
    return items.as_type(BOOL) if isinstance(items, Deferred) else all_of([_truth(i) for i in items.items])


@structural("anytrue", 1)
def _anytrue(value: Value) -> Value:
    items = sequence(required(value, "anytrue"), "anytrue")
    return items.as_type(BOOL) if isinstance(items, Deferred) else any_of([_truth(i) for i in items.items])


def _truth(value: Value) -> Value:
    return False if value is None else to_bool(value)


@structural("zipmap", 2)
def _zipmap(keys: Value, values: Value) -> Value:
    names, items = sequence(required(keys, "zipmap"), "zipmap"), positions(required(values, "zipmap"), "zipmap")
    if isinstance(names, Deferred) or not names.is_settled:
        return (names if isinstance(names, Deferred) else names.hole).as_type(_MAP)
    if isinstance(items, Deferred) or not items.is_settled:
        return (items if isinstance(items, Deferred) else items.hole).as_type(_MAP)
    if (unknown := first_deferred(names)) is not None:
        return unknown.as_type(_MAP)
    if len(names.items) != len(items.items):
        raise EvaluationError("zipmap needs as many keys as values")
    texts = [to_string(required(n, "zipmap")) for n in names.items]
    return Map("map" if items.kind == "list" else "object", dict(zip(texts, items.items, strict=True)))


@structural("chunklist", 2)
def _chunklist(value: Value, size: Value) -> Value:
    items, count = sequence(required(value, "chunklist"), "chunklist"), to_number(required(size, "chunklist"))
    items = convert(items, _LIST)
    if isinstance(count, Deferred) or isinstance(items, Deferred) or not items.is_settled:
        unknown = count if isinstance(count, Deferred) else items if isinstance(items, Deferred) else items.hole
        return unknown.as_type(_LIST)
    width = whole(count) or max(1, len(items.items))
    if width < 0:
        raise EvaluationError("chunklist needs a size that is not negative")
    starts = range(0, len(items.items), width)
    return Seq("list", tuple(Seq("list", items.items[i : i + width]) for i in starts))


@strict("matchkeys", "list", "list", "list", result=_LIST)
def _matchkeys(values: list[Value], keys: list[Value], wanted: list[Value]) -> Value:
    if len(values) != len(keys):
        raise EvaluationError("matchkeys needs as many keys as values")
    known = {identity(w) for w in wanted}
    return Seq("list", tuple(v for v, k in zip(values, keys, strict=True) if identity(k) in known))


@strict("transpose", "map", result=_MAP)
def _transpose(table: dict[str, Value]) -> Value:
    turned: dict[str, list[Value]] = {}
    for key in sorted(table):
        members = table[key]
        if not isinstance(members, Seq):
            raise EvaluationError("transpose needs a map of lists")
        for member in members.items:
            turned.setdefault(to_string(member), []).append(key)
    return Map("map", {k: Seq("list", tuple(v)) for k, v in turned.items()})


@strict("sum", "list", result=NUMBER)
def _sum(numbers: list[Value]) -> Value:
    if not numbers:
        raise EvaluationError("sum needs a list that is not empty")
    total: Value = 0
    for number in numbers:
        total = binary("+", total, required(number, "sum"))
    return total


@strict("range", "number", rest="number", result=list_of(NUMBER))
def _range(first: int | Decimal, *more: int | Decimal) -> Value:
    start, limit = (first, more[0]) if more else (0, first)
    step = more[1] if len(more) > 1 else (1 if start <= limit else -1)
    if len(more) > 2 or step == 0 or ((step > 0) != (start <= limit) and start != limit):
        raise EvaluationError("range takes a start, a limit, and a step that leads from one to the other")
    items: list[Value] = []
    current: Value = start
    while (current < limit) if step > 0 else (current > limit):
        if len(items) == MAX_RANGE:
            raise EvaluationError(f"range gives more than {MAX_RANGE} elements")
        items.append(current)
        current = binary("+", current, step)
    return Seq("list", tuple(items))
