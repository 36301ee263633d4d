"""`survives`: against its meaning spelt out over whole networks, and by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.checks.invariants import RuleResult, Verdict
from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError
from netaudit.flows import Traffic
from netaudit.model import Diagnostic, Effect, Loss, Network, Origin, Unknown
from tests.checks.building import result
from tests.engine import building as b
from tests.laws.networks import PLACES, networks
from tests.queries.building import host

V = Verdict
WEB1, WEB2, DB = host("web-1", "10.0.1.1"), host("web-2", "10.0.2.1"), host("db", "10.0.3.1")


def lost(kind: str, key: str, *nodes: str, perhaps: Iterable[str] = (), because: str = "") -> Loss:
    """A loss by hand."""
    reasons = (Unknown(because),) if because else ()
    return Loss(kind, key, frozenset(nodes), frozenset(perhaps), reasons, origin=Origin("net.tf", 3))


ZONES = (lost("zone", "a", "place-a", "eni:web-1"), lost("zone", "b", "place-b", "eni:web-2"))


def two_zones(*losses: Loss) -> Network:
    """Two clients in zones of their own, each with its own way to a server in none."""
    into = b.group("sg-db", b.allow("*", "tcp/5432"))
    hops = [
        b.hop("eni:web-1", "place-a"),
        b.hop("place-a", "eni:web-1"),
        b.hop("eni:web-2", "place-b"),
        b.hop("place-b", "eni:web-2"),
        *(
            hop
            for place in ("place-a", "place-b")
            for hop in (b.hop(place, "eni:db", b.by(into)), b.hop("eni:db", place))
        ),
    ]
    return replace(b.network(WEB1, WEB2, DB, *hops, owned="10.0.0.0/16"), losses=losses or ZONES)


def judged(network: Network, **more: object) -> RuleResult:
    """The verdict on the clients' way to the server."""
    rule = {"kind": "survives", "from": "web-*", "to": "db", "traffic": "tcp/5432", "losing": ["zone"]}
    return result(network, rule | more)


def test_what_is_there_twice_survives_the_loss_of_either() -> None:
    """Two cases, and some client is left in each."""
    found = judged(two_zones())
    assert (V.PROVED, 2, 0) == (found.verdict, found.examined, found.failing)


def test_both_at_once_are_named() -> None:
    """With both zones gone nothing is left: the witness names the two, and the traffic."""
    found = judged(two_zones(), count=2)
    assert (V.VIOLATED, ["without zone a, zone b"]) == (found.verdict, [w.source for w in found.witnesses])
    assert ["a", "b"] == [check.place for check in found.witnesses[0].legs[0][2]]


def test_a_single_client_does_not_survive_its_zone() -> None:
    """Of two zones only its own is named."""
    found = judged(two_zones(), **{"from": "web-1"})
    assert (V.VIOLATED, ["without zone a"]) == (found.verdict, [w.source for w in found.witnesses])


def test_what_may_be_lost_with_it_may_not_be_relied_on() -> None:
    """The other way may be gone as well: neither proved nor broken, and the unknown is named."""
    shaky = lost("zone", "a", "place-a", "eni:web-1", perhaps=["place-b", "eni:web-2"], because="the zone of b")
    found = judged(two_zones(shaky))
    assert (V.UNKNOWN, ["the zone of b"]) == (found.verdict, [unknown.reason for unknown in found.depends_on])
    assert [(("without zone a", "?"),)] == [breach.pairs for breach in found.breaches]


def test_a_gateway_is_lost_without_any_endpoint() -> None:
    """The edges of a graph are enough, and only things of the kinds that are named are lost."""
    edge = replace(lost("gateway", "g"), edges=frozenset({("place-a", "eni:db")}))
    network = two_zones(edge, *ZONES)
    assert V.PROVED is judged(network, losing=["gateway"]).verdict
    assert V.VIOLATED is judged(network, losing=["gateway"], **{"from": "web-1"}).verdict
    assert 3 == judged(network, losing=["gateway", "zone"]).examined
    assert 1 == judged(network, losing=["gateway", "zone"], among=["g"]).examined


def test_parts_of_several_sources_by_one_name_are_lost_together() -> None:
    """A zone is one zone, whoever has subnets in it."""
    one, other = (replace(each, key="same") for each in ZONES)
    assert V.VIOLATED is judged(two_zones(one, other)).verdict


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"losing": ["peering"]}, "there is no peering to lose"),
        ({"count": 3}, "nothing to lose: 2 zone of 3"),
        ({"traffic": "tcp/22"}, "it does not flow before any loss either"),
        ({"to": "nobody"}, "nobody matched nothing"),
    ],
)
def test_where_there_is_nothing_to_survive_it_is_vacuous(more: dict[str, object], note: str) -> None:
    """No loss, fewer things than are to be lost, no traffic, no endpoints."""
    found = judged(two_zones(), **more)
    assert (V.VACUOUS, note) == (found.verdict, found.note)


def test_too_many_choices_are_refused() -> None:
    """Each is a network of its own; the error says how many there are and what helps."""
    network = two_zones(*(lost("zone", f"z{number}") for number in range(40)))
    with pytest.raises(QueryError, match=r"9880 ways to lose 3 of 40 .* narrow them by 'among'"):
        judged(network, count=3)


def test_what_could_not_be_read_may_stop_it_or_carry_it() -> None:
    """So a violation is unknown, and so is a proof."""
    unread = Diagnostic("UNREAD", "a file", effect=Effect.UNREADABLE)
    network = replace(two_zones(), diagnostics=(unread,))
    assert [V.UNKNOWN] * 2 == [judged(network, count=count).verdict for count in (1, 2)]


LOSSES = tuple(
    lost("zone", place, place, perhaps=[other]) for place, other in zip(PLACES, (*PLACES[1:], "p9"), strict=True)
)

ANY_WAY: dict[str, object] = {
    "kind": "survives",
    "from": "a | external",
    "to": "b",
    "traffic": "tcp/443",
    "losing": ["zone"],
}


@settings(max_examples=40)
@given(networks(), st.integers(1, 2), st.booleans())
def test_survival_is_judged_on_every_choice(network: Network, count: int, shaky: bool) -> None:
    """Places are cut out one choice after another, what may be lost or not, and each network is solved anew."""
    losses = LOSSES if shaky else tuple(replace(each, perhaps=frozenset()) for each in LOSSES)
    wanted = Traffic.parse("tcp/443")
    bounds = [_passing(network, (), True, wanted), _passing(network, (), False, wanted)]
    expected = V.VACUOUS
    if not wanted - bounds[0][1]:
        certain = [_passing(network, chosen, True, wanted)[0] for chosen in combinations(losses, count)]
        possible = [_passing(network, chosen, False, wanted)[1] for chosen in combinations(losses, count)]
        broken = any(wanted - each for each in possible)
        doubtful = any(wanted - each for each in certain)
        expected = V.VIOLATED if broken else V.UNKNOWN if doubtful else V.PROVED
    assert expected == result(replace(network, losses=losses), ANY_WAY | {"count": count}).verdict


@settings(max_examples=40)
@given(networks(), st.booleans())
def test_what_survives_two_losses_survives_one(network: Network, shaky: bool) -> None:
    """And what does not survive one does not survive that one and another."""
    losses = LOSSES if shaky else tuple(replace(each, perhaps=frozenset()) for each in LOSSES)
    one, two = (result(replace(network, losses=losses), ANY_WAY | {"count": count}).verdict for count in (1, 2))
    assert two is not V.PROVED or one is V.PROVED
    assert one is not V.VIOLATED or two is V.VIOLATED


@settings(max_examples=40)
@given(networks(), st.data())
def test_taking_a_hop_away_mends_nothing(network: Network, data: st.DataObject) -> None:
    """What survives without it survives with it."""
    gone = data.draw(st.sampled_from(network.hops)) if network.hops else None
    less = replace(network, hops=tuple(hop for hop in network.hops if hop is not gone))
    before, after = (result(replace(each, losses=LOSSES), ANY_WAY).verdict for each in (network, less))
    assert after is not V.PROVED or before is V.PROVED


def _passing(network: Network, chosen: Iterable[Loss], worst: bool, wanted: Traffic) -> tuple[Traffic, Traffic]:
    gone = {node for each in chosen for node in (*each.nodes, *(each.perhaps if worst else ()))}
    hops = tuple(hop for hop in network.hops if not gone & {hop.tail, hop.head})
    cuts = {rule.peers.addresses for rule in network.rules}
    solved = Reachability(replace(network, hops=hops), cuts)
    sources = [solved.by_id["a"], *solved.external]
    found = [solved.bounds(source, solved.by_id["b"]) & wanted for source in sources]
    return Traffic.union(each.certain for each in found), Traffic.union(each.possible for each in found)
