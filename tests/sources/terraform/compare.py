"""Holding a reading against the real plan: what is comparable is what the corpus README says is (TF-114).

`compare(reading, plan)` gives the addresses on each side, and for every value that the text configures and
the plan knows: equal, unknown to us, or wrong. Order in sets, protocol spelling, scalar types and the
formatting of JSON do not count; provider defaults for what is not configured do not either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from netaudit.model import Reading, Ref, Resource, Sensitive, Unknown

# Hashed, merged with provider settings, or given by the clock.
INCOMPARABLE = frozenset({"user_data", "user_data_base64", "tags_all", "timestamp", "timeouts"})
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
_PROTOCOLS |= {name: name for name in ("tcp", "udp", "icmp", "icmpv6")}  # in lower case

NETWORK_KINDS = (
    "aws_security_group",
    "aws_vpc",
    "aws_subnet",
    "aws_route",
    "aws_network_acl",
    "aws_default_",
    "aws_ec2_transit_gateway",
    "aws_ec2_managed_prefix_list",
    "aws_instance",
    "aws_network_interface",
    "aws_lb",
    "aws_db",
    "aws_rds",
    "aws_eks",
    "aws_nat_gateway",
    "aws_internet_gateway",
    "aws_eip",
)


@dataclass(slots=True)
class Comparison:
    """What came of it. `wrong` must stay empty; `unknown` and `missing` name the places."""

    planned: frozenset[str]
    read: frozenset[str]
    equal: int = 0
    unknown: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def share_known(self) -> float:
        """The share of comparable values that are known and equal."""
        total = self.equal + len(self.unknown) + len(self.wrong)
        return self.equal / total if total else 1.0


def compare(reading: Reading, plan: Mapping[str, Any], kinds: tuple[str, ...] = ("",)) -> Comparison:
    """Compare the managed resources of a reading with a plan."""
    ours = {r.address: r for r in reading.resources if not r.kind.startswith("data.")}
    changes = {c["address"]: c["change"] for c in plan["resource_changes"] if c["mode"] == "managed"}
    result = Comparison(frozenset(planned_addresses(plan)), frozenset(ours))
    for address in sorted(result.planned & result.read & changes.keys()):
        if ours[address].kind.startswith(kinds):
            _compare_resource(ours[address], changes[address], result)
    return result


def planned_addresses(plan: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of the managed resources that will exist."""
    pending = [plan["planned_values"]["root_module"]]
    while pending:
        module = pending.pop()
        pending += module.get("child_modules", [])
        yield from (r["address"] for r in module.get("resources", []) if r["mode"] == "managed")


def _compare_resource(resource: Resource, change: Mapping[str, Any], result: Comparison) -> None:
    after, unknown = change["after"], change["after_unknown"]
    for name, value in after.items():
        if name in INCOMPARABLE or value is None or unknown.get(name) is True:
            continue
        where = f"{resource.address}.{name}"
        if name in resource.attributes:
            _compare(resource.attributes[name], value, unknown.get(name), where, result)
        elif value not in ("", [], {}, False, 0):
            result.missing.append(f"{where} = {value!r:.80}")


def _compare(ours: Any, theirs: Any, unknown: Any, where: str, result: Comparison) -> None:
    ours = ours.value if isinstance(ours, Sensitive) else ours
    if unknown is True:
        return
    if isinstance(ours, Unknown | Ref):
        if theirs not in (None, "", [], {}):
            result.unknown.append(f"{where}: {ours} | {theirs!r:.60}")
    elif isinstance(theirs, Mapping) and isinstance(ours, Mapping):
        _compare_mapping(ours, theirs, unknown, where, result)
    elif isinstance(theirs, list) and isinstance(ours, list):
        _compare_list(ours, theirs, unknown, where, result)
    elif same_scalar(ours, theirs) or (ours == [] and theirs is None):
        result.equal += 1
    else:
        result.wrong.append(f"{where}: read {ours!r:.200}, planned {theirs!r:.200}")


def _compare_mapping(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], unknown: Any, where: str, result: Comparison
) -> None:
    opens = unknown if isinstance(unknown, Mapping) else {}
    for key, value in ours.items():
        if isinstance(value, Unknown) and value.many:
            result.unknown.append(f"{where}: {value}")
        elif key in theirs:
            _compare(value, theirs[key], opens.get(key), f"{where}.{key}", result)
        elif opens.get(key) is not True and value is not None and not isinstance(value, Unknown | Ref):
            result.wrong.append(f"{where}.{key}: read {value!r:.80}, not planned")
    for key, value in theirs.items():
        if key not in ours and value not in (None, "", [], {}, False, 0):
            result.missing.append(f"{where}.{key} = {value!r:.80}")


def _compare_list(ours: list[Any], theirs: list[Any], unknown: Any, where: str, result: Comparison) -> None:
    """Lists may be sets that the provider sorted: each of ours takes the partner that fits best."""
    opens = unknown if isinstance(unknown, list) else [None] * len(theirs)
    opens = [*opens, *[None] * (len(theirs) - len(opens))]
    many = [o for o in ours if isinstance(o, Unknown) and o.many]
    result.unknown += [f"{where}: {o}" for o in many]
    rest = list(zip(theirs, opens, strict=False))
    for position, item in enumerate(o for o in ours if not (isinstance(o, Unknown) and o.many)):
        here = f"{where}[{position}]"
        if not rest:
            _report_surplus(item, here, unknown, result)
            continue
        partner = min(rest, key=lambda pair: _distance(item, pair[0], pair[1], here))
        rest.remove(partner)
        _compare(item, partner[0], partner[1], here, result)
    if rest and not many:
        result.wrong.append(f"{where}: not read {[r[0] for r in rest]!r:.200}")


def _report_surplus(item: Any, where: str, unknown: Any, result: Comparison) -> None:
    if unknown is None or not isinstance(item, Unknown | Ref):
        result.wrong.append(f"{where}: read {item!r:.80}, not planned")


def _distance(ours: Any, theirs: Any, unknown: Any, where: str) -> tuple[int, int, int]:
    trial = Comparison(frozenset(), frozenset())
    _compare(ours, theirs, unknown, where, trial)
    return len(trial.wrong), len(trial.unknown), -trial.equal


def same_scalar(ours: Any, theirs: Any) -> bool:
    """Equality of scalars, after the provider's normalisation."""
    if ours is None:
        return theirs in (None, "", False, 0, [], {})
    a, b = _spelled(ours), _spelled(theirs)
    return a == b or _same_json(a, b) or _same_number(a, b)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return _PROTOCOLS.get(text.lower(), text).removesuffix(".")  # names of zones lose their final dot


def _same_number(a: str, b: str) -> bool:
    try:
        return float(a) == float(b)
    except ValueError:
        return False


def _same_json(a: str, b: str) -> bool:
    if not (a.startswith(("{", "[")) and b.startswith(("{", "["))):
        return False
    try:
        return bool(json.loads(a) == json.loads(b))
    except ValueError:
        return False
