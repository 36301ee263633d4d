"""What the four kinds of rules mean, against the definitions of docs/rules.md spelt out over pairs and points."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.checks.invariants import Report, RuleResult, Verdict
from netaudit.engine.reference import Judge
from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError
from netaudit.flows import CLAIMED, PUBLIC, Traffic
from netaudit.model import (
    MORE,
    Diagnostic,
    Effect,
    Endpoint,
    Forward,
    Group,
    Network,
    Origin,
    Severity,
    Truth,
    Unknown,
)
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from tests.checks.building import judged, result, rule
from tests.engine import building as b
from tests.laws.networks import networks
from tests.queries.building import host, wired

V = Verdict

# ---- against the definitions --------------------------------------------------------------------------

Members = list[Endpoint]


def definition(
    kind: str, solved: Reachability, relation: str, sides: tuple[Members, Members], traffic: Traffic
) -> Verdict:
    """The table of docs/rules.md, read aloud: pairs first, then all of a pair's traffic."""
    relations = Relations(solved, traffic)
    sources, destinations = sides
    if kind == "only-from":
        sources = [each for each in solved.endpoints if each not in sources]
    pairs = [(u, v) for u in sources for v in destinations if u is not v and not (u.external and v.external)]
    if not pairs:
        return V.VACUOUS
    reached = [relations.bounds(Relation(relation), u, v) for u, v in pairs]
    if kind == "require":
        if any(traffic - bounds.possible for bounds in reached):
            return V.VIOLATED
        return V.UNKNOWN if any(traffic - bounds.certain for bounds in reached) else V.PROVED
    forbidden = CLAIMED - traffic if kind == "only-services" else traffic
    if any(bounds.certain & forbidden for bounds in reached):
        return V.VIOLATED
    return V.UNKNOWN if any(bounds.possible & forbidden for bounds in reached) else V.PROVED


@settings(max_examples=40)
@given(
    networks(),
    st.sampled_from(["a", "b", "a | b", "external", "internet", "*"]),
    st.sampled_from(["a", "b", "b | a", "external"]),
    st.sampled_from(["tcp", "tcp/443", "tcp/1024-65535 udp/53"]),
    st.sampled_from(["direct", "pivot"]),
)
def test_each_kind_says_what_its_definition_says(
    network: Network, source: str, destination: str, traffic: str, relation: str
) -> None:
    """Of any network, any two sides, any traffic."""
    solved = Reachability(network)

    def members(side: str) -> Members:
        if side == "*":
            return list(network.endpoints)
        outside = {"external": solved.external, "internet": [e for e in solved.external if e.addresses <= PUBLIC]}
        return list(outside.get(side, [e for e in network.endpoints if e.id in side.split(" | ")]))

    for kind in ("forbid", "only-from", "only-services", "require"):
        sides = members(source), members(destination)
        expected = definition(kind, solved, relation, sides, Traffic.parse(traffic))
        if kind != "only-from" and not all(sides):
            expected = V.VACUOUS
        assert expected is result(network, rule(kind, source, destination, traffic, relation)).verdict


@settings(max_examples=40)
@given(networks(), st.sampled_from(["forbid", "require"]))
def test_a_witness_is_confirmed_by_the_literal_judge(network: Network, kind: str) -> None:
    """The flow it names certainly exists, or for a rule that requires it certainly does not."""
    found = result(network, rule(kind, "*", "*", "tcp"))
    solved, judge = Reachability(network), Judge(network)
    for witness in found.witnesses:
        ends = solved.by_id[witness.source], solved.by_id[witness.destination]
        verdict = judge.judge(*ends, witness.traffic.least).verdict
        assert verdict is (Truth.NO if kind == "require" else Truth.YES)
        assert witness.traffic <= Traffic.parse("tcp")


# ---- by hand ------------------------------------------------------------------------------------------

TIER = Unknown("var.tier", Origin("net.tf", 3))
A, B, C = host("a", "10.0.0.1"), host("b", "10.0.0.2"), host("c", "10.0.0.3")


def chain(**more: object) -> Network:
    """a → b on tcp/22 certainly, b → c on tcp/5432 certainly, a → c on tcp/80 if var.open."""
    rules = {"b": [b.allow("a", "tcp/22")], "c": [b.allow("b", "tcp/5432"), b.allow("a", "tcp/80", because="var.open")]}
    return replace(wired([A, B, C], rules), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_rule", "verdict"),
    [
        (rule("forbid", "c", "a"), V.PROVED),
        (rule("forbid", "a", "b"), V.VIOLATED),
        (rule("forbid", "a", "b", "udp"), V.PROVED),
        (rule("forbid", "a", "c"), V.UNKNOWN),
        (rule("forbid", "a", "c", relation="pivot"), V.VIOLATED),
        (rule("forbid", "a", "nobody"), V.VACUOUS),
        (rule("forbid", "nobody", "a"), V.VACUOUS),
        (rule("forbid", "a", "a"), V.VACUOUS),
        (rule("forbid", "internet", "external"), V.VACUOUS),
        (rule("only-from", "a", "b"), V.PROVED),
        (rule("only-from", "c", "b"), V.VIOLATED),
        (rule("only-from", "nobody", "a"), V.PROVED),
        (rule("only-from", "nobody", "b"), V.VIOLATED),
        (rule("only-from", "a", "nobody"), V.VACUOUS),
        (rule("only-from", "b", "c"), V.UNKNOWN),
        (rule("only-services", "a", "b", "tcp/22"), V.PROVED),
        (rule("only-services", "a", "b", "tcp/443"), V.VIOLATED),
        (rule("only-services", "a | b", "c", "tcp/5432"), V.UNKNOWN),
        (rule("only-services", "a", "b", "any"), V.VACUOUS),
        (rule("require", "a", "b", "tcp/22"), V.PROVED),
        (rule("require", "a", "b", "tcp/22-23"), V.VIOLATED),
        (rule("require", "a", "c", "tcp/80"), V.UNKNOWN),
        (rule("require", "a", "c", "tcp/5432", "pivot"), V.PROVED),
        (rule("require", "a", "nobody", "tcp/80"), V.VACUOUS),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_verdicts_by_hand(given_rule: dict[str, object], verdict: Verdict) -> None:
    """One rule of each kind and verdict, over three machines in a row."""
    assert verdict is result(chain(), given_rule).verdict


def test_an_unknown_verdict_names_what_it_hangs_on() -> None:
    """With its place."""
    assert (b.unknown("var.open"),) == result(chain(), rule("forbid", "a", "c")).depends_on


def test_a_rule_that_writes_icmp_judges_icmp() -> None:
    """`only-services` claims TCP, UDP and SCTP, and what else its traffic names."""
    network = wired([A, B], {"b": [b.allow("a", "tcp/443 icmp")]})
    assert V.PROVED is result(network, rule("only-services", "a", "b", "tcp/443")).verdict
    assert V.VIOLATED is result(network, rule("only-services", "a", "b", "tcp/443 icmp/8")).verdict


def test_what_accepts_no_connections_is_looked_at_all_the_same() -> None:
    """Nothing reaches a mere client: that proves a prohibition and breaks a requirement, it empties neither."""
    client = host("client", "10.0.0.9", accepts=False)
    network = wired([A, client], {"client": [b.allow("a", "tcp")]})
    assert V.PROVED is result(network, rule("forbid", "a", "client")).verdict
    broken = result(network, rule("require", "a", "client", "tcp/1"))
    assert V.VIOLATED is broken.verdict
    assert ["NO_LISTENER"] == [check.code for check in broken.witnesses[0].legs[0][2]]


# ---- witnesses ----------------------------------------------------------------------------------------


def test_equal_pairs_have_one_witness_that_counts_them() -> None:
    """Five clients that no rule tells apart break the rule alike."""
    clients = [host(f"web[{n}]", f"10.0.1.{n}") for n in range(5)]
    network = wired([*clients, B], {"b": [b.allow("10.0.1.0/24", "tcp/22")]})
    found = result(network, rule("forbid", "web*", "b"))
    assert [("web[0]", "b", Traffic.parse("tcp/22"), 4)] == [
        (w.source, w.destination, w.traffic, w.alike) for w in found.witnesses
    ]
    assert (5, 5) == (found.examined, found.failing)


def test_a_pivot_witness_shows_every_connection_of_its_chain() -> None:
    """With the rule that lets each of them in."""
    (witness,) = result(chain(), rule("forbid", "a", "c", "tcp/5432", "pivot")).witnesses
    assert [("a", "b"), ("b", "c")] == [leg[:2] for leg in witness.legs]
    assert [["rule 1"], ["rule 1"]] == [[c.rule.name for c in leg[2] if c.rule] for leg in witness.legs]


def test_a_forwarded_witness_goes_through_its_proxy() -> None:
    """Client to proxy, proxy to server."""
    proxy = Forward("b", Traffic.parse("tcp/22"), "c", Traffic.parse("tcp/5432"))
    (witness,) = result(chain(forwards=(proxy,)), rule("forbid", "a", "c", "tcp/5432", "forwarded")).witnesses
    assert [("a", "b"), ("b", "c")] == [leg[:2] for leg in witness.legs]


def test_what_must_flow_and_does_not_shows_what_stops_it() -> None:
    """The check that says no, with its place."""
    (witness,) = result(chain(), rule("require", "c", "a", "tcp/22")).witnesses
    ((_, _, checks),) = witness.legs
    assert [(Truth.NO, "sg-closed")] == [(check.verdict, check.component) for check in checks]


# ---- unknown labels -----------------------------------------------------------------------------------


def labelled() -> Network:
    """a reaches b; whether b is data is unknown."""
    unsure = replace(B, labels={"tier": TIER})
    return wired([A, unsure, replace(C, labels={"tier": "data"})], {"b": [b.allow("a", "tcp/22")]})


def test_safety_rules_count_possible_members_in_and_name_the_label() -> None:
    """A violation needs a certain member; a possible one makes the rule unknown."""
    found = result(labelled(), rule("forbid", "a", "label:tier=data"))
    assert (V.UNKNOWN, (TIER,)) == (found.verdict, found.depends_on)


def test_an_allow_list_with_a_possible_member_is_neither_kept_nor_broken_by_it() -> None:
    """Whether the client is on the list hangs on its label."""
    client = replace(A, labels={MORE: TIER})
    network = wired([client, B, replace(C, labels={"app": "web"})], {"b": [b.allow("a", "tcp/22")]})
    found = result(network, rule("only-from", "label:app=web", "b"))
    assert (V.UNKNOWN, (TIER,)) == (found.verdict, found.depends_on)


def test_liveness_rules_leave_possible_members_out() -> None:
    """Only what certainly belongs must be reached."""
    network = wired(
        [A, replace(B, labels={"tier": TIER}), replace(C, labels={"tier": "data"})], {"c": [b.allow("a", "tcp/22")]}
    )
    assert V.PROVED is result(network, rule("require", "a", "label:tier=data", "tcp/22")).verdict


def test_an_ambiguous_name_in_a_rule_is_an_error_with_the_rules_place() -> None:
    """It would be judged for the wrong thing otherwise."""
    one, two = (host(f"web[{kind}]", kind=kind, names=["web"]) for kind in ("Job", "Deployment"))
    with pytest.raises(QueryError, match=r"rules\.yaml:\d+: rule 'R-1': 'web' is ambiguous: it could be 'web\[Dep"):
        judged(wired([one, two], {}), rule("forbid", "web", "web"))


# ---- what nothing joins, and what could not be read ---------------------------------------------------


def test_between_sources_that_nothing_joins_nothing_is_proved_and_nothing_broken() -> None:
    """`possible: any, certain: {}` in every verdict, and it says so."""
    other = host("c", "10.0.0.3", realm="other")
    network = replace(wired([A, other], {}), not_joined=(("main", "other"),))
    for given_rule in (rule("forbid", "a", "c"), rule("only-from", "b", "c"), rule("require", "a", "c", "tcp/1")):
        found = result(network, given_rule)
        assert (V.UNKNOWN, ["main and other are not joined"]) == (found.verdict, [u.reason for u in found.depends_on])


def unread(*touches: str) -> Diagnostic:
    """Something that could not be read."""
    place = Origin("k8s/broken.yaml", 4)
    return Diagnostic("DOCUMENT_UNREAD", "not YAML", Severity.ERROR, place, Effect.UNREADABLE, touches)


def namespaced(diagnostic: Diagnostic) -> Network:
    """a in ns/web, b in ns/data, c in ns/jobs; a reaches b on tcp/22."""
    machines = [replace(e, groups=frozenset({f"ns/{ns}"})) for e, ns in ((A, "web"), (B, "data"), (C, "jobs"))]
    groups = [Group(f"ns/{name}", "namespace", name) for name in ("web", "data", "jobs")]
    network = wired(machines, {"b": [b.allow("a", "tcp/22")]}, groups=groups)
    return replace(network, diagnostics=(diagnostic,))


@pytest.mark.parametrize(
    ("touches", "given_rule", "verdict"),
    [
        ((), rule("forbid", "ns/jobs", "ns/data"), V.UNKNOWN),
        (("ns/data",), rule("forbid", "ns/jobs", "ns/data"), V.UNKNOWN),
        (("ns/web",), rule("forbid", "ns/jobs", "ns/data"), V.PROVED),
        (("c",), rule("forbid", "ns/jobs", "ns/data"), V.UNKNOWN),
        (("a",), rule("forbid", "ns/jobs", "ns/data"), V.PROVED),
        (("ns/web",), rule("forbid", "ns/jobs", "ns/data", relation="pivot"), V.UNKNOWN),
        (("ns/web",), rule("forbid", "ns/jobs", "ns/data", relation="forwarded"), V.UNKNOWN),
        (("ns/new",), rule("forbid", "ns/jobs", "ns/data"), V.PROVED),
        (("ns/new",), rule("forbid", "ns/jobs & !label:x", "ns/data"), V.PROVED),
        (("ns/new",), rule("forbid", "label:tier=web | ns/jobs", "ns/data"), V.UNKNOWN),
        (("ns/new",), rule("forbid", "!ns/web", "ns/data", "udp"), V.UNKNOWN),
        (("ns/new",), rule("only-from", "ns/web", "ns/data"), V.UNKNOWN),
        (("ns/new",), rule("forbid", "ns/n*", "ns/data"), V.VACUOUS),
        (("ns/web",), rule("forbid", "ns/web", "ns/data"), V.VIOLATED),
        (("ns/web",), rule("require", "ns/web", "ns/data", "tcp/22"), V.UNKNOWN),
        (("ns/web",), rule("require", "ns/web", "ns/jobs", "tcp/22"), V.UNKNOWN),
        (("ns/web",), rule("require", "ns/jobs", "ns/data", "tcp/22"), V.VIOLATED),
    ],
)
def test_unread_input_makes_the_rules_unknown_that_it_could_touch(
    touches: tuple[str, ...], given_rule: dict[str, object], verdict: Verdict
) -> None:
    """What is missing may be anything of which only its place is known; a violation that was read stays one."""
    found = result(namespaced(unread(*touches)), given_rule)
    assert verdict is found.verdict
    named = [unknown.reason for unknown in found.depends_on]
    assert (["DOCUMENT_UNREAD: not YAML"] if verdict is V.UNKNOWN else []) == named


@pytest.mark.parametrize(
    ("accepted", "verdict"),
    [
        ("DOCUMENT_UNREAD", V.PROVED),
        ("DOCUMENT_UNREAD:k8s/broken.yaml", V.PROVED),
        ("DOCUMENT_UNREAD:k8s/other.yaml", V.UNKNOWN),
        ("ANOTHER", V.UNKNOWN),
    ],
)
def test_unread_input_can_be_accepted_by_name(accepted: str, verdict: Verdict) -> None:
    """By its code, or by code and file; the report lists what was accepted, and how much that was."""
    report = judged(namespaced(unread()), rule("forbid", "ns/jobs", "ns/data"), accept=[accepted])
    assert verdict is report.results[0].verdict
    assert ((accepted, int(verdict is V.PROVED)),) == report.accepted


# ---- exit codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "strict", "lenient"),
    [
        ([V.PROVED], 0, 0),
        ([V.PROVED, V.WAIVED], 0, 0),
        ([V.PROVED, V.UNKNOWN], 3, 0),
        ([V.PROVED, V.VACUOUS], 3, 3),
        ([V.UNKNOWN, V.VACUOUS], 3, 3),
        ([V.VIOLATED, V.UNKNOWN, V.VACUOUS], 1, 1),
        ([V.VIOLATED, V.PROVED], 1, 1),
    ],
)
def test_exit_codes(verdicts: list[Verdict], strict: int, lenient: int) -> None:
    """1 before 3 before 0; `--on-unknown warn` lets unknown pass, never vacuous."""
    any_rule = result(chain(), rule("forbid", "c", "a")).invariant
    report = Report(tuple(RuleResult(any_rule, verdict) for verdict in verdicts))
    assert (strict, lenient) == (report.exit_code, report.exit_code_with(unknown_fails=False))
