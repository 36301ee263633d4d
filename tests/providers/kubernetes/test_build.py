"""From readings to networks: which clusters there are, and what their ids look like."""

from __future__ import annotations

from netaudit.engine.solve import Reachability
from netaudit.model import Effect, Network, Reading, Settings
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests
from tests.providers.kubernetes.clusters import exactly, namespace, pod, policy

BAD = policy("podSelector: 7")


def reading(text: str, name: str, *, named: bool = False) -> Reading:
    """A reading of some manifests."""
    return read_manifests(text, name=name, named=named)


def ids(found: Network) -> list[str]:
    """The ids of all endpoints."""
    return [endpoint.id for endpoint in found.endpoints]


def test_readings_of_other_formats_are_not_looked_at() -> None:
    """Without manifests the network is empty."""
    found = build([Reading("infra", "terraform", ())], Settings())
    assert ((), (), ()) == (found.endpoints, found.hops, found.groups)


def test_readings_without_a_name_of_their_own_are_one_cluster() -> None:
    """A policy in one directory selects pods of another."""
    found = build([reading(pod("a") + pod("b"), "apps"), reading(policy("podSelector: {}"), "policies")], Settings())
    assert ["default/a[Pod]", "default/b[Pod]"] == ids(found)
    assert {"apps+policies"} == {endpoint.realm for endpoint in found.endpoints}
    reach = Reachability(found)
    assert not reach.bounds(*found.endpoints).certain


def test_a_named_reading_is_a_cluster_of_its_own_with_prefixed_ids() -> None:
    """Ids, groups and what diagnostics touch carry the name; a bare namespace still picks in every cluster."""
    text = namespace("default") + pod("a") + pod("b")
    found = build([reading(text, "prod", named=True), reading(text + BAD, "test", named=True)], Settings())
    assert ["prod::default/a[Pod]", "prod::default/b[Pod]"] == [each for each in ids(found) if each.startswith("prod")]
    assert ("ns/default",) == found.groups_by_key["ns/prod::default"].names
    (error,) = (each for each in found.diagnostics if each.effect is Effect.UNREADABLE)
    assert ("ns/test::default",) == error.touches
    reach = Reachability(found)
    prod = [reach.by_id[name] for name in ("prod::default/a[Pod]", "prod::default/b[Pod]")]
    test = [reach.by_id[name] for name in ("test::default/a[Pod]", "test::default/b[Pod]")]
    assert exactly("any") == reach.bounds(*prod)
    assert not reach.bounds(*test).certain


def test_the_same_input_gives_the_same_network() -> None:
    """Order of documents does not matter to endpoints, groups and diagnostics."""
    pieces = [pod("a"), pod("b"), policy("podSelector: {}"), namespace("x"), BAD.replace("name: p", "name: q")]
    first = build([reading("".join(pieces), "k")], Settings())
    second = build([reading("".join(reversed(pieces)), "k")], Settings())
    assert ids(first) == ids(second)
    assert [each.key for each in first.groups] == [each.key for each in second.groups]
    assert {each.message for each in first.diagnostics} == {each.message for each in second.diagnostics}
