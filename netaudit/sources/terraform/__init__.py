"""Reading Terraform: root modules as text, and plan or state as JSON.

    read_root(directory, name=…, inputs=…)             a root module
    read_plan_or_state(path, document, name=…)         `terraform show -json`
    read_root_and(directory, path, document, …)        both of the same root, by instance address

All give a `netaudit.model.Reading`: resources whose values are Terraform's, or are unknown for a reason.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netaudit.model import Reading
from netaudit.sources.terraform.assumptions import Assumptions
from netaudit.sources.terraform.inputs import Inputs, VariableFile, VariableText

__all__ = [
    "Assumptions",
    "Inputs",
    "VariableFile",
    "VariableText",
    "load_assumptions",
    "read_plan_or_state",
    "read_root",
    "read_root_and",
]


def load_assumptions(path: Path) -> Assumptions:
    """Read an assumptions file. Raises `RuleFileError` with file and line."""
    from netaudit.sources.terraform import assumptions_file  # noqa: PLC0415 - most runs have none

    return assumptions_file.load(path)


# The evaluator is loaded by the first root that is read: a run on a cluster needs nothing of it.


def read_root(directory: Path, *, name: str, inputs: Inputs | None = None) -> Reading:
    """Read a root module. Raises `InputError` where nothing in the directory can be used."""
    from netaudit.sources.terraform import configuration  # noqa: PLC0415 - see above

    return configuration.read_root(directory, name=name, inputs=inputs)


def read_plan_or_state(path: Path, document: Any, *, name: str) -> Reading:
    """Read what `terraform show -json` prints. Raises `InputError` where it is neither a plan nor a state."""
    from netaudit.sources.terraform import plan  # noqa: PLC0415 - see above

    return plan.read_plan_or_state(path, document, name=name)


def read_root_and(directory: Path, path: Path, document: Any, *, name: str, inputs: Inputs | None = None) -> Reading:
    """Read a root module with a plan or state of it laid over. Raises `InputError` as the two others do."""
    from netaudit.sources.terraform import overlay  # noqa: PLC0415 - see above

    return overlay.read_root_and(directory, path, document, name=name, inputs=inputs)
