"""Which subnet an ACL or a route table belongs to."""

from __future__ import annotations

from netaudit.model import Origin, Unknown
from netaudit.providers.aws.inventory import SUBNETS, Inventory
from netaudit.providers.aws.values import Leaf


def associate(
    inventory: Inventory,
    leaf: Leaf | None,
    key: str,
    found: dict[str, list[str]],
    doubts: list[Unknown],
    *,
    origin: Origin | None,
    because: tuple[Unknown, ...] = (),
) -> None:
    """Bind a subnet to an ACL or table; a subnet that is unknown may be any that nothing else binds."""
    if because:
        doubts.extend(because)
        return
    place, sought = inventory.lookup.find(leaf, *SUBNETS), inventory.lookup.follow(leaf)
    if isinstance(sought, Unknown):
        doubts.append(sought)
    if place is not None:
        bound = found.setdefault(place.address, [])
        bound += [] if key in bound else [key]
    elif leaf is not None and not isinstance(leaf, Unknown):
        bound = found.setdefault(inventory.subnet(leaf, str(origin)), [])
        bound += [] if key in bound else [key]
