"""YAML as Terraform reads and writes it."""

from __future__ import annotations

import re
from decimal import Decimal

import yaml

from netaudit.sources.terraform.convert import to_string
from netaudit.sources.terraform.functions.json_text import encode as encode_json
from netaudit.sources.terraform.functions.registry import UnsettledError
from netaudit.sources.terraform.values import EvaluationError, Map, Seq, Value, normal, number_text, settled

MAX_NODES = 100_000
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = {"0x": 16, "0o": 8}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BOOLS = {
    **{spelled: True for word in ("true", "yes", "on", "y") for spelled in (word, word.title(), word.upper())},
    **{spelled: False for word in ("false", "no", "off", "n") for spelled in (word, word.title(), word.upper())},
}
_NULL = {"", "~", "null", "Null", "NULL"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d?-\d\d?([Tt ].*)?")
_EXACT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TAGS = "tag:yaml.org,2002:"


def decode(text: str) -> Value:
    """The value of one YAML document. Raises `yaml.YAMLError`, `EvaluationError` and `UnsettledError`."""
    if text.startswith("%"):
        raise UnsettledError("YAML with directives")
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None and text.strip():
        raise EvaluationError("YAML without a document")
    return _Reader().value(node) if node is not None else None


class _Reader:
    """Reads composed nodes; counts them, since aliases can multiply without end."""

    def __init__(self) -> None:
        self.nodes = 0

    def value(self, node: yaml.Node) -> Value:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise EvaluationError(f"YAML of more than {MAX_NODES} nodes")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if node.tag not in (f"{_TAGS}map", f"{_TAGS}seq"):
            raise EvaluationError("YAML with a tag that is not supported")
        if isinstance(node, yaml.MappingNode):
            return Map("object", self.members(node))
        return Seq("tuple", tuple(self.value(n) for n in node.value))

    def members(self, node: yaml.MappingNode) -> dict[str, Value]:
        entries: dict[str, Value] = {}
        for key, value in node.value:
            if key.tag == f"{_TAGS}merge":
                merged = self.value(value)
                if not isinstance(merged, Map):
                    raise EvaluationError("YAML that merges what is no mapping")
                entries = {**merged.entries, **entries}
            else:
                entries[to_string(self.value(key))] = self.value(value)
        return entries


def _scalar(node: yaml.ScalarNode) -> Value:
    text = node.value
    if not node.tag.startswith(_TAGS) and node.tag != "!":
        raise EvaluationError("YAML with a tag that is not supported")
    if node.style in ("'", '"', "|", ">") or node.tag == "!" or _is_called_text(node):
        return text
    if text in _NULL:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INFINITE.fullmatch(text):
        raise EvaluationError("YAML with a number that is not finite")
    if _DATE.fullmatch(text):
        return f"{text}T00:00:00Z"
    if _TIME.fullmatch(text) and not _EXACT_TIME.fullmatch(text):
        raise UnsettledError("YAML with a time")
    return _number(text)


def _is_called_text(node: yaml.ScalarNode) -> bool:
    """Whether `!!str` stands before a plain scalar that would be something else."""
    alone = yaml.resolver.Resolver().resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]
    return node.tag == f"{_TAGS}str" and alone != node.tag


def _number(text: str) -> Value:
    base = _BASED.get(text[:2])
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
    if isinstance(value, str):
        text = [f"{_block_mark(value)}", *_block(value, "  ")] if "\n" in value else [_inline(value)]
        return "".join(f"{line}\n" for line in text)
    return _inline(value) + ("\n" if isinstance(value, Seq | Map) else "\n...\n")


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
    if text[:1].isspace():
        raise UnsettledError("text that begins with white space")
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
