"""On which unknowns a pair hangs: the pair is walked on its own, and every way that arrives is asked why."""

from __future__ import annotations

from netaudit.engine.graph import Graph
from netaudit.engine.walk import Walker
from netaudit.flows import TCP, Traffic
from netaudit.model import Endpoint, Truth, Unknown


def depends_on(
    graph: Graph, reply_ports: Traffic, source: Endpoint, destination: Endpoint, open_part: Traffic
) -> tuple[Unknown, ...]:
    """The unknowns that the open part of a pair's traffic hangs on, sorted by place and reason.

    A filter on a way that does not arrive, or whose reply cannot come back, has no part in it.
    """
    notes = dict.fromkeys((*source.because, *destination.because))
    walker = Walker(graph, reply_ports, open_part)
    for start in source.interfaces:
        for goal in destination.interfaces:
            for arrival in walker.arrivals(start, goal):
                arrived = arrival.may & open_part
                if arrival.reply is Truth.NO:
                    arrived -= TCP
                if arrived:
                    notes.update(dict.fromkeys(arrival.because))
                if arrived.overlaps(TCP):
                    notes.update(dict.fromkeys(arrival.reply_because))
    return tuple(sorted(notes, key=lambda unknown: (str(unknown.origin or ""), unknown.reason)))
