"""Label selectors (K8S-16), with labels that are known and labels that are not."""

from __future__ import annotations

import pytest

from netaudit.model import MORE, Origin, Resource, Truth, Unknown
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.selectors import Labels, Selector, read_selector

UNKNOWN = Unknown("later")


def selector(*expressions: dict[str, object], **labels: str) -> Selector:
    """A selector as the API writes it."""
    document = {"matchLabels": labels, "matchExpressions": list(expressions)}
    return read_selector(Field(Resource("X", "x", document, Origin("f")), (), document))


def expression(operator: str, *values: str) -> dict[str, object]:
    """A requirement on the label `app`."""
    return {"key": "app", "operator": operator} | ({"values": list(values)} if values else {})


@pytest.mark.parametrize(
    ("operator", "labels", "truth"),
    [
        ("In", {"app": "a"}, Truth.YES),
        ("In", {"app": "c"}, Truth.NO),
        ("In", {}, Truth.NO),
        ("In", {"app": UNKNOWN}, Truth.MAYBE),
        ("In", {MORE: UNKNOWN}, Truth.MAYBE),
        ("NotIn", {"app": "a"}, Truth.NO),
        ("NotIn", {"app": "c"}, Truth.YES),
        ("NotIn", {}, Truth.YES),
        ("NotIn", {"app": UNKNOWN}, Truth.MAYBE),
        ("NotIn", {MORE: UNKNOWN}, Truth.MAYBE),
        ("Exists", {"app": "a"}, Truth.YES),
        ("Exists", {}, Truth.NO),
        ("Exists", {"app": UNKNOWN}, Truth.YES),
        ("Exists", {MORE: UNKNOWN}, Truth.MAYBE),
        ("DoesNotExist", {"app": "a"}, Truth.NO),
        ("DoesNotExist", {}, Truth.YES),
        ("DoesNotExist", {"app": UNKNOWN}, Truth.NO),
        ("DoesNotExist", {MORE: UNKNOWN}, Truth.MAYBE),
    ],
)
def test_k8s_16_operators_also_where_the_key_is_absent_or_unknown(operator: str, labels: Labels, truth: Truth) -> None:
    """`NotIn` and `DoesNotExist` hold where the key is absent; an unknown value decides what it can."""
    values = ("a", "b") if operator.endswith("In") else ()
    assert truth == selector(expression(operator, *values)).picks(labels)


def test_k8s_16_labels_and_expressions_must_both_hold() -> None:
    """They are one conjunction."""
    both = selector(expression("In", "a"), tier="web")
    assert Truth.YES == both.picks({"app": "a", "tier": "web"})
    assert Truth.NO == both.picks({"app": "a", "tier": "db"})
    assert Truth.NO == both.picks({"tier": "web"})


def test_k8s_16_an_empty_selector_picks_everything() -> None:
    """No requirement is no restriction."""
    assert Truth.YES == selector().picks({})


def test_k8s_16_a_value_that_is_null_is_the_empty_one() -> None:
    """`app:` without a value is what the API reads as `app: ""`."""
    document: dict[str, object] = {"matchLabels": {"app": None}}
    found = read_selector(Field(Resource("X", "x", document, Origin("f")), (), document))
    assert Truth.YES == found.picks({"app": ""})
    assert Truth.NO == found.picks({})


def test_a_requirement_that_fails_for_sure_settles_the_matter() -> None:
    """An unknown beside a NO does not matter."""
    both = selector(expression("In", "a"), tier="web")
    assert Truth.NO == both.picks({"app": UNKNOWN, "tier": "db"})
    assert () == both.doubts({"app": UNKNOWN, "tier": "db"})
    assert (UNKNOWN,) == both.doubts({"app": UNKNOWN, "tier": "web"})


@pytest.mark.parametrize(
    "expression_",
    [
        expression("In"),
        expression("Exists", "a"),
        expression("Equals", "a"),
        {"key": "", "operator": "Exists"},
        {"key": "a b", "operator": "Exists"},
        {"key": "UPPER.example.com/x", "operator": "Exists"},
        {"key": "x" * 64, "operator": "Exists"},
        {"operator": "Exists"},
        {"key": "app", "operator": "In", "values": ["x" * 64]},
        {"key": "app", "operator": "In", "values": [7]},
        {"key": "app", "operator": ["In"], "values": ["a"]},
    ],
)
def test_what_the_api_refuses_is_malformed(expression_: dict[str, object]) -> None:
    """Keys, operators and values are checked when they are read."""
    with pytest.raises(MalformedError):
        selector(expression_)
