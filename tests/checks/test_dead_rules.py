"""`no-dead-rule`: against its meaning spelt out over whole networks, and by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.checks.invariants import RuleResult, Verdict
from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Diagnostic, Effect, Endpoint, Network, Rule, Severity, Stage, Truth, Unknown
from netaudit.queries.omission import written_rules
from netaudit.queries.what_if import RemoveRule, apply
from tests.checks.building import result
from tests.engine import building as b
from tests.laws.networks import networks
from tests.laws.test_omission import numbered
from tests.queries.building import host, wired

V = Verdict
A, B, C = (host(name, f"10.0.0.{number}") for number, name in enumerate("abc", start=1))


def written(rule: Rule) -> Rule:
    """The rule as one that its author could take out."""
    return replace(rule, written=True)


def into_c(*rules: Rule, machines: Iterable[Endpoint] = (A, B, C)) -> Network:
    """Three machines on a wire, and the rules that let anybody into c; nobody comes in anywhere else."""
    return wired(machines, {"c": map(written, rules)})


def judged(network: Network, **more: object) -> RuleResult:
    """The verdict on the rules of a network."""
    return result(network, {"kind": "no-dead-rule", **more})


def lines(found: RuleResult) -> list[int]:
    """The lines that the witnesses name."""
    return [check.origin.line for w in found.witnesses for *_, leg in w.legs for check in leg if check.origin]


FIRST, SECOND = b.allow("a", "tcp/443", line=1), b.allow("b", "tcp/443", line=2)


def test_each_rule_with_a_flow_of_its_own_serves_something() -> None:
    """Two rules about two machines."""
    found = judged(into_c(FIRST, SECOND))
    assert (V.PROVED, 2, 0) == (found.verdict, found.examined, found.failing)


def test_a_rule_behind_a_wider_one_is_dead() -> None:
    """The witness names its line, and the rule that matches as much."""
    found = judged(into_c(FIRST, b.allow("a b", "tcp", line=3)))
    assert (V.VIOLATED, [1]) == (found.verdict, lines(found))
    assert "matches as much" in found.witnesses[0].legs[0][2][0].reason


def test_of_two_equal_rules_both_are_dead() -> None:
    """Either may go, and both may not: each is judged on its own."""
    assert [1, 2] == lines(judged(into_c(FIRST, replace(FIRST, origin=SECOND.origin))))


def test_a_rule_that_others_cover_together_is_dead() -> None:
    """None of them matches as much, all of them do."""
    first, second = b.allow("a", "tcp/443-444", line=1), b.allow("b", "tcp/443-445", line=2)
    assert [3] == lines(judged(into_c(first, second, b.allow("a b", "tcp/443", line=3))))


def test_a_rule_for_nobody_is_dead() -> None:
    """No machine and no block outside is among its peers."""
    found = judged(into_c(FIRST, b.allow("gone", "tcp/443", line=4)))
    assert [4] == lines(found)
    assert "matches nobody" in found.witnesses[0].legs[0][2][0].reason


def test_a_rule_that_another_filter_makes_useless_is_dead() -> None:
    """What it lets in never leaves the other machine."""
    way_out = b.group("sg-out", written(b.allow("*", "tcp/80", line=9)), stage=Stage.EGRESS)
    hops = [
        *b.attach(A, "wire", out=way_out, into=b.group("sg-a")),
        *b.attach(C, "wire", into=b.group("sg-c", written(FIRST))),
    ]
    assert {1, 9} == set(lines(judged(b.network(A, C, *hops, owned="10.0.0.0/16"))))


def test_a_rule_behind_one_that_is_unknown_is_not_dead_for_certain() -> None:
    """The unknown is named; where the wide rule certainly stands there, it is dead."""
    found = judged(into_c(FIRST, b.allow("a b", "tcp", line=3, because="var.open")))
    assert (V.UNKNOWN, ["var.open"]) == (found.verdict, [unknown.reason for unknown in found.depends_on])


def test_an_unknown_that_has_no_part_in_it_leaves_a_dead_rule_dead() -> None:
    """Another machine's rule is unknown."""
    doubtful = b.allow("c", "tcp/22", because="var.other")
    network = wired((A, B, C), {"c": map(written, (FIRST, FIRST)), "b": [doubtful]})
    two = into_c(FIRST, replace(FIRST, origin=SECOND.origin))
    assert [1, 2] == lines(judged(replace(two, hops=(*two.hops[:4], *network.hops[2:4], *two.hops[4:]))))


def test_a_rule_about_a_machine_itself_is_not_called_dead() -> None:
    """What its replicas say to each other is not claimed, and this may be what it is for."""
    found = judged(into_c(FIRST, b.allow("c", "tcp/443", line=5)))
    assert (V.UNKNOWN, []) == (found.verdict, lines(found))
    assert ["flows between the parts of c are not claimed"] == [unknown.reason for unknown in found.depends_on]


def test_what_nothing_joins_may_be_what_a_rule_is_for() -> None:
    """A rule for addresses that another source may have."""
    stranger = host("pod", "10.0.0.9", realm="cluster")
    network = into_c(FIRST, b.allow("10.9.0.0/24", "tcp/80", line=6), machines=(A, B, C, stranger))
    network = replace(network, owned=b.addresses("10.0.0.0/8"), not_joined=(("main", "cluster"),))
    assert V.UNKNOWN is judged(network).verdict


def test_what_could_not_be_read_may_give_a_rule_its_purpose() -> None:
    """So it is unknown, unless that is accepted by name."""
    network = into_c(FIRST, replace(FIRST, origin=SECOND.origin))
    unread = Diagnostic("UNREAD", "a file", Severity.WARNING, None, Effect.UNREADABLE)
    network = replace(network, diagnostics=(unread,))
    assert V.UNKNOWN is judged(network).verdict
    assert V.VIOLATED is result(network, {"kind": "no-dead-rule"}, accept=["UNREAD"]).verdict


FLOWS = [{"from": "a", "to": "c", "traffic": "tcp/443"}]


def test_a_rule_that_serves_no_declared_flow_is_unjustified() -> None:
    """The witness says what it lets pass."""
    found = judged(into_c(FIRST, SECOND), flows=FLOWS)
    assert (V.VIOLATED, [2]) == (found.verdict, lines(found))
    assert found.witnesses[0].legs[0][2][0].reason.endswith("serves no declared flow; it lets pass, say, b → c tcp/443")


def test_one_declared_flow_is_enough() -> None:
    """A rule that lets more pass than is declared still serves; `flow-register-exact` is about the rest."""
    assert V.PROVED is judged(into_c(b.allow("a b", "tcp")), flows=FLOWS).verdict


def test_a_rule_that_denies_serves_by_what_it_stops() -> None:
    """It need not be declared."""
    stop = b.deny("b", "tcp/443", line=1)
    let = b.allow("a b", "tcp/443", line=2)
    policy = b.tiers(b.tier(written(stop), written(let)))
    hops = [*b.attach(A, "wire"), *b.attach(B, "wire"), *b.attach(C, "wire", into=policy)]
    network = b.network(A, B, C, *hops, owned="10.0.0.0/16")
    assert V.PROVED is judged(network, flows=FLOWS).verdict


def test_a_dead_rule_that_denies_is_not_shown_as_one_that_allows() -> None:
    """It stops what another one has stopped already."""
    first, again = written(b.deny("b", "tcp", line=1)), written(b.deny("b", "tcp/443", line=2))
    let = written(b.allow("a b", "tcp/443", line=3))
    policy = b.tiers(b.tier(first, again, let))
    hops = [*b.attach(A, "wire"), *b.attach(B, "wire"), *b.attach(C, "wire", into=policy)]
    found = judged(b.network(A, B, C, *hops, owned="10.0.0.0/16"), holders=["*"])
    checks = {
        check.origin.line: check.verdict for w in found.witnesses for *_, leg in w.legs for check in leg if check.origin
    }
    assert Truth.NO is checks[2]


def test_a_doubtful_end_of_a_declared_flow_leaves_it_unknown() -> None:
    """Its tag decides whether the flow is declared."""
    doubtful = host("a", "10.0.0.1", tags={"role": Unknown("var.role")})
    flows = [{"from": "b | tag:role=client", "to": "c", "traffic": "tcp/443"}]
    found = judged(into_c(FIRST, machines=(doubtful, B, C)), flows=flows)
    assert (V.UNKNOWN, ["var.role"]) == (found.verdict, [unknown.reason for unknown in found.depends_on])


def test_holders_are_chosen_by_address() -> None:
    """Of what is left out nothing is said."""
    named = replace(FIRST, origin=replace(FIRST.origin, address="aws_security_group.web"))
    network = into_c(named, replace(named, origin=replace(SECOND.origin, address="aws_security_group.db")))
    assert [1] == lines(judged(network, holders=["*.web"]))
    assert [2] == lines(judged(network, exempt=["*.web"]))


def test_without_rules_it_is_vacuous() -> None:
    """Rules that nobody wrote do not count, nor does a holder that does not exist."""
    assert V.VACUOUS is judged(wired((A, C), {"c": [FIRST]})).verdict
    assert V.VACUOUS is judged(into_c(FIRST), holders=["nobody"]).verdict
    assert V.VACUOUS is judged(into_c(FIRST), flows=[{"from": "gone", "to": "c", "traffic": "tcp"}]).verdict


# ---- the meaning, spelt out ---------------------------------------------------------------------------


@settings(max_examples=40)
@given(networks(known=True, allow_only=True))
def test_dead_is_what_leaves_every_pair_as_it_was(network: Network) -> None:
    """Each rule is taken out in turn, everything solved anew; where all is certain the verdict is exactly that."""
    network = numbered(network)
    cuts = {rule.peers.addresses for rule in network.rules}
    before = _flows(Reachability(network, cuts))
    dead: list[int] = []
    exact = True
    for rule in written_rules(network):
        after = _flows(Reachability(apply(network, [RemoveRule(*part) for part in rule.parts]), cuts))
        exact &= all(certain == possible for certain, possible in (*before.values(), *after.values()))
        dead += [rule.origin.line] if before == after else []
    found = judged(network)
    assert set(lines(found)) <= set(dead)
    if exact and found.verdict is not V.UNKNOWN:
        assert sorted(dead) == sorted(lines(found))


ENDS = {"a": {"a"}, "b": {"b"}, "a | b": {"a", "b"}, "external": {"external"}}
LINES = st.lists(
    st.tuples(*[st.sampled_from(sorted(ENDS))] * 2, st.sampled_from(["tcp/443", "tcp", "udp"])), min_size=1
)


@settings(max_examples=40)
@given(networks(known=True, allow_only=True), LINES)
def test_unjustified_is_what_no_declared_flow_needs(network: Network, declared: list[tuple[str, str, str]]) -> None:
    """Each rule is taken out in turn; it is needed where a declared flow lacks something then."""
    network = numbered(network)
    cuts = {rule.peers.addresses for rule in network.rules}
    before = _flows(Reachability(network, cuts))
    idle: list[int] = []
    exact = all(certain == possible for certain, possible in before.values())
    for rule in written_rules(network):
        after = _flows(Reachability(apply(network, [RemoveRule(*part) for part in rule.parts]), cuts))
        exact &= all(certain == possible for certain, possible in after.values())
        gone = {pair: certain - after[pair][0] for pair, (certain, _) in before.items()}
        needed = any(
            traffic.overlaps(Traffic.parse(text)) and _kind(pair[0]) in ENDS[left] and _kind(pair[1]) in ENDS[right]
            for pair, traffic in gone.items()
            for left, right, text in declared
        )
        idle += [] if needed else [rule.origin.line]
    found = judged(network, flows=[{"from": left, "to": right, "traffic": text} for left, right, text in declared])
    undecided = any(second for breach in found.breaches for _, second in breach.pairs)
    if exact and not undecided and found.verdict is not V.VACUOUS:
        assert sorted(idle) == sorted(lines(found))


def _kind(name: str) -> str:
    return name if name in ENDS else "external"


@settings(max_examples=40)
@given(networks(allow_only=True), LINES, LINES)
def test_more_declared_flows_make_no_rule_dead(
    network: Network, some: list[tuple[str, str, str]], more: list[tuple[str, str, str]]
) -> None:
    """What was declared stays so."""
    network = numbered(network)
    few, many = (
        judged(network, flows=[{"from": left, "to": right, "traffic": text} for left, right, text in declared])
        for declared in (some, [*some, *more])
    )
    if V.VACUOUS not in {few.verdict, many.verdict}:
        assert set(lines(many)) <= set(lines(few))


def _flows(solved: Reachability) -> dict[tuple[str, str], tuple[Traffic, Traffic]]:
    pairs = ((u, v) for u in solved.network.endpoints for v in solved.network.endpoints if u is not v)
    outside = [(u, v) for o in solved.external for e in solved.network.endpoints for u, v in ((o, e), (e, o))]
    found: dict[tuple[str, str], tuple[Traffic, Traffic]] = {}
    for source, goal in (*pairs, *outside):
        bounds = solved.bounds(source, goal)
        found[source.id, goal.id] = (bounds.certain, bounds.possible)
    return found


def test_traffic_that_is_not_claimed_by_default_is_a_purpose_too() -> None:
    """A rule about ICMP serves what it lets pass."""
    assert not Traffic.parse("icmp").overlaps(CLAIMED)
    assert V.PROVED is judged(into_c(b.allow("a", "icmp"))).verdict
