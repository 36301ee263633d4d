"""`format`: the verbs of Go's fmt as Terraform knows them (TF-65)."""

from __future__ import annotations

import re
from decimal import Decimal

from netaudit.sources.terraform.convert import to_bool, to_number, to_string
from netaudit.sources.terraform.functions.json_text import encode
from netaudit.sources.terraform.values import Deferred, EvaluationError, Map, Seq, Value, is_number

_VERB = re.compile(r"%([-+ #0]*)(\d+)?(?:\.(\d+))?(?:\[(\d+)\])?(.)?", re.DOTALL)
_MAX_WIDTH = 10_000


def format_text(text: str, arguments: list[Value]) -> Value:
    """The text with its verbs replaced. Raises `EvaluationError`; unknown where an argument is null."""
    if any(a is None for a in arguments):
        return Deferred("format of null")
    parts: list[str] = []
    position = following = 0
    highest = 0
    for found in _VERB.finditer(text):
        parts.append(text[position : found.start()])
        position = found.end()
        flags, width, precision, given, verb = found.groups()
        if found.group() == "%%":
            parts.append("%")
            continue
        number = int(given) if given else following + 1
        following = number
        highest = max(highest, number)
        if verb is None or not 1 <= number <= len(arguments):
            raise EvaluationError("format has fewer arguments than verbs, or an incomplete verb")
        shown = _show(verb, flags, precision, arguments[number - 1])
        if isinstance(shown, Deferred):
            return shown
        parts.append(_pad(shown, flags, int(width or 0), numeric=verb in "bdoxXeEfFgG"))
    if highest < len(arguments):
        raise EvaluationError("format has more arguments than verbs")
    return "".join(parts) + text[position:]


def _show(verb: str, flags: str, precision: str | None, value: Value) -> str | Deferred:
    if verb == "v":
        return _general(value, flags)
    if verb == "t":
        return str(to_string(to_bool(value)))
    if verb in "sq":
        text = str(to_string(value))
        text = text[: int(precision)] if precision is not None else text
        return encode(text) if verb == "q" else text
    if verb in "bdoxX":
        return _whole(verb, flags, to_number(value))
    if verb in "eEfFgG":
        return _float(verb, flags, precision, to_number(value))
    raise EvaluationError("format does not know a verb")


def _general(value: Value, flags: str) -> str:
    if isinstance(value, Seq | Map) or "#" in flags:
        return encode(value)
    return _shortest(value) if is_number(value) else str(to_string(value))


def _shortest(number: int | Decimal) -> str:
    """As Go shows a number by `%g`: from a million on, and below a ten-thousandth, with an exponent."""
    exponent = Decimal(number).adjusted()
    if not number or -5 < exponent < 6:
        return str(to_string(number))
    figures = "".join(map(str, Decimal(number).as_tuple().digits)).strip("0")
    mantissa = f"{figures[0]}.{figures[1:]}" if len(figures) > 1 else figures
    return f"{'-' if number < 0 else ''}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _whole(verb: str, flags: str, number: int | Decimal) -> str:
    if not isinstance(number, int):
        raise EvaluationError("a whole number is required")
    text = format(number, f"#{verb}" if "#" in flags and verb != "d" else verb).replace("0o", "0")
    return _signed(text, flags, number)


def _float(verb: str, flags: str, precision: str | None, number: int | Decimal) -> str:
    if verb in "gG" and precision is None:
        text = _shortest(number) if verb == "g" else _shortest(number).upper()
    else:
        digits = min(int(precision), 300) if precision is not None else 6
        text = format(Decimal(number) if number else 0.0, f".{digits}{verb}")  # a decimal's zero has an odd exponent
        text = re.sub(r"([eE][+-])(\d)$", r"\g<1>0\2", text)
    return _signed(text, flags, number)


def _signed(text: str, flags: str, number: int | Decimal) -> str:
    """With the sign, or the room for one, that the flags ask for."""
    sign = "+" if "+" in flags else " " if " " in flags else ""
    return sign + text if number >= 0 else text


def _pad(text: str, flags: str, width: int, *, numeric: bool) -> str:
    if width > _MAX_WIDTH:
        raise EvaluationError("format with a width beyond reason")
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags:
        signed = numeric and text[:1] in "+-"
        return text[0] + text[1:].rjust(width - 1, "0") if signed and text else text.rjust(width, "0")
    return text.rjust(width)
