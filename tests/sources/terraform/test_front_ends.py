"""The two front ends agree: on every file of the corpus, on generated expressions, and on what is no HCL."""

from __future__ import annotations

import dataclasses
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.model import Reading
from netaudit.sources.terraform import Inputs, hcl, hcl_fast, hcl_reference, read_root, syntax
from netaudit.sources.terraform.run import deep_recursion
from tests.oracles import corpus, program
from tests.sources.terraform.test_corpus import ROOTS


def _comparable(node: Any) -> Any:
    """A tree without columns, and without the ends of expressions: the reference counts blanks after them in."""
    if isinstance(node, syntax.Attribute | syntax.Block):
        return (type(node), node.span.line, node.span.end_line, _members(node))
    if dataclasses.is_dataclass(node):
        span = getattr(node, "span", syntax.NOWHERE)
        return (type(node), span.line, _members(node))
    if isinstance(node, tuple | list):
        return [_comparable(n) for n in node]
    if isinstance(node, dict):
        return {k: _comparable(v) for k, v in node.items()}
    return node


def _members(node: Any) -> list[Any]:
    return [_comparable(getattr(node, f.name)) for f in dataclasses.fields(node) if f.name != "span"]


def _fast(text: str) -> Any:
    with deep_recursion():
        return _comparable(hcl_fast.parse_body(text, hcl.parse_expression))


def _reference(text: str) -> Any:
    with deep_recursion():
        return _comparable(hcl_reference.parse_body(text, hcl.parse_expression))


def _texts(root: str) -> list[str]:
    files = sorted((corpus("terraform") / root).rglob("*.tf"))
    return [file.read_text().replace("\r\n", "\n") for file in files]


@pytest.mark.oracle
@pytest.mark.parametrize("root", ROOTS)
def test_both_read_every_file_of_the_corpus_alike(root: str) -> None:
    """The same attributes, blocks, lines and expressions; the fast one doubts none of them."""
    texts = _texts(root)
    assert texts
    assert [text for text in texts if _fast(text) != _reference(text)] == []


# --- generated expressions ---------------------------------------------------------------------------

TERMS = (
    *("a", "var.x", "1", "2.5", '"s"', "true", "null", "[]", "{}", "f()", "f(a, b...)", "a[0]", "a.0.b", "a.*.b[0]"),
    *('"a${b}c"', '"${a}"', '"$${x} %%{y} \\n"', '"%{ if a ~} x %{ else }y%{ endif }"', '"é ${b} "', 'a["k"].c'),
    *("a[*].b[0]", "a[*]", "{ a = 1, b = 2 }", '{\n  a = 1\n  "b" : 2\n  (c) = 3\n}', "[\n  1, # one\n  2,\n]"),
    *("[for x in y : x if z]", "{for k, v in m : k => v...}", "f(\n  a,\n)", '"%{for i in l ~}\\t${i}%{ endfor }"'),
)
OPERATORS = ("+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(OPERATORS), inner),
        st.builds("{} ? {} : {}".format, inner, inner, inner),
        st.builds("({})".format, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds('"x${{ {} }}"'.format, inner),
    )


expressions = st.recursive(st.sampled_from(TERMS), _grown, max_leaves=8)


@settings(max_examples=150, deadline=None)
@given(expressions)
def test_both_read_generated_expressions_alike(expression: str) -> None:
    """Precedence, associativity, templates, brackets over several lines."""
    text = f"x = {expression}\ny = 1\n"
    assert _fast(text) == _reference(text)


@pytest.mark.parametrize("text", ["x = !!a\n", "x = !-a\n", "x = - -a\n"])
def test_two_unary_operators_in_a_row_are_read_by_the_fast_one(text: str) -> None:
    """Terraform reads them; python-hcl2 does not."""
    assert _fast(text)


# --- what is no HCL ----------------------------------------------------------------------------------


MISTAKES = [
    ("a = 1 b = 2\n", 1),
    ("a = 1\n  + 2\n", 2),
    ("a = b ?\n  1 : 2\n", 2),
    ("a\n= 1\n", 2),
    ("x {\n  a = 1 b = 2\n}\n", 2),
    ("x { a = 1, b = 2 }\n", 1),
    ("x {\n  a = 1 }\n", 2),
    ("x\n{\n}\n", 2),
    ("a = { b = 1 c = 2 }\n", 1),
    ("a = [1 2]\n", 1),
    ('a = "x\ny"\n', 1),
    ('b = 1\na = "${"\n', 2),
    ("b = 1\na = [1\n", 3),
    ("a = [for k, v in m : k...]\n", 1),
]


@pytest.mark.parametrize(("text", "line"), MISTAKES)
def test_a_text_that_is_no_hcl_is_refused_with_its_line(text: str, line: int) -> None:
    """A tolerant grammar must not make a tolerant reader."""
    with pytest.raises(hcl.HclSyntaxError) as caught:
        hcl.parse_file(text)
    assert caught.value.line == line


@pytest.mark.oracle
@pytest.mark.parametrize("text", [text for text, _ in MISTAKES])
def test_terraform_refuses_it_too(text: str) -> None:
    """`terraform fmt` parses its standard input."""
    found = subprocess.run(
        [program("terraform"), "fmt", "-"], input=text, capture_output=True, text=True, check=False, timeout=60
    )
    assert found.returncode != 0


def _broken(text: str, chance: random.Random) -> str:
    position = chance.randrange(len(text))
    inserted = chance.choice(["", "\n", " ", "{", "}", "[", "]", "(", '"', ",", "=", ":", ".", "?", "$", "~", "a", "1"])
    return text[:position] + inserted + text[position + chance.choice([0, 1]) :]


@pytest.mark.oracle
def test_broken_files_are_accepted_by_neither_or_read_alike() -> None:
    """What the fast one accepts, the reference reads in the same way."""
    chance = random.Random(11)
    texts = [text for text in _texts("vpc-complete") if 50 < len(text) < 2_500]
    accepted = 0
    for _ in range(120):
        text = _broken(chance.choice(texts), chance)
        try:
            found = _fast(text)
        except (hcl_fast.DoubtError, hcl.HclSyntaxError):
            continue
        accepted += 1
        assert found == _reference(text)
    assert accepted > 20


def test_a_large_broken_text_is_refused_at_once() -> None:
    """The reference would need seconds to say the same."""
    text = 'resource "a" "b" {\n  x = 1\n}\n' * 12_000 + "a = = 1\n"
    with pytest.raises(hcl.HclSyntaxError) as caught:
        hcl.parse_file(text)
    assert caught.value.line == 36_001


# --- choosing ----------------------------------------------------------------------------------------


def _read(directory: Path, parser: hcl.Parser) -> Reading:
    return read_root(directory, name="root", inputs=Inputs(parser=parser))


@pytest.mark.oracle
def test_a_root_read_by_either_is_the_same() -> None:
    """Values, places and diagnostics."""
    directory = corpus("terraform") / "security-group-http" / "root"
    fast, reference = (_read(directory, parser) for parser in hcl.PARSERS)
    assert fast == reference
    assert [r.places for r in fast.resources] == [r.places for r in reference.resources]
