"""Policies that are not evaluated: the answers of every pod that they may select are unknown, by name.

https://docs.cilium.io/en/stable/security/policy/ (read 2026-11-23)
https://docs.tigera.io/calico/latest/network-policy/ (read 2026-11-23)
https://istio.io/latest/docs/reference/config/security/ (read 2026-11-23)
https://github.com/k8snetworkplumbingwg/multi-networkpolicy (read 2026-11-27)

K8S-34  Custom policies of Cilium, Calico, Istio and others are not evaluated. A pod that one may select is never
        silently "allowed": anything may pass it, and anything may be denied.

Further networks, and policies of these alone (MultiNetworkPolicy), add ways between the pods that are attached to them
and stop nothing on the pods' own network. A network that takes the place of that one (`role: primary`) may do both, to
all pods of its namespace.

A policy that cannot be read, or that occurs twice with different contents, is treated alike. A document that cannot
be read at all, and may be a policy, may deny anything to everybody. What it may allow is not in the answers: its
diagnostic says that something is missing from them.

Not modelled: what these policies say, whom they select inside their namespace (all pods are taken), and the
secondary networks that an annotation attaches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from netaudit.flows import ANY
from netaudit.model import EVERYONE, Action, Diagnostic, Origin, Resource, Rule, Unknown
from netaudit.providers.kubernetes.policies.contribution import Contribution, Level, Side
from netaudit.providers.kubernetes.population import Members, Population
from netaudit.providers.kubernetes.workload import Pod, namespace_of

CODE = "POLICY_KIND_NOT_MODELLED"
UNREAD = "K8S_DOCUMENT_UNREAD"
_GROUPS = (
    "projectcalico.org",
    "crd.projectcalico.org",
    "cilium.io",
    "crd.antrea.io",
    "security.istio.io",
    "policy.networking.k8s.io",
    "k8s.ovn.org",
    "policy.kuma.io",
    "policy.linkerd.io",
)
_HARMLESS = ("IPPool", "CiliumNode", "CiliumIdentity", "CiliumEndpoint", "FelixConfiguration", "BGP", "Tier")
_NETWORK_KINDS = ("NetworkAttachmentDefinition", "MultiNetworkPolicy")
_PRIMARY = re.compile(r'"role"\s*:\s*"primary"', re.IGNORECASE)
_ROOT_NAMESPACES = ("istio-system",)


def restricts(resource: Resource) -> bool:
    """Whether an object of a kind without a reader may let pass or stop traffic of pods."""
    group = resource.attributes["apiVersion"].partition("/")[0]
    if resource.kind.lower().endswith(("networkpolicy", "networkset")) or resource.kind in _NETWORK_KINDS:
        return True
    return group in _GROUPS and not resource.kind.startswith(_HARMLESS)


def lower(
    resource: Resource, population: Population, reason: str, code: str = CODE, among: frozenset[str] | None = None
) -> Iterator[Contribution]:
    """Both sides of the pods that it may select, `among` if that is known, are unknown for this reason."""
    pods = scope(resource, population) if among is None else among
    subject = Members(frozenset(), population.same(pods))
    because = (Unknown(reason, resource.origin),)
    origin, text = resource.origin, f"anything, since {reason}"
    actions = (Action.ALLOW,) if _adds_a_network(resource) else (Action.ALLOW, Action.DENY)
    rules = tuple(Rule(EVERYONE, ANY, action, origin, text=text, code=code, because=because) for action in actions)
    title = f"{resource.kind} {resource.address.rpartition('[')[0]}"
    for side in Side:
        yield Contribution(title, origin, Level.UNKNOWN, side, subject, rules=lambda _: rules)


def unread(diagnostics: Iterable[Diagnostic], population: Population) -> Iterator[Contribution]:
    """What documents that cannot be read may deny to all pods."""
    because = tuple(Unknown(f"{each.code}: {each.message}", each.origin) for each in diagnostics if each.may_deny)
    if not because:
        return
    origin = because[0].origin or Origin("")
    text = "anything, since a document that may be a policy cannot be read"
    rule = Rule(EVERYONE, ANY, Action.DENY, origin, text=text, code=UNREAD, because=because)
    subject = Members(frozenset(), population.everyone)
    for side in Side:
        yield Contribution("Document not read", origin, Level.UNKNOWN, side, subject, rules=lambda _: (rule,))


def scope(resource: Resource, population: Population) -> frozenset[str]:
    """The pods that it may be about: those of its namespace, or all where it has none or is the mesh's root."""
    if _adds_a_network(resource):
        return _ids(pod for pod in population.pods if pod.more_networks)
    namespace = namespace_of(resource)
    if "/" not in resource.address or namespace in _ROOT_NAMESPACES:
        return population.everyone
    return _ids(population.by_namespace.get(namespace, ()))


def _adds_a_network(resource: Resource) -> bool:
    """Whether it is about networks beside the pods' own one; what cannot be read of one may be about that, too."""
    if resource.kind == "NetworkAttachmentDefinition":
        spec = resource.attributes.get("spec")
        config = spec.get("config", "") if isinstance(spec, dict) else ""
        return isinstance(config, str) and not _PRIMARY.search(config)
    return resource.kind in _NETWORK_KINDS


def _ids(pods: Iterable[Pod]) -> frozenset[str]:
    return frozenset(pod.id for pod in pods)
