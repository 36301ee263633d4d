"""The README's tour is true: every command gives the output that is shown."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_SKIP = "…"


def _commands() -> Iterator[tuple[str, list[str]]]:
    """Every `$ netaudit …` of the README with the lines shown below it."""
    for block in _BLOCK.findall((REPOSITORY / "README.md").read_text(encoding="utf-8")):
        for part in block.split("$ ")[1:]:
            command, *shown = part.rstrip("\n").split("\n")
            if command.startswith("netaudit "):
                yield command, shown


def _unlike(shown: list[str], printed: list[str]) -> str:
    """The first line of `shown` that `printed` does not have in its place; `…` stands for any lines."""
    position, skipping = 0, False
    for line in shown:
        if line == _SKIP:
            skipping = True
            continue
        if skipping and line in printed[position:]:
            position = printed.index(line, position)
        if position >= len(printed) or printed[position] != line:
            return line
        position, skipping = position + 1, False
    return "" if skipping or position == len(printed) else printed[position]


@pytest.mark.parametrize(("command", "shown"), list(_commands()))
def test_the_tour_shows_what_is_printed(command: str, shown: list[str]) -> None:
    """A command of the tour prints the lines that the README shows."""
    arguments = [sys.executable, "-m", "netaudit", *shlex.split(command)[1:]]
    scenario = REPOSITORY / "fixtures" / "scenarios" / "bank"
    done = subprocess.run(arguments, cwd=scenario, capture_output=True, text=True, check=False)
    assert "" == _unlike(shown, done.stdout.rstrip("\n").split("\n")), done.stdout + done.stderr


def test_the_tour_has_commands() -> None:
    """The tour is not empty, so that the test above cannot pass by finding nothing."""
    assert 4 == len(list(_commands()))


def test_the_picture_is_what_netaudit_draws(tmp_path: Path) -> None:
    """The README's picture is the map that netaudit draws of the bank today."""
    drawn = tmp_path / "bank.svg"
    arguments = ["diagram", "map", "infra", "k8s", "--rules", "rules.yaml", "--title"]
    command = [sys.executable, "-m", "netaudit", *arguments, "The bank", "-o", str(drawn)]
    subprocess.run(command, cwd=REPOSITORY / "fixtures" / "scenarios" / "bank", check=True, capture_output=True)
    assert (REPOSITORY / "docs" / "pictures" / "bank.svg").read_bytes() == drawn.read_bytes()
