"""Kubernetes manifests to a `Network`: pods as endpoints, policies as filters on their two sides.

All readings without a name of their own describe one cluster; each named one is a cluster of its own, whose ids
begin with `name::`. What other formats hold is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netaudit.model import Network, Reading, Settings
from netaudit.providers.kubernetes.cluster import build_cluster

__all__ = ["build"]


def build(readings: Sequence[Reading], settings: Settings) -> Network:
    """The network of all clusters that the readings describe, empty when there is none. Never raises."""
    return Network.merge(list(_clusters(readings, settings)))


def _clusters(readings: Sequence[Reading], settings: Settings) -> Iterator[Network]:
    manifests = [reading for reading in readings if reading.format == "kubernetes"]
    if unnamed := [reading for reading in manifests if not reading.named]:
        realm = "+".join(dict.fromkeys(reading.name for reading in unnamed))
        yield build_cluster(unnamed, realm, "", settings)
    for name in dict.fromkeys(reading.name for reading in manifests if reading.named):
        own = [reading for reading in manifests if reading.named and reading.name == name]
        yield build_cluster(own, name, f"{name}::", settings)
