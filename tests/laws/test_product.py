"""Products of sets against counting out every pair of a small universe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netaudit.flows import Product
from tests.laws.strategies import Digits, boxes, digits, products

Pairs = Product[Digits, Digits]
Boxes = list[tuple[Digits, Digits]]


def _pairs(product: Pairs) -> set[tuple[int, int]]:
    return {(x, y) for left, right in product.rows for x in range(10) for y in range(10) if x in left and y in right}


@given(boxes)
def test_building_counts_out(some: Boxes) -> None:
    """A product has exactly the pairs of its boxes, however they overlap."""
    counted = {(x, y) for left, right in some for x in range(10) for y in range(10) if x in left and y in right}
    assert _pairs(Product.of(*some)) == counted


@given(products, products)
def test_union_counts_out(a: Pairs, b: Pairs) -> None:
    """A | B has the pairs of both."""
    assert _pairs(a | b) == _pairs(a) | _pairs(b)


@given(products, products)
def test_intersection_counts_out(a: Pairs, b: Pairs) -> None:
    """A & B has the pairs that both have."""
    assert _pairs(a & b) == _pairs(a) & _pairs(b)


@given(products, products)
def test_difference_counts_out(a: Pairs, b: Pairs) -> None:
    """A - B has the pairs of A that B has not."""
    assert _pairs(a - b) == _pairs(a) - _pairs(b)


@given(products, products)
def test_subset_counts_out(a: Pairs, b: Pairs) -> None:
    """A ⊆ B exactly when every pair of A is one of B."""
    assert (a <= b) == (_pairs(a) <= _pairs(b))
    assert a & b <= a


@given(products, products)
def test_equal_exactly_when_of_equal_pairs(a: Pairs, b: Pairs) -> None:
    """The form is canonical: equal sets of pairs are ==, and only they."""
    assert (a == b) == (_pairs(a) == _pairs(b))


@given(products, products)
def test_equal_products_hash_and_print_alike(a: Pairs, b: Pairs) -> None:
    """The same product by another way hashes alike and prints alike."""
    again = (a & b) | (a - b)
    assert (again, hash(again), str(again)) == (a, hash(a), str(a))


@given(products)
def test_rows_are_canonical(a: Pairs) -> None:
    """Left parts are disjoint and right parts differ; neither is empty."""
    lefts = [left for left, _ in a.rows]
    rights = [right for _, right in a.rows]
    assert all(lefts)
    assert all(rights)
    assert not any(p.overlaps(q) for i, p in enumerate(lefts) for q in lefts[:i])
    assert len(set(rights)) == len(rights)


@given(st.lists(st.tuples(digits, boxes), max_size=3))
def test_nested_products_count_out(some: list[tuple[Digits, Boxes]]) -> None:
    """A product of products has the triples of its boxes, and prints one way."""
    nested = Product.of(*((left, Product.of(*inner)) for left, inner in some))
    backwards = Product.of(*((left, Product.of(*inner)) for left, inner in reversed(some)))
    counted = {
        (x, *pair) for left, inner in some for x in range(10) if x in left for pair in _pairs(Product.of(*inner))
    }
    assert {(x, *p) for left, inner in nested.rows for x in range(10) if x in left for p in _pairs(inner)} == counted
    assert (backwards, str(backwards)) == (nested, str(nested))


@given(products, digits)
def test_at_is_what_all_points_see(a: Pairs, left: Digits) -> None:
    """`at` gives the right part that every point of the left part sees, where they agree and see something."""
    seen = [{y for x2, y in _pairs(a) if x2 == x} for x in range(10) if x in left]
    found = a.at(left)
    if left and found is not None:
        assert all({y for y in range(10) if y in found} == each for each in seen)
    elif left:
        assert seen.count(seen[0]) < len(seen) or not seen[0]
