"""A report as GitLab's Code Quality artifact: an array of issues with place, severity and fingerprint.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format (read 2026-11-23). The format has no
place for what a rule's proof rests on, so give the text or Markdown report beside it.
"""

from __future__ import annotations

import json
from typing import Any

from netaudit.checks.invariants import Report
from netaudit.checks.kinds import RuleSeverity
from netaudit.model import Coverage
from netaudit.queries.answer import Context
from netaudit.reports.escape import harmless_json, printable
from netaudit.reports.findings import Finding, findings, relative

_SEVERITIES = {
    RuleSeverity.CRITICAL: "blocker",
    RuleSeverity.HIGH: "critical",
    RuleSeverity.MEDIUM: "major",
    RuleSeverity.LOW: "minor",
    RuleSeverity.INFO: "info",
}


def check_gitlab(report: Report, _: Context, __: Coverage) -> str:
    """One issue a finding, but for those that a waiver or the baseline lets pass."""
    issues = [_issue(finding) for finding in findings(report) if not finding.accepted]
    return harmless_json(json.dumps(issues, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def _issue(finding: Finding) -> dict[str, Any]:
    rule, place = finding.result.invariant.rule, finding.place
    return {
        "description": printable(" ".join(f"{finding.result.verdict.value} {rule.id}: {finding.message}".split())),
        "check_name": rule.id,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[rule.severity],
        "location": {"path": relative(place.file) or place.file, "lines": {"begin": max(place.line, 1)}},
    }
