"""Terraform and the API agree: what the code means is what the account means that terraform makes of it.

The account is that of a simulator; what flows in each scenario was worked out by hand besides (`fixtures/aws`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import CLAIMED
from netaudit.model import Endpoint, Reading, Settings
from netaudit.providers import aws
from netaudit.sources.snapshot import read_snapshot
from netaudit.sources.terraform import read_root
from tests.simulator.outside import ACCOUNT, CODE, FIXTURES, NAMES, SCENARIOS, SLOW, combined, simulated

Flows = dict[tuple[str, str], Bounds]
EXPECTED = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))


def flows(reading: Reading, names: Mapping[str, str]) -> Flows:
    """Whatever may flow between two ends, of which one at least is in the model, by names."""
    solved = Reachability(aws.build([reading], Settings()))

    def name(end: Endpoint) -> str:
        return names.get(end.id, end.id)

    pairs = ((a, b) for a in solved.endpoints for b in solved.endpoints if a is not b)
    told = {(name(a), name(b)): solved.bounds(a, b) & CLAIMED for a, b in pairs if not (a.external and b.external)}
    return {pair: found for pair, found in told.items() if found.possible}


def of_code(work: Path, scenarios: Sequence[str]) -> Flows:
    """What flows in a root of all these scenarios."""
    return flows(read_root(combined(work, scenarios), name="code"), {})


def of_account(directory: Path, names: Mapping[str, str]) -> Flows:
    """What flows in a snapshot."""
    return flows(read_snapshot(sorted(directory.glob("*.json")), name="account"), names)


@cache
def stored() -> Flows:
    """What flows in the account that is kept beside the code."""
    return of_account(ACCOUNT, json.loads(NAMES.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Flows:
    """What flows in all scenarios as they are written."""
    return of_code(tmp_path_factory.mktemp("code"), SCENARIOS)


def within(scenario: str, found: Flows) -> Flows:
    """The flows that begin or end in a scenario."""
    inside = f"module.{scenario}."
    return {pair: each for pair, each in found.items() if any(end.startswith(inside) for end in pair)}


def shown(found: Bounds) -> str:
    """A flow as `expected.json` writes it."""
    certain, possible = str(found.certain), str(found.possible)
    return possible if certain == possible else f"{certain} / {possible}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_means_what_was_worked_out_by_hand(scenario: str) -> None:
    """Between the endpoints of its code, and between them and the internet."""
    found = flows(read_root(CODE / scenario, name="code"), {})
    ours = {pair: each for pair, each in found.items() if not any(end[0].isdigit() for end in pair)}
    told = {f"{a} -> {b}": shown(each) for (a, b), each in ours.items() if "private" not in (a, b)}
    assert EXPECTED[scenario] == told


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_code_and_account_agree(scenario: str, written: Flows) -> None:
    """In both bounds, with every endpoint and every block outside."""
    assert within(scenario, written) == within(scenario, stored())


def test_every_scenario_has_flows() -> None:
    """Two empty answers would agree, too."""
    assert {name for name in SCENARIOS if within(name, stored())} == set(SCENARIOS)


@pytest.mark.oracle
def test_code_and_an_account_made_now_agree(tmp_path: Path) -> None:
    """The real terraform applies it here and now: all of it with NETAUDIT_SIMULATE_ALL, else what takes seconds."""
    whole = os.environ.get("NETAUDIT_SIMULATE_ALL") == "1"
    scenarios = [name for name in SCENARIOS if whole or name not in SLOW]
    account, names = simulated(tmp_path, scenarios)
    assert of_code(tmp_path / "again", scenarios) == of_account(account, names)
