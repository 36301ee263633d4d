"""Moments in time, as RFC 3339 text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from netaudit.sources.terraform.values import EvaluationError

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DURATION = re.compile(r"([+-]?)((?:\d+(?:\.\d+)?(?:ns|us|µs|ms|h|m|s))+)")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|h|m|s)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_LAYOUT = re.compile(r"'(?:[^']|'')*'|([a-zA-Z])\1*|.", re.DOTALL)
_VERBS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda d: f"{d.year:04}",
    "YY": lambda d: f"{d.year % 100:02}",
    "MMMM": lambda d: d.strftime("%B"),
    "MMM": lambda d: d.strftime("%b"),
    "MM": lambda d: f"{d.month:02}",
    "M": lambda d: str(d.month),
    "DD": lambda d: f"{d.day:02}",
    "D": lambda d: str(d.day),
    "EEEE": lambda d: d.strftime("%A"),
    "EEE": lambda d: d.strftime("%a"),
    "hh": lambda d: f"{d.hour:02}",
    "h": lambda d: str(d.hour),
    "HH": lambda d: f"{(d.hour - 1) % 12 + 1:02}",
    "H": lambda d: str((d.hour - 1) % 12 + 1),
    "AA": lambda d: "AM" if d.hour < 12 else "PM",
    "aa": lambda d: "am" if d.hour < 12 else "pm",
    "mm": lambda d: f"{d.minute:02}",
    "m": lambda d: str(d.minute),
    "ss": lambda d: f"{d.second:02}",
    "s": lambda d: str(d.second),
    "ZZZZZ": lambda d: _offset(d, ":"),
    "ZZZZ": lambda d: _offset(d, ""),
    "ZZZ": lambda d: "UTC" if not d.utcoffset() else _offset(d, ""),
    "Z": lambda d: "Z" if not d.utcoffset() else _offset(d, ":"),
}


def format_date(layout: str, moment: str) -> str:
    """The moment in Terraform's date layout. Raises `EvaluationError`."""
    when = _parse(moment)
    return "".join(_layout_part(found.group(), when) for found in _LAYOUT.finditer(layout))


def _layout_part(part: str, when: datetime) -> str:
    if part.startswith("'") and len(part) > 1:
        return part[1:-1].replace("''", "'")
    if not part[0].isalpha():
        return part
    if part not in _VERBS:
        raise EvaluationError("formatdate does not know a verb of its layout")
    return _VERBS[part](when)


def _offset(when: datetime, colon: str) -> str:
    text = when.strftime("%z")
    return f"{text[:3]}{colon}{text[3:5]}"


def add(moment: str, duration: str) -> str:
    """The moment so much later. Raises `EvaluationError`."""
    found = _DURATION.fullmatch(duration)
    if not found:
        raise EvaluationError("not a duration")
    seconds = sum(float(n) * _SECONDS[unit] for n, unit in _PIECE.findall(found.group(2)))
    try:
        later = _parse(moment) + timedelta(seconds=-seconds if found.group(1) == "-" else seconds)
    except OverflowError:
        raise EvaluationError("a moment beyond the calendar") from None
    text = later.isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")


def compare(first: str, second: str) -> int:
    """-1, 0 or 1. Raises `EvaluationError`."""
    a, b = _parse(first), _parse(second)
    return (a > b) - (a < b)


def _parse(moment: str) -> datetime:
    if not _MOMENT.fullmatch(moment):
        raise EvaluationError("not a moment in RFC 3339")
    try:
        return datetime.fromisoformat(moment)
    except ValueError:
        raise EvaluationError("not a moment in RFC 3339") from None
