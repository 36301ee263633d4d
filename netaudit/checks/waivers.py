"""Waivers: flows that somebody answers for, until a day, although a rule forbids them.

A waiver names a rule and the narrowest flows: selectors of both ends, and traffic. A result becomes WAIVED only when
waivers that are valid on the day cover everything that is possibly wrong between every failing pair; what could not
be read, and what is not a flow, no waiver covers. Malformed waivers are errors; expired, unused and too broad ones are
remarks, which `--strict-waivers` makes errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from netaudit.checks.kinds import SelectorText, TrafficText
from netaudit.checks.rulefile import Rulebook
from netaudit.checks.verdicts import Breach, Report, RuleResult, Verdict, Waived
from netaudit.checks.yamlfile import place_of, read_document, told, unknown_field
from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError, RuleFileError
from netaudit.flows import AddressSet, Traffic
from netaudit.model import Origin
from netaudit.queries.selector_syntax import address_sets, parse_selector
from netaudit.queries.selectors import Selection, Selectors
from netaudit.queries.tabular import Row
from netaudit.text.document import Mark

Needed = Annotated[str, Field(min_length=1, max_length=2000)]


class Match(BaseModel):
    """The flows that are waived."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: SelectorText = Field(alias="source", description="Selector of the clients")
    destinations: SelectorText = Field(alias="destination", description="Selector of the servers")
    traffic: TrafficText = Field(description="What is waived between them")

    @model_validator(mode="after")
    def _narrow(self) -> Self:
        if "*" in (self.sources.strip(), self.destinations.strip()):
            raise ValueError("a waiver is for some flows, never for those of everything: '*' is too broad")
        return self


class Waiver(BaseModel):
    """One waiver."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", description="Unique name")
    rule: str = Field(min_length=1, max_length=80, description="The id of the rule")
    match: Match = Field(description="The narrowest flows")
    owner: Needed = Field(description="Who answers for it")
    approver: Needed = Field(description="Who approved it: somebody else")
    reason: Needed = Field(description="Why it is acceptable")
    ticket: str = Field(default="", description="Where it was discussed")
    compensating_control: str = Field(default="", description="What protects instead")
    created: date = Field(description="Since when, YYYY-MM-DD")
    expires: date = Field(description="The last day on which it holds")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.owner.strip().casefold() == self.approver.strip().casefold():
            raise ValueError("the approver must be somebody else than the owner")
        if not (self.reason.strip() and self.owner.strip() and self.approver.strip()):
            raise ValueError("owner, approver and reason must say something")
        if self.expires < self.created:
            raise ValueError("it expires before it is created")
        return self


class WaiverFile(BaseModel):
    """A whole waiver file."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="netaudit waivers")

    version: Literal[1] = Field(description="The version of this format")
    max_days: int = Field(default=365, ge=1, le=365, description="The longest that a waiver may last")
    waivers: tuple[Waiver, ...] = Field(default=(), description="The waivers")

    @model_validator(mode="after")
    def _short_lived(self) -> Self:
        for waiver in self.waivers:
            if (waiver.expires - waiver.created).days > self.max_days:
                raise ValueError(f"waiver '{waiver.id}' lasts longer than {self.max_days} days")
        return self


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers of all files, each with its place."""

    entries: tuple[tuple[Waiver, Origin], ...]

    @property
    def cuts(self) -> frozenset[AddressSet]:
        """Every address set that a waiver names: external blocks are cut at them."""
        sides = (parse_selector(text) for w, _ in self.entries for text in (w.match.sources, w.match.destinations))
        return frozenset(found for side in sides for found in address_sets(side))


def read_waivers(paths: Iterable[Path]) -> Waivers:
    """Read waiver files. Raises RuleFileError for the first mistake, with its line."""
    entries: dict[str, tuple[Waiver, Origin]] = {}
    for path in dict.fromkeys(paths):
        value, mark = read_document(path)
        try:
            file = WaiverFile.model_validate(value)
        except ValidationError as error:
            mistakes = sorted({_mistake(str(path), mark, each) for each in error.errors()})
            raise RuleFileError("\n".join(text for _, text in mistakes)) from None
        for number, waiver in enumerate(file.waivers):
            origin = place_of(str(path), mark, ("waivers", number))
            if waiver.id in entries:
                first_place = entries[waiver.id][1].place
                raise RuleFileError(f"waiver '{waiver.id}' is declared twice, first at {first_place}", origin.place)
            entries[waiver.id] = (waiver, origin)
    return Waivers(tuple(entries.values()))


def _mistake(name: str, mark: Mark, error: Any) -> tuple[int, str]:
    """The line of a mistake, and its place and words."""
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = unknown_field(str(error["loc"][-1]), _FIELDS)
    elif error["type"] == "missing":
        message = f"'{error['loc'][-1]}' is missing"
    return told(name, mark, tuple(error["loc"]), message)


_FIELDS = [field.alias or name for each in (WaiverFile, Waiver, Match) for name, field in each.model_fields.items()]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a waiver file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | WaiverFile.model_json_schema(by_alias=True)


# ---- judging ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Active:
    """A waiver that holds on the day, with the endpoints that it certainly picks, and what it was used for."""

    waiver: Waiver
    origin: Origin
    sources: Selection
    destinations: Selection
    traffic: Traffic
    used_sources: set[str]
    used_destinations: set[str]
    used: Traffic


def waived(report: Report, solved: Reachability, book: Rulebook, waivers: Waivers, today: date) -> Report:
    """The report with what valid waivers cover let pass, and a remark on every waiver that deserves one.

    Raises RuleFileError where a waiver names a rule that does not exist.
    """
    rules = {invariant.id for invariant in book.invariants}
    selectors = Selectors(solved, book.zones, strict=False)
    active: list[_Active] = []
    remarks: list[str] = []
    for waiver, origin in waivers.entries:
        if waiver.rule not in rules:
            raise RuleFileError(f"waiver '{waiver.id}' is for a rule '{waiver.rule}' that does not exist", origin.place)
        if waiver.expires < today:
            remarks.append(f"{_name(waiver, origin)} expired on {waiver.expires.isoformat()}: it is not applied")
        elif waiver.created > today:
            remarks.append(f"{_name(waiver, origin)} begins on {waiver.created.isoformat()}: it is not applied yet")
        else:
            active.append(_activated(waiver, origin, selectors))
    results = tuple(
        _judged(result, [a for a in active if a.waiver.rule == result.invariant.id]) for result in report.results
    )
    remarks += [remark for each in active for remark in _remarks(each)]
    return replace(report, results=results, faults=tuple(remarks), judged_on=today.isoformat())


def _name(waiver: Waiver, origin: Origin) -> str:
    return f"{origin.place}: waiver '{waiver.id}' of rule '{waiver.rule}'"


def _activated(waiver: Waiver, origin: Origin, selectors: Selectors) -> _Active:
    match = waiver.match
    try:
        sides = [selectors.select(parse_selector(text)) for text in (match.sources, match.destinations)]
    except QueryError as error:
        raise RuleFileError(f"waiver '{waiver.id}': {error.message}", origin.place) from None
    return _Active(waiver, origin, sides[0], sides[1], Traffic.parse(match.traffic), set(), set(), Traffic())


def _judged(result: RuleResult, active: Sequence[_Active]) -> RuleResult:
    used: dict[str, Waiver] = {}
    left = [breach for breach in result.breaches if not _covered(breach, active, used)]
    decided = result.verdict in {Verdict.VIOLATED, Verdict.UNKNOWN} and not result.unread
    if left or not used or not decided:
        return result
    first = min(used.values(), key=lambda waiver: (waiver.expires, waiver.id))
    waived_ = Waived(
        tuple(sorted(used)),
        result.verdict,
        first.expires.isoformat(),
        first.owner,
        first.approver,
        first.reason,
        first.ticket,
    )
    return replace(result, verdict=Verdict.WAIVED, waived=waived_)


def _covered(breach: Breach, active: Sequence[_Active], used: dict[str, Waiver]) -> bool:
    """Whether waivers cover all that is possibly wrong, between all of the pairs; notes which ones do something."""
    covered = bool(breach.pairs)
    for source, destination in breach.pairs:
        left = breach.possible
        matched = False
        for each in active:
            if source in each.sources.certain and destination in each.destinations.certain:
                matched = True
                if part := each.traffic & breach.possible:
                    each.used |= part
                    each.used_sources.add(source)
                    each.used_destinations.add(destination)
                    used[each.waiver.id] = each.waiver
                left -= each.traffic
        covered = covered and matched and not left
    return covered


def _remarks(each: _Active) -> Iterable[str]:
    name = _name(each.waiver, each.origin)
    if not each.used:
        yield f"{name} is unused: nothing that the rule forbids matches it"
        return
    spare = sorted(each.sources.possible - each.used_sources) + sorted(
        each.destinations.possible - each.used_destinations
    )
    if spare:
        yield f"{name} is broader than its flows: it picks {', '.join(spare[:3])} for nothing"
    if unneeded := each.traffic - each.used:
        yield f"{name} is broader than its flows: nothing that is forbidden uses {unneeded}"


def waiver_rows(waivers: Waivers, today: date) -> list[Row]:
    """One row a waiver, the first to end first; `state` is valid, expired or future."""
    ordered = sorted(waivers.entries, key=lambda entry: (entry[0].expires, entry[0].id))
    return [
        {
            "id": waiver.id,
            "rule": waiver.rule,
            "state": "expired" if waiver.expires < today else "future" if waiver.created > today else "valid",
            "expires": waiver.expires.isoformat(),
            "days": (waiver.expires - today).days,
            "flow": f"{waiver.match.sources} → {waiver.match.destinations} {waiver.match.traffic}",
            "owner": waiver.owner,
            "approver": waiver.approver,
            "ticket": waiver.ticket,
            "reason": waiver.reason,
            "at": origin.place,
        }
        for waiver, origin in ordered
    ]
