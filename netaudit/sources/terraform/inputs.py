"""What is given beside a root module: values of variables, assumptions, what a plan of it tells.

A file of its own, since every run makes one, and most runs on clusters need nothing else of Terraform.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from netaudit.sources.terraform.assumptions import Assumptions

if TYPE_CHECKING:
    from netaudit.sources.terraform.hcl import Parser


@dataclass(frozen=True, slots=True)
class VariableText:
    """`--var NAME=VALUE`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class VariableFile:
    """`--var-file FILE`."""

    path: Path


@dataclass(frozen=True, slots=True)
class Record:
    """What a plan or state of the same root tells: answers of data sources by address, values of variables."""

    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    variables: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is given beside the text. `environment` holds `TF_VAR_…` only when they were asked for."""

    variables: tuple[VariableText | VariableFile, ...] = ()
    assumptions: Assumptions = field(default_factory=Assumptions)
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    record: Record = field(default_factory=Record)
    parser: Parser | None = None
    cache: Path | None = None  # where trees of parsed text are kept


def default_cache() -> Path | None:
    """Where a user's programs keep what they can make again (the XDG convention); None where there is no such place."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given) / "netaudit"
    try:
        return Path.home() / ".cache" / "netaudit"
    except RuntimeError:
        return None
