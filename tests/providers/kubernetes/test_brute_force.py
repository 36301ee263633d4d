"""On generated clusters the provider and the engine agree with a packet-by-packet reading of the API's text."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, AddressSet, Traffic
from netaudit.model import Endpoint, Settings
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests
from tests.providers.kubernetes.brute_force import Cluster, Outside, Packet
from tests.providers.kubernetes.generated import NUMBERS, PROTOCOLS, SPACES, STRANGERS, labels, pods, policies
from tests.providers.kubernetes.generated_ordered import node, ordered_policies

Object = dict[str, Any]


@st.composite
def clusters(draw: st.DrawFn, *, ordered: bool) -> list[Object]:
    """Two namespaces, a few pods and policies; with ordered policies, also nodes."""
    spaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": draw(labels)}} for name in SPACES
    ]
    inhabitants = [draw(pods(number)) for number in range(draw(st.sampled_from((4, 3, 2))))]
    plain = [draw(policies(number)) for number in range(draw(st.sampled_from((1, 0) if ordered else (3, 2, 1, 0))))]
    if not ordered:
        return [*spaces, *inhabitants, *plain]
    nodes = [draw(node(number)) for number in range(2)]
    return [*spaces, *inhabitants, *nodes, *plain, *draw(ordered_policies())]


def _packets(source: Any, destination: Any) -> list[Packet]:
    return [Packet(source, destination, protocol, port) for protocol in PROTOCOLS for port in (*NUMBERS, 2, 9999)]


def _block_of(reach: Reachability, address: str) -> Endpoint:
    point = AddressSet.parse(address)
    return next(each for each in reach.external if point <= each.addresses)


def _disagreements(objects: list[Object], *, by_address: bool) -> list[Packet]:
    """The packets about which the two sides say different things, or ours is not sure."""
    oracle = Cluster(objects, blocks_match_pods=by_address)
    matches = "by-address" if by_address else "never"
    reading = read_manifests("\n".join(json.dumps(each) for each in objects), name="k8s")
    reach = Reachability(build([reading], Settings(kubernetes_ipblock_matches_pods=matches)))
    ends: list[tuple[Any, Endpoint]]
    ends = [(pod, reach.by_id["{namespace}/{name}[Pod]".format(**pod["metadata"])]) for pod in oracle.pods]
    ends += [(Outside(address), _block_of(reach, address)) for address in STRANGERS]
    found: list[Packet] = []
    for (source, from_), (destination, to) in permutations(ends, 2):
        if isinstance(source, Outside) and isinstance(destination, Outside):
            continue
        bounds = reach.bounds(from_, to) & CLAIMED
        for packet in _packets(source, destination):
            carried = Traffic.ports(packet.protocol.lower(), packet.port, packet.port)
            answers = oracle.answers(packet)
            if (carried <= bounds.certain, carried <= bounds.possible) != (answers == {True}, True in answers):
                found.append(packet)
    return found


@settings(max_examples=60)
@given(objects=clusters(ordered=False))
def test_every_packet_is_decided_as_the_api_text_says(objects: list[Object]) -> None:
    """Every pair, every protocol, both sides of every port boundary, addresses inside and outside every block."""
    assert [] == _disagreements(objects, by_address=False)
    assert [] == _disagreements(objects, by_address=True)


@settings(max_examples=80)
@given(objects=clusters(ordered=True))
def test_every_packet_is_decided_as_the_tiers_say(objects: list[Object]) -> None:
    """All kinds of policies at once; where two have no order, exactly what both orders say is possible."""
    assert [] == _disagreements(objects, by_address=True)
