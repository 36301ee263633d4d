"""The sentences that a proof claims, of each sort of clause; none where nothing is proved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netaudit.checks.invariants import Verdict
from netaudit.queries.selector_syntax import And, Not, Or, Selector, Word, parse_selector, selector_text
from netaudit.reports.claimed import claimed
from tests.checks.building import result
from tests.engine import building as b
from tests.queries.building import host, wired

HOSTS = [host(name, f"10.0.0.{number}") for number, name in enumerate("abc", start=1)]
NETWORK = wired(HOSTS, {"b": [b.allow("a", "tcp/443")]})
START = "in the model of these files, under the listed assumptions, "


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {"kind": "forbid", "from": "b", "to": "a"},
            "no direct flow of tcp udp sctp exists from b to a",
        ),
        (
            {"kind": "require", "from": "a", "to": "b", "traffic": "tcp/443"},
            "all of tcp/443 flows (direct) from a to b, between every pair",
        ),
        (
            {"kind": "waypoint", "from": "b", "to": "a", "via": "c", "relation": "direct"},
            "no direct flow of tcp udp sctp exists from b & !c to a & !c, without c",
        ),
    ],
    ids=["forbid", "require", "waypoint"],
)
def test_a_proof_is_a_sentence(rule: dict[str, Any], expected: str) -> None:
    """About flows, their relation and traffic, and whom the rule names."""
    assert (START + expected,) == claimed(result(NETWORK, rule))


def test_a_register_is_a_sentence_with_exceptions_and_one_for_each_line() -> None:
    """What is listed may flow, and does."""
    flows = [{"from": "a", "to": "b", "traffic": "tcp/443"}]
    found = claimed(result(NETWORK, {"kind": "flow-register-exact", "flows": flows}))
    assert found == (
        START + "no direct flow of tcp udp sctp exists from * to *, but for tcp/443 from a to b",
        START + "each part of tcp/443 flows (direct) from a to b, between some pair",
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {"kind": "total-classification", "zones": ["left", "right"]},
            "every endpoint of !external is in exactly one of the zones left or right",
        ),
        (
            {"kind": "namespace-default-deny", "exempt": ["kube-*"], "allowed": "udp/53"},
            "a new pod without labels in a namespace not named kube-* exchanges nothing but udp/53 with a pod of which"
            " nothing is known, nor with an address outside (ingress and egress)",
        ),
        ({"kind": "no-dead-rule", "holders": ["a*"]}, "every rule of a holder named a* changes what flows"),
        (
            {"kind": "survives", "from": "a", "to": "b", "traffic": "tcp/443", "losing": ["zone", "subnet"]},
            "each part of tcp/443 flows (direct) from a to b, between some pair, whichever 1 zone or subnet is lost",
        ),
    ],
    ids=["total-classification", "namespace-default-deny", "no-dead-rule", "survives"],
)
def test_a_proof_of_other_things_than_flows_is_a_sentence_too(rule: dict[str, Any], expected: str) -> None:
    """In the words of what the kind means."""
    found = replace(result(NETWORK, rule, left="a", right="b | c"), verdict=Verdict.PROVED)
    assert (START + expected,) == claimed(found)


def test_nothing_is_claimed_of_what_is_not_proved() -> None:
    """A violated rule has a witness instead."""
    assert () == claimed(result(NETWORK, {"kind": "forbid", "from": "a", "to": "b"}))


_WORDS = st.builds(Word, st.sampled_from(["a", "zone/x", "10.0.0.0/8", "label:k=v"]), st.just(False))
_SELECTORS = st.recursive(
    _WORDS | st.builds(Word, st.sampled_from(["a b", "internet"]), st.just(True)),
    lambda inner: (
        st.builds(Not, inner) | st.builds(And, st.tuples(inner, inner)) | st.builds(Or, st.tuples(inner, inner))
    ),
    max_leaves=6,
)


@given(_SELECTORS)
def test_a_selector_is_read_as_it_is_written(selector: Selector) -> None:
    """The text means the same tree."""
    assert selector == parse_selector(selector_text(selector))
