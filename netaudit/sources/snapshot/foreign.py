"""What other tools say about an account: named for what it is, since it has the words of the API and not its shapes."""

from __future__ import annotations

from collections.abc import Mapping

from netaudit.model import Value
from netaudit.sources.snapshot.answers import TELLING, Answer, answers

_GIVE = "give what `aws ec2 describe-…` prints"
_CONFIG = frozenset({"configurationItems", "configurationItem", "configurationItemVersion"})
_COLUMNS = frozenset({"vpc_id", "subnet_id", "network_interface_id", "security_group_id", "route_table_id"})
_OTHERWISE = frozenset(key.lower() for key in TELLING)


def is_foreign(document: Value) -> bool:
    """Whether a document tells of an account in the shapes of another tool."""
    return any(why_foreign(each) for each in answers(document))


def why_foreign(answer: Answer) -> str:
    """What an answer is that is none of the API, and what to give instead; empty where that is not known."""
    found = answer.value
    if not isinstance(found, Mapping):
        return ""
    if not _CONFIG.isdisjoint(found):
        return f"this is of AWS Config, whose items are no answers of the API: {_GIVE}"
    if "_cq_id" in found:
        return f"this is a table of CloudQuery, which is no answer of the API: {_GIVE}"
    if _is_row(found) if answer.listed else _has_rows(found):
        return f"this is a table of a query, as Steampipe prints it, which is no answer of the API: {_GIVE}"
    for key, each in found.items():
        if key not in TELLING and key.replace("_", "").lower() in _OTHERWISE and isinstance(each, list):
            return f"'{key}' is not how the API writes it, which is capitalised: {_GIVE}"
    return ""


def _has_rows(found: Mapping[str, Value]) -> bool:
    rows = found.get("rows")
    return isinstance(rows, list) and bool(rows) and all(isinstance(each, Mapping) and _is_row(each) for each in rows)


def _is_row(found: Mapping[str, Value]) -> bool:
    return not _COLUMNS.isdisjoint(found)
