"""What something that does not exist yet would be open to."""

from __future__ import annotations

from dataclasses import dataclass

from netaudit.flows import Traffic
from netaudit.model.origin import Origin


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
