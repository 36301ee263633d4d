"""What became of a network's policies, where a new network has others in their places and differs in nothing else.

An edit makes a new value, of which most parts are the old ones. Comparing the parts tells what was touched, however
the new network was made: by replacing a rule, or by reading everything again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from netaudit.model import Filter, Hop, Network, Policy

# What a network says that no flow depends on, and its hops, which are compared one by one.
_BESIDE = {
    "hops",
    "aside_hops",
    "dead_ends",
    "groups",
    "forwards",
    "ways",
    "losses",
    "settings",
    "assumptions",
    "diagnostics",
}
_SOLVED = [each.name for each in fields(Network) if each.name not in _BESIDE | {"coverage"}]


def renewed(old: Network, new: Network) -> Mapping[Policy, Policy] | None:
    """Each policy that was replaced, with the new one that stands in all its places; None if anything else differs."""
    if any(getattr(old, name) != getattr(new, name) for name in _SOLVED) or len(old.hops) != len(new.hops):
        return None
    found: dict[Policy, Policy] = {}
    for before, after in zip(old.hops, new.hops, strict=True):
        if before is not after and not _compare(before, after, found):
            return None
    fresh = set(found.values())
    kept = set(old.policies).difference(found)
    alone = len(fresh) == len(found) and fresh.isdisjoint(old.policies)
    return found if alone and set(new.policies) == kept | fresh else None


def _compare(before: Hop, after: Hop, found: dict[Policy, Policy]) -> bool:
    """Whether two hops differ in policies alone, each replaced as it is elsewhere."""
    if (before.tail, before.head, len(before.steps)) != (after.tail, after.head, len(after.steps)):
        return False
    for one, other in zip(before.steps, after.steps, strict=True):
        if one == other:
            continue
        if not isinstance(one, Filter) or not isinstance(other, Filter) or one.peer is not other.peer:
            return False
        if found.setdefault(one.policy, other.policy) is not other.policy:
            return False
    return True
