"""The smallest change that flips an answer: edits of filters, found by trying them on the reference judge.

*Closing* an open flow means stopping every way that is open. Each way offers its filters: the rules that let the
flow pass are taken out, or, where that is not enough, the flow is denied before all other rules. Few filters are
tried before many.

*Opening* a closed flow means finding one way and letting the flow, and its reply, pass wherever that way stops it. A
filter that has been opened may uncover another one behind it, so this goes on until the flow passes.

Either way the edits found are reduced until each is needed. Only filters that their owners can edit for one peer are
touched: security groups, network ACLs, policies. Routes and gateways lead somewhere, so that letting more pass
there would seldom mean what it says; a flow that only they stop has no change to offer, and so has an answer that
hangs on an unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice
from types import MappingProxyType
from typing import TypeVar

from netaudit.engine.reference import Check, Journey, Judge, Trace
from netaudit.flows import Traffic
from netaudit.model import Action, Network, Origin, Peers, Policy, Rule, Stage, Truth
from netaudit.queries.what_if import AddRule, Edit, RemoveRule, apply, edited, rewired

_PREFERRED = (Stage.INGRESS, Stage.ACL, Stage.EGRESS)
EDITABLE = frozenset(_PREFERRED)
_TOGETHER = 3  # filters that are tried together to close every way
_TRIED = 60  # sets of edits that are tried of one kind
_STATELESS = 40  # network ACLs that are edited for replies all at once, when nothing else helped
_ROUNDS = 10  # filters behind filters

NO_EDITS: Mapping[Policy, Policy] = MappingProxyType({})
Edits = tuple[Edit, ...]
Filter = tuple[Policy, str]  # a filter, as one party meets it
Key = TypeVar("Key", Policy, Filter)


def smallest_change(network: Network, trace: Trace) -> Edits:
    """A smallest set of edits that turns YES into NO or the reverse, no part of which does; () if there is none."""
    if trace.verdict is Truth.MAYBE:
        return ()
    search = _Search(network, trace)
    return search.closing() if trace.verdict is Truth.YES else search.opening()


class _Search:
    def __init__(self, network: Network, trace: Trace) -> None:
        self._network = network
        self._trace = trace
        self._flow = Traffic(((trace.point, trace.point),))
        self._wanted = Truth.NO if trace.verdict is Truth.YES else Truth.YES

    def _flips(self, edits: Sequence[Edit]) -> bool:
        return self._judged(apply(self._network, edits)).verdict is self._wanted

    def _judged(self, network: Network) -> Trace:
        return Judge(network).judge(self._trace.source, self._trace.destination, self._trace.point)

    def _needed(self, edits: Edits) -> Edits:
        """The edits without those that change nothing: what is left flips the answer, and no part of it does."""
        needed = list(edits)
        for edit in edits:
            fewer = [each for each in needed if each is not edit]
            if self._flips(fewer):
                needed = fewer
        return tuple(needed)

    # ---- YES becomes NO -------------------------------------------------------------------------------

    def closing(self) -> Edits:
        """Edits that stop every way that is open, or its reply; () if one of them passes no filter."""
        ways = [_filters(way) for way in self._trace.journeys if way.verdict is not Truth.NO]
        checks = [check for way in ways for check in way.values()]
        for count in range(1, _TOGETHER + 1):
            # A rule that is taken out is gone for all parties, a denial is about one.
            gone = _hitting([dict.fromkeys(policy for policy, _ in way) for way in ways], count)
            denied = _hitting(ways, count)
            removals = (self._all_removals(c for c in checks if c.policy in chosen) for chosen in gone)
            denials = (self._denials(way[key] for key in chosen for way in ways if key in way) for chosen in denied)
            if closed := self._best(removals) or self._best(denials):
                return closed
        return self._best([self._everything_edited(Action.DENY)])

    def _best(self, candidates: Iterable[Edits]) -> Edits:
        found = [self._needed(edits) for edits in candidates if self._flips(edits)]
        return min(found, key=len, default=())

    def _all_removals(self, checks: Iterable[Check]) -> Edits:
        return tuple(dict.fromkeys(edit for check in checks for edit in _removals(check, self._trace.point)))

    def _denials(self, checks: Iterable[Check]) -> Edits:
        return tuple(dict.fromkeys(_added(c, Action.DENY, self._flow) for c in checks if _editable(c)))

    # ---- NO becomes YES -------------------------------------------------------------------------------

    def opening(self) -> Edits:
        """Edits that let the flow and its reply pass on one way; () if no edit of these filters does."""
        frontier: list[Edits] = [()]
        for _ in range(_ROUNDS):
            grown = dict.fromkeys(longer for edits in frontier for longer in self._opened_further(edits))
            if opened := self._best(grown):
                return opened
            frontier = sorted(grown, key=len)[:_TRIED]
        return self._best([self._everything_edited(Action.ALLOW)])

    # ---- when nothing smaller was found ---------------------------------------------------------------

    def _everything_edited(self, action: Action) -> Edits:
        """An edit of every filter on every way, and of every network ACL for every reply: more cannot be done."""
        checks = [check for way in self._trace.journeys for check in way.checks if _editable(check)]
        edits = dict.fromkeys(_added(check, action, self._flow) for check in checks)
        segments = [segment for way in self._trace.journeys if way.arrived for segment in way.segments]
        parties = dict.fromkeys(party.id for s in segments for party in (s.source, s.destination))
        stateless = [p for p in self._network.policies if not p.stateful and p.stage in EDITABLE]
        if len(stateless) <= _STATELESS:
            replies = self._network.reply_ports
            edits |= dict.fromkeys(_rule(policy, name, action, replies) for policy in stateless for name in parties)
        return tuple(edits)

    def _opened_further(self, edits: Edits) -> Iterator[Edits]:
        """The edits, and for one way after another what stops the flow on it after them."""
        changed = edited(edits)
        first = {after: before for before, after in changed.items()}
        replies = self._network.reply_ports
        for way in self._judged(rewired(self._network, changed)).journeys:
            stops = [(check, self._flow) for check in way.checks if check.verdict is not Truth.YES]
            stops += [(check, replies) for check in way.reply if check.verdict is not Truth.YES]
            if way.arrived and stops and all(_editable(check) for check, _ in stops):
                added = (_added(check, Action.ALLOW, traffic, first) for check, traffic in stops)
                yield tuple(dict.fromkeys((*edits, *added)))


def _hitting(ways: Sequence[Mapping[Key, object]], count: int) -> list[tuple[Key, ...]]:
    """The first choices of so many keys of which every way has one."""
    keys = dict.fromkeys(key for way in ways for key in way)
    found = (chosen for chosen in combinations(keys, count) if all(any(key in way for key in chosen) for way in ways))
    return list(islice(found, _TRIED))


def _filters(way: Journey) -> dict[Filter, Check]:
    """The filters of one way: those first that can be edited for one peer, and of these what guards the destination."""
    checks = sorted((check for check in way.checks if check.policy and check.peer), key=_reluctance)
    return {(check.policy, check.peer.id): check for check in checks if check.policy and check.peer}


def _reluctance(check: Check) -> int:
    """How little one would like to edit a filter: the server's own rule is the narrowest, the client's the widest."""
    return _PREFERRED.index(check.stage) if _editable(check) else len(_PREFERRED)


def _editable(check: Check) -> bool:
    return check.policy is not None and check.peer is not None and check.stage in EDITABLE


def _added(check: Check, action: Action, traffic: Traffic, first: Mapping[Policy, Policy] = NO_EDITS) -> AddRule:
    """A rule for the check's peer and some traffic, in its filter (as it was `first`)."""
    if check.policy is None or check.peer is None:
        raise ValueError("a translation has no rules")
    return _rule(first.get(check.policy, check.policy), check.peer.id, action, traffic)


def _rule(policy: Policy, party: str, action: Action, traffic: Traffic) -> AddRule:
    peers = Peers(members=frozenset({party}))
    return AddRule(policy, Rule(peers, traffic, action, policy.origin or Origin(""), text=f"{traffic} for {party}"))


def _removals(check: Check, point: int) -> Iterable[Edit]:
    """Take out every rule of the filter that may let the flow pass."""
    if check.policy is None or check.peer is None:
        return
    for rule in (rule for tier in check.policy.tiers for rule in tier.rules):
        if rule.action is Action.ALLOW and rule.peers.sees(check.peer) and point in rule.traffic:
            yield RemoveRule(check.policy, rule)
