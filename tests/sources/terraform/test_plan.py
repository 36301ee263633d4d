"""Plan JSON alone: what it hides is unknown, never absent (TF-72, TF-77, TF-80)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netaudit.model import Effect, Reading, Unknown
from netaudit.sources.terraform import read_plan_or_state


def _plan(kind: str, after: dict[str, Any], unknown: dict[str, Any], expressions: dict[str, Any]) -> dict[str, Any]:
    """The plan of one new resource, `kind.it`."""
    names = {"address": f"{kind}.it", "mode": "managed", "type": kind, "name": "it"}
    change = {"actions": ["create"], "after": after, "after_unknown": unknown}
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [{**names, "values": after}]}},
        "resource_changes": [{**names, "change": change}],
        "configuration": {"root_module": {"resources": [{**names, "expressions": expressions}]}},
    }


def _read(document: dict[str, Any]) -> Reading:
    return read_plan_or_state(Path("plan.json"), document, name="plan")


def _attribute(document: dict[str, Any], name: str) -> Any:
    return _read(document).resources[0].attributes.get(name)


@pytest.mark.parametrize(
    ("kind", "block"),
    [
        ("aws_security_group", "ingress"),
        ("aws_security_group", "egress"),
        ("aws_network_acl", "ingress"),
        ("aws_route_table", "route"),
        ("aws_ec2_managed_prefix_list", "entry"),
        ("aws_instance", "network_interface"),
        ("aws_lb", "subnet_mapping"),
    ],
)
def test_a_block_that_the_plan_may_hide_is_any_number_of_blocks(kind: str, block: str) -> None:
    """TF-77: the same JSON comes of no block at all and of a `dynamic` block over an unknown collection."""
    found = _attribute(_plan(kind, {"tags": None}, {block: True}, {}), block)
    assert isinstance(found, list)
    assert [isinstance(u, Unknown) and u.many for u in found] == [True]


def test_separate_rules_do_not_rule_out_hidden_ones() -> None:
    """TF-85: writing both is a conflict that Terraform does not refuse."""
    document = _plan("aws_security_group", {"name": "x"}, {"ingress": True}, {})
    rule = {"address": "aws_security_group_rule.r", "mode": "managed", "type": "aws_security_group_rule", "name": "r"}
    document["resource_changes"].append({**rule, "change": {"actions": ["create"], "after": {"type": "ingress"}}})
    found = next(r for r in _read(document).resources if r.kind == "aws_security_group").attributes["ingress"]
    assert isinstance(found, list)
    assert found


@pytest.mark.parametrize(
    ("kind", "block", "rival"),
    [("aws_instance", "network_interface", "subnet_id"), ("aws_lb", "subnet_mapping", "subnets")],
)
def test_an_argument_that_excludes_a_block_proves_that_there_is_none(kind: str, block: str, rival: str) -> None:
    """AWS takes one or the other."""
    expressions = {rival: {"references": ["var.it"]}}
    assert _attribute(_plan(kind, {"tags": None}, {block: True}, expressions), block) is None


def test_an_argument_that_nobody_wrote_is_absent() -> None:
    """TF-80: only a block can hide; an argument would show in the configuration."""
    document = _plan("aws_security_group_rule", {"type": "ingress"}, {"source_security_group_id": True}, {})
    assert _attribute(document, "source_security_group_id") is None


@pytest.mark.parametrize(
    "gap",
    [
        {"complete": False},
        {"errored": True},
        {"deferred_changes": [{"reason": "instance_count_unknown", "resource_change": {}}]},
        {"resource_changes": None},
    ],
)
def test_a_plan_with_gaps_is_told(gap: dict[str, Any]) -> None:
    """What it leaves out could be anything."""
    document = _plan("aws_vpc", {"cidr_block": "10.0.0.0/16"}, {}, {}) | gap
    document = {key: value for key, value in document.items() if value is not None}
    assert [(d.code, d.effect) for d in _read(document).diagnostics] == [("TF_PLAN", Effect.UNREADABLE)]


def test_a_whole_plan_tells_nothing() -> None:
    """The same plan without gaps."""
    document = _plan("aws_vpc", {"cidr_block": "10.0.0.0/16"}, {}, {}) | {"complete": True, "errored": False}
    assert [*_read(document).diagnostics] == []
