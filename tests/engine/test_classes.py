"""Which machines share a class, and what tells them apart."""

from __future__ import annotations

from dataclasses import replace

from netaudit.engine.classes import classify
from netaudit.flows import Traffic
from netaudit.model import Action, End, Endpoint, Network, Origin, Peers, Rule
from tests.engine.building import (
    FILE,
    addresses,
    allow,
    attach,
    by,
    endpoint,
    group,
    hop,
    interface,
    machine,
    network,
    party,
    translate,
)

ONE, TWO = machine("one", "10.0.0.4"), machine("two", "10.0.0.5")


def _classes(net: Network) -> list[list[str]]:
    return [[member.id for member in each.members] for each in classify(net, net.endpoints)]


def _behind(*rules: Rule, machines: tuple[Endpoint, ...] = (ONE, TWO)) -> Network:
    """Machines with equal hops, and a further machine's group with the rules, which nobody reaches."""
    hops = [attach(each, "vpc") for each in machines]
    return network(*machines, *hops, hop("vpc", "elsewhere", by(group("db", *rules))))


def test_machines_that_no_rule_tells_apart_share_a_class() -> None:
    """Two machines in one block, with equal hops, are alike."""
    assert _classes(_behind(allow("10.0.0.0/24"))) == [["one", "two"]]


def test_a_rule_that_names_one_tells_them_apart() -> None:
    """A reference matches one of them."""
    assert _classes(_behind(allow("one"))) == [["one"], ["two"]]


def test_a_rule_that_names_both_does_not() -> None:
    """A reference to a group of both matches both."""
    assert _classes(_behind(allow("one two"))) == [["one", "two"]]


def test_a_block_between_their_addresses_tells_them_apart() -> None:
    """10.0.0.4/32 holds one of two neighbours."""
    assert _classes(_behind(allow("10.0.0.4/32"))) == [["one"], ["two"]]


def test_an_exemption_tells_them_apart() -> None:
    """A rule about a block from which one of them is exempt matches the other only."""
    peers = Peers(addresses=addresses("10.0.0.0/24"), exempt=frozenset({"one"}))
    rule = Rule(peers, Traffic.parse("any"), Action.ALLOW, Origin(FILE, 1))
    assert _classes(_behind(rule)) == [["one"], ["two"]]


def test_a_filter_of_their_own_tells_them_apart() -> None:
    """Filters are told apart by identity: two groups with the same rules are two filters."""
    net = network(ONE, TWO, attach(ONE, "vpc", into=group("a")), attach(TWO, "vpc", into=group("a")))
    assert _classes(net) == [["one"], ["two"]]


def test_machines_that_may_not_exist_are_apart() -> None:
    """Their flows are never certain."""
    doubtful = replace(TWO, because=endpoint("x", because="var.count").because)
    assert _classes(_behind(allow(), machines=(ONE, doubtful))) == [["one"], ["two"]]


def test_two_on_one_node_are_apart_from_a_third() -> None:
    """Those on one node reach each other without a hop, so a machine on its own node is not like them."""
    both = (party("b", "10.0.0.6"), party("c", "10.0.0.7"))
    shared = [endpoint(each.id, replace(interface(each), node="node")) for each in both]
    net = network(ONE, *shared, attach(ONE, "vpc"), attach(shared[0], "vpc"))
    assert ["one"] in _classes(net)


def _translated(becomes_one: str, becomes_two: str) -> Network:
    """Both leave through a gateway that gives each another party; a rule behind it names one of those."""
    mapping = {"one": party(becomes_one, "203.0.113.1"), "two": party(becomes_two, "203.0.113.2")}
    return network(
        ONE,
        TWO,
        attach(ONE, "vpc"),
        attach(TWO, "vpc"),
        hop("vpc", "igw", translate(End.SOURCE, mapping, "igw", "vpc")),
        hop("igw", "far", by(group("far", allow("one-public")))),
    )


def test_what_they_become_tells_them_apart() -> None:
    """Equal before the gateway, different behind it."""
    assert _classes(_translated("one-public", "two-public")) == [["one"], ["two"]]
    assert _classes(_translated("x-public", "y-public")) == [["one", "two"]]
