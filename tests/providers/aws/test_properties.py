"""What holds for every estate: monotone groups, exact where nothing is unknown, order without meaning."""

from itertools import permutations
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED
from netaudit.model import Network, Resource

from .building import (
    BASE,
    UNKNOWN,
    allow,
    gateway,
    group,
    instance,
    network,
    ref,
    resource,
    subnet,
    table,
    to_internet,
    vpc,
)

PEERS: list[dict[str, Any]] = [
    {"cidr_blocks": ["0.0.0.0/0"]},
    {"cidr_blocks": ["10.0.1.0/24"]},
    {"cidr_blocks": ["203.0.113.0/24"]},
    {"cidr_blocks": ["10.0.0.0/15", "192.0.2.1/32"]},
    {"security_groups": [ref("aws_security_group.one")]},
    {"security_groups": [ref("aws_security_group.two")]},
    {"self": True},
]
UNKNOWNS: list[dict[str, Any]] = [{"cidr_blocks": [UNKNOWN]}, {"security_groups": [UNKNOWN]}]


def rules(peers: list[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """One rule about some of these peers."""
    matches = st.sampled_from([("-1", 0), ("tcp", 22), ("tcp", 443), ("udp", 53)])
    return st.builds(lambda match, peer: allow(*match, **peer), matches, st.sampled_from(peers))


def lists(peers: list[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few rules."""
    return st.lists(rules(peers), max_size=3)


def estate(one: list[dict[str, Any]], two: list[dict[str, Any]], out: list[dict[str, Any]]) -> list[Resource]:
    """Three instances with two groups, one of them public."""
    return [
        *BASE[:3],
        group("one", one, out),
        group("two", two),
        gateway(),
        *table("t", to_internet(), subnets=["a"]),
        instance("a", "a", "one", associate_public_ip_address=True),
        instance("b", "b", "two"),
        instance("c", "b", "one", "two"),
    ]


Flows = dict[tuple[str, str], tuple[Any, Any]]


def flows(found: Network) -> Flows:
    """Both bounds of every pair of endpoints of the model."""
    return {
        (a.id, b.id): ((bounds & CLAIMED).certain, (bounds & CLAIMED).possible)
        for a, b, bounds in Reachability(found).pairs()
        if not (a.external or b.external)
    }


few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(lists(PEERS), lists(PEERS), lists(PEERS), rules(PEERS))
def test_aws_an_added_rule_never_removes_reachability(one: Any, two: Any, out: Any, added: Any) -> None:
    """Adding an allow rule to a group can only add reachability."""
    before, after = flows(network(*estate(one, two, out))), flows(network(*estate([*one, added], two, out)))
    assert all(certain <= after[key][0] and possible <= after[key][1] for key, (certain, possible) in before.items())


@few
@given(lists(PEERS), lists(PEERS), lists(PEERS))
def test_exact_where_nothing_is_unknown(one: Any, two: Any, out: Any) -> None:
    """Where no unknown is involved, what is possible is certain."""
    assert all(certain == possible for certain, possible in flows(network(*estate(one, two, out))).values())


@few
@given(lists(PEERS), lists(PEERS + UNKNOWNS), lists(PEERS))
def test_certain_is_within_possible(one: Any, two: Any, out: Any) -> None:
    """What is certain is possible."""
    assert all(certain <= possible for certain, possible in flows(network(*estate(one, two, out))).values())


@few
@given(lists(PEERS), st.integers(0, 5))
def test_order_of_resources_has_no_meaning(one: Any, turn: int) -> None:
    """A reordered configuration gives the same answers."""
    usual = estate(one, one, [allow(cidr_blocks=["0.0.0.0/0"])])
    head = list(permutations(usual[:3]))[turn]
    assert flows(network(*usual)) == flows(network(*reversed(usual[3:]), *head))


@few
@given(lists(PEERS), lists(PEERS))
def test_resolving_an_unknown_stays_within_the_bounds(one: Any, two: Any) -> None:
    """Whatever block an unknown turns out to be: certain before ⊆ certain after, possible after ⊆ possible before."""
    out = [allow(cidr_blocks=["0.0.0.0/0"])]
    before = flows(network(*estate([*one, allow("tcp", 443, cidr_blocks=[UNKNOWN])], two, out)))
    for block in ("10.0.2.0/24", "0.0.0.0/0", "198.51.100.0/24"):
        after = flows(network(*estate([*one, allow("tcp", 443, cidr_blocks=[block])], two, out)))
        pairs = before.keys() & after.keys()
        assert all(before[key][0] <= after[key][0] and after[key][1] <= before[key][1] for key in pairs)
        assert all(not possible for key, (_, possible) in after.items() if key not in before)


PAIRS = [("one", "two"), ("two", "three"), ("one", "three")]
NUMBERS = {"one": 1, "two": 2, "three": 3}


def peered(pairs: list[tuple[str, str]], routes: list[tuple[str, str]], prefix: str = "") -> list[Resource]:
    """Three VPCs with an open instance each; some pairs are peered, some have a route (over their peering)."""
    found: list[Resource] = []
    for name, number in NUMBERS.items():
        ways = [
            {"cidr_block": f"10.{NUMBERS[to]}.0.0/16", "vpc_peering_connection_id": ref(_peering(name, to, prefix))}
            for home, to in routes
            if home == name and ((name, to) in pairs or (to, name) in pairs)
        ]
        own = f"{prefix}{name}"
        found += [
            vpc(own, f"10.{number}.0.0/16"),
            subnet(own, f"10.{number}.1.0/24", home=own),
            *table(own, *ways, subnets=[own], home=own),
            group(own, [allow(cidr_blocks=["0.0.0.0/0"])], home=own),
            instance(own, own, own),
        ]
    for one, other in pairs:
        ends = {"vpc_id": ref(f"aws_vpc.{prefix}{one}"), "peer_vpc_id": ref(f"aws_vpc.{prefix}{other}")}
        found.append(resource(_peering(one, other, prefix), exists=True, auto_accept=True, **ends))
    return found


def _peering(one: str, other: str, prefix: str) -> str:
    return f"aws_vpc_peering_connection.{prefix}{'_'.join(sorted((one, other)))}"


peerings = st.lists(st.sampled_from(PAIRS), unique=True)
ways_over = st.lists(st.sampled_from([*PAIRS, *((b, a) for a, b in PAIRS)]), unique=True)


@few
@given(peerings, ways_over)
def test_aws_30_removing_a_peering_or_its_route_never_adds(pairs: Any, routes: Any) -> None:
    """Without one of its peerings, or one of the routes over them, an estate reaches no more than with it."""
    before = flows(network(*peered(pairs, routes)))
    fewer = [peered(pairs[1:], routes), peered(pairs, routes[1:])]
    for after in (flows(network(*each)) for each in fewer):
        assert all(possible <= before[key][1] for key, (_, possible) in after.items() if possible)


@few
@given(peerings, ways_over)
def test_aws_30_peering_is_never_transitive(pairs: Any, routes: Any) -> None:
    """Only the two VPCs of a peering reach each other, whatever routes there are."""
    found = flows(network(*peered(pairs, routes)))
    apart = [key for key, (_, possible) in found.items() if possible and key[0] != key[1]]
    joined = {frozenset(pair) for pair in pairs}
    assert all(frozenset(each.removeprefix("aws_instance.") for each in key) in joined for key in apart)


@few
@given(peerings, ways_over)
def test_names_have_no_meaning(pairs: Any, routes: Any) -> None:
    """A renamed configuration gives the same answers under its new names."""
    renamed = flows(network(*peered(pairs, routes, "zz_")))
    assert flows(network(*peered(pairs, routes))) == {
        (a.replace("zz_", ""), b.replace("zz_", "")): bounds for (a, b), bounds in renamed.items()
    }
