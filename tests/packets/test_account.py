"""netaudit answers about the account of all scenarios what the second packet walker finds in what the API says of it.

The account is the one that terraform made of the scenarios (`fixtures/aws`), whose code and snapshot are held equal in
`tests/scenarios/test_simulated.py`. VPCs with an appliance near by are not walked.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from netaudit import load
from netaudit.reports.as_json import dumps, reach_json
from tests.packets.account import Account
from tests.packets.compare import Found, as_found, bounded, found, nothing, representatives
from tests.packets.facts import Estate
from tests.packets.packet import End
from tests.packets.walk import Walker
from tests.simulator.outside import ACCOUNT, NAMES

Names = dict[str, str]


@cache
def facts() -> tuple[Account, Estate, Walker]:
    """The account, as the walker sees it."""
    account = Account(ACCOUNT)
    estate = account.estate()
    return account, estate, Walker(estate)


@cache
def told() -> dict[str, Any]:
    """What netaudit says of every pair, all traffic."""
    document: dict[str, Any] = json.loads(dumps(reach_json(load(ACCOUNT).flows(traffic="any"))))
    return document


def walked() -> dict[str, list[str]]:
    """The machines of each scenario that the walker knows all about."""
    account, estate, _ = facts()
    names: Names = json.loads(NAMES.read_text(encoding="utf-8"))
    places = {key: each.subnet for key, each in estate.machines.items() if each.of is None}
    places |= {key: each.subnets[0] for key, each in (estate.balancers | estate.doors).items()}
    scenarios: dict[str, list[str]] = {}
    for key, subnet in places.items():
        if key in names and estate.subnets[subnet].vpc not in account.beyond:
            scenarios.setdefault(names[key].split(".")[1], []).append(key)
    return scenarios


@pytest.mark.parametrize("scenario", sorted(walked()))
def test_every_pair_of_a_scenario_agrees(scenario: str) -> None:
    """Certain, possible and one-way, among its machines and with every block outside, both ways."""
    _, estate, walker = facts()
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
        if not agree(scenario, mine := found(walker, client, server), flows.get((source, destination), nothing()))
    ]
    assert [] == differing


def agree(scenario: str, mine: Found, theirs: Found) -> bool:
    """Equal; or within both bounds, where netaudit takes the addresses of S3 as unknown, as its code does."""
    return mine == theirs if scenario != "endpoints" else bounded(mine, theirs)


def test_nearly_every_scenario_is_walked() -> None:
    """All but the one that is about appliances."""
    names: Names = json.loads(NAMES.read_text(encoding="utf-8"))
    missing = {name.split(".")[1] for name in names.values()} - walked().keys()
    assert missing == {"inspection"}
