"""What an expression can see: names, iterators, files, and how much work is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from netaudit.model.frozen import frozen
from netaudit.sources.terraform.budget import Budget
from netaudit.sources.terraform.syntax import Expression
from netaudit.sources.terraform.types import ANY, Type
from netaudit.sources.terraform.values import EvaluationError, Value


class Names(Protocol):
    """Where the first name of a traversal is looked up: `var`, `local`, `aws_vpc`, `path` …"""

    def lookup(self, name: str) -> Value:
        """The value or namespace of that name. Raises `EvaluationError`."""
        ...

    def type_of_variable(self, name: str) -> Type:
        """The type that a variable is declared with."""
        ...

    def expression_of_local(self, name: str) -> Expression | None:
        """What a local is written as."""
        ...


class NoNames:
    """A scope without any names, as for values in a tfvars file."""

    def lookup(self, name: str) -> Value:
        """Always a mistake."""
        raise EvaluationError(f'names are not allowed here ("{name}")')

    def type_of_variable(self, _: str) -> Type:
        """There are no variables."""
        return ANY

    def expression_of_local(self, _: str) -> Expression | None:
        """There are no locals."""
        return None


@dataclass(frozen=True, slots=True)
class Files:
    """What `file` and its kin may read: below `allowed`, relative to `module`."""

    working: Path
    allowed: tuple[Path, ...]


@frozen
class Scope:
    """Names, the iterators of the enclosing `for`, `each` and `dynamic`, and the budget."""

    names: Names = field(default_factory=NoNames)
    iterators: Mapping[str, Value] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    files: Files | None = None
    element: Value = None

    def lookup(self, name: str) -> Value:
        """An iterator, or else a name of the module."""
        return self.iterators[name] if name in self.iterators else self.names.lookup(name)

    def type_of_variable(self, name: str) -> Type:
        """The type that `var.…` is declared with; `any` where `var` is the name of an iterator."""
        return ANY if "var" in self.iterators else self.names.type_of_variable(name)

    def expression_of_local(self, name: str) -> Expression | None:
        """What `local.…` is written as; nothing where `local` is the name of an iterator."""
        return None if "local" in self.iterators else self.names.expression_of_local(name)

    def with_iterators(self, more: Mapping[str, Value]) -> Scope:
        """The scope inside a `for`, a block with `for_each`, a `dynamic` block."""
        return Scope(self.names, {**self.iterators, **more}, self.budget, self.files, self.element)
