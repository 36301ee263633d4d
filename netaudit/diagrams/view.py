"""`View`: what one file shows, whatever its format. The picture, and everything that it was made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from netaudit.checks.invariants import Report
from netaudit.diagrams.boxes import are_several, depths
from netaudit.diagrams.compose import picture
from netaudit.diagrams.focus import Focus, Neighbourhood, neighbourhood
from netaudit.diagrams.map import READABLE
from netaudit.diagrams.matrix import draw_matrix
from netaudit.diagrams.overview import draw_overview, why_not_a_map
from netaudit.diagrams.picture import Picture, Violations
from netaudit.diagrams.wording import kind_text
from netaudit.engine.solve import Reachability
from netaudit.model import Endpoint
from netaudit.queries.blocks import Blocks, DirectFlows, blocks_of, listed_blocks
from netaudit.queries.flow import Flow, Relation


class Only(StrEnum):
    """Which flows a picture is about."""

    EVERYTHING = "everything"
    EXPOSURE = "exposure"  # those that come from outside
    VIOLATIONS = "violations"  # those that break a rule


class Level(NamedTuple):
    """One degree of detail of the map: the kinds of its innermost boxes, in words, and the picture."""

    number: int
    name: str
    picture: Picture


@dataclass(frozen=True)
class View:
    """A solved network, flows under one relation, the verdicts of a report, and what of it to show.

    `sources` are what was read, as given on the command line: for the commands that a page suggests.
    `kind` is `map` or `matrix`; a map of more than `max_arrows` is drawn as a matrix. `collapse` is the kind of
    boxes inside which none are drawn, `by` a grouping that takes the place of the boxes, `only` what it is about.
    """

    solved: Reachability
    every: Sequence[Flow]
    relation: Relation = Relation.DIRECT
    report: Report | None = None
    title: str = ""
    focus: Focus | None = None
    kind: str = "map"
    max_arrows: int = READABLE
    sources: tuple[str, ...] = ()
    collapse: str = ""
    by: str = ""
    only: Only = Only.EVERYTHING

    @cached_property
    def picture(self) -> Picture:
        """The neutral model of the picture."""
        return self._picture()

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The map with ever fewer boxes in one another, the whole one first; but none of a single box."""
        kinds = depths(self.solved.network) if not self.collapse and not self.by else ()
        shallower = (depth for depth in range(len(kinds) - 1, 0, -1) if are_several(self.solved.network, depth))
        fewer = [
            Level(number, " and ".join(map(kind_text, kinds[d - 1])), self._picture(d))
            for number, d in enumerate(shallower, 1)
        ]
        return (Level(0, "", self.picture), *fewer)

    @property
    def readable(self) -> tuple[Level, ...]:
        """The levels at which the map can be read; a level of a single box tells nothing."""
        telling = (level for level in self.levels if not level.number or len(list(level.picture.leaves)) > 1)
        return tuple(level for level in telling if not why_not_a_map(level.picture, self.max_arrows))

    @cached_property
    def asked(self) -> Blocks:
        """The flows that the picture is about; some of them may be outside the focus."""
        every = blocks_of(self.every)
        if self.only is Only.EXPOSURE:
            return every.begun_by({each.id for each in self.solved.external})
        if self.only is Only.VIOLATIONS:
            return listed_blocks(flow for pair in self.violations for flow in self.between(*pair))
        return every

    @cached_property
    def _near(self) -> Neighbourhood | None:
        return neighbourhood(self.solved.by_id, self.asked, self.focus) if self.focus else None

    @cached_property
    def blocks(self) -> Blocks:
        """The flows that are shown, for those who only count them."""
        return self._near.blocks if self._near else self.asked

    def between(self, source: str, destination: str) -> Sequence[Flow]:
        """The flows from one endpoint to another; several where they go by several proxies."""
        if isinstance(self.every, DirectFlows):
            return self.every.between(source, destination)
        return self._by_ends.get((source, destination), [])

    @cached_property
    def _by_ends(self) -> Mapping[tuple[str, str], Sequence[Flow]]:
        found: defaultdict[tuple[str, str], list[Flow]] = defaultdict(list)
        for flow in self.every:
            found[flow.source, flow.destination].append(flow)
        return found

    def _picture(self, depth: int = 0) -> Picture:
        drawn = picture(
            self.solved,
            self.asked,
            self.violations,
            title=self.title,
            focus=self.focus,
            collapse=self.collapse,
            depth=depth,
            by=self.by,
        )
        left_out = len(self.every) - len(self.asked)
        if not left_out:
            return drawn
        hidden = drawn.totals.hidden + left_out
        why = f"more not asked for (only {self.only})"
        return replace(drawn, totals=replace(drawn.totals, hidden=hidden, hidden_why=why))

    @cached_property
    def violations(self) -> Violations:
        """The pairs that witnesses of broken rules go by, each with its rules."""
        return violations_of(self.report, self.relation)

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """The flows that are shown, sorted by ids."""
        if isinstance(self.every, DirectFlows):
            shown = self.blocks.flows()
        else:
            shown = (each for each in self.every if self._asks_for(each) and (not self._near or self._near.keeps(each)))
        return tuple(sorted(shown, key=lambda flow: (flow.source, flow.destination, flow.through)))

    def _asks_for(self, flow: Flow) -> bool:
        if self.only is Only.EXPOSURE:
            return self.solved.by_id[flow.source].external
        return self.only is Only.EVERYTHING or (flow.source, flow.destination) in self.violations

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that are shown, sorted by id; blocks outside the model only where a flow touches them."""
        touched = self.blocks.touched
        inside = {each for leaf in self.picture.leaves for chip in leaf.chips for each in chip.ids}
        shown = (each for each in self.solved.endpoints if each.id in (touched if each.external else inside))
        return tuple(sorted(shown, key=lambda endpoint: endpoint.id))

    @property
    def why_matrix(self) -> str:
        """Why the matrix is drawn where the map was asked for; empty where it is not."""
        return why_not_a_map(self.picture, self.max_arrows) if self.kind == "map" else ""

    @property
    def drawn(self) -> str:
        """What is really drawn: `map` or `matrix`."""
        return "matrix" if self.why_matrix else self.kind

    def svg(self) -> str:
        """The picture as an SVG document."""
        if self.kind == "matrix":
            return draw_matrix(self.picture)
        return draw_overview(self.picture, max_arrows=self.max_arrows)


def violations_of(report: Report | None, relation: Relation) -> Violations:
    """The pairs of endpoints that a report's witnesses go by: their legs, and where flows compose legs, their ends."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for result in report.results if report else ():
        for witness in result.witnesses:
            pairs = [(start, goal) for start, goal, _ in witness.legs]
            if relation is not Relation.DIRECT:
                pairs.append((witness.source, witness.destination))
            for pair in pairs:
                found.setdefault(pair, {})[result.invariant.id] = None
    return {pair: tuple(rules) for pair, rules in found.items()}
