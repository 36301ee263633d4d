"""A network ACL is an ordered, stateless list of allow and deny entries at the border of a subnet.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html (read 2026-11-23)

AWS-15 Stateless. Entries are taken in ascending rule number, the first match decides, then an implicit deny.
       The number orders, not the position in the file.
AWS-16 Checked when a packet enters or leaves the subnet, never between two interfaces of one subnet.
AWS-17 Replies need the opposite direction open for the client's ephemeral ports.
AWS-18 A subnet without association uses the VPC's default ACL, which allows everything.
       `aws_default_network_acl` removes all its rules but those written inline: with none it denies everything.

Not modelled:
- Client port ranges by operating system: one setting, `aws.ephemeral_ports`, for all.
- A Classic Load Balancer's own traffic within its subnet (the exception of AWS-16): taken as not filtered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from netaudit.flows import ANY, ANYWHERE, NOWHERE, AddressSet
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
from netaudit.providers.aws.values import Fields, Leaf, Secret, cidr, shown, widened

RESTRICTION = "SUBNET_ACL_RESTRICTION"
CODES = Codes(RESTRICTION, RESTRICTION, RESTRICTION, RESTRICTION, "REMAP_EPHEMERAL_PORT")
_ACTIONS = {"allow": Action.ALLOW, "deny": Action.DENY}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was written; `action` is None where it is unknown. `because` makes it inexact."""

    egress: bool
    number: int | None
    action: Action | None
    match: protocol.Match
    origin: Origin
    name: str
    addresses: AddressSet = NOWHERE
    because: tuple[Unknown, ...] = ()
    secret: bool = False  # the addresses must not be printed
    implied: bool = False  # nobody wrote it


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """An ACL with its entries, inline and separate; `open` says why there may be others."""

    key: str
    origin: Origin | None
    entries: tuple[Entry, ...] = field(default=(), repr=False)
    subnets: tuple[Leaf, ...] = ()
    vpc: Leaf | None = None
    open: tuple[Unknown, ...] = ()


def read(resource: Resource, notes: list[Diagnostic]) -> NetworkAcl:
    """An `aws_network_acl` or `aws_default_network_acl` with its inline entries (AWS-18).

    Whatever is not known of a default ACL's subnets does not matter: it has those that no other ACL has. Where nothing
    adopts it after all, it has the entries that AWS gave it.
    """
    fields = Fields.of(resource, notes)
    entries = (*_inline(fields, "ingress"), *_inline(fields, "egress"))
    subnets = fields.leaves("subnet_ids") or ()
    adopts = resource.kind == "aws_default_network_acl"
    if adopts:
        subnets = tuple(leaf for leaf in subnets if not isinstance(leaf, Unknown))
    kept = existence(resource) if adopts else ()
    return NetworkAcl(resource.address, resource.origin, entries, subnets, fields.leaf("vpc_id"), kept)


def _inline(fields: Fields, direction: str) -> Iterator[Entry]:
    for index, block in enumerate(fields.blocks(direction)):
        name = f"{direction}[{index}]"
        if isinstance(block, Unknown):
            match = protocol.Match(ANY, (block,))
            origin = block.origin or fields.origin
            yield Entry(direction == "egress", None, None, match, origin, name, because=(block,))
        else:
            yield _entry(block, direction == "egress", name, "rule_no", "action")


def read_rule(resource: Resource, notes: list[Diagnostic]) -> tuple[Entry, ...]:
    """An `aws_network_acl_rule`, which is for ingress unless it says `egress = true` (TF-93).

    One of unknown direction is an inexact entry of both.
    """
    fields = Fields.of(resource, notes)
    egress = fields.flag("egress")
    entry = _entry(fields, egress is True, "", "rule_number", "rule_action")
    if not isinstance(egress, Unknown):
        return (entry,)
    shaky = replace(entry, because=(*entry.because, egress))
    return (shaky, replace(shaky, egress=True))


def _entry(block: Fields, egress: bool, name: str, number: str, action: str) -> Entry:
    match = protocol.match(block.text("protocol"), *_ports(block))
    addresses, unknown = _peer(block)
    order, verb = block.number(number), block.text(action)
    word = verb.lower() if isinstance(verb, str) else ""
    doubts = [*match.because, *unknown, *existence(block.resource)]
    doubts += [reason for reason in (order, verb) if isinstance(reason, Unknown)]
    problem = match.problem
    if not addresses and not unknown:
        problem = "an entry needs a CIDR block"
        doubts.append(Unknown(problem, block.origin))
    if order is None or (isinstance(verb, str | None) and word not in _ACTIONS):
        problem = "an entry needs a rule number and an action, allow or deny"
        doubts.append(Unknown(problem, block.origin))
    if problem:
        message = f"{block.resource.address}: {problem}"
        block.notes.append(widened("AWS_BAD_VALUE", message, block.origin))
    place = order if isinstance(order, int) else None
    secret = any(isinstance(block.raw(each), Secret) for each in ("cidr_block", "ipv6_cidr_block"))
    return Entry(egress, place, _ACTIONS.get(word), match, block.origin, name, addresses, tuple(doubts), secret)


def _ports(block: Fields) -> tuple[protocol.Number, protocol.Number]:
    """The ports, or for ICMP the type and code, which have attributes of their own here (TF-89)."""
    name = block.text("protocol")
    if isinstance(name, str) and protocol.protocol_number(name) in (1, 58):
        return block.number("icmp_type"), block.number("icmp_code")
    return block.number("from_port"), block.number("to_port")


def _peer(block: Fields) -> tuple[AddressSet, tuple[Unknown, ...]]:
    known, unknown = NOWHERE, []
    for name in ("cidr_block", "ipv6_cidr_block"):
        text = block.text(name)
        found = cidr(text) if isinstance(text, str) else None
        if found is not None:
            known |= found
        elif isinstance(text, Unknown):
            unknown.append(text)
        elif text is not None:
            message = f"{block.resource.address}: {shown(text)} is not a CIDR block"
            block.notes.append(widened("AWS_BAD_VALUE", message, block.origin))
            unknown.append(Unknown(message, block.origin))
    return (NOWHERE if unknown else known), tuple(unknown)


def lower(acl: NetworkAcl, egress: bool) -> Policy:
    """One tier in the order of rule numbers (AWS-15); what has no known place comes first and is inexact.

    An inexact entry at the top may catch everything that it matches, or nothing: that covers every place.
    """
    mine = sorted((e for e in acl.entries if e.egress is egress), key=_order)
    rules = [rule for reason in acl.open for rule in _anything(reason, acl.origin)]
    rules += [rule for entry in mine for rule in _rules(entry)]
    return _policy(acl.key, rules, egress, acl.origin)


def unknown(key: str, reasons: Iterable[Unknown], egress: bool, origin: Origin | None = None) -> Policy:
    """The ACL of which nothing is known: it may let pass anything."""
    return _policy(key, [rule for reason in reasons for rule in _anything(reason, origin)], egress, origin)


def allowing(key: str, origin: Origin | None) -> NetworkAcl:
    """The ACL that AWS gives every VPC: entry 100 allows everything, of both families (AWS-18)."""
    where = origin or Origin("")
    entries = tuple(
        Entry(egress, 100, Action.ALLOW, protocol.Match(ANY), where, "default", ANYWHERE, implied=True)
        for egress in (False, True)
    )
    return NetworkAcl(key, origin, entries)


def _policy(key: str, rules: list[Rule], egress: bool, origin: Origin | None) -> Policy:
    owners = (origin,) if origin else ()
    name = f"{key} {'out' if egress else 'in'}"
    return Policy(name, (Tier(tuple(rules), Action.DENY, owners),), Action.DENY, Stage.ACL, False, origin, CODES)


def _order(entry: Entry) -> tuple[bool, int]:
    return (entry.number is not None, entry.number or 0)


def _rules(entry: Entry) -> Iterator[Rule]:
    peers = Peers(addresses=entry.addresses) if entry.addresses else EVERYONE
    verbs = (entry.action,) if entry.action else (Action.ALLOW, Action.DENY)
    where = "any address" if peers.everyone else "(sensitive)" if entry.secret else str(entry.addresses)
    for verb in verbs:
        text = f"{entry.number or '?'} {verb} {entry.match.traffic} {'to' if entry.egress else 'from'} {where}"
        code = RESTRICTION if verb is Action.DENY else ""
        yield Rule(
            peers,
            entry.match.traffic,
            verb,
            entry.origin,
            entry.name,
            text,
            code,
            because=entry.because,
            written=not entry.implied,
        )


def _anything(reason: Unknown, origin: Origin | None) -> Iterator[Rule]:
    where = reason.origin or origin or Origin("")
    for verb in (Action.ALLOW, Action.DENY):
        yield Rule(EVERYONE, ANY, verb, where, "", f"any ({reason})", because=(reason,))
