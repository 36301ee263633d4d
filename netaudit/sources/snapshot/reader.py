"""Snapshot files to one reading: one file or a directory tree by account and Region, any file names.

Each file is one object `{"Key": [...]}` as the command line or boto prints it; some hold several keys. What the same
id says twice (both sides of a peering, two Regions' lists) is taken once. Keys without meaning to a network are
passed over and named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from netaudit.model import Diagnostic, Effect, Origin, Reading, Resource, Severity, Value
from netaudit.sources.snapshot import balancers, filters, machines, network, services, transit
from netaudit.sources.snapshot.item import Item
from netaudit.sources.snapshot.shelf import Shelf
from netaudit.text import jsontext
from netaudit.text.compose import Budget
from netaudit.text.document import Mark, UnparsableError

_TELLING = frozenset(
    {
        "Vpcs",
        "Subnets",
        "Reservations",
        "SecurityGroups",
        "RouteTables",
        "NetworkAcls",
        "NetworkInterfaces",
        "InternetGateways",
        "NatGateways",
        "VpcPeeringConnections",
        "TransitGateways",
        "VpcEndpoints",
        "LoadBalancerDescriptions",
        "TargetGroups",
    }
)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,2}-\d")
_ACCOUNT = re.compile(r"\d{12}")
_LARGEST_WITH_LINES = 1_500_000  # characters of a snapshot: the parser that knows lines is much slower

Reader = Callable[[Shelf], Iterable[Resource]]
READERS: tuple[Reader, ...] = (
    network.read,
    filters.read,
    machines.read,
    balancers.read,
    services.read,
    transit.read,
)


def is_answer(document: Value) -> bool:
    """Whether JSON may be any answer of the API: an object with a list under a capitalised key."""
    listed = isinstance(document, Mapping) and "apiVersion" not in document
    return listed and any(key[:1].isupper() and isinstance(value, list) for key, value in document.items())


def is_snapshot(document: Value) -> bool:
    """Whether JSON looks like an answer of the API about networks."""
    return isinstance(document, Mapping) and not _TELLING.isdisjoint(document)


def read_snapshot(paths: Sequence[Path], *, name: str) -> Reading:
    """All files of one snapshot; what cannot be read is a diagnostic with effect UNREADABLE."""
    notes: list[Diagnostic] = []
    lines = sum(path.stat().st_size for path in paths if path.is_file()) <= _LARGEST_WITH_LINES
    items = [item for path in sorted(paths) for item in _documents(path, notes, lines=lines)]
    shelf = Shelf(items, notes)
    resources: dict[tuple[str, str], Resource] = {}
    for reader in READERS:
        for each in reader(shelf):
            if each.address:
                resources.setdefault((each.kind, each.address), each)
            else:
                notes.append(_nameless(each))
    notes += _passed_over(shelf)
    return Reading(name, "snapshot", tuple(resources.values()), tuple(dict.fromkeys(notes)))


def _documents(path: Path, notes: list[Diagnostic], *, lines: bool) -> Iterator[Item]:
    settings = _settings(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        for value, mark in _parsed(text, lines=lines):
            if isinstance(value, Mapping):
                yield Item(value, mark, str(path), settings, notes)
            else:
                notes.append(_unread(path, 1, "an answer of the API is an object"))
    except UnparsableError as error:
        notes.append(_unread(path, error.line, error.message))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        notes.append(_unread(path, 0, str(error)))


def _parsed(text: str, *, lines: bool) -> Iterator[tuple[Value, Mark | None]]:
    if not lines:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair could never be printed
        yield value, None
        return
    for document in jsontext.documents(text, Budget()):
        yield document.value, document.mark


def _unread(path: Path, line: int, message: str) -> Diagnostic:
    return Diagnostic("SNAPSHOT_UNREAD", message, Severity.ERROR, Origin(str(path), line), Effect.UNREADABLE)


def _nameless(resource: Resource) -> Diagnostic:
    message = f"an object that would be an {resource.kind} has no id"
    return Diagnostic("SNAPSHOT_BAD_SHAPE", message, Severity.ERROR, resource.origin, Effect.UNREADABLE)


def _settings(path: Path) -> dict[str, Value]:
    """The account and the Region that the directories above a file name."""
    parts = path.resolve().parts[:-1]
    regions = [part for part in parts if _REGION.fullmatch(part)]
    accounts = [part for before, part in pairwise(parts) if before == "accounts"]
    accounts = accounts or [part for part in parts if _ACCOUNT.fullmatch(part)]
    found = {"region": regions[-1:], "account_id": accounts[-1:]}
    return {key: value[0] for key, value in found.items() if value}


def _passed_over(shelf: Shelf) -> Iterator[Diagnostic]:
    for key, item in shelf.unasked():
        message = f"'{key}' is passed over: it is not part of the model"
        yield Diagnostic("SNAPSHOT_KEY_PASSED_OVER", message, Severity.INFO, item.origin, Effect.IGNORED)
