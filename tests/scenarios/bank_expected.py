"""Reading `expected.json` of the bank, and the small sums that its tests share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.scenarios.walker import PROTOCOLS, Flows, Traffic

BANK = Path(__file__).resolve().parents[2] / "fixtures" / "scenarios" / "bank"
EXPECTED: dict[str, Any] = json.loads((BANK / "expected.json").read_text())


def listed(source: str) -> Flows:
    """The flows that the file lists for `infra` or `k8s`."""
    return {(f["source"], f["destination"]): (f["certain"], f["possible"]) for f in EXPECTED["flows"][source]}


def ports(traffic: Traffic) -> int:
    """Traffic as a set: one bit for each port of each protocol, so that sets are compared with `&`, `|` and `~`."""
    bits = 0
    for number, protocol in enumerate(PROTOCOLS):
        for low, high in traffic.get(protocol, ()):
            bits |= ((1 << (high - low + 1)) - 1) << (number * 65536 + low)
    return bits


def text(bits: int) -> str:
    """A set of ports as the contract's text: `tcp/443,8000-8080 udp`."""
    slices = {p: (bits >> (number * 65536)) & ((1 << 65536) - 1) for number, p in enumerate(PROTOCOLS)}
    return " ".join(protocol + _numbers(part) for protocol, part in slices.items() if part)


def _numbers(bits: int) -> str:
    if bits == (1 << 65536) - 1:
        return ""
    runs = re.finditer("1+", bin(bits)[:1:-1])  # the lowest port first
    spans = [(run.start(), run.end() - 1) for run in runs]
    return "/" + ",".join(str(low) if low == high else f"{low}-{high}" for low, high in spans)


def between(flows: Flows, sources: Iterable[str], destinations: Iterable[str]) -> Flows:
    """The flows from any of the one to any of the other."""
    of, to = set(sources), set(destinations)
    return {pair: both for pair, both in flows.items() if pair[0] in of and pair[1] in to}


def sums(flows: Flows) -> tuple[int, int]:
    """Everything that is certain between some pair, and everything that is possible."""
    certain = possible = 0
    for sure, maybe in flows.values():
        certain |= ports(sure)
        possible |= ports(maybe)
    return certain, possible
