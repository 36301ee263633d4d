"""AWS: what VPCs, subnets, security groups, network ACLs, routes and gateways let pass. One file per concept."""

from __future__ import annotations

from collections.abc import Sequence

from netaudit.flows import AddressSet
from netaudit.model import Join, Network, Reading, Settings

__all__ = ["build", "joined"]


def build(readings: Sequence[Reading], settings: Settings, on_premises: AddressSet | None = None) -> Network:
    """Everything of AWS in these readings as one network; an empty one where there is nothing of AWS.

    `on_premises` is what lies behind VPN and Direct Connect, where that is assumed.
    """
    if all(reading.format == "kubernetes" for reading in readings):
        return Network(endpoints=(), hops=())
    from netaudit.providers.aws import assembly  # noqa: PLC0415 - thirty files, which a run on a cluster does not need

    return assembly.build(readings, settings, on_premises)


def joined(readings: Sequence[Reading], joins: Sequence[Join]) -> Sequence[Reading]:
    """The readings, those of one network as one. Raises RuleFileError for a join of what does not exist."""
    from netaudit.providers.aws import joining  # noqa: PLC0415 - as above

    return joining.joined(readings, joins)
