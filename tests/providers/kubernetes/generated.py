"""Clusters that hypothesis makes up: namespaces, pods, and policies that the API would accept."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

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
