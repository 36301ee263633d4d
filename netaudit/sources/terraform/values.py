"""Values while they are evaluated, and how they leave as values of the model.

A value is None (null), a bool, an int or Decimal, a str, a `Seq`, a `Map`, a `LazyObject`, a `Marked`
(sensitive), or `Deferred`: one that the text does not fix, with its cause, what is known of its type,
and the reference that it is, if it is one (TF-3). Collections keep their known members beside unknown
ones: a `Deferred` element with `many` stands for any number of further elements, a `Map` may be `open`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from netaudit.model import Origin, Ref, Sensitive, Unknown
from netaudit.model.frozen import frozen
from netaudit.sources.terraform.budget import MAX_PARTS_WRITTEN, BudgetExceededError
from netaudit.sources.terraform.types import ANY, BOOL, NULL, NUMBER, STRING, Type

Value = Any  # one of the forms listed above; open by design, each use checks the shape that it needs

MOST_POWER = 10_000  # of ten; a number beyond it is not written out
_PLAIN = frozenset({type(None), bool, int, str})  # most values are, so they are asked about first
OPEN_KEY = "[?]"  # in a dict of the model: further keys, not known


class EvaluationError(Exception):
    """A mistake in the configuration, as Terraform would report it; `try` and `can` catch it."""


@frozen
class Deferred:
    """A value that the text does not fix. `never_null` is what the provider promises of an id.

    One that is `open_ended` is a list whose length is not known: what is taken of it by its position may be missing.
    With `prefix` it is a text, or a list of texts, that surely begins so.
    """

    reason: str
    origin: Origin | None = None
    type: Type = ANY
    never_null: bool = False
    ref: Ref | None = None
    many: bool = False
    open_ended: bool = False
    prefix: str = ""

    def as_type(self, kind: Type, *, never_null: bool = True) -> Deferred:
        """An unknown that depends on this one: the same cause, another type."""
        return Deferred(self.reason, self.origin, kind, never_null)

    def as_many(self) -> Deferred:
        """Any number of further elements, for the same cause."""
        return Deferred(self.reason, self.origin, many=True)

    def member(self, step: str | int) -> Deferred:
        """An attribute or element of this one; a reference stays a reference (TF-3)."""
        if self.ref is None:
            return Deferred(self.reason, self.origin, self._member_type(step))
        ref = replace(self.ref, path=(*self.ref.path, step))
        reason = self.reason if self.open_ended else f"{ref} (known after apply)"
        return Deferred(reason, self.origin, self._member_type(step), ref=ref, prefix=self.prefix)

    def wrapped(self, position: int) -> Deferred:
        """What `element` gives of an open-ended list: beyond the end it is counted on from the beginning."""
        if self.ref is None or position == 0:
            return self.member(position)
        *path, name = self.ref.path
        ref = Ref(self.ref.address, (*path, f"element({name}, {position})"))
        return Deferred(self.reason, self.origin, self.type.of, ref=ref, prefix=self.prefix)

    def _member_type(self, step: str | int) -> Type:
        if self.type.kind == "object" and isinstance(step, str):
            return self.type.attributes.get(step, ANY)
        if self.type.kind == "tuple" and isinstance(step, int) and 0 <= step < len(self.type.elements):
            return self.type.elements[step]
        return self.type.of


@frozen
class Seq:
    """A list, a tuple or a set. Unless `ordered`, only its content as a set is known, not its length."""

    kind: str
    items: tuple[Value, ...]
    ordered: bool = True
    size: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum(map(size_of, self.items)))

    @property
    def sole(self) -> tuple[Value, ...]:
        """What every position holds, where that is one thing although their number is not known."""
        alone = not self.ordered and len(self.items) == 1
        return () if not alone or (isinstance(self.items[0], Deferred) and self.items[0].many) else self.items

    @property
    def is_settled(self) -> bool:
        """Whether length and positions are known."""
        return self.ordered and not any(isinstance(i, Deferred) and i.many for i in self.items)

    @property
    def hole(self) -> Deferred:
        """The first unknown element: why the collection is not settled."""
        found = first_deferred(self)
        return found if found is not None else Deferred("order of a set")


@frozen
class Map:
    """A map or an object. When `open`, it may have further keys, for that cause.

    `types` are those that its attributes were declared with, where it is a value of a declared type: of which type a
    null attribute is.
    """

    kind: str
    entries: Mapping[str, Value]
    open: Deferred | None = None
    types: Mapping[str, Type] | None = field(default=None, compare=False, repr=False)
    size: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum(map(size_of, self.entries.values())))


@frozen
class Marked:
    """A sensitive value."""

    value: Value


def size_of(value: Value) -> int:
    """Of how many parts a value is made. A part that stands in many places counts in each: so it will be visited."""
    while type(value) is Marked:
        value = value.value
    return value.size if type(value) in (Seq, Map) else 1


class LazyObject:
    """An object whose attributes are computed when asked for: a resource, a module, a namespace."""

    __slots__ = ()

    def attribute(self, name: str) -> Value:
        """One attribute. Raises `EvaluationError` where there is none."""
        raise NotImplementedError

    def expand(self) -> Value:
        """All of it, as a `Map` (open where more is known after apply)."""
        raise NotImplementedError


def unmark(value: Value) -> tuple[Value, bool]:
    """The value without its outermost mark, and whether it had one."""
    return (value.value, True) if isinstance(value, Marked) else (value, False)


def mark(value: Value, marked: bool = True) -> Value:
    """The value, sensitive if `marked`."""
    return Marked(value) if marked and not isinstance(value, Marked) and value is not None else value


def unmark_deep(value: Value) -> tuple[Value, bool]:
    """The value without any mark inside it, and whether there was one."""
    if type(value) in _PLAIN:
        return value, False
    if isinstance(value, Marked):
        return unmark_deep(value.value)[0], True
    if isinstance(value, Seq):
        pairs = [unmark_deep(i) for i in value.items]
        if any(m for _, m in pairs):
            return replace(value, items=tuple(v for v, _ in pairs)), True
    if isinstance(value, Map):
        entries = {k: unmark_deep(v) for k, v in value.entries.items()}
        if any(m for _, m in entries.values()):
            return replace(value, entries={k: v for k, (v, _) in entries.items()}), True
    return value, False


def first_deferred(value: Value) -> Deferred | None:
    """The first unknown anywhere inside, None where the value is wholly known."""
    if type(value) in _PLAIN:
        return None
    if isinstance(value, Deferred):
        return value
    if isinstance(value, Seq):
        found = next((d for i in value.items if (d := first_deferred(i)) is not None), None)
        return found if found is not None or value.ordered else Deferred("order of a set")
    if isinstance(value, Map):
        found = next((d for v in value.entries.values() if (d := first_deferred(v)) is not None), None)
        return found if found is not None else value.open
    if isinstance(value, Marked):
        return first_deferred(value.value)
    if isinstance(value, LazyObject):
        return first_deferred(value.expand())
    return None


def settled(value: Value) -> Value:
    """Lazy objects as maps; anything else as it is."""
    return value.expand() if isinstance(value, LazyObject) else value


def is_number(value: Value) -> bool:
    """Whether the value is a number (a bool is none)."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def normal(number: int | Decimal) -> int | Decimal:
    """Numbers have one spelling: whole ones are int."""
    if isinstance(number, Decimal) and number.adjusted() < 1000 and number == number.to_integral_value():
        return int(number)
    return number


def type_of(value: Value) -> Type:
    """The type of a value, as far as it is known."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOL
    if is_number(value):
        return NUMBER
    if isinstance(value, str):
        return STRING
    if isinstance(value, Deferred):
        return value.type
    if isinstance(value, Marked):
        return type_of(value.value)
    if isinstance(value, Seq):
        return _type_of_seq(value)
    if isinstance(value, Map):
        return _type_of_map(value)
    return ANY


def _type_of_seq(value: Seq) -> Type:
    if value.kind == "tuple":
        if not value.is_settled:
            return Type("list", ANY)
        return Type("tuple", elements=tuple(type_of(i) for i in value.items))
    return Type(value.kind, _element_type(value.items))


def _type_of_map(value: Map) -> Type:
    if value.kind == "object" and value.open is None:
        return Type("object", attributes={k: _type_of_attribute(value, k) for k in value.entries})
    return Type("map", _element_type(value.entries.values()))


def _type_of_attribute(value: Map, name: str) -> Type:
    held = value.entries[name]
    declared = value.types.get(name, NULL) if held is None and value.types is not None else NULL
    return type_of(held) if declared.kind in ("any", "null") else declared.bare


def _element_type(values: Iterable[Value]) -> Type:
    return next((t for t in map(type_of, values) if t.kind not in ("any", "null")), ANY)


def sort_key(value: Value) -> tuple[Any, ...]:
    """The order of elements in a set: numbers, strings by code point, bools, the rest by their spelling, null last."""
    if is_number(value):
        return (0, value, b"")
    if isinstance(value, str):
        return (1, 0, value.encode(errors="replace"))
    return (2, 0, _spelling(value).encode(errors="replace")) if value is not None else (3, 0, b"")


def _spelling(value: Value) -> str:
    """By what Terraform's library orders values that have no order of their own (`makeSetHashBytes`)."""
    if isinstance(value, Marked):
        return _spelling(value.value)
    if value is None:
        return "~"
    if isinstance(value, bool):
        return "T" if value else "F"
    if is_number(value):
        return format(float(value), ".10g")
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Seq):
        inner = "".join(f"{_spelling(item)};" for item in value.items)
        return f"<{inner}>" if value.kind == "tuple" else f"[{inner}]"
    if isinstance(value, Map):
        named = value.kind == "map"
        pairs = sorted(value.entries.items())
        inner = "".join(f"{_spelling(key) + ':' if named else ''}{_spelling(item)};" for key, item in pairs)
        return f"{{{inner}}}" if named else f"<{inner}>"
    return repr(identity(value))


def identity(value: Value) -> Any:
    """A hashable stand-in: equal for values that are certainly the same value of the same type."""
    if isinstance(value, Seq):
        return (value.kind, tuple(identity(i) for i in value.items))
    if isinstance(value, Map):
        return ("map", tuple(sorted((k, identity(v)) for k, v in value.entries.items())))
    if isinstance(value, Deferred):
        return ("ref", str(value.ref)) if value.ref is not None else ("unknown", id(value))
    if isinstance(value, Marked):
        return identity(value.value)
    if isinstance(value, LazyObject):
        return ("object", id(value))
    return (type(value).__name__ if not is_number(value) else "number", str(value))


def make_set(items: Iterable[Value]) -> Seq:
    """A set: sorted, without duplicates; with unknown members its length is not known (TF-48)."""
    unique = {identity(i): i for i in items}
    values = list(unique.values())
    unsure = any(first_deferred(v) is not None for v in values)
    if unsure:
        known = sorted((v for v in values if first_deferred(v) is None), key=sort_key)
        rest = [v for v in values if first_deferred(v) is not None]
        return Seq("set", (*known, *rest), ordered=len(values) == 1 and not _is_many(values[0]))
    return Seq("set", tuple(sorted(values, key=sort_key)))


def _is_many(value: Value) -> bool:
    return isinstance(value, Deferred) and value.many


def items_of(value: Value) -> Iterator[tuple[Value, Value]] | None:
    """Keys and values as `for` and `for_each` see them (TF-38); None for a value that has none."""
    value = settled(value)
    if isinstance(value, Map):
        return _items_of_map(value)
    if not isinstance(value, Seq):
        return None
    if value.kind == "set":
        return ((i, i) for i in value.items)
    return _items_of_list(value)


def _items_of_map(value: Map) -> Iterator[tuple[Value, Value]]:
    for key in sorted(value.entries):
        yield key, value.entries[key]
    if value.open is not None:
        yield value.open.as_many(), value.open.as_many()


def _items_of_list(value: Seq) -> Iterator[tuple[Value, Value]]:
    sure = value.ordered
    for position, item in enumerate(value.items):
        sure = sure and not _is_many(item)
        yield (position if sure else value.hole.as_type(NUMBER)), item


def to_model(value: Value, place: Origin | None = None) -> Any:
    """The value as the model has it: lists, dicts and leaves, a mark on each known leaf.

    An unknown whose cause has no place of its own (`uuid()`) is unknown where the value stands. Raises
    `BudgetExceededError` where whole resources hold each other without end.
    """
    return value if type(value) in _PLAIN else _Modelling(place).value(value, marked=False)


@dataclass(slots=True)
class _Modelling:
    place: Origin | None
    parts: int = 0

    def value(self, value: Value, *, marked: bool) -> Any:
        if value is None or (not marked and isinstance(value, str | int)):
            return value
        self.parts += 1
        if self.parts > MAX_PARTS_WRITTEN:
            raise BudgetExceededError(f"a value of more than {MAX_PARTS_WRITTEN} parts")
        if isinstance(value, Marked):
            return self.value(value.value, marked=True)
        value = settled(value)
        if isinstance(value, Deferred):
            told = value.ref is not None and not value.open_ended
            return value.ref if told else self.unknown(value, many=value.many)
        if isinstance(value, Seq):
            return [self.value(i, marked=marked) for i in value.items]
        if isinstance(value, Map):
            members = {k: self.value(v, marked=marked) for k, v in value.entries.items()}
            return members if value.open is None else {**members, OPEN_KEY: self.unknown(value.open, many=True)}
        return Sensitive(value) if marked and value is not None else value

    def unknown(self, value: Deferred, *, many: bool) -> Unknown:
        return Unknown(value.reason, value.origin or self.place, many)


def placed(value: Value, place: Origin) -> Value:
    """The value; if it is unknown for a cause without a place, at this one."""
    if isinstance(value, Deferred) and value.origin is None:
        return replace(value, origin=place)
    return value


def from_plain(value: Any) -> Value:
    """A value out of JSON or YAML: lists are tuples, dicts objects."""
    if isinstance(value, Mapping):
        return Map("object", {str(k): from_plain(v) for k, v in value.items()})
    if isinstance(value, list | tuple):
        return Seq("tuple", tuple(from_plain(v) for v in value))
    if isinstance(value, float):
        return normal(Decimal(str(value)))
    if value is None or isinstance(value, bool | int | str):
        return value
    return normal(value) if isinstance(value, Decimal) else str(value)


def from_model(value: Any) -> Value:
    """A value of the model, as plan and state readers give it."""
    if isinstance(value, Sensitive):
        return Marked(from_plain(value.value))
    if isinstance(value, Unknown):
        return Deferred(value.reason, value.origin, many=value.many)
    if isinstance(value, Ref):
        return Deferred(f"{value} (known after apply)", ref=value)
    if isinstance(value, Mapping):
        return Map("object", {str(k): from_model(v) for k, v in value.items()})
    if isinstance(value, list | tuple):
        return Seq("tuple", tuple(from_model(v) for v in value))
    return from_plain(value)


def number_text(number: int | Decimal) -> str:
    """A number as text: no exponent, no superfluous zeros (TF-35). Raises `EvaluationError` for one beyond all use."""
    if isinstance(number, int):
        return str(number)
    if abs(number.adjusted()) > MOST_POWER:
        raise EvaluationError("a number is too large")
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
