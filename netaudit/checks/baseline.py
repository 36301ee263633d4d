"""A baseline: what was wrong on the day when netaudit was introduced, so that only new findings fail.

It is a JSON file that `netaudit baseline write` makes: per rule every failing pair, with what was surely and what was
perhaps wrong between the two, and since when it is listed. A result is baselined when nothing beyond that is wrong: a
flow that was only possible then and is certain now is new.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netaudit.checks.kinds import TrafficText
from netaudit.checks.verdicts import Breach, Report, RuleResult, Verdict
from netaudit.checks.yamlfile import place_of, read_document
from netaudit.errors import RuleFileError
from netaudit.flows import NO_TRAFFIC, Traffic

_Key = tuple[str, str, str]  # rule, source, destination


class _Entry(BaseModel):
    """One failing pair; `certain` is left out where nothing is surely wrong, both where it is not about traffic."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    source: str
    destination: str
    certain: TrafficText | None = None
    possible: TrafficText | None = None
    since: date


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["netaudit/baseline/v1"] = Field(alias="schema")
    entries: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What is listed of one pair."""

    certain: Traffic
    possible: Traffic
    since: date


Baseline = Mapping[_Key, Known]


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises RuleFileError."""
    value, mark = read_document(path)
    try:
        file = _File.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise RuleFileError(f"{where}: {first['msg']}", place_of(str(path), mark, tuple(first["loc"])).place) from None
    return {
        (e.rule, e.source, e.destination): Known(_traffic(e.certain), _traffic(e.possible), e.since)
        for e in file.entries
    }


def baseline_of(report: Report, today: date, before: Baseline | None = None) -> dict[_Key, Known]:
    """Everything that is wrong now; what was listed `before` keeps its day."""
    found: dict[_Key, Known] = {}
    for result in report.results:
        for breach in result.breaches if _can_be_listed(result) else ():
            for source, destination in breach.pairs:
                key = (result.invariant.id, source, destination)
                old, now = (before or {}).get(key), found.get(key)
                certain = breach.certain | (now.certain if now else NO_TRAFFIC)
                possible = breach.possible | (now.possible if now else NO_TRAFFIC)
                found[key] = Known(certain, possible, old.since if old else today)
    return found


def pruned(report: Report, baseline: Baseline) -> dict[_Key, Known]:
    """The part of a baseline that is still wrong: nothing is added."""
    now = baseline_of(report, date.max)
    kept: dict[_Key, Known] = {}
    for key, known in baseline.items():
        if key in now:
            certain, possible = known.certain & now[key].certain, known.possible & now[key].possible
            if possible or not known.possible:
                kept[key] = Known(certain, possible, known.since)
    return kept


def baselined(report: Report, baseline: Baseline) -> Report:
    """The report in which results are marked that are wrong in nothing but what is listed."""
    return replace(report, results=tuple(_marked(result, baseline) for result in report.results))


def baseline_text(baseline: Baseline) -> str:
    """The file: sorted, so that two of them can be compared line by line."""
    entries = [
        {"rule": rule, "source": source, "destination": destination}
        | ({"certain": str(known.certain)} if known.certain else {})
        | ({"possible": str(known.possible)} if known.possible else {})
        | {"since": known.since.isoformat()}
        for (rule, source, destination), known in sorted(baseline.items())
    ]
    return json.dumps({"schema": "netaudit/baseline/v1", "entries": entries}, indent=1) + "\n"


def _can_be_listed(result: RuleResult) -> bool:
    """What could not be read, and what is vacuous, is no finding that could be listed."""
    return result.verdict in {Verdict.VIOLATED, Verdict.UNKNOWN} and not result.unread


def _marked(result: RuleResult, baseline: Baseline) -> RuleResult:
    known = bool(result.breaches) and all(_known(result.invariant.id, each, baseline) for each in result.breaches)
    return replace(result, baselined=known and _can_be_listed(result))


def _known(rule: str, breach: Breach, baseline: Baseline) -> bool:
    listed = (baseline.get((rule, *pair)) for pair in breach.pairs)
    return all(k is not None and breach.certain <= k.certain and breach.possible <= k.possible for k in listed)


def _traffic(text: str | None) -> Traffic:
    return Traffic.parse(text) if text else NO_TRAFFIC
