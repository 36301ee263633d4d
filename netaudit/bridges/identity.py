"""Guests share their hosts' identity: a rule that names a host means the guests that live there, too (AWS-48)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netaudit.model import Filter, Hop, Peers, Policy, Rule, Step, Tier, Unknown


class Guests:
    """Writes guests into every rule that names their hosts. Equal policies stay equal.

    A guest lives on one of the hosts: a rule that names only some of them means it perhaps, because of `which`.
    """

    def __init__(self, hosts: frozenset[str], guests: frozenset[str], which: Unknown) -> None:
        self._hosts = hosts
        self._guests = guests
        self._which = which
        self._policies: dict[Policy, Policy] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    def seen_by(self, hop: Hop) -> Hop:
        """The hop with steps that know the guests."""
        steps = tuple(self._step(step) for step in hop.steps)
        return hop if steps == hop.steps else replace(hop, steps=steps)

    def _step(self, step: Step) -> Step:
        if not isinstance(step, Filter):
            return step
        policy = self._policies.get(step.policy)
        if policy is None:
            policy = self._policies[step.policy] = self._policy(step.policy)
        return step if policy is step.policy else replace(step, policy=policy)

    def _policy(self, policy: Policy) -> Policy:
        if not any(rule.peers.members & self._hosts for tier in policy.tiers for rule in tier.rules):
            return policy
        return replace(policy, tiers=tuple(self._tier(tier) for tier in policy.tiers))

    def _tier(self, tier: Tier) -> Tier:
        return replace(tier, rules=tuple(new for rule in tier.rules for new in self._rules(rule)))

    def _rules(self, rule: Rule) -> Iterator[Rule]:
        named = rule.peers.members & self._hosts
        if named == self._hosts:
            yield replace(rule, peers=replace(rule.peers, members=self._with_guests(rule.peers.members)))
            return
        yield rule
        if named:
            yield replace(rule, peers=Peers(self._guests), because=(*rule.because, self._which))

    def _with_guests(self, members: frozenset[str]) -> frozenset[str]:
        found = self._sets.get(members)
        if found is None:
            found = self._sets[members] = members | self._guests
        return found
