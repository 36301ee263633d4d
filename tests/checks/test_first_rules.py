"""A first rule file: whatever it says is proved on the sources that it was written from."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import netaudit
from netaudit.checks.rulefile import json_schema
from netaudit.checks.verdicts import Verdict
from tests import small
from tests.oracles import REPOSITORY
from tests.test_cli import run

_SCENARIOS = REPOSITORY / "fixtures" / "scenarios"
_SOURCES = {
    name: (_SCENARIOS / name / "infra", _SCENARIOS / name / "k8s") for name in ("bank", "shop-on-eks", "one-graph")
}

# Made of names that YAML, or a selector, would take for something else.
_ODD = """\
apiVersion: v1
kind: Pod
metadata: {name: "no", namespace: zone}
---
apiVersion: v1
kind: Pod
metadata: {name: "null", namespace: "on"}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: "on"}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""


@pytest.mark.parametrize("name", _SOURCES)
def test_init_writes_what_check_proves(tmp_path: Path, name: str) -> None:
    """Every rule, read back from the file, on the same sources."""
    file = tmp_path / "netaudit-rules.yaml"
    assert 0 == run("init", *_SOURCES[name], "-o", file)[0]
    report = netaudit.load(*_SOURCES[name]).check(file)
    assert {Verdict.PROVED} == {result.verdict for result in report.results}


def test_init_finds_what_the_bank_keeps() -> None:
    """By hand from the bank's files: who is public, which namespaces are closed on which sides."""
    rules = netaudit.load(*_SOURCES["bank"]).first_rules()
    public = [
        "aws_instance.bastion",
        "aws_instance.partner_gateway",
        "aws_lb.internet_banking",
        "edge/gateway[Deployment]",
    ]
    public += ["module.web.aws_instance.this[0]", "module.web.aws_instance.this[1]"]
    assert public == rules.zones["public"].split(" | ")
    denied = {tuple(rule["sides"]): rule["namespaces"] for rule in rules.rules if "namespaces" in rule}
    assert {("ingress", "egress"): ["edge", "ledger", "payments"], ("ingress",): ["monitoring"]} == denied
    assert "Nobody administers anything from the internet" in rules.left_out  # it has a bastion


def test_init_takes_the_strongest_relation_that_is_proved() -> None:
    """The internet gets to the shop's database by way of hosts only; nothing leads from the database to it."""
    data = [rule for rule in netaudit.load(*_SOURCES["shop-on-eks"]).first_rules().rules if rule["kind"] == "forbid"]
    assert [("internet", "forwarded"), ("zone/databases", "pivot")] == [(r["from"], r["relation"]) for r in data]


def test_init_writes_names_that_yaml_and_selectors_would_misread(tmp_path: Path) -> None:
    """Namespaces called `zone` and `on`, pods called `no` and `null`."""
    source = small.manifests(tmp_path / "k8s", _ODD)
    file = tmp_path / "netaudit-rules.yaml"
    assert 0 == run("init", source, cwd=tmp_path)[0]
    assert 0 == run("check", source, "--rules", file)[0]
    apart = [rule["groups"] for rule in yaml.safe_load(file.read_text())["rules"] if rule["kind"] == "isolated"]
    assert [["ns/on", "ns/zone"]] == apart


def test_init_begins_with_the_schema_for_editors(tmp_path: Path) -> None:
    """The first line names the schema that the second tells how to write."""
    assert 0 == run("init", small.manifests(tmp_path / "k8s"), cwd=tmp_path)[0]
    first, second, *_ = (tmp_path / "netaudit-rules.yaml").read_text().splitlines()
    assert "# yaml-language-server: $schema=netaudit-rules.schema.json" == first
    assert "netaudit schema rules > netaudit-rules.schema.json" in second
    assert "netaudit rules" == json_schema()["title"]


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """Somebody's rules are somebody's work."""
    file = tmp_path / "netaudit-rules.yaml"
    file.write_text("mine")
    code, out, err = run("init", small.manifests(tmp_path / "k8s"), cwd=tmp_path)
    assert (2, "", "mine") == (code, out, file.read_text())
    assert "netaudit: netaudit-rules.yaml exists already; name another file with -o, or take it away\n" == err


def test_init_writes_nothing_where_nothing_is_proved(tmp_path: Path) -> None:
    """Beside an unreadable file everything is unknown: no rule is better than a wrong one."""
    source = small.manifests(tmp_path / "k8s", "kind: [")
    code, _, err = run("init", source, "-q", cwd=tmp_path)
    assert 2 == code
    assert not (tmp_path / "netaudit-rules.yaml").exists()
    assert err.startswith("netaudit: ")


def test_init_divides_a_zone_that_would_be_too_long(tmp_path: Path) -> None:
    """A hundred public pods with long names: more than one selector may hold."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {{name: a-rather-long-name-of-a-pod-{0}, namespace: shop}}\n"
    source = small.manifests(tmp_path / "k8s", "---\n".join(pod.format(number) for number in range(100)))
    file = tmp_path / "netaudit-rules.yaml"
    assert 0 == run("init", source, cwd=tmp_path)[0]
    assert 0 == run("check", source, "--rules", file)[0]
    zones = yaml.safe_load(file.read_text())["zones"]
    assert zones["public"] == "zone/public-1 | zone/public-2 | zone/public-3"
