"""One YAML document of a file, with the line of each of its parts; every mistake is a RuleFileError with its place."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from netaudit.errors import RuleFileError
from netaudit.model import Origin
from netaudit.text.compose import Budget
from netaudit.text.document import Branch, Broken, Mark, first_line
from netaudit.text.yamltext import documents

_LARGEST = 4 << 20  # bytes of one file


def read_document(path: Path) -> tuple[Any, Mark]:
    """The only document of a file, and its marks. Raises RuleFileError."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise RuleFileError(f"cannot be read: {reason}", str(path)) from None
    if len(data) > _LARGEST:
        raise RuleFileError(f"is larger than {_LARGEST >> 20} MiB; split it", str(path))
    found = list(documents(text, Budget()))
    if len(found) != 1:
        raise RuleFileError(f"expected one YAML document, found {len(found)}", str(path))
    if isinstance(found[0], Broken):
        raise RuleFileError(found[0].message, f"{path}:{found[0].line}")
    return found[0].value, found[0].mark


def told(name: str, mark: Mark, steps: tuple[Any, ...], message: str) -> tuple[int, str]:
    """A mistake in the part at this path: its line, to sort by, and its place with what is wrong there."""
    place, field = place_of(name, mark, steps), ".".join(str(step) for step in steps)
    return place.line, f"{place.place}: {field}: {message}" if field else f"{place.place}: {message}"


def unknown_field(given: str, known: Iterable[str]) -> str:
    """What to say of a field that nothing knows: which one was meant perhaps."""
    close = get_close_matches(given, list(known), n=1)
    return f"unknown field '{given}'" + (f"; did you mean '{close[0]}'?" if close else "")


def place_of(name: str, mark: Mark, steps: tuple[Any, ...]) -> Origin:
    """Where the part at this path stands in the file of this name."""
    return Origin(name, _line(mark, steps))


def _line(mark: Mark, steps: tuple[Any, ...]) -> int:
    """The line of the part at the path, or of the nearest part around it that exists."""
    for step in steps:
        parts = mark.parts if isinstance(mark, Branch) else None
        if (isinstance(parts, dict) and step in parts) or (
            isinstance(parts, list) and isinstance(step, int) and step < len(parts)
        ):
            mark = parts[step]
        else:
            break
    return first_line(mark)
