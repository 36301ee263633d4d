"""Address arithmetic (TF-61)."""

from __future__ import annotations

import ipaddress
import re

from netaudit.sources.terraform.functions.registry import UnsettledError, strict
from netaudit.sources.terraform.types import STRING, list_of
from netaudit.sources.terraform.values import Deferred, EvaluationError, Seq, Value

_CIDR = re.compile(r"([0-9a-fA-F.:]+)/([0-9]+)")
_ZEROS = re.compile(r"(?<![0-9a-fA-F:.])0+(?=[0-9]+\.)|(?<=\.)0+(?=[0-9])")  # 010.0.0.0 is read as 10.0.0.0

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> Network:
    """The block that a prefix lies in; host bits are dropped. Raises `EvaluationError`."""
    found = _CIDR.fullmatch(text)
    if found is None:
        raise EvaluationError("that is not a CIDR block")
    address, length = _ZEROS.sub("", found[1]), found[2]
    try:
        network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        raise EvaluationError("that is not a CIDR block") from None
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise UnsettledError("an IPv4 block written as IPv6")
    return network


def _at(network: Network, base: int, length: int) -> Network:
    kind = ipaddress.IPv4Network if network.version == 4 else ipaddress.IPv6Network
    return kind((base, length))


@strict("cidrsubnet", "string", "whole", "integer", result=STRING)
def _cidrsubnet(prefix: str, bits: int, number: int) -> Value:
    network = _network(prefix)
    if bits < 0 or number < 0:
        return Deferred("cidrsubnet with a negative number", None, STRING)  # Terraform's own answer is no subnet
    length = network.prefixlen + bits
    if length > network.max_prefixlen:
        raise EvaluationError(f"there is no room for {bits} more bits in a /{network.prefixlen}")
    if number >= 1 << bits:
        raise EvaluationError(f"{bits} more bits do not hold the network number {number}")
    size = network.max_prefixlen - length
    return str(_at(network, int(network.network_address) + (number << size), length))


@strict("cidrsubnets", "string", rest="whole", result=list_of(STRING))
def _cidrsubnets(prefix: str, *bits: int) -> Value:
    network = _network(prefix)
    position, end = int(network.network_address), int(network.broadcast_address) + 1
    blocks = []
    for more in bits:
        length = network.prefixlen + more
        if more < 1 or length > network.max_prefixlen:
            raise EvaluationError(f"there is no room for {more} more bits in a /{network.prefixlen}")
        size = 1 << (network.max_prefixlen - length)
        position = -(-position // size) * size
        if position + size > end:
            raise EvaluationError("the subnets do not fit into the block")
        blocks.append(str(_at(network, position, length)))
        position += size
    return Seq("list", tuple(blocks))


@strict("cidrhost", "string", "integer", result=STRING)
def _cidrhost(prefix: str, number: int) -> Value:
    network = _network(prefix)
    position = number if number >= 0 else network.num_addresses + number
    if not 0 <= position < network.num_addresses:
        raise EvaluationError(f"a /{network.prefixlen} does not hold the host number {number}")
    return str(network[position])


@strict("cidrnetmask", "string", result=STRING)
def _cidrnetmask(prefix: str) -> Value:
    network = _network(prefix)
    if network.version == 6:
        raise EvaluationError("IPv6 has no netmasks")
    return str(network.netmask)
