"""AWS Network Firewall filters what routes send to its endpoints: stateless rules first, stateful ones behind them.

https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-policy-processing.html (read 2026-11-27)
https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html (read 2026-11-27)
https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_StatefulRule.html (read 2026-11-27)
https://docs.aws.amazon.com/network-firewall/latest/developerguide/asymmetric-routing.html (read 2026-11-27)

AWS-62 Stateless rules decide by priority, of the groups and then within them: pass, drop or forward to the stateful
       rules; the policy's default action decides what none matches. They see single packets, replies too.
AWS-63 Stateful rules decide about flows: in action order all that pass before those that drop, and these before those
       that reject; in strict order as they are written, groups by priority. What one passes is passed both ways.
AWS-64 Both directions of a connection must come to the same endpoint: asymmetric routing is not supported. Where a
       transit gateway in appliance mode enters by several zones, and the table of each leads to an endpoint of one
       firewall, they do.
       https://docs.aws.amazon.com/network-firewall/latest/developerguide/vpc-config-tgw-multi-az.html (read 2026-11-27)

Read are rules of addresses, ports and protocols. All else may pass or drop:
- Suricata strings, domain lists, groups outside the sources, rule options, application protocols, TCP flags,
  source ports, what alerts in strict order, and what no stateful rule matches unless the policy drops all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from netaudit.flows import ANY, ANYWHERE, TCP, UDP, AddressSet, Traffic
from netaudit.model import (
    EVERYONE,
    Action,
    Codes,
    Diagnostic,
    Origin,
    Peers,
    Policy,
    Ref,
    Resource,
    Rule,
    Stage,
    Tier,
    Unknown,
)
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.values import Fields, Leaf, Secret, cidr, shown

KIND = "aws_networkfirewall_firewall"
_POLICY, _GROUP = "aws_networkfirewall_firewall_policy", "aws_networkfirewall_rule_group"
_CODE = "FIREWALL_RULES_RESTRICTION"
_READ = frozenset(
    {
        "policy_variables",
        "stateful_default_actions",
        "stateful_engine_options",
        "stateful_rule_group_reference",
        "stateless_custom_action",
        "stateless_default_actions",
        "stateless_fragment_default_actions",
        "stateless_rule_group_reference",
    }
)
_STATELESS = {"aws:pass": Action.ALLOW, "aws:drop": Action.DENY, "aws:forward_to_sfe": Action.PASS}
_ORDER = ("PASS", "DROP", "REJECT", "ALERT")
_SILENT = frozenset({"sid", "gid", "rev", "msg", "metadata", "classtype", "reference", "priority"})
UNREAD = "rules that are not read"
_MOST_SOURCES = 64  # more sets of sources than this are not told apart: the rules then count as unread


@dataclass(frozen=True, slots=True)
class Line:
    """One rule about packets: from whom, to whom, and what becomes of them. PASS hands on to the stateful rules."""

    action: Action
    source: AddressSet
    destination: AddressSet
    traffic: Traffic
    origin: Origin
    text: str
    because: tuple[Unknown, ...] = ()

    def rule(self) -> Rule:
        """The rule about destinations; the source is the cell's."""
        peers = EVERYONE if self.destination == ANYWHERE else Peers(addresses=self.destination)
        code = _CODE if self.action is Action.DENY else ""
        return Rule(peers, self.traffic, self.action, self.origin, "", self.text, code, self.because)


@dataclass(frozen=True, slots=True)
class Firewall:
    """A firewall: the subnets of its endpoints, those that are known by id, and its rules in order."""

    key: str
    origin: Origin
    subnets: tuple[Leaf, ...]
    endpoints: Mapping[str, Leaf]
    stateless: tuple[Line, ...]
    stateful: tuple[Line, ...]
    because: tuple[Unknown, ...] = ()
    dual: bool = False

    def endpoint(self, leaf: Leaf) -> Leaf | None:
        """The subnet of the endpoint that a leaf names, by its id or as that of a `subnet_mapping`."""
        if isinstance(leaf, str):
            return self.endpoints.get(leaf)
        path = leaf.path if isinstance(leaf, Ref) and leaf.address == self.key else ()
        match path:
            case ("subnet_mapping", int(index), "endpoint_id") if index < len(self.subnets):
                return self.subnets[index]
        return None

    @property
    def mixed(self) -> bool:
        """Whether stateless rules may pass one direction of a connection by the stateful ones."""
        return {Action.ALLOW, Action.PASS} <= {line.action for line in self.stateless}

    @property
    def unread(self) -> tuple[Unknown, ...]:
        """Which of its rules are not read."""
        lines = (line for line in (*self.stateless, *self.stateful) if line.text == UNREAD)
        return tuple(dict.fromkeys(reason for line in lines for reason in line.because))

    def cells(self) -> tuple[AddressSet, ...]:
        """All addresses, divided into sets that no rule tells apart as sources."""
        cells = [ANYWHERE]
        for source in dict.fromkeys(line.source for line in (*self.stateless, *self.stateful)):
            parts = [part for cell in cells for part in (cell & source, cell - source) if part]
            cells = parts
        return tuple(cells)

    def forward(self, cell: AddressSet) -> Policy:
        """What becomes of the first packets of connections from a cell."""
        tiers = (self._tier(self.stateless, cell), self._tier(self.stateful, cell))
        return self._policy("rules", tiers, stateful=True)

    def reply(self, cell: AddressSet) -> Policy:
        """What becomes of replies from a cell: the stateful rules have passed their flow."""
        lines = [replace(line, action=Action.ALLOW) if line.action is Action.PASS else line for line in self.stateless]
        return self._policy("stateless rules", (self._tier(lines, cell),), stateful=False)

    def _tier(self, lines: Iterable[Line], cell: AddressSet) -> Tier:
        return Tier(tuple(line.rule() for line in lines if cell <= line.source), Action.DENY, (self.origin,))

    def _policy(self, what: str, tiers: tuple[Tier, ...], *, stateful: bool) -> Policy:
        codes = Codes(*[_CODE] * 4)
        return Policy(f"{self.key} {what}", tiers, Action.DENY, Stage.GATEWAY, stateful, self.origin, codes)


def read(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Firewall:
    """An `aws_networkfirewall_firewall` with the rules of its policy (AWS-62, AWS-63)."""
    fields = Fields.of(resource, notes)
    blocks = fields.blocks("subnet_mapping")
    subnets = [block if isinstance(block, Unknown) else block.leaf("subnet_id") for block in blocks]
    kinds = {block.text("ip_address_type") for block in blocks if isinstance(block, Fields)}
    stateless, stateful = _Reader(fields, lookup).read()
    firewall = Firewall(
        resource.address,
        resource.origin,
        tuple(leaf for leaf in subnets if leaf is not None),
        dict(_endpoints(fields)),
        stateless,
        stateful,
        existence(resource),
        kinds == {"DUALSTACK"},
    )
    if len({line.source for line in (*stateless, *stateful)}) <= _MOST_SOURCES:
        return firewall
    reason = Unknown(f"the rules of {resource.address}: more than {_MOST_SOURCES} sets of sources", resource.origin)
    return replace(firewall, stateless=_unread(reason), stateful=_unread(reason))


def _endpoints(fields: Fields) -> Iterator[tuple[str, Leaf]]:
    """The endpoints by id with their subnets, where a state shows them."""
    for status in fields.blocks("firewall_status"):
        states = status.blocks("sync_states") if isinstance(status, Fields) else ()
        for state in states:
            for attachment in state.blocks("attachment") if isinstance(state, Fields) else ():
                if isinstance(attachment, Fields):
                    key, subnet = attachment.leaf("endpoint_id"), attachment.leaf("subnet_id")
                    if isinstance(key, str) and subnet is not None:
                        yield key, subnet


def _unread(reason: Unknown) -> tuple[Line, ...]:
    """What is not read may do anything with anything, and leave it to what follows."""
    origin = reason.origin or Origin("")
    actions = (Action.ALLOW, Action.DENY, Action.PASS)
    return tuple(Line(each, ANYWHERE, ANYWHERE, ANY, origin, UNREAD, (reason,)) for each in actions)


def _unread_flows(reason: Unknown) -> Iterator[tuple[int, Line]]:
    """The same among flows: what it may drop comes behind all that rules pass, in action order."""
    return ((int(line.action is not Action.ALLOW), line) for line in _unread(reason))


class _Reader:
    """Reads the policy of one firewall and the groups that it refers to."""

    def __init__(self, firewall: Fields, lookup: Lookup) -> None:
        self._firewall = firewall
        self._lookup = lookup
        self._notes = firewall.notes

    def read(self) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """The stateless and the stateful rules, their defaults last."""
        leaf = self._firewall.leaf("firewall_policy_arn")
        found = self._lookup.find(leaf, _POLICY)
        block = Fields.of(found, self._notes).block("firewall_policy") if found is not None else None
        if found is None or block is None or isinstance(block, Unknown) or existence(found):
            lines = _unread(Unknown(f"the firewall policy {leaf}", self._firewall.origin))
            return lines, lines
        strange = sorted(name for name in block.values if name not in _READ and block.raw(name) not in (None, []))
        if strange:
            lines = _unread(Unknown(f"what {strange[0]} of {found.address} does", found.origin))
            return lines, lines
        return tuple(self._stateless(block)), tuple(self._stateful(block))

    def _in_order(self, block: Fields, name: str, wanted: bool = True) -> Iterator[Fields | Unknown]:
        """References or rules by their priority; one unknown that stands for all where that is not known."""
        blocks = block.blocks(name)
        if not wanted:
            yield from blocks
            return
        ranked: list[tuple[int, int, Fields]] = []
        for index, each in enumerate(blocks):
            number = each.number("priority") if isinstance(each, Fields) else each
            if not isinstance(each, Fields) or not isinstance(number, int):
                what = Unknown(f"the order of {name} of {block.resource.address}", block.origin)
                yield number if isinstance(number, Unknown) else what
                return
            ranked.append((number, index, each))
        yield from (each for _, _, each in sorted(ranked, key=lambda one: one[:2]))

    def _source_of(self, reference: Fields) -> Fields | Unknown:
        """The block `rule_group` of the group that a reference names."""
        leaf = reference.leaf("resource_arn")
        found = self._lookup.find(leaf, _GROUP)
        if found is None or existence(found) or reference.raw("override") not in (None, []):
            return Unknown(f"the rule group {leaf}", reference.origin)
        fields = Fields.of(found, self._notes)
        block = fields.block("rule_group")
        if isinstance(block, Unknown):
            return block
        if block is None or fields.raw("rules") is not None:
            return Unknown(f"the Suricata rules of {found.address}", found.origin)
        return block

    # ---- stateless ------------------------------------------------------------------------------------

    def _stateless(self, policy: Fields) -> Iterator[Line]:
        for reference in self._in_order(policy, "stateless_rule_group_reference"):
            group = reference if isinstance(reference, Unknown) else self._source_of(reference)
            source = group if isinstance(group, Unknown) else group.block("rules_source")
            written = source.block("stateless_rules_and_custom_actions") if isinstance(source, Fields) else source
            if not isinstance(written, Fields):
                yield from _unread(written or Unknown("a stateless rule group", policy.origin))
                continue
            for rule in self._in_order(written, "stateless_rule"):
                yield from _unread(rule) if isinstance(rule, Unknown) else self._packets(rule)
        yield from self._by_default(policy)

    def _by_default(self, policy: Fields) -> Iterator[Line]:
        action = _standard(policy.leaves("stateless_default_actions") or ())
        if isinstance(action, Unknown):
            yield from _unread(action)
        else:
            yield Line(action, ANYWHERE, ANYWHERE, ANY, policy.origin, "stateless default action")

    def _packets(self, rule: Fields) -> Iterator[Line]:
        definition = rule.block("rule_definition")
        match = definition.block("match_attributes") if isinstance(definition, Fields) else definition
        action = _standard(definition.leaves("actions") or ()) if isinstance(definition, Fields) else None
        if not isinstance(match, Fields) or not isinstance(action, Action):
            reason = next((each for each in (match, action) if isinstance(each, Unknown)), None)
            yield from _unread(reason or Unknown(f"a rule of {rule.resource.address}", rule.origin))
            return
        source, why = _blocks(match, "source")
        destination, why_there = _blocks(match, "destination")
        doubts = [*why, *why_there]
        if match.raw("tcp_flag") not in (None, []):
            doubts.append(Unknown(f"the TCP flags of {rule.resource.address}", rule.origin))
        if _spans(match, "source_port") != [(0, 65535)]:
            doubts.append(Unknown(f"the source ports of {rule.resource.address}", rule.origin))
        text = f"stateless {action}"
        for traffic, because in _stateless_traffic(match):
            yield Line(action, source, destination, traffic, rule.origin, text, (*doubts, *because))

    # ---- stateful -------------------------------------------------------------------------------------

    def _stateful(self, policy: Fields) -> Iterator[Line]:
        options = policy.block("stateful_engine_options")
        order = options.text("rule_order") if isinstance(options, Fields) else options
        if isinstance(order, Unknown):
            yield from _unread(order)
            return
        strict = order == "STRICT_ORDER"
        named = policy.raw("policy_variables") not in (None, [])
        ranked: list[tuple[int, Line]] = []
        for reference in self._in_order(policy, "stateful_rule_group_reference", strict):
            ranked += self._group(reference, strict, named)
        yield from (line for _, line in (ranked if strict else sorted(ranked, key=lambda each: each[0])))
        actions = policy.leaves("stateful_default_actions") or ()
        if strict and "aws:drop_strict" in actions:
            return
        reason = Unknown("what becomes of flows that no stateful rule matches", policy.origin)
        yield Line(Action.ALLOW, ANYWHERE, ANYWHERE, ANY, policy.origin, "no stateful rule", (reason,))

    def _group(self, reference: Fields | Unknown, strict: bool, named: bool) -> Iterator[tuple[int, Line]]:
        """The rules of a group, each with its place among the actions."""
        group = reference if isinstance(reference, Unknown) else self._source_of(reference)
        source = group if isinstance(group, Unknown) else group.block("rules_source")
        rules = source.blocks("stateful_rule") if isinstance(source, Fields) else ()
        if isinstance(group, Unknown) or not isinstance(source, Fields) or not rules:
            reason = group if isinstance(group, Unknown) else Unknown("rules of other forms", reference.origin)
            yield from _unread_flows(reason)
            return
        variables = {} if named else _variables(group)
        for rule in rules:
            yield from _unread_flows(rule) if isinstance(rule, Unknown) else _flows(rule, variables, strict)


def _standard(actions: Iterable[Leaf]) -> Action | Unknown:
    """The standard action among those of a stateless rule; the others only count packets."""
    found = [_STATELESS[each] for each in actions if isinstance(each, str) and each in _STATELESS]
    reason = next((each for each in actions if isinstance(each, Unknown)), None)
    return found[0] if len(found) == 1 and reason is None else reason or Unknown("a stateless action")


def _blocks(match: Fields, name: str) -> tuple[AddressSet, list[Unknown]]:
    """The addresses of a stateless rule; without any, all of them."""
    found: list[AddressSet] = []
    for block in match.blocks(name):
        text = block if isinstance(block, Unknown) else block.text("address_definition")
        addresses = cidr(text) if isinstance(text, str) else None
        if addresses is None:
            what = Unknown(f"a {name} of {match.resource.address}", match.origin)
            return ANYWHERE, [text if isinstance(text, Unknown) else what]
        found.append(addresses)
    return (AddressSet.union(found) if found else ANYWHERE), []


def _spans(match: Fields, name: str) -> list[tuple[int, int]] | None:
    """The ranges of ports of a stateless rule; without any, all of them; None where they are not known."""
    found: list[tuple[int, int]] = []
    for block in match.blocks(name):
        first = block.number("from_port") if isinstance(block, Fields) else None
        last = block.number("to_port") if isinstance(block, Fields) else None
        last = first if last is None else last
        if not isinstance(first, int) or not isinstance(last, int) or not 0 <= first <= last <= 65535:
            return None
        found.append((first, last))
    return found or [(0, 65535)]


def _stateless_traffic(match: Fields) -> Iterator[tuple[Traffic, tuple[Unknown, ...]]]:
    """The traffic of a stateless rule: ports count for TCP and UDP only."""
    origin, protocols = match.origin, match.raw("protocols")
    unread = (Unknown(f"the traffic of a rule of {match.resource.address}", origin),)
    try:
        numbers = [int(str(each)) for each in protocols] if isinstance(protocols, list | tuple) else []
        traffic = Traffic.union(Traffic.protocol(number) for number in numbers) if numbers else ANY
    except ValueError:
        yield ANY, unread
        return
    if protocols is not None and not isinstance(protocols, list | tuple):
        yield ANY, unread
        return
    spans = _spans(match, "destination_port")
    if spans == [(0, 65535)]:
        yield traffic, ()
        return
    ported = traffic & (TCP | UDP)
    if spans is None:
        yield traffic, unread
        return
    dialled = Traffic.union(Traffic.ports(name, *span) for name in ("tcp", "udp") for span in spans)
    yield ported & dialled, ()
    if traffic - ported:
        yield traffic - ported, unread


def _variables(group: Fields) -> dict[str, AddressSet]:
    """The named sets of addresses of a group, as far as they are known."""
    found: dict[str, AddressSet] = {}
    variables = group.block("rule_variables")
    for block in variables.blocks("ip_sets") if isinstance(variables, Fields) else ():
        name = block.text("key") if isinstance(block, Fields) else None
        listed = block.block("ip_set") if isinstance(block, Fields) else None
        leaves = listed.leaves("definition") or () if isinstance(listed, Fields) else ()
        blocks = [cidr(leaf) if isinstance(leaf, str) else None for leaf in leaves]
        known = [each for each in blocks if each is not None]
        if isinstance(name, str) and known and len(known) == len(blocks):
            found[name] = AddressSet.union(known)
    return found


def _flows(rule: Fields, variables: Mapping[str, AddressSet], strict: bool) -> Iterator[tuple[int, Line]]:
    """A stateful rule: in both directions where it says so."""
    header, name = rule.block("header"), rule.text("action")
    if not isinstance(header, Fields) or name not in _ORDER:
        reason = next((each for each in (header, name) if isinstance(each, Unknown)), None)
        what = Unknown(f"a rule of {rule.resource.address}", rule.origin)
        yield from _unread_flows(reason or what)
        return
    doubts = list(_options(rule))
    place = _ORDER.index(name)
    if name == "ALERT":
        if not strict:
            return
        doubts.append(Unknown("whether what alerts in strict order is passed", rule.origin))
    direction = header.text("direction")
    ends = [("source", "destination"), ("destination", "source")]
    if direction not in ("FORWARD", "ANY"):
        doubts.append(Unknown(f"the direction of a rule of {rule.resource.address}", rule.origin))
    for one, other in ends if direction != "FORWARD" else ends[:1]:
        source, why = _addresses(header, one, variables)
        destination, why_there = _addresses(header, other, variables)
        because = (*doubts, *why, *why_there, *_sending(header, f"{one}_port"))
        for traffic, more in _stateful_traffic(header, f"{other}_port", name):
            action = Action.DENY if name in {"DROP", "REJECT"} else Action.ALLOW
            text = f"stateful {name.lower()}{_written(header)}"
            yield place, Line(action, source, destination, traffic, rule.origin, text, (*because, *more))


def _written(header: Fields) -> str:
    """A header as it is written, if all of it may be printed."""
    names = ("protocol", "source", "source_port", "direction", "destination", "destination_port")
    texts = [header.raw(name) for name in names]
    plain = [str(text) for text in texts if isinstance(text, str) and not isinstance(text, Secret)]
    return f": {' '.join(plain)}" if len(plain) == len(names) else ""


def _options(rule: Fields) -> Iterator[Unknown]:
    """Why a rule may match less than its header says: options that look into packets."""
    for option in rule.blocks("rule_option"):
        keyword = option if isinstance(option, Unknown) else option.text("keyword")
        if isinstance(option, Unknown) or not isinstance(keyword, str):
            yield option if isinstance(option, Unknown) else Unknown("a rule option", rule.origin)
        elif keyword.split(":")[0].strip() not in _SILENT:
            yield Unknown(f"what the option {shown(keyword)} of {rule.resource.address} matches", option.origin)


def _addresses(
    header: Fields, name: str, variables: Mapping[str, AddressSet]
) -> tuple[AddressSet, tuple[Unknown, ...]]:
    """Addresses of a header: `ANY`, a block, a named set, a list of these, or the others (`!`)."""
    text = header.text(name)
    found = _spelled(text, variables) if isinstance(text, str) else None
    if found is not None:
        return found, ()
    reason = text if isinstance(text, Unknown) else Unknown(f"the {name} of {header.resource.address}", header.origin)
    return ANYWHERE, (reason,)


def _spelled(text: str, variables: Mapping[str, AddressSet]) -> AddressSet | None:
    text = text.strip()
    if text.upper() == "ANY":
        return ANYWHERE
    if text.startswith("!"):
        others = _spelled(text[1:], variables)
        return None if others is None else ANYWHERE - others
    if text.startswith("$"):
        return variables.get(text[1:])
    if text.startswith("[") and text.endswith("]") and "[" not in text[1:]:
        pieces = [piece.strip() for piece in text[1:-1].split(",")]
        wanted = [_spelled(piece, variables) for piece in pieces if not piece.startswith("!")]
        unwanted = [_spelled(piece[1:], variables) for piece in pieces if piece.startswith("!")]
        known = [each for each in (*wanted, *unwanted) if each is not None]
        if len(known) != len(pieces):
            return None
        base = AddressSet.union(each for each in wanted if each is not None) if wanted else ANYWHERE
        return base - AddressSet.union(each for each in unwanted if each is not None)
    return cidr(text)


def _sending(header: Fields, name: str) -> Iterator[Unknown]:
    text = header.text(name)
    if not isinstance(text, str) or text.strip().upper() != "ANY":
        yield Unknown(f"the {name.replace('_', ' ')} of {header.resource.address}", header.origin)


def _stateful_traffic(header: Fields, port: str, action: str) -> Iterator[tuple[Traffic, tuple[Unknown, ...]]]:
    """The traffic of a header: exact for IP, TCP, UDP and ICMP; what rejects does so for TCP."""
    protocol, spans = header.text("protocol"), _dialled(header.text(port))
    unread = (Unknown(f"the traffic of a rule of {header.resource.address}", header.origin),)
    everything = spans == [(0, 65535)]
    named = protocol.upper() if isinstance(protocol, str) else ""
    if named == "IP" and everything:
        traffic, exact = ANY, True
    elif named == "ICMP":
        traffic, exact = Traffic.named("icmp") | Traffic.named("icmpv6"), everything
    elif named in {"TCP", "UDP"} and spans is not None:
        traffic, exact = Traffic.union(Traffic.ports(named.lower(), *span) for span in spans), True
    else:
        traffic, exact = ANY, False
    if not exact:
        yield traffic, unread
        return
    sure = traffic & TCP if action == "REJECT" else traffic
    if sure:
        yield sure, ()
    if traffic - sure:
        yield traffic - sure, unread


def _dialled(text: str | Unknown | None) -> list[tuple[int, int]] | None:
    """Ports of a header: `ANY`, a number, a range `1024:2048`, or a list of these; None for all else."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    if text.upper() == "ANY":
        return [(0, 65535)]
    found: list[tuple[int, int]] = []
    for piece in text.removeprefix("[").removesuffix("]").split(","):
        first, colon, last = (part.strip() for part in piece.partition(":"))
        last = (last or "65535") if colon else first
        first = first or "0"
        if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
            return None
        if not 0 <= int(first) <= int(last) <= 65535:
            return None
        found.append((int(first), int(last)))
    return found
