"""A report as Markdown for a pull-request comment: verdicts in a table, each witness folded below it.

The first line is a hidden marker by which a bot finds its own comment again. A comment holds 65,536 characters: what
would not fit is left out as whole witnesses, and the comment says how many, and where they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from netaudit.checks.invariants import Report, RuleResult, Verdict
from netaudit.model import Coverage
from netaudit.queries.answer import Context
from netaudit.reports.escape import printable
from netaudit.reports.findings import claims, findings, hop_lines, summary

MARKER = "<!-- netaudit check -->"
LARGEST = 65_000  # characters, short of the 65,536 that a comment may have
_TABLE = 20_000  # characters of the table alone
_SIGNS = {
    Verdict.PROVED: "✅",
    Verdict.VIOLATED: "❌",
    Verdict.UNKNOWN: "❔",
    Verdict.VACUOUS: "⚪",
    Verdict.WAIVED: "🟡",
}
_ACTIVE = re.compile(r"[\\`*_{}\[\]|~@#!:]")


def check_markdown(report: Report, context: Context, coverage: Coverage) -> str:
    """The whole comment."""
    ordered = sorted(report.results, key=lambda result: result.verdict is Verdict.PROVED)
    rows, left_rows = _fitting((_row(result) for result in ordered), _TABLE)
    head = [
        MARKER,
        f"### netaudit: {summary(report)}",
        "",
        "| verdict | rule | what must hold |",
        "|---|---|---|",
    ]
    head += rows
    if left_rows:
        head.append(f"| … | | {left_rows} more rules: see the text report |")
    said, _ = _fitting((f"- {text(line)}" for line in claims(report, context, coverage)), _TABLE)
    foot = ["", "<details><summary>What this rests on</summary>", "", *said, "", "</details>"]
    room = LARGEST - _length([*head, *foot]) - 200
    blocks, left = _fitting(_details(report), room)
    if left:
        blocks.append(f"\n**{left} more findings do not fit here**: see the full text, JSON or SARIF report.")
    return "\n".join([*head, *blocks, *foot]) + "\n"


def _row(result: RuleResult) -> str:
    rule = result.invariant.rule
    return f"| {_SIGNS[result.verdict]} {result.verdict.value} | {code(rule.id)} | {text(rule.title)} |"


def _details(report: Report) -> Iterator[str]:
    for finding in findings(report):
        title = f"{finding.result.verdict.value} {code(finding.result.invariant.id)}"
        if finding.witness is None:
            yield f"\n{title}: {text(finding.message)}"
            continue
        witness = finding.witness
        flow = f"{code(witness.source)} → {code(witness.destination)} {code(str(witness.traffic))}"
        alike = f" (+{witness.alike} alike)" if witness.alike else ""
        lines = "\n".join(map(text, hop_lines(witness)))
        told = text(finding.message)
        yield f"\n<details><summary>{title}: {flow}{alike}</summary>\n\n{told}\n\n<pre>{lines}</pre>\n</details>"


def _fitting(blocks: Iterable[str], room: int) -> tuple[list[str], int]:
    """The blocks that fit in so many characters, and how many do not."""
    kept: list[str] = []
    left = 0
    for block in blocks:
        if left or len(block) + 1 > room:
            left += 1
        else:
            kept.append(block)
            room -= len(block) + 1
    return kept, left


def _length(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def text(given: str) -> str:
    """Text in which nothing is markup, a mention or a link."""
    return _ACTIVE.sub(lambda sign: f"&#{ord(sign.group())};", html.escape(printable(" ".join(given.split()))))


def code(given: str) -> str:
    """A name, shown as it is."""
    return f"<code>{text(given)}</code>"
