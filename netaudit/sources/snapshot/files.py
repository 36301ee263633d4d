"""Files that may hold answers of the API: JSON, JSON Lines or YAML (`--output yaml`), packed by gzip or not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from netaudit.model import Value
from netaudit.text import jsontext, stored, yamltext
from netaudit.text.compose import Budget
from netaudit.text.document import Broken, Mark, UnparsableError

_JSON = (".json", ".jsonl", ".ndjson")
_YAML = (".yaml", ".yml")
_OF_TERRAFORM = (".tf.json", ".tofu.json")
_CAPITALISED = re.compile(r"(?:\s|#[^\n]*\n|---)*(?:- )?[A-Z]\w*:(?:\s|$)")  # keys of manifests are not


def may_hold_answers(path: Path) -> bool:
    """Whether a file may hold answers, by its name and how it begins; Kubernetes objects begin otherwise.

    What is called JSON and is none may have been one: a call that failed leaves nothing there, or an error.
    """
    name = path.name.removesuffix(".gz")
    if name.endswith(_OF_TERRAFORM) or not name.endswith((*_JSON, *_YAML)):
        return False
    begins = stored.head_of(path).lstrip()
    if name.endswith(_JSON):
        return '"apiVersion"' not in begins
    return not _is_json(begins) and _CAPITALISED.match(begins) is not None


def values(path: Path) -> list[Value]:
    """The documents of a file, without lines. Raises OSError or ValueError where it cannot be read."""
    text = stored.text_of(path)
    return [value for value, _ in _of_yaml(text)] if _is_yaml(path, text) else jsontext.values(text)


def parsed(path: Path, text: str, *, lines: bool) -> Iterator[tuple[Value, Mark | None]]:
    """The documents of a file's text, each with its lines where they are wanted. Raises ValueError at what is wrong."""
    if _is_yaml(path, text):
        yield from _of_yaml(text)
    elif lines:
        for document in jsontext.documents(text, Budget()):
            yield document.value, document.mark
    else:
        for value in jsontext.values(text):
            json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair could never be printed
            yield value, None


def is_no_answer(path: Path, text: str) -> bool:
    """Whether a file that is called JSON holds words: what the command line said when the call failed."""
    return not _is_json(text.lstrip()) and not _is_yaml(path, text) and text.lstrip()[:1].isalpha()


def _is_yaml(path: Path, text: str) -> bool:
    return path.name.removesuffix(".gz").endswith(_YAML) and not _is_json(text.lstrip())


def _of_yaml(text: str) -> Iterator[tuple[Value, Mark | None]]:
    for document in yamltext.documents(text, Budget()):
        if isinstance(document, Broken):
            raise UnparsableError(document.message, document.line)
        yield document.value, document.mark


def _is_json(text: str) -> bool:
    return text.startswith(("{", "["))
