"""Security groups of a snapshot, with rules of `describe-security-groups` and `describe-security-group-rules`.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html (read 2026-11-23)
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html (read 2026-11-27)

The second answer has every rule of a group with one peer each. What both list counts once. Of a group that both show,
a rule that only one of them has may be there or not; of one that only one shows, that one is believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from netaudit.model import Diagnostic, Effect, Resource, Severity, Unknown, Value
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.shelf import Shelf

_KIND = "aws_security_group"
_DIRECTIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}
_PEERS = (
    ("cidr_blocks", "IpRanges", "CidrIp"),
    ("ipv6_cidr_blocks", "Ipv6Ranges", "CidrIpv6"),
    ("prefix_list_ids", "PrefixListIds", "PrefixListId"),
    ("security_groups", "UserIdGroupPairs", "GroupId"),
)
_PORTED = ("tcp", "udp", "6", "17")


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule with one peer; `block` is how it is written in a group, and what two answers are compared by."""

    direction: str
    block: Block
    item: Item

    @property
    def key(self) -> str:
        return f"{self.direction} {self.block}"


def read(shelf: Shelf) -> Iterator[Resource]:
    """Every group of either answer, with its rules."""
    apart: dict[str, dict[str, _Rule]] = {}
    for item in shelf.of("SecurityGroupRules"):
        for rule in _single(item):
            apart.setdefault(item.text("GroupId"), {}).setdefault(rule.key, rule)
    described: set[str] = set()
    for item in shelf.of("SecurityGroups"):
        described.add(item.text("GroupId"))
        yield from _group(item, apart.get(item.text("GroupId"), {}), shelf.notes)
    for key, rules in apart.items():
        if key not in described:
            first = next(iter(rules.values())).item
            yield _written(first, key, {"vpc_id": _home(shelf, first, key)}, [*rules.values()])


def _group(item: Item, apart: dict[str, _Rule], notes: list[Diagnostic]) -> Iterator[Resource]:
    key = item.text("GroupId")
    attributes: Block = {"name": item.get("GroupName"), "vpc_id": item.get("VpcId"), "tags": item.tags()}
    if not apart:
        blocks = {direction: item.blocks(theirs, _permission) for direction, theirs in _DIRECTIONS.items()}
        yield resource(_KIND, item, key, attributes, blocks)
        return
    shown = {direction for direction, theirs in _DIRECTIONS.items() if theirs in item.value}
    listed = {each.key: each for direction in shown for each in _parts(item, direction)}
    yield _written(item, key, attributes, [r for r in apart.values() if r.key in listed or r.direction not in shown])
    doubtful = [each for each in listed.values() if each.key not in apart]
    doubtful += [each for each in apart.values() if each.key not in listed and each.direction in shown]
    for number, each in enumerate(doubtful):
        notes.append(_of_one_answer(key, each))
        link: Block = {**each.block, "type": each.direction, "security_group_id": key}
        yield replace(resource(f"{_KIND}_rule", each.item, f"{key}:rule-{number}", link), exists=False)


def _written(item: Item, key: str, attributes: Block, rules: list[_Rule]) -> Resource:
    """A group with rules of one peer each."""
    blocks = {name: [(each.block, each.item) for each in rules if each.direction == name] for name in _DIRECTIONS}
    return resource(_KIND, item, key, attributes, blocks)


def _of_one_answer(key: str, rule: _Rule) -> Diagnostic:
    message = f"a rule of {key} stands in one of 'SecurityGroups' and 'SecurityGroupRules' only: it is possible"
    return Diagnostic("SNAPSHOT_CONFLICT", message, Severity.WARNING, rule.item.origin, Effect.UNREADABLE)


# ---- rules --------------------------------------------------------------------------------------------


def _permission(item: Item) -> Block:
    """A permission as it is listed with its group: one kind of traffic, any number of peers."""
    peers = {ours: [_peer(each, leaf) for each in item.items(theirs)] for ours, theirs, leaf in _PEERS}
    if not any(peers.values()) and any(theirs not in item.value for _, theirs, _ in _PEERS):
        peers["cidr_blocks"] = [Unknown("the peers of a rule, which the snapshot lacks", item.origin, many=True)]
    return {**_traffic(item), **peers}


def _parts(item: Item, direction: str) -> Iterator[_Rule]:
    """The permissions of a group, one rule for each peer."""
    for permission in item.items(_DIRECTIONS[direction]):
        for ours, theirs, leaf in _PEERS:
            for peer in permission.items(theirs):
                yield _rule(direction, permission, ours, _peer(peer, leaf))


def _single(item: Item) -> Iterator[_Rule]:
    """A rule as it is listed by itself; one without a peer that is known may have any."""
    peers: dict[str, Value] = {
        "cidr_blocks": item.get("CidrIpv4"),
        "ipv6_cidr_blocks": item.get("CidrIpv6"),
        "prefix_list_ids": item.get("PrefixListId"),
        "security_groups": item.get("ReferencedGroupInfo", "GroupId"),
    }
    told = [(ours, peer) for ours, peer in peers.items() if peer is not None]
    ours, peer = told[0] if told else ("cidr_blocks", Unknown("the peer of a rule", item.origin))
    for direction, egress in (("ingress", False), ("egress", True)):
        if item.get("IsEgress") is not (not egress):
            yield _rule(direction, item, ours, peer)


def _rule(direction: str, item: Item, ours: str, peer: Value) -> _Rule:
    return _Rule(direction, {**_traffic(item), ours: [peer]}, item)


def _traffic(item: Item) -> Block:
    """A protocol with its ports; one of the two answers writes -1 where the other is silent, and both mean any."""
    protocol = item.told("IpProtocol")
    ports = {} if protocol == "-1" else {"from_port": item.get("FromPort"), "to_port": item.get("ToPort")}
    if protocol in _PORTED and None in ports.values():
        ports = {"from_port": item.told("FromPort"), "to_port": item.told("ToPort")}
    return {"protocol": protocol, **{name: port for name, port in ports.items() if port not in (None, -1)}}


def _peer(item: Item, leaf: str) -> Value:
    """A peer; unknown where it is told in another way, as groups of another owner by their names."""
    found = item.get(leaf)
    return found if found is not None else Unknown(f"a peer without '{leaf}'", item.origin)


def _home(shelf: Shelf, item: Item, key: str) -> Value:
    """The VPC of a group that is not described, where a rule that refers to it names one."""
    for each in shelf.of("SecurityGroupRules"):
        told = each.text("ReferencedGroupInfo", "VpcId")
        if told and each.text("ReferencedGroupInfo", "GroupId") == key:
            return told
    return Unknown(f"the VPC of {key}, which the snapshot lacks", item.origin)
