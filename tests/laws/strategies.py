"""Where the nasty values live: sets whose runs begin and end where segments, families and lines do."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from netaudit.flows import ANY, ANYWHERE, AddressSet, IntervalSet, Product, Traffic
from netaudit.flows.intervals import Run

# Laws about whole networks cost more per example than others, laws about single policies less.
fewer = settings(max_examples=settings().max_examples // 2)
more = settings(max_examples=settings().max_examples * 3)

SEGMENT = 1 << 16
V6 = 1 << 32


def _around(*points: int, top: int) -> list[int]:
    return sorted({n for point in points for n in (point - 1, point, point + 1) if 0 <= n <= top})


# Borders of the six protocols, ports 0, 1023, 1024 and 65535, ICMP types and codes 0 and 255, every reserved number.
TRAFFIC_POINTS = _around(
    *(index * SEGMENT for index in range(6)),
    443,
    1024,
    3 * SEGMENT + 256,
    3 * SEGMENT + 8 * 256,
    4 * SEGMENT + 128 * 256 + 255,
    *(5 * SEGMENT + number for number in (1, 6, 17, 58, 132, 255)),
    top=Traffic.TOP,
)
# Both ends of both families, the border between them, borders of private space, of one address and of a /24.
ADDRESS_POINTS = _around(
    0,
    1,
    10 << 24,
    (11 << 24) - 1,
    (192 << 24) + (168 << 16) + 256,
    V6 - 1,
    V6,
    V6 + 1,
    V6 + (0x20010DB8 << 96),
    V6 + (0x2000 << 112),
    V6 + (1 << 127),
    AddressSet.TOP,
    top=AddressSet.TOP,
)


def _ranges(points: list[int]) -> st.SearchStrategy[list[Run]]:
    ends = st.tuples(st.sampled_from(points), st.sampled_from(points)).map(lambda pair: (min(pair), max(pair)))
    return st.lists(ends, max_size=6)


small_ranges = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (min(pair), max(pair))), max_size=4
)


class Digits(IntervalSet):
    """Subsets of 0 … 9: a line short enough to be counted out."""

    __slots__ = ()
    TOP = 9


digits = small_ranges.map(lambda ranges: Digits.of(*ranges))
traffics = st.one_of(
    st.just(ANY), st.just(Traffic.nothing()), _ranges(TRAFFIC_POINTS).map(lambda ranges: Traffic.of(*ranges))
)
address_sets = st.one_of(
    st.just(ANYWHERE), st.just(AddressSet.nothing()), _ranges(ADDRESS_POINTS).map(lambda rs: AddressSet.of(*rs))
)
boxes = st.lists(st.tuples(digits, digits), max_size=5)
products = boxes.map(lambda some: Product.of(*some))
