"""The nodes of a cluster: their labels, and the addresses that their status tells.

https://kubernetes.io/docs/concepts/architecture/nodes/ (read 2026-11-23)
https://network-policy-api.sigs.k8s.io/reference/spec/ (read 2026-11-23)

K8S-29  A `nodes` peer selects nodes by label and means the addresses in `node.status.addresses`.

Not modelled: nodes as endpoints; and where no Node object is in the input, which addresses nodes have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netaudit.flows import AddressSet
from netaudit.model import MORE, Diagnostic, Origin, Resource, Unknown
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.selectors import Labels


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node; `addresses` are empty where its status tells none, which leaves them open."""

    name: str
    labels: Labels
    addresses: AddressSet
    origin: Origin

    @property
    def unknown(self) -> Unknown:
        """The reason why its addresses are open."""
        return Unknown(f"the addresses of node {self.name}", self.origin)


def read_nodes(resources: Iterable[Resource]) -> tuple[tuple[Node, ...], list[Diagnostic]]:
    """The nodes that have an object, and what is wrong with some of them."""
    nodes: list[Node] = []
    problems: list[Diagnostic] = []
    for resource in resources:
        name = resource.attributes["metadata"]["name"]
        try:
            node = _node(name, resource)
        except MalformedError as error:
            problems.append(error.diagnostic("K8S_NODE_MALFORMED"))
            open_ = {MORE: Unknown(f"the labels of node {name}", resource.origin)}
            node = Node(name, open_, AddressSet.union(()), resource.origin)
        nodes.append(node)
    return tuple(nodes), problems


def _node(name: str, resource: Resource) -> Node:
    root = Field.root(resource)
    labels = {key: value.text() if value else "" for key, value in root.get("metadata", "labels").entries()}
    found: list[AddressSet] = []
    for item in root.get("status", "addresses").items():
        if item.get("type").value in ("Hostname", "InternalDNS", "ExternalDNS"):
            continue
        text = item.get("address")
        try:
            found.append(AddressSet.parse(text.text()))
        except MalformedError:
            raise
        except ValueError:
            raise MalformedError(text, "is not an IP address") from None
    return Node(name, labels, AddressSet.union(found), resource.origin)
