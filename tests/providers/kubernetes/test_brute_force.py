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
from tests.providers.kubernetes.generated_worlds import World, id_of, in_template, open_pods, worlds

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


# Every number that a policy or a pod may name, and its two neighbours.
BOUNDARIES = sorted({n for number in NUMBERS for n in (number - 1, number, number + 1) if 1 <= n <= 65535})


def _packets(source: Any, destination: Any) -> list[Packet]:
    return [Packet(source, destination, protocol, port) for protocol in PROTOCOLS for port in BOUNDARIES]


def _block_of(reach: Reachability, address: str) -> Endpoint:
    point = AddressSet.parse(address)
    return next(each for each in reach.external if point <= each.addresses)


def _reach(objects: list[Object], settings: Settings) -> Reachability:
    """What we say of the cluster, read from one document for each object."""
    reading = read_manifests("\n---\n".join(json.dumps(each) for each in objects), name="k8s")
    return Reachability(build([reading], settings))


def _disagreements(objects: list[Object], *, by_address: bool, workloads: list[Object] | None = None) -> list[Packet]:
    """The packets about which the two sides say different things, or ours is not sure.

    `workloads` are what we are shown in place of the pods, in the same order.
    """
    oracle = Cluster(objects, blocks_match_pods=by_address)
    matches = "by-address" if by_address else "never"
    others = [each for each in objects if each["kind"] != "Pod"]
    reach = _reach([*others, *(workloads or oracle.pods)], Settings(kubernetes_ipblock_matches_pods=matches))
    ends: list[tuple[Any, Endpoint]]
    ends = [(pod, reach.by_id[id_of(shown)]) for pod, shown in zip(oracle.pods, workloads or oracle.pods, strict=True)]
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


@settings(max_examples=40)
@given(data=st.data(), objects=clusters(ordered=False))
def test_every_packet_of_every_kind_of_workload_is_decided_as_for_its_pods(data: st.DataObject, objects: Any) -> None:
    """The labels and ports are the template's; how many pods there are does not matter."""
    workloads = [data.draw(in_template(each)) for each in objects if each["kind"] == "Pod"]
    assert [] == _disagreements(objects, by_address=False, workloads=workloads)


@st.composite
def open_clusters(draw: st.DrawFn) -> list[Object]:
    """A cluster of all kinds of policies that leaves something open."""
    objects = draw(clusters(ordered=draw(st.booleans())))
    if draw(st.booleans()):
        objects = [each for each in objects if each["metadata"]["name"] != "two"]
    return [draw(open_pods(each)) if each["kind"] == "Pod" else each for each in objects]


@settings(max_examples=80)
@given(data=st.data(), objects=open_clusters())
def test_whatever_is_open_turns_out_to_be_the_bounds_hold(data: st.DataObject, objects: list[Object]) -> None:
    """What is certain passes in every world that the manifests allow, and what passes in one of them is possible."""
    reach = _reach(objects, Settings())
    shown = [reach.by_id[id_of(each)] for each in objects if each["kind"] == "Pod"]
    strangers = [(Outside(address), _block_of(reach, address)) for address in STRANGERS]
    for _ in range(3):
        world = data.draw(worlds(objects))
        assert [] == _out_of_bounds(world, [*zip(world.ends, shown, strict=True), *strangers], reach)


def _out_of_bounds(world: World, ends: list[tuple[Any, Endpoint]], reach: Reachability) -> list[Packet]:
    oracle = Cluster(world.objects, blocks_match_pods=world.blocks_match_pods)
    found: list[Packet] = []
    for (source, from_), (destination, to) in permutations(ends, 2):
        if from_ in reach.external and to in reach.external:
            continue
        bounds = reach.bounds(from_, to) & CLAIMED
        for packet in _packets(source, destination):
            carried = Traffic.ports(packet.protocol.lower(), packet.port, packet.port)
            answers = oracle.answers(packet)
            if (carried <= bounds.certain and False in answers) or (True in answers and not carried <= bounds.possible):
                found.append(packet)
    return found
