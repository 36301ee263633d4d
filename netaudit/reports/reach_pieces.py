"""The flows of a network as the contract's JSON, piece by piece: the same bytes as `as_json.reach_json` gives.

A large network has many flows and few kinds of them. What a flow says besides its two ends is written once for all
flows that say the same, and a reader that keeps nothing needs no memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from netaudit.queries.answer import ReachAnswer
from netaudit.queries.flow import Flow
from netaudit.reports.as_json import dumps, flow_json, reach_json

_NO_FLOWS = '\n "flows": []'  # a line break like this is never inside a JSON string


def reach_pieces(answer: ReachAnswer, flows: Iterable[Flow]) -> Iterator[str]:
    """The text of `dumps(reach_json(…))` with these flows, a piece for each; what most of them share is made once."""
    whole = dumps(reach_json(replace(answer, flows=())))
    before, after = whole.split(_NO_FLOWS, 1)
    tails: dict[object, str] = {}
    start = before + _NO_FLOWS[:-1]
    for flow in flows:
        key = (flow.bounds, flow.depends_on, flow.through, flow.dialled)
        tail = tails.get(key)
        if tail is None:
            tail = tails[key] = _tail(flow)
        ends = f'   "source": {_quoted(flow.source)},\n   "destination": {_quoted(flow.destination)},\n'
        yield f"{start}\n  {{\n{ends}{tail}"
        start = ","
    yield f"\n ]{after}" if start == "," else whole


@lru_cache(maxsize=1 << 16)
def _quoted(name: str) -> str:
    return dumps(name).rstrip()


def _tail(flow: Flow) -> str:
    """A flow from the third member on, as it stands in the list of flows."""
    members = {name: value for name, value in flow_json(flow).items() if name not in {"source", "destination"}}
    return dumps(members).strip("{\n").replace("\n", "\n  ").replace(" ", "   ", 1).rstrip()
