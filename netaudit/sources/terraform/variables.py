"""Values for the variables of the root module: files, command line, assumptions (TF-29)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from netaudit.model import Effect, Origin, Severity
from netaudit.sources.terraform import files, hcl, json_syntax
from netaudit.sources.terraform.diagnostics import Diagnostics
from netaudit.sources.terraform.inputs import Inputs, VariableText
from netaudit.sources.terraform.syntax import Attribute, Literal, Span

_SPAN = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Given:
    """A value given to a variable: an expression, or text whose reading depends on the type."""

    file: str
    attribute: Attribute | None = None
    text: str | None = None


def collect(directory: Path, inputs: Inputs, diagnostics: Diagnostics) -> dict[str, Given]:
    """The given value of each variable, later ones over earlier ones (TF-29)."""
    given: dict[str, Given] = {}
    for name, value in inputs.assumptions.variables.items():
        given[name] = Given("the assumptions file", Attribute(name, json_syntax.literal(value), _SPAN))
    for key, text in inputs.environment.items():
        if key.startswith("TF_VAR_"):
            given[key.removeprefix("TF_VAR_")] = Given("the environment", text=text)
    for path in _automatic(directory):
        given |= _from_file(path, diagnostics)
    for item in inputs.variables:
        if isinstance(item, VariableText):
            given[item.name] = Given("--var", text=item.text)
        else:
            given |= _from_file(item.path, diagnostics)
    return given


def _automatic(directory: Path) -> list[Path]:
    """The files that load by themselves, in their order."""
    try:
        names = sorted(p.name for p in directory.iterdir() if not p.is_dir())
    except OSError:
        return []
    first = [n for n in ("terraform.tfvars", "terraform.tfvars.json") if n in names]
    auto = [n for n in names if n.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    return [directory / n for n in (*first, *auto)]


def _from_file(path: Path, diagnostics: Diagnostics) -> dict[str, Given]:
    attributes = _read_json(path, diagnostics) if path.name.endswith(".json") else _read_hcl(path, diagnostics)
    return {name: Given(files.relative(path), attribute) for name, attribute in attributes.items()}


def _read_hcl(path: Path, diagnostics: Diagnostics) -> Mapping[str, Attribute]:
    body = files.parse(path, diagnostics)
    if body is None:
        return {}
    for again in body.duplicates:
        origin = Origin(files.relative(path), again.span.line, again.span.end_line)
        diagnostics.add("TF_DUPLICATE", f'the variable "{again.name}" is given twice', origin, Effect.UNREADABLE)
    return body.attributes


def _read_json(path: Path, diagnostics: Diagnostics) -> Mapping[str, Attribute]:
    text = files.read_text(path, diagnostics)
    if text is None:
        return {}
    try:
        document = json.loads(text, parse_float=Decimal)
        if isinstance(document, dict):
            return {k: Attribute(k, json_syntax.literal(v), _SPAN) for k, v in document.items()}
        message, line = "not a JSON object", 0
    except ValueError as error:
        message, line = "not valid JSON", int(getattr(error, "lineno", 0))
    except RecursionError:
        message, line = "nested too deeply", 0
    origin = Origin(files.relative(path), line, line)
    diagnostics.add("TF_SYNTAX", f"{path.name}: {message}", origin, Effect.UNREADABLE, Severity.ERROR)
    return {}


def read_text(text: str, *, is_plain: bool) -> Attribute:
    """The value of a `--var`: plain text, or for other types an expression. Raises `HclSyntaxError`."""
    expression = Literal(text, _SPAN) if is_plain else hcl.parse_expression(text)
    return Attribute("", expression, _SPAN)
