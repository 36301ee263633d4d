"""Whether pods that do not exist yet are closed off until a policy is written for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netaudit.checks.clauses import DefaultDeny
from netaudit.checks.verdicts import Breach, Witness
from netaudit.engine.reference import Check
from netaudit.flows import CLAIMED, NO_TRAFFIC
from netaudit.model import Exposure, NewcomerSide, Origin, Stage, Truth, Unknown
from netaudit.queries.selectors import glob


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What newcomers would be open to; `examined` counts sides of the `namespaces` that are meant.

    `unmatched` are names among those that were asked for that no namespace has.
    """

    examined: int
    namespaces: frozenset[str]
    witnesses: tuple[Witness, ...]
    breaches: tuple[Breach, ...]
    unknowns: tuple[Unknown, ...]
    unmatched: tuple[str, ...]


def left_open(sides: Sequence[NewcomerSide], clause: DefaultDeny, declared: Mapping[str, Origin | None]) -> LeftOpen:
    """Judge each side: certain where a pod without labels is open, in doubt where some other pod may be.

    `declared` tells where each namespace is: the place of what is open because no policy is there.
    """
    chosen = [each for each in sides if each.side in clause.sides and _is_meant(each.namespace, clause)]
    witnesses: list[Witness] = []
    breaches: list[Breach] = []
    unknowns: dict[Unknown, None] = {}
    for each in chosen:
        for exposure in each.open:
            certain, possible = exposure.certain - clause.allowed, exposure.possible - clause.allowed
            if possible:
                breaches.append(Breach((_ends(exposure),), certain, possible))
            if certain:
                witnesses.append(_witness(exposure, clause, exposure.origin or declared.get(f"ns/{each.namespace}")))
            elif possible:
                unknowns[Unknown(f"which address outside {exposure.decided_by} admits", exposure.origin)] = None
        if each.undecided and not any(exposure.certain - clause.allowed for exposure in each.open):
            breaches.append(Breach(((f"{each.namespace}/{{a new pod}}", each.side),), NO_TRAFFIC, CLAIMED))
            unknowns |= dict.fromkeys(each.undecided)
    namespaces = frozenset(each.namespace for each in chosen)
    absent = tuple(sorted({name for name in clause.namespaces if "*" not in name} - _names(sides)))
    return LeftOpen(len(chosen), namespaces, tuple(witnesses), tuple(breaches), tuple(unknowns), absent)


def _names(sides: Sequence[NewcomerSide]) -> set[str]:
    return {name for each in sides for name in _names_of(each.namespace)}


def _names_of(namespace: str) -> set[str]:
    """A namespace's name, with and without that of its source."""
    return {namespace, namespace.rpartition("::")[2]}


def _is_meant(namespace: str, clause: DefaultDeny) -> bool:
    names = _names_of(namespace)
    return _matches(names, clause.namespaces) and not _matches(names, clause.exempt)


def _matches(names: set[str], patterns: Sequence[str]) -> bool:
    return any(glob(pattern)(name) for pattern in patterns for name in names)


def _ends(exposure: Exposure) -> tuple[str, str]:
    new = f"{exposure.namespace}/{{a new pod}}"
    return (exposure.peer, new) if exposure.side == "ingress" else (new, exposure.peer)


def _witness(exposure: Exposure, clause: DefaultDeny, origin: Origin | None) -> Witness:
    source, destination = _ends(exposure)
    check = Check(
        f"{source} → {destination}",
        Stage(exposure.side),
        exposure.decided_by,
        Truth.YES,
        f"a pod without labels is open here ({exposure.side})",
        "NP_NEWCOMER_OPEN",
        origin,
    )
    return Witness(source, destination, exposure.certain - clause.allowed, 0, ((source, destination, (check,)),))
