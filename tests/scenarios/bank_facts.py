"""What stands in the bank's files, written down by hand: no reader of Terraform or YAML had a part in it.

Addresses, ports and names are copied from `fixtures/scenarios/bank` with modules, loops and functions worked
out on paper; `test_bank_terraform.py` holds them to what the real Terraform plans.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ANYWHERE = "0.0.0.0/0"
PARTNER = "var.partner_cidr"  # the one peer that the text does not fix


# ── the three VPCs ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Rule:
    """One permission of a security group. `peer` is a CIDR, a group's name, or PARTNER."""

    protocol: str
    low: int
    high: int
    peer: str


@dataclass(frozen=True)
class Entry:
    """One line of a network ACL."""

    number: int
    allow: bool
    protocol: str
    low: int
    high: int
    cidr: str


@dataclass(frozen=True)
class Machine:
    """Something with an address: in any of its subnets where there are several."""

    subnets: tuple[str, ...]
    group: str
    public: bool = False
    address: str | None = None


@dataclass(frozen=True)
class Subnet:
    """`acl` None is the VPC's default one, which allows everything."""

    vpc: str
    cidr: str
    table: str
    acl: str | None = None


@dataclass(frozen=True)
class Group:
    """A security group: who may come in, and where its members may go."""

    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


def _tcp(port: int, peer: str) -> Rule:
    return Rule("tcp", port, port, peer)


def _all(peer: str) -> Rule:
    return Rule("any", 0, 65535, peer)


VPCS = {"production": "10.10.0.0/16", "management": "10.20.0.0/16", "shared": "10.21.0.0/16"}

PEERINGS = {
    "production-management": ("production", "management"),
    "production-shared": ("production", "shared"),
}

SUBNETS = {
    "production-public-a": Subnet("production", "10.10.0.0/24", "production-public"),
    "production-public-b": Subnet("production", "10.10.1.0/24", "production-public"),
    "production-private-a": Subnet("production", "10.10.10.0/24", "production-private-a"),
    "production-private-b": Subnet("production", "10.10.11.0/24", "production-private-b"),
    "production-data-a": Subnet("production", "10.10.20.0/24", "production-data", "data"),
    "production-data-b": Subnet("production", "10.10.21.0/24", "production-data", "data"),
    "management-public-a": Subnet("management", "10.20.0.0/24", "management-public"),
    "management-public-b": Subnet("management", "10.20.1.0/24", "management-public"),
    "management-private-a": Subnet("management", "10.20.10.0/24", "management-private-a"),
    "management-private-b": Subnet("management", "10.20.11.0/24", "management-private-b"),
    "shared-public-a": Subnet("shared", "10.21.0.0/24", "shared-public"),
    "shared-public-b": Subnet("shared", "10.21.1.0/24", "shared-public"),
    "shared-private-a": Subnet("shared", "10.21.10.0/24", "shared-private-a"),
    "shared-private-b": Subnet("shared", "10.21.11.0/24", "shared-private-b"),
}

_PRODUCTION_PEERS = (
    ("10.10.0.0/16", "local"),
    ("10.20.0.0/16", "peering:production-management"),
    ("10.21.0.0/16", "peering:production-shared"),
)
_MANAGEMENT_PEERS = (("10.20.0.0/16", "local"), ("10.10.0.0/16", "peering:production-management"))
_SHARED_PEERS = (("10.21.0.0/16", "local"), ("10.10.0.0/16", "peering:production-shared"))

# A NAT gateway is named by the subnet that it stands in.
TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "production-public": (*_PRODUCTION_PEERS, (ANYWHERE, "internet")),
    "production-private-a": (*_PRODUCTION_PEERS, (ANYWHERE, "nat:production-public-a")),
    "production-private-b": (*_PRODUCTION_PEERS, (ANYWHERE, "nat:production-public-b")),
    "production-data": _PRODUCTION_PEERS,
    "management-public": (*_MANAGEMENT_PEERS, (ANYWHERE, "internet")),
    "management-private-a": (*_MANAGEMENT_PEERS, (ANYWHERE, "nat:management-public-a")),
    "management-private-b": (*_MANAGEMENT_PEERS, (ANYWHERE, "nat:management-public-a")),
    "shared-public": (*_SHARED_PEERS, (ANYWHERE, "internet")),
    "shared-private-a": (*_SHARED_PEERS, (ANYWHERE, "nat:shared-public-a")),
    "shared-private-b": (*_SHARED_PEERS, (ANYWHERE, "nat:shared-public-a")),
}

ACL_IN: dict[str, tuple[Entry, ...]] = {
    "data": (
        Entry(10, False, "any", 0, 65535, "10.10.0.0/24"),
        Entry(11, False, "any", 0, 65535, "10.10.1.0/24"),
        Entry(100, True, "tcp", 5432, 5432, "10.10.10.0/23"),
        Entry(110, True, "tcp", 5432, 5432, "10.20.0.0/15"),
    )
}
ACL_OUT: dict[str, tuple[Entry, ...]] = {
    "data": (
        Entry(100, True, "tcp", 1024, 65535, "10.10.10.0/23"),
        Entry(110, True, "tcp", 1024, 65535, "10.20.0.0/15"),
    )
}

_COMMON = (_tcp(6514, "10.21.10.0/23"), _tcp(636, "10.21.10.0/23"))

GROUPS = {
    "front-door": Group(ingress=(_tcp(443, ANYWHERE),), egress=(_tcp(8443, "web"),)),
    "partner-gateway": Group(ingress=(_tcp(443, PARTNER), _tcp(22, "jump-host")), egress=(_tcp(8080, "payments"),)),
    "web": Group(ingress=(_tcp(8443, "front-door"), _tcp(22, "jump-host")), egress=(_tcp(8080, "payments"), *_COMMON)),
    "payments": Group(
        ingress=(_tcp(8080, "web"), _tcp(8080, "partner-gateway"), _tcp(22, "jump-host")),
        egress=(_tcp(9090, "ledger"), _tcp(5432, "cards-database"), _tcp(443, ANYWHERE), *_COMMON),
    ),
    "ledger": Group(
        ingress=(_tcp(9090, "payments"), _tcp(22, "jump-host")),
        egress=(_tcp(5432, "ledger-database"), *_COMMON),
    ),
    "ledger-database": Group(ingress=(_tcp(5432, "ledger"), _tcp(5432, "10.20.0.0/15"))),
    "cards-database": Group(ingress=(_tcp(5432, "payments"),)),
    "jump-host": Group(
        ingress=(_tcp(22, "203.0.113.0/24"),),
        egress=(_tcp(22, "10.10.0.0/16"), _tcp(5432, "10.10.20.0/23"), _tcp(443, ANYWHERE)),
    ),
    "admin-console": Group(ingress=(_tcp(443, "jump-host"),), egress=(_tcp(443, ANYWHERE),)),
    "logs": Group(ingress=(_tcp(6514, "10.10.0.0/16"), _tcp(6514, "10.21.0.0/16"))),
    "directory": Group(
        ingress=(_all("directory"), _tcp(636, "10.10.10.0/23"), _tcp(636, "10.21.0.0/16")),
        egress=(_all("directory"), _tcp(6514, "logs")),
    ),
    "ci-runner": Group(egress=(_all("10.0.0.0/8"), _tcp(443, ANYWHERE))),
}

_PUBLIC = ("production-public-a", "production-public-b")
_DATA = ("production-data-a", "production-data-b")

MACHINES = {
    "aws_lb.internet_banking": Machine(_PUBLIC, "front-door", public=True),
    "aws_instance.partner_gateway": Machine(("production-public-b",), "partner-gateway", public=True),
    "module.web.aws_instance.this[0]": Machine(("production-private-a",), "web"),
    "module.web.aws_instance.this[1]": Machine(("production-private-b",), "web"),
    "module.payments.aws_instance.this[0]": Machine(("production-private-a",), "payments"),
    "module.payments.aws_instance.this[1]": Machine(("production-private-b",), "payments"),
    "module.ledger.aws_instance.this[0]": Machine(("production-private-a",), "ledger"),
    "module.ledger.aws_instance.this[1]": Machine(("production-private-b",), "ledger"),
    "aws_db_instance.ledger": Machine(_DATA, "ledger-database"),
    "aws_db_instance.cards": Machine(_DATA, "cards-database"),
    "aws_instance.bastion": Machine(("management-public-a",), "jump-host", public=True),
    "module.admin_console.aws_instance.this[0]": Machine(("management-private-a",), "admin-console"),
    "module.logs.aws_instance.this[0]": Machine(("shared-private-a",), "logs"),
    "aws_instance.directory[0]": Machine(("shared-private-a",), "directory", address="10.21.10.10"),
    "aws_instance.directory[1]": Machine(("shared-private-b",), "directory", address="10.21.11.10"),
    "aws_instance.ci_runner[0]": Machine(("shared-private-a",), "ci-runner"),
    "aws_instance.ci_runner[1]": Machine(("shared-private-b",), "ci-runner"),
}


# ── the cluster ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Select:
    """Labels to carry (`equal`), keys whose value is listed (`among`), and keys whose value is not (`beyond`)."""

    equal: dict[str, str] = field(default_factory=dict)
    among: dict[str, tuple[str, ...]] = field(default_factory=dict)
    beyond: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pods:
    """A peer by labels; `namespace` None is the policy's own."""

    pods: Select = Select()
    namespace: Select | None = None


@dataclass(frozen=True)
class Block:
    """A peer by address."""

    cidr: str
    excepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ports:
    """One port entry: a number, a range, or the name of a port of the destination."""

    protocol: str
    port: int | str
    end: int | None = None


@dataclass(frozen=True)
class Allow:
    """One rule: any of the peers, on any of the ports."""

    peers: tuple[Pods | Block, ...]
    ports: tuple[Ports, ...]


@dataclass(frozen=True)
class NetworkPolicy:
    """`ingress` or `egress` None: the policy says nothing about that direction."""

    namespace: str
    subject: Select
    ingress: tuple[Allow, ...] | None = None
    egress: tuple[Allow, ...] | None = None


@dataclass(frozen=True)
class Workload:
    """Pods of one owner; `ports` maps a name to protocol and number."""

    namespace: str
    labels: dict[str, str]
    ports: dict[str, tuple[str, int]] = field(default_factory=dict)


_NAME = "kubernetes.io/metadata.name"

NAMESPACES = {
    "edge": {"zone": "edge", _NAME: "edge"},
    "payments": {"zone": "core", _NAME: "payments"},
    "ledger": {"zone": "core", _NAME: "ledger"},
    "monitoring": {"zone": "platform", _NAME: "monitoring"},
    "kube-system": {_NAME: "kube-system"},  # its manifest is not there
}

WORKLOADS = {
    "edge/gateway[Deployment]": Workload(
        "edge", {"app": "gateway"}, {"https": ("tcp", 8443), "metrics": ("tcp", 9102)}
    ),
    "edge/portal[Deployment]": Workload("edge", {"app": "portal"}, {"http": ("tcp", 3000)}),
    "payments/api[Deployment]": Workload(
        "payments", {"app": "api", "tier": "application"}, {"api": ("tcp", 8080), "metrics": ("tcp", 9102)}
    ),
    "payments/fraud-scoring[Deployment]": Workload(
        "payments",
        {"app": "fraud-scoring", "tier": "application"},
        {"first-worker": ("tcp", 7000), "metrics": ("tcp", 9464)},
    ),
    "payments/settlement[CronJob]": Workload("payments", {"app": "settlement", "tier": "batch"}),
    "ledger/postings[Deployment]": Workload(
        "ledger", {"app": "postings"}, {"grpc": ("tcp", 9090), "metrics": ("tcp", 9464)}
    ),
    "ledger/journal[StatefulSet]": Workload(
        "ledger", {"app": "journal"}, {"postgres": ("tcp", 5432), "metrics": ("tcp", 9187)}
    ),
    "ledger/archive[CronJob]": Workload("ledger", {"app": "archive"}),
    "monitoring/prometheus[StatefulSet]": Workload("monitoring", {"app": "prometheus"}, {"web": ("tcp", 9090)}),
    "monitoring/node-agent[DaemonSet]": Workload("monitoring", {"app": "node-agent"}, {"metrics": ("tcp", 9100)}),
    "kube-system/coredns[Deployment]": Workload(
        "kube-system", {"k8s-app": "kube-dns"}, {"dns": ("udp", 53), "dns-tcp": ("tcp", 53)}
    ),
}


def _app(name: str) -> Select:
    return Select(equal={"app": name})


def _namespace(name: str) -> Select:
    return Select(equal={_NAME: name})


_EVERY_POD = Select()
_NAME_SERVER = Allow(
    (Pods(Select(equal={"k8s-app": "kube-dns"}), _namespace("kube-system")),), (Ports("udp", 53), Ports("tcp", 53))
)
_METRICS = Allow((Pods(_app("prometheus"), _namespace("monitoring")),), (Ports("tcp", "metrics"),))
_POSTINGS = Allow((Pods(_app("postings"), _namespace("ledger")),), (Ports("tcp", 9090),))
_INTERNAL = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")

POLICIES = (
    NetworkPolicy("edge", _EVERY_POD, ingress=(), egress=()),
    NetworkPolicy("payments", _EVERY_POD, ingress=(), egress=()),
    NetworkPolicy("ledger", _EVERY_POD, ingress=(), egress=()),
    NetworkPolicy("monitoring", _EVERY_POD, ingress=()),
    NetworkPolicy("edge", _EVERY_POD, ingress=(_METRICS,)),
    NetworkPolicy("payments", _EVERY_POD, ingress=(_METRICS,)),
    NetworkPolicy("ledger", _EVERY_POD, ingress=(_METRICS,)),
    NetworkPolicy("monitoring", _EVERY_POD, ingress=(Allow((Pods(_app("prometheus")),), (Ports("tcp", "metrics"),)),)),
    NetworkPolicy("edge", _EVERY_POD, egress=(_NAME_SERVER,)),
    NetworkPolicy("payments", _EVERY_POD, egress=(_NAME_SERVER,)),
    NetworkPolicy("ledger", _EVERY_POD, egress=(_NAME_SERVER,)),
    NetworkPolicy(
        "kube-system",
        Select(equal={"k8s-app": "kube-dns"}),
        ingress=(Allow((Pods(namespace=Select()),), (Ports("udp", "dns"), Ports("tcp", "dns-tcp"))),),
    ),
    NetworkPolicy(
        "edge",
        _app("gateway"),
        ingress=(Allow((Block(ANYWHERE),), (Ports("tcp", "https"),)),),
        egress=(
            Allow((Pods(_app("portal")),), (Ports("tcp", 3000),)),
            Allow((Pods(_app("api"), _namespace("payments")),), (Ports("tcp", "api"),)),
        ),
    ),
    NetworkPolicy("edge", _app("portal"), ingress=(Allow((Pods(_app("gateway")),), (Ports("tcp", "http"),)),)),
    NetworkPolicy(
        "payments",
        _app("api"),
        ingress=(Allow((Pods(_app("gateway"), Select(equal={"zone": "edge"})),), (Ports("tcp", "api"),)),),
        egress=(Allow((Pods(_app("fraud-scoring")),), (Ports("tcp", 7000, 7010),)), _POSTINGS),
    ),
    NetworkPolicy(
        "payments",
        _app("fraud-scoring"),
        ingress=(Allow((Pods(_app("api")),), (Ports("tcp", 7000, 7009),)),),
        egress=(Allow((Block(ANYWHERE, _INTERNAL),), (Ports("tcp", 443),)),),
    ),
    NetworkPolicy(
        "payments",
        Select(among={"tier": ("batch",)}),
        egress=(Allow((Block("192.0.2.0/24"),), (Ports("tcp", 443), Ports("tcp", 2222))), _POSTINGS),
    ),
    NetworkPolicy(
        "ledger",
        _app("postings"),
        ingress=(
            Allow(
                (Pods(Select(among={"app": ("api", "settlement")}), _namespace("payments")),),
                (Ports("tcp", "grpc"),),
            ),
        ),
        egress=(Allow((Pods(_app("journal")),), (Ports("tcp", "postgres"),)),),
    ),
    NetworkPolicy(
        "ledger",
        _app("journal"),
        ingress=(Allow((Pods(Select(among={"app": ("postings", "archive", "journal")})),), (Ports("tcp", 5432),)),),
    ),
    NetworkPolicy(
        "ledger",
        Select(beyond={"app": ("postings", "journal")}),
        egress=(Allow((Pods(_app("journal")),), (Ports("tcp", 5432),)),),
    ),
)
