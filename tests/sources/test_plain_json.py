"""The short way to read JSON gives what the long one gives: the same values, lines and count of values."""

from __future__ import annotations

import json
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netaudit.text import jsontext, plainjson
from netaudit.text.compose import DEPTH_LIMIT, Budget
from netaudit.text.document import UnparsableError
from tests.oracles import REPOSITORY

_PIECES = (
    *(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"a"',
        '"b": ',
        '"a": 1',
        '"c":[',
        '"d": {',
        '"',
        "\\",
        '"\\n"',
        '"\\""',
        '"\\ud800"',
    ),
    *(
        "1",
        "-1",
        "0",
        "01",
        "1.5",
        "1e5",
        "1e9999",
        "-",
        ".",
        "true",
        "false",
        "null",
        "nul",
        "NaN",
        " ",
        "\n",
        "\r\n",
        "\t",
    ),
    *(
        '""',
        '"": 1',
        '"k\\"": 1',
        '"é"',
        "\x85",
        "\x00",
        "//",
        "'a'",
        ", ",
        ",\n",
        "\n,",
        "[]",
        "{}",
        "[1, 2]",
        '{"a": []}',
    ),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
_INDENTS = st.sampled_from((None, 0, 1, 4, "\t"))


def _without_the_short_way(text: str) -> tuple[list[str], int]:
    with patch.object(plainjson, "read", return_value=None):
        return _read(text)


def _read(text: str) -> tuple[list[str], int]:
    """What is read, types of values included, or what is wrong; and how many values are left, if nothing is."""
    budget = Budget()
    try:
        return [repr(each) for each in jsontext.documents(text, budget)], budget.left
    except UnparsableError as error:
        return [f"{error.line}: {error.message}"], 0


@given(st.lists(st.sampled_from(_PIECES), max_size=10).map("".join))
@example('{"a": 1, "a": 2}')
@example('{"a": 1,}')
@example('[1 2]{"a" 1}')
@example('{"a": {"b": 1},\n "c": [\n{}]\n}\n\n"x"')
def test_any_text_is_read_as_the_long_way_reads_it(text: str) -> None:
    """Whatever the text is made of, the short way either leaves it alone or says the same."""
    assert _without_the_short_way(text) == _read(text)


@given(st.lists(_VALUES, min_size=1, max_size=3), _INDENTS, st.booleans(), st.integers(min_value=1, max_value=9))
def test_what_programs_write_is_read_alike_in_pieces_of_any_size(
    values: list[object], indent: str | int | None, ascii_only: bool, size: int
) -> None:
    """Several documents one after another, indented or not, with escapes or without, cut anywhere."""
    text = "\n".join(json.dumps(each, indent=indent, ensure_ascii=ascii_only) for each in values)
    with patch.object(plainjson, "_PIECE", size):
        assert _without_the_short_way(text) == _read(text)


@given(_VALUES, _INDENTS, st.integers(min_value=0), st.sampled_from((*'{}[],:"\n 1-', "\\", "")))
def test_a_text_with_one_mistake_is_read_as_the_long_way_reads_it(
    value: object, indent: str | int | None, place: int, wrong: str
) -> None:
    """One character replaced by another, or taken out."""
    text = json.dumps(value, indent=indent)
    at = place % len(text)
    changed = text[:at] + wrong + text[at + 1 :]
    assert _without_the_short_way(changed) == _read(changed)


def test_the_repositorys_own_json_is_read_as_the_long_way_reads_it() -> None:
    """Every JSON file in fixtures and examples."""
    files = [file for folder in ("fixtures", "examples") for file in (REPOSITORY / folder).rglob("*.json")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    assert [_without_the_short_way(text) for text in texts] == [_read(text) for text in texts]


@pytest.mark.parametrize("indent", [None, 2, 4])
def test_what_programs_write_goes_the_short_way(indent: int | None) -> None:
    """Escapes in values, letters beyond ASCII and empty collections are no hindrance."""
    document = {"items": [{"a": 'x\n"é', "b": [1, -2.5, True, None], "c": {}, "d": []}, {}]}
    text = json.dumps(document, indent=indent)
    assert plainjson.read(text, Budget()) is not None


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '{"a": "\\ud800"}', "[1,]", "[1", '["\t"]', '{"a\\u0041": 1}', "[01]"]
)
def test_what_is_wrong_or_odd_does_not_go_the_short_way(text: str) -> None:
    """It is for the reader that can say what is wrong."""
    assert plainjson.read(text, Budget()) is None


def test_json_nested_too_deep_or_too_long_is_refused_on_its_line() -> None:
    """The short way leaves both complaints to the other, which knows the line."""
    deep = "[" * (DEPTH_LIMIT + 2) + "]" * (DEPTH_LIMIT + 2)
    assert [plainjson.read(deep, Budget()), plainjson.read('{"a": 1, "c": 2}', Budget(4))] == [None, None]
