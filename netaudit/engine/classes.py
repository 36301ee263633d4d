"""Classes of endpoints that no rule tells apart.

Two endpoints are alike when every filter sees them alike and every hop treats them alike; all members of a class
have the same flows. Signatures are built by hashing, never by comparing pairs:

- which sets of members they are in (each distinct set is walked once);
- in which cells their addresses lie, where the cells are cut by all bounds of all address sets in use;
- what translations make of them, and that in turn;
- through which filters and translations their interfaces are attached, by identity.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from netaudit.model import OUTSIDE, Endpoint, Hop, Interface, Network, Party, Translate


@dataclass(frozen=True, slots=True)
class EndpointClass:
    """Endpoints with equal flows, in the order of their ids; the first two stand for all pairs."""

    index: int
    members: tuple[Endpoint, ...]


def classify(network: Network, endpoints: Sequence[Endpoint]) -> tuple[EndpointClass, ...]:
    """The coarsest classes that this signature gives, in the order of their first members."""
    signature = _Signatures(network)
    members: defaultdict[Hashable, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        members[signature.of(endpoint)].append(endpoint)
    return tuple(EndpointClass(index, tuple(group)) for index, group in enumerate(members.values()))


class _Signatures:
    """What can be told of an endpoint by the rules and hops of one network."""

    def __init__(self, network: Network) -> None:
        self._memberships = _memberships(network)
        self._cuts = _cuts(network)
        self._translations = [step for step in network.steps() if isinstance(step, Translate)]
        self._attachments: defaultdict[str, list[Hashable]] = defaultdict(list)
        nodes = {i.node for endpoint in network.endpoints for i in endpoint.interfaces}
        for hop in network.hops:
            self._attach(hop, nodes)

    def _attach(self, hop: Hop, nodes: set[str]) -> None:
        if hop.tail in nodes:
            self._attachments[hop.tail].append(("out", hop.head, hop.steps))
        if hop.head in nodes:
            self._attachments[hop.head].append(("in", hop.tail, hop.steps))

    def of(self, endpoint: Endpoint) -> Hashable:
        interfaces = tuple(self._interface(interface) for interface in endpoint.interfaces)
        return (endpoint.realm, endpoint.accepts, bool(endpoint.because), interfaces)

    def _interface(self, interface: Interface) -> Hashable:
        own = (interface.party.id,)
        aliases = tuple((self._party(party, own), bool(because)) for party, because in interface.aliases)
        attachment = OUTSIDE if interface.node == OUTSIDE else tuple(self._attachments[interface.node])
        return (attachment, self._party(interface.party), aliases)

    def _party(self, party: Party, behind: tuple[str, ...] = ()) -> Hashable:
        """What can be told of a party; `behind` are those that it was reached from, which need no second look."""
        if party.id in behind:
            return behind.index(party.id)
        cells = tuple(
            (bisect_right(self._cuts, first), bisect_right(self._cuts, last)) for first, last in party.addresses.runs
        )
        becomes = tuple(
            (index, self._party(step.to[party.id], (*behind, party.id)))
            for index, step in enumerate(self._translations)
            if party.id in step.to
        )
        return (tuple(self._memberships.get(party.id, ())), cells, becomes)


def _memberships(network: Network) -> dict[str, list[int]]:
    """For each party the indices of the distinct member and exemption sets that it is in."""
    sets: dict[frozenset[str], int] = {}
    for policy in network.policies:
        for tier in policy.tiers:
            for rule in tier.rules:
                sets.setdefault(rule.peers.members, len(sets))
                sets.setdefault(rule.peers.exempt, len(sets))
    found: defaultdict[str, list[int]] = defaultdict(list)
    for members, index in sets.items():
        for member in members:
            found[member].append(index)
    return dict(found)


def _cuts(network: Network) -> list[int]:
    """Every address at which the membership in some rule's address set changes."""
    runs = {
        run
        for policy in network.policies
        for tier in policy.tiers
        for rule in tier.rules
        for run in rule.peers.addresses.runs
    }
    return sorted({first for first, _ in runs} | {last + 1 for _, last in runs})
