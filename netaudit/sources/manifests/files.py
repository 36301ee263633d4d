"""Which files a source of manifests consists of, and their text: the only part that touches the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

SIZE_LIMIT = 32 * 1024 * 1024  # bytes of one file
SUFFIXES = {".yaml", ".yml", ".json"}


class UnreadableError(ValueError):
    """A file whose text cannot be had, and why."""


def manifest_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those below the directories named, each once, in a stable order.

    Below a directory only `.yaml`, `.yml` and `.json` count, and hidden names are left out. Symbolic links are
    followed; a directory that was seen already is not entered again, so that a loop ends.
    """
    seen: set[Path] = set()
    for path in paths:
        yield from _below(path, seen, named=True)


def _below(path: Path, seen: set[Path], *, named: bool) -> Iterator[Path]:
    pending = [(path, named)]
    while pending:
        current, explicit = pending.pop()
        try:
            real = current.resolve()
            is_directory = current.is_dir()
        except (OSError, RuntimeError):  # a link that leads to itself
            real, is_directory = current, False
        if real in seen:
            continue
        if is_directory:
            seen.add(real)
            pending += [(child, False) for child in reversed(_children(current))]
        elif explicit or current.suffix.lower() in SUFFIXES:
            seen.add(real)
            yield current


def _children(directory: Path) -> list[Path]:
    """What a directory holds; one that may not be listed is given as itself, so that reading it complains."""
    try:
        return sorted(child for child in directory.iterdir() if not child.name.startswith("."))
    except OSError:
        return []


def text_of(path: Path) -> str:
    """The text of a file. Raises UnreadableError when it is no regular file, too large, or no text."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("it is not a regular file")
        if status.st_size > SIZE_LIMIT:
            raise UnreadableError(f"it is larger than {SIZE_LIMIT // 1024 // 1024} MiB")
        data = path.read_bytes()
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "a link leads to itself"
        raise UnreadableError(f"it cannot be read: {reason}") from None
    return decoded(data)


def decoded(data: bytes) -> str:
    """Bytes as text. Raises UnreadableError where they are none."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8 text") from None
    if "\0" in text:
        raise UnreadableError("it is binary, not text")
    return text.replace("\r\n", "\n")


def shown(path: Path) -> str:
    """The path relative to the working directory, as every origin gives it."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
