"""Whether every endpoint is in exactly one zone."""

from __future__ import annotations

from dataclasses import dataclass

from netaudit.checks.clauses import Partition
from netaudit.checks.verdicts import Witness
from netaudit.engine.reference import Check
from netaudit.engine.solve import Reachability
from netaudit.flows import NO_TRAFFIC
from netaudit.model import Endpoint, Stage, Truth, Unknown
from netaudit.queries.selector_syntax import Word
from netaudit.queries.selectors import Selection, Selectors


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Endpoints that are certainly in no zone or in several; those that may be, and the unknowns that these hang on."""

    witnesses: tuple[Witness, ...]
    undecided: tuple[str, ...]
    unknowns: tuple[Unknown, ...]


def misplaced(solved: Reachability, selectors: Selectors, partition: Partition) -> Misplaced:
    """Judge the partition. A doubt about the endpoint itself, or about a zone, is an unknown."""
    over = selectors.select(partition.over)
    zones = {name: selectors.select(Word(f"zone/{name}")) for name in partition.zones}
    witnesses: list[Witness] = []
    undecided: list[str] = []
    unknowns: dict[Unknown, None] = {}
    for name in sorted(over.possible):
        sure = [zone for zone, members in zones.items() if name in members.certain]
        perhaps = [zone for zone, members in zones.items() if name in members.possible]
        if len(sure) == 1 and len(perhaps) == 1:
            continue
        endpoint = solved.by_id[name]
        if name in over.certain and not endpoint.because and (len(sure) > 1 or not perhaps):
            witnesses.append(_witness(endpoint, sure))
        else:
            undecided.append(name)
            unknowns |= dict.fromkeys((*endpoint.because, *_doubts(name, (over, *zones.values()))))
    return Misplaced(tuple(witnesses), tuple(undecided), tuple(unknowns))


def _doubts(name: str, selections: tuple[Selection, ...]) -> list[Unknown]:
    return [unknown for selection in selections for unknown in selection.because.get(name, ())]


def _witness(endpoint: Endpoint, zones: list[str]) -> Witness:
    said = f"it is in {len(zones)} zones: {', '.join(zones)}" if zones else "it is in no zone"
    code = "ZONE_SEVERAL" if zones else "ZONE_NONE"
    check = Check(endpoint.id, Stage.ROUTE, "zones", Truth.NO, said, code, endpoint.origin)
    return Witness(endpoint.id, "", NO_TRAFFIC, 0, ((endpoint.id, endpoint.id, (check,)),))
