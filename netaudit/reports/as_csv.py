"""Tables as CSV, for spreadsheets: a cell that a spreadsheet would run as a formula is quoted as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from netaudit.flows import NO_TRAFFIC
from netaudit.model import Origin
from netaudit.reports.escape import printable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # the wide ones count as well, in some locales


def table_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """A header line and one line a row, nothing without rows. Lists are joined by blanks, a place is file and line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for index, row in enumerate(rows):
        cells = dict(cell for name, value in row.items() for cell in _cells(name, value))
        if index == 0:
            writer.writerow(cells)
        writer.writerow(cells.values())
    return text.getvalue()


def _cells(name: str, value: object) -> Iterator[tuple[str, str]]:
    if name == "place":
        origin = value if isinstance(value, Origin) else Origin("")
        yield "file", _cell(origin.file)
        yield "line", str(origin.line or "")
    else:
        yield name, _cell(value)


def _cell(value: object) -> str:
    if value is None or value == NO_TRAFFIC:
        return ""
    words = " ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
    return printable(f"'{words}" if words.lstrip(" ").startswith(_FORMULA) else words)
