"""Conversions between types, and sensitivity."""

from __future__ import annotations

from netaudit.sources.terraform.convert import convert
from netaudit.sources.terraform.functions.registry import structural
from netaudit.sources.terraform.types import ANY, BOOL, NUMBER, STRING, Type
from netaudit.sources.terraform.values import Marked, Value, mark, unmark_deep


@structural("tostring", 1)
def _tostring(value: Value) -> Value:
    return convert(value, STRING)


@structural("tonumber", 1)
def _tonumber(value: Value) -> Value:
    return convert(value, NUMBER)


@structural("tobool", 1)
def _tobool(value: Value) -> Value:
    return convert(value, BOOL)


@structural("tolist", 1)
def _tolist(value: Value) -> Value:
    return convert(value, Type("list", ANY))


@structural("toset", 1)
def _toset(value: Value) -> Value:
    return convert(value, Type("set", ANY))


@structural("tomap", 1)
def _tomap(value: Value) -> Value:
    return convert(value, Type("map", ANY))


@structural("sensitive", 1)
def _sensitive(value: Value) -> Value:
    return mark(value)


@structural("nonsensitive", 1)
def _nonsensitive(value: Value) -> Value:
    return unmark_deep(value)[0]


@structural("issensitive", 1)
def _issensitive(value: Value) -> Value:
    return isinstance(value, Marked)


@structural("ephemeralasnull", 1)
def _ephemeralasnull(value: Value) -> Value:
    return value
