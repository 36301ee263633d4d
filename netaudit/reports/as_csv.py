"""Tables as CSV, for spreadsheets: a cell that a spreadsheet would run as a formula is quoted as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from netaudit.reports.escape import printable


def table_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """A header line and one line a row; lists are joined by blanks."""
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = list(rows[0])
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    words = (
        " ".join(str(item) for item in value)
        if isinstance(value, list | tuple)
        else str("" if value is None else value)
    )
    shown = printable(words)
    return f"'{shown}" if shown[:1] in {"=", "+", "-", "@"} else shown
