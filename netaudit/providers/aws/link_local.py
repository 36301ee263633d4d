"""Services at link-local addresses are reached from every interface, past groups, ACLs and routes.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html (read 2026-11-23)
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html (read 2026-11-23)

AWS-13 Groups and ACLs do not filter the VPC's resolver, DHCP, instance and task metadata, the Time Sync Service and
       Windows licence activation. They answer at addresses of 169.254.0.0/16 and fd00:ec2::/32.

Which of them answer a certain machine depends on its metadata options, its hop limit and its operating system, so
that all of this is possible and never certain. Nobody reaches anything *from* there.

Not modelled:
- The resolver's other address, the VPC's block plus two: every address of a VPC's block is the VPC's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.flows import AddressSet
from netaudit.model import OUTSIDE, Action, End, Filter, Hop, Peers, Policy, Stage, Unknown
from netaudit.providers.aws import gates
from netaudit.providers.aws.fabric import Fabric

SERVICES = AddressSet.union([AddressSet.parse("169.254.0.0/16"), AddressSet.parse("fd00:ec2::/32")])

_WHICH = Unknown("which link-local services answer (AWS-13: neither groups nor ACLs filter them)")
_TO = Filter(
    gates.only("link-local services", Peers(addresses=SERVICES), "CANNOT_ROUTE", because=(_WHICH,)), End.DESTINATION
)
_BACK = Filter(Policy("replies of link-local services", (), Action.DENY, Stage.GATEWAY, True), End.SOURCE)


def hops(fabric: Fabric) -> Iterator[Hop]:
    """From every interface to the services, and their replies back, which pass what the interface asks of others."""
    there, back = fabric.node("link-local", "services", "out"), fabric.node("link-local", "services")
    inward = {hop.head: hop.steps for hop in fabric.hops}
    for node in dict.fromkeys(each.party.id for each in fabric.placed):
        yield Hop(node, there, (_TO,))  # so that no reply to others takes this way
        yield Hop(back, node, inward.get(node, ()))
    yield Hop(there, OUTSIDE)
    yield Hop(OUTSIDE, back, (_BACK,))
