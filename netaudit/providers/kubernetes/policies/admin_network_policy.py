"""An AdminNetworkPolicy decides before any NetworkPolicy: its first rule that matches allows, denies or passes on.

https://network-policy-api.sigs.k8s.io/api-overview/ (read 2026-11-23)
https://network-policy-api.sigs.k8s.io/reference/spec/ (read 2026-11-23)

K8S-21  Ascending priority, then the order of the rules; the first that matches peer and port decides. Pass goes on
        to NetworkPolicy and then to the baseline.
K8S-23  Which of two policies of one priority comes first is not defined.
K8S-24  Ports are numbers, names or ranges; a rule without any is about all traffic. A protocol left out is TCP.
K8S-25  `networks` match pods by address too; `kubernetes.networks_match_pods` can turn that off.

Not modelled: see `ordered`.
"""

from __future__ import annotations

from netaudit.model import Action, Resource
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.policies.contribution import Level
from netaudit.providers.kubernetes.policies.ordered import OrderedPolicy
from netaudit.providers.kubernetes.policies.ordered_fields import Dialect, read_sides, read_subject, title_of
from netaudit.providers.kubernetes.policies.ports import Port, port_name, read_protocol

KIND = "AdminNetworkPolicy"
VERSIONS = ("policy.networking.k8s.io/v1alpha1",)
SETTING = "kubernetes.networks_match_pods"


def read(resource: Resource) -> OrderedPolicy:
    """Read a policy. Raises MalformedError on anything that the API would refuse."""
    spec = Field.root(resource).get("spec")
    spec.only("priority", "subject", "ingress", "egress")
    return OrderedPolicy(
        title=title_of(resource),
        origin=resource.origin,
        level=Level.ADMIN,
        family=VERSIONS[0],
        priority=spec.get("priority").whole(0, 1000),
        subject=read_subject(spec.get("subject")),
        sides=read_sides(spec, _DIALECT),
        networks_setting=SETTING,
    )


def read_port(field: Field) -> Port:
    """One item of `ports`. Raises MalformedError."""
    field.only("portNumber", "namedPort", "portRange")
    found = [key for key in field.mapping() if field.get(key)]
    if len(found) != 1:
        raise MalformedError(field, f"must have exactly one field, not {len(found)}")
    value = field.get(found[0])
    if found[0] == "namedPort":
        return Port("", name=port_name(value))
    if found[0] == "portNumber":
        value.only("protocol", "port")
        number = value.get("port").whole(1, 65535)
        return Port(read_protocol(value.get("protocol")), number, number)
    value.only("protocol", "start", "end")
    start, end = value.get("start").whole(1, 65535), value.get("end").whole(1, 65535)
    if end < start:
        raise MalformedError(value.get("end"), f"must not be below the start, {start}")
    return Port(read_protocol(value.get("protocol")), start, end)


_DIALECT = Dialect(
    actions={"Allow": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS},
    code="ANP",
    ports="ports",
    port=read_port,
    rules=100,
    peers=100,
)
