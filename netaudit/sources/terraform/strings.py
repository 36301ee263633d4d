"""Quoted strings and heredocs as expressions, from what either front end found of them (TF-15, TF-16)."""

from __future__ import annotations

from collections.abc import Sequence

from netaudit.sources.terraform import template
from netaudit.sources.terraform.lexical import HclSyntaxError, heredoc_body
from netaudit.sources.terraform.syntax import Expression, Literal, Span


def quoted(parts: Sequence[template.FlatPart], span: Span) -> Expression:
    """A quoted string of these parts. Raises `HclSyntaxError`."""
    try:
        return template.build(parts, span) if parts else Literal("", span)
    except template.TemplateError as error:
        raise HclSyntaxError(str(error), error.line or span.line) from error


def heredoc(text: str, span: Span, parse: template.ParseExpression) -> Expression:
    """A heredoc, given with its markers. Raises `HclSyntaxError`."""
    try:
        parts = template.scan(heredoc_body(text), parse, span.line + 1)
    except template.TemplateError as error:
        raise HclSyntaxError(str(error), error.line or span.line) from error
    if text.startswith("<<-"):
        parts = template.dedent(template.trim(parts))
    if not any(isinstance(p, template.Insert) for p in parts):
        return Literal("".join(p.text for p in parts if isinstance(p, template.Text)), span)
    return quoted([*parts, template.Text("")], span)
