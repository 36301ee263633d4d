"""Names of the blocks outside, as the contract writes them."""

from __future__ import annotations

from netaudit.engine.external import external_endpoints
from netaudit.model import Policy
from tests.engine.building import OUTSIDE, addresses, allow, by, endpoint, group, hop, interface, network, party


def _outside(policy: Policy, *, owned: str = "") -> list[str]:
    return [block.id for block in external_endpoints(network(hop(OUTSIDE, "p", by(policy)), owned=owned))]


def test_without_rules_there_are_four_blocks() -> None:
    """Public and non-public space of both families, in this order."""
    assert _outside(group("none")) == ["internet", "internet6", "private", "private6"]


def test_a_public_block_in_a_rule_is_set_apart() -> None:
    """A rule about 203.0.113.0/24 takes that block out of the internet."""
    assert _outside(group("g", allow("203.0.113.0/24")))[:2] == ["internet", "203.0.113.0/24"]


def test_a_range_that_is_no_block_is_named_as_a_range() -> None:
    """10.0.0.0-10.0.0.9 is not a CIDR block, and is written as the contract does."""
    assert "10.0.0.0-10.0.0.9" in _outside(group("g", allow("10.0.0.0-10.0.0.9")))


def test_the_whole_address_space_sets_nothing_apart() -> None:
    """0.0.0.0/0 tells no two public addresses apart, so the internet stays one block."""
    assert _outside(group("g", allow("0.0.0.0/0"))) == ["internet", "internet6", "private", "private6"]


def test_all_but_a_little_sets_the_little_apart() -> None:
    """A rule about all public space but one block leaves `internet` the name of the larger part."""
    everything_but = group("g", allow("0.0.0.0-203.0.112.255 203.0.114.0-255.255.255.255"))
    assert _outside(everything_but)[:2] == ["internet", "203.0.113.0/24"]


def test_touching_blocks_of_different_rules_stay_apart() -> None:
    """Two neighbouring /25 of two rules are two blocks, though together they are one /24."""
    policy = group("g", allow("203.0.113.0/25"), allow("203.0.113.128/25"))
    assert _outside(policy)[:3] == ["internet", "203.0.113.0/25", "203.0.113.128/25"]


def test_nested_blocks_are_cut_at_the_inner_one() -> None:
    """A /24 and a /26 inside it fall into the /26 and what is left of the /24 on its sides."""
    policy = group("g", allow("203.0.113.0/24"), allow("203.0.113.64/26"))
    assert _outside(policy)[1:4] == ["203.0.113.0/26", "203.0.113.64/26", "203.0.113.128/25"]


def test_owned_space_is_not_outside() -> None:
    """What a VPC owns is no external block; a rule about more than it sets apart the rest."""
    names = _outside(group("g", allow("10.0.0.0/15")), owned="10.0.0.0/16")
    assert "10.1.0.0/16" in names
    assert "10.0.0.0/15" not in names


def test_an_alias_that_may_not_exist_leaves_its_address_outside() -> None:
    """The address may be somebody else's, so it must not vanish from the internet."""
    web = party("web", "10.0.0.4")
    sure = endpoint("web", interface(web, party("web-public", "203.0.113.9")))
    unsure = endpoint("web", interface(web, party("web-public", "203.0.113.9")), because="var.count")
    held = addresses("203.0.113.9")
    blocks = [external_endpoints(network(each)) for each in (sure, unsure)]
    assert [any(block.addresses.overlaps(held) for block in some) for some in blocks] == [False, True]


def test_spans_are_ranges_even_of_blocks() -> None:
    """The contract's `external` lists first and last address of each range."""
    (_, block, *_) = external_endpoints(network(hop(OUTSIDE, "p", by(group("g", allow("203.0.113.0/24"))))))
    assert block.shown == ["203.0.113.0-203.0.113.255"]
