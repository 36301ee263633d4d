"""Named groups of endpoints: VPCs and subnets as boxes of the map, security groups, kinds, Regions, accounts besides.

Where a realm has VPCs in several accounts or Regions, these are boxes around the VPCs: the account outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netaudit.flows import ANYWHERE, PUBLIC
from netaudit.model import SENSITIVE, Group, Resource
from netaudit.providers.aws import route_table, tags
from netaudit.providers.aws.fabric import Fabric
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.security_group import SecurityGroup
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.vpc import Vpc

PUBLIC_COLUMN, PRIVATE_COLUMN, DATA_COLUMN = 0, 1, 2


def keys_of(fabric: Fabric, mine: Iterable[Placed]) -> frozenset[str]:
    """The keys of every group that an endpoint with these interfaces belongs to."""
    prefix, found = fabric.prefix, set[str]()
    for each in mine:
        found |= {f"vpc/{prefix}{key}" for key in each.vpcs}
        places = (place for key in each.subnets for place in _places(fabric, fabric.inventory.subnets[key]))
        found |= {f"subnet/{prefix}{place.written}" for place in places}
        found |= {f"sg/{prefix}{key}" for key in each.groups}
        found.add(f"kind/{each.owner.kind}")
        region, account = region_of(fabric, each), account_of(fabric, each)
        found |= {f"region/{region}"} if region else set()
        found |= {f"account/{account}"} if account else set()
    return frozenset(found)


def _places(fabric: Fabric, subnet: Subnet) -> Iterable[Subnet]:
    """A subnet, or all that it may be."""
    if not subnet.some:
        return (subnet,)
    return (each for each in fabric.inventory.subnets.values() if each.vpc == subnet.vpc and not each.some)


def region_of(fabric: Fabric, each: Placed) -> str | None:
    """The Region of an interface's owner, where it is known."""
    resource = _resource_of(fabric, each)
    return None if resource is None else resource_region(resource)


def account_of(fabric: Fabric, each: Placed) -> str | None:
    """The account of an interface's owner, where it is known."""
    resource = _resource_of(fabric, each)
    return None if resource is None else resource_account(resource)


def _resource_of(fabric: Fabric, each: Placed) -> Resource | None:
    return fabric.inventory.lookup.by_address.get(each.owner.id.removeprefix(fabric.prefix))


def resource_account(resource: Resource) -> str | None:
    """The account that a resource's provider configuration belongs to, where it is known."""
    value = resource.settings.get("account_id")
    return value if isinstance(value, str) and value else None


def resource_region(resource: Resource) -> str | None:
    """The Region of a resource, written on it or on its provider."""
    for value in (resource.attributes.get("region"), resource.settings.get("region")):
        if isinstance(value, str) and value:
            return value
    return None


def groups(fabric: Fabric) -> Iterator[Group]:
    """Every group of a realm that has, or could have, members."""
    prefix = fabric.prefix
    around = _Around(fabric)
    for vpc in fabric.inventory.vpcs.values():
        yield replace(_vpc(prefix, vpc), parent=around.of(vpc))
    yield from around.boxes()
    for subnet in fabric.inventory.subnets.values():
        if not subnet.version_of and not subnet.some:
            yield _subnet(fabric, subnet)
    for group in dict.fromkeys(fabric.inventory.groups.values()):
        yield _security_group(prefix, group, fabric)
    for kind in sorted({each.owner.kind for each in fabric.placed}):
        yield Group(f"kind/{kind}", "kind", kind, box=False)
    for region in sorted({r for each in fabric.placed if (r := region_of(fabric, each))}):
        yield Group(f"region/{region}", "region", region, box=False)
    for account in sorted({key for each in fabric.placed if (key := account_of(fabric, each))}):
        yield Group(f"account/{account}", "account", account, box=False)


class _Around:
    """The boxes around VPCs: accounts and Regions, each only where a realm's VPCs lie in several."""

    def __init__(self, fabric: Fabric) -> None:
        vpcs = [vpc.resource for vpc in fabric.inventory.vpcs.values() if vpc.resource]
        self._prefix = fabric.prefix
        self._accounts = len({resource_account(each) for each in vpcs}) > 1
        self._regions = len({resource_region(each) for each in vpcs}) > 1
        self._made: dict[str, Group] = {}

    def of(self, vpc: Vpc) -> str | None:
        """The key of the box around a VPC; None where there is none to tell."""
        parent: str | None = None
        if vpc.resource is None:
            return None
        account, region = resource_account(vpc.resource), resource_region(vpc.resource)
        if self._accounts and account:
            parent = self._box("account", account, None)
        if self._regions and region:
            parent = self._box("region", region, parent)
        return parent

    def _box(self, kind: str, title: str, parent: str | None) -> str:
        key = f"{parent}/{kind}/{title}" if parent else f"around/{self._prefix}{kind}/{title}"
        self._made[key] = Group(key, kind, title, parent=parent)
        return key

    def boxes(self) -> Iterator[Group]:
        """All of them that a VPC lies in."""
        yield from self._made.values()


def _names(kind: str, key: str, name: str) -> tuple[str, ...]:
    """By the `Name` tag, and by the last part of the address."""
    short = key.rsplit(".", 1)[-1]
    return tuple(dict.fromkeys(f"{kind}/{text}" for text in (name, short) if text and text != key))


def _vpc(prefix: str, vpc: Vpc) -> Group:
    name = tags.name_of(vpc.resource) if vpc.resource else ""
    detail = SENSITIVE if vpc.secret else ", ".join(str(block) for block in vpc.blocks)
    key = f"vpc/{prefix}{vpc.key}"
    title = name or vpc.key.rsplit(".", 1)[-1]
    return Group(key, "vpc", title, _names("vpc", vpc.key, name), None, detail, PRIVATE_COLUMN, True, vpc.origin)


def _subnet(fabric: Fabric, subnet: Subnet) -> Group:
    prefix = fabric.prefix
    name = tags.name_of(subnet.resource) if subnet.resource else ""
    block = subnet.resource.attributes.get("cidr_block") if subnet.resource else None
    return Group(
        f"subnet/{prefix}{subnet.key}",
        "subnet",
        name or subnet.key.rsplit(".", 1)[-1],
        _names("subnet", subnet.key, name),
        f"vpc/{prefix}{subnet.vpc}",
        block if isinstance(block, str) else "",
        _column(fabric, subnet),
        True,
        subnet.origin,
    )


def _column(fabric: Fabric, subnet: Subnet) -> int:
    """Public with a route to an internet gateway, data without any default route, private between the two."""
    column = DATA_COLUMN
    find = fabric.inventory.lookup.find
    for route in fabric.inventory.table_for(subnet).routes:
        if not any(block >= PUBLIC or block.size * 2 > ANYWHERE.v4.size for block in route.blocks):
            continue
        gateway = route.target.leaf if route.target.kind == "gateway" else None
        if gateway is not None and find(gateway, "aws_vpn_gateway") is None:
            return PUBLIC_COLUMN
        column = PRIVATE_COLUMN if route.target != route_table.BLACKHOLE else column
    return column


def _security_group(prefix: str, group: SecurityGroup, fabric: Fabric) -> Group:
    resource = fabric.inventory.lookup.by_address.get(group.key)
    name = tags.name_of(resource) if resource else ""
    names = dict.fromkeys((*_names("sg", group.key, name), *_names("sg", group.key, group.name)))
    title = name or group.name or group.key.rsplit(".", 1)[-1]
    return Group(f"sg/{prefix}{group.key}", "sg", title, tuple(names), None, "", PRIVATE_COLUMN, False, group.origin)
