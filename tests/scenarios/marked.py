"""Fixtures whose own comments mark what is wrong: `# leak: RULE-ID` stands on the line that a witness must name.

`# cause: RULE-ID` stands on the line that a reviewer would mend, where that is another one and no witness goes by it: a
default, an address, a label, what is not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from netaudit.api import Estate, load
from netaudit.checks.verdicts import Report, RuleResult, Verdict

ROOT = Path(__file__).resolve().parents[2] / "fixtures"
_MARKS = {word: re.compile(rf"# {word}: (?P<rules>[\w., -]+)") for word in ("leak", "cause")}

Places = dict[str, set[tuple[str, int]]]


def marks(directory: Path, word: str = "leak") -> Places:
    """For each rule that a comment names: the places that its witnesses must go by; or those of another word."""
    found: Places = {}
    for file in sorted(path for path in directory.rglob("*") if path.is_file()):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if mark := _MARKS[word].search(line):
                for rule in re.split(r"[ ,]+", mark["rules"].strip()):
                    found.setdefault(rule, set()).add((str(file), number))
    return found


def sources(directory: Path) -> list[str]:
    """The directory itself, or, where it holds no file, each directory in it as a source named after it."""
    inner = sorted(path for path in directory.iterdir() if path.is_dir())
    flat = any(path.is_file() for path in directory.iterdir())
    return [str(directory)] if flat else [f"{path.name}={path}" for path in inner]


def estate_of(directory: Path) -> Estate:
    """What the directory declares."""
    return load(*sources(directory))


def wrong(report: Report) -> dict[str, Verdict]:
    """The rules that are not proved, with their verdicts."""
    return {r.invariant.id: r.verdict for r in report.results if r.verdict is not Verdict.PROVED}


def named(result: RuleResult, directory: Path) -> set[tuple[str, int]]:
    """Every place inside the directory that a hop of a witness names, the calls of modules it came by included."""
    return {place for place in _places(result) if Path(place[0]).is_relative_to(directory)}


def _places(result: RuleResult) -> Iterator[tuple[str, int]]:
    for witness in result.witnesses:
        for _, _, checks in witness.legs:
            for check in checks:
                if check.origin is not None:
                    yield str(Path(check.origin.file).resolve()), check.origin.line
                    for call in check.origin.via:
                        file, line = call.split(" ")[0].rsplit(":", 1)
                        yield str(Path(file).resolve()), int(line)
