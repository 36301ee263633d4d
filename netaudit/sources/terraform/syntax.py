"""The syntax tree of the Terraform language: our own frozen nodes, each with the span where it stands.

A body is a list of attributes and blocks; an expression is one of the `Expression` nodes. Spans carry no
file name, so that one tree serves every copy of the same text; the file belongs to whoever holds the body.
"""

from __future__ import annotations

from decimal import Decimal

from netaudit.model.frozen import frozen


@frozen
class Span:
    """First and last position, lines and columns counted from 1."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


NOWHERE = Span()


@frozen
class Literal:
    """A constant: null, a bool, a number or a text without interpolation."""

    value: bool | int | Decimal | str | None
    span: Span = NOWHERE


@frozen
class TemplateIf:
    """`%{ if c }…%{ else }…%{ endif }`."""

    condition: Expression
    then: tuple[TemplatePart, ...]
    otherwise: tuple[TemplatePart, ...]


@frozen
class TemplateFor:
    """`%{ for k, v in c }…%{ endfor }`."""

    key: str | None
    value: str
    collection: Expression
    body: tuple[TemplatePart, ...]


@frozen
class Template:
    """Text with interpolations and directives; its value is always a string."""

    parts: tuple[TemplatePart, ...]
    span: Span = NOWHERE


@frozen
class Name:
    """The first name of a traversal: `var`, `local`, a resource type, an iterator."""

    name: str
    span: Span = NOWHERE


@frozen
class Attr:
    """`target.name`."""

    target: Expression
    name: str
    span: Span = NOWHERE


@frozen
class Index:
    """`target[key]`, also the legacy `target.0`."""

    target: Expression
    key: Expression
    span: Span = NOWHERE


@frozen
class Element:
    """Stands for the current element inside the `each` of a splat."""


@frozen
class Splat:
    """`target[*].a[0]` and `target.*.a`: `each` is evaluated for every element (TF-18)."""

    target: Expression
    each: Expression
    span: Span = NOWHERE


@frozen
class Call:
    """`name(arguments…)`; with `expand`, the last argument is a list of arguments."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool = False
    span: Span = NOWHERE


@frozen
class Unary:
    """`-x` or `!x`."""

    operator: str
    operand: Expression
    span: Span = NOWHERE


@frozen
class Binary:
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = NOWHERE


@frozen
class Conditional:
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span = NOWHERE


@frozen
class TupleOf:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    span: Span = NOWHERE


@frozen
class ObjectOf:
    """`{ key = value }`; a bare name as key is a literal."""

    items: tuple[tuple[Expression, Expression], ...]
    span: Span = NOWHERE


@frozen
class ForTuple:
    """`[for k, v in collection : result if condition]`."""

    key: str | None
    value: str
    collection: Expression
    result: Expression
    condition: Expression | None
    span: Span = NOWHERE


@frozen
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


@frozen
class Attribute:
    """`name = expression`; `file` is set only where it is not the file of the enclosing block."""

    name: str
    expression: Expression
    span: Span = NOWHERE
    file: str = ""


@frozen
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


@frozen
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
