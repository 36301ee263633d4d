"""Reading attributes with types: what is written, what is unknown, and never a traceback.

A leaf is text, a `Ref` to something that exists only after apply, or an `Unknown`. A value of a wrong type is a
diagnostic and becomes an `Unknown`: it widens the answer instead of ending the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from netaudit.flows import AddressSet
from netaudit.model import Diagnostic, Effect, Origin, Path, Ref, Resource, Sensitive, Severity, Truth, Unknown, Value

Leaf = str | Ref | Unknown


class Secret(str):
    """Text that is used like any other, and must never be printed."""

    __slots__ = ()


def plain(value: Value) -> Value:
    """A value without its wrapper of sensitivity, which texts keep; empty text counts as absent (TF-94)."""
    hidden = isinstance(value, Sensitive)
    while isinstance(value, Sensitive):
        value = value.value
    if value == "":
        return None
    return _kept_secret(value) if hidden else value


def _kept_secret(value: Value) -> Value:
    if isinstance(value, str):
        return Secret(value)
    if isinstance(value, list):
        return [Sensitive(item) for item in value]
    if isinstance(value, dict):
        return {key: Sensitive(item) for key, item in value.items()}
    return value


def shown(text: object) -> str:
    """A text in quotes, as a message may cite it."""
    return "(sensitive)" if isinstance(text, Secret) else f"'{text}'"


def doubt(value: Value, origin: Origin) -> Unknown | None:
    """The unknown that a leaf stands for when its value is needed, or None where it is known."""
    if isinstance(value, Unknown):
        return value if value.origin else replace(value, origin=origin)
    return Unknown(str(value), origin) if isinstance(value, Ref) else None


def same_text(one: Leaf | None, other: Leaf | None) -> Truth:
    """Whether two leaves are one text, as far as they are written or refer to something."""
    if isinstance(one, Ref) and isinstance(other, Ref):
        return one.same(other)
    if isinstance(one, str) and isinstance(other, str):
        return Truth.YES if one == other else Truth.NO
    return Truth.MAYBE


def secrets(value: object, hidden: bool = False) -> Iterator[AddressSet]:
    """The blocks of addresses that are written as sensitive, anywhere in some attributes."""
    if isinstance(value, Sensitive):
        yield from secrets(value.value, True)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets(item, hidden)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets(item, hidden)
    elif hidden and isinstance(value, str) and (found := cidr(value)) is not None:
        yield found


def cidr(text: str) -> AddressSet | None:
    """The addresses of a CIDR block, or None where the text is none."""
    try:
        return AddressSet.parse(text)
    except ValueError:
        return None


def widened(code: str, message: str, origin: Origin, *touches: str) -> Diagnostic:
    """A diagnostic about something that made the answer wider than the truth."""
    return Diagnostic(code, message, Severity.WARNING, origin, Effect.OVER_APPROXIMATED, tuple(touches))


@dataclass(frozen=True, slots=True)
class Fields:
    """The attributes of one resource, or of one block in it, and where the diagnostics about them go."""

    resource: Resource
    notes: list[Diagnostic] = field(repr=False)
    values: Mapping[str, Value] = field(default_factory=dict)
    path: Path = ()

    @classmethod
    def of(cls, resource: Resource, notes: list[Diagnostic]) -> Fields:
        """All attributes of a resource."""
        return cls(resource, notes, resource.attributes)

    @property
    def origin(self) -> Origin:
        """Where this resource or block was written."""
        return self.resource.place(*self.path)

    def raw(self, name: str) -> Value:
        """The attribute as it is; None where it is absent, null or empty text."""
        return plain(self.values.get(name))

    def leaf(self, name: str) -> Leaf | None:
        """Text, a reference or an unknown."""
        value = self.raw(name)
        return None if value is None else self._leaf(name, value)

    def text(self, name: str) -> str | Unknown | None:
        """Text; a reference is an unknown here."""
        value = self.leaf(name)
        return doubt(value, self.origin) if isinstance(value, Ref) else value

    def number(self, name: str) -> int | Unknown | None:
        """A whole number, also one written as text."""
        value = self.raw(name)
        if value is None or isinstance(value, Unknown | Ref):
            return doubt(value, self.origin)
        number = _whole(value)
        return self._wrong(name, value, "a whole number") if number is None else number

    def flag(self, name: str) -> bool | Unknown | None:
        """A truth value, also one written as text."""
        value = self.raw(name)
        if value is None or isinstance(value, Unknown | Ref):
            return doubt(value, self.origin)
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        return self._wrong(name, value, "true or false")

    def leaves(self, name: str) -> tuple[Leaf, ...] | None:
        """A list of texts, references and unknowns; a list that is unknown as a whole is one `many`."""
        value = self.raw(name)
        if value is None:
            return None
        return tuple(self._leaf(name, item) for item in self._items(name, value) if plain(item) is not None)

    def blocks(self, name: str) -> tuple[Fields | Unknown, ...]:
        """Repeated blocks, in order; an unknown one stands for any."""
        value = self.raw(name)
        if value is None:
            return ()
        items = [value] if isinstance(value, Mapping) else self._items(name, value)
        return tuple(self._blocks(name, items))

    def block(self, name: str) -> Fields | Unknown | None:
        """A block that may stand at most once; the first where there are several."""
        return next(iter(self.blocks(name)), None)

    def _blocks(self, name: str, items: Sequence[Value]) -> Iterator[Fields | Unknown]:
        for index, item in enumerate(plain(item) for item in items):
            if isinstance(item, Mapping):
                yield Fields(self.resource, self.notes, item, (*self.path, name, index))
            elif item is not None:
                found = doubt(item, self.resource.place(*self.path, name, index))
                yield found if found else self._wrong(name, item, "a block")

    def _items(self, name: str, value: Value) -> Sequence[Value]:
        if isinstance(value, list | tuple):
            return value
        if isinstance(value, Unknown | Ref):
            found = doubt(value, self.resource.place(*self.path, name))
            return [replace(found, many=True)] if found else []
        return [replace(self._wrong(name, value, "a list"), many=True)]

    def _leaf(self, name: str, value: Value) -> Leaf:
        value = plain(value)
        if isinstance(value, Unknown):
            return value if value.origin else replace(value, origin=self.resource.place(*self.path, name))
        if isinstance(value, str | Ref):
            return value
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return str(value)
        return self._wrong(name, value, "text")

    def _wrong(self, name: str, value: Value, expected: str) -> Unknown:
        where = self.resource.place(*self.path, name)
        what = f"{self.resource.address}: '{name}' must be {expected}, not {type(value).__name__}"
        self.notes.append(widened("AWS_BAD_VALUE", what, where))
        return Unknown(f"{self.resource.address}.{name} (not {expected})", where)


def _whole(value: Value) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.lstrip("-").isdecimal() and text.isascii() and len(text) < 12 else None
    if not isinstance(value, int | Decimal | float):
        return None
    try:
        return int(value) if int(value) == value else None
    except (OverflowError, ValueError):
        return None  # not a number, or infinite
