"""Which answers of the API a JSON document holds: one object, pages in a list, accounts and Regions as keys around."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netaudit.model import Value
from netaudit.sources.snapshot.item import Block
from netaudit.text.document import Branch, Mark, first_line, last_line, part

TELLING = frozenset(
    {
        "Vpcs",
        "Subnets",
        "Reservations",
        "SecurityGroups",
        "RouteTables",
        "NetworkAcls",
        "NetworkInterfaces",
        "InternetGateways",
        "NatGateways",
        "VpcPeeringConnections",
        "TransitGateways",
        "VpcEndpoints",
        "LoadBalancerDescriptions",
        "TargetGroups",
        "SecurityGroupRules",
    }
)
# What shows the kind of a thing of which no key says it, as `--query 'Vpcs[]'` leaves them; the first that fits.
_BY_CONTENT: tuple[tuple[str, frozenset[str]], ...] = (
    ("SecurityGroupRules", frozenset({"SecurityGroupRuleId", "GroupId"})),
    ("SecurityGroups", frozenset({"GroupId", "GroupName", "VpcId"})),
    ("RouteTables", frozenset({"RouteTableId", "Routes"})),
    ("NetworkAcls", frozenset({"NetworkAclId", "Entries"})),
    ("InternetGateways", frozenset({"InternetGatewayId", "Attachments"})),
    ("NatGateways", frozenset({"NatGatewayId", "NatGatewayAddresses"})),
    ("VpcPeeringConnections", frozenset({"VpcPeeringConnectionId", "AccepterVpcInfo"})),
    ("VpcEndpoints", frozenset({"VpcEndpointId", "ServiceName"})),
    ("TransitGatewayVpcAttachments", frozenset({"TransitGatewayAttachmentId", "VpcId"})),
    ("TransitGatewayAttachments", frozenset({"TransitGatewayAttachmentId", "ResourceType"})),
    ("LoadBalancers", frozenset({"LoadBalancerArn", "Scheme"})),
    ("TargetGroups", frozenset({"TargetGroupArn", "TargetType"})),
    ("Listeners", frozenset({"ListenerArn", "DefaultActions"})),
    ("DBInstances", frozenset({"DBInstanceIdentifier", "DBSubnetGroup"})),
    ("Reservations", frozenset({"ReservationId", "Instances"})),
    ("Instances", frozenset({"InstanceId", "ImageId"})),
    ("NetworkInterfaces", frozenset({"NetworkInterfaceId", "PrivateIpAddresses"})),
    ("Subnets", frozenset({"SubnetId", "CidrBlock"})),
    ("Vpcs", frozenset({"VpcId", "CidrBlock"})),
)
_SINGLE = frozenset({"VpcBlockPublicAccessOptions"})  # answers about one thing, which is no list
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,2}-\d")
_ACCOUNT = re.compile(r"\d{12}")
_REGION_IN = re.compile(rf"(?<![a-z0-9])({_REGION.pattern})(?![a-z0-9])")
_ACCOUNT_IN = re.compile(rf"(?<![a-z0-9])({_ACCOUNT.pattern})(?![a-z0-9])")
_DEEPEST = 5  # an account, a Region, a file, pages, and a name around them all


def _names_things(value: Value) -> bool:
    """Whether it is an object with a list under a capitalised key, as answers of the API about things are."""
    return (
        isinstance(value, Mapping)
        and "apiVersion" not in value
        and any(key in _SINGLE or (key[:1].isupper() and isinstance(each, list)) for key, each in value.items())
    )


def _holds_answers(value: Value, depth: int) -> bool:
    """Whether an object or a list has answers in every part, whatever its keys are called."""
    if depth >= _DEEPEST or not isinstance(value, Mapping | list) or not value or _names_things(value):
        return _names_things(value)
    return all(_holds_answers(each, depth + 1) for each in (value.values() if isinstance(value, Mapping) else value))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, with the account and the Region that stand around it; `mark` is None where lines are not known."""

    value: Value
    mark: Mark | None = None
    settings: Block = field(default_factory=dict)
    listed: bool = False

    @property
    def names_its_things(self) -> bool:
        """Whether it says of what kind the things in it are."""
        return _names_things(self.value)

    @property
    def is_bare(self) -> bool:
        """Whether it is a thing without the key that says of what kind: `--query` leaves such lists."""
        if not self.listed or not isinstance(self.value, Mapping) or "apiVersion" in self.value:
            return False
        capitalised = [key for key in self.value if key[:1].isupper()]
        return bool(capitalised) and (
            not self.names_its_things or any(key.endswith(("Id", "Arn")) for key in capitalised)
        )

    @property
    def kind(self) -> str:
        """The key under which the API lists a bare thing, where what it holds shows that; empty otherwise."""
        found = self.value.keys() if self.is_bare and isinstance(self.value, Mapping) else frozenset[str]()
        return next((key for key, shown in _BY_CONTENT if shown <= found), "")

    def named(self) -> Answer:
        """A bare thing below the key of its kind, as the API would list it."""
        if not self.kind:
            return self
        mark = self.mark
        if mark is not None:
            line, end = first_line(mark), last_line(mark)
            mark = Branch(line, end, {self.kind: Branch(line, end, [mark])})
        return Answer({self.kind: [self.value]}, mark, self.settings, self.listed)


def answers(value: Value, mark: Mark | None = None, settings: Block | None = None, depth: int = 0) -> Iterator[Answer]:
    """Every answer of a document, in order; what is none of them, too, as it stands."""
    around = settings or {}
    if isinstance(value, list) and depth < _DEEPEST:
        for index, each in enumerate(value):
            for answer in answers(each, _inner(mark, index), around, depth + 1):
                yield Answer(answer.value, answer.mark, answer.settings, listed=True)
    elif isinstance(value, Mapping) and value and depth < _DEEPEST and _is_around(value, depth):
        for key, each in value.items():
            yield from answers(each, _inner(mark, key), {**around, **_place(key)}, depth + 1)
    else:
        yield Answer(value, mark, around)


def _is_around(value: Mapping[str, Value], depth: int) -> bool:
    """Whether an object is no answer but holds some: by account and Region, or each below a name of its own."""
    return all(_place(key) for key in value) or (not _names_things(value) and _holds_answers(value, depth))


def is_answer(document: Value) -> bool:
    """Whether JSON may be any answer of the API."""
    return any(each.names_its_things or each.is_bare for each in answers(document))


def is_snapshot(document: Value) -> bool:
    """Whether JSON looks like answers of the API about networks."""
    found = (each.named().value for each in answers(document))
    return any(isinstance(each, Mapping) and not TELLING.isdisjoint(each) for each in found)


def place_in(name: str) -> Block:
    """The account and the Region that a file's name holds, where it holds one of each."""
    found = {"account_id": set(_ACCOUNT_IN.findall(name)), "region": set(_REGION_IN.findall(name))}
    return {key: value.pop() for key, value in found.items() if len(value) == 1}


def account_of(name: str) -> str | None:
    """The account that a name is, if it is one."""
    return name if _ACCOUNT.fullmatch(name) else None


def region_of(name: str) -> str | None:
    """The Region that a name is, if it is one."""
    return name if _REGION.fullmatch(name) else None


def _place(key: object) -> Block:
    """What a key says that is an account or a Region; nothing of any other."""
    text = key if isinstance(key, str) else ""
    found: Block = {"account_id": account_of(text), "region": region_of(text)}
    return {name: value for name, value in found.items() if value}


def _inner(mark: Mark | None, step: str | int) -> Mark | None:
    return part(mark, step) if mark is not None else None
