"""A ClusterNetworkPolicy is an ordered policy of the whole cluster, in the tier before or after NetworkPolicy.

https://network-policy-api.sigs.k8s.io/api-overview/ (read 2026-11-23)
https://network-policy-api.sigs.k8s.io/reference/spec/ (read 2026-11-23)

K8S-27  `tier` is Admin or Baseline, each with priorities of its own. Accept and Deny are final, Pass leaves the
        tier: from Admin to NetworkPolicy, from Baseline to what holds without policies, which is to allow.
K8S-28  `protocols` lists TCP, UDP or SCTP with a destination port or range, or a port's name for any of them;
        without the list the protocol does not matter.
K8S-29  `networks` always match pods by address.
K8S-30  A peer without a known field fails closed.

Not modelled: see `ordered`.
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import Action, Diagnostic, Effect, Resource, Severity
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.policies.contribution import Level, Side
from netaudit.providers.kubernetes.policies.ordered import OrderedPolicy
from netaudit.providers.kubernetes.policies.ordered_fields import Dialect, read_sides, read_subject, title_of
from netaudit.providers.kubernetes.policies.ports import PROTOCOLS, Port, port_name

KIND = "ClusterNetworkPolicy"
VERSIONS = ("policy.networking.k8s.io/v1alpha2",)
_TIERS = {"Admin": Level.ADMIN, "Baseline": Level.BASELINE}


def read(resource: Resource) -> OrderedPolicy:
    """Read a policy. Raises MalformedError on anything that the API would refuse."""
    spec = Field.root(resource).get("spec")
    spec.only("tier", "priority", "subject", "ingress", "egress")
    tier = spec.get("tier").text()
    if tier not in _TIERS:
        raise MalformedError(spec.get("tier"), f"must be one of {', '.join(_TIERS)}")
    return OrderedPolicy(
        title=title_of(resource),
        origin=resource.origin,
        level=_TIERS[tier],
        family=VERSIONS[0],
        priority=spec.get("priority").whole(0, 1000),
        subject=read_subject(spec.get("subject")),
        sides=read_sides(spec, _DIALECT),
        remarks=tuple(_empty_protocols(spec)),
    )


def _read_protocol(field: Field) -> Port:
    """One item of `protocols` (K8S-28). Raises MalformedError."""
    names = tuple(name.lower() for name in PROTOCOLS)
    field.only(*names, "destinationNamedPort")
    found = [key for key in field.mapping() if field.get(key)]
    if len(found) != 1:
        raise MalformedError(field, f"must have exactly one field, not {len(found)}")
    key, value = found[0], field.get(found[0])
    if key == "destinationNamedPort":
        return Port("", name=port_name(value))
    value.only("destinationPort")
    if not value.get("destinationPort"):
        return Port(key)
    return _numbers(key, value.get("destinationPort"))


def _numbers(protocol: str, field: Field) -> Port:
    field.only("number", "range")
    number, range_ = field.get("number"), field.get("range")
    if bool(number) == bool(range_):
        raise MalformedError(field, "must have exactly one of number and range")
    if number:
        return Port(protocol, number.whole(1, 65535), number.whole(1, 65535))
    range_.only("start", "end")
    start, end = range_.get("start").whole(1, 65535), range_.get("end").whole(1, 65535)
    if end <= start:
        raise MalformedError(range_.get("end"), f"must be above the start, {start}")
    return Port(protocol, start, end)


def _empty_protocols(spec: Field) -> Iterator[Diagnostic]:
    """Places that write `tcp: {}`, which the API refuses, and which is read as every port."""
    for rule in (rule for side in Side for rule in spec.get(side.value).items()):
        for item in rule.get("protocols").items():
            for key, value in item.entries():
                if value.value == {}:
                    text = f"{value.name} is empty, which the API refuses; read as every {key} port"
                    text = f"{spec.resource.address}: {text}"
                    effect = Effect.OVER_APPROXIMATED
                    yield Diagnostic("POLICY_EMPTY_PROTOCOL", text, Severity.WARNING, value.origin, effect)


_DIALECT = Dialect(
    actions={"Accept": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS},
    code="CNP",
    ports="protocols",
    port=_read_protocol,
    rules=25,
    peers=25,
    fails_closed=True,
    empty_ports=False,
)
