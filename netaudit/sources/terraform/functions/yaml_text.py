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
        raise UnsettledError("YAML with a number that is not finite")
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


# --- as Terraform's library (go-cty-yaml, after libyaml) writes it ---------------------------------------

WIDTH = 80
MOST_OF_A_KEY = 128
_ESCAPES = {
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}
_BLANK_AT_END = re.compile(r" (?:[\n\u2028\u2029]|\Z)")
_SHOWN = re.compile("[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")


def encode(value: Value) -> str:
    """The YAML text of a known value: keys and texts quoted, lists not indented."""
    value = settled(value)
    text = [f"{line}\n" for line in (_lines(value, 0) if _is_filled(value) else _leaf("", value, 0))]
    plain = not isinstance(value, str | Seq | Map)
    return "".join(text) + ("...\n" if plain else "")


def _lines(value: Value, at: int) -> list[str]:
    """The lines of a list or map that is not empty, and begins at a column."""
    if isinstance(value, Map):
        return [line for key in sorted(value.entries) for line in _member(key, settled(value.entries[key]), at)]
    return [line for item in value.items for line in _item(settled(item), at)]


def _member(key: str, value: Value, at: int) -> list[str]:
    if "\n" in key or len(key.encode()) > MOST_OF_A_KEY:
        raise UnsettledError("a key of several lines, or a long one")
    head = f"{_quoted(key)[0]}:"
    if _is_filled(value):
        indent = "" if isinstance(value, Seq) else "  "
        return [head, *_indented(_lines(value, at + len(indent)), indent)]
    return _leaf(f"{head} ", value, at)


def _item(value: Value, at: int) -> list[str]:
    if _is_filled(value):
        first, *rest = _lines(value, at + 2)
        return [f"- {first}", *_indented(rest, "  ")]
    return _leaf("- ", value, at)


def _is_filled(value: Value) -> bool:
    return bool((isinstance(value, Seq) and value.items) or (isinstance(value, Map) and value.entries))


def _indented(lines: list[str], indent: str) -> list[str]:
    return [indent + line if line else "" for line in lines]


def _leaf(head: str, value: Value, at: int) -> list[str]:
    """A text, or what has a word of its own, after what stands before it on the line."""
    if not isinstance(value, str):
        return [head + _word(value)]
    if _is_block(value):
        return [f"{head}{_block_mark(value)}", *_indented(value.removesuffix("\n").split("\n"), "  ")]
    first, *rest = _quoted(value, at, len(head))
    return [head + first, *rest]


def _is_block(text: str) -> bool:
    """Whether a text is written line by line: with nothing to escape, and no blank before the end of a line."""
    return "\n" in text and not _BLANK_AT_END.search(text) and all(map(_SHOWN.match, text))


def _block_mark(text: str) -> str:
    hint = "2" if text[0] in " \n" else ""
    if text == "\n" or text.endswith("\n\n"):
        return f"|{hint}+"
    return f"|{hint}" if text.endswith("\n") else f"|{hint}-"


def _quoted(text: str, at: int | None = None, head: int = 0) -> list[str]:
    """A text in quotes. What begins at a column is folded: beyond the width the next blank ends the line."""
    lines: list[str] = []
    line, start, blank = '"', (at or 0) + head, False
    for position, letter in enumerate(text):
        inside = at is not None and not blank and 0 < position < len(text) - 1
        if letter == " " and inside and start + len(line) > WIDTH:
            lines.append(line)
            line, start = "  \\" if text[position + 1] == " " else "  ", at or 0
        else:
            line += _escaped(letter)
        blank = letter == " "
    return [*lines, f'{line}"']


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if _SHOWN.match(letter):
        return letter
    code = ord(letter)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _word(value: Value) -> str:
    if isinstance(value, Seq):
        return "[]"
    if isinstance(value, Map):
        return "{}"
    return encode_json(value) if value is None or isinstance(value, bool) else number_text(value)
