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
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from netaudit.flows import AddressSet
from netaudit.flows.intervals import Run
from netaudit.model import OUTSIDE, Endpoint, Hop, Interface, Network, Party, Peers, Policy, Translate, distinct_rules


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


def peers_of(policies: Iterable[Policy]) -> tuple[Peers, ...]:
    """The distinct peers of some policies, in the order of their rules."""
    return tuple(dict.fromkeys(rule.peers for rule in distinct_rules(policies)))


class Sight:
    """What the rules of some policies can tell of a party: equal sights, equal decisions."""

    def __init__(self, peers: Iterable[Peers]) -> None:
        peers = tuple(peers)
        self._memberships = _memberships(peers)
        runs = {run for addresses in {each.addresses for each in peers} for run in addresses.runs}
        self._cuts = sorted({first for first, _ in runs} | {last + 1 for _, last in runs})

    def of(self, party: Party) -> tuple[tuple[int, ...], tuple[Run, ...]]:
        """The sets of members that name the party, and the cells that its addresses touch."""
        return self._memberships.get(party.id, ()), self.cells(party.addresses)

    def cells(self, addresses: AddressSet) -> tuple[Run, ...]:
        """The ranges of cells that some addresses touch, one for each run."""
        cuts = self._cuts
        return tuple((bisect_right(cuts, first), bisect_right(cuts, last)) for first, last in addresses.runs)


def shared_nodes(network: Network) -> frozenset[str]:
    """Nodes with more than one interface, but for the outside: who sits there with whom matters."""
    counts = Counter(i.node for endpoint in network.endpoints for i in endpoint.interfaces)
    return frozenset(node for node, count in counts.items() if count > 1 and node != OUTSIDE)


class _Signatures:
    """What can be told of an endpoint by the rules and hops of one network."""

    def __init__(self, network: Network) -> None:
        self._sight = Sight(peers_of(network.policies))
        self._shared = shared_nodes(network)
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
        node = interface.node if interface.node in self._shared else ""
        return (node, attachment, self._party(interface.party), aliases)

    def _party(self, party: Party, behind: tuple[str, ...] = ()) -> Hashable:
        """What can be told of a party; `behind` are those that it was reached from, which need no second look."""
        if party.id in behind:
            return behind.index(party.id)
        becomes = tuple(
            (index, self._party(step.to[party.id], (*behind, party.id)))
            for index, step in enumerate(self._translations)
            if party.id in step.to
        )
        return (self._sight.of(party), becomes)


def _memberships(peers: Iterable[Peers]) -> dict[str, tuple[int, ...]]:
    """For each party the indices of the distinct member and exemption sets that it is in."""
    sets = dict.fromkeys(group for each in peers for group in (each.members, each.exempt))
    found: defaultdict[str, list[int]] = defaultdict(list)
    for index, members in enumerate(sets):
        for member in members:
            found[member].append(index)
    return {party: tuple(indices) for party, indices in found.items()}
