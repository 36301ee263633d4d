"""What one policy object adds to one side of the pods that it selects, whatever kind it is of.

https://kubernetes.io/docs/concepts/services-networking/network-policies/ (read 2026-11-23)

A side (what a pod sends, what it is sent) is a stack of levels: Admin, then NetworkPolicy, then Baseline. Each
kind lowers its objects to contributions; `stack` puts those that select a pod together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from netaudit.model import Origin, Rule, Unknown
from netaudit.providers.kubernetes.population import Members
from netaudit.providers.kubernetes.workload import Pod


class Side(StrEnum):
    """Which traffic of a pod a policy is about."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Level(IntEnum):
    """Where in the stack a policy stands; the first level that decides is final."""

    UNKNOWN = 0  # policies that are not evaluated
    ADMIN = 1
    NETWORK_POLICY = 2
    BASELINE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """One policy's part in one side of the pods in `subject`.

    `title` is how people call the policy, `priority` its place within its level, smaller first. `rules` gives
    the rules as they are for one selected pod; they may depend on the numbers of the ports in `named`, pairs of
    name and protocol. `because` is not empty when it is open whether the policy holds as it was read.
    Priorities are compared within one `family` only.
    """

    title: str
    origin: Origin
    level: Level
    side: Side
    subject: Members
    rules: Callable[[Pod], tuple[Rule, ...]]
    priority: int = 0
    named: frozenset[tuple[str, str]] = frozenset()
    because: tuple[Unknown, ...] = ()
    family: str = ""


def unsure(rules: tuple[Rule, ...], because: tuple[Unknown, ...]) -> tuple[Rule, ...]:
    """The rules as upper bounds, for more reasons than they had."""
    return tuple(replace(rule, because=rule.because + because) for rule in rules) if because else rules
