"""From text to the syntax tree, by either of two front ends that must agree.

`fast` reads what is plain by itself and the rest with tree-sitter, and hands whatever that doubts to the `reference`,
which reads with python-hcl2.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal as OneOf

from netaudit.sources.terraform import cache, hcl_plain, template
from netaudit.sources.terraform.lexical import MAX_BYTES, HclSyntaxError, refuse_excess
from netaudit.sources.terraform.strings import quoted
from netaudit.sources.terraform.syntax import Body, Expression, Span

try:
    from netaudit.sources.terraform import hcl_fast
except ImportError:  # tree-sitter is not installed
    hcl_fast = None  # type: ignore[assignment]

__all__ = [
    "MAX_BYTES",
    "PARSERS",
    "HclSyntaxError",
    "Parser",
    "parse_expression",
    "parse_file",
    "parse_template",
    "using",
]

Parser = OneOf["fast", "reference"]
PARSERS: tuple[Parser, ...] = ("fast", "reference")
# The reference takes seconds for a large text: what the fast one doubts in such a text is a mistake.
_MOST_DOUBTED = 300_000

_default: Parser = "reference" if os.environ.get("NETAUDIT_HCL_PARSER") == "reference" else "fast"
_chosen: ContextVar[Parser] = ContextVar("hcl_parser", default=_default)


@contextmanager
def using(parser: Parser | None) -> Iterator[None]:
    """Read with this front end, or the default. Where tree-sitter is not installed, `fast` reads only what is plain."""
    token = _chosen.set(parser or _chosen.get())
    try:
        yield
    finally:
        _chosen.reset(token)


def parse_file(text: str) -> Body:
    """The body of a whole file. Each distinct text is parsed once per process. Raises `HclSyntaxError`."""
    return parse_body(text, 0, _chosen.get())


def parse_expression(text: str, line: int = 1) -> Expression:
    """One expression that stands alone (a variable given on the command line, a part of a heredoc)."""
    attributes = parse_body(f"x = (\n{text}\n)", line - 2, _chosen.get()).attributes
    if list(attributes) != ["x"]:
        raise HclSyntaxError("not one expression", line)
    return attributes["x"].expression


def parse_template(text: str, line: int = 1) -> Expression:
    """A template that stands alone: a template file, a string of the JSON syntax."""
    try:
        parts = template.scan(text, parse_expression, line)
    except template.TemplateError as error:
        raise HclSyntaxError(str(error), error.line or line) from error
    return quoted(parts, Span(line, 1, line, 1)) if parts else template.build(parts, Span(line, 1, line, 1))


@functools.lru_cache(maxsize=4096)
def parse_body(text: str, offset: int, parser: Parser) -> Body:
    """The body of a text whose first line is numbered `offset + 1`. Raises `HclSyntaxError`."""
    refuse_excess(text)
    plain = hcl_plain.parse_body(text, offset) if parser == "fast" else None
    return _long_way(text, offset, parser) if plain is None else plain


@cache.remembered
def _long_way(text: str, offset: int, parser: Parser) -> Body:
    if parser == "fast" and hcl_fast is not None:
        try:
            return hcl_fast.parse_body(text, parse_expression, offset)
        except hcl_fast.DoubtError as doubt:
            if len(text) > _MOST_DOUBTED:
                raise HclSyntaxError("not valid HCL", doubt.line) from doubt
    from netaudit.sources.terraform import hcl_reference  # noqa: PLC0415 - few texts need it, and lark is slow to load

    return hcl_reference.parse_body(text, parse_expression, offset)
