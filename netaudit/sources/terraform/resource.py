"""Resource and data blocks: their instances, as values that others refer to and as `Resource`s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netaudit.model import Origin, Ref, Resource, Unknown
from netaudit.sources.terraform import data_sources, promised, providers
from netaudit.sources.terraform.blocks import META_ARGUMENTS, META_BLOCKS, BodyReader
from netaudit.sources.terraform.declarations import Declaration
from netaudit.sources.terraform.expansion import Expansion, Slot, combine
from netaudit.sources.terraform.lifecycle import ignored
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.syntax import Attribute, Literal
from netaudit.sources.terraform.types import ANY, NUMBER, STRING, list_of
from netaudit.sources.terraform.values import Deferred, LazyObject, Map, Value, settled, to_model

if TYPE_CHECKING:
    from netaudit.sources.terraform.module import Module

# The provider promises that these are never null (TF-47).
_NEVER_NULL = frozenset({"id", "arn"})
_IDENTIFIERS = ("_id", "_arn")


@dataclass(slots=True)
class Group:
    """One resource or data block within one module instance."""

    module: Module
    mode: str
    kind: str
    name: str
    declaration: Declaration
    known: list[Instance] | None = None
    expanded: Expansion | None = None
    address: str = ""  # without an instance key

    def __post_init__(self) -> None:
        prefix = {"data": "data.", "ephemeral": "ephemeral."}.get(self.mode, "")
        self.address = f"{self.module.prefix}{prefix}{self.kind}.{self.name}"

    @property
    def origin(self) -> Origin:
        """Where the block stands."""
        return self.module.origin(self.declaration.file, self.declaration.block.span, self.address)

    def expansion(self) -> Expansion:
        """Which instances there are."""
        if self.expanded is None:
            self.expanded = self.module.expansion(self.declaration, self.address, self.origin)
        return self.expanded

    def instances(self) -> list[Instance]:
        """The instances, certain and possible."""
        expansion = self.expansion()
        if self.known is None:
            make = DataInstance if self.mode == "data" else Instance
            self.known = [make(self, slot) for slot in expansion.slots]
        return self.known

    def value(self) -> Value:
        """All instances as one value."""
        expansion = self.expansion()
        return combine(expansion, list(self.instances()))


def _left_to_others(address: str, name: str, place: Origin) -> Unknown:
    return Unknown(f"{address}.{name} (lifecycle.ignore_changes leaves it to others)", place)


@dataclass(slots=True, eq=False)
class Instance(LazyObject):
    """One instance: an object whose written arguments have their values, and all else is known after apply."""

    group: Group
    slot: Slot
    memo: dict[str, Value] = field(default_factory=dict)
    address: str = ""  # the full one, with the instance key

    def __post_init__(self) -> None:
        self.address = self.group.address + self.slot.suffix

    @property
    def scope(self) -> Scope:
        """The names that its body sees."""
        return self.group.module.scope(self.slot.iterators)

    def attribute(self, name: str) -> Value:
        """A written argument's value; a reference for whatever the provider computes (TF-3)."""
        written = self.group.declaration.body.attributes.get(name)
        if written is not None and name not in META_ARGUMENTS:
            value = self.argument(name, written)
            if value is not None:
                return value
        return self.computed(name)

    def computed(self, name: str) -> Value:
        """What exists only after apply."""
        known = self._shaped(name)
        if known is not None:
            return known
        reference = Ref(self.address, (name,))
        is_number = (self.group.kind, name) in promised.NUMBERS
        kind = NUMBER if is_number else STRING if name in _NEVER_NULL or name.endswith(_IDENTIFIERS) else ANY
        reason, never_null = f"{reference} (known after apply)", is_number or name in _NEVER_NULL
        # `[?]` stands for any number of instances: their ids are not one value
        return Deferred(reason, self.group.origin, kind, never_null, reference if self.certain else None)

    def _shaped(self, name: str) -> Value | None:
        """What a page of the provider promises about it."""
        if self.group.mode in ("data", "ephemeral"):
            return None
        block = promised.BLOCKS.get((self.group.kind, name)) if self.certain else None
        if block is None:
            return None
        if name not in self.memo:
            reader = BodyReader(self.group.origin, _not_told, _not_told, self.argument)
            read = reader.blocks(self.group.declaration.body, block, self.scope)
            self.memo[name] = promised.shaped(self.address, name, read)
        return self.memo[name]

    @property
    def certain(self) -> bool:
        """Whether the address stands for exactly one instance."""
        return self.slot.exists and self.group.module.exists

    def expand(self) -> Value:
        """The written arguments, and more after apply."""
        names = [n for n in self.group.declaration.body.attributes if n not in META_ARGUMENTS]
        entries = {name: self.attribute(name) for name in names} | {"id": self.attribute("id")}
        return Map("object", entries, Deferred(f"{self.address} (known after apply)", self.group.origin))

    def argument(self, name: str, written: Attribute) -> Value:
        """The value of a written argument, evaluated once."""
        if isinstance(written.expression, Literal):
            return written.expression.value
        if name not in self.memo:
            label = f"{self.address}.{name}"
            origin = self.group.module.origin(written.file or self.group.declaration.file, written.span, label)
            self.memo[name] = self.group.module.memo(
                ("argument", label), label, origin, self._evaluation(written), certain=self.certain
            )
        return self.memo[name]

    def _evaluation(self, written: Attribute) -> Callable[[], Value]:
        return lambda: self.group.module.evaluate(written.expression, self.scope)

    def resource(self) -> Resource:
        """The instance as the model has it."""
        module, body = self.group.module, self.group.declaration.body
        span = self.group.declaration.block.span
        origin = module.origin(self.group.declaration.file, span, self.address)
        report = module.report_mistake if self.certain else _not_told
        reader = BodyReader(origin, report, module.report_excess, self.argument)
        attributes = reader.read(body, self.scope)
        attributes |= self.answers(attributes)
        if self.group.mode not in ("data", "ephemeral") and (left := ignored(self.group.kind, body, attributes)):
            place = reader.place(left.written)
            attributes |= {name: _left_to_others(self.address, name, place) for name in left.names}
            module.report_ignored(self.address, sorted(left.names), place)
        return Resource(
            kind=self.model_kind,
            address=self.address,
            attributes=attributes,
            origin=origin,
            places=reader.places,
            exists=self.certain,
            settings=module.settings(self.provider, origin),
        )

    @property
    def model_kind(self) -> str:
        """The kind in the model."""
        return self.group.kind if self.group.mode != "ephemeral" else f"ephemeral.{self.group.kind}"

    @property
    def provider(self) -> providers.Provider:
        """The provider configuration that the instance uses."""
        node = self.group.declaration.expression("provider")
        key = providers.reference_key(node) or providers.implied_key(self.group.kind)
        return self.group.module.provider(key)

    def answers(self, _: dict[str, Any]) -> dict[str, Any]:
        """Attributes that do not come from the text."""
        return {}


@dataclass(slots=True, eq=False)
class DataInstance(Instance):
    """One data source: what it answers comes from the assumptions, or is unknown (TF-105)."""

    known_answers: tuple[dict[str, Value], bool] | None = None

    @property
    def model_kind(self) -> str:
        """`data.aws_vpc`."""
        return f"data.{self.group.kind}"

    def answer(self) -> tuple[dict[str, Value], bool]:
        """The known attributes, and whether all others are null."""
        if self.known_answers is None:
            run = self.group.module.run
            recorded = run.record.answers.get(self.address)
            self.known_answers = data_sources.answer(
                self.group.kind, self.address, run.assumptions, self.region, self.provider, recorded
            )
        return self.known_answers

    @property
    def region(self) -> Value:
        """The Region that it asks about, as `region_asked` has it."""
        assumptions = self.group.module.run.assumptions
        return data_sources.region_asked(self.group.kind, self._written, self.provider, assumptions)

    def _written(self, name: str) -> Value:
        written = self.group.declaration.body.attributes.get(name)
        return None if written is None or name in META_ARGUMENTS else self.argument(name, written)

    def attribute(self, name: str) -> Value:
        """An answer, else what is written, else unknown."""
        answers, complete = self.answer()
        if name in answers:
            return answers[name]
        value = self._written(name)
        if value is not None:
            return value
        if any(b.type == name and b.type not in META_BLOCKS for b in self.group.declaration.body.blocks):
            return self.computed(name)
        return None if complete else self.computed(name)

    def computed(self, name: str) -> Value:
        """Its identity is known, nothing else."""
        if self.certain and promised.is_list_of_different(self.group.kind, name):
            return self._listed(name)
        never_null = name in _NEVER_NULL
        kind = STRING if never_null or name.endswith(_IDENTIFIERS) or name == "json" else ANY
        reference = Ref(self.address, ("id",)) if name == "id" and self.certain else None
        return Deferred(self.address, self.group.origin, kind, never_null or name == "json", reference)

    def _listed(self, name: str) -> Deferred:
        listed = Ref(self.address, (name,), apart=True)
        prefix = promised.prefix_of_members(self.group.kind, name, self.region)
        kind = list_of(STRING)
        return Deferred(self.address, self.group.origin, kind, True, listed, open_ended=True, prefix=prefix)

    def expand(self) -> Value:
        """Answers and arguments; open unless the answer is complete."""
        answers, complete = self.answer()
        names = [n for n in self.group.declaration.body.attributes if n not in META_ARGUMENTS]
        entries = {name: self.attribute(name) for name in (*names, *answers, "id")}
        return Map("object", entries, None if complete else Deferred(self.address, self.group.origin))

    def answers(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """The answers, over the written arguments."""
        given = {name: to_model(settled(v)) for name, v in self.answer()[0].items() if v is not None}
        return {**attributes, **given}


def _not_told(_: str, __: Origin) -> None:
    """A mistake in an instance that may not exist may never happen."""
