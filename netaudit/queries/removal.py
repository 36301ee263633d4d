"""A network with some endpoints, or some places, taken out: what still flows when nothing may go by them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from netaudit.engine.external import BASES
from netaudit.engine.solve import Reachability
from netaudit.flows import IPV4, IPV6, AddressSet
from netaudit.model import Hop, Loss, Network, Translate


def without(solved: Reachability, gone: frozenset[str]) -> tuple[Network, frozenset[AddressSet]]:
    """The network without what these endpoints carry, and the cuts that give it the same blocks outside.

    The endpoints stay as names that reach nothing and that nothing reaches, proxies among them forward nothing, and
    hops into and out of their interfaces are gone, and so are those that they translate, as network load balancers do.
    A node that other endpoints share with them keeps its hops.
    """
    network = solved.network
    left = {i.node for e in network.endpoints if e.id not in gone for i in e.interfaces}
    nodes = {i.node for e in network.endpoints if e.id in gone for i in e.interfaces} - left
    reduced = replace(
        network,
        endpoints=tuple(replace(e, interfaces=(), accepts=False) if e.id in gone else e for e in network.endpoints),
        hops=tuple(
            hop
            for hop in network.hops
            if hop.tail not in nodes and hop.head not in nodes and gone.isdisjoint(_translators(hop))
        ),
        forwards=tuple(f for f in network.forwards if f.proxy not in gone and f.target not in gone),
    )
    return _with_the_same_outside(solved, reduced)


def _translators(hop: Hop) -> Iterator[str]:
    """Whatever gives packets other addresses on the hop."""
    return (step.name for step in hop.steps if isinstance(step, Translate))


def after(
    solved: Reachability, losses: Collection[Loss], *, whatever_may: bool
) -> tuple[Network, frozenset[AddressSet]]:
    """The network after some losses, and the cuts that give it the same blocks outside.

    With `whatever_may` all that may be lost is lost, so that what is certain then is certain whatever was.
    """
    network = solved.network
    nodes = frozenset[str]().union(*(each.nodes | (each.perhaps if whatever_may else frozenset()) for each in losses))
    edges = frozenset[tuple[str, str]]().union(*(each.edges for each in losses))
    reduced = replace(
        network,
        endpoints=tuple(
            replace(e, interfaces=tuple(i for i in e.interfaces if i.node not in nodes))
            if any(i.node in nodes for i in e.interfaces)
            else e
            for e in network.endpoints
        ),
        hops=tuple(
            hop
            for hop in network.hops
            if hop.tail not in nodes and hop.head not in nodes and (hop.tail, hop.head) not in edges
        ),
    )
    return _with_the_same_outside(solved, reduced)


def _with_the_same_outside(solved: Reachability, reduced: Network) -> tuple[Network, frozenset[AddressSet]]:
    outside = AddressSet.union(block.addresses for block in solved.external)
    cuts = frozenset(block.addresses for block in solved.external if block.id not in BASES)
    return replace(reduced, aside_hops=(), owned=(IPV4 | IPV6) - outside), cuts
