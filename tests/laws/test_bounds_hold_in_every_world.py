"""Never a wrong "no", never a wrong "must": the bounds against worlds in which every unknown has turned out somehow."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from netaudit.engine.solve import Bounds, Reachability
from netaudit.model import Endpoint, Network
from tests.laws.networks import networks, points_of
from tests.laws.strategies import fewer
from tests.laws.worlds import World

seeds = st.integers(0, 2**32)


def _outcomes(network: Network, seed: int) -> Iterator[tuple[tuple[Endpoint, Endpoint, int], Bounds, bool, bool]]:
    solved, world = Reachability(network), World(network, seed)
    for source in solved.endpoints:
        for destination in solved.endpoints:
            if solved.claimed(source, destination):
                bounds = solved.bounds(source, destination)
                for point in points_of(network):
                    yield (source, destination, point), bounds, *world.reaches(source, destination, point)


@fewer
@given(networks(), seeds)
def test_what_happens_in_some_world_is_possible(network: Network, seed: int) -> None:
    """A flow that exists in a world, for some client port at least, was possible."""
    for flow, bounds, some_port, _ in _outcomes(network, seed):
        assert not some_port or flow[2] in bounds.possible, flow


@fewer
@given(networks(), seeds)
def test_what_is_certain_happens_in_every_world(network: Network, seed: int) -> None:
    """A certain flow exists in the world at hand, for every client port."""
    for flow, bounds, _, every_port in _outcomes(network, seed):
        assert every_port or flow[2] not in bounds.certain, flow


@fewer
@given(networks(known=True), seeds)
def test_without_unknowns_there_is_one_world(network: Network, seed: int) -> None:
    """Where nothing is unknown, possible is what happens for some client port, certain what happens for all."""
    for flow, bounds, some_port, every_port in _outcomes(network, seed):
        assert (some_port, every_port) == (flow[2] in bounds.possible, flow[2] in bounds.certain), flow
