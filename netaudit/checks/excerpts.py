"""The text that decides a witness: the line of its last rule, and the part of it that lets the flow in.

    27 |   cidr_blocks = ["10.0.0.0/8"]
       |                  ^^^^^^^^^^^^

The part is the block of addresses, the label or the group that the rule is about, where it stands in the rule's text
as such; a rule whose addresses come from elsewhere (a variable) shows its first line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from netaudit.checks.verdicts import Excerpt, Report, Witness
from netaudit.engine.reference import Check
from netaudit.model import Origin, Truth

_NAMED = re.compile(
    r"[0-9]+(?:\.[0-9]+){3}(?:/[0-9]+)?|[0-9a-f]*(?::[0-9a-f]*){2,}(?:/[0-9]+)?|(?<==)[\w.-]+|aws_\w+\.[\w-]+"
)
_LONGEST_RULE = 60  # lines
_WIDEST = 160

Lines = Callable[[str], Sequence[str]]  # the lines of a file by its name; none where it is no file of this directory


def excerpts(report: Report, lines: Lines) -> dict[Origin, Excerpt]:
    """The excerpt of each rule that decides a witness, by its origin."""
    found: dict[Origin, Excerpt] = {}
    lines = cache(lines)  # many rules stand in one file
    for check in (check for result in report.results for w in result.witnesses if (check := deciding(w))):
        if check.origin is not None and check.origin not in found:
            shown = _excerpt(check.origin, check.reason, lines(check.origin.file))
            found |= {check.origin: shown} if shown else {}
    return found


def deciding(witness: Witness) -> Check | None:
    """The last written rule that lets a witness pass; None where it is stopped, or goes by no written rule."""
    checks = [check for *_, leg in witness.legs for check in leg]
    if any(check.verdict is Truth.NO for check in checks):
        return None
    written = [check for check in checks if check.policy and check.origin and check.origin.file and check.origin.line]
    return written[-1] if written else None


def _excerpt(origin: Origin, said: str, lines: Sequence[str]) -> Excerpt | None:
    first, last = origin.line - 1, min(max(origin.end_line, origin.line), origin.line + _LONGEST_RULE)
    rule = lines[first:last]
    if not rule:
        return None
    for number, column, name in _places(rule, said):
        return _shown(origin.line + number, rule[number], column, len(name))
    return _shown(origin.line, rule[0], len(rule[0]) - len(rule[0].lstrip()), len(rule[0].strip()))


def _places(rule: Sequence[str], said: str) -> Iterator[tuple[int, int, str]]:
    """Where something that was said of the rule stands in its text."""
    for name in _NAMED.findall(said):
        for number, text in enumerate(rule):
            if (column := text.find(name)) >= 0:
                yield number, column, name


def _shown(line: int, text: str, start: int, width: int) -> Excerpt | None:
    return Excerpt(line, text.rstrip(), start, width) if width and start + width <= _WIDEST else None
