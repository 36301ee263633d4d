"""What a pod that does not exist yet would be open to: the namespaces without a default deny.

https://kubernetes.io/docs/concepts/services-networking/network-policies/ (read 2026-11-23)

K8S-11  A side that no policy selects is unrestricted.

What is open is asked for a pod without any label, so only policies that select every pod of a namespace, or pods
by labels that are absent, hold for it. Its peers are some pod of which nothing is known, and the outside. Whether some
pod is left to the default is asked for one whose labels nobody knows.

Not modelled: labels that an admission controller adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netaudit.flows import ANYWHERE, CLAIMED
from netaudit.model import (
    MORE,
    NO_LABELS,
    Action,
    Exposure,
    NewcomerSide,
    Origin,
    Party,
    Policy,
    Reading,
    Rule,
    Settings,
    Unknown,
    decide,
)
from netaudit.providers.kubernetes.cluster import clusters_of, stacks_with
from netaudit.providers.kubernetes.policies.contribution import Side
from netaudit.providers.kubernetes.selectors import Labels
from netaudit.providers.kubernetes.workload import Pod

ANY_POD, OUTSIDE = "any pod", "any address outside"
_STRANGER = "{any pod}"
_LABELS = Unknown("which labels a new pod will have")
_PEERS = {
    ANY_POD: Party(_STRANGER, ANYWHERE, Unknown("the address of some pod")),
    OUTSIDE: Party("{outside}", ANYWHERE, Unknown("which address outside")),
}


def newcomer_sides(readings: Sequence[Reading], settings: Settings) -> tuple[NewcomerSide, ...]:
    """Both sides of what may come into each namespace of each cluster."""
    return tuple(each for own, _, prefix in clusters_of(readings) for each in _sides(own, prefix, settings))


def exposed(readings: Sequence[Reading], settings: Settings) -> tuple[Exposure, ...]:
    """For each namespace of a cluster, side and peer, what would be open; nothing where all is denied."""
    return tuple(each for side in newcomer_sides(readings, settings) for each in side.open)


def _sides(readings: Sequence[Reading], prefix: str, settings: Settings) -> Iterator[NewcomerSide]:
    for namespace, (bare, labelled), stacks in stacks_with(_newcomers, _STRANGER, readings, settings):
        for side in Side:
            yield NewcomerSide(
                prefix + namespace,
                side,
                tuple(_exposures(prefix + namespace, side, stacks.of(bare, side))),
                tuple(_reasons_left_open(stacks.of(labelled, side))),
            )


def _exposures(namespace: str, side: Side, policy: Policy) -> Iterator[Exposure]:
    for peer, party in _PEERS.items():
        found = decide(policy, party, CLAIMED)
        if found.may_allow:
            yield Exposure(namespace, side, peer, found.must_allow, found.may_allow, policy.name, policy.origin)


def _reasons_left_open(policy: Policy) -> Iterator[Unknown]:
    """Why the default may decide: what passes even if every rule that allows something denied it instead."""
    tiers = (replace(tier, rules=tuple(map(_denying, tier.rules))) for tier in policy.tiers)
    strict = replace(policy, tiers=tuple(tiers))
    if any(decide(strict, party, CLAIMED).may_allow for party in _PEERS.values()):
        yield _LABELS


def _denying(rule: Rule) -> Rule:
    return replace(rule, action=Action.DENY) if rule.action is Action.ALLOW else rule


def _newcomers(namespace: str) -> tuple[Pod, Pod]:
    """A pod without labels, and one that may have any."""
    return _newcomer(namespace, "{new}", NO_LABELS), _newcomer(namespace, "{new, labelled}", {MORE: _LABELS})


def _newcomer(namespace: str, name: str, labels: Labels) -> Pod:
    id_ = f"{namespace}/{name}[Pod]"
    return Pod(id=id_, kind="Pod", namespace=namespace, origin=Origin(""), owner=id_, labels=labels)
