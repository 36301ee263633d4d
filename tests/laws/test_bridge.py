"""Cloud and cluster as one graph against each half alone, for groups, ACLs and policies drawn at random.

A pod on EKS passes its own policies and what guards its node's interface, and nothing else: so the one graph never
lets through what either half forbids there, and is equal to one half where the other is open.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit import load
from netaudit.api import Estate
from netaudit.engine.solve import NOTHING, Bounds
from netaudit.flows import CLAIMED
from tests.oracles import REPOSITORY

_INFRA = (REPOSITORY / "fixtures" / "scenarios" / "one-graph" / "infra" / "main.tf").read_text(encoding="utf-8")
_PODS = ("a", "b", "c")
_OTHERS = ("aws_instance.runner", "aws_db_instance.ledger", "aws_eks_cluster.prod", "internet")
_FIRST, _SECOND = "aws_eks_node_group.main", "aws_eks_node_group.second"
_START = _INFRA.index('resource "aws_security_group" "nodes"')
_END = _INFRA.index("# ---- the database ----")
_SECOND_NODES = """
resource "aws_launch_template" "second" {
  vpc_security_group_ids = [aws_security_group.second.id]
}

resource "aws_eks_node_group" "second" {
  cluster_name    = aws_eks_cluster.prod.name
  node_group_name = "second"
  node_role_arn   = "arn:aws:iam::123456789012:role/nodes"
  subnet_ids      = [aws_subnet.nodes.id]
  launch_template {
    id      = aws_launch_template.second.id
    version = "1"
  }
}
"""

_PORTS = ["0, 0, -1", "0, 65535, tcp", "5432, 5432, tcp", "8080, 9000, tcp", "53, 53, udp"]
_PEERS = [
    'cidr_blocks = ["0.0.0.0/0"]',
    'cidr_blocks = ["10.0.0.0/16"]',
    'cidr_blocks = ["10.9.0.0/16"]',
    "self = true",
]
_rules = st.lists(st.tuples(st.sampled_from(_PORTS), st.sampled_from(_PEERS)), max_size=3)
_BLOCKS = ["0.0.0.0/0", "10.0.0.0/16", "10.0.16.0/20", "10.0.24.0/21", "10.9.0.0/24"]
_selectors = st.sampled_from(["{podSelector: {}}", *(f"{{podSelector: {{matchLabels: {{app: {p}}}}}}}" for p in _PODS)])
_blocks = st.sampled_from([f"{{ipBlock: {{cidr: {block}}}}}" for block in _BLOCKS])
_ports = st.sampled_from(
    ["", "ports: [{port: 8080}]", "ports: [{port: 5000, endPort: 9000}]", "ports: [{port: 53, protocol: UDP}]"]
)


def _block(side: str, rule: tuple[str, str]) -> str:
    (first, last, protocol), peer = rule[0].split(", "), rule[1]
    return f'  {side} {{\n  from_port = {first}\n  to_port = {last}\n  protocol = "{protocol}"\n  {peer}\n  }}\n'


def _group(name: str, ingress: list[tuple[str, str]], egress: list[tuple[str, str]]) -> str:
    blocks = [*(_block("ingress", rule) for rule in ingress), *(_block("egress", rule) for rule in egress)]
    return f'resource "aws_security_group" "{name}" {{\n  vpc_id = aws_vpc.prod.id\n{"".join(blocks)}}}\n'


@st.composite
def _clouds(draw: st.DrawFn, *, second: bool) -> str:
    """The estate of the scenario with other groups of its nodes, and perhaps a second node group with its own."""
    text = _INFRA[:_START] + _group("nodes", draw(_rules), draw(_rules)) + _INFRA[_END:]
    if second:
        text += _SECOND_NODES + _group("second", draw(_rules), draw(_rules))
    return text


@st.composite
def _policies(draw: st.DrawFn, peers: st.SearchStrategy[str]) -> str:
    """NetworkPolicies on some of the pods."""
    found = []
    for number in range(draw(st.integers(0, 3))):
        side, key = draw(st.sampled_from([("Ingress", "from"), ("Egress", "to")]))
        rules = draw(st.lists(st.tuples(st.lists(peers, min_size=1, max_size=2), _ports), max_size=2))
        written = ", ".join(f"{{{key}: [{', '.join(whom)}]{', ' + ports if ports else ''}}}" for whom, ports in rules)
        picked = draw(st.sampled_from(["{}", *(f"{{matchLabels: {{app: {pod}}}}}" for pod in _PODS)]))
        found.append(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
            f"metadata: {{name: p{number}, namespace: default}}\n"
            f"spec: {{podSelector: {picked}, policyTypes: [{side}], {side.lower()}: [{written}]}}\n"
        )
    return "---\n".join(["", *found]) if found else ""


_WORKLOADS = "apiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n" + "".join(
    f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {pod}, namespace: default, labels: {{app: {pod}}}}}\n"
    "spec: {containers: [{name: c}]}\n"
    for pod in _PODS
)
_OPEN = _INFRA[:_START] + _group("nodes", [(_PORTS[0], _PEERS[0])], [(_PORTS[0], _PEERS[0])]) + _INFRA[_END:]
Load = Callable[..., Estate]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Loads texts: a cloud, manifests, or both."""

    def load_texts(cloud: str = "", manifests: str = "") -> Estate:
        at = tmp_path_factory.mktemp("halves")
        sources = []
        for name, text in (("infra/main.tf", cloud), ("k8s/all.yaml", manifests)):
            if text:
                (at / name).parent.mkdir()
                (at / name).write_text(text, encoding="utf-8")
                sources.append(at / name.partition("/")[0])
        return load(*sources)

    return load_texts


def _bounds(estate: Estate, source: str, destination: str) -> Bounds:
    solved = estate.reachability
    if source not in solved.by_id or destination not in solved.by_id:
        return NOTHING
    return solved.bounds(solved.by_id[source], solved.by_id[destination]) & CLAIMED


def _pod(name: str) -> str:
    return f"default/{name}[Pod]"


def _few(test: Callable[..., None]) -> Callable[..., None]:
    return settings(max_examples=15, deadline=None)(test)


@_few
@given(cloud=_clouds(second=False))
def test_without_policies_a_pod_is_its_node_whatever_the_groups(loaded: Load, cloud: str) -> None:
    """In both bounds, both ways, for everybody else in the cloud and outside."""
    both, alone = loaded(cloud, _WORKLOADS), loaded(cloud)
    for pod in _PODS:
        for other in _OTHERS:
            assert _bounds(both, _pod(pod), other) == _bounds(alone, _FIRST, other), other
            assert _bounds(both, other, _pod(pod)) == _bounds(alone, other, _FIRST), other


@_few
@given(policies=_policies(_selectors))
def test_with_open_groups_pods_are_as_in_their_cluster_alone(loaded: Load, policies: str) -> None:
    """In both bounds, for every pair of pods."""
    both, alone = loaded(_OPEN, _WORKLOADS + policies), loaded("", _WORKLOADS + policies)
    for one in _PODS:
        for other in _PODS:
            assert _bounds(both, _pod(one), _pod(other)) == _bounds(alone, _pod(one), _pod(other)), (one, other)


@_few
@given(cloud=_clouds(second=False), policies=_policies(st.one_of(_selectors, _blocks)))
def test_nothing_passes_that_either_half_forbids(loaded: Load, cloud: str, policies: str) -> None:
    """No pod sends or takes more than its policies let it, nor more than its node may."""
    both = loaded(cloud, _WORKLOADS + policies)
    nodes, cluster = loaded(cloud), loaded("", _WORKLOADS + policies)
    for one in _PODS:
        for other in _PODS:
            assert _within(_bounds(both, _pod(one), _pod(other)), _bounds(cluster, _pod(one), _pod(other)))
        for other in _OTHERS:
            assert _within(_bounds(both, _pod(one), other), _bounds(nodes, _FIRST, other)), other
            assert _within(_bounds(both, other, _pod(one)), _bounds(nodes, other, _FIRST)), other


def _within(found: Bounds, half: Bounds) -> bool:
    return found.possible <= half.possible and found.certain <= half.certain


@_few
@given(cloud=_clouds(second=True))
def test_with_two_node_groups_a_pod_may_what_either_may_and_must_what_both_must(loaded: Load, cloud: str) -> None:
    """Without policies; what one lets out and the other is named for far away may come together, too."""
    both, nodes = loaded(cloud, _WORKLOADS), loaded(cloud)
    for other in _OTHERS:
        for found, each in (
            (_bounds(both, _pod("a"), other), [_bounds(nodes, host, other) for host in (_FIRST, _SECOND)]),
            (_bounds(both, other, _pod("a")), [_bounds(nodes, other, host) for host in (_FIRST, _SECOND)]),
        ):
            assert all(bounds.possible <= found.possible for bounds in each), other
            assert all(found.certain <= bounds.certain for bounds in each), other
