"""Answers as the contract's JSON: versioned, sorted, the same bytes for the same input."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from netaudit.engine.reference import Check
from netaudit.flows import Traffic
from netaudit.model import Diagnostic, Origin, Ref, Resource, Sensitive, Truth, Unknown
from netaudit.queries.answer import Context, ReachAnswer
from netaudit.queries.diff import Change, DiffAnswer
from netaudit.queries.explain import Explanation, way_of
from netaudit.queries.explain_chain import ChainExplanation
from netaudit.queries.flow import Flow
from netaudit.queries.rewritten import Rewritten
from netaudit.queries.what_if import Edit
from netaudit.reports.escape import harmless_json

Json = dict[str, Any]

_LARGEST_EXPONENT = 300
_WORDS = {Truth.YES: "YES", Truth.NO: "NO", Truth.MAYBE: "UNKNOWN"}
_VERDICTS = {Truth.YES: "ALLOWED", Truth.NO: "BLOCKED", Truth.MAYBE: "UNKNOWN"}


def dumps(document: object) -> str:
    """One JSON text with a final newline; whatever could act on a terminal stays escaped."""
    return harmless_json(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False, default=_number)) + "\n"


def _number(value: object) -> object:
    """A decimal as a number, where JSON's readers have one for it; otherwise as its digits."""
    if not isinstance(value, Decimal):
        raise TypeError(f"not JSON: {value!r}")
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        return str(value)
    return int(value) if value == value.to_integral_value() else float(value)


# ---- parts --------------------------------------------------------------------------------------------


def flow_json(flow: Flow) -> Json:
    """One flow; optional members only where they say something."""
    found: Json = {
        "source": flow.source,
        "destination": flow.destination,
        "certain": flow.certain.to_json(),
        "possible": flow.possible.to_json(),
        "depends_on": [unknown_json(unknown) for unknown in flow.depends_on],
    }
    if flow.bounds.one_way:
        found["one_way"] = flow.bounds.one_way.to_json()
    if flow.through:
        found["through"] = list(flow.through)
    if flow.dialled and flow.dialled != flow.possible:
        found["dialled"] = flow.dialled.to_json()
    return found


def unknown_json(unknown: Unknown) -> Json:
    """What an answer depends on, and where it stands."""
    return {"what": unknown.reason} | place_json(unknown.origin)


def place_json(origin: Origin | None) -> Json:
    """File and line, where something was written in one."""
    if origin is None or not origin.file:
        return {}
    return {"file": origin.file, "line": origin.line} if origin.line else {"file": origin.file}


def diagnostic_json(diagnostic: Diagnostic) -> Json:
    """One diagnostic."""
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **place_json(diagnostic.origin),
        "effect": str(diagnostic.effect),
    }


def context_json(context: Context) -> Json:
    """On what an answer rests: what is not joined, diagnostics, assumptions, settings."""
    return {
        "not_joined": sorted(list(pair) for pair in context.not_joined),
        "settings": dict(context.settings or {}),
        "assumptions": sorted(context.assumptions),
        "diagnostics": _diagnostics_json(context.diagnostics),
    }


def _diagnostics_json(diagnostics: Iterable[Diagnostic]) -> list[Json]:
    return [diagnostic_json(each) for each in sorted(diagnostics, key=lambda each: each.sort_key)]


# ---- answers ------------------------------------------------------------------------------------------


def reach_json(answer: ReachAnswer) -> Json:
    """`netaudit/reach/v1`."""
    return {
        "schema": "netaudit/reach/v1",
        "relation": str(answer.relation),
        "flows": [flow_json(flow) for flow in answer.flows],
        "external": dict(sorted(answer.external.items())),
        **context_json(answer.context),
    }


def diff_json(answer: DiffAnswer) -> Json:
    """`netaudit/diff/v1`."""
    return {
        "schema": "netaudit/diff/v1",
        "relation": str(answer.relation),
        "base": answer.base,
        "opened": [flow_json(each.after) | _decided(each) for each in answer.opened if each.after],
        "closed": [flow_json(each.before) | _decided(each) for each in answer.closed if each.before],
        "changed": [_changed_json(each) for each in answer.altered],
        "unchanged": answer.unchanged,
        "rules": [{"rule": each.rule, "before": each.before, "after": each.after} for each in answer.rules],
        "idle": [_rewritten_json(each) for each in answer.idle],
        "external": dict(sorted(answer.external.items())),
        **context_json(answer.context),
    }


def _changed_json(change: Change) -> Json:
    sides = {"before": change.before, "after": change.after}
    flows = {name: flow_json(flow) for name, flow in sides.items() if flow is not None}
    return {"source": change.source, "destination": change.destination, **flows, **_decided(change)}


def _decided(change: Change) -> Json:
    """What decides now, and what was written otherwise of all that the flow goes by."""
    causes = [_rewritten_json(each) for each in change.causes]
    return {**place_json(change.place), **({"causes": causes} if causes else {})}


def _rewritten_json(each: Rewritten) -> Json:
    return {"address": each.address, "part": each.part, "verb": each.verb, **place_json(each.origin)}


def step_json(check: Check) -> Json:
    """One step of a way: where, what it does, and why."""
    found: Json = {
        "at": check.component,
        "stage": str(check.stage),
        "hop": check.place,
        "verdict": _VERDICTS[check.verdict],
        "reason": check.reason,
        "code": check.code,
        **place_json(check.origin),
    }
    if check.verdict is Truth.MAYBE:
        found["depends_on"] = [unknown_json(unknown) for unknown in check.because]
    if check.origin and check.origin.via:
        found["via"] = list(check.origin.via)
    return found


def explain_json(explanation: Explanation, context: Context) -> Json:
    """`netaudit/explain/v1`."""
    return {"schema": "netaudit/explain/v1"} | _explained(explanation) | context_json(context)


def explain_chain_json(chain: ChainExplanation, context: Context) -> Json:
    """`netaudit/explain/v1` of a flow that several connections make: `legs` are these, in order."""
    found: Json = {
        "schema": "netaudit/explain/v1",
        "relation": chain.relation,
        "source": chain.source.id,
        "destination": chain.destination.id,
        "traffic": chain.traffic.to_json(),
        "verdict": _WORDS[chain.verdict],
        "legs": [_explained(leg) for leg in chain.legs],
    }
    return found | _flipping(chain) | context_json(context)


def _explained(explanation: Explanation) -> Json:
    trace, best = explanation.trace, explanation.journey
    found: Json = {
        "source": trace.source.id,
        "destination": trace.destination.id,
        "traffic": explanation.traffic.to_json(),
        "verdict": _WORDS[trace.verdict],
        "delivered": _WORDS[trace.delivered],
        "one_way": explanation.one_way,
        "hops": [step_json(check) for check in way_of(trace)],
        "reply": [step_json(check) for check in (best.reply if best else ())],
    }
    if best and best.overruled:
        found["overruled"] = [step_json(check) for check in best.overruled]
    return found | _flipping(explanation)


def _flipping(explanation: Explanation | ChainExplanation) -> Json:
    found: Json = {
        "depends_on": [unknown_json(unknown) for unknown in explanation.depends_on],
        "changes": [_edit_json(edit) for edit in explanation.changes],
    }
    return found | ({"note": explanation.note} if explanation.note else {})


def _edit_json(edit: Edit) -> Json:
    return {"edit": str(edit), "filter": edit.policy.name, **place_json(edit.rule.origin)}


def resources_json(resources: Iterable[Resource], unread: Iterable[Diagnostic]) -> Json:
    """`netaudit/resources/v1`: what was read, before any meaning is given to it, and what could not be read."""
    return {
        "schema": "netaudit/resources/v1",
        "resources": [_resource_json(resource) for resource in resources],
        "diagnostics": _diagnostics_json(unread),
    }


def _resource_json(resource: Resource) -> Json:
    origin = resource.origin
    return {
        "address": resource.address,
        "kind": resource.kind,
        "attributes": {name: value_json(value) for name, value in sorted(resource.attributes.items())},
        "file": origin.file,
        "line": origin.line,
        "end_line": origin.end_line,
        "via": list(origin.via),
    }


def value_json(value: object) -> object:
    """An attribute's value; what is not plain is an object with one `$` key."""
    if isinstance(value, Sensitive):
        return {"$sensitive": True}
    if isinstance(value, Unknown):
        many = {"$many": True} if value.many else {}
        return {"$unknown": value.reason, **many, **(place_json(value.origin) if value.origin else {})}
    if isinstance(value, Ref):
        return {"$ref": str(value)}
    if isinstance(value, Mapping):
        return {str(key): value_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [value_json(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((value_json(item) for item in value), key=dumps)
    return value


def table_json(name: str, rows: Iterable[Mapping[str, object]], context: Context) -> Json:
    """`netaudit/<name>/v1`: one of the lists of `netaudit ls`. That of diagnostics is every answer's own."""
    listed = [{key: cell for column, value in row.items() for key, cell in _cells(column, value)} for row in rows]
    return {"schema": f"netaudit/{name}/v1", name: listed, **context_json(context)}


def _cells(column: str, value: object) -> Iterable[tuple[str, object]]:
    if column == "place":
        return place_json(value).items() if isinstance(value, Origin) else ()
    return [(column, value.to_json() if isinstance(value, Traffic) else value)]
