"""What `explain` says about scenarios of our own: the codes of the checklist, forward and for the reply."""

import pytest

import netaudit
from netaudit.queries.explain import Explanation
from tests.simulator.outside import CODE


def explained(scenario: str, source: str, destination: str, traffic: str) -> Explanation:
    """The explanation of one flow of a scenario."""
    found = netaudit.load(CODE / scenario).explain(f"aws_instance.{source}", f"aws_instance.{destination}", traffic)
    assert isinstance(found, Explanation)
    return found


def codes(found: Explanation) -> list[str]:
    """Why it is stopped, in order."""
    return [str(row["code"]) for row in found.rows() if row["verdict"] == "BLOCKED"]


@pytest.mark.parametrize(
    ("scenario", "source", "destination", "traffic", "expected"),
    [
        ("one-way", 'this["sender"]', 'this["receiver"]', "tcp/80", ["NO_ROUTE_TO_DESTINATION"]),
        ("segments", "hidden", 'this["dev"]', "tcp/80", ["TGW_RTB_BAD_STATE_ROUTE"]),
    ],
)
def test_aws_36_one_way_is_named_as_such(
    scenario: str, source: str, destination: str, traffic: str, expected: list[str]
) -> None:
    """What is sent arrives, and the reply is lost where its code says."""
    found = explained(scenario, source, destination, traffic)
    assert (found.one_way, codes(found)) == (True, expected)
    assert "(one-way)" in found.headline()


def test_aws_33_a_blackhole_of_a_gateways_table_has_its_own_code() -> None:
    """A blackhole of the gateway's table takes what is sent: that is not one-way, it does not arrive."""
    found = explained("segments", 'this["dev"]', "hidden", "tcp/80")
    assert (found.one_way, codes(found)) == (False, ["TGW_RTB_BAD_STATE_ROUTE"])


@pytest.mark.parametrize(
    ("source", "destination", "traffic", "expected"),
    [("web", "app", "tcp/8081", "SUBNET_ACL_RESTRICTION"), ("app", "data", "tcp/5433", "SUBNET_ACL_RESTRICTION")],
)
def test_aws_15_what_an_acl_stops_forward(source: str, destination: str, traffic: str, expected: str) -> None:
    """A port that no entry, or a deny entry, is about."""
    found = explained("nacl-tiers", f'this["{source}"]', f'this["{destination}"]', traffic)
    assert expected in codes(found)


def test_aws_17_an_acl_that_refuses_the_clients_port_has_its_own_code() -> None:
    """The reply goes to an ephemeral port, which the ACL lets out only in part."""
    found = explained("nacl-tiers", 'this["app"]', 'this["data"]', "tcp/5432")
    doubtful = [str(row["code"]) for row in found.rows() if row["verdict"] != "ALLOWED"]
    assert doubtful == ["REMAP_EPHEMERAL_PORT"]
