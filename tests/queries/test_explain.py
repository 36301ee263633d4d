"""Why, and why not: every stage with its place, every blocker, and the change that would flip the answer."""

from __future__ import annotations

from dataclasses import replace

from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Network, Stage, Truth
from netaudit.queries.explain import Explanation, explain, way_of
from tests.engine import building as b

A, C = b.machine("a", "10.0.0.1"), b.machine("c", "10.0.0.3")
OUT, IN = (
    b.group("sg-a out", b.allow("10.0.0.0/24", "tcp", line=4), stage=Stage.EGRESS),
    b.group("sg-c in", b.allow("a", "tcp/443", line=9)),
)


def asked(network: Network, traffic: str = "tcp/443") -> Explanation:
    """The explanation of one point from a to c."""
    solved = Reachability(network)
    return explain(solved, solved.by_id["a"], solved.by_id["c"], Traffic.parse(traffic).least)


def told(explanation: Explanation) -> list[tuple[str, str, str, int]]:
    """Stage, verdict, filter and line of every check on the way."""
    return [
        (str(c.stage), c.verdict.name, c.component, c.origin.line if c.origin else 0) for c in way_of(explanation.trace)
    ]


def changes(explanation: Explanation) -> list[str]:
    """The edits of a smallest change, in words."""
    return [str(edit) for edit in explanation.changes]


def test_a_yes_names_the_rule_that_lets_it_pass_at_every_stage() -> None:
    """With its line; taking one of them out stops it."""
    found = asked(b.network(A, C, b.attach(A, "p", out=OUT), b.attach(C, "p", into=IN)))
    assert [("egress", "YES", "sg-a out", 4), ("ingress", "YES", "sg-c in", 9)] == told(found)
    assert ["remove rule 9 from sg-c in (net.tf:9)"] == changes(found)


def test_a_no_names_every_blocker_and_all_of_them_must_change() -> None:
    """Not only the first one."""
    shut = b.group("sg-a out", stage=Stage.EGRESS)
    found = asked(b.network(A, C, b.attach(A, "p", out=shut), b.attach(C, "p", into=IN)), "tcp/80")
    assert [Truth.NO, Truth.NO] == [check.verdict for check in way_of(found.trace)]
    assert ["allow tcp/80 for c in sg-a out", "allow tcp/80 for a in sg-c in"] == changes(found)


def test_a_reply_that_an_acl_stops_is_opened_at_the_acl() -> None:
    """The request passes, the reply's ports do not: the change is about these."""
    shut = b.acl("acl out", b.allow("*", "tcp/443", line=7))
    hops = (b.hop("eni:a", "p"), b.hop("p", "eni:c"), b.hop("eni:c", "p", b.to(shut)), b.hop("p", "eni:a"))
    found = asked(b.network(A, C, hops))
    assert (Truth.NO, Truth.YES) == (found.verdict, found.trace.delivered)
    assert ["allow tcp/1024-65535 for a in acl out"] == changes(found)


def test_an_acl_behind_an_acl_is_found() -> None:
    """On the way back only the first one shows; both must be opened."""
    first, second = b.acl("first"), b.acl("second")
    back = (b.hop("eni:c", "q", b.to(first)), b.hop("q", "p", b.to(second)), b.hop("p", "eni:a"))
    found = asked(b.network(A, C, b.hop("eni:a", "p"), b.hop("p", "eni:c"), back))
    assert ["allow tcp/1024-65535 for a in first", "allow tcp/1024-65535 for a in second"] == changes(found)


def test_several_ways_are_closed_together_where_they_share_no_filter() -> None:
    """A machine with two interfaces, each with a group of its own: both must be closed."""
    two = b.endpoint("c", *(b.interface(b.party(f"c{n}", f"10.0.0.{n + 2}")) for n in (1, 2)))
    groups = [b.group(f"sg-{n}", b.allow("a", "tcp/443", line=n)) for n in (1, 2)]
    hops = [b.hop("p", f"eni:c{n}", b.by(group)) for n, group in zip((1, 2), groups, strict=True)]
    back = [b.hop(f"eni:c{n}", "p") for n in (1, 2)]
    found = asked(b.network(A, two, b.attach(A, "p"), *hops, *back))
    expected = ["remove rule 1 from sg-1 (net.tf:1)", "remove rule 2 from sg-2 (net.tf:2)"]
    assert expected == changes(found)


def test_one_rule_that_admits_both_interfaces_of_a_client_is_one_edit() -> None:
    """It is taken out for both, so that no filter further off, which both pass alike, is touched."""
    two = b.endpoint("a", *(b.interface(b.party(f"a{n}", f"10.0.0.{n}")) for n in (1, 2)))
    shared = b.acl("acl out", b.allow("*", "any", line=3))
    into = b.group("sg-c in", b.allow("10.0.0.0/24", "tcp/443", line=9))
    out = [hop for n in (1, 2) for hop in (b.hop(f"eni:a{n}", "p"), b.hop("q", f"eni:a{n}"))]
    found = asked(b.network(two, C, *out, b.hop("p", "q", b.to(shared)), b.attach(C, "q", into=into)))
    assert ["remove rule 9 from sg-c in (net.tf:9)"] == changes(found)


def test_where_rules_overlap_all_of_them_go() -> None:
    """Two rules that let it pass are two edits, both needed."""
    twice = b.group("sg-c in", b.allow("a", "tcp/443", line=1), b.allow("10.0.0.0/8", "tcp", line=2))
    found = asked(b.network(A, C, b.attach(A, "p"), b.attach(C, "p", into=twice)))
    assert ["remove rule 1 from sg-c in (net.tf:1)", "remove rule 2 from sg-c in (net.tf:2)"] == changes(found)


def test_what_passes_by_default_is_stopped_by_a_denial() -> None:
    """There is no rule to take out."""
    found = asked(b.network(A, C, b.attach(A, "p"), b.attach(C, "p", into=b.tiers(name="default allow"))))
    assert ["deny tcp/443 for a in default allow"] == changes(found)


def test_without_any_filter_there_is_nothing_to_edit_and_it_says_so() -> None:
    """An open wire."""
    found = asked(b.network(A, C, b.attach(A, "p"), b.attach(C, "p")))
    assert ((), "no filter stands in the way, so no edit of one would stop it") == (found.changes, found.note)


def test_a_missing_route_is_named_and_no_edit_of_filters_is_offered() -> None:
    """A route that does not lead there is where the way ends."""
    nowhere = b.route("rtb", "192.168.0.0/16")
    found = asked(b.network(A, C, b.hop("eni:a", "p"), b.hop("p", "q", b.to(nowhere)), b.attach(C, "q", into=IN)))
    assert [("route", "NO", "rtb", 0)] == told(found)
    assert ((), "no edit of security groups, network ACLs or policies alone would open it") == (
        found.changes,
        found.note,
    )


def test_where_nothing_leads_on_the_last_check_says_so() -> None:
    """Also where no filter said anything at all."""
    for steps in ((), (b.to(OUT),)):
        found = asked(b.network(A, C, b.hop("eni:a", "p", *steps), b.attach(C, "q")))
        stopped = [check.code for check in way_of(found.trace) if check.verdict is Truth.NO]
        assert ["NO_ROUTE_TO_DESTINATION"] == stopped


def test_what_accepts_no_connections_says_so() -> None:
    """A mere client is no destination."""
    deaf = replace(C, accepts=False)
    found = asked(b.network(A, deaf, b.attach(A, "p"), b.attach(deaf, "p")))
    assert (["NO_LISTENER"], "c accepts no connections") == ([c.code for c in way_of(found.trace)], found.note)


def test_an_answer_that_hangs_on_an_unknown_names_it_and_offers_nothing() -> None:
    """Neither opening nor closing would be certain."""
    unsure = b.group("sg-c in", b.allow("a", "tcp/443", line=9, because="var.open"))
    found = asked(b.network(A, C, b.attach(A, "p"), b.attach(C, "p", into=unsure)))
    assert (Truth.MAYBE, (b.unknown("var.open", 9),), ()) == (found.verdict, found.depends_on, found.changes)


def test_an_endpoint_that_may_not_exist_is_what_the_answer_hangs_on() -> None:
    """Although every check on the way says yes."""
    perhaps = b.endpoint("c", *C.interfaces, because="var.count")
    found = asked(b.network(A, perhaps, b.attach(A, "p"), b.attach(perhaps, "p")))
    assert (Truth.MAYBE, ["var.count"]) == (found.verdict, [each.reason for each in found.depends_on])
