"""What something that does not exist yet would be open to."""

from __future__ import annotations

from dataclasses import dataclass

from netaudit.flows import Traffic
from netaudit.model.origin import Origin, Unknown


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a new pod of a namespace may exchange with a peer, on one side; `decided_by` names the policies.

    `side` is `ingress` or `egress`. `certain` holds for every such peer, `possible` for some.
    """

    namespace: str
    side: str
    peer: str
    certain: Traffic
    possible: Traffic
    decided_by: str
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class NewcomerSide:
    """One side of the pods that a namespace does not have yet.

    `open` is what one without labels may exchange, by peer. `undecided` says why some pod, by its labels, may be one
    that no policy is meant for, so that everything is allowed; it is empty where policies decide for every pod.
    """

    namespace: str
    side: str
    open: tuple[Exposure, ...]
    undecided: tuple[Unknown, ...]
