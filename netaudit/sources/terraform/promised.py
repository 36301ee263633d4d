"""Values that the text does not hold, where the provider's pages promise their shape.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/networkfirewall_firewall (read 2026-11-27)

A Network Firewall's `firewall_status` has one member of the set `sync_states` for each `subnet_mapping`, with the
subnet's id and the endpoint there. Which endpoint that is then follows from the subnet, however it is picked.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/availability_zones (read 2026-11-27)

`names` and `zone_ids` list each zone once. Which zones these are and how many, is not told.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html (read 2026-11-27)

The name of a zone, local ones and those of carriers too, begins with that of its Region.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/launch_template (read 2026-11-27)

A launch template has a latest version and a default one, always.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netaudit.model import Ref
from netaudit.sources.terraform.values import Deferred, Map, Seq, Value, from_model

BLOCKS = {("aws_networkfirewall_firewall", "firewall_status"): "subnet_mapping"}  # by which blocks a value is shaped

NUMBERS = {("aws_launch_template", "default_version"), ("aws_launch_template", "latest_version")}  # never null
_LISTS_OF_DIFFERENT = {("aws_availability_zones", "names"), ("aws_availability_zones", "zone_ids")}


def is_list_of_different(kind: str, name: str) -> bool:
    """Whether an attribute of a data source is a list whose members are texts that all differ."""
    return (kind, name) in _LISTS_OF_DIFFERENT


def prefix_of_members(kind: str, name: str, region: Value) -> str:
    """What each member of such a list begins with, in a Region; empty where that is not known."""
    return region if (kind, name) == ("aws_availability_zones", "names") and isinstance(region, str) else ""


def shaped(address: str, name: str, blocks: Any) -> Value | None:
    """The value of a computed attribute, by the blocks that shape it; None where these are not all known."""
    if not isinstance(blocks, list) or not blocks:
        return None
    written = [block.get("subnet_id") if isinstance(block, Mapping) else None for block in blocks]
    mapped = [subnet for subnet in written if isinstance(subnet, str | Ref)]
    if len(mapped) != len(written):
        return None
    more = Deferred(f"{address}.{name} (known after apply)")
    states = [_state(Ref(address, ("subnet_mapping", index)), subnet) for index, subnet in enumerate(mapped)]
    status = {"sync_states": Seq("set", tuple(states), ordered=len(states) == 1)}
    return Seq("list", (Map("object", status, more),))


def _state(mapping: Ref, subnet: str | Ref) -> Value:
    endpoint = Ref(mapping.address, (*mapping.path, "endpoint_id"))
    attachment = {"endpoint_id": from_model(endpoint), "subnet_id": from_model(subnet)}
    more = Deferred(f"{mapping} (known after apply)")
    zone = Deferred(f"the zone of {mapping} (known after apply)")
    attachments = Seq("list", (Map("object", attachment, more),))
    return Map("object", {"attachment": attachments, "availability_zone": zone}, more)
