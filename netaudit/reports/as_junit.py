"""A report as JUnit XML: one test case a rule, valid against the schema of Jenkins (`junit-10.xsd`).

A violated rule is a failure with its witnesses, an unknown or vacuous one an error, a waived one is skipped. That
schema has no place for file and line in a test case: where the rule is declared stands in its output.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from netaudit.checks.invariants import Report, RuleResult, Verdict
from netaudit.model import Coverage
from netaudit.queries.answer import Context
from netaudit.reports.escape import printable
from netaudit.reports.findings import claims, hop_lines, summary, undecided

_OF_ALL = ("tests", "failures", "errors")  # the counts that the outermost element may have
_ERRORS = {Verdict.UNKNOWN, Verdict.VACUOUS}


def check_junit(report: Report, context: Context, coverage: Coverage) -> str:
    """The whole report as one XML document."""
    counts = {
        "tests": len(report.results),
        "failures": sum(result.verdict is Verdict.VIOLATED and not _passes(result) for result in report.results),
        "errors": sum(result.verdict in _ERRORS and not _passes(result) for result in report.results),
        "skipped": sum(_passes(result) for result in report.results),
    }
    numbers = {name: str(count) for name, count in counts.items()}
    suites = ET.Element("testsuites", {"name": "netaudit"} | {name: numbers[name] for name in _OF_ALL})
    suite = ET.SubElement(suites, "testsuite", {"name": "netaudit check"} | numbers)
    properties = ET.SubElement(suite, "properties")
    for number, text in enumerate([summary(report), *claims(report, context, coverage)], start=1):
        ET.SubElement(properties, "property", {"name": f"claim-{number}", "value": _plain(text)})
    for result in report.results:
        _case(suite, result)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _passes(result: RuleResult) -> bool:
    return result.verdict is Verdict.WAIVED or result.baselined


def _case(suite: ET.Element, result: RuleResult) -> None:
    rule, origin = result.invariant.rule, result.invariant.origin
    name = f"{rule.id} {rule.title}".strip()
    attributes = {"classname": f"netaudit.{result.invariant.kind}", "name": name}
    case = ET.SubElement(suite, "testcase", {key: _plain(value) for key, value in attributes.items()})
    if _passes(result):
        ET.SubElement(case, "skipped", {"message": _plain(undecided(result))})
    elif result.verdict is Verdict.VIOLATED:
        told = f"{len(result.witnesses)} witnesses, {result.failing} of {result.examined} pairs"
        failure = ET.SubElement(case, "failure", {"type": str(rule.severity), "message": told})
        failure.text = _witnesses(result)
    elif result.verdict in _ERRORS:
        ET.SubElement(case, "error", {"type": result.verdict.value, "message": _plain(undecided(result))})
    if origin.file:
        ET.SubElement(case, "system-out").text = _plain(f"declared at {origin.place}")


def _witnesses(result: RuleResult) -> str:
    lines: list[str] = []
    for witness in result.witnesses:
        alike = f"  (+{witness.alike} alike)" if witness.alike else ""
        lines.append(f"{witness.source} → {witness.destination}   {witness.traffic}{alike}")
        lines += [f"  {line}" for line in hop_lines(witness)]
    if help_ := result.invariant.rule.instructions.strip():
        lines.append(f"what to do: {help_}")
    return "\n".join(map(_plain, lines))


def _plain(text: str) -> str:
    """What XML can hold at all: no control characters, and not the two code points that it excludes."""
    return printable(text).replace(chr(0xFFFE), "\\ufffe").replace(chr(0xFFFF), "\\uffff")
