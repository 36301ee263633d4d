"""A report as workflow commands, which GitHub shows as annotations at the lines of a pull request.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions (read 2026-11-23): one line a
command; in its data `%`, line ends, and in its properties also `:` and `,`, are written as `%XX`.
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.checks.invariants import Report, Verdict
from netaudit.checks.kinds import RuleSeverity
from netaudit.model import Coverage
from netaudit.queries.answer import Context
from netaudit.reports.escape import printable
from netaudit.reports.findings import Finding, claims, findings, hop_lines, relative, summary

_MILD = {RuleSeverity.LOW, RuleSeverity.INFO}


def check_github(report: Report, context: Context, coverage: Coverage) -> str:
    """One annotation a finding, and a notice of what was claimed."""
    said = [summary(report), *claims(report, context, coverage)]
    return "".join([*map(_annotation, findings(report)), f"::notice title=netaudit::{_data(said)}\n"])


def _annotation(finding: Finding) -> str:
    place = finding.place
    properties = {"file": relative(place.file) or place.file}
    if place.line:
        properties |= {"line": str(place.line), "endLine": str(max(place.line, place.end_line))}
    properties["title"] = f"netaudit {finding.result.verdict.value} ({finding.result.invariant.id})"
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_command(finding)} {written}::{_data(_lines(finding))}\n"


def _command(finding: Finding) -> str:
    if finding.accepted:
        return "notice"
    verdict, severity = finding.result.verdict, finding.result.invariant.rule.severity
    return "warning" if verdict is not Verdict.VIOLATED or severity in _MILD else "error"


def _lines(finding: Finding) -> Iterator[str]:
    yield finding.message
    if finding.witness is not None:
        yield from hop_lines(finding.witness)


def _data(lines: Iterator[str] | list[str]) -> str:
    return "%0A".join(_escaped(line) for line in lines)


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return printable(" ".join(text.split("\n"))).replace("%", "%25")
