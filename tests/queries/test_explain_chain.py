"""Why, and why not, where several connections make a flow; the change that would flip the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations, permutations

import pytest
from hypothesis import given, settings

from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Forward, Network, Truth
from netaudit.queries.explain_chain import ChainExplanation, explain_chain
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from netaudit.queries.what_if import Edit, apply
from tests.engine import building as b
from tests.laws.networks import networks
from tests.queries.building import host, wired

A, B, C, D = (host(name, f"10.0.0.{number}") for number, name in enumerate("abcd", start=1))
HTTPS, POSTGRES = Traffic.parse("tcp/443"), Traffic.parse("tcp/5432")


def asked(network: Network, relation: str = "pivot", traffic: str = "tcp/5432") -> ChainExplanation:
    """The explanation of one point from a to c."""
    solved = Reachability(network)
    ends = solved.by_id["a"], solved.by_id["c"]
    return explain_chain(Relations(solved), Relation(relation), *ends, Traffic.parse(traffic).least)


def told(found: ChainExplanation) -> tuple[Truth, list[str], list[str]]:
    """The verdict, the connections with theirs, and the edits."""
    legs = [
        f"{leg.trace.source.id} → {leg.trace.destination.id} {leg.traffic} {leg.verdict.name}" for leg in found.legs
    ]
    return found.verdict, legs, [str(edit) for edit in found.changes]


ACROSS = {"b": [b.allow("a", "tcp/22", line=4)], "c": [b.allow("b", "tcp/5432", line=9)]}


def test_a_chain_is_explained_connection_by_connection() -> None:
    """From host to host; the server's rule is what would stop it."""
    expected = ["a → b tcp/22 YES", "b → c tcp/5432 YES"]
    assert (Truth.YES, expected, ["remove rule 9 from sg-c (net.tf:9)"]) == told(asked(wired([A, B, C, D], ACROSS)))


def test_every_chain_is_stopped_not_only_the_one_shown() -> None:
    """A second way by another host: both rules must go, or the two on the near side."""
    more = ACROSS | {"d": [b.allow("a", "tcp/22", line=5)], "c": [*ACROSS["c"], b.allow("d", "tcp/5432", line=10)]}
    verdict, _, edits = told(asked(wired([A, B, C, D], more)))
    assert (Truth.YES, 2) == (verdict, len(edits))


def test_one_edit_near_the_source_beats_many_at_the_server() -> None:
    """Two servers' clients hang on one way in: the change is there."""
    ways = {
        "b": [b.allow("a", "tcp/22", line=4)],
        "d": [b.allow("b", "tcp/22", line=5)],
        "c": [b.allow("b", "tcp/5432", line=9), b.allow("d", "tcp/5432", line=10)],
    }
    assert ["remove rule 4 from sg-b (net.tf:4)"] == told(asked(wired([A, B, C, D], ways)))[2]


def test_what_no_chain_reaches_is_opened_by_the_fewest_edits() -> None:
    """The connection that is missing is shown, and what would let it through."""
    verdict, legs, edits = told(asked(wired([A, B, C, D], {"b": ACROSS["b"]})))
    assert (Truth.NO, 1) == (verdict, len(edits))
    assert "NO" in " ".join(legs)


FRONT = {"b": [b.allow("a", "tcp/443", line=4)], "c": [b.allow("b", "tcp/5432", line=9)]}
PROXIED = replace(wired([A, B, C, D], FRONT), forwards=(Forward("b", HTTPS, "c", POSTGRES),))


def test_a_forwarded_flow_goes_by_its_proxy() -> None:
    """The client dials what the proxy accepts, the proxy the server."""
    found = told(asked(PROXIED, "forwarded"))
    assert (Truth.YES, ["a → b tcp/443 YES", "b → c tcp/5432 YES"]) == found[:2]
    assert ["remove rule 9 from sg-c (net.tf:9)"] == found[2]


def test_a_proxy_that_lets_nobody_in_is_where_a_forwarded_flow_ends() -> None:
    """The direct way is no better: one edit opens either."""
    shut = replace(wired([A, B, C, D], {"c": FRONT["c"]}), forwards=PROXIED.forwards)
    verdict, _, edits = told(asked(shut, "forwarded"))
    assert (Truth.NO, 1) == (verdict, len(edits))


def test_a_chain_that_hangs_on_an_unknown_names_it() -> None:
    """Neither yes nor no, and no change is offered."""
    shaky = ACROSS | {"c": [b.allow("b", "tcp/5432", because="var.open")]}
    found = asked(wired([A, B, C, D], shaky))
    assert (Truth.MAYBE, (), ["var.open"]) == (found.verdict, found.changes, [each.reason for each in found.depends_on])


def test_rows_name_their_connection() -> None:
    """For a table in a notebook."""
    rows = asked(wired([A, B, C, D], ACROSS)).rows()
    assert ["a → b", "b → c"] == [row["connection"] for row in rows]


# ---- applying it flips the answer, no part of it does -------------------------------------------------


def _explained(network: Network, relation: Relation) -> Iterator[ChainExplanation]:
    solved = Reachability(network)
    for source, goal in permutations((each.id for each in network.endpoints), 2):
        yield explain_chain(Relations(solved), relation, solved.by_id[source], solved.by_id[goal], HTTPS.least)


def _after(network: Network, found: ChainExplanation, edits: tuple[Edit, ...]) -> Truth:
    solved = Reachability(apply(network, edits))
    ends = (solved.by_id[each.id] for each in (found.source, found.destination))
    bounds = Relations(solved).bounds(found.relation, *ends)
    return Truth.YES if HTTPS <= bounds.certain else Truth.MAYBE if HTTPS <= bounds.possible else Truth.NO


@pytest.mark.parametrize("relation", [Relation.PIVOT, Relation.FORWARDED])
@settings(max_examples=20)
@given(network=networks(allow_only=True))
def test_all_of_a_change_flips_the_answer_and_no_part_of_it_does(network: Network, relation: Relation) -> None:
    """The verdict is that of the relation; the last machine proxies for the first."""
    first, *_, last = network.endpoints
    network = replace(network, forwards=(Forward(last.id, HTTPS, first.id, HTTPS),))
    for found in _explained(network, relation):
        assert _after(network, found, ()) is found.verdict
        if not found.changes:
            continue
        flipped = Truth.NO if found.verdict is Truth.YES else Truth.YES
        assert flipped is _after(network, found, found.changes)
        parts = chain.from_iterable(combinations(found.changes, count) for count in range(len(found.changes)))
        assert [] == [part for part in parts if _after(network, found, part) is flipped]
