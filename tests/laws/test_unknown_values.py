"""Whatever value of a scenario becomes unknown: what was possible stays possible, and nothing becomes certain.

A world in which all is known is one of those that an unknown stands for. Every value of our own networks is such a
value, and so is whether a thing is there, together with all that refers to it (`count = var.create ? 1 : 0`).
A few of each scenario are drawn; with `NETAUDIT_ALL_UNKNOWNS=1` it is all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import CLAIMED, AddressSet
from netaudit.model import Effect, Endpoint, Network, Origin, Reading, Ref, Resource, Sensitive, Settings, Unknown
from netaudit.providers import aws
from netaudit.sources.terraform import read_root
from tests.simulator.outside import CODE, SCENARIOS

MUTANT = Unknown("var.mutant", Origin("variables.tf", 1))
# Where none of these is written, something that the sources do not show stands for it: that is no world without it.
_STOOD_FOR = frozenset({"aws_db_subnet_group", "aws_lb_listener", "aws_lb_target_group_attachment"})
_SILENT = frozenset({"ami", "arn", "description", "engine", "id", "instance_class", "instance_type", "name", "tags"})

Path = tuple[str | int, ...]
Flows = Mapping[tuple[str, str], Bounds]


class World:
    """A network, what flows in it, and of whom its answers are said to be incomplete."""

    def __init__(self, reading: Reading) -> None:
        network: Network = aws.build([reading], Settings())
        solved = Reachability(network)
        pairs = ((a, b) for a in solved.endpoints for b in solved.endpoints if a is not b and not self._outside(a, b))
        self.flows = {(a.id, b.id): solved.bounds(a, b) & CLAIMED for a, b in pairs}
        self.blocks = {each.id: each.addresses for each in solved.endpoints if each.external}
        self.unread = {
            touched for each in network.diagnostics if each.effect is Effect.UNREADABLE for touched in each.touches
        }

    @staticmethod
    def _outside(one: Endpoint, other: Endpoint) -> bool:
        return one.external and other.external

    def named(self, key: str, addresses: AddressSet | None) -> list[str]:
        """The ids of what an endpoint, or a block, of another world is here."""
        if addresses is None:
            return [key]
        return [block for block, mine in self.blocks.items() if mine.overlaps(addresses)]


def narrowed(unknown: World, known: World) -> Iterator[str]:
    """The flows of a world that an unknown does not allow for."""
    for (source, destination), bounds in known.flows.items():
        for one in unknown.named(source, known.blocks.get(source)):
            for other in unknown.named(destination, known.blocks.get(destination)):
                found = unknown.flows.get((one, other))
                if found is None or other in unknown.unread:
                    continue
                if not bounds.possible <= found.possible:
                    yield f"{source} -> {destination}: {bounds.possible - found.possible} is no longer possible"
                if not found.certain <= bounds.certain:
                    yield f"{source} -> {destination}: {found.certain - bounds.certain} is certain now"


# ---- what may be unknown ------------------------------------------------------------------------------


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where the values of an attribute stand, those inside of others included."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from paths(inner, (*path, name)) if name not in _SILENT else ()
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))
    if path and value not in (None, [], {}):
        yield path


def put(value: Any, path: Path, new: Any) -> Any:
    """A value with another one at a path."""
    if not path:
        return new
    changed: Any = dict(value) if isinstance(value, Mapping) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


def referred(value: Any) -> Iterator[str]:
    """The addresses that a value refers to."""
    if isinstance(value, Ref):
        yield value.address
    elif isinstance(value, Sensitive):
        yield from referred(value.value)
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from referred(inner)


def blurred(value: Any, gone: frozenset[str]) -> Any:
    """A value whose references to what may not be there are unknown, as `x[0]` of an unknown count is."""
    if isinstance(value, Ref):
        return MUTANT if value.address in gone else value
    if isinstance(value, Mapping):
        return {name: blurred(inner, gone) for name, inner in value.items()}
    return [blurred(inner, gone) for inner in value] if isinstance(value, list) else value


def dependents(resources: tuple[Resource, ...], first: str) -> frozenset[str]:
    """A resource and all that refer to it, or to one of those."""
    found, before = {first}, 0
    while len(found) > before:
        before = len(found)
        found |= {each.address for each in resources if not found.isdisjoint(referred(each.attributes))}
    return frozenset(found)


# ---- the law ------------------------------------------------------------------------------------------


@cache
def scenario(name: str) -> Reading:
    """A scenario as it is written."""
    return read_root(CODE / name, name=name)


@cache
def as_written(name: str) -> World:
    """What flows in it."""
    return World(scenario(name))


def drawn(items: list[Any], few: int) -> list[Any]:
    """A few of them, the same every time, from everywhere; or all."""
    step = 1 if os.environ.get("NETAUDIT_ALL_UNKNOWNS") else -(-len(items) // few)
    return items[::step]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_value_that_becomes_unknown_closes_nothing_and_makes_nothing_certain(name: str) -> None:
    """Each value of a scenario alone is unknown: a variable without a value stands there."""
    reading = scenario(name)
    places = [(n, path) for n, each in enumerate(reading.resources) for path in paths(dict(each.attributes))]
    for number, path in drawn(places, 12):
        old = reading.resources[number]
        new = replace(old, attributes=put(dict(old.attributes), path, MUTANT))
        resources = (*reading.resources[:number], new, *reading.resources[number + 1 :])
        found = list(narrowed(World(replace(reading, resources=resources)), as_written(name)))
        assert not found, f"{old.address}: {path}: {found[:3]}"


def perhaps(each: Resource, gone: frozenset[str]) -> Resource:
    """A resource, with an unknown count where it is one of those."""
    if each.address not in gone:
        return each
    return replace(each, exists=False, attributes=blurred(dict(each.attributes), gone))


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_may_not_be_there_closes_nothing_and_makes_nothing_certain(name: str) -> None:
    """A resource and all that refer to it have an unknown count: they may be there, as written, or not be there."""
    reading = scenario(name)
    resources = tuple(reading.resources)
    sets = list(dict.fromkeys(dependents(resources, each.address) for each in resources))
    for gone in drawn(sets, 3):
        unsure = World(replace(reading, resources=tuple(perhaps(each, gone) for each in resources)))
        worlds = [as_written(name)]
        left = tuple(each for each in resources if each.address not in gone)
        if left and not any(each.kind in _STOOD_FOR for each in resources if each.address in gone):
            worlds.append(World(replace(reading, resources=left)))
        found = [each for world in worlds for each in narrowed(unsure, world)]
        assert not found, f"{sorted(gone)[0]}: {found[:3]}"
