"""What controllers in a cluster will make in the cloud, written as if Terraform declared it.

https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/subnet_discovery/ (read 2026-11-27)
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/security_groups/ (read 2026-11-27)

AWS-51 The AWS Load Balancer Controller makes a load balancer in the subnets that are named, or that carry the tag
       `kubernetes.io/role/elb` (facing the internet) or `kubernetes.io/role/internal-elb`, one in each zone; and for
       it a group that lets its clients in at its listeners, unless groups are named. All of it stands where the
       manifest stands: that is its origin.

AWS-49 A SecurityGroupPolicy gives pods interfaces with its groups, in the subnets of their nodes;
AWS-50 an ENIConfig gives them interfaces with its groups, in its subnet. What is derived stands for all of them.

Where something of a load balancer is not known it is not derived, and whom it lets in is possible (`doors.py`). Where
it is not known in which of two subnets of a zone it will be, it may exist.

Not modelled: load balancers of the controller in the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from netaudit.bridges.controllers import Asked, asked
from netaudit.bridges.homes import CONFIG, FARGATE, MACHINES, NODES, POLICY
from netaudit.bridges.matching import CLUSTER, OWNED, cluster_id, derived_name, may_be_of, prefix_of, seen_from
from netaudit.model import MORE, Reading, Ref, Resource, Truth, Unknown
from netaudit.providers.aws import tags
from netaudit.providers.aws.lookup import Lookup
from netaudit.providers.aws.values import Fields, Leaf, same_text
from netaudit.providers.kubernetes.cluster import clusters_of
from netaudit.providers.kubernetes.fields import MalformedError
from netaudit.providers.kubernetes.service import read_service

KIND = "aws_lb"
Listens = Sequence[tuple[str, int]]
INTERFACE = "aws_network_interface"


def derive(readings: Sequence[Reading], clusters: Mapping[str, str]) -> list[Reading]:
    """The readings with what the controllers of their clusters will add to each cloud."""
    found = {id(reading): list(reading.resources) for reading in readings}
    for manifests, begun, reading, cluster in _pairs(readings, clusters):
        found[id(reading)] += _Maker(manifests, begun, reading.resources, cluster).resources()
    return [
        reading if len(found[id(reading)]) == len(reading.resources) else replace(reading, resources=found[id(reading)])
        for reading in readings
    ]


def _pairs(
    readings: Sequence[Reading], clusters: Mapping[str, str]
) -> Iterator[tuple[list[Resource], str, Reading, Resource]]:
    """The manifests of each cluster, what begins their ids, and where and what it is in the cloud."""
    eks = {
        prefix_of(reading) + resource.address: (reading, resource)
        for reading in readings
        for resource in reading.resources
        if resource.kind == CLUSTER
    }
    known = list(clusters_of(readings)) if eks else []
    for own, title, begun in known:
        chosen = cluster_id(title, len(known), list(eks), clusters)
        if chosen is not None:
            yield seen_from([eks[chosen][0]], own), begun, *eks[chosen]


class _Maker:
    """Writes the load balancers of one cluster."""

    def __init__(self, manifests: Sequence[Resource], begun: str, cloud: Sequence[Resource], cluster: Resource) -> None:
        self._manifests = manifests
        self._begun = begun
        self._asked = asked(manifests)
        self._cluster = cluster
        self._lookup = Lookup(cloud)

    def resources(self) -> Iterator[Resource]:
        """Interfaces of pods; a load balancer with its listeners and its group, for each that is known as a whole."""
        yield from self._interfaces()
        for each in (each for each in self._asked.values() if each.named_by is each.resource):
            listens, places, groups = _listens(each), self._subnets(each), self._groups(each)
            if each.whole and each.internal is not Truth.MAYBE and listens and places and groups is not None:
                yield from self._made(each, listens, places, groups)

    def _name(self, manifest: Resource) -> str:
        return derived_name(self._begun, manifest)

    # ---- interfaces of pods -----------------------------------------------------------------------------

    def _interfaces(self) -> Iterator[Resource]:
        """One for each ENIConfig, and one in each subnet of pods for each SecurityGroupPolicy (AWS-49, AWS-50)."""
        subnets = list(dict.fromkeys(self._subnets_of_pods()))
        for config in (each for each in self._manifests if each.kind == CONFIG):
            spec = _spec(config)
            subnet = self._leaf(spec.get("subnet"), "aws_subnet", config)
            subnets.append(subnet)
            yield self._interface(config, self._name(config), subnet, spec.get("securityGroups"))
        for policy in (each for each in self._manifests if each.kind == POLICY):
            groups = _spec(policy).get("securityGroups")
            ids = groups.get("groupIds") if isinstance(groups, Mapping) else None
            for number, subnet in enumerate(subnets):
                yield self._interface(policy, f"{self._name(policy)} #{number}", subnet, ids)

    def _interface(self, manifest: Resource, name: str, subnet: Leaf, groups: object) -> Resource:
        unknown = Unknown(f"the groups of {manifest.address}", manifest.origin)
        known = groups if isinstance(groups, list) and groups else [unknown]
        leaves = [self._leaf(each, "aws_security_group", manifest) for each in known]
        return Resource(INTERFACE, name, {"subnet_id": subnet, "security_groups": leaves}, manifest.origin)

    def _leaf(self, value: object, kind: str, manifest: Resource) -> Leaf:
        """What a manifest names, if it is declared; what is not may be any, declared or not."""
        found = self._lookup.find(value, kind) if isinstance(value, str | Ref) else None
        if found is not None:
            return Ref(found.address)
        if isinstance(value, Ref) and value.path == ("vpc_config", 0, "cluster_security_group_id"):
            return value
        return value if isinstance(value, Unknown) else Unknown(f"{value} in {manifest.address}", manifest.origin)

    def _subnets_of_pods(self) -> Iterator[Leaf]:
        """Where nodes and pods on Fargate are, and so the interfaces that they bring."""
        for nodes in self._lookup.of_kind(NODES, FARGATE):
            if may_be_of(nodes, self._cluster, self._lookup):
                leaves = Fields.of(nodes, []).leaves("subnet_ids")
                yield from leaves or (Unknown(f"the subnets of {nodes.address}", nodes.origin),)
        for machine in self._lookup.of_kind(*MACHINES):
            if any(key.startswith(OWNED) for key in tags.read(machine)):
                yield Unknown(f"the subnets of {machine.address}", machine.origin)

    # ---- load balancers ---------------------------------------------------------------------------------

    def _made(self, each: Asked, listens: Listens, places: list[Resource], groups: list[Leaf]) -> Iterator[Resource]:
        name, origin = self._name(each.resource), each.resource.origin
        if not groups:
            group = self._group(each, listens, places[0])
            groups = [Ref(group.address)]
            yield group
        body = {
            "load_balancer_type": "application" if each.application else "network",
            "internal": each.internal is Truth.YES,
            "subnets": [Ref(place.address) for place in places],
            "security_groups": groups,
        }
        yield Resource(KIND, name, body, origin, exists=_one_in_each_zone(places))
        for protocol, port in listens:
            listener = {"load_balancer_arn": Ref(name, ("arn",)), "protocol": protocol.upper(), "port": port}
            yield Resource("aws_lb_listener", f"{name} {protocol}/{port}", listener, origin)

    def _group(self, each: Asked, listens: Listens, place: Resource) -> Resource:
        """The group that the controller makes: its clients at its listeners, and whatever it dials."""
        clients = {
            "cidr_blocks": [text for text in each.ranges if ":" not in text],
            "ipv6_cidr_blocks": [text for text in each.ranges if ":" in text],
        }
        admits = [{"protocol": protocol, "from_port": port, "to_port": port, **clients} for protocol, port in listens]
        sends = [{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}]
        body = {"vpc_id": place.attributes.get("vpc_id"), "ingress": admits, "egress": sends}
        return Resource("aws_security_group", f"{self._name(each.resource)} clients", body, each.resource.origin)

    # ---- where it is ----------------------------------------------------------------------------------

    def _subnets(self, each: Asked) -> list[Resource]:
        """Those that it names by id or Name, or that carry the tag of its scheme; none where it is not known."""
        if each.subnets:
            return self._named("aws_subnet", each.subnets) or []
        role = "kubernetes.io/role/internal-elb" if each.internal is Truth.YES else "kubernetes.io/role/elb"
        found = []
        for subnet in self._in_vpc():
            known = tags.read(subnet)
            if MORE in known or not isinstance(known.get(role, ""), str) or not subnet.exists:
                return []
            if known.get(role) in ("1", "") and role in known and self._may_use(known):
                found.append(subnet)
        return found

    def _may_use(self, known: Mapping[str, object]) -> bool:
        """Whether no tag keeps a subnet for other clusters."""
        owners = [key.removeprefix(OWNED) for key in known if key.startswith(OWNED)]
        return not owners or self._cluster.attributes.get("name") in owners

    def _in_vpc(self) -> Iterator[Resource]:
        """The subnets of the cluster's VPC."""
        block = Fields.of(self._cluster, []).block("vpc_config")
        leaves = block.leaves("subnet_ids") or () if isinstance(block, Fields) else ()
        mine = [found for leaf in leaves if (found := self._lookup.find(leaf, "aws_subnet"))]
        homes = {self._lookup.follow(Fields.of(each, []).leaf("vpc_id")) for each in mine}
        for subnet in self._lookup.of_kind("aws_subnet"):
            if self._lookup.follow(Fields.of(subnet, []).leaf("vpc_id")) in homes - {None}:
                yield subnet

    def _groups(self, each: Asked) -> list[Leaf] | None:
        """The groups that it names, none where it names none; None where they cannot be found."""
        found = self._named("aws_security_group", each.groups)
        return [Ref(group.address) for group in found] if found is not None else None

    def _named(self, kind: str, names: Sequence[str]) -> list[Resource] | None:
        """The things of these ids or Names, if there is one for each."""
        known = list(self._lookup.of_kind(kind))
        found = [[r for r in known if name in (r.attributes.get("id"), tags.read(r).get("Name"))] for name in names]
        return [mine[0] for mine in found] if all(len(mine) == 1 for mine in found) else None


def _spec(resource: Resource) -> Mapping[str, object]:
    spec = resource.attributes.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def _listens(each: Asked) -> list[tuple[str, int]]:
    """The protocols and ports of its listeners, none where they are not known."""
    if each.application:
        return [("tcp", port) for port in each.opens]
    try:
        return [(port.protocol, port.number) for port in read_service(each.resource).ports]
    except MalformedError:
        return []


def _one_in_each_zone(places: Sequence[Resource]) -> bool:
    """Whether no two subnets may share a zone, of which the controller would take one."""
    zones = [Fields.of(place, []).leaf("availability_zone") for place in places]
    return all(same_text(*pair) is Truth.NO for pair in combinations(zones, 2))
