"""A cluster is one place to which every pod is attached: what goes out passes its egress, what comes in its ingress.

https://kubernetes.io/docs/concepts/services-networking/ (read 2026-11-23)

    web ──egress──▶ cluster:main ──ingress──▶ db          outside ◀──▶ cluster:main

K8S-11  A side that no policy selects is unrestricted.
K8S-20  Without policies everything is allowed; a policy that selects no pod is legal and changes nothing.

Not modelled: routes, clouds and firewalls around the cluster (assumption PODS_ROUTABLE: every address reaches every
pod and the other way round, as far as the policies let it), and a pod's traffic with itself (K8S-12).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from netaudit.flows import ANYWHERE, NOWHERE, AddressSet
from netaudit.model import (
    OUTSIDE,
    Coverage,
    Diagnostic,
    Effect,
    End,
    Endpoint,
    Filter,
    Group,
    Hop,
    Interface,
    Network,
    Party,
    Policy,
    Reading,
    Resource,
    Settings,
    Severity,
    Unknown,
)
from netaudit.providers.kubernetes import endpoint_slice, entries, ingress, user_networks
from netaudit.providers.kubernetes.catalogue import Catalogue, sort
from netaudit.providers.kubernetes.controller import Controllers
from netaudit.providers.kubernetes.detours import detours
from netaudit.providers.kubernetes.fields import MalformedError
from netaudit.providers.kubernetes.gateway import taken
from netaudit.providers.kubernetes.in_terraform import declared_in
from netaudit.providers.kubernetes.lint import lint
from netaudit.providers.kubernetes.nodes import read_nodes
from netaudit.providers.kubernetes.policies import Known, not_evaluated, reader_of
from netaudit.providers.kubernetes.policies.contribution import Contribution, Side
from netaudit.providers.kubernetes.policies.ordered import subject_members
from netaudit.providers.kubernetes.policies.ordered_fields import subject_of
from netaudit.providers.kubernetes.policies.stack import Stacks
from netaudit.providers.kubernetes.population import Population, address_unknown
from netaudit.providers.kubernetes.service import BY_DEFAULT, node_ports_by_default, services_of
from netaudit.providers.kubernetes.ways import ways
from netaudit.providers.kubernetes.workload import Pod, fold, namespace_of, read_workload


def clusters_of(readings: Sequence[Reading]) -> Iterator[tuple[list[Reading], str, str]]:
    """The readings of each cluster, those of its objects in Terraform included, its realm, and what begins its ids."""
    manifests = [*(reading for reading in readings if reading.format == "kubernetes"), *declared_in(readings)]
    if unnamed := [reading for reading in manifests if not reading.named]:
        yield unnamed, "+".join(dict.fromkeys(reading.name for reading in unnamed)), ""
    for name in dict.fromkeys(reading.name for reading in manifests if reading.named):
        yield [reading for reading in manifests if reading.named and reading.name == name], name, f"{name}::"


def build_cluster(
    readings: Sequence[Reading], realm: str, prefix: str, settings: Settings, ground: AddressSet = NOWHERE
) -> Network:
    """The network of one cluster, from all readings that describe it. `prefix` begins every id.

    Pods whose address the objects do not tell have one of `ground`, any where that is empty.

    Its diagnostics are those of the model; what reading the text found stays with the readings.
    """
    catalogue = sort(resource for reading in readings for resource in reading.resources)
    policies, broken = _policies(catalogue, settings)
    pods, notes = _pods(catalogue, policies, prefix)
    pods = [pod if pod.addresses_known or not ground else replace(pod, addresses=ground, one_of=True) for pod in pods]
    nodes, wrong = read_nodes(catalogue.nodes)
    population = Population(pods, catalogue.labels_of_namespaces(), settings, nodes)
    catalogue.leave_out(each for each in catalogue.entries if not taken(each, catalogue.gateways, population))
    controllers = Controllers(catalogue.workloads, catalogue.classes, population)
    proxied = ingress.served(catalogue.entries, population, catalogue.gateways, controllers)
    population.strangers = frozenset({prefix + ingress.CONTROLLER}) if proxied else frozenset()
    contributions = list(_contributions(catalogue, policies, broken, population))
    contributions += not_evaluated.unread((each for reading in readings for each in reading.diagnostics), population)
    stacks = Stacks(contributions, population, detours(catalogue.entries, population))
    network = _Assembly(realm, prefix, population, catalogue).network(stacks, proxied)
    spaces = sorted({*catalogue.namespaces, *population.by_namespace})
    outside = (resource for resource, _ in catalogue.unevaluated)
    own = [*catalogue.diagnostics, *notes, *wrong, *user_networks.refused(outside, spaces, population)]
    found = [replace(each, touches=tuple(_with_prefix(key, prefix) for key in each.touches)) for each in own]
    found += [each for reading in readings if reading.derived for each in reading.diagnostics]
    found += [_complaint(resource, error, population, prefix) for resource, error in broken]
    found += [note for policy in policies for note in policy.notes(population)]
    found += [*stacks.ambiguities(), *lint(contributions, population), *_missing_namespaces(population, prefix)]
    found += entries.notes(catalogue.entries, population, stacks.isolated, prefix, controllers)
    silent = node_ports_by_default(services_of(catalogue.entries))
    return replace(
        network,
        assumptions=(*network.assumptions, *((BY_DEFAULT,) if silent else ())),
        forwards=tuple(ingress.forwarded(catalogue.entries, population, catalogue.gateways, controllers)),
        ways=tuple(ways(catalogue.entries, catalogue.gateways, population, prefix, controllers)),
        settings=_settings_that_matter(policies, population),
        diagnostics=tuple(sorted(found, key=lambda d: d.sort_key)),
        coverage=_coverage(catalogue, len(broken)),
    )


def stacks_with(
    newcomers: Callable[[str], Sequence[Pod]], stranger: str, readings: Sequence[Reading], settings: Settings
) -> Iterator[tuple[str, Sequence[Pod], Stacks]]:
    """Each namespace, the pods that `newcomers` puts into it, and the policies that it would meet there.

    `stranger` is the id of some pod of which nothing is known: rules about every pod match it.
    """
    catalogue = sort(resource for reading in readings for resource in reading.resources)
    policies, broken = _policies(catalogue, settings)
    pods, _ = _pods(catalogue, policies, "")
    names = sorted({*catalogue.namespaces, *(pod.namespace for pod in pods)})
    new = {name: newcomers(name) for name in names}
    nodes, _ = read_nodes(catalogue.nodes)
    everyone = [*pods, *chain.from_iterable(new.values())]
    population = Population(everyone, catalogue.labels_of_namespaces(), settings, nodes)
    population.strangers = frozenset({stranger})
    stacks = Stacks(list(_contributions(catalogue, policies, broken, population)), population)
    yield from ((name, newest, stacks) for name, newest in new.items())


def _contributions(
    catalogue: Catalogue, policies: Iterable[Known], broken: Iterable[Broken], population: Population
) -> Iterator[Contribution]:
    """What all policies add, those included that are not evaluated or cannot be read."""
    for policy in policies:
        yield from policy.lower(population)
    yield from _unevaluated(catalogue, population)
    yield from _in_doubt(broken, population)


def _with_prefix(key: str, prefix: str) -> str:
    return f"ns/{prefix}{key[3:]}" if key.startswith("ns/") else prefix + key


_MALFORMED = "POLICY_MALFORMED"
Broken = tuple[Resource, MalformedError]


def _policies(catalogue: Catalogue, settings: Settings) -> tuple[list[Known], list[Broken]]:
    """The policies that could be read, and the others with what is wrong."""
    policies: list[Known] = []
    broken: list[Broken] = []
    enforced = settings.kubernetes_cni_enforces
    for resource in catalogue.policies:
        if enforced is not None and resource.kind not in enforced:
            text = f"{resource.address} is not enforced: kubernetes.cni_enforces does not list {resource.kind}"
            catalogue.diagnostics.append(Diagnostic("K8S_NOT_ENFORCED", text, Severity.WARNING, resource.origin))
            continue
        reader = reader_of(resource)
        try:
            policies += [reader(resource)] if reader else []
        except MalformedError as error:
            broken.append((resource, error))
    return policies, broken


def _pods(catalogue: Catalogue, policies: Sequence[Known], prefix: str) -> tuple[list[Pod], list[Diagnostic]]:
    """The workloads' pods, folded as far as no policy tells them apart (K8S-17)."""
    read = [read_workload(resource) for resource in catalogue.workloads]
    notes = [note for _, found in read for note in found]
    folded, splits = fold((pod for pod, _ in read), _view(policies))
    if prefix:
        folded = [replace(pod, id=prefix + pod.id, owner=prefix + pod.owner) for pod in folded]
    return folded, notes + splits


def _view(policies: Sequence[Known]) -> Callable[[Pod], Hashable]:
    """All that policies can see of a pod: what their selectors say of it and what their port names mean there."""
    selectors = tuple(dict.fromkeys(selector for policy in policies for selector in policy.record.selectors))
    names = sorted({name for policy in policies for name in policy.record.port_names})

    def seen_as(pod: Pod) -> Hashable:
        picked = tuple(selector.picks(pod.labels) for selector in selectors)
        return pod.host_network, picked, tuple(pod.resolve(*name) for name in names)

    return seen_as


def _unevaluated(catalogue: Catalogue, population: Population) -> Iterator[Contribution]:
    for resource, reason in catalogue.unevaluated:
        yield from not_evaluated.lower(resource, population, reason)


def _in_doubt(broken: Iterable[Broken], population: Population) -> Iterator[Contribution]:
    for resource, _ in broken:
        reason = f"{resource.address} cannot be read"
        among = _subject(resource, population)
        yield from not_evaluated.lower(resource, population, reason, _MALFORMED, among)


def _subject(resource: Resource, population: Population) -> frozenset[str] | None:
    """The pods that a policy of the whole cluster may select, None where that is not to be told either."""
    subject = subject_of(resource) if "/" not in resource.address else None
    return subject_members(subject, population).possible if subject else None


def _complaint(resource: Resource, error: MalformedError, population: Population, prefix: str) -> Diagnostic:
    """What is wrong with a policy, and whose answers it leaves open; with () everybody's."""
    if "/" in resource.address:
        return error.diagnostic(_MALFORMED, f"ns/{prefix}{namespace_of(resource)}")
    return error.diagnostic(_MALFORMED, *sorted(_subject(resource, population) or ()))


def _missing_namespaces(population: Population, prefix: str) -> Iterator[Diagnostic]:
    """Namespaces about whose labels a selector asks, and that have no manifest."""
    for name in sorted(population.undecided_namespaces):
        text = f"namespace {name} has no manifest, so whether a namespaceSelector picks it is unknown"
        yield Diagnostic(
            "K8S_NAMESPACE_MISSING", text, Severity.WARNING, None, Effect.OVER_APPROXIMATED, (f"ns/{prefix}{name}",)
        )


def _settings_that_matter(policies: Sequence[Known], population: Population) -> dict[str, object]:
    keys = list(dict.fromkeys(key for policy in policies for key in policy.record.settings))
    if any(pod.host_network for pod in population.pods):
        keys.append("kubernetes.host_network")
    if population.settings.kubernetes_cni_enforces is not None:
        keys.append("kubernetes.cni_enforces")
    return population.settings.shown(*keys)


def _coverage(catalogue: Catalogue, broken: int) -> Coverage:
    services = sum(entry.kind in ("Service", *endpoint_slice.KINDS) for entry in catalogue.entries)
    read = (
        catalogue.workloads,
        catalogue.namespaces,
        catalogue.nodes,
        catalogue.policies,
        catalogue.gateways,
        catalogue.idle,
    )
    modelled = sum(len(objects) for objects in read) - broken
    return Coverage(
        modelled=modelled,
        irrelevant=sum(catalogue.irrelevant.values()) + services,
        unsupported=catalogue.unsupported + len(catalogue.unevaluated) + len(catalogue.entries) - services,
        unknown=broken,
    )


class _Assembly:
    """Endpoints, hops and groups of one cluster."""

    def __init__(self, realm: str, prefix: str, population: Population, catalogue: Catalogue) -> None:
        self._realm = realm
        self._prefix = prefix
        self._population = population
        self._catalogue = catalogue
        self._place = f"cluster:{realm}"
        self._cluster = f"cluster/{realm}"

    def network(self, stacks: Stacks, proxied: Mapping[str, Policy]) -> Network:
        """The graph: one place, and a way in and out for every pod and for the outside; proxies' ways to pods."""
        hops = [Hop(OUTSIDE, self._place), Hop(self._place, OUTSIDE)]
        for pod in self._population.pods:
            egress, in_ = stacks.of(pod, Side.EGRESS), stacks.of(pod, Side.INGRESS)
            hops.append(Hop(pod.id, self._place, (Filter(egress, End.DESTINATION),)))
            hops.append(Hop(self._place, pod.id, (Filter(in_, End.SOURCE),)))
            for client in self._population.strangers if pod.id in proxied else ():
                hops.append(Hop(client, pod.id, (Filter(proxied[pod.id], End.DESTINATION), Filter(in_, End.SOURCE))))
                hops.append(Hop(pod.id, client, (Filter(egress, End.DESTINATION),)))  # for the replies
        return Network(
            endpoints=tuple(self._endpoints()),
            hops=tuple(hops),
            groups=tuple(sorted(self._groups(), key=lambda group: group.key)),
            assumptions=("PODS_ROUTABLE", "NODE_ALWAYS_ALLOWED"),
        )

    def _endpoints(self) -> Iterator[Endpoint]:
        for client in sorted(self._population.strangers):
            party = Party(client, ANYWHERE, Unknown(f"the address of {client}"))
            groups = frozenset({self._cluster})
            at = (Interface(party, client),)
            yield Endpoint(client, "IngressController", at, realm=self._realm, groups=groups, accepts=False)
        for pod in self._population.pods:
            yield self._endpoint(pod)

    def _endpoint(self, pod: Pod) -> Endpoint:
        unknown = None if pod.addresses_known and not pod.one_of else address_unknown(pod)
        party = Party(pod.id, pod.addresses or ANYWHERE, unknown)
        return Endpoint(
            id=pod.id,
            kind=pod.kind,
            interfaces=(Interface(party, pod.id),),
            origin=pod.origin,
            realm=self._realm,
            names=tuple(_names(pod)),
            labels=pod.shown_labels,
            groups=frozenset({self._namespace_key(pod.namespace), self._cluster, f"kind/{pod.kind}"}),
        )

    def _namespace_key(self, namespace: str) -> str:
        return f"ns/{self._prefix}{namespace}"

    def _groups(self) -> Iterator[Group]:
        yield Group(self._cluster, "cluster", self._realm)
        for name in sorted({*self._population.by_namespace, *self._catalogue.namespaces}):
            manifest = self._catalogue.namespaces.get(name)
            key = self._namespace_key(name)
            names = (f"ns/{name}",) if self._prefix else ()
            origin = manifest.origin if manifest else None
            yield Group(key, "namespace", name, names, parent=self._cluster, origin=origin)
        for kind in sorted({pod.kind for pod in self._population.pods}):
            yield Group(f"kind/{kind}", "kind", kind, box=False)


def _names(pod: Pod) -> Iterator[str]:
    """Its other names: without the kind, and those of the owner that its pods did not fold into."""
    yield pod.id.rpartition("[")[0]
    if pod.owner != pod.id:
        yield pod.owner
        yield pod.owner.rpartition("[")[0]
