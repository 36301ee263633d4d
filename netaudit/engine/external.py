"""Blocks of addresses outside the model, as coarse as the rules allow.

The outside is divided into four bases: public and non-public space of both families, without what the model
owns. A set of addresses that some rule, some endpoint or some selector names *sets apart* its part of a base (or the
rest of it, whichever is smaller). What nothing sets apart is the block with the base's name (`internet`); what
is set apart falls into contiguous blocks that no named set divides (contract, "Endpoint identifiers").

Space that a network puts *aside* (addresses of link-local services) is in no block unless something named holds a part
of it: no answer is about it unasked.

A block whose bounds would give away what was written as sensitive is `sensitive-N` instead, and shows no ranges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from netaudit.flows import IPV4, IPV6, NOT_PUBLIC, NOWHERE, PUBLIC, AddressSet
from netaudit.model import EXTERNAL, OUTSIDE, Endpoint, Interface, Network, Party, Secrets

BASES = {
    "internet": PUBLIC & IPV4,
    "internet6": PUBLIC & IPV6,
    "private": NOT_PUBLIC & IPV4,
    "private6": NOT_PUBLIC & IPV6,
}


def external_endpoints(network: Network, named: Iterable[AddressSet] = ()) -> tuple[Endpoint, ...]:
    """One endpoint for each block; `named` are further sets to cut at (those of selectors in use)."""
    sets = sorted({*_named_by_rules(network), *named})
    owned = network.owned | _held_by_endpoints(network)
    blocks = (
        each for base_name, base in BASES.items() for each in _blocks(base_name, base - owned, sets, network.aside)
    )
    return tuple(_endpoints(blocks, network.secrets))


def _named_by_rules(network: Network) -> Iterable[AddressSet]:
    """What rules name; a rule about all that is put aside does not count."""
    named = {rule.peers.addresses for rule in network.rules}
    return named - {NOWHERE, network.aside}


def _held_by_endpoints(network: Network) -> AddressSet:
    """Addresses that certainly belong to an endpoint that certainly exists, its certain aliases included."""
    parties = (
        party
        for endpoint in network.endpoints
        if not endpoint.because
        for interface in endpoint.interfaces
        for party in (interface.party, *(alias for alias, because in interface.aliases if not because))
    )
    return AddressSet.union(party.addresses for party in parties if party.unknown is None and party.addresses.size == 1)


def _blocks(
    base_name: str, base: AddressSet, sets: list[AddressSet], aside: AddressSet
) -> list[tuple[str, AddressSet]]:
    apart = [part for each in sets if (part := _set_apart(base, each))]
    if any(part.overlaps(aside) for part in apart):
        apart.append(base & aside)
    taken = AddressSet.union(apart)
    rest = base - taken - aside
    blocks = [(str(block), block) for block in _cells(taken, apart)]
    return ([(base_name, rest)] if rest else []) + blocks


def _set_apart(base: AddressSet, named: AddressSet) -> AddressSet:
    part = base & named
    return part if part.size * 2 <= base.size else base - part


def _cells(taken: AddressSet, parts: list[AddressSet]) -> list[AddressSet]:
    """The coarsest contiguous ranges of `taken` that no part divides."""
    starts = {first for part in (taken, *parts) for first, _ in part.runs}
    starts |= {last + 1 for part in parts for _, last in part.runs}
    ordered = sorted(starts)
    cells: list[AddressSet] = []
    index = 0
    for first, last in taken.ranges():
        low = first
        while index < len(ordered) and ordered[index] <= last:
            if ordered[index] > low:
                cells.append(AddressSet(((low, ordered[index] - 1),)))
                low = ordered[index]
            index += 1
        cells.append(AddressSet(((low, last),)))
    return cells


def _endpoints(blocks: Iterable[tuple[str, AddressSet]], secrets: Secrets) -> Iterator[Endpoint]:
    """The blocks as endpoints; what must not be printed gets a number for a name."""
    numbers: Counter[int] = Counter()
    for name, block in blocks:
        if name in BASES:
            yield _endpoint(name, block, secrets.hides_rest(BASES[name], block))
        elif secrets.hides(block):
            number = secrets.number(block)
            numbers[number] += 1
            again = f".{numbers[number]}" if numbers[number] > 1 else ""
            yield _endpoint(f"sensitive-{number}{again}", block, hidden=True)
        else:
            yield _endpoint(name, block, hidden=False)


def _endpoint(name: str, block: AddressSet, hidden: bool) -> Endpoint:
    return Endpoint(id=name, kind=EXTERNAL, interfaces=(Interface(Party(name, block), OUTSIDE),), hidden=hidden)
