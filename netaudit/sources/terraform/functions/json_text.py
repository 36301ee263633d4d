"""JSON as Terraform writes it: sorted keys, no blanks, `<`, `>` and `&` escaped (TF-65)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from netaudit.sources.terraform.values import EvaluationError, Map, Seq, Value, from_plain, number_text, settled


def encode(value: Value) -> str:
    """The JSON text of a known value."""
    value = settled(value)
    if isinstance(value, Map):
        members = (f"{_text(k)}:{encode(value.entries[k])}" for k in sorted(value.entries))
        return "{" + ",".join(members) + "}"
    if isinstance(value, Seq):
        return "[" + ",".join(encode(i) for i in value.items) + "]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return number_text(value)


def _text(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        quoted = quoted.replace(character, f"\\u{ord(character):04x}")
    return quoted


def decode(text: str) -> Value:
    """The value of a JSON text. Raises `EvaluationError`."""
    try:
        plain: Any = json.loads(text, parse_float=Decimal)
        return from_plain(plain)
    except (ValueError, RecursionError):
        raise EvaluationError("not valid JSON") from None
