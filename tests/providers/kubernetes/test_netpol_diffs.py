"""Pairs of the corpus: what a change of manifests opens and closes between workloads, as another analyser sees it."""

from __future__ import annotations

import json
from operator import attrgetter
from pathlib import Path

import pytest

from netaudit.engine.solve import Reachability
from netaudit.flows import NO_TRAFFIC, Traffic
from tests.oracles import corpus
from tests.providers.kubernetes.corpus import network_of, ours

PAIRS = (
    "acs-security-demos..acs-security-demos-no-routes",
    "anp_np_banp_core_test..anp_banp_core_test",
    "banp_test_core_egress_tcp_rules..banp_test_core_egress_tcp_swapping_rules",
    "banp_test_core_ingress_tcp_rules..banp_test_core_ingress_tcp_swapping_rules",
    "deny_all_to_from_a_deployment..deny_all_to_from_a_deployment_changed_netpol",
    "multiple_ingress_objects_with_different_ports..multiple_ingress_objects_with_different_ports_new",
    "netpol-analysis-example-minimal..netpol-diff-example-minimal",
    "new_online_boutique..new_online_boutique_synthesis",
    "semanticDiff-different-topologies-policy-a..semanticDiff-different-topologies-policy-b",
    "semanticDiff-different-topologies-policy-b..semanticDiff-different-topologies-policy-a",
    "semanticDiff-same-topologies-old1..semanticDiff-different-topologies-policy-a",
    "semanticDiff-same-topologies-old2..semanticDiff-same-topologies-new2",
)
NOT_EVALUATED = ("only_pods_test..udn_test_1",)

Change = tuple[Traffic, Traffic]


def _wanted(rows: list[dict[str, object]]) -> dict[tuple[object, object], Change]:
    """The expected changes between workloads, before and after."""
    found = {}
    for row in rows:
        if str(row["source"]).endswith(("]", "}")) and str(row["destination"]).endswith("]"):
            found[row["source"], row["destination"]] = tuple(
                Traffic.from_json(row.get(side) or {})  # type: ignore[arg-type]
                for side in ("before", "after")
            )
    return found  # type: ignore[return-value]


@pytest.mark.oracle
@pytest.mark.parametrize("pair", PAIRS)
def test_a_change_of_manifests_opens_and_closes_what_is_expected(pair: str) -> None:
    """Both bounds of both sides."""
    directory: Path = corpus("netpol-analyzer") / "diff" / pair
    document = json.loads((directory / "expected.json").read_text(encoding="utf-8"))
    sides = [Reachability(network_of((directory / document[side]).resolve())) for side in ("before", "after")]
    for bound in (attrgetter("certain"), attrgetter("possible")):
        before, after = (ours(side, bound).inside for side in sides)
        found = {key: (before.get(key, NO_TRAFFIC), after.get(key, NO_TRAFFIC)) for key in {**before, **after}}
        assert _wanted(document["changes"]) == {key: change for key, change in found.items() if change[0] != change[1]}


@pytest.mark.oracle
def test_every_pair_is_listed_here() -> None:
    """All but the one about user-defined networks, which are not evaluated."""
    found = (corpus("netpol-analyzer") / "diff").glob("*/expected.json")
    assert sorted(each.parent.name for each in found) == sorted(PAIRS + NOT_EVALUATED)
