"""Kubernetes manifests to a `Network`: pods as endpoints, policies as filters on their two sides.

All readings without a name of their own describe one cluster; each named one is a cluster of its own, whose ids
begin with `name::`. What other formats hold is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from netaudit.flows import NOWHERE, AddressSet
from netaudit.model import Network, Path, Reading, Resource, Settings
from netaudit.providers.kubernetes.cluster import build_cluster, clusters_of
from netaudit.providers.kubernetes.exposure import exposed, newcomer_sides
from netaudit.providers.kubernetes.workload import template_path

__all__ = ["build", "exposed", "labels_at", "newcomer_sides"]

NO_GROUND: Mapping[str, AddressSet] = MappingProxyType({})


def build(readings: Sequence[Reading], settings: Settings, ground: Mapping[str, AddressSet] = NO_GROUND) -> Network:
    """The network of all clusters that the readings describe, empty when there is none. Never raises.

    `ground` are the addresses of which the pods of a cluster have one each, as far as a bridge knows them.
    """
    parts = [
        build_cluster(own, realm, prefix, settings, ground.get(realm, NOWHERE))
        for own, realm, prefix in clusters_of(readings)
    ]
    return Network.merge(parts)


def labels_at(resource: Resource) -> Path | None:
    """Where the labels stand by which policies select what an object is, or what it runs; None where they never do."""
    template = () if resource.kind in {"Namespace", "Node"} else template_path(resource)
    return None if template is None else (*template, "metadata", "labels")
