"""What would mend a violated rule: a smallest set of edits after which none of its flows is left.

Found on the first flow of each class, as `explain` finds it for one; kept only if it stops every failing flow at once,
and reduced until each edit is needed. A rule that several connections compose, or that asks for a flow, has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netaudit.engine.reference import Judge
from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Truth
from netaudit.queries.changes import smallest_change
from netaudit.queries.what_if import Edit, edited, rewired

_ENDPOINTS = 2_000  # in larger estates, or of more flows than this, nobody waits for the search
_FLOWS = 300
_CLASSES = 20


@dataclass(frozen=True, slots=True)
class Closing:
    """Edits that stop all `flows` failing flows of a rule; with any of them left out, some flow is left."""

    edits: tuple[Edit, ...]
    flows: int


@dataclass(frozen=True, slots=True)
class Failing:
    """Pairs of one class, and the traffic that must not pass between them."""

    pairs: tuple[tuple[str, str], ...]
    traffic: Traffic


def closing(solved: Reachability, failing: Sequence[Failing]) -> Closing | None:
    """The edits that close every failing flow; None where none were found, or the estate is too large to look."""
    flows = sum(len(each.pairs) for each in failing)
    if len(solved.network.endpoints) > _ENDPOINTS or flows > _FLOWS or not 0 < len(failing) <= _CLASSES:
        return None
    edits: tuple[Edit, ...] = ()
    judge = Judge(solved.network)
    for each in failing:
        if _left(solved, [each], edits):
            source, destination = (solved.by_id[name] for name in each.pairs[0])
            trace = judge.judge(source, destination, each.traffic.least)
            edits = tuple(dict.fromkeys((*edits, *smallest_change(solved.network, trace))))
    if not edits or _left(solved, failing, edits):
        return None
    for edit in edits:
        fewer = tuple(each for each in edits if each is not edit)
        edits = edits if _left(solved, failing, fewer) else fewer
    return Closing(edits, flows)


def _left(solved: Reachability, failing: Sequence[Failing], edits: Sequence[Edit]) -> bool:
    """Whether some of the flows is still certain after the edits."""
    if not edits:
        return True
    changed = edited(edits)
    network = rewired(solved.network, changed)
    after, judge = solved.edited(network, changed), Judge(network)
    for each in failing:
        for pair in each.pairs:
            source, destination = (solved.by_id[name] for name in pair)
            if all(name in after.by_id for name in pair):
                left = bool(after.bounds(after.by_id[pair[0]], after.by_id[pair[1]]).certain & each.traffic)
            else:  # a block that only the edited rule set apart
                points = {end for run in each.traffic.runs for end in run}
                left = any(judge.judge(source, destination, point).verdict is Truth.YES for point in points)
            if left:
                return True
    return False
