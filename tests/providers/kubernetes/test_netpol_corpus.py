"""All pairs of every NetworkPolicy case of the corpus, as another analyser sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netaudit.engine.solve import Reachability
from netaudit.model import Effect, Severity
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests
from tests.oracles import corpus
from tests.providers.kubernetes.corpus import SETTINGS, expected, network_of, ours, outside_of

GROUP = "NetworkPolicy"
CASES = (
    "core_pods_without_host_ip",
    "example_pods_w_same_owner_and_labels_gap_with_good_match_expression",
    "example_pods_w_same_owner_and_labels_gap_with_policy_selector_not_in_gap",
    "ipblockstest_2",
    "ipblockstest_3",
    "minimal_test_in_ns",
    "multiple_topology_resources_3",
    "netpol-analysis-example-minimal",
    "new_online_boutique",
    "new_online_boutique_synthesis",
    "onlineboutique_workloads",
    "semanticDiff-different-topologies-policy-a",
    "semanticDiff-different-topologies-policy-a-with-ipblock",
    "semanticDiff-different-topologies-policy-b",
    "semanticDiff-orig-topologies-policy-a",
    "semanticDiff-same-topologies-new2",
    "semanticDiff-same-topologies-old1",
    "semanticDiff-same-topologies-old2",
    "test_with_named_ports",
    "test_with_named_ports_changed_netpol",
    "with_end_port_example_new",
)


@pytest.mark.oracle
def test_every_case_of_the_group_is_listed_here() -> None:
    """The list above is the corpus's own list of cases with NetworkPolicy only."""
    index = json.loads((corpus("netpol-analyzer") / "index.json").read_text(encoding="utf-8"))
    assert sorted(case["dir"] for case in index["cases"] if case["group"] == GROUP) == sorted(CASES)


@pytest.mark.oracle
@pytest.mark.parametrize("case", CASES)
def test_the_flows_of_a_case_are_the_expected_ones_in_certain_and_in_possible(case: str) -> None:
    """With the settings that the corpus asks for, both bounds equal what the other analyser says."""
    directory: Path = corpus("netpol-analyzer") / case
    reach = Reachability(network_of(directory / "manifests"))
    wanted = expected(directory / "expected.json", outside_of(reach))
    assert wanted == ours(reach, lambda bounds: bounds.possible)
    assert wanted == ours(reach, lambda bounds: bounds.certain)


REFUSED = (
    "bad_netpols-subdir1",
    "bad_netpols-subdir2",
    "bad_netpols-subdir4",
    "bad_netpols-subdir6",
    "bad_netpols-subdir7",
    "malformed-pod-example-4",
    "np_bad_path_test_1",
    "np_bad_path_test_2",
)


@pytest.mark.oracle
@pytest.mark.parametrize("case", REFUSED)
def test_input_that_must_be_refused_gives_an_error_with_a_place(case: str) -> None:
    """Every refused NetworkPolicy or object is named with file and line, and limits the trust in the answers."""
    reading = read_manifests([corpus("netpol-analyzer") / "reject" / case / "manifests"], name="k8s")
    found = (*reading.diagnostics, *build([reading], SETTINGS).diagnostics)
    errors = [each for each in found if each.severity is Severity.ERROR]
    assert errors
    assert {Effect.UNREADABLE} == {each.effect for each in errors}
    assert all(each.origin is not None and each.origin.line > 0 for each in errors)
