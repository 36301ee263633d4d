"""The netpol-analyzer corpus: reading its expected flows, and ours, in one comparable form.

Both sides become `{(source, destination): traffic}` for pairs of workloads, and for the outside
`{(workload, direction): Product[addresses, traffic]}`, so that two partitions of the address space compare equal
when they say the same. The conversions are those that the corpus's README asks for.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import IPV4, NO_TRAFFIC, NOWHERE, AddressSet, Product, Traffic
from netaudit.model import Network, Settings
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests

UNIVERSE = Traffic.union(Traffic.ports(protocol, 1, 65535) for protocol in ("tcp", "udp", "sctp"))
SETTINGS = Settings(
    kubernetes_ipblock_matches_pods="never",
    kubernetes_networks_match_pods="never",
    kubernetes_host_network="pod",
)

Outside = Product[AddressSet, Traffic]


@dataclass
class Flows:
    """Who may talk to whom: between workloads, and with the outside."""

    inside: dict[tuple[str, str], Traffic] = field(default_factory=dict)
    outside: dict[tuple[str, str], Outside] = field(default_factory=dict)


def network_of(directory: Path) -> Network:
    """The network that the manifests below a directory describe."""
    return build([read_manifests([directory], name="k8s")], SETTINGS)


def expected(document: Path, scope: AddressSet) -> Flows:
    """The flows of an expected.json, those with the outside within `scope`."""
    rows = json.loads(document.read_text(encoding="utf-8"))["flows"]
    return _flows(((row["source"], row["destination"], Traffic.from_json(row["traffic"])) for row in rows), scope)


def of_the_pod_network(document: Path) -> Flows:
    """The flows of an expected.json on the pods' own network, without those on further ones and with the outside."""
    rows = (row for row in json.loads(document.read_text(encoding="utf-8"))["flows"] if "network" not in row)
    return _flows(((row["source"], row["destination"], Traffic.from_json(row["traffic"])) for row in rows), NOWHERE)


def outside_of(reach: Reachability) -> AddressSet:
    """The IPv4 addresses that lie outside our model: all but those that a pod's status names."""
    return AddressSet.union(each.addresses for each in reach.external) & IPV4


def ours(reach: Reachability, part: Callable[[Bounds], Traffic]) -> Flows:
    """Our flows, certain or possible, as far as the corpus speaks of them."""
    spans = {each.id: str(each.addresses) for each in reach.external}
    rows = (
        (spans.get(source.id, source.id), spans.get(destination.id, destination.id), part(bounds) & UNIVERSE)
        for source, destination, bounds in reach.pairs()
    )
    return _flows(rows, outside_of(reach))


def _flows(rows: Iterable[tuple[str, str, Traffic]], scope: AddressSet) -> Flows:
    found = Flows()
    outside: defaultdict[tuple[str, str], list[tuple[AddressSet, Traffic]]] = defaultdict(list)
    for source, destination, traffic in rows:
        if not traffic:
            continue
        if not source.endswith(("]", "}")):
            outside[destination, "from"].append((_addresses(source) & scope, traffic))
        elif not destination.endswith("]"):
            outside[source, "to"].append((_addresses(destination) & scope, traffic))
        else:
            found.inside[source, destination] = found.inside.get((source, destination), NO_TRAFFIC) | traffic
    products = {key: Product.of(*boxes) for key, boxes in outside.items()}
    found.outside = {key: product for key, product in products.items() if product}
    return found


def _addresses(text: str) -> AddressSet:
    return AddressSet.union(AddressSet.parse(part) for part in text.split(", "))
