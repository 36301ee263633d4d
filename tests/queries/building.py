"""Networks for questions: machines on one wire, each behind a group of its own, and selectors over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from netaudit.engine.solve import Reachability
from netaudit.flows import AddressSet
from netaudit.model import NO_LABELS, OUTSIDE, Endpoint, Forward, Group, Network, Origin, Rule, Unknown
from netaudit.queries.selector_syntax import address_sets, parse_selector
from netaudit.queries.selectors import Selection, Selectors
from tests.engine import building as b

WIRE = "wire"


def host(
    name: str,
    address: str = "",
    *,
    kind: str = "machine",
    names: Iterable[str] = (),
    labels: Mapping[str, str | Unknown] = NO_LABELS,
    tags: Mapping[str, str | Unknown] = NO_LABELS,
    groups: Iterable[str] = (),
    realm: str = "main",
    because: str = "",
    accepts: bool = True,
) -> Endpoint:
    """A machine with everything that a selector may look at."""
    at = b.endpoint(name, b.interface(b.party(name, address or "10.0.0.1")), because=because, realm=realm)
    return replace(
        at,
        kind=kind,
        names=tuple(names),
        labels=labels,
        tags=tags,
        groups=frozenset(groups),
        accepts=accepts,
        origin=Origin("net.tf", 7),
    )


def wired(
    machines: Iterable[Endpoint],
    ingress: Mapping[str, Iterable[Rule]],
    *,
    outside: bool = False,
    forwards: Iterable[Forward] = (),
    groups: Iterable[Group] = (),
) -> Network:
    """All machines on one wire; who may come in is told for each, and nobody comes in where nothing is told."""
    closed = b.group("sg-closed")  # one filter for all, so that these machines are alike
    filters = {name: b.group(f"sg-{name}", *rules) for name, rules in ingress.items()}
    hops = [hop for each in machines for hop in b.attach(each, WIRE, into=filters.get(each.id, closed))]
    ways = [b.hop(OUTSIDE, WIRE), b.hop(WIRE, OUTSIDE)] if outside else []
    network = b.network(*machines, *hops, *ways, owned="10.0.0.0/16")
    return replace(network, forwards=tuple(forwards), groups=tuple(groups))


def selected(network: Network, text: str, zones: Mapping[str, str] | None = None, *, strict: bool = True) -> Selection:
    """What a selector picks, with external blocks cut at it."""
    selector = parse_selector(text)
    parsed = {name: parse_selector(zone) for name, zone in (zones or {}).items()}
    cuts: set[AddressSet] = {found for each in (selector, *parsed.values()) for found in address_sets(each)}
    return Selectors(Reachability(network, cuts), parsed, strict=strict).select(selector)


def picked(network: Network, text: str, zones: Mapping[str, str] | None = None, *, strict: bool = True) -> list[str]:
    """The ids that a selector certainly picks, sorted."""
    return sorted(selected(network, text, zones, strict=strict).certain)
