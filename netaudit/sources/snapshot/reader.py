"""Snapshot files to one reading: one file or a directory tree by account and Region, any file names.

Each file is one object `{"Key": [...]}` as the command line or boto prints it; some hold several keys, pages are a list
of such objects or stand one after another, and accounts and Regions may be keys around them. What the same id says
twice (both sides of a peering, two Regions' lists) is taken once; where the two differ, that is told. Keys without
meaning to a network are passed over and named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from netaudit.model import Diagnostic, Effect, Origin, Reading, Resource, Severity, Unknown, Value
from netaudit.sources.snapshot import (
    acls,
    balancers,
    groups,
    machines,
    network,
    others,
    public_access,
    services,
    transit,
)
from netaudit.sources.snapshot.answers import account_of, answers, place_in, region_of
from netaudit.sources.snapshot.files import is_no_answer, parsed
from netaudit.sources.snapshot.foreign import why_foreign
from netaudit.sources.snapshot.gaps import gaps
from netaudit.sources.snapshot.item import Item
from netaudit.sources.snapshot.owned import owned, whose
from netaudit.sources.snapshot.shelf import Shelf
from netaudit.text import stored
from netaudit.text.document import UnparsableError, first_line

_LARGEST_WITH_LINES = 6_000_000  # characters of a snapshot: the parser that knows lines is ten times slower
_PACKED = 15  # how many times larger an answer is, usually, than what gzip makes of it

Reader = Callable[[Shelf], Iterable[Resource]]
READERS: tuple[Reader, ...] = (
    network.read,
    groups.read,
    acls.read,
    machines.read,
    balancers.read,
    services.read,
    transit.read,
    others.read,
    public_access.read,
)


def read_snapshot(paths: Sequence[Path], *, name: str) -> Reading:
    """All files of one snapshot; what cannot be read is a diagnostic with effect UNREADABLE."""
    notes: list[Diagnostic] = []
    lines = sum(_size(path) for path in paths) <= _LARGEST_WITH_LINES
    items = [item for path in sorted(paths) for item in _documents(path, notes, lines=lines)]
    shelf = Shelf(items, notes)
    resources: dict[tuple[str, str], Resource] = {}
    for reader in READERS:
        for each in reader(shelf):
            known = resources.setdefault((each.kind, each.address), each)
            if not each.address:
                notes.append(_nameless(each))
            elif known is not each and not _agree(known, each):
                notes.append(_described_twice(known, each))
    resources = {key: each for key, each in resources.items() if each.address}
    notes += gaps(shelf)
    notes += _passed_over(shelf)
    return Reading(name, "snapshot", tuple(resources.values()), tuple(dict.fromkeys(notes)))


_NO_ANSWER = 'an answer of the API is an object, such as {"Vpcs": [...]}'


def _size(path: Path) -> int:
    """How large a file is, unpacked; that of a packed one is guessed."""
    size = path.stat().st_size if path.is_file() else 0
    return size * _PACKED if path.suffix == ".gz" else size


def _documents(path: Path, notes: list[Diagnostic], *, lines: bool) -> Iterator[Item]:
    settings = _settings(path)
    try:
        text = stored.text_of(path)
        if not text.strip():
            notes.append(_unread(path, 0, "the file is empty, where an answer of the API should be"))
            return
        if is_no_answer(path, text):
            notes.append(_unread(path, 1, f"no answer of the API, but: {text.strip().splitlines()[0][:120]}"))
            return
        for value, mark in parsed(path, text, lines=lines):
            for answer in (owned(each.named(), path) for each in answers(value, mark, settings)):
                line = first_line(answer.mark) if answer.mark is not None else 1
                if why := why_foreign(answer):
                    notes.append(_unread(path, line, why))
                elif isinstance(answer.value, Mapping) and not answer.is_bare:
                    yield Item(answer.value, answer.mark, str(path), answer.settings, notes)
                else:
                    notes.append(_unread(path, line, _NO_ANSWER))
    except UnparsableError as error:
        notes.append(_unread(path, error.line, error.message))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        notes.append(_unread(path, 0, str(error)))


def _unread(path: Path, line: int, message: str) -> Diagnostic:
    return Diagnostic("SNAPSHOT_UNREAD", message, Severity.ERROR, Origin(str(path), line), Effect.UNREADABLE)


def _nameless(resource: Resource) -> Diagnostic:
    message = f"an object that would be an {resource.kind} has no id"
    return Diagnostic("SNAPSHOT_BAD_SHAPE", message, Severity.ERROR, resource.origin, Effect.UNREADABLE)


def _settings(path: Path) -> dict[str, Value]:
    """The account and the Region that the directories above a file name, or else its own name."""
    parts = path.resolve().parts[:-1]
    regions = [part for part in parts if region_of(part)]
    accounts = [part for before, part in pairwise(parts) if before == "accounts"]
    accounts = accounts or [part for part in parts if account_of(part)]
    above = {"region": regions[-1:], "account_id": accounts[-1:]}
    return {**place_in(path.name), **{key: value[0] for key, value in above.items() if value}}


def _agree(one: Resource, other: Resource) -> bool:
    """Whether two descriptions of one thing may both be right: what each says, the other says too, or leaves out."""
    shared = (set(one.attributes) & set(other.attributes)) - {"tags", "ways_not_listed"}
    return all(_may_be_one(one.attributes[key], other.attributes[key]) for key in shared)


def _may_be_one(one: Value, other: Value) -> bool:
    """Whether two values may be the same: what one of them leaves open, the other may say."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return True
    if isinstance(one, list) and isinstance(other, list):
        open_ended = any(isinstance(each, Unknown) and each.many for each in (*one, *other))
        return open_ended or (len(one) == len(other) and all(map(_may_be_one, one, other)))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_may_be_one(one[key], other[key]) for key in one)
    return bool(one == other)


def _described_twice(one: Resource, other: Resource) -> Diagnostic:
    where = f"{one.origin.place} and here" if one.origin else "elsewhere and here"
    message = f"{one.address} ({one.kind}) is described twice, differently: {where}; the first is used"
    return Diagnostic("SNAPSHOT_CONFLICT", message, Severity.WARNING, other.origin, Effect.UNREADABLE)


def _passed_over(shelf: Shelf) -> Iterator[Diagnostic]:
    for key, item in shelf.unasked():
        message = f"'{key}' is passed over: {whose(key) or 'it is not part of the model'}"
        yield Diagnostic("SNAPSHOT_KEY_PASSED_OVER", message, Severity.INFO, item.origin, Effect.IGNORED)
