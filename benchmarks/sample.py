"""Hold the solver to the reference judge: random pairs of classes, half of the points at borders of atoms."""

from __future__ import annotations

import random

from netaudit.engine.reference import Judge
from netaudit.engine.solve import Reachability
from netaudit.flows import ANY
from netaudit.model import Truth


def disagreements(solved: Reachability, flows: int = 5_000, seed: int = 7) -> list[str]:
    """The flows of a sample about which solver and judge differ; empty, or something is wrong."""
    draw = random.Random(seed)
    judge = Judge(solved.network)
    rules = (rule for policy in solved.network.policies for tier in policy.tiers for rule in tier.rules)
    cuts = sorted({cut for rule in rules for first, last in rule.traffic.runs for cut in (first - 1, first, last)})
    borders = [cut for cut in cuts if cut in ANY] or [ANY.least]
    found: list[str] = []
    for number in range(flows):
        one, other = draw.choice(solved.classes), draw.choice(solved.classes)
        source, destination = draw.choice(one.members), draw.choice(other.members)
        if not (solved.claimed(source, destination) and solved.joined(source, destination)):
            continue
        point = draw.choice(borders) if number % 2 else draw.randrange(3 * 65536)
        bounds = solved.bounds(source, destination)
        expected = Truth.YES if point in bounds.certain else Truth.MAYBE if point in bounds.possible else Truth.NO
        if judge.judge(source, destination, point).verdict is not expected:
            found.append(f"{source.id} → {destination.id} at {point}")
    return found
