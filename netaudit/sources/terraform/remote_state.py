"""Roots that read each other's outputs: whose state a `terraform_remote_state` reads (TF-108).

https://developer.hashicorp.com/terraform/language/state/remote-state-data (read 2026-11-27)
https://developer.hashicorp.com/terraform/language/backend (read 2026-11-27)

A state is known by its backend and what tells it from all others there (bucket and key, path, organization and
workspace). Where the text fixes all of that on both sides, and one root alone keeps its state there, its outputs
are the answer. Resources of that root are then named as `root::address`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netaudit.model import Reading, Ref, Resource, Sensitive
from netaudit.sources.terraform import configuration, files
from netaudit.sources.terraform.diagnostics import Diagnostics
from netaudit.sources.terraform.evaluate import evaluate
from netaudit.sources.terraform.inputs import Inputs, Record
from netaudit.sources.terraform.scope import NoNames, Scope
from netaudit.sources.terraform.syntax import Block, Expression
from netaudit.sources.terraform.values import EvaluationError, to_model

KIND = "data.terraform_remote_state"
Identity = tuple[str, ...]
Config = Mapping[str, Any]

_TOLD_BY = {
    "s3": ("bucket", "key"),
    "gcs": ("bucket", "prefix"),
    "azurerm": ("storage_account_name", "container_name", "key"),
    "oss": ("bucket", "prefix", "key"),
    "cos": ("bucket", "prefix", "key"),
    "consul": ("path",),
    "http": ("address",),
}


@dataclass(frozen=True, slots=True)
class Root:
    """A root module that was read: its directory, and what was found there."""

    directory: Path
    reading: Reading

    @property
    def states(self) -> Iterator[Resource]:
        """The states that it reads."""
        return (each for each in self.reading.resources if each.kind == KIND)


@dataclass(slots=True)
class States:
    """Which root keeps which state, and the answers that roots give to one another."""

    roots: Sequence[Root]
    inputs: Inputs
    _known: dict[Path, Mapping[str, Any]] = field(default_factory=dict)
    _asked: list[Path] = field(default_factory=list)
    _kept: dict[Path, Identity | None] = field(default_factory=dict)

    def answers(self, root: Root) -> Mapping[str, Mapping[str, Any]]:
        """What the states that a root reads answer, by the address of what reads them; no entry where it is open."""
        found: dict[str, Mapping[str, Any]] = {}
        for resource in root.states:
            owner = self._owner(root, resource)
            if owner is not None and owner.directory not in self._asked:
                found[resource.address] = {**resource.attributes, "outputs": self._outputs(owner, resource)}
        return found

    def inputs_of(self, root: Root) -> Inputs:
        """The inputs of a root with these answers."""
        return replace(self.inputs, record=Record(self.answers(root), self.inputs.record.variables))

    def _owner(self, root: Root, resource: Resource) -> Root | None:
        """The only root whose state it is, where it is that of the same workspace."""
        workspace = resource.attributes.get("workspace") or "default"
        wanted = _identity(resource.attributes.get("backend"), resource.attributes.get("config"), root.directory)
        if wanted is None or workspace != self.inputs.assumptions.workspace:
            return None
        mine = [each for each in self.roots if each is not root and self._kept_by(each) == wanted]
        return mine[0] if len(mine) == 1 else None

    def _kept_by(self, root: Root) -> Identity | None:
        """Where a root keeps its state; its text is read for that once."""
        if root.directory not in self._kept:
            self._kept[root.directory] = _kept_at(root.directory)
        return self._kept[root.directory]

    def _outputs(self, owner: Root, resource: Resource) -> Mapping[str, Any]:
        """The outputs of a root, whose own states are answered first; those that it lacks have defaults."""
        if owner.directory not in self._known:
            self._asked.append(owner.directory)
            written = configuration.read_outputs(owner.directory, inputs=self.inputs_of(owner))
            self._asked.remove(owner.directory)
            self._known[owner.directory] = {k: _abroad(v, owner.reading.name) for k, v in written.items()}
        defaults = resource.attributes.get("defaults")
        return {**(defaults if isinstance(defaults, Mapping) else {}), **self._known[owner.directory]}


def answered(roots: Sequence[Root], inputs: Inputs, again: Callable[[Root, Inputs], Reading]) -> list[Reading]:
    """The readings of some roots, read `again` where another one of them answers."""
    states = States(roots, inputs)
    found: list[Reading] = []
    for root in roots:
        known = states.inputs_of(root) if any(root.states) else inputs
        found.append(again(root, known) if known.record.answers else root.reading)
    return found


def _abroad(value: Any, name: str) -> Any:
    """A value of another root, whose resources are named with it; those of a third one are already."""
    if isinstance(value, Ref):
        named = "::" in value.address.partition("[")[0]
        return value if named else replace(value, address=f"{name}::{value.address}")
    if isinstance(value, Sensitive):
        return Sensitive(_abroad(value.value, name))
    if isinstance(value, Mapping):
        return {key: _abroad(each, name) for key, each in value.items()}
    return [_abroad(each, name) for each in value] if isinstance(value, list) else value


# ---- which state ----------------------------------------------------------------------------------------


def _kept_at(directory: Path) -> Identity | None:
    """Where a root keeps its state; None where the text does not say it all. Without a word it is a file beside it."""
    written = [
        inner
        for file in files.read_directory(directory.resolve(), Diagnostics())
        for block in file.body.blocks
        if block.type == "terraform"
        for inner in block.body.blocks
        if inner.type in ("backend", "cloud")
    ]
    if not written:
        return _identity("local", {}, directory)
    last = written[-1]
    kind = last.labels[0] if last.type == "backend" and last.labels else "remote"
    return _identity(kind, _config(last), directory)


def _config(block: Block) -> Config:
    found: dict[str, Any] = {name: _literal(each.expression) for name, each in block.body.attributes.items()}
    return found | {inner.type: _config(inner) for inner in block.body.blocks}


def _literal(node: Expression) -> Any:
    """A value that is written out; None for any other, which no backend may have."""
    try:
        return to_model(evaluate(node, Scope(NoNames())))
    except EvaluationError:
        return None


def _identity(backend: Any, config: Any, directory: Path) -> Identity | None:
    """What tells a state from all others; None where something of it is not fixed."""
    written: Config = config if isinstance(config, Mapping) else {}
    if backend == "local":
        path = written.get("path", "terraform.tfstate")
        return ("local", str((directory / path).resolve())) if isinstance(path, str) else None
    if backend == "remote":
        return _whole("remote", [written.get("organization"), _workspace(written.get("workspaces"))])
    names = _TOLD_BY.get(backend) if isinstance(backend, str) else None
    return _whole(str(backend), [written.get(name) for name in names]) if names else None


def _workspace(written: Any) -> Any:
    """The name of a workspace, in a block or in an object."""
    first = written[0] if isinstance(written, list) and written else written
    return first.get("name") if isinstance(first, Mapping) else None


def _whole(backend: str, values: Sequence[Any]) -> Identity | None:
    texts = [value for value in values if isinstance(value, str)]
    return (backend, *texts) if len(texts) == len(values) else None
