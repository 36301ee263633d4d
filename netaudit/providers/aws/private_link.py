"""PrivateLink: an interface endpoint leads to the network load balancer of another VPC, one way only.

https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html (read 2026-11-23)
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html (read 2026-11-23)
https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html (read 2026-11-27)

AWS-39 A client dials the endpoint, past the endpoint's groups; the targets behind the provider's network load
       balancer see the load balancer, whatever it preserves for its own clients. The load balancer's groups see
       the client, unless it does not enforce them on PrivateLink. An interface of the endpoint uses a load balancer
       of its zone, one chosen at random where the service has several.

Not modelled:
- Consumers that the sources do not show, where a service names principals: a diagnostic names its targets.
- Gateway Load Balancer services: routes to their endpoints lead beyond the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netaudit.model import Diagnostic, Effect, Resource, Severity, Unknown
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.load_balancer import KIND
from netaudit.providers.aws.lookup import existence
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.target_group import Link
from netaudit.providers.aws.values import Fields
from netaudit.providers.aws.vpc_endpoint import KIND as ENDPOINT

SERVICE = "aws_vpc_endpoint_service"
_ENFORCED = "enforce_security_group_inbound_rules_on_private_link_traffic"


@dataclass(frozen=True, slots=True)
class Door:
    """An interface of an endpoint that leads to a load balancer; `because` says why it may not.

    `enforced` says whether the load balancer's groups see what comes in by it.
    """

    interface: Placed
    balancer: str
    because: tuple[Unknown, ...] = ()
    enforced: bool = True


def doors(found: Inventory, placed: Iterable[Placed]) -> list[Door]:
    """Every interface of an endpoint to a service of the same sources (AWS-39)."""
    own = [each for each in placed if each.owner.kind == ENDPOINT and not each.v6]
    return [door for each in own for door in _doors(found, each)]


def _doors(found: Inventory, interface: Placed) -> Iterator[Door]:
    endpoint = Fields.of(found.lookup.by_address[interface.owner.id], found.notes)
    for service, doubts in _services(found, endpoint):
        fields = Fields.of(service, found.notes)
        because = (*existence(service), *doubts, *_accepted(endpoint, fields))
        for leaf in fields.leaves("network_load_balancer_arns") or ():
            named, anyone = found.lookup.find(leaf, KIND), isinstance(leaf, Unknown)
            for balancer in found.lookup.of_kind(KIND) if anyone else ([named] if named else []):
                enforced = Fields.of(balancer, found.notes).text(_ENFORCED)
                unsure = tuple(each for each in (enforced, leaf) if isinstance(each, Unknown))
                yield Door(interface, balancer.address, (*because, *unsure), enforced in ("on", None))


def _services(found: Inventory, endpoint: Fields) -> Iterator[tuple[Resource, tuple[Unknown, ...]]]:
    """The service that an endpoint names; where the name is unknown, every one, perhaps."""
    leaf = endpoint.leaf("service_name")
    service = found.lookup.find(leaf, SERVICE)
    for each in found.lookup.of_kind(SERVICE):
        if each is service or (isinstance(leaf, str) and each.attributes.get("service_name") == leaf):
            yield each, ()
        elif isinstance(leaf, Unknown):
            yield each, (leaf,)


def _accepted(endpoint: Fields, service: Fields) -> tuple[Unknown, ...]:
    """Why a connection may wait for being accepted."""
    if service.flag("acceptance_required") is False or endpoint.flag("auto_accept") is True:
        return ()
    return (Unknown(f"whether {endpoint.resource.address} is accepted", endpoint.origin),)


def unseen(found: Inventory, links: Iterable[Link]) -> Iterator[Diagnostic]:
    """What to say of services that others than the sources may use, or whose load balancer they do not show."""
    behind: dict[str, list[str]] = {}
    for link in links:
        behind.setdefault(link.balancer.owner.id, []).append(link.target)
    for service in found.lookup.of_kind(SERVICE):
        touched = _open_to_others(found, service, behind)
        if touched is not None:
            message = f"{service.address}: consumers that the sources do not show are missing"
            origin, effect = service.origin, Effect.UNREADABLE
            yield Diagnostic(
                "AWS_NOT_MODELLED", message, Severity.WARNING, origin, effect, tuple(dict.fromkeys(touched))
            )


def _open_to_others(found: Inventory, service: Resource, behind: dict[str, list[str]]) -> list[str] | None:
    fields = Fields.of(service, found.notes)
    allowed = found.lookup.of_kind(f"{SERVICE}_allowed_principal")
    mine = [a for a in allowed if _may_name(found, Fields.of(a, found.notes), service)]
    leaves = fields.leaves("network_load_balancer_arns") or ()
    balancers = [found.lookup.find(leaf, KIND) for leaf in leaves]
    if any(each is None for each in balancers):
        return []  # nobody knows which targets: all of them
    if not mine and fields.raw("allowed_principals") in (None, []):
        return None
    names = [each.address for each in balancers if each is not None]
    return [*names, *(target for name in names for target in behind.get(name, ()))]


def _may_name(found: Inventory, fields: Fields, service: Resource) -> bool:
    leaf = fields.leaf("vpc_endpoint_service_id")
    return isinstance(leaf, Unknown) or found.lookup.find(leaf, SERVICE) is service
