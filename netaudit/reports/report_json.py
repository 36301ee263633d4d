"""The report on a set of rules as the contract's JSON."""

from __future__ import annotations

from netaudit.checks.invariants import Breach, Report, RuleResult, Verdict, Waived, Witness
from netaudit.model import Coverage
from netaudit.queries.answer import Context
from netaudit.reports.as_json import Json, context_json, place_json, step_json, unknown_json
from netaudit.reports.claimed import claimed
from netaudit.reports.findings import CLAIM


def check_json(report: Report, context: Context, coverage: Coverage) -> Json:
    """`netaudit/check/v1`."""
    return {
        "schema": "netaudit/check/v1",
        "claim": CLAIM,
        **({"base": report.base} if report.base else {}),
        "results": [_result_json(result) for result in report.results],
        "summary": {verdict.value: report.count(verdict) for verdict in Verdict},
        **({"judged_on": report.judged_on, "faults": list(report.faults)} if report.judged_on else {}),
        "accepted": [{"name": name, "diagnostics": count} for name, count in report.accepted],
        **context_json(context),
        "coverage": {
            "modelled": coverage.modelled,
            "irrelevant": coverage.irrelevant,
            "unsupported": coverage.unsupported,
            "unknown": coverage.unknown,
        },
    }


def _result_json(result: RuleResult) -> Json:
    invariant = result.invariant
    found: Json = {
        "rule": invariant.id,
        "kind": invariant.kind,
        "title": invariant.rule.title,
        "relation": str(invariant.relation),
        "verdict": result.verdict.value,
        "severity": str(invariant.rule.severity),
        "witnesses": [_witness_json(witness) for witness in result.witnesses],
        "depends_on": [unknown_json(unknown) for unknown in result.depends_on],
        "examined": result.examined,
        "failing": result.failing,
        "baselined": result.baselined,
        "waiver": _waiver_json(result.waived) if result.waived else None,
        "controls": list(invariant.rule.controls),
        **place_json(invariant.origin),
    }
    if sentences := claimed(result):
        found["claims"] = list(sentences)
    if breach := result.at_stake:
        found["outcomes"] = [{"verdict": Verdict.PROVED.value}, _violated_by(breach)]
    if result.closing:
        note = {"note": result.closing.note} if result.closing.note else {}
        found["closing"] = {"edits": list(map(str, result.closing.edits)), "flows": result.closing.flows} | note
    return found | ({"note": result.note} if result.note else {})


def _violated_by(breach: Breach) -> Json:
    source, destination = breach.pairs[0]
    flow = {"source": source, "destination": destination, "traffic": breach.possible.to_json()}
    passes = not breach.missing
    return {"verdict": Verdict.VIOLATED.value, **flow, "passes": passes, "alike": len(breach.pairs) - 1}


def _waiver_json(waived: Waived) -> Json:
    found: Json = {"ids": list(waived.ids), "verdict": waived.verdict.value, "expires": waived.expires}
    found |= {"owner": waived.owner, "approver": waived.approver, "reason": waived.reason}
    return found | ({"ticket": waived.ticket} if waived.ticket else {})


def _witness_json(witness: Witness) -> Json:
    return {
        "source": witness.source,
        "destination": witness.destination,
        "traffic": witness.traffic.to_json(),
        "alike": witness.alike,
        "hops": [step_json(check) for _, _, checks in witness.legs for check in checks],
    }
