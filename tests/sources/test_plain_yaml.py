"""The short way to read YAML gives what libyaml gives: the same values, the same lines, the same count of values."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netaudit.text import plainyaml, yamltext
from netaudit.text.compose import Budget
from netaudit.text.document import Document
from tests.oracles import REPOSITORY

_PIECES = (
    *("a", "b: ", "c:", "- ", "-", " ", "  ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "# x", " #c", "#", ":", " : "),
    *("::", "{}", "[]", "[a, b]", "[a,b]", "{a: b}", "{a: 1, c: 'x'}", "'q'", '"q"', "'", '"', "\\", "|", "|\n", "&a "),
    *("*a", "!x ", "~", "null", "true", "yes", "1", "0x1f", "010", "1.5", "-1", "-x", "--", "---", "...", "<<: ", "<<"),
    *(
        "? ",
        "%",
        "@",
        "`",
        "a b",
        "a: b",
        "a:b",
        "http://x:80/y",
        "k8s.io/n: v",
        ",",
        "[",
        "]",
        "{",
        "}",
        "=",
        ".",
        "\t",
    ),
    *("é", "y: ", "on: ", "[a, ]", "[ ]", "{ }", "{a: }", "{a:b}", "[a:b]", "[a b]", '"a\\n"', "'it''s'", "\x85"),
)
_INDENTS = st.sampled_from(("", "", "  ", "  ", "    ", " ", "      "))
_DASHES = st.sampled_from(("", "", "", "- ", "- - ", "-", "-   "))
_KEYS = st.sampled_from(("", "a: ", "b:", "c: ", "d: ", "e:", "a/b.c: "))
_VALUES = st.sampled_from(("", "x", "8080", "[a]", "{}", "{a: b}", "'q'", "# c", "x # c", "|", ">-", "&a b", "*a"))
_LINES = st.tuples(_INDENTS, _DASHES, _KEYS, _VALUES).map("".join)
_PLAIN = """
apiVersion: v1   # which
kind: Service
metadata:
  name: web
  labels: {app: web, tier: "front"}

spec:
  ports:
  - port: 80
    targetPort: http
  -
    port: 0443
  externalIPs: []
  type:
"""


def _without_the_short_way(text: str) -> tuple[list[object], int]:
    with patch.object(plainyaml, "read", return_value=None):
        return _read(text)


def _read(text: str) -> tuple[list[object], int]:
    """What is read, types of values included, and how many values are left, unless reading was broken off."""
    budget = Budget()
    found = list(yamltext.documents(text, budget))
    left = budget.left if all(isinstance(each, Document) for each in found) else 0
    return [repr(each) for each in found], left


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
@example("a:\n- b\nc: d")
@example("- a\n  - b")
@example("a: b\n  c: d")
@example("- - a\n  - b\n- c:\n  - d")
def test_any_text_is_read_as_libyaml_reads_it(text: str) -> None:
    """Whatever the text is made of, the short way either leaves it alone or says the same."""
    assert _without_the_short_way(text) == _read(text)


@given(st.lists(_LINES, max_size=9).map("\n".join))
def test_any_blocks_are_read_as_libyaml_reads_them(text: str) -> None:
    """Lines indented one way or another make the same mappings and lists, or the same mistake."""
    assert _without_the_short_way(text) == _read(text)


@given(st.text(st.sampled_from("ab:-# \n,[]{}'\"\\&*!|>%@`?~1.\t\x00é"), max_size=20))
def test_any_characters_are_read_as_libyaml_reads_them(text: str) -> None:
    """A value, a key, and a line of their own."""
    for written in (text, f"k: {text}", f"- {text}", f"k:\n  {text}"):
        assert _without_the_short_way(written) == _read(written)


def test_the_repositorys_own_manifests_are_read_as_libyaml_reads_them() -> None:
    """Every document of every YAML file in fixtures and examples."""
    files = [file for folder in ("fixtures", "examples") for file in (REPOSITORY / folder).rglob("*.y*ml")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    assert [_without_the_short_way(text) for text in texts] == [_read(text) for text in texts]


def test_what_is_plain_goes_the_short_way() -> None:
    """Comments, blank lines, quotes and short collections are no hindrance."""
    assert plainyaml.read(_PLAIN, 0, Budget()) is not None


@pytest.mark.parametrize("value", ["|\n  text", "&a b", "!!str 1", '"a\\n"', "two\n  lines", "é", "[[a]]", "\tb"])
def test_what_is_not_plain_does_not_go_the_short_way(value: str) -> None:
    """It is libyaml's."""
    assert plainyaml.read(f"a: {value}\n", 0, Budget()) is None


def test_a_text_with_too_many_values_is_refused_on_its_line() -> None:
    """The short way leaves the complaint to the other, which knows the line."""
    assert plainyaml.read("a: b\nc: d\n", 0, Budget(4)) is None
