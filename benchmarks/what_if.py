"""How long an edit takes: of rules in a solved network, and of what is declared in an estate of 10,000 endpoints.

    python benchmarks/what_if.py [--size 10000] [--edits 5]

CPU seconds from the edit to a row of the outcome. Edits of rules are made on the compiled network; for those of what is
declared everything is compiled again, and solved again as far as the outcome differs. Two estates: the cluster of
`generate.py`, and one of AWS: VPCs of 250 machines, each with its subnet, gateway, route and group.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from estate import estate as random_estate
from generate import cluster

import netaudit
from netaudit import AddResource, Apply, ChangeResource, Relabel, RemoveResource
from netaudit.engine.solve import Reachability
from netaudit.queries.what_if import AddRule, ChangeRule, RemoveRule, apply

MACHINES = 250
_VPC = """\
resource "aws_vpc" "v{n}" {{
  cidr_block = "10.{n}.0.0/16"
}}
resource "aws_internet_gateway" "v{n}" {{
  vpc_id = aws_vpc.v{n}.id
}}
resource "aws_subnet" "v{n}" {{
  vpc_id     = aws_vpc.v{n}.id
  cidr_block = "10.{n}.0.0/20"
}}
resource "aws_route_table" "v{n}" {{
  vpc_id = aws_vpc.v{n}.id
}}
resource "aws_route" "v{n}" {{
  route_table_id         = aws_route_table.v{n}.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.v{n}.id
}}
resource "aws_route_table_association" "v{n}" {{
  subnet_id      = aws_subnet.v{n}.id
  route_table_id = aws_route_table.v{n}.id
}}
resource "aws_security_group" "v{n}" {{
  vpc_id = aws_vpc.v{n}.id
  ingress {{
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.{n}.0.0/16"]
  }}
  egress {{
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }}
}}
resource "aws_instance" "v{n}" {{
  count                       = {machines}
  subnet_id                   = aws_subnet.v{n}.id
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.v{n}.id]
}}
"""

Work = dict[str, Callable[[int], Sequence[Any]]]  # the edits of each try


def rules(size: int, *, edits: int = 60, seed: int = 7) -> Iterator[float]:
    """Seconds of one rule, added, removed or changed, in a solved random network."""
    network, draw = random_estate(size), random.Random(seed)
    solved = Reachability(network)
    solved.parts(solved.classes[0])
    known = [(policy, rule) for policy in network.policies for tier in policy.tiers for rule in tier.rules]
    for number in range(edits):
        (policy, rule), (_, other) = draw.choice(known), draw.choice(known)
        edit = (RemoveRule(policy, rule), AddRule(policy, other), ChangeRule(policy, rule, other))[number % 3]
        start = time.process_time()
        after = solved.edited(apply(network, [edit]))
        after.parts(draw.choice(after.classes))
        yield time.process_time() - start


def declared(estate: netaudit.Estate, work: Work, edits: int) -> Iterator[tuple[str, list[float]]]:
    """Seconds of each kind of edit of what is declared."""
    solved = estate.reachability
    solved.parts(solved.classes[0])
    for kind, made in work.items():
        spent: list[float] = []
        for number in range(edits):
            start = time.process_time()
            after = estate.what_if(made(number)).reachability
            after.parts(after.classes[number])
            spent.append(time.process_time() - start)
        yield kind, spent


def of_cluster(estate: netaudit.Estate) -> Work:
    """Edits of the generated cluster."""
    pods = [each for each in estate.resources if each.kind == "Deployment"]
    policies = [
        each
        for each in estate.resources
        if each.kind == "NetworkPolicy" and (each.attributes["spec"].get("ingress") or [{}])[0].get("ports")
    ]
    new = "apiVersion: v1\nkind: Pod\nmetadata: {{name: new-{0}, namespace: ns-{0}, labels: {{app: new}}}}\n"
    return {
        "label": lambda n: [Relabel(pods[n].address, {"tier": "data"})],
        "policy rule": lambda n: [ChangeResource(policies[n].address, {"spec.ingress.0.ports.0.port": 5432})],
        "pod removed": lambda n: [RemoveResource(pods[n].address)],
        "pod added": lambda n: [Apply(new.format(n) + "spec: {containers: [{name: c, image: i}]}\n")],
    }


def of_cloud(estate: netaudit.Estate) -> Work:
    """Edits of the VPCs."""
    by_address = {each.address: each for each in estate.resources}

    def copied(address: str, name: str) -> AddResource:
        return AddResource(by_address[address].kind, name, by_address[address].attributes)

    return {
        "route removed": lambda n: [RemoveResource(f"aws_route.v{n}")],
        "route changed": lambda n: [ChangeResource(f"aws_route.v{n}", {"destination_cidr_block": "198.51.100.0/24"})],
        "group rule": lambda n: [ChangeResource(f"aws_security_group.v{n}", {"ingress.0.to_port": 8443})],
        "machine removed": lambda n: [RemoveResource(f"aws_instance.v{n}[{n}]")],
        "machine added": lambda n: [copied(f"aws_instance.v{n}[{n}]", f"aws_instance.new{n}")],
    }


def told(spent: Iterable[float]) -> Mapping[str, float]:
    """The median, the ninetieth percentile and the most."""
    listed = list(spent)
    tenths = statistics.quantiles(listed, n=10, method="inclusive")
    return {"median": round(tenths[4], 3), "p90": round(tenths[8], 3), "max": round(max(listed), 3)}


def measure(size: int, edits: int) -> dict[str, Mapping[str, float]]:
    """All kinds of edits."""
    gc.disable()  # as the program does
    found = {"rule": told(rules(size))}
    with tempfile.TemporaryDirectory() as folder:
        manifests, code = Path(folder) / "k8s", Path(folder) / "infra"
        manifests.mkdir()
        code.mkdir()
        for number, document in enumerate(cluster(size)):
            with (manifests / f"{number // 12_000:03}.yaml").open("a", encoding="utf-8") as file:
                file.write(document + "---\n")
        blocks = (_VPC.format(n=n, machines=MACHINES) for n in range(max(edits, size // MACHINES)))
        (code / "main.tf").write_text("".join(blocks), encoding="utf-8")
        in_cluster, in_cloud = netaudit.load(manifests), netaudit.load(code)
    all_kinds = ((in_cluster, of_cluster(in_cluster)), (in_cloud, of_cloud(in_cloud)))
    spent = chain.from_iterable(declared(estate, work, edits) for estate, work in all_kinds)
    return found | {kind: told(seconds) for kind, seconds in spent}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--edits", type=int, default=5)
    given = parser.parse_args()
    print(json.dumps(measure(given.size, given.edits), indent=1))


if __name__ == "__main__":
    main()
