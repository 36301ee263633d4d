"""The BaselineAdminNetworkPolicy decides last, for pods that no NetworkPolicy selects in that direction.

https://network-policy-api.sigs.k8s.io/api-overview/ (read 2026-11-23)
https://network-policy-api.sigs.k8s.io/reference/spec/ (read 2026-11-23)

K8S-21  Where a NetworkPolicy selects the pod, it is final. Otherwise the baseline's first rule that matches, or
        else everything is allowed.
K8S-23  There is one, called `default`; it has no priority and no Pass.

Not modelled: see `ordered`.
"""

from __future__ import annotations

from netaudit.model import Action, Resource
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.policies.admin_network_policy import SETTING, read_port
from netaudit.providers.kubernetes.policies.contribution import Level
from netaudit.providers.kubernetes.policies.ordered import OrderedPolicy
from netaudit.providers.kubernetes.policies.ordered_fields import Dialect, read_sides, read_subject, title_of

KIND = "BaselineAdminNetworkPolicy"
VERSIONS = ("policy.networking.k8s.io/v1alpha1",)


def read(resource: Resource) -> OrderedPolicy:
    """Read the baseline. Raises MalformedError on anything that the API would refuse."""
    root = Field.root(resource)
    if root.get("metadata", "name").value != "default":
        raise MalformedError(root.get("metadata", "name"), "must be 'default': there is one baseline")
    spec = root.get("spec")
    spec.only("subject", "ingress", "egress")
    return OrderedPolicy(
        title=title_of(resource),
        origin=resource.origin,
        level=Level.BASELINE,
        family=VERSIONS[0],
        priority=0,
        subject=read_subject(spec.get("subject")),
        sides=read_sides(spec, _DIALECT),
        networks_setting=SETTING,
    )


_DIALECT = Dialect(
    actions={"Allow": Action.ALLOW, "Deny": Action.DENY},
    code="BANP",
    ports="ports",
    port=read_port,
    rules=100,
    peers=100,
    domains=False,
)
