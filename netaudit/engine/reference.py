"""One concrete flow, decided in the most literal way: a packet is walked hop by hop, then its reply.

This is the judge that the all-pairs solver is held equal to, and the only source of explanations. It is slow
and meant to be obviously right: it looks at one point of traffic, one rule at a time.

A translation divides a connection into segments. The reply of each segment is walked back on its own: from
where the segment's packet ended (or from the translation's `resume`) to where it began (or to the `arrival`
of the translation before it). A reply passes stateful filters unasked (AWS-2), stateless ones and routes it must
pass like any packet (AWS-17), and it must not be translated on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from netaudit.engine.graph import Graph
from netaudit.flows import TCP, Traffic
from netaudit.model import (
    DROPPED,
    Action,
    End,
    Endpoint,
    Filter,
    Hop,
    Interface,
    Network,
    Origin,
    Party,
    Policy,
    Rule,
    Stage,
    Step,
    Tier,
    Translate,
    Truth,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class Check:
    """What one step of one hop said: which filter, the verdict, and why.

    `component` names the filter or translation, `place` the hop as `tail → head`; `reason` is the deciding rule's
    name and text, or what no rule had, `origin` where that was written, `code` the stable reason code. `policy` is
    the filter itself (None for a translation).
    """

    place: str
    stage: Stage
    component: str
    verdict: Truth
    reason: str
    code: str = ""
    origin: Origin | None = None
    because: tuple[Unknown, ...] = ()
    policy: Policy | None = None
    rule: Rule | None = None
    peer: Party | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the way on which the packet kept its addresses; `back_from`, `back_to` bound its reply."""

    source: Party
    destination: Party
    back_from: str
    back_to: str


@dataclass(frozen=True, slots=True)
class Journey:
    """One way that the packet may take: every check on it, in order, and those of the reply.

    `overruled` are the routes beside the way that would take the packet too, and why they do not.
    """

    checks: tuple[Check, ...]
    arrived: bool
    segments: tuple[Segment, ...] = ()
    reply: tuple[Check, ...] = ()
    replied: Truth = Truth.YES
    dialled: Party | None = None
    overruled: tuple[Check, ...] = ()

    @property
    def delivered(self) -> Truth:
        """Whether the packet arrives."""
        if not self.arrived:
            return Truth.NO
        return min((check.verdict for check in self.checks), default=Truth.YES)

    @property
    def verdict(self) -> Truth:
        """Whether the packet arrives and its reply comes back."""
        return min(self.delivered, self.replied)

    @property
    def rank(self) -> tuple[int, ...]:
        """Better journeys are those that go through, then those that fail least, then the shortest.

        Of those that go astray, the one that got furthest tells most.
        """
        blocked = sum(check.verdict is Truth.NO for check in self.checks)
        length = len(self.checks)
        return (self.verdict, self.delivered, self.arrived, -blocked, -length if self.arrived else length)


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer about one concrete flow: the best journey decides, all of them are kept.

    Where none arrives, `astray` is how far the packet gets.
    """

    source: Endpoint
    destination: Endpoint
    point: int
    journeys: tuple[Journey, ...]
    astray: tuple[Journey, ...] = ()

    @property
    def best(self) -> Journey | None:
        """The journey that decides; None when there is no way at all.

        Where none arrives, one that something stops tells more than one on which nothing leads on.
        """
        told = self.journeys
        if self.astray:
            both = (*self.journeys, *self.astray)
            told = tuple(each for each in both if _stopped(each.checks)) or both
        return max(told, key=lambda journey: journey.rank, default=None)

    @property
    def verdict(self) -> Truth:
        """Whether the flow exists: delivered, and for TCP replied to."""
        return self._bounded(max((journey.verdict for journey in self.journeys), default=Truth.NO))

    @property
    def delivered(self) -> Truth:
        """Whether the first packet arrives, whatever becomes of the reply."""
        return self._bounded(max((journey.delivered for journey in self.journeys), default=Truth.NO))

    def _bounded(self, truth: Truth) -> Truth:
        doubtful = self.source.because or self.destination.because
        return min(truth, Truth.MAYBE) if doubtful else truth


@dataclass(frozen=True, slots=True)
class _Packet:
    source: Party
    destination: Party
    point: int

    def end(self, end: End) -> Party:
        return self.source if end is End.SOURCE else self.destination


@dataclass(frozen=True, slots=True)
class _Way:
    """How far a packet has come."""

    node: str
    packet: _Packet
    visited: frozenset[str]
    checks: tuple[Check, ...]
    segments: tuple[Segment, ...]

    def ended(self, *, arrived: bool) -> Journey:
        return Journey(self.checks, arrived, self.segments)


class Judge:
    """Decides concrete flows of one network."""

    def __init__(self, network: Network) -> None:
        self._graph = Graph(network)
        self._reply_points = _reply_points(network)

    def judge(self, source: Endpoint, destination: Endpoint, point: int) -> Trace:
        """Trace the flow at one point of traffic from `source` to `destination` (see `Traffic`)."""
        journeys = [
            self._with_reply(journey, point)
            for start in source.interfaces
            for goal in destination.interfaces
            for journey in self._dial(start, goal, point)
        ]
        if not destination.accepts:
            return Trace(source, destination, point, ())
        astray: list[Journey] = []
        if not any(journey.arrived for journey in journeys):
            for start in source.interfaces:
                for goal in destination.interfaces:
                    astray += self._stray(start.node, _Packet(start.party, goal.party, point))
        both = (tuple(_told(each, source, destination) for each in some) for some in (journeys, astray))
        return Trace(source, destination, point, *both)

    def _stray(self, node: str, packet: _Packet) -> list[Journey]:
        """Where a packet goes that never arrives: on by the first hop that takes it, until each one stops it."""
        checks: tuple[Check, ...] = ()
        overruled: tuple[Check, ...] = ()
        visited: set[str] = set()
        while True:
            visited.add(node)
            tried = [(h, *_passed(h, packet)) for h in self._graph.onward(node) if h.head not in visited]
            passing = next(((h.head, after, seen) for h, after, seen in tried if after is not None), None)
            if passing is None:
                ends = [seen for _, _, seen in tried if seen] or [()]
                return [Journey((*checks, *seen), arrived=False, overruled=overruled) for seen in ends]
            overruled += tuple(seen[-1] for hop, _, seen in tried if hop.head == DROPPED and _met_its_end(hop, seen))
            node, packet, checks = passing[0], passing[1], (*checks, *passing[2])

    # ---- the way there --------------------------------------------------------------------------------

    def _dial(self, start: Interface, goal: Interface, point: int) -> Iterator[Journey]:
        """By the interface's own address, and by each of its aliases."""
        for party, because in ((goal.party, ()), *goal.aliases):
            first: tuple[Check, ...] = ()
            if because:
                reason = f"{party.id} may not exist: {because[0]}"
                first = (Check(goal.node, Stage.GATEWAY, party.id, Truth.MAYBE, reason, because=because),)
            segment = Segment(start.party, party, goal.node, start.node)
            packet = _Packet(start.party, party, point)
            way = _Way(start.node, packet, frozenset({start.node}), first, (segment,))
            for journey in self._walk(way, goal):
                yield replace(journey, dialled=party)

    def _walk(self, way: _Way, goal: Interface) -> Iterator[Journey]:
        at_home = way.packet.destination.id == goal.party.id
        if way.node == goal.node:
            yield way.ended(arrived=at_home)
            return
        onward = [
            hop
            for hop in self._graph.out_of(way.node, goal.node)
            if hop.head not in way.visited and (at_home or hop.head != goal.node)
        ]
        for hop in onward:
            yield from self._take(hop, way, goal)
        if not onward:
            yield way.ended(arrived=False)

    def _take(self, hop: Hop, way: _Way, goal: Interface) -> Iterator[Journey]:
        for step in hop.steps:
            check, packet = _pass(hop, step, way.packet)
            way = replace(way, checks=(*way.checks, check))
            if packet is None:
                yield way.ended(arrived=False)
                return
            if isinstance(step, Translate):
                way = replace(way, packet=packet, segments=_cut(way.segments, step, packet, goal.node))
        yield from self._walk(replace(way, node=hop.head, visited=way.visited | {hop.head}), goal)

    # ---- and back -------------------------------------------------------------------------------------

    def _with_reply(self, journey: Journey, point: int) -> Journey:
        if not journey.arrived or point not in TCP:
            return journey
        answers = [self._reply(segment) for segment in journey.segments]
        replied = min((truth for truth, _ in answers), default=Truth.YES)
        checks = tuple(check for _, shown in answers for check in shown)
        return replace(journey, reply=checks, replied=replied)

    def _reply(self, segment: Segment) -> tuple[Truth, tuple[Check, ...]]:
        """Whether the reply comes back: NO for every client port, YES for all of them, or MAYBE."""
        outcomes = [self._reply_to(segment, port) for port in self._reply_points]
        best = max(outcomes, key=lambda outcome: outcome[0])
        worst = min(outcomes, key=lambda outcome: outcome[0])
        if best[0] is Truth.NO or worst[0] is Truth.YES:
            return worst
        return Truth.MAYBE, worst[1]

    def _reply_to(self, segment: Segment, point: int) -> tuple[Truth, tuple[Check, ...]]:
        packet = _Packet(segment.destination, segment.source, point)
        ways = list(self._walk_back(segment.back_from, segment.back_to, packet, (segment.back_from,), ()))
        best = max(ways, key=lambda way: (way[0], _distance(way[1])), default=(Truth.NO, ()))
        if best[0] is not Truth.NO:
            return best
        strays = self._stray_back(segment.back_from, packet)
        told = max((best[1], *strays), key=lambda way: (_stopped(way), _distance(way)))
        return Truth.NO, told if _stopped(told) else (*told, _no_way_back(segment))

    def _stray_back(self, node: str, packet: _Packet) -> list[tuple[Check, ...]]:
        """The same for a reply, which passes what is stateful unasked and is never translated."""
        checks: tuple[Check, ...] = ()
        visited: set[str] = set()
        while True:
            visited.add(node)
            stopped: list[tuple[Check, ...]] = []
            for hop in self._graph.onward(node):
                if hop.head in visited or any(isinstance(step, Translate) for step in hop.steps):
                    continue
                seen = (*checks, *self._asked(hop, packet))
                if not _stopped(seen):
                    node, checks = hop.head, seen
                    break
                stopped.append(seen)
            else:
                return stopped or [checks]

    @staticmethod
    def _asked(hop: Hop, packet: _Packet) -> Iterator[Check]:
        """What the stateless filters of a hop say of a reply."""
        for step in hop.steps:
            if isinstance(step, Filter) and not step.policy.stateful:
                yield check_filter(hop, step, packet.end(step.peer), packet.point, reply=True)

    def _walk_back(
        self, node: str, goal: str, packet: _Packet, visited: tuple[str, ...], checks: tuple[Check, ...]
    ) -> Iterator[tuple[Truth, tuple[Check, ...]]]:
        if node == goal:
            yield min((check.verdict for check in checks), default=Truth.YES), checks
            return
        for hop in self._graph.out_of(node, goal):
            if hop.head in visited or any(isinstance(step, Translate) for step in hop.steps):
                continue
            seen = (*checks, *self._asked(hop, packet))
            if _stopped(seen):
                yield Truth.NO, seen
            else:
                yield from self._walk_back(hop.head, goal, packet, (*visited, hop.head), seen)


def _passed(hop: Hop, packet: _Packet) -> tuple[_Packet | None, tuple[Check, ...]]:
    """What becomes of a packet that takes a hop, and what its steps say."""
    checks: list[Check] = []
    for step in hop.steps:
        check, after = _pass(hop, step, packet)
        checks.append(check)
        if after is None:
            return None, tuple(checks)
        packet = after
    return packet, tuple(checks)


def _met_its_end(hop: Hop, checks: tuple[Check, ...]) -> bool:
    """Whether only the last step of a hop says no."""
    return len(checks) == len(hop.steps) and all(check.verdict is Truth.YES for check in checks[:-1])


def _told(journey: Journey, source: Endpoint, destination: Endpoint) -> Journey:
    return replace(journey, checks=_placed(journey.checks, source, destination))


def _placed(checks: tuple[Check, ...], source: Endpoint, destination: Endpoint) -> tuple[Check, ...]:
    """Where nothing filters a side, the reason is what lacks the filter: the endpoint's own place is named."""
    bare = {Stage.EGRESS: source.origin, Stage.INGRESS: destination.origin}
    return tuple(
        replace(check, origin=bare[check.stage])
        if check.stage in bare and check.origin is None and check.policy is not None and not check.policy.tiers
        else check
        for check in checks
    )


def _stopped(checks: tuple[Check, ...]) -> bool:
    return any(check.verdict is Truth.NO for check in checks)


def _distance(checks: tuple[Check, ...]) -> int:
    """How many checks a reply passed before one stopped it."""
    return next((i for i, check in enumerate(checks) if check.verdict is Truth.NO), len(checks))


def _reply_points(network: Network) -> list[int]:
    """One client port for each set of ports that no stateless rule tells apart."""
    cuts = {
        cut
        for policy in network.policies
        if not policy.stateful
        for tier in policy.tiers
        for rule in tier.rules
        for first, last in rule.traffic.runs
        for cut in (first, last + 1)
    }
    ports = network.reply_ports
    return sorted({first for first, _ in ports.runs} | {cut for cut in cuts if cut in ports})


# ---- single steps -------------------------------------------------------------------------------------


def _pass(hop: Hop, step: Step, packet: _Packet) -> tuple[Check, _Packet | None]:
    """What the step says, and the packet behind it; None where going on would lead nowhere.

    A packet that a filter of an interface or a subnet stops is followed all the same, so that an explanation
    names every blocker; one that no route or gateway takes has nowhere to go.
    """
    if isinstance(step, Translate):
        return _translate(hop, step, packet)
    check = check_filter(hop, step, packet.end(step.peer), packet.point)
    lost = check.verdict is Truth.NO and check.stage in {Stage.ROUTE, Stage.GATEWAY}
    return check, None if lost else packet


def check_filter(hop: Hop, step: Filter, peer: Party, point: int, *, reply: bool = False) -> Check:
    """Read the policy rule by rule, as its documentation says: the first match decides."""
    policy = step.policy
    codes = policy.codes
    mismatch = codes.reply or codes.traffic_mismatch if reply else codes.traffic_mismatch
    doubts: list[Unknown] = []
    doubted: Rule | None = None
    verdicts: set[bool] = set()
    decided: Rule | None = None
    ending: Tier | None = None
    for tier in policy.tiers:
        action, rule, passed_over = _read_tier(tier, peer, point)
        for each, why in passed_over:
            doubts += why
            doubted = doubted or each
            if each.action is not Action.PASS:
                verdicts.add(each.action is Action.ALLOW)
        leaves = action is Action.PASS
        # an inexact PASS rule goes on to the next tier although this one decided
        if not leaves:
            verdicts.add(action is Action.ALLOW)
            decided, ending = decided or rule, ending or (None if rule else tier)
            if not any(each.action is Action.PASS for each, _ in passed_over):
                break
    else:
        verdicts.add(policy.default is Action.ALLOW)
    verdict = Truth.MAYBE if len(verdicts) == 2 else Truth.YES if True in verdicts else Truth.NO
    rule = decided if verdict is not Truth.MAYBE else doubted or decided
    reason, code, origin = _reason(policy, rule, ending, peer, point, mismatch)
    because = tuple(dict.fromkeys(doubts)) if verdict is Truth.MAYBE else ()
    place = f"{hop.tail} → {hop.head}"
    return Check(place, policy.stage, policy.name, verdict, reason, code, origin, because, policy, rule, peer)


def _read_tier(
    tier: Tier, peer: Party, point: int
) -> tuple[Action, Rule | None, list[tuple[Rule, tuple[Unknown, ...]]]]:
    """The tier's action, the rule behind it, and the rules before it that may or may not have matched."""
    passed_over: list[tuple[Rule, tuple[Unknown, ...]]] = []
    for rule in tier.rules:
        seen = rule.peers.sees(peer)
        if seen is Truth.NO or point not in rule.traffic:
            continue
        if seen is Truth.YES and rule.exact:
            return rule.action, rule, passed_over
        address = (peer.unknown,) if seen is Truth.MAYBE and peer.unknown else ()
        passed_over.append((rule, (*rule.because, *address)))
    return tier.otherwise, None, passed_over


def _reason(
    policy: Policy, rule: Rule | None, ending: Tier | None, peer: Party, point: int, mismatch: str
) -> tuple[str, str, Origin | None]:
    if rule is not None:
        words = " ".join(part for part in (rule.name, rule.text) if part)
        return words, rule.code, rule.origin
    if ending is None:
        return f"{policy.default} by default", policy.codes.default, policy.origin
    origin = ending.owners[0] if ending.owners else policy.origin
    if not ending.rules:
        return "it has no rule that lets anything pass", policy.codes.no_rules, origin
    about_peer = [each for each in ending.rules if each.peers.sees(peer)]
    if not about_peer:
        return f"no rule is about {peer.id}", policy.codes.peer_mismatch, origin
    shown = Traffic(((point, point),))
    return f"no rule about {peer.id} has {shown}", mismatch, about_peer[0].origin


def _translate(hop: Hop, step: Translate, packet: _Packet) -> tuple[Check, _Packet | None]:
    before = packet.end(step.end)
    after = step.to.get(before.id, step.otherwise)
    place = f"{hop.tail} → {hop.head}"
    if after is None:
        reason = f"no address for {before.id}"
        return Check(place, Stage.GATEWAY, step.name, Truth.NO, reason, step.code, step.origin), None
    truth = Truth.MAYBE if step.because else Truth.YES
    reason = f"{before.id} becomes {after.id}" if after != before else f"{before.id} stays what it is"
    check = Check(place, Stage.GATEWAY, step.name, truth, reason, "", step.origin, step.because)
    if step.end is End.SOURCE:
        return check, replace(packet, source=after)
    return check, replace(packet, destination=after)


def _cut(segments: tuple[Segment, ...], step: Translate, packet: _Packet, goal: str) -> tuple[Segment, ...]:
    """End the last segment at a translation and begin the next one."""
    *before, last = segments
    return (
        *before,
        replace(last, back_from=step.resume),
        Segment(packet.source, packet.destination, back_from=goal, back_to=step.arrival),
    )


def _no_way_back(segment: Segment) -> Check:
    place = f"{segment.back_from} → {segment.back_to}"
    reason = f"there is no way back to {segment.source.id}"
    return Check(place, Stage.ROUTE, "reply", Truth.NO, reason, "NO_ROUTE_TO_DESTINATION")
