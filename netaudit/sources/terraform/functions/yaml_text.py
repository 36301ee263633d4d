"""YAML as Terraform reads and writes it."""

from __future__ import annotations

import re
from decimal import Decimal

import yaml

from netaudit.sources.terraform.functions.json_text import encode as encode_json
from netaudit.sources.terraform.values import EvaluationError, Map, Seq, Value, normal, number_text, settled

MAX_NODES = 100_000
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = {"0x": 16, "0o": 8, "0b": 2}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TRUE, _FALSE = {"true", "yes", "on", "y"}, {"false", "no", "off", "n"}
_NULL = {"", "~", "null"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def decode(text: str) -> Value:
    """The value of one YAML document. Raises `yaml.YAMLError` and `EvaluationError`."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return _Reader().value(node) if node is not None else None


class _Reader:
    """Reads composed nodes; counts them, since aliases can multiply without end."""

    def __init__(self) -> None:
        self.nodes = 0

    def value(self, node: yaml.Node) -> Value:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise EvaluationError(f"YAML of more than {MAX_NODES} nodes")
        if isinstance(node, yaml.SequenceNode):
            return Seq("tuple", tuple(self.value(n) for n in node.value))
        if isinstance(node, yaml.MappingNode):
            return Map("object", self.members(node))
        return _scalar(node) if isinstance(node, yaml.ScalarNode) else None

    def members(self, node: yaml.MappingNode) -> dict[str, Value]:
        entries: dict[str, Value] = {}
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                merged = self.value(value)
                entries = {**(merged.entries if isinstance(merged, Map) else {}), **entries}
            else:
                entries[str(key.value)] = self.value(value)
        return entries


def _scalar(node: yaml.ScalarNode) -> Value:
    text = node.value
    if node.style in ("'", '"', "|", ">") or node.tag == "!":
        return text
    if text.lower() in _NULL:
        return None
    if text.lower() in _TRUE | _FALSE and len(text) > 1:
        return text.lower() in _TRUE
    if _DATE.fullmatch(text):
        return f"{text}T00:00:00Z"
    return _number(text)


def _number(text: str) -> Value:
    base = _BASED.get(text[:2].lower())
    try:
        if base is not None:
            return int(text[2:], base)
        if _INT.fullmatch(text) or _FLOAT.fullmatch(text):
            return normal(Decimal(text))
    except ValueError:
        return text
    return text


def encode(value: Value) -> str:
    """The YAML text of a known value: keys and texts quoted, lists not indented."""
    value = settled(value)
    if isinstance(value, Seq | Map) and (value.items if isinstance(value, Seq) else value.entries):
        return "".join(f"{line}\n" for line in _lines(value))
    return _inline(value) + "\n"


def _lines(value: Value) -> list[str]:
    if isinstance(value, Map):
        return [line for key in sorted(value.entries) for line in _member(key, settled(value.entries[key]))]
    return [line for item in value.items for line in _item(settled(item))]


def _member(key: str, value: Value) -> list[str]:
    head = f"{encode_json(key)}:"
    if _is_filled(value):
        indent = "" if isinstance(value, Seq) else "  "
        return [head, *(indent + line for line in _lines(value))]
    if isinstance(value, str) and "\n" in value:
        return [f"{head} {_block_mark(value)}", *_block(value, "  ")]
    return [f"{head} {_inline(value)}"]


def _item(value: Value) -> list[str]:
    if _is_filled(value):
        first, *rest = _lines(value)
        return [f"- {first}", *(f"  {line}" for line in rest)]
    if isinstance(value, str) and "\n" in value:
        return [f"- {_block_mark(value)}", *_block(value, "  ")]
    return [f"- {_inline(value)}"]


def _is_filled(value: Value) -> bool:
    return bool((isinstance(value, Seq) and value.items) or (isinstance(value, Map) and value.entries))


def _block_mark(text: str) -> str:
    if text.endswith("\n\n"):
        return "|+"
    return "|" if text.endswith("\n") else "|-"


def _block(text: str, indent: str) -> list[str]:
    return [indent + line if line else "" for line in text.removesuffix("\n").split("\n")]


def _inline(value: Value) -> str:
    if isinstance(value, Seq):
        return "[]"
    if isinstance(value, Map):
        return "{}"
    if isinstance(value, str):
        return encode_json(value)
    return encode_json(value) if value is None or isinstance(value, bool) else number_text(value)
