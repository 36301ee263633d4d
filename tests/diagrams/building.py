"""Networks for pictures, made by hand: only groups, endpoints and flows matter here, not how they came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import NO_TRAFFIC, AddressSet, Traffic
from netaudit.model import Endpoint, Group, Interface, Network, Party
from netaudit.queries.flow import Flow


def endpoint(name: str, kind: str, *groups: str, realm: str = "", labels: Mapping[str, str] | None = None) -> Endpoint:
    """An endpoint in some groups, with no address that anybody looks at."""
    interface = Interface(Party(name, AddressSet.nothing()), f"node:{name}")
    return Endpoint(name, kind, (interface,), realm=realm, groups=frozenset(groups), labels=labels or {})


def flow(source: str, destination: str, possible: str, certain: str | None = None) -> Flow:
    """A flow whose traffic is certain unless said otherwise (`""` for nothing)."""
    sure = possible if certain is None else certain
    bounds = Bounds(Traffic.parse(sure) if sure else NO_TRAFFIC, Traffic.parse(possible))
    return Flow(source, destination, bounds)


PARTNER = AddressSet.parse("203.0.113.0/24")


def solved(groups: Iterable[Group], endpoints: Iterable[Endpoint]) -> Reachability:
    """A network of these, and outside of it the usual blocks and a partner's range."""
    return Reachability(Network(endpoints=tuple(endpoints), hops=(), groups=tuple(groups)), (PARTNER,))


def _vpc(name: str, cidr: str, subnets: Iterable[tuple[str, int]]) -> list[Group]:
    key = f"vpc/aws_vpc.{name}"
    found = [Group(key, "vpc", name, detail=cidr)]
    prefix = cidr.rsplit(".", 2)[0]
    for index, (title, column) in enumerate(subnets):
        detail = f"{prefix}.{index * 16}.0/20"
        found.append(Group(f"subnet/{name}-{title}", "subnet", title, parent=key, detail=detail, column=column))
    return found


_PROD = [
    ("public-a", 0),
    ("public-b", 0),
    ("app-a", 1),
    ("app-b", 1),
    ("nodes-a", 1),
    ("nodes-b", 1),
    ("data-a", 2),
    ("data-b", 2),
]
_SHARED = [("public-a", 0), ("public-b", 0), ("tools-a", 1), ("tools-b", 1), ("data-a", 2), ("data-b", 2)]
_MGMT = [("public-a", 0), ("public-b", 0), ("admin-a", 1), ("admin-b", 1), ("logs-a", 2), ("logs-b", 2)]


def bank() -> tuple[Reachability, list[Flow], dict[tuple[str, str], tuple[str, ...]]]:
    """A bank: three VPCs, a cluster of four namespaces, 27 endpoints, about 60 flows, 3 of them violated."""
    groups = [
        *_vpc("prod", "10.0.0.0/16", _PROD),
        *_vpc("shared", "10.16.0.0/16", _SHARED),
        *_vpc("mgmt", "10.32.0.0/16", _MGMT),
        Group("cluster/bank", "cluster", "bank"),
        *(
            Group(f"ns/{name}", "namespace", name, parent="cluster/bank")
            for name in ("edge", "payments", "ledger", "monitoring")
        ),
    ]
    return solved(groups, _bank_endpoints()), _bank_flows(), _BROKEN


_BROKEN = {
    ("aws_instance.bastion", "aws_db_instance.ledger"): ("data-not-from-mgmt",),
    ("monitoring/prometheus[Deployment]", "ledger/postgres[StatefulSet]"): ("ledger-only-from-payments", "SEG-007"),
    ("internet", "aws_instance.bastion"): ("no-ssh-from-internet",),
}


def _aws(name: str, kind: str, vpc: str, *subnets: str) -> Endpoint:
    return endpoint(name, kind, f"vpc/aws_vpc.{vpc}", *(f"subnet/{vpc}-{each}" for each in subnets))


def _pod(namespace: str, name: str, kind: str = "Deployment") -> Endpoint:
    return endpoint(f"{namespace}/{name}[{kind}]", kind, f"ns/{namespace}", "cluster/bank", realm="k8s")


def _bank_endpoints() -> list[Endpoint]:
    return [
        _aws("aws_lb.web", "aws_lb", "prod", "public-a", "public-b"),
        _aws("aws_nat_gateway.a", "aws_nat_gateway", "prod", "public-a"),
        _aws("aws_instance.app_a", "aws_instance", "prod", "app-a"),
        _aws("aws_instance.app_b", "aws_instance", "prod", "app-b"),
        *(_aws(f"aws_instance.node_a[{i}]", "aws_instance", "prod", "nodes-a") for i in range(3)),
        *(_aws(f"aws_instance.node_b[{i}]", "aws_instance", "prod", "nodes-b") for i in range(3)),
        _aws("aws_db_instance.ledger", "aws_db_instance", "prod", "data-a"),
        _aws("aws_db_instance.ledger_replica", "aws_db_instance", "prod", "data-b"),
        _aws("aws_elasticache_cluster.sessions", "aws_elasticache_cluster", "prod", "data-a"),
        _aws("aws_instance.git", "aws_instance", "shared", "tools-a"),
        _aws("aws_instance.runner", "aws_instance", "shared", "tools-b"),
        _aws("aws_db_instance.git", "aws_db_instance", "shared", "data-a"),
        _aws("aws_lb.git", "aws_lb", "shared", "public-a"),
        _aws("aws_instance.bastion", "aws_instance", "mgmt", "public-a"),
        _aws("aws_instance.admin", "aws_instance", "mgmt", "admin-a"),
        _aws("aws_instance.vault", "aws_instance", "mgmt", "admin-b"),
        _aws("aws_opensearch_domain.logs", "aws_opensearch_domain", "mgmt", "logs-a"),
        _pod("edge", "gateway"),
        _pod("edge", "web"),
        _pod("payments", "checkout"),
        _pod("payments", "fraud"),
        _pod("payments", "settlement", "CronJob"),
        _pod("ledger", "api"),
        _pod("ledger", "postgres", "StatefulSet"),
        _pod("monitoring", "prometheus"),
        _pod("monitoring", "grafana"),
        _pod("monitoring", "node-exporter", "DaemonSet"),
    ]


def _bank_flows() -> list[Flow]:
    nodes = [f"aws_instance.node_{zone}[{i}]" for zone in "ab" for i in range(3)]
    apps = ["aws_instance.app_a", "aws_instance.app_b"]
    pods = ["edge/gateway", "edge/web", "payments/checkout", "payments/fraud", "ledger/api"]
    return [
        flow("internet", "aws_lb.web", "tcp/443"),
        flow("internet", "aws_instance.bastion", "tcp/22"),
        flow("203.0.113.0/24", "aws_lb.git", "tcp/443"),
        *(flow("aws_lb.web", app, "tcp/8080") for app in apps),
        *(flow("aws_lb.web", node, "tcp/30080") for node in nodes),
        *(flow(app, "aws_db_instance.ledger", "tcp/5432") for app in apps),
        *(flow(app, "aws_elasticache_cluster.sessions", "tcp/6379") for app in apps),
        *(flow(node, "aws_db_instance.ledger", "tcp/5432") for node in nodes),
        *(flow(a, b, "tcp udp") for a in nodes for b in nodes if a != b and a[:20] == b[:20]),
        flow("aws_db_instance.ledger", "aws_db_instance.ledger_replica", "tcp/5432"),
        flow("aws_db_instance.ledger_replica", "aws_db_instance.ledger", "tcp/5432"),
        *(flow(node, "aws_nat_gateway.a", "tcp/443") for node in nodes),
        *(flow(app, "internet", "tcp/443") for app in apps),
        flow("aws_instance.runner", "internet", "tcp/80,443"),
        flow("aws_lb.git", "aws_instance.git", "tcp/8443"),
        flow("aws_instance.git", "aws_db_instance.git", "tcp/5432"),
        flow("aws_instance.runner", "aws_instance.git", "tcp/22,8443"),
        *(flow("aws_instance.runner", node, "tcp/6443", "") for node in nodes[:1]),
        flow("aws_instance.bastion", "aws_instance.admin", "tcp/22"),
        flow("aws_instance.bastion", "aws_db_instance.ledger", "tcp/22,80,443,5432,8080"),
        *(flow("aws_instance.admin", each, "tcp/22") for each in (*apps, *nodes, "aws_instance.git")),
        flow("aws_instance.admin", "aws_instance.vault", "tcp/8200"),
        *(flow(each, "aws_opensearch_domain.logs", "tcp/9200") for each in (*apps, "aws_instance.git")),
        flow("aws_instance.git", "aws_instance.vault", "tcp/8200", ""),
        flow("edge/gateway[Deployment]", "edge/web[Deployment]", "tcp/8080"),
        flow("edge/gateway[Deployment]", "payments/checkout[Deployment]", "tcp/8443"),
        flow("edge/web[Deployment]", "payments/checkout[Deployment]", "tcp/8443"),
        flow("payments/checkout[Deployment]", "payments/fraud[Deployment]", "tcp/9000"),
        flow("payments/checkout[Deployment]", "ledger/api[Deployment]", "tcp/8443"),
        flow("payments/settlement[CronJob]", "ledger/api[Deployment]", "tcp/8443"),
        flow("ledger/api[Deployment]", "ledger/postgres[StatefulSet]", "tcp/5432"),
        flow("monitoring/grafana[Deployment]", "monitoring/prometheus[Deployment]", "tcp/9090"),
        *(flow("monitoring/prometheus[Deployment]", f"{pod}[Deployment]", "tcp/9100") for pod in pods),
        flow("monitoring/prometheus[Deployment]", "ledger/postgres[StatefulSet]", "tcp/5432,9187"),
        flow("internet", "edge/gateway[Deployment]", "tcp/80,443", "tcp/443"),
    ]
