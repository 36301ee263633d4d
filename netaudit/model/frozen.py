"""Values of which a reading makes very many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform, overload

_T = TypeVar("_T")


@overload
def frozen(cls: type[_T], /) -> type[_T]: ...


@overload
def frozen(*, order: bool = False) -> Callable[[type[_T]], type[_T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_T] | None = None, /, *, order: bool = False) -> type[_T] | Callable[[type[_T]], type[_T]]:
    """A data class that the type checker holds frozen.

    The interpreter does not: it would take three times as long to make one, and a kilobyte of text has a hundred.
    """
    make = dataclass(slots=True, unsafe_hash=True, order=order)
    return make if cls is None else make(cls)
