"""Two lists of rules of which nobody knows which comes first: both orders at once.

https://network-policy-api.sigs.k8s.io/reference/spec/ (read 2026-11-23)

K8S-23  The order of two policies with one priority is not defined.
K8S-27  Where two of one tier and priority could match, the implementation may apply either.

Traffic that only one list matches is decided by it. Where both match and agree, so is their answer; where they
differ, it is one of the two.

Not modelled: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netaudit.model import Peers, Rule, Unknown

AMBIGUOUS = "POLICY_PRIORITY_AMBIGUOUS"


def conflict(first: Sequence[Rule], second: Sequence[Rule]) -> bool:
    """Whether the order of two lists could matter."""
    return any(a.action is not b.action and _shared(a, b) is not None for a in first for b in second)


def either_order(first: Sequence[Rule], second: Sequence[Rule], because: Unknown) -> tuple[Rule, ...]:
    """The rules of both, such that what they disagree about is open for this reason."""
    if not conflict(first, second):
        return (*first, *second)
    return (*(rule for mine in first for rule in (*_against(mine, second, because), mine)), *second)


def _against(mine: Rule, others: Sequence[Rule], because: Unknown) -> Iterator[Rule]:
    """For each part of a rule that others match too: theirs as a possibility, then its own as the only other one."""
    for theirs in others:
        shared = _shared(mine, theirs)
        if shared is None:
            continue
        unknowns = tuple(dict.fromkeys((*mine.because, *theirs.because)))
        if theirs.action is not mine.action:
            yield replace(theirs, peers=shared, traffic=mine.traffic & theirs.traffic, because=(*unknowns, because))
        yield replace(mine, peers=shared, traffic=mine.traffic & theirs.traffic, because=unknowns)


def _shared(a: Rule, b: Rule) -> Peers | None:
    """The peers of traffic that both rules match, None where there is none."""
    if not a.traffic & b.traffic:
        return None
    if a.peers.everyone or b.peers.everyone:
        return b.peers if a.peers.everyone else a.peers
    members = a.peers.members & b.peers.members
    addresses = a.peers.addresses & b.peers.addresses
    if not members and not addresses:
        return None
    return Peers(members, addresses, a.peers.exempt | b.peers.exempt)
