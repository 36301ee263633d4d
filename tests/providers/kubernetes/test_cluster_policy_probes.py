"""The probes of the policy API's own conformance suite, asked step by step while the objects change."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Effect, Settings
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests
from tests.oracles import corpus

Object = dict[str, Any]
TESTS = {
    "CNPAdminTierEgressInlineCIDRPeers": 27,
    "CNPAdminTierEgressSCTP": 12,
    "CNPAdminTierEgressTCP": 12,
    "CNPAdminTierEgressUDP": 12,
    "CNPAdminTierGress": 54,
    "CNPAdminTierIntegration": 12,
    "CNPBaselineTierEgressUDP": 8,
    "CNPBaselineTierGress": 36,
    "CNPBaselineTierIngressUDP": 8,
}


class Replay:
    """A cluster whose objects come, change and go."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str, str], Object] = {}
        self._reach: Reachability | None = None

    def step(self, step: Object) -> None:
        """Apply, replace or delete."""
        if step["do"] == "apply":
            text = (corpus("cluster-network-policy") / step["manifest"]).read_text(encoding="utf-8")
            for each in yaml.safe_load_all(text):
                if each:
                    self._put(each)
        elif step["do"] == "replace":
            self._put(step["object"])
        else:
            del self._objects[step["kind"], step.get("namespace") or "", step["name"]]
        self._reach = None

    def _put(self, value: Object) -> None:
        metadata = value["metadata"]
        self._objects[value["kind"], metadata.get("namespace", ""), metadata["name"]] = value

    def passes(self, probe: Object) -> tuple[bool, bool]:
        """Whether the probe's packet is certain, and whether it is possible."""
        if self._reach is None:
            text = "\n".join(json.dumps(each) for each in self._objects.values())
            network = build([read_manifests(text, name="k8s")], Settings())
            assert {Effect.IGNORED} >= {each.effect for each in network.diagnostics}
            self._reach = Reachability(network)
        ends = [self._reach.by_id[f"{probe[end]}[Pod]"] for end in ("source", "destination")]
        bounds = self._reach.bounds(*ends)
        packet = Traffic.ports(probe["protocol"], probe["port"], probe["port"])
        return packet <= bounds.certain, packet <= bounds.possible


def _tests() -> dict[str, list[Object]]:
    document = json.loads((corpus("cluster-network-policy") / "tests.json").read_text(encoding="utf-8"))
    return {test["name"]: test["steps"] for test in document["tests"]}


@pytest.mark.oracle
@pytest.mark.parametrize("name", TESTS)
def test_every_probe_is_answered_as_the_conformance_suite_expects(name: str) -> None:
    """Allowed is certain, not allowed is impossible, with the settings that everybody has."""
    replay, wrong, asked = Replay(), [], 0
    for step in _tests()[name]:
        if step["do"] != "probe":
            replay.step(step)
            continue
        asked += 1
        if replay.passes(step) != (step["allowed"], step["allowed"]):
            wrong.append(step)
    assert [] == wrong
    assert TESTS[name] == asked


@pytest.mark.oracle
def test_every_test_of_the_suite_is_listed_here() -> None:
    """181 probes in nine tests."""
    assert sorted(_tests()) == sorted(TESTS)
