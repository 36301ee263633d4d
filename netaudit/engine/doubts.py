"""On which unknowns a pair hangs: the pair is walked on its own, and every filter on the way is asked why."""

from __future__ import annotations

from netaudit.engine.graph import Graph
from netaudit.engine.walk import Walker
from netaudit.flows import NO_TRAFFIC, TCP, Traffic
from netaudit.model import Decision, Endpoint, Party, Policy, Truth, Unknown, decide, doubts

_CLIENT_PORT = Unknown("the client's port: the reply passes for some ports only")


def depends_on(
    graph: Graph, reply_ports: Traffic, source: Endpoint, destination: Endpoint, open_part: Traffic
) -> tuple[Unknown, ...]:
    """The unknowns that the open part of a pair's traffic hangs on, sorted by place and reason."""
    notes = dict.fromkeys((*source.because, *destination.because))
    replies = reply_ports if open_part.overlaps(TCP) else NO_TRAFFIC

    def ask(policy: Policy, peer: Party) -> Decision:
        decision = decide(policy, peer)
        asked = open_part if policy.stateful else open_part | replies
        if unsure := decision.may_allow & decision.may_deny & asked:
            notes.update(dict.fromkeys(doubts(policy, peer, unsure)))
        return decision

    walker = Walker(graph, reply_ports, ask)
    for start in source.interfaces:
        for goal in destination.interfaces:
            for arrival in walker.arrivals(start, goal):
                notes.update(dict.fromkeys(arrival.because))
                if arrival.reply is Truth.MAYBE and not notes:
                    notes[_CLIENT_PORT] = None
    return tuple(sorted(notes, key=lambda unknown: (str(unknown.origin or ""), unknown.reason)))
