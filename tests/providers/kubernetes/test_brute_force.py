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

Object = dict[str, Any]

KEYS, VALUES = ("app", "tier"), ("a", "b", "c")
SPACES = ("one", "two")
NUMBERS = (1, 80, 81, 82, 8080, 65535)
PROTOCOLS = ("TCP", "UDP", "SCTP")
BLOCKS = ("0.0.0.0/0", "10.0.0.0/8", "198.51.100.0/24", "10.0.0.0/30", "2001:db8::/32")
HOLES = {
    "0.0.0.0/0": ("10.0.0.0/30", "198.51.100.0/25"),
    "10.0.0.0/8": ("10.0.0.2/31",),
    "198.51.100.0/24": ("198.51.100.0/25",),
}
ADDRESSES = ("10.0.0.1", "10.0.0.3", "10.200.0.1", "192.168.7.7")
STRANGERS = ("10.0.0.2", "10.9.9.9", "198.51.100.1", "198.51.100.200", "8.8.8.8", "2001:db8::1", "2a00::1")

homes = st.sampled_from(("one", "one", "two"))
labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))
expressions = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "operator": st.sampled_from(("In", "NotIn")),
            "values": st.lists(st.sampled_from(VALUES), min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries({"key": st.sampled_from(KEYS), "operator": st.sampled_from(("Exists", "DoesNotExist"))}),
)
selectors = st.fixed_dictionaries(
    {}, optional={"matchLabels": labels, "matchExpressions": st.lists(expressions, max_size=2)}
)
space_selectors = st.one_of(
    selectors, st.sampled_from(SPACES).map(lambda name: {"matchLabels": {"kubernetes.io/metadata.name": name}})
)


@st.composite
def blocks(draw: st.DrawFn) -> Object:
    """An ipBlock, with holes or without."""
    cidr = draw(st.sampled_from(BLOCKS))
    least = draw(st.sampled_from((1, 0)))
    holes = draw(st.lists(st.sampled_from(HOLES[cidr]), min_size=least, max_size=2)) if cidr in HOLES else []
    return {"ipBlock": {"cidr": cidr} | ({"except": holes} if holes else {})}


peers = st.one_of(
    st.fixed_dictionaries({"podSelector": selectors}),
    st.fixed_dictionaries({"namespaceSelector": space_selectors}),
    st.fixed_dictionaries({"podSelector": selectors, "namespaceSelector": space_selectors}),
    blocks(),
    blocks(),
)


@st.composite
def ports(draw: st.DrawFn, *, names: bool) -> Object:
    """An entry of `ports`: a protocol, a number, a range or a name."""
    entry: Object = {}
    if draw(st.booleans()):
        entry["protocol"] = draw(st.sampled_from(PROTOCOLS))
    shape = draw(st.sampled_from(("name", "name", "one", "range", "all") if names else ("all", "one", "range")))
    if shape == "name":
        entry["port"] = draw(st.sampled_from(("http", "dns")))
    elif shape != "all":
        first, last = sorted(draw(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))))
        entry |= {"port": first} if shape == "one" else {"port": first, "endPort": last}
    return entry


@st.composite
def rules(draw: st.DrawFn, direction: str) -> Object:
    """An ingress or egress rule; a name of a port never goes with an ipBlock of an egress rule (refused)."""
    to = "from" if direction == "ingress" else "to"
    rule: Object = {}
    if draw(st.sampled_from((True, True, False))):
        rule[to] = draw(st.lists(peers, min_size=draw(st.sampled_from((2, 1, 0))), max_size=3))
    names = direction == "ingress" or not any("ipBlock" in peer for peer in rule.get(to, ()))
    if draw(st.booleans()):
        rule["ports"] = draw(st.lists(ports(names=names), max_size=2))
    return rule


@st.composite
def policies(draw: st.DrawFn, number: int) -> Object:
    """A NetworkPolicy that the API would accept."""
    spec: Object = {"podSelector": draw(st.one_of(st.just({}), st.just({}), selectors))}
    if draw(st.booleans()):
        spec["policyTypes"] = draw(st.lists(st.sampled_from(("Ingress", "Egress")), max_size=2, unique=True))
    for direction in ("ingress", "egress"):
        if draw(st.booleans()):
            spec[direction] = draw(st.lists(rules(direction), min_size=draw(st.sampled_from((2, 1, 0))), max_size=2))
    metadata = {"name": f"p{number}", "namespace": draw(homes)}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


@st.composite
def pods(draw: st.DrawFn, number: int) -> Object:
    """A pod with an address; a name of a port occurs at most once for each protocol."""
    declared = draw(
        st.lists(
            st.tuples(st.sampled_from(("http", "dns")), st.sampled_from(PROTOCOLS), st.sampled_from(NUMBERS)),
            min_size=2,
            max_size=4,
            unique_by=lambda port: port[:2],
        )
    )
    listed = [{"name": name, "protocol": protocol, "containerPort": port} for name, protocol, port in declared]
    metadata = {"name": f"pod-{number}", "namespace": draw(homes), "labels": draw(labels)}
    spec = {"containers": [{"name": "c", "ports": listed}]}
    status = {"podIP": ADDRESSES[number]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


@st.composite
def clusters(draw: st.DrawFn) -> list[Object]:
    """Two namespaces, a few pods and policies."""
    spaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": draw(labels)}} for name in SPACES
    ]
    inhabitants = [draw(pods(number)) for number in range(draw(st.sampled_from((4, 3, 2))))]
    return [*spaces, *inhabitants, *(draw(policies(number)) for number in range(draw(st.sampled_from((3, 2, 1, 0)))))]


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
            answers = {carried <= bounds.certain, carried <= bounds.possible}
            if answers != {oracle.passes(packet)}:
                found.append(packet)
    return found


@settings(max_examples=60)
@given(objects=clusters())
def test_every_packet_is_decided_as_the_api_text_says(objects: list[Object]) -> None:
    """Every pair, every protocol, both sides of every port boundary, addresses inside and outside every block."""
    assert [] == _disagreements(objects, by_address=False)
    assert [] == _disagreements(objects, by_address=True)
