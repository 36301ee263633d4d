"""Peers that several policy kinds share: pods by selector, and blocks of addresses.

https://kubernetes.io/docs/concepts/services-networking/network-policies/ (read 2026-11-23)

K8S-6   An `ipBlock` is about addresses outside the cluster; whether it matches pods is not defined.
K8S-13  A pod on the node's network may be matched by selectors, or only by its node's address.

A peer becomes one or more `Lowered`: the exact part first, then what only may match, with the reasons.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from netaudit.flows import AddressSet
from netaudit.model import Origin, Peers, Unknown
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.population import Members, Population
from netaudit.providers.kubernetes.selectors import Selector

IPBLOCK_UNDEFINED = "NP_IPBLOCK_POD_UNDEFINED"
HOST_NETWORK_UNDEFINED = "HOST_NETWORK_UNDEFINED"


@dataclass(frozen=True, slots=True)
class SelectorPeer:
    """Pods picked by labels; `namespaces` None means the policy's own namespace, `pods` None all pods there."""

    namespaces: Selector | None
    pods: Selector | None

    def __str__(self) -> str:
        words = []
        if self.namespaces is not None:
            words.append(f"namespaces {self.namespaces}" if self.namespaces.requirements else "any namespace")
        if self.pods is not None:
            words.append(f"pods {self.pods}" if self.pods.requirements else "any pod")
        return " and ".join(words)


@dataclass(frozen=True, slots=True)
class IpBlock:
    """A block of addresses less its holes; `text` is as written."""

    addresses: AddressSet
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Lowered:
    """A part of a peer: who it is, and why it may not be so."""

    peers: Peers
    because: tuple[Unknown, ...] = ()
    code: str = ""


def pod_peers(picked: Members, population: Population, origin: Origin) -> Iterator[Lowered]:
    """The pods that a selector picks; those on the node's network as the setting says (K8S-13)."""
    host = population.host_ids
    if not host and picked.certain is picked.possible:  # by far the most
        yield Lowered(Peers(members=picked.certain))
        return
    certain = picked.certain - host
    if certain or not picked.possible - host:  # a peer that picks nobody is still a rule to speak of
        yield Lowered(Peers(members=population.same(certain)))
    if unsure := picked.unsure - host:
        yield Lowered(Peers(members=population.same(unsure)), picked.doubts)
    if population.settings.kubernetes_host_network == "unknown" and (undefined := picked.possible & host):
        because = (host_network_unknown(origin),)
        yield Lowered(Peers(members=population.same(undefined)), because, HOST_NETWORK_UNDEFINED)


def block_peers(block: AddressSet, population: Population, matches: str, origin: Origin) -> Iterator[Lowered]:
    """What a block matches: addresses outside the cluster, and pods as `matches` says.

    `matches` is `never`, `by-address` or `unknown` (K8S-6). Pods on the node's network are matched by their
    node's address unless they are pods like others.
    """
    yield Lowered(Peers(addresses=block, exempt=population.located))
    if matches == "by-address":
        yield from _by_address(population.in_block(block, population.off_host), population)
    elif matches == "unknown" and (possible := population.in_block(block, population.off_host).possible):
        because = (Unknown("kubernetes.ipblock_matches_pods", origin),)
        yield Lowered(Peers(members=population.same(possible)), because, IPBLOCK_UNDEFINED)
    if matches != "never" and population.strangers:
        yield Lowered(Peers(members=population.strangers), (Unknown("the address of some pod", origin),))
    nodes = population.in_block(block, population.on_host)
    if population.settings.kubernetes_host_network == "node":
        yield from _by_address(nodes, population)
    elif nodes.possible:
        yield Lowered(Peers(members=nodes.possible), (host_network_unknown(origin),), HOST_NETWORK_UNDEFINED)


def _by_address(members: Members, population: Population) -> Iterator[Lowered]:
    if members.certain:
        yield Lowered(Peers(members=members.certain))
    if members.unsure:
        yield Lowered(Peers(members=population.same(members.unsure)), members.doubts)


def host_network_unknown(origin: Origin) -> Unknown:
    """The reason why pods on the node's network are neither picked nor not picked."""
    return Unknown("kubernetes.host_network", origin)


def read_cidr(field: Field) -> AddressSet:
    """An address block with its prefix length. Raises MalformedError."""
    text = field.text()
    address, slash, prefix = text.partition("/")
    try:
        ipaddress.ip_address(address)
        if not slash or not prefix.isdigit() or "%" in address:
            raise ValueError(text)  # noqa: TRY301 - one message for all ways in which it is no block
        return AddressSet.parse(text)
    except ValueError:
        raise MalformedError(field, f"is {text[:60]!r}, which is not a CIDR block") from None
