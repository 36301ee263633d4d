"""One law of the algebra of sets, one test; each holds for traffic and for addresses alike."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netaudit.flows import ANY, ANYWHERE, NO_TRAFFIC, NOWHERE, AddressSet, IntervalSet, Traffic
from tests.laws.strategies import ADDRESS_POINTS, TRAFFIC_POINTS, Digits, address_sets, digits, small_ranges, traffics

S = TypeVar("S", bound=IntervalSet)
one = st.one_of(traffics, address_sets)
two = st.one_of(st.tuples(traffics, traffics), st.tuples(address_sets, address_sets))
three = st.one_of(st.tuples(traffics, traffics, traffics), st.tuples(address_sets, address_sets, address_sets))


def _everything(each: S) -> S:
    return type(each).everything()


def _nothing(each: S) -> S:
    return type(each).nothing()


def _members(each: Digits) -> set[int]:
    return {n for n in range(10) if n in each}


@given(two)
def test_union_commutes(pair: tuple[S, S]) -> None:
    """A | B is B | A."""
    a, b = pair
    assert a | b == b | a


@given(two)
def test_intersection_commutes(pair: tuple[S, S]) -> None:
    """A & B is B & A."""
    a, b = pair
    assert a & b == b & a


@given(three)
def test_union_associates(triple: tuple[S, S, S]) -> None:
    """(A | B) | C is A | (B | C)."""
    a, b, c = triple
    assert (a | b) | c == a | (b | c)


@given(three)
def test_intersection_associates(triple: tuple[S, S, S]) -> None:
    """(A & B) & C is A & (B & C)."""
    a, b, c = triple
    assert (a & b) & c == a & (b & c)


@given(three)
def test_intersection_distributes_over_union(triple: tuple[S, S, S]) -> None:
    """A & (B | C) is (A & B) | (A & C)."""
    a, b, c = triple
    assert a & (b | c) == (a & b) | (a & c)


@given(three)
def test_union_distributes_over_intersection(triple: tuple[S, S, S]) -> None:
    """A | (B & C) is (A | B) & (A | C)."""
    a, b, c = triple
    assert a | (b & c) == (a | b) & (a | c)


@given(one)
def test_union_is_idempotent(a: S) -> None:
    """A | A is A."""
    assert a | a == a


@given(one)
def test_intersection_is_idempotent(a: S) -> None:
    """A & A is A."""
    assert a & a == a


@given(one)
def test_nothing_is_neutral_to_union(a: S) -> None:
    """A | nothing is A."""
    assert a | _nothing(a) == a


@given(one)
def test_everything_is_neutral_to_intersection(a: S) -> None:
    """A & everything is A."""
    assert a & _everything(a) == a


@given(two)
def test_absorption(pair: tuple[S, S]) -> None:
    """A | (A & B) is A, and so is A & (A | B)."""
    a, b = pair
    assert a | (a & b) == a == a & (a | b)


@given(two)
def test_de_morgan_of_union(pair: tuple[S, S]) -> None:
    """Not (A | B) is not A and not B."""
    a, b = pair
    assert ~(a | b) == ~a & ~b


@given(two)
def test_de_morgan_of_intersection(pair: tuple[S, S]) -> None:
    """Not (A & B) is not A or not B."""
    a, b = pair
    assert ~(a & b) == ~a | ~b


@given(one)
def test_complement_is_an_involution(a: S) -> None:
    """Not not A is A."""
    assert ~~a == a


@given(one)
def test_complement_shares_nothing(a: S) -> None:
    """A and not A have nothing in common."""
    assert a & ~a == _nothing(a)


@given(one)
def test_complement_covers(a: S) -> None:
    """A or not A is everything."""
    assert a | ~a == _everything(a)


@given(one)
def test_complement_counts_the_rest(a: S) -> None:
    """A and not A together have as many members as everything."""
    assert a.size + (~a).size == _everything(a).size


@given(two)
def test_difference_is_intersection_with_the_complement(pair: tuple[S, S]) -> None:
    """A - B is A & not B."""
    a, b = pair
    assert a - b == a & ~b


@given(two)
def test_difference_and_intersection_partition(pair: tuple[S, S]) -> None:
    """A - B and A & B are disjoint and make up A."""
    a, b = pair
    assert not (a - b).overlaps(a & b)
    assert (a - b) | (a & b) == a


@given(two)
def test_subset_is_union_without_growth(pair: tuple[S, S]) -> None:
    """A ⊆ B exactly when A | B is B."""
    a, b = pair
    assert (a <= b) == (a | b == b)


@given(two)
def test_subset_is_antisymmetric(pair: tuple[S, S]) -> None:
    """A ⊆ B and B ⊆ A exactly when A is B."""
    a, b = pair
    assert (a <= b <= a) == (a == b)


@given(three)
def test_subset_is_transitive(triple: tuple[S, S, S]) -> None:
    """A & B ⊆ A ⊆ A | C, hence A & B ⊆ A | C."""
    a, b, c = triple
    assert a & b <= a <= a | c
    assert a & b <= a | c


@given(two)
def test_overlap_is_a_shared_member(pair: tuple[S, S]) -> None:
    """A overlaps B exactly when A & B is not empty."""
    a, b = pair
    assert a.overlaps(b) == bool(a & b)


@given(two)
def test_order_is_total(pair: tuple[S, S]) -> None:
    """Of two different sets exactly one comes first."""
    a, b = pair
    assert [a < b, a == b, b < a].count(True) == 1


@given(one)
def test_runs_are_canonical(a: S) -> None:
    """Runs are sorted, not empty, disjoint, and never touch."""
    assert all(first <= last for first, last in a.runs)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(a.runs))


@given(two)
def test_equal_sets_hash_and_print_alike(pair: tuple[S, S]) -> None:
    """The same set by another way is ==, hashes alike and prints alike."""
    a, b = pair
    again = (a - b) | (a & b)
    assert (again, hash(again), str(again)) == (a, hash(a), str(a))


@given(one)
def test_least_is_a_member(a: S) -> None:
    """A set that is not empty names a member, and none lies below it."""
    if a:
        assert a.least in a
        assert a.least == min(first for first, _ in a.runs)
    else:
        with pytest.raises(ValueError, match="the empty set has no member"):
            _ = a.least


@given(two, st.sampled_from(sorted({*TRAFFIC_POINTS, *ADDRESS_POINTS})))
def test_membership_follows_the_operations(pair: tuple[S, S], point: int) -> None:
    """A point's membership in A | B, A & B, A - B and not A is what logic says."""
    a, b = pair
    here, there = point in a, point in b
    assert (point in a | b) == (here or there)
    assert (point in a & b) == (here and there)
    assert (point in a - b) == (here and not there)
    assert (point in ~a) == (not here and point in _everything(a))


@given(small_ranges)
def test_building_counts_out(ranges: list[tuple[int, int]]) -> None:
    """A set of ranges has exactly the integers of the ranges, however they overlap."""
    assert _members(Digits.of(*ranges)) == {n for first, last in ranges for n in range(first, last + 1)}


@given(st.lists(digits, max_size=5))
def test_union_of_many_is_union_one_by_one(some: list[Digits]) -> None:
    """The union of many sets has the members of each."""
    assert _members(Digits.union(some)) == {n for each in some for n in _members(each)}


@given(digits)
def test_size_counts_members(some: Digits) -> None:
    """The size is the number of members."""
    assert len(_members(some)) == some.size


@given(traffics, address_sets)
def test_different_lines_never_equal(traffic: Traffic, addresses: AddressSet) -> None:
    """Traffic never equals addresses, not even when both are empty."""
    assert traffic != addresses
    assert NO_TRAFFIC != NOWHERE


def test_everything_of_traffic_leaves_out_reserved_numbers() -> None:
    """Each of the five named protocols owns its segment, so its number is no point of `other`."""
    assert (~NO_TRAFFIC).size == 5 * 65536 + 256 - 5
    assert ANY == ~NO_TRAFFIC


def test_everywhere_is_both_families() -> None:
    """There are 2**32 + 2**128 addresses."""
    assert 2**32 + 2**128 == ANYWHERE.size
