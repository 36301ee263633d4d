"""A security group is a set of allow rules that filters what the interfaces it is attached to send and accept.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html (read 2026-11-23)
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-rules.html (read 2026-11-23)

AWS-1  Rules only allow; what no rule allows is dropped. The groups of one interface are a union.
AWS-2  Groups are stateful: only the initiating direction is checked.
AWS-4  Terraform removes the default egress rule: a group without egress rules lets nothing out. The VPC's
       default group allows all from itself and all egress.
AWS-5  A group as peer means the private addresses of the interfaces that it is attached to.
AWS-6  A reference to itself is AWS-5 with its own members; a group without members allows nothing.
AWS-9  A group of an unknown account is unknown, not denied.
AWS-10 A group may be associated with several VPCs: it filters in each, and a reference holds within each.
AWS-57 `aws_default_security_group` removes the rules that are not written. Inline and separate rules for one
       group overwrite each other: a diagnostic and the union.

Not modelled:
- Connection tracking of removed rules (AWS-2): the state before a deployment is not in the code.
- What groups never filter (AWS-13): see `link_local.py`.
- `aws_vpc_security_group_rules_exclusive`: it removes rules that only the account shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from netaudit.flows import ANY, IPV4, IPV6, NOWHERE, AddressSet
from netaudit.model import (
    EVERYONE,
    Action,
    Codes,
    Diagnostic,
    Origin,
    Peers,
    Policy,
    Resource,
    Rule,
    Stage,
    Tier,
    Unknown,
)
from netaudit.providers.aws import protocol
from netaudit.providers.aws.lookup import existence
from netaudit.providers.aws.values import Fields, Leaf, Secret, cidr, doubt, plain, shown, widened

CODES = Codes("SG_HAS_NO_RULES", "ENI_SG_RULES_MISMATCH", "ENI_SG_RULES_MISMATCH", "ENI_SG_RULES_MISMATCH")


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """One allow rule as it was written. `unknown` are peers that are not known at all."""

    egress: bool
    match: protocol.Match
    origin: Origin
    name: str
    addresses: AddressSet = NOWHERE
    prefix_lists: tuple[Leaf, ...] = ()
    groups: tuple[Leaf, ...] = ()
    itself: bool = False
    unknown: tuple[Unknown, ...] = ()
    because: tuple[Unknown, ...] = ()
    secret: bool = False  # the addresses must not be printed
    implied: bool = False  # nobody wrote it

    @property
    def text(self) -> str:
        """As a reader would say it: `tcp/5432 from 10.30.0.0/15`."""
        addresses = ["(sensitive)"] if self.secret else self.addresses.texts()
        peers = [*addresses, *(str(leaf) for leaf in (*self.prefix_lists, *self.groups))]
        peers += ["itself"] if self.itself else []
        peers += [f"({unknown})" for unknown in self.unknown]
        return f"{self.match.traffic} {'to' if self.egress else 'from'} {', '.join(peers) or 'nobody'}"


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A group. `open` says why there may be further rules, in both directions."""

    key: str
    name: str
    origin: Origin | None
    rules: tuple[SecurityRule, ...] = field(default=(), repr=False)
    vpc: Leaf | None = None
    open: tuple[Unknown, ...] = ()
    because: tuple[Unknown, ...] = ()


# ---- reading ------------------------------------------------------------------------------------------


def read(resource: Resource, notes: list[Diagnostic]) -> SecurityGroup:
    """An `aws_security_group` or `aws_default_security_group` with its inline rules (AWS-4, AWS-57)."""
    fields = Fields.of(resource, notes)
    name = fields.text("name")
    rules = (*_inline(fields, "ingress"), *_inline(fields, "egress"))
    if resource.kind == "aws_default_security_group" and not resource.exists:
        own = default("", resource.address, resource.origin)  # what AWS gave it stays
        rules = (*rules, *own.rules)
    return SecurityGroup(
        resource.address,
        name if isinstance(name, str) and not isinstance(name, Secret) else "",
        resource.origin,
        rules,
        fields.leaf("vpc_id"),
        because=existence(resource),
    )


def _inline(fields: Fields, direction: str) -> Iterator[SecurityRule]:
    for index, block in enumerate(fields.blocks(direction)):
        name = f"{direction}[{index}]"
        if isinstance(block, Unknown):
            origin = block.origin or fields.origin
            match = protocol.Match(ANY, (block,))
            yield SecurityRule(direction == "egress", match, origin, name, unknown=(block,))
        else:
            yield read_classic(block, direction == "egress", name)


def read_classic(block: Fields, egress: bool, name: str) -> SecurityRule:
    """An inline block, or an `aws_security_group_rule`, whose keys are the same but for the group (TF-86)."""
    addresses, unknown = _blocks(block, "cidr_blocks", "ipv6_cidr_blocks")
    groups = block.leaves("security_groups") or ()
    source = block.leaf("source_security_group_id")
    itself = block.flag("self")
    return SecurityRule(
        egress,
        _match(block, "protocol"),
        block.origin,
        name,
        addresses,
        block.leaves("prefix_list_ids") or (),
        (*groups, source) if source is not None else groups,
        itself is True,
        (*unknown, itself) if isinstance(itself, Unknown) else unknown,
        existence(block.resource),
        _secret(block, "cidr_blocks", "ipv6_cidr_blocks"),
    )


def read_single(resource: Resource, egress: bool, notes: list[Diagnostic]) -> SecurityRule:
    """An `aws_vpc_security_group_ingress_rule` or `…_egress_rule`: one rule with one peer (TF-86)."""
    fields = Fields.of(resource, notes)
    addresses, unknown = _blocks(fields, "cidr_ipv4", "cidr_ipv6")
    prefix_list, group = fields.leaf("prefix_list_id"), fields.leaf("referenced_security_group_id")
    return SecurityRule(
        egress,
        _match(fields, "ip_protocol"),
        resource.origin,
        "",
        addresses,
        () if prefix_list is None else (prefix_list,),
        () if group is None else (group,),
        unknown=unknown,
        because=existence(resource),
        secret=_secret(fields, "cidr_ipv4", "cidr_ipv6"),
    )


def _secret(block: Fields, *names: str) -> bool:
    written = (block.raw(name) for name in names)
    leaves = (leaf for value in written for leaf in (value if isinstance(value, list) else [value]))
    return any(isinstance(plain(leaf), Secret) for leaf in leaves)


def _match(block: Fields, name: str) -> protocol.Match:
    match = protocol.match(block.text(name), block.number("from_port"), block.number("to_port"))
    if match.problem:
        message = f"{block.resource.address}: {match.problem}"
        block.notes.append(widened("AWS_BAD_VALUE", message, block.origin, block.resource.address))
    return match


def _blocks(block: Fields, *names: str) -> tuple[AddressSet, tuple[Unknown, ...]]:
    """The CIDR blocks under some attributes, single or in lists; and the unknown ones."""
    known: list[AddressSet] = []
    unknown: list[Unknown] = []
    for name in names:
        single = isinstance(block.raw(name), str)
        for leaf in (block.leaf(name),) if single else block.leaves(name) or ():
            found = cidr(leaf) if isinstance(leaf, str) else None
            if found is not None:
                known.append(found)
            elif (reason := doubt(leaf, block.origin)) is not None:
                unknown.append(reason)
            else:
                message = f"{block.resource.address}: {shown(leaf)} is not a CIDR block"
                block.notes.append(widened("AWS_BAD_VALUE", message, block.origin, block.resource.address))
                unknown.append(Unknown(message, block.origin))
    return AddressSet.union(known), tuple(unknown)


def default(vpc: str, key: str, origin: Origin | None, doubts: Iterable[Unknown] = ()) -> SecurityGroup:
    """The group that AWS gives every VPC: all from itself, and all egress (AWS-4, TF-92).

    `doubts` are why something may have adopted it, with rules of its own.
    """
    where = origin or Origin("")
    everywhere = IPV4 | IPV6
    rules = (
        SecurityRule(False, protocol.Match(ANY), where, "default ingress", itself=True, implied=True),
        SecurityRule(True, protocol.Match(ANY), where, "default egress", everywhere, implied=True),
    )
    because = tuple(doubts)
    return SecurityGroup(key, "default", origin, rules, vpc, because, because)


# ---- lowering -----------------------------------------------------------------------------------------


class Meaning(NamedTuple):
    """What peers come to: those that are certain, those that are possible, and why only possible."""

    certain: Peers
    possible: Peers | None = None
    because: tuple[Unknown, ...] = ()


Resolve = Callable[[SecurityGroup, SecurityRule], Meaning]


def lower(groups: Iterable[SecurityGroup], unknown: tuple[Unknown, ...], egress: bool, resolve: Resolve) -> Policy:
    """The filter of an interface with these groups, and perhaps unknown others, in one direction (AWS-1)."""
    ordered = sorted(groups, key=lambda group: group.key)
    rules = [rule for group in ordered for rule in _rules(group, egress, resolve)]
    rules += [_anything(reason, egress) for reason in unknown]
    names = ", ".join(group.key for group in ordered) or "no known group"
    owners = tuple(group.origin for group in ordered if group.origin)
    return Policy(
        f"{names} {'egress' if egress else 'ingress'}",
        (Tier(tuple(rules), Action.DENY, owners),),
        Action.DENY,
        Stage.EGRESS if egress else Stage.INGRESS,
        True,
        owners[0] if owners else None,
        CODES,
    )


def _rules(group: SecurityGroup, egress: bool, resolve: Resolve) -> Iterator[Rule]:
    for written in group.rules:
        if written.egress is egress:
            yield from _lowered(group, written, resolve(group, written))
    for reason in group.open:
        yield _anything(reason, egress, group.origin)


def _lowered(group: SecurityGroup, written: SecurityRule, meaning: Meaning) -> Iterator[Rule]:
    """An exact rule for what is certain, then an inexact one for what is possible."""
    shaky = (*group.because, *written.because, *written.match.because)
    rule = Rule(
        meaning.certain,
        written.match.traffic,
        Action.ALLOW,
        written.origin,
        written.name,
        written.text,
        because=shaky,
        written=not written.implied,
    )
    if meaning.certain != Peers() or meaning.possible is None:
        yield rule
    if meaning.possible is not None:
        yield replace(rule, peers=meaning.possible, because=(*shaky, *meaning.because))


def _anything(reason: Unknown, egress: bool, origin: Origin | None = None) -> Rule:
    where = reason.origin or origin or Origin("")
    name = "egress" if egress else "ingress"
    return Rule(EVERYONE, ANY, Action.ALLOW, where, name, f"any ({reason})", because=(reason,))
