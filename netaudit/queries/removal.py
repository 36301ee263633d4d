"""A network with some endpoints taken out: what still flows when nothing may go by them."""

from __future__ import annotations

from dataclasses import replace

from netaudit.engine.external import BASES
from netaudit.engine.solve import Reachability
from netaudit.flows import IPV4, IPV6, AddressSet
from netaudit.model import Network


def without(solved: Reachability, gone: frozenset[str]) -> tuple[Network, frozenset[AddressSet]]:
    """The network without what these endpoints carry, and the cuts that give it the same blocks outside.

    The endpoints stay as names that reach nothing and that nothing reaches, proxies among them forward nothing, and
    hops into and out of their interfaces are gone. A node that other endpoints share with them keeps its hops.
    """
    network = solved.network
    left = {i.node for e in network.endpoints if e.id not in gone for i in e.interfaces}
    nodes = {i.node for e in network.endpoints if e.id in gone for i in e.interfaces} - left
    outside = AddressSet.union(block.addresses for block in solved.external)
    reduced = replace(
        network,
        endpoints=tuple(replace(e, interfaces=(), accepts=False) if e.id in gone else e for e in network.endpoints),
        hops=tuple(hop for hop in network.hops if hop.tail not in nodes and hop.head not in nodes),
        aside_hops=(),
        forwards=tuple(f for f in network.forwards if f.proxy not in gone and f.target not in gone),
        owned=(IPV4 | IPV6) - outside,
    )
    return reduced, frozenset(block.addresses for block in solved.external if block.id not in BASES)
