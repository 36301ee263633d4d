"""Reading an object's fields: each value knows its path, so that a complaint can name the field and its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netaudit.model import Diagnostic, Effect, Origin, Path, Resource, Severity, Value

_NO_MAPPING = "must be a mapping"
_made = tuple.__new__  # what `Field(…)` comes to; fields are made by the hundred for each object


class MalformedError(ValueError):
    """A field is not what the API allows."""

    def __init__(self, field: Field, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message

    def diagnostic(self, code: str, *touches: str) -> Diagnostic:
        """The complaint as a diagnostic: the object could not be read as what it means to be."""
        text = f"{self.field.resource.address}: {self.field.name} {self.message}"
        return Diagnostic(code, text, Severity.ERROR, self.field.origin, Effect.UNREADABLE, touches)


class Field(NamedTuple):
    """A value inside an object; None where the field is absent or null."""

    resource: Resource
    path: Path
    value: Value

    @classmethod
    def root(cls, resource: Resource) -> Field:
        """The object itself."""
        return cls(resource, (), resource.attributes)

    @property
    def origin(self) -> Origin:
        """Where it was written."""
        return self.resource.place(*self.path)

    @property
    def name(self) -> str:
        """Its path as people write it: `spec.ingress[0].from`."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return text.removeprefix(".") or "the object"

    def __bool__(self) -> bool:
        return self.value is not None

    def get(self, *keys: str) -> Field:
        """The field below, through mappings. Raises MalformedError where something else is in the way."""
        resource, path, value = self
        for key in keys:
            if value is None:
                break
            if not isinstance(value, dict):
                raise MalformedError(self._in_the_way(keys), _NO_MAPPING)
            value = value.get(key)
        return _made(Field, (resource, path + keys, value))

    def _in_the_way(self, keys: tuple[str, ...]) -> Field:
        """The first field on the way that is no mapping."""
        here = self
        for key in keys:
            if not isinstance(here.value, dict):
                break
            here = here.get(key)
        return here

    def mapping(self) -> dict[str, Value]:
        """Its mapping, empty when absent. Raises MalformedError."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise MalformedError(self, _NO_MAPPING)
        return self.value

    def items(self) -> list[Field]:
        """Its items, none when absent. Raises MalformedError."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise MalformedError(self, "must be a list")
        resource, path, value = self
        return [_made(Field, (resource, (*path, index), item)) for index, item in enumerate(value)]

    def entries(self) -> Iterator[tuple[str, Field]]:
        """Its keys and the fields below them. Raises MalformedError."""
        for key in self.mapping():
            yield key, self.get(key)

    def text(self) -> str:
        """Its text. Raises MalformedError when it is absent or something else."""
        if not isinstance(self.value, str):
            raise MalformedError(self, "must be text")
        return self.value

    def optional_text(self, default: str) -> str:
        """Its text, or the default when absent. Raises MalformedError."""
        return default if self.value is None else self.text()

    def flag(self) -> bool:
        """Its truth, false when absent. Raises MalformedError."""
        if self.value is not None and not isinstance(self.value, bool):
            raise MalformedError(self, "must be true or false")
        return bool(self.value)

    def whole(self, low: int, high: int) -> int:
        """Its number, within bounds. Raises MalformedError."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise MalformedError(self, "must be a whole number")
        if not low <= self.value <= high:
            raise MalformedError(self, f"must be {low} to {high}, not {self.value}")
        return self.value

    def only(self, *keys: str) -> None:
        """Check that no other field is set. Raises MalformedError: a field misspelt would mean something else."""
        for key in self.mapping():
            if key not in keys:
                raise MalformedError(self.get(key), f"is not a field here; expected {', '.join(keys)}")
