"""Edits of a network's filters, as values: what if this rule were there, or were not?

An edit changes one policy. Applying edits gives a new network that shares everything else with the old one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace

from netaudit.errors import QueryError
from netaudit.model import Action, Filter, Hop, Network, Policy, Rule, Tier, replaced


@dataclass(frozen=True, slots=True)
class AddRule:
    """Put a rule before all others of a policy."""

    policy: Policy
    rule: Rule

    def __str__(self) -> str:
        verb = "allow" if self.rule.action is Action.ALLOW else "deny"
        return f"{verb} {self.rule.text} in {self.policy.name}"


@dataclass(frozen=True, slots=True)
class RemoveRule:
    """Take one rule out of a policy."""

    policy: Policy
    rule: Rule

    def __str__(self) -> str:
        words = " ".join(part for part in (self.rule.name, self.rule.text) if part)
        return f"remove {words} from {self.policy.name} ({self.rule.origin.place})"


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """Put another rule in the place of one."""

    policy: Policy
    rule: Rule
    to: Rule

    def __str__(self) -> str:
        return f"{RemoveRule(self.policy, self.rule)}, {AddRule(self.policy, self.to)} in its place"


Edit = AddRule | RemoveRule | ChangeRule
_SAID = [field.name for field in fields(Policy)]


def apply(network: Network, edits: Iterable[Edit]) -> Network:
    """The network after the edits. Raises QueryError where it does not have a policy of them."""
    changed = edited(edits)
    for policy in changed.keys() - set(_policies(network)):
        raise QueryError(f"{policy.name} is no filter here, or was edited before: ask for the edit anew")
    return rewired(network, changed)


def _policies(network: Network) -> Iterator[Policy]:
    hops = (*network.hops, *network.aside_hops, *network.dead_ends)
    return (step.policy for hop in hops for step in hop.steps if isinstance(step, Filter))


def edited(edits: Iterable[Edit]) -> dict[Policy, Policy]:
    """What becomes of each policy that the edits change."""
    changed: dict[Policy, Policy] = {}
    for edit in edits:
        changed[edit.policy] = _edited(changed.get(edit.policy, edit.policy), edit)
    return changed


def rewired(network: Network, changed: Mapping[Policy, Policy]) -> Network:
    """The network with some policies replaced."""
    kinds = (network.hops, network.aside_hops, network.dead_ends)
    hops, aside, dead_ends = (tuple(_rewired(hop, changed) for hop in some) for some in kinds)
    return replace(network, hops=hops, aside_hops=aside, dead_ends=dead_ends)


def settled(network: Network, before: Network) -> Network:
    """The network with the policies of an earlier one in the places of equal ones: what was solved of them stays."""
    known: defaultdict[Hashable, list[Policy]] = defaultdict(list)
    for policy in before.policies:
        known[policy.name, policy.origin].append(policy)
    found: dict[Policy, Policy] = {}
    for policy in network.policies:
        equal = [each for each in known[policy.name, policy.origin] if _say_the_same(each, policy)]
        if len(equal) == 1:
            found[policy] = equal[0]
    count = Counter(found.values())
    return rewired(network, {policy: old for policy, old in found.items() if count[old] == 1})


def _say_the_same(one: Policy, other: Policy) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _SAID)


def _edited(policy: Policy, edit: Edit) -> Policy:
    if isinstance(edit, RemoveRule | ChangeRule):
        instead = (edit.to,) if isinstance(edit, ChangeRule) else ()
        tiers = tuple(replace(tier, rules=_without(tier.rules, edit.rule, instead)) for tier in policy.tiers)
        return replace(policy, tiers=tiers)
    return replace(policy, tiers=(Tier((edit.rule,), Action.PASS), *policy.tiers))


def _without(rules: tuple[Rule, ...], rule: Rule, instead: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(kept for each in rules for kept in (instead if each is rule else (each,)))


def _rewired(hop: Hop, changed: Mapping[Policy, Policy]) -> Hop:
    if not any(isinstance(step, Filter) and step.policy in changed for step in hop.steps):
        return hop
    return replace(hop, steps=replaced(hop.steps, changed))
