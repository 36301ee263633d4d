"""Regular expressions in Go's syntax (RE2), run by Python's engine where both mean the same (TF-64).

https://pkg.go.dev/regexp/syntax (read 2026-11-27)

Python backtracks, so that some patterns take exponential time: those are not run, and the result is
unknown. So is a pattern in syntax that only one of the two knows, and what the two capture differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netaudit.sources.terraform.values import Deferred, EvaluationError, Map, Seq, Value

MAX_SUBJECT = 20_000
MOST_REPEATED = 1000  # Go refuses more
_SHORT = 20  # two ways at each character of so short a text are still quickly tried
_MOST_OPTIONAL = 15

_CLASSES = {
    "[:alnum:]": "a-zA-Z0-9",
    "[:alpha:]": "a-zA-Z",
    "[:blank:]": " \\t",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:punct:]": "!-/:-@\\[-`{-~",
    "[:space:]": "\\t\\n\\v\\f\\r ",
    "[:upper:]": "A-Z",
    "[:word:]": "\\w",
    "[:xdigit:]": "0-9A-Fa-f",
}
_WIDTHLESS = frozenset({"^", "$", r"\b", r"\B", r"\A", r"\z"})
_BLANK = r"\t\n\f\r "  # Go's `\s`: without the vertical tab
_FOREIGN = re.compile(
    r"\\[pPQECKZuUN1-9]|\\x\{|\(\?[<=!#(>]|\(\?P=|[*+?}]\+|\{,|\[[^\]]*\\S|\(\?\w*[mU]\w*:|\(\?\w*U|.\(\?[\w-]+\)"
)
_FOLDS = re.compile(r"\(\?\w*i")
_PIECE = re.compile(
    r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?P<\w+>|\(\?[a-zA-Z-]*[:)]|[()|]|[*+?]|\{\d+(?:,\d*)?\}|.", re.DOTALL
)
_REFERENCE = re.compile(r"\$(\$|\w+|\{\w+\})")


def find(pattern: str, text: str, *, everywhere: bool = False) -> list[Value] | Deferred:
    """What the pattern captures at its first match, or at each; unknown where we cannot tell."""
    compiled = _compile(pattern, text)
    if isinstance(compiled, Deferred):
        return compiled
    if 0 < len(compiled.groupindex) < compiled.groups:
        raise EvaluationError("a regular expression cannot mix named and unnamed groups")
    matches = _every(compiled, text) if everywhere else (m for m in [compiled.search(text)] if m)
    return [_captured(m) for m in matches]


def _every(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """All matches, from left to right; an empty one right behind another one is none, as in Go."""
    position, end = 0, -1
    while position <= len(text) and (found := pattern.search(text, position)) is not None:
        if found.end() > found.start() or found.start() != end:
            yield found
        end = found.end()
        position = end + (end == position)


def surely_once(pattern: str, prefix: str) -> bool:
    """Whether the pattern matches exactly once in every text with that prefix.

    It does if it holds to the beginning of the text and its match in the prefix ends before that does: what comes
    after can give the pattern a longer match, but neither take away this one nor give another.
    """
    if not pattern.startswith("^") or "|" in pattern or "(?" in pattern:
        return False
    compiled = _compile(pattern, prefix)
    found = None if isinstance(compiled, Deferred) else compiled.match(prefix)
    return found is not None and found.end() < len(prefix)


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
    parts: list[str] = []
    end = 0
    for found in _every(compiled, text):
        parts += text[end : found.start()], _expanded(new, found)
        end = found.end()
    return "".join([*parts, text[end:]])


def _expanded(new: str, found: re.Match[str]) -> str:
    return _REFERENCE.sub(lambda reference: _group(found, reference.group(1)), new)


def _group(found: re.Match[str], reference: str) -> str:
    if reference == "$":
        return "$"
    name = reference.strip("{}")
    try:
        return found.group(int(name) if name.isdigit() else name) or ""
    except (IndexError, re.error):
        return ""


def _compile(pattern: str, text: str) -> re.Pattern[str] | Deferred:
    unknown = Deferred("a regular expression that is not evaluated")
    pieces = _PIECE.findall(pattern)
    if _differs(pattern, pieces, text) or len(text) > MAX_SUBJECT or _may_explode(pieces, len(text)):
        return unknown
    by_lines = re.match(r"\(\?\w*m", pattern) is not None
    try:
        return re.compile("".join(_translated(piece, by_lines) for piece in pieces), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        if "(?" in pattern:
            return unknown  # groups that only Go takes
        raise EvaluationError("not a valid regular expression") from error


def _differs(pattern: str, pieces: list[str], text: str) -> bool:
    """Whether the two may understand a pattern differently."""
    folds = _FOLDS.search(pattern) is not None and not (pattern + text).isascii()
    inside_of_nothing = not text and r"\B" in pieces
    return folds or inside_of_nothing or _FOREIGN.search(pattern) is not None or _repeats_nothing(pieces)


def _translated(piece: str, by_lines: bool) -> str:
    """A piece of a pattern as Python spells it."""
    if piece.startswith("[") and len(piece) > 1:
        for name, members in _CLASSES.items():
            piece = piece.replace(name, members)
        return re.sub(r"(\\\\)|\\s", lambda found: found.group(1) or _BLANK, piece)
    if piece == "$":
        return piece if by_lines else r"\Z"
    return {r"\z": r"\Z", r"\s": f"[{_BLANK}]", r"\S": f"[^{_BLANK}]"}.get(piece, piece)


def _repeats_nothing(pieces: list[str]) -> bool:
    """Whether a repetition is of something that may be empty: Python refuses it, or captures something else in the end.

    Raises `EvaluationError` for more repetitions than Go takes.
    """
    least = [[0]]  # of each open group, the least width of each of its branches
    last = 0
    for position, piece in enumerate(pieces):
        before = pieces[position - 1] if position else ""
        if piece.startswith("("):
            least += [] if piece.endswith(")") else [[0]]
            last = 0
        elif piece == ")" and len(least) > 1:
            last = min(least.pop())
            least[-1][-1] += last
        elif piece == "|":
            least[-1].append(0)
        elif (repeat := _least_repeated(piece)) is not None:
            if piece == "?" and _least_repeated(before) is not None:
                continue  # it makes the repetition lazy
            if before in _WIDTHLESS or (before == ")" and last == 0 and piece != "?"):
                return True
            least[-1][-1] += last * (repeat - 1)
            last = 0
        else:
            last = 0 if piece in _WIDTHLESS else 1
            least[-1][-1] += last
    return False


def _least_repeated(piece: str) -> int | None:
    """How often at least a repetition wants what it repeats; None for a piece that is none."""
    if piece.startswith("{") and len(piece) > 1:
        counts = [int(count) for count in piece[1:-1].split(",") if count]
        if max(counts) > MOST_REPEATED:
            raise EvaluationError("not a valid regular expression")
        return counts[0]
    return {"*": 0, "?": 0, "+": 1}.get(piece)


def _may_explode(pieces: list[str], length: int) -> bool:
    """Whether a repetition contains another or a choice, or many follow each other on a long text."""
    branches = [False]  # of each open group: whether one text may match in it in several ways
    repeats = optional = 0
    closed = False
    for piece in pieces:
        repeat = piece in ("*", "+") or (piece.startswith("{") and len(piece) > 1)
        if piece.startswith("("):
            branches += [] if piece.endswith(")") else [False]
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
