"""The short way through HCL gives the tree that the long way gives, spans included, or none at all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings

from netaudit.sources.terraform import hcl, hcl_fast, hcl_plain
from netaudit.sources.terraform.run import deep_recursion
from netaudit.sources.terraform.syntax import Body
from tests.oracles import REPOSITORY, corpus
from tests.sources.terraform.test_front_ends import MISTAKES, expressions


def _long(text: str) -> Body | None:
    """The tree that tree-sitter gives, if it gives any."""
    with deep_recursion():
        try:
            return hcl_fast.parse_body(text, hcl.parse_expression)
        except (hcl_fast.DoubtError, hcl.HclSyntaxError):
            return None


def _short(text: str) -> Body | None:
    with deep_recursion():
        return hcl_plain.parse_body(text)


def _texts(folders: list[Path]) -> list[str]:
    return sorted({path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.tf")})


def _differing(texts: list[str]) -> list[str]:
    """Those that the short way reads, but not as the long way does."""
    return [text for text in texts if (short := _short(text)) is not None and short != _long(text)]


# --- read alike ---------------------------------------------------------------------------------------


def test_every_file_of_the_repository_is_read_alike() -> None:
    """Nearly all of them go the short way."""
    texts = _texts([REPOSITORY / "fixtures", REPOSITORY / "examples"])
    assert _differing(texts) == []
    assert sum(_short(text) is not None for text in texts) > 0.95 * len(texts)


@pytest.mark.oracle
def test_every_file_of_the_corpus_is_read_alike() -> None:
    """So do nine out of ten public files."""
    texts = _texts([corpus("terraform")])
    assert _differing(texts) == []
    assert sum(_short(text) is not None for text in texts) > 0.9 * len(texts)


@settings(max_examples=300, deadline=None)
@given(expressions)
def test_generated_expressions_are_read_alike(expression: str) -> None:
    """Precedence, templates, brackets over several lines, and where each of them stands."""
    assert _differing([f"x = {expression}\ny = 1\n"]) == []


PLAIN = [
    "",
    "# only a comment",
    "x = 1",
    "x = 1 # one\n\n\n// two\ny=2\n",
    "x {}\n",
    "x { a = 1 }\n",
    'x "a" b {\n\n  # nothing\n}\n',
    "a {\n  b {\n    c = [\n      1, # one\n\n      2\n    ]\n  }\n}\n",
    "a = 1\na = 2\n",
    "a = -1\nb = -x\nc = !x\nd = -2.5\ne = - 1\n",
    "a = b-c - d -1\n",
    "a = b + c * d == e && !f || g ? h : i ? j : k\n",
    "a = (\n  b\n  + c\n)\n",
    "a = (b + c) * (d)[0].e\n",
    'a = "%s $5 100% é"\n',
    'a = "é" # é\nb = "é${x}é${y}"\n',
    'a = "x\\n\\"y\\"\\u00e9"\n',
    'a = "${b}"\nc = "${ b }-${d["e"].f[0]}-${g("h", 1) + 2}"\n',
    "a = f(b, c...)\nd = f(\n  e,\n  g,\n)[0].h[i].j\n",
    "a = b[*].c[0].d\ne = f.*.g\nh = i(j)[*]\n",
    'a = { b = 1, "c" : 2, (d) = 3, "${e}" = 4 }\n',
    "a = {\n  b = 1,\n  c = 2\n  # none\n}\n",
    "a = [for b in c : d if e]\nf = [\n  for g, h in i :\n  j\n  if k\n]\n",
    "a = { for b, c in d : b => c... if e }\nf = {\n  for g in h :\n  g => i\n}\n",
    "a = <<E\nb\n  c 100%\nE\nd = <<-F\n    e\n      f $5\n  F\ng = h(<<I\nj\nI\n)\n",
    "a = true\nnull = null\nc = { true = false, in = 1 }\nfor {\n}\n",
    "a = 123456789012345678\nb = 0.50\nc = 007\n",
]


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_text_goes_the_short_way(text: str) -> None:
    """To the same tree."""
    assert _short(text) == _long(text)
    assert _short(text) is not None


def test_lines_are_counted_from_the_offset() -> None:
    """As the long way counts them."""
    text = "a = [\n  b,\n]\n"
    assert hcl_plain.parse_body(text, 40) == hcl_fast.parse_body(text, hcl.parse_expression, 40)


# --- not read -----------------------------------------------------------------------------------------

OTHERS = [
    "a = b.0.c\n",
    "a = b[*].c[*].d\n",
    "a = b.*.c[0]\n",
    'a = "$${b}"\n',
    'a = "%{ if b }c%{ endif }"\n',
    'a = "${b ~}"\n',
    'a = "${"${b}"}"\n',
    'a = "${b # c}"\n',
    "a = <<E\n${b}\nE\n",
    "a = <<E\nEb\nE\n",
    "a = <<E\nb\nE",
    "a = b /* c */\n",
    "a = !!b\n",
    "a = 1e3\n",
    "a = é\n",
    "a = 1\r\n",
    "a = p::f(x)\n",
    "a = for\n",
    "a = true(b)\n",
]


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_not_plain_goes_the_long_way(text: str) -> None:
    """It has the last word about it."""
    assert _short(text) is None


NO_HCL = [
    "a\n",
    "a = \n",
    "a = 1 2\n",
    "a = 1, b = 2\n",
    "a = [1,,2]\n",
    "a = [,]\n",
    "a = f(b..., c)\n",
    "a = { b }\n",
    "a = { b = 1, = 2 }\n",
    "a = b ? c\n",
    "a = b ? c ? d\n",
    "a = (b\n",
    "a = 1 }\n",
    "a {\n  b = 1\n",
    "a {\n  b = 1 }\n",
    "a { b = 1\n}\n",
    "a { b = {\n} }\n",
    "a { b {} }\n",
    "a {\n} b {\n}\n",
    "a = b.\n",
    "a = b[]\n",
    'a = "b\n',
    'a = "\\q"\n',
    'a = "${}"\n',
    "a b = 1\n",
    '"a" {\n}\n',
    "a.b = 1\n",
    "a.b {\n}\n",
    "a = b.c(d)\n",
    "a = [for b in c]\n",
    "a = { for b in c : d }\n",
    "a = 1 +\n",
    "a = * 1\n",
    "a = = 1\n",
    "}\n",
]


@pytest.mark.parametrize("text", [*NO_HCL, *(text for text, _ in MISTAKES)])
def test_what_is_no_hcl_goes_the_long_way(text: str) -> None:
    """Where it is refused, with its line."""
    assert _short(text) is None
    assert _long(text) is None


PIECES = [
    "",
    "\n",
    " ",
    *'{}[]()",=:.?$~a1#/-!%é',
    "${",
    "%{",
    "/* c */",
    "# c\n",
    '"a"',
    "[*]",
    ".*",
    "...",
    "=>",
    "<<E\n",
]


@pytest.mark.parametrize("seed", range(8))
def test_a_broken_text_is_never_read_otherwise(seed: int) -> None:
    """Characters inserted and left out at random: what the short way takes nevertheless, the long way takes alike."""
    chance = random.Random(seed)
    texts = [text for text in _texts([REPOSITORY / "fixtures" / "terraform"]) if 50 < len(text) < 2_000]
    broken: list[str] = []
    for _ in range(100):
        text = chance.choice(texts)
        for _ in range(chance.choice([1, 1, 2])):
            position = chance.randrange(len(text))
            text = text[:position] + chance.choice(PIECES) + text[position + chance.choice([0, 1, 3]) :]
        broken.append(text)
    assert _differing(broken) == []
    assert sum(_short(text) is not None for text in broken) > 10


@pytest.mark.parametrize("piece", ['"', '"${', "<<A\n", "a = <<A\n", "[", "a = [\n", "f(", '"${"" ', "a.", "!", "\n#"])
def test_no_text_takes_long(piece: str) -> None:
    """Each token is looked for once: ten times the text takes no more steps for each of its characters."""
    assert _short(piece * 20_000) is None or piece == "\n#"
