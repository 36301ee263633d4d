"""Who is meant by a security group rule: addresses, prefix lists, and the members of other groups.

https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html (read 2026-11-23)

AWS-5  A group as peer means the private addresses of the interfaces that it is attached to.
AWS-7  Across a peering the reference needs one Region; a stale one matches nothing.
AWS-9  A group outside the sources is unknown: any private party may be its member.

Not modelled:
- References over a transit gateway (AWS-8): those of inbound rules count as possible, never as certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from netaudit.flows import NOT_PUBLIC, NOWHERE, AddressSet
from netaudit.model import Peers, Truth, Unknown
from netaudit.providers.aws import prefix_list
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.security_group import Meaning, SecurityGroup, SecurityRule

# Whether a reference to a group holds between two VPCs, in an outbound rule or an inbound one: in one VPC, over a
# peering, over anything else.
Across = Callable[[str, str, bool], Truth]


class Members:
    """Who carries which group, and what peers of rules come to for interfaces of one VPC."""

    def __init__(self, inventory: Inventory, placed: Sequence[Placed], across: Across) -> None:
        self._inventory = inventory
        self._across = across
        self._placed = placed
        self._carriers: dict[str, list[Placed]] = {}
        self._unsure = [each for each in placed if each.unknown_groups]
        for each in placed:
            for key in each.groups:
                self._carriers.setdefault(key, []).append(each)
        self.everyone = frozenset(each.party.id for each in placed)

    def meaning(self, group: SecurityGroup, rule: SecurityRule, homes: frozenset[str]) -> Meaning:
        """What the peers of a rule come to, for an interface in one of the VPCs `homes`."""
        addresses, because = self._listed(rule)
        certain: set[str] = set()
        possible: set[str] = set()
        reasons: list[Unknown] = [*because]
        anyone = bool(because) or bool(rule.unknown)
        reasons += rule.unknown
        foreign = False
        for leaf in (*rule.groups, *((_Own(group),) if rule.itself else ())):
            peer = leaf.group if isinstance(leaf, _Own) else self._inventory.group(leaf)
            if peer is None or peer.open:
                foreign = True
                reasons += [leaf] if isinstance(leaf, Unknown) else list(peer.open if peer else ())
            if peer is not None:
                self._add(peer, homes, rule, certain, possible, reasons)
        exact = Peers(frozenset(certain), addresses)
        if anyone:
            return Meaning(exact, Peers(everyone=True), _unique(reasons))
        if foreign:
            inside = self._of_unseen_groups(rule) | possible
            return Meaning(exact, Peers(frozenset(inside), NOT_PUBLIC, self.everyone - inside), _unique(reasons))
        if possible:
            return Meaning(exact, Peers(frozenset(possible)), _unique(reasons))
        return Meaning(exact)

    def _of_unseen_groups(self, rule: SecurityRule) -> frozenset[str]:
        """Who may carry a group that is not in the sources: a snapshot shows the groups of every interface it has."""
        named = not any(isinstance(leaf, Unknown) for leaf in rule.groups)
        complete = named and self._inventory.reading.format == "snapshot"
        return frozenset(each.party.id for each in self._unsure) if complete else self.everyone

    def named(self, keys: Iterable[str]) -> tuple[Placed, ...]:
        """Who is in a group that a rule of these groups lets in by reference."""
        groups = [self._inventory.groups[key] for key in dict.fromkeys(keys)]
        inward = [(group, rule) for group in groups for rule in group.rules if not rule.egress]
        peers = [self._inventory.group(leaf) for _, rule in inward for leaf in rule.groups]
        peers += [group for group, rule in inward if rule.itself]
        found = [each for peer in peers if peer for each in self._carriers.get(peer.key, ())]
        return tuple({each.party.id: each for each in found}.values())

    def _listed(self, rule: SecurityRule) -> tuple[AddressSet, list[Unknown]]:
        lists = [prefix_list.resolve(leaf, self._inventory.lists, self._inventory.lookup) for leaf in rule.prefix_lists]
        known = AddressSet.union([rule.addresses, *(each.addresses for each in lists)])
        return known or NOWHERE, [reason for each in lists for reason in each.because]

    def _add(
        self,
        group: SecurityGroup,
        homes: frozenset[str],
        rule: SecurityRule,
        certain: set[str],
        possible: set[str],
        reasons: list[Unknown],
    ) -> None:
        for each in self._carriers.get(group.key, ()):
            holds = self._between(homes, each.vpcs, rule.egress)
            if holds is Truth.YES and not each.because:
                certain.add(each.party.id)
            elif holds is not Truth.NO:
                possible.add(each.party.id)
                far = Unknown(f"whether a reference to {group.key} holds between VPCs", rule.origin)
                reasons += each.because if holds is Truth.YES else [far]
        for each in self._unsure:
            if group.key not in each.groups and self._between(homes, each.vpcs, rule.egress) is not Truth.NO:
                possible.add(each.party.id)
                reasons += each.unknown_groups

    def _between(self, homes: frozenset[str], others: frozenset[str], egress: bool) -> Truth:
        found = {self._across(home, other, egress) for home in homes for other in others}
        return found.pop() if len(found) == 1 else Truth.MAYBE


class _Own:
    """A rule's own group as its peer (AWS-6)."""

    def __init__(self, group: SecurityGroup) -> None:
        self.group = group


def _unique(reasons: Iterable[Unknown]) -> tuple[Unknown, ...]:
    return tuple(dict.fromkeys(reasons))
