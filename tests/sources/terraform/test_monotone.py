"""Knowing more never contradicts what was said before: an answer with unknowns covers every answer without them."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from netaudit.sources.terraform import hcl
from netaudit.sources.terraform.budget import BudgetExceededError
from netaudit.sources.terraform.convert import to_string
from netaudit.sources.terraform.evaluate import evaluate
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.types import ANY
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    Map,
    Marked,
    Seq,
    Value,
    settled,
    type_of,
)

NAMES = ("a", "b", "c")
VALUES = (
    *("null", "0", "1", "-2", '""', '"x"', '"1"', '"x,y"', '"10.0.0.0/16"', "true", "false", "[]", '["x"]', "[1, 2]"),
    *('["x", null]', "{}", "{ k = 1 }", '{ k = "x", l = [1] }', 'toset(["x", "y"])', 'tolist(["x"])', "[{ k = 1 }]"),
    *('tomap({ k = "x" })', '[["x"], []]'),
)
TERMS = st.sampled_from((*NAMES, *NAMES, *NAMES, *VALUES))
UNARY = (
    *("length", "tostring", "tonumber", "tobool", "tolist", "toset", "tomap", "keys", "values"),
    *("flatten", "compact", "distinct", "sort", "reverse", "upper", "jsonencode", "one", "alltrue"),
    *("anytrue", "sum", "can", "try", "max", "min", "abs", "trimspace"),
)
BINARY = (
    *("merge", "concat", "contains", "lookup", "element", "coalesce", "split", "join", "setunion"),
    *("setsubtract", "setintersection", "index", "zipmap", "startswith", "try", "format", "formatlist", "setproduct"),
    *("coalescelist", "chunklist", "max"),
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operator = st.sampled_from(["+", "-", "==", "!=", "<", "&&", "||"])
    return st.one_of(
        st.builds("{}({})".format, st.sampled_from(UNARY), inner),
        st.builds("{}({}, {})".format, st.sampled_from(BINARY), inner, inner),
        st.builds("({} {} {})".format, inner, operator, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{ k = {}, l = {} }}".format, inner, inner),
        st.builds("{{ ({}) = {} }}".format, inner, inner),
        st.builds('"p-${{{}}}"'.format, inner),
        st.builds('"%{{ if {} }}p%{{ else }}q%{{ endif }}"'.format, inner),
        st.builds("[for v in {} : v]".format, inner),
        st.builds("[for v in {} : v if v != {}]".format, inner, inner),
        st.builds("{{ for k, v in {} : k => v }}".format, inner),
        st.builds("{{ for v in {} : v => {}... }}".format, inner, inner),
        st.builds("({}).k".format, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({})[*]".format, inner),
        st.builds("slice({}, 0, 1)".format, inner),
        st.builds("(!{})".format, inner),
    )


EXPRESSIONS = st.recursive(TERMS, _grown, max_leaves=5)


class Failed:
    """The outcome of a mistake."""


FAILED = Failed()


def _value(text: str, names: dict[str, Value]) -> Any:
    try:
        return evaluate(hcl.parse_expression(text), Scope(iterators=names))
    except (EvaluationError, BudgetExceededError):
        return FAILED


def covers(unknown: Any, known: Any) -> bool:
    """Whether the answer with unknowns leaves room for the one without."""
    if known is FAILED:
        return True
    if unknown is FAILED:
        return False
    unknown, known = settled(unknown), settled(known)
    if isinstance(unknown, Marked) or isinstance(known, Marked):
        return covers(_bare(unknown), _bare(known))
    if isinstance(unknown, Deferred):
        return _covers_as_deferred(unknown, known)
    if isinstance(known, Deferred):
        return True  # not evaluated here, whatever is known
    if isinstance(unknown, Seq):
        return isinstance(known, Seq) and _covers_elements(unknown, known)
    if isinstance(unknown, Map):
        return isinstance(known, Map) and _covers_entries(unknown, known)
    return bool(_spelled(unknown) == _spelled(known))


def _spelled(value: Value) -> str:
    """Scalars by their text: a constant takes the type of the other branch once that is known (TF-37)."""
    return "null" if value is None else str(to_string(value)) if not isinstance(value, Seq | Map) else repr(value)


def _bare(value: Value) -> Value:
    return value.value if isinstance(value, Marked) else value


def _covers_as_deferred(unknown: Deferred, known: Value) -> bool:
    if known is None:
        return not unknown.never_null
    kind = type_of(known).kind
    return not unknown.type.is_primitive or kind in ("string", "number", "bool", "any")


def _covers_elements(unknown: Seq, known: Seq) -> bool:
    if unknown.is_settled:
        pairs = zip(unknown.items, known.items, strict=False)
        return len(unknown.items) == len(known.items) and all(covers(u, k) for u, k in pairs)
    certain = [u for u in unknown.items if not isinstance(u, Deferred)]
    return all(any(_room(u, k) for u in unknown.items) for k in known.items) and all(
        any(covers(u, k) for k in known.items) for u in certain
    )


def _room(element: Value, known: Value) -> bool:
    return (isinstance(element, Deferred) and element.many) or covers(element, known)


def _covers_entries(unknown: Map, known: Map) -> bool:
    if not unknown.entries.keys() <= known.entries.keys():
        return False
    if unknown.open is None and unknown.entries.keys() != known.entries.keys():
        return False
    return all(covers(u, known.entries[k]) for k, u in unknown.entries.items())


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    EXPRESSIONS,
    st.fixed_dictionaries({name: st.sampled_from(VALUES) for name in NAMES}),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.booleans(),
)
def test_an_answer_with_unknowns_covers_the_answer_without(
    text: str, given_values: dict[str, str], hidden: set[str], typed: bool
) -> None:
    """Some variables unknown, of their type or of none, then known: the second answer is within the first."""
    known = {name: _value(value, {}) for name, value in given_values.items()}
    unknown = {n: Deferred(n, type=type_of(v) if typed and v is not None else ANY) for n, v in known.items()}
    partly = {name: unknown[name] if name in hidden else value for name, value in known.items()}
    with_unknowns, without = _value(text, partly), _value(text, known)
    note(f"{text} with {given_values}, hidden {hidden}\n  {with_unknowns}\n  {without}")
    assert covers(with_unknowns, without)


def test_the_judge_can_say_no() -> None:
    """What is said for certain covers nothing else."""
    assert not covers("x", "y")
    assert not covers(Seq("tuple", ("x",)), Seq("tuple", ("x", "y")))
    assert not covers(Map("object", {"k": 1}), Map("object", {}))
    assert not covers(Deferred("u", never_null=True), None)
    assert not covers(FAILED, 1)
    assert covers(Deferred("u"), Seq("tuple", ()))
