"""Which cluster of the cloud a set of manifests runs on, and what in the cloud is part of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from netaudit.errors import InputError
from netaudit.model import Reading, Ref, Resource, Unknown
from netaudit.providers.aws.lookup import Lookup

CLUSTER = "aws_eks_cluster"
OWNED = "kubernetes.io/cluster/"  # how the tag of what a cluster owns begins; its name follows


def prefix_of(reading: Reading) -> str:
    """What begins the ids of a reading's things."""
    return f"{reading.name}::" if reading.named else ""


def derived_name(begun: str, manifest: Resource) -> str:
    """The address in the cloud of what is derived of a manifest; `begun` begins the ids of the manifest's source."""
    return f"{begun}{manifest.address}"


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


def may_be_of(part: Resource, cluster: Resource, lookup: Lookup) -> bool:
    """Whether something that names its cluster may belong to this one."""
    leaf = part.attributes.get("cluster_name")
    if not isinstance(leaf, str | Ref):
        return True
    found = lookup.find(leaf, CLUSTER)
    open_name = isinstance(leaf, Ref) or not isinstance(cluster.attributes.get("name"), str)
    return found is cluster or (found is None and open_name)


def seen_from(cloud: Iterable[Reading], manifests: Iterable[Reading]) -> list[Resource]:
    """Manifests whose references name what is declared in some cloud, and nothing else.

    Those that another root declares refer to that root's resources, of which some may have the addresses of this one's.
    """
    roots = {name for reading in cloud for name in reading.name.split(" + ")}  # where several roots are one network
    return [
        resource if not reading.derived or reading.name.partition("::")[0] in roots else _without_references(resource)
        for reading in manifests
        for resource in reading.resources
    ]


def _without_references(resource: Resource) -> Resource:
    def opened(value: Any) -> Any:
        if isinstance(value, Ref):
            return Unknown(f"{value} (of another root)", resource.origin)
        if isinstance(value, Mapping):
            return {name: opened(part) for name, part in value.items()}
        return [opened(part) for part in value] if isinstance(value, list) else value

    return replace(resource, attributes=opened(resource.attributes))
