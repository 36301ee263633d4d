"""What a pod that does not exist yet would be open to: the namespaces without a default deny.

https://kubernetes.io/docs/concepts/services-networking/network-policies/ (read 2026-11-23)

K8S-11  A side that no policy selects is unrestricted.

The question is asked for a pod without any label, so only policies that select every pod of a namespace, or pods
by labels that are absent, hold for it. Its peers are some pod of which nothing is known, and the outside.

Not modelled: labels that an admission controller adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netaudit.flows import ANYWHERE, CLAIMED
from netaudit.model import NO_LABELS, Exposure, Origin, Party, Reading, Settings, Unknown, decide
from netaudit.providers.kubernetes.cluster import clusters_of, stacks_with
from netaudit.providers.kubernetes.policies.contribution import Side
from netaudit.providers.kubernetes.workload import Pod

ANY_POD, OUTSIDE = "any pod", "any address outside"
_STRANGER = "{any pod}"
_PEERS = {
    ANY_POD: Party(_STRANGER, ANYWHERE, Unknown("the address of some pod")),
    OUTSIDE: Party("{outside}", ANYWHERE, Unknown("which address outside")),
}


def exposed(readings: Sequence[Reading], settings: Settings) -> tuple[Exposure, ...]:
    """For each namespace of a cluster, side and peer, what would be open; nothing where all is denied."""
    return tuple(each for own, _, prefix in clusters_of(readings) for each in _exposures(own, prefix, settings))


def _exposures(readings: Sequence[Reading], prefix: str, settings: Settings) -> Iterator[Exposure]:
    for pod, stacks in stacks_with(_newcomer, _STRANGER, readings, settings):
        for side in Side:
            policy = stacks.of(pod, side)
            for peer, party in _PEERS.items():
                found = decide(policy, party, CLAIMED)
                if found.may_allow:
                    yield Exposure(
                        prefix + pod.namespace,
                        side,
                        peer,
                        found.must_allow,
                        found.may_allow,
                        policy.name,
                        policy.origin,
                    )


def _newcomer(namespace: str) -> Pod:
    id_ = f"{namespace}/{{new}}[Pod]"
    return Pod(id=id_, kind="Pod", namespace=namespace, origin=Origin(""), owner=id_, labels=NO_LABELS)
