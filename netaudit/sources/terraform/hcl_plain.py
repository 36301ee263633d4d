"""The short way: plain HCL read token by token, in the time that tree-sitter alone takes for its tree.

It is strict. What is not plain (directives, interpolations within heredocs or within one another, legacy indexes,
comments in the middle of a line) or is not HCL is not read at all: it goes the long way, which has the last word.
What is read gives exactly the tree that the long way gives, spans included (decision 0021).
"""

from __future__ import annotations

import re
from decimal import Decimal

from netaudit.sources.terraform import template
from netaudit.sources.terraform.lexical import number, unescape
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

_NAME = r"[A-Za-z_][\w-]*"
_PLAIN_TEXT = r'"[^"\\$%\n]*"'
# A traversal is one token, and so are line ends with nothing between them. An interpolation may hold plain texts, but
# no braces. A character that begins no token takes all that follows with it, and what repeats is never tried another
# way (`++`, `*+`): no text takes long.
_TOKEN = re.compile(
    rf"""
    [ \t]*+ (?:(?:\#|//)[^\n]*+)?+
    (?: (?P<path> {_NAME} (?: \.{_NAME} | \[(?:[0-9]{{1,9}}|"[ !\#&-\[\]-~]*")\] )*+ )
      | (?P<newline> \n (?: [ \t]*+ (?:(?:\#|//)[^\n]*+)?+ \n )*+ )
      | (?P<text> {_PLAIN_TEXT})
      | (?P<mark> [](){{}},:?+*/%-] | =[=>]?+ | \[(?:\*\])?+ | [!>]=?+ | <(?!<)=?+ | && | \|\| | \.\.\. | \.\* )
      | (?P<number> [0-9]{{1,18}} (?:\.[0-9]{{1,18}})? )
      | (?P<template> "(?: [^"\\$%\n]++ | \$(?![${{]) | %(?![%{{]) | \\(?:[nrt"\\]|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}})
                         | \$\{{ (?:[^"{{}}\n\#/]++|{_PLAIN_TEXT})++ \}} )*+" )
      | (?P<heredoc> <<-? (?P<marker>{_NAME}) \n
          (?: (?![ \t]*(?P=marker)) (?:[^$%\n]++|[$%](?!\{{))*+ \n )*+ [ \t]*+ (?P=marker) (?=\n) )
      | (?P<attribute> \.{_NAME})
      | (?P<end> \Z)
      | (?P<other> .++) )
    """,
    re.ASCII | re.DOTALL | re.VERBOSE,
)
_STEP = re.compile(rf'{_NAME}|\[(?:[0-9]+|"[^"]*")\]', re.ASCII)
_INSERT = re.compile(rf'\$\{{((?:[^"{{}}\n]|{_PLAIN_TEXT})+)\}}')
_CONSTANTS = {"true": True, "false": False, "null": None}
_RESERVED = frozenset({"for", "in", "if", "else", "endif", "endfor", *_CONSTANTS})
_POWER = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4}
_POWER |= {"+": 5, "-": 5, "*": 6, "/": 6, "%": 6}


class _OtherError(Exception):
    """The text is not plain, or not HCL."""


def parse_body(text: str, offset: int = 0) -> Body | None:
    """The body of a text whose first line is numbered `offset + 1`; None, if it has to go the long way."""
    try:
        return _Reader(text, offset + 1, 1).file()
    except (_OtherError, IndexError, RecursionError):  # a text that ends too early has no further token
        return None


class _Reader:
    """Reads a text from its first token to its last.

    `kind`, `text` and `end` are those of the token at hand; `line` is its line, which begins at `margin`; `before`
    is where the token before it ended.
    """

    __slots__ = ("before", "enclosed", "end", "kind", "line", "margin", "position", "text", "tokens")

    def __init__(self, text: str, line: int, column: int) -> None:
        self.tokens = [(m.lastgroup, m[m.lastindex], m.end()) for m in _TOKEN.finditer(text)]  # type: ignore[index]
        self.position = -1
        self.line = line
        self.margin = 1 - column
        self.end = 0
        self.enclosed = False
        self.advance()

    # --- tokens ----------------------------------------------------------------------------------

    def advance(self) -> None:
        self.before = self.end
        self.position += 1
        self.kind, self.text, self.end = self.tokens[self.position]

    def take(self, text: str) -> None:
        """This token, and no other."""
        if self.text != text:
            raise _OtherError
        self.advance()

    def newlines(self) -> None:
        if self.kind == "newline":
            self.line += self.text.count("\n")
            self.margin = self.end
            self.advance()

    def column(self) -> int:
        """Of the first character of the token."""
        return self.end - len(self.text) - self.margin + 1

    def span(self, line: int, column: int) -> Span:
        """From there to the end of the token before."""
        return Span(line, column, self.line, self.before - self.margin + 1)

    def touches(self) -> bool:
        """Whether nothing stands between the token and the one before."""
        return self.end - len(self.text) == self.before

    def word(self) -> str:
        word = self.text
        if self.kind != "path" or not _is_word(word):
            raise _OtherError
        self.advance()
        return word

    def name(self) -> str:
        """A word that means nothing by itself."""
        if self.text in _RESERVED:
            raise _OtherError
        return self.word()

    # --- structure -------------------------------------------------------------------------------

    def file(self) -> Body:
        self.newlines()
        body = self.body()
        if self.kind != "end":
            raise _OtherError
        return body

    def body(self) -> Body:
        """Arguments and blocks, each with a line's end after it."""
        attributes: dict[str, Attribute] = {}
        duplicates: list[Attribute] = []
        blocks: list[Block] = []
        while self.kind == "path":
            line, column = self.line, self.column()
            name = self.word()
            if self.text == "=":
                attribute = self.attribute(name, line, column)
                if attributes.setdefault(name, attribute) is not attribute:
                    duplicates.append(attribute)
            else:
                blocks.append(self.block(name, line, column))
            if self.kind != "newline":
                break
            self.newlines()
        return Body(attributes, tuple(blocks), tuple(duplicates))

    def attribute(self, name: str, line: int, column: int) -> Attribute:
        self.take("=")
        return Attribute(name, self.expression(), self.span(line, column))

    def block(self, kind: str, line: int, column: int) -> Block:
        labels: list[str] = []
        while self.text != "{":
            labels.append(self.label())
        self.advance()
        body = self.lines() if self.kind == "newline" else self.one_line()
        self.take("}")
        return Block(kind, tuple(labels), body, self.span(line, column))

    def label(self) -> str:
        if self.kind != "text":
            return self.word()
        label = self.text[1:-1]
        self.advance()
        return label

    def lines(self) -> Body:
        """The body of a block over several lines; its brace has a line of its own."""
        self.newlines()
        body = self.body()
        if self.tokens[self.position - 1][0] != "newline":
            raise _OtherError
        return body

    def one_line(self) -> Body:
        """The body of a block on one line: no more than one argument."""
        if self.text == "}":
            return Body({}, ())
        line, column = self.line, self.column()
        name = self.word()
        attribute = self.attribute(name, line, column)
        if self.line != line:
            raise _OtherError
        return Body({name: attribute}, ())

    # --- expressions -----------------------------------------------------------------------------

    def expression(self) -> Expression:
        line, column = self.line, self.column()
        result = self.operand(line, column)
        operator = self.operator()
        if operator in _POWER:
            result = self.operation(result, 0, line, column)
            operator = self.operator()
        return self.conditional(result, line, column) if operator == "?" else result

    def operator(self) -> str:
        """The next token; within brackets lines may end before it."""
        is_line_end = self.kind == "newline" and self.enclosed
        return self.tokens[self.position + 1][1] if is_line_end else self.text

    def pass_operator(self) -> None:
        self.newlines()
        self.advance()
        if self.enclosed:
            self.newlines()

    def conditional(self, condition: Expression, line: int, column: int) -> Conditional:
        self.pass_operator()
        then = self.expression()
        if self.operator() != ":":
            raise _OtherError
        self.pass_operator()
        return Conditional(condition, then, self.expression(), self.span(line, column))

    def operation(self, left: Expression, least: int, line: int, column: int) -> Expression:
        """What the operators that bind stronger than `least` make of an operand."""
        while (power := _POWER.get(operator := self.operator(), 0)) > least:
            self.pass_operator()
            begun = self.line, self.column()
            right = self.operation(self.operand(*begun), power, *begun)
            left = Binary(operator, left, right, self.span(line, column))
        return left

    def operand(self, line: int, column: int) -> Expression:
        kind, text = self.kind, self.text
        self.advance()
        if kind == "path":
            if self.text == "(":
                return self.traversal(self.call(text, line, column), line, column)
            return self.traversal(_path(text, line, column), line, column)
        if kind == "text":
            return Literal(text[1:-1], self.span(line, column))
        if kind == "number":
            return Literal(number(text, whole="." not in text), self.span(line, column))
        if kind == "template":
            return self.template(text[1:-1], line, column)
        if kind == "heredoc":
            return self.heredoc(text, line, column)
        rule = _OPENINGS.get(text)
        if rule is None:
            return self.unary(text, line, column)
        enclosed, self.enclosed = self.enclosed, text != "{"
        self.newlines()
        result = rule(self, line, column)
        self.enclosed = enclosed
        return self.traversal(result, line, column)

    def unary(self, operator: str, line: int, column: int) -> Expression:
        if operator not in ("-", "!") or self.text in ("-", "!"):
            raise _OtherError
        operand = self.operand(self.line, self.column())
        if operator == "-" and isinstance(operand, Literal) and type(operand.value) in (int, Decimal):
            return Literal(-operand.value, self.span(line, column))  # type: ignore[operator]  # a number
        return Unary(operator, operand, self.span(line, column))

    # --- what stands in brackets -----------------------------------------------------------------

    def parenthesis(self, _line: int, _column: int) -> Expression:
        inner = self.expression()
        self.newlines()
        self.take(")")
        return inner

    def call(self, name: str, line: int, column: int) -> Call:
        if name in _RESERVED or not (_is_word(name) and self.touches()):
            raise _OtherError
        enclosed, self.enclosed = self.enclosed, True
        self.advance()
        values = self.values(")")
        expand = bool(values) and self.text == "..."
        if expand:
            self.advance()
            self.newlines()
        self.take(")")
        self.enclosed = enclosed
        return Call(name, values, expand, self.span(line, column))

    def values(self, closing: str) -> tuple[Expression, ...]:
        """Those before the bracket, with commas between them."""
        found: list[Expression] = []
        self.newlines()
        while self.text != closing:
            found.append(self.expression())
            self.newlines()
            if self.text != ",":
                break
            self.advance()
            self.newlines()
        return tuple(found)

    def tuple_of(self, line: int, column: int) -> Expression:
        if self.text == "for":
            return self.for_tuple(line, column)
        values = self.values("]")
        self.take("]")
        return TupleOf(values, self.span(line, column))

    def object_of(self, line: int, column: int) -> Expression:
        if self.text == "for":
            return self.for_object(line, column)
        items: list[tuple[Expression, Expression]] = []
        while self.text != "}":
            key = self.key()
            if self.text not in ("=", ":"):
                raise _OtherError
            self.advance()
            items.append((key, self.expression()))
            if self.text == ",":
                self.advance()
            elif self.kind != "newline":
                break
            self.newlines()
        self.take("}")
        return ObjectOf(tuple(items), self.span(line, column))

    def key(self) -> Expression:
        """A bare word as key is a text."""
        line, column = self.line, self.column()
        if self.kind == "path":
            return Literal(self.word(), self.span(line, column))
        if self.kind in ("text", "template") or self.text == "(":
            return self.operand(line, column)
        raise _OtherError

    # --- for -------------------------------------------------------------------------------------

    def for_tuple(self, line: int, column: int) -> ForTuple:
        key, value, collection = self.for_intro()
        result = self.expression()
        condition = self.for_condition()
        self.take("]")
        return ForTuple(key, value, collection, result, condition, self.span(line, column))

    def for_object(self, line: int, column: int) -> ForObject:
        self.enclosed = True
        key, value, collection = self.for_intro()
        name = self.expression()
        self.newlines()
        self.take("=>")
        self.newlines()
        result = self.expression()
        self.newlines()
        group = self.text == "..."
        if group:
            self.advance()
        condition = self.for_condition()
        self.take("}")
        return ForObject(key, value, collection, name, result, group, condition, self.span(line, column))

    def for_intro(self) -> tuple[str | None, str, Expression]:
        self.advance()
        names = [self.name()]
        if self.text == ",":
            self.advance()
            names.append(self.name())
        self.take("in")
        collection = self.expression()
        self.newlines()
        self.take(":")
        self.newlines()
        return (names[0] if len(names) == 2 else None), names[-1], collection

    def for_condition(self) -> Expression | None:
        self.newlines()
        if self.text != "if":
            return None
        self.advance()
        condition = self.expression()
        self.newlines()
        return condition

    # --- traversals and templates ----------------------------------------------------------------

    def traversal(self, target: Expression, line: int, column: int) -> Expression:
        if self.kind != "attribute" and self.text not in ("[", "[*]", ".*"):
            return target
        target = self.steps(target, line, column)
        if self.text not in ("[*]", ".*"):
            return target
        names_only = self.text == ".*"  # what comes after them belongs to the result (TF-18)
        begun = self.line, self.column()
        self.advance()
        each = self.steps(Element(), *begun, names_only=names_only)
        if self.text in ("[", "[*]", ".*"):
            raise _OtherError
        return Splat(target, each, self.span(line, column))

    def steps(self, target: Expression, line: int, column: int, *, names_only: bool = False) -> Expression:
        while (self.kind == "attribute" or (self.text == "[" and not names_only)) and self.touches():
            text = self.text
            self.advance()
            if text == "[":
                key = self.expression()
                self.take("]")
                target = Index(target, key, self.span(line, column))
            else:
                target = Attr(target, text[1:], self.span(line, column))
        return target

    def heredoc(self, text: str, line: int, column: int) -> Expression:
        self.line += text.count("\n")
        self.margin = self.before - len(text) + text.rindex("\n") + 1
        return heredoc(text + "\n", self.span(line, column), _no_expression)

    def template(self, inner: str, line: int, column: int) -> Expression:
        span = self.span(line, column)
        if "${" not in inner:
            return Literal(unescape(inner), span)
        parts: list[template.FlatPart] = []
        position = 0
        for found in _INSERT.finditer(inner):
            parts += _texts(inner[position : found.start()])
            value = _Reader(found[1], line, column + 1 + found.start(1)).interpolated()
            parts.append(template.Insert("value", value))
            position = found.end()
        return quoted([*parts, *_texts(inner[position:])], span)

    def interpolated(self) -> Expression:
        self.enclosed = True
        result = self.expression()
        if self.kind != "end":
            raise _OtherError
        return result


def _no_expression(_text: str, _line: int) -> Expression:
    raise _OtherError


def _texts(raw: str) -> list[template.Text]:
    return [template.Text(unescape(raw))] if raw else []


def _is_word(path: str) -> bool:
    return not ("." in path or "[" in path)


def _path(path: str, line: int, start: int) -> Expression:
    """A constant or a traversal."""
    if path in _CONSTANTS:
        return Literal(_CONSTANTS[path], Span(line, start, line, start + len(path)))
    first, *steps = path.replace("[", ".[").split(".") if '"' not in path else _STEP.findall(path)
    if first in _RESERVED:
        raise _OtherError
    end = start + len(first)
    result: Expression = Name(first, Span(line, start, line, end))
    for step in steps:
        if step[0] == "[":
            key = step[2:-2] if step[1] == '"' else int(step[1:-1])
            inside = Span(line, end + 1, line, end + len(step) - 1)
            end += len(step)
            result = Index(result, Literal(key, inside), Span(line, start, line, end))
        else:
            end += len(step) + 1
            result = Attr(result, step, Span(line, start, line, end))
    return result


_OPENINGS = {"(": _Reader.parenthesis, "[": _Reader.tuple_of, "{": _Reader.object_of}
