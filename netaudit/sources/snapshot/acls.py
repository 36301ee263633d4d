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
    for item in shelf.of("Subnets"):
        if item.text("SubnetId") not in named and item.text("VpcId") not in default:
            yield _unseen_acl(item)


def _acl(item: Item) -> Resource:
    attributes: Block = {
        "vpc_id": item.get("VpcId"),
        "subnet_ids": item.leaves("Associations", "SubnetId"),
        "tags": item.tags(),
    }
    entries = item.blocks("Entries", _entry)
    blocks = {
        "ingress": [(block, each) for block, each in entries if each.get("Egress") is not True],
        "egress": [(block, each) for block, each in entries if each.get("Egress") is not False],
    }
    key, kind = item.text("NetworkAclId"), "aws_network_acl"
    if item.get("IsDefault") is True:
        kind = "aws_default_network_acl"
        attributes["default_network_acl_id"] = key
    return resource(kind, item, key, attributes, blocks)


def _entry(item: Item) -> Block:
    block: Block = {
        "rule_no": item.get("RuleNumber"),
        "action": item.get("RuleAction"),
        "protocol": item.get("Protocol"),
        "from_port": item.get("PortRange", "From"),
        "to_port": item.get("PortRange", "To"),
        "icmp_type": item.get("IcmpTypeCode", "Type"),
        "icmp_code": item.get("IcmpTypeCode", "Code"),
        "cidr_block": item.get("CidrBlock"),
        "ipv6_cidr_block": item.get("Ipv6CidrBlock"),
    }
    return {key: value for key, value in block.items() if value is not None}


def _unseen_acl(item: Item) -> Resource:
    """A subnet that no ACL names, in a VPC without its default one: whatever it is."""
    key = item.text("SubnetId")
    reason = Unknown(f"the network ACL of {key}, which the snapshot lacks", item.origin)
    link: Block = {"subnet_id": key, "network_acl_id": reason}
    return resource("aws_network_acl_association", item, f"{key}:network-acl", link)
