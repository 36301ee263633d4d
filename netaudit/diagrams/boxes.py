"""Which boxes a network has, and in which of them each endpoint sits.

The boxes are the network's groups that say so, nested by `Group.parent`. An endpoint sits in the innermost one; when it
belongs to several that do not contain one another (a load balancer in two subnets), in the next box around all of
them. To keep arrows and chips out of each other's way, boxes hold either boxes or chips: what sits directly in a
box of boxes gets a leaf of its own there, and so does what sits across several of them. Such a leaf bears their names
and stands for those that hold nothing else: a subnet of nothing but half a database would look empty. What belongs to
no box sits in one for its realm.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netaudit.diagrams.picture import Box
from netaudit.diagrams.wording import count, kind_text
from netaudit.errors import QueryError
from netaudit.model import Endpoint, Group, Network

_DIRECTLY = "/."  # added to the key of a box, for what sits directly in it
_ACROSS = "/*"  # and for what sits in several of its boxes; their keys follow
_NAMED = 3  # so many boxes are named by the leaf across them
_LONG = 12  # characters that names share, from which on they are said once


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an endpoint sits: the key of the leaf and its tier; for a made-up leaf the box around it.

    `spans` are the keys of the boxes that a leaf lies across, sorted; none for any other leaf.
    """

    leaf: str
    around: str | None
    column: int
    spans: tuple[str, ...] = ()


def natural(text: str) -> tuple[object, ...]:
    """A sort key that puts `web-9` before `web-10`; the text itself comes last, so that no two texts are equal."""
    parts = re.split(r"(\d{1,18})", text)
    return (tuple((part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts), text)


def shared_beginning(one: str, other: str) -> str:
    """The longest text with which both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return one[: next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))]


def seats(network: Network) -> dict[str, Seat]:
    """The seat of every endpoint of the network, by its id."""
    groups = _box_groups(network)
    parents = {group.parent for group in groups.values()}
    return {endpoint.id: _seat(endpoint, groups, parents) for endpoint in network.endpoints}


def boxes_of(network: Network, seat_of: Mapping[str, Seat]) -> tuple[Box, ...]:
    """The outermost boxes, with all boxes in them and no chips yet, sorted by tier and title."""
    groups = _box_groups(network)
    made_up = {seat for seat in seat_of.values() if seat.leaf not in groups}
    parents = {group.parent for group in groups.values()}
    taken = {seat.leaf for seat in seat_of.values()} | parents
    stood_for = {key for seat in made_up if len(seat.spans) <= _NAMED for key in seat.spans} - taken
    children: dict[str | None, list[Box]] = defaultdict(list)
    for group in groups.values():
        if group.key not in stood_for:
            children[group.parent].append(Box(group.key, group.kind, group.title, group.detail, group.column))
    for seat in made_up:
        children[seat.around].append(_made_up(seat, groups))
    return _nested(children, None)


def collapsed(network: Network, kind: str) -> Network:
    """The same network, in which groups inside a group of this kind are no boxes. Raises QueryError on no such kind."""
    groups = _box_groups(network)
    kinds = sorted({group.kind for group in groups.values()})
    if kind not in kinds:
        raise QueryError(f"no box is a '{kind}'; expected one of {', '.join(kinds) or 'none: there are no boxes'}")
    inner = {key for key in groups if any(groups[outer].kind == kind for outer in _chain(key, groups)[1:])}
    return replace(network, groups=tuple(replace(g, box=g.box and g.key not in inner) for g in network.groups))


def grouped(network: Network, by: str) -> Network:
    """The same network with one box for each value that endpoints have for `by`, and none in another.

    `by` is a kind of group (`vpc`, `sg`, `ns`, `kind`, `source`, …), `label:KEY` or `tag:KEY`. Who is in several groups
    of the kind sits in a box of their own, named after all of them. Raises QueryError where there is none of it.
    """
    values = {endpoint.id: _value(endpoint, network, by) for endpoint in network.endpoints}
    if not any(values.values()):
        kinds = ", ".join(sorted({group.kind for group in network.groups}))
        raise QueryError(
            f"nothing is grouped by '{by}'; expected label:KEY, tag:KEY, kind or one of: {kinds or 'none'}"
        )
    groups = [Group(f"by/{value}", by, value or f"no {by}") for value in sorted(set(values.values()), key=natural)]
    endpoints = tuple(replace(e, groups=frozenset({f"by/{values[e.id]}"})) for e in network.endpoints)
    return replace(network, endpoints=endpoints, groups=tuple(groups))


def _value(endpoint: Endpoint, network: Network, by: str) -> str:
    kind, colon, key = by.partition(":")
    if colon and kind in {"label", "tag"}:
        value = (endpoint.labels if kind == "label" else endpoint.tags).get(key)
        return "" if value is None else value if isinstance(value, str) else f"unknown {key}"
    if by == "kind":
        return endpoint.kind
    found = [network.groups_by_key[key] for key in endpoint.groups if key in network.groups_by_key]
    return " + ".join(sorted((group.title or group.key for group in found if group.kind == by), key=natural))


def depths(network: Network) -> tuple[tuple[str, ...], ...]:
    """The kinds of the boxes at each depth, the outermost first."""
    groups = _box_groups(network)
    found: dict[int, set[str]] = defaultdict(set)
    for key, group in groups.items():
        found[len(_chain(key, groups))].add(group.kind)
    return tuple(tuple(sorted(found[depth])) for depth in sorted(found))


def down_to(network: Network, depth: int) -> Network:
    """The same network, in which groups that lie more than so many boxes deep are no boxes."""
    groups = _box_groups(network)
    inner = {key for key in groups if len(_chain(key, groups)) > depth}
    return replace(network, groups=tuple(replace(g, box=g.box and g.key not in inner) for g in network.groups))


def are_several(network: Network, depth: int) -> bool:
    """Whether there is more than one box to sit in where no more than so many lie in one another."""
    shallow = down_to(network, depth)
    boxes = boxes_of(shallow, seats(shallow))
    return sum(1 for box in boxes for _ in box.leaves) > 1


def _nested(children: Mapping[str | None, list[Box]], key: str | None) -> tuple[Box, ...]:
    found = (replace(box, boxes=_nested(children, box.key)) for box in children.get(key, ()))
    return tuple(sorted(found, key=lambda box: (box.column, box.kind == "", *natural(box.title), box.key)))


def _box_groups(network: Network) -> dict[str, Group]:
    """Groups that are boxes, with the next *box* around them as parent; a parent that is none, or a loop, is cut."""
    groups = network.groups_by_key
    found = {}
    for group in sorted(network.groups, key=lambda group: group.key):
        if group.box:
            found[group.key] = replace(group, parent=_parent_box(group, groups))
    return found


def _parent_box(group: Group, groups: Mapping[str, Group]) -> str | None:
    passed = [group.key]
    parent = group.parent
    while parent is not None and parent in groups and parent not in passed:
        passed.append(parent)
        parent = groups[parent].parent
    if parent == group.key:
        return None  # the groups lie in a loop: none of them is around the others
    return next((key for key in passed[1:] if groups[key].box), None)


def _chain(key: str, groups: Mapping[str, Group]) -> list[str]:
    """The box and those around it, innermost first."""
    chain: list[str] = []
    at: str | None = key
    while at is not None:
        chain.append(at)
        at = groups[at].parent
    return chain


def _seat(endpoint: Endpoint, groups: Mapping[str, Group], parents: Iterable[str | None]) -> Seat:
    member_of = sorted(key for key in endpoint.groups if key in groups)
    if not member_of:
        return Seat(f"realm/{endpoint.realm}", None, 1)
    chains = {key: _chain(key, groups) for key in member_of}
    around = {key for chain in chains.values() for key in chain[1:]}
    innermost = [key for key in member_of if key not in around]
    home = _common_box([chains[key] for key in innermost])
    if home is None:
        deepest = max(innermost, key=lambda key: len(chains[key]))
        home, innermost = deepest, [deepest]
    if home not in parents:
        return Seat(home, None, groups[home].column)
    if innermost == [home]:
        return Seat(f"{home}{_DIRECTLY}", home, groups[home].column)
    column = min(groups[key].column for key in innermost)
    key = f"{home}{_ACROSS}{'|'.join(innermost)}"
    return Seat(key, home, column, tuple(innermost))


def _common_box(chains: list[list[str]]) -> str | None:
    shared = set.intersection(*(set(chain) for chain in chains))
    return next((key for key in chains[0] if key in shared), None)


def _made_up(seat: Seat, groups: Mapping[str, Group]) -> Box:
    """The leaf of a seat that no group stands for."""
    if seat.spans:
        return _across([groups[key] for key in seat.spans], seat)
    realm = seat.leaf.removeprefix("realm/")
    nowhere = f"{realm}: in no segment" if realm else "in no segment"
    return Box(seat.leaf, "", "directly in it" if seat.around is not None else nowhere, "", seat.column)


def _across(spanned: Iterable[Group], seat: Seat) -> Box:
    """The leaf across some boxes, named after them."""
    listed = sorted(spanned, key=lambda group: natural(group.title or group.key))
    kinds = {group.kind for group in listed}
    what = count(len(listed), kind_text(kinds.pop()) if len(kinds) == 1 else "segment")
    details = _some(group.detail for group in listed if group.detail)
    title = _some(_brief([group.title or group.key for group in listed]))
    return Box(seat.leaf, "", title, f"{what} · {details}" if details else what, seat.column)


def _brief(names: Sequence[str]) -> Iterator[str]:
    """The first name, and the others without a long beginning that they all share: `web-eu-west-1a`, `…1b`."""
    shared = re.sub(r"[^-_./ ]*$", "", shared_beginning(min(names), max(names)))
    for index, name in enumerate(names):
        yield f"…{name[len(shared) :]}" if index and len(shared) >= _LONG else name


def _some(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    first = list(names)
    more = f" +{len(first) - _NAMED}" if len(first) > _NAMED else ""
    return " + ".join(first[:_NAMED]) + more
