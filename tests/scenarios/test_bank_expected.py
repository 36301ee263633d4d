"""`expected.json` of the bank: worked out by hand, and confirmed by walking packets over hand-written facts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

import pytest
import yaml

from tests.scenarios import bank_facts as facts
from tests.scenarios import walker
from tests.scenarios.bank_expected import BANK, EXPECTED, between, listed, ports, sums, text
from tests.scenarios.walker import Flows

SOURCES = ("infra", "k8s")
WALKS: dict[str, Callable[[dict[str, list[str]]], Flows]] = {
    "infra": walker.estate_flows,
    "k8s": walker.cluster_flows,
}


# ── flows ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", SOURCES)
def test_walking_packets_finds_exactly_the_listed_flows(source: str) -> None:
    """Every pair, every representative address and port: what arrives is what is listed, and nothing else."""
    assert listed(source) == WALKS[source](EXPECTED["external"][source])


@pytest.mark.parametrize("source", SOURCES)
def test_outside_blocks_are_a_partition_of_all_ipv4_space_that_the_model_does_not_own(source: str) -> None:
    """No outside address is left out or counted twice, so no flow from or to it can be missing."""
    owned = [facts.VPCS[name] for name in facts.VPCS] if source == "infra" else []
    told = [tuple(map(IPv4Address, r.split("-"))) for rs in EXPECTED["external"][source].values() for r in rs]
    held = [(walker.network(cidr)[0], walker.network(cidr)[-1]) for cidr in owned]
    spans = sorted((int(first), int(last)) for first, last in [*told, *held])
    assert (spans[0][0], spans[-1][1]) == (0, 2**32 - 1)
    assert [last + 1 for _, last in spans[:-1]] == [first for first, _ in spans[1:]]


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_certain_is_possible(source: str) -> None:
    """The lower bound lies within the upper one."""
    assert [pair for pair, (sure, maybe) in listed(source).items() if ports(sure) & ~ports(maybe)] == []


def test_in_the_estate_only_the_partners_addresses_are_unknown() -> None:
    """Wherever the two bounds differ, the flow names the variable, and the line where it is declared."""
    lines = (BANK / "infra" / "variables.tf").read_text().splitlines()
    declared = lines.index('variable "partner_cidr" {') + 1
    why = [{"what": "var.partner_cidr", "file": "infra/variables.tf", "line": declared}]
    uncertain = [f for f in EXPECTED["flows"]["infra"] if f["certain"] != f["possible"]]
    assert len(uncertain) == 6 + 2
    assert {"aws_instance.partner_gateway"} == {flow["destination"] for flow in uncertain}
    assert all(why == flow["depends_on"] for flow in uncertain)
    assert [f for f in EXPECTED["flows"]["infra"] if "depends_on" in f and f["certain"] == f["possible"]] == []


# ── zones ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", SOURCES)
def test_every_cell_of_the_zone_matrix_is_the_sum_of_its_flows(source: str) -> None:
    """The matrix was written by hand before any flow was walked; an empty cell means that nothing passes."""
    zones, flows = EXPECTED["zones"][source], listed(source)
    certain: dict[str, dict[str, str]] = {}
    possible_only: dict[str, dict[str, str]] = {}
    for a, of in zones["members"].items():
        for b, to in zones["members"].items():
            sure, maybe = sums(between(flows, of, to))
            if sure:
                certain.setdefault(a, {})[b] = text(sure)
            if maybe & ~sure:
                possible_only.setdefault(a, {})[b] = text(maybe & ~sure)
    assert zones["certain"] == certain
    assert zones["possible_only"] == possible_only


@pytest.mark.parametrize("source", SOURCES)
def test_every_endpoint_with_a_flow_lies_in_exactly_one_zone(source: str) -> None:
    """No flow hides beside the matrix."""
    members = [m for ms in EXPECTED["zones"][source]["members"].values() for m in ms]
    assert len(set(members)) == len(members)
    assert {end for pair in listed(source) for end in pair} <= set(members)


# ── verdicts ────────────────────────────────────────────────────────────────────────────────────────────

ESTATE = set(facts.MACHINES)
CLUSTER = set(facts.WORKLOADS)
OUTSIDE = {"infra": set(EXPECTED["external"]["infra"]), "k8s": {*EXPECTED["external"]["k8s"], *walker.SIXES}}
OFFICE = "203.0.113.0/24"


def _vpc(name: str) -> set[str]:
    return {m for m, machine in facts.MACHINES.items() if facts.SUBNETS[machine.subnets[0]].vpc == name}


def _module(name: str) -> set[str]:
    return {m for m in ESTATE if m.startswith(f"module.{name}.")}


def _namespace(name: str) -> set[str]:
    return {w for w, workload in facts.WORKLOADS.items() if workload.namespace == name}


@dataclass(frozen=True)
class Claim:
    """A rule with its selectors worked out by hand. `only` is the traffic that is not forbidden."""

    source: str
    senders: set[str]
    receivers: set[str]
    about: str = "tcp udp sctp"
    only: str = ""
    required: bool = False


def _everybody(source: str) -> set[str]:
    return OUTSIDE[source] | (ESTATE if source == "infra" else CLUSTER)


DATABASES = {"aws_db_instance.ledger", "aws_db_instance.cards"}
BASTION = {"aws_instance.bastion"}
INTERNET = {"internet", OFFICE}
PROMETHEUS = {"monitoring/prometheus[StatefulSet]"}
API = {"payments/api[Deployment]"}

CLAIMS = {
    "BANK-001": Claim("infra", INTERNET, DATABASES),
    "BANK-002": Claim("infra", _everybody("infra") - _module("ledger") - BASTION, {"aws_db_instance.ledger"}),
    "BANK-003": Claim("infra", _everybody("infra") - _module("payments"), {"aws_db_instance.cards"}),
    "BANK-004": Claim("infra", INTERNET, _vpc("production"), only="tcp/443"),
    "BANK-005": Claim("infra", OUTSIDE["infra"], {"aws_instance.partner_gateway"}),
    "BANK-006": Claim("infra", _module("payments"), _module("ledger"), about="tcp/9090", required=True),
    "BANK-007": Claim("infra", _vpc("shared"), _vpc("management")),
    "BANK-008": Claim("infra", _everybody("infra") - BASTION, _vpc("production"), about="tcp/22"),
    "BANK-009": Claim("infra", _everybody("infra") - {OFFICE}, BASTION),
    "BANK-010": Claim("k8s", OUTSIDE["k8s"], CLUSTER - {"edge/gateway[Deployment]"}),
    "BANK-011": Claim(
        "k8s", _everybody("k8s") - _namespace("payments") - PROMETHEUS - _namespace("ledger"), _namespace("ledger")
    ),
    "BANK-012": Claim("k8s", _namespace("ledger"), OUTSIDE["k8s"]),
    "BANK-013": Claim("k8s", _namespace("edge"), _namespace("payments"), only="tcp/8080"),
    "BANK-014": Claim("k8s", PROMETHEUS, API, about="tcp/9102", required=True),
}


def _parsed(words: str) -> int:
    """Ports of the few texts that the claims use: `tcp/443`, or protocols without a number."""
    parts = [word.partition("/") for word in words.split()]
    return ports({p: [[int(n), int(n)] if n else [0, 65535]] for p, _, n in parts})


def _safety(claim: Claim) -> str:
    forbidden = _parsed(claim.about) & ~_parsed(claim.only)
    flows = between(listed(claim.source), claim.senders, claim.receivers)
    certain, possible = sums(flows)
    return "VIOLATED" if certain & forbidden else "UNKNOWN" if possible & forbidden else "PROVED"


def _liveness(claim: Claim) -> str:
    wanted, flows = _parsed(claim.about), listed(claim.source)
    pairs = [(a, b) for a in claim.senders for b in claim.receivers if a != b]
    bounds = [flows.get(pair, ({}, {})) for pair in pairs]
    if all(wanted & ~ports(sure) == 0 for sure, _ in bounds):
        return "PROVED"
    return "UNKNOWN" if all(wanted & ~ports(maybe) == 0 for _, maybe in bounds) else "VIOLATED"


@pytest.mark.parametrize("rule", CLAIMS)
def test_verdict_follows_from_the_flows(rule: str) -> None:
    """A safety rule is judged on what is possible and what is certain, a liveness rule on what is certain.

    BANK-003 also speaks of proxies. The only proxy is the front door, and its targets are the web tier, so a
    forwarded flow never ends at a database and the direct ones decide.
    """
    claim = CLAIMS[rule]
    assert EXPECTED["verdicts"][rule]["verdict"] == (_liveness if claim.required else _safety)(claim)


def test_no_rule_is_vacuous() -> None:
    """Every rule speaks about somebody."""
    assert [rule for rule, claim in CLAIMS.items() if not claim.senders or not claim.receivers] == []


def test_exactly_one_rule_is_violated_and_one_unknown() -> None:
    """The story has one mistake and one open question."""
    verdicts = [verdict["verdict"] for verdict in EXPECTED["verdicts"].values()]
    assert {v: verdicts.count(v) for v in sorted(set(verdicts))} == {"PROVED": 12, "VIOLATED": 1, "UNKNOWN": 1}


def test_the_witnesses_are_all_the_certain_flows_that_break_the_rule() -> None:
    """Both build machines reach the ledger's database, and nobody else does who should not."""
    claim = CLAIMS["BANK-002"]
    broken = between(listed("infra"), claim.senders, claim.receivers)
    witnesses = EXPECTED["verdicts"]["BANK-002"]["witnesses"]
    assert {(w["source"], w["destination"]): (w["traffic"], w["traffic"]) for w in witnesses} == broken


def test_the_unknown_rule_names_the_variable() -> None:
    """Every flow that the rule forbids, and that is possible, depends on what the verdict depends on."""
    claim = CLAIMS["BANK-005"]
    flows = between(listed("infra"), claim.senders, claim.receivers)
    named = [f["depends_on"] for f in EXPECTED["flows"]["infra"] if (f["source"], f["destination"]) in flows]
    assert named == [EXPECTED["verdicts"]["BANK-005"]["depends_on"]] * 2


@pytest.mark.parametrize(
    ("given", "others"),
    [("198.51.100.0/24", set()), ("198.51.100.0/23", {"198.51.101.0"}), ("0.0.0.0/0", {"198.51.101.0", "8.8.8.8"})],
)
def test_with_the_partners_addresses_the_open_rule_is_decided(
    given: str, others: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partner always gets in; whoever else does is known as soon as the variable is."""
    gateway = facts.GROUPS["partner-gateway"]
    rules = tuple(replace(r, peer=given) if r.peer == facts.PARTNER else r for r in gateway.ingress)
    monkeypatch.setitem(facts.GROUPS, "partner-gateway", replace(gateway, ingress=rules))
    clients = {"198.51.100.7", "198.51.101.0", "8.8.8.8"}
    for generous in (False, True):
        let_in = {
            client
            for client in clients
            if walker.in_from(IPv4Address(client), "aws_instance.partner_gateway", "tcp", 443, generous=generous)
        }
        assert let_in == {"198.51.100.7"} | others


# ── the mistake ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_mistake_rests_on_the_lines_that_the_answer_names() -> None:
    """Each file and line of the explanation holds the text that it is about."""
    rests: list[dict[str, Any]] = EXPECTED["verdicts"]["BANK-002"]["rests_on"]
    found = [(BANK / r["file"]).read_text().splitlines()[r["line"] - 1] for r in rests]
    assert [r["text"] for r in rests] == [re.sub(r"\s+", " ", line.strip()) for line in found]


def test_one_bit_less_and_the_mistake_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 10.20.0.0/16 instead of /15 in the group the build machines are out, and the jump host stays in."""
    narrow = facts.Group(
        ingress=(facts.Rule("tcp", 5432, 5432, "ledger"), facts.Rule("tcp", 5432, 5432, "10.20.0.0/16"))
    )
    monkeypatch.setitem(facts.GROUPS, "ledger-database", narrow)
    clients = {a for a in ESTATE if walker.reaches(a, "aws_db_instance.ledger", "tcp", 5432, generous=True)}
    assert clients == _module("ledger") | BASTION


# ── the rule file ───────────────────────────────────────────────────────────────────────────────────────

RULES: list[dict[str, Any]] = yaml.safe_load((BANK / "rules.yaml").read_text())["rules"]


def test_every_rule_has_a_verdict_and_a_claim() -> None:
    """The rule file, the expected verdicts and the claims above speak about the same rules."""
    assert [rule["id"] for rule in RULES] == list(EXPECTED["verdicts"]) == list(CLAIMS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["id"])
def test_rule_and_claim_ask_the_same_question(rule: dict[str, Any]) -> None:
    """Kind and traffic of the rule file are those of the claim."""
    claim = CLAIMS[rule["id"]]
    traffic = claim.only or claim.about
    kind = "require" if claim.required else "only-services" if claim.only else rule["kind"]
    assert (rule["kind"], rule.get("traffic", "tcp udp sctp")) == (kind, traffic)
