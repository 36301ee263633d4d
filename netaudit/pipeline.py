"""Sources in, one network out: the only file that names every stage."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from netaudit import bridges
from netaudit.errors import InputError
from netaudit.flows import AddressSet
from netaudit.model import (
    Coverage,
    Diagnostic,
    Effect,
    Endpoint,
    Exposure,
    Group,
    Network,
    NewcomerSide,
    Reading,
    Resource,
    Settings,
    Severity,
)
from netaudit.providers import aws, kubernetes
from netaudit.providers.aws import cloud_control
from netaudit.queries.what_if import settled
from netaudit.sources.edits import DeclaredEdit, applied
from netaudit.sources.request import Taken

Ground = Mapping[str, AddressSet]  # the addresses that a cloud has for the pods of a cluster
Clusters = Mapping[str, str]  # which cluster a source of manifests runs on (contract, `clusters:`)

CLOUDS: tuple[Callable[[Sequence[Reading], Settings, AddressSet | None], Network], ...] = (aws.build,)
PROVIDERS = (*CLOUDS, kubernetes.build)
# What controllers of a cluster make in a cloud at run time counts as if it were declared there.
DERIVED: tuple[Callable[[Sequence[Reading], Clusters], Sequence[Reading]], ...] = (bridges.derive,)
# A cluster stands on the ground of a cloud: its policies may speak of addresses that its pods have there.
GROUNDS: tuple[Callable[[Network, Sequence[Reading], Clusters], Ground], ...] = (bridges.ground,)
BRIDGES: tuple[Callable[[Network, Sequence[Reading], Clusters], Network], ...] = (bridges.bridge,)

# Those whose resources a provider here gives a meaning to, or says that it does not.
_MODELLED = {"aws", "kubernetes", "kubectl", "helm"}
# Terraform providers whose resources never carry a packet.
_BESIDE_THE_NETWORK = {"archive", "external", "http", "local", "null", "random", "template", "terraform", "time", "tls"}


@dataclass(frozen=True, slots=True)
class Model:
    """What a run read, and the network that it means."""

    taken: Taken
    network: Network

    @property
    def newcomers(self) -> tuple[Exposure, ...]:
        """What pods that do not exist yet would be open to."""
        return kubernetes.exposed(self.taken.readings, self.taken.settings)

    @property
    def newcomer_sides(self) -> tuple[NewcomerSide, ...]:
        """Both sides of the pods that each namespace does not have yet."""
        return kubernetes.newcomer_sides(self.taken.readings, self.taken.settings)


def build(taken: Taken) -> Model:
    """Compile what was read, and assemble the network. Raises InputError where sources contradict each other."""
    return Model(taken, _network(taken))


def edited(model: Model, edits: Iterable[DeclaredEdit]) -> Model:
    """What a run would have read and meant after some edits of what is declared. Raises QueryError, InputError.

    Filters that say the same are the same objects, so that what was solved of them stays.
    """
    readings: Sequence[Reading] = model.taken.readings
    for edit in edits:
        readings = applied(readings, edit, kubernetes.labels_at)
    after = replace(model.taken, readings=tuple(readings))
    return Model(after, settled(_network(after), model.network))


def _network(taken: Taken) -> Network:
    """The network that all readings mean together."""
    readings, clusters = taken.readings, taken.assumptions.clusters
    declared = aws.joined(readings, taken.assumptions.joins)
    for derive in DERIVED:
        declared = derive(declared, clusters)
    assumed = taken.assumptions.on_premises
    on_premises = AddressSet.union(map(AddressSet.parse, assumed)) if assumed else None
    parts = [cloud(declared, taken.settings, on_premises) for cloud in CLOUDS]
    grounds = ChainMap(*[dict(ground(cloud, readings, clusters)) for ground in GROUNDS for cloud in parts])
    parts.append(kubernetes.build(readings, taken.settings, grounds))
    network = _assembled(parts, taken)
    for bridge in BRIDGES:
        network = bridge(network, readings, clusters)
    if assumed and "ON_PREMISES_AS_GIVEN" not in network.assumptions:
        network = replace(network, diagnostics=(*network.diagnostics, _UNUSED))
    return network


_UNUSED = Diagnostic(
    "ASSUMPTION_UNUSED",
    "'on_premises' of the assumptions file has no effect: no virtual private gateway has anything unknown behind it",
    Severity.WARNING,
    None,
    Effect.OVER_APPROXIMATED,
)

# ---- assembling ---------------------------------------------------------------------------------------


def _assembled(parts: Sequence[Network], taken: Taken) -> Network:
    readings = taken.readings
    merged = Network.merge(_in_distinct_realms([_in_source_groups(part, readings) for part in parts]))
    _refuse_collisions(merged.endpoints)
    realms = sorted({endpoint.realm for endpoint in merged.endpoints if endpoint.realm})
    foreign, count = _foreign(readings)
    sources = sorted({key for endpoint in merged.endpoints for key in endpoint.groups if key.startswith("source/")})
    groups = [Group(key, "source", key.removeprefix("source/"), box=False) for key in sources]
    return Network.merge(
        [merged, Network(endpoints=(), hops=(), groups=tuple(groups))],
        reply_ports=parts[0].reply_ports,
        not_joined=tuple(combinations(realms, 2)),
        diagnostics=tuple(dict.fromkeys((*taken.unread, *foreign, *merged.diagnostics))),
        coverage=merged.coverage + count,
    )


def _in_source_groups(part: Network, readings: Sequence[Reading]) -> Network:
    """Every endpoint in the group of its source; where several sources make one realm, by the file it stands in."""
    names = {reading.name for reading in readings}
    files = {resource.origin.file: reading.name for reading in readings for resource in reading.resources}

    def grouped(endpoint: Endpoint) -> Endpoint:
        file = endpoint.origin.file if endpoint.origin else ""
        name = endpoint.realm if endpoint.realm in names else files.get(file, endpoint.realm)
        return replace(endpoint, groups=endpoint.groups | {f"source/{name}"}) if name else endpoint

    return replace(part, endpoints=tuple(map(grouped, part.endpoints)))


def _in_distinct_realms(parts: Sequence[Network]) -> list[Network]:
    """One source that holds a cloud and a cluster is two realms all the same: nothing is known between them."""
    counts = Counter(realm for part in parts for realm in {endpoint.realm for endpoint in part.endpoints})
    found: list[Network] = []
    for provider, part in zip(PROVIDERS, parts, strict=True):
        label = provider.__module__.removeprefix("netaudit.providers.").partition(".")[0]
        own = {e.realm: f"{e.realm} ({label})" for e in part.endpoints if e.realm and counts[e.realm] > 1}
        endpoints = tuple(replace(e, realm=own[e.realm]) if e.realm in own else e for e in part.endpoints)
        found.append(replace(part, endpoints=endpoints))
    return found


def _refuse_collisions(endpoints: Sequence[Endpoint]) -> None:
    counts = Counter(endpoint.id for endpoint in endpoints)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        realms = sorted({endpoint.realm for endpoint in endpoints if endpoint.id == twice[0]})
        raise InputError(
            f"'{twice[0]}' occurs in more than one source ({', '.join(realms)}): name the sources, as in prod=PATH"
        )


def _foreign(readings: Sequence[Reading]) -> tuple[list[Diagnostic], Coverage]:
    """Resources of Terraform providers that no provider here gives a meaning to."""
    diagnostics: list[Diagnostic] = []
    irrelevant = 0
    for reading in readings:
        if reading.format == "kubernetes":
            continue
        for resource in reading.resources:
            family = resource.kind.removeprefix("data.").partition("_")[0]
            if family in _MODELLED or resource.kind.startswith(cloud_control.PREFIX):
                continue
            if family in _BESIDE_THE_NETWORK or resource.kind.startswith("data."):
                irrelevant += 1
            else:
                diagnostics.append(_unread_provider(resource, family))
    return diagnostics, Coverage(irrelevant=irrelevant, unsupported=len(diagnostics))


def _unread_provider(resource: Resource, family: str) -> Diagnostic:
    touches_network = family in {"azurerm", "google"}
    return Diagnostic(
        "PROVIDER_NOT_MODELLED",
        f"{resource.address}: resources of the provider '{family}' are not modelled",
        severity=Severity.WARNING if touches_network else Severity.INFO,
        origin=resource.origin,
        effect=Effect.UNREADABLE if touches_network else Effect.IGNORED,
    )
