"""VPC Block Public Access of a snapshot: what closes internet gateways whatever their routes say.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessOptions.html (read 2026-11-27)

The options hold for one account and Region. Where a snapshot may hold another one, or lacks the exclusions, nobody
knows what they close: it is neither open nor shut.
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import Resource, Unknown, Value
from netaudit.sources.snapshot.item import resource
from netaudit.sources.snapshot.shelf import Shelf

_KIND, _KEY = "aws_vpc_block_public_access", "VpcBlockPublicAccessOptions"
_EXCLUSIONS = "VpcBlockPublicAccessExclusions"


def read(shelf: Shelf) -> Iterator[Resource]:
    """The options where they close anything, and what they spare."""
    told = list(shelf.single(_KEY))
    closing = [item for item in told if item.text("InternetGatewayBlockMode") != "off"]
    exclusions = [item for item in shelf.of(_EXCLUSIONS) if not item.text("State").startswith("delete")]
    if not closing:
        return
    first = closing[0]
    whole = len(told) == 1 and _regions(shelf) == {first.text("AwsRegion")} and shelf.knows(_EXCLUSIONS)
    reason = Unknown("where VPC Block Public Access holds, which the snapshot does not tell", first.origin)
    mode: Value = first.get("InternetGatewayBlockMode") if whole else reason
    yield resource(f"{_KIND}_options", first, "block-public-access", {"internet_gateway_block_mode": mode})
    for item in exclusions:
        spared = item.text("ResourceArn").rpartition("/")[2]
        name = "subnet_id" if spared.startswith("subnet-") else "vpc_id"
        attributes = {name: spared, "internet_gateway_exclusion_mode": item.get("InternetGatewayExclusionMode")}
        yield resource(f"{_KIND}_exclusion", item, item.text("ExclusionId"), attributes)


def _regions(shelf: Shelf) -> set[str]:
    """The Regions of all subnets, by the names of their zones; empty text for one that is not told."""
    return {item.text("AvailabilityZone")[:-1] for item in shelf.of("Subnets")}
