"""What a change opens and closes: laws over generated networks, and the small cluster before and after."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings

import netaudit
from netaudit.engine.solve import Reachability
from netaudit.flows import NO_TRAFFIC, AddressSet, Traffic
from netaudit.model import Network
from netaudit.queries.diff import Change, changes, common_cuts
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations
from netaudit.reports.as_json import diff_json
from netaudit.reports.as_text import diff_text
from tests import small
from tests.laws.networks import networks
from tests.oracles import REPOSITORY


def differences(before: Network, after: Network, relation: Relation = Relation.DIRECT) -> tuple[Change, ...]:
    """All changes between two networks."""
    cuts = common_cuts([before, after])
    return changes(Reachability(before, cuts), Reachability(after, cuts), relation)[0]


@settings(max_examples=20)
@given(networks())
def test_a_network_does_not_differ_from_itself(network: Network) -> None:
    """Under any relation."""
    assert [(), ()] == [differences(network, network, each) for each in (Relation.DIRECT, Relation.PIVOT)]


@settings(max_examples=25)
@given(networks(), networks())
def test_the_outside_is_cut_alike(before: Network, after: Network) -> None:
    """A block that both sides have means the same addresses on both, and together they leave nothing out."""
    cuts = common_cuts([before, after])
    sides = [{e.id: e.addresses for e in Reachability(each, cuts).external} for each in (before, after)]
    outside = [AddressSet.union(side.values()) for side in sides]
    for name in sides[0].keys() & sides[1].keys():
        assert sides[0][name] == sides[1][name]
    for name in sides[0].keys() - sides[1].keys():
        assert not sides[0][name] & outside[1]


@settings(max_examples=25)
@given(networks(), networks())
def test_the_reverse_change_closes_what_was_opened(before: Network, after: Network) -> None:
    """Backwards, the same pairs differ, with the two sides swapped."""
    there = {(c.source, c.destination): (c.before, c.after) for c in differences(before, after)}
    back = {(c.source, c.destination): (c.after, c.before) for c in differences(after, before)}
    assert there.keys() == back.keys()
    assert all(
        [flow and flow.bounds for flow in there[pair]] == [flow and flow.bounds for flow in back[pair]]
        for pair in there
    )


@settings(max_examples=25)
@given(networks(), networks())
def test_every_difference_is_listed_and_nothing_else(before: Network, after: Network) -> None:
    """Pair by pair, against the bounds of either side."""
    cuts = common_cuts([before, after])
    sides = [Reachability(each, cuts) for each in (before, after)]
    claimed = Traffic.parse("tcp udp sctp")

    def bounds(solved: Reachability, pair: tuple[str, str]) -> tuple[Traffic, Traffic, Traffic]:
        source, destination = (solved.by_id.get(name) for name in pair)
        if source is None or destination is None or not solved.claimed(source, destination):
            return (NO_TRAFFIC,) * 3
        found = Relations(solved).bounds(Relation.DIRECT, source, destination) & claimed
        return (found.certain, found.possible, found.one_way)

    names = sorted({endpoint.id for side in sides for endpoint in side.endpoints})
    expected = {(a, z) for a in names for z in names if bounds(sides[0], (a, z)) != bounds(sides[1], (a, z))}
    assert expected == {(change.source, change.destination) for change in differences(before, after)}


# ---- the small cluster --------------------------------------------------------------------------------

FLOW = ["source", "destination", "certain", "possible", "depends_on"]
DOCUMENT = {
    "required": ["schema", "opened", "closed", "changed", "rules", "diagnostics", "not_joined", "settings"],
    "properties": {
        "schema": {"const": "netaudit/diff/v1"},
        "opened": {"items": {"required": FLOW}},
        "closed": {"items": {"required": FLOW}},
        "changed": {"items": {"required": ["source", "destination", "before", "after"]}},
        "rules": {"items": {"required": ["rule", "before", "after"], "additionalProperties": {"type": "string"}}},
    },
}


def load(directory: Path, text: str) -> netaudit.Estate:
    """The cluster with this text, always at the same place."""
    return netaudit.load(small.manifests(directory / "k8s", text))


WIDER = small.MANIFESTS.replace("[{port: 5432}]", "[{port: 5432}, {port: 22}]")
OPEN = small.MANIFESTS.replace("team: shop}}}]", "team: data}}}]")


def test_a_further_port_changes_the_flow(tmp_path: Path) -> None:
    """The pair is listed once, with what it carried and carries, and the policy's line."""
    answer = load(tmp_path, WIDER).diff(load(tmp_path, small.MANIFESTS))
    found = {(c.source, c.destination): c for c in answer.altered}[("shop/web[Pod]", "data/db[Pod]")]
    assert found.before is not None
    assert found.after is not None
    assert ("tcp/5432", "tcp/22,5432", "tcp/22") == (
        str(found.before.certain),
        str(found.after.certain),
        str(found.widened),
    )
    assert found.place is not None
    line = 1 + next(n for n, text in enumerate(WIDER.splitlines()) if "from:" in text)
    assert found.place.line <= line <= found.place.end_line or found.place.line in (line, line + 1)
    assert 1 == answer.exit_code


def test_less_is_no_reason_to_fail(tmp_path: Path) -> None:
    """Closing and narrowing end with 0."""
    answer = load(tmp_path, small.MANIFESTS).diff(load(tmp_path, WIDER))
    assert answer.altered
    assert 0 == answer.exit_code


def test_opened_and_closed_are_told_apart(tmp_path: Path) -> None:
    """Another namespace may come in: its pods open a flow, the first one's close theirs."""
    answer = load(tmp_path, OPEN).diff(load(tmp_path, small.MANIFESTS))
    db = "data/db[Pod]"
    assert [("data/job[Pod]", db)] == [(c.source, c.destination) for c in answer.opened if "[" in c.source]
    assert [("shop/web[Pod]", db)] == [(c.source, c.destination) for c in answer.closed if "[" in c.source]


def test_rules_are_judged_on_both_sides(tmp_path: Path) -> None:
    """Newly broken and mended ones are listed, others are not."""
    rules = small.rules(tmp_path, small.BROKEN)
    answer = load(tmp_path, OPEN).diff(load(tmp_path, small.MANIFESTS), rules=rules)
    assert [("KEPT", "PROVED", "VIOLATED"), ("BROKEN", "VIOLATED", "PROVED")] == [
        (each.rule, each.before, each.after) for each in answer.rules
    ]


def test_the_answer_has_the_contracts_shape(tmp_path: Path) -> None:
    """As JSON, and as a text that names rules and changes."""
    rules = small.rules(tmp_path, small.BROKEN)
    answer = load(tmp_path, OPEN).diff(load(tmp_path, small.MANIFESTS), rules=rules, name="main")
    document = json.loads(json.dumps(diff_json(answer)))
    jsonschema.Draft202012Validator(DOCUMENT).validate(document)
    assert document["opened"]
    assert document["closed"]
    text = diff_text(answer)
    assert text.startswith("main → now: ")
    assert "rule KEPT newly broken: PROVED → VIOLATED" in text
    assert "rule BROKEN mended: VIOLATED → PROVED" in text


@pytest.mark.parametrize("relation", ["direct", "forwarded", "pivot"])
def test_a_new_endpoint_opens_its_flows(tmp_path: Path, relation: str) -> None:
    """What only one side has is opened or closed, never an error."""
    more = small.MANIFESTS + (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: new, namespace: shop, labels: {app: new}}\n"
        "spec: {containers: [{name: c, image: i}]}\n"
    )
    new = load(tmp_path, more)
    old = load(tmp_path, small.MANIFESTS)
    assert all("shop/new[Pod]" in (c.source, c.destination) for c in new.diff(old, relation=relation).changes)
    assert new.diff(old, relation=relation).opened
    assert old.diff(new, relation=relation).closed


def test_an_opened_flow_stands_where_a_rule_lets_it_pass() -> None:
    """Not where the last one lets its reply pass, which opened nothing."""
    home = REPOSITORY / "fixtures" / "refutations" / "change-sums-up-ranges"
    before, after = (netaudit.load(home / side) for side in ("base", "leaks"))
    (change,) = after.diff(before).opened
    assert change.place is not None
    assert (str(home / "leaks" / "main.tf"), 7) == (str(Path(change.place.file).resolve()), change.place.line)
