"""`Resource`: the only thing that HCL, plan JSON, state, manifests and snapshots must agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from netaudit.model.frozen import frozen
from netaudit.model.origin import Diagnostic, Origin

# A value is None, bool, int, Decimal, str, list[Value], dict[str, Value], Unknown, Ref or Sensitive.
# `Any` because the leaves are open by design: every reader checks the shape that it needs.
Value = Any

Path = tuple[str | int, ...]

_NO_PLACES: Mapping[Path, Origin] = MappingProxyType({})


@frozen
class Resource:
    """One declared thing: a Terraform resource instance, a Kubernetes object, an object of a snapshot.

    `kind` is the resource type (`aws_subnet`, `data.aws_vpc` for a data source) or the Kubernetes kind;
    `address` is unique within its source. `attributes` have the shape of `terraform show -json`: repeated
    blocks are lists of objects. `places` tells where single parts stand (`("ingress", 0)`).
    `exists` is false when it is not certain that there is such an instance (`…[?]`).
    `settings` holds what comes from around the resource: `region`, `account_id`.
    """

    kind: str
    address: str
    attributes: Mapping[str, Value]
    origin: Origin
    places: Mapping[Path, Origin] = field(default_factory=lambda: _NO_PLACES, repr=False, compare=False)
    exists: bool = True
    settings: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def get(self, name: str, default: Value = None) -> Value:
        """The attribute, or `default` where it is absent or null: a null argument is no argument (TF-40)."""
        value = self.attributes.get(name)
        return default if value is None else value

    def place(self, *path: str | int) -> Origin:
        """Where the part at `path` was written; the nearest enclosing part that has a place of its own."""
        for length in range(len(path), 0, -1):
            found = self.places.get(path[:length])
            if found is not None:
                return found
        return self.origin


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source gave: its resources in a stable order, and what was not understood.

    `format` is `terraform`, `plan`, `state`, `kubernetes` or `snapshot`. A directory that holds several formats
    gives several readings of one name.
    """

    name: str
    format: str
    resources: Sequence[Resource]
    diagnostics: Sequence[Diagnostic] = ()
    named: bool = False  # whether the name was given by the user, so that it prefixes every id
    derived: bool = False  # whether it was made of another reading, whose source does not list its diagnostics
