"""User-defined networks are not evaluated; those that cannot be in force as written are an error all the same.

https://ovn-kubernetes.io/features/user-defined-networks/user-defined-networks/ (read 2026-11-23)

K8S-34  What is not evaluated is named. A network called `default` or in the namespace `default`, and a second
        primary network of one namespace, are refused by the plugin.

Not modelled: the networks themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from netaudit.model import Diagnostic, Resource, Truth
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.selectors import read_selector
from netaudit.providers.kubernetes.workload import namespace_of

KINDS = ("UserDefinedNetwork", "ClusterUserDefinedNetwork")
_CODE = "K8S_USER_NETWORK_REFUSED"


def refused(resources: Iterable[Resource], spaces: Iterable[str], population: Population) -> Iterator[Diagnostic]:
    """Networks that the plugin would refuse; `spaces` are the namespaces of the cluster."""
    primary: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in (each for each in resources if each.kind in KINDS):
        try:
            _check_place(resource)
            for space in _spaces(resource, spaces, population):
                primary[space].append(resource)
        except MalformedError as error:
            yield error.diagnostic(_CODE, *_touched(resource))
    for space, networks in sorted(primary.items()):
        for second in networks[1:]:
            text = f"makes a second primary network of namespace {space}, after {networks[0].address}"
            yield MalformedError(Field.root(second).get("spec"), text).diagnostic(_CODE, f"ns/{space}")


def _check_place(resource: Resource) -> None:
    metadata = Field.root(resource).get("metadata")
    if resource.kind == "UserDefinedNetwork" and metadata.get("name").value == "default":
        raise MalformedError(metadata.get("name"), "must not be 'default'")
    if resource.kind == "UserDefinedNetwork" and namespace_of(resource) == "default":
        raise MalformedError(metadata.get("namespace"), "must not be 'default'")


def _spaces(resource: Resource, spaces: Iterable[str], population: Population) -> list[str]:
    """The namespaces whose primary network it certainly is. Raises MalformedError."""
    spec = Field.root(resource).get("spec")
    own = resource.kind == "UserDefinedNetwork"
    network = spec if own else spec.get("network")
    roles = {network.get(layer, "role").value for layer in ("layer2", "layer3") if network.get(layer)}
    if roles != {"Primary"}:
        return []
    if own:
        return [namespace_of(resource)]
    selector = read_selector(spec.get("namespaceSelector"))
    return [space for space in spaces if selector.picks(population.labels_of(space)) is Truth.YES]


def _touched(resource: Resource) -> tuple[str, ...]:
    return (f"ns/{namespace_of(resource)}",) if resource.kind == "UserDefinedNetwork" else ()
