"""Module calls: where the module is, its instances, and their outputs (TF-67 … TF-70)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netaudit.model import Effect, Origin
from netaudit.sources.terraform import files, providers, syntax
from netaudit.sources.terraform.budget import MAX_DEPTH_OF_MODULES
from netaudit.sources.terraform.declarations import Declaration
from netaudit.sources.terraform.expansion import Expansion, Slot, combine
from netaudit.sources.terraform.types import Type
from netaudit.sources.terraform.values import Deferred, LazyObject, Map, Value

if TYPE_CHECKING:
    from netaudit.sources.terraform.module import Module

_META = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


@dataclass(slots=True)
class Call:
    """One `module` block within one module instance."""

    caller: Module
    name: str
    declaration: Declaration
    known: list[Module] | None = None
    expanded: Expansion | None = None
    found: Path | None = None
    searched: bool = False

    @property
    def address(self) -> str:
        """The address without an instance key."""
        return f"{self.caller.prefix}module.{self.name}"

    @property
    def origin(self) -> Origin:
        """Where the block stands."""
        return self.caller.origin(self.declaration.file, self.declaration.block.span, self.address)

    def expansion(self) -> Expansion:
        """Which instances there are."""
        if self.expanded is None:
            self.expanded = self.caller.expansion(self.declaration, self.address, self.origin)
        return self.expanded

    def instances(self) -> list[Module]:
        """The module instances; none where the module is not to be found."""
        if self.known is None:
            expansion, directory = self.expansion(), self.directory()
            self.known = []
            if directory is not None and expansion.slots:
                self.caller.run.budget.modules(len(expansion.slots))
                self.known = [self.caller.child(self, directory, slot) for slot in expansion.slots]
        return self.known

    def value(self) -> Value:
        """The outputs: an object, or with `count` or `for_each` all instances' (TF-70)."""
        expansion = self.expansion()
        if self.directory() is None:
            return combine(expansion, [Unread(self)] * len(expansion.slots))
        return combine(expansion, [Outputs(m) for m in self.instances()])

    def directory(self) -> Path | None:
        """Where the module is; None, with a diagnostic, where it is not to be found."""
        if not self.searched:
            self.searched = True
            self.found = self._search()
        return self.found

    def _search(self) -> Path | None:
        node = self.declaration.expression("source")
        source = node.value if isinstance(node, syntax.Literal) and isinstance(node.value, str) else ""
        directory = self._local(source) or self.caller.run.installed.get(".".join((*self.caller.calls, self.name)))
        if directory is None:
            return self._unread(f'the module "{source}" is not here: run `terraform init`, or vendor it')
        resolved = _resolve(directory)
        if resolved is None or not files.configuration_files(resolved):
            return self._unread(f'no Terraform files where the module "{source}" should be')
        if resolved in self.caller.directories:
            return self._unread(f"the module calls itself: {' → '.join(self.chain())}")
        if len(self.caller.calls) >= MAX_DEPTH_OF_MODULES:
            return self._unread(f"modules nest deeper than {MAX_DEPTH_OF_MODULES} levels")
        return resolved

    def _local(self, source: str) -> Path | None:
        if source.startswith(("./", "../")) or source in (".", ".."):
            return self.caller.declared.directory / source
        return None

    def chain(self) -> list[str]:
        """The chain of calls down to this one."""
        return [*self.caller.via, f"{self.declaration.file}:{self.declaration.block.span.line} {self.address}"]

    def _unread(self, message: str) -> Path | None:
        """One diagnostic; whatever refers to its outputs is unknown (TF-68)."""
        run = self.caller.run
        run.diagnostics.add("TF_UNREAD_MODULE", f"{self.address}: {message}", self.origin, Effect.UNREADABLE)
        return None

    def arguments(self, slot: Slot) -> Callable[[str, Type], tuple[bool, Value]]:
        """Arguments are evaluated in the caller, with its `each` and `count` (TF-22)."""

        def given(name: str, _: Type) -> tuple[bool, Value]:
            written = self.declaration.body.attributes.get(name)
            if written is None or name in _META:
                return False, None
            caller, label = self.caller, f"{self.address}{slot.suffix}.{name}"
            origin = caller.origin(written.file or self.declaration.file, written.span, label)
            scope = caller.scope(slot.iterators)
            value = caller.memo(("input", label), label, origin, lambda: caller.evaluate(written.expression, scope))
            return True, value

        return given

    def passed_providers(self) -> Mapping[str, str]:
        """Which of the caller's provider configurations stands for which of the module's."""
        node = self.declaration.expression("providers")
        if not isinstance(node, syntax.ObjectOf):
            return {}
        pairs = ((providers.reference_key(k), providers.reference_key(v)) for k, v in node.items)
        return {inner: outer for inner, outer in pairs if inner and outer}


@dataclass(frozen=True, slots=True, eq=False)
class Outputs(LazyObject):
    """A module instance as a value: its outputs, evaluated when asked for."""

    module: Module

    def attribute(self, name: str) -> Value:
        """One output. Raises `EvaluationError`."""
        return self.module.output(name)

    def expand(self) -> Value:
        """All outputs."""
        return Map("object", {name: self.module.output(name) for name in self.module.declared.outputs})


@dataclass(frozen=True, slots=True, eq=False)
class Unread(LazyObject):
    """A module that is not to be found: every output is unknown (TF-68)."""

    call: Call

    def _unknown(self) -> Deferred:
        return Deferred(f"{self.call.address} (not read)", self.call.origin)

    def attribute(self, name: str) -> Value:  # noqa: ARG002  whatever its name
        """Every output is unknown."""
        return self._unknown()

    def expand(self) -> Value:
        """Unknown as a whole."""
        return self._unknown()


def _resolve(directory: Path) -> Path | None:
    try:
        return directory.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
