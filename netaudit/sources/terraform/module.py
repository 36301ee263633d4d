"""One instance of a module: its names, evaluated when asked for, each once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netaudit.model import Effect, Origin, Severity
from netaudit.sources.terraform import evaluate as evaluation
from netaudit.sources.terraform import providers
from netaudit.sources.terraform.budget import BudgetExceededError
from netaudit.sources.terraform.calls import Call
from netaudit.sources.terraform.convert import convert
from netaudit.sources.terraform.declarations import Declaration, Declarations
from netaudit.sources.terraform.expansion import SINGLE, Expansion, Slot, expand, is_repeated, undetermined
from netaudit.sources.terraform.functions.files import OUTSIDE
from netaudit.sources.terraform.lifecycle import validations
from netaudit.sources.terraform.providers import Provider
from netaudit.sources.terraform.resource import Group
from netaudit.sources.terraform.run import Run
from netaudit.sources.terraform.scope import NoNames, Scope
from netaudit.sources.terraform.syntax import Expression, Literal, Span
from netaudit.sources.terraform.types import ANY, Type, TypeSyntaxError, read_type
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    LazyObject,
    Map,
    Value,
    from_plain,
    mark,
    placed,
    size_of,
)

Given = Callable[[str, Type], tuple[bool, Value]]  # whether a variable is given, and its value


@dataclass(frozen=True, slots=True)
class Namespace(LazyObject):
    """`var`, `local`, `data.aws_vpc` …: names that are looked up, not a value."""

    label: str
    find: Callable[[str], Value]

    def attribute(self, name: str) -> Value:
        """The value under a name."""
        return self.find(name)

    def expand(self) -> Value:
        """A namespace has no value of its own."""
        raise EvaluationError(f'"{self.label}" alone is not a value')


@dataclass(slots=True, eq=False)
class Module:
    """A module instance. `path` is its address (`module.a["k"]`), `calls` its call path (`a`)."""

    run: Run
    declared: Declarations
    given: Given
    path: str = ""
    calls: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    exists: bool = True
    parent: Module | None = None
    passed_providers: Mapping[str, str] = field(default_factory=dict)
    directories: tuple[Path, ...] = ()
    known: dict[tuple[str, str], Value] = field(default_factory=dict)
    running: dict[tuple[str, str], tuple[str, Origin]] = field(default_factory=dict)
    groups: dict[tuple[str, str, str], Group] = field(default_factory=dict)
    children: dict[str, Call] = field(default_factory=dict)
    configured: dict[str, Provider] = field(default_factory=dict)
    fixed: Mapping[str, Value] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What the addresses inside begin with."""
        return f"{self.path}." if self.path else ""

    # --- names ---------------------------------------------------------------------------------------

    def lookup(self, name: str) -> Value:
        """The first name of a traversal. Raises `EvaluationError`."""
        self.fixed = self.fixed or self._namespaces()
        fixed = self.fixed.get(name)
        if fixed is not None:
            return fixed
        if ("resource", name) in self.declared.types:
            return Namespace(name, lambda n: self.group("resource", name, n).value())
        if name in ("each", "count", "self"):
            raise EvaluationError(f'"{name}" is not available here')
        raise EvaluationError(f'there is no resource of type "{name}" in this module')

    def _namespaces(self) -> dict[str, Value]:
        return {
            "var": Namespace("var", self.variable),
            "local": Namespace("local", self.local),
            "module": Namespace("module", self.call_value),
            "data": Namespace("data", lambda kind: self._of_mode("data", kind)),
            "ephemeral": Namespace("ephemeral", lambda kind: self._of_mode("ephemeral", kind)),
            "path": Map("object", self._paths()),
            "terraform": Map("object", {"workspace": self.run.assumptions.workspace, "applying": False}),
        }

    def _of_mode(self, mode: str, kind: str) -> Value:
        return Namespace(f"{mode}.{kind}", lambda name: self.group(mode, kind, name).value())

    def _paths(self) -> dict[str, Value]:
        """`path.module` is relative to the root (TF-42)."""
        root = self.run.root
        inside = Path(os.path.relpath(self.declared.directory, root)).as_posix()
        return {"module": inside, "root": ".", "cwd": root.as_posix()}

    def group(self, mode: str, kind: str, name: str) -> Group:
        """A declared resource or data source. Raises `EvaluationError`."""
        key = (mode, kind, name)
        if key not in self.groups:
            if key not in self.declared.resources:
                raise EvaluationError(f'there is no {mode} "{kind}" "{name}" in this module')
            self.groups[key] = Group(self, mode, kind, name, self.declared.resources[key])
        return self.groups[key]

    def call(self, name: str) -> Call:
        """A module call. Raises `EvaluationError`."""
        if name not in self.children:
            if name not in self.declared.modules:
                raise EvaluationError(f'there is no module "{name}" in this module')
            self.children[name] = Call(self, name, self.declared.modules[name])
        return self.children[name]

    def child(self, call: Call, directory: Path, slot: Slot) -> Module:
        """One instance of a called module."""
        return Module(
            run=self.run,
            declared=self.run.declarations(directory),
            given=call.arguments(slot),
            path=call.address + slot.suffix,
            calls=(*self.calls, call.name),
            via=tuple(call.chain()),
            exists=self.exists and slot.exists,
            parent=self,
            passed_providers=call.passed_providers(),
            directories=(*self.directories, directory),
        )

    def call_value(self, name: str) -> Value:
        """All instances of a module call as one value."""
        return self.call(name).value()

    def scope(self, iterators: Mapping[str, Value] | None = None) -> Scope:
        """The names of this module, and the iterators of a block."""
        return Scope(self, iterators or {}, self.run.budget, self.run.files)

    def origin(self, file: str, span: Span, address: str = "") -> Origin:
        """A place within this module."""
        return Origin(file, span.line, span.end_line, address, self.via)

    # --- values, each evaluated once -----------------------------------------------------------------

    def memo(
        self, key: tuple[str, str], label: str, origin: Origin, compute: Callable[[], Value], *, certain: bool = True
    ) -> Value:
        """The value of a name. A cycle and a mistake are diagnostics, and the value is unknown (TF-69).

        A mistake within something that may not exist (`certain` is false) is not told: it may never happen.
        """
        if key in self.known:
            return self.known[key]
        if key in self.running:
            self._report_cycle(key, origin)
            return Deferred(f"{label} (refers to itself)", origin)
        self.running[key] = (label, origin)
        try:
            value = placed(compute(), origin)
            self.run.budget.value(size_of(value))
        except EvaluationError as error:
            if certain and self.exists:
                self.report_mistake(str(error), origin)
            value = Deferred(f"{label}: {error}", origin)
        except RecursionError:
            self.report_mistake("nested too deeply", origin)
            value = Deferred(f"{label}: nested too deeply", origin)
        except BudgetExceededError as error:
            self.report_excess(str(error), origin)
            value = Deferred(f"{label}: {error}", origin)
        finally:
            del self.running[key]
        if isinstance(value, Deferred) and value.reason == OUTSIDE and certain:
            self.run.diagnostics.add("TF_OUTSIDE", f"{label} needs {OUTSIDE}, which is not read", origin)
        self.known[key] = value
        return value

    def _report_cycle(self, key: tuple[str, str], origin: Origin) -> None:
        chain = list(self.running.values())[list(self.running).index(key) :]
        label, steps = chain[0][0], [f"{each} ({place.place})" for each, place in chain]
        self.run.diagnostics.add("TF_CYCLE", f"{label} refers to itself: {' → '.join([*steps, label])}", origin)

    def evaluate(self, node: Expression, scope: Scope) -> Value:
        """The value of an expression in this module."""
        return evaluation.evaluate(node, scope)

    def report_mistake(self, message: str, origin: Origin) -> None:
        """A mistake in one expression: its value is unknown."""
        self.run.diagnostics.add("TF_EXPRESSION", message, origin)

    def report_ignored(self, address: str, names: Sequence[str], origin: Origin) -> None:
        """Arguments that Terraform does not look at: what is there now may be something else."""
        text = f"{address}: ignore_changes leaves {', '.join(names)} to others, so the values written are not relied on"
        self.run.diagnostics.add("TF_IGNORE_CHANGES", text, origin, severity=Severity.INFO)

    def report_excess(self, message: str, origin: Origin) -> None:
        """More work than allowed: the value is unknown, and the rest is still read."""
        self.run.diagnostics.add("TF_BUDGET", message, origin)
        self.run.budget.recover()

    def local(self, name: str) -> Value:
        """`local.name`."""
        if ("local", name) in self.known:
            return self.known["local", name]
        written = self.declared.locals.get(name)
        if written is None:
            raise EvaluationError(f'there is no local value "{name}"')
        label = f"{self.prefix}local.{name}"
        origin = self.origin(written.attribute.file or written.file, written.attribute.span, label)
        if name in self.declared.ambiguous:
            return Deferred(f"{label} (given twice)", origin)
        return self.memo(
            ("local", name), label, origin, lambda: self.evaluate(written.attribute.expression, self.scope())
        )

    def output(self, name: str) -> Value:
        """The value of an output, for the caller."""
        if ("output", name) in self.known:
            return self.known["output", name]
        written = self.declared.outputs.get(name)
        if written is None:
            raise EvaluationError(f'the module has no output "{name}"')
        label = f"{self.prefix}output.{name}"
        origin = self.origin(written.file, written.block.span, label)
        return self.memo(("output", name), label, origin, lambda: self._output(written))

    def _output(self, written: Declaration) -> Value:
        node = written.expression("value")
        value = self.evaluate(node, self.scope()) if node is not None else None
        return mark(value, _is_true(written.expression("sensitive")))

    def variable(self, name: str) -> Value:
        """`var.name`, converted to its declared type."""
        if ("var", name) in self.known:
            return self.known["var", name]
        written = self.declared.variables.get(name)
        if written is None:
            raise EvaluationError(f'there is no variable "{name}"')
        label = f"{self.prefix}var.{name}"
        origin = self.origin(written.file, written.block.span, label)
        return self.memo(("var", name), label, origin, lambda: self._variable(name, written, label, origin))

    def _variable(self, name: str, written: Declaration, label: str, origin: Origin) -> Value:
        kind = self._type(written, origin)
        is_given, value = self.given(name, kind)
        default = written.expression("default")
        if not is_given or (value is None and default is not None and _is_false(written.expression("nullable"))):
            if default is not None:
                value = self.evaluate(default, Scope(NoNames(), budget=self.run.budget))
            elif self.parent is None and name in self.run.record.variables:
                value = from_plain(self.run.record.variables[name])
            else:
                return self._missing(label, origin, kind)
        for block in validations(written.block):
            text = f"var.{name}: its validation is not checked; the value is used as it is"
            place = Origin(written.file, block.span.line, block.span.end_line)  # told once for all instances
            self.run.diagnostics.add("TF_VALIDATION", text, place, Effect.IGNORED, Severity.INFO)
        value = convert(value, kind, lambda node: self.evaluate(node, Scope(NoNames(), budget=self.run.budget)))
        return mark(value, _is_true(written.expression("sensitive")))

    def type_of_variable(self, name: str) -> Type:
        """The type that a variable is declared with; `any` where there is none that can be read."""
        written = self.declared.variables.get(name)
        node = written.expression("type") if written is not None else None
        try:
            return read_type(node) if node is not None else ANY
        except TypeSyntaxError:  # told where the variable is read
            return ANY

    def expression_of_local(self, name: str) -> Expression | None:
        """What `local.name` is written as; nothing where it is not told by that."""
        written = self.declared.locals.get(name)
        return None if written is None or name in self.declared.ambiguous else written.attribute.expression

    def _missing(self, label: str, origin: Origin, kind: Type) -> Value:
        """Unknown of its declared type (TF-33)."""
        return Deferred(label, origin, kind)

    def _type(self, written: Declaration, origin: Origin) -> Type:
        node = written.expression("type")
        try:
            return read_type(node) if node is not None else ANY
        except TypeSyntaxError as error:
            self.report_mistake(str(error), origin)
            return ANY

    # --- instances -----------------------------------------------------------------------------------

    def expansion(self, declaration: Declaration, label: str, origin: Origin) -> Expansion:
        """The instances of a block; a mistake or a cycle leaves them undetermined."""
        if not is_repeated(declaration.body):
            return SINGLE
        style = "count" if declaration.expression("count") is not None else "for_each"
        found: list[Expansion] = []

        def compute() -> Value:
            found.append(expand(declaration.body, self.scope()))

        outcome = self.memo(("expansion", label), f"{style} of {label}", origin, compute)
        if found:
            return found[0]
        return undetermined(style, outcome if isinstance(outcome, Deferred) else Deferred(label, origin))

    def resources(self) -> Iterator[Group]:
        """Every resource and data block of this module."""
        return (self.group(*key) for key in self.declared.resources)

    def modules(self) -> Iterator[Call]:
        """Every module call of this module."""
        return (self.call(name) for name in self.declared.modules)

    # --- providers -----------------------------------------------------------------------------------

    def provider(self, key: str) -> Provider:
        """The configuration that a key stands for in this module (TF-27, TF-28)."""
        if key not in self.configured:
            self.configured[key] = self._find_provider(key)
        return self.configured[key]

    def _find_provider(self, key: str) -> Provider:
        written = self.declared.providers.get(key)
        if written is not None:
            return self._configured(key, written)
        if self.parent is None:
            return Provider(key)
        if key in self.passed_providers:
            return self.parent.provider(self.passed_providers[key])
        return self.parent.provider(key) if "." not in key else Provider(key)

    def _configured(self, key: str, written: Declaration) -> Provider:
        origin = self.origin(written.file, written.block.span, f"{self.prefix}provider.{key}")
        roles = [b.body.expression("role_arn") for b in written.body.of_type("assume_role")]
        region = self._setting(written.expression("region"), f"region of {key}", origin)
        role = self._setting(roles[0] if roles else None, f"role of {key}", origin)
        return Provider(key, region, providers.account_of(role, self.run.assumptions.account_id))

    def _setting(self, node: Expression | None, label: str, origin: Origin) -> Value:
        if node is None:
            return None
        return self.memo(("provider", label), label, origin, lambda: self.evaluate(node, self.scope()))

    def settings(self, provider: Provider, origin: Origin) -> dict[str, Any]:
        """The settings of a resource that uses this provider."""
        return providers.settings(provider, self.run.assumptions, origin)


def _is_true(node: Expression | None) -> bool:
    return isinstance(node, Literal) and node.value in (True, "true")


def _is_false(node: Expression | None) -> bool:
    return isinstance(node, Literal) and node.value in (False, "false") and node.value is not None
