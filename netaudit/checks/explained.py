"""A rule, a kind of rule or a pack, explained: the models' and the packs' own words are the only source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from inspect import getdoc
from textwrap import indent
from typing import get_args

from netaudit.checks.catalogue import PREFIX, Control, Pack, PackChoice, pack_files
from netaudit.checks.kinds import KINDS, AnyRule
from netaudit.checks.rulefile import Invariant, read_pack, serving_of
from netaudit.errors import QueryError
from netaudit.queries.tabular import Row

_COMMON = {"id", "title", "severity", "owner", "rationale", "instructions", "example", "controls", "relation", "kind"}


def text_of(name: str, declared: Iterable[Invariant] = ()) -> str:
    """What a declared rule, a rule of a pack, a kind or a `pack:NAME` means. Raises QueryError for none of these."""
    if name.startswith(PREFIX):
        return pack_text(PackChoice.parse(name).name)
    own = {invariant.id: invariant for invariant in declared}
    packed = pack_rules()
    if name in own:
        return rule_text(own[name], packed[name][1] if name in packed else None)
    if name in packed:
        return rule_text(*packed[name])
    if name in KINDS:
        return kind_text(name)
    close = get_close_matches(name, [*own, *KINDS, *packed], n=1)
    hint = f"; did you mean '{close[0]}'?" if close else f"; the kinds are {', '.join(KINDS)}"
    raise QueryError(f"no such rule or kind '{name}'{hint}")


def kind_text(kind: str) -> str:
    """What a kind means, its usual relation, and its fields. Raises ValueError for a kind that does not exist."""
    model = get_args(AnyRule)[KINDS.index(kind)]
    lines = [f"{kind}: {getdoc(model)}", "", f"judged on {model.usual_relation} flows unless the rule says otherwise"]
    for name, field in model.model_fields.items():
        if name not in _COMMON:
            needed = "" if field.is_required() else " (may be left out)"
            lines.append(f"  {field.alias or name:12} {field.description}{needed}")
    return "\n".join(lines) + "\n"


def rule_text(invariant: Invariant, controls: Mapping[str, Control] | None = None) -> str:
    """What one rule says, why it matters, what breaks it, what to do about it, and where it stands.

    `controls` says what its answers are worth for the controls that it names.
    """
    return "\n".join(_rule_lines(invariant, controls or {})) + "\n\n" + kind_text(invariant.kind)


def _rule_lines(invariant: Invariant, controls: Mapping[str, Control]) -> Iterator[str]:
    rule = invariant.rule
    yield f"{rule.id}: {rule.title}" if rule.title else rule.id
    yield f"severity {rule.severity}, judged on {invariant.relation} flows, declared at {invariant.origin.place}"
    parts = {"owner": rule.owner, "why it matters": rule.rationale, "what to do": rule.instructions}
    for name, text in parts.items():
        if text.strip():
            yield f"{name}: {text.strip()}"
    if rule.example.strip():
        yield "what breaks it, for example:"
        yield indent(rule.example.rstrip(), "  ")
    if rule.controls and controls:
        yield "serves:"
        yield from (f"  {control_text(name, controls[name])}" for name in rule.controls if name in controls)
    elif rule.controls:
        yield f"supports: {', '.join(rule.controls)}"
    given = rule.model_dump(by_alias=True, exclude_none=True, exclude=_COMMON)
    yield "says:"
    for name, value in given.items():
        yield f"  {name}: {value}"


def control_text(name: str, control: Control) -> str:
    """A control in one line: what an answer is worth for it, our paraphrase, and the limits of it."""
    note = f" ({control.note})" if control.note else ""
    return f"{name} [{control.relation}] {control.says}{note}"


# ---- packs --------------------------------------------------------------------------------------------


def pack_rows() -> list[Row]:
    """One row a choice: the pack as `--rules` takes it, how many rules that is, and what it is for."""
    rows: list[Row] = []
    for name in pack_files():
        file, invariants = read_pack(name)
        head = file.pack or Pack(title=name)
        choices = {f"{PREFIX}{name}@{profile}": each.frameworks for profile, each in head.profiles.items()}
        for choice, frameworks in (choices or {PREFIX + name: ()}).items():
            rows.append({"pack": choice, "rules": len(serving_of(invariants, frameworks)), "title": head.title})
    return rows


def pack_rules() -> dict[str, tuple[Invariant, Mapping[str, Control]]]:
    """Every rule of every pack by its id, with what the pack says about controls."""
    found: dict[str, tuple[Invariant, Mapping[str, Control]]] = {}
    for name in pack_files():
        file, invariants = read_pack(name)
        found |= {each.id: (each, file.pack.controls if file.pack else {}) for each in invariants}
    return found


def pack_text(name: str) -> str:
    """What a pack is for, the zones that its user declares, its rules, and every control it was held against."""
    file, invariants = read_pack(name)
    return "\n".join(_pack_lines(name, file.pack, invariants)) + "\n"


def _pack_lines(name: str, head: Pack | None, invariants: tuple[Invariant, ...]) -> Iterator[str]:
    if head is None:
        return
    yield f"{PREFIX}{name}: {head.title}"
    if head.about:
        yield head.about
    if head.checked:
        yield f"identifiers checked against the texts on {head.checked}; every description is our own paraphrase"
    if head.profiles:
        yield "\nprofiles, one of which must be chosen:"
        yield from (f"  {PREFIX}{name}@{profile}: {each.description}" for profile, each in head.profiles.items())
    yield "\nzones that it speaks of, to be declared in a rule file of your own:"
    for zone, expected in head.zones.items():
        yield f"  {zone}: {expected.description}"
        if expected.default is not None:
            yield f"    unless declared: {expected.default}"
    yield "\nrules:"
    yield from (f"  {each.id}: {each.rule.title} ({each.rule.severity})" for each in invariants)
    if head.controls:
        yield "\ncontrols, and what an answer is worth for them:"
        yield from (f"  {control_text(control, each)}" for control, each in head.controls.items())
