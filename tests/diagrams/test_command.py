"""`netaudit diagram`: which file gets which picture, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netaudit.cli import main
from netaudit.diagrams import FORMATS
from netaudit.errors import QueryError
from tests.oracles import REPOSITORY

_BANK = REPOSITORY / "fixtures" / "scenarios" / "bank"
_K8S = str(_BANK / "k8s")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diagram", *arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The cluster's map in every format, and what was said."""
    folder = tmp_path_factory.mktemp("out")
    outputs = [part for ending in FORMATS for part in ("-o", str(folder / f"map{ending}"))]
    done = _run("map", _K8S, "-q", *outputs)
    assert 0 == done.exit_code
    found = {ending: (folder / f"map{ending}").read_text(encoding="utf-8") for ending in FORMATS}
    return found | {"said": done.stderr}


def test_every_ending_writes_its_file(everything: dict[str, str]) -> None:
    """One line for each on standard error, with the account of all flows."""
    assert all(everything[ending] for ending in FORMATS)
    assert [len(FORMATS)] * 2 == [everything["said"].count(words) for words in ("map: ", "0 dropped")]


def test_an_unknown_ending_is_refused_before_reading() -> None:
    """With the endings that there are."""
    with pytest.raises(QueryError, match=r"'x.png' has no known ending; expected one of \.svg, "):
        _run("map", "/nowhere", "-o", "x.png")


def test_a_matrix_in_place_of_a_map_is_announced(tmp_path: Path) -> None:
    """With numbers, and how to get the map."""
    done = _run("map", _K8S, "-q", "--max-arrows", "1", "-o", str(tmp_path / "x.svg"))
    assert (
        "over 1 are not readable: drew the matrix instead of the map; narrow with --focus SEL, or force" in done.stderr
    )
    assert "\nmatrix: " in done.stderr
    assert "Row: source, column: destination" in (tmp_path / "x.svg").read_text()


def test_a_focus_leaves_out_and_says_so(tmp_path: Path) -> None:
    """Only who reaches the ledger's service."""
    done = _run("map", _K8S, "-q", "--focus", "ledger/postings", "--direction", "in", "-o", str(tmp_path / "x.svg"))
    assert "more outside the focus" in done.stderr
    assert "around ledger/postings, depth 1, inwards only" in (tmp_path / "x.svg").read_text()


def test_a_focus_on_nothing_is_refused() -> None:
    """As any selector is."""
    with pytest.raises(QueryError, match="ledgre"):
        _run("map", _K8S, "-q", "--focus", "ns/ledgre", "-o", "x.svg")


def test_a_path_is_drawn_with_its_verdict(tmp_path: Path) -> None:
    """The portal may not ask the ledger: the bank's policies stop it."""
    ends = ("--from", "edge/portal", "--to", "ledger/postings", "--traffic", "tcp/9090")
    done = _run("path", _K8S, "-q", *ends, "-o", str(tmp_path / "x.svg"), "-o", str(tmp_path / "x.json"))
    assert done.stderr.startswith("path: BLOCKED → ")
    assert "NetworkPolicy ledger/default-deny" in (tmp_path / "x.svg").read_text()
    assert '"verdict": "NO"' in (tmp_path / "x.json").read_text()


@pytest.mark.parametrize(("only", "shown", "hidden"), [("exposure", 21, 163), ("violations", 2, 182)])
def test_one_question_at_a_time(only: str, shown: int, hidden: int, tmp_path: Path) -> None:
    """What comes from outside, or what breaks a rule; all other flows are counted, not drawn."""
    given = [str(_BANK / "infra"), _K8S, "--rules", str(_BANK / "rules.yaml"), "--only", only]
    said = _run("map", "-q", *given, "-o", str(tmp_path / "x.svg")).stderr
    assert f"map: {shown} flows:" in said
    assert f"{hidden} more not asked for (only {only})" in said
