"""The kinds of rules made of several clauses, against docs/rules.md spelt out over pairs and points; their laws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.checks.invariants import RuleResult, Verdict
from netaudit.checks.kinds import ADMINISTRATION
from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, PUBLIC, Traffic
from netaudit.model import Endpoint, Forward, Network, Rule, Unknown
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from tests.checks.building import result
from tests.engine import building as b
from tests.laws.networks import networks
from tests.queries.building import host, wired

V = Verdict
Pair = tuple[str, str]
RELATIONS = st.sampled_from(["direct", "pivot"])
SIDES = {"a": {"a"}, "b": {"b"}, "a | b": {"a", "b"}}


class Definition:
    """What rules mean, over every pair of one network."""

    def __init__(self, network: Network, relation: str, traffic: str = "tcp udp sctp") -> None:
        self.solved = Reachability(network)
        self.relations = Relations(self.solved, Traffic.parse(traffic))
        self.relation = Relation(relation)
        self.inside = {e.id for e in network.endpoints}
        self.internet = {e.id for e in self.solved.external if e.addresses <= PUBLIC}

    def pairs(self, sources: Iterable[str], destinations: Iterable[str]) -> list[Pair]:
        """Every pair that a rule looks at."""
        outside = {e.id for e in self.solved.external}
        ends = list(destinations)
        return [(u, v) for u in sources for v in ends if u != v and not {u, v} <= outside]

    def bounds(self, pair: Pair) -> tuple[Traffic, Traffic]:
        """Certain and possible traffic of one pair."""
        found = self.relations.bounds(self.relation, *(self.solved.by_id[name] for name in pair))
        return found.certain, found.possible

    def forbidden(self, wrong: Mapping[Pair, Traffic]) -> Verdict:
        """The verdict where so much must not flow between these pairs."""
        if not wrong:
            return V.VACUOUS
        reached = [(self.bounds(pair), traffic) for pair, traffic in wrong.items()]
        if any(certain & traffic for (certain, _), traffic in reached):
            return V.VIOLATED
        return V.UNKNOWN if any(possible & traffic for (_, possible), traffic in reached) else V.PROVED


def verdict(network: Network, **rule: object) -> Verdict:
    """What the judge says of one rule."""
    return result(network, {key.rstrip("_"): value for key, value in rule.items()}).verdict


@settings(max_examples=25)
@given(networks(), RELATIONS)
def test_isolated_is_forbid_both_ways_between_every_two(network: Network, relation: str) -> None:
    """Of three groups, all six directions."""
    said = Definition(network, relation)
    everyone = ["a", "b", *(e.id for e in said.solved.external)]
    wrong = dict.fromkeys(said.pairs(everyone, everyone), CLAIMED)
    assert said.forbidden(wrong) == verdict(network, kind="isolated", groups=["a", "b", "external"], relation=relation)


@settings(max_examples=15)
@given(networks(), RELATIONS)
def test_isolated_is_symmetric(network: Network, relation: str) -> None:
    """The order of the groups says nothing."""
    there, back = (
        verdict(network, kind="isolated", groups=order, relation=relation) for order in (["a", "b"], ["b", "a"])
    )
    assert there == back


@settings(max_examples=25)
@given(networks(), RELATIONS, st.sampled_from(sorted(SIDES)), st.sampled_from(["", "tcp/443"]))
def test_internet_ingress_only_is_about_all_others_and_all_else(
    network: Network, relation: str, side: str, traffic: str
) -> None:
    """Nothing to those that are not listed, nothing but the services to those that are."""
    said = Definition(network, relation)
    wrong = dict.fromkeys(said.pairs(said.internet, said.inside - SIDES[side]), CLAIMED)
    if traffic:
        wrong |= {pair: CLAIMED - Traffic.parse(traffic) for pair in said.pairs(said.internet, SIDES[side])}
    more = {"traffic": traffic} if traffic else {}
    assert said.forbidden(wrong) == verdict(network, kind="internet-ingress-only", to=side, relation=relation, **more)


@settings(max_examples=20)
@given(networks(), RELATIONS)
def test_no_admin_is_forbid_on_the_ports_of_administration(network: Network, relation: str) -> None:
    """From the internet to everything, unless it says otherwise."""
    said = Definition(network, relation)
    wrong = {pair: Traffic.parse(ADMINISTRATION) for pair in said.pairs(said.internet, said.inside)}
    assert said.forbidden(wrong) == verdict(network, kind="no-admin", relation=relation)


@settings(max_examples=20)
@given(networks(), RELATIONS, st.sampled_from(["", "b", "external"]))
def test_admin_only_via_is_only_from_twice(network: Network, relation: str, into: str) -> None:
    """To everything but the bastion from the bastion only, to the bastion from its own clients only."""
    said = Definition(network, relation)
    everyone = {e.id for e in said.solved.endpoints}
    ports = Traffic.parse(ADMINISTRATION)
    wrong = dict.fromkeys(said.pairs(everyone - {"a"}, said.inside - {"a"}), ports)
    clients = {"b": {"b"}, "external": everyone - said.inside, "": everyone}[into]
    wrong |= dict.fromkeys(said.pairs(everyone - clients - {"a"}, {"a"}), ports) if into else {}
    more = {"into": into} if into else {}
    assert said.forbidden(wrong) == verdict(network, kind="admin-only-via", via="a", relation=relation, **more)


@settings(max_examples=20)
@given(networks(), RELATIONS, st.sampled_from(["b", "b | c"]))
def test_scope_complete_is_about_both_directions(network: Network, relation: str, declared: str) -> None:
    """Whatever inside reaches the core or is reached by it is the core or declared."""
    said = Definition(network, relation)
    others = said.inside - {"a"} - {part.strip() for part in declared.split("|")}
    wrong = dict.fromkeys((*said.pairs({"a"}, others), *said.pairs(others, {"a"})), CLAIMED)
    found = verdict(network, kind="scope-complete", scope="a", declared=declared, relation=relation)
    assert said.forbidden(wrong) == found


@settings(max_examples=25)
@given(networks(), RELATIONS, st.sampled_from(["tcp/443", "tcp", "udp/53"]), st.sampled_from(["tcp/22", "tcp/443"]))
def test_a_flow_register_is_exact(network: Network, relation: str, first: str, second: str) -> None:
    """Nothing that is not listed flows, and every point of every line flows somewhere."""
    said = Definition(network, relation)
    lines = [("a | b", "a", Traffic.parse(first)), ("*", "b", Traffic.parse(second))]
    sides = SIDES | {"*": said.inside}
    wrong: dict[Pair, Traffic] = {}
    for u, v in said.pairs(said.inside, said.inside):
        listed = Traffic.union(t for f, to, t in lines if u in sides[f] and v in sides[to])
        wrong[u, v] = CLAIMED - listed
    verdicts = [said.forbidden(wrong)]
    for source, destination, traffic in lines:
        bounds = [said.bounds(pair) for pair in said.pairs(sides[source], sides[destination])]
        if traffic - Traffic.union(possible for _, possible in bounds):
            verdicts.append(V.VIOLATED)
        elif traffic - Traffic.union(certain for certain, _ in bounds):
            verdicts.append(V.UNKNOWN)
    expected = next((v for v in (V.VIOLATED, V.UNKNOWN) if v in verdicts), V.PROVED)
    flows = [{"from": f, "to": to, "traffic": str(t)} for f, to, t in lines]
    assert expected == verdict(network, kind="flow-register-exact", flows=flows, relation=relation)


@settings(max_examples=25)
@given(networks())
def test_without_all_third_parties_a_chain_is_the_direct_flow(network: Network) -> None:
    """Whatever avoids all other machines goes straight there."""
    said = Definition(network, "direct")
    outside = said.pairs([e.id for e in said.solved.external], ["a"])
    found = verdict(network, kind="waypoint", from_="external", to="a", via="* & !a")
    assert said.forbidden(dict.fromkeys(outside, CLAIMED)) == found


# ---- by hand ------------------------------------------------------------------------------------------

A, B, C, D = (host(name, f"10.0.0.{number}") for number, name in enumerate("abcd", start=1))


def chain(*more: Rule, a: Endpoint = A) -> Network:
    """a → b → c on tcp/22 and tcp/443, and what more may come into c; d stands alone."""
    return wired([a, B, C, D], {"b": [b.allow("a", "tcp/22")], "c": [b.allow("b", "tcp/443"), *more]})


def judged(network: Network, zones: Mapping[str, str] | None = None, **rule: object) -> RuleResult:
    """The result on one rule, with zones."""
    return result(network, {key.rstrip("_"): value for key, value in rule.items()}, **(zones or {}))


def test_every_way_passes_the_waypoint_or_one_is_shown() -> None:
    """A second way beside it is the witness; a way that hangs on an unknown makes the rule unknown."""
    rule: dict[str, Any] = {"kind": "waypoint", "from_": "a", "to": "c", "via": "b"}
    assert V.PROVED is judged(chain(), **rule).verdict
    beside = judged(chain(b.allow("a", "tcp/80")), **rule)
    assert (V.VIOLATED, ("a", "c", "tcp/80")) == (
        beside.verdict,
        *((w.source, w.destination, str(w.traffic)) for w in beside.witnesses),
    )
    assert V.UNKNOWN is judged(chain(b.allow("a", "tcp/80", because="var.open")), **rule).verdict


def test_what_is_only_perhaps_a_waypoint_is_not_relied_on() -> None:
    """It stays in the network, so the chain through it is a way without the waypoint."""
    doubtful = host("b", "10.0.0.2", tags={"role": Unknown("var.role")})
    network = wired([A, doubtful, C], {"b": [b.allow("a", "tcp/22")], "c": [b.allow("b", "tcp/443")]})
    assert V.PROVED is not judged(network, kind="waypoint", from_="a", to="c", via="tag:role=proxy").verdict


def test_a_proxy_is_a_waypoint_of_forwarded_flows() -> None:
    """Without the proxy nothing is forwarded."""
    network = replace(
        wired([A, B, C], {"b": [b.allow("a", "tcp/443")], "c": [b.allow("b", "tcp/80")]}),
        forwards=(Forward("b", Traffic.parse("tcp/443"), "c", Traffic.parse("tcp/80")),),
    )
    rule: dict[str, Any] = {"from_": "a", "to": "c", "relation": "forwarded"}
    assert V.VIOLATED is judged(network, kind="forbid", **rule).verdict
    assert V.PROVED is judged(network, kind="waypoint", via="b", **rule).verdict


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ({"x": "a | b", "z": "c | d"}, []),
        ({"x": "a | b", "z": "c"}, [("d", "it is in no zone")]),
        ({"x": "a | b", "z": "b | c | d"}, [("b", "it is in 2 zones: x, z")]),
    ],
)
def test_classification_is_total_and_without_overlap(zones: dict[str, str], expected: list[tuple[str, str]]) -> None:
    """Each endpoint in exactly one zone; a witness says in which it is."""
    found = judged(chain(), zones, kind="total-classification", zones_=sorted(zones))
    assert (V.VIOLATED if expected else V.PROVED) is found.verdict
    assert expected == [(w.source, w.legs[0][2][0].reason) for w in found.witnesses]
    assert 4 == found.examined


def test_a_doubtful_member_makes_classification_unknown() -> None:
    """An unknown tag may put it into a zone, or into two; the unknown is named."""
    doubtful = host("a", "10.0.0.1", tags={"tier": Unknown("var.tier")})
    zones = {"x": "tag:tier=data", "z": "b | c | d"}
    found = judged(chain(a=doubtful), zones, kind="total-classification", zones_=["x", "z"])
    assert (V.UNKNOWN, ["var.tier"], 1) == (found.verdict, [u.reason for u in found.depends_on], found.failing)


def test_an_undecided_member_is_a_finding_of_its_own() -> None:
    """So that a baseline that lists another one, or a misplaced one, does not let it pass."""
    doubtful = host("a", "10.0.0.1", tags={"tier": Unknown("var.tier")})
    zones = {"x": "tag:tier=data", "z": "b | c"}
    found = judged(chain(a=doubtful), zones, kind="total-classification", zones_=["x", "z"])
    assert [("d", ""), ("a", "?")] == [pair for breach in found.breaches for pair in breach.pairs]


def test_a_line_of_the_register_that_nothing_uses_is_a_witness() -> None:
    """It shows what stops the flow."""
    flows = [
        {"from": "a", "to": "b", "traffic": "tcp/22"},
        {"from": "b", "to": "c", "traffic": "tcp/443"},
        {"from": "d", "to": "c", "traffic": "tcp/80"},
    ]
    exact = judged(chain(), kind="flow-register-exact", from_="a | b", to="b | c", flows=flows[:2])
    assert V.PROVED is exact.verdict
    unused = judged(chain(), kind="flow-register-exact", from_="a | b", to="b | c", flows=flows)
    assert [("d", "c", "tcp/80")] == [(w.source, w.destination, str(w.traffic)) for w in unused.witnesses]
    missing = judged(chain(), kind="flow-register-exact", from_="a | b", to="b | c", flows=flows[:1])
    assert [("b", "c", "tcp/443")] == [(w.source, w.destination, str(w.traffic)) for w in missing.witnesses]


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "isolated", "groups": ["a", "nobody"]},
        {"kind": "no-admin", "to": "nobody"},
        {"kind": "admin-only-via", "via": "nobody"},
        {"kind": "admin-only-via", "via": "a", "to": "nobody"},
        {"kind": "waypoint", "from": "a", "to": "b", "via": "nobody"},
        {"kind": "waypoint", "from": "nobody", "to": "b", "via": "c"},
        {"kind": "scope-complete", "scope": "nobody", "declared": "a"},
        {"kind": "flow-register-exact", "flows": [{"from": "a", "to": "nobody", "traffic": "tcp"}]},
        {"kind": "total-classification", "zones": ["x"], "over": "nobody"},
    ],
    ids=lambda rule: rule["kind"],
)
def test_a_selector_that_picks_nothing_is_vacuous(rule: dict[str, object]) -> None:
    """A typo is never a silent pass."""
    assert V.VACUOUS is result(chain(), rule, x="a").verdict


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "require", "from": "maybe", "to": "c", "traffic": "tcp/9"},
        {"kind": "require", "from": "a", "to": "maybe", "traffic": "tcp/9"},
        {"kind": "total-classification", "zones": ["x"]},
    ],
    ids=["from", "to", "zones"],
)
def test_what_may_not_exist_breaks_no_rule_for_certain(rule: dict[str, object]) -> None:
    """An instance of an unknown number: where there is none, the rule is kept."""
    network = wired([A, C, host("maybe", "10.0.0.8", because="var.count")], {})
    found = result(network, rule, x="a | c")
    assert (V.UNKNOWN, ["var.count"]) == (found.verdict, [each.reason for each in found.depends_on])
    certain = wired([A, C, host("maybe", "10.0.0.8")], {})
    assert V.VIOLATED is result(certain, rule, x="a | c").verdict


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "only-services", "from": "a", "to": "b", "traffic": "any"},
        {"kind": "only-services", "from": "a", "to": "b", "traffic": "tcp udp sctp"},
        {"kind": "namespace-default-deny", "allowed": "tcp udp sctp"},
    ],
    ids=["any", "all", "pods"],
)
def test_a_rule_that_allows_everything_is_vacuous(rule: dict[str, object]) -> None:
    """Nothing could break it."""
    found = result(chain(), rule)
    assert (V.VACUOUS, "it allows everything: nothing could break it") == (found.verdict, found.note)


@pytest.mark.parametrize(
    ("rule", "note"),
    [
        ({"kind": "forbid", "from": "c | host-aa", "to": "a"}, "host-aa matched nothing"),
        ({"kind": "forbid", "from": "zone/x", "to": "a"}, "gone matched nothing"),
        ({"kind": "forbid", "from": "c | 10.0.0.1", "to": "a"}, "10.0.0.1 matched nothing; did you mean 'a'"),
        ({"kind": "only-from", "from": "!ns/untrusted & !a", "to": "d"}, "ns/untrusted matched nothing"),
        ({"kind": "scope-complete", "scope": "d | host-aa", "declared": "b"}, "host-aa matched nothing"),
        (
            {
                "kind": "flow-register-exact",
                "from": "a",
                "to": "b",
                "flows": [{"from": "a & !host-aa", "to": "b", "traffic": "tcp/22"}],
            },
            "host-aa matched nothing",
        ),
    ],
    ids=lambda rule: rule["kind"] if isinstance(rule, dict) else "",
)
def test_a_name_that_picks_nothing_beside_others_is_vacuous(rule: dict[str, object], note: str) -> None:
    """Less would be proved than was written: a typo in one part of a selector is no silent pass either."""
    found = result(chain(), rule, x="c | gone")
    assert V.VACUOUS is found.verdict
    assert note in found.note


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "forbid", "from": "c | label:tier=gone | kind/gone | gone*", "to": "a"},
        {"kind": "forbid", "from": "c & !gone", "to": "a"},
        {"kind": "only-from", "from": "c | gone", "to": "d"},
        {"kind": "scope-complete", "scope": "d", "declared": "b | gone"},
    ],
    ids=["questions", "but not", "allowed", "declared"],
)
def test_what_picks_nothing_and_widens_what_is_forbidden_is_no_harm(rule: dict[str, object]) -> None:
    """Questions may have no answer; what is excepted or allowed and is not there forbids more."""
    assert V.PROVED is result(chain(), rule).verdict


def test_an_empty_allow_list_is_not_vacuous() -> None:
    """It says that nothing may: proved where nothing does."""
    network = wired([A, B], {"b": [b.allow("203.0.113.0/24", "tcp/443")]}, outside=True)
    assert V.VIOLATED is judged(network, kind="internet-ingress-only", to="nobody").verdict
    assert V.PROVED is judged(network, kind="internet-ingress-only", to="b", traffic="tcp/443").verdict
    assert V.PROVED is judged(chain(), kind="scope-complete", scope="d", declared="nobody").verdict


@settings(max_examples=15)
@given(networks(), RELATIONS, st.sampled_from(["isolated", "scope-complete", "waypoint"]))
def test_more_flows_never_mend_a_safety_rule(network: Network, relation: str, kind: str) -> None:
    """Monotone: without any hop everything is proved, with some it is at most as good."""
    rules: dict[str, dict[str, object]] = {
        "isolated": {"groups": ["a", "b"]},
        "scope-complete": {"scope": "a", "declared": "nobody"},
        "waypoint": {"from": "external", "to": "a", "via": "b"},
    }
    rule = rules[kind] | {"kind": kind, "relation": relation}
    fewer = replace(network, hops=network.hops[: len(network.hops) // 2])
    order = [V.PROVED, V.UNKNOWN, V.VIOLATED]
    assert order.index(result(fewer, rule).verdict) <= order.index(result(network, rule).verdict)
    assert V.PROVED is result(replace(network, hops=()), rule).verdict
