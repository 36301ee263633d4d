"""The bank on EKS behind its ingress: the answers and verdicts of its README, worked out by hand."""

from __future__ import annotations

import pytest

import netaudit
from netaudit.checks.invariants import Report
from tests.oracles import REPOSITORY

_BANK = REPOSITORY / "fixtures" / "scenarios" / "one-graph"
_PODS = {name: f"bank/{name}[Deployment]" for name in ("payments", "ledger", "reports")}
_IDS = _PODS | {
    "nginx": "ingress/nginx[Deployment]",
    "balancer": "ingress/nginx[Service]",
    "database": "aws_db_instance.ledger",
    "runner": "aws_instance.runner",
    "internet": "internet",
}

# What certainly flows directly between the parts, by hand. Whatever is absent is no certain flow.
_CERTAIN = {
    ("internet", "balancer"): "tcp/443",
    # Its own group lets it send what it likes; the nodes' group lets it in at 443 alone, before every pod of them.
    ("balancer", "nginx"): "tcp/443",
    ("balancer", "reports"): "tcp/443",
    ("balancer", "internet"): "tcp udp sctp",
    # The policy of nginx lets it out to the bank; the policies of payments and ledger say the rest.
    ("nginx", "payments"): "tcp/8443",
    ("nginx", "reports"): "tcp udp sctp",
    ("payments", "ledger"): "tcp/8080",
    ("ledger", "database"): "tcp/5432",
    # Reports has no policy. The nodes' group is what the database and the runner admit.
    ("reports", "database"): "tcp/5432",
    ("reports", "runner"): "tcp/8081",
    ("reports", "balancer"): "tcp/443",
    ("reports", "internet"): "tcp udp",
    # The group of the nodes; nginx takes everything, payments the smoke tests alone.
    ("runner", "nginx"): "tcp/8443-9000",
    ("runner", "payments"): "tcp/8443",
    ("runner", "reports"): "tcp/8443-9000",
}
# By the load balancer, and by nginx behind it.
_FORWARDED = {
    ("internet", "nginx"): "tcp/443",
    ("internet", "payments"): "tcp/8443",
    ("internet", "reports"): "tcp/9000",
}
_VERDICTS = {
    "ONE-001": "PROVED",
    "ONE-002": "VIOLATED",
    "ONE-003": "PROVED",
    "ONE-004": "PROVED",
    "ONE-005": "PROVED",
    "ONE-006": "VIOLATED",
    "ONE-007": "PROVED",
    "ONE-008": "PROVED",
    "ONE-009": "PROVED",
    "ONE-010": "VIOLATED",
}


@pytest.fixture(scope="module")
def bank() -> netaudit.Estate:
    """Both sources, joined."""
    return netaudit.load(_BANK / "infra", _BANK / "k8s")


@pytest.fixture(scope="module")
def report(bank: netaudit.Estate) -> Report:
    """The verdicts on its rules."""
    return bank.check(_BANK / "rules.yaml")


def test_the_certain_flows_are_those_of_the_hand(bank: netaudit.Estate) -> None:
    """Every pair of pods, load balancer, database, runner and internet."""
    names = {id_: name for name, id_ in _IDS.items()}
    found = {
        (names[f.source], names[f.destination]): str(f.certain)
        for f in bank.flows().flows
        if f.certain and f.source in names and f.destination in names
    }
    assert found == _CERTAIN


def test_aws_51_what_the_internet_reaches_through_load_balancer_and_ingress(bank: netaudit.Estate) -> None:
    """Client to listener, load balancer to pod, pod to pod: composition, and nothing else leads in."""
    names = {id_: name for name, id_ in _IDS.items()}
    found = {
        (f.source, names[f.destination]): str(f.certain)
        for f in bank.flows(relation="forwarded").flows
        if f.certain and f.source == "internet" and f.through and f.destination in names
    }
    assert found == _FORWARDED


def test_what_is_not_certain_from_the_internet_is_one_flow(bank: netaudit.Estate) -> None:
    """A network load balancer passes connections on: the direct flow to nginx is possible."""
    found = {(f.destination, str(f.possible)) for f in bank.flows().flows if f.source == "internet" and not f.certain}
    assert found == {("ingress/nginx[Deployment]", "tcp/443")}


@pytest.mark.parametrize("rule", sorted(_VERDICTS))
def test_verdicts(report: Report, rule: str) -> None:
    """As the README tells."""
    (result,) = [each for each in report.results if each.invariant.id == rule]
    assert result.verdict.value == _VERDICTS[rule]


@pytest.mark.parametrize("rule", ["ONE-002", "ONE-010"])
def test_one_witness_goes_through_both_worlds(report: Report, rule: str) -> None:
    """From the cloud's routes and groups to the pod that no policy guards."""
    (result,) = [each for each in report.results if each.invariant.id == rule]
    (witness,) = result.witnesses
    files = {check.origin.file.rpartition("/")[2] for *_, checks in witness.legs for check in checks if check.origin}
    assert {"main.tf", "bank.yaml"} <= files


def test_aws_51_the_rule_of_the_controller_stands_where_the_service_stands(report: Report) -> None:
    """The nodes' group is Terraform's, the rule in it is not."""
    (result,) = [each for each in report.results if each.invariant.id == "ONE-002"]
    (witness,) = result.witnesses
    checks = [
        check
        for *_, checks in witness.legs
        for check in checks
        if check.component == "aws_security_group.nodes ingress"
    ]
    first = checks[0].origin
    assert first is not None
    assert (first.file.rpartition("/")[2], first.address) == ("ingress.yaml", "ingress/nginx[Service]")


def test_nothing_is_unjoined(bank: netaudit.Estate) -> None:
    """And the answers rest on controllers that do as they are told."""
    assert bank.network.not_joined == ()
    assert {"EKS_NODES_DECLARED", "EKS_LOAD_BALANCERS_AS_WRITTEN"} <= set(bank.network.assumptions)
