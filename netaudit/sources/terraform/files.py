"""The files of one module directory: which are read, in which order, and as what (TF-26)."""

from __future__ import annotations

import functools
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from netaudit.model import Effect, Origin, Severity
from netaudit.sources.terraform import hcl, json_syntax
from netaudit.sources.terraform.diagnostics import Diagnostics
from netaudit.sources.terraform.syntax import Body

MAX_FILES = 2_000
# each run is tried once, from its start and without stepping back, so that no text takes long
_NAME_BACKWARDS = re.compile(r"[\w:-]*[^\W\d]")
_LONGEST_NAME = 64
_SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One parsed file; `name` is its path relative to the working directory. `called`: every name before a bracket."""

    name: str
    body: Body
    is_override: bool
    called: frozenset[str] = frozenset()


def relative(path: Path) -> str:
    """A path as it is shown: relative to the working directory, with forward slashes."""
    return _relative(str(path), os.getcwd())  # noqa: PTH109 - a Path would cost more than what is saved here


@functools.lru_cache(maxsize=4096)
def _relative(path: str, working: str) -> str:
    return Path(os.path.relpath(path, working)).as_posix()


def configuration_files(directory: Path) -> list[Path]:
    """The configuration files of a directory, primary ones first; `x.tofu` stands in for `x.tf`."""
    try:
        with os.scandir(directory) as entries:
            names = sorted(each.name for each in entries if each.name.endswith(_SUFFIXES) and not _is_directory(each))
    except OSError:
        return []
    shadowed = {n.replace(".tofu", ".tf") for n in names if ".tofu" in n}
    kept = [n for n in names if n not in shadowed and not n.startswith(".")]
    return [directory / n for n in sorted(kept, key=lambda n: (is_override(n), n))]


def _is_directory(entry: os.DirEntry[str]) -> bool:
    """Asked of the disk only for links, which may lead nowhere."""
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and Path(entry.path).is_dir())


def is_override(name: str) -> bool:
    """Whether a file overrides the others instead of adding to them."""
    ending = next((each for each in sorted(_SUFFIXES, key=len, reverse=True) if name.endswith(each)), "")
    stem = name.removesuffix(ending)
    return stem == "override" or stem.endswith("_override")


def read_text(path: Path, diagnostics: Diagnostics, code: str = "TF_SYNTAX") -> str | None:
    """The text of a file; None, with a diagnostic, where there is none to be had."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            message = "is not a file"  # a pipe would never end
        elif found.st_size <= hcl.MAX_BYTES:
            return path.read_bytes().decode("utf-8-sig")
        else:
            message = f"larger than {hcl.MAX_BYTES >> 20} MiB, which is refused"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        message = "is not UTF-8 text"
    _unreadable(path, message, 0, diagnostics, code)
    return None


def read_directory(directory: Path, diagnostics: Diagnostics) -> list[SourceFile]:
    """Every file of the directory that can be read; a diagnostic for each that cannot."""
    paths = configuration_files(directory)
    if len(paths) > MAX_FILES:
        diagnostics.add("TF_BUDGET", f"more than {MAX_FILES} files", Origin(relative(directory)), Effect.UNREADABLE)
    found = (_read_file(path, diagnostics) for path in paths[:MAX_FILES])
    return [file for file in found if file is not None]


def _read_file(path: Path, diagnostics: Diagnostics) -> SourceFile | None:
    text = read_text(path, diagnostics)
    body = _parsed(path, text, diagnostics) if text is not None else None
    if text is None or body is None:
        return None
    return SourceFile(relative(path), body, is_override(path.name), _called(text))


def _called(text: str) -> frozenset[str]:
    """Whatever stands before an opening bracket: every name of a function, and a few that are none.

    Read from the bracket backwards, since most words of a text are not called; a name is cut off where it is longer
    than any function's.
    """
    before = (part.rstrip(" \t")[: -_LONGEST_NAME - 1 : -1] for part in text.split("(")[:-1])
    return frozenset(found[0][::-1] for found in map(_NAME_BACKWARDS.match, before) if found is not None)


def parse(path: Path, diagnostics: Diagnostics) -> Body | None:
    """The body of one file, HCL or JSON; None, with a diagnostic, where it cannot be read."""
    text = read_text(path, diagnostics)
    return _parsed(path, text, diagnostics) if text is not None else None


def _parsed(path: Path, text: str, diagnostics: Diagnostics) -> Body | None:
    try:
        if path.name.endswith(".json"):
            return json_syntax.parse_file(text)
        # the lines of a heredoc keep their ends, which are part of its value; nothing else has any
        return hcl.parse_file(text if "<<" in text else text.replace("\r\n", "\n"))
    except hcl.HclSyntaxError as error:
        _unreadable(path, error.message, error.line, diagnostics)
    except RecursionError:
        _unreadable(path, "nested too deeply", 0, diagnostics)
    return None


def _unreadable(path: Path, message: str, line: int, diagnostics: Diagnostics, code: str = "TF_SYNTAX") -> None:
    origin = Origin(relative(path), line, line)
    diagnostics.add(code, f"{path.name}: {message}", origin, Effect.UNREADABLE, Severity.ERROR)
