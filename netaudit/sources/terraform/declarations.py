"""What one module directory declares, with override files merged in (TF-26)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from netaudit.model import Effect, Origin
from netaudit.sources.terraform import files, functions, syntax
from netaudit.sources.terraform.diagnostics import Diagnostics
from netaudit.sources.terraform.syntax import Attribute, Block, Body, Expression

_IDENTIFIER = re.compile(r"[^\W\d][\w-]*\Z")
_LABELS = {"variable": 1, "output": 1, "module": 1, "provider": 1, "resource": 2, "data": 2, "ephemeral": 2}

# They change no value (TF-25).
_WITHOUT_VALUES = frozenset({"terraform", "moved", "import", "removed"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """One top-level block and the file that it stands in."""

    block: Block
    file: str

    @property
    def body(self) -> Body:
        """The body of the block."""
        return self.block.body

    def expression(self, name: str) -> Expression | None:
        """The expression of an argument, if it is written."""
        return self.block.body.expression(name)


@dataclass(frozen=True, slots=True)
class Local:
    """One value of a `locals` block."""

    attribute: Attribute
    file: str


@dataclass(slots=True)
class Declarations:
    """All that a module directory declares. Resources are keyed by `(mode, type, name)`."""

    directory: Path
    variables: dict[str, Declaration] = field(default_factory=dict)
    outputs: dict[str, Declaration] = field(default_factory=dict)
    modules: dict[str, Declaration] = field(default_factory=dict)
    resources: dict[tuple[str, str, str], Declaration] = field(default_factory=dict)
    providers: dict[str, Declaration] = field(default_factory=dict)
    locals: dict[str, Local] = field(default_factory=dict)
    ambiguous: set[str] = field(default_factory=set)  # local values that are given twice
    types: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    files: int = 0

    def index_types(self) -> None:
        """Which names each resource type has, for lookups."""
        for mode, kind, name in self.resources:
            self.types.setdefault((mode, kind), []).append(name)


def read(directory: Path, diagnostics: Diagnostics) -> Declarations:
    """The declarations of a directory; diagnostics for what could not be read."""
    declared = Declarations(directory)
    for file in files.read_directory(directory, diagnostics):
        declared.files += 1
        for attribute in file.body.attributes.values():
            origin = Origin(file.name, attribute.span.line, attribute.span.end_line)
            message = f'the argument "{attribute.name}" stands outside of any block'
            diagnostics.add("TF_BLOCK", message, origin, Effect.UNREADABLE)
        for block in file.body.blocks:
            _declare(declared, block, file, diagnostics)
        _report_unsupported(file, diagnostics)
    declared.index_types()
    return declared


def _declare(declared: Declarations, block: Block, file: files.SourceFile, diagnostics: Diagnostics) -> None:
    if block.type == "locals":
        _declare_locals(declared, block, file, diagnostics)
        return
    if block.type == "check":
        for inner in block.body.of_type("data"):  # Terraform has it under the same address as any other
            _declare(declared, inner, file, diagnostics)
        return
    wanted = _LABELS.get(block.type)
    if wanted is None:
        _report_unknown_block(block, file, diagnostics)
        return
    origin = Origin(file.name, block.span.line, block.span.end_line)
    if len(block.labels) != wanted or not all(_IDENTIFIER.match(label) for label in block.labels):
        message = f"a {block.type} block needs {wanted} plain names as labels"
        diagnostics.add("TF_NAME", message, origin, Effect.UNREADABLE)
        return
    _enter(declared, Declaration(block, file.name), file.is_override, origin, diagnostics)


def _declare_locals(declared: Declarations, block: Block, file: files.SourceFile, diagnostics: Diagnostics) -> None:
    """Each value once: of two that are given to one name, neither is taken."""
    for attribute in (*block.body.attributes.values(), *block.body.duplicates):
        name = attribute.name
        if name in declared.locals and not file.is_override:
            origin = Origin(file.name, attribute.span.line, attribute.span.end_line)
            diagnostics.add("TF_DUPLICATE", f'the local value "{name}" is given twice', origin)
            declared.ambiguous.add(name)
        declared.locals[name] = Local(attribute, file.name)


def _report_unknown_block(block: Block, file: files.SourceFile, diagnostics: Diagnostics) -> None:
    if block.type in _WITHOUT_VALUES:
        return
    origin = Origin(file.name, block.span.line, block.span.end_line)
    diagnostics.add("TF_BLOCK", f'blocks of type "{block.type}" are not read', origin, Effect.UNREADABLE)


def _enter(
    declared: Declarations, new: Declaration, is_override: bool, origin: Origin, diagnostics: Diagnostics
) -> None:
    table, key = _place(declared, new)
    known = table.get(key)
    if known is not None and is_override:
        table[key] = _merged(known, new)
        return
    if known is not None:
        shown = ".".join(new.block.labels)
        diagnostics.add("TF_DUPLICATE", f'{new.block.type} "{shown}" is declared twice', origin, Effect.UNREADABLE)
        return
    for again in _duplicates(new.body):
        where = Origin(new.file, again.span.line, again.span.end_line)
        diagnostics.add("TF_DUPLICATE", f'the argument "{again.name}" is given twice', where, Effect.UNREADABLE)
    table[key] = new


def _duplicates(body: Body) -> Iterator[Attribute]:
    yield from body.duplicates
    for block in body.blocks:
        yield from _duplicates(block.body)


def _place(declared: Declarations, new: Declaration) -> tuple[dict[object, Declaration], object]:
    kind, labels = new.block.type, new.block.labels
    tables: dict[str, dict[object, Declaration]] = {
        "variable": declared.variables,  # type: ignore[dict-item]  # keys are str here, tuples for resources
        "output": declared.outputs,  # type: ignore[dict-item]
        "module": declared.modules,  # type: ignore[dict-item]
        "provider": declared.providers,  # type: ignore[dict-item]
    }
    if kind in ("resource", "data", "ephemeral"):
        return declared.resources, (kind, *labels)  # type: ignore[return-value]
    if kind == "provider":
        return tables[kind], provider_key(labels[0], new.body)
    return tables[kind], labels[0]


def provider_key(name: str, body: Body) -> str:
    """`aws`, or `aws.alias`."""
    alias = body.expression("alias")
    return f"{name}.{alias.value}" if isinstance(alias, syntax.Literal) and alias.value else name


def _merged(base: Declaration, override: Declaration) -> Declaration:
    """Argument by argument, and block type by block type, static or dynamic; an argument stands for blocks of its name.

    The settings of `lifecycle` are arguments of their own: those that the override does not name stay.
    """
    over = {n: replace(a, file=override.file) for n, a in override.body.attributes.items()}
    attributes = {**base.body.attributes, **over}
    replaced = {b.makes for b in override.body.blocks} - {"lifecycle"}
    kept = [b for b in base.body.blocks if b.makes not in replaced]
    new = [replace(b, file=override.file) for b in override.body.blocks]
    body = Body(attributes, tuple(b for b in (*kept, *new) if b.makes not in attributes))
    return Declaration(replace(base.block, body=body), base.file)


# --- functions that are not known -------------------------------------------------------------------


def _report_unsupported(file: files.SourceFile, diagnostics: Diagnostics) -> None:
    if all(functions.is_supported(name) for name in file.called - _TYPE_WORDS):
        return  # as nearly always: the tree need not be searched
    for call in calls(tuple(_without_type(b) for b in file.body.blocks)):
        if not functions.is_supported(call.name):
            origin = Origin(file.name, call.span.line, call.span.end_line)
            whose = "a provider's function" if call.name.startswith("provider::") else "the function"
            diagnostics.add("TF_FUNCTION", f"{whose} {call.name} is not evaluated", origin)


_TYPE_WORDS = frozenset({"list", "map", "object", "optional", "set", "tuple"})


def _without_type(block: Block) -> Block:
    """A variable without its type constraint, which is written with calls that are none."""
    if block.type != "variable":
        return block
    rest = {n: a for n, a in block.body.attributes.items() if n != "type"}
    return replace(block, body=replace(block.body, attributes=rest))


def calls(node: object) -> Iterator[syntax.Call]:
    """Every function call below a node of the tree."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, syntax.Call):
            yield current
        pending.extend(_children(current))


def _children(node: object) -> Iterable[object]:
    if isinstance(node, tuple):
        return node
    if isinstance(node, dict):
        return node.values()
    slots = getattr(type(node), "__slots__", ())
    return [c for s in slots if isinstance(c := getattr(node, s), tuple | dict) or hasattr(c, "__slots__")]
