"""Kubernetes manifests to a `Network`: pods as endpoints, policies as filters on their two sides.

All readings without a name of their own describe one cluster; each named one is a cluster of its own, whose ids
begin with `name::`. What other formats hold is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from netaudit.model import Network, Reading, Settings
from netaudit.providers.kubernetes.cluster import build_cluster, clusters_of
from netaudit.providers.kubernetes.exposure import exposed, newcomer_sides

__all__ = ["build", "exposed", "newcomer_sides"]


def build(readings: Sequence[Reading], settings: Settings) -> Network:
    """The network of all clusters that the readings describe, empty when there is none. Never raises."""
    parts = [build_cluster(own, realm, prefix, settings) for own, realm, prefix in clusters_of(readings)]
    return Network.merge(parts)
