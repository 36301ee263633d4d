"""The frozen answers that reports and notebooks read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netaudit.engine.reference import Check
from netaudit.flows import Traffic
from netaudit.model import Diagnostic, Truth
from netaudit.queries.flow import Flow, Relation


@dataclass(frozen=True, slots=True)
class Context:
    """What every answer carries besides its result: what it rests on, and what could not be told."""

    not_joined: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, object] | None = None
    assumptions: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class ReachAnswer:
    """Flows under one relation; `external` says which ranges each external id stands for."""

    relation: Relation
    flows: tuple[Flow, ...]
    external: Mapping[str, list[str]]
    context: Context


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """What decides for one pair of a question: the last rule that lets it pass, or the first that stops it."""

    source: str
    destination: str
    verdict: Truth
    flow: Flow | None
    check: Check | None


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """A question from some to some: one line a pair, and the flows themselves."""

    asked: str
    traffic: Traffic
    pairs: tuple[PairAnswer, ...]
    reach: ReachAnswer

    @property
    def verdict(self) -> Truth:
        """YES when some pair certainly flows, MAYBE when some pair possibly does."""
        return max((pair.verdict for pair in self.pairs), default=Truth.NO)
