"""The body of a resource instance as the model has it: arguments, blocks, `dynamic` blocks, and their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from netaudit.model import Origin, Path, Unknown
from netaudit.sources.terraform import syntax
from netaudit.sources.terraform.budget import BudgetExceededError
from netaudit.sources.terraform.evaluate import evaluate
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.syntax import Attribute, Block, Body
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Map,
    Seq,
    Value,
    items_of,
    settled,
    to_model,
    unmark,
)

META_ARGUMENTS = frozenset({"count", "for_each", "depends_on", "provider"})
META_BLOCKS = frozenset({"lifecycle", "provisioner", "connection"})
SINGLE_BLOCKS = frozenset({"timeouts"})  # shown as an object, not as a list of one

Report = Callable[[str, Origin], None]


@dataclass(slots=True)
class BodyReader:
    """Reads the body of one instance. `origin` gives the file and the chain of calls."""

    origin: Origin
    report: Report
    excess: Report
    top: Callable[[str, Attribute], Value]  # the value of a top-level argument, shared with references
    places: dict[Path, Origin] = field(default_factory=dict)

    def read(self, body: Body, scope: Scope) -> dict[str, Any]:
        """The attributes of the instance; null arguments are left out (TF-40)."""
        result: dict[str, Any] = {}
        for name, attribute in body.attributes.items():
            if name not in META_ARGUMENTS:
                self._enter(result, (), attribute, self.top(name, attribute))
        self._blocks(result, (), [b for b in body.blocks if b.type not in META_BLOCKS], scope)
        return result

    def blocks(self, body: Body, name: str, scope: Scope) -> Any:
        """The blocks of one name, dynamic ones included."""
        result: dict[str, Any] = {}
        named = [b for b in body.blocks if name == (b.labels[0] if b.type == "dynamic" and b.labels else b.type)]
        self._blocks(result, (), named, scope)
        return result.get(name)

    def _inner(self, body: Body, path: Path, scope: Scope) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for attribute in body.attributes.values():
            self._enter(result, path, attribute, self.guarded(attribute, scope))
        self._blocks(result, path, list(body.blocks), scope)
        return result

    def guarded(self, attribute: Attribute, scope: Scope) -> Value:
        """The value of an argument; a mistake in it makes it unknown, with a diagnostic."""
        try:
            return evaluate(attribute.expression, scope)
        except (EvaluationError, BudgetExceededError) as error:
            where = self.place(attribute)
            tell = self.report if isinstance(error, EvaluationError) else self.excess
            tell(str(error), where)
            return Deferred(f"{attribute.name} (cannot be evaluated)", where)

    def place(self, node: Attribute | Block) -> Origin:
        """The origin of an argument or block."""
        file = node.file or self.origin.file
        return Origin(file, node.span.line, node.span.end_line, self.origin.address, self.origin.via)

    def _enter(self, result: dict[str, Any], path: Path, attribute: Attribute, value: Value) -> None:
        if value is None:
            return
        here = (*path, attribute.name)
        place = self.places[here] = self.place(attribute)
        try:
            result[attribute.name] = to_model(value, place)
        except BudgetExceededError as error:
            self.excess(str(error), place)
            result[attribute.name] = Unknown(f"{attribute.name} (cannot be evaluated)", place)
        node = attribute.expression
        if isinstance(node, syntax.TupleOf) and isinstance(value, Seq) and value.kind != "set":
            self._element_places(here, node)

    def _element_places(self, path: Path, node: syntax.TupleOf) -> None:
        outer = self.places[path]
        for position, item in enumerate(node.items):
            span = getattr(item, "span", syntax.NOWHERE)
            if span.line:
                self.places[(*path, position)] = Origin(outer.file, span.line, span.end_line, outer.address, outer.via)

    def _blocks(self, result: dict[str, Any], path: Path, blocks: list[Block], scope: Scope) -> None:
        """Static and dynamic blocks of one name form one list, in the order of the text."""
        for block in blocks:
            name = block.makes
            found = result.get(name)
            if not isinstance(found, list):
                found = []
            for entry in self._entries(block, (*path, name), len(found), scope):
                found.append(entry)
            if found and name in SINGLE_BLOCKS and isinstance(found[0], dict):
                result[name] = found[0]
            elif found:
                result[name] = found

    def _entries(self, block: Block, path: Path, start: int, scope: Scope) -> Iterator[Any]:
        bodies = self._dynamic(block, scope) if block.type == "dynamic" else iter([(block.body, scope)])
        for position, made in enumerate(bodies, start):
            here = (*path, position)
            self.places[here] = self.place(block)
            if isinstance(made, Unknown):
                yield made
            else:
                yield self._inner(made[0], here, made[1])

    def _dynamic(self, block: Block, scope: Scope) -> Iterator[tuple[Body, Scope] | Unknown]:
        """One body per element (TF-23); an unknown collection is any number of blocks."""
        try:
            yield from self._generated(block, scope)
        except (EvaluationError, BudgetExceededError) as error:
            where = self.place(block)
            tell = self.report if isinstance(error, EvaluationError) else self.excess
            tell(str(error), where)
            yield Unknown(f"dynamic {' '.join(block.labels)} (cannot be evaluated)", where, many=True)

    def _generated(self, block: Block, scope: Scope) -> Iterator[tuple[Body, Scope] | Unknown]:
        node, contents = block.body.expression("for_each"), block.body.of_type("content")
        if node is None or not contents or not block.labels:
            raise EvaluationError("a dynamic block needs for_each and content")
        collection = settled(unmark(evaluate(node, scope))[0])
        if isinstance(collection, Deferred):
            yield Unknown(collection.reason, collection.origin or self.place(block), many=True)
            return
        pairs = items_of(collection)
        if pairs is None:
            raise EvaluationError("for_each of a dynamic block needs a list, a set, a map or an object")
        for key, value in list(pairs):
            if isinstance(value, Deferred) and value.many:
                yield Unknown(value.reason, value.origin or self.place(block), many=True)
                continue
            iterator = Map("object", {"key": key, "value": value})
            yield contents[0].body, scope.with_iterators({_iterator_name(block): iterator})


def _iterator_name(block: Block) -> str:
    node = block.body.expression("iterator")
    if isinstance(node, syntax.Name):
        return node.name
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        return node.value
    return block.labels[0]
