"""Plan and state JSON, each alone (`terraform show -json`; TF-72 … TF-84).

The format has no lines: origins carry the file and the address. Laying plan or state over the text of the
same root is not done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from netaudit.errors import InputError
from netaudit.model import Effect, Origin, Reading, Ref, Resource, Sensitive, Severity, Unknown
from netaudit.sources.terraform.diagnostics import Diagnostics, printable
from netaudit.sources.terraform.files import relative

_INSTANCE_KEY = re.compile(r'\["(?:\\.|[^"\\])*"\]|\[\d+\]')
AFTER_APPLY = "known after apply"
MAX_DEPTH = 60

# Blocks of the network that `dynamic` may write: plan JSON then hides that they are configured (TF-77). Where one
# of the arguments beside a name is configured, AWS takes no such block, so there is none.
_HIDDEN_BLOCKS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("ingress", "egress", "route", "entry", "rule", "attachment", "listener", "network_interfaces"), ()
    ),
    **dict.fromkeys(("action", "default_action", "forward", "target_group", "load_balancer", "launch_template"), ()),
    **dict.fromkeys(("vpc_config", "vpc_options", "network_configuration", "broker_node_group_info"), ()),
    **dict.fromkeys(("endpoint_details", "cluster_config"), ()),
    "mixed_instances_policy": ("launch_template", "launch_configuration"),
    "network_interface": ("subnet_id", "vpc_security_group_ids", "security_groups", "private_ip"),
    "subnet_mapping": ("subnets",),
}
HIDDEN = "a dynamic block may write it, which plan JSON does not show: give the code beside the plan"


def read_plan_or_state(path: Path, document: Mapping[str, Any], *, name: str, beside_code: bool = False) -> Reading:
    """Read a parsed plan or state. Raises `InputError` for another major version, or neither of the two.

    `beside_code` keeps every unknown attribute, since the code then tells which of them nobody wrote (TF-80).
    """
    file = relative(path)
    _check_version(document, file)
    diagnostics = Diagnostics()
    if "planned_values" in document or "resource_changes" in document:
        resources, kind = list(_PlanReader(document, file, diagnostics, beside_code).resources()), "plan"
    elif "values" in document or set(document) <= {"format_version", "terraform_version", "checks"}:
        root = _mapping(_mapping(document.get("values")).get("root_module"))
        resources, kind = list(_StateReader(file, diagnostics).resources(root)), "state"
    else:
        raise InputError("neither a plan nor a state (terraform show -json)", file)
    unique = {r.address: r for r in resources}
    ordered = tuple(unique[address] for address in sorted(unique))
    return Reading(name, kind, ordered, diagnostics.sorted())


def recorded_variables(document: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the variables of the root module had when a plan was made."""
    return {k: v["value"] for k, v in _mapping(document.get("variables")).items() if "value" in _mapping(v)}


def _check_version(document: Mapping[str, Any], file: str) -> None:
    version = document.get("format_version")
    if not isinstance(version, str) or version.split(".", 1)[0] not in ("0", "1"):
        shown = printable(str(version))
        raise InputError(f"format_version {shown} is not read: only 1.x of `terraform show -json` is", file)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _records(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


@dataclass(slots=True)
class _StateReader:
    """Resources as a tree of modules has them: a state, or the prior state within a plan."""

    file: str
    diagnostics: Diagnostics

    def resources(self, root: Mapping[str, Any], mode: str = "") -> Iterator[Resource]:
        """Every resource, or those of one mode."""
        pending = [root]
        while pending:
            module = pending.pop()
            pending += _records(module.get("child_modules"))
            for record in _records(module.get("resources")):
                if not mode or record.get("mode") == mode:
                    yield from self._resource(record)

    def _resource(self, record: Mapping[str, Any]) -> Iterator[Resource]:
        address, kind = _text(record, "address"), _text(record, "type")
        if not address or not kind:
            _malformed(self.file, "a resource without address or type", self.diagnostics)
            return
        values = _mapping(record.get("values"))
        attributes = _merged(values, None, record.get("sensitive_values"), Origin(self.file, address=address))
        yield _resource(self.file, record, attributes, _settings_of_arn(values.get("arn")))


def _malformed(file: str, what: str, diagnostics: Diagnostics) -> None:
    diagnostics.add("TF_PLAN", f"{what} is left out", Origin(file), Effect.UNREADABLE, Severity.ERROR)


def _resource(file: str, record: Mapping[str, Any], attributes: Any, settings: Mapping[str, Any]) -> Resource:
    address, kind = _text(record, "address"), _text(record, "type")
    is_data = record.get("mode") == "data"
    return Resource(
        kind=f"data.{kind}" if is_data else kind,
        address=address,
        attributes={k: v for k, v in attributes.items() if v is not None},
        origin=Origin(file, address=address),
        settings=settings,
    )


def _settings_of_arn(arn: Any) -> dict[str, Any]:
    """Region and account stand in most ARNs."""
    parts = arn.split(":") if isinstance(arn, str) else []
    if len(parts) < 6:
        return {}
    return {k: v for k, v in (("region", parts[3]), ("account_id", parts[4])) if v}


def _merged(value: Any, unknown: Any, sensitive: Any, origin: Origin, depth: int = 0) -> Any:
    """A value with what is unknown and what is sensitive in it; the three trees mirror each other (TF-78)."""
    if unknown is True:
        return Unknown(AFTER_APPLY, origin)
    if depth > MAX_DEPTH:
        return Unknown("nested too deeply", origin)
    if isinstance(value, Mapping) or isinstance(unknown, Mapping):
        members, open_parts, marks = _mapping(value), _mapping(unknown), sensitive
        keys = [*members, *(k for k in open_parts if k not in members and _has_unknown(open_parts[k]))]
        return {str(k): _merged(members.get(k), open_parts.get(k), _part(marks, k), origin, depth + 1) for k in keys}
    if isinstance(value, list) or isinstance(unknown, list):
        return _merged_list(value, unknown, sensitive, origin, depth)
    plain = Decimal(str(value)) if isinstance(value, float) else value
    return Sensitive(plain) if sensitive is True and plain is not None else plain


def _merged_list(value: Any, unknown: Any, sensitive: Any, origin: Origin, depth: int) -> list[Any]:
    items = value if isinstance(value, list) else []
    opens = unknown if isinstance(unknown, list) else []
    length = max(len(items), len(opens))
    return [_merged(_at(items, i), _at(opens, i), _part(sensitive, i), origin, depth + 1) for i in range(length)]


def _at(items: list[Any], position: int) -> Any:
    return items[position] if position < len(items) else None


def _part(marks: Any, key: str | int) -> Any:
    if marks is True:
        return True
    if isinstance(marks, Mapping):
        return marks.get(key)
    return _at(marks, key) if isinstance(marks, list) and isinstance(key, int) else None


def _has_unknown(tree: Any) -> bool:
    """Whether anything in a tree of `after_unknown` is unknown; a walk with its own stack."""
    pending = [tree]
    while pending:
        current = pending.pop()
        if current is True:
            return True
        if isinstance(current, Mapping):
            pending += current.values()
        elif isinstance(current, list):
            pending += current
    return False


@dataclass(slots=True)
class _PlanReader:
    """What will exist once the plan is applied: every change whose `after` is not null (TF-84)."""

    document: Mapping[str, Any]
    file: str
    diagnostics: Diagnostics
    beside_code: bool = False
    addresses: set[str] = field(default_factory=set)

    def resources(self) -> Iterator[Resource]:
        """Managed resources after the apply, and data sources with their answers."""
        changes = [c for c in _records(self.document.get("resource_changes")) if self._exists(c)]
        self.addresses = {_text(change, "address") for change in changes}
        self._report_gaps()
        prior = _mapping(_mapping(self.document.get("prior_state")).get("values"))
        state = _StateReader(self.file, self.diagnostics)
        yield from state.resources(_mapping(prior.get("root_module")), "data")
        if "resource_changes" not in self.document:
            planned = _mapping(self.document.get("planned_values"))
            yield from state.resources(_mapping(planned.get("root_module")))
        for change in changes:
            yield from self._resource(change)

    def _report_gaps(self) -> None:
        """A plan that leaves something out of what will exist says so nowhere but here (TF-72)."""
        gaps = {
            "it has no resource_changes: what is known after apply cannot be told from what is absent": (
                "resource_changes" not in self.document
            ),
            "it is not complete: it was targeted, or planning failed": self.document.get("complete") is False
            or self.document.get("errored") is True,
            "some changes are deferred, and not in it": bool(_records(self.document.get("deferred_changes"))),
        }
        for message in (m for m, found in gaps.items() if found):
            self.diagnostics.add("TF_PLAN", message, Origin(self.file), Effect.UNREADABLE)

    def _exists(self, change: Mapping[str, Any]) -> bool:
        return isinstance(_mapping(change.get("change")).get("after"), Mapping)

    def _resource(self, record: Mapping[str, Any]) -> Iterator[Resource]:
        address = _text(record, "address")
        if not address or not _text(record, "type"):
            _malformed(self.file, "a change without address or type", self.diagnostics)
            return
        change = _mapping(record.get("change"))
        after, unknown = _mapping(change.get("after")), _mapping(change.get("after_unknown"))
        origin = Origin(self.file, address=address)
        attributes = _merged(after, unknown, change.get("after_sensitive"), origin)
        configured = self._configuration(record)
        for name in [n for n, tree in unknown.items() if tree is True]:
            value = self._unknown(record, name, configured, origin)
            if value is None:
                attributes.pop(name, None)
            else:
                attributes[name] = value
        yield _resource(self.file, record, attributes, self._settings(configured, after))

    def _unknown(self, record: Mapping[str, Any], name: str, configured: Mapping[str, Any], origin: Origin) -> Any:
        """An unknown attribute: a link, an unknown, or absent because nobody configured it (TF-80)."""
        expressions = _mapping(configured.get("expressions"))
        if name in expressions:
            reference = self._reference(record, name, _mapping(expressions[name]).get("references"))
            return reference if reference is not None else Unknown(AFTER_APPLY, origin)
        if name in ("id", "arn"):
            return Ref(_text(record, "address"), (name,))
        rivals = _HIDDEN_BLOCKS.get(name)
        if not configured or self.beside_code:
            return Unknown(AFTER_APPLY, origin)
        if rivals is None or any(rival in expressions for rival in rivals):
            return None
        return [Unknown(HIDDEN, origin, many=True)]

    def _reference(self, record: Mapping[str, Any], name: str, references: Any) -> Ref | None:
        """The link of `vpc_id = aws_vpc.main.id`, where the plan leaves no doubt about it (TF-76)."""
        if not name.endswith("_id") or not isinstance(references, list):
            return None
        texts = [r for r in references if isinstance(r, str)]
        longest = max(texts, key=len, default="")
        target, _, attribute = longest.rpartition(".")
        if attribute != "id" or any(not longest.startswith(t) for t in texts):
            return None
        module = _text(record, "module_address")
        address = f"{module}.{target}" if module else target
        return Ref(address, ("id",)) if address in self.addresses else None

    def _configuration(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The block that a resource comes from."""
        module = _mapping(_mapping(self.document.get("configuration")).get("root_module"))
        for step in call_path(_text(record, "module_address")):
            call = _mapping(_mapping(module.get("module_calls")).get(step))
            module = _mapping(call.get("module"))
        for block in _records(module.get("resources")):
            if all(block.get(key) == record.get(key) for key in ("mode", "type", "name")):
                return block
        return {}

    def _settings(self, configured: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
        providers = _mapping(_mapping(self.document.get("configuration")).get("provider_config"))
        provider = _mapping(providers.get(_text(configured, "provider_config_key")))
        region = _mapping(_mapping(provider.get("expressions")).get("region")).get("constant_value")
        known = {"region": region} if isinstance(region, str) else {}
        return known | _settings_of_arn(after.get("arn"))


def call_path(address: str) -> list[str]:
    """The names of the calls in a module address, without keys: `module.a["k"].module.b` gives a, b."""
    without_keys = _INSTANCE_KEY.sub("", address)
    return without_keys.split(".")[1::2]
