"""What AWS refuses without a raised quota (netaudit/providers/aws/quotas.py)."""

import pytest

from netaudit.model import Diagnostic, Effect, Resource, Severity

from .building import BASE, Answers, allow, group, instance, ref, resource, table


def said(*more: Resource) -> list[Diagnostic]:
    """What is said about quotas."""
    return [each for each in Answers(*BASE, *more).network.diagnostics if each.code == "AWS_QUOTA"]


def blocks(count: int) -> list[str]:
    """Blocks that do not touch one another."""
    return [f"10.{number}.1.0/24" for number in range(count)]


def test_aws_14_sixty_rules_are_usual() -> None:
    """Each block of a rule counts, IPv4 and IPv6 apart."""
    sixes = [f"2001:db8:{number:x}::/64" for number in range(60)]
    assert [] == said(group("g", [allow("tcp", 1, cidr_blocks=blocks(60), ipv6_cidr_blocks=sixes)]))


def test_aws_14_more_than_sixty_rules_need_a_raised_quota() -> None:
    """It is worth knowing, and changes no answer."""
    (found,) = said(group("g", [allow("tcp", 1, cidr_blocks=blocks(61))]))
    assert (Severity.INFO, Effect.IGNORED) == (found.severity, found.effect)
    assert "61 ingress rules" in found.message


def test_aws_11_a_prefix_list_counts_with_the_room_that_it_has() -> None:
    """One entry in a list for a hundred counts as a hundred rules."""
    listed = resource("aws_ec2_managed_prefix_list.l", max_entries=100, entry=[{"cidr": "10.0.0.0/8"}])
    (found,) = said(listed, group("g", [allow("tcp", 1, prefix_list_ids=[ref(listed.address)])]))
    assert "100 ingress rules" in found.message


def test_aws_14_a_sixth_group_on_an_interface_needs_a_raised_quota() -> None:
    """Five are usual."""
    groups = [group(f"g{number}") for number in range(6)]
    (found,) = said(*groups, instance("a", "a", *(f"g{number}" for number in range(6))))
    assert "6 security groups" in found.message


@pytest.mark.parametrize(("count", "severity"), [(20, None), (21, Severity.INFO), (41, Severity.WARNING)])
def test_aws_14_an_acl_has_twenty_entries_and_forty_at_most(count: int, severity: Severity | None) -> None:
    """Each direction counts by itself."""
    entries = [
        {"rule_no": number + 1, "action": "allow", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_block": block}
        for number, block in enumerate(blocks(count))
    ]
    found = said(resource("aws_network_acl.n", vpc_id=ref("aws_vpc.main"), ingress=entries, egress=entries[:1]))
    assert [severity] * (severity is not None) == [each.severity for each in found]


def test_aws_14_a_table_has_a_thousand_routes_at_most() -> None:
    """AWS raises no quota beyond that."""
    routes = [{"cidr_block": f"172.16.{n // 250}.{n % 250}/32", "nat_gateway_id": "nat-1"} for n in range(1001)]
    assert [Severity.WARNING] == [each.severity for each in said(*table("t", *routes))]
