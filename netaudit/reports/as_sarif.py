"""A report as SARIF 2.1.0, for code scanning: one run, one result a witness, its way as a code flow.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html (read 2026-11-23). Results of kind `fail` carry a
level by the rule's severity; what is unknown is of kind `open`, what is vacuous of kind `notApplicable`, both without
a level, as section 3.27.9 asks. Whatever limits the trust in the answers is a notification of the invocation.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from netaudit.checks.invariants import Report, RuleResult, Verdict, Witness
from netaudit.checks.kinds import RuleSeverity
from netaudit.engine.reference import Check
from netaudit.model import Coverage, Diagnostic, Effect, Origin, Severity
from netaudit.queries.answer import Context
from netaudit.reports.escape import harmless_json, printable
from netaudit.reports.findings import Finding, check_line, claims, findings, relative, summary

Json = dict[str, Any]

FINGERPRINT = "netauditFlow/v1"
_ROOT = "%SRCROOT%"
_LEVELS = {
    RuleSeverity.CRITICAL: "error",
    RuleSeverity.HIGH: "error",
    RuleSeverity.MEDIUM: "warning",
    RuleSeverity.LOW: "note",
    RuleSeverity.INFO: "note",
}
# What code scanning sorts by: 0.1 to 10.0, as text.
_SCORES = {
    RuleSeverity.CRITICAL: "9.5",
    RuleSeverity.HIGH: "8.0",
    RuleSeverity.MEDIUM: "5.5",
    RuleSeverity.LOW: "3.0",
    RuleSeverity.INFO: "0.5",
}
_KINDS = {Verdict.UNKNOWN: "open", Verdict.VACUOUS: "notApplicable"}
_NOTES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def check_sarif(report: Report, context: Context, coverage: Coverage, *, version: str) -> str:
    """The whole log as one JSON text; `version` is that of the tool."""
    index = {result.invariant.id: number for number, result in enumerate(report.results)}
    run: Json = {
        "tool": {
            "driver": {
                "name": "netaudit",
                "semanticVersion": version,
                "rules": [_rule(result) for result in report.results],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The working directory of the run."}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(d) for d in context.diagnostics if _limits(d)],
            }
        ],
        "results": [_result(each, index) for each in findings(report)],
        "properties": {"summary": summary(report), "claims": list(claims(report, context, coverage))},
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    log = {"$schema": schema, "version": "2.1.0", "runs": [run]}
    return harmless_json(json.dumps(log, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def _rule(result: RuleResult) -> Json:
    rule = result.invariant.rule
    described = rule.title or f"{rule.id} ({result.invariant.kind})"
    found: Json = {
        "id": rule.id,
        "shortDescription": _message(described),
        "fullDescription": _message(rule.rationale.strip() or described),
        "help": _message(rule.instructions.strip() or f"`netaudit rule {rule.id} --rules FILE` explains the rule."),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "kind": result.invariant.kind,
            "relation": str(result.invariant.relation),
            "verdict": result.verdict.value,
            "examined": result.examined,
            "failing": result.failing,
            "security-severity": _SCORES[rule.severity],
            "tags": ["security", "network", *rule.controls],
        },
    }
    return found


def _result(finding: Finding, index: dict[str, int]) -> Json:
    result = finding.result
    rule = result.invariant.rule
    kind = _KINDS.get(result.verdict, "fail")
    found: Json = {
        "ruleId": rule.id,
        "ruleIndex": index[rule.id],
        "kind": kind,
        "level": _LEVELS[rule.severity] if kind == "fail" else "none",
        "message": _message(finding.message),
        "locations": [_location(finding.place)],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
    }
    if result.baselined:
        found["baselineState"] = "unchanged"
    if waived := result.waived:
        told = f"{', '.join(waived.ids)} until {waived.expires}, {waived.owner}, {waived.approver}: {waived.reason}"
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": printable(told)}]
    if finding.witness is not None:
        found["codeFlows"] = _code_flows(finding.witness)
        found["relatedLocations"] = [_location(result.invariant.origin, "the rule") | {"id": 1}]
    return found


def _code_flows(witness: Witness) -> list[Json]:
    checks = [check for _, _, leg in witness.legs for check in leg]
    steps = [
        {"location": _step(check), "executionOrder": number, "importance": "essential"}
        for number, check in enumerate(checks, start=1)
    ]
    flow = _message(f"{witness.source} → {witness.destination} on {witness.traffic}")
    return [{"message": flow, "threadFlows": [{"locations": steps}]}] if steps else []


def _step(check: Check) -> Json:
    origin = check.origin
    via = f" (via {', '.join(origin.via)})" if origin and origin.via else ""
    return _location(origin, check_line(check) + via) | {
        "logicalLocations": [{"fullyQualifiedName": printable(check.place), "kind": "resource"}]
    }


def _location(origin: Origin | None, message: str = "") -> Json:
    found: Json = {"message": _message(message)} if message else {}
    if origin is None or not origin.file:
        return found
    physical: Json = {"artifactLocation": _artifact(origin.file)}
    if origin.line:
        physical["region"] = {"startLine": origin.line, "endLine": max(origin.line, origin.end_line)}
    if origin.address:
        found["logicalLocations"] = [{"fullyQualifiedName": printable(origin.address), "kind": "resource"}]
    return found | {"physicalLocation": physical}


def _artifact(file: str) -> Json:
    """Relative to the working directory; a file elsewhere keeps its own path, which no base belongs to."""
    inside = relative(file)
    if inside is not None:
        return {"uri": quote(inside), "uriBaseId": _ROOT}
    path = PurePosixPath(file.replace("\\", "/"))
    return {"uri": ("file://" if path.is_absolute() else "") + quote(str(path))}


def _limits(diagnostic: Diagnostic) -> bool:
    return diagnostic.effect is not Effect.IGNORED


def _notification(diagnostic: Diagnostic) -> Json:
    found: Json = {
        "descriptor": {"id": diagnostic.code},
        "level": _NOTES[diagnostic.severity],
        "message": _message(f"{diagnostic.message} ({diagnostic.effect})"),
    }
    origin = diagnostic.origin
    return found | ({"locations": [_location(origin)]} if origin and origin.file else {})


def _message(text: str) -> Json:
    """Braces are doubled: in a SARIF message, `{0}` would be a placeholder (section 3.11.5)."""
    return {"text": printable(" ".join(text.split())).replace("{", "{{").replace("}", "}}")}
