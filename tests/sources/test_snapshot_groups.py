"""Rules of security groups in a snapshot: listed with their groups, by themselves, or both."""

from typing import Any

import pytest

from netaudit.model import Effect

from .test_snapshot import ALL, GROUP, PAIR, A, B, attached, bounds, exactly, interface, read, resources

__all__ = ["read"]  # the fixture

EVERYTHING = "tcp udp sctp"
OUT = {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0", "IsEgress": True}
IN = {**OUT, "IsEgress": False}
WEB = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def rule(group: str, number: int, said: dict[str, Any]) -> dict[str, Any]:
    """A rule as `describe-security-group-rules` prints it."""
    return {"SecurityGroupRuleId": f"sgr-{number}", "GroupId": group, "GroupOwnerId": "1", **said}


OPEN = [rule("sg-1", 1, IN), rule("sg-1", 2, OUT)]


def served(*said: dict[str, Any], groups: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """i-a with the open group, i-b with sg-2, whose rules stand by themselves."""
    faces = [
        interface("eni-a", "subnet-a", A, **attached("i-a")),
        interface("eni-b", "subnet-b", B, "sg-2", **attached("i-b")),
    ]
    rules = [rule("sg-2", number, each) for number, each in enumerate(said, 10)]
    return {**PAIR, "NetworkInterfaces": faces, "SecurityGroups": groups, "SecurityGroupRules": rules, **more}


def without_rules(key: str) -> dict[str, Any]:
    """A group whose lists of rules were not printed."""
    return {"GroupId": key, "GroupName": key, "VpcId": "vpc-1"}


@pytest.mark.parametrize("groups", [[GROUP], [GROUP, without_rules("sg-2")]], ids=["unseen", "bare"])
@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ({"CidrIpv4": "10.0.1.0/24"}, "tcp/443"),
        ({"CidrIpv4": "10.9.0.0/16"}, "nothing"),
        ({"CidrIpv6": "::/0"}, "nothing"),
        ({"PrefixListId": "pl-1"}, "tcp/443"),
        ({"ReferencedGroupInfo": {"GroupId": "sg-1", "UserId": "1", "VpcId": "vpc-1"}}, "tcp/443"),
        ({"ReferencedGroupInfo": {"GroupId": "sg-2"}}, "nothing"),
    ],
)
def test_aws_5_rules_that_stand_by_themselves_have_one_peer(
    read: Any, groups: list[dict[str, Any]], peer: dict[str, Any], expected: str
) -> None:
    """Blocks of either family, prefix lists and groups; a group that is not described has the rules that name it."""
    listed = {"PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["10.0.1.10/32"]}]}
    whole = served({**WEB, "IsEgress": False, **peer}, OUT, groups=groups, **listed)
    assert exactly(read(whole), "i-a", "i-b") == expected


def test_aws_12_rules_that_stand_by_themselves_write_all_ports_as_minus_one(read: Any) -> None:
    """Protocol -1 has ports -1."""
    assert exactly(read(served(IN, OUT, groups=[GROUP])), "i-a", "i-b") == EVERYTHING


def test_aws_9_a_rule_without_a_known_peer_may_let_in_anybody(read: Any) -> None:
    """What it says in words that are not known here is not nobody."""
    found = bounds(read(served({**WEB, "IsEgress": False, "Odd": 1}, OUT, groups=[GROUP])), "i-a", "i-b")
    assert ("nothing", "tcp/443") == (str(found.certain), str(found.possible))


def test_aws_9_a_peer_that_is_named_otherwise_may_be_anybody(read: Any) -> None:
    """A group of another owner may be told by its name alone."""
    by_name = {**WEB, "UserIdGroupPairs": [{"UserId": "amazon-elb", "GroupName": "amazon-elb-sg"}]}
    strict = {**GROUP, "GroupId": "sg-2", "IpPermissions": [by_name]}
    found = bounds(read(served(groups=[GROUP, strict])), "i-a", "i-b")
    assert ("nothing", "tcp/443") == (str(found.certain), str(found.possible))


def test_a_group_of_which_neither_answer_has_rules_may_have_any(read: Any) -> None:
    """Rules of other groups say nothing about it."""
    found = bounds(read(served(groups=[GROUP, without_rules("sg-2")])), "i-a", "i-b")
    assert ("nothing", EVERYTHING) == (str(found.certain), str(found.possible))


def test_what_both_answers_list_counts_once(read: Any) -> None:
    """The same rules in both are one list, and no contradiction."""
    reading = read({**PAIR, "SecurityGroupRules": OPEN})
    (group,) = resources(reading, "aws_security_group")
    assert [1, 1] == [len(group.attributes[name]) for name in ("ingress", "egress")]
    assert exactly(reading, "i-a", "i-b") == EVERYTHING
    assert "SNAPSHOT_CONFLICT" not in {each.code for each in reading.diagnostics}


def test_a_page_that_is_read_twice_adds_no_rule(read: Any) -> None:
    """A rule has one id."""
    (group,) = resources(
        read(served(IN, OUT, groups=[]), {"SecurityGroupRules": [rule("sg-2", 10, IN)]}), "aws_security_group"
    )
    assert [1, 1] == [len(group.attributes[name]) for name in ("ingress", "egress")]


ONLY_WEB = {**GROUP, "GroupId": "sg-2", "IpPermissions": [{**WEB, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}


@pytest.mark.parametrize(
    ("group", "rules"),
    [
        (ONLY_WEB, [OUT]),
        ({**ONLY_WEB, "IpPermissions": []}, [{**WEB, "CidrIpv4": "0.0.0.0/0", "IsEgress": False}, OUT]),
    ],
    ids=["groups", "rules"],
)
def test_a_rule_of_one_answer_alone_is_possible(read: Any, group: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """Where both show a group and one of them lacks a rule, it may have been made or removed between the two."""
    reading = read(served(*rules, groups=[GROUP, group]))
    found = bounds(reading, "i-a", "i-b")
    said = [each.effect for each in reading.diagnostics if each.code == "SNAPSHOT_CONFLICT"]
    assert ("nothing", "tcp/443", [Effect.UNREADABLE]) == (str(found.certain), str(found.possible), said)


def test_a_direction_that_a_group_lacks_is_filled_by_its_rules(read: Any) -> None:
    """A group printed with one of its two lists."""
    half = {**without_rules("sg-2"), "IpPermissionsEgress": [ALL]}
    assert exactly(read(served({**IN, **WEB}, OUT, groups=[GROUP, half])), "i-a", "i-b") == "tcp/443"


def test_rules_by_themselves_make_up_for_the_list_of_groups(read: Any) -> None:
    """A snapshot with one of the two answers is whole."""
    whole = {key: value for key, value in PAIR.items() if key != "SecurityGroups"}
    reading = read({**whole, "SecurityGroupRules": OPEN})
    assert exactly(reading, "i-a", "i-b") == EVERYTHING
    assert not [each for each in reading.diagnostics if each.code == "SNAPSHOT_INCOMPLETE"]


def test_a_rule_by_itself_has_its_own_line(read: Any) -> None:
    """Every rule says where it stands."""
    text = '{"SecurityGroupRules": [\n {"GroupId": "sg-1", "IsEgress": false, "IpProtocol": "-1"},\n'
    text += ' {"GroupId": "sg-1", "IsEgress": false, "IpProtocol": "tcp", "CidrIpv4": "10.0.0.0/8"}]}'
    (group,) = resources(read(text), "aws_security_group")
    assert [2, 3] == [group.place("ingress", index).line for index in (0, 1)]
