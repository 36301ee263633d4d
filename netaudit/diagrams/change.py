"""A change as a picture: only what differs between two estates, and the boxes that it concerns.

Opened traffic is marked, altered certainty, closed traffic, in this order where one arrow bundles several. What did not
change is counted, not drawn: the picture is for the one who has to say yes to the change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace

from netaudit.diagrams.compose import picture, pruned
from netaudit.diagrams.dot import to_dot
from netaudit.diagrams.drawio import to_drawio
from netaudit.diagrams.mermaid import to_mermaid
from netaudit.diagrams.overview import draw_overview
from netaudit.diagrams.picture import ALTERED, CLOSED, OPENED, Picture, Violations, shown_traffic
from netaudit.engine.solve import Reachability
from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Endpoint, Network
from netaudit.queries.diff import Change, DiffAnswer
from netaudit.queries.flow import Flow

FORMATS: Mapping[str, Callable[[Picture], str]] = {
    ".svg": draw_overview,
    ".dot": to_dot,
    ".mmd": to_mermaid,
    ".drawio": to_drawio,
}


@dataclass(frozen=True, slots=True)
class _BothSides:
    """Everybody who is there before or after."""

    network: Network
    by_id: Mapping[str, Endpoint]


def change_picture(answer: DiffAnswer, before: Reachability, after: Reachability, *, title: str = "") -> Picture:
    """The flows that the answer calls different, marked with what became of them.

    `before` and `after` are the two sides that were compared, with the outside cut alike.
    """
    flows = [flow for change in answer.changes for flow in (change.after or change.before,) if flow is not None]
    people = _both(before, after, {each for flow in flows for each in (flow.source, flow.destination)})
    drawn = picture(people, flows, _marks(answer), title=title or f"What changed since {answer.base}")
    boxes = pruned(drawn.boxes, {leaf.key for leaf in drawn.leaves if leaf.chips})
    totals = replace(drawn.totals, hidden=answer.unchanged, hidden_why="unchanged and not drawn")
    return replace(drawn, boxes=boxes, totals=totals)


def _both(before: Reachability, after: Reachability, ids: Container[str]) -> _BothSides:
    """The endpoints of these ids and all groups, as they are after the change where they still are."""
    by_id = {**before.by_id, **after.by_id}
    groups = {**before.network.groups_by_key, **after.network.groups_by_key}
    present = {each.id for side in (before, after) for each in side.network.endpoints}
    endpoints = tuple(by_id[each] for each in sorted(present) if each in ids)
    return _BothSides(replace(after.network, endpoints=endpoints, groups=tuple(groups.values())), by_id)


def _marks(answer: DiffAnswer) -> Violations:
    """What became of the flows between two endpoints; forwarded ones by several ways count together."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for change in answer.changes:
        found[change.source, change.destination] |= set(_marked(change))
    return {pair: tuple(sorted(marks)) for pair, marks in found.items()}


def _marked(change: Change) -> Iterator[str]:
    lost = _arriving(change.before) - _arriving(change.after)
    gained = _arriving(change.after) - _arriving(change.before)
    if gained:
        yield OPENED
    if lost:
        yield CLOSED
    if not gained and not lost:
        yield ALTERED


def _arriving(flow: Flow | None) -> Traffic:
    """All that possibly arrives on one side of a change."""
    return shown_traffic(flow) if flow else NO_TRAFFIC
