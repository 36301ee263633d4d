"""What AWS refuses to deploy without a raised quota, or at all: it changes no answer, and is worth a look.

https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html (read 2026-11-27)

AWS-14 60 rules per direction and family in a security group, 5 groups per interface (16 at most, and 1,000 rules
       together), 20 entries per direction in an ACL (40 at most), 1,000 routes in a table at most.
AWS-11 A prefix list counts with the entries that it has room for, not with those that it has.

Not modelled:
- Quotas per VPC, account and Region: other roots count against them as well.
- Routes beyond the default, which AWS has raised over the years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netaudit.flows import AddressSet
from netaudit.model import Diagnostic, Effect, Origin, Severity
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.network_acl import NetworkAcl
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.security_group import SecurityGroup, SecurityRule
from netaudit.providers.aws.values import Fields

RULES, GROUPS, ENTRIES = 60, 5, 20
MOST_GROUPS, MOST_ENTRIES, MOST_TOGETHER, MOST_ROUTES = 16, 40, 1000, 1000


def check(found: Inventory, placed: Iterable[Placed]) -> Iterator[Diagnostic]:
    """Everything that is too much."""
    for group in found.groups.values():
        for egress in (False, True):
            count = rules(found, group, egress)
            side = "egress" if egress else "ingress"
            yield from _over(group.key, f"{side} rules of one family", count, RULES, MOST_TOGETHER, group.origin)
    for acl in found.acls.values():
        for egress in (False, True):
            side = "egress" if egress else "ingress"
            yield from _over(acl.key, f"{side} entries", _entries(acl, egress), ENTRIES, MOST_ENTRIES, acl.origin)
    for table in found.tables.values():
        yield from _over(table.key, "routes", len(table.routes), MOST_ROUTES, MOST_ROUTES, table.origin)
    for each in placed:
        yield from _over(each.party.id, "security groups", len(each.groups), GROUPS, MOST_GROUPS, each.origin)


def rules(found: Inventory, group: SecurityGroup, egress: bool) -> int:
    """How many rules of a direction AWS counts at least, for the family that has more of them."""
    own = [rule for rule in group.rules if rule.egress is egress]
    shared = sum(len(rule.groups) + rule.itself + _lists(found, rule) for rule in own)
    four, six = (sum(len(part.texts()) for part in parts) for parts in _families(own))
    return shared + max(four, six)


def _families(own: list[SecurityRule]) -> tuple[list[AddressSet], list[AddressSet]]:
    return [rule.addresses.v4 for rule in own], [rule.addresses.v6 for rule in own]


def _lists(found: Inventory, rule: SecurityRule) -> int:
    """The room of its prefix lists (AWS-11)."""
    named = (found.lookup.find(leaf, "aws_ec2_managed_prefix_list") for leaf in rule.prefix_lists)
    sizes = (Fields.of(each, []).number("max_entries") for each in named if each is not None)
    return sum(size for size in sizes if isinstance(size, int))


def _entries(acl: NetworkAcl, egress: bool) -> int:
    return sum(1 for entry in acl.entries if entry.egress is egress)


def _over(key: str, what: str, count: int, default: int, most: int, origin: Origin | None) -> Iterator[Diagnostic]:
    if count > most:
        message = f"{key} has {count} {what}: AWS allows {most} at most"
        yield Diagnostic("AWS_QUOTA", message, Severity.WARNING, origin, Effect.IGNORED)
    elif count > default:
        message = f"{key} has {count} {what}: more than {default} need a raised quota"
        yield Diagnostic("AWS_QUOTA", message, Severity.INFO, origin, Effect.IGNORED)
