"""Functions on text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from netaudit.sources.terraform.convert import to_string
from netaudit.sources.terraform.functions import formatting, patterns
from netaudit.sources.terraform.functions.registry import required, strict, strings, structural
from netaudit.sources.terraform.types import ANY, BOOL, NUMBER, STRING, list_of
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Map,
    Seq,
    Value,
    first_deferred,
)


def characters(text: str) -> list[str]:
    """The characters as a reader counts them: combining marks belong to the one before."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for point in unicodedata.normalize("NFC", text):
        if found and (unicodedata.combining(point) or point == "\u200d" or found[-1].endswith("\u200d")):
            found[-1] += point
        else:
            found.append(point)
    return found


@strict("lower", "string", result=STRING)
def _lower(text: str) -> Value:
    return "".join(_letter(c, c.lower()) for c in text)


@strict("upper", "string", result=STRING)
def _upper(text: str) -> Value:
    return "".join(_letter(c, c.upper()) for c in text)


@strict("title", "string", result=STRING)
def _title(text: str) -> Value:
    before = [" ", *text]
    return "".join(_letter(c, c.title()) if _separates(b) else c for b, c in zip(before, text, strict=False))


def _letter(letter: str, changed: str) -> str:
    """One letter becomes one letter: `ß` has no capital here, and `İ` loses its dot."""
    return changed if len(changed) == 1 else changed[0] if letter == "İ" else letter


def _separates(letter: str) -> bool:
    """What a word may follow: beyond ASCII, white space only."""
    return letter.isspace() if not letter.isascii() else not (letter.isalnum() or letter == "_")


@strict("trimspace", "string", result=STRING)
def _trimspace(text: str) -> Value:
    return text.strip()


@strict("chomp", "string", result=STRING)
def _chomp(text: str) -> Value:
    return re.sub(r"(\r\n|\r|\n)+\Z", "", text)


@strict("trim", "string", "string", result=STRING)
def _trim(text: str, cut: str) -> Value:
    return text.strip(cut) if cut else text


@strict("trimprefix", "string", "string", result=STRING)
def _trimprefix(text: str, prefix: str) -> Value:
    return text.removeprefix(prefix)


@strict("trimsuffix", "string", "string", result=STRING)
def _trimsuffix(text: str, suffix: str) -> Value:
    return text.removesuffix(suffix)


@structural("startswith", 2)
def _startswith(text: Value, prefix: Value) -> Value:
    whole, start = to_string(required(text, "startswith")), to_string(required(prefix, "startswith"))
    if isinstance(start, Deferred):
        return start.as_type(BOOL)
    if not isinstance(whole, Deferred):
        return whole.startswith(start)
    told = whole.prefix.startswith(start) or not start.startswith(whole.prefix)
    return whole.prefix.startswith(start) if told else whole.as_type(BOOL)


@strict("endswith", "string", "string", result=BOOL)
def _endswith(text: str, suffix: str) -> Value:
    return text.endswith(suffix)


@strict("strcontains", "string", "string", result=BOOL)
def _strcontains(text: str, part: str) -> Value:
    return part in text


@strict("strrev", "string", result=STRING)
def _strrev(text: str) -> Value:
    return "".join(reversed(characters(text)))


@strict("indent", "whole", "string", result=STRING)
def _indent(width: int, text: str) -> Value:
    if not 0 <= width <= 10_000:
        raise EvaluationError("indent takes a small number of spaces")
    return text.replace("\n", "\n" + " " * width)


@strict("substr", "string", "whole", "whole", result=STRING)
def _substr(text: str, offset: int, length: int) -> Value:
    found = characters(text)
    start = max(0, offset + len(found)) if offset < 0 else offset
    to_the_end = length < 0 or (length == 0 and offset < 0)
    return "".join(found[start:] if to_the_end else found[start : start + length])


@strict("split", "string", "string", result=list_of(STRING))
def _split(separator: str, text: str) -> Value:
    return Seq("list", tuple(text.split(separator) if separator else characters(text)))


@structural("join", 1, rest=True)
def _join(separator: Value, *lists: Value) -> Value:
    if not lists:
        raise EvaluationError("join needs a list")
    if (same := _reference(_only(lists))) is not None:
        return same  # `join("", aws_vpc.this[*].id)` is the usual way to an id of what may not be there
    for value in (separator, *lists):
        if (unknown := first_deferred(value)) is not None:
            return unknown.as_type(STRING)
    parts = [part for one in lists for part in strings(required(one, "join"))]
    if any(part is None for part in parts):
        raise EvaluationError("an element given to join is null")
    return to_string(required(separator, "join")).join(part for part in parts if part is not None)


def _only(lists: Iterable[Value]) -> Value:
    """The one element that the lists have together; null where they have none, more, or nobody knows."""
    items: list[Value] = []
    for one in lists:
        if not isinstance(one, Seq) or not one.is_settled:
            return None
        items += one.items
    return items[0] if len(items) == 1 else None


def _reference(value: Value) -> Deferred | None:
    """A reference as the text that it is when it stands alone; null would have been an error there."""
    if isinstance(value, Deferred) and value.ref is not None and not value.many and value.type in (STRING, ANY):
        return replace(value, type=STRING, never_null=True)
    return None


@strict("replace", "string", "string", "string", result=STRING)
def _replace(text: str, old: str, new: str) -> Value:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return patterns.replace(old[1:-1], text, new)
    return text.replace(old, new)


@strict("regex", "string", "string", result=STRING)
def _regex(pattern: str, text: str) -> Value:
    found = patterns.find(pattern, text)
    if isinstance(found, Deferred):
        return found
    if not found:
        raise EvaluationError("the regular expression does not match")
    return found[0]


@structural("regexall", 2)
def _regexall(pattern: Value, text: Value) -> Value:
    wanted, within = to_string(required(pattern, "regexall")), to_string(required(text, "regexall"))
    if isinstance(wanted, Deferred):
        return wanted.as_type(list_of(STRING))
    if not isinstance(within, Deferred):
        found = patterns.find(wanted, within, everywhere=True)
        return found if isinstance(found, Deferred) else Seq("list", tuple(found))
    if patterns.surely_once(wanted, within.prefix):
        return Seq("list", (within.as_type(ANY),))
    return within.as_type(list_of(STRING))


@structural("format", 1, rest=True)
def _format(text: Value, *arguments: Value) -> Value:
    if text == "%s" and len(arguments) == 1 and (same := _reference(arguments[0])) is not None:
        return same
    return _formatted(required(text, "format"), list(arguments))


def _formatted(text: Value, arguments: list[Value]) -> Value:
    for value in (text, *arguments):
        if (unknown := first_deferred(value)) is not None:
            return unknown.as_type(STRING)
    return formatting.format_text(to_string(text), arguments)


@structural("formatlist", 1, rest=True)
def _formatlist(text: Value, *arguments: Value) -> Value:
    to_string(required(text, "formatlist"))
    if any(a is None or (isinstance(a, Seq) and None in a.items) for a in arguments):
        return Deferred("formatlist of null", None, list_of(STRING))
    lists = [a for a in arguments if isinstance(a, Seq)]
    unsettled = [a for a in arguments if isinstance(a, Deferred) and not a.type.is_primitive]
    unsettled += [a.hole for a in lists if not a.is_settled]
    if unsettled:
        return unsettled[0].as_type(list_of(STRING))
    lengths = {len(a.items) for a in lists}
    if len(lengths) > 1:
        raise EvaluationError("the lists given to formatlist differ in length")
    rows = lengths.pop() if lengths else 1
    picked = [[a.items[i] if isinstance(a, Seq) else a for a in arguments] for i in range(rows)]
    return Seq("list", tuple(_formatted(text, row) for row in picked))


@structural("length", 1)
def _length(value: Value) -> Value:
    if isinstance(value, Deferred):
        return _length_of_unknown(value)
    if isinstance(value, str):
        return len(characters(value))
    if isinstance(value, Seq):
        return len(value.items) if value.is_settled else value.hole.as_type(NUMBER)
    if isinstance(value, Map):
        return len(value.entries) if value.open is None else value.open.as_type(NUMBER)
    raise EvaluationError("length needs a text, a list, a set or a map")


def _length_of_unknown(value: Deferred) -> Value:
    if value.type.kind == "tuple":
        return len(value.type.elements)
    if value.type.kind == "object":
        return len(value.type.attributes)
    return value.as_type(NUMBER)
