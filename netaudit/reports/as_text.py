"""Answers as text for people: the verdict is the first word, every line ends with a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from netaudit.engine.reference import Check
from netaudit.flows import CLAIMED, NO_TRAFFIC, Traffic
from netaudit.model import Diagnostic, Effect, Origin, Severity, Truth, Unknown
from netaudit.queries.answer import Context, PairAnswer, QuestionAnswer, ReachAnswer
from netaudit.queries.diff import Change, DiffAnswer
from netaudit.queries.explain import Explanation, way_of
from netaudit.queries.explain_chain import ChainExplanation
from netaudit.queries.flow import Flow
from netaudit.queries.rewritten import Rewritten
from netaudit.reports.escape import printable, printable_line

_SIGNS = {"added": "+", "changed": "~", "removed": "−"}
_WORDS = {Truth.YES: "YES", Truth.NO: "NO", Truth.MAYBE: "UNKNOWN"}
_VERDICTS = {Truth.YES: "ALLOWED", Truth.NO: "BLOCKED", Truth.MAYBE: "UNKNOWN"}
_MARKS = {Truth.YES: "✗", Truth.NO: "✓", Truth.MAYBE: "?"}
_SHOWN = 50
_CHANGES_SHOWN = 500


def reach_text(answer: ReachAnswer) -> str:
    """All flows, one a line."""
    rows = [_flow_row(flow) for flow in answer.flows]
    lines = [*columns(rows), "", counted(len(rows), "flow") + f" ({answer.relation})"]
    return text_of([*lines, *context_lines(answer.context), not_claimed(flow.possible for flow in answer.flows)])


def _flow_row(flow: Flow) -> tuple[str, ...]:
    note = ""
    if flow.bounds.open:
        note = f"possible: {flow.possible}" + _because(flow.depends_on)
    if flow.bounds.one_way:
        note = f"{note}  one way, no reply: {flow.bounds.one_way}".strip()
    if flow.through:
        note = f"through {' → '.join(flow.through)}  {note}".strip()
    return (flow.source, "→", flow.destination, str(flow.certain) if flow.certain else "not certain", note)


def question_text(answer: QuestionAnswer) -> str:
    """A question's answer: how many of the pairs, then what decides each."""
    reached = sum(pair.verdict is not Truth.NO for pair in answer.pairs)
    word = _WORDS[answer.verdict]
    lines = [f"{word}: {answer.asked} on {answer.traffic}: {reached} of {counted(len(answer.pairs), 'pair')}"]
    ordered = sorted(answer.pairs, key=lambda pair: -pair.verdict)
    lines += columns([_pair_row(pair) for pair in ordered[:_SHOWN]])
    if len(ordered) > _SHOWN:
        lines.append(f"  … {len(ordered) - _SHOWN} more pairs")
    return text_of([*lines, *context_lines(answer.reach.context), not_claimed([answer.traffic])])


def _pair_row(pair: PairAnswer) -> tuple[str, ...]:
    ends = f"{pair.source} → {pair.destination}"
    traffic = str(pair.flow.possible or pair.flow.bounds.one_way) if pair.flow else "no path"
    decided = ""
    if pair.flow is None and pair.verdict is Truth.MAYBE:
        traffic, decided = "any", "possibly: nothing joins their sources"
    if pair.check is not None:
        verb = "stopped by" if pair.verdict is Truth.NO else "opened by"
        said = f": {pair.check.reason}" if pair.check.reason else ""
        decided = f"{verb} {pair.check.component}{said}"
    return ("  " + _MARKS[pair.verdict], ends, traffic, _written(pair.check.origin if pair.check else None), decided)


# ---- diff ---------------------------------------------------------------------------------------------


def diff_text(answer: DiffAnswer) -> str:
    """The counts, then what was opened, changed and closed, each with the place that decides it now."""
    counts = f"{len(answer.opened)} opened, {len(answer.closed)} closed, {len(answer.altered)} changed"
    lines = [f"{answer.base or 'base'} → now: {counts}, {answer.unchanged} unchanged ({answer.relation})"]
    ordered = (*answer.opened, *answer.altered, *answer.closed)
    lines += columns([_change_row(change) for change in ordered[:_CHANGES_SHOWN]])
    if len(ordered) > _CHANGES_SHOWN:
        lines.append(f"  … {len(ordered) - _CHANGES_SHOWN} more")
    lines += _rewritten_lines(answer)
    for rule in answer.rules:
        verb = {"VIOLATED": "newly broken", "PROVED": "mended"}.get(rule.after, "changed")
        lines.append(f"  rule {rule.rule} {verb}: {rule.before} → {rule.after}")
    flows = [flow for change in answer.changes for flow in (change.before, change.after) if flow]
    return text_of([*lines, *context_lines(answer.context), not_claimed(flow.possible for flow in flows)])


def _rewritten_lines(answer: DiffAnswer) -> Iterator[str]:
    """What was written otherwise, and how many of the differences go by each part."""
    counts = Counter(cause for change in answer.changes for cause in change.causes)
    if causes := [each for each in answer.rewritten if each in counts]:
        yield "  written otherwise in the way of these flows:"
        yield from columns([(*_rewritten_row(each), counted(counts[each], "flow")) for each in causes[:_CHANGES_SHOWN]])
    if idle := answer.idle:
        yield f"  written otherwise {'and in no way of these flows' if answer.changes else 'without effect'}:"
        yield from columns([_rewritten_row(each) for each in idle[:_CHANGES_SHOWN]])
    for more in (len(found) - _CHANGES_SHOWN for found in (causes, idle)):
        if more > 0:
            yield f"    … {more} more"


def _rewritten_row(each: Rewritten) -> tuple[str, ...]:
    return (f"    {_SIGNS[each.verb]} {each.address}", f"{each.part or 'all of it'} {each.verb}", _written(each.origin))


def _change_row(change: Change) -> tuple[str, ...]:
    ends = f"{change.source} → {change.destination}"
    if change.before is None or change.after is None:
        mark, word = ("+", "OPENED") if change.before is None else ("−", "CLOSED")
        flow = change.after or change.before
        traffic = _traffic_of(flow) if flow else ""
    else:
        mark, word = "~", "CHANGED"
        traffic = f"{_traffic_of(change.before)} → {_traffic_of(change.after)}"
    return (f"  {mark} {word}", ends, traffic, _written(change.place))


def _traffic_of(flow: Flow) -> str:
    """What certainly passes, and what possibly does besides."""
    parts = [str(flow.certain)] if flow.certain else []
    parts += [f"possible: {flow.possible}"] if flow.bounds.open else []
    parts += [f"one way: {flow.bounds.one_way}"] if flow.bounds.one_way else []
    return ", ".join(parts)


# ---- explain ------------------------------------------------------------------------------------------


def explain_text(explanation: Explanation, context: Context) -> str:
    """Why, or why not: each stage with its verdict and its place, and what would flip the answer."""
    lines = [_answer_line(explanation), *_way_lines(explanation), *_flip_lines(explanation)]
    return text_of([*lines, *context_lines(context), not_claimed([explanation.traffic])])


def explain_chain_text(chain: ChainExplanation, context: Context) -> str:
    """The same where several connections make one flow: each of them, then what would flip the whole."""
    ends = f"{chain.source.id} {_can(chain.verdict)} reach {chain.destination.id} on {chain.traffic}"
    lines = [f"{_WORDS[chain.verdict]}: {ends} ({chain.relation})"]
    for leg in chain.legs:
        lines += [f"  {_answer_line(leg)}", *(f"  {line}" for line in _way_lines(leg))]
    return text_of([*lines, *_flip_lines(chain), *context_lines(context), not_claimed([chain.traffic])])


def _answer_line(explanation: Explanation) -> str:
    trace = explanation.trace
    ends = f"{trace.source.id} {_can(trace.verdict)} reach {trace.destination.id} on {explanation.traffic}"
    one_way = " (one-way: what is sent arrives, no reply comes back)" if explanation.one_way else ""
    return f"{_WORDS[trace.verdict]}: {ends}{one_way}"


def _way_lines(explanation: Explanation) -> Iterator[str]:
    yield from columns([step_row(check) for check in way_of(explanation.trace)])
    if explanation.journey and explanation.journey.overruled:
        yield "  other routes do not take it:"
        yield from columns([step_row(check) for check in explanation.journey.overruled])
    if explanation.journey and explanation.journey.reply:
        yield "  the reply:"
        yield from columns([step_row(check) for check in explanation.journey.reply])


def _flip_lines(explanation: Explanation | ChainExplanation) -> Iterator[str]:
    if explanation.depends_on:
        yield f"  it depends on {'; '.join(unknown_text(each) for each in explanation.depends_on)}"
    if explanation.changes:
        goal = "stop it" if explanation.verdict is Truth.YES else "open it"
        yield f"  a smallest change that would {goal} ({counted(len(explanation.changes), 'edit')}, all needed):"
        yield from (f"    · {edit}" for edit in explanation.changes)
    if explanation.note:
        yield f"  {explanation.note}"


def _can(verdict: Truth) -> str:
    return {Truth.YES: "can", Truth.NO: "cannot", Truth.MAYBE: "may or may not"}[verdict]


def step_row(check: Check) -> tuple[str, ...]:
    """One step of a way: its stage, what it does, the place, and the words."""
    code = f" [{check.code}]" if check.code else ""
    because = _because(check.because) if check.verdict is Truth.MAYBE else ""
    via = f"  (via {', '.join(check.origin.via)})" if check.origin and check.origin.via else ""
    said = f": {check.reason}" if check.reason else ""
    return (
        f"  {check.stage}",
        _VERDICTS[check.verdict],
        _written(check.origin),
        f"{check.component}{said}{code}{because}{via}",
    )


# ---- lists --------------------------------------------------------------------------------------------


def table_text(rows: Sequence[Mapping[str, object]]) -> str:
    """A list of `netaudit ls`: one row a line, columns aligned."""
    if not rows:
        return "nothing to list\n"
    names = list(rows[0])
    head = tuple(name.upper() for name in names)
    return text_of(columns([head, *(tuple(_cell(row.get(name, "")) for name in names) for row in rows)]))


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, Origin):
        return value.place
    return "" if value is None or value == NO_TRAFFIC else str(value)


# ---- parts --------------------------------------------------------------------------------------------


def diagnostics_text(diagnostics: Iterable[Diagnostic]) -> str:
    """One line a diagnostic, worst first."""
    order = list(Severity)
    ordered = sorted(diagnostics, key=lambda d: (order.index(d.severity), d.sort_key))
    return "".join(printable_line(_diagnostic(each)) + "\n" for each in ordered)


def _diagnostic(diagnostic: Diagnostic) -> str:
    place = f"{diagnostic.origin.place}: " if diagnostic.origin and diagnostic.origin.file else ""
    effect = "" if diagnostic.effect is Effect.IGNORED else f" ({diagnostic.effect})"
    return f"{diagnostic.severity}: {place}{diagnostic.message} [{diagnostic.code}]{effect}"


def context_lines(context: Context) -> Iterator[str]:
    """On what an answer rests, a line each."""
    for first, second in context.not_joined:
        yield f"not joined: {first} and {second}; nothing is said about flows between them"
    if context.assumptions:
        yield f"assumed: {', '.join(sorted(context.assumptions))}"
    if context.settings:
        yield "settings: " + ", ".join(f"{key}={_cell(value)}" for key, value in context.settings.items())
    trusted = [each for each in context.diagnostics if each.effect is not Effect.IGNORED]
    if trusted:
        yield f"{counted(len(trusted), 'diagnostic')} limit the answer: see `netaudit ls diagnostics`"


NOT_CLAIMED = "ICMP and other protocols: not claimed"


def not_claimed(traffic: Iterable[Traffic]) -> str:
    """What to say where nothing is said of ICMP and other protocols."""
    return "" if any(each - CLAIMED for each in traffic) else NOT_CLAIMED


def _because(unknowns: Sequence[Unknown]) -> str:
    return f", depends on {'; '.join(unknown_text(unknown) for unknown in unknowns)}" if unknowns else ""


def unknown_text(unknown: Unknown) -> str:
    """The reason and its place."""
    return f"{unknown.reason} at {unknown.origin.place}" if unknown.origin else unknown.reason


def _written(origin: Origin | None) -> str:
    return origin.place if origin and origin.file else ""


def counted(number: int, noun: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Left-aligned columns; the last one is as long as it is."""
    if not rows:
        return []
    cells = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in cells
    ]


def text_of(lines: Iterable[str]) -> str:
    """Lines to a text; never two empty ones together, none at the end."""
    shown: list[str] = []
    for line in lines:
        if line or (shown and shown[-1]):
            shown.append(printable_line(line))
    return "\n".join(shown).rstrip("\n") + "\n"
