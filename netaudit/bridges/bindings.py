"""A binding puts what is behind a Service into a target group that exists already.

https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/use_cases/multi_cluster/ (read 2026-11-27)
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/targetgroupbinding/spec/ (read 2026-11-27)

AWS-51 A TargetGroupBinding registers the pods behind a port of a Service, or the nodes at its node port, in the group
       that it names by ARN or by name. What else is registered there its controller removes, unless the group is
       shared by several clusters. Its `networking` are rules that the controller adds to the group of the nodes.

Not modelled: which nodes a node selector picks, and IPv6 target groups: then it is as if the group were not known, and
anybody may come to the pods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from netaudit.flows import ANY, TCP, Traffic
from netaudit.model import EVERYONE, Action, Diagnostic, Endpoint, Forward, Peers, Ref, Resource, Rule, Unknown
from netaudit.providers.aws.lookup import Lookup
from netaudit.providers.aws.network_load_balancer import by_its_groups
from netaudit.providers.aws.registration import GROUP
from netaudit.providers.aws.target_group import UNKNOWN, unseen_registrar
from netaudit.providers.aws.values import Fields
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.ingress import BINDING, backends_of
from netaudit.providers.kubernetes.policies.peers import read_cidr
from netaudit.providers.kubernetes.policies.ports import read_protocol
from netaudit.providers.kubernetes.service import Service
from netaudit.providers.kubernetes.workload import namespace_of

_SECURITY_GROUP = "aws_security_group"
KINDS = (GROUP, "aws_alb_target_group", _SECURITY_GROUP)


@dataclass(frozen=True, slots=True)
class Binding:
    """One of which it is known what it does: `node_ports` are those that lead to its pods."""

    name: str  # as ways call it
    manifest: Resource
    group: Resource
    by_address: bool
    node_ports: Traffic

    def replaces(self, guess: Forward) -> bool:
        """Whether it says what somebody else had to guess: who is registered in the group."""
        return guess.origin == self.group.origin and unseen_registrar(self.group) in guess.because

    def explains(self, said: Diagnostic) -> bool:
        """Whether it tells that targets, or their clients, are not known."""
        targets = said.code == UNKNOWN and said.origin == self.group.origin
        return targets or (said.code == "K8S_PROXY_NOT_MODELLED" and said.origin == self.manifest.origin)


def known(
    manifests: Iterable[Resource], services: Iterable[Service], lookup: Lookup, others: Iterable[Resource]
) -> Iterator[Binding]:
    """Those whose target group is declared, and theirs alone: no binding in the manifests of `others` names it."""
    at = {(each.namespace, each.name): each for each in services}
    elsewhere = {group.address for each in others if (group := _group(each, lookup)) is not None}
    for each in manifests:
        group = _group(each, lookup)
        if group is None or group.address in elsewhere or not group.exists:
            continue
        by_address = {"ip": True, "instance": False}.get(_target_type(each, group))
        backend = next(iter(backends_of(each)), None)
        service = at.get((backend.namespace, backend.service)) if backend else None
        if by_address is not None and backend is not None and service is not None:
            ports = Traffic.union(port.node_ports for port in service.ports if backend.means(port))
            yield Binding(_name(each), each, group, by_address, ports)


def _name(manifest: Resource) -> str:
    return f"{BINDING} {namespace_of(manifest)}/{manifest.attributes['metadata']['name']}"


def _group(manifest: Resource, lookup: Lookup) -> Resource | None:
    """The declared target group that a binding names, if it does."""
    if manifest.kind != BINDING:
        return None
    try:
        spec = Field.root(manifest).get("spec")
        if spec.get("multiClusterTargetGroup") or spec.get("nodeSelector"):
            return None
        if spec.get("ipAddressType").optional_text("ipv4") != "ipv4":
            return None
        named = spec.get("targetGroupARN").value or spec.get("targetGroupName").value
    except MalformedError:
        return None
    if isinstance(named, str) and named.startswith("arn:"):
        written = lookup.find(named, GROUP)
        return written or lookup.find(named.rpartition(":")[2].removeprefix("targetgroup/").partition("/")[0], GROUP)
    return lookup.find(named, GROUP) if isinstance(named, str | Ref) else None


def _target_type(manifest: Resource, group: Resource) -> str:
    """What is registered, as the group and the binding say; nothing where they disagree."""
    written = Fields.of(group, []).text("target_type") or "instance"
    told = manifest.attributes["spec"].get("targetType")
    said = {each for each in (written, told) if isinstance(each, str)}
    return said.pop() if len(said) == 1 else ""


# ---- whom its controller lets in ------------------------------------------------------------------------


class Admission:
    """The rules that controllers write for bindings."""

    def __init__(self, endpoints: Iterable[Endpoint], prefix: str, lookup: Lookup) -> None:
        """`prefix` begins the ids of the cloud."""
        self._endpoints, self._prefix, self._lookup = tuple(endpoints), prefix, lookup

    def rules(self, manifests: Iterable[Resource]) -> Iterator[Rule]:
        """All of them; what cannot be read may let anybody in."""
        for each in manifests:
            if each.kind == BINDING:
                try:
                    yield from self._of(Field.root(each).get("spec", "networking"))
                except MalformedError:
                    unread = Unknown(f"whom {each.address} lets in", each.origin)
                    yield _rule(each, EVERYONE, ANY, (unread,))

    def _of(self, networking: Field) -> list[Rule]:
        """Raises MalformedError."""
        return [
            _rule(part.resource, peers, traffic, (*doubts, *named))
            for part in networking.get("ingress").items()
            for peer in part.get("from").items()
            for peers, doubts in self._peers(peer)
            for traffic, named in list(map(_port, part.get("ports").items())) or [(TCP, ())]
        ]

    def _peers(self, peer: Field) -> Iterator[tuple[Peers, tuple[Unknown, ...]]]:
        """Those of a block, or those that are in a group; a group that is not declared may be anybody's."""
        if peer.get("ipBlock"):
            yield Peers(addresses=read_cidr(peer.get("ipBlock", "cidr"))), ()
            return
        leaf = peer.get("securityGroup", "groupID").value
        group = self._lookup.find(leaf, _SECURITY_GROUP) if isinstance(leaf, str | Ref) else None
        if group is None:
            yield EVERYONE, (Unknown(f"{leaf} in {peer.resource.address}", peer.origin),)
            return
        key = f"sg/{self._prefix}{group.address}"
        yield self._faces(lambda groups: key in groups), ()
        unknown = Unknown(f"who is in {group.address}", peer.origin)
        yield self._faces(lambda groups: not any(each.startswith("sg/") for each in groups)), (unknown,)

    def _faces(self, meant: Callable[[frozenset[str]], bool]) -> Peers:
        faces = (face.party.id for each in self._endpoints if meant(each.groups) for face in each.interfaces)
        return Peers(frozenset(name for face in faces for name in (face, by_its_groups(face))))


def _port(field: Field) -> tuple[Traffic, tuple[Unknown, ...]]:
    """A port that is let in; one that is named is whatever some pod calls so."""
    protocol, port = read_protocol(field.get("protocol")), field.get("port")
    if isinstance(port.value, str):
        return Traffic.named(protocol), (Unknown(f"the port {port.value}", port.origin),)
    number = port.whole(1, 65535) if port else None
    return (Traffic.ports(protocol, number, number) if number else Traffic.named(protocol)), ()


def _rule(manifest: Resource, peers: Peers, traffic: Traffic, because: tuple[Unknown, ...]) -> Rule:
    text = f"{traffic} for {manifest.address}"
    return Rule(peers, traffic, Action.ALLOW, manifest.origin, "added by a controller:", text, because=because)
