"""Edits of what is declared, as values: what if this were there, or not, or otherwise?

They are made on what was read, so what they mean is worked out as for every other text. Places stay those of the text
that was edited; what only an edit declares stands in `what-if`.

A resource is named by its address (`aws_route.out`, `shop/web[Deployment]`, or `shop/web` where only one thing is
called so), after the name of its source where that was given one (`prod::aws_route.out`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from netaudit.errors import QueryError
from netaudit.model import Origin, Path, Reading, Resource, Value
from netaudit.sources.manifests import read_manifests

LabelsAt = Callable[[Resource], Path | None]  # where the labels of a resource are, if it has any
_FILE = "what-if"


@dataclass(frozen=True, slots=True)
class AddResource:
    """Declare one more thing in a source; `attributes` as `terraform show -json` shapes them."""

    kind: str
    address: str
    attributes: Mapping[str, Value]
    source: str = ""


@dataclass(frozen=True, slots=True)
class RemoveResource:
    """Declare a thing no longer."""

    address: str


@dataclass(frozen=True, slots=True)
class ChangeResource:
    """Give attributes of a thing other values, by their path (`spec.ingress.0.ports`); None takes one away."""

    address: str
    values: Mapping[str | Path, Value]


@dataclass(frozen=True, slots=True)
class Relabel:
    """Give pods or a namespace other labels, as the selectors of policies see them; None takes one away."""

    address: str
    labels: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Apply:
    """Declare the objects of a manifest, in the place of those with their names, as `kubectl apply` does."""

    text: str
    source: str = ""


DeclaredEdit = AddResource | RemoveResource | ChangeResource | Relabel | Apply


def applied(readings: Sequence[Reading], edit: DeclaredEdit, labels_at: LabelsAt) -> tuple[Reading, ...]:
    """The readings after an edit. Raises QueryError where it cannot be made."""
    if isinstance(edit, AddResource):
        return _added(readings, edit)
    if isinstance(edit, Apply):
        return _with_objects(readings, edit)
    reading, resource = _found(readings, edit.address, labels_at if isinstance(edit, Relabel) else lambda _: ())
    if isinstance(edit, RemoveResource):
        return _put(readings, reading, resource, None)
    if isinstance(edit, Relabel):
        at = labels_at(resource) or ()
        values: Mapping[str | Path, Value] = {(*at, key): value for key, value in edit.labels.items()}
    else:
        values = edit.values
    attributes: Value = resource.attributes
    for path, value in values.items():
        steps = tuple(path.split(".")) if isinstance(path, str) else path
        attributes = _changed(attributes, steps, value, f"{resource.address}: {path}")
    return _put(readings, reading, resource, replace(resource, attributes=attributes))


# ---- finding ------------------------------------------------------------------------------------------


def _found(readings: Sequence[Reading], name: str, counts: LabelsAt) -> tuple[Reading, Resource]:
    """The one resource of a name that counts, and what it was read from."""
    called = [(reading, each) for reading in readings for each in reading.resources if _is_called(each, reading, name)]
    found = [(reading, each) for reading, each in called if counts(each) is not None]
    if called and not found:
        raise QueryError(f"'{name}' has no labels that a policy could see")
    if not found:
        raise QueryError(f"nothing that is declared is called '{name}'")
    if len(found) > 1:
        raise QueryError(f"'{name}' may be {' or '.join(sorted(_full(each, reading) for reading, each in found))}")
    return found[0]


def _is_called(resource: Resource, reading: Reading, name: str) -> bool:
    full = _full(resource, reading)
    return name in {full, full.rpartition("[")[0], resource.address, resource.address.rpartition("[")[0]}


def _full(resource: Resource, reading: Reading) -> str:
    return f"{reading.name}::{resource.address}" if reading.named else resource.address


def _source(readings: Sequence[Reading], name: str, *, kubernetes: bool) -> Reading:
    """The reading that something is added to: of that name, or the only one. Unnamed manifests are one cluster."""
    found = [each for each in readings if (each.format == "kubernetes") == kubernetes and name in ("", each.name)]
    if not found or (len(found) > 1 and not (kubernetes and not any(each.named for each in found))):
        names = ", ".join(sorted({each.name for each in readings}))
        what = f"'{name}'" if name else "the one"
        raise QueryError(f"which source is added to is not clear: {what} is not one of {names}")
    return found[0]


# ---- changing -----------------------------------------------------------------------------------------


def _put(readings: Sequence[Reading], reading: Reading, old: Resource, new: Resource | None) -> tuple[Reading, ...]:
    kept = tuple(now for each in reading.resources for now in ((each,) if each is not old else (new,)) if now)
    return _instead(readings, reading, replace(reading, resources=kept))


def _instead(readings: Sequence[Reading], old: Reading, new: Reading) -> tuple[Reading, ...]:
    return tuple(new if each is old else each for each in readings)


def _added(readings: Sequence[Reading], edit: AddResource) -> tuple[Reading, ...]:
    reading = _source(readings, edit.source, kubernetes=False)
    if any(each.address == edit.address for each in reading.resources):
        raise QueryError(f"'{edit.address}' is declared already")
    origin = Origin(_FILE, address=edit.address)
    new = Resource(edit.kind, edit.address, edit.attributes, origin, settings=_common(reading.resources))
    return _instead(readings, reading, replace(reading, resources=(*reading.resources, new)))


def _common(resources: Sequence[Resource]) -> Mapping[str, Value]:
    """The settings that all resources of a source share: its account, its Region."""
    first = resources[0].settings if resources else {}
    return {key: value for key, value in first.items() if all(each.settings.get(key) == value for each in resources)}


def _with_objects(readings: Sequence[Reading], edit: Apply) -> tuple[Reading, ...]:
    target = _source(readings, edit.source, kubernetes=True)
    given = read_manifests(edit.text, name=_FILE)
    if not given.resources:
        raise QueryError("what is to be applied holds no object")
    new = {each.address: _moved(each) for each in given.resources}
    found = list(readings)
    for place, reading in enumerate(readings):
        if _are_one_cluster(reading, target):
            found[place] = replace(reading, resources=tuple(new.pop(each.address, each) for each in reading.resources))
    place = next(place for place, reading in enumerate(readings) if reading is target)
    notes = (*target.diagnostics, *given.diagnostics)
    found[place] = replace(found[place], resources=(*found[place].resources, *new.values()), diagnostics=notes)
    return tuple(found)


def _are_one_cluster(one: Reading, other: Reading) -> bool:
    """Whether two readings of manifests describe the same cluster: all without a name of their own do."""
    names = [reading.name if reading.named else "" for reading in (one, other)]
    return one.format == other.format and names[0] == names[1]


def _moved(resource: Resource) -> Resource:
    """The object with its places in the text of the edit, which is no file."""
    places = {path: replace(place, file=_FILE) for path, place in resource.places.items()}
    return replace(resource, origin=replace(resource.origin, file=_FILE), places=places)


def _changed(value: Value, path: Path, new: Value, said: str) -> Value:
    """A value with another one at a path below it, none where that is None. Raises QueryError."""
    if not path:
        return new
    step, *rest = path
    if isinstance(value, list):
        place = _place(step, len(value), said)
        now = _changed(value[place] if place < len(value) else None, tuple(rest), new, said)
        return [*value[:place], *([] if now is None else [now]), *value[place + 1 :]]
    if value is not None and not isinstance(value, Mapping):
        raise QueryError(f"{said} lies below what holds nothing")
    below = dict(value or {})
    below[step] = _changed(below.get(step), tuple(rest), new, said)
    return {key: each for key, each in below.items() if key != step or each is not None}


def _place(step: str | int, length: int, said: str) -> int:
    place = int(step) if str(step).isdecimal() else -1
    if not 0 <= place <= length:
        raise QueryError(f"{said} lies beyond a list of {length}")
    return place
