"""What there is in a generated estate, as plain facts: no reader of Terraform and no part of netaudit has a hand in it.

Addresses are text. A security group or ACL rule names its traffic by the protocol's name or number (`any` for all)
and an inclusive range of ports, which for ICMP is a range of types.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Vpc:
    """`main` is the table of subnets without one; None is a main table with nothing but local routes.

    `acl` and `group` are what the VPC's default ones became, where somebody changed them.
    """

    cidrs: tuple[str, ...]
    six: str | None = None
    main: str | None = None
    internet: bool = False
    egress_only: bool = False
    acl: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Subnet:
    """`table` None is the VPC's main one, `acl` None its default one, which allows everything."""

    vpc: str
    cidr: str
    zone: str
    six: str | None = None
    table: str | None = None
    acl: str | None = None
    gives_public: bool = False  # a machine that says nothing gets a public address


@dataclass(frozen=True)
class Route:
    """`to` is a CIDR or a list by name; `by` is `internet`, `egress-only`, `nat:…`, `peering:…` or `transit:…`.

    `endpoint` leads to a gateway endpoint, whose list `to` is, `machine:…` to a machine; `blackhole` drops.
    """

    to: str
    by: str


@dataclass(frozen=True)
class Table:
    """A route table, without its local routes."""

    vpc: str
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class Entry:
    """One line of an ACL."""

    number: int
    allow: bool
    protocol: str
    low: int
    high: int
    cidr: str


@dataclass(frozen=True)
class Acl:
    """An ACL, in no order."""

    vpc: str
    inward: tuple[Entry, ...]
    outward: tuple[Entry, ...]


@dataclass(frozen=True)
class Rule:
    """One permission; `peer` is a CIDR, `group:…`, `list:…` or `self`."""

    protocol: str
    low: int
    high: int
    peer: str


@dataclass(frozen=True)
class Group:
    """A security group."""

    vpc: str
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]


@dataclass(frozen=True)
class Machine:
    """An interface. Without groups it is in the VPC's default one, which lets in itself; unless nothing filters it.

    `of` is the machine that it is a further interface of. One without an address has any of its subnet's.
    `public_address` is the public one, where it is known.
    """

    subnet: str
    address: str | None
    groups: tuple[str, ...]
    public: bool = False
    six: str | None = None
    of: str | None = None
    public_address: str | None = None
    unfiltered: bool = False
    forwards: bool = False  # it may pass on what is not for it: nobody knows what


@dataclass(frozen=True)
class Database:
    """A managed database: in one of its subnets, at an address there, and nobody knows which."""

    subnets: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Pool:
    """A target group: the machines that get connections at its port, named by their addresses or as instances.

    `preserves` is whether they see the client's address, `crosses` whether those of other zones get any; None is what
    AWS sets: for `crosses`, as the load balancer says.
    """

    protocol: str  # in lower case; `tcp_udp` is both, `tls` is TCP
    port: int
    machines: tuple[str, ...]
    by_address: bool = False
    preserves: bool | None = None
    crosses: bool | None = None


@dataclass(frozen=True)
class Listener:
    """What a load balancer listens on, and whom it hands that to."""

    protocol: str
    port: int
    pools: tuple[str, ...]


@dataclass(frozen=True)
class Balancer:
    """A load balancer, `application`, `network` or `classic`: one interface in each of its subnets.

    A network one may be without groups: then nothing filters it. An interface has one of `addresses`, where it is
    written, which are in the order of the subnets.
    """

    kind: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    listeners: tuple[Listener, ...]
    public: bool = False
    crosses: bool = True
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Door:
    """An interface endpoint: to the service of a network load balancer, or to one of AWS itself (None)."""

    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    balancer: str | None = None


@dataclass(frozen=True)
class Nat:
    """A NAT gateway; a private one has no public address."""

    subnet: str
    address: str
    public: bool = True


@dataclass(frozen=True)
class Peering:
    """A peering of one Region; one that nobody here accepts may be active or not."""

    one: str
    other: str
    accepted: bool = True


@dataclass(frozen=True)
class Attachment:
    """A VPC's place at a transit gateway: its subnets, the table that looks up, and those it propagates into."""

    gateway: str
    vpc: str
    subnets: tuple[str, ...]
    table: str | None
    propagates: tuple[str, ...]


@dataclass(frozen=True)
class TransitRoute:
    """A static route of a gateway's table; `by` None is a blackhole."""

    table: str
    to: str
    by: str | None


@dataclass(frozen=True)
class Estate:
    """Everything, by name."""

    vpcs: dict[str, Vpc]
    subnets: dict[str, Subnet]
    machines: dict[str, Machine]
    tables: dict[str, Table] = field(default_factory=dict)
    acls: dict[str, Acl] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    pools: dict[str, Pool] = field(default_factory=dict)
    balancers: dict[str, Balancer] = field(default_factory=dict)
    doors: dict[str, Door] = field(default_factory=dict)
    nats: dict[str, Nat] = field(default_factory=dict)
    peerings: dict[str, Peering] = field(default_factory=dict)
    transit_tables: dict[str, str] = field(default_factory=dict)  # the gateway of each
    attachments: dict[str, Attachment] = field(default_factory=dict)
    transit_routes: tuple[TransitRoute, ...] = ()
