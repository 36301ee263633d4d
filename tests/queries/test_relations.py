"""The three relations against their definitions, written out: chains enumerated, one connection at a time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.engine.solve import NOTHING, Bounds, Reachability
from netaudit.flows import ANY, CLAIMED, NO_TRAFFIC, Traffic
from netaudit.model import Endpoint, Forward, Network
from netaudit.queries.flow import Flow, Relation
from netaudit.queries.relations import Relations, reach
from tests.engine import building as b
from tests.laws.networks import networks, traffics
from tests.queries.building import host, wired

# ---- pivot --------------------------------------------------------------------------------------------


def closure(solved: Reachability, source: Endpoint, destination: Endpoint, hops: Traffic) -> Bounds:
    """Where an intruder gets to, host by host, and what the last hop from there, or from the source, may carry."""
    inside = [each for each in solved.endpoints if not each.external]

    def stands(*, certain: bool) -> list[Endpoint]:
        held = [source]
        for here in held:  # grows while it is walked
            for there in inside:
                bounds = solved.bounds(here, there)
                if there not in held and (bounds.certain if certain else bounds.possible).overlaps(hops):
                    held.append(there)
        return held

    certain = Traffic.union(solved.bounds(each, destination).certain for each in stands(certain=True))
    return Bounds(certain, Traffic.union(solved.bounds(each, destination).possible for each in stands(certain=False)))


@settings(max_examples=100)
@given(networks(), st.sampled_from([CLAIMED, ANY]))
def test_pivot_is_the_closure_of_direct_over_the_endpoints_inside(network: Network, asked: Traffic) -> None:
    """Possible chains of possible hops, certain ones of certain hops; the traffic is that of the last one."""
    solved = Reachability(network)
    relations = Relations(solved, asked)
    for source in solved.endpoints:
        for destination in solved.endpoints:
            if solved.claimed(source, destination):
                expected = closure(solved, source, destination, asked | CLAIMED)
                actual = relations.bounds(Relation.PIVOT, source, destination)
                assert (expected.certain, expected.possible) == (actual.certain, actual.possible)


@settings(max_examples=40)
@given(networks())
def test_a_chain_is_made_of_connections_that_exist(network: Network) -> None:
    """What is shown for a pivot flow leads from end to end, by endpoints inside, each connection possible."""
    solved = Reachability(network)
    relations = Relations(solved)
    for source in solved.endpoints:
        for destination in solved.endpoints:
            found = relations.bounds(Relation.PIVOT, source, destination)
            for certain, traffic in ((True, found.certain), (False, found.possible)):
                if not traffic:
                    continue
                chain = relations.chain(source, destination, traffic.least, certain=certain)
                assert (source, destination) == (chain[0], chain[-1])
                assert [] == [each for each in chain[1:-1] if each.external]
                for here, there in pairwise(chain):
                    bounds = solved.bounds(here, there)
                    assert bounds.certain if certain else bounds.possible
                last = solved.bounds(chain[-2], destination)
                assert traffic.least in (last.certain if certain else last.possible)


def line(*ingress: tuple[str, str, str], outside: bool = False, **changes: object) -> Reachability:
    """Machines a, b, c; each of `ingress` lets (client, server, traffic) in."""
    rules: dict[str, list[object]] = {}
    for client, server, traffic in ingress:
        rules.setdefault(server, []).append(b.allow(client, traffic))
    machines = [host(name, f"10.0.0.{index}") for index, name in enumerate("abc", start=1)]
    network = wired(machines, rules, outside=outside)  # type: ignore[arg-type]
    return Reachability(replace(network, **changes))  # type: ignore[arg-type]


def bounds(solved: Reachability, relation: Relation, source: str, destination: str) -> Bounds:
    """Bounds of a pair by ids."""
    return Relations(solved).bounds(relation, solved.by_id[source], solved.by_id[destination])


def test_external_addresses_only_begin_or_end_a_chain() -> None:
    """a reaches the internet and the internet reaches b; that makes no way from a to b."""
    solved = line(("0.0.0.0/0", "b", "tcp/443"), outside=True)
    assert bounds(solved, Relation.DIRECT, "a", "internet").possible
    assert bounds(solved, Relation.DIRECT, "internet", "b").possible
    rules = {"b": [b.allow("8.0.0.0/8", "tcp/443")]}
    apart = Reachability(wired([host("a", "10.0.0.1"), host("b", "10.0.0.2")], rules, outside=True))
    assert bounds(apart, Relation.PIVOT, "8.0.0.0/8", "b").certain
    assert bounds(apart, Relation.PIVOT, "a", "b") == NOTHING


def test_the_traffic_of_a_chain_is_that_of_its_last_hop() -> None:
    """The port on which the intruder came in does not matter further on."""
    solved = line(("a", "b", "tcp/22"), ("b", "c", "tcp/5432"))
    assert not bounds(solved, Relation.DIRECT, "a", "c")
    assert Traffic.parse("tcp/5432") == bounds(solved, Relation.PIVOT, "a", "c").certain


def test_ping_opens_no_session_to_hop_from_unless_it_is_asked_for() -> None:
    """ICMP is not claimed unless written; when everything is asked for, every hop counts."""
    solved = line(("a", "b", "icmp"), ("b", "c", "tcp/5432"))
    assert bounds(solved, Relation.PIVOT, "a", "c") == NOTHING
    asked = Relations(solved).about(ANY)
    assert asked.bounds(Relation.PIVOT, solved.by_id["a"], solved.by_id["c"]).certain


def test_between_sources_that_nothing_joins_everything_is_possible_and_nothing_certain() -> None:
    """Directly, and at the end of a chain; what it hangs on is said."""
    a, c = host("a", "10.0.0.1"), host("c", "10.0.0.3", realm="other")
    middle = host("b", "10.0.0.2")
    network = replace(wired([a, middle, c], {"b": [b.allow("a", "tcp/22")]}), not_joined=(("main", "other"),))
    solved = Reachability(network)
    for relation in (Relation.DIRECT, Relation.FORWARDED, Relation.PIVOT):
        assert Bounds(NO_TRAFFIC, ANY) == bounds(solved, relation, "a", "c")
        doubts = Relations(solved).depends_on(relation, solved.by_id["a"], solved.by_id["c"], CLAIMED)
        assert ["main and other are not joined"] == [unknown.reason for unknown in doubts]


# ---- forwarded ----------------------------------------------------------------------------------------


def proxied(*forwards: Forward, because: str = "") -> Reachability:
    """A client a, a proxy lb, a server c: a may come to lb on 443 and 80, lb may come to c on 8443 and 22."""
    machines = [host("a", "10.0.0.1"), host("lb", "10.0.0.2"), host("c", "10.0.0.3")]
    rules = {"lb": [b.allow("a", "tcp/80,443", because=because)], "c": [b.allow("lb", "tcp/22,8443")]}
    return Reachability(wired(machines, rules, forwards=forwards))


LISTENER = Forward("lb", Traffic.parse("tcp/443"), "c", Traffic.parse("tcp/8443"))


def forwarded(solved: Reachability) -> list[Flow]:
    """The forwarded flows from a to c."""
    ends = [solved.by_id["a"]], [solved.by_id["c"]]
    return list(reach(Relations(solved), Relation.FORWARDED, sources=ends[0], destinations=ends[1]))


def test_a_forwarded_flow_carries_what_the_proxy_dials_and_says_through_what() -> None:
    """The port is the target's own; `dialled` is what the client dials; the proxy is named."""
    port = Traffic.parse("tcp/8443")
    assert [Flow("a", "c", Bounds(port, port), (), ("lb",), Traffic.parse("tcp/443"))] == forwarded(proxied(LISTENER))


def test_without_a_forward_there_is_no_forwarded_flow() -> None:
    """That a proxy could reach the server is not that it hands anything on: that would be pivot."""
    solved = proxied()
    assert [] == forwarded(solved)
    assert bounds(solved, Relation.PIVOT, "a", "c").certain


@pytest.mark.parametrize(
    "forward",
    [
        replace(LISTENER, accepts=Traffic.parse("tcp/8080")),
        replace(LISTENER, dials=Traffic.parse("tcp/9999")),
        replace(LISTENER, target="a"),
    ],
    ids=["the client cannot dial the listener", "the proxy cannot dial the target", "another target"],
)
def test_both_connections_must_exist(forward: Forward) -> None:
    """Client to listener and proxy to target are connections like any other."""
    assert [] == forwarded(proxied(forward))


def test_an_uncertain_leg_or_forward_makes_the_flow_uncertain_and_is_named() -> None:
    """An unknown in the client's connection, and one in the forwarding, both are what it hangs on."""
    why = b.unknown("var.target")
    found = forwarded(proxied(replace(LISTENER, because=(why,)), because="var.clients"))
    assert [(NO_TRAFFIC, Traffic.parse("tcp/8443"))] == [(flow.certain, flow.possible) for flow in found]
    assert [("var.clients", "var.target")] == [tuple(u.reason for u in flow.depends_on) for flow in found]


def test_proxies_behind_proxies_compose_and_circles_end() -> None:
    """Two proxies in a row are listed in the order in which they are passed; a proxy is not passed twice."""
    machines = [host(name, f"10.0.0.{index}") for index, name in enumerate(["a", "edge", "inner", "c"], start=1)]
    rules = {
        "edge": [b.allow("a inner", "tcp/443")],
        "inner": [b.allow("edge", "tcp/80")],
        "c": [b.allow("inner", "tcp/8080")],
    }
    forwards = (
        Forward("edge", Traffic.parse("tcp/443"), "inner", Traffic.parse("tcp/80")),
        Forward("inner", Traffic.parse("tcp/80"), "c", Traffic.parse("tcp/8080")),
        Forward("inner", Traffic.parse("tcp/80"), "edge", Traffic.parse("tcp/443")),
    )
    port = Traffic.parse("tcp/8080")
    expected = [Flow("a", "c", Bounds(port, port), (), ("edge", "inner"), Traffic.parse("tcp/443"))]
    assert expected == forwarded(Reachability(wired(machines, rules, forwards=forwards)))


@settings(max_examples=40)
@given(networks(), st.lists(st.tuples(st.permutations("ab"), traffics, traffics), max_size=2))
def test_forwarded_holds_direct_and_stays_within_pivot(
    network: Network, drawn: list[tuple[list[str], Traffic, Traffic]]
) -> None:
    """direct ⊆ forwarded ⊆ pivot over all traffic, in both bounds."""
    forwards = tuple(Forward(ends[0], accepts, ends[1], dials) for ends, accepts, dials in drawn)
    solved = Reachability(replace(network, forwards=forwards))
    relations = Relations(solved, ANY)
    for source in solved.endpoints:
        for destination in solved.endpoints:
            direct, through, chain = (relations.bounds(each, source, destination) for each in Relation)
            assert direct.possible <= through.possible <= chain.possible
            assert direct.certain <= through.certain <= chain.certain
            assert through.certain <= through.possible


@settings(max_examples=40)
@given(networks())
def test_what_is_not_certain_says_what_it_hangs_on(network: Network) -> None:
    """Every flow with an open part names at least one unknown, under every relation; a closed one names none."""
    solved = Reachability(network)
    for relation in Relation:
        for flow in reach(Relations(solved), relation, traffic=ANY):
            assert bool(flow.bounds.open) == bool(flow.depends_on)
