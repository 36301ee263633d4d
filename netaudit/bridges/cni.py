"""The settings of the VPC CNI plugin, as its add-on or its DaemonSet has them.

https://github.com/aws/amazon-vpc-cni-k8s/blob/master/README.md (read 2026-11-27)
https://docs.aws.amazon.com/eks/latest/userguide/external-snat.html (read 2026-11-27)
https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html (read 2026-11-27)

AWS-48 What leaves the VPC gets the node's address unless AWS_VPC_K8S_CNI_EXTERNALSNAT is set.
AWS-49 Groups for pods need ENABLE_POD_ENI; POD_SECURITY_GROUP_ENFORCING_MODE is strict unless it says standard.
AWS-50 Custom networking needs AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG.
AWS-56 Network policies are enforced where the add-on's `enableNetworkPolicy` says so, or an argument of the DaemonSet,
       or another engine is installed. Where none of these is in the sources, that is assumed (EKS_POLICIES_ENFORCED).

What is not written anywhere has its default; what is written and not known makes every flag unknown.

Not modelled: other flags, which move no packet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netaudit.bridges.matching import may_be_of
from netaudit.model import Resource, Truth
from netaudit.providers.aws.lookup import Lookup

_CHARTS = frozenset({"cilium", "flannel", "antrea", "weave-net", "kube-router"})
_FOR_POLICIES = frozenset({"calico", "tigera-operator"})
_AGENTS = ("cilium", "kube-flannel", "antrea-agent", "weave-net", "kube-router", "calico-node", "canal")


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment of the plugin: None where it is unknown."""

    values: Mapping[str, str] | None
    enforces: Truth = Truth.MAYBE  # whether network policies are; MAYBE where nothing is written of it

    def flag(self, name: str) -> Truth:
        """Whether a flag is set; what is not written is off."""
        if self.values is None:
            return Truth.MAYBE
        return {"true": Truth.YES, "false": Truth.NO}.get(self.values.get(name, "false").lower(), Truth.MAYBE)

    @property
    def translates(self) -> Truth:
        """Whether what leaves the VPC gets the node's address (AWS-48)."""
        if self.values and self.values.get("AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"):
            return Truth.MAYBE
        external = self.flag("AWS_VPC_K8S_CNI_EXTERNALSNAT")
        return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(external, Truth.MAYBE)

    @property
    def strict(self) -> Truth:
        """Whether pods with groups of their own send everything by their own interface (AWS-49)."""
        mode = "" if self.values is None else self.values.get("POD_SECURITY_GROUP_ENFORCING_MODE", "strict")
        return {"strict": Truth.YES, "standard": Truth.NO}.get(mode.lower(), Truth.MAYBE)


def read(manifests: Sequence[Resource], lookup: Lookup, cluster: Resource) -> Settings:
    """As the add-on configures it, or the DaemonSet aws-node; by default nothing is set."""
    values: dict[str, str] = {}
    enforces = Truth.MAYBE  # while neither is in the sources
    for addon in lookup.of_kind("aws_eks_addon"):
        name = addon.attributes.get("addon_name")
        if not may_be_of(addon, cluster, lookup) or (isinstance(name, str) and name != "vpc-cni"):
            continue
        written = addon.attributes.get("configuration_values")
        if written is not None and not isinstance(written, str):
            return Settings(None)
        try:
            configured = json.loads(written or "{}")
            values |= {str(key): str(value) for key, value in configured.get("env", {}).items()}
        except (ValueError, AttributeError, RecursionError):
            return Settings(None)
        enforces = _yes(str(configured.get("enableNetworkPolicy")).lower() == "true")
    for resource in manifests:
        if resource.kind == "DaemonSet" and resource.address.startswith("kube-system/aws-node"):
            values |= dict(_environment(resource.attributes))
            enforces = _yes("--enable-network-policy=true" in texts(resource.attributes))
    others = any(_enforces(each) for each in (*manifests, *lookup.of_kind("helm_release")))
    return Settings(values, max(enforces, Truth.MAYBE) if others else enforces)


def _yes(so: bool) -> Truth:
    return Truth.YES if so else Truth.NO


def _enforces(resource: Resource) -> bool:
    """Whether it may enforce network policies beside the VPC CNI plugin."""
    chart = resource.attributes.get("chart")
    if resource.kind == "helm_release":
        return not isinstance(chart, str) or chart.rpartition("/")[2] in _CHARTS | _FOR_POLICIES
    return _carries(resource) or resource.kind == "Installation"


def other_plugin(resources: Iterable[Resource]) -> Resource | None:
    """What installs another plugin that carries pods' traffic itself, unless it says that it is chained behind this."""
    return next((each for each in resources if _carries(each) and not _is_chained(each)), None)


def _carries(resource: Resource) -> bool:
    if resource.kind == "DaemonSet":
        return resource.address.rpartition("/")[2].startswith(_AGENTS)
    chart = resource.attributes.get("chart")
    return resource.kind == "helm_release" and isinstance(chart, str) and chart.rpartition("/")[2] in _CHARTS


def _is_chained(resource: Resource) -> bool:
    """Whether it leaves the packets to the VPC CNI plugin, as Calico for policies only, and Cilium in chaining mode."""
    backend = dict(_environment(resource.attributes)).get("CALICO_NETWORKING_BACKEND")
    return backend == "none" or any("aws-cni" in text for text in texts(resource.attributes))


def texts(value: Any) -> Iterator[str]:
    """Every text in an object, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | Sequence):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from texts(part)


def _environment(value: Any) -> Iterator[tuple[str, str]]:
    for name, part in everything_in(value):
        if name == "env" and isinstance(part, Sequence):
            for item in part:
                if isinstance(item, Mapping) and isinstance(item.get("name"), str):
                    yield item["name"], str(item.get("value"))


def everything_in(value: Any) -> Iterator[tuple[str, Any]]:
    """Every field of an object at any depth."""
    left = [value] if _has_parts(value) else []
    while left:
        whole = left.pop()
        if isinstance(whole, Mapping):
            for key, part in whole.items():
                yield str(key), part
        parts = whole.values() if isinstance(whole, Mapping) else whole
        left += (part for part in parts if isinstance(part, dict | list) or _has_parts(part))


def _has_parts(value: Any) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str)
