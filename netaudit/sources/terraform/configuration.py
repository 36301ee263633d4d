"""A root module from its directory: the whole reading (TF-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from netaudit.errors import InputError
from netaudit.model import Effect, Origin, Reading, Resource, Severity, Unknown
from netaudit.sources.terraform import cache, files, hcl, variables
from netaudit.sources.terraform.budget import BudgetExceededError
from netaudit.sources.terraform.declarations import Declaration
from netaudit.sources.terraform.diagnostics import Diagnostics
from netaudit.sources.terraform.evaluate import evaluate
from netaudit.sources.terraform.inputs import Inputs
from netaudit.sources.terraform.module import Given, Module
from netaudit.sources.terraform.run import Run, deep_recursion, installed_modules, uncollected
from netaudit.sources.terraform.scope import NoNames, Scope
from netaudit.sources.terraform.syntax import Attribute
from netaudit.sources.terraform.types import Type
from netaudit.sources.terraform.values import EvaluationError, Value, to_model


def read_root(directory: Path, *, name: str, inputs: Inputs | None = None) -> Reading:
    """Read a root module. Raises `InputError` where nothing in the directory can be used."""
    inputs, diagnostics = inputs or Inputs(), Diagnostics()
    with uncollected(), deep_recursion(), hcl.using(inputs.parser), cache.kept_in(inputs.cache):
        resources = list(_walk(_root(directory, inputs, diagnostics)))
    return Reading(name, "terraform", tuple(sorted(resources, key=lambda r: r.address)), diagnostics.sorted())


def read_outputs(directory: Path, *, inputs: Inputs) -> dict[str, Any]:
    """The outputs of a root module, as far as the text fixes them. What is wrong with it is told by `read_root`."""
    with uncollected(), deep_recursion(), hcl.using(inputs.parser), cache.kept_in(inputs.cache):
        module = _root(directory, inputs, Diagnostics())
        return {name: _written(module, name) for name in module.declared.outputs}


def _written(module: Module, name: str) -> Any:
    try:
        return to_model(module.output(name))
    except BudgetExceededError as error:
        return Unknown(f"output.{name}: {error}")


def _root(directory: Path, inputs: Inputs, diagnostics: Diagnostics) -> Module:
    """The root module as an instance. Raises `InputError` where nothing in the directory can be used."""
    root = _root_directory(directory)
    installed = installed_modules(root, diagnostics)
    run = Run(root, inputs.assumptions, diagnostics, installed=installed, record=inputs.record)
    declared = run.declarations(root)
    if not declared.files:
        _nothing_usable(directory, diagnostics)
    given = variables.collect(root, inputs, diagnostics)
    _report_undeclared(given, declared.variables, diagnostics)
    return Module(run, declared, _given(given), directories=(root,))


def _root_directory(directory: Path) -> Path:
    try:
        root = directory.resolve(strict=True)
    except (OSError, RuntimeError):
        raise InputError("no such directory", str(directory)) from None
    if not files.configuration_files(root):
        if (root / "terragrunt.hcl").is_file():
            raise InputError(
                "Terragrunt generates its roots: give the JSON of its plan instead (terraform show -json)",
                str(directory),
            )
        raise InputError("no Terraform files (*.tf, *.tofu or their .json) in this directory", str(directory))
    return root


def _nothing_usable(directory: Path, diagnostics: Diagnostics) -> None:
    first = next(iter(diagnostics.sorted()), None)
    if first is None:
        raise InputError("no Terraform file could be read", str(directory))
    raise InputError(first.message, first.origin.place if first.origin else str(directory))


def _report_undeclared(
    given: Mapping[str, variables.Given], declared: Mapping[str, Declaration], diagnostics: Diagnostics
) -> None:
    for name, value in given.items():
        if name not in declared and value.file != "the environment":
            line = value.attribute.span.line if value.attribute is not None else 0
            origin = Origin(value.file, line, line)
            message = f'a value is given for "{name}", which is not a variable of the root module'
            diagnostics.add("TF_UNDECLARED", message, origin, Effect.IGNORED)


def _given(given: dict[str, variables.Given]) -> Given:
    def find(name: str, kind: Type) -> tuple[bool, Value]:
        value = given.get(name)
        if value is None:
            return False, None
        return True, evaluate(_attribute(value, kind).expression, Scope(NoNames()))

    return find


def _attribute(value: variables.Given, kind: Type) -> Attribute:
    if value.attribute is not None:
        return value.attribute
    is_plain = kind.is_primitive or kind.kind == "any"
    try:
        return variables.read_text(value.text or "", is_plain=is_plain)
    except hcl.HclSyntaxError as error:
        raise EvaluationError(f"the value from {value.file} cannot be read: {error.message}") from None


def _walk(module: Module) -> Iterator[Resource]:
    """The resources of a module instance and of all below it."""
    try:
        for group in module.resources():
            for instance in group.instances():
                yield instance.resource()
        for call in module.modules():
            for child in call.instances():
                yield from _walk(child)
    except BudgetExceededError as error:
        where = Origin(module.declared.directory.name, address=module.path, via=module.via)
        module.run.diagnostics.add("TF_BUDGET", str(error), where, Effect.UNREADABLE, Severity.ERROR)
