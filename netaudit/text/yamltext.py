"""YAML text to documents, each read on its own, so that a broken one does not take the others with it.

A line that begins with `---` ends a document whatever it stands in, which is what makes cutting the text into
documents before parsing it right. libyaml gives the events; everything else is `compose`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import yaml

from netaudit.text import plainyaml
from netaudit.text.compose import Budget, Composer, Event, too_deep
from netaudit.text.document import Broken, Document, UnparsableError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SEPARATOR = re.compile(r"^(?:---|\.\.\.)(?=\s|$)", re.MULTILINE)
_BARE = re.compile(r"(?:\s|#[^\n]*(?:\n|$)|^%[^\n]*(?:\n|$)|^---(?=\s|$)|^\.\.\.(?=\s|$))*", re.MULTILINE)
_KIND = re.compile(r"\bkind[\"']?\s*:\s*[\"']?(\w+)")
_PLAIN_TAGS = {"!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary"}
_RESOLVED_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null", "timestamp")}
_COLLECTIONS = {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


def documents(text: str, budget: Budget) -> Iterator[Document | Broken]:
    """The documents of a text in order; empty ones are left out but counted."""
    number = 0
    for line, chunk in _chunks(text):
        number += 1
        if _BARE.fullmatch(chunk):
            continue
        yield _read(chunk, line, number, budget)
        if budget.left < 0:
            return


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """The pieces between separators, each with the number of lines before it."""
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text) if match.start()), len(text)]
    line = 0
    for start, end in pairwise(starts):
        chunk = text[start:end]
        yield line, chunk
        line += chunk.count("\n")


def _read(chunk: str, line: int, number: int, budget: Budget) -> Document | Broken:
    if short := plainyaml.read(chunk, line, budget):
        return Document(*short, number)
    try:
        events = _events(chunk, line)
        value, mark = Composer(events, budget).document(next(events))
        next(events, None)  # what follows on the last line may be an error still
        return Document(value, mark, number)
    except UnparsableError as error:
        return broken(chunk, error, number)
    except yaml.YAMLError as error:
        return broken(chunk, _explained(error, chunk, line), number)


def broken(chunk: str, error: UnparsableError, number: int) -> Broken:
    """The failure of one document, with what its text tells about its nature."""
    templated = "{{" in chunk
    manifest = templated or ("apiVersion" in chunk and "kind" in chunk)
    return Broken(error.message, error.line, number, manifest, templated, frozenset(_KIND.findall(chunk)))


def _events(chunk: str, line: int) -> Iterator[Event]:
    """libyaml's events as ours; `line` is the number of lines before the chunk."""
    first = line + 1
    loader = _LOADER(chunk)
    try:
        for event in iter(loader.get_event, None):
            kind = type(event)
            start = event.start_mark
            if kind is yaml.ScalarEvent:
                at = first + start.line
                plain = event.implicit[0] if event.tag is None else _is_plain(event, at)
                yield Event("scalar", at, event.value, plain, event.anchor)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if event.tag not in _COLLECTIONS:
                    text = f"the tag {event.tag} is not one that a manifest may use"
                    raise UnparsableError(text, first + start.line)
                name = "map" if kind is yaml.MappingStartEvent else "list"
                yield Event(name, first + start.line, None, False, event.anchor)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                # The end of a block is an empty token where the next thing begins; the composer knows better.
                written = event.end_mark.index > start.index
                yield Event("end", first + start.line if written else 0)
            elif kind is yaml.AliasEvent:
                yield Event("alias", first + start.line, anchor=event.anchor)
    finally:
        loader.dispose()


def _is_plain(event: yaml.ScalarEvent, line: int) -> bool:
    """Whether a scalar with a tag is to be resolved. Raises UnparsableError where the tag would make an object."""
    if event.tag in _RESOLVED_TAGS:
        return True
    if event.tag not in _PLAIN_TAGS:
        raise UnparsableError(f"the tag {event.tag} is not one that a manifest may use", line)
    return False


def _explained(error: yaml.YAMLError, chunk: str, line: int) -> UnparsableError:
    """libyaml's complaint in our words, on its line of the file."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        position = getattr(error, "position", 0)
        return UnparsableError("it contains control characters", line + chunk.count("\n", 0, position) + 1)
    lines = chunk.split("\n")
    at = min(mark.line, len(lines) - 1)
    problem = getattr(error, "problem", None) or "it is not YAML"
    if "nesting depth" in problem:  # newer libyaml has a bound of its own, and looks ahead of the composer
        return too_deep(line + at + 1)
    if "\t" in lines[at][: len(lines[at]) - len(lines[at].lstrip())]:
        problem = "a tab indents the line; YAML allows only blanks there"
    return UnparsableError(problem, line + at + 1)
