"""The reference front end: from text to the syntax tree with python-hcl2, which only this file knows.

The parser's raw tree is used (its tokens carry positions, which its rule objects do not) and is lowered at
once. Heredocs arrive as one token and string escapes untouched: both are completed here (TF-13 … TF-18).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Any

import hcl2
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from netaudit.sources.terraform import template
from netaudit.sources.terraform.lexical import HclSyntaxError, number, unescape
from netaudit.sources.terraform.strings import heredoc, quoted
from netaudit.sources.terraform.syntax import (
    NOWHERE,
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

Node = Any  # a lark Tree or Token: the library is untyped in what its trees hold
ParseExpression = template.ParseExpression


def parse_body(text: str, parse_expression: ParseExpression, offset: int = 0) -> Body:
    """The body of a text; `parse_expression` reads those within heredocs. Raises `HclSyntaxError`."""
    try:
        return _Lowering(offset, parse_expression).body(_parse(text, offset).children[0])
    except RecursionError as error:
        raise HclSyntaxError("nested too deeply") from error


def _parse(text: str, offset: int) -> Node:
    try:
        return hcl2.parses_to_tree(text)
    except UnexpectedInput as error:
        line = max(int(getattr(error, "line", 0) or 0), 0)
        raise HclSyntaxError(_describe(error), line + offset if line else 0) from error


def _describe(error: UnexpectedInput) -> str:
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        return "the file ends in the middle of something"
    found = str(token) if token is not None else str(getattr(error, "char", ""))
    return f"not valid HCL at {found.strip()[:40]!r}" if found.strip() else "not valid HCL at a line's end"


_SPLATS = frozenset({"attr_splat", "full_splat"})
_SPLAT_TERMS = frozenset({"attr_splat_expr_term", "full_splat_expr_term"})


class _Lowering:
    """Turns one raw tree into our nodes; `offset` is added to its line numbers."""

    def __init__(self, offset: int, parse_expression: ParseExpression) -> None:
        self.offset = offset
        self.parse_expression = parse_expression
        self.rules: dict[str, Callable[[Node], Expression]] = {
            "expr_term": self.term,
            "conditional": self.conditional,
            "binary_op": self.binary,
            "unary_op": self.unary,
            "int_lit": self.number,
            "float_lit": self.number,
            "string": self.string,
            "template_string": self.template_string,
            "literal_value": self.constant,
            "identifier": self.name,
            "keyword": self.name,
            "tuple": self.tuple_of,
            "object": self.object_of,
            "function_call": self.call,
            "heredoc_template": self.heredoc,
            "heredoc_template_trim": self.heredoc,
            "index_expr_term": self.index,
            "get_attr_expr_term": self.get_attr,
            "attr_splat_expr_term": self.splat,
            "full_splat_expr_term": self.splat,
            "for_tuple_expr": self.for_tuple,
            "for_object_expr": self.for_object,
        }

    def span(self, node: Node) -> Span:
        meta: Any = node if isinstance(node, Token) else node.meta
        line = getattr(meta, "line", None)
        if line is None:
            return NOWHERE
        return Span(line + self.offset, meta.column, (meta.end_line or line) + self.offset, meta.end_column or 0)

    # --- structure -------------------------------------------------------------------------------

    def body(self, node: Node) -> Body:
        attributes: dict[str, Attribute] = {}
        duplicates: list[Attribute] = []
        blocks: list[Block] = []
        for child in _trees(node):
            if child.data == "attribute":
                attribute = self.attribute(child)
                if attribute.name in attributes:
                    duplicates.append(attribute)
                else:
                    attributes[attribute.name] = attribute
            elif child.data == "block":
                blocks.append(self.block(child))
        return Body(attributes, tuple(blocks), tuple(duplicates))

    def attribute(self, node: Node) -> Attribute:
        name, expression = list(_trees(node))
        start = self.span(node)
        last = _last_token(expression)
        # a heredoc's token runs to the start of the next line
        end_line = last.end_line - (1 if last.type.startswith("HEREDOC") else 0) + self.offset
        span = Span(start.line, start.column, end_line, last.end_column)
        return Attribute(_text(name), self.expression(expression), span)

    def block(self, node: Node) -> Block:
        heads = [c for c in _trees(node) if c.data != "body"]
        body = next(c for c in _trees(node) if c.data == "body")
        labels = tuple(self.label(h) for h in heads[1:])
        return Block(_text(heads[0]), labels, self.body(body), self.span(node))

    def label(self, node: Node) -> str:
        if node.data != "string":
            return _text(node)
        return "".join(unescape(_text(c)) for c in _trees(node) if isinstance(c.children[0], Token))

    # --- expressions -----------------------------------------------------------------------------

    def expression(self, node: Node) -> Expression:
        rule = self.rules.get(node.data)
        if rule is None:
            raise HclSyntaxError(f"unexpected {node.data}", self.span(node).line)
        return rule(node)

    def term(self, node: Node) -> Expression:
        return self.expression(next(_trees(node)))

    def conditional(self, node: Node) -> Expression:
        condition, then, otherwise = (self.expression(c) for c in _trees(node))
        return Conditional(condition, then, otherwise, self.span(node))

    def binary(self, node: Node) -> Expression:
        # a chain `a + b + c` leans to the left: walked in a loop, since it may be long
        chain = []
        while node.data == "binary_op":
            left, term = list(_trees(node))[:2]
            chain.append((term, self.span(node)))
            node = left
        result = self.expression(node)
        for term, span in reversed(chain):
            operator, right = list(_trees(term))
            result = Binary(_text(operator).strip(), result, self.expression(right), span)
        return result

    def unary(self, node: Node) -> Expression:
        operand = self.expression(next(_trees(node)))
        operator = str(next(c for c in node.children if isinstance(c, Token)))
        if operator == "-" and isinstance(operand, Literal) and isinstance(operand.value, int | Decimal):
            return Literal(-operand.value, self.span(node))
        return Unary(operator, operand, self.span(node))

    def number(self, node: Node) -> Expression:
        text = _text(node)
        return Literal(number(text, whole=node.data == "int_lit"), self.span(node))

    def constant(self, node: Node) -> Expression:
        return Literal({"true": True, "false": False, "null": None}[_text(node)], self.span(node))

    def name(self, node: Node) -> Expression:
        return Name(_text(node), self.span(node))

    def tuple_of(self, node: Node) -> Expression:
        return TupleOf(tuple(self.expression(c) for c in _trees(node)), self.span(node))

    def object_of(self, node: Node) -> Expression:
        items = []
        for element in _trees(node):
            key, value = list(_trees(element))
            items.append((self.object_key(key), self.expression(value)))
        return ObjectOf(tuple(items), self.span(node))

    def object_key(self, node: Node) -> Expression:
        inner = next(_trees(node))
        if inner.data == "expr_term" and len(inner.children) == 1:
            inner = inner.children[0]
        if inner.data in ("identifier", "keyword", "literal_value"):
            return Literal(_text(inner), self.span(node))
        return self.expression(inner)

    def call(self, node: Node) -> Expression:
        names = [_text(c) for c in _trees(node) if c.data == "identifier"]
        arguments = next((c for c in _trees(node) if c.data == "arguments"), None)
        values = tuple(self.expression(c) for c in _trees(arguments)) if arguments is not None else ()
        expand = arguments is not None and any(
            isinstance(c, Token) and c.type == "ELLIPSIS" for c in arguments.children
        )
        return Call("::".join(names), values, expand, self.span(node))

    # --- traversals ------------------------------------------------------------------------------

    def get_attr(self, node: Node) -> Expression:
        target, step = list(_trees(node))
        return self.step(self.expression(target), step, self.span(node))

    def index(self, node: Node) -> Expression:
        return self.get_attr(node)

    def step(self, target: Expression, node: Node, span: Span) -> Expression:
        if node.data == "get_attr":
            return Attr(target, _text(next(_trees(node))), span)
        if node.data == "short_index":
            return Index(target, Literal(int(str(node.children[-1]))), span)
        return Index(target, self.expression(next(_trees(node))), span)

    def splat(self, node: Node) -> Expression:
        base, steps = _spine(node)
        return self.traversal(self.expression(base), steps, self.span(node))

    def traversal(self, target: Expression, steps: Sequence[Node], span: Span) -> Expression:
        for position, step in enumerate(steps):
            if step.data in _SPLATS:
                return self.bind(target, step, steps[position + 1 :], span)
            target = self.step(target, step, span)
        return target

    def bind(self, target: Expression, splat: Node, after: Sequence[Node], span: Span) -> Expression:
        """`[*]` binds all that follows, further splats too; `.*` binds attribute names only, and what comes after
        them belongs to the result (TF-18).
        """
        names = takewhile(lambda s: s.data == "get_attr", after)
        bound = len(after) if splat.data == "full_splat" else sum(1 for _ in names)
        each = self.traversal(Element(), after[:bound], span)
        return self.traversal(Splat(target, each, span), after[bound:], span)

    def for_tuple(self, node: Node) -> Expression:
        intro, *results = [c for c in _trees(node) if c.data != "for_cond"]
        key, value, collection = self.for_intro(intro)
        return ForTuple(key, value, collection, self.expression(results[0]), self.for_condition(node), self.span(node))

    def for_object(self, node: Node) -> Expression:
        intro, name, result = [c for c in _trees(node) if c.data != "for_cond"]
        key, value, collection = self.for_intro(intro)
        group = any(isinstance(c, Token) and c.type == "ELLIPSIS" for c in node.children)
        return ForObject(
            key,
            value,
            collection,
            self.expression(name),
            self.expression(result),
            group,
            self.for_condition(node),
            self.span(node),
        )

    def for_intro(self, node: Node) -> tuple[str | None, str, Expression]:
        *names, collection = list(_trees(node))
        texts = [_text(n) for n in names]
        key = texts[0] if len(texts) == 2 else None
        return key, texts[-1], self.expression(collection)

    def for_condition(self, node: Node) -> Expression | None:
        condition = next((c for c in _trees(node) if c.data == "for_cond"), None)
        return self.expression(next(_trees(condition))) if condition is not None else None

    # --- strings ---------------------------------------------------------------------------------

    def string(self, node: Node) -> Expression:
        parts = [self.part(c.children[0]) for c in _trees(node)]
        return self.build(parts, self.span(node))

    def build(self, parts: list[template.FlatPart], span: Span) -> Expression:
        return quoted(parts, span)

    def part(self, node: Node) -> template.FlatPart:
        if isinstance(node, Token):
            text = str(node)
            escaped = node.type in ("ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE")
            return template.Text(unescape(text[1:] if escaped else text))
        if node.data == "interpolation":
            return template.Insert("value", self.expression(next(_trees(node))))
        return self.directive(node)

    def directive(self, node: Node) -> template.FlatPart:
        kind = node.data.removeprefix("template_").removesuffix("_start")
        trees = list(_trees(node))
        names = [_text(t) for t in trees if t.data == "identifier"] if kind == "for" else []
        tokens = [c.type for c in node.children if isinstance(c, Token)]
        return template.Insert(
            kind,
            self.expression(trees[-1]) if trees else Literal(None),
            names[0] if len(names) == 2 else None,
            names[-1] if names else "",
            tokens[1:2] == ["STRIP_MARKER"],
            tokens[-2:-1] == ["STRIP_MARKER"] and len(tokens) > 3,
        )

    def template_string(self, node: Node) -> Expression:
        return Literal(unescape(_text(node)[2:-2]), self.span(node))

    def heredoc(self, node: Node) -> Expression:
        span = self.span(node)
        return heredoc(str(node.children[0]), span, self.parse_expression)


def _trees(node: Node) -> Iterator[Node]:
    return (c for c in node.children if isinstance(c, Tree) and c.data != "new_line_or_comment")


def _spine(node: Node) -> tuple[Node, list[Node]]:
    """What a term of nested splats begins with, and all steps that follow: the splats and what each is followed by."""
    target, splat = list(_trees(node))
    steps = [splat, *_trees(splat)]
    inner = target.children[0] if len(target.children) == 1 else None
    if isinstance(inner, Tree) and inner.data in _SPLAT_TERMS:
        base, before = _spine(inner)
        return base, [*before, *steps]
    return target, steps


def _last_token(node: Node) -> Node:
    """The last token that is not a newline: rules for operators swallow the newline that follows."""
    while isinstance(node, Tree):
        node = next(c for c in reversed(node.children) if not (isinstance(c, Tree) and c.data == "new_line_or_comment"))
    return node


def _text(node: Node) -> str:
    return str(node.children[0]) if node.children else ""
