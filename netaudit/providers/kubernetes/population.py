"""The pods of one cluster and the labels of its namespaces: who a selector picks.

https://kubernetes.io/docs/concepts/services-networking/network-policies/ (read 2026-11-23)
https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name (read 2026-11-23)

K8S-4   Only a pod selector: pods of the policy's own namespace. Only a namespace selector: all pods there.
        Both: pods that both pick.
K8S-13  A pod on the node's network (`hostNetwork`) is either a pod like others, or just its node's address:
        `kubernetes.host_network` says which.
K8S-15  Every namespace carries `kubernetes.io/metadata.name`, its own name, also when its manifest is missing or
        says otherwise: the control plane sets it and nobody can change it.

A namespace whose manifest is missing may carry any other label, so a selector that asks for one may pick it.

Not modelled: nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from netaudit.flows import ANYWHERE, AddressSet
from netaudit.model import MORE, Party, Settings, Truth, Unknown
from netaudit.providers.kubernetes.nodes import Node
from netaudit.providers.kubernetes.selectors import EVERYTHING, Labels, Operator, Requirement, Selector
from netaudit.providers.kubernetes.workload import ContainerPort, Pod

_ByValue = dict[str | None, list[int]]  # the numbers of things by the value of a label; None: the text does not fix it
PortNames = tuple[tuple[str, str], ...]  # name and protocol

METADATA_NAME = "kubernetes.io/metadata.name"
_WORTH_AN_INDEX = 8  # pods of one namespace: below that it is as quick to ask them all


@dataclass(frozen=True, slots=True)
class Members:
    """Pods by party id: those that certainly belong, and those that may, the former included.

    `doubts` are the unknowns that decide about the others.
    """

    certain: frozenset[str]
    possible: frozenset[str]
    doubts: tuple[Unknown, ...] = ()

    @property
    def unsure(self) -> frozenset[str]:
        """Those that may belong or not."""
        return self.possible - self.certain


NOBODY = Members(frozenset(), frozenset())


class Population:
    """All pods of a cluster, asked by selector. Equal questions give the very same answer object."""

    def __init__(
        self,
        pods: Iterable[Pod],
        namespaces: Mapping[str, Labels],
        settings: Settings,
        nodes: tuple[Node, ...] = (),
    ) -> None:
        self.nodes = nodes
        self.strangers: frozenset[str] = frozenset()  # clients that are some pod, of which nothing else is known
        self.pods = tuple(sorted(pods, key=lambda pod: pod.id))
        self.settings = settings
        self._namespaces = namespaces
        self._picked: dict[tuple[Selector | None, Selector, str], Members] = {}
        self._namespaces_picked: dict[Selector, list[tuple[str, Truth]]] = {}
        self._in_blocks: dict[tuple[AddressSet, int], tuple[Members, tuple[Pod, ...]]] = {}
        self._by_ports: dict[tuple[frozenset[str], PortNames], tuple[frozenset[str], ...]] = {}
        self._labels: dict[str, Labels] = {}
        self._by_label: dict[tuple[str, str], _ByValue] = {}
        self._namespaces_by_label: dict[str, _ByValue] = {}
        self.undecided_namespaces: set[str] = set()
        self._interned: dict[Members, Members] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    @cached_property
    def everyone(self) -> frozenset[str]:
        """The ids of all pods."""
        return frozenset(pod.id for pod in self.pods)

    @cached_property
    def located(self) -> frozenset[str]:
        """The parties that no rule about addresses may match by itself, since the provider says who is where."""
        return self.everyone | self.strangers

    @cached_property
    def some_node(self) -> Party:
        """One of the nodes, whichever it is, as a rule about addresses sees it."""
        known = AddressSet.union(node.addresses or ANYWHERE for node in self.nodes) or ANYWHERE
        return Party("{node}", known, Unknown("which node hands a client on"))

    @cached_property
    def on_host(self) -> tuple[Pod, ...]:
        """The pods that are their node's address, or may be (K8S-13)."""
        if self.settings.kubernetes_host_network == "pod":
            return ()
        return tuple(pod for pod in self.pods if pod.host_network)

    @cached_property
    def host_ids(self) -> frozenset[str]:
        """The ids of the pods that are their node's address, or may be."""
        return frozenset(pod.id for pod in self.on_host)

    @cached_property
    def pod_ids(self) -> frozenset[str]:
        """The ids of the pods that have an address of their own."""
        return self.everyone - self.host_ids

    @cached_property
    def off_host(self) -> tuple[Pod, ...]:
        """The pods that have an address of their own."""
        return tuple(pod for pod in self.pods if pod.id in self.pod_ids)

    @cached_property
    def by_id(self) -> Mapping[str, Pod]:
        """Pods by id."""
        return {pod.id: pod for pod in self.pods}

    @cached_property
    def by_namespace(self) -> Mapping[str, tuple[Pod, ...]]:
        """Pods by namespace."""
        found: dict[str, list[Pod]] = {}
        for pod in self.pods:
            found.setdefault(pod.namespace, []).append(pod)
        return {name: tuple(pods) for name, pods in found.items()}

    def labels_of(self, namespace: str) -> Labels:
        """The labels of a namespace (K8S-15)."""
        found = self._labels.get(namespace)
        if found is None:
            found = self._labels[namespace] = self._labelled(namespace)
        return found

    def _labelled(self, namespace: str) -> Labels:
        known = self._namespaces.get(namespace)
        if known is None:
            return {METADATA_NAME: namespace, MORE: Unknown(f"the labels of namespace {namespace}: it has no manifest")}
        return dict(known) | {METADATA_NAME: namespace}

    def picked(self, namespaces: Selector | None, pods: Selector | None, own: str) -> Members:
        """The pods that a peer picks, seen from a policy in the namespace `own` (K8S-4).

        Pods on the node's network are picked as if they were pods like others; what that means is for the
        caller to say.
        """
        key = (namespaces, pods or EVERYTHING, "" if namespaces else own)
        found = self._picked.get(key)
        if found is None:
            found = self._picked[key] = self._search(*key)
        return found

    def _search(self, namespaces: Selector | None, pods: Selector, own: str) -> Members:
        certain: set[str] = set()
        possible: set[str] = set()
        doubts: dict[Unknown, None] = {}
        for name, inside in self._inside(namespaces) if namespaces else [(own, Truth.YES)]:
            labels = self.labels_of(name)
            for pod in self._candidates(name, pods):
                truth = min(inside, pods.picks(pod.labels))
                if truth:
                    possible.add(pod.id)
                if truth is Truth.YES:
                    certain.add(pod.id)
                elif truth:
                    if inside is Truth.MAYBE:
                        self.undecided_namespaces.add(name)
                    unsure = (namespaces.doubts(labels) if namespaces else ()) + pods.doubts(pod.labels)
                    doubts.update(dict.fromkeys(unsure))
        if namespaces == EVERYTHING == pods:
            certain |= self.strangers
            possible |= self.strangers
        return self.intern(Members(frozenset(certain), frozenset(possible), tuple(doubts)))

    def _inside(self, namespaces: Selector) -> list[tuple[str, Truth]]:
        """The namespaces that a selector picks or may pick."""
        found = self._namespaces_picked.get(namespaces)
        if found is None:
            names = self._namespaces_with(namespaces)
            asked = ((name, namespaces.picks(self.labels_of(name))) for name in names)
            found = self._namespaces_picked[namespaces] = [(name, truth) for name, truth in asked if truth]
        return found

    def _namespaces_with(self, selector: Selector) -> Iterable[str]:
        """The namespaces with pods that a selector may pick, as `_candidates` finds pods."""
        names = tuple(self.by_namespace)
        asked = next((r for r in selector.requirements if r.operator is Operator.IN), None)
        if asked is None or len(names) < _WORTH_AN_INDEX:
            return names
        by_value = self._namespaces_by_label.get(asked.key)
        if by_value is None:
            by_value = self._namespaces_by_label[asked.key] = _by_value(map(self.labels_of, names), asked.key)
        return [names[number] for number in _numbers(by_value, asked)]

    def _candidates(self, namespace: str, selector: Selector) -> Iterable[Pod]:
        """The pods of a namespace that a selector may pick: where it asks for a value, those that may have it."""
        residents = self.by_namespace.get(namespace, ())
        asked = next((r for r in selector.requirements if r.operator is Operator.IN), None)
        if asked is None or len(residents) < _WORTH_AN_INDEX:
            return residents
        by_value = self._by_label.get((namespace, asked.key))
        if by_value is None:
            by_value = self._by_label[namespace, asked.key] = _by_value((pod.labels for pod in residents), asked.key)
        return [residents[number] for number in _numbers(by_value, asked)]

    def intern(self, members: Members) -> Members:
        """The one object for equal members, so that equal selectors share their sets."""
        certain, possible = self.same(members.certain), self.same(members.possible)
        return self._interned.setdefault(members, Members(certain, possible, members.doubts))

    def same(self, ids: frozenset[str]) -> frozenset[str]:
        """The one object for equal sets."""
        return self._sets.setdefault(ids, ids)

    def in_block(self, block: AddressSet, pods: tuple[Pod, ...]) -> Members:
        """Which of `pods`, `on_host` or `off_host` have an address in a block; those without a known one may (K8S-6).

        They are told apart by identity: comparing thousands of pods for each block would cost more than looking.
        """
        key = (block, id(pods))
        found = self._in_blocks.get(key)
        if found is None:
            found = self._in_blocks[key] = (self._located(block, pods), pods)
        return found[0]

    def alike_in_ports(self, members: frozenset[str], asked: PortNames) -> tuple[frozenset[str], ...]:
        """Some pods in groups that give the same numbers to ports asked for by name and protocol (K8S-8)."""
        key = (members, asked)
        found = self._by_ports.get(key)
        if found is None:
            numbers: dict[tuple[ContainerPort, ...], tuple[frozenset[int], ...]] = {}
            groups: dict[tuple[frozenset[int], ...], list[str]] = {}
            for member in members:
                pod = self.by_id[member]
                if pod.ports not in numbers:
                    numbers[pod.ports] = tuple(pod.resolve(*each) for each in asked)
                groups.setdefault(numbers[pod.ports], []).append(member)
            found = self._by_ports[key] = tuple(self.same(frozenset(group)) for group in groups.values())
        return found

    def _located(self, block: AddressSet, pods: tuple[Pod, ...]) -> Members:
        possible = [p for p in pods if not p.addresses_known or p.addresses.overlaps(block)]
        certain = frozenset(pod.id for pod in possible if pod.addresses_known and pod.addresses <= block)
        doubts = tuple(self._address_unknowns[pod.id] for pod in possible if pod.id not in certain)
        return self.intern(Members(certain, frozenset(pod.id for pod in possible), tuple(dict.fromkeys(doubts))))

    @cached_property
    def _address_unknowns(self) -> Mapping[str, Unknown]:
        return {pod.id: address_unknown(pod) for pod in self.pods}


def _by_value(labelled: Iterable[Labels], key: str) -> _ByValue:
    found: _ByValue = {}
    for number, labels in enumerate(labelled):
        value = labels.get(key, labels.get(MORE))
        if value is not None:
            found.setdefault(value if isinstance(value, str) else None, []).append(number)
    return found


def _numbers(by_value: _ByValue, asked: Requirement) -> list[int]:
    """Those that have one of the values asked for, or may have it, in order."""
    return sorted(number for value in (None, *asked.values) for number in by_value.get(value, ()))


def address_unknown(pod: Pod) -> Unknown:
    """The reason why it is open which address a pod has."""
    return Unknown(f"the address of {pod.id}", pod.origin)
