"""Two networks compared set by set against their flows compared one by one, on generated networks and edits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Network
from netaudit.queries.diff import changes, common_cuts
from netaudit.queries.flow import Flow, Relation
from netaudit.queries.relations import Relations, reach
from netaudit.queries.what_if import apply
from tests.laws.networks import networks, traffics
from tests.laws.strategies import fewer
from tests.laws.test_edits import altered, edits

Pair = tuple[str, str]


def _listed(solved: Reachability, traffic: Traffic) -> dict[Pair, Flow]:
    return {(f.source, f.destination): f for f in reach(Relations(solved), Relation.DIRECT, traffic=traffic)}


@fewer
@given(st.data(), networks(), traffics)
def test_what_differs_is_what_differs_flow_by_flow(data: st.DataObject, network: Network, traffic: Traffic) -> None:
    """The same pairs in order, with their flows on both sides and what these hang on; and as many are unchanged."""
    edited = data.draw(st.one_of(altered(network), edits(network).map(lambda found: apply(network, found))))
    cuts = common_cuts([network, edited])
    before, after = (Reachability(each, cuts) for each in (network, edited))
    old, new = _listed(before, traffic), _listed(after, traffic)
    every = sorted(old.keys() | new.keys())
    bounds = [tuple(side[pair].bounds if pair in side else None for side in (old, new)) for pair in every]
    expected = [
        (pair, old.get(pair), new.get(pair)) for pair, (was, now) in zip(every, bounds, strict=True) if was != now
    ]
    found, unchanged = changes(before, after, Relation.DIRECT, traffic)
    assert expected == [((each.source, each.destination), each.before, each.after) for each in found]
    assert len(every) - len(expected) == unchanged
