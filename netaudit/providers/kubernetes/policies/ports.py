"""Ports that policies name: numbers and ranges as they are, names as the destination pod declares them.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ (read 2026-11-23)

K8S-8   A named port is resolved on the destination pod, by name and, where the rule says one, by protocol.

Not modelled: nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Unknown
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.population import Population
from netaudit.providers.kubernetes.workload import Pod

PORT_UNRESOLVED = "NP_NAMED_PORT_UNRESOLVED"
PROTOCOLS = ("TCP", "UDP", "SCTP")
_PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*")


@dataclass(frozen=True, slots=True)
class Port:
    """A range of numbers, or a name; without a protocol a name stands for the ports of every protocol."""

    protocol: str
    first: int = 0
    last: int = 65535
    name: str = ""

    def __str__(self) -> str:
        if self.name:
            return f"{self.protocol}/{self.name}" if self.protocol else f"port {self.name}"
        return str(self.traffic)

    @property
    def traffic(self) -> Traffic:
        """What its numbers stand for."""
        return Traffic.ports(self.protocol, self.first, self.last)

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """The pairs of name and protocol that it asks a pod for."""
        protocols = (self.protocol,) if self.protocol else tuple(each.lower() for each in PROTOCOLS)
        return tuple((self.name, protocol) for protocol in protocols) if self.name else ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What named ports stand for on one pod: certainly, and where one name is used twice, possibly."""

    traffic: Traffic = NO_TRAFFIC
    maybe: Traffic = NO_TRAFFIC
    because: tuple[Unknown, ...] = ()


_NOTHING = Resolved()


def resolved(pod: Pod, ports: tuple[Port, ...]) -> Resolved:
    """Named ports on a pod (K8S-8); a name that two of its containers give to different ports is open."""
    if not ports:
        return _NOTHING
    traffic = maybe = NO_TRAFFIC
    because: tuple[Unknown, ...] = ()
    for name, protocol in (asked for port in ports for asked in port.asked):
        numbers = pod.resolve(name, protocol)
        found = Traffic.union(Traffic.ports(protocol, number, number) for number in numbers)
        if len(numbers) > 1:
            maybe |= found
            because += (Unknown(f"which port of {pod.id} is called {name}", pod.origin),)
        else:
            traffic |= found
    return Resolved(traffic, maybe, because)


def resolved_among(
    members: frozenset[str], ports: tuple[Port, ...], population: Population
) -> list[tuple[Resolved, frozenset[str]]]:
    """Pods by what named ports stand for on them, sorted."""
    asked = tuple(asked for port in ports for asked in port.asked)
    found: list[tuple[Resolved, frozenset[str]]] = []
    for group in population.alike_in_ports(members, asked):
        there = resolved(population.by_id[min(group)], ports)
        if there.because:  # which names the pod
            found += [(resolved(population.by_id[member], ports), frozenset({member})) for member in group]
        else:
            found.append((there, group))
    return sorted(found, key=lambda item: (item[0].traffic, min(item[1])))


# Policies say the same few lists of ports again and again; what they mean is worked out once.


@lru_cache(maxsize=4096)
def numbered_traffic(ports: tuple[Port, ...]) -> Traffic:
    """What those of the ports that are numbers stand for."""
    return Traffic.union(port.traffic for port in ports if not port.name)


@lru_cache(maxsize=4096)
def ports_text(ports: tuple[Port, ...]) -> str:
    """Ports as they are shown in a rule's text."""
    return " ".join(str(port) for port in ports) or "any port"


def read_protocol(field: Field) -> str:
    """A protocol's name, TCP where it is absent. Raises MalformedError."""
    protocol = field.optional_text("TCP")
    if protocol not in PROTOCOLS:
        raise MalformedError(field, f"must be one of {', '.join(PROTOCOLS)}")
    return protocol.lower()


def port_name(field: Field) -> str:
    """A port's name. Raises MalformedError."""
    name = field.text()
    if len(name) > 15 or not _PORT_NAME.fullmatch(name):
        raise MalformedError(field, f"is {name[:40]!r}, which is neither a number nor a port's name")
    return name
