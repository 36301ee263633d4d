"""What a report has to say to a machine that lists problems: one finding a witness, with a place and a fingerprint.

A violated rule has one finding for each witness. A rule that is unknown or vacuous has one, and so has a waived one
whose witnesses hang on unknowns. A proved rule has none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from netaudit.checks.invariants import Breach, Report, RuleResult, Verdict, Witness
from netaudit.engine.reference import Check
from netaudit.flows import CLAIMED
from netaudit.model import Coverage, Origin, Truth, Unknown
from netaudit.queries.answer import Context
from netaudit.reports.as_text import NOT_CLAIMED

_VERBS = {Truth.YES: "allowed", Truth.NO: "blocked", Truth.MAYBE: "unknown"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `place` is the text that opens the hole, or that stops what must flow; else the rule itself.

    `fingerprint` stays the same when lines move: it is made of the rule, the two ends and the traffic.
    """

    result: RuleResult
    witness: Witness | None
    place: Origin
    message: str
    fingerprint: str

    @property
    def accepted(self) -> bool:
        """Whether a waiver or the baseline lets it pass."""
        return self.result.verdict is Verdict.WAIVED or self.result.baselined


def findings(report: Report) -> Iterator[Finding]:
    """The findings of every rule, in the order of the rules."""
    for result in report.results:
        if result.verdict is Verdict.PROVED:
            continue
        for witness in result.witnesses:
            yield Finding(result, witness, _place(result, witness), _told(result, witness), _print(result, witness))
        if not result.witnesses:
            yield Finding(result, None, _undecided_place(result), undecided(result), _print(result, None))


def _told(result: RuleResult, witness: Witness) -> str:
    rule = result.invariant.rule
    alike = f" (+{witness.alike} alike)" if witness.alike else ""
    verb = "does not reach" if result.invariant.kind == "require" else "reaches"
    flow = f"{witness.source} {verb} {witness.destination} on {witness.traffic}{alike}"
    if not witness.destination:  # the rule is about endpoints, not about flows
        flow = f"{witness.source}: {'; '.join(check.reason for _, _, leg in witness.legs for check in leg)}"
    what = f"{rule.title}: {flow}" if rule.title else flow
    help_ = rule.instructions.strip()
    return f"{what}. {help_}" if help_ else f"{what}."


def undecided(result: RuleResult) -> str:
    """Why a rule without a witness is not proved."""
    rule = result.invariant.rule
    reasons = "; ".join(dict.fromkeys(unknown_text(each) for each in result.depends_on)) or result.note
    said = {Verdict.UNKNOWN: "unknown, it depends on", Verdict.VACUOUS: "vacuous:", Verdict.WAIVED: "waived;"}
    told = f"{said.get(result.verdict, result.verdict.value.lower())} {reasons}"
    if breach := result.at_stake:
        told += f": {stake_text(breach)}"
    return f"{rule.title}: {told}" if rule.title else told


def stake_text(breach: Breach) -> str:
    """Both outcomes of a rule that is unknown."""
    source, destination = breach.pairs[0]
    alike = f" (+{len(breach.pairs) - 1} alike)" if len(breach.pairs) > 1 else ""
    flow = f"{source} → {destination} on {breach.possible}{alike}"
    return f"either PROVED, or VIOLATED by {flow}, which {'does not pass' if breach.missing else 'passes'}"


def unknown_text(unknown: Unknown) -> str:
    """The unknown and its place."""
    return f"{unknown.reason} at {unknown.origin.place}" if unknown.origin else unknown.reason


def _place(result: RuleResult, witness: Witness) -> Origin:
    """Of a hole the last rule that lets it pass (the server's own side), of a stop the first that stops it."""
    checks = [check for _, _, leg in witness.legs for check in leg if check.origin and check.origin.file]
    stops = [check for check in checks if check.verdict is not Truth.YES]
    filters = [check for check in checks if check.policy is not None]
    chosen = stops[:1] if result.invariant.kind == "require" else []
    decisive = (chosen or filters[-1:] or checks[-1:])[:1]
    return next((check.origin for check in decisive if check.origin), result.invariant.origin)


def _undecided_place(result: RuleResult) -> Origin:
    written = (unknown.origin for unknown in result.depends_on if unknown.origin and unknown.origin.file)
    return next(written, result.invariant.origin)


def _print(result: RuleResult, witness: Witness | None) -> str:
    parts: list[object] = [result.invariant.id]
    if witness is None:
        parts += ["undecided", sorted({unknown.reason for unknown in result.depends_on})]
    else:
        parts += [witness.source, witness.destination, witness.traffic.to_json()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def check_line(check: Check) -> str:
    """One hop of a witness in one line, without its place."""
    said = f": {check.reason}" if check.reason else ""
    code = f" [{check.code}]" if check.code else ""
    return f"{check.stage} {_VERBS[check.verdict]} by {check.component}{said}{code}"


def hop_lines(witness: Witness) -> Iterator[str]:
    """The way of a witness, hop by hop, each with its place."""
    for source, destination, checks in witness.legs:
        if len(witness.legs) > 1:
            yield f"{source} → {destination}"
        for check in checks:
            place = f"  {check.origin.place}" if check.origin and check.origin.file else ""
            via = f" (via {', '.join(check.origin.via)})" if check.origin and check.origin.via else ""
            yield f"{check_line(check)}{place}{via}"


def relative(file: str) -> str | None:
    """The file as a path below the working directory with `/`; None where it lies elsewhere."""
    path = PurePosixPath(file.replace("\\", "/"))
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    return None if path.is_absolute() else "/".join(parts)


# ---- what every report says besides -------------------------------------------------------------------


def summary(report: Report) -> str:
    """`3 rules: 1 proved, 2 violated`."""
    counts = [f"{report.count(verdict)} {verdict.value.lower()}" for verdict in Verdict if report.count(verdict)]
    number = len(report.results)
    return f"{number} rule{'' if number == 1 else 's'}: {', '.join(counts) or 'none'}"


CLAIM = "Claimed in the model of these files, under the listed assumptions; not of a running network."


def claims(report: Report, context: Context, coverage: Coverage) -> Iterator[str]:
    """On what the verdicts rest: never more is claimed than what was judged of the files that were read."""
    yield CLAIM
    yield (
        f"coverage: {coverage.modelled} resources modelled, {coverage.irrelevant} irrelevant, "
        f"{coverage.unsupported} unsupported, {coverage.unknown} unknown"
    )
    if context.assumptions:
        yield f"assumed: {', '.join(sorted(context.assumptions))}"
    for key, value in sorted((context.settings or {}).items()):
        yield f"setting: {key}={', '.join(map(str, value)) if isinstance(value, tuple | list) else value}"
    for first, second in context.not_joined:
        yield f"not joined: {first} and {second}"
    if report.base:
        yield f"compared with: {report.base}"
    yield from not_judged(report)
    yield from (f"{r.invariant.id}: {r.note}" for r in report.results if r.note and r.verdict is Verdict.PROVED)
    if report.judged_on:
        yield f"waivers judged on {report.judged_on}"
    yield from report.faults
    for name, count in report.accepted:
        yield f"accepted: {name} ({count} diagnostic{'' if count == 1 else 's'})"


def not_judged(report: Report) -> Iterator[str]:
    """That nothing is said of ICMP and other protocols, where rules do not name them."""
    named = [result.invariant.id for result in report.results if result.invariant.traffic - CLAIMED]
    if not named:
        yield NOT_CLAIMED
    elif len(named) < len(report.results):
        shown = ", ".join(named[:5]) + (", …" if len(named) > 5 else "")
        yield f"{NOT_CLAIMED}, but where they are named: {shown}"
