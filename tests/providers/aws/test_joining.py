"""Sources of one network: by the ids that AWS gives, or by what an assumptions file calls the same thing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import netaudit
from netaudit.engine.solve import Reachability
from netaudit.errors import RuleFileError
from netaudit.flows import CLAIMED
from netaudit.model import Join, Network, Reading, Resource, Settings, Unknown
from netaudit.providers import aws
from tests.providers.aws.building import allow, group, reading, ref, resource, subnet, vpc

PEERING, ACCEPTER = "aws_vpc_peering_connection", "aws_vpc_peering_connection_accepter"
GATEWAY = "aws_ec2_transit_gateway"


def member(block: str, *more: Resource, **ids: Any) -> tuple[Resource, ...]:
    """A VPC with one instance, open to everything."""
    everything = [allow(cidr_blocks=["0.0.0.0/0"])]
    return (
        vpc(block=f"{block}.0.0/16", **ids),
        subnet("a", f"{block}.1.0/24"),
        group("g", everything),
        resource("aws_instance.i", subnet_id=ref("aws_subnet.a"), vpc_security_group_ids=[ref("aws_security_group.g")]),
        *more,
    )


def leads(block: str, key: str, target: Any) -> Resource:
    """A route in the main table of a member."""
    table = ref("aws_vpc.main", "main_route_table_id")
    return resource("aws_route.over", route_table_id=table, destination_cidr_block=block, **{key: target})


def requester(peer: Any, **more: Any) -> tuple[Resource, ...]:
    """The side that asks for the peering."""
    asks = resource(f"{PEERING}.hub", vpc_id=ref("aws_vpc.main"), peer_vpc_id=peer, **more)
    return member("10.1", asks, leads("10.0.0.0/16", "vpc_peering_connection_id", ref(f"{PEERING}.hub")))


def accepter(**more: Any) -> tuple[Resource, ...]:
    """The side that accepts it."""
    takes = resource(f"{ACCEPTER}.prod", auto_accept=True, **more)
    return member("10.0", takes, leads("10.1.0.0/16", "vpc_peering_connection_id", ref(f"{ACCEPTER}.prod")))


def sources(**found: Sequence[Resource]) -> list[Reading]:
    """Named sources."""
    return [reading(*resources, name=name, named=True) for name, resources in found.items()]


def network(readings: Sequence[Reading], *joins: tuple[str, ...]) -> Network:
    """What they mean, joined."""
    return aws.build(aws.joined(readings, [Join(ids, "assume.yaml:7") for ids in joins]), Settings())


def flows(found: Network) -> dict[tuple[str, str], tuple[str, str]]:
    """Both bounds between all endpoints."""
    solved = Reachability(found)
    pairs = ((a, b) for a in found.endpoints for b in found.endpoints if a is not b)
    told = {(a.id, b.id): solved.bounds(a, b) & CLAIMED for a, b in pairs}
    return {pair: (str(each.certain), str(each.possible)) for pair, each in told.items() if each.possible}


HERE, THERE = "hub::aws_instance.i", "prod::aws_instance.i"
EVERYTHING = ("tcp udp sctp", "tcp udp sctp")
BOTH_WAYS = {(HERE, THERE): EVERYTHING, (THERE, HERE): EVERYTHING}
SAME = (f"prod::{PEERING}.hub", f"hub::{ACCEPTER}.prod")
ELSEWHERE = Unknown("var.hub_vpc")


def test_sources_that_nothing_joins_are_not_joined() -> None:
    """Nothing is said between them."""
    assert network(sources(hub=accepter(), prod=requester(ELSEWHERE))).not_joined == (("hub", "prod"),)


def test_a_peering_joined_to_its_accepter() -> None:
    """The VPC whose table leads to the accepter's peering is the peer, and routes on both sides count."""
    found = network(sources(hub=accepter(), prod=requester(ELSEWHERE)), SAME)
    assert (BOTH_WAYS, ()) == (flows(found), found.not_joined)


def test_a_joined_peering_needs_routes_on_both_sides() -> None:
    """Without the way back TCP has no reply, and the accepter's side cannot begin."""
    silent = [each for each in accepter() if each.kind != "aws_route"]
    same = ("prod::var.hub_vpc", "hub::aws_vpc.main")
    found = network(sources(hub=silent, prod=requester(ELSEWHERE)), SAME, same)
    assert flows(found) == {(THERE, HERE): ("udp sctp", "udp sctp")}


def test_a_joined_peering_that_nobody_accepts_is_possible() -> None:
    """As within one source (AWS-32)."""
    looks = [
        resource(f"data.{PEERING}.prod"),
        leads("10.1.0.0/16", "vpc_peering_connection_id", ref(f"data.{PEERING}.prod")),
    ]
    same = (f"prod::{PEERING}.hub", f"hub::data.{PEERING}.prod")
    found = network(sources(hub=member("10.0", *looks), prod=requester(ELSEWHERE)), same)
    assert {("nothing", "tcp udp sctp")} == set(flows(found).values())


def test_an_open_value_joined_to_what_it_stands_for() -> None:
    """A variable, or a value of remote state, may name a thing of another source."""
    same = ("prod::var.hub_vpc", "hub::aws_vpc.main")
    assert BOTH_WAYS == flows(network(sources(hub=accepter(), prod=requester(ELSEWHERE)), same, SAME))


def attached(block: str, other: str, gateway: Any, *more: Resource) -> tuple[Resource, ...]:
    """A member that is attached to a gateway, and leads there."""
    link = resource(
        f"{GATEWAY}_vpc_attachment.a",
        transit_gateway_id=gateway,
        vpc_id=ref("aws_vpc.main"),
        subnet_ids=[ref("aws_subnet.a")],
    )
    return member(block, link, leads(f"{other}.0.0/16", "transit_gateway_id", gateway), *more)


def test_a_shared_transit_gateway() -> None:
    """One source declares it, the other one looks it up."""
    shared, seen = resource(f"{GATEWAY}.this"), resource(f"data.{GATEWAY}.this")
    hub = attached("10.0", "10.1", ref(f"{GATEWAY}.this"), shared)
    prod = attached("10.1", "10.0", ref(f"data.{GATEWAY}.this"), seen)
    found = network(sources(hub=hub, prod=prod), (f"hub::{GATEWAY}.this", f"prod::data.{GATEWAY}.this"))
    assert flows(found) == BOTH_WAYS


def test_overlaps_are_seen_across_sources() -> None:
    """AWS refuses the peering of VPCs that share addresses (AWS-30), whichever source they are in."""
    hub = [vpc(block="10.1.0.0/16") if each.kind == "aws_vpc" else each for each in accepter()]
    found = network(sources(hub=hub, prod=requester(ELSEWHERE)), SAME)
    assert "AWS_PEERING_OVERLAP" in {each.code for each in found.diagnostics}


def test_joined_sources_mean_what_one_source_means() -> None:
    """Two sources, or one that holds the resources of both under the same ids."""
    both = aws.joined(sources(hub=accepter(), prod=requester(ELSEWHERE)), [Join(SAME)])
    whole = [each for source in both for each in source.resources]
    assert flows(network([reading(*whole)])) == BOTH_WAYS


# ---- by the ids of AWS ---------------------------------------------------------------------------------


def test_ids_of_aws_join_by_themselves() -> None:
    """A literal that is the id of a thing in another source names that thing."""
    hub = member("10.0", leads("10.1.0.0/16", "vpc_peering_connection_id", "pcx-0c3"), id="vpc-0a1")
    prod = requester("vpc-0a1", id="pcx-0c3", accept_status="active")
    assert flows(network(sources(hub=hub, prod=prod))) == BOTH_WAYS


def test_what_two_sources_describe_is_one_thing() -> None:
    """Both accounts describe their peering: it is not doubled."""
    both = [resource(f"{PEERING}.p", id="pcx-0c", vpc_id="vpc-0a", peer_vpc_id="vpc-0b", accept_status="active")]
    hub = member("10.0", leads("10.1.0.0/16", "vpc_peering_connection_id", "pcx-0c"), *both, id="vpc-0b")
    prod = member("10.1", leads("10.0.0.0/16", "vpc_peering_connection_id", "pcx-0c"), *both, id="vpc-0a")
    assert flows(network(sources(hub=hub, prod=prod))) == BOTH_WAYS


def test_sources_of_one_network_without_names_stay_apart() -> None:
    """Two sources that give one id to two things are not mixed up: nothing is said between them."""
    hub = reading(*member("10.0", id="vpc-0b"), name="hub")
    prod = reading(*member("10.1", resource("aws_subnet.x", vpc_id="vpc-0b"), id="vpc-0a"), name="prod")
    assert network([hub, prod]).not_joined == (("hub", "prod"),)


# ---- what cannot be joined -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (("prod::aws_vpc.nope", "hub::aws_vpc.main"), "'prod::aws_vpc.nope' is no resource of AWS"),
        (("prod::aws_vpc.main", "hub::aws_subnet.a"), "aws_subnet and aws_vpc cannot be the same thing"),
        (("prod::var.hub_vpc", "prod::var.hub_vpc"), "none of the ids is a resource of AWS"),
    ],
)
def test_a_join_that_means_nothing_is_an_error(ids: tuple[str, ...], message: str) -> None:
    """With the line that says so."""
    with pytest.raises(RuleFileError, match=message) as told:
        network(sources(hub=accepter(), prod=requester(ELSEWHERE)), ids)
    assert told.value.place == "assume.yaml:7"


def test_the_line_of_a_join_in_its_file(tmp_path: Path) -> None:
    """From the file to the error."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text('resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n')
    assume = tmp_path / "assume.yaml"
    assume.write_text("region: eu-west-1\njoin:\n  - [aws_vpc.main, aws_vpc.main]\n  - [aws_vpc.main, aws_vpc.nope]\n")
    with pytest.raises(RuleFileError) as told:
        netaudit.load(tmp_path / "infra", assume=assume)
    assert told.value.place == f"{assume}:4"
