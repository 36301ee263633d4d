"""What a policy decides about all parties and all traffic at once: `netaudit.model.decide`, as bits.

A policy's own rules tell apart only a few groups of atoms; one pass over its rules decides each group for every
party. Each distinct policy is decided once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from netaudit.engine.atoms import Atoms
from netaudit.engine.faces import Faces
from netaudit.engine.relation import Relation, gathered
from netaudit.model import Action, Policy, Rule


class Grant(NamedTuple):
    """Some parties that a policy lets pass with some atoms; the union of its grants is what it decides."""

    atoms: int
    may: int
    must: int


_Sets = tuple[int, int]  # of parties


class _Read(NamedTuple):
    """A rule as bits: the atoms it is about, who may be and who certainly is among its peers."""

    rule: Rule
    atoms: int
    some: int
    every: int
    action: Action
    exact: bool


class Decisions:
    """Decides policies, and remembers."""

    def __init__(self, atoms: Atoms, faces: Faces) -> None:
        self._atoms = atoms
        self._faces = faces
        self._relations: dict[Policy, Relation] = {}
        self._rules: dict[int, _Read] = {}  # by identity

    def relation(self, policy: Policy) -> Relation:
        """Which parties may, and which must, pass for each group of atoms."""
        found = self._relations.get(policy)
        if found is None:
            rules = as_union(policy)
            cells = self._decide(policy) if rules is None else self._united(rules)
            found = self._relations[policy] = gathered(cells)
        return found

    def about(self, policy: Policy, party: int) -> Relation:
        """The same for a single party, as if it were everybody."""
        everybody = self._faces.everybody
        return gathered(
            (atoms, everybody, everybody if must >> party & 1 else 0)
            for atoms, may, must in self.relation(policy)
            if may >> party & 1
        )

    def grants(self, policy: Policy) -> Iterator[Grant]:
        """The policy as a union: rule by rule where its rules are a union, otherwise as it was decided."""
        rules = as_union(policy)
        if rules is None:
            yield from (Grant(*cell) for cell in self.relation(policy))
            return
        for rule in map(self._read, rules):
            yield Grant(rule.atoms, rule.some, rule.every if rule.exact else 0)

    def _read(self, rule: Rule) -> _Read:
        found = self._rules.get(id(rule))
        if found is None:
            some, every = self._faces.seen(rule.peers)
            found = _Read(rule, self._atoms.mask(rule.traffic), some, every, rule.action, rule.exact)
            self._rules[id(rule)] = found
        return found

    def _decide(self, policy: Policy) -> Iterator[tuple[int, int, int]]:
        tiers = [(tuple(map(self._read, tier.rules)), tier.otherwise) for tier in policy.tiers]
        for atoms in self._told_apart(rule.atoms for rules, _ in tiers for rule in rules):
            may, may_not = self._first_match(tiers, policy.default, atoms)
            yield atoms, may, may & ~may_not

    def _united(self, rules: Iterable[Rule]) -> list[Grant]:
        """The union of some rules that allow: the same as deciding each group of atoms, in one pass over the rules."""
        cells = [Grant(self._atoms.everything, 0, 0)]
        for rule in map(self._read, rules):
            every = rule.every if rule.exact else 0
            rest: list[Grant] = []
            for index, (atoms, may, must) in enumerate(cells):
                if inside := atoms & rule.atoms:
                    cells[index] = Grant(inside, may | rule.some, must | every)
                    if inside != atoms:
                        rest.append(Grant(atoms ^ inside, may, must))
            cells += rest
        return cells

    def _told_apart(self, masks: Iterable[int]) -> list[int]:
        """The coarsest groups of atoms that the masks of a policy's rules do not divide."""
        groups = [self._atoms.everything]
        for mask in dict.fromkeys(masks):
            groups = [part for group in groups for part in (group & mask, group & ~mask) if part]
        return groups

    def _first_match(self, tiers: Sequence[tuple[Sequence[_Read], Action]], default: Action, atoms: int) -> _Sets:
        """Who may pass and who may be stopped with these atoms, which no rule divides."""
        may = may_not = 0
        entering = self._faces.everybody
        for rules, otherwise in tiers:
            passed = 0
            for rule in rules:
                if not rule.atoms & atoms:
                    continue
                caught = rule.some & entering
                if rule.action is Action.ALLOW:
                    may |= caught
                elif rule.action is Action.DENY:
                    may_not |= caught
                else:
                    passed |= caught
                if rule.exact:
                    entering &= ~rule.every
            if otherwise is Action.PASS:
                passed |= entering
            elif otherwise is Action.DENY:
                may_not |= entering
            else:
                may |= entering
            entering = passed
        if default is Action.DENY:
            return may, may_not | entering
        return may | entering, may_not


def as_union(policy: Policy) -> list[Rule] | None:
    """The rules whose union a policy is: all of them allow, and what none matches is denied. Else None."""
    rules: list[Rule] = []
    for tier in policy.tiers:
        rules += tier.rules
        if tier.otherwise is not Action.PASS:
            closed = tier.otherwise is Action.DENY
            break
    else:
        closed = policy.default is Action.DENY
    return rules if closed and all(rule.action is Action.ALLOW for rule in rules) else None
