"""Exact sets of addresses, of traffic, and of pairs of them. Knows integers, nothing else."""

from netaudit.flows.addresses import ANYWHERE, IPV4, IPV6, NOT_PUBLIC, NOWHERE, PUBLIC, AddressSet
from netaudit.flows.intervals import IntervalSet
from netaudit.flows.product import Product
from netaudit.flows.traffic import ANY, CLAIMED, NO_TRAFFIC, SCTP, TCP, UDP, Traffic, protocol_of

__all__ = [
    "ANY",
    "ANYWHERE",
    "CLAIMED",
    "IPV4",
    "IPV6",
    "NOT_PUBLIC",
    "NOWHERE",
    "NO_TRAFFIC",
    "PUBLIC",
    "SCTP",
    "TCP",
    "UDP",
    "AddressSet",
    "IntervalSet",
    "Product",
    "Traffic",
    "protocol_of",
]
