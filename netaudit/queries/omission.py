"""What a rule is there for: the flows that are there with it and not without it, or without it and not with it.

The rule is taken out of every policy that holds it, and rows are compared, those only that it can touch. Where nothing
hangs on an unknown the difference is exact. Elsewhere there are two bounds: what differs however the unknowns turn
out, and what may differ. For the second the rule is made inexact, by an unknown of its own, and each pair whose
traffic is open then is asked whether it hangs on that one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from netaudit.engine.bounds import NOTHING, Bounds
from netaudit.engine.classes import EndpointClass
from netaudit.engine.decisions import as_union
from netaudit.engine.solve import Part, Reachability
from netaudit.flows import ANY, NO_TRAFFIC, Traffic
from netaudit.model import (
    OUTSIDE,
    Action,
    End,
    Endpoint,
    Filter,
    Hop,
    Network,
    Origin,
    Party,
    Peers,
    Policy,
    Rule,
    Stage,
    Step,
    Translate,
    Truth,
    Unknown,
    decide,
    replaced,
)
from netaudit.queries.what_if import ChangeRule, RemoveRule, edited, rewired

_FILTERS = frozenset({Stage.EGRESS, Stage.ACL, Stage.INGRESS})
_LEFT_OUT = Unknown("whether the rule is there")


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule as its author wrote it: all that became of it, in every policy that holds it."""

    name: str
    origin: Origin
    parts: tuple[tuple[Policy, Rule], ...] = field(repr=False)

    @property
    def text(self) -> str:
        """What it says."""
        return self.parts[0][1].text

    @property
    def only_allows(self) -> bool:
        """Whether taking it out can only close flows."""
        return all(rule.action is Action.ALLOW for _, rule in self.parts)


def written_rules(network: Network) -> tuple[WrittenRule, ...]:
    """Every written rule of the filters on somebody's way, in the order of their places."""
    found: defaultdict[tuple[Origin, str], dict[tuple[Policy, int], tuple[Policy, Rule]]] = defaultdict(dict)
    for policy in network.policies:
        for rule in (rule for tier in policy.tiers for rule in tier.rules):
            if policy.stage in _FILTERS and rule.written:
                found[rule.origin, rule.name][policy, id(rule)] = (policy, rule)
    rules = (
        WrittenRule(f"{origin.address} {name}".strip() or origin.place, origin, tuple(parts.values()))
        for (origin, name), parts in found.items()
    )
    return tuple(sorted(rules, key=lambda rule: (rule.origin, rule.name)))


@dataclass(frozen=True, slots=True)
class Difference:
    """Traffic that passes from a class to some others with the rule or without it, and not both ways."""

    source: EndpointClass
    destinations: tuple[EndpointClass, ...]
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Influence:
    """What a rule changes: surely (as much as was asked for), and perhaps, which takes in what is sure.

    `shadow` is another rule that lets it have no effect at all. `because` names what `perhaps` hangs on, `unclaimed`
    what else the rule may be there for, of which the model does not speak.
    """

    sure: tuple[Difference, ...] = ()
    perhaps: tuple[Difference, ...] = ()
    because: tuple[Unknown, ...] = ()
    unclaimed: tuple[Unknown, ...] = ()
    shadow: Rule | None = None


class Omissions:
    """Takes out the rules of one network, one at a time."""

    def __init__(self, solved: Reachability) -> None:
        self._solved = solved

    def influence(
        self,
        rule: WrittenRule,
        enough: Callable[[Difference], bool] = lambda _: False,
        telling: Callable[[Difference], bool] = lambda _: False,
    ) -> Influence:
        """What changes without the rule.

        The search ends with the first sure difference that is `enough`, that for what is not sure with the first that
        is `telling`.
        """
        shadows = [_shadow(rule, policy, each) for policy, each in rule.parts]
        if all(shadows):
            return Influence(shadow=shadows[0])
        less = self._edited(rule, RemoveRule)
        sure: list[Difference] = []
        perhaps: list[_Perhaps] = []
        for source, mask, traffic in self._touched(rule):
            rows = self._solved.parts(source, traffic), less.parts(source, traffic)
            for before, after, classes in _compared(*rows, mask):
                changed = (before.certain - after.possible) | (after.certain - before.possible)
                if changed:
                    found = self._difference(source, classes, changed)
                    if enough(found):
                        return Influence((found,), (found,))
                    sure.append(found)
                if may := (before.possible - after.certain) | (after.possible - before.certain):
                    perhaps.append(_Perhaps(source, classes, may, bool(before.open or after.open)))
        refined, because = self._refined(rule, perhaps, telling)
        return Influence(tuple(sure), refined, because, tuple(self._unclaimed(rule)))

    def _edited(self, rule: WrittenRule, edit: Callable[[Policy, Rule], RemoveRule | ChangeRule]) -> Reachability:
        changed = edited(edit(policy, each) for policy, each in rule.parts)
        return self._solved.lessened(self._rewired(changed), changed)

    def _rewired(self, changed: Mapping[Policy, Policy]) -> Network:
        """The network with some policies replaced; hops that hold none of them are not looked at."""
        network = self._solved.network
        hops = list(network.hops)
        for index in {index for policy in changed for index in self._hops_with[policy]}:
            hops[index] = replace(hops[index], steps=replaced(hops[index].steps, changed))
        return replace(rewired(replace(network, hops=()), changed), hops=tuple(hops))

    @cached_property
    def _hops_with(self) -> Mapping[Policy, list[int]]:
        """The numbers of the hops that hold a policy."""
        found: defaultdict[Policy, list[int]] = defaultdict(list)
        for index, hop in enumerate(self._solved.network.hops):
            for policy in {step.policy for step in hop.steps if isinstance(step, Filter)}:
                found[policy].append(index)
        return found

    def _difference(self, source: EndpointClass, classes: int, traffic: Traffic) -> Difference:
        return Difference(source, tuple(self._solved.classes_of(classes)), traffic)

    # ---- where it may matter --------------------------------------------------------------------------

    def _touched(self, rule: WrittenRule) -> Iterator[tuple[EndpointClass, int, Traffic]]:
        """The rows that the rule can touch, each with the classes in it that may differ, as bits, and the traffic."""
        everyone = (1 << len(self._solved.classes)) - 1
        masks: defaultdict[int, int] = defaultdict(int)
        for policy, each in rule.parts:
            places = self._places.get(policy, _NOWHERE)
            if places.between or not policy.stateful:  # replies carry other ports than the flow does
                return (yield from ((source, everyone, ANY) for source in self._solved.classes))
            for source in self._classes_at(places.starts):
                masks[source.index] |= everyone
            goals = sum(self._solved.bit_of(goal) for goal in self._classes_at(places.goals))
            for source in self._solved.seeing(each.peers) if goals else ():
                masks[source.index] |= goals
        traffic = Traffic.union(each.traffic for _, each in rule.parts)
        yield from ((self._solved.classes[index], masks[index], traffic) for index in sorted(masks))

    def _classes_at(self, nodes: Iterable[str]) -> Iterable[EndpointClass]:
        found = (self._solved.class_of[each.id] for node in nodes for each in self._endpoints_at[node])
        return {each.index: each for each in found}.values()

    @cached_property
    def _endpoints_at(self) -> Mapping[str, list[Endpoint]]:
        found: defaultdict[str, list[Endpoint]] = defaultdict(list)
        for endpoint in self._solved.network.endpoints:
            for interface in endpoint.interfaces:
                found[interface.node].append(endpoint)
        return found

    @cached_property
    def _places(self) -> Mapping[Policy, _Places]:
        found: defaultdict[Policy, _Places] = defaultdict(_Places)
        ends = self._endpoints_at.keys() - {OUTSIDE}
        for hop in self._solved.network.hops:
            for step in hop.steps:
                if isinstance(step, Filter):
                    into = hop.head if step.peer is End.SOURCE and hop.head in ends else ""
                    found[step.policy].note(hop.tail if hop.tail in ends else "", into)
        return found

    # ---- what is not certain --------------------------------------------------------------------------

    def _refined(
        self, rule: WrittenRule, perhaps: list[_Perhaps], telling: Callable[[Difference], bool]
    ) -> tuple[tuple[Difference, ...], tuple[Unknown, ...]]:
        """Of what may differ what hangs on the rule at all, and on what else."""
        found: list[Difference] = []
        because: dict[Unknown, None] = {}
        unsure: Reachability | None = None
        for each in perhaps:
            if not each.open:
                found.append(self._difference(each.source, each.classes, each.traffic))
                continue
            if unsure is None:
                unsure = self._edited(rule, _made_inexact)
            for goal in unsure.classes_of(each.classes):
                pair = (each.source.members[0], goal.members[-1 if goal is each.source else 0])
                left = each.traffic & unsure.bounds(*pair).open
                doubts = dict.fromkeys(unsure.doubts(*pair, left))
                if _LEFT_OUT in doubts:
                    found.append(Difference(each.source, (goal,), left))
                    because |= doubts
                    if telling(found[-1]):
                        return tuple(found), _without_mark(because)
        return tuple(found), _without_mark(because)

    def _unclaimed(self, rule: WrittenRule) -> Iterator[Unknown]:
        """What the rule may be there for, and the model does not speak of: an endpoint's own parts, other sources."""
        strange = {realm for pair in self._solved.network.not_joined for realm in pair}
        seen: set[str] = set()
        for policy, each in rule.parts:
            places = self._places.get(policy, _NOWHERE)
            nodes = self._endpoints_at if places.between else places.starts | places.goals
            for endpoint in {e.id: e for node in nodes for e in self._endpoints_at[node]}.values():
                if endpoint.realm in strange:
                    strange.discard(endpoint.realm)
                    yield Unknown(f"{endpoint.realm or 'this source'} is not joined to other sources", rule.origin)
                if places.between and len(endpoint.interfaces) == 1:
                    continue
                if endpoint.id not in seen and _changed_within(endpoint, policy, each) & self._within(endpoint, policy):
                    seen.add(endpoint.id)
                    yield Unknown(f"flows between the parts of {endpoint.id} are not claimed", endpoint.origin)

    def _within(self, endpoint: Endpoint, beside: Policy) -> Traffic:
        """What may leave an endpoint and come into it again, as far as its own filters beside one say."""
        parties = [interface.party for interface in endpoint.interfaces]
        out, into = (
            Traffic.union(
                _passing(hop.steps, parties, beside) for i in endpoint.interfaces for hop in hops.get(i.node, ())
            )
            for hops in self._hops
        )
        return out & into

    @cached_property
    def _hops(self) -> tuple[Mapping[str, list[Hop]], Mapping[str, list[Hop]]]:
        """The hops out of each node, and into it."""
        out: defaultdict[str, list[Hop]] = defaultdict(list)
        into: defaultdict[str, list[Hop]] = defaultdict(list)
        for hop in self._solved.network.hops:
            out[hop.tail].append(hop)
            into[hop.head].append(hop)
        return out, into


def _without_mark(unknowns: Iterable[Unknown]) -> tuple[Unknown, ...]:
    return tuple(unknown for unknown in unknowns if unknown != _LEFT_OUT)


@dataclass(frozen=True, slots=True)
class _Perhaps:
    source: EndpointClass
    classes: int
    traffic: Traffic
    open: bool


@dataclass(slots=True)
class _Places:
    """Where a policy stands: on first hops from interfaces, on last ones to some (judging sources), or between."""

    starts: set[str] = field(default_factory=set)
    goals: set[str] = field(default_factory=set)
    between: bool = False

    def note(self, start: str, goal: str) -> None:
        """One more hop that it stands on."""
        if start:
            self.starts.add(start)
        if goal:
            self.goals.add(goal)
        self.between |= not start and not goal


_NOWHERE = _Places()


def _made_inexact(policy: Policy, rule: Rule) -> ChangeRule:
    return ChangeRule(policy, rule, replace(rule, because=(*rule.because, _LEFT_OUT)))


def _compared(before: tuple[Part, ...], after: tuple[Part, ...], mask: int) -> Iterator[tuple[Bounds, Bounds, int]]:
    """The bounds of classes before and after; those that are equal and certain are left out."""
    rest = mask
    for bounds, classes in before:
        left = classes & mask
        rest &= ~classes
        for others, among in after:
            if common := left & among:
                left ^= common
                if bounds.open or others != bounds:
                    yield bounds, others, common
        if left:
            yield bounds, NOTHING, left
    for others, among in after:
        if among & rest:
            yield NOTHING, others, among & rest


def _changed_within(endpoint: Endpoint, policy: Policy, rule: Rule) -> Traffic:
    """About which traffic the policy may say something else of the endpoint itself without the rule."""
    without = edited([RemoveRule(policy, rule)])[policy]
    found = NO_TRAFFIC
    for party in (interface.party for interface in endpoint.interfaces):
        if rule.peers.sees(party) is not Truth.NO:
            before, after = (decide(each, party, rule.traffic) for each in (policy, without))
            found |= (before.may_allow - after.must_allow) | (after.may_allow - before.must_allow)
    return found


def _passing(steps: Iterable[Step], parties: Iterable[Party], beside: Policy) -> Traffic:
    """What some filters may let pass of parties to themselves, up to a translation that makes others of them."""
    found = ANY
    for step in steps:
        if isinstance(step, Translate):
            break
        if step.policy is not beside:
            found &= Traffic.union(decide(step.policy, party).may_allow for party in parties)
    return found


# ---- rules behind others ------------------------------------------------------------------------------


def _shadow(written: WrittenRule, policy: Policy, rule: Rule) -> Rule | None:
    """A rule of the policy that leaves this one nothing to decide, whoever the parties are; None if none does.

    Where all rules allow, any other one that matches as much; otherwise an earlier one of the same tier.
    """
    own = {id(part) for _, part in written.parts}
    union = as_union(policy)
    if union is not None and any(each is rule for each in union):
        before: Iterable[Rule] = union
    else:
        tier = next(tier for tier in policy.tiers if any(each is rule for each in tier.rules))
        before = tier.rules[: [id(each) for each in tier.rules].index(id(rule))]
    return next((each for each in before if id(each) not in own and _matches_as_much(each, rule)), None)


def _matches_as_much(wide: Rule, narrow: Rule) -> bool:
    return wide.exact and narrow.traffic <= wide.traffic and _sees_as_much(wide.peers, narrow.peers)


def _sees_as_much(wide: Peers, narrow: Peers) -> bool:
    """Whether it sees every party that the other sees, whatever parties there are."""
    if wide.everyone or narrow.everyone:
        return wide.everyone
    exempt = wide.exempt - wide.members <= narrow.exempt or not narrow.addresses
    return narrow.members <= wide.members and narrow.addresses <= wide.addresses and exempt
