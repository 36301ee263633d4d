"""Syntax trees of what is not plain, kept on disk by the content that they were made of: parsed once in a lifetime.

An entry holds the shape of a tree and no text: every name and literal is a place in the source, which is at hand
whenever the entry is looked up. So nothing sensitive is kept that the source does not hold. It is a list of whole
numbers in JSON with a checksum: nothing in it can execute, and what is damaged is as if it were absent. Entries are
written beside their place and moved there at once, so that runs at the same time do not disturb each other. The
folder may be deleted at any time.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netaudit.sources.terraform import syntax
from netaudit.sources.terraform.syntax import Attribute, Block, Body, Span

if TYPE_CHECKING:
    from netaudit.sources.terraform.hcl import Parser

# A link is not followed and a pipe not waited for, where the system knows how.
_CAUTION = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
SMALLEST = 500  # characters; a shorter text is parsed faster than it is looked up
_FORMAT = 1
_PARSING = ("hcl_fast", "hcl_plain", "hcl_reference", "lexical", "strings", "syntax", "template", "cache")
_SPECIAL = re.compile(r"([\n\r\t\"\\])")
_DAMAGED = (ValueError, KeyError, IndexError, TypeError, StopIteration, RecursionError, AttributeError)

_folder: ContextVar[Path | None] = ContextVar("cache", default=None)


@contextmanager
def kept_in(folder: Path | None) -> Iterator[None]:
    """Keep trees in this folder, or in none."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def remembered(parse: Callable[[str, int, Parser], Body]) -> Callable[[str, int, Parser], Body]:
    """The parser, asked only for what is not kept."""

    @functools.wraps(parse)
    def look_up(text: str, offset: int, parser: Parser) -> Body:
        folder = _folder.get()
        generation = _generation() if folder is not None and not offset and len(text) >= SMALLEST else None
        if folder is None or generation is None:
            return parse(text, offset, parser)
        path = _path(folder, generation, text, parser)
        found = _load(path, text)
        if found is None:
            found = parse(text, offset, parser)
            _store(path, text, found)
        return found

    return look_up


def _path(folder: Path, generation: str, text: str, parser: str) -> Path:
    name = hashlib.sha256(f"{generation}\n{parser}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
    return folder / "hcl" / name[:2] / f"{name[2:]}.json"


@functools.cache
def _generation() -> str | None:
    """The code that makes trees: another version makes other trees. None where it is not in files of its own."""
    try:
        code = b"".join((Path(__file__).parent / f"{name}.py").read_bytes() for name in _PARSING)
    except OSError:
        return None
    return hashlib.sha256(code).hexdigest()


def _load(path: Path, text: str) -> Body | None:
    try:
        checksum, _, content = _own(path).partition(b"\n")
        if checksum.decode() != hashlib.sha256(content).hexdigest():
            return None
        entry = json.loads(content)
        return _Reader(entry, text).body() if entry["format"] == _FORMAT else None
    except (OSError, *_DAMAGED):
        return None


def _own(path: Path) -> bytes:
    """A plain file that nobody else can have written: who shares the folder could otherwise choose the tree."""
    handle = os.open(path, os.O_RDONLY | _CAUTION)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        foreign = hasattr(os, "geteuid") and (found.st_uid != os.geteuid() or found.st_mode & 0o022)
        return b"" if foreign or not stat.S_ISREG(found.st_mode) else file.read()


def _store(path: Path, text: str, body: Body) -> None:
    writer = _Writer(text)
    try:
        writer.body(body)
    except (_NotInTextError, RecursionError):
        return
    content = json.dumps(writer.entry(), separators=(",", ":")).encode()
    with suppress(OSError):
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")  # readable for its owner only
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        Path(name).replace(path)


# ---- the two directions ----------------------------------------------------------------------------------

_NOTHING, _TRUE, _FALSE, _TEXT, _WHOLE, _DECIMAL = range(6)
_ABSENT = -1
_CLASSES: tuple[type, ...] = (
    syntax.Literal,
    syntax.Template,
    syntax.Name,
    syntax.Attr,
    syntax.Index,
    syntax.Element,
    syntax.Splat,
    syntax.Call,
    syntax.Unary,
    syntax.Binary,
    syntax.Conditional,
    syntax.TupleOf,
    syntax.ObjectOf,
    syntax.ForTuple,
    syntax.ForObject,
    syntax.TemplateIf,
    syntax.TemplateFor,
)
_TAGS = {kind: tag for tag, kind in enumerate(_CLASSES, 1)}
# What a field holds, by its annotation.
_FORMS = {
    "bool | int | Decimal | str | None": "value",
    "Span": "span",
    "str": "name",
    "str | None": "maybe_name",
    "bool": "flag",
    "Expression": "node",
    "Expression | None": "maybe_node",
    "tuple[Expression, ...]": "nodes",
    "tuple[TemplatePart, ...]": "nodes",
    "tuple[tuple[Expression, Expression], ...]": "pairs",
}
_LAYOUT = {kind: [(f.name, _FORMS[str(f.type)]) for f in fields(kind)] for kind in _CLASSES}


class _NotInTextError(Exception):
    """A tree that holds what its text does not spell out (`\\u00e9`, `1e3`): it is not kept."""


class _Writer:
    """Turns a tree into numbers: nodes in the order in which they are read again, spans and texts apart."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places: list[int] = []
        self.pieced: dict[int, list[int]] = {}
        self.known: dict[str, int] = {}
        self.spans: list[int] = []
        self.tree: list[int] = []

    def entry(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "places": self.places,
            "pieced": self.pieced,
            "spans": self.spans,
            "tree": self.tree,
        }

    def body(self, body: Body) -> None:
        for attributes in (tuple(body.attributes.values()), body.duplicates):
            self.tree.append(len(attributes))
            for attribute in attributes:
                self.name(attribute.name)
                self.node(attribute.expression)
                self.span(attribute.span)
        self.tree.append(len(body.blocks))
        for block in body.blocks:
            self.name(block.type)
            self.tree.append(len(block.labels))
            for label in block.labels:
                self.name(label)
            self.body(block.body)
            self.span(block.span)

    def node(self, node: Any) -> None:
        kind = type(node)
        self.tree.append(_TAGS[kind])
        for name, form in _WRITERS[kind]:
            form(self, getattr(node, name))

    def nodes(self, nodes: tuple[Any, ...]) -> None:
        self.tree.append(len(nodes))
        for node in nodes:
            self.node(node)

    def pairs(self, pairs: tuple[tuple[Any, Any], ...]) -> None:
        self.nodes(tuple(node for pair in pairs for node in pair))

    def maybe_node(self, node: Any) -> None:
        if node is None:
            self.tree.append(_NOTHING)
        else:
            self.node(node)

    def span(self, span: Span) -> None:
        self.spans += (span.line, span.column, span.end_line, span.end_column)

    def flag(self, value: bool) -> None:
        self.tree.append(int(value))

    def value(self, value: object) -> None:
        if value is None or isinstance(value, bool):
            self.tree.append(_NOTHING if value is None else _TRUE if value else _FALSE)
            return
        self.tree.append(_TEXT if isinstance(value, str) else _WHOLE if isinstance(value, int) else _DECIMAL)
        self.name(str(value))

    def maybe_name(self, text: str | None) -> None:
        self.tree.append(0 if text is None else 1)
        if text is not None:
            self.name(text)

    def name(self, text: str) -> None:
        index = self.known.get(text)
        if index is None:
            index = self.known[text] = len(self.places) // 2
            self.locate(text, index)
        self.tree.append(index)

    def locate(self, text: str, index: int) -> None:
        """Where a text stands: start and length; or its pieces, with the special characters between them below zero."""
        start = self.text.find(text)
        self.places += (start, len(text))
        if start >= 0:
            return
        pieces = self.pieced[index] = []
        for piece in _SPECIAL.split(text):
            start = -ord(piece) if _SPECIAL.fullmatch(piece) else self.text.find(piece)
            if start == _ABSENT:
                raise _NotInTextError
            pieces += (start, len(piece))


class _Reader:
    """Turns the numbers into the tree again, with the words of the text."""

    def __init__(self, entry: dict[str, Any], text: str) -> None:
        places, spans = iter(entry["places"]), iter(entry["spans"])
        self.names = [text[start : start + length] for start, length in zip(places, places, strict=True)]
        for index, pieces in entry["pieced"].items():
            pairs = zip(pieces[::2], pieces[1::2], strict=True)
            self.names[int(index)] = "".join(chr(-s) if s < 0 else text[s : s + length] for s, length in pairs)
        self.spans = map(Span, spans, spans, spans, spans).__next__
        self.next = iter(entry["tree"]).__next__

    def body(self) -> Body:
        attributes, duplicates = self.attributes(), self.attributes()
        blocks = tuple([self.block() for _ in range(self.next())])
        return Body({a.name: a for a in attributes}, blocks, duplicates)

    def attributes(self) -> tuple[Attribute, ...]:
        return tuple([Attribute(self.name(), self.node(), self.spans()) for _ in range(self.next())])

    def block(self) -> Block:
        kind = self.name()
        labels = tuple([self.name() for _ in range(self.next())])
        return Block(kind, labels, self.body(), self.spans())

    def node(self) -> Any:
        kind, readers = _READERS[self.next()]
        return kind(*[read(self) for read in readers])

    def maybe_node(self) -> Any:
        tag = self.next()
        if tag == _NOTHING:
            return None
        kind, readers = _READERS[tag]
        return kind(*[read(self) for read in readers])

    def nodes(self) -> tuple[Any, ...]:
        return tuple([self.node() for _ in range(self.next())])

    def pairs(self) -> tuple[tuple[Any, Any], ...]:
        flat = self.nodes()
        return tuple(zip(flat[::2], flat[1::2], strict=True))

    def span(self) -> Span:
        return self.spans()

    def flag(self) -> bool:
        return bool(self.next())

    def value(self) -> Any:
        form = self.next()
        return self.names[self.next()] if form == _TEXT else _VALUES[form](self)

    def maybe_name(self) -> str | None:
        return self.name() if self.next() else None

    def name(self) -> str:
        text: str = self.names[self.next()]
        return text


_VALUES: dict[int, Callable[[_Reader], Any]] = {
    _NOTHING: lambda _: None,
    _TRUE: lambda _: True,
    _FALSE: lambda _: False,
    _WHOLE: lambda reader: int(reader.name()),
    _DECIMAL: lambda reader: Decimal(reader.name()),
}
_WRITERS = {k: [(name, getattr(_Writer, form)) for name, form in layout] for k, layout in _LAYOUT.items()}
_READERS = {_TAGS[k]: (k, [getattr(_Reader, form) for _, form in layout]) for k, layout in _LAYOUT.items()}
