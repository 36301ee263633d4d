"""The report on a set of rules as text for people: the verdict is the first word of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netaudit.checks.excerpts import deciding
from netaudit.checks.invariants import Report, RuleResult, Verdict, Witness
from netaudit.checks.verdicts import Excerpt
from netaudit.model import Coverage, Origin
from netaudit.queries.answer import Context
from netaudit.reports.as_text import columns, context_lines, counted, step_row, text_of, unknown_text
from netaudit.reports.findings import CLAIM, not_judged, stake_text


def check_text(report: Report, context: Context, coverage: Coverage) -> str:
    """The verdicts, violated rules with their witnesses first-hand."""
    lines: list[str] = []
    width = max((len(result.invariant.id) for result in report.results), default=0)
    for result in report.results:
        lines += _result_lines(result, width, report.excerpts)
    counts = ", ".join(
        f"{report.count(verdict)} {verdict.value.lower()}" for verdict in Verdict if report.count(verdict)
    )
    lines += ["", f"{counted(len(report.results), 'rule')}: {counts or 'none'}"]
    lines.append(CLAIM)
    lines.append(
        f"coverage: {coverage.modelled} resources modelled, {coverage.irrelevant} irrelevant, "
        f"{coverage.unsupported} unsupported, {coverage.unknown} unknown"
    )
    if report.base:
        lines.append(f"compared with: {report.base}")
    if report.judged_on:
        lines.append(f"waivers judged on {report.judged_on}")
    lines += report.faults
    lines += [f"accepted: {name} ({counted(number, 'diagnostic')})" for name, number in report.accepted]
    return text_of([*lines, *context_lines(context), *not_judged(report)])


def _result_lines(result: RuleResult, width: int, excerpts: Mapping[Origin, Excerpt]) -> Iterator[str]:
    rule = result.invariant.rule
    unit = {"no-dead-rule": "rule", "survives": "case"}.get(result.invariant.kind, "pair")
    pairs = f"{counted(result.examined, unit)} examined" + (f", {result.failing} failing" if result.failing else "")
    yield f"{result.verdict.value:9} {rule.id:{width}}  {rule.title}  ({result.invariant.relation}, {pairs})"
    for witness in result.witnesses:
        yield from _witness_lines(witness)
        check = deciding(witness)
        if check and check.origin and check.origin in excerpts:
            yield from _excerpt_lines(excerpts[check.origin])
    if result.depends_on:
        yield f"          depends on {'; '.join(unknown_text(unknown) for unknown in result.depends_on)}"
    if breach := result.at_stake:
        yield f"          {stake_text(breach)}"
    if result.note:
        yield f"          {result.note}"
    if result.baselined:
        yield "          in the baseline: nothing beyond what is listed there is wrong"
    if waived := result.waived:
        who = f"{waived.owner}, approved by {waived.approver}" + (f", {waived.ticket}" if waived.ticket else "")
        yield f"          waived until {waived.expires} by {', '.join(waived.ids)} ({who}): {waived.reason}"
        yield f"          without that: {waived.verdict.value}"
    if result.closing and result.closing.note:
        yield f"          {result.closing.note}"
    elif result.closing:
        edits, flows = counted(len(result.closing.edits), "edit"), counted(result.closing.flows, "flow")
        yield f"          closed by {edits}, all needed, which stop {flows} of {result.closing.flows}:"
        yield from (f"            · {edit}" for edit in result.closing.edits)
    if result.verdict is Verdict.VIOLATED and rule.instructions:
        owner = f" ({rule.owner})" if rule.owner else ""
        yield f"          what to do{owner}: {rule.instructions.strip()}"


def _witness_lines(witness: Witness) -> Iterator[str]:
    alike = f"  (+{counted(witness.alike, 'pair')} alike)" if witness.alike else ""
    flow = f"{witness.source} → {witness.destination}   {witness.traffic}" if witness.destination else witness.source
    yield f"    {flow}{alike}"
    for source, destination, checks in witness.legs:
        if len(witness.legs) > 1:
            yield f"      {source} → {destination}"
        yield from columns([("    " + row[0], *row[1:]) for row in map(step_row, checks)])


def _excerpt_lines(found: Excerpt) -> Iterator[str]:
    """The line that decides, its part underlined."""
    number = str(found.line)
    text = found.text.replace("\t", " ")
    yield f"      {number} | {text}"
    yield f"      {' ' * len(number)} | {' ' * found.start}{'^' * found.width}"
