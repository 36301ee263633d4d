"""Kubernetes manifests: YAML and JSON files of objects with `apiVersion` and `kind`, with a line for every part.

Each object becomes a `Resource` whose kind is the object's kind, whose address is `namespace/name[Kind]`
(`name[Kind]` where the kind has no namespace) and whose attributes are the object itself. Lists are unpacked
(K8S-19). Objects of unknown kinds are kept: what they mean is for the provider to say.

Not read: Helm charts and kustomizations (`netaudit.sources.rendered` has them rendered), comments, and what a tag
would construct.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import TextIO

from netaudit.model import Diagnostic, Effect, Origin, Reading, Resource, Severity
from netaudit.sources.manifests import files
from netaudit.sources.manifests.objects import RENDER, may_deny, objects
from netaudit.sources.manifests.parsed import Documents, ParsedTexts
from netaudit.text import jsontext, yamltext
from netaudit.text.compose import Budget
from netaudit.text.document import Broken, TooLargeError, UnparsableError

__all__ = ["objects_of", "read_manifests"]


def read_manifests(given: Sequence[Path] | TextIO | str, *, name: str, named: bool = False) -> Reading:
    """Read files, directories, one open stream or a text. Never raises on what they hold: the diagnostics tell.

    `name` is the source's name, `named` whether the user gave it. The file of a stream and of a text is `-`.
    """
    found = list(_found(given))
    resources = tuple(item for item in found if isinstance(item, Resource))
    diagnostics = tuple(item for item in found if isinstance(item, Diagnostic))
    return Reading(name, "kubernetes", resources, diagnostics, named)


def objects_of(text: str, file: str) -> Iterator[Resource | Diagnostic]:
    """The objects of a text that stands for a file, and what is wrong with it."""
    return _of_text(text, file, json_only=False)


def _found(given: Sequence[Path] | TextIO | str) -> Iterator[Resource | Diagnostic]:
    if isinstance(given, str):
        return _of_stream(StringIO(given))
    return _of_files([Path(path) for path in given]) if isinstance(given, Sequence) else _of_stream(given)


def _of_stream(stream: TextIO) -> Iterator[Resource | Diagnostic]:
    text = stream.read(files.SIZE_LIMIT + 1)
    if len(text) > files.SIZE_LIMIT:
        yield _unread("-", f"it is larger than {files.SIZE_LIMIT // 1024 // 1024} MiB")
    elif "\0" in text:
        yield _unread("-", "it is binary, not text")
    else:
        yield from _of_text(text, "-", json_only=False)


def _of_files(paths: Sequence[Path]) -> Iterator[Resource | Diagnostic]:
    for path in files.manifest_files(paths):
        file = files.shown(path)
        try:
            text = files.text_of(path)
        except files.UnreadableError as error:
            yield _unread(file, str(error))
            continue
        yield from _of_text(text, file, json_only=path.suffix.lower() == ".json")


def _of_text(text: str, file: str, *, json_only: bool) -> Iterator[Resource | Diagnostic]:
    """The objects of one text, and one note where it holds none at all."""
    read = _documents(text, json_only=json_only)
    if not read:
        yield Diagnostic("K8S_NOT_A_MANIFEST", "the file is empty", Severity.INFO, Origin(file))
    for document in read:
        yield from [_complaint(document, file)] if isinstance(document, Broken) else objects(document, file)


_PARSED = ParsedTexts()


def _documents(text: str, *, json_only: bool) -> Documents:
    return _PARSED.of(text, "json", _of_json) if json_only else _PARSED.of(text, "yaml", _of_yaml)


def _of_json(text: str) -> Documents:
    try:
        return tuple(jsontext.documents(text, Budget()))
    except UnparsableError as error:
        return (yamltext.broken(text, error, 1),)


def _of_yaml(text: str) -> Documents:
    """The documents of a text that may be either: JSON where it can be, since YAML holds most of it too."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return tuple(jsontext.documents(text, Budget()))
        except TooLargeError as error:
            return (yamltext.broken(text, error, 1),)
        except UnparsableError:
            pass
    return tuple(yamltext.documents(text, Budget()))


def _unread(file: str, reason: str) -> Diagnostic:
    return Diagnostic("K8S_FILE_UNREAD", reason, Severity.ERROR, Origin(file), Effect.UNREADABLE, may_deny=True)


def _complaint(document: Broken, file: str) -> Diagnostic:
    """What is wrong with a document, and whether an object of the cluster may be missing for it."""
    place = Origin(file, document.line, document.line)
    message = f"document {document.number} cannot be read: {document.message}"
    if document.templated:
        text = f"{message}; it looks like a template: {RENDER}"
        return Diagnostic("K8S_TEMPLATE", text, Severity.ERROR, place, Effect.UNREADABLE, may_deny=True)
    if not document.manifest:
        return Diagnostic("K8S_NOT_A_MANIFEST", message, Severity.WARNING, place)
    deny = may_deny(document.kinds)
    return Diagnostic("K8S_DOCUMENT_UNREAD", message, Severity.ERROR, place, Effect.UNREADABLE, may_deny=deny)
