"""What a snapshot does not hold: said by name, since a network of which half is missing looks like a closed one."""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import Diagnostic, Effect, Severity
from netaudit.sources.snapshot.item import Item
from netaudit.sources.snapshot.machines import interfaces_of_services
from netaudit.sources.snapshot.network import gone
from netaudit.sources.snapshot.shelf import Shelf

# Without one of these, things are missing that flows begin or end at, or what they are filtered by. (Route tables and
# ACLs that are missing are unknown themselves; see `network` and `acls`.)
_NEEDED = {
    ("NetworkInterfaces",): "what has an interface and is no instance is missing",
    ("SecurityGroups", "SecurityGroupRules"): "what security groups let pass is not known",
    ("Subnets",): "the subnets of its interfaces are not known",
    ("Vpcs",): "the VPCs of its subnets are not known",
}
# Interfaces of services that open connections for somebody else, and the answer that shows for whom, if one does.
_FOR_OTHERS = {
    "global_accelerator_managed": ("EndpointGroups", "what an accelerator brings in"),
    "ec2_instance_connect_endpoint": ("InstanceConnectEndpoints", "what users of an Instance Connect Endpoint reach"),
    "api_gateway_managed": ("", "what clients of an API reach by its VPC link"),
}


def gaps(shelf: Shelf) -> Iterator[Diagnostic]:
    """Answers that each account and Region lacks, load balancers without a list of them, and lists cut short."""
    served = interfaces_of_services(shelf)
    for (account, region), first in shelf.places().items():
        place = " ".join(str(part) for part in (account, region) if part)
        for keys, meaning in _NEEDED.items():
            if not any(shelf.has(key, first.settings) for key in keys):
                yield _incomplete(first, f"no '{keys[0]}'{f' of {place}' if place else ''}: {meaning}")
    for item in shelf.of("NetworkInterfaces"):
        if item.text("Description").startswith("ELB ") and item.text("NetworkInterfaceId") not in served:
            what = f"the load balancer of {item.text('NetworkInterfaceId')} ({item.text('Description')})"
            yield _incomplete(item, f"{what} is not shown: connections through it are missing")
    yield from _for_others(shelf)
    yield from _unseen_services(shelf)
    for page, goes_on in shelf.unfinished():
        if not goes_on:
            yield _incomplete(page, "it says that more follows (NextToken), and no file holds the last page")


def _for_others(shelf: Shelf) -> Iterator[Diagnostic]:
    for item in shelf.of("NetworkInterfaces"):
        key, meaning = _FOR_OTHERS.get(item.text("InterfaceType"), ("", ""))
        if meaning and not (key and shelf.knows(key)):
            lacks = f"no '{key}': " if key else ""
            yield _incomplete(item, f"{lacks}{meaning} through {item.text('NetworkInterfaceId')} is not shown")


def _unseen_services(shelf: Shelf) -> Iterator[Diagnostic]:
    """Endpoints of services that may be of this very account, where no answer lists its services or its endpoints."""
    if not shelf.knows("ServiceConfigurations"):
        for item in shelf.of("VpcEndpoints"):
            if "vpce-svc-" in item.text("ServiceName") and not gone(item):
                what = f"the service of {item.text('VpcEndpointId')}"
                yield _incomplete(
                    item, f"no 'ServiceConfigurations': {what} is not shown, connections through it are missing"
                )
    if not shelf.knows("VpcEndpoints") and shelf.knows("ServiceConfigurations"):
        for item in shelf.of("ServiceConfigurations"):
            what = f"consumers of {item.text('ServiceId')}"
            yield _incomplete(item, f"no 'VpcEndpoints': {what} are not shown, connections through it are missing")


def _incomplete(item: Item, message: str) -> Diagnostic:
    text = f"the snapshot is not whole: {message}"
    return Diagnostic("SNAPSHOT_INCOMPLETE", text, Severity.WARNING, item.origin, Effect.UNREADABLE)
