"""The frozen answers that reports and notebooks read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netaudit.engine.reference import Check
from netaudit.flows import Traffic
from netaudit.model import Diagnostic, Truth
from netaudit.queries.flow import Flow, Relation
from netaudit.queries.tabular import Row, Tabular, placed


def _text(traffic: Traffic) -> str:
    return str(traffic) if traffic else ""


@dataclass(frozen=True, slots=True)
class Context:
    """What every answer carries besides its result: what it rests on, and what could not be told."""

    not_joined: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, object] | None = None
    assumptions: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class ReachAnswer(Tabular):
    """Flows under one relation; `external` says which ranges each external id stands for."""

    relation: Relation
    flows: tuple[Flow, ...]
    external: Mapping[str, list[str]]
    context: Context

    columns = ("source", "destination", "certain", "possible", "one_way", "through", "depends_on")

    def rows(self) -> list[Row]:
        """One row a flow; traffic as text."""
        return [
            {
                "source": flow.source,
                "destination": flow.destination,
                "certain": _text(flow.certain),
                "possible": _text(flow.possible),
                "one_way": _text(flow.bounds.one_way),
                "through": ", ".join(flow.through),
                "depends_on": ", ".join(map(str, flow.depends_on)),
            }
            for flow in self.flows
        ]

    def headline(self) -> str:
        """How many flows there are."""
        return f"{len(self.flows)} {self.relation} flows"


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """What decides for one pair of a question: the last rule that lets it pass, or the first that stops it."""

    source: str
    destination: str
    verdict: Truth
    flow: Flow | None
    check: Check | None


@dataclass(frozen=True, slots=True, repr=False)
class QuestionAnswer(Tabular):
    """A question from some to some: one line a pair, and the flows themselves."""

    asked: str
    traffic: Traffic
    pairs: tuple[PairAnswer, ...]
    reach: ReachAnswer

    columns = ("source", "destination", "verdict", "traffic", "decided_by", "reason", "file", "line")

    def rows(self) -> list[Row]:
        """One row a pair, with what decides it."""
        return [
            {
                "source": pair.source,
                "destination": pair.destination,
                "verdict": pair.verdict.name,
                "traffic": _text(pair.flow.possible) if pair.flow else "",
                "decided_by": pair.check.component if pair.check else "",
                "reason": pair.check.reason if pair.check else "",
                **placed(pair.check.origin if pair.check else None),
            }
            for pair in self.pairs
        ]

    def headline(self) -> str:
        """The verdict, and for how many pairs."""
        flowing = sum(pair.verdict is not Truth.NO for pair in self.pairs)
        return f"{self.verdict.name}: {self.asked} on {self.traffic}: {flowing} of {len(self.pairs)} pairs"

    @property
    def verdict(self) -> Truth:
        """YES when some pair certainly flows, MAYBE when some pair possibly does."""
        return max((pair.verdict for pair in self.pairs), default=Truth.NO)
