"""Pods meet network interfaces: the cloud's fabric takes the place of a cluster's flat network.

https://docs.aws.amazon.com/eks/latest/userguide/external-snat.html (read 2026-11-27)
https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html (read 2026-11-27)

    pod ──policy egress, node's groups──▶ subnet ──acl, route──▶ … ──▶ subnet ──node's groups, policy ingress──▶ pod

AWS-48 A pod has an address of its node's subnet on one of its node's interfaces: what filters the node's traffic
       filters the pod's, and a rule that names a group of the node means the pod, too. What leaves the VPC gets the
       node's address, unless AWS_VPC_K8S_CNI_EXTERNALSNAT is set.
AWS-51 A load balancer, node port or host port that a manifest asks for exists only at run time: whom it lets in may
       reach the pods behind it, as far as their policies let a client or a load balancer in (`doors.py`).
AWS-52 A pod on the node's network has the node's address: what reaches the node may reach it.

A pod runs on any node group of its cluster: what all of them agree about is certain, the rest possible. Two pods may
share a node, where no group is asked.

Where a pod lives is for `homes.py` to say.

Not modelled, so that a cluster with one of them is not joined and says so (EKS_NOT_JOINED): IPv6 clusters, nodes that
are made at run time, are outside of the cloud or are declared in a source of another name, custom networking without
its ENIConfigs, plugins other than the VPC CNI that carry pods' traffic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from netaudit.bridges.balancers import KIND, Balancers, admitted, node_ports
from netaudit.bridges.bindings import KINDS as NAMED
from netaudit.bridges.bindings import Admission, known
from netaudit.bridges.cni import everything_in, other_plugin
from netaudit.bridges.controllers import asked, leads_beyond
from netaudit.bridges.doors import ANYBODY, ENDPOINT, Clients, Doors, Nodes, clients_of, clients_of_any
from netaudit.bridges.homes import CHART, MACHINES, PARTS, Home, Homes, is_home
from netaudit.bridges.kin import Kin, Sides, Way
from netaudit.bridges.matching import CLUSTER, OWNED, cluster_id, may_be_of, seen_from
from netaudit.bridges.targets import Targets
from netaudit.flows import ANY, ANYWHERE, IPV4, NO_TRAFFIC, NOT_PUBLIC, AddressSet, Traffic
from netaudit.model import (
    EVERYONE,
    OUTSIDE,
    Action,
    Diagnostic,
    End,
    Endpoint,
    Filter,
    Group,
    Hop,
    Loss,
    Network,
    Party,
    Peers,
    Policy,
    Reading,
    Resource,
    Severity,
    Stage,
    Step,
    Translate,
    Truth,
    Unknown,
    Value,
)
from netaudit.providers.aws import gates
from netaudit.providers.aws.lookup import Lookup
from netaudit.providers.aws.private_link import SERVICE
from netaudit.providers.aws.values import plain
from netaudit.providers.kubernetes.cluster import clusters_of
from netaudit.providers.kubernetes.entries import readable
from netaudit.providers.kubernetes.service import Service, services_of
from netaudit.providers.kubernetes.workload import namespace_of

NODES_DECLARED = "EKS_NODES_DECLARED"
OVERLAY = "OVERLAY_NODE_TO_NODE"
ENFORCED = "EKS_POLICIES_ENFORCED"
AS_ANNOTATED = "EKS_LOAD_BALANCERS_AS_WRITTEN"
_READ = ("aws_eks_", CHART, SERVICE, *NAMED)  # of what is declared around a cluster
_RUN_TIME = frozenset({"Provisioner", "NodePool", "EC2NodeClass", "AWSNodeTemplate"})
_ROUTING = frozenset({"IngressRoute", "IngressRouteTCP", "IngressRouteUDP", "VirtualService", "HTTPProxy"})


@dataclass(frozen=True, slots=True)
class _Joined:
    """A cluster of the manifests and the EKS cluster that it is."""

    key: str  # the cluster's group
    title: str
    realm: str
    prefix: str  # of the ids of its pods
    eks: Endpoint
    cluster: str  # its address
    homes: Homes
    manifests: tuple[Resource, ...]
    others: tuple[Resource, ...]  # the manifests of other clusters
    lookup: Lookup  # what is declared around it


def ground(cloud: Network, readings: Sequence[Reading], clusters: Mapping[str, str]) -> Mapping[str, AddressSet]:
    """For each cluster that runs on a declared one, the addresses of which its pods have one each (AWS-48)."""
    eks = [endpoint for endpoint in cloud.endpoints if endpoint.kind == CLUSTER]
    titles = [title for _, title, _ in clusters_of(readings)] if eks else []
    found: dict[str, AddressSet] = {}
    for title in titles:
        chosen = _chosen(title, len(titles), eks, clusters)
        joined = _joined(cloud, title, chosen, readings)[0] if chosen else None
        if joined is not None:
            found[title] = joined.homes.addresses
    return found


def bridge(network: Network, readings: Sequence[Reading], clusters: Mapping[str, str]) -> Network:
    """The network in which every cluster that is known to run on EKS does. `clusters` says which (contract).

    Raises InputError where it names a cluster that is not there.
    """
    found = [group for group in network.groups if group.kind == "cluster"]
    eks = [endpoint for endpoint in network.endpoints if endpoint.kind == CLUSTER]
    if not eks:
        return _self_managed(network, found)
    flat = len(found)
    for group in found:
        chosen = _chosen(group.title, len(found), eks, clusters)
        if chosen is None:
            network = _told(network, group, f"on which of {', '.join(e.id for e in eks)} does it run? Say so under")
            continue
        joined, why = _joined(network, group.title, chosen, readings)
        flat -= joined is not None
        network = _told(network, group, why) if joined is None else _Join(network, joined).network()
    assumed = tuple(each for each in network.assumptions if flat or each != "PODS_ROUTABLE")
    manifests = [r for own, *_ in clusters_of(readings) for each in own for r in each.resources]
    stand_ins, written = {r.origin for r in manifests if is_home(r)}, {r.origin for r in manifests}
    endpoints = tuple(each for each in network.endpoints if each.origin not in stand_ins)
    if AS_ANNOTATED not in assumed and any(each.kind == KIND and each.origin in written for each in endpoints):
        assumed = (*assumed, AS_ANNOTATED)
    return replace(network, endpoints=endpoints, assumptions=assumed)


def _self_managed(network: Network, clusters: Sequence[Group]) -> Network:
    """What to say where no EKS cluster is declared, and the nodes may be machines that are."""
    machines = [endpoint for endpoint in network.endpoints if endpoint.kind in MACHINES and endpoint.interfaces]
    tagged = [each for each in machines if any(key.startswith(OWNED) for key in each.tags)]
    names = ", ".join(each.id for each in (tagged or machines)[:3]) + (", …" if len(tagged or machines) > 3 else "")
    for group in clusters if machines else ():
        text = (
            f"the cluster of {group.title} is not joined with the cloud: no EKS cluster is declared. If its nodes are"
            f" {names}, then to the cloud its pods are these machines: ask about them, and allow among them whatever"
            " its overlay needs"
        )
        severity = Severity.WARNING if tagged else Severity.INFO
        said = Diagnostic("SELF_MANAGED_NOT_JOINED", text, severity, group.origin or machines[0].origin)
        network = replace(network, diagnostics=(*network.diagnostics, said))
    if clusters and tagged and OVERLAY not in network.assumptions:
        network = replace(network, assumptions=(*network.assumptions, OVERLAY))
    return network


def _told(network: Network, group: Group, why: str) -> Network:
    ending = " 'clusters' in an assumptions file" if why.endswith("under") else ""
    text = f"the cluster of {group.title} is not joined with the cloud: {why}{ending}"
    said = Diagnostic("EKS_NOT_JOINED", text, Severity.WARNING, group.origin)
    return replace(network, diagnostics=(*network.diagnostics, said))


def _chosen(title: str, number: int, eks: Sequence[Endpoint], clusters: Mapping[str, str]) -> Endpoint | None:
    """The cluster that a set of manifests runs on, as far as that is known."""
    name = cluster_id(title, number, [each.id for each in eks], clusters)
    return next((each for each in eks if each.id == name), None)


# ---- what a cluster is made of ------------------------------------------------------------------------


def _joined(network: Network, title: str, eks: Endpoint, readings: Sequence[Reading]) -> tuple[_Joined | None, str]:
    """What joining needs to know, or why it cannot be done."""
    mine, before = next((own, before) for own, realm, before in clusters_of(readings) if realm == title)
    prefix = eks.id.rpartition("::")[0]
    cloud = [r for r in readings if r.format != "kubernetes" and (r.name if r.named else "") == prefix]
    manifests = tuple(seen_from(cloud, mine))
    lookup = Lookup(r for reading in cloud for r in reading.resources if r.kind.startswith(_READ))
    cluster = lookup.by_address.get(eks.id.rpartition("::")[2])
    if cluster is None:
        return None, f"{eks.id} cannot be found in the sources"
    homes = Homes(network, eks.id.removesuffix(cluster.address), cluster, lookup, manifests, before)
    if why := _obstacle(cluster, homes, manifests) or _parts_elsewhere(cluster, readings, cloud):
        return None, why
    key = f"cluster/{title}"
    realm = next((e.realm for e in network.endpoints if key in e.groups), title)
    away = (reading for own, other, _ in clusters_of(readings) if other != title for reading in own)
    others = tuple(seen_from(cloud, away))
    return _Joined(key, title, realm, before, eks, cluster.address, homes, manifests, others, lookup), ""


def _obstacle(cluster: Resource, homes: Homes, manifests: Sequence[Resource]) -> str:
    """What makes pods live where nothing is declared."""
    if not _is_off(cluster.attributes.get("compute_config")):
        return f"{cluster.address} makes its nodes at run time (compute_config)"
    if cluster.attributes.get("remote_network_config"):
        return f"{cluster.address} may have nodes and pods outside of the cloud (remote_network_config)"
    families = [part for name, part in everything_in(cluster.attributes) if name == "ip_family"]
    if any(family not in (None, "ipv4") for family in families):
        return f"{cluster.address} gives its pods IPv6 addresses, which is not modelled"
    for resource in manifests:
        if resource.kind in _RUN_TIME:
            return f"{resource.address} makes nodes at run time"
    if found := other_plugin((*manifests, *homes.charts)):
        return f"{found.address} may carry the traffic of pods in place of the VPC CNI plugin"
    if homes.settings.values is None:
        return "the settings of the VPC CNI plugin, which may put pods elsewhere, are not known"
    if homes.custom and not homes.configs:
        return "the VPC CNI plugin uses custom networking, and no ENIConfig in the sources says where pods are"
    return "" if homes.nodes or homes.profiles else f"no node groups of {cluster.address} are declared"


def _parts_elsewhere(cluster: Resource, readings: Sequence[Reading], cloud: Sequence[Reading]) -> str:
    """What another source declares for the cluster, or may: it is not looked for there."""
    for reading in readings:
        if reading.format == "kubernetes" or any(reading is each for each in cloud):
            continue
        lookup = Lookup(r for r in reading.resources if r.kind.startswith("aws_eks_"))
        for part in lookup.of_kind(*PARTS):
            if may_be_of(part, cluster, lookup) or part.attributes.get("cluster_name") == cluster.attributes.get(
                "name"
            ):
                return f"{part.address} in another source may be part of {cluster.address}"
    return ""


def _is_off(blocks: Value) -> bool:
    """Whether Auto Mode, which makes nodes at run time, is certainly off."""
    if blocks is None or isinstance(blocks, Mapping):
        return blocks is None or plain(blocks.get("enabled")) in (None, False)
    return isinstance(blocks, Sequence) and all(isinstance(each, Mapping) and _is_off(each) for each in blocks)


# ---- joining ------------------------------------------------------------------------------------------


class _Join:
    """The graph of one cluster, moved into the cloud's."""

    def __init__(self, network: Network, joined: _Joined) -> None:
        self._before = network
        self._joined = joined
        self._place = f"cluster:{joined.title}"
        self._pods = [e for e in network.endpoints if joined.key in e.groups and e.accepts]
        ids = frozenset(pod.interfaces[0].node for pod in self._pods)
        self._kin = list(self._by_home())
        self._asked = asked(joined.manifests)
        services = services_of(joined.manifests)
        self._ports = {f"{s.opened} Service {s.namespace}/{s.name}": node_ports(s) for s in services if s.at_nodes}
        mine = frozenset(pod.id for pod in self._pods)
        self._ways = [way for way in network.ways if way.target in mine]  # Services of other clusters bear like names
        prefix = joined.eks.id.removesuffix(joined.cluster)
        self._balancers = Balancers(network, prefix + joined.prefix, self._asked, self._ways, self._ports)
        kept = [hop for hop in network.hops if self._place not in (hop.tail, hop.head)]
        rules = Admission(network.endpoints, prefix, joined.lookup).rules(joined.manifests)
        self._kept = admitted(kept, self._hosts, [*self._balancers.rules(), *rules])
        self._targets = self._found_targets(services)
        self._bound = self._targets.heard(network.forwards)
        self._forwards = tuple(self._targets.forwards(network.forwards))
        self._egress, self._ingress = self._sides(ids)
        self._inside = self._vpc_members(ids)

    def _by_home(self) -> Iterator[Kin]:
        found: dict[object, tuple[Home, list[Endpoint]]] = {}
        for pod in self._pods:
            home = self._joined.homes.of(pod)
            found.setdefault(home.key, (home, []))[1].append(pod)
        for number, (home, pods) in enumerate(found.values()):
            name = f"{self._joined.title}:{number}" if number else self._joined.title
            yield Kin(name, home, pods, self._joined.eks)

    @property
    def _hosts(self) -> list[Endpoint]:
        """Everything that pods live on."""
        homes = [kin.home for kin in self._kin]
        return list({each.id: each for home in homes for each in (*home.hosts, *home.nodes)}.values())

    def network(self) -> Network:
        """The whole network with the cluster in it."""
        before, joined = self._before, self._joined
        hops = self._kept
        for kin in self._kin:
            hops = kin.seen_by(hops)
        known = tuple(hops)
        for kin in self._kin:
            hops += kin.attached(self._egress, self._ingress)
            hops += kin.ways(known, self._inside, self._name("node"))
        hops += self._doors()
        moved = {pod.id: self._moved(pod, kin) for kin in self._kin for pod in kin.pods}
        apart = {frozenset(pair) for pair in before.not_joined}
        near = {joined.eks.realm} | {
            e.realm for e in before.endpoints if frozenset((e.realm, joined.eks.realm)) not in apart
        }
        away = frozenset({joined.realm})
        met = {away | {realm} for realm in near - away}
        relied = tuple(self._relied())
        return replace(
            before,
            endpoints=tuple(moved.get(endpoint.id, endpoint) for endpoint in before.endpoints),
            hops=tuple(dict.fromkeys(hops)),
            groups=tuple(self._in_vpc(group) for group in before.groups),
            forwards=(*self._forwards, *self._balancers.forwards()),
            losses=tuple(map(self._with_pods, before.losses)),
            diagnostics=(
                *(each for each in before.diagnostics if not self._explained(each)),
                *(each for kin in self._kin if (each := kin.unguarded(self._egress, self._ingress))),
            ),
            not_joined=tuple(pair for pair in before.not_joined if frozenset(pair) not in met),
            assumptions=(*(a for a in before.assumptions if a not in relied), *relied),
        )

    def _relied(self) -> Iterator[str]:
        """What the answers rely on, and the sources cannot show."""
        yield NODES_DECLARED
        if self._asked or self._bound:
            yield AS_ANNOTATED
        silent = self._joined.homes.settings.enforces is Truth.MAYBE
        if silent and any(kin.home.enforced and kin.guarded(self._egress, self._ingress) for kin in self._kin):
            yield ENFORCED

    def _explained(self, said: Diagnostic) -> bool:
        """Whether it tells of clients of pods, or of targets, that are in the answers now."""
        return self._balancers.explains(said) or any(each.explains(said) for each in self._bound)

    def _with_pods(self, loss: Loss) -> Loss:
        """What may be lost with some of the nodes: the pods, each of which lives on one of them."""
        for kin in self._kin:
            loss = kin.lost_with(loss)
        return loss

    def _name(self, place: str) -> str:
        return f"eks:{self._joined.title}:{place}"

    # ---- who is who -----------------------------------------------------------------------------------

    def _sides(self, ids: frozenset[str]) -> tuple[Sides, Sides]:
        """The policies of every pod, as the cluster's own network has them on its two hops."""
        hops = self._before.hops
        egress = {hop.tail: hop.steps for hop in hops if hop.head == self._place and hop.tail in ids}
        ingress = {hop.head: hop.steps for hop in hops if hop.tail == self._place and hop.head in ids}
        return egress, ingress

    def _vpc_members(self, pods: frozenset[str]) -> Peers:
        """Everybody with a private address in the pods' VPC."""
        homes = self._vpcs
        there = (e for e in self._before.endpoints if homes & e.groups)
        return Peers(pods | frozenset(i.party.id for e in there for i in e.interfaces))

    @property
    def _vpcs(self) -> frozenset[str]:
        return frozenset(key for host in self._hosts for key in host.groups if key.startswith("vpc/"))

    def _moved(self, pod: Endpoint, kin: Kin) -> Endpoint:
        """The pod with the addresses that its hosts' subnets have, and in their groups."""
        face = pod.interfaces[0]
        party = face.party
        if party.unknown is not None:
            party = Party(party.id, kin.addresses, party.unknown)
        groups = pod.groups | kin.groups
        return replace(pod, interfaces=(replace(face, party=party), *pod.interfaces[1:]), groups=groups)

    def _in_vpc(self, group: Group) -> Group:
        homes = self._vpcs
        return replace(group, parent=min(homes)) if group.key == self._joined.key and len(homes) == 1 else group

    # ---- load balancers and ports that only exist at run time (AWS-51, AWS-52) ---------------------------

    def _doors(self) -> Iterator[Hop]:
        behind: defaultdict[Clients, dict[str, Traffic]] = defaultdict(dict)
        for pod, by_clients in self._behind():
            for clients, traffic in by_clients.items():
                behind[clients][pod] = traffic
        for number, (clients, pods) in enumerate(behind.items()):
            yield from self._door(str(number), clients, pods)

    def _door(self, number: str, clients: Clients, behind: Mapping[str, Traffic]) -> Iterator[Hop]:
        """From clients to the pods behind, as they are or with the address of a load balancer or a node."""
        door, hidden, home, back = (self._name(f"{n}-{number}") for n in ("door", "balancer", "balancer-home", "back"))
        why = Unknown("what load balancers and ports at run time lead to a pod", self._joined.eks.origin)
        maybe = gates.perhaps("load balancers and ports at run time", (why,))
        closed = Filter(Policy("replies only", (), Action.DENY, Stage.ROUTE, True), End.SOURCE)
        for client, steps in self._coming(clients):
            yield Hop(client, door, (maybe, *steps))
            yield Hop(back, client)
        anywhere = Party(f"{self._joined.eks.id}@load-balancer", NOT_PUBLIC & IPV4, why)
        translate = Translate(End.SOURCE, {}, home, back, "a load balancer or node", None, anywhere)
        yield Hop(door, hidden, (translate,))
        alike: defaultdict[Traffic, set[str]] = defaultdict(set)
        for pod, traffic in behind.items():
            alike[traffic].add(pod)
        for kin in self._kin:
            for traffic, pods in alike.items():
                members = Peers(frozenset(pods & kin.ids))
                ports = gates.only("ports behind Services", members, traffic=traffic, stateful=True)
                for place in (door, hidden) if members.members else ():
                    yield Hop(place, kin.into, (Filter(ports, End.DESTINATION),))
            for place in home, back:
                yield Hop(kin.out, place, (closed,))

    def _coming(self, clients: Clients) -> Iterator[Way]:
        """The clients outside and in the cloud, and what lets only those through that are meant."""
        name = "clients of load balancers and ports at run time"
        if clients.outside == ANYWHERE:
            yield OUTSIDE, ()
        elif clients.outside:
            limit = gates.only(name, Peers(addresses=clients.outside), stateful=True)
            yield OUTSIDE, (Filter(limit, End.SOURCE),)
        inside = (
            () if clients.inside == EVERYONE else (Filter(gates.only(name, clients.inside, stateful=True), End.SOURCE),)
        )
        senders = {hop.tail for hop in self._kept if not any(map(_lets_nothing_out, hop.steps))}
        for endpoint in self._before.endpoints:
            for face in endpoint.interfaces if endpoint.realm == self._joined.eks.realm else ():
                if face.node in senders and (not inside or face.party.id in clients.inside.members):
                    yield face.node, inside

    def _behind(self) -> Iterator[tuple[str, Mapping[Clients, Traffic]]]:
        """The pods that something at run time may lead to, for whom, and on which of their ports."""
        nodes = Nodes.read(self._joined.homes.nodes, self._kept, self._before.endpoints)
        bound = [each.name for each in self._bound]
        led = Doors(nodes, self._asked, self._ports, self._balancers, bound).behind(self._ways)
        passed = self._passed_on()
        open_pods = self._open_pods
        for pod in self._pods:
            if pod.id in open_pods:
                yield pod.interfaces[0].node, {ANYBODY: ANY}
            elif pod.id in led or pod.id in passed:
                yield pod.interfaces[0].node, _merged(led.get(pod.id, {}), passed.get(pod.id, {}))

    def _passed_on(self) -> Mapping[str, Mapping[Clients, Traffic]]:
        """The same by load balancers in the cloud that pass connections on."""
        found: defaultdict[str, dict[Clients, Traffic]] = defaultdict(dict)
        pods = {pod.id for pod in self._pods}
        passing = [each for each in self._forwards if each.passes and each.target in pods]
        served = any(self._joined.lookup.of_kind(SERVICE))
        endpoints = [each for each in self._before.endpoints if served and each.kind == ENDPOINT]
        further = clients_of_any(endpoints, self._kept)
        proxies = {each.proxy: self._before.by_id[each.proxy] for each in passing}
        clients = {name: clients_of(proxy, self._kept) | further for name, proxy in proxies.items()}
        for each in passing:
            found[each.target] = _merged(found[each.target], {clients[each.proxy]: each.dials})
        return found

    @cached_property
    def _open_pods(self) -> frozenset[str]:
        """Those that take ports of their nodes, and those to which something leads that cannot be read."""
        unread, homes = frozenset(self._unread()), self._joined.homes
        return frozenset(pod.id for pod in self._pods if unread & pod.groups or homes.takes_ports(pod))

    def _found_targets(self, services: Iterable[Service]) -> Targets:
        joined = self._joined
        addresses = AddressSet.union(kin.addresses for kin in self._kin)
        nodes = frozenset(node.id for node in joined.homes.nodes)
        bindings = tuple(known(joined.manifests, services, joined.lookup, joined.others))
        return Targets(self._pods, addresses, nodes, self._ways, self._ports, self._open_pods, bindings)

    def _unread(self) -> Iterator[str]:
        """The groups of pods to which something leads that cannot be read: Services, and routes of a mesh."""
        manifests = self._joined.manifests
        if any(resource.kind in _ROUTING for resource in manifests):
            yield self._joined.key
        for resource in manifests:
            if not readable(resource) or leads_beyond(resource):
                yield f"ns/{self._joined.prefix}{namespace_of(resource)}"


def _lets_nothing_out(step: Step) -> bool:
    """Whether it is the groups of an interface from which nothing may be sent."""
    if not isinstance(step, Filter) or step.policy.stage is not Stage.EGRESS:
        return False
    policy = step.policy
    return policy.default is Action.DENY and all(t.otherwise is Action.DENY and not t.rules for t in policy.tiers)


def _merged(one: Mapping[Clients, Traffic], other: Mapping[Clients, Traffic]) -> dict[Clients, Traffic]:
    """What both say of clients, taken together."""
    return {each: one.get(each, NO_TRAFFIC) | other.get(each, NO_TRAFFIC) for each in (*one, *other)}
