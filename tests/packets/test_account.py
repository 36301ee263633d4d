"""netaudit answers about the account of all scenarios what the second packet walker finds in what the API says of it.

The account is the one that terraform made of the scenarios (`fixtures/aws`), whose code and snapshot are held equal in
`tests/scenarios/test_simulated.py`.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from netaudit import load
from netaudit.reports.as_json import dumps, reach_json
from tests.packets.account import Account
from tests.packets.compare import Found, as_found, bounded, found, nothing, representatives, worlds
from tests.packets.facts import Estate
from tests.packets.packet import End
from tests.packets.walk import Walker
from tests.simulator.outside import ACCOUNT, NAMES

Names = dict[str, str]
LOOSE = ("endpoints", "inspection")  # outside: nobody knows the addresses of S3, or what an appliance passes on


@cache
def facts() -> tuple[Estate, Walker]:
    """The account, as the walker sees it: every database says its zone, so that there is one world."""
    (estate,) = worlds(Account(ACCOUNT).estate())
    return estate, Walker(estate)


@cache
def told() -> dict[str, Any]:
    """What netaudit says of every pair, all traffic."""
    document: dict[str, Any] = json.loads(dumps(reach_json(load(ACCOUNT).flows(traffic="any"))))
    return document


def walked() -> dict[str, list[str]]:
    """The ends of each scenario."""
    estate, _ = facts()
    names: Names = json.loads(NAMES.read_text(encoding="utf-8"))
    machines = [key for key, each in estate.machines.items() if each.of is None]
    scenarios: dict[str, list[str]] = {}
    for key in (*machines, *estate.balancers, *estate.doors):
        if key in names:
            scenarios.setdefault(names[key].split(".")[1], []).append(key)
    return scenarios


@pytest.mark.parametrize("scenario", sorted(walked()))
def test_every_pair_of_a_scenario_agrees(scenario: str) -> None:
    """Certain, possible and one-way, among its machines and with every block outside, both ways."""
    estate, walker = facts()
    flows = {(flow["source"], flow["destination"]): as_found(flow) for flow in told()["flows"]}
    ends: dict[str, list[str | End]] = {key: [key] for key in walked()[scenario]}
    machines = ends.keys() | set()
    ends |= {key: [End(a) for a in representatives(estate, spans)] for key, spans in told()["external"].items()}
    differing = [
        (source, destination, mine, flows.get((source, destination), nothing()))
        for source, clients in ends.items()
        for destination, servers in ends.items()
        if source != destination and {source, destination} & machines
        for client in clients
        for server in servers
        if not agree(
            scenario in LOOSE and not {source, destination} <= machines,
            mine := found(walker, client, server),
            flows.get((source, destination), nothing()),
        )
    ]
    assert [] == differing


def agree(loosely: bool, mine: Found, theirs: Found) -> bool:
    """Equal, or within both bounds."""
    return bounded(mine, theirs) if loosely else mine == theirs


def test_every_scenario_is_walked() -> None:
    """None of those in the account is left out."""
    names: Names = json.loads(NAMES.read_text(encoding="utf-8"))
    assert walked().keys() == {name.split(".")[1] for name in names.values()}
