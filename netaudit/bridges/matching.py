"""Which cluster of the cloud a set of manifests runs on: the one that is said, or the only one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netaudit.errors import InputError
from netaudit.model import Reading

CLUSTER = "aws_eks_cluster"


def prefix_of(reading: Reading) -> str:
    """What begins the ids of a reading's things."""
    return f"{reading.name}::" if reading.named else ""


def cluster_id(title: str, number: int, eks: Sequence[str], clusters: Mapping[str, str]) -> str | None:
    """The cluster that was named for one of a number of sets, or the only one where there is only one of each.

    Raises InputError where a cluster is named that is not there.
    """
    named = [clusters[part] for part in (title, *title.split("+")) if part in clusters]
    for name in named[:1]:
        for each in eks:
            if name in (each, each.rpartition("::")[2]):
                return each
        raise InputError(f"clusters: '{name}' is no EKS cluster; there are {', '.join(eks)}")
    return eks[0] if len(eks) == number == 1 else None
