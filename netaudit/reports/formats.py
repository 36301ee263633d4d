"""The formats of `netaudit check`, by name: each is a function of the report and of what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netaudit.checks.invariants import Report
from netaudit.model import Coverage
from netaudit.queries.answer import Context
from netaudit.reports.as_github import check_github
from netaudit.reports.as_gitlab import check_gitlab
from netaudit.reports.as_json import dumps
from netaudit.reports.as_junit import check_junit
from netaudit.reports.as_markdown import check_markdown
from netaudit.reports.as_sarif import check_sarif
from netaudit.reports.report_json import check_json
from netaudit.reports.report_text import check_text

Writer = Callable[[Report, Context, Coverage], str]

WRITERS: Mapping[str, Writer] = {
    "text": check_text,
    "json": lambda *answer: dumps(check_json(*answer)),
    "junit": check_junit,
    "github": check_github,
    "gitlab": check_gitlab,
    "markdown": check_markdown,
}


def check_as(name: str, report: Report, context: Context, coverage: Coverage, *, version: str) -> str:
    """The report in one of the formats; SARIF alone tells the tool's version. Raises KeyError."""
    if name == "sarif":
        return check_sarif(report, context, coverage, version=version)
    return WRITERS[name](report, context, coverage)


CHECK_FORMATS = (*WRITERS, "sarif")
