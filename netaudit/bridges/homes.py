"""Where the pods of an EKS cluster live: on the interfaces of nodes, or on interfaces of their own.

https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html (read 2026-11-27)
https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html (read 2026-11-27)
https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html (read 2026-11-27)
https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html (read 2026-11-27)
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ (read 2026-11-27)
https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ (read 2026-11-27)

AWS-48 A pod lives on an interface of one of the nodes where it can run: any that no node selector, no required node
       affinity and no taint rules out; taints do not matter where a pod names its node. A label proves that only where
       the node group sets it itself, or is the group's own name.
AWS-49 A SecurityGroupPolicy that selects a pod gives it an interface with other groups; strict ones send everything by
       it, standard ones what leaves the VPC by the node's.
AWS-50 With custom networking pods live in the subnets and groups of ENIConfigs; what leaves the VPC still gets the
       node's address. A SecurityGroupPolicy goes before that.
AWS-56 Network policies are not enforced on Fargate, perhaps not where the plugin is not told to (`cni.py`), and perhaps
       not for pods with strict groups of their own or without an owner: there they stop nothing for certain.

A Fargate profile takes the pods that one of its selectors picks: by namespace and labels, with wildcards. Such a pod
keeps its own address everywhere and shares its node with nobody. A pod on the node's network lives on nodes only, a
DaemonSet that is picked perhaps on Fargate, perhaps on nodes: its documentation only says that it is not supported.

Not modelled: affinities to pods, which of several ENIConfigs a node takes, and service accounts in a
SecurityGroupPolicy: all that could be meant may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from netaudit.bridges import cni
from netaudit.bridges.matching import OWNED, derived_name, may_be_of
from netaudit.flows import AddressSet
from netaudit.model import MORE, Endpoint, Network, Resource, Truth, Unknown
from netaudit.providers.aws.lookup import Lookup
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.selectors import read_selector
from netaudit.providers.kubernetes.workload import namespace_of, template_path

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
MACHINES = (
    "aws_autoscaling_group",
    "aws_instance",
    "aws_spot_instance_request",
    "aws_spot_fleet_request",
    "aws_ec2_fleet",
)
CHART = "helm_release"
NODES, FARGATE = "aws_eks_node_group", "aws_eks_fargate_profile"
PARTS = (NODES, FARGATE, "aws_eks_addon")
POLICY, CONFIG = "SecurityGroupPolicy", "ENIConfig"
_KEPT_AWAY = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"}
_ON_EVERY_NODE = "DaemonSet"
_NAME_OF_GROUP = "eks.amazonaws.com/nodegroup"


@dataclass(frozen=True, slots=True)
class Home:
    """How a pod may live: on one of `hosts`, whose interfaces are its own.

    `nodes` are those whose address takes the place of its own out of the VPC, as far as that `translates`.
    """

    hosts: tuple[Endpoint, ...]
    nodes: tuple[Endpoint, ...]
    translates: Truth
    enforced: bool = True  # whether network policies certainly hold there
    shares: bool = True  # whether it may share a node with others

    @property
    def key(self) -> tuple[object, ...]:
        """What tells homes apart."""
        hosts, nodes = (tuple(each.id for each in some) for some in (self.hosts, self.nodes))
        return hosts, nodes, self.translates, self.enforced, self.shares

    def __or__(self, other: Home) -> Home:
        same = self.translates is other.translates
        return Home(
            tuple({each.id: each for each in (*self.hosts, *other.hosts)}.values()),
            tuple({each.id: each for each in (*self.nodes, *other.nodes)}.values()),
            self.translates if same else Truth.MAYBE,
            self.enforced and other.enforced,
            self.shares or other.shares,
        )


class Homes:
    """All homes in one cluster, and who lives where."""

    def __init__(
        self,
        network: Network,
        prefix: str,
        cluster: Resource,
        lookup: Lookup,
        manifests: Sequence[Resource],
        begun: str,
    ) -> None:
        """`prefix` begins the ids of the cloud, `begun` those of the manifests."""
        self._begun = begun
        self.settings = cni.read(manifests, lookup, cluster)
        self._network, self._prefix, self._cluster, self._lookup = network, prefix, cluster, lookup
        self._templates = {resource.origin: spec for resource in manifests if (spec := _template(resource))}
        self.charts = tuple(lookup.of_kind(CHART))
        self._policies = [resource for resource in manifests if resource.kind == POLICY]
        realm = network.by_id[prefix + cluster.address].realm
        there = [each for each in network.endpoints if each.realm == realm and each.interfaces]
        self.nodes = tuple(each for each in there if self._is_node(each))
        self.profiles = tuple(each for each in there if self._is_profile(each))
        self.configs = tuple(each for r in manifests if r.kind == CONFIG for each in self._made(r))

    # ---- what there is --------------------------------------------------------------------------------

    def _is_node(self, endpoint: Endpoint) -> bool:
        """Whether pods may run there: node groups, and machines that carry the cluster's tag."""
        if endpoint.kind == NODES:
            return self._is_mine(endpoint)
        name = self._cluster.attributes.get("name")
        tagged = [key.removeprefix(OWNED) for key in endpoint.tags if key.startswith(OWNED)]
        return endpoint.kind in MACHINES and any(not isinstance(name, str) or text == name for text in tagged)

    def _is_profile(self, endpoint: Endpoint) -> bool:
        return endpoint.kind == FARGATE and self._is_mine(endpoint)

    def _is_mine(self, endpoint: Endpoint) -> bool:
        resource = self._resource(endpoint)
        return resource is not None and may_be_of(resource, self._cluster, self._lookup)

    def _resource(self, endpoint: Endpoint) -> Resource | None:
        return self._lookup.by_address.get(endpoint.id.removeprefix(self._prefix))

    def _made(self, manifest: Resource) -> list[Endpoint]:
        """The interfaces that are derived of a manifest."""
        name = f"{self._prefix}{derived_name(self._begun, manifest)}"
        return [each for each in self._network.endpoints if each.id == name or each.id.startswith(f"{name} #")]

    @property
    def addresses(self) -> AddressSet:
        """Those of which the pods of the cluster have one each."""
        made = (each for policy in self._policies for each in self._made(policy))
        return AddressSet.union(each.addresses for each in (*self.nodes, *self.profiles, *self.configs, *made))

    @property
    def custom(self) -> Truth:
        """Whether pods live in the subnets of ENIConfigs; such objects alone say that it may be so."""
        return self._hinted("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", bool(self.configs))

    @property
    def enforced(self) -> bool:
        """Whether network policies are taken to hold on nodes: as written, or as the user says or nobody denies."""
        return self.settings.enforces is not Truth.NO or "kubernetes.cni_enforces" in self._network.settings

    def _hinted(self, flag: str, objects: bool) -> Truth:
        written = self.settings.flag(flag)
        silent = self.settings.values is not None and flag not in self.settings.values
        return Truth.MAYBE if objects and silent else written

    def takes_ports(self, pod: Endpoint) -> bool:
        """Whether a pod is met at ports of its node, or may be: so may one whose specification cannot be read."""
        spec = self._templates.get(pod.origin) if pod.origin else None
        if spec is None or spec.get("hostNetwork") not in (None, False):
            return True
        listed = [spec.get(name) or [] for name in _CONTAINERS]
        return any(not isinstance(each, list | tuple) or any(map(_takes_port, each)) for each in listed)

    # ---- who lives where ------------------------------------------------------------------------------

    def of(self, pod: Endpoint) -> Home:
        """Where a pod may live."""
        options = [each for each in self._options(pod) if each.hosts] or [self._on(self.nodes or self.profiles)]
        home = options[0]
        for other in options[1:]:
            home |= other
        return replace(home, enforced=False) if pod.kind == "Pod" and self._left_out else home

    @property
    def _left_out(self) -> bool:
        """Whether the VPC CNI plugin enforces policies, which it does only for pods that something owns."""
        return self.settings.enforces is Truth.YES and "kubernetes.cni_enforces" not in self._network.settings

    def _options(self, pod: Endpoint) -> Iterator[Home]:
        spec = self._templates.get(pod.origin, {}) if pod.origin else {}
        on_host = spec.get("hostNetwork") not in (None, False)
        nodes = tuple(n for n in self.nodes if self._can_run(n, spec)) or self.nodes
        chosen = [] if on_host else [(each, self._takes(each, pod)) for each in self.profiles]
        if pod.kind == _ON_EVERY_NODE:  # which Fargate does not run
            chosen = [(each, min(truth, Truth.MAYBE)) for each, truth in chosen]
        own = [] if on_host else [(each, _selects(each, pod)) for each in self._policies]
        for profile, truth in chosen:
            hosts = [self._made(policy) for policy, picked in own if picked] if truth else []
            hosts += [[profile]] if truth and not any(picked is Truth.YES for _, picked in own) else []
            yield from (Home(tuple(each), (), Truth.NO, enforced=False, shares=False) for each in hosts)
        if not nodes or any(truth is Truth.YES for _, truth in chosen):
            return
        pod_eni = self._hinted("ENABLE_POD_ENI", bool(self._policies))
        own = [(policy, min(pod_eni, truth)) for policy, truth in own]
        yield from (self._apart(policy, nodes) for policy, truth in own if truth)
        if any(truth is Truth.YES for _, truth in own):
            return
        custom = Truth.NO if on_host else self.custom
        if custom and self.configs:
            yield Home(self.configs, nodes, self.settings.translates, self.enforced)
        if custom is not Truth.YES:
            yield self._on(nodes)

    def _apart(self, policy: Resource, nodes: tuple[Endpoint, ...]) -> Home:
        """On an interface of its own (AWS-49)."""
        strict = self.settings.strict
        translates = {Truth.YES: Truth.NO, Truth.NO: self.settings.translates}.get(strict, Truth.MAYBE)
        return Home(tuple(self._made(policy)), nodes, translates, enforced=self.enforced and strict is Truth.NO)

    def _on(self, nodes: tuple[Endpoint, ...]) -> Home:
        return Home(nodes, nodes, self.settings.translates, self.enforced)

    def _takes(self, profile: Endpoint, pod: Endpoint) -> Truth:
        """Whether a Fargate profile takes a pod: by any of its selectors."""
        resource = self._resource(profile)
        selectors = resource.attributes.get("selector") if resource else None
        if not isinstance(selectors, list):
            return Truth.MAYBE
        return max((_picks(each, pod) for each in selectors), default=Truth.NO)

    def _can_run(self, node: Endpoint, spec: Mapping[str, Any]) -> bool:
        """Whether nothing rules out that a pod runs on a node."""
        resource = self._resource(node)
        if resource is None or resource.kind != NODES:
            return True
        own = resource.attributes.get("labels")
        labels = dict(own) if isinstance(own, Mapping) else {}
        labels[_NAME_OF_GROUP] = resource.attributes.get("node_group_name")
        wanted = spec.get("nodeSelector")
        for key, value in wanted.items() if isinstance(wanted, Mapping) else ():
            if isinstance(value, str) and _refuses(labels, {"key": key, "operator": "In", "values": [value]}):
                return False
        if all(any(_refuses(labels, each) for each in term) for term in _terms(spec)) and _terms(spec):
            return False
        taints, tolerations = resource.attributes.get("taint"), spec.get("tolerations") or []
        if not isinstance(taints, list) or not isinstance(tolerations, list) or not spec or spec.get("nodeName"):
            return True  # whoever names a node does not ask the scheduler
        return all(_tolerated(taint, tolerations) for taint in taints)


def is_home(resource: Resource) -> bool:
    """Whether it is an object of which interfaces of pods are derived."""
    return resource.kind in (POLICY, CONFIG)


def _takes_port(container: object) -> bool:
    ports = (container.get("ports") or []) if isinstance(container, Mapping) else None
    return not isinstance(ports, list | tuple) or any(
        not isinstance(each, Mapping) or "hostPort" in each for each in ports
    )


def _template(resource: Resource) -> Mapping[str, Any]:
    """The specification of the pods that a workload runs, as far as it can be read."""
    path = template_path(resource)
    try:
        return Field.root(resource).get(*path, "spec").mapping() if path is not None else {}
    except MalformedError:
        return {}


def _terms(spec: Mapping[str, Any]) -> list[list[object]]:
    """What the node affinity of a pod requires: all of one of these lists; nothing where that cannot be read."""
    found: object = spec
    for name in ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"):
        found = found.get(name) if isinstance(found, Mapping) else None
    terms = found if isinstance(found, list) else []
    read = [each.get("matchExpressions") if isinstance(each, Mapping) else None for each in terms]
    return [each if isinstance(each, list) else [] for each in read]


def _refuses(labels: Mapping[str, object], expression: object) -> bool:
    """Whether a label that a node group sets itself proves that its nodes do not match an expression."""
    if not isinstance(expression, Mapping):
        return False
    key, operator, values = (expression.get(name) for name in ("key", "operator", "values"))
    known = labels.get(key) if isinstance(key, str) else None
    if operator == "DoesNotExist":
        return isinstance(known, str)
    if not isinstance(known, str) or not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        return False
    return (operator == "In" and known not in values) or (operator == "NotIn" and known in values)


def _tolerated(taint: object, tolerations: Iterable[object]) -> bool:
    """Whether a taint that keeps pods away may be tolerated; one that is not known, or Kubernetes' own, may be."""
    if not isinstance(taint, Mapping):
        return True
    key, value, effect = (taint.get(name) for name in ("key", "value", "effect"))
    avoided = _KEPT_AWAY.get(effect) if isinstance(effect, str) else None
    if not isinstance(key, str) or not isinstance(value, str | None) or avoided is None:
        return True
    if key.startswith("node.kubernetes.io/"):
        return True
    for each in tolerations:
        if not isinstance(each, Mapping):
            return True
        exists = each.get("operator", "Equal") != "Equal"
        same = each.get("key") in (None, key) and (exists or (each.get("value") or "") == (value or ""))
        if same and each.get("effect") in (None, "", avoided):
            return True
    return False


def _picks(selector: object, pod: Endpoint) -> Truth:
    """Whether a selector of a Fargate profile picks a pod."""
    if not isinstance(selector, Mapping):
        return Truth.MAYBE
    namespace, labels = selector.get("namespace"), selector.get("labels") or {}
    if not isinstance(namespace, str) or not isinstance(labels, Mapping):
        return Truth.MAYBE
    if not any(fnmatchcase(each, namespace) for each in _namespaces(pod)):
        return Truth.NO
    return min((_carries(pod, key, value) for key, value in labels.items()), default=Truth.YES)


def _carries(pod: Endpoint, key: str, pattern: object) -> Truth:
    if not isinstance(pattern, str) or "*" in key or "?" in key:
        return Truth.MAYBE
    value = pod.labels.get(key, pod.labels.get(MORE))
    if isinstance(value, Unknown):
        return Truth.MAYBE
    return Truth.YES if value is not None and fnmatchcase(value, pattern) else Truth.NO


def _selects(policy: Resource, pod: Endpoint) -> Truth:
    """Whether a SecurityGroupPolicy selects a pod; one that speaks of service accounts may."""
    if namespace_of(policy) not in _namespaces(pod):
        return Truth.NO
    try:
        spec = Field.root(policy).get("spec")
        truth = read_selector(spec.get("podSelector")).picks(pod.labels)
        return min(truth, Truth.MAYBE) if spec.get("serviceAccountSelector") else truth
    except MalformedError:
        return Truth.MAYBE


def _namespaces(pod: Endpoint) -> list[str]:
    return [key.removeprefix("ns/").rpartition("::")[2] for key in pod.groups if key.startswith("ns/")]
