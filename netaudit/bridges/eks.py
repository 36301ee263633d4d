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

Not modelled, so that a cluster with one of them is not joined and says so (EKS_NOT_JOINED): Fargate profiles, security
groups for pods, custom networking, IPv6 clusters, nodes that are made at run time. Node selectors and affinities.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from netaudit.bridges.balancers import Balancers, node_ports
from netaudit.bridges.controllers import asked
from netaudit.bridges.doors import ANYBODY, Clients, Doors, Nodes
from netaudit.bridges.identity import Guests
from netaudit.bridges.matching import CLUSTER, cluster_id
from netaudit.flows import ANY, ANYWHERE, IPV4, NOT_PUBLIC, AddressSet, Traffic
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
    Ref,
    Resource,
    Rule,
    Severity,
    Stage,
    Step,
    Tier,
    Translate,
    Truth,
    Unknown,
    Value,
)
from netaudit.providers.aws import gates
from netaudit.providers.aws.lookup import Lookup
from netaudit.providers.aws.values import plain
from netaudit.providers.kubernetes.cluster import clusters_of
from netaudit.providers.kubernetes.entries import readable
from netaudit.providers.kubernetes.service import services_of
from netaudit.providers.kubernetes.workload import namespace_of

_Way = tuple[str, tuple[Step, ...]]  # a place next to a node, and what lies between

NODES_DECLARED = "EKS_NODES_DECLARED"
AS_ANNOTATED = "EKS_LOAD_BALANCERS_AS_WRITTEN"
_MACHINES = (
    "aws_autoscaling_group",
    "aws_instance",
    "aws_spot_instance_request",
    "aws_spot_fleet_request",
    "aws_ec2_fleet",
)
_OWNED = "kubernetes.io/cluster/"  # how the tag of a self-managed node begins; the cluster's name follows
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
    nodes: tuple[Endpoint, ...]
    snat: Truth
    manifests: tuple[Resource, ...]

    @property
    def addresses(self) -> AddressSet:
        """Those of which its pods have one each: what the nodes' interfaces may have."""
        return AddressSet.union(node.interfaces[0].party.addresses for node in self.nodes)


def ground(cloud: Network, readings: Sequence[Reading], clusters: Mapping[str, str]) -> Mapping[str, AddressSet]:
    """For each cluster that runs on a declared one, the addresses of which its pods have one each (AWS-48)."""
    eks = [endpoint for endpoint in cloud.endpoints if endpoint.kind == CLUSTER]
    titles = [title for _, title, _ in clusters_of(readings)] if eks else []
    found: dict[str, AddressSet] = {}
    for title in titles:
        chosen = _chosen(title, len(titles), eks, clusters)
        joined = _joined(cloud, title, chosen, readings)[0] if chosen else None
        if joined is not None:
            found[title] = joined.addresses
    return found


def bridge(network: Network, readings: Sequence[Reading], clusters: Mapping[str, str]) -> Network:
    """The network in which every cluster that is known to run on EKS does. `clusters` says which (contract).

    Raises InputError where it names a cluster that is not there.
    """
    found = [group for group in network.groups if group.kind == "cluster"]
    eks = [endpoint for endpoint in network.endpoints if endpoint.kind == CLUSTER]
    if not found or not eks:
        return network
    flat = len(found)
    for group in found:
        chosen = _chosen(group.title, len(found), eks, clusters)
        if chosen is None:
            network = _told(network, group, f"on which of {', '.join(e.id for e in eks)} does it run? Say so under")
            continue
        joined, why = _joined(network, group.title, chosen, readings)
        flat -= joined is not None
        network = _told(network, group, why) if joined is None else _Join(network, joined).network()
    kept = network.assumptions if flat else tuple(each for each in network.assumptions if each != "PODS_ROUTABLE")
    return replace(network, assumptions=kept)


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
    manifests = tuple(resource for reading in mine for resource in reading.resources)
    prefix = eks.id.rpartition("::")[0]
    cloud = [r for r in readings if r.format != "kubernetes" and (r.name if r.named else "") == prefix]
    lookup = Lookup(r for reading in cloud for r in reading.resources if r.kind.startswith("aws_eks_"))
    cluster = lookup.by_address.get(eks.id.rpartition("::")[2])
    if cluster is None:
        return None, f"{eks.id} cannot be found in the sources"
    nodes = tuple(e for e in network.endpoints if e.realm == eks.realm and _runs(e, cluster, lookup))
    settings = _cni(manifests, lookup, cluster)
    why = _obstacle(cluster, lookup, manifests, settings) or (
        "" if nodes else f"no node groups of {eks.id} are declared"
    )
    if why:
        return None, why
    key = f"cluster/{title}"
    realm = next((e.realm for e in network.endpoints if key in e.groups), title)
    return _Joined(key, title, realm, before, eks, cluster.address, nodes, _snat(settings), manifests), ""


def _runs(endpoint: Endpoint, cluster: Resource, lookup: Lookup) -> bool:
    """Whether pods of the cluster may run there: its node groups, and machines that carry its tag."""
    if not endpoint.interfaces:
        return False
    if endpoint.kind == "aws_eks_node_group":
        group = lookup.by_address.get(endpoint.id.rpartition("::")[2])
        return group is not None and _may_be_of(group, cluster, lookup)
    name = cluster.attributes.get("name")
    tagged = [key.removeprefix(_OWNED) for key in endpoint.tags if key.startswith(_OWNED)]
    return endpoint.kind in _MACHINES and any(not isinstance(name, str) or text == name for text in tagged)


def _may_be_of(part: Resource, cluster: Resource, lookup: Lookup) -> bool:
    leaf = part.attributes.get("cluster_name")
    if not isinstance(leaf, str | Ref):
        return True
    found = lookup.find(leaf, CLUSTER)
    open_name = isinstance(leaf, Ref) or not isinstance(cluster.attributes.get("name"), str)
    return found is cluster or (found is None and open_name)


def _obstacle(cluster: Resource, lookup: Lookup, manifests: Sequence[Resource], settings: _Settings) -> str:
    """What makes pods live elsewhere than on the interfaces of declared nodes."""
    for profile in lookup.of_kind("aws_eks_fargate_profile"):
        if _may_be_of(profile, cluster, lookup):
            return f"{profile.address} puts pods on Fargate, which is not modelled"
    if not _is_off(cluster.attributes.get("compute_config")):
        return f"{cluster.address} makes its nodes at run time (compute_config)"
    families = [part for name, part in _everything_in(cluster.attributes) if name == "ip_family"]
    if any(family not in (None, "ipv4") for family in families):
        return f"{cluster.address} gives its pods IPv6 addresses, which is not modelled"
    for resource in manifests:
        if resource.kind in _RUN_TIME:
            return f"{resource.address} makes nodes at run time"
        if resource.kind in ("SecurityGroupPolicy", "ENIConfig"):
            return f"{resource.address} gives pods other groups or subnets, which is not modelled"
    if settings.value("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG") is not Truth.NO:
        return "the VPC CNI plugin may use custom networking, which is not modelled"
    return ""


def _is_off(blocks: Value) -> bool:
    """Whether Auto Mode, which makes nodes at run time, is certainly off."""
    if blocks is None or isinstance(blocks, Mapping):
        return blocks is None or plain(blocks.get("enabled")) in (None, False)
    return isinstance(blocks, Sequence) and all(isinstance(each, Mapping) and _is_off(each) for each in blocks)


@dataclass(frozen=True, slots=True)
class _Settings:
    """The environment of the VPC CNI plugin: None where it is unknown."""

    values: Mapping[str, str] | None

    def value(self, name: str) -> Truth:
        """Whether a flag is set; what is not written is off."""
        if self.values is None:
            return Truth.MAYBE
        return {"true": Truth.YES, "false": Truth.NO}.get(self.values.get(name, "false").lower(), Truth.MAYBE)


def _snat(settings: _Settings) -> Truth:
    """Whether what leaves the VPC gets the node's address (AWS-48)."""
    if settings.values and settings.values.get("AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"):
        return Truth.MAYBE
    external = settings.value("AWS_VPC_K8S_CNI_EXTERNALSNAT")
    return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(external, Truth.MAYBE)


def _cni(manifests: Iterable[Resource], lookup: Lookup, cluster: Resource) -> _Settings:
    """As the add-on configures it, or the DaemonSet aws-node; by default nothing is set."""
    values: dict[str, str] = {}
    for addon in lookup.of_kind("aws_eks_addon"):
        name = addon.attributes.get("addon_name")
        if not _may_be_of(addon, cluster, lookup) or (isinstance(name, str) and name != "vpc-cni"):
            continue
        written = addon.attributes.get("configuration_values")
        if written is not None and not isinstance(written, str):
            return _Settings(None)
        try:
            environment = json.loads(written or "{}").get("env", {})
            values |= {str(key): str(value) for key, value in environment.items()}
        except (ValueError, AttributeError, RecursionError):
            return _Settings(None)
    for resource in manifests:
        if resource.kind == "DaemonSet" and resource.address.startswith("kube-system/aws-node"):
            values |= dict(_environment(resource.attributes))
    return _Settings(values)


def _environment(value: Any) -> Iterator[tuple[str, str]]:
    for name, part in _everything_in(value):
        if name == "env" and isinstance(part, Sequence):
            for item in part:
                if isinstance(item, Mapping) and isinstance(item.get("name"), str):
                    yield item["name"], str(item.get("value"))


def _everything_in(value: Any) -> Iterator[tuple[str, Any]]:
    """Every field of an object at any depth."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key), part
            yield from _everything_in(part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            yield from _everything_in(part)


# ---- joining ------------------------------------------------------------------------------------------


class _Join:
    """The graph of one cluster, moved into the cloud's."""

    def __init__(self, network: Network, joined: _Joined) -> None:
        self._before = network
        self._joined = joined
        self._place = f"cluster:{joined.title}"
        self._pods = [e for e in network.endpoints if joined.key in e.groups and e.accepts]
        ids = frozenset(pod.interfaces[0].node for pod in self._pods)
        self._nodes = [node.interfaces[0] for node in joined.nodes]
        names = " or ".join(node.id for node in joined.nodes)
        self._which = Unknown(f"on which of {names} a pod runs", joined.eks.origin)
        self._guests = Guests(frozenset(i.party.id for i in self._nodes), ids, self._which)
        self._asked = asked(joined.manifests)
        services = services_of(joined.manifests)
        self._ports = {f"{s.opened} Service {s.namespace}/{s.name}": node_ports(s) for s in services if s.at_nodes}
        self._balancers = Balancers(network, joined.eks.id.removesuffix(joined.cluster), self._asked, self._ports)
        kept = [hop for hop in network.hops if self._place not in (hop.tail, hop.head)]
        self._kept = self._balancers.admitted(kept, joined.nodes)
        self._egress, self._ingress = self._sides(ids)
        self._inside = self._vpc_members(ids)

    def network(self) -> Network:
        """The whole network with the cluster in it."""
        before, joined = self._before, self._joined
        hops = [self._guests.seen_by(hop) for hop in self._kept]
        hops += self._attached()
        hops += self._ways_of_pods()
        hops += self._translations()
        hops += self._doors()
        moved = {pod.id: self._moved(pod) for pod in self._pods}
        apart = {frozenset(pair) for pair in before.not_joined}
        near = {joined.eks.realm} | {
            e.realm for e in before.endpoints if frozenset((e.realm, joined.eks.realm)) not in apart
        }
        away = frozenset({joined.realm})
        met = {away | {realm} for realm in near - away}
        relied = (NODES_DECLARED, *((AS_ANNOTATED,) if self._asked else ()))
        return replace(
            before,
            endpoints=tuple(moved.get(endpoint.id, endpoint) for endpoint in before.endpoints),
            hops=tuple(dict.fromkeys(hops)),
            groups=tuple(self._in_vpc(group) for group in before.groups),
            forwards=(*before.forwards, *self._balancers.forwards()),
            losses=tuple(map(self._with_pods, before.losses)),
            diagnostics=tuple(each for each in before.diagnostics if not self._balancers.explains(each)),
            not_joined=tuple(pair for pair in before.not_joined if frozenset(pair) not in met),
            assumptions=(*(a for a in before.assumptions if a not in relied), *relied),
        )

    def _with_pods(self, loss: Loss) -> Loss:
        """What may be lost with some of the nodes: the pods, each of which runs on one of them."""
        if (loss.nodes | loss.perhaps).isdisjoint(node.node for node in self._nodes):
            return loss
        pods = frozenset(interface.node for pod in self._pods for interface in pod.interfaces)
        return replace(loss, perhaps=loss.perhaps | pods, because=(*loss.because, self._which))

    # ---- who is who -----------------------------------------------------------------------------------

    def _sides(self, ids: frozenset[str]) -> tuple[dict[str, tuple[Step, ...]], dict[str, tuple[Step, ...]]]:
        """The policies of every pod, as the cluster's own network has them on its two hops."""
        hops = self._before.hops
        egress = {hop.tail: hop.steps for hop in hops if hop.head == self._place and hop.tail in ids}
        ingress = {hop.head: hop.steps for hop in hops if hop.tail == self._place and hop.head in ids}
        return egress, ingress

    def _vpc_members(self, pods: frozenset[str]) -> Peers:
        """Everybody with a private address in the nodes' VPC."""
        homes = self._keys("vpc/")
        there = (e for e in self._before.endpoints if homes & e.groups)
        return Peers(pods | frozenset(i.party.id for e in there for i in e.interfaces))

    def _keys(self, *kinds: str) -> frozenset[str]:
        return frozenset(key for node in self._joined.nodes for key in node.groups if key.startswith(kinds))

    def _moved(self, pod: Endpoint) -> Endpoint:
        """The pod with the addresses that its nodes' subnets have, and in their groups."""
        face = pod.interfaces[0]
        party = face.party
        if party.unknown is not None:
            party = Party(party.id, self._joined.addresses, party.unknown)
        groups = pod.groups | self._keys("vpc/", "sg/", "region/")
        hidden = pod.hidden or any(node.hidden for node in self._joined.nodes)
        return replace(pod, interfaces=(replace(face, party=party), *pod.interfaces[1:]), groups=groups, hidden=hidden)

    def _in_vpc(self, group: Group) -> Group:
        homes = self._keys("vpc/")
        return replace(group, parent=min(homes)) if group.key == self._joined.key and len(homes) == 1 else group

    # ---- hops -----------------------------------------------------------------------------------------

    def _attached(self) -> Iterator[Hop]:
        """Every pod behind its own policies; all of them share the ways of their nodes.

        pod ──policy egress──▶ out ──node's groups, …──▶ subnet ──…, node's groups──▶ in ──policy ingress──▶ pod
        """
        for pod in (each.interfaces[0].node for each in self._pods):
            yield Hop(pod, self._name("out"), self._egress.get(pod, ()))
            yield Hop(self._name("in"), pod, self._ingress.get(pod, ()))

    def _ways_of_pods(self) -> Iterator[Hop]:
        """Out by the ways of the nodes, and in by them; along one node to its neighbours."""
        out, into = self._name("out"), self._name("in")
        for place, steps in self._ways(outward=True):
            yield Hop(out, place, (*self._stays, *steps))
        for place, steps in self._ways(outward=False):
            yield Hop(place, into, steps)
        yield Hop(out, into, (self._shared_node,))
        if self._joined.snat:
            yield Hop(out, self._name("snat"), (self._leaves,))
            yield Hop(self._name("replies"), into)

    def _name(self, place: str) -> str:
        return f"eks:{self._joined.title}:{place}"

    def _ways(self, *, outward: bool) -> list[_Way]:
        """The places next to the nodes and what lies between: what each has, perhaps, and what all agree about."""
        each: dict[str, list[_Way]] = {node.node: [] for node in self._nodes}
        for hop in self._kept:
            near, far = (hop.tail, hop.head) if outward else (hop.head, hop.tail)
            if near in each and not any(isinstance(step, Translate) for step in hop.steps):
                each[near].append((far, self._guests.seen_by(hop).steps))
        if len(each) == 1:
            return next(iter(each.values()))
        maybe = gates.perhaps(str(self._which), (self._which,))
        found = [(place, (maybe, *steps)) for ways in each.values() for place, steps in ways]
        first, *others = each.values()
        for place, steps in first:
            there = [[more for at, more in ways if at == place] for ways in others]
            if all(len(options) == 1 for options in there):
                found.append((place, tuple(dict.fromkeys((*steps, *(s for o in there for s in o[0]))))))
        return found

    @cached_property
    def _shared_node(self) -> Filter:
        return gates.perhaps("one node", (Unknown("whether two pods share a node", self._joined.eks.origin),))

    @cached_property
    def _stays(self) -> tuple[Step, ...]:
        """What a pod sends by its own address: to the VPC, and elsewhere unless the node's takes its place."""
        snat = self._joined.snat
        if snat is Truth.NO:
            return ()
        return (self._border("to the VPC by the pod's address", snat, inside=True),)

    @cached_property
    def _leaves(self) -> Filter:
        """What a pod sends by its node's address: what is not for the VPC (AWS-48)."""
        return self._border("out of the VPC by the node's address", self._joined.snat, inside=False)

    def _border(self, name: str, snat: Truth, *, inside: bool) -> Filter:
        """Stateful, so that replies go back the way their packets came."""
        origin = self._joined.eks.origin or gates.NOWHERE_WRITTEN
        doubt = (Unknown("AWS_VPC_K8S_CNI_EXTERNALSNAT", origin),) if snat is Truth.MAYBE else ()
        own = Rule(self._inside, ANY, Action.ALLOW if inside else Action.DENY, origin, text="the VPC's own addresses")
        beyond = Rule(EVERYONE, ANY, Action.ALLOW, origin, text="everywhere else", because=doubt)
        rules = (own, beyond) if not inside or doubt else (own,)
        tier = Tier(rules, Action.DENY, (origin,))
        return Filter(Policy(name, (tier,), Action.DENY, Stage.ROUTE, True, origin), End.DESTINATION)

    def _translations(self) -> Iterator[Hop]:
        """Out with the node's address; replies come to the node and go on to the pod."""
        if not self._joined.snat:
            return
        snat, replies = self._name("snat"), self._name("replies")
        maybe = [gates.perhaps(str(self._which), (self._which,))] if len(self._nodes) > 1 else []
        for number, node in enumerate(self._nodes):
            home = self._name(f"home-{number}")
            mine = gates.only(f"{node.party.id} address", Peers(frozenset({node.party.id})), stage=Stage.ROUTE)
            name = f"source translation to {node.party.id}"
            step = Translate(End.SOURCE, {}, home, replies, name, self._joined.eks.origin, node.party)
            for hop in self._kept:
                if any(isinstance(each, Translate) for each in hop.steps):
                    continue
                steps = self._guests.seen_by(hop).steps
                if hop.tail == node.node:
                    yield Hop(snat, hop.head, (*maybe, step, *steps))
                elif hop.head == node.node:
                    yield Hop(hop.tail, home, (Filter(mine, End.DESTINATION), *steps))

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
        for pod, traffic in behind.items():
            ports = Filter(gates.only("ports behind Services", EVERYONE, traffic=traffic, stateful=True), End.SOURCE)
            for place in door, hidden:
                yield Hop(place, pod, (ports, *self._ingress.get(pod, ())))
            for place in home, back:
                yield Hop(pod, place, (closed,))

    def _coming(self, clients: Clients) -> Iterator[_Way]:
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
        manifests = self._joined.manifests
        nodes = Nodes.read(self._joined.nodes, self._kept)
        led = Doors(nodes, self._asked, self._ports, self._balancers).behind(self._before.ways)
        unread = frozenset(self._unread())
        on_host = {r.origin for r in manifests if any(_takes_port(*field) for field in _everything_in(r.attributes))}
        for pod in self._pods:
            if pod.origin in on_host or unread & pod.groups:
                yield pod.interfaces[0].node, {ANYBODY: ANY}
            elif pod.id in led:
                yield pod.interfaces[0].node, led[pod.id]

    def _unread(self) -> Iterator[str]:
        """The groups of pods to which something leads that cannot be read: Services, and routes of a mesh."""
        manifests = self._joined.manifests
        if any(resource.kind in _ROUTING for resource in manifests):
            yield self._joined.key
        for resource in manifests:
            if not readable(resource):
                yield f"ns/{self._joined.prefix}{namespace_of(resource)}"


def _lets_nothing_out(step: Step) -> bool:
    """Whether it is the groups of an interface from which nothing may be sent."""
    if not isinstance(step, Filter) or step.policy.stage is not Stage.EGRESS:
        return False
    policy = step.policy
    return policy.default is Action.DENY and all(t.otherwise is Action.DENY and not t.rules for t in policy.tiers)


def _takes_port(name: str, value: Any) -> bool:
    return name == "hostPort" or (name == "hostNetwork" and value is not False)
