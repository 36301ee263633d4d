"""A first rule file: what a team usually wants and holds today.

A candidate is a guess at what a team may mean. Only judging says whether it holds: every rule that is written down is
one that `check` proves, so nothing here needs to be exact about reachability.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from netaudit.checks.invariants import check
from netaudit.checks.rulefile import read_pack, rulebook_of
from netaudit.checks.verdicts import Verdict
from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError
from netaudit.flows import PUBLIC, Traffic
from netaudit.model import NewcomerSide
from netaudit.queries.flow import Relation
from netaudit.queries.relations import Relations, reach
from netaudit.queries.selector_syntax import Word, parse_selector
from netaudit.queries.selectors import GROUP_WORDS

SCHEMA_FILE = "netaudit-rules.schema.json"
_STRONGEST_FIRST = (Relation.PIVOT, Relation.FORWARDED, Relation.DIRECT)
_MOST_GROUPS = 50  # of one rule
_LONGEST_SELECTOR = 2000
_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FirstRules:
    """The zones and rules of a rule file, all of them proved, and the titles of those that are not."""

    zones: Mapping[str, str]
    rules: tuple[_Json, ...]
    left_out: tuple[str, ...]

    def text(self) -> str:
        """The rule file. Its first line lets an editor check and complete it."""
        lines = [
            f"# yaml-language-server: $schema={SCHEMA_FILE}",
            f"# `netaudit schema rules > {SCHEMA_FILE}` writes that schema.",
            "# All of this is proved today, in the model of the files that were read: keep what you mean.",
            "version: 1",
            *(["zones:"] if self.zones else []),
            *(f"  {name}: {_scalar(selector)}" for name, selector in self.zones.items()),
            "rules:",
        ]
        for rule in self.rules:
            first, *others = (f"{key}: {_scalar(value)}" for key, value in rule.items())
            lines += [f"  - {first}", *(f"    {each}" for each in others)]
        if self.left_out:
            lines += ["# Not proved today, so not written:", *(f"#   {title}" for title in self.left_out)]
        return "\n".join(lines) + "\n"


def first_rules(solved: Reachability, newcomers: Callable[[], Sequence[NewcomerSide]]) -> FirstRules:
    """What holds today, of each claim in its strongest form. Raises QueryError where nothing is proved."""
    proposing = _Proposing(solved)
    wanted = [*proposing.about_the_internet(), *proposing.apart(), *_default_deny(newcomers())]
    numbered = [candidate | {"id": f"{i}.{j}"} for i, one in enumerate(wanted) for j, candidate in enumerate(one)]
    if not numbered:
        raise QueryError("there is nothing here that a first rule could be about")
    book = rulebook_of({"version": 1, "zones": proposing.zones, "rules": numbered})
    report = check(Relations(solved), book, (), newcomers)
    proved = {result.invariant.id for result in report.results if result.verdict is Verdict.PROVED}
    kept: list[_Json] = []
    left_out: list[str] = []
    for i, one in enumerate(wanted):
        held = [candidate for j, candidate in enumerate(one) if f"{i}.{j}" in proved]
        kept += held[:1]
        left_out += [] if held else [one[0]["title"]]
    if not kept:
        raise QueryError("nothing that a first rule file would say is proved here: see `netaudit ls diagnostics`")
    rules = _numbered(_merged(kept))
    used = json.dumps([rules, *proposing.zones.values()])
    zones = {name: selector for name, selector in proposing.zones.items() if f"zone/{name}" in used}
    return FirstRules(zones, tuple(rules), tuple(left_out))


class _Proposing:
    """Claims about endpoints; each is a list of rules, of which the strongest that is proved will do."""

    def __init__(self, solved: Reachability) -> None:
        self._solved = solved
        self._relations = Relations(solved)
        self.zones: dict[str, str] = {}

    def about_the_internet(self) -> Iterator[list[_Json]]:
        """What it reaches, and what must stay away from it."""
        internet = [each for each in self._solved.external if each.addresses <= PUBLIC]
        names = {each.id for each in internet}
        inside = [endpoint for endpoint in self._solved.endpoints if not endpoint.external]
        if not internet or not inside:
            return
        yield [_rule("ADMIN", "no-admin", "Nobody administers anything from the internet", severity="critical")]
        flows = reach(self._relations, Relation.FORWARDED, sources=internet, explained=False)
        reached = [flow for flow in flows if flow.possible and flow.destination not in names]
        title = "The internet reaches what it reaches today, and nothing else"
        rule = _rule("PUBLIC", "internet-ingress-only", title, to="internet & !internet", severity="high")
        if reached:
            self._declare("public", sorted({_selector(flow.destination) for flow in reached}))
            rule |= {"to": "zone/public", "traffic": str(Traffic.union(flow.possible for flow in reached))}
        yield [rule]
        kinds = {f"kind/{endpoint.kind}" for endpoint in inside}
        usual = read_pack("baseline")[0].pack
        stores = usual.zones["databases"].default if usual else None
        databases = [word for word in re.split(r"[\s|]+", stores or "") if word in kinds]
        if databases:
            self.zones["databases"] = " | ".join(databases)
            ways = (
                ("internet", "zone/databases", "The internet never gets to a database", "critical"),
                ("zone/databases", "internet", "Databases never get to the internet", "medium"),
            )
            for source, destination, title, severity in ways:
                rule = _rule("DATA", "forbid", title, severity=severity) | {"from": source, "to": destination}
                yield [rule | {"relation": str(relation)} for relation in _STRONGEST_FIRST]

    def _declare(self, zone: str, words: Sequence[str]) -> None:
        """A zone of all the words, in parts where one selector would be too long."""
        parts: list[list[str]] = [[]]
        for word in words:
            if len(" | ".join([*parts[-1], word])) > _LONGEST_SELECTOR:
                parts.append([])
            parts[-1].append(word)
        texts = {f"{zone}-{number}": " | ".join(part) for number, part in enumerate(parts, start=1)}
        if len(parts) == 1:
            self.zones[zone] = texts[f"{zone}-1"]
        else:
            self.zones |= texts | {zone: " | ".join(f"zone/{name}" for name in texts)}

    def apart(self) -> Iterator[list[_Json]]:
        """VPCs, and namespaces, between which nothing flows."""
        for kind, title in (("vpc", "These VPCs are apart"), ("ns", "These namespaces are apart")):
            members = {
                group.key: frozenset(e.id for e in self._solved.network.endpoints if group.key in e.groups)
                for group in self._solved.network.groups
                if group.key.startswith(f"{kind}/") and _is_plain(group.key)
            }
            present = sorted(key for key, ids in members.items() if ids)
            left = set(combinations(present, 2))
            for relation in (Relation.PIVOT, Relation.DIRECT):
                apart = left - self._linked(relation, frozenset(members))
                for groups in _cliques(apart):
                    yield [_rule("APART", "isolated", title, groups=groups, relation=str(relation), severity="high")]
                left -= apart

    def _linked(self, relation: Relation, keys: frozenset[str]) -> set[tuple[str, str]]:
        """Pairs of these groups between which something may flow, or about which nothing is known."""
        of_realm: defaultdict[str, set[str]] = defaultdict(set)
        for endpoint in self._solved.network.endpoints:
            of_realm[endpoint.realm].update(endpoint.groups)
        met: set[tuple[frozenset[str], frozenset[str]]] = {
            (frozenset(of_realm[a] & keys), frozenset(of_realm[b] & keys)) for a, b in self._solved.network.not_joined
        }
        groups = {
            each.index: {member.groups & keys for member in each.members} - {frozenset()}
            for each in self._solved.classes
        }
        known: dict[int, set[frozenset[str]]] = {}  # many classes are linked to the same ones
        for start in self._solved.classes:
            if not groups[start.index]:
                continue
            goals = self._relations.linked(start, by_chains=relation is Relation.PIVOT)
            if goals not in known:
                known[goals] = {found for each in self._solved.classes_of(goals) for found in groups[each.index]}
            met.update(product(groups[start.index], known[goals]))
        return {_pair(a, b) for one, other in met for a in one for b in other}


def _default_deny(sides: Iterable[NewcomerSide]) -> Iterator[list[_Json]]:
    """Namespaces that shut out what nobody has allowed, on both sides or on one."""
    title = "Nothing passes to or from a new pod until a policy is written for it"
    for namespace in sorted({each.namespace for each in sides if re.fullmatch(r"[\w.:-]{1,200}", each.namespace)}):
        rule = _rule("DENY", "namespace-default-deny", f"{title} ({namespace})", namespaces=[namespace])
        yield [rule | {"sides": list(sides)} for sides in (("ingress", "egress"), ("ingress",), ("egress",))]


def _merged(rules: Iterable[_Json]) -> list[_Json]:
    """With one rule for all namespaces that are closed on the same sides."""
    merged: dict[str, _Json] = {}
    for rule in rules:
        if "namespaces" not in rule:
            merged[json.dumps(rule)] = rule
            continue
        sides = " and ".join(rule["sides"])
        title = f"New pods are shut off until a policy is written for them ({sides})"
        first = merged.setdefault(sides, rule | {"title": title, "namespaces": []})
        first["namespaces"] += rule["namespaces"]
    return list(merged.values())


def _numbered(rules: Iterable[_Json]) -> list[_Json]:
    counts: dict[str, int] = {}
    numbered = []
    for rule in rules:
        name = rule["id"]
        counts[name] = counts.get(name, 0) + 1
        numbered.append(rule | {"id": f"INIT-{name}-{counts[name]}"})
    return numbered


def _cliques(apart: set[tuple[str, str]]) -> Iterator[list[str]]:
    """Sets of groups of which any two are apart, until each such pair lies in one of them."""
    names = sorted({name for pair in apart for name in pair})
    left = set(apart)
    while left:
        found = list(min(left))
        for name in names:
            if len(found) < _MOST_GROUPS and all(_pair(name, other) in apart for other in found):
                found.append(name)
        found.sort()
        left -= set(combinations(found, 2))
        yield found


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _rule(name: str, kind: str, title: str, **more: Any) -> _Json:
    return {"id": name, "kind": kind, "title": title, **more}


def _is_plain(text: str) -> bool:
    """Whether a word of a selector may be written without quotes and means one thing only."""
    try:
        return "*" not in text and parse_selector(text) == Word(text)
    except QueryError:
        return False


def _selector(name: str) -> str:
    """What picks the endpoint of that id."""
    head = re.split("[/:]", name, maxsplit=1)[0]
    return name if _is_plain(name) and head not in {*GROUP_WORDS, "label", "tag"} else f'"{name}"'


def _scalar(value: str | list[str]) -> str:
    """A value in YAML, which reads JSON; plain words stay plain, unless YAML means something by them."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    is_plain = re.fullmatch(r"[A-Za-z][\w ./,()|-]*", value, re.ASCII)
    return value if is_plain and value.lower() not in _YAML_WORDS else json.dumps(value, ensure_ascii=False)
