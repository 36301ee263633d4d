"""The shop on EKS: cloud and cluster as one graph, its flows worked out by hand from the two sides' files."""

from __future__ import annotations

import pytest

import netaudit
from netaudit.checks.invariants import Report
from netaudit.engine.reference import Judge
from netaudit.flows import Traffic
from netaudit.model import Truth
from tests.oracles import REPOSITORY

_SHOP = REPOSITORY / "fixtures" / "scenarios" / "shop-on-eks"
_DEPLOYMENTS = ("web", "payments", "books", "reports")

# What certainly flows between the parts, by hand. Whatever is absent is no certain flow; web's load balancer is apart.
_CERTAIN = {
    # The policy `web` lets it speak to the payments alone; all nodes share a group that admits itself.
    ("web", "payments"): "tcp/8080",
    ("payments", "books"): "tcp/8080",
    # The group `ledger` takes the nodes on 5432; of the three that could, two have an egress policy.
    ("books", "ledger"): "tcp/5432",
    ("reports", "ledger"): "tcp/5432",
    # No policy selects web for what comes in, nor reports for what goes out.
    ("reports", "web"): "tcp udp sctp",
    ("reports", "nodes"): "tcp udp sctp",
    ("reports", "internet"): "tcp udp",  # by the NAT gateway, which carries no SCTP
    ("nodes", "web"): "tcp udp sctp",
    ("nodes", "reports"): "tcp/8080",
    ("nodes", "ledger"): "tcp/5432",
    ("nodes", "internet"): "tcp udp",
    # The group `nodes` takes the build machines on 8080, whoever is behind it.
    ("runner", "nodes"): "tcp/8080",
    ("runner", "web"): "tcp/8080",
    ("runner", "reports"): "tcp/8080",
}
_IDS = {name: f"shop/{name}[Deployment]" for name in _DEPLOYMENTS} | {
    "nodes": "aws_eks_node_group.shop",
    "ledger": "aws_db_instance.ledger",
    "runner": "aws_instance.runner",
    "internet": "internet",
}


@pytest.fixture(scope="module")
def shop() -> netaudit.Estate:
    """Both sources, joined."""
    return netaudit.load(_SHOP / "infra", _SHOP / "k8s")


@pytest.fixture(scope="module")
def report(shop: netaudit.Estate) -> Report:
    """The verdicts on its rules."""
    return shop.check(_SHOP / "rules.yaml")


def test_the_certain_flows_are_those_of_the_hand(shop: netaudit.Estate) -> None:
    """Every pair of pods, nodes, database, build machine and internet."""
    names = {id_: name for name, id_ in _IDS.items()}
    found = {
        (names[f.source], names[f.destination]): str(f.certain)
        for f in shop.flows().flows
        if f.certain and f.source in names and f.destination in names
    }
    assert _CERTAIN == found


def test_only_the_front_has_ways_that_are_not_in_the_sources(shop: netaudit.Estate) -> None:
    """What is possible and not certain leads to web: its load balancer is made at run time."""
    unsure = {f.destination for f in shop.flows().flows if f.possible - f.certain}
    assert {_IDS["web"]} == unsure


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ("SHOP-001", "VIOLATED"),
        ("SHOP-002", "PROVED"),
        ("SHOP-003", "VIOLATED"),
        ("SHOP-004", "PROVED"),
        ("SHOP-005", "PROVED"),
        ("SHOP-006", "PROVED"),
        ("SHOP-007", "UNKNOWN"),
    ],
)
def test_verdicts(report: Report, rule: str, verdict: str) -> None:
    """As the README tells."""
    (result,) = [each for each in report.results if each.invariant.id == rule]
    assert verdict == result.verdict.value


def test_one_witness_goes_through_both_worlds(report: Report) -> None:
    """From the peered VPC by route, peering and group to the policy of the pod."""
    (result,) = [each for each in report.results if each.invariant.id == "SHOP-003"]
    (witness,) = result.witnesses
    places = [check.origin.file.rpartition("/")[2] for *_, checks in witness.legs for check in checks if check.origin]
    assert "main.tf" in places
    assert "all.yaml" == places[-1] or "all.yaml" in places


def test_nothing_is_unjoined(shop: netaudit.Estate) -> None:
    """Two sources, one realm of knowledge; the assumptions say on what it rests."""
    assert () == shop.network.not_joined
    assert {"EKS_NODES_DECLARED"} <= set(shop.network.assumptions)
    assert "PODS_ROUTABLE" not in shop.network.assumptions


def test_the_solver_says_what_the_judge_says(shop: netaudit.Estate) -> None:
    """Every pair inside and the internet, at the ports that some rule knows and beside them."""
    solved, judge = shop.reachability, Judge(shop.network)
    points = [Traffic.parse(text).least for text in ("tcp/8080", "tcp/5432", "tcp/22", "tcp/443", "udp/53", "sctp/9")]
    ends = [e for e in solved.endpoints if not e.external or e.id in {"internet", "private"}]
    for source in ends:
        for destination in ends:
            if not solved.claimed(source, destination):
                continue
            bounds = solved.bounds(source, destination)
            for point in points:
                verdict = judge.judge(source, destination, point).verdict
                expected = (
                    Truth.YES if point in bounds.certain else Truth.MAYBE if point in bounds.possible else Truth.NO
                )
                assert expected is verdict, (source.id, destination.id, point)
