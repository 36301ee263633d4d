"""The long way of the fast front end: from text to the syntax tree with tree-sitter, which only this file knows.

Its grammar is tolerant. What it marks as broken raises `DoubtError`, for it may be a gap of the grammar. What it
takes for HCL though it is none (two arguments on one line, an expression that goes on after a line's end) is
found here and raises `HclSyntaxError`, so that nothing is accepted in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, takewhile

import tree_sitter_hcl
from tree_sitter import Language, Node, Parser, TreeCursor

from netaudit.sources.terraform import template
from netaudit.sources.terraform.lexical import HclSyntaxError, number, unescape
from netaudit.sources.terraform.strings import heredoc, quoted
from netaudit.sources.terraform.syntax import (
    Attr,
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Element,
    Expression,
    ForObject,
    ForTuple,
    Index,
    Literal,
    Name,
    ObjectOf,
    Span,
    Splat,
    TupleOf,
    Unary,
)

_LANGUAGE = Language(tree_sitter_hcl.language())
_COMMENT = _LANGUAGE.id_for_node_kind("comment", True)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
# Nodes that begin and end with a bracket or quote of their own: lines may end inside.
_ENCLOSED = frozenset({"collection_value", "for_expr", "template_expr", "literal_value", "new_index", "[*]"})
_ESCAPED = re.compile(r"(\$\$\{|%%\{)")
_MARKS = re.compile(rb"\$+(?=\$\$\{)|%+(?=%%\{)")
_EXPONENT = re.compile(rb"(?<![\w.])(\d+)([eE][-+]?)(\d+)")
_IDENTIFIER = re.compile(r"[^\W\d][\w-]*\Z")
_DIRECTIVES = {"template_if_intro": "if", "template_else_intro": "else", "template_if_end": "endif"}
_DIRECTIVES |= {"template_for_start": "for", "template_for_end": "endfor"}
_CONSTANTS = {"true": True, "false": False, "null": None}


class DoubtError(Exception):
    """A text that is not HCL, or that this front end does not read; `line` is where the doubt begins."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def parse_body(text: str, parse_expression: template.ParseExpression, offset: int = 0) -> Body:
    """The body of a text; `parse_expression` reads those within heredocs. Raises `DoubtError` and
    `HclSyntaxError`.
    """
    data = text.encode()
    tree = Parser(_LANGUAGE).parse(_MARKS.sub(_plainer_marks, data) if b"$$$" in data or b"%%%" in data else data)
    if tree.root_node.has_error and _EXPONENT.search(data):
        tree = Parser(_LANGUAGE).parse(_EXPONENT.sub(_plainer_number, data))
    if tree.root_node.has_error:
        raise DoubtError(_first_error(tree.walk()) + 1 + offset)
    bodies = [c for c in tree.root_node.children if c.type == "body"]
    return _Lowering(data, parse_expression, offset).body(bodies[0] if bodies else None)


def _plainer_marks(found: re.Match[bytes]) -> bytes:
    """`$$$${` is two marks and an escape, which the parser reads only after something else."""
    return b"-" * len(found.group())


def _plainer_number(found: re.Match[bytes]) -> bytes:
    """`1e3`, which the parser does not know, as a number of the same length; its text is read from the source."""
    return found[1] + b"0" * len(found[2]) + found[3]


def _first_error(cursor: TreeCursor) -> int:
    """The row of the first mark of the parser; a cursor, since a broken node may have a million children."""
    while not cursor.node.is_error and cursor.goto_first_child():  # type: ignore[union-attr]  # it is on a node
        while not (cursor.node.has_error or cursor.node.is_missing) and cursor.goto_next_sibling():  # type: ignore[union-attr]
            pass
    return int(cursor.node.start_point.row)  # type: ignore[union-attr]


def _parts(node: Node) -> list[Node]:
    children = node.children
    return children if len(children) == 1 else [c for c in children if c.kind_id != _COMMENT]


class _Lowering:
    """Turns one tree into our nodes; `offset` is added to its line numbers."""

    def __init__(self, data: bytes, parse_expression: template.ParseExpression, offset: int) -> None:
        self.data = data
        self.parse_expression = parse_expression
        self.first = offset + 1
        self.lines = None if data.isascii() else data.split(b"\n")

    def text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode()

    def span(self, first: Node, last: Node | None = None) -> Span:
        row, column = first.start_point
        end_row, end_column = (last or first).end_point
        if self.lines is None:
            return Span(row + self.first, column + 1, end_row + self.first, end_column + 1)
        return Span(row + self.first, self.column(row, column), end_row + self.first, self.column(end_row, end_column))

    def column(self, row: int, column: int) -> int:
        """The parser counts bytes, we count characters."""
        return column + 1 if self.lines is None else len(self.lines[row][:column].decode(errors="replace")) + 1

    def doubt(self, node: Node) -> DoubtError:
        return DoubtError(node.start_point.row + self.first)

    def mistake(self, message: str, node: Node) -> HclSyntaxError:
        return HclSyntaxError(message, node.start_point.row + self.first)

    # --- structure -------------------------------------------------------------------------------

    def body(self, node: Node | None) -> Body:
        items = _parts(node) if node is not None else []
        for before, after in pairwise(items):
            if after.start_point.row <= before.end_point.row:
                raise self.mistake("two arguments or blocks on one line", after)
        attributes: dict[str, Attribute] = {}
        duplicates: list[Attribute] = []
        for attribute in (self.attribute(i) for i in items if i.type == "attribute"):
            if attribute.name in attributes:
                duplicates.append(attribute)
            else:
                attributes[attribute.name] = attribute
        blocks = tuple(self.block(i) for i in items if i.type == "block")
        return Body(attributes, blocks, tuple(duplicates))

    def attribute(self, node: Node) -> Attribute:
        span = self.span(node)
        parts = node.children
        if span.line != span.end_line:
            parts = _parts(node)
            self.on_one_line(parts)
        return Attribute(self.identifier(parts[0]), self.expression(parts[-1]), span)

    def block(self, node: Node) -> Block:
        heads = [c for c in _parts(node) if c.type in ("identifier", "string_lit")]
        start, end = (next(c for c in node.children if c.type == t) for t in ("block_start", "block_end"))
        self.on_one_line([*heads, start])
        inner = next((c for c in node.children if c.type == "body"), None)
        if inner is not None:
            self.require_lines(_parts(inner), start, end)
        labels = tuple(self.label(h) for h in heads[1:])
        return Block(self.identifier(heads[0]), labels, self.body(inner), self.span(node))

    def require_lines(self, items: Sequence[Node], start: Node, end: Node) -> None:
        """A block is written over several lines, or on one with no more than one argument in it."""
        is_one_line = start.start_point.row == end.start_point.row
        if is_one_line:
            if len(items) > 1 or any(i.type == "block" for i in items):
                raise self.mistake("a block on one line holds more than one argument", start)
        elif items and (
            items[0].start_point.row == start.start_point.row or items[-1].end_point.row == end.start_point.row
        ):
            raise self.mistake("an argument on the line of a block's brace", items[0])

    def label(self, node: Node) -> str:
        return self.text(node) if node.type == "identifier" else self.plain(node)

    def plain(self, node: Node) -> str:
        parts = self.flat(_parts(node))
        return "".join(p.text for p in parts if isinstance(p, template.Text))

    def identifier(self, node: Node) -> str:
        text = self.text(node)
        if not _IDENTIFIER.match(text):
            raise self.doubt(node)
        return text

    def on_one_line(self, nodes: Sequence[Node]) -> None:
        """A line's end ends what is not within brackets."""
        depth = 0
        for before, after in pairwise(nodes):
            depth += (before.type in _OPENING) - (after.type in _CLOSING)
            if depth == 0 and after.type not in _CLOSING and after.start_point.row != before.end_point.row:
                raise self.mistake("a line ends in the middle of something", after)
        for node in _outside_brackets(nodes):
            if node.start_point.row != node.end_point.row and node.type not in _ENCLOSED:
                self.on_one_line(_parts(node))

    # --- expressions -----------------------------------------------------------------------------

    def expression(self, node: Node) -> Expression:
        return self.compound(_parts(node))

    def compound(self, parts: Sequence[Node]) -> Expression:
        """A base and what follows it: `.name`, `[key]`, splats."""
        base, rest = parts[0], list(parts[1:])
        if base.type == "(":
            result, rest = self.expression(parts[1]), list(parts[3:])
        else:
            result = _RULES[base.type](self, base)
        return self.traversal(result, rest, base)

    def traversal(self, target: Expression, steps: Sequence[Node], base: Node) -> Expression:
        for position, step in enumerate(steps):
            span = self.span(base, step)
            if step.type == "splat":
                return self.splat(target, step.children[0], steps[position + 1 :], span)
            target = self.step(target, step, span)
        return target

    def step(self, target: Expression, node: Node, span: Span) -> Expression:
        if node.type == "get_attr":
            return Attr(target, self.identifier(node.children[-1]), span)
        if node.type == "index":
            return self.index(target, node.children[0], span)
        raise self.doubt(node)

    def index(self, target: Expression, node: Node, span: Span) -> Expression:
        if node.type == "legacy_index":
            return Index(target, Literal(int(self.text(node).removeprefix("."))), span)
        return Index(target, self.expression(_parts(node)[1]), span)

    def splat(self, target: Expression, node: Node, after: Sequence[Node], span: Span) -> Expression:
        """`[*]` binds all that follows, further splats too; `.*` binds attribute names only, and what comes after
        them belongs to the result (TF-18).
        """
        steps = [*_parts(node)[1:], *after]
        names = takewhile(lambda s: s.type == "get_attr", steps)
        bound = len(steps) if node.type == "full_splat" else sum(1 for _ in names)
        each = self.traversal(Element(), steps[:bound], node)
        return self.traversal(Splat(target, each, span), steps[bound:], node)

    def only(self, node: Node) -> Expression:
        inner = _parts(node)[0]
        return _RULES[inner.type](self, inner)

    def name(self, node: Node) -> Expression:
        return Name(self.identifier(node.children[0]), self.span(node))

    def literal(self, node: Node) -> Expression:
        inner = node.children[0]
        if inner.type == "string_lit":
            return Literal(self.plain(inner), self.span(node))
        text = self.text(inner)
        if inner.type != "numeric_lit":
            return Literal(_CONSTANTS[text], self.span(node))
        if not text.replace(".", "").isdigit() and not re.fullmatch(r"\d+(\.\d+)?[eE][-+]?\d{1,9}", text):
            raise self.doubt(node)
        return Literal(number(text, whole=text.isdigit()), self.span(node))

    def operation(self, node: Node) -> Expression:
        inner = node.children[0]
        if inner.type == "unary_operation":
            return self.unary(inner)
        # a chain `a + b + c` leans to the left: walked in a loop, since it may be long
        chain: list[tuple[str, Sequence[Node], Node]] = []
        while True:
            left, operator, following = self.operands(inner)
            chain.append((operator, following, inner))
            if left[0].type != "operation" or len(left) > 1 or left[0].children[0].type != "binary_operation":
                break
            inner = left[0].children[0]
        result = self.compound(left)
        for operator, right, whole in reversed(chain):
            result = Binary(operator, result, self.compound(right), self.span(whole))
        return result

    def operands(self, node: Node) -> tuple[list[Node], str, list[Node]]:
        parts = _parts(node)
        depth = 0
        for position, part in enumerate(parts):
            depth += (part.type == "(") - (part.type == ")")
            if depth == 0 and position and not part.is_named and part.type != ")":
                return parts[:position], part.type, parts[position + 1 :]
        raise self.doubt(node)

    def unary(self, node: Node) -> Expression:
        operator, *rest = _parts(node)
        operand = self.compound(rest)
        if operator.type == "-" and isinstance(operand, Literal) and _is_number(operand.value):
            return Literal(-operand.value, self.span(node))  # type: ignore[operator]  # a number
        return Unary(operator.type, operand, self.span(node))

    def conditional(self, node: Node) -> Expression:
        # the grammar leans `a ? b : c ? d : e` to the left, the language to the right
        branches: list[tuple[Node, Node]] = []
        inner = node
        while True:
            condition, then, otherwise = (c for c in inner.children if c.type == "expression")
            branches.append((then, otherwise))
            if condition.children[0].type != "conditional":
                break
            inner = condition.children[0]
        then, otherwise = branches[0]
        result = self.expression(otherwise)
        for (then, _), (_, before) in pairwise([*branches, (condition, condition)]):
            result = Conditional(self.expression(before), self.expression(then), result, self.span(before, node))
        return result

    def call(self, node: Node) -> Expression:
        parts = _parts(node)
        arguments = next((_parts(c) for c in parts if c.type == "function_arguments"), [])
        values = tuple(self.expression(c) for c in arguments if c.type == "expression")
        expand = any(c.type == "ellipsis" for c in arguments)
        return Call(self.text(parts[0]), values, expand, self.span(node))

    def tuple_of(self, node: Node) -> Expression:
        return TupleOf(tuple(self.expression(c) for c in node.children if c.type == "expression"), self.span(node))

    def object_of(self, node: Node) -> Expression:
        parts = [c for c in _parts(node) if c.type in ("object_elem", ",")]
        for before, after in pairwise(parts):
            if before.type == after.type == "object_elem" and after.start_point.row <= before.end_point.row:
                raise self.mistake("two elements of an object without a comma", after)
        return ObjectOf(tuple(self.element(p) for p in parts if p.type == "object_elem"), self.span(node))

    def element(self, node: Node) -> tuple[Expression, Expression]:
        parts = _parts(node)
        if node.start_point.row != node.end_point.row:
            self.on_one_line(parts)
        return self.key(parts[0]), self.expression(parts[-1])

    def key(self, node: Node) -> Expression:
        """A bare word as key is a text."""
        parts = _parts(node)
        bare = len(parts) == 1 and parts[0].type in ("variable_expr", "literal_value")
        if bare and self.text(node)[0] not in '"0123456789':
            return Literal(self.text(node), self.span(node))
        return self.expression(node)

    # --- for -------------------------------------------------------------------------------------

    def for_tuple(self, node: Node) -> Expression:
        parts = _parts(node)
        key, value, collection = self.for_intro(next(c for c in parts if c.type == "for_intro"))
        (result,) = [c for c in parts if c.type == "expression"]
        if any(c.type == "ellipsis" for c in parts):
            raise self.doubt(node)
        return ForTuple(key, value, collection, self.expression(result), self.for_condition(parts), self.span(node))

    def for_object(self, node: Node) -> Expression:
        parts = _parts(node)
        key, value, collection = self.for_intro(next(c for c in parts if c.type == "for_intro"))
        name, result = [self.expression(c) for c in parts if c.type == "expression"]
        group = any(c.type == "ellipsis" for c in parts)
        return ForObject(key, value, collection, name, result, group, self.for_condition(parts), self.span(node))

    def for_intro(self, node: Node) -> tuple[str | None, str, Expression]:
        names = [self.identifier(c) for c in node.children if c.type == "identifier"]
        collection = next(c for c in node.children if c.type == "expression")
        return (names[0] if len(names) == 2 else None), names[-1], self.expression(collection)

    def for_condition(self, parts: Sequence[Node]) -> Expression | None:
        found = next((c for c in parts if c.type == "for_cond"), None)
        return self.expression(_parts(found)[-1]) if found is not None else None

    # --- strings ---------------------------------------------------------------------------------

    def string(self, node: Node) -> Expression:
        inner = node.children[0]
        if inner.type == "heredoc_template":
            return heredoc(self.text(inner) + "\n", self.span(inner), self.parse_expression)
        return quoted(self.flat(_parts(inner)), self.span(node))

    def flat(self, parts: Sequence[Node]) -> list[template.FlatPart]:
        """What stands between the quotes: the parser skips blanks, so that texts are cut from the source."""
        found: list[template.FlatPart] = []
        position = parts[0].end_byte
        for insert in _inserts(parts[1:-1]):
            found += self.texts(position, insert)
            found.append(self.insert(insert))
            position = insert.end_byte
        return [*found, *self.texts(position, parts[-1])]

    def texts(self, start: int, following: Node) -> list[template.FlatPart]:
        raw = self.data[start : following.start_byte].decode()
        if "\n" in raw:
            line = following.start_point.row + self.first - raw.count("\n")
            raise HclSyntaxError("a quoted text goes over a line's end", line)
        pieces = (p for p in _ESCAPED.split(raw) if p)
        return [template.Text(p[1:] if _ESCAPED.fullmatch(p) else unescape(p)) for p in pieces]

    def insert(self, node: Node) -> template.Insert:
        parts = _parts(node)
        kind = _DIRECTIVES.get(node.type, "value")
        names = [self.identifier(c) for c in parts if c.type == "identifier"]
        expression = next((self.expression(c) for c in parts if c.type == "expression"), template.NOTHING)
        if kind == "value" and expression is template.NOTHING:
            raise self.doubt(node)
        return template.Insert(
            kind,
            expression,
            names[0] if len(names) == 2 else None,
            names[-1] if names else "",
            parts[1].type == "strip_marker",
            parts[-2].type == "strip_marker" and len(parts) > 3,
        )


def _outside_brackets(nodes: Sequence[Node]) -> list[Node]:
    found, depth = [], 0
    for node in nodes:
        depth -= node.type in _CLOSING
        if depth == 0 and node.is_named:
            found.append(node)
        depth += node.type in _OPENING
    return found


def _inserts(parts: Sequence[Node]) -> list[Node]:
    """Interpolations and the marks of directives, in the order of the text."""
    found: list[Node] = []
    for part in parts:
        if part.type == "template_interpolation" or part.type in _DIRECTIVES:
            found.append(part)
        elif part.type in ("template_directive", "template_if", "template_for"):
            found += _inserts(_parts(part))
    return found


def _is_number(value: object) -> bool:
    return value is not None and not isinstance(value, bool | str)


_RULES = {
    "expression": _Lowering.expression,
    "literal_value": _Lowering.literal,
    "template_expr": _Lowering.string,
    "collection_value": _Lowering.only,
    "for_expr": _Lowering.only,
    "tuple": _Lowering.tuple_of,
    "object": _Lowering.object_of,
    "for_tuple_expr": _Lowering.for_tuple,
    "for_object_expr": _Lowering.for_object,
    "variable_expr": _Lowering.name,
    "function_call": _Lowering.call,
    "operation": _Lowering.operation,
    "conditional": _Lowering.conditional,
}
