"""Regular expressions in Go's syntax (RE2), run by Python's engine where both mean the same (TF-64).

Python backtracks, so that some patterns take exponential time: those are not run, and the result is
unknown. So is a pattern in syntax that only one of the two knows.
"""

from __future__ import annotations

import re

from netaudit.sources.terraform.values import Deferred, EvaluationError, Map, Seq, Value

MAX_SUBJECT = 20_000
_SHORT = 20  # two ways at each character of so short a text are still quickly tried
_MOST_OPTIONAL = 15

_CLASSES = {
    "[:alnum:]": "a-zA-Z0-9",
    "[:alpha:]": "a-zA-Z",
    "[:blank:]": " \\t",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:punct:]": "!-/:-@\\[-`{-~",
    "[:space:]": "\\s",
    "[:upper:]": "A-Z",
    "[:word:]": "\\w",
    "[:xdigit:]": "0-9A-Fa-f",
}
_FOREIGN = re.compile(r"\\[pPQECKZ]|\(\?[<=!#(>]|\(\?P=|\\[1-9]|[*+?}]\+")
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?[^):]*:?|[()|]|[*+?]|\{\d+(?:,\d*)?\}|.", re.DOTALL)
_REFERENCE = re.compile(r"\$(\$|\w+|\{\w+\})")


def find(pattern: str, text: str, *, everywhere: bool = False) -> list[Value] | Deferred:
    """What the pattern captures at its first match, or at each; unknown where we cannot tell."""
    compiled = _compile(pattern, text)
    if isinstance(compiled, Deferred):
        return compiled
    if 0 < len(compiled.groupindex) < compiled.groups:
        raise EvaluationError("a regular expression cannot mix named and unnamed groups")
    matches = list(compiled.finditer(text)) if everywhere else [m for m in [compiled.search(text)] if m]
    return [_captured(m) for m in matches]


def _captured(found: re.Match[str]) -> Value:
    if found.re.groupindex:
        return Map("object", dict(found.groupdict()))
    if found.re.groups:
        return Seq("tuple", tuple(found.groups()))
    return found.group()


def replace(pattern: str, text: str, new: str) -> Value:
    """Every match replaced; `$1` and `${name}` in `new` stand for groups."""
    compiled = _compile(pattern, text)
    if isinstance(compiled, Deferred):
        return compiled
    return compiled.sub(lambda found: _REFERENCE.sub(lambda r: _group(found, r.group(1)), new), text)


def _group(found: re.Match[str], reference: str) -> str:
    if reference == "$":
        return "$"
    name = reference.strip("{}")
    try:
        return found.group(int(name) if name.isdigit() else name) or ""
    except (IndexError, re.error):
        return ""


def _compile(pattern: str, text: str) -> re.Pattern[str] | Deferred:
    if _FOREIGN.search(pattern) or len(text) > MAX_SUBJECT or _may_explode(pattern, len(text)):
        return Deferred("a regular expression that is not evaluated")
    translated = pattern.replace(r"\z", r"\Z")
    for name, members in _CLASSES.items():
        translated = translated.replace(name, members)
    try:
        return re.compile(translated.replace("(?U)", ""), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise EvaluationError("not a valid regular expression") from error


def _may_explode(pattern: str, length: int) -> bool:
    """Whether a repetition contains another or a choice, or many follow each other on a long text."""
    branches = [False]  # of each open group: whether one text may match in it in several ways
    repeats = optional = 0
    closed = False
    for piece in _PIECE.findall(pattern):
        repeat = piece in ("*", "+") or (piece.startswith("{") and len(piece) > 1)
        if piece.startswith("("):
            branches.append(False)
        elif piece == ")" and len(branches) > 1:
            closed = branches.pop()
            branches[-1] = branches[-1] or closed
            continue
        elif repeat:
            if closed and length > _SHORT:
                return True
            repeats += 1
            branches[-1] = True
        elif piece in ("|", "?"):
            optional += piece == "?"
            branches[-1] = True
        closed = False
    return optional > _MOST_OPTIONAL or (repeats > 3 and length ** min(repeats, 6) > 10**9)
