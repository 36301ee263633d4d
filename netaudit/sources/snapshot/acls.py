"""Network ACLs of a snapshot.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator

from netaudit.model import Resource, Unknown
from netaudit.sources.snapshot.item import Block, Item, resource
from netaudit.sources.snapshot.shelf import Shelf


def read(shelf: Shelf) -> Iterator[Resource]:
    """Every network ACL, and unknown ones for subnets that none is told of."""
    for item in shelf.of("NetworkAcls"):
        yield _acl(item)
    named = {link.text("SubnetId") for item in shelf.of("NetworkAcls") for link in item.items("Associations")}
    default = {item.text("VpcId") for item in shelf.of("NetworkAcls") if item.get("IsDefault") is True}
    default -= {item.text("VpcId") for item in shelf.of("NetworkAcls") if _is_vague(item)}
    for item in shelf.of("Subnets"):
        if item.text("SubnetId") not in named and item.text("VpcId") not in default:
            yield _unseen_acl(item)


def _is_vague(item: Item) -> bool:
    """Whether an ACL does not say which subnets it is of."""
    return "Associations" not in item.value or any("SubnetId" not in each.value for each in item.items("Associations"))


def _acl(item: Item) -> Resource:
    attributes: Block = {
        "vpc_id": item.get("VpcId"),
        "subnet_ids": item.leaves("Associations", "SubnetId"),
        "tags": item.tags(),
    }
    entries = item.blocks("Entries", _entry)
    entries = [
        (block if "Egress" in each.value or each is item else _undirected(each), each) for block, each in entries
    ]
    blocks = {
        "ingress": [(block, each) for block, each in entries if each.get("Egress") is not True],
        "egress": [(block, each) for block, each in entries if each.get("Egress") is not False],
    }
    key, kind = item.text("NetworkAclId"), "aws_network_acl"
    if item.get("IsDefault") is True:
        kind = "aws_default_network_acl"
        attributes["default_network_acl_id"] = key
    return resource(kind, item, key, attributes, blocks)


def _undirected(entry: Item) -> Unknown:
    return Unknown("an entry that does not say in which direction it holds", entry.origin)


def _entry(item: Item) -> Block:
    protocol = item.told("Protocol")
    number = item.told if protocol in ("6", "17") else item.get  # others have no ports, and print none
    block: Block = {
        "rule_no": item.told("RuleNumber"),
        "action": item.told("RuleAction"),
        "protocol": protocol,
        "from_port": number("PortRange", "From"),
        "to_port": number("PortRange", "To"),
        "icmp_type": item.get("IcmpTypeCode", "Type"),
        "icmp_code": item.get("IcmpTypeCode", "Code"),
        "cidr_block": item.get("CidrBlock") or (None if item.get("Ipv6CidrBlock") else item.told("CidrBlock")),
        "ipv6_cidr_block": item.get("Ipv6CidrBlock"),
    }
    return {key: value for key, value in block.items() if value is not None}


def _unseen_acl(item: Item) -> Resource:
    """A subnet that no ACL names, in a VPC without its default one, or with one that does not say what it is of."""
    key = item.text("SubnetId")
    reason = Unknown(f"the network ACL of {key}, which the snapshot lacks", item.origin)
    link: Block = {"subnet_id": key, "network_acl_id": reason}
    return resource("aws_network_acl_association", item, f"{key}:network-acl", link)
