"""From a solved network and flows to a `Picture`: who sits in which box, who is alike, which flow is counted where."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from netaudit.diagrams.boxes import Seat, boxes_of, collapsed, down_to, grouped, natural, seats, shared_beginning
from netaudit.diagrams.focus import Focus, neighbourhood
from netaudit.diagrams.picture import (
    Badge,
    Box,
    Bundle,
    Chip,
    Picture,
    Sum,
    Totals,
    Violations,
    shown_traffic,
)
from netaudit.diagrams.wording import kind_text
from netaudit.errors import QueryError
from netaudit.flows import Traffic
from netaudit.model import Endpoint, Network
from netaudit.queries.flow import Flow

FOLD_FROM = 3  # so many alike endpoints share a chip
CROWD = 48  # in a box with more chips than this, those that look the same share one


class Peopled(Protocol):
    """What a picture needs of a solved network: its boxes, and who its flows are about."""

    @property
    def network(self) -> Network:
        """The network, without the blocks outside of it."""

    @property
    def by_id(self) -> Mapping[str, Endpoint]:
        """Every endpoint, blocks outside included."""


def picture(
    solved: Peopled,
    flows: Iterable[Flow],
    violations: Violations,
    *,
    title: str = "",
    focus: Focus | None = None,
    collapse: str = "",
    depth: int = 0,
    by: str = "",
) -> Picture:
    """Account for every flow in the boxes of the network. Raises QueryError on a flow of unknown endpoints.

    With a focus, only its neighbourhood is drawn; the flows that are left out are counted as hidden.
    With `collapse`, the boxes inside a box of that kind are not drawn. Raises QueryError where there is no such kind.
    With a `depth`, no more than so many boxes lie in one another. With `by`, the boxes are those of `boxes.grouped`.
    """
    every = listed = _listed(solved, flows)
    network = collapsed(solved.network, collapse) if collapse else solved.network
    network = down_to(network, depth) if depth else network
    network = grouped(network, by) if by else network
    seat_of = seats(network)
    endpoints, boxes = network.endpoints, boxes_of(network, seat_of)
    if focus is not None:
        near = neighbourhood(solved.by_id, every, focus)
        listed = list(near.flows)
        endpoints = tuple(endpoint for endpoint in endpoints if endpoint.id in near.ids)
        boxes = pruned(boxes, {seat_of[endpoint.id].leaf for endpoint in endpoints})
    account = _Account(solved, seat_of, violations)
    for flow in listed:
        account.add(flow)
    chips = _chips(endpoints, seat_of, listed, violations, account)
    boxes = tuple(_filled(box, chips, account) for box in boxes)
    bundles = tuple(Bundle(*pair, _sum(found, violations)) for pair, found in sorted(account.between.items()))
    transit = _sum(account.transit, violations)
    totals = replace(_totals(len(listed), boxes, bundles, transit), hidden=len(every) - len(listed))
    return Picture(title or (f"Who can reach whom, {focus}" if focus else ""), boxes, bundles, totals, transit)


def pruned(boxes: Iterable[Box], leaves: Container[str]) -> tuple[Box, ...]:
    """The boxes without those in which nobody sits."""
    found = (replace(box, boxes=pruned(box.boxes, leaves)) if box.boxes else box for box in boxes)
    return tuple(box for box in found if box.boxes or box.key in leaves)


def _listed(solved: Peopled, flows: Iterable[Flow]) -> list[Flow]:
    listed = sorted(flows, key=lambda flow: (flow.source, flow.destination, flow.through, shown_traffic(flow).runs))
    for flow in listed:
        for each in (flow.source, flow.destination):
            if each not in solved.by_id:
                raise QueryError(f"a flow names '{each}', which is no endpoint of the network")
    return listed


class _Account:
    """Where each flow is counted."""

    def __init__(self, solved: Peopled, seat_of: Mapping[str, Seat], violations: Violations) -> None:
        self._solved = solved
        self._seat_of = seat_of
        self._violations = violations
        self.between: dict[tuple[str, str], list[Flow]] = defaultdict(list)
        self.inside: dict[str, list[Flow]] = defaultdict(list)
        self.outward: dict[str, list[Flow]] = defaultdict(list)
        self.inward: dict[str, list[Flow]] = defaultdict(list)
        self.transit: list[Flow] = []
        self._marks: dict[str, set[str]] = defaultdict(set)

    def add(self, flow: Flow) -> None:
        """Count the flow once."""
        for mark in self._violations.get((flow.source, flow.destination), ()):
            self._marks[flow.source].add(mark)
            self._marks[flow.destination].add(mark)
        came_in = self._solved.by_id[flow.source].external
        goes_out = self._solved.by_id[flow.destination].external
        if came_in and goes_out:
            self.transit.append(flow)
        elif came_in:
            self.inward[flow.destination].append(flow)
        elif goes_out:
            self.outward[flow.source].append(flow)
        else:
            source, destination = self._seat_of[flow.source].leaf, self._seat_of[flow.destination].leaf
            if source == destination:
                self.inside[source].append(flow)
            else:
                self.between[source, destination].append(flow)

    def inner(self, leaf: str) -> Sum:
        """The flows inside a leaf."""
        return _sum(self.inside.get(leaf, ()), self._violations)

    def chip(self, ids: tuple[str, ...], title: str, kind: str) -> Chip:
        """A chip of these endpoints."""
        marks = {mark for each in ids for mark in self._marks.get(each, ())}
        return Chip(ids, title, kind, self._badges(ids), tuple(sorted(marks, key=natural)))

    def _badges(self, ids: Sequence[str]) -> tuple[Badge, ...]:
        """The badges of a chip: exposure first."""
        found = []
        for inward, flows_of in ((True, self.inward), (False, self.outward)):
            flows = [flow for each in ids for flow in flows_of.get(each, ())]
            if flows:
                peers = sorted({flow.source if inward else flow.destination for flow in flows}, key=_outside_first)
                found.append(Badge(inward, tuple(peers), _sum(flows, self._violations)))
        return tuple(found)


def _outside_first(name: str) -> tuple[object, ...]:
    order = ("internet", "internet6", "private", "private6")
    return (order.index(name) if name in order else len(order), *natural(name))


def _sum(flows: Sequence[Flow], violations: Violations) -> Sum:
    broken = [flow for flow in flows if violations.get((flow.source, flow.destination))]
    rules = {rule for flow in broken for rule in violations[flow.source, flow.destination]}
    return Sum(
        flows=len(flows),
        traffic=Traffic.union(shown_traffic(flow) for flow in flows),
        certain=any(flow.certain for flow in flows),
        violated=len(broken),
        violating=Traffic.union(shown_traffic(flow) for flow in broken),
        rules=tuple(sorted(rules, key=natural)),
    )


def _filled(box: Box, chips: Mapping[str, tuple[Chip, ...]], account: _Account) -> Box:
    if box.boxes:
        return replace(box, boxes=tuple(_filled(each, chips, account) for each in box.boxes))
    return replace(box, chips=chips.get(box.key, ()), inner=account.inner(box.key))


def _totals(flows: int, boxes: Sequence[Box], bundles: Sequence[Bundle], transit: Sum) -> Totals:
    """Added up from what the picture shows, not from what it was made of: an error would be seen."""
    leaves = [leaf for box in boxes for leaf in box.leaves]
    badges = [badge for leaf in leaves for badge in leaf.badges]
    sums = [transit, *(b.sum for b in bundles), *(leaf.inner for leaf in leaves), *(b.sum for b in badges)]
    return Totals(
        flows=flows,
        bundled=sum(bundle.sum.flows for bundle in bundles),
        arrows=len(bundles),
        inner=sum(leaf.inner.flows for leaf in leaves),
        badged=sum(badge.sum.flows for badge in badges if badge.drawn),
        badges=sum(badge.drawn for badge in badges),
        outward=sum(badge.sum.flows for badge in badges if not badge.drawn),
        transit=transit.flows,
        violated=sum(each.violated for each in sums),
    )


# ---- chips --------------------------------------------------------------------------------------------

_Kin = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Alike:
    """What endpoints of one chip have in common: the box, kind and labels, and their flows seen from outside."""

    kin: _Kin
    flows: frozenset[tuple[object, ...]]


def _chips(
    endpoints: Iterable[Endpoint],
    seat_of: Mapping[str, Seat],
    flows: Sequence[Flow],
    violations: Violations,
    account: _Account,
) -> dict[str, tuple[Chip, ...]]:
    """The chips of every leaf, in natural order of their titles."""
    kin = {endpoint.id: _kin(endpoint, seat_of[endpoint.id]) for endpoint in endpoints}
    seen = _flows_seen(kin, flows, violations)
    alike: dict[_Alike, list[Endpoint]] = defaultdict(list)
    for endpoint in sorted(endpoints, key=lambda endpoint: natural(endpoint.id)):
        alike[_Alike(kin[endpoint.id], frozenset(seen.get(endpoint.id, ())))].append(endpoint)
    found: dict[str, list[Chip]] = defaultdict(list)
    for members in alike.values():
        leaf = seat_of[members[0].id].leaf
        folds = [members] if len(members) >= FOLD_FROM else [[member] for member in members]
        found[leaf] += [_chip(fold, account) for fold in folds]
    thinned = {leaf: _thinned(chips, account) for leaf, chips in found.items()}
    return {leaf: tuple(sorted(chips, key=lambda c: (*natural(c.title), *c.ids))) for leaf, chips in thinned.items()}


def _thinned(chips: Sequence[Chip], account: _Account) -> Sequence[Chip]:
    """In a crowded box, one chip for all of a kind with the same badges, whatever they do inside the estate."""
    if len(chips) <= CROWD:
        return chips
    looks: dict[tuple[object, ...], list[Chip]] = defaultdict(list)
    for chip in chips:
        badges = tuple((b.inward, b.peers, b.sum.traffic, b.sum.certain, b.sum.rules) for b in chip.badges)
        looks[chip.kind, badges, chip.marks].append(chip)
    found: list[Chip] = []
    for alike in looks.values():
        found += [_crowd(alike, account)] if len(alike) >= FOLD_FROM else alike
    return found


def _crowd(alike: Sequence[Chip], account: _Account) -> Chip:
    ids = tuple(each for chip in alike for each in chip.ids)
    return account.chip(ids, f"{kind_text(alike[0].kind)} ×{len(ids)}", alike[0].kind)


def _kin(endpoint: Endpoint, seat: Seat) -> _Kin:
    labels = sorted((key, str(value)) for key, value in endpoint.labels.items())
    return (seat.leaf, endpoint.kind, tuple(labels), bool(endpoint.because))


def _flows_seen(
    kin: Mapping[str, _Kin], flows: Sequence[Flow], violations: Violations
) -> dict[str, set[tuple[object, ...]]]:
    """The flows of each endpoint; those among its own kin are told apart by traffic alone, not by partner.

    Those of whose kin there are too few to share a chip are spared.
    """
    count = Counter(kin.values())
    seen: dict[str, set[tuple[object, ...]]] = {each: set() for each, own in kin.items() if count[own] >= FOLD_FROM}
    for flow in flows:
        if flow.source not in seen and flow.destination not in seen:
            continue
        rules = violations.get((flow.source, flow.destination), ())
        among_kin = kin.get(flow.source, flow.source) == kin.get(flow.destination, flow.destination)
        what = (flow.bounds, tuple(sorted(rules)))
        if flow.source in seen:
            seen[flow.source].add(("to", "" if among_kin else flow.destination, *what))
        if flow.destination in seen:
            seen[flow.destination].add(("from", "" if among_kin else flow.source, *what))
    return seen


def _chip(members: Sequence[Endpoint], account: _Account) -> Chip:
    ids = tuple(member.id for member in members)
    titles = [_name(member) for member in members]
    title = titles[0] if len(ids) == 1 else f"{_common(titles)} ×{len(ids)}"
    return account.chip(ids, title, members[0].kind)


def _name(endpoint: Endpoint) -> str:
    """What people call it: its Name tag, or what its id ends in."""
    name = endpoint.tags.get("Name")
    return name if isinstance(name, str) and name.strip() else short_name(endpoint.id)


_GENERIC = re.compile(r"(?P<name>this|main|default|it)(?P<index>\[.*\])?")
_OWNER = re.compile(r"[^/]+/(?P<name>.+)\[[A-Za-z]+\]")
_PART = re.compile(r"(?:\[[^\]]*\]|[^.\[\]])+")


def short_name(endpoint_id: str) -> str:
    """The part of a public id that its box does not say already.

    `module.data.aws_db_instance.ledger[0]` is `ledger[0]`, `payments/ledger[Deployment]` is `ledger`,
    `module.web.aws_instance.this[0]` is `web[0]`.
    """
    name = endpoint_id.rpartition("::")[2]
    if owner := _OWNER.fullmatch(name):
        return owner["name"]
    if name.startswith(("{", "i-", "eni-")):
        return name
    parts: list[str] = _PART.findall(name) or [name]
    *before, last = parts
    generic = _GENERIC.fullmatch(last)
    if generic and len(before) >= 3 and before[-3] == "module":
        # `module.web.aws_instance.this[0]`: the module has the better name
        return before[-2] + (generic["index"] or "")
    return last


def _common(titles: Sequence[str]) -> str:
    """What a fold of alike endpoints is called: the beginning that they share, or the first one's name."""
    shared = shared_beginning(min(titles), max(titles))
    if any(title[len(shared) :][:1].isalpha() for title in titles):
        shared = re.sub(r"[^\W_]+$", "", shared)  # half a word is no name
    stem = shared.rstrip("-_.[(0123456789\"' ")
    return stem if len(stem) >= 2 else f"{titles[0]} …"
