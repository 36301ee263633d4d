"""Small estates in a line or two: resources as a reader would give them, and what may flow between them."""

from collections.abc import Iterable
from typing import Any

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Network, Origin, Reading, Ref, Resource, Settings, Unknown
from netaudit.providers.aws import build

UNKNOWN = Unknown("var.unknown", Origin("variables.tf", 1))
MANY = Unknown("var.many", Origin("variables.tf", 2), many=True)
NONE = Traffic.nothing()


def ref(address: str, *path: str | int) -> Ref:
    """A reference to another resource, by default to its id."""
    return Ref(address, path or ("id",))


def resource(address: str, *, exists: bool = True, **attributes: Any) -> Resource:
    """A resource whose kind is the first part of its address, or the first two of a data source's."""
    parts = address.removesuffix("[?]").split(".")
    kind = ".".join(parts[:2]) if parts[0] == "data" else parts[0]
    origin = Origin("main.tf", len(address), len(address) + 1, address)
    return Resource(kind, address, attributes, origin, exists=exists)


def reading(*resources: Resource, name: str = "infra", named: bool = False, format: str = "terraform") -> Reading:  # noqa: A002
    """A source that declares these resources."""
    return Reading(name, format, resources, named=named)


def network(*resources: Resource, settings: Settings = Settings()) -> Network:  # noqa: B008 - an immutable value
    """The network of one source with these resources."""
    return build([reading(*resources)], settings)


class Answers:
    """What may flow in a network, asked by endpoint id."""

    def __init__(self, *resources: Resource, settings: Settings = Settings()) -> None:  # noqa: B008
        self.network = network(*resources, settings=settings)
        self._reachability = Reachability(self.network)

    def bounds(self, source: str, destination: str) -> Bounds:
        """Bounds on TCP, UDP and SCTP between two endpoints."""
        by_id = self._reachability.by_id
        return self._reachability.bounds(by_id[source], by_id[destination]) & CLAIMED

    def all_bounds(self, source: str, destination: str) -> Bounds:
        """Bounds on all traffic between two endpoints."""
        by_id = self._reachability.by_id
        return self._reachability.bounds(by_id[source], by_id[destination])

    def exactly(self, source: str, destination: str) -> str:
        """What flows, where nothing is unknown: the two bounds must agree."""
        bounds = self.bounds(source, destination)
        assert bounds.certain == bounds.possible, f"certain {bounds.certain}, possible {bounds.possible}"
        return str(bounds.certain)

    def possibly(self, source: str, destination: str) -> str:
        """What may flow, where nothing of it is certain."""
        bounds = self.bounds(source, destination)
        assert NONE == bounds.certain, f"certain {bounds.certain}"
        return str(bounds.possible)

    def externals(self) -> set[str]:
        """The ids of the blocks outside the model."""
        return {key for key, endpoint in self._reachability.by_id.items() if endpoint.external}

    def codes(self) -> set[str]:
        """The codes of the network's diagnostics."""
        return {diagnostic.code for diagnostic in self.network.diagnostics}


# ---- resources ----------------------------------------------------------------------------------------


def vpc(name: str = "main", block: Any = "10.0.0.0/16", **more: Any) -> Resource:
    """A VPC with one block."""
    return resource(f"aws_vpc.{name}", cidr_block=block, **more)


def subnet(name: str, block: Any, home: str = "main", **more: Any) -> Resource:
    """A subnet of the VPC `home`."""
    return resource(f"aws_subnet.{name}", vpc_id=ref(f"aws_vpc.{home}"), cidr_block=block, **more)


def allow(protocol: Any = "-1", first: Any = 0, last: Any = None, **peers: Any) -> dict[str, Any]:
    """One inline rule of a security group: a protocol, one port or a range, and its peers."""
    return {"protocol": protocol, "from_port": first, "to_port": first if last is None else last, **peers}


ALL = allow(cidr_blocks=["0.0.0.0/0"], ipv6_cidr_blocks=["::/0"])


def group(
    name: str, ingress: Iterable[Any] = (), egress: Iterable[Any] = (ALL,), home: str = "main", **more: Any
) -> Resource:
    """A security group with inline rules; by default it lets everything out."""
    return resource(
        f"aws_security_group.{name}",
        vpc_id=ref(f"aws_vpc.{home}"),
        ingress=list(ingress),
        egress=list(egress),
        **more,
    )


def instance(name: str, where: str, *groups: str, **more: Any) -> Resource:
    """An instance in a subnet with these groups."""
    return resource(
        f"aws_instance.{name}",
        subnet_id=ref(f"aws_subnet.{where}"),
        vpc_security_group_ids=[ref(f"aws_security_group.{each}") for each in groups],
        **more,
    )


def table(name: str, *routes: dict[str, Any], subnets: Iterable[str] = (), home: str = "main") -> list[Resource]:
    """A route table with inline routes, and its associations."""
    address = f"aws_route_table.{name}"
    links = [
        resource(
            f"aws_route_table_association.{name}_{each}",
            subnet_id=ref(f"aws_subnet.{each}"),
            route_table_id=ref(address),
        )
        for each in subnets
    ]
    return [resource(address, vpc_id=ref(f"aws_vpc.{home}"), route=list(routes)), *links]


def gateway(home: str = "main") -> Resource:
    """The internet gateway of a VPC."""
    return resource(f"aws_internet_gateway.{home}", vpc_id=ref(f"aws_vpc.{home}"))


def to_internet(home: str = "main") -> dict[str, Any]:
    """A default route to a VPC's internet gateway."""
    return {"cidr_block": "0.0.0.0/0", "gateway_id": ref(f"aws_internet_gateway.{home}")}


OPEN = group("open", [ALL])
BASE = [vpc(), subnet("a", "10.0.1.0/24"), subnet("b", "10.0.2.0/24"), OPEN]
A, B = "aws_instance.a", "aws_instance.b"
ANYTHING = "tcp udp sctp"


def pair(*more: Resource, a: str = "open", b: str = "open") -> Answers:
    """Two instances, in two subnets of one VPC, with one group each."""
    return Answers(*BASE, *more, instance("a", "a", a), instance("b", "b", b))
