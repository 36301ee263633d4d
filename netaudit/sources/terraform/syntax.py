"""The syntax tree of the Terraform language: our own frozen nodes, each with the span where it stands.

A body is a list of attributes and blocks; an expression is one of the `Expression` nodes. Spans carry no
file name, so that one tree serves every copy of the same text; the file belongs to whoever holds the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True)
def node(cls: type[_T]) -> type[_T]:
    """A data class that the type checker holds frozen.

    The interpreter does not: it would take three times as long to make one, and a kilobyte of text has a hundred.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


@node
class Span:
    """First and last position, lines and columns counted from 1."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


NOWHERE = Span()


@node
class Literal:
    """A constant: null, a bool, a number or a text without interpolation."""

    value: bool | int | Decimal | str | None
    span: Span = NOWHERE


@node
class TemplateIf:
    """`%{ if c }…%{ else }…%{ endif }`."""

    condition: Expression
    then: tuple[TemplatePart, ...]
    otherwise: tuple[TemplatePart, ...]


@node
class TemplateFor:
    """`%{ for k, v in c }…%{ endfor }`."""

    key: str | None
    value: str
    collection: Expression
    body: tuple[TemplatePart, ...]


@node
class Template:
    """Text with interpolations and directives; its value is always a string."""

    parts: tuple[TemplatePart, ...]
    span: Span = NOWHERE


@node
class Name:
    """The first name of a traversal: `var`, `local`, a resource type, an iterator."""

    name: str
    span: Span = NOWHERE


@node
class Attr:
    """`target.name`."""

    target: Expression
    name: str
    span: Span = NOWHERE


@node
class Index:
    """`target[key]`, also the legacy `target.0`."""

    target: Expression
    key: Expression
    span: Span = NOWHERE


@node
class Element:
    """Stands for the current element inside the `each` of a splat."""


@node
class Splat:
    """`target[*].a[0]` and `target.*.a`: `each` is evaluated for every element (TF-18)."""

    target: Expression
    each: Expression
    span: Span = NOWHERE


@node
class Call:
    """`name(arguments…)`; with `expand`, the last argument is a list of arguments."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool = False
    span: Span = NOWHERE


@node
class Unary:
    """`-x` or `!x`."""

    operator: str
    operand: Expression
    span: Span = NOWHERE


@node
class Binary:
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = NOWHERE


@node
class Conditional:
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span = NOWHERE


@node
class TupleOf:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    span: Span = NOWHERE


@node
class ObjectOf:
    """`{ key = value }`; a bare name as key is a literal."""

    items: tuple[tuple[Expression, Expression], ...]
    span: Span = NOWHERE


@node
class ForTuple:
    """`[for k, v in collection : result if condition]`."""

    key: str | None
    value: str
    collection: Expression
    result: Expression
    condition: Expression | None
    span: Span = NOWHERE


@node
class ForObject:
    """`{for k, v in collection : name => result if condition}`; with `group`, results are collected."""

    key: str | None
    value: str
    collection: Expression
    name: Expression
    result: Expression
    group: bool
    condition: Expression | None
    span: Span = NOWHERE


Expression = (
    Literal
    | Template
    | Name
    | Attr
    | Index
    | Element
    | Splat
    | Call
    | Unary
    | Binary
    | Conditional
    | TupleOf
    | ObjectOf
    | ForTuple
    | ForObject
)
TemplatePart = Expression | TemplateIf | TemplateFor


@node
class Attribute:
    """`name = expression`; `file` is set only where it is not the file of the enclosing block."""

    name: str
    expression: Expression
    span: Span = NOWHERE
    file: str = ""


@node
class Block:
    """`type "label" { body }`; `file` as in `Attribute`."""

    type: str
    labels: tuple[str, ...]
    body: Body
    span: Span = NOWHERE
    file: str = ""

    @property
    def makes(self) -> str:
        """The type of the blocks that it stands for: its own, or what a `dynamic` one makes."""
        return self.labels[0] if self.type == "dynamic" and self.labels else self.type


@node
class Body:
    """The attributes by name and the blocks in the order of the text."""

    attributes: dict[str, Attribute]
    blocks: tuple[Block, ...]
    duplicates: tuple[Attribute, ...] = ()

    def expression(self, name: str) -> Expression | None:
        """The expression of an attribute, if it is written."""
        found = self.attributes.get(name)
        return found.expression if found else None

    def of_type(self, block_type: str) -> tuple[Block, ...]:
        """The blocks of one type."""
        return tuple(b for b in self.blocks if b.type == block_type)


EMPTY_BODY = Body({}, ())
