"""Templates: flat parts (text, interpolation, directives) are trimmed, nested and made an expression.

Quoted strings bring their parts from the parser; heredocs and template files are scanned here. White space
next to a `~` is removed within one line's text only, because that is the token the language trims (TF-66).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from netaudit.sources.terraform.syntax import (
    NOWHERE,
    Expression,
    Literal,
    Span,
    Template,
    TemplateFor,
    TemplateIf,
    TemplatePart,
)


class TemplateError(Exception):
    """A template that cannot be read; `line` counts from the template's first line."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Text:
    """Literal text, at most one line of it in heredocs."""

    text: str


NOTHING = Literal(None)


@dataclass(frozen=True, slots=True)
class Insert:
    """`${…}` or `%{…}`: what it is, its expression, and on which sides it trims."""

    kind: str  # "value", "if", "else", "endif", "for", "endfor"
    expression: Expression = NOTHING  # of a value, a condition, a collection
    key: str | None = None
    value: str = ""
    trim_before: bool = False
    trim_after: bool = False


FlatPart = Text | Insert
ParseExpression = Callable[[str, int], Expression]

_OPENERS = re.compile(r"\$\$\{|%%\{|\$\{|%\{|\n")
_INSIDE = re.compile(r'"|\{|\}|#[^\n]*|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_STOP = re.compile(r'\\.|"|\$\$\{|%%\{|\$\{|%\{', re.DOTALL)
_FOR = re.compile(r"for\s+([\w-]+)\s*(?:,\s*([\w-]+)\s*)?in\b(.*)\Z", re.DOTALL)


def build(parts: Sequence[FlatPart], span: Span = NOWHERE) -> Expression:
    """The expression that flat parts stand for: a lone `${x}` is x itself, its type kept (TF-35)."""
    if len(parts) == 1 and isinstance(parts[0], Insert) and parts[0].kind == "value":
        return parts[0].expression
    trimmed = trim(parts)
    nested, rest, _ = _nest(trimmed, 0, ())
    if rest != len(trimmed):
        raise TemplateError("a template directive ends that was not begun")
    if not any(isinstance(p, Insert) for p in parts):
        return Literal("".join(p.text for p in parts if isinstance(p, Text)), span)
    return Template(tuple(nested), span)


def trim(parts: Sequence[FlatPart]) -> list[FlatPart]:
    """The parts without the white space next to a `~`. A line that loses its end so does not begin the next."""
    trimmed = list(parts)
    for position, part in enumerate(parts):
        if not isinstance(part, Insert):
            continue
        before = trimmed[position - 1] if position else None
        if part.trim_before and isinstance(before, Text):
            trimmed[position - 1] = Text(before.text.rstrip())
        after = trimmed[position + 1] if position + 1 < len(trimmed) else None
        if part.trim_after and isinstance(after, Text):
            trimmed[position + 1] = Text(after.text.lstrip())
    return trimmed


def _nest(parts: Sequence[FlatPart], start: int, ends: tuple[str, ...]) -> tuple[list[TemplatePart], int, str]:
    """The nested parts from `start` up to one of `ends`, the position after it, and which end it was."""
    nested: list[TemplatePart] = []
    position = start
    while position < len(parts):
        part = parts[position]
        position += 1
        if isinstance(part, Text):
            if part.text:
                nested.append(Literal(part.text))
        elif part.kind in ends:
            return nested, position, part.kind
        elif part.kind in ("else", "endif", "endfor"):
            return nested, position - 1, ""
        else:
            inner, position = _nest_one(part, parts, position)
            nested.append(inner)
    if ends:
        raise TemplateError(f"a template directive lacks its %{{ {ends[-1]} }}")
    return nested, position, ""


def _nest_one(part: Insert, parts: Sequence[FlatPart], position: int) -> tuple[TemplatePart, int]:
    if part.kind == "value":
        return part.expression, position
    if part.kind == "for":
        body, position, end = _nest(parts, position, ("endfor",))
        _require_end(end, "endfor")
        return TemplateFor(part.key, part.value, part.expression, tuple(body)), position
    then, position, end = _nest(parts, position, ("else", "endif"))
    otherwise: list[TemplatePart] = []
    if end == "else":
        otherwise, position, end = _nest(parts, position, ("endif",))
    _require_end(end, "endif")
    return TemplateIf(part.expression, tuple(then), tuple(otherwise)), position


def _require_end(end: str, wanted: str) -> None:
    if end != wanted:
        raise TemplateError(f"a template directive lacks its %{{ {wanted} }}")


def scan(text: str, parse: ParseExpression, first_line: int = 1) -> list[FlatPart]:
    """The flat parts of a raw template (heredoc body or template file); one text part per line.

    `parse` reads one expression, given its text and its line. Raises `TemplateError`.
    """
    return list(_scan(text, parse, first_line))


def _scan(text: str, parse: ParseExpression, first_line: int) -> Iterator[FlatPart]:
    position = 0
    pending = ""
    while found := _OPENERS.search(text, position):
        pending += text[position : found.start()]
        mark = found.group()
        position = found.end()
        if mark in ("$${", "%%{"):
            pending += mark[1:]
        elif mark == "\n":
            yield Text(pending + "\n")
            pending = ""
        else:
            if pending:
                yield Text(pending)
                pending = ""
            line = first_line + text.count("\n", 0, position)
            end = _closing_brace(text, position, line)
            yield _sequence(mark, text[position:end], parse, line)
            position = end + 1
    if pending + text[position:]:
        yield Text(pending + text[position:])


def _closing_brace(text: str, start: int, line: int) -> int:
    """The position of the `}` that closes a sequence which began just before `start`; strings nest."""
    open_marks = ["{"]
    position = start
    while open_marks:
        stop = (_STRING_STOP if open_marks[-1] == '"' else _INSIDE).search(text, position)
        if stop is None:
            raise TemplateError("a template sequence is not closed", line)
        position = stop.end()
        mark = stop.group()
        if mark == '"':
            if open_marks[-1] == '"':
                open_marks.pop()
            else:
                open_marks.append('"')
        elif mark in ("{", "${", "%{"):
            open_marks.append("{")
        elif mark == "}":
            open_marks.pop()
    return position - 1


def _sequence(mark: str, inside: str, parse: ParseExpression, line: int) -> Insert:
    trim_before, trim_after = inside.startswith("~"), inside.endswith("~")
    inside = inside[1:] if trim_before else inside
    inside = inside[:-1] if trim_after and inside else inside
    part = _value(inside, parse, line) if mark == "${" else _directive(inside.strip(), parse, line)
    return replace(part, trim_before=trim_before, trim_after=trim_after)


def _value(inside: str, parse: ParseExpression, line: int) -> Insert:
    return Insert("value", parse(inside, line))


def _directive(inside: str, parse: ParseExpression, line: int) -> Insert:
    if inside in ("else", "endif", "endfor"):
        return Insert(inside)
    if re.match(r"if\b", inside):
        return Insert("if", parse(inside[2:], line))
    if found := _FOR.match(inside):
        first, second, collection = found.groups()
        key, value = (first, second) if second else (None, first)
        return Insert("for", parse(collection, line), key, value)
    raise TemplateError(f"no such template directive: {inside.split(' ', maxsplit=1)[0][:40]!r}", line)


def dedent(parts: Sequence[FlatPart]) -> list[FlatPart]:
    """`<<-`: remove the smallest indentation of the lines; blank lines do not count (TF-66)."""
    starts = _line_starts(parts)
    indents = [
        len(part.text) - len(part.text.lstrip()) if isinstance(part := parts[i], Text) else 0
        for i in starts
        if not _is_blank_line(parts[i])
    ]
    width = min(indents, default=0)
    dedented = list(parts)
    for position in starts:
        part = parts[position]
        if isinstance(part, Text) and not _is_blank_line(part):
            dedented[position] = Text(part.text[width:])
    return dedented


def _line_starts(parts: Sequence[FlatPart]) -> list[int]:
    starts, fresh = [], True
    for position, part in enumerate(parts):
        if fresh:
            starts.append(position)
        fresh = isinstance(part, Text) and part.text.endswith("\n")
    return starts


def _is_blank_line(part: FlatPart) -> bool:
    return isinstance(part, Text) and part.text.endswith("\n") and not part.text.strip()
