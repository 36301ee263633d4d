"""What a snapshot lacks is unknown: an answer that was not asked for, or a key that was not printed, closes nothing."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Effect, Reading

from .test_snapshot import (
    PAIR,
    PEERED,
    TRANSIT,
    balancer,
    bounds,
    exactly,
    ids,
    linked,
    meaning,
    read,
    ruled,
    stored,
    without,
)

__all__ = ["read"]  # the fixture

Keys = tuple[str, ...]


def keys(value: Any, above: Keys = ()) -> Iterator[Keys]:
    """Every key of every object, by the keys above it."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield (*above, key)
            yield from keys(each, (*above, key))
    elif isinstance(value, list):
        for each in value:
            yield from keys(each, above)


def drop(value: Any, path: Keys) -> None:
    """Take a key out of every object that has it there."""
    if isinstance(value, list):
        for each in value:
            drop(each, path)
    elif isinstance(value, dict) and len(path) == 1:
        value.pop(path[0], None)
    elif isinstance(value, dict) and path[0] in value:
        drop(value[path[0]], path[1:])


Flows = dict[tuple[str, str], Bounds]


def answered(reading: Reading) -> tuple[Flows, set[str]]:
    """Both bounds of all pairs, direct and handed on by load balancers; and what is told to be unreadable."""
    network = meaning(reading)
    solved = Reachability(network)
    ends = network.endpoints
    found = {(a.id, b.id): solved.bounds(a, b) & CLAIMED for a in ends for b in ends if a.id != b.id}
    for each in network.forwards:
        dialled = Bounds(each.dials - each.dials if each.because else each.dials, each.dials)
        key = f"{each.proxy} forwards", each.target
        found[key] = found[key] | dialled if key in found else dialled
    notes = (*reading.diagnostics, *network.diagnostics)
    return found, {each.message for each in notes if each.effect is Effect.UNREADABLE}


def wrong(whole: Flows, less: Flows) -> list[tuple[str, str]]:
    """Pairs that are closed, or more certain, where less is known. An endpoint may be missing or have another name."""
    ends = {each for pair in less for each in pair}
    nothing = Bounds(Traffic.nothing(), Traffic.nothing())
    kept = {
        pair: found for pair, found in whole.items() if pair[0].removesuffix(" forwards") in ends and pair[1] in ends
    }
    now = {pair: less.get(pair, nothing) for pair in kept}
    return [p for p, was in kept.items() if not (was.possible <= now[p].possible and now[p].certain <= was.certain)]


WHOLE: dict[str, dict[str, Any]] = {
    "pair": PAIR,
    "peered": PEERED,
    "transit": TRANSIT,
    "linked": linked(PAIR),
    "stored": stored(),
    "network balancer": balancer("network"),
    "application balancer": ruled(),
}
# What the API leaves out where there is none: an attachment without it is associated with no table.
SAYS_NONE = {("TransitGatewayAttachments", "Association")}


@pytest.mark.parametrize("name", WHOLE)
def test_a_key_that_was_not_printed_closes_nothing(read: Any, name: str) -> None:
    """Without any one key of its objects, a snapshot is wider, or told to be unreadable: never closed, never surer."""
    whole, told = answered(read(WHOLE[name]))
    for path in sorted({*keys(WHOLE[name])} - SAYS_NONE):
        document = copy.deepcopy(WHOLE[name])
        drop(document, path)
        less, notes = answered(read(document))
        assert (path, []) == (path, [] if notes - told else wrong(whole, less))


def test_aws_33_attachments_of_another_accounts_gateway_have_some_table(read: Any) -> None:
    """The owner of a VPC sees neither a shared gateway's tables nor which of them its own attachment has."""
    bare = [without(each, "Association") for each in TRANSIT["TransitGatewayAttachments"]]
    seen = {**TRANSIT, "TransitGatewayAttachments": bare, "TransitGatewayRouteTables": []}
    found = bounds(read(without(seen, "TransitGatewayPropagations", "TransitGatewayStaticRoutes")), "i-a", "i-c")
    assert ("nothing", "tcp udp sctp") == (str(found.certain), str(found.possible))


def test_aws_33_attachments_without_a_table_beside_tables_have_none(read: Any) -> None:
    """The gateway's owner sees every association."""
    bare = [without(each, "Association") for each in TRANSIT["TransitGatewayAttachments"]]
    assert exactly(read({**TRANSIT, "TransitGatewayAttachments": bare}), "i-a", "i-c") == "nothing"


# ---- what comes or goes -------------------------------------------------------------------------------


def in_state(whole: dict[str, Any], key: str, state: str) -> dict[str, Any]:
    """A snapshot with all things of a kind in some state."""
    return {**whole, key: [{**each, "State": state} for each in whole[key]]}


@pytest.mark.parametrize(
    ("state", "certain", "possible"),
    [
        ("available", "tcp udp sctp", "tcp udp sctp"),
        ("modifying", "tcp udp sctp", "tcp udp sctp"),
        ("pendingAcceptance", "nothing", "tcp udp sctp"),
        ("rollingBack", "nothing", "tcp udp sctp"),
    ],
)
def test_aws_33_an_attachment_that_only_comes_is_possible(read: Any, state: str, certain: str, possible: str) -> None:
    """What is being made, or waits for its other side, may work tomorrow."""
    found = bounds(read(in_state(TRANSIT, "TransitGatewayVpcAttachments", state)), "i-a", "i-c")
    assert (certain, possible) == (str(found.certain), str(found.possible))


@pytest.mark.parametrize(("state", "certain"), [("attached", "tcp udp sctp"), ("attaching", "nothing")])
def test_aws_25_an_internet_gateway_that_is_being_attached_is_possible(read: Any, state: str, certain: str) -> None:
    """Nothing over it is certain before it is attached."""
    gateway = {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": state}]}
    found = bounds(read({**linked(PAIR), "InternetGateways": [gateway]}), "internet", "i-a")
    assert (certain, "tcp udp sctp") == (str(found.certain), str(found.possible))


@pytest.mark.parametrize("state", ["Deleted", "deleting", "Failed"])
def test_states_are_written_in_either_case(read: Any, state: str) -> None:
    """The API documents states of endpoints with capitals, and prints them without."""
    endpoint = {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "SubnetIds": ["subnet-a"]}
    assert {"i-a", "i-b"} == ids(read({**PAIR, "VpcEndpoints": [{**endpoint, "State": state}]}))
