"""Pods on a VPC: one small estate, written as Terraform and manifests, changed by a line for each fact."""

from __future__ import annotations

from pathlib import Path

import pytest

from netaudit import load
from netaudit.api import Estate
from netaudit.engine.reference import Judge
from netaudit.engine.solve import Bounds, Reachability
from netaudit.errors import InputError
from netaudit.flows import CLAIMED, TCP, Traffic
from netaudit.model import Truth
from tests.laws.networks import points_of

SCENARIO = Path(__file__).resolve().parents[2] / "fixtures" / "scenarios" / "one-graph"
INFRA = (SCENARIO / "infra" / "main.tf").read_text(encoding="utf-8")
PODS = (SCENARIO / "k8s" / "bank.yaml").read_text(encoding="utf-8")
PAYMENTS, LEDGER, REPORTS = (f"bank/{name}[Deployment]" for name in ("payments", "ledger", "reports"))
RUNNER, NODES, DATABASE = "aws_instance.runner", "aws_eks_node_group.main", "aws_db_instance.ledger"
POLICIES = PODS[PODS.index("# Payments:") :]
WITHOUT_POLICIES = PODS.replace(POLICIES, "")
LOAD_BALANCER = """
---
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: bank}
spec:
  type: LoadBalancer
  selector: {app: ledger}
  ports: [{port: 443, targetPort: 8080}]
"""
BINDING = """
---
apiVersion: elbv2.k8s.aws/v1beta1
kind: TargetGroupBinding
metadata: {name: ledger, namespace: bank}
spec:
  serviceRef: {name: ledger, port: 443}
  targetGroupARN: arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/ledger/1
"""
INTO_REPORTS = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: reports, namespace: bank}
spec:
  podSelector: {matchLabels: {app: reports}}
  ingress: [{from: [{ipBlock: {cidr: BLOCK}}], ports: [{port: 9000}]}]
"""
AT_8080 = Traffic.parse("tcp/8080")
_IN_TREE = "service.beta.kubernetes.io/"
OBJECTS = """
resource "kubernetes_deployment_v1" "front" {
  metadata {
    name      = "front"
    namespace = "web"
  }
  spec {
    template {
      metadata {
        labels = { app = "front" }
      }
      spec {
        container {
          name  = "front"
          image = "front"
        }
      }
    }
  }
}

resource "kubernetes_service_v1" "front" {
  metadata {
    name      = "front"
    namespace = "web"
  }
  spec {
    type     = "LoadBalancer"
    selector = { app = "front" }
    port {
      port        = 443
      target_port = 8080
    }
  }
}
"""
SECOND_GROUP = """
resource "aws_security_group" "spare" {
  name   = "spare"
  vpc_id = aws_vpc.prod.id
  egress {
    from_port   = 443
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_launch_template" "spare" {
  vpc_security_group_ids = [aws_security_group.spare.id]
}

resource "aws_eks_node_group" "spare" {
  cluster_name    = aws_eks_cluster.prod.name
  node_group_name = "spare"
  node_role_arn   = "arn:aws:iam::123456789012:role/nodes"
  subnet_ids      = [aws_subnet.nodes.id]
  launch_template {
    id      = aws_launch_template.spare.id
    version = "1"
  }
}
"""
ADDON = """
resource "aws_eks_addon" "cni" {
  cluster_name         = aws_eks_cluster.prod.name
  addon_name           = "vpc-cni"
  configuration_values = jsonencode({ env = { AWS_VPC_K8S_CNI_EXTERNALSNAT = "true" } })
}
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A directory for the two halves."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "k8s").mkdir()
    return tmp_path


def _estate(at: Path, infra: str = INFRA, pods: str = PODS, assume: str = "", **settings: str) -> Estate:
    (at / "infra" / "main.tf").write_text(infra, encoding="utf-8")
    (at / "k8s" / "bank.yaml").write_text(pods, encoding="utf-8")
    (at / "assume.yaml").write_text(assume, encoding="utf-8")
    chosen = {key.replace("__", "."): value for key, value in settings.items()}
    return load(at / "infra", at / "k8s", assume=at / "assume.yaml" if assume else None, settings=chosen)


def _bounds(estate: Estate, source: str, destination: str) -> Bounds:
    solved = Reachability(estate.network)
    return solved.bounds(solved.by_id[source], solved.by_id[destination]) & CLAIMED


def _exactly(estate: Estate, source: str, destination: str) -> str:
    bounds = _bounds(estate, source, destination)
    assert bounds.certain == bounds.possible, f"certain {bounds.certain}, possible {bounds.possible}"
    return str(bounds.certain)


def _codes(estate: Estate) -> list[str]:
    return [d.code for d in estate.network.diagnostics if d.code.startswith("EKS_")]


# ---- which cluster ------------------------------------------------------------------------------------


def test_the_only_cluster_of_each_side_is_the_same(written: Path) -> None:
    """One EKS cluster and one set of manifests are joined without being told."""
    assert _estate(written).network.not_joined == ()


def test_joined_pods_are_no_longer_routable_from_everywhere(written: Path) -> None:
    """The assumption goes with the flat network; that the nodes are declared takes its place."""
    assumed = _estate(written).network.assumptions
    assert ("PODS_ROUTABLE" in assumed, "EKS_NODES_DECLARED" in assumed) == (False, True)


def test_two_clusters_are_joined_only_when_told_which(written: Path) -> None:
    """With two EKS clusters nothing is guessed, and the question is put."""
    two = INFRA + INFRA[
        INFRA.index('resource "aws_eks_cluster"') : INFRA.index('resource "aws_launch_template"')
    ].replace('"aws_eks_cluster" "prod"', '"aws_eks_cluster" "other"').replace('"prod"\n', '"other"\n', 1)
    estate = _estate(written, two)
    assert (_codes(estate), estate.network.not_joined) == (["EKS_NOT_JOINED"], (("infra", "k8s"),))


def test_the_assumptions_file_says_which_cluster(written: Path) -> None:
    """`clusters:` maps a source of manifests to a cluster's id."""
    assert _estate(written, assume="clusters: {k8s: aws_eks_cluster.prod}").network.not_joined == ()


def test_a_cluster_that_is_not_there_is_refused(written: Path) -> None:
    """A name in `clusters:` that no EKS cluster has is an error."""
    with pytest.raises(InputError, match=r"aws_eks_cluster\.prod"):
        _estate(written, assume="clusters: {k8s: aws_eks_cluster.nowhere}")


def _in_cluster(block: str) -> str:
    return INFRA.replace('resource "aws_eks_cluster" "prod" {\n', f'resource "aws_eks_cluster" "prod" {{\n{block}\n')


@pytest.mark.parametrize(
    ("block", "codes"),
    [
        ("compute_config {\n enabled = true\n}", ["EKS_NOT_JOINED"]),
        ("compute_config {\n enabled = var.auto\n}", ["EKS_NOT_JOINED"]),
        ("compute_config {\n enabled = false\n}", []),
        ("compute_config {\n}", []),
        ('kubernetes_network_config {\n ip_family = "ipv6"\n}', ["EKS_NOT_JOINED"]),
        ('kubernetes_network_config {\n ip_family = "ipv4"\n}', []),
        ("remote_network_config {\n}", ["EKS_NOT_JOINED"]),
    ],
)
def test_a_cluster_whose_pods_may_live_elsewhere_is_not_joined(written: Path, block: str, codes: list[str]) -> None:
    """On nodes that Auto Mode makes, or with IPv6 addresses: rather no answer than a wrong one."""
    assert _codes(_estate(written, _in_cluster(block) + 'variable "auto" {}\n')) == codes


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("karpenter.sh/v1", "NodePool"),
        ("karpenter.sh/v1alpha5", "Provisioner"),
        ("karpenter.k8s.aws/v1", "EC2NodeClass"),
    ],
)
def test_nodes_made_at_run_time_leave_a_cluster_unjoined(written: Path, version: str, kind: str) -> None:
    """Nobody knows their groups and subnets."""
    made = f"\n---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n"
    assert _codes(_estate(written, pods=PODS + made)) == ["EKS_NOT_JOINED"]


def _agent(name: str, more: str = "") -> str:
    """A plugin's agent on every node."""
    spec = f"{{hostNetwork: true, containers: [{{name: agent, image: x{more}}}]}}"
    labels = "{matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}"
    return (
        "\n---\napiVersion: apps/v1\nkind: DaemonSet\n"
        f"metadata: {{name: {name}, namespace: kube-system}}\nspec: {{selector: {labels}, spec: {spec}}}}}\n"
    )


@pytest.mark.parametrize(
    ("pods", "codes"),
    [
        (_agent("cilium"), ["EKS_NOT_JOINED"]),
        (_agent("kube-flannel-ds"), ["EKS_NOT_JOINED"]),
        (_agent("calico-node"), ["EKS_NOT_JOINED"]),
        (_agent("calico-node", ", env: [{name: CALICO_NETWORKING_BACKEND, value: none}]"), []),  # policies only
        (_agent("node-exporter"), []),
    ],
)
def test_another_plugin_that_carries_pods_leaves_a_cluster_unjoined(written: Path, pods: str, codes: list[str]) -> None:
    """In an overlay the groups see traffic of nodes, not of pods."""
    assert codes == _codes(_estate(written, pods=PODS + pods))


def test_another_plugin_that_a_chart_installs_leaves_a_cluster_unjoined(written: Path) -> None:
    """Unless the chart is told to leave the packets to the VPC CNI plugin."""
    chart = 'resource "helm_release" "cni" {\n  name = "cilium"\n  chart = "cilium"\n  values = [VALUES]\n}\n'
    chained = 'yamlencode({ cni = { chainingMode = "aws-cni" } })'
    for values, joined in (("", False), (chained, True)):
        found = _estate(written, INFRA + chart.replace("VALUES", values))
        assert joined == ("EKS_NOT_JOINED" not in {each.code for each in found.network.diagnostics})


def test_a_cluster_without_declared_nodes_is_not_joined(written: Path) -> None:
    """There is nothing for a pod to live on."""
    group = INFRA[INFRA.index('resource "aws_eks_node_group"') : INFRA.index('resource "aws_security_group" "nodes"')]
    assert _codes(_estate(written, INFRA.replace(group, ""))) == ["EKS_NOT_JOINED"]


# ---- the node's interface -----------------------------------------------------------------------------


def test_aws_47_nodes_without_a_launch_template_talk_freely(written: Path) -> None:
    """By default nodes have the cluster's group: pods reach each other on every port."""
    block = INFRA[INFRA.index("  launch_template {\n") : INFRA.index('resource "aws_security_group" "nodes"')]
    estate = _estate(written, INFRA.replace(block, "}\n\n"), WITHOUT_POLICIES)
    assert _exactly(estate, PAYMENTS, LEDGER) == "tcp udp sctp"


def test_aws_48_a_reference_to_the_nodes_group_matches_pods(written: Path) -> None:
    """The database admits the nodes' group: the ledger's pods have the nodes' identity."""
    assert _exactly(_estate(written), LEDGER, DATABASE) == "tcp/5432"


def test_aws_48_policy_and_groups_both_filter_at_once(written: Path) -> None:
    """What the nodes may, a pod may only as far as its policy lets it: payments has no way to the database."""
    assert (_exactly(_estate(written), NODES, DATABASE), _exactly(_estate(written), PAYMENTS, DATABASE)) == (
        "tcp/5432",
        "nothing",
    )


def test_aws_48_out_of_the_vpc_a_pod_is_its_node(written: Path) -> None:
    """The peered VPC sees the node's address: its group may name the nodes' group."""
    assert _exactly(_estate(written), REPORTS, RUNNER) == "tcp/8081"


def test_aws_48_pods_reach_the_internet_through_their_nodes_nat(written: Path) -> None:
    """The node's subnet has a NAT gateway, which carries TCP and UDP."""
    assert _exactly(_estate(written), REPORTS, "internet") == "tcp udp"


def test_aws_48_nobody_out_there_reaches_a_pod(written: Path) -> None:
    """A pod has no public address."""
    assert _exactly(_estate(written, pods=WITHOUT_POLICIES), "internet", REPORTS) == "nothing"


def test_aws_48_with_external_snat_a_pod_keeps_its_address(written: Path) -> None:
    """The plugin then leaves the translation to the NAT gateway: the internet is reached all the same."""
    assert _exactly(_estate(written, INFRA + ADDON), REPORTS, "internet") == "tcp udp"


def test_aws_48_with_a_second_node_group_only_what_both_let_pass_is_certain(written: Path) -> None:
    """The spare nodes send at 443 to 8080 alone, and the database does not know their group."""
    estate = _estate(written, INFRA + SECOND_GROUP, WITHOUT_POLICIES)
    out, to_database = _bounds(estate, REPORTS, "internet"), _bounds(estate, REPORTS, DATABASE)
    assert (str(out.possible), str(to_database.certain), str(to_database.possible)) == (
        "tcp udp",
        "nothing",
        "tcp/5432",
    )


@pytest.mark.parametrize(
    "written_as",
    ["var.cni", '"{"', "jsonencode([])", "jsonencode({ env = [] })"],
    ids=["a variable without value", "no JSON", "no object", "no environment"],
)
def test_a_plugin_whose_settings_are_not_known_leaves_them_apart(written: Path, written_as: str) -> None:
    """It may put pods into other subnets and groups, so nothing is claimed of the two together."""
    addon = ADDON[: ADDON.index("jsonencode")] + written_as + '\n}\nvariable "cni" {}\n'
    estate = _estate(written, INFRA + addon)
    assert (_codes(estate), estate.network.not_joined) == (["EKS_NOT_JOINED"], (("infra", "k8s"),))


def test_aws_48_whether_the_address_is_translated_may_be_unknown(written: Path) -> None:
    """With blocks that are exempt from it the way to the internet is possible, never certain."""
    unknown = ADDON.replace('EXTERNALSNAT = "true"', 'EXCLUDE_SNAT_CIDRS = "198.51.100.0/24"')
    bounds = _bounds(_estate(written, INFRA + unknown), REPORTS, "internet")
    assert (str(bounds.certain), str(bounds.possible)) == ("nothing", "tcp udp")


@pytest.mark.parametrize(
    ("block", "setting", "certain", "possible"),
    [
        ("10.0.0.0/18", "by-address", "tcp/9000", "tcp/9000"),  # all of the nodes' subnet
        ("10.0.24.0/21", "by-address", "nothing", "tcp/9000"),  # its half
        ("10.0.32.0/24", "by-address", "nothing", "nothing"),  # none of it
        ("10.0.24.0/21", "unknown", "nothing", "tcp/9000"),
        ("10.0.32.0/24", "unknown", "nothing", "nothing"),
        ("10.0.0.0/18", "never", "nothing", "nothing"),
    ],
)
def test_aws_48_a_block_means_a_pod_by_the_addresses_of_its_nodes(
    written: Path, block: str, setting: str, certain: str, possible: str
) -> None:
    """A policy lets in an `ipBlock`: the pods of the other side have addresses of 10.0.16.0/20."""
    pods = WITHOUT_POLICIES + INTO_REPORTS.replace("BLOCK", block)
    estate = _estate(written, pods=pods, kubernetes__ipblock_matches_pods=setting)
    bounds = _bounds(estate, LEDGER, REPORTS)
    assert (str(bounds.certain), str(bounds.possible)) == (certain, possible)


def test_aws_51_a_service_that_terraform_declares_counts_as_well(written: Path) -> None:
    """Pods and Services of the `kubernetes` provider run on the cluster of the same source."""
    (written / "infra" / "main.tf").write_text(INFRA + OBJECTS, encoding="utf-8")
    estate = load(written / "infra")
    bounds = _bounds(estate, "internet", "web/front[Deployment]")
    assert (estate.network.not_joined, str(bounds.certain), str(bounds.possible)) == ((), "nothing", "tcp/8080")


def test_aws_51_what_may_send_nothing_comes_by_no_load_balancer(written: Path) -> None:
    """The database's group has no egress rules."""
    estate = _estate(written, pods=WITHOUT_POLICIES + LOAD_BALANCER.replace("---", "", 1))
    assert _exactly(estate, DATABASE, LEDGER) == "nothing"


def test_aws_48_pods_of_one_node_meet_no_group(written: Path) -> None:
    """Without a rule among the nodes pods reach each other only if they share one."""
    estate = _estate(written, INFRA.replace("self        = true", 'cidr_blocks = ["192.168.0.0/16"]'))
    bounds = _bounds(estate, PAYMENTS, LEDGER)
    assert (str(bounds.certain), str(bounds.possible)) == ("nothing", "tcp/8080")


def test_aws_48_a_pod_and_its_own_node_meet_no_group(written: Path) -> None:
    """What never leaves a machine no group sees: without the rule of the nodes for themselves it is possible."""
    apart = INFRA.replace("self        = true", 'cidr_blocks = ["192.168.0.0/16"]')
    found = _estate(written, apart, WITHOUT_POLICIES)
    for source, destination in ((NODES, LEDGER), (LEDGER, NODES)):
        bounds = _bounds(found, source, destination)
        assert ("nothing", "tcp udp sctp") == (str(bounds.certain), str(bounds.possible))


def test_aws_51_an_external_address_on_nodes_takes_the_ports_of_its_service(written: Path) -> None:
    """It may be that of a node: then whoever is let in at the Service's own port comes to the pods behind."""
    opened = INFRA.replace("from_port   = 8443\n    to_port     = 9000", "from_port   = 443\n    to_port     = 443")
    service = LOAD_BALANCER.replace("type: LoadBalancer", "type: NodePort\n  externalIPs: [10.0.16.5]")
    found = _estate(written, opened, WITHOUT_POLICIES + service.replace("---", "", 1))
    assert "tcp/8080" == str(_bounds(found, RUNNER, LEDGER).possible & AT_8080)


def test_aws_51_a_load_balancer_at_run_time_may_lead_to_a_pod(written: Path) -> None:
    """A Service asks for a load balancer that no Terraform shows: its pods may be reached, never certainly."""
    open_ledger = PODS.replace("ipBlock: {cidr: 10.9.0.0/16}", "ipBlock: {cidr: 0.0.0.0/0}") + LOAD_BALANCER
    bounds = _bounds(_estate(written, pods=open_ledger), "internet", LEDGER)
    assert (str(bounds.certain), str(bounds.possible)) == ("nothing", "tcp/8080")


@pytest.mark.parametrize(
    ("annotation", "internet", "runner"),
    [
        ("aws-load-balancer-scheme: internal", "nothing", "tcp/8080"),
        ('aws-load-balancer-internal: "true"', "nothing", "tcp/8080"),
        ("aws-load-balancer-scheme: internet-facing", "tcp/8080", "tcp/8080"),
        ("aws-load-balancer-type: external", "nothing", "tcp/8080"),  # whose controller makes internal ones
        ("aws-load-balancer-type: nlb", "tcp/8080", "tcp/8080"),
        ("aws-load-balancer-scheme: {}", "tcp/8080", "tcp/8080"),  # no text: nobody knows
    ],
)
def test_aws_51_an_internal_load_balancer_takes_nobody_from_the_internet(
    written: Path, annotation: str, internet: str, runner: str
) -> None:
    """The scheme is an annotation; who is in the cloud may come in either case."""
    noted = LOAD_BALANCER.replace("namespace: bank}", f"namespace: bank, annotations: {{{_IN_TREE}{annotation}}}}}")
    estate = _estate(written, pods=WITHOUT_POLICIES + noted.replace("---", "", 1))
    found = tuple(str(_bounds(estate, end, LEDGER).possible & AT_8080) for end in ("internet", RUNNER))
    assert found == (internet, runner)


def test_aws_51_source_ranges_limit_who_comes_by_a_load_balancer(written: Path) -> None:
    """Only those of the partner come in; node ports are no way round, since no group of the nodes admits anybody."""
    limited = LOAD_BALANCER.replace("  type:", "  loadBalancerSourceRanges: [198.51.100.0/24]\n  type:")
    estate = _estate(written, pods=WITHOUT_POLICIES + limited.replace("---", "", 1))
    found = tuple(str(_bounds(estate, end, LEDGER).possible) for end in ("internet", "198.51.100.0/24"))
    assert found == ("nothing", "tcp/8080")


_NODE_PORT = """
  ingress {
    from_port   = 30000
    to_port     = 32767
    protocol    = "tcp"
    cidr_blocks = ["10.9.0.0/16"]
  }
  ingress {
    description = "among the nodes"
"""


@pytest.mark.parametrize(("infra", "runner"), [("shut", "nothing"), ("open", "tcp/8080")])
def test_aws_51_a_node_port_is_as_open_as_the_groups_of_the_nodes(written: Path, infra: str, runner: str) -> None:
    """Without a rule for it nobody comes in but the nodes, whose group admits its members."""
    opened = INFRA.replace('\n  ingress {\n    description = "among the nodes"\n', _NODE_PORT)
    pods = WITHOUT_POLICIES + LOAD_BALANCER.replace("LoadBalancer", "NodePort").replace("---", "", 1)
    estate = _estate(written, opened if infra == "open" else INFRA, pods)
    found = tuple(str(_bounds(estate, end, LEDGER).possible & AT_8080) for end in ("internet", RUNNER))
    assert found == ("nothing", runner)


def test_aws_51_node_ports_of_nodes_with_public_addresses_are_open_to_the_internet(written: Path) -> None:
    """As far as their group admits it."""
    opened = INFRA.replace('\n  ingress {\n    description = "among the nodes"\n', _NODE_PORT).replace(
        '["10.9.0.0/16"]', '["0.0.0.0/0"]', 1
    )
    facing = opened.replace(
        'cidr_block = "10.0.16.0/20"', 'cidr_block = "10.0.16.0/20"\n  map_public_ip_on_launch = true'
    )
    pods = WITHOUT_POLICIES + LOAD_BALANCER.replace("LoadBalancer", "NodePort").replace("---", "", 1)
    assert str(_bounds(_estate(written, facing, pods), "internet", LEDGER).possible) == "tcp/8080"


def test_aws_51_a_target_group_binding_leads_to_the_pods_of_its_service(written: Path) -> None:
    """A Service that nodes do not serve is open as soon as a target group is bound to it."""
    inner = LOAD_BALANCER.replace("  type: LoadBalancer\n", "")
    bound = WITHOUT_POLICIES + inner.replace("---", "", 1) + BINDING
    without = _bounds(_estate(written, pods=WITHOUT_POLICIES + inner.replace("---", "", 1)), "internet", LEDGER)
    bounds = _bounds(_estate(written, pods=bound), "internet", LEDGER)
    assert (str(without.possible), str(bounds.possible)) == ("nothing", "tcp/8080")


def test_aws_51_a_way_in_that_cannot_be_read_may_lead_to_any_pod_of_its_namespace(written: Path) -> None:
    """A target port that is no port: nobody knows where it leads."""
    broken = LOAD_BALANCER.replace("8080", "[]").replace("---", "", 1)
    bounds = _bounds(_estate(written, pods=WITHOUT_POLICIES + broken), "internet", REPORTS)
    assert (str(bounds.certain), str(bounds.possible)) == ("nothing", "tcp udp sctp")


def test_aws_51_a_mesh_may_lead_to_every_pod(written: Path) -> None:
    """Routes of kinds that are not read."""
    route = "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: x, namespace: other}\n"
    bounds = _bounds(_estate(written, pods=WITHOUT_POLICIES + route), "internet", REPORTS)
    assert (str(bounds.certain), str(bounds.possible)) == ("nothing", "tcp udp sctp")


def test_aws_52_a_pod_on_the_nodes_network_may_be_reached_as_its_node(written: Path) -> None:
    """On the node's network a pod has whatever public address the node has."""
    pods = WITHOUT_POLICIES.replace(
        "    spec:\n      containers: [{name: app, image: bank/reports",
        ("    spec:\n      hostNetwork: true\n      containers: [{name: app, image: bank/reports"),
    )
    assert str(_bounds(_estate(written, pods=pods), "internet", REPORTS).possible) == "tcp udp sctp"


# ---- holes --------------------------------------------------------------------------------------------


def test_a_hole_in_a_policy_is_covered_by_the_groups(written: Path) -> None:
    """The ledger's policy admits CI; the nodes' group does not, at this port."""
    assert _exactly(_estate(written), RUNNER, LEDGER) == "nothing"


def test_a_hole_in_a_group_is_covered_by_a_policy(written: Path) -> None:
    """The nodes' group admits CI at 8443 to 9000; the policy of payments at 8443 alone."""
    assert _exactly(_estate(written), RUNNER, PAYMENTS) == "tcp/8443"


def _addon(configured: str) -> str:
    return f"""
resource "aws_eks_addon" "cni" {{
  cluster_name         = aws_eks_cluster.prod.name
  addon_name           = "vpc-cni"
  configuration_values = {configured}
}}
"""


_SWITCHED_ON = _addon('jsonencode({ enableNetworkPolicy = "true" })')
_SILENT = _addon("null")
_CALICO = 'resource "helm_release" "calico" {\n  name = "calico"\n  chart = "tigera-operator"\n}\n'


@pytest.mark.parametrize(
    ("addon", "pods", "enforced", "assumed"),
    [
        ("", "", True, True),  # nothing is written of it
        (_SWITCHED_ON, "", True, False),
        (_addon("jsonencode({ enableNetworkPolicy = true })"), "", True, False),
        (_SILENT, "", False, False),
        (_addon('jsonencode({ enableNetworkPolicy = "false" })'), "", False, False),
        (_SILENT + _CALICO, "", True, True),
        ("", _agent("aws-node"), False, False),
        ("", _agent("aws-node", ", args: [--enable-network-policy=true]"), True, False),
        (_SILENT, _agent("calico-node", ", env: [{name: CALICO_NETWORKING_BACKEND, value: none}]"), True, True),
    ],
)
def test_aws_56_policies_hold_on_nodes_where_something_enforces_them(
    written: Path, addon: str, pods: str, enforced: bool, assumed: bool
) -> None:
    """The nodes' group admits CI at 8443 to 9000, the policy of payments at 8443 alone, as far as it holds."""
    found = _estate(written, INFRA + addon, PODS + pods)
    bounds = _bounds(found, RUNNER, PAYMENTS)
    assert ("tcp/8443" if enforced else "tcp/8443-9000") == str(bounds.possible)
    assert "tcp/8443" == str(bounds.certain)
    assert assumed == ("EKS_POLICIES_ENFORCED" in found.network.assumptions)
    assert enforced == ("EKS_POLICY_NOT_ENFORCED" not in _codes(found))


def test_aws_56_the_vpc_cni_plugin_enforces_nothing_for_a_pod_without_an_owner(written: Path) -> None:
    """A lone pod with the labels that a policy selects."""
    lone = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: lone, namespace: bank, labels: {app: payments}}\n"
    found = _estate(written, INFRA + _SWITCHED_ON, PODS + lone + "spec: {containers: [{name: c}]}\n")
    assert "tcp/8443-9000" == str(_bounds(found, RUNNER, "bank/lone[Pod]").possible)
    assert "tcp/8443" == str(_bounds(found, RUNNER, PAYMENTS).possible)


def test_aws_56_the_user_may_say_what_is_enforced(written: Path) -> None:
    """Whatever the add-on says."""
    found = _estate(written, INFRA + _SILENT, kubernetes__cni_enforces="NetworkPolicy")
    assert "tcp/8443" == _exactly(found, RUNNER, PAYMENTS)


def test_a_hole_that_neither_covers(written: Path) -> None:
    """Reports has no policy: CI reaches it wherever the nodes' group lets it."""
    assert _exactly(_estate(written), RUNNER, REPORTS) == "tcp/8443-9000"


def test_one_trace_shows_the_stages_of_both_worlds(written: Path) -> None:
    """From payments' peer to the database: a policy of the cluster, then ACLs, routes and groups of the cloud."""
    network = _estate(written).network
    judge = Judge(network)
    point = next(first for first, _ in _bounds(_estate(written), LEDGER, DATABASE).certain.runs)
    best = judge.judge(network.by_id[LEDGER], network.by_id[DATABASE], point).best
    assert best is not None
    assert [check.component for check in best.checks if check.stage.value in ("egress", "ingress")] == [
        "NetworkPolicy bank/ledger",
        "aws_security_group.nodes egress",
        "aws_security_group.data ingress",
    ]


# ---- laws ---------------------------------------------------------------------------------------------


def test_without_policies_a_pod_is_its_node(written: Path) -> None:
    """What the cloud lets a node do, it lets a pod do, and the other way round."""
    estate = _estate(written, pods=WITHOUT_POLICIES)
    for other in (RUNNER, DATABASE, "internet", "aws_eks_cluster.prod"):
        assert _bounds(estate, REPORTS, other) == _bounds(estate, NODES, other), other
        assert _bounds(estate, other, REPORTS) == _bounds(estate, other, NODES), other


@pytest.mark.parametrize("addon", ["", ADDON, SECOND_GROUP])
def test_the_solver_equals_the_judge_on_the_joined_graph(written: Path, addon: str) -> None:
    """For every pair, at every point that some rule tells apart."""
    network = _estate(written, INFRA + addon, PODS + LOAD_BALANCER).network
    solved, judge = Reachability(network), Judge(network)
    for source in solved.endpoints:
        for destination in solved.endpoints:
            if source.realm and destination.realm and solved.claimed(source, destination):
                bounds = solved.bounds(source, destination)
                for point in points_of(network):
                    if point in TCP:
                        verdict = judge.judge(source, destination, point).verdict
                        assert (point in bounds.possible) == (verdict is not Truth.NO), (source.id, destination.id)
                        assert (point in bounds.certain) == (verdict is Truth.YES), (source.id, destination.id)
