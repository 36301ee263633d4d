"""A plan or state laid over the code of the same root, by instance address (TF-2).

Which instances there are and what is known of them comes from the plan or state; links that are known only
after apply, lines, and which arguments nobody wrote come from the code. What the two disagree about is told,
and is unknown: nothing says which of them is out of date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netaudit.model import Diagnostic, Effect, Reading, Ref, Resource, Sensitive, Unknown
from netaudit.sources.terraform.configuration import read_root
from netaudit.sources.terraform.diagnostics import Diagnostics
from netaudit.sources.terraform.inputs import Inputs, Record
from netaudit.sources.terraform.merging import Merging, rewritten
from netaudit.sources.terraform.plan import read_plan_or_state, recorded_variables

_KEY = re.compile(r'\["(?:\\.|[^"\\])*"\]|\[\d+\]|\[\?\]')
_ANY_INSTANCE = "[?]"


def read_root_and(
    directory: Path, path: Path, document: Mapping[str, Any], *, name: str, inputs: Inputs | None = None
) -> Reading:
    """Read a root module and a plan or state of it. Raises `InputError` where either cannot be used."""
    alone = read_plan_or_state(path, document, name=name)
    beside = read_plan_or_state(path, document, name=name, beside_code=True)
    if _has_gaps(alone):
        return _code_alone(read_root(directory, name=name, inputs=inputs), alone)
    answers = {r.address: r.attributes for r in beside.resources if r.kind.startswith("data.")}
    record = Record(answers, recorded_variables(document))
    code = read_root(directory, name=name, inputs=replace(inputs or Inputs(), record=record))
    return overlay(code, alone, beside)


def overlay(code: Reading, alone: Reading, beside: Reading) -> Reading:
    """The code with a plan or state over it. `alone` is the latter read by itself, `beside` as beside code."""
    work = _Overlay(code, alone, beside)
    resources = tuple(sorted(work.resources(), key=lambda r: r.address))
    diagnostics = [*(work.seen(d) for d in code.diagnostics), *alone.diagnostics, *work.diagnostics.sorted()]
    return replace(code, resources=resources, diagnostics=tuple(sorted(diagnostics, key=lambda d: d.sort_key)))


def _has_gaps(reading: Reading) -> bool:
    return any(d.effect is Effect.UNREADABLE for d in reading.diagnostics)


def _code_alone(code: Reading, alone: Reading) -> Reading:
    """A plan with gaps is not the measure of what exists: only the code is used."""
    unused = [
        replace(d, message=f"not used beside the code: {d.message}", effect=Effect.IGNORED) for d in alone.diagnostics
    ]
    return replace(code, diagnostics=(*code.diagnostics, *unused))


@dataclass(slots=True)
class _Overlay:
    code: Reading
    alone: Reading
    beside: Reading
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    written: dict[str, Resource] = field(init=False)
    maybe: dict[str, list[Resource]] = field(init=False)
    known: Mapping[str, Resource] = field(init=False)
    unread: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.written = {r.address: r for r in self.code.resources if r.exists}
        self.known = {r.address: r for r in self.beside.resources}
        self.maybe = {}
        for resource in self.code.resources:
            if not resource.exists:
                self.maybe.setdefault(_block(resource.address), []).append(resource)
        unread = [d.origin.address for d in self.code.diagnostics if d.code == "TF_UNREAD_MODULE" and d.origin]
        self.unread = tuple(unread)

    def resources(self) -> Iterator[Resource]:
        """All instances of the plan or state, and those that only the code has."""
        for found in self.alone.resources:
            source = self.written.get(found.address) or self._possible(found.address)
            if source is not None:
                yield self._merged(source, self.known[found.address])
            elif found.kind.startswith("data.") or self._is_unread(found.address):
                yield found
            else:
                yield self._doubtful(found, "the code does not have it")
        for address, source in self.written.items():
            if address not in self.known:
                is_data = source.kind.startswith("data.")
                yield source if is_data else self._doubtful(source, f"the {self.alone.format} does not have it")

    def _possible(self, address: str) -> Resource | None:
        """The `…[?]` of the code that stands for this instance, among others."""
        candidates = [r for r in self.maybe.get(_block(address), ()) if _stands_for(r.address, address)]
        return min(candidates, key=lambda r: r.address.count(_ANY_INSTANCE), default=None)

    def _merged(self, code: Resource, known: Resource) -> Resource:
        origin = replace(code.origin, address=known.address)
        merging = Merging(self._resolved, origin)
        if code.kind.startswith("data."):  # the code asks, it does not decide
            attributes = {**code.attributes, **_without_unknowns(known.attributes)}
        else:
            attributes = merging.attributes(code.attributes, known.attributes)
        for path in merging.differing:
            shown = ".".join(map(str, (known.address, *path)))
            message = f"{shown}: the code and the {self.alone.format} differ: one of them is out of date"
            self.diagnostics.add("TF_STALE", message, code.place(*path), Effect.OVER_APPROXIMATED)
        return Resource(
            kind=code.kind,
            address=known.address,
            attributes=attributes,
            origin=origin,
            places=rewritten(code.places, merging.moves),
            settings={**known.settings, **{k: v for k, v in code.settings.items() if not isinstance(v, Unknown)}},
        )

    def _resolved(self, ref: Ref) -> Any:
        """The known value of a reference; None where there is none."""
        resource = self.known.get(ref.address)
        value: Any = resource.attributes if resource is not None else None
        for step in ref.path:
            value = value.get(step) if isinstance(value, Mapping) else None
        value = value.value if isinstance(value, Sensitive) else value
        return value if isinstance(value, str | int | float) else None

    def _doubtful(self, resource: Resource, why: str) -> Resource:
        message = f"{resource.address}: {why}: one of them is out of date"
        self.diagnostics.add("TF_STALE", message, resource.origin, Effect.OVER_APPROXIMATED)
        return replace(resource, exists=False)

    def _is_unread(self, address: str) -> bool:
        return any(_block(address).startswith(f"{_block(module)}.") for module in self.unread)

    def seen(self, diagnostic: Diagnostic) -> Diagnostic:
        """A module whose text is not here is no gap where the plan or state has its resources."""
        if diagnostic.code != "TF_UNREAD_MODULE" or not diagnostic.origin:
            return diagnostic
        module = f"{_block(diagnostic.origin.address)}."
        if not any(_block(r.address).startswith(module) for r in self.alone.resources):
            return diagnostic
        message = f"{diagnostic.message} (its resources are those of the {self.alone.format})"
        return replace(diagnostic, message=message, effect=Effect.IGNORED)


def _without_unknowns(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if not isinstance(value, Unknown | Ref)}


def _block(address: str) -> str:
    """An address without instance keys."""
    return _KEY.sub("", address)


def _stands_for(pattern: str, address: str) -> bool:
    """Whether `module.a[?].b.c[0]` covers an instance address of the same block."""
    keys, others = _keys(pattern), _keys(address)
    return all(a in (_ANY_INSTANCE, b) for a, b in zip(keys, others, strict=False))


def _keys(address: str) -> list[str]:
    return _KEY.findall(address)
