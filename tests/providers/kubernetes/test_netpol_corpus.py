"""All pairs of every case of the corpus with supported kinds, as another analyser sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Effect, Severity
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests
from tests.oracles import corpus
from tests.providers.kubernetes.corpus import SETTINGS, expected, network_of, of_the_pod_network, ours, outside_of

NETWORK_POLICY = (
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
ADMIN = (
    "anp_and_banp_using_networks_and_nodes_test",
    "anp_and_banp_using_networks_with_ipv6_test",
    "anp_banp_core_test",
    "anp_banp_test_multiple_warnings",
    "anp_banp_test_with_named_port_matched",
    "anp_banp_test_with_named_port_unmatched",
    "anp_demo",
    "anp_np_banp_core_test",
    "anp_test_10",
    "anp_test_10_swapping_rules",
    "anp_test_11",
    "anp_test_12",
    "anp_test_2_allow_traffic_at_cluster_level",
    "anp_test_4",
    "anp_test_5",
    "anp_test_6",
    "anp_test_7",
    "anp_test_7_swapping_rules",
    "anp_test_8",
    "anp_with_banp_pass_test",
    "banp_test_core_egress_sctp_rules",
    "banp_test_core_egress_sctp_swapping_rules",
    "banp_test_core_egress_tcp_rules",
    "banp_test_core_egress_tcp_swapping_rules",
    "banp_test_core_gress_swapping_rules",
    "banp_test_core_ingress_sctp_rules",
    "banp_test_core_ingress_tcp_rules",
    "banp_test_core_ingress_tcp_swapping_rules",
    "banp_test_core_ingress_udp_swapping_rules",
    "example_pods_w_same_owner_and_labels_gap_anp_good",
    "example_pods_w_same_owner_and_labels_gap_banp_good",
)
PROXIED = (
    "acs-security-demos",
    "acs-security-demos-with-netpol-list",
    "acs_security_frontend_demos",
    "multiple_ingress_objects_with_different_ports",
)
WIDENED = (
    "cudn_test_2",
    "cudn_test_3",
    "nad_test_12",
    "nad_test_15",
    "nad_test_3",
    "nad_test_4",
    "nad_test_5",
    "nad_test_8",
    "udn_and_vms_test_1",
    "udn_and_vms_test_3",
    "udn_and_vms_test_5",
    "udn_test_1",
    "udn_test_3",
    "udn_with_ingress_controller_two_pods",
    "udn_with_vm_and_ingress_controller",
)
GROUPS = {"NetworkPolicy": NETWORK_POLICY, "AdminNetworkPolicy": ADMIN, "other": PROXIED + WIDENED}


@pytest.mark.oracle
@pytest.mark.parametrize(("group", "cases"), GROUPS.items())
def test_every_case_of_the_group_is_listed_here(group: str, cases: tuple[str, ...]) -> None:
    """The lists above are the corpus's own lists of the groups' cases."""
    index = json.loads((corpus("netpol-analyzer") / "index.json").read_text(encoding="utf-8"))
    assert sorted(case["dir"] for case in index["cases"] if case["group"] == group) == sorted(cases)


@pytest.mark.oracle
@pytest.mark.parametrize("case", NETWORK_POLICY + ADMIN + PROXIED)
def test_the_flows_of_a_case_are_the_expected_ones_in_certain_and_in_possible(case: str) -> None:
    """With the settings that the corpus asks for, both bounds equal what the other analyser says."""
    directory: Path = corpus("netpol-analyzer") / case
    reach = Reachability(network_of(directory / "manifests"))
    wanted = expected(directory / "expected.json", outside_of(reach))
    assert wanted == ours(reach, lambda bounds: bounds.possible)
    assert wanted == ours(reach, lambda bounds: bounds.certain)


@pytest.mark.oracle
@pytest.mark.parametrize("case", WIDENED)
def test_kinds_that_are_not_evaluated_widen_what_is_possible_and_are_named(case: str) -> None:
    """Nothing is certain that the other analyser denies, nothing impossible that it allows, but for machines."""
    directory: Path = corpus("netpol-analyzer") / case
    network = network_of(directory / "manifests")
    reach = Reachability(network)
    wanted, scope = expected(directory / "expected.json", outside_of(reach)).inside, set(reach.by_id)
    certain = ours(reach, lambda bounds: bounds.certain).inside
    possible = ours(reach, lambda bounds: bounds.possible).inside
    nothing = Traffic.nothing()
    assert [] == [pair for pair, traffic in certain.items() if not traffic <= wanted.get(pair, nothing)]
    met = {pair: traffic for pair, traffic in wanted.items() if scope.issuperset(pair)}
    assert [] == [pair for pair, traffic in met.items() if not traffic <= possible.get(pair, nothing)]
    assert {"POLICY_KIND_NOT_MODELLED", "K8S_NOT_MODELLED"} & {each.code for each in network.diagnostics}


@pytest.mark.oracle
@pytest.mark.parametrize("case", ["nad_test_15", "nad_test_3", "nad_test_4", "nad_test_5", "nad_test_8"])
def test_further_networks_leave_what_is_certain_on_the_pods_own_network(case: str) -> None:
    """Without user-defined networks and machines, that one is answered exactly."""
    directory: Path = corpus("netpol-analyzer") / case
    certain = ours(Reachability(network_of(directory / "manifests")), lambda bounds: bounds.certain)
    assert of_the_pod_network(directory / "expected.json").inside == certain.inside


OUTSIDE_THE_ISSUE = {
    "UserDefinedNetwork",
    "ClusterUserDefinedNetwork",
    "NetworkAttachmentDefinition",
    "MultiNetworkPolicy",
    "VirtualMachine",
}


@pytest.mark.oracle
@pytest.mark.parametrize("case", WIDENED)
def test_every_widened_case_holds_kinds_that_are_not_evaluated(case: str) -> None:
    """Secondary and user-defined networks, and virtual machines: nothing else widens the corpus."""
    index = json.loads((corpus("netpol-analyzer") / "index.json").read_text(encoding="utf-8"))
    (kinds,) = [each["kinds"] for each in index["cases"] if each["dir"] == case]
    assert OUTSIDE_THE_ISSUE & kinds.keys()


REFUSED = (
    "anp_bad_path_test_1",
    "anp_bad_path_test_14",
    "anp_bad_path_test_15",
    "anp_bad_path_test_17",
    "anp_bad_path_test_18",
    "anp_bad_path_test_19",
    "anp_bad_path_test_2",
    "anp_bad_path_test_3",
    "anp_bad_path_test_8",
    "anp_bad_path_test_9",
    "bad_netpols-subdir1",
    "bad_netpols-subdir2",
    "bad_netpols-subdir4",
    "bad_netpols-subdir6",
    "bad_netpols-subdir7",
    "banp_bad_path_test_1",
    "banp_bad_path_test_11",
    "banp_bad_path_test_12",
    "banp_bad_path_test_3",
    "banp_bad_path_test_4",
    "banp_bad_path_test_6",
    "banp_bad_path_test_8",
    "cudn_bad_test_1",
    "example_w_err_pods_w_same_owner_and_labels_gap_anp",
    "malformed-pod-example-4",
    "np_bad_path_test_1",
    "np_bad_path_test_2",
    "udn_bad_path_test_4",
    "udn_bad_path_test_5",
)


@pytest.mark.oracle
def test_every_refused_input_is_listed_here() -> None:
    """The list above is the corpus's own."""
    directory: Path = corpus("netpol-analyzer") / "reject"
    assert sorted(each.name for each in directory.iterdir()) == sorted(REFUSED)


@pytest.mark.oracle
@pytest.mark.parametrize("case", REFUSED)
def test_input_that_must_be_refused_gives_an_error_with_a_place(case: str) -> None:
    """Every refused policy or object is named with file and line, and limits the trust in the answers."""
    reading = read_manifests([corpus("netpol-analyzer") / "reject" / case / "manifests"], name="k8s")
    found = (*reading.diagnostics, *build([reading], SETTINGS).diagnostics)
    errors = [each for each in found if each.severity is Severity.ERROR]
    assert errors
    assert all(each.origin is not None and each.origin.line > 0 for each in errors)
    told_apart = {"K8S_PODS_SPLIT"}  # pods of one owner that a selector tells apart are answered one by one
    assert all(each.effect is not Effect.IGNORED for each in errors if each.code not in told_apart)
