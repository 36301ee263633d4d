"""Picked sets: selectors as values, combined as sets are."""

from __future__ import annotations

import pytest

import netaudit
from netaudit.errors import QueryError
from tests.oracles import REPOSITORY

_ESTATE = netaudit.load(REPOSITORY / "fixtures" / "scenarios" / "bank" / "k8s")


def _ids(picked: netaudit.Picked) -> set[str]:
    return {endpoint.id for endpoint in picked}


def test_a_selector_gives_its_endpoints() -> None:
    """By any selector of the grammar."""
    assert {"edge/gateway[Deployment]", "edge/portal[Deployment]"} == _ids(_ESTATE["ns/edge"])


def test_operators_are_those_of_sets() -> None:
    """And, or, without, not."""
    edge, gateway = _ESTATE["ns/edge"], _ESTATE["edge/gateway"]
    assert _ids(edge) & _ids(gateway) == _ids(edge & gateway)
    assert _ids(edge) | _ids(_ESTATE["ns/ledger"]) == _ids(edge | "ns/ledger")
    assert _ids(edge) - _ids(gateway) == _ids(edge - gateway)
    assert not _ids(~edge) & _ids(edge)


def test_a_question_takes_picked_sets() -> None:
    """The answer is that to their selectors."""
    asked = _ESTATE.reach(_ESTATE["edge/portal"], _ESTATE["ns/ledger"])
    assert asked.verdict == _ESTATE.reach("edge/portal", "ns/ledger").verdict


def test_isolation_is_proved_or_false() -> None:
    """Edge and ledger are kept apart, payments and ledger are not."""
    assert _ESTATE.isolated("edge/portal", "ns/ledger")
    assert not _ESTATE.isolated("ns/payments", "ns/ledger")


def test_a_name_that_picks_nothing_is_an_error() -> None:
    """With the name that was meant."""
    with pytest.raises(QueryError, match="did you mean 'ns/ledger'"):
        _ESTATE["ns/ledgr"]


def test_problems_are_the_diagnostics() -> None:
    """One row each, with file and line."""
    assert len(_ESTATE.network.diagnostics) == len(_ESTATE.problems.rows())
