"""Who a rule is about, and how tiers hand traffic on: worked out by hand."""

from __future__ import annotations

import pytest

from netaudit.flows import Traffic
from netaudit.model import EVERYONE, Action, Decision, Peers, Policy, Truth, decide, doubts
from tests.engine.building import addresses, allow, deny, group, party, passes, tier, tiers, unknown

WEB = party("web", "10.0.0.4")
SOMEWHERE = party("web", "10.0.0.0/24", one_of=unknown("known after apply"))


@pytest.mark.parametrize(
    ("peers", "seen"),
    [
        (EVERYONE, Truth.YES),
        (Peers(), Truth.NO),
        (Peers(members=frozenset({"web"})), Truth.YES),
        (Peers(members=frozenset({"web-public"})), Truth.NO),
        (Peers(addresses=addresses("10.0.0.0/8")), Truth.YES),
        (Peers(addresses=addresses("10.0.0.128/25")), Truth.NO),
        (Peers(addresses=addresses("10.0.0.0/8"), exempt=frozenset({"web"})), Truth.NO),
        (Peers(frozenset({"web"}), addresses("10.0.0.0/8"), frozenset({"web"})), Truth.YES),
    ],
)
def test_peers_see_by_name_or_by_address(peers: Peers, seen: Truth) -> None:
    """A party is seen by its identity, or by its address unless it is exempt from that."""
    assert peers.sees(WEB) is seen


@pytest.mark.parametrize(
    ("block", "seen"),
    [("10.0.0.0/24", Truth.YES), ("10.0.0.0/25", Truth.MAYBE), ("10.0.0.7", Truth.MAYBE), ("10.0.1.0/24", Truth.NO)],
)
def test_an_unknown_address_is_seen_for_sure_only_where_all_candidates_are(block: str, seen: Truth) -> None:
    """Somewhere in 10.0.0.0/24: YES when every candidate matches, NO when none does."""
    assert Peers(addresses=addresses(block)).sees(SOMEWHERE) is seen


def _decided(policy: Policy, may_allow: str, may_deny: str) -> bool:
    def traffic(text: str) -> Traffic:
        return Traffic.parse(text) if text else Traffic.nothing()

    return decide(policy, WEB, Traffic.parse("tcp")) == Decision(traffic(may_allow), traffic(may_deny))


def test_a_group_allows_what_some_rule_allows() -> None:
    """Rules about others do not help; what none allows is denied."""
    policy = group("db", allow("web", "tcp/5432"), allow("admin", "tcp/22"), allow("10.0.0.0/16", "tcp/443"))
    assert _decided(policy, "tcp/443,5432", "tcp/0-442,444-5431,5433-65535")


def test_pass_goes_on_to_the_next_tier() -> None:
    """An admin tier that passes hands on to the policies below, whatever stands behind the rule."""
    admin = tier(passes("*", "tcp/80"), deny("*", "tcp/80-90"), otherwise=Action.PASS)
    below = tier(allow("web", "tcp/80-100"))
    assert _decided(tiers(admin, below), "tcp/80,91-100", "tcp/0-79,81-90,101-65535")


def test_after_the_last_tier_the_default_decides() -> None:
    """A pod that no policy selects has no tier, and is open."""
    assert _decided(tiers(default=Action.ALLOW), "tcp", "")
    assert _decided(tiers(tier(deny("*", "tcp/22"), otherwise=Action.PASS)), "tcp/0-21,23-65535", "tcp/22")


def test_an_inexact_deny_leaves_both_open() -> None:
    """What an unknown deny may match is possibly denied, and possibly allowed by the rule behind it."""
    policy = tiers(tier(deny("*", "tcp/22", because="var.locked"), allow()), default=Action.DENY)
    assert _decided(policy, "tcp", "tcp/22")
    assert decide(policy, WEB).must_allow == Traffic.parse("any") - Traffic.parse("tcp/22")


def test_an_exact_rule_in_front_of_an_inexact_one_is_certain() -> None:
    """A list known in part: its known ports are certain, its unknown rest is possible."""
    policy = group("db", allow("web", "tcp/5432"), allow("web", "tcp", because="var.extra"))
    assert _decided(policy, "tcp", "tcp/0-5431,5433-65535")


def test_doubts_leave_out_what_is_decided_before() -> None:
    """An unknown behind an exact match, or about another peer, plays no part."""
    policy = group("db", allow("web", "tcp/22"), allow("*", "tcp/22", because="x"), allow("db", "tcp", because="y"))
    assert doubts(policy, WEB, Traffic.parse("tcp")) == ()


def test_doubts_name_rules_in_order_and_the_partys_own_unknown() -> None:
    """Both the variable in a rule and the address that is not known are reasons."""
    policy = group("db", allow("*", "tcp/1", because="var.a"), allow("10.0.0.0/25", "tcp/2"))
    assert [u.reason for u in doubts(policy, SOMEWHERE)] == ["var.a", "known after apply"]
