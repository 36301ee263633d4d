"""The tables of `netaudit ls`: rows of plain values, sorted, with the same columns in text, JSON and CSV.

Every row has a `place`, an Origin or None, that each report writes in its own way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED, NO_TRAFFIC, PUBLIC, Traffic
from netaudit.model import Diagnostic, Endpoint, Exposure, Origin, Resource, Sensitive, Unknown, Way
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations, reach

Row = dict[str, object]
Table = Callable[[Reachability, Sequence[Resource]], list[Row]]


def endpoints(solved: Reachability, _: Sequence[Resource]) -> list[Row]:
    """Everything that opens or accepts connections, external blocks last."""
    return [
        {
            "id": endpoint.id,
            "kind": endpoint.kind,
            "addresses": endpoint.shown,
            "groups": sorted(endpoint.groups),
            "place": endpoint.origin,
        }
        for endpoint in solved.endpoints
    ]


def groups(solved: Reachability, _: Sequence[Resource]) -> list[Row]:
    """The named groups that selectors know, and how many endpoints each has."""
    counts = Counter(key for endpoint in solved.network.endpoints for key in endpoint.groups)
    return [
        {
            "group": group.key,
            "names": list(group.names),
            "members": counts[group.key],
            "detail": group.detail,
            "place": group.origin,
        }
        for group in solved.network.groups
    ]


def rules(solved: Reachability, _: Sequence[Resource]) -> list[Row]:
    """Every rule of every filter, in the order in which the filter reads it."""
    rows: list[Row] = [
        {
            "filter": policy.name,
            "stage": str(policy.stage),
            "rule": rule.name,
            "action": str(rule.action),
            "text": rule.text,
            "unknown": [unknown.reason for unknown in rule.because],
            "place": rule.origin,
        }
        for policy in solved.network.policies
        for tier in policy.tiers
        for rule in tier.rules
    ]
    return sorted(rows, key=lambda row: (str(row["stage"]), str(row["filter"])))


def exposed(solved: Reachability, _: Sequence[Resource]) -> list[Row]:
    """What public addresses may reach directly, and by which ways they are led to it."""
    public = [endpoint for endpoint in solved.external if endpoint.addresses <= PUBLIC]
    direct = [
        _exposed(flow.destination, flow.source, flow.certain, flow.possible, solved.by_id[flow.destination].origin)
        for flow in reach(Relations(solved), Relation.DIRECT, sources=public, traffic=CLAIMED)
    ]
    return direct + [row for way in solved.network.ways for row in _led(solved, way, public)]


def _exposed(to: str, source: str, certain: Traffic, possible: Traffic, place: Origin | None, by: str = "") -> Row:
    return {"id": to, "from": source, "certain": certain, "possible": possible, "by": by, "place": place}


def _led(solved: Reachability, way: Way, public: Sequence[Endpoint]) -> Iterator[Row]:
    """One row for each public client that a way is open to, as far as policies let it pass; never certain by proxy."""
    target = solved.by_id[way.target]
    dialled = f" (dialled: {way.dialled})" if way.dialled else ""
    for client in public:
        last = solved.by_id[way.proxy] if way.proxy else client
        bounds = solved.bounds(last, target) & way.traffic
        if bounds.possible and client.addresses.overlaps(way.clients):
            certain = NO_TRAFFIC if way.proxy else bounds.certain
            yield _exposed(target.id, client.id, certain, bounds.possible, way.origin, " → ".join(way.by) + dialled)


def newcomers(exposures: Sequence[Exposure]) -> list[Row]:
    """What pods that do not exist yet would be open to, in the columns of `exposed`."""
    return [
        {
            "id": new if each.side == "ingress" else each.peer,
            "from": each.peer if each.side == "ingress" else new,
            "certain": each.certain,
            "possible": each.possible,
            "by": "",
            "place": each.origin,
        }
        for each in exposures
        for new in (f"{each.namespace}/{{a new pod}}",)
    ]


def unresolved(solved: Reachability, resources_read: Sequence[Resource]) -> list[Row]:
    """The unknown values of what was read, grouped by cause, and how many flows hang on each."""
    flows = reach(Relations(solved), Relation.DIRECT)
    hanging = Counter((each.reason, _placed(each.origin)) for flow in flows for each in set(flow.depends_on))
    uses: dict[tuple[str, Origin], list[str]] = {}
    for resource in resources_read:
        for path, unknown in _unknowns(resource.attributes, ()):
            name = f"{resource.address}.{'.'.join(path)}"
            uses.setdefault((unknown.reason, _placed(unknown.origin)), []).append(name)
    ordered = sorted(uses.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {"cause": reason, "values": len(names), "flows": hanging[reason, place], "first": names[0], "place": place}
        for (reason, place), names in ordered
    ]


def diagnostics(solved: Reachability, _: Sequence[Resource]) -> list[Row]:
    """Everything that was not understood or is worth a look."""
    return [_diagnostic(each) for each in sorted(solved.network.diagnostics, key=lambda d: d.sort_key)]


def resources(resources_read: Sequence[Resource]) -> list[Row]:
    """What was read, one line each, with the first causes of what is unknown of it."""
    return [
        {
            "address": resource.address,
            "kind": resource.kind,
            "place": resource.origin,
            "unknown": _causes(resource),
        }
        for resource in resources_read
    ]


def _causes(resource: Resource) -> str:
    unknowns = (unknown for _, unknown in _unknowns(resource.attributes, ()))
    causes = list(dict.fromkeys(_cause(each) for each in unknowns))
    more = [f"and {len(causes) - _MOST_CAUSES} more"] if len(causes) > _MOST_CAUSES else []
    return "; ".join([*causes[:_MOST_CAUSES], *more])


def _cause(unknown: Unknown) -> str:
    return f"{unknown.reason} ({unknown.origin.place})" if unknown.origin and unknown.origin.file else unknown.reason


def _diagnostic(diagnostic: Diagnostic) -> Row:
    return {
        "severity": str(diagnostic.severity),
        "code": diagnostic.code,
        "effect": str(diagnostic.effect),
        "message": diagnostic.message,
        "place": diagnostic.origin,
    }


def _unknowns(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Unknown]]:
    if isinstance(value, Unknown):
        yield path, value
    elif isinstance(value, Sensitive):
        yield from _unknowns(value.value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _unknowns(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _unknowns(item, (*path, str(index)))


def _placed(origin: Origin | None) -> Origin:
    return Origin(origin.file, origin.line) if origin else Origin("")


_MOST_CAUSES = 2
LISTS: Mapping[str, Table] = {
    "endpoints": endpoints,
    "groups": groups,
    "rules": rules,
    "exposed": exposed,
    "unresolved": unresolved,
    "diagnostics": diagnostics,
}
