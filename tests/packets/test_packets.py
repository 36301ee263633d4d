"""netaudit answers about generated Terraform what a second packet walker finds in the plain facts.

The walker (`walk.py`) is written from AWS's documentation and shares nothing with netaudit; the generator writes the
facts and the Terraform apart. `NETAUDIT_ESTATES=1500` compares more estates.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from netaudit import load
from netaudit.reports.as_json import dumps, reach_json
from tests.packets import generate, terraform
from tests.packets.compare import PROTOCOLS, Found, as_found, bounded, found, representatives, within, worlds
from tests.packets.facts import Estate
from tests.packets.packet import End
from tests.packets.walk import Walker

ESTATES = int(os.environ.get("NETAUDIT_ESTATES", "60"))
PLENTY = range(60)


def asked(estate: Estate, seed: int, directory: Path) -> dict[str, Any]:
    """What netaudit says about every pair, all traffic, as `reach --format json` prints it."""
    (directory / "main.tf").write_text(terraform.text(estate, seed), encoding="utf-8")
    answer = load(directory).flows(traffic="any")
    document: dict[str, Any] = json.loads(dumps(reach_json(answer)))
    return document


def addresses(estate: Estate) -> dict[str, str]:
    """The addresses in Terraform of all that the walker asks about."""
    found = {name: f"aws_instance.{name}" for name, each in estate.machines.items() if each.of is None}
    kinds = {name: "elb" if each.kind == "classic" else "lb" for name, each in estate.balancers.items()}
    found |= {name: f"aws_{kind}.{name}" for name, kind in kinds.items()}
    return found | {name: f"aws_vpc_endpoint.{name}" for name in estate.doors}


class Doubts:
    """What nobody can tell of an estate: which addresses a gateway endpoint takes, and what an appliance passes on.

    What is behind a gateway endpoint opens no connections (`ENDPOINT_SERVICES_ONLY_ANSWER`). Whether NAT gateways use
    one AWS's pages of today do not say.
    """

    def __init__(self, estate: Estate, outside: Collection[str]) -> None:
        self._forwards = any(each.forwards for each in estate.machines.values())
        self._store = estate.lists.get("s3", ())
        self._named = any(rule.peer == "list:s3" for group in estate.groups.values() for rule in group.egress)
        self._public = {*outside, *(key for name, key in addresses(estate).items() if _is_public(estate, name))}
        self._outside = outside
        self._by_nat = any(_leads_to_services(estate, nat.subnet) for nat in estate.nats.values())

    def between(self, source: str, destination: str) -> bool:
        """Whether only the bounds can be compared."""
        to_services = self._named or destination in self._public or source in self._outside
        return self._forwards or (bool(self._store) and to_services)

    def unsaid(self, client: str | End, server: str | End) -> bool:
        """Whether not even these can."""
        return self._is_service(client) or (self._by_nat and self._is_service(server))

    def _is_service(self, end: str | End) -> bool:
        return isinstance(end, End) and any(end.lies_in(cidr, True) for cidr in self._store)


def _is_public(estate: Estate, name: str) -> bool:
    faces = [each.public for key, each in estate.machines.items() if name in (key, each.of)]
    return any(faces) or (name in estate.balancers and estate.balancers[name].public)


def _leads_to_services(estate: Estate, subnet: str) -> bool:
    """Whether the subnet's table leads to a gateway endpoint."""
    home = estate.subnets[subnet]
    table = home.table or estate.vpcs[home.vpc].main
    return table is not None and any(route.by == "endpoint" for route in estate.tables[table].routes)


def differences(estate: Estate, document: dict[str, Any]) -> list[tuple[str, str, Found, Found]]:
    """The pairs about which the walker finds something else; each address that no fact tells apart is asked."""
    walker, outside = Walker(estate), document["external"].keys()
    told = {(flow["source"], flow["destination"]): as_found(flow) for flow in document["flows"]}
    ends: dict[str, list[str | End]] = {address: [name] for name, address in addresses(estate).items()}
    ends |= {name: [End(a) for a in representatives(estate, spans)] for name, spans in document["external"].items()}
    doubts = Doubts(estate, outside)
    pairs = [(a, b) for a, b in product(ends, ends) if a != b and not {a, b} <= outside]
    return [
        (source, destination, mine, theirs)
        for source, destination in pairs
        for theirs in [told.get((source, destination), as_found({}))]
        for client, server in product(ends[source], ends[destination])
        if not doubts.unsaid(client, server)
        for mine in [found(walker, client, server)]
        if not (bounded(mine, theirs) if doubts.between(source, destination) else mine == theirs)
    ]


@pytest.mark.parametrize("seed", range(ESTATES))
def test_every_pair_protocol_and_port_boundary_agrees(seed: int, tmp_path: Path) -> None:
    """Certain, possible and one-way, between all machines and with every block outside."""
    estate = generate.estate(seed)
    assert [] == differences(estate, asked(estate, seed, tmp_path))


@pytest.mark.parametrize("seed", [seed for seed in range(ESTATES) if generate.estate(seed).databases])
def test_databases_are_bounded_in_every_world(seed: int, tmp_path: Path) -> None:
    """Wherever a database turns out to be: what is certain holds, and what holds was possible."""
    estate = generate.estate(seed)
    document = asked(estate, seed, tmp_path)
    told = {(flow["source"], flow["destination"]): as_found(flow) for flow in document["flows"]}
    parties = {f"aws_instance.{name}": name for name, each in estate.machines.items() if each.of is None}
    parties |= {f"aws_db_instance.{name}": name for name in estate.databases}
    for world in worlds(estate):
        walker = Walker(world)
        for a, b in ((a, b) for a in parties for b in parties if a != b and "aws_db_instance" in a + b):
            here, bounds = found(walker, parties[a], parties[b]), told.get((a, b), as_found({}))
            for protocol in PROTOCOLS:
                certain, possible = bounds["certain"].get(protocol, []), bounds["possible"].get(protocol, [])
                assert within(certain, here["certain"].get(protocol, [])), (a, b, protocol)
                assert within(here["possible"].get(protocol, []), possible), (a, b, protocol)


def proxies(estate: Estate) -> list[str]:
    """The load balancers that end connections."""
    return [name for name, each in estate.balancers.items() if each.kind != "network"]


@pytest.mark.parametrize("seed", [seed for seed in range(ESTATES) if proxies(generate.estate(seed))])
def test_what_a_proxy_hands_on_is_two_connections(seed: int, tmp_path: Path) -> None:
    """From a machine to a listener, and from the load balancer to a target of it in an enabled zone.

    Where nothing is registered, a controller may register anybody.
    """
    estate = generate.estate(seed)
    (tmp_path / "main.tf").write_text(terraform.text(estate, seed), encoding="utf-8")
    answer = load(tmp_path).flows(relation="forwarded", traffic="any")
    told: dict[tuple[str, ...], Counter[str]] = {}
    for flow in json.loads(dumps(reach_json(answer)))["flows"]:
        for name, ranges in as_found(flow).items() if flow.get("through") else ():
            ports = told.setdefault((flow["source"], *flow["through"], flow["destination"]), Counter())
            ports.update(f"{name} {port}" for low, high in ranges.get("tcp", []) for port in range(low, high + 1))
    walker, where, machines = Walker(estate), addresses(estate), [k for k, m in estate.machines.items() if m.of is None]
    unsure = "s3" in estate.lists or any(each.forwards for each in estate.machines.values())
    empty = {name for name in proxies(estate) if not all(estate.pools[key].machines for key in _pools(estate, name))}
    for client, proxy, server in product(machines, proxies(estate), machines):
        if client != server:
            theirs = set(told.get((where[client], where[proxy], where[server]), ()))
            mine = handed_on(walker, client, proxy, server)
            assert unsure or proxy in empty or theirs == mine, (client, proxy, server)


def _pools(estate: Estate, name: str) -> list[str]:
    return [key for listener in estate.balancers[name].listeners for key in listener.pools]


def handed_on(walker: Walker, client: str, proxy: str, server: str) -> set[str]:
    """The target's ports, for each of the two bounds."""
    estate, balancer = walker.estate, walker.estate.balancers[proxy]
    arriving, leaving = found(walker, client, proxy), found(walker, proxy, server)
    zones = {estate.subnets[key].zone for key in balancer.subnets}
    home = estate.subnets[balancer.subnets[0]].vpc
    answer: set[str] = set()
    for listener, pool in ((each, estate.pools[key]) for each in balancer.listeners for key in each.pools):
        targets = [each for each in pool.machines if server in (each, estate.machines[each].of)]
        places = [estate.subnets[estate.machines[each].subnet] for each in targets]
        if any(place.zone in zones or place.vpc != home for place in places):
            ends = ((arriving, listener.port), (leaving, pool.port))
            both = [n for n in ("certain", "possible") if all(_has(end[n].get("tcp", []), port) for end, port in ends)]
            answer |= {f"{name} {pool.port}" for name in both}
    return answer


def _has(ranges: list[list[int]], port: int) -> bool:
    return any(low <= port <= high for low, high in ranges)


def test_the_comparison_is_not_blind(tmp_path: Path) -> None:
    """Facts that say another thing than the Terraform are told apart: here, machines without public addresses."""
    estate = next(e for e in map(generate.estate, PLENTY) if _kinds(e)["public"])
    seed = next(seed for seed in PLENTY if generate.estate(seed) == estate)
    hidden = {name: replace(each, public=False) for name, each in estate.machines.items()}
    assert differences(replace(estate, machines=hidden), asked(estate, seed, tmp_path))


def test_the_generated_estates_have_every_kind_of_way() -> None:
    """By peering, transit gateway, NAT gateway and public address, of both families, certain, possible and one-way.

    And through network load balancers, in the client's name and in their own, by themselves and by PrivateLink; and
    past an appliance.
    """
    kinds = sum((_kinds(generate.estate(seed)) for seed in PLENTY), Counter[str]())
    wanted = {"peering", "transit", "nat", "public", "six", "certain", "unsure", "one_way"}
    wanted |= {"handed on", "in its own name", "private link", "appliance"}
    assert wanted == {kind for kind in wanted if kinds[kind]}


def _kinds(estate: Estate) -> Counter[str]:
    """How many pairs of machines, or a machine and the outside, have a flow of some kind."""
    walker, kinds = Walker(estate), Counter[str]()
    ends: list[str | End] = [*(name for name, each in estate.machines.items() if each.of is None), End("192.0.2.77")]
    for client, server in ((a, b) for a in ends for b in ends if a != b):
        answer = found(walker, client, server)
        kinds["certain"] += bool(answer["certain"])
        kinds["unsure"] += answer["certain"] != answer["possible"]
        kinds["one_way"] += bool(answer["one_way"])
        for path, _ in walker.journeys(client, server) if answer["possible"] else ():
            kinds["nat"] += bool(path.natted)
            kinds["appliance"] += any(name in estate.machines for name, _, _ in path.natted)
            kinds["transit"] += bool(path.entries)
            kinds["six"] += path.source.six
            kinds["public"] += path.source.face is not None and isinstance(server, str)
            by = walker.estate.machines.get((path.opened[1].owner or path.opened[1].face or "") if path.opened else "")
            passed = by is not None and by.of is not None and by.of != server
            kinds["handed on"] += passed
            kinds["in its own name"] += passed and path.source.behind is None
            kinds["private link"] += by is not None and by.of in estate.doors and by.of != server
            kinds["peering"] += not path.entries and path.source.face is None and _apart(estate, client, server)
    return kinds


def _apart(estate: Estate, *ends: str | End) -> bool:
    """Whether two machines are in two VPCs."""
    machines = (estate.machines[each] for each in ends if isinstance(each, str))
    return len({estate.subnets[each.subnet].vpc for each in machines}) == 2
