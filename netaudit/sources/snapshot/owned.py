"""Answers that do not say what they are about: their question did, and often the name of their file does.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html (read 2026-11-27)
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html (read 2026-11-27)

What is about one route table of a transit gateway, or about one prefix list, is kept under the name that collections
use. A search for routes is always a filtered one: only where it found static ones it is taken for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from netaudit.model import Value
from netaudit.sources.snapshot.answers import Answer
from netaudit.text.document import Branch, first_line, last_line


class _Collected(NamedTuple):
    key: str
    owner: str
    id: re.Pattern[str] | None = None


_TABLE = re.compile(r"tgw-rtb-[0-9a-f]+")
_COLLECTED = {
    "Routes": _Collected("TransitGatewayStaticRoutes", "TransitGatewayRouteTableId", _TABLE),
    "TransitGatewayRouteTablePropagations": _Collected(
        "TransitGatewayPropagations", "TransitGatewayRouteTableId", _TABLE
    ),
    "Entries": _Collected("ManagedPrefixListEntries", "PrefixListId", re.compile(r"(?<![a-z0-9])pl-[0-9a-f]+")),
    "TargetHealthDescriptions": _Collected("LoadBalancerTargetHealth", "TargetGroupArn"),
    "Attributes": _Collected(
        "TargetGroupAttributes' or 'LoadBalancerAttributes", "TargetGroupArn' or 'LoadBalancerArn"
    ),
}


def owned(answer: Answer, path: Path) -> Answer:
    """An answer as it stands in a collection, where the name of its file says whose it is."""
    if not isinstance(answer.value, Mapping):
        return answer
    for key, collected in _COLLECTED.items():
        ids = set(collected.id.findall(path.name)) if collected.id else set()
        if len(ids) != 1 or not isinstance(answer.value.get(key), list) or not _is_whole(key, answer.value[key]):
            continue
        mark = answer.mark
        if isinstance(mark, Branch):
            line, end = first_line(mark), last_line(mark)
            mark = Branch(line, end, {collected.key: Branch(line, end, [mark])})
        whole = {**answer.value, collected.owner: ids.pop()}
        return Answer({collected.key: [whole]}, mark, answer.settings, answer.listed)
    return answer


def whose(key: str) -> str:
    """How to say what an answer under a key is about; empty for a key that needs no such word."""
    collected = _COLLECTED.get(key)
    if collected is None:
        return ""
    named = " in the name of its file, or" if collected.id else ""
    return f"it does not say whose it is: that belongs{named} beside it, as '{collected.owner}' in '{collected.key}'"


def _is_whole(key: str, found: Value) -> bool:
    routes = found if isinstance(found, list) else []
    return key != "Routes" or any(isinstance(each, Mapping) and each.get("Type") == "static" for each in routes)
