"""The outside: blocks that partition it exactly, and that nothing in use divides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netaudit.engine.external import BASES, external_endpoints
from netaudit.flows import ANYWHERE, AddressSet
from netaudit.model import Endpoint, Network
from tests.laws.networks import networks
from tests.laws.strategies import address_sets, fewer

selected = st.lists(address_sets, max_size=3)


def _blocks(network: Network, named: list[AddressSet]) -> list[Endpoint]:
    return list(external_endpoints(network, named))


def _known(network: Network) -> AddressSet:
    """Addresses of the model: owned, or certainly held by something that certainly exists."""
    held = [
        party.addresses
        for endpoint in network.endpoints
        for interface in endpoint.interfaces
        for party, because in ((interface.party, ()), *interface.aliases)
        if party.unknown is None and not because and not endpoint.because
    ]
    return AddressSet.union([network.owned, *held])


def _in_use(network: Network, named: list[AddressSet]) -> list[AddressSet]:
    rules = [rule for policy in network.policies for tier in policy.tiers for rule in tier.rules]
    return [*named, *(rule.peers.addresses for rule in rules)]


@fewer
@given(networks(), selected)
def test_blocks_cover_exactly_the_outside(network: Network, named: list[AddressSet]) -> None:
    """Every address is the model's or lies in a block, and never both."""
    outside = AddressSet.union(block.addresses for block in _blocks(network, named))
    assert ANYWHERE - _known(network) == outside


@fewer
@given(networks(), selected)
def test_blocks_are_disjoint(network: Network, named: list[AddressSet]) -> None:
    """No address lies in two blocks."""
    blocks = _blocks(network, named)
    union = AddressSet.union(block.addresses for block in blocks)
    assert sum(block.addresses.size for block in blocks) == union.size


@fewer
@given(networks(), selected)
def test_nothing_in_use_divides_a_block(network: Network, named: list[AddressSet]) -> None:
    """A set that a rule or a selector names holds all of a block, or none of it."""
    for block in _blocks(network, named):
        for used in _in_use(network, named):
            assert block.addresses <= used or not block.addresses.overlaps(used), block.id


@fewer
@given(networks(), selected)
def test_no_block_lies_in_two_bases(network: Network, named: list[AddressSet]) -> None:
    """Public and non-public space, and the two families, never share a block."""
    for block in _blocks(network, named):
        assert sum(block.addresses.overlaps(base) for base in BASES.values()) == 1, block.id


@fewer
@given(networks(), selected)
def test_what_is_set_apart_is_named_by_its_range(network: Network, named: list[AddressSet]) -> None:
    """A block is the rest of its base, with the base's name, or one contiguous range whose text is its id."""
    for block in _blocks(network, named):
        if block.id in BASES:
            assert block.addresses <= BASES[block.id]
        else:
            assert [block.id] == block.addresses.texts()


@fewer
@given(networks(), selected)
def test_no_two_blocks_share_an_id(network: Network, named: list[AddressSet]) -> None:
    """Ids are unique."""
    ids = [block.id for block in _blocks(network, named)]
    assert len(set(ids)) == len(ids)


@fewer
@given(networks(), selected)
def test_neighbours_are_apart_for_a_reason(network: Network, named: list[AddressSet]) -> None:
    """Between two ranges of one base that touch, some set in use begins or ends: blocks are no smaller than needed."""
    blocks = [block for block in _blocks(network, named) if block.id not in BASES]
    for one in blocks:
        for other in blocks:
            touching = one.addresses.runs[-1][1] + 1 == other.addresses.least
            same_base = any(one.addresses <= base and other.addresses <= base for base in BASES.values())
            if touching and same_base:
                assert any(one.addresses.overlaps(u) != other.addresses.overlaps(u) for u in _in_use(network, named))


@fewer
@given(networks(), selected)
def test_order_of_selectors_changes_nothing(network: Network, named: list[AddressSet]) -> None:
    """The blocks do not depend on the order in which sets were named."""
    assert _blocks(network, named) == _blocks(network, named[::-1])
