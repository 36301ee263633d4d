"""A baseline: what was wrong on the day when netaudit was introduced, so that only new findings fail.

It is a JSON file that `netaudit baseline write` makes: per rule every failing pair, with what was surely and what was
perhaps wrong between the two, and since when it is listed. A result is baselined when nothing beyond that is wrong: a
flow that was only possible then and is certain now is new.

Blocks outside the model are compared by their addresses. What `internet` stands for is what no rule sets apart, so a
rule that is taken away makes it larger: the file says which addresses it stood for. Those that must not be printed are
compared by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from netaudit.checks.kinds import TrafficText
from netaudit.checks.verdicts import Breach, Report, RuleResult, Verdict
from netaudit.checks.yamlfile import place_of, read_document
from netaudit.engine.external import BASES
from netaudit.errors import RuleFileError
from netaudit.flows import NO_TRAFFIC, AddressSet, Traffic
from netaudit.queries.selector_syntax import as_addresses

_Key = tuple[str, str, str]  # rule, source, destination


def _address_texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        AddressSet.parse(text)
    return texts


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
    external: dict[str, Annotated[tuple[str, ...], AfterValidator(_address_texts)] | None] = Field(default_factory=dict)
    entries: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What is listed of one pair; `outside` are the addresses of that end of it which is no endpoint of the model."""

    certain: Traffic
    possible: Traffic
    since: date
    outside: AddressSet | None = None

    def covers(self, certain: Traffic, possible: Traffic) -> bool:
        """Whether no more than this is wrong."""
        return certain <= self.certain and possible <= self.possible


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
    told = {name: texts for name, texts in file.external.items() if texts is not None}
    blocks = {name: AddressSet.union(map(AddressSet.parse, texts)) for name, texts in told.items()}
    ends = {end for e in file.entries for end in (e.source, e.destination)}
    if loose := sorted(ends & BASES.keys() - file.external.keys()):
        message = f"'external' does not tell which addresses '{loose[0]}' stands for: write the baseline again"
        raise RuleFileError(message, place_of(str(path), mark, ("entries",)).place)
    return {
        (e.rule, e.source, e.destination): Known(
            _traffic(e.certain), _traffic(e.possible), e.since, _outside((e.source, e.destination), blocks)
        )
        for e in file.entries
    }


def _outside(ends: Iterable[str], blocks: Mapping[str, AddressSet]) -> AddressSet | None:
    """The addresses of the end that is a block outside; no pair has two of them."""
    found = (blocks.get(end) or as_addresses(end) for end in ends)
    return next((each for each in found if each is not None), None)


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
                outside = _outside((source, destination), report.external)
                found[key] = Known(certain, possible, old.since if old else today, outside)
    return found


def pruned(report: Report, baseline: Baseline) -> dict[_Key, Known]:
    """The part of a baseline that is still wrong: nothing is added."""
    now = _Index(baseline_of(report, date.max))
    kept: dict[_Key, Known] = {}
    for key, known in baseline.items():
        wrong = now.overlapping(key, known.outside)
        certain = known.certain & Traffic.union(each.certain for each in wrong)
        possible = known.possible & Traffic.union(each.possible for each in wrong)
        if wrong and (possible or not known.possible):
            still = AddressSet.union(each.outside for each in wrong if each.outside is not None)
            outside = known.outside & still if known.outside is not None and _is_rest(key) else known.outside
            kept[key] = Known(certain, possible, known.since, outside)
    return kept


def baselined(report: Report, baseline: Baseline) -> Report:
    """The report in which results are marked that are wrong in nothing but what is listed."""
    listed = _Index(baseline)
    return replace(report, results=tuple(_marked(result, listed, report.external) for result in report.results))


def baseline_text(baseline: Baseline) -> str:
    """The file: sorted, so that two of them can be compared line by line."""
    entries = [
        {"rule": rule, "source": source, "destination": destination}
        | ({"certain": str(known.certain)} if known.certain else {})
        | ({"possible": str(known.possible)} if known.possible else {})
        | {"since": known.since.isoformat()}
        for (rule, source, destination), known in sorted(baseline.items())
    ]
    rests = {end: known.outside for key, known in baseline.items() for end in key[1:] if end in BASES}
    told = {name: outside.texts() if outside is not None else None for name, outside in sorted(rests.items())}
    external = {"external": told} if told else {}
    return json.dumps({"schema": "netaudit/baseline/v1", **external, "entries": entries}, indent=1) + "\n"


def _can_be_listed(result: RuleResult) -> bool:
    """What could not be read, and what is vacuous, is no finding that could be listed."""
    return result.verdict in {Verdict.VIOLATED, Verdict.UNKNOWN} and not result.unread


class _Index:
    """A baseline by its pairs; those with an end outside by the other end, since blocks are compared by addresses."""

    def __init__(self, baseline: Baseline) -> None:
        self._listed: dict[_Key, list[Known]] = {}
        for key, known in baseline.items():
            self._listed.setdefault(_without_block(key, known.outside), []).append(known)

    def overlapping(self, key: _Key, outside: AddressSet | None) -> list[Known]:
        """What is listed of a pair; where an end of it is outside, of every pair that shares addresses with it."""
        found = self._listed.get(_without_block(key, outside), [])
        return [known for known in found if outside is None or (known.outside is not None and known.outside & outside)]


def _without_block(key: _Key, outside: AddressSet | None) -> _Key:
    rule, source, destination = key
    if outside is None:
        return key
    return (rule, "" if _is_block(source) else source, "" if _is_block(destination) else destination)


def _is_block(end: str) -> bool:
    return end in BASES or as_addresses(end) is not None


def _is_rest(key: _Key) -> bool:
    """Whether an end is what is left of a space, such as `internet`, so that its name tells no addresses."""
    return not BASES.keys().isdisjoint(key[1:])


def _marked(result: RuleResult, listed: _Index, blocks: Mapping[str, AddressSet]) -> RuleResult:
    rule = result.invariant.id
    known = bool(result.breaches) and all(_known(rule, each, listed, blocks) for each in result.breaches)
    return replace(result, baselined=known and _can_be_listed(result))


def _known(rule: str, breach: Breach, listed: _Index, blocks: Mapping[str, AddressSet]) -> bool:
    for pair in breach.pairs:
        outside = _outside(pair, blocks)
        covering = [
            known
            for known in listed.overlapping((rule, *pair), outside)
            if known.covers(breach.certain, breach.possible)
        ]
        listed_blocks = AddressSet.union(known.outside for known in covering if known.outside is not None)
        if not covering or (outside is not None and not outside <= listed_blocks):
            return False
    return True


def _traffic(text: str | None) -> Traffic:
    return Traffic.parse(text) if text else NO_TRAFFIC
