"""The real Terraform accepts the bank's root, and plans what `bank_facts.py` says by hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.oracles import program, terraform_plugins
from tests.scenarios import bank_facts as facts
from tests.scenarios.bank_expected import BANK

pytestmark = pytest.mark.oracle

PARTNER_CIDR = "198.51.100.0/24"
OFFLINE = """
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}
"""

Attributes = dict[str, Any]
RuleText = tuple[str, str, int, int, str]  # direction, protocol, low, high, CIDR (or "group")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """`terraform show -json` of a plan, made offline in a copy of the root."""
    terraform, plugins = program("terraform"), terraform_plugins()
    workspace = tmp_path_factory.mktemp("bank")
    root = shutil.copytree(BANK / "infra", workspace / "root")
    (root / "offline_override.tf").write_text(OFFLINE)
    mirror = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{plugins}"\n  }}\n}}\n'
    (workspace / "offline.tfrc").write_text(mirror)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
    environment |= {"TF_CLI_CONFIG_FILE": str(workspace / "offline.tfrc"), "CHECKPOINT_DISABLE": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [terraform, *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"terraform {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    run("init", "-no-color", "-input=false")
    run("validate", "-no-color")
    run("plan", "-no-color", "-input=false", "-refresh=false", f"-var=partner_cidr={PARTNER_CIDR}", "-out=bank.plan")
    planned: dict[str, Any] = json.loads(run("show", "-json", "bank.plan"))
    return planned


def _resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


@pytest.fixture(scope="module")
def resources(plan: dict[str, Any]) -> dict[str, Attributes]:
    """Every planned resource's values, by address."""
    return {r["address"]: r["values"] for r in _resources(plan["planned_values"]["root_module"])}


def test_every_machine_of_the_facts_is_planned(resources: dict[str, Attributes]) -> None:
    """Instances, databases and load balancers: neither more nor fewer."""
    kinds = ("aws_instance.", "aws_db_instance.", "aws_lb.")
    planned = {address for address in resources if any(f".{address}".rfind(f".{kind}") >= 0 for kind in kinds)}
    assert set(facts.MACHINES) == planned


def test_private_addresses_are_those_of_the_facts(resources: dict[str, Attributes]) -> None:
    """Only the directory servers' addresses are written down."""
    written = {a: v["private_ip"] for a, v in resources.items() if v.get("private_ip")}
    assert {a: m.address for a, m in facts.MACHINES.items() if m.address} == written


def test_subnets_are_those_of_the_facts(resources: dict[str, Attributes]) -> None:
    """Three networks, fourteen subnets, in two zones."""
    planned = [v["cidr_block"] for a, v in resources.items() if ".aws_subnet." in a]
    assert sorted(s.cidr for s in facts.SUBNETS.values()) == sorted(planned)
    assert sorted(facts.VPCS.values()) == sorted(v["cidr_block"] for a, v in resources.items() if ".aws_vpc." in a)


def test_routes_are_those_of_the_facts(resources: dict[str, Attributes]) -> None:
    """Each table's routes but for its local one, which nobody writes."""
    planned = Counter(v["destination_cidr_block"] for a, v in resources.items() if ".aws_route." in a)
    assert Counter(cidr for t in facts.TABLES.values() for cidr, to in t if to != "local") == planned


def test_network_acl_lines_are_those_of_the_facts(resources: dict[str, Attributes]) -> None:
    """Numbers, actions, ports and blocks of both directions."""
    acl = resources["module.production.aws_network_acl.data[0]"]
    assert {"ingress": set(facts.ACL_IN["data"]), "egress": set(facts.ACL_OUT["data"])} == {
        direction: {_entry(line) for line in acl[direction]} for direction in ("ingress", "egress")
    }


def _entry(line: Attributes) -> facts.Entry:
    protocol, low, high = _span(line["protocol"], line["from_port"], line["to_port"])
    return facts.Entry(line["rule_no"], line["action"] == "allow", protocol, low, high, line["cidr_block"])


def test_security_group_rules_are_those_of_the_facts(resources: dict[str, Attributes]) -> None:
    """All three writings together; a rule that names a group is counted as `group`, since ids come with apply."""
    written = Counter(
        (direction, r.protocol, r.low, r.high, _peer(r.peer))
        for group in facts.GROUPS.values()
        for direction, rules in (("ingress", group.ingress), ("egress", group.egress))
        for r in rules
    )
    assert written == Counter(text for address, v in resources.items() for text in _rule_texts(address, v))


def _peer(peer: str) -> str:
    if peer == facts.PARTNER:
        return PARTNER_CIDR
    return peer if "/" in peer else "group"


def _rule_texts(address: str, values: Attributes) -> Iterator[RuleText]:
    kind = address.split("[", maxsplit=1)[0].split(".")[-2]
    if kind == "aws_security_group":
        for direction in ("ingress", "egress"):
            for block in values.get(direction) or ():
                yield from _texts(direction, block)
    elif kind == "aws_security_group_rule":
        yield from _texts(values["type"], values)
    elif kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"):
        span = _span(values["ip_protocol"], values["from_port"], values["to_port"])
        yield (kind.split("_")[-2], *span, values.get("cidr_ipv4") or "group")


def _texts(direction: str, block: Attributes) -> Iterator[RuleText]:
    span = _span(block["protocol"], block["from_port"], block["to_port"])
    for cidr in block.get("cidr_blocks") or ["group"]:
        yield (direction, *span, cidr)


def _span(protocol: str, low: int, high: int) -> tuple[str, int, int]:
    return ("any", 0, 65535) if protocol == "-1" else (protocol, low, high)
