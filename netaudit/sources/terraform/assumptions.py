"""What cannot be in the text and a reader of it has to be told (TF-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netaudit.model import Join

COMPLETE = "$complete"  # in a data source's answer: an attribute that is not listed is null


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Settings, variables, answers of data sources; what is the same thing in two sources, and where that is said."""

    region: str | None = None
    availability_zones: tuple[str, ...] | None = None
    account_id: str | None = None
    workspace: str = "default"
    variables: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    clusters: Mapping[str, str] = field(default_factory=dict)
    on_premises: tuple[str, ...] = ()
