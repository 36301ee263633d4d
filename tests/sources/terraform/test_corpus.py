"""Nine public roots against the real terraform's plans (TF-113, TF-114)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netaudit.model import Effect, Reading, Ref, Unknown
from netaudit.sources.terraform import Inputs, load_assumptions, read_plan_or_state, read_root
from tests.oracles import corpus
from tests.sources.terraform.compare import NETWORK_KINDS, Comparison, compare, planned_addresses

ROOTS = (
    "awsia-vpc-transit-gateway",
    "cloudposse-vpc-endpoints",
    "eks-auto-mode",
    "gruntwork-asg-alb",
    "security-group-complete",
    "security-group-http",
    "transit-gateway-complete",
    "vpc-complete",
    "vpc-ipv6-dualstack",
)

pytestmark = [pytest.mark.oracle, pytest.mark.parametrize("name", ROOTS)]


def _document(path: Path) -> Any:
    return json.loads(path.read_text())


def _reading(name: str, *, assumed: bool = True) -> Reading:
    directory = corpus("terraform") / name
    inputs = Inputs(assumptions=load_assumptions(directory / "assumptions.yaml")) if assumed else Inputs()
    return read_root(directory / "root", name=name, inputs=inputs)


def _compared(name: str, reading: Reading, kinds: tuple[str, ...] = ("",)) -> Comparison:
    return compare(reading, _document(corpus("terraform") / name / "plan.json"), kinds)


def test_the_instances_are_those_of_the_plan(name: str) -> None:
    """With the assumptions, every managed address of the plan is read and no other."""
    compared = _compared(name, _reading(name))
    assert sorted(compared.planned) == sorted(compared.read)


def test_no_value_differs_from_the_plan(name: str) -> None:
    """Every configured value that the plan knows is equal, or unknown."""
    assert _compared(name, _reading(name)).wrong == []


def test_values_of_network_resources_are_known(name: str) -> None:
    """At least 97 % of the configured values of network resources are known and equal."""
    assert _compared(name, _reading(name), NETWORK_KINDS).share_known >= 0.97


def test_without_assumptions_nothing_is_wrong(name: str) -> None:
    """What then is not known is unknown: instances that may exist, and no wrong value."""
    reading = _reading(name, assumed=False)
    compared = _compared(name, reading)
    maybe = {r.address for r in reading.resources if not r.exists}
    assert compared.wrong == []
    assert compared.read - compared.planned <= maybe


def test_without_assumptions_no_instance_vanishes(name: str) -> None:
    """A planned instance that is not read is covered by one that may exist (`[?]`) of the same block."""
    reading = _reading(name, assumed=False)
    compared = _compared(name, reading)
    maybe = {_block(r.address) for r in reading.resources if not r.exists}
    assert {_block(a) for a in compared.planned - compared.read} <= maybe


def test_instances_are_counted_without_assumptions(name: str) -> None:
    """How many zones are cut from a list is written; one root alone takes as many as there are."""
    compared = _compared(name, _reading(name, assumed=False))
    assert (compared.planned == compared.read) is (name != "awsia-vpc-transit-gateway")


def _block(address: str) -> tuple[str, ...]:
    """The names in an address, without keys."""
    names, depth, part = [], 0, ""
    for character in address:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "." and not depth:
            names.append(part)
            part = ""
        elif not depth and character != "]":
            part += character
    return (*names, part)


def test_nothing_is_unreadable(name: str) -> None:
    """Every file and every module of the corpus is read."""
    assert [d for d in _reading(name).diagnostics if d.effect is Effect.UNREADABLE] == []


def test_every_link_leads_to_a_resource(name: str) -> None:
    """A reference names an instance that was read."""
    reading = _reading(name)
    known = {r.address for r in reading.resources}
    links = {leaf.address for r in reading.resources for leaf in _leaves(r.attributes) if isinstance(leaf, Ref)}
    assert links - known == set()


def test_every_unknown_names_its_cause(name: str) -> None:
    """No unknown is without a reason and a place."""
    leaves = [leaf for r in _reading(name, assumed=False).resources for leaf in _leaves(r.attributes)]
    assert [u for u in leaves if isinstance(u, Unknown) and not (u.reason and u.origin)] == []


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in _leaves(v)]
    if isinstance(value, list):
        return [leaf for v in value for leaf in _leaves(v)]
    return [value]


def test_reading_twice_gives_the_same(name: str) -> None:
    """Everything is in a stable order."""
    assert _reading(name) == _reading(name)


def test_the_plan_alone_gives_its_addresses(name: str) -> None:
    """Plan JSON without the text: the same instances."""
    path = corpus("terraform") / name / "plan.json"
    plan = _document(path)
    read = {r.address for r in read_plan_or_state(path, plan, name=name).resources if not r.kind.startswith("data.")}
    assert sorted(read) == sorted(planned_addresses(plan))


def test_the_links_of_the_plan_are_those_of_the_text(name: str) -> None:
    """Where plan JSON alone leaves no doubt about a link, the text has the same."""
    path = corpus("terraform") / name / "plan.json"
    text = {r.address: r for r in _reading(name).resources}
    differing = [
        (r.address, key, value, text[r.address].attributes.get(key))
        for r in read_plan_or_state(path, _document(path), name=name).resources
        for key, value in r.attributes.items()
        if isinstance(value, Ref) and key not in ("id", "arn") and text[r.address].attributes.get(key) != value
    ]
    assert differing == []
