"""Encodings, hashes, dates."""

from __future__ import annotations

import base64
import binascii
import codecs
import csv
import hashlib
import io
import re
import urllib.parse
import uuid
from collections.abc import Callable
from typing import Any

import yaml

from netaudit.sources.terraform.functions import dates, json_text, yaml_text
from netaudit.sources.terraform.functions.registry import FUNCTIONS, Function, UnsettledError, strict
from netaudit.sources.terraform.types import ANY, NUMBER, STRING
from netaudit.sources.terraform.values import EvaluationError, Map, Seq, Value

_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


@strict("jsonencode", "any", result=STRING)
def _jsonencode(value: Value) -> Value:
    return json_text.encode(value)


@strict("jsondecode", "string", result=ANY)
def _jsondecode(text: str) -> Value:
    return json_text.decode(text)


@strict("yamlencode", "any", result=STRING)
def _yamlencode(value: Value) -> Value:
    return yaml_text.encode(value)


@strict("yamldecode", "string", result=ANY)
def _yamldecode(text: str) -> Value:
    if not text.strip():
        raise EvaluationError("no YAML document")
    try:
        return yaml_text.decode(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise EvaluationError("not valid YAML") from None


_FIELD = r'(?:"(?:[^"]|"")*+"|[^",\n]*+)'
_CSV = re.compile(rf"(?:{_FIELD}(?:,{_FIELD})*+(?:\n|\Z))*+")


@strict("csvdecode", "string", result=ANY)
def _csvdecode(text: str) -> Value:
    text = text.replace("\r\n", "\n")
    if not _CSV.fullmatch(text):
        raise EvaluationError("CSV with a quote that does not stand around a whole field")
    if "\r" in text:
        raise UnsettledError("CSV with a carriage return within a line")
    header, *rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row] or [[]]
    if not header or len(set(header)) < len(header) or any(len(row) != len(header) for row in rows):
        raise EvaluationError("CSV rows that do not fit their header")
    return Seq("list", tuple(Map("object", dict(zip(header, row, strict=True))) for row in rows))


@strict("base64encode", "string", result=STRING)
def _base64encode(text: str) -> Value:
    return base64.b64encode(text.encode()).decode()


@strict("base64decode", "string", result=STRING)
def _base64decode(text: str) -> Value:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise EvaluationError("not base64 of a text") from None


@strict("textencodebase64", "string", "string", result=STRING)
def _textencodebase64(text: str, encoding: str) -> Value:
    try:
        return base64.b64encode(text.encode(encoding)).decode()
    except (LookupError, UnicodeEncodeError):
        raise EvaluationError("no such encoding, or not encodable in it") from None


@strict("textdecodebase64", "string", "string", result=STRING)
def _textdecodebase64(text: str, encoding: str) -> Value:
    try:
        return codecs.decode(base64.b64decode(text, validate=True), codecs.lookup(encoding).name)
    except (binascii.Error, LookupError, UnicodeDecodeError):
        raise EvaluationError("not base64 of a text in that encoding") from None


@strict("urlencode", "string", result=STRING)
def _urlencode(text: str) -> Value:
    return urllib.parse.quote_plus(text, safe="~")


@strict("urldecode", "string", result=STRING)
def _urldecode(text: str) -> Value:
    return urllib.parse.unquote_plus(text)


@strict("uuidv5", "string", "string", result=STRING)
def _uuidv5(namespace: str, name: str) -> Value:
    try:
        return str(uuid.uuid5(_NAMESPACES.get(namespace) or uuid.UUID(namespace), name))
    except ValueError:
        raise EvaluationError("not the namespace of a UUID") from None


HASHES: dict[str, Callable[[bytes], Any]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}


def _hash(algorithm: Callable[[bytes], Any]) -> Callable[[str], Value]:
    return lambda text: algorithm(text.encode()).hexdigest()


def _hash64(algorithm: Callable[[bytes], Any]) -> Callable[[str], Value]:
    return lambda text: base64.b64encode(algorithm(text.encode()).digest()).decode()


for _name, _algorithm in HASHES.items():
    FUNCTIONS[_name] = Function(_name, _hash(_algorithm), ("string",), result=STRING)
for _name in ("sha256", "sha512"):
    FUNCTIONS[f"base64{_name}"] = Function(f"base64{_name}", _hash64(HASHES[_name]), ("string",), result=STRING)


@strict("formatdate", "string", "string", result=STRING)
def _formatdate(layout: str, moment: str) -> Value:
    return dates.format_date(layout, moment)


@strict("timeadd", "string", "string", result=STRING)
def _timeadd(moment: str, duration: str) -> Value:
    return dates.add(moment, duration)


@strict("timecmp", "string", "string", result=NUMBER)
def _timecmp(first: str, second: str) -> Value:
    return dates.compare(first, second)
