"""The policy kinds in the order in which a side's stack asks them, one file each.

A kind's file tells its name and API versions, reads an object of it, and lowers what was read to contributions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from netaudit.model import Diagnostic, Resource
from netaudit.providers.kubernetes.policies import (
    admin_network_policy,
    baseline_admin_network_policy,
    cluster_network_policy,
    network_policy,
    ordered,
)
from netaudit.providers.kubernetes.policies.contribution import Contribution
from netaudit.providers.kubernetes.policies.network_policy import NetworkPolicy
from netaudit.providers.kubernetes.policies.ordered import OrderedPolicy
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.selectors import Selector


class Record(Protocol):
    """A policy as read, whatever kind it is of: what the rest of the model asks about it."""

    @property
    def selectors(self) -> Iterator[Selector]:
        """Every selector of pods in it."""
        ...

    @property
    def port_names(self) -> frozenset[tuple[str, str]]:
        """The named ports in it, each with its protocol."""
        ...

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that its meaning hangs on."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A policy that could be read: the record, and how to lower it."""

    record: Record
    lower: Callable[[Population], Iterator[Contribution]]
    notes: Callable[[Population], Iterator[Diagnostic]]


def _network_policy(resource: Resource) -> Known:
    record: NetworkPolicy = network_policy.read(resource)
    return Known(record, partial(network_policy.lower, record), lambda _: iter(()))


def _ordered(read: Callable[[Resource], OrderedPolicy], resource: Resource) -> Known:
    record = read(resource)
    return Known(record, partial(ordered.lower, record), partial(ordered.notes, record))


Reader = Callable[[Resource], Known]

_READERS: dict[tuple[str, tuple[str, ...]], Reader] = {
    (admin_network_policy.KIND, admin_network_policy.VERSIONS): partial(_ordered, admin_network_policy.read),
    (cluster_network_policy.KIND, cluster_network_policy.VERSIONS): partial(_ordered, cluster_network_policy.read),
    (network_policy.KIND, network_policy.VERSIONS): _network_policy,
    (baseline_admin_network_policy.KIND, baseline_admin_network_policy.VERSIONS): partial(
        _ordered, baseline_admin_network_policy.read
    ),
}


def reader_of(resource: Resource) -> Reader | None:
    """What reads an object as a policy; None where its kind and version are not evaluated."""
    version = resource.attributes["apiVersion"]
    for (kind, versions), reader in _READERS.items():
        if resource.kind == kind and version in versions:
            return reader
    return None
