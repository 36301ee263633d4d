"""A gateway route table says where packets go that enter a VPC by a gateway: delivered, or through a middlebox.

https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html (read 2026-11-27)

AWS-23 A table that is associated with an internet or virtual private gateway steers what enters by it: to whom it is
       addressed, by the local routes, or to an interface or a Gateway Load Balancer endpoint, by a route to a subnet or
       to the whole VPC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netaudit.model import End, Filter, Origin, Unknown
from netaudit.providers.aws import gates, route_table
from netaudit.providers.aws.fabric import Fabric, Way
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.route_table import Target

Inward = Callable[[str, Target, Origin | None], list[Way]]


def enter(fabric: Fabric, node: str, vpc: str, gateways: Iterable[str], inward: Inward) -> str:
    """The place at which packets of some gateways enter a VPC: its router, or `node` where they have tables (AWS-23).

    `inward` says where the target of a route of such a table leads.
    """
    inventory, router = fabric.inventory, fabric.node("vpc", vpc)
    keys = tuple(dict.fromkeys(gateways))
    found = [each for key in keys for each in inventory.edges.get(key, ())]
    found += [(key, because) for key, because in inventory.edge_doubts if _may_be_of(inventory, key, vpc)]
    tables = [(inventory.tables[key], because) for key, because in found]
    if all(not table.open and {r.target for r in table.routes} <= {route_table.LOCAL} for table, _ in tables):
        return router
    doubts = tuple(dict.fromkeys(reason for _, because in tables for reason in because))
    if len(tables) > 1 and not doubts:
        doubts = (Unknown(f"which route table {', '.join(keys)} uses"),)
    maybe = [gates.perhaps(f"gateway route table of {vpc}", doubts)] if doubts else []
    if doubts:
        fabric.hop(node, router, maybe)
    for table, _ in tables:
        for target, policy in fabric.split(table, vpc).items():
            origin = policy.tiers[0].rules[0].origin if policy.tiers[0].rules else policy.origin
            ways = [Way(router)] if target == route_table.LOCAL else inward(vpc, target, origin)
            for way in ways:
                fabric.hop(node, way.head, [*maybe, Filter(policy, End.DESTINATION), *way.steps])
    return node


def _may_be_of(inventory: Inventory, key: str, vpc: str) -> bool:
    """Whether a table may be that of a gateway of a VPC: both are of the same one."""
    table = inventory.tables[key]
    return table.vpc is None or inventory.vpc(table.vpc, key) == vpc or not inventory.vpcs[vpc].declared
