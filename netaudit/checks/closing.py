"""What would mend a violated rule: a smallest set of edits after which none of its flows is left.

Found on the first flow of each class, as `explain` finds it for one; kept only if it stops every failing flow at once,
and reduced until each edit is needed. A rule that several connections compose, or that asks for a flow, has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netaudit.engine.solve import Reachability
from netaudit.flows import Traffic
from netaudit.model import Truth
from netaudit.queries.changes import smallest_change
from netaudit.queries.what_if import Edit, apply

# In larger estates, of more flows than this, or after so many attempts, nobody waits for the search any longer.
_ENDPOINTS = 2_000
_FLOWS = 300
_CLASSES = 20
_ATTEMPTS = 40  # networks that are solved anew


@dataclass(frozen=True, slots=True)
class Closing:
    """Edits that stop all `flows` failing flows of a rule; with any of them left out, some flow is left.

    Where there are none, `note` says why.
    """

    edits: tuple[Edit, ...]
    flows: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Failing:
    """Pairs of one class, and the traffic that must not pass between them."""

    pairs: tuple[tuple[str, str], ...]
    traffic: Traffic


def closing(solved: Reachability, failing: Sequence[Failing]) -> Closing:
    """The edits that close every failing flow; none where none were found, or it would take too long to look."""
    flows = sum(len(each.pairs) for each in failing)
    if note := _too_many(len(solved.network.endpoints), flows, len(failing)):
        return Closing((), flows, note)
    search = _Search(solved)
    edits = search.needed(search.enough(failing), failing)
    if search.attempts > _ATTEMPTS:
        return Closing((), flows, f"the search for edits ended after {_ATTEMPTS} attempts")
    return Closing(edits, flows, "" if edits else "no edits of written rules were found that close it")


def _too_many(endpoints: int, flows: int, classes: int) -> str:
    """What there is too much of to look for edits."""
    bounds = {
        "endpoints": (endpoints, _ENDPOINTS),
        "failing flows": (flows, _FLOWS),
        "kinds of flows": (classes, _CLASSES),
    }
    over = (f"{count:,} {what}, more than {most:,}" for what, (count, most) in bounds.items() if count > most)
    return next((f"no edits were looked for: {text}" for text in over), "")


@dataclass(slots=True)
class _Search:
    """Looks for edits; beyond its bound it finds nothing any more."""

    solved: Reachability
    attempts: int = 0

    def enough(self, failing: Sequence[Failing]) -> tuple[Edit, ...]:
        """Edits after which no flow is left: those that `explain` would propose for the first of each class."""
        edits: tuple[Edit, ...] = ()
        judge = self.solved.judge
        for each in failing:
            if self._is_left([each], edits):
                source, destination = (self.solved.by_id[name] for name in each.pairs[0])
                trace = judge.judge(source, destination, each.traffic.least)
                edits = tuple(dict.fromkeys((*edits, *smallest_change(self.solved.network, trace))))
        return () if self._is_left(failing, edits) else edits

    def needed(self, edits: tuple[Edit, ...], failing: Sequence[Failing]) -> tuple[Edit, ...]:
        """Those of the edits without which some flow is left."""
        for edit in edits:
            fewer = tuple(each for each in edits if each is not edit)
            edits = edits if self._is_left(failing, fewer) else fewer
        return edits

    def _is_left(self, failing: Sequence[Failing], edits: Sequence[Edit]) -> bool:
        """Whether some of the flows is still certain after the edits."""
        if not edits:
            return True
        self.attempts += 1
        if self.attempts > _ATTEMPTS:
            return True
        after = self.solved.edited(apply(self.solved.network, edits))
        return any(self._passes(pair, each.traffic, after) for each in failing for pair in each.pairs)

    def _passes(self, pair: tuple[str, str], traffic: Traffic, after: Reachability) -> bool:
        source, destination = (self.solved.by_id[name] for name in pair)
        if all(name in after.by_id for name in pair):
            return bool(after.bounds(after.by_id[pair[0]], after.by_id[pair[1]]).certain & traffic)
        # a block that only the edited rule set apart
        points = {end for run in traffic.runs for end in run}
        return any(after.judge.judge(source, destination, point).verdict is Truth.YES for point in points)
