"""From a solved network and flows to a `Picture`: who sits in which box, who is alike, which flow is counted where."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from netaudit.diagrams.account import Account, Peopled, flows_seen
from netaudit.diagrams.boxes import Seat, boxes_of, collapsed, down_to, grouped, natural, seats, shared_beginning
from netaudit.diagrams.focus import Focus, neighbourhood
from netaudit.diagrams.picture import Box, Bundle, Chip, Picture, Sum, Totals, Violations
from netaudit.diagrams.wording import kind_text
from netaudit.errors import QueryError
from netaudit.model import Endpoint
from netaudit.queries.blocks import Blocks, listed_blocks
from netaudit.queries.flow import Flow

FOLD_FROM = 3  # so many alike endpoints share a chip
CROWD = 48  # in a box with more chips than this, those that look the same share one


def picture(
    solved: Peopled,
    flows: Blocks | Iterable[Flow],
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
    network = collapsed(solved.network, collapse) if collapse else solved.network
    network = down_to(network, depth) if depth else network
    network = grouped(network, by) if by else network
    seat_of = seats(network)
    endpoints, boxes = network.endpoints, boxes_of(network, seat_of)
    blocks, hidden = flows if isinstance(flows, Blocks) else listed_blocks(flows), 0
    _refuse_strangers(blocks, solved)
    if focus is not None:
        near = neighbourhood(solved.by_id, blocks, focus)
        hidden = len(blocks) - len(near.blocks)
        blocks = near.blocks
        endpoints = tuple(endpoint for endpoint in endpoints if endpoint.id in near.ids)
        boxes = pruned(boxes, {seat_of[endpoint.id].leaf for endpoint in endpoints})
    blocks = blocks.apart({each for pair in violations for each in pair})
    account = Account(solved, blocks, {name: seat.leaf for name, seat in seat_of.items()}, violations)
    chips = _chips(endpoints, seat_of, blocks, violations, account)
    boxes = tuple(_filled(box, chips, account) for box in boxes)
    bundles = tuple(Bundle(*pair, account.sum(found)) for pair, found in sorted(account.between.items()))
    transit = account.sum(account.transit)
    totals = replace(_totals(len(blocks), boxes, bundles, transit), hidden=hidden)
    return Picture(title or (f"Who can reach whom, {focus}" if focus else ""), boxes, bundles, totals, transit)


def pruned(boxes: Iterable[Box], leaves: Container[str]) -> tuple[Box, ...]:
    """The boxes without those in which nobody sits."""
    found = (replace(box, boxes=pruned(box.boxes, leaves)) if box.boxes else box for box in boxes)
    return tuple(box for box in found if box.boxes or box.key in leaves)


def _refuse_strangers(blocks: Blocks, solved: Peopled) -> None:
    for each in sorted(blocks.place_of.keys() - solved.by_id.keys()):
        raise QueryError(f"a flow names '{each}', which is no endpoint of the network")


def _filled(box: Box, chips: Mapping[str, tuple[Chip, ...]], account: Account) -> Box:
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


def _chips(
    endpoints: Iterable[Endpoint],
    seat_of: Mapping[str, Seat],
    blocks: Blocks,
    violations: Violations,
    account: Account,
) -> dict[str, tuple[Chip, ...]]:
    """The chips of every leaf, in natural order of their titles."""
    kin = {endpoint.id: _kin(endpoint, seat_of[endpoint.id]) for endpoint in endpoints}
    count = Counter(kin.values())
    # those of whose kin there are too few to share a chip are spared
    seen = flows_seen(blocks, violations, {each: own for each, own in kin.items() if count[own] >= FOLD_FROM})
    alike: dict[Hashable, list[Endpoint]] = defaultdict(list)
    for endpoint in sorted(endpoints, key=lambda endpoint: natural(endpoint.id)):
        alike[kin[endpoint.id], seen.get(endpoint.id)].append(endpoint)
    found: dict[str, list[Chip]] = defaultdict(list)
    for members in alike.values():
        leaf = seat_of[members[0].id].leaf
        folds = [members] if len(members) >= FOLD_FROM else [[member] for member in members]
        found[leaf] += [_chip(fold, account) for fold in folds]
    thinned = {leaf: _thinned(chips, account) for leaf, chips in found.items()}
    return {leaf: tuple(sorted(chips, key=lambda c: (*natural(c.title), *c.ids))) for leaf, chips in thinned.items()}


def _thinned(chips: Sequence[Chip], account: Account) -> Sequence[Chip]:
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


def _crowd(alike: Sequence[Chip], account: Account) -> Chip:
    ids = tuple(each for chip in alike for each in chip.ids)
    return account.chip(ids, f"{kind_text(alike[0].kind)} ×{len(ids)}", alike[0].kind)


def _kin(endpoint: Endpoint, seat: Seat) -> _Kin:
    labels = sorted((key, str(value)) for key, value in endpoint.labels.items())
    return (seat.leaf, endpoint.kind, tuple(labels), bool(endpoint.because))


def _chip(members: Sequence[Endpoint], account: Account) -> Chip:
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
