"""A rule file: zones, and the invariants over them, as a team writes them down (YAML).

The models are the format's only definition: `netaudit schema rules` prints their JSON Schema. Every mistake is
reported with its line, all mistakes of a file at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netaudit.checks.catalogue import PREFIX, Pack, PackChoice
from netaudit.checks.clauses import Clause, Sentence
from netaudit.checks.kinds import KINDS, AnyRule, Rule, SelectorText
from netaudit.checks.yamlfile import place_of, read_document, told, unknown_field
from netaudit.errors import RuleFileError
from netaudit.flows import AddressSet, Traffic
from netaudit.model import Origin
from netaudit.queries.flow import Relation
from netaudit.queries.selector_syntax import Selector, address_sets, parse_selector, zones_in
from netaudit.queries.selectors import no_such_zone
from netaudit.text.document import Mark


class RuleFile(BaseModel):
    """A whole rule file."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="netaudit rules")

    version: Literal[1] = Field(description="The version of this format")
    pack: Pack | None = Field(default=None, description="What a rule pack says about itself")
    zones: dict[str, SelectorText] = Field(default_factory=dict, description="Named selectors: zone/NAME")
    rules: tuple[Rule, ...] = Field(default=(), description="The invariants")


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule, ready to be judged: what it says as clauses, its defaults filled in, its place known.

    `needs` are the selectors that must pick something, as they were written; otherwise the rule is vacuous.
    """

    id: str
    kind: str
    clauses: tuple[Sentence, ...]
    needs: tuple[tuple[Selector, str], ...]
    traffic: Traffic
    relation: Relation
    rule: AnyRule
    origin: Origin

    @property
    def compares(self) -> bool:
        """Whether it is about a change, and so needs a base."""
        return any(isinstance(clause, Clause) and clause.since is not None for clause in self.clauses)

    @property
    def selectors(self) -> Iterator[Selector]:
        """Every selector of the rule."""
        yield from (selector for clause in self.clauses for selector in clause.selectors)
        yield from (selector for selector, _ in self.needs)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The invariants and zones of all rule files that were given."""

    invariants: tuple[Invariant, ...]
    zones: Mapping[str, Selector]

    @property
    def compares(self) -> bool:
        """Whether some rule is about a change."""
        return any(invariant.compares for invariant in self.invariants)

    @property
    def cuts(self) -> frozenset[AddressSet]:
        """Every address set that a zone or a rule names: external blocks are cut at them."""
        sides = (side for invariant in self.invariants for side in invariant.selectors)
        return frozenset(found for selector in (*self.zones.values(), *sides) for found in address_sets(selector))


def read_rules(paths: Iterable[Path]) -> Rulebook:
    """Read rule files, the `*.yaml` files of directories, and packs (`pack:NAME[@PROFILE][#RULE,RULE]`).

    Raises RuleFileError with every mistake of a file.
    """
    files = dict.fromkeys(file for path in paths for file in _files(path))
    return _assembled([_read_pack(path) if _is_pack(path) else (str(path), *_read(path), ()) for path in files])


def declared_in(paths: Iterable[Path]) -> tuple[Invariant, ...]:
    """The rules of some files and packs, whether or not their zones are declared; packs whole."""
    found: list[Invariant] = []
    for path in (file for given in paths for file in _files(given)):
        if _is_pack(path):
            found += read_pack(PackChoice.parse(str(path)).name)[1]
        else:
            file, mark = _read(path)
            found += (_invariant(rule, place_of(str(path), mark, ("rules", i))) for i, rule in enumerate(file.rules))
    return tuple(found)


def read_pack(name: str) -> tuple[RuleFile, tuple[Invariant, ...]]:
    """A pack as it is written, and all its rules, whatever its profiles and zones."""
    file, mark = _read(PackChoice(name).path)
    places = (place_of(PREFIX + name, mark, ("rules", index)) for index in range(len(file.rules)))
    return file, tuple(_invariant(rule, origin) for rule, origin in zip(file.rules, places, strict=True))


def rulebook_of(document: Mapping[str, Any], name: str = "rules") -> Rulebook:
    """The rulebook of a rule file that is a value already. Raises RuleFileError."""
    return _assembled([(name, _validated(document, name, 0), 0, ())])


def rulebook_of_one(
    kind: str,
    sources: str,
    destinations: str,
    traffic: str,
    relation: Relation | str,
    *,
    zones: Mapping[str, str] | None = None,
) -> Rulebook:
    """The rulebook of one rule about what flows from one selector to another. Raises RuleFileError."""
    rule = {"id": kind, "kind": kind, "from": sources, "to": destinations, "traffic": traffic}
    rule |= {"relation": str(Relation(relation))}
    return rulebook_of({"version": 1, "zones": dict(zones or {}), "rules": [rule]})


_Given = tuple[str, RuleFile, Mark, tuple[Invariant, ...]]  # a pack has its invariants ready


def _is_pack(path: Path) -> bool:
    return str(path).startswith(PREFIX)


def _read_pack(path: Path) -> _Given:
    """The chosen rules of a pack, with those controls that the chosen profile cites."""
    choice = PackChoice.parse(str(path))
    file, invariants = read_pack(choice.name)
    cited = choice.frameworks(file.pack) if file.pack else ()
    wanted = choice.chosen([invariant.id for invariant in invariants])
    found = [each for each in invariants if each.id in wanted]
    serving = serving_of(found, cited)
    if choice.rules and (idle := [each.id for each in found if each.id not in {i.id for i in serving}]):
        raise RuleFileError(f"{idle[0]} serves nothing that the profile '{choice.profile}' cites", str(path))
    return PREFIX + choice.name, file.model_copy(update={"rules": ()}), 0, serving


def serving_of(invariants: Iterable[Invariant], frameworks: tuple[str, ...]) -> tuple[Invariant, ...]:
    """The rules that serve one of the texts, citing these only; all as they are where no text was chosen."""
    if not frameworks:
        return tuple(invariants)
    return tuple(each for each in (_citing(invariant, frameworks) for invariant in invariants) if each.rule.controls)


def _citing(invariant: Invariant, frameworks: tuple[str, ...]) -> Invariant:
    kept = tuple(text for text in invariant.rule.controls if text.rpartition(":")[0] in frameworks)
    return replace(invariant, rule=invariant.rule.model_copy(update={"controls": kept}))


def _assembled(files: Iterable[_Given]) -> Rulebook:
    given = list(files)
    zones: dict[str, tuple[Selector, str]] = {}
    invariants: dict[str, Invariant] = {}
    for name, book, mark, ready in given:
        for zone, text in book.zones.items():
            place = place_of(name, mark, ("zones", zone))
            if zone in zones:
                raise RuleFileError(f"zone '{zone}' is declared twice, first at {zones[zone][1]}", place.place)
            zones[zone] = (parse_selector(text), place.place)
        own = (_invariant(rule, place_of(name, mark, ("rules", index))) for index, rule in enumerate(book.rules))
        for invariant in (*ready, *own):
            if invariant.id in invariants:
                first = invariants[invariant.id].origin.place
                raise RuleFileError(
                    f"rule '{invariant.id}' is declared twice, first at {first}", invariant.origin.place
                )
            invariants[invariant.id] = invariant
    if not invariants:
        raise RuleFileError("no rule is declared here: nothing would be checked", ", ".join(name for name, *_ in given))
    for name, book, _, ready in given:
        if book.pack is not None:
            zones |= _expected(name, book.pack, zones, ready)
    _refuse_loose_zones(zones, invariants.values())
    return Rulebook(tuple(invariants.values()), {name: selector for name, (selector, _) in zones.items()})


def _expected(
    name: str, pack: Pack, declared: Mapping[str, tuple[Selector, str]], invariants: Iterable[Invariant]
) -> dict[str, tuple[Selector, str]]:
    """The zones of a pack that nobody declares, by their defaults; those without one must be declared if used."""
    used = {zone for invariant in invariants for side in invariant.selectors for zone in zones_in(side)}
    absent = {zone: each for zone, each in pack.zones.items() if zone in used and zone not in declared}
    missing = [f"  {zone}: {each.description}" for zone, each in absent.items() if each.default is None]
    if missing:
        told = "speaks of zones that no rule file declares; give one beside it, with these under `zones:`"
        raise RuleFileError("\n".join((told, *missing)), name)
    return {zone: (parse_selector(each.default), name) for zone, each in absent.items() if each.default is not None}


def _refuse_loose_zones(zones: Mapping[str, tuple[Selector, str]], invariants: Iterable[Invariant]) -> None:
    """Zones that nobody declares, and zones that are made of themselves, used or not."""
    used = [(selector, place) for selector, place in zones.values()]
    used += [(side, i.origin.place) for i in invariants for side in i.selectors]
    for selector, place in used:
        for name in zones_in(selector):
            if name not in zones:
                raise RuleFileError(no_such_zone(name, zones), place)
    graph = {name: set(zones_in(selector)) for name, (selector, _) in zones.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        raise RuleFileError(
            f"zone '{circle[0]}' is made of itself: {' → '.join(circle)}", zones[circle[0]][1]
        ) from None


def _files(path: Path) -> list[Path]:
    if _is_pack(path) or not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in {".yaml", ".yml"} and file.is_file())
    if not found:
        raise RuleFileError("holds no rule file (*.yaml)", str(path))
    return found


def _invariant(rule: AnyRule, origin: Origin) -> Invariant:
    clauses = rule.clauses()
    spoken_of = Traffic.union(clause.traffic for clause in clauses if isinstance(clause, Clause))
    return Invariant(
        id=rule.id,
        kind=rule.kind,
        clauses=clauses,
        needs=tuple((parse_selector(text), text) for text in rule.needs()),
        traffic=spoken_of,
        relation=rule.relation or rule.usual_relation,
        rule=rule,
        origin=origin,
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a rule file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | RuleFile.model_json_schema(by_alias=True)


# ---- reading ------------------------------------------------------------------------------------------


def _read(path: Path) -> tuple[RuleFile, Mark]:
    value, mark = read_document(path)
    return _validated(value, str(path), mark), mark


def _validated(value: Any, name: str, mark: Mark) -> RuleFile:
    try:
        return RuleFile.model_validate(value)
    except ValidationError as error:
        mistakes = sorted({_mistake(name, mark, each) for each in error.errors()})
        raise RuleFileError("\n".join(text for _, text in mistakes)) from None


_SHAPES = {
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "string_type": "a text; quotes make one of a number, a date, or yes",
}


def _mistake(name: str, mark: Mark, error: Any) -> tuple[int, str]:
    loc = error["loc"]
    steps = (*loc[:2], *loc[3:]) if loc[:1] == ("rules",) and loc[2:3] and loc[2] in KINDS else loc
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = unknown_field(str(steps[-1]), _field_names(steps))
    elif error["type"] == "union_tag_invalid":
        given = str(error["ctx"]["tag"])
        close = get_close_matches(given, KINDS, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        message = f"unknown kind '{given}', expected one of {', '.join(KINDS)}{hint}"
    elif error["type"] == "union_tag_not_found":
        message = f"a rule needs a kind, one of {', '.join(KINDS)}"
    elif error["type"] == "missing":
        message = f"'{steps[-1]}' is missing"
    elif expected := _SHAPES.get(error["type"]):
        message = f"expected {expected}"
    return told(name, mark, steps, message)


def _field_names(steps: tuple[Any, ...]) -> list[str]:
    if len(steps) == 1:
        return list(RuleFile.model_fields)
    models = get_args(AnyRule)
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})
