"""Reading Terraform: root modules as text, and plan or state as JSON.

    read_root(directory, name=…, inputs=…)             a root module
    read_plan_or_state(path, document, name=…)         `terraform show -json`
    read_root_and(directory, path, document, …)        both of the same root, by instance address

All give a `netaudit.model.Reading`: resources whose values are Terraform's, or are unknown for a reason.
"""

from netaudit.sources.terraform.assumptions import Assumptions
from netaudit.sources.terraform.assumptions import load as load_assumptions
from netaudit.sources.terraform.configuration import read_root
from netaudit.sources.terraform.overlay import read_root_and
from netaudit.sources.terraform.plan import read_plan_or_state
from netaudit.sources.terraform.variables import Inputs, VariableFile, VariableText

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
