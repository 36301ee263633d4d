"""Sources of one network become one reading: what is the same thing in two of them is one resource.

https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html (read 2026-11-27)

Sources are joined by an id that one of them declares and another one names (`vpc-…`, `pcx-…`, `tgw-…`: AWS gives each
to one thing only), by a reference that one takes from the state of another one (`net::aws_vpc.main`), or by what an
assumptions file calls the same. Routes, overlaps and references are then resolved
in one inventory, as if one source had held everything.

AWS takes a route to a peering only in a table of one of its two VPCs: where the source of the accepter has such routes
in the tables of one VPC, that is the peer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from netaudit.errors import RuleFileError
from netaudit.model import Join, Reading, Ref, Resource, Sensitive, Unknown, Value
from netaudit.providers.aws.values import plain

_ID = re.compile(
    r"(vpc|subnet|sg|rtb|acl|eni|i|igw|eigw|nat|pcx|tgw|tgw-attach|tgw-rtb|vpce|vpce-svc|vgw|pl)-[0-9a-f]+"
)
_PREFIXES = ("aws_", "data.aws_")
_ACCEPTS = {
    "aws_vpc_peering_connection_accepter": "vpc_peering_connection_id",
    "aws_ec2_transit_gateway_vpc_attachment_accepter": "transit_gateway_attachment_id",
}
_PEERING = "aws_vpc_peering_connection"
_TABLES = ("aws_route_table", "aws_default_route_table")


def joined(readings: Sequence[Reading], joins: Sequence[Join]) -> Sequence[Reading]:
    """The readings, those of one network as one. Raises RuleFileError for a join of what does not exist."""
    sources = [_Source(reading) for reading in readings if reading.format != "kubernetes"]
    sources = [source for source in sources if source.resources]
    if len(sources) < 2 and not joins:
        return readings
    same = _Same(sources, joins)
    merged = [group for group in same.groups() if len(group) > 1 and not same.clash(group)]
    if not merged:
        return readings
    inside = {id(source.reading) for group in merged for source in group}
    left = [_without_aws(reading) if id(reading) in inside else reading for reading in readings]
    return [*left, *(_merged(group, same) for group in merged)]


@dataclass(eq=False)
class _Source:
    """One reading, with its resources of AWS by the ids that the contract gives them."""

    reading: Reading
    resources: dict[str, Resource] = field(init=False)

    def __post_init__(self) -> None:
        mine = (each for each in self.reading.resources if each.kind.startswith(_PREFIXES))
        self.resources = {self.public(each.address): each for each in mine}

    def public(self, address: str) -> str:
        return f"{self.reading.name}::{address}" if self.reading.named else address

    def unknowns(self) -> set[str]:
        """The ids of the values that the source leaves open, as in `prod::var.hub`."""
        leaves = (leaf for each in self.resources.values() for leaf in _leaves(each.attributes))
        return {self.public(leaf.reason) for leaf in leaves if isinstance(leaf, Unknown)}


class _Same:
    """Which ids stand for one thing: `canonical` is the one that is kept."""

    def __init__(self, sources: Sequence[_Source], joins: Sequence[Join]) -> None:
        self._sources = sources
        self._wished = joins
        self._home = {key: source for source in sources for key in source.resources}
        self._linked: list[tuple[_Source, _Source]] = []
        self.canonical: dict[str, str] = {}
        self.accepted: dict[str, str] = {}
        self.peers: dict[str, Ref] = {}
        self._named = {source.reading.name: source for source in sources}
        self._by_literal_ids()
        self._by_states()
        for join in joins:
            self._by_join(join)

    def groups(self) -> list[list[_Source]]:
        """The sources of one network each."""
        found: list[list[_Source]] = [[source] for source in self._sources]
        for one, other in self._linked:
            first = next(group for group in found if one in group)
            second = next(group for group in found if other in group)
            if first is not second:
                first.extend(second)
                found.remove(second)
        return found

    def clash(self, group: Sequence[_Source]) -> bool:
        """Whether two sources give one id to different things: they stay apart, unless they are to be joined."""
        first: dict[str, Value] = {}
        for source in group:
            for key, resource in source.resources.items():
                literal = plain(resource.attributes.get("id"))
                if key in first and (literal is None or first[key] != literal):
                    if self._wished:
                        message = f"join: '{key}' occurs in more than one source: name the sources, as in prod=PATH"
                        raise RuleFileError(message, self._wished[0].place)
                    return True
                first.setdefault(key, literal)
        return False

    def _link(self, one: _Source, other: _Source) -> None:
        if one is not other:
            self._linked.append((one, other))

    # ---- by the ids that AWS gives --------------------------------------------------------------------

    def _by_literal_ids(self) -> None:
        declared: dict[tuple[str, str], str] = {}
        owners: dict[str, _Source] = {}
        for key, resource in self._declarations():
            literal = plain(resource.attributes.get("id"))
            if isinstance(literal, str) and _ID.fullmatch(literal):
                first = declared.setdefault((_base(resource.kind), literal), key)
                owners.setdefault(literal, self._home[first])
                if first != key:
                    self.canonical[key] = first
        for source in self._sources:
            for resource in source.resources.values():
                for leaf in _leaves(resource.attributes):
                    if isinstance(leaf, str) and leaf in owners:
                        self._link(owners[leaf], source)

    def _by_states(self) -> None:
        for source in self._sources:
            for resource in source.resources.values():
                for leaf in _leaves(resource.attributes):
                    if isinstance(leaf, Ref) and (owner := self._abroad(leaf.address)) is not None:
                        self._link(owner, source)

    def _abroad(self, address: str) -> _Source | None:
        """The source of a resource that another one names by it, as what reads its state does."""
        name, colons, _ = address.partition("::")
        return self._named.get(name) if colons and "[" not in name else None

    def public(self, source: _Source, address: str) -> str:
        """The id of what a source names by an address."""
        owner = self._abroad(address)
        return source.public(address) if owner is None else owner.public(address.partition("::")[2])

    def _declarations(self) -> Iterator[tuple[str, Resource]]:
        """What is declared before what is only looked up."""
        found = [(key, each) for source in self._sources for key, each in source.resources.items()]
        written = [pair for pair in found if not pair[1].kind.startswith("data.")]
        return iter([*written, *(pair for pair in found if pair[1].kind.startswith("data."))] if written else [])

    # ---- by what the assumptions file says -------------------------------------------------------------

    def _by_join(self, join: Join) -> None:
        things = [key for key in join.ids if key in self._home]
        open_values = [key for key in join.ids if key not in self._home]
        for key in open_values:
            if not any(key in source.unknowns() for source in self._sources):
                raise RuleFileError(f"join: '{key}' is no resource of AWS and no open value of a source", join.place)
        if not things:
            raise RuleFileError("join: none of the ids is a resource of AWS", join.place)
        kinds = {_base(self._resource(key).kind) for key in things}
        if len(kinds) > 1:
            raise RuleFileError(f"join: {' and '.join(sorted(kinds))} cannot be the same thing", join.place)
        first = min(things, key=lambda key: _rank(self._resource(key)))
        for key in (*things, *open_values):
            for source in self._sources:
                if key in source.resources or key in source.unknowns():
                    self._link(self._home[first], source)
        for key in things:
            if key != first:
                self._one_thing(first, key)
        self.canonical |= dict.fromkeys(open_values, first)

    def _resource(self, key: str) -> Resource:
        return self._home[key].resources[key]

    def _one_thing(self, first: str, other: str) -> None:
        resource = self._resource(other)
        if resource.kind in _ACCEPTS:
            self.accepted[other] = first
        else:
            self.canonical[other] = first
        if _base(resource.kind) == _PEERING and (peer := self._peer(other)) is not None:
            self.peers[first] = peer

    def _peer(self, key: str) -> Ref | None:
        """The VPC of the accepter's side: the one whose tables lead to the peering, if it is one."""
        source = self._home[key]
        local = self._resource(key).address
        homes: set[str] = set()
        for resource in source.resources.values():
            if resource.kind == "aws_route" and _names(resource.attributes.get("vpc_peering_connection_id"), local):
                homes.add(_home_of(source, resource.attributes.get("route_table_id")))
            elif resource.kind in _TABLES and any(_names(leaf, local) for leaf in _leaves(resource.get("route"))):
                homes.add(_home_of_table(resource))
        known = homes - {""}
        return Ref(source.public(known.pop())) if len(homes) == 1 and len(known) == 1 else None


def _rank(resource: Resource) -> int:
    """What declares a thing comes before what accepts it, and that before what looks it up."""
    return 2 if resource.kind.startswith("data.") else 1 if resource.kind in _ACCEPTS else 0


def _base(kind: str) -> str:
    return kind.removeprefix("data.").removesuffix("_accepter")


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _names(value: object, address: str) -> bool:
    return isinstance(value, Ref) and value.address == address


def _home_of(source: _Source, table: object) -> str:
    """The VPC of the table that a route stands in; empty where that is not written."""
    if not isinstance(table, Ref):
        return ""
    found = source.resources.get(source.public(table.address))
    if found is None:
        return ""
    return table.address if _base(found.kind) == "aws_vpc" else _home_of_table(found)


def _home_of_table(table: Resource) -> str:
    leaf = table.attributes.get("default_route_table_id" if table.kind == _TABLES[1] else "vpc_id")
    return leaf.address if isinstance(leaf, Ref) else ""


# ---- one reading of several ---------------------------------------------------------------------------


def _without_aws(reading: Reading) -> Reading:
    return replace(reading, resources=tuple(r for r in reading.resources if not r.kind.startswith(_PREFIXES)))


def _merged(group: Sequence[_Source], same: _Same) -> Reading:
    """All resources of a network under their public ids; the files that they stand in tell the sources apart."""
    names = dict.fromkeys(source.reading.name for source in group)
    formats = {source.reading.format for source in group}
    resources: dict[str, Resource] = {}
    for source in group:
        for each in _resources(source, same):
            resources.setdefault(each.address, each)
    return Reading(" + ".join(names), formats.pop() if len(formats) == 1 else "terraform", tuple(resources.values()))


def _resources(source: _Source, same: _Same) -> Iterable[Resource]:
    for key, resource in source.resources.items():
        if key in same.canonical:
            continue  # the same thing stands elsewhere
        attributes = {name: _rewritten(value, source, same) for name, value in resource.attributes.items()}
        if key in same.accepted:
            attributes[_ACCEPTS[resource.kind]] = Ref(same.accepted[key])
        if key in same.peers:
            attributes["peer_vpc_id"] = same.peers[key]
        settings = {**resource.settings, "source": source.reading.name}
        yield replace(resource, address=key, attributes=attributes, settings=settings)


def _rewritten(value: Value, source: _Source, same: _Same) -> Value:
    """A value whose references name things by their public ids, and the one that stands for several."""
    if isinstance(value, Ref):
        key = same.public(source, value.address)
        return replace(value, address=same.canonical.get(key, key))
    if isinstance(value, Unknown):
        known = same.canonical.get(source.public(value.reason))
        return value if known is None else Ref(known)
    if isinstance(value, Sensitive):
        return Sensitive(_rewritten(value.value, source, same))
    if isinstance(value, Mapping):
        return {name: _rewritten(each, source, same) for name, each in value.items()}
    if isinstance(value, list):
        return [_rewritten(each, source, same) for each in value]
    return value
