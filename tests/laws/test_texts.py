"""What is printed can be read back, and is the same set."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise

from hypothesis import given

from netaudit.flows import AddressSet, Traffic
from tests.laws.strategies import address_sets, traffics


@given(traffics)
def test_traffic_parses_what_it_prints(traffic: Traffic) -> None:
    """Parsing is the inverse of printing, for all traffic that is not empty."""
    if traffic:
        assert Traffic.parse(str(traffic)) == traffic


@given(traffics)
def test_traffic_reads_the_json_that_it_writes(traffic: Traffic) -> None:
    """The contract's object carries the whole set, also through JSON text."""
    assert Traffic.from_json(json.loads(json.dumps(traffic.to_json()))) == traffic


@given(traffics)
def test_json_of_traffic_is_sorted_disjoint_and_never_touches(traffic: Traffic) -> None:
    """Ranges of the contract's object are canonical."""
    for name, ranges in traffic.to_json().items():
        lists = ranges.values() if isinstance(ranges, dict) else [ranges]
        for each in lists:
            assert isinstance(each, list), name
            assert all(a[1] + 1 < b[0] for a, b in pairwise(each))


@given(address_sets)
def test_addresses_parse_what_they_print(addresses: AddressSet) -> None:
    """The texts of the runs, read back, make up the set."""
    assert AddressSet.union(AddressSet.parse(text) for text in addresses.texts()) == addresses


@given(address_sets)
def test_spans_parse_what_they_print(addresses: AddressSet) -> None:
    """The ranges of the runs, read back, make up the set."""
    assert AddressSet.union(AddressSet.parse(text) for text in addresses.spans()) == addresses


@given(address_sets)
def test_families_partition(addresses: AddressSet) -> None:
    """The IPv4 part and the IPv6 part are disjoint and make up the set."""
    assert not addresses.v4.overlaps(addresses.v6)
    assert addresses.v4 | addresses.v6 == addresses


@given(traffics)
def test_protocols_partition(traffic: Traffic) -> None:
    """The parts of the six protocols make up the set, each counted once."""
    parts = [traffic & Traffic.named(name) for name in ("tcp", "udp", "sctp", "icmp", "icmpv6", "other")]
    assert Traffic.union(parts) == traffic
    assert sum(part.size for part in parts) == traffic.size


@given(traffics, address_sets)
def test_sets_survive_pickling(traffic: Traffic, addresses: AddressSet) -> None:
    """A copy through pickle is equal."""
    assert pickle.loads(pickle.dumps((traffic, addresses))) == (traffic, addresses)
