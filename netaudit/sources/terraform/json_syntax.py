"""`*.tf.json`: the same language in JSON, with expressions as strings (TF-26).

JSON alone does not say whether an object is a block or a map. At the top level the language fixes it;
within a resource, objects under the names of network blocks are taken as blocks, all others as values.
Lines are those of the file's first line: JSON values carry no positions.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from netaudit.sources.terraform import hcl
from netaudit.sources.terraform.syntax import (
    Attribute,
    Block,
    Body,
    Expression,
    Literal,
    ObjectOf,
    Span,
    TupleOf,
)

_LABELS = {"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1, "ephemeral": 2}
_UNLABELLED = ("locals", "terraform", "moved", "import", "removed")
_BLOCKS = frozenset(
    {
        *("ingress", "egress", "route", "entry", "attachment", "filter", "timeouts", "lifecycle", "content"),
        *("vpc_config", "network_configuration", "network_interface", "network_interfaces", "subnet_mapping"),
        *("default_action", "action", "condition", "load_balancer", "access_logs", "health_check", "stickiness"),
        *("options", "requester", "accepter", "dns_options", "assume_role", "launch_template", "placement"),
        *("metadata_options", "root_block_device", "provisioner", "connection"),
    }
)
_FIRST = Span(1, 1, 1, 1)


@functools.lru_cache(maxsize=1024)
def parse_file(text: str) -> Body:
    """The body of a JSON file. Raises `HclSyntaxError`."""
    try:
        document = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        line = int(getattr(error, "lineno", 0))
        raise hcl.HclSyntaxError("not valid JSON", line) from None
    except RecursionError:
        raise hcl.HclSyntaxError("nested too deeply") from None
    if not isinstance(document, dict):
        raise hcl.HclSyntaxError("not a JSON object")
    return Body({}, tuple(block for key, value in document.items() for block in _top(key, value)))


def literal(value: Any) -> Expression:
    """A JSON value as an expression without interpolation, as in `*.tfvars.json`."""
    if isinstance(value, dict):
        return ObjectOf(tuple((Literal(str(k), _FIRST), literal(v)) for k, v in value.items()), _FIRST)
    if isinstance(value, list):
        return TupleOf(tuple(literal(v) for v in value), _FIRST)
    return Literal(Decimal(str(value)) if isinstance(value, float) else value, _FIRST)


def _top(key: str, value: Any) -> Iterator[Block]:
    if key in _UNLABELLED:
        for one in _several(value):
            yield Block(key, (), _body(one, ""), _FIRST)
    elif key in _LABELS:
        yield from _labelled(key, (), value, _LABELS[key])


def _labelled(key: str, labels: tuple[str, ...], value: Any, depth: int) -> Iterator[Block]:
    for one in _several(value):
        if depth == 0:
            yield Block(key, labels, _body(one, key), _FIRST)
        else:
            for label, inner in one.items():
                yield from _labelled(key, (*labels, str(label)), inner, depth - 1)


def _several(value: Any) -> list[dict[str, Any]]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, dict) for v in values):
        raise hcl.HclSyntaxError("an object is required where a block stands")
    return values


def _body(members: dict[str, Any], kind: str) -> Body:
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    for name, value in members.items():
        if name == "//":
            continue
        if name == "dynamic" and kind not in ("variable", ""):
            blocks += _labelled("dynamic", (), value, 1)
        elif name in _BLOCKS and isinstance(value, dict | list) and _all_objects(value):
            blocks += [Block(name, (), _body(v, "block"), _FIRST) for v in _several(value)]
        else:
            attributes[name] = Attribute(name, _argument(kind, name, value), _FIRST)
    return Body(attributes, tuple(blocks))


def _all_objects(value: Any) -> bool:
    return isinstance(value, dict) or all(isinstance(v, dict) for v in value)


def _argument(kind: str, name: str, value: Any) -> Expression:
    """Types and provider references are bare expressions in strings; variable defaults are literal."""
    if kind == "variable":
        if name == "type" and isinstance(value, str):
            return hcl.parse_expression(value)
        return literal(value)
    if name in ("provider", "providers") or (kind == "module" and name == "source"):
        return _reference(value)
    return _expression(value)


def _reference(value: Any) -> Expression:
    if isinstance(value, dict):
        return ObjectOf(tuple((Literal(k, _FIRST), _reference(v)) for k, v in value.items()), _FIRST)
    return Literal(value, _FIRST) if not isinstance(value, list) else _expression(value)


def _expression(value: Any) -> Expression:
    if isinstance(value, dict):
        items = ((_expression(str(k)), _expression(v)) for k, v in value.items() if k != "//")
        return ObjectOf(tuple(items), _FIRST)
    if isinstance(value, list):
        return TupleOf(tuple(_expression(v) for v in value), _FIRST)
    if isinstance(value, str):
        return hcl.parse_template(value) if "${" in value or "%{" in value else Literal(value, _FIRST)
    return Literal(value, _FIRST)
