"""Where pods live: on Fargate, on interfaces with groups of their own, in other subnets, on some of the nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from netaudit import load
from netaudit.api import Estate
from netaudit.flows import CLAIMED, AddressSet
from tests.bridges.test_eks import (
    DATABASE,
    INFRA,
    LEDGER,
    NODES,
    PODS,
    REPORTS,
    RUNNER,
    SECOND_GROUP,
    WITHOUT_POLICIES,
)

_FARGATE = """
resource "aws_eks_fargate_profile" "some" {
  cluster_name         = aws_eks_cluster.prod.name
  fargate_profile_name = "some"
  subnet_ids           = [aws_subnet.nodes.id]
  SELECTORS
}
"""
_ALL = 'selector {\n namespace = "bank"\n }'
_REPORTS_ONLY = 'selector {\n namespace = "bank"\n labels = { app = "rep*" }\n }'
_OWN = """
resource "aws_subnet" "pods" {
  vpc_id     = aws_vpc.prod.id
  cidr_block = "10.0.48.0/20"
}

resource "aws_route_table_association" "pods" {
  subnet_id      = aws_subnet.pods.id
  route_table_id = aws_route_table.nodes.id
}

resource "aws_security_group" "pods" {
  vpc_id = aws_vpc.prod.id
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_eks_addon" "cni" {
  cluster_name         = aws_eks_cluster.prod.name
  addon_name           = "vpc-cni"
  configuration_values = jsonencode({ env = { SETTINGS } })
}
"""
_CONFIG = """
resource "kubernetes_manifest" "config" {
  manifest = {
    apiVersion = "crd.k8s.amazonaws.com/v1alpha1"
    kind       = "ENIConfig"
    metadata   = { name = "a" }
    spec       = { subnet = aws_subnet.pods.id, securityGroups = [aws_security_group.pods.id] }
  }
}
"""
_POLICY = """
resource "kubernetes_manifest" "policy" {
  manifest = {
    apiVersion = "vpcresources.k8s.aws/v1beta1"
    kind       = "SecurityGroupPolicy"
    metadata   = { name = "reports", namespace = "bank" }
    spec = {
      podSelector    = { matchLabels = { app = "reports" } }
      securityGroups = { groupIds = [aws_security_group.pods.id] }
    }
  }
}
"""


def _estate(at: Path, infra: str, pods: str = WITHOUT_POLICIES) -> Estate:
    for name, text in (("infra/main.tf", INFRA + infra), ("k8s/bank.yaml", pods)):
        (at / name).parent.mkdir()
        (at / name).write_text(text, encoding="utf-8")
    return load(at / "infra", at / "k8s")


def _passes(estate: Estate, source: str, destination: str) -> tuple[str, str]:
    """What certainly and what possibly does."""
    solved = estate.reachability
    bounds = solved.bounds(solved.by_id[source], solved.by_id[destination]) & CLAIMED
    return str(bounds.certain), str(bounds.possible)


def _own(settings: str) -> str:
    return _OWN.replace("SETTINGS", settings)


def _fargate(selectors: str) -> str:
    return _FARGATE.replace("SELECTORS", selectors)


NOTHING, ALL = ("nothing", "nothing"), ("tcp udp sctp", "tcp udp sctp")

# ---- Fargate ------------------------------------------------------------------------------------------


def test_aws_47_pods_on_fargate_have_the_group_of_the_cluster(tmp_path: Path) -> None:
    """They reach each other; the database admits the nodes' group, which is another one."""
    estate = _estate(tmp_path, _fargate(_ALL))
    assert (_passes(estate, REPORTS, LEDGER), _passes(estate, REPORTS, DATABASE)) == (ALL, NOTHING)


def test_a_profile_takes_the_pods_that_its_labels_pick(tmp_path: Path) -> None:
    """Reports is on Fargate, the ledger on the nodes: between their groups nothing passes."""
    estate = _estate(tmp_path, _fargate(_REPORTS_ONLY))
    assert _passes(estate, LEDGER, DATABASE) == ("tcp/5432", "tcp/5432")
    assert (_passes(estate, REPORTS, DATABASE), _passes(estate, REPORTS, LEDGER)) == (NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("selectors", "passes"),
    [
        ('selector {\n namespace = "b*"\n }', "nothing"),
        ('selector {\n namespace = "other"\n }', "tcp/5432"),
        ('selector {\n namespace = "other"\n }\n selector {\n namespace = "bank"\n }', "nothing"),
        ('selector {\n namespace = "bank"\n labels = { app = "x" }\n }', "tcp/5432"),
        ("selector {\n namespace = var.space\n }", "perhaps"),
        ('selector {\n namespace = "bank"\n labels = { app = var.space }\n }', "perhaps"),
    ],
)
def test_a_profile_takes_what_any_of_its_selectors_picks(tmp_path: Path, selectors: str, passes: str) -> None:
    """By namespace and labels, with wildcards; what is not known may be either."""
    found = _passes(_estate(tmp_path, _fargate(selectors) + 'variable "space" {}\n'), REPORTS, DATABASE)
    assert found == (("nothing", "tcp/5432") if passes == "perhaps" else (passes, passes))


def test_aws_48_a_pod_on_fargate_keeps_its_address(tmp_path: Path) -> None:
    """The runner admits the nodes' group; behind the NAT gateway of its subnet a pod reaches the internet."""
    estate = _estate(tmp_path, _fargate(_ALL))
    assert (_passes(estate, REPORTS, RUNNER), _passes(estate, REPORTS, "internet")) == (NOTHING, ("tcp udp",) * 2)


def test_aws_56_on_fargate_a_policy_stops_nothing_for_certain(tmp_path: Path) -> None:
    """The policy of the ledger does not admit reports; whether that is enforced is open, and said."""
    estate = _estate(tmp_path, _fargate(_ALL), PODS)
    assert _passes(estate, REPORTS, LEDGER) == ("nothing", "tcp udp sctp")
    (said,) = [each for each in estate.network.diagnostics if each.code == "EKS_POLICY_NOT_ENFORCED"]
    assert LEDGER in said.touches


def test_a_daemonset_that_a_profile_picks_may_be_on_nodes(tmp_path: Path) -> None:
    """Fargate runs none, and which of its pods then run is not documented."""
    everywhere = WITHOUT_POLICIES.replace("kind: Deployment", "kind: DaemonSet")
    found = _passes(_estate(tmp_path, _fargate(_ALL), everywhere), REPORTS.replace("Deployment", "DaemonSet"), DATABASE)
    assert ("nothing", "tcp/5432") == found


def test_a_pod_on_the_nodes_network_is_never_on_fargate(tmp_path: Path) -> None:
    """It lives on its node."""
    spec = "    spec:\n      containers: [{name: app, image: bank/reports"
    pods = WITHOUT_POLICIES.replace(spec, spec.replace("spec:\n", "spec:\n      hostNetwork: true\n"))
    assert _passes(_estate(tmp_path, _fargate(_ALL), pods), REPORTS, DATABASE)[0] == "tcp/5432"


# ---- other subnets and groups -------------------------------------------------------------------------


def test_aws_50_with_custom_networking_pods_have_the_subnet_and_groups_of_their_config(tmp_path: Path) -> None:
    """The database does not know them; out of the VPC they still have their node's address."""
    estate = _estate(tmp_path, _own('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG = "true"') + _CONFIG)
    assert _passes(estate, REPORTS, DATABASE) == NOTHING
    assert _passes(estate, REPORTS, RUNNER) == ("tcp/8081", "tcp/8081")
    assert estate.network.by_id[REPORTS].addresses <= AddressSet.parse("10.0.48.0/20")
    assert [e.id for e in estate.network.endpoints if "ENIConfig" in e.id] == []


def test_aws_50_a_config_without_the_setting_may_hold(tmp_path: Path) -> None:
    """The plugin may have been told elsewhere."""
    estate = _estate(tmp_path, _own("") + _CONFIG)
    assert _passes(estate, REPORTS, DATABASE) == ("nothing", "tcp/5432")


def test_aws_50_a_config_that_is_switched_off_changes_nothing(tmp_path: Path) -> None:
    """The setting says so."""
    estate = _estate(tmp_path, _own('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG = "false"') + _CONFIG)
    assert _passes(estate, REPORTS, DATABASE) == ("tcp/5432", "tcp/5432")


def test_aws_50_a_subnet_that_the_code_does_not_declare_may_be_any(tmp_path: Path) -> None:
    """A literal id: pods may be anywhere, so that nothing is certain and nothing of it is denied."""
    config = "\n---\napiVersion: crd.k8s.amazonaws.com/v1alpha1\nkind: ENIConfig\nmetadata: {name: a}\n" + (
        "spec: {subnet: subnet-1, securityGroups: [sg-1]}\n"
    )
    estate = _estate(tmp_path, _own('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG = "true"'), WITHOUT_POLICIES + config)
    certain, possible = _passes(estate, REPORTS, DATABASE)
    assert (certain, "tcp/5432" in possible) == ("nothing", True)


def test_aws_50_custom_networking_without_a_config_leaves_the_cluster_unjoined(tmp_path: Path) -> None:
    """Nobody knows where the pods are."""
    estate = _estate(tmp_path, _own('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG = "true"'))
    assert [d.code for d in estate.network.diagnostics if d.code.startswith("EKS_")] == ["EKS_NOT_JOINED"]


@pytest.mark.parametrize(("mode", "to_runner"), [("strict", "nothing"), ("standard", "tcp/8081")])
def test_aws_49_pods_with_groups_of_their_own(tmp_path: Path, mode: str, to_runner: str) -> None:
    """Reports has another group, so that the database does not know it; only standard ones leave by the node."""
    settings = f'ENABLE_POD_ENI = "true", POD_SECURITY_GROUP_ENFORCING_MODE = "{mode}"'
    estate = _estate(tmp_path, _own(settings) + _POLICY)
    assert _passes(estate, REPORTS, DATABASE) == NOTHING
    assert _passes(estate, LEDGER, DATABASE) == ("tcp/5432", "tcp/5432")
    assert _passes(estate, REPORTS, RUNNER) == (to_runner, to_runner)


def test_aws_49_a_policy_without_the_setting_may_hold(tmp_path: Path) -> None:
    """The plugin may have been told elsewhere."""
    assert _passes(_estate(tmp_path, _own("") + _POLICY), REPORTS, DATABASE) == ("nothing", "tcp/5432")


def test_aws_49_a_policy_gives_pods_on_fargate_their_groups(tmp_path: Path) -> None:
    """Instead of the cluster's: others do not reach it."""
    estate = _estate(tmp_path, _own("") + _POLICY + _fargate(_ALL))
    assert (_passes(estate, LEDGER, REPORTS), _passes(estate, REPORTS, LEDGER)) == (NOTHING, NOTHING)


def test_nothing_stands_for_pods_that_are_not_joined(tmp_path: Path) -> None:
    """The interfaces that were derived for them are no endpoints."""
    made = "\n---\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: x}\n"
    estate = _estate(tmp_path, _own("") + _POLICY, WITHOUT_POLICIES + made)
    assert [e.id for e in estate.network.endpoints if "SecurityGroupPolicy" in e.id] == []
    assert "EKS_NOT_JOINED" in {each.code for each in estate.network.diagnostics}


def test_aws_48_what_all_nodes_may_out_of_the_vpc_a_pod_may_for_certain(tmp_path: Path) -> None:
    """Two node groups of one security group: whichever node's address a pod gets, it passes."""
    estate = _estate(tmp_path, SECOND_GROUP.replace("aws_security_group.spare.id", "aws_security_group.nodes.id"))
    assert _passes(estate, REPORTS, "internet") == ("tcp udp", "tcp udp")
    assert _passes(estate, REPORTS, RUNNER) == ("tcp/8081", "tcp/8081")


# ---- which nodes --------------------------------------------------------------------------------------


def _placed(more: str) -> str:
    spec = "    spec:\n      containers: [{name: app, image: bank/reports"
    return WITHOUT_POLICIES.replace(spec, spec.replace("spec:\n", f"spec:\n      {more}\n"))


def _spare(more: str) -> str:
    head = '  node_group_name = "spare"\n'
    return SECOND_GROUP.replace(head, head + more)


_TIER = 'labels = { tier = "spare" }\n'


def _required(*terms: str) -> str:
    """The node affinity that requires one of these terms."""
    either = ", ".join(f"{{matchExpressions: [{each}]}}" for each in terms)
    required = f"requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{either}]}}"
    return f"affinity: {{nodeAffinity: {{{required}}}}}"


_TAINT = 'taint {\n key = "gpu"\n value = "yes"\n effect = "NO_SCHEDULE"\n }\n'
SURE, UNSURE = ("tcp/5432", "tcp/5432"), ("nothing", "tcp/5432")


@pytest.mark.parametrize(
    ("spare", "pod", "passes"),
    [
        ("", "nodeSelector: {eks.amazonaws.com/nodegroup: main}", SURE),
        ("", "nodeSelector: {eks.amazonaws.com/nodegroup: spare}", NOTHING),
        ('labels = { tier = "spare" }\n', "nodeSelector: {tier: main}", SURE),
        ("", "nodeSelector: {tier: main}", UNSURE),  # the spare nodes may get the label at run time
        ("labels = { tier = var.tier }\n", "nodeSelector: {tier: main}", UNSURE),
        (_TAINT, "terminationGracePeriodSeconds: 1", SURE),
        (_TAINT, "tolerations: [{operator: Exists}]", UNSURE),
        (_TAINT, "tolerations: [{key: gpu, value: 'yes', effect: NoSchedule}]", UNSURE),
        (_TAINT, "tolerations: [{key: gpu, value: 'no'}]", SURE),
        (_TAINT, "tolerations: [{key: gpu, operator: Exists, effect: NoExecute}]", SURE),
        (_TAINT.replace("NO_SCHEDULE", "PREFER_NO_SCHEDULE"), "terminationGracePeriodSeconds: 1", UNSURE),
        (_TAINT, "nodeName: ip-10-0-16-9", UNSURE),  # nobody asks the scheduler
        (_TIER, _required("{key: tier, operator: In, values: [main]}"), SURE),
        (_TIER, _required("{key: tier, operator: In, values: [main, spare]}"), UNSURE),
        (_TIER, _required("{key: tier, operator: NotIn, values: [spare]}"), SURE),
        (_TIER, _required("{key: tier, operator: DoesNotExist}"), SURE),
        (_TIER, _required("{key: tier, operator: Exists}"), UNSURE),
        (_TIER, _required("{key: other, operator: In, values: [main]}"), UNSURE),  # they may get it at run time
        (_TIER, _required("{key: tier, operator: NotIn, values: [spare]}, {key: x, operator: Exists}"), SURE),
        (_TIER, _required("{key: tier, operator: DoesNotExist}", "{key: x, operator: Exists}"), UNSURE),  # either term
        (_TIER, _required("{key: tier, operator: Gt, values: ['1']}"), UNSURE),
        (_TIER, "affinity: {nodeAffinity: [1]}", UNSURE),
    ],
)
def test_aws_48_what_rules_out_a_node_group(tmp_path: Path, spare: str, pod: str, passes: tuple[str, str]) -> None:
    """Only the main nodes are known to the database; whether a pod can run on the spare ones decides."""
    estate = _estate(tmp_path, _spare(spare) + 'variable "tier" {}\n', _placed(pod))
    assert _passes(estate, REPORTS, DATABASE) == passes
    assert _passes(estate, NODES, DATABASE) == SURE
