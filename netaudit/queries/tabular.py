"""Answers as tables: one line in a console, a capped table in a notebook, rows for everything else.

A notebook's HTML is written here and nowhere else: names are escaped, nothing in it acts, and it needs no style sheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, ClassVar

from netaudit.model import Origin

if TYPE_CHECKING:
    import polars as pl
    from pandas import DataFrame

Row = Mapping[str, object]

_SHOWN = 50
_CELL = "text-align:left;vertical-align:top;padding:2px 8px"
_BAD, _WARN, _GOOD = "#c4122f", "#8a5a00", "#1c7c6c"
_COLOURS = {"VIOLATED": _BAD, "BLOCKED": _BAD, "NO": _BAD, "UNKNOWN": _WARN, "VACUOUS": _WARN, "WAIVED": _WARN}
_COLOURS |= {"MAYBE": _WARN, "PROVED": _GOOD, "ALLOWED": _GOOD, "YES": _GOOD}


class Tabular:
    """What has rows. `columns` are their keys, in order, and never change within a version of the package."""

    __slots__ = ()
    columns: ClassVar[tuple[str, ...]] = ()

    def rows(self) -> list[Row]:
        """Plain values, one mapping a row."""
        raise NotImplementedError

    def headline(self) -> str:
        """What it is, in one line."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.headline()}>"

    def _repr_html_(self) -> str:
        return html_table(self.headline(), self.columns, self.rows())

    def to_pandas(self) -> DataFrame:
        """The rows as a frame. Raises ImportError where pandas is not installed (`netaudit-graph[notebook]`)."""
        import pandas  # noqa: ICN001, PLC0415 - an extra, and slow to load

        return pandas.DataFrame(self.rows(), columns=list(self.columns))

    def to_polars(self) -> pl.DataFrame:
        """The rows as a frame. Raises ImportError where polars is not installed (`netaudit-graph[polars]`)."""
        import polars as pl  # noqa: PLC0415 - an extra, and slow to load

        return pl.DataFrame(self.rows(), schema=list(self.columns), infer_schema_length=None, strict=False)


def html_table(headline: str, columns: Sequence[str], rows: Sequence[Row]) -> str:
    """A table of at most fifty rows, and how many more there are."""
    head = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in columns)}</tr>" for row in rows[:_SHOWN])
    more = f"<p>… {len(rows) - _SHOWN:,} more</p>" if len(rows) > _SHOWN else ""
    return f"<p><b>{escape(headline)}</b></p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    colour = f";font-weight:bold;color:{_COLOURS[text]}" if text in _COLOURS else ""
    return f'<td style="{_CELL}{colour}">{escape(text)}</td>'


def placed(origin: Origin | None) -> dict[str, object]:
    """The columns `file` and `line`; None where the format has no lines."""
    return {"file": origin.file if origin else "", "line": origin.line or None if origin else None}
