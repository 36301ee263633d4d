"""Trees kept on disk: the same as parsed ones, without a word of the text, and harmless where they are damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netaudit.sources.terraform import Inputs, cache, hcl, read_root
from netaudit.sources.terraform.syntax import Body
from tests.oracles import REPOSITORY, corpus

TEXT = (
    'variable "secret" {\n  default = "hunter2"\n}\n'
    + "".join(
        f'resource "x_y" "r{n}" {{\n  a = [for k, v in var.m : "${{k}}\\n-{n}" if v != null]\n  b = {n}.5\n}}\n'
        for n in range(9)
    )
    + 'resource "x_y" "h" {\n  t = <<-E\n    one ${var.secret}\n      two\n  E\n}\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A cache that is in use."""
    with cache.kept_in(tmp_path):
        yield tmp_path


def again(text: str) -> Body:
    """The tree of a text that goes the long way, as another process would get it."""
    return hcl._long_way(text, 0, "fast")


def entries(folder: Path) -> list[Path]:
    """The files of the cache."""
    return [path for path in folder.rglob("*") if path.is_file()]


def _texts() -> list[Path]:
    return sorted([*REPOSITORY.glob("fixtures/**/*.tf"), *REPOSITORY.glob("examples/**/*.tf")])


def test_a_kept_tree_is_the_parsed_one(folder: Path) -> None:
    """Every node with its span, for every Terraform file of this repository; nearly all of them are kept."""
    texts = [path.read_text(encoding="utf-8") for path in _texts()]
    long = [text for text in texts if len(text) >= cache.SMALLEST]
    parsed = [again(text) for text in long]
    assert len(entries(folder)) >= 0.9 * len(set(long))
    assert [repr(again(text)) for text in long] == [repr(body) for body in parsed]


@pytest.mark.oracle
@pytest.mark.usefixtures("folder")
def test_kept_trees_of_the_corpus_are_the_parsed_ones() -> None:
    """The same for public code."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(corpus("terraform").rglob("*.tf"))]
    parsed = [repr(again(text)) for text in texts]
    assert [repr(again(text)) for text in texts] == parsed


def test_the_second_run_does_not_parse(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds the tree by the content of the text."""
    first = again(TEXT)
    assert len(entries(folder)) == 1
    monkeypatch.setattr(hcl, "hcl_fast", None)
    assert repr(again(TEXT)) == repr(first)


def test_an_entry_holds_no_word_of_the_text(folder: Path) -> None:
    """Whole numbers only: whatever is secret stays in the source. No other user may read it."""
    again(TEXT)
    [entry] = entries(folder)
    checksum, _, content = entry.read_text(encoding="utf-8").partition("\n")
    assert len(checksum) == 64
    assert set("".join(json.loads(content))) <= set("abcdefghijklmnopqrstuvwxyz")
    assert set(content) <= set('0123456789-,:[]{}"formatplcesindr')
    assert "hunter2" not in content
    assert entry.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["", "x", "cut", "flip", "other", "nested"])
def test_a_damaged_entry_is_as_if_it_were_absent(folder: Path, damage: str) -> None:
    """The text is parsed again, and the entry mended."""
    wanted = repr(again(TEXT))
    [entry] = entries(folder)
    whole = entry.read_bytes()
    broken = {"": b"", "x": b"x", "cut": whole[:-40], "flip": whole.replace(b",1", b",2", 1), "other": b"\x80\n[]"}
    entry.write_bytes(broken.get(damage, b"[" * 100_000))
    assert repr(again(TEXT)) == wanted
    assert entry.read_bytes() == whole


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "writable by others"])
def test_an_entry_that_another_can_have_written_is_as_if_it_were_absent(folder: Path, kind: str) -> None:
    """And nothing is waited for; the entry takes its place again where it can."""
    parsed = again(TEXT)
    (entry,) = entries(folder)
    other = entry.replace(folder / "elsewhere")
    if kind == "link":
        entry.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(entry)
    elif kind == "folder":
        entry.mkdir()
    else:
        other.replace(entry).chmod(0o666)
    assert cache._load(entry, TEXT) is None
    assert repr(again(TEXT)) == repr(parsed)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """Its folder is a file."""
    (tmp_path / "file").write_text("")
    with cache.kept_in(tmp_path / "file"):
        assert list(again(TEXT).blocks[0].labels) == ["secret"]


def test_what_is_plain_is_not_kept(folder: Path) -> None:
    """It is read in little more time than a kept tree is."""
    hcl.parse_body.cache_clear()
    assert hcl.parse_file("x = 1\n" + "# a comment\n" * 99).attributes
    assert entries(folder) == []


def test_other_code_makes_other_entries(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree of another version of the program is never taken."""
    again(TEXT)
    monkeypatch.setattr(cache, "_generation", lambda: "another")
    again(TEXT)
    assert len(entries(folder)) == 2


def test_a_reading_with_a_cache_is_the_one_without(tmp_path: Path) -> None:
    """Cold, warm, and none."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(TEXT, encoding="utf-8")
    inputs = Inputs(cache=tmp_path / "kept")
    readings = []
    for given in (None, inputs, inputs):
        hcl.parse_body.cache_clear()
        readings.append(read_root(root, name="t", inputs=given))
    assert readings[0] == readings[1] == readings[2]
    assert entries(tmp_path / "kept")
