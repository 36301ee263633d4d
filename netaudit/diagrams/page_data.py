"""What the page of one estate knows: endpoints, flows, verdicts, and for every pair what decides it, as one JSON value.

Everything that repeats (traffic, checks, boxes) is listed once and named by its place in the list. Estates beyond
`MOST_FLOWS` embed bundles in place of flows, those beyond `MOST_PAIRS` of classes only the pairs with flows, or none:
the page then names the command to run, and says so.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from netaudit.checks.invariants import Report, RuleResult, Verdict, Witness
from netaudit.diagrams import wording
from netaudit.diagrams.fonts import clean
from netaudit.diagrams.picture import Box, Picture, Sum
from netaudit.diagrams.view import View
from netaudit.engine.atoms import bits_of
from netaudit.engine.reference import Check
from netaudit.flows import CLAIMED, NO_TRAFFIC, Traffic
from netaudit.model import Endpoint, Truth, Unknown
from netaudit.queries.flow import Flow
from netaudit.queries.question import decide_pairs
from netaudit.queries.relations import Relations

Json = dict[str, Any]

MOST_FLOWS = 20_000
MOST_PAIRS = 2_000
MOST_EXTERNAL = 200
_TRIED = 1
_WORST = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.VACUOUS, Verdict.WAIVED, Verdict.PROVED)
_VERDICTS = {Truth.YES: "ALLOWED", Truth.NO: "BLOCKED", Truth.MAYBE: "UNKNOWN"}


class PageData:
    """Collects the lists; `document` is all of it."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._solved = view.solved
        self._traffic: dict[Traffic, int] = {NO_TRAFFIC: 0}
        self._checks: dict[tuple[str, ...], int] = {}
        self._endpoints = self._shown()
        self._number = {endpoint.id: number for number, endpoint in enumerate(self._endpoints)}

    def document(self) -> Json:
        """The whole value, in the form that page.js reads."""
        view = self._view
        few = len(view.blocks) <= MOST_FLOWS
        found: Json = {
            "relation": str(view.relation),
            "partial": view.focus is not None or len(view.asked) != len(view.every),
            "not_joined": sorted(list(pair) for pair in self._solved.network.not_joined),
            "sources": shlex.join(view.sources) if view.sources else "SOURCE…",
            "account": wording.account(view.picture.totals),
            "too_many": f"{len(view.blocks):,} flows are too many for one page: shown are bundles of boxes.",
            "levels": [self._level(level.picture, few=few) for level in view.levels],
            "nodes": [self._node(endpoint) for endpoint in self._endpoints],
            "flows": [self._flow(flow) for flow in view.flows] if few else None,
            "zones": self._zones() if few else [],
            "why": self._why(),
            "rules": [self._rule(result) for result in _worst_first(view.report)],
        }
        found["traffic"] = [[str(each) if each else "", each.to_json()] for each in self._traffic]
        found["checks"] = [list(check) for check in self._checks]
        return found

    # ---- parts ----------------------------------------------------------------------------------------

    def _shown(self) -> tuple[Endpoint, ...]:
        """The endpoints of the view, and all blocks outside the model, so that one can ask why not from there."""
        shown = self._view.endpoints
        outside = [each for each in self._solved.external if each not in shown]
        return (*shown, *outside) if self._view.focus is None and len(outside) <= MOST_EXTERNAL else shown

    def _node(self, endpoint: Endpoint) -> list[object]:
        place = endpoint.origin.place if endpoint.origin else ""
        return [endpoint.id, wording.kind_text(endpoint.kind), place, self._class(endpoint), endpoint.realm]

    def _level(self, picture: Picture, *, few: bool) -> Json:
        """The leaves of one picture, the leaf of every node (-1: outside), and its bundles where flows are too many."""
        leaves = {leaf.key: number for number, leaf in enumerate(picture.leaves)}
        seats = {each: leaves[leaf.key] for leaf in picture.leaves for chip in leaf.chips for each in chip.ids}
        return {
            "leaves": [[clean(key), name] for key, name in _leaves(picture.boxes, ())],
            "of": [seats.get(endpoint.id, -1) for endpoint in self._endpoints],
            "bundles": None if few else list(self._bundles(picture)),
        }

    def _zones(self) -> list[list[object]]:
        """The zones of the rules with the nodes that are in them, perhaps."""
        zones = self._view.report.zones if self._view.report else {}
        return [[name, sorted(self._number[m] for m in zones[name] if m in self._number)] for name in sorted(zones)]

    def _class(self, endpoint: Endpoint) -> int:
        return self._solved.class_of[endpoint.id].index

    def _carried(self, traffic: Traffic) -> int:
        return self._traffic.setdefault(traffic, len(self._traffic))

    def _flow(self, flow: Flow) -> list[object]:
        rules = self._view.violations.get((flow.source, flow.destination), ())
        ends = [self._number[flow.source], self._number[flow.destination]]
        bounds = flow.bounds
        return [*ends, *map(self._carried, (bounds.certain, bounds.possible, bounds.one_way)), sorted(rules)]

    def _bundles(self, picture: Picture) -> Iterator[list[object]]:
        """Bundles, counters and badges as flows of boxes; `""` is the outside."""
        for bundle in picture.bundles:
            yield self._bundle(bundle.source, bundle.destination, bundle.sum)
        for leaf in picture.leaves:
            if leaf.inner:
                yield self._bundle(leaf.key, leaf.key, leaf.inner)
            for badge in leaf.badges:
                yield self._bundle(*(("", leaf.key) if badge.inward else (leaf.key, "")), badge.sum)

    def _bundle(self, source: str, destination: str, total: Sum) -> list[object]:
        carried = self._carried(total.traffic)
        sure = carried if total.certain else 0
        return [clean(source), clean(destination), sure, carried, 0, list(total.rules), total.flows]

    # ---- why ------------------------------------------------------------------------------------------

    def _why(self) -> Mapping[str, list[object]]:
        """For pairs of classes: the verdict, the check that decides, and the pair that stands for them."""
        if str(self._view.relation) != "direct":
            return {}  # what decides a composed flow is a chain: the command shows it
        members: dict[int, list[Endpoint]] = {}
        for endpoint in self._endpoints:
            members.setdefault(self._class(endpoint), []).append(endpoint)
        classes: Iterable[tuple[int, int]] = ((a, b) for a in members for b in members)
        if len(members) ** 2 > MOST_PAIRS:
            flowing: set[tuple[int, int]] = set()
            for pair in self._pairs():
                flowing.add(pair)
                if len(flowing) > MOST_PAIRS:
                    return {}
            order = {each: place for place, each in enumerate(members)}
            classes = sorted(flowing, key=lambda pair: (order[pair[0]], order[pair[1]]))
        return dict(self._decided([(members[a], members[b]) for a, b in classes]))

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """The classes between which flows are shown, some pairs more than once."""
        blocks = self._view.blocks
        classes = [self._solved.class_of[ids[0]].index for ids in blocks.sets]
        for block in blocks.blocks:
            for source, goal in product(bits_of(block.sources), bits_of(block.goals)):
                if source != goal or len(blocks.sets[source]) > 1:
                    yield classes[source], classes[goal]

    def _decided(self, pairs: list[tuple[list[Endpoint], list[Endpoint]]]) -> Iterator[tuple[str, list[object]]]:
        relations = Relations(self._solved)
        for sources, destinations in pairs:
            source, destination = sources[0], destinations[-1]
            found = self._view.between(source.id, destination.id)
            for answer in decide_pairs(
                relations, self._view.relation, [source], [destination], found, CLAIMED, tried=_TRIED
            ):
                check = self._check(answer.check) if answer.check else -1
                ends = f"{self._number[source.id]},{self._number[destination.id]}"
                yield f"{self._class(source)},{self._class(destination)}", [answer.verdict.name, check, ends]

    def _check(self, check: Check) -> int:
        place = check.origin.place if check.origin else ""
        doubts = "".join(f"; depends on {_unknown(each)}" for each in check.because)
        said = ": ".join(each for each in (check.component, check.reason + doubts) if each)
        line = (str(check.stage), _VERDICTS[check.verdict], said, place, check.code)
        return self._checks.setdefault(line, len(self._checks))

    # ---- verdicts -------------------------------------------------------------------------------------

    def _rule(self, result: RuleResult) -> Json:
        return {
            "id": result.invariant.id,
            "title": result.invariant.rule.title,
            "relation": str(result.invariant.relation),
            "verdict": result.verdict.value,
            "examined": result.examined,
            "note": result.note,
            "depends_on": [_unknown(each) for each in result.depends_on],
            "witnesses": [self._witness(witness) for witness in result.witnesses],
        }

    def _witness(self, witness: Witness) -> Json:
        return {
            "source": witness.source,
            "destination": witness.destination,
            "traffic": str(witness.traffic),
            "alike": witness.alike,
            "hops": [self._check(check) for *_, checks in witness.legs for check in checks],
        }


def _worst_first(report: Report | None) -> list[RuleResult]:
    return sorted(report.results if report else (), key=lambda result: _WORST.index(result.verdict))


def _leaves(boxes: tuple[Box, ...], around: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every leaf's key, and its name with those of the boxes around it."""
    for box in boxes:
        named = (*around, wording.named(box))
        if box.boxes:
            yield from _leaves(box.boxes, named)
        else:
            yield box.key, " / ".join(each for each in named if each)


def _unknown(unknown: Unknown) -> str:
    return f"{unknown.reason} at {unknown.origin.place}" if unknown.origin else unknown.reason
